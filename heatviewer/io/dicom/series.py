"""Slices put in order: which files make one volume, and where it lies.

A series of DICOM is not always a volume: `grouping` tells its parts from each other, `lattice`
finds gaps in their slices.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

import numpy as np

from heatviewer.core.geometry import LPS_TO_RAS
from heatviewer.io.dicom.findings import plane_names
from heatviewer.io.dicom.grouping import (
    axes_of,
    columns_of,
    complete,
    frame_axis,
    groups_of,
    heights_of,
    normal_of,
)
from heatviewer.io.dicom.lattice import notes_on, runs_of, step_of
from heatviewer.io.dicom.pixel_file import stored_type
from heatviewer.io.folders import natural_key
from heatviewer.io.listing import SeriesInfo

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from heatviewer.core.volume import FrameAxis, Volume
    from heatviewer.io.dicom.grouping import Axes
    from heatviewer.io.dicom.header import ImageFile, SliceHeader
    from heatviewer.io.listing import Early
    from heatviewer.io.progress import Progress

    Columns = list[list[SliceHeader]]


@dataclass(frozen=True, eq=False)
class Stack:
    """The files of one volume, in order.

    Attributes
    ----------
    id : str
        SeriesInstanceUID; ``UID#2`` … for further volumes of the same series.
    frames : tuple of tuple of SliceHeader
        ``frames[t][n]``: the slices there are, in order along the normal.
    affine : ndarray
        (4, 4) float64, voxel (column, row, slice) to world RAS+ mm.
    flat : bool
        Whether it is a 2D image without a place in the patient.
    warnings : tuple of str
        What is odd.
    places : tuple of int
        Where slices are missing: the index k on the grid of each slice that is there. Empty where
        slice n is at k = n.
    frame_axis : FrameAxis or None
        What the frames differ in.
    """

    id: str
    frames: tuple[tuple[SliceHeader, ...], ...]
    affine: NDArray[np.float64]
    flat: bool = False
    warnings: tuple[str, ...] = ()
    places: tuple[int, ...] = ()
    frame_axis: FrameAxis | None = None

    @property
    def first(self) -> SliceHeader:
        """The first slice of the first frame."""
        return self.frames[0][0]

    @property
    def middle(self) -> SliceHeader:
        """The slice through the middle of the first frame: its window suits most others."""
        return self.frames[0][len(self.frames[0]) // 2]

    @property
    def slices(self) -> tuple[SliceHeader, ...]:
        """All files, frame by frame."""
        return tuple(header for frame in self.frames for header in frame)

    @property
    def shape(self) -> tuple[int, ...]:
        """(x, y, z) or (x, y, z, t)."""
        depth = self.places[-1] + 1 if self.places else len(self.frames[0])
        grid = (self.first.columns, self.first.rows, depth)
        return (*grid, len(self.frames)) if len(self.frames) > 1 else grid

    @property
    def problem(self) -> str:
        """Why this version cannot open it, or empty."""
        return self.first.file.problem

    def info(self) -> SeriesInfo:
        """Return it as one line of a listing."""
        first, file = self.first, self.first.file
        problem = (f"{first.path.name} {self.problem}",) if self.problem else ()
        return SeriesInfo(
            id=self.id,
            description=file.description or file.modality,
            modality=file.modality,
            shape=self.shape,
            affine=self.affine,
            dtype="" if self.problem else stored_type(file).name,
            unit=first.unit,
            files=tuple(dict.fromkeys(header.path for header in self.slices)),
            warnings=(*self.warnings, *problem),
            readable=not self.problem,
            patient=file.patient,
            study=file.study,
            date=file.date,
            number=file.number,
        )

    def open(self, progress: Progress, early: Early | None = None, like: Volume | None = None) -> Volume:  # noqa: ARG002 (as every Found)
        """Read it; see ``Found.open``."""
        from heatviewer.io.dicom.volumes import open_stack

        return open_stack(self, progress, early)

    def thumbnail(self) -> Volume:
        """Read one slice through the middle; see ``Found.thumbnail``."""
        from heatviewer.io.dicom.volumes import open_planes

        return open_planes(self, (len(self.frames[0]) // 2,))


def stacks_of(headers: Sequence[SliceHeader]) -> list[Stack]:
    """Return the volumes that the files of one series make, the one with most slices first.

    Files that cannot be read are left out with a warning where others of the series can; copies
    of the same image are taken once.
    """
    notes: list[str] = []
    images = _without_copies(headers, notes)
    bad = [header for header in images if header.file.problem]
    good = [header for header in images if not header.file.problem]
    if good and bad:
        notes.append(f"{bad[0].path.name} {bad[0].file.problem}; left out: {plane_names(bad)}")
    stacks = [stack for group in groups_of(good or bad) for stack in _stacks(group)]
    stacks.sort(key=lambda stack: len(stack.slices), reverse=True)
    # Pictures of one size, such as the views of a mammography, are not expected to be a volume.
    are_pictures = all(stack.flat for stack in stacks) and len({stack.shape[:2] for stack in stacks}) == 1
    if len(stacks) > 1 and not are_pictures:
        sizes = " + ".join(str(len(stack.slices)) for stack in stacks)
        notes.append(f"the series is not one volume: its {len(images)} images make {len(stacks)} ({sizes})")
    return [
        replace(stack, id=volume_id(headers[0].file, n), warnings=(*notes, *stack.warnings))
        for n, stack in enumerate(stacks)
    ]


def volume_id(file: ImageFile, n: int = 0) -> str:
    """Return the id of volume `n`, from 0, of a file's series, as in ``SeriesInfo``."""
    uid = file.series_uid or "unnamed"
    return uid if n == 0 else f"{uid}#{n + 1}"


