"""Integers moved by a whole intercept stay integers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from heatviewer.io.progress import Progress

#: Elements handled between two looks at the stop button: a few milliseconds of work.
SLAB: Final = 1 << 21


def slabs(array: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """Yield a Fortran-ordered array's memory as flat views of at most SLAB elements."""
    flat = array.reshape(-1, order="F")
    for start in range(0, flat.size, SLAB):
        yield flat[start : start + SLAB]


def value_range(array: NDArray[Any], progress: Progress) -> tuple[int, int]:
    """Return the smallest and largest element of an integer array."""
    lows, highs = [], []
    for slab in slabs(array):
        progress.check()
        lows.append(int(slab.min()))
        highs.append(int(slab.max()))
    return min(lows), max(highs)


def moved_type(dtype: np.dtype[Any], low: int, high: int) -> np.dtype[Any] | None:
    """Return the integer type for moved values low … high: as wide as before if it can be.

    Unsigned values that become negative get the signed type of the same width where that holds
    them, else int16 or int32; None if none of these does.
    """
    signed = np.dtype(f"i{dtype.itemsize}")
    wider = [np.dtype(name) for name in ("i2", "i4") if np.dtype(name).itemsize > dtype.itemsize]
    for candidate in (dtype.newbyteorder("="), signed, *wider):
        limits = np.iinfo(candidate)
        if limits.min <= low and high <= limits.max:
            return candidate
    return None


def moved(array: NDArray[Any], intercept: int, target: np.dtype[Any], progress: Progress) -> NDArray[Any]:
    """Return ``array + intercept`` as `target`; in place where the width stays (array is then used up)."""
    out = (
        array.view(target)
        if target.itemsize == array.dtype.itemsize
        else np.empty(array.shape, target, order="F")
    )
    if out.flags.writeable is False:
        out = np.empty(array.shape, target, order="F")
    # Modulo 2^bits, as two's complement adds: an intermediate sum may leave the source's range.
    modulus = np.dtype(f"u{target.itemsize}")
    step = np.array(intercept % (1 << (8 * target.itemsize)), dtype=modulus)
    for source, result in zip(slabs(array), slabs(out), strict=True):
        progress.check()
        np.add(source.astype(target).view(modulus), step, out=result.view(modulus))
    return out
