"""Classic DICOM series made by code: any orientation, size, type, scaling and file order."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import (
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    RLELossless,
    generate_uid,
)

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

CT_CLASS = "1.2.840.10008.5.1.4.1.1.2"
#: An orientation with no zero in it: row and column direction, orthonormal, LPS+.
OBLIQUE = tuple(
    float(v) for v in np.linalg.qr(np.array([[3.0, -1, 1], [1, 2, -1], [1, 1, 4]]))[0][:, :2].T.ravel()
)
AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
SAGITTAL = (0.0, 1.0, 0.0, 0.0, 0.0, -1.0)
CORONAL = (1.0, 0.0, 0.0, 0.0, 0.0, -1.0)


@dataclass(frozen=True)
class Series:
    """Where a written series lies in space: what a test needs to know to check a reader."""

    orientation: tuple[float, ...]
    pixel_spacing: tuple[float, float]
    positions: NDArray[np.float64]

    def world_ras(self, column: float, row: float, number: int) -> NDArray[np.float64]:
        """Return the world point of a pixel by DICOM's own equation (PS3.3 C.7.6.2.1.1), RAS+."""
        row_direction, column_direction = np.reshape(self.orientation, (2, 3))
        row_spacing, column_spacing = self.pixel_spacing
        lps = (
            self.positions[number]
            + row_direction * column_spacing * column
            + column_direction * row_spacing * row
        )
        return np.array([-lps[0], -lps[1], lps[2]])


def stored(slices: int = 5, rows: int = 4, columns: int = 6, dtype: str = "i2") -> NDArray[Any]:
    """Return (slices, rows, columns) in which every pixel differs."""
    return np.arange(slices * rows * columns).reshape(slices, rows, columns).astype(dtype)


def as_volume(pixels: NDArray[Any]) -> NDArray[Any]:
    """Return (slices, rows, columns) as (column, row, slice)."""
    return pixels.transpose(2, 1, 0)


def write_series(
    folder: Path,
    pixels: NDArray[Any],
    *,
    orientation: tuple[float, ...] = AXIAL,
    pixel_spacing: tuple[float, float] = (0.75, 0.5),
    origin: tuple[float, float, float] = (-31.0, 12.5, 40.0),
    step: tuple[float, float, float] | float = 2.5,
    shuffle: int = 1,
    transfer_syntax: str = ExplicitVRLittleEndian,
    tags: dict[str, Any] | None = None,
    slice_tags: list[dict[str, Any]] | None = None,
) -> Series:
    """Write one file a slice, with names and instance numbers that tell nothing of the order.

    Parameters
    ----------
    folder : Path
        Made if it is missing.
    pixels : ndarray
        (slices, rows, columns), integers as stored.
    step : float or (x, y, z)
        From slice to slice: mm along row × column direction, or a vector (a tilted gantry), LPS+.
    tags, slice_tags
        DICOM keywords of all files, and of each; None removes one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    row_direction, column_direction = np.reshape(orientation, (2, 3))
    along = np.cross(row_direction, column_direction) * step if np.isscalar(step) else np.asarray(step)
    positions = np.asarray(origin) + np.arange(len(pixels))[:, None] * along
    # A series has one frame of reference, written in one go or in several.
    series_uid = (tags or {}).get("SeriesInstanceUID") or generate_uid()
    frame_uid = generate_uid(entropy_srcs=[series_uid])
    numbers = list(range(len(pixels)))
    random.Random(shuffle).shuffle(numbers)
    for k, plane in enumerate(pixels):
        ds = _dataset(plane, transfer_syntax)
        ds.SeriesInstanceUID, ds.FrameOfReferenceUID = series_uid, frame_uid
        ds.InstanceNumber = numbers[k] + 1
        ds.ImagePositionPatient = [f"{v:.9f}" for v in positions[k]]
        ds.ImageOrientationPatient = [f"{v:.12f}" for v in orientation]
        ds.PixelSpacing = list(pixel_spacing)
        for keyword, value in {**(tags or {}), **(slice_tags[k] if slice_tags else {})}.items():
            _set(ds, keyword, value)
        _save(ds, folder / f"{numbers[k]:03d}", transfer_syntax)
    return Series(orientation, pixel_spacing, positions)


def _dataset(plane: NDArray[Any], transfer_syntax: str) -> FileDataset:
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = transfer_syntax
    meta.MediaStorageSOPClassUID = CT_CLASS
    meta.MediaStorageSOPInstanceUID = generate_uid()
    ds = FileDataset(
        "",
        {},
        preamble=b"\0" * 128,
        file_meta=meta,
        is_implicit_VR=transfer_syntax == ImplicitVRLittleEndian,
        is_little_endian=transfer_syntax != ExplicitVRBigEndian,
    )
    ds.SOPClassUID, ds.SOPInstanceUID = CT_CLASS, meta.MediaStorageSOPInstanceUID
    ds.PatientName, ds.PatientID = "Secret^Name", "SECRET-ID"
    ds.Modality, ds.SeriesDescription, ds.SliceThickness = "CT", "Made by code", 2.5
    ds.Rows, ds.Columns = plane.shape
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated = ds.BitsStored = plane.dtype.itemsize * 8
    ds.HighBit = ds.BitsStored - 1
    ds.PixelRepresentation = int(plane.dtype.kind == "i")
    data = plane.astype(
        plane.dtype.newbyteorder(">" if transfer_syntax == ExplicitVRBigEndian else "<")
    ).tobytes()
    ds.PixelData = data + b"\0" * (len(data) % 2)
    ds["PixelData"].VR = (
        "OB" if plane.dtype.itemsize == 1 and transfer_syntax != ImplicitVRLittleEndian else "OW"
    )
    return ds


def _set(ds: FileDataset, keyword: str, value: Any) -> None:
    if value is not None:
        setattr(ds, keyword, value)
    elif keyword in ds:
        delattr(ds, keyword)


def _save(ds: FileDataset, path: Path, transfer_syntax: str) -> None:
    if transfer_syntax == RLELossless:
        ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        ds.compress(transfer_syntax, generate_instance_uid=False)
    ds.save_as(path, enforce_file_format=True)
