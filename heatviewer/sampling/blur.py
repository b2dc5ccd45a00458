"""The display blur: a Gaussian of a width in mm over the voxels that hold data.

For the picture only: thresholds, probe values and contour lines are of the raw values.
"""

from __future__ import annotations

import math
import threading
import weakref
from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from heatviewer.core.errors import Cancelled
from heatviewer.sampling.rule import missing_stored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from heatviewer.core.volume import Volume

#: The Gaussian is cut at so many standard deviations, as in scipy.ndimage.
_CUT = 4.0
#: Blurred volumes that are kept for a volume; more live as long as somebody holds them.
_KEPT_VOLUMES = 2
#: Rows of a weight matrix that are applied at a time, and voxels between two looks at `cancelled`.
_ROWS, _VOXELS = 64, 1 << 18

_Key = tuple[int, float, bool]


class _Shelf(NamedTuple):
    """What was made of one volume: all that is still alive, and the latest, which are held."""

    alive: weakref.WeakValueDictionary[_Key, Volume]
    latest: OrderedDict[_Key, Volume]


_SHELVES: weakref.WeakKeyDictionary[Volume, _Shelf] = weakref.WeakKeyDictionary()
_LOCK = threading.Lock()


def blurred(
    volume: Volume,
    frame: int,
    sigma_mm: float,
    zero_is_missing: bool = False,
    cancelled: Callable[[], bool] = lambda: False,
) -> Volume:
    """Return one frame of a volume smoothed by a Gaussian, on the same grid; the same object again.

    Along each of the grid's axes the standard deviation is `sigma_mm` divided by the distance of the
    voxel centres, and the Gaussian is cut at 4 of them. Weights are normalised over the voxels that
    hold data, so that neither the grid's edge nor a missing neighbour darkens a value; missing voxels
    stay missing (NaN). Values stay within the frame's own range. Of a sheared grid the Gaussian lies
    along its slanted axes, and is not quite round in the world. A single slice is not smoothed across.
    A colour volume's channels are smoothed alike.

    Parameters
    ----------
    volume : Volume
        Its slope and intercept are carried over: values are the mean of stored numbers, then scaled.
    frame : int
        Of a series; clamped.
    sigma_mm : float
        Standard deviation in world mm, 0 or more.
    zero_is_missing : bool
        Whether voxels that are exactly 0 hold no data.
    cancelled : callable
        Asked every few milliseconds; once it is true the work stops.

    Raises
    ------
    Cancelled
        Where it was stopped; nothing is kept.
    """
    made = ready(volume, frame, sigma_mm, zero_is_missing)
    if made is None:
        made = _smoothed(volume, frame, sigma_mm, zero_is_missing, cancelled)
        with _LOCK:
            shelf = _SHELVES.setdefault(volume, _Shelf(weakref.WeakValueDictionary(), OrderedDict()))
            # Another thread may have been faster: all are to hold the same object.
            made = shelf.alive.setdefault(_key(volume, frame, sigma_mm, zero_is_missing), made)
            _hold(shelf, _key(volume, frame, sigma_mm, zero_is_missing), made)
    return made


def is_ready(volume: Volume, frame: int, sigma_mm: float, zero_is_missing: bool = False) -> bool:
    """Return whether `blurred` would return at once."""
    return ready(volume, frame, sigma_mm, zero_is_missing) is not None


def ready(volume: Volume, frame: int, sigma_mm: float, zero_is_missing: bool = False) -> Volume | None:
    """Return what `blurred` returns if it has been made already; else None."""
    if sigma_mm <= 0 and volume.frames == 1 and not zero_is_missing:
        return volume
    key = _key(volume, frame, sigma_mm, zero_is_missing)
    with _LOCK:
        shelf = _SHELVES.get(volume)
        made = shelf.alive.get(key) if shelf is not None else None
        if shelf is not None and made is not None:
            _hold(shelf, key, made)
    return made


def _key(volume: Volume, frame: int, sigma_mm: float, zero_is_missing: bool) -> _Key:
    return min(max(frame, 0), volume.frames - 1), float(sigma_mm), bool(zero_is_missing)


def _hold(shelf: _Shelf, key: _Key, made: Volume) -> None:
    shelf.latest[key] = made
    shelf.latest.move_to_end(key)
    while len(shelf.latest) > _KEPT_VOLUMES:
        shelf.latest.popitem(last=False)


