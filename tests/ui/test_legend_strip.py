"""The shared legend: what it shows, where it stands, and what a click on it does."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QHelpEvent
from PySide6.QtWidgets import QApplication, QMenu, QToolTip
from pytestqt.qtbot import QtBot

import heatviewer as hv
from heatviewer.drawing.legend import legend_sprite
from heatviewer.model.draws import heatmap_draw
from heatviewer.ui.legend_strip import LegendStrip
from heatviewer.ui.main_window import MainWindow
from tests.ui.events import LEFT, drag, mouse, pixels, wheel
from tests.ui.windows import opened, small_scene


@pytest.fixture
def window(qtbot: QtBot) -> MainWindow:
    return opened(qtbot, small_scene())


def id_of(window: MainWindow, name: str) -> str:
    return next(layer.id for layer in window.scene.state.heatmaps if layer.name == name)


def at_share(strip: LegendStrip, layer_id: str, share: float) -> tuple[float, float]:
    """Return a place on a bar: 0 is its lower edge, 1 its upper."""
    bar = strip.bar_of(layer_id)
    return bar.center().x(), bar.bottom() - share * bar.height()


def middle(strip: LegendStrip, layer_id: str) -> tuple[float, float]:
    center = strip.bar_of(layer_id).center()
    return center.x(), center.y()


def test_the_top_of_the_scene_is_the_top_of_the_strip(window: MainWindow) -> None:
    """Visible heatmaps from the top down, beside the views; hidden ones are left out."""
    strip, high, low = window.legend, id_of(window, "high"), id_of(window, "low")
    assert strip.layer_ids == (high, low)
    assert strip.bar_of(high).bottom() < strip.bar_of(low).top()
    assert strip.isVisible()
    assert strip.x() >= window.grid.geometry().right()
    window.scene.edit_layer(high, visible=False)
    assert window.wait_idle(10)
    assert strip.layer_ids == (low,)


def test_the_bar_is_the_one_of_the_pictures(window: MainWindow) -> None:
    """The strip shows the bytes of drawing's own legend."""
    window.scene.remove(id_of(window, "low"))
    assert window.wait_idle(10)
    layer = window.scene.state.heatmaps[0]
    sprite = legend_sprite(
        heatmap_draw(layer, window.scene.volumes[layer.id]), window.legend.height() - 10, 1.0
    )
    bar = window.legend.bar_of(layer.id).toRect()
    shown = pixels(window.legend)[bar.top() : bar.bottom() + 1, bar.left() : bar.right() + 1]
    own = sprite[bar.top() - 5 : bar.bottom() - 4, bar.left() - 5 : bar.right() - 4]
    assert np.array_equal(shown, own)


def test_views_hold_a_legend_only_where_it_is_not_shared(window: MainWindow) -> None:
    """Shared or off, a view is the same picture; in every view it is another, and the strip is gone."""
    pictures = {}
    for place in ("shared", "off", "views"):
        window.scene.edit_view(legend=place)
        assert window.wait_idle(10)
        window.scene.edit_view(layout="axial")
        assert window.wait_idle(10)
        pictures[place] = window.slice_views["axial"].render_picture((400, 300))
        assert window.legend.isVisible() == (place == "shared")
    assert np.array_equal(pictures["shared"], pictures["off"])
    assert not np.array_equal(pictures["shared"], pictures["views"])


def test_no_visible_heatmap_no_strip(window: MainWindow) -> None:
    """The views have the room then, and the strip comes back with the heatmap."""
    before = window.grid.width()
    for layer in window.scene.state.heatmaps:
        window.scene.edit_layer(layer.id, visible=False)
    assert window.wait_idle(10)
    assert window.legend.isHidden()
    window.scene.undo()
    assert window.wait_idle(10)
    assert window.legend.isVisible()
    assert window.grid.width() <= before


def test_pictures_for_files_keep_their_legend() -> None:
    """A shared legend stands in pictures as one in every view does; off takes it away."""
    scene = small_scene()
    drawn = {}
    for place in ("shared", "views", "off"):
        scene.edit_view(legend=place)
        drawn[place] = hv.render(scene, view="axial", size=(400, 300))
    assert np.array_equal(drawn["shared"], drawn["views"])
    assert not np.array_equal(drawn["shared"], drawn["off"])


