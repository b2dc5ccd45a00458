"""A table of cases: which base, heatmaps, masks and style each row names. None of those files is touched."""

from __future__ import annotations

import csv
import io
import os
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from heatviewer.core.errors import MissingFileError, ReadError
from heatviewer.documents.places import SUFFIX, is_address

if TYPE_CHECKING:
    from collections.abc import Iterator

    from heatviewer.app.studies.study import Study

Column = Literal["base", "heatmap", "mask", "style", "name", "session", "series"]
#: A table of 100,000 rows with long paths is a tenth of it.
_MOST_BYTES: Final = 256 * 2**20
#: Words of the header, in the singular, by what they mean.
_WORDS: Final[dict[str, Column]] = {
    "base": "base",
    "heatmap": "heatmap",
    "mask": "mask",
    "style": "style",
    "name": "name",
    "case": "name",
    "id": "name",
    "session": "session",
    "series": "series",
}
#: Endings of tables that open by themselves; others do where a table is asked for.
_SUFFIXES_OPENED: Final = (".csv", ".tsv")
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_SUFFIXES = re.compile(r"(\.nii\.gz|\.img\.gz|\.[A-Za-z][A-Za-z0-9]{0,4})$")


@dataclass(frozen=True)
class CaseFile:
    """A heatmap or mask of a case.

    Attributes
    ----------
    path : str
        Absolute.
    role : str
        Its column and its place in it: layers of one role belong together from case to case.
    where : str
        Row and column, as people are told.
    """

    path: str
    role: str
    where: str


@dataclass(frozen=True)
class Case:
    """One study of a worklist.

    Attributes
    ----------
    name : str
        As lists show it.
    listed : str
        The base, or the session, as the table writes it; with the name it says which case it is.
    row : int
        Row of the table, its header being 1; 0 where there is no table.
    base : str
        Absolute path; empty where there is a document or a study.
    series : str or None
    heatmaps, masks : tuple of CaseFile
        Bottom first.
    styles : tuple of str
        Absolute paths: one for all heatmaps, or one for each.
    document : str
        Absolute path of a session in place of a base.
    study : Study or None
        What a task says, where the case is of one.
    """

    name: str
    listed: str = ""
    row: int = 0
    base: str = ""
    series: str | None = None
    heatmaps: tuple[CaseFile, ...] = ()
    masks: tuple[CaseFile, ...] = ()
    styles: tuple[str, ...] = ()
    document: str = ""
    study: Study | None = None


@dataclass(frozen=True)
class CaseTable:
    """The cases of a table, and what is odd about it.

    Attributes
    ----------
    path : str
        Absolute.
    cases : tuple of Case
        At least one.
    problems : tuple of str
        A sentence each: the row, the column, what to do.
    """

    path: str
    cases: tuple[Case, ...]
    problems: tuple[str, ...] = ()


def read_table(path: str | Path) -> CaseTable:
    """Return the cases that a table lists.

    Raises
    ------
    MissingFileError, ReadError
        The table cannot be read, has no column 'base', or no row with a case.
    """
    place = Path(os.path.abspath(path))
    problems: list[str] = []
    rows = _rows(_text(place, problems), problems)
    header = next(rows, (0, []))[1]
    columns = _columns(header, problems)
    if not {"base", "session"} & {column for column, _ in columns}:
        what = "has no column 'base'" if any(cell.strip() for cell in header) else "is empty"
        hint = "Write a first row such as: base,heatmaps,style,mask"
        raise ReadError(place.name, what, hint)
    reading = _Rows(columns, str(place.parent), problems)
    cases = [case for number, cells in rows if (case := reading.case(number, cells)) is not None]
    if not cases:
        what = "has no row that names a base" + (f" ({problems[0].rstrip('.')})" if problems else "")
        raise ReadError(place.name, what, "Give each case a row below the header")
    return CaseTable(str(place), tuple(_told_apart(cases)), tuple(problems))


def is_table(path: str | Path, head: bytes) -> bool:
    """Return whether a file is a worklist beyond doubt: a CSV or TSV file with a column 'base'.

    Parameters
    ----------
    head : bytes
        Its first bytes, which hold the header.
    """
    if Path(path).suffix.lower() not in _SUFFIXES_OPENED:
        return False
    text = head.decode("utf-16" if head.startswith(_UTF16) else "utf-8-sig", "replace")
    header = next(_rows(text, []), (0, []))[1]
    return any(cell.strip().casefold() == "base" for cell in header)


def _text(place: Path, problems: list[str]) -> str:
    """Return a table's text, whatever program wrote it."""
    try:
        if not place.exists():
            raise MissingFileError(str(place), "there is no such file", "Check the path of the table")
        if not place.is_file():
            raise ReadError(place.name, "is no file", "Name a table such as cases.csv")
        if place.stat().st_size > _MOST_BYTES:
            raise ReadError(place.name, "is larger than any table of cases", "Name a table such as cases.csv")
        data = place.read_bytes()
    except OSError as error:
        if isinstance(error, MissingFileError | ReadError):
            raise
        reason = error.strerror or type(error).__name__
        raise ReadError(place.name, f"cannot be read ({reason})", "Check the path and its rights") from None
    if data.startswith(_UTF16):
        return data.decode("utf-16", "replace")
    if b"\0" in data[:4096]:
        raise ReadError(place.name, "is no text", "Save the table as CSV")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problems.append(
            f"row {line}: is not UTF-8, so the table was read as Windows-1252. Save it as 'CSV UTF-8'"
            " where letters look wrong."
        )
        return data.decode("cp1252", "replace")


