"""What is written on a picture: crosshair, orientation, position, scale and legend, without Qt.

Drawn into the picture itself, by the same code for the window and for files. Where there is
little room the less important is left out: nothing covers anything else.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from heatviewer.drawing.canvas import Rect
from heatviewer.drawing.legend import LegendBar, view_legend
from heatviewer.drawing.legend_form import AMBER, FAINT, TEXT
from heatviewer.drawing.text import Color, Sprite, divided_by_255, outlined, text_sprite
from heatviewer.drawing.ticks import length_text, round_length

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from heatviewer.model.requests import AnnotationRequest

    #: A sprite, and the column and the row at which what counts of it begins.
    Placed = tuple[Sprite, int, int]

#: As 3D Slicer colours its slice views; 3D is a quiet blue-grey.
_PLANE_COLORS: Final[dict[str, Color]] = {
    "axial": (243, 74, 51),
    "coronal": (110, 176, 75),
    "sagittal": (237, 213, 76),
    "3d": (142, 160, 188),
}
#: The planes that a view's vertical and horizontal crosshair lines stand for.
_CROSSING: Final = {
    "axial": ("sagittal", "coronal"),
    "coronal": ("sagittal", "axial"),
    "sagittal": ("coronal", "axial"),
}

# Sizes in pixels at ratio 1.
_MARGIN, _LINE, _RAISED = 8, 16, 20
_SMALL, _LETTER = 11.0, 13.0
#: Half of the crosshair's gap, and the space kept between any two things.
_GAP, _SPACE = 7, 3
#: The crosshair's opacity, of 255.
_LINE_ALPHA = 178
_LINE_THROUGH = np.full(4, 255 - _LINE_ALPHA, dtype=np.uint16)
_BRIGHT: Color = (244, 245, 247)
#: A scale bar is about this part of the picture's width.
_BAR_SHARE = 0.2


def plane_color(view: str) -> Color:
    """Return the colour that marks a view, red, green and blue as bytes."""
    return _PLANE_COLORS[view]


def annotate(picture: NDArray[np.uint8], request: AnnotationRequest) -> None:
    """Write all that a request asks for into an opaque picture, uint8 (height, width, 4), in place."""
    if not picture.flags.c_contiguous:
        whole = np.ascontiguousarray(picture)
        annotate(whole, request)
        picture[...] = whole
        return
    written = _written(request) if request.legend else _kept(request)
    for spots in written.spots:
        spots.lay_on(picture)
    for sprite, left, top in written.sprites:
        sprite.lay_on(picture, left, top)


def page_of(request: AnnotationRequest) -> Page:
    """Return all that is written on a picture, apart from the crosshair, with its places."""
    page = Page(request)
    # In the order of importance: who comes later takes what room is left.
    page.write_letters()
    page.write_corners()
    page.write_scale_bar()
    page.write_legend()
    return page


def scale_bar(mm_per_pixel: float, width: int) -> tuple[int, str]:
    """Return the length in pixels and the label of the scale bar for a picture of a width in pixels."""
    length = round_length(mm_per_pixel * width * _BAR_SHARE)
    return round(length / mm_per_pixel), length_text(length)


class Page:
    """The things on a picture and where there is still room."""

    def __init__(self, request: AnnotationRequest) -> None:
        self.request = request
        self.ratio = request.ratio
        self.width, self.height = request.plane.size
        self.margin = round(_MARGIN * self.ratio)
        self.taken: list[Rect] = []
        self.sprites: list[Placed] = []
        self.before_legends = 0
        #: The legends that found room: what is drawn is what answers the mouse.
        self.legends: list[LegendBar] = []

    def place(self, sprite: Sprite, corners: Iterable[tuple[int, int]], right_end: int | None = None) -> bool:
        """Put a sprite at the first corner (left, top) where it covers nothing; False where it finds none."""
        for left, top in corners:
            box = Rect(left, top, *sprite.size)
            if self.is_free(box, self.width if right_end is None else right_end):
                self.taken.append(box)
                self.sprites.append((sprite, left, top))
                return True
        return False

    def is_free(self, box: Rect, right_end: int) -> bool:
        """Return whether a box lies within the picture and keeps its distance from all others."""
        space = round(_SPACE * self.ratio)
        if box.left < 1 or box.top < 1 or box.left + box.width > right_end - 1:
            return False
        if box.top + box.height > self.height - 1:
            return False
        return all(
            box.left >= other.left + other.width + space
            or other.left >= box.left + box.width + space
            or box.top >= other.top + other.height + space
            or other.top >= box.top + box.height + space
            for other in self.taken
        )

    def write_letters(self) -> None:
        """Write the patient's directions in the middle of the edges."""
        for edge, text in enumerate(self.request.letters or ()):
            if not text:
                continue
            sprite = text_sprite(text, _LETTER * self.ratio, _BRIGHT, bold=True)
            width, height = sprite.size
            left, top = (self.width - width) // 2, (self.height - height) // 2
            left = (self.margin, self.width - self.margin - width, left, left)[edge]
            top = (top, top, self.margin, self.height - self.margin - height)[edge]
            self.place(sprite, [(left, top)])

    def write_corners(self) -> None:
        """Write badges and the view's name at the top left, the position at the bottom left."""
        size, line = _SMALL * self.ratio, round(_LINE * self.ratio)
        # The upper right belongs to the legend.
        half = self.width // 2
        top = self.margin + line
        for badge in self.request.badges:
            sprite = text_sprite(badge, size, AMBER)
            if self.place(sprite, [(self.margin, top)], half):
                top += line
        position = self.request.position
        for text in dict.fromkeys((position, position.partition(" · ")[0])):
            bottom = self.height - self.margin
            if text and self._at_bottom(text_sprite(text, size, TEXT), bottom):
                break
        if self.request.named:
            name = self.request.view.capitalize() if self.request.view != "3d" else "3D"
            sprite = text_sprite(name, size, plane_color(self.request.view))
            self.place(sprite, [(self.margin, self.margin)], half)

    def _at_bottom(self, sprite: Sprite, bottom: int) -> bool:
        """Put a text on the lowest line, or where that is taken, over it and over a scale bar's height."""
        tops = (bottom - sprite.size[1], bottom - sprite.size[1] - round(_RAISED * self.ratio))
        return self.place(sprite, [(self.margin, top) for top in tops])

    def write_scale_bar(self) -> None:
        """Draw a bar of a round length at the bottom right, its length over it."""
        if not self.request.scale_bar:
            return
        length, label = scale_bar(self.request.plane.mm_per_pixel, self.width)
        if length < 8 * self.ratio:
            return
        sprite = _scale_bar_sprite(length, label, self.ratio)
        left, top = self.width - self.margin - sprite.size[0], self.height - self.margin - sprite.size[1]
        self.place(sprite, [(left, top)])

    def write_legend(self) -> None:
        """Draw the heatmaps' colour bars at the upper right; say how many found no room."""
        self.before_legends = len(self.sprites)
        bars = view_legend(self.request)
        self.legends = [bar for bar in bars if self.place(bar.sprite, [bar.box[:2]])]
        more = len(self.request.legend) - len(self.legends)
        if self.legends and more:
            sprite = text_sprite(f"+{more} more", 9 * self.ratio, FAINT)
            left = self.width - self.margin - sprite.size[0]
            self.place(sprite, [(left, self.height // 2 + round(13 * self.ratio))])


# --- pixel by pixel ----------------------------------------------------------------------------


class _Spots(NamedTuple):
    """Pixels of a picture, by their numbers (n,), and what is blended into each, (n, 4) or (4,).

    Lines and letters change a tenth of the pixels of their boxes, and stay while a layer is dragged.
    """

    at: NDArray[np.intp]
    light: NDArray[np.uint16]
    through: NDArray[np.uint16]

    def lay_on(self, picture: NDArray[np.uint8]) -> None:
        """Blend into a contiguous picture; bytes are rounded to the nearest."""
        pixels = picture.view(np.uint32).reshape(-1)
        products = pixels.take(self.at, mode="clip").view(np.uint8).reshape(-1, 4) * self.through
        products += self.light
        pixels[self.at] = divided_by_255(products).astype(np.uint8).view(np.uint32)[:, 0]


class _Written(NamedTuple):
    """What is written on a picture: pixels, and then sprites."""

    spots: tuple[_Spots, ...]
    sprites: tuple[Placed, ...]


def _written(request: AnnotationRequest) -> _Written:
    page = page_of(request)
    size = request.plane.size
    lines = () if request.cursor is None else _crosshair(request, page.taken)
    # Legends are filled boxes, and faster as such; they and what comes after them are laid one by one.
    texts = page.sprites[: page.before_legends]
    spots, others = _ink_of(tuple(texts), size)
    return _Written((*lines, *spots), (*others, *page.sprites[page.before_legends :]))


#: For requests without legends, which would keep volumes alive.
_kept = lru_cache(maxsize=8)(_written)


@lru_cache(maxsize=16)
def _ink_of(placed: tuple[Placed, ...], size: tuple[int, int]) -> _Written:
    """Return sprites as the pixels that they change in a picture of a size."""
    boxes: list[Rect] = []
    parts, others = [], []
    for sprite, left, top in placed:
        high, wide = sprite.rgba.shape[:2]
        box = Rect(left - sprite.inset[0], top - sprite.inset[1], wide, high)
        inside = box.left >= 0 and box.top >= 0 and box.right <= size[0] and box.bottom <= size[1]
        # Soft edges may touch, and a pixel of two sprites is rounded twice.
        if inside and not any(_overlap(box, other) for other in boxes):
            rows, columns = np.nonzero(sprite.rgba[..., 3])
            at = (rows + box.top) * size[0] + (columns + box.left)
            parts.append((at, *(plane[rows, columns] for plane in sprite.planes)))
        else:
            others.append((sprite, left, top))
        boxes.append(box)
    spots = (_Spots(*(np.concatenate(part) for part in zip(*parts, strict=True))),) if parts else ()
    return _Written(spots, tuple(others))


def _overlap(one: Rect, other: Rect) -> bool:
    beside = one.left >= other.right or other.left >= one.right
    return not (beside or one.top >= other.bottom or other.top >= one.bottom)


# --- crosshair ---------------------------------------------------------------------------------


def _crosshair(request: AnnotationRequest, taken: list[Rect]) -> tuple[_Spots, ...]:
    """Return the lines on which the other two planes cut this one, round a gap at the cursor."""
    assert request.cursor is not None
    names = _CROSSING.get(request.view)
    if names is None:
        return ()
    column, row = request.plane.pixel_of(request.cursor)
    width, height = request.plane.size
    space = math.ceil(_SPACE * request.ratio)
    around = [(r.left - space, r.top - space, r.width + 2 * space, r.height + 2 * space) for r in taken]
    turned = [(top, left, tall, wide) for left, top, wide, tall in around]
    lights = [_light(plane_color(name)) for name in names]
    # A horizontal line is a vertical one of the turned picture.
    columns, rows = _line((height, width), row, column, request.ratio, turned)
    across = _Spots((rows * width + columns).reshape(-1), lights[1], _LINE_THROUGH)
    rows, columns = _line((width, height), column, row, request.ratio, around)
    return across, _Spots((rows * width + columns).reshape(-1), lights[0], _LINE_THROUGH)


def _light(color: Color) -> NDArray[np.uint16]:
    """Return a colour × alpha, ready to be added; an opaque pixel stays opaque."""
    return np.asarray((*color, 255), dtype=np.uint16) * np.uint16(_LINE_ALPHA) + np.uint16(128)


def _line(
    size: tuple[int, int],
    column: float,
    gap_row: float,
    ratio: float,
    boxes: list[tuple[int, int, int, int]],
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the rows (n, 1) and columns (m,) of a vertical line, open at a row and behind boxes.

    `size` is the picture's width and height; nothing of the line is outside.
    """
    width, height = size
    thick = max(1, round(ratio))
    left = right = 0
    drawn = np.zeros(height, dtype=bool)
    if -1 < column < width and math.isfinite(gap_row):
        first = math.floor(column + 1 - thick / 2)
        left, right = max(first, 0), min(first + thick, width)
        drawn[:] = True
        gap = _GAP * ratio
        closed = [(top, top + tall) for x, top, wide, tall in boxes if x < right and left < x + wide]
        for top, bottom in [(gap_row - gap, gap_row + 1 + gap), *closed]:
            start, end = (min(max(at, 0), height) for at in (top, bottom))
            drawn[math.floor(start) : math.ceil(end)] = False
    return np.flatnonzero(drawn)[:, None], np.arange(left, max(right, left))


# --- scale bar ---------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _scale_bar_sprite(length: int, label: str, ratio: float) -> Sprite:
    """Return a bar with upright ends and its label over its middle, `length` pixels from end to end."""
    from PIL import Image, ImageFilter

    text = text_sprite(label, 10 * ratio, TEXT)
    thick, tall, gap = max(1, round(1.5 * ratio)), round(5 * ratio), round(4 * ratio)
    width, height = max(length, text.size[0]), text.size[1] + gap + tall
    pad = max(3, math.ceil(3 * ratio), *text.inset)
    ink = np.zeros((height + 2 * pad, width + 2 * pad), dtype=np.uint8)
    left, bottom = pad + (width - length) // 2, pad + height
    ink[bottom - thick : bottom, left : left + length] = 255
    ink[bottom - tall : bottom, left : left + max(1, round(ratio))] = 255
    ink[bottom - tall : bottom, left + length - max(1, round(ratio)) : left + length] = 255
    halo = Image.fromarray(ink).filter(ImageFilter.MaxFilter(3)).filter(ImageFilter.GaussianBlur(ratio))
    canvas = Image.fromarray(outlined(ink / 255, np.asarray(halo) / 255, TEXT))
    layer = Image.new("RGBA", canvas.size)
    corner = (pad + (width - text.size[0]) // 2 - text.inset[0], pad - text.inset[1])
    layer.paste(Image.fromarray(text.rgba), corner)
    canvas.alpha_composite(layer)
    return Sprite(np.array(canvas), (width, height), (pad, pad))
