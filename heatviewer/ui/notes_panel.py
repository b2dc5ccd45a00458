"""The reader's notes on a study, and what a task says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QGuiApplication, QKeySequence, QTextCursor
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QLabel,
    QPlainTextEdit,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from heatviewer.model.scene_state import MAX_NOTES
from heatviewer.ui.controls import named, plain, plain_tip
from heatviewer.ui.panel_head import PanelHead

if TYPE_CHECKING:
    from PySide6.QtCore import QMimeData
    from PySide6.QtGui import QFocusEvent, QKeyEvent

    from heatviewer.app.scene import Scene
    from heatviewer.app.scene_change import SceneChange
    from heatviewer.ui.theme import Tokens

#: A pause in typing after which what comes is another step to undo.
_PAUSE_MS: Final = 1200
_WIDTH: Final = 220
#: The table is as high as its rows up to so many.
_MOST_ROWS: Final = 8
_ROW: Final = 24
_UNDO, _REDO = QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo


class NotesEditor(QPlainTextEdit):
    """Plain text; undo and redo are asked for by signals, so that the scene's history has them.

    Signals
    -------
    undo_wanted, redo_wanted
    left
        The focus went elsewhere.
    refused
        There is no room for what was pasted.
    """

    undo_wanted = Signal()
    redo_wanted = Signal()
    left = Signal()
    refused = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setUndoRedoEnabled(False)
        self.setTabChangesFocus(True)

    def event(self, event: QEvent) -> bool:
        """Keep undo and redo from the window, which would take back whatever was done last."""
        if event.type() == QEvent.Type.ShortcutOverride:
            key: QKeyEvent = event  # type: ignore[assignment]
            if key.matches(_UNDO) or key.matches(_REDO):
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ask for undo and redo; type everything else."""
        if event.matches(_UNDO):
            self.undo_wanted.emit()
        elif event.matches(_REDO):
            self.redo_wanted.emit()
        else:
            super().keyPressEvent(event)

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Paste what there is room for in whole; laying out a text that is too long would take minutes."""
        selected = len(self.textCursor().selectedText())
        if len(self.toPlainText()) - selected + len(source.text()) > MAX_NOTES:
            self.refused.emit()
        else:
            super().insertFromMimeData(source)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Tell that the typing has ended."""
        super().focusOutEvent(event)
        self.left.emit()

    def show_text(self, text: str) -> None:
        """Show another text: only what differs is replaced, so caret and scrolling stay where they were."""
        before, text = self.toPlainText(), _as_shown(text)
        if text == before:
            return
        start = _common(before, text)
        end = _common(before[start:][::-1], text[start:][::-1])
        cursor = QTextCursor(self.document())
        # Positions are counted in UTF-16, of which some characters take two.
        cursor.setPosition(_units(before[:start]))
        cursor.setPosition(_units(before[: len(before) - end]), QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(text[start : len(text) - end])
        if self.toPlainText() != text:
            self.setPlainText(text)


class NotesPanel(QWidget):
    """What is known of the study, read only, above a text that anybody may write.

    Typing is one step to undo until there is a pause or the text is left.
    """

    def __init__(self, scene: Scene) -> None:
        super().__init__()
        self.scene = scene
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumWidth(_WIDTH)
        self.table = named(FactsTable(), "Study data", "What the task or session says of this study")
        self.table.hide()
        self.editor = named(NotesEditor(), "Notes", "Your own notes on this study; a session keeps them")
        self.editor.setPlaceholderText("Notes on this study; a saved session keeps them")
        self.editor.setFrameShape(QFrame.Shape.NoFrame)
        self.told = plain(QLabel())
        self.told.setObjectName("error")
        self.told.setWordWrap(True)
        self.told.hide()
        self._showing = False
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._end_step)
        self.editor.textChanged.connect(self._typed)
        self.editor.left.connect(self._end_step)
        self.editor.refused.connect(self._refuse)
        self.editor.undo_wanted.connect(lambda: self._take_back(undo=True))
        self.editor.redo_wanted.connect(lambda: self._take_back(undo=False))
        body = QVBoxLayout()
        body.setContentsMargins(8, 8, 8, 8)
        body.setSpacing(8)
        for widget in (self.table, self.editor, self.told):
            body.addWidget(widget, 1 if widget is self.editor else 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(PanelHead("Notes"))
        column.addLayout(body, 1)
        self.refresh()

    def set_tokens(self, tokens: Tokens) -> None:
        """Draw in a theme's colours."""
        self.table.set_tokens(tokens)

    def on_changed(self, change: SceneChange) -> None:
        """Follow the scene."""
        if change.before.notes != change.after.notes or change.before.metadata != change.after.metadata:
            self.refresh()

    def refresh(self) -> None:
        """Show the study's notes and facts; nothing is told back."""
        state = self.scene.state
        self.table.show_facts(state.metadata)
        self._showing = True
        self.editor.show_text(state.notes)
        self._showing = False

    def _typed(self) -> None:
        if self._showing:
            return
        text = self.editor.toPlainText()
        if len(text) > MAX_NOTES:
            self._refuse()
            self.refresh()
            return
        self._tell("")
        self.scene.edit_notes(text)
        self._pause.start()

    def _refuse(self) -> None:
        self._tell(f"Notes hold {MAX_NOTES:,} characters; this was not taken.")

    def _end_step(self) -> None:
        """Let what is typed next be a step of its own."""
        self._pause.stop()
        done = self.scene.history.done
        if done and done[-1].part == "notes" and done[-1].merge is not None:
            self.scene.end_drag()

    def _take_back(self, undo: bool) -> None:
        """Take the last change of the notes back, or make it again; the layers stay as they are."""
        self._end_step()
        self._tell("")
        if undo:
            self.scene.undo("notes")
        else:
            self.scene.redo("notes")

    def _tell(self, text: str) -> None:
        self.told.setText(text)
        self.told.setVisible(bool(text))


class FactsTable(QTableWidget):
    """Names and values that can be read and copied."""

    def __init__(self) -> None:
        super().__init__(0, 2)
        self.setObjectName("facts")
        self._facts: tuple[tuple[str, str], ...] = ()
        self._tokens: Tokens | None = None
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(_ROW)
        self.horizontalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        self.horizontalHeader().setStretchLastSection(True)
        self.horizontalHeader().setMaximumSectionSize(_WIDTH // 2)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def set_tokens(self, tokens: Tokens) -> None:
        """Draw in a theme's colours."""
        self._tokens = tokens
        self._paint()

    def show_facts(self, facts: tuple[tuple[str, str], ...]) -> None:
        """Show other facts; nothing of the table is left where there are none."""
        if facts == self._facts:
            return
        self._facts = facts
        self.setRowCount(len(facts))
        for row, fact in enumerate(facts):
            for column, text in enumerate(fact):
                item = QTableWidgetItem(" ".join(text.split()))
                item.setToolTip(plain_tip(text))
                self.setItem(row, column, item)
        self._paint()
        self.setFixedHeight(min(len(facts), _MOST_ROWS) * _ROW + 2)
        self.setVisible(bool(facts))

    def _paint(self) -> None:
        if self._tokens is None:
            return
        for row in range(self.rowCount()):
            if (item := self.item(row, 0)) is not None:
                item.setForeground(QColor(self._tokens.muted))

    def event(self, event: QEvent) -> bool:
        """Keep copying from the window, which would copy a picture."""
        if event.type() == QEvent.Type.ShortcutOverride:
            key: QKeyEvent = event  # type: ignore[assignment]
            if key.matches(QKeySequence.StandardKey.Copy):
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy the selected rows, a line each."""
        if event.matches(QKeySequence.StandardKey.Copy):
            rows = sorted({index.row() for index in self.selectedIndexes()})
            lines = ["\t".join(self._facts[row]) for row in rows]
            QGuiApplication.clipboard().setText("\n".join(lines))
        else:
            super().keyPressEvent(event)


def _as_shown(text: str) -> str:
    """Return a text as the editor gives it back: lines end alike, and no blank is a special one."""
    for end in ("\r\n", "\r", "\u2028", "\u2029"):
        text = text.replace(end, "\n")
    return text.replace("\u00a0", " ")


def _common(one: str, other: str) -> int:
    """Return with how many equal characters two texts begin."""
    shorter = min(len(one), len(other))
    if one[:shorter] == other[:shorter]:
        return shorter
    low, high = 0, shorter
    while low < high:
        middle = (low + high + 1) // 2
        if one[:middle] == other[:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _units(text: str) -> int:
    """Return how long a text is in UTF-16."""
    return len(text) + sum(character > "\uffff" for character in text)
