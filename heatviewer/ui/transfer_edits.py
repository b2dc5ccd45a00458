"""The one way from the parts of the transfer function's editor to the scene: steps, drags, taking back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from heatviewer.core.errors import SettingError

if TYPE_CHECKING:
    from heatviewer.app.scene import Scene
    from heatviewer.app.transfer_handles import Changes
    from heatviewer.core.volume import Volume
    from heatviewer.model.layer import HeatmapLayer


class TransferEdits(QObject):
    """Edits one heatmap of a scene.

    Changes that are held under one key are one step; it ends with `end`, with a change under
    another key, or with one that is not held.

    Attributes
    ----------
    volumetric : bool
        Whether the curve for 3D is the one that is edited.

    Signals
    -------
    failed : str
        Why a change was not taken; empty once one was.
    edited
        A change was taken.
    """

    failed = Signal(str)
    edited = Signal()

    def __init__(self, scene: Scene, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.scene = scene
        self.layer_id = ""
        self.volumetric = False
        self._held: tuple[object, object] | None = None

    @property
    def layer(self) -> HeatmapLayer | None:
        """The settings of now; None where the layer is gone."""
        return next((layer for layer in self.scene.state.heatmaps if layer.id == self.layer_id), None)

    @property
    def volume(self) -> Volume | None:
        """The layer's data."""
        return self.scene.volumes.get(self.layer_id)

    def once(self, title: str, changes: Changes) -> None:
        """Change settings as a step of its own."""
        self.end()
        self._edit(title, changes, None)

    def hold(self, key: object, title: str, changes: Changes) -> None:
        """Change settings as (part of) the step of a key."""
        if self._held is None or self._held[0] != key:
            self.end()
            # A new object: no later drag of the same handle can be taken for this one.
            self._held = (key, object())
        self._edit(title, changes, self._held)

    def _edit(self, title: str, changes: Changes, merge: object) -> None:
        if self.layer is None or not changes:
            return
        try:
            self.scene.edit_layer(self.layer_id, title=title, merge=merge, **changes)
        except SettingError as error:
            self.failed.emit(str(error))
        else:
            self.failed.emit("")
            self.edited.emit()

    def end(self) -> None:
        """Close the step that is held."""
        if self._held is not None:
            self._held = None
            self.scene.end_drag()

    def take_back(self) -> None:
        """Undo what is held, as if it had not been begun."""
        done = self.scene.history.done
        if self._held is not None and done and done[-1].merge == self._held:
            self.scene.undo()
            self.edited.emit()
        self._held = None
