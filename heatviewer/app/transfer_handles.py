"""What can be taken hold of in a transfer function, and what a move of it changes. Pure.

A move is given by a value (and a height) that a person points at; what comes back are the settings
to change, ready for `Scene.edit_layer`. Points stop at their neighbours, the ends of the range and
of the threshold at each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from heatviewer.app import transfer_points as points

if TYPE_CHECKING:
    from heatviewer.model.layer import HeatmapLayer

#: A point of the curve, a colour, an end of the data range, an end of the threshold, an end of |value| ≥ t.
Kind = Literal["opacity", "color", "range", "threshold", "magnitude"]
Changes = dict[str, Any]
KINDS: tuple[Kind, ...] = ("opacity", "color", "range", "threshold", "magnitude")


@dataclass(frozen=True)
class Handle:
    """One thing to take hold of.

    Attributes
    ----------
    kind : str
        What it belongs to.
    index : int
        Which of its kind, from low to high. Of the range 0 and 1 are the ends, 2 both together.
    """

    kind: Kind
    index: int


BOTH_ENDS = Handle("range", 2)


def handles_of(layer: HeatmapLayer, volumetric: bool = False) -> tuple[Handle, ...]:
    """Return the handles in the order of the Tab key: curve, colours, range, thresholds."""
    found = [Handle("opacity", n) for n in range(len(points.opacity_points(layer, volumetric)) // 2)]
    found += [Handle("color", n) for n in range(len(points.color_points(layer)) // 4)]
    found += [Handle("range", 0), Handle("range", 1)]
    found += [Handle("threshold", n) for n, end in enumerate(layer.threshold or ()) if end is not None]
    if layer.threshold_abs is not None:
        found += [Handle("magnitude", 0), Handle("magnitude", 1)]
    return tuple(found)


def value_of(layer: HeatmapLayer, handle: Handle, volumetric: bool = False) -> float:
    """Return where a handle stands, in the unit of the data; of both ends the low one."""
    if handle.kind == "opacity":
        return points.opacity_points(layer, volumetric)[2 * handle.index]
    if handle.kind == "color":
        return points.color_points(layer)[4 * handle.index]
    if handle.kind == "range":
        return layer.data_range[handle.index % 2]
    if handle.kind == "threshold":
        end = (layer.threshold or (None, None))[handle.index]
        return 0.0 if end is None else end
    return (layer.threshold_abs or 0.0) * (2 * handle.index - 1)


def opacity_of(layer: HeatmapLayer, index: int, volumetric: bool = False) -> float:
    """Return the height of a point of the curve, 0…1."""
    return points.opacity_points(layer, volumetric)[2 * index + 1]


def color_of(layer: HeatmapLayer, index: int) -> tuple[float, float, float]:
    """Return the colour of a stop, RGB in 0…1."""
    red, green, blue = points.color_points(layer)[4 * index + 1 : 4 * index + 4]
    return red, green, blue


def moved(
    layer: HeatmapLayer,
    handle: Handle,
    value: float,
    opacity: float | None = None,
    volumetric: bool = False,
    gap: float = 0.0,
) -> Changes:
    """Return the settings that put a handle at a value, and a point of the curve at an opacity.

    `gap` is what the ends of the range keep between them at least.
    """
    if handle.kind == "opacity":
        now = points.opacity_points(layer, volumetric)
        height = now[2 * handle.index + 1] if opacity is None else opacity
        changed = points.moved(now, 2, handle.index, (value, height))
        return opacity_changes(layer, changed, volumetric)
    if handle.kind == "color":
        row = (value, *color_of(layer, handle.index))
        return color_changes(layer, points.moved(points.color_points(layer), 4, handle.index, row))
    if handle.kind == "range":
        return {"data_range": _range_moved(layer.data_range, handle.index, value, gap)}
    if handle.kind == "threshold":
        return {"threshold": _threshold_moved(layer, handle.index, value)}
    return {"threshold_abs": abs(value)}


def _range_moved(ends: tuple[float, float], index: int, value: float, gap: float) -> tuple[float, float]:
    low, high = ends
    if index == 0:
        return min(value, high - gap, float(np.nextafter(high, -np.inf))), high
    if index == 1:
        return low, max(value, low + gap, float(np.nextafter(low, np.inf)))
    top = value + (high - low)
    return value, top if top > value else float(np.nextafter(value, np.inf))


def _threshold_moved(layer: HeatmapLayer, index: int, value: float) -> tuple[float | None, float | None]:
    low, high = layer.threshold or (None, None)
    if index == 0:
        return (value if high is None else min(value, high)), high
    return low, (value if low is None else max(value, low))


def recolored(layer: HeatmapLayer, index: int, rgb: tuple[float, float, float]) -> Changes:
    """Return the settings that give a stop another colour, RGB in 0…1."""
    now = points.color_points(layer)
    return color_changes(layer, points.moved(now, 4, index, (now[4 * index], *rgb)))


def added(
    layer: HeatmapLayer, kind: Kind, value: float, opacity: float | None = None, volumetric: bool = False
) -> tuple[Changes, Handle]:
    """Return the settings with one point more at a value, and its handle.

    A point of the curve without a height, and a colour always, are what is there already.
    """
    if kind == "opacity":
        now = points.opacity_points(layer, volumetric)
        height = points.at(now, 2, value)[0] if opacity is None else opacity
        changed, index = points.placed(now, 2, (value, height))
        return opacity_changes(layer, changed, volumetric), Handle(kind, index)
    colors = points.color_points(layer)
    changed, index = points.placed(colors, 4, (value, *points.at(colors, 4, value)))
    return color_changes(layer, changed), Handle("color", index)


def neighbour_of(layer: HeatmapLayer, handle: Handle, volumetric: bool = False) -> float:
    """Return where a point would be added beside a selected one: halfway to the next."""
    if handle.kind == "color":
        return points.gap_after(points.color_points(layer), 4, handle.index)
    return points.gap_after(points.opacity_points(layer, volumetric), 2, handle.index)


def removed(layer: HeatmapLayer, handle: Handle, volumetric: bool = False) -> Changes:
    """Return the settings without a handle; nothing where it has to stay."""
    if handle.kind == "opacity":
        now = points.opacity_points(layer, volumetric)
        if len(now) > 2:
            return opacity_changes(layer, points.without(now, 2, handle.index), volumetric)
    elif handle.kind == "color":
        colors = points.color_points(layer)
        if len(colors) > 4:
            return color_changes(layer, points.without(colors, 4, handle.index))
    elif handle.kind == "threshold":
        ends = list(layer.threshold or (None, None))
        ends[handle.index] = None
        return {"threshold": None if ends == [None, None] else tuple(ends)}
    elif handle.kind == "magnitude":
        return {"threshold_abs": None}
    return {}


def opacity_changes(layer: HeatmapLayer, changed: points.Points, volumetric: bool) -> Changes:
    """Return where changed opacity points belong: a 3D curve that is linked is the slices' own."""
    separate = volumetric and layer.opacity_points_3d is not None
    return {"opacity_points_3d" if separate else "opacity_points": changed}


def color_changes(layer: HeatmapLayer, changed: points.Points) -> Changes:
    """Return what makes colours, as they are seen, the layer's own; a reversed layer's no longer are."""
    return {"rgb_points": changed} | ({"reverse": False} if layer.reverse else {})


def separated(layer: HeatmapLayer) -> Changes:
    """Return what gives 3D a curve of its own, at first the slices'."""
    return {"opacity_points_3d": points.opacity_points(layer)}


def title_of(layer: HeatmapLayer, handle: Handle, what: Literal["Move", "Add", "Delete", "Change"]) -> str:
    """Return what undo calls a change of a handle."""
    names = {
        "opacity": "opacity point",
        "color": "colour",
        "range": "data range",
        "threshold": "threshold",
        "magnitude": "threshold",
    }
    name = names[handle.kind]
    told = name.capitalize() if what == "Change" or handle.kind == "range" else f"{what} {name}"
    return f"{told} of {layer.name}"
