"""What tests of the settings panel share: a person at its controls, and what the scene holds."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from heatviewer.ui.controls import Choice
from heatviewer.ui.forms import Section
from heatviewer.ui.heatmap_settings import HeatmapSettings
from heatviewer.ui.main_window import MainWindow
from tests.ui.events import LEFT


def form(window: MainWindow) -> HeatmapSettings:
    """Return the page of the selected heatmap."""
    return window.settings.heatmap


def setting(window: MainWindow, field: str) -> Any:
    """Return what the scene holds for the selected heatmap."""
    assert window.scene.selected is not None
    return getattr(window.scene.state.heatmap(window.scene.selected.id), field)


def change(window: MainWindow, **changes: Any) -> None:
    """Change the selected heatmap from elsewhere."""
    assert window.scene.selected is not None
    window.scene.selected.edit(**changes)


def steps(window: MainWindow) -> int:
    """Return how many steps can be undone."""
    return len(window.scene.history.done)


def undone(window: MainWindow, field: str) -> Any:
    """Return the setting after the one step that there is was undone."""
    assert [step.title for step in window.scene.history.done][1:] == []
    assert steps(window) == 1
    window.scene.undo()
    return setting(window, field)


def opened_section(qtbot: QtBot, section: Section) -> None:
    """Unfold a section by its heading, if it is folded."""
    if not section.opened:
        qtbot.mouseClick(section.heading, LEFT)


def typed(qtbot: QtBot, field: QAbstractSpinBox | QLineEdit, text: str, done: bool = True) -> None:
    """Replace a field's text as a person does, and press Return when `done`."""
    field.setFocus()
    field.selectAll()
    qtbot.keyClick(field, Qt.Key.Key_Backspace)
    line = field if isinstance(field, QLineEdit) else field.lineEdit()
    if text.isascii():
        qtbot.keyClicks(field, text)
    else:
        QApplication.clipboard().setText(text)
        line.paste()
    if done:
        qtbot.keyClick(field, Qt.Key.Key_Return)


def chosen(qtbot: QtBot, choice: Choice, text: str) -> None:
    """Walk down or up a list by keys to the entry that begins with a text."""
    texts = [choice.itemText(n) for n in range(choice.count())]
    wanted = next(n for n, title in enumerate(texts) if title.startswith(text))
    away = wanted - choice.currentIndex()
    choice.setFocus()
    if abs(away) > 1:
        # Every step between would be a choice of its own; opened, the list is walked without one.
        choice.showPopup()
        view = choice.view()
        view.setCurrentIndex(choice.model().index(wanted, 0))
        qtbot.keyClick(view, Qt.Key.Key_Return)
        choice.hidePopup()
    elif away:
        qtbot.keyClick(choice, Qt.Key.Key_Down if away > 0 else Qt.Key.Key_Up)
