"""CIELAB and sRGB, as VTK converts them: its rounded matrices and white point, so that colours agree."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SRGB_TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
_XYZ_TO_SRGB = np.array([[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]])
_WHITE = np.array([0.9505, 1.0, 1.089])


def rgb_to_lab(rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return lightness 0…100, a and b, of shape (…, 3), of sRGB-coded colours in 0…1."""
    # The power is taken of what it applies to, so that nothing negative comes under it.
    linear = np.where(rgb > 0.04045, ((np.maximum(rgb, 0) + 0.055) / 1.055) ** 2.4, rgb / 12.92)
    xyz = linear @ _SRGB_TO_XYZ.T / _WHITE
    x, y, z = np.moveaxis(np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116), -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def lab_to_rgb(lab: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return sRGB-coded colours, of shape (…, 3) in 0…1, of CIELAB colours."""
    light, a, b = np.moveaxis(lab, -1, 0)
    y = (light + 16) / 116
    f = np.stack([a / 500 + y, y, y - b / 200], axis=-1)
    xyz = np.where(f**3 > 0.008856, f**3, (f - 16 / 116) / 7.787) * _WHITE
    linear = xyz @ _XYZ_TO_SRGB.T
    coded = np.where(
        linear > 0.0031308, 1.055 * np.clip(linear, 0, None) ** (1 / 2.4) - 0.055, 12.92 * linear
    )
    # As VTK: a colour out of gamut is scaled down as a whole, not cut per channel.
    top = coded.max(axis=-1, keepdims=True)
    coded = np.where(top > 1, coded / np.where(top > 1, top, 1), coded)
    return cast("NDArray[np.float64]", np.clip(coded, 0, 1))
