"""Whether zeros look like 'no data', against the definition on all voxels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heatviewer.analysis.zeros import zeros_look_missing
from heatviewer.core.volume import Volume


def volume(values: Any, **fields: Any) -> Volume:
    array = np.asarray(values)
    return Volume(array.reshape(array.size, 1, 1), np.eye(4), **fields)


def by_definition(values: np.ndarray) -> bool:
    """More than half exactly 0, and the smallest other finite magnitude over 5 % of the largest."""
    sizes = np.abs(values[np.isfinite(values) & (values != 0)].astype(np.float64))
    return bool((values == 0).sum() > values.size / 2 and sizes.size and sizes.min() > 0.05 * sizes.max())


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from([0, 0, 0, 0, 0, -0.0, 1, 2.5, -3, 20, 0.1, 1e30, np.nan, np.inf]),
        min_size=1,
        max_size=40,
    ),
    st.sampled_from(["f4", "f8"]),
)
def test_it_is_the_definition(values: list[float], kind: str) -> None:
    """For whatever mixture of zeros, values and missing ones."""
    array = np.array(values, dtype=kind)
    assert zeros_look_missing(volume(array)) == by_definition(array)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0, 0, 0, 5, 9], True),
        ([0, 0, 5, 9], False),
        ([0, 0, 0, 1, 20], False),
        ([0, 0, 0, -128, 127], True),
        ([0, 0, 0], False),
        ([7, 7, 7], False),
        ([0, 0, 0, 1], True),
    ],
    ids=str,
)
@pytest.mark.parametrize("kind", ["i1", "i2", "f4"])
def test_small_maps(values: list[int], expected: bool, kind: str) -> None:
    """Half is not more than half, and exactly 5 % is no gap; the smallest integer has a magnitude too."""
    assert zeros_look_missing(volume(np.array(values, dtype=kind))) is expected


def test_zero_is_zero_in_the_unit_of_the_data() -> None:
    """With a slope and an intercept it is another stored number; padding is no zero."""
    stored = np.array([50, 50, 50, 60, 70], dtype="i2")
    assert zeros_look_missing(volume(stored, slope=0.1, intercept=-5.0))
    assert not zeros_look_missing(volume(stored, slope=0.1, intercept=-6.0))
    assert not zeros_look_missing(volume(stored, slope=0.1, intercept=-5.0, padding=(50.0, 50.0)))


def test_booleans_and_tiny_and_huge_values() -> None:
    """The gap is a ratio, so it is found at any scale."""
    mask = np.array([False, False, True])
    assert zeros_look_missing(volume(mask))
    for scale in (1e-30, 1e30):
        assert zeros_look_missing(volume(np.array([0, 0, 0, 2, 3], dtype="f4") * np.float32(scale)))


def test_each_frame_is_looked_at_alone() -> None:
    """A frame beyond the series is its last one."""
    series = np.zeros((4, 1, 1, 2))
    series[:, 0, 0, 1] = [0, 0, 0, 3]
    series[:, 0, 0, 0] = [1, 2, 3, 4]
    made = Volume(series, np.eye(4))
    assert [zeros_look_missing(made, frame) for frame in (0, 1, 9)] == [False, True, True]


def test_parts_are_added_up() -> None:
    """A large map is looked at in parts; the decision is on all of it."""
    array = np.zeros((100, 100, 60), dtype="f4")
    array[:40] = 3.0
    array[0, 0, 0] = 1.0
    assert zeros_look_missing(Volume(array, np.eye(4)))
    array[99, 99, 59] = 1e-3
    assert not zeros_look_missing(Volume(array, np.eye(4)))


@pytest.mark.parametrize("kind", ["mask", "label"])
def test_zeros_of_masks_and_labels_mean_something(kind: str) -> None:
    """Outside a structure and in the background 0 is a statement, never missing data."""
    array = np.zeros((4, 4, 4), np.uint8)
    array[1, 1, 1] = 1
    assert zeros_look_missing(Volume(array, np.eye(4)))
    assert not zeros_look_missing(Volume(array, np.eye(4), kind=kind))
