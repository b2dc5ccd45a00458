"""One DICOM file's header, in plain values: all that sorting and decoding need, no patient data."""

from __future__ import annotations

import logging
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Literal

from heatviewer.io.dicom.elements import integer, number, numbers, text, texts
from heatviewer.io.dicom.meaning import Pair, display_of, meaning_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pydicom.dataset import Dataset

    from heatviewer.core.volume import Voi, VoiLut

_KEYWORDS: Final = (
    "AcquisitionTime", "BitsAllocated", "BitsStored", "Columns", "DiffusionBValue", "EchoNumbers",
    "EchoTime", "FrameOfReferenceUID", "HighBit", "ImageOrientationPatient", "ImagePositionPatient",
    "ImagerPixelSpacing", "ImageType", "InstanceNumber", "Modality", "ModalityLUTSequence",
    "NumberOfFrames", "PatientOrientation", "PhotometricInterpretation", "PixelPaddingRangeLimit",
    "PixelPaddingValue", "PixelRepresentation", "PixelSpacing", "RescaleIntercept", "RescaleSlope",
    "RescaleType", "Rows", "SamplesPerPixel", "SeriesDescription", "SeriesInstanceUID", "SliceLocation",
    "SliceThickness", "SOPClassUID", "SOPInstanceUID", "SpacingBetweenSlices",
    "SUVType", "TemporalPositionIdentifier", "Units", "VOILUTFunction", "VOILUTSequence", "WindowCenter",
    "WindowWidth",
)  # fmt: skip
#: GE's b-value: (0043,1039) holds the value, on some machines plus 1e9.
_GE_B_VALUE: Final = 0x00431039
_DIRECTORY: Final = "1.2.840.10008.1.3.10"
_LONG_VRS: Final = (b"OB", b"OW", b"OF", b"OD", b"OL", b"OV", b"UN", b"SQ", b"UC", b"UR", b"UT", b"SV", b"UV")


@dataclass(frozen=True, slots=True)
class PixelPlace:
    """Where a file's pixels lie.

    Attributes
    ----------
    offset : int
        Byte of the first pixel.
    length : int
        Bytes that the element claims; −1 where it is encapsulated.
    words : bool
        Whether 8-bit pixels lie in 16-bit words (they are swapped in a big-endian file).
    floating : bool
        Whether they are floating numbers (FloatPixelData, DoubleFloatPixelData).
    """

    offset: int
    length: int
    words: bool
    floating: bool


@dataclass(frozen=True, slots=True)
class SliceHeader:
    """What one image file says; a field that the file lacks is None, 0 or empty.

    Attributes
    ----------
    position, orientation : tuple of float or None
        ImagePositionPatient and ImageOrientationPatient, LPS+ mm.
    spacing : (float, float) or None
        Distance between rows (y), then between columns (x), mm: DICOM's order.
    step : float
        SpacingBetweenSlices or SliceThickness, mm; 1 where the file has neither.
    padding : tuple of int or None
        The padding value, and the other end of its range, as stored.
    window : (float, float) or None
        Centre and width by the contract's definition (LINEAR_EXACT), in the unit of the data.
    voi, voi_lut, kind
        As in ``Volume``.
    frame_key : tuple
        Orders files at the same position: time, b-value, echo, image type, instance number.
    encoding : (bool, bool)
        Whether the file is implicit VR, and little endian.
    notes : tuple of str
        What is odd about the meaning of its numbers.
    pixels : PixelPlace or None
        None where the data set is deflated: then it is read as a whole.
    problem : str
        Why the image cannot be read, as the predicate of a message; empty where it can.
    """

    path: Path
    series_uid: str
    instance_uid: str
    modality: str
    description: str
    rows: int
    columns: int
    frames: int
    bits_allocated: int
    bits_stored: int
    high_bit: int
    signed: bool
    inverted: bool
    syntax: str
    encoding: tuple[bool, bool]
    pixels: PixelPlace | None
    file_size: int
    position: tuple[float, ...] | None
    orientation: tuple[float, ...] | None
    spacing: Pair | None
    step: float
    location: float | None
    slope: float
    intercept: float
    unit: str
    kind: str
    padding: tuple[int, int] | None
    window: Pair | None
    voi: Voi
    voi_lut: VoiLut | None
    echo: tuple[float, ...]
    frame_key: tuple[Any, ...]
    frame_of_reference: str
    patient_orientation: tuple[str, ...]
    has_lut: bool
    notes: tuple[str, ...]
    problem: str


class NotAnImage(Exception):
    """A DICOM file without pixels: a report, a plan, a directory; its text names the kind."""


