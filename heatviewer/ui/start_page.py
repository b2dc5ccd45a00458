"""What an empty window shows: an invitation to open a study."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from heatviewer.ui import icons
from heatviewer.ui.controls import named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from heatviewer.ui.theme import Tokens

_RECENT_SHOWN = 6
_WIDTH = 520


class StartPage(QFrame):
    """'Drop a scan here', the ways to open one, and what was open lately."""

    opened = Signal()
    folder_opened = Signal()
    demo_opened = Signal()
    recent_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("start")
        self._tokens: Tokens | None = None
        self._symbol = QLabel()
        self._symbol.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        title = QLabel("Drop a scan here")
        title.setObjectName("title")
        title.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        hint = QLabel(
            "A DICOM folder, ZIP or file, NIfTI, NRRD, MetaImage, MGH, an array or a picture. "
            "The first is the base, the others lie on it as heatmaps."
        )
        hint.setObjectName("muted")
        hint.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        hint.setWordWrap(True)
        notice = QLabel("Not a medical device; not for diagnosis.")
        notice.setObjectName("muted")
        notice.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._recent = QVBoxLayout()
        self._recent.setSpacing(2)
        body = QWidget()
        body.setMaximumWidth(_WIDTH)
        body.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        column = QVBoxLayout(body)
        column.setSpacing(12)
        for widget in (self._symbol, title, hint):
            column.addWidget(widget)
        column.addSpacing(8)
        column.addLayout(self._buttons())
        column.addSpacing(12)
        column.addLayout(self._recent)
        outer = QVBoxLayout(self)
        outer.addStretch(2)
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addWidget(body, 8)
        middle.addStretch(1)
        outer.addLayout(middle)
        outer.addStretch(3)
        outer.addWidget(notice)

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        for title, symbol, signal, tip in (
            ("Open…", "open", self.opened, "Open one or more files (Ctrl+O)"),
            (
                "Open folder…",
                "folder",
                self.folder_opened,
                "Open a folder with DICOM series or images (Ctrl+D)",
            ),
            ("Try the demo", "demo", self.demo_opened, "Open a study made in memory, with two heatmaps"),
        ):
            button = named(QPushButton(f" {title}"), title.rstrip("…"), tip)
            button.setIconSize(QSize(16, 16))
            icons.set_icon(button, symbol)
            button.clicked.connect(signal)
            row.addWidget(button)
        row.addStretch(1)
        return row

    def show_recent(self, paths: Sequence[str]) -> None:
        """List what was open lately, the latest first."""
        while (item := self._recent.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.setParent(None)
                widget.deleteLater()
        if not paths:
            return
        heading = QLabel("Recent")
        heading.setObjectName("heading")
        self._recent.addWidget(heading)
        for path in paths[:_RECENT_SHOWN]:
            place = Path(path)
            button = named(QPushButton(f"{place.name}    {place.parent}"), f"Open {place.name}", path)
            button.setFlat(True)
            button.setStyleSheet("text-align: left; border: 0; background: transparent;")
            button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            button.clicked.connect(lambda _=False, path=path: self.recent_chosen.emit(path))
            self._recent.addWidget(button)

    def set_tokens(self, tokens: Tokens) -> None:
        """Draw the icons in a theme's colours."""
        self._tokens = tokens
        icons.refresh(self, tokens)
        self._symbol.setPixmap(icons.icon("drop", tokens.faint).pixmap(QSize(40, 40)))
