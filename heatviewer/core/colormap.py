"""Colour maps over 0…1: piecewise linear in RGB, or diverging in Msh space."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, cast

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

ColorSpace = Literal["rgb", "diverging"]

#: Points that a diverging map is evaluated at once and for all; Msh space costs 30 × a look-up.
_DENSE = 1025


@dataclass(frozen=True, slots=True)
class ColorMap:
    """A named map from 0…1 to colour.

    Attributes
    ----------
    name : str
        As shown to people.
    space : {'rgb', 'diverging'}
        The space that colours between points are interpolated in.
    points : tuple of float
        Flat list s, r, g, b, …; s rising from 0 to 1, colours in 0…1 (sRGB-coded).
    """

    name: str
    space: ColorSpace
    points: tuple[float, ...]

    def colors(self, t: ArrayLike) -> NDArray[np.float64]:
        """Return the colours at positions of shape (…), as (…, 3) in 0…1; ends hold outside."""
        table = np.asarray(self.points, dtype=np.float64).reshape(-1, 4)
        positions = np.asarray(t, dtype=np.float64)
        if self.space == "diverging":
            return piecewise(positions, *_dense(self.points))
        return piecewise(positions, table[:, 0], table[:, 1:])


@lru_cache(maxsize=64)
def _dense(points: tuple[float, ...]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return a diverging map as many points that are linear in RGB to 1e-5 between them."""
    table = np.asarray(points, dtype=np.float64).reshape(-1, 4)
    even = np.linspace(table[0, 0], table[-1, 0], _DENSE)
    scalars = np.union1d(even, table[:, 0])
    return scalars, _diverging(scalars, table)


def piecewise(
    x: NDArray[np.float64], scalars: NDArray[np.float64], values: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return piecewise linear columns at `x`: shape (…) and (n, c) give (…, c).

    Outside the points the end value holds. A repeated scalar is a step; exactly on it the
    value after the step holds.
    """
    x = np.asarray(x, dtype=np.float64)
    if len(scalars) == 1:
        return np.broadcast_to(values[0], (*x.shape, values.shape[1])).copy()
    right = np.clip(np.searchsorted(scalars, x, side="right"), 1, len(scalars) - 1)
    low, high = scalars[right - 1], scalars[right]
    # Halved, so that a width near the largest float does not overflow; a width of 0 is a step
    # at the last point, where the value after it holds.
    width = high / 2 - low / 2
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        along = np.where(width > 0, (x / 2 - low / 2) / width, 1.0)
    along = np.where(x < scalars[0], 0.0, np.clip(along, 0.0, 1.0))[..., None]
    return cast("NDArray[np.float64]", values[right - 1] * (1 - along) + values[right] * along)


# Diverging maps: K. Moreland, "Diverging Color Maps for Scientific Visualization" (ISVC 2009),
# interpolated as vtkColorTransferFunction does, whose rounded matrices and white point are kept
# so that both programs show the same colours.
_SRGB_TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
_XYZ_TO_SRGB = np.array([[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]])
_WHITE = np.array([0.9505, 1.0, 1.089])
_UNSATURATED = 0.05


def _diverging(t: NDArray[np.float64], table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the colours at positions of shape (…) along points of shape (n, 4)."""
    flat = np.clip(t.ravel(), table[0, 0], table[-1, 0])
    result = np.empty((flat.size, 3))
    right = np.clip(np.searchsorted(table[:, 0], flat, side="right"), 1, len(table) - 1)
    for segment in range(1, len(table)):
        chosen = right == segment
        start, end = table[segment - 1], table[segment]
        width = end[0] - start[0]
        along = (flat[chosen] - start[0]) / width if width > 0 else np.ones(int(chosen.sum()))
        result[chosen] = _msh_between(start[1:], end[1:], along)
    return result.reshape(*t.shape, 3)


def _msh_between(
    start: NDArray[np.float64], end: NDArray[np.float64], along: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return RGB colours between two RGB colours, at 0…1 of the way through Msh space."""
    first, last = _rgb_to_msh(start), _rgb_to_msh(end)
    along = along[:, None]
    saturated = first[1] > _UNSATURATED and last[1] > _UNSATURATED
    if saturated and abs(_angle(first[2], last[2])) > np.pi / 3:
        # Two far hues meet in white between them.
        middle = np.array([max(first[0], last[0], 88.0), 0.0, 0.0])
        near_start = along < 0.5
        to_middle = _msh_line(first, middle, 2 * along)
        from_middle = _msh_line(middle, last, 2 * along - 1)
        return _msh_to_rgb(np.where(near_start, to_middle, from_middle))
    return _msh_to_rgb(_msh_line(first, last, along))


def _msh_line(
    first: NDArray[np.float64], last: NDArray[np.float64], along: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return points on the line between two Msh colours; a grey end takes a fitting hue."""
    first, last = first.copy(), last.copy()
    if first[1] < _UNSATURATED < last[1]:
        first[2] = _adjusted_hue(last, first[0])
    elif last[1] < _UNSATURATED < first[1]:
        last[2] = _adjusted_hue(first, last[0])
    return first * (1 - along) + last * along


def _adjusted_hue(saturated: NDArray[np.float64], grey_m: float) -> float:
    """Return the hue of a grey end, spun so that the path keeps an even pace (Moreland 2009)."""
    m, s, h = saturated
    if m >= grey_m - 0.1:
        return float(h)
    spin = s * np.sqrt(grey_m**2 - m**2) / (m * np.sin(s))
    return float(h + spin if h > -np.pi / 3 else h - spin)


def _angle(a: float, b: float) -> float:
    """Return the smaller angle between two hues."""
    difference = abs(a - b) % (2 * np.pi)
    return float(min(difference, 2 * np.pi - difference))


def _rgb_to_msh(rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return magnitude, saturation and hue of one sRGB colour."""
    linear = np.where(rgb > 0.04045, ((rgb + 0.055) / 1.055) ** 2.4, rgb / 12.92)
    xyz = _SRGB_TO_XYZ @ linear / _WHITE
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    lab = np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])
    m = float(np.linalg.norm(lab))
    s = float(np.arccos(lab[0] / m)) if m > 0.001 else 0.0
    h = float(np.arctan2(lab[2], lab[1])) if s > 0.001 else 0.0
    return np.array([m, s, h])


def _msh_to_rgb(msh: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return sRGB colours (n, 3), clipped to 0…1, of Msh colours (n, 3)."""
    m, s, h = msh.T
    lab = np.stack([m * np.cos(s), m * np.sin(s) * np.cos(h), m * np.sin(s) * np.sin(h)])
    y = (lab[0] + 16) / 116
    f = np.stack([lab[1] / 500 + y, y, y - lab[2] / 200])
    xyz = np.where(f**3 > 0.008856, f**3, (f - 16 / 116) / 7.787) * _WHITE[:, None]
    linear = _XYZ_TO_SRGB @ xyz
    coded = np.where(
        linear > 0.0031308, 1.055 * np.clip(linear, 0, None) ** (1 / 2.4) - 0.055, 12.92 * linear
    )
    # As VTK: a colour out of gamut is scaled down as a whole, not cut per channel.
    top = coded.max(axis=0)
    coded = np.where(top > 1, coded / np.where(top > 1, top, 1), coded)
    return cast("NDArray[np.float64]", np.clip(coded, 0, 1).T)
