"""A coarse fused volume that follows an edit: layers are sampled once, then only coloured and mixed.

While one layer's transfer function is dragged, a new volume costs that layer's table look-ups and
one mixing. Some 20 bytes a voxel and layer are kept, so it is let go of as soon as nothing moves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from heatviewer.drawing.fuse import Fused, finished
from heatviewer.drawing.grid import Grid, grid_for
from heatviewer.drawing.kept import Kept
from heatviewer.drawing.mixture import BaseLook, Light, Mixture, light_of, peak_of
from heatviewer.drawing.voxels import Voxels, drawn_key, heatmap_voxels, ready_blurred, sampled_key

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from numpy.typing import NDArray

    from heatviewer.core.volume import Volume
    from heatviewer.model.requests import BaseDraw, HeatmapDraw
    from heatviewer.sampling.rule import Samples


class Draft:
    """What is kept of some layers, and the volumes that are made of it; used on one thread.

    No volume is kept alive, and nothing of a layer that the last request did not name. Parameters:
    the volumes that its grid is to cover, and about how many voxels it may have.
    """

    def __init__(self, volumes: Sequence[Volume], max_voxels: int) -> None:
        self._grid: Grid = grid_for(volumes, max_voxels)
        self._base: Kept[list[Samples | None]] = Kept()
        self._looks: Kept[tuple[BaseLook, NDArray[np.int32]]] = Kept()
        self._voxels: dict[Hashable, Voxels] = {}
        self._lights: dict[Hashable, Light] = {}
        self._rest: Kept[Mixture] = Kept()

    def fused(self, base: BaseDraw | None, heatmaps: Sequence[HeatmapDraw]) -> Fused | None:
        """Return the layers as one volume; None where nothing is to be seen.

        Display blur that is not ready is left out.
        """
        peak = peak_of(base, heatmaps)
        if peak <= 0:
            return None
        ni, nj, nk = self._grid.shape
        rgba = np.zeros((nk, nj, ni, 4), dtype=np.uint8)
        opacity = None if base is None else self._draw_base(rgba, base, peak).reshape(-1)
        self._mixture(heatmaps).write(rgba.reshape(-1, 4), opacity, peak)
        return finished(rgba, self._grid, peak, [draw.volume for draw in (base, *heatmaps) if draw])

    def _draw_base(self, rgba: NDArray[np.uint8], base: BaseDraw, peak: float) -> NDArray[np.float32]:
        look, numbers = self._looks.of(drawn_key(base), lambda: self._look(base))
        return look.draw(rgba, numbers, peak)

    def _look(self, base: BaseDraw) -> tuple[BaseLook, NDArray[np.int32]]:
        look, planes = BaseLook(base, self._grid), range(-1, self._grid.shape[2] + 1)
        samples = self._base.of(sampled_key(base), lambda: [look.samples(base, k) for k in planes])
        entries = [look.entries(base, k, plane) for k, plane in zip(planes, samples, strict=True)]
        return look, look.numbers(np.stack(entries))

    def _mixture(self, heatmaps: Sequence[HeatmapDraw]) -> Mixture:
        """Return the heatmaps' mixture; those that are as they were are mixed only once."""
        layers = [_Layer.of(draw) for draw in heatmaps]
        self._forget_all_but({layer.sampled for layer in layers})
        before = self._lights
        same = tuple(layer.drawn for layer in layers if layer.drawn in before)
        mixture = self._rest.of(same, lambda: self._mixed([before[key] for key in same])).copy()
        self._lights = {}
        for layer in layers:
            known = before.get(layer.drawn)
            light = self._light(layer) if known is None else known
            self._lights[layer.drawn] = light
            if known is None:
                mixture.add(light)
        return mixture

    def _mixed(self, lights: Sequence[Light]) -> Mixture:
        mixture = Mixture(int(np.prod(self._grid.shape)))
        for light in lights:
            mixture.add(light)
        return mixture

    def _light(self, layer: _Layer) -> Light:
        if layer.sampled not in self._voxels:
            planes = range(self._grid.shape[2])
            self._voxels[layer.sampled] = heatmap_voxels(layer.draw, self._grid, planes, layer.smooth)
        return light_of(layer.draw, self._voxels[layer.sampled])

    def _forget_all_but(self, wanted: set[Hashable]) -> None:
        self._voxels = {key: kept for key, kept in self._voxels.items() if key in wanted}


class _Layer(NamedTuple):
    """A heatmap with its display blur, if that is ready, and what its values and its light depend on."""

    draw: HeatmapDraw
    smooth: Volume | None
    sampled: Hashable
    drawn: Hashable

    @classmethod
    def of(cls, draw: HeatmapDraw) -> _Layer:
        smooth = ready_blurred(draw)
        blur = None if smooth is None else draw.blur
        follows = None if draw.opacity_by is None else sampled_key(draw.opacity_by)
        return cls(draw, smooth, (sampled_key(draw), blur, follows), (drawn_key(draw), blur))
