"""What a value beside the range looks like: the end's colour, nothing, or a colour of one's own."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from heatviewer.ui.color_button import ColorButton
from heatviewer.ui.controls import Choice

_OWN = "colour"


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
        items = ((end, "clamp"), ("Hidden", "hide"), ("Own colour", _OWN))
        self.choice = Choice(items, name, tip)
        self.button = ColorButton(f"Colour of {name.lower()}", "Choose the colour", color, with_text=False)
        self.setToolTip(tip)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.choice, 1)
        row.addWidget(self.button)
        self.setFocusProxy(self.choice)
        self.choice.chosen.connect(
            lambda value: self.edited.emit(self.button.color if value == _OWN else value)
        )
        self.button.edited.connect(self.edited)
        self.show_value("clamp")

    def show_value(self, rule: str) -> None:
        """Show a rule; a colour is kept for when it is chosen again."""
        own = rule.startswith("#")
        if own:
            self.button.show_value(rule)
        self.choice.show_value(_OWN if own else rule)
        self.button.setVisible(own)
