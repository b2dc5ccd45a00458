"""From layers' settings to what is drawn of them: presets and points become transfer functions.

Pure: equal settings give equal draws, and the same transfer function with its tables.
"""

from __future__ import annotations

import math
import weakref
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from heatviewer.core.transfer import TransferFunction
from heatviewer.model import rules
from heatviewer.model.defaults import default_interpolation
from heatviewer.model.placing import moved_along, moved_words, placed_volume
from heatviewer.model.presets import is_diverging, preset, when_redefined
from heatviewer.model.requests import BaseDraw, HeatmapDraw, LineDraw, OpacityByDraw

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from heatviewer.core.volume import Volume
    from heatviewer.model.layer import BaseLayer, HeatmapLayer
    from heatviewer.model.scene_state import SceneState


@lru_cache(maxsize=256)
def transfer_of(layer: HeatmapLayer) -> TransferFunction:
    """Return the transfer function that a heatmap's settings mean; the same object for equal settings."""
    low, high = layer.threshold or (None, None)
    return _transfer(
        layer.preset,
        layer.data_range,
        layer.rgb_points,
        layer.opacity_points,
        layer.opacity_points_3d,
        (-math.inf if low is None else low, math.inf if high is None else high),
        layer.threshold_abs,
        layer.edge,
        (layer.below, layer.above, layer.nan),
        layer.reverse,
        layer.steps,
    )


@lru_cache(maxsize=64)
def _transfer(
    preset_name: str,
    data_range: tuple[float, float],
    rgb_points: tuple[float, ...] | None,
    opacity_points: tuple[float, ...] | None,
    opacity_points_3d: tuple[float, ...] | None,
    threshold: tuple[float, float],
    threshold_abs: float | None,
    edge: Literal["hard", "linear", "quadratic"],
    outside: tuple[str, str, str],
    reverse: bool,
    steps: int | None,
) -> TransferFunction:
    # Kept by the fields that matter to it: a layer whose opacity slider moves keeps its tables.
    below, above, nan = (rules.as_rule(text) for text in outside)
    return TransferFunction(
        color_map=preset(preset_name),
        data_range=data_range,
        rgb_points=rgb_points,
        opacity_points=opacity_points,
        opacity_points_3d=opacity_points_3d,
        threshold=threshold,
        threshold_abs=threshold_abs,
        edge=edge,
        below=below,
        above=above,
        nan=nan,
        reverse=reverse,
        steps=steps,
    )


when_redefined(transfer_of.cache_clear)
when_redefined(_transfer.cache_clear)


def base_draw(layer: BaseLayer, volume: Volume) -> BaseDraw:
    """Return the base as it is drawn."""
    return BaseDraw(
        volume=volume,
        window=layer.window,
        inverted=layer.invert != volume.inverted,
        frame=min(layer.frame, volume.frames - 1),
        interpolation=layer.interpolation,
        opacity_3d=layer.opacity_3d,
    )


def heatmap_draw(
    layer: HeatmapLayer,
    volume: Volume,
    volumes: Mapping[str, Volume] | None = None,
    state: SceneState | None = None,
) -> HeatmapDraw:
    """Return a heatmap as it is drawn.

    The volume that its opacity follows is looked for in `volumes`, and how it is sampled in the
    layers of `state`; without it the opacity follows nothing. There too is the base that the
    heatmap may be aligned with.
    """
    place = placed_volume(layer, {**(volumes or {}), layer.id: volume}, state)
    transfer = transfer_of(layer)
    low, high = transfer.color_range
    diverging = layer.rgb_points is None and is_diverging(layer.preset)
    return HeatmapDraw(
        volume=place,
        transfer=transfer,
        opacity=layer.opacity,
        opacity_3d=layer.opacity_3d,
        frame=min(layer.frame, volume.frames - 1),
        interpolation=layer.interpolation,
        zero_is_missing=layer.zero_is_missing,
        blend=layer.blend,
        name=layer.name,
        unit=layer.unit,
        range_is_auto=layer.data_range_auto,
        off_centre=diverging and low != -high,
        moved=moved_words(layer, volume, place),
        opacity_by=_opacity_by_draw(layer, volumes or {}, state, place),
        blur=layer.blur,
        lines=contour_lines(layer, volume, transfer),
        outlines=_outlines(layer) if layer.outline else (),
        line_style=layer.contour_style,
        line_width=layer.contour_width,
        labels=layer.labels or (),
    )


def _opacity_by_draw(
    layer: HeatmapLayer, volumes: Mapping[str, Volume], state: SceneState | None, place: Volume
) -> OpacityByDraw | None:
    """Return the volume that a layer's opacity follows, sampled as its own layer is, if it is one.

    One that is no layer is moved along with the heatmap, from its header's to its `place`.
    """
    wish = layer.opacity_by
    volume = volumes.get(wish.volume) if wish is not None else None
    if wish is None or volume is None:
        return None
    layers = () if state is None else state.layers
    own = next((other for other in layers if other.id == wish.volume), None)
    if own is not None:
        volume = placed_volume(own, volumes, state)
    else:
        volume = moved_along(volume, volumes.get(layer.id, place), place)
    frame = layer.opacity_by_frame
    if frame is None:
        frame = own.frame if own is not None else 0
    return OpacityByDraw(
        volume=volume,
        low=wish.low,
        high=wish.high,
        frame=min(frame, volume.frames - 1),
        interpolation=own.interpolation if own is not None else default_interpolation(volume),
        zero_is_missing=getattr(own, "zero_is_missing", False),
        name=(own.name if own is not None else "") or wish.name or volume.name,
        unit=volume.unit,
    )


