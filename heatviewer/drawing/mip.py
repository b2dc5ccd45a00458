"""Maximum projection: along each ray the largest value of each layer, coloured afterwards.

Values are projected as 15-bit codes over the data's range, so that one projection serves every
window, curve and threshold; a value within one code of a threshold counts as on it. Of a two-sided
map the value of the larger magnitude is taken.

A heatmap is projected twice, the second time with its codes turned round, for the least value. The
two also tell where a ray only grazes the data: between a voxel and nothing both codes fade alike,
so their sum says how much of the ray's best sample was data.

Which voxel a ray's value comes from is not known when it is coloured. So of a map whose opacity
follows another volume those voxels count where that gives it half of its opacity or more. The
display blur is left out: what is shown is the largest value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from heatviewer.core.errors import Cancelled
from heatviewer.core.transfer import opacity_by
from heatviewer.drawing.caster import FULL, Caster
from heatviewer.drawing.composite import lay_over
from heatviewer.drawing.engine import never
from heatviewer.drawing.grid import voxel_grid
from heatviewer.drawing.kept import Kept
from heatviewer.drawing.optics import base_table, finite, heatmap_rgba
from heatviewer.drawing.voxels import drawn_key, sampled, sampled_key
from heatviewer.model.requests import HeatmapDraw

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from numpy.typing import NDArray

    from heatviewer.core.geometry import Plane
    from heatviewer.core.transfer import TransferFunction
    from heatviewer.model.requests import BaseDraw, VolumeRequest


#: Of its opacity that a followed volume must leave to a voxel for it to count.
HALF = 0.5


def projected_key(draw: BaseDraw | HeatmapDraw) -> Hashable:
    """Return what a layer's projected values depend on: its colours come after."""
    follows = draw.opacity_by if isinstance(draw, HeatmapDraw) else None
    return isinstance(draw, HeatmapDraw), sampled_key(draw), follows and drawn_key(follows)


