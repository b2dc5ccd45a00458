"""What headers written as text have in common: lines, numbers, and the files that they name.

A header is somebody else's text. It may name only files in its own folder or below, no link may lead
out of it, and the number of names is bounded by what the image has slices for.
"""

from __future__ import annotations

import math
import re
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING, Final

from heatviewer.core.errors import ReadError
from heatviewer.io.wording import size_words

if TYPE_CHECKING:
    from collections.abc import Sequence

#: A header is no longer than this; the largest known (diffusion, 1000 directions) takes 100 KB.
MOST_HEADER: Final = 1 << 20
#: More names of slices than this are no image.
_MOST_FILES: Final = 100_000
#: A pattern has one number in it, with a width of at most two digits.
_PATTERN: Final = re.compile(r"([^%]*)%(0?\d{0,2})d([^%]*)")
_NUMBER: Final = re.compile(
    r"[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?|nan|inf)\b", re.IGNORECASE
)
_REWRITE: Final = "Write the file again"


def header_bytes(path: Path) -> bytes:
    """Return as many first bytes of a file as a header can have."""
    with path.open("rb") as file:
        return file.read(MOST_HEADER)


def numbers(text: str) -> list[float]:
    """Return the numbers of a text, whatever stands between them."""
    return [float(found) for found in _NUMBER.findall(text)]


def whole_numbers(text: str, key: str, where: str) -> tuple[int, ...]:
    """Return numbers from 1 on, separated by blanks.

    Raises
    ------
    ReadError
        They are anything else.
    """
    words = text.split()
    if not words or not all(word.isascii() and word.isdigit() and len(word) < 19 for word in words):
        raise ReadError(where, f"has the {key} '{text[:40]}', where whole numbers are expected", _REWRITE)
    values = tuple(int(word) for word in words)
    if min(values) < 1:
        raise ReadError(where, f"has impossible dimensions ({size_words(values)})", _REWRITE)
    return values


def whole_number(text: str, key: str, where: str) -> int:
    """Return one number that may be negative; ReadError where it is none."""
    if not re.fullmatch(r"\s*[-+]?\d{1,18}\s*", text):
        raise ReadError(where, f"has the {key} '{text[:40]}', where a whole number is expected", _REWRITE)
    return int(text)


def step_or_one(value: float) -> float:
    """Return a usable distance: 1 for 0, NaN and infinity."""
    return value if math.isfinite(value) and value != 0 else 1.0


def is_list(named: str) -> bool:
    """Return whether a header lists its data files one a line, behind its last field."""
    return named.upper().split()[:1] == ["LIST"]


def data_files(header: Path, named: str, names: Sequence[str], most: int) -> tuple[Path, ...]:
    """Return the files that a header names, at most as many as the image has slices.

    Parameters
    ----------
    header : Path
        The header's file.
    named : str
        What it says: a name, ``LIST``, or ``PATTERN FIRST LAST [STEP]``.
    names : sequence of str
        The names that a list has.
    most : int
        Slices of the image.

    Raises
    ------
    ReadError
        There are none or too many, or one may not be read.
    """
    words = named.split()
    most = min(most, _MOST_FILES)
    if len(words) > 2 and "%" in words[0]:
        names = _names_of_pattern(header, words, most + 1)
    elif not is_list(named):
        return (_data_file(header, named),)
    if not 0 < len(names) <= most:
        raise ReadError(
            header.name, f"lists no data files, or more than the {most} that it can have", _REWRITE
        )
    return tuple(_data_file(header, name) for name in names)


def _names_of_pattern(header: Path, words: Sequence[str], most: int) -> list[str]:
    """Return the names that ``PATTERN FIRST LAST [STEP]`` stands for, the first `most` of them."""
    pattern = _PATTERN.fullmatch(words[0])
    try:
        first, last, step = (int(word) for word in (*words[1:], "1")[:3])
    except ValueError:
        pattern = None
    if pattern is None or step == 0:
        raise ReadError(header.name, f"has the data file pattern '{_short(' '.join(words))}'", _REWRITE)
    before, width, after = pattern.groups()
    numbers = range(first, last + (1 if step > 0 else -1), step)[:most]
    return [f"{before}{n:{width}d}{after}" for n in numbers]


def _data_file(header: Path, name: str) -> Path:
    """Return a file that a header names.

    Raises
    ------
    ReadError
        It is not there, or lies elsewhere than in the header's folder or below.
    """
    parts = Path(name).parts
    elsewhere = not name or "\0" in name or Path(name).is_absolute() or PureWindowsPath(name).drive
    if elsewhere or ".." in parts or ".." in PureWindowsPath(name).parts:
        raise _outside(header, name)
    path = header.parent / name
    try:
        within = path.resolve().is_relative_to(header.parent.resolve())
        there = path.is_file()
    except (OSError, RuntimeError):  # a loop of links, or a name that is too long
        within, there = True, False
    if not within:
        raise _outside(header, name)
    if not there:
        raise ReadError(
            header.name, f"names its data file '{_short(name)}', which is not there", "Put both side by side"
        )
    return path


def _outside(header: Path, name: str) -> ReadError:
    what = f"names the data file '{_short(name)}', which is not in its own folder"
    return ReadError(header.name, what, "Put the data beside the header and name them without a path")


def _short(name: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in name[:60])
