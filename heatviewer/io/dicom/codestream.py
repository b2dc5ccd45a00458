"""What a compressed frame claims of itself, read before any decoder takes memory for it.

Decoders believe their input: a few hundred bytes can claim a picture of gigabytes, or a million
tiles. A frame is decoded only after its own header agreed with the file's Rows, Columns and
SamplesPerPixel. Sources: ITU-T T.81 B.2 (JPEG), T.87 C (JPEG-LS), T.800 A (JPEG 2000).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_JPEG_START: Final = b"\xff\xd8"
_J2K_START: Final = b"\xff\x4f\xff\x51"
#: Start of frame of the kinds that are decoded: baseline, extended, progressive, lossless.
_SOF_JPEG: Final = (0xC0, 0xC1, 0xC2, 0xC3)
_SOF_LOSSLESS: Final = 0xC3
_SOF_JPEG_LS: Final = 0xF7
#: A scan costs a pass over the picture, whatever its bytes: more than any encoder makes.
_MOST_SCANS: Final = 100
#: Tiles and packets that a picture may have besides one for so many pixels each. Each costs a
#: decoder some hundred bytes to some kilobytes.
_TILES: Final = 1024
_PIXELS_A_TILE: Final = 1024
_PACKETS: Final = 1 << 16
_PIXELS_A_PACKET: Final = 16


class BadFrame(ValueError):
    """A frame that is not decoded; its text is the predicate of a message about the file."""


@dataclass(frozen=True, slots=True)
class Codestream:
    """A frame's own header.

    Attributes
    ----------
    rows, columns, samples : int
        Size in pixels, and numbers a pixel.
    bits : int
        Precision of a number.
    lossless : bool
        Whether it is a lossless JPEG; False for the other families.
    rgb : bool or None
        Whether its three components are said to be RGB (True) or YCbCr (False); None where it is silent.
    """

    rows: int
    columns: int
    samples: int
    bits: int
    lossless: bool = False
    rgb: bool | None = None


def jpeg_header(data: bytes) -> Codestream:
    """Read the header of a JPEG, lossless or lossy; BadFrame where it is damaged or hostile."""
    found, rgb = None, None
    for marker, segment in _jpeg_segments(data):
        if marker in _SOF_JPEG and found is None:
            found = _frame_header(segment, lossless=marker == _SOF_LOSSLESS)
            ids = bytes(segment[6 : 6 + 3 * found.samples : 3])
            rgb = True if ids.upper() == b"RGB" else rgb
        elif marker == 0xEE and segment[:5] == b"Adobe" and len(segment) >= 12 and rgb is None:
            rgb = segment[11] == 0
        elif marker == 0xE0 and segment[:5] == b"JFIF\0" and rgb is None:
            rgb = False
    if found is None:
        raise BadFrame("has a JPEG without a frame header")
    if data.count(b"\xff\xda") > _MOST_SCANS:
        raise BadFrame("has a JPEG of more scans than any encoder makes")
    return Codestream(found.rows, found.columns, found.samples, found.bits, found.lossless, rgb)


def jpeg_ls_header(data: bytes) -> Codestream:
    """Read the header of a JPEG-LS; BadFrame where it is damaged."""
    for marker, segment in _jpeg_segments(data):
        if marker == _SOF_JPEG_LS:
            return _frame_header(segment)
    raise BadFrame("has a JPEG-LS without a frame header")


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield marker and content of each segment up to the first scan."""
    if data[:2] != _JPEG_START:
        raise BadFrame("has a frame that is no JPEG")
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            raise BadFrame("has a damaged JPEG header")
        marker = data[at + 1]
        if marker == 0xFF:  # fill bytes may stand before any marker
            at += 1
            continue
        if marker == 0xDA:
            return
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if length < 2:
            raise BadFrame("has a damaged JPEG header")
        yield marker, data[at + 4 : at + 2 + length]
        at += 2 + length
    raise BadFrame("has a JPEG that is cut short")


def _frame_header(segment: bytes, *, lossless: bool = False) -> Codestream:
    if len(segment) < 6 or len(segment) < 6 + 3 * segment[5]:
        raise BadFrame("has a damaged JPEG header")
    rows, columns = int.from_bytes(segment[1:3], "big"), int.from_bytes(segment[3:5], "big")
    return Codestream(rows, columns, segment[5], segment[0], lossless)


