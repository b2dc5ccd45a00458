"""The panel that lists what opened folders, archives and files hold, to choose from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QToolButton,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from heatviewer.app.browsing import Listing, open_as
from heatviewer.ui import icons
from heatviewer.ui.controls import Choice, named
from heatviewer.ui.panel_head import PanelHead
from heatviewer.ui.series_model import SeriesModel
from heatviewer.ui.series_rows import INDENT, SeriesDelegate
from heatviewer.ui.thumbnails import Thumbnails

if TYPE_CHECKING:
    from heatviewer.app.scene import Scene
    from heatviewer.app.scene_change import SceneChange
    from heatviewer.ui.theme import Tokens

#: From so many volumes on there is a field to search in.
_MANY = 12
#: Of more rows patients stay folded: unfolding all takes a millisecond for 30.
_UNFOLDED = 600
#: Paths whose lists are kept; the oldest goes first.
_MOST_LISTS = 12
#: After the last key before a search is made, in ms.
_PAUSE_MS = 120
_EMPTY = "Open a folder, a ZIP archive or a DICOMDIR, and its series are listed here."
_NOTHING_FOUND = "No series holds all these words."


class SeriesBrowser(QWidget):
    """Lists of series, one for every path that was opened.

    Signals
    -------
    wanted : Listing, list of str, str
        Volumes of a listing are to be opened, as ``"base"`` or ``"heatmap"``.
    closed
        A person wants the panel away.
    """

    wanted = Signal(object, list, str)
    closed = Signal()

    def __init__(self, scene: Scene) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.scene = scene
        self.listings: list[Listing] = []
        self.thumbnails = Thumbnails(self)
        self.model = SeriesModel(self.thumbnails)
        self.delegate = SeriesDelegate()
        self.place = Choice((), "Opened path", "Which of the opened folders and files is listed")
        self.search = named(QLineEdit(), "Search series", "Shows the series that hold all these words")
        self.search.setPlaceholderText("Search")
        self.search.setClearButtonEnabled(True)
        for button in self.search.findChildren(QToolButton):
            named(button, "Clear the search", "Show all series again")
        self.tree = _tree(self.model, self.delegate)
        self.hint = QLabel(_EMPTY)
        self.hint.setObjectName("muted")
        self.hint.setWordWrap(True)
        self.hint.setContentsMargins(12, 12, 12, 12)
        self.notes = QLabel()
        self.notes.setObjectName("muted")
        self.notes.setWordWrap(True)
        self.notes.setContentsMargins(12, 4, 12, 4)
        self.as_base = named(
            QPushButton("Open as base"), "Open as base", "Open in place of what is open (Return)"
        )
        self.as_heatmap = named(
            QPushButton("Add as heatmap"), "Add as heatmap", "Lay on the base (Ctrl+Return)"
        )
        self._typed = QTimer(self)
        self._typed.setSingleShot(True)
        self._typed.setInterval(_PAUSE_MS)
        self._column()
        self._connect()
        self._show()

    def _column(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        head = PanelHead("Series")
        close = named(QToolButton(), "Close the series", "Hide this panel; View → Panels shows it again")
        close.setIconSize(QSize(16, 16))
        icons.set_icon(close, "close")
        close.clicked.connect(self.closed)
        head.row.addWidget(close)
        column.addWidget(head)
        self._fields = QWidget()
        fields = QVBoxLayout(self._fields)
        fields.setContentsMargins(8, 6, 8, 2)
        fields.setSpacing(4)
        fields.addWidget(self.place)
        fields.addWidget(self.search)
        column.addWidget(self._fields)
        column.addWidget(self.hint)
        column.addWidget(self.tree, 1)
        column.addWidget(self.notes)
        self._buttons = QWidget()
        buttons = QHBoxLayout(self._buttons)
        buttons.setContentsMargins(8, 4, 8, 8)
        buttons.setSpacing(4)
        buttons.addWidget(self.as_base, 1)
        buttons.addWidget(self.as_heatmap, 1)
        column.addWidget(self._buttons)
        column.addStretch(0)

    def _connect(self) -> None:
        self.place.chosen.connect(lambda number: self._show_number(number))
        self.search.textChanged.connect(lambda _text: self._typed.start())
        self._typed.timeout.connect(self._show)
        self.tree.doubleClicked.connect(lambda _index: self._ask("base"))
        self.tree.selectionModel().selectionChanged.connect(lambda *_: self._refresh_buttons())
        self.tree.customContextMenuRequested.connect(self._show_menu)
        self.tree.installEventFilter(self)
        self.search.installEventFilter(self)
        self.as_base.clicked.connect(lambda: self._ask("base"))
        self.as_heatmap.clicked.connect(lambda: self._ask("heatmap"))

    # --- what is listed --------------------------------------------------------------------

    @property
    def listing(self) -> Listing | None:
        """What is shown."""
        return self.model.listing

    def add(self, listing: Listing) -> None:
        """List what a path holds, and show that; a path that is listed already is listed anew."""
        self.listings = [one for one in self.listings if one.path != listing.path][-_MOST_LISTS + 1 :]
        self.listings.append(listing)
        self.search.clear()
        self._show_number(len(self.listings) - 1)

    def listing_of(self, path: str) -> Listing | None:
        """Return what a path holds, where it is listed."""
        return next((one for one in self.listings if one.path == path), None)

    def select(self, series: str) -> bool:
        """Choose a volume and bring it into sight; return whether it is listed."""
        index = self.model.index_of(series)
        if index.isValid():
            self.tree.setCurrentIndex(index)
            self.tree.scrollTo(index)
        return index.isValid()

    def on_changed(self, change: SceneChange) -> None:
        """Follow the scene: what is open is marked, and nothing lies on a base that is not there."""
        if change.layer_list:
            self.show_open()

    def show_open(self) -> None:
        """Mark what is open now."""
        if self.listing is not None:
            self.model.show_open(open_as(self.listing, self.scene.state))
        self._refresh_buttons()

    def set_tokens(self, tokens: Tokens) -> None:
        """Draw in a theme's colours."""
        self.delegate.tokens = tokens
        icons.refresh(self, tokens)
        self.tree.viewport().update()

    def _show_number(self, number: int) -> None:
        self.place.set_items([(one.name, n) for n, one in enumerate(self.listings)])
        self.place.show_value(number)
        self._show(self.listings[number])

    def _show(self, listing: Listing | None = None) -> None:
        """Show a listing, or the present one, as far as the search finds it."""
        self._typed.stop()
        shown = listing or self.listing
        self.thumbnails.forget_waiting()
        self.model.show_listing(shown, self.search.text())
        found = self.model.rowCount() > 0
        many = shown is not None and len(shown.series) >= _MANY
        self.tree.setVisible(found)
        self.hint.setVisible(not found)
        self.hint.setText(_EMPTY if shown is None else _NOTHING_FOUND)
        self.place.setVisible(len(self.listings) > 1)
        self.search.setVisible(many)
        self._fields.setVisible(many or len(self.listings) > 1)
        self._buttons.setVisible(shown is not None)
        notes = shown.scan.warnings if shown is not None else ()
        self.notes.setText("\n".join(f"{note[:1].upper()}{note[1:]}." for note in notes))
        self.notes.setVisible(bool(notes))
        self._expand()
        self.show_open()
        if shown is not None and not self.select(shown.scan.chosen):
            chosen = (index for index in self.model.indexes() if self.model.node(index).readable)
            self.tree.setCurrentIndex(next(chosen, QModelIndex()))

    def _expand(self) -> None:
        """Show patients and studies open; the segments of a file stay folded, unless they are searched.

        Of very many only what is chosen is unfolded, by `select`.
        """
        if self.model.count > _UNFOLDED:
            return
        self.tree.expandAll()
        if not self.search.text():
            for index in self.model.indexes():
                if self.model.node(index).kind == "group":
                    self.tree.collapse(index)

    # --- what is chosen --------------------------------------------------------------------

    def chosen_series(self) -> list[str]:
        """Return the chosen volumes, in the order of the tree."""
        rows = sorted(self.tree.selectionModel().selectedIndexes(), key=lambda index: index.internalId())
        return list(dict.fromkeys(one for index in rows for one in self.model.node(index).series))

    def _refresh_buttons(self) -> None:
        chosen = self.chosen_series()
        self.as_base.setEnabled(len(chosen) == 1)
        self.as_heatmap.setEnabled(bool(chosen) and self.scene.state.base is not None)

    def _ask(self, role: str) -> None:
        button = self.as_base if role == "base" else self.as_heatmap
        self._refresh_buttons()
        if button.isEnabled() and self.listing is not None:
            self.wanted.emit(self.listing, self.chosen_series(), role)

    def _show_menu(self, at: QPoint) -> None:
        if not self.chosen_series():
            return
        self._refresh_buttons()
        menu = named(QMenu(self), "Series", "What can be done with these series")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for button, role in ((self.as_base, "base"), (self.as_heatmap, "heatmap")):
            action = menu.addAction(button.text())
            action.setEnabled(button.isEnabled())
            action.triggered.connect(lambda _=False, role=role: self._ask(role))
        menu.popup(self.tree.viewport().mapToGlobal(at))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Open by Return, add by Ctrl+Return, and go from the search into the tree by the arrow."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if watched is self.tree and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                added = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
                self._ask("heatmap" if added else "base")
                return True
            if watched is self.search and event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return):
                self._show()
                self.tree.setFocus(Qt.FocusReason.TabFocusReason)
                return True
        return super().eventFilter(watched, event)


def _tree(model: SeriesModel, delegate: SeriesDelegate) -> QTreeView:
    tree = named(
        QTreeView(), "Series", "Return opens as base, Ctrl+Return adds as heatmap; drag to the pictures"
    )
    tree.setObjectName("series")
    tree.setModel(model)
    tree.setItemDelegate(delegate)
    tree.setHeaderHidden(True)
    tree.setFrameShape(QFrame.Shape.NoFrame)
    tree.setIndentation(INDENT)
    tree.setMouseTracking(True)
    tree.setExpandsOnDoubleClick(False)
    tree.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
    tree.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    tree.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
    tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
    tree.setMinimumHeight(120)
    return tree