def test_a_click_selects_and_a_double_click_goes_to_the_range(window: MainWindow) -> None:
    """Neither is a step to undo."""
    low, strip = id_of(window, "low"), window.legend
    window.settings.show_page("base")
    mouse(strip, "Press", middle(strip, low), LEFT)
    mouse(strip, "Release", middle(strip, low), LEFT)
    assert window.scene.state.selected == low
    window.settings.show_page("base")
    mouse(strip, "DblClick", middle(strip, low), LEFT)
    assert window.settings.page == "heatmap"
    focused = QApplication.focusWidget()
    assert focused is not None
    assert "low end" in focused.accessibleName().lower()
    assert not window.scene.history.done


def test_the_value_under_the_pointer_is_marked(window: MainWindow) -> None:
    """White left of the bar in the row of the value; gone when the pointer has left the view."""
    strip, view, high = window.legend, window.slice_views["axial"], id_of(window, "high")
    plain = pixels(strip)
    mouse(view, "Move", (view.width() / 2, view.height() / 2), Qt.MouseButton.NoButton)
    changed = (pixels(strip) != plain).any(axis=(1, 2)).nonzero()[0]
    bar = strip.bar_of(high)
    assert len(changed)
    assert bar.top() - 6 <= changed[0]
    QApplication.sendEvent(view, QEvent(QEvent.Type.Leave))
    assert np.array_equal(pixels(strip), plain)


def test_a_mark_points_at_its_value(window: MainWindow) -> None:
    """The low end is marked at the bar's lower edge, the high end at its upper one."""
    strip, high = window.legend, id_of(window, "high")
    plain, bar = pixels(strip), strip.bar_of(high)
    low_end, high_end = window.scene.state.heatmap(high).data_range
    for value, row in ((low_end, bar.bottom()), (high_end, bar.top()), (high_end * 9, bar.top())):
        strip.show_values({high: value})
        rows = (pixels(strip) != plain).any(axis=(1, 2)).nonzero()[0]
        assert abs((rows[0] + rows[-1]) / 2 + 0.5 - row) <= 1


def test_many_legends_are_shortened_and_then_scrolled(window: MainWindow) -> None:
    """All are there; the wheel brings those into sight that find no room."""
    for n in range(8):
        window.scene.add_heatmap(np.random.default_rng(n).random((20, 22, 18)), name=f"map {n}")
    assert window.wait_idle(20)
    strip = window.legend
    lowest = strip.layer_ids[-1]
    assert len(strip.layer_ids) == 10
    assert strip.bar_of(lowest).top() > strip.height()
    wheel(strip, -12000)
    assert strip.bar_of(lowest).bottom() <= strip.height()
    wheel(strip, 24000)
    assert strip.bar_of(strip.layer_ids[0]).top() > 0


def test_the_strip_is_named(window: MainWindow) -> None:
    """Assistive tools hear what is shown."""
    assert window.legend.accessibleName() == "Legend"
    assert window.legend.toolTip()
    assert "high: " in window.legend.accessibleDescription()


def test_the_key_turns_the_legend_off_and_on(qtbot: QtBot, window: MainWindow) -> None:
    """L hides the strip and brings it back."""
    view = window.slice_views["axial"]
    qtbot.keyClick(view, Qt.Key.Key_L)
    assert window.scene.view.legend == "off"
    qtbot.keyClick(view, Qt.Key.Key_L)
    assert window.scene.view.legend == "shared"


# --- the range by hand ----------------------------------------------------------------------------


DRAGS = {"high": (0.9, 0.4, (0, -0.5)), "low": (0.1, 0.3, (0.2, 0)), "both": (0.5, 0.25, (-0.25, -0.25))}


@pytest.mark.parametrize("part", DRAGS)
def test_a_drag_on_a_bar_moves_the_range(window: MainWindow, part: str) -> None:
    """Near an end that end, in the middle both, by the share of the bar's height; one named step."""
    strip, low = window.legend, id_of(window, "low")
    layer = next(layer for layer in window.scene.heatmaps if layer.id == low)
    layer.data_range = (0, 10)
    assert window.wait_idle(10)
    begin, end, moved = DRAGS[part]
    x, start = at_share(strip, low, begin)
    stop = at_share(strip, low, end)[1]
    drag(strip, [(x, start), (x, (start + stop) / 2), (x, stop)], LEFT)
    expected = (10 * moved[0], 10 + 10 * moved[1])
    assert layer.data_range == pytest.approx(expected, abs=1e-6)
    assert window.scene.history.done[-1].title == "Data range of low"
    window.scene.undo()
    assert layer.data_range == (0, 10)


