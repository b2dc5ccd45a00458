"""Looking through presets: one step to undo, nothing left of what was only looked at."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from heatviewer.app.preset_choice import PresetChoice, look_of, put_back, rename, save_look
from heatviewer.app.scene import Scene
from heatviewer.app.user_presets import delete_preset, save_preset
from heatviewer.core.errors import SettingError
from heatviewer.drawing.slice_renderer import SliceRenderer
from heatviewer.model.draws import transfer_of
from heatviewer.model.layer import HeatmapLayer
from heatviewer.model.presets import preset, preset_names, user_presets
from heatviewer.model.resolve import resolve_slice, slice_plane

POINTS = (-3.0, 0.0, 0.0, 0.2, 1.0, 0.3, 0.9, 0.1, 5.0, 1.0, 1.0, 0.0)


@pytest.fixture
def scene() -> Scene:
    """A heatmap with both signs whose range was set by hand."""
    made = Scene.from_arrays(np.zeros((6, 6, 6)))
    values = np.linspace(-4, 6, 216).reshape(6, 6, 6)
    made.add_heatmap(values, name="z", preset="Cold and hot", data_range=(-3, 5))
    made.history.clear()
    return made


def layer(scene: Scene) -> HeatmapLayer:
    return scene.state.heatmaps[0]


def picture(scene: Scene) -> bytes:
    """Return the axial slice's pixels."""
    plane = slice_plane(scene.state, scene.base_volume, "axial", (32, 32))
    return SliceRenderer().render(resolve_slice(scene.state, scene.volumes, plane)).tobytes()


def choice(scene: Scene) -> PresetChoice:
    return PresetChoice(scene, layer(scene).id)


def test_many_looks_are_one_step(scene: Scene) -> None:
    """Undo goes back to the map from before all of them."""
    looking = choice(scene)
    for name in ("jet", "Red", "viridis"):
        looking.show(name)
    looking.take()
    assert [step.title for step in scene.history.done] == ["Preset of z"]
    assert layer(scene).preset == "viridis"
    scene.undo()
    assert layer(scene).preset == "Cold and hot"


def test_what_was_only_looked_at_leaves_nothing(scene: Scene) -> None:
    """The layer is as before, and there is no step."""
    before = scene.state
    looking = choice(scene)
    looking.show("jet")
    looking.show("Red")
    looking.restore()
    assert scene.state == before
    assert scene.history.done == ()


def test_looking_again_after_going_back_is_a_step_of_its_own(scene: Scene) -> None:
    """Each taken map is one."""
    looking = choice(scene)
    looking.show("jet")
    looking.restore()
    looking.show("Red")
    looking.take()
    looking.show("Blue")
    looking.take()
    assert len(scene.history.done) == 2
    scene.undo()
    assert layer(scene).preset == "Red"


@pytest.mark.parametrize("auto", [True, False])
def test_changing_the_map_never_changes_the_range(scene: Scene, auto: bool) -> None:
    """Nor whether it was taken from the data, nor opacity, threshold, reversing or levels."""
    if auto:
        scene.heatmaps[0].data_range = None
    scene.heatmaps[0].edit(threshold=(1, None), reverse=True, steps=5, opacity_points=(0, 0, 5, 1))
    before = layer(scene).model_dump(exclude={"preset", "rgb_points"})
    for name in preset_names():
        choice(scene).show(name)
        assert layer(scene).preset == name
        assert layer(scene).model_dump(exclude={"preset", "rgb_points"}) == before


def test_a_preset_takes_the_place_of_explicit_points(scene: Scene) -> None:
    """In the same step, and going back brings them back."""
    scene.heatmaps[0].rgb_points = POINTS
    looking = choice(scene)
    looking.show("Red")
    assert layer(scene).rgb_points is None
    looking.restore()
    assert layer(scene).rgb_points == POINTS
    looking.show("Red")
    looking.take()
    scene.undo()
    assert layer(scene).rgb_points == POINTS


def test_a_layer_that_went_is_no_error(scene: Scene) -> None:
    """Going back then does nothing."""
    looking = choice(scene)
    looking.show("jet")
    scene.remove(layer(scene).id)
    assert not looking.there
    looking.restore()


