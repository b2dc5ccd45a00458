"""The transfer function: exact evaluation, and a table that agrees with it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from heatviewer.core.colormap import ColorMap
from heatviewer.core.transfer import TransferFunction, default_opacity, opacity_by
from heatviewer.model.presets import preset
from tests.oracle import interpolated
from tests.strategies import opacity_points, ranges, rgb_points

GREY = ColorMap("grey", "rgb", (0, 0, 0, 0, 1, 1, 1, 1))


def _premultiplied(transfer: TransferFunction, values: np.ndarray) -> np.ndarray:
    rgba = transfer.rgba(values)
    rgba[:, :3] *= rgba[:, 3:]
    return rgba.T


@given(ranges(), opacity_points(), rgb_points(), st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_table_agrees_with_evaluation(
    span: tuple[float, float], opacity: list[float], rgb: list[float], seed: int
) -> None:
    """For any points the drawing table is within half of 1/255 of the exact evaluation."""
    transfer = TransferFunction(GREY, span, tuple(rgb), tuple(opacity))
    low, high = transfer.breaks
    width = (high - low) or 1.0
    values = np.random.default_rng(seed).uniform(low - width / 5, high + width / 5, 500)
    values = np.concatenate([values, rgb[::4], opacity[::2]])
    difference = np.abs(transfer.table.lookup(values) - _premultiplied(transfer, values))
    assert difference.max() < 0.5 / 255


@given(opacity_points(), st.lists(st.floats(-1e7, 1e7), min_size=1, max_size=20))
def test_opacity_is_numpys_interpolation(points: list[float], values: list[float]) -> None:
    """The curve is np.interp through its points: ends hold, a repeated scalar is a step."""
    transfer = TransferFunction(GREY, (0, 1), opacity_points=tuple(points))
    expected = interpolated(points, 2, np.array(values))[:, 0]
    assert np.allclose(transfer.opacities(values), expected, atol=1e-9)


@given(rgb_points(), st.lists(st.floats(-1e30, 1e30), min_size=1, max_size=20))
def test_colours_stay_in_range(points: list[float], values: list[float]) -> None:
    """Colours of any value stay in 0…1 and evaluation never raises."""
    colors = TransferFunction(GREY, (0, 1), rgb_points=tuple(points)).colors(values)
    assert ((colors >= 0) & (colors <= 1)).all()


@given(st.lists(st.floats(0, 1), min_size=2, max_size=6), st.data())
def test_rising_points_give_a_rising_curve(heights: list[float], data: st.DataObject) -> None:
    """The curve is monotone where its points are."""
    points = [n for pair in enumerate(sorted(heights)) for n in pair]
    values = np.sort(data.draw(st.lists(st.floats(-1, 7), min_size=2, max_size=30)))
    opacity = TransferFunction(GREY, (0, 1), opacity_points=tuple(points)).opacities(values)
    assert (np.diff(opacity) >= -1e-12).all()


def test_default_opacity_of_a_plain_range() -> None:
    """0 at the low end, 0.5 from 20 % on."""
    assert default_opacity(0, 10) == (0, 0, 2, 0.5, 10, 0.5)


def test_an_empty_map_shows_nothing() -> None:
    """A map that is 0 everywhere is transparent; other constant data is shown."""
    assert TransferFunction(GREY, (0, 0)).rgba(np.zeros(3))[:, 3].tolist() == [0, 0, 0]
    assert TransferFunction(GREY, (5, 5)).rgba(np.full(3, 5.0))[:, 3].tolist() == [0.5, 0.5, 0.5]


def test_default_opacity_of_a_symmetric_range() -> None:
    """0 at 0, 0.5 from ±20 % outwards."""
    assert default_opacity(-5, 5) == (-5, 0.5, -1, 0.5, 0, 0, 1, 0.5, 5, 0.5)


def test_threshold_is_inclusive_in_the_type_of_the_data() -> None:
    """0.7 stored as float32 passes a threshold of 0.7."""
    transfer = TransferFunction(GREY, (0, 1), threshold=(0.7, math.inf))
    values = np.array([0.7, np.nextafter(np.float32(0.7), np.float32(0)), 0.71], dtype=np.float32)
    assert transfer.threshold_factor(values).tolist() == [1, 0, 1]


def test_two_sided_threshold_looks_at_the_magnitude() -> None:
    """|s| ≥ t is visible."""
    transfer = TransferFunction(GREY, (-8, 8), threshold_abs=2.3)
    values = np.array([-8, -2.3, -2.2, 0, 2.2, 2.3], dtype=np.float32)
    assert transfer.threshold_factor(values).tolist() == [1, 1, 0, 0, 0, 1]


@pytest.mark.parametrize(("edge", "half"), [("hard", 0.0), ("linear", 0.5), ("quadratic", 0.25)])
def test_soft_edge_fades_below_the_threshold(edge: str, half: float) -> None:
    """Half way to the threshold the factor is 0, a half, or a quarter."""
    transfer = TransferFunction(GREY, (0, 8), threshold=(4.0, math.inf), edge=edge)  # type: ignore[arg-type]
    assert transfer.threshold_factor(np.array([2.0, 4.0]))[0] == pytest.approx(half)
    assert transfer.threshold_factor(np.array([4.0]))[0] == 1


def test_a_soft_edge_never_fades_across_zero() -> None:
    """In a signed range it ends at 0 on either side; where 0 is shown, at the end of the range."""
    values = np.array([-8.0, -6, -2, 0, 2, 6, 8])
    for threshold, expected in (
        ((4.0, math.inf), [0, 0, 0, 0, 0.5, 1, 1]),
        ((-math.inf, -4.0), [1, 1, 0.5, 0, 0, 0, 0]),
        ((-4.0, math.inf), [0, 0.5, 1, 1, 1, 1, 1]),
        ((-math.inf, 4.0), [1, 1, 1, 1, 1, 0.5, 0]),
    ):
        transfer = TransferFunction(GREY, (-8, 8), threshold=threshold, edge="linear")
        assert transfer.threshold_factor(values).tolist() == expected


@pytest.mark.parametrize("span", [(4.0, 8.0), (5.0, 8.0)])
def test_a_soft_edge_goes_down_to_zero_where_the_range_begins_at_its_threshold(
    span: tuple[float, float],
) -> None:
    """A range from the threshold up, as of z ≥ 2.3 in 2.3 … 8, leaves the edge its room."""
    above = TransferFunction(GREY, span, threshold=(4.0, math.inf), edge="linear")
    assert above.feet == (0, None)
    assert above.threshold_factor(np.array([-1.0, 0, 1, 3, 4, 8])).tolist() == [0, 0, 0.25, 0.75, 1, 1]
    below = TransferFunction(GREY, (-span[1], -span[0]), threshold=(-math.inf, -4.0), edge="linear")
    assert below.feet == (None, 0)
    assert below.threshold_factor(np.array([-8.0, -4, -3, -1, 0, 1])).tolist() == [1, 1, 0.75, 0.25, 0, 0]


@pytest.mark.parametrize(
    "settings",
    [
        {"opacity_points": (0, 0, 0.7, 0, 0.7, 1, 1, 1)},
        {"data_range": (0.7, 1), "below": "hide", "opacity_points": (0, 1)},
        {"data_range": (0, 0.7), "above": (0.0, 1.0, 0.0), "opacity_points": (0, 1)},
        {"rgb_points": (0, 0, 0, 0, 0.7, 0, 0, 0, 0.7, 1, 1, 1, 1, 1, 1, 1), "opacity_points": (0, 1)},
        {"steps": 10, "opacity_points": (0, 1)},
    ],
)
@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_a_value_that_means_a_jump_is_on_it(settings: dict[str, Any], dtype: str) -> None:
    """0.7 of float32, and the last digits that an interpolation leaves in float64, are 0.7."""
    transfer = TransferFunction(**{"color_map": GREY, "data_range": (0, 1)} | settings)
    values = np.array([0.7], dtype=dtype)
    if dtype == "f8":
        values = np.array([np.nextafter(0.7, 0), 0.7, np.nextafter(0.7, 1)])
    exact = transfer.rgba(np.array([0.7]))
    assert exact[0, 3] == 1
    assert transfer.rgba(values) == pytest.approx(np.repeat(exact, len(values), axis=0))
    drawn = transfer.table.lookup(values).T
    assert drawn == pytest.approx(np.repeat(exact, len(values), axis=0), abs=1e-6)


def test_levels_begin_at_their_own_end() -> None:
    """Whole numbers in as many levels: each has its own, whatever the division leaves."""
    for steps in range(2, 257):
        transfer = TransferFunction(GREY, (0, steps), steps=steps)
        levels = transfer.colors(np.arange(steps))[:, 0] * (steps - 1)
        assert levels == pytest.approx(np.arange(steps))


def test_outside_rules() -> None:
    """Below: hidden; above: a colour of its own; the ends themselves are inside."""
    transfer = TransferFunction(GREY, (2, 4), opacity_points=(0, 1), below="hide", above=(0.0, 1.0, 0.0))
    rgba = transfer.rgba(np.array([1.9, 2.0, 4.0, 4.1]))
    assert rgba.tolist() == [[0, 0, 0, 0], [0, 0, 0, 1], [1, 1, 1, 1], [0, 1, 0, 1]]


@pytest.mark.parametrize(
    ("rule", "expected"), [("hide", (0, 0, 0, 0)), ("clamp", (0, 0, 0, 1)), ((1.0, 0.0, 0.0), (1, 0, 0, 1))]
)
def test_missing_rule(rule: object, expected: tuple[float, ...]) -> None:
    """NaN, infinity and masked samples show what the layer says for missing voxels."""
    transfer = TransferFunction(GREY, (0, 1), opacity_points=(0, 1), nan=rule)  # type: ignore[arg-type]
    values = np.array([np.nan, np.inf, 0.5])
    rgba = transfer.rgba(values, missing=np.array([False, False, True]))
    assert [tuple(row) for row in rgba] == [expected] * 3


def test_steps_and_reverse() -> None:
    """Three levels are black, mid grey, white; reversed they run the other way."""
    values = np.array([0.1, 0.5, 0.9])
    stepped = TransferFunction(GREY, (0, 1), steps=3).colors(values)[:, 0]
    reversed_ = TransferFunction(GREY, (0, 1), steps=3, reverse=True).colors(values)[:, 0]
    assert stepped.tolist() == [0, 0.5, 1]
    assert reversed_.tolist() == [1, 0.5, 0]


@pytest.mark.parametrize("span", [(0.0, 1e-30), (-1e30, 1e30), (5.0, 5.0), (1e6, 1e6 + 1)])
def test_extreme_ranges_draw_sensibly(span: tuple[float, float]) -> None:
    """Tiny, huge, constant and far ranges give finite colours in 0…1 that agree with evaluation."""
    transfer = TransferFunction(GREY, span)
    values = np.linspace(span[0], span[1], 999).astype(np.float32)
    table = transfer.table.lookup(values)
    assert np.isfinite(table).all()
    assert np.abs(table - _premultiplied(transfer, values)).max() < 0.5 / 255


def test_a_span_wider_than_the_largest_float_is_drawn() -> None:
    """No width overflows on the way to the table, without a warning."""
    transfer = TransferFunction(GREY, (-1.5e308, 1.5e308), opacity_points=(0, 1))
    drawn = transfer.table.lookup(np.array([-1.5e308, 0, 1.5e308]))
    assert drawn[0] == pytest.approx([0, 0.5, 1], abs=0.5 / 255)


# --- laws for all points and ranges ------------------------------------------------------------

#: Numbers as data have them, and the smallest and largest that anybody meets.
_NUMBERS = st.one_of(
    st.sampled_from(
        [0.0, 1e-30, -1e-30, 3e-30, 1e30, -1e30, 2e30, 5e-324, -5e-324, 1e300, -1e300, 0.1, 1 / 3]
    ),
    st.floats(-1e6, 1e6),
    st.floats(-1e300, 1e300),
)
_UNITS = st.one_of(st.sampled_from([0.0, 0.5, 1.0]), st.floats(0, 1))
_RULES = st.sampled_from(["clamp", "hide", (1.0, 0.5, 0.25)])


@st.composite
def _flat(draw: st.DrawFn, width: int) -> tuple[float, ...]:
    """Points in rising order; a repeated scalar is a step."""
    scalars = sorted(draw(st.lists(st.one_of(_NUMBERS, st.sampled_from([0.0, 1.0])), min_size=1, max_size=6)))
    return tuple(n for scalar in scalars for n in (scalar, *(draw(_UNITS) for _ in range(width - 1))))


@st.composite
def _transfers(draw: st.DrawFn) -> TransferFunction:
    low, high = sorted((draw(_NUMBERS), draw(_NUMBERS)))
    ends = sorted((draw(_NUMBERS), draw(_NUMBERS)))
    return TransferFunction(
        draw(st.sampled_from([GREY, preset("Cool to warm"), preset("jet")])),
        (low, high),
        rgb_points=draw(st.none() | _flat(4)),
        opacity_points=draw(st.none() | _flat(2)),
        opacity_points_3d=draw(st.none() | _flat(2)),
        threshold=(draw(st.sampled_from([-math.inf, ends[0]])), draw(st.sampled_from([math.inf, ends[1]]))),
        threshold_abs=draw(st.none() | _NUMBERS.map(abs)),
        edge=draw(st.sampled_from(["hard", "linear", "quadratic"])),
        below=draw(_RULES),
        above=draw(_RULES),
        nan=draw(_RULES),
        reverse=draw(st.booleans()),
        steps=draw(st.none() | st.integers(2, 256)),
    )


def _telling(transfer: TransferFunction, dtype: str) -> np.ndarray:
    """Return the values at which something happens, those beside them, and those between them."""
    ends = [*transfer.data_range, *transfer.color_range, *transfer.points()[::2]]
    ends += [end for end in transfer.threshold if math.isfinite(end)]
    limit = np.finfo(dtype).max
    at = np.unique(np.clip([*ends, 0.0, transfer.threshold_abs or 0.0], -limit, limit)).astype(dtype)
    between = at[:-1] / 2 + at[1:] / 2
    values = np.concatenate([at, np.nextafter(at, -limit), np.nextafter(at, limit), between, [-limit, limit]])
    return values.astype(dtype)


@given(_transfers(), st.sampled_from(["f4", "f8"]), st.booleans())
@settings(max_examples=100, deadline=None)
def test_evaluation_never_raises_and_stays_in_range(
    transfer: TransferFunction, dtype: str, volumetric: bool
) -> None:
    """For any points, ranges, rules and values, missing ones too, RGBA is four numbers in 0…1."""
    values = np.concatenate([_telling(transfer, dtype), [np.nan, np.inf, -np.inf]]).astype(dtype)
    rgba = transfer.rgba(values, volumetric=volumetric)
    assert ((rgba >= 0) & (rgba <= 1)).all()
    assert rgba[-3:].tolist() == [list(transfer.missing_rgba)] * 3


@given(_transfers(), st.sampled_from(["f4", "f8"]), st.booleans())
@settings(max_examples=100, deadline=None)
def test_the_table_is_the_evaluation(transfer: TransferFunction, dtype: str, volumetric: bool) -> None:
    """Slices and 3D are drawn within half of 1/255 of the exact evaluation, whatever the points."""
    values = _telling(transfer, dtype)
    table = transfer.table_3d if volumetric else transfer.table
    settled = transfer.settled(values)
    alpha = transfer.opacities(settled, volumetric)
    drawn = table.lookup(values)
    assert np.abs(drawn[:3].T - transfer.colors(settled) * alpha[:, None]).max() < 0.5 / 255
    assert np.abs(drawn[3] - alpha).max() < 0.5 / 255


@given(_flat(2))
@settings(max_examples=100, deadline=None)
def test_the_curve_is_exact_at_its_points(points: tuple[float, ...]) -> None:
    """At a point's scalar its opacity holds; where scalars repeat that of the last one."""
    transfer = TransferFunction(GREY, (0, 1), opacity_points=points)
    last = dict(zip(points[::2], points[1::2], strict=True))
    found = transfer.opacities(np.array(list(last)))
    assert found == pytest.approx(list(last.values()), abs=1e-12)


