"""Contour lines on a picture: traced through the samples at its pixels, drawn with soft edges.

A line runs where the values cross its level, between pixel centres by linear interpolation, on the
data itself and never on a mask or on colours. Tracing and coverage are kept as long as the samples
live: new colours, or a change of another layer, cost only the laying down.
"""

from __future__ import annotations

import math
import threading
import weakref
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from heatviewer.drawing.contour_cells import Field, crossings, sides_of, valid_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from heatviewer.drawing.contour_labels import Spot
    from heatviewer.model.requests import LineDraw
    from heatviewer.sampling.rule import Samples

#: A dash and the gap behind it, in widths of the line: 6 and 4 pixels at the usual 1.5.
_DASH, _GAP = 4.0, 8 / 3
#: Closed lines that are shorter, in pixels, are single points at which a value touches the level.
_POINT = 0.01
#: Shares below are no visible part of a byte.
_FAINT = 1 / 500
#: Numbers that are worked on at a time when a line is drawn.
_CHUNK = 1 << 20
#: Bytes of coverage and paths that are kept for one set of samples.
_KEPT_BYTES = 16 << 20


class Paths(NamedTuple):
    """Lines through the pixels: points and where each line begins.

    Attributes
    ----------
    points : ndarray
        (n, 2) float64: column and row, integers at pixel centres. A closed line ends where it begins.
    starts : ndarray
        (lines + 1,): the first point of each line, and n.
    """

    points: NDArray[np.float64]
    starts: NDArray[np.intp]


class Coverage(NamedTuple):
    """How much of some pixels of a picture a line covers: their flat numbers, and shares in 0…1."""

    pixels: NDArray[np.intp]
    shares: NDArray[np.float32]


class _Kept:
    """What was found out about one set of samples."""

    def __init__(self, samples: Samples) -> None:
        # The masks are held, so that another array never has their identity; the values are not.
        self._masks = samples.present, samples.missing
        self._found: OrderedDict[Any, tuple[NDArray[Any] | None, ...]] = OrderedDict()

    def is_of(self, samples: Samples) -> bool:
        """Return whether these are the samples with the same masks."""
        return self._masks[0] is samples.present and self._masks[1] is samples.missing

    def get(self, key: Any) -> Any | None:
        """Return what is kept by a key."""
        if key in self._found:
            self._found.move_to_end(key)
        return self._found.get(key)

    def put(self, key: Any, found: tuple[NDArray[Any] | None, ...]) -> None:
        """Keep what was found out; the oldest is given up where all gets too large."""
        self._found[key] = found
        while len(self._found) > 1 and self._bytes() > _KEPT_BYTES:
            self._found.popitem(last=False)

    def _bytes(self) -> int:
        return sum(array.nbytes for found in self._found.values() for array in found if array is not None)


#: By the identity of the samples' values, which a reference without weight watches.
_KEPT: dict[int, tuple[weakref.ref[Any], _Kept]] = {}
# Taken again by the same thread where samples die while it is held.
_LOCK = threading.RLock()


def lay_lines(
    picture: NDArray[np.uint32],
    lines: Sequence[LineDraw],
    samples: Samples,
    width_px: float,
    dashed: bool,
    transparent: bool,
    spots: Sequence[Spot] = (),
) -> None:
    """Lay opaque lines with soft edges on a picture in place, the last on top.

    A pixel is covered by clip(width / 2 + 1/2 − distance, 0, 1) of a line. A level is rounded to the
    type of the values, and surrounds what is at or above it (`upper`: at or below it), so a plateau
    at the level itself is surrounded; constant data has no lines. Voxels without data end a line.

    Parameters
    ----------
    picture : ndarray
        uint32 (height, width), RGBA as one number, red in the lowest byte; straight alpha.
    samples : Samples
        At the picture's own pixels, not blurred. The same object again is quick.
    width_px : float
        In pixels of the picture.
    transparent : bool
        Whether pixels may be clear; otherwise all are opaque, and stay so.
    spots : sequence of Spot
        Places for labels: a line is broken where its own stands.

    A solid line in a part of a picture agrees with the whole where the samples reach `margin`
    pixels beyond the part; dashes and labels are found along whole lines, and need all of them.
    """
    for line in lines:
        coverage = _coverage(line, samples, width_px, dashed)
        for spot in spots:
            if spot.line == line:
                rows, columns = np.divmod(coverage.pixels, picture.shape[1])
                clear = ~spot.covers(columns, rows)
                coverage = Coverage(coverage.pixels[clear], coverage.shares[clear])
        lay_coverage(picture, coverage, line.color, transparent)


