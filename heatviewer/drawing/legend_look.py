"""What a legend says of a heatmap: colours by value, numbers, threshold, lines, and what lies beside."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from heatviewer.drawing.ticks import number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from heatviewer.core.transfer import TransferFunction
    from heatviewer.model.requests import HeatmapDraw, LineDraw

Side = Literal["above", "below"]
#: Two colours that differ by less are the same in a picture of bytes.
_SAME = 0.5 / 255
#: Values at which the two sides of the bar are looked at, besides all points of the curves.
_LOOKS = 33
#: Of lines beyond an end of the bar so many are listed, those nearest to it.
_MOST_LINES = 4


class OpacityBy(NamedTuple):
    """The volume that a heatmap's opacity follows: its name, its range and its unit."""

    name: str
    low: float
    high: float
    unit: str


class Swatch(NamedTuple):
    """A colour or a line that stands beside the bar.

    ``kind`` 'above' and 'below' are the colours from the bar's end to that of the data, from left to
    right; 'missing' and 'label' are one colour; 'line' is a contour line whose level is not on the bar.
    """

    kind: Literal["above", "below", "missing", "line", "label"]
    label: str
    color: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)


class Swatches(NamedTuple):
    """Swatches over the bar and under it, from top to bottom."""

    over: tuple[Swatch, ...]
    under: tuple[Swatch, ...]


