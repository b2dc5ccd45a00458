"""The tree of an opened path's volumes, as the toolkit's views ask for it."""

from __future__ import annotations

import html
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QAbstractItemModel, QMimeData, QModelIndex, QPersistentModelIndex, Qt

from heatviewer.app.browsing import Listing, Node, tree_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from PySide6.QtGui import QPixmap

    from heatviewer.ui.thumbnails import Thumbnails

    Index = QModelIndex | QPersistentModelIndex

#: A drag of volumes: ``{"path": …, "series": […], "names": […]}`` in JSON.
SERIES_MIME: Final = "application/x-heatviewer-series"
NODE_ROLE: Final = Qt.ItemDataRole.UserRole
#: What a row is in the scene: ``"Base"``, ``"Heatmap"`` or empty.
OPEN_ROLE: Final = Qt.ItemDataRole.UserRole + 1


@dataclass(eq=False)
class _Row:
    node: Node
    parent: int
    place: int
    children: list[int] = field(default_factory=list)


class SeriesModel(QAbstractItemModel):
    """Patients, studies, series and what comes together of one listing.

    Rows are numbered through and an index holds its number: that is cheap for thousands, and no
    object of Python's is given into the toolkit's keeping.
    """

    def __init__(self, thumbnails: Thumbnails) -> None:
        super().__init__()
        self.listing: Listing | None = None
        self._thumbnails = thumbnails
        self._rows: list[_Row] = []
        self._top: list[int] = []
        self._numbers: dict[str, int] = {}
        self._open: Mapping[str, str] = {}
        thumbnails.made.connect(self._on_thumbnail)

    # --- what is shown ---------------------------------------------------------------------

    def show_listing(self, listing: Listing | None, search: str = "") -> None:
        """Show the volumes of a listing that hold all words of a search."""
        self.beginResetModel()
        self.listing = listing
        self._rows = []
        nodes: tuple[Node, ...] = ()
        if listing is not None:
            nodes = tree_of(listing.series, search) if search else listing.tree
        self._top = self._added(nodes, -1)
        self._numbers = {row.node.info.id: n for n, row in enumerate(self._rows) if row.node.info is not None}
        self.endResetModel()

    def show_open(self, roles: Mapping[str, str]) -> None:
        """Mark which volumes are open: id to ``"Base"`` or ``"Heatmap"``."""
        if roles == self._open:
            return
        changed = {one for one in {*roles, *self._open} if roles.get(one) != self._open.get(one)}
        self._open = dict(roles)
        for one in changed & set(self._numbers):
            index = self._index_of(self._numbers[one])
            self.dataChanged.emit(index, index)

    @property
    def count(self) -> int:
        """How many rows there are, folded ones too."""
        return len(self._rows)

    def index_of(self, series: str) -> QModelIndex:
        """Return where a volume stands; invalid where it does not."""
        number = self._numbers.get(series)
        return QModelIndex() if number is None else self._index_of(number)

    def indexes(self) -> Iterator[QModelIndex]:
        """Yield every row, from top to bottom."""
        for number in range(len(self._rows)):
            yield self._index_of(number)

    def node(self, index: Index) -> Node:
        """Return what a row stands for."""
        return self._rows[index.internalId()].node

    def _added(self, nodes: Sequence[Node], parent: int) -> list[int]:
        numbers = []
        for place, node in enumerate(nodes):
            number = len(self._rows)
            row = _Row(node, parent, place)
            self._rows.append(row)
            row.children = self._added(node.children, number)
            numbers.append(number)
        return numbers

    def _index_of(self, number: int) -> QModelIndex:
        return QModelIndex() if number < 0 else self.createIndex(self._rows[number].place, 0, number)

    def _children(self, parent: Index | None) -> list[int]:
        if parent is None or not parent.isValid():
            return self._top
        return self._rows[parent.internalId()].children

    def _on_thumbnail(self, path: str, series: str) -> None:
        if self.listing is not None and self.listing.path == path and series in self._numbers:
            index = self._index_of(self._numbers[series])
            self.dataChanged.emit(index, index, [Qt.ItemDataRole.DecorationRole])

    # --- what the toolkit asks -------------------------------------------------------------

    def index(self, row: int, column: int, parent: Index | None = None) -> QModelIndex:
        """Return a child of a row."""
        children = self._children(parent)
        if column or not 0 <= row < len(children):
            return QModelIndex()
        return self._index_of(children[row])

    def parent(self, index: Index) -> QModelIndex:  # type: ignore[override]  # one of the toolkit's two
        """Return the row that another one lies below."""
        return self._index_of(self._rows[index.internalId()].parent) if index.isValid() else QModelIndex()

    def rowCount(self, parent: Index | None = None) -> int:
        """Return how many rows lie below one."""
        return len(self._children(parent))

    def columnCount(self, _parent: Index | None = None) -> int:
        """Return 1."""
        return 1

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Return that volumes can be chosen and dragged, and what cannot be read can not."""
        node = self.node(index)
        if node.kind in ("patient", "study"):
            return Qt.ItemFlag.ItemIsEnabled
        if not node.readable:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a row's text, or what is to be known of it."""
        if not index.isValid():
            return None
        node = self.node(index)
        if role == Qt.ItemDataRole.DisplayRole:
            return node.title
        if role == NODE_ROLE:
            return node
        if role == OPEN_ROLE:
            return self._open.get(node.info.id, "") if node.info is not None else ""
        if role == Qt.ItemDataRole.DecorationRole:
            return self._thumbnail(node)
        if role == Qt.ItemDataRole.ToolTipRole:
            return _tip(node)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            opened = self._open.get(node.info.id, "") if node.info is not None else ""
            return ", ".join(filter(None, (node.title, node.detail, opened.lower(), *node.warnings)))
        return None

    def _thumbnail(self, node: Node) -> QPixmap | None:
        """Return a row's picture; of volumes that come together, that of the first."""
        if self.listing is None or not node.series:
            return None
        return self._thumbnails.picture(self.listing.path, self.listing.found(node.series[0]))

    def mimeTypes(self) -> list[str]:
        """Return what a drag carries."""
        return [SERIES_MIME]

    def mimeData(self, indexes: Iterable[QModelIndex]) -> QMimeData:
        """Return the volumes of some rows as a drag."""
        data = QMimeData()
        nodes = [self.node(index) for index in indexes]
        if self.listing is not None:
            carried = {
                "path": self.listing.path,
                "series": list(dict.fromkeys(one for node in nodes for one in node.series)),
                "names": [node.title for node in nodes],
            }
            data.setData(SERIES_MIME, json.dumps(carried).encode())
        return data


def carried_series(data: QMimeData) -> tuple[str, list[str], list[str]] | None:
    """Return path, series and names that a drag from the browser carries; None where it carries none."""
    if not data.hasFormat(SERIES_MIME):
        return None
    carried = json.loads(bytes(data.data(SERIES_MIME).data()))
    return carried["path"], carried["series"], carried["names"]


def _tip(node: Node) -> str:
    """Return what is told of a row under the pointer; lines break where they must."""
    lines = [f"<b>{html.escape(node.title)}</b>", html.escape(node.detail)]
    if node.info is not None:
        spacing = " × ".join(f"{step:.3g}" for step in node.info.spacing)
        size = " × ".join(str(n) for n in node.info.shape)
        lines.append(f"{size} voxels, {spacing} mm")
        lines += [html.escape(warning) for warning in node.warnings]
    return "<br>".join(filter(None, lines))
