"""History and notes in their window: panels that are there when somebody wants them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Qt

from heatviewer.ui.history_panel import HistoryPanel
from heatviewer.ui.notes_panel import NotesPanel

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from heatviewer.app.scene_change import SceneChange
    from heatviewer.ui.main_window import MainWindow
    from heatviewer.ui.theme import Tokens

#: Of the height at the left, by panel.
_SHARES: Final = {"layers": 4, "worklist": 5, "history": 3, "notes": 3}


class SideDocks(QObject):
    """Makes the two panels below the layers, hidden at first.

    Attributes
    ----------
    history : HistoryPanel
    notes : NotesPanel
        It shows itself when a study comes that has notes or data to be read.
    docks : dict
        Their docks, ``"history"`` and ``"notes"``.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.history, self.notes = HistoryPanel(window.scene), NotesPanel(window.scene)
        left = Qt.DockWidgetArea.LeftDockWidgetArea
        self.docks: dict[str, QWidget] = {
            "history": window.dock("history", "History", self.history, left),
            "notes": window.dock("notes", "Notes", self.notes, left),
        }
        for dock in self.docks.values():
            dock.hide()
            dock.visibilityChanged.connect(self._on_shown)  # type: ignore[attr-defined]
        # At once: what is typed into a text that is no longer the scene's would take its place.
        window.scene.changed.connect(self.notes.on_changed)

    def stop(self) -> None:
        """Follow the scene no more."""
        self._window.scene.changed.disconnect(self.notes.on_changed)

    @property
    def is_idle(self) -> bool:
        """Whether what is shown is that of now."""
        return self.history.is_idle

    def _on_shown(self, shown: bool) -> None:
        if shown and self._window.isVisible():
            self.make_room()

    def make_room(self) -> None:
        """Share the side's height out to its panels: a worklist has fields below its cases."""
        panels = self._window.panels
        shares = {name: share for name, share in _SHARES.items() if not panels[name].isHidden()}
        docks = [panels[name] for name in shares]
        self._window.resizeDocks(docks, list(shares.values()), Qt.Orientation.Vertical)  # type: ignore[arg-type]

    def set_tokens(self, tokens: Tokens) -> None:
        """Draw in a theme's colours."""
        self.history.set_tokens(tokens)
        self.notes.set_tokens(tokens)

    def on_changed(self, change: SceneChange) -> None:
        """Follow the scene; show the notes of a study that comes with some."""
        self.history.on_changed(change)
        bases = [None if state.base is None else state.base.id for state in (change.before, change.after)]
        told = change.after.notes or change.after.metadata
        if bases[0] != bases[1] and told and not self._window.pictures_only:
            self.docks["notes"].show()