def test_the_numbers_follow_the_hand(window: MainWindow) -> None:
    """While the button is down the bar shows the range of now, and the views keep their place."""
    strip, high, views = window.legend, id_of(window, "high"), window.grid.width()
    mouse(strip, "Press", at_share(strip, high, 0.9), LEFT)
    for share in (0.85, 0.7, 0.6):
        mouse(strip, "Move", at_share(strip, high, share), LEFT)
        assert window.wait_idle(10)
        assert strip.legend_of(high).bar.data_range == window.scene.state.heatmap(high).data_range
        assert window.grid.width() == views
    mouse(strip, "Release", at_share(strip, high, 0.6), LEFT)


def test_escape_takes_a_drag_back(qtbot: QtBot, window: MainWindow) -> None:
    """The range is as before, still taken from the data, and there is nothing to undo."""
    strip, high = window.legend, id_of(window, "high")
    before = window.scene.state.heatmap(high)
    mouse(strip, "Press", at_share(strip, high, 0.9), LEFT)
    mouse(strip, "Move", at_share(strip, high, 0.5), LEFT)
    assert window.scene.state.heatmap(high) != before
    qtbot.keyClick(strip, Qt.Key.Key_Escape)
    mouse(strip, "Move", at_share(strip, high, 0.2), LEFT)
    mouse(strip, "Release", at_share(strip, high, 0.2), LEFT)
    assert window.scene.state.heatmap(high) == before
    assert not window.scene.history.done


def test_the_pointer_tells_what_a_drag_does(window: MainWindow) -> None:
    """Up and down at the ends, a hand in the middle, closed while it holds."""
    strip, high, shapes = window.legend, id_of(window, "high"), Qt.CursorShape
    found = []
    for share in (0.95, 0.5, 0.05):
        mouse(strip, "Move", at_share(strip, high, share), Qt.MouseButton.NoButton)
        found.append(strip.cursor().shape())
    assert found == [shapes.SizeVerCursor, shapes.OpenHandCursor, shapes.SizeVerCursor]
    mouse(strip, "Press", middle(strip, high), LEFT)
    assert strip.cursor().shape() == shapes.ClosedHandCursor
    mouse(strip, "Release", middle(strip, high), LEFT)
    assert strip.cursor().shape() == shapes.OpenHandCursor


def off_centre(window: MainWindow) -> str:
    """Give the diverging heatmap a range whose middle is not 0, and return its id."""
    high = id_of(window, "high")
    window.scene.edit_layer(high, preset="Cool to warm", data_range=(-3, 8))
    assert window.wait_idle(10)
    return high


def test_one_click_on_the_amber_mark_centres(window: MainWindow) -> None:
    """−m … m with the larger end, as one named step; the mark is gone, and a second click does nothing."""
    strip, high = window.legend, off_centre(window)
    mark = strip.legend_of(high).centre
    assert mark is not None
    at = (mark.center().x(), mark.center().y())
    mouse(strip, "Press", at, LEFT)
    mouse(strip, "Release", at, LEFT)
    assert window.scene.state.heatmap(high).data_range == (-8, 8)
    assert window.scene.history.done[-1].title == "Centre the range of high"
    assert window.wait_idle(10)
    assert strip.legend_of(high).centre is None
    window.settings.show_page("base")
    mouse(strip, "DblClick", at, LEFT)
    assert window.settings.page == "base"


def test_a_press_that_leaves_the_amber_mark_does_nothing(window: MainWindow) -> None:
    """As with every button."""
    strip, high = window.legend, off_centre(window)
    mark = strip.legend_of(high).centre
    assert mark is not None
    drag(strip, [(mark.center().x(), mark.center().y()), middle(strip, high)], LEFT)
    assert window.scene.state.heatmap(high).data_range == (-3, 8)


STEPS = {
    "both up": (Qt.Key.Key_Up, Qt.KeyboardModifier.NoModifier, (0.1, 10.1)),
    "both down": (Qt.Key.Key_Down, Qt.KeyboardModifier.NoModifier, (-0.1, 9.9)),
    "low": (Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier, (0.1, 10)),
    "high": (Qt.Key.Key_PageDown, Qt.KeyboardModifier.NoModifier, (0, 9.9)),
}


