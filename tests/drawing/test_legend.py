"""Colour bars: their colours, numbers and places."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heatviewer.app.scene import Scene
from heatviewer.core.geometry import Plane, view_axes
from heatviewer.drawing.annotate import annotate
from heatviewer.drawing.legend import (
    LegendBar,
    Rect,
    bar_value,
    legend_hit,
    legend_layout,
    legend_sprite,
    view_legend,
)
from heatviewer.drawing.slice_renderer import SliceRenderer
from heatviewer.drawing.ticks import number, round_ticks
from heatviewer.model.requests import AnnotationRequest, HeatmapDraw
from heatviewer.model.resolve import resolve_annotation, resolve_slice
from tests.volumes import box, noise

#: What the checkerboard under the colours is, 0…1: dark and light squares.
CHECKER = (0.30, 0.54)


def draw(**settings: Any) -> HeatmapDraw:
    scene = Scene.from_arrays(noise().array)
    scene.add_heatmap(noise(seed=1), **({"name": "z-map", "data_range": (-5, 5)} | settings))
    plane = Plane.centred((0, 0, 0), *view_axes("axial"), (8, 8), 1)
    return resolve_slice(scene.state, scene.volumes, plane).heatmaps[0]


def placed(heatmap: HeatmapDraw, ratio: float = 1.0, volumetric: bool = False) -> LegendBar:
    (bar,) = legend_layout((heatmap,), Rect(0, 0, 400, 300), ratio, 300, volumetric)
    return bar.moved(-bar.box.left, -bar.box.top)


def view(*heatmaps: HeatmapDraw, size: tuple[int, int] = (560, 400), ratio: float = 1.0) -> AnnotationRequest:
    plane = Plane.centred((0, 0, 0), *view_axes("axial"), size, 0.5)
    return AnnotationRequest(plane, "axial", legend=heatmaps, ratio=ratio)


LOOKS: dict[str, dict[str, Any]] = {
    "default": {},
    "opaque": {"opacity_points": [-5, 1, 5, 1]},
    "faint layer": {"opacity": 0.3},
    "reversed steps": {"reverse": True, "steps": 5, "preset": "X-Ray"},
    "threshold": {"threshold": (1, None)},
    "two-sided": {"threshold_abs": 2.3, "preset": "Cold and hot"},
    "soft edge": {"threshold": (2, None), "edge": "quadratic"},
    "points": {"rgb_points": [-2, 1, 0, 0, 3, 0, 1, 0], "opacity_points": [-5, 0.2, 5, 0.9]},
    "step": {"rgb_points": [-5, 0, 0, 1, 1, 0, 0, 1, 1, 1, 1, 0, 5, 1, 0, 0]},
}


@pytest.mark.parametrize("name", LOOKS)
@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_the_bar_shows_the_transfer_function(name: str, ratio: float) -> None:
    """Every row of the bar is the exact colour of its value over the checkerboard, to 1/255."""
    heatmap = draw(**LOOKS[name])
    bar = placed(heatmap, ratio)
    rows = np.arange(bar.bar.height)
    rgba = heatmap.transfer.rgba(bar_value(bar.data_range, rows, bar.bar.height))
    alpha = (rgba[:, 3] * heatmap.opacity)[:, None]
    shown = legend_sprite(heatmap, 300, ratio)[bar.bar.top :][: bar.bar.height, bar.bar.left :][
        :, : bar.bar.width
    ]
    dark, light = (rgba[:, :3] * alpha + ground * (1 - alpha) for ground in CHECKER)
    # Each pixel lies on one of the two squares.
    errors = [np.abs(shown[..., :3] / 255 - ground[:, None]).max(axis=-1) for ground in (dark, light)]
    assert np.minimum(*errors).max() <= 0.5 / 255 + 1e-9
    assert (shown[..., 3] == 255).all()


@pytest.mark.parametrize("row", [0, 1, 40, 111, -1])
def test_the_bar_agrees_with_the_picture(row: int) -> None:
    """A voxel whose value is that of a row of the bar has the row's colour in a slice, to 1/255."""
    settings: dict[str, Any] = {"data_range": (-1, 4), "opacity_points": [0, 1], "steps": 7, "reverse": True}
    bar = placed(draw(**settings))
    row = range(bar.bar.top, bar.bar.top + bar.bar.height)[row]
    scene = Scene.from_arrays(noise().array)
    scene.add_heatmap(box(value=bar.value_at(row)), **settings)
    plane = Plane.centred((10, 10, 10), *view_axes("axial"), (1, 1), 1)
    pixel = SliceRenderer().render(resolve_slice(scene.state, scene.volumes, plane))[0, 0]
    assert np.abs(bar.sprite.rgba[row, bar.bar.left].astype(int) - pixel).max() <= 1


