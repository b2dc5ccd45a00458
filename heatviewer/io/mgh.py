"""FreeSurfer's MGH, plain or gzipped (.mgz): nibabel says where it lies."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from heatviewer.core.errors import ReadError
from heatviewer.core.volume import FrameAxis, Volume
from heatviewer.io.listing import series_of_file
from heatviewer.io.nifti_header import volume_shape
from heatviewer.io.nifti_space import is_invertible
from heatviewer.io.sniff import head_of
from heatviewer.io.unpacking import packing_of
from heatviewer.io.voxel_stream import Part, mapped_or_read, tail_of
from heatviewer.io.wording import NO_ORIENTATION, short_name, size_words, type_words

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from heatviewer.io.listing import SeriesInfo
    from heatviewer.io.progress import Progress

_HEADER_BYTES: Final = 284
_TYPES: Final = {0: "u1", 1: "i4", 3: "f4", 4: "i2", 10: "u2"}


@dataclass(frozen=True, eq=False)
class _Header:
    """What the first bytes say: sizes, big-endian element type, affine, and what is odd."""

    dims: tuple[int, ...]
    dtype: np.dtype[Any]
    affine: NDArray[np.float64]
    warnings: tuple[str, ...]
    part: Part

    @property
    def shape(self) -> tuple[int, ...]:
        return volume_shape(self.dims, [])


def list_volumes(path: Path, identifier: str) -> tuple[SeriesInfo, ...]:
    """Return what an MGH file holds, from its header alone; raises as open_volume does."""
    header = _header(path)
    name = header.dtype.newbyteorder("=").name
    return (
        series_of_file(
            (path,), identifier, short_name(path), header.shape, header.affine, name, warnings=header.warnings
        ),
    )


def open_volume(path: Path, progress: Progress, part: str = "") -> Volume:  # noqa: ARG001 (one volume a file)
    """Read an MGH file.

    Raises
    ------
    ReadError
        It is cut short, damaged or claims more than it can hold.
    Cancelled
        The user stopped it.
    """
    header = _header(path)
    reading, rest = progress.part(0.0, 0.9), progress.part(0.9, 1.0)
    stored = mapped_or_read((header.part,), header.dtype, header.shape, reading)
    return Volume(
        stored,
        header.affine,
        name=short_name(path),
        frame_axis=_frame_axis(header, rest),
        warnings=header.warnings,
        info={
            "format": "MGH",
            "dimensions": size_words(header.dims),
            "data type": type_words(header.dtype),
            "orientation": "none in the file" if header.warnings else "vox2ras",
        },
    )


def _header(path: Path) -> _Header:
    # Imported here: nibabel takes 300 ms.
    from nibabel.freesurfer.mghformat import MGHHeader

    head = head_of(path)[:_HEADER_BYTES]
    header = MGHHeader(head, check=False)
    dims = tuple(int(n) for n in header["dims"])
    if min(dims) < 1:
        raise ReadError(path.name, f"has impossible dimensions ({size_words(dims)})", "Write the file again")
    dtype = np.dtype(">" + _TYPES[int(header["type"])])
    # Where the file has no orientation nibabel puts FreeSurfer's own fallback (1 mm, coronal), and its flag.
    warnings = () if any(head[28:30]) else (NO_ORIENTATION,)
    with np.errstate(over="ignore", invalid="ignore"):
        affine = np.asarray(header.get_affine(), dtype=np.float64)
    if not is_invertible(affine):
        raise ReadError(path.name, "has an orientation whose axes lie in one plane", "Write the file again")
    part = Part(path, packing_of(path), 0, _HEADER_BYTES)
    part.check(dtype.itemsize * math.prod(dims))
    return _Header(dims, dtype, affine, warnings, part)


def _frame_axis(header: _Header, progress: Progress) -> FrameAxis | None:
    """Return the times of the frames from the repetition time (ms) that follows the voxels."""
    frames = header.dims[3]
    if frames == 1:
        return None
    tail = tail_of(header.part, header.dtype.itemsize * math.prod(header.dims), 4, progress)
    step = float(np.frombuffer(tail, ">f4")[0]) if len(tail) == 4 else 0.0
    if not math.isfinite(step) or step <= 0:
        return None
    return FrameAxis("time", tuple(round(step * t / 1000, 6) for t in range(frames)), "s")