@pytest.mark.parametrize("name", STEPS)
def test_keys_move_the_range(qtbot: QtBot, window: MainWindow, name: str) -> None:
    """By a hundredth of its width: both ends, with Shift the low one, by pages the high one."""
    strip, high = window.legend, id_of(window, "high")
    window.scene.edit_layer(high, data_range=(0, 10))
    strip.setFocus()
    key, keys, expected = STEPS[name]
    qtbot.keyClick(strip, key, keys)
    assert window.scene.state.heatmap(high).data_range == pytest.approx(expected)
    qtbot.keyClick(strip, key, keys)
    window.scene.undo()
    assert window.scene.state.heatmap(high).data_range == pytest.approx(expected)


def test_all_that_the_mouse_does_has_a_key(qtbot: QtBot, window: MainWindow) -> None:
    """Left and Right go through the bars, C centres, Return goes to the fields; Tab comes here."""
    strip, high = window.legend, off_centre(window)
    assert strip.focusPolicy() & Qt.FocusPolicy.TabFocus
    strip.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(strip, Qt.Key.Key_Right)
    assert window.scene.state.selected == id_of(window, "low")
    qtbot.keyClick(strip, Qt.Key.Key_Left)
    assert window.scene.state.selected == high
    qtbot.keyClick(strip, Qt.Key.Key_C)
    assert window.scene.state.heatmap(high).data_range == (-8, 8)
    with qtbot.waitSignal(strip.range_wanted) as asked:
        qtbot.keyClick(strip, Qt.Key.Key_Return)
    assert asked.args == [high]


def test_the_bar_that_has_the_keys_is_seen(window: MainWindow) -> None:
    """A ring of the accent colour round it, only where the keyboard brought the focus."""
    strip = window.legend
    plain = pixels(strip)
    strip.setFocus(Qt.FocusReason.TabFocusReason)
    assert not np.array_equal(pixels(strip), plain)
    window.slice_views["axial"].setFocus()
    assert np.array_equal(pixels(strip), plain)


def test_the_menu_offers_it_by_name(qtbot: QtBot, window: MainWindow) -> None:
    """By the menu key too; what has no meaning is grey."""
    strip, high = window.legend, off_centre(window)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(5, 5), QPoint(5, 5))
    QApplication.sendEvent(strip, event)
    (menu,) = strip.findChildren(QMenu)
    centre, fields = menu.actions()
    assert centre.isEnabled()
    assert all(action.toolTip() for action in (centre, fields))
    centre.trigger()
    assert window.scene.state.heatmap(high).data_range == (-8, 8)
    menu.close()
    assert window.wait_idle(10)
    again = strip.menu_for(window.scene.state.heatmap(high))
    assert not again.actions()[0].isEnabled()
    with qtbot.waitSignal(strip.range_wanted):
        again.actions()[1].trigger()
    again.deleteLater()


def test_the_tip_has_the_whole_name_and_says_what_a_drag_does(window: MainWindow) -> None:
    """However long the name is; the range with all its digits, and where it comes from."""
    strip, high = window.legend, id_of(window, "high")
    window.scene.edit_layer(high, name="sub-01_task-motor_run-2_contrast-left-minus-right_zstat1")
    assert window.wait_idle(10)
    at = QPointF(*middle(strip, high)).toPoint()
    QApplication.sendEvent(strip, QHelpEvent(QEvent.Type.ToolTip, at, strip.mapToGlobal(at)))
    assert "left-minus-right_zstat1" in QToolTip.text()
    assert "taken from the data" in QToolTip.text()
    assert "both ends" in QToolTip.text()
    QToolTip.hideText()


def test_a_refresh_draws_only_what_has_changed(window: MainWindow) -> None:
    """The strip's pixels are those of a strip that is drawn at once."""
    strip, high = window.legend, id_of(window, "high")
    for ends in ((-3, 8), (-1, 2), (-12345, 2), (-2, 2)):
        window.scene.edit_layer(high, data_range=ends)
        assert window.wait_idle(10)
    fresh = LegendStrip(window.scene)
    fresh.resize(strip.size())
    fresh.refresh()
    assert np.array_equal(pixels(fresh), pixels(strip))
    fresh.deleteLater()
