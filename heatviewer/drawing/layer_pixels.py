"""One heatmap's pixels: from samples to entries of its table, from entries to colour and cover.

A pixel is four numbers beside each other (red, green, blue, alpha; 0…255, premultiplied), as one
gather of 16 bytes costs little more than one of 4. Each step keeps what it found, so that a drag
repeats only what its handle changes: an opacity slider looks colours up, a range also entries.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from heatviewer.core.transfer import opacity_by

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from heatviewer.core.transfer import TransferFunction
    from heatviewer.core.transfer_table import TransferTable
    from heatviewer.model.requests import HeatmapDraw, OpacityByDraw
    from heatviewer.sampling.rule import Samples

#: Which pixels are looked at to tell whether a layer covers much of the picture.
_SPARSE_STEP = 61


class LayerSamples(NamedTuple):
    """What a heatmap is drawn from, all of one shape (height, width).

    Attributes
    ----------
    raw : Samples
        The values: the threshold, what is missing, and contour lines are theirs.
    colored : ndarray or None
        Values after the display blur, which colour and opacity curve are of; None: the raw ones.
    fade : ndarray or None
        The factor 0…1, float32, that another volume gives to the opacity; None is 1.
    colors : ndarray or None
        Of a colour volume, (height, width, 4): its premultiplied colours in 0…255, which are drawn
        in place of the values' own. The values are then its brightness.
    """

    raw: Samples
    colored: NDArray[Any] | None = None
    fade: NDArray[np.float32] | None = None
    colors: NDArray[np.float32] | None = None

    def same(self, other: LayerSamples) -> bool:
        """Return whether these are the very same arrays."""
        return all(mine is its for mine, its in zip(self, other, strict=True))


class Paint(NamedTuple):
    """Pixels to lay on others: premultiplied colour and what shows through, float32 (n, 4).

    ``color`` is in 0…255. ``through`` is 1 − alpha, four times: a pixel below is multiplied by it.
    """

    color: NDArray[np.float32]
    through: NDArray[np.float32]


class LayerPixels:
    """One heatmap's colours at the pixels of a part of a picture, counted as one row.

    Alpha = layer opacity × opacity curve × threshold edge × opacity-by; 0 where there is no data.
    """

    def __init__(
        self, draw: HeatmapDraw, samples: LayerSamples, part: slice, before: LayerPixels | None = None
    ) -> None:
        """`before`: these pixels in an earlier picture, whose results are used where they still hold."""
        self.transfer, self.opacity, self.blend = draw.transfer, draw.opacity, draw.blend
        self.samples = samples
        self._part = part
        self._entries: NDArray[np.int32]
        self._index: NDArray[np.int32]
        self._soft: NDArray[np.float32] | None
        self._paint: Paint | None = None
        if before is not None and not (before.samples.same(samples) and before._part == part):
            before = None
        self._values, self._colored = _values(draw, samples, part) if before is None else before._sampled
        self._fade = None if samples.fade is None else samples.fade.reshape(-1)[part]
        missing = samples.raw.missing
        self._missing = None if missing is None else missing.reshape(-1)[part]
        table = self._table
        if before is not None and before._table.span == table.span:
            self._entries = before._entries
        else:
            self._entries = table.indices(self._colored)
        if before is not None and before._entries is self._entries and before._mask_rule == self._mask_rule:
            self._index, self._soft = before._index, before._soft
        else:
            self._index = self._masked()
            self._soft = self._edge()

    @property
    def _table(self) -> TransferTable:
        return self.transfer.table

    @property
    def _sampled(self) -> tuple[NDArray[Any], NDArray[Any]]:
        return self._values, self._colored

    @property
    def _mask_rule(self) -> tuple[object, ...]:
        """What decides, beside the samples, which pixels are not drawn, and how edges fade."""
        t: TransferFunction = self.transfer
        soft = () if t.edge == "hard" or not t.has_threshold else t.data_range
        return t.threshold, t.threshold_abs, t.edge, soft, self._table.clear_at_zero

    def is_of(self, draw: HeatmapDraw, samples: LayerSamples, part: slice) -> bool:
        """Return whether these are the pixels of a layer, drawn from the very same samples."""
        return (
            self.transfer is draw.transfer
            and (self.opacity, self.blend, self._part) == (draw.opacity, draw.blend, part)
            and self.samples.same(samples)
        )

    def _masked(self) -> NDArray[np.int32]:
        """Return each pixel's entry, that without colour where nothing is to be drawn."""
        shown: NDArray[np.bool_] | None = None
        present = self.samples.raw.present
        if self._table.clear_at_zero:
            shown = self._colored != 0
        if present is not None:
            flat = present.reshape(-1)[self._part]
            shown = flat if shown is None else shown & flat
        if self.transfer.has_threshold and self.transfer.edge == "hard":
            inside = self.transfer.inside(self._values)
            shown = inside if shown is None else shown & inside
        # Multiplied by 0 or 1, which leads to the clear entry 0: four times faster than a mask.
        return self._entries if shown is None else self._entries * shown

    def _edge(self) -> NDArray[np.float32] | None:
        """Return the factor of a soft edge."""
        if not self.transfer.has_threshold or self.transfer.edge == "hard":
            return None
        return self.transfer.threshold_factor(self._values).astype(np.float32, copy=False)

    @property
    def _lost(self) -> NDArray[np.bool_] | None:
        """Which pixels are missing and have a colour of their own."""
        return self._missing if self.transfer.missing_rgba[3] > 0 else None

    @cached_property
    def cover(self) -> float:
        """Return roughly which share of the pixels has a colour."""
        seen = self._table.visible.take(self._index[::_SPARSE_STEP])
        if self._lost is not None:
            seen = seen | self._lost[::_SPARSE_STEP]
        return np.count_nonzero(seen) / max(seen.size, 1)

    @cached_property
    def visible(self) -> NDArray[np.bool_]:
        """Return which pixels may have a colour: all others are clear."""
        # 'clip' here and below: it spares the check of bounds, within which all entries are.
        seen = self._table.visible.take(self._index, mode="clip")
        return seen if self._lost is None else seen | self._lost

    def paint(self, chosen: NDArray[np.intp] | slice) -> Paint:
        """Return the pixels of some numbers, or of a stretch."""
        if self._paint is not None and isinstance(chosen, slice):
            return Paint(self._paint.color[chosen], self._paint.through[chosen])
        index = self._index[chosen].astype(np.intp)
        color, through = self._tables
        paint = Paint(_gather(color, index), _gather(through, index))
        if self._table.has_uneven:
            self._paint_exactly(paint, index, chosen)
        for factor in (self._soft, self._fade):
            if factor is not None:
                _weaken(paint, factor[chosen])
        if self._lost is not None:
            self._paint_lost(paint, chosen)
        return paint

    def keep_paint(self) -> None:
        """Paint all pixels once, and keep them."""
        if self._paint is None:
            self._paint = self.paint(slice(0, self._index.size))

    def drop_paint(self) -> None:
        """Let go of the kept pixels."""
        self._paint = None

    @cached_property
    def _tables(self) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
        """Return the colour and what it lets through of each entry, 16 bytes an entry."""
        return _weighted(self._table, self.opacity)

    def _paint_exactly(self, paint: Paint, index: NDArray[np.intp], chosen: NDArray[np.intp] | slice) -> None:
        """Evaluate the pixels whose entries hold a step or a steep flank, in place."""
        uneven = np.flatnonzero(self._table.uneven.take(index, mode="clip"))
        if uneven.size:
            exact = self._table.exact(self._colored[chosen].take(uneven))
            paint.color[uneven] = exact.T * (255 * self.opacity)
            paint.through[uneven] = (1 - exact[3] * self.opacity)[:, None]

    def _paint_lost(self, paint: Paint, chosen: NDArray[np.intp] | slice) -> None:
        """Give the missing pixels their own colour, in place."""
        if self._missing is None:
            return
        red, green, blue, alpha = self.transfer.missing_rgba
        where = np.flatnonzero(self._missing[chosen])
        alphas = np.full((where.size, 1), alpha * self.opacity, dtype=np.float32)
        if self._fade is not None:
            alphas[:, 0] *= self._fade[chosen].take(where)
        paint.color[where] = np.array([[red, green, blue, 1]], dtype=np.float32) * alphas * 255
        paint.through[where] = 1 - alphas


