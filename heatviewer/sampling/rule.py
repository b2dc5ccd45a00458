"""The sampling rule in numpy, point by point: the probe, the reference, and the kernel's corrections."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast

import numpy as np

from heatviewer.core.geometry import nearest_voxel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from heatviewer.core.volume import Volume

Interpolation = Literal["nearest", "linear", "cubic"]


class Samples(NamedTuple):
    """Values at points or pixels, all of one shape.

    Attributes
    ----------
    values : ndarray
        Floating, in the unit of the data; where `present` is False their value means nothing.
    present : ndarray of bool, or None
        Where there is data; None where there is data everywhere.
    missing : ndarray of bool, or None
        Inside the grid, but the nearest voxel is missing; None where nowhere.
    """

    values: NDArray[Any]
    present: NDArray[np.bool_] | None
    missing: NDArray[np.bool_] | None


def sample_points(
    volume: Volume,
    index: NDArray[np.float64],
    interpolation: Interpolation = "linear",
    frame: int = 0,
    zero_is_missing: bool = False,
) -> Samples:
    """Return samples at continuous voxel indices of shape (n, 3)."""
    grid = np.asarray(volume.grid)
    # As in nearest_voxel: an edge point that went through two matrices is still on the edge.
    inside = np.all((index >= -0.5 - 1e-9) & (index <= grid - 0.5 + 1e-9), axis=1)
    nearest = np.clip(nearest_voxel(index), 0, grid - 1)
    stored = volume.frame(frame)
    at_nearest = stored[tuple(nearest.T)]
    missing = missing_stored(volume, at_nearest, zero_is_missing) & inside
    if interpolation == "nearest":
        values = at_nearest.astype(volume.float_type)
    else:
        taps = _linear_taps if interpolation == "linear" else cubic_taps
        values = _weighted(volume, stored, index, taps, zero_is_missing)
        if interpolation == "cubic":
            values = clamp_to_data(volume, values)
    return Samples(volume.values_of(values), inside & ~missing, missing)


def missing_stored(volume: Volume, stored: NDArray[Any], zero_is_missing: bool) -> NDArray[np.bool_]:
    """Return which stored numbers mean 'no data', zeros in the unit of the data included if asked."""
    missing = volume.missing_in(stored)
    result = np.zeros(stored.shape, dtype=bool) if missing is None else missing
    if zero_is_missing:
        result = result | (volume.values_of(stored) == 0)
    return result


def _linear_taps(fraction: NDArray[np.float64]) -> list[tuple[int, NDArray[np.float64]]]:
    """Return (offset, weight) of the two neighbours, weights of shape (n,)."""
    return [(0, 1 - fraction), (1, fraction)]


def cubic_taps(t: NDArray[np.float64]) -> list[tuple[int, NDArray[np.float64]]]:
    """Return Catmull-Rom's four neighbours (R. Keys 1981, a = −1/2)."""
    return [
        (-1, ((-t + 2) * t - 1) * t / 2),
        (0, ((3 * t - 5) * t * t + 2) / 2),
        (1, ((-3 * t + 4) * t + 1) * t / 2),
        (2, (t - 1) * t * t / 2),
    ]


def _weighted(
    volume: Volume, stored: NDArray[Any], index: NDArray[np.float64], taps: Any, zero_is_missing: bool
) -> NDArray[Any]:
    """Return the weighted mean of the neighbours that are not missing, as stored numbers."""
    last = np.asarray(volume.grid) - 1
    index = np.clip(index, 0, last)  # in the outer half voxel the edge's value holds
    start = np.floor(index).astype(np.int64)
    fraction = index - start
    per_axis = [taps(fraction[:, axis]) for axis in range(3)]
    total = np.zeros(len(index))
    weights = np.zeros(len(index))
    check = volume.has_missing or zero_is_missing
    for combination in product(*per_axis):
        offsets = np.array([offset for offset, _ in combination])
        weight = combination[0][1] * combination[1][1] * combination[2][1]
        neighbour = stored[tuple(np.clip(start + offsets, 0, last).T)].astype(np.float64)
        if check:
            lost = missing_stored(volume, neighbour, zero_is_missing)
            weight = np.where(lost, 0.0, weight)
            neighbour = np.where(lost, 0.0, neighbour)
        total += weight * neighbour
        weights += weight
    if check:
        with np.errstate(invalid="ignore", divide="ignore"):
            total = np.where(weights != 0, total / weights, 0.0)
    return cast("NDArray[Any]", total.astype(volume.float_type))


def clamp_to_data(volume: Volume, stored: NDArray[Any]) -> NDArray[Any]:
    """Return stored numbers within the data's finite range: a cubic overshoots."""
    if volume.range is None:
        return stored
    ends = [(value - volume.intercept) / volume.slope for value in volume.range]
    return cast("NDArray[Any]", np.clip(stored, min(ends), max(ends)))
