"""From a layer's settings to what is drawn of it: lines, outlines, opacity by another volume, solo."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import numpy as np
import pytest

import heatviewer as hv
from heatviewer.app.scene import Scene
from heatviewer.core.errors import SettingError
from heatviewer.core.volume import Volume
from heatviewer.model.draws import heatmap_draw, soloed, transfer_of, visible_layers
from heatviewer.model.requests import HeatmapDraw


def _scene() -> Scene:
    scene = hv.Scene.from_arrays(np.zeros((8, 8, 8), np.float32))
    scene.add_heatmap(np.linspace(0, 50, 512, dtype=np.float32).reshape(8, 8, 8), name="dose")
    return scene


def _draw(scene: Scene, number: int = 0) -> HeatmapDraw:
    layer = scene.state.heatmaps[number]
    return heatmap_draw(layer, scene.volumes[layer.id], scene.volumes, scene.state)


def test_one_state_is_resolved_once_for_all_views() -> None:
    scene = _scene()
    state, volumes = scene.state, scene.volumes
    first = visible_layers(state, volumes)
    assert visible_layers(state, dict(volumes)) is first
    in_3d = visible_layers(state, volumes, volumetric=True)
    assert visible_layers(state, volumes) is first
    assert in_3d is not first
    # Another volume under the same id, and no volume at all, are other pictures of the same state.
    layer_id = state.heatmaps[0].id
    other = Volume(np.zeros((8, 8, 8), np.float32), np.eye(4))
    assert visible_layers(state, {**volumes, layer_id: other})[1][0].volume is other
    assert visible_layers(state, {})[1] == ()
    assert visible_layers(state, volumes)[1] == first[1]


def test_what_was_resolved_goes_with_its_scene() -> None:
    scene = _scene()
    volume = weakref.ref(scene.volumes[scene.state.heatmaps[0].id])
    visible_layers(scene.state, scene.volumes)
    del scene
    gc.collect()
    assert volume() is None


@pytest.mark.parametrize(
    ("wish", "reference", "levels"),
    [
        ([10, 30], None, [10, 30]),
        ("10,30", None, [10, 30]),
        ("50,100%", None, [25, 50]),
        ("50,100 %", 60.0, [30, 60]),
        ([30, 10, 30], None, [10, 30]),
    ],
)
def test_contour_levels_are_values_or_percent(
    wish: Any, reference: float | None, levels: list[float]
) -> None:
    """Levels are values; with % they are percent of the largest value, or of the typed reference."""
    scene = _scene()
    scene.heatmaps[0].edit(contours=wish, contour_reference=reference)
    assert [line.level for line in _draw(scene).lines] == pytest.approx(levels)


def test_percent_of_nothing_gives_no_lines() -> None:
    """Percent of a maximum that is not above 0 mean nothing, so no line is drawn."""
    scene = hv.Scene.from_arrays(np.zeros((4, 4, 4)))
    scene.add_heatmap(np.full((4, 4, 4), -3.0), contours="50%")
    assert _draw(scene).lines == ()
    scene.heatmaps[0].contour_reference = 10
    assert [line.level for line in _draw(scene).lines] == [5]


def test_lines_have_the_maps_colour_or_their_own_in_turn() -> None:
    """Without colours a line has its value's; with colours they are taken in turn."""
    scene = _scene()
    layer = scene.heatmaps[0]
    layer.edit(contours=[10, 20, 30])
    expected = transfer_of(scene.state.heatmaps[0]).colors(np.array([10.0, 20.0, 30.0]))
    assert np.allclose([line.color for line in _draw(scene).lines], expected)
    layer.contour_colors = ["#ff0000", "#0000ff"]
    assert [line.color for line in _draw(scene).lines] == [(1, 0, 0), (0, 0, 1), (1, 0, 0)]


def test_labels_say_what_was_typed() -> None:
    """A percent line says percent, a value line its value with a true minus; labels can be off."""
    scene = _scene()
    layer = scene.heatmaps[0]
    layer.contours = [-1, 2.5]
    assert [line.label for line in _draw(scene).lines] == ["−1", "2.5"]
    layer.contours = "50%"
    assert [line.label for line in _draw(scene).lines] == ["50 %"]
    layer.contour_labels = False
    assert [line.label for line in _draw(scene).lines] == [""]


@pytest.mark.parametrize("bad", ["", "a,b", [], [float("nan")], "10,,%x", [1, None]])
def test_bad_levels_change_nothing(bad: Any) -> None:
    """Levels that are no numbers are refused in words that name the setting."""
    scene = _scene()
    before = scene.state
    with pytest.raises(SettingError, match="contours"):
        scene.heatmaps[0].contours = bad
    assert scene.state is before


