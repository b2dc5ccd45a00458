"""A calm line that offers something, with one button to take it and one to send it away."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QPushButton, QToolButton

from heatviewer.ui import icons
from heatviewer.ui.controls import named, plain


class Offer(QFrame):
    """A finding, and what can be done about it; ``take.clicked`` and ``dismiss.clicked`` tell."""

    def __init__(self, finding: str, button: str, tip: str) -> None:
        super().__init__()
        self.setObjectName("offer")
        named(self, "Offer", finding)
        self.text = plain(QLabel(finding))
        self.text.setWordWrap(True)
        self.take = named(QPushButton(button), button, tip)
        self.take.setObjectName("small")
        self.dismiss = named(QToolButton(), "Dismiss the offer", "Leave it as it is, and do not ask again")
        self.dismiss.setIconSize(QSize(12, 12))
        self.dismiss.setObjectName("dismiss")
        icons.set_icon(self.dismiss, "close")
        grid = QGridLayout(self)
        grid.setContentsMargins(8, 6, 4, 8)
        grid.setHorizontalSpacing(4)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(0, 1)
        grid.addWidget(self.text, 0, 0)
        grid.addWidget(self.dismiss, 0, 1, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(self.take, 1, 0, Qt.AlignmentFlag.AlignLeft)
