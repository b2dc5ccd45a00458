"""The volumes that a heatmap's opacity can follow, and the range that it starts with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from heatviewer.app.opacity_source import ReadSource
from heatviewer.model.defaults import default_range
from heatviewer.model.layer import OpacityBy

if TYPE_CHECKING:
    from heatviewer.app.scene import Scene
    from heatviewer.core.volume import Volume
    from heatviewer.model.layer import HeatmapLayer
    from heatviewer.model.scene_state import SceneState


def opacity_sources(
    state: SceneState, layer: HeatmapLayer, volume: Volume
) -> tuple[tuple[str, str | None], ...]:
    """Return what a heatmap's opacity can follow as (title, volume's id), None for nothing.

    Every other layer, the top one first; another frame of its own where it has frames; and the
    volume that was read for it alone, if there is one.
    """
    sources: list[tuple[str, str | None]] = [("Nothing", None)]
    sources += [
        (other.name or "Unnamed", other.id) for other in reversed(state.layers) if other.id != layer.id
    ]
    wish = layer.opacity_by
    if volume.frames > 1 or (wish is not None and wish.volume == layer.id):
        sources.append(("A frame of its own", layer.id))
    if wish is not None and all(wish.volume != found for _, found in sources):
        sources.append((wish.name or "A file", wish.volume))
    return tuple(sources)


def starting_range(volume: Volume) -> tuple[float, float]:
    """Return the default range of a volume, widened where it is constant: opacity needs a way to go."""
    low, high = default_range(volume)
    if low < high:
        return low, high
    return low, low + (abs(low) or 1.0)


def following(state: SceneState, layer: HeatmapLayer, volume_id: str, volume: Volume) -> dict[str, Any]:
    """Return the changes that let a layer's opacity follow a volume of the scene, over its range.

    Of its own series it follows the next frame: the one in view would say nothing new. May take a
    while for a volume whose range nobody has asked for yet.
    """
    name = next((other.name for other in state.layers if other.id == volume_id), volume.name)
    low, high = starting_range(volume)
    frame = (layer.frame + 1) % volume.frames if volume_id == layer.id and volume.frames > 1 else None
    return {
        "opacity_by": OpacityBy(volume=volume_id, name=name, low=low, high=high),
        "opacity_by_frame": frame,
    }


def follow_file(scene: Scene, layer_id: str, volume: Volume, path: str) -> None:
    """Let a heatmap's opacity follow a volume that was read for it, over its range, as one step.

    Raises
    ------
    SettingError
        Where the heatmap is gone.
    """
    name = next((other.name for other in scene.state.heatmaps if other.id == layer_id), "")
    wish = (ReadSource(volume, path), *starting_range(volume))
    scene.edit_layer(layer_id, title=f"Fade {name} by {volume.name}", opacity_by=wish, opacity_by_frame=None)
