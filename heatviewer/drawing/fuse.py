"""Base and heatmaps mixed into one RGBA volume, which one ray caster can draw.

The grid is a stack of planes. A few are in work at a time, so the only large arrays are the result
(4 bytes a voxel) and the base's looks (2 bytes). ``draft`` does the same on a coarse grid, and keeps
what it has sampled.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from heatviewer.core.errors import Cancelled
from heatviewer.drawing.engine import never
from heatviewer.drawing.grid import Grid, grid_for
from heatviewer.drawing.kept import Kept
from heatviewer.drawing.mixture import BaseLook, Mixture, light_of, peak_of
from heatviewer.drawing.voxels import display_blurred, drawn_key, heatmap_voxels

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from heatviewer.core.volume import Volume
    from heatviewer.model.requests import BaseDraw, HeatmapDraw

#: What is kept of the base between two fusings: the number of its look at every voxel, 2 bytes each.
Ground = Kept["NDArray[Any]"]

#: Voxels in work at a time: arrays of them stay in the processor's cache.
_SLAB = 40_000
#: Passes of smoothing for a volume 3 times as coarse as the grid; they take 0.1 s on a full one.
_MOST_BLUR = 4


@dataclass(frozen=True, eq=False)
class Fused:
    """One RGBA volume.

    Attributes
    ----------
    rgba : ndarray
        uint8 (nk, nj, ni, 4): straight colour, and 255·sqrt(opacity per mm / peak).
    grid : Grid
        Where it lies, shape (ni, nj, nk).
    peak : float
        The opacity per mm that code 255 means.
    blur : int
        How often ¼, ½, ¼ smooths the steps of the coarsest layer: to a deviation of some 0.45 voxels.
    """

    rgba: NDArray[np.uint8]
    grid: Grid
    peak: float
    blur: int


def fuse(
    base: BaseDraw | None,
    heatmaps: Sequence[HeatmapDraw],
    max_voxels: int,
    cancelled: Callable[[], bool] = never,
    ground: Ground | None = None,
) -> Fused | None:
    """Return the layers as one volume of at most about `max_voxels`; None where nothing is to be seen.

    How they mix is said in ``mixture``. Raises `Cancelled` as soon as it is `cancelled`. A `ground`
    that is given again spares the base's sampling.
    """
    volumes = [draw.volume for draw in (base, *heatmaps) if draw is not None]
    peak = peak_of(base, heatmaps)
    if not volumes or peak <= 0:
        return None
    grid = grid_for(volumes, max_voxels)
    ni, nj, nk = grid.shape
    rgba = np.zeros((nk, nj, ni, 4), dtype=np.uint8)
    looks = None if base is None else _looks(base, grid, volumes, cancelled, ground or Kept())
    layers = [(draw, display_blurred(draw, cancelled)) for draw in heatmaps]
    for planes in _slabs(grid):
        if cancelled():
            raise Cancelled("3D")
        out, opacity = rgba[planes.start : planes.stop], None
        if looks is not None:
            look, numbers = looks
            opacity = look.draw(out, numbers[planes.start : planes.stop], peak).reshape(-1)
        lights = [light_of(draw, heatmap_voxels(draw, grid, planes, smooth)) for draw, smooth in layers]
        if any(light.at.size for light in lights):
            mixture = Mixture(out.size // 4)
            for light in lights:
                mixture.add(light)
            mixture.write(out.reshape(-1, 4), opacity, peak)
    return finished(rgba, grid, peak, volumes)


def _slabs(grid: Grid) -> list[range]:
    """Return a grid's planes, a few at a time."""
    ni, nj, nk = grid.shape
    thickness = max(1, _SLAB // (ni * nj))
    return [range(start, min(start + thickness, nk)) for start in range(0, nk, thickness)]


def _looks(
    base: BaseDraw, grid: Grid, volumes: Sequence[Volume], cancelled: Callable[[], bool], ground: Ground
) -> tuple[BaseLook, NDArray[Any]]:
    """Return how the base looks, and the number of its look at every voxel (nk, nj, ni)."""
    key = drawn_key(base), tuple(weakref.ref(volume) for volume in volumes)
    look = BaseLook(base, grid)
    return look, ground.of(key, lambda: _numbers(look, base, grid, cancelled))


def _numbers(look: BaseLook, base: BaseDraw, grid: Grid, cancelled: Callable[[], bool]) -> NDArray[Any]:
    ni, nj, nk = grid.shape
    numbers = np.zeros((nk, nj, ni), dtype=np.uint16 if look.count <= 1 << 16 else np.uint32)
    held: dict[int, NDArray[np.int16]] = {}
    for planes in _slabs(grid):
        if cancelled():
            raise Cancelled("3D")
        # Opacity depends on the planes before and behind.
        around = range(planes.start - 1, planes.stop + 1)
        held = {k: held[k] if k in held else look.entries(base, k, look.samples(base, k)) for k in around}
        numbers[planes.start : planes.stop] = look.numbers(np.stack([held[k] for k in around]))
    return numbers


def finished(rgba: NDArray[np.uint8], grid: Grid, peak: float, volumes: Sequence[Volume]) -> Fused | None:
    """Return mixed voxels as the caster wants them; None where all are clear."""
    cropped = _cropped(rgba, grid)
    if cropped is None:
        return None
    rgba, grid = cropped
    spread_colours(rgba)
    # The caster shifts every channel by its least value.
    rgba[0, 0, 0] = 0
    return Fused(rgba, grid, peak, _blur(volumes, grid))


def _blur(volumes: Sequence[Volume], grid: Grid) -> int:
    """Return how many passes, of ½ voxel² of variance each, smooth the coarsest volume's voxels."""
    coarsest = max(float(np.cbrt(np.prod(volume.spacing))) for volume in volumes)
    return min(int(0.4 * (coarsest / float(grid.spacing.min())) ** 2 + 0.5), _MOST_BLUR)


def _cropped(rgba: NDArray[np.uint8], grid: Grid) -> tuple[NDArray[np.uint8], Grid] | None:
    """Return the part that is not clear, with one clear voxel around it; None where all is clear."""
    alpha = rgba[..., 3]
    found = [np.flatnonzero(np.any(alpha, axis=others)) for others in ((0, 1), (0, 2), (1, 2))]
    if not all(axis.size for axis in found):
        return None
    first = [int(axis[0]) - 1 for axis in found]
    shape = [int(axis[-1]) + 2 - start for axis, start in zip(found, first, strict=True)]
    part = rgba[tuple(slice(at, at + n) for at, n in zip(first[::-1], shape[::-1], strict=True))]
    return np.ascontiguousarray(part), grid.cut(first, shape)


def spread_colours(rgba: NDArray[np.uint8]) -> None:
    """Give clear voxels beside coloured ones their colour, in place; alpha stays 0.

    The caster interpolates straight colours: black in the clear voxels would darken every edge.
    One pass along each axis reaches the voxels that touch by a corner. The outermost voxels must be
    clear: steps are then taken in the flat array, without running from one row's end into the next.
    """
    pixels = rgba.reshape(-1, 4)
    filled = pixels[:, 3] > 0
    for stride in (1, rgba.shape[2], rgba.shape[1] * rgba.shape[2]):
        up = np.flatnonzero(filled[:-stride] & ~filled[stride:])
        down = np.flatnonzero(filled[stride:] & ~filled[:-stride]) + stride
        pixels[down - stride, :3] = pixels[down, :3]
        pixels[up + stride, :3] = pixels[up, :3]
        filled[down - stride] = True
        filled[up + stride] = True
