"""The line at the foot of the window: values under the pointer, what goes on, and a way to stop it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QLabel, QToolButton

from heatviewer.ui import icons
from heatviewer.ui.controls import named, plain
from heatviewer.ui.progress_line import ProgressLine

if TYPE_CHECKING:
    from PySide6.QtWidgets import QStatusBar


class StatusLine:
    """Fills a window's status bar.

    Attributes
    ----------
    hover, status : QLabel
    progress : ProgressLine
    stop : QToolButton
    """

    def __init__(self, bar: QStatusBar) -> None:
        bar.setAccessibleName("Status")
        bar.setSizeGripEnabled(False)
        self.hover = named(QLabel(), "Values under the pointer", "Values under the pointer")
        self.hover.setTextFormat(Qt.TextFormat.PlainText)
        self.status = plain(QLabel())
        # Nothing else keeps it off the window's edge.
        self.status.setContentsMargins(0, 0, 12, 0)
        self.progress = named(ProgressLine(), "Loading", "How much has been read")
        self.progress.setFixedWidth(160)
        self.stop = named(QToolButton(), "Cancel loading", "Stop reading files")
        self.stop.setIconSize(QSize(16, 16))
        icons.set_icon(self.stop, "close")
        bar.addWidget(self.hover, 1)
        for widget in (self.status, self.progress, self.stop):
            bar.addPermanentWidget(widget)
        self.progress.hide()
        self.stop.hide()
