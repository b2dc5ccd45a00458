"""Colour maps over 0…1: piecewise linear in RGB, or diverging in Msh space."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import numpy as np

from heatviewer.core.colorspace import lab_to_rgb, rgb_to_lab

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

ColorSpace = Literal["rgb", "diverging"]

#: Points that a diverging map is evaluated at once and for all; Msh space costs 30 × a look-up.
_DENSE = 1025
_LARGEST = float(np.finfo(np.float64).max)
#: Pieces that a map in Lab space is cut into; straight in RGB they are off by less than 1/1000.
_LAB_PIECES = 256


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
        Flat list s, r, g, b, …; s not falling from 0 to 1, colours in 0…1 (sRGB-coded). A
        repeated s is a step.
    diverging : bool
        Whether its middle stands for a value of its own, such as 0; not the same as its space.
    """

    name: str
    space: ColorSpace
    points: tuple[float, ...]
    diverging: bool = False

    def colors(self, t: ArrayLike) -> NDArray[np.float64]:
        """Return the colours at positions of shape (…), as (…, 3) in 0…1; ends hold outside."""
        table = np.asarray(self.points, dtype=np.float64).reshape(-1, 4)
        positions = np.asarray(t, dtype=np.float64)
        if self.space == "diverging":
            return piecewise(positions, *_dense(self.points))
        return piecewise(positions, table[:, 0], table[:, 1:])

    def baked(self, reverse: bool = False, steps: int | None = None) -> ColorMap:
        """Return the map that looks as this one does reversed, or in flat levels, or both."""
        if steps is not None:
            positions = np.arange(steps) / max(steps - 1, 1)
            levels = self.colors(1 - positions if reverse else positions)
            return replace(self, space="rgb", points=bands(levels))
        return replace(self, points=_reversed(self.points)) if reverse else self


def bands(colors: ArrayLike) -> tuple[float, ...]:
    """Return points of equally wide flat levels, from colours (n, 3), the first at 0."""
    levels = np.asarray(colors, dtype=np.float64)
    edges = np.arange(len(levels) + 1) / len(levels)
    both = np.stack([np.column_stack([edges[:-1], levels]), np.column_stack([edges[1:], levels])], axis=1)
    return _flat(both)


def _reversed(points: tuple[float, ...]) -> tuple[float, ...]:
    table = np.asarray(points, dtype=np.float64).reshape(-1, 4)[::-1].copy()
    table[:, 0] = 1 - table[:, 0]
    return _flat(table)


def stretched(points: tuple[float, ...]) -> tuple[float, ...]:
    """Return points s, r, g, b, … of any span with their scalars stretched to 0…1.

    Raises
    ------
    ValueError
        Where all scalars are the same.
    """
    table = np.asarray(points, dtype=np.float64).reshape(-1, 4)
    low, high = table[0, 0], table[-1, 0]
    if not low < high:
        raise ValueError(f"all points lie at {low:g}")
    # Halved, so that a span near the largest float does not overflow.
    table[:, 0] = np.clip((table[:, 0] / 2 - low / 2) / (high / 2 - low / 2), 0, 1)
    return _flat(table)


def from_lab(points: tuple[float, ...]) -> tuple[float, ...]:
    """Return points that show in RGB what these show where colours between them are mixed in CIELAB.

    As vtkColorTransferFunction mixes them.
    """
    table = np.asarray(points, dtype=np.float64).reshape(-1, 4)
    lab = rgb_to_lab(table[:, 1:])
    pieces = [table[:1]]
    for n in range(1, len(table)):
        width = table[n, 0] - table[n - 1, 0]
        along = np.arange(1, max(1, round(_LAB_PIECES * width)) + 1)[:, None]
        along = along / len(along)
        scalars = table[n - 1, 0] + width * along
        pieces.append(np.hstack([scalars, lab_to_rgb(lab[n - 1] * (1 - along) + lab[n] * along)]))
    dense = np.concatenate(pieces)
    # The last digits of a sum may pass the end.
    dense[:, 0] = np.minimum(dense[:, 0], table[-1, 0])
    return _flat(dense)


