"""The values along contour lines: small text in the line's colour, where it is in nobody's way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from heatviewer.drawing.contours import line_lengths, paths_of
from heatviewer.drawing.text import Sprite, text_sprite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from heatviewer.drawing.contours import Paths
    from heatviewer.model.requests import LineDraw
    from heatviewer.sampling.rule import Samples

# Sizes in pixels at ratio 1.
_TEXT = 11.0
#: The line's gap on either side of its text, and the distance to the picture's border.
_GAP, _BORDER = 2, 4
#: Shorter lines carry no label; much longer ones carry two.
_SHORT, _LONG = 60, 900
#: A line is at least so many times as long as what its label hides.
_TIMES = 5
#: Lines of one level that are labelled, the longest first, and the places that are tried on each.
_LINES, _PLACES = 3, 48
#: Lines are traced for their labels through each second row and column: in a quarter of the time. Of
#: three of their points one is looked at, which stands for so many pixels; a label is higher than that.
_ROUGH, _EVERY, _APART = 2, 3, 4
#: The slope that is looked for: level lines are easy to read, but on the tops of round lines the labels
#: of all levels, and often the crosshair, would stand in one row.
_SLOPE = 0.3
#: Text darker than this is written lighter, so that it stands out from its dark outline.
_DARK = 0.55


class Spot(NamedTuple):
    """Where one label stands: the box that its line leaves free, in the samples' pixels."""

    line: LineDraw
    left: int
    top: int
    width: int
    height: int
    sprite: Sprite

    def covers(self, columns: NDArray[Any], rows: NDArray[Any]) -> NDArray[np.bool_]:
        """Return which pixels the box covers."""
        across = (columns >= self.left) & (columns < self.left + self.width)
        return across & (rows >= self.top) & (rows < self.top + self.height)

    def meets(self, other: Spot) -> bool:
        """Return whether two boxes touch."""
        return (
            self.left <= other.left + other.width
            and other.left <= self.left + self.width
            and self.top <= other.top + other.height
            and other.top <= self.top + self.height
        )


def label_spots(
    lines: Sequence[LineDraw], samples: Samples, ratio: float, taken: Sequence[Spot] = ()
) -> tuple[Spot, ...]:
    """Return where the values of lines stand: on their own line, clear of each other and of `taken`.

    Each of a level's longest lines carries its value once, twice where it is very long, and not at
    all where it is short or has no free place. `ratio` is in pixels per unit of text size.
    """
    drawn = [(line, paths_of(line, samples, _ROUGH)) for line in lines if line.label]
    height, width = samples.values.shape
    spots = list(taken)
    for number, (line, paths) in enumerate(drawn):
        if not len(paths.points):
            continue
        others = [path.points[::_EVERY] for n, (_, path) in enumerate(drawn) if n != number]
        crowd = np.concatenate(others) if others else np.empty((0, 2))
        blank = _blank_spot(line, ratio)
        for path, count in _worth_it(paths, blank, ratio):
            for part in np.array_split(path, count):
                best = _best(part, path, crowd, blank, spots, (width, height), round(_BORDER * ratio))
                if best is not None:
                    spots.append(best)
    return tuple(spots[len(taken) :])


def lay_labels(picture: NDArray[np.uint32], spots: Sequence[Spot]) -> None:
    """Write labels on an opaque picture, uint32 (height, width), in place; lines are laid before.

    Give the same spots to `lay_lines`, so that the lines leave room for their text.
    """
    # One axis more, so that also a part of a picture is seen as bytes where it is.
    pixels = picture[..., None].view(np.uint8)
    for spot in spots:
        across, down = spot.sprite.size
        left, top = spot.left + (spot.width - across) // 2, spot.top + (spot.height - down) // 2
        spot.sprite.lay_on(pixels, left, top)


def _blank_spot(line: LineDraw, ratio: float) -> Spot:
    """Return a line's label, at no place yet."""
    sprite = text_sprite(line.label, _TEXT * ratio, _text_color(line.color))
    gap = round(_GAP * ratio)
    return Spot(line, 0, 0, sprite.size[0] + 2 * gap, sprite.size[1] + 2 * gap, sprite)


def _text_color(color: tuple[float, float, float]) -> tuple[int, int, int]:
    """Return a line's colour in bytes, lighter where it is too dark to be read."""
    light = float(np.dot((0.299, 0.587, 0.114), color))
    share = max(0.0, (_DARK - light) / (1 - light)) if light < 1 else 0.0
    red, green, blue = (round(255 * (c + (1 - c) * share)) for c in color)
    return red, green, blue


def _worth_it(paths: Paths, blank: Spot, ratio: float) -> list[tuple[NDArray[np.float64], int]]:
    """Return the longest lines that are long enough for a label, and how many each carries."""
    lengths = line_lengths(paths)
    needed = max(_SHORT * ratio, _TIMES * blank.width)
    order = np.argsort(-lengths, kind="stable")[:_LINES]
    found = []
    for n in order[lengths[order] >= needed]:
        count = 2 if lengths[n] >= max(_LONG * ratio, 2 * needed) else 1
        found.append((paths.points[paths.starts[n] : paths.starts[n + 1]], count))
    return found


def _best(
    part: NDArray[np.float64],
    path: NDArray[np.float64],
    crowd: NDArray[np.float64],
    blank: Spot,
    spots: Sequence[Spot],
    size: tuple[int, int],
    border: int,
) -> Spot | None:
    """Return the best free place along a part of a line: nearly level, straight, with no other line there."""
    places = np.arange(0, len(part), max(1, len(part) // _PLACES))
    half = np.array([blank.width, blank.height]) / 2
    corners = np.floor(part[places] - half + 0.5).astype(int)
    far = corners + np.array((blank.width, blank.height))
    free = (corners >= border).all(axis=1) & (far <= np.array(size) - border).all(axis=1)
    corners, places = corners[free], places[free]
    if not len(places):
        return None
    # Fewest points of lines that go by, the line's own other side among them; then the best slope.
    crossing = _APART * _points_in(path[::_EVERY], part[places], half) - 2 * blank.width
    costs = np.maximum(crossing, 0) + 4 * _APART * _points_in(crowd, part[places], half)
    for n in np.argsort(costs + blank.height * _unevenness(part, places, blank.width), kind="stable"):
        spot = blank._replace(left=int(corners[n, 0]), top=int(corners[n, 1]))
        if not any(spot.meets(other) for other in spots):
            return spot
    return None


def _unevenness(part: NDArray[np.float64], places: NDArray[np.intp], reach: float) -> NDArray[np.float64]:
    """Return how far a line is, about some of its points, from being straight and of the best slope; 0…2."""
    way = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(part, axis=0).T))])
    first = np.searchsorted(way, way[places] - reach / 2)
    last = np.minimum(np.searchsorted(way, way[places] + reach / 2), len(part) - 1)
    run = np.maximum(way[last] - way[first], 1)
    across, down = np.abs(part[last] - part[first]).T
    bend = np.clip(1 - np.hypot(across, down) / run, 0, 1)
    return cast("NDArray[np.float64]", np.abs(down / run - _SLOPE) + bend)


def _points_in(
    points: NDArray[np.float64], centres: NDArray[np.float64], half: NDArray[np.float64]
) -> NDArray[np.intp]:
    """Return how many points lie within the box about each centre."""
    near = np.abs(points[:, 0] - centres[:, :1]) <= half[0]
    near &= np.abs(points[:, 1] - centres[:, 1:]) <= half[1]
    counts: NDArray[np.intp] = np.count_nonzero(near, axis=1)
    return counts
