"""Pixels of ordered planes, read by several threads into one array."""

from __future__ import annotations

import os
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from itertools import groupby
from threading import Event
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from heatviewer.core.errors import ReadError
from heatviewer.io.dicom.decoders import CODECS
from heatviewer.io.dicom.pixel_file import (
    is_color,
    missing_bytes,
    opened,
    refusal,
    stored_type,
)
from heatviewer.io.dicom.targets import Pixels, Target, target_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from heatviewer.io.dicom.header import ImageFile, SliceHeader
    from heatviewer.io.dicom.pixel_file import PixelSource
    from heatviewer.io.dicom.series import Stack
    from heatviewer.io.progress import Progress

__all__ = ["BadSlices", "Pixels", "is_packed", "problem_of", "read_stack"]

#: Reading from the page cache and decoding both gain from a second processor; more only add memory.
_THREADS: Final = min(4, os.cpu_count() or 1)
#: Planes that a thread takes at once: at most this many bytes, and a part of the stack that is
#: small enough for the progress to flow.
_BATCH_BYTES: Final = 1 << 22
_BATCHES: Final = 64
#: Seconds between two looks at the stop button; a large frame takes longer to decode than that.
_LOOK: Final = 0.05
#: What compressed series may claim whatever their size: blank pictures take next to nothing.
_FREE_BYTES: Final = 1 << 28
#: Most bytes that deflate makes of one.
_MOST_DEFLATED: Final = 1032


class BadSlices(Exception):
    """Planes of a stack whose pixels cannot be decoded, with the reason of the first."""

    def __init__(self, headers: list[SliceHeader], error: ReadError) -> None:
        super().__init__(error)
        self.headers = headers
        self.error = error


class _Plane(NamedTuple):
    """A plane and its number in the stack, counted frame by frame."""

    number: int
    header: SliceHeader


_Bad = list[tuple["SliceHeader", ReadError]]


def read_stack(stack: Stack, progress: Progress) -> Pixels:
    """Decode all planes of a stack.

    One slope and intercept stay beside the stored numbers (a whole intercept is added to
    integers); where they differ from plane to plane the result is values, with NaN for padding.
    A modality LUT is applied. Colours become three channels and their brightness.

    Raises
    ------
    BadSlices
        Some planes cannot be decoded; the others could be.
    ReadError
        None can.
    Cancelled
        The user stopped it.
    """
    planes = [_Plane(n, header) for n, header in enumerate(stack.slices)]
    planes.sort(key=lambda plane: (str(plane.header.path), plane.header.frame))
    _raise(_absent(planes, progress), len(planes))
    target = target_of(stack)
    _raise(_read(planes, target, progress.part(0.0, 0.95)), len(planes))
    pixels = target.pixels(progress)
    progress.at(1.0)
    return pixels


def problem_of(header: SliceHeader) -> str:
    """Return why a plane's pixels cannot be read, as far as its header tells, or empty."""
    file = header.file
    return file.problem or refusal(file) or missing_bytes(file, header.frame)


def _raise(bad: _Bad, planes: int) -> None:
    """Raise what planes that cannot be read mean for the stack."""
    if bad:
        headers, errors = zip(*bad, strict=True)
        raise errors[0] if len(bad) == planes else BadSlices(list(headers), errors[0])


# --- before memory is taken ------------------------------------------------------------------


def _absent(planes: Sequence[_Plane], progress: Progress) -> _Bad:
    """Return the planes that their files do not hold, whatever these claim.

    Raises
    ------
    ReadError
        Together they claim more than their files can hold.
    """
    bad: _Bad = []
    claimed, most = 0, _FREE_BYTES
    for _, group in groupby(planes, key=lambda plane: plane.header.path):
        progress.check()
        headers = [plane.header for plane in group]
        file = headers[0].file
        bad.extend(_absent_in(file, headers))
        if is_packed(file):
            claimed += sum(map(_bytes_of, headers))
            most += _most_bytes(file)
    if claimed > most and not bad:
        what = f"belongs to a series that cannot hold the {claimed >> 20} MiB of pixels that it claims"
        raise _error(planes[0].header.file, what)
    return bad


