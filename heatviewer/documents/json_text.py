"""Bytes to plain JSON values, refused with a reason where they are no JSON, too many or too deep."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from heatviewer.core.errors import ReadError

#: More is no document that a person or a program has written for this one.
MAX_BYTES = 64 * 1024 * 1024
#: Deeper nesting than in any document that is known; keeps every walk over one short of Python's limit.
MAX_DEPTH = 64
#: More digits are no number that a floating one can hold.
_MAX_DIGITS = 300
#: Keys of one object that are told when they come twice.
_MOST_TOLD = 10
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False)
_HALF_PAIR = re.compile("[\ud800-\udfff]")
_HINT = "Save it again where it was made, or open its backup"


def parse_json(data: bytes, where: str, problems: list[str] | None = None) -> Any:
    """Return the value that a JSON document holds.

    Parameters
    ----------
    data : bytes
        UTF-8, with or without a byte-order mark.
    where : str
        The document's name, as errors tell it.
    problems : list of str, optional
        Gets a sentence for each number that is not finite, which is then null, and for each key that
        an object has twice, of which the last counts. Without it such a number is an error.

    Raises
    ------
    ReadError
        It is empty, larger than `MAX_BYTES`, no UTF-8, no JSON, or nested deeper than `MAX_DEPTH`.
    """
    if len(data) > MAX_BYTES:
        raise ReadError(where, f"has {len(data):,} bytes, and no document has more than {MAX_BYTES:,}", _HINT)
    text = _decoded(data, where)
    if not text.strip():
        raise ReadError(where, "is empty", _HINT)
    odd = _Odd()
    try:
        value = json.loads(
            text,
            parse_constant=odd.constant,
            parse_float=odd.real,
            parse_int=odd.whole,
            object_pairs_hook=odd.object_of,
        )
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        end = len(text.rstrip())
        cut = error.pos >= end or error.msg.startswith("Unterminated string")
        what = "ends in the middle" if cut else f"is no JSON ({error.msg})"
        raise ReadError(where, f"{what} at {place}", _HINT) from None
    except RecursionError:
        raise _too_deep(where) from None
    _check_depth(value, where)
    told = [f"{name}: is there twice. The last one counts" for name in odd.twice]
    # Half a surrogate pair is no character: it could neither be shown nor written.
    if odd.number or "\\ud" in text.casefold():
        value = _mended(value, "", told, problems is None and where)
    if problems is not None:
        problems.extend(f"{sentence}." for sentence in told)
    return value


class _Odd:
    """What JSON's readers take differently, met while one document is read."""

    def __init__(self) -> None:
        self.number = False
        self.twice: list[str] = []

    def constant(self, text: str) -> float:
        """Return NaN or an infinity."""
        self.number = True
        return float(text)

    def real(self, text: str) -> float:
        """Return a number with a point or an exponent."""
        number = float(text)
        self.number = self.number or not math.isfinite(number)
        return number

    def whole(self, text: str) -> float:
        """Return a whole number; one of too many digits as infinity."""
        return int(text) if len(text) <= _MAX_DIGITS else self.real(text)

    def object_of(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        """Return an object, and note keys that come twice."""
        made = dict(pairs)
        if len(made) < len(pairs):
            names = [name for name, _ in pairs]
            self.twice += [name for name in made if names.count(name) > 1][:_MOST_TOLD]
        return made


def json_bytes(value: Any) -> bytes:
    """Return a value as the text of a file: UTF-8, one key a line, a list of numbers on one.

    Raises
    ------
    ValueError
        It holds a number that is not finite.
    """
    parts: list[str] = []
    _write(value, "\n", parts)
    return ("".join(parts) + "\n").encode("utf-8", errors="backslashreplace")


def _write(value: Any, line: str, parts: list[str]) -> None:
    """Append a value's text; `line` is a line end with the indent of the value."""
    inner = line + " "
    if isinstance(value, dict) and value:
        for n, (name, item) in enumerate(value.items()):
            parts.append(f"{',' if n else '{'}{inner}{_scalar(str(name))}: ")
            _write(item, inner, parts)
        parts.append(line + "}")
    elif isinstance(value, list | tuple) and any(isinstance(item, dict | list | tuple) for item in value):
        for n, item in enumerate(value):
            parts.append(f"{',' if n else '['}{inner}")
            _write(item, inner, parts)
        parts.append(line + "]")
    else:
        parts.append(_scalar(value))


def _scalar(value: Any) -> str:
    return _ENCODER.encode(value)


def compact(value: Any) -> str:
    """Return a value as short text that `json.loads` reads back; nothing of an empty object."""
    return json.dumps(value, separators=(",", ":")) if value else ""


def _decoded(data: bytes, where: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ReadError(where, "is no UTF-8 text", "Save it as UTF-8") from None


def _mended(value: Any, place: str, told: list[str], strict: str | bool) -> Any:
    """Return a value with null for numbers that are not finite, and without half characters.

    `strict` is the document's name where such a number is an error.
    """
    if isinstance(value, dict):
        return {
            _whole_text(name): _mended(item, f"{place}.{name}".lstrip("."), told, strict)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [_mended(item, f"{place}[{n}]", told, strict) for n, item in enumerate(value)]
    if isinstance(value, str):
        return _whole_text(value)
    if isinstance(value, float) and not math.isfinite(value):
        if isinstance(strict, str):
            raise ReadError(strict, f"{place}: {value} is no number that a document may hold", "Write null")
        # An open end of a threshold may be written so.
        if not ("threshold" in place and math.isinf(value)):
            told.append(f"{place}: {value} is no number that a document may hold. It is left out")
        return None
    return value


def _whole_text(text: str) -> str:
    return _HALF_PAIR.sub("\ufffd", text)


def _too_deep(where: str) -> ReadError:
    return ReadError(where, f"is nested deeper than {MAX_DEPTH} levels", _HINT)


def _check_depth(value: Any, where: str) -> None:
    """Raise ReadError for a value of more than `MAX_DEPTH` levels."""
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise _too_deep(where)
        inside: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                inside.extend(child for child in item.values() if isinstance(child, dict | list))
            elif isinstance(item, list):
                inside.extend(child for child in item if isinstance(child, dict | list))
        level = inside
