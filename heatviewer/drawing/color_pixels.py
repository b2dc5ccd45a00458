"""One colour heatmap's pixels: its colours as they are stored, and no transfer function's."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from heatviewer.drawing.layer_pixels import LayerPixels, Paint, spread
from heatviewer.sampling.rule import Samples

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from heatviewer.drawing.layer_pixels import LayerSamples
    from heatviewer.model.requests import HeatmapDraw


class ColorPixels:
    """One colour heatmap's pixels in a part of a picture, counted as one row."""

    def __init__(self, draw: HeatmapDraw, samples: LayerSamples, part: slice) -> None:
        """Take the pixels of `samples` that hold colours."""
        self.transfer, self.opacity, self.blend = draw.transfer, draw.opacity, draw.blend
        self._samples, self._part = samples, part
        values, _, missing = samples.raw
        raw = Samples(_flat(values)[part], None, None if missing is None else _flat(missing)[part])
        fade = None if samples.fade is None else _flat(samples.fade)[part]
        colors = cast("NDArray[np.float32]", samples.colors).reshape(-1, 4)[part]
        self._colors = weighed_colors(draw, colors, raw, fade)

    def is_of(self, draw: HeatmapDraw, samples: LayerSamples, part: slice) -> bool:
        """Return whether these are the pixels of a layer, drawn from the very same samples."""
        return (
            self.transfer is draw.transfer
            and (self.opacity, self.blend, self._part) == (draw.opacity, draw.blend, part)
            and self._samples.same(samples)
        )

    @cached_property
    def visible(self) -> NDArray[np.bool_]:
        """Return which pixels have a colour."""
        return self._colors[:, 3] > 0

    @cached_property
    def cover(self) -> float:
        """Return which share of the pixels has a colour."""
        return np.count_nonzero(self.visible) / max(self.visible.size, 1)

    def paint(self, chosen: NDArray[np.intp] | slice) -> Paint:
        """Return the pixels of some numbers, or of a stretch."""
        color = self._colors[chosen]
        return Paint(color, spread(1 - color[:, 3] / np.float32(255)))

    def keep_paint(self) -> None:
        """Do nothing: the colours are there already, as `LayerPixels` would make them."""

    def drop_paint(self) -> None:
        """Do nothing: the colours are what the next picture needs."""


def _flat(values: NDArray[Any]) -> NDArray[Any]:
    return values.reshape(-1)


def pixels_of(
    draw: HeatmapDraw, samples: LayerSamples, part: slice, before: LayerPixels | ColorPixels | None = None
) -> LayerPixels | ColorPixels:
    """Return a heatmap's pixels in a part of a picture, the very same where nothing has changed.

    `before` are these pixels in an earlier picture.
    """
    if before is not None and before.is_of(draw, samples, part):
        return before
    if samples.colors is not None:
        return ColorPixels(draw, samples, part)
    return LayerPixels(draw, samples, part, before if isinstance(before, LayerPixels) else None)


def weighed_colors(
    draw: HeatmapDraw, colors: NDArray[np.float32], raw: Samples, fade: NDArray[np.float32] | None
) -> NDArray[np.float32]:
    """Return a colour heatmap's premultiplied colours with its final alpha, (…, 4) in 0…255.

    Alpha = layer opacity × the image's own alpha × threshold edge × opacity-by. The threshold, and
    what is missing, are of the brightness.

    Parameters
    ----------
    colors : ndarray
        As `sampling.colors` gives them, of the shape of `raw` and 4.
    raw : Samples
        The brightness.
    fade : ndarray or None
        The factor that another volume gives to the opacity; None is 1.
    """
    transfer = draw.transfer
    weight = np.full(raw.values.shape, draw.opacity, dtype=np.float32)
    if fade is not None:
        weight *= fade
    lost = weight.copy() if raw.missing is not None and transfer.missing_rgba[3] > 0 else None
    if transfer.has_threshold:
        weight *= transfer.threshold_factor(raw.values)
    weighed = colors * weight[..., None]
    if lost is not None and raw.missing is not None:
        red, green, blue, alpha = transfer.missing_rgba
        own = np.array([red * alpha, green * alpha, blue * alpha, alpha], dtype=np.float32) * 255
        weighed[raw.missing] = own * lost[raw.missing][:, None]
    return weighed
