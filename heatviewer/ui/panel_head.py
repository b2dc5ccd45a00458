"""The strip at the top of a panel: its title, and buttons at the right."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

_HEIGHT = 36


class PanelHead(QWidget):
    """A strip whose `row` takes what follows the title."""

    def __init__(self, title: str = "") -> None:
        super().__init__()
        self.setObjectName("panel_head")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(12, 4, 6, 4)
        # As high as with buttons: heads below each other are alike.
        self.setMinimumHeight(_HEIGHT)
        if title:
            label = QLabel(title)
            label.setObjectName("heading")
            self.row.addWidget(label, 1)