def jpeg_2000_codestream(data: bytes) -> bytes:
    """Return the codestream of a frame that, against the standard, is wrapped in a JP2 file."""
    if data[4:8] == b"jP  ":
        start = data.find(_J2K_START)
        return data[max(start, 0) :]
    return data


def jpeg_2000_header(data: bytes) -> Codestream:
    """Read the header of a JPEG 2000 or HTJ2K codestream; BadFrame where it is damaged or hostile."""
    if data[:4] != _J2K_START or len(data) < 42:
        raise BadFrame("has a frame that is no JPEG 2000")
    x1, y1, x0, y0, tile_width, tile_height, tile_x, tile_y = (
        int.from_bytes(data[at : at + 4], "big") for at in range(8, 40, 4)
    )
    samples = int.from_bytes(data[40:42], "big")
    components = data[42 : 42 + 3 * samples]
    if len(components) < 3 * samples or not samples or min(tile_width, tile_height) == 0:
        raise BadFrame("has a damaged JPEG 2000 header")
    if set(components[1::3]) | set(components[2::3]) != {1}:
        raise BadFrame("has a JPEG 2000 with components of different sizes, which is not read")
    if len(set(components[0::3])) > 1:
        raise BadFrame("has a JPEG 2000 with components of different depths, which is not read")
    rows, columns = y1 - y0, x1 - x0
    if min(rows, columns) <= 0 or tile_x > x0 or tile_y > y0:
        raise BadFrame("has a damaged JPEG 2000 header")
    tiles = -(-(x1 - tile_x) // tile_width) * -(-(y1 - tile_y) // tile_height)
    if tiles > _TILES + rows * columns // _PIXELS_A_TILE:
        raise BadFrame("has a JPEG 2000 of more tiles than any encoder makes")
    tile = min(tile_width, columns), min(tile_height, rows)
    packets = tiles * samples * _packets_a_tile(data, *tile, wide=samples > 256)
    if packets > _PACKETS + rows * columns // _PIXELS_A_PACKET:
        raise BadFrame("has a JPEG 2000 of more packets than any encoder makes")
    return Codestream(rows, columns, samples, (components[0] & 0x7F) + 1)


def _packets_a_tile(data: bytes, width: int, height: int, *, wide: bool) -> int:
    """Return how many packets a component of a tile may have by the largest of all coding styles."""
    layers, precincts = 1, 1
    for marker, segment in _jpeg_2000_segments(data):
        if marker == 0x52 and len(segment) >= 10:  # COD
            layers = max(layers, int.from_bytes(segment[2:4], "big"))
            levels, sizes = segment[5], segment[10:] if segment[0] & 1 else b""
        elif marker == 0x53 and len(segment) >= 7 + wide:  # COC
            style, levels = segment[1 + wide : 3 + wide]
            sizes = segment[7 + wide :] if style & 1 else b""
        else:
            continue
        precincts = max(precincts, _precincts(width, height, levels, sizes))
    return layers * precincts


def _precincts(width: int, height: int, levels: int, sizes: bytes) -> int:
    """Return the number of precincts over all resolutions (T.800 B.6); sizes are exponents, y and x."""
    if levels > 32:
        raise BadFrame("has a damaged JPEG 2000 header")
    total = 0
    for level in range(levels + 1):
        both = sizes[level] if level < len(sizes) else 0xFF
        reduce = levels - level
        across = (width >> reduce + (both & 15)) + 1
        total += across * ((height >> reduce + (both >> 4)) + 1)
    return total


def _jpeg_2000_segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield marker and content of the segments of the main header and of all tile-part headers."""
    at, next_part = 2, len(data)
    while at + 4 <= len(data):
        marker = data[at + 1]
        if data[at] != 0xFF or marker == 0xD9:
            return
        if marker == 0x93:  # SOD: the packets up to the next tile-part
            at, next_part = next_part, len(data)
            continue
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if length < 2:
            return
        segment = data[at + 4 : at + 2 + length]
        if marker == 0x90 and len(segment) >= 6:  # SOT, with the length of the tile-part from here
            part = int.from_bytes(segment[2:6], "big")
            next_part = at + part if part >= 14 else len(data)
        yield marker, segment
        at += 2 + length
