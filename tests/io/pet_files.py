"""PET series made by code: any units, decay correction and times."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydicom.dataset import Dataset

from tests.dicom_files import stored, write_series

if TYPE_CHECKING:
    from pathlib import Path

PET_CLASS = "1.2.840.10008.5.1.4.1.1.128"
WEIGHT, DOSE, HALF_LIFE = 70.0, 3.5e8, 6586.2


def injection(**elements: Any) -> list[Dataset]:
    """Return a RadiopharmaceuticalInformationSequence; None leaves an element out."""
    item = Dataset()
    values = {
        "RadionuclideTotalDose": DOSE,
        "RadionuclideHalfLife": HALF_LIFE,
        "RadiopharmaceuticalStartTime": "100000",
        **elements,
    }
    for keyword, value in values.items():
        if value is not None:
            setattr(item, keyword, value)
    return [item]


def pet_tags(**elements: Any) -> dict[str, Any]:
    """Return the elements of a PET in Bq/ml, scanned from 11:00 on the day of its injection at 10:00."""
    return {
        "SOPClassUID": PET_CLASS,
        "Modality": "PT",
        "PatientWeight": WEIGHT,
        "Units": "BQML",
        "DecayCorrection": "START",
        "CorrectedImage": ["DECY", "ATTN", "SCAT"],
        "StudyDate": "20200310",
        "SeriesDate": "20200310",
        "SeriesTime": "110000",
        "AcquisitionDate": "20200310",
        "AcquisitionTime": "110000",
        "RescaleSlope": 2.0,
        "RescaleIntercept": 0.0,
        "RadiopharmaceuticalInformationSequence": injection(),
        **elements,
    }


def write_pet(
    folder: Path, *, slice_tags: list[dict[str, Any]] | None = None, slices: int = 3, **elements: Any
) -> Path:
    """Write a series of `slices` planes."""
    write_series(folder, stored(slices), tags=pet_tags(**elements), slice_tags=slice_tags)
    return folder


def suv(becquerel: Any, seconds: float, *, weight: float = WEIGHT, dose: float = DOSE) -> Any:
    """Return SUVbw of Bq/ml by its definition: activity per ml over decayed dose per gram."""
    return becquerel / (dose * 0.5 ** (seconds / HALF_LIFE) / (weight * 1000.0))
