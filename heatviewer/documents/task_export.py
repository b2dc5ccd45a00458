"""A study as a RedBrick task: files, heatmaps with their looks, segmentations with their names."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from heatviewer.documents.redbrick import HEATMAP_KEYS, KEPT, SERIES_COUNT, category_name
from heatviewer.documents.redbrick_look import look_of, unsaid
from heatviewer.model.scene_state import MissingLayer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from heatviewer.model.layer import HeatmapLayer
    from heatviewer.model.scene_state import SceneState


def task_of(
    state: SceneState,
    name: str,
    files: Mapping[str, Sequence[str]],
    usual: Mapping[str, str],
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return a study as a task of one series, and what of it a task cannot say, a sentence each.

    Parameters
    ----------
    name : str
        The task's, where it was none before.
    files : mapping
        By layer id, the paths that the task names; layers without any are left out and told.
    usual : mapping
        By layer id, the interpolation that its data start with.
    """
    notes: list[str] = []
    kept = _part(json.loads(state.kept) if state.kept else {}, KEPT)
    task, series = _part(kept, "task"), _part(kept, "series")
    task["name"] = str(task.get("name") or name)
    facts = task.get("metaData", dict(state.metadata))
    if isinstance(facts, dict) and facts:
        task["metaData"] = _texts(facts)
    if "metaData" in series and isinstance(series["metaData"], dict):
        series["metaData"] = _texts(series["metaData"])
    _add_base(series, state, files, notes)
    written = [layer for layer in state.heatmaps if _has_file(layer, files, notes)]
    segments = [layer for layer in written if is_segmentation(layer)]
    shown = [layer for layer in state.listed if isinstance(layer, MissingLayer) or layer in written]
    heatmaps = [
        _missing_heatmap(layer, notes)
        if isinstance(layer, MissingLayer)
        else _heatmap(layer, files[layer.id][0], usual.get(layer.id, "linear"), notes)
        for layer in shown
        if layer not in segments
    ]
    heatmaps = [heatmap for heatmap in heatmaps if heatmap]
    raw_map = _part(series, "segmentMap")
    series.pop("segmentMap", None)
    if heatmaps:
        series["heatMaps"] = heatmaps
    if segments:
        one = series.get("binaryMask") is True
        series |= _segmentations(segments, files, raw_map, one, notes)
    if state.notes:
        notes.append("notes: are not part of a task")
    if isinstance(count := kept.get(SERIES_COUNT), int) and count > 1:
        notes.append(f"{series.get('name') or task['name']}: is one of {count} series, and written alone")
    return {**task, "series": [series]}, tuple(notes)


def _part(kept: dict[str, Any], key: str) -> dict[str, Any]:
    """Return a copy of an object within what is kept; empty where there is none."""
    found = kept.get(key)
    return dict(found) if isinstance(found, dict) else {}


def _texts(facts: dict[str, Any]) -> dict[str, str]:
    """Return facts as the SDK has them: texts by name."""
    return {key: item if isinstance(item, str) else json.dumps(item) for key, item in facts.items()}


def _add_base(
    series: dict[str, Any], state: SceneState, files: Mapping[str, Sequence[str]], notes: list[str]
) -> None:
    """Add name and items to a series."""
    base = state.base
    missing = next((one for one in state.missing if one.role == "base"), None)
    if base is not None and files.get(base.id):
        paths = list(files[base.id])
        series.setdefault("name", base.name)
        series["items"] = paths if len(paths) > 1 or base.items else paths[0]
        if not base.window_auto or base.invert:
            notes.append(f"{base.name}: its window is not part of a task")
    elif missing is not None:
        entry = json.loads(missing.entry)
        folder, names = missing.path or str(entry.get("path") or ""), entry.get("items") or ()
        series["items"] = [f"{folder}/{item}" for item in names] or folder
        notes.append(f"{missing.name}: is missing here; its path is written as it was")
    elif base is not None:
        notes.append(f"{base.name}: is in no file, and the series has no items")


