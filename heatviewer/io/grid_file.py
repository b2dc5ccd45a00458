"""Images whose header is text and whose voxels are plain or packed bytes: NRRD and MetaImage.

Their headers are read by `nrrd` and `metaimage`, the voxels here: as a stream that can be stopped,
straight into the volume's memory, or mapped. (ITK's reader cannot be stopped, takes damaged deflated
MetaImage data without an error, and refuses NRRD files whose frames have no direction.)
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from heatviewer.core.errors import ReadError
from heatviewer.core.volume import Volume
from heatviewer.io.colors import color_volume, fortran_copy
from heatviewer.io.listing import SeriesInfo, series_of_file
from heatviewer.io.text_values import read_text
from heatviewer.io.voxel_stream import mapped_or_read

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from heatviewer.core.volume import FrameAxis
    from heatviewer.io.progress import Progress
    from heatviewer.io.voxel_stream import Part

#: Axes of an image at most, as NRRD has it.
_MOST_AXES: Final = 16


@dataclass(frozen=True, eq=False)
class GridFile:
    """What the header of an NRRD or MetaImage file says.

    Attributes
    ----------
    path : Path
        The header's file.
    sizes : tuple of int
        Numbers along each axis of the file, fastest first.
    axes : tuple of int
        The axes of the file that are i, j, k (fewer in a 2D image), then those that are frames.
    spatial : int
        How many of these are spatial.
    color_axis : int or None
        The axis of the file that runs over red, green, blue and perhaps alpha.
    dtype : dtype
        Element type, with its byte order.
    parts : tuple of Part
        Where the voxels lie; `text` if they are written as numbers.
    affine : ndarray
        (4, 4) float64, voxel index to world RAS+ mm.
    """

    path: Path
    sizes: tuple[int, ...]
    axes: tuple[int, ...]
    spatial: int
    color_axis: int | None
    dtype: np.dtype[Any]
    parts: tuple[Part, ...]
    text: bool
    affine: NDArray[np.float64]
    unit: str = ""
    modality: str = ""
    kind: str = ""
    frame_axis: FrameAxis | None = None
    warnings: tuple[str, ...] = ()
    info: Mapping[str, Any] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[int, ...]:
        """(x, y, z) or (x, y, z, t)."""
        grid = (*(self.sizes[axis] for axis in self.axes[: self.spatial]), 1, 1)[:3]
        frames = math.prod(self.sizes[axis] for axis in self.axes[self.spatial :])
        return (*grid, frames) if frames > 1 else grid

    @property
    def files(self) -> tuple[Path, ...]:
        """The header and the files of the voxels."""
        return tuple(dict.fromkeys((self.path, *(part.path for part in self.parts))))


def check_claims(header: GridFile) -> None:
    """Refuse a header that claims more than its files can hold, before any memory is taken.

    Raises
    ------
    ReadError
    """
    if len(header.sizes) > _MOST_AXES or len(header.axes) - header.spatial > 2 or header.spatial < 1:
        raise ReadError(
            header.path.name, f"has {len(header.sizes)} axes, which is no volume", "Write a volume of it"
        )
    count, rest = divmod(math.prod(header.sizes), len(header.parts))
    if rest or (header.text and len(header.parts) > 1):
        what = f"spreads its voxels over {len(header.parts)} files that cannot have the same share"
        raise ReadError(header.path.name, what, "Write it as one file")
    # Numbers in text take two bytes each, at least.
    size = count if header.text else count * header.dtype.itemsize
    for part in header.parts:
        part.check(size)


def listed(header: GridFile, identifier: str, name: str) -> tuple[SeriesInfo, ...]:
    """Return the one volume of a file, as one line."""
    info = series_of_file(
        header.files,
        identifier,
        name,
        header.shape,
        header.affine,
        header.dtype.newbyteorder("=").name,
        warnings=header.warnings,
        modality=header.modality,
        unit=header.unit,
        role="heatmap" if header.kind else "base",
    )
    return (info,)


def read_grid(header: GridFile, name: str, progress: Progress) -> Volume:
    """Read the voxels that a header tells of.

    Raises
    ------
    ReadError, Cancelled
    """
    reading, rest = progress.part(0.0, 0.8), progress.part(0.8, 1.0)
    if header.text:
        part = header.parts[0]
        stored = read_text(part.path, part.start, header.dtype, header.sizes, reading)
    else:
        stored = mapped_or_read(header.parts, header.dtype, header.sizes, reading)
    fields: dict[str, Any] = {
        "unit": header.unit,
        "modality": header.modality,
        "kind": header.kind,
        "name": name,
        "flat": header.spatial == 2,
        "frame_axis": header.frame_axis,
        "warnings": header.warnings,
        "info": header.info,
    }
    if header.color_axis is not None:
        along = header.color_axis
        axes = tuple(axis - (axis > along) for axis in header.axes)
        planes = [
            _ordered(np.moveaxis(stored, along, 0)[n], axes, header.shape) for n in range(header.sizes[along])
        ]
        return color_volume(planes, header.affine, header.path, rest, **fields)
    turned = _ordered(stored, header.axes, header.shape)
    if not turned.flags.f_contiguous:
        turned = fortran_copy(turned, turned.dtype, header.path, rest)
    progress.at(1.0)
    return Volume(turned, header.affine, **fields)


def _ordered(stored: NDArray[Any], axes: tuple[int, ...], shape: tuple[int, ...]) -> NDArray[Any]:
    """Return the file's array with its axes in a volume's order; a view wherever that can be."""
    return stored.transpose(axes).reshape(shape, order="F")
