"""Reading in the background: jobs with progress and cancel, delivered on the owner's thread.

Workers get a path and return volumes; only the owner's thread touches the scene. How to get there
is injected (``post``): a queued Qt call in the window, a direct call in tests. A failed job stays in
the list with its error until it is tried again or dismissed.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from dataclasses import replace as replaced
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from psygnal import Signal

from heatviewer.app.additions import additions_of
from heatviewer.app.memory import give_back
from heatviewer.app.opacity_choices import follow_file
from heatviewer.app.reading import (
    Read,
    answer_of,
    failure,
    is_dicom,
    is_grouped,
    is_image,
    look_at,
    may_be_dicom,
    read,
    series_kept,
    wanted_of,
)
from heatviewer.app.stand_in import StandIn
from heatviewer.app.studies.job import StudyJob, read_study_of, study_to_show
from heatviewer.core.errors import Cancelled, HeatViewerError
from heatviewer.core.geometry import centre_voxel_world

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from heatviewer.app.browsing import Listing
    from heatviewer.app.scene import Scene
    from heatviewer.app.studies.reading import ReadStudy
    from heatviewer.core.volume import Volume

JobState = Literal["waiting", "reading", "failed"]
#: What becomes of a volume; 'opacity' is one that a heatmap's opacity follows, and no layer. Of a
#: path that is only listed nothing is read. A 'study' is a session or task with all its layers.
Role = Literal["base", "heatmap", "opacity", "list", "study"]


@dataclass(eq=False)
class LoadJob:
    """One path on its way into the scene; lives on the owner's thread except where noted.

    Attributes
    ----------
    series : tuple of str
        The volumes asked for, by `SeriesInfo.id`; empty: what is taken unasked.
    listing : Listing or None
        What the path holds, once that is known; written by the worker.
    study : StudyJob or None
        Of a session or task: which study of it, and what was read; written by the worker.
    """

    id: int
    path: str
    role: Role  # of paths opened together the worker says which is the base
    settings: Mapping[str, Any] = field(default_factory=dict)
    series: tuple[str, ...] = ()
    listing: Listing | None = None
    study: StudyJob | None = None
    state: JobState = "waiting"  # written by the worker
    progress: float = 0.0  # written by the worker
    error: HeatViewerError | None = None
    stopped: threading.Event = field(default_factory=threading.Event)

    @property
    def name(self) -> str:
        """What the list shows: the file's name."""
        return Path(self.path).name or self.path

    def check(self) -> None:
        """Raise Cancelled if the worker was asked to stop."""
        if self.stopped.is_set():
            raise Cancelled(self.name)

    def cancel(self) -> None:
        """Ask the worker to stop; the job leaves the list and nothing changes."""
        self.stopped.set()


@dataclass
class _Batch:
    """Paths that were opened together, as the reader goes through them."""

    #: What the volumes that came are made of.
    files: set[Path] = field(default_factory=set)
    #: Jobs that are done with, for good or ill.
    tried: set[int] = field(default_factory=set)


