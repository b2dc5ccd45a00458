"""Real Qt events for tests, and a widget's pixels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

Position = tuple[float, float]
NONE = Qt.KeyboardModifier.NoModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
CTRL = Qt.KeyboardModifier.ControlModifier
LEFT, MIDDLE, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton


def mouse(widget: QWidget, what: str, at: Position, button: Any, keys: Any = NONE) -> None:
    """Send a mouse event at a widget position with a fraction: 'Press', 'Move', 'Release' or 'DblClick'."""
    kind = getattr(QMouseEvent.Type, f"MouseButton{what}" if what != "Move" else "MouseMove")
    point = QPointF(*at)
    held = Qt.MouseButton.NoButton if what == "Release" else button
    pressed = Qt.MouseButton.NoButton if what == "Move" else button
    on_screen = QPointF(widget.mapToGlobal(point))
    QApplication.sendEvent(widget, QMouseEvent(kind, point, on_screen, pressed, held, keys))


def drag(widget: QWidget, path: list[Position], button: Any, keys: Any = NONE) -> None:
    """Press at the first position, move through the others, release at the last."""
    mouse(widget, "Press", path[0], button, keys)
    for at in path[1:]:
        mouse(widget, "Move", at, button, keys)
    mouse(widget, "Release", path[-1], button, keys)


def wheel(
    widget: QWidget, delta: int, keys: Any = NONE, at: Position = (60.25, 71.5), across: int = 0
) -> None:
    """Turn the wheel by Qt's eighths of a degree, upwards or across."""
    point = QPointF(*at)
    turned, phase = QPoint(across, delta), Qt.ScrollPhase.NoScrollPhase
    on_screen = QPointF(widget.mapToGlobal(point))
    event = QWheelEvent(point, on_screen, QPoint(), turned, Qt.MouseButton.NoButton, keys, phase, False)
    QApplication.sendEvent(widget, event)


def pixels(widget: QWidget) -> NDArray[np.uint8]:
    """Return what a widget shows, uint8 (height, width, 4), in device pixels."""
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGBA8888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : image.width() * 4].reshape(image.height(), image.width(), 4).copy()
