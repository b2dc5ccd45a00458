"""Small pictures with soft edges (text, marks) that are made once and laid on many times.

Text is DejaVu Sans by Pillow: the same bytes in the window, in files and on every machine.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from heatviewer.core.resources import resource

if TYPE_CHECKING:
    from numpy.typing import NDArray

Color = tuple[int, int, int]
#: A colour with its alpha, as bytes.
Ground = tuple[int, int, int, int]

#: Height of capitals of DejaVu Sans, in units of the font size.
CAP_HEIGHT = 0.729
#: How dark the outline is where it is darkest.
_HALO = 0.85
#: Of a text for several lines so many letters are looked at.
_LONGEST = 200
#: The pieces that such a text may be broken between.
_WORDS = re.compile(r"[^\s_\-./,]*[\s_\-./,]+|[^\s_\-./,]+")


@dataclass(frozen=True, eq=False)
class Sprite:
    """A picture to be laid on others.

    Attributes
    ----------
    rgba : ndarray
        Straight RGBA, uint8 (height, width, 4).
    size : (int, int)
        Width and height of what layouts count: without the outline and what hangs below a line.
    inset : (int, int)
        Where that part begins inside the picture, from the left and from the top.
    """

    rgba: NDArray[np.uint8]
    size: tuple[int, int]
    inset: tuple[int, int] = (0, 0)

    def __post_init__(self) -> None:
        # Kept ready for `lay_on`: colour × alpha with the rounding half, and what shows through.
        # All four channels alike, as numpy works on long rows (5 × faster); alpha 255 stays 255.
        # Four bytes at a time, and whole rows: 4 × faster than by channels.
        pixels = np.ascontiguousarray(self.rgba).view(np.uint32)
        alpha = ((pixels >> np.uint32(24)) * np.uint32(0x01010101)).view(np.uint8)
        light = (pixels | np.uint32(0xFF000000)).view(np.uint8).astype(np.uint16)
        light *= alpha
        light += np.uint16(128)
        object.__setattr__(self, "_light", light)
        object.__setattr__(self, "_through", (~alpha).astype(np.uint16))

    @classmethod
    def of(cls, rgba: NDArray[np.uint8]) -> Sprite:
        """Return a sprite all of which counts."""
        return cls(rgba, (rgba.shape[1], rgba.shape[0]))

    @property
    def planes(self) -> tuple[NDArray[np.uint16], NDArray[np.uint16]]:
        """Colour × alpha with the rounding half, and what shows through, (height, width, 4)."""
        light: NDArray[np.uint16] = cast("Any", self)._light.reshape(self.rgba.shape)
        through: NDArray[np.uint16] = cast("Any", self)._through.reshape(self.rgba.shape)
        return light, through

    def lay_on(self, picture: NDArray[np.uint8], left: int, top: int) -> None:
        """Blend into an opaque picture (height, width, 4), in place; what is outside is cut off.

        `left` and `top` are where the part that counts begins. Bytes are rounded to the nearest.
        """
        x, y = left - self.inset[0], top - self.inset[1]
        height, width = self.rgba.shape[:2]
        first_x, first_y = max(x, 0), max(y, 0)
        last_x, last_y = min(x + width, picture.shape[1]), min(y + height, picture.shape[0])
        if first_x >= last_x or first_y >= last_y:
            return
        own = (slice(first_y - y, last_y - y), slice(first_x - x, last_x - x))
        light, through = cast("Any", self)._light[own], cast("Any", self)._through[own]
        below = picture[first_y:last_y, first_x:last_x]
        products = below * through
        products += light
        below[...] = divided_by_255(products)


def divided_by_255(products: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Return byte products, to which 128 was added, divided by 255 and rounded to the nearest; in place."""
    products += products >> np.uint16(8)
    products >>= np.uint16(8)
    return products


@lru_cache(maxsize=32)
def font(size: float, bold: bool = False) -> Any:
    """Return the program's font at a size in pixels."""
    from PIL import ImageFont

    path = resource("fonts", "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf")
    # The basic layout is the only one that every build of Pillow has.
    return ImageFont.truetype(str(path), size, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=512)
def text_width(text: str, size: float, bold: bool = False) -> int:
    """Return the width of a line of text in pixels."""
    width: float = font(size, bold).getlength(text)
    return math.ceil(width)


@lru_cache(maxsize=128)
def elided(text: str, size: float, bold: bool, width: int) -> str:
    """Return the text, or as much of its start as fits a width in pixels, with '…'."""
    text = " ".join(text.split())
    if text_width(text, size, bold) <= width:
        return text
    for count in range(min(len(text), 200), 0, -1):
        short = text[:count].rstrip() + "…"
        if text_width(short, size, bold) <= width:
            return short
    return ""


@lru_cache(maxsize=128)
def wrapped(text: str, size: float, width: int, lines: int) -> tuple[str, ...]:
    """Return a text on at most so many lines of a width in pixels, broken between its words.

    Where it does not fit, its middle gives way to '…': names of files differ at their ends.
    """
    text = " ".join(text.split())[:_LONGEST]
    for kept in range(len(text), 0, -1):
        tail = kept // 2 if kept < len(text) else 0
        shown = f"{text[: kept - tail].rstrip()}…{text[len(text) - tail :].lstrip()}" if tail else text
        if text_width(shown, size) > width * lines:
            continue
        found = _lines(shown, size, width)
        if len(found) <= lines:
            return found
    return ("…" if text else "",)


