"""A worklist: cases, which one is shown, and what becomes of each when it comes and goes."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from heatviewer.app.studies.locating import Located, Locator
from heatviewer.app.studies.reading import ReadStudy, read_study
from heatviewer.app.studies.study import Study
from heatviewer.app.worklist.carrying import Carrying, Kept, Roles, kept_of, roles_of, study_again, view_of
from heatviewer.app.worklist.ratings import Ratings
from heatviewer.core.errors import HeatViewerError
from heatviewer.documents.session import parse_session

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from heatviewer.app.worklist.ahead import Reader, Reading
    from heatviewer.app.worklist.table import Case, CaseTable
    from heatviewer.model.scene_state import SceneState
    from heatviewer.model.source import FileIdentity

#: How a mask is shown beside what a heatmap is: whole values, nothing where it is 0, and not covering.
_MASK: Final[dict[str, Any]] = {"interpolation": "nearest", "zeroIsMissing": True, "opacity": 0.5}


@dataclass
class _Shown:
    """The case that is shown, as it came."""

    number: int
    state: SceneState
    roles: Roles


class Worklist:
    """Cases, in their order.

    Attributes
    ----------
    path : str
        Absolute path of the table, or of the task.
    name : str
        As the window shows it.
    cases : tuple of Case
    ratings : Ratings
    problems : tuple of str
        What is odd about the table.
    is_table : bool
        Whether it is a table, beside which ratings are kept.
    """

    def __init__(
        self, path: str, cases: Sequence[Case], problems: tuple[str, ...] = (), is_table: bool = True
    ) -> None:
        self.path, self.name = path, Path(path).name
        self.cases = tuple(cases)
        self.problems, self.is_table = problems, is_table
        self.ratings = Ratings(self.cases)
        self._carrying = Carrying()
        self._kept: dict[int, Kept] = {}
        self._shown: _Shown | None = None

    @classmethod
    def of_table(cls, table: CaseTable) -> Worklist:
        """Return the worklist of a table."""
        return cls(table.path, table.cases, table.problems)

    @classmethod
    def of_studies(cls, path: str, studies: Sequence[Study]) -> Worklist:
        """Return a list of the studies of one document, to switch between."""
        from heatviewer.app.worklist.table import Case

        return cls(path, [Case(study.name, study=study) for study in studies], is_table=False)

    @property
    def shown(self) -> int | None:
        """The case that was shown last; None before the first."""
        return self._shown.number if self._shown is not None else None

    def is_in(self, state: SceneState) -> bool:
        """Return whether a display state is of the case that was shown last."""
        if self._shown is None:
            return False
        came = self._shown.state
        ids = {layer.id for layer in came.layers}
        if ids:
            return bool(ids & {layer.id for layer in state.layers})
        # Nothing of it could be read: it is still the case when a file of it was found since.
        wanted = {os.path.basename(missing.path) for missing in came.missing}
        return came.missing == state.missing or any(
            os.path.basename(layer.source) in wanted for layer in state.layers
        )

    def reader(self, number: int, ahead: Reading | None = None) -> Reader:
        """Return how a case is read, on any thread: what was read ahead is taken.

        Calling it raises Cancelled where its second argument says so.
        """
        anew = partial(read_case, self.cases[number], self.path, self._kept.get(number))

        def read(progress: Callable[[float], None], cancelled: Callable[[], bool]) -> ReadStudy:
            found = ahead.wait(progress, cancelled) if ahead is not None else None
            return found if found is not None else anew(progress, cancelled)

        return read

    def leave(self, state: SceneState) -> None:
        """Keep how the case that is shown was left."""
        shown = self._shown
        if shown is None or not self.is_in(state):
            return
        self._carrying.learn(shown.state, state, shown.roles)
        if state != shown.state or shown.number in self._kept:
            self._kept[shown.number] = kept_of(state, shown.roles)
        # What it is compared with next time, should it not go after all.
        self._shown = replace(shown, state=state)

    def arrive(self, number: int, read: ReadStudy, now: SceneState) -> ReadStudy:
        """Return a case as it is to be shown in place of what is there now, which is left."""
        self.leave(now)
        roles = roles_of(read, self._entry_roles(number, read.study))
        fixed = frozenset(read.study.view) if self._shown is None else frozenset()
        state = self._carrying.applied(read.state, roles)
        state = state.replaced(view=view_of(now.view, state.view, fixed))
        self._shown = _Shown(number, state, roles)
        return replace(read, state=state)

    def adopt(self, number: int, read: ReadStudy) -> None:
        """Take note that a case is shown that came without the list."""
        self._shown = _Shown(number, read.state, roles_of(read, self._entry_roles(number, read.study)))

    def _entry_roles(self, number: int, study: Study) -> tuple[str, ...]:
        if (kept := self._kept.get(number)) is not None and len(kept.roles) == len(study.heatmaps):
            return kept.roles
        case = self.cases[number]
        files = [one.role for one in (*case.masks, *case.heatmaps)]
        own = len(study.heatmaps) - len(files)
        return (*(f"document/{n}" for n in range(own)), *files)


class _InPlace(Locator):
    """Takes files where they are named alone: cases call them alike, so one beside may be another's."""

    def _found_beside(self, _name: str, _identity: FileIdentity | None) -> Located:
        return Located()


