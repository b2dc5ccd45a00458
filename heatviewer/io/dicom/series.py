"""Slices put in order: which files make one volume, and where it lies.

A series of DICOM is not always a volume: scouts, echoes, time points and gaps are told apart
here by geometry alone; names and instance numbers only break ties.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

import numpy as np

from heatviewer.core.geometry import LPS_TO_RAS, spacing
from heatviewer.io.dicom.scan import names, natural_key
from heatviewer.io.listing import SeriesInfo

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence

    from numpy.typing import ArrayLike, NDArray

    from heatviewer.io.dicom.header import SliceHeader

#: Positions nearer than this (mm along the normal) are one position.
_SAME_POSITION_MM: Final = 0.01
#: Direction cosines that differ by less are one orientation (0.001 is 0.26 mm at 256 mm), and
#: pixel spacings that differ by less than this part one spacing.
_SAME_DIRECTION: Final = 1e-3
#: Spacing may vary by this part of it, or by this many mm, without a warning.
_UNEVEN_PART: Final = 0.01
_UNEVEN_MM: Final = 0.01
#: Slices farther than this from the straight line through the first and last are told.
_OFF_LINE_MM: Final = 0.1
#: Pictures taken through the body: without a position each is an image of its own.
_PROJECTIONS: Final = frozenset(
    {"CR", "DX", "MG", "XA", "RF", "IO", "PX", "US", "SC", "OT", "XC", "ES", "SM"}
)


@dataclass(frozen=True, eq=False)
class Stack:
    """The files of one volume, in order.

    Attributes
    ----------
    id : str
        SeriesInstanceUID; ``UID#2`` … for further volumes of the same series.
    frames : tuple of tuple of SliceHeader
        ``frames[t][k]``.
    affine : ndarray
        (4, 4) float64, voxel (column, row, slice) to world RAS+ mm.
    flat : bool
        Whether it is a 2D image without a place in the patient.
    warnings : tuple of str
        What is odd.
    """

    id: str
    frames: tuple[tuple[SliceHeader, ...], ...]
    affine: NDArray[np.float64]
    flat: bool = False
    warnings: tuple[str, ...] = ()

    @property
    def first(self) -> SliceHeader:
        """The first slice of the first frame."""
        return self.frames[0][0]

    @property
    def slices(self) -> tuple[SliceHeader, ...]:
        """All files, frame by frame."""
        return tuple(header for frame in self.frames for header in frame)

    @property
    def shape(self) -> tuple[int, ...]:
        """(x, y, z) or (x, y, z, t)."""
        grid = (self.first.columns, self.first.rows, len(self.frames[0]) * self.first.frames)
        return (*grid, len(self.frames)) if len(self.frames) > 1 else grid

    @property
    def problem(self) -> str:
        """Why this version cannot open it, or empty."""
        return self.first.problem

    def info(self) -> SeriesInfo:
        """Return it as one line of a listing."""
        first = self.first
        i, j, k = (float(s) for s in spacing(self.affine))
        sign = "int" if first.signed else "uint"
        problem = (f"{first.path.name} {self.problem}",) if self.problem else ()
        return SeriesInfo(
            id=self.id,
            description=first.description or first.modality,
            modality=first.modality,
            shape=self.shape,
            spacing=(i, j, k),
            affine=self.affine,
            dtype=f"{sign}{first.bits_allocated}",
            unit=first.unit,
            files=tuple(header.path for header in self.slices),
            warnings=(*self.warnings, *problem),
            readable=not self.problem,
        )


def stacks_of(headers: Sequence[SliceHeader]) -> list[Stack]:
    """Return the volumes that the files of one series make, the one with most slices first.

    Files that cannot be read are left out with a warning where others of the series can; copies
    of the same image are taken once.
    """
    notes: list[str] = []
    images = _without_copies(headers, notes)
    bad = [header for header in images if header.problem]
    good = [header for header in images if not header.problem]
    if good and bad:
        notes.append(f"{bad[0].path.name} {bad[0].problem}; left out: {names([h.path for h in bad])}")
    groups = sorted(_groups(good or bad), key=len, reverse=True)
    if len(groups) > 1:
        sizes = " + ".join(str(len(group)) for group in groups)
        notes.append(f"the series is not one volume: its {len(images)} images make {len(groups)} ({sizes})")
    uid = headers[0].series_uid or "unnamed"
    return [_stack(uid if n == 0 else f"{uid}#{n + 1}", group, notes) for n, group in enumerate(groups)]


def _without_copies(headers: Sequence[SliceHeader], notes: list[str]) -> list[SliceHeader]:
    seen: set[str] = set()
    kept = []
    for header in sorted(headers, key=lambda h: natural_key(str(h.path))):
        if header.instance_uid and header.instance_uid in seen:
            continue
        seen.add(header.instance_uid)
        kept.append(header)
    if len(kept) < len(headers):
        notes.append(f"{len(headers) - len(kept)} of {len(headers)} files are copies and were left out")
    return kept


def _groups(headers: Iterable[SliceHeader]) -> list[list[SliceHeader]]:
    """Return the files grouped into volumes: one size, spacing, orientation and element type each."""
    alike = _by(headers, lambda h: (h.rows, h.columns, h.frames, h.bits_allocated, h.signed))
    found: list[list[SliceHeader]] = []
    for group in alike:
        for aligned in _by_geometry(group):
            if aligned[0].orientation is None and aligned[0].modality in _PROJECTIONS:
                found.extend([header] for header in aligned)
            else:
                found.extend(_by_echo(aligned))
    return found


def _by(headers: Iterable[SliceHeader], key: Callable[[SliceHeader], Hashable]) -> list[list[SliceHeader]]:
    groups: dict[Hashable, list[SliceHeader]] = {}
    for header in headers:
        groups.setdefault(key(header), []).append(header)
    return list(groups.values())


def _by_geometry(headers: list[SliceHeader]) -> list[list[SliceHeader]]:
    """Group by orientation and pixel spacing; rounded keys would tear apart numbers on a rounding edge."""
    groups: list[list[SliceHeader]] = []
    for header in headers:
        group = next((group for group in groups if _is_parallel(group[0], header)), None)
        if group is None:
            groups.append([header])
        else:
            group.append(header)
    return groups


def _is_parallel(one: SliceHeader, other: SliceHeader) -> bool:
    """Return whether two slices have the same directions and pixel spacing, or both have none."""
    return _near(_axes(one), _axes(other), atol=_SAME_DIRECTION) and _near(
        one.spacing, other.spacing, rtol=_SAME_DIRECTION
    )


def _near(one: ArrayLike | None, other: ArrayLike | None, rtol: float = 0.0, atol: float = 0.0) -> bool:
    if one is None or other is None:
        return one is other
    return bool(np.allclose(one, other, rtol=rtol, atol=atol))


def _by_echo(headers: list[SliceHeader]) -> list[list[SliceHeader]]:
    """Return one group where every position has as many files, else one an echo."""
    echoes = _by(headers, lambda h: h.echo)
    if len(echoes) == 1 or len({len(files) for files in _positions(headers)}) == 1:
        return [headers]
    return echoes


def _stack(identifier: str, headers: list[SliceHeader], notes: list[str]) -> Stack:
    warnings = [*notes, *headers[0].notes]
    if any(header.has_lut for header in headers):
        warnings.append("has a modality LUT, which is not applied")
    axes = _axes(headers[0])
    if axes is None and len(headers) == 1:
        return Stack(identifier, ((headers[0],),), _flat_affine(headers[0]), True, tuple(warnings))
    if axes is None:
        warnings.append("has no positions in the patient; the slices are in the order of their numbers")
    columns = _positions(headers)
    count = _frame_count(columns, warnings)
    frames = tuple(tuple(column[t] for column in columns) for t in range(count))
    affine = _affine(frames[0], axes)
    if axes is not None:
        _check_spacing(frames[0], affine, warnings)
    if headers[0].spacing is None:
        warnings.append("has no pixel spacing; 1 mm is taken")
    return Stack(identifier, frames, affine, False, tuple(warnings))


def _axes(header: SliceHeader) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Return the unit vectors along a row and along a column, LPS+; None where the file has no place."""
    if header.orientation is None or header.position is None:
        return None
    row, column = np.asarray(header.orientation[:3]), np.asarray(header.orientation[3:])
    lengths = np.linalg.norm(row), np.linalg.norm(column)
    if min(lengths) < 1e-3 or np.linalg.norm(np.cross(row, column)) < 0.1 * lengths[0] * lengths[1]:
        return None
    return row / lengths[0], column / lengths[1]


