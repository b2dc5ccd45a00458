"""What a path holds, told without reading a voxel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class SeriesInfo:
    """One volume that a path holds.

    Attributes
    ----------
    id : str
        What ``open_volume(path, series=…)`` takes: DICOM's SeriesInstanceUID (``UID#2`` … for
        further volumes of the same series), else the file's path inside the folder.
    description : str
        SeriesDescription, or the file's name; no patient identity.
    modality : str
        DICOM's word, or empty.
    shape : tuple of int
        (x, y, z) or (x, y, z, t).
    spacing : tuple of float
        Millimetres between voxel centres along i, j and k.
    affine : ndarray
        (4, 4) float64, voxel index to world RAS+ mm.
    dtype : str
        Element type in the file, such as ``"int16"``.
    unit : str
        Unit of the values, or empty.
    files : tuple of Path
        The files that the volume is made of.
    warnings : tuple of str
        What is odd about it.
    readable : bool
        Whether this version can open it; if not, a warning says why.
    """

    id: str
    description: str
    modality: str
    shape: tuple[int, ...]
    spacing: tuple[float, float, float]
    affine: NDArray[np.float64]
    dtype: str
    unit: str
    files: tuple[Path, ...]
    warnings: tuple[str, ...] = ()
    readable: bool = True

    @property
    def voxels(self) -> int:
        """Number of voxels over all frames."""
        product = 1
        for n in self.shape:
            product *= n
        return product


@dataclass(frozen=True, eq=False)
class Scan:
    """Everything that a file or folder holds.

    Attributes
    ----------
    path : Path
        What was looked at.
    format : str
        ``"nifti"``, ``"analyze"`` or ``"dicom"``; of a folder, the format of its first series.
    series : tuple of SeriesInfo
        The volumes found.
    warnings : tuple of str
        What was left out, and why.
    """

    path: Path
    format: str
    series: tuple[SeriesInfo, ...]
    warnings: tuple[str, ...] = ()

    def info(self) -> dict[str, Any]:
        """Return it as plain values that JSON takes; ranges are not known here and None."""
        return {
            "path": str(self.path),
            "format": self.format,
            "series": [_series_info(series) for series in self.series],
            "warnings": list(self.warnings),
        }


def _series_info(series: SeriesInfo) -> dict[str, Any]:
    return {
        "id": series.id,
        "description": series.description,
        "modality": series.modality,
        "shape": list(series.shape),
        "spacing": list(series.spacing),
        "affine": series.affine.tolist(),
        "dtype": series.dtype,
        "unit": series.unit,
        "range": None,
        "files": [str(path) for path in series.files],
        "warnings": list(series.warnings),
    }
