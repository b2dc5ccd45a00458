"""One DICOM file's header, in plain values: all that sorting and decoding need, no patient data."""

from __future__ import annotations

import logging
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pydicom.dataset import Dataset

Pair = tuple[float, float]

_KEYWORDS: Final = (
    "AcquisitionTime", "BitsAllocated", "BitsStored", "Columns", "DiffusionBValue", "EchoNumbers",
    "EchoTime", "FrameOfReferenceUID", "HighBit", "ImageOrientationPatient", "ImagePositionPatient",
    "ImagerPixelSpacing", "ImageType", "InstanceNumber", "Modality", "ModalityLUTSequence",
    "NumberOfFrames", "PatientOrientation", "PhotometricInterpretation", "PixelPaddingRangeLimit",
    "PixelPaddingValue", "PixelRepresentation", "PixelSpacing", "RescaleIntercept", "RescaleSlope",
    "RescaleType", "Rows", "SamplesPerPixel", "SeriesDescription", "SeriesInstanceUID", "SliceLocation",
    "SliceThickness", "SOPClassUID", "SOPInstanceUID", "SpacingBetweenSlices",
    "TemporalPositionIdentifier", "Units", "VOILUTFunction", "WindowCenter", "WindowWidth",
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
    frame_key : tuple
        Orders files at the same position: time, b-value, echo, image type, instance number.
    encoding : (bool, bool)
        Whether the file is implicit VR, and little endian.
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
    padding: tuple[int, int] | None
    window: Pair | None
    echo: tuple[float, ...]
    frame_key: tuple[Any, ...]
    frame_of_reference: str
    patient_orientation: tuple[str, ...]
    has_lut: bool
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
        raise NotAnImage(_text(dataset, "Modality") or "DICOM object")
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
    allocated = _integer(ds, "BitsAllocated", 16)
    stored = _integer(ds, "BitsStored", allocated)
    signed = _integer(ds, "PixelRepresentation", 0) == 1
    spacing = _numbers(ds, "PixelSpacing", 2) or _numbers(ds, "ImagerPixelSpacing", 2)
    step = abs(_number(ds, "SpacingBetweenSlices") or _number(ds, "SliceThickness") or 1.0)
    slope = _number(ds, "RescaleSlope")
    modality = _text(ds, "Modality")
    return SliceHeader(
        path=path,
        series_uid=_text(ds, "SeriesInstanceUID"),
        instance_uid=_text(ds, "SOPInstanceUID"),
        modality=modality,
        description=_text(ds, "SeriesDescription"),
        rows=_integer(ds, "Rows", 0),
        columns=_integer(ds, "Columns", 0),
        frames=max(_integer(ds, "NumberOfFrames", 1), 1),
        bits_allocated=allocated,
        bits_stored=stored,
        high_bit=_integer(ds, "HighBit", stored - 1),
        signed=signed,
        inverted=_text(ds, "PhotometricInterpretation") == "MONOCHROME1",
        syntax=syntax,
        encoding=encoding,
        pixels=place,
        file_size=size,
        position=_numbers(ds, "ImagePositionPatient", 3),
        orientation=_numbers(ds, "ImageOrientationPatient", 6),
        spacing=(spacing[0], spacing[1]) if spacing and min(spacing) > 0 else None,
        step=step,
        location=_number(ds, "SliceLocation"),
        slope=slope or 1.0,
        intercept=_number(ds, "RescaleIntercept") or 0.0,
        unit=_unit(ds, modality),
        padding=_padding(ds, signed, allocated),
        window=_window(ds),
        echo=(_number(ds, "EchoNumbers") or 0.0, _number(ds, "EchoTime") or 0.0),
        frame_key=_frame_key(ds),
        frame_of_reference=_text(ds, "FrameOfReferenceUID"),
        patient_orientation=_texts(ds, "PatientOrientation"),
        has_lut="ModalityLUTSequence" in ds,
        problem=_problem(ds, place, allocated, stored),
    )


def _problem(ds: Dataset, place: PixelPlace | None, allocated: int, stored: int) -> str:
    """Return why this version cannot read the image, or empty."""
    if _integer(ds, "SamplesPerPixel", 1) != 1:
        return "is a colour image, which is not read yet"
    if _text(ds, "PhotometricInterpretation") == "PALETTE COLOR":
        return "is a palette colour image, which is not read yet"
    rows, columns = _integer(ds, "Rows", 0), _integer(ds, "Columns", 0)
    if not (0 < rows <= 65535 and 0 < columns <= 65535):
        return f"has impossible dimensions ({columns} × {rows})"
    if _integer(ds, "NumberOfFrames", 1) > 1 or _is_enhanced(_text(ds, "SOPClassUID")):
        return "is a multi-frame file, which is not read yet"
    if _text(ds, "Modality") == "RTDOSE":
        return "is an RT dose, which is not read yet"
    if "MOSAIC" in _texts(ds, "ImageType"):
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


def _unit(ds: Dataset, modality: str) -> str:
    kind = _text(ds, "RescaleType")
    if modality == "CT" and kind in ("", "HU"):
        return "HU"
    if modality == "PT":
        return _text(ds, "Units")
    return "" if kind == "US" else kind  # 'US' says 'unspecified'


def _window(ds: Dataset) -> Pair | None:
    """Return the first window as centre and width of the contract's definition.

    DICOM's LINEAR (PS3.3 C.11.2.1.2.1) shows c − 0.5 as middle grey and spans w − 1.
    """
    centre, width = _number(ds, "WindowCenter"), _number(ds, "WindowWidth")
    if centre is None or width is None:
        return None
    if _text(ds, "VOILUTFunction") in ("LINEAR_EXACT", "SIGMOID"):
        return centre, width
    return centre - 0.5, width - 1.0


def _padding(ds: Dataset, signed: bool, allocated: int) -> tuple[int, int] | None:
    value = _number(ds, "PixelPaddingValue")
    if value is None:
        return None
    limit = _number(ds, "PixelPaddingRangeLimit")
    low, high = (
        _signed_as(int(end), signed, allocated) for end in (value, value if limit is None else limit)
    )
    return min(low, high), max(low, high)


def _signed_as(value: int, signed: bool, bits: int) -> int:
    """Return the number as the pixels count it: writers mix up US and SS for the padding value."""
    value %= 1 << bits
    return value - (1 << bits) if signed and value >= 1 << (bits - 1) else value


def _frame_key(ds: Dataset) -> tuple[Any, ...]:
    b_value = _number(ds, "DiffusionBValue")
    if b_value is None:
        b_value = _first_number(ds.get(_GE_B_VALUE, None)) % 1e8
    return (
        _number(ds, "TemporalPositionIdentifier") or 0.0,
        _seconds(_text(ds, "AcquisitionTime")),
        b_value,
        _number(ds, "EchoNumbers") or 0.0,
        _number(ds, "EchoTime") or 0.0,
        _texts(ds, "ImageType"),
        _number(ds, "InstanceNumber") or 0.0,
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


def _number(ds: Dataset, keyword: str) -> float | None:
    found = _numbers(ds, keyword, 1)
    return found[0] if found else None


def _numbers(ds: Dataset, keyword: str, count: int) -> tuple[float, ...] | None:
    """Return the first `count` finite numbers of an element, or None: a bad value is no value."""
    try:
        value = ds.get(keyword)
        if value is None or value == "":
            return None
        values = value if hasattr(value, "__iter__") and not isinstance(value, str) else [value]
        found = tuple(float(v) for v in list(values)[:count])
    except (TypeError, ValueError, NotImplementedError):
        return None
    in_range = all(abs(v) < 1e30 for v in found)  # leaves out NaN and infinity too
    return found if len(found) == count and in_range else None


def _integer(ds: Dataset, keyword: str, default: int) -> int:
    value = _number(ds, keyword)
    return default if value is None else int(value)


def _text(ds: Dataset, keyword: str) -> str:
    texts = _texts(ds, keyword)
    return texts[0] if texts else ""


def _texts(ds: Dataset, keyword: str) -> tuple[str, ...]:
    try:
        value = ds.get(keyword)
    except (TypeError, ValueError, NotImplementedError):
        return ()
    if value is None or value == "":
        return ()
    values = value if hasattr(value, "__iter__") and not isinstance(value, str) else [value]
    return tuple(str(v).strip() for v in values)
