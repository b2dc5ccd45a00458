"""Histograms: every present value in its bin, as numpy counts them, and none counted twice."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from heatviewer.analysis.histogram import histogram, kept_histogram
from heatviewer.core.volume import Volume
from tests import volumes

RNG = np.random.default_rng(3)
NORMAL = RNG.normal(3, 40, (13, 11, 9))
ODD = {
    "float32": Volume(NORMAL.astype("f4"), np.eye(4)),
    "float64": Volume(NORMAL, np.eye(4)),
    "flipped": Volume(NORMAL.astype("f4"), volumes.affine("flipped")),
    "int16": Volume(NORMAL.astype("i2"), np.eye(4)),
    "wide": Volume((NORMAL * 900).astype("i4"), np.eye(4)),
    "uint8": Volume(np.abs(NORMAL).astype("u1"), np.eye(4)),
    "bool": Volume(NORMAL > 0, np.eye(4)),
    "scaled": Volume(NORMAL.astype("i2"), np.eye(4), slope=0.25, intercept=-7.0),
    "falling": Volume(NORMAL.astype("f4"), np.eye(4), slope=-2.0, intercept=1.0),
    "missing": volumes.with_missing(Volume(NORMAL.astype("f4"), np.eye(4))),
    "padded": Volume(NORMAL.astype("i2"), np.eye(4), padding=(-100.0, -20.0)),
    "small": Volume(NORMAL * 1e-30, np.eye(4)),
    "small32": Volume((NORMAL * 1e-38).astype("f4"), np.eye(4)),
    "great": Volume((NORMAL * 1e30).astype("f4"), np.eye(4)),
    "greatest": Volume(NORMAL * 1e300, np.eye(4)),
    "far": Volume((NORMAL + 1e6).astype("f4"), np.eye(4)),
}


def present(volume: Volume, frame: int = 0) -> np.ndarray:
    """Return a frame's values that hold data, as float64."""
    stored = volume.frame(frame)
    missing = volume.missing_in(stored)
    kept = stored.ravel() if missing is None else stored[~missing]
    return kept.astype(float) * volume.slope + volume.intercept


@pytest.mark.parametrize("name", ODD)
def test_counts_are_numpys(name: str) -> None:
    """The counts are those of numpy.histogram over the same edges."""
    found = histogram(ODD[name])
    expected, _ = np.histogram(present(ODD[name]), found.edges)
    assert np.array_equal(found.counts, expected)
    assert found.total == present(ODD[name]).size
    assert 2 <= found.counts.size <= 4100


@pytest.mark.parametrize("name", ["int16", "uint8", "bool", "scaled"])
def test_whole_numbers_stand_in_the_middle_of_their_bins(name: str) -> None:
    """A bin holds one stored number, which is its middle."""
    found, volume = histogram(ODD[name]), ODD[name]
    middles = (found.edges[:-1] + found.edges[1:]) / 2
    values, counts = np.unique(present(volume), return_counts=True)
    assert np.allclose(middles[found.counts > 0], values)
    assert np.array_equal(found.counts[found.counts > 0], counts)


def test_zeros_that_mean_missing_are_left_out() -> None:
    """Where zeros hold no data they are not counted, with a slope neither."""
    array = np.round(NORMAL / 20).astype("i2")
    for slope, intercept in ((1.0, 0.0), (0.5, 2.0)):
        volume = Volume(array, np.eye(4), slope=slope, intercept=intercept)
        zeros = int((present(volume) == 0).sum())
        assert zeros > 0
        assert histogram(volume, zero_is_missing=True).total == array.size - zeros
        assert histogram(volume).total == array.size


def test_frames_share_their_bins() -> None:
    """Going through frames moves the counts, not the axis."""
    volume = Volume(np.stack([NORMAL, NORMAL * 2, NORMAL + 5], axis=-1).astype("f4"), np.eye(4))
    found = [histogram(volume, frame) for frame in range(3)]
    assert len({(one.low, one.high, one.counts.size) for one in found}) == 1
    for frame, one in enumerate(found):
        assert np.array_equal(one.counts, np.histogram(present(volume, frame), one.edges)[0])


def test_constant_data_are_one_narrow_bin() -> None:
    """All voxels in one bin round the value."""
    for value in (3.7, 0.0, -1e-30, 1e30):
        found = histogram(Volume(np.full((4, 3, 2), value), np.eye(4)))
        assert found.counts.tolist() == [24]
        assert found.low <= value < found.high
        assert found.high - found.low <= max(abs(value) / 500, 1e-3)


def test_no_values_are_no_bins() -> None:
    """Without any finite value there is nothing to count."""
    found = histogram(Volume(np.full((4, 3, 2), np.nan), np.eye(4)))
    assert found.total == 0
    assert not found.columns(0.0, 1.0, 7).any()


@given(hnp.arrays(st.sampled_from(["f4", "f8", "i4", "u2"]), (3, 4, 2)))
@settings(max_examples=80, deadline=None)
def test_every_value_is_counted_once(array: np.ndarray) -> None:
    """For any array all finite voxels are counted, between the outer edges."""
    volume = Volume(array, np.eye(4))
    found = histogram(volume)
    values = present(volume)
    assert found.total == values.size
    if values.size:
        assert found.low <= values.min()
        assert found.high >= values.max()


def test_columns_add_bins_up() -> None:
    """Columns that end on bins' edges hold numpy's counts; outside there is nothing."""
    found = histogram(ODD["float64"])
    bins = found.counts.size // 8 * 8
    high = found.edges[bins]
    counts = found.columns(found.low, high, bins // 8)
    assert np.allclose(counts, found.counts[:bins].reshape(-1, 8).sum(axis=1))
    assert not found.columns(high + 1e6, high + 2e6, 30).any()


def test_narrow_columns_show_their_bin() -> None:
    """On a stretched axis every column of a bin has its count: bars, not slopes."""
    found = histogram(ODD["uint8"])
    shown = found.columns(-0.5, 9.5, 50)
    assert np.array_equal(shown, np.repeat(found.counts[:10], 5))


def test_counted_once_and_gone_with_the_volume() -> None:
    """The same histogram is given again, and nothing keeps the data alive."""
    volume = Volume(NORMAL.astype("f4"), np.eye(4))
    assert kept_histogram(volume) is None
    found = histogram(volume)
    assert histogram(volume) is found
    assert kept_histogram(volume) is found
    assert kept_histogram(volume, zero_is_missing=True) is None
    gone = weakref.ref(volume)
    del volume
    gc.collect()
    assert gone() is None
