"""Laws of the slice views: their pixels, their coordinates, and what mouse and keys do."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QHelpEvent, QNativeGestureEvent, QPointingDevice
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip

from heatviewer.app.scene import Scene
from heatviewer.core.geometry import PLANES, PlaneName, apply_affine
from heatviewer.drawing.annotate import annotate
from heatviewer.drawing.slice_renderer import SliceRenderer
from heatviewer.model.resolve import resolve_annotation, resolve_slice, slice_plane
from heatviewer.ui.bridge import ViewGroup
from heatviewer.ui.slice_mouse import WheelSteps
from heatviewer.ui.slice_panel import SlicePanel
from heatviewer.ui.slice_view import SliceView
from tests import volumes
from tests.ui.events import CTRL, LEFT, MIDDLE, NONE, RIGHT, SHIFT, drag, mouse, pixels, wheel

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot

SIZE = (230, 190)


@pytest.fixture
def show(qtbot: QtBot) -> Callable[..., SliceView]:
    """Open a slice view of a scene in a window of its own and wait until it is drawn."""

    def shown(scene: Scene, plane: PlaneName = "axial", size: tuple[int, int] = SIZE) -> SliceView:
        view = SliceView(scene, plane)
        qtbot.addWidget(view)
        view.resize(*size)
        view.show()
        qtbot.waitUntil(view.is_idle)
        return view

    return shown


def drawn(scene: Scene, plane: PlaneName, size: tuple[int, int], ratio: float = 1.0) -> np.ndarray:
    """Return what drawing makes of a window's slice, without any widget."""
    place = slice_plane(scene.state, scene.base_volume, plane, size)
    picture = SliceRenderer().render(resolve_slice(scene.state, scene.volumes, place))
    cursor = scene.cursor
    annotate(picture, resolve_annotation(scene.state, scene.volumes, place, plane, cursor, ratio))
    return picture


def voxel(scene: Scene) -> np.ndarray:
    """Return the base's continuous voxel index of the cursor."""
    base = scene.base_volume
    assert base is not None
    return apply_affine(np.linalg.inv(base.affine), scene.cursor)


# --- pixels and coordinates ------------------------------------------------------------------


@pytest.mark.parametrize("plane", PLANES)
@pytest.mark.pictures
def test_the_window_shows_the_bytes_that_files_get(show: Any, odd_scene: Scene, plane: PlaneName) -> None:
    """A slice view's pixels are exactly those that drawing makes for files."""
    view = show(odd_scene, plane)
    expected = drawn(odd_scene, plane, SIZE)
    assert np.array_equal(pixels(view), expected)
    assert np.array_equal(view.picture, expected)
    assert len(np.unique(expected[..., 0])) > 50


@pytest.mark.parametrize("ratio", ["1.5", "2"])
@pytest.mark.pictures
def test_on_a_dense_screen_one_pixel_is_one_device_pixel(ratio: str) -> None:
    """On screens of other device pixel ratios pixels are exact too, and coordinates agree with the mouse."""
    environment = os.environ | {"QT_SCALE_FACTOR": ratio, "QT_QPA_PLATFORM": "offscreen"}
    root = Path(__file__).parents[2]
    command = [sys.executable, "-W", "error", "-m", "tests.ui.dense_screen"]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["exact", ratio]


def test_a_picture_of_any_size_is_drawn_alike(show: Any, odd_scene: Scene) -> None:
    """render_picture gives drawing's picture at any size and leaves the view as it is."""
    view = show(odd_scene)
    before = view.picture
    assert np.array_equal(view.render_picture((91, 77), 2.0), drawn(odd_scene, "axial", (91, 77), 2.0))
    assert view.picture is before


