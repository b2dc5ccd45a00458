"""Pictures and stacks of them as volumes: which axis is which, and where the pixels lie.

A picture of W × H pixels is one slice [W, H, 1] whose i is the column, from the left, and whose j is
the row, from the top; its affine diag(−s, −s, 1), centred on 0, makes the axial radiological view show
it as it is stored. Pictures of a stack lie 1 mm apart, or as the file says, along z.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from heatviewer.core.volume import Volume
from heatviewer.io.colors import color_volume, fortran_copy

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from heatviewer.core.volume import FrameAxis
    from heatviewer.io.progress import Progress

#: Axes that are frames wherever they occur: time and channel.
_FRAMES: Final = "TC"


@dataclass(frozen=True)
class Picture:
    """What a file says about its pictures.

    Attributes
    ----------
    axes : str
        A letter for each axis, slowest first: Y and X (rows, columns), S (samples of a colour),
        Z (slices), T (times), C (channels), others (pages).
    shape : tuple of int
        Pixels along each.
    turn : int
        The orientation that TIFF and EXIF know (1 … 8).
    steps : tuple of (float or None)
        mm between columns, rows and slices, None where the file does not say.
    in_color : bool
        Whether the samples are red, green, blue (and alpha), or grey and alpha.
    """

    axes: str
    shape: tuple[int, ...]
    turn: int = 1
    steps: tuple[float | None, float | None, float | None] = (None, None, None)
    in_color: bool = False
    frame_axis: FrameAxis | None = None
    inverted: bool = False
    kind: str = ""
    info: Mapping[str, Any] = field(default_factory=dict)

    @property
    def slices(self) -> str:
        """The axis that is z, or empty."""
        further = [axis for axis in self.axes if axis not in f"YXS{_FRAMES}"]
        return "Z" if "Z" in further else (further[0] if further else "")

    @property
    def order(self) -> str:
        """The axes of the volume: columns, rows, slices, then frames."""
        frames = [axis for axis in reversed(self.axes) if axis not in f"YX{self.slices}{self._samples}"]
        return f"XY{self.slices}{''.join(frames)}"

    @property
    def _samples(self) -> str:
        return "S" if self.in_color else ""

    @property
    def grid(self) -> tuple[int, ...]:
        """(x, y, z) or (x, y, z, t) of the volume."""
        sizes = dict(zip(self.axes, self.shape, strict=True))
        if self.turn > 4:
            sizes["X"], sizes["Y"] = sizes["Y"], sizes["X"]
        frames = math.prod(sizes[axis] for axis in self.order[2 + len(self.slices) :])
        grid = (sizes["X"], sizes["Y"], sizes.get(self.slices, 1))
        return (*grid, frames) if frames > 1 else grid

    @property
    def affine(self) -> NDArray[np.float64]:
        """Voxel index to world RAS+ mm, centred on 0."""
        x, y, z = self.steps
        return picture_affine(self.grid, (y, x, z) if self.turn > 4 else (x, y, z))

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a stack leaves open."""
        if self.grid[2] == 1:
            return ()
        found = ["is a stack of pictures without an orientation; left and right are not certain"]
        if self.steps[2] is None:
            found.append("has no distance between its slices in the file; 1 mm is assumed")
        return tuple(found)


def picture_affine(
    grid: tuple[int, ...], steps: tuple[float | None, float | None, float | None] = (None, None, None)
) -> NDArray[np.float64]:
    """Return the affine of a picture or stack: columns to the left, rows to the back, centred on 0.

    Parameters
    ----------
    grid : tuple of int
        Columns, rows, slices.
    steps : tuple of (float or None)
        mm between them; 1 where None.
    """
    x, y, z = (step or 1.0 for step in steps)
    affine = np.diag([-x, -y, z, 1.0])
    affine[:3, 3] = -affine[:3, :3] @ ((np.array(grid[:3]) - 1) / 2)
    return affine


def oriented(array: NDArray[Any], turn: int, rows: int, columns: int) -> NDArray[Any]:
    """Return a view of pictures the right way up (orientation 1 … 8 of TIFF 6.0 and EXIF).

    Parameters
    ----------
    rows, columns : int
        The array's axes of rows and columns.
    """
    if turn in (5, 6, 7, 8):
        array = array.swapaxes(rows, columns)
    if turn in (2, 3, 6, 7):
        array = np.flip(array, columns)
    if turn in (3, 4, 7, 8):
        array = np.flip(array, rows)
    return array


def volume_of(array: NDArray[Any], picture: Picture, path: Path, name: str, progress: Progress) -> Volume:
    """Return pictures as a volume.

    Parameters
    ----------
    array : ndarray
        Their pixels, of `picture.shape`.
    path, name : Path, str
        The file, for messages, and the volume's name.

    Raises
    ------
    ReadError, Cancelled
    """
    axes = picture.axes
    array = oriented(array, picture.turn, axes.index("Y"), axes.index("X"))
    fields: dict[str, Any] = {
        "name": name,
        "kind": picture.kind,
        "flat": picture.grid[2] == 1,
        "inverted": picture.inverted,
        "frame_axis": picture.frame_axis,
        "warnings": picture.warnings,
        "info": picture.info,
    }
    if picture.in_color:
        samples = np.moveaxis(array, axes.index("S"), 0)
        axes = axes.replace("S", "")
        if len(samples) == 2:  # grey and alpha
            samples = samples[[0, 0, 0, 1]]
        planes = [_ordered(sample, axes, picture) for sample in samples]
        return color_volume(planes, picture.affine, path, progress, **fields)
    stored = _ordered(array, axes, picture)
    if not stored.flags.f_contiguous:
        stored = fortran_copy(stored, stored.dtype.newbyteorder("="), path, progress)
    progress.at(1.0)
    return Volume(stored, picture.affine, **fields)


def _ordered(array: NDArray[Any], axes: str, picture: Picture) -> NDArray[Any]:
    """Return an array with its axes in a volume's order; a view wherever that can be."""
    turned = array.transpose([axes.index(axis) for axis in picture.order])
    return turned.reshape(picture.grid, order="F")
