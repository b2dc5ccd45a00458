"""What sprites are put together from: boxes of pixels."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Rect(NamedTuple):
    """A box of whole pixels."""

    left: int
    top: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """The first column behind the box."""
        return self.left + self.width

    @property
    def bottom(self) -> int:
        """The first row below the box."""
        return self.top + self.height

    def holds(self, x: float, y: float) -> bool:
        """Return whether a pixel position lies in the box."""
        return self.left <= x < self.right and self.top <= y < self.bottom

    def moved(self, right: int, down: int) -> Rect:
        """Return the box somewhere else."""
        return Rect(self.left + right, self.top + down, self.width, self.height)

    def grown(self, by: int) -> Rect:
        """Return the box with a margin on all sides."""
        return Rect(self.left - by, self.top - by, self.width + 2 * by, self.height + 2 * by)


def fill(canvas: NDArray[np.uint8], box: Rect, rgba: tuple[int, ...]) -> None:
    """Set all pixels of a box, in place; what is outside is cut off."""
    rows = slice(max(box.top, 0), max(box.bottom, 0))
    canvas[rows, max(box.left, 0) : max(box.right, 0)] = rgba


@lru_cache(maxsize=64)
def rounded_box(size: tuple[int, int], radius: int, rgba: tuple[int, int, int, int]) -> NDArray[np.uint8]:
    """Return straight RGBA (height, width, 4), read-only, of a filled box with smooth round corners."""
    from PIL import Image, ImageDraw

    # Drawn four times as large and averaged: Pillow's own shapes have hard edges.
    width, height = size
    mask = Image.new("L", (width * 4, height * 4))
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, width * 4 - 1, height * 4 - 1), radius * 4, fill=rgba[3])
    box = np.empty((height, width, 4), dtype=np.uint8)
    box[...] = rgba
    box[..., 3] = np.asarray(mask.resize(size, Image.Resampling.BOX))
    box.flags.writeable = False
    return box
