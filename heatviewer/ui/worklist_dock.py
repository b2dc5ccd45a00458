"""A worklist in its window: cases come and go, the next one is read ahead, ratings are kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer

from heatviewer.app.studies.job import StudyJob
from heatviewer.app.worklist.ahead import Ahead
from heatviewer.app.worklist.cases import Worklist
from heatviewer.app.worklist.ratings import Rating, RatingsFile, ratings_bytes, read_ratings
from heatviewer.core.errors import HeatViewerError
from heatviewer.core.output import whole_file
from heatviewer.ui.controls import plain_tip
from heatviewer.ui.worklist_panel import WorklistPanel

if TYPE_CHECKING:
    from heatviewer.app.loader import LoadJob
    from heatviewer.app.scene_change import SceneChange
    from heatviewer.app.studies.reading import ReadStudy
    from heatviewer.app.studies.unsaved import Left
    from heatviewer.core.errors import WriteError
    from heatviewer.ui.main_window import MainWindow
    from heatviewer.ui.theme import Tokens

#: After a case came, before the next one is read: its pictures are drawn first, in ms.
_CALM_MS = 250
RATINGS_SUFFIX = ".ratings.csv"


class WorklistDock(QObject):
    """Makes the panel, hidden until there is a list, and does what it asks.

    Attributes
    ----------
    panel : WorklistPanel
    dock : QDockWidget
    worklist : Worklist or None
    ahead : Ahead
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.worklist: Worklist | None = None
        self.ahead = Ahead()
        self._file: RatingsFile | None = None
        self._job: LoadJob | None = None
        self._wanted: int | None = None
        self._direction = 1
        #: Cases that were left, as they were: their sessions, and whether all of them is in those.
        self._left: dict[int, Left] = {}
        self.panel = WorklistPanel(window.actions_set.by_id)
        self.dock = window.dock("worklist", "Worklist", self.panel, Qt.DockWidgetArea.LeftDockWidgetArea)
        self.dock.hide()
        self._calm = QTimer(self)
        self._calm.setSingleShot(True)
        self._calm.setInterval(_CALM_MS)
        self._calm.timeout.connect(self._read_ahead)
        # What was opened in place of a case is known once all that belongs to it has come.
        self._look = QTimer(self)
        self._look.setSingleShot(True)
        self._look.setInterval(0)
        self._look.timeout.connect(self._close_if_left)
        self.panel.chosen.connect(self.go_to)
        self.panel.rated.connect(self.rate)
        self.panel.noted.connect(self._note)
        self.panel.closed.connect(self._hide)
        window.loader.changed.connect(self._on_loading)
        window.loader.loaded.connect(self._on_loaded)
        window.scene.changed.connect(self._on_changed)

    # --- lists come and go -----------------------------------------------------------------

    def open_table(self, path: str | Path, ratings: str | Path | None = None, keep: bool = True) -> None:
        """Show a table's cases, and go on where its ratings end.

        Parameters
        ----------
        ratings : path, optional
            Where they are kept; by default beside the table.
        keep : bool
            Whether they are written; otherwise only read.

        Raises
        ------
        HeatViewerError
            The table cannot be used; what was open stays.
        """
        from heatviewer.app.worklist.table import read_table

        table = read_table(path)
        worklist = Worklist.of_table(table)
        self._put(worklist, Path(ratings).absolute() if ratings is not None else _beside(worklist), keep)
        if table.problems:
            self._window.report("\n".join(_first(table.problems)), "warning")
        self.go_to(worklist.ratings.first_open)

    def _put(self, worklist: Worklist, kept_in: Path | None, keep: bool = True) -> None:
        """Show a list in place of the one that is there."""
        self.close()
        self.worklist, self._direction = worklist, 1
        told = "Not saved; see Cases → Export ratings"
        if kept_in is not None:
            try:
                worklist.ratings.take(read_ratings(kept_in, worklist.ratings.snapshot.keys))
                self._file = RatingsFile(kept_in, self._on_failed) if keep else None
                told = f"Kept in {kept_in.name}"
            except HeatViewerError as error:
                self._window.report(str(error), "warning")
        self.panel.show_list(worklist)
        self.panel.kept.setText(told)
        self.panel.kept.setToolTip(plain_tip(str(kept_in)) if self._file is not None else "")
        if not self._window.pictures_only:
            self.dock.show()
            self._window.side_docks.make_room()
        self._refresh()

    def close(self) -> None:
        """Put the list away; its ratings are written first."""
        self._calm.stop()
        self.ahead.cancel()
        if self._file is not None:
            self._file.close()
        self._drop_job()
        self.worklist = self._file = self._wanted = None
        self._left.clear()
        self.panel.show_list(None)
        self.dock.hide()
        self._refresh()

    def stop(self) -> None:
        """End all work, ratings written."""
        self._calm.stop()
        self._look.stop()
        self._window.scene.changed.disconnect(self._on_changed)
        if self._file is not None:
            self._file.close()
        self.ahead.close()

    def set_tokens(self, tokens: Tokens) -> None:
        """Draw in a theme's colours."""
        self.panel.set_tokens(tokens)

    def is_place(self, path: str) -> bool:
        """Return whether a path is that of the list, whose cases come from it one by one."""
        return self.worklist is not None and self.worklist.path == path and self.worklist.shown is not None

    def can(self, what: str) -> bool:
        """Return whether there is a list, a case, a 'next' or 'previous' one, or a rating."""
        if self.worklist is None:
            return False
        number = self.number
        if what == "there":
            return True
        if number is None:
            return False
        if what in ("next", "previous"):
            return 0 <= number + (1 if what == "next" else -1) < len(self.worklist.cases)
        # While a case is on its way the pictures are another one's, and nothing is said of either.
        if what == "rated":
            return self._wanted is None and self.worklist.ratings[number].rating is not None
        return what == "shown" and self._wanted is None

    def is_rated(self, rating: int) -> bool:
        """Return whether the case that is shown has a rating."""
        return (
            self.can("rated")
            and self.worklist is not None
            and self.worklist.ratings[self.number or 0].rating == rating
        )

    # --- from case to case -----------------------------------------------------------------

    @property
    def number(self) -> int | None:
        """The case that is shown, or on its way."""
        if self.worklist is None:
            return None
        return self._wanted if self._wanted is not None else self.worklist.shown

    def step(self, by: int) -> None:
        """Show the next or previous case; at an end nothing happens."""
        if self.worklist is not None and self.number is not None:
            self.go_to(self.number + by)

    def next_unrated(self) -> None:
        """Show the next case without a rating, from the start again after the last."""
        if self.worklist is None:
            return
        count, start = len(self.worklist.cases), self.number if self.number is not None else -1
        for step in range(1, count + 1):
            number = (start + step) % count
            if self.worklist.ratings[number].rating is None:
                self.go_to(number)
                return
        self._window.show_status("All cases are rated")

    def go_to(self, number: int) -> None:
        """Show a case in place of what is there; of several that are asked for quickly the last."""
        worklist = self.worklist
        if worklist is None or not 0 <= number < len(worklist.cases) or number == self._wanted:
            return
        if self.number is not None and number != self.number:
            self._direction = 1 if number > self.number else -1
        self._calm.stop()
        self._drop_job()
        if number == worklist.shown and worklist.is_in(self._window.scene.state):
            self._calm.start()
            self._refresh()
            return
        self._wanted = number
        reader = worklist.reader(number, self.ahead.take(number))

        def arrive(found: ReadStudy) -> ReadStudy:
            if worklist.shown is not None and worklist.is_in(self._window.scene.state):
                self._left[worklist.shown] = self._window.documents.left()
            return worklist.arrive(number, found, self._window.scene.state)

        wish = StudyJob(reader=reader, arrive=arrive)
        self._job = self._window.loader.load_study(worklist.path, wish)
        self._refresh()

    def _drop_job(self) -> None:
        job, self._job, self._wanted = self._job, None, None
        if job is not None:
            self._window.loader.dismiss(job)

    def _on_loaded(self, job: LoadJob) -> None:
        """Note that a case has come, or that a document with several studies has."""
        if job is self._job:
            number, self._job, self._wanted = self._wanted, None, None
            if self.worklist is not None and number is not None:
                self._window.documents.come_back(self._left.pop(number, None))
                self._seen(number)
        elif job.study is not None and len(job.study.studies) > 1 and job.study.read is not None:
            self._list_studies(job)

    def _list_studies(self, job: LoadJob) -> None:
        """List the studies of a task, of which one is shown."""
        assert job.study is not None
        assert job.study.read is not None
        worklist = Worklist.of_studies(job.path, job.study.studies)
        number = job.study.studies.index(job.study.read.study)
        worklist.adopt(number, job.study.read)
        self._put(worklist, _beside(worklist))
        self._seen(number)

    def _seen(self, number: int) -> None:
        assert self.worklist is not None
        if self.worklist.ratings.see(number):
            self._save(number)
        self._refresh()
        self._calm.start()

    def _read_ahead(self) -> None:
        """Read the case that is likely wanted next, once nothing else is being read."""
        worklist, number = self.worklist, self.number
        if worklist is None or number is None or self._window.loader.busy:
            return
        after = number + self._direction
        if not 0 <= after < len(worklist.cases):
            after = number - self._direction
        if 0 <= after < len(worklist.cases):
            self.ahead.want(after, worklist.reader(after))

    def _on_loading(self) -> None:
        """Leave the disk to what a person waits for."""
        if not self._window.loader.busy:
            if self._job is not None and self._job.state == "failed":
                self._job = self._wanted = None
                self._refresh()
            if self.worklist is not None:
                self._calm.start()
        elif self._job is None:
            self._calm.stop()
            self.ahead.cancel()

    def _on_changed(self, change: SceneChange) -> None:
        if self.worklist is not None and (change.layer_list or change.before.missing != change.after.missing):
            self._look.start()

    def _close_if_left(self) -> None:
        """Put the list away once something else was opened in place of its case."""
        worklist, scene = self.worklist, self._window.scene
        if worklist is None or scene.standing_in or self._wanted is not None or worklist.shown is None:
            return
        if scene.state.layers and not worklist.is_in(scene.state):
            self.close()

    @property
    def unsaved(self) -> dict[int, str]:
        """The names of cases, by their number, that were changed and left, and are in no session so."""
        cases = self.worklist.cases if self.worklist is not None else ()
        return {number: cases[number].name for number, left in sorted(self._left.items()) if left.unsaved}

    # --- what is said of a case ------------------------------------------------------------

    def rate(self, rating: int | None) -> None:
        """Rate the case that is shown."""
        if self.worklist is not None and self.number is not None and self.can("shown"):
            self.worklist.ratings.rate(self.number, rating)
            self._save(self.number)
            self._refresh()

    def _note(self, text: str) -> None:
        if self.worklist is not None and self.number is not None and self.can("shown"):
            self.worklist.ratings.write(self.number, text)
            self._save(self.number)

    def write_note(self) -> None:
        """Put the keyboard into the note."""
        self.dock.show()
        self.panel.note.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def export(self, path: str) -> None:
        """Save ratings and notes somewhere else."""
        if self.worklist is None:
            return
        try:
            with whole_file(path) as file:
                file.write(ratings_bytes(self.worklist.ratings.snapshot))
        except HeatViewerError as error:
            self._window.report(str(error), "error")
        else:
            self._window.report(f"The ratings are in {Path(path).name}.", "info")

    def _save(self, number: int) -> None:
        assert self.worklist is not None
        self.panel.model.refresh(number)
        # Beside a task, which is no list of cases to rate, no file is made by looking alone.
        if self._file is not None and (self.worklist.is_table or self.worklist.ratings.said):
            self._file.save(self.worklist.ratings.snapshot)

    def _on_failed(self, error: WriteError) -> None:
        """Tell once that ratings cannot be written; called on the writer's thread."""
        text = f"{error} The ratings are kept in memory: save them with Cases → Export ratings."
        self._window.poster.post(lambda: self._tell_failed(text))

    def _tell_failed(self, text: str) -> None:
        self._window.report(text, "warning")
        self.panel.kept.setText("Not saved; see Cases → Export ratings")

    def _refresh(self) -> None:
        worklist, number = self.worklist, self.number
        rating = worklist.ratings[number] if worklist is not None and number is not None else Rating()
        rated = worklist.ratings.rated if worklist is not None else 0
        self.panel.show_case(number, rating, rated, self.can("shown"))
        self._window.actions_set.refresh()

    def _hide(self) -> None:
        self.dock.hide()
        self._window.actions_set.refresh()


def _beside(worklist: Worklist) -> Path:
    """Return where the ratings of a list are kept, unless another place is named."""
    return Path(worklist.path).with_suffix(RATINGS_SUFFIX)


def _first(problems: tuple[str, ...]) -> list[str]:
    """Return so many problems as a message can show."""
    shown = list(problems[:6])
    return shown + ([f"… and {len(problems) - 6} more"] if len(problems) > 6 else [])
