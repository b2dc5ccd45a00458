"""What mouse, wheel and keys do in the picture of a transfer function."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QToolTip

from heatviewer.app import transfer_handles as handles
from heatviewer.app.transfer_handles import BOTH_ENDS, Handle
from heatviewer.ui.controls import number_step
from heatviewer.ui.transfer_keys import Act, act_of
from heatviewer.ui.transfer_menu import context_menu
from heatviewer.ui.transfer_picture import TransferPicture
from heatviewer.ui.transfer_words import tip_for

if TYPE_CHECKING:
    from PySide6.QtGui import QFocusEvent, QHelpEvent, QKeyEvent, QMouseEvent, QWheelEvent

    from heatviewer.model.layer import HeatmapLayer
    from heatviewer.ui.transfer_edits import TransferEdits

#: A pointer that moved less than this has not moved.
_STILL: Final = 2.0
_ZOOM_PER_NOTCH: Final = 1.25
_NOTCH: Final = 120
#: With more handles of a kind than this the Tab key leaves the kind.
_MANY: Final = 16


@dataclass
class _Held:
    """A drag: what is held, how all was at its start, where it was taken hold of, and its step's key."""

    handle: Handle
    layer: HeatmapLayer
    start: QPointF
    grip: QPointF
    key: object
    moved: bool = False


