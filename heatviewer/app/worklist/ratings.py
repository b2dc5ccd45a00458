"""What a reader says of the cases: a rating, a note, when; kept as a table beside the list."""

from __future__ import annotations

import csv
import io
import os
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Literal

from heatviewer.core.errors import ReadError, WriteError
from heatviewer.core.output import whole_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from heatviewer.app.worklist.table import Case

CaseState = Literal["unseen", "seen", "rated"]
Key = tuple[str, str, int]
#: The best rating; the worst is 1.
MOST: Final = 5
COLUMNS: Final = ("case", "base", "rating", "note", "rated_at", "seen_at")
#: What a spreadsheet takes for a formula; an apostrophe before it makes it text, as in the spreadsheet.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_MOST_BYTES: Final = 256 * 2**20


@dataclass(frozen=True)
class Rating:
    """What is said of one case.

    Attributes
    ----------
    rating : int or None
        1 to 5.
    note : str
    rated_at, seen_at : str
        When rating or note were changed last, and when it was shown first: UTC, ISO 8601; empty for never.
    kept : tuple of (str, str)
        What its row holds in columns that are not known here.
    """

    rating: int | None = None
    note: str = ""
    rated_at: str = ""
    seen_at: str = ""
    kept: tuple[tuple[str, str], ...] = ()

    @property
    def state(self) -> CaseState:
        """Whether the case was shown, and rated."""
        return "rated" if self.rating is not None else "seen" if self.seen_at or self.note else "unseen"


@dataclass(frozen=True)
class Snapshot:
    """Ratings at one moment, as the thread that writes them takes them.

    Attributes
    ----------
    keys : tuple of Key
        Of all cases in their order.
    ratings : mapping
        By key.
    others : tuple of mapping
        Rows of the file that belong to no case of the list, as they were.
    touched : frozenset of Key
        What was changed here: of the others another window may know better.
    """

    keys: tuple[Key, ...]
    ratings: Mapping[Key, Rating]
    others: tuple[Mapping[str, str], ...] = ()
    touched: frozenset[Key] = frozenset()


class Ratings:
    """The ratings of a list of cases, by their number from 0.

    Parameters
    ----------
    cases : sequence of Case
    """

    def __init__(self, cases: Sequence[Case]) -> None:
        self._keys = keys_of(cases)
        self._ratings: dict[Key, Rating] = {}
        self._others: tuple[Mapping[str, str], ...] = ()
        self._touched: set[Key] = set()

    def __getitem__(self, number: int) -> Rating:
        return self._ratings.get(self._keys[number], Rating())

    @property
    def rated(self) -> int:
        """How many cases have a rating."""
        return sum(one.rating is not None for one in self._ratings.values())

    @property
    def said(self) -> bool:
        """Whether any case has a rating or a note."""
        return any(one.rating is not None or one.note for one in self._ratings.values())

    @property
    def first_open(self) -> int:
        """The case to begin with: the first without a rating; if none has one, the first not seen; else 0."""
        wanted: CaseState = "rated" if self.rated else "seen"
        for number in range(len(self._keys)):
            state = self[number].state
            if state != "rated" and (state == "unseen" or wanted == "rated"):
                return number
        return 0

    @property
    def snapshot(self) -> Snapshot:
        """What is to be written now."""
        return Snapshot(self._keys, dict(self._ratings), self._others, frozenset(self._touched))

    def take(self, found: Snapshot) -> None:
        """Take over what was read from a file."""
        self._ratings, self._others = dict(found.ratings), found.others

    def see(self, number: int) -> bool:
        """Note that a case was shown; return whether that is new."""
        if self[number].seen_at:
            return False
        self._set(number, replace(self[number], seen_at=now()))
        return True

    def rate(self, number: int, rating: int | None) -> None:
        """Rate a case from 1 to 5; None takes its rating back."""
        if rating is not None and not 1 <= rating <= MOST:
            raise ValueError(f"a rating is 1 to {MOST}, not {rating}")
        self._set(number, replace(self[number], rating=rating, rated_at=now()))

    def write(self, number: int, note: str) -> None:
        """Give a case a note."""
        plain = note.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
        if plain != self[number].note:
            self._set(number, replace(self[number], note=plain, rated_at=now()))

    def _set(self, number: int, rating: Rating) -> None:
        self._ratings[self._keys[number]] = rating
        self._touched.add(self._keys[number])


