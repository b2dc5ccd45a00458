"""Where the frames of an encapsulated file lie: its items, gathered by frame (PS3.5 A.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Final

import numpy as np

from heatviewer.io.dicom.codestream import BadFrame

if TYPE_CHECKING:
    from heatviewer.io.dicom.header import ImageFile

#: Offset and length in the file.
Fragment = tuple[int, int]

#: Its frames have one fragment each.
_RLE: Final = "1.2.840.10008.1.2.5"
_ITEM: Final = b"\xfe\xff\x00\xe0"
#: How frames of the JPEG families begin: JPEG and JPEG-LS, JPEG 2000, JPEG 2000 wrapped in a JP2 file.
_STARTS: Final = (b"\xff\xd8\xff", b"\xff\x4f\xff\x51", b"\x00\x00\x00\x0cjP  ")
#: Fragments that a file may have besides so many a frame: walking over an item takes a microsecond.
_FRAGMENTS: Final = 10_000
_FRAGMENTS_A_FRAME: Final = 100


def frames_of(stream: BinaryIO, file: ImageFile) -> list[list[Fragment]]:
    """Return the fragments of each frame that is there; a cut file has fewer than it claims.

    One fragment a frame is the rule. Else the offset table tells, and without one the
    signature that frames begin with.

    Raises
    ------
    BadFrame
        The items are damaged, or their frames cannot be told apart.
    """
    assert file.pixels is not None
    table, fragments = _items(stream, file.pixels.offset, file)
    if file.frames == 1:
        return [fragments] if fragments else []
    if len(fragments) == file.frames:
        return [[fragment] for fragment in fragments]
    by_table = _by_table(table, fragments)
    if len(by_table) == file.frames:
        return by_table
    by_start = [[one] for one in fragments] if file.syntax == _RLE else _by_start(stream, fragments)
    if len(by_start) > file.frames:
        raise BadFrame(f"has {len(by_start)} compressed frames, not {file.frames} as it claims")
    return by_start


def _items(stream: BinaryIO, offset: int, file: ImageFile) -> tuple[list[int], list[Fragment]]:
    """Return the offset table and the fragments that lie in the file whole."""
    fragments: list[Fragment] = []
    table: list[int] | None = None
    most = _FRAGMENTS + _FRAGMENTS_A_FRAME * file.frames
    while True:
        stream.seek(offset)
        head = stream.read(8)
        if len(head) < 8 or head[:4] != _ITEM:  # the end, or the sequence's delimiter
            return table or [], fragments
        length = int.from_bytes(head[4:], "little")
        offset += 8
        if offset + length > file.size:
            return table or [], fragments
        if table is None:
            data = stream.read(length) if length <= 4 * file.frames else b""
            table = np.frombuffer(data[: length // 4 * 4], "<u4").tolist()
        elif length:
            fragments.append((offset, length))
        offset += length
        if len(fragments) > most:
            raise BadFrame("has more fragments than any writer makes")


def _by_table(table: list[int], fragments: list[Fragment]) -> list[list[Fragment]]:
    """Return the fragments by the offsets of the frames' first items, counted from the first item."""
    if not fragments or len(table) < 2 or table != sorted(set(table)):
        return []
    first = fragments[0][0]
    frames: list[list[Fragment]] = [[] for _ in table]
    starts = np.searchsorted(table, [offset - first for offset, _ in fragments], side="right") - 1
    for fragment, frame in zip(fragments, starts.tolist(), strict=True):
        frames[max(frame, 0)].append(fragment)
    return frames if all(frames) else []


def _by_start(stream: BinaryIO, fragments: list[Fragment]) -> list[list[Fragment]]:
    """Return the fragments, a new frame from each that begins with a signature."""
    frames: list[list[Fragment]] = []
    for offset, length in fragments:
        stream.seek(offset)
        if stream.read(8).startswith(_STARTS) or not frames:
            frames.append([])
        frames[-1].append((offset, length))
    return frames
