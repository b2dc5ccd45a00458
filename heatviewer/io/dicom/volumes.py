"""From ordered planes to volumes: all of a stack, or some slices of it soon."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from heatviewer.core.errors import ReadError, SettingError
from heatviewer.core.volume import Volume
from heatviewer.io.dicom.findings import plane_names
from heatviewer.io.dicom.gaps import spread
from heatviewer.io.dicom.pixels import BadSlices, Pixels, is_packed, read_stack
from heatviewer.io.dicom.series import Stack, stacks_of
from heatviewer.io.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from heatviewer.io.listing import Early

#: From so many slices on a coarse volume comes first, and of about so many slices it is.
_MANY: Final = 48
_EARLY: Final = 12
_EARLY_PACKED: Final = 6


def open_stack(stack: Stack, progress: Progress, early: Early | None = None) -> Volume:
    """Decode a stack into a volume.

    Files whose pixels turn out to be damaged are left out with a warning, and the others are put
    in order anew. `early` gets every nth slice first, where there are many.

    Raises
    ------
    ReadError
        No file of it can be decoded, or it is of a kind that is not read.
    Cancelled
        The user stopped it.
    """
    _refuse(stack)
    if early is not None and len(stack.slices) >= _MANY:
        _show(stack, early, progress.part(0.0, 0.1))
    lost: tuple[str, ...] = ()
    part = progress.part(0.1, 0.9)
    # What is not there is found before decoding, and what cannot be decoded after: at least twice.
    while True:
        try:
            pixels = _on_grid(stack, part)
            break
        except BadSlices as damage:
            stack, told = _without(stack, damage)
            lost += told
            part = progress.part(0.9, 1.0)
    progress.at(1.0)
    return volume_of(stack, pixels, lost)


def _show(stack: Stack, early: Early, progress: Progress) -> None:
    """Show every nth slice, the middle one among them; a damaged one is told with the whole volume."""
    count = len(stack.frames[0])
    middle = count // 2
    slices: Sequence[int] = (middle,)
    if not stack.places:
        step = -(-count // (_EARLY_PACKED if is_packed(stack.first.file) else _EARLY))
        slices = range(middle % step, count, step)
    with suppress(ReadError):
        early(open_planes(stack, slices, progress))


def _without(stack: Stack, damage: BadSlices) -> tuple[Stack, tuple[str, ...]]:
    """Return a stack without its bad planes, put in order anew, and what to tell of them."""
    bad = {id(header) for header in damage.headers}
    left = [header for header in stack.slices if id(header) not in bad]
    text = f"{damage.error.where} {damage.error.what}; left out: {plane_names(damage.headers)}"
    return replace(stacks_of(left)[0], id=stack.id), (text,)


def open_planes(stack: Stack, slices: Sequence[int], progress: Progress | None = None) -> Volume:
    """Decode some slices of the first frame, evenly spaced, as a volume that lies where they do.

    Raises
    ------
    ReadError
        One of them cannot be decoded.
    Cancelled
        The user stopped it.
    """
    _refuse(stack)
    step = slices[1] - slices[0] if len(slices) > 1 else 1
    affine = stack.affine.copy()
    first = stack.places[slices[0]] if stack.places else slices[0]
    affine[:3, 3] += first * affine[:3, 2]
    affine[:3, 2] *= step
    frames = (tuple(stack.frames[0][k] for k in slices),)
    part = replace(stack, frames=frames, affine=affine, places=(), frame_axis=None)
    try:
        return volume_of(part, read_stack(part, progress or Progress()))
    except BadSlices as damage:
        raise damage.error from None


def volume_of(stack: Stack, pixels: Pixels, lost: tuple[str, ...] = ()) -> Volume:
    """Return a stack's pixels as a volume; `lost` are further warnings.

    Raises
    ------
    ReadError
        The positions make no volume.
    """
    first, file, shown = stack.first, stack.first.file, stack.middle
    facts: dict[str, object] = {"series": stack.id, "files": len({header.path for header in stack.slices})}
    if any(file.patient_orientation):
        facts["patient_orientation"] = file.patient_orientation
    try:
        channels = tuple(Volume(channel, stack.affine, flat=stack.flat) for channel in pixels.channels)
        return Volume(
            pixels.stored,
            stack.affine,
            slope=pixels.slope,
            intercept=pixels.intercept,
            unit=first.unit,
            modality=file.modality,
            kind=first.kind,
            name=file.description or file.modality,
            padding=pixels.padding,
            window=shown.window,
            windows=shown.windows,
            voi=shown.voi,
            voi_lut=shown.voi_lut,
            inverted=file.inverted,
            flat=stack.flat,
            channels=channels,
            frame_axis=stack.frame_axis,
            frame_of_reference=file.frame_of_reference,
            warnings=(*stack.warnings, *lost),
            info=facts | dict(file.facts),
        )
    except SettingError as error:
        raise ReadError(
            first.path.name, f"has an unusable geometry ({error.what})", "Export it again"
        ) from None


def _on_grid(stack: Stack, progress: Progress) -> Pixels:
    """Return a stack's pixels on its grid, on which places of missing slices are empty."""
    slices = read_stack(replace(stack, places=()), progress)
    return spread(slices, stack.places, progress)


def _refuse(stack: Stack) -> None:
    """Raise ReadError for a stack that is known to be unreadable."""
    if stack.problem:
        raise ReadError(stack.first.path.name, stack.problem, "Copy it again, or export it uncompressed")
