"""From samples to colours: the base's grey, the heatmaps over it, bottom to top.

Blending is *over* on display-coded (sRGB) values, in float32, rounded once at the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from heatviewer.drawing.layer_pixels import spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from heatviewer.core.volume import VoiLut
    from heatviewer.drawing.layer_pixels import Paint
    from heatviewer.model.requests import BaseDraw
    from heatviewer.sampling.rule import Samples

#: The alpha byte of an opaque pixel; pixels are numbers, red in the lowest byte.
_OPAQUE = np.int32(-(1 << 24))
#: An opaque black pixel, and one without colour.
BLACK, CLEAR = np.uint32(255 << 24), np.uint32(0)


def grey(draw: BaseDraw, samples: Samples) -> NDArray[np.float32]:
    """Return the base's grey in 0…1, of the samples' shape; 0 (black) where there is no data.

    LINEAR_EXACT of DICOM PS3.3 C.11.2.1.3: (v − (C − W/2)) / W. A width of 0 or less, or a
    constant volume: white where v ≥ C. While the header's own window is shown, so is its VOI
    LUT function or table.
    """
    centre, width = draw.window
    volume, values = draw.volume, samples.values
    own = draw.window == volume.window
    kind = values.dtype.type
    if volume.is_constant:
        g = (values >= kind(centre)).astype(np.float32)
    elif own and volume.voi_lut is not None:
        g = _looked_up(volume.voi_lut, values)
    elif width <= 0:
        g = (values >= kind(centre)).astype(np.float32)
    else:
        with np.errstate(over="ignore", invalid="ignore"):
            if own and volume.voi == "sigmoid":
                # PS3.3 C.11.2.1.3.1
                g = (1 / (1 + np.exp((values - kind(centre)) * kind(-4 / width)))).astype(np.float32)
            else:
                g = np.clip((values - kind(centre - width / 2)) * kind(1 / width), 0, 1).astype(np.float32)
    if draw.inverted:
        g = 1 - g
    if samples.present is not None:
        g = np.where(samples.present, g, np.float32(0))
    return cast("NDArray[np.float32]", g)


def _looked_up(lut: VoiLut, values: NDArray[Any]) -> NDArray[np.float32]:
    """Return the table's grey at values rounded to the nearest entry, the ends beyond it (C.11.2.1.1)."""
    last = lut.grey.size - 1
    # Clipped as numbers first: an infinite one has no index. NaN is drawn as 'no data' later.
    steps = np.nan_to_num(np.clip(values.astype(np.float64) - lut.first, 0, last))
    return lut.grey.take(np.rint(steps).astype(np.intp))


def lay_over(canvas: NDArray[np.float32], layer: NDArray[np.float32], blend: str) -> None:
    """Lay premultiplied pixels (4, n) in 0…1 on premultiplied pixels (4, n), in place."""
    if blend == "add":
        together = 1 - (1 - canvas[3]) * (1 - layer[3])
        np.minimum(canvas[:3] + layer[:3], together, out=canvas[:3])
        canvas[3] = together
        return
    canvas *= 1 - layer[3]
    canvas += layer


def color_light(draw: BaseDraw, colors: NDArray[np.float32], samples: Samples) -> NDArray[np.float32]:
    """Return a colour base's red, green and blue in 0…1, (height, width, 3), on black.

    `colors` are premultiplied, in 0…255, and are shown as they are: windows are for numbers.
    """
    light = colors[..., :3] * np.float32(1 / 255)
    if draw.inverted:
        light = 1 - light
        if samples.present is not None:
            light[~samples.present] = 0
    return light


def opaque_pixels(light: NDArray[np.float32]) -> NDArray[np.uint32]:
    """Return opaque pixels, RGBA as one number, of light in 0…1: grey, or colours (height, width, 3)."""
    if light.ndim == 2:
        return grey_pixels(light)
    pixels = np.full((*light.shape[:2], 4), 255, dtype=np.uint8)
    pixels[..., :3] = light * np.float32(255) + np.float32(0.5)
    return pixels.view(np.uint32)[..., 0]


def grey_pixels(base: NDArray[np.float32]) -> NDArray[np.uint32]:
    """Return opaque grey pixels, RGBA as one number, of grey in 0…1 of any shape."""
    pixels = (base * np.float32(255) + np.float32(0.5)).astype(np.int32)
    pixels *= np.int32(0x010101)
    pixels |= _OPAQUE
    return pixels.view(np.uint32)


def ground(base: NDArray[np.float32] | None, count: int, transparent: bool) -> NDArray[np.float32]:
    """Return the pixels that heatmaps are laid on, float32 (count, 4) in 0…255.

    `base` is light in 0…1 of as many pixels, grey (count,) or colours (count, 3); without it they
    are black, or clear with `transparent`.
    """
    if base is None or transparent:
        pixels = np.zeros((count, 4), dtype=np.float32)
    elif base.ndim == 2:
        pixels = np.empty((count, 4), dtype=np.float32)
        np.multiply(base, np.float32(255), out=pixels[:, :3])
    else:
        pixels = spread(base.reshape(-1) * np.float32(255))
    pixels[:, 3] = 0 if transparent else 255
    return pixels


def lay(
    below: NDArray[np.float32], paint: Paint, blend: str, transparent: bool, out: NDArray[np.float32]
) -> None:
    """Lay a heatmap's pixels on those below, all (n, 4) in 0…255, premultiplied; `out` may be `below`.

    'add' adds the light, which stops at white, or at what the pixel's alpha can hold.
    """
    if blend == "add":
        alpha = below[:, 3] * paint.through[:, 3] + paint.color[:, 3]
        np.add(below, paint.color, out=out)
        if transparent:
            np.minimum(out, alpha[:, None], out=out)
            out[:, 3] = alpha
        else:
            np.clip(out, 0, 255, out=out)
        return
    np.multiply(below, paint.through, out=out)
    np.add(out, paint.color, out=out)


def packed(pixels: NDArray[np.float32], transparent: bool) -> NDArray[np.uint32]:
    """Return pixels (n, 4) as RGBA in one number each, rounded; `pixels` are used up.

    With `transparent` colours are made straight, and 0 where alpha is 0.
    """
    if transparent:
        alpha = pixels[:, 3].copy()
        share = np.zeros_like(alpha)
        np.divide(255, alpha, out=share, where=alpha > 0)
        pixels *= spread(share)
        pixels[:, 3] = alpha
        np.clip(pixels, 0, 255, out=pixels)
    pixels += np.float32(0.5)
    numbers = pixels.astype(np.uint8).view(np.uint32)[:, 0]
    if transparent:
        numbers[numbers < 1 << 24] = 0
    return numbers


def as_uint8(colors: NDArray[Any]) -> NDArray[np.uint8]:
    """Return colours in 0…1 as bytes, rounded to the nearest."""
    rounded: NDArray[np.uint8] = (np.clip(colors, 0, 1) * 255 + 0.5).astype(np.uint8)
    return rounded
