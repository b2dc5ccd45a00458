"""RedBrick tasks as text: what they say, what is wrong with them, and looks in their words."""

from __future__ import annotations

import copy
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heatviewer.core.errors import ReadError
from heatviewer.documents.redbrick import PRESETS, parse_tasks, together
from heatviewer.documents.redbrick_look import look_of
from heatviewer.documents.task_check import check_task
from heatviewer.model.draws import transfer_of
from heatviewer.model.layer import HeatmapLayer

TASK: dict[str, Any] = {
    "name": "case 7",
    "priority": 0.5,
    "metaData": {"Age": "60"},
    "series": [
        {
            "name": "CT",
            "items": ["ct/2.dcm", "ct/1.dcm"],
            "metaData": {"Age": "61"},
            "heatMaps": [
                {"name": "z", "item": "z.nii", "preset": "x ray", "dataRange": [1, 2]},
                {"item": "/abs/p.nii", "opacityPoints": [0, 0, 1, 1], "score": {"a": [1]}},
            ],
            "segmentations": "seg.nii",
            "segmentMap": {"1": "liver", "2": {"category": ["organ", "spleen"], "mask": "other.nii"}},
            "windowing": 5,
        },
        {"items": "mr.nii"},
    ],
}


def changed(*path: Any, to: Any) -> dict[str, Any]:
    """Return the task with a value at a path."""
    task = copy.deepcopy(TASK)
    place: Any = task
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = to
    return task


def test_each_series_is_a_study() -> None:
    """Names, files and heatmaps of every series are those of the task, bottom first."""
    first, second = parse_tasks(TASK, "t")
    assert (first.name, second.name) == ("case 7 / CT", "case 7 / series 2")
    assert first.base is not None
    assert (first.base.relative, first.base.items) == ("ct", ("2.dcm", "1.dcm"))
    assert [entry.relative or entry.path for entry in first.heatmaps] == [
        "z.nii", "/abs/p.nii", "seg.nii", "other.nii",
    ]  # fmt: skip
    assert first.heatmaps[0].settings["preset"] == "X-Ray"
    assert first.problems == ()


def test_segments_belong_to_their_file() -> None:
    """A name with a mask is that file's alone; one without is every file's."""
    labels = [entry.settings.get("labels") for entry in parse_tasks(TASK, "t")[0].heatmaps[2:]]
    assert labels == [((1, "liver"),), ((1, "liver"), (2, "organ / spleen"))]


def test_what_is_not_known_is_kept() -> None:
    """Unknown fields of task, series and heatmap are in what is kept; facts of both levels are shown."""
    first = parse_tasks([TASK], "t")[0]
    assert first.kept["redbrick"]["task"]["priority"] == 0.5
    assert first.kept["redbrick"]["series"]["windowing"] == 5
    assert first.heatmaps[1].kept == {"redbrick": {"score": {"a": [1]}}}
    assert first.metadata == (("Age", "60"), ("Age (series)", "61"))


def test_one_bad_series_or_heatmap_does_not_stop_the_others() -> None:
    """What is wrong is told with its place; all else opens."""
    task = changed("series", 0, "heatMaps", 0, to={"name": "no item"})
    task["series"].append({"name": "nothing", "items": 5})
    found = parse_tasks([task], "t")
    assert [len(series.heatmaps) for series in found] == [3, 0]
    assert any(line.startswith("[0].series[0].heatMaps[0].item: is missing") for line in found[0].problems)
    assert any(line.startswith("[0].series[2].items: 5 is neither") for line in found[1].problems)


@pytest.mark.parametrize("document", [5, [], {}, {"series": []}, {"series": [5]}, [[]], {"series": [{}]}])
def test_a_task_without_any_series_is_refused(document: Any) -> None:
    """One error names the file; nothing is opened."""
    with pytest.raises(ReadError, match=r"^t\.json: "):
        parse_tasks(document, "t.json")


