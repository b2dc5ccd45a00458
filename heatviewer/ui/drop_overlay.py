"""What the window says while files are held over it: what a drop here would do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QAccessible, QAccessibleEvent, QColor, QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QWidget

from heatviewer.ui import icons

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QPaintEvent

    from heatviewer.app.drops import DropRole, Zone
    from heatviewer.ui.theme import Tokens

#: In units of the screen.
_MARGIN, _GAP, _CORNER, _ICON, _INSIDE = 16, 12, 8, 28, 24
#: Heights of zones below each other: the likeliest has the most room.
_SHARES: Final = {1: (1.0,), 3: (0.5, 0.25, 0.25)}
_ICONS: Final[dict[DropRole, str]] = {
    "study": "base",
    "heatmap": "layers",
    "mask": "invert",
    "document": "open",
    "style": "style-paste",
    "refused": "warning",
}
#: How much of the pictures shines through, 0…255.
_VEIL = 215


class DropOverlay(QWidget):
    """A veil with a zone for each thing that a drop can do; the one under the pointer is lit.

    Attributes
    ----------
    zones : tuple of Zone
        From the top; the first is meant where the pointer is beside the veil.
    lit : int
        Which of them a drop is for now.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName("What a drop here does")
        self.zones: tuple[Zone, ...] = ()
        self.lit = 0
        self._tokens: Tokens | None = None
        self.hide()

    @property
    def role(self) -> DropRole:
        """What a drop does now."""
        return self.zones[self.lit].role if self.zones else "refused"

    def set_tokens(self, tokens: Tokens) -> None:
        """Draw in a theme's colours."""
        self._tokens = tokens

    def show_for(self, zones: Sequence[Zone]) -> None:
        """Cover the parent and tell what a drop will do."""
        self.zones, self.lit = tuple(zones), 0
        parent = self.parentWidget()
        if parent is not None:
            self.setGeometry(parent.rect())
        self.show()
        self.raise_()
        self.update()
        self._tell()

    def move_to(self, position: QPoint) -> None:
        """Light up the zone under the pointer; beside them all, the first."""
        boxes = self.boxes()
        lit = next((n for n, box in enumerate(boxes) if box.contains(position)), self._nearest(position))
        if lit != self.lit:
            self.lit = lit
            self.update()
            self._tell()

    def boxes(self) -> list[QRect]:
        """Return where the zones are."""
        room = self.rect().adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
        count = len(self.zones)
        shares = _SHARES.get(count, (1 / max(count, 1),) * count)
        height = room.height() - _GAP * (count - 1)
        found, top = [], room.top()
        for share in shares:
            found.append(QRect(room.left(), top, room.width(), round(height * share)))
            top += round(height * share) + _GAP
        return found

    def _nearest(self, position: QPoint) -> int:
        """Return the zone that is meant between zones: the one that was lit; outside the veil the first."""
        return self.lit if self.rect().contains(position) else 0

    def _tell(self) -> None:
        """Tell people who cannot see the zone."""
        if self.zones:
            zone = self.zones[self.lit]
            self.setAccessibleDescription(f"{zone.title}. {zone.detail}")
            event = QAccessibleEvent(self, QAccessible.Event.DescriptionChanged)
            QAccessible.updateAccessibility(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the veil and the zones."""
        tokens = self._tokens
        if tokens is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        veil = QColor(tokens.window)
        veil.setAlpha(_VEIL)
        painter.fillRect(self.rect(), veil)
        for number, (zone, box) in enumerate(zip(self.zones, self.boxes(), strict=True)):
            self._paint_zone(painter, zone, box, number == self.lit, tokens)

    def _paint_zone(self, painter: QPainter, zone: Zone, box: QRect, lit: bool, tokens: Tokens) -> None:
        color = tokens.warning if zone.role == "refused" else tokens.accent
        fill = QColor(tokens.accent_soft if lit and zone.role != "refused" else tokens.panel)
        fill.setAlpha(235 if lit else 170)
        pen = QPen(QColor(color if lit else tokens.faint), 2 if lit else 1)
        if not lit:
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setBrush(fill)
        painter.setPen(pen)
        painter.drawRoundedRect(QRectF(box).adjusted(1, 1, -1, -1), _CORNER, _CORNER)
        heading = QFont(self.font())
        heading.setPointSizeF(self.font().pointSizeF() * 1.5)
        heading.setWeight(QFont.Weight.DemiBold)
        above, below = QFontMetrics(heading), QFontMetrics(self.font())
        height = _ICON + 8 + above.height() + 4 + below.height()
        top = box.center().y() - height // 2
        ink = color if lit else tokens.muted
        icon = icons.drawn(_ICONS[zone.role], ink, _ICON, self.devicePixelRatioF())
        painter.drawPixmap(QPoint(box.center().x() - _ICON // 2, top), icon)
        lines = (
            (zone.title, heading, above, top + _ICON + 8, tokens.text),
            (zone.detail, self.font(), below, top + _ICON + 12 + above.height(), tokens.muted),
        )
        room = box.width() - 2 * _INSIDE
        for text, font, metrics, at, ink in lines:
            painter.setFont(font)
            painter.setPen(QColor(ink))
            line = QRect(box.left() + _INSIDE, at, room, metrics.height())
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, room)
            painter.drawText(line, Qt.AlignmentFlag.AlignCenter, shown)
