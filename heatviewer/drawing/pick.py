"""Which point of a 3D picture lies under a pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from heatviewer.core.geometry import Vec3, apply_affine, vec3
from heatviewer.core.transfer import opacity_by
from heatviewer.drawing.mip import HALF, is_two_sided
from heatviewer.drawing.optics import base_table, edge_levels, finite, heatmap_rgba
from heatviewer.drawing.voxels import ready_blurred
from heatviewer.sampling.rule import Samples, sample_points

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from heatviewer.model.requests import BaseDraw, HeatmapDraw, OpacityByDraw, VolumeRequest

#: What one sees as the surface: where so much of the light comes from before it.
_SURFACE = 0.3
#: A thinner veil than this is nothing to click on.
_LEAST = 0.05
_MAX_SAMPLES = 4000


def pick(request: VolumeRequest, column: float, row: float) -> Vec3 | None:
    """Return the world point, mm, that one sees at a pixel; None where there is nothing.

    Composite: where the opacity gathered along the ray first passes 0.3, or half of its final value
    where that stays below 0.3 but above 0.05. Maximum projection: where the value that is shown lies.
    """
    points, step = _ray(request, column, row)
    if not len(points):
        return None
    if request.mode == "mip":
        return _largest(request, points)
    through = np.ones(len(points))
    if request.base is not None:
        through *= 1 - _base_opacity(request.base, points)
    for draw in request.heatmaps:
        through *= 1 - _heatmap_opacity(draw, points)
    gathered = 1 - np.cumprod(np.maximum(through, 0) ** step)
    if gathered[-1] <= _LEAST:
        return None
    enough = min(_SURFACE, gathered[-1] / 2)
    return vec3(points[int(np.argmax(gathered >= enough))])


def _ray(request: VolumeRequest, column: float, row: float) -> tuple[NDArray[np.float64], float]:
    """Return points (n, 3) along a pixel's ray, from the eye through all layers, and their distance, mm."""
    volumes = [draw.volume for draw in (request.base, *request.heatmaps) if draw is not None]
    if not volumes:
        return np.empty((0, 3)), 1.0
    at = np.asarray(request.plane.world_at(column, row))
    away = -np.asarray(request.plane.normal)
    depth = np.concatenate([(volume.corners_world - at) @ away for volume in volumes])
    near, far = float(depth.min()), float(depth.max())
    step = max(min(min(volume.spacing) for volume in volumes) / 2, (far - near) / _MAX_SAMPLES)
    along = np.arange(near + step / 2, far, step)
    return at + along[:, None] * away, step


def _samples(draw: BaseDraw | HeatmapDraw | OpacityByDraw, points: NDArray[np.float64]) -> Samples:
    index = apply_affine(draw.volume.world_to_voxel, points)
    zero_is_missing = getattr(draw, "zero_is_missing", False)
    return sample_points(draw.volume, index, draw.interpolation, draw.frame, zero_is_missing)


def _base_opacity(draw: BaseDraw, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the base's opacity per mm, with its surfaces found as in the fused volume."""
    table = base_table(draw)

    def entries(offset: ArrayLike) -> NDArray[np.int16]:
        samples = _samples(draw, points + np.asarray(offset))
        found = np.maximum(table.indices(finite(draw.volume, samples)), 1)
        return found if samples.present is None else found * samples.present

    axes = np.eye(3) * min(draw.volume.spacing)
    levels = edge_levels([entries(axis) - entries(-axis) for axis in axes])
    here = entries((0.0, 0.0, 0.0))
    return np.where(here > 0, table.opacity()[levels, here], 0.0)


def _heatmap_opacity(draw: HeatmapDraw, points: NDArray[np.float64]) -> NDArray[np.float64]:
    samples, smooth, factor = _samples(draw, points), None, None
    blurred = ready_blurred(draw)
    if blurred is not None:
        index = apply_affine(blurred.world_to_voxel, points)
        smooth = finite(blurred, sample_points(blurred, index, draw.interpolation))
    if draw.opacity_by is not None:
        factor = _followed(draw.opacity_by, points)
    values = finite(draw.volume, samples)
    rgba = heatmap_rgba(draw, values, samples.present, smooth, factor)
    return cast("NDArray[np.float64]", rgba[3].astype(np.float64))


def _followed(follows: OpacityByDraw, points: NDArray[np.float64]) -> NDArray[Any]:
    """Return the factor that another volume gives to an opacity; 0 where it has no data."""
    samples = _samples(follows, points)
    factor = opacity_by(finite(follows.volume, samples), follows.low, follows.high)
    return factor if samples.present is None else factor * samples.present


def _largest(request: VolumeRequest, points: NDArray[np.float64]) -> Vec3 | None:
    """Return where the value lies that a maximum projection shows, of the topmost layer that shows."""
    for draw in reversed(request.heatmaps):
        samples = _samples(draw, points)
        values = finite(draw.volume, samples)
        size = np.abs(values) if is_two_sided(draw.transfer) else values
        present = np.ones(len(points), bool) if samples.present is None else samples.present
        if draw.opacity_by is not None:
            present = present & (_followed(draw.opacity_by, points) >= HALF)
        at = int(np.argmax(np.where(present, size, -np.inf)))
        shown = heatmap_rgba(draw, values[at : at + 1], present[at : at + 1])
        if shown[3, 0] > _LEAST:
            return vec3(points[at])
    if request.base is None:
        return None
    samples = _samples(request.base, points)
    present = np.ones(len(points), bool) if samples.present is None else samples.present
    at = int(np.argmax(np.where(present, samples.values, -np.inf)))
    return vec3(points[at]) if present[at] else None
