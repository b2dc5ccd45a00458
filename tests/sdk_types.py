"""A strict check of a task against the RedBrick SDK's types (redbrick.types.task), written from them."""

from __future__ import annotations

from typing import Any

HEATMAP = {"name", "item", "preset", "dataRange", "opacityPoints", "opacityPoints3d", "rgbPoints"}
SERIES = {
    "name", "items", "metaData", "segmentations", "segmentMap", "heatMaps", "transforms", "binaryMask",
    "semanticMask", "pngMask", "landmarks", "landmarks3d", "measurements", "ellipses", "boundingBoxes",
    "cuboids", "polygons", "polylines", "classifications", "instanceClassifications",
}  # fmt: skip
TASK = {"name", "series", "classification", "priority", "metaData", "preAssign"}
PRESETS = {
    "Cool to warm", "Warm to cool", "Rainbow desaturated", "Cold and hot", "X-Ray", "Red", "Blue",
    "Green", "Yellow", "Magenta",
}  # fmt: skip


def assert_input_task(task: Any, more: set[str] = frozenset()) -> None:  # type: ignore[assignment]
    """Fail unless a value is an InputTask; `more` are keys that are allowed besides."""
    assert set(task) - TASK <= more, set(task) - TASK
    assert isinstance(task["name"], str)
    assert isinstance(task["series"], list)
    if "priority" in task:
        assert 0 <= task["priority"] <= 1
    _assert_texts(task.get("metaData", {}))
    for series in task["series"]:
        _assert_series(series, more)


def _assert_series(series: Any, more: set[str]) -> None:
    assert set(series) - SERIES <= more, set(series) - SERIES
    assert isinstance(series.get("name", ""), str)
    for key in ("items", "segmentations"):
        _assert_paths(series.get(key, "x"))
    _assert_texts(series.get("metaData", {}))
    for key, entry in series.get("segmentMap", {}).items():
        assert str(int(key)) == key
        assert isinstance(entry["category"] if isinstance(entry, dict) else entry, str | int | list)
        _assert_paths(entry.get("mask", "x") if isinstance(entry, dict) else "x")
    for heatmap in series.get("heatMaps", []):
        _assert_heatmap(heatmap, more)


def _assert_heatmap(heatmap: Any, more: set[str]) -> None:
    assert set(heatmap) - HEATMAP <= more, set(heatmap) - HEATMAP
    assert isinstance(heatmap["item"], str)
    assert isinstance(heatmap.get("name", ""), str)
    assert heatmap.get("preset", "Red") in PRESETS
    for key, width in (("dataRange", 2), ("opacityPoints", 2), ("opacityPoints3d", 2), ("rgbPoints", 4)):
        numbers = heatmap.get(key, [0] * width)
        assert isinstance(numbers, list)
        assert all(isinstance(number, int | float) for number in numbers)
        assert len(numbers) % width == 0
        assert numbers[::width] == sorted(numbers[::width]) or key == "dataRange"


def _assert_texts(value: Any) -> None:
    assert all(isinstance(key, str) and isinstance(item, str) for key, item in value.items())


def _assert_paths(value: Any) -> None:
    assert isinstance(value, str) or (value and all(isinstance(item, str) for item in value))
