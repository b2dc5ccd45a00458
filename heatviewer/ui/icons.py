"""The program's icons: one family of outlines, drawn in the theme's colours, sharp at every scaling."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QAction, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton, QWidget

from heatviewer.core.resources import resource

if TYPE_CHECKING:
    from heatviewer.ui.theme import Tokens

#: Icons are shown at 16 and 20 units; a doubled screen takes 32 and 40 pixels.
_SIZES = (16, 20, 32, 40)
_PROPERTY, _ROLE = "icon_name", "icon_role"


@cache
def _svg(name: str) -> str:
    return resource("icons", f"{name}.svg").read_text(encoding="utf-8")


@cache
def icon(name: str, color: str, disabled: str = "") -> QIcon:
    """Return an icon in a colour, and in another one where its button is disabled."""
    made = QIcon()
    for mode, paint in ((QIcon.Mode.Normal, color), (QIcon.Mode.Disabled, disabled or color)):
        svg = QSvgRenderer(QByteArray(_svg(name).replace("currentColor", paint).encode()))
        for size in _SIZES:
            pixmap = QPixmap(size, size)
            pixmap.fill(Qt.GlobalColor.transparent)
            painter = QPainter(pixmap)
            svg.render(painter, QRectF(0, 0, size, size))
            painter.end()
            made.addPixmap(pixmap, mode)
    return made


@cache
def drawn(name: str, color: str, side: int, ratio: float) -> QPixmap:
    """Return an icon as a picture for one size: `side` units of a screen with `ratio` pixels a unit."""
    pixmap = QPixmap(round(side * ratio), round(side * ratio))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    svg = QSvgRenderer(QByteArray(_svg(name).replace("currentColor", color).encode()))
    svg.render(painter, QRectF(pixmap.rect()))
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


def set_icon(
    target: QAction | QAbstractButton, name: str, tokens: Tokens | None = None, role: str = "text"
) -> None:
    """Give an action or button an icon that follows the theme; without colours at the next change.

    `role` is the theme's colour that it is drawn in, such as ``"warning"``.
    """
    target.setProperty(_PROPERTY, name)
    target.setProperty(_ROLE, role)
    if tokens is not None:
        _draw(target, tokens)


def _draw(target: QAction | QAbstractButton, tokens: Tokens) -> None:
    if name := target.property(_PROPERTY):
        target.setIcon(icon(str(name), getattr(tokens, str(target.property(_ROLE))), tokens.faint))


def refresh(root: QWidget, tokens: Tokens) -> None:
    """Draw every icon below a widget in a theme's colours."""
    targets: list[QAction | QAbstractButton] = [
        *root.findChildren(QAction),
        *root.findChildren(QAbstractButton),
    ]
    for target in targets:
        _draw(target, tokens)