def _has_file(layer: HeatmapLayer, files: Mapping[str, Sequence[str]], notes: list[str]) -> bool:
    count = len(files.get(layer.id, ()))
    if not count:
        notes.append(f"{layer.name}: is in no file, and left out")
    return bool(count)


def _heatmap(layer: HeatmapLayer, item: str, usual: str, notes: list[str]) -> dict[str, Any]:
    """Return a layer as a HeatMap, with the fields that another program gave it."""
    notes.extend(f"{layer.name}: {text}" for text in unsaid(layer, usual))
    kept = json.loads(layer.kept).get(KEPT) if layer.kept else None
    rest = {key: value for key, value in (kept or {}).items() if key not in HEATMAP_KEYS}
    return {"name": layer.name, "item": item} | look_of(layer) | rest


def _missing_heatmap(missing: MissingLayer, notes: list[str]) -> dict[str, Any]:
    """Return the HeatMap of a layer whose file is missing here, as a task says it; empty without a path."""
    entry = json.loads(missing.entry)
    item = missing.path or entry.get("path") or entry.get("item")
    if not item:
        return {}
    said = {key: entry[key] for key in HEATMAP_KEYS if entry.get(key) is not None}
    notes.append(f"{missing.name}: is missing here; its path is written as it was")
    return {"name": missing.name, **said, "item": item}


# --- segmentations -------------------------------------------------------------------------------


def is_segmentation(layer: HeatmapLayer) -> bool:
    """Return whether a layer names its values, or came as a segmentation."""
    kept = json.loads(layer.kept).get(KEPT) if layer.kept else None
    return layer.labels is not None or (isinstance(kept, dict) and kept.get("segmentation") is True)


def _segmentations(
    layers: Sequence[HeatmapLayer],
    files: Mapping[str, Sequence[str]],
    raw: dict[str, Any],
    one: bool,
    notes: list[str],
) -> dict[str, Any]:
    """Return segmentations and segmentMap; an entry that says what it said before is given again as it was.

    Parameters
    ----------
    raw : dict
        The segmentMap that the task had.
    one : bool
        Whether all values of a file but 0 are one segment.
    """
    paths = [files[layer.id][0] for layer in layers]
    named = [_named(layer, raw, one) for layer in layers]
    alike = all(names == named[0] for names in named)
    entries: dict[str, Any] = {}
    for layer, path, names in zip(layers, paths, named, strict=True):
        for value, name in names.items():
            entry = _entry(raw.get(value), name, path, alike)
            if entries.setdefault(value, entry) != entry:
                notes.append(f"{layer.name}: its name of {value} is left out, as another file has one for it")
    found: dict[str, Any] = {"segmentations": paths[0] if len(paths) == 1 else paths}
    return found | ({"segmentMap": entries} if entries else {})


def _entry(before: Any, name: str, path: str, alike: bool) -> Any:
    """Return an entry of a segmentMap: the full form where files differ, or where it was one before."""
    if _name_of(before) != name:
        return name if alike else {"category": name, "mask": path}
    if isinstance(before, dict):
        return before | {"mask": path} if "mask" in before or not alike else before
    return before if alike else {"category": before, "mask": path}


def _named(layer: HeatmapLayer, raw: dict[str, Any], one: bool) -> dict[str, str]:
    """Return the names of a layer's values; those that it was given for want of one are left out."""
    labels = {str(value): name for value, name in layer.labels or ()}
    if one:
        names = set(labels.values())
        before = {key: _name_of(entry) for key, entry in raw.items() if _name_of(entry) in names}
        return before or dict(list(labels.items())[:1])
    return {value: name for value, name in labels.items() if name != f"label {value}" or value in raw}


def _name_of(entry: Any) -> str:
    return category_name(entry.get("category") if isinstance(entry, dict) else entry)
