"""The curves of a scene's series at its cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from heatviewer.analysis.curve import Curve, curve_at
from heatviewer.app.frames import frame_of, framed_layers
from heatviewer.model.placing import placed_volume

if TYPE_CHECKING:
    from heatviewer.app.scene import Scene


def curves_at_cursor(scene: Scene) -> tuple[Curve, ...]:
    """Return a curve for every layer with several frames that has the cursor within its grid, base first."""
    found = []
    for layer in framed_layers(scene):
        volume = placed_volume(layer, scene.volumes, scene.state)
        values = curve_at(volume, scene.cursor, bool(getattr(layer, "zero_is_missing", False)))
        if values is not None:
            found.append(Curve(layer.name, layer.unit, values, volume.frame_axis, frame_of(scene, layer)))
    return tuple(found)
