"""A hand on a colour bar: what becomes of the data range."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heatviewer.app import legend_edits
from heatviewer.app.legend_edits import centred, moved_range, part_at
from heatviewer.app.scene import Scene
from tests.strategies import ranges

PARTS = ("low", "high", "both")


@pytest.mark.parametrize(
    ("share", "part"), [(0, "low"), (0.2, "low"), (0.5, "both"), (0.8, "high"), (1, "high")]
)
def test_the_ends_of_the_bar_are_its_outer_quarters(share: float, part: str) -> None:
    """What lies between moves both."""
    assert part_at(share) == part


@pytest.mark.parametrize(
    ("part", "shares", "expected"),
    [
        ("high", 0.5, (-2, 10)),
        ("high", -0.25, (-2, 4)),
        ("low", 0.25, (0, 6)),
        ("low", -1, (-10, 6)),
        ("both", 0.125, (-1, 7)),
        ("both", -2, (-18, -10)),
    ],
)
def test_a_bars_height_is_the_ranges_width(part: str, shares: float, expected: tuple[float, float]) -> None:
    """Up raises, down lowers."""
    assert moved_range((-2, 6), part, shares) == pytest.approx(expected)  # type: ignore[arg-type]


@given(
    ranges() | st.sampled_from([(2.0, 2.0), (0.0, 0.0), (-1e308, 1e308), (1e-310, 2e-310), (-1e30, -1e29)]),
    st.sampled_from(PARTS),
    st.floats(-1e6, 1e6),
)
def test_the_low_end_stays_below_the_high_end(ends: tuple[float, float], part: str, shares: float) -> None:
    """However far it is dragged, the range is finite and not empty."""
    low, high = moved_range(ends, part, shares)  # type: ignore[arg-type]
    assert np.isfinite((low, high)).all()
    assert low < high


@given(ranges())
def test_a_centred_range_has_0_in_its_middle_and_loses_no_value(ends: tuple[float, float]) -> None:
    """−m … m with the larger magnitude."""
    low, high = centred(ends)
    assert low == -high
    assert low <= ends[0] <= ends[1] <= high


def scene() -> Scene:
    made = Scene.from_arrays(np.zeros((3, 3, 3), "f4"))
    made.add_heatmap(np.linspace(-3, 8, 27, dtype="f4").reshape(3, 3, 3), name="effect")
    made.history.clear()
    return made


def test_centring_is_one_named_step() -> None:
    """It is undone at once, with the mark that the range was taken from the data."""
    made = scene()
    layer = made.heatmaps[0]
    layer.data_range = (-3, 8)
    legend_edits.centre_range(made, layer.id)
    assert layer.data_range == (-8, 8)
    assert made.history.done[-1].title == "Centre the range of effect"
    made.undo()
    assert layer.data_range == (-3, 8)


def test_a_drag_that_is_taken_back_leaves_no_trace() -> None:
    """Range, the mark that it is automatic, and the list of steps are as before."""
    made, merge = scene(), object()
    before = made.state
    for end in (4, 5, 6):
        legend_edits.move_range(made, made.heatmaps[0].id, (-1, end), merge)
    legend_edits.take_back(made, merge)
    assert made.state == before
    assert not made.history.done


def test_taking_back_touches_no_other_step() -> None:
    """A drag that has changed nothing yet takes nothing back."""
    made = scene()
    made.heatmaps[0].opacity = 0.5
    legend_edits.take_back(made, object())
    assert made.heatmaps[0].opacity == 0.5