class Projection:
    """The largest values of one layer along the rays of any plane; used on one thread.

    Values are kept on at most `max_voxels` voxels, and sampled every `step` of these along a ray.
    What the last plane showed is kept: other colours need no other values.
    """

    def __init__(
        self,
        draw: BaseDraw | HeatmapDraw,
        max_voxels: int,
        step: float,
        cancelled: Callable[[], bool] = never,
    ) -> None:
        self._low, high = draw.volume.range or (0.0, 0.0)
        self._scale = (FULL - 1) / (high - self._low) if high > self._low else 0.0
        self._casters: list[Caster] = []
        self._seen: Kept[list[NDArray[np.uint16]]] = Kept()
        if draw.volume.range is None:
            return
        grid = voxel_grid(draw.volume, max_voxels)
        ni, nj, nk = grid.shape
        codes = np.zeros((nk, nj, ni), dtype=np.uint16)
        for k in range(nk):
            if cancelled():
                raise Cancelled("3D")
            codes[k] = self._codes(draw, grid.plane(k))
        distance = float(grid.spacing.min()) * step
        self._casters.append(Caster(codes, grid, distance))
        if isinstance(draw, HeatmapDraw):
            turned = np.where(codes > 0, np.uint16(FULL + 1) - codes, np.uint16(0))
            self._casters.append(Caster(turned, grid, distance))

    @property
    def casts(self) -> int:
        """How many volumes are cast for a picture."""
        return len(self._casters)

    @property
    def quantum(self) -> float:
        """What one code means, in the unit of the data."""
        return 1 / self._scale if self._scale else 0.0

    def _codes(self, draw: BaseDraw | HeatmapDraw, plane: Plane) -> NDArray[np.uint16]:
        """Return one plane's codes 1…32767; 0 where there is no data, or none that may be seen."""
        samples = sampled(draw, plane)
        code = (finite(draw.volume, samples) - self._low) * self._scale + 1.5
        code = np.clip(code, 1, FULL)
        if samples.present is not None:
            code *= samples.present
        if isinstance(draw, HeatmapDraw) and draw.opacity_by is not None:
            follows = draw.opacity_by
            others = sampled(follows, plane)
            code *= opacity_by(finite(follows.volume, others), follows.low, follows.high) >= HALF
            if others.present is not None:
                code *= others.present
        return code.astype(np.uint16)

    def has_cast(self, plane: Plane) -> bool:
        """Return whether the values of a plane's pixels are kept."""
        return not self._casters or self._seen.has(plane)

    def values(
        self, plane: Plane, two_sided: bool = False, cancelled: Callable[[], bool] = never
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Return each pixel's value (n,), in the unit of the data, and whether its ray met any data."""
        size = plane.size[0] * plane.size[1]
        if not self._casters:
            return np.zeros(size, np.float32), np.zeros(size, bool)
        seen = self._seen.of(plane, lambda: self._cast(plane, cancelled))
        largest, *turned = (codes.astype(np.float64) for codes in seen)
        if not turned:
            return self._decoded(largest).astype(np.float32), largest > 0
        share = np.minimum((largest + turned[0]) / (FULL + 1), 1)
        # The box ends where half of the interpolation is voxel, half nothing.
        present = share >= 0.5 - 1e-3
        share = np.where(present, share, 1)
        values = self._decoded(largest / share)
        if two_sided:
            least = self._decoded(FULL + 1 - turned[0] / share)
            values = np.where(-least > values, least, values)
        return np.where(present, values, 0).astype(np.float32), present

    def _cast(self, plane: Plane, cancelled: Callable[[], bool]) -> list[NDArray[np.uint16]]:
        """Return each caster's codes by pixel, (n,)."""
        return [caster.cast(plane, cancelled=cancelled)[..., 0].ravel() for caster in self._casters]

    def _decoded(self, codes: NDArray[Any]) -> NDArray[Any]:
        return self._low + (codes - 1) * self.quantum


class Projector:
    """Projections of the layers of the last request, and the picture of their colours."""

    def __init__(self, max_voxels: int, step: float) -> None:
        self._max_voxels, self._step = max_voxels, step
        self._kept: dict[Hashable, Projection] = {}

    def settle(self, request: VolumeRequest, cancelled: Callable[[], bool] = never) -> None:
        """Project the request's layers from now on, and let go of those that it does not name."""
        wanted = {projected_key(draw): draw for draw in (request.base, *request.heatmaps) if draw}
        self._kept = {key: kept for key, kept in self._kept.items() if key in wanted}
        for key, draw in wanted.items():
            if key not in self._kept:
                self._kept[key] = Projection(draw, self._max_voxels, self._step, cancelled)

    @property
    def casts(self) -> int:
        """How many volumes are cast for a picture."""
        return sum(part.casts for part in self._kept.values())

    def has_cast(self, plane: Plane) -> bool:
        """Return whether a plane's picture is only a matter of colours."""
        return all(part.has_cast(plane) for part in self._kept.values())

    def picture(
        self, request: VolumeRequest, plane: Plane, cancelled: Callable[[], bool] = never
    ) -> NDArray[np.uint8]:
        """Return premultiplied RGBA, uint8 (height, width, 4): heatmaps over the base's grey.

        The layers are those that it is settled on, in the colours that they have in `request`.
        """
        width, height = plane.size
        canvas = np.zeros((4, width * height), dtype=np.float32)
        if request.base is not None:
            values, present = self._of(request.base).values(plane, cancelled=cancelled)
            table = base_table(request.base)
            canvas[:3] = table.grey.take(table.indices(values)) / np.float32(255)
            canvas[3] = 1
            canvas *= present * np.float32(request.base.opacity_3d)
        for draw in request.heatmaps:
            projection = self._of(draw)
            values, present = projection.values(plane, is_two_sided(draw.transfer), cancelled)
            values = on_thresholds(draw.transfer, values, projection.quantum)
            lay_over(canvas, heatmap_rgba(draw, values, present), draw.blend)
        picture = (np.clip(canvas, 0, 1) * 255 + np.float32(0.5)).astype(np.uint8)
        return np.ascontiguousarray(picture.T).reshape(height, width, 4)

    def _of(self, draw: BaseDraw | HeatmapDraw) -> Projection:
        return self._kept[projected_key(draw)]


def is_two_sided(transfer: TransferFunction) -> bool:
    """Return whether a map's low values matter as much as its high ones."""
    low, high = transfer.color_range
    return transfer.threshold_abs is not None or (low < 0 < high and min(-low, high) >= max(-low, high) / 10)


def on_thresholds(
    transfer: TransferFunction, values: NDArray[np.float32], quantum: float
) -> NDArray[np.float32]:
    """Return values with those within one quantum of a threshold put onto it."""
    ends = [end for end in transfer.threshold if np.isfinite(end)]
    if transfer.threshold_abs is not None:
        ends += [transfer.threshold_abs, -transfer.threshold_abs]
    for end in ends:
        values = np.where(np.abs(values - end) <= quantum, np.float32(end), values)
    return values
