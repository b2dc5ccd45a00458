"""Enhanced multi-frame objects: each frame's place, scale and meaning from its functional groups.

PS3.3 C.7.6.16. What a frame says of itself goes before what all frames share, and both before
what stands at the top of the file.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from heatviewer.io.dicom.elements import item, items, number, numbers, text, texts
from heatviewer.io.dicom.header import FrameKey
from heatviewer.io.dicom.image_file import seconds_of_moment
from heatviewer.io.dicom.meaning import Display, display_of, unit_of

if TYPE_CHECKING:
    from heatviewer.io.dicom.elements import Elements
    from heatviewer.io.dicom.header import Pair, SliceHeader

_SHARED: Final = "SharedFunctionalGroupsSequence"
_PER_FRAME: Final = "PerFrameFunctionalGroupsSequence"
#: Where a frame's type may stand: a class of object each.
_TYPES: Final = (
    "MRImageFrameTypeSequence",
    "CTImageFrameTypeSequence",
    "PETFrameTypeSequence",
)


class Groups:
    """The functional groups of one frame."""

    __slots__ = ("_frame", "_shared")

    def __init__(self, shared: SharedGroups, frame: Elements | None) -> None:
        self._shared = shared
        self._frame = frame

    def find(self, keyword: str) -> Elements | None:
        """Return a group's item: the frame's own, else the shared one; None where there is neither."""
        return item(self._frame, keyword) or self._shared.find(keyword)


class SharedGroups:
    """The functional groups that all frames share, each looked up once."""

    def __init__(self, ds: Elements) -> None:
        self._item = item(ds, _SHARED)
        self._found: dict[str, Elements | None] = {}

    def find(self, keyword: str) -> Elements | None:
        """Return a group's item, or None."""
        if keyword not in self._found:
            self._found[keyword] = item(self._item, keyword)
        return self._found[keyword]


def has_functional_groups(ds: Elements) -> bool:
    """Return whether a file describes its frames by functional groups."""
    return _PER_FRAME in ds or _SHARED in ds


def frame_groups(ds: Elements) -> list[Groups]:
    """Return the functional groups of each frame; none where a file has none."""
    shared = SharedGroups(ds)
    return [Groups(shared, frame) for frame in items(ds, _PER_FRAME)]


def functional_planes(ds: Elements, plane: SliceHeader) -> tuple[SliceHeader, ...]:
    """Return one header a frame, in the file's order.

    Segments of a segmentation are parts, so that each is a volume.

    Parameters
    ----------
    plane : SliceHeader
        What stands at the top of the file.
    """
    own = items(ds, _PER_FRAME)
    count = plane.file.frames
    if own and len(own) < count:
        problem = f"claims {count} frames but describes {len(own)}"
        return (plane.with_problem(problem),)
    shared = SharedGroups(ds)
    return tuple(_plane(plane, n, Groups(shared, own[n] if own else None)) for n in range(count))


def _plane(plane: SliceHeader, n: int, groups: Groups) -> SliceHeader:
    position, orientation = _place(plane, groups)
    spacing, step = _measures(plane, groups)
    slope, intercept, unit = _values(plane, groups)
    segment = groups.find("SegmentIdentificationSequence")
    key = _frame_key(n, groups)
    voi = groups.find("FrameVOILUTSequence")
    shown = Display(plane.window, plane.windows, plane.voi, plane.voi_lut)
    if voi is not None:
        shown = display_of(voi, can_be_negative=plane.file.signed or intercept < 0)
    return replace(
        plane,
        frame=n,
        position=position,
        orientation=orientation,
        spacing=spacing,
        step=step,
        slope=slope,
        intercept=intercept,
        unit=unit,
        window=shown.window,
        windows=shown.windows,
        voi=shown.voi,
        voi_lut=shown.lut,
        part=() if segment is None else (number(segment, "ReferencedSegmentNumber") or 0.0,),
        echo=(0.0, key.echo),
        frame_key=key,
        has_lut=False,
    )


def _place(plane: SliceHeader, groups: Groups) -> tuple[tuple[float, ...] | None, tuple[float, ...] | None]:
    """Return position and orientation, LPS+ mm: in the patient, or in an ultrasound volume's own space."""
    where, turned = groups.find("PlanePositionSequence"), groups.find("PlaneOrientationSequence")
    position = numbers(where, "ImagePositionPatient", 3) if where is not None else None
    orientation = numbers(turned, "ImageOrientationPatient", 6) if turned is not None else None
    if position is None:
        where = groups.find("PlanePositionVolumeSequence")
        turned = groups.find("PlaneOrientationVolumeSequence")
        if where is not None and turned is not None:
            position = numbers(where, "ImagePositionVolume", 3)
            orientation = numbers(turned, "ImageOrientationVolume", 6)
    if position is None and plane.file.frames == 1:
        position = plane.position
    return position, orientation or plane.orientation


def _measures(plane: SliceHeader, groups: Groups) -> tuple[Pair | None, float]:
    """Return mm between rows and columns, and between slices where positions do not tell."""
    measures = groups.find("PixelMeasuresSequence")
    if measures is None:
        return plane.spacing, plane.step
    spacing = numbers(measures, "PixelSpacing", 2)
    step = number(measures, "SpacingBetweenSlices") or number(measures, "SliceThickness") or plane.step
    good = spacing is not None and min(spacing) > 0
    return ((spacing[0], spacing[1]) if spacing and good else plane.spacing), abs(step)


def _values(plane: SliceHeader, groups: Groups) -> tuple[float, float, str]:
    """Return slope, intercept and unit: from the frame's own transformation where it has one."""
    transformation = groups.find("PixelValueTransformationSequence")
    if transformation is None:
        return plane.slope, plane.intercept, plane.unit
    slope = number(transformation, "RescaleSlope") or 1.0
    intercept = number(transformation, "RescaleIntercept") or 0.0
    return slope, intercept, unit_of(transformation, plane.file.modality) or plane.unit


def _frame_key(n: int, groups: Groups) -> FrameKey:
    content = groups.find("FrameContentSequence")
    moment = temporal = 0.0
    if content is not None:
        moment = _moment(text(content, "FrameAcquisitionDateTime") or text(content, "FrameReferenceDateTime"))
        temporal = number(content, "TemporalPositionIndex") or 0.0
    offset = groups.find("TemporalPositionSequence")
    if offset is not None:
        moment = number(offset, "TemporalPositionTimeOffset") or 0.0
    heart, echo = groups.find("CardiacSynchronizationSequence"), groups.find("MREchoSequence")
    diffusion = groups.find("MRDiffusionSequence")
    return FrameKey(
        temporal=temporal,
        trigger=(number(heart, "NominalCardiacTriggerDelayTime") or 0.0) if heart is not None else 0.0,
        time=moment,
        b_value=(number(diffusion, "DiffusionBValue") or 0.0) if diffusion is not None else 0.0,
        echo=(number(echo, "EffectiveEchoTime") or 0.0) if echo is not None else 0.0,
        number=n + 1.0,
        image_type=_image_type(groups),
    )


_moment = lru_cache(maxsize=1024)(seconds_of_moment)


def _image_type(groups: Groups) -> tuple[str, ...]:
    """Return FrameType with the part of a complex number that the frame is (magnitude, phase …)."""
    for keyword in _TYPES:
        found = groups.find(keyword)
        if found is not None:
            component = text(found, "ComplexImageComponent")
            return (*texts(found, "FrameType"), *((component,) if component else ()))
    return ()
