"""What a legend says: threshold, numbers, and what is shown beside the bar."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heatviewer.core.transfer import TransferFunction
from heatviewer.core.volume import Volume
from heatviewer.drawing.legend_form import labels
from heatviewer.drawing.legend_look import Look, bar_value
from heatviewer.drawing.text import text_width, wrapped
from heatviewer.drawing.ticks import number, widest_number
from heatviewer.model.presets import preset
from heatviewer.model.requests import HeatmapDraw, LineDraw
from tests.strategies import opacity_points, ranges, rgb_points, scalars, units

OPAQUE = (0.0, 1.0)


def look(values: Any = (-10.0, 10.0), volumetric: bool = False, **fields: Any) -> Look:
    """Return the look of a heatmap with these values, range −5…5 and a constant opacity."""
    drawing = {name: fields.pop(name) for name in ("lines", "outlines", "zero_is_missing") if name in fields}
    settings = {"data_range": (-5.0, 5.0), "opacity_points": OPAQUE} | fields
    volume = Volume(np.array(values, dtype="f8").reshape(-1, 1, 1), np.eye(4))
    transfer = TransferFunction(preset("Cold and hot"), **settings)
    return Look.of(HeatmapDraw(volume, transfer, name="map", **drawing), volumetric)


def kinds(shown: Look) -> list[str]:
    return [swatch.kind for part in shown.swatches for swatch in part]


SWATCHES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "the usual rules": ({}, []),
    "above hidden": ({"above": "hide"}, ["above"]),
    "a colour below": ({"below": (0, 1, 0)}, ["below"]),
    "both": ({"below": (0, 1, 0), "above": (1, 0, 1)}, ["above", "below"]),
    "no data beyond": ({"values": (-5, 5), "below": (0, 1, 0), "above": "hide"}, []),
    "missing, hidden": ({"values": (-1, np.nan)}, []),
    "missing, a colour": ({"values": (-1, np.nan), "nan": (1, 1, 0)}, ["missing"]),
    "none missing": ({"values": (-1, 1), "nan": (1, 1, 0)}, []),
    "zeros missing": ({"values": (-1, 0), "nan": (1, 1, 0), "zero_is_missing": True}, ["missing"]),
    "no zeros to miss": ({"values": (1, 2), "nan": (1, 1, 0), "zero_is_missing": True}, []),
    "invisible rule": ({"below": (0, 1, 0), "opacity_points": (-5, 0, 5, 1)}, []),
    "points beyond": ({"rgb_points": (-9, 0, 0, 0, 9, 1, 1, 1)}, ["above", "below"]),
    "opacity beyond": ({"opacity_points": (-5, 0.5, 5, 0.5, 7, 1)}, ["above"]),
    "step at the end": ({"opacity_points": (-5, 0.5, 5, 0.5, 5, 1)}, []),
    "cut at the end": ({"threshold": (-5, np.inf)}, []),
    "cut beyond the end": ({"threshold": (-np.inf, 7)}, ["above"]),
    "hidden within": ({"threshold": (2, 4)}, []),
    "two-sided, negative side": (
        {"data_range": (0, 5), "threshold_abs": 2.0, "opacity_points": (-10, 1, 10, 1)},
        ["below"],
    ),
}


@pytest.mark.parametrize("name", SWATCHES)
def test_a_swatch_stands_for_what_is_used_and_not_on_the_bar(name: str) -> None:
    """Only where data lie beyond the range, or are missing, and look other than the bar's end."""
    fields, expected = SWATCHES[name]
    assert kinds(look(**fields)) == expected


@given(ranges(), rgb_points(), opacity_points(), units, st.lists(scalars, min_size=1, max_size=20), st.data())
def test_nothing_visible_is_left_out(
    ends: tuple[float, float], colors: Any, opacity: Any, least: float, values: Any, data: st.DataObject
) -> None:
    """A value beyond the bar that looks other than its end has a swatch on that side."""
    rule = data.draw(st.sampled_from(["clamp", "hide", (0.0, 1.0, 0.0)]))
    shown = look(
        values,
        data_range=ends,
        rgb_points=tuple(colors),
        opacity_points=tuple(opacity),
        below=rule,
        above=rule,
    )
    slack = 1e-8 * (ends[1] - ends[0])  # nobody sees, or could tell, the last digits beyond an end
    for value in values:
        side, end = ("above", ends[1]) if value > ends[1] else ("below", ends[0])
        if ends[0] - slack <= value <= ends[1] + slack or side in kinds(shown):
            continue
        rgba = shown.rgba(np.array([value, end]))
        rgba[:, :3] *= rgba[:, 3:]
        assert np.abs(rgba[0] - rgba[1]).max() <= 0.51 / 255


def test_a_swatch_has_the_pictures_colours() -> None:
    """From the bar's end to the data's end, evaluated exactly."""
    shown = look(above=(0.2, 0.4, 0.6), opacity_points=(-5, 0.5, 10, 1.0))
    rgba = shown.beyond("above", 5)
    assert rgba[:, :3] == pytest.approx(np.tile((0.2, 0.4, 0.6), (5, 1)))
    assert rgba[:, 3] == pytest.approx(0.5 + 0.5 * (np.array([5.5, 6.5, 7.5, 8.5, 9.5]) + 5) / 15)


