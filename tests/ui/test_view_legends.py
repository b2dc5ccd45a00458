"""Legends inside views: what the mouse does on them, and the marks of the values under the pointer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from heatviewer.app.scene import Scene
from heatviewer.ui.bridge import ViewGroup
from heatviewer.ui.legend_mouse import ShownLegend
from heatviewer.ui.main_window import MainWindow
from heatviewer.ui.slice_view import SliceView
from tests.ui.events import CTRL, LEFT, NONE, RIGHT, drag, mouse, pixels, wheel
from tests.ui.windows import opened, small_scene
from tests.volumes import color_noise

SIZE = (420, 380)


@pytest.fixture
def view(show_slice: Any) -> SliceView:
    """A slice view with the legends of two heatmaps in it."""
    scene = small_scene()
    scene.edit_view(legend="views")
    scene.history.clear()
    shown: SliceView = show_slice(scene, "axial", SIZE)
    return shown


def legend(view: SliceView, name: str) -> ShownLegend:
    wanted = next(layer.id for layer in view.scene.state.heatmaps if layer.name == name)
    return next(shown for shown in view.legends.shown if shown.layer_id == wanted)


def at(shown: ShownLegend, share: float) -> tuple[float, float]:
    """Return a place on a bar: 0 is its lower edge, 1 its upper."""
    return shown.field.center().x(), shown.field.bottom() - share * shown.field.height()


def test_a_drag_on_a_legend_sets_the_range(view: SliceView, qtbot: QtBot) -> None:
    """In one step, and the crosshair stays where it is."""
    scene, low = view.scene, legend(view, "low")
    layer = next(layer for layer in scene.heatmaps if layer.name == "low")
    before, cursor = layer.data_range, scene.cursor
    drag(view, [at(low, 0.9), at(low, 0.6), at(low, 0.4)], LEFT)
    assert layer.data_range == pytest.approx((before[0], before[1] - 0.5 * (before[1] - before[0])))
    assert scene.state.selected == layer.id
    assert scene.cursor == cursor
    qtbot.waitUntil(view.is_idle)
    assert legend(view, "low").bar.data_range == layer.data_range
    scene.undo()
    assert layer.data_range == before
    assert not scene.history.done


def test_one_click_on_the_amber_mark_centres(view: SliceView, qtbot: QtBot) -> None:
    """In a view as in the strip."""
    layer = next(layer for layer in view.scene.heatmaps if layer.name == "high")
    layer.edit(preset="Cool to warm", data_range=(-3, 8))
    qtbot.waitUntil(view.is_idle)
    mark = legend(view, "high").centre
    assert mark is not None
    QTest.mouseClick(view, LEFT, NONE, mark.center().toPoint())
    assert layer.data_range == (-8, 8)
    qtbot.waitUntil(view.is_idle)
    assert legend(view, "high").centre is None


def test_escape_takes_a_drag_back(view: SliceView) -> None:
    """Nothing is left to undo."""
    before, low = view.scene.state.heatmaps, legend(view, "low")
    mouse(view, "Press", at(low, 0.5), LEFT)
    mouse(view, "Move", at(low, 0.8), LEFT)
    assert view.scene.state.heatmaps != before
    QTest.keyClick(view, Qt.Key.Key_Escape)
    mouse(view, "Release", at(low, 0.8), LEFT)
    assert view.scene.state.heatmaps == before
    assert not view.scene.history.done


def test_a_double_click_asks_for_the_range(view: SliceView, qtbot: QtBot) -> None:
    """On a legend, and not for this view alone."""
    low = legend(view, "low")
    with qtbot.assertNotEmitted(view.maximizeRequested), qtbot.waitSignal(view.legends.range_wanted) as asked:
        QTest.mouseDClick(view, LEFT, NONE, QPointF(*at(low, 0.5)).toPoint())
    assert asked.args == [low.layer_id]


def test_all_other_input_on_a_legend_is_the_views(view: SliceView) -> None:
    """Wheel, right drag and the box go through."""
    place, cursor = at(legend(view, "low"), 0.5), view.scene.cursor
    assert view.scene.base is not None
    window = view.scene.base.window
    wheel(view, 120, at=place)
    assert view.scene.cursor != cursor
    drag(view, [place, (place[0] + 20, place[1] + 20)], RIGHT)
    assert view.scene.base.window != window
    ranges = [layer.data_range for layer in view.scene.heatmaps]
    drag(view, [place, (place[0] - 150, place[1] + 150)], LEFT, CTRL)
    assert [layer.data_range for layer in view.scene.heatmaps] == ranges


def test_a_box_that_was_asked_for_begins_on_a_legend_too(view: SliceView) -> None:
    """The next drag is what was chosen, wherever it starts."""
    ViewGroup.of(view.scene).next_tool = "range box"
    place, before = at(legend(view, "low"), 0.5), view.scene.state.heatmaps[0]
    drag(view, [place, (place[0] - 150, place[1] + 150)], LEFT)
    assert view.scene.state.heatmaps[0] == before
    assert view.scene.history.done[-1].title == "Range from a box"


def test_the_pointer_and_the_tip_tell_what_a_legend_does(view: SliceView) -> None:
    """Over the bar a hand, beside it the cross again."""
    low = legend(view, "low")
    place = at(low, 0.5)
    mouse(view, "Move", place, Qt.MouseButton.NoButton)
    assert view.cursor().shape() == Qt.CursorShape.OpenHandCursor
    spot = QPointF(*place).toPoint()
    QApplication.sendEvent(view, QHelpEvent(QEvent.Type.ToolTip, spot, view.mapToGlobal(spot)))
    assert QToolTip.text().startswith("low: ")
    QToolTip.hideText()
    mouse(view, "Move", (60, 200), Qt.MouseButton.NoButton)
    assert view.cursor().shape() == Qt.CursorShape.CrossCursor


def test_hidden_heatmaps_have_no_legend_to_take_hold_of(view: SliceView, qtbot: QtBot) -> None:
    """While Space is held the left button pans, also where a legend was."""
    place, before = at(legend(view, "low"), 0.5), view.camera
    QTest.keyPress(view, Qt.Key.Key_Space)
    qtbot.waitUntil(view.is_idle)
    assert view.legends.shown == ()
    wheel(view, 360, CTRL)
    drag(view, [place, (place[0] - 30, place[1] + 30)], LEFT)
    QTest.keyRelease(view, Qt.Key.Key_Space)
    assert view.camera != before
    assert view.camera.pan != (0, 0)


def test_shared_legends_are_not_in_the_views(view: SliceView, qtbot: QtBot) -> None:
    """Then a click there moves the crosshair."""
    place, cursor = at(legend(view, "low"), 0.5), view.scene.cursor
    view.scene.edit_view(legend="shared")
    qtbot.waitUntil(view.is_idle)
    assert view.legends.shown == ()
    QTest.mouseClick(view, LEFT, NONE, QPointF(*place).toPoint())
    assert view.scene.cursor != cursor


def test_the_value_under_the_pointer_is_marked_in_its_view(qtbot: QtBot) -> None:
    """Left of each bar in the row of the value, over the picture, which is not drawn again."""
    scene = small_scene()
    scene.edit_view(legend="views")
    window = opened(qtbot, scene)
    axial, coronal = window.slice_views["axial"], window.slice_views["coronal"]
    plain, other, picture = pixels(axial), pixels(coronal), axial.picture
    mouse(axial, "Move", (axial.width() * 0.4, axial.height() * 0.6), Qt.MouseButton.NoButton)
    changed = (pixels(axial) != plain).any(axis=2)
    rows, columns = changed.nonzero()
    boxes = [shown.box for shown in axial.legends.shown]
    assert boxes
    assert len(rows)
    assert all(
        any(box.contains(x + 0.5, y + 0.5) for box in boxes) for y, x in zip(rows, columns, strict=True)
    )
    assert axial.picture is picture
    assert np.array_equal(pixels(coronal), other)
    QApplication.sendEvent(axial, QEvent(QEvent.Type.Leave))
    assert np.array_equal(pixels(axial), plain)


def test_a_mark_points_at_its_value(view: SliceView) -> None:
    """The ends at the bar's edges, values beyond them too."""
    low = legend(view, "low")
    mouse(view, "Move", (60, 200), Qt.MouseButton.NoButton)
    plain = pixels(view)
    first, last = low.bar.data_range
    for value, row in ((first, low.field.bottom()), (last, low.field.top()), (last * 9, low.field.top())):
        view.show_values({low.layer_id: value})
        rows = (pixels(view) != plain).any(axis=(1, 2)).nonzero()[0]
        assert abs((rows[0] + rows[-1]) / 2 + 0.5 - row) <= 1


