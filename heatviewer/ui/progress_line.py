"""A thin bar that shows how far something has got."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPalette
from PySide6.QtWidgets import QSizePolicy, QWidget

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

_HEIGHT = 4


class ProgressLine(QWidget):
    """A bar for a fraction of 0…1; it paints with everything else.

    The toolkit's bar paints itself, and all that waits to be painted, within every new value: beside
    a thread that reads this holds the window up (tests/benchmarks/bench_loading.py).
    """

    def __init__(self) -> None:
        super().__init__()
        self._fraction = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def fraction(self) -> float:
        """What is shown, 0…1."""
        return self._fraction

    def show_fraction(self, fraction: float) -> None:
        """Show how far it is, 0…1."""
        if fraction != self._fraction:
            self._fraction = fraction
            self.setAccessibleDescription(f"{fraction:.0%}")
            self.update()

    def sizeHint(self) -> QSize:
        """Return a width to begin with, and the height of the line."""
        return QSize(80, _HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the groove and what is done."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        line = QRectF(0, (self.height() - _HEIGHT) / 2, self.width(), _HEIGHT)
        colors = ((QPalette.ColorRole.Mid, 1.0), (QPalette.ColorRole.Highlight, self._fraction))
        for role, part in colors:
            painter.setBrush(self.palette().color(role))
            painter.drawRoundedRect(QRectF(line.x(), line.y(), line.width() * part, _HEIGHT), 2, 2)
