"""One plane of a scene as a picture: the same code for the window, the command line and exports."""

from __future__ import annotations

import weakref
from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from heatviewer.drawing.composite import composite, grey
from heatviewer.sampling.reslice import sample_plane

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from heatviewer.core.geometry import Plane
    from heatviewer.core.volume import Volume
    from heatviewer.model.requests import BaseDraw, HeatmapDraw, SliceRequest
    from heatviewer.sampling.rule import Samples

#: Planes kept for each volume: the three views, and one more for a picture that is being saved.
_KEPT_PLANES = 4


class SliceRenderer:
    """Draws slices and keeps the samples of the last planes.

    A change of colours, range or opacity then costs a table look-up and no sampling. Use one
    renderer a thread. A volume that nobody holds any more takes its samples with it.
    """

    def __init__(self) -> None:
        self._kept: weakref.WeakKeyDictionary[Volume, OrderedDict[tuple[object, ...], Samples]] = (
            weakref.WeakKeyDictionary()
        )

    def render(self, request: SliceRequest) -> NDArray[np.uint8]:
        """Return RGBA, uint8 (height, width, 4): heatmaps over the base on black, alpha 255."""
        return self._render(request, transparent=False)

    def render_overlay(self, request: SliceRequest) -> NDArray[np.uint8]:
        """Return straight RGBA of the heatmaps alone; colour 0 where alpha is 0."""
        return self._render(replace(request, base=None), transparent=True)

    def _render(self, request: SliceRequest, transparent: bool) -> NDArray[np.uint8]:
        # Only the pixels that the layers' boxes reach are drawn: in a wide view, half of them.
        width, height = request.plane.size
        left, top, inner_width, inner_height = _reach(request)
        whole = np.zeros((height, width, 4), dtype=np.uint8)
        if not transparent:
            whole[..., 3] = 255
        if inner_width and inner_height:
            plane = request.plane.cut(left, top, inner_width, inner_height)
            base = None if request.base is None else grey(request.base, self._base(request.base, plane))
            heatmaps = [(draw, self.samples(draw, plane)) for draw in request.heatmaps]
            inner = composite((inner_height, inner_width), base, heatmaps, transparent)
            whole[top : top + inner_height, left : left + inner_width] = inner
        return whole

    def samples(self, draw: HeatmapDraw, plane: Plane) -> Samples:
        """Return a heatmap's values at a plane's pixels."""
        return self._sampled(draw.volume, plane, draw.interpolation, draw.frame, draw.zero_is_missing)

    def _base(self, draw: BaseDraw, plane: Plane) -> Samples:
        return self._sampled(draw.volume, plane, draw.interpolation, draw.frame, False)

    def _sampled(
        self, volume: Volume, plane: Plane, interpolation: str, frame: int, zero_is_missing: bool
    ) -> Samples:
        kept = self._kept.setdefault(volume, OrderedDict())
        key = (plane, interpolation, frame, zero_is_missing)
        if key in kept:
            kept.move_to_end(key)
        else:
            kept[key] = sample_plane(volume, plane, interpolation, frame, zero_is_missing)  # type: ignore[arg-type]
            if len(kept) > _KEPT_PLANES:
                kept.popitem(last=False)
        return kept[key]


def _reach(request: SliceRequest) -> tuple[int, int, int, int]:
    """Return left, top, width and height of the pixels that any drawn layer's box reaches."""
    layers = [draw for draw in (request.base, *request.heatmaps) if draw is not None]
    if not layers:
        return 0, 0, 0, 0
    return request.plane.bounds_of(np.concatenate([draw.volume.corners_world for draw in layers]))
