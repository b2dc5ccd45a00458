"""Where decoded planes go: one array of integers, of values, or one a colour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from heatviewer.io.dicom.color import brightness, rgb_of
from heatviewer.io.dicom.luts import modality_lut, palette
from heatviewer.io.dicom.pixel_file import is_color, keep_bits, stored_type
from heatviewer.io.scaling import moved, moved_type

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from heatviewer.io.dicom.header import ImageFile, SliceHeader
    from heatviewer.io.dicom.luts import Lut
    from heatviewer.io.dicom.series import Stack
    from heatviewer.io.progress import Progress


@dataclass(frozen=True, eq=False)
class Pixels:
    """A stack's pixels: ``stored * slope + intercept`` are values in the unit of the data.

    Attributes
    ----------
    stored : ndarray
        (x, y, z) or (x, y, z, t), Fortran-ordered. Of colours, their brightness.
    slope, intercept : float
        1 and 0 where they were applied or there are none.
    padding : (float, float) or None
        Inclusive range of stored numbers that mean 'no data'.
    channels : tuple of ndarray
        Red, green and blue of a colour image, uint8, of the shape of `stored`.
    """

    stored: NDArray[Any]
    slope: float = 1.0
    intercept: float = 0.0
    padding: tuple[float, float] | None = None
    channels: tuple[NDArray[np.uint8], ...] = ()


class Target(Protocol):
    """Gets the planes of a stack in any order, from several threads, and then gives its pixels."""

    def room(self, number: int) -> NDArray[Any] | None:
        """Return the (rows, columns) array that a raw plane may be read into; None: it must be changed."""

    def put(self, number: int, header: SliceHeader, plane: NDArray[Any], photometric: str) -> None:
        """Take the stored numbers of plane `number`, counted frame by frame.

        Raises
        ------
        ReadError
            A table that they need is damaged.
        """

    def pixels(self, progress: Progress) -> Pixels:
        """Return all planes, once they are there."""


def target_of(stack: Stack) -> Target:
    """Return the target for a stack's kind of pixels; it takes the memory."""
    headers = stack.slices
    if is_color(stack.first.file):
        return _Colors(stack)
    tables = {header.has_lut for header in headers}
    if True in tables:
        plain = len(tables) == 1 and all(header.file.padding is None for header in headers)
        return _Tabled(stack) if plain else _Values(stack)
    varying = len({(header.slope, header.intercept) for header in headers}) > 1
    return _Values(stack) if varying else _Numbers(stack)


class _Numbers:
    """Numbers as stored, with one slope and intercept; a whole intercept is added to integers.

    It is added to each plane while that is in the processor's cache: another pass over the volume
    would take as long as reading it. The sums may overflow until all ends are known.
    """

    def __init__(self, stack: Stack) -> None:
        first = stack.first
        self._array: NDArray[Any] = np.empty(stack.shape, stored_type(first.file), order="F")
        self._slope, self._intercept = first.slope, first.intercept
        self._padding = padding_of(first)
        whole = self._slope == 1.0 and self._intercept.is_integer() and abs(self._intercept) < 2**31
        self._step = int(self._intercept) if whole and self._array.dtype.kind in "iu" else 0
        self._ends = np.zeros((len(stack.slices), 2), self._array.dtype)

    def room(self, number: int) -> NDArray[Any] | None:
        return plane_view(self._array, number)

    def put(self, number: int, header: SliceHeader, plane: NDArray[Any], photometric: str) -> None:  # noqa: ARG002 (as every Target)
        out = plane_view(self._array, number)
        if not np.may_share_memory(plane, out):
            out[...] = plane
        if self._step:
            self._ends[number] = out.min(), out.max()
            cells = out.view(f"u{out.itemsize}")
            np.add(cells, np.array(self._step % (1 << 8 * out.itemsize), cells.dtype), out=cells)

    def pixels(self, progress: Progress) -> Pixels:
        if not self._step:
            return Pixels(self._array, self._slope, self._intercept, self._padding)
        low, high = int(self._ends.min()) + self._step, int(self._ends.max()) + self._step
        target = moved_type(self._array.dtype, low, high)
        if target is not None and target.itemsize == self._array.itemsize:
            return Pixels(self._array.view(target), padding=self._moved_padding())
        self._array = moved(self._array, -self._step, self._array.dtype, progress)
        if target is None:
            return Pixels(self._array, self._slope, self._intercept, self._padding)
        return Pixels(moved(self._array, self._step, target, progress), padding=self._moved_padding())

    def _moved_padding(self) -> tuple[float, float] | None:
        if self._padding is None:
            return None
        return self._padding[0] + self._step, self._padding[1] + self._step


