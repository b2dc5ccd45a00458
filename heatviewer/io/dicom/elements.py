"""Single elements of a data set as plain values: a bad value is no value."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydicom.dataset import Dataset


def number(ds: Dataset, keyword: str) -> float | None:
    """Return an element's first finite number; None where there is none."""
    found = numbers(ds, keyword, 1)
    return found[0] if found else None


def numbers(ds: Dataset, keyword: str, count: int) -> tuple[float, ...] | None:
    """Return the first `count` finite numbers of an element, or None: a bad value is no value."""
    try:
        value = ds.get(keyword)
        if value is None or value == "":
            return None
        values = value if hasattr(value, "__iter__") and not isinstance(value, str) else [value]
        found = tuple(float(v) for v in list(values)[:count])
    except (TypeError, ValueError, NotImplementedError):
        return None
    in_range = all(abs(v) < 1e30 for v in found)  # leaves out NaN and infinity too
    return found if len(found) == count and in_range else None


def integer(ds: Dataset, keyword: str, default: int) -> int:
    """Return an element's first number, cut to an integer, or `default`."""
    value = number(ds, keyword)
    return default if value is None else int(value)


def text(ds: Dataset, keyword: str) -> str:
    """Return an element's first text, without outer spaces; empty where there is none."""
    found = texts(ds, keyword)
    return found[0] if found else ""


def texts(ds: Dataset, keyword: str) -> tuple[str, ...]:
    """Return all texts of an element, without outer spaces."""
    try:
        value = ds.get(keyword)
    except (TypeError, ValueError, NotImplementedError):
        return ()
    if value is None or value == "":
        return ()
    values = value if hasattr(value, "__iter__") and not isinstance(value, str) else [value]
    return tuple(str(v).strip() for v in values)
