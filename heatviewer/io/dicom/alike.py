"""What the slices of a series say alike is taken from their bytes once."""

from __future__ import annotations

from functools import lru_cache, wraps
from typing import TYPE_CHECKING, Final, TypeVar

from heatviewer.io.dicom.raw_set import RawSet
from heatviewer.io.dicom.tags import TAGS

if TYPE_CHECKING:
    from collections.abc import Callable

    from heatviewer.io.dicom.elements import Elements
    from heatviewer.io.dicom.raw_set import Part

Said = TypeVar("Said")
#: Series whose files may lie mixed in a folder.
_KEPT: Final = 64


def alike(*keywords: str) -> Callable[[Callable[[Elements], Said]], Callable[[Elements], Said]]:
    """Have a function of a data set called once for sets that are equal, byte for byte, in these elements.

    The function is given these elements and no others, so that nothing else can decide its result,
    which the sets share. Sequences and long texts are not compared: with one of them the function
    gets the whole set. It saves a third to a half of a header's time (tests/benchmarks/bench_open.py).
    """
    plain = tuple(TAGS[keyword][0] for keyword in keywords if TAGS[keyword][1] != "SQ")
    sequences = tuple(keyword for keyword in keywords if TAGS[keyword][1] == "SQ")

    def decorated(function: Callable[[Elements], Said]) -> Callable[[Elements], Said]:
        @lru_cache(maxsize=_KEPT)
        def once(part: Part) -> Said:
            return function(RawSet.of(part))

        @wraps(function)
        def called(ds: Elements) -> Said:
            if not isinstance(ds, RawSet) or any(keyword in ds for keyword in sequences):
                return function(ds)
            part = ds.part(plain)
            return function(ds) if part is None else once(part)

        return called

    return decorated
