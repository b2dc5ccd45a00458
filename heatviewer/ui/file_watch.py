"""Files that change on disk while a window shows them: seen, read again, shown in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from heatviewer.app.studies.reloading import Reloading, sources_of
from heatviewer.app.studies.watching import Watched, Watcher
from heatviewer.ui.background import Background

if TYPE_CHECKING:
    from heatviewer.app.scene_change import SceneChange
    from heatviewer.app.studies.watching import Finding
    from heatviewer.model.scene_state import SceneState
    from heatviewer.ui.main_window import MainWindow


class FileWatch(QObject):
    """Watches the files of a window's scene, unless a person wants none of it."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._shown: object = None
        # A thread of its own: what an export or a histogram takes must not wait for a long read.
        self._background = Background(window.poster.post)
        self._watcher = Watcher(self._on_found, window.poster.post)
        self.reloading = Reloading(window.scene, self._background.run, self._watcher.look_again)
        self.reloading.told.connect(window.report)
        self.reloading.changed.connect(self._show_reading)
        self._watch()

    @property
    def is_on(self) -> bool:
        """Whether changed files are read again by themselves."""
        return self._window.preferences.reload_changed

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being read again."""
        return not self.reloading.busy

    def on_changed(self, change: SceneChange) -> None:
        """Watch the files of what is shown now."""
        if _files_of(change.after) != self._shown:
            self._watch()

    def toggle(self) -> None:
        """Read changed files again from now on, or do not."""
        window = self._window
        window.remember(window.preferences.replaced(reload_changed=not self.is_on))
        self._watch()

    def reload(self) -> None:
        """Read all files again now."""
        self.reloading.reload_all()

    def stop(self) -> None:
        """Watch nothing more."""
        self.reloading.close()
        self._watcher.close()
        self._background.close()

    def _watch(self) -> None:
        self._shown = _files_of(self._window.scene.state)
        sources = sources_of(self._window.scene) if self.is_on else ()
        self._watcher.watch(dict.fromkeys(Watched(s.path, s.items, s.identity) for s in sources))

    def _on_found(self, findings: list[Finding]) -> None:
        if not self.is_on:
            return
        for found in findings:
            if found.gone:
                self.reloading.gone(found.path)
        self.reloading.reload(found.path for found in findings if not found.gone)

    def _show_reading(self) -> None:
        if not self._window.loader.busy:
            path = self.reloading.reading
            self._window.show_status(f"Reading {_name(path)} again…" if path else "")


def _files_of(state: SceneState) -> tuple[object, ...]:
    """Return what says which files a scene shows."""
    follows = (layer.opacity_by for layer in state.heatmaps)
    return (
        *((layer.id, layer.source) for layer in state.layers),
        *(one.source for one in follows if one is not None),
    )


def _name(path: str) -> str:
    from pathlib import Path

    return Path(path).name
