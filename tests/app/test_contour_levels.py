"""Contour levels as they are written, and their colours."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heatviewer.app.contour_levels import (
    level_colors,
    levels_of,
    levels_text,
    reference_of,
    unit_of,
    with_color,
    with_levels,
)
from heatviewer.core.errors import SettingError
from heatviewer.core.volume import Volume
from heatviewer.model.layer import Contours, HeatmapLayer

FINITE = st.floats(allow_nan=False, allow_infinity=False)


def volume(low: float = 0.0, high: float = 80.0) -> Volume:
    return Volume(np.linspace(low, high, 27).reshape(3, 3, 3), np.eye(4))


def layer(**settings: object) -> HeatmapLayer:
    return HeatmapLayer(id="h", preset="Red", data_range=(0, 80), data_range_auto=False, **settings)


@given(st.lists(st.floats(-1e9, 1e9).map(lambda v: float(f"{v:.12g}")), max_size=9))
def test_a_text_of_levels_reads_back(levels: list[float]) -> None:
    """Twelve digits are kept; levels come out rising, each once."""
    rising = tuple(sorted(set(levels)))
    assert levels_of(levels_text(rising)) == (rising, False)


@given(st.text(max_size=30))
def test_any_text_is_levels_or_a_setting_error(text: str) -> None:
    """Nothing else is raised, and what is taken is finite and rises."""
    try:
        levels, _ = levels_of(text)
    except SettingError:
        return
    assert list(levels) == sorted(set(levels))
    assert np.isfinite(levels).all()


@pytest.mark.parametrize(("text", "found"), [("50,95%", True), ("50 % 95 %", True), ("5", False)])
def test_a_per_cent_sign_anywhere_counts(text: str, found: bool) -> None:
    """A list is in one unit."""
    assert levels_of(text)[1] is found


def test_the_error_names_what_is_no_number() -> None:
    """So that it can be found in a long list."""
    with pytest.raises(SettingError, match="'4o' is not a number"):
        levels_of("20, 4o, 60")


def test_a_text_becomes_all_that_it_means() -> None:
    """Levels, their unit, and a reference where there was none; values leave the reference alone."""
    assert with_levels(layer(), volume(), "20, 10", "values") == {"contours": Contours(levels=(10, 20))}
    percent = Contours(levels=(50,), percent=True)
    assert with_levels(layer(), volume(), "50", "reference") == {"contours": percent, "contour_reference": 80}
    kept = layer(contours="10", contour_reference=60)
    assert with_levels(kept, volume(), "50", "reference")["contour_reference"] == 60
    assert with_levels(kept, volume(), "50", "maximum") == {"contours": percent, "contour_reference": None}
    assert with_levels(kept, volume(), " ", "maximum") == {"contours": None}
    assert with_levels(layer(), volume(), "50 %", "values")["contours"] == percent


def test_a_level_that_stays_keeps_its_colour() -> None:
    """Others may come between; a new one gets the map's."""
    chosen = layer(contours="10,40", contour_colors=["#112233", "#445566"])
    changes = with_levels(chosen, volume(), "10, 20, 40", "values")
    first, new, last = changes["contour_colors"]
    assert (first, last) == ("#112233", "#445566")
    assert new == level_colors(layer(contours="20"), volume())[0]


@pytest.mark.parametrize(
    ("settings", "unit"),
    [
        ({}, "values"),
        ({"contours": "1,2"}, "values"),
        ({"contours": "1%"}, "maximum"),
        ({"contours": "1%", "contour_reference": 5}, "reference"),
    ],
)
def test_the_unit_is_read_from_the_settings(settings: dict[str, object], unit: str) -> None:
    """A reference without per cent means nothing."""
    assert unit_of(layer(**settings)) == unit


def test_lines_have_the_map_s_colours_until_others_are_chosen() -> None:
    """Red at a quarter and three quarters of the range; chosen colours go round."""
    assert level_colors(layer(contours="20,60"), volume()) == ("#400000", "#bf0000")
    assert level_colors(layer(contours="25,75%"), volume()) == ("#400000", "#bf0000")
    chosen = layer(contours="1,2,3", contour_colors="#111111,#222222")
    assert level_colors(chosen, volume()) == ("#111111", "#222222", "#111111")
    assert level_colors(layer(), volume()) == ()


def test_per_cent_of_a_maximum_below_0_have_no_place() -> None:
    """No line is drawn; a neutral chip stands for it, and it can still be coloured."""
    below = volume(-5, -1)
    wish = layer(contours="50,90%")
    assert level_colors(wish, below) == ("#808080", "#808080")
    assert with_color(wish, below, 1, "#ff0000") == ("#808080", "#ff0000")
    assert reference_of(below) == 1.0


@pytest.mark.parametrize("top", [1e-30, 1e30])
def test_a_reference_begins_as_the_maximum(top: float) -> None:
    """Whatever its size."""
    assert reference_of(volume(0, top)) == top


def test_a_volume_without_values_has_a_reference_too() -> None:
    """All missing: 1."""
    assert reference_of(Volume(np.full((2, 2, 2), np.nan), np.eye(4))) == 1.0
