"""A volume on another grid: scipy's samples at the new voxels' centres, and nothing where nothing is."""

from __future__ import annotations

import numpy as np
import pytest

from heatviewer.core.errors import Cancelled
from heatviewer.core.geometry import apply_affine
from heatviewer.core.volume import Volume
from heatviewer.sampling.resample import resampled
from tests.oracle import sampled
from tests.volumes import AFFINES, affine, noise, rotation, with_missing

#: A grid larger than a brick along one axis, partly outside every volume that it is laid over.
GRID = (70, 12, 9)


def _over(volume: Volume) -> np.ndarray:
    """Return an oblique affine of GRID whose middle is the volume's."""
    matrix = np.eye(4)
    matrix[:3, :3] = rotation(0.4, -0.2, 0.7) @ np.diag([0.41, 1.3, 1.7])
    matrix[:3, 3] = volume.centre_world - matrix[:3, :3] @ (np.array(GRID) - 1) / 2
    return matrix


def _centres(grid: tuple[int, ...], matrix: np.ndarray) -> np.ndarray:
    return apply_affine(matrix, np.moveaxis(np.indices(grid), 0, -1))


@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("dtype", ["u1", "i2", "f4", "f8"])
@pytest.mark.parametrize("kind", AFFINES)
def test_samples_are_scipys(kind: str, dtype: str, order: int) -> None:
    """On any two grids values are those of scipy at the world points, and NaN beyond the grid."""
    volume = noise(kind=kind, dtype=dtype, slope=2.0, intercept=-3.0)
    matrix = _over(volume)
    found = resampled(volume, GRID, matrix, "linear" if order else "nearest")
    expected = sampled(volume, _centres(GRID, matrix), order)
    assert 0 < np.isfinite(expected).sum() < expected.size
    np.testing.assert_allclose(found.array, expected, rtol=1e-5)
    np.testing.assert_array_equal(found.affine, matrix)


def test_missing_is_decided_on_voxels() -> None:
    """Nearest to a missing voxel is missing; elsewhere missing neighbours are left out of the mean."""
    volume = with_missing(noise(kind="oblique"), 0.3)
    matrix = _over(volume)
    worlds = _centres(GRID, matrix)
    ones = Volume(np.isfinite(volume.stored).astype("f8"), volume.affine)
    zeros = Volume(np.nan_to_num(volume.stored).astype("f8"), volume.affine)
    with np.errstate(invalid="ignore"):
        expected = sampled(zeros, worlds) / sampled(ones, worlds)
    expected[~(sampled(ones, worlds, 0) == 1)] = np.nan
    found = resampled(volume, GRID, matrix).array
    assert np.isnan(expected).sum() > np.isnan(sampled(zeros, worlds)).sum()
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_padding_is_missing() -> None:
    """A padded voxel gives NaN on the new grid, in the unit of the data elsewhere."""
    stored = np.full((4, 4, 4), 7, np.int16)
    stored[2, 2, 2] = -2000
    volume = Volume(stored, np.eye(4), slope=0.5, padding=(-2000, -2000))
    found = resampled(volume, (2, 2, 2), affine("identity") + np.pad([[1.0]] * 3, ((0, 1), (3, 0))))
    assert found.padding is None
    assert np.isnan(found.array[1, 1, 1])
    assert np.count_nonzero(found.array == 3.5) == 7


def test_the_same_grid_is_the_same_volume() -> None:
    """Nothing is computed where the grids are one, whatever rounding a header has seen."""
    volume = noise(kind="oblique")
    assert resampled(volume, volume.grid, volume.affine + 1e-6) is volume


def test_integers_stay_where_samples_are_voxels() -> None:
    """A crop along the voxels keeps type, slope and intercept, even with linear interpolation."""
    volume = noise(dtype="i2", slope=0.25, intercept=3.0)
    matrix = np.eye(4)
    matrix[:3, 3] = [2, 3, 4]
    found = resampled(volume, (5, 6, 7), matrix)
    assert (found.stored.dtype, found.slope, found.intercept) == (np.int16, 0.25, 3.0)
    np.testing.assert_array_equal(found.stored, volume.stored[2:7, 3:9, 4:11])


def test_labels_have_nothing_beyond_their_grid() -> None:
    """With a background they stay integers: no label is made between two, and outside there is 0."""
    labels = Volume(np.random.default_rng(0).choice([3, 900], (8, 8, 8)).astype("u2"), np.eye(4))
    found = resampled(labels, GRID, _over(labels), "nearest", background=0)
    assert found.stored.dtype == np.uint16
    assert set(np.unique(found.stored)) == {0, 3, 900}
    expected = np.nan_to_num(sampled(labels, _centres(GRID, _over(labels)), 0))
    np.testing.assert_array_equal(found.stored, expected)


def test_every_frame_is_sampled() -> None:
    """A series keeps its frames in their order."""
    frames = np.random.default_rng(1).normal(size=(6, 7, 8, 3)).astype("f4")
    volume = Volume(frames, affine("flipped"))
    found = resampled(volume, GRID, _over(volume))
    assert found.shape == (*GRID, 3)
    for t in range(3):
        alone = sampled(Volume(frames[..., t], volume.affine), _centres(GRID, _over(volume)))
        np.testing.assert_allclose(found.array[..., t], alone, atol=1e-5)


def test_colours_are_rounded() -> None:
    """Each channel is sampled by itself and stays a byte."""
    rng = np.random.default_rng(2)
    channels = tuple(Volume(rng.integers(0, 256, (9, 8, 7)).astype("u1"), np.eye(4)) for _ in range(3))
    volume = Volume(channels[1].stored, np.eye(4), channels=channels)
    found = resampled(volume, GRID, _over(volume))
    assert found.is_color
    assert found.stored.dtype == np.uint8
    for channel, source in zip(found.channels, channels, strict=True):
        expected = np.rint(np.nan_to_num(sampled(source, _centres(GRID, _over(volume)))))
        assert channel.stored.dtype == np.uint8
        assert np.abs(channel.stored - expected).max() <= 1  # a half is rounded either way
        assert (channel.stored == expected).mean() > 0.999


def test_it_says_how_far_it_is_and_stops() -> None:
    """The fraction only grows to 1; an exception from the report ends the work."""
    told: list[float] = []
    volume = noise()
    resampled(volume, (200, 70, 70), _over(volume), progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0

    def stop(_: float) -> None:
        raise Cancelled("x")

    with pytest.raises(Cancelled):
        resampled(volume, GRID, _over(volume), progress=stop)


def test_the_far_edge_of_a_grid_is_inside() -> None:
    """A new voxel centre on the edge has the edge's value, whatever its index was rounded to on the way."""
    volume = Volume(np.arange(400.0).reshape(400, 1, 1), np.diag([3.0, 1, 1, 1]))
    matrix = np.diag([2.0, 1, 1, 1])
    matrix[0, 3] = -1.5
    found = resampled(volume, (601, 1, 1), matrix).array
    assert np.isfinite(found).all()
    assert found[-1] == 399


def test_a_grid_that_is_a_little_aside_is_another() -> None:
    """A tenth of a voxel is sampled, and neither passed over nor rounded to whole voxels."""
    volume = noise()
    matrix = volume.affine.copy()
    matrix[:3, 3] += 0.1 * volume.affine[:3, 0]
    found = resampled(volume, volume.grid, matrix)
    np.testing.assert_allclose(found.array, sampled(volume, _centres(volume.grid, matrix)), atol=1e-5)
