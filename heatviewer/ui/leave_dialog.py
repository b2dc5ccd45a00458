"""Questions before work is lost or overwritten. None of them stops the program: answers come by calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    first = box.addButton(f"Show {cases[0]}", _ROLES.AcceptRole)
    named(first, f"Show {cases[0]}", "Show the first of them, to be saved as a session")
    lose = box.addButton("Discard", _ROLES.DestructiveRole)
    named(lose, "Discard", "Lose the changes, and go on")
    cancel = named(box.addButton(_BUTTONS.Cancel), "Cancel", "Stay as it is")
    cancel.setText("Cancel")
    box.setDefaultButton(first)

    def answer(_result: int) -> None:
        if box.clickedButton() is first:
            show()
        elif box.clickedButton() is lose:
            discard()

    box.finished.connect(answer)
    box.open()
    return box


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
    replace = box.addButton("Overwrite", _ROLES.DestructiveRole)
    named(replace, "Overwrite", "Save over it; the version there now is kept as its backup")
    elsewhere = box.addButton("Save as…", _ROLES.AcceptRole)
    named(elsewhere, "Save as", "Choose another file")
    cancel = named(box.addButton(_BUTTONS.Cancel), "Cancel", "Save nothing")
    cancel.setText("Cancel")
    box.setDefaultButton(elsewhere)

    def answer(_result: int) -> None:
        if box.clickedButton() is replace:
            overwrite()
        elif box.clickedButton() is elsewhere:
            save_as()

    box.finished.connect(answer)
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
