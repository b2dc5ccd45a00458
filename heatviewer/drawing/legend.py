"""Colour bars: what a heatmap's colours mean, evaluated by the same transfer function as the picture."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from heatviewer.drawing.canvas import rounded_box, write
from heatviewer.drawing.composite import as_uint8
from heatviewer.drawing.text import Color, Sprite, elided, text_sprite, text_width
from heatviewer.drawing.ticks import number, round_ticks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from heatviewer.core.transfer import TransferFunction
    from heatviewer.model.requests import AnnotationRequest, HeatmapDraw

AMBER: Color = (255, 186, 82)
TEXT: Color = (226, 229, 234)
FAINT: Color = (166, 173, 184)

# Sizes in pixels at ratio 1.
_BOX = (13, 15, 19, 168)
_PAD = 7
_BAR_WIDTH = 13
_BAR_HEIGHTS = (40, 230)
_COLUMN_WIDTHS = (50, 104)
#: In a column of its own a legend is at least so high: with all swatches its bar is still readable.
_LEAST_SHARE = 170
_NAME, _SMALL, _TAG = 11.0, 10.0, 9.0
_LINE = 15
_SWATCH, _SWATCH_GAP = 9, 7
_TICK, _TICK_GAP, _TICK_DISTANCE = 3, 4, 26
#: Distance of neighbouring colour bars, and of a bar from what is beside it.
GAP = 5
#: Light of the two squares under the bar, 0…1, and their size: opacity shows as their contrast.
_CHECKER = (0.30, 0.54)
_CHECK = 3


class Rect(NamedTuple):
    """A box of whole pixels."""

    left: int
    top: int
    width: int
    height: int

    def holds(self, x: float, y: float) -> bool:
        """Return whether a pixel position lies in the box."""
        return self.left <= x < self.left + self.width and self.top <= y < self.top + self.height

    def moved(self, right: int, down: int) -> Rect:
        """Return the box somewhere else."""
        return Rect(self.left + right, self.top + down, self.width, self.height)


@dataclass(frozen=True)
class LegendBar:
    """Where one heatmap's legend lies on a picture.

    Attributes
    ----------
    index : int
        Which of the request's legends it is.
    box, bar : Rect
        The whole legend, and its bar of colours, in pixels of the picture.
    data_range : (float, float)
        Values at the bar's lower and upper edge.
    sprite : Sprite
        What is drawn at the box's corner.
    """

    index: int
    box: Rect
    bar: Rect
    data_range: tuple[float, float]
    sprite: Sprite

    def value_at(self, row: float) -> float:
        """Return the value that the bar shows in a row of the picture (integers at pixel centres)."""
        return float(bar_value(self.data_range, row - self.bar.top, self.bar.height))

    def moved(self, right: int, down: int) -> LegendBar:
        """Return the legend somewhere else."""
        return replace(self, box=self.box.moved(right, down), bar=self.bar.moved(right, down))


@dataclass(frozen=True)
class _Look:
    """All that a legend shows of a heatmap: not its volume, which a cache must not hold on to."""

    transfer: TransferFunction
    opacity: float
    name: str
    unit: str
    auto: bool
    off_centre: bool
    volumetric: bool

    @property
    def swatches(self) -> tuple[tuple[str, tuple[float, ...]], ...]:
        """Names and RGBA of what lies beside the range, where it is not the usual rule."""
        transfer = self.transfer
        low, high = transfer.color_range
        far = max(high - low, abs(low), abs(high), 1e-30)
        found = []
        for label, usual, rule, value in (
            ("above", "clamp", transfer.above, high + far),
            ("below", "clamp", transfer.below, low - far),
        ):
            if rule != usual:
                found.append((label, tuple(transfer.rgba(np.array([value]), volumetric=self.volumetric)[0])))
        if transfer.nan != "hide":
            found.append(("no data", transfer.missing_rgba))
        return tuple((label, (*rgba[:3], rgba[3] * self.opacity)) for label, rgba in found)


@dataclass(frozen=True)
class _Form:
    """A legend's measures, in pixels: the box, the bar in it, its texts and swatches."""

    size: tuple[int, int]
    bar: Rect
    name: str
    tags: tuple[tuple[str, Color, int, int], ...]
    swatches: tuple[tuple[str, tuple[float, ...], int], ...]


