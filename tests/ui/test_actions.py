"""Menus, toolbar and keys: made from the table, and following the scene."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QApplication, QMenu, QToolBar, QWidget
from pytestqt.qtbot import QtBot

from heatviewer.app.actions import all_actions
from heatviewer.app.scene import Scene
from tests.ui.events import RIGHT, drag
from tests.ui.windows import opened, small_scene


def test_what_cannot_be_done_is_grey(qtbot: QtBot) -> None:
    """An empty window offers opening and help; with a study the rest comes."""
    window = opened(qtbot)
    actions = window.actions_set.by_id
    assert not actions["layer.remove"].isEnabled()
    assert actions["file.open"].isEnabled()
    window.scene.take_over(small_scene())
    qtbot.waitUntil(actions["layer.remove"].isEnabled)
    assert not actions["edit.undo"].isEnabled()


def test_undo_and_redo_follow_the_keys(qtbot: QtBot) -> None:
    """Ctrl+Z and Ctrl+Shift+Z go back and forth; the menu names the change."""
    window = opened(qtbot, small_scene())
    view = window.slice_views["axial"]
    control, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(view, Qt.Key.Key_H)
    assert window.actions_set.by_id["edit.undo"].text() == "Undo hide high"
    qtbot.keyClick(view, Qt.Key.Key_Z, control)
    assert window.scene.state.heatmaps[1].visible
    qtbot.keyClick(view, Qt.Key.Key_Z, control | shift)
    assert not window.scene.state.heatmaps[1].visible


def test_n_goes_from_peak_to_peak(qtbot: QtBot) -> None:
    """N moves the crosshair to the next peak, Shift+N back; the status bar says which it is."""
    values = np.zeros((30, 30, 30))
    values[5, 5, 5], values[20, 20, 20] = 9, 7
    scene = Scene.from_arrays(np.zeros((30, 30, 30)), np.eye(4))
    scene.add_heatmap(values, name="map")
    window = opened(qtbot, scene)
    view = window.slice_views["axial"]
    qtbot.keyClick(view, Qt.Key.Key_N)
    assert scene.cursor == (5, 5, 5)
    qtbot.keyClick(view, Qt.Key.Key_N)
    assert scene.cursor == (20, 20, 20)
    assert "Peak 2 of 2" in window.status.text()
    qtbot.keyClick(view, Qt.Key.Key_N, Qt.KeyboardModifier.ShiftModifier)
    assert scene.cursor == (5, 5, 5)


@pytest.mark.parametrize("field", ["show_crosshair", "show_labels", "show_scale_bar"])
def test_a_mark_is_toggled_and_its_entry_shows_it(qtbot: QtBot, field: str) -> None:
    """An entry that is on or off follows the scene, undo included."""
    window = opened(qtbot, small_scene())
    action = window.actions_set.by_id[f"view.{field}"]
    assert action.isChecked()
    action.trigger()
    assert not getattr(window.scene.view, field)
    assert not action.isChecked()
    window.scene.undo()
    qtbot.waitUntil(action.isChecked)


def test_one_of_the_choices_is_on(qtbot: QtBot) -> None:
    """Choosing another convention switches the mark, and choosing it again leaves it on."""
    window = opened(qtbot, small_scene())
    actions = window.actions_set.by_id
    actions["view.neurological"].trigger()
    actions["view.neurological"].trigger()
    assert window.scene.view.convention == "neurological"
    assert actions["view.neurological"].isChecked()
    assert not actions["view.radiological"].isChecked()


def test_the_recent_menu_lists_what_was_open(qtbot: QtBot) -> None:
    """The entries are filled in when the menu opens."""
    window = opened(qtbot)
    menu = next(m for m in window.menuBar().findChildren(QMenu) if m.accessibleName() == "Open recent")
    window.preferences = window.preferences.with_opened("/data/one.nii").with_opened("/data/two.nii")
    menu.aboutToShow.emit()
    assert [action.toolTip() for action in menu.actions()] == ["/data/two.nii", "/data/one.nii"]


def test_a_right_click_opens_the_menu_of_a_view(qtbot: QtBot) -> None:
    """The menu holds entries of the table, and is gone once closed."""
    window = opened(qtbot, small_scene())
    drag(window.slice_views["coronal"], [(50, 50)], RIGHT)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    assert window.actions_set.by_id["layer.threshold"] in menu.actions()
    assert window.grid.current == "coronal"
    menu.close()
    QCoreApplication.processEvents()


def test_toolbar_buttons_have_names(qtbot: QtBot) -> None:
    """Every button of the toolbar is named, with its key in the tip."""
    window = opened(qtbot)
    [bar] = window.findChildren(QToolBar)
    buttons = [bar.widgetForAction(action) for action in bar.actions() if not action.isSeparator()]
    assert len(buttons) > 10
    assert all(isinstance(b, QWidget) and b.accessibleName() and b.toolTip() for b in buttons)
    assert window.actions_set.by_id["file.open"].toolTip().endswith("(Ctrl+O)")


def test_keys_in_the_menus_are_those_of_the_table(qtbot: QtBot) -> None:
    """No key is lost on the way from the table to the menus."""
    window = opened(qtbot)
    for entry in all_actions():
        shown = [key.toString() for key in window.actions_set.by_id[entry.id].shortcuts()]
        assert [key.replace("Delete", "Del") for key in entry.shortcuts] == shown
