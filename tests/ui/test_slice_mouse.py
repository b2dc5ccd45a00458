"""Laws of the mouse in slice views: crosshair, slices, zoom, pan, window, range, menu."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QNativeGestureEvent, QPointingDevice
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from heatviewer.app.scene import Scene
from heatviewer.core.geometry import PLANES, PlaneName, apply_affine
from heatviewer.ui.slice_mouse import WheelSteps
from heatviewer.ui.slice_view import SliceView
from tests import volumes
from tests.ui.events import CTRL, LEFT, MIDDLE, NONE, RIGHT, SHIFT, drag, mouse, pixels, wheel
from tests.ui.slices import SIZE, drawn, voxel

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


# --- cursor and slices ----------------------------------------------------------------------------


@pytest.mark.parametrize("plane", PLANES)
def test_a_click_puts_the_cursor_under_the_pointer(
    show_slice: Any, odd_scene: Scene, plane: PlaneName
) -> None:
    """A left click moves the cursor to the world point there and keeps it on its slice."""
    view = show_slice(odd_scene, plane)
    expected, normal = view.world_at(120.25, 88.75), 2 - PLANES.index(plane)
    before = odd_scene.cursor
    mouse(view, "Press", (120.25, 88.75), LEFT)
    mouse(view, "Release", (120.25, 88.75), LEFT)
    assert odd_scene.cursor == pytest.approx(expected)
    assert odd_scene.cursor[normal] == before[normal]


def test_events_of_the_window_reach_the_view(show_slice: Any, odd_scene: Scene) -> None:
    """A click that the window system sends to the window lands in the view, not in its canvas."""
    view = show_slice(odd_scene)
    expected = view.world_at(125, 85)
    QTest.mouseClick(view.windowHandle(), LEFT, NONE, QPoint(125, 85))
    assert odd_scene.cursor == pytest.approx(expected)


def test_a_cursor_drag_is_one_step(show_slice: Any, odd_scene: Scene) -> None:
    """All moves of one left drag are undone at once, and two drags are two steps."""
    view = show_slice(odd_scene)
    start = odd_scene.cursor
    drag(view, [(100, 80), (110, 90), (120, 95)], LEFT)
    between = odd_scene.cursor
    assert between == pytest.approx(view.world_at(120, 95))
    drag(view, [(90, 80), (95, 85)], LEFT)
    odd_scene.undo()
    assert odd_scene.cursor == between
    odd_scene.undo()
    assert odd_scene.cursor == start


def test_the_other_views_follow_the_cursor(show_slice: Any, odd_scene: Scene, qtbot: QtBot) -> None:
    """A click in one view moves the slice of the others."""
    axial, coronal = show_slice(odd_scene, "axial"), show_slice(odd_scene, "coronal")
    before = coronal.picture
    mouse(axial, "Press", (110, 70), LEFT)
    mouse(axial, "Release", (110, 70), LEFT)
    qtbot.waitUntil(coronal.is_idle)
    assert not np.array_equal(coronal.picture, before)
    assert np.array_equal(coronal.picture, drawn(odd_scene, "coronal", SIZE))


def test_on_a_flat_image_k_stays_0(show_slice: Any) -> None:
    """A click in any view of a 2D image leaves the cursor on the image."""
    matrix = np.diag([-1.0, -1.0, 1.0, 1.0])
    image = volumes.noise((30, 20, 1))
    from heatviewer.core.volume import Volume

    scene = Scene()
    scene.set_base(Volume(image.array, matrix, flat=True))
    view = show_slice(scene, "coronal")
    mouse(view, "Press", (100, 150), LEFT)
    wheel(view, 120)
    assert voxel(scene)[2] == pytest.approx(0)


@pytest.mark.parametrize(("plane", "axis"), [("axial", 2), ("coronal", 1), ("sagittal", 0)])
@pytest.mark.parametrize("kind", ["identity", "flipped", "swapped", "oblique", "left-handed"])
def test_the_wheel_goes_one_voxel_toward_right_front_head(
    show_slice: Any, kind: str, plane: Any, axis: int
) -> None:
    """Wheel up moves by one voxel along one axis of the base, to the patient's right, front or head."""
    base = volumes.noise(kind=kind)
    scene = Scene.from_arrays(base.array, base.affine)
    view = show_slice(scene, plane)
    before, world = voxel(scene), np.array(scene.cursor)
    wheel(view, 120)
    step = voxel(scene) - before
    assert sorted(np.round(np.abs(step), 9)) == [0, 0, 1]
    moved = np.array(scene.cursor) - world
    assert moved[axis] == np.abs(moved).max()


