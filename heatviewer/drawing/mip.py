"""Maximum projection: along each ray the largest value of each layer, coloured afterwards.

Values are projected as 15-bit codes over the data's range, so that one projection serves every
window, curve and threshold; a value within one code of a threshold counts as on it. Of a two-sided
map the value of the larger magnitude is taken.

A heatmap is projected twice, the second time with its codes turned round, for the least value. The
two also tell where a ray only grazes the data: between a voxel and nothing both codes fade alike,
so their sum says how much of the ray's best sample was data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from heatviewer.drawing.caster import FULL, Caster
from heatviewer.drawing.composite import lay_over
from heatviewer.drawing.fuse import voxel_grid
from heatviewer.drawing.optics import base_table, finite, heatmap_rgba
from heatviewer.sampling.reslice import sample_plane

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from heatviewer.core.geometry import Plane
    from heatviewer.core.transfer import TransferFunction
    from heatviewer.model.requests import BaseDraw, HeatmapDraw, VolumeRequest


class Projection:
    """The largest values of one layer along the rays of any plane; used on one thread.

    Values are kept on at most `max_voxels` voxels, and sampled every `step` of these along a ray.
    """

    def __init__(self, draw: BaseDraw | HeatmapDraw, max_voxels: int, step: float, both_ends: bool) -> None:
        self._low, high = draw.volume.range or (0.0, 0.0)
        self._scale = (FULL - 1) / (high - self._low) if high > self._low else 0.0
        self._casters: list[Caster] = []
        if draw.volume.range is None:
            return
        grid = voxel_grid(draw.volume, max_voxels)
        ni, nj, nk = grid.shape
        codes = np.zeros((nk, nj, ni), dtype=np.uint16)
        for k in range(nk):
            codes[k] = self._codes(draw, grid.plane(k))
        distance = float(grid.spacing.min()) * step
        self._casters.append(Caster(codes, grid, distance))
        if both_ends:
            turned = np.where(codes > 0, np.uint16(FULL + 1) - codes, np.uint16(0))
            self._casters.append(Caster(turned, grid, distance))

    @property
    def quantum(self) -> float:
        """What one code means, in the unit of the data."""
        return 1 / self._scale if self._scale else 0.0

    def _codes(self, draw: BaseDraw | HeatmapDraw, plane: Plane) -> NDArray[np.uint16]:
        """Return one plane's codes 1…32767; 0 where there is no data."""
        zero_is_missing = getattr(draw, "zero_is_missing", False)
        samples = sample_plane(draw.volume, plane, draw.interpolation, draw.frame, zero_is_missing)
        code = (finite(draw.volume, samples) - self._low) * self._scale + 1.5
        code = np.clip(code, 1, FULL)
        present = samples.present
        return (code if present is None else np.where(present, code, 0)).astype(np.uint16)

    def values(self, plane: Plane, two_sided: bool = False) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Return each pixel's value (n,), in the unit of the data, and whether its ray met any data."""
        size = plane.size[0] * plane.size[1]
        if not self._casters:
            return np.zeros(size, np.float32), np.zeros(size, bool)
        largest, *turned = (caster.cast(plane)[..., 0].ravel().astype(np.float64) for caster in self._casters)
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

    def _decoded(self, codes: NDArray[Any]) -> NDArray[Any]:
        return self._low + (codes - 1) * self.quantum


class Projector:
    """Projections of a scene's layers, and the picture of their colours."""

    def __init__(self, request: VolumeRequest, max_voxels: int, step: float) -> None:
        self._base = None if request.base is None else Projection(request.base, max_voxels, step, False)
        self._heatmaps = [Projection(draw, max_voxels, step, True) for draw in request.heatmaps]

    def picture(self, request: VolumeRequest, plane: Plane) -> NDArray[np.uint8]:
        """Return premultiplied RGBA, uint8 (height, width, 4): heatmaps over the base's grey.

        The request's layers are those that the projections were made of, in their present colours.
        """
        width, height = plane.size
        canvas = np.zeros((4, width * height), dtype=np.float32)
        if request.base is not None and self._base is not None:
            values, present = self._base.values(plane)
            table = base_table(request.base)
            canvas[:3] = table.grey.take(table.indices(values)) / np.float32(255)
            canvas[3] = 1
            canvas *= present * np.float32(request.base.opacity_3d)
        for draw, projection in zip(request.heatmaps, self._heatmaps, strict=True):
            values, present = projection.values(plane, is_two_sided(draw.transfer))
            values = on_thresholds(draw.transfer, values, projection.quantum)
            lay_over(canvas, heatmap_rgba(draw, values, present), draw.blend)
        picture = (np.clip(canvas, 0, 1) * 255 + np.float32(0.5)).astype(np.uint8)
        return np.ascontiguousarray(picture.T).reshape(height, width, 4)


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
