"""Paths into the scene: roles, files on their way, one message for all that could not be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, QTimer, Signal

from heatviewer.app.masks import AS_MASK

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from heatviewer.app.browsing import Listing
    from heatviewer.app.loader import Loader, LoadJob
    from heatviewer.app.opening import LayerSource
    from heatviewer.app.scene import Scene

#: 'mask' is a heatmap that is shown as a mask, or as labels.
OpenAs = Literal["auto", "study", "heatmap", "mask"]
_PROGRESS_MS = 80


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
    listed : Listing
        What a path holds, where there is something to choose from.
    """

    progressed = Signal()
    failed = Signal(str)
    opened = Signal(str, str)
    listed = Signal(object)

    def __init__(self, scene: Scene, loader: Loader, parent: QObject) -> None:
        super().__init__(parent)
        self.scene, self.loader = scene, loader
        self._reported: set[int] = set()
        self._timer = QTimer(self)
        self._timer.setInterval(_PROGRESS_MS)
        self._timer.timeout.connect(self.progressed)
        loader.changed.connect(self._on_changed)
        loader.loaded.connect(self._on_loaded)
        loader.shown.connect(self._on_shown)
        loader.scanned.connect(self._on_scanned)

    @property
    def base_expected(self) -> bool:
        """Whether there is a base, or one is on its way."""
        coming = any(job.role == "base" and job.state != "failed" for job in self.loader.jobs)
        return coming or self.scene.state.base is not None

    def open_paths(self, paths: Sequence[str | Path], opened_as: OpenAs = "auto") -> None:
        """Read paths: the base first, if there is none yet or a new study is wanted."""
        has_base = opened_as in ("heatmap", "mask") or (opened_as == "auto" and self.base_expected)
        settings = {AS_MASK: True} if opened_as == "mask" else {}
        self.loader.load_together(paths, not has_base, **settings)

    def open_series(self, listing: Listing, series: Sequence[str], opened_as: OpenAs = "auto") -> None:
        """Read volumes of a path whose contents are known.

        The first image is the base, if there is none yet or a new study is wanted.
        """
        known = {one.id: one for one in listing.series}
        chosen = [known[one] for one in series]
        if opened_as == "study" or (opened_as == "auto" and not self.base_expected):
            base = next((one for one in chosen if one.role == "base"), chosen[0])
            self.loader.load(listing.path, "base", series=[base.id], listing=listing)
            chosen.remove(base)
        if chosen:
            ids = [one.id for one in chosen]
            settings = {AS_MASK: True} if opened_as == "mask" else None
            self.loader.load(listing.path, "heatmap", settings, series=ids, listing=listing)

    def list_series(self, path: str | Path) -> None:
        """Look what a path holds, and read none of it."""
        self.loader.load(path, "list")

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

    def _on_shown(self, _job: LoadJob) -> None:
        # A timer comes after what waits to be painted.
        QTimer.singleShot(0, self, self.loader.go_on)

    def _on_scanned(self, job: LoadJob) -> None:
        if job.listing is not None and (job.role == "list" or job.listing.choices > 1):
            self.listed.emit(job.listing)

    def _on_loaded(self, job: LoadJob) -> None:
        self.opened.emit(job.path, job.role)

    def _on_changed(self) -> None:
        if self.loader.busy:
            self._timer.start()
        else:
            self._timer.stop()
            self._report()
        self.progressed.emit()

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
