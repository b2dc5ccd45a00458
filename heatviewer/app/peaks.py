"""From peak to peak of the selected heatmap."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

import numpy as np

from heatviewer.analysis.peaks import Peak, peaks
from heatviewer.model.draws import transfer_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from heatviewer.app.scene import Scene
    from heatviewer.core.volume import Volume
    from heatviewer.model.layer import HeatmapLayer

#: Without a threshold, values from this share of the greatest magnitude up count.
_DEFAULT_SHARE = 0.5
_KEPT: weakref.WeakKeyDictionary[Volume, tuple[Any, list[Peak]]] = weakref.WeakKeyDictionary()


def go_to_peak(scene: Scene, step: int) -> str:
    """Move the cursor to the next (1) or previous (−1) peak of the selected heatmap; return what to say.

    The greatest comes first; after the last the first follows again. From a point that is no peak
    the next one is the greatest.
    """
    layer = scene.selected
    if layer is None:
        return "Select a heatmap first: its peaks are visited."
    found = layer_peaks(scene.state.heatmap(layer.id), layer.placed)
    if not found:
        return f"{layer.name} has no peak within its threshold."
    here = [n for n, peak in enumerate(found) if np.allclose(peak.world, scene.cursor, atol=1e-3)]
    start = here[0] if here else (-1 if step > 0 else 0)
    number = (start + step) % len(found)
    scene.edit_view("Go to a peak", "peak", cursor=found[number].world)
    return f"Peak {number + 1} of {len(found)}: {found[number].value:.4g} {layer.unit}".rstrip()


def layer_peaks(layer: HeatmapLayer, volume: Volume) -> list[Peak]:
    """Return the peaks of what a heatmap shows, the greatest first; kept until its threshold changes."""
    transfer = transfer_of(layer)
    signed = layer.data_range[0] < 0 < layer.data_range[1]
    key = (layer.frame, layer.zero_is_missing, transfer.threshold, transfer.threshold_abs, signed)
    kept = _KEPT.get(volume)
    if kept is None or kept[0] != key:
        ends = volume.range or (0.0, 0.0)
        least = _DEFAULT_SHARE * max(abs(end) for end in ends)

        def shown(values: NDArray[np.float64]) -> NDArray[np.bool_]:
            if not transfer.has_threshold:
                return (np.abs(values) if signed else values) >= least
            factor: NDArray[np.bool_] = transfer.threshold_factor(values.astype(volume.float_type)) >= 1
            return factor

        kept = (key, peaks(volume, shown, layer.frame, signed, layer.zero_is_missing))
        _KEPT[volume] = kept
    return kept[1]
