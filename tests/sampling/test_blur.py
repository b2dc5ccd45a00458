"""The display blur: a Gaussian in mm over the voxels that hold data."""

from __future__ import annotations

import gc
import weakref
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, repeat

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from heatviewer.core.errors import Cancelled
from heatviewer.core.geometry import apply_affine, spacing
from heatviewer.core.volume import Volume
from heatviewer.sampling.blur import blurred, is_ready
from tests.volumes import AFFINES, affine, noise, with_missing


def _oracle(volume: Volume, sigma_mm: float, zero_is_missing: bool = False) -> NDArray[np.float64]:
    """Return the normalised convolution with scipy's own Gaussian, in float64."""
    values = np.asarray(volume.array, dtype=np.float64)
    held = np.isfinite(values) & ~(zero_is_missing & (values == 0))
    matrices = [
        gaussian_filter1d(np.eye(n), sigma_mm / s, axis=0, mode="constant", truncate=4)
        for n, s in zip(values.shape, spacing(volume.affine), strict=True)
    ]
    total, weight = (
        np.einsum("ai,bj,ck,ijk->abc", *matrices, part, optimize=True)
        for part in (np.where(held, values, 0), held.astype(float))
    )
    return np.where(held, total / np.maximum(weight, 1e-300), np.nan)


@pytest.mark.parametrize("kind", AFFINES)
@pytest.mark.parametrize("lost", [False, True])
@pytest.mark.parametrize("sigma", [0.7, 2.5, 40.0])
def test_equals_a_normalised_convolution(kind: str, lost: bool, sigma: float) -> None:
    """Each value is the Gaussian mean, in mm along the axes, of those that are there."""
    volume = noise((9, 14, 70), kind)
    if lost:
        volume = with_missing(volume)
    found = blurred(volume, 0, sigma)
    assert np.array_equal(found.affine, volume.affine)
    assert np.allclose(found.array, _oracle(volume, sigma), rtol=2e-6, equal_nan=True)


@pytest.mark.parametrize("shape", [(1, 1, 1), (2, 1, 3), (7, 6, 1), (1, 90, 1)])
def test_tiny_grids(shape: tuple[int, int, int]) -> None:
    """A grid of a few voxels is smoothed like any other, and a single slice not across itself."""
    volume = noise(shape, "oblique", "f8")
    assert np.allclose(blurred(volume, 0, 3.0).array, _oracle(volume, 3.0), rtol=1e-12)


@pytest.mark.parametrize("kind", ["identity", "flipped", "swapped", "oblique", "left-handed"])
def test_an_impulse_spreads_by_sigma_in_the_world(kind: str) -> None:
    """A single bright voxel becomes a round Gaussian: sigma² mm² about each world axis, and all its mass."""
    array = np.zeros((79, 79, 79))
    array[39, 39, 39] = 1
    volume = Volume(array, affine(kind))
    found = blurred(volume, 0, 3.5).array
    worlds = apply_affine(volume.affine, np.moveaxis(np.indices(array.shape), 0, -1))
    away = worlds - apply_affine(volume.affine, [39, 39, 39])
    moments = np.einsum("ijk,ijka,ijkb->ab", found, away, away)
    assert found.sum() == pytest.approx(1, rel=1e-9)
    assert np.allclose(moments, 3.5**2 * np.eye(3), atol=0.02 * 3.5**2)


@pytest.mark.parametrize("value", [1.0, -3.3, 1e30, 1e-30, 0.1])
@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_a_constant_stays_constant(value: float, dtype: str) -> None:
    """Neither the grid's edge nor missing neighbours change a constant, to the last digit."""
    array = np.full((6, 5, 9), value, dtype=dtype)
    array[2:4, 1, :5] = np.nan
    found = blurred(Volume(array, affine("swapped")), 0, 4.0).array
    assert np.array_equal(found, array, equal_nan=True)


_NUMBERS = st.floats(width=32, allow_nan=True, allow_infinity=True, allow_subnormal=False)


@given(arrays(np.float32, (4, 3, 5), elements=_NUMBERS), st.floats(0, 100), st.booleans())
@example(np.full((4, 3, 5), np.finfo(np.float32).max, np.float32), 4.0, False)
@example(np.full((4, 3, 5), -np.finfo(np.float32).max, np.float32), 50.0, True)
def test_values_stay_within_the_data(array: NDArray[np.float32], sigma: float, zeros: bool) -> None:
    """A smoothed value lies within the data's range, and exactly the missing voxels are missing."""
    held = np.isfinite(array) & ~(zeros & (array == 0))
    found = blurred(Volume(array, affine("oblique")), 0, sigma, zeros).array
    assert np.array_equal(np.isfinite(found), held)
    if held.any():
        assert array[held].min() <= found[held].min() <= found[held].max() <= array[held].max()


