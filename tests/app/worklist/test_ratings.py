"""Ratings: what is written is what is read, no formula, nothing lost."""

from __future__ import annotations

import csv
import os
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heatviewer.app.worklist.ratings import (
    Ratings,
    RatingsFile,
    Snapshot,
    as_text,
    from_text,
    parse_ratings,
    ratings_bytes,
    read_ratings,
)
from heatviewer.app.worklist.table import Case
from heatviewer.core.errors import ReadError, WriteError

CASES = tuple(Case(name, listed=f"{name}.nii") for name in ("one", "two", "three"))
texts = st.text(st.characters(blacklist_categories=("Cs",)), max_size=60)


def again(ratings: Ratings) -> Ratings:
    """Return ratings that were written and read."""
    found = ratings.snapshot
    other = Ratings(CASES)
    other.take(parse_ratings(ratings_bytes(found).decode(), found.keys, "r.csv"))
    return other


@given(note=texts, name=texts)
def test_notes_come_back(note: str, name: str) -> None:
    """With newlines, quotes, delimiters, any letters and what looks like a formula."""
    ratings = Ratings((Case(name, listed="=b.nii"), *CASES))
    ratings.write(0, note)
    ratings.rate(0, 4)
    found = ratings.snapshot
    read = parse_ratings(ratings_bytes(found).decode(), found.keys, "r.csv")
    plain = note.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    assert read.ratings[found.keys[0]].note == plain
    assert read.ratings == found.ratings


@pytest.mark.parametrize("note", ["=1+1", "+cmd", "-2", "@SUM(A1)", "\t=1", "'=1", "＝1", "\n=1"])
def test_no_note_is_a_formula(note: str) -> None:
    """A cell that a spreadsheet would calculate begins with an apostrophe, which is taken off again."""
    assert as_text(note).startswith("'")
    assert from_text(as_text(note)) == note
    assert from_text(as_text(f"plain {note}")) == f"plain {note}"


def test_the_file_is_a_plain_table(tmp_path: Path) -> None:
    """With the columns of the contract first, a row a case that was seen or rated, UTC times."""
    ratings = Ratings(CASES)
    ratings.see(0)
    ratings.rate(2, 5)
    ratings.write(2, 'a "note",\nsecond line')
    path = tmp_path / "r.csv"
    path.write_bytes(ratings_bytes(ratings.snapshot))
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0])[:5] == ["case", "base", "rating", "note", "rated_at"]
    assert [(row["case"], row["base"], row["rating"]) for row in rows] == [
        ("one", "one.nii", ""), ("three", "three.nii", "5"),
    ]  # fmt: skip
    assert rows[1]["note"] == 'a "note",\nsecond line'
    assert rows[1]["rated_at"].endswith("+00:00")


def test_work_goes_on_where_it_was() -> None:
    """At the first case without a rating; where none has one, at the first that was not seen."""
    ratings = Ratings(CASES)
    assert ratings.first_open == 0
    ratings.see(0)
    assert again(ratings).first_open == 1
    ratings.see(1)
    ratings.rate(1, 3)
    assert again(ratings).first_open == 0
    ratings.rate(0, 3)
    assert again(ratings).first_open == 2
    ratings.rate(2, 1)
    assert again(ratings).first_open == 0
    assert again(ratings).rated == 3


def test_a_rating_is_taken_back() -> None:
    """And the note stays."""
    ratings = Ratings(CASES)
    ratings.rate(1, 2)
    ratings.write(1, "unsure")
    ratings.rate(1, None)
    assert again(ratings)[1].rating is None
    assert again(ratings)[1].note == "unsure"
    with pytest.raises(ValueError, match="1 to 5"):
        ratings.rate(1, 6)


