"""What a heatmap starts with: the contract's defaults, and the colour that a file recommends."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from heatviewer.app.scene import Scene
from heatviewer.core.volume import Volume
from heatviewer.model.presets import DEFAULT_PRESET

LIVER = (0.8, 0.5, 0.4)


def _volume(kind: str, **settings: Any) -> Volume:
    stored = np.zeros((4, 4, 4), np.uint8)
    stored[1:3] = 1
    return Volume(stored, np.eye(4), kind=kind, name="made", **settings)


def _scene() -> Scene:
    return Scene.from_arrays(np.arange(64.0).reshape(4, 4, 4))


def test_a_segment_has_its_own_colour_and_no_background() -> None:
    """A mask is drawn in the recommended colour where it is 1, and not at all where it is 0."""
    layer = _scene().add_volume(_volume("mask", color=LIVER))
    assert layer.rgb_points == (0.0, *LIVER, 1.0, *LIVER)
    assert (layer.data_range, layer.interpolation, layer.opacity_points) == ((0.0, 1.0), "nearest", None)


def test_a_probability_runs_from_black_to_its_colour() -> None:
    """A fractional segment's colour grows with the probability, as the presets of one colour do."""
    layer = _scene().add_volume(_volume("probability", color=LIVER, slope=0.5))
    assert layer.rgb_points == (0.0, 0.0, 0.0, 0.0, 1.0, *LIVER)


def test_what_a_person_sets_goes_before_the_files_colour() -> None:
    """A preset, points or range that is given is what the layer has."""
    scene, mask = _scene(), _volume("mask", color=LIVER)
    assert scene.add_volume(mask, preset="Red").rgb_points is None
    points = (0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0)
    assert scene.add_volume(mask, rgb_points=points).rgb_points == points
    assert scene.add_volume(mask, preset="Red", rgb_points=points).rgb_points == points
    assert scene.add_volume(mask, data_range=(0.0, 3.0)).data_range == (0.0, 3.0)


@pytest.mark.parametrize(
    ("kind", "preset", "reverse"),
    [
        ("", DEFAULT_PRESET, False),
        ("z", DEFAULT_PRESET, False),
        ("t", DEFAULT_PRESET, False),
        ("suv", DEFAULT_PRESET, False),
        ("dose", DEFAULT_PRESET, False),
        ("mask", DEFAULT_PRESET, False),
        ("label", "glasbey", False),
        ("p", "viridis", True),
    ],
)
def test_the_kind_of_data_picks_the_preset(kind: str, preset: str, reverse: bool) -> None:
    """Labels get colours without order, p values a map that is bright where they are small."""
    layer = _scene().add_volume(_volume(kind))
    assert (layer.preset, layer.reverse, layer.rgb_points) == (preset, reverse, None)


def test_a_given_preset_is_not_turned_round() -> None:
    """A preset that is chosen for p values is used as it is."""
    layer = _scene().add_volume(_volume("p"), preset="Red")
    assert (layer.preset, layer.reverse) == ("Red", False)


def test_segments_without_a_colour_differ() -> None:
    """A mask is one colour, and neighbours are told apart; the file's own colour goes before."""
    scene = Scene.from_arrays(np.zeros((4, 4, 4)))
    inside = np.zeros((4, 4, 4), np.uint8)
    inside[1] = 1
    colors = []
    for color in (None, None, (0.0, 0.0, 1.0)):
        volume = Volume(inside, np.eye(4), modality="SEG", kind="mask", color=color)
        points = scene.add_volume(volume).rgb_points
        assert points is not None
        assert points[1:4] == points[5:8]
        colors.append(tuple(points[1:4]))
    assert len(set(colors)) == 3
    assert colors[2] == (0.0, 0.0, 1.0)
