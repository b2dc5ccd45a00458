"""What keys and menus do to a scene; free of any toolkit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from heatviewer.app import links
from heatviewer.model.view import SliceCamera, VolumeCamera

if TYPE_CHECKING:
    from collections.abc import Callable

    from heatviewer.app.action import Context
    from heatviewer.app.scene import Scene
    from heatviewer.model.layer import BaseLayer, HeatmapLayer


def panel_order(scene: Scene) -> tuple[HeatmapLayer | BaseLayer, ...]:
    """Return the layers as the panel lists them: the top of the scene first, the base last."""
    return scene.state.layers[::-1]


def set_visible(scene: Scene, layer: HeatmapLayer | BaseLayer, visible: bool) -> None:
    """Hide or show a layer as one step."""
    scene.edit_layer(layer.id, title=f"{'Show' if visible else 'Hide'} {layer.name}", visible=visible)


def toggle_nth(scene: Scene, number: int) -> None:
    """Hide or show the n-th layer from the top of the panel, counted from 1."""
    layers = panel_order(scene)
    if number <= len(layers):
        layer = layers[number - 1]
        set_visible(scene, layer, not layer.visible)


def has_nth(number: int) -> Callable[[Context], bool]:
    """Return the condition that the panel has at least so many layers."""
    return lambda context: len(panel_order(context.scene)) >= number


def toggle_selected(scene: Scene) -> None:
    """Hide or show the selected heatmap."""
    if (layer := _selected(scene)) is not None:
        set_visible(scene, layer, not layer.visible)


def toggle_solo(scene: Scene) -> None:
    """Show the selected heatmap alone, or all again where it is."""
    if (layer := _selected(scene)) is not None:
        scene.solo = None if scene.solo is not None and scene.solo.id == layer.id else layer.id


def end_solo(scene: Scene) -> None:
    """Show all heatmaps as they are switched."""
    scene.solo = None


def has_solo(context: Context) -> bool:
    """Return whether one heatmap is shown alone."""
    return context.scene.solo is not None


def selected_is_alone(context: Context) -> bool:
    """Return whether the selected heatmap is shown alone."""
    return context.scene.solo is not None and context.scene.solo == context.scene.selected


def duplicate_selected(scene: Scene) -> None:
    """Put a second heatmap of the same data above the selected one."""
    if (layer := _selected(scene)) is not None:
        scene.duplicate(layer.id)


def reverse_selected(scene: Scene) -> None:
    """Turn the selected heatmap's colours round."""
    if (layer := _selected(scene)) is not None:
        scene.edit_layer(layer.id, title=f"Reverse the colours of {layer.name}", reverse=not layer.reverse)


def is_reversed(context: Context) -> bool:
    """Return whether the selected heatmap's colours are turned round."""
    layer = _selected(context.scene)
    return layer is not None and layer.reverse


def link_all(scene: Scene) -> None:
    """Let all heatmaps share the selected one's look."""
    if (layer := _selected(scene)) is not None:
        links.link_all(scene, layer.id)


def unlink_selected(scene: Scene) -> None:
    """Let the selected heatmap keep its look to itself."""
    if (layer := _selected(scene)) is not None:
        links.unlink(scene, layer.id)


def is_linked(context: Context) -> bool:
    """Return whether the selected heatmap belongs to a group."""
    layer = _selected(context.scene)
    return layer is not None and layer.link is not None


def has_other_heatmaps(context: Context) -> bool:
    """Return whether a heatmap is selected and there are others."""
    return _selected(context.scene) is not None and len(context.scene.state.heatmaps) > 1


def remove_selected(scene: Scene) -> None:
    """Take the selected heatmap out."""
    if (layer := _selected(scene)) is not None:
        scene.remove(layer.id)


def move_selected(scene: Scene, steps: int) -> None:
    """Move the selected heatmap up (positive) or down the order."""
    if (layer := _selected(scene)) is not None:
        scene.move(layer.id, _index(scene, layer) + steps)


def can_move(steps: int) -> Callable[[Context], bool]:
    """Return the condition that the selected heatmap has a place to move to."""

    def condition(context: Context) -> bool:
        layer = _selected(context.scene)
        if layer is None:
            return False
        return 0 <= _index(context.scene, layer) + steps < len(context.scene.state.heatmaps)

    return condition


