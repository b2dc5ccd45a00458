"""Paths that are held over a window or dropped on it: what each is, what a drop would do, in words.

While something is dragged no file is read: a path is known by its name and at most 4096 first bytes,
and of very many paths only the first are looked at.
"""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from heatviewer.app.worklist.table import is_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from heatviewer.app.recent import RecentKind

#: What a path is. 'text' is JSON that the first bytes do not tell the meaning of, 'file' what is in
#: no known format or was not looked at.
Kind = Literal[
    "session",
    "task",
    "worklist",
    "style",
    "styles",
    "text",
    "folder",
    "archive",
    "dicom",
    "volume",
    "image",
    "file",
    "missing",
]
#: What a drop in a zone does; 'refused' is nothing.
DropRole = Literal["study", "heatmap", "mask", "document", "style", "refused"]

#: Bytes of a path and paths of a drag that are looked at.
LOOKED_BYTES: Final = 4096
LOOKED_PATHS: Final = 50
_SESSION, _JSON = ".hvs", ".json"
_TABLES: Final = (".csv", ".tsv", ".txt")
_DOCUMENTS: Final = ("session", "task", "worklist")
_FORM: Final = re.compile(rb'"format"\s*:\s*"heatviewer-(session|styles?)"')
_FORMS: Final[dict[bytes, Kind]] = {b"session": "session", b"style": "style", b"styles": "styles"}
_SERIES: Final = re.compile(rb'"series"\s*:\s*\[')
_NAMES_SHOWN: Final = 3


@dataclass(frozen=True)
class Dropped:
    """One path, and what it seems to be."""

    path: str
    kind: Kind

    @property
    def name(self) -> str:
        """What people are shown."""
        return Path(self.path).name or self.path


@dataclass(frozen=True)
class Zone:
    """A place of the window and what a drop there does.

    Attributes
    ----------
    role : DropRole
    title : str
        What happens, such as ``"Add 3 heatmaps"``.
    detail : str
        With what, and what else changes.
    """

    role: DropRole
    title: str
    detail: str


def kind_of(path: str) -> Kind:
    """Return what a path seems to be, from its name and its first bytes."""
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return "missing"
    if stat.S_ISDIR(mode):
        return "folder"
    if not stat.S_ISREG(mode):
        # A pipe or a device could make us wait for ever.
        return "file"
    if Path(path).suffix.lower() == _SESSION:
        return "session"
    try:
        # Without a buffer, which would read more than is asked for.
        with open(path, "rb", buffering=0) as file:
            head = file.read(LOOKED_BYTES)
    except OSError:
        return "file"
    if Path(path).suffix.lower() == _JSON:
        return _kind_of_json(head)
    return "worklist" if is_table(path, head) else _kind_of_head(head)


def is_worklist(path: str | Path) -> bool:
    """Return whether a path is a table of cases, by its name and its header."""
    # Nothing else is looked into: there may be many.
    return Path(path).suffix.lower() in _TABLES and kind_of(str(path)) == "worklist"


def _kind_of_json(head: bytes) -> Kind:
    form = _FORM.search(head)
    if form is not None:
        return _FORMS[form[1]]
    return "task" if _SERIES.search(head) else "text"


def _kind_of_head(head: bytes) -> Kind:
    from heatviewer.io.containers import is_zip
    from heatviewer.io.sniff import format_of, unpacked_head

    form = format_of(unpacked_head(head))
    if form in ("dicom", "image"):
        return "dicom" if form == "dicom" else "image"
    if form:
        return "volume"
    return "archive" if is_zip(head) else "file"


def recent_kind(path: str) -> RecentKind:
    """Return what a study of the list of recent ones is."""
    kind = kind_of(path)
    if kind in ("session", "task", "folder", "archive", "worklist"):
        return kind
    if kind == "file" and Path(path).suffix.lower() in _TABLES:
        return "worklist"
    return "" if kind == "missing" else "volume"


def look_at(paths: Sequence[str]) -> tuple[Dropped, ...]:
    """Return what paths seem to be; those after the first fifty are judged by their names."""
    return tuple(
        Dropped(path, kind_of(path) if number < LOOKED_PATHS else _kind_of_name(path))
        for number, path in enumerate(paths)
    )


def _kind_of_name(path: str) -> Kind:
    suffix = Path(path).suffix.lower()
    return "session" if suffix == _SESSION else "text" if suffix == _JSON else "file"


