"""Volumes that are shown as masks or label maps: which labels they hold, and how each looks."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from heatviewer.app.label_colors import look_of_labels

if TYPE_CHECKING:
    from heatviewer.core.volume import Volume
    from heatviewer.model.scene_state import SceneState

#: Red, green, blue in 0…1.
Color = tuple[float, float, float]
#: The setting of an addition that asks for this look; no setting of a layer.
AS_MASK: Final = "as_mask"
#: Label maps with more labels than this get the colours of a preset.
MAX_LABELS: Final = 255
#: The anatomy stays to be seen through it.
_MASK_OPACITY: Final = 0.35
#: What counts as above 0, as a share of the largest value.
_ABOVE = 1e-6
#: What masks are drawn in, one after the other: bright, and none of them grey.
MASK_COLORS: Final[tuple[Color, ...]] = (
    (1.0, 0.25, 0.25), (0.3, 0.85, 0.35), (0.3, 0.6, 1.0), (1.0, 0.85, 0.2), (0.2, 0.85, 0.9),
    (1.0, 0.45, 0.85), (1.0, 0.6, 0.2), (0.7, 0.55, 1.0),
)  # fmt: skip
#: A volume never changes, so its labels are found once, on the thread that reads it.
_found: weakref.WeakKeyDictionary[Volume, tuple[int, ...] | None] = weakref.WeakKeyDictionary()


def labels_in(volume: Volume) -> tuple[int, ...] | None:
    """Return the whole numbers above 0 that a volume holds, rising; None where it is no label map.

    That is a volume with other values than whole numbers from 0 up, or with more than `MAX_LABELS`.
    """
    if volume not in _found:
        _found[volume] = _labels_in(volume)
    return _found[volume]


def _labels_in(volume: Volume) -> tuple[int, ...] | None:
    if volume.range is None or volume.range[0] < 0:
        return None
    labels: set[int] = set()
    for t in range(volume.frames):
        stored = volume.frame(t)
        # Slice by slice: it stops at the first that tells, and needs no copy of the whole.
        for k in range(stored.shape[2]):
            values = volume.values_of(stored[:, :, k])
            present = np.unique(values[np.isfinite(values) & (values != 0)])
            if not np.array_equal(present, np.rint(present)):
                return None
            labels.update(int(value) for value in present)
            if len(labels) > MAX_LABELS:
                return None
    return tuple(sorted(labels))


def mask_fields(volume: Volume, color: Color) -> dict[str, Any]:
    """Return the settings that make a volume look like a mask, or like labels where it holds several.

    Values are shown as they are, voxel by voxel, 0 is nothing, and the anatomy shines through. What is
    no label map is a mask where it is at least half (probabilities), or else above 0.

    Parameters
    ----------
    color : Color
        Of a mask.
    """
    labels = labels_in(volume)
    if labels is not None and len(labels) > 1:
        return look_of_labels(labels, {})
    high = volume.range[1] if volume.range is not None and volume.range[1] > 0 else 1.0
    whole = labels is not None
    limit = high / 2 if whole or high <= 0.5 else 0.5 if high <= 1 else high * _ABOVE
    return {
        "interpolation": "nearest",
        "data_range_auto": False,
        "labels": tuple((label, "mask") for label in labels or ()) or None,
        "data_range": (0.0, high),
        "rgb_points": (0.0, *color, high, *color),
        "opacity_points": (0.0, 1.0, high, 1.0),
        "threshold": (limit, None),
        "opacity": _MASK_OPACITY,
        "outline": True,
        "outline_color": hex_color(color),
    }


def free_color(state: SceneState, volume: Volume) -> Color:
    """Return a mask's colour: the one that its file recommends, or else one that no other mask has."""
    if volume.color is not None:
        return volume.color
    taken = {layer.outline_color for layer in state.heatmaps if layer.outline}
    return next((color for color in MASK_COLORS if hex_color(color) not in taken), MASK_COLORS[0])


def hex_color(color: Color) -> str:
    """Return RGB in 0…1 as ``#rrggbb``."""
    return "#" + "".join(f"{round(part * 255):02x}" for part in color)
