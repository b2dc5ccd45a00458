"""Frames of a series: whose they are, going through them, and what they are called."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

from heatviewer.app import links

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from heatviewer.app.action import Context
    from heatviewer.app.scene import Scene
    from heatviewer.core.volume import Volume
    from heatviewer.model.layer import BaseLayer, HeatmapLayer
    from heatviewer.model.scene_state import SceneState

Layer: TypeAlias = "HeatmapLayer | BaseLayer"
_TITLE = "Go through frames"
#: Frames a second between which a series in time is a film of something that moves.
_SLOWEST_CINE, _FASTEST_CINE = 4.0, 60.0


def framed_layers(scene: Scene) -> tuple[Layer, ...]:
    """Return the layers that have several frames, the base first."""
    return tuple(
        layer
        for layer in scene.state.layers
        if layer.id in scene.volumes and scene.volumes[layer.id].frames > 1
    )


def framed_layer(scene: Scene) -> Layer | None:
    """Return whose frames wheel, keys and slider go through: the selected heatmap's, else the base's.

    Where neither has several, the topmost heatmap's that has.
    """
    framed = {layer.id: layer for layer in framed_layers(scene)}
    base = scene.state.base
    for wanted in (scene.state.selected, base.id if base is not None else None):
        if wanted in framed:
            return framed[wanted]
    return list(framed.values())[-1] if framed else None


def frame_count(scene: Scene, layer: Layer) -> int:
    """Return how many frames a layer has."""
    return scene.volumes[layer.id].frames


def frame_of(scene: Scene, layer: Layer) -> int:
    """Return which frame of a layer is shown, from 0."""
    return min(layer.frame, frame_count(scene, layer) - 1)


def companions(scene: Scene, layer: Layer) -> tuple[Layer, ...]:
    """Return the other layers with as many frames, which can go together with it."""
    count = frame_count(scene, layer)
    return tuple(
        other for other in framed_layers(scene) if other.id != layer.id and frame_count(scene, other) == count
    )


def go_to_frame(scene: Scene, frame: int, merge: object = None, undoable: bool = True) -> None:
    """Show a frame, clamped, of the layer whose frames are gone through, and of those that go together.

    Changes under one `merge` are one step. A series that plays makes none.
    """
    layer = framed_layer(scene)
    if layer is None:
        return
    frame = min(max(frame, 0), frame_count(scene, layer) - 1)
    together = companions(scene, layer) if scene.view.frames_together else ()
    frames = {each.id: frame for each in (layer, *together)}
    scene.show_frames(frames, _TITLE, merge or ("frame", *frames), undoable)


def step_frame(scene: Scene, steps: int) -> bool:
    """Go forward by frames, or back; the ends hold. Return whether there are any frames."""
    layer = framed_layer(scene)
    if layer is None:
        return False
    go_to_frame(scene, frame_of(scene, layer) + steps)
    return True


def go_to_end(scene: Scene, last: bool) -> None:
    """Show the first or the last frame, as a step of its own."""
    layer = framed_layer(scene)
    if layer is not None:
        go_to_frame(scene, frame_count(scene, layer) - 1 if last else 0)
        scene.end_drag()


def toggle_together(scene: Scene) -> None:
    """Let all layers with as many frames go together, or each by itself."""
    on = not scene.view.frames_together
    title = "Frames of all layers together" if on else "Frames of each layer by itself"
    scene.edit_view(title, merge=("choice", "frames_together"), frames_together=on)
    scene.end_drag()
    layer = framed_layer(scene)
    if on and layer is not None:
        go_to_frame(scene, frame_of(scene, layer))
        scene.end_drag()


def has_frames(context: Context) -> bool:
    """Return whether a layer has several frames."""
    return framed_layer(context.scene) is not None


def can_step(steps: int) -> Callable[[Context], bool]:
    """Return the condition that there is a frame to go to."""

    def condition(context: Context) -> bool:
        layer = framed_layer(context.scene)
        if layer is None:
            return False
        return 0 <= frame_of(context.scene, layer) + steps < frame_count(context.scene, layer)

    return condition


def has_companions(context: Context) -> bool:
    """Return whether several layers have as many frames as the one that is gone through."""
    layer = framed_layer(context.scene)
    return layer is not None and bool(companions(context.scene, layer))


def with_frames(state: SceneState, frames: Mapping[str, int], volumes: Mapping[str, Volume]) -> SceneState:
    """Return a state in which layers show other frames, and linked heatmaps follow."""
    base = state.base
    for layer_id, frame in frames.items():
        if base is not None and base.id == layer_id:
            state = state.replaced(base=base.replaced(frame=frame))
        else:
            changed = state.heatmap(layer_id).replaced(frame=frame)
            state = links.spread(state, changed, {"frame"}, volumes)
    return state


def frame_text(volume: Volume, frame: int) -> str:
    """Return what a frame is called, counted from 1: 'time 12.5 s · 3/40', or 'frame 3/40'."""
    place = f"{frame + 1}/{volume.frames}"
    value = frame_value(volume, frame)
    return f"{value} · {place}" if value else f"frame {place}"


def frame_value(volume: Volume, frame: int) -> str:
    """Return a frame's own value, such as 'b-value 1000 s/mm²'; empty where the file says none."""
    axis = volume.frame_axis
    if axis is None or axis.name == "frame" or frame >= len(axis.values):
        return ""
    if not math.isfinite(axis.values[frame]):
        return ""
    number = f"{axis.values[frame] + 0.0:.6g}".replace("-", "−")
    return f"{axis.name} {number} {axis.unit}".strip()


def recorded_speed(volume: Volume) -> float | None:
    """Return the frames a second that a cine was recorded with; None where it is no cine.

    Series whose frames lie further apart, such as functional ones, are not watched as they went.
    """
    axis = volume.frame_axis
    if axis is None or axis.unit != "s" or len(axis.values) < 2:
        return None
    steps = len(axis.values) - 1
    lasted = (axis.values[-1] - axis.values[0]) / steps
    return 1 / lasted if 1 / _FASTEST_CINE <= lasted <= 1 / _SLOWEST_CINE else None


def played_frame(start: int, elapsed_s: float, per_second: float, count: int) -> int:
    """Return which frame a series that plays shows, over and over; frames that are late are dropped."""
    return (start + math.floor(elapsed_s * per_second)) % count
