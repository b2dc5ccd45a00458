"""Choosing a layer's colour preset: looking at many, taking one, as a single step to undo."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from heatviewer.app.user_presets import rename_preset, save_preset
from heatviewer.core.colormap import ColorMap, looks_diverging, stretched
from heatviewer.core.errors import SettingError
from heatviewer.model.catalogue import key
from heatviewer.model.presets import preset

if TYPE_CHECKING:
    from heatviewer.app.scene import Scene
    from heatviewer.model.layer import HeatmapLayer


class PresetChoice:
    """One look through the presets for a layer: `show` as often as wished, then `take` or `restore`.

    The data range is never touched; explicit colour points give way to the preset.
    """

    def __init__(self, scene: Scene, layer_id: str) -> None:
        self.scene = scene
        self.layer_id = layer_id
        self._begin()

    def _begin(self) -> None:
        self._before = self.layer
        self._merge = object()

    @property
    def layer(self) -> HeatmapLayer:
        """The layer's settings now."""
        return self.scene.state.heatmap(self.layer_id)

    @property
    def there(self) -> bool:
        """Whether the layer is still in the scene."""
        return any(layer.id == self.layer_id for layer in self.scene.state.heatmaps)

    def show(self, name: str) -> None:
        """Show the layer in a preset."""
        if self.layer.preset != name or self.layer.rgb_points is not None:
            self._edit(preset=name, rgb_points=None)

    def restore(self) -> None:
        """Show the layer as it was; nothing is left to undo."""
        if self.there:
            before = self._before
            if (self.layer.preset, self.layer.rgb_points) != (before.preset, before.rgb_points):
                self._edit(preset=before.preset, rgb_points=before.rgb_points)
            self.scene.end_drag()

    def take(self) -> None:
        """Leave the layer as it is shown; it is one step."""
        self.scene.end_drag()
        self._begin()

    def _edit(self, **changes: object) -> None:
        title = f"Preset of {self._before.name}"
        self.scene.edit_layer(self.layer_id, title=title, merge=self._merge, **changes)


def look_of(layer: HeatmapLayer) -> ColorMap:
    """Return a layer's colours as a map over 0…1, reversing and flat levels baked in.

    Explicit points are stretched from their own span.

    Raises
    ------
    SettingError
        Where all explicit points lie at one value.
    """
    if layer.rgb_points is None:
        return preset(layer.preset).baked(layer.reverse, layer.steps)
    try:
        points = stretched(layer.rgb_points)
    except ValueError as error:
        raise SettingError("rgb_points", str(error), "Move a point before you save them") from None
    made = ColorMap(layer.preset, "rgb", points)
    return replace(made, diverging=looks_diverging(made)).baked(layer.reverse, layer.steps)


def save_look(scene: Scene, layer_id: str, name: str, replace_old: bool = False) -> ColorMap:
    """Keep a layer's colours as a preset of the user's, and let the layer use it.

    A layer whose explicit points do not span its data range keeps them, for the preset would look
    different on it. Raises as `save_preset` does.
    """
    layer = scene.state.heatmap(layer_id)
    made = save_preset(name, look_of(layer), replace_old)
    points = layer.rgb_points
    if points is None or (points[0], points[-4]) == layer.data_range:
        title = f"Save preset {made.name}"
        scene.edit_layer(layer_id, title=title, preset=made.name, reverse=False, steps=None, rgb_points=None)
    return made


def rename(scene: Scene, old: str, new: str) -> ColorMap:
    """Give a preset another name, and the layers that use it too; raises as `rename_preset` does."""
    made = rename_preset(old, new)
    with scene.one_step(f"Rename preset {old}"):
        for layer in scene.state.heatmaps:
            if key(layer.preset) == key(old):
                scene.edit_layer(layer.id, preset=made.name)
    return made


def put_back(gone: ColorMap) -> ColorMap:
    """Keep a deleted preset again."""
    return save_preset(gone.name, gone, replace_old=True)
