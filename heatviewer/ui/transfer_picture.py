"""The picture of a transfer function: what it shows, its axis, the selected handle, what is done to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPalette
from PySide6.QtWidgets import QSizePolicy, QWidget

from heatviewer.app import transfer_handles as handles
from heatviewer.app.transfer_handles import BOTH_ENDS, Handle
from heatviewer.ui.controls import named
from heatviewer.ui.transfer_axis import Layout, ValueAxis, handle_under, on_line
from heatviewer.ui.transfer_paint import Shown, TransferPainter, curve_line
from heatviewer.ui.transfer_words import TIP, describe

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from heatviewer.analysis.histogram import Histogram
    from heatviewer.model.layer import HeatmapLayer
    from heatviewer.ui.transfer_edits import TransferEdits


class TransferPicture(QWidget):
    """Histogram, opacity curve, colours, thresholds and data range over one axis of values.

    Signals
    -------
    chosen : Handle or None
        Another handle is selected.
    color_wanted : int
        A stop's colour is to be chosen.
    value_wanted
        The numbers of the selected handle are to be typed.
    zoomed
        Another part of the axis is seen.
    """

    chosen = Signal(object)
    color_wanted = Signal(int)
    value_wanted = Signal()
    zoomed = Signal()

    def __init__(self, edits: TransferEdits) -> None:
        super().__init__()
        self.edits = edits
        self._painter = TransferPainter()
        self._layer: HeatmapLayer | None = None
        self._histogram: Histogram | None = None
        self._layout = Layout(0.0, 0.0)
        self._full = (0.0, 1.0)
        self._view: tuple[float, float] | None = None
        self._hovered: Handle | None = None
        self.selected: Handle | None = None
        named(self, "Transfer function", TIP)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 150)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def sizeHint(self) -> QSize:
        """Return a size in which points are easily told apart."""
        return QSize(260, 190)

    # --- what is shown -----------------------------------------------------------------------

    def show_layer(self, layer: HeatmapLayer, histogram: Histogram | None, full: tuple[float, float]) -> None:
        """Show a heatmap over an axis that holds `full`; the axis stays while something is held."""
        if self._layer is None or layer.id != self._layer.id:
            self._hovered = None
            self._let_go()
            self.select(None)
            self.fit()
        before, self._layer, self._histogram = self._layer, layer, histogram
        if not self.is_held:
            self._full = full
            if before is not None and before.data_range != layer.data_range and not self._range_is_seen():
                self.fit()
        known = self.all_handles()
        if self._hovered not in (*known, BOTH_ENDS):
            self._hovered = None
        if self.selected not in (*known, BOTH_ENDS, None):
            self.select(None)
        self._tell_place()
        self.update()

    @property
    def is_held(self) -> bool:
        """Whether a handle is held by the mouse."""
        return False

    @property
    def is_dragged(self) -> bool:
        """Whether it has been moved."""
        return False

    def _let_go(self) -> None:
        """Drop what is held: another layer is shown."""

    def _range_is_seen(self) -> bool:
        axis, layer = self.axis, self._layer
        return layer is not None and all(axis.holds(end) for end in layer.data_range)

    @property
    def layout_now(self) -> Layout:
        """Where the parts lie."""
        if (self._layout.width, self._layout.height) != (self.width(), self.height()):
            self._layout = Layout(float(self.width()), float(self.height()))
        return self._layout

    @property
    def axis(self) -> ValueAxis:
        """The axis as it is seen."""
        return self.layout_now.axis(*(self._view or self._full))

    @property
    def is_zoomed(self) -> bool:
        """Whether less than the whole axis is seen."""
        return self._view is not None

    def all_handles(self) -> tuple[Handle, ...]:
        """Return everything that can be taken hold of, in the order of the Tab key."""
        return () if self._layer is None else handles.handles_of(self._layer, self.edits.volumetric)

    def place_of(self, handle: Handle) -> QPointF:
        """Return the middle of a handle in widget coordinates."""
        assert self._layer is not None
        return self.layout_now.place_of(self._layer, handle, self.axis, self.edits.volumetric)

    def shown(self) -> Shown | None:
        """Return all that a painting depends on; None where there is no layer."""
        if self._layer is None:
            return None
        return Shown(
            self._layer,
            self._histogram,
            self.axis,
            self.layout_now,
            self.all_handles(),
            self.edits.volumetric,
            self.selected,
            self._hovered,
            self.is_dragged,
            self.hasFocus(),
        )

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the transfer function."""
        shown = self.shown()
        painter = QPainter(self)
        if shown is None:
            painter.fillRect(self.rect(), self.palette().color(QPalette.ColorRole.AlternateBase))
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._painter.paint(painter, shown, self.palette(), self.font(), self.devicePixelRatioF())
        painter.end()

    def select(self, handle: Handle | None) -> None:
        """Make a handle the one that keys and typed numbers act on."""
        if handle == self.selected:
            return
        self.selected = handle
        self._tell_place()
        self.chosen.emit(handle)
        self.update()

    def _tell_place(self) -> None:
        shown = self.shown()
        text = "" if shown is None else describe(shown)
        if text != self.accessibleDescription():
            self.setAccessibleDescription(text)

    # --- the axis ----------------------------------------------------------------------------

    def zoom(self, factor: float, x: float | None = None) -> None:
        """Stretch the axis about a position, else about the selected handle, else about its middle."""
        axis = self.axis
        if x is None:
            chosen = self.selected
            x = axis.left / 2 + axis.right / 2 if chosen is None else self.place_of(chosen).x()
        self._set_view(axis.zoomed(self._full, x, factor))

    def fit(self) -> None:
        """Show the whole axis."""
        self._set_view(self._full)

    def _set_view(self, view: tuple[float, float]) -> None:
        whole = view[1] / 2 - view[0] / 2 >= (self._full[1] / 2 - self._full[0] / 2) * (1 - 1e-9)
        self._view = None if whole else view
        self.zoomed.emit()
        self.update()

    def _bring_in_sight(self, handle: Handle) -> None:
        """Go along a stretched axis to a handle that was chosen by keys."""
        if self._layer is None or self._view is None:
            return
        axis, value = self.axis, handles.value_of(self._layer, handle, self.edits.volumetric)
        if not axis.holds(value):
            width = axis.high - axis.low
            self._set_view(axis.scrolled(self._full, value / width - (axis.low / 2 + axis.high / 2) / width))

    # --- what lies where ---------------------------------------------------------------------

    def handle_at(self, position: QPointF) -> Handle | None:
        """Return what a press at a position would take hold of, or None."""
        layer = self._layer
        if layer is None:
            return None
        layout, axis = self.layout_now, self.axis
        if layout.zone_at(position.y()) == "bar" and layer.rgb_points is None:
            low, high = (axis.x_of(end) for end in layer.data_range)
            return BOTH_ENDS if low < position.x() < high else None
        return handle_under(position, layer, self.all_handles(), layout, axis, self.edits.volumetric)

    def is_on_curve(self, position: QPointF) -> bool:
        """Return whether a press at a position would add a point to the curve."""
        shown = self.shown()
        if shown is None or self.layout_now.zone_at(position.y()) != "plot":
            return False
        return on_line(position, curve_line(shown, self.edits.volumetric))

    # --- acts --------------------------------------------------------------------------------

    def add_under(
        self, kind: handles.Kind, position: QPointF, key: object, on_curve: bool = False
    ) -> Handle | None:
        """Add a point at a position, as the begin of a drag; on the curve it does not change it."""
        layer = self.edits.layer
        if layer is None:
            return None
        axis, layout = self.axis, self.layout_now
        value = axis.rounded(axis.value_at(position.x()))
        height = None if on_curve or kind == "color" else layout.opacity_at(position.y())
        changes, handle = handles.added(layer, kind, value, height, self.edits.volumetric)
        self.edits.hold(key, handles.title_of(layer, handle, "Add"), changes)
        return handle

    def add_at(self, kind: handles.Kind, position: QPointF) -> None:
        """Add a point or a colour at a position, as one step."""
        self.select(self.add_under(kind, position, object()))
        self.edits.end()

    def add_beside(self) -> None:
        """Add a point halfway to the next one of the selected one's kind, as one step."""
        layer, chosen, volumetric = self.edits.layer, self.selected, self.edits.volumetric
        if layer is None:
            return
        if chosen is None or chosen.kind not in ("opacity", "color"):
            chosen = Handle("opacity", 0)
        value = handles.neighbour_of(layer, chosen, volumetric)
        changes, handle = handles.added(layer, chosen.kind, value, None, volumetric)
        self.edits.once(handles.title_of(layer, handle, "Add"), changes)
        self.select(handle)

    def delete(self, handle: Handle) -> None:
        """Take a point, a colour or a threshold away, as one step; the next one is selected."""
        layer = self.edits.layer
        changes = {} if layer is None else handles.removed(layer, handle, self.edits.volumetric)
        if layer is None or not changes:
            return
        self.edits.once(handles.title_of(layer, handle, "Delete"), changes)
        left = [other for other in self.all_handles() if other.kind == handle.kind]
        self.select(left[min(handle.index, len(left) - 1)] if left else None)

    def open_selected(self) -> None:
        """Let the selected handle's colour be chosen, or its numbers be typed."""
        if self.selected is not None and self.selected.kind == "color":
            self.color_wanted.emit(self.selected.index)
        elif self.selected is not None:
            self.value_wanted.emit()
