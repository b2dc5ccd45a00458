"""Reading in the background: jobs with progress and cancel, delivered on the owner's thread.

Workers get a path and return a volume; only the owner's thread touches the scene. How to get there
is injected (``post``): a queued Qt call in the window, a direct call in tests. A failed job stays in
the list with its error until it is tried again or dismissed.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from psygnal import Signal

from heatviewer.app.memory import give_back
from heatviewer.app.opacity_choices import follow_file
from heatviewer.app.opacity_source import file_wished, read_source
from heatviewer.core.errors import Cancelled, HeatViewerError, ReadError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from heatviewer.app.scene import Scene
    from heatviewer.core.volume import Volume

JobState = Literal["waiting", "reading", "failed"]
#: What becomes of a volume; 'opacity' is one that a heatmap's opacity follows, and no layer.
Role = Literal["base", "heatmap", "opacity"]


@dataclass
class LoadJob:
    """One path on its way into the scene; lives on the owner's thread except where noted."""

    id: int
    path: str
    role: Role
    settings: Mapping[str, Any] = field(default_factory=dict)
    state: JobState = "waiting"
    progress: float = 0.0  # written by the worker
    error: HeatViewerError | None = None
    stopped: threading.Event = field(default_factory=threading.Event)

    @property
    def name(self) -> str:
        """What the list shows: the file's name."""
        return Path(self.path).name or self.path

    def cancel(self) -> None:
        """Ask the worker to stop; the job leaves the list and nothing changes."""
        self.stopped.set()


class Loader:
    """Reads volumes into a scene, a few at a time, in the order they were asked for.

    Attributes
    ----------
    jobs : list of LoadJob
        What is waiting, being read, or failed.
    changed : psygnal.Signal
        Emits after the list or a job's state changed, on the owner's thread.
    loaded : psygnal.Signal
        Emits the job after its volume has come into the scene.
    """

    changed = Signal()
    loaded = Signal(LoadJob)
    _ids: ClassVar[Iterator[int]] = count(1)

    def __init__(self, scene: Scene, post: Callable[[Callable[[], None]], None]) -> None:
        self._scene = scene
        self._post = post
        # One reader: a base must be there before its heatmaps, and two readers share one disk.
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="reader")
        self.jobs: list[LoadJob] = []

    @property
    def busy(self) -> bool:
        """Whether anything is waiting or being read."""
        return any(job.state != "failed" for job in self.jobs)

    @property
    def progress(self) -> float:
        """Mean progress of what is on its way, 0…1."""
        running = [job.progress for job in self.jobs if job.state != "failed"]
        return sum(running) / len(running) if running else 1.0

    def load(self, path: str | Path, role: Role, settings: Mapping[str, Any] | None = None) -> LoadJob:
        """Read a path in the background and put it into the scene in its role."""
        job = LoadJob(next(self._ids), str(path), role, dict(settings or {}))
        self.jobs.append(job)
        self._start(job)
        return job

    def retry(self, job: LoadJob) -> None:
        """Read a failed job's path again."""
        job.state, job.error, job.progress = "waiting", None, 0.0
        self._start(job)

    def dismiss(self, job: LoadJob) -> None:
        """Cancel a job, or take a failed one off the list."""
        job.cancel()
        if job in self.jobs:
            self.jobs.remove(job)
            self.changed.emit()

    def close(self) -> None:
        """Stop all reading and wait for the reader to end."""
        for job in self.jobs:
            job.cancel()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _start(self, job: LoadJob) -> None:
        self._pool.submit(self._read, job)
        self.changed.emit()

    def _read(self, job: LoadJob) -> None:
        """Read one path; runs on the reader's thread."""
        from heatviewer.io import open_volume

        def progress(done: float) -> None:
            job.progress = done

        if job.stopped.is_set():
            return
        job.state = "reading"
        series = job.settings.get("series")
        try:
            volume = open_volume(job.path, series=series, progress=progress, cancelled=job.stopped.is_set)
            _prepare(volume, job.role)
            more = _read_more(job)
        except Cancelled:
            return
        except HeatViewerError as error:
            failure: HeatViewerError = error
            self._post(lambda: self._failed(job, failure))
        except Exception as error:  # a reader's own bug: the window goes on and says so
            unexpected = ReadError(
                job.name, f"could not be read ({type(error).__name__})", "Report this file"
            )
            unexpected.__cause__ = error
            self._post(lambda: self._failed(job, unexpected))
        else:
            self._post(lambda: self._arrived(job, volume, more))
        give_back()

    def _arrived(self, job: LoadJob, volume: Volume, more: Mapping[str, Any]) -> None:
        """Put a volume into the scene, on the owner's thread."""
        if job.stopped.is_set() or job not in self.jobs:
            return
        settings = {**job.settings, **more}
        series = settings.pop("series", None)
        try:
            if job.role == "base":
                self._scene.set_base(volume, source=job.path, series=series, **settings)
            elif job.role == "opacity":
                follow_file(self._scene, settings["layer"], volume, job.path)
            else:
                self._scene.add_volume(volume, job.path, series, **settings)
        except HeatViewerError as error:
            self._failed(job, error)
            return
        self.jobs.remove(job)
        self.loaded.emit(job)
        self.changed.emit()

    def _failed(self, job: LoadJob, error: HeatViewerError) -> None:
        job.state, job.error = "failed", error
        self.changed.emit()


def _read_more(job: LoadJob) -> dict[str, Any]:
    """Return the settings of a job that name a file, with the file read; on the reader's thread."""
    path = file_wished(job.settings)
    if path is None:
        return {}
    _, low, high = job.settings["opacity_by"]
    return {"opacity_by": (read_source(path, cancelled=job.stopped.is_set), low, high)}


def _prepare(volume: Volume, role: Role) -> None:
    """Compute on the reader's thread what the scene asks of a new volume: it is kept by the volume."""
    from heatviewer.model.defaults import default_range, default_window

    (default_window if role == "base" else default_range)(volume)
