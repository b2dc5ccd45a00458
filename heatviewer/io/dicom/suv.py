"""Standardised uptake value by body weight, or the reason why a PET is shown raw.

SUVbw = activity concentration [Bq/ml] × weight [g] / dose decayed to the images' reference time [Bq],
as in QIBA's vendor-neutral pseudo-code for SUV and PS3.3 C.8.9.1.1.3 (Units) and C.8.9.1.1.5
(Decay Correction). Nothing is guessed: what is missing or cannot be true leaves the values as stored.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from math import exp, expm1, log
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

#: Units (0054,1001) that stay as they are, and the words for them.
_UNITS: Final = {
    "BQML": "Bq/ml",
    "CNTS": "counts",
    "CPS": "counts/s",
    "PROPCNTS": "proportional to counts",
    "PROPCPS": "proportional to counts/s",
    "CM2ML": "cm²/ml",
    "PCNT": "%",
    "MGMINML": "mg/min/ml",
    "UMOLMINML": "µmol/min/ml",
    "MLMING": "ml/min/g",
    "MLG": "ml/g",
    "1CM": "1/cm",
    "UMOLML": "µmol/ml",
}
#: Fluorine-18 in SNOMED's two spellings: with it a half-life can be checked, ± 5 %.
_FLUORINE: Final = frozenset({"C-111A1", "77004003"})
_FLUORINE_HALF_LIFE_S: Final = 6586.2
#: A smaller dose is taken for one in MBq or mCi, Bq.
_LEAST_DOSE: Final = 1e4
_MOST_DOSE: Final = 1e11
_MOST_WEIGHT_KG: Final = 700.0
#: Nobody images after so many half-lives (0.1 % is left).
_MOST_HALF_LIVES: Final = 10.0
#: A start time without a date may be the evening before, this long before the images at most.
_NIGHT: Final = timedelta(hours=12)
#: Above this half-life images may be taken days after the injection: a time alone does not do.
_LONG_HALF_LIFE_S: Final = 6 * 3600.0

WEIGHT: Final = "PatientWeight (0010,1030)"
DOSE: Final = "RadionuclideTotalDose (0018,1074)"
HALF_LIFE: Final = "RadionuclideHalfLife (0018,1075)"
START_DATETIME: Final = "RadiopharmaceuticalStartDateTime (0018,1078)"
START_TIME: Final = "RadiopharmaceuticalStartTime (0018,1072)"
SERIES_TIME: Final = "SeriesTime (0008,0031)"
ACQUISITION_TIME: Final = "AcquisitionTime (0008,0032)"


@dataclass(frozen=True, slots=True)
class PetFrame:
    """What one plane says that its SUV depends on.

    Attributes
    ----------
    series, acquired : datetime or None
        When the series and the plane's own acquisition began.
    reference : datetime or None
        Time that the values are decay corrected to, where the file names it itself (enhanced PET).
    duration_s : float
        How long the plane was acquired; 0 where unknown.
    suv_scale, activity_scale : float
        Philips' factors from rescaled numbers to SUV and to Bq/ml; 0 where there is none.
    """

    series: datetime | None = None
    acquired: datetime | None = None
    reference: datetime | None = None
    duration_s: float = 0.0
    suv_scale: float = 0.0
    activity_scale: float = 0.0


@dataclass(frozen=True, slots=True)
class PetStudy:
    """What a series says once. Numbers are None where the file has none.

    Attributes
    ----------
    units, suv_type, decay : str
        Units, SUVType and DecayCorrection.
    corrected : tuple of str
        CorrectedImage; empty where unknown.
    weight_kg, dose_bq, half_life_s : float or None
        Of the patient, the injection and the nuclide.
    nuclide : str
        Its code.
    injected : datetime or None
        When the injection began.
    has_date : bool
        Whether the day of the injection is known; else `injected` is on the day of the images.
    """

    units: str
    suv_type: str = ""
    decay: str = ""
    corrected: tuple[str, ...] = ()
    weight_kg: float | None = None
    dose_bq: float | None = None
    half_life_s: float | None = None
    nuclide: str = ""
    injected: datetime | None = None
    has_date: bool = True


@dataclass(frozen=True)
class Suv:
    """What the values of a PET are.

    Attributes
    ----------
    unit, kind : str
        As in ``Volume``.
    factors : tuple of float
        For each plane: rescaled numbers times this are values in `unit`.
    warnings : tuple of str
        Why it is no SUV, or what was taken for granted.
    facts : mapping
        What it was computed from, for the information view.
    """

    unit: str
    kind: str
    factors: tuple[float, ...]
    warnings: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


class _NoSuv(Exception):
    """Why there is no SUV, in words that follow 'not SUV:'."""


@dataclass(frozen=True, slots=True)
class _Decay:
    """Factors by which the injected dose fell until each plane's values, and how that was found."""

    left: tuple[float, ...]
    words: str
    reference: datetime | None = None
    injected: datetime | None = None
    warnings: tuple[str, ...] = ()


