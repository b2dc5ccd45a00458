"""Where slices lie along their normal: an even grid, a grid with gaps, or several.

A slice is never drawn where it is not: where slices are missing the grid keeps their places
empty, and where the spacing changes the slices become volumes of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final, cast

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

#: Spacing may vary by this part of it, or by this many mm, without a word.
_UNEVEN_PART: Final = 0.01
_UNEVEN_MM: Final = 0.01
#: A gap is a whole number of steps if it is off by less than this part of a step.
_WHOLE_PART: Final = 0.1
#: So many slices may be missing in all, or this part of those there are.
_MOST_MISSING: Final = 2
_MISSING_PART: Final = 0.25
#: So many may be missing at one place, or this part of those there are: behind more is another volume.
_MOST_AT_ONCE: Final = 2
_MISSING_AT_ONCE: Final = 0.1
#: A finer grid for slices without a rule may have so many places a slice.
_FINEST: Final = 3
#: Slices farther than this from the straight line through the first and last are told.
_OFF_LINE_MM: Final = 0.1
#: A gantry is tilted from this angle on, degrees.
_TILT: Final = 0.1


@dataclass(frozen=True)
class Run:
    """Slices, of those in order, that make one grid.

    Attributes
    ----------
    first, last : int
        Indices of the first and the last of them.
    places : tuple of int
        Where on the grid each lies, from 0; empty where each follows the one before.
    """

    first: int
    last: int
    places: tuple[int, ...] = ()


def runs_of(heights: Sequence[float]) -> list[Run]:
    """Return the grids that slices make which lie at rising heights along their normal, mm."""
    gaps = np.diff(np.asarray(heights, dtype=np.float64))
    found: list[Run] = []
    for first, last in _without_jumps(gaps):
        whole = _run(gaps, first, last)
        if whole is not None:
            found.append(whole)
            continue
        parts = _even_parts(gaps, first, last)
        # Without any rule every slice would be a volume of its own; then a finer grid may hold all.
        if len(parts) <= max(2, (last - first + 1) // 4):
            found.extend(_run(gaps, *part) or Run(*part) for part in parts)
        else:
            found.append(_fine_run(gaps, first, last) or Run(first, last))
    return found


def _without_jumps(gaps: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Return first and last slice of stretches without a gap that is longer than a volume's."""
    if gaps.size < 2:
        return [(0, gaps.size)]
    step = float(np.quantile(gaps, 0.5, method="lower"))
    most = max(_MOST_AT_ONCE, _MISSING_AT_ONCE * (gaps.size + 1)) + 1.5
    cuts = [int(cut) for cut in np.flatnonzero(gaps > most * step)]
    return list(zip((0, *(cut + 1 for cut in cuts)), (*cuts, gaps.size), strict=True))


def _run(gaps: NDArray[np.float64], first: int, last: int) -> Run | None:
    """Return slices `first` … `last` as one grid, perhaps with gaps; None where they make none."""
    own = gaps[first:last]
    if own.size == 0:
        return Run(first, last)
    step = float(np.quantile(own, 0.5, method="lower"))
    steps = np.maximum(np.rint(own / step), 1.0)
    missing = steps.sum() - steps.size
    if missing == 0:
        even = np.abs(own - step).max() <= max(2 * _WHOLE_PART * step, _UNEVEN_MM)
        return Run(first, last) if even else None
    if missing > max(_MOST_MISSING, _MISSING_PART * (steps.size + 1)):
        return None
    if np.abs(own - steps * step).max() > max(_WHOLE_PART * step, _UNEVEN_MM):
        return None
    return Run(first, last, (0, *(int(place) for place in np.cumsum(steps))))


def _fine_run(gaps: NDArray[np.float64], first: int, last: int) -> Run | None:
    """Return slices on a grid as fine as their smallest gap, or a half or third of it, where one fits."""
    own = gaps[first:last]
    for parts in (1, 2, 3):
        step = float(own.min()) / parts
        steps = np.maximum(np.rint(own / step), 1.0)
        off = np.abs(own - steps * step).max()
        if steps.sum() <= _FINEST * own.size and off <= max(_WHOLE_PART * step, _UNEVEN_MM):
            return Run(first, last, (0, *(int(place) for place in np.cumsum(steps))))
    return None