@pytest.mark.parametrize("plane", PLANES)
@pytest.mark.parametrize("kind", volumes.AFFINES)
def test_pixel_of_is_the_inverse_of_world_at(show: Any, kind: str, plane: PlaneName) -> None:
    """A widget position taken to the world and back is the same, on any affine, zoomed and panned."""
    base = volumes.noise(kind=kind)
    view = show(Scene.from_arrays(base.array, base.affine), plane)
    wheel(view, 360, CTRL)
    drag(view, [(100, 90), (120, 70)], MIDDLE)
    for at in ((0.5, 0.5), (229.5, 189.5), (17.3, 140.8)):
        world = view.world_at(*at)
        assert view.pixel_of(world) == pytest.approx(at, abs=1e-9)
        assert world[2 - PLANES.index(plane)] == pytest.approx(view.scene.cursor[2 - PLANES.index(plane)])


def test_the_first_pixels_centre_is_a_half(show: Any, odd_scene: Scene) -> None:
    """Position (0.5, 0.5) is the centre of the top left pixel of the picture."""
    view = show(odd_scene)
    plane = slice_plane(odd_scene.state, odd_scene.base_volume, "axial", SIZE)
    assert view.world_at(0.5, 0.5) == pytest.approx(plane.origin)


def test_an_unchanged_picture_is_not_drawn_again(show: Any, odd_scene: Scene, qtbot: QtBot) -> None:
    """A change that alters nothing in a view costs it no picture."""
    view = show(odd_scene)
    before = view.picture
    odd_scene.select(None)
    odd_scene.edit_view(camera=odd_scene.view.camera.replaced(azimuth=77))
    qtbot.waitUntil(view.is_idle)
    assert view.picture is before


def test_changes_of_one_turn_are_drawn_once(show: Any, odd_scene: Scene, qtbot: QtBot) -> None:
    """Many changes at once make one picture, of the last of them."""
    view = show(odd_scene)
    drawn_times: list[int] = []
    view.rendered.connect(lambda: drawn_times.append(1))
    for opacity in (0.1, 0.2, 0.3):
        odd_scene.heatmaps[0].opacity = opacity
    qtbot.waitUntil(view.is_idle)
    assert len(drawn_times) == 1
    assert np.array_equal(view.picture, drawn(odd_scene, "axial", SIZE))


def test_a_hidden_view_does_not_draw_and_holds_no_volume(show: Any, odd_scene: Scene, qtbot: QtBot) -> None:
    """A view that is not seen draws nothing until it is shown, and lets a closed study go."""
    import gc
    import weakref

    view = show(odd_scene)
    view.hide()
    base = weakref.ref(odd_scene.base_volume)
    before = view.picture
    odd_scene.set_base(volumes.noise(kind="flipped", seed=3))
    QApplication.processEvents()
    gc.collect()
    assert view.picture is before
    assert base() is None
    view.show()
    qtbot.waitUntil(view.is_idle)
    assert np.array_equal(view.picture, drawn(odd_scene, "axial", SIZE))


def test_an_empty_scene_is_a_black_view_that_takes_every_input(show: Any, qtbot: QtBot) -> None:
    """Without a base nothing fails: not the picture, not the mouse, not the keys."""
    view = show(Scene())
    for button in (LEFT, MIDDLE, RIGHT):
        drag(view, [(20, 20), (60, 50)], button)
        drag(view, [(20, 20), (60, 50)], button, SHIFT | CTRL)
    wheel(view, 120)
    wheel(view, 120, SHIFT)
    QTest.keyClick(view, Qt.Key.Key_PageUp)
    qtbot.waitUntil(view.is_idle)
    assert view.picture[..., 3].min() == 255


# --- cursor and slices -----------------------------------------------------------------------


@pytest.mark.parametrize("plane", PLANES)
def test_a_click_puts_the_cursor_under_the_pointer(show: Any, odd_scene: Scene, plane: PlaneName) -> None:
    """A left click moves the cursor to the world point there and keeps it on its slice."""
    view = show(odd_scene, plane)
    expected, normal = view.world_at(120.25, 88.75), 2 - PLANES.index(plane)
    before = odd_scene.cursor
    mouse(view, "Press", (120.25, 88.75), LEFT)
    mouse(view, "Release", (120.25, 88.75), LEFT)
    assert odd_scene.cursor == pytest.approx(expected)
    assert odd_scene.cursor[normal] == before[normal]


