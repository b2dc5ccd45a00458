"""The probe in colour images: what is stored there, and the colour that a picture shows there."""

from __future__ import annotations

import numpy as np
import pytest

from heatviewer.app.probing import probe_scene
from heatviewer.app.scene import Scene
from heatviewer.core.geometry import Plane, Vec3, apply_affine, vec3, view_axes
from heatviewer.drawing.slice_renderer import SliceRenderer
from heatviewer.model.resolve import resolve_slice
from tests.volumes import color_noise, noise


def _scene(**settings: object) -> Scene:
    scene = Scene()
    scene.set_base(color_noise((19, 17, 11), "flipped"))
    scene.add_heatmap(color_noise((11, 13, 9), "oblique", alpha=True, seed=2), **settings)
    return scene


def _pixel(scene: Scene, world: Vec3, overlay: bool) -> np.ndarray:
    plane = Plane.centred(world, *view_axes("axial"), (5, 5), 0.5)
    request, renderer = resolve_slice(scene.state, scene.volumes, plane), SliceRenderer()
    picture = renderer.render_overlay(request) if overlay else renderer.render(request)
    return picture[2, 2]


SETTINGS = [
    {},
    {"opacity": 0.4},
    {"blur": 1.5},
    {"threshold": (120.0, None)},
    {"zero_is_missing": True, "interpolation": "nearest"},
]


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("index", [(5, 6, 4), (5.4, 6.3, 3.8), (10.4, 6.0, 4.0)])
def test_a_colour_is_that_of_the_picture(index: tuple[float, ...], settings: dict[str, object]) -> None:
    """The probe's rgba of a colour layer is the pixel that shows it, with its final alpha."""
    scene = _scene(**settings)
    world = vec3(apply_affine(scene.heatmaps[0].volume.affine, index))
    base, heat = probe_scene(scene, world)
    assert np.abs(_pixel(scene, world, overlay=True) - 255 * np.array(heat.rgba)).max() <= 1
    scene.heatmaps[0].edit(visible=False)
    assert np.abs(_pixel(scene, world, overlay=False) - 255 * np.array(base.rgba)).max() <= 1
    assert probe_scene(scene, world)[1].rgba[3] == 0


def test_the_stored_colour_and_the_brightness_are_told() -> None:
    """A voxel's red, green and blue are told as stored; its value is the brightness."""
    scene = _scene()
    volume = scene.base.volume  # type: ignore[union-attr]
    found = probe_scene(scene, vec3(apply_affine(volume.affine, (3, 4, 5))))[0]
    stored = tuple(int(channel.stored[3, 4, 5]) for channel in volume.channels)
    assert found.rgb == stored
    assert found.value == pytest.approx(np.dot([0.299, 0.587, 0.114], stored), abs=0.5)


def test_outside_and_in_numbers_there_is_no_stored_colour() -> None:
    """Beyond the image there is none, and a scalar layer has none anywhere."""
    scene = _scene()
    scene.add_heatmap(noise((9, 9, 9)))
    base, color, number = probe_scene(scene, (500.0, 0.0, 0.0))
    assert (base.rgb, color.rgb, number.rgb) == (None, None, None)
    assert (base.rgba, color.rgba) == ((0, 0, 0, 1), (0, 0, 0, 0))
    assert probe_scene(scene, (2.0, 2.0, 2.0))[2].rgb is None
