"""Menus, toolbar and keys: made from the table, and following the scene."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QApplication, QMenu, QToolBar, QWidget
from pytestqt.qtbot import QtBot

from heatviewer.app.actions import all_actions
from heatviewer.app.scene import Scene
from heatviewer.ui.preset_popup import PresetPopup
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


ALT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier


def test_a_style_goes_over_the_clipboard_by_keys(qtbot: QtBot) -> None:
    """Copied from one heatmap, pasted on another; its range alone; each one step."""
    window = opened(qtbot, small_scene())
    scene, view = window.scene, window.slice_views["axial"]
    low, high = scene.heatmaps
    low.edit(preset="hot", data_range=(0.2, 0.3), opacity=0.4)
    scene.history.clear()
    scene.select(low)
    qtbot.keyClick(view, Qt.Key.Key_C, ALT)
    scene.select(high)
    qtbot.keyClick(view, Qt.Key.Key_R, ALT)
    assert (high.preset, high.data_range) == ("Cool to warm", (0.2, 0.3))
    qtbot.keyClick(view, Qt.Key.Key_V, ALT)
    assert (high.preset, high.opacity) == ("hot", 0.4)
    titles = [step.title for step in scene.history.done]
    assert titles == ["Paste the range on high", "Paste the style on high"]


def test_a_style_of_another_window_is_pasted_on_all(qtbot: QtBot) -> None:
    """The clipboard holds plain text, so it goes from window to window."""
    first, second = opened(qtbot, small_scene()), opened(qtbot, small_scene())
    first.scene.heatmaps[1].preset = "Blue"
    first.actions_set.by_id["layer.copy_style"].trigger()
    second.actions_set.by_id["layer.paste_to_all"].trigger()
    assert [layer.preset for layer in second.scene.heatmaps] == ["Blue", "Blue"]
    assert second.messages.texts == ["2 heatmaps have the copied style."]


@pytest.mark.parametrize("action", ["layer.paste_style", "layer.paste_range", "layer.paste_to_all"])
def test_other_text_on_the_clipboard_is_refused_in_a_line(qtbot: QtBot, action: str) -> None:
    """A message says so, and nothing changes."""
    window = opened(qtbot, small_scene())
    before = window.scene.state
    QApplication.clipboard().setText("dear colleague,\nsee below")
    window.actions_set.by_id[action].trigger()
    assert window.messages.texts == ["style: this text is no style. Copy the style of a heatmap first."]
    assert window.scene.state is before


def test_the_rule_is_put_on_the_clipboard(qtbot: QtBot) -> None:
    """As the heatmap's own words."""
    window = opened(qtbot, small_scene())
    heatmap = window.scene.heatmaps[1]
    heatmap.edit(threshold_abs=2.3, unit="z")
    window.actions_set.by_id["layer.copy_rule"].trigger()
    assert QApplication.clipboard().text() == heatmap.rule
    assert heatmap.rule.startswith("shown where |z| ≥ 2.3; ")


def test_ranges_are_taken_from_the_menu_too(qtbot: QtBot) -> None:
    """Wherever the keyboard is: one step, which undo takes back; a box is waited for and can be left."""
    window = opened(qtbot, small_scene())
    scene, actions = window.scene, window.actions_set.by_id
    window.settings.show_page("base")
    window.commands.toggle_panel("settings")
    before = scene.state
    menu = window.settings.heatmap.colors.editor.range.menu
    menu.fill()
    offered = [a.text().partition(" slice")[0] for a in menu.choices.actions() if a.text() and not a.menu()]
    ids = [name for name in actions if name.startswith("layer.range.")]
    assert len(ids) == len(offered)
    for name in ids:
        if name.endswith((".box", ".automatic")):
            continue
        actions[name].trigger()
        assert window.wait_idle(10)
        assert window.settings.isVisible()
        assert len(scene.history.done) == 1, name
        assert not scene.state.heatmaps[-1].data_range_auto
        scene.undo()
        assert scene.state.heatmaps == before.heatmaps
    actions["layer.range.full"].trigger()
    assert window.wait_idle(10)
    actions["layer.range.automatic"].trigger()
    assert scene.state.heatmaps == before.heatmaps
    window.settings.heatmap.colors.heading.setChecked(False)
    actions["layer.range.box"].trigger()
    assert window.settings.heatmap.colors.editor.hint.isVisible()
    qtbot.keyClick(window.slice_views["axial"], Qt.Key.Key_Escape)
    assert window.settings.heatmap.colors.editor.hint.isHidden()


def test_m_lets_the_colours_be_chosen(qtbot: QtBot) -> None:
    """Wherever the keyboard is, and whether or not the settings can be seen."""
    window = opened(qtbot, small_scene())
    window.settings.show_page("base")
    window.commands.toggle_panel("settings")
    qtbot.keyClick(window.slice_views["axial"], Qt.Key.Key_M)
    popup = QApplication.activePopupWidget()
    assert isinstance(popup, PresetPopup)
    assert window.settings.isVisible()
    assert window.settings.page == "heatmap"
    popup.close()
    QCoreApplication.processEvents()


def test_the_menus_of_layers_show_what_is_on(qtbot: QtBot) -> None:
    """'Show alone' and 'Reverse' are switches of the selected heatmap, and follow it."""
    window = opened(qtbot, small_scene())
    scene, actions = window.scene, window.actions_set.by_id
    actions["layer.solo"].trigger()
    actions["layer.reverse"].trigger()
    assert actions["layer.solo"].isChecked()
    assert actions["layer.reverse"].isChecked()
    assert actions["layer.show_all"].isEnabled()
    scene.select(scene.heatmaps[0])
    assert not actions["layer.solo"].isChecked()
    assert not actions["layer.reverse"].isChecked()
    actions["layer.show_all"].trigger()
    assert not actions["layer.show_all"].isEnabled()
