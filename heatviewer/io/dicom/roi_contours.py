"""The contours of one ROI (PS3.3 C.8.8.6): closed polygons in world mm, and what was odd about them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from heatviewer.core.geometry import LPS_TO_RAS
from heatviewer.io.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

#: Kinds that enclose something. Of the second the standard says what is done with the first here as
#: well: where contours of a plane overlap an even number of times, nothing is enclosed.
_CLOSED: Final = frozenset({"CLOSED_PLANAR", "CLOSEDPLANAR_XOR", ""})
_OPEN: Final = frozenset({"POINT", "OPEN_PLANAR", "OPEN_NONPLANAR"})
#: ContourGeometricType, NumberOfContourPoints and ContourData.
_KIND: Final = 0x30060042
_COUNT: Final = 0x30060046
_DATA: Final = 0x30060050
#: Points farther out (mm) than any body are damage.
_FARTHEST: Final = 1e5


class Contours(NamedTuple):
    """The closed contours of an ROI, (n, 3) each, world mm; and what was odd, as predicates of it."""

    closed: tuple[NDArray[np.float64], ...]
    notes: tuple[str, ...]


def contours_of(items: Iterable[Any]) -> Contours:
    """Return the contours of an ROI's ContourSequence; what encloses nothing is left out and told.

    `items` are pydicom's data sets.
    """
    closed: dict[bytes, NDArray[np.float64]] = {}
    others: Counter[str] = Counter()
    odd: Counter[str] = Counter()
    for contour in items:
        kind = _raw(contour, _KIND).decode("ascii", "replace").upper()
        if kind not in _CLOSED:
            others[kind if kind in _OPEN else "unknown"] += 1
            continue
        points = _points(contour)
        if points is None:
            odd["bad"] += 1
            continue
        odd["miscounted"] += _raw(contour, _COUNT) not in (b"", b"%d" % len(points))
        if len(points) < 3:
            odd["short"] += 1
            continue
        # A contour that is there twice would cut itself out.
        odd["double"] += closed.setdefault(points.tobytes(), points) is not points
    return Contours(tuple(closed.values()), tuple(_notes(bool(closed), others, odd)))


def _raw(contour: Any, tag: int) -> bytes:
    """Return an element's text as it is in the file.

    pydicom's values take longer than all the rest, and its decimal strings ten times as long: there
    may be thousands of contours and a million points.
    """
    element = contour.get_item(tag)
    value = None if element is None else element.value
    if isinstance(value, bytes):
        return value.strip(b" \0")
    parts = [] if value is None else [value] if isinstance(value, str | int) else value
    return b"\\".join(str(part).encode("ascii", "replace") for part in parts)


def _points(contour: Any) -> NDArray[np.float64] | None:
    """Return a contour's points (n, 3), world mm; None where they are no triplets of sane numbers."""
    text = _raw(contour, _DATA)
    try:
        values = np.array([float(number) for number in text.split(b"\\")] if text else [])
    except ValueError:
        return None
    if values.size % 3 or not (np.abs(values) < _FARTHEST).all():
        return None
    return values.reshape(-1, 3) @ LPS_TO_RAS[:3, :3]


def _notes(any_closed: bool, others: Counter[str], odd: Counter[str]) -> Iterable[str]:
    if not any_closed:
        yield "has no closed contour"
    for kind, count in sorted(others.items()):
        word = kind.lower().replace("_", " ") + " contour"
        yield f"has {counted(count, word)}, left out: such contours enclose nothing"
    if odd["bad"]:
        yield f"has {counted(odd['bad'], 'contour')} without usable coordinates, left out"
    if odd["short"]:
        yield f"has {counted(odd['short'], 'contour')} of fewer than 3 points, left out"
    if odd["miscounted"]:
        wrong = counted(odd["miscounted"], "contour")
        yield f"has {wrong} whose number of points is wrong: the points that are there were taken"
    if odd["double"]:
        yield f"has {counted(odd['double'], 'contour')} more than once: each was taken once"