def test_an_empty_range_is_told_and_not_taken() -> None:
    """Equal ends are a mistake in a task, and no constant data."""
    [one, _] = parse_tasks(changed("series", 0, "heatMaps", 0, "dataRange", to=[5, 5]), "t")
    assert "data_range" not in one.heatmaps[0].settings
    assert one.problems[0].startswith("series[0].heatMaps[0].dataRange: ")


@pytest.mark.parametrize(
    ("paths", "found"),
    [
        (["a/b/1", "a/c/2"], ("a", ("b/1", "c/2"))),
        (["1", "a/2"], (".", ("1", "a/2"))),
        (["/x/1", "/x/y/2"], ("/x", ("1", "y/2"))),
        (["a/1", "https://host/2"], ("https://host/2", ())),
        (["a/1", "a/../../2"], ("a/../../2", ())),
    ],
)
def test_files_have_a_folder_in_common(paths: list[str], found: tuple[str, tuple[str, ...]]) -> None:
    """Names are from that folder; what may not be read stands for the whole list."""
    assert together(paths) == found


# --- the check -----------------------------------------------------------------------------------


def problems(document: Any) -> dict[str, str]:
    """Return the problems by path, all files being there but 'gone…'."""
    return {one.path: one.message for one in check_task(document, lambda path: not path.startswith("gone"))}


def test_a_good_task_has_no_problem() -> None:
    """What opens without a word is right."""
    assert problems(TASK) == problems([TASK]) == {}


HEAT = ("series", 0, "heatMaps", 0)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("name",), 5, "is no text"),
        (("priority",), 2, "outside 0…1"),
        (("priority",), True, "no number"),
        (("series",), {}, "no list"),
        (("series",), [], "empty"),
        (("metaData", "Age"), 60, "no text"),
        (("series", 0), 5, "no object"),
        (("series", 0, "items"), [], "empty"),
        (("series", 0, "items", 1), "gone.dcm", "no file"),
        (("series", 0, "items", 1), "a/../../x", "leads out"),
        (("series", 0, "items", 1), "s3://bucket/x", "not downloaded"),
        (("series", 1, "name"), "CT", "also the name of series 0"),
        (("series", 0, "binaryMask"), "yes", "neither true nor false"),
        (("series", 0, "polygons"), 5, "no list"),
        (("series", 0, "segmentMap", "one"), "x", "no whole number"),
        (("series", 0, "segmentMap", "1"), None, "no category"),
        (("series", 0, "segmentMap", "2", "mask"), "gone.nii", "no file"),
        (("series", 0, "segmentations"), ["gone.nii"], "no file"),
        ((*HEAT, "item"), "gone.nii", "no file"),
        ((*HEAT, "preset"), "Rainbow", "nearest is 'Rainbow desaturated'"),
        ((*HEAT, "dataRange"), [2, 1], "not below"),
        ((*HEAT, "dataRange"), [1, 2, 3], "has 3 numbers"),
        ((*HEAT, "dataRange"), [1, "2"], "no number"),
        ((*HEAT, "opacityPoints"), [0, 0, 1], "not whole points"),
        ((*HEAT, "opacityPoints3d"), [1, 0, 0, 1], "sort the points"),
        ((*HEAT, "opacityPoints"), [0, 0, 1, 1.5], "outside 0…1"),
        ((*HEAT, "rgbPoints"), [0, 0, 0, 0, 1, 255, 255, 0], "not 0…255"),
        ((*HEAT, "rgbPoints"), "red", "no list of numbers"),
    ],
)
def test_every_kind_of_problem_is_found_at_its_place(path: tuple[Any, ...], value: Any, said: str) -> None:
    """The path is that of the value, or of what is in it, and the message says what is wrong."""
    place = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path).lstrip(".")
    found = problems(changed(*path, to=value))
    assert any(where.startswith(place) and said in message for where, message in found.items()), found


