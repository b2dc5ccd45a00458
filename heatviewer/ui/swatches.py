"""Small pictures of colours: a transfer function's bar, a preset's icon, a layer's chip."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtGui import QIcon, QImage, QPixmap

from heatviewer.model.presets import preset

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from heatviewer.core.transfer import TransferFunction

PRESET_ICON_SIZE = (24, 12)


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


@lru_cache(maxsize=128)
def transfer_bar(transfer: TransferFunction, width: int, height: int) -> QImage:
    """Return a transfer function's colours from the low to the high end, as a bar."""
    low, high = transfer.color_range
    return bar_image(transfer.colors(np.linspace(low, high, width)), height)


@lru_cache(maxsize=128)
def preset_icon(name: str, reverse: bool = False) -> QIcon:
    """Return a preset's colours as an icon."""
    width, height = PRESET_ICON_SIZE
    colors = preset(name).colors(np.linspace(0, 1, 2 * width))
    pixmap = QPixmap.fromImage(bar_image(colors[::-1] if reverse else colors, 2 * height))
    pixmap.setDevicePixelRatio(2)
    return QIcon(pixmap)