def test_equal_looks_share_one_picture() -> None:
    """A legend that did not change is not drawn again, and cannot be written to."""
    first, again = legend_sprite(draw(), 200, 1.0), legend_sprite(draw(), 200, 1.0)
    assert first is again
    assert not first.flags.writeable


def test_a_legend_does_not_hold_its_volume() -> None:
    """The kept legends let go of a removed layer's data."""
    heatmap = draw()
    legend_sprite(heatmap, 200, 1.0)
    annotate(np.zeros((400, 560, 4), np.uint8), view(heatmap))
    volume = weakref.ref(heatmap.volume)
    del heatmap
    gc.collect()
    assert volume() is None


CHANGES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "name": ({}, {"name": "other"}),
    "unit": ({}, {"unit": "Gy"}),
    "auto": ({}, {"range_is_auto": True}),
    "off-centre": ({}, {"off_centre": True}),
    "opacity": ({}, {"opacity": 0.5}),
    "preset": ({"preset": "Red"}, {}),
    "range": ({"data_range": (-4, 5)}, {}),
    "range with points": ({"rgb_points": [0, 0, 0, 0, 1, 1, 1, 1], "data_range": (-3, 3)}, {}),
    "below": ({"below": "#00ff00"}, {}),
    "above": ({"above": "hide"}, {}),
    "nan": ({"nan": "#00ff00"}, {}),
    "threshold": ({"threshold": (0, 3)}, {}),
}


@pytest.mark.parametrize("name", CHANGES)
def test_all_that_a_legend_tells_is_seen(name: str) -> None:
    """Each setting that colours depend on changes the legend's picture."""
    layer, drawing = CHANGES[name]
    changed = legend_sprite(replace(draw(**layer), **drawing), 300, 1.0)
    plain = legend_sprite(replace(draw(), range_is_auto=False), 300, 1.0)
    assert changed.shape != plain.shape or (changed != plain).any()


def test_the_legend_of_a_3d_picture_shows_its_own_opacity() -> None:
    """With opacity points for 3D the bar of slices and that of 3D differ."""
    heatmap = draw(opacity_points=[-5, 1, 5, 1], opacity_points_3d=[-5, 0, 5, 0.1])
    assert (placed(heatmap).sprite.rgba != placed(heatmap, volumetric=True).sprite.rgba).any()


def test_the_data_range_sets_the_ends_even_with_points_of_their_own() -> None:
    """Explicit colour points never move; the range says which part of them is listed."""
    points = [0, 0, 0, 0, 10, 1, 1, 1]
    assert placed(draw(rgb_points=points, data_range=(-20, 20))).data_range == (-20, 20)


def test_constant_data_has_a_bar_too() -> None:
    """A range that is a single value is shown in its one colour, with its one number."""
    bar = placed(draw(data_range=(2, 2), data_range_auto=True))
    assert bar.bar.height > 0
    colors = bar.sprite.rgba[bar.bar.top :][: bar.bar.height, bar.bar.left]
    assert len(np.unique(colors, axis=0)) <= 2


