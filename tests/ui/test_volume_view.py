"""Laws of the 3D view: its pixels, its mouse and keys, and the thread that draws."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt, QTimer, QTimerEvent
from PySide6.QtGui import QNativeGestureEvent, QPointingDevice
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from heatviewer.app.scene import Scene
from heatviewer.core.errors import Cancelled, EngineError
from heatviewer.drawing.annotate import annotate
from heatviewer.drawing.engine import create_engine
from heatviewer.drawing.pick import pick
from heatviewer.model.resolve import resolve_annotation, resolve_volume, window_volume_plane
from heatviewer.ui.volume_mouse import turned
from heatviewer.ui.volume_view import VolumeView
from tests import volumes
from tests.ui.events import LEFT, MIDDLE, NONE, RIGHT, drag, pixels, wheel

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot

    from heatviewer.model.requests import VolumeRequest

SIZE = (160, 140)
WAIT = 30_000


@pytest.fixture
def show(qtbot: QtBot) -> Callable[..., VolumeView]:
    """Open a 3D view of a scene in a window of its own and wait until it is drawn in full."""

    def shown(scene: Scene, **options: Any) -> VolumeView:
        view = VolumeView(scene, **options)
        qtbot.addWidget(view)
        view.resize(*SIZE)
        view.show()
        qtbot.waitUntil(view.is_idle, timeout=WAIT)
        return view

    return shown


@pytest.fixture
def ball() -> Scene:
    """A bright ball in the right half of a dark box, and a heatmap on its front."""
    x, y, z = np.mgrid[:24, :24, :24]
    base = 200.0 * ((x - 16) ** 2 + (y - 12) ** 2 + (z - 12) ** 2 < 36)
    scene = Scene.from_arrays(base.astype("f4"), window=(100, 200))
    scene.add_heatmap((y > 14) * base.astype("f4") / 200, data_range=(0, 1), preset="Red")
    scene.edit_view(camera=scene.view.camera.replaced(azimuth=0, elevation=0))
    return scene


def requested(scene: Scene) -> VolumeRequest:
    """Return the request for what a window of SIZE shows in full."""
    plane = window_volume_plane(scene.state, scene.base_volume, SIZE)
    return resolve_volume(scene.state, scene.volumes, plane, scene.view.camera.mode)


@pytest.mark.pictures
def test_the_window_shows_the_bytes_that_files_get(show: Any, ball: Scene) -> None:
    """At rest the 3D view's pixels are the engine's at full quality, with what is written on them."""
    view, request = show(ball), requested(ball)
    expected = create_engine().render(request)
    annotate(expected, resolve_annotation(ball.state, ball.volumes, request.plane, "3d", None, legend=False))
    assert np.array_equal(pixels(view), expected)
    assert np.array_equal(view.picture, expected)
    assert view.engine == "cpu"
    assert len(np.unique(expected[..., 0])) > 20


def test_a_moving_picture_is_quick_and_a_resting_one_full(ball: Scene, show: Any, qtbot: QtBot) -> None:
    """A change is drawn as a preview first and in full once nothing moves."""
    asked: list[str] = []

    class Watched:
        name = "cpu"

        def __init__(self) -> None:
            self._engine = create_engine()

        def render(self, request: VolumeRequest, *how: Any, **more: Any) -> Any:
            asked.append(request.quality)
            return self._engine.render(request, *how, **more)

        def close(self) -> None:
            self._engine.close()

    view = show(ball, make_engine=Watched)
    asked.clear()
    drag(view, [(80, 70), (90, 70), (100, 75)], LEFT)
    qtbot.waitUntil(view.is_idle, timeout=WAIT)
    assert asked[-1] == "full"
    assert asked[:-1] == ["preview"] * (len(asked) - 1)
    assert len(asked) >= 2


class Patient:
    """An engine whose full pictures take until they are cancelled, as often as it is told to."""

    name = "cpu"

    def __init__(self, times: int) -> None:
        self._engine, self.times = create_engine(), times
        self.asked: list[str] = []
        self.begun = threading.Event()

    def render(self, request: VolumeRequest, *_: Any, cancelled: Callable[[], bool]) -> Any:
        self.asked.append(request.quality)
        if request.quality == "full" and self.times:
            self.times -= 1
            self.begun.set()
            while not cancelled():
                time.sleep(0.002)
            raise Cancelled("3D")
        return self._engine.render(request)

    def close(self) -> None:
        self._engine.close()


def test_pictures_follow_a_hand_that_never_rests(show: Any, ball: Scene, qtbot: QtBot) -> None:
    """Every change of a drag is followed by a picture before the drag ends, each of them a preview."""
    engine = Patient(0)
    view, heatmap = show(ball, make_engine=lambda: engine), ball.heatmaps[0]
    engine.asked.clear()
    shown = []
    for step in range(8):
        with qtbot.waitSignal(view.rendered, timeout=WAIT):
            ball.edit_layer(heatmap.id, "Opacity", "drag", opacity=0.8 / 2**step)
        red, _, blue, _ = view.picture.sum(axis=(0, 1), dtype=int)
        shown.append(red - blue)
    assert len(set(shown)) == 8
    assert shown[-1] < shown[0] / 2
    assert engine.asked[0] == "preview"
    ball.end_drag()
    qtbot.waitUntil(view.is_idle, timeout=WAIT)
    assert engine.asked[-1] == "full"


def test_a_change_does_not_wait_for_a_full_picture(show: Any, ball: Scene, qtbot: QtBot) -> None:
    """A full picture that is being made is given up for a change, and made again when that is shown."""
    engine = Patient(0)
    view = show(ball, make_engine=lambda: engine)
    engine.times, _ = 2, engine.begun.clear()
    ball.heatmaps[0].opacity = 0.5
    qtbot.waitUntil(engine.begun.is_set, timeout=WAIT)
    with qtbot.waitSignal(view.rendered, timeout=WAIT):
        ball.heatmaps[0].opacity = 0.2
    assert not view.is_idle()
    qtbot.waitUntil(lambda: engine.times == 0, timeout=WAIT)
    ball.heatmaps[0].opacity = 0.3
    qtbot.waitUntil(view.is_idle, timeout=WAIT)
    assert np.array_equal(view.picture[60:80, 70:90], create_engine().render(requested(ball))[60:80, 70:90])


def test_a_click_does_not_wait_for_a_full_picture(show: Any, ball: Scene, qtbot: QtBot) -> None:
    """A surface that is asked for is told at once; the full picture given up for it is made after all."""
    engine = Patient(0)
    view, before = show(ball, make_engine=lambda: engine), ball.cursor
    engine.times, _ = 1, engine.begun.clear()
    ball.heatmaps[0].opacity = 0.5
    qtbot.waitUntil(engine.begun.is_set, timeout=WAIT)
    column, row = view.plane().pixel_of((4.5, 0.5, 0.5))
    drag(view, [(round(column) + 0.5, round(row) + 0.5)], RIGHT)
    qtbot.waitUntil(lambda: ball.cursor != before, timeout=WAIT)
    qtbot.waitUntil(view.is_idle, timeout=WAIT)
    assert engine.asked[-2:] == ["full", "full"]


@pytest.mark.pictures
def test_only_what_is_switched_on_in_3d_is_drawn(show: Any, ball: Scene, qtbot: QtBot) -> None:
    """A layer switched off in 3D is drawn as if it were not there; a soloed one as if it were alone."""
    view, first = show(ball), ball.heatmaps[0]
    alone = view.picture
    second = ball.add_heatmap(
        ball.heatmaps[0].volume, data_range=(0, 1), preset="Blue", threshold=(0.5, None)
    )
    qtbot.waitUntil(view.is_idle, timeout=WAIT)
    assert not np.array_equal(view.picture, alone)
    for change, back in (("visible_3d", False), ("solo", first.id)):
        second.visible_3d = change == "solo"
        ball.edit_view(solo=back if change == "solo" else None)
        qtbot.waitUntil(view.is_idle, timeout=WAIT)
        assert np.array_equal(view.picture, alone), change


def test_dragging_right_turns_the_front_to_the_right(show: Any, ball: Scene) -> None:
    """Left drag turns what faces the eye with the hand, up and down within ±90°; one undo step."""
    view, before = show(ball), ball.view.camera
    front = (0.0, 30.0, 0.0)
    start = view.plane().pixel_of(front)
    drag(view, [(80, 70), (90, 75), (108, 84)], LEFT)
    moved = np.subtract(view.plane().pixel_of(front), start)
    assert (moved > 5).all()
    assert ball.view.camera.azimuth == pytest.approx(-28 * 180 / 140)
    drag(view, [(80, 10), (80, 130)], LEFT)
    assert ball.view.camera.elevation == 90
    for _ in range(2):
        ball.undo()
    assert ball.view.camera == before


@pytest.mark.parametrize(("key", "azimuth", "elevation"), [("Left", 5, 0), ("Right", -5, 0), ("Up", 0, -5)])
def test_arrow_keys_turn(show: Any, ball: Scene, key: str, azimuth: float, elevation: float) -> None:
    """Arrow keys turn as a drag that way does."""
    view = show(ball)
    QTest.keyClick(view, getattr(Qt.Key, f"Key_{key}"))
    assert (ball.view.camera.azimuth, ball.view.camera.elevation) == (azimuth, elevation)


def test_azimuth_stays_within_a_turn(ball: Scene) -> None:
    """However often it turns, the azimuth is written as −180…180."""
    assert turned(ball.view.camera, 350, 0).azimuth == pytest.approx(-10)
    assert turned(ball.view.camera, -200, 0).azimuth == pytest.approx(160)


def test_wheel_pinch_and_keys_zoom_about_the_centre(show: Any, ball: Scene) -> None:
    """Wheel, pinch, + and − change the zoom and leave the centre where it is."""
    view = show(ball)
    centre = view.plane().world_at(79.5, 69.5)
    wheel(view, 240)
    assert ball.view.camera.zoom == pytest.approx(1.44)
    QTest.keyClick(view, Qt.Key.Key_Minus)
    assert ball.view.camera.zoom == pytest.approx(1.2)
    at, device = QPointF(20, 30), QPointingDevice.primaryPointingDevice()
    kind = Qt.NativeGestureType.ZoomNativeGesture
    QApplication.sendEvent(view, QNativeGestureEvent(kind, device, 2, at, at, at, 0.5, QPointF(), 1))
    assert ball.view.camera.zoom == pytest.approx(1.8)
    assert view.plane().world_at(79.5, 69.5) == pytest.approx(centre)


def test_a_middle_drag_moves_the_picture_with_the_pointer(show: Any, ball: Scene) -> None:
    """Middle drag pans: the point under the pointer stays under it; one step."""
    view, before = show(ball), ball.view.camera
    world = view.plane().world_at(80, 70)
    drag(view, [(80, 70), (95, 75), (101, 62)], MIDDLE)
    assert view.plane().pixel_of(world) == pytest.approx((101, 62))
    ball.undo()
    assert ball.view.camera == before


def test_a_right_click_puts_the_cursor_on_the_surface(show: Any, ball: Scene, qtbot: QtBot) -> None:
    """Right click on a surface moves the cursor there; drawing's own pick says where that is."""
    view, before = show(ball), ball.cursor
    column, row = (round(c) for c in view.plane().pixel_of((4.5, 0.5, 0.5)))
    drag(view, [(column + 0.5, row + 0.5)], RIGHT)
    qtbot.waitUntil(lambda: ball.cursor != before)
    assert ball.cursor == pytest.approx(pick(requested(ball), column, row))
    assert ball.cursor[1] > 3


