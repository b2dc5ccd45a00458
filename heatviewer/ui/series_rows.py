"""How the rows of the series browser look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPainterPath, QPalette, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from heatviewer.ui import icons
from heatviewer.ui.series_model import NODE_ROLE, OPEN_ROLE
from heatviewer.ui.thumbnails import PIXELS

if TYPE_CHECKING:
    from PySide6.QtCore import QModelIndex

    from heatviewer.app.browsing import Node
    from heatviewer.ui.theme import Tokens

    Index = QModelIndex | QPersistentModelIndex

THUMBNAIL: Final = PIXELS // 2
#: How far rows stand in below those above them.
INDENT: Final = 12
_GAP, _INSET, _MARK = 8, 4, 14
_LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
_RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight


class SeriesDelegate(QStyledItemDelegate):
    """Draws a heading, or a volume with its picture and three lines."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens: Tokens | None = None

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return a volume's height, or a heading's."""
        node: Node = index.data(NODE_ROLE)
        line = option.fontMetrics.height()
        if node.kind in ("patient", "study"):
            return QSize(160, line + 10)
        return QSize(160, max(THUMBNAIL, 3 * line) + 2 * _INSET)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw a row."""
        node: Node = index.data(NODE_ROLE)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if node.kind in ("patient", "study"):
            self._paint_heading(painter, option, node)
        else:
            if node.kind == "series" and index.parent().isValid():
                # Nothing folds out below a volume: the room for the mark is its own.
                option.rect.setLeft(option.rect.left() - INDENT)
            self._paint_back(painter, option)
            self._paint_thumbnail(painter, option, index)
            self._paint_text(painter, option, index)
        painter.restore()

    def _paint_heading(self, painter: QPainter, option: QStyleOptionViewItem, node: Node) -> None:
        room = option.rect.adjusted(_INSET, 0, -_GAP, 0)
        if option.state & QStyle.StateFlag.State_HasFocus:
            self._paint_back(painter, option)
        painter.setPen(self._color(option.palette, "muted"))
        painter.drawText(room, _RIGHT, node.detail)
        room.setRight(room.right() - option.fontMetrics.horizontalAdvance(node.detail) - _GAP)
        if node.kind == "patient":
            painter.setFont(_weighted(option.font))
            painter.setPen(option.palette.color(QPalette.ColorRole.Text))
        _draw_elided(painter, room, node.title)

    def _paint_back(self, painter: QPainter, option: QStyleOptionViewItem) -> None:
        """Show whether a row is chosen, under the pointer, or has the keyboard."""
        name = ""
        if option.state & QStyle.StateFlag.State_Selected:
            name = "accent_soft"
        elif (
            option.state & QStyle.StateFlag.State_MouseOver and option.state & QStyle.StateFlag.State_Enabled
        ):
            name = "hover"
        box = QRectF(option.rect).adjusted(0.5, 1.5, -3.5, -1.5)
        painter.setPen(Qt.PenStyle.NoPen)
        if (
            option.state & QStyle.StateFlag.State_HasFocus
            and option.state & QStyle.StateFlag.State_KeyboardFocusChange
        ):
            painter.setPen(self._color(option.palette, "accent"))
        painter.setBrush(self._color(option.palette, name) if name else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box, 4, 4)

    def _paint_thumbnail(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        box = _picture_box(option.rect)
        path = QPainterPath()
        path.addRoundedRect(QRectF(box), 3, 3)
        painter.save()
        painter.setClipPath(path)
        painter.fillRect(box, Qt.GlobalColor.black)
        picture = index.data(Qt.ItemDataRole.DecorationRole)
        if isinstance(picture, QPixmap) and not picture.isNull():
            painter.drawPixmap(box, picture)
        elif self.tokens is not None:
            # Nothing to be seen of it, or not yet.
            name = "picture" if option.state & QStyle.StateFlag.State_Enabled else "error"
            drawn = icons.icon(name, "#5a6067")
            drawn.paint(painter, box.adjusted(14, 14, -14, -14))
        painter.restore()

    def _paint_text(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        node: Node = index.data(NODE_ROLE)
        opened: str = index.data(OPEN_ROLE)
        enabled = bool(option.state & QStyle.StateFlag.State_Enabled)
        box = _picture_box(option.rect)
        line = option.fontMetrics.height()
        top = option.rect.center().y() - (3 * line) // 2 + 1
        room = QRect(box.right() + 1 + _GAP, top, option.rect.right() - box.right() - 2 * _GAP - 4, line)
        head = QRect(room)
        if node.warnings and self.tokens is not None:
            mark = QRect(room.right() - _MARK, room.center().y() - _MARK // 2, _MARK, _MARK)
            icons.icon("warning", self.tokens.warning).paint(painter, mark)
            head.setRight(mark.left() - _INSET)
        role = QPalette.ColorRole.Text if enabled else QPalette.ColorRole.PlaceholderText
        painter.setPen(option.palette.color(role))
        painter.setFont(_weighted(option.font) if opened else option.font)
        _draw_elided(painter, head, node.title)
        painter.setFont(option.font)
        painter.setPen(self._color(option.palette, "muted" if enabled else "faint"))
        count, _, kind = node.detail.partition(" · ")
        room.translate(0, line)
        _draw_elided(painter, room, count)
        room.translate(0, line)
        if opened:
            painter.setPen(self._color(option.palette, "accent"))
            painter.drawText(room, _RIGHT, opened)
            room.setRight(room.right() - option.fontMetrics.horizontalAdvance(opened) - _GAP)
            painter.setPen(self._color(option.palette, "muted"))
        _draw_elided(painter, room, kind if enabled else (node.warnings or ("Cannot be read",))[-1])

    def _color(self, palette: QPalette, name: str) -> QColor:
        if self.tokens is not None:
            return QColor(getattr(self.tokens, name))
        return palette.color(QPalette.ColorRole.PlaceholderText)


def _picture_box(row: QRect) -> QRect:
    return QRect(row.left() + _INSET, row.center().y() - THUMBNAIL // 2 + 1, THUMBNAIL, THUMBNAIL)


def _draw_elided(painter: QPainter, room: QRect, text: str) -> None:
    shown = QFontMetrics(painter.font()).elidedText(text, Qt.TextElideMode.ElideRight, room.width())
    painter.drawText(room, _LEFT, shown)


def _weighted(font: QFont) -> QFont:
    made = QFont(font)
    made.setWeight(QFont.Weight.DemiBold)
    return made