@pytest.mark.parametrize(
    ("key", "steps"),
    [("PageUp", 1), ("Up", 1), ("Right", 1), ("PageDown", -1), ("Down", -1), ("Left", -1)],
)
def test_keys_go_as_the_wheel_goes(show_slice: Any, odd_scene: Scene, key: str, steps: int) -> None:
    """Page and arrow keys go one slice each way, as the wheel does."""
    view = show_slice(odd_scene, "coronal")
    start = odd_scene.cursor
    wheel(view, 120 * steps)
    expected = odd_scene.cursor
    odd_scene.edit_view(cursor=start)
    QTest.keyClick(view, getattr(Qt.Key, f"Key_{key}"))
    assert odd_scene.cursor == pytest.approx(expected)
    assert expected != start


def test_slices_end_at_the_grid(show_slice: Any, odd_scene: Scene) -> None:
    """However far the wheel turns, the cursor stays in the base's grid; the turn is one step."""
    view = show_slice(odd_scene)
    start = odd_scene.cursor
    wheel(view, 120 * 500)
    top = np.round(voxel(odd_scene)).astype(int)
    wheel(view, -120 * 500)
    bottom = np.round(voxel(odd_scene)).astype(int)
    assert odd_scene.base_volume is not None
    grid = odd_scene.base_volume.grid
    assert sorted({int(top[2]), int(bottom[2])}) == [0, grid[2] - 1]
    odd_scene.undo()
    assert odd_scene.cursor == start


def test_small_wheel_turns_add_up() -> None:
    """A touch pad's small turns make a step when they amount to a notch; turning back starts anew."""
    steps = WheelSteps()
    assert [steps.add(50) for _ in range(5)] == [0, 0, 1, 0, 1]
    assert [steps.add(-119), steps.add(-1), steps.add(-240)] == [0, -1, -2]


def test_shift_and_wheel_go_five_slices_without_frames(show_slice: Any, odd_scene: Scene) -> None:
    """Shift + wheel goes five slices where no layer has frames; it may come as a horizontal turn."""
    view = show_slice(odd_scene)
    before = voxel(odd_scene)
    wheel(view, 0, SHIFT, across=120)
    assert np.abs(voxel(odd_scene) - before).max() == pytest.approx(5)


@pytest.mark.parametrize("on", ["heatmap", "base"])
def test_shift_and_wheel_change_the_frame(show_slice: Any, on: str) -> None:
    """Shift + wheel goes through the frames of the selected heatmap, else of the base."""
    series = np.random.default_rng(1).normal(size=(8, 7, 6, 3)).astype("f4")
    scene = Scene.from_arrays(series if on == "base" else series[..., 0])
    scene.add_heatmap(series if on == "heatmap" else series[..., 0])
    layer = scene.base if on == "base" else scene.heatmaps[0]
    assert layer is not None
    view = show_slice(scene)
    frames = []
    for delta in (120, 120, 120, -120):
        wheel(view, delta, SHIFT)
        frames.append(layer.frame)
    assert frames == [1, 2, 2, 1]


# --- zoom and pan ---------------------------------------------------------------------------------


def test_the_point_under_the_pointer_stays_while_zooming(show_slice: Any, odd_scene: Scene) -> None:
    """Ctrl + wheel zooms about the pointer, up to 40×."""
    view = show_slice(odd_scene, "sagittal")
    world = view.world_at(130.25, 81.5)
    scale = np.linalg.norm(np.subtract(view.world_at(1, 0), view.world_at(0, 0)))
    for _ in range(30):
        wheel(view, 120, CTRL, at=(130.25, 81.5))
        assert view.world_at(130.25, 81.5) == pytest.approx(world)
    assert view.camera.zoom == 40
    assert np.linalg.norm(np.subtract(view.world_at(1, 0), view.world_at(0, 0))) == pytest.approx(scale / 40)


