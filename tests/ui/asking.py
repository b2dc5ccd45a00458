"""The window's questions and file dialogs, answered as a person does."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from heatviewer.ui.main_window import MainWindow


def press(window: MainWindow, keys: str) -> None:
    """Press a shortcut while a slice has the keyboard."""
    # No window manager gives it back to the window once a dialog is closed.
    window.activateWindow()
    QApplication.processEvents()
    QTest.keySequence(window.slice_views["axial"], QKeySequence(keys))


def question(window: MainWindow) -> QMessageBox:
    """Return the one question that is asked now."""
    [box] = [box for box in window.findChildren(QMessageBox) if box.isVisible()]
    return box


def asks(window: MainWindow) -> bool:
    """Return whether anything is asked now."""
    return any(box.isVisible() for box in window.findChildren(QMessageBox))


def answer(qtbot: QtBot, window: MainWindow, title: str) -> None:
    """Click the button of the question that is asked."""
    box = question(window)
    [button] = [button for button in box.buttons() if button.text().replace("&", "") == title]
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def name_file(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    """Say where a file is to be saved, in the dialog that asks for it."""
    [dialog] = [dialog for dialog in window.findChildren(QFileDialog) if dialog.isVisible()]
    dialog.selectFile(str(path))
    [save] = [button for button in dialog.findChildren(QPushButton) if button.text() == "&Save"]
    qtbot.mouseClick(save, Qt.MouseButton.LeftButton)