def read_case(
    case: Case,
    table: str,
    kept: Kept | None,
    progress: Callable[[float], None],
    cancelled: Callable[[], bool],
) -> ReadStudy:
    """Read a case: its styles and its session, where it names some, and the files.

    Raises
    ------
    Cancelled
    """
    study = study_of(case, table, kept)
    # A session's files are searched as ever; what a row or a task names is there or is missing.
    locator = Locator(study) if case.document and kept is None else _InPlace(study)
    found = read_study(study, progress, cancelled, locator)
    return found if kept is not None else _with_masks(found, case)


def _with_masks(read: ReadStudy, case: Case) -> ReadStudy:
    """Return a study whose masks look like masks, or like labels where they hold several."""
    from heatviewer.app.masks import free_color, mask_fields

    state, paths = read.state, {file.path for file in case.masks}
    for layer in state.heatmaps:
        if layer.source in paths:
            volume = read.volumes[layer.id]
            fields = mask_fields(volume, free_color(state, volume))
            state = state.with_heatmap(layer.replaced(**fields))
    return replace(read, state=state)


def study_of(case: Case, table: str, kept: Kept | None = None) -> Study:
    """Return a case as a study: what its row names, in the style that it names, or as it was left."""
    folder = str(Path(table).parent)
    if kept is not None:
        return study_again(kept, Study("case", case.name, table, folder))
    if case.study is not None:
        return case.study
    problems: list[str] = []
    document = _document(case, problems)
    opened = _opened(case.document, problems) if case.document else None
    if opened is not None:
        document["base"] = None
    session = parse_session(document, Path(table).name) if document["base"] or document["heatmaps"] else None
    made = Study("case", case.name, table, folder)
    if opened is not None:
        made = replace(opened, kind="case", name=case.name)
        problems = [*opened.problems, *problems]
    if session is None:
        return replace(made, problems=tuple(problems))
    first = len(made.heatmaps)
    files = (*case.masks, *case.heatmaps)
    added = tuple(
        replace(entry, where=file.where, index=first + n)
        for n, (entry, file) in enumerate(zip(session.heatmaps, files, strict=True))
    )
    base = replace(session.base, where=f"row {case.row}, base") if session.base is not None else made.base
    told = (*problems, *session.problems)
    return replace(made, base=base, heatmaps=(*made.heatmaps, *added), problems=told)


def _document(case: Case, problems: list[str]) -> dict[str, Any]:
    """Return a row as a session would say it."""
    styles = case.styles * len(case.heatmaps) if len(case.styles) == 1 else case.styles
    masks = [_entry(file.path) | _MASK for file in case.masks]
    heatmaps = [_entry(file.path) for file in case.heatmaps]
    for entry, style in zip(heatmaps, styles, strict=False):
        entry |= _styled(style, entry["path"], case.row, problems)
    source = case.base or case.document
    base = {"path": source} | ({"series": case.series} if case.series else {})
    return {"format": "heatviewer-session", "version": 1, "base": base, "heatmaps": [*masks, *heatmaps]}


def _entry(path: str) -> dict[str, Any]:
    return {"item": path, "path": path}


def _styled(path: str, file: str, row: int, problems: list[str]) -> dict[str, Any]:
    """Return what a style, or a sheet of styles, says of a heatmap; nothing, and told, where it cannot."""
    from heatviewer.app.styles import file_name, found_for

    try:
        style = found_for(path, file_name(file))
    except HeatViewerError as error:
        told = f"row {row}, style: {error}"
        if told not in problems:
            problems.append(told)
        return {}
    return style.keyed() if style is not None else {}


def _opened(path: str, problems: list[str]) -> Study | None:
    """Return the study of a session; None, and told, where it cannot be read."""
    from heatviewer.app.studies.opening import open_studies

    try:
        return open_studies(path)[0]
    except HeatViewerError as error:
        problems.append(str(error))
        return None
