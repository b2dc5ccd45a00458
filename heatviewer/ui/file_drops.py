"""Files and series dragged onto a window: what a drop would do is shown, and done."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QDragMoveEvent, QDropEvent

from heatviewer.ui.series_model import carried_series

if TYPE_CHECKING:
    from PySide6.QtCore import QMimeData

    from heatviewer.ui.drop_overlay import DropOverlay
    from heatviewer.ui.main_window import MainWindow
    from heatviewer.ui.opener import OpenAs


class FileDrops(QObject):
    """Takes files, and series from the browser, wherever none of the window's widgets wants them.

    Parameters
    ----------
    window : MainWindow
    overlay : DropOverlay
        Covers the pictures while something is held over the window.
    """

    def __init__(self, window: MainWindow, overlay: DropOverlay) -> None:
        super().__init__(window)
        self._window, self._overlay = window, overlay
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take a drag's events of the window itself."""
        if watched is self._window:
            if event.type() == QEvent.Type.DragLeave:
                self._overlay.hide()
            elif isinstance(event, QDropEvent) and event.type() == QEvent.Type.Drop:
                self._drop(event)
                return True
            elif isinstance(event, QDragMoveEvent):
                self._move(event, entered=event.type() == QEvent.Type.DragEnter)
                return True
        return super().eventFilter(watched, event)

    def _move(self, event: QDragMoveEvent, entered: bool) -> None:
        names = _names(event.mimeData())
        if entered and names:
            self._overlay.show_for(names, self._window.opener.base_expected)
        if not self._overlay.isVisible():
            event.ignore()
            return
        self._point_at(event)
        event.acceptProposedAction()

    def _drop(self, event: QDropEvent) -> None:
        if not self._overlay.isVisible():
            event.ignore()
            return
        self._point_at(event)
        opened_as: OpenAs = "study" if self._overlay.role == "study" else "auto"
        self._overlay.hide()
        event.acceptProposedAction()
        carried = carried_series(event.mimeData())
        if carried is not None:
            self._window.series.open_dropped(carried[0], carried[1], opened_as)
        elif paths := local_paths(event.mimeData()):
            self._window.open_paths(paths, opened_as)

    def _point_at(self, event: QDropEvent) -> None:
        self._overlay.move_to(self._overlay.mapFrom(self._window, event.position().toPoint()))


def local_paths(data: QMimeData) -> list[str]:
    """Return the files and folders that a drag carries."""
    return [url.toLocalFile() for url in data.urls() if url.isLocalFile()]


def _names(data: QMimeData) -> list[str]:
    """Return what a drag carries by name, files or series; empty where it is neither."""
    carried = carried_series(data)
    return carried[2] if carried is not None else [Path(path).name for path in local_paths(data)]
