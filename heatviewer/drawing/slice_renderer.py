"""One plane of a scene as a picture: the same code for the window, the command line and exports."""

from __future__ import annotations

import weakref
from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from heatviewer.drawing.composite import BLACK, CLEAR, composite, grey, grey_pixels
from heatviewer.sampling.reslice import sample_plane

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from heatviewer.core.geometry import Plane
    from heatviewer.core.volume import Volume
    from heatviewer.model.requests import BaseDraw, HeatmapDraw, SliceRequest
    from heatviewer.sampling.rule import Samples

#: Planes kept for each volume: a view has a renderer of its own, and one plane.
_KEPT_PLANES = 1


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
        # Only the pixels that a layer's box reaches are drawn: in a wide view, half of them.
        width, height = request.plane.size
        whole = np.full((height, width), CLEAR if transparent else BLACK, dtype=np.uint32)
        base: NDArray[np.float32] | None = None
        base_part = _Part.reached(request.plane, [] if request.base is None else [request.base.volume])
        if request.base is not None and base_part:
            base = grey(request.base, self._base(request.base, base_part.of(request.plane)))
            base_part.within(whole)[...] = grey_pixels(base)
        part = _Part.reached(request.plane, [draw.volume for draw in request.heatmaps])
        if part:
            plane = part.of(request.plane)
            heatmaps = [(draw, self.samples(draw, plane)) for draw in request.heatmaps]
            below = None if base is None else part.from_part(base, base_part)
            drawn = np.ascontiguousarray(part.within(whole))
            composite(drawn, below, heatmaps, transparent)
            part.within(whole)[...] = drawn
        return whole.view(np.uint8).reshape(height, width, 4)

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


class _Part(NamedTuple):
    """A rectangle of a picture's pixels."""

    left: int
    top: int
    width: int
    height: int

    @classmethod
    def reached(cls, plane: Plane, volumes: list[Volume]) -> _Part:
        """Return the pixels whose centres any of the volumes' boxes can reach."""
        if not volumes:
            return cls(0, 0, 0, 0)
        return cls(*plane.bounds_of(np.concatenate([volume.corners_world for volume in volumes])))

    def __bool__(self) -> bool:
        return self.width > 0 and self.height > 0

    def of(self, plane: Plane) -> Plane:
        """Return the plane of these pixels."""
        return plane.cut(*self)

    def within(self, picture: NDArray[Any]) -> NDArray[Any]:
        """Return these pixels of a picture, as a view."""
        return picture[self.top : self.top + self.height, self.left : self.left + self.width]

    def from_part(self, values: NDArray[np.float32], other: _Part) -> NDArray[np.float32]:
        """Return values of another part's pixels at these; 0 where the other does not reach."""
        if self == other:
            return values
        left, top = max(self.left, other.left), max(self.top, other.top)
        right = min(self.left + self.width, other.left + other.width)
        bottom = min(self.top + self.height, other.top + other.height)
        common = _Part(left, top, max(right - left, 0), max(bottom - top, 0))
        result = np.zeros((self.height, self.width), dtype=np.float32)
        common.moved(self).within(result)[...] = common.moved(other).within(values)
        return result

    def moved(self, origin: _Part) -> _Part:
        """Return the same pixels counted from another part's corner."""
        return _Part(self.left - origin.left, self.top - origin.top, self.width, self.height)
