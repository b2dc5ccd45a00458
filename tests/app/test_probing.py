"""The probe of a scene: the colour that it tells is the pixel's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from heatviewer.app.probing import probe_scene
from heatviewer.app.scene import Scene
from heatviewer.core.geometry import Plane, vec3, view_axes
from heatviewer.drawing.slice_renderer import SliceRenderer
from heatviewer.model.resolve import resolve_slice
from tests.volumes import noise, with_missing

LOOKS: dict[str, dict[str, Any]] = {
    "plain": {},
    "faded": {"opacity_by": ("base", 60.0, 140.0), "opacity_by_frame": 1, "opacity": 0.8},
    "blurred": {"blur": 2.5, "opacity_points": [40, 0.1, 160, 1]},
    "soft": {"threshold": (105.0, None), "edge": "linear"},
    "missing": {"nan": "#00ff00", "opacity_by": ("base", 60.0, 140.0)},
    "all": {
        "blur": 2.5,
        "threshold_abs": 90.0,
        "opacity_by": ("base", 60.0, 140.0),
        "interpolation": "cubic",
    },
}


def _scene() -> Scene:
    scene = Scene()
    scene.set_base(noise((19, 17, 15, 2), "oblique"), name="base")
    heat = with_missing(noise((17, 18, 19), "flipped", seed=3), 0.1)
    matrix = heat.affine.copy()
    matrix[:3, 3] += np.subtract(scene.cursor, heat.centre_world)
    scene.add_heatmap(heat.array, affine=matrix, data_range=(20, 180))
    return scene


@pytest.mark.parametrize("look", LOOKS)
def test_the_probes_colour_is_the_pixels(look: str) -> None:
    """The final alpha and colour are those of a picture's pixel centred there, whatever the settings."""
    scene = _scene()
    scene.heatmaps[0].edit(**LOOKS[look])
    right, up = view_axes("axial")
    plane = Plane.centred(scene.cursor, right, up, (9, 7), 1.37)
    drawn = SliceRenderer().render_overlay(resolve_slice(scene.state, scene.volumes, plane)) / 255
    found = [[probe_scene(scene, plane.world_at(c, r))[1].rgba for c in range(9)] for r in range(7)]
    told = np.array(found)
    assert np.abs(told[..., 3] - drawn[..., 3]).max() <= 0.6 / 255
    light = np.abs(told[..., :3] - drawn[..., :3]) * told[..., 3:]
    assert light.max() <= 1 / 255
    assert (told[..., 3] > 0.1).any()


def test_values_are_raw_whatever_the_display() -> None:
    """Blur, fading and threshold change what is seen and never the numbers that are read out."""
    scene = _scene()
    at = vec3(np.add(scene.cursor, (0.4, 0.2, -0.3)))
    before = probe_scene(scene, at)[1]
    scene.heatmaps[0].edit(blur=4.0, opacity_by=("base", 60.0, 140.0), threshold=(500.0, None))
    after = probe_scene(scene, at)[1]
    assert (after.value, after.interpolated) == (before.value, before.interpolated)
    assert after.rgba[3] == 0


def test_a_soloed_layer_alone_has_a_colour() -> None:
    """A layer that 'solo' hides is told with its value and without opacity."""
    scene = _scene()
    full = np.full((19, 17, 15), 5.0)
    scene.add_heatmap(full, affine=scene.base.volume.affine, opacity_points=[0, 1])  # type: ignore[union-attr]
    scene.edit_view(solo=scene.heatmaps[0].id)
    hidden = probe_scene(scene, scene.cursor)[2]
    scene.edit_view(solo=scene.heatmaps[1].id)
    shown = probe_scene(scene, scene.cursor)[2]
    assert (hidden.rgba[3], shown.rgba[3]) == (0, 1)
    assert hidden.value == shown.value is not None


def test_nobody_waits_for_a_blur_who_must_not() -> None:
    """Under the pointer the colour is the unblurred one until the blur is there."""
    scene = _scene()
    plain = probe_scene(scene, scene.cursor)[1].rgba
    scene.heatmaps[0].blur = 3.0
    assert probe_scene(scene, scene.cursor, wait=False)[1].rgba == plain
    made = probe_scene(scene, scene.cursor)[1].rgba
    assert made != plain
    assert probe_scene(scene, scene.cursor, wait=False)[1].rgba == made
