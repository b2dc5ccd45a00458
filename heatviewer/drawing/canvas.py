"""What is put together on Pillow images before it becomes a sprite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from heatviewer.drawing.text import Sprite


def write(canvas: Any, sprite: Sprite, left: int, top: int) -> None:
    """Lay a sprite on a Pillow image with alpha."""
    from PIL import Image

    if 0 in sprite.rgba.shape:
        return
    layer = Image.new("RGBA", canvas.size)
    layer.paste(Image.fromarray(sprite.rgba), (left - sprite.inset[0], top - sprite.inset[1]))
    canvas.alpha_composite(layer)


def rounded_box(size: tuple[int, int], radius: int, rgba: tuple[int, int, int, int]) -> Any:
    """Return a Pillow image of a filled box with smooth round corners."""
    from PIL import Image, ImageDraw

    # Drawn four times as large and averaged: Pillow's own shapes have hard edges.
    width, height = size
    mask = Image.new("L", (width * 4, height * 4))
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, width * 4 - 1, height * 4 - 1), radius * 4, fill=rgba[3])
    box = Image.new("RGBA", size, rgba)
    box.putalpha(mask.resize(size, Image.Resampling.BOX))
    return box
