"""Local maxima of a map: the places that a reader jumps to."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from heatviewer.core.geometry import Vec3, apply_affine, vec3
from heatviewer.sampling.rule import missing_stored

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from heatviewer.core.volume import Volume

#: Peaks nearer than this to a greater one are part of it, in mm.
MIN_DISTANCE_MM = 8.0
#: More places than anybody visits one by one.
MAX_PEAKS = 200
#: Voxels that are compared with the peaks found so far at a time.
_BLOCK = 4096
_NEIGHBOURS = [step for step in itertools.product((-1, 0, 1), repeat=3) if any(step)]
_DIAGONALS = [step for step in _NEIGHBOURS if np.count_nonzero(step) > 1]


class Peak(NamedTuple):
    """A local maximum: its voxel's centre in the world, the voxel, and its value."""

    world: Vec3
    voxel: tuple[int, int, int]
    value: float


def peaks(
    volume: Volume,
    shown: Callable[[NDArray[Any]], NDArray[np.bool_]],
    frame: int = 0,
    two_sided: bool = False,
    zero_is_missing: bool = False,
) -> list[Peak]:
    """Return the local maxima of one frame, the greatest first, at least 8 mm apart.

    A peak is a voxel that none of its 26 neighbours exceeds; equal neighbours are one peak, at
    the voxel nearest their middle. `shown` says which values count, in the unit of the data and
    the volume's floating type; with `two_sided` magnitudes are compared, so that troughs count
    too. Constant data has none.
    """
    heights = _heights(volume, frame, zero_is_missing)
    present = (
        heights[heights > -np.inf] if volume.has_missing or zero_is_missing else heights[1:-1, 1:-1, 1:-1]
    )
    if not present.size or present.min() == present.max():
        return []
    index, values = _maxima(heights, 0.0 if two_sided else float(present.min()), shown, 1)
    if two_sided:
        np.negative(heights, out=heights)
        heights[heights == np.inf] = -np.inf
        troughs, below = _maxima(heights, 0.0, shown, -1)
        index, values = np.concatenate([index, troughs]), np.concatenate([values, below])
    order = np.argsort(-np.abs(values) if two_sided else -values, kind="stable")
    return _apart(volume, values[order], index[order])


def _heights(volume: Volume, frame: int, zero_is_missing: bool) -> NDArray[Any]:
    """Return a frame in the unit of the data, −inf where it is missing and in a rim around the grid.

    The rim is lower than anything, so that neighbours need no test for the grid's end.
    """
    stored = volume.frame(frame)
    shape = tuple(n + 2 for n in stored.shape)
    heights: NDArray[Any] = np.full(shape, -np.inf, dtype=volume.float_type, order="F")
    inner = heights[1:-1, 1:-1, 1:-1]
    inner[...] = volume.values_of(stored)
    if volume.has_missing or zero_is_missing:
        inner[missing_stored(volume, stored, zero_is_missing)] = -np.inf
    return heights


def _maxima(
    heights: NDArray[Any], floor: float, shown: Callable[[NDArray[Any]], NDArray[np.bool_]], sign: int
) -> tuple[NDArray[np.intp], NDArray[Any]]:
    """Return the voxels, (n, 3), above `floor` that are shown and exceeded by no neighbour, and their values.

    `heights` are `sign` times the values, with a rim.
    """
    # The lowest is no peak, and the background of most maps.
    keep = heights > floor
    _drop_below_faces(heights, keep)
    # Few are left, as flat indices in the order of the memory: a map of 1 mm takes a sixth of the
    # time of a filter over all voxels.
    flat, at = heights.ravel(order="F"), np.flatnonzero(keep.ravel(order="F"))
    at = at[shown(flat[at] * sign)]
    for step in _DIAGONALS:
        at = at[flat[at + _stride(step, heights.shape)] <= flat[at]]
    at = _one_a_plateau(flat, at, heights.shape)
    index = np.stack(np.unravel_index(at, heights.shape, order="F"), axis=1) - 1
    return index, flat[at] * sign


def _drop_below_faces(heights: NDArray[Any], keep: NDArray[np.bool_]) -> None:
    """Unmark, in place, voxels that one of their six nearest neighbours exceeds."""
    for axis in range(3):
        along, kept = np.moveaxis(heights, axis, 0), np.moveaxis(keep, axis, 0)
        kept[:-1] &= along[1:] <= along[:-1]
        kept[1:] &= along[:-1] <= along[1:]


def _stride(step: Sequence[int], shape: tuple[int, ...]) -> int:
    """Return how far a step of indices goes in a flat Fortran-ordered array."""
    return step[0] + shape[0] * (step[1] + shape[1] * step[2])


def _one_a_plateau(flat: NDArray[Any], at: NDArray[np.intp], shape: tuple[int, ...]) -> NDArray[np.intp]:
    """Return one voxel for each group of equal neighbours, and none where a group goes on uphill.

    `at` holds, rising, all voxels that no neighbour exceeds; so neighbours among them are equal.
    """
    keep = np.zeros(flat.shape, dtype=np.bool_)
    keep[at] = True
    tied, shoulder = np.zeros((2, at.size), dtype=np.bool_)
    for step in _NEIGHBOURS:
        neighbour = at + _stride(step, shape)
        equal = flat[neighbour] == flat[at]
        tied |= equal
        shoulder |= equal & ~keep[neighbour]
    if not tied.any():
        return at
    from scipy.ndimage import label

    groups, count = label(keep.reshape(shape, order="F"), np.ones((3, 3, 3)))
    index = np.unravel_index(at[tied], shape, order="F")
    group = groups[index]
    uphill = np.bincount(group, shoulder[tied], count + 1) > 0
    middle = _nearest_the_middle(index, group)
    return np.sort(np.concatenate([at[~tied], at[tied][middle[~uphill[group[middle]]]]]))


def _nearest_the_middle(index: Sequence[NDArray[np.intp]], group: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return for each group the position, in these lists, of its voxel nearest the mean of all."""
    size = np.maximum(np.bincount(group), 1)
    off = np.zeros(group.size)
    for axis in index:
        off += (axis - (np.bincount(group, axis) / size)[group]) ** 2
    order = np.lexsort((off, group))
    return order[np.unique(group[order], return_index=True)[1]]


def _apart(volume: Volume, values: NDArray[Any], index: NDArray[np.intp]) -> list[Peak]:
    """Return the peaks that keep their distance from every greater one."""
    worlds = apply_affine(volume.affine, index)
    found: list[int] = []
    for start in range(0, len(index), _BLOCK):
        free = np.arange(start, min(start + _BLOCK, len(index)))
        for number in found:
            free = free[_far(worlds, free, number)]
        while free.size and len(found) < MAX_PEAKS:
            found.append(int(free[0]))
            free = free[_far(worlds, free, found[-1])]
        if len(found) == MAX_PEAKS:
            break
    return [_peak(worlds[number], index[number], float(values[number])) for number in found]


def _far(worlds: NDArray[np.float64], others: NDArray[np.intp], number: int) -> NDArray[np.bool_]:
    """Return which other points are far enough from one, by more than rounding."""
    far: NDArray[np.bool_] = np.linalg.norm(worlds[others] - worlds[number], axis=1) >= MIN_DISTANCE_MM - 1e-9
    return far


def _peak(world: NDArray[np.float64], index: NDArray[np.intp], value: float) -> Peak:
    i, j, k = (int(n) for n in index)
    return Peak(vec3(world), (i, j, k), value)