def _without_copies(headers: Sequence[SliceHeader], notes: list[str]) -> list[SliceHeader]:
    seen: set[tuple[object, ...]] = set()
    kept = []
    for header in sorted(headers, key=lambda h: natural_key(str(h.path))):
        # Some programs that take names out of files give all of them one UID.
        where = header.position, header.frame_key.number
        plane = header.file.instance_uid, header.frame, header.tile, where
        if header.file.instance_uid and plane in seen:
            continue
        seen.add(plane)
        kept.append(header)
    if len(kept) < len(headers):
        files = len({header.path for header in headers})
        copies = files - len({header.path for header in kept})
        notes.append(f"{copies} of {files} files are copies and were left out")
    return kept


def _stacks(headers: list[SliceHeader]) -> list[Stack]:
    """Return the volumes that like planes make: one, or several where the spacing of slices changes."""
    warnings: list[str] = []
    axes = axes_of(headers[0])
    columns = complete(columns_of(headers), warnings)
    if axes is None:
        return [_unplaced(columns, warnings)]
    heights = heights_of([column[0] for column in columns], axes)
    runs = runs_of(heights.tolist())
    if len(runs) > 1:
        warnings.append(f"has slices of uneven spacing, which are shown as {len(runs)} volumes")
    return [_placed(columns[run.first : run.last + 1], axes, run.places, warnings) for run in runs]


def _unplaced(columns: Columns, warnings: list[str]) -> Stack:
    """Return planes without a place in the patient as a 2D image, or one over the other."""
    first = columns[0][0]
    notes = _notes(columns, warnings)
    frames = _frames(columns)
    axis, uid = frame_axis(columns), volume_id(first.file)
    if len(columns) == 1:
        return Stack(uid, frames, flat_affine(first), True, notes, frame_axis=axis)
    text = "has no positions in the patient; the slices are in the order of their numbers"
    ways = np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0])
    affine = affine_of(first, ways, np.zeros(3), None)
    return Stack(uid, frames, affine, False, (text, *notes), frame_axis=axis)


def _placed(columns: Columns, axes: Axes, places: tuple[int, ...], warnings: list[str]) -> Stack:
    """Return planes where they lie in the patient."""
    first = columns[0][0]
    positions = np.array([column[0].position for column in columns], dtype=np.float64)
    on_grid = places or tuple(range(len(columns)))
    affine = affine_of(first, axes, positions[0], step_of(positions, on_grid))
    turned = LPS_TO_RAS[:3, :3]
    notes = notes_on(positions @ turned.T, on_grid, turned @ normal_of(axes))
    return Stack(
        volume_id(first.file),
        _frames(columns),
        affine,
        False,
        (*_notes(columns, warnings), *notes),
        places,
        frame_axis(columns),
    )


def _frames(columns: Columns) -> tuple[tuple[SliceHeader, ...], ...]:
    return tuple(tuple(column[t] for column in columns) for t in range(len(columns[0])))


def _notes(columns: Columns, warnings: list[str]) -> tuple[str, ...]:
    """Return what is odd about a volume's numbers and pixels."""
    first = columns[0][0]
    found = [*warnings, *first.notes]
    if first.spacing is None:
        found.append("has no pixel spacing; 1 mm is taken")
    axis = frame_axis(columns)
    if axis is not None and axis.name == "frame" and not columns[0][-1].frame_key.temporal:
        found.append("has images at one position that only their numbers tell apart; they are its frames")
    return tuple(found)


def affine_of(
    first: SliceHeader, axes: Axes, origin: NDArray[np.float64], step: NDArray[np.float64] | None
) -> NDArray[np.float64]:
    """Return voxel (column, row, slice) → world RAS+ mm (PS3.3 C.7.6.2.1.1, with a slice step).

    The slice step, LPS+, is the one between positions: a tilted gantry gives a sheared grid, which
    is kept. A single slice has the step that its header says.
    """
    row_step, column_step = first.spacing or (1.0, 1.0)
    matrix = np.eye(4)
    matrix[:3, 0] = axes[0] * column_step
    matrix[:3, 1] = axes[1] * row_step
    matrix[:3, 2] = normal_of(axes) * first.step if step is None else step
    matrix[:3, 3] = origin
    return cast("NDArray[np.float64]", LPS_TO_RAS @ matrix)


def flat_affine(header: SliceHeader) -> NDArray[np.float64]:
    """Return the contract's affine of a 2D image: as stored in the axial view, centred at 0."""
    row_step, column_step = header.spacing or (1.0, 1.0)
    affine = np.diag([-column_step, -row_step, 1.0, 1.0])
    affine[0, 3] = column_step * (header.columns - 1) / 2
    affine[1, 3] = row_step * (header.rows - 1) / 2
    return affine
