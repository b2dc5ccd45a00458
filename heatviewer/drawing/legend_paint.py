"""A legend's pixels: colours over a checkerboard, and what is written beside them.

What stays while a range is dragged (box, name, warnings) is kept; only the bar and its numbers are
made anew: 0.6 ms a legend, a third of what all of it takes (tests/benchmarks/bench_legend.py).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from heatviewer.drawing.canvas import Rect, fill, rounded_box
from heatviewer.drawing.composite import as_uint8
from heatviewer.drawing.legend_form import (
    AMBER,
    FAINT,
    OFF_CENTRE,
    SMALL,
    SWATCH,
    TAG,
    TEXT,
    TICK,
    TICK_GAP,
    labels,
    on_bar,
)
from heatviewer.drawing.legend_look import bar_value
from heatviewer.drawing.text import CAP_HEIGHT, Color, Sprite, print_on, text_width

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from heatviewer.drawing.legend_form import Form
    from heatviewer.drawing.legend_look import Look, Swatch

#: The backing box: texts keep a contrast of 4.5 over it also where the picture behind it is white.
_BOX = (13, 15, 19, 208)
_HAIR = (112, 118, 128, 255)
#: Light of the two squares under the bar, 0…1, and their size: opacity shows as their contrast.
_CHECKER = (0.30, 0.54)
_CHECK = 3
#: A line's tick at the bar: its length (the gutter's) and thickness.
_LINE_TICK = (5, 2)


@lru_cache(maxsize=64)
def sprite_of(look: Look, form: Form, ratio: float) -> Sprite:
    """Return the picture of a measured legend."""
    canvas = _ground(form, ratio).copy()
    if form.has_bar:
        _draw_scale(canvas, look, form, ratio)
    else:
        _draw_key(canvas, look, form, ratio)
    canvas.flags.writeable = False
    return Sprite.of(canvas)


def _draw_scale(canvas: NDArray[np.uint8], look: Look, form: Form, ratio: float) -> None:
    """Draw the bar of colours, its numbers, and what lies beside it."""
    _draw_labels(canvas, look, form, ratio)
    values = bar_value(look.ends, np.arange(form.bar.height), form.bar.height)
    rgba = look.rgba(values)
    _paste(canvas, form.bar, bar_pixels(rgba, form.bar.width, ratio))
    _draw_ramp(canvas, rgba, form, ratio)
    _draw_lines(canvas, look, form, ratio)
    for swatch, top in form.swatches:
        box = _swatch_box(form, top, ratio)
        if swatch.kind == "line":
            _draw_line(canvas, box, swatch.color, ratio)
        else:
            _paste(canvas, box, _swatch_pixels(look, swatch, box, ratio))


def _draw_key(canvas: NDArray[np.uint8], look: Look, form: Form, ratio: float) -> None:
    """Draw the colours of named values, or a mask's, framed by that of its outline.

    They are opaque, as few pixels of a faint colour over a checkerboard could not be told apart.
    """
    for swatch, top in form.swatches:
        fill(canvas, _swatch_box(form, top, ratio), _bytes(swatch.color))
    if form.swatches:
        return
    assert look.one_color is not None
    if look.lines:
        fill(canvas, form.bar.grown(max(1, round(ratio))), _bytes(look.lines[0].color))
    fill(canvas, form.bar, _bytes(look.one_color))


def bar_pixels(rgba: NDArray[np.float64], width: int, ratio: float) -> NDArray[np.uint8]:
    """Return opaque RGBA bytes (h, width, 4) of rows of straight RGBA (h, 4) over a checkerboard."""
    alpha = rgba[:, 3:]
    dark, light = np.empty((2, len(rgba), 4), dtype=np.uint8)
    for row, ground in ((dark, _CHECKER[0]), (light, _CHECKER[1])):
        row[:, :3] = as_uint8(rgba[:, :3] * alpha + ground * (1 - alpha))
        row[:, 3] = 255
    # A row has only two colours, here as one number each: over its dark and over its light squares.
    chosen = np.where(_board(len(rgba), width, ratio), light.view(np.uint32), dark.view(np.uint32))
    return chosen.view(np.uint8).reshape(len(rgba), width, 4)


@lru_cache(maxsize=32)
def _board(height: int, width: int, ratio: float) -> NDArray[np.bool_]:
    """Return the light squares of a checkerboard."""
    check = max(1, round(_CHECK * ratio))
    rows, columns = np.arange(height)[:, None] // check, np.arange(width) // check
    light: NDArray[np.bool_] = (rows + columns) % 2 == 1
    return light


@lru_cache(maxsize=32)
def _ground(form: Form, ratio: float) -> NDArray[np.uint8]:
    """Return what does not depend on colours and values: box, words, frames; straight RGBA."""
    canvas = rounded_box(form.size, round(4 * ratio), _BOX).copy()
    for text, size, color, left, top in form.words:
        print_on(canvas, text, size, color, _BOX, left, top)
        if text == OFF_CENTRE:
            below = top + round(CAP_HEIGHT * size) + round(2 * ratio)
            fill(canvas, Rect(left, below, text_width(text, size), round(ratio)), (*AMBER, 255))
    # A hair line round the bar, outside of it, so that dark ends are seen.
    fill(canvas, form.field.grown(1), _HAIR)
    for swatch, top in form.swatches:
        box = _swatch_box(form, top, ratio)
        if swatch.kind != "line":
            fill(canvas, box.grown(1), _HAIR)
        left = box.right + round((TICK + TICK_GAP) * ratio)
        _print(canvas, swatch.label, TAG * ratio, FAINT, left, box.top + box.height / 2)
    canvas.flags.writeable = False
    return canvas


def _swatch_box(form: Form, top: int, ratio: float) -> Rect:
    return Rect(form.bar.left, top, form.bar.width, round(SWATCH * ratio))


def _paste(canvas: NDArray[np.uint8], box: Rect, pixels: NDArray[np.uint8]) -> None:
    canvas[box.top : box.bottom, box.left : box.right] = pixels


def _draw_labels(canvas: NDArray[np.uint8], look: Look, form: Form, ratio: float) -> None:
    """Draw the values beside the bar, each with its tick; those of the threshold are brighter."""
    bar, thick = form.bar, max(1, round(ratio))
    tick, gap = round(TICK * ratio), round(TICK_GAP * ratio)
    for label in labels(look, bar.height, ratio):
        first = min(max(round(bar.top + label.row - thick / 2), bar.top), bar.bottom - thick)
        color = TEXT if label.strong else FAINT
        fill(canvas, Rect(bar.right + 1, first, tick, thick), (*color, 255))
        if label.text:
            _print(canvas, label.text, SMALL * ratio, TEXT, bar.right + tick + gap, bar.top + label.at)


def _print(canvas: NDArray[np.uint8], text: str, size: float, color: Color, left: int, middle: float) -> None:
    """Write a text at half of whose capitals' height a row lies."""
    print_on(canvas, text, size, color, _BOX, left, round(middle - round(CAP_HEIGHT * size) / 2))