class TransferCanvas(TransferPicture):
    """A transfer function in which everything can be taken hold of, by mouse and by keys."""

    def __init__(self, edits: TransferEdits) -> None:
        super().__init__(edits)
        self._held: _Held | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)

    @property
    def is_held(self) -> bool:
        """Whether a handle is held by the mouse."""
        return self._held is not None

    @property
    def is_dragged(self) -> bool:
        """Whether it has been moved."""
        return self._held is not None and self._held.moved

    def _let_go(self) -> None:
        self._held = None

    # --- mouse -------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of what is under the pointer; a press on the curve makes a point there."""
        event.accept()
        if event.button() != Qt.MouseButton.LeftButton or self._held is not None:
            return
        self.edits.end()
        position, key = event.position(), object()
        found = self.handle_at(position)
        if found is None and self.is_on_curve(position):
            found = self.add_under("opacity", position, key, on_curve=True)
        self.select(found)
        self._hold(found, position, key)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open a handle, or add one where there is none; on the axis show all of it."""
        event.accept()
        if event.button() != Qt.MouseButton.LeftButton or self._held is not None:
            return
        self.edits.end()
        position, key = event.position(), object()
        zone, found = self.layout_now.zone_at(position.y()), self.handle_at(position)
        if found is not None and found != BOTH_ENDS:
            self.select(found)
            self.open_selected()
        elif zone == "plot" or zone in ("bar", "stops"):
            found = self.add_under("opacity" if zone == "plot" else "color", position, key)
            self.select(found)
            self._hold(found, position, key)
        else:
            self.fit()

    def _hold(self, handle: Handle | None, position: QPointF, key: object) -> None:
        layer = self.edits.layer
        if handle is None or layer is None:
            return
        # Of both ends the low one goes along with the pointer, at the distance that it has now.
        end = Handle("range", 0) if handle == BOTH_ENDS else handle
        self._held = _Held(handle, layer, position, position - self.place_of(end), key)
        self._show_pointer(position)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move what is held, or show what could be taken hold of."""
        event.accept()
        position = event.position()
        if self._held is None:
            self._hovered = self.handle_at(position)
            self._show_pointer(position)
            self.update()
            return
        offset = position - self._held.start
        if self._held.moved or math.hypot(offset.x(), offset.y()) >= _STILL:
            self._held.moved = True
            self._drag(self._held, position, bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))

    def _drag(self, held: _Held, position: QPointF, straight: bool) -> None:
        axis, layout, volumetric = self.axis, self.layout_now, self.edits.volumetric
        offset, place = position - held.start, position - held.grip
        value = axis.rounded(axis.value_at(place.x()))
        opacity: float | None = layout.opacity_at(place.y())
        if straight and held.handle.kind == "opacity":
            if abs(offset.x()) >= abs(offset.y()):
                opacity = None
            else:
                value = handles.value_of(held.layer, held.handle, volumetric)
        changes = handles.moved(held.layer, held.handle, value, opacity, volumetric, axis.per_pixel)
        self.edits.hold(held.key, handles.title_of(held.layer, held.handle, "Move"), changes)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go: the drag is one step."""
        event.accept()
        if event.button() == Qt.MouseButton.LeftButton and self._held is not None:
            self._held = None
            self.edits.end()
            self._after_drag()
            self._show_pointer(event.position())

    def _after_drag(self) -> None:
        """Let the axis follow what was dragged."""
        self.edits.edited.emit()
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Mark nothing any more."""
        self._hovered = None
        self.update()
        super().leaveEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Stretch the axis about the pointer; without focus or Ctrl the panel scrolls."""
        ctrl = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        turned = event.angleDelta()
        if not (self.hasFocus() or ctrl) or self._held is not None:
            event.ignore()
            return
        event.accept()
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier or not turned.y():
            by = -(turned.x() or turned.y()) / _NOTCH / 10
            self._set_view(self.axis.scrolled(self._full, by))
        else:
            self.zoom(_ZOOM_PER_NOTCH ** (turned.y() / _NOTCH), event.position().x())

    def _show_pointer(self, position: QPointF) -> None:
        """Show by the pointer's shape what a press does."""
        held = self._held
        found = self.handle_at(position) if held is None else held.handle
        if found is None:
            on_curve = self.is_on_curve(position)
            shape = Qt.CursorShape.PointingHandCursor if on_curve else Qt.CursorShape.ArrowCursor
        elif found.kind == "opacity":
            shape = Qt.CursorShape.SizeAllCursor
        elif found == BOTH_ENDS:
            shape = Qt.CursorShape.OpenHandCursor if held is None else Qt.CursorShape.ClosedHandCursor
        else:
            shape = Qt.CursorShape.SizeHorCursor
        self.setCursor(shape)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Open the menu at the pointer, or for the menu key at the selected handle."""
        event.accept()
        if self._held is not None:
            return
        position = QPointF(event.pos())
        handle = self.handle_at(position)
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            handle = self.selected
            position = QPointF(self.rect().center()) if handle is None else self.place_of(handle)
        else:
            self.select(handle)
        context_menu(self, position, handle).popup(self.mapToGlobal(position.toPoint()))

    # --- keys --------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """Keep the keys that mean something here from menus; show tips for what is under the pointer."""
        if event.type() == QEvent.Type.ShortcutOverride:
            key = cast("QKeyEvent", event)
            act = act_of(key.key(), key.modifiers())
            if act is not None and (act.verb != "escape" or self._held is not None):
                event.accept()
                return True
        if event.type() == QEvent.Type.ToolTip:
            self._show_tip(cast("QHelpEvent", event))
            return True
        return super().event(event)

    def _show_tip(self, event: QHelpEvent) -> None:
        shown, position = self.shown(), QPointF(event.pos())
        if shown is not None:
            zone = self.layout_now.zone_at(position.y())
            text = tip_for(shown, self.handle_at(position), zone, self.is_on_curve(position))
            QToolTip.showText(event.globalPos(), text, self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move, change, add or open the selected handle, go to the next, stretch the axis."""
        act = act_of(event.key(), event.modifiers())
        if act is None or (act.verb == "escape" and self._held is None):
            super().keyPressEvent(event)
            return
        event.accept()
        if act.verb == "escape":
            self._take_back()
        elif self._held is None:
            self._do(act)

    def _do(self, act: Act) -> None:
        chosen = self.selected
        if act.verb == "nudge":
            self._nudge(act)
        elif act.verb == "step":
            self._step(act.across)
        elif act.verb == "delete" and chosen is not None:
            self.delete(chosen)
        elif act.verb == "add":
            self.add_beside()
        elif act.verb == "open":
            self.open_selected()
        elif act.verb == "zoom":
            self.zoom(_ZOOM_PER_NOTCH**act.across)
        elif act.verb == "fit":
            self.fit()

    def _take_back(self) -> None:
        """End the drag and bring back what was before it."""
        self._held = None
        self.edits.take_back()
        self._after_drag()

    def _nudge(self, act: Act) -> None:
        """Move the selected handle by steps; all steps until something else happens are one."""
        layer, chosen, volumetric = self.edits.layer, self.selected, self.edits.volumetric
        if layer is None or chosen is None:
            return
        axis = self.axis
        step = number_step(axis.high - axis.low)
        value = handles.value_of(layer, chosen, volumetric)
        if act.across:
            # Two digits finer than the step, so that 0.1 + 0.2 does not become 0.30000000000000004.
            value = round(value + act.across * step, 2 - math.floor(math.log10(step)))
        opacity = None
        if chosen.kind == "opacity":
            opacity = round(handles.opacity_of(layer, chosen.index, volumetric) + act.up / 100, 4)
        elif act.up:
            return
        changes = handles.moved(layer, chosen, value, opacity, volumetric, axis.per_pixel)
        self.edits.hold(("nudge", chosen), handles.title_of(layer, chosen, "Move"), changes)
        self._bring_in_sight(chosen)

    def _step(self, steps: int) -> bool:
        """Select the next handle, or the one before; return whether there is one."""
        known = self.all_handles()
        if not known:
            return False
        chosen = Handle("range", 0) if self.selected == BOTH_ENDS else self.selected
        at = known.index(chosen) + steps if chosen in known else 0 if steps > 0 else len(known) - 1
        if not 0 <= at < len(known):
            return False
        self.edits.end()
        self.select(known[at])
        self._bring_in_sight(known[at])
        return True

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Go to the next handle with Tab, and after the last one on to the next control."""
        known, chosen = self.all_handles(), self.selected
        steps = 1 if forward else -1
        crowd = [n for n, other in enumerate(known) if chosen is not None and other.kind == chosen.kind]
        if chosen in known and len(crowd) > _MANY:
            # Past a crowd at once; Ctrl with arrows goes through it.
            steps = crowd[-1] + 1 - known.index(chosen) if forward else crowd[0] - 1 - known.index(chosen)
        return self._step(steps) or super().focusNextPrevChild(forward)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Select the first handle, or coming back the last, for keys that got here without a mouse."""
        super().focusInEvent(event)
        if event.reason() == Qt.FocusReason.TabFocusReason:
            self.select(None)
            self._step(1)
        elif event.reason() == Qt.FocusReason.BacktabFocusReason:
            self.select(None)
            self._step(-1)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """End a run of steps."""
        super().focusOutEvent(event)
        if self._held is None:
            self.edits.end()
        self.update()
