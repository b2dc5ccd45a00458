"""What a classic PET image says of patient, injection and time (PS3.3 C.8.9)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Final

from heatviewer.io.dicom.elements import item, number, private_numbers, text, texts
from heatviewer.io.dicom.suv import PetFrame, PetStudy

if TYPE_CHECKING:
    from heatviewer.io.dicom.elements import Elements

_PHILIPS: Final = "Philips PET Private Group"
#: Elements of that block: the factors to SUV and to Bq/ml.
_SUV_SCALE: Final = 0x00
_ACTIVITY_SCALE: Final = 0x09
_TIME: Final = re.compile(r"(\d{2}):?(\d{2})?:?(\d{2})?(?:\.(\d{1,6})\d*)?$")
_DATE: Final = re.compile(r"([12]\d{3})[.-]?(\d{2})[.-]?(\d{2})$")
_DATETIME: Final = re.compile(r"(\d{8})(\d{2}[\d.]*)?(?:([+-])(\d{2})(\d{2}))?$")
#: Stands for the day of files without any date; only differences of times count.
_NO_DATE: Final = "19000102"


def study_of(ds: Elements) -> PetStudy:
    """Return what a classic PET image says of its series."""
    return study_with(
        ds,
        _day_of(ds),
        units=text(ds, "Units").upper(),
        suv_type=text(ds, "SUVType").upper(),
        decay=text(ds, "DecayCorrection").upper(),
        corrected=tuple(word.upper() for word in texts(ds, "CorrectedImage") if word),
    )


def study_with(
    ds: Elements, day: str, *, units: str, suv_type: str, decay: str, corrected: tuple[str, ...]
) -> PetStudy:
    """Return what a PET says of patient and injection, with words that each kind says its own way.

    `day` is for an injection whose date is missing.
    """
    tracer = item(ds, "RadiopharmaceuticalInformationSequence")
    injected, has_date = _injection_in(tracer, day, text(ds, "TimezoneOffsetFromUTC"))
    return PetStudy(
        units=units,
        suv_type=suv_type,
        decay=decay,
        corrected=corrected,
        weight_kg=number(ds, "PatientWeight"),
        dose_bq=None if tracer is None else number(tracer, "RadionuclideTotalDose"),
        half_life_s=None if tracer is None else number(tracer, "RadionuclideHalfLife"),
        nuclide=_nuclide_in(tracer),
        injected=injected,
        has_date=has_date,
    )


def frame_of(ds: Elements) -> PetFrame:
    """Return what a classic PET image says of its own time and scale."""
    day = _day_of(ds)
    acquired = moment(text(ds, "AcquisitionDate") or day, text(ds, "AcquisitionTime"))
    is_counts = text(ds, "Units").upper() == "CNTS"
    series_day = text(ds, "SeriesDate") or day
    return PetFrame(
        series=moment(series_day, text(ds, "SeriesTime")),
        acquired=acquired or moment_of(text(ds, "AcquisitionDateTime")),
        duration_s=(number(ds, "ActualFrameDuration") or 0.0) / 1000.0,
        suv_scale=_philips(ds, _SUV_SCALE) if is_counts else 0.0,
        activity_scale=_philips(ds, _ACTIVITY_SCALE) if is_counts else 0.0,
    )


def _day_of(ds: Elements) -> str:
    """Return the day of the images, for times whose own date is missing."""
    for keyword in ("AcquisitionDate", "SeriesDate", "StudyDate", "ContentDate"):
        if _DATE.match(text(ds, keyword)):
            return text(ds, keyword)
    return ""


def _injection_in(tracer: Elements | None, day: str, zone: str) -> tuple[datetime | None, bool]:
    """Return when the injection began, and whether its day is known.

    Parameters
    ----------
    tracer : Elements or None
        Item of the RadiopharmaceuticalInformationSequence.
    day : str
        Day of the images; where the images have none, a date of the injection is of no use.
    zone : str
        TimezoneOffsetFromUTC of the images' own times, or empty.
    """
    if tracer is None:
        return None, True
    full = moment_of(text(tracer, "RadiopharmaceuticalStartDateTime"), zone)
    if full is not None:
        return full, bool(day)
    return moment(day, text(tracer, "RadiopharmaceuticalStartTime")), False


def _nuclide_in(tracer: Elements | None) -> str:
    """Return the code of the radionuclide, or empty."""
    code = item(tracer, "RadionuclideCodeSequence")
    return "" if code is None else text(code, "CodeValue")


def moment(date: str, time: str) -> datetime | None:
    """Return DICOM's date and time (DA, TM; also ACR-NEMA's with dots and colons); None without a time."""
    found, day = _TIME.match(time.strip()), _DATE.match(date.strip() or _NO_DATE)
    if found is None or day is None:
        return None
    hour, minute, second, part = found.groups()
    try:
        year, month, number_of_day = (int(word) for word in day.groups())
        start = datetime(year, month, number_of_day, int(hour), int(minute or 0))
    except ValueError:
        return None
    # A leap second is 60, which datetime does not take.
    return start + timedelta(seconds=int(second or 0), microseconds=int((part or "0").ljust(6, "0")))


def moment_of(text: str, zone: str = "") -> datetime | None:
    """Return DICOM's DT as local time; its own offset counts only where the images' `zone` is known."""
    found = _DATETIME.match(text.strip())
    if found is None or not found[2]:
        return None
    local = moment(found[1], found[2])
    images = _DATETIME.match(f"19000102{zone.strip()}")
    if local is None or not found[3] or images is None or not images[3]:
        return local
    return local.replace(tzinfo=_offset(found)).astimezone(_offset(images)).replace(tzinfo=None)


def _offset(found: re.Match[str]) -> timezone:
    minutes = int(found[4]) * 60 + int(found[5])
    return timezone(timedelta(minutes=-minutes if found[3] == "-" else minutes))


def _philips(ds: Elements, element: int) -> float:
    """Return one of Philips' factors; 0 where there is none.

    Files that lost the text that reserves the block have it where it always is.
    """
    found = private_numbers(ds, 0x7053, _PHILIPS, element)
    if not found:
        raw: Any = getattr(ds.get(0x70531000 | element), "value", None)
        words = raw.decode("ascii", "ignore") if isinstance(raw, bytes) else str(raw)
        try:
            found = (float(words.strip(" \0")),)
        except ValueError:
            return 0.0
    return found[0] if 0.0 < found[0] < 1e30 else 0.0