@pytest.mark.parametrize(
    "settings",
    [{}, {"reverse": True}, {"steps": 4}, {"reverse": True, "steps": 7},
     {"preset": "Cool to warm", "steps": 3},
     {"rgb_points": POINTS}, {"rgb_points": POINTS, "reverse": True}, {"rgb_points": POINTS, "steps": 6}],
    ids=str,
)  # fmt: skip
def test_a_layer_looks_the_same_in_the_preset_saved_from_it(scene: Scene, settings: dict[str, Any]) -> None:
    """Reversing and levels are part of the preset then; saving is one step."""
    scene.heatmaps[0].edit(**settings)
    before, drawn = transfer_of(layer(scene)), picture(scene)
    scene.history.clear()
    save_look(scene, layer(scene).id, "Mine")
    assert (layer(scene).preset, layer(scene).reverse, layer(scene).steps) == ("Mine", False, None)
    assert layer(scene).rgb_points is None
    values = np.linspace(-4, 6, 996)
    assert np.abs(transfer_of(layer(scene)).colors(values) - before.colors(values)).max() < 1 / 255
    assert (
        np.abs(np.subtract(*(np.frombuffer(p, "u1").astype(int) for p in (drawn, picture(scene))))).max() <= 1
    )
    assert len(scene.history.done) == 1


def test_points_that_do_not_span_the_range_stay(scene: Scene) -> None:
    """The preset would look different on this layer: it is kept for others, and the layer left alone."""
    scene.heatmaps[0].edit(rgb_points=POINTS, data_range=(-10, 10))
    save_look(scene, layer(scene).id, "Mine")
    assert layer(scene).rgb_points == POINTS
    assert np.reshape(preset("Mine").points, (-1, 4))[:, 0].tolist() == [0, 0.5, 1]


@pytest.mark.parametrize("points", [(2.0, 0.1, 0.2, 0.3), (2.0, 0, 0, 0, 2.0, 1, 1, 1)])
def test_points_at_one_value_are_no_preset(scene: Scene, points: tuple[float, ...]) -> None:
    """The message names the field and the value."""
    scene.heatmaps[0].rgb_points = points
    with pytest.raises(SettingError, match=r"^rgb_points: all points lie at 2\."):
        look_of(layer(scene))


@pytest.mark.parametrize("scale", [1e-30, 1e30, 1e300])
def test_points_of_any_size_become_a_preset(scene: Scene, scale: float) -> None:
    """Scalars are stretched without losing their order."""
    scene.heatmaps[0].rgb_points = [n * scale if k % 4 == 0 else n for k, n in enumerate(POINTS)]
    assert np.allclose(np.reshape(look_of(layer(scene)).points, (-1, 4))[:, 0], [0, 0.5, 1])


def test_a_layer_keeps_its_look_when_its_preset_is_deleted(scene: Scene) -> None:
    """It can be drawn, edited, undone and redone until the program ends."""
    save_look(scene, layer(scene).id, "Mine")
    drawn = picture(scene)
    delete_preset("Mine")
    scene.heatmaps[0].opacity = 0.5
    scene.undo()
    assert picture(scene) == drawn
    scene.undo()
    scene.redo()
    assert (layer(scene).preset, picture(scene)) == ("Mine", drawn)
    assert user_presets() == ()


def test_a_deleted_preset_can_be_put_back(scene: Scene) -> None:
    """As it was."""
    made = save_look(scene, layer(scene).id, "Mine")
    put_back(delete_preset("mine"))
    assert user_presets() == (made,)


def test_layers_follow_a_new_name(scene: Scene) -> None:
    """All that use the preset, as one step; undone, the old name still shows the colours."""
    save_preset("Mine", preset("hot"))
    scene.add_heatmap(np.ones((6, 6, 6)), preset="mine")
    scene.heatmaps[0].preset = "mine"
    drawn, count = picture(scene), len(scene.history.done)
    rename(scene, "mine", "Ours")
    assert [found.preset for found in scene.heatmaps] == ["Ours", "Ours"]
    assert len(scene.history.done) == count + 1
    scene.undo()
    assert [found.preset for found in scene.heatmaps] == ["Mine", "Mine"]
    assert picture(scene) == drawn
