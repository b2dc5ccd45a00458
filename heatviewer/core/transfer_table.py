"""The table that pictures are drawn from: a transfer function at even steps, exact where that fails."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from heatviewer.core.transfer import TransferFunction

#: Entries of the drawing table. At 4096 a straight stretch of curve is off by at most 1/8192 of
#: its height; entries that hold a step or a steep flank are evaluated exactly, pixel by pixel.
TABLE_SIZE = 4096
#: A table entry whose two edges differ by more is evaluated exactly; else their mean is drawn, which
#: is then off by less than half of 1/255.
_UNEVEN = 0.9 / 255
_ALONG = np.arange(TABLE_SIZE + 1) / TABLE_SIZE


class TransferTable:
    """A transfer function's colours at even steps, with exact evaluation where that is not enough.

    ``lookup`` gives premultiplied float32 RGBA without the threshold, which is tested on the
    values themselves. Entry 0 has no colour and no opacity, for pixels that are not to be drawn;
    entry 1 is for values below the span, the last for values above it.
    """

    def __init__(self, transfer: TransferFunction, volumetric: bool) -> None:
        self._transfer = transfer
        self._volumetric = volumetric
        low, high = transfer.breaks
        margin = (high / 2 - low / 2) * 2e-6 or max(abs(low), 1.0) * 1e-6
        self.low, self.high = low - margin, high + margin
        # Halves, so that a span near the largest float stays finite.
        self._step = (self.high / 2 - self.low / 2) / TABLE_SIZE * 2
        # All in one: a drag makes a table for each of its moves, and this is most of its cost.
        edges = self.low * (1 - _ALONG) + self.high * _ALONG
        scalars = self._scalars()
        beside = np.concatenate([scalars, np.nextafter(scalars, -np.inf), np.nextafter(scalars, np.inf)])
        found = self._premultiplied(np.concatenate([edges, beside, [0.0]]))
        at_edges = found[:, : TABLE_SIZE + 1]
        self._at_zero = found[:, -1:]
        #: Premultiplied RGBA in 0…1 of every entry, float32 (4, TABLE_SIZE + 3).
        self.entries = self._means(at_edges)
        uneven = np.abs(at_edges[:, 1:] - at_edges[:, :-1]).max(axis=0) > _UNEVEN
        self._mark_narrow_peaks(uneven, at_edges, np.tile(scalars, 3), found[:, TABLE_SIZE + 1 : -1])
        self.has_uneven = bool(uneven.any())
        #: Which entries hold a step or a steep flank, or lie beside one, as an index in float32 can
        #: be one off: their pixels are evaluated one by one.
        self.uneven = _with_neighbours(uneven)
        reach = max(abs(self.low), abs(self.high))
        extreme = not (1e-30 < self._step < 1e30 and reach < 1e30)
        self._needs_double = extreme or self._step < 4 * float(np.spacing(np.float32(reach)))

    def _scalars(self) -> NDArray[np.float64]:
        """Return the values at which colour or opacity may jump."""
        transfer = self._transfer
        explicit = (*transfer.points(self._volumetric)[::2], *(transfer.rgb_points or ())[::4])
        return np.array((*explicit, *transfer.color_range), dtype=np.float64)

    @staticmethod
    def _means(at_edges: NDArray[np.float64]) -> NDArray[np.float32]:
        entries = np.zeros((4, TABLE_SIZE + 3), dtype=np.float32)
        entries[:, 1], entries[:, -1] = at_edges[:, 0], at_edges[:, -1]
        entries[:, 2:-1] = (at_edges[:, 1:] + at_edges[:, :-1]) / 2
        return entries

    def _mark_narrow_peaks(
        self,
        uneven: NDArray[np.bool_],
        at_edges: NDArray[np.float64],
        scalars: NDArray[np.float64],
        here: NDArray[np.float64],
    ) -> None:
        """Mark, in place, the entries in which a peak between two edges rises and falls again."""
        # Halved, as above.
        entry = np.clip(((scalars / 2 - self.low / 2) / (self._step / 2)).astype(np.intp), 0, TABLE_SIZE - 1)
        for edge in (at_edges[:, entry], at_edges[:, entry + 1]):
            uneven[entry[np.abs(here - edge).max(axis=0) > _UNEVEN]] = True

    def _premultiplied(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Return exact premultiplied RGBA, (4, n)."""
        rgba = np.empty((4, values.size))
        rgba[3] = self._transfer.opacities(values, self._volumetric)
        np.multiply(self._transfer.colors(values).T, rgba[3], out=rgba[:3])
        return rgba

    @property
    def span(self) -> tuple[float, float, bool]:
        """What the entries of values follow from: tables of one span share them."""
        return self.low, self._step, self._needs_double

    @cached_property
    def rows(self) -> NDArray[np.float32]:
        """The same as `entries`, one row an entry: float32 (TABLE_SIZE + 3, 4)."""
        return np.ascontiguousarray(self.entries.T)

    @cached_property
    def visible(self) -> NDArray[np.bool_]:
        """Which entries may colour a pixel: the others have no opacity."""
        return cast("NDArray[np.bool_]", (self.entries[3] > 0) | self.uneven)

    @cached_property
    def clear_at_zero(self) -> bool:
        """Whether the value 0 has no opacity: the background of most heatmaps."""
        return bool(self._at_zero[3, 0] == 0)

    def lookup(self, values: NDArray[Any]) -> NDArray[np.float32]:
        """Return premultiplied RGBA, float32 (4, n), of finite values of shape (n,)."""
        return self.colors_at(self.indices(values).astype(np.intp), lambda: values)

    def colors_at(self, index: NDArray[np.intp], values: Callable[[], NDArray[Any]]) -> NDArray[np.float32]:
        """Return premultiplied RGBA, float32 (4, n), of entries and the values they were found for.

        The values are asked for only where an entry is not exact enough.
        """
        result = np.empty((4, index.size), dtype=np.float32)
        for entries, channel in zip(self.entries, result, strict=True):
            # 'clip' writes straight into the output; the indices are within bounds anyway.
            entries.take(index, out=channel, mode="clip")
        if self.has_uneven:
            uneven = np.flatnonzero(self.uneven.take(index, mode="clip"))
            if uneven.size:
                result[:, uneven] = self.exact(values().take(uneven))
        return cast("NDArray[np.float32]", result)

    def exact(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Return premultiplied RGBA, (4, n), of finite values of shape (n,), without the table."""
        # A step at 0 is common, and so is a background of zeros: evaluated once for all.
        background = values == 0
        result = np.empty((4, values.size))
        result[:, background] = self._at_zero
        result[:, ~background] = self._premultiplied(self._transfer.settled(values[~background]))
        return result

    def indices(self, values: NDArray[Any]) -> NDArray[np.int32]:
        """Return each value's entry, 1 … TABLE_SIZE + 2."""
        kind = np.float64 if self._needs_double else values.dtype.type
        with np.errstate(over="ignore"):
            if self._needs_double:
                # A jump may be many entries away from the float32 number that means it.
                position = (self._transfer.settled(values) - kind(self.low)) * kind(1.0 / self._step)
                position += kind(2.0)
            else:
                position = values * kind(1.0 / self._step)
                position += kind(2.0 - self.low / self._step)
        np.clip(position, kind(1), kind(TABLE_SIZE + 2), out=position)
        # Not straight to 64 bits: that conversion is five times slower.
        return cast("NDArray[np.int32]", position.astype(np.int32))


def _with_neighbours(uneven: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return marks of the inner entries as marks of all, each one's neighbours marked too."""
    marked = np.zeros(uneven.size + 3, dtype=bool)
    for offset in (1, 2, 3):
        marked[offset : offset + uneven.size] |= uneven
    marked[0] = False
    return marked
