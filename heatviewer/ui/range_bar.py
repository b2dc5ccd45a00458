"""A bar with the colours of a heatmap between two handles: the ends of its data range."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPalette, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from heatviewer.ui.controls import named

if TYPE_CHECKING:
    from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPaintEvent

_HANDLE = 6.0


class RangeBar(QWidget):
    """Two handles on the scale of the data; the colours lie between them.

    A drag of a handle moves one end, a drag between them both. Left and Right move the handle
    that was used last, Up and Down change to the other one.
    """

    edited = Signal(float, float)
    finished = Signal()

    def __init__(self, name: str, tip: str) -> None:
        super().__init__()
        named(self, name, tip)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self._limits = (0.0, 1.0)
        self._ends = (0.0, 1.0)
        self._image: QImage | None = None
        self._held: str | None = None
        self._grip = 0.0
        self._active = "low"

    def sizeHint(self) -> QSize:
        """Return the size that the layout takes."""
        return QSize(160, 26)

    def show_range(self, limits: tuple[float, float], ends: tuple[float, float], image: QImage) -> None:
        """Show the ends on a scale that holds them; `image` is the bar between them."""
        low, high = min(limits[0], ends[0]), max(limits[1], ends[1])
        if self._held is None:  # the scale stays while a handle is dragged
            self._limits = (low, high) if high > low else (low - 0.5, low + 0.5)
        self._ends, self._image = ends, image
        self.update()

    def x_of(self, value: float) -> float:
        """Return where a value lies on the widget."""
        low, high = self._limits
        return _HANDLE + (value - low) / (high - low) * (self.width() - 2 * _HANDLE)

    def _value_at(self, x: float) -> float:
        low, high = self._limits
        return low + (x - _HANDLE) / max(self.width() - 2 * _HANDLE, 1.0) * (high - low)

    def _part_at(self, x: float) -> str:
        """Return which part lies under a place: an end, or both."""
        from_low, from_high = abs(x - self.x_of(self._ends[0])), abs(x - self.x_of(self._ends[1]))
        if min(from_low, from_high) <= 1.5 * _HANDLE:
            return "low" if from_low < from_high else "high"
        if self.x_of(self._ends[0]) < x < self.x_of(self._ends[1]):
            return "both"
        return "low" if from_low < from_high else "high"

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of an end, or of both."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        self._held = self._part_at(event.position().x())
        if self._held != "both":
            self._active = self._held
        start = self._ends[1] if self._held == "high" else self._ends[0]
        self._grip = self._value_at(event.position().x()) - start
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move what is held."""
        if self._held is None:
            both = self._part_at(event.position().x()) == "both"
            self.setCursor(Qt.CursorShape.OpenHandCursor if both else Qt.CursorShape.SplitHCursor)
            return
        self._move(self._held, self._value_at(event.position().x()) - self._grip)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go: the drag is one step."""
        if event.button() == Qt.MouseButton.LeftButton and self._held is not None:
            self._held = None
            self.finished.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the handle that was used last by a hundredth of the scale."""
        step = {Qt.Key.Key_Left: -0.01, Qt.Key.Key_Right: 0.01}.get(Qt.Key(event.key()))
        if step is not None:
            at = self._ends[1] if self._active == "high" else self._ends[0]
            self._move(self._active, at + step * (self._limits[1] - self._limits[0]))
        elif event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._active = "high" if event.key() == Qt.Key.Key_Up else "low"
            self.update()
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """End a run of steps with the key."""
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right) and not event.isAutoRepeat():
            self.finished.emit()
        super().keyReleaseEvent(event)

    def _move(self, part: str, value: float) -> None:
        low, high = self._ends
        gap = (self._limits[1] - self._limits[0]) / 1000
        if part == "low":
            low = min(max(value, self._limits[0]), high - gap)
        elif part == "high":
            high = max(min(value, self._limits[1]), low + gap)
        else:
            width = high - low
            low = min(max(value, self._limits[0]), self._limits[1] - width)
            high = low + width
        if (low, high) != self._ends and low < high:
            self._ends = (low, high)
            self.edited.emit(low, high)
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the scale, the colours and the handles."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colors = self.palette()
        middle = self.height() / 2
        groove = QRectF(_HANDLE, middle - 5, self.width() - 2 * _HANDLE, 10)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colors.color(QPalette.ColorRole.Mid))
        painter.drawRoundedRect(groove, 2, 2)
        left, right = self.x_of(self._ends[0]), self.x_of(self._ends[1])
        if self._image is not None:
            painter.drawImage(QRectF(left, groove.top(), right - left, groove.height()), self._image)
        for part, x in (("low", left), ("high", right)):
            focused = self.hasFocus() and part == self._active
            edge = colors.color(QPalette.ColorRole.Highlight if focused else QPalette.ColorRole.WindowText)
            painter.setPen(QPen(edge, 2 if focused else 1))
            painter.setBrush(QColor(colors.color(QPalette.ColorRole.Base)))
            painter.drawRoundedRect(
                QRectF(QPointF(x - 3.5, middle - 10), QPointF(x + 3.5, middle + 10)), 3, 3
            )