def test_rows_and_columns_of_others_are_kept() -> None:
    """Of cases that the table no longer has, ratings of another scale, and columns of a colleague."""
    text = (
        "case,base,rating,note,rated_at,second\none,one.nii,3,,,4\ngone,g.nii,2,was,,\ntwo,two.nii,great,,,\n"
    )
    keys = Ratings(CASES).snapshot.keys
    read = parse_ratings(text, keys, "r.csv")
    assert read.ratings[keys[0]].rating == 3
    rows = list(csv.DictReader(ratings_bytes(read).decode().splitlines()))
    assert [(row["case"], row["rating"], row["second"]) for row in rows] == [
        ("one", "3", "4"), ("gone", "2", ""), ("two", "great", ""),
    ]  # fmt: skip


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_what_a_spreadsheet_saved_again_is_read(tmp_path: Path, delimiter: str) -> None:
    """With its own delimiter, a mark at the beginning, and figures as it writes them."""
    path, keys = tmp_path / "r.csv", Ratings(CASES).snapshot.keys
    rows = [["case", "base", "rating", "note"], ["one", "one.nii", "4.0", "fine"]]
    path.write_bytes("\r\n".join(delimiter.join(row) for row in rows).encode("utf-8-sig"))
    read = read_ratings(path, keys).ratings[keys[0]]
    assert (read.rating, read.note) == (4, "fine")


def test_what_holds_something_else_is_not_written_over(tmp_path: Path) -> None:
    """It is refused with the way out."""
    path = tmp_path / "r.csv"
    path.write_text("base,heatmap\na,b\n")
    with pytest.raises(ReadError, match="holds something else than ratings"):
        read_ratings(path, ())


def test_two_rows_of_one_case_keep_their_own_ratings() -> None:
    """A table may list a case twice, to see whether a reader agrees with himself."""
    ratings = Ratings((CASES[0], CASES[1], CASES[0]))
    ratings.rate(0, 1)
    ratings.rate(2, 5)
    found = ratings.snapshot
    read = parse_ratings(ratings_bytes(found).decode(), found.keys, "r.csv")
    assert [read.ratings[found.keys[n]].rating for n in (0, 2)] == [1, 5]


# --- the file ----------------------------------------------------------------------------------


def test_the_newest_is_written_last(tmp_path: Path) -> None:
    """However many changes come at once; the folder holds nothing else."""
    path, ratings = tmp_path / "r.csv", Ratings(CASES)
    file = RatingsFile(path, pytest.fail)
    for rating in (1, 2, 3, 4, 5) * 20:
        ratings.rate(0, rating)
        file.save(ratings.snapshot)
    file.close()
    keys = ratings.snapshot.keys
    assert read_ratings(path, keys).ratings[keys[0]].rating == 5
    assert os.listdir(tmp_path) == ["r.csv"]


def test_what_another_window_has_rated_meanwhile_stays(tmp_path: Path) -> None:
    """Each window's own cases win."""
    path, ours, theirs = tmp_path / "r.csv", Ratings(CASES), Ratings(CASES)
    file, other = RatingsFile(path, pytest.fail), RatingsFile(path, pytest.fail)
    theirs.rate(1, 2)
    other.save(theirs.snapshot)
    other.close()
    ours.rate(0, 4)
    file.save(ours.snapshot)
    file.close()
    read: Snapshot = read_ratings(path, ours.snapshot.keys)
    assert [read.ratings[key].rating for key in read.keys[:2]] == [4, 2]


def test_a_folder_that_takes_nothing_is_told_once(tmp_path: Path) -> None:
    """The error comes from the writer's thread; once it can be written again, it is."""
    blocked = tmp_path / "folder"
    blocked.write_text("a file where the folder should be")
    told: list[tuple[WriteError, int]] = []
    path, ratings = blocked / "r.csv", Ratings(CASES)
    file = RatingsFile(path, lambda error: told.append((error, threading.get_ident())))
    for rating in (1, 2):
        ratings.rate(0, rating)
        file.save(ratings.snapshot)
    file._pool.submit(blocked.unlink).result()
    ratings.rate(0, 3)
    file.save(ratings.snapshot)
    file.close()
    assert len(told) == 1
    assert told[0][1] != threading.get_ident()
    assert read_ratings(path, ratings.snapshot.keys).ratings[ratings.snapshot.keys[0]].rating == 3
