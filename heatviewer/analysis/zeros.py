"""Whether the zeros of a map look like 'no data': a thresholded map, saved with 0 everywhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from heatviewer.core.volume import Volume

#: More of the voxels than this are exactly 0 …
_SHARE = 0.5
#: … and the smallest other magnitude is more than this part of the largest: a gap about 0.
_GAP = 0.05
#: Voxels looked at a time, so that what is computed from them stays in the processor's cache.
_PART = 1 << 18


def zeros_look_missing(volume: Volume, frame: int = 0) -> bool:
    """Return whether the zeros of one frame look like voxels without data.

    More than half of its voxels are exactly 0 (in the unit of the data), and the smallest other
    finite magnitude exceeds 5 % of the largest. Padding and values that are not finite are neither.
    In a mask or a label map 0 is a statement: outside, or background.
    """
    if volume.kind in ("mask", "label"):
        return False
    values = volume.frame(frame).ravel(order="K")
    zeros, least, most = 0, np.inf, 0.0
    for start in range(0, values.size, _PART):
        part = values[start : start + _PART]
        count, low, high = _magnitudes(volume, part)
        zeros, least, most = zeros + count, min(least, low), max(most, high)
        left = values.size - start - part.size
        if zeros + left <= _SHARE * values.size:
            return False  # what is left can no longer make it more than half
    return zeros > _SHARE * values.size and most > 0 and least > _GAP * most


def _magnitudes(volume: Volume, stored: NDArray[Any]) -> tuple[int, float, float]:
    """Return how many stored numbers mean 0, and the least and greatest magnitude of the others."""
    zero = cast("NDArray[np.bool_]", volume.values_of(stored) == 0)
    others = stored[~zero]
    if others.size:
        missing = volume.missing_in(others)
        others = others if missing is None else others[~missing]
    padded = 0
    if volume.padding is not None and zero.any():
        lost = volume.missing_in(stored[zero])
        padded = 0 if lost is None else int(lost.sum())
    count = int(np.count_nonzero(zero)) - padded
    if not others.size:
        return count, np.inf, 0.0
    # In double precision: the magnitude of the smallest integer has no place in its own type.
    sizes = np.abs(volume.values_of(others).astype(np.float64))
    return count, float(sizes.min()), float(sizes.max())
