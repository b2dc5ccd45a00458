"""DICOM: series of images, and what is meant to lie on them.

One file: `file_header` finds its elements (`raw_set`), `planes` makes headers of its planes
(`header`), by `image_file` and, for several frames, `frames`, `cine` and `mosaic`. Many: `findings`
gathers them, `series` puts planes in order, `pixels` decodes them and `volumes` makes volumes.
`dose`, `pet`, `segmentation`, `parametric` and `structures` know the objects that are heatmaps, and
read further elements of their files by `file_elements`. pydicom is imported with the first file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from heatviewer.io.dicom import dose, parametric, pet, segmentation, structures
from heatviewer.io.dicom.file_elements import DAMAGE, damaged
from heatviewer.io.dicom.findings import Findings, scan_files
from heatviewer.io.dicom.header import pydicom_quiet
from heatviewer.io.dicom.pixels import problem_of
from heatviewer.io.dicom.planes import RT_DOSE
from heatviewer.io.dicom.series import stacks_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from heatviewer.io.dicom.header import SliceHeader
    from heatviewer.io.listing import Found
    from heatviewer.io.progress import Progress

    Maker = Callable[[Sequence[SliceHeader], Progress], Sequence[Found]]

__all__ = ["Findings", "scan_files", "volumes_in"]

#: Who makes volumes of a class of object; all others are images.
_MAKERS: Final[dict[str, Maker]] = {
    parametric.SOP_CLASS: parametric.maps_of,
    **dict.fromkeys(segmentation.SOP_CLASSES, segmentation.segments_of),
}


def volumes_in(findings: Findings, progress: Progress) -> list[Found]:
    """Return all volumes that the files make, series by series, in the order found.

    Doses come last: the beams of a plan may lie in several series.

    Raises
    ------
    Cancelled
        The user stopped it.
    """
    found: list[Found] = []
    doses: list[SliceHeader] = []
    with pydicom_quiet():
        for series in findings.images.values():
            headers = [_with_problem(header) for header in series]
            doses.extend(header for header in headers if header.file.sop_class == RT_DOSE)
            rest = [header for header in headers if header.file.sop_class != RT_DOSE]
            found.extend(_volumes_of(rest, progress))
        found.extend(_made(dose.doses_of, doses, progress) if doses else ())
        for path in findings.structures:
            found.extend(_structures_of(path, findings))
    return found


def _structures_of(path: Path, findings: Findings) -> Sequence[Found]:
    """Return the structures of a file; one without any, or a damaged one, is noted as left out."""
    try:
        found = structures.structures_in(path, findings.images)
    except DAMAGE:
        findings.bad.append(path)
        return ()
    if not found:
        findings.others["RTSTRUCT"] += 1
    return found


def _volumes_of(headers: Sequence[SliceHeader], progress: Progress) -> list[Found]:
    """Return the volumes of one series; what should not be in one series is kept apart."""
    makers: dict[Maker, list[SliceHeader]] = {}
    for header in headers:
        image: Maker = pet.pets_of if header.file.modality == "PT" else parametric.images_of
        makers.setdefault(_MAKERS.get(header.file.sop_class, image), []).append(header)
    return [found for make, planes in makers.items() for found in _made(make, planes, progress)]


def _made(make: Maker, headers: Sequence[SliceHeader], progress: Progress) -> Sequence[Found]:
    """Return what a maker makes of headers, else one volume that says that it cannot be read."""
    try:
        return make(headers, progress)
    except DAMAGE:
        return stacks_of([damaged(header) for header in headers])


def _with_problem(header: SliceHeader) -> SliceHeader:
    """Return the header with the problem noted that its pixels cannot be read."""
    found = problem_of(header)
    return header.with_problem(found) if found else header