def _normal(axes: tuple[NDArray[np.float64], NDArray[np.float64]]) -> NDArray[np.float64]:
    normal = np.cross(*axes)
    return cast("NDArray[np.float64]", normal / np.linalg.norm(normal))


def _positions(headers: Sequence[SliceHeader]) -> list[list[SliceHeader]]:
    """Return the files at each position, both in order: positions along the normal, files by frame."""
    axes = _axes(headers[0])
    if axes is None:
        numbered = sorted(
            headers, key=lambda h: (h.location or 0.0, h.frame_key[-1], natural_key(h.path.name))
        )
        return [[header] for header in numbered]
    normal = _normal(axes)
    heights = {header.path: float(normal @ np.asarray(header.position)) for header in headers}
    ordered = sorted(headers, key=lambda h: heights[h.path])
    columns: list[list[SliceHeader]] = []
    for header in ordered:
        if columns and heights[header.path] - heights[columns[-1][0].path] < _SAME_POSITION_MM:
            columns[-1].append(header)
        else:
            columns.append([header])
    for column in columns:
        column.sort(key=lambda h: h.frame_key)
    return columns


def _frame_count(columns: list[list[SliceHeader]], warnings: list[str]) -> int:
    counts = {len(column) for column in columns}
    if len(counts) == 1:
        return counts.pop()
    warnings.append(
        f"has {min(counts)} to {max(counts)} images at a position; the first of each position is shown"
    )
    return 1


