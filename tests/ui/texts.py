"""Every text that a window shows, tool tips and lists too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QAbstractListModel, QModelIndex, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)


def texts_of(window: QWidget) -> Iterator[str]:
    """Yield what a window and everything in it say."""
    for widget in (window, *window.findChildren(QWidget)):
        yield from (widget.windowTitle(), widget.toolTip(), widget.accessibleName(), widget.statusTip())
        if isinstance(widget, QLabel | QAbstractButton | QLineEdit):
            yield widget.text()
        if isinstance(widget, QPlainTextEdit | QTextEdit):
            yield widget.toPlainText()
        if isinstance(widget, QAbstractItemView | QComboBox) and widget.model() is not None:
            yield from model_texts(widget.model())
        for action in widget.actions():
            yield from (action.text(), action.toolTip())


def model_texts(
    model: QAbstractItemModel, parent: QModelIndex | None = None, tips_alone: bool = False
) -> Iterator[str]:
    """Yield the texts and tool tips of a model's rows, or the tool tips alone."""
    above = parent if parent is not None else QModelIndex()
    roles: tuple[Any, ...] = (Qt.ItemDataRole.ToolTipRole,)
    roles = roles if tips_alone else (Qt.ItemDataRole.DisplayRole, *roles)
    for row in range(model.rowCount(above)):
        # A list's count of columns is private.
        columns = 1 if isinstance(model, QAbstractListModel) else model.columnCount(above)
        for column in range(columns):
            index = model.index(row, column, above)
            yield from (str(model.data(index, role)) for role in roles if model.data(index, role))
            if column == 0 and not isinstance(model, QAbstractListModel):
                yield from model_texts(model, index, tips_alone)
