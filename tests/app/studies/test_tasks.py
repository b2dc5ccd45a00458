"""Tasks from the disk and back: files, labels, sessions made of them, and exports."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

import heatviewer as hv
from heatviewer.app.information import information
from heatviewer.app.label_colors import label_color
from heatviewer.app.opening import LayerSource, open_scene
from heatviewer.app.probing import probe_scene
from heatviewer.app.scene import Scene
from heatviewer.app.studies.exporting import export_task
from heatviewer.app.studies.opening import open_studies
from heatviewer.app.studies.reloading import read_again, sources_of, swap
from heatviewer.core.errors import ReadError, SettingError, WriteError
from heatviewer.drawing.legend_look import Look
from heatviewer.model.draws import visible_layers
from tests.dicom_files import stored, write_series
from tests.sdk_types import PRESETS, assert_input_task
from tests.strategies import opacity_points, ranges, rgb_points
from tests.volumes import affine

SHAPE = (12, 11, 10)
SEGMENTS = {"1": "liver", "3": {"category": "spleen", "attributes": {"sure": True}}}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with base, heat (both signs), seg (0, 1, 3, 7) and mask (0, 255)."""
    folder = tmp_path_factory.mktemp("case")
    rng = np.random.default_rng(5)
    seg = np.zeros(SHAPE, np.uint8)
    seg[1:5, 1:6, 1:6], seg[6:9, 1:6, 1:6], seg[1:5, 7:10, 1:6] = 1, 3, 7
    arrays = {
        "base": rng.normal(100, 30, SHAPE).astype(np.float32),
        "heat": rng.normal(0, 2, SHAPE).astype(np.float32),
        "seg": seg,
        "mask": (seg == 3).astype(np.uint8) * 255,
    }
    for name, array in arrays.items():
        nib.save(nib.Nifti1Image(array, affine("flipped")), folder / f"{name}.nii")
    return folder


def opened(folder: Path, task: Any, series: str | None = None) -> tuple[Scene, list[str]]:
    """Write a task into a folder and open it; return the scene and what was told."""
    path = folder / "task.json"
    path.write_text(json.dumps(task), encoding="utf-8")
    told: list[str] = []
    source = LayerSource(str(path), {} if series is None else {"series": series})
    return open_scene(source, tell=told.append), told


def one_series(**fields: Any) -> dict[str, Any]:
    """Return a task of one series on the base."""
    return {"name": "t", "series": [{"name": "T1", "items": "base.nii", **fields}]}


def world(scene: Scene, voxel: tuple[int, int, int]) -> tuple[float, float, float]:
    """Return a voxel's world point."""
    assert scene.base is not None
    x, y, z, _ = scene.base.volume.affine @ (*voxel, 1)
    return x, y, z


def test_a_task_opens_with_its_looks(data: Path) -> None:
    """All seven fields of a HeatMap are the layer's; a range that is not given is the plain one."""
    full = {"name": "z", "item": "heat.nii", "preset": "X RAY", "dataRange": [-3, 3],
            "opacityPoints": [0, 0, 3, 1], "opacityPoints3d": [0, 0, 3, 0.1],
            "rgbPoints": [0, 0, 0, 0, 3, 1, 1, 0]}  # fmt: skip
    scene, told = opened(data, one_series(heatMaps=[full, {"item": "heat.nii"}]))
    z, plain = scene.heatmaps
    assert (z.name, z.preset, z.data_range, z.data_range_auto) == ("z", "X-Ray", (-3, 3), False)
    assert z.opacity_points == (0, 0, 3, 1)
    assert z.opacity_points_3d == (0, 0, 3, 0.1)
    assert z.rgb_points == (0, 0, 0, 0, 3, 1, 1, 0)
    assert plain.data_range == plain.volume.range
    assert plain.data_range_auto
    assert scene.base is not None
    assert (scene.base.name, told) == ("T1", [])