def test_the_legend_in_the_3d_view_answers_too(qtbot: QtBot) -> None:
    """A drag sets the range and does not turn the camera; a double click goes to the fields."""
    scene = small_scene()
    scene.edit_view(legend="views", layout="3d")
    window = opened(qtbot, scene)
    view, camera = window.volume_view, scene.view.camera
    shown = view.legends.shown[0]
    before = scene.state.heatmap(shown.layer_id).data_range
    drag(view, [at(shown, 0.5), at(shown, 0.7)], LEFT)
    assert scene.state.heatmap(shown.layer_id).data_range != before
    assert scene.view.camera == camera
    window.settings.show_page("base")
    place = QPointF(*at(shown, 0.5)).toPoint()
    QTest.mouseDClick(view, LEFT, NONE, place)
    assert window.settings.page == "heatmap"
    assert window.wait_idle(20)


def test_an_exported_layout_has_the_shared_legend_at_its_right(qtbot: QtBot) -> None:
    """The same bytes as in the window's strip, once; the views have none of their own."""
    window: MainWindow = opened(qtbot, small_scene())
    window.scene.select(None)  # the line round the selected one is the window's
    assert window.wait_idle(10)
    exported = window.exported()
    size = exported.sizes["all"]
    picture = exported.picture("all", size, "annotated")
    strip = pixels(window.legend)
    assert np.array_equal(picture[:, -strip.shape[1] :], strip)
    axial = exported.places[0]
    width = round(axial.width * (size[0] - strip.shape[1]))
    height = round(axial.height * size[1])
    alone = window.slice_views["axial"].render_picture((width, height))
    assert np.array_equal(picture[:height, :width], alone)


def test_without_a_shared_legend_an_exported_layout_is_all_views(qtbot: QtBot) -> None:
    """In views or off, nothing stands beside them; off has no colour bar at all."""
    scene: Scene = small_scene()
    scene.edit_view(legend="off", layout="axial")
    window = opened(qtbot, scene)
    exported = window.exported()
    size = exported.sizes["all"]
    assert size == (window.grid.width(), window.grid.height())
    place = exported.places[0]
    part = round(place.width * size[0]), round(place.height * size[1])
    alone = window.slice_views["axial"].render_picture(part)
    left, top = round(place.left * size[0]), round(place.top * size[1])
    picture = exported.picture("all", size, "annotated")
    assert np.array_equal(picture[top : top + part[1], left : left + part[0]], alone)


def test_a_colour_image_between_takes_no_legend(show_slice: Any) -> None:
    """Each legend answers for its own heatmap, also where colours without one lie above."""
    scene = small_scene()
    scene.edit_view(legend="views")
    scene.add_volume(color_noise(name="slide"))
    view: SliceView = show_slice(scene, "axial", SIZE)
    names = {layer.id: layer.name for layer in scene.state.heatmaps}
    assert [names[shown.layer_id] for shown in view.legends.shown] == ["high", "low"]