def _rows(text: str, problems: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield the number of each row that is not empty, its header being 1, and its cells."""
    text = text.replace("\0", "")
    first, _, rest = text.lstrip("\r\n").partition("\n")
    told = re.fullmatch(r"sep=(.)\r?", first, re.IGNORECASE)
    delimiter = told[1] if told else _delimiter(first)
    rows = csv.reader(io.StringIO(rest if told else text, newline=""), delimiter=delimiter)
    number = 1 if told else 0
    while True:
        number += 1
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error:
            problems.append(f"row {number}: a cell has no end. Close its quotation mark.")
            continue
        if any(cell.strip() for cell in cells):
            yield number, cells


def _delimiter(line: str) -> str:
    """Return what stands between the cells of a header: comma, semicolon or tab."""
    bare = re.sub(r'"[^"]*"', "", line)
    counts = {mark: bare.count(mark) for mark in (",", ";", "\t")}
    return max(counts, key=lambda mark: counts[mark])


def _columns(header: list[str], problems: list[str]) -> list[tuple[Column | None, str]]:
    """Return what each column means, and its title."""
    found: list[tuple[Column | None, str]] = []
    unknown = []
    for cell in header:
        title = " ".join(cell.split())
        word = re.sub(r"[\s_-]*\d*$", "", title.casefold())
        column = _WORDS.get(word) or (_WORDS.get(word[:-1]) if word.endswith("s") else None)
        once = column in ("base", "name", "session", "series")
        if once and any(other == column for other, _ in found):
            column = None
        if column is None and title:
            unknown.append(f"'{title:.60}'")
        found.append((column, title))
    if unknown:
        problems.append(
            f"row 1: {', '.join(unknown[:8])} {'is' if len(unknown) == 1 else 'are'} not used. The columns"
            " are base, heatmaps, mask, style, name, session and series."
        )
    return found


@dataclass
class _Rows:
    """Makes cases of rows."""

    columns: list[tuple[Column | None, str]]
    folder: str
    problems: list[str]
    _cells: list[str] = field(default_factory=list)
    _number: int = 0

    def case(self, number: int, cells: list[str]) -> Case | None:
        """Return a row's case; None, and told, where it names nothing that can be shown."""
        self._number, self._cells = number, cells
        extra = [cell for cell in cells[len(self.columns) :] if cell.strip()]
        if extra:
            what = f"has {len(cells)} cells where the header has {len(self.columns)}"
            self.problems.append(f"row {number}: {what}. Put cells that hold the delimiter in quotes.")
        base, session = self._one("base"), self._one("session")
        listed = base or session
        if not listed:
            self.problems.append(f"row {number}, base: is empty. Name the file of the base.")
            return None
        if base.lower().endswith(SUFFIX) and not session:
            base, session = "", base
        heatmaps = self._files("heatmap")
        styles = tuple(self._absolute(text) for text, _, _ in self._several("style"))
        if len(styles) > max(1, len(heatmaps)):
            what = f"{len(styles)} styles for {len(heatmaps)} heatmaps"
            self.problems.append(f"row {number}, style: {what}. Give one for all, or one for each.")
        return Case(
            name=self._one("name"),
            listed=listed,
            row=number,
            base="" if session else self._absolute(base),
            series=self._one("series") or None,
            heatmaps=heatmaps,
            masks=self._files("mask"),
            styles=styles,
            document=self._absolute(session) if session else "",
        )

    def _one(self, wanted: Column) -> str:
        for (column, _), cell in zip(self.columns, self._cells, strict=False):
            if column == wanted:
                return cell.strip()
        return ""

    def _several(self, wanted: Column) -> Iterator[tuple[str, str, int]]:
        """Yield what the columns of a kind list: the text, the column's title, and the place in it."""
        for (column, title), cell in zip(self.columns, self._cells, strict=False):
            if column == wanted:
                parts = [part.strip() for part in cell.split(";")]
                yield from ((part, title, n) for n, part in enumerate(filter(None, parts)))

    def _files(self, wanted: Column) -> tuple[CaseFile, ...]:
        return tuple(
            CaseFile(self._absolute(text), f"{title.casefold()}/{n}", f"row {self._number}, {title}")
            for text, title, n in self._several(wanted)
        )

    def _absolute(self, text: str) -> str:
        """Return a path from the table's folder; one written on Windows is understood elsewhere too."""
        if is_address(text):
            return text
        if os.sep == "/" and "/" not in text and not re.match(r"[A-Za-z]:", text):
            text = text.replace("\\", "/")
        return os.path.normpath(os.path.join(self.folder, os.path.expanduser(text)))


def _told_apart(cases: list[Case]) -> Iterator[Case]:
    """Yield cases with names: their own, else the base's, with its folder where several are called so."""
    stems = Counter(_stem(case.listed) for case in cases if not case.name)
    for case in cases:
        if case.name:
            yield case
            continue
        stem = _stem(case.listed)
        path = (case.base or case.document).replace("\\", "/")
        folder = path.rstrip("/").rpartition("/")[0].rpartition("/")[2]
        yield replace(case, name=f"{folder}/{stem}" if stems[stem] > 1 and folder else stem)


def _stem(path: str) -> str:
    name = path.replace("\\", "/").rstrip("/").rpartition("/")[2]
    return _SUFFIXES.sub("", name) or name or path
