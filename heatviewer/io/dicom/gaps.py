"""Slices put on a grid that has places for the missing ones, which stay empty."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from heatviewer.io.scaling import value_range

if TYPE_CHECKING:
    from collections.abc import Sequence

    from heatviewer.io.dicom.pixels import Pixels
    from heatviewer.io.progress import Progress


def spread(pixels: Pixels, places: Sequence[int], progress: Progress) -> Pixels:
    """Return pixels with slice n at k = places[n], and 'no data' at the places between.

    Parameters
    ----------
    pixels : Pixels
        Slices without gaps between them.
    places : sequence of int
        Rising; empty where nothing is missing, and the pixels are returned as they are.

    Raises
    ------
    Cancelled
        The user stopped it.
    """
    if not places:
        return pixels
    stored = pixels.stored
    shape = (*stored.shape[:2], places[-1] + 1, *stored.shape[3:])
    dtype, fill, padding = _empty(pixels, progress)
    array = np.full(shape, fill, dtype, order="F")
    channels = tuple(np.zeros(shape, channel.dtype, order="F") for channel in pixels.channels)
    for n, place in enumerate(places):
        progress.check()
        for whole, part in zip((array, *channels), (stored, *pixels.channels), strict=True):
            whole[:, :, place] = part[:, :, n]
    return replace(pixels, stored=array, padding=padding, channels=channels)


def _empty(pixels: Pixels, progress: Progress) -> tuple[np.dtype[Any], float, tuple[float, float] | None]:
    """Return element type, number and padding range in which 'no data' can be said.

    Integers without padding take a number that no voxel has, or become floating.
    """
    stored = pixels.stored
    if stored.dtype.kind == "f":
        return stored.dtype, np.nan, pixels.padding
    if pixels.padding is not None:
        return stored.dtype, pixels.padding[0], pixels.padding
    low, high = value_range(stored, progress)
    limits = np.iinfo(stored.dtype)
    for free in (limits.min if low > limits.min else None, limits.max if high < limits.max else None):
        if free is not None:
            return stored.dtype, free, (float(free), float(free))
    return np.dtype(np.float32 if stored.dtype.itemsize < 4 else np.float64), np.nan, None
