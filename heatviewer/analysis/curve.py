"""The values of a series at one voxel over its frames, and the axis they are shown over."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from heatviewer.core.geometry import apply_affine, nearest_voxel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from heatviewer.core.geometry import Vec3
    from heatviewer.core.volume import FrameAxis, Volume

#: What stands under curves that share no axis of their own.
NUMBERS = "frame"


@dataclass(frozen=True, eq=False)
class Curve:
    """One layer's values over its frames.

    Attributes
    ----------
    name, unit : str
    values : ndarray
        Float64 (frames,), in the unit of the data; NaN where there is no data.
    axis : FrameAxis or None
        What the frames differ in.
    frame : int
        The one that is shown.
    """

    name: str
    unit: str
    values: NDArray[np.float64]
    axis: FrameAxis | None = None
    frame: int = 0


def curve_at(volume: Volume, world: Vec3, zero_is_missing: bool = False) -> NDArray[np.float64] | None:
    """Return a series' values at the voxel nearest to a world point, mm, over all frames.

    Float64 (frames,), in the unit of the data, NaN for missing ones; None outside the grid. Reads one
    voxel of each frame and no more.
    """
    index = np.round(apply_affine(volume.world_to_voxel, world), 11)
    if np.any(index < -0.5) or np.any(index > np.asarray(volume.grid) - 0.5):
        return None
    i, j, k = np.clip(nearest_voxel(index), 0, np.asarray(volume.grid) - 1)
    stored = np.atleast_1d(volume.stored[i, j, k])
    missing = volume.missing_in(stored)
    values = np.array(volume.values_of(stored), dtype=np.float64)
    if missing is not None:
        values[missing] = math.nan
    if zero_is_missing:
        values[values == 0] = math.nan
    return values


def common_axis(curves: Sequence[Curve]) -> FrameAxis | None:
    """Return the axis that all curves can be shown over: of one name and unit, and rising.

    None where they differ, where a file says nothing, or where values repeat as b-values do: frames
    are then counted, from 1.
    """
    axes = [curve.axis for curve in curves]
    first = axes[0] if axes else None
    if first is None:
        return None
    for axis, curve in zip(axes, curves, strict=True):
        alike = axis is not None and (axis.name, axis.unit) == (first.name, first.unit)
        if not alike or axis is None or len(axis.values) != curve.values.size:
            return None
        steps = np.diff(axis.values)
        if not (np.isfinite(axis.values).all() and (steps > 0).all()):
            return None
    return first


def places(curve: Curve, shared: FrameAxis | None) -> NDArray[np.float64]:
    """Return where a curve's values stand: at the axis' own values, or counted from 1."""
    if shared is None or curve.axis is None:
        return np.arange(1.0, curve.values.size + 1)
    return np.asarray(curve.axis.values, dtype=np.float64)


def on_one_scale(curves: Sequence[Curve], unit: str) -> tuple[NDArray[np.float64], ...]:
    """Return the values as one plot shows them: those of another unit are stretched over its range."""
    alike = [curve.values for curve in curves if curve.unit == unit]
    low, high = _ends(np.concatenate(alike)) if alike else (0.0, 1.0)
    shown = []
    for curve in curves:
        values = curve.values
        if curve.unit != unit:
            first, last = _ends(values)
            values = low + (values - first) / ((last - first) or 1.0) * (high - low)
        shown.append(values)
    return tuple(shown)


def _ends(values: NDArray[np.float64]) -> tuple[float, float]:
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)


def axis_title(shared: FrameAxis | None) -> str:
    """Return what stands at the axis: 'time [s]', or 'frame'."""
    if shared is None:
        return NUMBERS
    return f"{shared.name} [{shared.unit}]" if shared.unit else shared.name


def as_csv(curves: Sequence[Curve]) -> str:
    """Return curves as CSV: the frame from 0, its value where all share an axis, a column a layer.

    Nine digits; missing values, and frames that a shorter series has not, are empty.
    """
    import csv

    shared = common_axis(curves)
    count = max((curve.values.size for curve in curves), default=0)
    longest = max(curves, key=lambda curve: curve.values.size, default=None)
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    head = ["frame", *([axis_title(shared)] if shared is not None else [])]
    rows.writerow(head + [f"{c.name} [{c.unit}]" if c.unit else c.name for c in curves])
    for n in range(count):
        row = [str(n)]
        if shared is not None and longest is not None:
            row.append(_number(places(longest, shared)[n]))
        rows.writerow(row + [_number(c.values[n]) if n < c.values.size else "" for c in curves])
    return text.getvalue()


def _number(value: float) -> str:
    return f"{value:.9g}" if math.isfinite(value) else ""
