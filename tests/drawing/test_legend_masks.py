"""Legends of masks: a swatch with a name where one colour is all that there is to tell."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from heatviewer.app.scene import Scene
from heatviewer.core.geometry import Plane, view_axes
from heatviewer.core.volume import Volume
from heatviewer.drawing.canvas import Rect
from heatviewer.drawing.figure import PictureOptions, render_picture
from heatviewer.drawing.legend import legend_column, legend_layout
from heatviewer.model.requests import HeatmapDraw
from heatviewer.model.resolve import resolve_slice
from tests.volumes import color_noise, noise

RED = {"rgb_points": [0, 1, 0, 0, 1, 1, 0, 0]}


def draws(count: int = 1, kind: str = "mask", **settings: Any) -> tuple[HeatmapDraw, ...]:
    """Return masks as they are drawn, the last one first, as in a legend."""
    scene = Scene.from_arrays(noise().array)
    inside = np.zeros(noise().grid, np.uint8)
    inside[2:4, 2:4, 1:2] = 1
    for n in range(count):
        volume = Volume(inside, np.eye(4), kind=kind, name=f"organ {n}")
        scene.add_volume(volume, **(RED | settings))
    plane = Plane.centred((0, 0, 0), *view_axes("axial"), (8, 8), 1)
    return resolve_slice(scene.state, scene.volumes, plane).heatmaps[::-1]


@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_a_mask_has_its_colour_and_no_numbers(ratio: float) -> None:
    """The colour is opaque, whatever the layer's opacity is: it is there to be found again."""
    (bar,) = legend_column(draws(opacity=0.25), 400, ratio)
    assert not bar.has_bar
    swatch = bar.sprite.rgba[bar.bar.top : bar.bar.bottom, bar.bar.left : bar.bar.right]
    assert (swatch == (255, 0, 0, 255)).all()
    assert bar.box.height <= 24 * ratio


def test_the_outline_frames_the_swatch() -> None:
    """In its own colour."""
    (bar,) = legend_column(draws(outline=True, outline_color="#00ff00", threshold=(0.5, None)), 400, 1.0)
    assert tuple(bar.sprite.rgba[bar.bar.top - 1, bar.bar.left]) == (0, 255, 0, 255)


@pytest.mark.parametrize(
    "settings",
    [
        {"kind": "probability"},
        {"interpolation": "linear"},
        {"blur": 2.0},
        {"opacity_points": [0, 0.5, 1, 1]},
    ],
    ids=str,
)
def test_where_more_than_one_colour_is_drawn_there_is_a_bar(settings: dict[str, Any]) -> None:
    """Values between 0 and 1, and a 0 that is seen, need one."""
    (bar,) = legend_column(draws(**settings), 400, 1.0)
    assert bar.has_bar


def test_thirty_structures_fit_beside_the_views() -> None:
    """In the order of the scene, none covering another."""
    bars = legend_column(draws(30), 720, 1.0)
    assert [bar.index for bar in bars] == list(range(30))
    assert bars[-1].box.bottom <= 720
    assert all(above.box.bottom <= below.box.top for above, below in pairwise(bars))


def test_in_a_picture_they_flow_into_columns() -> None:
    """All are there, inside, and none covers another."""
    area = Rect(100, 10, 300, 200)
    bars = legend_layout(draws(20), area, 1.0, area.height)
    taken = np.zeros((300, 500), int)
    for bar in bars:
        taken[bar.box.top : bar.box.bottom, bar.box.left : bar.box.right] += 1
    assert len(bars) == 20
    assert taken.max() == 1
    assert not taken[:10].any()
    assert not taken[210:].any()
    assert not taken[:, :100].any()
    assert not taken[:, 400:].any()


def test_a_moved_mask_says_so() -> None:
    """Its swatch does not hide the warning."""
    (still,) = legend_column(draws(), 400, 1.0)
    (moved,) = legend_column(draws(align="centre"), 400, 1.0)
    assert moved.box.height > still.box.height


def test_a_picture_has_no_legend_of_colours_that_are_their_own() -> None:
    """A colour image has no values that a bar could tell."""
    scene = Scene.from_arrays(noise().array)
    before = render_picture(scene.state, scene.volumes, PictureOptions(size=(600, 300)))
    scene.add_volume(color_noise(), opacity=0.0)
    after = render_picture(scene.state, scene.volumes, PictureOptions(size=(600, 300)))
    np.testing.assert_array_equal(after, before)
