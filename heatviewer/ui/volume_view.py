"""The 3D view: the engine's picture in a plain widget, so that no display hardware is needed."""

from __future__ import annotations

import math
import weakref
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QImage, QPainter
from PySide6.QtWidgets import QSizePolicy, QWidget

from heatviewer.drawing.annotate import annotate, plane_color
from heatviewer.model.resolve import resolve_annotation, resolve_volume, window_volume_plane
from heatviewer.ui import slice_mouse, volume_mouse
from heatviewer.ui.bridge import ViewGroup, draw_now
from heatviewer.ui.controls import came_by_keyboard
from heatviewer.ui.view_legends import ViewLegends
from heatviewer.ui.volume_worker import VolumeWorker

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from PySide6.QtGui import (
        QFocusEvent,
        QHideEvent,
        QKeyEvent,
        QMouseEvent,
        QPaintEvent,
        QResizeEvent,
        QShowEvent,
        QWheelEvent,
    )

    from heatviewer.app.scene import Scene
    from heatviewer.core.geometry import Plane, Vec3
    from heatviewer.core.volume import Volume
    from heatviewer.drawing.engine import VolumeEngine
    from heatviewer.model.requests import VolumeRequest
    from heatviewer.model.view import VolumeCamera

#: Rest after the last change, in ms, before the picture is drawn in full.
_REST = 150


def _create_engine() -> VolumeEngine:
    # On the worker's thread: the engine's libraries take 70 ms that the first slices do not wait for.
    from heatviewer.drawing.engine import create_engine

    return create_engine()


