"""A line in which a preset gets its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QWidget

from heatviewer.app.preset_files import MAX_NAME
from heatviewer.ui.controls import named

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent


class _NameField(QLineEdit):
    left = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Give up with Escape; leave Return to the line."""
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)


class NameLine(QWidget):
    """A field for a name, and buttons that take it or give up.

    Signals
    -------
    accepted : str
        The name that was accepted.
    edited : str
        The name while it is typed.
    given_up
        Nothing is to be named.
    """

    accepted = Signal(str)
    edited = Signal(str)
    given_up = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.field = named(_NameField(), "Name of the preset", "A name by which you will find it again")
        self.field.setMaxLength(MAX_NAME)
        self.field.setPlaceholderText("Name")
        self.ok = named(QPushButton("Save"), "Accept the name", "Use this name (Return)")
        self.ok.setObjectName("primary")
        self.cancel = named(QPushButton("Cancel"), "Leave the name", "Go back without naming (Esc)")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.field, 1)
        row.addWidget(self.ok)
        row.addWidget(self.cancel)
        self.field.textEdited.connect(self.edited)
        self.field.returnPressed.connect(self._accept)
        self.ok.clicked.connect(self._accept)
        self.cancel.clicked.connect(self.given_up)
        self.field.left.connect(self.given_up)

    def ask(self, name: str) -> None:
        """Begin with a name that is there to be written over."""
        self.field.setText(name)
        self.field.selectAll()
        self.show()
        self.field.setFocus()
        self.edited.emit(name)

    def allow(self, allowed: bool, verb: str) -> None:
        """Say whether the name can be used, and what doing so is called."""
        self.ok.setEnabled(allowed)
        self.ok.setText(verb)

    def _accept(self) -> None:
        if self.ok.isEnabled():
            self.accepted.emit(self.field.text())
