"""PET: the volumes of a series, in SUV where that can be known.

`suv` holds the formulas; `pet_elements` and `pet_enhanced` read what the files say.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from heatviewer.io.dicom.elements import text
from heatviewer.io.dicom.file_elements import of_frame, read_with, said_in
from heatviewer.io.dicom.frames import frame_groups
from heatviewer.io.dicom.pet_elements import frame_of, study_of
from heatviewer.io.dicom.pet_enhanced import enhanced_frame, enhanced_study
from heatviewer.io.dicom.real_world import Mapping, mappings_of
from heatviewer.io.dicom.series import stacks_of
from heatviewer.io.dicom.stack_heatmap import StackHeatmap
from heatviewer.io.dicom.suv import PetFrame, PetStudy, Suv, suv_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from heatviewer.io.dicom.elements import Elements
    from heatviewer.io.dicom.header import SliceHeader
    from heatviewer.io.listing import Found
    from heatviewer.io.progress import Progress


class _Said(NamedTuple):
    """What a file says of its unit and of each frame; a classic one of all frames alike."""

    units: str
    frames: list[PetFrame]
    mappings: list[Mapping | None]


def pets_of(headers: Sequence[SliceHeader], progress: Progress) -> list[Found]:
    """Return the volumes of a PET series, in SUV where that can be known."""
    files, headers = said_in(headers, _said, progress)
    good = [header for header in headers if header.path in files]
    if not good:
        return list(stacks_of(headers))
    # One file tells of patient and injection; the reference time is that of the whole series.
    study = read_with(good[0].path, _study)
    if len({said.units for said in files.values()}) > 1:
        study = replace(study, units="several units")
    suv = suv_of(study, [of_frame(files[header.path].frames, header) for header in good])
    planes = [header for header in headers if header.path not in files]
    for header, factor in zip(good, suv.factors, strict=True):
        mapping = of_frame(files[header.path].mappings, header)
        planes.append(_scaled(_mapped(header, mapping), factor, suv))
    return [
        StackHeatmap(stack, stack.first.file.description or "PET", suv.facts, suv.warnings)
        for stack in stacks_of(planes)
    ]


def _said(ds: Elements) -> _Said:
    groups = frame_groups(ds)
    if not groups:
        return _Said(text(ds, "Units").upper(), [frame_of(ds)], [None])
    return _Said("", [enhanced_frame(ds, group) for group in groups], mappings_of(ds))


def _study(ds: Elements) -> PetStudy:
    return enhanced_study(ds, mappings_of(ds)[0]) if frame_groups(ds) else study_of(ds)


def _mapped(header: SliceHeader, mapping: Mapping | None) -> SliceHeader:
    """Return an enhanced PET's plane with the slope that its unit belongs to."""
    if mapping is None or mapping.table:
        return header
    return replace(header, slope=mapping.slope, intercept=mapping.intercept)


def _scaled(header: SliceHeader, factor: float, suv: Suv) -> SliceHeader:
    """Return a plane whose numbers, and windows, are in the unit that was found."""
    window = header.window
    return replace(
        header,
        slope=header.slope * factor,
        intercept=header.intercept * factor,
        unit=suv.unit,
        kind=suv.kind,
        window=None if window is None else (window[0] * factor, window[1] * factor),
        windows=tuple((name, centre * factor, width * factor) for name, centre, width in header.windows),
        voi_lut=header.voi_lut if factor == 1.0 else None,
    )
