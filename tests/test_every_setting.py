"""Every setting does something: each field, flipped, changes a picture, in 2D or in 3D or in the legend."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import heatviewer as hv
from heatviewer.app.scene import Scene
from heatviewer.model.layer import SOURCE_FIELDS, BaseLayer, HeatmapLayer
from heatviewer.model.view import ViewState
from tests.volumes import noise, with_missing

#: Who a layer is, and with whom it shares its look: not how it looks.
IDENTITY = {*SOURCE_FIELDS, "window_auto", "link"}

HEATMAP: dict[str, Any] = {
    "name": "another name",
    "unit": "Gy",
    "visible": False,
    "visible_3d": False,
    "opacity_3d": 0.2,
    "frame": 1,
    "interpolation": "nearest",
    "preset": "jet",
    "reverse": True,
    "steps": 3,
    "data_range": (60.0, 90.0),
    "data_range_auto": False,
    "rgb_points": [0, 0, 1, 0, 200, 1, 1, 0],
    "opacity_points": [0, 1],
    "opacity_points_3d": [0, 1],
    "opacity": 0.3,
    "threshold": (120.0, None),
    "threshold_abs": 130.0,
    "edge": "linear",
    "below": "hide",
    "above": "#00ff00",
    "nan": "#00ff00",
    "zero_is_missing": True,
    "blend": "add",
    "opacity_by": ("base", 60.0, 140.0),
    "opacity_by_frame": 1,
    "outline": True,
    "outline_color": "#00ffff",
    "blur": 3.0,
    "contours": "60,100",
    "contour_reference": 150.0,
    "contour_colors": "#ff00ff,#00ff00",
    "contour_labels": False,
    "contour_style": "dashed",
    "contour_width": 4.0,
    "align": "centre",
    "labels": {60: "liver", 120: "spleen"},
}
BASE: dict[str, Any] = {
    "name": "another name",
    "unit": "HU",
    "visible": False,
    "visible_3d": False,
    "opacity_3d": 0.2,
    "frame": 1,
    "interpolation": "nearest",
    "window": (60.0, 90.0),
    "invert": True,
}
VIEW: dict[str, Any] = {
    "cursor": (1.0, 2.0, 3.0),
    "convention": "neurological",
    "sagittal": "nose-right",
    "show_crosshair": False,
    "show_labels": False,
    "show_scale_bar": False,
    "legend": "off",
    "solo": "map",
}
#: What shows only in 3D, and what only in the probe and the layer list.
ONLY_3D = {"visible_3d", "opacity_3d", "opacity_points_3d"}
ONLY_WORDS = {"name", "unit"}
#: What a setting needs to be seen: another setting that it works on.
TOGETHER: dict[str, dict[str, Any]] = {
    "edge": {"threshold": (130.0, math.inf)},
    "below": {"data_range": (90.0, 110.0), "opacity_points": [0, 0.8]},
    "above": {"data_range": (90.0, 110.0)},
    "opacity_by_frame": {"opacity_by": ("base", 60.0, 140.0)},
    "outline": {"threshold": (130.0, math.inf)},
    "outline_color": {"threshold": (130.0, math.inf), "outline": True},
    "contour_reference": {"contours": "50%"},
    "contour_colors": {"contours": "60,100"},
    "contour_labels": {"contours": "100"},
    "contour_style": {"contours": "60,100"},
    "contour_width": {"contours": "60,100"},
}
#: Settings of the window alone, driven by its own tests: layout, the views' zoom, pan and camera, and
#: whose frames go together.
WINDOW_ONLY = {"layout", "axial", "coronal", "sagittal_camera", "camera", "frames_together"}


def _scene() -> Scene:
    scene = Scene()
    scene.set_base(noise((19, 17, 15, 2), "oblique"), name="base", window=(100, 200))
    heat = with_missing(noise((11, 10, 9, 2), "flipped", seed=3), 0.05)
    array = np.array(heat.array)
    array[::3, ::3] = 0
    affine = heat.affine.copy()
    affine[:3, 3] += np.subtract(scene.cursor, heat.centre_world)
    scene.add_heatmap(array, affine=affine, name="map", data_range=(20.0, 180.0))
    return scene


def _pictures(scene: Scene, view: str) -> np.ndarray:
    return hv.render(scene, view=view, size=(360, 300), at=scene.cursor)


@pytest.mark.parametrize("field", sorted(set(HeatmapLayer.model_fields) - IDENTITY))
def test_every_heatmap_setting_changes_the_picture(field: str) -> None:
    """Each setting of a heatmap changes the slices with their legend, or 3D where it is only for that."""
    scene = _scene()
    layer = scene.heatmaps[0]
    layer.edit(**TOGETHER.get(field, {}))
    view = "3d" if field in ONLY_3D else "axial"
    before = _pictures(scene, view)
    if field == "data_range_auto":
        scene.edit_layer(layer.id, data_range=None)
        before = _pictures(scene, view)
        layer.data_range = layer.data_range
    else:
        setattr(layer, field, HEATMAP[field])
    assert not np.array_equal(_pictures(scene, view), before)


@pytest.mark.parametrize("field", sorted(set(BaseLayer.model_fields) - IDENTITY - ONLY_WORDS))
def test_every_base_setting_changes_the_picture(field: str) -> None:
    """Each setting of the base changes the slices, or 3D where it is only for that."""
    scene = _scene()
    view = "3d" if field in ONLY_3D else "axial"
    before = _pictures(scene, view)
    setattr(scene.base, field, BASE[field])
    assert not np.array_equal(_pictures(scene, view), before)


@pytest.mark.parametrize("field", sorted(set(ViewState.model_fields) - WINDOW_ONLY))
def test_every_view_setting_changes_the_picture(field: str) -> None:
    """Each view setting that a picture can show changes it."""
    scene = _scene()
    scene.heatmaps[0].visible = field != "solo"  # alone, whatever its own switch says
    before = _pictures(scene, "ortho")
    scene.edit_view(**{field: scene.heatmaps[0].id if field == "solo" else VIEW[field]})
    assert not np.array_equal(_pictures(scene, "ortho"), before)


def test_no_setting_is_left_out() -> None:
    """A new field must come into these tables: this is where an option that does nothing is caught."""
    assert set(HEATMAP) == set(HeatmapLayer.model_fields) - IDENTITY
    assert set(BASE) == set(BaseLayer.model_fields) - IDENTITY
    assert set(VIEW) == set(ViewState.model_fields) - WINDOW_ONLY
