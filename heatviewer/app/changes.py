"""What a change of settings brings with it, and what a new layer starts with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from heatviewer.core.volume import Volume
from heatviewer.model.defaults import (
    default_interpolation,
    default_preset,
    default_range,
    default_unit,
    default_window,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from heatviewer.model.scene_state import SceneState

#: The colours of structures and segments whose file recommends none, one after the other.
_COLORS: Final = (
    (1.0, 0.8, 0.0),
    (0.2, 0.8, 1.0),
    (1.0, 0.4, 0.7),
    (0.4, 0.9, 0.4),
    (1.0, 0.5, 0.2),
    (0.6, 0.5, 1.0),
)


def base_fields(volume: Volume, window: Any = None) -> dict[str, Any]:
    """Return the settings that a base starts with; a window that is given is not counted from the data."""
    return {
        "name": volume.name,
        "unit": volume.unit,
        "window": default_window(volume) if window is None else window,
        "window_auto": volume.window is None,
        "interpolation": default_interpolation(volume),
    }


def heatmap_fields(volume: Volume, given: dict[str, Any] | None = None, number: int = 0) -> dict[str, Any]:
    """Return the settings that a heatmap starts with; those that are given go before its own.

    `number` is how many heatmaps lie below it: masks without a colour of their own differ by it.
    A preset that is given also goes before the colour that the volume's file recommends.
    """
    preset, reverse = default_preset(volume)
    fields = {
        "name": volume.name or "heatmap",
        "unit": default_unit(volume),
        "data_range": default_range(volume),
        "data_range_auto": True,
        "interpolation": default_interpolation(volume),
        "preset": preset,
        "reverse": reverse,
    }
    rgb = volume.color or _COLORS[number % len(_COLORS)]
    if volume.outlines:
        fields |= _structure_fields(rgb)
    elif volume.color is not None or (volume.modality == "SEG" and volume.kind == "mask"):
        fields |= _segment_fields(volume, rgb)
    given = given or {}
    if "preset" in given:
        fields |= {"rgb_points": None, "reverse": False}
    return fields | given


def _segment_fields(volume: Volume, rgb: tuple[float, float, float]) -> dict[str, Any]:
    """Return what a segment starts with: its colour, and of a probability from black to its colour."""
    low = (0.0, 0.0, 0.0) if volume.kind == "probability" else rgb
    return {"data_range": (0.0, 1.0), "data_range_auto": False, "rgb_points": (0.0, *low, 1.0, *rgb)}


def _structure_fields(rgb: tuple[float, float, float]) -> dict[str, Any]:
    """Return what a drawn structure starts with: an outline of its colour, and a faint filling."""
    return {
        "data_range": (0.0, 1.0),
        "data_range_auto": False,
        "rgb_points": (0.0, *rgb, 1.0, *rgb),
        "opacity_points": (0.0, 0.0, 0.5, 1.0, 1.0, 1.0),
        "opacity": 0.25,
        "threshold": (0.5, None),
        "outline": True,
        "outline_color": "#" + "".join(f"{round(part * 255):02x}" for part in rgb),
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
