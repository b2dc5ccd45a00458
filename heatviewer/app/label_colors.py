"""Colours and names of label maps: a colour for each value, the same in every study."""

from __future__ import annotations

import colorsys
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from heatviewer.core.volume import Volume

    Rgb = tuple[float, float, float]

#: The colours of values 1 … 13. First those of Okabe and Ito without black, then the lighter ones of Paul
#: Tol's 'muted': people with any kind of colour vision can tell neighbours apart.
_COLORS: Final = (
    "e69f00", "56b4e9", "009e73", "f0e442", "0072b2", "d55e00", "cc79a7",
    "aa4499", "999933", "88ccee", "cc6677", "117733", "ddcc77",
)  # fmt: skip
#: Further values turn the hue by the golden section, at one of these lightnesses.
_GOLDEN: Final = 0.618033988749895
_LIGHT: Final = (0.55, 0.7, 0.4)
#: More values than this are no labels.
_MOST: Final = 4096
#: How labels start over their base: the anatomy stays visible.
_OPACITY: Final = 0.5
#: Voxels that are counted at once.
_PIECE: Final = 1 << 22


def label_color(value: int) -> Rgb:
    """Return the colour of a label, RGB in 0…1: always the same for the same value."""
    if 1 <= value <= len(_COLORS):
        code = _COLORS[value - 1]
        red, green, blue = (int(code[n : n + 2], 16) / 255 for n in (0, 2, 4))
        return red, green, blue
    return colorsys.hls_to_rgb(value * _GOLDEN % 1.0, _LIGHT[value % len(_LIGHT)], 0.65)


def in_grey(volume: Volume) -> Volume:
    """Return a volume whose colours are left out: a mask drawn as a picture has labels for its brightness."""
    return replace(volume, channels=()) if volume.is_color else volume


def label_values(volume: Volume) -> tuple[int, ...] | None:
    """Return the whole values above 0 of all frames, rising; None where there are too many for labels."""
    found: set[float] = set()
    for frame in range(volume.frames):
        flat = volume.frame(frame).ravel(order="K")
        for start in range(0, flat.size, _PIECE):
            found.update(_different(flat[start : start + _PIECE]))
            if len(found) > 2 * _MOST:
                return None
    values = np.array(sorted(found))
    values = np.asarray(volume.values_of(values), dtype=np.float64)
    whole = {round(float(value)) for value in values if np.isfinite(value) and value >= 0.5}
    return tuple(sorted(whole)) if len(whole) <= _MOST else None


def _different(stored: NDArray[Any]) -> Sequence[float]:
    if stored.dtype.kind in "iu" and stored.dtype.itemsize <= 2:
        low = int(stored.min())
        counts = np.bincount(np.subtract(stored, low, dtype=np.intp))
        return [float(value) for value in np.flatnonzero(counts) + low]
    found: list[float] = np.unique(stored).tolist()
    return found


def label_fields(volume: Volume, given: dict[str, Any], one: bool = False) -> dict[str, Any]:
    """Return the settings that a map of labels starts with: names, and a colour for each value.

    0 is transparent, and a value in between is none's: sampling is nearest.

    Parameters
    ----------
    given : dict
        Settings that are known, perhaps `labels`.
    one : bool
        Whether all values but 0 are one label.
    """
    values = label_values(volume)
    if values is None:
        return given | {"interpolation": "nearest", "labels": None}
    return look_of_labels(values, given, one)


def look_of_labels(values: Sequence[int], given: Mapping[str, Any], one: bool = False) -> dict[str, Any]:
    """Return the settings that labels of some values, rising, start with; see `label_fields`."""
    names = dict(given.get("labels") or ())
    if one:
        number, name = next(iter(names.items()), (values[0] if values else 1, "mask"))
        names = dict.fromkeys(values or (number,), name)
        colors = dict.fromkeys(names, label_color(number))
    else:
        names = {value: f"label {value}" for value in values} | names
        colors = {value: label_color(value) for value in names if value > 0}
    top = float(max(colors, default=1))
    return {
        "data_range": (0.0, top),
        "data_range_auto": False,
        "rgb_points": _steps(colors),
        "opacity_points": (0.0, 0.0, 0.5, 0.0, 0.5, 1.0, max(top, 1.0), 1.0),
        "opacity": _OPACITY,
        "interpolation": "nearest",
        **given,
        "labels": tuple(sorted(names.items())) or None,
    }


def _steps(colors: dict[int, Rgb]) -> tuple[float, ...] | None:
    """Return colour points that change half way between neighbouring values."""
    if not colors:
        return None
    values = sorted(colors)
    points = [float(values[0]), *colors[values[0]]]
    for below, above in pairwise(values):
        middle = (below + above) / 2
        points += [middle, *colors[below], middle, *colors[above]]
    return (*points, float(values[-1]), *colors[values[-1]])
