"""DICOM segmentations: each segment a volume of its own, with its recommended colour.

PS3.3 A.51 and C.8.20 (Segmentation), A.51a (Label Map Segmentation).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from heatviewer.core.colorspace import lab_to_rgb
from heatviewer.core.volume import Volume
from heatviewer.io.dicom.elements import integer, item, items, number, numbers, text
from heatviewer.io.dicom.file_elements import DAMAGE, by_object, damaged, read_with
from heatviewer.io.dicom.frames import frame_groups
from heatviewer.io.dicom.patient import without_patient
from heatviewer.io.dicom.pixels import BadSlices, read_stack
from heatviewer.io.dicom.segment_grid import Grid, NoGrid, grid_of
from heatviewer.io.dicom.series import Stack, stacks_of, volume_id
from heatviewer.io.listing import SeriesInfo
from heatviewer.io.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from heatviewer.io.dicom.elements import Elements
    from heatviewer.io.dicom.frames import Groups
    from heatviewer.io.dicom.header import SliceHeader
    from heatviewer.io.listing import Early, Found

    #: Frames and the planes that they fill, by number of segment.
    _Owners = defaultdict[int, list[tuple[SliceHeader, int]]]

#: The Storage SOP Classes of segmentations: by frames, and as a label map.
SOP_CLASSES: Final = ("1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7")
_RGB = tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class Segment:
    """One segment of a file.

    Attributes
    ----------
    id : str
        SeriesInstanceUID; ``UID#2`` … for further segments.
    name : str
        SegmentLabel, or what the segment is.
    frames : tuple of (SliceHeader, int)
        Its frames, and the plane of the grid that each fills.
    like : SliceHeader
        Any frame of the file.
    grid : Grid
        That of the file.
    number : int
        SegmentNumber; the label's value in a label map.
    is_label : bool
        Whether the file is a label map: frames hold numbers of segments.
    maximum : int
        The number that stands for 1 in a fractional segmentation; 0 in a binary one.
    color : (float, float, float) or None
        Recommended colour, RGB in 0…1.
    facts : mapping
        For ``Volume.info``.
    warnings : tuple of str
        What is odd about it.
    """

    id: str
    name: str
    frames: tuple[tuple[SliceHeader, int], ...]
    like: SliceHeader
    grid: Grid
    number: int
    is_label: bool
    maximum: int
    color: _RGB | None
    facts: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[int, int, int]:
        """(x, y, z)."""
        return self.like.columns, self.like.rows, self.grid.planes

    def info(self) -> SeriesInfo:
        """Return it as one line of a listing."""
        file = self.like.file
        return SeriesInfo(
            id=self.id,
            description=self.name,
            modality=file.modality,
            shape=self.shape,
            affine=self.grid.affine,
            dtype="uint16" if self.maximum > 255 else "uint8",
            unit="",
            files=(file.path,),
            warnings=self.warnings,
            role="heatmap",
            group=file.instance_uid or str(file.path),
            patient=file.patient,
            study=file.study,
            date=file.date,
            number=file.number,
        )

    def open(self, progress: Progress, early: Early | None = None, like: Volume | None = None) -> Volume:  # noqa: ARG002 (as every Found)
        """Read it; see ``Found.open``.

        A segmentation of a picture without a place lies on `like`, where that is a picture of the
        same size.
        """
        stored = np.zeros(self.shape, np.uint16 if self.maximum > 255 else np.uint8, order="F")
        read = self._read([header for header, _ in self.frames], progress.part(0.0, 0.9))
        for n, (_, plane) in enumerate(self.frames):
            progress.check()
            target = stored[:, :, plane]
            np.maximum(target, read[:, :, n], out=target, casting="unsafe")
        progress.at(1.0)
        affine = self.grid.affine
        if self.grid.flat and like is not None and like.flat and like.grid == self.shape:
            affine = like.affine
        return self._volume(stored, affine)

    def thumbnail(self) -> Volume:
        """Read the middle one of its frames, as a volume of one plane at its place."""
        affine = self.grid.affine.copy()
        if not self.frames:
            return self._volume(np.zeros((*self.shape[:2], 1), np.uint8), affine)
        header, plane = self.frames[len(self.frames) // 2]
        affine[:3, 3] += plane * affine[:3, 2]
        return self._volume(self._read([header], Progress()), affine)

    def _read(self, headers: Sequence[SliceHeader], progress: Progress) -> NDArray[Any]:
        """Return frames' numbers for this segment, (columns, rows, frames)."""
        if not headers:
            return np.zeros((*self.shape[:2], 0), np.uint8)
        try:
            stored = read_stack(Stack(self.id, (tuple(headers),), self.grid.affine), progress).stored
        except BadSlices as damage:
            raise damage.error from None
        if self.is_label:
            return np.asarray(stored == self.number, np.uint8)
        return stored if self.maximum else np.asarray(stored > 0, np.uint8)

    def _volume(self, stored: NDArray[Any], affine: NDArray[np.float64]) -> Volume:
        return Volume(
            stored,
            affine,
            slope=1.0 / self.maximum if self.maximum else 1.0,
            modality=self.like.file.modality,
            kind="probability" if self.maximum else "mask",
            name=self.name,
            flat=self.grid.flat,
            color=self.color,
            frame_of_reference=self.like.file.frame_of_reference,
            warnings=self.warnings,
            info={"series": self.id, "files": 1, **self.facts},
        )


def segments_of(headers: Sequence[SliceHeader], progress: Progress) -> list[Found]:
    """Return the segments of all segmentations of a series."""
    found: list[Found] = []
    for frames in by_object(headers):
        progress.check()
        segments = partial(_segments_in, headers=frames, before=len(found))
        try:
            found.extend(read_with(frames[0].path, segments))
        except DAMAGE:
            found.extend(stacks_of([damaged(frames[0])]))
    return found


