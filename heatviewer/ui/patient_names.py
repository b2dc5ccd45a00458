"""The patient's name in the window's title: off unless a person wants it, and kept nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from heatviewer.app.patient import patient_name

if TYPE_CHECKING:
    from heatviewer.ui.main_window import MainWindow


class PatientNames(QObject):
    """Reads the name from the base's files while it is wanted, on another thread.

    ``changed`` tells that a title is to be written anew.
    """

    changed = Signal()

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._source, self._name = "", ""

    @property
    def on(self) -> bool:
        """Whether names are shown."""
        return self._window.preferences.patient_names

    def toggle(self) -> None:
        """Show names, or not any more."""
        self._window.remember(self._window.preferences.replaced(patient_names=not self.on))
        self._source, self._name = "", ""
        self.changed.emit()

    def titled(self, title: str) -> str:
        """Return a study's title with the patient's name before it, where that is wanted and known."""
        if not self.on or not title:
            return title
        base = self._window.scene.state.base
        source = base.source if base is not None else ""
        if source != self._source:
            self._source, self._name = source, ""
            if source:
                self._window.background.run(
                    lambda: patient_name(source), lambda name: self._take(source, name), self._fail
                )
        return f"{self._name} — {title}" if self._name else title

    def _take(self, source: str, name: str) -> None:
        if source == self._source and name:
            self._name = name
            self.changed.emit()

    def _fail(self, error: Exception) -> None:
        raise error
