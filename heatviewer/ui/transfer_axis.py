"""The value axis of the transfer function's editor, where its parts lie, and what lies under a place."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal

from PySide6.QtCore import QPointF, QRectF

from heatviewer.app.transfer_handles import BOTH_ENDS, Handle, opacity_of, value_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from heatviewer.model.layer import HeatmapLayer

#: The axis can be stretched so far that this share of it fills the editor.
_NARROWEST: Final = 1e-5
#: A handle is taken hold of within so many units of its middle.
REACH: Final = 8.0
#: The curve is taken hold of within so many.
_LINE_REACH: Final = 5.0
#: Room beside the axis and within the plot, so that a handle at an end is seen whole.
_SIDE: Final = 9.0
_INNER: Final = 7.0
#: From the bottom: numbers, range handles, colour stops, the bar of colours, the strip of the result.
_TEXT, _LANE, _STOPS, _BAR, _STRIP, _GAP = 15.0, 13.0, 10.0, 13.0, 6.0, 3.0

Zone = Literal["plot", "bar", "stops", "lane", "axis"]


@dataclass(frozen=True)
class ValueAxis:
    """Values `low` … `high` over widget positions `left` … `right`."""

    low: float
    high: float
    left: float
    right: float

    @property
    def per_pixel(self) -> float:
        """How much of a value one unit of the widget is."""
        return (self.high - self.low) / max(self.right - self.left, 1.0)

    def x_of(self, value: float) -> float:
        """Return where a value lies; far beyond the widget it only says on which side."""
        share = (value / 2 - self.low / 2) / (self.high / 2 - self.low / 2)
        return self.left + min(max(share, -100.0), 100.0) * (self.right - self.left)

    def value_at(self, x: float) -> float:
        """Return the value at a position, within the axis."""
        share = (x - self.left) / max(self.right - self.left, 1.0)
        share = min(max(share, 0.0), 1.0)
        return self.low * (1 - share) + self.high * share

    def rounded(self, value: float) -> float:
        """Return a value without the digits that a pixel cannot tell apart."""
        step = self.per_pixel
        if not (step > 0 and math.isfinite(step)):
            return value
        digits = -math.floor(math.log10(step))
        return round(value, digits) if abs(digits) < 300 else value

    def holds(self, value: float) -> bool:
        """Return whether a value is on the axis."""
        return self.low <= value <= self.high

    def zoomed(self, full: tuple[float, float], x: float, factor: float) -> tuple[float, float]:
        """Return the ends after stretching by a factor about a position, within the full axis."""
        share = min(max((x - self.left) / max(self.right - self.left, 1.0), 0.0), 1.0)
        whole = full[1] / 2 - full[0] / 2
        half = min(max((self.high / 2 - self.low / 2) / factor, whole * _NARROWEST), whole)
        fixed = self.value_at(x)
        return _within(full, fixed - 2 * half * share, 2 * half)

    def scrolled(self, full: tuple[float, float], by: float) -> tuple[float, float]:
        """Return the ends after going along by a share of what is seen, within the full axis."""
        width = self.high - self.low
        return _within(full, self.low + by * width, width)


def _within(full: tuple[float, float], low: float, width: float) -> tuple[float, float]:
    low = max(min(low, full[1] - width), full[0])
    return low, min(low + width, full[1])


@dataclass(frozen=True)
class Layout:
    """Where the parts lie in a widget of some size."""

    width: float
    height: float

    def _row(self, bottom: float, height: float) -> QRectF:
        return QRectF(_SIDE, self.height - bottom - height, max(self.width - 2 * _SIDE, 1.0), height)

    @cached_property
    def text(self) -> QRectF:
        """The numbers of the axis."""
        return self._row(0, _TEXT)

    @cached_property
    def lane(self) -> QRectF:
        """The handles of the data range."""
        return self._row(_TEXT, _LANE)

    @cached_property
    def stops(self) -> QRectF:
        """The colour stops, hanging from the bar."""
        return self._row(_TEXT + _LANE, _STOPS)

    @cached_property
    def bar(self) -> QRectF:
        """The colours."""
        return self._row(_TEXT + _LANE + _STOPS, _BAR)

    @cached_property
    def strip(self) -> QRectF:
        """The colours with their opacity."""
        return self._row(_TEXT + _LANE + _STOPS + _BAR, _STRIP)

    @cached_property
    def plot(self) -> QRectF:
        """Histogram and curve, the frame included."""
        bottom = _TEXT + _LANE + _STOPS + _BAR + _STRIP + _GAP
        return QRectF(0.5, 0.5, self.width - 1, max(self.height - bottom - 1, 10.0))

    @cached_property
    def curve(self) -> QRectF:
        """The part of the plot in which opacities 0…1 lie."""
        plot = self.plot
        return QRectF(_SIDE, plot.top() + _INNER, self.bar.width(), max(plot.height() - 2 * _INNER, 1.0))

    def axis(self, low: float, high: float) -> ValueAxis:
        """Return an axis over the parts' width."""
        return ValueAxis(low, high, self.bar.left(), self.bar.right())

    def y_of(self, opacity: float) -> float:
        """Return where an opacity lies in the plot."""
        return self.curve.bottom() - opacity * self.curve.height()

    def opacity_at(self, y: float) -> float:
        """Return the opacity at a position, in whole per cent."""
        share = (self.curve.bottom() - y) / self.curve.height()
        return round(min(max(share, 0.0), 1.0), 2)

    def zone_at(self, y: float) -> Zone:
        """Return which part lies at a height."""
        if y < self.strip.top() - _GAP:
            return "plot"
        if y < self.bar.bottom():
            return "bar"
        if y < self.stops.bottom():
            return "stops"
        return "lane" if y < self.lane.bottom() else "axis"

    def grip(self, x: float) -> QRectF:
        """Return the grip at the top of a threshold's line."""
        return QRectF(x - 4.0, self.plot.top(), 8.0, 10.0)

    def place_of(
        self, layer: HeatmapLayer, handle: Handle, axis: ValueAxis, volumetric: bool = False
    ) -> QPointF:
        """Return the middle of a handle, in widget coordinates; it may be beyond the axis."""
        x = axis.x_of(value_of(layer, handle, volumetric))
        if handle.kind == "opacity":
            return QPointF(x, self.y_of(opacity_of(layer, handle.index, volumetric)))
        if handle.kind == "color":
            return QPointF(x, self.stops.center().y())
        if handle == BOTH_ENDS:
            return QPointF(x / 2 + axis.x_of(layer.data_range[1]) / 2, self.lane.center().y())
        if handle.kind == "range":
            return QPointF(x, self.lane.center().y())
        return QPointF(x, self.grip(x).center().y())


