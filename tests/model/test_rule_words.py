"""The rule in words: what it says is what the transfer function does, at the numbers it names."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heatviewer.model.draws import transfer_of
from heatviewer.model.layer import HeatmapLayer
from heatviewer.model.rule_words import rule_in_words
from tests.strategies import opacity_points, ranges, rgb_points

PLAIN: dict[str, Any] = {
    "id": "x",
    "preset": "Cold and hot",
    "data_range": (2.3, 8),
    "data_range_auto": False,
    "opacity_points": [2.3, 0.2, 8, 0.8],
    "unit": "z",
}
NUMBER = r"−?\d[\d.]*(?:e[+−]?\d+)?"


def rule(**changes: Any) -> str:
    return rule_in_words(HeatmapLayer(**PLAIN | changes))


def read(text: str) -> float:
    """Return a number as it was written."""
    return float(text.replace("−", "-"))


def factor(layer: HeatmapLayer, value: float) -> float:
    return float(transfer_of(layer).threshold_factor(np.array([value], dtype=np.float64))[0])


def curve(layer: HeatmapLayer, value: float) -> float:
    return float(transfer_of(layer).opacities(np.array([value]))[0])


def test_the_rule_of_a_thresholded_z_map() -> None:
    """As a methods section would have it."""
    expected = "shown where z ≥ 2.3; colour Cold and hot over 2.3 … 8; opacity 0.2 → 0.8 linear"
    assert rule(threshold=(2.3, None)) == expected


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({}, "shown wherever there are data"),
        ({"unit": "Gy", "threshold": (20, None)}, "shown where value ≥ 20 Gy"),
        ({"unit": "SUV", "threshold": (None, -1.5)}, "shown where SUV ≤ −1.5"),
        ({"unit": "", "threshold": (3, 5)}, "shown where 3 ≤ value ≤ 5"),
        ({"threshold_abs": 2.3}, "shown where |z| ≥ 2.3"),
        ({"threshold_abs": 2.3, "threshold": (None, 5)}, "shown where |z| ≥ 2.3 and z ≤ 5"),
        ({"unit": "Gy"}, "colour Cold and hot over 2.3 … 8 Gy;"),
        ({"data_range_auto": True}, "over 2.3 … 8 (auto)"),
        ({"reverse": True, "steps": 5}, "colour Cold and hot reversed in 5 steps over 2.3 … 8"),
        ({"below": "hide", "above": "#FF0000"}, "over 2.3 … 8, below 2.3 nothing, above 8 #ff0000"),
        ({"rgb_points": [0, 1, 0, 0, 5, 0.1, 0.2, 0.3]}, "colour by points 0 #ff0000, 5 (0.1, 0.2, 0.3);"),
        ({"opacity_points": [3, 0.4]}, "opacity 0.4"),
        ({"opacity_points": [3, 0, 3, 1]}, "opacity 0 below and 1 from 3"),
        ({"opacity_points": None}, "opacity 0 up to 2.3, 0.5 from 3.44, linear between"),
        ({"opacity_points": [0, 0, 1, 0.5, 2, 0.1]}, "opacity 0 up to 0, 0.5 at 1, 0.1 from 2, linear"),
        ({"opacity": 0.7}, "; layer opacity 0.7"),
        ({"opacity_by": ("coverage.nii", 5, 12)}, "; opacity by coverage.nii: 0 at 5 → 1 at 12 linear"),
        ({"opacity_by": ("c.nii", 5, 12), "opacity_by_frame": 2}, "opacity by c.nii (frame 2): 0 at 5"),
        ({"zero_is_missing": True}, "; exact zeros are missing data"),
        ({"nan": "clamp"}, "; missing data shown as 2.3"),
        ({"nan": "#808080"}, "; missing data #808080"),
        ({"blur": 2.5}, "a Gaussian of σ 2.5 mm, the threshold before it"),
        ({"contours": [10, 20]}, "; contours at 10, 20"),
        ({"contours": "50,95%"}, "; contours at 50 %, 95 % of the maximum"),
        ({"contours": "95%", "contour_reference": 60, "unit": "Gy"}, "; contours at 95 % of 60 Gy"),
        ({"outline": True, "threshold": (3, None)}, "; outline #ffffff at the threshold"),
        ({"interpolation": "nearest"}, "; nearest voxel"),
        ({"interpolation": "cubic", "blend": "add"}, "; cubic between voxels; added to the layers below"),
        ({"frame": 3}, "; frame 3"),
        ({"visible_3d": False}, "; not in 3D"),
        ({"opacity_points_3d": [2.3, 0, 8, 0.1]}, "; in 3D opacity 0 → 0.1 linear per mm"),
    ],
    ids=lambda value: str(value)[:32],
)  # fmt: skip
def test_every_setting_has_its_words(changes: dict[str, Any], part: str) -> None:
    """What is not the default is said."""
    assert part in rule(**changes) + ";"


def test_what_does_nothing_is_not_said() -> None:
    """An outline without a threshold, and a soft edge that has no room."""
    assert rule(outline=True) == rule()
    assert "fading" not in rule(edge="linear", threshold=(-3, None))


@pytest.mark.parametrize("edge", ["linear", "quadratic"])
@pytest.mark.parametrize(
    ("ends", "inside"),
    [
        ({"threshold": (4, None)}, 5),
        ({"threshold": (-3, 6)}, 1),
        ({"threshold": (None, -2)}, -3),
        ({"threshold_abs": 3}, 4),
    ],
    ids=str,
)
def test_a_soft_edge_ends_where_the_rule_says(edge: str, ends: dict[str, Any], inside: float) -> None:
    """Its factor is 1 at the threshold, 0 at each end that is named, and between both beside it."""
    layer = HeatmapLayer(**PLAIN | {"data_range": (-5, 8), "edge": edge} | ends)
    text = rule_in_words(layer)
    assert f"fading {'linearly' if edge == 'linear' else 'quadratically'} to 0 at" in text
    feet = [read(foot) for foot in re.findall(rf"at ({NUMBER})(?= and|;)", text)]
    assert feet
    assert factor(layer, inside) == 1
    for foot in feet:
        assert factor(layer, foot) == pytest.approx(0, abs=1e-12)
        assert 0 < factor(layer, float(foot + 0.1 * np.sign(inside - foot))) < 1


@settings(max_examples=80, deadline=None)
@given(ranges(), st.floats(-1e5, 1e5, width=32), st.sampled_from(["hard", "linear"]))
def test_the_named_threshold_is_the_threshold(span: tuple[float, float], low: float, edge: str) -> None:
    """What is written lies inside, and in single precision is the very number."""
    layer = HeatmapLayer(**PLAIN | {"data_range": span, "threshold": (low, None), "edge": edge})
    found = re.match(rf"shown where z ≥ ({NUMBER})", rule_in_words(layer))
    assert found
    assert np.float32(read(found[1])) == np.float32(low)
    values = np.array([read(found[1])], dtype=np.float32)
    assert transfer_of(layer).threshold_factor(values)[0] == 1


@settings(max_examples=80, deadline=None)
@given(opacity_points())
def test_the_named_points_lie_on_the_curve(points: list[float]) -> None:
    """Each opacity is the curve's at its value, before a step the one just below."""
    layer = HeatmapLayer(**PLAIN | {"opacity_points": points})
    words = re.search(r"opacity [^;]*", rule_in_words(layer))
    assert words
    for opacity, how, value in re.findall(rf"({NUMBER}) (up to|at|from) ({NUMBER})", words[0]):
        at = read(value)
        exact = min(points[::2], key=lambda scalar: abs(scalar - at))
        outside = exact - 1 if how == "up to" else exact
        assert curve(layer, outside) == pytest.approx(read(opacity), abs=1e-6)


