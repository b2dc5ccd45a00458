"""Linked heatmaps: layers of one group share their look, and a change of one is a change of all.

What they share is `STYLE_FIELDS`, and the frame among those that have several.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from heatviewer.documents.style import style_of
from heatviewer.model.layer import STYLE_FIELDS, HeatmapLayer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from heatviewer.app.scene import Scene
    from heatviewer.core.volume import Volume
    from heatviewer.model.scene_state import SceneState

_SHARED = frozenset((*STYLE_FIELDS, "frame"))


def members(state: SceneState, group: str | None) -> tuple[HeatmapLayer, ...]:
    """Return a group's heatmaps, bottom first; no group has none."""
    return tuple(layer for layer in state.heatmaps if group is not None and layer.link == group)


def new_group(state: SceneState) -> str:
    """Return a group's name that no layer bears: A, B and so on."""
    taken = {layer.link for layer in state.heatmaps}
    letters = (chr(ord("A") + n) if n < 26 else f"{n + 1}" for n in count())
    return next(name for name in letters if name not in taken)


def joining(
    state: SceneState, volumes: Mapping[str, Volume], layer: HeatmapLayer, own: Volume
) -> dict[str, Any]:
    """Return the look that a heatmap takes over with its group; nothing where it is the first of it."""
    others = [other for other in members(state, layer.link) if other.id != layer.id]
    if not others:
        return {}
    look = style_of(others[-1])
    if "data_range" in look:
        look["data_range_auto"] = False
    for other in others:
        if own.frames > 1 and other.id in volumes and volumes[other.id].frames > 1:
            look["frame"] = min(other.frame, own.frames - 1)
    return look


def spread(
    state: SceneState, layer: HeatmapLayer, changed: set[str], volumes: Mapping[str, Volume]
) -> SceneState:
    """Return a state in which a heatmap is replaced, and its group follows what was changed of it."""
    state = state.with_heatmap(layer)
    shared = {name: getattr(layer, name) for name in changed & _SHARED}
    if "data_range" in shared and layer.data_range[0] == layer.data_range[1]:
        del shared["data_range"]
    if not shared:
        return state
    for other in members(state, layer.link):
        if other.id != layer.id:
            state = state.with_heatmap(_following(other, layer, shared, volumes))
    return state


def _following(
    other: HeatmapLayer, layer: HeatmapLayer, shared: Mapping[str, Any], volumes: Mapping[str, Volume]
) -> HeatmapLayer:
    changes = dict(shared)
    if "frame" in changes:
        frames = [volumes[n].frames if n in volumes else 1 for n in (layer.id, other.id)]
        del changes["frame"]
        if min(frames) > 1:
            changes["frame"] = min(layer.frame, frames[1] - 1)
    if "data_range" in changes:
        # It was taken from the other layer's data, or set by hand: of these data it is not the range.
        changes["data_range_auto"] = False
    return other.replaced(**changes)


def title_of(title: str, state: SceneState, layer: HeatmapLayer, changed: set[str]) -> str:
    """Return a step's title, which says so where the step changes a whole group."""
    if changed & _SHARED and len(members(state, layer.link)) > 1:
        return f"{title} (all linked in {layer.link})"
    return title


def link(scene: Scene, layer_id: str, other_id: str) -> None:
    """Let a heatmap take over another one's look, and share it from now on, as one step."""
    layer, other = scene.state.heatmap(layer_id), scene.state.heatmap(other_id)
    group = other.link or new_group(scene.state)
    with scene.one_step(f"Link {layer.name} with {other.name}"):
        scene.edit_layer(other_id, link=group)
        scene.edit_layer(layer_id, link=group)


def link_all(scene: Scene, layer_id: str) -> None:
    """Let all heatmaps take over one's look, and share it from now on, as one step."""
    layer = scene.state.heatmap(layer_id)
    group = layer.link or new_group(scene.state)
    with scene.one_step(f"Link all heatmaps with {layer.name}"):
        scene.edit_layer(layer_id, link=group)
        for other in scene.state.heatmaps:
            scene.edit_layer(other.id, link=group)


def unlink(scene: Scene, layer_id: str) -> None:
    """Take a heatmap out of its group; it keeps its look. A group of one is none."""
    layer = scene.state.heatmap(layer_id)
    rest = [other for other in members(scene.state, layer.link) if other.id != layer_id]
    with scene.one_step(f"Unlink {layer.name}"):
        for each in (layer, *(rest if len(rest) == 1 else ())):
            scene.edit_layer(each.id, link=None)
