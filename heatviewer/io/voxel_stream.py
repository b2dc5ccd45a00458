"""Voxels from files, plain or packed, straight into the array that shall hold them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from heatviewer.core.errors import ReadError
from heatviewer.io.scaling import slabs
from heatviewer.io.unpacking import Packing, cut_short, damage_named, most_bytes, pieces

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from heatviewer.io.progress import Progress

#: Bytes behind the voxels that are read at most for the sake of the checksum.
_MOST_TRAILING: Final = 1 << 26
#: Bytes of voxels from which a file is mapped. What is mapped and then cut by another program that
#: writes the file anew ends this one (SIGBUS); below, voxels are read into memory of our own.
MAPPED_FROM: Final = 1 << 31


@dataclass(frozen=True)
class Part:
    """Where voxels lie in a file.

    Attributes
    ----------
    path : Path
        The file.
    packing : str
        How its bytes are packed.
    start : int
        Bytes of the file before the packed ones.
    offset : int
        Unpacked bytes before the first voxel.
    """

    path: Path
    packing: Packing = "plain"
    start: int = 0
    offset: int = 0

    def check(self, size: int) -> None:
        """Refuse it where the file cannot hold that many bytes of voxels, before memory is taken.

        Raises
        ------
        ReadError
        """
        if most_bytes(self.path, self.packing, self.start) < self.offset + size:
            raise cut_short(self.path, "its header tells of more voxels than the file can hold")


def read_parts(
    parts: tuple[Part, ...], dtype: np.dtype[Any], shape: tuple[int, ...], progress: Progress
) -> NDArray[Any]:
    """Read voxels that lie in one file, or in several of equal share, into one new array.

    Parameters
    ----------
    parts : tuple of Part
        Where they lie, in their order.
    dtype : dtype
        Element type in the file; another byte order is turned in place.
    shape : tuple of int
        First index fastest.
    progress : Progress
        Told the share of the bytes in the files.

    Returns
    -------
    ndarray
        Fortran-ordered, native byte order, writeable.

    Raises
    ------
    ReadError
        A file is cut short or damaged, or cannot hold what is claimed of it (checked before
        memory is taken).
    Cancelled
        The user stopped it.
    """
    share = dtype.itemsize * math.prod(shape) // len(parts)
    for part in parts:
        part.check(share)
    array = new_array(shape, dtype, parts[0].path)
    memory = array.reshape(-1, order="F").view(np.uint8).data
    for n, part in enumerate(parts):
        _fill(memory[n * share : (n + 1) * share], part, progress.part(n / len(parts), (n + 1) / len(parts)))
    if not dtype.isnative:
        array = _turned(array, progress)
    progress.at(1.0)
    return array


def mapped_or_read(
    parts: tuple[Part, ...], dtype: np.dtype[Any], shape: tuple[int, ...], progress: Progress
) -> NDArray[Any]:
    """Return voxels as `read_parts` does, but mapped, not read, where they are very many.

    That is where one plain file holds them in native byte order and aligned: they then come from
    the disk as they are asked for.
    """
    part = parts[0]
    first = part.start + part.offset
    size = dtype.itemsize * math.prod(shape)
    fits = len(parts) == 1 and part.packing == "plain" and dtype.isnative and not first % dtype.alignment
    if not fits or size < MAPPED_FROM:
        return read_parts(parts, dtype, shape, progress)
    part.check(size)
    return np.memmap(part.path, dtype, "r", first, shape, order="F")


def tail_of(part: Part, size: int, most: int, progress: Progress) -> bytes:
    """Return up to `most` bytes that follow `size` bytes of voxels.

    Raises
    ------
    ReadError, Cancelled
    """
    first = part.offset + size
    tail = b""
    seen = 0
    with damage_named(part.path, part.packing), part.path.open("rb") as file:
        file.seek(part.start)
        for piece in pieces(file, part.packing):
            progress.check()
            tail += piece[max(first - seen, 0) :][: most - len(tail)]
            seen += len(piece)
            if len(tail) >= most:
                break
    return tail


def new_array(shape: tuple[int, ...], dtype: np.dtype[Any], path: Path) -> NDArray[Any]:
    """Return new Fortran-ordered memory; ReadError where the machine has not that much."""
    try:
        return np.empty(shape, dtype, order="F")
    except (MemoryError, ValueError):
        size = dtype.itemsize * math.prod(shape) / 1e9
        raise ReadError(
            path.name, f"needs {size:.3g} GB of memory, which are not there", "Crop or bin it"
        ) from None


def _fill(memory: memoryview, part: Part, progress: Progress) -> None:
    """Read one file's share of the voxels into the memory for them."""
    path = part.path
    with damage_named(path, part.packing), path.open("rb") as file:
        size = max(path.stat().st_size, 1)
        file.seek(part.start)
        # A packed stream is read on to its end, where its checksum is compared.
        last = len(memory) + (_MOST_TRAILING if part.packing in ("gzip", "zlib", "bzip2") else 0)
        filled = -part.offset
        for piece in pieces(file, part.packing):
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


def _turned(array: NDArray[Any], progress: Progress) -> NDArray[Any]:
    """Return an array of foreign byte order in native order, turned in its own memory."""
    for slab in slabs(array):
        progress.check()
        slab.byteswap(inplace=True)
    return array.view(array.dtype.newbyteorder("="))
