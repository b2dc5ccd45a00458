"""How often each value occurs in a volume: exact counts in even bins, kept while the volume lives."""

from __future__ import annotations

import math
import sys
import weakref
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from heatviewer.sampling.rule import missing_stored

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from heatviewer.core.volume import Volume

#: Bins are as narrow as they can be with at most so many: a tenth of the range still fills a panel.
_MOST_BINS: Final = 4096
#: Voxels counted at once: they and what is computed of them stay in the processor's cache
#: (tests/benchmarks/bench_histogram.py: a quarter of numpy.histogram's time).
_BLOCK: Final = 1 << 14


@dataclass(frozen=True, eq=False)
class Histogram:
    """Counts of values in even bins.

    Attributes
    ----------
    counts : ndarray
        int64, one entry a bin; a bin holds its lower edge and not its upper one.
    low, high : float
        Lower edge of the first bin and upper edge of the last, in the unit of the data. Bins of
        whole numbers reach half a number beyond them.
    """

    counts: NDArray[np.int64]
    low: float
    high: float

    @property
    def edges(self) -> NDArray[np.float64]:
        """The bins' edges, one more than there are bins."""
        return np.linspace(self.low, self.high, self.counts.size + 1)

    @property
    def total(self) -> int:
        """How many values were counted."""
        return int(self.counts.sum())

    @cached_property
    def _below(self) -> NDArray[np.float64]:
        return np.concatenate([[0.0], np.cumsum(self.counts, dtype=np.float64)])

    def columns(self, low: float, high: float, count: int) -> NDArray[np.float64]:
        """Return how many values lie in each of `count` even columns over `low` … `high`, shape (count,).

        A column narrower than a bin has the count of its bin, so that a bin is drawn flat.
        """
        if not self.counts.size or count < 1:
            return np.zeros(max(count, 0))
        wide = (self.high / 2 - self.low / 2) / self.counts.size
        column = (high / 2 - low / 2) / count
        steps = np.arange(count + 1) / count
        # Halves, as everywhere: a span near the largest float does not overflow.
        places = (low / 2 - self.low / 2) + steps * (high / 2 - low / 2)
        if column < wide:
            inside = np.floor((places[:-1] + column / 2) / wide)
            held = (inside >= 0) & (inside < self.counts.size)
            bins = np.where(held, inside, 0).astype(np.intp)
            return np.where(held, self.counts[bins], 0).astype(np.float64)
        return np.diff(np.interp(places / wide, np.arange(self.counts.size + 1.0), self._below))


def histogram(volume: Volume, frame: int = 0, zero_is_missing: bool = False) -> Histogram:
    """Return how often each value occurs in one frame; missing voxels are left out.

    The bins lie over the values of all frames, so that they stay while frames are gone through.
    Widths are powers of two, and for whole numbers whole numbers: no value is ever counted beside
    its bin by rounding. Without any value there are no bins.
    """
    kept = _kept(volume)
    key = (min(max(frame, 0), volume.frames - 1), zero_is_missing)
    if key not in kept:
        kept[key] = _counted(volume, *key)
    return kept[key]


def kept_histogram(volume: Volume, frame: int = 0, zero_is_missing: bool = False) -> Histogram | None:
    """Return what `histogram` would, if it has been counted before; at once."""
    key = (min(max(frame, 0), volume.frames - 1), zero_is_missing)
    return _kept(volume).get(key)


def _kept(volume: Volume) -> dict[tuple[int, bool], Histogram]:
    return _HISTOGRAMS.setdefault(volume, {})


_HISTOGRAMS: weakref.WeakKeyDictionary[Volume, dict[tuple[int, bool], Histogram]] = (
    weakref.WeakKeyDictionary()
)


def _counted(volume: Volume, frame: int, zero_is_missing: bool) -> Histogram:
    span = volume.range
    if span is None:
        return Histogram(np.zeros(0, np.int64), 0.0, 0.0)
    low, high = sorted((value - volume.intercept) / volume.slope for value in span)
    whole = volume.stored.dtype.kind in "iu"
    if whole:
        counter = _whole_counter(low, high)
    else:
        counter = _even_counter(low, high, volume.stored.dtype, margin=int(volume.is_scaled))
    counts = np.zeros(counter.bins, np.int64)
    spare = _Spare(counter.kind)
    for block in _present(volume, frame, zero_is_missing):
        counts += np.bincount(counter.places(block, spare), minlength=counter.bins)
    return _in_units(volume, counts, counter)


