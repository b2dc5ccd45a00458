"""Dialogs: files to open, pictures to export, help."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QCoreApplication, QProcess, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QLineEdit
from pytestqt.qtbot import QtBot

import heatviewer
from heatviewer.app.actions import all_actions
from heatviewer.core.errors import ReadError
from heatviewer.ui import failures
from heatviewer.ui.app import guard
from heatviewer.ui.dialogs import AboutDialog, DoctorDialog
from heatviewer.ui.export_dialog import ExportDialog
from heatviewer.ui.main_window import MainWindow
from heatviewer.ui.shortcuts import EDITOR_INPUT, PRESET_INPUT, SLICE_INPUT, VOLUME_INPUT, ShortcutsDialog
from tests.ui.events import LEFT, pixels
from tests.ui.windows import nifti, opened, small_scene


def export(qtbot: QtBot, window: MainWindow) -> ExportDialog:
    """Open the export dialog as the menu does."""
    window.actions_set.by_id["file.export"].trigger()
    [dialog] = window.findChildren(ExportDialog)
    return dialog


def saved(window: MainWindow, dialog: ExportDialog, path: Path) -> np.ndarray:
    """Save the picture and return it, (height, width, 4)."""
    dialog.save_to(str(path))
    assert window.wait_idle(60)
    return np.asarray(Image.open(path))


# --- opening ---------------------------------------------------------------------------------


def test_a_file_chosen_in_the_dialog_is_opened(qtbot: QtBot, tmp_path: Path) -> None:
    """The dialog is the toolkit's own, driven as a person drives it."""
    window = opened(qtbot)
    nifti(tmp_path / "t1.nii.gz")
    window.preferences = window.preferences.replaced(last_folder=str(tmp_path))
    window.actions_set.by_id["file.open"].trigger()
    [dialog] = window.findChildren(QFileDialog)
    assert dialog.directory().absolutePath() == str(tmp_path)
    name = dialog.findChild(QLineEdit, "fileNameEdit")
    qtbot.keyClicks(name, "t1.nii.gz")
    qtbot.keyClick(name, Qt.Key.Key_Return)
    assert window.wait_idle(20)
    assert window.scene.state.base is not None


def test_a_cancelled_dialog_changes_nothing(qtbot: QtBot) -> None:
    """Escape closes it."""
    window = opened(qtbot, small_scene())
    before = window.scene.state
    window.actions_set.by_id["file.add_heatmap"].trigger()
    [dialog] = window.findChildren(QFileDialog)
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert window.wait_idle(20)
    assert window.scene.state == before


# --- pictures out ----------------------------------------------------------------------------


@pytest.mark.parametrize("view", ["axial", "sagittal"])
def test_an_exported_view_is_what_the_window_shows(qtbot: QtBot, tmp_path: Path, view: str) -> None:
    """At the size of the screen the picture is the view's, pixel by pixel, with the legend in the view."""
    scene = small_scene()
    scene.edit_view(legend="views")
    window = opened(qtbot, scene)
    shown = pixels(window.slice_views[view])  # type: ignore[index]
    dialog = export(qtbot, window)
    dialog.view.show_value(view)
    dialog.view.chosen.emit(view)
    picture = saved(window, dialog, tmp_path / "new" / "view.png")
    assert picture.shape == shown.shape
    np.testing.assert_array_equal(picture, shown)


def test_all_views_stand_as_they_are_laid_out(qtbot: QtBot, tmp_path: Path) -> None:
    """Twice the size is asked for and given, with the shared legend beside the views."""
    window = opened(qtbot, small_scene())
    window.actions_set.by_id["view.layout.row"].trigger()
    QApplication.processEvents()
    dialog = export(qtbot, window)
    dialog.view.show_value("all")
    dialog.scale.show_value(2.0)
    dialog.scale.chosen.emit(2.0)
    picture = saved(window, dialog, tmp_path / "all.png")
    assert picture.shape[:2] == (2 * window.pictures.height(), 2 * window.pictures.width())
    assert (picture[..., 3] == 255).all()
    thirds = np.array_split(picture[..., :3], 3, axis=1)
    assert all(third.max() > 100 for third in thirds)


def test_heatmaps_alone_are_transparent_where_there_are_none(qtbot: QtBot, tmp_path: Path) -> None:
    """Colour is 0 where alpha is 0, and the base is left out."""
    window = opened(qtbot, small_scene())
    dialog = export(qtbot, window)
    dialog.view.show_value("axial")
    dialog.content.show_value("heatmaps")
    dialog.width_box.show_value(200)
    dialog.height_box.show_value(100)
    picture = saved(window, dialog, tmp_path / "overlay.png")
    assert picture.shape == (100, 200, 4)
    assert (picture[..., 3] == 0).any()
    assert (picture[picture[..., 3] == 0] == 0).all()


def test_a_picture_that_cannot_be_saved_says_so(qtbot: QtBot, tmp_path: Path) -> None:
    """The dialog stays for another try; nothing half written is left."""
    window = opened(qtbot, small_scene())
    dialog = export(qtbot, window)
    (tmp_path / "a file").write_text("no folder")
    dialog.save_to(str(tmp_path / "a file" / "x.png"))
    assert window.wait_idle(60)
    assert "a file: is a file where a folder is needed" in window.messages.texts[0]
    assert dialog.isVisible()
    assert dialog.save.isEnabled()


