"""Multi-frame files made by code: segmentations and parametric maps, frames in any order and number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.pixels import pack_bits
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from tests.dicom_files import AXIAL

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

SEG_CLASS = "1.2.840.10008.5.1.4.1.1.66.4"
LABEL_CLASS = "1.2.840.10008.5.1.4.1.1.66.7"
MAP_CLASS = "1.2.840.10008.5.1.4.1.1.30"
SPACING = (1.5, 0.8)
ORIGIN = (-20.0, -30.0, 15.0)


def group(**elements: Any) -> Dataset:
    """Return a data set of these elements; lists of data sets are sequences."""
    ds = Dataset()
    for keyword, value in elements.items():
        setattr(ds, keyword, value)
    return ds


def plane_at(place: Any) -> dict[str, Any]:
    """Return the functional group of a plane's position, LPS+ mm."""
    position = group(ImagePositionPatient=[f"{v:.9f}" for v in place])
    return {"PlanePositionSequence": [position]}


def along_normal(heights: list[float], orientation: tuple[float, ...] = AXIAL) -> NDArray[np.float64]:
    """Return positions at these heights above the origin, (n, 3), LPS+ mm."""
    return np.asarray(ORIGIN) + np.outer(heights, np.cross(*np.reshape(orientation, (2, 3))))


def write_frames(
    path: Path,
    frames: NDArray[Any],
    groups: list[dict[str, Any]],
    *,
    sop_class: str,
    orientation: tuple[float, ...] | None = AXIAL,
    measures: dict[str, Any] | None = None,
    shared: dict[str, Any] | None = None,
    tags: dict[str, Any] | None = None,
) -> Path:
    """Write (frames, rows, columns) with a functional group a frame; bool pixels take one bit each."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID, meta.MediaStorageSOPClassUID = ExplicitVRLittleEndian, sop_class
    meta.MediaStorageSOPInstanceUID = generate_uid()
    ds = FileDataset("", {}, preamble=b"\0" * 128, file_meta=meta)
    ds.SOPClassUID, ds.SOPInstanceUID = sop_class, meta.MediaStorageSOPInstanceUID
    ds.PatientName, ds.PatientID, ds.Modality = "Secret^Name", "SECRET-ID", "OT"
    ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.FrameOfReferenceUID = "1.2.3.7", "1.2.3.6", "1.2.3.5"
    ds.NumberOfFrames, ds.Rows, ds.Columns = frames.shape
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    of_all = group(
        PixelMeasuresSequence=[group(PixelSpacing=list(SPACING), **(measures or {}))], **(shared or {})
    )
    if orientation is not None:
        of_all.PlaneOrientationSequence = [group(ImageOrientationPatient=[f"{v:.12f}" for v in orientation])]
    ds.SharedFunctionalGroupsSequence = [of_all]
    ds.PerFrameFunctionalGroupsSequence = [group(**one) for one in groups]
    for keyword, value in (tags or {}).items():
        setattr(ds, keyword, value)
    _put_pixels(ds, frames)
    path.parent.mkdir(parents=True, exist_ok=True)
    ds.save_as(path, enforce_file_format=True)
    return path


def _put_pixels(ds: FileDataset, frames: NDArray[Any]) -> None:
    bits = 1 if frames.dtype == np.bool_ else frames.dtype.itemsize * 8
    ds.BitsAllocated = bits
    if frames.dtype.kind == "f":
        name = "FloatPixelData" if bits == 32 else "DoubleFloatPixelData"
        setattr(ds, name, frames.astype(frames.dtype.newbyteorder("<")).tobytes())
        return
    ds.BitsStored, ds.HighBit, ds.PixelRepresentation = bits, bits - 1, int(frames.dtype.kind == "i")
    data = pack_bits(frames) if bits == 1 else frames.astype(frames.dtype.newbyteorder("<")).tobytes()
    ds.PixelData = data + b"\0" * (len(data) % 2)
    ds["PixelData"].VR = "OB" if bits <= 8 else "OW"


def segment(number: int, label: str, lab: tuple[int, int, int] | None = None) -> Dataset:
    """Return an item of the SegmentSequence."""
    ds = group(SegmentNumber=number, SegmentLabel=label, SegmentAlgorithmType="MANUAL")
    if lab is not None:
        ds.RecommendedDisplayCIELabValue = list(lab)
    return ds


def owned(number: int) -> dict[str, Any]:
    """Return the functional group that says whose segment a frame is."""
    return {"SegmentIdentificationSequence": [group(ReferencedSegmentNumber=number)]}


def write_seg(
    path: Path, frames: NDArray[Any], groups: list[dict[str, Any]], segments: list[Dataset], **settings: Any
) -> Path:
    """Write a segmentation: binary where the pixels are bool, else fractional."""
    tags: dict[str, Any] = {"Modality": "SEG", "SegmentSequence": segments, "SegmentationType": "BINARY"}
    if frames.dtype != np.bool_:
        tags |= {"SegmentationType": "FRACTIONAL", "SegmentationFractionalType": "PROBABILITY"}
        tags |= {"MaximumFractionalValue": 200}
    tags |= settings.pop("tags", {})
    sop_class = settings.pop("sop_class", SEG_CLASS)
    return write_frames(path, frames, groups, sop_class=sop_class, tags=tags, **settings)