def test_series_are_chosen_by_name_or_number(data: Path) -> None:
    """'T2', 't / T2' and '2' are the same study; another name is told with those that there are."""
    task = one_series()
    task["series"].append({"name": "T2", "items": ["heat.nii"]})
    for series in ("T2", "t / T2", "2"):
        scene, _ = opened(data, task, series)
        assert scene.base is not None
        assert scene.base.volume.range[0] < 0
    with pytest.raises(ReadError, match="'t / T1', 't / T2'"):
        opened(data, task, "T3")


def test_what_cannot_be_read_is_told_and_the_rest_opens(data: Path) -> None:
    """Missing files, addresses and ways out of the folder are named; nothing of them is read."""
    (data.parent / "out.nii").write_bytes((data / "heat.nii").read_bytes())
    items = ["gone.nii", "https://host/x.nii", "../out.nii", "heat.nii"]
    scene, told = opened(data, one_series(heatMaps=[{"item": item} for item in items]))
    assert len(scene.heatmaps) == 1
    assert [line.split(":")[0] for line in told] == [f"series[0].heatMaps[{n}]" for n in range(3)]
    assert "not downloaded" in told[1]
    assert [missing.index for missing in scene.state.missing] == [0, 1, 2]


def test_a_root_is_where_paths_start(data: Path, tmp_path: Path) -> None:
    """A task elsewhere finds its files from the root."""
    path = tmp_path / "task.json"
    path.write_text(json.dumps(one_series()))
    assert open_scene(path, root=data).base is not None
    with pytest.raises(ReadError):
        open_scene(path)


# --- labels --------------------------------------------------------------------------------------


def test_segmentations_are_labels_with_names_and_colours(data: Path) -> None:
    """Every value has its colour, always the same; 0 is transparent; probe, legend, information name it."""
    scene, told = opened(data, one_series(segmentations=["seg.nii"], segmentMap=SEGMENTS))
    [layer] = scene.heatmaps
    assert layer.labels == ((1, "liver"), (3, "spleen"), (7, "label 7"))
    colors = {}
    for voxel in ((2, 2, 2), (7, 2, 2), (2, 8, 2), (0, 0, 0)):
        value = probe_scene(scene, world(scene, voxel))[1]
        assert value.value is not None
        colors[int(value.value), value.label] = value.rgba
    assert {number: rgba[:3] for (number, _), rgba in colors.items() if number} == {
        number: pytest.approx(label_color(number)) for number in (1, 3, 7)
    }
    assert colors[0, ""][3] == 0
    assert (3, "spleen") in colors
    [draw] = visible_layers(scene.state, scene.volumes)[1]
    assert [swatch.label for swatch in Look.of(draw, False).named] == ["liver", "spleen", "label 7"]
    facts = {
        fact.name: fact.text for part in information(scene, scene.state.heatmaps[0]) for fact in part.facts
    }
    assert facts["3"] == "spleen"
    assert told == []


def test_a_binary_mask_is_one_label(data: Path) -> None:
    """Any value but 0 is the segment of its file, whatever the value is."""
    wish = {"5": {"category": "tumour", "mask": "mask.nii"}}
    scene, _ = opened(data, one_series(segmentMap=wish, binaryMask=True))
    value = probe_scene(scene, world(scene, (7, 2, 2)))[1]
    assert (value.value, value.label) == (255, "tumour")
    assert value.rgba[:3] == pytest.approx(label_color(5))


def test_a_mask_drawn_as_a_picture_is_a_label(tmp_path: Path) -> None:
    """White on black in colour is the label 255, also in a session; black is transparent."""
    pixels = np.zeros((6, 8, 3), np.uint8)
    pixels[3:, 4:] = 255
    Image.fromarray(pixels).save(tmp_path / "mask.png")
    Image.fromarray(pixels[..., 0]).save(tmp_path / "base.png")
    series = {
        "items": "base.png",
        "segmentations": "mask.png",
        "segmentMap": {"255": "bone"},
        "pngMask": True,
    }
    scene, _ = opened(tmp_path, {"name": "t", "series": [series]})
    for one in (scene, hv.open(scene.save(tmp_path / "s.hvs"))):
        values = [probe_scene(one, world(one, voxel))[1] for voxel in ((6, 5, 0), (0, 0, 0))]
        assert [(value.value, value.label, value.rgba[3]) for value in values] == [
            (255, "bone", 0.5), (0, "", 0.0),
        ]  # fmt: skip


