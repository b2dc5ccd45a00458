"""A file's bytes in pieces, unpacked on the way."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Literal

from heatviewer.core.errors import ReadError
from heatviewer.io.sniff import begins_with
from heatviewer.io.wording import detail_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: How bytes lie in a file: as they are, deflated (with gzip's or zlib's wrapper), by bzip2, or as
#: hexadecimal digits.
Packing = Literal["plain", "gzip", "zlib", "bzip2", "hex"]

#: Bytes unpacked between two looks at the stop button, and packed bytes taken from the file for it.
#: MNI152 1 mm (8.7 MB) takes 10.9 ms so, 11.8 in pieces of 64 KiB, 12.1 from 16 KiB;
#: the gzip module takes 32 ms.
CHUNK: Final = 1 << 18
_PACKED: Final = 1 << 16
#: What one byte of a file can become at most: a header that claims more is wrong. Deflate makes 1032;
#: bzip2 packs 45.9 million equal bytes into 37.
MOST_EXPANSION: Final[dict[Packing, float]] = {
    "plain": 1, "gzip": 1032, "zlib": 1032, "bzip2": 1 << 21, "hex": 0.5,
}  # fmt: skip


def packing_of(path: Path) -> Packing:
    """Return whether a file is a gzip file."""
    return "gzip" if begins_with(path, b"\x1f\x8b") else "plain"


def most_bytes(path: Path, packing: Packing | None = None, start: int = 0) -> int:
    """Return how many bytes a file can hold at most behind byte `start`, once unpacked."""
    left = max(path.stat().st_size - start, 0)
    return int(left * MOST_EXPANSION[packing or packing_of(path)])


def pieces(file: BinaryIO, packing: Packing) -> Iterator[bytes]:
    """Yield a file's unpacked bytes from its position on, in pieces of at most CHUNK bytes.

    To be used within `damage_named`.
    """
    if packing == "gzip":
        return _gunzipped(file)
    if packing == "zlib":
        return _inflated(file)
    if packing == "bzip2":
        return _bunzipped(file)
    return _from_digits(file) if packing == "hex" else _read(file)


def cut_short(path: Path, what: str) -> ReadError:
    """Return the error of a file that ends too early."""
    return ReadError(path.name, f"is cut short: {what}", "Copy or download it again")


@contextmanager
def damage_named(path: Path, packing: Packing) -> Iterator[None]:
    """Turn what damaged packed bytes raise into one clear error."""
    from isal import isal_zlib

    broken: Any = isal_zlib.error  # its type is declared as an instance
    try:
        yield
    except EOFError:
        raise cut_short(path, "the compressed data end too early") from None
    except (broken, ValueError) as error:
        what = "is a damaged gzip file" if packing == "gzip" else f"has damaged {packing} data"
        raise ReadError(
            path.name, f"{what} ({detail_of(error, path)})", "Copy or download it again"
        ) from None


def _read(file: BinaryIO) -> Iterator[bytes]:
    while piece := file.read(CHUNK):
        yield piece


def _gunzipped(file: BinaryIO) -> Iterator[bytes]:
    """Yield a gzip file's content, member by member.

    What follows a whole and proven member and is none itself (padding, garbage) is no damage.
    """
    from isal import isal_zlib

    packed = file.read(_PACKED)
    if packed[:2] != b"\x1f\x8b":
        raise ValueError("no gzip data where they should begin")
    while packed[:2] == b"\x1f\x8b":
        member = isal_zlib.decompressobj(wbits=31)
        yield from _unpacked(file, member, packed)
        packed = member.unused_data
        if len(packed) < 2:
            packed += file.read(_PACKED)


def _inflated(file: BinaryIO) -> Iterator[bytes]:
    from isal import isal_zlib

    # 47: with zlib's or gzip's wrapper, whichever is there.
    yield from _unpacked(file, isal_zlib.decompressobj(wbits=47), file.read(_PACKED))


def _unpacked(file: BinaryIO, member: Any, packed: bytes) -> Iterator[bytes]:
    """Yield what one deflated stream holds, whose first bytes are `packed`."""
    while not member.eof:
        packed = packed or file.read(_PACKED)
        piece = member.decompress(packed, CHUNK)
        if not piece and not packed:
            raise EOFError
        packed = member.unconsumed_tail
        if piece:
            yield piece


def _bunzipped(file: BinaryIO) -> Iterator[bytes]:
    import bz2

    stream = bz2.BZ2Decompressor()
    while not stream.eof:
        packed = file.read(_PACKED) if stream.needs_input else b""
        if stream.needs_input and not packed:
            raise EOFError
        try:
            piece = stream.decompress(packed, CHUNK)
        except OSError as error:
            raise ValueError(str(error)) from None
        if piece:
            yield piece


def _from_digits(file: BinaryIO) -> Iterator[bytes]:
    rest = b""
    while text := file.read(CHUNK):
        digits = rest + b"".join(text.split())
        even = len(digits) - len(digits) % 2
        rest = digits[even:]
        yield bytes.fromhex(digits[:even].decode("ascii", "replace"))
