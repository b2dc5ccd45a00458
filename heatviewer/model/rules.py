"""The checks that layer settings share: point lists, ranges, colours."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from heatviewer.core.transfer import OutsideRule

_HEX = re.compile(r"#([0-9a-fA-F]{2})([0-9a-fA-F]{2})([0-9a-fA-F]{2})")


def numbers(value: Any, what: str) -> tuple[float, ...]:
    """Return a flat or nested list of numbers as floats; NaN and infinity are refused."""
    flat: list[float] = []
    for item in value if isinstance(value, Iterable) and not isinstance(value, str | bytes) else [value]:
        if isinstance(item, Iterable) and not isinstance(item, str | bytes):
            flat.extend(numbers(item, what))
            continue
        if type(item).__name__ in ("bool", "bool_"):  # numpy's too
            raise ValueError(f"{what}: {item} is not a number")
        try:
            number = float(item)
        except (TypeError, ValueError):
            raise ValueError(f"{what}: {item!r} is not a number") from None
        if not math.isfinite(number):
            raise ValueError(f"{what}: {number} is not a finite number")
        flat.append(number)
    return tuple(flat)


def points(value: Any, what: str, width: int) -> tuple[float, ...] | None:
    """Return control points of `width` numbers each: scalars not falling, the rest in 0…1.

    A repeated scalar is a step and legal. None stays None.
    """
    if value is None:
        return None
    flat = numbers(value, what)
    shape = "scalar, opacity" if width == 2 else "scalar, red, green, blue"
    if not flat:
        raise ValueError(f"{what}: the list is empty; points are {shape}, …")
    if len(flat) % width:
        raise ValueError(f"{what}: {len(flat)} numbers are not whole points; points are {shape}, …")
    scalars = flat[::width]
    for n, (low, high) in enumerate(itertools.pairwise(scalars), 1):
        if high < low:
            raise ValueError(f"{what}: scalar {high:g} of point {n} comes after {low:g}; sort the points")
    for n, item in enumerate(flat):
        if n % width and not 0 <= item <= 1:
            raise ValueError(f"{what}: {item:g} in point {n // width} is outside 0…1")
    return flat


def pair(value: Any, what: str, names: str = "low and high") -> tuple[float, float]:
    """Return two finite numbers."""
    found = numbers(value, what)
    if len(found) != 2:
        raise ValueError(f"{what}: {len(found)} numbers where two, {names}, are expected")
    return found[0], found[1]


def open_pair(value: Any, what: str) -> tuple[float | None, float | None] | None:
    """Return lo ≤ hi where either may be open (None, −inf or inf); None where both are."""
    if value is None:
        return None
    ends = list(value) if isinstance(value, Iterable) and not isinstance(value, str) else [value]
    if len(ends) != 2:
        raise ValueError(f"{what}: {len(ends)} values where two, low and high, are expected")
    low = None if ends[0] in (None, -math.inf) else numbers([ends[0]], what)[0]
    high = None if ends[1] in (None, math.inf) else numbers([ends[1]], what)[0]
    if low is not None and high is not None and low > high:
        raise ValueError(f"{what}: the low end {low:g} is above the high end {high:g}")
    return None if low is None and high is None else (low, high)


def outside_rule(value: Any, what: str) -> str:
    """Return 'clamp', 'hide' or '#rrggbb'."""
    text = str(value).strip()
    if text.casefold() in ("clamp", "hide"):
        return text.casefold()
    if _HEX.fullmatch(text):
        return text.lower()
    raise ValueError(f"{what}: {text!r} is none of clamp, hide, #RRGGBB")


def as_rule(text: str) -> OutsideRule:
    """Return a checked rule as the transfer function takes it: a word, or RGB in 0…1."""
    match = _HEX.fullmatch(text)
    if match is None:
        return "hide" if text == "hide" else "clamp"
    red, green, blue = (int(part, 16) / 255 for part in match.groups())
    return red, green, blue
