"""A strip above the pictures that offers unsaved work of a window that ended without saving."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton

from heatviewer.ui import icons
from heatviewer.ui.controls import named, plain

if TYPE_CHECKING:
    from datetime import datetime


class RecoveryBar(QFrame):
    """What was found, and what can be done with it.

    Signals
    -------
    opened, discarded, put_off
        A person chose so; nothing of it is done here.
    """

    opened = Signal()
    discarded = Signal()
    put_off = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("recovery")
        named(self, "Unsaved work was found", "Work of a window that ended without saving")
        self.text = plain(QLabel())
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setWordWrap(True)
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.open = named(QPushButton("Open"), "Open unsaved work", "Open it; it is saved when you save it")
        self.open.setObjectName("primary")
        self.discard = named(QPushButton("Discard"), "Discard unsaved work", "Delete it for good")
        self.later = named(QToolButton(), "Later", "Leave it, and be asked at the next start")
        self.later.setIconSize(QSize(16, 16))
        icons.set_icon(self.later, "close")
        self.open.clicked.connect(self.opened)
        self.discard.clicked.connect(self.discarded)
        self.later.clicked.connect(self.put_off)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 8, 8)
        row.setSpacing(8)
        for widget in (self.text, self.open, self.discard, self.later):
            row.addWidget(widget)
        self.hide()

    def show_offer(self, name: str, saved: datetime, more: int) -> None:
        """Offer the unsaved work of one study; `more` of them wait."""
        when = f"{saved.day} {saved:%B %Y}, {saved:%H:%M}"
        rest = f" {more} more after this." if more else ""
        self.text.setText(
            f"Unsaved work was found: {name}, last kept on {when}. HeatViewer ended without saving it.{rest}"
        )
        self.show()
