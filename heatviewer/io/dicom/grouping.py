"""Which planes of a series are one volume, and in what its frames differ.

Scouts, echoes, phase images and copies are told apart here by size, space and geometry; names and
instance numbers only break ties.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from heatviewer.core.volume import FrameAxis
from heatviewer.io.folders import natural_key

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence

    from numpy.typing import NDArray

    from heatviewer.io.dicom.header import SliceHeader

    Axes = tuple[NDArray[np.float64], NDArray[np.float64]]

#: Positions nearer than this (mm along the normal) are one position.
_SAME_POSITION_MM: Final = 0.01
#: Planes of one height farther apart than this within their plane are two places.
_SAME_PLACE_MM: Final = 0.5
#: Direction cosines that differ by less are one orientation (0.001 is 0.26 mm at 256 mm), and
#: pixel spacings that differ by less than this part one spacing.
_SAME_DIRECTION: Final = 1e-3
#: From so many orientations on they are compared by rounded numbers.
_MANY_DIRECTIONS: Final = 64
#: Pictures taken through the body: without a position each is an image of its own.
_PROJECTIONS: Final = frozenset(
    {"CR", "DX", "MG", "XA", "RF", "IO", "PX", "US", "SC", "OT", "XC", "ES", "SM", "GM", "OP", "IVUS", "OCT"}
)
#: What frames may differ in: how it is called and measured, and where it stands; the first that does
#: name the axis. Numbers of repetitions come last, as they measure nothing.
_LABELS: Final[tuple[tuple[str, str, Callable[[SliceHeader], float]], ...]] = (
    ("b-value", "s/mm²", lambda h: h.frame_key.b_value),
    ("echo time", "ms", lambda h: h.frame_key.echo),
    ("trigger time", "ms", lambda h: h.frame_key.trigger),
    ("time", "s", lambda h: h.frame_key.time),
    ("frame", "", lambda h: h.frame_key.temporal),
    ("acquisition", "", lambda h: h.frame_key.acquisition),
)


def groups_of(headers: Iterable[SliceHeader]) -> list[list[SliceHeader]]:
    """Return planes grouped into volumes: one size, space, spacing, orientation and element type each."""
    found: list[list[SliceHeader]] = []
    for group in _by(headers, _kind):
        for aligned in _by_geometry(group):
            file = aligned[0].file
            if aligned[0].orientation is None and (file.modality in _PROJECTIONS or file.frames > 1):
                found.extend(_by(aligned, lambda h: h.path))
            else:
                found.extend(part for place in _by_place(aligned) for part in _by_contrast(place))
    return found


def axes_of(header: SliceHeader) -> Axes | None:
    """Return the unit vectors along a row and along a column, LPS+; None where the file has no place."""
    if header.orientation is None or header.position is None:
        return None
    row, column = np.asarray(header.orientation[:3]), np.asarray(header.orientation[3:])
    lengths = np.linalg.norm(row), np.linalg.norm(column)
    if min(lengths) < 1e-3 or np.linalg.norm(np.cross(row, column)) < 0.1 * lengths[0] * lengths[1]:
        return None
    return row / lengths[0], column / lengths[1]


def normal_of(axes: Axes) -> NDArray[np.float64]:
    """Return the unit vector along row × column."""
    normal = np.cross(*axes)
    found: NDArray[np.float64] = normal / np.linalg.norm(normal)
    return found


def heights_of(headers: Sequence[SliceHeader], axes: Axes) -> NDArray[np.float64]:
    """Return how far along the normal each plane lies, mm, shape (n,)."""
    positions = np.array([header.position for header in headers], dtype=np.float64)
    found: NDArray[np.float64] = positions @ normal_of(axes)
    return found


def columns_of(headers: Sequence[SliceHeader]) -> list[list[SliceHeader]]:
    """Return the planes at each position, both in order: positions along the normal, planes by frame.

    Without a place in the patient the frames of one file are at one position; others are in the order of
    their location and number.
    """
    axes = axes_of(headers[0])
    if axes is None:
        if len({header.path for header in headers}) == 1 and headers[0].location is None:
            return [sorted(headers, key=lambda h: h.frame_key)]
        numbered = sorted(
            headers, key=lambda h: (h.location or 0.0, h.frame_key.number, natural_key(h.path.name))
        )
        return [[header] for header in numbered]
    columns: list[list[SliceHeader]] = []
    heights = heights_of(headers, axes)
    start = 0.0
    for n in np.argsort(heights, kind="stable"):
        if columns and heights[n] - start < _SAME_POSITION_MM:
            columns[-1].append(headers[n])
        else:
            columns.append([headers[n]])
            start = heights[n]
    for column in columns:
        column.sort(key=lambda h: h.frame_key)
    return columns


def complete(columns: list[list[SliceHeader]], warnings: list[str]) -> list[list[SliceHeader]]:
    """Return columns of equal length: frames that lack a slice are left out, with a warning.

    Where nothing tells the planes of a position apart, the first of each is kept.
    """
    counts = {len(column) for column in columns}
    if len(counts) == 1:
        return _in_step(columns)
    most = next(n for n, column in enumerate(columns) if len(column) == max(counts))
    told = f"has {min(counts)} to {max(counts)} images at a position (the most at slice {most + 1})"
    for _, _, label in _LABELS:
        sets = [{label(header) for header in column} for column in columns]
        common = set.intersection(*sets)
        unique = all(len(labels) == len(column) for labels, column in zip(sets, columns, strict=True))
        if common and unique and len(set.union(*sets)) == max(counts):
            warnings.append(f"{told}; frames that lack a slice were left out")
            return _in_step([[header for header in column if label(header) in common] for column in columns])
    warnings.append(f"{told}; the first of each position is shown")
    return [column[:1] for column in columns]


def _in_step(columns: list[list[SliceHeader]]) -> list[list[SliceHeader]]:
    """Return columns whose frames are of one b-value, echo … each, where every column has the same ones.

    Slices that were not taken in turns have their times, which sort first, in another order each.
    """
    if len(columns[0]) == 1:
        return columns
    for _, _, label in _LABELS:
        ordered = [sorted(column, key=label) for column in columns]
        values = [[label(header) for header in column] for column in ordered]
        if len(set(values[0])) == len(values[0]) and all(others == values[0] for others in values):
            return ordered
    return columns


def frame_axis(columns: Sequence[Sequence[SliceHeader]]) -> FrameAxis | None:
    """Return what the frames of complete columns differ in; None where there is one frame."""
    count = len(columns[0])
    if count < 2:
        return None
    for name, unit, label in _LABELS:
        frames = [[label(column[t]) for column in columns] for t in range(count)]
        # A time differs from slice to slice too: a frame's is its first slice's.
        values = [min(frame) for frame in frames]
        if len(set(values)) > 1 and (name == "time" or all(len(set(frame)) == 1 for frame in frames)):
            start = values[0] if name == "time" else 0.0
            return FrameAxis(name, tuple(round(value - start, 6) for value in values), unit)
    return FrameAxis("frame", tuple(float(t + 1) for t in range(count)))


def _kind(h: SliceHeader) -> tuple[Any, ...]:
    """Return what all planes of a volume have in common apart from their geometry."""
    file = h.file
    form = file.bits_allocated, file.signed, file.samples, file.photometric == "PALETTE COLOR"
    scout = "LOCALIZER" in h.frame_key.image_type
    space = file.patient, file.frame_of_reference, h.position is None
    return h.rows, h.columns, form, h.part, space, scout


def _by(headers: Iterable[SliceHeader], key: Callable[[SliceHeader], Hashable]) -> list[list[SliceHeader]]:
    groups: dict[Hashable, list[SliceHeader]] = {}
    for header in headers:
        groups.setdefault(key(header), []).append(header)
    return list(groups.values())


def _by_geometry(headers: list[SliceHeader]) -> list[list[SliceHeader]]:
    """Group by orientation and pixel spacing; rounded keys would tear apart numbers on a rounding edge."""
    groups: list[list[SliceHeader]] = []
    known: dict[Hashable, list[SliceHeader]] = {}
    for header in headers:
        key: Hashable = (header.orientation, header.spacing)
        group = known.get(key)
        if group is None and len(groups) < _MANY_DIRECTIONS:
            group = next((group for group in groups if _is_parallel(group[0], header)), None)
        elif group is None:
            key = (_rounded(header.orientation), _rounded(header.spacing))
            group = known.get(key)
        if group is None:
            group = []
            groups.append(group)
        known[key] = group
        group.append(header)
    return groups


def _rounded(values: Sequence[float] | None) -> tuple[float, ...] | None:
    return None if values is None else tuple(round(value, 3) for value in values)


def _is_parallel(one: SliceHeader, other: SliceHeader) -> bool:
    """Return whether two slices have the same directions and pixel spacing, or both have none."""
    if one.orientation is None or other.orientation is None:
        turned = one.orientation is not other.orientation
    else:
        turned = not _same_direction(one.orientation[:3], other.orientation[:3])
        turned = turned or not _same_direction(one.orientation[3:], other.orientation[3:])
    if turned or one.spacing is None or other.spacing is None:
        return not turned and one.spacing is other.spacing
    pairs = zip(one.spacing, other.spacing, strict=True)
    return all(abs(a - b) <= _SAME_DIRECTION * abs(b) for a, b in pairs)


def _same_direction(one: Sequence[float], other: Sequence[float]) -> bool:
    lengths = [sqrt(sum(value * value for value in way)) or 1.0 for way in (one, other)]
    return all(
        abs(a / lengths[0] - b / lengths[1]) <= _SAME_DIRECTION for a, b in zip(one, other, strict=True)
    )


def _by_place(headers: list[SliceHeader]) -> list[list[SliceHeader]]:
    """Tell apart stacks that lie side by side, at the same heights: they are no frames of one."""
    axes = axes_of(headers[0])
    columns = columns_of(headers)
    if axes is None or all(len(column) == 1 for column in columns):
        return [headers]
    flat = np.stack(axes)
    aside = {id(h): flat @ np.asarray(h.position) for h in headers}
    if all(np.ptp([aside[id(h)] for h in column], axis=0).max() < _SAME_PLACE_MM for column in columns):
        return [headers]
    groups: dict[tuple[int, int], list[SliceHeader]] = {}
    for header in headers:
        u, v = (int(n) for n in np.rint(aside[id(header)] / _SAME_PLACE_MM))
        around = (groups.get((u + i, v + j)) for i in (0, -1, 1) for j in (0, -1, 1))
        group = next((g for g in around if g is not None), None)
        if group is None:
            group = groups[u, v] = []
        group.append(header)
    return list(groups.values())


def _by_contrast(headers: list[SliceHeader]) -> list[list[SliceHeader]]:
    """Tell apart kinds of image (magnitude, phase), and echoes that are not one set of frames."""
    if all(len(column) == 1 for column in columns_of(headers)):
        return [headers]
    kinds = _by(headers, lambda h: h.frame_key.image_type)
    if len(kinds) > 1:
        return [part for kind in kinds for part in _by_contrast(kind)]
    echoes = _by(headers, lambda h: h.echo)
    if len(echoes) == 1 or {len(column) for column in columns_of(headers)} == {len(echoes)}:
        return [headers]
    return [part for echo in echoes for part in _by_contrast(echo)]
