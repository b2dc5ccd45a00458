"""Lookup tables that give stored numbers another meaning: modality LUT and palettes (PS3.3 C.11.1, C.7.9)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from heatviewer.core.errors import ReadError
from heatviewer.io.dicom.elements import items
from heatviewer.io.dicom.file_elements import read_with
from heatviewer.io.dicom.header import pydicom_quiet

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from heatviewer.io.dicom.elements import Elements
    from heatviewer.io.dicom.header import ImageFile


@dataclass(frozen=True, eq=False)
class Lut:
    """A table from stored numbers to values or colours.

    Attributes
    ----------
    first : int
        Number that the first entry is for; the ends serve for all numbers beyond them.
    entries : ndarray
        (n,) uint16 values, or (n, 3) uint8 colours.
    """

    first: int
    entries: NDArray[Any]

    def of(self, numbers: NDArray[Any]) -> NDArray[Any]:
        """Return the entries of stored numbers, (rows, columns) or (rows, columns, 3)."""
        index = np.clip(numbers.astype(np.int64) - self.first, 0, len(self.entries) - 1)
        return self.entries[index]


def modality_lut(file: ImageFile) -> Lut:
    """Read a file's modality LUT; ReadError where it is damaged."""
    return _read(file, "modality LUT", partial(_modality_lut, file))


def palette(file: ImageFile) -> Lut:
    """Read a file's palette; ReadError where it has none or it is damaged.

    Of entries of 16 bits the high byte counts: writers scale 8-bit colours up in several ways that
    all keep it.
    """
    return _read(file, "palette", partial(_palette, file))


def _read(file: ImageFile, what: str, function: Callable[[Elements], Lut]) -> Lut:
    try:
        with pydicom_quiet():
            return read_with(file.path, function)
    except Exception:  # pydicom raises whatever a damaged file provokes
        raise ReadError(file.path.name, f"has a {what} that cannot be read", "Export it again") from None


def _modality_lut(file: ImageFile, ds: Elements) -> Lut:
    table = items(ds, "ModalityLUTSequence")[0]
    count, first, bits = _descriptor(table.get("LUTDescriptor"), file)
    return Lut(first, _entries(table.get("LUTData"), count, bits, ds))


def _palette(file: ImageFile, ds: Elements) -> Lut:
    first, colors = 0, []
    for color in ("Red", "Green", "Blue"):
        name = f"{color}PaletteColorLookupTable"
        count, first, bits = _descriptor(ds.get(f"{name}Descriptor"), file)
        segments = ds.get(f"Segmented{name}Data")
        if segments is None:
            entries = _entries(ds.get(f"{name}Data"), count, bits, ds)
        else:
            entries = _expanded(_numbers(segments, bits > 8, ds).tolist(), count, wide=bits > 8)
        colors.append(entries >> 8 if bits > 8 else entries)
    return Lut(first, np.stack(colors, axis=-1).astype(np.uint8))


def _descriptor(value: Any, file: ImageFile) -> tuple[int, int, int]:
    """Return the number of entries, the first number mapped, and the bits of an entry.

    The first two are often written with the wrong sign; 0 entries stand for 65536.
    """
    count, first, bits = (int(v) for v in value)
    if not 8 <= bits <= 16:
        raise ValueError("bits")
    first %= 65536
    if file.signed and first > 32767:
        first -= 65536
    return count % 65536 or 65536, first, bits


def _entries(data: Any, count: int, bits: int, ds: Elements) -> NDArray[np.uint16]:
    """Return a table's entries; those of 8 bits may have 16 each all the same."""
    size = len(data) if isinstance(data, bytes) else 2 * np.size(data)
    found = _numbers(data, bits > 8 or size >= 2 * count, ds)[:count]
    if found.size < count:
        raise ValueError("entries")
    return found


def _numbers(data: Any, wide: bool, ds: Elements) -> NDArray[np.uint16]:
    """Return an element's numbers of 16 bits or 8; bytes lie in words."""
    order = "<" if ds.original_encoding[1] is not False else ">"
    if not isinstance(data, bytes):  # US or SS: pydicom has read its numbers
        return np.atleast_1d(np.asarray(data)).astype(np.int64).astype(np.uint16)
    if wide:
        return np.frombuffer(data, f"{order}u2").astype(np.uint16)
    words = np.frombuffer(data[: len(data) // 2 * 2], f"{order}u2").astype("<u2")
    return np.append(words.view(np.uint8), np.frombuffer(data[len(words) * 2 :], np.uint8)).astype(np.uint16)


def _expanded(numbers: list[int], count: int, *, wide: bool) -> NDArray[np.uint16]:
    """Return the entries of a segmented palette (PS3.3 C.7.9.2), of `wide` numbers or bytes.

    Where an indirect segment points to is counted in numbers, as other readers do.
    """
    entries: list[int] = []
    at = 0
    while at + 1 < len(numbers) and len(entries) < count:
        if numbers[at] != 2:
            at = _segment(numbers, entries, at)
            continue
        size = 2 if wide else 4
        parts = numbers[at + 2 : at + 2 + size]
        again = sum(part << (32 // size * n) for n, part in enumerate(parts))
        for _ in range(numbers[at + 1]):
            if len(entries) < count:
                again = _segment(numbers, entries, again)
        at += 2 + size
    if len(entries) < count:
        raise ValueError("entries")
    return np.array(entries[:count]).astype(np.uint16)


def _segment(numbers: list[int], entries: list[int], at: int) -> int:
    """Add one segment's entries, discrete or a line from the last entry; return where the next starts."""
    kind, length = numbers[at], numbers[at + 1]
    if not length or kind not in (0, 1):
        raise ValueError("segment")
    if kind == 0:
        entries.extend(numbers[at + 2 : at + 2 + length])
        return at + 2 + length
    last, end = entries[-1], numbers[at + 2]
    entries.extend(round(last + (end - last) * n / length) for n in range(1, length + 1))
    return at + 3