@pytest.mark.parametrize("beside", [False, True])
def test_a_view_is_busy_until_a_right_click_is_answered(
    show: Any, ball: Scene, qtbot: QtBot, beside: bool
) -> None:
    """Waiting for an idle view waits for the crosshair, or the menu, that a right click asked for."""
    view, before, asked = show(ball), ball.cursor, []
    view.contextMenuRequested.connect(lambda *what: asked.append(what))
    column, row = (2, 2) if beside else view.plane().pixel_of((4.5, 0.5, 0.5))
    drag(view, [(round(column) + 0.5, round(row) + 0.5)], RIGHT)
    assert not view.is_idle()
    qtbot.waitUntil(view.is_idle, timeout=WAIT)
    assert (ball.cursor != before, len(asked)) == (not beside, int(beside))


def test_a_right_click_beside_everything_asks_for_the_menu(show: Any, ball: Scene, qtbot: QtBot) -> None:
    """Where no surface is, a right click asks for the menu and moves nothing."""
    view, before = show(ball), ball.cursor
    with qtbot.waitSignal(view.contextMenuRequested) as asked:
        drag(view, [(2, 2)], RIGHT)
    assert asked.args == [view.mapToGlobal(QPoint(2, 2)), None]
    assert ball.cursor == before


def test_a_double_click_asks_for_this_view_alone(show: Any, ball: Scene, qtbot: QtBot) -> None:
    """A double click of the left button emits maximizeRequested."""
    view = show(ball)
    with qtbot.waitSignal(view.maximizeRequested):
        QTest.mouseDClick(view, LEFT, NONE, QPoint(50, 50))


