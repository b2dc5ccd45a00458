"""Sessions, tasks and styles in the window: opened, saved, asked about."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from heatviewer.app.drops import is_worklist, listed_names
from heatviewer.app.studies.kinds import may_be_document
from heatviewer.app.studies.origin import origin_of
from heatviewer.app.studies.overwriting import stamp_of
from heatviewer.app.studies.relinking import besides_missing
from heatviewer.app.studies.saving import unsaved_layers
from heatviewer.app.studies.unsaved import Left, Work, is_empty, same_work
from heatviewer.app.styles import is_style
from heatviewer.core.errors import HeatViewerError
from heatviewer.ui.file_lock import FileLock, lock_beside
from heatviewer.ui.leave_dialog import ask_leaving, ask_leaving_cases
from heatviewer.ui.recovery import Recovery
from heatviewer.ui.session_saver import SAVED, SessionSaver

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QMessageBox

    from heatviewer.app.loader import LoadJob
    from heatviewer.app.scene import Scene
    from heatviewer.app.scene_change import SceneChange
    from heatviewer.app.studies.job import StudyJob
    from heatviewer.app.studies.overwriting import Stamp
    from heatviewer.model.scene_state import SceneState
    from heatviewer.ui.main_window import MainWindow
    from heatviewer.ui.opener import OpenAs

#: How many studies that were open are known again when they come back: one that is being replaced.
_MAX_WORKS = 4


class Documents(QObject):
    """What of a window's scene comes from a document and goes into one.

    Attributes
    ----------
    work : Work
        Of the study that is shown: its session, and what of it is saved.
    saver : SessionSaver
    recovery : Recovery
    """

    def __init__(self, window: MainWindow, remembers: bool) -> None:
        super().__init__(window)
        self._window, self._scene, self._remembers = window, window.scene, remembers
        self.work = _work_of(self._scene)
        self._works = [self.work]
        self._lock = FileLock()
        self._question: QMessageBox | None = None
        self._go_on: Callable[[], object] | None = None
        self._closing = False
        #: What a person has said may be lost.
        self._given_up: SceneState | None = None
        self._before = self._scene.state
        self._stamps: dict[int, Stamp | None] = {}
        self._told: tuple[str, ...] = ()
        self.saver = SessionSaver(window, self)
        self.recovery = Recovery(window, self, remembers)
        self._scene.changed.connect(self._on_changed)
        self._scene.saved.connect(self._on_saved_by_script)
        window.loader.changed.connect(self._note_stamps)
        window.loader.loaded.connect(self._on_loaded)
        if holder := self.hold_lock(self.work):
            # The window is only being made.
            window.poster.post(lambda: self._tell_shared(holder))

    # --- what is open ----------------------------------------------------------------------

    @property
    def file(self) -> str:
        """Absolute path of the session that is open; empty for none."""
        return self.work.file

    @property
    def unsaved(self) -> bool:
        """Whether there is work that is in no file."""
        return self.work.is_unsaved(self._scene.state)

    @property
    def name(self) -> str:
        """The study as people know it: its session's name, else its base's."""
        return self._name_of(self._scene.state)

    def _name_of(self, state: SceneState) -> str:
        base, file = state.base, self.file or self.work.origin
        return Path(file).name if file else base.name if base is not None else ""

    def show_title(self) -> None:
        """Bring the window's title up to date: what is open, and whether it is unsaved."""
        window, unsaved = self._window, self.unsaved
        name = window.patient_names.titled(self.name or ("Untitled" if unsaved else ""))
        # The mark's place is only there with the mark: the title otherwise reads as people see it.
        title = f"{name}{'[*]' if unsaved else ''} — HeatViewer" if name else "HeatViewer"
        if not unsaved:
            window.setWindowModified(False)
        if window.windowTitle() != title:
            window.setWindowTitle(title)
        if unsaved:
            window.setWindowModified(True)

    # --- opening ---------------------------------------------------------------------------

    def open_paths(self, paths: Sequence[str | Path], opened_as: OpenAs = "auto") -> None:
        """Open documents as themselves, and other paths by their role."""
        styles = [path for path in paths if is_style(path)]
        for path in styles:
            self._window.commands.apply_style_file(path)
        paths = [path for path in paths if path not in styles]
        worklist = next((path for path in paths if is_worklist(path)), None)
        if worklist is not None:
            self.open_worklist(worklist)
            left = [Path(path).name for path in paths if path != worklist]
            if left:
                self._window.report(f"Not opened: {listed_names(left)}.")
            return
        documents = [path for path in paths if may_be_document(path)]
        others = [path for path in paths if path not in documents]
        if not paths:
            return

        def go_on() -> None:
            if documents:
                self._window.loader.load_study(documents[0])
            if others:
                self._window.opener.open_paths(others, "heatmap" if documents else opened_as)

        if documents or opened_as == "study":
            self.leave(go_on)
        else:
            go_on()

    def open_worklist(self, path: str | Path) -> None:
        """Open a table of cases in place of what is open; one that cannot be used is told."""

        def go_on() -> None:
            try:
                self._window.worklist.open_table(path)
            except HeatViewerError as error:
                self._window.report(str(error), "error")

        self.leave(go_on)

    def open_study(self, path: str | Path, wish: StudyJob) -> None:
        """Open one study of a document in place of what is open, which may be saved before."""
        self.leave(lambda: self._window.loader.load_study(path, wish))

    # --- saving ----------------------------------------------------------------------------

    def hold_lock(self, work: Work) -> str:
        """Say that this window has a study's session open; return who else has, empty for nobody."""
        if work.file and self._remembers:
            return self._lock.hold(lock_beside(work.file))
        self._lock.release()
        return ""

    def holder_of(self, place: Path) -> str:
        """Return who else has a session open; empty for nobody."""
        return self._lock.holder_of(lock_beside(place))

    def on_saved(self, work: Work, state: SceneState) -> None:
        """Follow a study that was saved: its title, its lock, and what of it no file can hold."""
        if work is self.work:
            self.hold_lock(work)
            self.recovery.follow()
            self.show_title()
            self._window.recents.add(work.file)
        lost = unsaved_layers(state)
        if lost and lost != self._told:
            what = f"{lost[0]} lies" if len(lost) == 1 else f"{', '.join(lost)} lie"
            text = f"{Path(work.file).name}: {what} in no file, so only its settings are saved."
            self._window.report(f"{text} Save its data with 'Save layer…', and add that file.", "warning")
        self._told = lost

    def _on_saved_by_script(self, path: Path) -> None:
        """Take note of a session that was written by other means than the menu."""
        self.work.saved(self._scene.state, str(path))
        self.work.stamp = stamp_of(path)
        self.on_saved(self.work, self._scene.state)

    # --- leaving ---------------------------------------------------------------------------

    def left(self) -> Left:
        """Return what is to be known of the study that is shown, should it be shown again."""
        return Left(self.file, self.work.stamp, self.unsaved)

    def come_back(self, left: Left | None) -> None:
        """Take up a study that was left: what was unsaved then is so still."""
        if left is not None:
            self.work.file, self.work.stamp = left.file, left.stamp
            # As after a crash: it is as it was left, and no file has it.
            self.work.recovered = left.unsaved
            self.hold_lock(self.work)
            self.show_title()

    def leave(self, go_on: Callable[[], object]) -> None:
        """Go on to something else, once a person has said what becomes of unsaved changes."""
        if not (self._remembers and self.unsaved):
            self._leave_cases(go_on)
            return
        if self.saver.is_writing(self._scene.state):
            self.saver.then(go_on)
            return
        self._go_on = go_on
        if self._question is not None:
            self._question.raise_()
            return
        name = self.name or "this study"
        self._asking(ask_leaving(self._window, name, "Otherwise they are lost.", self._save, self._discard))

    def _asking(self, box: QMessageBox) -> None:
        self._question = box
        box.finished.connect(lambda _: self._asked(box))

    def _asked(self, box: QMessageBox) -> None:
        if self._question is box:
            self._question = None

    def _save(self) -> None:
        self.saver.save(self._go_on)

    def _discard(self) -> None:
        self._question, self._given_up = None, self._scene.state
        if self._go_on is not None:
            self._leave_cases(self._go_on)

    def _leave_cases(self, go_on: Callable[[], object]) -> None:
        """Go on, once a person has said what becomes of changes to cases that are not shown."""
        worklist = self._window.worklist
        if not (self._remembers and worklist.unsaved):
            go_on()
            return
        if self._question is None:
            cases = worklist.unsaved
            names = list(cases.values())
            self._asking(ask_leaving_cases(self._window, names, lambda: worklist.go_to(min(cases)), go_on))

    def may_close(self) -> bool:
        """Return whether the window may close now; where not, it is asked, and closes after the answer."""
        if self._closing or not (self._remembers and (self.unsaved or self._window.worklist.unsaved)):
            return True
        self.leave(self._close)
        return False

    def _close(self) -> None:
        self._closing = True
        self._window.close()

    def stop(self, decided: bool) -> None:
        """Let go of everything, as the window does; unsaved work is kept where nobody has decided."""
        self._scene.changed.disconnect(self._on_changed)
        self._scene.saved.disconnect(self._on_saved_by_script)
        self.recovery.stop(decided)
        self._lock.release()

    # --- following -------------------------------------------------------------------------

    def _on_changed(self, change: SceneChange) -> None:
        self._before = change.before
        if self._scene.history is not self.work.history:
            self._find_work(change)
        self.show_title()
        if self._window.status.text() == SAVED:
            self._window.show_status("")

    def _find_work(self, change: SceneChange) -> None:
        """Follow another study that is shown: a new one, or one that is back because its successor failed."""
        history = self._scene.history
        known = [work for work in self._works if work.history is history]
        if known:
            self._show_work(known[0])
        elif is_empty(change.after) or _base_id(change.before) != _base_id(change.after):
            # Other histories are those of a step that is being put together.
            self._keep_late(change.before)
            self._show_work(Work(history, (change.after,)))

    def _keep_late(self, state: SceneState) -> None:
        """Keep what was changed while the next study was being read: nobody was asked about that."""
        given_up = self._given_up is not None and same_work(self._given_up, state)
        coming = any(j.role in ("base", "study") and j.state == "reading" for j in self._window.loader.jobs)
        if coming and not given_up and self._window.worklist.worklist is None and self.work.is_unsaved(state):
            self.recovery.keep_for_later(state, self.file, self._name_of(state))

    def _show_work(self, work: Work) -> str:
        """Make a study the one that is saved; return who else has it open."""
        self.work = work
        self._works = [*(other for other in self._works if other is not work), work][-_MAX_WORKS:]
        self.recovery.follow()
        return self.hold_lock(work)

    def _note_stamps(self) -> None:
        """Take note of which version of a session is read, before it is."""
        jobs = [job for job in self._window.loader.jobs if job.study is not None]
        self._stamps = {
            job.id: self._stamps[job.id] if job.id in self._stamps else stamp_of(_session_of(job))
            for job in jobs
        }

    def _on_loaded(self, job: LoadJob) -> None:
        """Follow what came: files of a study, or a study; tell what of that was left out."""
        if job.study is None or job.study.read is None:
            if job.role in ("base", "heatmap"):
                self.work.loaded(self._before, self._scene.state)
                if not self.unsaved:
                    self.recovery.follow()  # files alone are no changes to count
                self.show_title()
            return
        read = job.study.read
        work = Work(self._scene.history, (self._scene.state,))
        if read.study.kind == "session":
            work.belongs_to(read.study.file)
        work.recovered = self.recovery.takes(job.study)
        work.stamp = self._stamps.get(job.id) if work.file else None
        self._works = [other for other in self._works if other.history is not work.history]
        holder = self._show_work(work)
        self.show_title()
        if problems := besides_missing(read):
            self._window.report("\n".join(problems), "warning")
        if holder:
            self._tell_shared(holder)

    def _tell_shared(self, holder: str) -> None:
        text = f"{self.name}: is open in another window ({holder}). Saving there and here overwrites "
        self._window.report(f"{text}each other: save one of them under another name.", "warning")


def _work_of(scene: Scene) -> Work:
    """Return what a window begins with: a scene, which may have come from a session or be saved in one."""
    origin = origin_of(scene)
    if origin is None:
        return Work(scene.history, (scene.state,))
    work = Work(scene.history, (origin.state,), stamp=origin.stamp)
    return work.belongs_to(origin.file)


def _session_of(job: LoadJob) -> str:
    """Return the session that a job reads: of work that was kept aside, the one it was made in."""
    wish = job.study
    return wish.study.file if wish is not None and wish.study is not None else job.path


def _base_id(state: SceneState) -> str | None:
    return state.base.id if state.base is not None else None
