"""Save and Save as: in the background, never over what somebody else has saved without asking."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject

from heatviewer.app.studies.overwriting import ChangedOnDiskError, save_over
from heatviewer.app.studies.saving import session_path
from heatviewer.app.studies.unsaved import same_work
from heatviewer.core.errors import HeatViewerError
from heatviewer.documents.places import BACKUP, SUFFIX
from heatviewer.ui.dialogs import ask_save_path
from heatviewer.ui.leave_dialog import ask_overwriting

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QFileDialog

    from heatviewer.app.studies.overwriting import Saved, Stamp
    from heatviewer.app.studies.unsaved import Work
    from heatviewer.model.scene_state import SceneState
    from heatviewer.ui.documents import Documents
    from heatviewer.ui.main_window import MainWindow

FILTERS = ("HeatViewer session (*.hvs)",)
#: In the status line, until something changes.
SAVED: Final = "Saved"


class SessionSaver(QObject):
    """Writes a window's study into its session."""

    def __init__(self, window: MainWindow, documents: Documents) -> None:
        super().__init__(documents)
        self._window, self._documents = window, documents
        self._writing: SceneState | None = None
        #: Whether to save once more after what is being written.
        self._again = False
        #: What is done once the work is saved, such as closing the window.
        self._then: Callable[[], object] | None = None
        self._dialog: QFileDialog | None = None
        self._agreed: set[Path] = set()

    def is_writing(self, state: SceneState) -> bool:
        """Return whether this work is being written right now."""
        return self._writing is not None and same_work(self._writing, state)

    def then(self, go_on: Callable[[], object] | None) -> None:
        """Do something once what is being written is saved; not if that fails."""
        self._then = go_on

    def save(self, go_on: Callable[[], object] | None = None) -> None:
        """Save the study in its session, or ask where it has none; then go on."""
        if self._writing is not None:
            # Which version may be overwritten is known when that is written.
            self._again, self._then = True, go_on or self._then
            return
        self._then = go_on
        work = self._documents.work
        if not work.file:
            self.save_as(go_on)
            return
        place = Path(work.file)
        holder = "" if place in self._agreed else self._documents.hold_lock(work)
        if holder:
            self._ask_shared(place, holder, work.stamp)
        else:
            self._write(place, work.stamp)

    def save_as(self, go_on: Callable[[], object] | None = None) -> None:
        """Ask where the study is to be saved, and save it there; then go on."""
        self._then = go_on
        if self._dialog is not None:
            self._dialog.raise_()
            return
        window, file = self._window, self._documents.file or self._documents.work.origin
        folder = str(Path(file).parent) if file else window.preferences.last_folder
        name = Path(file).name if file else self._documents.name
        if not self._documents.file:
            name = f"{_stem_of(name)}{SUFFIX}"
        self._dialog = ask_save_path(window, "Save session as", folder, name, FILTERS, "hvs", self._chosen)
        # Qt's own question would stop the program.
        self._dialog.setOption(self._dialog.Option.DontConfirmOverwrite, True)
        self._dialog.finished.connect(self._asked)

    def _asked(self, _result: int) -> None:
        self._dialog = None

    def _chosen(self, path: str) -> None:
        place = session_path(path)
        if str(place) == self._documents.file:
            self.save(self._then)
            return
        holder = self._documents.holder_of(place)
        if holder:
            self._ask_shared(place, holder, None)
        elif os.path.exists(place):
            text = f"{place.name} is there already. Overwrite it?"
            self._ask(text, "The version there now is kept beside it, as its backup.", place, None)
        else:
            self._write(place, None)

    def _ask_shared(self, place: Path, holder: str, known: Stamp | None) -> None:
        text = f"{place.name} is open in another window ({holder}). Overwrite it?"
        self._ask(text, "Saving there and here overwrites each other.", place, known)

    def _ask(self, text: str, more: str, place: Path, known: Stamp | None) -> None:
        work = self._documents.work

        def overwrite() -> None:
            if self._documents.work is not work:
                # It came while a person was thinking, and was not meant.
                self._window.report(f"{place.name}: nothing was saved, as another study is shown.", "warning")
                return
            # Agreed once is enough, until somebody else saves there.
            self._agreed.add(place)
            self._write(place, known)

        ask_overwriting(self._window, text, more, overwrite, lambda: self.save_as(self._then))

    def _write(self, place: Path, known: Stamp | None) -> None:
        """Write the state of now; the window goes on meanwhile."""
        window, work = self._window, self._documents.work
        state = window.scene.state
        self._writing = state
        window.show_status("Saving…")
        window.background.run(
            lambda: save_over(state, place, known),
            lambda saved: self._written(saved, state, work),
            lambda error: self._failed(error, state, work, place),
        )

    def _written(self, saved: Saved, state: SceneState, work: Work) -> None:
        self._end(state)
        work.saved(state, saved.path)
        work.stamp = saved.stamp
        self._window.show_status(SAVED)
        self._documents.on_saved(work, state)
        again, self._again = self._again, False
        if again and self._documents.work is work:
            self.save(self._then)
            return
        go_on, self._then = self._then, None
        if go_on is not None:
            # What was changed while it was being written is asked about again.
            self._documents.leave(go_on)

    def _end(self, state: SceneState) -> None:
        if self._writing is state:
            self._writing = None

    def _failed(self, error: Exception, state: SceneState, work: Work, place: Path) -> None:
        self._end(state)
        self._again = False
        self._window.show_status("")
        if isinstance(error, ChangedOnDiskError) and self._documents.work is work:
            text = f"{place.name} {error.what}. Overwrite it?"
            self._ask(text, "The version there now is kept beside it, as its backup.", place, None)
            return
        self._then = None
        if not isinstance(error, HeatViewerError):
            raise error
        self._window.messages.show_message(
            f"{error} Nothing is lost: the changes are still here.", "error", ("Save as…", self.save_as)
        )


def _stem_of(name: str) -> str:
    """Return a name as a file can have it, without a suffix of volumes."""
    stem = "".join(c if c.isalnum() or c in " ._-" else "_" for c in name).strip(" .")
    for suffix in (".gz", ".nii", ".nrrd", ".mha", ".mgz", ".npy", BACKUP, SUFFIX, ".json"):
        stem = stem.removesuffix(suffix)
    return stem or "study"
