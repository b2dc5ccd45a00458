"""The colours of a colour volume: each channel by the same sampling rule as any number.

Channels are weighted by alpha and by whether a voxel holds data before they are sampled, so that
clear and missing voxels lend no colour to their neighbours: what comes out is premultiplied.
"""

from __future__ import annotations

import threading
import weakref
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from heatviewer.sampling.rule import missing_stored

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from heatviewer.core.volume import Volume
    from heatviewer.sampling.rule import Samples

#: The largest of a stored channel's numbers.
_FULL = 255.0


class _Parts(NamedTuple):
    """What is sampled of a colour volume, all on its grid.

    ``colors`` are red, green and blue in 0…255, times alpha in 0…1 where there is one, and 0 where
    a voxel is missing; ``alpha`` in 0…255 likewise. ``present`` is 1 where a voxel holds data, and
    None where all do.
    """

    colors: tuple[Volume, ...]
    alpha: Volume | None
    present: Volume | None


_PARTS: weakref.WeakKeyDictionary[Volume, dict[bool, _Parts]] = weakref.WeakKeyDictionary()
_LOCK = threading.Lock()


def colors_of(
    volume: Volume, sample: Callable[[Volume], Samples], zero_is_missing: bool = False
) -> NDArray[np.float32]:
    """Return a colour volume's colours as float32 (…, 4): premultiplied red, green and blue, and alpha.

    All are in 0…255, and 0 where there is no data.

    Parameters
    ----------
    volume : Volume
        With `channels`; missing is what its brightness says.
    sample : callable
        Gives the samples of a volume of the same grid at the points or pixels that are asked for.
    zero_is_missing : bool
        Whether voxels of brightness 0 hold no data.
    """
    parts = _parts(volume, zero_is_missing)
    found = [sample(part) for part in parts.colors]
    inside = found[0].present
    colors = np.empty((*found[0].values.shape, 4), dtype=np.float32)
    for channel, samples in enumerate(found):
        colors[..., channel] = samples.values
    colors[..., 3] = _FULL if parts.alpha is None else sample(parts.alpha).values
    if parts.present is not None:
        share = sample(parts.present).values
        np.divide(colors, share[..., None], out=colors, where=share[..., None] > 0)
        lost = sample(volume).present
        inside = lost if inside is None or lost is None else inside & lost
    # A cubic's colour and alpha overshoot apart from each other.
    np.minimum(colors[..., :3], colors[..., 3:], out=colors[..., :3])
    if inside is not None:
        colors[~inside] = 0
    return colors


def _parts(volume: Volume, zero_is_missing: bool) -> _Parts:
    """Return what is sampled of a colour volume, kept as long as it lives."""
    with _LOCK:
        kept = _PARTS.setdefault(volume, {})
        if zero_is_missing not in kept:
            kept[zero_is_missing] = _made(volume, zero_is_missing)
        return kept[zero_is_missing]


def _made(volume: Volume, zero_is_missing: bool) -> _Parts:
    present = None
    if zero_is_missing or volume.has_missing:
        lost = missing_stored(volume, volume.stored, zero_is_missing)
        present = ~lost if lost.any() else None
    # A volume that was moved takes its channels along.
    red, green, blue, *rest = (
        channel if np.array_equal(channel.affine, volume.affine) else replace(channel, affine=volume.affine)
        for channel in volume.channels
    )
    alpha = rest[0] if rest and bool((rest[0].stored != _FULL).any()) else None
    if present is None and alpha is None:
        return _Parts((red, green, blue), None, None)
    colors = tuple(_weighted(channel, alpha, present) for channel in (red, green, blue))
    opaque = replace(red, stored=np.full(red.stored.shape, 255, dtype=np.uint8, order="F"))
    if present is None:
        return _Parts(colors, alpha, None)
    weights = _weighted(alpha or opaque, None, present)
    return _Parts(colors, weights, replace(red, stored=present))


def _weighted(channel: Volume, alpha: Volume | None, present: NDArray[np.bool_] | None) -> Volume:
    """Return a channel times alpha, and 0 where no data is present."""
    stored: NDArray[Any] = channel.stored
    slope = 1.0
    if alpha is not None:
        # 255 × 255 fits into 16 bits.
        exact = np.uint16 if stored.dtype == alpha.stored.dtype == np.uint8 else np.float32
        stored, slope = np.multiply(stored, alpha.stored, dtype=exact), 1 / _FULL
    if present is not None:
        stored = stored * present
    return replace(channel, stored=stored, slope=slope)
