"""What mouse, wheel and keys mean in a slice view: pure functions from values to values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, cast

import numpy as np
from PySide6.QtCore import QEvent, Qt

from heatviewer.core.geometry import PlaneName, Vec3, apply_affine, nearest_voxel, slice_axis, vec3
from heatviewer.model.view import MAX_ZOOM, MIN_ZOOM, SliceCamera
from heatviewer.sampling.reslice import sample_plane

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PySide6.QtGui import QNativeGestureEvent

    from heatviewer.core.geometry import Plane
    from heatviewer.core.volume import Volume
    from heatviewer.model.layer import Interpolation

Tool = Literal["cursor", "pan", "window", "range", "window box", "range box"]

#: Where the wheel goes when it is turned up: to the patient's right, front or head.
FORWARD: Final[dict[PlaneName, Vec3]] = {
    "axial": (0.0, 0.0, 1.0),
    "coronal": (0.0, 1.0, 0.0),
    "sagittal": (1.0, 0.0, 0.0),
}
#: Slices that Shift takes in one step.
LEAP: Final = 5
#: One notch of the wheel is 120 units of Qt (eighths of a degree).
NOTCH: Final = 120
ZOOM_PER_NOTCH: Final = 1.2
#: A pointer that moved less than this, in pixels, has not moved: a click.
STILL: Final = 4.0
#: Width and height of the corner where a view's name is written; tool tips come up there only.
_NAME_CORNER: Final = (140, 28)
#: Voxels that are looked at to find how far a drag reaches; enough for percentiles 1 and 99.
_SAMPLE: Final = 200_000

MOUSE_MAP: Final = (
    "Left click or drag: move the crosshair. "
    "Wheel, Page Up, Page Down, arrow keys: next or previous slice. "
    "Shift and wheel: next or previous frame, else five slices. "
    "Ctrl and wheel, or pinch: zoom about the pointer. "
    "Middle drag, or Space and left drag: pan. "
    "Right drag: window of the base; with Shift the range of the selected heatmap. "
    "Ctrl and left drag: window, or with Shift range, from the values in a box. "
    "Right click: menu. Double click: this view alone, and back. "
    "Space held: hide all heatmaps."
)

_FORWARD_KEYS = (Qt.Key.Key_PageUp, Qt.Key.Key_Up, Qt.Key.Key_Right)
_BACKWARD_KEYS = (Qt.Key.Key_PageDown, Qt.Key.Key_Down, Qt.Key.Key_Left)


def tool_for(button: Qt.MouseButton, modifiers: Qt.KeyboardModifier, space: bool) -> Tool | None:
    """Return what a pressed button does, with the keys that are held; None for nothing."""
    shift = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
    if button == Qt.MouseButton.MiddleButton:
        return "pan"
    if button == Qt.MouseButton.RightButton:
        return "range" if shift else "window"
    if button != Qt.MouseButton.LeftButton:
        return None
    if modifiers & Qt.KeyboardModifier.ControlModifier:
        return "range box" if shift else "window box"
    return "pan" if space else "cursor"


def slices_for_key(key: int, modifiers: Qt.KeyboardModifier) -> int:
    """Return how many slices a key goes forward (negative: back); 0 for a key that means something else."""
    others = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    if modifiers & (others | Qt.KeyboardModifier.MetaModifier):
        return 0
    count = LEAP if modifiers & Qt.KeyboardModifier.ShiftModifier else 1
    if key in _FORWARD_KEYS:
        return count
    return -count if key in _BACKWARD_KEYS else 0


class WheelSteps:
    """Adds up wheel movements until they make a whole step: a touch pad sends many small ones."""

    def __init__(self) -> None:
        self._rest = 0
        self._of: object = None

    def add(self, delta: int, of: object = None) -> int:
        """Return whole steps; a turn the other way, or of something else, starts from nothing."""
        if delta * self._rest < 0 or of != self._of:
            self._rest = 0
        self._of = of
        self._rest += delta
        steps = int(self._rest / NOTCH)
        self._rest -= steps * NOTCH
        return steps


def wheel_factor(delta: int) -> float:
    """Return the zoom factor of a wheel's turn, in Qt's eighths of a degree."""
    return float(ZOOM_PER_NOTCH ** (delta / NOTCH))


def pinch_factor(event: QEvent) -> float | None:
    """Return the zoom factor of a touch pad's pinch; None for another event."""
    if event.type() != QEvent.Type.NativeGesture:
        return None
    gesture = cast("QNativeGestureEvent", event)
    if gesture.gestureType() != Qt.NativeGestureType.ZoomNativeGesture:
        return None
    return max(1.0 + gesture.value(), 0.1)


def is_stray_tip(event: QEvent) -> bool:
    """Return whether a tool tip is asked for over the picture, where it would only be in the way."""
    if event.type() != QEvent.Type.ToolTip:
        return False
    position = cast("Any", event).pos()
    return bool(position.x() > _NAME_CORNER[0] or position.y() > _NAME_CORNER[1])


def stepped_cursor(cursor: Vec3, base: Volume, plane: PlaneName, steps: int) -> Vec3:
    """Return the cursor moved by whole voxels of the base along the axis nearest a view's normal.

    It goes along the voxel axis, so that the in-plane voxel stays, and stops at the last slice.
    """
    axis, sign = slice_axis(base.affine, FORWARD[plane])
    at = float(apply_affine(base.world_to_voxel, cursor)[axis])
    low, high = min(at, 0.0), max(at, base.grid[axis] - 1.0)
    moved = min(max(at + sign * steps, low), high) - at
    return vec3(np.asarray(cursor) + moved * base.affine[:3, axis])


