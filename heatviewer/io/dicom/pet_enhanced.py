"""Enhanced PET (PS3.3 A.56): what its functional groups say for the SUV."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from heatviewer.io.dicom.elements import number, text
from heatviewer.io.dicom.pet_elements import moment_of, study_with
from heatviewer.io.dicom.suv import PetFrame

if TYPE_CHECKING:
    from heatviewer.io.dicom.elements import Elements
    from heatviewer.io.dicom.frames import Groups
    from heatviewer.io.dicom.real_world import Mapping
    from heatviewer.io.dicom.suv import PetStudy

#: UCUM's words for classic PET's Units and SUVType.
_UCUM: Final = {
    "bq/ml": ("BQML", ""),
    "bq/cm3": ("BQML", ""),
    "{counts}": ("CNTS", ""),
    "{counts}/s": ("CPS", ""),
    "{propcounts}": ("PROPCNTS", ""),
    "{propcounts}/s": ("PROPCPS", ""),
    "g/ml": ("GML", "BW"),
    "g/ml{suvbw}": ("GML", "BW"),
    "g/ml{suvlbm}": ("GML", "LBM"),
    "g/ml{suvibw}": ("GML", "IBW"),
    "cm2/ml{suvbsa}": ("CM2ML", "BSA"),
    "{suvbw}g/ml": ("GML", "BW"),
    "{suvlbm}g/ml": ("GML", "LBM"),
    "{suvibw}g/ml": ("GML", "IBW"),
    "{suvbsa}cm2/ml": ("CM2ML", "BSA"),
}
#: Elements that say YES for a correction, and CorrectedImage's word for it.
_CORRECTIONS: Final = {"AttenuationCorrected": "ATTN", "DecayCorrected": "DECY", "ScatterCorrected": "SCAT"}


def enhanced_study(ds: Elements, mapping: Mapping | None) -> PetStudy:
    """Return what an enhanced PET says once, its unit in the mapping of its first frame."""
    code = "" if mapping is None else mapping.code
    units, suv_type = _UCUM.get(code.lower().replace(" ", ""), (code.upper(), ""))
    corrected = {word: text(ds, keyword).upper() for keyword, word in _CORRECTIONS.items()}
    answers = {"YES": "START" if text(ds, "DecayCorrectionDateTime") else "", "NO": "NONE"}
    return study_with(
        ds,
        "known",
        units=units,
        suv_type=suv_type,
        decay=answers.get(corrected["DECY"], ""),
        corrected=tuple(word for word, answer in corrected.items() if answer == "YES"),
    )


def enhanced_frame(ds: Elements, group: Groups) -> PetFrame:
    """Return what an enhanced PET says of one frame's time."""
    content = group.find("FrameContentSequence")
    acquired = None if content is None else moment_of(text(content, "FrameAcquisitionDateTime"))
    duration = None if content is None else number(content, "FrameAcquisitionDuration")
    corrected = text(ds, "DecayCorrected").upper() == "YES"
    return PetFrame(
        acquired=acquired or moment_of(text(ds, "AcquisitionDateTime")),
        reference=moment_of(text(ds, "DecayCorrectionDateTime")) if corrected else None,
        duration_s=(duration or 0.0) / 1000.0,
    )