class _Tabled:
    """Entries of modality LUTs; each file has its own."""

    def __init__(self, stack: Stack) -> None:
        self._array = np.empty(stack.shape, np.uint16, order="F")
        self._luts = _Luts(modality_lut)

    def room(self, number: int) -> NDArray[Any] | None:  # noqa: ARG002 (as every Target)
        return None

    def put(self, number: int, header: SliceHeader, plane: NDArray[Any], photometric: str) -> None:  # noqa: ARG002 (as every Target)
        plane_view(self._array, number)[...] = self._luts.of(header.file).of(plane)

    def pixels(self, progress: Progress) -> Pixels:  # noqa: ARG002 (as every Target)
        return Pixels(self._array)


class _Values:
    """Values in the unit of the data, where each plane has a scale of its own; NaN for padding."""

    def __init__(self, stack: Stack) -> None:
        stored = stored_type(stack.first.file)
        wide = stored.itemsize > 2 and stored != np.float32
        self._array = np.empty(stack.shape, np.float64 if wide else np.float32, order="F")
        self._luts = _Luts(modality_lut)

    def room(self, number: int) -> NDArray[Any] | None:  # noqa: ARG002 (as every Target)
        return None

    def put(self, number: int, header: SliceHeader, plane: NDArray[Any], photometric: str) -> None:  # noqa: ARG002 (as every Target)
        out = plane_view(self._array, number)
        if header.has_lut:
            out[...] = self._luts.of(header.file).of(plane)
        else:
            out[...] = plane.astype(np.float64) * header.slope + header.intercept
        padding = padding_of(header)
        if padding is not None:
            out[(plane >= padding[0]) & (plane <= padding[1])] = np.nan

    def pixels(self, progress: Progress) -> Pixels:  # noqa: ARG002 (as every Target)
        return Pixels(self._array)


class _Colors:
    """Red, green, blue and brightness, 8 bits each."""

    def __init__(self, stack: Stack) -> None:
        self._arrays = [np.empty(stack.shape, np.uint8, order="F") for _ in range(4)]
        self._palettes = _Luts(palette)

    def room(self, number: int) -> NDArray[Any] | None:  # noqa: ARG002 (as every Target)
        return None

    def put(self, number: int, header: SliceHeader, plane: NDArray[Any], photometric: str) -> None:
        if header.file.samples == 1:
            rgb = self._palettes.of(header.file).of(plane)
        else:
            rgb = rgb_of(plane, photometric, header.file)
        for channel, array in enumerate(self._arrays[:3]):
            plane_view(array, number)[...] = rgb[..., channel]
        plane_view(self._arrays[3], number)[...] = brightness(rgb)

    def pixels(self, progress: Progress) -> Pixels:  # noqa: ARG002 (as every Target)
        return Pixels(self._arrays[3], channels=tuple(self._arrays[:3]))


def plane_view(array: NDArray[Any], number: int) -> NDArray[Any]:
    """Return plane `number` of a volume, counted frame by frame, as a C-ordered (rows, columns) view."""
    slices = array.shape[2]
    plane = array[:, :, number] if array.ndim == 3 else array[:, :, number % slices, number // slices]
    return plane.T


def padding_of(header: SliceHeader) -> tuple[float, float] | None:
    """Return the padding range in the numbers that decoding gives (PS3.3 C.7.5.1.1.2)."""
    file = header.file
    if file.padding is None or stored_type(file).kind == "f":
        return None
    ends = np.array(file.padding).astype(stored_type(file))
    keep_bits(ends, file.bits_allocated - file.bits_stored)
    return float(ends.min()), float(ends.max())


class _Luts:
    """Tables of files, each read once."""

    def __init__(self, read: Callable[[ImageFile], Lut]) -> None:
        self._read = read
        self._known: dict[Path, Lut] = {}

    def of(self, file: ImageFile) -> Lut:
        """Return a file's table; ReadError where it is damaged."""
        if file.path not in self._known:
            self._known[file.path] = self._read(file)
        return self._known[file.path]
