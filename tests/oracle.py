"""The contract's sampling and blending, written again in plain numpy and scipy: what tests compare with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from heatviewer.core.volume import Volume

AXES = {
    ("axial", "radiological"): ((-1, 0, 0), (0, 1, 0)),
    ("axial", "neurological"): ((1, 0, 0), (0, 1, 0)),
    ("coronal", "radiological"): ((-1, 0, 0), (0, 0, 1)),
    ("coronal", "neurological"): ((1, 0, 0), (0, 0, 1)),
    ("sagittal", "radiological"): ((0, -1, 0), (0, 0, 1)),
}


def pixel_worlds(
    at: Sequence[float], view: str, size: tuple[int, int], mm: float, convention: str = "radiological"
) -> NDArray[np.float64]:
    """Return the world point of every pixel, (height, width, 3), by the contract's formula."""
    right, up = (np.array(v, float) for v in AXES[view, convention])
    width, height = size
    c, r = np.meshgrid(np.arange(width), np.arange(height))
    across = (c - (width - 1) / 2)[..., None] * right
    upward = ((height - 1) / 2 - r)[..., None] * up
    return np.asarray(at, float) + mm * (across + upward)


def sampled(volume: Volume, worlds: NDArray[np.float64], order: int = 1) -> NDArray[np.float64]:
    """Return values at world points, NaN outside the grid; edges clamp within the outer half voxel."""
    index = np.einsum("ij,...j->...i", np.linalg.inv(volume.affine)[:3, :3], worlds)
    index = index + np.linalg.inv(volume.affine)[:3, 3]
    n = np.array(volume.grid)
    outside = ((index < -0.5) | (index > n - 0.5)).any(axis=-1)
    values = np.asarray(volume.array, np.float64)
    if order == 0:
        nearest = np.clip(np.floor(index + 0.5).astype(int), 0, n - 1)
        found = values[nearest[..., 0], nearest[..., 1], nearest[..., 2]]
    else:
        clamped = np.clip(index, 0, n - 1)
        found = map_coordinates(values, np.moveaxis(clamped, -1, 0), order=order, mode="nearest")
    return np.where(outside, np.nan, found)


def windowed(values: NDArray[np.float64], window: tuple[float, float]) -> NDArray[np.float64]:
    """Return grey 0…1 by LINEAR_EXACT; NaN is black."""
    centre, width = window
    return np.nan_to_num(np.clip((values - (centre - width / 2)) / width, 0, 1), nan=0.0)


def laid_over(
    below: NDArray[np.float64], rgb: NDArray[np.float64], alpha: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return *over* on display-coded colours of shape (…, 3)."""
    return below * (1 - alpha[..., None]) + rgb * alpha[..., None]


def interpolated(points: Sequence[float], width: int, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return piecewise linear columns of a flat point list at values, by np.interp."""
    table = np.reshape(points, (-1, width))
    return np.stack([np.interp(values, table[:, 0], table[:, n]) for n in range(1, width)], axis=-1)