def test_a_mask_drawn_as_a_picture_stays_a_label_when_it_changes(tmp_path: Path) -> None:
    """Read again, its values are brightness as before, and keep their name."""
    pixels = np.zeros((6, 8, 3), np.uint8)
    pixels[3:, 4:] = 255
    Image.fromarray(pixels[..., 0]).save(tmp_path / "base.png")
    series = {"items": "base.png", "segmentations": "mask.png", "segmentMap": {"255": "bone"}}
    for name in ("before", "now"):
        Image.fromarray(pixels).save(tmp_path / "mask.png")
        if name == "before":
            scene, _ = opened(tmp_path, {"name": "t", "series": [series]})
            pixels = pixels[::-1]
    sources = [source for source in sources_of(scene) if source.path.endswith("mask.png")]
    swap(scene, read_again(sources, scene.base_volume))
    found = [probe_scene(scene, world(scene, voxel))[1] for voxel in ((6, 5, 0), (6, 0, 0))]
    assert [(value.value, value.label) for value in found] == [(0, ""), (255, "bone")]


def test_neighbouring_label_colours_differ() -> None:
    """No two of the first 13 colours are alike, and all later ones differ from their neighbours."""
    colors = np.array([label_color(value) for value in range(1, 200)])
    first = colors[:13]
    distances = np.abs(first[:, None] - first[None]).sum(axis=2) + 9 * np.eye(13)
    assert distances.min() > 0.25
    assert np.abs(np.diff(colors, axis=0)).sum(axis=1).min() > 0.2


def test_labels_come_back_from_a_session(data: Path, tmp_path: Path) -> None:
    """A session of a task has the same layers, facts and kept fields."""
    task = one_series(segmentations="seg.nii", segmentMap=SEGMENTS) | {"metaData": {"Age": "60"}, "x": 1}
    scene, _ = opened(data, task)
    again = hv.open(scene.save(tmp_path / "s.hvs"))
    for name in ("labels", "rgb_points", "opacity_points", "kept", "name"):
        assert getattr(again.state.heatmaps[0], name) == getattr(scene.state.heatmaps[0], name)
    assert again.state.metadata == (("Age", "60"),)
    assert json.loads(again.state.kept) == json.loads(scene.state.kept)


# --- export --------------------------------------------------------------------------------------

FULL = {
    "name": "case 7", "taskId": "abc", "priority": 0.25, "metaData": {"Age": "60"},
    "series": [{
        "name": "T1", "items": "base.nii", "metaData": {"A": "b"}, "landmarks3d": [], "binaryMask": False,
        "heatMaps": [{"name": "z", "item": "heat.nii", "preset": "Red", "dataRange": [-3, 3],
                      "opacityPoints": [0, 0, 3, 1], "score": 5}],
        "segmentations": "seg.nii", "segmentMap": {**SEGMENTS, "9": "not there"},
    }],
}  # fmt: skip


def test_a_task_comes_back_through_a_session(data: Path) -> None:
    """Task → session → task is the task, with the fields that no one knows here."""
    scene, _ = opened(data, FULL)
    again = hv.open(scene.save(data / "s.hvs"))
    path, notes = export_task(again.state, again.volumes, data / "out.json", inputs=[data / "s.hvs"])
    found = json.loads(path.read_text())
    assert found == FULL
    assert_input_task(found, {"taskId", "score"})
    assert notes == ()


LOOKS: list[dict[str, Any]] = [
    {"preset": "viridis", "opacity": 0.6},
    {"preset": "Cool to warm", "reverse": True, "steps": 7},
    {"threshold_abs": 1.5, "preset": "Cold and hot"},
    {"threshold": (0.5, 2.5), "edge": "linear", "opacity": 0.8},
    {"below": "hide", "above": "#00ff00", "data_range": (-1.0, 2.0)},
]