def now() -> str:
    """Return the time in UTC, ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def keys_of(cases: Iterable[Case]) -> tuple[Key, ...]:
    """Return what tells cases apart: name, base as written, and which of several such rows it is."""
    seen: dict[tuple[str, str], int] = {}
    keys = []
    for case in cases:
        pair = (case.name, case.listed)
        seen[pair] = seen.get(pair, -1) + 1
        keys.append((*pair, seen[pair]))
    return tuple(keys)


# --- the file --------------------------------------------------------------------------------------


def ratings_bytes(found: Snapshot) -> bytes:
    """Return ratings as CSV in UTF-8; cases of which nothing is known have no row."""
    rows = [_row(key, one) for key in found.keys if (one := found.ratings.get(key)) is not None]
    rows += found.others
    names = list(dict.fromkeys([*COLUMNS, *(name for row in rows for name in row)]))
    text = io.StringIO(newline="")
    # Both ends of line, so that cells with either are put in quotes.
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(names)
    writer.writerows([row.get(name, "") for name in names] for row in rows)
    return text.getvalue().encode("utf-8", "replace")


def _row(key: Key, one: Rating) -> Mapping[str, str]:
    rating = "" if one.rating is None else str(one.rating)
    cells = (as_text(key[0]), as_text(key[1]), rating, as_text(one.note), one.rated_at, one.seen_at)
    return dict(zip(COLUMNS, cells, strict=True)) | dict(one.kept)


def as_text(text: str) -> str:
    """Return a text as a cell that no spreadsheet takes for a formula; `from_text` gives it back."""
    return f"'{text}" if _FORMULA.match(text) else text


def from_text(cell: str) -> str:
    """Return the text that `as_text` made a cell of."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def read_ratings(path: Path, keys: Sequence[Key]) -> Snapshot:
    """Return the ratings in a file that there may not be yet.

    Raises
    ------
    ReadError
        There is one, and it is no such table: it must not be written over.
    """
    hint = "Name another one with --ratings"
    try:
        if not path.exists():
            return Snapshot(tuple(keys), {})
        if path.stat().st_size > _MOST_BYTES:
            raise ReadError(path.name, "is no table of ratings", hint)
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        if isinstance(error, ReadError):
            raise
        raise ReadError(path.name, "cannot be read as a table of ratings", hint) from None
    return parse_ratings(text, keys, path.name)


def parse_ratings(text: str, keys: Sequence[Key], where: str) -> Snapshot:
    """Return the ratings in a text; rows that fit no case are kept as they are.

    Raises
    ------
    ReadError
        The text is no table of ratings.
    """
    if not text.strip():
        return Snapshot(tuple(keys), {})
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)  # a spreadsheet may have saved it again
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, restkey="", restval="")
    if not {"case", "base", "rating"} <= set(rows.fieldnames or ()):
        what = "holds something else than ratings"
        raise ReadError(where, what, "Name another file with --ratings")
    known, found, others = set(keys), {}, []
    seen: dict[tuple[str, str], int] = {}
    try:
        for row in rows:
            row.pop("", None)
            pair = (from_text(row["case"]), from_text(row["base"]))
            key = (*pair, seen.get(pair, 0))
            rating = _rating_of(row["rating"])
            if key not in known or rating == 0:
                others.append(row)
                continue
            seen[pair] = key[2] + 1
            note = from_text(row.get("note", "")).replace("\r\n", "\n")
            kept = tuple((name, cell) for name, cell in row.items() if name not in COLUMNS and cell)
            found[key] = Rating(rating, note, row.get("rated_at", ""), row.get("seen_at", ""), kept)
    except csv.Error:
        raise ReadError(where, "is a broken table", "Name another file with --ratings") from None
    return Snapshot(tuple(keys), found, tuple(others))


def _rating_of(cell: str) -> int | None:
    """Return a cell's rating; None for none, 0 for one that is not of this scale."""
    cell = cell.strip()
    if not cell:
        return None
    found = re.fullmatch(r"([1-9])(\.0+)?", cell)
    return int(found[1]) if found and int(found[1]) <= MOST else 0


def merged(ours: Snapshot, theirs: Snapshot) -> Snapshot:
    """Return our ratings with those of another window for cases that were not touched here."""
    rest = {key: one for key, one in theirs.ratings.items() if key not in ours.touched}
    mine = {key: one for key, one in ours.ratings.items() if key in ours.touched or key not in rest}
    return replace(ours, ratings=rest | mine, others=theirs.others or ours.others)


class RatingsFile:
    """Writes ratings in the background, whole, the newest last.

    Parameters
    ----------
    path : Path
    failed : callable
        Gets the error of the first write in a row of failed ones, on the writer's thread.
    """

    def __init__(self, path: Path, failed: Callable[[WriteError], object]) -> None:
        self.path = path
        self._failed = failed
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ratings")
        self._lock = threading.Lock()
        self._latest: Snapshot | None = None
        self._known = _bytes_of(path)
        self.error: WriteError | None = None

    def save(self, found: Snapshot) -> None:
        """Write ratings soon; what was still to be written before is left out."""
        with self._lock:
            waiting, self._latest = self._latest is not None, found
        if not waiting:
            self._pool.submit(self._write)

    def close(self) -> None:
        """Wait until all is written."""
        self._pool.shutdown(wait=True)

    def _write(self) -> None:
        with self._lock:
            found, self._latest = self._latest, None
        assert found is not None
        before = _bytes_of(self.path)
        try:
            if before is not None and before != self._known:
                found = merged(found, read_ratings(self.path, found.keys))
            data = ratings_bytes(found)
            with whole_file(self.path) as file:
                file.write(data)
        except (WriteError, ReadError) as error:
            new = self.error is None
            self.error = WriteError(error.where, error.what, error.hint)
            if new:
                self._failed(self.error)
        else:
            self._known, self.error = data, None


def _bytes_of(path: Path) -> bytes | None:
    try:
        return path.read_bytes() if os.path.isfile(path) else None
    except OSError:
        return None
