"""From a value to a colour and an opacity: one evaluation for slices, legends, probe and 3D."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np

from heatviewer.core.colormap import ColorMap, piecewise

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

Rgb = tuple[float, float, float]
#: What is done with values outside the range, or missing: the end's colour, nothing, or a colour.
OutsideRule = Literal["clamp", "hide"] | Rgb
Edge = Literal["hard", "linear", "quadratic"]

#: Entries of the drawing table. At 4096 a straight stretch of curve is off by at most 1/8192 of
#: its height; entries that hold a step or a steep flank are evaluated exactly, pixel by pixel.
TABLE_SIZE = 4096
#: A table entry whose two edges differ by more is evaluated exactly; else its middle is drawn, which
#: is then off by less than half of 1/255.
_UNEVEN = 0.9 / 255


def default_opacity(low: float, high: float) -> tuple[float, ...]:
    """Return the contract's default opacity points s, o, … for a data range.

    0 at the low end, 0.5 from 20 % of the range up; for a range −m…m, 0 at 0 and 0.5 from
    ±20 % of m outwards. Constant data is shown, unless it is 0.
    """
    if low == high == 0:
        return (0.0, 0.0)  # an empty map shows nothing
    if low == -high and high > 0:
        return (low, 0.5, -0.2 * high, 0.5, 0.0, 0.0, 0.2 * high, 0.5, high, 0.5)
    return (low, 0.0, low + 0.2 * (high - low), 0.5, high, 0.5)


@dataclass(frozen=True)
class TransferFunction:
    """How the values of a heatmap become colour and opacity.

    Attributes
    ----------
    color_map : ColorMap
        Map over 0…1, stretched over `data_range`; unused where `rgb_points` is given.
    data_range : (float, float)
        Low and high end in the unit of the data; low ≤ high.
    rgb_points : tuple of float or None
        Flat list s, r, g, b, … in the unit of the data, RGB-linear between points.
    opacity_points : tuple of float or None
        Flat list s, o, … in the unit of the data; None is `default_opacity`.
    opacity_points_3d : tuple of float or None
        The same for 3D, opacity per 1 mm of path; None is `opacity_points`.
    threshold : (float, float)
        Inclusive; values outside are transparent. Infinite ends are open.
    threshold_abs : float or None
        Two-sided: visible where |s| ≥ t (and within `threshold`).
    edge : {'hard', 'linear', 'quadratic'}
        How alpha falls off beyond the threshold.
    below, above : OutsideRule
        What values beyond the colours' range show.
    nan : OutsideRule
        What missing voxels show; 'clamp' is the low end.
    reverse : bool
        Whether the map runs from its end to its start.
    steps : int or None
        Number of flat colour levels; None is continuous.
    """

    color_map: ColorMap
    data_range: tuple[float, float]
    rgb_points: tuple[float, ...] | None = None
    opacity_points: tuple[float, ...] | None = None
    opacity_points_3d: tuple[float, ...] | None = None
    threshold: tuple[float, float] = (-math.inf, math.inf)
    threshold_abs: float | None = None
    edge: Edge = "hard"
    below: OutsideRule = "clamp"
    above: OutsideRule = "clamp"
    nan: OutsideRule = "hide"
    reverse: bool = False
    steps: int | None = None

    @cached_property
    def color_range(self) -> tuple[float, float]:
        """The range that the colours span: the explicit points', else the data range."""
        if self.rgb_points is None:
            return self.data_range
        return self.rgb_points[0], self.rgb_points[-4]

    def points(self, volumetric: bool = False) -> tuple[float, ...]:
        """Return the opacity points in force, for slices or for 3D."""
        slices = self.opacity_points
        if slices is None:
            slices = default_opacity(*self.data_range)
        return self.opacity_points_3d if volumetric and self.opacity_points_3d is not None else slices

    def colors(self, values: ArrayLike) -> NDArray[np.float64]:
        """Return RGB in 0…1 of finite values of shape (…), as (…, 3)."""
        values = np.asarray(values, dtype=np.float64)
        low, high = self.color_range
        if self.rgb_points is None:
            rgb = self.color_map.colors(self._position(values, low, high))
        else:
            rgb = self._explicit_colors(values, low, high)
        for rule, outside in ((self.below, values < low), (self.above, values > high)):
            if not isinstance(rule, str):
                rgb[outside] = rule
        return rgb

    def _position(self, values: NDArray[np.float64], low: float, high: float) -> NDArray[np.float64]:
        """Return where values lie on the map, 0…1, after reversing and stepping."""
        width = high / 2 - low / 2
        if width > 0:
            position = np.clip((values / 2 - low / 2) / width, 0.0, 1.0)
        else:
            position = (values >= high).astype(np.float64)
        if self.steps:
            level = np.minimum(np.floor(position * self.steps), self.steps - 1)
            position = level / max(self.steps - 1, 1)
        return 1.0 - position if self.reverse else position

    def _explicit_colors(self, values: NDArray[np.float64], low: float, high: float) -> NDArray[np.float64]:
        table = np.asarray(self.rgb_points, dtype=np.float64).reshape(-1, 4)
        if self.steps or self.reverse:
            values = low + self._position(values, low, high) * (high - low)
        return piecewise(values, table[:, 0], table[:, 1:])

    def opacities(self, values: ArrayLike, volumetric: bool = False) -> NDArray[np.float64]:
        """Return the curve's opacity in 0…1 of finite values, without the threshold."""
        values = np.asarray(values, dtype=np.float64)
        table = np.asarray(self.points(volumetric), dtype=np.float64).reshape(-1, 2)
        opacity = piecewise(values, table[:, 0], table[:, 1:])[..., 0]
        low, high = self.color_range
        if self.below == "hide":
            opacity[values < low] = 0.0
        if self.above == "hide":
            opacity[values > high] = 0.0
        return opacity

    @property
    def has_threshold(self) -> bool:
        """Whether any value can be outside the threshold."""
        return self.threshold_abs is not None or self.threshold != (-math.inf, math.inf)

    def threshold_factor(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return 1 inside the threshold, 0 or a fading edge outside, in the type of `values`.

        The thresholds are rounded to the type of `values` first, so that data stored as 0.7 in
        float32 is ≥ 0.7. A soft edge fades from the threshold to 0, or to the end of the data
        range where that is nearer.
        """
        kind = values.dtype.type
        low, high = (kind(end) for end in self.threshold)
        factor: NDArray[Any] = np.ones(values.shape, dtype=values.dtype)
        if self.threshold_abs is not None:
            factor = self._edge(np.abs(values), kind(self.threshold_abs), kind(0))
        if low > -np.inf:
            start = max(self.data_range[0], 0.0) if low > 0 else self.data_range[0]
            factor = factor * self._edge(values, low, kind(start))
        if high < np.inf:
            end = min(self.data_range[1], 0.0) if high < 0 else self.data_range[1]
            factor = factor * self._edge(-values, -high, kind(-end))
        return factor

    def _edge(self, values: NDArray[Any], threshold: Any, foot: Any) -> NDArray[Any]:
        """Return 1 where values ≥ threshold, falling to 0 at `foot` below it."""
        if values.dtype == np.float64:
            # Interpolating equal float64 neighbours can end a few last digits below them; float32
            # samples are computed in double precision and rounded, and come out equal.
            threshold = threshold - 8 * np.spacing(np.abs(threshold))
        inside = values >= threshold
        if self.edge == "hard" or not foot < threshold:
            return cast("NDArray[Any]", inside.astype(values.dtype))
        with np.errstate(over="ignore", invalid="ignore"):
            fade = np.clip((values - foot) / (threshold - foot), 0, 1)
        if self.edge == "quadratic":
            fade = fade * fade
        return cast("NDArray[Any]", np.where(inside, values.dtype.type(1), fade))

    def rgba(
        self,
        values: NDArray[Any],
        missing: NDArray[np.bool_] | None = None,
        volumetric: bool = False,
    ) -> NDArray[np.float64]:
        """Return straight RGBA in 0…1, shape (…, 4), evaluated exactly; the reference for all drawing.

        `values` are samples in the unit of the data, `missing` where there are none.
        """
        values = np.asarray(values)
        if values.dtype.kind != "f":
            values = values.astype(np.float64)
        lost = ~np.isfinite(values) if missing is None else missing | ~np.isfinite(values)
        clean = np.where(lost, values.dtype.type(0), values)
        result = np.empty((*clean.shape, 4))
        result[..., :3] = self.colors(clean)
        result[..., 3] = self.opacities(clean, volumetric) * self.threshold_factor(clean)
        if lost.any():
            result[lost] = self.missing_rgba
        return result

    @cached_property
    def missing_rgba(self) -> tuple[float, float, float, float]:
        """The RGBA of missing voxels: transparent unless a colour is set for them."""
        if self.nan == "hide":
            return (0.0, 0.0, 0.0, 0.0)
        if self.nan == "clamp":
            low = np.array([self.color_range[0]])
            red, green, blue = (float(c) for c in self.colors(low)[0])
            return (red, green, blue, float(self.opacities(low)[0]))
        return (*self.nan, 1.0)

    @cached_property
    def table(self) -> TransferTable:
        """The table that slices are drawn from."""
        return TransferTable(self, volumetric=False)

    @cached_property
    def table_3d(self) -> TransferTable:
        """The table that 3D is drawn from."""
        return TransferTable(self, volumetric=True)

    @cached_property
    def breaks(self) -> tuple[float, float]:
        """The span outside of which colour and opacity no longer change, for slices and 3D."""
        scalars = [*self.color_range, *self.points()[::2], *self.points(volumetric=True)[::2]]
        return min(scalars), max(scalars)


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
        edges = self.low + np.arange(TABLE_SIZE + 1) * self._step
        middles = edges[:-1] / 2 + edges[1:] / 2
        at_edges = self._premultiplied(edges)
        inner = self._premultiplied(middles)
        clear = np.zeros((1, 4))
        entries = np.concatenate([clear, at_edges[:1], inner, at_edges[-1:]]).astype(np.float32)
        # One array a channel: numpy works on long rows, not on groups of four.
        self._channels = np.ascontiguousarray(entries.T)
        uneven = np.abs(np.diff(at_edges, axis=0)).max(axis=1) > _UNEVEN
        self._mark_narrow_peaks(uneven, at_edges)
        #: Which entries hold a step or a steep flank, or lie beside one, as an index in float32 can
        #: be one off: their pixels are evaluated one by one.
        marked = np.convolve(np.concatenate([[False], uneven, [False]]), [1, 1, 1], "same") > 0
        self.uneven = np.concatenate([[False], marked])
        reach = np.float32(max(abs(self.low), abs(self.high)))
        self._needs_double = not 1e-30 < self._step < 1e30 or self._step < 4 * float(np.spacing(reach))
        self._has_uneven = bool(uneven.any())
        self._at_zero = self._premultiplied(np.zeros(1)).T

    def _mark_narrow_peaks(self, uneven: NDArray[np.bool_], at_edges: NDArray[np.float64]) -> None:
        """Mark, in place, the entries in which a peak between two edges rises and falls again."""
        explicit = (*self._transfer.points(self._volumetric)[::2], *(self._transfer.rgb_points or ())[::4])
        scalars = np.array(explicit)
        entry = np.clip(((scalars - self.low) / self._step).astype(np.intp), 0, TABLE_SIZE - 1)
        for side in (scalars, np.nextafter(scalars, -np.inf)):
            here = self._premultiplied(side)
            for edge in (at_edges[entry], at_edges[entry + 1]):
                uneven[entry[np.abs(here - edge).max(axis=1) > _UNEVEN]] = True

    def _premultiplied(self, values: NDArray[Any]) -> NDArray[np.float64]:
        rgba = np.empty((values.size, 4))
        rgba[:, 3] = self._transfer.opacities(values, self._volumetric)
        rgba[:, :3] = self._transfer.colors(values) * rgba[:, 3:]
        return rgba

    @cached_property
    def visible(self) -> NDArray[np.bool_]:
        """Which entries may colour a pixel: the others have no opacity."""
        return cast("NDArray[np.bool_]", (self._channels[3] > 0) | self.uneven)

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
        for entries, channel in zip(self._channels, result, strict=True):
            # 'clip' writes straight into the output; the indices are within bounds anyway.
            entries.take(index, out=channel, mode="clip")
        if self._has_uneven:
            exact = np.flatnonzero(self.uneven.take(index, mode="clip"))
            picked = values().take(exact) if exact.size else exact
            background = picked == 0
            # A step at 0 is common, and so is a background of zeros: evaluated once for all.
            result[:, exact[background]] = self._at_zero
            exact = exact[~background]
            if exact.size:
                result[:, exact] = self._premultiplied(picked[~background]).T
        return cast("NDArray[np.float32]", result)

    def indices(self, values: NDArray[Any]) -> NDArray[np.int32]:
        """Return each value's entry, 1 … TABLE_SIZE + 2."""
        kind = np.float64 if self._needs_double else values.dtype.type
        with np.errstate(over="ignore"):
            if self._needs_double:
                position = (values - kind(self.low)) * kind(1.0 / self._step)
                position += kind(2.0)
            else:
                position = values * kind(1.0 / self._step)
                position += kind(2.0 - self.low / self._step)
        np.maximum(position, 1, out=position)
        np.minimum(position, TABLE_SIZE + 2, out=position)
        # Not straight to 64 bits: that conversion is five times slower.
        return cast("NDArray[np.int32]", position.astype(np.int32))