@dataclass(frozen=True)
class Sorted:
    """What was dropped, by what becomes of it.

    Attributes
    ----------
    documents : tuple of Dropped
        Sessions, tasks and worklists; only the first can be opened.
    styles : tuple of Dropped
    data : tuple of Dropped
        Volumes, folders, archives, and what nobody knows: opening it says what is wrong.
    left_out : tuple of Dropped
        JSON files that lie beside volumes, as converters write them.
    """

    documents: tuple[Dropped, ...]
    styles: tuple[Dropped, ...]
    data: tuple[Dropped, ...]
    left_out: tuple[Dropped, ...]


def sort_out(items: Sequence[Dropped]) -> Sorted:
    """Return what was dropped, by what becomes of it."""
    documents = tuple(item for item in items if item.kind in _DOCUMENTS)
    styles = tuple(item for item in items if item.kind in ("style", "styles"))
    texts = tuple(item for item in items if item.kind == "text")
    known = {*documents, *styles, *texts}
    data = tuple(item for item in items if item not in known)
    if texts and not (documents or styles or data):
        return Sorted(texts, (), (), ())
    return Sorted(documents, styles, data, texts)


def zones(items: Sequence[Dropped], has_base: bool, heatmap: str | None) -> tuple[Zone, ...]:
    """Return where paths can be dropped and what happens there, the likeliest place first.

    Parameters
    ----------
    has_base : bool
        Whether a study is open, or on its way.
    heatmap : str or None
        Name of the selected heatmap, which a style is for; None where there is none.
    """
    found = sort_out(items)
    if found.documents:
        return (_document_zone(found, has_base),)
    if not found.data:
        return (_style_zone(found.styles, heatmap),)
    return data_zones([item.name for item in found.data], _base_of(found.data), has_base)


def data_zones(names: Sequence[str], base: str, has_base: bool) -> tuple[Zone, ...]:
    """Return where volumes can be dropped; `base` names the one that a new study begins with."""
    others = list(names)
    others.remove(base)
    more = f" with {_count(len(others), 'heatmap')} on it" if others else ""
    if not has_base:
        return (Zone("study", f"Open {base}", more.strip().capitalize() or "As the base of a new study"),)
    count, listed = len(names), listed_names(names)
    return (
        Zone("heatmap", _adding(count, "heatmap"), listed),
        Zone("mask", _adding(count, "mask"), f"{listed}: each label in one colour"),
        Zone("study", "Open as new base", f"{base}{more}, in place of what is open"),
    )


def refusal() -> Zone:
    """Return the zone of what lies elsewhere: nothing is fetched."""
    return Zone("refused", "This lies on the web", "Nothing is downloaded: save it, then drop the file")


def _document_zone(found: Sorted, has_base: bool) -> Zone:
    first = found.documents[0]
    word = f"{first.kind} " if first.kind in _DOCUMENTS else ""
    left = len(found.documents) - 1
    parts = []
    if first.kind == "worklist":
        # Its cases have heatmaps of their own.
        left += len(found.data)
    elif found.data:
        parts.append(f"with {_count(len(found.data), 'heatmap')} on it")
    parts += ["in place of what is open"] if has_base else []
    if left:
        parts.append(f"{left} more not opened")
    detail = ", ".join(parts)
    return Zone("document", f"Open {word}{first.name}", detail[:1].upper() + detail[1:])


def _style_zone(styles: Sequence[Dropped], heatmap: str | None) -> Zone:
    if heatmap is None:
        return Zone("refused", "A style is for a heatmap", "Open one first, then drop the style on it")
    names = listed_names([item.name for item in styles])
    if any(item.kind == "styles" for item in styles):
        return Zone("style", "Apply the styles to all heatmaps they name", names)
    return Zone("style", f"Apply the {'style' if len(styles) == 1 else 'styles'} to {heatmap}", names)


def _base_of(data: Sequence[Dropped]) -> str:
    """Return the name of what would be the base: DICOM, or else the first."""
    likely = (item for item in data if item.kind in ("dicom", "folder", "archive"))
    return next(likely, data[0]).name


def listed_names(names: Sequence[str]) -> str:
    """Return some names, and how many more there are."""
    shown = ", ".join(names[:_NAMES_SHOWN])
    rest = len(names) - _NAMES_SHOWN
    return f"{shown} and {rest} more" if rest > 0 else shown


def _adding(count: int, what: str) -> str:
    return f"Add as {what}" if count == 1 else f"Add {count} {what}s"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
