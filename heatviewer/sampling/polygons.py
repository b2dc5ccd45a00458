"""Which voxels a structure's contours enclose.

A voxel belongs to a structure where its centre lies inside the contours of the plane that stands
for it (``core.contour_planes``), by the even-odd rule over all of that plane's contours: holes, drawn
as contours of their own or reached through a keyhole, stay open. Centres are taken as they are; there
is no half pixel anywhere. A centre exactly on an edge belongs to what lies on the side of the greater
index, so that of two structures that share an edge exactly one has it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from heatviewer.core.contour_planes import ContourStack

#: Positions are compared in steps of 10⁻⁶ of a voxel (or mm), as everywhere.
_DIGITS: Final = 6
#: A layer of voxels that leaves its contours' plane by less than this part of their spacing is in it.
_PARALLEL: Final = 0.01
#: Voxels, and crossings of edges with rows, that are worked on at a time.
_CHUNK: Final = 1 << 17


class VoxelBox(NamedTuple):
    """A box of whole voxels of a grid: its first voxel, and how many it has along i, j and k."""

    first: tuple[int, int, int]
    shape: tuple[int, int, int]

    def affine(self, grid: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the box's own affine, of the grid's."""
        moved = grid.copy()
        moved[:3, 3] += grid[:3, :3] @ np.array(self.first, dtype=np.float64)
        return moved


def box_of(
    stacks: Sequence[ContourStack], affine: NDArray[np.float64], within: tuple[int, int, int]
) -> VoxelBox:
    """Return the voxels that contours may reach, and one more on every side.

    Of a grid of the shape `within` and one voxel round it, as the voxels outside close the outline of
    what lies at a grid's edge. Where the contours miss the grid it is the voxel nearest to them.
    """
    corners = np.concatenate([stack.box for stack in stacks])
    to_voxel = np.linalg.inv(affine)
    index = np.round(corners @ to_voxel[:3, :3].T + to_voxel[:3, 3], _DIGITS)
    shape = np.asarray(within)
    first = np.clip(np.floor(index.min(axis=0)) - 1, -1, shape - 1).astype(int)
    last = np.clip(np.ceil(index.max(axis=0)) + 1, first, shape).astype(int)
    i, j, k = (int(n) for n in first)
    ni, nj, nk = (int(n) for n in last - first + 1)
    return VoxelBox((i, j, k), (ni, nj, nk))


def enclosed(
    stacks: Sequence[ContourStack],
    shape: tuple[int, int, int],
    affine: NDArray[np.float64],
    at: Callable[[float], object] = lambda _done: None,
) -> NDArray[np.uint8]:
    """Return 1 in the voxels that contours enclose and 0 in the others; Fortran-ordered.

    What several stacks (contours in different directions) enclose is put together.

    Parameters
    ----------
    shape : (int, int, int)
        Of the grid.
    affine : ndarray
        (4, 4), its voxel → world.
    at : callable
        Gets the share that is done every few milliseconds; may raise to stop the work.
    """
    mask = np.zeros(shape, dtype=np.uint8, order="F")
    for number, stack in enumerate(stacks):

        def part(done: float, number: int = number) -> None:
            at((number + done) / len(stacks))

        axis = _layers(stack, shape, affine)
        if axis is None:
            _fill_any(mask, stack, affine, part)
        else:
            _fill_layers(mask, stack, affine, axis, part)
    return mask


def _layers(stack: ContourStack, shape: tuple[int, int, int], affine: NDArray[np.float64]) -> int | None:
    """Return the grid's axis whose layers lie in the contours' planes; None where none does."""
    across = np.abs(stack.normal @ affine[:3, :3])
    axis = int(np.argmax(across))
    slope = sum(across[other] * (shape[other] - 1) for other in range(3) if other != axis)
    return axis if slope <= _PARALLEL * stack.spacing else None


# --- layers in the contours' planes ------------------------------------------------------------


def _fill_layers(
    mask: NDArray[np.uint8],
    stack: ContourStack,
    affine: NDArray[np.float64],
    axis: int,
    at: Callable[[float], object],
) -> None:
    first, second = (other for other in range(3) if other != axis)
    layers = mask.transpose(axis, first, second)
    count, *size = layers.shape
    # A layer's place in the middle of its two other axes, where it may lean a little.
    middle = affine[:3, 3] + affine[:3, first] * (size[0] - 1) / 2 + affine[:3, second] * (size[1] - 1) / 2
    depths = (middle + np.arange(count)[:, None] * affine[:3, axis]) @ stack.normal
    # Points are dropped on the layer along the normal.
    to_layer = np.linalg.inv(np.stack([affine[:3, first], affine[:3, second], stack.normal], axis=1))
    for layer, plane in enumerate(stack.plane_at(depths)):
        at(layer / count)
        if plane < 0:
            continue
        origin = affine[:3, 3] + layer * affine[:3, axis]
        polygons = [((polygon - origin) @ to_layer.T)[:, :2] for polygon in stack.polygons[plane]]
        layers[layer] |= even_odd(polygons, (size[0], size[1]))


