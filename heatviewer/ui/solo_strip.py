"""A line below the heatmaps that says that one of them is shown alone, and ends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QWidget

from heatviewer.ui.controls import named
from heatviewer.ui.layer_row import ElidedLabel

if TYPE_CHECKING:
    from PySide6.QtGui import QAction


class SoloStrip(QWidget):
    """'Only motor map is shown', and a button that shows all again."""

    def __init__(self, show_all: QAction) -> None:
        super().__init__()
        frame = QFrame()
        frame.setObjectName("solo_strip")
        self.text = ElidedLabel()
        self.button = named(QToolButton(), "Show all heatmaps again", show_all.toolTip())
        self.button.setObjectName("solo_end")
        self.button.setText("Show all")
        self.button.clicked.connect(show_all.trigger)
        row = QHBoxLayout(frame)
        row.setContentsMargins(8, 2, 2, 2)
        row.setSpacing(8)
        row.addWidget(self.text, 1)
        row.addWidget(self.button)
        room = QHBoxLayout(self)
        room.setContentsMargins(8, 4, 8, 8)
        room.addWidget(frame)

    def show_name(self, name: str | None) -> None:
        """Show which heatmap is alone; None hides the line."""
        self.setVisible(name is not None)
        if name is not None:
            named(self.text, f"Only {name} is shown", f"Only {name} is shown; the others are as they were")
            self.text.show_text(f"Only {name} is shown")