def _smoothed(
    volume: Volume, frame: int, sigma_mm: float, zero_is_missing: bool, cancelled: Callable[[], bool]
) -> Volume:
    # Transposed, the voxels lie one after the other in memory.
    stored = volume.frame(frame).T
    missing = missing_stored(volume, stored, zero_is_missing)
    lost = missing if missing.any() else None
    values = np.array(stored, dtype=volume.float_type, order="C")
    held: NDArray[Any] | None = None
    if lost is not None:
        np.copyto(values, 0, where=lost)
        held = (~lost).astype(values.dtype)
    ends = _range(values, lost)
    # Sums of the largest floats would overflow in their last digit; a quarter and four times are exact.
    shrink = values.dtype.type(0.25 if ends is not None and _is_huge(ends) else 1)
    values *= shrink
    for axis, spacing in enumerate(volume.spacing):
        weights = _weights(stored.shape[2 - axis], sigma_mm / spacing, values.dtype)
        for array in (values, held):
            if weights and array is not None:
                _convolve(array, 2 - axis, weights, cancelled)
    if held is not None:
        np.divide(values, held, out=values, where=held > 0)
    if ends is not None:
        # The last digit may have left the range in rounding.
        np.clip(values, *(end * shrink for end in ends), out=values)
    values /= shrink
    if lost is not None:
        np.copyto(values, np.nan, where=lost)
    # A colour volume's brightness says what is missing; its channels hold numbers everywhere.
    channels = tuple(_smoothed(channel, frame, sigma_mm, False, cancelled) for channel in volume.channels)
    return replace(volume, stored=values.T, padding=None, channels=channels)


def _range(values: NDArray[Any], lost: NDArray[np.bool_] | None) -> tuple[Any, Any] | None:
    """Return the smallest and largest value that is not lost; None where all are."""
    if lost is None:
        return values.min(), values.max()
    if lost.all():
        return None
    kind = values.dtype.type
    held = ~lost
    return values.min(where=held, initial=kind(np.inf)), values.max(where=held, initial=kind(-np.inf))


def _is_huge(ends: tuple[Any, Any]) -> bool:
    """Return whether values this large leave no room for a rounded sum."""
    return bool(max(abs(end) for end in ends) > np.finfo(ends[0].dtype).max / 4)


class _Band(NamedTuple):
    """Some rows of a weight matrix and the columns that they are not 0 in."""

    rows: slice
    columns: slice
    weights: NDArray[Any]


def _weights(count: int, sigma: float, kind: np.dtype[Any]) -> list[_Band]:
    """Return the weights of a Gaussian, sigma in voxels, on an axis: each row sums to 1.

    Empty where nothing would change. As matrices, because a product of those is three times as fast
    as a convolution, and its rows know the grid's edge.
    """
    reach = min(int(_CUT * sigma + 0.5), count - 1)
    bands = []
    for start in range(0, count if reach > 0 else 0, _ROWS):
        stop = min(start + _ROWS, count)
        first, last = max(start - reach, 0), min(stop + reach, count)
        away = np.arange(start, stop)[:, None] - np.arange(first, last)
        weights = np.where(np.abs(away) <= reach, np.exp(-0.5 * (away / sigma) ** 2), 0)
        weights /= weights.sum(axis=1, keepdims=True)
        bands.append(_Band(slice(start, stop), slice(first, last), weights.astype(kind)))
    return bands


def _convolve(array: NDArray[Any], axis: int, weights: list[_Band], cancelled: Callable[[], bool]) -> None:
    """Apply weights along an axis of a C-ordered array (z, y, x), in place."""
    for sheet in _sheets(array, axis):
        if cancelled():
            raise Cancelled("smoothing")
        result = np.empty(sheet.shape, dtype=sheet.dtype)
        for band in weights:
            np.matmul(band.weights, sheet[band.columns], out=result[band.rows])
        sheet[...] = result


def _sheets(array: NDArray[Any], axis: int) -> Iterator[NDArray[Any]]:
    """Yield views (n, m) that make up an array (z, y, x), the axis to be worked along first."""
    nz, ny, nx = array.shape
    if axis == 1:
        yield from array
        return
    flat = array.reshape(nz, ny * nx) if axis == 0 else array.reshape(nz * ny, nx).T
    step = max(1, math.ceil(_VOXELS / flat.shape[0]))
    for start in range(0, flat.shape[1], step):
        yield flat[:, start : start + step]
