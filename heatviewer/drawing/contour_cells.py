"""Where a level crosses the cells between four pixel centres: marching squares, all cells at once.

Each cell by itself: the pieces are not strung together to lines, which is four times as fast
(tests/drawing/test_contours.py compares them with contourpy's lines).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from heatviewer.model.requests import LineDraw
    from heatviewer.sampling.rule import Samples

#: Corners of a cell, (column, row), going round; edge n leads from corner n to the next.
_CORNERS = np.array([(0, 0), (1, 0), (1, 1), (0, 1)])
#: The edges that a piece joins, by which corners are high (bit n: corner n). Saddles have two pieces.
_JOINED = np.array([
    (0, 0), (0, 3), (0, 1), (3, 1), (1, 2), (0, 3), (0, 2), (3, 2),
    (2, 3), (0, 2), (0, 1), (1, 2), (3, 1), (0, 1), (0, 3), (0, 0),
])  # fmt: skip
#: Both pieces of a saddle: those that part corners 0 and 2 from the others, and those that part 1 and 3.
_SADDLES = np.array([((0, 3), (1, 2)), ((0, 1), (2, 3))])


class Field(NamedTuple):
    """Values (height, width), and which of them hold data (None: all)."""

    values: NDArray[Any]
    valid: NDArray[np.bool_] | None


class Sides(NamedTuple):
    """The values about a line: a part of a picture that has both sides of it.

    Attributes
    ----------
    values : ndarray
        float64 (height, width); the level itself where there is no data.
    level : float
        Moved so that no value is at it.
    high : ndarray of bool
        Which values lie above it.
    valid : ndarray of bool or None
        Which hold data; None where all do.
    left, top : int
        Where the part begins in the picture.
    """

    values: NDArray[np.float64]
    level: float
    high: NDArray[np.bool_]
    valid: NDArray[np.bool_] | None
    left: int
    top: int


def sides_of(line: LineDraw, field: Field) -> Sides | None:
    """Return the values about a line; None where it crosses nothing.

    A level is rounded to the values' type, as thresholds are, and then moved by that type's smallest
    step to the side on which a value at the level counts as inside.
    """
    values, valid = field
    kind = values.dtype.type
    with np.errstate(over="ignore", invalid="ignore"):
        level = kind(line.level)
        inside = values <= level if line.upper else values >= level
        moved = float(np.nextafter(level, kind(np.inf if line.upper else -np.inf)))
    part = _mixed(inside, valid)
    if part is None:
        return None
    values, inside = values[part].astype(np.float64), inside[part]
    valid = None if valid is None or valid[part].all() else valid[part]
    if valid is not None:
        np.copyto(values, moved, where=~valid)
    if kind is np.float64 and max(-values.min(), values.max()) > 1e300:
        # So that differences of the largest numbers stay finite.
        values, moved = values * 2.0**-8, moved * 2.0**-8
    high = ~inside if line.upper else inside
    return Sides(values, moved, high, valid, part[1].start, part[0].start)


def valid_in(samples: Samples) -> NDArray[np.bool_] | None:
    """Return which samples are numbers of the data; None where all are."""
    found = np.isfinite(samples.values)
    if samples.present is not None:
        found &= samples.present
    if samples.missing is not None:
        found &= ~samples.missing
    return None if found.all() else found


def _mixed(inside: NDArray[np.bool_], valid: NDArray[np.bool_] | None) -> tuple[slice, slice] | None:
    """Return the rows and columns within which both sides of a level lie; None where there is one."""
    outside = ~inside
    if valid is not None:
        inside, outside = inside & valid, outside & valid
    slices = []
    for axis in (1, 0):
        ends = []
        for side in (inside, outside):
            found = np.flatnonzero(side.any(axis=axis))
            if not found.size:
                return None
            ends.append((int(found[0]) - 1, int(found[-1]) + 2))
        first, stop = max(start for start, _ in ends), min(stop for _, stop in ends)
        slices.append(slice(max(first, 0), min(stop, inside.shape[1 - axis])))
    rows, columns = slices
    # A line runs through cells: it takes two pixels each way.
    return (rows, columns) if rows.stop - rows.start > 1 and columns.stop - columns.start > 1 else None


def crossings(line: LineDraw, field: Field) -> NDArray[np.float64]:
    """Return a line's straight pieces (4, n): column and row of both ends, one or two in a cell.

    A cell with one corner without data counts as the triangle of the others.
    """
    sides = sides_of(line, field)
    if sides is None:
        return np.empty((4, 0))
    code = _at_corners(sides.high.view(np.uint8), 1)
    whole = (code != 0) & (code != 15)
    pieces = []
    if sides.valid is not None:
        held = _at_corners(sides.valid.view(np.uint8), 1)
        whole &= held == 15
        pieces = [_triangles(sides, held, lost) for lost in range(4)]
    found = np.concatenate([_squares(sides, code, whole), *pieces], axis=1)
    found[::2] += sides.left
    found[1::2] += sides.top
    return found


def _at_corners(flags: NDArray[np.uint8], unit: int) -> NDArray[np.uint8]:
    """Return each cell's four flags as one number, bit n: corner n."""
    code = flags[:-1, :-1] * np.uint8(unit)
    for n, part in enumerate((flags[:-1, 1:], flags[1:, 1:], flags[1:, :-1]), start=1):
        code |= part << np.uint8(n)
    return code


