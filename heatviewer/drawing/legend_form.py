"""Where everything in a legend stands: its bar, its numbers, its words, in pixels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from heatviewer.drawing.canvas import Rect
from heatviewer.drawing.legend_look import Swatch, line_label, threshold_number
from heatviewer.drawing.text import CAP_HEIGHT, Color, elided, text_width, wrapped
from heatviewer.drawing.ticks import number, round_ticks, widest_number

if TYPE_CHECKING:
    from heatviewer.drawing.legend_look import Look

AMBER: Color = (255, 186, 82)
TEXT: Color = (226, 229, 234)
FAINT: Color = (166, 173, 184)

# Sizes in pixels at ratio 1.
PAD = 7
NAME, SMALL, TAG = 11.0, 10.0, 9.0
TICK, TICK_GAP = 3, 4
SWATCH = 9
#: Width of a legend's content at least, and of a whole legend at most.
WIDTHS = (50, 104)
_BAR_WIDTH = 13
_BAR_HEIGHTS = (40, 230)
#: Width beside the bar where the colours fade by another volume's values, and of the ticks of lines.
_RAMP, _GUTTER = 13, 5
_LINE, _NAME_LINES = 15, 2
_SWATCH_GAP = 7
#: Of named values so many lines are shown, and so few at least.
_MOST_NAMED, _LEAST_NAMED = 16, 3
#: Distance that round numbers keep from each other, from other numbers, and those from each other.
_TICK_DISTANCE, _CLEAR, _NEXT = 26, 13, 11


class Words(NamedTuple):
    """A text in a legend: where its capitals begin."""

    text: str
    size: float
    color: Color
    left: int
    top: int


class Label(NamedTuple):
    """A number beside the bar: the row of its tick and the row of its text, from the bar's top.

    `text` is empty where there is no room for it; `strong` marks the threshold.
    """

    row: float
    at: float
    text: str
    strong: bool = False


class PlacedSwatch(NamedTuple):
    """A swatch, and its upper edge."""

    swatch: Swatch
    top: int


@dataclass(frozen=True)
class Form:
    """A legend's measures, in pixels from its corner.

    Attributes
    ----------
    size : (int, int)
        Of the box.
    bar : Rect
        The bar of colours.
    field : Rect
        The bar together with the ramp at its left, where opacity follows another volume.
    words : tuple of Words
        Everything that is written, but for the numbers beside the bar.
    swatches : tuple of PlacedSwatch
    centre : Rect or None
        The amber mark of a range that is off-centre.
    cut : bool
        Whether a part of the name or the unit found no room.
    has_bar : bool
        False for a mask of one colour: `bar` is a swatch beside its name, without numbers.
    """

    size: tuple[int, int]
    bar: Rect
    field: Rect
    words: tuple[Words, ...]
    swatches: tuple[PlacedSwatch, ...]
    centre: Rect | None
    cut: bool
    has_bar: bool = True

    def widened(self, width: int) -> Form:
        """Return the form in a box of another width."""
        return replace(self, size=(width, self.size[1]))


@lru_cache(maxsize=128)
def form_of(look: Look, height: int | None, ratio: float, width: int) -> Form | None:
    """Return a legend's measures within a height and width; None where there is no room.

    With a height of None it is as low as it can be read.
    """
    room = width - 2 * round(PAD * ratio)
    if look.named:
        return _named_form(look, height, ratio, room)
    if look.one_color is not None:
        return _key_form(look, ratio, room)
    inner = _inner_width(look, ratio, room)
    if inner > room:
        return None
    head = _Head(look, ratio, inner)
    tail = _tail(look, ratio, inner)
    over, under = look.swatches
    step, half_label = round((SWATCH + _SWATCH_GAP) * ratio), round(5 * ratio)
    top = head.bottom + half_label + step * len(over)
    tail_height = len(tail) * round((_LINE - 2) * ratio)
    bottom = half_label + step * len(under) + tail_height + round(PAD * ratio)
    least, most = (round(part * ratio) for part in _BAR_HEIGHTS)
    bar_height = least if height is None else min(height - top - bottom, most)
    if bar_height < least:
        return None
    bar, field = _bars(look, ratio, top, bar_height)
    first_under = bar.bottom + round(_SWATCH_GAP * ratio)
    places = [top - half_label - step * (len(over) - n) for n in range(len(over))]
    places += [first_under + step * n for n in range(len(under))]
    tail_top = bar.bottom + half_label + step * len(under) + round(4 * ratio)
    return Form(
        size=(inner + 2 * round(PAD * ratio), top + bar_height + bottom),
        bar=bar,
        field=field,
        words=(*head.words, *_lines(tail, ratio, tail_top)),
        swatches=tuple(map(PlacedSwatch, (*over, *under), places)),
        centre=head.centre,
        cut=head.cut,
    )


def _key_form(look: Look, ratio: float, room: int) -> Form | None:
    """Return the measures of a mask's legend: its colour, and its name beside it."""
    pad, side = round(PAD * ratio), round(SWATCH * ratio)
    indent = side + round(_SWATCH_GAP * ratio)
    if room - indent < round(WIDTHS[0] / 2 * ratio):
        return None
    head = _Head(look, ratio, room - indent, indent)
    widest = max((word.left + text_width(word.text, word.size) for word in head.words), default=0)
    # The swatch stands in the middle of the first line's capitals.
    swatch = Rect(pad, pad + round((CAP_HEIGHT * NAME * ratio - side) / 2), side, side)
    size = (max(widest, pad + indent) + pad, head.bottom)
    return Form(size, swatch, swatch, head.words, (), None, head.cut, has_bar=False)