def test_the_preview_has_the_shape_of_the_picture(qtbot: QtBot) -> None:
    """It is drawn soon after a change."""
    window = opened(qtbot, small_scene())
    dialog = export(qtbot, window)
    dialog.width_box.show_value(800)
    dialog.height_box.show_value(200)
    dialog.content.chosen.emit("bare")
    qtbot.waitUntil(lambda: not dialog.busy and not window.background.busy)
    pixmap = dialog.preview.pixmap()
    assert pixmap.width() / pixmap.height() == pytest.approx(4, abs=0.1)


def test_copy_puts_the_view_on_the_clipboard(qtbot: QtBot) -> None:
    """Ctrl+C copies the view that was used last, as large as it is shown."""
    window = opened(qtbot, small_scene())
    view = window.slice_views["coronal"]
    qtbot.mouseClick(view, LEFT)
    qtbot.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert window.wait_idle(20)
    image = QGuiApplication.clipboard().image()
    assert (image.width(), image.height()) == (view.width(), view.height())


def test_the_probe_is_copied_as_text(qtbot: QtBot) -> None:
    """A line for the place, and one for every layer."""
    window = opened(qtbot, small_scene())
    window.actions_set.by_id["edit.copy_probe"].trigger()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0].startswith("x ")
    assert [line.split("\t")[0] for line in lines[1:]] == ["head", "low", "high"]


# --- help ------------------------------------------------------------------------------------


def test_f1_shows_every_key_and_the_mouse(qtbot: QtBot) -> None:
    """The table is made from the tables of actions and of mouse and keys."""
    window = opened(qtbot)
    qtbot.keyClick(window, Qt.Key.Key_F1)
    [dialog] = window.findChildren(ShortcutsDialog)
    cells = [dialog.table.item(row, 1) for row in range(dialog.table.rowCount())]
    texts = {cell.text() for cell in cells if cell is not None}
    assert {action.tip for action in all_actions() if action.shortcuts} <= texts
    assert {text for _, text in (*SLICE_INPUT, *VOLUME_INPUT, *EDITOR_INPUT, *PRESET_INPUT)} <= texts
    qtbot.keyClicks(dialog.filter, "fill the screen")
    assert dialog.table.rowCount() == 2


def test_about_says_what_the_program_is_not(qtbot: QtBot) -> None:
    """Version, licence, and the notice."""
    dialog = AboutDialog(None)
    qtbot.addWidget(dialog)
    for part in (heatviewer.__version__, "BSD", "Not a medical device; not for diagnosis."):
        assert part in dialog.text.text()


def test_the_check_of_the_machine_shows_what_the_command_says(qtbot: QtBot) -> None:
    """It runs in a process of its own, so that a crash there does not end the window."""
    dialog = DoctorDialog(None)
    qtbot.addWidget(dialog)
    done = lambda: dialog.process.state() == QProcess.ProcessState.NotRunning  # noqa: E731
    qtbot.waitUntil(done, timeout=60_000)
    assert dialog.process.program() == sys.executable
    assert "Qt" in dialog.text.toPlainText()


def test_a_dialog_is_gone_once_closed(qtbot: QtBot) -> None:
    """Opened twice, there is one; closed, there is none."""
    window = opened(qtbot, small_scene())
    window.commands.show_about()
    [dialog] = window.findChildren(AboutDialog)
    dialog.reject()
    QCoreApplication.processEvents()
    QCoreApplication.sendPostedEvents(None, 52)
    assert not window.findChildren(QDialog)


# --- errors ----------------------------------------------------------------------------------


def test_the_log_holds_no_values_and_no_folders() -> None:
    """An unexpected error is told by type, module, function and line alone."""
    try:
        raise ValueError("Doe^Jane in /home/somebody/secret/ct.dcm")
    except ValueError as error:
        failures.record(error)
    text = failures.log_path().read_text(encoding="utf-8")
    assert "ValueError" in text
    assert "test_dialogs.py" in text
    assert "Jane" not in text
    assert "secret" not in text
    assert str(Path(__file__).parent) not in text


def test_an_unexpected_error_is_shown_and_the_window_goes_on(qtbot: QtBot) -> None:
    """What nobody caught is reported on the window's thread, then the old hook is back."""
    window = opened(qtbot, small_scene())
    before = sys.excepthook
    restore = guard(window)
    try:
        sys.excepthook(KeyError, KeyError("Doe^Jane"), None)
        sys.excepthook(ReadError, ReadError("ct.nii", "is cut short", "Copy it again"), None)
    finally:
        restore()
    assert sys.excepthook is before
    qtbot.waitUntil(lambda: len(window.messages.texts) == 2)
    assert window.messages.texts[0] == "ct.nii: is cut short. Copy it again."
    assert "KeyError" in window.messages.texts[1]
    assert "Jane" not in window.messages.texts[1]
    assert window.isVisible()


def test_messages_go_by_a_click_and_never_pile_up(qtbot: QtBot) -> None:
    """The same text stands once; of many only the latest stay."""
    window = opened(qtbot)
    for number in range(5):
        window.report(f"message {number}", "warning")
    window.report("message 4", "warning")
    assert window.messages.texts == ["message 4", "message 3", "message 2"]
    window.messages.shown[0].dismiss()
    assert window.messages.texts == ["message 3", "message 2"]