def read_header(path: Path) -> SliceHeader:
    """Read one DICOM file's header without its pixels.

    Raises
    ------
    NotAnImage
        The file holds no image.
    OSError, ValueError, …
        The file is no DICOM file or damaged: pydicom raises many types here.
    """
    from pydicom import dcmread

    with path.open("rb") as file:
        # Without DICOM's preamble (old archives) pydicom wants to be forced.
        dataset = dcmread(file, stop_before_pixels=True, force=True, specific_tags=_tags())
        meta = dataset.file_meta
        syntax = str(meta.get("TransferSyntaxUID", ""))
        if str(meta.get("MediaStorageSOPClassUID", "")) == _DIRECTORY:
            raise NotAnImage("DICOMDIR")
        implicit, little = dataset.original_encoding
        encoding = (bool(implicit), bool(little) or little is None)
        deflated = syntax == "1.2.840.10008.1.2.1.99"
        place = None if deflated else _pixel_place(file, encoding)
        size = file.seek(0, 2)
    if "Rows" not in dataset or "Columns" not in dataset or (place is None and not deflated):
        raise NotAnImage(text(dataset, "Modality") or "DICOM object")
    return _header(path, dataset, syntax, encoding, place, size)


@contextmanager
def pydicom_quiet() -> Iterator[None]:
    """Keep pydicom's warnings and log to itself: they quote values, which may be the patient's.

    Loaders in several threads may overlap, which ``warnings.catch_warnings`` alone does not
    survive: the filters are put back when the last one leaves.
    """
    global _quiet_users, _quiet_filters
    with _quiet_lock:
        _quiet_users += 1
        if _quiet_users == 1:
            _quiet_filters = warnings.catch_warnings()
            _quiet_filters.__enter__()
            warnings.simplefilter("ignore")
            logging.getLogger("pydicom").disabled = True
    try:
        yield
    finally:
        with _quiet_lock:
            _quiet_users -= 1
            if _quiet_users == 0:
                _quiet_filters.__exit__(None, None, None)
                logging.getLogger("pydicom").disabled = False


_quiet_lock = Lock()
_quiet_users = 0
_quiet_filters: Any = None


@cache
def _tags() -> list[int]:
    from pydicom.datadict import tag_for_keyword

    return [tag for keyword in _KEYWORDS if (tag := tag_for_keyword(keyword)) is not None] + [_GE_B_VALUE]


def _pixel_place(file: BinaryIO, encoding: tuple[bool, bool]) -> PixelPlace | None:
    """Return where the pixels lie; pydicom has left the file at the start of their element."""
    start = file.tell()
    head = file.read(12)
    order: Literal["little", "big"] = "little" if encoding[1] else "big"
    if len(head) < 8:
        return None
    words = True
    if encoding[0]:
        length, begin = int.from_bytes(head[4:8], order), start + 8
    elif head[4:6] in _LONG_VRS:
        length, begin = int.from_bytes(head[8:12], order), start + 12
        words = head[4:6] == b"OW"
    else:
        length, begin = int.from_bytes(head[6:8], order), start + 8
    floating = int.from_bytes(head[2:4], order) != 0x0010
    return PixelPlace(begin, -1 if length == 0xFFFFFFFF else length, words, floating)


def _header(
    path: Path,
    ds: Dataset,
    syntax: str,
    encoding: tuple[bool, bool],
    place: PixelPlace | None,
    size: int,
) -> SliceHeader:
    allocated = integer(ds, "BitsAllocated", 16)
    stored = integer(ds, "BitsStored", allocated)
    signed = integer(ds, "PixelRepresentation", 0) == 1
    spacing = numbers(ds, "PixelSpacing", 2) or numbers(ds, "ImagerPixelSpacing", 2)
    step = abs(number(ds, "SpacingBetweenSlices") or number(ds, "SliceThickness") or 1.0)
    slope = number(ds, "RescaleSlope")
    modality = text(ds, "Modality")
    intercept = number(ds, "RescaleIntercept") or 0.0
    meaning, shown = meaning_of(ds, modality), display_of(ds, can_be_negative=signed or intercept < 0)
    return SliceHeader(
        path=path,
        series_uid=text(ds, "SeriesInstanceUID"),
        instance_uid=text(ds, "SOPInstanceUID"),
        modality=modality,
        description=text(ds, "SeriesDescription"),
        rows=integer(ds, "Rows", 0),
        columns=integer(ds, "Columns", 0),
        frames=max(integer(ds, "NumberOfFrames", 1), 1),
        bits_allocated=allocated,
        bits_stored=stored,
        high_bit=integer(ds, "HighBit", stored - 1),
        signed=signed,
        inverted=text(ds, "PhotometricInterpretation") == "MONOCHROME1",
        syntax=syntax,
        encoding=encoding,
        pixels=place,
        file_size=size,
        position=numbers(ds, "ImagePositionPatient", 3),
        orientation=numbers(ds, "ImageOrientationPatient", 6),
        spacing=(spacing[0], spacing[1]) if spacing and min(spacing) > 0 else None,
        step=step,
        location=number(ds, "SliceLocation"),
        slope=slope or 1.0,
        intercept=intercept,
        unit=meaning.unit,
        kind=meaning.kind,
        padding=_padding(ds, signed, allocated),
        window=shown.window,
        voi=shown.voi,
        voi_lut=shown.lut,
        echo=(number(ds, "EchoNumbers") or 0.0, number(ds, "EchoTime") or 0.0),
        frame_key=_frame_key(ds),
        frame_of_reference=text(ds, "FrameOfReferenceUID"),
        patient_orientation=texts(ds, "PatientOrientation"),
        has_lut="ModalityLUTSequence" in ds,
        notes=(*meaning.notes, *shown.notes),
        problem=_problem(ds, place, allocated, stored),
    )


