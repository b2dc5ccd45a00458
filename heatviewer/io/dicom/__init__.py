"""Classic DICOM series: single-frame files that make one volume.

`scan` reads headers, `series` puts slices in order, `pixels` decodes them; this module joins the
three. pydicom is imported when the first file is read.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from heatviewer.core.errors import ReadError, SettingError
from heatviewer.core.volume import Volume
from heatviewer.io.dicom.pixels import BadSlices, read_stack, truncation
from heatviewer.io.dicom.scan import Findings, names, scan_files
from heatviewer.io.dicom.series import Stack, stacks_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from heatviewer.io.dicom.header import SliceHeader
    from heatviewer.io.progress import Progress

__all__ = ["Findings", "open_stack", "scan_files", "stacks_in"]


def stacks_in(findings: Findings) -> list[Stack]:
    """Return all volumes that the files make, series by series, in the order found."""
    return [
        stack
        for headers in findings.images.values()
        for stack in stacks_of([_with_truncation(header) for header in headers])
    ]


def open_stack(stack: Stack, progress: Progress) -> Volume:
    """Decode a stack into a volume.

    Files whose pixels turn out to be damaged are left out with a warning, and the others are put
    in order anew.

    Raises
    ------
    ReadError
        No file of it can be decoded, or it is of a kind that is not read yet.
    Cancelled
        The user stopped it.
    """
    if stack.problem:
        other_kind = "not read yet" in stack.problem
        hint = "Convert it to NIfTI or a classic series" if other_kind else "Copy or export it again"
        raise ReadError(stack.first.path.name, stack.problem, hint)
    lost: tuple[str, ...] = ()
    try:
        pixels = read_stack(stack, progress.part(0.0, 0.9))
    except BadSlices as damage:
        bad = {header.path for header in damage.headers}
        left = [header for header in stack.slices if header.path not in bad]
        stack = replace(stacks_of(left)[0], id=stack.id)
        listed = names([header.path for header in damage.headers])
        lost = (f"{damage.error.where} {damage.error.what}; left out: {listed}",)
        pixels = read_stack(stack, progress.part(0.9, 1.0))
    progress.at(1.0)
    first = stack.first
    try:
        return Volume(
            pixels.stored,
            stack.affine,
            slope=pixels.slope,
            intercept=pixels.intercept,
            unit=first.unit,
            modality=first.modality,
            kind=first.kind,
            name=first.description or first.modality,
            padding=pixels.padding,
            window=first.window,
            voi=first.voi,
            voi_lut=first.voi_lut,
            inverted=first.inverted,
            flat=stack.flat,
            warnings=(*stack.warnings, *lost),
            info=_facts(stack),
        )
    except SettingError as error:
        raise ReadError(
            first.path.name, f"has an unusable geometry ({error.what})", "Export it again"
        ) from None


def stack_with(stacks: Sequence[Stack], path: Path) -> Stack | None:
    """Return the stack that a file belongs to."""
    return next((stack for stack in stacks if any(h.path == path for h in stack.slices)), None)


def _with_truncation(header: SliceHeader) -> SliceHeader:
    """Return the header with the problem noted that its file is shorter than it claims."""
    found = truncation(header)
    return replace(header, problem=found) if found else header


def _facts(stack: Stack) -> dict[str, object]:
    """Return further facts for the information view; nothing that names the patient."""
    first = stack.first
    facts: dict[str, object] = {"series": stack.id, "files": len(stack.slices)}
    if first.frame_of_reference:
        facts["frame_of_reference"] = first.frame_of_reference
    if any(first.patient_orientation):
        facts["patient_orientation"] = first.patient_orientation
    return facts
