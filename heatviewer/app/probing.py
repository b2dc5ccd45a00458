"""The probe of a scene: all its layers at one point, hidden ones too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from heatviewer.analysis.probe import ProbeLayer, ProbeValue, probe_layers
from heatviewer.drawing.composite import grey
from heatviewer.model.resolve import base_draw, heatmap_draw

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from heatviewer.app.scene import Scene
    from heatviewer.core.geometry import Vec3
    from heatviewer.core.volume import Volume
    from heatviewer.model.layer import BaseLayer, HeatmapLayer
    from heatviewer.sampling.rule import Samples


def probe_scene(scene: Scene, world: Vec3) -> list[ProbeValue]:
    """Return what the base and every heatmap, bottom first, hold at a world point, mm.

    The colour is the layer's own at a pixel centred there, with its final alpha: 0 for a hidden
    layer and outside a heatmap's grid. The base's alpha is 1; outside its grid it is black.
    """
    state, volumes = scene.state, scene.volumes
    layers = []
    if state.base is not None and state.base.id in volumes:
        layers.append(_base_layer(state.base, volumes[state.base.id]))
    layers += [_heatmap_layer(layer, volumes[layer.id]) for layer in state.heatmaps if layer.id in volumes]
    return probe_layers(layers, world)


def _base_layer(layer: BaseLayer, volume: Volume) -> ProbeLayer:
    draw = base_draw(layer, volume)

    def color(samples: Samples) -> NDArray[np.floating[Any]]:
        g = grey(draw, samples)
        return np.stack([g, g, g, np.full_like(g, layer.visible)], axis=-1)

    return ProbeLayer(layer.name, "base", volume, color, draw.frame, draw.interpolation)


def _heatmap_layer(layer: HeatmapLayer, volume: Volume) -> ProbeLayer:
    draw = heatmap_draw(layer, volume)

    def color(samples: Samples) -> NDArray[np.floating[Any]]:
        rgba = draw.transfer.rgba(samples.values, samples.missing)
        rgba[..., 3] *= draw.opacity if layer.visible else 0.0
        nowhere = ~(samples.present if samples.present is not None else np.ones(len(rgba), dtype=bool))
        if samples.missing is not None:
            nowhere &= ~samples.missing
        rgba[nowhere] = 0.0
        return rgba

    return ProbeLayer(
        layer.name, "heatmap", volume, color, draw.frame, draw.interpolation, draw.zero_is_missing
    )
