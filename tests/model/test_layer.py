"""Layer settings: every rule on the fields, with messages that name field and value."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from heatviewer.core.errors import SettingError
from heatviewer.model.layer import BaseLayer, HeatmapLayer

LAYER = HeatmapLayer(id="h", data_range=(0, 1))

BAD: list[tuple[str, Any, str]] = [
    ("opacity", 1.5, "1.5"),
    ("opacity", float("nan"), "nan"),
    ("opacity", True, "True"),
    ("opacity", np.True_, "True"),
    ("frame", False, "False"),
    ("data_range", (True, 3), "True"),
    ("opacity_points", np.array([[False, True]]), "False"),
    ("threshold", [0, True], "True"),
    ("preset", True, "True"),
    ("visible", "maybe", "maybe"),
    ("opacity_3d", -0.1, "-0.1"),
    ("preset", "jett", "jet"),
    ("data_range", (2, 1), "2"),
    ("data_range", (0, math.inf), "inf"),
    ("data_range", (1,), "two"),
    ("opacity_points", [], "empty"),
    ("opacity_points", [0, 0, 1], "3 numbers"),
    ("opacity_points", [1, 0, 0, 1], "sort"),
    ("opacity_points", [0, 0, 1, 1.2], "1.2"),
    ("opacity_points", [0, float("nan")], "nan"),
    ("rgb_points", [0, 0, 0, 255], "255"),
    ("rgb_points", [0, 0, 0], "3 numbers"),
    ("opacity_points_3d", "abc", "abc"),
    ("threshold", (3, 2), "3"),
    ("threshold", (1, 2, 3), "3 values"),
    ("threshold_abs", -1, "-1"),
    ("edge", "soft", "soft"),
    ("below", "red", "red"),
    ("nan", "#12", "#12"),
    ("blend", "multiply", "multiply"),
    ("interpolation", "spline", "spline"),
    ("frame", -1, "-1"),
    ("steps", 1, "1"),
]


@pytest.mark.parametrize(("field", "value", "told"), BAD, ids=lambda v: str(v)[:24])
def test_a_bad_value_is_refused_by_name(field: str, value: Any, told: str) -> None:
    """A bad value raises a ValueError whose line names the field and the value."""
    with pytest.raises(SettingError) as caught:
        LAYER.replaced(**{field: value})
    assert field in str(caught.value)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize(
    ("field", "value", "hint"),
    [
        ("opacity", 1.5, "Give a number from 0 to 1"),
        ("opacity", True, "Give a number from 0 to 1"),
        ("steps", 2.5, "Give a whole number from 2 to 256"),
        ("threshold_abs", -1, "Give a number from 0 up"),
        ("opacity_3d", math.nan, "Give a finite number"),
        ("edge", "soft", "Choose hard, linear or quadratic"),
        ("visible", "maybe", "Give True or False"),
        ("name", 4, "Give text"),
    ],
)
def test_a_refusal_says_what_to_give(field: str, value: Any, hint: str) -> None:
    """In the words of the program, with the limits of the field."""
    with pytest.raises(SettingError) as caught:
        LAYER.replaced(**{field: value})
    assert str(caught.value) == f"{field}: {value!r} is not allowed. {hint}."


def test_unknown_settings_are_refused() -> None:
    """A misspelt setting is an error, never silently kept."""
    with pytest.raises(SettingError, match="opacty"):
        LAYER.replaced(opacty=0.5)


@pytest.mark.parametrize("name", ["Cool to warm", "COOL-TO-WARM", "cooltowarm", "cool To Warm"])
def test_preset_names_ignore_case_spaces_and_hyphens(name: str) -> None:
    """However it is written, the preset is kept under its shown name."""
    assert LAYER.replaced(preset=name).preset == "Cool to warm"


def test_points_may_be_arrays_pairs_or_flat() -> None:
    """Point lists are flat whatever they come as."""
    flat = (0.0, 0.0, 1.0, 1.0)
    for form in ([0, 0, 1, 1], [(0, 0), (1, 1)], np.array([0, 0, 1, 1])):
        assert LAYER.replaced(opacity_points=form).opacity_points == flat


def test_a_repeated_scalar_is_a_step() -> None:
    """Two points at one scalar are legal."""
    assert LAYER.replaced(opacity_points=[0, 0, 0.5, 0, 0.5, 1]).opacity_points is not None


def test_open_thresholds() -> None:
    """None and infinity leave an end open; both open is no threshold."""
    assert LAYER.replaced(threshold=(2.3, math.inf)).threshold == (2.3, None)
    assert LAYER.replaced(threshold=(-math.inf, None)).threshold is None


def test_constant_data_may_have_an_empty_automatic_range() -> None:
    """Only a range taken from constant data may be a single value."""
    assert HeatmapLayer(id="h", data_range=(5, 5), data_range_auto=True).data_range == (5, 5)
    with pytest.raises(SettingError, match="data_range"):
        HeatmapLayer(id="h", data_range=(5, 5), data_range_auto=False)


def test_settings_are_frozen_and_compare_by_value() -> None:
    """Equal settings are equal and hash alike; none can be changed in place."""
    other = HeatmapLayer(id="h", data_range=(0, 1))
    assert other == LAYER
    assert hash(other) == hash(LAYER)
    with pytest.raises(Exception, match="frozen"):
        other.opacity = 0.5  # type: ignore[misc]


def test_window_takes_two_numbers() -> None:
    """The window is centre and width; a width of 0 or less is legal."""
    assert BaseLayer(id="b", window=(40, -1)).window == (40, -1)
    with pytest.raises(SettingError, match="window"):
        BaseLayer(id="b", window=(1, 2, 3))