def contour_lines(layer: HeatmapLayer, volume: Volume, transfer: TransferFunction) -> tuple[LineDraw, ...]:
    """Return a layer's contour lines, the lowest first; those that have no meaning are left out.

    Percent are of the typed reference, else of the data's maximum, which must then be above 0.
    """
    if layer.contours is None:
        return ()
    wish, factor = layer.contours, 1.0
    if wish.percent:
        top = volume.range[1] if volume.range else 0.0
        factor = (layer.contour_reference or top) / 100
        if factor <= 0:
            return ()
    lines = []
    for n, level in enumerate(wish.levels):
        value = level * factor
        if layer.contour_colors:
            rgb = rules.as_rgb(layer.contour_colors[n % len(layer.contour_colors)])
        else:
            red, green, blue = transfer.colors(np.array([value]))[0]
            rgb = (float(red), float(green), float(blue))
        text = f"{level:g} %" if wish.percent else f"{level:g}"
        label = text.replace("-", "−") if layer.contour_labels else ""
        # Of a signed map the low side is inside of its negative levels; of zeros around data, at 0 too.
        lines.append(LineDraw(value, rgb, label, upper=value <= 0))
    return tuple(lines)


def _outlines(layer: HeatmapLayer) -> tuple[LineDraw, ...]:
    """Return lines at the ends of a layer's threshold."""
    rgb = rules.as_rgb(layer.outline_color)
    low, high = layer.threshold or (None, None)
    ends = [(low, False), (high, True)]
    if layer.threshold_abs is not None:
        ends += [(layer.threshold_abs, False), (-layer.threshold_abs, True)]
    return tuple(LineDraw(end, rgb, upper=upper) for end, upper in dict.fromkeys(ends) if end is not None)


def is_shown(state: SceneState, layer: BaseLayer | HeatmapLayer) -> bool:
    """Return whether a layer is drawn in the slices: switched on, or alone by 'solo'."""
    solo = soloed(state)
    return layer.visible if solo is None or layer is state.base else layer.id == solo


def soloed(state: SceneState) -> str | None:
    """Return the id of the heatmap that is shown alone; None where all are as their switches say."""
    solo = state.view.solo
    return solo if any(layer.id == solo for layer in state.heatmaps) else None


def visible_layers(
    state: SceneState, volumes: Mapping[str, Volume], volumetric: bool = False
) -> tuple[BaseDraw | None, tuple[HeatmapDraw, ...]]:
    """Return base and heatmaps that are switched on and loaded, bottom first."""
    # Views, legends and read-outs ask for the same twenty times between two changes of a scene.
    there = tuple(volumes.items())
    last = _last.get(volumetric)
    if last is not None and last.state() is state and _same(last.volumes, there):
        return last.found
    found = _visible_layers(state, volumes, volumetric)
    _last[volumetric] = _Visible(weakref.ref(state, _drop_dead), there, found)
    return found


class _Visible(NamedTuple):
    """What was last drawn of a state, and the volumes that it was looked for in."""

    state: weakref.ref[SceneState]
    volumes: tuple[tuple[str, Volume], ...]
    found: tuple[BaseDraw | None, tuple[HeatmapDraw, ...]]


#: By whether it is for 3D. A scene that is gone takes it with it.
_last: dict[bool, _Visible] = {}
when_redefined(_last.clear)


def _drop_dead(state: weakref.ref[SceneState]) -> None:
    for volumetric, last in tuple(_last.items()):
        if last.state is state:
            _last.pop(volumetric, None)


def _same(first: tuple[tuple[str, Volume], ...], second: tuple[tuple[str, Volume], ...]) -> bool:
    """Return whether these are the very same volumes under the same ids."""
    return len(first) == len(second) and all(
        a == b and one is other for (a, one), (b, other) in zip(first, second, strict=True)
    )


def _visible_layers(
    state: SceneState, volumes: Mapping[str, Volume], volumetric: bool
) -> tuple[BaseDraw | None, tuple[HeatmapDraw, ...]]:
    base = state.base
    shown = base is not None and base.visible and (base.visible_3d or not volumetric)
    drawn_base = base_draw(base, volumes[base.id]) if base and shown and base.id in volumes else None
    layers = shown_heatmaps(state, volumes, volumetric)
    return drawn_base, tuple(heatmap_draw(layer, volumes[layer.id], volumes, state) for layer in layers)


def with_bars(heatmaps: Sequence[HeatmapDraw]) -> tuple[HeatmapDraw, ...]:
    """Return the heatmaps that have a colour bar, topmost first: colour images have none."""
    return tuple(draw for draw in reversed(heatmaps) if not draw.volume.is_color)


def shown_heatmaps(
    state: SceneState, volumes: Mapping[str, Volume], volumetric: bool = False
) -> tuple[HeatmapLayer, ...]:
    """Return the heatmaps that are switched on and loaded, bottom first."""
    return tuple(
        layer
        for layer in state.heatmaps
        if is_shown(state, layer) and layer.id in volumes and (layer.visible_3d or not volumetric)
    )
