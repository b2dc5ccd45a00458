"""A structure's closed contours in order: which lie in one plane, and what each plane stands for.

Contours of a structure are drawn on slices. A plane's contours stand for the body halfway to the
planes before and behind, and at the ends for half the usual spacing, so that a structure of n
slices has the volume of n slices (the end-slice rule). Where slices are left out, farther than
1.5 of the usual spacing, the structure is open: nothing is made up between them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

#: A contour is flat where its points leave its plane by no more than this part of its width, nor
#: by more than this many mm: DICOM's decimal strings are often rounded to 0.01 mm.
_FLAT_PART: Final = 0.005
_FLAT_MM: Final = 0.1
#: Contours of the same direction, up to some 2.5 degrees, are one stack.
_SAME_DIRECTION: Final = 0.999
#: Planes nearer than this (mm), or than this part of the usual spacing, are one.
_SAME_PLANE_MM: Final = 0.01
_SAME_PLANE_PART: Final = 0.1
#: Planes farther apart than this times the usual spacing have a gap between them.
_GAP: Final = 1.5
#: Directions in which one structure may be drawn: axial, coronal, sagittal and as many oblique ones.
_MOST_STACKS: Final = 6
#: Depths are compared in steps of 10⁻⁶ mm, as voxels are: a slice halfway between two planes goes
#: to the same of them whatever was rounded on its way.
_DIGITS: Final = 6


@dataclass(frozen=True, eq=False)
class ContourStack:
    """Parallel contours of one structure.

    Attributes
    ----------
    normal : ndarray
        (3,) unit vector across the planes, world; depths are along it from the world's origin.
    depths : ndarray
        (n,) of the planes, mm, ascending.
    polygons : tuple
        Of each plane its closed polygons, (m, 3) world mm.
    lows, highs : ndarray
        (n,) the depths that each plane stands for: from `low` on, up to but not with `high`.
    spacing : float
        The usual distance of two planes, mm.
    gaps : int
        How often planes are farther apart than 1.5 of it.
    bent : int
        How many contours are not flat; they count by their middle depth.
    """

    normal: NDArray[np.float64]
    depths: NDArray[np.float64]
    polygons: tuple[tuple[NDArray[np.float64], ...], ...]
    lows: NDArray[np.float64]
    highs: NDArray[np.float64]
    spacing: float
    gaps: int
    bent: int

    def plane_at(self, depths: NDArray[np.float64]) -> NDArray[np.intp]:
        """Return which plane stands for each depth, −1 where none does."""
        depths = np.round(depths, _DIGITS)
        found = np.searchsorted(self.lows, depths, side="right") - 1
        within = (found >= 0) & (depths < self.highs[np.maximum(found, 0)])
        return np.where(within, found, -1)

    @property
    def box(self) -> NDArray[np.float64]:
        """The corners of what the contours enclose, thickness included, world mm, (8, 3)."""
        points = np.concatenate([polygon for plane in self.polygons for polygon in plane])
        low, high = points.min(axis=0), points.max(axis=0)
        reach = np.abs(self.normal) * max(self.depths[0] - self.lows[0], self.highs[-1] - self.depths[-1])
        ends = np.stack([low - reach, high + reach])
        return ends[np.indices((2, 2, 2)).reshape(3, -1).T, np.arange(3)]


def contour_stacks(
    polygons: Sequence[NDArray[np.float64]], affine: NDArray[np.float64] | None = None
) -> tuple[ContourStack, ...]:
    """Return a structure's contours in stacks of parallel ones, that of the most contours first.

    Polygons of fewer than three points, and those that enclose nothing, are left out, and those of a
    seventh direction on.

    Parameters
    ----------
    polygons : sequence of ndarray
        (n, 3) each, world mm; the last point is joined to the first.
    affine : ndarray, optional
        (4, 4) of the grid that they are to fill: a plane that is alone stands for one layer of its
        voxels (1 mm without it).
    """
    polygons = [polygon for polygon in polygons if len(polygon) >= 3]
    if not polygons:
        return ()
    shapes = _Shapes(polygons)
    stacks = [
        _stack([polygons[n] for n in chosen], normal, affine, shapes, chosen)
        for normal, chosen in _directions(shapes)
    ]
    return tuple(sorted(stacks, key=lambda stack: -sum(map(len, stack.polygons))))


def layer_step(affine: NDArray[np.float64], normal: NDArray[np.float64]) -> float:
    """Return the distance, mm along a unit vector, of the grid's layers that lie most across it."""
    return float(np.abs(normal @ affine[:3, :3]).max())


