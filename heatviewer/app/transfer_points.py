"""Control points of curves and colours: placed, moved, taken away; a preset written out as points.

Points are flat lists, as in settings: s, o, … (width 2) or s, r, g, b, … (width 4), their scalars not
falling. Every function returns points that the settings take, and leaves those it was given.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from heatviewer.core.colormap import piecewise
from heatviewer.core.transfer import default_opacity
from heatviewer.model.presets import preset, when_redefined

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from heatviewer.model.layer import HeatmapLayer

Points = tuple[float, ...]
#: A preset is written out as at most so many colours: more could not be taken hold of.
MOST_STOPS: Final = 11
#: Where fewer colours are as good as this, in 0…1, they are enough.
_CLOSE: Final = 2 / 255
#: Places at which a preset is compared with the colours that are to stand for it: 12 ms once a preset.
_PLACES: Final = 65


def rows_of(points: Sequence[float], width: int) -> list[tuple[float, ...]]:
    """Return the points one by one: (s, o) or (s, r, g, b)."""
    return [tuple(points[n : n + width]) for n in range(0, len(points), width)]


def _flat(rows: Sequence[Sequence[float]]) -> Points:
    return tuple(float(number) for row in rows for number in row)


def at(points: Sequence[float], width: int, scalar: float) -> tuple[float, ...]:
    """Return what the points give at a scalar: (opacity,) or (r, g, b)."""
    table = np.asarray(points, dtype=np.float64).reshape(-1, width)
    return tuple(float(v) for v in piecewise(np.array(scalar), table[:, 0], table[:, 1:]))


def placed(points: Sequence[float], width: int, row: Sequence[float]) -> tuple[Points, int]:
    """Return the points with one more, after those of its scalar, and its place among them."""
    rows = rows_of(points, width)
    index = sum(other[0] <= row[0] for other in rows)
    rows.insert(index, _clean(row))
    return _flat(rows), index


def moved(points: Sequence[float], width: int, index: int, row: Sequence[float]) -> Points:
    """Return the points with one put elsewhere; it stops at its neighbours' scalars."""
    rows = rows_of(points, width)
    low = rows[index - 1][0] if index > 0 else -math.inf
    high = rows[index + 1][0] if index + 1 < len(rows) else math.inf
    scalar, *rest = _clean(row)
    rows[index] = (min(max(scalar, low), high), *rest)
    return _flat(rows)


def without(points: Sequence[float], width: int, index: int) -> Points:
    """Return the points without one; the last one stays."""
    rows = rows_of(points, width)
    return _flat(rows if len(rows) == 1 else rows[:index] + rows[index + 1 :])


def gap_after(points: Sequence[float], width: int, index: int) -> float:
    """Return the scalar halfway from a point to the next; from the last one, to the one before."""
    scalars = list(points[::width])
    other = index + 1 if index + 1 < len(scalars) else max(index - 1, 0)
    return scalars[index] / 2 + scalars[other] / 2


def _clean(row: Sequence[float]) -> tuple[float, ...]:
    return (float(row[0]), *(_unit(number) for number in row[1:]))


def _unit(number: float) -> float:
    return min(max(float(number), 0.0), 1.0)


def mirrored(points: Sequence[float]) -> Points:
    """Return colour points turned round between their ends."""
    rows = rows_of(points, 4)
    low, high = rows[0][0], rows[-1][0]
    return _flat([(low + (high - row[0]), *row[1:]) for row in reversed(rows)])


def opacity_points(layer: HeatmapLayer, volumetric: bool = False) -> Points:
    """Return the opacity points in force, for slices or for 3D: explicit ones, or the default's."""
    if volumetric and layer.opacity_points_3d is not None:
        return layer.opacity_points_3d
    return layer.opacity_points if layer.opacity_points is not None else default_opacity(*layer.data_range)


def color_points(layer: HeatmapLayer) -> Points:
    """Return the colour points as they are seen, low to high: explicit ones, or the preset's.

    A preset is stretched over the data range; one with other interpolation or more than
    `MOST_STOPS` points is stood for by few. A reversed layer's are turned round.
    """
    return _color_points(layer.rgb_points, layer.preset, layer.reverse, layer.data_range)


@lru_cache(maxsize=64)
def _color_points(
    explicit: Points | None, name: str, reverse: bool, data_range: tuple[float, float]
) -> Points:
    # Kept: a drag asks for them with every handle.
    if explicit is not None:
        return mirrored(explicit) if reverse else explicit
    low, high = data_range
    stops = rows_of(stops_of(name), 4)
    if reverse:
        stops = [(1.0 - row[0], *row[1:]) for row in reversed(stops)]
    # Both ends come out exactly, and no width can overflow.
    return _flat([(low * (1 - t) + high * t, *rgb) for t, *rgb in stops])


@lru_cache(maxsize=128)
def stops_of(name: str) -> Points:
    """Return a preset over 0…1 as few colours, linear in RGB between.

    Exact where the preset is no more than that (flat levels have two points each); else as few
    as are within 2 of 255 of it, or as near as `MOST_STOPS` come.
    """
    color_map = preset(name)
    scalars = color_map.points[::4]
    exact = 2 * MOST_STOPS if len(set(scalars)) < len(scalars) else MOST_STOPS
    if color_map.space == "rgb" and len(scalars) <= exact:
        return color_map.points
    places = np.linspace(0.0, 1.0, _PLACES)
    colors = color_map.colors(places)
    kept = _fewest(_errors(colors))
    return _flat([(float(places[n]), *(float(v) for v in colors[n])) for n in kept])


def _forget() -> None:
    _color_points.cache_clear()
    stops_of.cache_clear()


when_redefined(_forget)


def _errors(colors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the greatest error of a straight line from each place to each later one, (n, n)."""
    count = len(colors)
    steps = np.arange(count)
    errors = np.zeros((count, count))
    for start in range(count - 1):
        ends = steps[start + 1 :]
        share = (steps[None, :] - start) / (ends[:, None] - start)
        line = colors[start] + share[..., None] * (colors[ends] - colors[start])[:, None, :]
        off = np.abs(line - colors[None]).max(axis=2)
        off[(steps[None, :] < start) | (steps[None, :] > ends[:, None])] = 0.0
        errors[start, ends] = off.max(axis=1)
    return errors


def _fewest(errors: NDArray[np.float64]) -> list[int]:
    """Return the fewest places whose lines are close; `MOST_STOPS` with the least error, if more are needed.

    `best[n]` is the least error with which so many lines reach place n.
    """
    count = len(errors)
    best = errors[0].copy()
    before = [np.zeros(count, dtype=np.intp)]
    later = np.tri(count, k=0, dtype=bool)  # no line ends where it begins, or earlier
    while best[-1] > _CLOSE and len(before) < MOST_STOPS - 1:
        reached = np.where(later, np.inf, np.maximum(best[:, None], errors))
        before.append(reached.argmin(axis=0))
        best = reached.min(axis=0)
    places = [count - 1]
    for origin in reversed(before):
        places.append(int(origin[places[-1]]))
    return places[::-1]
