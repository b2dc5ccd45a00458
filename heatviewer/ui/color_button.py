"""Buttons that show a colour and let another one be chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPalette, QPen
from PySide6.QtWidgets import QAbstractButton, QColorDialog, QSizePolicy

from heatviewer.ui.controls import named

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

_CHIP = QSize(18, 12)
_PADDING = 6


class ColorButton(QAbstractButton):
    """A swatch with the colour's number beside it, or the swatch alone.

    Signals
    -------
    edited : str
        ``"#rrggbb"``, when the dialog is accepted: one step.
    """

    edited = Signal(str)

    def __init__(self, name: str, tip: str, color: str = "#ffffff", with_text: bool = True) -> None:
        super().__init__()
        named(self, name, tip)
        self.color = color
        self._with_text = with_text
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.clicked.connect(self._ask)

    def show_value(self, color: str) -> None:
        """Show a colour."""
        if color != self.color:
            self.color = color
            self.setAccessibleDescription(color)
            self.update()

    def sizeHint(self) -> QSize:
        """Return the size of swatch and text."""
        width = _CHIP.width() + 2 * _PADDING
        if self._with_text:
            width += _PADDING + self.fontMetrics().horizontalAdvance("#dddddd")
        return QSize(width, 26)

    def _ask(self) -> None:
        dialog = QColorDialog(QColor(self.color), self)
        dialog.setWindowTitle(self.accessibleName())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.colorSelected.connect(lambda color: self.edited.emit(color.name()))
        dialog.open()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw frame, swatch and text in the theme's colours."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colors = self.palette()
        group = QPalette.ColorGroup.Normal if self.isEnabled() else QPalette.ColorGroup.Disabled
        role = QPalette.ColorRole.AlternateBase if self.underMouse() else QPalette.ColorRole.Base
        edge = QPalette.ColorRole.Highlight if self.hasFocus() else QPalette.ColorRole.Mid
        painter.setPen(colors.color(edge))
        painter.setBrush(colors.color(role))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        top = (self.height() - _CHIP.height()) / 2
        chip = QRectF(_PADDING, top, _CHIP.width(), _CHIP.height())
        # A thin line keeps white on white and black on black visible.
        rim = QColor(colors.color(QPalette.ColorRole.WindowText))
        rim.setAlpha(110)
        painter.setPen(QPen(rim, 1))
        painter.setBrush(QColor(self.color))
        painter.setOpacity(1.0 if self.isEnabled() else 0.4)
        painter.drawRoundedRect(chip.adjusted(0.5, 0.5, -0.5, -0.5), 2, 2)
        if self._with_text:
            painter.setPen(colors.color(group, QPalette.ColorRole.Text))
            room = QRectF(self.rect()).adjusted(chip.right() + _PADDING, 0, 0, 0)
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.color)
