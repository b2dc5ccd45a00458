"""A list of colour maps under headings, each with its bar, drawn when it comes into sight."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QCursor, QFont, QPainter, QPalette
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from heatviewer.model.catalogue import key
from heatviewer.model.presets import Listed, preset, remark
from heatviewer.ui.controls import named, plain_tip
from heatviewer.ui.swatches import draw_bar, map_bar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QKeyEvent, QMouseEvent, QShowEvent

    Index = QModelIndex | QPersistentModelIndex

ROW_HEIGHT = 24
_BAR = QSize(88, 12)
_INSET = 8
#: A pointer that rests where the list opens has not been moved yet.
_REST_PX = 3
_WAYS = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class PresetModel(QAbstractListModel):
    """Presets and the headings above them."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Listed | str] = []

    def set_entries(self, entries: Sequence[Listed], grouped: bool) -> None:
        """Show these presets, under headings where `grouped`."""
        self.beginResetModel()
        self.rows = _with_headings(entries) if grouped else list(entries)
        self.endResetModel()

    def append(self, entries: Sequence[Listed]) -> None:
        """Show more presets under their headings below what is there."""
        rows = _with_headings(entries)
        self.beginInsertRows(QModelIndex(), len(self.rows), len(self.rows) + len(rows) - 1)
        self.rows += rows
        self.endInsertRows()

    def rowCount(self, parent: Index | None = None) -> int:
        """Return how many rows there are."""
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Return that a heading cannot be chosen."""
        if isinstance(self.rows[index.row()], str):
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a row's text, or what is to be known of a preset."""
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row if isinstance(row, str) else row.name
        if isinstance(row, str):
            return None
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{row.name}, {row.group}"
        if role == Qt.ItemDataRole.ToolTipRole:
            said = (row.name, whose(row), remark(preset(row.name), row.kind))
            return plain_tip("\n".join(filter(None, said)))
        return None


def _with_headings(entries: Sequence[Listed]) -> list[Listed | str]:
    rows: list[Listed | str] = []
    for n, entry in enumerate(entries):
        if n == 0 or entries[n - 1].group != entry.group:
            rows.append(entry.group)
        rows.append(entry)
    return rows


def whose(entry: Listed) -> str:
    """Return where a preset is from, for people."""
    return entry.family or entry.group


