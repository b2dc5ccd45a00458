"""Where the toolkit's file dialogs keep the folders that they were in: with us, or nowhere.

Left alone they write them, file by file chosen, into a file that all Qt programs share.
"""

from __future__ import annotations

from tempfile import TemporaryDirectory

from PySide6.QtCore import QCoreApplication, QSettings

from heatviewer.app.recent import dialogs_folder

#: Set on an application object that this program made; that of somebody else keeps its settings.
OWN_PROPERTY = "heatviewer_own"
_nowhere: list[TemporaryDirectory[str]] = []


def keep_dialog_folders(keeps: bool) -> None:
    """Have file dialogs keep their folders in this program's cache, or only until it ends."""
    application = QCoreApplication.instance()
    if application is None or not application.property(OWN_PROPERTY):
        return
    if keeps:
        place = str(dialogs_folder())
    else:
        if not _nowhere:
            _nowhere.append(TemporaryDirectory(prefix="heatviewer-"))
        place = _nowhere[0].name
    QSettings.setPath(QSettings.Format.NativeFormat, QSettings.Scope.UserScope, place)
