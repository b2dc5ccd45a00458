"""The grid on which the frames of a segmentation lie: they are sparse, and in any order.

A SEG (PS3.3 C.8.20) has frames only where a segment has pixels, so their places, not their
number, say where they belong.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from heatviewer.io.dicom.grouping import axes_of, normal_of
from heatviewer.io.dicom.series import affine_of, flat_affine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from heatviewer.io.dicom.grouping import Axes
    from heatviewer.io.dicom.header import SliceHeader

#: Heights that differ by less are one plane, mm.
_SAME_MM: Final = 0.01
#: Frames farther than this from the line through the first and last make no grid, mm.
_OFF_LINE_MM: Final = 0.1
_SAME_DIRECTION: Final = 1e-3
#: A gap is a multiple of the step to within this part of the step.
_MULTIPLE: Final = 0.05
#: A grid may have so many planes, and so many more for each height that has frames.
_PLANES: Final = 1000
_PLANES_PER_HEIGHT: Final = 8


class NoGrid(Exception):
    """Why frames make no grid, as the predicate of a message."""


@dataclass(frozen=True, eq=False)
class Grid:
    """Where frames lie.

    Attributes
    ----------
    affine : ndarray
        (4, 4) float64, voxel (column, row, plane) to world RAS+ mm.
    planes : int
        Planes of the grid.
    index : tuple of int
        Plane of each frame.
    flat : bool
        Whether it is a 2D image without a place in the patient.
    warnings : tuple of str
        What is odd.
    """

    affine: NDArray[np.float64]
    planes: int
    index: tuple[int, ...]
    flat: bool = False
    warnings: tuple[str, ...] = ()


def grid_of(frames: Sequence[SliceHeader], spacing: float, thickness: float) -> Grid:
    """Return the grid of all frames of a file.

    Parameters
    ----------
    frames : sequence of SliceHeader
        One or more, of one size.
    spacing, thickness : float
        SpacingBetweenSlices and SliceThickness, mm; 0 where the file has none.

    Raises
    ------
    NoGrid
        They are not parallel, not in line, without a place, or absurdly far apart.
    """
    first = frames[0]
    if first.orientation is None or first.position is None:
        if any(frame.position is not None for frame in frames):
            raise NoGrid("has some frames without a place")
        return Grid(flat_affine(first), 1, (0,) * len(frames), True)
    axes = _axes(frames)
    normal = normal_of(axes)
    positions = np.array([frame.position for frame in frames], dtype=np.float64)
    heights = positions @ normal
    low, high = int(np.argmin(heights)), int(np.argmax(heights))
    along = normal
    if heights[high] - heights[low] > _SAME_MM:
        along = (positions[high] - positions[low]) / (heights[high] - heights[low])
    above = heights - heights[low]
    if np.abs(positions - (positions[low] + np.outer(above, along))).max() > _OFF_LINE_MM:
        raise NoGrid("has frames that do not lie on one line, which is not read")
    warnings: list[str] = []
    step = _step(above, spacing, thickness, warnings)
    planes = round(float(above.max()) / step) + 1
    distinct = len(np.unique(np.round(above / _SAME_MM)))
    if planes > _PLANES + _PLANES_PER_HEIGHT * distinct:
        raise NoGrid(f"has frames that would make a grid of {planes} planes")
    if first.spacing is None:
        warnings.append("has no pixel spacing; 1 mm is taken")
    index = tuple(int(n) for n in np.rint(above / step))
    affine = affine_of(first, axes, positions[low], along * step)
    return Grid(affine, planes, index, False, tuple(warnings))


def _axes(frames: Sequence[SliceHeader]) -> Axes:
    """Return the unit vectors along a row and along a column of all frames, LPS+."""
    if any(frame.orientation is None or frame.position is None for frame in frames):
        raise NoGrid("has some frames without a place")
    directions = np.array([frame.orientation for frame in frames], dtype=np.float64).reshape(-1, 2, 3)
    if np.abs(directions - directions[0]).max() > _SAME_DIRECTION:
        raise NoGrid("has frames of different orientations, which are not read")
    axes = axes_of(frames[0])
    if axes is None:
        raise NoGrid("has frames of an impossible orientation")
    return axes


def _step(above: NDArray[np.float64], spacing: float, thickness: float, warnings: list[str]) -> float:
    """Return the distance of planes: the one of which all gaps between frames are multiples.

    What the file calls spacing comes first. Two frames alone may be far apart; their thickness
    tells then.
    """
    ordered = np.unique(np.round(above / _SAME_MM)) * _SAME_MM
    gaps = np.diff(ordered)
    if not gaps.size:
        return spacing or thickness or 1.0
    least = float(gaps.min())
    # Exactly as measured where it is even: a rounded step would drift over many planes.
    measured = float(above.max()) / round(float(above.max()) / least)
    candidates = (spacing, thickness, measured) if gaps.size == 1 else (spacing, measured, thickness)
    for step in candidates:
        if not 0 < step <= least * (1 + _MULTIPLE):
            continue
        count = gaps / step
        if np.abs(count - np.rint(count)).max() <= _MULTIPLE:
            total = round(float(above.max()) / step)
            return float(above.max()) / total
    warnings.append(
        f"has frames at uneven distances, {least:.4g} mm and more; each is put on the nearest plane"
    )
    return measured
