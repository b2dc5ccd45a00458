"""The row of a layer whose file was not found: why, and what can be done about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from heatviewer.ui import icons
from heatviewer.ui.controls import named
from heatviewer.ui.layer_row import ElidedLabel

if TYPE_CHECKING:
    from heatviewer.model.scene_state import MissingLayer
    from heatviewer.ui.theme import Tokens

#: As high as a heatmap's row, so that nothing moves when the layer comes.
MISSING_HEIGHT = 52


class MissingRow(QWidget):
    """A layer that is missing: name, reason, 'Locate…' and 'Remove'.

    Signals
    -------
    locate_wanted, remove_wanted
    """

    locate_wanted = Signal()
    remove_wanted = Signal()

    def __init__(self, missing: MissingLayer, tokens: Tokens | None) -> None:
        super().__init__()
        self.missing = missing
        self.setFixedHeight(MISSING_HEIGHT)
        role = "the base" if missing.role == "base" else "a heatmap"
        tip = f"{missing.name} {missing.reason}.\n{missing.path}"
        named(self, f"{missing.name}, {role}, missing", tip)
        mark = named(QToolButton(), f"{missing.name} is missing: {missing.reason}", tip)
        mark.setObjectName("mark")
        mark.setIconSize(QSize(16, 16))
        mark.setFixedSize(28, 26)
        mark.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        icons.set_icon(mark, "warning", tokens, "warning")
        self.name = ElidedLabel()
        self.name.show_text(missing.name)
        self.name.setEnabled(False)
        named(self.name, missing.name, tip)
        self.reason = QLabel("missing")
        self.reason.setObjectName("warning")
        named(self.reason, f"missing: {missing.reason}", tip)
        tip = f"Say where {missing.name} is now; its siblings are looked for too"
        self.locate = self._button("Locate…", tip)
        self.locate.clicked.connect(self.locate_wanted)
        self.remove = self._button("Remove", f"Take {missing.name} off this study (can be undone)")
        self.remove.clicked.connect(self.remove_wanted)
        self._lay_out(mark)

    def _button(self, title: str, tip: str) -> QToolButton:
        button = named(QToolButton(), f"{title.rstrip('…')} {self.missing.name}", tip)
        button.setObjectName("missing_action")
        button.setText(title)
        return button

    def _lay_out(self, mark: QToolButton) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 2, 10, 2)
        row.setSpacing(6)
        row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(0)
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self.name, 1)
        top.addWidget(self.reason)
        column.addLayout(top)
        bottom = QHBoxLayout()
        bottom.setSpacing(4)
        bottom.addWidget(self.locate)
        bottom.addWidget(self.remove)
        bottom.addStretch(1)
        column.addLayout(bottom)
        row.addLayout(column, 1)
