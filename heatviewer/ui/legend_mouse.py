"""A hand on colour bars, wherever they are shown: drag a range, centre it, select; and marks on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, cast

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QToolTip

from heatviewer.app import legend_edits
from heatviewer.ui.controls import number_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QHelpEvent, QPainter
    from PySide6.QtWidgets import QWidget

    from heatviewer.app.legend_edits import Part, Range
    from heatviewer.app.scene import Scene
    from heatviewer.drawing.canvas import Rect
    from heatviewer.drawing.legend import LegendBar

Place = Literal["low", "high", "both", "centre", "box"]
#: A pointer that moved less than this, in pixels, has not dragged anything.
_STILL: Final = 3.0
#: A mark's size in pixels.
_MARK: Final = 5.0

_SHAPES: Final[dict[str, Qt.CursorShape]] = {
    "low": Qt.CursorShape.SizeVerCursor,
    "high": Qt.CursorShape.SizeVerCursor,
    "both": Qt.CursorShape.OpenHandCursor,
    "centre": Qt.CursorShape.PointingHandCursor,
    "box": Qt.CursorShape.PointingHandCursor,
}
_TIPS: Final[dict[str, str]] = {
    "low": "Drag: the low end of the range. Double click: its fields.",
    "high": "Drag: the high end of the range. Double click: its fields.",
    "both": "Drag: both ends of the range. Double click: its fields.",
    "centre": "The middle of the colours is not 0. Click: a range with 0 in its middle.",
    "box": "Click: select. Double click: the fields of the range.",
}


@dataclass(frozen=True)
class ShownLegend:
    """A legend where a widget shows it: its bar in device pixels, `top` of which are scrolled away."""

    layer_id: str
    bar: LegendBar
    ratio: float
    top: int = 0

    def _rect(self, rect: Rect) -> QRectF:
        ratio = self.ratio
        return QRectF(
            rect.left / ratio, (rect.top - self.top) / ratio, rect.width / ratio, rect.height / ratio
        )

    @property
    def box(self) -> QRectF:
        """The whole legend, in widget coordinates."""
        return self._rect(self.bar.box)

    @property
    def field(self) -> QRectF:
        """The bar of colours with what fades at its left, in widget coordinates."""
        return self._rect(self.bar.field)

    @property
    def centre(self) -> QRectF | None:
        """The amber mark, in widget coordinates."""
        return self._rect(self.bar.centre) if self.bar.centre is not None else None

    def share_of(self, y: float) -> float:
        """Return how far up the bar a row lies: 0 is its lower edge, 1 its upper."""
        field = self.field
        return (field.bottom() - y) / max(field.height(), 1e-9)

    def place_at(self, position: QPointF) -> Place | None:
        """Return which part of the legend lies under a widget position; None beside it."""
        if not self.box.contains(position):
            return None
        if self.centre is not None and self.centre.contains(position):
            return "centre"
        if not self.bar.has_bar:
            return "box"
        field = self.field
        # The numbers belong to the bar: it is slim.
        near = QRectF(field.left() - 4, field.top() - 5, self.box.right() - field.left(), field.height() + 10)
        return legend_edits.part_at(self.share_of(position.y())) if near.contains(position) else "box"


@dataclass(frozen=True)
class _Hold:
    """What is held by a pressed button: where it began, and the range then."""

    legend: ShownLegend
    place: Place
    start: QPointF
    ends: Range
    merge: object


class LegendMouse:
    """Takes the left button on the legends that a widget shows, and the keys that go with it."""

    def __init__(self, scene: Scene, widget: QWidget, legends: Callable[[], Sequence[ShownLegend]]) -> None:
        self._scene, self._widget, self._legends = scene, widget, legends
        self._hold: _Hold | None = None
        self._moved = self._centred = False

    @property
    def active(self) -> bool:
        """Whether the button is down."""
        return self._hold is not None

    def _at(self, position: QPointF) -> tuple[ShownLegend, Place] | None:
        for legend in self._legends():
            place = legend.place_at(position)
            if place is not None:
                return legend, place
        return None

    def holds(self, position: QPointF) -> bool:
        """Return whether there is a legend under a widget position."""
        return self._at(position) is not None

    # --- the button ------------------------------------------------------------------------

    def press(self, position: QPointF) -> bool:
        """Take hold of what is under the pointer and select its heatmap; False where there is no legend."""
        found = self._at(position)
        self._centred = False
        if found is None:
            return False
        legend, place = found
        self._scene.select(legend.layer_id)
        ends = self._scene.state.heatmap(legend.layer_id).data_range
        self._hold, self._moved = _Hold(legend, place, QPointF(position), ends, object()), False
        self._show_shape(place, held=True)
        return True

    def move(self, position: QPointF) -> bool:
        """Follow the pointer; return whether there is a legend under it, or in the hand."""
        hold = self._hold
        if hold is None:
            found = self._at(position)
            if found is not None:
                self._show_shape(found[1])
            return found is not None
        self._moved = self._moved or abs(position.y() - hold.start.y()) >= _STILL
        if self._moved and hold.place in ("low", "high", "both") and self._is_there(hold):
            shares = (hold.start.y() - position.y()) / max(hold.legend.field.height(), 1.0)
            part: Part = hold.place
            ends = legend_edits.moved_range(hold.ends, part, shares)
            legend_edits.move_range(self._scene, hold.legend.layer_id, ends, hold.merge)
        return True

    def release(self, position: QPointF) -> bool:
        """Let go: a drag ends its step, a click on the amber mark centres; False where nothing was held."""
        hold, self._hold = self._hold, None
        if hold is None:
            return False
        self._scene.end_drag()
        if hold.place == "centre" and hold.legend.place_at(position) == "centre" and self._is_there(hold):
            legend_edits.centre_range(self._scene, hold.legend.layer_id)
            self._centred = True
        self.move(position)
        return True

    def double_click(self, position: QPointF) -> str | None:
        """Return the heatmap whose range fields are asked for; None beside legends.

        The second click on an amber mark, which is gone by then, asks for nothing.
        """
        found = self._at(position)
        return found[0].layer_id if found is not None and not self._centred else None

    def cancel(self) -> bool:
        """Take back a drag that is going on; return whether there was one."""
        hold, self._hold = self._hold, None
        if hold is not None:
            legend_edits.take_back(self._scene, hold.merge)
        return hold is not None

    def _is_there(self, hold: _Hold) -> bool:
        return any(layer.id == hold.legend.layer_id for layer in self._scene.state.heatmaps)

    # --- what is told ----------------------------------------------------------------------

    def tip_at(self, position: QPointF) -> str | None:
        """Return what a legend is and what the mouse does there; None beside legends."""
        found = self._at(position)
        if found is None:
            return None
        layer = self._scene.state.heatmap(found[0].layer_id)
        if not found[0].bar.has_bar:
            return f"{layer.name}\n{_TIPS['box']}"
        low, high = (number_text(end) for end in layer.data_range)
        taken = ", taken from the data" if layer.data_range_auto else ""
        return f"{layer.name}: {low} … {high} {layer.unit}".rstrip() + f"{taken}\n{_TIPS[found[1]]}"

    def show_tip(self, event: QEvent) -> bool:
        """Answer a wish for a tool tip over a legend; return whether it was one."""
        if event.type() != QEvent.Type.ToolTip:
            return False
        asked = cast("QHelpEvent", event)
        tip = self.tip_at(QPointF(asked.pos()))
        if tip is not None:
            QToolTip.showText(asked.globalPos(), tip, self._widget)
        return tip is not None

    def _show_shape(self, place: Place, held: bool = False) -> None:
        shape = _SHAPES[place]
        if held and place == "both":
            shape = Qt.CursorShape.ClosedHandCursor
        self._widget.setCursor(shape)


def paint_mark(painter: QPainter, legend: ShownLegend, value: float) -> None:
    """Draw a triangle at the left of a bar, pointing at a value; outside the range at the end.

    A mask of one colour has no bar, and no mark.
    """
    if not legend.bar.has_bar:
        return
    low, high = legend.bar.data_range
    share = (value / 2 - low / 2) / (high / 2 - low / 2) if high > low else 0.5
    field = legend.field
    y = field.bottom() - min(max(share, 0.0), 1.0) * field.height()
    x = field.left() - 1
    painter.setPen(QColor(0, 0, 0))
    painter.setBrush(QColor(255, 255, 255))
    painter.drawPolygon(
        [QPointF(x, y), QPointF(x - _MARK, y - _MARK * 0.8), QPointF(x - _MARK, y + _MARK * 0.8)]
    )
