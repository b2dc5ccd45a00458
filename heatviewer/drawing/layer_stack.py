"""All heatmaps of one picture laid over its base, keeping what the next picture can use.

The next picture of a drag differs in one layer. What lies below that layer is kept as one picture,
the layers above it as their colours; so a change costs one look-up and a few multiplications.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, cast

import numpy as np

from heatviewer.drawing.color_pixels import pixels_of
from heatviewer.drawing.composite import ground, lay, packed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from heatviewer.drawing.color_pixels import ColorPixels
    from heatviewer.drawing.layer_pixels import LayerPixels, LayerSamples
    from heatviewer.model.requests import HeatmapDraw

    Pixels = LayerPixels | ColorPixels
    Layers = Sequence[tuple[HeatmapDraw, LayerSamples]]

#: Pictures of more pixels are drawn in parts, which bounds the memory, and nothing of them is kept:
#: a screen's view has fewer.
_MOST_KEPT = 1_500_000
_CHUNK = 262_144
#: Pixels that are laid at a time: few enough for the processor's cache, and enough that the calls
#: themselves cost little (tests/benchmarks/bench_handles.py).
_STRETCH = 32_768
#: Where fewer pixels have a colour, for each layer that has changed, only these are blended: choosing
#: them takes as long as blending a tenth of the picture.
_SPARSE = 0.1


class LayerStack:
    """Lays heatmaps over pixels. Kept by a renderer from picture to picture."""

    def __init__(self) -> None:
        self._layers: list[Pixels] = []
        self._base: NDArray[np.float32] | None = None
        self._ground: NDArray[np.float32] | None = None
        #: How many layers are laid in a kept picture, and that picture; it is never written to.
        self._below: tuple[int, NDArray[np.float32]] | None = None

    def forget(self) -> None:
        """Let go of what is kept."""
        self._layers = []
        self._base = self._ground = self._below = None

    def lay_on(
        self,
        out: NDArray[np.uint32],
        base: NDArray[np.float32] | None,
        layers: Layers,
        transparent: bool = False,
    ) -> None:
        """Lay heatmaps, bottom first, over pixels (height, width) in place; contiguous.

        `out` shows what lies below: `base`, light in 0…1, grey of the same shape or colours
        (height, width, 3), which never changes later; or black (None). With `transparent` it is
        clear, and becomes straight RGBA, colour 0 where alpha is 0.
        """
        flat = out.reshape(-1)
        flat_base = None if base is None or transparent else base.reshape(flat.size, *base.shape[2:])
        if transparent or flat.size > _MOST_KEPT:
            self.forget()
            for start in range(0, flat.size, _CHUNK):
                part = slice(start, min(start + _CHUNK, flat.size))
                pixels = [pixels_of(draw, samples, part) for draw, samples in layers]
                under = ground(None if flat_base is None else flat_base[part], part.stop - start, transparent)
                _lay_seen(flat[part], under, pixels, transparent)
            return
        self._lay_kept(flat, base, flat_base, layers)

    def _lay_kept(
        self,
        flat: NDArray[np.uint32],
        base: NDArray[np.float32] | None,
        flat_base: NDArray[np.float32] | None,
        layers: Layers,
    ) -> None:
        before = self._layers
        part = slice(0, flat.size)
        pixels = [
            pixels_of(draw, samples, part, earlier)
            for (draw, samples), earlier in zip_longest(layers, before[: len(layers)])
        ]
        fresh = self._ground is None or self._base is not base or len(self._ground) != flat.size
        if self._ground is None or fresh:
            self._ground, self._base = ground(flat_base, flat.size, False), base
            self._below = None
        self._layers = pixels
        pairs = zip_longest(pixels, before[: len(pixels)])
        changed = [n for n, (layer, earlier) in enumerate(pairs) if layer is not earlier or fresh]
        if sum(layer.cover for layer in pixels) < _SPARSE * max(len(changed), 1):
            self._below = None
            _lay_seen(flat, self._ground, pixels, False)
        else:
            self._lay_all(flat, pixels, changed[0] if changed else len(pixels) - 1)

    def _lay_all(self, flat: NDArray[np.uint32], pixels: list[Pixels], changed: int) -> None:
        """Lay whole layers, from the lowest that has changed.

        In stretches, so that what one step leaves is still in the processor's cache for the next.
        """
        if self._below is not None and self._below[0] > changed:
            self._below = None
        if changed and (self._below is None or self._below[0] < changed):
            self._below = self._laid_below(changed, pixels)
        below = cast("NDArray[np.float32]", self._ground if self._below is None else self._below[1])
        for layer in pixels[:changed]:
            layer.drop_paint()  # it is in the picture below
        for layer in pixels[changed + 1 :]:
            layer.keep_paint()
        for part in _stretches(flat.size):
            work = np.empty_like(below[part])
            _lay_each(below[part], pixels[changed:], part, work)
            flat[part] = packed(work, False)

    def _laid_below(self, count: int, pixels: list[Pixels]) -> tuple[int, NDArray[np.float32]]:
        """Return the picture of the lowest layers, from the one that is there of fewer."""
        start, below = self._below or (0, cast("NDArray[np.float32]", self._ground))
        result = np.empty_like(below)
        for part in _stretches(len(below)):
            _lay_each(below[part], pixels[start:count], part, result[part])
        return count, result


def _stretches(count: int) -> Iterator[slice]:
    for start in range(0, count, _STRETCH):
        yield slice(start, min(start + _STRETCH, count))


def _lay_each(
    below: NDArray[np.float32], pixels: list[Pixels], part: slice, out: NDArray[np.float32]
) -> None:
    """Lay some pixels of layers on those below; `out` is other memory."""
    for layer in pixels:
        lay(below, layer.paint(part), layer.blend, False, out)
        below = out


def _lay_seen(
    flat: NDArray[np.uint32], under: NDArray[np.float32], pixels: list[Pixels], transparent: bool
) -> None:
    """Lay layers where any of them has a colour; the other pixels stay: in most pictures, most of them."""
    if not pixels:
        return
    visible = pixels[0].visible
    for layer in pixels[1:]:
        visible = visible | layer.visible
    chosen = np.flatnonzero(visible)
    if not chosen.size:
        return
    canvas = under.view(np.complex128)[:, 0].take(chosen, mode="clip").view(np.float32).reshape(-1, 4)
    for layer in pixels:
        lay(canvas, layer.paint(chosen), layer.blend, transparent, canvas)
    flat[chosen] = packed(canvas, transparent)