@dataclass(frozen=True)
class Look:
    """All that a legend shows of a heatmap: not its volume, which a cache must not hold on to.

    Attributes
    ----------
    transfer : TransferFunction
    opacity : float
        The layer's own.
    name, unit : str
    auto, off_centre : bool
        Whether the range was taken from the data; whether a diverging map's middle is not 0.
    moved : bool
        Whether the heatmap lies elsewhere than its header says.
    volumetric : bool
        Whether it goes with a 3D picture, where opacity is per mm of path and there are no lines.
    missing : bool
        Whether any voxel has no data.
    data : (float, float) or None
        Smallest and largest value of all.
    lines : tuple of LineDraw
        Contour lines and outlines that lie within the data.
    by : OpacityBy or None
    mask : bool
        Whether 0 and 1 are all that is ever coloured.
    labels : tuple of (int, str)
        Names of values, which are listed in place of a bar.
    """

    transfer: TransferFunction
    opacity: float
    name: str
    unit: str
    auto: bool
    off_centre: bool
    moved: bool
    volumetric: bool
    missing: bool
    data: tuple[float, float] | None
    lines: tuple[LineDraw, ...] = ()
    by: OpacityBy | None = None
    mask: bool = False
    labels: tuple[tuple[int, str], ...] = ()

    @classmethod
    def of(cls, draw: HeatmapDraw, volumetric: bool) -> Look:
        """Return what is to be said of a heatmap as it is drawn."""
        data = draw.volume.range
        within = data is not None and data[0] <= 0 <= data[1]
        lines = () if volumetric else (*draw.lines, *draw.outlines)
        other = draw.opacity_by
        return cls(
            transfer=draw.transfer,
            opacity=draw.opacity * (draw.opacity_3d if volumetric else 1.0),
            name=draw.name,
            unit=draw.unit,
            auto=draw.range_is_auto,
            off_centre=draw.off_centre,
            moved=bool(draw.moved),
            volumetric=volumetric,
            missing=draw.volume.has_missing or (draw.zero_is_missing and within),
            data=data,
            lines=tuple(sorted((line for line in lines if _within(line.level, data)), key=_level)),
            by=OpacityBy(other.name, other.low, other.high, other.unit) if other is not None else None,
            mask=draw.volume.kind == "mask" and draw.interpolation == "nearest" and draw.blur <= 0,
            labels=draw.labels,
        )

    @cached_property
    def ends(self) -> tuple[float, float]:
        """The values at the bar's ends: the data range; the colours' where that is a point."""
        low, high = self.transfer.data_range
        return (low, high) if low < high else self.transfer.color_range

    def rgba(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return straight RGBA (n, 4) in 0…1 of values, with the layer's opacity: as in a picture."""
        rgba = self.transfer.rgba(values, volumetric=self.volumetric)
        rgba[:, 3] *= self.opacity
        return rgba

    @cached_property
    def one_color(self) -> tuple[float, float, float] | None:
        """RGB in 0…1 of all that is seen of a mask, which then needs no bar; None for all else."""
        if not self.mask or self.by is not None:
            return None
        outside, inside = self.rgba(np.array([0.0, 1.0]))
        if outside[3] > _SAME or any(swatch.kind == "missing" for swatch in self.swatches.under):
            return None
        red, green, blue = map(float, inside[:3])
        return red, green, blue

    @cached_property
    def named(self) -> tuple[Swatch, ...]:
        """The named values that are seen, the lowest first, each name and colour once."""
        if not self.labels:
            return ()
        rgba = self.rgba(np.array([float(value) for value, _ in self.labels]))
        found = (
            Swatch("label", name, (float(red), float(green), float(blue), 1.0))
            for (_, name), (red, green, blue, alpha) in zip(self.labels, rgba, strict=True)
            if alpha > _SAME
        )
        return tuple(dict.fromkeys(found))

    @property
    def has_bar(self) -> bool:
        """Whether its colours are told by a bar, and not by swatches with names."""
        return self.one_color is None and not self.named

    # --- the threshold ---------------------------------------------------------------------

    @cached_property
    def thresholds(self) -> tuple[tuple[float, str], ...]:
        """The threshold's ends, each with the sign of what is shown from there on."""
        low, high = self.transfer.threshold
        found = [(low, "≥")] if math.isfinite(low) else []
        found += [(high, "≤")] if math.isfinite(high) else []
        if self.transfer.threshold_abs:
            found += [(self.transfer.threshold_abs, "≥"), (-self.transfer.threshold_abs, "≤")]
        return tuple(found)

    @property
    def marks(self) -> tuple[tuple[float, str], ...]:
        """The threshold's ends that lie on the bar, but not at its own ends."""
        low, high = self.ends
        return tuple(
            (value, sign)
            for value, sign in self.thresholds
            if low < value < high and not (self._same(value, low) or self._same(value, high))
        )

    def sign_at(self, end: float) -> str:
        """Return the sign of a threshold that lies at an end of the bar; empty for none."""
        return next((f"{sign} " for value, sign in self.thresholds if self._same(value, end)), "")

    def _same(self, value: float, end: float) -> bool:
        return abs(value / 2 - end / 2) <= 1e-6 * (self.ends[1] / 2 - self.ends[0] / 2)

    def row_of(self, value: float, height: int) -> float:
        """Return where a value lies on a bar of a height: 0 is its upper edge, the high end."""
        low, high = self.ends
        # Halves, so that a range near the largest float keeps a finite width.
        return (high / 2 - value / 2) / (high / 2 - low / 2) * height

    # --- beside the bar --------------------------------------------------------------------

    @cached_property
    def swatches(self) -> Swatches:
        """What the bar does not show and a picture does; nothing else."""
        low, high = self.ends
        # The highest on top; of too many those nearest to the bar.
        over = [_line_swatch(line) for line in self.lines if line.level > high][:_MOST_LINES][::-1]
        under = [_line_swatch(line) for line in self.lines[::-1] if line.level < low][:_MOST_LINES]
        above = [Swatch("above", "above")] if self._goes_on("above") else []
        below = [Swatch("below", "below")] if self._goes_on("below") else []
        red, green, blue, alpha = self.transfer.missing_rgba
        alpha *= self.opacity
        lost = self.missing and alpha > _SAME
        missing = [Swatch("missing", "no data", (red, green, blue, alpha))] if lost else []
        return Swatches((*over, *above), (*below, *under, *missing))

    def beyond(self, side: Side, count: int) -> NDArray[np.float64]:
        """Return straight RGBA (count, 4) of values from an end of the bar to that of the data."""
        share = (np.arange(count) + 0.5) / count
        low, high = self.ends
        first, last = (high, self._data[1]) if side == "above" else (low, self._data[0])
        return self.rgba(first * (1 - share) + last * share)

    @property
    def _data(self) -> tuple[float, float]:
        return self.data or self.ends

    def _goes_on(self, side: Side) -> bool:
        """Return whether values beyond an end of the bar look other than the end itself."""
        end, last = (self.ends[1], self._data[1]) if side == "above" else (self.ends[0], self._data[0])
        if not (last > end if side == "above" else last < end) or self._is_held(side, end):
            return False
        shown = self._premultiplied(np.concatenate([[end], self._sampled(end, last)]))
        if self.sign_at(end) and not shown[1:, 3].any():
            return False  # the sign at the number says so
        return bool(np.abs(shown - shown[0]).max() > _SAME)

    def _is_held(self, side: Side, end: float) -> bool:
        """Return whether it is plain, without evaluating anything, that the end's look holds beyond it."""
        transfer, forward = self.transfer, 1.0 if side == "above" else -1.0
        if (transfer.above if side == "above" else transfer.below) != "clamp":
            return False
        curves = [transfer.points(self.volumetric)[::2], (transfer.rgb_points or ())[::4]]
        # A curve may have one point at the end itself; two are a step.
        holds = all(
            all(forward * point <= forward * end for point in curve) and curve.count(end) < 2
            for curve in curves
        )
        return holds and all(forward * value < forward * end for value, _ in self.thresholds)

    def _premultiplied(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        rgba = self.rgba(values)
        rgba[:, :3] *= rgba[:, 3:]
        return rgba

    def _sampled(self, end: float, last: float) -> NDArray[np.float64]:
        """Return values beyond an end up to the last one: even steps, and both sides of all points."""
        transfer = self.transfer
        curves = [*transfer.points(self.volumetric)[::2], *(transfer.rgb_points or ())[::4]]
        points = np.array([*curves, *(value for value, _ in self.thresholds), end, last])
        share = np.linspace(0, 1, _LOOKS)
        even = end * (1 - share) + last * share
        sides = (np.nextafter(points, np.inf), np.nextafter(points, -np.inf))
        found = np.concatenate([even, points, *sides])
        # The last digits beyond the end are nobody's: a threshold of float64 has some slack there.
        away = np.abs(found / 2 - end / 2) > 1e-9 * (self.ends[1] / 2 - self.ends[0] / 2)
        inside = away & ((found > end) & (found <= last) if last > end else (found < end) & (found >= last))
        return found[inside]


def _within(level: float, data: tuple[float, float] | None) -> bool:
    return data is not None and data[0] <= level <= data[1]


def _level(line: LineDraw) -> float:
    return line.level


def _line_swatch(line: LineDraw) -> Swatch:
    return Swatch("line", line_label(line), (*line.color, 1.0))


def line_label(line: LineDraw) -> str:
    """Return what is written at a line in a legend: its own label, else its value."""
    return line.label or threshold_number(line.level)


def threshold_number(value: float) -> str:
    """Return a number with four digits that count: a threshold is exact, not a share of the range."""
    return number(value, abs(value))


def bar_value(data_range: tuple[float, float], row: Any, height: int) -> Any:
    """Return the values at rows of a bar: the lower edge is the low end, the upper the high end."""
    low, high = data_range
    share = (np.asarray(row, dtype=np.float64) + 0.5) / height
    # Within the ends: a range that is one value is one colour, not that of its last digit.
    return np.clip(high * (1 - share) + low * share, low, high)
