"""Missing layers in the window: asked for once, looked for in the background, shown again."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from heatviewer.app.studies.relinking import find_missing, is_folder
from heatviewer.core.errors import Cancelled
from heatviewer.ui.background import Background
from heatviewer.ui.dialogs import ask_files, ask_folder

if TYPE_CHECKING:
    from heatviewer.app.loader import LoadJob
    from heatviewer.app.scene_change import SceneChange
    from heatviewer.app.studies.relinking import Relinked
    from heatviewer.model.scene_state import MissingLayer
    from heatviewer.ui.main_window import MainWindow


class MissingLayers(QObject):
    """Asks where missing files are, and relinks all that can be found from there."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window, self._scene = window, window.scene
        self._background = Background(window.poster.post)
        self._stop = threading.Event()
        self.notice = window.layers.notice
        self.notice.file.clicked.connect(lambda: self.locate())
        self.notice.folder.clicked.connect(self.search_folder)
        window.layers.locate_wanted.connect(self.locate)
        window.loader.loaded.connect(self._on_loaded)
        self._ask()

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being looked for."""
        return not self._background.busy

    def on_changed(self, change: SceneChange) -> None:
        """Stop asking for what is no longer missing."""
        if not change.after.missing:
            self.notice.hide()
        elif not self.notice.isHidden() and change.before.missing != change.after.missing:
            self._ask()

    def locate(self, missing: MissingLayer | None = None) -> None:
        """Ask where a missing layer's file or folder is now; if none is named, of the first."""
        wanted = missing or next(iter(self._scene.state.missing), None)
        if wanted is None:
            return
        title, start = f"Where is {wanted.name} now?", self._nearest(wanted.path)
        # Several may be meant by the first file that is found: its name tells which.
        asked = wanted if missing is not None or len(self._scene.state.missing) == 1 else None
        if is_folder(wanted):
            ask_folder(self._window, title, start, lambda path: self.look(path, asked))
        else:
            ask_files(self._window, title, start, lambda paths: self.look(paths[0], asked), several=False)

    def search_folder(self) -> None:
        """Ask for a folder in which all missing files are looked for."""
        missing = self._scene.state.missing
        if missing:
            start = self._nearest(missing[0].path)
            ask_folder(self._window, "Look for missing files in", start, self.look)

    def look(self, place: str, asked: MissingLayer | None = None) -> None:
        """Look for all missing layers from a place, in the background, and show those that are found."""
        missing, like, stopped = self._scene.state.missing, self._scene.base_volume, self._stop.is_set
        self.notice.set_busy(True)
        self._window.show_status("Looking for missing files…")
        self._background.run(
            lambda: find_missing(missing, place, asked, like, stopped), self._found, self._failed
        )

    def stop(self) -> None:
        """Look for nothing more."""
        self._stop.set()
        self._background.close()

    def _on_loaded(self, job: LoadJob) -> None:
        if job.study is not None:
            self._ask()

    def _ask(self) -> None:
        missing = self._scene.state.missing
        self.notice.setVisible(bool(missing))
        if missing:
            self.notice.ask(missing, len(missing) == 1 and is_folder(missing[0]))

    def _found(self, relinked: Relinked) -> None:
        self._end()
        if self._stop.is_set():
            return
        window = self._window
        before = self._scene.state.missing
        self._scene.bring_back(relinked)
        names = [one.name for one in before if one not in self._scene.state.missing]
        if names:
            told = names[0] if len(names) == 1 else f"{len(names)} layers"
            window.report(f"{told} found: {', '.join(names)}." if len(names) > 1 else f"{told} was found.")
        elif self._scene.state.missing and not relinked.problems:
            window.report("None of the missing files was found there.", "warning")
        if relinked.problems:
            window.report("\n".join(relinked.problems), "warning")

    def _failed(self, error: Exception) -> None:
        self._end()
        if not isinstance(error, Cancelled):
            raise error

    def _end(self) -> None:
        self.notice.set_busy(False)
        self._window.show_status("")

    def _nearest(self, path: str) -> str:
        """Return the nearest folder of a path that is there, where a dialog may start."""
        folder = os.path.dirname(path)
        while folder and not os.path.isdir(folder) and os.path.dirname(folder) != folder:
            folder = os.path.dirname(folder)
        there = os.path.isdir(folder) and os.path.dirname(folder) != folder
        return folder if there else self._window.preferences.last_folder