class Loader:
    """Reads volumes into a scene, one path after the other, in the order they were asked for.

    Attributes
    ----------
    jobs : list of LoadJob
        What is waiting, being read, or failed.
    changed : psygnal.Signal
        Emits after the list or a job's state changed, on the owner's thread.
    loaded : psygnal.Signal
        Emits the job after its volumes have come into the scene.
    scanned : psygnal.Signal
        Emits the job when it is known what its path holds.
    shown : psygnal.Signal
        Emits the job when something of it is in the scene, some slices or all; the reader then
        waits for `go_on`.

    Parameters
    ----------
    post : callable
        Calls a function on the owner's thread; is called on any.
    patience : float
        How long the reader leaves the interpreter to the owner's thread for drawing what came, s.
        Otherwise both take turns at it, and the first picture comes twice as late.
    """

    changed = Signal()
    loaded = Signal(LoadJob)
    scanned = Signal(LoadJob)
    shown = Signal(LoadJob)
    _ids: ClassVar[Iterator[int]] = count(1)

    def __init__(
        self, scene: Scene, post: Callable[[Callable[[], None]], None], patience: float = 0.0
    ) -> None:
        self._scene = scene
        self._post = post
        self._patience = patience
        self._drawn = threading.Event()
        # One reader: a base must be there before its heatmaps, and two readers share one disk.
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="reader")
        self.jobs: list[LoadJob] = []
        self._stand_ins: dict[int, StandIn] = {}
        #: What a job's layer starts with beside its settings, which win.
        self.starting: Callable[[LoadJob], Mapping[str, Any]] = lambda _job: {}

    @property
    def busy(self) -> bool:
        """Whether anything is waiting or being read."""
        return any(job.state != "failed" for job in self.jobs)

    @property
    def progress(self) -> float:
        """Mean progress of what is on its way, 0…1."""
        running = [job.progress for job in self.jobs if job.state != "failed"]
        return sum(running) / len(running) if running else 1.0

    def load(
        self,
        path: str | Path,
        role: Role,
        settings: Mapping[str, Any] | None = None,
        series: Sequence[str] = (),
        listing: Listing | None = None,
    ) -> LoadJob:
        """Read a path in the background and put it into the scene in its role.

        Parameters
        ----------
        settings : mapping
            Any setting of the layer, and ``series``, the one volume that is meant.
        series : sequence of str
            The volumes that are meant, where they are several.
        listing : Listing, optional
            What the path holds, where that is known.
        """
        job = self._job(path, role, settings or {}, series)
        job.listing = listing
        self._start([job], self._read_one, job)
        return job

    def load_together(self, paths: Sequence[str | Path], with_base: bool, **settings: Any) -> list[LoadJob]:
        """Read paths that were opened together, with the same settings; return their jobs.

        With a base, that is the first image, DICOM before other files. Files of a series that
        came already are left out.
        """
        jobs = [self._job(path, "heatmap", settings) for path in paths]
        for job in jobs[:with_base]:
            job.role = "base"
        self._start(jobs, self._read_together, jobs, with_base)
        return jobs

    def load_study(self, path: str | Path, wish: StudyJob | None = None) -> LoadJob:
        """Read a study of a session or task in the background, and show it in place of what is open."""
        job = self._job(path, "study")
        job.study = wish or StudyJob()
        self._start([job], self._read_study, job)
        return job

    def retry(self, job: LoadJob) -> None:
        """Read a failed job's path again."""
        job.state, job.error, job.progress, job.listing = "waiting", None, 0.0, None
        self._start([], self._read_one if job.study is None else self._read_study, job)

    def dismiss(self, job: LoadJob) -> None:
        """Cancel a job, or take a failed one off the list; what was open before comes back."""
        job.cancel()
        if job in self.jobs:
            self.jobs.remove(job)
            self._give_up(job)
            self.changed.emit()

    def go_on(self) -> None:
        """Let the reader go on: what came is drawn."""
        self._drawn.set()

    def close(self) -> None:
        """Stop all reading and wait for the reader to end."""
        self.go_on()
        for job in self.jobs:
            job.cancel()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _job(
        self,
        path: str | Path,
        role: Role,
        settings: Mapping[str, Any] | None = None,
        series: Sequence[str] = (),
    ) -> LoadJob:
        rest = dict(settings or {})
        one = rest.pop("series", None)
        return LoadJob(next(self._ids), str(path), role, rest, tuple(series) or ((one,) if one else ()))

    def _start(self, jobs: Sequence[LoadJob], work: Callable[..., object], *arguments: Any) -> None:
        self.jobs += jobs
        self._pool.submit(work, *arguments).add_done_callback(self._ended)
        self.changed.emit()

    def _ended(self, work: Future[object]) -> None:
        """Have the owner's thread raise what the reader's thread should never have met."""
        if not work.cancelled() and work.exception() is not None:
            self._post(lambda: _raise_of(work))

    # --- on the reader's thread ------------------------------------------------------------

    def _read_together(self, jobs: list[LoadJob], with_base: bool) -> None:
        """Read paths that were opened together: the base first, whichever that is."""
        batch = _Batch()
        base = None
        for job in self._base_candidates(jobs, batch) if with_base else ():
            for other in jobs:
                other.role = "base" if other is job else "heatmap"
            batch.tried.add(job.id)
            if self._read_one(job, batch):
                base = job
                break
        for job in jobs:
            # Tried again, what could not be read must not take the place of the study that is open then.
            job.role = "base" if with_base and job is (base or jobs[0]) else "heatmap"
        for job in jobs:
            if job.id in batch.tried:
                continue
            if Path(job.path).absolute() in batch.files:
                self._post(partial(self._left_out, job))
            else:
                self._read_one(job, batch)

    def _base_candidates(self, jobs: Sequence[LoadJob], batch: _Batch) -> Iterator[LoadJob]:
        """Yield the paths that can be the base, the likeliest first; they are looked at one by one."""
        seen: list[LoadJob] = []
        for likely in (True, False):
            for job in jobs:
                if job in seen or job.id in batch.tried or (likely and not may_be_dicom(job.path)):
                    continue
                if not self._look_at(job):
                    batch.tried.add(job.id)
                elif is_image(job) and (not likely or is_dicom(job)):
                    yield job
                elif not likely or not is_image(job):
                    seen.append(job)
        yield from sorted(seen, key=is_grouped)

    def _look_at(self, job: LoadJob) -> bool:
        """Learn what a path holds; return whether that could be told, and somebody still wants to know."""
        if job.stopped.is_set():
            return False
        if job.listing is not None:
            return True
        job.state = "reading"
        try:
            look_at(job)
        except Cancelled:
            return False
        except Exception as error:
            self._fail(job, error)
            return False
        self._post(lambda: self._scanned(job))
        return True

    def _read_one(self, job: LoadJob, batch: _Batch | None = None) -> bool:
        """Read one path and deliver it; return whether that went well."""
        if not self._look_at(job):
            return False
        if job.role == "list":
            self._post(lambda: self._left_out(job))
            return True
        job.state = "reading"
        early = (lambda coarse: self._come_early(job, coarse)) if job.role == "base" else None
        try:
            found = read(job, job.role, lambda: self._base_for(job), early)
        except Cancelled:
            return False
        except Exception as error:
            self._fail(job, error)
            return False
        finally:
            give_back()
        if batch is not None:
            batch.files.update(path.absolute() for path in found.files)
        self._deliver(lambda: self._arrived(job, found))
        return True

    def _read_study(self, job: LoadJob) -> None:
        """Read a whole study and show it."""
        if job.stopped.is_set():
            return
        job.state = "reading"
        try:
            found = read_study_of(job)
        except Cancelled:
            return
        except Exception as error:
            self._fail(job, error)
            return
        finally:
            give_back()
        self._deliver(lambda: self._study_arrived(job, found))

    def _fail(self, job: LoadJob, error: Exception) -> None:
        found = failure(job, error)
        self._post(lambda: self._failed(job, found))

    def _base_for(self, job: LoadJob) -> Volume | None:
        """Return the base that a heatmap is to lie on, once all that came before it is in the scene."""
        answer: Future[Volume | None] = Future()
        self._post(lambda: answer.set_result(self._scene.base_volume))
        return answer_of(answer, job.check)

    def _come_early(self, job: LoadJob, coarse: Volume) -> None:
        # The whole volume tells what is odd about it.
        shown = replaced(coarse, warnings=())
        self._deliver(lambda: self._stand_in(job, shown))
        job.check()

    def _deliver(self, function: Callable[[], None]) -> None:
        """Have the owner's thread take something over, and leave it the time to draw that."""
        self._drawn.clear()
        self._post(function)
        self._drawn.wait(self._patience)

    # --- on the owner's thread -------------------------------------------------------------

    def _scanned(self, job: LoadJob) -> None:
        if job in self.jobs:
            self.scanned.emit(job)
            self.changed.emit()

    def _stand_in(self, job: LoadJob, coarse: Volume) -> None:
        """Show some slices of a base that is being read."""
        if job.stopped.is_set() or job not in self.jobs:
            return
        [found] = wanted_of(job, "base")
        series = series_kept(job, found.id)
        x, y, z = found.info().shape[:3]
        cursor = centre_voxel_world((x, y, z), found.info().affine)
        try:
            self._stand_ins[job.id] = StandIn(self._scene, coarse, job.path, series, job.settings, cursor)
        except HeatViewerError:
            return  # a setting that is not allowed fails the job when the whole volume is there
        self.shown.emit(job)
        self.changed.emit()

    def _give_up(self, job: LoadJob) -> None:
        """Bring back what was open before a base that does not come."""
        stand_in = self._stand_ins.pop(job.id, None)
        if stand_in is not None:
            stand_in.give_up()

    def _arrived(self, job: LoadJob, found: Read) -> None:
        """Put what was read into the scene."""
        if job.stopped.is_set() or job not in self.jobs:
            return
        settings = {**self.starting(job), **job.settings, **found.more}
        volume, series = found.opened[0]
        try:
            if job.role == "base":
                self._set_base(job, volume, series, settings)
            elif job.role == "opacity":
                follow_file(self._scene, settings["layer"], volume, job.path)
            else:
                self._scene.add_volumes(additions_of(found.opened, series, settings), job.path)
        except HeatViewerError as error:
            self._failed(job, error)
            return
        self.jobs.remove(job)
        self.loaded.emit(job)
        self.shown.emit(job)
        self.changed.emit()

    def _study_arrived(self, job: LoadJob, found: ReadStudy) -> None:
        if job.stopped.is_set() or job not in self.jobs:
            return
        self._scene.show_study(study_to_show(job, found))
        self.jobs.remove(job)
        self.loaded.emit(job)
        self.shown.emit(job)
        self.changed.emit()

    def _set_base(
        self, job: LoadJob, volume: Volume, series: str | None, settings: Mapping[str, Any]
    ) -> None:
        stand_in = self._stand_ins.get(job.id)
        if stand_in is None or not stand_in.finish(volume):
            self._scene.set_base(volume, job.path, series, **settings)
        self._stand_ins.pop(job.id, None)

    def _left_out(self, job: LoadJob) -> None:
        """Take a path off the list of which nothing more is to be read."""
        if job in self.jobs:
            self.jobs.remove(job)
            self.changed.emit()

    def _failed(self, job: LoadJob, error: HeatViewerError) -> None:
        self._give_up(job)
        job.state, job.error = "failed", error
        self.changed.emit()


def _raise_of(work: Future[object]) -> None:
    work.result()
