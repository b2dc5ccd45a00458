"""The history as a list: all steps, where we are among them, and a click that goes there."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from heatviewer.app.history import MAX_STEPS
from heatviewer.app.scene import Scene
from heatviewer.app.scene_change import SceneChange
from heatviewer.ui import theme
from heatviewer.ui.history_panel import HistoryPanel
from tests.ui.events import LEFT, drag
from tests.ui.windows import opened, small_scene

CONTROL_SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


def with_steps(scene: Scene) -> Scene:
    """Make three steps: of the layers, the view and the notes."""
    scene.heatmaps[1].opacity = 0.5
    scene.cursor = (1.0, 2.0, 3.0)
    scene.edit_notes("seen")
    return scene


@pytest.fixture
def panel(qtbot: QtBot) -> HistoryPanel:
    """The list of a scene with three steps, as a window shows it."""
    made = HistoryPanel(with_steps(small_scene()))
    made.scene.changed.connect(made.on_changed)
    made.set_tokens(theme.tokens_of("dark"))
    qtbot.addWidget(made)
    made.show()
    return made


def shown(panel: HistoryPanel) -> list[str]:
    return [str(panel.model.index(row).data()) for row in range(panel.model.rowCount())]


def present(panel: HistoryPanel) -> int:
    return panel.list.currentIndex().row()


def changes_of(scene: Scene) -> list[SceneChange]:
    told: list[SceneChange] = []
    scene.changed.connect(told.append)
    return told


def test_the_list_in_the_window_names_all_steps_and_follows_a_drag(qtbot: QtBot) -> None:
    """From the opening to the newest, at the bottom, where we are; a drag is one line."""
    window = opened(qtbot, with_steps(small_scene()))
    panel, view = window.side_docks.history, window.slice_views["axial"]
    qtbot.keyClick(view, Qt.Key.Key_H, CONTROL_SHIFT)
    assert panel.isVisible()
    assert shown(panel) == ["Opened", "Opacity of high", "Move the view", "Edit the notes"]
    assert present(panel) == 3
    drag(view, [(60, 60), (80, 70), (90, 75)], LEFT)
    assert window.wait_idle(10)
    assert shown(panel)[4:] == ["Move the crosshair"]


def test_a_click_goes_there_as_one_change(qtbot: QtBot, panel: HistoryPanel) -> None:
    """Steps behind it are undone and stay in the list, grey; a click on one of them redoes."""
    scene, view = panel.scene, panel.list
    last, told = scene.state, changes_of(scene)
    at = view.visualRect(panel.model.index(0)).center()
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert len(told) == 1
    assert (scene.heatmaps[1].opacity, scene.state.notes) == (1.0, "")
    qtbot.waitUntil(lambda: panel.is_idle)
    assert len(shown(panel)) == 4
    assert [row.done for row in panel.model.rows] == [True, False, False, False]
    at = view.visualRect(panel.model.index(3)).center()
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert len(told) == 2
    assert scene.state == last


def test_the_arrow_keys_go_step_by_step(qtbot: QtBot, panel: HistoryPanel) -> None:
    """Up undoes, down redoes, Home goes back to the opening."""
    history, view = panel.scene.history, panel.list
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Up)
    assert len(history.done) == 2
    qtbot.keyClick(view, Qt.Key.Key_Home)
    assert len(history.done) == 0
    qtbot.keyClick(view, Qt.Key.Key_Down)
    assert [step.title for step in history.done] == ["Opacity of high"]


def test_undo_elsewhere_and_new_steps_are_followed(qtbot: QtBot, panel: HistoryPanel) -> None:
    """A new step takes the place of those that were undone."""
    panel.scene.undo()
    panel.scene.undo()
    qtbot.waitUntil(lambda: panel.is_idle)
    assert present(panel) == 1
    panel.scene.heatmaps[0].preset = "hot"
    qtbot.waitUntil(lambda: panel.is_idle)
    assert shown(panel) == ["Opened", "Opacity of high", "Preset of low"]
    assert present(panel) == 2


def test_several_changes_that_are_one_step_are_one_line(qtbot: QtBot, panel: HistoryPanel) -> None:
    """The list looks at the history only once they are."""
    with panel.scene.one_step("Both"):
        panel.scene.heatmaps[0].opacity = 0.1
        panel.scene.heatmaps[1].opacity = 0.1
    qtbot.waitUntil(lambda: panel.is_idle)
    assert shown(panel)[-2:] == ["Edit the notes", "Both"]


def test_another_study_starts_another_list(qtbot: QtBot, panel: HistoryPanel) -> None:
    """With its opening alone."""
    panel.scene.take_over(small_scene())
    qtbot.waitUntil(lambda: panel.is_idle)
    assert shown(panel) == ["Opened"]


def test_a_hidden_list_costs_nothing_and_catches_up(panel: HistoryPanel) -> None:
    """It follows only while it is seen."""
    panel.hide()
    panel.scene.heatmaps[0].opacity = 0.3
    assert panel.is_idle
    assert len(shown(panel)) == 4
    panel.show()
    assert shown(panel)[-1] == "Opacity of low"


def test_steps_that_are_no_longer_kept_are_told(qtbot: QtBot, panel: HistoryPanel) -> None:
    """The first line does not lead to the opening then."""
    for number in range(MAX_STEPS + 1):
        panel.scene.heatmaps[0].edit(frame=0, blur=(number % 2) / 2 + 0.1)
    qtbot.waitUntil(lambda: panel.is_idle)
    assert shown(panel)[0] == "Earlier steps are no longer kept"
    assert len(shown(panel)) == MAX_STEPS + 1


def test_lines_say_what_they_are_to_those_who_cannot_see(qtbot: QtBot, panel: HistoryPanel) -> None:
    """Which part a step is of, and whether it was undone."""
    panel.scene.undo()
    qtbot.waitUntil(lambda: panel.is_idle)
    told = [panel.model.index(row).data(Qt.ItemDataRole.AccessibleDescriptionRole) for row in (1, 3)]
    assert told == [
        "A change of the layers: Opacity of high",
        "A change of the notes, undone: Edit the notes",
    ]