def _problem(ds: Dataset, place: PixelPlace | None, allocated: int, stored: int) -> str:
    """Return why this version cannot read the image, or empty."""
    if integer(ds, "SamplesPerPixel", 1) != 1:
        return "is a colour image, which is not read yet"
    if text(ds, "PhotometricInterpretation") == "PALETTE COLOR":
        return "is a palette colour image, which is not read yet"
    rows, columns = integer(ds, "Rows", 0), integer(ds, "Columns", 0)
    if not (0 < rows <= 65535 and 0 < columns <= 65535):
        return f"has impossible dimensions ({columns} × {rows})"
    if integer(ds, "NumberOfFrames", 1) > 1 or _is_enhanced(text(ds, "SOPClassUID")):
        return "is a multi-frame file, which is not read yet"
    if text(ds, "Modality") == "RTDOSE":
        return "is an RT dose, which is not read yet"
    if "MOSAIC" in texts(ds, "ImageType"):
        return "is a Siemens mosaic, which is not read yet"
    if allocated not in (8, 16, 32) or not 0 < stored <= allocated:
        return f"has pixels of {stored} bits in {allocated}, which are not read yet"
    if place is not None and place.floating:
        return "has floating pixels, which are not read yet"
    if place is not None and place.length == 0:
        return "holds no pixels"
    return ""


def _is_enhanced(sop_class: str) -> bool:
    """Return whether the class of object is one of the enhanced ones, parametric map or segmentation."""
    storage = "1.2.840.10008.5.1.4.1.1."
    tails = ("2.1", "2.2", "4.1", "4.3", "4.4", "6.2", "30", "66.4", "66.7", "128.1", "130")
    return sop_class in {storage + tail for tail in tails}


def _padding(ds: Dataset, signed: bool, allocated: int) -> tuple[int, int] | None:
    value = number(ds, "PixelPaddingValue")
    if value is None:
        return None
    limit = number(ds, "PixelPaddingRangeLimit")
    low, high = (
        _signed_as(int(end), signed, allocated) for end in (value, value if limit is None else limit)
    )
    return min(low, high), max(low, high)


def _signed_as(value: int, signed: bool, bits: int) -> int:
    """Return the number as the pixels count it: writers mix up US and SS for the padding value."""
    value %= 1 << bits
    return value - (1 << bits) if signed and value >= 1 << (bits - 1) else value


def _frame_key(ds: Dataset) -> tuple[Any, ...]:
    b_value = number(ds, "DiffusionBValue")
    if b_value is None:
        b_value = _first_number(ds.get(_GE_B_VALUE, None)) % 1e8
    return (
        number(ds, "TemporalPositionIdentifier") or 0.0,
        _seconds(text(ds, "AcquisitionTime")),
        b_value,
        number(ds, "EchoNumbers") or 0.0,
        number(ds, "EchoTime") or 0.0,
        texts(ds, "ImageType"),
        number(ds, "InstanceNumber") or 0.0,
    )


def _seconds(time: str) -> float:
    """Return DICOM's HHMMSS.FFFFFF as seconds of the day; 0 where there is none."""
    digits = time.replace(":", "")
    try:
        return int(digits[:2]) * 3600.0 + int(digits[2:4] or 0) * 60.0 + float(digits[4:] or 0.0)
    except ValueError:
        return 0.0


def _first_number(element: Any) -> float:
    """Return the first number of a private element of any type; 0 where there is none."""
    value: Any = getattr(element, "value", None)
    if isinstance(value, bytes):
        value = value.decode("ascii", "ignore").split("\\")
    if isinstance(value, str) or not hasattr(value, "__iter__"):
        value = [value]
    try:
        return float(next(iter(value)))
    except (TypeError, ValueError, StopIteration):
        return 0.0
