"""From samples to colours: the base's grey, the heatmaps over it, bottom to top.

Blending is *over* on display-coded (sRGB) values, in float32, rounded once at the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from heatviewer.core.volume import VoiLut
    from heatviewer.model.requests import BaseDraw, HeatmapDraw
    from heatviewer.sampling.rule import Samples

#: Pixels that are blended at a time, which bounds the memory that a large picture takes. Smaller parts
#: cost more in calls than the cache gives back (tests/benchmarks/bench_slices.py).
_CHUNK = 262144
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


class _Pixels:
    """One heatmap's colours at some flat pixels: table entries first, colours for those that show."""

    def __init__(self, draw: HeatmapDraw, samples: Samples, part: slice) -> None:
        self._draw, transfer = draw, draw.transfer
        self._table = transfer.table
        self._values = _values(draw, samples, part)
        index = self._table.indices(self._values)
        self._factor: NDArray[np.float32] | None = None
        # Multiplied by 0 or 1, which leads to the clear entry 0: four times faster than a mask.
        if samples.present is not None:
            index *= samples.present.reshape(-1)[part]
        if self._table.clear_at_zero:
            index *= self._values != 0
        if transfer.has_threshold:
            factor = transfer.threshold_factor(self._values)
            index *= factor > 0
            if transfer.edge != "hard":
                self._factor = factor.astype(np.float32, copy=False)
        self._index = index.astype(np.intp)
        # 'clip' everywhere: it spares the check of bounds, within which all entries are.
        self.visible = self._table.visible.take(self._index, mode="clip")
        self._lost: NDArray[np.bool_] | None = None
        if samples.missing is not None and transfer.missing_rgba[3] > 0:
            self._lost = samples.missing.reshape(-1)[part]
            self.visible |= self._lost

    def rgba(self, chosen: NDArray[np.intp]) -> NDArray[np.float32]:
        """Return premultiplied RGBA in 0…1, float32 (4, n), at numbers within the part.

        Alpha = layer opacity × opacity curve × threshold edge; 0 where there is no data.
        """
        result = self._table.colors_at(
            self._index.take(chosen, mode="clip"), lambda: self._values.take(chosen)
        )
        if self._draw.opacity != 1:
            result *= np.float32(self._draw.opacity)
        if self._factor is not None:
            result *= self._factor.take(chosen)
        if self._lost is not None:
            red, green, blue, alpha = self._draw.transfer.missing_rgba
            alpha *= self._draw.opacity
            lost = self._lost.take(chosen)
            result[:, lost] = np.array([[red * alpha], [green * alpha], [blue * alpha], [alpha]])
        return result


def _values(draw: HeatmapDraw, samples: Samples, part: slice) -> NDArray[Any]:
    """Return the values of some flat pixels, 0 for those that are no number."""
    values = samples.values.reshape(-1)[part]
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
    canvas *= 1 - layer[3]
    canvas += layer


def _over_grey(grey: Any, layer: NDArray[np.float32], blend: str) -> NDArray[np.float32]:
    """Return premultiplied pixels (4, n) laid on opaque grey (n,), in the layer's memory.

    The same as `lay_over`, in half the work: most pictures have one heatmap over a base.
    """
    through = 1 - layer[3]
    if blend == "add":
        layer[:3] += grey
        np.minimum(layer[:3], 1, out=layer[:3])
    else:
        through *= grey
        layer[:3] += through
    layer[3] = 1
    return layer


def grey_pixels(base: NDArray[np.float32]) -> NDArray[np.uint32]:
    """Return opaque grey pixels, RGBA as one number, of grey in 0…1 of any shape."""
    pixels = (base * np.float32(255) + np.float32(0.5)).astype(np.int32)
    pixels *= np.int32(0x010101)
    pixels |= _OPAQUE
    return pixels.view(np.uint32)


def composite(
    out: NDArray[np.uint32],
    base: NDArray[np.float32] | None,
    heatmaps: Sequence[tuple[HeatmapDraw, Samples]],
    transparent: bool = False,
) -> None:
    """Lay heatmaps, bottom first, over pixels (height, width) in place.

    `out` shows what lies below: `base`, grey in 0…1 of the same shape, or black (None). With
    `transparent` it is clear, and becomes straight RGBA, colour 0 where alpha is 0.
    """
    flat, count = out.reshape(-1), out.size
    flat_base = None if base is None or transparent else base.reshape(-1)
    for start in range(0, count, _CHUNK):
        part = slice(start, min(start + _CHUNK, count))
        below = None if flat_base is None else flat_base[part]
        _blend_into(flat[part], below, heatmaps, part, transparent)


def _blend_into(
    out: NDArray[np.uint32],
    base: NDArray[np.float32] | None,
    heatmaps: Sequence[tuple[HeatmapDraw, Samples]],
    part: slice,
    transparent: bool,
) -> None:
    """Blend the heatmaps at some flat pixels over the base's, into those pixels of the picture.

    Pixels that no heatmap colours are left as they are: in most pictures, most of them.
    """
    layers = [_Pixels(draw, samples, part) for draw, samples in heatmaps]
    visible = layers[0].visible
    for layer in layers[1:]:
        visible = visible | layer.visible
    chosen = np.flatnonzero(visible)
    if not chosen.size:
        return
    under = np.float32(0) if base is None else base.take(chosen)
    canvas: NDArray[np.float32] | None = None
    for (draw, _), layer in zip(heatmaps, layers, strict=True):
        rgba = layer.rgba(chosen)
        if canvas is None and transparent:
            canvas = rgba
        elif canvas is None:
            canvas = _over_grey(under, rgba, draw.blend)
        else:
            lay_over(canvas, rgba, draw.blend)
    assert canvas is not None
    if transparent:
        np.divide(canvas[:3], canvas[3], out=canvas[:3], where=canvas[3] > 0)
    canvas *= 255
    canvas += np.float32(0.5)
    np.minimum(canvas, 255, out=canvas)
    # One number a pixel: scattering bytes costs four times as much.
    red, green, blue, alpha = canvas.astype(np.int32)
    if transparent:
        alpha <<= 24
    else:
        alpha[:] = _OPAQUE
    for channel, shift in ((red, 0), (green, 8), (blue, 16)):
        channel <<= shift
        alpha |= channel
    packed = alpha.view(np.uint32)
    if transparent:
        packed[packed < 1 << 24] = 0
    out[chosen] = packed


def as_uint8(colors: NDArray[Any]) -> NDArray[np.uint8]:
    """Return colours in 0…1 as bytes, rounded to the nearest."""
    rounded: NDArray[np.uint8] = (np.clip(colors, 0, 1) * 255 + 0.5).astype(np.uint8)
    return rounded