@pytest.mark.pictures
def test_space_hides_the_heatmaps_in_3d_too(show: Any, ball: Scene, qtbot: QtBot) -> None:
    """While Space is held the 3D picture has no colour from heatmaps; then it is as before."""
    view = show(ball)
    before = view.picture
    middle = np.s_[40:100, 60:100]
    assert (before[middle][..., 0] > before[middle][..., 2]).any()
    QTest.keyPress(view, Qt.Key.Key_Space)
    qtbot.waitUntil(view.is_idle, timeout=WAIT)
    assert np.array_equal(view.picture[middle][..., 0], view.picture[middle][..., 2])
    QTest.keyRelease(view, Qt.Key.Key_Space)
    qtbot.waitUntil(view.is_idle, timeout=WAIT)
    assert np.array_equal(view.picture, before)


def test_without_an_engine_the_view_says_why(show: Any, ball: Scene) -> None:
    """Where 3D cannot work the engine is 'off', the reason is shown, and every input is harmless."""

    def broken() -> Any:
        raise EngineError("3D", "this machine has no such thing", "Use the slices")

    view = show(ball, make_engine=broken)
    assert view.engine == "off"
    assert "this machine has no such thing" in view.reason
    assert view.reason in view.accessibleDescription()
    assert (pixels(view)[..., :3].max(axis=2) > 100).sum() > 50
    drag(view, [(50, 50), (60, 60)], LEFT)
    drag(view, [(50, 50)], RIGHT)
    assert view.is_idle()


