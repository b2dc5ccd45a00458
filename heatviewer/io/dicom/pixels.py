"""Pixels of ordered slices, decoded into one array and brought to the unit of the data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from heatviewer.core.errors import ReadError
from heatviewer.io.dicom.header import pydicom_quiet
from heatviewer.io.scaling import moved, moved_type, value_range

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from heatviewer.io.dicom.header import PixelPlace, SliceHeader
    from heatviewer.io.dicom.series import Stack
    from heatviewer.io.progress import Progress

_RLE: Final = "1.2.840.10008.1.2.5"
#: PackBits, RLE's method, makes at most 128 bytes of two.
_MOST_RLE_EXPANSION: Final = 64


class BadSlices(Exception):
    """Files of a stack whose pixels cannot be decoded, with the reason of the first."""

    def __init__(self, headers: list[SliceHeader], error: ReadError) -> None:
        super().__init__(error)
        self.headers = headers
        self.error = error


@dataclass(frozen=True, eq=False)
class Pixels:
    """A stack's pixels: ``stored * slope + intercept`` are values in the unit of the data.

    Attributes
    ----------
    stored : ndarray
        (x, y, z) or (x, y, z, t), Fortran-ordered.
    slope, intercept : float
        1 and 0 where they were applied or there are none.
    padding : (float, float) or None
        Inclusive range of stored numbers that mean 'no data'.
    """

    stored: NDArray[Any]
    slope: float
    intercept: float
    padding: tuple[float, float] | None


def read_stack(stack: Stack, progress: Progress) -> Pixels:
    """Decode all slices of a stack.

    One slope and intercept stay beside the stored integers (a whole intercept is added to them);
    where they differ from slice to slice the result is float32 values, with NaN for padding.

    Raises
    ------
    BadSlices
        Some files cannot be decoded; the others could be.
    ReadError
        None can.
    Cancelled
        The user stopped it.
    """
    scales = {(header.slope, header.intercept) for header in stack.slices}
    dtype = _stored_type(stack.first)
    varying = len(scales) > 1
    for header in stack.slices:
        _check_claim(header)
    array = np.empty(stack.shape, np.dtype(np.float32) if varying else dtype, order="F")
    bad: list[SliceHeader] = []
    errors: list[ReadError] = []
    slices = stack.slices
    with pydicom_quiet():
        for number, header in enumerate(slices):
            progress.at(0.95 * number / len(slices))
            plane = _plane_of(array, number, len(stack.frames[0]))
            try:
                _read_plane(header, plane, varying)
            except ReadError as error:
                bad.append(header)
                errors.append(error)
    if bad:
        raise errors[0] if len(bad) == len(slices) else BadSlices(bad, errors[0])
    padding = None if varying else _padding(stack.first)
    slope, intercept = (1.0, 0.0) if varying else scales.pop()
    pixels = _settled(Pixels(array, slope, intercept, padding), progress)
    progress.at(1.0)
    return pixels


def truncation(header: SliceHeader) -> str:
    """Return how a file falls short of the pixels that it claims, or empty."""
    place, needed = header.pixels, _bytes_of(header)
    if place is None or place.length < 0 or header.problem:
        return ""
    there = min(place.length, header.file_size - place.offset)
    return f"is cut short: {there} of {needed} bytes of pixels are there" if there < needed else ""


def decode(header: SliceHeader) -> NDArray[Any]:
    """Return one file's stored pixels, shape (rows, columns), native integers.

    Raises
    ------
    ReadError
        The file is damaged, cut short, or compressed in a way that no decoder here knows.
    """
    out = np.empty((header.rows, header.columns), _stored_type(header))
    if header.pixels is not None and header.pixels.length >= 0:
        _read_raw(header, header.pixels, out)
        packed = True
    else:
        out[...] = _decoded(header)
        packed = header.pixels is None or header.syntax == _RLE
    _unpack(header, out, packed)
    return out


def _read_plane(header: SliceHeader, plane: NDArray[Any], varying: bool) -> None:
    """Fill one slice, a (rows, columns) view of the volume; with `varying` in the unit of the data."""
    if not varying and header.pixels is not None and header.pixels.length >= 0:
        _read_raw(header, header.pixels, plane)
        _unpack(header, plane, packed=True)
        return
    stored = decode(header)
    if not varying:
        plane[...] = stored
        return
    plane[...] = stored * header.slope + header.intercept
    padding = _padding(header)
    if padding is not None:
        plane[(stored >= padding[0]) & (stored <= padding[1])] = np.nan


def _plane_of(array: NDArray[Any], number: int, slices: int) -> NDArray[Any]:
    """Return slice `number`, counted frame by frame, as a C-ordered (rows, columns) view."""
    plane = array[:, :, number] if array.ndim == 3 else array[:, :, number % slices, number // slices]
    return plane.T


def _stored_type(header: SliceHeader) -> np.dtype[Any]:
    return np.dtype(f"{'i' if header.signed else 'u'}{header.bits_allocated // 8}")


def _bytes_of(header: SliceHeader) -> int:
    return header.rows * header.columns * (header.bits_allocated // 8)


def _check_claim(header: SliceHeader) -> None:
    """Refuse a size that the file cannot hold, before memory is taken for it."""
    found = truncation(header)
    if not found and header.syntax == _RLE and header.file_size * _MOST_RLE_EXPANSION < _bytes_of(header):
        found = f"cannot hold the {header.columns} × {header.rows} pixels that it claims"
    if found:
        raise ReadError(header.path.name, found, "Copy or export it again")


def _read_raw(header: SliceHeader, place: PixelPlace, out: NDArray[Any]) -> None:
    """Read uncompressed pixels from their place in the file into a C-ordered array."""
    with header.path.open("rb") as file:
        file.seek(place.offset)
        count = file.readinto(out.data.cast("B"))
    if count < out.nbytes:
        raise ReadError(header.path.name, "was cut short while it was read", "Read it again")
    if not header.encoding[1] and (out.itemsize > 1 or (place.words and out.size % 2 == 0)):
        turned = out if out.itemsize > 1 else out.reshape(-1).view(np.uint16)
        turned.byteswap(inplace=True)


def _decoded(header: SliceHeader) -> NDArray[Any]:
    """Return pixels that pydicom and its plugins decode: compressed or deflated files."""
    from pydicom import dcmread
    from pydicom.uid import UID

    try:
        found = dcmread(header.path, force=True).pixel_array
    except MemoryError:
        raise ReadError(header.path.name, "does not fit in memory", "Close other programs") from None
    except Exception as error:  # each decoder has errors of its own
        name = UID(header.syntax).name if header.syntax else "unknown transfer syntax"
        missing = isinstance(error, (RuntimeError, NotImplementedError)) and "missing" in str(error)
        what = "which no decoder here can read" if missing else "and cannot be decoded"
        raise ReadError(
            header.path.name, f"is stored as {name}, {what}", "Export it uncompressed, or as JPEG 2000 or RLE"
        ) from None
    if found.shape != (header.rows, header.columns):
        raise ReadError(header.path.name, "decodes to another size than it claims", "Export it again")
    return found


def _unpack(header: SliceHeader, out: NDArray[Any], packed: bool) -> None:
    """Take the stored bits out of their cells, in place, and extend the sign.

    Old files keep overlays or garbage in the unused bits. Decoders other than RLE give whole
    numbers already (`packed` false), whatever HighBit says.
    """
    spare = header.bits_allocated - header.bits_stored
    if spare == 0:
        return
    above = header.bits_allocated - 1 - header.high_bit if packed else spare
    if above > 0:
        np.left_shift(out, above, out=out)
    np.right_shift(out, spare, out=out)


def _padding(header: SliceHeader) -> tuple[float, float] | None:
    """Return the padding range in the numbers that decoding gives."""
    if header.padding is None:
        return None
    ends = np.array(header.padding).astype(_stored_type(header))
    _unpack(header, ends, packed=False)
    return float(ends.min()), float(ends.max())


def _settled(pixels: Pixels, progress: Progress) -> Pixels:
    """Return the pixels with a whole intercept of slope 1 added to the integers, where a type fits."""
    stored, intercept = pixels.stored, pixels.intercept
    if stored.dtype.kind == "f" or pixels.slope != 1.0 or not intercept or not intercept.is_integer():
        return pixels
    low, high = value_range(stored, progress)
    target = moved_type(stored.dtype, low + int(intercept), high + int(intercept))
    if target is None:
        return pixels
    padding = pixels.padding
    if padding is not None:
        padding = padding[0] + intercept, padding[1] + intercept
    return Pixels(moved(stored, int(intercept), target, progress), 1.0, 0.0, padding)
