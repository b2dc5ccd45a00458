"""How the transfer function's editor looks: histogram, curve, bar of colours, handles, axis."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPalette, QPen, QPixmap, QPolygonF

from heatviewer.app import transfer_points as points
from heatviewer.app.transfer_handles import BOTH_ENDS, Handle, color_of, value_of
from heatviewer.drawing.ticks import number, round_ticks
from heatviewer.model.draws import transfer_of
from heatviewer.ui.swatches import image_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from heatviewer.analysis.histogram import Histogram
    from heatviewer.model.layer import HeatmapLayer
    from heatviewer.ui.transfer_axis import Layout, ValueAxis

#: Units of the screen between two numbers of the axis, at least.
_TICK_ROOM: Final = 46.0
#: The two greys of a checkerboard, and the size of its fields.
_CHECKER: Final = (0.80, 0.55)
_FIELD: Final = 3.0
#: With more colours than this their stops are drawn as thin marks.
_MANY_STOPS: Final = 24


@dataclass(frozen=True)
class Look:
    """The colours of a theme that the editor is painted in."""

    base: QColor
    panel: QColor
    text: QColor
    muted: QColor
    border: QColor
    bars: QColor
    accent: QColor

    @classmethod
    def of(cls, palette: QPalette) -> Look:
        """Return the colours that a palette means."""
        base, text = palette.color(QPalette.ColorRole.Base), palette.color(QPalette.ColorRole.WindowText)
        return cls(
            base=base,
            panel=palette.color(QPalette.ColorRole.AlternateBase),
            text=text,
            muted=_mixed(text, base, 0.68),
            border=palette.color(QPalette.ColorRole.Mid),
            bars=_mixed(text, base, 0.24),
            accent=palette.color(QPalette.ColorRole.Highlight),
        )


def _mixed(over: QColor, under: QColor, share: float) -> QColor:
    rest = 1 - share
    return QColor.fromRgbF(
        over.redF() * share + under.redF() * rest,
        over.greenF() * share + under.greenF() * rest,
        over.blueF() * share + under.blueF() * rest,
    )


def _faded(color: QColor, alpha: int) -> QColor:
    return QColor(color.red(), color.green(), color.blue(), alpha)


@dataclass(frozen=True)
class Shown:
    """Everything that one painting depends on."""

    layer: HeatmapLayer
    histogram: Histogram | None
    axis: ValueAxis
    layout: Layout
    handles: tuple[Handle, ...]
    volumetric: bool = False
    selected: Handle | None = None
    hovered: Handle | None = None
    held: bool = False
    focused: bool = False


class TransferPainter:
    """Paints the editor; what does not change during a drag is kept as a picture."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[Any, Any]] = {}

    def _once(self, what: str, key: Any, make: Any) -> Any:
        kept = self._kept.get(what)
        if kept is None or kept[0] != key:
            self._kept[what] = kept = (key, make())
        return kept[1]

    def paint(self, painter: QPainter, shown: Shown, palette: QPalette, font: QFont, ratio: float) -> None:
        """Paint everything, back to front."""
        look = Look.of(palette)
        small = QFont(font)
        small.setPointSizeF(max(font.pointSizeF() * 0.85, 6.0))
        painter.setFont(small)
        # The widget is opaque, so that nothing behind it is painted anew for every move of a handle.
        painter.fillRect(QRectF(0, 0, shown.layout.width, shown.layout.height), look.panel)
        back = (shown.histogram, shown.axis, shown.layout, ratio, look)
        painter.drawPixmap(0, 0, self._once("back", back, lambda: _background(shown, look, small, ratio)))
        self._bars(painter, shown, ratio)
        _frame_bar(painter, shown, look)
        _thresholds(painter, shown, look)
        _curves(painter, shown, look)
        _stops(painter, shown, look)
        _range(painter, shown, look)
        if shown.focused:
            painter.setPen(QPen(look.accent, 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(shown.layout.plot, 3, 3)
        if shown.held and shown.selected is not None:
            _bubble(painter, shown, look)

    def _bars(self, painter: QPainter, shown: Shown, ratio: float) -> None:
        layer, layout = shown.layer, shown.layout
        columns = max(round(layout.bar.width() * ratio), 1)
        key = (transfer_of(layer), shown.axis, columns, layer.opacity, shown.volumetric, layout.height)
        rows = max(round(layout.strip.height() * ratio), 1)
        bar, strip = self._once("bars", key, lambda: _bar_images(shown, columns, rows, ratio))
        painter.drawImage(layout.bar, bar)
        painter.drawImage(layout.strip, strip)


# --- behind ----------------------------------------------------------------------------------


def _background(shown: Shown, look: Look, font: QFont, ratio: float) -> QPixmap:
    """Return plot, histogram, grid and axis as a picture."""
    layout = shown.layout
    pixmap = QPixmap(round(layout.width * ratio), round(layout.height * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(font)
    painter.setPen(QPen(look.border, 1))
    painter.setBrush(look.base)
    painter.drawRoundedRect(layout.plot, 3, 3)
    _grid(painter, layout, look)
    _histogram(painter, shown, look, ratio)
    _axis(painter, shown, look, QFontMetricsF(font))
    painter.end()
    return pixmap


def _grid(painter: QPainter, layout: Layout, look: Look) -> None:
    painter.setPen(QPen(_faded(look.border, 150), 1, Qt.PenStyle.DotLine))
    for opacity in (0.0, 0.5, 1.0):
        y = round(layout.y_of(opacity)) + 0.5
        painter.drawLine(QPointF(layout.plot.left() + 1, y), QPointF(layout.plot.right() - 1, y))


def _histogram(painter: QPainter, shown: Shown, look: Look, ratio: float) -> None:
    """Draw the counts, their logarithm as height; the greatest that is seen fills the plot."""
    layout, axis = shown.layout, shown.axis
    if shown.histogram is None:
        return
    if not shown.histogram.counts.any():
        painter.setPen(look.muted)
        top = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
        painter.drawText(layout.plot.adjusted(0, 12, 0, 0), top, "no finite values")
        return
    columns = max(round(layout.curve.width() * ratio), 1)
    heights = np.log1p(shown.histogram.columns(axis.low, axis.high, columns))
    if not heights.any():
        return
    heights *= layout.curve.height() / heights.max()
    left, bottom, step = layout.curve.left(), layout.y_of(0), layout.curve.width() / columns
    outline = QPolygonF([QPointF(left, bottom)])
    for column, height in enumerate(heights):
        x, y = left + column * step, bottom - height
        outline.append(QPointF(x, y))
        outline.append(QPointF(x + step, y))
    outline.append(QPointF(left + columns * step, bottom))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(look.bars)
    painter.drawPolygon(outline)


def _axis(painter: QPainter, shown: Shown, look: Look, metrics: QFontMetricsF) -> None:
    """Draw round numbers, and the unit at the right end; numbers that would touch another are left out."""
    axis, place = shown.axis, shown.layout.text
    unit = shown.layer.unit
    free = shown.layout.width - 1
    painter.setPen(look.muted)
    if unit:
        width = metrics.horizontalAdvance(unit)
        box = QRectF(free - width, place.top(), width, place.height())
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, unit)
        free = box.left() - 6
    taken = 0.0
    for value in round_ticks(axis.low, axis.high, max(int(place.width() / _TICK_ROOM), 1)):
        x, text = axis.x_of(value), number(value, axis.high - axis.low)
        width = metrics.horizontalAdvance(text)
        left = max(x - width / 2, 0.0)
        if left < taken or left + width > free:
            continue
        taken = left + width + 6
        painter.drawLine(QPointF(x, place.top() - 1), QPointF(x, place.top() + 2))
        painter.drawText(
            QRectF(left, place.top() + 1, width, place.height()), Qt.AlignmentFlag.AlignCenter, text
        )


def _bar_images(shown: Shown, columns: int, rows: int, ratio: float) -> tuple[QImage, QImage]:
    """Return the bar of pure colours, one row high, and the strip of the result on a checkerboard."""
    transfer, axis = transfer_of(shown.layer), shown.axis
    share = (np.arange(columns) + 0.5) / columns
    values = axis.low * (1 - share) + axis.high * share
    rgba = transfer.rgba(values, volumetric=shown.volumetric)
    # The bar shows the colours themselves, but none where values beyond the range are hidden.
    hidden = np.zeros(columns, dtype=bool)
    low, high = transfer.color_range
    hidden |= (values < low) & (transfer.below == "hide")
    hidden |= (values > high) & (transfer.above == "hide")
    pure = np.full((1, columns, 4), 255, np.uint8)
    pure[0, :, :3] = _bytes(rgba[:, :3])
    pure[0, hidden] = 0
    field = max(round(_FIELD * ratio), 1)
    alpha = (rgba[:, 3] * shown.layer.opacity)[:, None]
    # A row on either grey; the checkerboard takes its fields from them.
    light = rgba[:, :3] * alpha
    two = np.full((2, columns, 4), 255, np.uint8)
    for row, grey in zip(two, _CHECKER[::-1], strict=True):
        row[:, :3] = _bytes(light + grey * (1 - alpha))
    laid = two[_odd_fields(rows, columns, field), np.arange(columns)]
    return image_of(pure), image_of(laid)


@lru_cache(maxsize=8)
def _odd_fields(rows: int, columns: int, field: int) -> NDArray[np.intp]:
    """Return 1 in every other field of a checkerboard, 0 in the others."""
    return ((np.arange(rows) // field)[:, None] + (np.arange(columns) // field)[None]) % 2


def _bytes(colors: NDArray[np.float64]) -> NDArray[np.uint8]:
    return (np.clip(colors, 0, 1) * 255 + 0.5).astype(np.uint8)


def _frame_bar(painter: QPainter, shown: Shown, look: Look) -> None:
    """Cover the bar beyond the ends of its colours down to a thin line, and frame what is between."""
    layout, axis = shown.layout, shown.axis
    ends = transfer_of(shown.layer).color_range
    low, high = (min(max(axis.x_of(end), axis.left), axis.right) for end in ends)
    bar, cover = layout.bar, layout.bar.height() - 4
    for left, right in ((bar.left(), low), (high, bar.right())):
        if right > left:
            painter.fillRect(QRectF(left, bar.top() + 4, right - left, cover), look.panel)
    painter.setPen(QPen(look.border, 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(QRectF(low, bar.top() + 0.5, max(high - low, 1.0), bar.height() - 1))


# --- curve and thresholds --------------------------------------------------------------------


def curve_line(shown: Shown, volumetric: bool) -> list[QPointF]:
    """Return the opacity curve over the axis as a polyline in widget coordinates."""
    layer, axis, layout = shown.layer, shown.axis, shown.layout
    flat = points.opacity_points(layer, volumetric)
    rows = points.rows_of(flat, 2)
    inside = [(s, o) for s, o in rows if axis.holds(s)]
    start = (axis.low, points.at(flat, 2, axis.low)[0])
    if inside and inside[0][0] == axis.low:
        start = inside[0]
    line = [start, *inside, (axis.high, points.at(flat, 2, axis.high)[0])]
    return [QPointF(axis.x_of(s), layout.y_of(o)) for s, o in line]


def _curves(painter: QPainter, shown: Shown, look: Look) -> None:
    layer, layout = shown.layer, shown.layout
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if layer.opacity_points_3d is not None:
        painter.setPen(QPen(_faded(look.muted, 150), 1, Qt.PenStyle.DashLine))
        painter.drawPolyline(curve_line(shown, not shown.volumetric))
    linked = not shown.volumetric or layer.opacity_points_3d is None
    default = linked and layer.opacity_points is None
    painter.setPen(QPen(_faded(look.accent, 150 if default else 255), 1.5 if default else 1.8))
    painter.drawPolyline(curve_line(shown, shown.volumetric))
    for handle in shown.handles:
        if handle.kind == "opacity" and shown.axis.holds(value_of(layer, handle, shown.volumetric)):
            place = layout.place_of(layer, handle, shown.axis, shown.volumetric)
            _point(painter, shown, look, handle, place, default)
    painter.restore()


def _point(painter: QPainter, shown: Shown, look: Look, handle: Handle, place: QPointF, faint: bool) -> None:
    selected, hovered = handle == shown.selected, handle == shown.hovered
    radius = 4.5 if selected or hovered else 3.5 if faint else 4.0
    painter.setPen(QPen(_faded(look.accent, 170 if faint and not selected else 255), 1.5))
    painter.setBrush(look.accent if selected else look.base)
    painter.drawEllipse(place, radius, radius)
    if selected and shown.focused:
        painter.setPen(QPen(_faded(look.accent, 110), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(place, radius + 2.5, radius + 2.5)


def _thresholds(painter: QPainter, shown: Shown, look: Look) -> None:
    """Veil what the thresholds take away, and draw their lines with a grip each."""
    layer, axis, plot = shown.layer, shown.axis, shown.layout.plot
    hidden: list[tuple[float, float]] = []
    low, high = layer.threshold or (None, None)
    hidden += [(axis.low, low)] if low is not None else []
    hidden += [(high, axis.high)] if high is not None else []
    hidden += [(-layer.threshold_abs, layer.threshold_abs)] if layer.threshold_abs is not None else []
    inner = QRectF(plot).adjusted(1, 1, -1, -1)
    painter.save()
    # Three times as fast as smooth edges, which nobody sees under the lines.
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    for start, end in hidden:
        left = inner.left() if start <= axis.low else axis.x_of(start)
        right = inner.right() if end >= axis.high else axis.x_of(end)
        veil = QRectF(left, inner.top(), right - left, inner.height()).intersected(inner)
        if right > left:
            painter.fillRect(veil.toRect(), _faded(look.panel, 150))
    painter.restore()
    for handle in shown.handles:
        value = value_of(layer, handle, shown.volumetric)
        if handle.kind in ("threshold", "magnitude") and axis.holds(value):
            _threshold_line(painter, shown, look, handle, axis.x_of(value))


def _threshold_line(painter: QPainter, shown: Shown, look: Look, handle: Handle, x: float) -> None:
    plot = shown.layout.plot
    marked = handle == shown.selected
    color = look.accent if marked else look.text
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(QPen(color, 1))
    painter.drawLine(QPointF(round(x), plot.top() + 1), QPointF(round(x), plot.bottom() - 1))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    wide = 1.0 if handle == shown.hovered or marked else 0.0
    grip = shown.layout.grip(x).adjusted(-wide, 0, wide, 0)
    painter.setPen(QPen(look.base, 1))
    painter.setBrush(color)
    painter.drawRoundedRect(grip, 2, 2)
    painter.restore()


# --- below the plot --------------------------------------------------------------------------


def _stops(painter: QPainter, shown: Shown, look: Look) -> None:
    """Draw the colours' stops; those of a preset are small, as nothing is set there yet."""
    layer, row = shown.layer, shown.layout.stops
    stops = [handle for handle in shown.handles if handle.kind == "color"]
    ghost = layer.rgb_points is None
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    chosen = [handle for handle in stops if handle in (shown.hovered, shown.selected)]
    for handle in (*(h for h in stops if h not in chosen), *chosen):
        value = value_of(layer, handle)
        if not shown.axis.holds(value):
            continue
        marked = handle in chosen
        half = 4.5 if marked else 2.5 if ghost else 1.5 if len(stops) > _MANY_STOPS else 4.0
        x, top = shown.axis.x_of(value), row.top() - 1
        edge = look.accent if handle == shown.selected else look.muted if ghost else look.text
        painter.setPen(QPen(edge, 2 if handle == shown.selected else 1))
        painter.setBrush(QColor.fromRgbF(*color_of(layer, handle.index)))
        bottom = row.bottom() - (3 if ghost and not marked else 1)
        corners = ((x, top), (x + half, top + half), (x + half, bottom), (x - half, bottom))
        painter.drawPolygon([QPointF(*corner) for corner in (*corners, (x - half, top + half))])
    painter.restore()


def _range(painter: QPainter, shown: Shown, look: Look) -> None:
    """Draw the data range as a bar with a handle at either end; an arrow where an end is out of sight."""
    layer, axis, lane = shown.layer, shown.axis, shown.layout.lane
    middle = lane.center().y()
    ends = [min(max(axis.x_of(end), axis.left), axis.right) for end in layer.data_range]
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(look.border)
    painter.drawRoundedRect(QRectF(axis.left, middle - 1.5, axis.right - axis.left, 3), 1.5, 1.5)
    both = BOTH_ENDS in (shown.selected, shown.hovered)
    painter.setBrush(look.accent if both else look.muted)
    painter.drawRoundedRect(QRectF(ends[0], middle - 1.5, ends[1] - ends[0], 3), 1.5, 1.5)
    for index, x in enumerate(ends):
        handle = Handle("range", index)
        marked = handle == shown.selected
        edge = look.accent if marked or handle == shown.hovered else look.muted
        if not axis.holds(layer.data_range[index]):
            _arrow(painter, x, middle, -1 if layer.data_range[index] < axis.low else 1, look.muted)
            continue
        painter.setPen(QPen(edge, 2 if marked else 1))
        painter.setBrush(look.base)
        painter.drawRoundedRect(QRectF(x - 3.5, middle - 5.5, 7, 11), 3, 3)
    painter.restore()


def _arrow(painter: QPainter, x: float, y: float, side: int, color: QColor) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    tip = x + side * 5
    painter.drawPolygon([QPointF(tip, y), QPointF(x, y - 4), QPointF(x, y + 4)])


def handle_text(shown: Shown, handle: Handle) -> str:
    """Return a handle's numbers as people read them."""
    layer, width = shown.layer, shown.axis.high - shown.axis.low
    unit = f" {layer.unit}" if layer.unit else ""
    value = number(value_of(layer, handle, shown.volumetric), width)
    if handle.kind == "opacity":
        height = points.opacity_points(layer, shown.volumetric)[2 * handle.index + 1]
        return f"{value}{unit} · {100 * height:.4g} %"
    if handle == BOTH_ENDS:
        return f"{value} … {number(layer.data_range[1], width)}{unit}"
    if handle.kind == "magnitude":
        return f"|value| ≥ {number(layer.threshold_abs or 0.0, width)}{unit}"
    return f"{value}{unit}"


def _bubble(painter: QPainter, shown: Shown, look: Look) -> None:
    """Write the numbers of what is dragged beside it."""
    assert shown.selected is not None
    layout = shown.layout
    place = layout.place_of(shown.layer, shown.selected, shown.axis, shown.volumetric)
    text = handle_text(shown, shown.selected)
    metrics = QFontMetricsF(painter.font())
    width, height = metrics.horizontalAdvance(text) + 10, metrics.height() + 4
    top = place.y() - height - 9
    if top < 1:
        top = place.y() + 10
    left = min(max(place.x() - width / 2, 1.0), layout.width - width - 1)
    box = QRectF(left, top, width, height)
    painter.setPen(QPen(look.border, 1))
    painter.setBrush(look.base)
    painter.drawRoundedRect(box, 3, 3)
    painter.setPen(look.text)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
