"""A heatmap's rule in words, exact enough to be repeated: for a figure's caption or a methods section."""

from __future__ import annotations

from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from heatviewer.model.draws import transfer_of
from heatviewer.model.placing import WORDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from heatviewer.core.transfer import TransferFunction
    from heatviewer.model.layer import HeatmapLayer

#: Units that are the letter of what is measured: 'z ≥ 2.3', but 'value ≥ 20 Gy'.
_SYMBOLS = frozenset({"z", "Z", "t", "F", "r", "p", "q", "χ²", "SUV", "SUVbw", "SUVlbm", "SUVbsa", "SUVibw"})
#: A number is written with as few digits as give it back in single precision, which data mostly have.
_SINGLE = 2.0**-26
_WHOLE = 1e7


class _Numbers:
    """Writes numbers; `distinct` tells whether no two of them were written alike."""

    def __init__(self, exact: bool) -> None:
        self._exact = exact
        self._read_back: dict[float, float] = {}

    def __call__(self, value: float) -> str:
        text = self._text(value + 0.0)
        self._read_back[value] = float(text)
        return text.replace("-", "−")

    @property
    def distinct(self) -> bool:
        return len(set(self._read_back.values())) == len(self._read_back)

    def _text(self, value: float) -> str:
        if value == int(value) and abs(value) < _WHOLE:
            return str(int(value))
        if not self._exact:
            for digits in range(4, 10):
                text = f"{value:.{digits}g}"
                if abs(float(text) - value) <= _SINGLE * abs(value):
                    return text
        return repr(value)


def rule_in_words(layer: HeatmapLayer) -> str:
    """Return which values of a heatmap are shown, in which colours, how opaque.

    Such as 'shown where z ≥ 2.3; colour Cold and hot over 2.3 … 8; opacity 0.2 → 0.8 linear'.
    What every heatmap does unless told otherwise is left out: the ends' colours hold beyond the
    range, missing data are transparent, values are interpolated linearly between voxels.
    """
    rule, distinct = _rule(layer, _Numbers(exact=False))
    return rule if distinct else _rule(layer, _Numbers(exact=True))[0]


def _rule(layer: HeatmapLayer, number: _Numbers) -> tuple[str, bool]:
    transfer = transfer_of(layer)
    unit = "" if layer.unit in _SYMBOLS or not layer.unit else f" {layer.unit}"
    parts = [
        _shown(layer, transfer, number, unit),
        _colour(layer, transfer, number, unit),
        _opacity(transfer.points(), transfer.color_range, number),
        _layer_opacity(layer, number),
        *_missing(layer, transfer, number),
        _smoothing(layer, number),
        *_lines(layer, number, unit),
        *_sampling(layer),
        _volumetric(layer, transfer, number),
    ]
    return "; ".join(part for part in parts if part), number.distinct


def _shown(layer: HeatmapLayer, transfer: TransferFunction, number: _Numbers, unit: str) -> str:
    """Return the threshold, and how it fades beyond."""
    what = layer.unit if layer.unit in _SYMBOLS else "value"
    low, high = layer.threshold or (None, None)
    conditions = []
    if layer.threshold_abs is not None:
        conditions.append(f"|{what}| ≥ {number(layer.threshold_abs)}{unit}")
    if low is not None and high is not None:
        conditions.append(f"{number(low)} ≤ {what} ≤ {number(high)}{unit}")
    elif low is not None:
        conditions.append(f"{what} ≥ {number(low)}{unit}")
    elif high is not None:
        conditions.append(f"{what} ≤ {number(high)}{unit}")
    if not conditions:
        return "shown wherever there are data"
    feet = _feet(layer, transfer) if layer.edge != "hard" else ()
    fading = ""
    if feet:
        how = "linearly" if layer.edge == "linear" else "quadratically"
        fading = f", fading {how} to 0 at " + " and at ".join(number(foot) for foot in feet)
    return f"shown where {' and '.join(conditions)}{fading}"


def _feet(layer: HeatmapLayer, transfer: TransferFunction) -> tuple[float, ...]:
    """Return where the soft edges of a layer end."""
    feet = [0.0] if layer.threshold_abs else []
    feet += [foot for foot in transfer.feet if foot is not None]
    return tuple(dict.fromkeys(feet))


def _colour(layer: HeatmapLayer, transfer: TransferFunction, number: _Numbers, unit: str) -> str:
    if layer.rgb_points is None:
        low, high = layer.data_range
        words = [layer.preset]
        span = f" over {number(low)} … {number(high)}{unit}{' (auto)' if layer.data_range_auto else ''}"
    else:
        stops = [layer.rgb_points[n : n + 4] for n in range(0, len(layer.rgb_points), 4)]
        words = ["by points " + ", ".join(f"{number(s)}{unit} {_rgb(rgb, number)}" for s, *rgb in stops)]
        span = ""
    words += ["reversed"] if layer.reverse else []
    words += [f"in {layer.steps} steps"] if layer.steps else []
    for side, rule in (("below", layer.below), ("above", layer.above)):
        if rule != "clamp":
            end = transfer.color_range[0 if side == "below" else 1]
            span += f", {side} {number(end)} {'nothing' if rule == 'hide' else rule}"
    return f"colour {' '.join(words)}{span}"


