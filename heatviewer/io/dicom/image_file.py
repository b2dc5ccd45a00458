"""What a file says once: its pixels' form, whose they are, how they are to be shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from heatviewer.io.dicom.alike import alike
from heatviewer.io.dicom.diffusion import b_value_of
from heatviewer.io.dicom.elements import integer, items, number, numbers, text, texts
from heatviewer.io.dicom.header import FrameKey, ImageFile, Pair, SliceHeader
from heatviewer.io.dicom.meaning import Display, display_of, unit_of
from heatviewer.io.dicom.patient import without_patient

if TYPE_CHECKING:
    from collections.abc import Mapping

    from heatviewer.io.dicom.elements import Elements
    from heatviewer.io.dicom.file_header import FileHeader

#: Facts of the information view: their key, the element, and whether it is a number.
_FACTS: Final = (
    ("body_part", "BodyPartExamined", False),
    ("slice_thickness_mm", "SliceThickness", True),
    ("kvp", "KVP", True),
    ("kernel", "ConvolutionKernel", False),
    ("field_strength_t", "MagneticFieldStrength", True),
    ("repetition_time_ms", "RepetitionTime", True),
    ("flip_angle_deg", "FlipAngle", True),
)
#: Distances between rows and columns, the first that is there is taken.
_SPACINGS: Final = ("PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing")
#: Deflate makes at most so many bytes of one.
_MOST_DEFLATION: Final = 1032
#: A compressed frame is an item of at least so many bytes.
_LEAST_FRAME: Final = 10
#: Units of an ultrasound region's pixels: centimetres (PS3.3 C.8.5.5.1.15).
_CENTIMETRES: Final = 3


def whole_plane(ds: Elements, path: Path, header: FileHeader, size: int) -> SliceHeader:
    """Return a file as one plane: all of a single slice, or what the frames of others begin with.

    Parameters
    ----------
    size : int
        Bytes of the file.
    """
    file = _image_file(ds, path, header, size)
    said = _said(ds)
    return SliceHeader(
        file=file,
        frame=0,
        tile=None,
        position=numbers(ds, "ImagePositionPatient", 3),
        orientation=numbers(ds, "ImageOrientationPatient", 6),
        spacing=said.spacing,
        step=said.step,
        location=number(ds, "SliceLocation"),
        slope=said.slope,
        intercept=said.intercept,
        unit=said.unit,
        kind="",
        window=said.display.window,
        windows=said.display.windows,
        voi=said.display.voi,
        voi_lut=said.display.lut,
        part=(),
        echo=said.echo,
        frame_key=_frame_key(ds),
        has_lut="ModalityLUTSequence" in ds,
        notes=said.notes,
    )


class _Said(NamedTuple):
    """What the slices of a series mostly say alike, as in `SliceHeader`."""

    spacing: Pair | None
    step: float
    slope: float
    intercept: float
    unit: str
    display: Display
    echo: Pair
    notes: tuple[str, ...]


@alike(
    "Modality", "PixelRepresentation", "RescaleIntercept", "RescaleSlope", "RescaleType",
    "WindowCenter", "WindowWidth", "WindowCenterWidthExplanation", "VOILUTFunction", "VOILUTSequence",
    *_SPACINGS, "SequenceOfUltrasoundRegions", "PixelAspectRatio",
    "SpacingBetweenSlices", "SliceThickness", "EchoNumbers", "EchoTime",
)  # fmt: skip
def _said(ds: Elements) -> _Said:
    intercept = number(ds, "RescaleIntercept") or 0.0
    shown = display_of(ds, can_be_negative=_is_signed(ds) or intercept < 0)
    spacing, notes = _spacing(ds)
    return _Said(
        spacing=spacing,
        step=abs(number(ds, "SpacingBetweenSlices") or number(ds, "SliceThickness") or 1.0),
        slope=number(ds, "RescaleSlope") or 1.0,
        intercept=intercept,
        unit=unit_of(ds, text(ds, "Modality")),
        display=shown,
        echo=(number(ds, "EchoNumbers") or 0.0, number(ds, "EchoTime") or 0.0),
        notes=(*shown.notes, *notes),
    )


def seconds_of(time: str, day: str = "") -> float:
    """Return DICOM's HHMMSS.FFFFFF as seconds of the day, or since year 1 where `day` (YYYYMMDD) is one.

    0 where there is none.
    """
    digits = time.replace(":", "")
    try:
        seconds = int(digits[:2]) * 3600.0 + int(digits[2:4] or 0) * 60.0 + float(digits[4:] or 0.0)
    except ValueError:
        return 0.0
    try:
        return seconds + 86400.0 * date.fromisoformat(iso_day(day)).toordinal()
    except ValueError:
        return seconds


def seconds_of_moment(date_time: str) -> float:
    """Return DICOM's YYYYMMDDHHMMSS.FFFFFF&ZZXX as seconds since year 1; 0 where there is none."""
    plain = date_time.split("+")[0].split("-")[0]
    return seconds_of(plain[8:], plain[:8])


