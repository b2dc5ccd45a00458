"""Hypothesis strategies for points, ranges and values."""

from __future__ import annotations

from hypothesis import strategies as st

scalars = st.floats(-1e6, 1e6, allow_nan=False, width=32)
units = st.floats(0, 1, allow_nan=False)


@st.composite
def opacity_points(draw: st.DrawFn) -> list[float]:
    """Flat s, o, … with sorted scalars; repeated scalars (steps) included."""
    places = sorted(draw(st.lists(scalars, min_size=1, max_size=7)))
    return [number for place in places for number in (place, draw(units))]


@st.composite
def rgb_points(draw: st.DrawFn) -> list[float]:
    """Flat s, r, g, b, … with sorted scalars."""
    places = sorted(draw(st.lists(scalars, min_size=1, max_size=6)))
    return [number for place in places for number in (place, draw(units), draw(units), draw(units))]


@st.composite
def ranges(draw: st.DrawFn) -> tuple[float, float]:
    """Two numbers lo < hi."""
    low, high = sorted((draw(scalars), draw(scalars)))
    return low, high if high > low else low + 1.0
