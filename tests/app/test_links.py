"""Linked heatmaps: one look for a group, changed, joined and left as one step each."""

from __future__ import annotations

import numpy as np
import pytest

from heatviewer.app import links
from heatviewer.app.scene import Scene
from heatviewer.core.errors import SettingError
from heatviewer.model.layer import STYLE_FIELDS
from tests.volumes import noise


@pytest.fixture
def scene() -> Scene:
    """Three heatmaps of different ranges; the first and the last are series of 3 and 5 frames."""
    made = Scene.from_arrays(np.zeros((6, 6, 6)))
    for name, frames in (("a", (3,)), ("b", ()), ("c", (5,))):
        made.add_heatmap(noise((6, 6, 6, *frames), seed=len(made.heatmaps), name=name))
    made.history.clear()
    return made


def look(scene: Scene, index: int) -> dict[str, object]:
    return {name: getattr(scene.heatmaps[index], name) for name in STYLE_FIELDS}


def test_a_change_of_one_is_a_change_of_all_and_one_step(scene: Scene) -> None:
    """The step says so, and undo takes it back everywhere."""
    links.link_all(scene, scene.heatmaps[0].id)
    before = scene.state
    scene.heatmaps[1].preset = "Red"
    assert [layer.preset for layer in scene.heatmaps] == ["Red"] * 3
    assert scene.history.done[-1].title == f"Preset of {scene.heatmaps[1].name} (all linked in A)"
    assert len(scene.history.done) == 2
    scene.undo()
    assert scene.state == before


def test_linking_takes_over_the_look_and_unlinking_keeps_it(scene: Scene) -> None:
    """Who joins looks like the group; who leaves stays as it looks, and a group of one ends."""
    a, b, c = scene.heatmaps
    a.edit(preset="hot", threshold=(50, None), contours=[60, 80])
    links.link(scene, b.id, a.id)
    assert look(scene, 1) == look(scene, 0)
    assert look(scene, 2) != look(scene, 0)
    links.unlink(scene, a.id)
    assert (a.link, b.link, c.link) == (None, None, None)
    a.preset = "Blue"
    assert b.preset == "hot"


def test_a_group_is_joined_by_its_name(scene: Scene) -> None:
    """Setting `link` to a group's name takes over its look; the first of a name keeps its own."""
    a, b, _ = scene.heatmaps
    a.edit(preset="hot", data_range=(1, 2))
    a.link = " stat "
    assert (a.link, a.preset) == ("stat", "hot")
    b.link = "stat"
    assert look(scene, 1) == look(scene, 0)
    added = scene.add_heatmap(noise((6, 6, 6), seed=9), link="stat")
    assert look(scene, 3) == look(scene, 0)
    assert added.name != a.name


def test_what_is_given_with_the_link_holds_for_all(scene: Scene) -> None:
    """A setting in the same change is a change of the group it joins."""
    a, b, _ = scene.heatmaps
    a.edit(link="g", preset="hot", opacity=0.4)
    b.edit(link="g", preset="Blue")
    assert (a.preset, a.opacity, b.preset, b.opacity) == ("Blue", 0.4, "Blue", 0.4)
    scene.add_heatmap(noise((6, 6, 6)), link="g", preset="Green")
    assert [layer.preset for layer in (a, b)] == ["Green", "Green"]


def test_a_shared_range_is_automatic_for_its_own_data_alone(scene: Scene) -> None:
    """What was taken from one layer's data is a range by hand for the others."""
    links.link_all(scene, scene.heatmaps[0].id)
    scene.heatmaps[1].data_range = None
    assert len({layer.data_range for layer in scene.heatmaps}) == 1
    assert [layer.data_range_auto for layer in scene.heatmaps] == [False, True, False]


def test_constant_data_share_all_but_their_range(scene: Scene) -> None:
    """A range of one value is no range for another layer."""
    flat = scene.add_heatmap(np.full((6, 6, 6), 7.0), name="flat", preset="Red")
    links.link(scene, scene.heatmaps[0].id, flat.id)
    assert scene.heatmaps[0].preset == "Red"
    assert scene.heatmaps[0].data_range != flat.data_range
    flat.data_range = None
    assert flat.data_range == (7, 7)


def test_a_frame_is_shared_by_those_that_have_frames(scene: Scene) -> None:
    """It is held within each series; a volume without frames stays at its one."""
    a, b, c = scene.heatmaps
    links.link_all(scene, b.id)
    c.frame = 4
    assert [layer.frame for layer in (a, b, c)] == [2, 0, 4]
    b.frame = 1
    assert [layer.frame for layer in (a, b, c)] == [2, 1, 4]


@pytest.mark.parametrize("field", ["name", "unit", "visible", "visible_3d"])
def test_who_a_layer_is_and_whether_it_is_shown_is_its_own(scene: Scene, field: str) -> None:
    """Name, unit and switches are never shared."""
    links.link_all(scene, scene.heatmaps[0].id)
    before = [getattr(layer, field) for layer in scene.heatmaps[1:]]
    setattr(scene.heatmaps[0], field, "other" if field in ("name", "unit") else False)
    assert [getattr(layer, field) for layer in scene.heatmaps[1:]] == before


def test_a_refused_value_changes_no_linked_layer(scene: Scene) -> None:
    """Nothing is half applied to a group either."""
    links.link_all(scene, scene.heatmaps[0].id)
    before, steps = scene.state, scene.history.done
    with pytest.raises(SettingError, match="opacity"):
        scene.heatmaps[2].edit(preset="Red", opacity=2)
    assert scene.state is before
    assert scene.history.done == steps


def test_a_drag_of_a_linked_layer_is_one_step(scene: Scene) -> None:
    """As of a layer alone."""
    links.link_all(scene, scene.heatmaps[0].id)
    steps = len(scene.history.done)
    for value in (0.9, 0.5, 0.2):
        scene.heatmaps[0].edit(merge="drag", opacity=value)
    scene.end_drag()
    assert len(scene.history.done) == steps + 1
    assert [layer.opacity for layer in scene.heatmaps] == [0.2] * 3


def test_groups_made_by_a_click_have_letters(scene: Scene) -> None:
    """A, then B; a name that is in use is not taken again."""
    a, b, c = scene.heatmaps
    b.link = "B"
    links.link(scene, a.id, c.id)
    assert (a.link, c.link) == ("A", "A")
    assert links.new_group(scene.state) == "C"
