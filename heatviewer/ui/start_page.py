"""What an empty window shows: an invitation to open a study."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from heatviewer.ui import icons
from heatviewer.ui.controls import named
from heatviewer.ui.recent_row import RecentRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QResizeEvent

    from heatviewer.ui.recent_row import Shown
    from heatviewer.ui.theme import Tokens

_RECENT_SHOWN = 6
#: In units of the screen: how wide the page's middle is with one column of recent studies and with two,
#: from which width on there are two, and what margins, heading and notice take of the page's height.
_WIDTH, _WIDE, _TWO_COLUMNS, _BESIDE = 520, 800, 780, 130


class StartPage(QFrame):
    """'Drop a scan here', the ways to open one, and what was open lately."""

    opened = Signal()
    folder_opened = Signal()
    demo_opened = Signal()
    recent_chosen = Signal(str)
    recent_removed = Signal(str)
    folder_wanted = Signal(str)

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
            "A DICOM folder, ZIP or file, NIfTI, NRRD, MetaImage, MGH, an array or a picture: the first "
            "is the base, the others lie on it as heatmaps. Or a session, a task or a worklist."
        )
        hint.setObjectName("muted")
        hint.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        hint.setWordWrap(True)
        notice = QLabel("Not a medical device; not for diagnosis.")
        notice.setObjectName("muted")
        notice.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._above = QWidget()
        above = QVBoxLayout(self._above)
        above.setContentsMargins(0, 0, 0, 0)
        above.setSpacing(12)
        for widget in (self._symbol, title, hint):
            above.addWidget(widget)
        above.addSpacing(8)
        above.addLayout(self._buttons())
        self._heading = QLabel("Recent")
        self._heading.setObjectName("heading")
        self._heading.setContentsMargins(6, 0, 0, 0)
        self._rows: list[RecentRow] = []
        self._recent = QGridLayout()
        self._recent.setHorizontalSpacing(12)
        self._recent.setVerticalSpacing(4)
        self._body = QWidget()
        self._body.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        column = QVBoxLayout(self._body)
        column.setSpacing(6)
        column.addWidget(self._above)
        column.addSpacing(18)
        column.addWidget(self._heading)
        column.addLayout(self._recent)
        outer = QVBoxLayout(self)
        outer.addStretch(2)
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addWidget(self._body, 8)
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

    @property
    def rows(self) -> list[RecentRow]:
        """The recent studies that are shown, the latest first."""
        return [row for row in self._rows if not row.isHidden()]

    def show_recent(self, recent: Sequence[Shown]) -> None:
        """List what was open lately, the latest first."""
        focused = next((n for n, row in enumerate(self._rows) if row.hasFocus()), None)
        for row in self._rows:
            self._recent.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._rows = [self._row(shown) for shown in recent[:_RECENT_SHOWN]]
        self._arrange()
        if focused is not None and self._rows:
            # Who takes several off the list by keys stays in it.
            self._rows[min(focused, len(self._rows) - 1)].setFocus(Qt.FocusReason.TabFocusReason)

    def _row(self, shown: Shown) -> RecentRow:
        row = RecentRow(shown, self._tokens)
        # Also while there is no room for it: it goes with this page.
        row.setParent(self._body)
        path = shown.recent.path
        row.clicked.connect(lambda: self.recent_chosen.emit(path))
        row.removed.connect(self.recent_removed)
        row.shown_in_folder.connect(self.folder_wanted)
        return row

    def _arrange(self) -> None:
        """Lay the recent studies in one column or two, as many as there is room for."""
        columns = 2 if self.width() >= _TWO_COLUMNS else 1
        self._body.setMaximumWidth(_WIDTH if columns == 1 else _WIDE)
        height = self._rows[0].sizeHint().height() + self._recent.verticalSpacing() if self._rows else 1
        room = self.height() - self._above.sizeHint().height() - _BESIDE
        shown = min(len(self._rows), columns * max(0, room // height))
        for number, row in enumerate(self._rows):
            self._recent.removeWidget(row)
            if number < shown:
                self._recent.addWidget(row, number // columns, number % columns)
            # Only now: without a parent it would be a window, and take the keyboard from this one.
            row.setVisible(number < shown)
        # A column of one alone would be as wide as both.
        self._recent.setColumnStretch(0, 1)
        self._recent.setColumnStretch(1, columns - 1)
        self._heading.setVisible(shown > 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as many recent studies as there is room for."""
        super().resizeEvent(event)
        self._arrange()

    def set_tokens(self, tokens: Tokens) -> None:
        """Draw the icons in a theme's colours."""
        self._tokens = tokens
        icons.refresh(self, tokens)
        for row in self._rows:
            row.set_tokens(tokens)
        self._symbol.setPixmap(icons.drawn("drop", tokens.faint, 40, self.devicePixelRatioF()))
