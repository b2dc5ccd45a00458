"""A volume on another grid, by the one sampling rule, brick by brick.

Each brick of the new grid takes only the box of voxels that it needs, so little memory is used
beside the result, and the caller is asked every few milliseconds whether to go on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, Any, Final, Literal, cast

import numpy as np

from heatviewer.core.geometry import apply_affine, grid_corners_world, nearest_voxel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import ArrayLike, NDArray

    from heatviewer.core.volume import Volume

    Slices = tuple[slice, slice, slice]

#: Voxels along a brick's edge: 10 to 30 ms of work, and at most some megabytes of neighbours.
_BRICK: Final = 64
#: Grids that lie within this part of a voxel of each other are one: a sample would be the voxel itself.
_SAME_PART: Final = 1e-3
#: An edge point that went through two matrices is still on the edge: what they are rounded by adds up
#: to 10⁻⁸ over some thousand voxels.
_ON_EDGE: Final = 1e-7


@dataclass(frozen=True)
class _Target:
    """What is written into a new grid: element type, and the stored number for 'no data'."""

    dtype: np.dtype[Any]
    no_data: float
    interpolation: Literal["nearest", "linear"]


def resampled(
    volume: Volume,
    grid: tuple[int, int, int],
    affine: NDArray[np.float64],
    interpolation: Literal["nearest", "linear"] = "linear",
    *,
    background: float | None = None,
    progress: Callable[[float], object] = lambda _: None,
) -> Volume:
    """Return a volume sampled at the voxel centres of another grid, all frames, with all it says of itself.

    Missing is decided on voxels: a sample whose nearest voxel is missing, or beyond the grid, is no
    data; elsewhere missing neighbours are left out and the weights renormalised. In the outer half
    voxel the edge's value holds. Integers stay integers where every sample is a voxel's own value
    and none is without data; otherwise values are floating and 'no data' is NaN. Colours are
    rounded, and 0 where there is no data. Nothing is smoothed before a coarser grid takes samples.

    Parameters
    ----------
    grid : (int, int, int)
        Voxels of the new grid along i, j and k.
    affine : ndarray
        (4, 4), its voxel → world mm.
    interpolation : {'nearest', 'linear'}
    background : float, optional
        The value that stands for 'no data', in the unit of the data: 0 of a label map keeps it whole.
    progress : callable
        Gets the fraction done; what it raises stops the work.

    Returns
    -------
    Volume
        The same object where it lies on that grid already.
    """
    matrix = np.round(np.linalg.inv(volume.affine) @ affine, 11)
    if volume.grid == tuple(grid) and _is_near(matrix, np.eye(4), grid):
        return volume
    whole = np.round(matrix)
    if _is_near(matrix, whole, grid):
        matrix, interpolation = whole, "nearest"
    target = _target(volume, grid, matrix, interpolation, background)
    stored = np.empty((*grid, *volume.shape[3:]), target.dtype, order="F")
    parts = 1 + len(volume.channels)
    _fill(volume, stored, matrix, target, lambda done: progress(done / parts))
    channels = []
    for n, channel in enumerate(volume.channels, 1):
        colour = np.empty(stored.shape, np.uint8, order="F")
        of_colour = _Target(colour.dtype, 0, interpolation)
        _fill(channel, colour, matrix, of_colour, lambda done, n=n: progress((n + done) / parts))  # type: ignore[misc]
        channels.append(replace(channel, stored=colour, affine=affine))
    scaled = target.dtype.kind != "f"
    return replace(
        volume,
        stored=stored,
        affine=affine,
        slope=volume.slope if scaled else 1.0,
        intercept=volume.intercept if scaled else 0.0,
        padding=None,
        channels=tuple(channels),
    )


def _is_near(one: NDArray[np.float64], other: NDArray[np.float64], grid: tuple[int, int, int]) -> bool:
    """Return whether two matrices put a grid's corners at the same places, in voxels."""
    return bool(np.abs(grid_corners_world(grid, one) - grid_corners_world(grid, other)).max() < _SAME_PART)


def _target(
    volume: Volume,
    grid: tuple[int, int, int],
    matrix: NDArray[np.float64],
    interpolation: Literal["nearest", "linear"],
    background: float | None,
) -> _Target:
    """Return what the result is made of; floating wherever an integer would not do."""
    stored = volume.stored.dtype
    if volume.is_color:
        return _Target(stored, 0, interpolation)
    if stored.kind in "iu" and interpolation == "nearest":
        if background is not None and not volume.is_scaled:
            return _Target(stored, background, interpolation)
        if not volume.has_missing and _is_covered(volume, grid, matrix):
            return _Target(stored, 0, interpolation)
    return _Target(volume.float_type, np.nan if background is None else background, interpolation)


