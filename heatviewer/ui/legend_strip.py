"""The colour bars of all visible heatmaps, once, at the right edge of the views."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from heatviewer.drawing.legend import LegendBar, legend_column
from heatviewer.model.resolve import heatmap_draw
from heatviewer.ui.controls import named, number_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from PySide6.QtGui import QMouseEvent, QPaintEvent, QResizeEvent, QWheelEvent

    from heatviewer.app.scene import Scene, SceneChange
    from heatviewer.model.layer import HeatmapLayer

#: Room round the colour bars, in units of the screen.
_MARGIN = 5
_TIP = "What the colours mean. Click selects a heatmap, double click goes to its data range."
_MARK = 5.0


class LegendStrip(QWidget):
    """Colour bars on black, the top of the scene first; gone where there are none, or they are elsewhere.

    All are shortened as far as they can be read; where that is not enough the wheel scrolls. The
    bars are drawn with the device's pixels by the code that writes them on pictures.

    Signals
    -------
    range_wanted : str
        A double click: the id of the heatmap whose range is to be changed.
    """

    range_wanted = Signal(str)

    def __init__(self, scene: Scene) -> None:
        super().__init__()
        self.scene = scene
        named(self, "Legend", _TIP)
        self.setObjectName("legend_strip")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self._layers: tuple[HeatmapLayer, ...] = ()
        self._bars: tuple[LegendBar, ...] = ()
        self._pixels: NDArray[np.uint8] | None = None
        self._drawn: Any = None
        self._top = 0
        self._values: Mapping[str, float | None] = {}
        # Once for all changes of one turn of the event loop, as the views draw.
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self.refresh)
        self.refresh()

    # --- what is shown ---------------------------------------------------------------------

    @property
    def is_idle(self) -> bool:
        """Whether the scene of now is shown."""
        return not self._soon.isActive()

    @property
    def layer_ids(self) -> tuple[str, ...]:
        """The heatmaps that are shown, from the top."""
        return tuple(layer.id for layer in self._layers)

    def bar_of(self, layer_id: str) -> QRectF:
        """Return where a heatmap's bar of colours lies, in widget coordinates."""
        bar = self._bars[self.layer_ids.index(layer_id)].bar
        ratio = self.devicePixelRatioF()
        return QRectF(bar.left / ratio, (bar.top - self._top) / ratio, bar.width / ratio, bar.height / ratio)

    def on_changed(self, change: SceneChange) -> None:
        """Follow the scene."""
        before, after = change.before.view, change.after.view
        if (
            change.layers
            or change.selection
            or (before.legend, before.layout) != (after.legend, after.layout)
        ):
            self._soon.start()

    def refresh(self) -> None:
        """Show the heatmaps of now, in the height that there is."""
        state, ratio = self.scene.state, self.devicePixelRatioF()
        volumetric = state.view.layout == "3d"
        shown = state.view.legend == "shared"
        self._layers = tuple(
            layer
            for layer in reversed(state.heatmaps)
            if shown and layer.visible and layer.id in self.scene.volumes
            and (layer.visible_3d or not volumetric)
        )  # fmt: skip
        draws = tuple(heatmap_draw(layer, self.scene.volumes[layer.id]) for layer in self._layers)
        margin = round(_MARGIN * ratio)
        self._bars = legend_column(draws, max(self._height(ratio) - 2 * margin, 1), ratio, volumetric)
        self._bars = tuple(bar.moved(margin, margin) for bar in self._bars)
        # A bar whose numbers find no room at all is left out.
        self._layers = tuple(self._layers[bar.index] for bar in self._bars)
        self._describe()
        width = max((bar.box.left + bar.box.width for bar in self._bars), default=0) + margin
        self.setFixedWidth(math.ceil(width / ratio))
        self.setVisible(bool(self._bars))
        self._scroll_to(self._top)
        self._draw(ratio)

    def _describe(self) -> None:
        ranges = []
        for layer, bar in zip(self._layers, self._bars, strict=True):
            low, high = bar.data_range
            ranges.append(f"{layer.name}: {number_text(low)} to {number_text(high)} {layer.unit}".strip())
        self.setAccessibleDescription("; ".join(ranges))

    def _height(self, ratio: float) -> int:
        return math.floor(self.height() * ratio + 0.5)

    def _draw(self, ratio: float) -> None:
        """Compose the bars in device pixels, if anything has changed."""
        size = (self._height(ratio), math.floor(self.width() * ratio + 0.5), 4)
        wanted = (size, self._top, [(id(bar.sprite), bar.box) for bar in self._bars])
        if wanted != self._drawn:
            pixels = np.zeros(size, dtype=np.uint8)
            pixels[..., 3] = 255
            for bar in self._bars:
                bar.sprite.lay_on(pixels, bar.box.left, bar.box.top - self._top)
            self._pixels, self._drawn = pixels, wanted
        self.update()

    def _scroll_to(self, top: int) -> None:
        ratio = self.devicePixelRatioF()
        whole = max((bar.box.top + bar.box.height for bar in self._bars), default=0) + round(_MARGIN * ratio)
        self._top = min(max(top, 0), max(whole - self._height(ratio), 0))

    def show_values(self, values: Mapping[str, float | None]) -> None:
        """Mark values on the bars, by layer id; None and layers left out have no mark."""
        if values != self._values:
            self._values = dict(values)
            self.update()

    # --- painting --------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the bars one to one, the marks, and a line round the selected heatmap."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(0, 0, 0))
        if self._pixels is not None and self._pixels.size:
            height, width = self._pixels.shape[:2]
            image = QImage(self._pixels.data, width, height, 4 * width, QImage.Format.Format_RGBX8888)
            image.setDevicePixelRatio(self.devicePixelRatioF())
            painter.drawImage(QPointF(0, 0), image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for layer, bar in zip(self._layers, self._bars, strict=True):
            if layer.id == self.scene.state.selected and len(self._layers) > 1:
                self._paint_selection(painter, bar)
            value = self._values.get(layer.id)
            if value is not None:
                self._paint_mark(painter, self.bar_of(layer.id), bar, value)
        painter.end()

    def _paint_selection(self, painter: QPainter, bar: LegendBar) -> None:
        ratio, box = self.devicePixelRatioF(), bar.box
        frame = QRectF(box.left / ratio, (box.top - self._top) / ratio, box.width / ratio, box.height / ratio)
        painter.setPen(QPen(QColor(112, 118, 128), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(frame.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)

    def _paint_mark(self, painter: QPainter, place: QRectF, bar: LegendBar, value: float) -> None:
        """Draw a triangle at the left of a bar, pointing at a value; outside the range at the end."""
        low, high = bar.data_range
        share = (value - low) / (high - low) if high > low else 0.5
        y = place.bottom() - min(max(share, 0.0), 1.0) * place.height()
        x = place.left() - 1
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(255, 255, 255))
        painter.drawPolygon(
            [QPointF(x, y), QPointF(x - _MARK, y - _MARK * 0.8), QPointF(x - _MARK, y + _MARK * 0.8)]
        )

    # --- events ----------------------------------------------------------------------------

    def _layer_at(self, position: QPointF) -> HeatmapLayer | None:
        ratio = self.devicePixelRatioF()
        for layer, bar in zip(self._layers, self._bars, strict=True):
            if bar.box.holds(position.x() * ratio, position.y() * ratio + self._top):
                return layer
        return None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select the heatmap under the pointer."""
        layer = self._layer_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and layer is not None:
            self.scene.select(layer.id)
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Ask for the range of the heatmap under the pointer."""
        layer = self._layer_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and layer is not None:
            self.range_wanted.emit(layer.id)
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show by tip and pointer what lies there."""
        layer = self._layer_at(event.position())
        self.setToolTip(
            _TIP if layer is None else f"{layer.name}. Click selects it, double click goes to its data range."
        )
        self.setCursor(Qt.CursorShape.ArrowCursor if layer is None else Qt.CursorShape.PointingHandCursor)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll where not all bars have room."""
        ratio = self.devicePixelRatioF()
        self._scroll_to(self._top - round(event.angleDelta().y() / 2 * ratio))
        self._draw(ratio)
        event.accept()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out for another height."""
        super().resizeEvent(event)
        if event.size().height() != event.oldSize().height():
            self.refresh()

    def event(self, event: QEvent) -> bool:
        """Draw anew on a screen of another density."""
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self.refresh()
        return super().event(event)