def held(points: tuple[float, ...]) -> tuple[float, ...]:
    """Return points that hold each colour up to the next one's scalar."""
    table = np.asarray(points, dtype=np.float64).reshape(-1, 4)
    before = np.column_stack([table[1:, :1], table[:-1, 1:]])
    return _flat(np.concatenate([table[:1], np.stack([before, table[1:]], axis=1).reshape(-1, 4)]))


def _flat(table: NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(float(number) for number in table.ravel())


#: Lightness, of 0…100, by which a map must turn back for it to be seen.
_TURN = 5.0
#: How far from grey, in CIELAB, the middle of a map may be and still look neutral.
_NEUTRAL = 20.0


def lightness_turns(color_map: ColorMap) -> tuple[float, ...]:
    """Return the positions at which a map that got lighter gets darker, or the other way round.

    Where a map of one direction turns, equal differences of value do not look equal, and edges are
    seen where the data has none.
    """
    lightness = rgb_to_lab(color_map.colors(np.linspace(0, 1, 257)))[:, 0]
    turns, rising = [], 0
    low = high = 0
    for n, value in enumerate(lightness):
        if value > lightness[high]:
            high = n
        if value < lightness[low]:
            low = n
        if rising >= 0 and value < lightness[high] - _TURN:
            turns += [high] if rising else []
            rising, low, high = -1, n, n
        elif rising <= 0 and value > lightness[low] + _TURN:
            turns += [low] if rising else []
            rising, low, high = 1, n, n
    return tuple(n / 256 for n in turns)


def looks_diverging(color_map: ColorMap) -> bool:
    """Return whether a map runs from two hues to one neutral middle, the lightest or darkest of it."""
    turns = lightness_turns(color_map)
    if len(turns) != 1 or not 0.4 <= turns[0] <= 0.6:
        return False
    start, middle, end = rgb_to_lab(color_map.colors([0.0, turns[0], 1.0]))
    # A cyclic map ends as it began.
    return bool(np.hypot(*middle[1:]) < _NEUTRAL < np.linalg.norm(end - start))


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
    if scalars[-1] / 2 - scalars[0] / 2 > _LARGEST / 2:
        # Halved, so that a width near the largest float does not overflow.
        x, scalars = x / 2, scalars / 2
    result = np.empty((*x.shape, values.shape[1]))
    for n, column in enumerate(values.T):
        # Very close points have a slope that overflows: what it leads beyond is cut off.
        result[..., n] = np.fmin(np.fmax(np.interp(x, scalars, column), column.min()), column.max())
    return result


# Diverging maps: K. Moreland, "Diverging Color Maps for Scientific Visualization" (ISVC 2009),
# interpolated as vtkColorTransferFunction does.
_UNSATURATED = 0.05
#: Hues further apart meet in white; a grey end's hue is spun away from this one. VTK's own numbers, not
#: quite the paper's π/3: from −π/3 to −0.3 π a spin the other way shows other colours.
_FAR_HUES, _PURPLE = 0.33 * np.pi, -0.3 * np.pi


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
    if saturated and abs(_angle(first[2], last[2])) > _FAR_HUES:
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
    return float(h + spin if h > _PURPLE else h - spin)


def _angle(a: float, b: float) -> float:
    """Return the smaller angle between two hues."""
    difference = abs(a - b) % (2 * np.pi)
    return float(min(difference, 2 * np.pi - difference))


def _rgb_to_msh(rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return magnitude, saturation and hue of one sRGB colour."""
    lab = rgb_to_lab(rgb)
    m = float(np.linalg.norm(lab))
    s = float(np.arccos(lab[0] / m)) if m > 0.001 else 0.0
    h = float(np.arctan2(lab[2], lab[1])) if s > 0.001 else 0.0
    return np.array([m, s, h])


def _msh_to_rgb(msh: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return sRGB colours (n, 3), clipped to 0…1, of Msh colours (n, 3)."""
    m, s, h = msh.T
    return lab_to_rgb(
        np.stack([m * np.cos(s), m * np.sin(s) * np.cos(h), m * np.sin(s) * np.sin(h)], axis=-1)
    )
