"""A heatmap's rule in words, to read and to copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QSizePolicy, QToolButton

from heatviewer.model.rule_words import rule_in_words
from heatviewer.ui import icons
from heatviewer.ui.controls import named
from heatviewer.ui.forms import LayerEdits, Section, Soon

if TYPE_CHECKING:
    from heatviewer.model.layer import HeatmapLayer


class RuleSection(Section):
    """What is shown, in a sentence."""

    def __init__(self, edits: LayerEdits) -> None:
        super().__init__(edits, "Rule in words", "What this heatmap shows, in a sentence to copy")
        self.text = named(QLabel(), "Rule in words", "What this heatmap shows, for a caption or a report")
        self.text.setObjectName("rule")
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.row("", self.text)
        self.copy = named(QToolButton(), "Copy the rule", "Put the rule in words on the clipboard")
        self.copy.setIconSize(QSize(16, 16))
        icons.set_icon(self.copy, "copy")
        self.copy.clicked.connect(self._copy)
        self.add_to_heading(self.copy)
        self._layer: HeatmapLayer | None = None
        self._told: HeatmapLayer | None = None
        # Wrapped text is laid out anew with all of the panel.
        self._soon = Soon(self, self._tell)

    def refresh(self, layer: HeatmapLayer) -> None:
        """Show a heatmap's rule: at once for another one, soon after a change of this one."""
        self._layer = layer
        if self._told is None or self._told.id != layer.id:
            self._tell()
        elif layer is not self._told:
            self._soon.ask()

    def _tell(self) -> None:
        self._told = self._layer
        if self._layer is not None:
            words = rule_in_words(self._layer)
            if words != self.text.text():
                self.text.setText(words)

    def _copy(self) -> None:
        self._tell()
        QGuiApplication.clipboard().setText(self.text.text())
