"""Colour volumes from their channels, and copies into the memory layout of a volume."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from heatviewer.core.volume import Volume
from heatviewer.io.scaling import slabs
from heatviewer.io.voxel_stream import new_array

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import ArrayLike, NDArray

    from heatviewer.io.progress import Progress

#: Rec. 601 luma in thousandths.
_LUMA: Final = (299, 587, 114)
#: Elements along the first and the last axis that are copied together: runs of a few cache lines
#: on both sides, where rows of one side are columns of the other.
_TILE: Final = 64


def color_volume(
    planes: Sequence[NDArray[Any]], affine: ArrayLike, path: Path, progress: Progress, **fields: Any
) -> Volume:
    """Return a colour volume.

    Parameters
    ----------
    planes : sequence of ndarray
        Red, green, blue and perhaps alpha, each (x, y, z[, t]), uint8, or uint16, which is scaled to
        8 bits; of any memory layout.
    affine : array_like
        (4, 4), voxel index to world RAS+ mm.
    path : Path
        The file, for messages.
    progress : Progress
        Told the share of the channels.
    **fields
        Further fields of the volume.
    """
    channels = []
    for n, plane in enumerate(planes):
        part = progress.part(0.9 * n / len(planes), 0.9 * (n + 1) / len(planes))
        eight = _eight_bits(plane)
        # Kept by the volume, so not the file's own memory.
        copy = fortran_copy(eight, np.dtype(np.uint8), path, part)
        channels.append(Volume(copy, np.asarray(affine, dtype=np.float64), flat=fields.get("flat", False)))
    brightness = new_array(channels[0].shape, np.dtype(np.uint8), path)
    parts = (slabs(channel.stored) for channel in channels[:3])
    for out, red, green, blue in zip(slabs(brightness), *parts, strict=True):
        progress.check()
        out[:] = luma(red, green, blue)
    progress.at(1.0)
    return Volume(brightness, np.asarray(affine, dtype=np.float64), channels=tuple(channels), **fields)


def luma(red: NDArray[Any], green: NDArray[Any], blue: NDArray[Any]) -> NDArray[np.uint8]:
    """Return the brightness of 8-bit colours (ITU-R BT.601), rounded, uint8."""
    weighted = (
        red.astype(np.uint32) * _LUMA[0]
        + green.astype(np.uint32) * _LUMA[1]
        + blue.astype(np.uint32) * _LUMA[2]
    )
    return ((weighted + 500) // 1000).astype(np.uint8)


def fortran_copy(array: NDArray[Any], dtype: np.dtype[Any], path: Path, progress: Progress) -> NDArray[Any]:
    """Return a copy in Fortran order and another element type, made in pieces that can be stopped.

    Complex numbers become their magnitudes where `dtype` is none of theirs.
    """
    out = new_array(array.shape, dtype, path)
    magnitude = array.dtype.kind == "c" and dtype.kind != "c"
    last = array.shape[-1]
    for low in range(0, last, _TILE):
        for start in range(0, array.shape[0], _TILE):
            progress.check()
            piece = array[start : start + _TILE, ..., low : low + _TILE]
            out[start : start + _TILE, ..., low : low + _TILE] = np.abs(piece) if magnitude else piece
        progress.at(min(low + _TILE, last) / last)
    return out


def _eight_bits(plane: NDArray[Any]) -> NDArray[Any]:
    """Return 16-bit colours scaled to 8 bits; 8-bit ones as they are."""
    return plane if plane.dtype == np.uint8 else (plane >> 8).astype(np.uint8)
