"""Colour bars: what a heatmap's colours mean, evaluated by the same transfer function as the picture."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from heatviewer.drawing.canvas import Rect
from heatviewer.drawing.legend_form import FAINT, TAG, WIDTHS, Form, form_of
from heatviewer.drawing.legend_look import Look, bar_value
from heatviewer.drawing.legend_paint import sprite_of
from heatviewer.drawing.text import text_sprite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from heatviewer.drawing.text import Sprite
    from heatviewer.model.requests import AnnotationRequest, HeatmapDraw

# Sizes in pixels at ratio 1.
#: Distance of neighbouring colour bars, and of a bar from what is beside it.
GAP = 5
#: In a column of its own a legend is at least so high: with all swatches its bar is still readable.
_LEAST_SHARE = 170
#: Widths of a column that are tried, in units of a legend's most width in a view.
_COLUMN_PARTS = (1.0, 1.6, 2.0)
#: A column that is too long for its picture is laid out in rows within this part of the width.
_STRIP_SHARE = 0.4


@dataclass(frozen=True)
class LegendBar:
    """Where one heatmap's legend lies on a picture.

    Attributes
    ----------
    index : int
        Which of the request's legends it is.
    box, bar, field : Rect
        The whole legend, its bar of colours, and the bar with what fades at its left, in pixels of
        the picture.
    centre : Rect or None
        The amber mark of a diverging map whose middle is not 0.
    data_range : (float, float)
        Values at the bar's lower and upper edge.
    has_bar : bool
        False for a mask of one colour: `bar` is its swatch, and no value lies on it.
    sprite : Sprite
        What is drawn at the box's corner.
    """

    index: int
    box: Rect
    bar: Rect
    field: Rect
    centre: Rect | None
    data_range: tuple[float, float]
    has_bar: bool
    sprite: Sprite

    def value_at(self, row: float) -> float:
        """Return the value that the bar shows in a row of the picture (integers at pixel centres)."""
        return float(bar_value(self.data_range, row - self.bar.top, self.bar.height))

    def moved(self, right: int, down: int) -> LegendBar:
        """Return the legend somewhere else."""
        return replace(
            self,
            box=self.box.moved(right, down),
            bar=self.bar.moved(right, down),
            field=self.field.moved(right, down),
            centre=self.centre.moved(right, down) if self.centre else None,
        )


class LegendStrip(NamedTuple):
    """A column of legends beside the views, and its width in pixels; 0 where there are none."""

    bars: tuple[LegendBar, ...]
    width: int


def legend_sprite(
    draw: HeatmapDraw, height: int, ratio: float, volumetric: bool = False, width: int | None = None
) -> NDArray[np.uint8]:
    """Return a heatmap's legend as straight RGBA, uint8 (h, w, 4), read-only; the same array for equal looks.

    Parameters
    ----------
    height, width : int
        The most that it may take, in pixels; empty (0, 0, 4) where that is too little.
    ratio : float
        Device pixels per unit of text size.
    volumetric : bool
        Whether it goes with a 3D picture, where opacity is per mm of path.
    """
    look = Look.of(draw, volumetric)
    form = form_of(look, height, ratio, width or round(WIDTHS[1] * ratio))
    if form is None:
        return np.zeros((0, 0, 4), dtype=np.uint8)
    return sprite_of(look, form, ratio).rgba


def legend_layout(
    legend: Sequence[HeatmapDraw], area: Rect, ratio: float, height: int, volumetric: bool = False
) -> tuple[LegendBar, ...]:
    """Return where heatmaps' legends lie in an area: in columns from its top right, the first leftmost.

    `height` is the most that one legend takes. Those for which there is no room are left out,
    the last ones first.
    """
    looks = tuple(Look.of(draw, volumetric) for draw in legend)
    return _layout(looks, area, ratio, min(height, area.height))


@lru_cache(maxsize=32)
def _layout(looks: tuple[Look, ...], area: Rect, ratio: float, height: int) -> tuple[LegendBar, ...]:
    gap = round(GAP * ratio)
    for count in range(len(looks), 0, -1):
        for columns in range(1, count + 1):
            room = (area.width - (columns - 1) * gap) // columns
            forms = _measured(looks[:count], height, ratio, min(room, round(WIDTHS[1] * ratio)))
            if forms is None:
                break
            flowed = _flowed(forms, area.height, height, ratio)
            if len(flowed) <= columns:
                return _placed(looks, forms, flowed, area, ratio)
    return ()


def _measured(looks: Sequence[Look], height: int, ratio: float, width: int) -> list[Form] | None:
    """Return the measures of legends in columns of a width; None where one of them finds no room."""
    forms = []
    for look in looks:
        form = form_of(look, height, ratio, width)
        if form is None:
            return None
        forms.append(form)
    return forms


def _flowed(forms: Sequence[Form], room: int, height: int, ratio: float) -> list[list[int]]:
    """Return the legends, by number, of columns of a height; every bar has `height` to itself."""
    columns: list[list[int]] = []
    left = -1
    for n, form in enumerate(forms):
        needed = height if form.has_bar else form.size[1]
        gap = _gap(forms[n - 1], form, ratio) if n else 0
        if left < needed + gap:
            columns.append([])
            left, gap = room, 0
        columns[-1].append(n)
        left -= needed + gap
    return columns


def _gap(above: Form, form: Form, ratio: float) -> int:
    """Return the distance of a legend from the one above it: masks stand close, as lines of a list."""
    return round(GAP * ratio) if above.has_bar or form.has_bar else 0


def _placed(
    looks: Sequence[Look], forms: list[Form], columns: list[list[int]], area: Rect, ratio: float
) -> tuple[LegendBar, ...]:
    """Return the bars of measured legends, in columns from the right edge leftwards."""
    bars = []
    right = area.left + area.width
    for column in reversed(columns):
        right -= max(forms[n].size[0] for n in column)
        top = area.top
        for n in column:
            top += _gap(forms[n - 1], forms[n], ratio) if n != column[0] else 0
            bars.append(_bar(n, looks[n], forms[n], ratio).moved(right, top))
            top += forms[n].size[1]
        right -= round(GAP * ratio)
    return tuple(sorted(bars, key=lambda bar: bar.index))


def _bar(index: int, look: Look, form: Form, ratio: float) -> LegendBar:
    """Return a measured legend at (0, 0)."""
    box = Rect(0, 0, *form.size)
    sprite = sprite_of(look, form, ratio)
    return LegendBar(index, box, form.bar, form.field, form.centre, look.ends, form.has_bar, sprite)


def legend_column(
    legend: Sequence[HeatmapDraw], height: int, ratio: float, volumetric: bool = False
) -> tuple[LegendBar, ...]:
    """Return heatmaps' legends one below the other, from (0, 0) in pixels.

    Within `height` they are shortened alike; where they cannot be, the column is longer.
    """
    looks = tuple(Look.of(draw, volumetric) for draw in legend)
    return _column(looks, height, ratio) if looks else ()


@lru_cache(maxsize=32)
def _column(looks: tuple[Look, ...], height: int, ratio: float) -> tuple[LegendBar, ...]:
    gap, least = round(GAP * ratio), round(_LEAST_SHARE * ratio)
    keys = [form for look in looks if not look.has_bar and (form := _column_form(look, 0, ratio)) is not None]
    shared = height - sum(form.size[1] for form in keys) - (gap if keys else 0)
    share = max((shared + gap) // max(len(looks) - len(keys), 1) - gap, least)
    measured = ((n, _column_form(look, share, ratio)) for n, look in enumerate(looks))
    found = [(n, form) for n, form in measured if form is not None]
    widest = max((form.size[0] for _, form in found), default=0)
    # In the width of the strip more names have room on one line.
    found = [
        (n, form if form.has_bar else form_of(looks[n], None, ratio, widest) or form) for n, form in found
    ]
    top, bars = 0, []
    for at, (index, form) in enumerate(found):
        top += _gap(found[at - 1][1], form, ratio) if at else 0
        bars.append(_bar(index, looks[index], form.widened(widest), ratio).moved(0, top))
        top += form.size[1]
    return tuple(bars)


def _column_form(look: Look, share: int, ratio: float) -> Form | None:
    """Return a legend's measures in a column: wider than in a view where words or numbers need it.

    One with much to say is higher than its share.
    """
    for height in (share, None):
        found = None
        for part in _COLUMN_PARTS:
            form = form_of(look, height, ratio, round(part * WIDTHS[1] * ratio))
            found = found or form
            if form is not None and not form.cut:
                return form
        if found is not None:
            return found
    return None


def legend_strip(
    legend: Sequence[HeatmapDraw], height: int, ratio: float, volumetric: bool = False
) -> LegendStrip:
    """Return a column of legends beside the views, with its margins, as the window shows it."""
    margin = round(GAP * ratio)
    bars = legend_column(legend, max(height - 2 * margin, 1), ratio, volumetric)
    width = max((bar.box.right for bar in bars), default=-2 * margin) + 2 * margin
    return LegendStrip(tuple(bar.moved(margin, margin) for bar in bars), width)


def picture_strip(
    legend: Sequence[HeatmapDraw], size: tuple[int, int], ratio: float, volumetric: bool = False
) -> LegendStrip:
    """Return the strip of a picture of a size: that of the window; where it is too long, in columns."""
    strip = legend_strip(legend, size[1], ratio, volumetric)
    margin = round(GAP * ratio)
    if all(bar.box.bottom + margin <= size[1] for bar in strip.bars):
        return strip
    area = Rect(0, margin, int(size[0] * _STRIP_SHARE), max(size[1] - 2 * margin, 1))
    rows = max((area.height + margin) // (round(_LEAST_SHARE * ratio) + margin), 1)
    bars = legend_layout(legend, area, ratio, (area.height + margin) // rows - margin, volumetric)
    left = min((bar.box.left for bar in bars), default=area.right + 2 * margin)
    shifted = tuple(bar.moved(margin - left, 0) for bar in bars)
    return LegendStrip(shifted, area.right - left + 2 * margin)


def lay_strip(picture: NDArray[np.uint8], strip: LegendStrip, left: int, count: int, ratio: float) -> None:
    """Draw a strip from a column of a picture on; tell how many of `count` legends found no room."""
    for bar in strip.bars:
        bar.sprite.lay_on(picture, left + bar.box.left, bar.box.top)
    if count > len(strip.bars):
        note = text_sprite(f"+{count - len(strip.bars)} more", TAG * ratio, FAINT)
        margin = round(GAP * ratio)
        right, bottom = picture.shape[1] - margin, picture.shape[0] - margin
        note.lay_on(picture, right - note.size[0], bottom - note.size[1])


def legend_area(size: tuple[int, int], ratio: float) -> Rect:
    """Return the part of a single view that is the legends': its upper right, clear of the letters."""
    width, height = size
    margin = round(7 * ratio)
    left, bottom = width // 2 + round(20 * ratio), height // 2 - round(15 * ratio)
    return Rect(left, margin, max(0, width - margin - left), max(0, bottom - margin))


def view_legend(request: AnnotationRequest) -> tuple[LegendBar, ...]:
    """Return where the legends of a view lie."""
    area = legend_area(request.plane.size, request.ratio)
    return legend_layout(request.legend, area, request.ratio, area.height, request.view == "3d")
