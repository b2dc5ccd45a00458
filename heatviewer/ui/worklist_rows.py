"""The rows of a worklist: what they hold, and how they look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from heatviewer.app.worklist.ratings import MOST
from heatviewer.ui import icons
from heatviewer.ui.controls import plain_tip

if TYPE_CHECKING:
    from heatviewer.app.worklist.cases import Worklist
    from heatviewer.app.worklist.ratings import Rating
    from heatviewer.ui.theme import Tokens

Index = QModelIndex | QPersistentModelIndex
RATING_ROLE: Final = int(Qt.ItemDataRole.UserRole)
_INSET, _GAP, _STAR, _DOT = 8, 8, 12, 7
_WORDS: Final = {"unseen": "not seen", "seen": "seen", "rated": "rated"}
_LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
_RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight


class CaseModel(QAbstractListModel):
    """The cases of a worklist."""

    def __init__(self) -> None:
        super().__init__()
        self.worklist: Worklist | None = None

    def show_list(self, worklist: Worklist | None) -> None:
        """Hold another list."""
        self.beginResetModel()
        self.worklist = worklist
        self.endResetModel()

    def refresh(self, number: int) -> None:
        """Tell that something about a case is new."""
        index = self.index(number)
        self.dataChanged.emit(index, index)

    def rowCount(self, parent: Index | None = None) -> int:
        """Return how many cases there are."""
        if self.worklist is None or (parent is not None and parent.isValid()):
            return 0
        return len(self.worklist.cases)

    def data(self, index: Index, role: int = 0) -> Any:
        """Return a case's name, its rating, or what is read out of it."""
        if self.worklist is None or not index.isValid():
            return None
        case, rating = self.worklist.cases[index.row()], self.worklist.ratings[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return case.name
        if role == RATING_ROLE:
            return rating
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            stars = f", {rating.rating} of {MOST}" if rating.rating is not None else ""
            note = f"\n{rating.note}" if rating.note else ""
            words = f"{index.row() + 1}. {case.name}: {_WORDS[rating.state]}{stars}{note}"
            return plain_tip(words) if role == Qt.ItemDataRole.ToolTipRole else words
        return None


class CaseDelegate(QStyledItemDelegate):
    """Draws a case in one line: number, state, name, and its stars."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens: Tokens | None = None
        #: The case that is shown; -1 for none.
        self.shown = -1

    def sizeHint(self, option: QStyleOptionViewItem, _index: Index) -> QSize:
        """Return a line's height."""
        return QSize(120, option.fontMetrics.height() + 8)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw a case."""
        if self.tokens is None:
            return
        rating: Rating = index.data(RATING_ROLE)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_back(painter, option)
        room = option.rect.adjusted(_INSET, 0, -_INSET, 0)
        metrics = QFontMetrics(option.font)
        rows = index.model().rowCount()
        number = QRect(
            room.left(), room.top(), metrics.horizontalAdvance("0" * len(str(rows))), room.height()
        )
        painter.setFont(option.font)
        painter.setPen(QColor(self.tokens.faint))
        painter.drawText(number, _RIGHT, str(index.row() + 1))
        room.setLeft(number.right() + _GAP)
        self._paint_state(painter, room, rating)
        room.setLeft(room.left() + _DOT + _GAP)
        if rating.rating is not None:
            room.setRight(self._paint_stars(painter, room, rating.rating) - _GAP)
        if rating.note:
            mark = QRect(room.right() - _STAR, room.center().y() - _STAR // 2 + 1, _STAR, _STAR)
            icons.icon("note", self.tokens.muted).paint(painter, mark)
            room.setRight(mark.left() - _GAP)
        if index.row() == self.shown:
            font = QFont(option.font)
            font.setWeight(QFont.Weight.DemiBold)
            painter.setFont(font)
        painter.setPen(QColor(self.tokens.muted if rating.state == "unseen" else self.tokens.text))
        if index.row() == self.shown:
            painter.setPen(QColor(self.tokens.text))
        shown = QFontMetrics(painter.font()).elidedText(
            str(index.data()), Qt.TextElideMode.ElideMiddle, room.width()
        )
        painter.drawText(room, _LEFT, shown)
        painter.restore()

    def _paint_back(self, painter: QPainter, option: QStyleOptionViewItem) -> None:
        assert self.tokens is not None
        if option.state & QStyle.StateFlag.State_Selected:
            color = self.tokens.accent_soft
        elif option.state & QStyle.StateFlag.State_MouseOver:
            color = self.tokens.hover
        else:
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(color))
        painter.drawRoundedRect(QRectF(option.rect).adjusted(3.5, 0.5, -3.5, -0.5), 4, 4)

    def _paint_state(self, painter: QPainter, room: QRect, rating: Rating) -> None:
        """Draw a ring for what was not seen, a dot for what was, in the accent where it is rated."""
        assert self.tokens is not None
        box = QRectF(room.left(), room.center().y() - _DOT / 2 + 1, _DOT, _DOT)
        color = QColor(self.tokens.accent if rating.state == "rated" else self.tokens.faint)
        painter.setPen(color)
        painter.setBrush(Qt.BrushStyle.NoBrush if rating.state == "unseen" else color)
        painter.drawEllipse(box)

    def _paint_stars(self, painter: QPainter, room: QRect, rating: int) -> int:
        """Draw a rating at the right and return where it begins."""
        assert self.tokens is not None
        left = room.right() - rating * _STAR
        for number in range(rating):
            box = QRect(left + number * _STAR, room.center().y() - _STAR // 2, _STAR, _STAR)
            icons.icon("star-full", self.tokens.accent).paint(painter, box)
        return left
