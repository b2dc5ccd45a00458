"""What a row of the layer list offers beside eye and opacity: alone, linked, and its menu."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QEnterEvent
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot

from heatviewer.app import links
from heatviewer.ui.main_window import MainWindow
from heatviewer.ui.menus import LAYER_MENU
from tests.ui.events import CTRL, LEFT, SHIFT, pixels
from tests.ui.windows import opened, small_scene


@pytest.fixture
def window(qtbot: QtBot) -> MainWindow:
    scene = small_scene()
    scene.add_heatmap(np.random.default_rng(7).random((20, 22, 18)).astype("f4") * 9, name="top & all")
    scene.history.clear()
    return opened(qtbot, scene)


def row_of(window: MainWindow, name: str) -> Any:
    """Return a layer's row by name."""
    return next(row for row in window.layers.rows.values() if row.name.text() == name)


def point_at(widget: QWidget) -> None:
    """Move the pointer onto a widget."""
    middle = QPointF(widget.rect().center())
    QApplication.sendEvent(widget, QEnterEvent(middle, middle, QPointF(widget.mapToGlobal(middle))))


def menu_of(window: MainWindow, name: str) -> QMenu:
    """Ask for the menu of a row with the right button, and return it."""
    row = row_of(window, name)
    at = row.rect().center()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, row.mapToGlobal(at))
    QApplication.sendEvent(row, event)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def closed(menu: QMenu) -> None:
    menu.close()
    QCoreApplication.processEvents()


def visible(window: MainWindow) -> list[str]:
    """Return the names of the rows that look as if they were drawn, from the top."""
    rows = (window.layers.rows[layer_id] for layer_id in window.layers.list.layer_ids())
    return [row.name.text() for row in rows if row.name.isEnabled()]


# --- alone -----------------------------------------------------------------------------------


def test_alone_is_offered_under_the_pointer(window: MainWindow) -> None:
    """It comes with the pointer and goes with it; nothing else in the row moves."""
    row = row_of(window, "low")
    assert not row.solo.isVisible()
    places = [part.geometry() for part in (row.eye, row.title, row.opacity)]
    point_at(row)
    assert row.solo.isVisible()
    assert [part.geometry() for part in (row.eye, row.title, row.opacity)] == places
    QApplication.sendEvent(row, QEvent(QEvent.Type.Leave))
    assert not row.solo.isVisible()


def test_a_click_shows_one_alone_and_a_click_ends_it(qtbot: QtBot, window: MainWindow) -> None:
    """The others look switched off, the line below says so; each click is one step."""
    row = row_of(window, "low")
    point_at(row)
    qtbot.mouseClick(row.solo, LEFT)
    assert window.scene.solo is not None
    assert window.scene.solo.name == "low"
    assert visible(window) == ["low"]
    assert window.layers.solo_strip.isVisible()
    assert "Only low is shown" in window.layers.solo_strip.text.text()
    qtbot.mouseClick(row.solo, LEFT)
    assert visible(window) == ["top & all", "high", "low"]
    assert not window.layers.solo_strip.isVisible()
    assert len(window.scene.history.done) == 2


def test_the_line_ends_it_too(qtbot: QtBot, window: MainWindow) -> None:
    """Its button shows all again, by mouse and by key; its title follows a new name."""
    strip = window.layers.solo_strip
    for press in (lambda: qtbot.mouseClick(strip.button, LEFT), lambda: qtbot.keyClick(strip.button, " ")):
        window.scene.solo = window.scene.heatmaps[0]
        assert strip.isVisible()
        press()
        assert window.scene.solo is None
        assert not strip.isVisible()
    window.scene.solo = window.scene.heatmaps[0]
    window.scene.heatmaps[0].name = "renamed"
    assert strip.text.text() == "Only renamed is shown"


def test_shift_h_shows_the_selected_alone(qtbot: QtBot, window: MainWindow) -> None:
    """And once more all; the button of its row stays visible meanwhile."""
    view = window.slice_views["axial"]
    qtbot.keyClick(view, Qt.Key.Key_H, SHIFT)
    assert visible(window) == ["top & all"]
    assert row_of(window, "top & all").solo.isVisible()
    assert row_of(window, "top & all").solo.isChecked()
    qtbot.keyClick(view, Qt.Key.Key_H, SHIFT)
    assert len(visible(window)) == 3


def test_hiding_the_one_that_is_alone_shows_the_others(qtbot: QtBot, window: MainWindow) -> None:
    """Its eye ends it; undo brings it back alone."""
    window.scene.solo = window.scene.heatmaps[1]
    qtbot.mouseClick(row_of(window, "high").eye, LEFT)
    assert visible(window) == ["top & all", "low"]
    window.scene.undo()
    assert visible(window) == ["high"]


def test_what_is_alone_is_alone_in_the_pictures(window: MainWindow) -> None:
    """A view shows what it shows with the other heatmaps hidden."""
    scene = window.scene
    scene.solo = scene.heatmaps[0]
    assert window.wait_idle(20)
    alone = pixels(window.slice_views["axial"])
    scene.solo = None
    for layer in scene.heatmaps[1:]:
        layer.visible = False
    assert window.wait_idle(20)
    assert np.array_equal(pixels(window.slice_views["axial"]), alone)


