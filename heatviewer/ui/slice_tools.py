"""What a drag in a slice view does, from the press of a button to its release: one undo step each."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QRectF, Qt

from heatviewer.model.placing import placed_volume
from heatviewer.ui.slice_mouse import (
    STILL,
    Tool,
    drag_span,
    dragged_range,
    dragged_window,
    panned,
    values_between,
)

if TYPE_CHECKING:
    from PySide6.QtCore import QPointF

    from heatviewer.ui.slice_view import SliceView


class Drag:
    """A drag that changes nothing; the others do more.

    Attributes
    ----------
    moved : bool
        Whether the pointer has left the spot where it was pressed.
    """

    shape: ClassVar[Qt.CursorShape] = Qt.CursorShape.CrossCursor

    def __init__(self, view: SliceView, start: QPointF) -> None:
        self.view = view
        self.start = start
        self.moved = False
        # All changes under one such key are one undo step; a new object equals no other.
        self.merge = object()

    def move(self, position: QPointF) -> None:
        """Follow the pointer to a widget position."""
        offset = position - self.start
        self.moved = self.moved or offset.x() ** 2 + offset.y() ** 2 >= STILL**2
        if self.moved:
            self.follow(position)

    def follow(self, position: QPointF) -> None:
        """Change the model for a pointer that has moved."""

    def finish(self) -> None:
        """End the drag's undo step."""
        self.view.scene.end_drag()

    def offset(self, position: QPointF) -> tuple[float, float]:
        """Return how far the pointer has come to the right and down, in widget pixels."""
        return position.x() - self.start.x(), position.y() - self.start.y()


class CursorDrag(Drag):
    """Moves the crosshair, from the press on."""

    def __init__(self, view: SliceView, start: QPointF) -> None:
        super().__init__(view, start)
        self.follow(start)

    def move(self, position: QPointF) -> None:
        """Follow the pointer, however little it moves."""
        self.follow(position)

    def follow(self, position: QPointF) -> None:
        """Put the cursor under the pointer."""
        cursor = self.view.cursor_at(position.x(), position.y())
        self.view.scene.edit_view("Move the crosshair", merge=self.merge, cursor=cursor)


class PanDrag(Drag):
    """Moves the picture."""

    shape = Qt.CursorShape.ClosedHandCursor

    def __init__(self, view: SliceView, start: QPointF) -> None:
        super().__init__(view, start)
        self._camera = view.camera

    def follow(self, position: QPointF) -> None:
        """Keep the picture's point under the pointer."""
        ratio = self.view.ratio
        right, down = self.offset(position)
        moved = (right * ratio, down * ratio)
        camera = panned(self._camera, self.view.slice_plane(), self.view.half_box(), moved)
        self.view.set_camera(camera, "Pan", self.merge)


class WindowDrag(Drag):
    """Changes the base's window: left–right its width, up–down its centre."""

    shape = Qt.CursorShape.SizeAllCursor

    def __init__(self, view: SliceView, start: QPointF) -> None:
        super().__init__(view, start)
        base, volume = view.scene.state.base, view.scene.base_volume
        self._start = base.window if base is not None and volume is not None else None
        self._span: float | None = None

    def follow(self, position: QPointF) -> None:
        """Set the window for where the pointer is."""
        base, volume = self.view.scene.state.base, self.view.scene.base_volume
        if self._start is None or base is None or volume is None:
            return
        if self._span is None:
            self._span = drag_span(volume)
        window = dragged_window(self._start, self._span, self.offset(position), self.view.width())
        self.view.scene.edit_layer(base.id, "Window of the base", self.merge, window=window)


class RangeDrag(Drag):
    """Changes the selected heatmap's data range in the same way."""

    shape = Qt.CursorShape.SizeAllCursor

    def __init__(self, view: SliceView, start: QPointF) -> None:
        super().__init__(view, start)
        self._layer = view.scene.selected
        self._start = self._layer.data_range if self._layer is not None else (0.0, 1.0)
        self._span: float | None = None

    def follow(self, position: QPointF) -> None:
        """Set the range for where the pointer is."""
        if self._layer is None or self._layer.id not in self.view.scene.volumes:
            return
        if self._span is None:
            self._span = drag_span(self._layer.volume)
        data_range = dragged_range(self._start, self._span, self.offset(position), self.view.width())
        self._layer.edit(None, self.merge, data_range=data_range)


class BoxDrag(Drag):
    """Draws a box; what is done with the values inside, the derived classes say."""

    def __init__(self, view: SliceView, start: QPointF) -> None:
        super().__init__(view, start)
        self._box = QRectF(start, start)

    def follow(self, position: QPointF) -> None:
        """Draw the box to where the pointer is, within the view."""
        within = QRectF(self.view.rect())
        self._box = QRectF(self.start, position).normalized().intersected(within)
        self.view.show_box(self._box)

    def finish(self) -> None:
        """Take the values inside, unless the box has no area, and the box away."""
        self.view.show_box(None)
        if self.moved and min(self._box.width(), self._box.height()) * self.view.ratio >= 2:
            self.apply()
        super().finish()

    def apply(self) -> None:
        """Use the values inside the box."""

    def ends(self, layer_id: str) -> tuple[float, float] | None:
        """Return the 2nd and 98th percentile of a layer's values inside the box, on this slice."""
        scene, ratio = self.view.scene, self.view.ratio
        layer = next((layer for layer in scene.state.layers if layer.id == layer_id), None)
        if layer is None or layer_id not in scene.volumes:
            return None
        edges = [
            round(v * ratio) for v in (self._box.x(), self._box.y(), self._box.width(), self._box.height())
        ]
        plane = self.view.slice_plane().cut(edges[0], edges[1], max(edges[2], 1), max(edges[3], 1))
        zero_is_missing = bool(getattr(layer, "zero_is_missing", False))
        volume = placed_volume(layer, scene.volumes, scene.state)
        return values_between(volume, plane, layer.interpolation, layer.frame, zero_is_missing)


class WindowBoxDrag(BoxDrag):
    """The base's window from the values in a box."""

    def apply(self) -> None:
        """Set the window from the 2nd to the 98th percentile."""
        base = self.view.scene.state.base
        ends = self.ends(base.id) if base is not None else None
        if base is not None and ends is not None:
            window = (ends[0] / 2 + ends[1] / 2, ends[1] - ends[0])
            self.view.scene.edit_layer(base.id, "Window from a box", window=window)


class RangeBoxDrag(BoxDrag):
    """The selected heatmap's data range from the values in a box."""

    def apply(self) -> None:
        """Set the range from the 2nd to the 98th percentile."""
        layer = self.view.scene.selected
        ends = self.ends(layer.id) if layer is not None else None
        if layer is not None and ends is not None:
            layer.edit("Range from a box", data_range=ends)


DRAGS: dict[Tool, type[Drag]] = {
    "cursor": CursorDrag,
    "pan": PanDrag,
    "window": WindowDrag,
    "range": RangeDrag,
    "window box": WindowBoxDrag,
    "range box": RangeBoxDrag,
}
