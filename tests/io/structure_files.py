"""RT structure sets made by code: any ROIs, contours of any kind, and damage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

RTSTRUCT_CLASS = "1.2.840.10008.5.1.4.1.1.481.3"


@dataclass
class Contour:
    """A contour as it is written: points in LPS mm (n, 3), or the text of its data."""

    points: NDArray[np.float64] | str
    kind: str = "CLOSED_PLANAR"
    count: int | None = None

    def item(self) -> Dataset:
        """Return its item of the ContourSequence."""
        item = Dataset()
        item.ContourGeometricType = self.kind
        if isinstance(self.points, str):
            item.add_new(0x30060050, "LT", self.points)
            item.NumberOfContourPoints = self.count or 0
        else:
            item.ContourData = [f"{value:.6f}" for value in np.ravel(self.points)]
            item.NumberOfContourPoints = len(self.points) if self.count is None else self.count
        return item


@dataclass
class Roi:
    """A structure as it is written."""

    name: str
    contours: Sequence[Contour] = ()
    color: tuple[int, int, int] | None = (255, 128, 0)


@dataclass
class StructureSet:
    """A structure set, and the series that it refers to."""

    rois: Sequence[Roi]
    series: str = ""
    frame_of_reference: str = field(default_factory=generate_uid)

    def write(self, path: Path) -> Path:
        """Write it to a file."""
        meta = FileMetaDataset()
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        meta.MediaStorageSOPClassUID = RTSTRUCT_CLASS
        meta.MediaStorageSOPInstanceUID = generate_uid()
        ds: Any = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
        ds.SOPClassUID, ds.SOPInstanceUID = RTSTRUCT_CLASS, meta.MediaStorageSOPInstanceUID
        ds.Modality, ds.StructureSetLabel = "RTSTRUCT", "plan"
        ds.SeriesInstanceUID, ds.StudyInstanceUID = generate_uid(), generate_uid()
        ds.ReferencedFrameOfReferenceSequence = [self._reference()]
        ds.StructureSetROISequence = [self._roi(number, roi) for number, roi in enumerate(self.rois, 1)]
        drawn = [(n, roi) for n, roi in enumerate(self.rois, 1) if roi.contours or roi.color]
        ds.ROIContourSequence = [self._contours(number, roi) for number, roi in drawn]
        ds.save_as(path, enforce_file_format=True)
        return path

    def _reference(self) -> Dataset:
        series, study, frame = Dataset(), Dataset(), Dataset()
        series.SeriesInstanceUID = self.series
        study.RTReferencedSeriesSequence = [series]
        frame.FrameOfReferenceUID = self.frame_of_reference
        frame.RTReferencedStudySequence = [study]
        return frame

    def _roi(self, number: int, roi: Roi) -> Dataset:
        item = Dataset()
        item.ROINumber, item.ROIName = number, roi.name
        item.ReferencedFrameOfReferenceUID = self.frame_of_reference
        item.ROIGenerationAlgorithm = "MANUAL"
        return item

    @staticmethod
    def _contours(number: int, roi: Roi) -> Dataset:
        item = Dataset()
        item.ReferencedROINumber = number
        if roi.color is not None:
            item.ROIDisplayColor = list(roi.color)
        if roi.contours:
            item.ContourSequence = [contour.item() for contour in roi.contours]
        return item


def square(low: float, high: float, z: float) -> NDArray[np.float64]:
    """Return an axial square in LPS mm, (4, 3)."""
    return np.array([[low, low, z], [high, low, z], [high, high, z], [low, high, z]], float)