def suv_of(study: PetStudy, frames: Sequence[PetFrame]) -> Suv:
    """Return unit and factors of a PET's planes: of an SUV where it can be known, else as stored."""
    ones = (1.0,) * len(frames)
    facts = _facts(study)
    if study.units == "GML":
        unit = "SUV" if study.suv_type in ("", "BW") else f"SUV{study.suv_type.lower()}"
        return Suv(unit, "suv", ones, facts=facts | {"SUV": "stored so by the scanner"})
    if study.units == "CNTS" and all(frame.suv_scale > 0 for frame in frames):
        scales = tuple(frame.suv_scale for frame in frames)
        return Suv("SUV", "suv", scales, facts=facts | {"SUV": "by Philips' SUV scale factor (7053,1000)"})
    scales, unit = ones, _UNITS.get(study.units, study.units.lower())
    if study.units == "CNTS" and all(frame.activity_scale > 0 for frame in frames):
        scales, unit = tuple(frame.activity_scale for frame in frames), "Bq/ml"
    try:
        if unit != "Bq/ml":
            raise _NoSuv(_why_not(study.units))
        per_gram = _activity_per_gram(study)
        decay = _decay(study, frames)
    except _NoSuv as reason:
        in_unit = f"holds a PET in {unit}" if unit else "holds a PET"
        return Suv(unit, "", scales, (f"{in_unit}, not SUV: {reason}",), facts)
    factors = tuple(scale / (per_gram * left) for scale, left in zip(scales, decay.left, strict=True))
    warnings = [*decay.warnings]
    if not study.corrected:
        warnings.append(
            "does not say how it was corrected (CorrectedImage (0028,0051)); "
            "its SUV is right only after correction for attenuation"
        )
    return Suv("SUV", "suv", factors, tuple(warnings), facts | _decay_facts(decay, factors, scales))


def _why_not(units: str) -> str:
    if units == "CNTS":
        return "it has neither of Philips' scale factors (7053,1000) and (7053,1009)"
    return f"Units (0054,1001) is {units}" if units else "Units (0054,1001) is missing"


def _activity_per_gram(study: PetStudy) -> float:
    """Return the injected dose per gram of body, Bq/g, undecayed."""
    weight, dose = _present(study.weight_kg, WEIGHT), _present(study.dose_bq, DOSE)
    if weight > _MOST_WEIGHT_KG:
        raise _NoSuv(f"{WEIGHT} of {weight:.6g} kg cannot be")
    if dose < _LEAST_DOSE:
        raise _NoSuv(f"{DOSE} of {dose:.6g} Bq is too small; it may be in MBq")
    if dose > _MOST_DOSE:
        raise _NoSuv(f"{DOSE} of {dose:.6g} Bq cannot be")
    if study.corrected and "ATTN" not in study.corrected:
        raise _NoSuv("it is not corrected for attenuation (CorrectedImage (0028,0051))")
    return dose / (weight * 1000.0)


def _present(value: float | None, name: str) -> float:
    if value is None:
        raise _NoSuv(f"{name} is missing")
    if value <= 0:
        raise _NoSuv(f"{name} is {value:g}")
    return value


def _decay(study: PetStudy, frames: Sequence[PetFrame]) -> _Decay:
    """Return what is left of the dose at the time that each plane's values are for."""
    decay = study.decay
    if decay in ("START", "ADMIN") and study.corrected and "DECY" not in study.corrected:
        raise _NoSuv(f"DecayCorrection (0054,1102) is {decay}, but CorrectedImage (0028,0051) lacks DECY")
    if decay == "ADMIN":
        words = "ADMIN: images are decay corrected to the injection; the dose is taken undecayed"
        return _Decay((1.0,) * len(frames), words, injected=study.injected)
    if decay not in ("START", "NONE"):
        raise _NoSuv(f"DecayCorrection (0054,1102) is {decay or 'missing'}")
    half_life = _half_life(study)
    if study.injected is None:
        raise _NoSuv(f"{START_DATETIME} and {START_TIME} are missing")
    if not study.has_date and half_life > _LONG_HALF_LIFE_S:
        raise _NoSuv(f"{START_DATETIME} is missing, and {START_TIME} does not tell the day")
    if decay == "START":
        return _to_start(study, study.injected, half_life, frames)
    return _to_each_frame(study, study.injected, half_life, frames)


def _half_life(study: PetStudy) -> float:
    half_life = _present(study.half_life_s, HALF_LIFE)
    off = abs(half_life / _FLUORINE_HALF_LIFE_S - 1.0)
    if half_life < 1.0 or (study.nuclide in _FLUORINE and off > 0.05):
        raise _NoSuv(f"{HALF_LIFE} of {half_life:.6g} s cannot be that of the nuclide")
    return half_life


def _to_start(study: PetStudy, injected: datetime, half_life: float, frames: Sequence[PetFrame]) -> _Decay:
    """START: one reference time for all, the start of the scan."""
    reference, words, warnings = _scan_start(frames)
    elapsed, injected = _elapsed(study, injected, reference, half_life)
    left = exp(-log(2.0) * elapsed / half_life)
    return _Decay((left,) * len(frames), words, reference, injected, warnings)


