"""The probe of a scene: all its layers at one point, hidden ones too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from heatviewer.analysis.probe import ProbeLayer, ProbeValue, colors_at, probe_layers, sample_world
from heatviewer.drawing.color_pixels import weighed_colors
from heatviewer.drawing.composite import color_light, grey
from heatviewer.drawing.layer_pixels import fade_factor
from heatviewer.model.draws import base_draw, heatmap_draw, is_shown

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from heatviewer.app.scene import Scene
    from heatviewer.core.geometry import Vec3
    from heatviewer.core.volume import Volume
    from heatviewer.model.layer import BaseLayer, HeatmapLayer
    from heatviewer.model.requests import HeatmapDraw
    from heatviewer.sampling.rule import Samples

#: What a hidden layer's colour is multiplied by.
_UNSEEN = np.array([1.0, 1.0, 1.0, 0.0])


def probe_scene(scene: Scene, world: Vec3, wait: bool = True) -> list[ProbeValue]:
    """Return what the base and every heatmap, bottom first, hold at a world point, mm.

    The colour is the layer's own at a pixel centred there, with its final alpha: 0 for a hidden
    layer and outside a heatmap's grid. The base's alpha is 1; outside its grid it is black. Values
    are raw; colours follow the display blur, which is made first where it is not there yet, unless
    nobody may `wait`: the window then shows none either.
    """
    state, volumes = scene.state, scene.volumes
    layers = []
    if state.base is not None and state.base.id in volumes:
        layers.append(_base_layer(state.base, volumes[state.base.id], world))
    layers += [_heatmap_layer(scene, layer, world, wait) for layer in state.heatmaps if layer.id in volumes]
    return probe_layers(layers, world)


def _base_layer(layer: BaseLayer, volume: Volume, world: Vec3) -> ProbeLayer:
    draw = base_draw(layer, volume)

    def color(samples: Samples) -> NDArray[np.floating[Any]]:
        if volume.is_color:
            light = color_light(draw, colors_at(volume, world, draw.interpolation, draw.frame), samples)
        else:
            light = np.repeat(grey(draw, samples)[:, None], 3, axis=1)
        return np.insert(light, 3, layer.visible, axis=1)

    return ProbeLayer(layer.name, "base", volume, color, draw.frame, draw.interpolation)


def _heatmap_layer(scene: Scene, layer: HeatmapLayer, world: Vec3, wait: bool) -> ProbeLayer:
    draw = heatmap_draw(layer, scene.volumes[layer.id], scene.volumes, scene.state)
    shown = is_shown(scene.state, layer)

    def color(samples: Samples) -> NDArray[np.floating[Any]]:
        if draw.volume.is_color:
            return _own_colors(draw, samples, world, wait) * (1.0 if shown else _UNSEEN)
        rgba = draw.transfer.rgba(samples.values, samples.missing, colored=_softened(draw, world, wait))
        rgba[..., 3] *= draw.opacity * _fade(draw, world) if shown else 0.0
        nowhere = ~(samples.present if samples.present is not None else np.ones(len(rgba), dtype=bool))
        if samples.missing is not None:
            nowhere &= ~samples.missing
        rgba[nowhere] = 0.0
        return rgba

    return ProbeLayer(
        layer.name,
        "heatmap",
        draw.volume,
        color,
        draw.frame,
        draw.interpolation,
        draw.zero_is_missing,
        draw.moved,
        draw.labels,
    )


def _own_colors(draw: HeatmapDraw, samples: Samples, world: Vec3, wait: bool) -> NDArray[np.floating[Any]]:
    """Return a colour layer's straight RGBA (1, 4) in 0…1."""
    where = draw.volume, world, draw.interpolation, draw.frame, draw.zero_is_missing
    soft = _blurred(draw, wait)
    colors = colors_at(*where) if soft is None else colors_at(soft, world, draw.interpolation)
    fade = np.full(1, _fade(draw, world), dtype=np.float32)
    weighed = weighed_colors(draw, colors, samples, fade) / 255
    straight = np.divide(weighed, weighed[:, 3:], out=np.zeros_like(weighed), where=weighed[:, 3:] > 0)
    straight[:, 3] = weighed[:, 3]
    return straight


def _softened(draw: HeatmapDraw, world: Vec3, wait: bool) -> NDArray[Any] | None:
    """Return the value (1,) after the display blur; None where there is no blur."""
    made = _blurred(draw, wait)
    if made is None:
        return None
    soft = sample_world(made, world, draw.interpolation).values
    return soft if np.isfinite(soft).all() else None


def _blurred(draw: HeatmapDraw, wait: bool) -> Volume | None:
    """Return the volume after the display blur; None where there is no blur, or none yet."""
    if draw.blur <= 0:
        return None
    from heatviewer.sampling.blur import blurred, is_ready

    settings = draw.frame, draw.blur, draw.zero_is_missing
    return blurred(draw.volume, *settings) if wait or is_ready(draw.volume, *settings) else None


def _fade(draw: HeatmapDraw, world: Vec3) -> float:
    """Return the factor that another volume gives to the opacity."""
    by = draw.opacity_by
    if by is None:
        return 1.0
    return float(
        fade_factor(by, sample_world(by.volume, world, by.interpolation, by.frame, by.zero_is_missing))[0]
    )
