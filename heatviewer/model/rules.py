"""The checks that layer settings share: point lists, ranges, colours."""

from __future__ import annotations

import itertools
import math
import os
import re
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from numbers import Real
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from heatviewer.core.errors import SettingError
    from heatviewer.core.transfer import OutsideRule, Rgb

_HEX = re.compile(r"#([0-9a-fA-F]{2})([0-9a-fA-F]{2})([0-9a-fA-F]{2})")
#: Lists of lists are taken flat, as points written in pairs; what lies deeper is no list of numbers.
_DEPTH = 2
_SHOWN = 60


def told(value: Any) -> str:
    """Return a value as messages quote it: one line, not too long."""
    text = " ".join(repr(value).split())
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def number_told(number: float) -> str:
    """Return a number as messages quote it: short, but never as another number."""
    short = f"{number:g}"
    return short if float(short) == number else repr(number)


def refused(where: str, message: str) -> SettingError:
    """Return a rule's message, ``finding; what to do``, as the error of a field."""
    from heatviewer.core.errors import SettingError

    what, _, hint = message.partition("; ")
    return SettingError(where, what, hint[:1].upper() + hint[1:])


def is_list(value: Any) -> bool:
    """Return whether a value is an ordered collection of values: no text, no set, no mapping."""
    if getattr(value, "shape", None) == ():  # an array of one number is that number
        return False
    return isinstance(value, Iterable) and not isinstance(value, str | bytes | AbstractSet | Mapping)


def numbers(value: Any, what: str) -> tuple[float, ...]:
    """Return a flat or nested list of numbers as floats; NaN and infinity are refused."""
    return tuple(_flat(value, what, _DEPTH))


def _flat(value: Any, what: str, depth: int) -> Iterable[float]:
    if depth == 0 or not is_list(value):
        yield _number(value, what)
        return
    for item in value:
        yield from _flat(item, what, depth - 1)


def _number(item: Any, what: str) -> float:
    if type(item).__name__ in ("bool", "bool_"):  # numpy's too
        raise ValueError(f"{what}: {item} is not a number; give a number")
    try:
        number = float(item)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{what}: {told(item)} is not a number; give a number") from None
    if not math.isfinite(number):
        raise ValueError(f"{what}: {number} is not a finite number; give a finite number")
    return number


def points(value: Any, what: str, width: int) -> tuple[float, ...] | None:
    """Return control points of `width` numbers each: scalars not falling, the rest in 0…1.

    A repeated scalar is a step and legal. None stays None.
    """
    if value is None:
        return None
    flat = numbers(value, what)
    shape = "scalar, opacity" if width == 2 else "scalar, red, green, blue"
    if not flat:
        raise ValueError(f"{what}: the list is empty; give {shape}, …")
    if len(flat) % width:
        raise ValueError(f"{what}: {len(flat)} numbers are not whole points; give {shape}, …")
    for n, (low, high) in enumerate(itertools.pairwise(flat[::width]), 1):
        if high < low:
            ends = f"{number_told(high)} of point {n} comes after {number_told(low)}"
            raise ValueError(f"{what}: scalar {ends}; sort the points")
    for n, item in enumerate(flat):
        if n % width and not 0 <= item <= 1:
            hint = "colours run 0…1, not 0…255" if width == 4 and item > 1 else "give 0…1"
            raise ValueError(f"{what}: {number_told(item)} in point {n // width} is outside 0…1; {hint}")
    return flat


def pair(value: Any, what: str, names: str = "low and high") -> tuple[float, float]:
    """Return two finite numbers."""
    found = numbers(value, what)
    if len(found) != 2:
        raise ValueError(f"{what}: {len(found)} numbers are given; give two, {names}")
    return found[0], found[1]


def open_pair(value: Any, what: str) -> tuple[float | None, float | None] | None:
    """Return lo ≤ hi where either may be open (None, −inf or inf); None where both are."""
    if value is None:
        return None
    ends = list(value) if is_list(value) else [value]
    if len(ends) != 2:
        raise ValueError(f"{what}: {len(ends)} values are given; give two, low and high")
    low, high = (_end(end, bound, what) for end, bound in zip(ends, (-math.inf, math.inf), strict=True))
    if low is not None and high is not None and low > high:
        found = f"the low end {number_told(low)} is above the high end {number_told(high)}"
        raise ValueError(f"{what}: {found}; give the lower one first")
    return None if low is None and high is None else (low, high)


def _end(value: Any, bound: float, what: str) -> float | None:
    if value is None or (isinstance(value, Real) and value == bound):
        return None
    return _number(value, what)