def test_each_pixel_of_a_legend_belongs_to_its_heatmap() -> None:
    """What lies under a pixel is found by the same layout that is drawn."""
    request = view(draw(name="a"), draw(name="b"), draw(name="c", nan="clamp"))
    bars = view_legend(request)
    assert [bar.index for bar in bars] == [0, 1, 2]
    for bar in bars:
        right, bottom = bar.box.left + bar.box.width - 1, bar.box.top + bar.box.height - 1
        assert (
            legend_hit(request, bar.box.left, bar.box.top) == bar.index == legend_hit(request, right, bottom)
        )
    assert legend_hit(request, 100, 200) is None
    assert legend_hit(request, 559, 0) is None


def test_legends_leave_at_most_the_upper_right_to_be_covered() -> None:
    """Bars take less than half of the height and stay in the right half; the first is leftmost."""
    for size, ratio in (((560, 400), 1.0), ((1120, 800), 2.0), ((2000, 2000), 1.0)):
        bars = view_legend(view(draw(), draw(), size=size, ratio=ratio))
        assert len(bars) == 2
        assert bars[0].box.left < bars[1].box.left
        for bar in bars:
            assert bar.box.left > size[0] / 2
            assert bar.box.top + bar.box.height < size[1] / 2


def test_bars_without_room_are_counted() -> None:
    """Of too many heatmaps the topmost are listed, and a note tells that there are more."""
    many = [draw(name=f"map {n}") for n in range(9)]
    bars = view_legend(view(*many))
    assert 1 <= len(bars) < 9
    pictures = []
    for shown in (many, many[: len(bars)]):
        picture = np.zeros((400, 560, 4), np.uint8)
        annotate(picture, view(*shown))
        pictures.append(picture)
    assert (pictures[0][205:230, 500:] != pictures[1][205:230, 500:]).any()


def test_no_room_means_no_legend() -> None:
    """In a tiny view there is none, and nothing fails."""
    assert view_legend(view(draw(), size=(40, 30))) == ()
    assert legend_sprite(draw(), 20, 1.0).size == 0


@given(low=st.floats(-1e6, 1e6), width=st.floats(1e-6, 1e7), most=st.integers(1, 12))
def test_ticks_are_round_and_few(low: float, width: float, most: int) -> None:
    """Ticks are whole multiples of 1, 2 or 5 × 10^n inside the range, at most one more than asked for."""
    ticks = round_ticks(low, low + width, most)
    assert len(ticks) <= most + 1
    slack = width * 1e-6
    assert all(low - slack <= tick <= low + width + slack for tick in ticks)
    if len(ticks) > 1:
        assert f"{ticks[1] - ticks[0]:.3e}"[0:5] in ("1.000", "2.000", "5.000", "9.999", "1.999", "4.999")


@pytest.mark.parametrize(
    ("value", "width", "text"),
    [
        (7.9412, 15.88, "7.94"),
        (-7.9412, 15.88, "−7.94"),
        (0.0, 1.0, "0"),
        (-0.00001, 1.0, "0"),
        (1.0, 1.0, "1"),
        (60.0, 60.0, "60"),
        (0.05, 0.05, "0.05"),
        (3071.0, 4095.0, "3071"),
        (1000.1, 0.3, "1000.1"),
        (2.5e6, 2.5e6, "2.5e6"),
        (4e-7, 4e-7, "4e−7"),
        (0.0, 3e7, "0"),
    ],
)
def test_numbers_are_written_as_a_person_would(value: float, width: float, text: str) -> None:
    """As many digits as the range needs, a true minus, powers of ten only where they help."""
    assert number(value, width) == text


def test_the_legend_follows_the_scene() -> None:
    """The topmost heatmap comes first; a hidden one, or a switched off legend, has no bar."""
    scene = Scene.from_arrays(noise().array)
    low, top = scene.add_heatmap(noise(seed=1), name="low"), scene.add_heatmap(noise(seed=2), name="top")
    plane = Plane.centred((0, 0, 0), *view_axes("axial"), (560, 400), 0.5)

    def names() -> list[str]:
        request = resolve_annotation(scene.state, scene.volumes, plane, "axial", None)
        return [request.legend[bar.index].name for bar in view_legend(request)]

    assert names() == ["top", "low"]
    low.visible = False
    assert names() == ["top"]
    scene.edit_view(legend="off")
    assert names() == []
    assert top.visible