# --- twice, linked ---------------------------------------------------------------------------


def test_a_duplicate_stands_above_and_is_selected(qtbot: QtBot, window: MainWindow) -> None:
    """Ctrl+Shift+D; its row is there at once, and undo takes it away."""
    window.scene.select(window.scene.heatmaps[0])
    qtbot.keyClick(window.slice_views["axial"], Qt.Key.Key_D, CTRL | SHIFT)
    rows = [window.layers.rows[layer_id].name.text() for layer_id in window.layers.list.layer_ids()]
    assert rows == ["top & all", "high", "low copy", "low"]
    assert window.layers.list.currentRow() == 2
    window.scene.undo()
    assert "low copy" not in [row.name.text() for row in window.layers.rows.values()]


def test_a_row_shows_its_group(window: MainWindow) -> None:
    """The mark bears the group's name, cut where it is long; the tool tip says with how many."""
    low, high, top = window.scene.heatmaps
    low.link = high.link = "dose & maps"
    row = row_of(window, "low")
    assert row.link.isVisible()
    assert row.link.text() == "dos…"
    assert row.link.toolTip() == "Linked in dose & maps: 2 heatmaps share this look"
    assert not row_of(window, "top & all").link.isVisible()
    top.link = "x&y"
    assert row_of(window, "top & all").link.text() == "x&&y"
    window.scene.undo()
    assert not row_of(window, "top & all").link.isVisible()


def test_the_slider_of_a_linked_row_moves_all(qtbot: QtBot, window: MainWindow) -> None:
    """Every row of the group shows the new opacity."""
    links.link_all(window.scene, window.scene.heatmaps[0].id)
    qtbot.keyClick(row_of(window, "low").opacity.slider, Qt.Key.Key_Left)
    assert window.wait_idle(10)
    assert {row.value.text() for row in window.layers.rows.values()} == {"99 %"}


def test_the_mark_offers_to_unlink(window: MainWindow) -> None:
    """Its menu acts on its own row, whichever was selected."""
    links.link_all(window.scene, window.scene.heatmaps[0].id)
    window.scene.select(window.scene.heatmaps[2])
    menu = row_of(window, "low").link.menu()
    menu.aboutToShow.emit()
    next(action for action in menu.actions() if action.text() == "&Unlink").trigger()
    assert [layer.link for layer in window.scene.heatmaps] == [None, "A", "A"]


# --- the menu --------------------------------------------------------------------------------


def test_a_right_click_selects_and_offers_what_the_table_says(window: MainWindow) -> None:
    """All entries of the table are there, in its order, with their tool tips."""
    menu = menu_of(window, "low")
    assert window.scene.selected is not None
    assert window.scene.selected.name == "low"
    table = window.actions_set.by_id
    shown = [action.objectName() for action in menu.actions() if action.objectName() in table]
    assert shown == [name for name in LAYER_MENU if name is not None]
    assert table["layer.remove"].isEnabled()
    closed(menu)


def test_the_menu_key_offers_it_for_the_selected_row(qtbot: QtBot, window: MainWindow) -> None:
    """At the row, wherever the pointer is."""
    rows = window.layers.list
    rows.setFocus()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(5, 5), rows.mapToGlobal(QPoint(5, 5)))
    window.scene.select(window.scene.heatmaps[1])
    QApplication.sendEvent(rows.viewport(), event)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    assert window.scene.selected is not None
    assert window.scene.selected.name == "high"
    closed(menu)


def test_the_menu_links_with_another_heatmap(window: MainWindow) -> None:
    """The others are listed from the top, their names as they are; one click is one step."""
    window.scene.heatmaps[2].preset = "hot"
    steps = len(window.scene.history.done)
    menu = menu_of(window, "low")
    [others] = [found for action in menu.actions() if isinstance(found := action.menu(), QMenu)]
    assert [action.text() for action in others.actions()] == ["top && all", "high"]
    others.actions()[0].trigger()
    closed(menu)
    low, high, top = window.scene.heatmaps
    assert (low.preset, low.link, top.link, high.link) == ("hot", "A", "A", None)
    assert len(window.scene.history.done) == steps + 1


def test_no_menu_beside_the_rows(window: MainWindow) -> None:
    """The base's row and empty room have none."""
    assert window.layers.base_row is not None
    for widget in (window.layers.base_row, window.layers):
        at = QPoint(4, 4)
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, widget.mapToGlobal(at))
        QApplication.sendEvent(widget, event)
        assert QApplication.activePopupWidget() is None


# --- room ------------------------------------------------------------------------------------


def test_rows_are_as_wide_as_the_list(qtbot: QtBot, window: MainWindow) -> None:
    """From the start and at any width, so nothing at their right end is cut."""
    rows = window.layers.list

    def near(width: int) -> bool:
        return abs(rows.width() - width) < 12

    for width in (0, 340, 260):
        if width:
            window.resizeDocks([window.panels["layers"]], [width], Qt.Orientation.Horizontal)  # type: ignore[list-item]
            qtbot.waitUntil(partial(near, width))
        for row in window.layers.rows.values():
            right = row.value.mapTo(rows.viewport(), row.value.rect().topRight()).x()
            assert right < rows.viewport().width()
            assert row.minimumSizeHint().height() <= row.height()
