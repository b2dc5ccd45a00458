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

import heatviewer as hv
from heatviewer.app.scene import Scene
from heatviewer.core.geometry import Plane, view_axes
from heatviewer.core.transfer import TransferFunction
from heatviewer.core.volume import Volume
from heatviewer.drawing.annotate import annotate, page_of
from heatviewer.drawing.canvas import Rect
from heatviewer.drawing.legend import (
    LegendBar,
    legend_column,
    legend_layout,
    legend_sprite,
    legend_strip,
    picture_strip,
    view_legend,
)
from heatviewer.drawing.legend_look import bar_value
from heatviewer.drawing.slice_renderer import SliceRenderer
from heatviewer.drawing.ticks import number, round_ticks
from heatviewer.model.presets import preset, preset_names
from heatviewer.model.requests import AnnotationRequest, HeatmapDraw, LineDraw
from heatviewer.model.resolve import resolve_annotation, resolve_slice
from tests.strategies import opacity_points, ranges, rgb_points, scalars, units
from tests.volumes import noise

#: What the checkerboard under the colours is, 0…1: dark and light squares.
CHECKER = (0.30, 0.54)


def draw(**settings: Any) -> HeatmapDraw:
    scene = Scene.from_arrays(noise().array, name="low")
    # Values from −4 to 4: none is beyond the range unless a test says so.
    heat = np.linspace(-4, 4, 60).reshape(5, 4, 3)
    scene.add_heatmap(heat, **({"name": "z-map", "data_range": (-5, 5)} | settings))
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


def shown_errors(heatmap: HeatmapDraw, bar: LegendBar) -> np.ndarray:
    """Return how far each pixel of a bar is from the exact colour over the nearer square, 0…1."""
    rows = np.arange(bar.bar.height)
    rgba = heatmap.transfer.rgba(bar_value(bar.data_range, rows, bar.bar.height))
    alpha = (rgba[:, 3] * heatmap.opacity)[:, None]
    shown = bar.sprite.rgba[bar.bar.top : bar.bar.bottom, bar.bar.left : bar.bar.right]
    assert (shown[..., 3] == 255).all()
    grounds = (rgba[:, :3] * alpha + ground * (1 - alpha) for ground in CHECKER)
    over_dark, over_light = (
        np.abs(shown[..., :3] / 255 - ground[:, None]).max(axis=-1) for ground in grounds
    )
    return np.asarray(np.minimum(over_dark, over_light))


@pytest.mark.parametrize("name", LOOKS)
@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_the_bar_shows_the_transfer_function(name: str, ratio: float) -> None:
    """Every row of the bar is the exact colour of its value over the checkerboard, to 1/255."""
    heatmap = draw(**LOOKS[name])
    assert shown_errors(heatmap, placed(heatmap, ratio)).max() <= 0.5 / 255 + 1e-9


@st.composite
def transfers(make: st.DrawFn) -> TransferFunction:
    """Any transfer function that the settings allow."""
    outside: Any = st.one_of(st.sampled_from(["clamp", "hide"]), st.tuples(units, units, units))
    low, high = make(ranges())
    return TransferFunction(
        preset(make(st.sampled_from(preset_names()[:12]))),
        (low, high),
        make(st.none() | rgb_points().map(tuple)),
        make(st.none() | opacity_points().map(tuple)),
        threshold=make(st.sampled_from([(-np.inf, np.inf), (low / 2, np.inf), (low, high), (low, high / 3)])),
        threshold_abs=make(st.none() | scalars.map(abs)),
        edge=make(st.sampled_from(["hard", "linear", "quadratic"])),
        below=make(outside),
        above=make(outside),
        reverse=make(st.booleans()),
        steps=make(st.none() | st.integers(1, 9)),
    )


@given(transfers(), units)
def test_the_bar_shows_any_transfer_function(transfer: TransferFunction, opacity: float) -> None:
    """The same holds for all points, ranges, thresholds, rules and opacities."""
    heatmap = HeatmapDraw(noise(), transfer, opacity, name="any")
    (bar,) = legend_column((heatmap,), 300, 1.0)
    assert shown_errors(heatmap, bar).max() <= 0.5 / 255 + 1e-9


@pytest.mark.parametrize("name", LOOKS)
def test_the_bar_agrees_with_the_picture(name: str) -> None:
    """Voxels with the values of the bar's rows, on a base as grey as a square, have the bar's colours."""
    bar = placed(draw(**LOOKS[name]))
    values = np.array([bar.value_at(row) for row in range(bar.bar.top, bar.bar.bottom)])
    picture = ramp_picture(values, **LOOKS[name])
    shown = bar.sprite.rgba[bar.bar.top : bar.bar.bottom, bar.bar.left : bar.bar.right].astype(int)
    errors = [np.abs(shown - picture[:, [side]]).max(axis=-1) for side in (0, 1)]
    assert np.minimum(*errors).max() <= 1


