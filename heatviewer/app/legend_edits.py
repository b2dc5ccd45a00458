"""What a hand on a colour bar does to a heatmap's data range: drag an end, shift it, centre it."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from heatviewer.app.scene import Scene

Range = tuple[float, float]
Part = Literal["low", "high", "both"]
#: This share of a bar at either end belongs to the end, the middle to both.
_END_SHARE: Final = 0.25
#: The least width that a drag leaves, as a share of the width that it began with.
_LEAST_WIDTH: Final = 1e-3
#: A key moves an end by this share of the range's width.
KEY_STEP: Final = 0.01
_LARGEST: Final = sys.float_info.max


def part_at(share: float) -> Part:
    """Return what is dragged at a place on the bar: 0 is its low end, 1 its high end."""
    if share <= _END_SHARE:
        return "low"
    return "high" if share >= 1 - _END_SHARE else "both"


def moved_range(start: Range, part: Part, shares: float) -> Range:
    """Return a range with one or both ends moved up by shares of its width; low < high stays.

    A range that is a single value moves by shares of that value.
    """
    low, high = start
    # Halves, so that a range near the largest float keeps a finite width.
    half_width = (high / 2 - low / 2) or abs(high) / 2 or 0.5
    by = 2 * (half_width * shares) if abs(half_width * shares) < _LARGEST / 2 else 0.0
    least = 2 * half_width * _LEAST_WIDTH
    if part == "low":
        low = min(low + by, high - least)
    elif part == "high":
        high = max(high + by, low + least)
    else:
        low, high = low + by, high + by
    low, high = (min(max(end, -_LARGEST), _LARGEST) for end in (low, high))
    return (low, high) if low < high else (low, math.nextafter(low, math.inf))


def centred(start: Range) -> Range:
    """Return −m … m, m the larger magnitude of a range's ends: 0 is then in its middle."""
    magnitude = max(abs(end) for end in start)
    return -magnitude, magnitude


def centre_range(scene: Scene, layer_id: str) -> None:
    """Put 0 in the middle of a heatmap's data range, as one step."""
    layer = scene.state.heatmap(layer_id)
    scene.edit_layer(
        layer_id, title=f"Centre the range of {layer.name}", data_range=centred(layer.data_range)
    )


def move_range(scene: Scene, layer_id: str, ends: Range, merge: object) -> None:
    """Set a heatmap's data range as a part of a drag, which is one step."""
    name = scene.state.heatmap(layer_id).name
    scene.edit_layer(layer_id, title=f"Data range of {name}", merge=merge, data_range=ends)


def take_back(scene: Scene, merge: object) -> None:
    """Undo a drag that is going on, also in whether the range was taken from the data."""
    done = scene.history.done
    if done and done[-1].merge is merge:
        scene.undo()
