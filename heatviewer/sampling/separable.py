"""Sampling a plane that lies along a grid's axes: one axis after the other, in numpy.

Each voxel axis is then driven by the columns, by the rows, or by neither, so a picture is two
gathers of whole rows instead of eight neighbours a pixel. Exact where VTK's kernel rounds positions
to 2⁻¹⁷ of a voxel, and faster: tests/benchmarks/bench_slices.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from heatviewer.core.geometry import nearest_voxel
from heatviewer.sampling.rule import cubic_taps

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from heatviewer.sampling.rule import Interpolation


class AxisRoles(NamedTuple):
    """Which voxel axis the picture's columns drive, which its rows, and which neither."""

    columns: int
    rows: int
    fixed: int


def axis_roles(matrix: NDArray[np.float64]) -> AxisRoles | None:
    """Return the axes' roles under a (column, row, 0) → voxel matrix; None for an oblique plane."""
    by_column = np.flatnonzero(matrix[:3, 0])
    by_row = np.flatnonzero(matrix[:3, 1])
    if len(by_column) != 1 or len(by_row) != 1 or by_column[0] == by_row[0]:
        return None
    columns, rows = int(by_column[0]), int(by_row[0])
    return AxisRoles(columns, rows, 3 - columns - rows)


def sample_separable(
    stored: NDArray[Any],
    matrix: NDArray[np.float64],
    roles: AxisRoles,
    size: tuple[int, int],
    interpolation: Interpolation,
    kind: np.dtype[Any],
) -> NDArray[Any]:
    """Return stored samples (height, width) of floating type `kind`, clamped to the edge outside."""
    width, height = size
    along_columns = matrix[roles.columns, 0] * np.arange(width) + matrix[roles.columns, 3]
    along_rows = matrix[roles.rows, 1] * np.arange(height) + matrix[roles.rows, 3]
    at = np.array([matrix[roles.fixed, 3]])
    # Voxel axes in the order (fixed, columns, rows): a view, no copy.
    turned = stored.transpose(roles.fixed, roles.columns, roles.rows)
    sheet = np.ascontiguousarray(_along_first(turned, at, interpolation, kind)[0])
    by_columns = _along_first(sheet, along_columns, interpolation, kind)
    return _along_first(np.ascontiguousarray(by_columns.T), along_rows, interpolation, kind)


def _along_first(
    array: NDArray[Any], position: NDArray[np.float64], interpolation: Interpolation, kind: np.dtype[Any]
) -> NDArray[Any]:
    """Return `array` interpolated along its first axis at `position`, as floating type `kind`."""
    last = len(array) - 1
    if interpolation == "nearest":
        return array[np.clip(nearest_voxel(position), 0, last)].astype(kind, copy=False)
    position = np.clip(position, 0, last)  # in the outer half voxel the edge's value holds
    start = np.floor(position).astype(np.intp)
    shape = (-1,) + (1,) * (array.ndim - 1)
    fraction = position - start
    if not fraction.any():
        return array[start].astype(kind, copy=False)
    if interpolation == "cubic":
        taps = [
            array[np.clip(start + offset, 0, last)] * weight.astype(kind).reshape(shape)
            for offset, weight in cubic_taps(fraction)
        ]
        return cast("NDArray[Any]", sum(taps[1:], taps[0]).astype(kind, copy=False))
    # low + (high − low)·f: equal neighbours give exactly their value, so that a threshold on it holds.
    # Of a small array the differences are taken before the gathering, of a large one after it.
    weight = fraction.astype(kind).reshape(shape)
    if array.ndim == 2 and len(array) <= len(position):
        array = array.astype(kind, copy=False)
        steps = np.zeros_like(array)
        np.subtract(array[1:], array[:-1], out=steps[:-1])
        result = steps.take(start, axis=0, mode="clip")
        result *= weight
        result += array.take(start, axis=0, mode="clip")
        return result
    low = array[start].astype(kind, copy=False)
    result = cast("NDArray[Any]", array[np.minimum(start + 1, last)].astype(kind, copy=False) - low)
    result *= weight
    result += low
    return result
