"""What a DICOM file says of its numbers: their unit, and how it wants them shown."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from heatviewer.core.volume import VoiLut
from heatviewer.io.dicom.elements import number, numbers, text

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

    from heatviewer.core.volume import Voi

Pair = tuple[float, float]

#: PET's Units (PS3.3 C.8.9.1.1.3) that are raw, and the words for them.
_RAW_UNITS: Final = {"BQML": "Bq/ml", "CNTS": "counts"}


@dataclass(frozen=True, slots=True)
class Meaning:
    """Unit and kind of the values, as in ``Volume``, and what is odd about them."""

    unit: str
    kind: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Display:
    """The header's own window, function and table, as in ``Volume``, and what is odd about them."""

    window: Pair | None
    voi: Voi = "linear"
    lut: VoiLut | None = None
    notes: tuple[str, ...] = ()


def meaning_of(ds: Dataset, modality: str) -> Meaning:
    """Return the unit and kind of an image's values."""
    kind = text(ds, "RescaleType")
    if modality == "CT" and kind in ("", "HU"):
        return Meaning("HU")
    if modality == "PT":
        return _pet_meaning(text(ds, "Units"), text(ds, "SUVType"))
    return Meaning("" if kind == "US" else kind)  # 'US' says 'unspecified'


def _pet_meaning(units: str, suv_type: str) -> Meaning:
    """Return what a PET's Units mean: g/ml is an SUV, by body weight where no type is named."""
    if units == "GML":
        return Meaning("SUV" if suv_type in ("", "BW") else f"SUV{suv_type.lower()}", "suv")
    if units in _RAW_UNITS:
        unit = _RAW_UNITS[units]
        return Meaning(unit, notes=(f"holds a PET in {unit}; its SUV is not computed",))
    return Meaning(units)


def display_of(ds: Dataset, *, can_be_negative: bool) -> Display:
    """Return how the header wants its first view shown (PS3.3 C.11.2).

    A table without a window gives the window that spans its entries.

    Parameters
    ----------
    can_be_negative : bool
        Whether values may be below 0, which decides how an ambiguous table begins.
    """
    window = _window(ds)
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
    return Display(window, "sigmoid" if sigmoid else "linear", lut, notes)


def _window(ds: Dataset) -> Pair | None:
    """Return the first window as centre and width of the contract's definition.

    DICOM's LINEAR (PS3.3 C.11.2.1.2.1) shows c − 0.5 as middle grey and spans w − 1.
    """
    centre, width = number(ds, "WindowCenter"), number(ds, "WindowWidth")
    if centre is None or width is None:
        return None
    if text(ds, "VOILUTFunction") in ("LINEAR_EXACT", "SIGMOID"):
        return centre, width
    return centre - 0.5, width - 1.0


def _lut(ds: Dataset, can_be_negative: bool) -> VoiLut | None:
    """Return the first table of the VOI LUT Sequence (PS3.3 C.11.2.1.1); None where there is none.

    Raises
    ------
    LookupError, TypeError, ValueError, AttributeError, NotImplementedError
        It is damaged.
    """
    items = ds.get("VOILUTSequence")
    if not items:
        return None
    descriptor = numbers(items[0], "LUTDescriptor", 3)
    if descriptor is None:
        raise ValueError("LUTDescriptor")
    # 16 bits: 0 stands for 65536 entries; a count or start read as a signed number is turned back.
    count = int(descriptor[0]) % 65536 or 65536
    first, bits = descriptor[1], int(descriptor[2])
    if can_be_negative and first > 32767:
        first -= 65536
    data: Any = items[0].LUTData
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
