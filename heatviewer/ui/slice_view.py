"""One slice view: the picture that every export draws, one to one on the screen's pixels, and its mouse."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QImage, QPen
from PySide6.QtWidgets import QGraphicsRectItem, QSizePolicy, QWidget

from heatviewer.app.frames import step_frame
from heatviewer.drawing.annotate import annotate, plane_color
from heatviewer.drawing.slice_renderer import SliceRenderer
from heatviewer.model.placing import placed_volume
from heatviewer.model.resolve import box_corners, resolve_annotation, resolve_slice, slice_plane
from heatviewer.ui import slice_mouse
from heatviewer.ui.bridge import ViewGroup, draw_now
from heatviewer.ui.slice_mouse import WheelSteps, tool_for
from heatviewer.ui.slice_tools import DRAGS, Drag
from heatviewer.ui.view_legends import ViewLegends

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray
    from PySide6.QtGui import (
        QFocusEvent,
        QHideEvent,
        QKeyEvent,
        QMouseEvent,
        QPainter,
        QPaintEvent,
        QResizeEvent,
        QShowEvent,
        QWheelEvent,
    )

    from heatviewer.app.scene import Scene
    from heatviewer.core.geometry import Plane, PlaneName, Vec3
    from heatviewer.model.requests import AnnotationRequest, SliceRequest
    from heatviewer.model.view import SliceCamera


class _Canvas(pg.GraphicsView):
    """The picture's surface. Mouse and keys go past it to the view; it only paints."""

    def __init__(self, view: SliceView) -> None:
        super().__init__(view, background=None)
        self.setCacheMode(self.CacheModeFlag.CacheNone)
        self.setViewportUpdateMode(self.ViewportUpdateMode.FullViewportUpdate)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        # A drop belongs to the window.
        self.setAcceptDrops(False)
        self.viewport().setAcceptDrops(False)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the picture of now, also where somebody asks before the clock did (a grab, a resize)."""
        draw_now(cast("SliceView", self.parentWidget()))
        super().paintEvent(event)

    def drawBackground(self, painter: QPainter, _rect: QRectF) -> None:
        """Paint the picture below all items: one image pixel is one device pixel."""
        view = cast("SliceView", self.parentWidget())
        picture = view.picture
        painter.fillRect(self.rect(), Qt.GlobalColor.black)
        if picture is not None:
            height, width = picture.shape[:2]
            image = QImage(picture.data, width, height, 4 * width, QImage.Format.Format_RGBX8888)
            image.setDevicePixelRatio(view.ratio)
            painter.drawImage(QPointF(0, 0), image)


class SliceView(QWidget):
    """One plane of a scene through the cursor.

    Signals
    -------
    rendered
        A new picture is shown.
    hovered : Vec3 or None
        The world point under the pointer; None when it has left.
    contextMenuRequested : QPoint, Vec3
        Where on the screen, and the world point there.
    maximizeRequested
        A double click: this view alone, and back.

    Attributes
    ----------
    legends : ViewLegends
        The colour bars in the picture, and what the mouse does on them.
    """

    rendered = Signal()
    hovered = Signal(object)
    contextMenuRequested = Signal(QPoint, object)
    maximizeRequested = Signal()

    def __init__(self, scene: Scene, plane: PlaneName, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.scene = scene
        self.plane_name: PlaneName = plane
        self.group = ViewGroup.of(scene)
        self._renderer = SliceRenderer()
        self._picture: NDArray[Any] | None = None
        self._drawn: object = None
        self._wanted: tuple[SliceRequest, AnnotationRequest] | None = None
        self._plane: tuple[object, Plane] | None = None
        self._dirty = True
        self._drag: tuple[Qt.MouseButton, Drag] | None = None
        self._pointer: QPointF | None = None
        self._steps = WheelSteps()
        self.legends = ViewLegends(scene, self, self._show_tool)
        self._make_canvas()
        self._describe()
        self.group.frames.add(self)
        self.group.hidden_changed.connect(self._show_tool)

    def _make_canvas(self) -> None:
        self._canvas = _Canvas(self)
        pen = QPen(QColor(*plane_color(self.plane_name)), 0)
        self._box = QGraphicsRectItem()
        self._box.setPen(pen)
        self._box.setVisible(False)
        self._canvas.addItem(self._box)
        self._canvas.addItem(self.legends.marks)

    def _describe(self) -> None:
        self.setObjectName(f"{self.plane_name}_view")
        self.setAccessibleName(f"{self.plane_name.capitalize()} view")
        self.setAccessibleDescription(slice_mouse.MOUSE_MAP)
        self.setToolTip(slice_mouse.MOUSE_MAP)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.WheelFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(64, 64)
        # The canvas covers it: what lies behind need not be painted.
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._show_tool()

    # --- where things are ------------------------------------------------------------------

    @property
    def ratio(self) -> float:
        """Device pixels per widget pixel."""
        return self.devicePixelRatioF()

    @property
    def device_size(self) -> tuple[int, int]:
        """Width and height of the picture in device pixels, rounded as Qt does."""
        return math.floor(self.width() * self.ratio + 0.5), math.floor(self.height() * self.ratio + 0.5)

    @property
    def camera(self) -> SliceCamera:
        """The view's zoom and pan."""
        return self.scene.view.slice_camera(self.plane_name)

    def set_camera(self, camera: SliceCamera, title: str, merge: object) -> None:
        """Change this view's zoom and pan as (part of) an undo step."""
        view = self.scene.view.with_slice_camera(self.plane_name, camera)
        name = "sagittal_camera" if self.plane_name == "sagittal" else self.plane_name
        self.scene.edit_view(title, merge, **{name: getattr(view, name)})

    def slice_plane(self) -> Plane:
        """Return where the picture lies in the world; its pixels are device pixels."""
        key = (self.scene.view, self.scene.base_volume, self.device_size)
        if self._plane is None or self._plane[0] != key:
            plane = slice_plane(self.scene.state, self.scene.base_volume, self.plane_name, self.device_size)
            self._plane = (key, plane)
        return self._plane[1]

    def half_box(self) -> tuple[float, float]:
        """Return half the size of the base's box to the right and up on the screen, mm."""
        plane, corners = self.slice_plane(), box_corners(self.scene.base_volume)
        offsets = corners - (corners.min(axis=0) + corners.max(axis=0)) / 2
        steps = [np.asarray(step) / np.linalg.norm(step) for step in (plane.right, plane.down)]
        right, down = (float(np.abs(offsets @ step).max()) for step in steps)
        return right, down

    def world_at(self, x: float, y: float) -> Vec3:
        """Return the world point, mm, under a widget position; (0.5, 0.5) is the first pixel's centre.

        Positions are device independent, as those of mouse events.
        """
        return self.slice_plane().world_at(x * self.ratio - 0.5, y * self.ratio - 0.5)

    def pixel_of(self, world: Vec3) -> tuple[float, float]:
        """Return the widget position (x, y) of a world point, dropped along the view's normal."""
        column, row = self.slice_plane().pixel_of(world)
        return (column + 0.5) / self.ratio, (row + 0.5) / self.ratio

    def cursor_at(self, x: float, y: float) -> Vec3:
        """Return where a click at a widget position puts the cursor: on this slice, within the layers."""
        state, read = self.scene.state, self.scene.volumes
        volumes = [placed_volume(layer, read, state) for layer in state.layers if layer.id in read]
        boxes = np.concatenate([v.corners_world for v in volumes]) if volumes else None
        base, point = self.scene.base_volume, self.world_at(x, y)
        cursor = slice_mouse.cursor_under(self.plane_name, point, self.scene.cursor, boxes)
        return slice_mouse.on_flat_image(cursor, base) if base is not None and base.flat else cursor

    # --- the picture -----------------------------------------------------------------------

    @property
    def picture(self) -> NDArray[Any] | None:
        """The picture last drawn, uint8 (height, width, 4) in device pixels; None before the first."""
        return self._picture

    def render_picture(self, size: tuple[int, int], ratio: float = 1.0) -> NDArray[Any]:
        """Return this view's picture at any size, uint8 (height, width, 4).

        Parameters
        ----------
        size : (int, int)
            Width and height in pixels of the picture.
        ratio : float
            Pixels per unit of text size.
        """
        plane = slice_plane(self.scene.state, self.scene.base_volume, self.plane_name, size)
        # A renderer of its own: the kept samples of the view stay.
        request, written = self._requests(plane, ratio)
        picture = SliceRenderer().render(request)
        annotate(picture, written)
        return picture

    def _requests(self, plane: Plane, ratio: float) -> tuple[SliceRequest, AnnotationRequest]:
        state, volumes = self.group.state, self.scene.volumes
        written = resolve_annotation(
            state, volumes, plane, self.plane_name, state.view.cursor, ratio, state.view.legend == "views"
        )
        return resolve_slice(state, volumes, plane, ratio=ratio, labels=True), written

    def mark_dirty(self) -> None:
        """Draw again at the next frame, if anything in the picture has changed."""
        self._dirty = True
        if not self.isVisible():
            # A view that nobody sees keeps no volume alive.
            self._drawn = self._wanted = self._plane = None
            self._renderer.forget()

    def is_idle(self) -> bool:
        """Return whether what can be seen is drawn."""
        return not self.wants_frame() and not (self.isVisible() and self.group.busy)

    def wants_frame(self) -> bool:
        """Return whether something has changed and the view can be seen."""
        return self._dirty and self.isVisible() and not self.size().isEmpty()

    def prepare_frame(self) -> Callable[[], NDArray[Any]] | None:
        """Return how the picture is made, or None where it would be the one that is shown."""
        self._dirty = False
        request, written = self._requests(self.slice_plane(), self.ratio)
        wanted = self.group.at_once(request), written
        if wanted == self._drawn:
            return None
        self._wanted = wanted
        return lambda: self._renderer.render(wanted[0])

    def finish_frame(self, picture: NDArray[Any]) -> None:
        """Write on the picture that was made, and show it."""
        if self._wanted is None:
            return
        # Not on the drawing threads: each would make the legend that the views share anew.
        annotate(picture, self._wanted[1])
        self._picture, self._drawn, self._wanted = picture, self._wanted, None
        self._canvas.viewport().update()
        self.legends.place(self._drawn[1], self.group.state)
        self.rendered.emit()
        if self._pointer is not None and self._drag is None:
            # The slice has changed under a pointer at rest.
            self.hovered.emit(self.world_at(self._pointer.x(), self._pointer.y()))

    def show_values(self, values: Mapping[str, float | None]) -> None:
        """Mark values on the legends by layer id, while the pointer is in this view."""
        self.legends.show_values(values if self._pointer is not None else {})

    def show_box(self, box: QRectF | None) -> None:
        """Draw a rubber band in widget coordinates, or none."""
        self._box.setVisible(box is not None)
        if box is not None:
            self._box.setRect(box)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the canvas as large as the view."""
        self._canvas.setGeometry(self.rect())
        self._redraw()
        super().resizeEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what has changed while nobody saw it."""
        self._redraw()
        super().showEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """Let go of the keys: a hidden view does not hear them come up."""
        self.group.heatmaps_hidden = False
        super().hideEvent(event)

    def sizeHint(self) -> QSize:
        """Return a size at which a head is comfortable to read."""
        return QSize(420, 360)

    def _redraw(self) -> None:
        self._dirty = True
        self.group.frames.schedule()

    # --- mouse -----------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a drag; a second button during a drag does nothing."""
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        tool = self.group.take_tool(event.button(), event.modifiers())
        if self._drag is None and tool is not None:
            self._drag = (event.button(), DRAGS[tool](self, event.position()))
            self._show_tool()
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow a drag, and say what is under the pointer."""
        self._pointer = event.position()
        if self._drag is not None:
            self._drag[1].move(event.position())
        self.hovered.emit(self.world_at(event.position().x(), event.position().y()))
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the drag of this button; a right click that did not move asks for the menu."""
        event.accept()
        if self._drag is None or self._drag[0] != event.button():
            return
        (button, drag), self._drag = self._drag, None
        drag.move(event.position())
        drag.finish()
        self._show_tool()
        if button == Qt.MouseButton.RightButton and not drag.moved:
            world = self.world_at(event.position().x(), event.position().y())
            self.contextMenuRequested.emit(event.globalPosition().toPoint(), world)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Ask for this view alone, or for all views again; other buttons and keys just press again."""
        event.accept()
        if tool_for(event.button(), event.modifiers(), self.group.heatmaps_hidden) == "cursor":
            self.maximizeRequested.emit()
        else:
            self.mousePressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Clear the read-out."""
        self._pointer = None
        self.hovered.emit(None)
        super().leaveEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Answer the menu key at the cursor; the mouse asks when its button comes up."""
        event.accept()
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            at = QPointF(*self.pixel_of(self.scene.cursor)).toPoint()
            self.contextMenuRequested.emit(self.mapToGlobal(at), self.scene.cursor)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Go through slices or frames, or zoom."""
        event.accept()
        keys, turned = event.modifiers(), event.angleDelta()
        shift = bool(keys & Qt.KeyboardModifier.ShiftModifier)
        # macOS turns Shift + wheel into a horizontal one.
        delta = turned.y() or (turned.x() if shift else 0)
        if keys & Qt.KeyboardModifier.ControlModifier:
            self._zoom(event.position(), slice_mouse.wheel_factor(delta))
            return
        steps = self._steps.add(delta, of=shift)
        if steps and shift:
            self._step_frame(steps)
        elif steps:
            self.step_slice(steps)

    def event(self, event: QEvent) -> bool:
        """Take pinches, a move to another screen, and tool tips: these only in the corner of the name."""
        factor = slice_mouse.pinch_factor(event)
        if factor is not None:
            self._zoom(cast("Any", event).position(), factor)
            return True
        if slice_mouse.is_stray_tip(event):
            event.ignore()
            return True
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._redraw()
        return super().event(event)

    def _zoom(self, position: QPointF, factor: float) -> None:
        pixel = (position.x() * self.ratio - 0.5, position.y() * self.ratio - 0.5)
        camera = slice_mouse.zoomed(self.camera, self.slice_plane(), self.half_box(), pixel, factor)
        self.set_camera(camera, "Zoom", ("zoom", self.plane_name))

    def step_slice(self, steps: int) -> None:
        """Go forward by slices (negative: back): toward the patient's right, front or head."""
        base = self.scene.base_volume
        if base is not None:
            cursor = slice_mouse.stepped_cursor(self.scene.cursor, base, self.plane_name, steps)
            self.scene.edit_view("Go through slices", ("slices", self.plane_name), cursor=cursor)

    def _step_frame(self, steps: int) -> None:
        """Go forward by frames, where a layer has any, else by five slices."""
        if not step_frame(self.scene, steps):
            self.step_slice(slice_mouse.LEAP * steps)

    # --- keys ------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Hide the heatmaps while Space is held; step through slices."""
        if self.group.take_key(event, pressed=True):
            return
        steps = slice_mouse.slices_for_key(event.key(), event.modifiers())
        if steps:
            self.step_slice(steps)
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Bring the heatmaps back when Space comes up."""
        if not self.group.take_key(event, pressed=False):
            super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Bring the heatmaps back: without the focus nobody hears Space come up."""
        self.group.heatmaps_hidden = False
        super().focusOutEvent(event)

    def _show_tool(self) -> None:
        """Show by the pointer's shape what the left button does now."""
        if self._drag is not None:
            self.setCursor(self._drag[1].shape)
        elif self.group.heatmaps_hidden:
            self.setCursor(Qt.CursorShape.OpenHandCursor)
        else:
            self.setCursor(Qt.CursorShape.CrossCursor)