def _look(draw: HeatmapDraw, volumetric: bool) -> _Look:
    opacity = draw.opacity * (draw.opacity_3d if volumetric else 1.0)
    return _Look(
        draw.transfer, opacity, draw.name, draw.unit, draw.range_is_auto, draw.off_centre, volumetric
    )


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
    look = _look(draw, volumetric)
    form = _form(look, height, ratio, width or round(_COLUMN_WIDTHS[1] * ratio))
    if form is None:
        return np.zeros((0, 0, 4), dtype=np.uint8)
    return _sprite(look, form, ratio).rgba


def legend_layout(
    legend: Sequence[HeatmapDraw], area: Rect, ratio: float, height: int, volumetric: bool = False
) -> tuple[LegendBar, ...]:
    """Return where heatmaps' legends lie in an area: in columns from its top right, the first leftmost.

    `height` is the most that one legend takes. Those for which there is no room are left out,
    the last ones first.
    """
    looks = tuple(_look(draw, volumetric) for draw in legend)
    return _layout(looks, area, ratio, min(height, area.height))


@lru_cache(maxsize=32)
def _layout(looks: tuple[_Look, ...], area: Rect, ratio: float, height: int) -> tuple[LegendBar, ...]:
    gap = round(GAP * ratio)
    rows = max(1, (area.height + gap) // max(height + gap, 1))
    for count in range(len(looks), 0, -1):
        columns = -(-count // rows)
        room = (area.width - (columns - 1) * gap) // columns
        width = min(room, round(_COLUMN_WIDTHS[1] * ratio))
        forms = [form for look in looks[:count] if (form := _form(look, height, ratio, width)) is not None]
        if len(forms) == count:
            return _placed(looks, forms, rows, area, ratio)
    return ()


def _placed(
    looks: Sequence[_Look], forms: list[_Form], rows: int, area: Rect, ratio: float
) -> tuple[LegendBar, ...]:
    """Return the bars of measured legends, columns of `rows` from the right edge leftwards."""
    gap = round(GAP * ratio)
    columns = [range(n, min(n + rows, len(forms))) for n in range(0, len(forms), rows)]
    bars = []
    right = area.left + area.width
    for column in reversed(columns):
        right -= max(forms[n].size[0] for n in column)
        top = area.top
        for n in column:
            look, form = looks[n], forms[n]
            box, bar = Rect(right, top, *form.size), form.bar.moved(right, top)
            bars.append(LegendBar(n, box, bar, bar_range(look.transfer), _sprite(look, form, ratio)))
            top += form.size[1] + gap
        right -= gap
    return tuple(sorted(bars, key=lambda bar: bar.index))


def legend_column(
    legend: Sequence[HeatmapDraw], height: int, ratio: float, volumetric: bool = False
) -> tuple[LegendBar, ...]:
    """Return heatmaps' legends one below the other, from (0, 0) in pixels.

    Within `height` they are shortened alike; where they cannot be, the column is longer.
    """
    looks = tuple(_look(draw, volumetric) for draw in legend)
    return _column(looks, height, ratio) if looks else ()


@lru_cache(maxsize=32)
def _column(looks: tuple[_Look, ...], height: int, ratio: float) -> tuple[LegendBar, ...]:
    gap, least = round(GAP * ratio), round(_LEAST_SHARE * ratio)
    share = max((height + gap) // len(looks) - gap, least)
    # Numbers that are too long for a view find room here, where nothing stands beside them.
    widths = [round(part * _COLUMN_WIDTHS[1] * ratio) for part in (1, 2)]
    found = [
        next(filter(None, (_form(look, share, ratio, width) for width in widths)), None) for look in looks
    ]
    widest = max((form.size[0] for form in found if form), default=0)
    top, bars = 0, []
    for index, form in enumerate(found):
        if form is not None:
            form = replace(form, size=(widest, form.size[1]))
            box, bar = Rect(0, top, *form.size), form.bar.moved(0, top)
            data_range, sprite = bar_range(looks[index].transfer), _sprite(looks[index], form, ratio)
            bars.append(LegendBar(index, box, bar, data_range, sprite))
            top += box.height + gap
    return tuple(bars)


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


def legend_hit(request: AnnotationRequest, x: float, y: float) -> int | None:
    """Return which of the request's legends lies under a pixel of the picture; None for none."""
    for bar in view_legend(request):
        if bar.box.holds(x, y):
            return bar.index
    return None


# --- values ------------------------------------------------------------------------------------


def bar_range(transfer: TransferFunction) -> tuple[float, float]:
    """Return the values at the bar's ends: the data range; the colours' where that is a point."""
    low, high = transfer.data_range
    return (low, high) if low < high else transfer.color_range


def bar_value(data_range: tuple[float, float], row: Any, height: int) -> Any:
    """Return the values at rows of a bar: the lower edge is the low end, the upper the high end."""
    low, high = data_range
    share = (np.asarray(row, dtype=np.float64) + 0.5) / height
    return high * (1 - share) + low * share


def _labels(look: _Look, height: int, ratio: float) -> list[tuple[float, str]]:
    """Return rows (from the bar's top) and texts of the ends and the round values between."""
    low, high = bar_range(look.transfer)
    width = high - low
    ends = [(0.0, number(high, width)), (float(height), number(low, width))] if width > 0 else []
    if not ends:
        return [(height / 2, number(high, 0.0))]
    inner = []
    for tick in round_ticks(low, high, max(1, int(height / (_TICK_DISTANCE * ratio)))):
        row = (high - tick) / width * height
        if min(row, height - row) >= 13 * ratio:
            inner.append((row, number(tick, width)))
    return ends + inner


# --- measures ----------------------------------------------------------------------------------


@lru_cache(maxsize=128)
def _form(look: _Look, height: int, ratio: float, width: int) -> _Form | None:
    """Return a legend's measures within a height and width; None where there is no room."""
    pad, line = round(_PAD * ratio), round(_LINE * ratio)
    labels = [text for _, text in _labels(look, round(_BAR_HEIGHTS[1] * ratio), ratio)]
    labels_width = max(text_width(text, _SMALL * ratio) for text in labels)
    beside = round((_BAR_WIDTH + _TICK + _TICK_GAP) * ratio)
    swatches = look.swatches
    if swatches:
        labels_width = max(labels_width, *(text_width(label, _TAG * ratio) for label, _ in swatches))
    if beside + labels_width + 2 * pad > width:
        return None
    wished = max(beside + labels_width, text_width(look.name, _NAME * ratio), _COLUMN_WIDTHS[0] * ratio)
    inner = min(math.ceil(wished), width - 2 * pad)
    tags, tag_lines = _tags(look, inner, ratio, pad, pad + line)
    half_label = round(5 * ratio)
    above = sum(label == "above" for label, _ in swatches)
    swatch = round((_SWATCH + _SWATCH_GAP) * ratio)
    top = pad + line * (1 + tag_lines) + half_label + above * swatch
    bottom = pad + half_label + (len(swatches) - above) * swatch
    bar_height = min(height - top - bottom, round(_BAR_HEIGHTS[1] * ratio))
    if bar_height < round(_BAR_HEIGHTS[0] * ratio):
        return None
    bar = Rect(pad, top, round(_BAR_WIDTH * ratio), bar_height)
    return _Form(
        size=(inner + 2 * pad, top + bar_height + bottom),
        bar=bar,
        name=elided(look.name, _NAME * ratio, False, inner),
        tags=tags,
        swatches=_swatch_tops(swatches, bar, ratio),
    )


def _tags(
    look: _Look, width: int, ratio: float, left: int, top: int
) -> tuple[tuple[tuple[str, Color, int, int], ...], int]:
    """Return unit and warnings with their places, flowing over lines of a width, and the line count."""
    wished = [(look.unit, FAINT), ("auto" if look.auto else "", FAINT)]
    wished.append(("off-centre" if look.off_centre else "", AMBER))
    placed: list[tuple[str, Color, int, int]] = []
    x, lines = width + 1, 0
    for text, color in wished:
        text = elided(text, _TAG * ratio, False, width)
        if not text:
            continue
        own = text_width(text, _TAG * ratio)
        if x + own > width:
            x, lines = 0, lines + 1
        placed.append((text, color, left + x, top + (lines - 1) * round((_LINE - 1) * ratio)))
        x += own + round(7 * ratio)
    return tuple(placed), lines


def _swatch_tops(
    swatches: tuple[tuple[str, tuple[float, ...]], ...], bar: Rect, ratio: float
) -> tuple[tuple[str, tuple[float, ...], int], ...]:
    """Return swatches with their upper edges: 'above' over the bar, the others below it."""
    step = round((_SWATCH + _SWATCH_GAP) * ratio)
    down = bar.top + bar.height + round(_SWATCH_GAP * ratio)
    found = []
    for label, rgba in swatches:
        if label == "above":
            found.append((label, rgba, bar.top - step))
        else:
            found.append((label, rgba, down))
            down += step
    return tuple(found)


# --- drawing -----------------------------------------------------------------------------------


def bar_rgb(look_rgba: NDArray[np.float64], width: int, ratio: float) -> NDArray[np.uint8]:
    """Return the bytes (h, width, 3) of rows of straight RGBA (h, 4) over a checkerboard."""
    height = len(look_rgba)
    check = max(1, round(_CHECK * ratio))
    rows, columns = np.arange(height)[:, None] // check, np.arange(width) // check
    board = np.where((rows + columns) % 2, _CHECKER[1], _CHECKER[0])[..., None]
    alpha = look_rgba[:, None, 3:]
    return as_uint8(look_rgba[:, None, :3] * alpha + board * (1 - alpha))


@lru_cache(maxsize=64)
def _sprite(look: _Look, form: _Form, ratio: float) -> Sprite:
    """Return the picture of a measured legend."""
    from PIL import Image

    canvas = rounded_box(form.size, round(4 * ratio), _BOX)
    pad = round(_PAD * ratio)
    write(canvas, text_sprite(form.name, _NAME * ratio, TEXT), pad, pad)
    for text, color, left, top in form.tags:
        write(canvas, text_sprite(text, _TAG * ratio, color), left, top)
    _draw_labels(canvas, look, form.bar, ratio)
    rows = bar_value(bar_range(look.transfer), np.arange(form.bar.height), form.bar.height)
    rgba = look.transfer.rgba(rows, volumetric=look.volumetric)
    rgba[:, 3] *= look.opacity
    _frame(canvas, form.bar)
    pixels = bar_rgb(rgba, form.bar.width, ratio)
    canvas.paste(Image.fromarray(pixels).convert("RGBA"), form.bar[:2])
    for label, shown, top in form.swatches:
        box = Rect(form.bar.left, top, form.bar.width, round(_SWATCH * ratio))
        _draw_swatch(canvas, label, shown, box, ratio)
    pixels = np.array(canvas)
    pixels.flags.writeable = False
    return Sprite.of(pixels)


def _draw_labels(canvas: Any, look: _Look, bar: Rect, ratio: float) -> None:
    """Draw the values beside the bar, each with its tick."""
    from PIL import ImageDraw

    pen = ImageDraw.Draw(canvas)
    right, thick = bar.left + bar.width, max(1, round(ratio))
    tick, gap = round(_TICK * ratio), round(_TICK_GAP * ratio)
    for row, text in _labels(look, bar.height, ratio):
        middle = bar.top + row
        first = min(max(round(middle - thick / 2), bar.top), bar.top + bar.height - thick)
        pen.rectangle((right + 1, first, right + tick, first + thick - 1), fill=(*FAINT, 255))
        sprite = text_sprite(text, _SMALL * ratio, TEXT)
        write(canvas, sprite, right + tick + gap, round(middle - sprite.size[1] / 2))


def _draw_swatch(canvas: Any, label: str, rgba: tuple[float, ...], box: Rect, ratio: float) -> None:
    """Draw one colour over the checkerboard, with what it stands for."""
    from PIL import Image

    pixels = bar_rgb(np.tile(rgba, (box.height, 1)), box.width, ratio)
    _frame(canvas, box)
    canvas.paste(Image.fromarray(pixels).convert("RGBA"), box[:2])
    sprite = text_sprite(label, _TAG * ratio, FAINT)
    left = box.left + box.width + round((_TICK + _TICK_GAP) * ratio)
    write(canvas, sprite, left, round(box.top + (box.height - sprite.size[1]) / 2))


def _frame(canvas: Any, box: Rect) -> None:
    """Draw a hair line round a box, outside of it, so that dark ends are seen."""
    from PIL import ImageDraw

    edges = (box.left - 1, box.top - 1, box.left + box.width, box.top + box.height)
    ImageDraw.Draw(canvas).rectangle(edges, fill=(112, 118, 128, 255))