def _lines(text: str, size: float, width: int) -> tuple[str, ...]:
    """Return a text broken into lines of a width: behind a space or a joining sign, else anywhere."""
    found, line = [], ""
    for word in _WORDS.findall(text):
        for piece in (word,) if text_width(word.rstrip(), size) <= width else word:
            if line and text_width((line + piece).rstrip(), size) > width:
                found.append(line.rstrip())
                line = ""
            line += piece
    return (*found, line.rstrip())


# Slice positions come and go; at ratio 2 one takes a quarter of a megabyte.
@lru_cache(maxsize=96)
def text_sprite(text: str, size: float, color: Color, bold: bool = False) -> Sprite:
    """Return a line of text with a soft dark outline; its height that counts is that of capitals.

    `size` is the font size in pixels, `color` in bytes. The line is put together from kept glyphs: a
    new slice position is drawn in every frame, and Pillow takes a millisecond for it.
    """
    ascent, descent = font(size, bold).getmetrics()
    pad = _text_pad(size)
    width, capital = text_width(text, size, bold), round(CAP_HEIGHT * size)
    ink = np.zeros((ascent + descent + 2 * pad, width + 2 * pad), dtype=np.float32)
    halo = np.zeros_like(ink)
    pen = 0.0
    for letter in text:
        glyph_ink, glyph_halo, advance = _glyph(letter, size, bold)
        left = round(pen)
        span = slice(left, min(left + glyph_ink.shape[1], ink.shape[1]))
        count = span.stop - span.start
        np.maximum(ink[:, span], glyph_ink[:, :count], out=ink[:, span])
        np.maximum(halo[:, span], glyph_halo[:, :count], out=halo[:, span])
        pen += advance
    return Sprite(outlined(ink, halo, color), (width, capital), (pad, pad + ascent - capital))


def print_on(
    canvas: NDArray[np.uint8], text: str, size: float, color: Color, ground: Ground, left: int, top: int
) -> None:
    """Write a line of text on pixels (height, width, 4) that are all `ground`, in place, without outline.

    The color must be lighter than the ground. `left` and `top` are where its capitals begin; what
    is outside is cut off. A twentieth of the time of a sprite: numbers of a bar whose range is
    dragged are new in every frame.
    """
    ascent, _ = font(size).getmetrics()
    pad = _text_pad(size)
    y = top - (ascent - round(CAP_HEIGHT * size)) - pad
    pen = float(left - pad)
    for letter in text:
        tile, advance = _tile(letter, size, color, ground)
        x = round(pen)
        pen += advance
        first_x, first_y = max(-x, 0), max(-y, 0)
        below = canvas[y + first_y : max(y + tile.shape[0], 0), x + first_x : max(x + tile.shape[1], 0)]
        if below.size:
            own = tile[first_y:, first_x:][: below.shape[0], : below.shape[1]]
            # Neighbouring letters may touch: the lighter pixel is the one with more ink.
            np.maximum(below, own, out=below)


@lru_cache(maxsize=1024)
def _tile(letter: str, size: float, color: Color, ground: Ground) -> tuple[NDArray[np.uint8], float]:
    """Return one letter printed on a ground, uint8 (height, width, 4), and how far the pen moves on."""
    ink, _, advance = _glyph(letter, size, False)
    full = np.array((*color, 255), dtype=np.float32)
    tile = ground + (full - np.array(ground, dtype=np.float32)) * ink[..., None]
    return (tile + np.float32(0.5)).astype(np.uint8), advance


def _text_pad(size: float) -> int:
    """Return the room that the outline takes around a line of text, in pixels."""
    return max(2, math.ceil(size * 0.25))


@lru_cache(maxsize=1024)
def _glyph(letter: str, size: float, bold: bool) -> tuple[NDArray[Any], NDArray[Any], float]:
    """Return one letter's ink and halo, float32 (height, width) in 0…1, and how far the pen moves on."""
    from PIL import Image, ImageDraw, ImageFilter

    face = font(size, bold)
    ascent, descent = face.getmetrics()
    pad, advance = _text_pad(size), float(face.getlength(letter))
    reach = max(math.ceil(advance), face.getbbox(letter)[2])
    mask = Image.new("L", (reach + 2 * pad, ascent + descent + 2 * pad))
    ImageDraw.Draw(mask).text((pad, pad), letter, fill=255, font=face)
    halo = mask.filter(ImageFilter.MaxFilter(3)).filter(ImageFilter.GaussianBlur(size / 11))
    return np.asarray(mask, np.float32) / 255, np.asarray(halo, np.float32) / 255, advance


def outlined(ink: NDArray[Any], halo: NDArray[Any], color: Color) -> NDArray[np.uint8]:
    """Return straight RGBA of ink in a colour over a dark halo; both (height, width) in 0…1."""
    alpha = 1 - (1 - ink) * (1 - _HALO * halo)
    share = np.divide(ink, alpha, out=np.zeros_like(alpha), where=alpha > 0)
    rgba = np.empty((*ink.shape, 4), dtype=alpha.dtype)
    rgba[..., :3] = share[..., None] * np.asarray(color, dtype=alpha.dtype)
    rgba[..., 3] = alpha * 255
    rounded: NDArray[np.uint8] = (rgba + 0.5).astype(np.uint8)
    return rounded
