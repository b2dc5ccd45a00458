"""What mouse, wheel and keys mean in the 3D view: pure functions from values to values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPointF, Qt

from heatviewer.model.view import MAX_ZOOM
from heatviewer.ui.slice_mouse import STILL, ZOOM_PER_NOTCH

if TYPE_CHECKING:
    from heatviewer.core.geometry import Plane
    from heatviewer.model.view import VolumeCamera

#: A drag over the shorter side of the view turns by half a turn.
_DEGREES_PER_VIEW: Final = 180.0
_DEGREES_PER_KEY: Final = 5.0
_MIN_ZOOM: Final = 0.2

MOUSE_MAP: Final = (
    "Left drag, or arrow keys: turn. Wheel, pinch, + and −: zoom. Middle drag: move. "
    "Right click on a surface: the crosshair goes there. Double click: this view alone, and back. "
    "Space held: hide all heatmaps."
)

_SHAPES = {
    Qt.MouseButton.LeftButton: Qt.CursorShape.ClosedHandCursor,
    Qt.MouseButton.MiddleButton: Qt.CursorShape.SizeAllCursor,
    Qt.MouseButton.RightButton: Qt.CursorShape.PointingHandCursor,
}
#: Degrees of azimuth and elevation by key, as if the picture were dragged that way.
_TURNS = {
    Qt.Key.Key_Left: (1, 0),
    Qt.Key.Key_Right: (-1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
_ZOOM_KEYS = {
    Qt.Key.Key_Plus: ZOOM_PER_NOTCH,
    Qt.Key.Key_Equal: ZOOM_PER_NOTCH,
    Qt.Key.Key_Minus: 1 / ZOOM_PER_NOTCH,
}


@dataclass(frozen=True)
class Drag:
    """One press of a button: where, and how the view was then."""

    button: Qt.MouseButton
    start: QPointF
    camera: VolumeCamera
    mm_per_pixel: float
    title: str
    merge: object = field(default_factory=object)

    @classmethod
    def begin(cls, button: Qt.MouseButton, start: QPointF, camera: VolumeCamera, plane: Plane) -> Drag | None:
        """Return the drag that a button begins, or None."""
        if button not in _SHAPES:
            return None
        title = "Turn" if button == Qt.MouseButton.LeftButton else "Pan"
        return cls(button, QPointF(start), camera, plane.mm_per_pixel, title)

    @property
    def shape(self) -> Qt.CursorShape:
        """The pointer's shape during the drag."""
        return _SHAPES[self.button]

    def has_moved(self, position: QPointF) -> bool:
        """Return whether the pointer is away from where it was pressed."""
        offset = position - self.start
        return offset.x() ** 2 + offset.y() ** 2 >= STILL**2

    def camera_at(self, position: QPointF, view_size: int, ratio: float) -> VolumeCamera | None:
        """Return the camera for a pointer position; None for a button that only points."""
        offset = position - self.start
        if self.button == Qt.MouseButton.LeftButton:
            scale = _DEGREES_PER_VIEW / max(view_size, 1)
            return turned(self.camera, -offset.x() * scale, offset.y() * scale)
        if self.button == Qt.MouseButton.RightButton:
            return None
        scale = self.mm_per_pixel * ratio
        pan = (self.camera.pan[0] - offset.x() * scale, self.camera.pan[1] + offset.y() * scale)
        # Half of what the view shows at 1×: the box stays in sight.
        limit = scale * self.camera.zoom * view_size / 2
        return self.camera.replaced(pan=tuple(min(max(p, -limit), limit) for p in pan))


def turned(camera: VolumeCamera, azimuth: float, elevation: float) -> VolumeCamera:
    """Return a camera turned by degrees: azimuth in −180…180, elevation within ±90.

    What faces the eye follows the hand: to the right azimuth falls, so that the patient's front goes
    to the right; downwards elevation rises, and the top of the head comes into view.
    """
    around = (camera.azimuth + azimuth + 180.0) % 360.0 - 180.0
    return camera.replaced(azimuth=around, elevation=min(max(camera.elevation + elevation, -90.0), 90.0))


def zoomed(camera: VolumeCamera, factor: float) -> VolumeCamera:
    """Return a camera zoomed about the view's centre, within 0.2×–40×; the centre's point stays."""
    return camera.replaced(zoom=min(max(camera.zoom * factor, _MIN_ZOOM), MAX_ZOOM))


def camera_for_key(camera: VolumeCamera, key: int, modifiers: Qt.KeyboardModifier) -> VolumeCamera | None:
    """Return the camera after a key; None for a key that means something else."""
    others = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    if modifiers & (others | Qt.KeyboardModifier.MetaModifier):
        return None
    named = Qt.Key(key)
    if named in _TURNS:
        azimuth, elevation = _TURNS[named]
        return turned(camera, azimuth * _DEGREES_PER_KEY, elevation * _DEGREES_PER_KEY)
    return zoomed(camera, _ZOOM_KEYS[named]) if named in _ZOOM_KEYS else None