def test_a_cursor_drag_is_one_step(show: Any, odd_scene: Scene) -> None:
    """All moves of one left drag are undone at once, and two drags are two steps."""
    view = show(odd_scene)
    start = odd_scene.cursor
    drag(view, [(100, 80), (110, 90), (120, 95)], LEFT)
    between = odd_scene.cursor
    assert between == pytest.approx(view.world_at(120, 95))
    drag(view, [(90, 80), (95, 85)], LEFT)
    odd_scene.undo()
    assert odd_scene.cursor == between
    odd_scene.undo()
    assert odd_scene.cursor == start


def test_the_other_views_follow_the_cursor(show: Any, odd_scene: Scene, qtbot: QtBot) -> None:
    """A click in one view moves the slice of the others."""
    axial, coronal = show(odd_scene, "axial"), show(odd_scene, "coronal")
    before = coronal.picture
    mouse(axial, "Press", (110, 70), LEFT)
    mouse(axial, "Release", (110, 70), LEFT)
    qtbot.waitUntil(coronal.is_idle)
    assert not np.array_equal(coronal.picture, before)
    assert np.array_equal(coronal.picture, drawn(odd_scene, "coronal", SIZE))


def test_on_a_flat_image_k_stays_0(show: Any) -> None:
    """A click in any view of a 2D image leaves the cursor on the image."""
    matrix = np.diag([-1.0, -1.0, 1.0, 1.0])
    image = volumes.noise((30, 20, 1))
    from heatviewer.core.volume import Volume

    scene = Scene()
    scene.set_base(Volume(image.array, matrix, flat=True))
    view = show(scene, "coronal")
    mouse(view, "Press", (100, 150), LEFT)
    wheel(view, 120)
    assert voxel(scene)[2] == pytest.approx(0)


@pytest.mark.parametrize(("plane", "axis"), [("axial", 2), ("coronal", 1), ("sagittal", 0)])
@pytest.mark.parametrize("kind", ["identity", "flipped", "swapped", "oblique", "left-handed"])
def test_the_wheel_goes_one_voxel_toward_right_front_head(
    show: Any, kind: str, plane: Any, axis: int
) -> None:
    """Wheel up moves by one voxel along one axis of the base, to the patient's right, front or head."""
    base = volumes.noise(kind=kind)
    scene = Scene.from_arrays(base.array, base.affine)
    view = show(scene, plane)
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
def test_keys_go_as_the_wheel_goes(show: Any, odd_scene: Scene, key: str, steps: int) -> None:
    """Page and arrow keys go one slice each way, as the wheel does."""
    view = show(odd_scene, "coronal")
    start = odd_scene.cursor
    wheel(view, 120 * steps)
    expected = odd_scene.cursor
    odd_scene.edit_view(cursor=start)
    QTest.keyClick(view, getattr(Qt.Key, f"Key_{key}"))
    assert odd_scene.cursor == pytest.approx(expected)
    assert expected != start


def test_slices_end_at_the_grid(show: Any, odd_scene: Scene) -> None:
    """However far the wheel turns, the cursor stays in the base's grid; the turn is one step."""
    view = show(odd_scene)
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


def test_shift_and_wheel_go_five_slices_without_frames(show: Any, odd_scene: Scene) -> None:
    """Shift + wheel goes five slices where no layer has frames; it may come as a horizontal turn."""
    view = show(odd_scene)
    before = voxel(odd_scene)
    wheel(view, 0, SHIFT, across=120)
    assert np.abs(voxel(odd_scene) - before).max() == pytest.approx(5)


