"""What an event of a scene tells."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from heatviewer.model.scene_state import SceneState


@dataclass(frozen=True)
class SceneChange:
    """What an event tells: the display state before and after.

    ``held`` is a change under a merge key, as a dragged handle makes many of; the last is followed
    by ``Scene.settled``. ``data`` are the ids of volumes in whose place others are now.
    """

    before: SceneState
    after: SceneState
    held: bool = False
    data: frozenset[str] = field(default_factory=frozenset)

    @property
    def layers(self) -> bool:
        """Whether the base or any heatmap changed, its settings or its data, came or went."""
        before, after = self.before, self.after
        return bool(self.data) or before.base != after.base or before.heatmaps != after.heatmaps

    @property
    def layer_list(self) -> bool:
        """Whether layers, missing ones too, came, went or changed their order."""
        if self.before.missing != self.after.missing:
            return True
        return self._ids(self.before) != self._ids(self.after)

    @property
    def view(self) -> bool:
        """Whether cursor, planes, camera or layout changed."""
        return self.before.view != self.after.view

    @property
    def cursor(self) -> bool:
        """Whether the cursor moved."""
        return self.before.view.cursor != self.after.view.cursor

    @property
    def selection(self) -> bool:
        """Whether another heatmap is selected."""
        return self.before.selected != self.after.selected

    @staticmethod
    def _ids(state: SceneState) -> tuple[str, ...]:
        return tuple(layer.id for layer in state.layers)
