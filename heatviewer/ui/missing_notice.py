"""A strip above the layers that asks once where missing files are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from heatviewer.ui.controls import named, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QResizeEvent

    from heatviewer.model.scene_state import MissingLayer

#: So many names are told; a study's files may be dozens.
_MOST_NAMES = 3
#: A line of the narrow panel; longer names are cut in the middle.
_MOST_LETTERS = 22


class MissingNotice(QWidget):
    """'2 files are not where they were', and a button for each thing to do.

    Attributes
    ----------
    file, folder, later : QPushButton
        Say where a file is; say in which folder; leave it.
    """

    def __init__(self) -> None:
        super().__init__()
        frame = named(QFrame(), "Missing files", "Files that the session names and that were not found")
        frame.setObjectName("notice")
        self.text = plain(_Wrapped())
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.file = _button("Locate…", "Choose one of the files: the others are looked for from there")
        self.folder = _button("Folder…", "Choose a folder: all files are looked for in it and below")
        self.later = _button("Not now", "Leave them; they stay in the list, where each can be located")
        self.later.clicked.connect(self.hide)
        column = QVBoxLayout(frame)
        column.setContentsMargins(8, 6, 8, 8)
        column.setSpacing(4)
        column.addWidget(self.text)
        row = QHBoxLayout()
        row.setSpacing(4)
        for button in (self.file, self.folder, self.later):
            row.addWidget(button)
        row.addStretch(1)
        column.addLayout(row)
        room = QVBoxLayout(self)
        room.setContentsMargins(8, 8, 8, 4)
        room.addWidget(frame)
        self.hide()

    def ask(self, missing: Sequence[MissingLayer], one_folder: bool) -> None:
        """Ask where layers are; where the only one is a folder, no file can be chosen."""
        self.text.setText(question(missing))
        named(self.text, question(missing), "\n".join(f"{one.name} {one.reason}" for one in missing))
        self.file.setVisible(not one_folder)
        self.show()
        self.text.setMinimumHeight(self.text.heightForWidth(self.text.width()))

    def set_busy(self, busy: bool) -> None:
        """Offer nothing while the files are being looked for."""
        for button in (self.file, self.folder):
            button.setEnabled(not busy)


class _Wrapped(QLabel):
    """A text that keeps all its lines where there is little room: by itself it would lose some."""

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Need the height of the text at this width."""
        super().resizeEvent(event)
        # Without a text it is -1.
        self.setMinimumHeight(max(self.heightForWidth(self.width()), 0))


def question(missing: Sequence[MissingLayer]) -> str:
    """Return the sentence for layers that are missing."""
    names = [_short(one.name) for one in missing]
    if len(missing) == 1:
        return f"{names[0]} {missing[0].reason}."
    moved = all(one.reason == "is not where it was" for one in missing)
    what = f"{len(missing)} files are not where they were" if moved else f"{len(missing)} layers are missing"
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return f"{what}: {', '.join(names[:_MOST_NAMES])}{more}."


def _short(name: str) -> str:
    half = _MOST_LETTERS // 2
    return name if len(name) <= _MOST_LETTERS else f"{name[:half]}…{name[-half:]}"


def _button(title: str, tip: str) -> QPushButton:
    button = named(QPushButton(title), title.rstrip("…"), tip)
    button.setObjectName("small")
    return button