@pytest.mark.parametrize("on", ["heatmap", "base"])
def test_shift_and_wheel_change_the_frame(show: Any, on: str) -> None:
    """Shift + wheel goes through the frames of the selected heatmap, else of the base."""
    series = np.random.default_rng(1).normal(size=(8, 7, 6, 3)).astype("f4")
    scene = Scene.from_arrays(series if on == "base" else series[..., 0])
    scene.add_heatmap(series if on == "heatmap" else series[..., 0])
    layer = scene.base if on == "base" else scene.heatmaps[0]
    assert layer is not None
    view = show(scene)
    frames = []
    for delta in (120, 120, 120, -120):
        wheel(view, delta, SHIFT)
        frames.append(layer.frame)
    assert frames == [1, 2, 2, 1]


# --- zoom and pan ----------------------------------------------------------------------------


def test_the_point_under_the_pointer_stays_while_zooming(show: Any, odd_scene: Scene) -> None:
    """Ctrl + wheel zooms about the pointer, up to 40×."""
    view = show(odd_scene, "sagittal")
    world = view.world_at(130.25, 81.5)
    scale = np.linalg.norm(np.subtract(view.world_at(1, 0), view.world_at(0, 0)))
    for _ in range(30):
        wheel(view, 120, CTRL, at=(130.25, 81.5))
        assert view.world_at(130.25, 81.5) == pytest.approx(world)
    assert view.camera.zoom == 40
    assert np.linalg.norm(np.subtract(view.world_at(1, 0), view.world_at(0, 0))) == pytest.approx(scale / 40)


def test_at_1x_the_whole_box_is_back_in_the_middle(show: Any, odd_scene: Scene) -> None:
    """Zooming out takes the pan back; the smallest zoom is 1×."""
    view = show(odd_scene)
    wheel(view, 600, CTRL, at=(40, 50))
    drag(view, [(100, 90), (60, 130)], MIDDLE)
    wheel(view, -2400, CTRL, at=(200, 20))
    assert view.camera.zoom == 1
    assert view.camera.pan == pytest.approx((0, 0))


def test_a_pinch_zooms_about_the_fingers(show: Any, odd_scene: Scene) -> None:
    """A touch pad's pinch zooms by its own factor; the point there stays."""
    view = show(odd_scene)
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
    show: Any, odd_scene: Scene, way: str
) -> None:
    """Middle drag, and Space + left drag, move the picture with the pointer."""
    view = show(odd_scene, "coronal")
    wheel(view, 360, CTRL, at=(115, 95))
    before, world = view.camera, view.world_at(100, 90)
    if way == "space":
        QTest.keyPress(view, Qt.Key.Key_Space)
    drag(view, [(100, 90), (104, 90), (120, 75)], MIDDLE if way == "middle" else LEFT)
    QTest.keyRelease(view, Qt.Key.Key_Space)
    assert view.world_at(120, 75) == pytest.approx(world)
    odd_scene.undo()
    assert view.camera == before


def test_the_picture_cannot_be_lost(show: Any, odd_scene: Scene) -> None:
    """However far the picture is dragged, some of the base stays in the view."""
    view = show(odd_scene)
    for _ in range(5):
        drag(view, [(5, 5), (225, 185)], MIDDLE)
    assert odd_scene.base_volume is not None
    corners = [view.pixel_of(tuple(c)) for c in odd_scene.base_volume.corners_world]
    low, high = np.min(corners, axis=0), np.max(corners, axis=0)
    assert (low < SIZE).all()
    assert (high > 0).all()


# --- window, range, menu ---------------------------------------------------------------------


def test_a_right_drag_changes_the_window(show: Any, odd_scene: Scene) -> None:
    """To the right widens by the 1–99 % range over the whole view, up raises the centre; one step."""
    view, base = show(odd_scene), odd_scene.base
    assert base is not None
    centre, width = base.window
    drag(view, [(50, 100), (60, 100), (73, 54)], RIGHT)
    low, high = np.percentile(base.volume.array, (1, 99))
    assert base.window[1] == pytest.approx(width + (high - low) * 23 / 230)
    assert base.window[0] == pytest.approx(centre + (high - low) * 46 / 230)
    odd_scene.undo()
    assert base.window == (centre, width)


