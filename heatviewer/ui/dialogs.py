"""The window's small dialogs: files to open or save, About, and what the machine can do."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QProcess, Qt, qVersion
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

import heatviewer
from heatviewer.ui.controls import named

if TYPE_CHECKING:
    from collections.abc import Callable

_NIFTI = "*.nii *.nii.gz *.hdr *.img *.img.gz"
_DICOM = "*.dcm *.DCM *.ima *.IMA *.zip *.ZIP DICOMDIR"
_OTHERS = "*.nrrd *.nhdr *.mha *.mhd *.mgh *.mgz *.npy *.npz"
_PICTURES = "*.png *.jpg *.jpeg *.tif *.tiff *.bmp"
_DOCUMENTS = "*.hvs *.json *.csv *.tsv"
FILE_FILTERS = (
    f"Scans, maps and sessions ({_NIFTI} {_DICOM} {_OTHERS} {_PICTURES} {_DOCUMENTS})",
    f"Sessions, tasks and worklists ({_DOCUMENTS})",
    f"NIfTI and Analyze ({_NIFTI})",
    f"DICOM, ZIP archives ({_DICOM})",
    f"Other volumes and arrays ({_OTHERS})",
    f"Pictures ({_PICTURES})",
    "All files (*)",
)
PICTURE_FILTERS = ("PNG picture (*.png)",)


def ask_files(
    parent: QWidget,
    title: str,
    folder: str,
    chosen: Callable[[list[str]], object],
    several: bool = True,
    filters: tuple[str, ...] = FILE_FILTERS,
) -> QFileDialog:
    """Ask for files to open, or for one; `chosen` gets them."""
    dialog = _file_dialog(parent, title, folder)
    modes = QFileDialog.FileMode
    dialog.setFileMode(modes.ExistingFiles if several else modes.ExistingFile)
    dialog.setNameFilters(filters)
    dialog.filesSelected.connect(lambda paths: chosen(list(paths)))
    dialog.open()
    return dialog


def ask_folder(parent: QWidget, title: str, folder: str, chosen: Callable[[str], object]) -> QFileDialog:
    """Ask for a folder to open; `chosen` gets it."""
    dialog = _file_dialog(parent, title, folder)
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly, True)
    dialog.filesSelected.connect(lambda paths: chosen(str(paths[0])))
    dialog.open()
    return dialog


def ask_picture_path(parent: QWidget, folder: str, name: str, chosen: Callable[[str], object]) -> QFileDialog:
    """Ask where a picture is to be saved; `chosen` gets the path, which ends in .png."""
    return ask_save_path(parent, "Export picture", folder, name, PICTURE_FILTERS, "png", chosen)


def ask_save_path(
    parent: QWidget,
    title: str,
    folder: str,
    name: str,
    filters: tuple[str, ...],
    suffix: str,
    chosen: Callable[[str], object],
) -> QFileDialog:
    """Ask where a file is to be saved; `chosen` gets the path, with a suffix."""
    dialog = _file_dialog(parent, title, folder)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setNameFilters(filters)
    dialog.setDefaultSuffix(suffix)
    dialog.selectFile(name)
    dialog.filesSelected.connect(lambda paths: chosen(str(paths[0])))
    dialog.open()
    return dialog


def _file_dialog(parent: QWidget, title: str, folder: str) -> QFileDialog:
    dialog = QFileDialog(parent, title, folder if Path(folder).is_dir() else str(Path.home()))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setAccessibleName(title)
    return dialog


def about_text() -> str:
    """Return what About says."""
    return (
        f"<p style='font-size:20px'><b>HeatViewer</b> {heatviewer.__version__}</p>"
        "<p>Heatmaps exactly where they lie on a patient's scan, in slices and in 3D.</p>"
        "<p><b>Not a medical device; not for diagnosis.</b></p>"
        "<p>BSD 3-Clause licence. Fonts: DejaVu. Icons: Phosphor (MIT).</p>"
        f"<p>Python {sys.version.split()[0]} · Qt {qVersion()}</p>"
    )


class AboutDialog(QDialog):
    """Version, licence, and what the program is not."""

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle("About HeatViewer")
        self.text = named(QLabel(about_text()), "About HeatViewer", "Version and licence")
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.text.setWordWrap(True)
        self.text.setMinimumWidth(380)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(12)
        column.addWidget(self.text)
        column.addWidget(_close_button(self))


class DoctorDialog(QDialog):
    """What 'heatviewer doctor' finds, asked in a process of its own: a crash there is a finding."""

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Check this machine")
        self.resize(640, 460)
        self.text = named(QPlainTextEdit("Looking…"), "Findings", "Versions, and what can be drawn here")
        self.text.setReadOnly(True)
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        copy = named(QPushButton("Copy"), "Copy findings", "Put the findings on the clipboard")
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.text.toPlainText()))
        buttons = _close_button(self)
        buttons.addButton(copy, QDialogButtonBox.ButtonRole.ActionRole)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(8)
        column.addWidget(self.text, 1)
        column.addWidget(buttons)
        self.process = QProcess(self)
        self.process.setProcessChannelMode(QProcess.ProcessChannelMode.MergedChannels)
        self.process.finished.connect(self._show)
        self.process.errorOccurred.connect(lambda _error: self._show())
        self.process.start(*doctor_command())

    def _show(self) -> None:
        text = bytes(self.process.readAllStandardOutput().data()).decode("utf-8", "replace").strip()
        self.text.setPlainText(text or "The check ended without a finding.")

    def done(self, result: int) -> None:
        """End the check with the window."""
        if self.process.state() != QProcess.ProcessState.NotRunning:
            self.process.kill()
            self.process.waitForFinished(2000)
        super().done(result)


def doctor_command() -> tuple[str, list[str]]:
    """Return how the check is started: a bundled program starts itself."""
    if getattr(sys, "frozen", False):
        return sys.executable, ["doctor"]
    return sys.executable, ["-m", "heatviewer", "doctor"]


def _close_button(dialog: QDialog) -> QDialogButtonBox:
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    for button in buttons.buttons():
        named(button, "Close", "Close this window")
    buttons.rejected.connect(dialog.reject)
    return buttons
