"""Paths into the scene: roles, files on their way, one message for all that could not be read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, QTimer, Signal

from heatviewer.app.opening import LayerSource, roles

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from heatviewer.app.loader import Loader, LoadJob
    from heatviewer.app.scene import Scene

OpenAs = Literal["auto", "study", "heatmap"]
_PROGRESS_MS = 80


@dataclass
class _Batch:
    """Paths that were opened together: should the base not be readable, the next one takes its place."""

    base: LoadJob
    others: list[LoadJob] = field(default_factory=list)


class Opener(QObject):
    """Opens paths and tells how it goes.

    Signals
    -------
    progressed
        Files came, went, or got further.
    failed : str
        One message that names everything that could not be read.
    opened : str, str
        A path that is now in the scene, and its role.
    """

    progressed = Signal()
    failed = Signal(str)
    opened = Signal(str, str)

    def __init__(self, scene: Scene, loader: Loader, parent: QObject) -> None:
        super().__init__(parent)
        self.scene, self.loader = scene, loader
        self._batches: list[_Batch] = []
        self._reported: set[int] = set()
        self._timer = QTimer(self)
        self._timer.setInterval(_PROGRESS_MS)
        self._timer.timeout.connect(self.progressed)
        loader.changed.connect(self._on_changed)
        loader.loaded.connect(self._on_loaded)

    @property
    def base_expected(self) -> bool:
        """Whether there is a base, or one is on its way."""
        coming = any(job.role == "base" and job.state != "failed" for job in self.loader.jobs)
        return coming or self.scene.state.base is not None

    def open_paths(self, paths: Sequence[str | Path], opened_as: OpenAs = "auto") -> None:
        """Read paths: the base first, if there is none yet or a new study is wanted."""
        has_base = opened_as == "heatmap" or (opened_as == "auto" and self.base_expected)
        base, heatmaps = roles(paths, has_base)
        jobs = []
        if base is not None:
            batch = _Batch(self.loader.load(base, "base"))
            self._batches.append(batch)
            jobs = batch.others
        jobs += [self.loader.load(path, "heatmap") for path in heatmaps]

    def open_sources(self, base: LayerSource | None, heatmaps: Sequence[LayerSource]) -> None:
        """Read a base and heatmaps whose roles and settings were given."""
        if base is not None:
            self.loader.load(base.path, "base", base.settings)
        for source in heatmaps:
            self.loader.load(source.path, "heatmap", source.settings)

    def cancel(self) -> None:
        """Stop everything that is on its way."""
        for job in [job for job in self.loader.jobs if job.state != "failed"]:
            self.loader.dismiss(job)

    def _on_loaded(self, job: LoadJob) -> None:
        self.opened.emit(job.path, job.role)

    def _on_changed(self) -> None:
        self._replace_failed_bases()
        if self.loader.busy:
            self._timer.start()
        else:
            self._timer.stop()
            self._batches.clear()
            self._report()
        self.progressed.emit()

    def _replace_failed_bases(self) -> None:
        """Let the next path of a batch be the base where the first was no volume."""
        for batch in self._batches:
            waiting = [job for job in batch.others if job in self.loader.jobs and job.state != "failed"]
            if batch.base.state == "failed" and batch.base.role == "base" and waiting:
                # Tried again, the failed one must not take the place of the study that is open then.
                batch.base.role = "heatmap"
                batch.base, successor = waiting[0], waiting[0]
                successor.role = "base"

    def _report(self) -> None:
        failed = [job for job in self.loader.jobs if job.state == "failed"]
        news = [job for job in failed if job.id not in self._reported]
        self._reported = {job.id for job in failed}
        lines = [str(job.error) for job in news if job.error is not None]
        if len(lines) == 1:
            self.failed.emit(lines[0])
        elif lines:
            listed = "\n".join(f"• {line}" for line in lines)
            self.failed.emit(f"{len(lines)} files could not be read:\n{listed}")
