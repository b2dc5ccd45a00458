"""The shared legend: what it shows, where it stands, and what a click on it does."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

import heatviewer as hv
from heatviewer.drawing.legend import legend_sprite
from heatviewer.model.resolve import heatmap_draw
from heatviewer.ui.legend_strip import LegendStrip
from heatviewer.ui.main_window import MainWindow
from tests.ui.events import LEFT, mouse, pixels, wheel
from tests.ui.windows import opened, small_scene


@pytest.fixture
def window(qtbot: QtBot) -> MainWindow:
    return opened(qtbot, small_scene())


def id_of(window: MainWindow, name: str) -> str:
    return next(layer.id for layer in window.scene.state.heatmaps if layer.name == name)


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
    assert window.scene.state.selected == low
    window.settings.show_page("base")
    mouse(strip, "DblClick", middle(strip, low), LEFT)
    assert window.settings.page == "heatmap"
    assert QApplication.focusWidget() is window.settings.heatmap.low
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