def _absent_in(file: ImageFile, headers: Sequence[SliceHeader]) -> _Bad:
    """Return the planes of one file that it does not hold."""
    found = [(header, _error(file, text)) for header in headers if (text := problem_of(header))]
    if found or not is_packed(file):
        return found
    if sum(map(_bytes_of, headers)) > _FREE_BYTES + _most_bytes(file):
        claim = f"cannot hold the {file.columns} × {file.rows} pixels that it claims"
        return [(header, _error(file, claim)) for header in headers]
    if file.frames == 1 or file.pixels is None:
        return []
    try:
        with opened(file) as source:
            there = source.frames
    except ReadError as error:
        return [(header, error) for header in headers]
    cut = _error(file, f"is cut short: {there} of {file.frames} frames are there")
    return [(header, cut) for header in headers if header.frame >= there]


def is_packed(file: ImageFile) -> bool:
    """Return whether a file's pixels are compressed or deflated."""
    return file.pixels is None or file.pixels.length < 0


def _most_bytes(file: ImageFile) -> int:
    codec = CODECS.get(file.syntax)
    return file.size * (_MOST_DEFLATED if codec is None else codec.expansion)


def _bytes_of(header: SliceHeader) -> int:
    """Return the memory that a plane takes once it is decoded."""
    size = 4 if is_color(header.file) else stored_type(header.file).itemsize
    return header.rows * header.columns * size


def _error(file: ImageFile, what: str) -> ReadError:
    return ReadError(file.path.name, what, "Copy or export it again")


# --- reading ---------------------------------------------------------------------------------


def _read(planes: Sequence[_Plane], target: Target, progress: Progress) -> _Bad:
    """Read all planes into the target; return those that cannot be decoded.

    The decoders cannot be stopped: when the work is no longer wanted they end by themselves, and
    nobody waits for them.
    """
    batches = _batches(planes)
    threads = _THREADS if len(batches) == 1 else 1
    bad: _Bad = []
    finished = 0
    stop = Event()
    pool = ThreadPoolExecutor(_THREADS, "pixels")
    try:
        waiting = {pool.submit(_read_batch, batch, target, stop, threads) for batch in batches}
        while waiting:
            done, waiting = wait(waiting, _LOOK, FIRST_COMPLETED)
            progress.check()
            for future in done:
                bad.extend(future.result())
                finished += 1
                progress.at(finished / len(batches))
    finally:
        stop.set()
        pool.shutdown(wait=False, cancel_futures=True)
    return bad


def _batches(planes: Sequence[_Plane]) -> list[list[_Plane]]:
    """Return the planes in the parts that threads take; a deflated file is read at once."""
    most = -(-len(planes) // _BATCHES)
    batches: list[list[_Plane]] = []
    size = 0
    for plane in planes:
        file = plane.header.file
        same = bool(batches) and batches[-1][-1].header.path == file.path
        whole = same and (file.pixels is None or batches[-1][-1].header.frame == plane.header.frame)
        if not batches or not (whole or (len(batches[-1]) < most and size < _BATCH_BYTES)):
            batches.append([])
            size = 0
        batches[-1].append(plane)
        size += _bytes_of(plane.header)
    return batches


def _read_batch(batch: Sequence[_Plane], target: Target, stop: Event, threads: int) -> _Bad:
    bad: _Bad = []
    for _, group in groupby(batch, key=lambda plane: plane.header.path):
        planes = list(group)
        if stop.is_set():
            break
        try:
            with opened(planes[0].header.file, threads) as source:
                for plane in planes:
                    if stop.is_set():
                        break
                    bad.extend(_read_plane(source, plane, target))
        except ReadError as error:
            bad.extend((plane.header, error) for plane in planes)
    return bad


def _read_plane(source: PixelSource, plane: _Plane, target: Target) -> _Bad:
    number, header = plane
    try:
        room = target.room(number) if header.tile is None else None
        pixels, photometric = source.frame(header.frame, room)
        target.put(number, header, _tile(pixels, header), photometric)
    except ReadError as error:
        return [(header, error)]
    return []


def _tile(frame: NDArray[Any], header: SliceHeader) -> NDArray[Any]:
    """Return a plane of a frame: all of it, or a mosaic's tile."""
    if header.tile is None:
        return frame
    left, top, width, height = header.tile
    return frame[top : top + height, left : left + width]
