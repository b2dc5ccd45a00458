"""Local maxima of a map: the places that a reader jumps to."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from heatviewer.core.geometry import Vec3, apply_affine, vec3
from heatviewer.sampling.rule import missing_stored

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from heatviewer.core.volume import Volume

#: Peaks nearer than this to a greater one are part of it, in mm.
MIN_DISTANCE_MM = 8.0
#: More places than anybody visits one by one.
MAX_PEAKS = 200


class Peak(NamedTuple):
    """A local maximum: its voxel's centre in the world, the voxel, and its value."""

    world: Vec3
    voxel: tuple[int, int, int]
    value: float


def peaks(
    volume: Volume,
    shown: Callable[[NDArray[np.float64]], NDArray[np.bool_]],
    frame: int = 0,
    two_sided: bool = False,
    zero_is_missing: bool = False,
) -> list[Peak]:
    """Return the local maxima of one frame, the greatest first, at least 8 mm apart.

    A peak is a voxel that none of its 26 neighbours exceeds. `shown` says which values count, in
    the unit of the data; with `two_sided` magnitudes are compared, so that troughs count too.
    Constant data has none.
    """
    from scipy.ndimage import maximum_filter

    stored = volume.frame(frame)
    values = np.asarray(volume.values_of(stored), dtype=np.float64)
    present = ~missing_stored(volume, stored, zero_is_missing)
    if not present.any() or np.ptp(values[present]) == 0:
        return []
    height = np.where(present, np.abs(values) if two_sided else values, -np.inf)
    candidates = present & (height == maximum_filter(height, size=3, mode="nearest"))
    index = np.argwhere(candidates)
    index = index[shown(values[candidates])]
    order = np.argsort(-height[tuple(index.T)], kind="stable")
    return _apart(volume, values, index[order])


def _apart(volume: Volume, values: NDArray[np.float64], index: NDArray[np.intp]) -> list[Peak]:
    """Return the peaks that keep their distance from every greater one."""
    worlds = apply_affine(volume.affine, index)
    free = np.ones(len(index), dtype=bool)
    found: list[Peak] = []
    for number, (i, j, k) in enumerate(index):
        if not free[number]:
            continue
        found.append(Peak(vec3(worlds[number]), (int(i), int(j), int(k)), float(values[i, j, k])))
        if len(found) == MAX_PEAKS:
            break
        free &= np.linalg.norm(worlds - worlds[number], axis=1) >= MIN_DISTANCE_MM
    return found
