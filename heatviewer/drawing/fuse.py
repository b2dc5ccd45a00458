"""Base and heatmaps mixed into one RGBA volume, which one ray caster can draw.

The grid is a stack of planes, each sampled by the kernel of the slice views: the rule for grid
edges, missing voxels, interpolation and thresholds is theirs, and so is the place. One plane is in
work at a time, so the only large array is the result (4 bytes a voxel).

Opacities per mm are small in the base (0.01) and great in a heatmap (0.5); their square root is
stored, as a fraction of the request's largest, so that a byte has 36 steps below the base's veil
where a linear code has 5. The caster undoes it by its opacity table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from heatviewer.core.geometry import Plane, vec3
from heatviewer.drawing.optics import (
    MAX_OPACITY,
    base_table,
    edge_levels,
    finite,
    heatmap_peak,
    heatmap_rgba,
)
from heatviewer.sampling.reslice import sample_plane

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from heatviewer.core.volume import Volume
    from heatviewer.model.requests import BaseDraw, HeatmapDraw

#: Left, top, width and height of a part of a plane.
Place = tuple[int, int, int, int]


#: A grid of so many voxels is fused in 0.05 s, so a coarse volume may have one finer than itself.
_SMALL = 400_000
#: Passes of smoothing for a volume 3 times as coarse as the grid; they take 0.1 s on a full one.
_MOST_BLUR = 4


@dataclass(frozen=True, eq=False)
class Grid:
    """A right-handed rectangular grid in the world.

    Attributes
    ----------
    origin : ndarray
        (3,) world point of the centre of voxel 0, 0, 0, mm.
    directions : ndarray
        (3, 3) orthonormal, determinant 1; columns are the world directions of the axes.
    spacing : ndarray
        (3,) mm between voxel centres.
    shape : (int, int, int)
        Voxels along the axes.
    """

    origin: NDArray[np.float64]
    directions: NDArray[np.float64]
    spacing: NDArray[np.float64]
    shape: tuple[int, int, int]

    def plane(self, k: int) -> Plane:
        """Return the k-th plane of voxel centres: columns are axis 0, rows are axis 1."""
        steps = self.directions * self.spacing
        return Plane(
            vec3(self.origin + k * steps[:, 2]), vec3(steps[:, 0]), vec3(steps[:, 1]), self.shape[:2]
        )

    def cut(self, first: Sequence[int], shape: Sequence[int]) -> Grid:
        """Return the part of the grid that begins at a voxel and has a shape."""
        origin = self.origin + self.directions @ (self.spacing * np.asarray(first))
        i, j, k = (int(n) for n in shape)
        return Grid(origin, self.directions, self.spacing, (i, j, k))

    def corners_world(self) -> NDArray[np.float64]:
        """Return the 8 outermost voxel centres, world mm, shape (8, 3)."""
        ends = np.array(np.meshgrid(*((0, n - 1) for n in self.shape))).reshape(3, -1).T
        return self.origin + (ends * self.spacing) @ self.directions.T


def grid_for(volumes: Sequence[Volume], max_voxels: int) -> Grid:
    """Return the grid that covers all volumes' boxes, the first one's axes its own.

    Cell edges lie on the first volume's outer faces, and its voxels are the grid's where it has the
    finest spacing and there is room. Where the first volume is sheared the axes are the world's.
    Around all lies one voxel that nothing covers: interpolation then fades to clear over half a
    voxel beyond the outer voxel centres, where the box ends (VTK's own ends at the centres).
    """
    first = volumes[0]
    directions = _directions(first)
    boxes = [volume.corners_world @ directions for volume in volumes]
    low, high = boxes[0].min(axis=0), boxes[0].max(axis=0)
    union_low, union_high = np.min(boxes, axis=(0, 1)), np.max(boxes, axis=(0, 1))
    size = _finest(min(min(volume.spacing) for volume in volumes), float(np.prod(union_high - union_low)))
    # A tenth for cells that stick out, and for a count that is rounded up.
    size = max(size, float(np.prod(union_high - union_low) / (max_voxels * 0.9)) ** (1 / 3))
    # Rounded to a millionth, so that 197.0000001 cells are 197.
    count = np.maximum(np.ceil(np.round((high - low) / size, 6)), 1)
    spacing = (high - low) / count
    before = np.ceil(np.round((low - union_low) / spacing, 6)) + 1
    after = np.ceil(np.round((union_high - high) / spacing, 6)) + 1
    i, j, k = (int(n) for n in before + count + after)
    origin = directions @ (low + (0.5 - before) * spacing)
    return Grid(origin, directions, spacing, (i, j, k))


def voxel_grid(volume: Volume, max_voxels: int) -> Grid:
    """Return a grid of which one voxel lies on every voxel centre of a volume, if there is room.

    The volume's voxels are divided by odd numbers as ``grid_for`` would divide them by any. Where
    they do not fit or are sheared the grid is that of ``grid_for``.
    """
    directions = _directions(volume)
    box = volume.corners_world @ directions
    low, high = box.min(axis=0), box.max(axis=0)
    spacing = np.asarray(volume.spacing)
    size = _finest(float(spacing.min()), float(np.prod(high - low)))
    odd = 2 * (np.round(spacing / size, 6) // 2) + 1
    for parts in (odd, np.ones(3)):
        count = np.asarray(volume.grid) * parts
        if np.prod(count) <= max_voxels and np.allclose(count * spacing / parts, high - low):
            i, j, k = (int(n) + 2 for n in count)
            return Grid(directions @ (low - 0.5 * spacing / parts), directions, spacing / parts, (i, j, k))
    return grid_for([volume], max_voxels)


def _finest(size: float, extent: float) -> float:
    """Return the voxel size wished for: the data's, or a part of it where that is still a small grid.

    Colours come after interpolation only up to the grid: a coarse map gets its smooth outline here.
    """
    parts = [part for part in (4, 3, 2) if extent / (size / part) ** 3 <= _SMALL]
    return size / parts[0] if parts else size


def _directions(volume: Volume) -> NDArray[np.float64]:
    """Return a volume's axes as right-handed orthonormal columns; the world's where it is sheared."""
    directions = volume.affine[:3, :3] / np.asarray(volume.spacing)
    if np.abs(directions.T @ directions - np.eye(3)).max() > 1e-4:
        return np.eye(3)
    if np.linalg.det(directions) < 0:
        directions = directions * np.array([1.0, 1.0, -1.0])
    return cast("NDArray[np.float64]", directions)


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


def fuse(base: BaseDraw | None, heatmaps: Sequence[HeatmapDraw], max_voxels: int) -> Fused | None:
    """Return the layers as one volume of at most about `max_voxels`; None where nothing is to be seen.

    At a voxel extinctions add: opacity = 1 − Π(1 − opacity_i), colour = Σ opacity_i·colour_i /
    Σ opacity_i. A layer that adds light puts its colour on top of that mixture.
    """
    volumes = [draw.volume for draw in (base, *heatmaps) if draw is not None]
    peak = _peak(base, heatmaps)
    if not volumes or peak <= 0:
        return None
    grid = grid_for(volumes, max_voxels)
    ni, nj, nk = grid.shape
    rgba = np.zeros((nk, nj, ni, 4), dtype=np.uint8)
    # One after the other: two threads took longer, as numpy's loops over one plane are too short.
    planes = None if base is None else _BasePlanes(base, grid, peak)
    for k in range(nk):
        _fuse_plane(rgba[k], k, grid, planes, heatmaps, peak)
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


def _peak(base: BaseDraw | None, heatmaps: Sequence[HeatmapDraw]) -> float:
    """Return the largest opacity per mm that a mixture of the layers can have."""
    peaks = [heatmap_peak(draw) for draw in heatmaps]
    if base is not None:
        peaks.append(float(base_table(base).surface.max()))
    return min(1 - float(np.prod([1 - min(peak, 1.0) for peak in peaks])), MAX_OPACITY)


def _fuse_plane(
    out: NDArray[np.uint8],
    k: int,
    grid: Grid,
    planes: _BasePlanes | None,
    heatmaps: Sequence[HeatmapDraw],
    peak: float,
) -> None:
    """Write the k-th plane of the fused volume."""
    opacity = None if planes is None else planes.draw(out, k)
    layers = [
        (draw, place, layer)
        for draw in heatmaps
        for place, layer in _heatmap_plane(draw, grid, k)
        if layer[3].any()
    ]
    if layers:
        _mix(out, opacity, layers, peak)


def _heatmap_plane(draw: HeatmapDraw, grid: Grid, k: int) -> Iterator[tuple[Place, NDArray[np.float32]]]:
    """Give a heatmap's premultiplied RGBA (4, height, width) and its place, if it reaches the plane."""
    plane = grid.plane(k)
    place = _reach(draw.volume, plane, grid.directions[:, 2])
    if place is not None:
        samples = _sampled(draw, plane.cut(*place))
        values = finite(draw.volume, samples)
        present = None if samples.present is None else samples.present.ravel()
        yield place, heatmap_rgba(draw, values.ravel(), present).reshape(4, *values.shape)


class _BasePlanes:
    """The base's planes, three in hand: opacity depends on the planes before and behind."""

    def __init__(self, base: BaseDraw, grid: Grid, peak: float) -> None:
        self._base, self._grid = base, grid
        self._table = base_table(base)
        self._coarseness = float(grid.spacing.min() / min(base.volume.spacing))
        opacity = self._table.opacity(self._coarseness)
        grey = np.broadcast_to(self._table.grey, opacity.shape)
        packed = np.stack([grey, grey, grey, _code(opacity, peak)], axis=-1)
        #: The four bytes of a pixel by edge level and entry, as one number.
        self._pixels = np.ascontiguousarray(packed).view(np.uint32).ravel()
        self._opacity = opacity.ravel()
        self._held: dict[int, NDArray[np.int16]] = {}

    def draw(self, out: NDArray[np.uint8], k: int) -> NDArray[np.float32]:
        """Write the k-th plane of the base alone; return its opacity per mm (nj, ni)."""
        before, here, behind = (self._entries(plane) for plane in (k - 1, k, k + 1))
        self._held = {k: here, k + 1: behind}
        opacity = np.zeros(here.shape, dtype=np.float32)
        if not here.any():
            return opacity
        inner = here[1:-1, 1:-1]
        levels = edge_levels(
            (
                here[1:-1, 2:] - here[1:-1, :-2],
                here[2:, 1:-1] - here[:-2, 1:-1],
                behind[1:-1, 1:-1] - before[1:-1, 1:-1],
            ),
            self._coarseness,
        )
        index = levels.astype(np.intp) * len(self._table.grey) + inner
        # Entry 0 is what no data has too: it is clear, whatever the ramp.
        seen = inner > 0
        np.multiply(self._opacity.take(index), seen, out=opacity[1:-1, 1:-1])
        pixels = self._pixels.take(index) * seen
        out[1:-1, 1:-1] = pixels.view(np.uint8).reshape(*inner.shape, 4)
        return opacity

    def _entries(self, k: int) -> NDArray[np.int16]:
        """Return a plane's table entries, 0 where there is no data."""
        if k in self._held:
            return self._held[k]
        ni, nj, _ = self._grid.shape
        plane = self._grid.plane(k)
        whole = np.zeros((nj, ni), dtype=np.int16)
        place = _reach(self._base.volume, plane, self._grid.directions[:, 2])
        if place is not None:
            left, top, width, height = place
            samples = _sampled(self._base, plane.cut(*place))
            # From 1 on where there is data.
            entries = np.maximum(self._table.indices(finite(self._base.volume, samples)), 1)
            if samples.present is not None:
                entries *= samples.present
            whole[top : top + height, left : left + width] = entries
        return whole


def _mix(
    out: NDArray[np.uint8],
    base_opacity: NDArray[np.float32] | None,
    layers: Sequence[tuple[HeatmapDraw, Place, NDArray[np.float32]]],
    peak: float,
) -> None:
    """Write the mixture of base, which is drawn already, and heatmaps where these are seen."""
    anywhere = np.zeros(out.shape[:2], dtype=bool)
    for _, (left, top, width, height), layer in layers:
        anywhere[top : top + height, left : left + width] |= layer[3] > 0
    flat = np.flatnonzero(anywhere)
    weight = np.zeros(flat.size, dtype=np.float32)
    light = np.zeros((3, flat.size), dtype=np.float32)
    pixels = out.reshape(-1, 4)
    if base_opacity is not None:
        weight = base_opacity.reshape(-1)[flat]
        light += pixels[flat, 0] * (weight / np.float32(255))
    added = np.zeros(flat.size, dtype=np.float32)
    through = 1 - weight
    for draw, place, layer in layers:
        part = _widened(layer, place, out.shape[:2]).reshape(4, -1)[:, flat]
        light += part[:3]
        if draw.blend == "add":
            added += part[3]
        else:
            weight = weight + part[3]
        through *= 1 - part[3]
    # Light that is added brightens the mixture; alone it is a layer like another.
    light *= np.float32(255) / np.maximum(weight, added)
    colour = np.clip(light + np.float32(0.5), 0, 255).astype(np.uint8)
    mixed = np.concatenate([colour, _code(1 - through, peak)[None]])
    pixels[flat] = mixed.T


def _widened(layer: NDArray[np.float32], place: Place, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Return a part of a plane (4, height, width) as the whole plane, clear around it."""
    left, top, width, height = place
    if (height, width) == shape:
        return layer
    whole = np.zeros((4, *shape), dtype=np.float32)
    whole[:, top : top + height, left : left + width] = layer
    return whole


def _code(opacity: NDArray[np.float32], peak: float) -> NDArray[np.uint8]:
    """Return opacities per mm as bytes: 255·sqrt(opacity / peak), rounded."""
    code: NDArray[np.float32] = np.sqrt(np.clip(opacity * np.float32(1 / peak), 0, 1))
    code *= 255
    code += np.float32(0.5)
    return code.astype(np.uint8)


def _sampled(draw: BaseDraw | HeatmapDraw, plane: Plane) -> Any:
    return sample_plane(
        draw.volume, plane, draw.interpolation, draw.frame, getattr(draw, "zero_is_missing", False)
    )


def _reach(volume: Volume, plane: Plane, normal: NDArray[np.float64]) -> Place | None:
    """Return left, top, width and height of the part of a plane that may meet a volume's box."""
    depth = (volume.corners_world - np.asarray(plane.origin)) @ normal
    if depth.min() > 1e-6 or depth.max() < -1e-6:
        return None
    place = plane.bounds_of(volume.corners_world)
    return place if place[2] and place[3] else None


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
