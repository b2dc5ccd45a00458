"""The history as a list: every step that was done or undone, and a click goes there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QSize, Qt, QTimer
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractItemView, QListView, QVBoxLayout, QWidget

from heatviewer.ui import icons
from heatviewer.ui.controls import named, plain_tip
from heatviewer.ui.panel_head import PanelHead

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent, QShowEvent

    from heatviewer.app.history import History
    from heatviewer.app.scene import Scene
    from heatviewer.app.scene_change import SceneChange
    from heatviewer.ui.theme import Tokens

    Index = QModelIndex | QPersistentModelIndex

_WIDTH: Final = 220
_ROW: Final = 24
_ICONS: Final = {"layers": "layers", "view": "eye", "notes": "note", "start": "open"}
_WORDS: Final = {"layers": "of the layers", "view": "of the view", "notes": "of the notes", "start": ""}


class HistoryRow(NamedTuple):
    """A line of the list.

    Attributes
    ----------
    title : str
    part : str
        ``"layers"``, ``"view"`` or ``"notes"``; ``"start"`` for the state before all steps.
    done : bool
        Whether it is in what is shown; otherwise it was undone.
    """

    title: str
    part: str
    done: bool


def history_rows(history: History) -> tuple[HistoryRow, ...]:
    """Return the lines of a history, the oldest first; the last one that is done is the present."""
    start = "Earlier steps are no longer kept" if history.shortened else "Opened"
    return (
        HistoryRow(start, "start", True),
        *(HistoryRow(step.title, step.part, True) for step in history.done),
        *(HistoryRow(step.title, step.part, False) for step in reversed(history.undone)),
    )


class HistoryModel(QAbstractListModel):
    """The lines, for a list view."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: tuple[HistoryRow, ...] = ()
        self._tokens: Tokens | None = None

    def show_rows(self, rows: tuple[HistoryRow, ...]) -> None:
        """Show other lines; those that stay are told to no view."""
        before, same = self.rows, 0
        while same < min(len(before), len(rows)) and before[same] == rows[same]:
            same += 1
        if same == len(before) == len(rows):
            return
        shared = min(len(before), len(rows))
        nowhere = QModelIndex()
        if len(rows) > shared:
            self.beginInsertRows(nowhere, shared, len(rows) - 1)
            self.rows = (*before[:shared], *rows[shared:])
            self.endInsertRows()
        elif len(before) > shared:
            self.beginRemoveRows(nowhere, shared, len(before) - 1)
            self.rows = before[:shared]
            self.endRemoveRows()
        self.rows = rows
        if same < shared:
            self.dataChanged.emit(self.index(same), self.index(shared - 1))

    def set_tokens(self, tokens: Tokens) -> None:
        """Draw in a theme's colours."""
        self._tokens = tokens
        if self.rows:
            self.dataChanged.emit(self.index(0), self.index(len(self.rows) - 1))

    def rowCount(self, parent: Index | None = None) -> int:
        """Return how many lines there are."""
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a line's text, colour and icon."""
        row = self.rows[index.row()]
        roles = Qt.ItemDataRole
        if role == roles.DisplayRole:
            return row.title
        if role == roles.SizeHintRole:
            return QSize(0, _ROW)
        if role in (roles.ToolTipRole, roles.AccessibleDescriptionRole):
            what = f"A change {_WORDS[row.part]}" if _WORDS[row.part] else "The study as it came"
            words = f"{what}{'' if row.done else ', undone'}: {row.title}"
            return plain_tip(words) if role == roles.ToolTipRole else words
        if self._tokens is None:
            return None
        if role == roles.ForegroundRole:
            return QColor(self._tokens.text if row.done else self._tokens.faint)
        if role == roles.DecorationRole:
            return icons.icon(_ICONS[row.part], self._tokens.muted if row.done else self._tokens.faint)
        return None


class HistoryPanel(QWidget):
    """All steps, the newest at the bottom and the present one marked; a click or the arrow keys go there.

    It costs nothing while it cannot be seen.
    """

    def __init__(self, scene: Scene) -> None:
        super().__init__()
        self.scene = scene
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumWidth(_WIDTH)
        self.model = HistoryModel(self)
        self.list = named(QListView(), "History", "All steps: a click undoes or redoes up to that one")
        self.list.setObjectName("history")
        self.list.setModel(self.model)
        self.list.setUniformItemSizes(True)
        self.list.setIconSize(QSize(16, 16))
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.selectionModel().currentChanged.connect(self._go)
        self._showing = False
        # After the change: what several changes make one step of is only then in the history.
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self.refresh)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(PanelHead("History"))
        column.addWidget(self.list, 1)

    @property
    def present(self) -> int:
        """Which line is the state of now."""
        return len(self.scene.history.done)

    @property
    def is_idle(self) -> bool:
        """Whether the steps of now are shown."""
        return not self._soon.isActive()

    def set_tokens(self, tokens: Tokens) -> None:
        """Draw in a theme's colours."""
        self.model.set_tokens(tokens)

    def on_changed(self, _change: SceneChange) -> None:
        """Follow the scene, if anybody sees it."""
        if self.isVisible() and not self._soon.isActive():
            self._soon.start()

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up."""
        super().showEvent(event)
        self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the present in sight."""
        super().resizeEvent(event)
        self.list.scrollTo(self.list.currentIndex())

    def refresh(self) -> None:
        """Show the steps of now."""
        self._showing = True
        try:
            self.model.show_rows(history_rows(self.scene.history))
            index = self.model.index(self.present)
            self.list.setCurrentIndex(index)
            self.list.scrollTo(index)
        finally:
            self._showing = False

    def _go(self, index: QModelIndex, _before: QModelIndex) -> None:
        """Go where a person has chosen: one change of the scene, however many steps it is."""
        if self._showing or not index.isValid():
            return
        self.scene.end_drag()
        self.scene.go_to_step(index.row())