class _Shapes:
    """What many polygons measure, in one go: there may be tens of thousands."""

    def __init__(self, polygons: Sequence[NDArray[np.float64]]) -> None:
        counts = np.array([len(polygon) for polygon in polygons])
        self._starts = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.intp)
        self._points = np.concatenate(polygons)
        # From each polygon's first point, as areas far from the origin lose digits.
        local = self._points - np.repeat(self._points[self._starts], counts, axis=0)
        # After a polygon's last point comes the next one's first, which is 0 as its own is.
        after = np.roll(local, -1, axis=0)
        #: Newell's normals: as long as the area, (n, 3).
        self.areas = np.add.reduceat(np.cross(local, after), self._starts) / 2
        low, high = np.minimum.reduceat(local, self._starts), np.maximum.reduceat(local, self._starts)
        width = np.linalg.norm(high - low, axis=1)
        self._flat = np.minimum(_FLAT_MM, _FLAT_PART * width) + 1e-6

    def depths(self, normal: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Return each polygon's middle depth along a direction, and whether it is flat across it."""
        along = self._points @ normal
        low, high = np.minimum.reduceat(along, self._starts), np.maximum.reduceat(along, self._starts)
        return (low + high) / 2, high - low <= self._flat


def _directions(shapes: _Shapes) -> list[tuple[NDArray[np.float64], NDArray[np.intp]]]:
    """Return the directions across which polygons lie, and the numbers of those polygons."""
    size = np.linalg.norm(shapes.areas, axis=1)
    left = size > 0
    found: list[tuple[NDArray[np.float64], NDArray[np.bool_]]] = []
    # The world's own axes first: these are exact, where a normal of rounded points is not.
    for axis in np.eye(3)[::-1]:
        chosen = left & shapes.depths(axis)[1]
        if chosen.any():
            # Slightly bent ones of the same direction count by their middle.
            chosen |= left & (np.abs(shapes.areas @ axis) > _SAME_DIRECTION * size)
            found.append((axis, chosen))
            left = left & ~chosen
    while left.any() and len(found) < _MOST_STACKS:
        first = int(np.argmax(np.where(left, size, 0)))
        along = shapes.areas @ (shapes.areas[first] / size[first])
        chosen = left & (np.abs(along) > _SAME_DIRECTION * size)
        mean = (shapes.areas[chosen] * np.sign(along[chosen])[:, None]).sum(axis=0)
        normal = mean / np.linalg.norm(mean)
        normal *= np.sign(normal[np.argmax(np.abs(normal))])
        found.append((normal, chosen))
        left = left & ~chosen
    return [(normal, np.flatnonzero(chosen)) for normal, chosen in found]


def _stack(
    polygons: Sequence[NDArray[np.float64]],
    normal: NDArray[np.float64],
    affine: NDArray[np.float64] | None,
    shapes: _Shapes,
    chosen: NDArray[np.intp],
) -> ContourStack:
    depths, flat = (values[chosen] for values in shapes.depths(normal))
    order = np.argsort(depths, kind="stable")
    ordered = depths[order]
    steps = np.diff(ordered)
    apart = steps > _SAME_PLANE_MM
    if apart.any():
        # The third quartile: of planes drawn as several the median would be the step between these.
        apart = steps > max(_SAME_PLANE_MM, _SAME_PLANE_PART * float(np.percentile(steps[apart], 75)))
    planes = np.split(order, np.flatnonzero(apart) + 1)
    middles = np.array([float(depths[plane].mean()) for plane in planes])
    distances = np.diff(middles)
    if distances.size:
        spacing = float(np.median(distances))
    else:
        spacing = 1.0 if affine is None else layer_step(affine, normal)
    wide = distances > _GAP * spacing
    halves = np.where(wide, spacing, distances) / 2
    return ContourStack(
        normal=normal,
        depths=middles,
        polygons=tuple(tuple(polygons[n] for n in plane) for plane in planes),
        lows=_rounded(middles - np.concatenate([[spacing / 2], halves])),
        highs=_rounded(middles + np.concatenate([halves, [spacing / 2]])),
        spacing=spacing,
        gaps=int(np.count_nonzero(wide)),
        bent=int(np.count_nonzero(~cast("NDArray[np.bool_]", flat))),
    )


def _rounded(depths: NDArray[np.float64]) -> NDArray[np.float64]:
    return cast("NDArray[np.float64]", np.round(depths, _DIGITS))
