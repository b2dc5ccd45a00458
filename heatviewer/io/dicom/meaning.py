"""What a DICOM file says of its numbers: their unit, and how it wants them shown."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from heatviewer.core.volume import VoiLut
from heatviewer.io.dicom.elements import items, numbers, text, texts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from heatviewer.core.volume import Voi
    from heatviewer.io.dicom.elements import Elements
    from heatviewer.io.dicom.header import Pair

#: More windows than this no header offers in earnest.
_MOST_WINDOWS: Final = 16


@dataclass(frozen=True, slots=True)
class Display:
    """The header's own windows, function and table, as in ``Volume``, and what is odd about them."""

    window: Pair | None
    windows: tuple[tuple[str, float, float], ...] = ()
    voi: Voi = "linear"
    lut: VoiLut | None = None
    notes: tuple[str, ...] = ()


def unit_of(ds: Elements, modality: str) -> str:
    """Return the unit of an image's values, as in ``Volume``; that of a PET `pet` finds out."""
    kind = text(ds, "RescaleType")
    if modality == "CT" and kind in ("", "HU"):
        return "HU"
    return "" if modality == "PT" or kind == "US" else kind  # 'US' says 'unspecified'


def display_of(ds: Elements, *, can_be_negative: bool) -> Display:
    """Return how the header wants its first view shown (PS3.3 C.11.2).

    A table without a window gives the window that spans its entries.

    Parameters
    ----------
    can_be_negative : bool
        Whether values may be below 0, which decides how an ambiguous table begins.
    """
    windows = _windows(ds)
    window = windows[0][1:] if windows else None
    lut: VoiLut | None = None
    notes: tuple[str, ...] = ()
    try:
        lut = _lut(ds, can_be_negative)
    except (LookupError, TypeError, ValueError, AttributeError, NotImplementedError):
        # What a damaged element provokes in pydicom; it must not cost the image.
        notes = ("has a VOI LUT that cannot be read",)
    if window is None and lut is not None:
        span = lut.grey.size - 1.0
        window = lut.first + span / 2, span
    sigmoid = text(ds, "VOILUTFunction") == "SIGMOID"
    return Display(window, windows, "sigmoid" if sigmoid else "linear", lut, notes)


def _windows(ds: Elements) -> tuple[tuple[str, float, float], ...]:
    """Return the windows as name, centre and width of the contract's definition.

    DICOM's LINEAR (PS3.3 C.11.2.1.2.1) shows c − 0.5 as middle grey and spans w − 1. Windows of
    no width are no windows: some writers fill in zeros.
    """
    centres, widths = numbers(ds, "WindowCenter"), numbers(ds, "WindowWidth")
    if centres is None or widths is None:
        return ()
    exact = text(ds, "VOILUTFunction") in ("LINEAR_EXACT", "SIGMOID")
    shift, less = (0.0, 0.0) if exact else (0.5, 1.0)
    names = texts(ds, "WindowCenterWidthExplanation")
    pairs = list(zip(centres, widths, strict=False))[:_MOST_WINDOWS]
    return tuple(
        (names[n] if n < len(names) else "", centre - shift, width - less)
        for n, (centre, width) in enumerate(pairs)
        if width > 0 and width >= less
    )


def _lut(ds: Elements, can_be_negative: bool) -> VoiLut | None:
    """Return the first table of the VOI LUT Sequence (PS3.3 C.11.2.1.1); None where there is none.

    Raises
    ------
    LookupError, TypeError, ValueError, AttributeError, NotImplementedError
        It is damaged.
    """
    tables = items(ds, "VOILUTSequence")
    if not tables:
        return None
    descriptor = numbers(tables[0], "LUTDescriptor", 3)
    if descriptor is None:
        raise ValueError("LUTDescriptor")
    # 16 bits: 0 stands for 65536 entries; a count or start read as a signed number is turned back.
    count = int(descriptor[0]) % 65536 or 65536
    first, bits = descriptor[1], int(descriptor[2])
    if can_be_negative and first > 32767:
        first -= 65536
    data: Any = tables[0].get("LUTData")
    order = "<" if ds.original_encoding[1] is not False else ">"
    raw = data if isinstance(data, bytes) else np.atleast_1d(np.asarray(data, dtype=f"{order}u2")).tobytes()
    return VoiLut(first, _grey(raw, count, bits, order))


# One table serves a whole series: it is read once and shared, not kept a slice.
@lru_cache(maxsize=8)
def _grey(raw: bytes, count: int, bits: int, order: str) -> NDArray[np.float32]:
    """Return a table's entries as grey in 0…1, read-only; ValueError where they are too few."""
    if not 8 <= bits <= 16:
        raise ValueError("bits")
    # Entries of 8 bits may have 16 each all the same.
    wide = bits > 8 or len(raw) >= 2 * count
    entries = np.frombuffer(raw, f"{order}u2" if wide else "u1", count)
    top = 2**bits - 1
    grey: NDArray[np.float32] = (np.minimum(entries, top) / top).astype(np.float32)
    grey.flags.writeable = False
    return grey
