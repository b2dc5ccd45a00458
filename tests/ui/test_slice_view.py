"""Laws of the slice views: their pixels and coordinates, keys, hover and access."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip

from heatviewer.app.scene import Scene
from heatviewer.core.geometry import PLANES, PlaneName
from heatviewer.drawing.annotate import plane_color
from heatviewer.model.resolve import slice_plane
from heatviewer.ui.bridge import ViewGroup
from heatviewer.ui.slice_panel import SlicePanel
from heatviewer.ui.slice_view import SliceView
from tests import volumes
from tests.ui.events import CTRL, LEFT, MIDDLE, RIGHT, SHIFT, drag, mouse, pixels, wheel
from tests.ui.slices import SIZE, drawn, voxel

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.mark.parametrize("plane", PLANES)
@pytest.mark.pictures
def test_the_window_shows_the_bytes_that_files_get(
    show_slice: Any, odd_scene: Scene, plane: PlaneName
) -> None:
    """A slice view's pixels are exactly those that drawing makes for files."""
    view = show_slice(odd_scene, plane)
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


def test_a_picture_of_any_size_is_drawn_alike(show_slice: Any, odd_scene: Scene) -> None:
    """render_picture gives drawing's picture at any size and leaves the view as it is."""
    view = show_slice(odd_scene)
    before = view.picture
    assert np.array_equal(view.render_picture((91, 77), 2.0), drawn(odd_scene, "axial", (91, 77), 2.0))
    assert view.picture is before


@pytest.mark.parametrize("plane", PLANES)
@pytest.mark.parametrize("kind", volumes.AFFINES)
def test_pixel_of_is_the_inverse_of_world_at(show_slice: Any, kind: str, plane: PlaneName) -> None:
    """A widget position taken to the world and back is the same, on any affine, zoomed and panned."""
    base = volumes.noise(kind=kind)
    view = show_slice(Scene.from_arrays(base.array, base.affine), plane)
    wheel(view, 360, CTRL)
    drag(view, [(100, 90), (120, 70)], MIDDLE)
    for at in ((0.5, 0.5), (229.5, 189.5), (17.3, 140.8)):
        world = view.world_at(*at)
        assert view.pixel_of(world) == pytest.approx(at, abs=1e-9)
        assert world[2 - PLANES.index(plane)] == pytest.approx(view.scene.cursor[2 - PLANES.index(plane)])


def test_the_first_pixels_centre_is_a_half(show_slice: Any, odd_scene: Scene) -> None:
    """Position (0.5, 0.5) is the centre of the top left pixel of the picture."""
    view = show_slice(odd_scene)
    plane = slice_plane(odd_scene.state, odd_scene.base_volume, "axial", SIZE)
    assert view.world_at(0.5, 0.5) == pytest.approx(plane.origin)


def test_an_unchanged_picture_is_not_drawn_again(show_slice: Any, odd_scene: Scene, qtbot: QtBot) -> None:
    """A change that alters nothing in a view costs it no picture."""
    view = show_slice(odd_scene)
    before = view.picture
    odd_scene.select(None)
    odd_scene.edit_view(camera=odd_scene.view.camera.replaced(azimuth=77))
    qtbot.waitUntil(view.is_idle)
    assert view.picture is before


def test_changes_of_one_turn_are_drawn_once(show_slice: Any, odd_scene: Scene, qtbot: QtBot) -> None:
    """Many changes at once make one picture, of the last of them."""
    view = show_slice(odd_scene)
    drawn_times: list[int] = []
    view.rendered.connect(lambda: drawn_times.append(1))
    for opacity in (0.1, 0.2, 0.3):
        odd_scene.heatmaps[0].opacity = opacity
    qtbot.waitUntil(view.is_idle)
    assert len(drawn_times) == 1
    assert np.array_equal(view.picture, drawn(odd_scene, "axial", SIZE))


