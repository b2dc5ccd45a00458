"""Peaks of maps whose maxima are known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import maximum_filter

from heatviewer.analysis.peaks import MIN_DISTANCE_MM, peaks
from heatviewer.core.volume import Volume
from tests.volumes import affine, noise, with_missing

BLOBS = {(6, 7, 5): 9.0, (18, 15, 6): 6.0, (10, 20, 12): -8.0}


def _blobs(kind: str = "oblique") -> Volume:
    """Return Gaussian blobs of known height at known voxels."""
    grid = np.stack(np.indices((24, 26, 18)), axis=-1)
    array = sum(h * np.exp(-((grid - np.array(at)) ** 2).sum(axis=-1) / 8) for at, h in BLOBS.items())
    return Volume(np.asarray(array, np.float32), affine(kind))


def test_peaks_are_where_the_blobs_are() -> None:
    """Maxima are found at their voxels, the greatest first, with their world points."""
    volume = _blobs()
    found = peaks(volume, lambda v: v > 3)
    assert [peak.voxel for peak in found] == [(6, 7, 5), (18, 15, 6)]
    assert [peak.value for peak in found] == pytest.approx([9, 6], abs=0.05)
    assert np.allclose(found[0].world, volume.affine @ [6, 7, 5, 1] @ np.eye(4)[:, :3])


def test_two_sided_maps_have_peaks_below_zero() -> None:
    """By magnitude the trough of −8 stands between 9 and 6."""
    found = peaks(_blobs(), lambda v: np.abs(v) > 3, two_sided=True)
    assert [peak.voxel for peak in found] == [(6, 7, 5), (10, 20, 12), (18, 15, 6)]


def test_peaks_keep_their_distance() -> None:
    """No two peaks of noise are nearer than the least distance."""
    found = peaks(noise((20, 20, 20), seed=7), lambda v: v > 0)
    worlds = np.array([peak.world for peak in found])
    apart = np.linalg.norm(worlds[:, None] - worlds[None], axis=-1)
    assert len(found) > 3
    assert apart[~np.eye(len(found), dtype=bool)].min() >= MIN_DISTANCE_MM


def test_peaks_are_those_of_a_filter_over_all_voxels() -> None:
    """Against scipy: the voxels that equal the greatest of their 26 neighbours, missing ones left out."""
    volume = with_missing(noise((12, 11, 10), "oblique", seed=3), 0.1)
    heights = np.where(np.isfinite(volume.array), volume.array, -np.inf)
    wanted = (heights == maximum_filter(heights, size=3, mode="nearest")) & (heights > 100)
    first = tuple(int(n) for n in np.unravel_index(np.argmax(heights), heights.shape))
    found = peaks(volume, lambda v: v > 100)
    assert found[0].voxel == first
    assert {peak.voxel for peak in found} <= {tuple(int(n) for n in at) for at in np.argwhere(wanted)}


def test_a_plateau_is_one_peak_and_a_shoulder_none() -> None:
    """Equal neighbours count once, at their middle; a step on the way up to a peak does not count."""
    array = np.zeros((30, 9, 9), np.float32)
    array[2:7, 2:7, 2:7] = 2  # a plateau
    array[12:28, 2:7, 2:7] = 1  # a shoulder
    array[27, 4, 4] = 3
    found = peaks(Volume(array, np.eye(4)), lambda v: v > 0.5)
    assert [peak.voxel for peak in found] == [(27, 4, 4), (4, 4, 4)]


@pytest.mark.parametrize("value", [0.0, 5.0, np.nan])
def test_constant_and_empty_maps_have_none(value: float) -> None:
    """Without a difference there is no peak; missing voxels are none either."""
    assert peaks(Volume(np.full((4, 4, 4), value, "f4"), np.eye(4)), lambda v: v > -1) == []
