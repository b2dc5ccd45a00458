"""The list of layers: the top of the list is the top of the scene, the base lies at the bottom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QDrag
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from heatviewer.app import links
from heatviewer.app.information import moved, notes
from heatviewer.app.layer_commands import set_visible
from heatviewer.model.draws import is_shown, soloed
from heatviewer.model.layer import HeatmapLayer
from heatviewer.ui import icons
from heatviewer.ui.controls import named, plain
from heatviewer.ui.layer_row import ROW_HEIGHT, Among, JobRow, LayerRow
from heatviewer.ui.menus import LAYER_MENU, fill_menu
from heatviewer.ui.missing_notice import MissingNotice
from heatviewer.ui.missing_row import MISSING_HEIGHT, MissingRow
from heatviewer.ui.panel_head import PanelHead
from heatviewer.ui.solo_strip import SoloStrip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QAction, QDragEnterEvent, QDragMoveEvent, QDropEvent, QResizeEvent

    from heatviewer.app.loader import Loader, LoadJob
    from heatviewer.app.scene import Scene
    from heatviewer.app.scene_change import SceneChange
    from heatviewer.model.layer import BaseLayer
    from heatviewer.model.scene_state import MissingLayer
    from heatviewer.ui.theme import Tokens

#: Narrower, the names of most files would be cut.
_WIDTH = 248
#: As many files on their way have a row; of a folder's files dropped at once there may be thousands.
_MOST_JOBS = 8
LAYER_MIME = "application/x-heatviewer-layer"


class LayerList(QListWidget):
    """The heatmaps, dragged to another place by their rows."""

    dropped = Signal(str, int)
    menu_wanted = Signal(str, QPoint)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("layers")
        named(self, "Heatmaps", "Heatmaps, the top one first; drag to change the order")
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setFrameShape(QFrame.Shape.NoFrame)
        # As high as its rows, and less where there is no room: the base lies right below.
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)

    def sizeHint(self) -> QSize:
        """Return the height of all rows."""
        rows = sum(self.sizeHintForRow(row) for row in range(self.count()))
        return QSize(super().sizeHint().width(), rows + 4 if rows else 0)

    def minimumSizeHint(self) -> QSize:
        """Return the height of a row at most: none at all for no rows."""
        return QSize(super().minimumSizeHint().width(), min(self.sizeHint().height(), ROW_HEIGHT))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the rows as wide as the list: by itself it gives new room to its items alone."""
        super().resizeEvent(event)
        self.updateEditorGeometries()

    def layer_ids(self) -> list[str]:
        """Return the ids from the top of the list, empty for layers that are missing."""
        return [str(self.item(row).data(Qt.ItemDataRole.UserRole)) for row in range(self.count())]

    def mimeTypes(self) -> list[str]:
        """Return what a drag carries."""
        return [LAYER_MIME]

    def mimeData(self, items: Sequence[QListWidgetItem]) -> QMimeData:
        """Return a drag's layer id."""
        data = QMimeData()
        data.setData(LAYER_MIME, str(items[0].data(Qt.ItemDataRole.UserRole)).encode())
        return data

    def startDrag(self, _actions: Qt.DropAction) -> None:
        """Drag a picture of the row. The toolkit's own drag would take the row out of the list itself."""
        item = self.currentItem()
        if item is None:
            return
        drag = QDrag(self)
        drag.setMimeData(self.mimeData([item]))
        if (row := self.itemWidget(item)) is not None:
            drag.setPixmap(row.grab())
        drag.exec(Qt.DropAction.MoveAction)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take layers; leave files to the window."""
        if event.mimeData().hasFormat(LAYER_MIME):
            super().dragEnterEvent(event)
            event.accept()
        else:
            event.ignore()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Show where a layer would go; leave files to the window."""
        if event.mimeData().hasFormat(LAYER_MIME):
            super().dragMoveEvent(event)
            event.accept()
        else:
            event.ignore()

    def dropEvent(self, event: QDropEvent) -> None:
        """Tell which layer goes to which row; the scene changes, and the list follows it."""
        if not event.mimeData().hasFormat(LAYER_MIME):
            event.ignore()
            return
        layer_id = bytes(event.mimeData().data(LAYER_MIME).data()).decode()
        ids = self.layer_ids()
        if layer_id in ids:
            row = self._row_at(event.position().toPoint().y())
            self.dropped.emit(layer_id, row - (ids.index(layer_id) < row))
        event.acceptProposedAction()
        self.setState(QAbstractItemView.State.NoState)
        self.viewport().update()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu of a row: under the pointer, or by the key the one that is selected."""
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard and self.hasFocus()
        item = self.currentItem() if by_key else self.itemAt(event.pos())
        if item is None:
            event.ignore()
            return
        at = self.viewport().mapToGlobal(self.visualItemRect(item).center()) if by_key else event.globalPos()
        self.menu_wanted.emit(str(item.data(Qt.ItemDataRole.UserRole)), at)

    def _row_at(self, y: int) -> int:
        """Return the gap nearest a height: 0 above the first row, count() below the last."""
        for row in range(self.count()):
            if y < self.visualItemRect(self.item(row)).center().y():
                return row
        return self.count()


class LayerPanel(QWidget):
    """Layers, files on their way, and the buttons that add and remove.

    Signals
    -------
    base_chosen, heatmap_chosen
        Which of the two settings a person wants to see.
    information_wanted : str
        Of which layer a person wants to know more.
    locate_wanted : MissingLayer
        A person wants to say where a missing layer's file is.
    """

    base_chosen = Signal()
    heatmap_chosen = Signal()
    information_wanted = Signal(str)
    locate_wanted = Signal(object)

    def __init__(self, scene: Scene, loader: Loader, actions: dict[str, QAction]) -> None:
        super().__init__()
        self._actions = actions
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.scene, self.loader = scene, loader
        self.rows: dict[str, LayerRow] = {}
        self.job_rows: list[JobRow] = []
        self.base_row: LayerRow | None = None
        self.missing_rows: list[MissingRow] = []
        self.notice = MissingNotice()
        self._tokens: Tokens | None = None
        self.list = LayerList()
        self.list.dropped.connect(self._drop)
        self.list.menu_wanted.connect(self._show_menu)
        self.list.itemSelectionChanged.connect(self._select)
        self.list.itemClicked.connect(lambda _item: self.heatmap_chosen.emit())
        self._hint = QLabel("No heatmap yet. Drop a file here, or use the + button.")
        self._hint.setObjectName("muted")
        self._hint.setWordWrap(True)
        self._hint.setContentsMargins(12, 12, 12, 12)
        self._more_jobs = plain(QLabel())
        self._more_jobs.setObjectName("muted")
        self._more_jobs.setContentsMargins(12, 4, 12, 4)
        self._more_jobs.hide()
        self._jobs = QVBoxLayout()
        self._jobs.setSpacing(0)
        self._base = QVBoxLayout()
        self._base.setContentsMargins(4, 4, 4, 4)
        self._column(actions)
        self.setMinimumWidth(_WIDTH)
        self.rebuild()

    def _column(self, actions: dict[str, QAction]) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        head = PanelHead("Layers")
        head.row.setSpacing(2)
        for action_id in ("layer.add", "layer.up", "layer.down", "layer.remove"):
            button = QToolButton()
            button.setDefaultAction(actions[action_id])
            button.setIconSize(QSize(16, 16))
            button.setAccessibleName(actions[action_id].text().replace("&", ""))
            head.row.addWidget(button)
        column.addWidget(head)
        column.addWidget(self.notice)
        column.addLayout(self._jobs)
        column.addWidget(self._more_jobs)
        column.addWidget(self._hint)
        column.addWidget(self.list)
        self.solo_strip = SoloStrip(actions["layer.show_all"])
        column.addWidget(self.solo_strip)
        self._line = QFrame()
        self._line.setObjectName("line")
        self._line.setFixedHeight(1)
        column.addWidget(self._line)
        column.addLayout(self._base)
        column.addStretch(1)

    def set_tokens(self, tokens: Tokens) -> None:
        """Draw the icons in a theme's colours."""
        self._tokens = tokens
        icons.refresh(self, tokens)

    def on_changed(self, change: SceneChange) -> None:
        """Follow the scene."""
        if change.layer_list:
            self.rebuild()
        elif change.layers or soloed(change.before) != soloed(change.after):
            for layer in change.after.layers:
                if (row := self._row(layer.id)) is not None:
                    row.show_layer(layer, self._tokens, self._among(layer))
            self._show_solo()
        if change.layer_list or change.selection:
            self._show_selection()

    def _row(self, layer_id: str) -> LayerRow | None:
        if self.base_row is not None and self.base_row.layer_id == layer_id:
            return self.base_row
        return self.rows.get(layer_id)

    def rebuild(self) -> None:
        """Make the rows anew from the scene."""
        state = self.scene.state
        self.list.blockSignals(True)
        self.list.clear()
        self.rows, self.missing_rows = {}, []
        for layer in reversed(state.listed):
            item = QListWidgetItem()
            item.setData(Qt.ItemDataRole.AccessibleTextRole, layer.name)
            item.setSizeHint(QSize(0, max(ROW_HEIGHT, MISSING_HEIGHT) + 2))
            self.list.addItem(item)
            if isinstance(layer, HeatmapLayer):
                item.setData(Qt.ItemDataRole.UserRole, layer.id)
                self.rows[layer.id] = self._make_row(layer)
                self.list.setItemWidget(item, self.rows[layer.id])
            else:
                # There is nothing to select or to drag.
                item.setData(Qt.ItemDataRole.UserRole, "")
                item.setFlags(Qt.ItemFlag.ItemIsEnabled)
                self.list.setItemWidget(item, self._make_missing_row(layer))
        self.list.blockSignals(False)
        self._rebuild_base()
        self.list.updateGeometry()
        self._line.setVisible(bool(self._base.count()) and bool(self.list.count()))
        self._hint.setVisible(state.base is not None and not self.list.count())
        self._show_solo()
        self._show_selection()

    def _rebuild_base(self) -> None:
        """Make the row of the base anew, or that of a base that is missing."""
        while (item := self._base.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.setParent(None)
                old.deleteLater()
        state, self.base_row = self.scene.state, None
        if state.base is not None:
            self.base_row = self._make_row(state.base)
            self._base.addWidget(self.base_row)
        for missing in state.missing:
            if missing.role == "base" and self.base_row is None:
                self._base.addWidget(self._make_missing_row(missing))

    def _make_missing_row(self, missing: MissingLayer) -> MissingRow:
        row = MissingRow(missing, self._tokens)
        row.locate_wanted.connect(lambda: self.locate_wanted.emit(missing))
        row.remove_wanted.connect(lambda: self.scene.forget_missing(missing))
        self.missing_rows.append(row)
        return row

    def _among(self, layer: HeatmapLayer | BaseLayer) -> Among:
        """Return how a layer stands among the others."""
        state = self.scene.state
        alone = soloed(state)
        group = layer.link if isinstance(layer, HeatmapLayer) else None
        return Among(
            shown=is_shown(state, layer),
            alone=None if alone is None else state.heatmap(alone).name,
            linked=len(links.members(state, group)),
            notes=notes(self.scene, layer),
            moved=moved(self.scene, layer),
            colored=(volume := self.scene.volumes.get(layer.id)) is not None and volume.is_color,
        )

    def _show_solo(self) -> None:
        alone = soloed(self.scene.state)
        self.solo_strip.show_name(None if alone is None else self.scene.state.heatmap(alone).name)

    def _make_row(self, layer: HeatmapLayer | BaseLayer) -> LayerRow:
        row = LayerRow(layer)
        row.show_layer(layer, self._tokens, self._among(layer))
        row.visible_edited.connect(lambda on: self._set_visible(row.layer_id, on))
        row.solo_edited.connect(lambda on: self._set_solo(row.layer_id, on))
        row.opacity_edited.connect(lambda value: self._set_opacity(row.layer_id, value))
        row.opacity_finished.connect(self.scene.end_drag)
        row.renamed.connect(lambda name: self._rename(row.layer_id, name))
        row.marked.connect(lambda: self.information_wanted.emit(row.layer_id))
        if not row.is_heatmap:
            row.pressed.connect(self.base_chosen)
            return row
        menu = named(QMenu(row.link), "Link", "Which heatmaps share their look")
        menu.addActions([self._actions[name] for name in ("layer.link_all", "layer.unlink")])
        menu.aboutToShow.connect(lambda: self.scene.select(row.layer_id))
        row.link.setMenu(menu)
        return row

    def _layer(self, layer_id: str) -> HeatmapLayer | BaseLayer:
        base = self.scene.state.base
        return base if base is not None and base.id == layer_id else self.scene.state.heatmap(layer_id)

    def _set_visible(self, layer_id: str, on: bool) -> None:
        set_visible(self.scene, self._layer(layer_id), on)

    def _set_solo(self, layer_id: str, on: bool) -> None:
        self.scene.solo = layer_id if on else None

    def _show_menu(self, layer_id: str, at: QPoint) -> None:
        """Select a heatmap and show what can be done with it; of a missing one, its row says that."""
        if not layer_id:
            return
        self.scene.select(layer_id)
        self.heatmap_chosen.emit()
        menu = named(QMenu(self), "Heatmap", "What can be done with this heatmap")
        fill_menu(menu, LAYER_MENU, self._actions)
        menu.insertMenu(self._actions["layer.link_all"], self._link_menu(menu, layer_id))
        menu.popup(at)

    def _link_menu(self, parent: QMenu, layer_id: str) -> QMenu:
        """Return the menu of the other heatmaps that one can share its look with."""
        menu = named(QMenu("Link &with", parent), "Link with", "Take over another heatmap's look")
        others = [layer for layer in reversed(self.scene.state.heatmaps) if layer.id != layer_id]
        for other in others:
            title = (other.name or "heatmap").replace("&", "&&")
            action = menu.addAction(f"{title}  ({other.link})" if other.link else title)
            action.triggered.connect(lambda _=False, at=other.id: links.link(self.scene, layer_id, at))
        menu.setEnabled(bool(others))
        return menu

    def _set_opacity(self, layer_id: str, value: float) -> None:
        name = self.scene.state.heatmap(layer_id).name
        self.scene.edit_layer(
            layer_id, title=f"Opacity of {name}", merge=(layer_id, "opacity"), opacity=value
        )

    def _rename(self, layer_id: str, name: str) -> None:
        self.scene.edit_layer(layer_id, title=f"Rename to {name}", name=name)

    def rename_selected(self) -> None:
        """Let the selected heatmap's name be typed."""
        selected = self.scene.selected
        if selected is not None and selected.id in self.rows:
            self.rows[selected.id].start_rename()

    def _drop(self, layer_id: str, row: int) -> None:
        rest = [other for other in self.list.layer_ids() if other != layer_id]
        self.scene.move(layer_id, sum(1 for other in rest[row:] if other))

    def _select(self) -> None:
        items = self.list.selectedItems()
        if items:
            self.scene.select(str(items[0].data(Qt.ItemDataRole.UserRole)))

    def _show_selection(self) -> None:
        ids = self.list.layer_ids()
        selected = self.scene.state.selected
        row = ids.index(selected) if selected in ids else -1
        if row != self.list.currentRow():
            self.list.blockSignals(True)
            self.list.setCurrentRow(row)
            self.list.blockSignals(False)

    def show_jobs(self) -> None:
        """Show the files on their way and those that could not be read."""
        shown = self.loader.jobs[:_MOST_JOBS]
        if [row.job for row in self.job_rows] != shown:
            for row in self.job_rows:
                # One that was never seen would be shown later, as a window that takes the keyboard.
                row.hide()
                row.setParent(None)
                row.deleteLater()
            self.job_rows = [self._make_job_row(job) for job in shown]
        left = len(self.loader.jobs) - len(shown)
        self._more_jobs.setText(f"and {left} more" if left else "")
        self._more_jobs.setVisible(left > 0)
        for row in self.job_rows:
            row.refresh()

    def _make_job_row(self, job: LoadJob) -> JobRow:
        row = JobRow(job)
        row.retried.connect(lambda: self.loader.retry(row.job))
        row.dismissed.connect(lambda: self.loader.dismiss(row.job))
        if self._tokens is not None:
            icons.refresh(row, self._tokens)
        self._jobs.addWidget(row)
        return row
