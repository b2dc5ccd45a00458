"""Planes of a dose grid: where their offsets put them, and an even grid of uneven ones.

PS3.3 C.8.8.3.2, Grid Frame Offset Vector.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np

from heatviewer.core.errors import ReadError
from heatviewer.core.geometry import LPS_TO_RAS
from heatviewer.io.dicom.elements import number, numbers
from heatviewer.io.dicom.grouping import axes_of, heights_of, normal_of
from heatviewer.io.dicom.header import FrameKey
from heatviewer.io.dicom.lattice import step_of
from heatviewer.io.dicom.series import Stack, affine_of, stacks_of, volume_id
from heatviewer.io.dicom.stack_heatmap import StackHeatmap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from heatviewer.core.volume import Volume
    from heatviewer.io.dicom.elements import Elements
    from heatviewer.io.dicom.header import SliceHeader
    from heatviewer.io.listing import Early, SeriesInfo
    from heatviewer.io.progress import Progress

#: Offsets and positions that differ by less are one, mm.
_SAME_MM: Final = 0.01
#: Gaps that vary by less than this part of them are even.
_EVEN_PART: Final = 0.01
#: An even grid may have so many times the planes that the file has.
_MOST_PLANES: Final = 8


def placed_planes(header: SliceHeader, ds: Elements, warnings: list[str]) -> tuple[SliceHeader, ...]:
    """Return a dose file's frames, each at its place; one with a problem where they have none.

    Parameters
    ----------
    header : SliceHeader
        Any plane of the file.
    ds : Elements
        The file's header.
    warnings : list of str
        Gets what is odd about the offsets.
    """
    count = header.file.frames
    first = replace(header, frame=0, tile=None, frame_key=FrameKey(), part=())
    if count == 1 or header.file.problem:
        return (first,)
    axes = axes_of(header)
    if header.position is None or axes is None:
        return (first.with_problem("has planes without a place: ImagePositionPatient is missing"),)
    offsets = numbers(ds, "GridFrameOffsetVector", count)
    if offsets is None:
        thickness = number(ds, "SliceThickness") or 0.0
        if "GridFrameOffsetVector" in ds or thickness <= 0:
            return (first.with_problem("does not say where its planes lie (GridFrameOffsetVector)"),)
        warnings.append(
            f"does not say where its planes lie (GridFrameOffsetVector (3004,000C) is missing); "
            f"its slice thickness, {thickness:.4g} mm, is taken as their distance"
        )
        offsets = tuple(n * thickness for n in range(count))
    normal = normal_of(axes)
    shifts = _shifts(np.array(offsets), normal, header.position[2], warnings)
    heights = np.sort(shifts @ normal)
    if np.diff(heights).min() < _SAME_MM:
        return (first.with_problem("has two planes at one place (GridFrameOffsetVector)"),)
    places = np.asarray(header.position) + shifts
    return tuple(
        replace(first, frame=n, position=tuple(float(v) for v in place), frame_key=FrameKey(number=float(n)))
        for n, place in enumerate(places)
    )


def _shifts(
    offsets: NDArray[np.float64], normal: NDArray[np.float64], z: float, warnings: list[str]
) -> NDArray[np.float64]:
    """Return each plane's shift from the file's position, (n, 3), LPS+ mm.

    Offsets that begin with 0 run along the normal; offsets that begin with the position's z are
    places along the patient's z, which the standard allows for transverse planes only.
    """
    if abs(offsets[0]) < _SAME_MM:
        return np.outer(offsets, normal)
    if abs(offsets[0] - z) < _SAME_MM and abs(normal[2]) > 1 - 1e-3:
        return np.outer(offsets - z, (0.0, 0.0, 1.0))
    if abs(offsets[0] - z) < _SAME_MM:
        warnings.append(
            "has plane offsets that are places along z, on planes that are not transverse "
            "(GridFrameOffsetVector (3004,000C)); they are taken as distances from the first plane"
        )
        return np.outer(offsets - z, normal if normal[2] >= 0 else -normal)
    warnings.append(
        f"has plane offsets that begin with {offsets[0]:.6g} mm, which is neither 0 nor the z of its "
        "position (GridFrameOffsetVector (3004,000C)); the first plane is taken to lie at its position"
    )
    return np.outer(offsets - offsets[0], normal)


def stack_of(planes: Sequence[SliceHeader]) -> Stack:
    """Return a dose's planes as one stack, in order along their normal, whatever their gaps."""
    axes = axes_of(planes[0])
    if planes[0].file.problem or axes is None:
        return stacks_of(planes)[0]
    good = [plane for plane in planes if not plane.file.problem]
    ordered = [good[n] for n in np.argsort(heights_of(good, axes))]
    positions = np.array([plane.position for plane in ordered], dtype=np.float64)
    step = step_of(positions, range(len(ordered)))
    affine = affine_of(ordered[0], axes, positions[0], step)
    warnings = [] if ordered[0].spacing else ["has no pixel spacing; 1 mm is taken"]
    if len(good) < len(planes):
        warnings.append(f"lacks {len(planes) - len(good)} planes, whose files cannot be read")
    return Stack(volume_id(planes[0].file), (tuple(ordered),), affine, warnings=tuple(warnings))