class _Cells(NamedTuple):
    """Some cells: column and row of their first corners (n,), and the values at all four (4, n)."""

    columns: NDArray[np.intp]
    rows: NDArray[np.intp]
    values: NDArray[np.float64]

    def crossing(self, level: float, one: Any, other: Any) -> NDArray[np.float64]:
        """Return where a level lies between two corners, (2, n) or for lists of those (2, m, n).

        Columns, then rows; some place between the two where it does not lie there.
        """
        start, step = self.values[one], self.values[other] - self.values[one]
        share = np.divide(level - start, step, out=np.zeros_like(step), where=step != 0)
        np.maximum(share, 0, out=share)
        np.minimum(share, 1, out=share)
        across, down = (_CORNERS[other] - _CORNERS[one]).T[..., None]
        first_across, first_down = _CORNERS[one].T[..., None]
        x, y = share * across + (self.columns + first_across), share * down + (self.rows + first_down)
        return np.stack([x, y])


def _chosen(sides: Sides, chosen: NDArray[np.bool_]) -> _Cells:
    rows, columns = np.divmod(np.flatnonzero(chosen), chosen.shape[1])
    across = sides.values.shape[1]
    steps = _CORNERS[:, 1] * across + _CORNERS[:, 0]
    return _Cells(columns, rows, sides.values.ravel().take(rows * across + columns + steps[:, None]))


def _squares(sides: Sides, code: NDArray[np.uint8], chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the pieces (4, n) in cells all of whose corners hold data."""
    cells, codes = _chosen(sides, chosen), code[chosen]
    on_edges = cells.crossing(sides.level, [0, 1, 2, 3], [1, 2, 3, 0])
    joined = _JOINED.take(codes, axis=0).T.copy()
    saddles = np.flatnonzero((codes == 5) | (codes == 10))
    if not saddles.size:
        return _pieces(on_edges, joined, np.arange(len(codes)))
    # The middle of a saddle decides which corners belong together, as it does for contourpy.
    high = cells.values[:, saddles].mean(axis=0) > sides.level
    kind = np.where((codes[saddles] == 10) != high, 1, 0)
    joined[:, saddles] = _SADDLES[kind, 0].T
    first = _pieces(on_edges, joined, np.arange(len(codes)))
    return np.concatenate([first, _pieces(on_edges, _SADDLES[kind, 1].T, saddles)], axis=1)


def _pieces(
    on_edges: NDArray[np.float64], joined: NDArray[np.intp], cells: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Return the pieces (4, n) that join two edges (2, n) of cells."""
    return np.concatenate([on_edges[:, joined[0], cells], on_edges[:, joined[1], cells]])


def _triangles(sides: Sides, held: NDArray[np.uint8], lost: int) -> NDArray[np.float64]:
    """Return the pieces (4, n) in cells of which only corner `lost` holds no data."""
    cells = _chosen(sides, held == 15 - (1 << lost))
    ends = [(lost + n) % 4 for n in (1, 2, 3, 1)]
    points = cells.crossing(sides.level, ends[:3], ends[1:])
    high = cells.values[ends] > sides.level
    cut = high[1:] != high[:-1]
    pieces = []
    for one, other in ((0, 1), (1, 2), (2, 0)):
        both = cut[one] & cut[other]
        pieces.append(np.concatenate([points[:, one, both], points[:, other, both]]))
    return np.concatenate(pieces, axis=1)
