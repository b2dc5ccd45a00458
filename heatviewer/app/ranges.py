"""Data ranges taken from somewhere: from all values, from a slice, from another layer; and how ends are set.

The functions on a scene read one state of it, which never changes, and volumes, which never do: a
worker may run them. They return low < high in the unit of the data, or raise `SettingError` with
what to do instead. None of them changes anything.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from heatviewer.app.transfer_points import opacity_points
from heatviewer.core.errors import SettingError
from heatviewer.model.placing import placed_volume
from heatviewer.model.resolve import slice_plane
from heatviewer.model.view import SliceCamera
from heatviewer.sampling.reslice import sample_plane
from heatviewer.sampling.rule import missing_stored

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from heatviewer.app.scene import Scene
    from heatviewer.core.geometry import PlaneName
    from heatviewer.core.volume import Volume
    from heatviewer.model.layer import HeatmapLayer

Range = tuple[float, float]
#: The percentiles that menus offer, in per cent.
PERCENTILES: Final = ((0.5, 99.5), (2.0, 98.0))
#: A slice's values are looked at on so many pixels a side.
_SLICE_PIXELS: Final = 512
#: Share of the values' span that an axis shows beyond either end.
_ROOM: Final = 0.04
_TYPE_ENDS = "Type the two ends"


def full(scene: Scene, layer_id: str) -> Range:
    """Return the smallest and the largest value, over all frames."""
    layer, volume = _found(scene, layer_id)
    found = volume.range
    if layer.zero_is_missing and found is not None and found[0] <= 0 <= found[1]:
        present = volume.values_of(_present(volume))
        found = (float(present.min()), float(present.max())) if present.size else None
    return _rising(found, layer, "The layer has no values")


def percentiles(scene: Scene, layer_id: str, low: float, high: float) -> Range:
    """Return two percentiles (linear) of the values of all frames; missing voxels are left out."""
    layer, volume = _found(scene, layer_id)
    if layer.zero_is_missing:
        present = volume.values_of(_present(volume))
        ends = np.percentile(present, (low, high)) if present.size else None
    else:
        ends = volume.percentiles((low, high))
    found = None if ends is None else (float(ends[0]), float(ends[1]))
    return _rising(found, layer, "The layer has no values")


def symmetric(scene: Scene, layer_id: str) -> Range:
    """Return −m … m, m the largest magnitude: a diverging map then has its middle on 0."""
    layer, volume = _found(scene, layer_id)
    magnitude = max(abs(end) for end in volume.range) if volume.range is not None else None
    if magnitude == 0:
        raise SettingError("data_range", f"all values of {layer.name} are 0", _TYPE_ENDS)
    return _rising(None if magnitude is None else (-magnitude, magnitude), layer, "The layer has no values")


def from_slice(scene: Scene, layer_id: str, plane: PlaneName) -> Range:
    """Return the smallest and largest value that the layer shows in a plane through the cursor.

    The whole slice of the base counts, however far the view is zoomed in.
    """
    layer, _ = _found(scene, layer_id)
    name = "sagittal_camera" if plane == "sagittal" else plane
    state = scene.state
    state = state.replaced(view=state.view.replaced(**{name: SliceCamera()}))
    base = scene.volumes.get(state.base.id) if state.base is not None else None
    place = slice_plane(state, base, plane, (_SLICE_PIXELS, _SLICE_PIXELS))
    volume = placed_volume(layer, scene.volumes, state)
    samples = sample_plane(volume, place, layer.interpolation, layer.frame, layer.zero_is_missing)
    values = samples.values if samples.present is None else samples.values[samples.present]
    found = (float(values.min()), float(values.max())) if values.size else None
    return _rising(found, layer, f"There are no values in the {plane} slice", "Go to another slice")


def same_as(scene: Scene, layer_id: str, other_id: str) -> Range:
    """Return another heatmap's data range."""
    other, _ = _found(scene, other_id)
    return _rising(other.data_range, _found(scene, layer_id)[0], "")


def others(scene: Scene, layer_id: str) -> tuple[HeatmapLayer, ...]:
    """Return the heatmaps whose range can be taken over, the top of the scene first."""
    return tuple(layer for layer in reversed(scene.state.heatmaps) if layer.id != layer_id)


def with_end(ends: Range, low: float | None = None, high: float | None = None) -> Range:
    """Return a range with one end set; where it passes the other, that goes along at the same distance."""
    old_low, old_high = ends
    width = old_high - old_low
    if not 0 < width < math.inf:
        width = abs(old_low) / 100 or 1.0
    if low is not None:
        return _apart(low, old_high if low < old_high else low + width)
    end = old_high if high is None else high
    return _apart(old_low if end > old_low else end - width, end)


def _apart(low: float, high: float) -> Range:
    """Return low < high also where the numbers are too large for their distance."""
    return (low, high) if low < high else (low, float(np.nextafter(low, np.inf)))


def axis_span(layer: HeatmapLayer, volume: Volume) -> Range:
    """Return what an axis shows that holds all values, the data range, the points and the thresholds.

    With some room at both ends; constant data lie in its middle.
    """
    places = [*layer.data_range, *(layer.rgb_points or ())[::4], *(layer.threshold or ())]
    places += [*opacity_points(layer)[::2], *opacity_points(layer, volumetric=True)[::2]]
    if layer.threshold_abs is not None:
        places += [-layer.threshold_abs, layer.threshold_abs]
    if volume.range is not None:
        # A whole number's bar reaches half a number to either side.
        half = volume.slope / 2 if volume.stored.dtype.kind in "iu" else 0.0
        places += [volume.range[0] - abs(half), volume.range[1] + abs(half)]
    found = [place for place in places if place is not None]
    low, high = min(found), max(found)
    half_width = high / 2 - low / 2
    room = 2 * _ROOM * half_width if half_width > abs(low) * 1e-12 else abs(low) / 2 or 1.0
    return low - room, high + room


def _found(scene: Scene, layer_id: str) -> tuple[HeatmapLayer, Volume]:
    layer = next((layer for layer in scene.state.heatmaps if layer.id == layer_id), None)
    volume = scene.volumes.get(layer_id)
    if layer is None or volume is None:
        raise SettingError("heatmap", "this layer is not in the scene")
    return layer, volume


def _present(volume: Volume) -> NDArray[Any]:
    """Return the stored numbers of all frames that hold data where zeros do not."""
    frames = (volume.frame(t) for t in range(volume.frames))
    return np.concatenate([stored[~missing_stored(volume, stored, True)] for stored in frames])


def _rising(found: Range | None, layer: HeatmapLayer, nothing: str, hint: str = _TYPE_ENDS) -> Range:
    """Return a found range, or raise where there is none or it is empty."""
    if found is None:
        raise SettingError("data_range", f"{nothing[0].lower()}{nothing[1:]}: {layer.name}", hint)
    low, high = found
    if not low < high:
        raise SettingError("data_range", f"all values of {layer.name} there are {low:.6g}", hint)
    return low, high