def _scan_start(frames: Sequence[PetFrame]) -> tuple[datetime, str, tuple[str, ...]]:
    """Return the time that images corrected to START are for, how it was found, and a warning.

    A series' time later than its first acquisition was set by whoever processed the images.
    """
    named = {frame.reference for frame in frames if frame.reference is not None}
    if len(named) > 1:
        raise _NoSuv("its frames name several times for their decay correction")
    if named:
        return named.pop(), "the dose is decayed to DecayCorrectionDateTime (0018,9701)", ()
    acquired = [frame.acquired for frame in frames if frame.acquired is not None]
    begun = [frame.series for frame in frames if frame.series is not None]
    if not acquired and not begun:
        raise _NoSuv(f"{SERIES_TIME} and {ACQUISITION_TIME} are missing")
    if not acquired:
        return min(begun), f"START: the dose is decayed to the series' start, {SERIES_TIME}", ()
    earliest = min(acquired)
    if begun and min(begun) <= earliest:
        return min(begun), f"START: the dose is decayed to the series' start, {SERIES_TIME}", ()
    words = f"START: the dose is decayed to the earliest {ACQUISITION_TIME}"
    if not begun:
        return earliest, words, ()
    warning = (
        "has a series time later than its first acquisition, as after processing; its SUV takes the "
        f"earliest {ACQUISITION_TIME} of the slices found for the scan's start"
    )
    return earliest, words, (warning,)


def _to_each_frame(
    study: PetStudy, injected: datetime, half_life: float, frames: Sequence[PetFrame]
) -> _Decay:
    """NONE: each plane's values are the mean over its own acquisition, whose decay is undone."""
    rate = log(2.0) / half_life
    left = []
    used = injected
    for frame in frames:
        if frame.acquired is None:
            raise _NoSuv(f"{ACQUISITION_TIME} is missing, which uncorrected decay (NONE) needs")
        elapsed, used = _elapsed(study, injected, frame.acquired, half_life)
        during = rate * frame.duration_s
        mean = -expm1(-during) / during if during > 0 else 1.0
        left.append(exp(-rate * elapsed) * mean)
    known = all(frame.duration_s > 0 for frame in frames)
    words = f"NONE: the dose is decayed to each image's {ACQUISITION_TIME}"
    words += " and through its duration" if known else ""
    earliest = min(frame.acquired for frame in frames if frame.acquired is not None)
    return _Decay(tuple(left), words, earliest, used)


def _elapsed(
    study: PetStudy, injected: datetime, reference: datetime, half_life: float
) -> tuple[float, datetime]:
    """Return seconds from injection to reference, and the injection with its day found.

    A start time without a date that is later than the images is one of the evening before.
    """
    if not study.has_date:
        injected = injected.replace(year=reference.year, month=reference.month, day=reference.day)
        if injected > reference:
            injected -= timedelta(days=1)
            if reference - injected > _NIGHT:
                raise _NoSuv(f"{START_TIME} is later than the images")
    elapsed = (reference - injected).total_seconds()
    name = START_DATETIME if study.has_date else START_TIME
    if elapsed < 0:
        raise _NoSuv(f"{name} is later than the images")
    if elapsed > _MOST_HALF_LIVES * half_life:
        raise _NoSuv(f"{name} is {elapsed / half_life:.3g} half-lives before the images")
    return elapsed, injected


def _facts(study: PetStudy) -> dict[str, Any]:
    """Return what the series says of weight, dose and decay."""
    found = {
        "patient weight (kg)": study.weight_kg,
        "injected dose (MBq)": None if study.dose_bq is None else study.dose_bq / 1e6,
        "half-life (min)": None if study.half_life_s is None else study.half_life_s / 60.0,
        "injection time": None if study.injected is None else _clock(study.injected),
        "decay correction": study.decay or None,
        "PET units": study.units or None,
        "corrections": ", ".join(study.corrected) or None,
    }
    return {key: value for key, value in found.items() if value is not None}


def _decay_facts(decay: _Decay, factors: Sequence[float], scales: Sequence[float]) -> dict[str, Any]:
    """Return what the SUV was computed with."""
    found: dict[str, Any] = {"decay correction": decay.words}
    if decay.reference is not None and decay.injected is not None:
        minutes = (decay.reference - decay.injected).total_seconds() / 60.0
        found["reference time"] = _clock(decay.reference)
        found["injection to reference (min)"] = minutes
        found["injection time"] = _clock(decay.injected)
    per_becquerel = sorted({f / s for f, s in zip(factors, scales, strict=True)})
    found["SUV per Bq/ml"] = per_becquerel[0] if len(per_becquerel) == 1 else list(per_becquerel)
    return found


def _clock(moment: datetime) -> str:
    """Return the time of day alone: dates belong to the patient."""
    return moment.strftime("%H:%M:%S")
