"""Voxels written as numbers in text."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from heatviewer.core.errors import ReadError
from heatviewer.io.unpacking import CHUNK, cut_short
from heatviewer.io.voxel_stream import new_array

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from heatviewer.io.progress import Progress

#: Letters of a number at most.
_LONGEST: Final = 64


def read_text(
    path: Path, start: int, dtype: np.dtype[Any], shape: tuple[int, ...], progress: Progress
) -> NDArray[Any]:
    """Read numbers separated by blanks, commas or line ends, first index fastest.

    Parameters
    ----------
    start : int
        Bytes of the file before the first number.

    The others, the result and the errors are those of `voxel_stream.read_parts`.
    """
    count = math.prod(shape)
    size = max(path.stat().st_size, 1)
    if size - start < 2 * count - 1:
        raise cut_short(path, "its header tells of more voxels than the file can hold")
    array = new_array(shape, dtype.newbyteorder("="), path)
    flat = array.reshape(-1, order="F")
    filled = 0
    rest = b""
    with path.open("rb") as file:
        file.seek(start)
        while filled < count and (piece := file.read(CHUNK)):
            words, rest = _words(rest + piece, path)
            filled = _put(flat, filled, words, path)
            progress.at(file.tell() / size)
    filled = _put(flat, filled, rest.split(), path)
    if filled < count:
        raise cut_short(path, f"{filled} of {count} numbers are there")
    progress.at(1.0)
    return array


def _words(text: bytes, path: Path) -> tuple[list[bytes], bytes]:
    """Return the whole words of a text, and the last one, which may go on."""
    text = text.replace(b",", b" ")
    words = text.split()
    if not words or text[-1:].isspace():
        return words, b""
    if len(words[-1]) > _LONGEST:
        raise _no_number(path)
    return words[:-1], words[-1]


def _put(flat: NDArray[Any], filled: int, words: list[bytes], path: Path) -> int:
    """Write numbers behind those that are there; return how many there are then."""
    words = words[: flat.size - filled]
    if not words:
        return filled
    try:
        flat[filled : filled + len(words)] = np.array(words).astype(flat.dtype)
    except (ValueError, OverflowError):
        raise _no_number(path) from None
    return filled + len(words)


def _no_number(path: Path) -> ReadError:
    return ReadError(path.name, "has text among its voxels where a number is expected", "Write it again")