def test_a_new_study_takes_the_picture_of_the_old_one_away(show: Any, ball: Scene, qtbot: QtBot) -> None:
    """When another base is opened nothing of the last study is shown or kept alive."""
    import gc
    import weakref

    view = show(ball)
    old = weakref.ref(ball.base_volume)
    base = volumes.noise(kind="oblique")
    ball.set_base(base)
    qtbot.waitUntil(view.is_idle, timeout=WAIT)
    raw = create_engine().render(requested(ball))
    assert np.array_equal(view.picture[60:80, 70:90], raw[60:80, 70:90])
    gc.collect()
    assert old() is None


def test_a_window_that_was_held_up_is_drawn_in_full(show: Any, ball: Scene, qtbot: QtBot) -> None:
    """Where a long pause lets the timer of the full picture overtake the wish for a draft."""
    view = show(ball)
    ball.set_base(volumes.noise(kind="oblique"))
    view.group.frames.draw()
    for timer in view.findChildren(QTimer):
        if timer.interval() and timer.isActive():
            QApplication.sendEvent(timer, QTimerEvent(timer.timerId()))
    qtbot.waitUntil(view.is_idle, timeout=10_000)


def test_a_hidden_view_starts_no_thread(qtbot: QtBot, ball: Scene) -> None:
    """A 3D view that nobody sees costs neither engine nor thread; shown, it draws."""
    view = VolumeView(ball)
    qtbot.addWidget(view)
    ball.heatmaps[0].opacity = 0.5
    QApplication.processEvents()
    assert not [thread for thread in threading.enumerate() if thread.name == "heatviewer-3d"]
    assert view.is_idle()
    view.resize(*SIZE)
    view.show()
    qtbot.waitUntil(lambda: view.is_idle() and view.picture is not None, timeout=WAIT)


def test_what_changed_while_hidden_is_drawn_when_shown(show: Any, ball: Scene, qtbot: QtBot) -> None:
    """A view shown again shows the present state in full."""
    view = show(ball)
    view.hide()
    ball.heatmaps[0].preset = "Blue"
    QApplication.processEvents()
    view.show()
    qtbot.waitUntil(view.is_idle, timeout=WAIT)
    request = requested(ball)
    expected = create_engine().render(request)
    annotate(expected, resolve_annotation(ball.state, ball.volumes, request.plane, "3d", None, legend=False))
    assert np.array_equal(view.picture, expected)


def test_an_empty_scene_is_a_black_view(show: Any, qtbot: QtBot) -> None:
    """Without layers the view is black and takes every input; no engine is started for it."""
    view = show(Scene())
    for button in (LEFT, MIDDLE, RIGHT):
        drag(view, [(20, 20), (60, 50)], button)
        drag(view, [(20, 20)], button)
    qtbot.waitUntil(view.is_idle)
    assert pixels(view).shape == (SIZE[1], SIZE[0], 4)
    assert not [thread for thread in threading.enumerate() if thread.name == "heatviewer-3d"]
