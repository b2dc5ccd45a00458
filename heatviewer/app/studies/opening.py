"""Documents from the disk: what kind each is, and the studies in it."""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from heatviewer.app.studies.presets import lend_presets_of
from heatviewer.app.studies.study import Study
from heatviewer.core.errors import MissingFileError, ReadError
from heatviewer.documents.json_text import MAX_BYTES, parse_json
from heatviewer.documents.places import BACKUP, SUFFIX
from heatviewer.documents.session import is_session, parse_session
from heatviewer.model.rules import told

if TYPE_CHECKING:
    from collections.abc import Sequence

DocumentKind = Literal["session", "task", "style", "styles"]


def read_document(path: str | Path, problems: list[str] | None = None) -> Any:
    """Return the JSON value in a file.

    Parameters
    ----------
    problems : list of str, optional
        As in `parse_json`.

    Raises
    ------
    MissingFileError, ReadError
        Naming the file.
    """
    place = Path(path)
    data = _bytes_of(place)
    try:
        return parse_json(data, place.name, problems)
    except ReadError as error:
        raise _with_backup(error, place) from None


def _bytes_of(place: Path) -> bytes:
    try:
        found = os.stat(place)
        if not stat.S_ISREG(found.st_mode):
            # A pipe or a device could make us wait for ever.
            raise ReadError(place.name, "is no file", "Name the session or task itself")
        if found.st_size > MAX_BYTES:
            what = f"is larger than any session or task ({MAX_BYTES // 2**20} MiB)"
            raise ReadError(place.name, what, "Save it again where it was made")
        with place.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise MissingFileError(str(place), "there is no such file or folder", "Check the path") from None
    except ValueError:
        raise ReadError(told(str(place)), "is no path", "Check the path") from None
    except OSError as error:
        if isinstance(error, ReadError):
            raise
        reason = error.strerror or type(error).__name__
        raise ReadError(place.name, f"cannot be read ({reason})", "Check the path and its rights") from None


def _with_backup(error: ReadError, place: Path) -> ReadError:
    """Return an error about a damaged session that says where its previous version is, if it is there."""
    backup = place.with_name(place.name + BACKUP)
    if place.suffix.lower() != SUFFIX or not backup.is_file():
        return error
    return ReadError(error.where, error.what, f"Open '{backup.name}' beside it, the version before")


def document_kind(document: Any, where: str) -> DocumentKind:
    """Return what a JSON document is meant as.

    Raises
    ------
    ReadError
        It is none that this program knows.
    """
    if is_session(document):
        return "session"
    form = document.get("format") if isinstance(document, dict) else None
    if form == "heatviewer-style":
        return "style"
    if form == "heatviewer-styles":
        return "styles"
    first = document[0] if isinstance(document, list) and document else document
    if isinstance(first, dict) and "series" in first:
        return "task"
    what = "is neither a session nor a task nor a style"
    to_do = "A session has the format 'heatviewer-session', a style 'heatviewer-style', a task has 'series'"
    raise ReadError(where, what, to_do)


def open_studies(path: str | Path, root: str | Path | None = None) -> tuple[Study, ...]:
    """Return the studies that a session or a task file describes, one or more.

    Parameters
    ----------
    root : path, optional
        Where a task's relative paths start; by default its own folder.

    Raises
    ------
    MissingFileError, ReadError
        Naming the file, and the field where one is to blame.
    """
    place = Path(path).absolute()
    problems: list[str] = []
    document = read_document(place, problems)
    kind = document_kind(document, place.name)
    if kind == "session":
        try:
            return (_session(place, document, problems),)
        except ReadError as error:
            # One of a newer version is not damaged, and its backup no better.
            raise error if error.what.startswith("version") else _with_backup(error, place) from None
    if kind == "task":
        from heatviewer.app.studies.tasks import studies_of_tasks

        found = studies_of_tasks(document, place, root_of(place, root))
        return tuple(replace(study, problems=(*problems, *study.problems)) for study in found)
    raise ReadError(place.name, "is a style, and no study", "Open the study first, then drop the style on it")


def root_of(place: Path, root: str | Path | None) -> Path:
    """Return the absolute folder that a task's relative paths start from: the one named, else its own.

    Raises
    ------
    MissingFileError
        The one that is named is no folder.
    """
    if root is None:
        return place.absolute().parent
    if not os.path.isdir(root):
        raise MissingFileError(str(root), "there is no such folder", "Check the path of the root")
    return Path(root).absolute()


def chosen_study(studies: Sequence[Study], series: str | None, where: str) -> Study:
    """Return the study that is meant: by its name or its number from 1; the first where none is.

    Raises
    ------
    ReadError
        There is no such study.
    """
    if series is None:
        return studies[0]
    named = [study for study in studies if study.name == series]
    # A task's series go by their own name too.
    named = named or [study for study in studies if study.name.endswith(f" / {series}")]
    if named:
        return named[0]
    if series.isdecimal() and 1 <= int(series) <= len(studies):
        return studies[int(series) - 1]
    names = ", ".join(f"'{study.name}'" for study in studies[:5])
    raise ReadError(
        where, f"holds no series {series!r:.60}", f"Its series are {names}, or 1 to {len(studies)}"
    )


def _session(place: Path, document: dict[str, Any], problems: list[str]) -> Study:
    renamed = lend_presets_of(document, place.name, problems)
    session = parse_session(renamed, place.name)
    name = place.name.removesuffix(BACKUP).removesuffix(SUFFIX)
    # Relative paths start where the file truly lies, as when it was saved.
    study = Study("session", name, str(place), os.path.dirname(os.path.realpath(place)))
    return study.holding(replace(session, problems=(*problems, *session.problems)))
