"""The spellings in which a person's name, number and birthday stand in names of files and in texts."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import permutations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from heatviewer.io.dicom.patient import PatientHeader

#: A number shorter than this is looked for between separators alone, and a single letter not at all.
_LONG_ID = 4
#: Titles and suffixes are no names.
_TITLES = {"dr", "prof", "mr", "mrs", "ms", "md", "phd", "jr", "sr", "ii", "iii"}
#: What headers hold for nobody.
_NOBODY = {"", "anonymous", "anonymized", "anonymised", "anon", "unknown", "none", "na", "noname", "0", "00"}


def plain(text: str) -> str:
    """Return a text in small letters without accents, all else than letters and digits as spaces."""
    split = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(letter for letter in split if not unicodedata.combining(letter))
    return " ".join(re.sub(r"[\W_]+", " ", bare).split())


def name_spellings(name: str) -> frozenset[str]:
    """Return a DICOM name's spellings: words, and words run together, as `plain` gives them.

    'DOE^JOHN' is doe, john, doe john, john doe, doejohn, johndoe, jdoe, doej …
    """
    found: set[str] = set()
    for group in name.split("="):
        parts = [plain(part) for part in group.split("^")[:3]]
        words = [word for part in parts for word in part.split() if word not in _TITLES]
        if not words or "".join(words) in _NOBODY:
            continue
        found |= {word for word in words if len(word) > 1 and not (word.isascii() and word.isdigit())}
        for first, second in permutations(words[:4], 2):
            if len(first) > 1:
                found |= {f"{first} {second}", first + second}
            found |= {first[0] + second, first + second[0]} if len(first) > 1 and len(second) > 1 else set()
    # Two letters, as of initials and short names, are too common where they stand run together.
    return frozenset(found)


@lru_cache(maxsize=256)
def name_pattern(name: str) -> re.Pattern[str] | None:
    """Return what finds a name in a `plain` text, as whole words that may end in digits."""
    return _words_pattern(name_spellings(name), digits=True)


@lru_cache(maxsize=256)
def id_pattern(number: str) -> re.Pattern[str] | None:
    """Return what finds a patient's number in a `plain` text, however it is separated."""
    bare = plain(number)
    letters = bare.replace(" ", "")
    if letters in _NOBODY or len(letters) < 2:
        return None
    if len(letters) < _LONG_ID:
        return _words_pattern(frozenset({bare, letters}))
    # Separators may be left out, and others be there; a longer number is another one.
    body = " ?".join(re.escape(letter) for letter in letters)
    before = r"(?<!\d)" if letters[0].isdigit() else r"(?<![^\W\d])"
    after = r"(?!\d)" if letters[-1].isdigit() else r"(?![^\W\d])"
    return re.compile(f"{before}{body}{after}")


@lru_cache(maxsize=256)
def day_pattern(day: str) -> re.Pattern[str]:
    """Return what finds a day, YYYYMMDD, in a `plain` text: in the orders of the world."""
    year, month, date = day[:4], day[4:6], day[6:8]
    short = f"{int(month)}", f"{int(date)}"
    orders = [(year, month, date), (date, month, year), (month, date, year), (year, date, month),
              (short[1], short[0], year), (short[0], short[1], year), (year, *short)]  # fmt: skip
    forms = {sign.join(order) for order in orders[:4] for sign in ("", " ")}
    forms |= {" ".join(order) for order in orders[4:]}
    return re.compile(rf"(?<!\d)(?:{'|'.join(sorted(forms))})(?!\d)")


@lru_cache(maxsize=256)
def text_pattern(text: str) -> re.Pattern[str] | None:
    """Return what finds a header's text in a `plain` text, as whole words."""
    bare = plain(text)
    return None if len(bare) < 3 or bare in _NOBODY else _words_pattern(frozenset({bare}))


def names_in(bare: str, patient: PatientHeader) -> bool:
    """Return whether a text, as `plain` gives it, holds a patient's name."""
    patterns = (name_pattern(name) for name in patient.names)
    return any(pattern is not None and pattern.search(bare) for pattern in patterns)


def _words_pattern(words: frozenset[str], digits: bool = False) -> re.Pattern[str] | None:
    if not words:
        return None
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    edge = r"(?<![^\W\d])" if digits else r"(?<!\w)"
    end = r"(?![^\W\d])" if digits else r"(?!\w)"
    return re.compile(f"{edge}(?:{'|'.join(map(re.escape, longest_first))}){end}")
