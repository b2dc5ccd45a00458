"""A recent study in the start page: its picture, name, folder, and when it was open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QIcon, QPainter, QPainterPath, QPen, QPixmap
from PySide6.QtWidgets import QAbstractButton, QMenu, QSizePolicy

from heatviewer.ui import icons
from heatviewer.ui.controls import came_by_keyboard, named

if TYPE_CHECKING:
    from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QKeyEvent, QPaintEvent

    from heatviewer.app.recent import Recent, RecentKind
    from heatviewer.ui.theme import Tokens

#: In units of the screen.
PICTURE: Final = 72
_INSIDE, _GAP, _CORNER, _ICON = 6, 12, 6, 28
_ICONS: Final[dict[RecentKind, str]] = {
    "": "open",
    "folder": "folder",
    "archive": "series",
    "volume": "base",
    "session": "layers",
    "task": "series",
    "worklist": "series",
}
#: How much of a picture is seen of what is not there, 0…1.
_GONE = 0.35


@dataclass(frozen=True)
class Shown:
    """What is shown of a recent study.

    Attributes
    ----------
    picture : QPixmap or None
        None where there is none; an icon stands for it.
    when : str
        When it was open, in words.
    there : bool
        Whether the path leads anywhere now.
    """

    recent: Recent
    picture: QPixmap | None = None
    when: str = ""
    there: bool = True

    @property
    def tip(self) -> str:
        """The whole path, and what is wrong with it."""
        if self.there:
            return self.recent.path
        return f"{self.recent.path}\nNot there now: moved, removed, or on a disk that is not mounted."


class RecentRow(QAbstractButton):
    """One recent study; a click opens it.

    Signals
    -------
    removed, shown_in_folder : str
        What the menu says of the path.
    """

    removed = Signal(str)
    shown_in_folder = Signal(str)

    def __init__(self, shown: Shown, tokens: Tokens | None) -> None:
        super().__init__()
        self.shown, self._tokens = shown, tokens
        self._ring = False
        recent = shown.recent
        gone = "" if shown.there else ", not there now"
        named(self, f"Open {recent.name}, {recent.folder}{gone}", shown.tip)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Return room for the picture and a name."""
        return QSize(280, PICTURE + 2 * _INSIDE)

    def set_tokens(self, tokens: Tokens) -> None:
        """Draw in a theme's colours."""
        self._tokens = tokens
        self.update()

    # --- what a person does ----------------------------------------------------------------

    def menu(self) -> QMenu:
        """Return what can be done with it."""
        menu = named(QMenu(self), self.shown.recent.name, "What can be done with this study")
        path = self.shown.recent.path
        open_ = menu.addAction("&Open")
        open_.setToolTip("Open it in place of what is open")
        open_.triggered.connect(lambda: self.clicked.emit())
        folder = menu.addAction("Show in &folder")
        folder.setToolTip("Show where it lies, in the file manager")
        folder.setEnabled(self.shown.there)
        folder.triggered.connect(lambda: self.shown_in_folder.emit(path))
        menu.addSeparator()
        remove = menu.addAction("&Remove from list\tDel")
        remove.setToolTip("Take it off this list; the files stay")
        remove.triggered.connect(lambda: self.removed.emit(path))
        menu.setToolTipsVisible(True)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return menu

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Show the menu."""
        self.menu().popup(event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return opens it as a click does, Delete takes it off the list."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        elif event.key() == Qt.Key.Key_Delete:
            self.removed.emit(self.shown.recent.path)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show a ring where the keyboard brought the focus."""
        self._ring = came_by_keyboard(event)
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the ring away."""
        self._ring = False
        super().focusOutEvent(event)

    # --- how it looks ----------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the picture, and beside it three lines."""
        tokens = self._tokens
        if tokens is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if self.underMouse() or self.isDown() or self._ring:
            painter.setPen(QPen(QColor(tokens.accent), 1) if self._ring else Qt.PenStyle.NoPen)
            painter.setBrush(QColor(tokens.hover))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), _CORNER, _CORNER)
        self._paint_picture(painter, QRect(_INSIDE, _INSIDE, PICTURE, PICTURE), tokens)
        self._paint_text(painter, tokens)

    def _paint_picture(self, painter: QPainter, box: QRect, tokens: Tokens) -> None:
        painter.save()
        path = QPainterPath()
        path.addRoundedRect(QRectF(box), 4, 4)
        painter.setClipPath(path)
        if not self.shown.there:
            painter.setOpacity(_GONE)
        if self.shown.picture is not None:
            painter.fillRect(box, Qt.GlobalColor.black)
            painter.drawPixmap(box, self.shown.picture)
        else:
            painter.fillRect(box, QColor(tokens.raised))
            place = box.center() - QPoint(_ICON // 2, _ICON // 2)
            name = _ICONS[self.shown.recent.kind]
            painter.drawPixmap(place, icons.drawn(name, tokens.muted, _ICON, self.devicePixelRatioF()))
        painter.restore()

    def _paint_text(self, painter: QPainter, tokens: Tokens) -> None:
        shown, there = self.shown, self.shown.there
        bold = QFont(self.font())
        bold.setWeight(QFont.Weight.DemiBold)
        ink, soft = (tokens.text, tokens.muted) if there else (tokens.faint, tokens.faint)
        when = shown.when if there else "not there now"
        lines = [(shown.recent.name, bold, ink), (shown.recent.folder, self.font(), soft)]
        lines += [(when, self.font(), soft)] if when else []
        height = QFontMetrics(bold).height() + 2
        left = _INSIDE + PICTURE + _GAP
        top = (self.height() - height * len(lines)) // 2
        room = self.width() - left - _INSIDE
        for number, (text, font, color) in enumerate(lines):
            painter.setFont(font)
            painter.setPen(QColor(color))
            told = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideMiddle, room)
            line = QRect(left, top + number * height, room, height)
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, told)


def kind_icon(kind: RecentKind, tokens: Tokens) -> QIcon:
    """Return what stands for a study without a picture."""
    return icons.icon(_ICONS[kind], tokens.muted)
