"""The colour bars of all visible heatmaps, once, at the right edge of the views."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QImage, QPainter, QPalette, QPen
from PySide6.QtWidgets import QMenu, QSizePolicy, QWidget

from heatviewer.app import legend_edits
from heatviewer.drawing.legend import legend_strip
from heatviewer.model.draws import heatmap_draw, shown_heatmaps
from heatviewer.ui.controls import came_by_keyboard, named, number_text
from heatviewer.ui.legend_mouse import LegendMouse, ShownLegend, paint_mark

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPaintEvent, QResizeEvent, QWheelEvent

    from heatviewer.app.legend_edits import Part
    from heatviewer.app.scene import Scene
    from heatviewer.app.scene_change import SceneChange
    from heatviewer.drawing.canvas import Rect
    from heatviewer.drawing.text import Sprite
    from heatviewer.model.layer import HeatmapLayer

_TIP = (
    "What the colours mean. Click: select a heatmap. Drag a bar near its end: that end of the range; "
    "in its middle: both. Double click: the fields of the range. "
    "Keys: Up and Down shift the range, with Shift its low end; Page Up and Page Down its high end; "
    "Left and Right: another heatmap; C: 0 into the middle; Return: the fields."
)
_BLACK = 255 << 24


class LegendStrip(QWidget):
    """Colour bars on black, the top of the scene first; gone where there are none, or they are elsewhere.

    All are shortened as far as they can be read; where that is not enough the wheel scrolls. The
    bars are drawn with the device's pixels by the code that writes them on pictures. A drag on a
    bar sets the range.

    Signals
    -------
    range_wanted : str
        A double click, or Return: the id of the heatmap whose range is to be changed.
    """

    range_wanted = Signal(str)

    def __init__(self, scene: Scene) -> None:
        super().__init__()
        self.scene = scene
        self._layers: tuple[HeatmapLayer, ...] = ()
        self._legends: tuple[ShownLegend, ...] = ()
        # Before the settings below, which send events already.
        self._mouse = LegendMouse(scene, self, lambda: self._legends)
        named(self, "Legend", _TIP)
        self.setObjectName("legend_strip")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self._pixels = np.zeros((0, 0), dtype=np.uint32)
        #: What is drawn where, in device pixels.
        self._drawn: set[tuple[Sprite, Rect]] = set()
        self._top = 0
        self._ring = self._stepping = False
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

    def legend_of(self, layer_id: str) -> ShownLegend:
        """Return where a heatmap's legend lies."""
        return self._legends[self.layer_ids.index(layer_id)]

    def bar_of(self, layer_id: str) -> QRectF:
        """Return where a heatmap's bar of colours lies, in widget coordinates."""
        legend = self.legend_of(layer_id)
        ratio, bar = legend.ratio, legend.bar.bar
        return QRectF(bar.left / ratio, (bar.top - self._top) / ratio, bar.width / ratio, bar.height / ratio)

    def on_changed(self, change: SceneChange) -> None:
        """Follow the scene."""
        before, after = change.before.view, change.after.view
        if (
            change.layers
            or change.selection
            or (before.legend, before.layout, before.solo) != (after.legend, after.layout, after.solo)
        ):
            self._soon.start()

    def refresh(self) -> None:
        """Show the heatmaps of now, in the height that there is."""
        self._soon.stop()
        state, ratio = self.scene.state, self.devicePixelRatioF()
        volumetric, before = state.view.layout == "3d", self.layer_ids
        volumes = self.scene.volumes
        shown = shown_heatmaps(state, volumes, volumetric)[::-1] if state.view.legend == "shared" else ()
        # Colour images have no bar.
        layers = tuple(layer for layer in shown if not volumes[layer.id].is_color)
        draws = tuple(heatmap_draw(layer, volumes[layer.id], volumes, state) for layer in layers)
        strip = legend_strip(draws, self._height(ratio), ratio, volumetric)
        # A bar whose numbers find no room at all is left out.
        self._layers = tuple(layers[bar.index] for bar in strip.bars)
        self._legends = tuple(
            ShownLegend(layer.id, bar, ratio) for layer, bar in zip(self._layers, strip.bars, strict=True)
        )
        self._take_room(math.ceil(strip.width / ratio), before == self.layer_ids)
        self._describe()
        self._scroll_to(self._top)

    def _take_room(self, width: int, same: bool) -> None:
        """Take a width, or go; while a range is dragged it only grows, so that the views do not jump."""
        done = self.scene.history.done
        dragged = same and (self._mouse.active or (bool(done) and done[-1].merge is not None))
        width = max(width, self.width()) if dragged else width
        wanted = (width, width, not self._legends)
        if wanted == (self.minimumWidth(), self.maximumWidth(), self.isHidden()):
            return
        self.setFixedWidth(width)
        self.setVisible(bool(self._legends))
        parent = self.parentWidget()
        layout = parent.layout() if parent is not None else None
        if layout is not None:
            # Now, so that the views draw once, in their new size.
            layout.activate()

    def _describe(self) -> None:
        ranges = []
        for layer in self._layers:
            low, high = layer.data_range
            ranges.append(f"{layer.name}: {number_text(low)} to {number_text(high)} {layer.unit}".strip())
        text = "; ".join(ranges)
        if text != self.accessibleDescription():
            self.setAccessibleDescription(text)

    def _height(self, ratio: float) -> int:
        return math.floor(self.height() * ratio + 0.5)

    def _scroll_to(self, top: int) -> None:
        """Show the bars from a row on, in device pixels, as far as there are any more."""
        ratio = self.devicePixelRatioF()
        whole = max((legend.bar.box.bottom for legend in self._legends), default=0)
        first = self._legends[0].bar.box.top if self._legends else 0
        self._top = min(max(top, 0), max(whole + first - self._height(ratio), 0))
        self._legends = tuple(
            ShownLegend(legend.layer_id, legend.bar, legend.ratio, self._top) for legend in self._legends
        )
        self._draw(ratio)
        self.update()

    def _draw(self, ratio: float) -> None:
        """Compose the bars in device pixels: those that have changed."""
        size = (self._height(ratio), math.floor(self.width() * ratio + 0.5))
        if self._pixels.shape != size:
            self._pixels, self._drawn = np.full(size, _BLACK, dtype=np.uint32), set()
        wanted = {(legend.bar.sprite, legend.bar.box.moved(0, -self._top)) for legend in self._legends}
        for _, box in self._drawn - wanted:
            self._pixels[max(box.top, 0) : max(box.bottom, 0), box.left : box.right] = _BLACK
        in_bytes = self._pixels.view(np.uint8).reshape(*size, 4)
        for sprite, box in wanted - self._drawn:
            sprite.lay_on(in_bytes, box.left, box.top)
        self._drawn = wanted

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
        if self._pixels.size:
            height, width = self._pixels.shape
            image = QImage(self._pixels.data, width, height, 4 * width, QImage.Format.Format_RGBX8888)
            image.setDevicePixelRatio(self.devicePixelRatioF())
            painter.drawImage(QPointF(0, 0), image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        current = self._current()
        for legend in self._legends:
            if current is not None and legend.layer_id == current.id:
                self._paint_selection(painter, legend)
            value = self._values.get(legend.layer_id)
            if value is not None:
                paint_mark(painter, legend, value)
        painter.end()

    def _paint_selection(self, painter: QPainter, legend: ShownLegend) -> None:
        """Draw a line round the legend that keys act on: in the accent colour while they come here."""
        if self._ring:
            color = self.palette().color(QPalette.ColorRole.Highlight)
        elif len(self._legends) > 1 and legend.layer_id == self.scene.state.selected:
            color = QColor(112, 118, 128)
        else:
            return
        painter.setPen(QPen(color, 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(legend.box.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)

    # --- mouse -----------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select the heatmap under the pointer, and take hold of its bar."""
        event.accept()
        if event.button() == Qt.MouseButton.LeftButton and not self._mouse.active:
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self._mouse.press(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag a range; show by the pointer what lies there."""
        event.accept()
        if not self._mouse.move(event.position()):
            self.setCursor(Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go of a bar: the drag is one step."""
        event.accept()
        if event.button() == Qt.MouseButton.LeftButton:
            self._mouse.release(event.position())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Ask for the range of the heatmap under the pointer."""
        event.accept()
        layer_id = self._mouse.double_click(event.position())
        if event.button() == Qt.MouseButton.LeftButton and layer_id is not None:
            self.range_wanted.emit(layer_id)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll where not all bars have room."""
        event.accept()
        self._scroll_to(self._top - round(event.angleDelta().y() / 2 * self.devicePixelRatioF()))

    # --- keys ------------------------------------------------------------------------------

    def _current(self) -> HeatmapLayer | None:
        """Return the heatmap that keys act on: the selected one, else the first."""
        selected = self.scene.state.selected
        return next((layer for layer in self._layers if layer.id == selected), next(iter(self._layers), None))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the range or one end of it, go to another heatmap, centre the range, ask for its fields."""
        key, layer = event.key(), self._current()
        if key == Qt.Key.Key_Escape and self._mouse.cancel():
            return
        step = _step_for(event)
        across = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(key))
        if layer is None or self._mouse.active:
            super().keyPressEvent(event)
        elif step is not None and self.legend_of(layer.id).bar.has_bar:
            self._step_range(layer, *step)
        elif across is not None:
            at = self.layer_ids.index(layer.id) + across
            self.scene.select(self.layer_ids[min(max(at, 0), len(self._layers) - 1)])
        elif key == Qt.Key.Key_C and not event.modifiers() and self._can_centre(layer.id):
            legend_edits.centre_range(self.scene, layer.id)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.range_wanted.emit(layer.id)
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """End a run of steps with the key."""
        if not event.isAutoRepeat():
            self._end_steps()
        super().keyReleaseEvent(event)

    def _end_steps(self) -> None:
        if self._stepping:
            self._stepping = False
            self.scene.end_drag()

    def _step_range(self, layer: HeatmapLayer, part: Part, steps: int) -> None:
        self._stepping = True
        # The range of now: a held key is faster than the strip is drawn.
        ends = self.scene.state.heatmap(layer.id).data_range
        ends = legend_edits.moved_range(ends, part, steps * legend_edits.KEY_STEP)
        legend_edits.move_range(self.scene, layer.id, ends, ("legend keys", layer.id, part))

    def _can_centre(self, layer_id: str) -> bool:
        return self.legend_of(layer_id).centre is not None

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what the mouse does by name, at the pointer or at the bar that has the keys."""
        event.accept()
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        position = QPointF(event.pos())
        layer = self._current() if by_key else self._layer_at(position)
        if layer is None:
            return
        self.scene.select(layer.id)
        menu = self.menu_for(layer)
        at = self.mapToGlobal(self.bar_of(layer.id).center().toPoint()) if by_key else event.globalPos()
        menu.popup(QPoint(at))

    def _layer_at(self, position: QPointF) -> HeatmapLayer | None:
        found = (
            x for x, legend in zip(self._layers, self._legends, strict=True) if legend.place_at(position)
        )
        return next(found, None)

    def menu_for(self, layer: HeatmapLayer) -> QMenu:
        """Return the menu of a legend; it is gone once closed."""
        menu = named(QMenu(self), f"Legend of {layer.name}", "")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setToolTipsVisible(True)
        centre = menu.addAction("Put 0 in the &middle of the range")
        centre.setToolTip("A diverging map's middle colour then means 0")
        centre.setEnabled(self._can_centre(layer.id))
        centre.triggered.connect(lambda: legend_edits.centre_range(self.scene, layer.id))
        fields = menu.addAction("&Type the range…")
        fields.setToolTip("Go to the fields of the range")
        fields.triggered.connect(lambda: self.range_wanted.emit(layer.id))
        return menu

    # --- other events ----------------------------------------------------------------------

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show a ring where the keyboard brought the focus here; the mouse needs none."""
        self._ring = came_by_keyboard(event)
        self.update()
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """End a run of key steps, whose release nobody hears."""
        self._ring = False
        self._end_steps()
        self.update()
        super().focusOutEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out for another height."""
        super().resizeEvent(event)
        if event.size().height() != event.oldSize().height():
            self.refresh()
        else:
            self._scroll_to(self._top)

    def event(self, event: QEvent) -> bool:
        """Draw anew on a screen of another density; tell what lies under the pointer."""
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self.refresh()
        if self._mouse.show_tip(event):
            return True
        return super().event(event)


def _step_for(event: QKeyEvent) -> tuple[Part, int] | None:
    """Return which part of the range a key moves, and whether up or down; None for another key."""
    keys = Qt.Key
    shift = event.modifiers() == Qt.KeyboardModifier.ShiftModifier
    if event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier):
        return None
    steps: dict[int, tuple[Part, int]] = {
        keys.Key_Up: ("low" if shift else "both", 1),
        keys.Key_Down: ("low" if shift else "both", -1),
        keys.Key_PageUp: ("high", 1),
        keys.Key_PageDown: ("high", -1),
    }
    return steps.get(event.key())
