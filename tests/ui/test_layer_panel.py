"""The layer list and the settings: what they show is the scene, and each act is one step to undo."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from heatviewer.ui.controls import Choice, NumberBox, number_step
from heatviewer.ui.main_window import MainWindow
from tests.ui.events import LEFT, drag, mouse
from tests.ui.windows import opened, small_scene


@pytest.fixture
def window(qtbot: QtBot) -> MainWindow:
    return opened(qtbot, small_scene())


def selected(window: MainWindow) -> Any:
    """Return the settings of the selected heatmap."""
    assert window.scene.selected is not None
    return window.scene.state.heatmap(window.scene.selected.id)


def row_of(window: MainWindow, name: str) -> Any:
    """Return a layer's row by name."""
    return next(row for row in window.layers.rows.values() if row.name.text() == name)


def steps(window: MainWindow) -> int:
    return len(window.scene.history.done)


# --- the list --------------------------------------------------------------------------------


def test_the_top_of_the_list_is_the_top_of_the_scene(window: MainWindow) -> None:
    """Rows stand from the top down, the base below them."""
    ids = [layer.id for layer in reversed(window.scene.state.heatmaps)]
    assert window.layers.list.layer_ids() == ids
    assert window.layers.base_row is not None
    assert window.layers.base_row.name.text() == "head"


def test_the_eye_hides_and_shows(qtbot: QtBot, window: MainWindow) -> None:
    """One click is one step, and undo shows in the list."""
    eye = row_of(window, "high").eye
    qtbot.mouseClick(eye, LEFT)
    assert not selected(window).visible
    assert steps(window) == 1
    window.scene.undo()
    assert eye.isChecked()


def test_the_eye_of_the_base_hides_the_base(qtbot: QtBot, window: MainWindow) -> None:
    """The base can be hidden as any layer."""
    assert window.layers.base_row is not None
    qtbot.mouseClick(window.layers.base_row.eye, LEFT)
    assert window.scene.state.base is not None
    assert not window.scene.state.base.visible


def test_a_dragged_opacity_slider_is_one_step(qtbot: QtBot, window: MainWindow) -> None:
    """However many values it passes; the next drag is another step."""
    slider = row_of(window, "high").opacity.slider
    right, y = slider.width() - 7.0, slider.height() / 2
    drag(slider, [(right, y), (right - 20, y), (right - 40, y)], LEFT)
    first = selected(window).opacity
    assert 0 < first < 1
    assert steps(window) == 1
    x = slider.width() * first
    drag(slider, [(x, y), (x - 15, y)], LEFT)
    assert steps(window) == 2
    window.scene.undo()
    assert selected(window).opacity == first


def test_a_layer_is_renamed_in_its_row(qtbot: QtBot, window: MainWindow) -> None:
    """A double click opens the field, Return takes the name, Escape leaves it."""
    row = row_of(window, "high")
    mouse(row, "DblClick", (row.title.geometry().center().x(), row.title.geometry().center().y()), LEFT)
    qtbot.keyClicks(row.editor, "motor")
    qtbot.keyClick(row.editor, Qt.Key.Key_Return)
    assert selected(window).name == "motor"
    window.commands.rename_selected()
    qtbot.keyClicks(row.editor, "nothing")
    qtbot.keyClick(row.editor, Qt.Key.Key_Escape)
    assert selected(window).name == "motor"
    assert steps(window) == 1


def test_a_click_selects_and_shows_the_settings(qtbot: QtBot, window: MainWindow) -> None:
    """The settings follow the list; a click on the base shows the base's."""
    item = window.layers.list.item(1)
    center = window.layers.list.visualItemRect(item).center()
    qtbot.mouseClick(window.layers.list.viewport(), LEFT, pos=center)
    assert selected(window).name == "low"
    assert window.settings.heatmap.head.title.text() == "low"
    assert window.layers.base_row is not None
    mouse(window.layers.base_row, "Press", (120, 6), LEFT)
    assert window.settings.page == "base"
    assert steps(window) == 0


@pytest.mark.parametrize("gap", [0, 2])
def test_a_dragged_row_changes_the_order(window: MainWindow, gap: int) -> None:
    """The lower row dropped over the top one, or the top one under the last: one step."""
    rows = window.layers.list
    dragged = rows.item(1 if gap == 0 else 0)
    data = rows.mimeData([dragged])
    y = 2.0 if gap == 0 else float(rows.visualItemRect(rows.item(1)).bottom() - 2)
    move, none, at = Qt.DropAction.MoveAction, Qt.KeyboardModifier.NoModifier, QPointF(40, y)
    QApplication.sendEvent(rows.viewport(), QDragEnterEvent(at.toPoint(), move, data, LEFT, none))
    QApplication.sendEvent(rows.viewport(), QDragMoveEvent(at.toPoint(), move, data, LEFT, none))
    QApplication.sendEvent(rows.viewport(), QDropEvent(at, move, data, LEFT, none))
    names = [layer.name for layer in reversed(window.scene.state.heatmaps)]
    assert names == ["low", "high"]
    assert steps(window) == 1
    assert [row.name.text() for row in (window.layers.rows[i] for i in rows.layer_ids())] == names


def test_keys_change_the_order(qtbot: QtBot, window: MainWindow) -> None:
    """What a drag does, keys do too; the row stays selected."""
    keys = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(window, Qt.Key.Key_Down, keys)
    assert [layer.name for layer in window.scene.state.heatmaps] == ["high", "low"]
    assert window.layers.list.currentRow() == 1


def test_delete_removes_and_undo_brings_back(qtbot: QtBot, window: MainWindow) -> None:
    """The next layer is selected; undo restores the row with its settings."""
    before = selected(window)
    qtbot.keyClick(window.slice_views["axial"], Qt.Key.Key_Delete)
    assert [row.name.text() for row in window.layers.rows.values()] == ["low"]
    window.scene.undo()
    assert selected(window) == before
    assert len(window.layers.rows) == 2


# --- numbers ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("span", "step"), [(16, 0.1), (1, 0.01), (400, 1), (3e-7, 1e-9), (0, 1), (float("inf"), 1)]
)
def test_a_step_is_about_a_hundredth_of_the_range(span: float, step: float) -> None:
    """Steps are round numbers that fit the data."""
    assert number_step(span) == pytest.approx(step)


@pytest.mark.parametrize(("text", "value"), [("1e-3", 0.001), ("−2.5", -2.5), ("3,5", 3.5), (" 7 ", 7.0)])
def test_numbers_are_read_in_any_spelling(qtbot: QtBot, text: str, value: float) -> None:
    """A true minus sign, a comma and an exponent are understood."""
    box = NumberBox("n", "tip")
    qtbot.addWidget(box)
    QApplication.clipboard().setText(text)
    box.selectAll()
    qtbot.keyClick(box, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    with qtbot.waitSignal(box.edited) as told:
        qtbot.keyClick(box, Qt.Key.Key_Return)
    assert told.args == [value]


def test_a_number_that_is_shown_is_not_rounded_by_looking(qtbot: QtBot) -> None:
    """Six digits are shown; leaving the field keeps all of them."""
    box = NumberBox("n", "tip")
    qtbot.addWidget(box)
    box.show_value(1 / 3)
    told: list[object] = []
    box.edited.connect(told.append)
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert box.value == 1 / 3
    assert not told


def test_a_value_that_is_not_in_the_list_is_added(qtbot: QtBot) -> None:
    """A preset by another name of the catalogue can be shown."""
    choice = Choice((("A", "a"),), "c", "tip")
    qtbot.addWidget(choice)
    choice.show_value("twilight")
    assert choice.value == "twilight"