@pytest.mark.parametrize("look", LOOKS)
def test_an_exported_look_gives_the_same_picture(data: Path, look: dict[str, Any]) -> None:
    """The re-opened task, rendered, is the session within 2 of 255 in every channel, also in 3D."""
    scene, _ = opened(data, one_series(heatMaps=[{"item": "heat.nii", "dataRange": [-4, 4]}]))
    scene.heatmaps[0].edit(**look)
    path, notes = export_task(scene.state, scene.volumes, data / "look.json")
    assert_input_task(json.loads(path.read_text()))
    again = hv.open(path)
    for view, size in (("axial", (120, 100)), ("3d", (40, 40))):
        before, after = (hv.render(one, view=view, size=size, bare=True) for one in (scene, again))
        assert np.abs(before.astype(int) - after).max() <= 2
    assert notes == ()


def test_what_a_task_cannot_say_is_told(data: Path) -> None:
    """Each setting that is lost is named, with its layer."""
    scene, _ = opened(data, one_series(heatMaps=[{"name": "z", "item": "heat.nii"}]))
    scene.heatmaps[0].edit(blur=2.0, contours="1,2", blend="add", zero_is_missing=True, align="centre")
    assert scene.base is not None
    scene.base.window = (100, 50)
    _, notes = export_task(scene.state, scene.volumes, data / "told.json")
    for words in ("blur", "contour", "adds no light", "zeros", "lies where", "window"):
        assert any(words in note for note in notes), (words, notes)


def test_a_series_that_is_written_alone_is_told(data: Path) -> None:
    """Of a task with several only the one that is open is exported, through a session too."""
    task = one_series()
    task["series"].append({"name": "T2", "items": ["heat.nii"]})
    scene, _ = opened(data, task, "T2")
    for one in (scene, hv.open(scene.save(data / "s.hvs"))):
        path, notes = export_task(one.state, one.volumes, data / "alone.json")
        assert notes == ("T2: is one of 2 series, and written alone",)
    assert [series["name"] for series in json.loads(path.read_text())["series"]] == ["T2"]
    assert export_task(open_scene(path).state, {}, data / "again.json")[1] == ()


def test_a_segmentations_own_look_is_told(data: Path) -> None:
    """A task gives it names alone: other colours, opacity or outline are named as left out."""
    scene, _ = opened(data, one_series(segmentations=["seg.nii"], segmentMap=SEGMENTS))
    assert export_task(scene.state, scene.volumes, data / "plain.json")[1] == ()
    for change in ({"opacity": 0.9}, {"rgb_points": (0, 1, 0, 0, 7, 1, 0, 0)}, {"outline": True}):
        scene.heatmaps[0].edit(**change)
        [note] = export_task(scene.state, scene.volumes, data / "own.json")[1]
        assert note == "seg: a segmentation of a task has names, and no colours, opacity or outline"
        scene.undo()


def test_a_dicom_series_is_its_instances(tmp_path: Path, data: Path) -> None:
    """A folder becomes the list of its files, by paths from the task, and comes back as that series."""
    write_series(tmp_path / "ct", stored(4))
    (tmp_path / "ct" / "readme.txt").write_text("no image")
    scene = open_scene(tmp_path / "ct", [data / "heat.nii"])
    path, _ = export_task(scene.state, scene.volumes, tmp_path / "task.json")
    [series] = json.loads(path.read_text())["series"]
    assert sorted(series["items"]) == [f"ct/{n:03d}" for n in range(4)]
    assert series["heatMaps"][0]["item"] == str(data / "heat.nii")
    again = hv.open(path)
    assert again.base is not None
    assert scene.base is not None
    assert np.array_equal(again.base.volume.array, scene.base.volume.array)


