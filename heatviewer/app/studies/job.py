"""A study on its way into the window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from heatviewer.app.loader import LoadJob
    from heatviewer.app.studies.locating import Locator
    from heatviewer.app.studies.reading import ReadStudy
    from heatviewer.app.studies.study import Study

#: Share of the time that the document itself takes.
_DOCUMENT = 0.05


@dataclass
class StudyJob:
    """Which study of a document is wanted, and what was read of it.

    Attributes
    ----------
    root : Path or None
        Where a task's relative paths start; None: its own folder.
    series : str or None
        Which of several studies, by name or number from 1; None: the first.
    studies : tuple of Study
        All that the document holds; given where they are known, else written by the worker.
    study : Study or None
        The one that is read; given where it is known.
    locator : Locator or None
        Where its files are looked for; None: where the document says, and beside it.
    reader : callable or None
        Reads it in place of the usual way; gets where to tell its progress and who tells to stop.
    arrive : callable or None
        Has the last word on how what was read is shown, on the owner's thread.
    read : ReadStudy or None
        What was read; written by the worker.
    """

    root: Path | None = None
    series: str | None = None
    studies: tuple[Study, ...] = ()
    study: Study | None = None
    locator: Locator | None = None
    reader: Callable[[Callable[[float], None], Callable[[], bool]], ReadStudy] | None = None
    arrive: Callable[[ReadStudy], ReadStudy] | None = None
    read: ReadStudy | None = None


def read_study_of(job: LoadJob) -> ReadStudy:
    """Read the study that a job asks for; on the reader's thread.

    Raises
    ------
    HeatViewerError
    """
    from heatviewer.app.studies.opening import chosen_study, open_studies
    from heatviewer.app.studies.reading import read_study

    wish = job.study
    assert wish is not None

    def progress(done: float) -> None:
        job.progress = _DOCUMENT + (1 - _DOCUMENT) * done

    if wish.reader is not None:
        wish.read = wish.reader(progress, job.stopped.is_set)
        wish.study = wish.read.study
        return wish.read
    if wish.study is None:
        wish.studies = open_studies(job.path, wish.root)
        wish.study = chosen_study(wish.studies, wish.series, job.name)
    wish.read = read_study(wish.study, progress, job.stopped.is_set, wish.locator)
    return wish.read


def study_to_show(job: LoadJob, found: ReadStudy) -> ReadStudy:
    """Return what was read as it is to be shown; on the owner's thread."""
    wish = job.study
    if wish is None or wish.arrive is None:
        return found
    wish.read = wish.arrive(found)
    return wish.read