def test_a_right_drag_with_shift_changes_the_range(show: Any, odd_scene: Scene) -> None:
    """The same drag with Shift changes the selected heatmap's range, which stays lo < hi."""
    view, layer, base = show(odd_scene), odd_scene.heatmaps[0], odd_scene.base
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


def test_a_right_click_asks_for_the_menu(show: Any, odd_scene: Scene, qtbot: QtBot) -> None:
    """A right button that comes up where it went down asks for the menu and changes nothing."""
    view, state = show(odd_scene), odd_scene.state
    with qtbot.waitSignal(view.contextMenuRequested) as asked:
        drag(view, [(80, 90), (81, 92), (82, 91)], RIGHT)
    on_screen, world = asked.args
    assert on_screen == view.mapToGlobal(QPoint(82, 91))
    assert world == pytest.approx(view.world_at(82, 91))
    assert odd_scene.state is state


def test_the_menu_key_asks_at_the_cursor(show: Any, odd_scene: Scene, qtbot: QtBot) -> None:
    """The keyboard reaches the menu too; the mouse press itself does not open it."""
    view = show(odd_scene)
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


def test_a_box_sets_the_window(show: Any, odd_scene: Scene) -> None:
    """Ctrl + left drag: the window spans the 2nd to 98th percentile of the base's values in the box."""
    view, base = show(odd_scene), odd_scene.base
    assert base is not None
    before = base.window
    drag(view, [(140, 120), (120, 100), (90, 70)], LEFT, CTRL)
    low, high = np.percentile(inside(view, base, (90, 70, 140, 120)), (2, 98))
    assert base.window == pytest.approx(((low + high) / 2, high - low), rel=1e-3)
    odd_scene.undo()
    assert base.window == before


def test_a_box_with_shift_sets_the_range(show: Any, odd_scene: Scene) -> None:
    """With Shift the box sets the selected heatmap's range, and leaves the cursor where it is."""
    view, layer, cursor = show(odd_scene), odd_scene.heatmaps[0], odd_scene.cursor
    drag(view, [(90, 70), (140, 120)], LEFT, CTRL | SHIFT)
    expected = np.percentile(inside(view, layer, (90, 70, 140, 120)), (2, 98))
    assert layer.data_range == pytest.approx(tuple(expected), rel=1e-3)
    assert odd_scene.cursor == cursor


def test_the_box_is_drawn_while_it_is_dragged(show: Any, odd_scene: Scene) -> None:
    """The rubber band is seen until the button comes up."""
    view = show(odd_scene)
    before = pixels(view)
    mouse(view, "Press", (60, 60), LEFT, CTRL)
    mouse(view, "Move", (120, 110), LEFT, CTRL)
    changed = np.argwhere((pixels(view) != before).any(axis=2))
    assert changed.min(axis=0) == pytest.approx((60, 60), abs=1)
    assert changed.max(axis=0) == pytest.approx((110, 120), abs=1)
    mouse(view, "Move", (61, 60), LEFT, CTRL)
    mouse(view, "Release", (61, 60), LEFT, CTRL)
    assert np.array_equal(pixels(view), before)


def test_a_double_click_asks_for_this_view_alone(show: Any, odd_scene: Scene, qtbot: QtBot) -> None:
    """A double click of the left button emits maximizeRequested."""
    view = show(odd_scene)
    with qtbot.waitSignal(view.maximizeRequested):
        QTest.mouseDClick(view, LEFT, NONE, QPoint(50, 50))


# --- keys, hover, access ---------------------------------------------------------------------


