"""From a value to a colour and an opacity: one evaluation for slices, legends, probe and 3D."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np

from heatviewer.core.colormap import ColorMap, piecewise
from heatviewer.core.transfer_table import TransferTable

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

Rgb = tuple[float, float, float]
#: What is done with values outside the range, or missing: the end's colour, nothing, or a colour.
OutsideRule = Literal["clamp", "hide"] | Rgb
Edge = Literal["hard", "linear", "quadratic"]


#: By how many last digits an interpolation of equal float64 numbers may differ from them.
_ROUNDING = 8


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
        position = _share(values, low, high)
        if self.steps:
            # The share of a level's own lower end may come out a last digit below it.
            level = np.minimum(np.floor(position * self.steps + 1e-9), self.steps - 1)
            position = level / max(self.steps - 1, 1)
        return 1.0 - position if self.reverse else position

    def _explicit_colors(self, values: NDArray[np.float64], low: float, high: float) -> NDArray[np.float64]:
        table = np.asarray(self.rgb_points, dtype=np.float64).reshape(-1, 4)
        if self.steps or self.reverse:
            position = self._position(values, low, high)
            values = low * (1 - position) + high * position
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

    @cached_property
    def _jumps(self) -> NDArray[np.float64]:
        """The values at which colour or opacity jumps, rising: steps, levels, ends of the range."""
        low, high = self.color_range
        found = [end for end, rule in ((low, self.below), (high, self.above)) if rule != "clamp"]
        for points in (self.points()[::2], self.points(volumetric=True)[::2], (self.rgb_points or ())[::4]):
            found += [scalar for scalar, after in pairwise(points) if scalar == after]
        along = np.arange(1, self.steps or 1) / (self.steps or 1)
        return np.unique([*found, *(low * (1 - along) + high * along)])

    def settled(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Return finite samples as float64; one that means the value of a jump lies exactly on it.

        0.7 stored in float32 is less than 0.7, and equal float64 neighbours interpolate to a number
        a last digit beside theirs: neither is to fall on the wrong side of a step or a range's end.
        """
        wide = values.astype(np.float64)
        if not self._jumps.size:
            return wide
        above = np.searchsorted(self._jumps, wide)
        for index in (above - 1, above):
            mark = self._jumps.take(index, mode="clip")
            if values.dtype == np.float64:
                with np.errstate(over="ignore"):  # of numbers near the largest float
                    same = np.abs(wide - mark) <= _ROUNDING * np.spacing(np.abs(mark))
            else:
                same = values == _in_type(values, mark)
            # 0 is itself in every type, and no tiny number that became 0 in float32.
            wide = np.where(same & (wide != 0), mark, wide)
        return wide

    @property
    def has_threshold(self) -> bool:
        """Whether any value can be outside the threshold."""
        return self.threshold_abs is not None or self.threshold != (-math.inf, math.inf)

    def threshold_factor(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return 1 inside the threshold, 0 or a fading edge outside, in the type of `values`.

        The thresholds are rounded to the type of `values` first, so that data stored as 0.7 in
        float32 is ≥ 0.7. A soft edge is 1 up to the threshold, and 0 from its foot on: see `feet`.
        """
        if self.edge == "hard":
            return self.inside(values).astype(values.dtype)
        low, high = (_in_type(values, end) for end in self.threshold)
        below, above = self.feet
        factor: NDArray[Any] = np.ones(values.shape, dtype=values.dtype)
        if self.threshold_abs is not None:
            factor = self._edge(np.abs(values), _in_type(values, self.threshold_abs), 0.0)
        if low > -np.inf:
            factor = factor * self._edge(values, low, below)
        if high < np.inf:
            factor = factor * self._edge(-values, -high, None if above is None else -above)
        return factor

    @property
    def feet(self) -> tuple[float | None, float | None]:
        """Where soft edges of `threshold` end, below and above it; None: no room, the edge is hard.

        That is the end of the data range, or 0 where that is nearer, or where the range only begins
        at the threshold. An edge of `threshold_abs` ends at 0.
        """
        (low, high), (start, end) = self.threshold, self.data_range
        below, above = _foot(low, start), _foot(-high, -end)
        return below, None if above is None else 0.0 - above

    def inside(self, values: NDArray[Any]) -> NDArray[np.bool_]:
        """Return which values the threshold lets through in full, whatever the edge."""
        low, high = (_in_type(values, end) for end in self.threshold)
        found = np.ones(values.shape, dtype=bool)
        if self.threshold_abs is not None:
            found = _reaches(np.abs(values), _in_type(values, self.threshold_abs))
        if low > -np.inf:
            found &= _reaches(values, low)
        if high < np.inf:
            found &= _reaches(-values, -high)
        return found

    def _edge(self, values: NDArray[Any], threshold: Any, foot: float | None) -> NDArray[Any]:
        """Return 1 where values ≥ threshold, falling to 0 at `foot` below it."""
        inside = _reaches(values, threshold)
        if foot is None or not foot < float(threshold):
            return inside.astype(values.dtype)
        fade = _share(values, foot, float(threshold))
        if self.edge == "quadratic":
            fade = fade * fade
        return np.where(inside, values.dtype.type(1), fade)

    def rgba(
        self,
        values: NDArray[Any],
        missing: NDArray[np.bool_] | None = None,
        volumetric: bool = False,
        colored: NDArray[Any] | None = None,
    ) -> NDArray[np.float64]:
        """Return straight RGBA in 0…1, shape (…, 4), evaluated exactly; the reference for all drawing.

        `values` are samples in the unit of the data, `missing` where there are none. Colour and
        curve are those of `colored` where it is given (finite where `values` are): the samples after
        a display blur. The threshold is always that of `values`.
        """
        values = np.asarray(values)
        if values.dtype.kind != "f":
            values = values.astype(np.float64)
        lost = ~np.isfinite(values) if missing is None else missing | ~np.isfinite(values)
        clean = np.where(lost, values.dtype.type(0), values)
        result = np.empty((*clean.shape, 4))
        shown = self.settled(clean if colored is None else np.where(lost, 0, colored))
        result[..., :3] = self.colors(shown)
        result[..., 3] = self.opacities(shown, volumetric) * self.threshold_factor(clean)
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
        """The table that 3D is drawn from: the slices' own where the curve is."""
        return self.table if self.opacity_points_3d is None else TransferTable(self, volumetric=True)

    @cached_property
    def breaks(self) -> tuple[float, float]:
        """The span outside of which colour and opacity no longer change, for slices and 3D."""
        scalars = [*self.color_range, *self.points()[::2], *self.points(volumetric=True)[::2]]
        return min(scalars), max(scalars)


def _reaches(values: NDArray[Any], threshold: Any) -> NDArray[np.bool_]:
    """Return which values are a threshold of their own type, or above it."""
    if values.dtype == np.float64:
        # Interpolating equal float64 neighbours can end a few last digits below them; float32
        # samples are computed in double precision and rounded, and come out equal.
        threshold = threshold - _ROUNDING * np.spacing(np.abs(threshold))
    return cast("NDArray[np.bool_]", values >= threshold)


def _in_type(values: NDArray[Any], number: Any) -> Any:
    """Return a number, or numbers, in the type of `values`; beyond the type's reach they are infinite."""
    with np.errstate(over="ignore"):
        return values.dtype.type(number)


def _foot(threshold: float, end: float) -> float | None:
    """Return where a soft edge below a threshold ends, for a data range that begins at `end`."""
    if threshold > 0:
        end = max(end, 0.0) if end < threshold else 0.0
    return end if end < threshold else None


def opacity_by(values: NDArray[Any], low: float, high: float) -> NDArray[Any]:
    """Return the factor that another volume's values give to an opacity: 0 at `low`, 1 at `high`.

    Linear between and held beyond; in the type of `values`, which are finite.
    """
    return _share(values, low, high)


def _share(values: NDArray[Any], low: float, high: float) -> NDArray[Any]:
    """Return where values lie from `low` (0) to `high` (1), held beyond, in their own type.

    Where the ends are one number it is a step: 1 from there up.
    """
    if low == high:
        return cast("NDArray[Any]", (values >= _in_type(values, high)).astype(values.dtype))
    wide = values
    size, width = max(abs(low), abs(high)), high / 2 - low / 2
    if not (width > 1e-30 and size < 1e30 and width > 1e-4 * size):
        wide = values.astype(np.float64, copy=False)
        if width > 1e300 or size > 1e300:
            wide, low, high = wide / 4, low / 4, high / 4
    with np.errstate(over="ignore", invalid="ignore"):
        share = (wide - wide.dtype.type(low)) / wide.dtype.type(high - low)
    return cast("NDArray[Any]", np.clip(share, 0, 1).astype(values.dtype, copy=False))
