"""What 3D knows of a layer on planes of a grid: its values, before any colour.

Values hang on place and interpolation alone, so an edit of a transfer function needs no new ones.
They are sampled by the kernel of the slice views: the rule for grid edges, missing voxels,
interpolation and thresholds is theirs, and so is the place.
"""

from __future__ import annotations

import weakref
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from heatviewer.core.volume import Volume
from heatviewer.drawing.optics import finite
from heatviewer.sampling.reslice import sample_plane

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

    from numpy.typing import NDArray

    from heatviewer.core.geometry import Plane
    from heatviewer.drawing.grid import Grid
    from heatviewer.model.requests import BaseDraw, HeatmapDraw, OpacityByDraw
    from heatviewer.sampling.rule import Samples

#: Left, top, width and height of a part of a plane.
Place = tuple[int, int, int, int]
#: What a layer is called, how its legend reads, and its lines, which are of slices only.
_NOT_DRAWN = frozenset(
    {"name", "unit", "range_is_auto", "off_centre", "lines", "outlines", "line_style", "line_width"}
)


class Voxels(NamedTuple):
    """A heatmap's values at those voxels of some planes at which it has data.

    Attributes
    ----------
    at : ndarray
        (n,) flat numbers of the voxels within the planes.
    values : ndarray
        (n,) finite, in the unit of the data: what thresholds are tested on.
    smooth : ndarray or None
        (n,) the values of the display blur, which colours are taken of; None: the same.
    other : ndarray or None
        (n,) values of the volume that the opacity follows, −infinity where it has no data.
    colors : ndarray or None
        Of a colour volume, (n, 4): its premultiplied colours and alpha in 0…255.
    """

    at: NDArray[np.intp]
    values: NDArray[Any]
    smooth: NDArray[Any] | None
    other: NDArray[Any] | None
    colors: NDArray[np.float32] | None = None


def display_blurred(draw: HeatmapDraw, cancelled: Callable[[], bool]) -> Volume | None:
    """Return the smoothed volume that a heatmap's colours are taken of; None where there is no blur."""
    if draw.blur <= 0:
        return None
    # Loaded late, here and below: few layers are smoothed.
    from heatviewer.sampling.blur import blurred

    return blurred(draw.volume, draw.frame, draw.blur, draw.zero_is_missing, cancelled)


def ready_blurred(draw: HeatmapDraw) -> Volume | None:
    """Return the same if it has been made already: a preview does not wait for it."""
    if draw.blur <= 0:
        return None
    from heatviewer.sampling.blur import ready

    return ready(draw.volume, draw.frame, draw.blur, draw.zero_is_missing)


def heatmap_voxels(draw: HeatmapDraw, grid: Grid, planes: range, smooth: Volume | None) -> Voxels:
    """Return what a heatmap has on some planes of a grid; `smooth` is its blurred volume."""
    found = [voxels for k in planes for voxels in _on_plane(draw, grid, k, k - planes.start, smooth)]
    if len(found) == 1:
        return found[0]
    if not found:
        nothing = np.empty(0, draw.volume.float_type)
        colors = np.empty((0, 4), np.float32) if draw.volume.is_color else None
        return Voxels(np.empty(0, np.intp), nothing, nothing, nothing if draw.opacity_by else None, colors)
    parts = [None if part[0] is None else np.concatenate(part) for part in zip(*found, strict=True)]
    return Voxels(*parts)  # type: ignore[arg-type]


def _on_plane(draw: HeatmapDraw, grid: Grid, k: int, number: int, smooth: Volume | None) -> Iterator[Voxels]:
    """Give what a heatmap has on plane `k`, the `number`-th of a slab, if it reaches it."""
    plane = grid.plane(k)
    place = reach(draw.volume, plane, grid.directions[:, 2])
    if place is None:
        return
    part = plane.cut(*place)
    samples = sampled(draw, part)
    at = _numbers(place, grid, number)
    keep = None if samples.present is None else np.flatnonzero(samples.present)

    def kept(values: NDArray[Any]) -> NDArray[Any]:
        return values.reshape(-1) if keep is None else values.reshape(-1).take(keep)

    colours = None
    if smooth is not None:
        colours = kept(finite(smooth, sample_plane(smooth, part, draw.interpolation)))
    other = None if draw.opacity_by is None else kept(_or_nothing(draw.opacity_by, part))
    own = None if not draw.volume.is_color else _own_colors(draw, part).reshape(-1, 4)
    if own is not None and keep is not None:
        own = own.take(keep, axis=0)
    yield Voxels(kept(at), kept(finite(draw.volume, samples)), colours, other, own)


def _own_colors(draw: HeatmapDraw, plane: Plane) -> NDArray[np.float32]:
    """Return a colour volume's premultiplied colours in 0…255, (height, width, 4); no blur is made for 3D."""
    from heatviewer.sampling.colors import colors_of

    def sample(part: Volume) -> Samples:
        zero_is_missing = draw.zero_is_missing and part is draw.volume
        return sample_plane(part, plane, draw.interpolation, draw.frame, zero_is_missing)

    return colors_of(draw.volume, sample, draw.zero_is_missing)


def _or_nothing(follows: OpacityByDraw, plane: Plane) -> NDArray[Any]:
    """Return the values that an opacity follows, −infinity where there are none."""
    samples = sampled(follows, plane)
    values = finite(follows.volume, samples)
    if samples.present is None:
        return values
    return np.where(samples.present, values, values.dtype.type(-np.inf))


def _numbers(place: Place, grid: Grid, number: int) -> NDArray[np.intp]:
    """Return the flat numbers of a place's voxels within a slab, (height, width)."""
    left, top, width, height = place
    ni, nj, _ = grid.shape
    rows = np.arange(top, top + height)[:, None] * ni + number * ni * nj
    return rows + np.arange(left, left + width)


def sampled(draw: BaseDraw | HeatmapDraw | OpacityByDraw, plane: Plane) -> Samples:
    """Return a layer's samples at a plane's pixels."""
    zero_is_missing = getattr(draw, "zero_is_missing", False)
    return sample_plane(draw.volume, plane, draw.interpolation, draw.frame, zero_is_missing)


def reach(volume: Volume, plane: Plane, normal: NDArray[np.float64]) -> Place | None:
    """Return left, top, width and height of the part of a plane that may meet a volume's box."""
    depth = (volume.corners_world - np.asarray(plane.origin)) @ normal
    if depth.min() > 1e-6 or depth.max() < -1e-6:
        return None
    place = plane.bounds_of(volume.corners_world)
    return place if place[2] and place[3] else None


def drawn_key(draw: Any) -> Hashable:
    """Return all of a layer that a fused volume depends on, without keeping any volume alive."""
    values = (getattr(draw, field.name) for field in fields(draw) if field.name not in _NOT_DRAWN)
    return tuple(_held_loosely(value) for value in values)


def sampled_key(draw: BaseDraw | HeatmapDraw | OpacityByDraw) -> Hashable:
    """Return what a layer's sampled values depend on: its colours come after."""
    zero_is_missing = getattr(draw, "zero_is_missing", False)
    return weakref.ref(draw.volume), draw.frame, draw.interpolation, zero_is_missing


def _held_loosely(value: Any) -> Hashable:
    if isinstance(value, Volume):
        return weakref.ref(value)
    # What the opacity follows is a draw within a draw. A transfer function is compared as it is.
    return drawn_key(value) if hasattr(value, "volume") and is_dataclass(value) else value
