"""RT dose files made by code: any offsets, orientation, scaling, and part of a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from tests.dicom_files import AXIAL

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

DOSE_CLASS = "1.2.840.10008.5.1.4.1.1.481.2"
PLAN_CLASS = "1.2.840.10008.5.1.4.1.1.481.5"
POSITION = (-20.0, 30.0, -50.0)
SPACING = (2.5, 2.0)


def stored(planes: int = 4, rows: int = 3, columns: int = 5, dtype: str = "u4") -> NDArray[Any]:
    """Return (planes, rows, columns) in which every pixel differs."""
    return (np.arange(planes * rows * columns).reshape(planes, rows, columns) * 7 + 3).astype(dtype)


def write_dose(
    path: Path,
    pixels: NDArray[Any],
    *,
    offsets: list[float] | None,
    orientation: tuple[float, ...] = AXIAL,
    scaling: float | None = 0.001,
    summation: str | None = "PLAN",
    beam: int | None = None,
    plan: str = "1.2.3.4",
    frame: str = "1.2.3.5",
    series: str = "1.2.3.6",
    tags: dict[str, Any] | None = None,
) -> Path:
    """Write one RT dose of (planes, rows, columns) unsigned integers; None leaves an element out."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID, meta.MediaStorageSOPClassUID = ExplicitVRLittleEndian, DOSE_CLASS
    meta.MediaStorageSOPInstanceUID = generate_uid()
    ds = FileDataset("", {}, preamble=b"\0" * 128, file_meta=meta)
    ds.SOPClassUID, ds.SOPInstanceUID = DOSE_CLASS, meta.MediaStorageSOPInstanceUID
    ds.PatientName, ds.PatientID, ds.Modality = "Secret^Name", "SECRET-ID", "RTDOSE"
    ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.FrameOfReferenceUID = "1.2.3.7", series, frame
    ds.ImagePositionPatient, ds.ImageOrientationPatient = list(POSITION), list(orientation)
    ds.PixelSpacing, ds.SliceThickness = list(SPACING), None
    ds.NumberOfFrames, ds.Rows, ds.Columns = pixels.shape
    ds.SamplesPerPixel, ds.PhotometricInterpretation, ds.PixelRepresentation = 1, "MONOCHROME2", 0
    ds.BitsAllocated = ds.BitsStored = pixels.dtype.itemsize * 8
    ds.HighBit = ds.BitsStored - 1
    ds.DoseUnits, ds.DoseType = "GY", "PHYSICAL"
    ds.ReferencedRTPlanSequence = [_reference(plan, beam)]
    _put(ds, {"DoseGridScaling": scaling, "DoseSummationType": summation, "GridFrameOffsetVector": offsets})
    _put(ds, tags or {})
    ds.PixelData = pixels.astype(pixels.dtype.newbyteorder("<")).tobytes()
    ds["PixelData"].VR = "OW"
    path.parent.mkdir(parents=True, exist_ok=True)
    ds.save_as(path, enforce_file_format=True)
    return path


def _reference(plan: str, beam: int | None) -> Dataset:
    reference = Dataset()
    reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = PLAN_CLASS, plan
    if beam is not None:
        group, part = Dataset(), Dataset()
        part.ReferencedBeamNumber = beam
        group.ReferencedFractionGroupNumber, group.ReferencedBeamSequence = 1, [part]
        reference.ReferencedFractionGroupSequence = [group]
    return reference


def _put(ds: FileDataset, tags: dict[str, Any]) -> None:
    for keyword, value in tags.items():
        if value is not None:
            setattr(ds, keyword, value)
        elif keyword in ds:
            delattr(ds, keyword)
