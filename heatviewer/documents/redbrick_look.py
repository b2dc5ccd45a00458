"""A heatmap's look in the words of RedBrick's HeatMap: what it cannot say is told.

Threshold, layer opacity and hidden ends become opacity points, other colours than RedBrick's presets
colour points; a step is a scalar that is repeated.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from heatviewer.documents.redbrick import PRESETS
from heatviewer.model.catalogue import key
from heatviewer.model.draws import transfer_of
from heatviewer.model.presets import preset

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from heatviewer.core.transfer import TransferFunction
    from heatviewer.model.layer import HeatmapLayer

    Curve = Callable[[NDArray[np.float64]], NDArray[np.float64]]

_PRESETS: Final = {key(name): name for name in PRESETS}
#: Points along a map that is curved in RGB, and along a soft edge: no byte of a picture differs.
_SAMPLES, _EDGE_SAMPLES = 257, 33
#: How far from a point, as share of the range, its two sides are looked at.
_BESIDE: Final = 1e-7
_SAME: Final = 1e-5
#: Settings that a HeatMap has no word for, and what is said when one is not what it usually is.
_UNSAID: Final[tuple[tuple[str, Any, str], ...]] = (
    ("visible", True, "is hidden here, and shown in the task"),
    ("nan", "hide", "the colour of missing voxels is left out"),
    ("zero_is_missing", False, "zeros that hold no data are values in the task"),
    ("opacity_by", None, "the opacity that follows another volume is left out"),
    ("outline", False, "the outline at the threshold is left out"),
    ("blur", 0.0, "the blur is left out"),
    ("contours", None, "contour lines are left out"),
    ("blend", "over", "it is laid over the others, and adds no light"),
    ("align", None, "it lies where its file says"),
    ("frame", 0, "the task shows its first frame"),
    ("series", None, "the task names its file, and not which volume of it"),
)


def unsaid(layer: HeatmapLayer, usual_interpolation: str) -> tuple[str, ...]:
    """Return what a HeatMap cannot say of a layer, a sentence each without a full stop."""
    found = [text for name, plain, text in _UNSAID if getattr(layer, name) != plain]
    if layer.interpolation != usual_interpolation:
        found.append(f"it is interpolated as usual, and not {layer.interpolation}")
    return tuple(found)


def look_of(layer: HeatmapLayer) -> dict[str, Any]:
    """Return preset, dataRange and points of a layer; what is as usual is not there."""
    transfer = transfer_of(layer)
    low, high = layer.data_range
    look: dict[str, Any] = {}
    name = _PRESETS.get(key(preset(layer.preset).name))
    outside = [rule for rule in (transfer.below, transfer.above) if not isinstance(rule, str)]
    plain = not (layer.reverse or layer.steps or outside)
    if name is not None:
        look["preset"] = name
    if low < high:
        look["dataRange"] = [low, high]
    if layer.rgb_points is not None and plain:
        look["rgbPoints"] = list(layer.rgb_points)
    elif layer.rgb_points is not None or name is None or not plain:
        look["rgbPoints"] = _rgb_points(transfer)
    return look | _opacities(layer, transfer)


# --- colours -------------------------------------------------------------------------------------


def _rgb_points(transfer: TransferFunction) -> list[float]:
    """Return colour points that give what a preset, its steps and its ends give."""
    low, high = transfer.color_range
    if not low < high:
        high = float(np.nextafter(low, np.inf))
    colors = _levels(transfer, low, high) if transfer.steps else _along(transfer, low, high)
    if not isinstance(transfer.below, str):
        colors.insert(0, (low, *transfer.below))
    if not isinstance(transfer.above, str):
        last = max(_after(high), colors[-1][0])
        colors += [(last, *colors[-1][1:]), (last, *transfer.above)]
    return [float(number) for point in colors for number in point]


def _levels(transfer: TransferFunction, low: float, high: float) -> list[tuple[float, ...]]:
    """Return the points of flat levels."""
    count = transfer.steps or 1
    ends = [low * (1 - n / count) + high * (n / count) for n in range(count + 1)]
    middles = np.array([(a + b) / 2 for a, b in pairwise(ends)])
    rgb = np.clip(transfer.colors(middles), 0, 1).tolist()
    return [(end, *color) for (a, b), color in zip(pairwise(ends), rgb, strict=True) for end in (a, b)]


def _along(transfer: TransferFunction, low: float, high: float) -> list[tuple[float, ...]]:
    """Return the points of a map, and steps where it has some."""
    if transfer.rgb_points is not None:
        share = (np.array(transfer.rgb_points[::4]) - low) / (high - low)
    else:
        share = np.array(transfer.color_map.points[::4])
    if transfer.reverse:
        share = 1 - share
    curved = transfer.rgb_points is None and transfer.color_map.space != "rgb"
    even = np.linspace(0, 1, _SAMPLES) if curved else np.array([0.0, 1.0])
    values = np.unique(np.concatenate([share, even]).clip(0, 1)) * (high - low) + low
    values[0], values[-1] = low, high
    step = (high - low) * _BESIDE
    left = transfer.colors(np.maximum(values - step, low)).clip(0, 1)
    right = transfer.colors(np.minimum(values + step, high)).clip(0, 1)
    here = transfer.colors(values).clip(0, 1)
    points: list[tuple[float, ...]] = []
    for value, before, at, after in zip(values.tolist(), left, here, right, strict=True):
        if np.abs(before - after).max() <= _SAME * 100:
            points.append((value, *at))
            continue
        # What holds exactly at the value decides on which side of it the step is.
        place = value if np.abs(at - after).max() <= np.abs(at - before).max() else _after(value)
        points += [(place, *before), (place, *after)]
    return points


# --- opacity -------------------------------------------------------------------------------------


def _opacities(layer: HeatmapLayer, transfer: TransferFunction) -> dict[str, list[float]]:
    look: dict[str, list[float]] = {}
    cut = transfer.has_threshold or "hide" in (transfer.below, transfer.above)
    if cut or layer.opacity != 1:
        look["opacityPoints"] = _opacity_points(transfer, layer.opacity)
    elif layer.opacity_points is not None:
        look["opacityPoints"] = list(layer.opacity_points)
    factor = layer.opacity_3d if layer.visible_3d else 0.0
    if factor != 1 or (layer.opacity_points_3d is not None and (cut or layer.opacity != 1)):
        look["opacityPoints3d"] = _opacity_points(transfer, layer.opacity * factor, volumetric=True)
    elif layer.opacity_points_3d is not None:
        look["opacityPoints3d"] = list(layer.opacity_points_3d)
    return look


def _opacity_points(transfer: TransferFunction, factor: float, volumetric: bool = False) -> list[float]:
    """Return opacity points that give curve, threshold and a layer's opacity in one."""

    def curve(values: NDArray[np.float64]) -> NDArray[np.float64]:
        threshold = np.asarray(transfer.threshold_factor(values), dtype=np.float64)
        return np.asarray(transfer.opacities(values, volumetric) * threshold * factor)

    values = np.unique(np.array([value for value in _breaks(transfer, volumetric) if np.isfinite(value)]))
    width = float(values[-1] - values[0]) or max(abs(float(values[0])), 1.0)
    step = width * _BESIDE
    points: list[tuple[float, float]] = []
    for value, before, at, after in zip(
        values.tolist(), curve(values - step), curve(values), curve(values + step), strict=True
    ):
        if abs(after - before) <= _SAME * 10:
            points.append((value, float(at)))
            continue
        # What holds exactly at the value decides on which side of it the step is.
        place = value if abs(at - after) <= abs(at - before) else _after(value)
        points += [(place, float(before)), (place, float(after))]
    return [number for point in _rising(points) for number in point]


def _breaks(transfer: TransferFunction, volumetric: bool) -> list[float]:
    """Return the values where the opacity bends or jumps."""
    found = [*transfer.points(volumetric)[::2], *transfer.threshold]
    edges = list(zip(transfer.feet, transfer.threshold, strict=True))
    if transfer.threshold_abs is not None:
        found += [-transfer.threshold_abs, transfer.threshold_abs]
        edges += [(0.0, transfer.threshold_abs), (0.0, -transfer.threshold_abs)]
    low, high = transfer.color_range
    found += [end for end, rule in ((low, transfer.below), (high, transfer.above)) if rule == "hide"]
    if transfer.edge != "hard":
        for foot, end in edges:
            if foot is not None and np.isfinite(end):
                found += np.linspace(foot, end, _EDGE_SAMPLES).tolist()
    return found


def _rising(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return points none of which comes before its neighbour by a last digit."""
    rising: list[tuple[float, float]] = []
    for scalar, opacity in points:
        rising.append((max(scalar, rising[-1][0]) if rising else scalar, min(max(opacity, 0.0), 1.0)))
    return rising


def _after(value: float) -> float:
    """Return the number that follows a value in the coarsest type that samples have."""
    return float(np.nextafter(np.float32(value), np.float32(np.inf)))
