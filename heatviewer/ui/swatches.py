"""Small pictures of colours: a transfer function's bar, a map's bar, a layer's chip."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from heatviewer.core.colormap import ColorMap
    from heatviewer.core.transfer import TransferFunction


def image_of(rgba: NDArray[np.uint8]) -> QImage:
    """Return a straight RGBA picture (H, W, 4) as an image of its own memory."""
    height, width = rgba.shape[:2]
    rgba = np.ascontiguousarray(rgba)
    return QImage(rgba.data, width, height, 4 * width, QImage.Format.Format_RGBA8888).copy()


def bar_image(colors: NDArray[np.float64], height: int) -> QImage:
    """Return a row of colours (n, 3) in 0…1 as an opaque bar."""
    row = np.full((len(colors), 4), 255, np.uint8)
    row[:, :3] = (np.clip(colors, 0, 1) * 255 + 0.5).astype(np.uint8)
    return image_of(np.broadcast_to(row, (height, *row.shape)))


def draw_bar(painter: QPainter, rect: QRect, image: QImage, ink: QColor) -> None:
    """Draw a bar with a fine frame in weak ink, so that its white and black ends are seen."""
    painter.drawImage(rect, image)
    frame = QColor(ink)
    frame.setAlphaF(0.25)
    painter.setPen(frame)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5))


@lru_cache(maxsize=128)
def transfer_bar(transfer: TransferFunction, width: int, height: int) -> QImage:
    """Return a transfer function's colours from the low to the high end, as a bar."""
    low, high = transfer.color_range
    return bar_image(transfer.colors(np.linspace(low, high, width)), height)


@lru_cache(maxsize=1024)
def map_bar(
    color_map: ColorMap, width: int, height: int, reverse: bool = False, steps: int | None = None
) -> QImage:
    """Return a map's colours as a bar, as a layer shows them that reverses it or has flat levels."""
    return bar_image(color_map.baked(reverse, steps).colors(np.linspace(0, 1, width)), height)