def rising(low: float, high: float, what: str) -> None:
    """Raise ValueError unless low < high."""
    if low >= high:
        ends = f"the low end {number_told(low)} is not below the high end {number_told(high)}"
        raise ValueError(f"{what}: {ends}; give the lower one first")


def outside_rule(value: Any, what: str) -> str:
    """Return 'clamp', 'hide' or '#rrggbb'."""
    text = str(value).strip()
    if text.casefold() in ("clamp", "hide"):
        return text.casefold()
    if _HEX.fullmatch(text):
        return text.lower()
    raise ValueError(f"{what}: {told(text)} is not known; choose clamp, hide or a colour such as #ff8000")


def as_rule(text: str) -> OutsideRule:
    """Return a checked rule as the transfer function takes it: a word, or RGB in 0…1."""
    if _HEX.fullmatch(text):
        return as_rgb(text)
    return "hide" if text == "hide" else "clamp"


def as_rgb(text: str) -> Rgb:
    """Return a checked '#rrggbb' as RGB in 0…1."""
    red, green, blue = (int(text[n : n + 2], 16) / 255 for n in (1, 3, 5))
    return red, green, blue


def color(value: Any, what: str) -> str:
    """Return '#rrggbb'."""
    text = str(value).strip()
    if not _HEX.fullmatch(text):
        raise ValueError(f"{what}: {told(text)} is not a colour; give one such as #ff8000")
    return text.lower()


def colors(value: Any, what: str) -> tuple[str, ...] | None:
    """Return colours '#rrggbb', from a list or from text with commas; None stays None."""
    if value is None:
        return None
    if isinstance(value, str):
        value = value.split(",") if value.strip() else []
    parts = list(value) if is_list(value) else [value]
    if not parts:
        raise ValueError(f"{what}: the list is empty; give colours such as #ff8000, or nothing")
    return tuple(color(part, what) for part in parts)


def contour_levels(value: Any, what: str) -> tuple[tuple[float, ...], bool]:
    """Return levels in rising order, each once, and whether they are percent.

    From numbers, or from text such as ``"10,20"``, ``"50,95%"`` and ``"50%,95%"``.
    """
    if not isinstance(value, str):
        return levels(value, what), False
    parts = [part.strip() for part in value.split(",")] if value.strip(" %") else []
    marked = [part.endswith("%") for part in parts]
    percent = bool(marked) and marked[-1]
    if any(marked) and not (all(marked) or marked == [*[False] * (len(marked) - 1), True]):
        raise ValueError(f"{what}: {told(value)} mixes values and percent; give one kind")
    plain = (part.removesuffix("%").strip().replace("\N{MINUS SIGN}", "-") for part in parts)
    return levels([_written(part, what) for part in plain], what), percent


def _written(text: str, what: str) -> float:
    """Return a number that was typed; Python's own digit groups (1_000) are none."""
    if "_" in text or not text:
        raise ValueError(f"{what}: {told(text)} is not a number; give levels such as 10,20 or 50,95%")
    return _number(text, what)


def levels(value: Any, what: str) -> tuple[float, ...]:
    """Return one or more numbers in rising order, each once."""
    found = numbers(value, what)
    if not found:
        raise ValueError(f"{what}: the list is empty; give levels such as 10,20 or 50,95%")
    return tuple(sorted(set(found)))


def source_and_range(value: Any, what: str) -> tuple[str, float, float]:
    """Return a path and two numbers."""
    parts = list(value) if is_list(value) else [value]
    if len(parts) != 3:
        raise ValueError(f"{what}: {len(parts)} values are given; give three: file, low and high")
    path = os.fspath(parts[0]) if isinstance(parts[0], str | os.PathLike) else None
    if not isinstance(path, str) or not path:
        raise ValueError(f"{what}: {told(parts[0])} is no path; give the path of a file")
    return path, _number(parts[1], what), _number(parts[2], what)


def group_name(value: Any, what: str) -> str | None:
    """Return a group's name without spaces around it; nothing is no group."""
    if value is not None and not isinstance(value, str):
        raise ValueError(f"{what}: {told(value)} is no name; give text")
    return " ".join((value or "").split()) or None


def labels(value: Any, what: str) -> tuple[tuple[int, str], ...] | None:
    """Return names of whole values by rising value, from a mapping or from pairs; None stays None."""
    if value is None:
        return None
    pairs = value.items() if isinstance(value, Mapping) else value
    named: dict[int, str] = {}
    try:
        for number, name in pairs:
            named[int(number)] = str(name)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{what}: {told(value)} is no list of labels; give value and name of each") from None
    return tuple(sorted(named.items())) or None