def even_odd(polygons: Sequence[NDArray[np.float64]], shape: tuple[int, int]) -> NDArray[np.uint8]:
    """Return 1 at the whole-numbered points (x, y) of a grid that are inside polygons, by even-odd.

    Parameters
    ----------
    polygons : sequence of ndarray
        (n, 2) each, closed: x and y in steps of the grid.
    shape : (int, int)
        Points along x and y, from (0, 0) on.
    """
    edges = _edges(polygons)
    # The rows that an edge crosses, from its lower end on and up to but not with its upper end.
    begin, end = (np.clip(np.ceil(y), 0, shape[1]).astype(np.intp) for y in (edges[1], edges[3]))
    width = shape[0] + 1
    turns = np.zeros(width * shape[1], dtype=np.intp)
    for rows, crossing in _crossings(edges, begin, end, None):
        # Every point from the crossing on changes sides.
        columns = np.clip(np.ceil(crossing), 0, shape[0]).astype(np.intp)
        turns += np.bincount(rows * width + columns, minlength=turns.size)
    sides = np.cumsum(turns.reshape(shape[1], width)[:, :-1] & 1, axis=1) & 1
    return sides.astype(np.uint8).T


def _edges(polygons: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return x and y of the lower and the upper end of every edge that is not level, (4, n)."""
    starts = np.round(np.concatenate(polygons), _DIGITS)
    ends = np.round(np.concatenate([np.roll(polygon, -1, axis=0) for polygon in polygons]), _DIGITS)
    falls = starts[:, 1] > ends[:, 1]
    starts[falls], ends[falls] = ends[falls], starts[falls]
    return np.concatenate([starts.T, ends.T])[:, starts[:, 1] != ends[:, 1]]


def _crossings(
    edges: NDArray[np.float64],
    begin: NDArray[np.intp],
    end: NDArray[np.intp],
    heights: NDArray[np.float64] | None,
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.float64]]]:
    """Yield, for some edges at a time, the numbers begin … end of their rows and where each is crossed.

    `heights` is y of each row; None where rows are at whole numbers.
    """
    done = np.cumsum(end - begin)
    parts = np.searchsorted(done, np.arange(_CHUNK, done[-1] if done.size else 0, _CHUNK))
    for part in np.split(np.arange(done.size), parts):
        counts = end[part] - begin[part]
        offsets = np.cumsum(counts) - counts
        rows = np.arange(counts.sum()) - np.repeat(offsets - begin[part], counts)
        x0, y0, x1, y1 = (np.repeat(numbers[part], counts) for numbers in edges)
        y = rows if heights is None else heights[rows]
        yield rows, np.round(x0 + (y - y0) * ((x1 - x0) / (y1 - y0)), _DIGITS)


# --- any other grid ----------------------------------------------------------------------------


def _fill_any(
    mask: NDArray[np.uint8], stack: ContourStack, affine: NDArray[np.float64], at: Callable[[float], object]
) -> None:
    """Fill a grid that lies askew to the contours, voxel by voxel."""
    # Two unit vectors in the planes, and the normal: u, v and depth.
    across = np.linalg.svd(stack.normal[None])[2][1:]
    turned = np.concatenate([across, stack.normal[None]]) @ affine[:3]
    flat = [[polygon @ across.T for polygon in plane] for plane in stack.polygons]
    edges = [_edges(polygons) for polygons in flat]
    every = np.concatenate([polygon for polygons in flat for polygon in polygons])
    low, high = every.min(axis=0) - 1, every.max(axis=0) + 1
    voxels = mask.reshape(-1, order="F")
    for start, (u, v, depth) in _places(mask.shape, turned):
        at(start / voxels.size)
        near = np.flatnonzero((u >= low[0]) & (u <= high[0]) & (v >= low[1]) & (v <= high[1]))
        planes = stack.plane_at(depth[near])
        near, planes = near[planes >= 0], planes[planes >= 0]
        u, v = np.round(u[near], _DIGITS), np.round(v[near], _DIGITS)
        # In the order of planes, and of v in each: an edge's points are then one after the other. One
        # number for both, as two sorts take twice as long; it holds either's digits.
        order = np.argsort(planes * (2 * (high[1] - low[1])) + v)
        near, planes, u, v = near[order], planes[order], u[order], v[order]
        bounds = np.searchsorted(planes, np.arange(len(edges) + 1))
        for plane in np.flatnonzero(np.diff(bounds)):
            chosen = slice(bounds[plane], bounds[plane + 1])
            voxels[start + near[chosen]] |= _inside(edges[plane], u[chosen], v[chosen])


def _places(
    shape: Sequence[int], affine: NDArray[np.float64]
) -> Iterator[tuple[int, list[NDArray[np.float64]]]]:
    """Yield rows of a grid's voxels some at a time: the number of the first voxel, and all coordinates (n,).

    `affine` (3, 4) takes indices to the coordinates, each a sum of a term of every index.
    """
    ni, nj, nk = shape
    rows = max(1, _CHUNK // ni)
    for first in range(0, nj * nk, rows):
        k, j = np.divmod(np.arange(first, min(first + rows, nj * nk)), nj)
        starts = affine[:, 1:3] @ np.stack([j, k]) + affine[:, 3:]
        along = affine[:, :1] * np.arange(ni)
        yield first * ni, [(a[:, None] + b).ravel() for a, b in zip(starts, along, strict=True)]


def _inside(edges: NDArray[np.float64], u: NDArray[np.float64], v: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return which points are inside edges by even-odd; v ascends."""
    turns = np.zeros(len(u), dtype=np.intp)
    begin, end = np.searchsorted(v, edges[1]), np.searchsorted(v, edges[3])
    for points, crossing in _crossings(edges, begin, end, v):
        turns += np.bincount(points[u[points] >= crossing], minlength=len(u))
    return (turns & 1).astype(np.uint8)