def _affine(
    frame: Sequence[SliceHeader], axes: tuple[NDArray[np.float64], NDArray[np.float64]] | None
) -> NDArray[np.float64]:
    """Return voxel (column, row, slice) → world RAS+ mm (PS3.3 C.7.6.2.1.1, with a slice step).

    The slice step is the one from first to last position over n − 1: a tilted gantry gives a
    sheared grid, which is kept.
    """
    first = frame[0]
    row_step, column_step = first.spacing or (1.0, 1.0)
    matrix = np.eye(4)
    if axes is None:
        axes = np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0])
    matrix[:3, 0] = axes[0] * column_step
    matrix[:3, 1] = axes[1] * row_step
    matrix[:3, 2] = _normal(axes) * first.step
    if first.position is not None and frame[-1].position is not None and first.orientation is not None:
        matrix[:3, 3] = first.position
        if len(frame) > 1:
            matrix[:3, 2] = np.subtract(frame[-1].position, first.position) / (len(frame) - 1)
    return cast("NDArray[np.float64]", LPS_TO_RAS @ matrix)


def _flat_affine(header: SliceHeader) -> NDArray[np.float64]:
    """Return the contract's affine of a 2D image: as stored in the axial view, centred at 0."""
    row_step, column_step = header.spacing or (1.0, 1.0)
    affine = np.diag([-column_step, -row_step, 1.0, 1.0])
    affine[0, 3] = column_step * (header.columns - 1) / 2
    affine[1, 3] = row_step * (header.rows - 1) / 2
    return affine


def _check_spacing(frame: Sequence[SliceHeader], affine: NDArray[np.float64], warnings: list[str]) -> None:
    """Note gaps, uneven spacing, and slices that are shifted within their plane."""
    if len(frame) < 2:
        return
    positions = np.array([header.position for header in frame], dtype=np.float64)
    gaps = np.linalg.norm(np.diff(positions, axis=0), axis=1)
    expected = float(np.median(gaps))
    if np.abs(gaps - expected).max() > max(_UNEVEN_PART * expected, _UNEVEN_MM):
        worst = int(np.argmax(gaps))
        warnings.append(
            f"has uneven slices: the largest gap is {gaps[worst]:.4g} mm (after slice {worst}), "
            f"expected {expected:.4g} mm; slices may be missing, and positions are only near"
        )
        return
    step = (LPS_TO_RAS @ affine)[:3, 2]
    off = positions - (positions[0] + np.arange(len(frame))[:, None] * step)
    shift = float(np.linalg.norm(off, axis=1).max())
    if shift > _OFF_LINE_MM:
        warnings.append(f"has slices that lie up to {shift:.3g} mm off a straight line")
