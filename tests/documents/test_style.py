"""Styles and sheets as documents: what is written is what is read, and anything else is named."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heatviewer.core.errors import SettingError
from heatviewer.documents.json_text import json_bytes
from heatviewer.documents.style import (
    MAX_RULES,
    Style,
    StyleRule,
    StyleSheet,
    checked_pattern,
    parse_sheet,
    parse_style,
)
from heatviewer.model.layer import HeatmapLayer
from tests.strategies import opacity_points, ranges, units

HEAD = {"format": "heatviewer-style", "version": 1}
SHEET = {"format": "heatviewer-styles", "version": 1}


def again(document: dict[str, Any]) -> Any:
    """Return a document as it is read from a file."""
    return json.loads(json_bytes(document))


@given(ranges(), opacity_points(), units, st.booleans(), st.booleans())
def test_any_look_comes_back_from_its_file(
    span: tuple[float, float], opacity: list[float], factor: float, automatic: bool, keep: bool
) -> None:
    """Its range as numbers, or as automatic where it was and that is asked for."""
    layer = HeatmapLayer(
        id="x", data_range=span, data_range_auto=automatic, opacity_points=opacity, opacity=factor
    )
    style = Style.of(layer, automatic=keep)
    assert parse_style(again(style.document())) == style
    assert ("data_range" in style.settings) != (automatic and keep)


def test_an_automatic_range_is_no_numbers() -> None:
    """A file says that the range comes from the data; numbers beside it are of other data."""
    style = Style.of(HeatmapLayer(id="x", data_range=(0, 5), data_range_auto=True), automatic=True)
    document = style.document()
    assert document["dataRangeAuto"] is True
    assert "dataRange" not in document
    told = parse_style(HEAD | {"dataRangeAuto": True, "dataRange": [3, 4]})
    assert dict(told.settings) == {"data_range_auto": True}


def test_what_a_newer_program_adds_is_left_out_and_told() -> None:
    """The rest holds."""
    style = parse_style(HEAD | {"opacity": 0.25, "glow": 3})
    assert dict(style.settings) == {"opacity": 0.25}
    assert style.left_out == ("glow",)


@pytest.mark.parametrize(
    ("given", "replaced"),
    [
        ({"preset": "hot"}, {"rgb_points": None, "reverse": False}),
        ({"thresholdAbs": 2.3}, {"threshold": None}),
        ({"threshold": [1, 2]}, {"threshold_abs": None}),
        ({"preset": "hot", "reverse": True}, {"reverse": True}),
        ({"opacity": 0.5}, {}),
    ],
)
def test_a_part_of_a_look_replaces_what_stands_for_the_same(
    given: dict[str, Any], replaced: dict[str, Any]
) -> None:
    """A map by name takes the place of colours by points, one kind of threshold that of the other."""
    changes = parse_style(HEAD | given).changes()
    assert {name: changes[name] for name in replaced} == replaced


names = st.text("abz019_-.", min_size=1, max_size=12)


@given(names, names)
def test_a_pattern_matches_whatever_the_capitals(before: str, after: str) -> None:
    """A word between stars is found in any name that holds it."""
    rule = StyleRule("*ZStat*", parse_style(HEAD | {"opacity": 1}))
    assert rule.matches([f"{before}zsTAT{after}"])
    assert rule.matches([f"{before}zstat{after}".upper()])
    assert not rule.matches([before.replace("z", "y")])


def test_the_first_pattern_that_matches_holds() -> None:
    """Of the file's name or the layer's own; nothing where none does."""
    first, second = (parse_style(HEAD | {"opacity": value}) for value in (0.1, 0.2))
    sheet = StyleSheet((StyleRule("dose*", first), StyleRule("*", second)))
    assert sheet.matching("x.nii", "Dose plan") is sheet.rules[0]
    assert sheet.matching("x.nii", "map") is sheet.rules[1]
    assert StyleSheet(sheet.rules[:1]).matching("x.nii", "") is None


def test_a_sheet_comes_back() -> None:
    """In its order; a rule's style needs no head of its own."""
    styles = [
        parse_style(HEAD | {"thresholdAbs": 2.3, "dataRange": [-8, 8]}),
        parse_style(HEAD | {"blur": 1}),
    ]
    sheet = StyleSheet((StyleRule("*zstat*", styles[0]), StyleRule("b?r", styles[1])))
    assert parse_sheet(again(sheet.document())) == sheet
    assert "format" not in sheet.document()["rules"][0]["style"]


GOOD = {"pattern": "*", "style": {"opacity": 0.5}}


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        (None, "rules: "),
        ({}, "rules: "),
        ([GOOD] * (MAX_RULES + 1), "rules: "),
        ([GOOD, 3], "rules[1]: "),
        ([{"style": {"opacity": 1}}], "rules[0].pattern: "),
        ([{"pattern": " ", "style": {"opacity": 1}}], "rules[0].pattern: "),
        ([{"pattern": "*"}], "rules[0].style: "),
        ([GOOD, {"pattern": "a", "style": {"opacityPoints": [1]}}], "rules[1].style.opacityPoints: "),
        ([{"pattern": "a", "style": {"preset": "no such"}}], "rules[0].style.preset: "),
        ([{"pattern": "a", "style": HEAD | {"version": 2, "opacity": 1}}], "rules[0].style: "),
        ([{"pattern": "a", "style": {"dataRangeAuto": "yes"}}], "rules[0].style.dataRangeAuto: "),
    ],
)
def test_a_bad_rule_is_named_by_its_place(rules: Any, told: str) -> None:
    """In one line with what to do; the user's own sheet leaves it out and keeps the others."""
    with pytest.raises(SettingError) as caught:
        parse_sheet(SHEET | {"rules": rules})
    assert str(caught.value).startswith(told)
    assert "\n" not in str(caught.value)
    assert caught.value.hint
    if isinstance(rules, list) and len(rules) <= MAX_RULES:
        kept = parse_sheet(SHEET | {"rules": rules}, keep_going=True)
        assert len(kept.rules) == len(rules) - 1
        assert kept.left_out[0].startswith(told)


@pytest.mark.parametrize("version", [None, 0, 2, "1", True])
def test_another_version_is_refused(version: Any) -> None:
    """A newer one with the way out."""
    for parse, head in ((parse_style, HEAD), (parse_sheet, SHEET)):
        with pytest.raises(SettingError, match="newer" if version == 2 else "version"):
            parse(head | {"version": version, "opacity": 1, "rules": []})


def test_a_pattern_is_a_short_line() -> None:
    """Blanks around it are no part of it."""
    assert checked_pattern("  *a b* ") == "*a b*"
    for bad in ("", " ", "a\nb", "x" * 1000, None, 3):
        with pytest.raises(SettingError):
            checked_pattern(bad)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=8,
)


@given(st.sampled_from(["opacity", "dataRange", "contours", "threshold", "preset", "steps"]), json_values)
def test_any_value_of_a_setting_is_taken_or_refused_in_a_line(name: str, value: Any) -> None:
    """Never another error."""
    told = ""
    try:
        style = parse_style(HEAD | {name: value})
    except SettingError as error:
        told = str(error)
    assert "\n" not in told
    assert told or parse_style(again(style.document())) == style