def select_neighbour(scene: Scene, steps: int) -> None:
    """Select the heatmap above (positive) or below the selected one; the ends hold."""
    heatmaps = scene.state.heatmaps
    if not heatmaps:
        return
    layer = _selected(scene)
    at = len(heatmaps) - 1 if layer is None else _index(scene, layer) + steps
    scene.select(heatmaps[min(max(at, 0), len(heatmaps) - 1)].id)


def change_opacity(scene: Scene, by: float) -> None:
    """Change the selected heatmap's opacity, clamped to 0…1."""
    if (layer := _selected(scene)) is not None:
        opacity = min(max(round(layer.opacity + by, 4), 0.0), 1.0)
        scene.edit_layer(layer.id, title=f"Opacity of {layer.name}", opacity=opacity)


def threshold_at_cursor(scene: Scene) -> str:
    """Threshold the selected heatmap at the value under the cursor; a signed one on both sides.

    Nothing happens where the heatmap has no data under the cursor; return what is to be told then.
    """
    layer = _selected(scene)
    if layer is None:
        return ""
    value = value_at_cursor(scene, layer.id)
    if value is None:
        return f"{layer.name} has no data under the crosshair"
    title = f"Threshold {layer.name} at {value:.4g}"
    if layer.data_range[0] < 0 < layer.data_range[1]:
        scene.edit_layer(layer.id, title=title, threshold=None, threshold_abs=abs(value))
        return ""
    high = layer.threshold[1] if layer.threshold else None
    ends = (value, high if high is None or high >= value else None)
    scene.edit_layer(layer.id, title=title, threshold=ends, threshold_abs=None)
    return ""


def value_at_cursor(scene: Scene, layer_id: str) -> float | None:
    """Return a layer's value at the voxel under the cursor, in the unit of the data; None without data."""
    from heatviewer.app.probing import probe_scene

    loaded = [layer.id for layer in scene.state.layers if layer.id in scene.volumes]
    found = probe_scene(scene, scene.cursor, wait=False)[loaded.index(layer_id)]
    return None if found.missing else found.value


def clear_threshold(scene: Scene) -> None:
    """Show all values of the selected heatmap again."""
    if (layer := _selected(scene)) is not None:
        title = f"Clear the threshold of {layer.name}"
        scene.edit_layer(layer.id, title=title, threshold=None, threshold_abs=None)


def has_threshold(context: Context) -> bool:
    """Return whether the selected heatmap has a threshold."""
    layer = _selected(context.scene)
    return layer is not None and (layer.threshold is not None or layer.threshold_abs is not None)


def set_view(scene: Scene, title: str, **changes: Any) -> None:
    """Change view settings as a step of its own: a choice is no part of a move of the view."""
    scene.edit_view(title, merge=("choice", *changes), **changes)
    scene.end_drag()


def reset_views(scene: Scene) -> None:
    """Fit every view and turn 3D to where it starts; the crosshair stays."""
    fitted = {"axial": SliceCamera(), "coronal": SliceCamera(), "sagittal_camera": SliceCamera()}
    set_view(scene, "Reset views", **fitted, camera=VolumeCamera(mode=scene.view.camera.mode))


def set_camera(scene: Scene, title: str, **changes: Any) -> None:
    """Change how 3D is looked at, as a step of its own."""
    set_view(scene, title, camera=scene.view.camera.replaced(**changes))


def toggle_view(field: str, context: Context) -> None:
    """Turn one of the marks in the views on or off."""
    on = not getattr(context.scene.view, field)
    what = field.removeprefix("show_").replace("_", " ")
    set_view(context.scene, f"{'Show' if on else 'Hide'} {what}", **{field: on})


def toggle_legend(scene: Scene) -> None:
    """Show no colour bars, or show them again beside the views."""
    shown = scene.view.legend != "off"
    set_view(scene, "Hide the legend" if shown else "Show the legend", legend="off" if shown else "shared")


def _selected(scene: Scene) -> HeatmapLayer | None:
    handle = scene.selected
    return None if handle is None else scene.state.heatmap(handle.id)


def _index(scene: Scene, layer: HeatmapLayer) -> int:
    return [other.id for other in scene.state.heatmaps].index(layer.id)
