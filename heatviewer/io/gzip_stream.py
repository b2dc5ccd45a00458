"""Voxels from a file, plain or gzipped, straight into the array that shall hold them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import numpy as np

from heatviewer.core.errors import ReadError
from heatviewer.io.sniff import is_gzip

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from heatviewer.io.progress import Progress

#: Bytes inflated between two looks at the stop button, and packed bytes taken from the file for it.
#: MNI152 1 mm (8.7 MB) takes 10.9 ms so, 11.8 in pieces of 64 KiB, 12.1 from 16 KiB;
#: the gzip module takes 32 ms.
CHUNK: Final = 1 << 18
_PACKED: Final = 1 << 16
#: Deflate makes at most 1032 bytes of one: a header that claims more is wrong.
MOST_EXPANSION: Final = 1032
#: Bytes behind the voxels that are read at most for the sake of the checksum.
_MOST_TRAILING: Final = 1 << 26


def most_bytes(path: Path) -> int:
    """Return how many bytes a file can hold at most, gunzipped if it is a gzip file."""
    size = path.stat().st_size
    return size * MOST_EXPANSION if is_gzip(path) else size


def read_array(
    path: Path, dtype: np.dtype[Any], shape: tuple[int, ...], offset: int, progress: Progress
) -> NDArray[Any]:
    """Read voxels from a plain or gzipped file into one new array.

    Parameters
    ----------
    path : Path
        The file.
    dtype : dtype
        Element type in the file; another byte order is turned in place.
    shape : tuple of int
        First index fastest.
    offset : int
        Bytes before the first voxel, after inflating.
    progress : Progress
        Told the share of the compressed bytes.

    Returns
    -------
    ndarray
        Fortran-ordered, native byte order, writeable.

    Raises
    ------
    ReadError
        The file is cut short or damaged, or cannot hold what is claimed of it (checked before
        memory is taken).
    Cancelled
        The user stopped it.
    """
    needed = offset + dtype.itemsize * _product(shape)
    if most_bytes(path) < needed:
        raise cut_short(path, "its header tells of more voxels than the file can hold")
    array = np.empty(shape, dtype, order="F")
    memory = array.reshape(-1, order="F").view(np.uint8).data
    with _damage(path), path.open("rb") as file:
        size = max(path.stat().st_size, 1)
        packed = is_gzip(path)
        # A gzip stream is read on to its end, where its checksum is compared.
        last = len(memory) + (_MOST_TRAILING if packed else 0)
        filled = -offset
        for piece in _inflated(file) if packed else _read(file):
            # Bytes copied from the cache: 5 % of the time, against a stream that fills memory itself.
            wanted = piece[-filled:] if filled < 0 else piece
            begin = max(filled, 0)
            end = min(begin + len(wanted), len(memory))
            memory[begin:end] = wanted[: end - begin]
            filled += len(piece)
            progress.at(0.98 * file.tell() / size)
            if filled >= last:
                break
    if filled < len(memory):
        raise cut_short(path, f"{max(filled, 0)} of {len(memory)} bytes of voxels are there")
    if not dtype.isnative:
        array = _turned(array, progress)
    progress.at(1.0)
    return array


def cut_short(path: Path, what: str) -> ReadError:
    """Return the error of a file that ends too early."""
    return ReadError(path.name, f"is cut short: {what}", "Copy or download it again")


def _product(shape: tuple[int, ...]) -> int:
    product = 1
    for n in shape:
        product *= n
    return product


def _read(file: BinaryIO) -> Iterator[bytes]:
    while piece := file.read(CHUNK):
        yield piece


def _inflated(file: BinaryIO) -> Iterator[bytes]:
    """Yield a gzip file's content in pieces of at most CHUNK bytes, member by member.

    What follows a whole and proven member and is none itself (padding, garbage) is no damage.
    """
    from isal import isal_zlib

    packed = file.read(_PACKED)
    while packed[:2] == b"\x1f\x8b":
        member = isal_zlib.decompressobj(wbits=31)
        while not member.eof:
            packed = packed or file.read(_PACKED)
            piece = member.decompress(packed, CHUNK)
            if not piece and not packed:
                raise EOFError
            packed = member.unconsumed_tail
            if piece:
                yield piece
        packed = member.unused_data
        if len(packed) < 2:
            packed += file.read(_PACKED)


@contextmanager
def _damage(path: Path) -> Iterator[None]:
    """Turn what a damaged gzip file raises into one clear error."""
    from isal import isal_zlib

    broken: Any = isal_zlib.error  # its type is declared as an instance
    try:
        yield
    except EOFError:
        raise cut_short(path, "the compressed data end too early") from None
    except broken as error:
        detail = " ".join(str(error).split())
        raise ReadError(
            path.name, f"is a damaged gzip file ({detail})", "Copy or download it again"
        ) from None


def _turned(array: NDArray[Any], progress: Progress) -> NDArray[Any]:
    """Return an array of foreign byte order in native order, turned in its own memory."""
    from heatviewer.io.scaling import slabs

    for slab in slabs(array):
        progress.check()
        slab.byteswap(inplace=True)
    return array.view(array.dtype.newbyteorder("="))
