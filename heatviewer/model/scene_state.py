"""The whole display state of one study."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from heatviewer.model.base import Settings
from heatviewer.model.layer import BaseLayer, HeatmapLayer
from heatviewer.model.view import ViewState

#: The longest text of notes, in characters.
MAX_NOTES = 1_000_000


class MissingLayer(Settings):
    """A layer of a session or task whose file is not to be had: listed, and saved again as it was.

    Attributes
    ----------
    role : {'base', 'heatmap'}
    index : int
        Its place among all heatmaps, missing ones too, 0 at the bottom.
    name : str
        As lists show it.
    path : str
        Where it was looked for last.
    reason : str
        Why it is missing, as a sentence without a full stop.
    entry : str
        What the session says of it, as JSON.
    """

    role: Literal["base", "heatmap"]
    index: int = 0
    name: str = ""
    path: str = ""
    reason: str = ""
    entry: str = "{}"


class SceneState(Settings):
    """Base, heatmaps (bottom first), the selected heatmap's id, the view, and what belongs to the study.

    Attributes
    ----------
    missing : tuple of MissingLayer
        Layers that could not be read when the session was opened.
    notes : str
        The reader's own text.
    metadata : tuple of (str, str)
        What a task says of the study, to be shown.
    kept : str
        What a session or task holds beside that this program does not know, as JSON.
    """

    base: BaseLayer | None = None
    heatmaps: tuple[HeatmapLayer, ...] = ()
    selected: str | None = None
    view: ViewState = ViewState()
    missing: tuple[MissingLayer, ...] = ()
    notes: Annotated[str, Field(max_length=MAX_NOTES)] = ""
    metadata: tuple[tuple[str, str], ...] = ()
    kept: str = ""

    @property
    def layers(self) -> tuple[BaseLayer | HeatmapLayer, ...]:
        """The base, where there is one, and the heatmaps, bottom first."""
        return self.heatmaps if self.base is None else (self.base, *self.heatmaps)

    @property
    def listed(self) -> tuple[HeatmapLayer | MissingLayer, ...]:
        """All heatmaps, bottom first, those that are missing at their places."""
        found: list[HeatmapLayer | MissingLayer] = list(self.heatmaps)
        for missing in sorted(self.missing, key=lambda one: one.index):
            if missing.role == "heatmap":
                found.insert(min(missing.index, len(found)), missing)
        return tuple(found)

    def heatmap(self, layer_id: str) -> HeatmapLayer:
        """Return a heatmap by id; KeyError where there is none."""
        for layer in self.heatmaps:
            if layer.id == layer_id:
                return layer
        raise KeyError(layer_id)

    def with_heatmap(self, layer: HeatmapLayer) -> SceneState:
        """Return a copy in which the heatmap of the same id is replaced."""
        return self.replaced(heatmaps=tuple(layer if h.id == layer.id else h for h in self.heatmaps))