def _values(draw: HeatmapDraw, samples: LayerSamples, part: slice) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the raw values of some flat pixels and those that colours are of; all finite."""
    values = samples.raw.values.reshape(-1)[part]
    if samples.raw.missing is not None or draw.volume.has_missing:
        values = np.where(np.isfinite(values), values, values.dtype.type(0))
    if samples.colored is None:
        return values, values
    colored = samples.colored.reshape(-1)[part]
    return values, np.where(np.isfinite(colored), colored, values)


def fade_factor(by: OpacityByDraw, samples: Samples) -> NDArray[np.float32]:
    """Return the factor that another volume's samples give to an opacity; 0 where it has no data."""
    values = np.where(np.isfinite(samples.values), samples.values, samples.values.dtype.type(by.low))
    factor = opacity_by(values, by.low, by.high).astype(np.float32, copy=False)
    return factor if samples.present is None else factor * samples.present


# A few, as the views of a scene draw the same layers one after the other.
@lru_cache(maxsize=8)
def _weighted(table: TransferTable, opacity: float) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
    """Return a table's colours and what they let through at an opacity, 16 bytes an entry."""
    color = table.rows * np.float32(255 * opacity)
    through = np.repeat((1 - table.entries[3] * np.float32(opacity))[:, None], 4, axis=1)
    return color.view(np.complex128)[:, 0], through.view(np.complex128)[:, 0]


def _gather(table: NDArray[np.complex128], index: NDArray[np.intp]) -> NDArray[np.float32]:
    """Return (n, 4) float32 of entries of 16 bytes."""
    found = np.empty(index.size, dtype=np.complex128)
    table.take(index, out=found, mode="clip")
    return found.view(np.float32).reshape(-1, 4)


def _weaken(paint: Paint, factor: NDArray[np.float32]) -> None:
    """Multiply alpha by a factor (n,), in place."""
    four = spread(factor)
    np.multiply(paint.color, four, out=paint.color)
    through = paint.through
    through -= 1
    through *= four
    through += 1


def spread(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return each of (n,) four times, (n, 4)."""
    # As numbers of 64 bits: numpy's repeat and its broadcasting take three and five times as long.
    twice = values.view(np.uint32).astype(np.uint64)
    twice *= np.uint64(0x1_0000_0001)
    four = np.empty((values.size, 2), dtype=np.uint64)
    four[:, 0] = twice
    four[:, 1] = twice
    return four.view(np.float32)
