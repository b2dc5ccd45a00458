"""RedBrick tasks as studies: each series is one."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from heatviewer.app.studies.study import Study
from heatviewer.documents.redbrick import climbs_out, normal, parse_tasks
from heatviewer.documents.task_check import TaskProblem, check_task

if TYPE_CHECKING:
    from pathlib import Path

    from heatviewer.documents.entry import LayerEntry


def studies_of_tasks(document: Any, place: Path, root: Path) -> tuple[Study, ...]:
    """Return the studies of a task, or of a list of them, in the document's order.

    Parameters
    ----------
    place, root : Path
        The file, and the folder that its relative paths start from, absolute.

    Raises
    ------
    ReadError
        No series of it can be used.
    """
    folder = str(root)
    return tuple(
        Study(
            "task",
            series.name,
            str(place),
            folder,
            _rooted(series.base, folder) if series.base is not None else None,
            tuple(_rooted(entry, folder) for entry in series.heatmaps),
            metadata=series.metadata,
            kept=series.kept,
            problems=series.problems,
        )
        for series in parse_tasks(document, place.name)
    )


def task_problems(document: Any, root: Path) -> tuple[TaskProblem, ...]:
    """Return everything that is wrong with a task whose relative paths start from a folder."""
    return check_task(document, lambda path: os.path.exists(os.path.join(root, path)))


def _rooted(entry: LayerEntry, folder: str) -> LayerEntry:
    """Return an entry that, saved in a session elsewhere because its file is missing, is found from there."""
    if not entry.relative or climbs_out(entry.relative):
        return entry
    where = os.path.join(folder, normal(entry.relative))
    return replace(entry, raw={**entry.raw, "relative_path": "", "path": where})
