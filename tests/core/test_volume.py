"""Volumes: memory, values, statistics, missing voxels."""

from __future__ import annotations

import numpy as np
import pytest

from heatviewer.core.errors import SettingError
from heatviewer.core.volume import Volume
from tests.volumes import noise, with_missing


def test_fortran_array_is_shared_and_read_only() -> None:
    """A Fortran-ordered array of a common type is used as it is, and cannot be written through."""
    array = np.zeros((4, 5, 6), dtype=np.int16, order="F")
    volume = Volume(array, np.eye(4))
    assert np.shares_memory(volume.array, array)
    with pytest.raises(ValueError, match="read-only"):
        volume.array[0, 0, 0] = 1


@pytest.mark.parametrize("dtype", ["f2", ">i2", ">f4", "c8", "?"])
def test_odd_types_keep_their_values(dtype: str) -> None:
    """Types that drawing cannot share are converted once, without a change of value."""
    array = np.arange(24).reshape(2, 3, 4).astype(dtype)
    assert np.array_equal(Volume(array, np.eye(4)).array, np.abs(array))


def test_values_are_in_the_unit_of_the_data() -> None:
    """Slope and intercept are applied; integers without them stay integers."""
    stored = np.array([[[0, 10]]], dtype=np.int16)
    assert Volume(stored, np.eye(4), slope=0.5, intercept=-1).array.tolist() == [[[-1, 4]]]
    assert Volume(stored, np.eye(4)).array.dtype == np.int16


def test_range_leaves_out_what_is_missing() -> None:
    """NaN, infinity and padding do not count in minimum and maximum."""
    array = np.array([[[1, np.nan, 7, np.inf, -3, -2000]]], dtype=np.float32)
    assert Volume(array, np.eye(4), padding=(-2000, -2000)).range == (-3, 7)


@pytest.mark.parametrize("dtype", ["u1", "i2", "i4", "f4", "f8"])
def test_percentiles_are_numpys(dtype: str) -> None:
    """Percentiles equal numpy's linear ones for every type."""
    volume = noise(dtype=dtype)
    expected = np.percentile(volume.array.astype(float), (0.5, 40, 99.5))
    assert np.allclose(volume.percentiles((0.5, 40, 99.5)), expected, rtol=1e-6)


def test_percentiles_of_values_with_a_negative_slope() -> None:
    """Ranks are of the values, not of the stored numbers."""
    volume = noise(dtype="i2", slope=-2.0, intercept=5.0)
    assert volume.percentiles((10, 90)) == pytest.approx(np.percentile(volume.array, (10, 90)), rel=1e-6)


def test_all_missing_has_no_range() -> None:
    """A volume without any data has neither range nor percentiles, and raises nothing."""
    volume = with_missing(noise(), share=1.1)
    assert volume.range is None
    assert volume.percentiles((50,)) is None
    assert volume.is_constant


def test_an_array_without_voxels_is_refused() -> None:
    """An axis of length 0 leaves nothing to show."""
    with pytest.raises(SettingError, match="no voxels"):
        Volume(np.zeros((0, 3, 3)), np.eye(4))


@pytest.mark.parametrize("shape", [(3,), (3, 3), (2, 2, 2, 2, 2)])
def test_wrong_number_of_axes_is_refused(shape: tuple[int, ...]) -> None:
    """A volume has three axes, a series four; the message says what came."""
    with pytest.raises(SettingError, match="shape"):
        Volume(np.zeros(shape), np.eye(4))


@pytest.mark.parametrize("matrix", [np.zeros((4, 4)), np.full((4, 4), np.nan), np.eye(3)])
def test_affine_without_an_inverse_is_refused(matrix: np.ndarray) -> None:
    """An affine must be 4×4, finite and invertible."""
    with pytest.raises(SettingError, match="affine"):
        Volume(np.zeros((2, 2, 2)), matrix)
