"""The values at the crosshair over all frames, as curves; a click goes to a frame."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from heatviewer.analysis.curve import Curve, as_csv, axis_title, common_axis, on_one_scale, places
from heatviewer.app.curves import curves_at_cursor
from heatviewer.app.frames import frame_of, framed_layer, framed_layers, go_to_frame
from heatviewer.ui import icons
from heatviewer.ui.controls import named

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from PySide6.QtGui import QAction, QContextMenuEvent, QMouseEvent, QShowEvent, QWheelEvent

    from heatviewer.app.scene import Scene
    from heatviewer.app.scene_change import SceneChange
    from heatviewer.ui.theme import Tokens

#: Curves that change faster are not followed by an eye.
_PAUSE_MS = 30
_HEIGHT = 150
#: The base's line has the colour of text; heatmaps follow, told apart on light and dark grounds.
_COLORS = ("#e8743b", "#19a979", "#945ecf", "#13a4b4", "#ed4a7b", "#bf9d00")


class CurvePlot(pg.GraphicsView):
    """Curves over a common axis, with a line at the frame that is shown.

    Signals
    -------
    frame_chosen : int
        While the mouse button is held; ``chosen`` when it is let go.
    menu_wanted : QPoint
    """

    frame_chosen = Signal(int)
    chosen = Signal()
    menu_wanted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        named(self, "Curve at the crosshair", "Values over the frames: click or drag to show a frame")
        # Not a whole PlotItem: its menus outlive it.
        layout = pg.GraphicsLayout()
        layout.setContentsMargins(0, 4, 8, 0)
        self.setCentralItem(layout)
        self.box = pg.ViewBox(enableMenu=False, enableMouse=False)
        self.left, self.bottom = pg.AxisItem("left"), pg.AxisItem("bottom")
        layout.addItem(self.left, 0, 0)
        layout.addItem(self.box, 0, 1)
        layout.addItem(self.bottom, 1, 1)
        self.left.linkToView(self.box)
        self.bottom.linkToView(self.box)
        self.setMinimumHeight(80)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.lines: list[Any] = []
        self._at: NDArray[np.float64] = np.empty(0)
        self._dashed: list[bool] = []
        self._tokens: Tokens | None = None
        self.marker = pg.InfiniteLine(angle=90, movable=False)
        self.box.addItem(self.marker)

    def set_tokens(self, tokens: Tokens) -> None:
        """Draw in a theme's colours."""
        self._tokens = tokens
        self.setBackground(tokens.panel)
        for axis in (self.left, self.bottom):
            axis.setPen(tokens.border)
            axis.setTextPen(tokens.muted)
        self.marker.setPen(pg.mkPen(tokens.accent, width=2))
        self._paint()

    def show_curves(self, curves: tuple[Curve, ...], at: NDArray[np.float64], bottom: str, left: str) -> None:
        """Show curves, and where the frames of the one that is gone through stand.

        `left` is the unit of the axis; curves of another unit have a scale of their own, and are dashed.
        """
        self._at = at
        while len(self.lines) > len(curves):
            self.box.removeItem(self.lines.pop())
        while len(self.lines) < len(curves):
            self.lines.append(pg.PlotDataItem())
            self.box.addItem(self.lines[-1])
        shared = common_axis(curves)
        self._dashed = [curve.unit != left for curve in curves]
        shown = on_one_scale(curves, left)
        for line, curve, values in zip(self.lines, curves, shown, strict=True):
            line.setData(places(curve, shared), values, connect="finite")
        self.bottom.setLabel(bottom)
        self.left.setLabel(left)
        self._paint()

    def _paint(self) -> None:
        if self._tokens is None:
            return
        few = self._at.size <= 60
        for number, line in enumerate(self.lines):
            color = curve_color(number, self._tokens)
            style = Qt.PenStyle.DashLine if self._dashed[number] else Qt.PenStyle.SolidLine
            line.setPen(pg.mkPen(color, width=1.5, style=style))
            line.setSymbol("o" if few else None)
            line.setSymbolSize(5)
            line.setSymbolBrush(color)
            line.setSymbolPen(None)

    def show_frame(self, frame: int) -> None:
        """Put the line at a frame."""
        if 0 <= frame < self._at.size:
            self.marker.setValue(float(self._at[frame]))

    def place_of(self, frame: int) -> QPointF:
        """Return the widget position of a frame, half way up."""
        low, high = self.box.viewRange()[1]
        middle = QPointF(self._at[frame], (low + high) / 2)
        return QPointF(self.mapFromScene(self.box.mapViewToScene(middle)))

    def _choose(self, event: QMouseEvent) -> None:
        """Go to the frame nearest to the pointer."""
        if self._at.size:
            x = self.box.mapSceneToView(self.mapToScene(event.position().toPoint())).x()
            self.frame_chosen.emit(int(np.abs(self._at - x).argmin()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take a frame."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._choose(event)
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the pointer while the button is held."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._choose(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel alone: the axes fit the curves."""
        event.ignore()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu."""
        self.menu_wanted.emit(event.globalPos())


def curve_color(number: int, tokens: Tokens) -> QColor:
    """Return a curve's colour: the first has that of text."""
    return QColor(tokens.text if number == 0 else _COLORS[(number - 1) % len(_COLORS)])


class CurvePanel(QWidget):
    """Head with names and values, and the curves below.

    Signals
    -------
    wanted_changed : bool
        A person shows or hides it.
    """

    wanted_changed = Signal(bool)

    def __init__(self, scene: Scene, actions: Mapping[str, QAction]) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.scene = scene
        self._tokens: Tokens | None = None
        self._merge: object = None
        self.curves: tuple[Curve, ...] = ()
        self._unit, self._frame = "", 0
        self.plot = CurvePlot()
        self.names = named(QLabel(), "Series", "Values at the crosshair in the frame that is shown")
        self.names.setTextFormat(Qt.TextFormat.RichText)
        self.names.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.menu = named(QMenu(self), "Curve", "What can be done with the curve")
        self.menu.addAction(actions["frames.copy_curve"])
        self.menu.addAction(actions["view.panel.curve"])
        self.plot.menu_wanted.connect(self.menu.popup)
        self.plot.frame_chosen.connect(self._go_to)
        self.plot.chosen.connect(self._end)
        self._lay_out(actions)
        # A dragged crosshair does not wait for curves.
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_PAUSE_MS)
        self._soon.timeout.connect(self.refresh)

    def _lay_out(self, actions: Mapping[str, QAction]) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 4, 8, 2)
        column.setSpacing(2)
        head = QHBoxLayout()
        title = QLabel("Curve")
        title.setObjectName("heading")
        head.addWidget(title)
        head.addSpacing(8)
        head.addWidget(self.names, 1)
        for name, icon, what in (("frames.copy_curve", "copy", "Copy the curve"),
                                 ("view.panel.curve", "close", "Hide the curve")):  # fmt: skip
            button = named(QToolButton(), what, actions[name].toolTip())
            button.setIconSize(QSize(16, 16))
            icons.set_icon(button, icon)
            button.clicked.connect(actions[name].trigger)
            head.addWidget(button)
        column.addLayout(head)
        column.addWidget(self.plot, 1)

    def sizeHint(self) -> QSize:
        """Return the height at which a curve can be read."""
        return QSize(400, _HEIGHT)

    @property
    def is_idle(self) -> bool:
        """Whether the values of now are shown."""
        return not self._soon.isActive()

    def set_tokens(self, tokens: Tokens) -> None:
        """Draw in a theme's colours."""
        self._tokens = tokens
        icons.refresh(self, tokens)
        self.plot.set_tokens(tokens)
        self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        """Show the values of now: nothing was followed while nobody saw it."""
        super().showEvent(event)
        self.refresh()

    def on_changed(self, change: SceneChange) -> None:
        """Follow the scene, a little later."""
        layer = framed_layer(self.scene)
        # A drag and its undo, gathered, are no change, but the line went along.
        moved = layer is not None and frame_of(self.scene, layer) != self._frame
        if (moved or change.layers or change.cursor or change.selection) and not self._soon.isActive():
            self._soon.start()

    def refresh(self) -> None:
        """Show the values at the crosshair."""
        if not (self.isVisible() and framed_layers(self.scene)):
            return
        self.curves = curves_at_cursor(self.scene)
        shared = common_axis(self.curves)
        layer = framed_layer(self.scene)
        self._unit = "" if layer is None else layer.unit
        if self.curves and all(curve.unit != self._unit for curve in self.curves):
            self._unit = self.curves[0].unit
        self.plot.show_curves(self.curves, self._frames_at(), axis_title(shared), self._unit)
        self._show_frame(0 if layer is None else frame_of(self.scene, layer))
        self._show_names()

    def _frames_at(self) -> NDArray[np.float64]:
        """Return where the frames stand of the layer that is gone through."""
        layer = framed_layer(self.scene)
        if layer is None:
            return np.empty(0)
        volume = self.scene.volumes[layer.id]
        own = Curve("", "", np.empty(volume.frames), volume.frame_axis)
        shared = common_axis((*self.curves, own))
        return places(own, shared if common_axis(self.curves) is not None else None)

    def _show_names(self) -> None:
        """Show whose curves they are, with the value of the frame that each shows."""
        if self._tokens is None:
            return
        parts = []
        for number, curve in enumerate(self.curves):
            color = curve_color(number, self._tokens).name()
            value = curve.values[curve.frame]
            text = f"{value:.6g} {curve.unit}".replace("-", "−") if np.isfinite(value) else "no data"
            words = f"{html.escape(curve.name)} <b>{html.escape(text.strip())}</b>"
            if curve.unit != self._unit:
                words += f" <span style='color:{self._tokens.muted}'>own scale</span>"
            parts.append(f"<span style='color:{color}'>■</span> {words}")
        empty = f"<span style='color:{self._tokens.muted}'>No series has data at the crosshair.</span>"
        self.names.setText("&nbsp;&nbsp; ".join(parts) or empty)

    def _go_to(self, frame: int) -> None:
        self._merge = self._merge or object()
        go_to_frame(self.scene, frame, self._merge)
        self._show_frame(frame)

    def _show_frame(self, frame: int) -> None:
        self._frame = frame
        self.plot.show_frame(frame)

    def _end(self) -> None:
        self._merge = None
        self.scene.end_drag()

    def copy(self) -> str:
        """Put the curves on the clipboard as CSV, and return it."""
        text = as_csv(curves_at_cursor(self.scene))
        QGuiApplication.clipboard().setText(text)
        return text