def ramp_picture(values: np.ndarray, **settings: Any) -> np.ndarray:
    """Return a slice (n, 2, 4): a row a value, over grey as dark and as light as the checkerboard."""
    base = np.repeat(np.array(CHECKER)[:, None, None], len(values), axis=1)
    scene = Scene.from_arrays(base, np.diag([-1.0, -1.0, 1.0, 1.0]), window=(0.5, 1.0))
    heat = np.repeat(values[None, :, None], 2, axis=0)
    settings = {"data_range": (-5, 5), "interpolation": "nearest"} | settings
    scene.add_heatmap(heat, affine=np.diag([-1.0, -1.0, 1.0, 1.0]), **settings)
    at = (-0.5, -(len(values) - 1) / 2, 0.0)
    plane = Plane.centred(at, *view_axes("axial"), (2, len(values)), 1)
    return SliceRenderer().render(resolve_slice(scene.state, scene.volumes, plane)).astype(int)


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
    "opacity by": ({"opacity_by": ("low", 0, 1)}, {}),
    "contours": ({"contours": [1, 2]}, {}),
    "outline": ({"threshold": (0, 3), "outline": True}, {}),
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
    scene = Scene.from_arrays(noise().array)
    scene.add_heatmap(np.full((3, 3, 3), 2.0, "f4"))
    plane = Plane.centred((0, 0, 0), *view_axes("axial"), (8, 8), 1)
    bar = placed(resolve_slice(scene.state, scene.volumes, plane).heatmaps[0])
    assert bar.bar.height > 0
    colors = bar.sprite.rgba[bar.bar.top :][: bar.bar.height, bar.bar.left]
    assert len(np.unique(colors, axis=0)) <= 2


def test_each_pixel_of_a_legend_belongs_to_its_heatmap() -> None:
    """What lies under a pixel is found by the same layout that is drawn."""
    request = view(draw(name="a"), draw(name="b"), draw(name="c", nan="clamp"))
    picture = np.zeros((400, 560, 4), np.uint8)
    page = page_of(request)
    for bar in page.legends:
        bar.sprite.lay_on(picture, bar.box.left, bar.box.top)
    written = np.zeros_like(picture)
    annotate(written, replace(request, scale_bar=False))
    assert [bar.index for bar in page.legends] == [0, 1, 2]
    for bar in page.legends:
        part = np.s_[bar.bar.top : bar.bar.bottom, bar.bar.left : bar.bar.right]
        assert np.array_equal(picture[part], written[part])


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
    slack = width * 1e-6 + abs(low) * 1e-15  # and the last digit of a number of this size
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


# --- the same bytes everywhere --------------------------------------------------------------------


@pytest.mark.parametrize("name", ["default", "two-sided", "soft edge"])
def test_an_exported_picture_holds_the_legends_own_bytes(name: str) -> None:
    """The bar in a rendered picture is the sprite's, pixel by pixel."""
    scene = Scene.from_arrays(noise().array)
    scene.add_heatmap(noise(seed=1), **({"data_range": (-5, 5)} | LOOKS[name]))
    picture = hv.render(scene, view="axial", size=(560, 400))
    plane = Plane.centred((0, 0, 0), *view_axes("axial"), (560, 400), 1)
    (bar,) = view_legend(resolve_annotation(scene.state, scene.volumes, plane, "axial", None))
    shown = picture[bar.bar.top : bar.bar.bottom, bar.bar.left : bar.bar.right]
    local = bar.moved(-bar.box.left, -bar.box.top).bar
    assert np.array_equal(shown, bar.sprite.rgba[local.top : local.bottom, local.left : local.right])


# --- opacity by another volume --------------------------------------------------------------------


def test_the_ramp_beside_the_bar_fades_with_the_other_volume() -> None:
    """Column by column the bar's opacity times the factor, 0 at the left to 1 at the bar."""
    heatmap = draw(opacity_by=("low", 20, 180), opacity_points=[-5, 1, 5, 1])
    bar = placed(heatmap)
    width = bar.bar.left - bar.field.left
    assert (bar.field.right, width > 8) == (bar.bar.right, True)
    rows = np.arange(bar.bar.height)
    rgb = heatmap.transfer.rgba(bar_value(bar.data_range, rows, bar.bar.height))[:, None, :3]
    factor = ((np.arange(width) + 0.5) / width)[:, None]
    shown = bar.sprite.rgba[bar.bar.top : bar.bar.bottom, bar.field.left : bar.bar.left, :3] / 255
    errors = [np.abs(shown - rgb * factor - ground * (1 - factor)).max(axis=-1) for ground in CHECKER]
    assert np.minimum(*errors).max() <= 0.5 / 255 + 1e-9


def test_without_opacity_by_there_is_no_ramp() -> None:
    """Only what is used is shown."""
    bar = placed(draw())
    assert bar.field == bar.bar


