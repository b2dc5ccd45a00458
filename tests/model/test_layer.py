"""Layer settings: every rule on the fields, with messages that name field and value."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heatviewer.core.errors import SettingError
from heatviewer.model.draws import transfer_of
from heatviewer.model.layer import BaseLayer, HeatmapLayer
from heatviewer.model.rule_words import rule_in_words

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
    ("opacity_points", [1, 0, 0, 1], "Sort"),
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
    ("data_range", (1.0000001, 1), "1.0000001"),
    ("data_range", {1, 2}, "{1, 2}"),
    ("opacity_points", [0, 0, 10**400, 1], "is not a number"),
    ("opacity_points", [[[0, 0]]], "[0, 0]"),
    ("opacity_points", {0: 1, 1: 1}, "{0: 1, 1: 1}"),
    ("rgb_points", [0, 0, 0, 255], "0…255"),
    ("rgb_points", [], "empty"),
    ("rgb_points", [1, 0, 0, 0, 0, 0, 0, 0], "Sort"),
    ("rgb_points", [0, 0, 0, math.nan], "nan"),
    ("opacity_points_3d", [], "empty"),
    ("threshold", np.zeros((2, 2)), "is not a number"),
    ("threshold", b"12", "1 values"),
    ("opacity_by", ("a.nii", 2, 2), "not below"),
    ("opacity_by", ("a.nii", math.nan, 2), "nan"),
    ("opacity_by", ("a.nii", 0), "2 values"),
    ("opacity_by", ("", 0, 1), "''"),
    ("opacity_by", (5, 0, 1), "5 is no path"),
    ("opacity_by", {"low": 0}, "high"),
    ("opacity_by", {"low": 0, "high": 1, "file": "x"}, "file"),
    ("opacity_by_frame", -1, "-1"),
    ("outline", "maybe", "maybe"),
    ("outline_color", "white", "white"),
    ("outline_color", (1, 1, 1), "(1, 1, 1)"),
    ("blur", -1, "-1"),
    ("blur", math.inf, "inf"),
    ("blur", 101, "101"),
    ("contours", [], "empty"),
    ("contours", "", "empty"),
    ("contours", "%", "empty"),
    ("contours", "10,,20", "''"),
    ("contours", "10,20,", "''"),
    ("contours", "1_0", "1_0"),
    ("contours", "50%,95", "mixes"),
    ("contours", "ten", "ten"),
    ("contours", [1, math.nan], "nan"),
    ("contours", {"levels": []}, "empty"),
    ("contours", {"levels": [1], "percent": "maybe"}, "maybe"),
    ("contours", {"percent": True}, "levels"),
    ("contour_reference", 0, "above 0"),
    ("contour_colors", [], "empty"),
    ("contour_colors", "", "empty"),
    ("contour_colors", "#ff0000,,#00ff00", "''"),
    ("contour_colors", [255, 0, 0], "255"),
    ("contour_colors", 5, "5"),
    ("contour_labels", 2, "2"),
    ("contour_style", "dotted", "dotted"),
    ("contour_width", 0, "0"),
    ("link", 5, "5"),
    ("name", None, "None"),
    ("unit", 5, "5"),
]


@pytest.mark.parametrize(("field", "value", "told"), BAD, ids=lambda v: str(v)[:24])
def test_a_bad_value_is_refused_by_name(field: str, value: Any, told: str) -> None:
    """A bad value raises a ValueError whose line names field and value, and says what to do."""
    with pytest.raises(SettingError) as caught:
        LAYER.replaced(**{field: value})
    assert field in str(caught.value)
    assert told in str(caught.value)
    assert caught.value.hint
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


#: Anything that may be assigned: numbers near and far, text, arrays, nested lists, things of other kinds.
_plain = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**400), 10**400),
    st.floats(),
    st.text(max_size=12),
    st.binary(max_size=4),
    st.decimals(),
    st.complex_numbers(),
    st.sampled_from(["clamp", "#ff8000", "50,95%", "10,,2", "jet", "1_0", range(4), object()]),
    st.sampled_from(
        [np.eye(2), np.array(0.5), np.array(["a"]), np.zeros((0, 2)), np.datetime64("2020-01-01")]
    ),
)
_KEYS = st.sampled_from(["low", "high", "levels", "percent", "source", 5])
junk = st.recursive(
    _plain,
    lambda inner: st.one_of(
        st.lists(inner, max_size=8), st.tuples(inner, inner), st.tuples(inner, inner, inner),
        st.dictionaries(_KEYS, inner, max_size=3), st.frozensets(st.integers(), max_size=3),
    ),
    max_leaves=10,
)  # fmt: skip


def replaced(layer: Any, field: str, value: Any) -> tuple[Any, str]:
    """Return the layer with a field set, or the line that refuses it."""
    try:
        return layer.replaced(**{field: value}), ""
    except SettingError as error:
        return None, str(error)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(HeatmapLayer.model_fields)), junk)
def test_junk_is_refused_or_makes_a_valid_layer(field: str, value: Any) -> None:
    """Whatever is assigned to whatever field: one line that names it, or a layer that can be drawn."""
    layer, line = replaced(LAYER, field, value)
    if layer is None:
        assert field in line
        assert "\n" not in line
        assert len(line) < 400
        return
    assert hash(layer) == hash(layer.replaced())
    values = np.array([-1e30, -1, 0, 0.5, 1, 1e30, np.nan], dtype=np.float32)
    rgba = transfer_of(layer).rgba(values)
    assert ((rgba >= 0) & (rgba <= 1)).all()
    assert rule_in_words(layer)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(sorted(BaseLayer.model_fields)), junk)
def test_junk_is_refused_by_the_base_too(field: str, value: Any) -> None:
    """By the same rules."""
    layer, line = replaced(BaseLayer(id="b", window=(40, 400)), field, value)
    assert layer is not None or (field in line and "\n" not in line)


@pytest.mark.parametrize(
    ("given_levels", "levels", "percent"),
    [
        ([20, 10, 20], (10, 20), False),
        ("10,20,50", (10, 20, 50), False),
        ("−5, 5", (-5, 5), False),
        ("50,95%", (50, 95), True),
        ("50 %, 95 %", (50, 95), True),
        (np.array([1.5, 2.5]), (1.5, 2.5), False),
        ({"levels": [2, 1], "percent": True}, (1, 2), True),
        (7, (7,), False),
    ],
    ids=str,
)
def test_contour_levels_are_a_list_or_text(given_levels: Any, levels: Any, percent: bool) -> None:
    """Rising, each once; a per cent sign at the end holds for all."""
    found = LAYER.replaced(contours=given_levels).contours
    assert found is not None
    assert (found.levels, found.percent) == (levels, percent)
    assert LAYER.replaced(contours=found).contours == found
    assert LAYER.replaced(contours=None).contours is None


def test_colours_of_contours_are_a_list_or_text() -> None:
    """In one spelling, however they come."""
    for form in ("#FF0000, #00ff00", ["#ff0000", "#00FF00"], ("#FF0000", "#00FF00")):
        assert LAYER.replaced(contour_colors=form).contour_colors == ("#ff0000", "#00ff00")


def test_a_group_has_a_name_or_is_none() -> None:
    """Spaces around it do not count, and nothing is no group."""
    names = [LAYER.replaced(link=text).link for text in (" a  b\n", "", "  ", None)]
    assert names == ["a b", None, None, None]


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
