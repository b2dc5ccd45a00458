"""Single elements of a data set as plain values: a bad value is no value."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable


#: A number beyond it measures nothing: a damaged one.
_MOST: Final = 1e30


class Elements(Protocol):
    """A data set or an item of a sequence: pydicom's ``Dataset``, or a ``RawSet``."""

    @property
    def original_encoding(self) -> Any:
        """Whether it is implicit VR, and little endian."""

    def __contains__(self, keyword: str, /) -> bool: ...

    def get(self, key: Any, default: Any = None, /) -> Any:
        """Return an element's value by keyword, or an object with a `value` by tag."""


def number(ds: Elements, keyword: str) -> float | None:
    """Return an element's first finite number; None where there is none."""
    try:
        value = ds.get(keyword)
    except (TypeError, ValueError, NotImplementedError):
        return None
    if type(value) is float or type(value) is int:  # most are; the rest takes longer
        return float(value) if abs(value) < _MOST else None
    found = numbers(ds, keyword, 1)
    return found[0] if found else None


def numbers(ds: Elements, keyword: str, count: int | None = None) -> tuple[float, ...] | None:
    """Return the first `count` finite numbers of an element (all by default), or None.

    None where there are fewer, or where one of them is bad: a bad value is no value.
    """
    try:
        found = _floats(ds.get(keyword), count)
    except (TypeError, ValueError, NotImplementedError):
        return None
    return found if found and (count is None or len(found) == count) else None


def integer(ds: Elements, keyword: str, default: int) -> int:
    """Return an element's first number, cut to an integer, or `default`."""
    value = number(ds, keyword)
    return default if value is None else int(value)


def text(ds: Elements, keyword: str) -> str:
    """Return an element's first text, without outer spaces; empty where there is none."""
    found = texts(ds, keyword)
    return found[0] if found else ""


def texts(ds: Elements, keyword: str) -> tuple[str, ...]:
    """Return all texts of an element, without outer spaces."""
    try:
        value = ds.get(keyword)
    except (TypeError, ValueError, NotImplementedError):
        return ()
    if type(value) is str and value:
        return (value.strip(),)
    return tuple(str(v).strip() for v in _several(value))


def items(ds: Elements, keyword: str) -> list[Elements]:
    """Return the items of a sequence; empty where there is none."""
    value = ds.get(keyword)
    return list(value) if value and not isinstance(value, (str, bytes)) else []


def item(ds: Elements | None, keyword: str) -> Elements | None:
    """Return the first item of a sequence, or None."""
    found = [] if ds is None else items(ds, keyword)
    return found[0] if found else None


def private_numbers(ds: Elements, group: int, creator: str, element: int) -> tuple[float, ...]:
    """Return the numbers of a maker's own element, whatever VR it is written with; empty where there is none.

    Parameters
    ----------
    group, element : int
        As in (0043,xx39): 0x0043 and 0x39.
    creator : str
        How the text begins that reserves the block (PS3.5 7.8.1).
    """
    return _numbers_of_any(_private(ds, group, creator, element), ds)


def private_bytes(ds: Elements, group: int, creator: str, element: int) -> bytes:
    """Return the bytes of a maker's own element; as `private_numbers`."""
    value = _private(ds, group, creator, element)
    return value if isinstance(value, bytes) else b""


def _private(ds: Elements, group: int, creator: str, element: int) -> Any:
    owners = {block: ds.get(group << 16 | block, None) for block in range(0x10, 0x20)}
    owned = [block for block, owner in owners.items() if owner is not None]
    block = next((block for block in owned if _plain(owners[block].value).startswith(creator)), None)
    if not owned and text(ds, "Manufacturer").upper().startswith(creator[:2].upper()):
        block = 0x10  # some anonymisers remove the names of the blocks and leave what is in them
    found = None if block is None else ds.get(group << 16 | block << 8 | element, None)
    return None if found is None else found.value


def _several(value: Any) -> Iterable[Any]:
    if value is None or value == "":
        return ()
    return value if hasattr(value, "__iter__") and not isinstance(value, (str, bytes)) else (value,)


def _floats(value: Any, count: int | None) -> tuple[float, ...]:
    """Return finite numbers, or nothing where one of them is none."""
    found = tuple(float(v) for v in list(_several(value))[:count])
    in_range = all(abs(v) < _MOST for v in found)  # leaves out NaN and infinity too
    return found if in_range else ()


def _plain(value: Any) -> str:
    return value.decode("ascii", "replace") if isinstance(value, bytes) else str(value)


def _numbers_of_any(value: Any, ds: Elements) -> tuple[float, ...]:
    """Return numbers that may be bytes of an unknown VR: text, else one double, float or integer."""
    if isinstance(value, bytes):
        try:
            return _floats(value.decode("ascii").strip(" \0").split("\\"), None)
        except ValueError:
            letter = {8: "d", 4: "f", 2: "H"}.get(len(value))
        order = "<" if ds.original_encoding[1] is not False else ">"
        return () if letter is None else _floats(struct.unpack(order + letter, value), None)
    try:
        return _floats(value.split("\\") if isinstance(value, str) else value, None)
    except (TypeError, ValueError):
        return ()
