"""What the window says while files are held over it: what a drop here would do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPalette, QPen
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QPaintEvent

DropRole = Literal["study", "heatmap"]
_MARGIN = 12


def drop_text(role: DropRole, names: Sequence[str], has_base: bool) -> tuple[str, str]:
    """Return a heading and a line that tell what a drop will do."""
    listed = names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more" if names else "files"
    if role == "heatmap":
        return ("Add as heatmap" if len(names) < 2 else "Add as heatmaps"), listed
    if has_base:
        return "Open as new study", f"{listed}, in place of what is open"
    return "Open", listed


class DropOverlay(QWidget):
    """A veil with one field, or with a study open two: add as heatmap, or open as a new study."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName("What a drop here does")
        self.names: list[str] = []
        self.has_base = False
        self.role: DropRole = "study"
        self.hide()

    def show_for(self, names: Sequence[str], has_base: bool) -> None:
        """Cover the parent and tell what dropping these files will do."""
        self.names, self.has_base = list(names), has_base
        self.role = "heatmap" if has_base else "study"
        parent = self.parentWidget()
        if parent is not None:
            self.setGeometry(parent.rect())
        self.show()
        self.raise_()

    def move_to(self, position: QPoint) -> None:
        """Light up the field under the pointer."""
        role = next((role for role, box in self._fields() if box.contains(position)), self.role)
        if role != self.role:
            self.role = role
            self.update()

    def _fields(self) -> list[tuple[DropRole, QRect]]:
        room = self.rect().adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
        if not self.has_base:
            return [("study", room)]
        upper, lower = QRect(room), QRect(room)
        upper.setBottom(room.top() + int(room.height() * 0.7) - _MARGIN // 2)
        lower.setTop(upper.bottom() + _MARGIN)
        return [("heatmap", upper), ("study", lower)]

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the veil and the fields."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(0, 0, 0, 150))
        accent = self.palette().color(QPalette.ColorRole.Highlight)
        for role, box in self._fields():
            lit = role == self.role
            fill = QColor(accent)
            fill.setAlpha(110 if lit else 30)
            painter.setBrush(fill)
            painter.setPen(QPen(QColor(255, 255, 255, 220 if lit else 90), 2, Qt.PenStyle.DashLine))
            painter.drawRoundedRect(box, 8, 8)
            heading, line = drop_text(role, self.names, self.has_base)
            painter.setPen(QColor(255, 255, 255, 255 if lit else 170))
            font = self.font()
            font.setPointSizeF(font.pointSizeF() * 1.6)
            font.setBold(True)
            painter.setFont(font)
            upper = box.adjusted(0, 0, 0, -28)
            painter.drawText(upper, Qt.AlignmentFlag.AlignCenter, heading)
            painter.setFont(self.font())
            painter.drawText(box.adjusted(16, 28, -16, 0), Qt.AlignmentFlag.AlignCenter, line)
