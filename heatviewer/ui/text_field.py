"""A line of text that is checked while it is typed, and taken over when it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QLineEdit

from heatviewer.core.errors import SettingError
from heatviewer.ui.controls import left_to_window, named, plain_tip

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QKeyEvent


class TextField(QLineEdit):
    """A text; with a check a bad one gets a red edge and says why, and is not told.

    Signals
    -------
    edited : str
        A good text that is done: Return, or the field was left. Escape brings the last one back.
    complained : str
        What is wrong with the text now; empty where nothing is.
    """

    edited = Signal(str)
    complained = Signal(str)

    def __init__(
        self, name: str, tip: str, placeholder: str = "", check: Callable[[str], object] | None = None
    ) -> None:
        super().__init__()
        named(self, name, tip)
        self._tip, self._check = tip, check
        self._shown = ""
        self.complaint = ""
        self._typed = False
        self.setPlaceholderText(placeholder)
        self.textEdited.connect(self._on_typed)
        self.editingFinished.connect(self._commit)

    def show_value(self, text: str) -> None:
        """Show a text, in place of whatever is there."""
        self._shown, self._typed = text, False
        if self.text() != text:
            self.setText(text)
            self.setCursorPosition(0)
        self._complain("")

    def _on_typed(self, text: str) -> None:
        self._typed = True
        self._complain(self._finding(text))

    def _finding(self, text: str) -> str:
        """Return what is wrong with a text; empty where nothing is."""
        try:
            if self._check is not None:
                self._check(text)
        except SettingError as error:
            return ". ".join(part for part in (error.what, error.hint) if part)
        return ""

    def _complain(self, complaint: str) -> None:
        if complaint == self.complaint:
            return
        self.complaint = complaint
        self.setProperty("invalid", bool(complaint))
        self.style().unpolish(self)
        self.style().polish(self)
        self.setToolTip(plain_tip(complaint or self._tip))
        self.setAccessibleDescription(complaint)
        self.complained.emit(complaint)

    def _commit(self) -> None:
        if not self._typed or self.complaint:
            return
        self._typed = False
        if self.text() != self._shown:
            self._shown = self.text()
            self.edited.emit(self._shown)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Bring the last text back with Escape."""
        if event.key() == Qt.Key.Key_Escape and self._typed:
            self.show_value(self._shown)
            self.selectAll()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Leave undo and redo to the window: a text that was taken over is a step there."""
        return left_to_window(event) or super().event(event)
