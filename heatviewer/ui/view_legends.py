"""The legends inside a view: where they lie on its picture, and the marks of values on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, Signal
from PySide6.QtWidgets import QGraphicsItem

from heatviewer.drawing.annotate import page_of
from heatviewer.model.draws import shown_heatmaps
from heatviewer.ui.bridge import ViewGroup
from heatviewer.ui.legend_mouse import LegendMouse, ShownLegend, paint_mark

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter
    from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

    from heatviewer.app.scene import Scene
    from heatviewer.model.requests import AnnotationRequest
    from heatviewer.model.scene_state import SceneState


class ViewLegends(QObject):
    """The legends of one view's picture: what is drawn is what answers the mouse.

    It looks at the view's events before the view does and takes those on a legend: a plain left
    button, the tool tips, and Escape during a drag. All others (wheel, right drag, box) are the view's.

    Attributes
    ----------
    marks : LegendMarks
        To be laid over the picture.

    Signals
    -------
    range_wanted : str
        A double click: the id of the heatmap whose range is to be changed.
    """

    range_wanted = Signal(str)

    def __init__(self, scene: Scene, widget: QWidget, show_tool: Callable[[], None]) -> None:
        super().__init__(widget)
        self._scene, self._widget, self._show_tool = scene, widget, show_tool
        self._shown: tuple[ShownLegend, ...] = ()
        self._values: Mapping[str, float | None] = {}
        self._mouse = LegendMouse(scene, widget, lambda: self._shown)
        self._group = ViewGroup.of(scene)
        self._pointed = False
        self.marks = LegendMarks()
        widget.setMouseTracking(True)
        widget.installEventFilter(self)

    @property
    def shown(self) -> tuple[ShownLegend, ...]:
        """The legends in the picture that is shown."""
        return self._shown

    def place(self, written: AnnotationRequest, state: SceneState) -> None:
        """Take over where the legends lie on a picture of a state."""
        volumes = self._scene.volumes
        shown = shown_heatmaps(state, volumes, written.view == "3d")[::-1]
        layers = [layer for layer in shown if not volumes[layer.id].is_color]
        bars = page_of(written).legends if written.legend else []
        self._shown = tuple(ShownLegend(layers[bar.index].id, bar, written.ratio) for bar in bars)
        self.marks.show_values(self._shown, self._values)

    def show_values(self, values: Mapping[str, float | None]) -> None:
        """Mark values by layer id; None and layers left out have no mark."""
        self._values = dict(values)
        self.marks.show_values(self._shown, self._values)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Take what is meant for a legend; the view gets the rest."""
        # WORKAROUND PySide6 6.11: a view that the garbage collector takes apart still gets events, and
        # its filter has lost its attributes by then.
        if not hasattr(self, "_mouse"):
            return False
        kind = event.type()
        if kind == QEvent.Type.MouseMove:
            return self._move(cast("QMouseEvent", event))
        if kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick):
            return self._press(cast("QMouseEvent", event))
        if kind == QEvent.Type.MouseButtonRelease:
            mouse = cast("QMouseEvent", event)
            return mouse.button() == Qt.MouseButton.LeftButton and self._mouse.release(mouse.position())
        if kind == QEvent.Type.KeyPress and cast("QKeyEvent", event).key() == Qt.Key.Key_Escape:
            return self._mouse.cancel()
        return self._mouse.show_tip(event)

    def _press(self, event: QMouseEvent) -> bool:
        """Take hold of a legend; return whether the view must not hear of the button."""
        if self._mouse.active:
            return True
        plain = event.button() == event.buttons() == Qt.MouseButton.LeftButton and not event.modifiers()
        if not (plain and self._mouse.holds(event.position())) or self._group.next_tool is not None:
            return False
        self._widget.setFocus(Qt.FocusReason.MouseFocusReason)
        if event.type() == QEvent.Type.MouseButtonPress:
            return self._mouse.press(event.position())
        layer_id = self._mouse.double_click(event.position())
        if layer_id is not None:
            self.range_wanted.emit(layer_id)
        return True

    def _move(self, event: QMouseEvent) -> bool:
        """Follow a drag; without one, show by the pointer's shape what lies there."""
        if self._mouse.active:
            return self._mouse.move(event.position())
        if not event.buttons():
            pointed = self._mouse.move(event.position())
            if self._pointed and not pointed:
                self._show_tool()
            self._pointed = pointed
        return False


class LegendMarks(QGraphicsItem):
    """Marks of values on the legends of a view: over its picture, which need not be drawn again."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: tuple[tuple[ShownLegend, float], ...] = ()
        self._bounds = QRectF()

    def show_values(self, legends: Sequence[ShownLegend], values: Mapping[str, float | None]) -> None:
        """Mark values by layer id; None and layers left out have no mark."""
        found = [(legend, values.get(legend.layer_id)) for legend in legends] if values else []
        shown = tuple((legend, value) for legend, value in found if value is not None)
        if shown == self._shown:
            return
        self.prepareGeometryChange()
        self._shown, self._bounds = shown, QRectF()
        for legend, _ in shown:
            self._bounds |= legend.box
        self.update()

    def boundingRect(self) -> QRectF:
        """Return the legends that have a mark."""
        return self._bounds

    def paint(
        self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None
    ) -> None:
        """Draw the marks."""
        painter.setRenderHint(painter.RenderHint.Antialiasing)
        for legend, value in self._shown:
            paint_mark(painter, legend, value)
