"""A structure's own contours on slices: in a slice of their planes they are drawn as they were drawn.

Such a slice shows the contours of the plane that stands for it, so outline and mask agree. Slices in
other directions cut through the body that the contours make: there the mask is outlined.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Final

import numpy as np

from heatviewer.core.contour_planes import contour_stacks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from heatviewer.core.contour_planes import ContourStack
    from heatviewer.core.geometry import Plane
    from heatviewer.core.volume import Volume
    from heatviewer.drawing.contours import Coverage

#: Slices whose normal is nearer to the contours' than some 0.1 degrees lie in their planes.
_PARALLEL: Final = 1 - 1e-6
#: Coverages that are kept of a structure: a picture for each view.
_KEPT: Final = 4


class _Kept:
    """What was made of one structure's contours."""

    def __init__(self, volume: Volume) -> None:
        self.stacks: tuple[ContourStack, ...] = contour_stacks(volume.outlines, volume.affine)
        self.coverages: dict[tuple[Plane, float], Coverage] = {}


_STRUCTURES: weakref.WeakKeyDictionary[Volume, _Kept] = weakref.WeakKeyDictionary()


def coverage_of(volume: Volume, plane: Plane, width_px: float) -> Coverage | None:
    """Return which pixels of a slice a structure's contours cover; None where its mask is to be outlined.

    Parameters
    ----------
    volume : Volume
        With or without `outlines`.
    plane : Plane
        The picture's pixels.
    width_px : float
        Of the lines, in pixels.
    """
    if not volume.outlines:
        return None
    kept = _kept(volume)
    if len(kept.stacks) != 1 or abs(float(kept.stacks[0].normal @ plane.normal)) < _PARALLEL:
        return None
    key = plane, width_px
    found = kept.coverages.get(key)
    if found is None:
        from heatviewer.drawing.contours import rasterised

        pieces = split(_on_plane(kept.stacks[0], plane), plane.size, width_px)
        found = rasterised(pieces, width_px, (plane.size[1], plane.size[0]))
        while len(kept.coverages) >= _KEPT:
            kept.coverages.pop(next(iter(kept.coverages)), None)
        kept.coverages[key] = found
    return found


def reach_of(volume: Volume) -> NDArray[np.float64]:
    """Return corners, world mm (n, 3), of all that is drawn of a volume: its box, and its contours."""
    if not volume.outlines:
        return volume.corners_world
    return np.concatenate([volume.corners_world, *(stack.box for stack in _kept(volume).stacks)])


def _kept(volume: Volume) -> _Kept:
    found = _STRUCTURES.get(volume)
    if found is None:
        found = _STRUCTURES.setdefault(volume, _Kept(volume))
    return found


def _on_plane(stack: ContourStack, plane: Plane) -> NDArray[np.float64]:
    """Return the edges of the contours that a slice shows: column and row of both ends, (4, n)."""
    depth = np.array([np.asarray(plane.origin) @ stack.normal])
    number = int(stack.plane_at(depth)[0])
    if number < 0:
        return np.empty((4, 0))
    right, down = np.asarray(plane.right), np.asarray(plane.down)
    steps = np.stack([right / (right @ right), down / (down @ down)], axis=1)
    rings = [(polygon - np.asarray(plane.origin)) @ steps for polygon in stack.polygons[number]]
    ends = [np.roll(ring, -1, axis=0) for ring in rings]
    return np.concatenate([np.concatenate(rings), np.concatenate(ends)], axis=1).T


def split(segments: NDArray[np.float64], size: Sequence[int], width_px: float) -> NDArray[np.float64]:
    """Return segments (4, n) cut where they leave a cell between four pixel centres.

    Those that no pixel of a picture of a size (width, height) can show are left out.
    """
    room = width_px + 1
    low, high = np.minimum(segments[:2], segments[2:]), np.maximum(segments[:2], segments[2:])
    limit = np.array(size)[:, None] - 1
    seen = ((high >= -room) & (low <= limit + room)).all(axis=0)
    start, step = segments[:2, seen], (segments[2:] - segments[:2])[:, seen]
    # Only the part of a segment that is in the picture: a far zoom would cut the rest to dust.
    with np.errstate(divide="ignore", invalid="ignore"):
        at = np.stack([(-room - start) / step, (limit + room - start) / step])
    at = np.where(step == 0, np.array([-np.inf, np.inf])[:, None, None], np.sort(at, axis=0))
    enter, leave = np.clip(at[0].max(axis=0), 0, 1), np.clip(at[1].min(axis=0), 0, 1)
    kept = enter < leave
    begin = (start + step * enter)[:, kept]
    end = (start + step * leave)[:, kept]
    for axis in (0, 1):
        begin, end = _split_along(begin, end, axis)
    return np.concatenate([begin, end])


def _split_along(
    begin: NDArray[np.float64], end: NDArray[np.float64], axis: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Cut segments at the whole numbers of one coordinate."""
    turned = begin[axis] > end[axis]
    begin, end = np.where(turned, end, begin), np.where(turned, begin, end)
    first = np.floor(begin[axis]) + 1
    cuts = np.maximum(np.ceil(end[axis]) - first, 0).astype(np.intp)
    pieces = cuts + 1
    number = np.arange(pieces.sum()) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    begin, step = (np.repeat(points, pieces, axis=1) for points in (begin, end - begin))
    # Where each piece begins and ends, as a share of its segment; the first at 0, the last at 1.
    with np.errstate(divide="ignore", invalid="ignore"):
        share = (np.repeat(first, pieces) + number - begin[axis]) / step[axis]
        before = share - 1 / step[axis]
    since = np.where(number == 0, 0.0, before)
    until = np.where(number == np.repeat(cuts, pieces), 1.0, share)
    return begin + step * since, begin + step * until