def test_all_problems_are_told_and_not_the_first() -> None:
    """A task with five mistakes has five problems, in a list each with the task's number."""
    task = changed("priority", to=-1)
    task["series"][0]["heatMaps"][0] |= {"preset": "Hot Rainbow", "dataRange": [1, 1], "rgbPoints": [1]}
    del task["series"][1]["items"]
    found = problems([task])
    assert all(path.startswith("[0].") for path in found)
    names = {path.split(".")[-1] for path in found}
    assert names == {"priority", "preset", "dataRange", "rgbPoints", "items"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in inner for place in _places(item, (*path, key)))]


@settings(max_examples=150, deadline=None)
@given(place=st.sampled_from(_places(TASK)[1:]), value=JSON)
def test_any_mutation_opens_or_is_refused(place: tuple[Any, ...], value: Any) -> None:
    """Whatever stands at any place: studies or one ReadError, and a check that ends."""
    document = json.loads(json.dumps(changed(*place, to=value)))
    assert all(one.message for one in check_task(document, lambda _: True))
    refused = ""
    try:
        assert parse_tasks(document, "t.json")
    except ReadError as error:
        refused = str(error)
    assert not refused or refused.startswith("t.json: ")


# --- looks ---------------------------------------------------------------------------------------

LOOKS: list[dict[str, Any]] = [
    {"preset": "Rainbow desaturated", "opacity": 0.4},
    {"preset": "viridis"},
    {"preset": "coolwarm", "reverse": True},
    {"preset": "Cool to warm", "steps": 5},
    {"preset": "Warm to cool", "reverse": True, "steps": 3, "threshold": (2.3, None)},
    {"rgb_points": (0, 1, 0, 0, 4, 0, 1, 0, 4, 0, 0, 1, 9, 1, 1, 1), "reverse": True},
    {"threshold": (2.0, 6.5), "opacity_points": (0, 0.2, 8, 1)},
    {"threshold_abs": 3.1, "opacity": 0.5},
    {"threshold_abs": 3.1, "edge": "quadratic"},
    {"threshold": (4.0, None), "edge": "linear"},
    {"below": "hide", "above": "#00ff00"},
    {"above": "hide", "below": "#00ff00", "preset": "Cold and hot"},
    {"opacity_points_3d": (0, 0, 1, 0.3), "opacity_3d": 0.5, "visible_3d": True},
]


@pytest.mark.parametrize("look", LOOKS)
def test_a_look_in_a_task_s_words_gives_the_same_colours(look: dict[str, Any]) -> None:
    """At every value, ends and thresholds too, colour and alpha differ by less than 2 of 255."""
    layer = HeatmapLayer(id="a", data_range=(-5, 7.5), data_range_auto=False, **look)
    said = look_of(layer)
    assert said.get("preset", "Red") in PRESETS
    fields = {"preset": "preset", "dataRange": "data_range", "rgbPoints": "rgb_points",
              "opacityPoints": "opacity_points", "opacityPoints3d": "opacity_points_3d"}  # fmt: skip
    again = HeatmapLayer(id="b", data_range_auto=False, **{fields[key]: item for key, item in said.items()})
    ends = [value for value in (*(layer.threshold or ()), layer.threshold_abs, -5, 7.5) if value is not None]
    values = np.array([*np.linspace(-8, 10, 4001), *ends, *(-end for end in ends)], dtype=np.float32)
    for volumetric, factor in ((False, 1.0), (True, layer.opacity_3d)):
        before = transfer_of(layer).rgba(values, volumetric=volumetric)
        before[:, 3] *= layer.opacity * factor
        after = transfer_of(again).rgba(values, volumetric=volumetric)
        assert np.abs(before[:, 3] - after[:, 3]).max() < 2 / 255
        seen = before[:, 3] > 0
        assert np.abs(before[seen, :3] - after[seen, :3]).max() < 2 / 255