def test_at_1x_the_whole_box_is_back_in_the_middle(show_slice: Any, odd_scene: Scene) -> None:
    """Zooming out takes the pan back; the smallest zoom is 1×."""
    view = show_slice(odd_scene)
    wheel(view, 600, CTRL, at=(40, 50))
    drag(view, [(100, 90), (60, 130)], MIDDLE)
    wheel(view, -2400, CTRL, at=(200, 20))
    assert view.camera.zoom == 1
    assert view.camera.pan == pytest.approx((0, 0))


def test_a_pinch_zooms_about_the_fingers(show_slice: Any, odd_scene: Scene) -> None:
    """A touch pad's pinch zooms by its own factor; the point there stays."""
    view = show_slice(odd_scene)
    at, device = QPointF(150, 60), QPointingDevice.primaryPointingDevice()
    world = view.world_at(150, 60)
    kind = Qt.NativeGestureType.ZoomNativeGesture
    on_screen = QPointF(view.mapToGlobal(at))
    event = QNativeGestureEvent(kind, device, 2, at, at, on_screen, 0.5, QPointF(), 1)
    QApplication.sendEvent(view, event)
    assert view.camera.zoom == pytest.approx(1.5)
    assert view.world_at(150, 60) == pytest.approx(world)


@pytest.mark.parametrize("way", ["middle", "space"])
def test_a_pan_keeps_the_point_under_the_pointer_and_is_one_step(
    show_slice: Any, odd_scene: Scene, way: str
) -> None:
    """Middle drag, and Space + left drag, move the picture with the pointer."""
    view = show_slice(odd_scene, "coronal")
    wheel(view, 360, CTRL, at=(115, 95))
    before, world = view.camera, view.world_at(100, 90)
    if way == "space":
        QTest.keyPress(view, Qt.Key.Key_Space)
    drag(view, [(100, 90), (104, 90), (120, 75)], MIDDLE if way == "middle" else LEFT)
    QTest.keyRelease(view, Qt.Key.Key_Space)
    assert view.world_at(120, 75) == pytest.approx(world)
    odd_scene.undo()
    assert view.camera == before


def test_the_picture_cannot_be_lost(show_slice: Any, odd_scene: Scene) -> None:
    """However far the picture is dragged, some of the base stays in the view."""
    view = show_slice(odd_scene)
    for _ in range(5):
        drag(view, [(5, 5), (225, 185)], MIDDLE)
    assert odd_scene.base_volume is not None
    corners = [view.pixel_of(tuple(c)) for c in odd_scene.base_volume.corners_world]
    low, high = np.min(corners, axis=0), np.max(corners, axis=0)
    assert (low < SIZE).all()
    assert (high > 0).all()


# --- window, range, menu --------------------------------------------------------------------------


def test_a_right_drag_changes_the_window(show_slice: Any, odd_scene: Scene) -> None:
    """To the right widens by the 1–99 % range over the whole view, up raises the centre; one step."""
    view, base = show_slice(odd_scene), odd_scene.base
    assert base is not None
    centre, width = base.window
    drag(view, [(50, 100), (60, 100), (73, 54)], RIGHT)
    low, high = np.percentile(base.volume.array, (1, 99))
    assert base.window[1] == pytest.approx(width + (high - low) * 23 / 230)
    assert base.window[0] == pytest.approx(centre + (high - low) * 46 / 230)
    odd_scene.undo()
    assert base.window == (centre, width)


def test_a_right_drag_with_shift_changes_the_range(show_slice: Any, odd_scene: Scene) -> None:
    """The same drag with Shift changes the selected heatmap's range, which stays lo < hi."""
    view, layer, base = show_slice(odd_scene), odd_scene.heatmaps[0], odd_scene.base
    assert base is not None
    before, window = layer.data_range, base.window
    drag(view, [(50, 100), (60, 100), (73, 54)], RIGHT, SHIFT)
    low, high = np.percentile(layer.volume.array, (1, 99))
    assert np.diff(layer.data_range)[0] == pytest.approx(np.diff(before)[0] + (high - low) / 10)
    assert sum(layer.data_range) / 2 == pytest.approx(sum(before) / 2 + (high - low) / 5)
    drag(view, [(200, 100), (0, 100), (-900, 100)], RIGHT, SHIFT)
    assert layer.data_range[0] < layer.data_range[1]
    odd_scene.undo()
    odd_scene.undo()
    assert layer.data_range == before
    assert base.window == window