def _named_form(look: Look, height: int | None, ratio: float, room: int) -> Form | None:
    """Return the measures of a list of named values: a swatch and a name a line."""
    pad, side, step = round(PAD * ratio), round(SWATCH * ratio), round((_LINE - 1) * ratio)
    beside = side + round((TICK + TICK_GAP) * ratio)
    if room - beside < round(WIDTHS[0] / 2 * ratio):
        return None
    head = _Head(look, ratio, room)
    lines = _MOST_NAMED if not height else min((height - head.bottom - pad) // step, _MOST_NAMED)
    if lines < min(len(look.named), _LEAST_NAMED):
        return None
    # The last line tells how many there was no room for.
    shown = look.named if len(look.named) <= lines else look.named[: lines - 1]
    texts = [elided(swatch.label, TAG * ratio, False, room - beside) for swatch in shown]
    tops = [head.bottom + n * step for n in range(len(shown))]
    placed = tuple(
        PlacedSwatch(swatch._replace(label=text), top)
        for swatch, text, top in zip(shown, texts, tops, strict=True)
    )
    words = list(head.words)
    if left := len(look.named) - len(shown):
        words.append(Words(f"+{left} more", TAG * ratio, FAINT, pad, head.bottom + len(shown) * step))
    count = len(shown) + bool(left)
    widest = max((word.left + text_width(word.text, word.size) for word in words), default=0)
    widest = max(widest, pad + beside + _widest(texts, TAG * ratio), round(WIDTHS[0] * ratio))
    swatch = Rect(pad, tops[0], side, side)
    cut = head.cut or any(text != one.label for text, one in zip(texts, shown, strict=True))
    size = (widest + pad, head.bottom + count * step + round(PAD / 2 * ratio))
    return Form(size, swatch, swatch, tuple(words), placed, None, cut, has_bar=False)


def _bars(look: Look, ratio: float, top: int, height: int) -> tuple[Rect, Rect]:
    """Return the bar and, where opacity follows another volume, the bar with its ramp."""
    left = round(PAD * ratio) + (round(_GUTTER * ratio) if on_bar(look) else 0)
    ramp, width = round(_RAMP * ratio) if look.by else 0, round(_BAR_WIDTH * ratio)
    return Rect(left + ramp, top, width, height), Rect(left, top, ramp + width, height)


def on_bar(look: Look) -> tuple[tuple[float, tuple[float, float, float]], ...]:
    """Return value and colour of the lines that are ticks at the bar."""
    low, high = look.ends
    return tuple((line.level, line.color) for line in look.lines if low < high and low <= line.level <= high)


def _inner_width(look: Look, ratio: float, room: int) -> int:
    """Return how wide a legend's content is, at most `room` but for numbers, which cannot be cut."""
    bar, _ = _bars(look, ratio, 0, 1)
    beside = bar.right - round(PAD * ratio) + round((TICK + TICK_GAP) * ratio)
    # While the range is dragged, the legend must not change its width with every number.
    texts = [sign + widest_number(*look.ends) for sign in map(look.sign_at, look.ends)]
    texts += [f"{sign} {threshold_number(value)}" for value, sign in look.thresholds]
    texts += [line.label for line in look.lines]
    steady = beside + _widest(texts, SMALL * ratio)
    if steady > room:
        steady = beside + _widest(
            [label.text for label in labels(look, round(_BAR_HEIGHTS[1] * ratio), ratio)], SMALL * ratio
        )
    swatches = beside + _widest([s.label for part in look.swatches for s in part], TAG * ratio)
    needed = max(steady, swatches)
    names = wrapped(look.name, NAME * ratio, max(room, 1), _NAME_LINES)
    words = [text_width(look.unit, TAG * ratio), *(text_width(name, NAME * ratio) for name in names)]
    wished = max(needed, *words, round(WIDTHS[0] * ratio))
    if look.by is not None:
        wished = max(wished, *(text_width(text, TAG * ratio) for text in (_by_range(look), _BY)))
    return max(needed, min(wished, room))


def _widest(texts: list[str], size: float) -> int:
    return max((text_width(text, size) for text in texts), default=0)


#: The one tag that can be clicked: it centres the range.
OFF_CENTRE = "off-centre"


class _Head:
    """Name, unit and warnings, from the top down, `indent` pixels in."""

    def __init__(self, look: Look, ratio: float, width: int, indent: int = 0) -> None:
        pad, line = round(PAD * ratio), round(_LINE * ratio)
        left = pad + indent
        names = wrapped(look.name, NAME * ratio, width, _NAME_LINES)
        words = [Words(name, NAME * ratio, TEXT, left, pad + n * line) for n, name in enumerate(names)]
        tags, self.bottom = self._tags(look, ratio, width, left, pad + len(names) * line)
        self.centre = next((self._around(tag, ratio) for tag in tags if tag.text == OFF_CENTRE), None)
        self.words = (*words, *tags)
        written = "".join(word.text for word in self.words)
        self.cut = written.count("…") > f"{look.name}{look.unit}".count("…")

    @staticmethod
    def _tags(look: Look, ratio: float, width: int, left: int, top: int) -> tuple[list[Words], int]:
        """Return unit and warnings flowing over lines of a width, and where the lines end."""
        line = round((_LINE - 1) * ratio)
        wished = [("moved" if look.moved else "", AMBER)]
        if look.has_bar:
            about_range = ((look.unit, FAINT), ("auto" if look.auto else "", FAINT))
            wished = [*about_range, (OFF_CENTRE if look.off_centre else "", AMBER), *wished]
        placed: list[Words] = []
        x, lines = width + 1, 0
        for text, color in wished:
            text = elided(text, TAG * ratio, False, width)
            if not text:
                continue
            own = text_width(text, TAG * ratio)
            if x + own > width:
                x, lines = 0, lines + 1
            placed.append(Words(text, TAG * ratio, color, left + x, top + (lines - 1) * line))
            x += own + round(7 * ratio)
        return placed, top + lines * round(_LINE * ratio)

    @staticmethod
    def _around(words: Words, ratio: float) -> Rect:
        """Return the box of a text with some room for the pointer."""
        size = (text_width(words.text, words.size), round(words.size * 0.75))
        return Rect(words.left, words.top, *size).grown(round(3 * ratio))


_BY = "opacity by"


def _by_range(look: Look) -> str:
    assert look.by is not None
    _, low, high, unit = look.by
    width = high - low
    return f"{number(low, width)} … {number(high, width)} {unit}".strip()


def _tail(look: Look, ratio: float, width: int) -> list[str]:
    """Return what is written under the bar: which volume the opacity follows, and its range."""
    if look.by is None:
        return []
    lines = [_BY, *wrapped(look.by.name or "another volume", TAG * ratio, width, 2), _by_range(look)]
    return [elided(text, TAG * ratio, False, width) for text in lines]


def _lines(texts: list[str], ratio: float, top: int) -> list[Words]:
    step, left = round((_LINE - 2) * ratio), round(PAD * ratio)
    return [Words(text, TAG * ratio, FAINT, left, top + n * step) for n, text in enumerate(texts)]


# --- numbers -----------------------------------------------------------------------------------


def labels(look: Look, height: int, ratio: float) -> list[Label]:
    """Return the numbers beside a bar: its ends, the threshold, lines, and round values between."""
    low, high = look.ends
    width = high - low
    if not width > 0:
        return [Label(height / 2, height / 2, number(high, 0.0))]
    marks = [(look.row_of(value, height), f"{sign} {threshold_number(value)}") for value, sign in look.marks]
    found = [
        Label(0.0, 0.0, look.sign_at(high) + number(high, width)),
        *_spread(marks, height, round(_NEXT * ratio)),
        Label(float(height), float(height), look.sign_at(low) + number(low, width)),
    ]
    values = [(line.level, line_label(line)) for line in look.lines if line.label]
    ticks = round_ticks(low, high, max(1, int(height / (_TICK_DISTANCE * ratio))))
    for value, text in (*values, *((tick, number(tick, width)) for tick in ticks)):
        row = look.row_of(value, height)
        clear = all(abs(row - label.at) >= _CLEAR * ratio for label in found if label.text)
        if 0 < row < height and clear:
            found.append(Label(row, row, text))
    return found


def _spread(marks: list[tuple[float, str]], height: int, step: int) -> list[Label]:
    """Return the threshold's numbers, moved apart and away from the ends; without text where all are full."""
    room = max(height // step - 1, 0)
    marks = sorted(marks)
    rows = [row for row, _ in marks[:room]]
    above, below = 0.0, float(height)
    for n, row in enumerate(rows):
        above = rows[n] = max(row, above + step)
    for n in reversed(range(len(rows))):
        below = rows[n] = min(rows[n], below - step)
    placed = [Label(row, at, text, strong=True) for (row, text), at in zip(marks[:room], rows, strict=True)]
    return [*placed, *(Label(row, row, "", strong=True) for row, _ in marks[room:])]
