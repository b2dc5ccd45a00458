"""The whole display state of one study."""

from __future__ import annotations

from heatviewer.model.base import Settings
from heatviewer.model.layer import BaseLayer, HeatmapLayer
from heatviewer.model.view import ViewState


class SceneState(Settings):
    """Base, heatmaps (bottom first), the selected heatmap's id, and the view."""

    base: BaseLayer | None = None
    heatmaps: tuple[HeatmapLayer, ...] = ()
    selected: str | None = None
    view: ViewState = ViewState()

    @property
    def layers(self) -> tuple[BaseLayer | HeatmapLayer, ...]:
        """The base, where there is one, and the heatmaps, bottom first."""
        return self.heatmaps if self.base is None else (self.base, *self.heatmaps)

    def heatmap(self, layer_id: str) -> HeatmapLayer:
        """Return a heatmap by id; KeyError where there is none."""
        for layer in self.heatmaps:
            if layer.id == layer_id:
                return layer
        raise KeyError(layer_id)

    def with_heatmap(self, layer: HeatmapLayer) -> SceneState:
        """Return a copy in which the heatmap of the same id is replaced."""
        return self.replaced(heatmaps=tuple(layer if h.id == layer.id else h for h in self.heatmaps))
