"""Recent studies in the window: kept as they are opened, pictured in the background, forgotten."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer, QUrl
from PySide6.QtGui import QDesktopServices, QIcon, QImage, QPixmap

from heatviewer.app.drops import recent_kind
from heatviewer.app.recent import (
    dialogs_folder,
    forget_pictures,
    picture_path,
    save_picture,
    study_picture,
    when_told,
)
from heatviewer.app.settings import load_preferences
from heatviewer.core.errors import HeatViewerError
from heatviewer.ui import theme
from heatviewer.ui.background import Background, Poster
from heatviewer.ui.dialog_memory import keep_dialog_folders
from heatviewer.ui.recent_row import Shown, kind_icon

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from heatviewer.app.recent import Recent
    from heatviewer.app.scene_change import SceneChange
    from heatviewer.ui.main_window import MainWindow

#: A picture is taken when nothing has changed for so long, in ms: of a study as it is looked at, and
#: not while something is dragged.
_CALM_MS: Final = 1500


class Recents(QObject):
    """Keeps the list of recent studies and their pictures, and shows them in the start page.

    Parameters
    ----------
    keeps : bool
        False for a run that leaves no trace of what it opens.
    """

    def __init__(self, window: MainWindow, keeps: bool) -> None:
        super().__init__(window)
        self._window, self._keeps = window, keeps
        self._background = Background(Poster(self).post)
        self._pictures: dict[str, QPixmap] = {}
        self._gone: set[str] = set()
        self._study, self._base, self._table = "", "", ""
        self._calm = QTimer(self)
        self._calm.setSingleShot(True)
        self._calm.setInterval(_CALM_MS)
        self._calm.timeout.connect(self._take_picture)
        keep_dialog_folders(self.keeping)
        window.opener.opened.connect(self._on_opened)
        window.scene.changed.connect(self._on_changed)
        window.start_page.recent_removed.connect(self.remove)
        window.start_page.folder_wanted.connect(_show_folder)

    @property
    def keeping(self) -> bool:
        """Whether what is opened now comes into the list."""
        return self._keeps and self._window.preferences.keep_recent

    @property
    def is_idle(self) -> bool:
        """Whether nothing is looked at or pictured, now or soon."""
        return not self._background.busy and not self._calm.isActive()

    # --- the list --------------------------------------------------------------------------

    def add(self, path: str) -> None:
        """Put a study at the head of the list; it is the one that is open."""
        base = self._window.scene.state.base
        self._study, self._base = os.path.abspath(path), "" if base is None else base.id
        if not self.keeping:
            return
        # What another window added or a command removed meanwhile stays as it is.
        latest = self._window.preferences.replaced(recent=load_preferences().recent)
        self._window.remember(latest.with_opened(path, recent_kind(path), time.time()))
        self.refresh()
        self._calm.start()

    def open(self, path: str) -> None:
        """Open a study of the list in place of what is open."""
        known = {recent.path: recent.kind for recent in self._window.preferences.recent}
        if known.get(path) == "worklist":
            self._window.documents.open_worklist(path)
        else:
            self._window.open_paths([path], "study")

    def remove(self, path: str) -> None:
        """Take a study off the list, with its picture."""
        self._window.remember(self._window.preferences.without(path))
        self.refresh()
        self._tidy()

    def ask_forget(self) -> None:
        """Ask in a message whether all are to be forgotten; nothing waits for the answer."""
        count = len(self._window.preferences.recent)
        studies = "1 recent study" if count == 1 else f"{count} recent studies"
        text = f"Forget {studies}, with pictures and the last folder? The files themselves stay."
        self._window.messages.show_message(text, "warning", ("Forget", self.forget))

    def forget(self) -> None:
        """Remove list, pictures and last folder."""
        self._window.remember(self._window.preferences.without_recent())
        shutil.rmtree(dialogs_folder(), ignore_errors=True)
        self.refresh()
        self._tidy()
        self._window.report("The recent studies are forgotten.")

    def toggle_keeping(self) -> None:
        """Keep what is opened from now on, or no longer."""
        window = self._window
        keeps = not window.preferences.keep_recent
        window.remember(window.preferences.replaced(keep_recent=keeps))
        keep_dialog_folders(self.keeping)
        if not keeps and window.preferences.recent:
            text = "What you open is no longer kept. The studies of before are still listed."
            window.messages.show_message(text, "warning", ("Forget them", self.forget))
        elif keeps and not self._keeps:
            window.report("This window was started with --no-recent and keeps nothing.")

    def _on_opened(self, path: str, role: str) -> None:
        if self._window.documents.recovery.is_place(path):
            return
        before, self._table = self._table, path if self._window.worklist.is_place(path) else ""
        if self._table and self._table == before:
            # Another case of a worklist that is in the list.
            return
        if role in ("base", "study"):
            self.add(path)
            return
        window = self._window
        window.remember(window.preferences.replaced(last_folder=str(Path(path).absolute().parent)))

    # --- what is shown ---------------------------------------------------------------------

    def refresh(self) -> None:
        """Show the list, and look in the background which of it is there and has a picture."""
        self._show()
        paths = self._window.preferences.recent_paths
        self._background.run(lambda: [_looked_at(path) for path in paths], self._take_looks, _raise)

    def icon(self, recent: Recent) -> QIcon:
        """Return a study's picture as an icon, or what stands for its kind."""
        picture = self._pictures.get(recent.path)
        if picture is not None:
            return QIcon(picture)
        return kind_icon(recent.kind, theme.tokens_of(self._window.preferences.theme))

    def shown(self) -> list[Shown]:
        """Return the list as it is known now, the latest first."""
        now = time.time()
        return [
            Shown(
                recent,
                self._pictures.get(recent.path),
                when_told(recent.when, now),
                recent.path not in self._gone,
            )
            for recent in self._window.preferences.recent
        ]

    def _take_looks(self, looks: Sequence[tuple[str, bool, QImage | None]]) -> None:
        self._gone = {path for path, there, _ in looks if not there}
        found = {path: image for path, _, image in looks if image is not None and not image.isNull()}
        self._pictures = {path: QPixmap.fromImage(image) for path, image in found.items()}
        self._show()

    def _show(self) -> None:
        self._window.start_page.show_recent(self.shown())

    # --- pictures --------------------------------------------------------------------------

    def _on_changed(self, change: SceneChange) -> None:
        if self._study and (change.layers or change.cursor):
            self._calm.start()

    def _take_picture(self) -> None:
        """Take a picture of the study that is open, if it is one of the list."""
        scene, path = self._window.scene, self._study
        base = scene.state.base
        if base is None or base.id != self._base:
            self._study = ""
            return
        if not self.keeping or path not in self._window.preferences.recent_paths:
            return
        if self._window.loader.busy:
            self._calm.start()
            return
        state, volumes = scene.state, dict(scene.volumes)

        def work() -> NDArray[np.uint8]:
            rgba = study_picture(state, volumes)
            save_picture(path, rgba)
            return rgba

        self._background.run(work, lambda _: self.refresh(), self._failed)
        self._tidy()

    def _tidy(self) -> None:
        """Remove the pictures of what is on the list no more."""
        self._background.run(
            lambda: forget_pictures(keep=load_preferences().recent_paths), lambda _: None, self._failed
        )

    def _failed(self, error: Exception) -> None:
        if not isinstance(error, HeatViewerError):
            raise error
        self._window.show_status(str(error))

    def stop(self) -> None:
        """Stop what is done in the background."""
        self._calm.stop()
        self._window.scene.changed.disconnect(self._on_changed)
        self._background.close()


def _looked_at(path: str) -> tuple[str, bool, QImage | None]:
    """Return a path, whether it is there, and its picture; a disk may take its time."""
    file = picture_path(path)
    return path, os.path.exists(path), QImage(str(file)) if file.exists() else None


def _show_folder(path: str) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(Path(path).parent)))


def _raise(error: Exception) -> None:
    raise error