def lay_coverage(
    picture: NDArray[np.uint32], coverage: Coverage, color: tuple[float, float, float], transparent: bool
) -> None:
    """Lay a colour on a picture in place, by its share of each pixel; as `lay_lines`."""
    rows, columns = np.divmod(coverage.pixels, picture.shape[1])
    picture[rows, columns] = _laid(picture[rows, columns], color, coverage.shares, transparent)


def margin(width_px: float) -> int:
    """Return how many pixels of samples beyond a part make its solid lines those of the whole."""
    return math.ceil(width_px / 2 + 0.5) + 1


def paths_of(line: LineDraw, samples: Samples, every: int = 1) -> Paths:
    """Return where a line runs through the samples' pixels; roughly, where only some rows are looked at."""
    key = ("paths", line.level, line.upper, every)
    return cast("Paths", _kept_for(samples, key, lambda: _traced(line, _field(samples, every), every)))


def _field(samples: Samples, every: int = 1) -> Field:
    """Return each n-th row and column of samples."""
    valid = _kept_for(samples, "valid", lambda: (valid_in(samples),))[0]
    if every == 1:
        # Not kept: what is kept must not hold the values.
        return Field(samples.values, valid)

    def thinned() -> Field:
        values = np.ascontiguousarray(samples.values[::every, ::every])
        return Field(values, None if valid is None else np.ascontiguousarray(valid[::every, ::every]))

    return cast("Field", _kept_for(samples, ("field", every), thinned))


def _coverage(line: LineDraw, samples: Samples, width: float, dashed: bool) -> Coverage:
    key = ("coverage", line.level, line.upper, width, dashed)
    height, across = samples.values.shape

    def make() -> Coverage:
        # Only dashes need whole lines.
        segments = (
            _dashes(paths_of(line, samples), width) if dashed else _solid(crossings(line, _field(samples)))
        )
        return rasterised(segments, width, (height, across))

    return cast("Coverage", _kept_for(samples, key, make))


def _kept_for(samples: Samples, key: Any, make: Any) -> Any:
    """Return what `make` gives, kept as long as the samples' values live."""
    number = id(samples.values)
    with _LOCK:
        entry = _KEPT.get(number)
        if entry is None or entry[0]() is not samples.values or not entry[1].is_of(samples):
            watch = weakref.ref(samples.values, lambda dead: _forget(number, dead))
            entry = _KEPT[number] = (watch, _Kept(samples))
        found = entry[1].get(key)
    if found is None:
        # Made without the lock: no picture waits for another's lines.
        found = make()
        with _LOCK:
            entry[1].put(key, found)
    return found


def _forget(number: int, dead: weakref.ref[Any]) -> None:
    with _LOCK:
        entry = _KEPT.get(number)
        if entry is not None and entry[0] is dead:
            del _KEPT[number]


# --- where a line runs -------------------------------------------------------------------------


