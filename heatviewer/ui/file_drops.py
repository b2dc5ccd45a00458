"""Files and series dragged onto a window: what a drop would do is shown, and done."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QPlainTextEdit, QTextEdit

from heatviewer.app import drops
from heatviewer.ui.layer_row import LayerRow
from heatviewer.ui.series_model import carried_series

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QMimeData

    from heatviewer.app.drops import Dropped, Zone
    from heatviewer.ui.drop_overlay import DropOverlay
    from heatviewer.ui.main_window import MainWindow
    from heatviewer.ui.opener import OpenAs

#: A text that is dragged is taken for a list of paths up to this length.
_LONGEST_TEXT = 100_000


class FileDrops(QObject):
    """Takes files, and series from the browser, wherever none of the window's widgets wants them.

    Fields would take a file's name as text; while files are held, they leave it to the window.

    Parameters
    ----------
    window : MainWindow
    overlay : DropOverlay
        Covers the pictures while something is held over the window.
    """

    def __init__(self, window: MainWindow, overlay: DropOverlay) -> None:
        super().__init__(window)
        self._window, self._overlay = window, overlay
        self._items: tuple[Dropped, ...] = ()
        self._target, self._mark = "", QFrame(window)
        self._mark.setObjectName("target")
        self._mark.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._mark.hide()
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take a drag's events of the window itself, and keep them from its fields."""
        if watched is not self._window:
            if isinstance(event, QDragEnterEvent) and is_wanted(event.mimeData()):
                event.ignore()
                return True
        elif event.type() == QEvent.Type.DragLeave:
            self._overlay.hide()
            self._mark.hide()
        elif isinstance(event, QDropEvent) and event.type() == QEvent.Type.Drop:
            self._drop(event)
            return True
        elif isinstance(event, QDragMoveEvent):
            self._move(event, entered=event.type() == QEvent.Type.DragEnter)
            return True
        return super().eventFilter(watched, event)

    def _move(self, event: QDragMoveEvent, entered: bool) -> None:
        if entered:
            self._pass_fields()
            if found := self._zones(event.mimeData()):
                self._overlay.show_for(found)
        if not self._overlay.isVisible():
            event.ignore()
            return
        self._point_at(event)
        event.acceptProposedAction()

    def _pass_fields(self) -> None:
        texts = [*self._window.findChildren(QPlainTextEdit), *self._window.findChildren(QTextEdit)]
        for field in (*self._window.findChildren(QLineEdit), *(text.viewport() for text in texts)):
            # Once only: Qt puts a filter that is there already to the front.
            field.installEventFilter(self)

    def _zones(self, data: QMimeData) -> tuple[Zone, ...]:
        """Return what can be done with what a drag carries; empty where nothing can."""
        self._items, self._target = (), ""
        carried = carried_series(data)
        if carried is not None:
            return drops.data_zones(carried[2], carried[2][0], self._window.opener.base_expected)
        paths = local_paths(data)
        if paths:
            self._items = drops.look_at(paths)
            return self._file_zones()
        return (drops.refusal(),) if remote_urls(data) else ()

    def _file_zones(self) -> tuple[Zone, ...]:
        window = self._window
        heatmaps = {layer.id: layer.name for layer in window.scene.state.heatmaps}
        heatmap = heatmaps.get(self._target or window.scene.state.selected or "")
        return drops.zones(self._items, window.opener.base_expected, heatmap)

    def _aim(self, at: QPoint) -> None:
        """Let a style be for the heatmap whose row is under the pointer, else for the selected one."""
        found = self._row_at(at) if self._overlay.role == "style" else None
        target = "" if found is None else found.layer_id
        if found is not None:
            self._mark.setGeometry(QRect(found.mapTo(self._window, QPoint()), found.size()))
            self._mark.raise_()
        self._mark.setVisible(found is not None)
        if target != self._target:
            self._target = target
            self._overlay.show_for(self._file_zones())

    def _row_at(self, at: QPoint) -> LayerRow | None:
        """Return the row of a heatmap under a place of the window."""
        layers = self._window.layers
        item = layers.list.itemAt(layers.list.viewport().mapFrom(self._window, at))
        row = layers.list.itemWidget(item) if item is not None else None
        return row if isinstance(row, LayerRow) else None

    def _drop(self, event: QDropEvent) -> None:
        if not self._overlay.isVisible():
            event.ignore()
            return
        self._point_at(event)
        zone = self._overlay.zones[self._overlay.lit]
        self._overlay.hide()
        self._mark.hide()
        event.acceptProposedAction()
        carried = carried_series(event.mimeData())
        if zone.role == "refused":
            self._window.report(f"{zone.title}. {zone.detail}.", "warning")
        elif carried is not None:
            self._window.series.open_dropped(carried[0], carried[1], cast("OpenAs", zone.role))
        else:
            self._open(self._items, zone)

    def _open(self, items: Sequence[Dropped], zone: Zone) -> None:
        """Do with files what a zone says; styles come last, when there is something to give them to."""
        window, found = self._window, drops.sort_out(items)
        opened_as = cast("OpenAs", zone.role) if zone.role in ("study", "heatmap", "mask") else "auto"
        alone = bool(found.documents) and found.documents[0].kind == "worklist"
        with_it = () if alone else found.data
        paths = [item.path for item in (*found.documents[:1], *with_it)]
        if paths:
            window.open_paths(paths, opened_as)
        left = [*found.documents[1:], *found.left_out, *(found.data if alone else ())]
        if found.documents:
            # Its layers have their own looks.
            left += found.styles
        elif found.styles:
            self._apply_styles([item.path for item in found.styles])
        if left:
            window.report(f"Not opened: {drops.listed_names([item.name for item in left])}.", "info")

    def _apply_styles(self, paths: Sequence[str]) -> None:
        """Apply style files, once everything that was dropped with them is there."""
        loader, target = self._window.loader, self._target

        def apply() -> None:
            if loader.busy:
                return
            loader.changed.disconnect(apply)
            for path in paths:
                self._window.commands.apply_style_file(path, target)

        loader.changed.connect(apply)
        apply()

    def _point_at(self, event: QDropEvent) -> None:
        at = event.position().toPoint()
        self._aim(at)
        self._overlay.move_to(self._overlay.mapFrom(self._window, at))


def local_paths(data: QMimeData) -> list[str]:
    """Return the files and folders that a drag carries, as URLs or as plain text of absolute paths."""
    if data.hasUrls():
        return [url.toLocalFile() for url in data.urls() if url.isLocalFile()]
    found = [url.toLocalFile() for url in _urls_of_text(data) if url.isLocalFile()]
    return found or [line for line in _lines(data) if Path(line).is_absolute()]


def remote_urls(data: QMimeData) -> list[str]:
    """Return the addresses of what a drag carries that does not lie on this machine."""
    urls = data.urls() if data.hasUrls() else _urls_of_text(data)
    return [url.toString() for url in urls if not url.isLocalFile() and url.scheme()]


def is_wanted(data: QMimeData) -> bool:
    """Return whether a drag is the window's and no text for a field."""
    return data.hasUrls() or carried_series(data) is not None


def _lines(data: QMimeData) -> list[str]:
    text = data.text() if data.hasText() else ""
    lines = text.splitlines() if len(text) <= _LONGEST_TEXT else []
    return [line.strip() for line in lines if line.strip()]


def _urls_of_text(data: QMimeData) -> list[QUrl]:
    return [QUrl(line) for line in _lines(data) if "://" in line]