def _image_file(ds: Elements, path: Path, header: FileHeader, size: int) -> ImageFile:
    file = replace(
        _series_file(ds),
        path=path,
        instance_uid=text(ds, "SOPInstanceUID"),
        syntax=header.syntax,
        encoding=header.encoding,
        pixels=None if header.deflated else header.pixels,
        floating=header.pixels is not None and header.pixels.floating,
        size=size,
    )
    problem = ("holds no pixels" if header.pixels is None else "") or _strange_form(file) or _shortfall(file)
    return replace(file, problem=problem) if problem else file


@alike(
    "SeriesInstanceUID", "SOPClassUID", "Modality", "SeriesDescription", "Rows", "Columns",
    "NumberOfFrames", "SamplesPerPixel", "PhotometricInterpretation", "BitsAllocated", "BitsStored",
    "HighBit", "PixelRepresentation", "PixelPaddingValue", "PixelPaddingRangeLimit",
    "FrameOfReferenceUID", "PatientOrientation", "PatientName", "PatientID", "StudyDescription",
    "StudyDate", "SeriesDate", "SeriesNumber", "PlanarConfiguration", "PresentationLUTShape",
    "ImageType", *(keyword for _, keyword, _ in _FACTS),
)  # fmt: skip
def _series_file(ds: Elements) -> ImageFile:
    """Return what the files of a series say alike; path and pixels are still to come."""
    allocated = integer(ds, "BitsAllocated", 16)
    stored = integer(ds, "BitsStored", allocated)
    photometric = text(ds, "PhotometricInterpretation")
    number_in_study = number(ds, "SeriesNumber")
    return ImageFile(
        path=Path(),
        series_uid=text(ds, "SeriesInstanceUID"),
        instance_uid="",
        sop_class=text(ds, "SOPClassUID"),
        modality=text(ds, "Modality"),
        description=without_patient(text(ds, "SeriesDescription"), ds),
        rows=integer(ds, "Rows", 0),
        columns=integer(ds, "Columns", 0),
        frames=max(integer(ds, "NumberOfFrames", 1), 1),
        samples=integer(ds, "SamplesPerPixel", 1),
        photometric=photometric,
        bits_allocated=allocated,
        bits_stored=stored,
        high_bit=integer(ds, "HighBit", stored - 1),
        signed=_is_signed(ds),
        padding=_padding(ds, allocated),
        syntax="",
        encoding=(False, True),
        pixels=None,
        size=0,
        frame_of_reference=text(ds, "FrameOfReferenceUID"),
        patient_orientation=texts(ds, "PatientOrientation"),
        patient=patient_of(ds),
        study=text(ds, "StudyDescription"),
        date=iso_day(text(ds, "StudyDate") or text(ds, "SeriesDate")),
        number=None if number_in_study is None else int(number_in_study),
        facts=_facts(ds),
        planar=integer(ds, "PlanarConfiguration", 0),
        # PS3.3 C.11.6.1.2: INVERSE goes with MONOCHROME1, and some writers give only one of them.
        inverted=photometric == "MONOCHROME1" or text(ds, "PresentationLUTShape") == "INVERSE",
    )


def _is_signed(ds: Elements) -> bool:
    return integer(ds, "PixelRepresentation", 0) == 1


def _strange_form(file: ImageFile) -> str:
    """Return why no pixels can have the form that a file claims, or empty."""
    if not (0 < file.rows <= 65535 and 0 < file.columns <= 65535):
        return f"has impossible dimensions ({file.columns} × {file.rows})"
    allocated, stored = file.bits_allocated, file.bits_stored
    floating = file.floating
    if allocated not in ((32, 64) if floating else (1, 8, 16, 32)) or not (
        floating or 0 < stored <= allocated
    ):
        return f"has pixels of {stored} bits in {allocated}, which are not read"
    if file.samples not in (1, 3, 4):
        return f"has {file.samples} numbers a pixel, which are not read"
    return ""