def _segments_in(ds: Elements, headers: Sequence[SliceHeader], before: int) -> list[Found]:
    """Return one file's segments; `before` is how many of the series came before them."""
    groups = frame_groups(ds)
    frames = list(headers)
    if headers[0].file.photometric != "MONOCHROME2":
        # A palette colours labels; their numbers are what counts.
        plain = replace(headers[0].file, photometric="MONOCHROME2")
        frames = [replace(header, file=plain) for header in headers]
    measures = groups[0].find("PixelMeasuresSequence") if groups else None
    between = 0.0 if measures is None else abs(number(measures, "SpacingBetweenSlices") or 0.0)
    thickness = 0.0 if measures is None else abs(number(measures, "SliceThickness") or 0.0)
    is_label = _is_label_map(ds)
    try:
        if headers[0].file.problem:
            raise NoGrid(headers[0].file.problem)
        grid = grid_of(frames, between, thickness)
        owners: _Owners = defaultdict(list) if is_label else _owners(groups, frames, grid)
        segments = _described(ds, owners)
    except NoGrid as reason:
        return list(stacks_of([frames[0].with_problem(str(reason))]))
    everywhere = tuple(zip(frames, grid.index, strict=True))
    return [
        Segment(
            volume_id(headers[0].file, before + n),
            segment.name,
            everywhere if is_label else tuple(owners[segment.number]),
            frames[0],
            grid,
            segment.number,
            is_label,
            _maximum(ds),
            segment.color,
            segment.facts | _facts(ds),
            grid.warnings
            if is_label or owners[segment.number]
            else (*grid.warnings, "has no frames: it is empty"),
        )
        for n, segment in enumerate(segments)
    ]


def _is_label_map(ds: Elements) -> bool:
    return text(ds, "SegmentationType").upper() == "LABELMAP"


def _described(ds: Elements, owners: _Owners) -> list[_Described]:
    """Return the segments that a file describes, and those that only its frames name.

    Number 0 of a label map is its background, which writers may describe too.
    """
    found = [_Described.of(segment, ds) for segment in items(ds, "SegmentSequence")]
    if _is_label_map(ds):
        found = [segment for segment in found if segment.number != 0]
    known = {segment.number for segment in found}
    found += [_Described(n, f"segment {n}", None, {"segment number": n}) for n in sorted(set(owners) - known)]
    if not found:
        raise NoGrid("describes no segments")
    return found


@dataclass(frozen=True)
class _Described:
    """An item of the SegmentSequence."""

    number: int
    name: str
    color: _RGB | None
    facts: dict[str, Any]

    @classmethod
    def of(cls, segment: Elements, ds: Elements) -> _Described:
        number = integer(segment, "SegmentNumber", 0)
        meaning = _meaning(segment, "SegmentedPropertyTypeCodeSequence")
        facts = {
            "segment number": number,
            "segment": meaning,
            "category": _meaning(segment, "SegmentedPropertyCategoryCodeSequence"),
            "made": text(segment, "SegmentAlgorithmType").lower(),
            "algorithm": text(segment, "SegmentAlgorithmName"),
        }
        lab = numbers(segment, "RecommendedDisplayCIELabValue", 3)
        return cls(
            number,
            without_patient(text(segment, "SegmentLabel"), ds) or meaning or f"segment {number}",
            None if lab is None else rgb_of(lab),
            {key: value for key, value in facts.items() if value != ""},
        )


def rgb_of(lab: tuple[float, ...]) -> _RGB:
    """Return sRGB in 0…1 of DICOM's CIELab (PS3.3 C.10.7.1.1): 16 bits for L* 0…100, a*, b* −128…127.

    White is D65, as highdicom, dcmqi, 3D Slicer and OHIF write and read it; the standard's own
    connection space has D50.
    """
    light, a, b = np.asarray(lab) / 65535.0
    red, green, blue = lab_to_rgb(np.array([light * 100.0, a * 255.0 - 128.0, b * 255.0 - 128.0]))
    return float(red), float(green), float(blue)


def _meaning(ds: Elements, sequence: str) -> str:
    code = item(ds, sequence)
    return "" if code is None else text(code, "CodeMeaning")


def _maximum(ds: Elements) -> int:
    """Return the number that stands for 1; 0 where pixels are 0 or 1."""
    if text(ds, "SegmentationType").upper() != "FRACTIONAL":
        return 0
    return max(integer(ds, "MaximumFractionalValue", 255), 1)


def _facts(ds: Elements) -> dict[str, Any]:
    kind = text(ds, "SegmentationType").lower()
    fraction = text(ds, "SegmentationFractionalType").lower()
    return {"segmentation": f"{kind}, {fraction}" if fraction else kind}


def _owners(groups: Sequence[Groups], frames: Sequence[SliceHeader], grid: Grid) -> _Owners:
    """Return the frames, and the planes that they fill, by number of segment."""
    found: _Owners = defaultdict(list)
    for header, plane in zip(frames, grid.index, strict=True):
        group = groups[header.frame] if header.frame < len(groups) else None
        named = None if group is None else group.find("SegmentIdentificationSequence")
        owner = None if named is None else number(named, "ReferencedSegmentNumber")
        if owner is None:
            raise NoGrid("does not say whose segment its frames are")
        found[int(owner)].append((header, plane))
    if grid.flat and any(len(planes) > 1 for planes in found.values()):
        raise NoGrid("has several frames of a segment without a place")
    return found