# --- lines ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_a_contour_is_a_tick_of_its_colour_at_its_value(ratio: float) -> None:
    """Left of the bar, in the row of the level, to a pixel; none in 3D, where there are no lines."""
    heatmap = draw(contours=[-2, 3], contour_colors="#00ff00,#ff00ff")
    bar = placed(heatmap, ratio)
    beside = bar.sprite.rgba[:, bar.field.left - round(3 * ratio)]
    for level, color in ((-2, (0, 255, 0)), (3, (255, 0, 255))):
        rows = (beside[:, :3] == color).all(axis=1).nonzero()[0]
        assert len(rows) == 2 * ratio
        row = bar.bar.top + (5 - level) / 10 * bar.bar.height
        assert abs(rows.mean() + 0.5 - row) <= 1
    solid = placed(heatmap, ratio, volumetric=True).sprite.rgba
    assert not (solid[..., :3] == (0, 255, 0)).all(axis=-1).any()


def test_an_outline_is_a_tick_too() -> None:
    """The threshold's line has its colour beside the bar."""
    bar = placed(draw(threshold=(1, None), outline=True, outline_color="#12ab34"))
    assert (bar.sprite.rgba[..., :3] == (0x12, 0xAB, 0x34)).all(axis=-1).any()


# --- places ---------------------------------------------------------------------------------------


def test_a_dragged_range_keeps_the_legends_width() -> None:
    """With other digits of the same size a legend stays as wide as it was."""
    widths = set()
    for low, high in ((-5, 5), (-5.12, 5), (-4.321, 8.765), (-5.5, 9.99)):
        (bar,) = legend_column((draw(data_range=(low, high), preset="Red"),), 300, 1.0)
        widths.add(bar.box.width)
    assert len(widths) == 1


def test_a_long_name_is_shown_whole_in_the_strip() -> None:
    """On two lines, in a wider column; in a view its two ends are kept."""
    long = draw(name="sub-01_task-motor_contrast-leftfoot_zstat1")
    (wide,) = legend_column((long,), 300, 1.0)
    (plain,) = legend_column((draw(),), 300, 1.0)
    assert plain.box.width < wide.box.width <= 180
    assert wide.bar.top > plain.bar.top
    assert placed(long).box.width <= 104


def test_the_amber_mark_lies_where_it_is_drawn() -> None:
    """Its place holds amber pixels; other maps have none."""
    bar = placed(draw(preset="Cool to warm", data_range=(-3, 8)))
    assert bar.centre is not None
    part = bar.sprite.rgba[bar.centre.top : bar.centre.bottom, bar.centre.left : bar.centre.right]
    assert (part[..., :3] == (255, 186, 82)).all(axis=-1).sum() > 10
    assert placed(draw(preset="Red", data_range=(-3, 8))).centre is None


def test_words_can_be_read_on_any_picture() -> None:
    """Over white, where the box is lightest, all text colours keep a contrast of 4.5 (WCAG)."""
    sprite = placed(draw()).sprite
    ground = np.full((40, 40, 4), 255, np.uint8)
    sprite.lay_on(ground, -3, -2)
    behind = light(ground[0, 20, :3])
    for color in ((226, 229, 234), (166, 173, 184), (255, 186, 82)):
        assert (light(color) + 0.05) / (behind + 0.05) >= 4.5


def light(color: Any) -> float:
    """Return the relative luminance of sRGB bytes."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in np.asarray(color) / 255]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))


def test_the_strip_of_a_picture_is_that_of_the_window() -> None:
    """As long as it is not too long; then it stands in columns, within the picture."""
    few, many = [draw(name=f"map {n}") for n in range(2)], [draw(name=f"map {n}") for n in range(9)]
    assert picture_strip(few, (800, 600), 1.0) == legend_strip(few, 600, 1.0)
    strip = picture_strip(many, (800, 600), 1.0)
    assert len(strip.bars) == 9
    assert strip.width <= 0.4 * 800 + 10
    assert all(
        bar.box.bottom <= 600 and bar.box.left >= 0 and bar.box.right <= strip.width for bar in strip.bars
    )


@pytest.mark.parametrize("ends", [(-1e30, 1e30), (1e-30, 3e-30), (-1e308, 1e308), (0, 1e-310)])
def test_extreme_ranges_have_a_legend(ends: tuple[float, float]) -> None:
    """Its rows stay within the range, and nothing fails."""
    heatmap = replace(draw(data_range=ends, threshold=(ends[1] / 2, None)), lines=(LineDraw(0.0, (1, 0, 0)),))
    (bar,) = legend_column((heatmap,), 300, 1.0)
    values = [bar.value_at(row) for row in (bar.bar.top, bar.bar.bottom - 1)]
    assert ends[0] <= values[1] <= values[0] <= ends[1]


def test_a_volume_without_values_has_a_legend() -> None:
    """Nothing but missing voxels: the bar and, where they have a colour, its swatch."""
    lost = Volume(np.full((3, 3, 3), np.nan, "f4"), np.eye(4))
    plain, shown = (replace(draw(nan=rule), volume=lost) for rule in ("hide", "#00ff00"))
    assert legend_sprite(plain, 300, 1.0).shape[0] < legend_sprite(shown, 300, 1.0).shape[0] + 17
    green = (legend_sprite(shown, 300, 1.0)[..., :3] == (0, 255, 0)).all(axis=-1)
    assert green.sum() >= 100