def _present(volume: Volume, frame: int, zero_is_missing: bool) -> Iterator[NDArray[Any]]:
    """Yield the stored numbers of a frame that hold data, block by block."""
    flat = volume.frame(frame).ravel(order="K")
    check = zero_is_missing or volume.has_missing
    for start in range(0, flat.size, _BLOCK):
        block = flat[start : start + _BLOCK]
        yield block[~missing_stored(volume, block, zero_is_missing)] if check else block


class _Spare:
    """Memory for a block's steps: fresh memory for each took ten times as long."""

    def __init__(self, kind: np.dtype[Any]) -> None:
        self.scaled = np.empty(_BLOCK, kind)
        self.narrow = np.empty(_BLOCK, np.int32)
        self.places = np.empty(_BLOCK, np.intp)


@dataclass(frozen=True)
class _Counter:
    """Even bins over stored numbers: bin n begins at (first + n) · width − shift."""

    first: int
    bins: int
    exponent: int
    whole: bool
    kind: np.dtype[Any]

    def places(self, block: NDArray[Any], spare: _Spare) -> NDArray[np.intp]:
        """Return each number's bin, in spare memory."""
        found = spare.places[: block.size]
        if self.whole:
            np.right_shift(block, self.exponent, out=found, casting="unsafe")
            np.subtract(found, self.first, out=found)
        else:
            scaled, narrow = spare.scaled[: block.size], spare.narrow[: block.size]
            # By a power of two, so without rounding.
            np.multiply(block, self.kind.type(2.0**-self.exponent), out=scaled)
            np.floor(scaled, out=scaled)
            np.subtract(scaled, self.kind.type(self.first), out=scaled)
            # To 32 bits first: straight to 64 is slower.
            np.copyto(narrow, scaled, casting="unsafe")
            np.copyto(found, narrow)
        return np.clip(found, 0, self.bins - 1, out=found)

    @property
    def ends(self) -> tuple[float, float]:
        """The outer edges, as stored numbers."""
        shift = 0.5 if self.whole else 0.0
        return (
            _scaled(self.first, self.exponent) - shift,
            _scaled(self.first + self.bins, self.exponent) - shift,
        )


def _whole_counter(low: float, high: float) -> _Counter:
    """Return bins for whole numbers: one number each, or a power of two of them."""
    first, last = round(low), round(high)
    exponent = max(0, math.ceil(math.log2(max((last - first + 1) / _MOST_BINS, 1))))
    while (last >> exponent) - (first >> exponent) >= _MOST_BINS:
        exponent += 1
    start = first >> exponent
    return _Counter(start, (last >> exponent) - start + 1, exponent, True, np.dtype(np.int64))


def _even_counter(low: float, high: float, kind: np.dtype[Any], margin: int) -> _Counter:
    """Return bins for floating numbers; constant ones are one bin, a thousandth of them wide.

    `margin` bins more at either end serve ends that are known to a last digit or two only.
    """
    width = (high / 2 - low / 2) / (_MOST_BINS / 2) or abs(low) / 1024 or 2.0**-10
    exponent = max(math.frexp(width)[1] - 1, -960)
    while _bin(high, exponent) - _bin(low, exponent) >= _MOST_BINS:
        exponent += 1
    # Beyond these the scaled numbers or the factor leave float32.
    narrow = kind == np.float32 and -90 <= exponent <= 120
    first = _bin(low, exponent) - margin
    bins = _bin(high, exponent) + margin - first + 1
    return _Counter(first, bins, exponent, False, np.dtype("f4" if narrow else "f8"))


def _bin(value: float, exponent: int) -> int:
    scaled = math.ldexp(value, -exponent)
    return -1 if value < 0 and scaled == 0 else math.floor(scaled)  # so small that it is lost


def _scaled(number: int, exponent: int) -> float:
    """Return number × 2^exponent; the upper edge of the last bin may lie beyond the largest float."""
    try:
        return math.ldexp(number, exponent)
    except OverflowError:
        return math.copysign(sys.float_info.max, number)


def _in_units(volume: Volume, counts: NDArray[np.int64], counter: _Counter) -> Histogram:
    """Return counts over stored numbers as counts over values, rising."""
    low, high = (float(end * volume.slope + volume.intercept) for end in counter.ends)
    if low > high:
        return Histogram(counts[::-1].copy(), high, low)
    return Histogram(counts, low, high)