def test_outline_lies_at_the_ends_of_the_threshold() -> None:
    """The outline is a line at each end of the threshold, on both sides where it is two-sided."""
    scene = _scene()
    layer = scene.heatmaps[0]
    layer.edit(outline=True, outline_color="#00ff00")
    assert _draw(scene).outlines == ()
    layer.threshold = (10, None)
    assert [(line.level, line.color) for line in _draw(scene).outlines] == [(10, (0, 1, 0))]
    layer.edit(threshold=None, threshold_abs=4)
    assert sorted(line.level for line in _draw(scene).outlines) == [-4, 4]


def test_a_line_surrounds_what_is_shown_also_on_a_plateau() -> None:
    """At an upper end, and at a level of 0 or below, values that equal it lie inside of the line."""
    scene = _scene()
    scene.heatmaps[0].edit(outline=True, threshold=(10, 40), contours=[-3, 0, 20])
    assert [(line.level, line.upper) for line in _draw(scene).outlines] == [(10, False), (40, True)]
    assert [(line.level, line.upper) for line in _draw(scene).lines] == [(-3, True), (0, True), (20, False)]
    scene.heatmaps[0].edit(threshold=None, threshold_abs=4)
    assert [(line.level, line.upper) for line in _draw(scene).outlines] == [(4, False), (-4, True)]


@pytest.mark.parametrize(
    ("changes", "marked"),
    [
        ({"data_range": (-2, 5)}, True),
        ({"data_range": (-5, 5)}, False),
        ({"data_range": (-2, 5), "preset": "Red"}, False),
        ({"data_range": (-2, 5), "rgb_points": (-2, 0, 0, 1, 0, 1, 1, 1, 5, 1, 0, 0)}, False),
    ],
)
def test_a_diverging_preset_off_its_middle_is_marked(changes: dict[str, Any], marked: bool) -> None:
    """Where its middle is not 0; explicit colours lie where they were put, and need no mark."""
    scene = _scene()
    scene.heatmaps[0].edit(**{"preset": "Cool to warm"} | changes)
    assert _draw(scene).off_centre == marked


def test_opacity_by_follows_a_layer_as_that_layer_is_shown() -> None:
    """A layer is faded by another as that one is sampled: its frame, interpolation and zero rule."""
    scene = _scene()
    count = scene.add_heatmap(
        np.ones((8, 8, 8, 3)), name="n", interpolation="nearest", frame=2, zero_is_missing=True
    )
    scene.heatmaps[0].opacity_by = (count, 0, 12)
    by = _draw(scene).opacity_by
    assert by is not None
    assert (by.volume, by.low, by.high, by.name) == (count.volume, 0, 12, "n")
    assert (by.frame, by.interpolation, by.zero_is_missing) == (2, "nearest", True)
    scene.heatmaps[0].opacity_by_frame = 1
    by = _draw(scene).opacity_by
    assert by is not None
    assert by.frame == 1


def test_opacity_by_keeps_its_volume_as_long_as_a_step_names_it() -> None:
    """A volume given for opacity alone stays while undo can bring it back, and goes with the study."""
    scene = _scene()
    volume = Volume(np.ones((8, 8, 8)), np.eye(4), name="coverage")
    layer = scene.heatmaps[0]
    layer.opacity_by = (volume, 0, 1)
    key = layer.opacity_by.volume
    layer.opacity_by = None
    assert scene.volumes[key] is volume
    scene.undo()
    by = _draw(scene).opacity_by
    assert by is not None
    assert by.volume is volume


@pytest.mark.parametrize("bad", [("x", 1), ("x", 3, 1), ("x", 1, 1), ("x", 0, float("nan")), 5])
def test_bad_opacity_by_changes_nothing(bad: Any) -> None:
    """A range that does not rise, or too few values, is refused before any file is read."""
    scene = _scene()
    before, volumes = scene.state, dict(scene.volumes)
    with pytest.raises(SettingError, match="opacity_by"):
        scene.heatmaps[0].opacity_by = bad
    assert scene.state is before
    assert scene.volumes == volumes


def test_solo_shows_one_heatmap_whatever_the_switches_say() -> None:
    """Solo draws its heatmap alone, a hidden one too; a solo that is gone means nothing."""
    scene = _scene()
    other = scene.add_heatmap(np.ones((8, 8, 8)), name="other", visible=False)
    scene.edit_view(solo=other.id)
    _, shown = visible_layers(scene.state, scene.volumes)
    assert [draw.name for draw in shown] == ["other"]
    scene.remove(other)
    assert soloed(scene.state) is None
    _, shown = visible_layers(scene.state, scene.volumes)
    assert [draw.name for draw in shown] == ["dose"]
