"""The folded part of a heatmap's settings: steps, edge, and what lies beside the range."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QColorDialog
from pytestqt.qtbot import QtBot

from heatviewer.ui.heatmap_settings import HeatmapSettings
from heatviewer.ui.main_window import MainWindow
from tests.ui.events import LEFT
from tests.ui.windows import opened, small_scene


@pytest.fixture
def window(qtbot: QtBot) -> MainWindow:
    made = opened(qtbot, small_scene())
    qtbot.mouseClick(made.settings.heatmap.more, LEFT)
    return made


def form(window: MainWindow) -> HeatmapSettings:
    return window.settings.heatmap


def setting(window: MainWindow, field: str) -> Any:
    assert window.scene.selected is not None
    return getattr(window.scene.state.heatmap(window.scene.selected.id), field)


def undone(window: MainWindow, field: str) -> Any:
    """Return the setting after the one step that there is was undone."""
    assert len(window.scene.history.done) == 1
    window.scene.undo()
    return setting(window, field)


def test_the_section_is_folded_until_its_heading_is_pressed(qtbot: QtBot) -> None:
    """A calm panel: rare controls take no room before they are asked for."""
    window = opened(qtbot, small_scene())
    more, steps = form(window).more, form(window).steps
    assert not steps.isVisible()
    qtbot.mouseClick(more, LEFT)
    assert steps.isVisible()
    qtbot.keyClick(more, Qt.Key.Key_Space)
    assert not steps.isVisible()


def test_typed_steps_are_one_step_to_undo(qtbot: QtBot, window: MainWindow) -> None:
    """A whole number gives flat colours, an empty field smooth ones."""
    box = form(window).steps
    box.setFocus()
    qtbot.keyClicks(box, "7")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert setting(window, "steps") == 7
    assert undone(window, "steps") is None
    assert box.value is None


@pytest.mark.parametrize("text", ["1", "257", "-3"])
def test_steps_out_of_range_are_not_taken(qtbot: QtBot, window: MainWindow, text: str) -> None:
    """The field goes back to what holds."""
    box = form(window).steps
    box.setFocus()
    qtbot.keyClicks(box, text)
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert setting(window, "steps") is None
    assert box.lineEdit().text() == ""


def test_the_edge_is_chosen(qtbot: QtBot, window: MainWindow) -> None:
    """One key, one step."""
    qtbot.keyClick(form(window).edge, Qt.Key.Key_Down)
    assert setting(window, "edge") == "linear"
    assert undone(window, "edge") == "hard"
    assert form(window).edge.value == "hard"


@pytest.mark.parametrize(("field", "before"), [("below", "clamp"), ("above", "clamp"), ("nan", "hide")])
def test_values_beside_the_range_are_hidden_or_coloured(
    qtbot: QtBot, window: MainWindow, field: str, before: str
) -> None:
    """The last choice is a colour of one's own, which has a button."""
    rule = form(window).rules[field]
    assert not rule.button.isVisible()
    qtbot.keyClick(rule.choice, Qt.Key.Key_End)
    assert setting(window, field).startswith("#")
    assert rule.button.isVisible()
    assert undone(window, field) == before
    assert not rule.button.isVisible()


def test_a_colour_is_chosen_in_a_dialog(qtbot: QtBot, window: MainWindow) -> None:
    """What is accepted there is one step; a colour survives another choice."""
    rule = form(window).rules["above"]
    window.scene.edit_layer(window.scene.state.selected or "", above="#102030")
    window.scene.history.clear()
    qtbot.mouseClick(rule.button, LEFT)
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, QColorDialog)
    assert dialog.currentColor().name() == "#102030"
    dialog.setCurrentColor(QColor("#aabbcc"))
    dialog.accept()
    assert setting(window, "above") == "#aabbcc"
    assert undone(window, "above") == "#102030"


def test_a_colour_dialog_that_is_cancelled_changes_nothing(qtbot: QtBot, window: MainWindow) -> None:
    """Escape leaves the colour."""
    rule = form(window).rules["below"]
    window.scene.edit_layer(window.scene.state.selected or "", below="#102030")
    qtbot.mouseClick(rule.button, LEFT)
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, QColorDialog)
    dialog.setCurrentColor(QColor("#aabbcc"))
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert setting(window, "below") == "#102030"


def test_everything_is_named(window: MainWindow) -> None:
    """Names for assistive tools, tips for all, and words that say what is undone."""
    page = form(window)
    rules = [part for rule in page.rules.values() for part in (rule.choice, rule.button)]
    for widget in (page.more, page.steps, page.edge, *rules):
        assert widget.accessibleName()
        assert widget.toolTip()
    page.rules["nan"].edited.emit("clamp")
    assert window.scene.history.done[-1].title == "Change colour of missing values of high"