def slice_number(cursor: Vec3, base: Volume, plane: PlaneName) -> tuple[int, int]:
    """Return the number of a view's slice, counted from 0 in the wheel's direction, and the count."""
    axis, sign = slice_axis(base.affine, FORWARD[plane])
    count = base.grid[axis]
    index = int(nearest_voxel(apply_affine(base.world_to_voxel, cursor))[axis])
    index = min(max(index, 0), count - 1)
    return (index if sign > 0 else count - 1 - index), count


def cursor_under(plane_name: PlaneName, point: Vec3, cursor: Vec3, boxes: NDArray[np.float64] | None) -> Vec3:
    """Return the cursor for a click at a world point: within the layers' boxes, on its own slice.

    Parameters
    ----------
    boxes : ndarray
        (n, 3), the corners of all layers, world mm; None where there are none.
    """
    target = np.array(point)
    if boxes is not None:
        target = np.clip(target, boxes.min(axis=0), boxes.max(axis=0))
    normal = int(np.argmax(np.abs(FORWARD[plane_name])))
    # The component out of the plane is taken as it was, not through the plane's own arithmetic.
    target[normal] = cursor[normal]
    return vec3(target)


def on_flat_image(cursor: Vec3, base: Volume) -> Vec3:
    """Return a cursor on the plane of a 2D image: its k is 0."""
    index = apply_affine(base.world_to_voxel, cursor)
    return vec3(np.asarray(cursor) - index[2] * base.affine[:3, 2])


def zoomed(
    camera: SliceCamera,
    plane: Plane,
    half_box: tuple[float, float],
    pixel: tuple[float, float],
    factor: float,
) -> SliceCamera:
    """Return a camera zoomed by a factor; the world point under a pixel stays under it.

    On the way out the pan fades, so that at 1× the whole box is in the middle again.

    Parameters
    ----------
    plane : Plane
        The picture as it is now, in the pixels of `pixel`.
    half_box : (float, float)
        Half the box of the base to the right and up on the screen, mm.
    """
    zoom = min(max(camera.zoom * factor, MIN_ZOOM), MAX_ZOOM)
    fit = plane.mm_per_pixel * camera.zoom
    width, height = plane.size
    away = (pixel[0] - (width - 1) / 2, (height - 1) / 2 - pixel[1])
    pan = []
    for axis, count in enumerate((width, height)):
        wanted = camera.pan[axis] + away[axis] * (fit / camera.zoom - fit / zoom)
        half_view = fit * count / 2
        limit = half_box[axis] + half_view / (2 * zoom)
        if factor < 1:
            limit = min(limit, half_view * (1 - 1 / zoom))
        pan.append(min(max(wanted, -limit), limit))
    return camera.replaced(zoom=zoom, pan=(pan[0], pan[1]))


def panned(
    camera: SliceCamera, plane: Plane, half_box: tuple[float, float], moved: tuple[float, float]
) -> SliceCamera:
    """Return a camera after the picture was dragged by `moved` pixels (right, down).

    The middle of the view stays near the box, so that the picture cannot be lost.
    """
    scale = plane.mm_per_pixel
    wanted = (camera.pan[0] - moved[0] * scale, camera.pan[1] + moved[1] * scale)
    limits = [half + scale * count / 4 for half, count in zip(half_box, plane.size, strict=True)]
    pan = [min(max(w, -limit), limit) for w, limit in zip(wanted, limits, strict=True)]
    return camera.replaced(pan=(pan[0], pan[1]))


def drag_span(volume: Volume) -> float:
    """Return how much a drag over the whole view changes a window or range: the 1–99 % range of the data."""
    flat = volume.stored.ravel(order="K")
    sample = flat[:: max(1, flat.size // _SAMPLE)]
    missing = volume.missing_in(sample)
    sample = sample if missing is None else sample[~missing]
    if sample.size:
        low, high = np.percentile(sample, (1, 99)) * volume.slope
        if low != high:
            return abs(float(high - low))
    # Sparse data: nearly all voxels are equal.
    low, high = volume.range or (0.0, 0.0)
    return (high - low) or max(abs(high), 1.0)


def dragged_window(
    start: tuple[float, float], span: float, moved: tuple[float, float], view_width: float
) -> tuple[float, float]:
    """Return centre and width after a drag of `moved` pixels (right, down): right widens, up raises."""
    centre, width = start
    per_pixel = span / max(view_width, 1.0)
    return centre - moved[1] * per_pixel, max(width + moved[0] * per_pixel, span / 1000)


def dragged_range(
    start: tuple[float, float], span: float, moved: tuple[float, float], view_width: float
) -> tuple[float, float]:
    """Return low < high after the same drag on a heatmap's data range."""
    low, high = start
    centre, width = dragged_window((low / 2 + high / 2, high - low), span, moved, view_width)
    return ends_of(centre, width)


def ends_of(centre: float, width: float) -> tuple[float, float]:
    """Return the two ends of a window, low < high even where the numbers are too large for the width."""
    low, high = centre - width / 2, centre + width / 2
    return (low, high) if low < high else (low, float(np.nextafter(low, np.inf)))


def values_between(
    volume: Volume, plane: Plane, interpolation: Interpolation, frame: int, zero_is_missing: bool = False
) -> tuple[float, float] | None:
    """Return the 2nd and 98th percentile of a volume's values at a plane's pixels.

    None where there are no values, or all are equal.
    """
    samples = sample_plane(volume, plane, interpolation, frame, zero_is_missing)
    values = samples.values if samples.present is None else samples.values[samples.present]
    if not values.size:
        return None
    low, high = (float(v) for v in np.percentile(values, (2, 98)))
    return (low, high) if low < high else None