@given(_flat(4))
@settings(max_examples=100, deadline=None)
def test_colours_are_exact_at_their_points(points: tuple[float, ...]) -> None:
    """At a colour point's scalar its colour holds; where scalars repeat that of the last one."""
    transfer = TransferFunction(GREY, (0, 1), rgb_points=points)
    last = {points[n]: points[n + 1 : n + 4] for n in range(0, len(points), 4)}
    found = transfer.colors(np.array(list(last)))
    assert np.abs(found - np.array(list(last.values()))).max() <= 1e-12


@given(_flat(2), st.lists(_NUMBERS, min_size=2, max_size=20), st.booleans())
@settings(max_examples=100, deadline=None)
def test_the_curve_is_monotone_where_its_points_are(
    points: tuple[float, ...], values: list[float], falling: bool
) -> None:
    """Rising heights give a rising curve, falling ones a falling one, at any scale."""
    heights = sorted(points[1::2], reverse=falling)
    flat = tuple(n for pair in zip(points[::2], heights, strict=True) for n in pair)
    steps = np.diff(TransferFunction(GREY, (0, 1), opacity_points=flat).opacities(np.sort(values)))
    assert (steps <= 1e-12).all() if falling else (steps >= -1e-12).all()


@given(_transfers(), st.sampled_from(["f4", "f8"]))
@settings(max_examples=100, deadline=None)
def test_a_threshold_lets_through_what_reaches_it(transfer: TransferFunction, dtype: str) -> None:
    """The factor is 1 for all values within the threshold, rounded to their type, and below 1 outside."""
    values = _telling(transfer, dtype)
    with np.errstate(over="ignore"):
        low, high = np.array(transfer.threshold).astype(dtype)
        least = np.array(transfer.threshold_abs or 0.0).astype(dtype)
    inside = (values >= low) & (values <= high) & (np.abs(values) >= least)
    factor = transfer.threshold_factor(values)
    assert ((factor >= 0) & (factor <= 1)).all()
    assert (factor[inside] == 1).all()
    assert np.array_equal(factor == 1, transfer.inside(values)) or transfer.edge != "hard"


@given(_NUMBERS, _NUMBERS, st.sampled_from(["f4", "f8"]))
@settings(max_examples=100, deadline=None)
def test_opacity_by_runs_from_0_to_1(a: float, b: float, dtype: str) -> None:
    """0 at the low end, 1 at the high end, never falling, for any two ends that differ in the type."""
    limit = np.finfo(dtype).max
    low, high = sorted(np.clip([a, b], -limit, limit).astype(dtype))
    assume(low < high)
    middle = low / 2 + high / 2
    found = opacity_by(np.array([-limit, low, middle, high, limit], dtype=dtype), float(low), float(high))
    assert ((found >= 0) & (found <= 1)).all()
    assert (np.diff(found) >= 0).all()
    assert (found[1], found[3]) == (0, 1)