def test_frames_of_a_list_come_back(data: Path, tmp_path: Path) -> None:
    """Pictures listed as items are frames, and stay so in a session and an export."""
    for n in range(3):
        Image.fromarray(np.full((4, 5), n, np.uint8)).save(tmp_path / f"{9 - n}.png")
    items = ["9.png", "8.png", "7.png"]
    scene, _ = opened(tmp_path, {"name": "v", "series": [{"items": items}]})
    again = hv.open(scene.save(tmp_path / "s.hvs"))
    assert again.base is not None
    assert again.base.volume.array[0, 0, 0].tolist() == [0, 1, 2]
    path, _ = export_task(again.state, again.volumes, tmp_path / "out.json")
    assert json.loads(path.read_text())["series"][0]["items"] == items


def test_no_input_is_overwritten(data: Path) -> None:
    """Neither the layers' files nor the session can be the output; they stay as they are."""
    scene, _ = opened(data, one_series(heatMaps=[{"item": "heat.nii"}]))
    session = scene.save(data / "keep.hvs")
    for target in (data / "heat.nii", session):
        before = target.read_bytes()
        with pytest.raises(WriteError, match="is an input"):
            export_task(scene.state, scene.volumes, target, inputs=[session])
        assert target.read_bytes() == before


def test_missing_layers_stay_in_an_export(data: Path) -> None:
    """A heatmap whose file is not here is written as it was, and told."""
    gone = {"name": "gone", "item": "gone.nii", "preset": "Red", "dataRange": [0, 1]}
    scene, _ = opened(data, one_series(heatMaps=[gone]))
    path, notes = export_task(scene.state, scene.volumes, data / "m.json")
    [found] = json.loads(path.read_text())["series"][0]["heatMaps"]
    assert {key: found[key] for key in ("name", "preset", "dataRange")} == {
        key: gone[key] for key in ("name", "preset", "dataRange")
    }
    assert any(note.startswith("gone: is missing") for note in notes)


def test_a_missing_layer_keeps_its_place_in_an_export(data: Path) -> None:
    """The order of heatMaps is what lies on top of what, whether their files are here or not."""
    names = ("gone.nii", "heat.nii", "lost.nii")
    scene, _ = opened(data, one_series(heatMaps=[{"name": name, "item": name} for name in names]))
    path, _ = export_task(scene.state, scene.volumes, data / "m.json")
    found = json.loads(path.read_text())["series"][0]["heatMaps"]
    assert tuple(one["name"] for one in found) == names


# --- properties ----------------------------------------------------------------------------------

HEATMAPS = st.fixed_dictionaries(
    {"item": st.just("heat.nii")},
    optional={
        "name": st.text(max_size=8),
        "preset": st.sampled_from(sorted(PRESETS)),
        "dataRange": ranges().map(list),
        "opacityPoints": opacity_points(),
        "opacityPoints3d": opacity_points(),
        "rgbPoints": rgb_points(),
        "unknown": st.integers(),
    },
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(heatmaps=st.lists(HEATMAPS, max_size=3), listed=st.booleans())
def test_any_task_of_valid_pieces_opens(data: Path, heatmaps: list[dict[str, Any]], listed: bool) -> None:
    """Nothing is told, and every heatmap is there with what was said of it."""
    task = one_series(heatMaps=heatmaps)
    scene, told = opened(data, [task] if listed else task)
    assert told == []
    assert len(scene.heatmaps) == len(heatmaps)
    for layer, said in zip(scene.heatmaps, heatmaps, strict=True):
        assert layer.rgb_points == (tuple(said["rgbPoints"]) if "rgbPoints" in said else None)
        assert "dataRange" not in said or list(layer.data_range) == said["dataRange"]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.floats(0, 1), byte=st.integers(0, 255), insert=st.booleans())
def test_a_damaged_task_opens_or_is_refused(data: Path, cut: float, byte: int, insert: bool) -> None:
    """Cut anywhere, or with any byte changed: studies, or one error that names the file."""
    text = json.dumps(FULL).encode()
    at = int(cut * (len(text) - 1))
    path = data / "damaged.json"
    path.write_bytes(text[:at] + (bytes([byte]) + text[at + 1 :] if insert else b""))
    refused = ""
    try:
        assert open_studies(path)
    except (ReadError, SettingError) as error:
        refused = str(error)
    assert not refused or "damaged.json" in refused