def test_zeros_that_hold_no_data_do_not_darken_their_neighbours() -> None:
    """With 'zero is missing' zeros, in the unit of the data, are left out and become missing."""
    stored = np.random.default_rng(0).integers(1, 50, (8, 9, 7)).astype("i2")
    stored[:, :, 3:] = 20  # 0 in the unit of the data
    volume = Volume(stored, affine("flipped"), slope=0.5, intercept=-10.0)
    found = blurred(volume, 0, 3.0, zero_is_missing=True)
    assert np.allclose(found.array, _oracle(volume, 3.0, True), rtol=1e-5, atol=1e-6, equal_nan=True)
    assert np.isnan(found.array[:, :, 3:]).all()


@pytest.mark.parametrize(
    ("dtype", "result"), [("u1", "f4"), ("i2", "f4"), ("f4", "f4"), ("i4", "f8"), ("f8", "f8")]
)
def test_types_and_scaling(dtype: str, result: str) -> None:
    """Slope and intercept are carried over; 32 bits are enough for what 32 bits hold."""
    volume = noise(dtype=dtype, slope=2.0, intercept=-1000.0, unit="HU", name="ct")
    found = blurred(volume, 0, 2.0)
    assert (found.stored.dtype, found.slope, found.intercept) == (np.dtype(result), 2.0, -1000.0)
    assert (found.unit, found.name, found.frames) == ("HU", "ct", 1)
    assert np.allclose(found.array, _oracle(volume, 2.0), rtol=1e-5)


def test_padding_is_missing() -> None:
    """Padding is left out of the mean, and becomes NaN."""
    stored = np.full((6, 6, 6), 40, dtype="i2")
    stored[:2] = -2000
    found = blurred(Volume(stored, np.eye(4), padding=(-2000, -2000)), 0, 2.0)
    assert np.isnan(found.array[:2]).all()
    assert (found.array[2:] == 40).all()


def test_each_frame_by_itself() -> None:
    """A series is smoothed frame by frame; a frame beyond the last is the last."""
    series = noise((6, 7, 5, 3))
    for frame, wanted in ((0, 0), (2, 2), (9, 2)):
        single = Volume(series.stored[..., wanted], series.affine)
        assert np.array_equal(blurred(series, frame, 2.0).array, blurred(single, 0, 2.0).array)


@pytest.mark.parametrize("sigma", [0.0, 1e-12, 0.05])
def test_much_less_than_a_voxel_changes_nothing(sigma: float) -> None:
    """A Gaussian that ends within its voxel leaves every value as it is."""
    volume = with_missing(noise())
    assert np.array_equal(blurred(volume, 0, sigma).array, volume.array, equal_nan=True)


def test_huge_numbers_do_not_overflow() -> None:
    """The largest numbers of both types are smoothed like others."""
    for dtype in ("f4", "f8"):
        array = np.full((5, 5, 5), np.finfo(dtype).max, dtype=dtype)
        array[2:] *= -1
        assert np.isfinite(blurred(Volume(array, np.eye(4)), 0, 2.0).array).all()


def test_the_same_wish_is_answered_once() -> None:
    """The same object comes back, on any thread, while the volume lives; the latest two are held."""
    volume = noise()
    assert not is_ready(volume, 0, 2.0)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: blurred(volume, 0, 2.0), range(8)))
    assert len({id(one) for one in found}) == 1
    assert is_ready(volume, 0, 2.0)
    assert not is_ready(volume, 0, 2.0, zero_is_missing=True)
    del found
    blurred(volume, 0, 3.0)
    assert is_ready(volume, 0, 2.0)
    held = blurred(volume, 0, 4.0)
    blurred(volume, 0, 5.0)
    assert not is_ready(volume, 0, 3.0)
    blurred(volume, 0, 6.0)
    assert blurred(volume, 0, 4.0) is held


def test_nothing_keeps_a_volume_alive() -> None:
    """A volume that nobody holds takes its smoothed copies with it."""
    volume = noise()
    copy = weakref.ref(blurred(volume, 0, 2.0))
    watched = weakref.ref(volume)
    del volume
    gc.collect()
    assert watched() is None
    assert copy() is None


def test_work_can_be_stopped_at_any_moment() -> None:
    """Once it is told to stop it raises `Cancelled` and keeps nothing."""
    volume = with_missing(noise())
    for allowed in (0, 1, 5, 17):
        looks = chain([False] * allowed, repeat(True))
        with pytest.raises(Cancelled):
            blurred(volume, 0, 2.0, cancelled=looks.__next__)
        assert not is_ready(volume, 0, 2.0)
