"""What a path holds, told without reading a voxel."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from heatviewer.core.errors import ReadError
from heatviewer.core.geometry import spacing

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from heatviewer.core.volume import Volume
    from heatviewer.io.progress import Progress

    #: Gets a coarse volume of some of the slices, at their true places, soon after the start.
    Early = Callable[[Volume], object]


@dataclass(frozen=True, eq=False)
class SeriesInfo:
    """One volume that a path holds.

    Attributes
    ----------
    id : str
        What ``open_volume(path, series=…)`` takes: DICOM's SeriesInstanceUID (``UID#2`` … for
        further volumes of the same series), else the file's path inside the folder
        (``path#part`` where one file holds several).
    description : str
        SeriesDescription, or the file's name; no patient identity.
    modality : str
        DICOM's word, or empty.
    shape : tuple of int
        (x, y, z) or (x, y, z, t).
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
        Whether it can be opened; if not, a warning says why.
    role : str
        ``"heatmap"`` for what is meant to lie on another image (dose, segments, maps, PET); such
        a volume is taken as a base only where there is nothing else.
    group : str
        Volumes of one group (the segments of a file) become layers together; empty: none.
    secondary : bool
        Whether another is to be preferred where nobody chooses (one beam's dose beside the plan's).
    patient, study, date : str
        Who and what it is of, for the browser in the window only: never logged, never in ``info``.
    number : int or None
        SeriesNumber.
    """

    id: str
    description: str
    modality: str
    shape: tuple[int, ...]
    affine: NDArray[np.float64]
    dtype: str
    unit: str
    files: tuple[Path, ...]
    warnings: tuple[str, ...] = ()
    readable: bool = True
    role: Literal["base", "heatmap"] = "base"
    group: str = ""
    secondary: bool = False
    patient: str = ""
    study: str = ""
    date: str = ""
    number: int | None = None

    @property
    def spacing(self) -> tuple[float, float, float]:
        """Millimetres between voxel centres along i, j and k."""
        i, j, k = (float(step) for step in spacing(self.affine))
        return i, j, k

    @property
    def voxels(self) -> int:
        """Number of voxels over all frames."""
        return math.prod(self.shape)


class Found(Protocol):
    """A volume that was found and can be opened: a stack of slices, a dose, a segment, a file."""

    @property
    def id(self) -> str:
        """As in `SeriesInfo`."""

    def info(self) -> SeriesInfo:
        """Return it as one line of a listing."""

    def open(self, progress: Progress, early: Early | None = None, like: Volume | None = None) -> Volume:
        """Read it.

        `early` gets a coarse volume first, where reading takes long. `like` is the volume that it
        is to lie on, which matters to what has no grid of its own (structures).

        Raises
        ------
        ReadError, Cancelled
        """

    def thumbnail(self) -> Volume:
        """Read one slice through the middle, as a volume of one slice at its true place.

        Raises
        ------
        ReadError
        """


@dataclass(frozen=True, eq=False)
class Scan:
    """Everything that a file or folder holds.

    Attributes
    ----------
    path : Path
        What was looked at.
    format : str
        ``"nifti"``, ``"analyze"``, ``"dicom"``, ``"nrrd"``, ``"image"`` …; of a folder, the format
        of its first series.
    found : tuple of Found
        The volumes found.
    warnings : tuple of str
        What was left out, and why.
    chosen : str
        The id of the volume that is taken where nobody chooses.
    container : str
        ``"folder"``, ``"archive"`` or ``"DICOMDIR"`` where the path names many files; empty for one.
    root : Path or None
        Where an archive's files are unpacked.
    """

    path: Path
    format: str
    found: tuple[Found, ...]
    warnings: tuple[str, ...] = ()
    chosen: str = ""
    container: str = ""
    root: Path | None = None

    @property
    def series(self) -> tuple[SeriesInfo, ...]:
        """The volumes found, a line each."""
        return tuple(found.info() for found in self.found)

    def with_id(self, series: str) -> Found:
        """Return the volume of an id.

        Raises
        ------
        ReadError
            There is none.
        """
        for found in self.found:
            if found.id == series:
                return found
        where = self.path.name or str(self.path)
        raise ReadError(where, f"holds no series {series}", "See heatviewer info for the series")

    def together_with(self, series: str) -> tuple[Found, ...]:
        """Return the volumes that become layers together with that of an id, itself among them."""
        one = self.with_id(series)
        group = one.info().group
        return tuple(f for f in self.found if f.info().group == group) if group else (one,)

    def info(self) -> dict[str, Any]:
        """Return it as plain values that JSON takes; ranges are not known here and None."""
        return {
            "path": str(self.path),
            "format": self.format,
            "series": [
                _series_info(series) | {"files": [self.shown(path) for path in series.files]}
                for series in self.series
            ],
            "warnings": list(self.warnings),
        }

    def shown(self, path: Path) -> str:
        """Return a file's path as a person knows it: of one in an archive, the place in the archive."""
        if self.root is None or self.root not in path.parents:
            return str(path)
        return str(self.path / path.relative_to(self.root))


def series_of_file(
    files: tuple[Path, ...],
    identifier: str,
    description: str,
    shape: tuple[int, ...],
    affine: NDArray[np.float64],
    dtype: str,
    **further: Any,
) -> SeriesInfo:
    """Return the line of a volume in files of their own.

    `further` are other fields of `SeriesInfo`.
    """
    fields: dict[str, Any] = {"modality": "", "unit": ""} | further
    return SeriesInfo(
        id=identifier,
        description=description,
        shape=shape,
        affine=affine,
        dtype=dtype,
        files=files,
        **fields,
    )


def chosen_of(found: tuple[Found, ...]) -> str:
    """Return the id of the volume that is taken where nobody chooses.

    The largest that can be opened; images before heatmaps, whole volumes before structures and
    segments; of equals the first.
    """

    def rank(one: Found) -> tuple[bool, bool, bool, bool, int]:
        info = one.info()
        return info.readable, info.role == "base", not info.secondary, not info.group, info.voxels

    return max(found, key=rank).id if found else ""


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
        "files": [],
        "warnings": list(series.warnings),
    }
