"""One NumPy array from a stream: its header, and its values into a volume's memory."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, Final

import numpy as np

from heatviewer.core.errors import ReadError
from heatviewer.io.unpacking import CHUNK
from heatviewer.io.voxel_stream import new_array

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from heatviewer.io.progress import Progress

#: Bytes that are read before they are put to their places, and rows of the slowest axis at most: a
#: row fewer, and each cache line of the volume is written several times.
_SLAB_BYTES: Final = 1 << 26
_SLAB_ROWS: Final = 64


@dataclass(frozen=True)
class ArrayHeader:
    """An array's shape, whether its first index runs fastest, its type, and where its values begin."""

    shape: tuple[int, ...]
    fortran: bool
    dtype: np.dtype[Any]
    start: int


def read_header(stream: IO[bytes], where: str, size: int) -> ArrayHeader:
    """Read the header of an array in NumPy's format; the stream is then at the first value.

    Parameters
    ----------
    stream : file
        At the array's first byte.
    where : str
        Name for messages.
    size : int
        Bytes that the array has at most, header and values.

    Raises
    ------
    ReadError
        It is none, holds anything but numbers, or claims more than there is.
    """
    form = np.lib.format
    try:
        version = form.read_magic(stream)
        reader = {(1, 0): form.read_array_header_1_0, (2, 0): form.read_array_header_2_0}[version]
        with warnings.catch_warnings():
            # Headers that Python 2 wrote are read with a warning.
            warnings.simplefilter("ignore")
            shape, fortran, dtype = reader(stream)
    except Exception as error:  # NumPy parses the header as Python, which raises whatever it meets
        detail = " ".join(str(error).split())[:80]
        raise ReadError(where, f"has a damaged array header ({detail})", "Save it again") from None
    if dtype.hasobject:
        what = "holds Python objects, which are not read, as they can run programs"
        raise ReadError(where, what, "Save it as numbers")
    if dtype.kind not in "biufc" or dtype.shape:
        raise ReadError(where, f"has elements of the type {str(dtype)[:40]}", "Save it as numbers")
    start = stream.tell()
    if any(n < 0 for n in shape) or start + dtype.itemsize * math.prod(shape) > size:
        raise ReadError(
            where, "is cut short: its header tells of more values than there are", "Save it again"
        )
    return ArrayHeader(shape, fortran, dtype, start)


def read_values(stream: IO[bytes], header: ArrayHeader, path: Path, progress: Progress) -> NDArray[Any]:
    """Read an array's values into Fortran-ordered memory of native type.

    Returns
    -------
    ndarray
        float16 as float32, wider than 64 bits as float64, complex as magnitude, bool as uint8.

    Raises
    ------
    ReadError
        The stream ends too early.
    Cancelled
        The user stopped it.
    """
    target = _target(header.dtype)
    array = new_array(header.shape, target, path)
    # In slabs along the slowest axis of the file.
    slowest = len(header.shape) - 1 if header.fortran else 0
    count = header.shape[slowest]
    across = header.dtype.itemsize * math.prod(header.shape) // count
    rows = max(1, min(_SLAB_ROWS, _SLAB_BYTES // across))
    for first in range(0, count, rows):
        taken = min(rows, count - first)
        data = _exactly(stream, taken * across, path, progress)
        shape = list(header.shape)
        shape[slowest] = taken
        slab = np.frombuffer(data, header.dtype).reshape(shape, order="F" if header.fortran else "C")
        part = array[..., first : first + taken] if header.fortran else array[first : first + taken]
        for low in range(0, slab.shape[-1], _SLAB_ROWS):
            progress.check()
            part[..., low : low + _SLAB_ROWS] = _values(slab[..., low : low + _SLAB_ROWS])
        progress.at((first + taken) / count)
    # A packed stream compares its checksum at its end.
    stream.read(1)
    return array


def _target(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the type that a volume holds such numbers in."""
    if dtype.kind == "b":
        return np.dtype(np.uint8)
    if dtype.kind == "c":
        return np.dtype(np.float32 if dtype.itemsize == 8 else np.float64)
    if dtype.kind == "f":
        return np.dtype(np.float32 if dtype.itemsize <= 4 else np.float64)
    return dtype.newbyteorder("=")


def _values(slab: NDArray[Any]) -> NDArray[Any]:
    return np.abs(slab) if slab.dtype.kind == "c" else slab


def _exactly(stream: IO[bytes], size: int, path: Path, progress: Progress) -> bytearray:
    """Read so many bytes; ReadError where the stream has fewer."""
    data = bytearray(size)
    view = memoryview(data)
    filled = 0
    while filled < size:
        progress.check()
        piece = stream.read(min(CHUNK, size - filled))
        if not piece:
            raise ReadError(
                path.name, "is cut short: some of its values are missing", "Copy or save it again"
            )
        view[filled : filled + len(piece)] = piece
        filled += len(piece)
    return data