class VolumeView(QWidget):
    """Base and heatmaps in one volume rendering.

    While something moves the picture is a quick one; after a moment of rest it is drawn in full.

    Signals
    -------
    rendered
        A new picture is shown.
    engineChanged
        The engine works, or it is known why there is none.
    contextMenuRequested : QPoint, Vec3 or None
        Where on the screen; there is no world point where nothing was hit.
    maximizeRequested
        A double click: this view alone, and back.
    """

    rendered = Signal()
    engineChanged = Signal()
    contextMenuRequested = Signal(QPoint, object)
    maximizeRequested = Signal()

    def __init__(
        self,
        scene: Scene,
        parent: QWidget | None = None,
        make_engine: Callable[[], VolumeEngine] = _create_engine,
    ) -> None:
        super().__init__(parent)
        self.scene = scene
        self.group = ViewGroup.of(scene)
        self._worker = VolumeWorker(make_engine)
        self._reason = ""
        self._dirty = True
        self._ring = False
        # Requests are kept at full quality: the wanted one, the one last asked for, the one shown.
        self._target: VolumeRequest | None = None
        self._shown: VolumeRequest | None = None
        self._shown_quality = ""
        self._oldest_wanted = 0
        self._raw: NDArray[Any] | None = None
        self._picture: NDArray[Any] | None = None
        self._written: object = None
        self._drag: volume_mouse.Drag | None = None
        self._picks: list[QPoint] = []
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST)
        self._rest.timeout.connect(self._ask_in_full)
        self.legends = ViewLegends(scene, self, self._show_tool)
        self._describe()
        self._connect()

    def _describe(self) -> None:
        self.setObjectName("volume_view")
        self.setAccessibleName("3D view")
        self.setAccessibleDescription(volume_mouse.MOUSE_MAP)
        self.setToolTip(volume_mouse.MOUSE_MAP)
        self.setFocusPolicy(Qt.FocusPolicy.WheelFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(64, 64)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def _connect(self) -> None:
        self.group.frames.add(self)
        self._worker.ready.connect(self._on_ready)
        self._worker.failed.connect(self._on_failed)
        self._worker.drawn.connect(self._on_drawn)
        self._worker.picked.connect(self._on_picked)
        self._worker.crashed.connect(self._on_crashed)
        # The thread ends with the widget, or at the latest with the program.
        stop = self._worker.stop
        self.destroyed.connect(lambda _: stop())
        self._finalizer = weakref.finalize(self, stop)

    # --- state -----------------------------------------------------------------------------

    @property
    def engine(self) -> str:
        """The name of the active 3D engine, waiting until it is made; ``'off'`` where there is none."""
        return self._worker.engine_name()

    @property
    def reason(self) -> str:
        """Why there is no 3D, for people; empty where there is."""
        return self._reason

    @property
    def picture(self) -> NDArray[Any] | None:
        """The picture last shown, uint8 (height, width, 4) in device pixels; None before the first."""
        return self._picture

    @property
    def ratio(self) -> float:
        """Device pixels per widget pixel."""
        return self.devicePixelRatioF()

    @property
    def camera(self) -> VolumeCamera:
        """Direction, zoom and pan."""
        return self.scene.view.camera

    def set_camera(self, camera: VolumeCamera, title: str, merge: object) -> None:
        """Change direction, zoom or pan as (part of) an undo step."""
        self.scene.edit_view(title, merge, camera=camera)

    def is_idle(self) -> bool:
        """Return whether what can be seen is drawn in full, and every click on a surface answered."""
        if self._picks and not self._reason:
            return False
        if not self.isVisible() or self.size().isEmpty() or self._reason:
            return True
        return not self._dirty and not self._is_behind() and not self.group.busy

    def plane(self) -> Plane:
        """Return the picture's plane in the world; its pixels are device pixels."""
        ratio = self.ratio
        size = math.floor(self.width() * ratio + 0.5), math.floor(self.height() * ratio + 0.5)
        return window_volume_plane(self.group.state, self.scene.base_volume, size)

    def _is_behind(self) -> bool:
        return self._target is not None and (self._shown != self._target or self._shown_quality != "full")

    # --- asking for pictures ---------------------------------------------------------------

    def mark_dirty(self) -> None:
        """Ask for a picture at the next frame, if anything in it has changed."""
        self._dirty = True
        if not self.isVisible():
            # A view that nobody sees keeps no volume alive.
            self._target = self._shown = self._written = None
            self._worker.forget()

    def wants_frame(self) -> bool:
        """Return whether something has changed and the view can be seen."""
        return self._dirty and self.isVisible() and not self.size().isEmpty()

    def prepare_frame(self) -> None:
        """Ask the worker for a quick picture of the present state; the full one follows after a rest."""
        self._dirty = False
        state = self.group.state
        mode = state.view.camera.mode
        wanted = self.group.at_once(resolve_volume(state, self.scene.volumes, self.plane(), mode))
        if self.scene.standing_in or (wanted.base is None and not wanted.heatmaps):
            self._show_nothing(wanted)
        elif wanted != self._target:
            known, self._target = _volume(wanted) is _volume(self._target), wanted
            if known:
                self._ask_quickly()
            else:
                self._start_anew()
                # The slices are painted first: they would take turns with the worker at the interpreter.
                QTimer.singleShot(0, self, self._ask_quickly)
        self._write()
        self.update()

    def finish_frame(self, picture: NDArray[Any]) -> None:
        """Pictures come from the worker instead."""

    def _show_nothing(self, wanted: VolumeRequest) -> None:
        self._rest.stop()
        self._start_anew()
        self._target, self._shown, self._shown_quality = None, wanted, "full"
        width, height = wanted.plane.size
        self._raw = np.full((height, width, 4), (0, 0, 0, 255), dtype=np.uint8)

    def _start_anew(self) -> None:
        """Take the picture of another study away, and drop those of it that are still being made."""
        self._worker.forget()
        self._oldest_wanted = self._worker.generation + 1
        self._raw = self._picture = self._shown = self._written = None

    def _ask_quickly(self) -> None:
        if self._target is not None and self.isVisible():
            self._worker.submit(replace(self._target, quality="preview"))
            # Not earlier: held up, this would take the place of the full picture.
            self._rest.start()

    def _ask_in_full(self) -> None:
        if self._drag is not None:
            # A hand that pauses goes on in a moment: a full picture would hold it up.
            self._rest.start()
        elif self._target is not None and self._is_behind():
            self._worker.submit(self._target)
            self.update()

    def _on_drawn(self, generation: int, request: VolumeRequest, picture: NDArray[Any]) -> None:
        if generation < self._oldest_wanted or self._target is None:
            return
        self._raw, self._reason = picture, ""
        self._shown, self._shown_quality = replace(request, quality="full"), request.quality
        self._written = None
        self._write()
        self.update()
        self.rendered.emit()

    def _write(self) -> None:
        """Write labels and legends on the picture that is there."""
        if self._raw is None or self._shown is None:
            return
        state = self.group.state
        request = resolve_annotation(
            state, self.scene.volumes, self._shown.plane, "3d", None, self.ratio, state.view.legend == "views"
        )
        if request != self._written:
            self._picture = self._raw.copy()
            annotate(self._picture, request)
            self.legends.place(request, state)
            self._written = request

    def _on_ready(self, _name: str) -> None:
        self._reason = ""
        self.engineChanged.emit()

    def _on_failed(self, reason: str) -> None:
        self._reason = reason
        self._rest.stop()
        self.setAccessibleDescription(reason)
        self.update()
        self.engineChanged.emit()

    def _on_crashed(self, error: Exception) -> None:
        # Raised in a slot, where the window reports every fault of the program.
        raise error

    # --- painting --------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the picture one to one, a thin line while the full one is made, or why there is none."""
        draw_now(self)
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(0, 0, 0))
        if self._reason:
            self._paint_reason(painter)
        elif self._picture is not None:
            height, width = self._picture.shape[:2]
            image = QImage(self._picture.data, width, height, 4 * width, QImage.Format.Format_RGBX8888)
            image.setDevicePixelRatio(self.ratio)
            painter.drawImage(QPointF(0, 0), image)
        if self._is_behind() and not self._reason and not self._rest.isActive():
            painter.fillRect(QRectF(0, self.height() - 2, self.width(), 2), QColor(*plane_color("3d")))
        if self._ring:
            painter.setPen(QColor(*plane_color("3d")))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def _paint_reason(self, painter: QPainter) -> None:
        painter.setPen(QColor(200, 204, 210))
        text = f"No 3D here; the slices are not affected.\n\n{self._reason}"
        area = QRectF(self.rect()).adjusted(24, 24, -24, -24)
        painter.drawText(area, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), text)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Draw in the new size."""
        self._redraw()
        super().resizeEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what has changed while nobody saw it, and in full what was left half done."""
        if self._is_behind():
            self._target = None
        self._redraw()
        super().showEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """Stop drawing what nobody sees."""
        self._rest.stop()
        self.group.heatmaps_hidden = False
        super().hideEvent(event)

    def sizeHint(self) -> QSize:
        """Return a size like that of the slice views."""
        return QSize(420, 360)

    def _redraw(self) -> None:
        self._dirty = True
        self.group.frames.schedule()

    # --- mouse and keys --------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to turn (left), to move (middle), or to point (right)."""
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if self._drag is None:
            self._drag = volume_mouse.Drag.begin(event.button(), event.position(), self.camera, self.plane())
            self._show_tool()
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow a drag."""
        event.accept()
        if self._drag is not None:
            size = min(self.width(), self.height())
            camera = self._drag.camera_at(event.position(), size, self.ratio)
            if camera is not None:
                self.set_camera(camera, self._drag.title, self._drag.merge)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the drag; a right click asks which surface is there."""
        event.accept()
        drag = self._drag
        if drag is None or drag.button != event.button():
            return
        self._drag = None
        self._show_tool()
        self.scene.end_drag()
        if drag.button == Qt.MouseButton.RightButton and not drag.has_moved(event.position()):
            self._pick(event.position(), event.globalPosition().toPoint())

    def _pick(self, position: QPointF, on_screen: QPoint) -> None:
        if self._target is None or self._reason:
            self.contextMenuRequested.emit(on_screen, None)
            return
        self._picks.append(on_screen)
        column, row = position.x() * self.ratio - 0.5, position.y() * self.ratio - 0.5
        self._worker.pick(replace(self._target, plane=self.plane()), column, row)

    def _on_picked(self, world: Vec3 | None) -> None:
        on_screen = self._picks.pop(0)
        if world is None:
            self.contextMenuRequested.emit(on_screen, None)
        else:
            self.scene.edit_view("Move the crosshair", object(), cursor=world)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Ask for this view alone, or for all views again; other buttons just press again."""
        event.accept()
        if event.button() == Qt.MouseButton.LeftButton:
            self.maximizeRequested.emit()
        else:
            self.mousePressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Answer the menu key; the mouse asks when its button comes up."""
        event.accept()
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            self.contextMenuRequested.emit(self.mapToGlobal(self.rect().center()), None)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom about the centre."""
        event.accept()
        camera = volume_mouse.zoomed(self.camera, slice_mouse.wheel_factor(event.angleDelta().y()))
        self.set_camera(camera, "Zoom", ("zoom", "3d"))

    def event(self, event: QEvent) -> bool:
        """Take pinches, a move to another screen, and tool tips: these only in the corner of the name."""
        factor = slice_mouse.pinch_factor(event)
        if factor is not None:
            self.set_camera(volume_mouse.zoomed(self.camera, factor), "Zoom", ("zoom", "3d"))
            return True
        if slice_mouse.is_stray_tip(event):
            event.ignore()
            return True
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._redraw()
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Turn by arrow keys, zoom by + and −, hide the heatmaps while Space is held."""
        if self.group.take_key(event, pressed=True):
            return
        camera = volume_mouse.camera_for_key(self.camera, event.key(), event.modifiers())
        if camera is None:
            super().keyPressEvent(event)
        else:
            self.set_camera(camera, "Turn", ("keys", "3d"))

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Bring the heatmaps back when Space comes up."""
        if not self.group.take_key(event, pressed=False):
            super().keyReleaseEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show a ring where the keyboard brought the focus here; the mouse needs none."""
        self._ring = came_by_keyboard(event)
        self.update()
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Bring the heatmaps back: without the focus nobody hears Space come up."""
        self._ring = False
        self.update()
        self.group.heatmaps_hidden = False
        super().focusOutEvent(event)

    def _show_tool(self) -> None:
        self.setCursor(Qt.CursorShape.ArrowCursor if self._drag is None else self._drag.shape)


def _volume(request: VolumeRequest | None) -> Volume | None:
    return None if request is None or request.base is None else request.base.volume
