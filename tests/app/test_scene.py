"""The scene: layers, settings as attributes, events, undo."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heatviewer.app.history import with_part
from heatviewer.app.scene import Scene
from heatviewer.app.scene_change import SceneChange
from heatviewer.core.errors import SettingError
from heatviewer.core.volume import Volume
from heatviewer.model.draws import visible_layers
from tests.volumes import noise


@pytest.fixture
def scene() -> Scene:
    made = Scene()
    made.set_base(noise(kind="oblique"))
    made.add_heatmap(noise((6, 7, 8), kind="flipped", name="first"))
    made.add_heatmap(noise((5, 5, 5), seed=2, name="second"))
    return made


def test_cursor_starts_at_the_middle_voxel(scene: Scene) -> None:
    """The cursor starts at the centre of voxel n // 2 of the base."""
    base = noise(kind="oblique")
    expected = base.affine @ [*(n // 2 for n in base.grid), 1]
    assert np.allclose(scene.cursor, expected[:3])


def test_last_added_is_selected_and_on_top(scene: Scene) -> None:
    """Heatmaps are bottom first; the one added last is on top and selected."""
    assert [layer.name for layer in scene.heatmaps] == ["first", "second"]
    assert scene.selected == scene.heatmaps[-1]


def test_a_setting_is_an_attribute(scene: Scene) -> None:
    """Assigning a setting changes it and tells listeners; an equal value is silent."""
    seen: list[SceneChange] = []
    scene.changed.connect(seen.append)
    layer = scene.heatmaps[0]
    layer.opacity = 0.25
    layer.opacity = 0.25
    assert layer.opacity == 0.25
    assert len(seen) == 1
    assert seen[0].layers
    assert not seen[0].view


def test_a_bad_value_changes_nothing(scene: Scene) -> None:
    """A refused value leaves state and history as they were."""
    before, steps = scene.state, scene.history.done
    with pytest.raises(ValueError, match="opacity"):
        scene.heatmaps[0].opacity = 7
    with pytest.raises(SettingError):
        scene.add_heatmap(np.zeros((3, 3, 3)), colour="red")
    assert scene.state is before
    assert scene.history.done == steps
    assert len(scene.volumes) == 3


def test_unknown_attributes_are_errors(scene: Scene) -> None:
    """A misspelt setting is an AttributeError, on reading and on writing."""
    with pytest.raises(AttributeError, match="opacty"):
        scene.heatmaps[0].opacty = 1
    with pytest.raises(AttributeError, match="opacty"):
        _ = scene.heatmaps[0].opacty


def test_a_misspelt_name_on_the_scene_is_an_error(scene: Scene) -> None:
    """`scene.crusor = …` does not pass silently."""
    with pytest.raises(AttributeError, match="crusor"):
        scene.crusor = (0, 0, 0)


def test_a_layer_that_is_gone_says_so(scene: Scene) -> None:
    """After undoing its arrival a handle's data is a clear error."""
    layer = scene.add_heatmap(noise((3, 3, 3), seed=4))
    scene.undo()
    with pytest.raises(SettingError, match="no longer"):
        _ = layer.volume


def test_range_set_by_hand_is_no_longer_automatic(scene: Scene) -> None:
    """`data_range` is marked automatic until somebody sets it; None makes it automatic again."""
    layer = scene.heatmaps[0]
    automatic = layer.data_range
    layer.data_range = (1, 2)
    assert not layer.data_range_auto
    layer.data_range = None
    assert layer.data_range_auto
    assert layer.data_range == automatic


def test_changing_the_map_never_changes_the_range(scene: Scene) -> None:
    """Another preset keeps range, opacity and threshold."""
    layer = scene.heatmaps[0]
    layer.edit(data_range=(3, 4), threshold=(3.5, None))
    layer.preset = "jet"
    assert (layer.data_range, layer.threshold) == ((3, 4), (3.5, None))


def test_removing_can_be_undone_with_all_settings(scene: Scene) -> None:
    """Undo brings a removed layer back with its place, data and settings."""
    layer = scene.heatmaps[0]
    layer.opacity = 0.3
    before = scene.state.heatmaps
    scene.remove(layer)
    assert [h.name for h in scene.heatmaps] == ["second"]
    scene.undo()
    assert scene.state.heatmaps == before
    assert layer.volume.grid == (6, 7, 8)


def test_undo_of_layers_and_view_are_apart(scene: Scene) -> None:
    """Undoing a layer change leaves the cursor where it is, and the other way round."""
    scene.history.clear()
    layer = scene.heatmaps[0]
    layer.opacity = 0.5
    scene.cursor = (1, 2, 3)
    layer.opacity = 0.2
    scene.undo()
    assert (layer.opacity, scene.cursor) == (0.5, (1, 2, 3))
    scene.undo()
    assert layer.opacity == 0.5
    assert scene.cursor != (1, 2, 3)


def test_a_drag_is_one_step(scene: Scene) -> None:
    """Changes under one `merge` are one undo step, until the drag ends."""
    layer = scene.heatmaps[0]
    for value in (0.9, 0.8, 0.7):
        layer.edit(merge="drag", opacity=value)
    scene.end_drag()
    layer.edit(merge="drag", opacity=0.1)
    scene.undo()
    assert layer.opacity == 0.7
    scene.undo()
    assert layer.opacity == 1.0
    scene.redo()
    assert layer.opacity == 0.7


def test_a_change_after_an_undo_leaves_nothing_to_redo(scene: Scene) -> None:
    """What was taken back is gone once something else was done, a change under a `merge` included."""
    layer = scene.heatmaps[0]
    layer.edit(merge="drag", opacity=0.5)
    layer.preset = "Red"
    scene.undo()
    layer.edit(merge="drag", opacity=0.4)
    assert scene.history.undone == ()
    scene.redo()
    assert (layer.opacity, layer.preset) == (0.4, "Cool to warm")


def test_a_step_of_one_part_leaves_the_other(scene: Scene) -> None:
    """Which heatmap is alone belongs to the layers, though the view holds it."""
    before = scene.state
    scene.cursor = (1, 2, 3)
    scene.solo = scene.heatmaps[0]
    looked = with_part(scene.state, before, "view")
    assert looked.view == before.view.replaced(solo=scene.state.view.solo)
    layered = with_part(scene.state, before, "layers")
    assert layered.view == scene.state.view.replaced(solo=None)


def test_several_changes_in_one_step(scene: Scene) -> None:
    """What happens inside `one_step` is undone together."""
    steps = len(scene.history.done)
    with scene.one_step("Look"):
        scene.heatmaps[0].opacity = 0.1
        scene.heatmaps[1].visible = False
    assert len(scene.history.done) == steps + 1
    scene.undo()
    assert scene.heatmaps[0].opacity == 1
    assert scene.heatmaps[1].visible


edits = st.lists(
    st.one_of(
        st.tuples(st.just("opacity"), st.floats(0, 1)),
        st.tuples(st.just("preset"), st.sampled_from(["jet", "Red", "X-Ray"])),
        st.tuples(st.just("cursor"), st.tuples(*[st.floats(-50, 50)] * 3)),
        st.tuples(st.just("move"), st.integers(0, 1)),
        st.tuples(st.just("remove"), st.just(0)),
    ),
    max_size=12,
)


def _apply(scene: Scene, edit: tuple[str, Any]) -> None:
    kind, value = edit
    if kind == "cursor":
        scene.cursor = value
    elif scene.heatmaps and kind == "move":
        scene.move(scene.heatmaps[0], value)
    elif scene.heatmaps and kind == "remove":
        scene.remove(scene.heatmaps[0])
    elif scene.heatmaps:
        setattr(scene.heatmaps[-1], kind, value)


@given(edits)
@settings(max_examples=40, deadline=None)
def test_undoing_everything_gives_the_start(changes: list[tuple[str, Any]]) -> None:
    """After any edits, undoing all gives the first state, and redoing all the last."""
    scene = Scene.from_arrays(np.zeros((4, 4, 4)))
    scene.add_heatmap(np.ones((3, 3, 3)), name="a")
    scene.add_heatmap(np.ones((3, 3, 3)), name="b")
    scene.history.clear()
    start = scene.state
    for change in changes:
        _apply(scene, change)
    end = scene.state
    for _ in changes:
        scene.undo()
    assert (scene.state.base, scene.state.heatmaps, scene.state.view) == (
        start.base,
        start.heatmaps,
        start.view,
    )
    for _ in changes:
        scene.redo()
    assert (scene.state.heatmaps, scene.state.view) == (end.heatmaps, end.view)


def test_a_forgotten_layer_lets_go_of_its_array(scene: Scene) -> None:
    """A removed layer's volume is collected once no undo step names it."""
    watched = weakref.ref(scene.heatmaps[0].volume)
    scene.remove(scene.heatmaps[0])
    assert watched() is not None
    scene.history.clear()
    scene.cursor = (0, 0, 0)
    gc.collect()
    assert watched() is None


def test_a_scene_keeps_its_own_copy_of_an_array() -> None:
    """Writing into an array after it was given changes nothing in the scene."""
    array = np.asfortranarray(np.zeros((3, 3, 3), dtype=np.float32))
    scene = Scene.from_arrays(array)
    array[:] = 7
    assert scene.base is not None
    assert not scene.base.volume.array.any()


def test_arrays_lie_on_the_base_grid() -> None:
    """An array added without an affine has the base's."""
    scene = Scene.from_arrays(np.zeros((4, 5, 6)), np.diag([2.0, 2, 2, 1]))
    layer = scene.add_heatmap(np.ones((4, 5, 6)))
    assert np.array_equal(layer.volume.affine, np.diag([2.0, 2, 2, 1]))


# --- alone, twice, within one step ---------------------------------------------------------------


def shown(scene: Scene) -> list[str]:
    """Return the names of the heatmaps that are drawn, bottom first."""
    return [draw.name for draw in visible_layers(scene.state, scene.volumes)[1]]


def test_one_heatmap_is_shown_alone_and_all_again(scene: Scene) -> None:
    """The others' switches stay as they are; each is one step, which undo takes back."""
    first, second = scene.heatmaps
    scene.history.clear()
    scene.solo = first
    assert (scene.solo, shown(scene)) == (first, ["first"])
    assert second.visible
    scene.solo = second.id
    assert shown(scene) == ["second"]
    scene.undo()
    assert shown(scene) == ["first"]
    scene.solo = None
    assert shown(scene) == ["first", "second"]
    assert [step.title for step in scene.history.done] == ["Show first alone", "Show all heatmaps"]


def test_a_hidden_heatmap_that_is_shown_alone_is_seen(scene: Scene) -> None:
    """It is switched on with it, and undo switches it off again."""
    scene.heatmaps[0].visible = False
    scene.solo = scene.heatmaps[0]
    assert shown(scene) == ["first"]
    scene.undo()
    assert scene.solo is None
    assert shown(scene) == ["second"]
    scene.redo()
    scene.solo = None
    assert shown(scene) == ["first", "second"]


@pytest.mark.parametrize("ending", ["hide", "remove", "add", "duplicate"])
def test_what_ends_showing_one_alone(scene: Scene, ending: str) -> None:
    """Hiding or removing it, or a new layer, which is to be seen; undo brings it back alone."""
    layer = scene.heatmaps[0]
    scene.solo = layer
    before = scene.state
    {
        "hide": lambda: layer.edit(visible=False),
        "remove": lambda: scene.remove(layer),
        "add": lambda: scene.add_heatmap(noise((3, 3, 3), name="third")),
        "duplicate": lambda: scene.duplicate(layer),
    }[ending]()
    assert scene.solo is None
    assert "second" in shown(scene)
    scene.undo()
    assert scene.state == before
    scene.redo()
    assert scene.solo is None


def test_looking_around_is_undone_apart_from_showing_alone(scene: Scene) -> None:
    """A move of the cursor taken back leaves the one heatmap alone."""
    scene.solo = scene.heatmaps[0]
    scene.cursor = (1, 2, 3)
    scene.undo()
    assert shown(scene) == ["first"]
    assert scene.cursor != (1, 2, 3)


def test_a_strange_layer_cannot_be_shown_alone(scene: Scene) -> None:
    """It is refused, and nothing changes."""
    before = scene.state
    with pytest.raises(SettingError, match="not in the scene"):
        scene.solo = "heatmap-0"
    assert scene.state is before


def test_a_duplicate_lies_right_above_and_shares_the_data(scene: Scene) -> None:
    """Every setting but name and id is the same; the array is not copied; undo takes it away."""
    scene.heatmaps[0].edit(preset="hot", threshold=(3, None))
    copy = scene.duplicate(scene.heatmaps[0])
    again = scene.duplicate(scene.heatmaps[0])
    assert [h.name for h in scene.heatmaps] == ["first", "first copy 2", "first copy", "second"]
    assert scene.selected == again
    assert copy.volume is scene.heatmaps[0].volume
    original = scene.state.heatmaps[0]
    assert scene.state.heatmap(copy.id) == original.replaced(id=copy.id, name="first copy")
    scene.undo()
    scene.undo()
    assert [h.name for h in scene.heatmaps] == ["first", "second"]


def test_one_step_keeps_what_older_steps_need(scene: Scene) -> None:
    """A removed layer comes back with its data, whatever was done in one step since."""
    scene.remove(scene.heatmaps[0])
    with scene.one_step("Look"):
        scene.heatmaps[0].opacity = 0.1
        scene.heatmaps[0].preset = "Red"
    scene.undo()
    scene.undo()
    assert scene.heatmaps[0].volume.grid == (6, 7, 8)


@pytest.mark.parametrize("field", ["id", "source", "series"])
def test_which_data_a_layer_shows_cannot_be_edited(scene: Scene, field: str) -> None:
    """Neither as an attribute nor in an edit, nor for a new layer's identity."""
    before = scene.state
    with pytest.raises(AttributeError, match=field):
        setattr(scene.heatmaps[0], field, "x")
    with pytest.raises(SettingError, match=field):
        scene.heatmaps[0].edit(**{field: "x"})
    with pytest.raises(SettingError, match="id"):
        scene.add_heatmap(np.zeros((3, 3, 3)), id="x")
    assert scene.state is before


def test_an_automatic_range_is_the_datas(scene: Scene) -> None:
    """Nobody can mark a range as automatic that is not."""
    layer = scene.heatmaps[0]
    automatic = layer.data_range
    layer.data_range = (1, 2)
    layer.data_range_auto = True
    assert (layer.data_range, layer.data_range_auto) == (automatic, True)


def test_z_and_t_maps_have_their_letter_as_unit() -> None:
    """Unless the file names one; the unit can be set."""
    scene = Scene.from_arrays(np.zeros((3, 3, 3)))
    units = [
        scene.add_heatmap(Volume(np.ones((3, 3, 3)), np.eye(4), kind=kind, unit=unit)).unit
        for kind, unit in (("z", ""), ("t", ""), ("dose", "Gy"), ("", ""))
    ]
    assert units == ["z", "t", "Gy", ""]
    scene.heatmaps[0].unit = "sd"
    assert scene.heatmaps[0].unit == "sd"


def test_the_rule_is_read_only(scene: Scene) -> None:
    """In words, of the settings as they are."""
    layer = scene.heatmaps[0]
    layer.edit(threshold=(2.5, None), unit="z")
    assert layer.rule.startswith("shown where z ≥ 2.5; colour Cool to warm over ")
    with pytest.raises(AttributeError, match="rule"):
        setattr(layer, "rule", "nothing")  # noqa: B010 (a checker refuses the plain assignment)