def test_space_hides_heatmaps_in_all_views_while_held(show: Any, odd_scene: Scene, qtbot: QtBot) -> None:
    """Space takes the heatmaps out of every view until it comes up; the state does not change."""
    views = [show(odd_scene, plane) for plane in PLANES]
    before, state = [view.picture for view in views], odd_scene.state
    QTest.keyPress(views[0], Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: all(view.is_idle() for view in views))
    bare = Scene()
    bare.state, bare.volumes = state.replaced(heatmaps=(), selected=None), odd_scene.volumes
    for view in views:
        assert np.array_equal(view.picture, drawn(bare, view.plane_name, SIZE))
    QTest.keyRelease(views[0], Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: all(view.is_idle() for view in views))
    assert all(np.array_equal(view.picture, old) for view, old in zip(views, before, strict=True))
    assert odd_scene.state is state


def test_losing_the_focus_brings_the_heatmaps_back(show: Any, odd_scene: Scene) -> None:
    """A view that loses the keyboard while Space is held does not keep the heatmaps hidden."""
    view = show(odd_scene)
    view.setFocus()
    QTest.keyPress(view, Qt.Key.Key_Space)
    assert ViewGroup.of(odd_scene).heatmaps_hidden
    view.clearFocus()
    assert not ViewGroup.of(odd_scene).heatmaps_hidden


def test_hovering_tells_the_world_point_and_leaving_clears(show: Any, odd_scene: Scene) -> None:
    """The pointer's world point is told while it moves; None when it has left."""
    view = show(odd_scene)
    told: list[Any] = []
    view.hovered.connect(told.append)
    mouse(view, "Move", (70.5, 60.5), Qt.MouseButton.NoButton)
    QApplication.sendEvent(view, QEvent(QEvent.Type.Leave))
    assert told[0] == pytest.approx(view.world_at(70.5, 60.5))
    assert told[-1] is None


def test_a_view_says_what_it_is_and_what_its_mouse_does(show: Any, odd_scene: Scene) -> None:
    """Each view has a name and a description for assistive technology; no tip covers the picture."""
    view = show(odd_scene, "sagittal")
    assert view.accessibleName() == "Sagittal view"
    assert "Ctrl and wheel" in view.accessibleDescription()
    for at, shown in (((120, 90), False), ((20, 10), True)):
        tip = QHelpEvent(QEvent.Type.ToolTip, QPoint(*at), view.mapToGlobal(QPoint(*at)))
        QApplication.sendEvent(view, tip)
        assert bool(QToolTip.text()) == shown
    QToolTip.hideText()
    view.close()


def test_the_pointer_shows_the_tool(show: Any, odd_scene: Scene) -> None:
    """The pointer is a cross, an open hand with Space, a closed hand while panning."""
    view = show(odd_scene)
    assert view.cursor().shape() == Qt.CursorShape.CrossCursor
    QTest.keyPress(view, Qt.Key.Key_Space)
    assert view.cursor().shape() == Qt.CursorShape.OpenHandCursor
    QTest.keyRelease(view, Qt.Key.Key_Space)
    mouse(view, "Press", (50, 50), MIDDLE)
    assert view.cursor().shape() == Qt.CursorShape.ClosedHandCursor
    mouse(view, "Release", (50, 50), MIDDLE)
    assert view.cursor().shape() == Qt.CursorShape.CrossCursor


def test_the_slider_goes_through_slices(odd_scene: Scene, qtbot: QtBot) -> None:
    """The slider counts as the wheel counts, follows the cursor, and its drag is one step."""
    panel = SlicePanel(SliceView(odd_scene, "axial"))
    qtbot.addWidget(panel)
    panel.show()
    start, value, before = odd_scene.cursor, panel.slider.value(), voxel(odd_scene)
    wheel(panel.view, 120)
    assert panel.slider.value() == value + 1
    odd_scene.undo()
    panel.slider.setSliderDown(True)
    panel.slider.setValue(value - 1)
    panel.slider.setValue(value - 3)
    panel.slider.setSliderDown(False)
    assert np.abs(voxel(odd_scene) - before).max() == pytest.approx(3)
    odd_scene.undo()
    assert odd_scene.cursor == start
    assert panel.slider.value() == value