def _even_parts(gaps: NDArray[np.float64], begin: int, end: int) -> list[tuple[int, int]]:
    """Return first and last slice of stretches whose gaps are alike; a slice belongs to one."""
    parts: list[tuple[int, int]] = []
    first = begin
    while first <= end:
        last = first
        while last < end and _alike(gaps[last], gaps[first]):
            last += 1
        if last == first + 1 and last < end:
            last = first  # a gap unlike the next one joins no two slices
        parts.append((first, last))
        first = last + 1
    return parts


def _alike(gap: float, other: float) -> bool:
    return bool(abs(gap - other) <= max(_WHOLE_PART * other, _UNEVEN_MM))


def notes_on(positions: NDArray[np.float64], places: Sequence[int], normal: NDArray[np.float64]) -> list[str]:
    """Return what is odd about slices' places, as predicates of their volume.

    Parameters
    ----------
    positions : ndarray
        (n, 3), world RAS+ mm, in the order of the slices.
    places : sequence of int
        Where on the grid each lies.
    normal : ndarray
        (3,), unit vector, RAS+.
    """
    if len(positions) < 2:
        return []
    notes = _gaps(positions, places, normal)
    step = (positions[-1] - positions[0]) / places[-1]
    steps = np.diff(positions, axis=0) / np.diff(places)[:, None]
    gaps = np.linalg.norm(steps, axis=1)
    expected = float(np.median(gaps))
    off = positions - (positions[0] + np.asarray(places)[:, None] * step)
    shift = float(np.linalg.norm(off, axis=1).max())
    if np.abs(gaps - expected).max() > max(_UNEVEN_PART * expected, _UNEVEN_MM):
        worst = int(np.argmax(np.abs(gaps - expected)))
        notes.append(
            f"has uneven slices: {gaps[worst]:.4g} mm after slice {worst + 1}, {expected:.4g} mm expected; "
            f"slices are shown up to {shift:.3g} mm from where they lie"
        )
    elif shift > _OFF_LINE_MM:
        notes.append(f"has slices that lie up to {shift:.3g} mm off a straight line")
    return [*notes, *_slant(positions, normal)]


def _slant(positions: NDArray[np.float64], normal: NDArray[np.float64]) -> list[str]:
    """Tell a tilted gantry, by positions alone: the element that should say so is not reliable."""
    way = positions[-1] - positions[0]
    along = abs(float(way @ normal))
    aside = float(np.linalg.norm(way - (way @ normal) * normal))
    angle = float(np.degrees(np.arctan2(aside, along)))
    if aside <= _OFF_LINE_MM or angle <= _TILT:
        return []
    return [f"has slices stacked at a slant of {angle:.1f}° (a tilted gantry); its grid is sheared"]


def _gaps(positions: NDArray[np.float64], places: Sequence[int], normal: NDArray[np.float64]) -> list[str]:
    axis = int(np.argmax(np.abs(normal)))
    usual = float(np.linalg.norm(positions[-1] - positions[0])) / places[-1]
    found = []
    for n, (before, after) in enumerate(pairwise(places)):
        missing = after - before - 1
        if missing < 1:
            continue
        who = "a slice seems" if missing == 1 else f"{missing} slices seem"
        size = float(np.linalg.norm(positions[n + 1] - positions[n]))
        found.append(
            f"has a gap: {who} to be missing after slice {n + 1} "
            f"({'xyz'[axis]} {positions[n][axis]:.4g} → {positions[n + 1][axis]:.4g} mm: {size:.4g} mm, "
            f"expected {usual:.4g} mm); the place is left empty"
        )
    return found


def step_of(positions: NDArray[np.float64], places: Sequence[int]) -> NDArray[np.float64] | None:
    """Return the vector from a slice to the next, of positions (n, 3); None where it has no length."""
    if len(positions) < 2:
        return None
    step = cast("NDArray[np.float64]", (positions[-1] - positions[0]) / places[-1])
    return step if float(np.linalg.norm(step)) > 0 else None
