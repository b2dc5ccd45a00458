"""Notes: typed, kept, undone, and what a task says of the study above them."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from heatviewer.app.history import History
from heatviewer.app.scene import Scene
from heatviewer.model.scene_state import MAX_NOTES
from heatviewer.ui.main_window import MainWindow
from heatviewer.ui.notes_panel import NotesEditor, NotesPanel
from tests.ui.windows import opened, small_scene

CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def window(qtbot: QtBot) -> MainWindow:
    """A window with the notes open, and the keys in them."""
    made = opened(qtbot, small_scene())
    qtbot.keyClick(made.slice_views["axial"], Qt.Key.Key_F4)
    made.activateWindow()
    made.side_docks.notes.editor.setFocus()
    assert made.wait_idle(10)
    return made


@pytest.fixture
def panel(qtbot: QtBot) -> NotesPanel:
    """The notes of a scene, as a window shows them."""
    made = NotesPanel(small_scene())
    made.scene.changed.connect(made.on_changed)
    qtbot.addWidget(made)
    made.show()
    return made


def editor(window: MainWindow) -> NotesEditor:
    return window.side_docks.notes.editor


def titles(scene: Scene) -> list[str]:
    return [step.title for step in scene.history.done]


def test_typing_is_one_step_until_there_is_a_pause(qtbot: QtBot, panel: NotesPanel) -> None:
    """What is typed is in the scene at once; leaving the text ends the step as well."""
    qtbot.keyClicks(panel.editor, "left ")
    qtbot.keyClicks(panel.editor, "frontal")
    assert panel.scene.state.notes == "left frontal"
    assert titles(panel.scene) == ["Edit the notes"]
    qtbot.waitUntil(lambda: panel.scene.history.done[-1].merge is None, timeout=5000)
    qtbot.keyClicks(panel.editor, "!")
    panel.editor.left.emit()
    qtbot.keyClicks(panel.editor, "?")
    assert titles(panel.scene) == ["Edit the notes"] * 3


def test_undo_in_the_text_never_touches_the_layers(qtbot: QtBot, panel: NotesPanel) -> None:
    """The last change of the notes goes back, whatever was done to layers since; redo brings it again."""
    qtbot.keyClicks(panel.editor, "text")
    panel.scene.heatmaps[1].opacity = 0.5
    qtbot.keyClick(panel.editor, Qt.Key.Key_Z, CONTROL)
    assert (panel.editor.toPlainText(), panel.scene.heatmaps[1].opacity) == ("", 0.5)
    qtbot.keyClick(panel.editor, Qt.Key.Key_Z, CONTROL)
    assert panel.scene.heatmaps[1].opacity == 0.5
    qtbot.keyClick(panel.editor, Qt.Key.Key_Z, CONTROL | SHIFT)
    assert (panel.editor.toPlainText(), panel.scene.state.notes) == ("text", "text")
    assert titles(panel.scene) == ["Opacity of high", "Edit the notes"]


def test_undo_in_the_window_takes_notes_back_too(qtbot: QtBot, window: MainWindow) -> None:
    """They are a step like any other there."""
    qtbot.keyClicks(editor(window), "text")
    window.slice_views["axial"].setFocus()
    qtbot.keyClick(window.slice_views["axial"], Qt.Key.Key_Z, CONTROL)
    assert editor(window).toPlainText() == ""
    window.scene.redo()
    assert editor(window).toPlainText() == "text"


def test_keys_of_the_window_are_letters_in_the_text(qtbot: QtBot, window: MainWindow) -> None:
    """H hides nothing, 1 toggles nothing, Delete removes no layer."""
    before = window.scene.state.heatmaps
    qtbot.keyClicks(editor(window), "H1[]tnr")
    qtbot.keyClick(editor(window), Qt.Key.Key_Home)
    qtbot.keyClick(editor(window), Qt.Key.Key_Delete)
    assert window.scene.state.notes == "1[]tnr"
    assert window.scene.state.heatmaps == before


@pytest.mark.parametrize(
    ("before", "after", "caret"),
    [
        ("one two three", "one 2 three", 13),
        ("one two three", "zero one two three", 13),
        ("\N{BRAIN} one two", "\N{BRAIN} one 2", 3),
        ("a\nb", "a\r\nb\r\nc\u00a0d", 1),
        ("", "new", 0),
    ],
)
def test_changes_from_elsewhere_leave_the_caret_with_its_words(
    panel: NotesPanel, before: str, after: str, caret: int
) -> None:
    """It stays before the letters that it was before; nothing is told back as an edit."""
    panel.scene.edit_notes(before)
    cursor = panel.editor.textCursor()
    cursor.setPosition(min(caret, len(before.encode("utf-16-le")) // 2))
    panel.editor.setTextCursor(cursor)
    rest = panel.editor.toPlainText().encode("utf-16-le")[2 * cursor.position() :]
    panel.scene.edit_notes(after)
    found = panel.editor.toPlainText().encode("utf-16-le")
    assert found.decode("utf-16-le") == after.replace("\r\n", "\n").replace("\u00a0", " ")
    if rest and found.endswith(rest):
        assert 2 * panel.editor.textCursor().position() == len(found) - len(rest)
    assert panel.scene.state.notes == after


def test_more_than_notes_hold_is_not_taken_and_told(qtbot: QtBot, panel: NotesPanel) -> None:
    """Pasted or typed; what was there stays."""
    kept = f"{'x' * 99}\n" * (MAX_NOTES // 100)
    QApplication.clipboard().setText(f"{kept}y")
    panel.editor.paste()
    assert panel.scene.state.notes == ""
    assert "1,000,000" in panel.told.text()
    panel.scene.edit_notes(kept)
    qtbot.keyClicks(panel.editor, "!")
    assert panel.scene.state.notes == kept
    assert panel.told.isVisible()
    qtbot.keyClick(panel.editor, Qt.Key.Key_Backspace)
    assert panel.told.isHidden()


def test_what_is_known_of_a_study_is_shown_and_copied(qtbot: QtBot, panel: NotesPanel) -> None:
    """As rows that nobody can change; without any there is no table."""
    table = panel.table
    assert table.isHidden()
    facts = (("scanner", "3 T"), ("group", "a\nb"))
    state = panel.scene.state.replaced(metadata=facts)
    panel.scene.put(state, panel.scene.volumes, History())
    assert table.isVisible()
    assert [table.item(row, 1).text() for row in range(2)] == ["3 T", "a b"]  # type: ignore[union-attr]
    assert table.editTriggers() == table.EditTrigger.NoEditTriggers
    table.setFocus()
    table.selectAll()
    qtbot.keyClick(table, Qt.Key.Key_C, CONTROL)
    assert QApplication.clipboard().text() == "scanner\t3 T\ngroup\ta\nb"


def test_notes_that_come_with_a_study_show_themselves(qtbot: QtBot) -> None:
    """A study without any leaves the panel as it is."""
    window = opened(qtbot)
    window.scene.take_over(small_scene())
    assert window.panels["notes"].isHidden()
    noted = small_scene()
    noted.edit_notes("look here")
    window.scene.take_over(noted)
    assert window.wait_idle(10)
    assert window.panels["notes"].isVisible()
    assert editor(window).toPlainText() == "look here"
    window.commands.close_study()
    assert window.wait_idle(10)
    assert editor(window).toPlainText() == ""
