"""Unsaved work is kept aside while a window runs, and offered by the next one after a crash."""

from __future__ import annotations

import uuid
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from heatviewer.app.studies.job import StudyJob
from heatviewer.app.studies.recovery import (
    find_recovered,
    keep_aside,
    recovery_files,
    recovery_folder,
    remove_recovered,
)
from heatviewer.app.studies.unsaved import same_work
from heatviewer.core.errors import HeatViewerError
from heatviewer.documents.places import SUFFIX
from heatviewer.ui.file_lock import FileLock
from heatviewer.ui.recovery_bar import RecoveryBar

if TYPE_CHECKING:
    from heatviewer.app.scene_change import SceneChange
    from heatviewer.app.studies.recovery import Recovered
    from heatviewer.model.scene_state import SceneState
    from heatviewer.ui.documents import Documents
    from heatviewer.ui.main_window import MainWindow

#: Unsaved work is kept aside so often, in ms, and at every so many changes.
_EVERY_MS = 60_000
_CHANGES = 10


class Recovery(QObject):
    """Keeps a window's unsaved work aside, and offers what other windows left.

    Attributes
    ----------
    bar : RecoveryBar
        Offers what was found; hidden while there is nothing.
    place : Path
        Where this window's work is kept aside.
    found : list of Recovered
        What is offered, the first in `bar`.
    """

    def __init__(self, window: MainWindow, documents: Documents, active: bool) -> None:
        super().__init__(documents)
        self._window, self._documents, self._active = window, documents, active
        self._scene = window.scene
        self.bar = RecoveryBar()
        self.found: list[Recovered] = []
        self._locks: dict[Path, FileLock] = {}
        self._lock = FileLock()
        self._wish: StudyJob | None = None
        self.place = _new_place()
        self._kept: SceneState | None = None
        self._changes, self._counted = 0, self._scene.state
        self._failed = False
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(self.keep)
        self.bar.opened.connect(self._open)
        self.bar.discarded.connect(self._discard)
        self.bar.put_off.connect(self._put_off)
        if active:
            self._timer.start()
            self._scene.changed.connect(self._on_changed)
            self._scene.settled.connect(self._count)
            self._look()

    # --- keeping aside ---------------------------------------------------------------------

    def keep(self) -> None:
        """Keep aside what is unsaved now, in the background; forget it where nothing is."""
        state, documents, place = self._scene.state, self._documents, self.place
        self._changes = 0
        if not documents.unsaved:
            self.follow()
            return
        if self._kept is not None and same_work(self._kept, state):
            return
        self._kept = state
        # Before there is a file that another window could find.
        with suppress(OSError):
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock.hold(_lock_of(place))
        file, name = documents.file, documents.name
        self._window.background.run(
            lambda: keep_aside(state, place, file, name), lambda _: self._on_kept(), self._not_kept
        )

    def keep_for_later(self, state: SceneState, file: str, name: str) -> None:
        """Keep the work of a study that is shown no more, to be offered by the next window."""
        if not self._active:
            return
        told = f"{name}: what was changed while the next study was being read is offered by the next window."
        place = _new_place()
        self._window.background.run(
            lambda: keep_aside(state, place, file, name),
            lambda _: self._window.report(told, "warning"),
            self._not_kept,
        )

    def _on_kept(self) -> None:
        self._failed = False

    def _not_kept(self, error: Exception) -> None:
        """Tell once that work cannot be kept aside; it is tried again."""
        self._kept = None
        if not isinstance(error, HeatViewerError):
            raise error
        if not self._failed:
            self._window.report(f"{error} Until then a crash loses what is not saved.", "warning")
        self._failed = True

    def follow(self) -> None:
        """Forget what was kept aside where it is saved, or another study is shown."""
        self._changes, self._counted = 0, self._scene.state
        if self._kept is not None and not self._documents.unsaved:
            self._kept = None
            place = self.place
            # After what is still being written there.
            self._window.background.run(lambda: remove_recovered(place), lambda _: None, self._not_kept)

    def _on_changed(self, change: SceneChange) -> None:
        if not change.held:
            self._count()

    def _count(self) -> None:
        """Count a change of the work; one that was dragged counts once, when it has ended."""
        state = self._scene.state
        if same_work(self._counted, state):
            return
        self._counted = state
        self._changes += 1
        if self._changes >= _CHANGES:
            self.keep()

    # --- offering --------------------------------------------------------------------------

    def _look(self) -> None:
        """Look for work of windows that run no more; reading it is left to the background."""
        free = []
        for place in recovery_files():
            lock = FileLock()
            if lock.hold(_lock_of(place)) == "" and lock.path is not None:
                self._locks[place] = lock
                free.append(place)
        if free:
            self._window.background.run(lambda: find_recovered(free), self._offer, self._not_kept)

    def _offer(self, found: list[Recovered]) -> None:
        if self._timer.isActive():
            self.found = found
            self._show_next()

    def _show_next(self) -> None:
        if not self.found:
            self.bar.hide()
            return
        first = self.found[0]
        self.bar.show_offer(first.name, first.saved, len(self.found) - 1)

    def _open(self) -> None:
        """Open the work that is offered; it stays where it lies until it is saved."""
        jobs = self._window.loader.jobs
        if any(job.study is self._wish and job.state != "failed" for job in jobs if job.study is not None):
            return
        first = self.found[0]
        self._wish = StudyJob(study=first.study, studies=(first.study,))
        self._documents.open_study(first.file or first.path, self._wish)

    def takes(self, wish: StudyJob) -> bool:
        """Return whether a study that came is the work that was offered, which is then this window's own."""
        if wish is not self._wish or not self.found:
            return False
        self._wish = None
        taken = self.found.pop(0)
        self._lock.release()
        self._lock = self._locks.pop(taken.path)
        self.place, self._kept = taken.path, self._scene.state
        self._show_next()
        return True

    def _discard(self) -> None:
        """Delete the work that is offered."""
        first = self.found.pop(0)
        remove_recovered(first.path)
        self._locks.pop(first.path).release()
        self._show_next()

    def _put_off(self) -> None:
        """Leave what was found to the next window."""
        self.found = []
        self._release()
        self._show_next()

    def _release(self) -> None:
        for lock in self._locks.values():
            lock.release()
        self._locks.clear()

    def stop(self, decided: bool) -> None:
        """Forget this window's work, once nothing more is written, or keep it where nobody has decided."""
        self._timer.stop()
        if self._active:
            self._scene.changed.disconnect(self._on_changed)
            self._scene.settled.disconnect(self._count)
        documents = self._documents
        if self._active and documents.unsaved and not decided:
            with suppress(HeatViewerError):
                keep_aside(self._scene.state, self.place, documents.file, documents.name)
        elif self._active and self.place.exists():
            # Removing it may still have waited in the background, which is closed.
            remove_recovered(self.place)
        self._lock.release()
        self._release()

    def is_place(self, path: str) -> bool:
        """Return whether a path is work that was kept aside, and no study to be listed as recent."""
        return Path(path).parent == recovery_folder()


def _new_place() -> Path:
    return recovery_folder() / f"{uuid.uuid4().hex[:12]}{SUFFIX}"


def _lock_of(place: Path) -> Path:
    return place.with_suffix(".lock")
