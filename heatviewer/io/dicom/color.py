"""Colours of a frame as 8-bit red, green and blue, and their brightness."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from heatviewer.io.dicom.header import ImageFile


def rgb_of(numbers: NDArray[Any], photometric: str, file: ImageFile) -> NDArray[np.uint8]:
    """Return colours of (rows, columns, 3) stored numbers as uint8 of the same shape.

    Of more than 8 bits the highest 8 count; fewer are spread over 0…255.
    """
    bits = file.bits_stored
    if bits > 8:
        numbers = numbers >> (bits - 8)
    eight = numbers.astype(np.uint8)
    if bits < 8:
        eight = np.rint(np.arange(256) * (255 / (2**bits - 1))).clip(0, 255).astype(np.uint8)[eight]
    return _rgb_of_ybr(eight) if photometric.startswith("YBR") else eight


def _rgb_of_ybr(ybr: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return RGB of YBR_FULL: the inverse of the matrix of PS3.3 C.7.6.3.1.2, rounded."""
    y = ybr[..., 0].astype(np.float32)
    blue, red = ybr[..., 1].astype(np.float32) - 128, ybr[..., 2].astype(np.float32) - 128
    rgb = np.stack([y + 1.402 * red, y - 0.344136 * blue - 0.714136 * red, y + 1.772 * blue], axis=-1)
    rounded: NDArray[np.float32] = np.clip(np.rint(rgb), 0, 255)
    return rounded.astype(np.uint8)


def brightness(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the brightness of (…, 3) colours by Rec. 601, rounded, without floating point."""
    red, green, blue = (rgb[..., n].astype(np.uint32) for n in range(3))
    weighed: NDArray[np.uint32] = (299 * red + 587 * green + 114 * blue + 500) // 1000
    return weighed.astype(np.uint8)