@dataclass(frozen=True, eq=False)
class UnevenHeatmap(StackHeatmap):
    """A stack whose gaps differ, read as an even grid: values between planes are interpolated.

    Attributes
    ----------
    heights : tuple of float
        Of the planes above the first, rising, mm.
    count : int
        Planes of the even grid.
    """

    heights: tuple[float, ...] = ()
    count: int = 0

    @staticmethod
    def of(found: StackHeatmap) -> StackHeatmap:
        """Return a heatmap as it is where its planes are even, else as one that is made even."""
        stack = found.stack
        heights = _heights(stack)
        gaps = np.diff(heights)
        if not gaps.size or stack.problem or np.ptp(gaps) <= max(_EVEN_PART * gaps.min(), _SAME_MM):
            return found
        count = int(np.ceil(heights[-1] / gaps.min() - _EVEN_PART)) + 1
        count = min(count, _MOST_PLANES * len(heights))
        warning = (
            f"has uneven planes, {gaps.min():.4g} to {gaps.max():.4g} mm apart; "
            f"values on {count} even ones are interpolated between them"
        )
        affine = stack.affine.copy()
        affine[:3, 2] *= heights[-1] / (count - 1) / np.linalg.norm(affine[:3, 2])
        return UnevenHeatmap(
            replace(stack, affine=affine),
            found.name,
            found.facts,
            (*found.warnings, warning),
            found.group,
            found.secondary,
            tuple(float(h) for h in heights),
            count,
        )

    def info(self) -> SeriesInfo:
        """Return it as one line of a listing."""
        info = super().info()
        return replace(info, shape=(*info.shape[:2], self.count), dtype="float64")

    def open(self, progress: Progress, early: Early | None = None, like: Volume | None = None) -> Volume:  # noqa: ARG002 (a coarse volume of uneven planes would lie elsewhere)
        """Read it; see ``Found.open``."""
        volume = super().open(progress.part(0.0, 0.9), None, like)
        if volume.grid[2] != len(self.heights):
            where = self.stack.first.path.name
            raise ReadError(where, "has uneven planes, some of which cannot be read", "Export it again")
        stored = _resampled(volume.array, self.heights, self.count, progress)
        progress.at(1.0)
        return replace(volume, stored=stored, slope=1.0, intercept=0.0, padding=None)

    def thumbnail(self) -> Volume:
        """Read one plane through the middle; see ``Found.thumbnail``."""
        volume = super().thumbnail()
        affine = self.stack.affine.copy()
        step = self.heights[-1] / (self.count - 1)
        affine[:3, 3] += self.heights[len(self.heights) // 2] / step * affine[:3, 2]
        return replace(volume, affine=affine)


def _heights(stack: Stack) -> NDArray[np.float64]:
    """Return the planes' heights above the first, along the line of the stack, mm."""
    positions = np.array([header.position for header in stack.frames[0] if header.position is not None])
    if len(positions) < 2:
        return np.zeros(1)
    along = (LPS_TO_RAS @ stack.affine)[:3, 2]
    return cast("NDArray[np.float64]", (positions - positions[0]) @ (along / np.linalg.norm(along)))


def _resampled(
    values: NDArray[Any], heights: tuple[float, ...], count: int, progress: Progress
) -> NDArray[np.float64]:
    """Return (x, y, count) float64, linear between the planes of (x, y, z)."""
    out = np.empty((*values.shape[:2], count), order="F")
    places = np.linspace(heights[0], heights[-1], count)
    above = np.clip(np.searchsorted(heights, places), 1, len(heights) - 1)
    for k, (place, n) in enumerate(zip(places, above, strict=True)):
        progress.check()
        part = (place - heights[n - 1]) / (heights[n] - heights[n - 1])
        out[:, :, k] = values[:, :, n - 1] * (1 - part) + values[:, :, n] * part
    return out
