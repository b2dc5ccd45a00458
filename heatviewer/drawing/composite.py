"""From samples to colours: the base's grey, the heatmaps over it, bottom to top.

Blending is *over* on display-coded (sRGB) values, in float32, rounded once at the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from heatviewer.model.requests import BaseDraw, HeatmapDraw
    from heatviewer.sampling.rule import Samples

    Pixels = NDArray[np.intp] | slice

_ALL = slice(None)
#: The four bytes of an opaque grey pixel, as one number, by grey value.
_GREY = (
    np.repeat(np.arange(256, dtype=np.uint8)[:, None], 4, axis=1) | np.array([0, 0, 0, 255], np.uint8)
).view(np.uint32)[:, 0]


def grey(draw: BaseDraw, samples: Samples) -> NDArray[np.float32]:
    """Return the base's grey in 0…1, of the samples' shape; 0 (black) where there is no data.

    LINEAR_EXACT of DICOM PS3.3 C.11.2.1.3: (v − (C − W/2)) / W. A width of 0 or less, or a
    constant volume: white where v ≥ C.
    """
    centre, width = draw.window
    values = samples.values
    kind = values.dtype.type
    if width <= 0 or draw.volume.is_constant:
        g = (values >= kind(centre)).astype(np.float32)
    else:
        with np.errstate(over="ignore", invalid="ignore"):
            g = np.clip((values - kind(centre - width / 2)) * kind(1 / width), 0, 1).astype(np.float32)
    if draw.inverted:
        g = 1 - g
    if samples.present is not None:
        g = np.where(samples.present, g, np.float32(0))
    return cast("NDArray[np.float32]", g)


def may_colour(draw: HeatmapDraw, samples: Samples) -> NDArray[np.bool_]:
    """Return which flat pixels a heatmap may colour, shape (n,); the others it leaves as they are."""
    transfer = draw.transfer
    values = _values(draw, samples, _ALL)
    visible = transfer.table.visible.take(transfer.table.indices(values))
    if transfer.table.clear_at_zero:
        visible &= values != 0
    if transfer.has_threshold:
        visible &= transfer.threshold_factor(values) > 0
    if samples.present is not None:
        visible &= samples.present.reshape(-1)
    if samples.missing is not None and transfer.missing_rgba[3] > 0:
        visible |= samples.missing.reshape(-1)
    return visible


def layer_rgba(draw: HeatmapDraw, samples: Samples, pixels: Pixels) -> NDArray[np.float32]:
    """Return a heatmap's premultiplied RGBA, float32 (4, n), at flat pixel numbers.

    Alpha = layer opacity × opacity curve × threshold edge; 0 where there is no data.
    """
    transfer = draw.transfer
    values = _values(draw, samples, pixels)
    result = transfer.table.lookup(values)
    if draw.opacity != 1:
        result *= np.float32(draw.opacity)
    if transfer.has_threshold:
        result *= transfer.threshold_factor(values).astype(np.float32, copy=False)
    if samples.present is not None:
        result *= samples.present.reshape(-1)[pixels]
    if samples.missing is not None and transfer.missing_rgba[3] > 0:
        red, green, blue, alpha = transfer.missing_rgba
        alpha *= draw.opacity
        lost = samples.missing.reshape(-1)[pixels]
        result[:, lost] = np.array([[red * alpha], [green * alpha], [blue * alpha], [alpha]])
    return result


def _values(draw: HeatmapDraw, samples: Samples, pixels: Pixels) -> NDArray[Any]:
    """Return the values at flat pixel numbers, 0 for those that are no number."""
    values = samples.values.reshape(-1)[pixels]
    if samples.missing is not None or draw.volume.has_missing:
        values = np.where(np.isfinite(values), values, values.dtype.type(0))
    return values


def lay_over(canvas: NDArray[np.float32], layer: NDArray[np.float32], blend: str) -> None:
    """Lay premultiplied pixels (4, n) on premultiplied pixels (4, n), in place."""
    if blend == "add":
        together = 1 - (1 - canvas[3]) * (1 - layer[3])
        np.minimum(canvas[:3] + layer[:3], together, out=canvas[:3])
        canvas[3] = together
        return
    through = 1 - layer[3]
    canvas *= through
    canvas += layer


def composite(
    shape: tuple[int, int],
    base: NDArray[np.float32] | None,
    heatmaps: Sequence[tuple[HeatmapDraw, Samples]],
    transparent: bool = False,
) -> NDArray[np.uint8]:
    """Return straight RGBA, uint8 (height, width, 4), of a grey base (None: black) and heatmaps.

    `transparent` leaves the base and the background out: the heatmaps alone, colour 0 where
    alpha is 0.
    """
    count = shape[0] * shape[1]
    flat_base = None if base is None or transparent else base.reshape(-1)
    if transparent:
        out = np.zeros(count, dtype=np.uint32)
    elif flat_base is None:
        out = np.full(count, _GREY[0])
    else:
        out = _GREY.take((flat_base * np.float32(255) + np.float32(0.5)).astype(np.uint8))
    picture = out.view(np.uint8).reshape(count, 4)
    if heatmaps:
        _blend_into(picture, flat_base, heatmaps, transparent)
    return picture.reshape(*shape, 4)


def _blend_into(
    picture: NDArray[np.uint8],
    base: NDArray[np.float32] | None,
    heatmaps: Sequence[tuple[HeatmapDraw, Samples]],
    transparent: bool,
) -> None:
    """Blend the heatmaps over the base, into the picture (n, 4).

    Pixels that no heatmap colours are left as they are: in most pictures, most of them.
    """
    pixels = _pixels(heatmaps)
    everywhere = isinstance(pixels, slice)
    blended = picture if isinstance(pixels, slice) else np.empty((pixels.size, 4), dtype=np.uint8)
    if not blended.size:
        return
    canvas = np.zeros((4, len(blended)), dtype=np.float32)
    if not transparent:
        canvas[3] = 1
        if base is not None:
            canvas[:3] = base[pixels]
    for draw, samples in heatmaps:
        lay_over(canvas, layer_rgba(draw, samples, pixels), draw.blend)
    if transparent:
        np.divide(canvas[:3], canvas[3], out=canvas[:3], where=canvas[3] > 0)
    canvas *= 255
    canvas += np.float32(0.5)
    np.clip(canvas, 0, 255, out=canvas)
    for channel, values in enumerate(canvas):
        blended[:, channel] = values.astype(np.uint8)
    if transparent:
        blended[blended[:, 3] == 0] = 0
    else:
        blended[:, 3] = 255
    if not everywhere:
        # One number a pixel: scattering bytes costs four times as much.
        picture.view(np.uint32)[pixels, 0] = blended.view(np.uint32)[:, 0]


def _pixels(heatmaps: Sequence[tuple[HeatmapDraw, Samples]]) -> Pixels:
    """Return the flat pixels that any heatmap colours; all of them where that is most."""
    visible = np.logical_or.reduce([may_colour(draw, samples) for draw, samples in heatmaps])
    # Zeros that are clear are left out by that, and by nothing else.
    may_be_all = not any(draw.transfer.table.clear_at_zero for draw, _ in heatmaps)
    if may_be_all and np.count_nonzero(visible) > 0.7 * visible.size:
        return _ALL
    return np.flatnonzero(visible)


def as_uint8(colors: NDArray[Any]) -> NDArray[np.uint8]:
    """Return colours in 0…1 as bytes, rounded to the nearest."""
    rounded: NDArray[np.uint8] = (np.clip(colors, 0, 1) * 255 + 0.5).astype(np.uint8)
    return rounded
