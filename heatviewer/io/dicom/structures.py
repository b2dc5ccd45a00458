"""RT structure sets: contours drawn by a person or a program, as outlines and as masks.

PS3.3 C.8.8.5 (structure set) and C.8.8.6 (ROI contours). Each ROI is a volume of its own: a mask on
the grid of the images that it lies on (which voxels it holds: ``sampling.polygons``), with the
contours themselves as its outlines.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from heatviewer.core.contour_planes import contour_stacks
from heatviewer.core.errors import ReadError
from heatviewer.core.volume import Volume
from heatviewer.io.dicom.elements import integer, item, items, number, numbers, text
from heatviewer.io.dicom.header import pydicom_quiet
from heatviewer.io.dicom.image_file import iso_day, patient_of
from heatviewer.io.dicom.patient import without_patient
from heatviewer.io.dicom.roi_contours import Contours, contours_of
from heatviewer.io.folders import find_files
from heatviewer.io.listing import SeriesInfo
from heatviewer.io.progress import Progress
from heatviewer.sampling.polygons import box_of, enclosed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from heatviewer.core.contour_planes import ContourStack
    from heatviewer.io.dicom.elements import Elements
    from heatviewer.io.dicom.header import SliceHeader
    from heatviewer.io.listing import Early, Found

#: A mask on a grid of its own has voxels of 1 mm in the contours' planes, smaller where it is small,
#: and larger where it would have more than so many across, or layers.
_OWN_MM: Final = 1.0
_LEAST_ACROSS, _MOST_ACROSS, _MOST_LAYERS = 64, 512, 1024


@dataclass(frozen=True, eq=False)
class _Grid:
    """The voxels that a mask is made of, and whose they are, in words."""

    shape: tuple[int, int, int]
    affine: NDArray[np.float64]
    whose: str


@dataclass(frozen=True, eq=False)
class _Set:
    """What the structures of a file have in common."""

    path: Path
    uid: str
    label: str
    #: The series that they were drawn on, and its planes where they are at hand.
    series: str
    images: Sequence[SliceHeader]
    patient: str
    study: str
    date: str
    number: int | None
    #: Grids of those images, by frame of reference, which are looked for once.
    grids: dict[str, list[_Grid]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Structure:
    """One ROI of a structure set.

    Attributes
    ----------
    id : str
        The file's SOPInstanceUID, ``#`` and its place in the file.
    name : str
        ROIName.
    color : (float, float, float) or None
        ROIDisplayColor, RGB in 0…1.
    frame_of_reference : str
        Of its points.
    contours : Contours
        Its closed contours.
    facts : mapping
        For ``Volume.info``.
    """

    id: str
    name: str
    color: tuple[float, float, float] | None
    frame_of_reference: str
    contours: Contours
    facts: Mapping[str, Any]
    _set: _Set

    @cached_property
    def _stacks(self) -> tuple[ContourStack, ...]:
        return contour_stacks(self.contours.closed)

    @cached_property
    def _own_grid(self) -> _Grid:
        return _own_grid(self._stacks)

    @cached_property
    def _warnings(self) -> tuple[str, ...]:
        return (*self.contours.notes, *_notes_on(self._stacks, len(self.contours.closed)))

    def info(self) -> SeriesInfo:
        """Return it as one line of a listing; shape and affine are those of a grid of its own."""
        grid, drawn = self._own_grid, bool(self._stacks)
        return SeriesInfo(
            id=self.id,
            description=self.name,
            modality="RTSTRUCT",
            shape=grid.shape,
            affine=grid.affine,
            dtype="uint8",
            unit="",
            files=(self._set.path,),
            warnings=self._warnings,
            readable=drawn,
            role="heatmap",
            # What cannot be opened is no part of what is opened together.
            group=self._set.uid if drawn else "",
            patient=self._set.patient,
            study=self._set.study,
            date=self._set.date,
            number=self._set.number,
        )

    def open(self, progress: Progress, early: Early | None = None, like: Volume | None = None) -> Volume:  # noqa: ARG002 (as every Found)
        """Make its mask on the grid of `like`, else of the images that it was drawn on, else its own.

        The mask is a part of that grid: the voxels round the contours. See ``Found.open``.
        """
        return self._mask(self._grid_for(like, progress), progress)

    def thumbnail(self) -> Volume:
        """Return the middle slice of its mask on a grid of its own; see ``Found.thumbnail``."""
        return self._mask(self._own_grid, Progress()).middle

    def _grid_for(self, like: Volume | None, progress: Progress) -> _Grid:
        if like is not None:
            grids = [_Grid(like.grid, like.affine, "of the volume below it")]
        else:
            known, space = self._set.grids, self.frame_of_reference
            if space not in known:
                known[space] = _image_grids(self._set, space, progress)
            grids = known[space]
        # A grid that the contours miss would give an empty mask.
        return next((grid for grid in grids if _meets(self._stacks, grid)), self._own_grid)

    def _mask(self, grid: _Grid, progress: Progress) -> Volume:
        if not self._stacks:
            where = f"{self._set.path.name}, structure {self.name}"
            raise ReadError(where, "has no closed contour", "Choose another structure")
        stacks = contour_stacks(self.contours.closed, grid.affine)
        box = box_of(stacks, grid.affine, grid.shape)
        affine = box.affine(grid.affine)
        mask = enclosed(stacks, box.shape, affine, progress.at)
        empty = () if mask.any() else ("is smaller than a voxel: its mask is empty",)
        return Volume(
            mask,
            affine,
            modality="RTSTRUCT",
            kind="mask",
            name=self.name,
            color=self.color,
            frame_of_reference=self.frame_of_reference,
            outlines=self.contours.closed,
            warnings=(*self._warnings, *empty),
            info={**self.facts, "voxel_grid": grid.whose},
        )


def structures_in(path: Path, images: Mapping[str, Sequence[SliceHeader]]) -> list[Found]:
    """Return the ROIs of an RT structure set, in the order of the file; none where it has none.

    Parameters
    ----------
    path : Path
        The file.
    images : mapping
        Planes that were found with it, by SeriesInstanceUID: their grid is the masks' own.

    Raises
    ------
    OSError, ValueError, …
        The file is damaged: pydicom raises many types here.
    """
    from pydicom import dcmread

    with pydicom_quiet(), path.open("rb") as file:
        dataset: Elements = dcmread(file, force=True, stop_before_pixels=True)
        common = _common(path, dataset, images)
        drawn = {integer(one, "ReferencedROINumber", -1): one for one in items(dataset, "ROIContourSequence")}
        found: list[Found] = []
        for place, roi in enumerate(items(dataset, "StructureSetROISequence"), start=1):
            contours = drawn.get(integer(roi, "ROINumber", -2))
            name = without_patient(text(roi, "ROIName"), dataset)
            found.append(_structure(common, place, name, roi, contours))
    return found


def _common(path: Path, ds: Elements, images: Mapping[str, Sequence[SliceHeader]]) -> _Set:
    frame = item(ds, "ReferencedFrameOfReferenceSequence")
    study = item(frame, "RTReferencedStudySequence")
    series = item(study, "RTReferencedSeriesSequence")
    uid = "" if series is None else text(series, "SeriesInstanceUID")
    series_number = number(ds, "SeriesNumber")
    return _Set(
        path=path,
        uid=text(ds, "SOPInstanceUID") or path.name,
        label=without_patient(text(ds, "StructureSetLabel"), ds),
        series=uid,
        images=images.get(uid, ()),
        patient=patient_of(ds),
        study=text(ds, "StudyDescription"),
        date=iso_day(text(ds, "StudyDate") or text(ds, "SeriesDate") or text(ds, "StructureSetDate")),
        number=None if series_number is None else int(series_number),
    )


def _structure(common: _Set, place: int, name: str, roi: Elements, drawn: Elements | None) -> Structure:
    rgb = None if drawn is None else numbers(drawn, "ROIDisplayColor", 3)
    color = None
    if rgb is not None:
        red, green, blue = (min(max(part / 255, 0.0), 1.0) for part in rgb)
        color = (red, green, blue)
    contours = contours_of([] if drawn is None else items(drawn, "ContourSequence"))
    algorithm = text(roi, "ROIGenerationAlgorithm").lower()
    facts: dict[str, Any] = {"structure_set": common.label, "contours": len(contours.closed)}
    return Structure(
        id=f"{common.uid}#{place}",
        name=name or f"structure {place}",
        color=color,
        frame_of_reference=text(roi, "ReferencedFrameOfReferenceUID"),
        contours=contours,
        facts=facts | ({"drawn": algorithm} if algorithm else {}),
        _set=common,
    )


def _notes_on(stacks: Sequence[ContourStack], count: int) -> list[str]:
    """Return what is odd about contours put in order, of `count` closed ones."""
    notes = []
    gaps, bent = sum(stack.gaps for stack in stacks), sum(stack.bent for stack in stacks)
    kept = sum(len(plane) for stack in stacks for plane in stack.polygons)
    if gaps:
        places = "a place" if gaps == 1 else f"{gaps} places"
        notes.append(
            f"has {places} without contours, more than 1.5 times their spacing: it stays empty there"
        )
    if bent:
        notes.append(f"has contours that are not flat ({bent} of {count}): they were laid in one plane each")
    if len(stacks) > 1:
        notes.append(f"has contours in {len(stacks)} directions: what any of them encloses was taken")
    if kept < count:
        notes.append(f"has contours that enclose nothing ({count - kept} of {count}), which were left out")
    return notes


def _image_grids(common: _Set, frame_of_reference: str, progress: Progress) -> list[_Grid]:
    """Return the grids of the images that a structure set refers to, the largest first.

    Where they did not come with it, they are looked for in its folder.
    """
    from heatviewer.io.dicom.findings import scan_files
    from heatviewer.io.dicom.series import stacks_of

    headers = common.images
    if not headers and common.series:
        beside = find_files(common.path.parent, progress, recursive=False)
        headers = scan_files(beside, progress.part(0.0, 0.5)).images.get(common.series, [])
    grids = []
    for stack in stacks_of(headers) if headers else ():
        there = {"", stack.first.file.frame_of_reference} & {frame_of_reference}
        if there and not stack.flat:
            x, y, z = stack.shape[:3]
            grids.append(_Grid((x, y, z), stack.affine, "of the images that it was drawn on"))
    return sorted(grids, key=lambda grid: -int(np.prod(grid.shape)))


def _meets(stacks: Sequence[ContourStack], grid: _Grid) -> bool:
    """Return whether the box of contours reaches into a grid."""
    to_voxel = np.linalg.inv(grid.affine)
    for stack in stacks:
        index = stack.box @ to_voxel[:3, :3].T + to_voxel[:3, 3]
        if (index.max(axis=0) >= -0.5).all() and (index.min(axis=0) <= np.array(grid.shape) - 0.5).all():
            return True
    return False


def _own_grid(stacks: Sequence[ContourStack]) -> _Grid:
    """Return a grid round contours, its layers in the planes of most of them."""
    whose = "its own: the images that it was drawn on are not here"
    if not stacks:
        return _Grid((1, 1, 1), np.eye(4), whose)
    first = stacks[0]
    # The world's axes, or for oblique contours two unit vectors in their planes.
    axis = int(np.argmax(first.normal))
    axes = np.eye(3)
    if first.normal[axis] < 1:
        axes[[n for n in range(3) if n != axis]] = np.linalg.svd(first.normal[None])[2][1:]
        axes[axis] = first.normal
    points = np.concatenate([stack.box for stack in stacks]) @ axes.T
    low, high = points.min(axis=0), points.max(axis=0)
    size = high - low
    width = float(np.delete(size, axis).max())
    steps = np.full(3, max(min(_OWN_MM, width / _LEAST_ACROSS), width / _MOST_ACROSS))
    steps[axis] = max(first.spacing, float(size[axis]) / _MOST_LAYERS)
    # Layers lie on the first contours' plane and the spacing's multiples from there.
    low[axis] = float(first.depths[0]) - np.ceil((first.depths[0] - low[axis]) / steps[axis]) * steps[axis]
    i, j, k = (int(n) for n in np.ceil(np.round((high - low) / steps, 6)) + 1)
    affine = np.eye(4)
    affine[:3, :3] = axes.T * steps
    affine[:3, 3] = axes.T @ low
    box = box_of(stacks, affine, (i, j, k))
    return _Grid(box.shape, box.affine(affine), whose)
