"""The panel of a worklist: the cases, what is said of the one that is shown, and the way on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QModelIndex, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListView,
    QPlainTextEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from heatviewer.app.worklist.ratings import MOST
from heatviewer.ui import icons
from heatviewer.ui.controls import named, plain
from heatviewer.ui.panel_head import PanelHead
from heatviewer.ui.worklist_rows import CaseDelegate, CaseModel

if TYPE_CHECKING:
    from PySide6.QtGui import QAction

    from heatviewer.app.worklist.cases import Worklist
    from heatviewer.app.worklist.ratings import Rating
    from heatviewer.ui.theme import Tokens

_NOTE_LINES = 3


class WorklistPanel(QWidget):
    """Shows a list and tells what a person wants.

    Signals
    -------
    chosen : int
        A case that is to be shown.
    rated : object
        A rating, or None for none.
    noted : str
        The note on the case that is shown.
    closed
        A person wants the panel away.
    """

    chosen = Signal(int)
    rated = Signal(object)
    noted = Signal(str)
    closed = Signal()

    def __init__(self, actions: dict[str, QAction]) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.model, self.delegate = CaseModel(), CaseDelegate()
        self.progress = named(plain(QLabel()), "Progress", "Which case is shown")
        self.progress.setObjectName("muted")
        self.list = _list(self.model, self.delegate)
        self.stars = tuple(_star(number) for number in range(1, MOST + 1))
        self.note = named(QPlainTextEdit(), "Note", "A note on this case; it is kept with the rating")
        self.note.setPlaceholderText("Note on this case")
        self.note.setTabChangesFocus(True)
        self.kept = plain(QLabel())
        self.kept.setObjectName("muted")
        self.kept.setTextFormat(Qt.TextFormat.PlainText)
        self.previous, self.next = (
            _step(actions["cases.previous"], "Previous"),
            _step(actions["cases.next"], "Next"),
        )
        self._value: int | None = None
        self._filling = False
        self._tokens: Tokens | None = None
        self._column()
        self._connect()

    def _column(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        head = PanelHead("Worklist")
        close = named(QToolButton(), "Hide the worklist", "Hide this panel; View → Panels shows it again")
        close.setIconSize(QSize(16, 16))
        icons.set_icon(close, "close")
        close.clicked.connect(self.closed)
        head.row.addWidget(self.progress)
        head.row.addWidget(close)
        column.addWidget(head)
        column.addWidget(self.list, 1)
        self.below = QWidget()
        below = QVBoxLayout(self.below)
        below.setContentsMargins(8, 4, 8, 8)
        below.setSpacing(4)
        row = QHBoxLayout()
        row.setSpacing(0)
        for star in self.stars:
            row.addWidget(star)
        row.addStretch(1)
        row.addWidget(self.previous)
        row.addWidget(self.next)
        below.addLayout(row)
        below.addWidget(self.note)
        below.addWidget(self.kept)
        column.addWidget(self.below)
        height = self.note.fontMetrics().lineSpacing() * _NOTE_LINES + 14
        self.note.setFixedHeight(height)

    def _connect(self) -> None:
        self.list.clicked.connect(lambda index: self.chosen.emit(index.row()))
        self.list.activated.connect(lambda index: self.chosen.emit(index.row()))
        self.note.textChanged.connect(self._on_typed)
        for number, star in enumerate(self.stars, 1):
            star.clicked.connect(lambda _=False, number=number: self._rate(number))

    # --- what is shown ---------------------------------------------------------------------

    def show_list(self, worklist: Worklist | None) -> None:
        """Show another list."""
        self.model.show_list(worklist)
        self.delegate.shown = -1

    def show_case(self, number: int | None, rating: Rating, rated: int, there: bool) -> None:
        """Show which case is there, or only on its way, and what is said of it."""
        count = self.model.rowCount()
        self.progress.setText(f"{number + 1 if number is not None else '–'} of {count} · {rated} rated")
        before, self.delegate.shown = self.delegate.shown, number if number is not None else -1
        self.below.setEnabled(number is not None)
        self.note.setReadOnly(not there)
        self.show_rating(rating)
        if number is None:
            self.list.setCurrentIndex(QModelIndex())
        elif before != number or self.list.currentIndex().row() != number:
            self.list.setCurrentIndex(self.model.index(number))
            self.list.scrollTo(self.model.index(number))
        self.list.viewport().update()

    def show_rating(self, rating: Rating) -> None:
        """Show what is said of the case; a note that is being typed is left alone."""
        self._value = rating.rating
        self._draw_stars()
        if self.note.toPlainText() != rating.note:
            self._filling = True
            self.note.setPlainText(rating.note)
            self._filling = False

    def set_tokens(self, tokens: Tokens) -> None:
        """Draw in a theme's colours."""
        self.delegate.tokens = self._tokens = tokens
        icons.refresh(self, tokens)
        self._draw_stars()
        self.list.viewport().update()

    def _draw_stars(self) -> None:
        for number, star in enumerate(self.stars, 1):
            full = self._value is not None and number <= self._value
            star.setChecked(full)
            icons.set_icon(star, "star-full" if full else "star", self._tokens, "accent" if full else "faint")

    def _rate(self, number: int) -> None:
        self.rated.emit(None if number == self._value else number)
        self._draw_stars()

    def _on_typed(self) -> None:
        if not self._filling:
            self.noted.emit(self.note.toPlainText())


def _list(model: CaseModel, delegate: CaseDelegate) -> QListView:
    view = named(QListView(), "Cases", "A click shows a case; Ctrl+Right and Ctrl+Left go on and back")
    view.setObjectName("cases")
    view.setModel(model)
    view.setItemDelegate(delegate)
    view.setFrameShape(QFrame.Shape.NoFrame)
    # Of 10,000 cases none is measured but one.
    view.setUniformItemSizes(True)
    view.setMouseTracking(True)
    view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    view.setMinimumHeight(80)
    return view


def _star(number: int) -> QToolButton:
    tip = f"Rate this case {number} of {MOST} (Alt+{number}); once more takes it back"
    star = named(QToolButton(), f"Rate {number} of {MOST}", tip)
    star.setObjectName("mark")
    star.setCheckable(True)
    star.setIconSize(QSize(20, 20))
    star.setProperty("plain", True)
    return star


def _step(action: QAction, title: str) -> Any:
    """Return a button with a short title: the pictures need the width."""
    action.setIconText(title)
    button = QToolButton()
    button.setDefaultAction(action)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
    return named(button, action.text().replace("&", ""), action.toolTip())
