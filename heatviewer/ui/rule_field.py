"""What a value beside the range looks like: the end's colour, nothing, or a colour of one's own."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import QColorDialog, QHBoxLayout, QPushButton, QWidget

from heatviewer.ui.controls import Choice, named

_OWN = "colour"
_CHIP = QSize(18, 12)


class RuleField(QWidget):
    """A choice, and beside it the colour where one is chosen.

    Signals
    -------
    edited : str
        ``"clamp"``, ``"hide"`` or ``"#rrggbb"``.
    """

    edited = Signal(str)

    def __init__(self, name: str, tip: str, end: str, color: str) -> None:
        super().__init__()
        self._color = color
        items = ((end, "clamp"), ("Hidden", "hide"), ("Own colour", _OWN))
        self.choice = Choice(items, name, tip)
        self.button = named(QPushButton(), f"Colour of {name.lower()}", "Choose the colour")
        self.button.setObjectName("small")
        self.button.setFixedWidth(36)
        self.button.setIconSize(_CHIP)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.choice, 1)
        row.addWidget(self.button)
        self.setFocusProxy(self.choice)
        self.choice.chosen.connect(lambda value: self.edited.emit(self._color if value == _OWN else value))
        self.button.clicked.connect(self._ask)
        self.show_value("clamp")

    def show_value(self, rule: str) -> None:
        """Show a rule; a colour is kept for when it is chosen again."""
        own = rule.startswith("#")
        if own:
            self._color = rule
        self.choice.show_value(_OWN if own else rule)
        chip = QPixmap(_CHIP)
        chip.fill(QColor(self._color))
        self.button.setIcon(QIcon(chip))
        self.button.setVisible(own)

    def _ask(self) -> None:
        """Let a colour be chosen; it is taken over when the dialog is accepted, as one step."""
        dialog = QColorDialog(QColor(self._color), self)
        dialog.setWindowTitle(self.button.accessibleName())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.colorSelected.connect(lambda color: self.edited.emit(color.name()))
        dialog.open()
