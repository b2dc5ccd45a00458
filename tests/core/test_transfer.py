"""The transfer function: exact evaluation, and a table that agrees with it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heatviewer.core.colormap import ColorMap
from heatviewer.core.transfer import TransferFunction, default_opacity
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
