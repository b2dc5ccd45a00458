"""What a change of settings brings with it, and what a new layer starts with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from heatviewer.core.volume import Volume
from heatviewer.model.defaults import default_interpolation, default_range, default_unit, default_window

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from heatviewer.model.scene_state import SceneState


def base_fields(volume: Volume) -> dict[str, Any]:
    """Return the settings that a base starts with."""
    return {
        "name": volume.name,
        "unit": volume.unit,
        "window": default_window(volume),
        "window_auto": volume.window is None,
        "interpolation": default_interpolation(volume),
    }


def heatmap_fields(volume: Volume) -> dict[str, Any]:
    """Return the settings that a heatmap starts with."""
    return {
        "name": volume.name or "heatmap",
        "unit": default_unit(volume),
        "data_range": default_range(volume),
        "data_range_auto": True,
        "interpolation": default_interpolation(volume),
    }


def base_changes(changes: dict[str, Any], volume: Volume | None) -> dict[str, Any]:
    """Return changes with their consequences: a window set by hand is no longer automatic."""
    if "window" not in changes:
        return changes
    if changes["window"] is None and volume is not None:
        return changes | {"window": default_window(volume), "window_auto": volume.window is None}
    return changes | {"window_auto": False}


def heatmap_changes(changes: dict[str, Any], volume: Volume | None) -> dict[str, Any]:
    """Return changes with their consequences: a range set by hand is no longer automatic.

    A range of None, or an automatic one without a range, is taken from the data.
    """
    automatic = changes.get("data_range_auto") is True
    if "data_range" not in changes and not automatic:
        return changes
    if changes.get("data_range") is None and volume is not None:
        return changes | {"data_range": default_range(volume), "data_range_auto": True}
    return changes | {"data_range_auto": False}


def with_solo(state: SceneState, layer_id: str | None) -> SceneState:
    """Return a state in which one heatmap is shown alone; None shows all as their switches say."""
    if state.view.solo == layer_id:
        return state
    return state.replaced(view=state.view.replaced(solo=layer_id))


def as_volume(array: ArrayLike, affine: ArrayLike | None, name: str) -> Volume:
    """Return an array as a volume; without an affine 1 mm voxels centred on 0. A 2D array is one slice."""
    # A copy: the caller may go on writing into its array, and a volume never changes.
    values = np.array(array, order="F", copy=True)
    if values.ndim == 2:
        values = values[:, :, None]
    if affine is None:
        affine = np.eye(4)
        affine[:3, 3] = [-(n - 1) / 2 for n in values.shape[:3]]
    return Volume(values, np.asarray(affine, dtype=np.float64), name=name)
