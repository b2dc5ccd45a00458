"""Questions before work is lost or overwritten. None of them stops the program: answers come by calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox

from heatviewer.ui.controls import named

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QWidget

_BUTTONS, _ROLES = QMessageBox.StandardButton, QMessageBox.ButtonRole


def ask_leaving(
    parent: QWidget, name: str, more: str, save: Callable[[], object], discard: Callable[[], object]
) -> QMessageBox:
    """Ask what becomes of unsaved changes; cancelling calls nothing."""
    box = _box(parent, "Unsaved changes", f"Save the changes to {name}?", more)
    box.setStandardButtons(_BUTTONS.Save | _BUTTONS.Discard | _BUTTONS.Cancel)
    box.setDefaultButton(_BUTTONS.Save)
    tips = {
        _BUTTONS.Save: ("Save", "Save the session, and go on"),
        _BUTTONS.Discard: ("Discard", "Lose the changes, and go on"),
        _BUTTONS.Cancel: ("Cancel", "Stay as it is"),
    }
    for which, (title, tip) in tips.items():
        button = named(box.button(which), title, tip)
        button.setText(title)
    answers = {_BUTTONS.Save: save, _BUTTONS.Discard: discard}

    def answer(result: int) -> None:
        call = answers.get(QMessageBox.StandardButton(result))
        if call is not None:
            call()

    box.finished.connect(answer)
    box.open()
    return box


def ask_leaving_cases(
    parent: QWidget, cases: Sequence[str], show: Callable[[], object], discard: Callable[[], object]
) -> QMessageBox:
    """Ask what becomes of cases that were changed before another one came; cancelling calls nothing."""
    more = f" and {len(cases) - 3} more" if len(cases) > 3 else ""
    text = f"Lose the changes to {', '.join(cases[:3])}{more}?"
    told = "They were changed before other cases were shown, and are in no session."
    box = _box(parent, "Unsaved changes", text, told)
    name = f"Show {cases[0]}"
    first = _Answer(name, name, "Show the first of them, to be saved as a session", show)
    lose = _Answer("Discard", "Discard", "Lose the changes, and go on", discard)
    return _ask_either(box, first, lose, "Stay as it is")


def ask_overwriting(
    parent: QWidget,
    text: str,
    more: str,
    overwrite: Callable[[], object],
    save_as: Callable[[], object],
    title: str = "Save session",
) -> QMessageBox:
    """Ask whether a file that somebody else may need is overwritten; cancelling calls nothing."""
    box = _box(parent, title, text, more)
    kept = "Save over it; the version there now is kept as its backup"
    replace = _Answer("Overwrite", "Overwrite", kept, overwrite)
    elsewhere = _Answer("Save as…", "Save as", "Choose another file", save_as)
    return _ask_either(box, elsewhere, replace, "Save nothing")


class _Answer(NamedTuple):
    """A button of a question: its title, its accessible name, its tip, and what it calls."""

    title: str
    name: str
    tip: str
    call: Callable[[], object]


def _ask_either(box: QMessageBox, safe: _Answer, destructive: _Answer, cancel_tip: str) -> QMessageBox:
    """Ask with two answers, the safe one proposed; cancelling calls nothing."""
    calls = []
    for answer, role in ((safe, _ROLES.AcceptRole), (destructive, _ROLES.DestructiveRole)):
        button = named(box.addButton(answer.title, role), answer.name, answer.tip)
        calls.append((button, answer.call))
    box.setDefaultButton(calls[0][0])
    named(box.addButton(_BUTTONS.Cancel), "Cancel", cancel_tip).setText("Cancel")

    def answered(_result: int) -> None:
        for button, call in calls:
            if box.clickedButton() is button:
                call()

    box.finished.connect(answered)
    box.open()
    return box


def _box(parent: QWidget, title: str, text: str, more: str) -> QMessageBox:
    box = QMessageBox(parent)
    box.setWindowTitle(title)
    box.setAccessibleName(title)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(text)
    box.setInformativeText(more)
    # A child of the window, and gone with it.
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    return box