def test_lines_beyond_the_bar_are_listed_and_those_beyond_the_data_not() -> None:
    """The highest on top; a line that no picture can show has no swatch."""
    lines = tuple(LineDraw(level, (1.0, 0.0, 0.0), f"{level:g}") for level in (-20, -7, 1, 6, 8, 11))
    over, under = look(lines=lines).swatches
    assert [swatch.label for swatch in over] == ["8", "6"]
    assert [swatch.label for swatch in under] == ["-7"]
    assert kinds(look(lines=lines, volumetric=True)) == []


THRESHOLDS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "low": ({"threshold": (2.326, np.inf)}, ["≥ 2.326"]),
    "window": ({"threshold": (-1, 3.5)}, ["≥ −1", "≤ 3.5"]),
    "two-sided": ({"threshold_abs": 2.3}, ["≥ 2.3", "≤ −2.3"]),
    "at an end": ({"threshold": (-5, np.inf)}, ["≥ −5"]),
    "beyond": ({"threshold": (-7, np.inf)}, []),
    "none": ({}, []),
}


@pytest.mark.parametrize("name", THRESHOLDS)
def test_the_threshold_is_written_with_its_sign(name: str) -> None:
    """At its row on the bar, with all its digits; at the bar's end the end's number carries the sign."""
    fields, expected = THRESHOLDS[name]
    texts = [label.text for label in labels(look(**fields), 230, 1.0)]
    assert sorted(text for text in texts if text[0] in "≥≤") == sorted(expected)


def test_a_thresholds_tick_is_in_its_row() -> None:
    """However far its number had to move away from the end's."""
    found = {label.text: label for label in labels(look(threshold=(4.9, np.inf)), 200, 1.0)}
    assert found["≥ 4.9"].row == pytest.approx(2.0)
    assert found["≥ 4.9"].at >= 11


@given(
    st.floats(-5, 5),
    st.floats(0, 5),
    st.lists(st.floats(-5, 5), max_size=6),
    st.integers(40, 230),
    st.booleans(),
)
def test_numbers_beside_the_bar_never_touch(
    low: float, magnitude: float, levels: list[float], height: int, two: bool
) -> None:
    """Eleven pixels lie between any two, and both ends are always written."""
    lines = tuple(LineDraw(level, (1.0, 1.0, 1.0), f"{level:.2g}") for level in levels)
    shown = look(threshold=(low, np.inf), threshold_abs=magnitude if two else None, lines=lines)
    found = [label for label in labels(shown, height, 1.0) if label.text]
    rows = np.sort([label.at for label in found])
    assert (np.diff(rows) >= 11 - 1e-6).all()
    assert (rows[0], rows[-1]) == (0, height)


@given(ranges(), st.floats(0, 1))
def test_no_number_of_a_range_is_wider_than_its_widest(ends: tuple[float, float], share: float) -> None:
    """The room that a legend keeps for its numbers is enough for the ends and all between them."""
    low, high = ends
    room = text_width(widest_number(low, high), 10.0)
    for value in (low, high, low * (1 - share) + high * share):
        assert text_width(number(value, high - low), 10.0) <= room + 3


@given(st.text(st.sampled_from("abcdefgh_- ./0123456789"), max_size=80), st.integers(40, 160))
def test_a_wrapped_text_keeps_its_width_and_its_ends(text: str, width: int) -> None:
    """At most two lines, none too wide; nothing is lost, or the middle gives way to an ellipsis."""
    found = wrapped(text, 11.0, width, 2)
    assert 1 <= len(found) <= 2
    assert all(text_width(line, 11.0) <= width for line in found)
    plain, shown = ("".join(part.split()) for part in (text, "".join(found)))
    start, gap, end = shown.partition("…")
    assert plain.startswith(start)
    assert plain.endswith(end)
    assert gap or plain == shown


def test_a_row_of_the_bar_is_the_value_in_its_middle() -> None:
    """The bar's edges are the ends of the range, so its rows lie half a row within."""
    assert bar_value((0.0, 8.0), np.arange(4), 4).tolist() == [7.0, 5.0, 3.0, 1.0]
    assert [look(data_range=(0, 8)).row_of(value, 4) for value in (7.0, 1.0)] == [0.5, 3.5]


@pytest.mark.parametrize("volumetric", [False, True])
def test_the_layers_3d_opacity_counts_in_3d_alone(volumetric: bool) -> None:
    """Beside the layer's own, which counts in both."""
    volume = Volume(np.arange(4.0).reshape(4, 1, 1), np.eye(4))
    transfer = TransferFunction(preset("Red"), (0, 4), opacity_points=OPAQUE)
    drawn = Look.of(HeatmapDraw(volume, transfer, opacity=0.5, opacity_3d=0.4), volumetric)
    assert drawn.rgba(np.array([2.0]))[0, 3] == pytest.approx(0.5 * (0.4 if volumetric else 1))