def _shortfall(file: ImageFile) -> str:
    """Return how a file falls short of the pixels that it claims, or empty.

    A file whose last frames only are cut off is no worse than a series that lacks some files.
    """
    # YBR_FULL_422 shares its colours between two pixels (PS3.3 C.7.6.3.1.2).
    samples = 2 if file.photometric == "YBR_FULL_422" else file.samples
    frame_bits = file.rows * file.columns * samples * file.bits_allocated
    needed = (frame_bits * file.frames + 7) // 8
    place = file.pixels
    if place is None:
        too_small = needed > file.size * _MOST_DEFLATION
        return "cannot hold the pixels that it claims" if too_small else ""
    left = max(file.size - place.offset, 0)
    if place.length < 0:
        if file.frames > 1 and file.frames * _LEAST_FRAME > left:
            return f"claims {file.frames} frames, which its {left} bytes of pixels cannot hold"
        return ""
    if place.length == 0:
        return "holds no pixels"
    there = min(place.length, left)
    if there >= needed or 2 * (there * 8 // frame_bits) > file.frames:
        return ""
    return f"is cut short: {there} of {needed} bytes of pixels are there"


def _spacing(ds: Elements) -> tuple[Pair | None, tuple[str, ...]]:
    """Return mm between rows and between columns, and what is odd about them."""
    for keyword in _SPACINGS:
        found = numbers(ds, keyword, 2)
        if found and min(found) > 0:
            return (found[0], found[1]), ()
    regions = items(ds, "SequenceOfUltrasoundRegions")
    sizes = {_region_spacing(region) for region in regions}
    if len(sizes) == 1 and (size := sizes.pop()) is not None:
        return size, ()
    aspect = numbers(ds, "PixelAspectRatio", 2)
    if aspect and min(aspect) > 0 and aspect[0] != aspect[1]:
        return (aspect[0] / aspect[1], 1.0), ("has an aspect ratio but no pixel spacing; 1 mm is taken",)
    return None, ()


def _region_spacing(region: Elements) -> Pair | None:
    """Return mm between rows and columns of an ultrasound region; None where it does not measure lengths."""
    units = integer(region, "PhysicalUnitsXDirection", 0), integer(region, "PhysicalUnitsYDirection", 0)
    row, column = number(region, "PhysicalDeltaY"), number(region, "PhysicalDeltaX")
    if units != (_CENTIMETRES, _CENTIMETRES) or not row or not column:
        return None
    return abs(row) * 10.0, abs(column) * 10.0


def patient_of(ds: Elements) -> str:
    """Return the patient's name as 'Family, Given', or else the number."""
    try:
        name = str(ds.get("PatientName") or "")
    except (TypeError, ValueError):
        name = ""
    # PS3.5 6.2.1: family ^ given ^ middle ^ prefix ^ suffix; other scripts follow a '='.
    family, _, given = name.split("=")[0].partition("^")
    parts = family.strip(), given.split("^")[0].strip()
    return ", ".join(part for part in parts if part) or text(ds, "PatientID")


def iso_day(day: str) -> str:
    """Return DICOM's YYYYMMDD as YYYY-MM-DD; empty where it is no date."""
    digits = day.replace(".", "").replace("-", "")[:8]
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}" if len(digits) == 8 and digits.isdigit() else ""


def _facts(ds: Elements) -> Mapping[str, Any]:
    found: list[tuple[str, Any]] = [("image_type", " ".join(texts(ds, "ImageType")))]
    for key, keyword, is_number in _FACTS:
        found.append((key, number(ds, keyword) if is_number else text(ds, keyword)))
    return {key: value for key, value in found if value not in (None, "")}


def _padding(ds: Elements, allocated: int) -> tuple[int, int] | None:
    """Return the padding value and its range's other end as bits of a pixel: writers mix up their signs."""
    value = number(ds, "PixelPaddingValue")
    if value is None or not 0 < allocated <= 64:
        return None
    limit = number(ds, "PixelPaddingRangeLimit")
    return int(value) % (1 << allocated), int(value if limit is None else limit) % (1 << allocated)


def _frame_key(ds: Elements) -> FrameKey:
    day, time = text(ds, "AcquisitionDate"), text(ds, "AcquisitionTime")
    return FrameKey(
        temporal=number(ds, "TemporalPositionIdentifier") or 0.0,
        trigger=number(ds, "TriggerTime") or 0.0,
        time=seconds_of(time, day) or seconds_of_moment(text(ds, "AcquisitionDateTime")),
        b_value=b_value_of(ds) if text(ds, "Modality") == "MR" else 0.0,
        echo=number(ds, "EchoTime") or number(ds, "EchoNumbers") or 0.0,
        acquisition=number(ds, "AcquisitionNumber") or 0.0,
        number=number(ds, "InstanceNumber") or 0.0,
        image_type=texts(ds, "ImageType"),
    )