class PresetDelegate(QStyledItemDelegate):
    """Draws a heading, or a preset's bar and name."""

    def __init__(self) -> None:
        super().__init__()
        self.reverse = False
        self.steps: int | None = None
        self.show_whose = False

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        """Return one height for all rows."""
        return QSize(200, ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw a row."""
        row = index.model().rows[index.row()]  # type: ignore[attr-defined]
        painter.save()
        if isinstance(row, str):
            self._paint_heading(painter, option, row)
        else:
            self._paint_preset(painter, option, row)
        painter.restore()

    def _paint_heading(self, painter: QPainter, option: QStyleOptionViewItem, text: str) -> None:
        font = QFont(option.font)
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(_muted(option.palette))
        room = option.rect.adjusted(_INSET, 4, -_INSET, 0)
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)

    def _paint_preset(self, painter: QPainter, option: QStyleOptionViewItem, entry: Listed) -> None:
        panel = QStyle.PrimitiveElement.PE_PanelItemViewItem
        option.widget.style().drawPrimitive(panel, option, painter, option.widget)
        rect, palette = option.rect, option.palette
        bar = QRect(rect.left() + _INSET, rect.center().y() - _BAR.height() // 2 + 1, _BAR.width(), 12)
        ratio = painter.device().devicePixelRatio()
        size = (round(bar.width() * ratio), round(bar.height() * ratio))
        image = map_bar(preset(entry.name), *size, self.reverse, self.steps)
        draw_bar(painter, bar, image, palette.color(QPalette.ColorRole.Text))
        room = rect.adjusted(bar.width() + 2 * _INSET, 0, -_INSET, 0)
        if self.show_whose:
            # Where both do not fit the family gives way: the name is what is chosen by.
            metrics = painter.fontMetrics()
            left = max(room.width() - metrics.horizontalAdvance(entry.name) - _INSET, 0)
            text = metrics.elidedText(whose(entry), Qt.TextElideMode.ElideRight, left)
            painter.setPen(_muted(palette))
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(room, right, text)
            room.setRight(room.right() - metrics.horizontalAdvance(text) - _INSET)
        painter.setPen(palette.color(QPalette.ColorRole.Text))
        name = painter.fontMetrics().elidedText(entry.name, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)


def _muted(palette: QPalette) -> QColor:
    """Return the text's colour, weaker."""
    color = palette.color(QPalette.ColorRole.Text)
    color.setAlphaF(0.68)
    return color


class PresetList(QListView):
    """The list that is looked through.

    Signals
    -------
    highlighted : str
        A person came to a preset, by arrow keys or with the pointer.
    taken : str
        A person chose a preset.
    typed : QKeyEvent
        A letter, meant for the search field.
    """

    highlighted = Signal(str)
    taken = Signal(str)
    typed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        named(self, "Colour maps", "Point at a colour map, or go to it with the arrow keys, to see it")
        self.setObjectName("presets")
        self._quiet = False
        self._rest = QCursor.pos()
        self.entries = PresetModel()
        self.delegate = PresetDelegate()
        self.setModel(self.entries)
        self.setItemDelegate(self.delegate)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.verticalScrollBar().setSingleStep(ROW_HEIGHT)

    @property
    def current(self) -> Listed | None:
        """The preset that is highlighted."""
        index = self.currentIndex()
        row = self.entries.rows[index.row()] if index.isValid() else None
        return row if isinstance(row, Listed) else None

    def highlight(self, name: str | None) -> bool:
        """Highlight a preset, or none, without telling; return whether it is in the list."""
        wanted = key(name) if name is not None else None
        rows = self.entries.rows
        found = (n for n, row in enumerate(rows) if isinstance(row, Listed) and key(row.name) == wanted)
        row = next(found, -1)
        self._quiet = True
        self.setCurrentIndex(self.entries.index(row) if row >= 0 else QModelIndex())
        self._quiet = False
        if row >= 0:
            # The heading above the first of a group is part of what is looked at.
            heading = row > 0 and isinstance(rows[row - 1], str)
            self.scrollTo(self.entries.index(row - 1 if heading else row))
            self.scrollTo(self.entries.index(row))
        return row >= 0

    def currentChanged(self, current: Index, previous: Index) -> None:
        """Tell a person's way through the list."""
        super().currentChanged(current, previous)
        if not self._quiet and self.current is not None:
            self.highlighted.emit(self.current.name)

    def showEvent(self, event: QShowEvent) -> None:
        """Remember where the pointer rests."""
        self._rest = QCursor.pos()
        super().showEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Highlight what is pointed at."""
        moved = event.globalPosition().toPoint() - self._rest
        index = self.indexAt(event.position().toPoint())
        pointed = index.isValid() and isinstance(self.entries.rows[index.row()], Listed)
        if pointed and moved.manhattanLength() >= _REST_PX:
            self.setCurrentIndex(index)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Take what is clicked."""
        index = self.indexAt(event.position().toPoint())
        row = self.entries.rows[index.row()] if index.isValid() else None
        if event.button() == Qt.MouseButton.LeftButton and isinstance(row, Listed):
            self.taken.emit(row.name)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take the highlighted preset with Return; letters go to the search."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.current is not None:
                self.taken.emit(self.current.name)
        elif event.text().isprintable() and event.text():
            self.typed.emit(event)
        elif self.current is None and event.key() in _WAYS:
            self._go_to_first()
        else:
            super().keyPressEvent(event)

    def _go_to_first(self) -> None:
        first = (n for n, row in enumerate(self.entries.rows) if isinstance(row, Listed))
        self.setCurrentIndex(self.entries.index(next(first, -1)))