def test_a_right_click_asks_for_the_menu(show_slice: Any, odd_scene: Scene, qtbot: QtBot) -> None:
    """A right button that comes up where it went down asks for the menu and changes nothing."""
    view, state = show_slice(odd_scene), odd_scene.state
    with qtbot.waitSignal(view.contextMenuRequested) as asked:
        drag(view, [(80, 90), (81, 92), (82, 91)], RIGHT)
    on_screen, world = asked.args
    assert on_screen == view.mapToGlobal(QPoint(82, 91))
    assert world == pytest.approx(view.world_at(82, 91))
    assert odd_scene.state is state


def test_the_menu_key_asks_at_the_cursor(show_slice: Any, odd_scene: Scene, qtbot: QtBot) -> None:
    """The keyboard reaches the menu too; the mouse press itself does not open it."""
    view = show_slice(odd_scene)
    mouse_asks = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, QPoint(9, 9), QPoint(9, 9))
    with qtbot.assertNotEmitted(view.contextMenuRequested):
        QApplication.sendEvent(view, mouse_asks)
    with qtbot.waitSignal(view.contextMenuRequested) as asked:
        QApplication.sendEvent(
            view, QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(9, 9), QPoint(9, 9))
        )
    assert asked.args[1] == odd_scene.cursor


def inside(view: SliceView, layer: Any, box: tuple[int, int, int, int]) -> np.ndarray:
    """Return a layer's values at the pixels of a box, through scipy."""
    from scipy.ndimage import map_coordinates

    left, top, right, bottom = box
    at = [view.world_at(x + 0.5, y + 0.5) for y in range(top, bottom) for x in range(left, right)]
    index = apply_affine(np.linalg.inv(layer.volume.affine), at)
    grid = np.array(layer.volume.array.shape)
    index = index[((index >= -0.5) & (index <= grid - 0.5)).all(axis=1)]
    return map_coordinates(layer.volume.array.astype(float), index.T, order=1, mode="nearest")


def test_a_box_sets_the_window(show_slice: Any, odd_scene: Scene) -> None:
    """Ctrl + left drag: the window spans the 2nd to 98th percentile of the base's values in the box."""
    view, base = show_slice(odd_scene), odd_scene.base
    assert base is not None
    before = base.window
    drag(view, [(140, 120), (120, 100), (90, 70)], LEFT, CTRL)
    low, high = np.percentile(inside(view, base, (90, 70, 140, 120)), (2, 98))
    assert base.window == pytest.approx(((low + high) / 2, high - low), rel=1e-3)
    odd_scene.undo()
    assert base.window == before


def test_a_box_with_shift_sets_the_range(show_slice: Any, odd_scene: Scene) -> None:
    """With Shift the box sets the selected heatmap's range, and leaves the cursor where it is."""
    view, layer, cursor = show_slice(odd_scene), odd_scene.heatmaps[0], odd_scene.cursor
    drag(view, [(90, 70), (140, 120)], LEFT, CTRL | SHIFT)
    expected = np.percentile(inside(view, layer, (90, 70, 140, 120)), (2, 98))
    assert layer.data_range == pytest.approx(tuple(expected), rel=1e-3)
    assert odd_scene.cursor == cursor


def test_the_box_is_drawn_while_it_is_dragged(show_slice: Any, odd_scene: Scene) -> None:
    """The rubber band is seen until the button comes up."""
    view = show_slice(odd_scene)
    before = pixels(view)
    mouse(view, "Press", (60, 60), LEFT, CTRL)
    mouse(view, "Move", (120, 110), LEFT, CTRL)
    changed = np.argwhere((pixels(view) != before).any(axis=2))
    assert changed.min(axis=0) == pytest.approx((60, 60), abs=1)
    assert changed.max(axis=0) == pytest.approx((110, 120), abs=1)
    mouse(view, "Move", (61, 60), LEFT, CTRL)
    mouse(view, "Release", (61, 60), LEFT, CTRL)
    assert np.array_equal(pixels(view), before)


def test_a_double_click_asks_for_this_view_alone(show_slice: Any, odd_scene: Scene, qtbot: QtBot) -> None:
    """A double click of the left button emits maximizeRequested."""
    view = show_slice(odd_scene)
    with qtbot.waitSignal(view.maximizeRequested):
        QTest.mouseDClick(view, LEFT, NONE, QPoint(50, 50))