def _rgb(rgb: Sequence[float], number: _Numbers) -> str:
    """Return a colour as '#rrggbb' where that is all of it, else as its three parts in 0…1."""
    parts = [part * 255 for part in rgb]
    if all(abs(part - round(part)) < 1e-9 for part in parts):
        return "#" + "".join(f"{round(part):02x}" for part in parts)
    return "(" + ", ".join(number(part) for part in rgb) + ")"


def _opacity(points: Sequence[float], span: tuple[float, float], number: _Numbers) -> str:
    """Return the curve: its one value, its two ends over the colours' range, or all its points."""
    stops = _stops(points)
    if len(stops) == 1 and stops[0][1] == stops[0][2]:
        return f"opacity {number(stops[0][1])}"
    if len(stops) == 2 and tuple(scalar for scalar, *_ in stops) == span and not _steps(stops):
        return f"opacity {number(stops[0][1])} → {number(stops[1][2])} linear"
    last = len(stops) - 1
    told = [_stop(stop, n == 0, n == last, number) for n, stop in enumerate(stops)]
    slopes = any(left[2] != right[1] for left, right in pairwise(stops))
    return f"opacity {', '.join(told)}{', linear between' if slopes else ''}"


def _stops(points: Sequence[float]) -> list[tuple[float, float, float]]:
    """Return a curve as (scalar, opacity just below, opacity from there), without points that say nothing.

    The end values hold outside, so a flat stretch at an end is its inner point alone.
    """
    pairs = zip(points[::2], points[1::2], strict=True)
    stops = []
    for scalar, same in groupby(pairs, key=lambda point: point[0]):
        opacities = [opacity for _, opacity in same]
        stops.append((scalar, opacities[0], opacities[-1]))
    while len(stops) > 1 and stops[0][1] == stops[0][2] == stops[1][1]:
        del stops[0]
    while len(stops) > 1 and stops[-1][1] == stops[-1][2] == stops[-2][2]:
        del stops[-1]
    return stops


def _steps(stops: Sequence[tuple[float, float, float]]) -> bool:
    return any(before != after for _, before, after in stops)


def _stop(stop: tuple[float, float, float], first: bool, last: bool, number: _Numbers) -> str:
    scalar, before, after = stop
    if before != after:
        return f"{number(before)} below and {number(after)} from {number(scalar)}"
    where = "up to" if first else "from" if last else "at"
    return f"{number(after)} {where} {number(scalar)}"


def _layer_opacity(layer: HeatmapLayer, number: _Numbers) -> str:
    parts = [f"layer opacity {number(layer.opacity)}"] if layer.opacity != 1 else []
    wish = layer.opacity_by
    if wish is not None:
        frame = f" (frame {layer.opacity_by_frame})" if layer.opacity_by_frame is not None else ""
        name = (wish.name or wish.source or "another volume") + frame
        parts.append(f"opacity by {name}: 0 at {number(wish.low)} → 1 at {number(wish.high)} linear")
    return "; ".join(parts)


def _missing(layer: HeatmapLayer, transfer: TransferFunction, number: _Numbers) -> tuple[str, ...]:
    parts = ["exact zeros are missing data"] if layer.zero_is_missing else []
    if layer.nan == "clamp":
        parts.append(f"missing data shown as {number(transfer.color_range[0])}")
    elif layer.nan != "hide":
        parts.append(f"missing data {layer.nan}")
    return tuple(parts)


def _smoothing(layer: HeatmapLayer, number: _Numbers) -> str:
    if not layer.blur:
        return ""
    return f"colour and curve after a Gaussian of σ {number(layer.blur)} mm, the threshold before it"


def _lines(layer: HeatmapLayer, number: _Numbers, unit: str) -> tuple[str, ...]:
    parts = []
    if layer.outline and (layer.threshold is not None or layer.threshold_abs is not None):
        parts.append(f"outline {layer.outline_color} at the threshold")
    if layer.contours is not None:
        levels = [number(level) for level in layer.contours.levels]
        if layer.contours.percent:
            whole = layer.contour_reference
            of = "the maximum" if whole is None else f"{number(whole)}{unit}"
            parts.append(f"contours at {', '.join(f'{level} %' for level in levels)} of {of}")
        else:
            parts.append(f"contours at {', '.join(levels)}{unit}")
    return tuple(parts)


def _sampling(layer: HeatmapLayer) -> tuple[str, ...]:
    parts = {"nearest": ["nearest voxel"], "cubic": ["cubic between voxels"]}.get(layer.interpolation, [])
    parts += ["added to the layers below"] if layer.blend == "add" else []
    parts += [f"frame {layer.frame}"] if layer.frame else []
    parts += [f"moved: {WORDS[layer.align]}"] if layer.align in WORDS else []
    return tuple(parts)


def _volumetric(layer: HeatmapLayer, transfer: TransferFunction, number: _Numbers) -> str:
    """Return what is different in 3D, where opacity is per mm of path."""
    if not layer.visible_3d:
        return "not in 3D"
    parts = []
    if layer.opacity_points_3d is not None:
        curve = _opacity(transfer.points(volumetric=True), transfer.color_range, number)
        parts.append(f"{curve} per mm")
    if layer.opacity_3d != 1:
        parts.append(f"layer opacity × {number(layer.opacity_3d)}")
    return f"in 3D {', '.join(parts)}" if parts else ""