def _draw_ramp(canvas: NDArray[np.uint8], rgba: NDArray[np.float64], form: Form, ratio: float) -> None:
    """Draw, left of the bar, its colours fading to where the other volume takes all opacity."""
    width = form.bar.left - form.field.left
    for column in range(width):
        faded = rgba.copy()
        faded[:, 3] *= (column + 0.5) / width
        box = Rect(form.field.left + column, form.bar.top, 1, form.bar.height)
        _paste(canvas, box, bar_pixels(faded, width, ratio)[:, column : column + 1])


def _draw_lines(canvas: NDArray[np.uint8], look: Look, form: Form, ratio: float) -> None:
    """Draw the levels of contour lines as ticks of their colour at the left of the bar."""
    length, thick = (round(part * ratio) for part in _LINE_TICK)
    for level, color in on_bar(look):
        middle = form.field.top + look.row_of(level, form.field.height)
        box = Rect(form.field.left - length, round(middle - thick / 2), length, thick)
        _draw_framed(canvas, box, color, ratio)


def _draw_line(canvas: NDArray[np.uint8], box: Rect, color: tuple[float, ...], ratio: float) -> None:
    """Draw the line of a level that is not on the bar."""
    thick = round(_LINE_TICK[1] * ratio)
    _draw_framed(canvas, Rect(box.left, box.top + (box.height - thick) // 2, box.width, thick), color, ratio)


def _draw_framed(canvas: NDArray[np.uint8], box: Rect, color: tuple[float, ...], ratio: float) -> None:
    """Draw a box of a colour with a hair line round it, so that dark ones are seen."""
    fill(canvas, box.grown(max(1, round(ratio / 2))), _HAIR)
    fill(canvas, box, _bytes(color))


def _bytes(color: tuple[float, ...]) -> tuple[int, int, int, int]:
    red, green, blue = (int(part * 255 + 0.5) for part in color[:3])
    return red, green, blue, 255


def _swatch_pixels(look: Look, swatch: Swatch, box: Rect, ratio: float) -> NDArray[np.uint8]:
    """Return a swatch's bytes (h, w, 4): one colour, or the values beyond an end from left to right."""
    if swatch.kind in ("above", "below"):
        rgba = look.beyond(swatch.kind, box.width)
    else:
        rgba = np.tile(np.array(swatch.color), (box.width, 1))
    return bar_pixels(rgba, box.height, ratio).swapaxes(0, 1)