def handle_under(
    position: QPointF,
    layer: HeatmapLayer,
    handles: Sequence[Handle],
    layout: Layout,
    axis: ValueAxis,
    volumetric: bool = False,
) -> Handle | None:
    """Return the handle under a position: the nearest one within reach, or both ends of the range."""
    zone = layout.zone_at(position.y())
    kinds = {
        "plot": ("opacity",),
        "stops": ("color",),
        "lane": ("range",),
    }.get(zone, ())
    near = _nearest(position, [h for h in handles if h.kind in kinds], layer, layout, axis, volumetric)
    if near is not None or zone not in ("plot", "lane"):
        return near
    if zone == "lane":
        low, high = (axis.x_of(end) for end in layer.data_range)
        return BOTH_ENDS if low < position.x() < high else None
    for handle in handles:  # a threshold is taken hold of anywhere along its line
        if handle.kind in ("threshold", "magnitude"):
            x = axis.x_of(value_of(layer, handle, volumetric))
            on_grip = layout.grip(x).adjusted(-2, 0, 2, 2).contains(position)
            if axis.left - 1 <= x <= axis.right + 1 and (on_grip or abs(position.x() - x) <= 3):
                return handle
    return None


def _nearest(
    position: QPointF,
    handles: Sequence[Handle],
    layer: HeatmapLayer,
    layout: Layout,
    axis: ValueAxis,
    volumetric: bool,
) -> Handle | None:
    best, least = None, REACH
    for handle in handles:
        place = layout.place_of(layer, handle, axis, volumetric)
        if not axis.left - 1 <= place.x() <= axis.right + 1:
            continue
        offset = place - position
        # In the rows of stops and of the range only the distance along them counts.
        away = math.hypot(offset.x(), offset.y() if handle.kind == "opacity" else 0.0)
        # Of handles in one place the last is taken at their right, so that all can be pulled apart.
        if away < least or (away == least and position.x() >= place.x()):
            best, least = handle, away
    return best


def on_line(position: QPointF, line: Sequence[QPointF]) -> bool:
    """Return whether a position is on a polyline, within reach."""
    for start, end in itertools.pairwise(line):
        along = end - start
        length = along.x() ** 2 + along.y() ** 2
        offset = position - start
        share = (offset.x() * along.x() + offset.y() * along.y()) / length if length else 0.0
        share = min(max(share, 0.0), 1.0)
        off = offset - along * share
        if math.hypot(off.x(), off.y()) <= _LINE_REACH:
            return True
    return False