def _is_covered(volume: Volume, grid: tuple[int, int, int], matrix: NDArray[np.float64]) -> bool:
    """Return whether all voxel centres of a grid lie in the volume's: its corner voxels tell."""
    corners = apply_affine(matrix, list(product(*((0, n - 1) for n in grid))))
    return bool(_inside(tuple(corners.T), volume.grid).all())


def _fill(
    volume: Volume,
    out: NDArray[Any],
    matrix: NDArray[np.float64],
    target: _Target,
    progress: Callable[[float], object],
) -> None:
    """Write samples of every frame into `out`, brick by brick."""
    bricks = list(_bricks(out.shape[:3]))
    for t in range(volume.frames):
        into = out if out.ndim == 3 else out[..., t]
        for n, brick in enumerate(bricks):
            progress((t * len(bricks) + n) / (volume.frames * len(bricks)))
            into[brick] = _brick(volume, volume.frame(t), brick, matrix, target)
    progress(1.0)


def _bricks(shape: tuple[int, ...]) -> Iterator[Slices]:
    """Yield the parts of a grid, the first axis fastest."""
    i, j, k = ([slice(start, min(start + _BRICK, n)) for start in range(0, n, _BRICK)] for n in shape)
    for last, middle, first in product(k, j, i):
        yield first, middle, last


def _brick(
    volume: Volume, stored: NDArray[Any], brick: Slices, matrix: NDArray[np.float64], target: _Target
) -> NDArray[Any]:
    """Return the samples of one brick, shape of the brick, as `target` wants them."""
    shape = tuple(part.stop - part.start for part in brick)
    matrix = matrix @ _translation([part.start for part in brick])
    index = _index(matrix, shape)
    inside = _inside(index, volume.grid)
    if not inside.any():
        return np.full(shape, target.no_data, target.dtype)
    ends = [(int(np.floor(axis.min())), int(np.ceil(axis.max()))) for axis in index]
    low, high = (np.clip(end, 0, np.asarray(volume.grid) - 1) for end in zip(*ends, strict=True))
    box = stored[tuple(slice(a, b + 1) for a, b in zip(low, high, strict=True))]
    lost = volume.missing_in(box)
    at_nearest = tuple(
        np.clip(nearest_voxel(axis), a, b) - a for axis, a, b in zip(index, low, high, strict=True)
    )
    if target.interpolation == "nearest":
        values = box[at_nearest]
    else:
        values = _linear(box, lost, _translation(-low) @ matrix, shape, volume.float_type)
    if target.dtype.kind == "f":
        values = volume.values_of(values)
    elif values.dtype.kind == "f":
        values = np.rint(values)
    if lost is not None:
        inside = inside & ~lost[at_nearest]
    result = np.array(np.broadcast_to(values, shape), target.dtype)
    if not inside.all():
        np.copyto(result, target.dtype.type(target.no_data), where=~inside)
    return result


def _linear(
    box: NDArray[Any],
    lost: NDArray[np.bool_] | None,
    matrix: NDArray[np.float64],
    shape: tuple[int, ...],
    kind: np.dtype[Any],
) -> NDArray[Any]:
    """Return the weighted mean of the neighbours that are not lost, as stored numbers of type `kind`."""
    from scipy.ndimage import affine_transform

    def mean_of(array: NDArray[Any], output: Any) -> Any:
        # In mode 'nearest' the edge's value holds beyond the outermost centres.
        return affine_transform(
            array, matrix[:3, :3], matrix[:3, 3], shape, output, order=1, mode="nearest", prefilter=False
        )

    if lost is None:
        return cast("NDArray[Any]", mean_of(box, kind))
    held = mean_of((~lost).view(np.uint8), np.float64)
    total = mean_of(np.where(lost, box.dtype.type(0), box), np.float64)
    return cast("NDArray[Any]", (total / np.where(held > 0, held, 1)).astype(kind))


def _translation(by: ArrayLike) -> NDArray[np.float64]:
    matrix = np.eye(4)
    matrix[:3, 3] = by
    return matrix


def _index(matrix: NDArray[np.float64], shape: tuple[int, ...]) -> tuple[NDArray[np.float64], ...]:
    """Return the continuous voxel index along each axis of the volume.

    The three broadcast to `shape`, and vary only along those of its axes that matter.
    """
    found = []
    for row in matrix[:3]:
        axis = np.full((1, 1, 1), row[3])
        for n in range(3):
            if row[n]:
                axis = axis + row[n] * np.arange(shape[n]).reshape([-1 if m == n else 1 for m in range(3)])
        found.append(axis)
    return tuple(found)


def _inside(index: Sequence[NDArray[np.float64]], grid: tuple[int, int, int]) -> NDArray[np.bool_]:
    """Return where the grid covers continuous voxel indices, as widely as these broadcast."""
    i, j, k = (
        (axis >= -0.5 - _ON_EDGE) & (axis <= n - 0.5 + _ON_EDGE) for axis, n in zip(index, grid, strict=True)
    )
    return i & j & k