def test_a_hidden_view_does_not_draw_and_holds_no_volume(
    show_slice: Any, odd_scene: Scene, qtbot: QtBot
) -> None:
    """A view that is not seen draws nothing until it is shown, and lets a closed study go."""
    import gc
    import weakref

    view = show_slice(odd_scene)
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


def test_an_empty_scene_is_a_black_view_that_takes_every_input(show_slice: Any, qtbot: QtBot) -> None:
    """Without a base nothing fails: not the picture, not the mouse, not the keys."""
    view = show_slice(Scene())
    for button in (LEFT, MIDDLE, RIGHT):
        drag(view, [(20, 20), (60, 50)], button)
        drag(view, [(20, 20), (60, 50)], button, SHIFT | CTRL)
    wheel(view, 120)
    wheel(view, 120, SHIFT)
    QTest.keyClick(view, Qt.Key.Key_PageUp)
    qtbot.waitUntil(view.is_idle)
    assert view.picture[..., 3].min() == 255


# --- keys, hover, access -----------------------------------------------------------------------


def test_space_hides_heatmaps_in_all_views_while_held(
    show_slice: Any, odd_scene: Scene, qtbot: QtBot
) -> None:
    """Space takes the heatmaps out of every view until it comes up; the state does not change."""
    views = [show_slice(odd_scene, plane) for plane in PLANES]
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


def test_losing_the_focus_brings_the_heatmaps_back(show_slice: Any, odd_scene: Scene) -> None:
    """A view that loses the keyboard while Space is held does not keep the heatmaps hidden."""
    view = show_slice(odd_scene)
    view.setFocus()
    QTest.keyPress(view, Qt.Key.Key_Space)
    assert ViewGroup.of(odd_scene).heatmaps_hidden
    view.clearFocus()
    assert not ViewGroup.of(odd_scene).heatmaps_hidden


def test_hovering_tells_the_world_point_and_leaving_clears(show_slice: Any, odd_scene: Scene) -> None:
    """The pointer's world point is told while it moves; None when it has left."""
    view = show_slice(odd_scene)
    told: list[Any] = []
    view.hovered.connect(told.append)
    mouse(view, "Move", (70.5, 60.5), Qt.MouseButton.NoButton)
    QApplication.sendEvent(view, QEvent(QEvent.Type.Leave))
    assert told[0] == pytest.approx(view.world_at(70.5, 60.5))
    assert told[-1] is None


def test_a_view_says_what_it_is_and_what_its_mouse_does(show_slice: Any, odd_scene: Scene) -> None:
    """Each view has a name and a description for assistive technology; no tip covers the picture."""
    view = show_slice(odd_scene, "sagittal")
    assert view.accessibleName() == "Sagittal view"
    assert "Ctrl and wheel" in view.accessibleDescription()
    for at, shown in (((120, 90), False), ((20, 10), True)):
        tip = QHelpEvent(QEvent.Type.ToolTip, QPoint(*at), view.mapToGlobal(QPoint(*at)))
        QApplication.sendEvent(view, tip)
        assert bool(QToolTip.text()) == shown
    QToolTip.hideText()
    view.close()


def test_the_pointer_shows_the_tool(show_slice: Any, odd_scene: Scene) -> None:
    """The pointer is a cross, an open hand with Space, a closed hand while panning."""
    view = show_slice(odd_scene)
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


def test_the_panel_shows_which_view_has_the_keys(odd_scene: Scene, qtbot: QtBot) -> None:
    """A view with the focus has a line of its plane's colour around it; its picture is untouched."""
    panel = SlicePanel(SliceView(odd_scene, "coronal"))
    qtbot.addWidget(panel)
    panel.show()
    panel.activateWindow()
    qtbot.waitUntil(panel.view.is_idle)
    panel.view.setFocus()
    qtbot.waitUntil(panel.view.hasFocus)
    assert tuple(pixels(panel)[0, 50, :3]) == plane_color("coronal")
    assert np.array_equal(pixels(panel.view), panel.view.picture)
    panel.slider.setFocus()
    assert tuple(pixels(panel)[0, 50, :3]) == (0, 0, 0)
