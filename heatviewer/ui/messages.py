"""Messages that do not interrupt: they lie over the pictures, which stay where they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QEvent, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from heatviewer.ui import icons
from heatviewer.ui.controls import named

if TYPE_CHECKING:
    from collections.abc import Callable

    from heatviewer.ui.theme import Tokens

Level = Literal["info", "warning", "error"]
#: More than this many at once would cover the pictures; the oldest go.
_MAX_SHOWN = 3
_INFO_MS = 6000
_WIDTH, _MARGIN = 640, 8


class Message(QFrame):
    """One message with a way to act on it and a button that closes it."""

    dismissed = Signal()

    def __init__(
        self,
        text: str,
        level: Level,
        action: tuple[str, Callable[[], object]] | None,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.text, self.level = text, level
        self.setObjectName("message")
        self.setProperty("level", level)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 4, 4, 4)
        row.setSpacing(8)
        label = QLabel(text)
        label.setWordWrap(True)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        named(label, f"{level}: {text}", text)
        row.addWidget(label, 1)
        if action is not None:
            title, run = action
            button = named(QPushButton(title), title, title)
            button.clicked.connect(self.dismiss)
            button.clicked.connect(lambda: run())
            row.addWidget(button)
        close = named(QToolButton(), "Dismiss message", "Close this message")
        close.setIconSize(QSize(16, 16))
        icons.set_icon(close, "close")
        close.clicked.connect(self.dismiss)
        row.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)

    def height_at(self, width: int) -> int:
        """Return the height that the text needs in a frame of some width."""
        taken = sum(child.sizeHint().width() + 8 for child in self.findChildren(QAbstractButton)) + 24
        room = QRect(0, 0, max(width - taken, 40), 10_000)
        text = self.fontMetrics().boundingRect(room, Qt.TextFlag.TextWordWrap, self.text)
        return max(text.height() + 16, 36)

    def dismiss(self) -> None:
        """Take the message away."""
        self.hide()
        self.setParent(None)
        self.dismissed.emit()
        self.deleteLater()


class MessageBar(QWidget):
    """The messages shown now, the latest on top."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._tokens: Tokens | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        parent.installEventFilter(self)
        self.hide()

    @property
    def shown(self) -> list[Message]:
        """What is shown, the latest first."""
        items = [self._column.itemAt(n) for n in range(self._column.count())]
        widgets = [item.widget() for item in items if item is not None]
        return [widget for widget in widgets if isinstance(widget, Message)]

    @property
    def texts(self) -> list[str]:
        """What the messages say, the latest first."""
        return [message.text for message in self.shown]

    def show_message(
        self, text: str, level: Level = "info", action: tuple[str, Callable[[], object]] | None = None
    ) -> None:
        """Show a message; the same text again replaces the one that is there. News goes by itself."""
        for message in self.shown:
            if message.text == text:
                message.dismiss()
        message = Message(text, level, action, self)
        self._column.insertWidget(0, message)
        if self._tokens is not None:
            icons.refresh(message, self._tokens)
        for old in self.shown[_MAX_SHOWN:]:
            old.dismiss()
        if level == "info":
            timer = QTimer(message)
            timer.setSingleShot(True)
            timer.timeout.connect(message.dismiss)
            timer.start(_INFO_MS)
        message.dismissed.connect(self._place)
        self._place()

    def _place(self) -> None:
        """Lie at the top of the parent, as wide as a line is comfortable to read."""
        parent = self.parentWidget()
        if parent is None or not self.shown:
            self.hide()
            return
        width = min(_WIDTH, parent.width() - 2 * _MARGIN)
        height = sum(message.height_at(width) for message in self.shown)
        height += self._column.spacing() * (len(self.shown) - 1)
        self.setGeometry((parent.width() - width) // 2, _MARGIN, width, height)
        self.show()
        self.raise_()

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        """Follow the parent's size."""
        if event.type() == QEvent.Type.Resize and watched is self.parentWidget():
            self._place()
        return super().eventFilter(watched, event)  # type: ignore[arg-type]

    def set_tokens(self, tokens: Tokens) -> None:
        """Draw the icons in a theme's colours."""
        self._tokens = tokens
        icons.refresh(self, tokens)

    def clear(self) -> None:
        """Take all messages away."""
        for message in self.shown:
            message.dismiss()