def _traced(line: LineDraw, field: Field, every: int) -> Paths:
    """Return a line's paths through samples that are `every` pixels apart.

    They are looked for only where the values are on both sides of the level.
    """
    from contourpy import FillType, LineType, SerialContourGenerator, ZInterp

    nothing = Paths(np.empty((0, 2)), np.zeros(1, dtype=np.intp))
    sides = sides_of(line, field)
    if sides is None:
        return nothing
    mask = None if sides.valid is None else ~sides.valid
    columns, rows = _places(sides.values.shape)
    # Straight to the tracer: contourpy's own front takes three times as long to prepare its arguments.
    tracer = SerialContourGenerator(
        columns, rows, sides.values, cast("Any", mask),
        corner_mask=mask is not None, line_type=LineType.ChunkCombinedOffset, fill_type=FillType.OuterCode,
        quad_as_tri=False, z_interp=ZInterp.Linear, x_chunk_size=0, y_chunk_size=0,
    )  # fmt: skip
    points, starts = (found[0] for found in cast("Any", tracer.lines(sides.level)))
    if points is None:
        return nothing
    found = Paths((points + np.array((sides.left, sides.top))) * every, starts.astype(np.intp))
    return _without_points(found)


def _places(shape: tuple[int, int]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return every pixel's column and row."""
    columns, rows = np.empty(shape), np.empty(shape)
    columns[...] = np.arange(shape[1])
    rows[...] = np.arange(shape[0])[:, None]
    return columns, rows


def _without_points(paths: Paths) -> Paths:
    """Return the paths that are more than a point."""
    keep = line_lengths(paths) > _POINT
    if keep.all():
        return paths
    counts = np.diff(paths.starts)
    starts = np.concatenate([[0], np.cumsum(counts[keep])]).astype(np.intp)
    return Paths(paths.points[np.repeat(keep, counts)], starts)


def line_lengths(paths: Paths) -> NDArray[np.float64]:
    """Return each line's length in pixels."""
    return cast("NDArray[np.float64]", np.add.reduceat(_steps(paths), paths.starts[:-1]))


def _steps(paths: Paths) -> NDArray[np.float64]:
    """Return the way from each point to the next of its line, in pixels; 0 from a line's last point."""
    steps = np.zeros(len(paths.points))
    across, down = np.diff(paths.points, axis=0).T
    np.hypot(across, down, out=steps[:-1])
    steps[paths.starts[1:] - 1] = 0
    return steps


# --- which pixels it covers --------------------------------------------------------------------


def _solid(pieces: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the pieces (4, n) that are more than a point, as a single highest pixel has at its value."""
    length = np.hypot(pieces[2] - pieces[0], pieces[3] - pieces[1])
    return pieces[:, length > _POINT / 4]


def _dashes(paths: Paths, width: float) -> NDArray[np.float64]:
    """Return the straight pieces (4, n) of dashes along paths: column and row of both ends."""
    if not len(paths.points):
        return np.empty((4, 0))
    steps = _steps(paths)
    counts = np.diff(paths.starts)
    begin = np.cumsum(steps) - steps
    begin -= np.repeat(begin[paths.starts[:-1]], counts)
    # Stretched so that a line, above all a closed one, holds a whole number of dashes.
    lengths = line_lengths(paths)
    fitting = np.maximum(np.rint(lengths / ((_DASH + _GAP) * width)), 1)
    periods = np.repeat(lengths / fitting, counts)
    real = steps[:-1] > 0
    pieces = np.concatenate([paths.points[:-1].T, paths.points[1:].T])
    return _dashed(pieces[:, real], begin[:-1][real], steps[:-1][real], periods[:-1][real], width)


def _dashed(
    pieces: NDArray[np.float64],
    begin: NDArray[np.float64],
    length: NDArray[np.float64],
    period: NDArray[np.float64],
    width: float,
) -> NDArray[np.float64]:
    """Return what of pieces, that begin somewhere along their lines, belongs to dashes."""
    dash = period * (_DASH / (_DASH + _GAP))
    # A dash has round ends of half a width, and begins and ends on the line's own ends.
    at = np.mod(begin, period)
    first, last = width / 2, np.maximum(dash - width / 2, width / 2)
    wraps = at > last
    low = np.where(wraps, period + first, np.maximum(at, first)) - at
    high = np.where(wraps, period + last, last) - at
    low, high = np.maximum(low, 0) / length, np.minimum(high, length) / length
    drawn = low <= high
    start, step = pieces[:2, drawn], (pieces[2:] - pieces[:2])[:, drawn]
    return np.concatenate([start + step * low[drawn], start + step * high[drawn]])


def rasterised(segments: NDArray[np.float64], width: float, shape: tuple[int, int]) -> Coverage:
    """Return the pixels (of a picture of a shape) that segments cover, each its largest share.

    A segment lies in one cell between four pixel centres, so the pixels that it can reach are a
    small square about that cell.
    """
    if not segments.shape[1]:
        return Coverage(np.empty(0, dtype=np.intp), np.empty(0, dtype=np.float32))
    edge = width / 2 + 0.5
    reach = math.floor(edge)
    cells = np.floor((segments[:2] + segments[2:]) / 2).astype(np.intp)
    left, top = cells.min(axis=1) - reach
    right, bottom = cells.max(axis=1) + reach + 2
    across, down = int(right - left), int(bottom - top)
    sheet = np.zeros(down * across, dtype=np.float32)
    around = np.arange(-reach, reach + 2)
    offsets = (around[:, None] * across + around).ravel()
    for part in _parts(segments.shape[1], _CHUNK // offsets.size):
        base = (cells[1, part] - top) * across + cells[0, part] - left
        shares = _shares(segments[:, part], cells[:, part], around, np.float32(edge))
        np.maximum.at(sheet, (offsets[:, None] + base).ravel(), shares.ravel())
    pixels = np.flatnonzero(sheet > _FAINT)
    rows, columns = np.divmod(pixels, across)
    rows, columns = rows + top, columns + left
    within = (rows >= 0) & (rows < shape[0]) & (columns >= 0) & (columns < shape[1])
    return Coverage((rows * shape[1] + columns)[within], sheet[pixels[within]])


def _parts(count: int, size: int) -> Iterator[slice]:
    size = max(size, 1)
    for start in range(0, count, size):
        yield slice(start, start + size)


def _shares(
    segments: NDArray[np.float64], cells: NDArray[np.intp], around: NDArray[np.intp], edge: np.float32
) -> NDArray[np.float32]:
    """Return the shares (rows, columns, n) of the pixels about each cell that its segment covers."""
    # The segments are the last axis: numpy is quick on long rows, and there are few offsets.
    offsets = around.astype(np.float32)[:, None]
    x0, y0 = (segments[:2] - cells).astype(np.float32)
    x1, y1 = (segments[2:] - cells).astype(np.float32)
    dx, dy = x1 - x0, y1 - y0
    square = dx * dx + dy * dy
    inverse = np.divide(1, square, out=np.zeros_like(square), where=square > 0)
    # From the segment's start to the pixel, one column and one row each.
    px, py = offsets - x0, offsets - y0
    along = (py * (dy * inverse))[:, None] + (px * (dx * inverse))[None]
    np.maximum(along, 0, out=along)
    np.minimum(along, 1, out=along)
    away = px[None] - along * dx
    away *= away
    along *= -dy
    along += py[:, None]
    along *= along
    away += along
    np.sqrt(away, out=away)
    np.subtract(edge, away, out=away)
    np.maximum(away, 0, out=away)
    return cast("NDArray[np.float32]", np.minimum(away, 1, out=away))


def _laid(
    below: NDArray[np.uint32],
    color: tuple[float, float, float],
    shares: NDArray[np.float32],
    transparent: bool,
) -> NDArray[np.uint32]:
    """Return pixels with a colour laid over them, by its share of each; straight alpha."""
    alpha_below = (below >> np.uint32(24)).astype(np.float32) / 255 if transparent else np.float32(1)
    through = (1 - shares) * alpha_below
    alpha = shares + through if transparent else np.float32(1)
    result = np.uint32(np.rint(alpha * 255)) << np.uint32(24) if transparent else np.uint32(255 << 24)
    for shift, channel in zip((0, 8, 16), color, strict=True):
        light = ((below >> np.uint32(shift)) & np.uint32(255)).astype(np.float32)
        light = (light * through + np.float32(255 * channel) * shares) / alpha
        result = result | (np.rint(light).astype(np.uint32) << np.uint32(shift))
    return cast("NDArray[np.uint32]", result)