@settings(max_examples=80, deadline=None)
@given(ranges(), opacity_points(), rgb_points())
def test_no_two_numbers_are_written_alike(
    span: tuple[float, float], opacity: list[float], colors: list[float]
) -> None:
    """However near they lie, and whatever the settings, there are words."""
    low, high = span
    near = float(np.nextafter(low, high))
    layer = HeatmapLayer(**PLAIN | {"data_range": span, "threshold": (low, near), "opacity_points": opacity})
    found = re.match(rf"shown where ({NUMBER}) ≤ z ≤ ({NUMBER})", rule_in_words(layer))
    assert found
    first, second = (read(text) for text in found.groups())
    assert first < second
    assert (first, second) == pytest.approx((low, near), rel=2**-25)
    assert "by points" in rule_in_words(layer.replaced(rgb_points=colors))


@pytest.mark.parametrize(
    ("value", "text"),
    [(2.3, "2.3"), (-0.0, "0"), (60, "60"), (1e-30, "1e−30"), (-1e30, "−1e+30"), (1 / 3, "0.33333333"),
     (1234567, "1234567"), (np.float32(7.9414443), "7.9414444")],
)  # fmt: skip
def test_numbers_are_short_and_give_the_value_back(value: float, text: str) -> None:
    """No digit more than single precision needs, a true minus sign, no locale."""
    low, high = sorted((float(value), 1e31))
    assert f"over {text} … 1e+31" in rule(data_range=(low, high))
