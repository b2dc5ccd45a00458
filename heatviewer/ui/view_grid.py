"""The four views in one of the layouts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QGridLayout, QWidget

from heatviewer.app.layer_commands import set_view
from heatviewer.app.pictures import Placed
from heatviewer.ui.bridge import ViewGroup

if TYPE_CHECKING:
    from collections.abc import Mapping

    from heatviewer.app.scene import Scene
    from heatviewer.app.scene_change import SceneChange
    from heatviewer.model.view import Layout, ViewName

_GAP = 2
#: Where each view of a layout stands: row, column, rows, columns.
PLACES: dict[Layout, dict[ViewName, tuple[int, int, int, int]]] = {
    "quad": {"axial": (0, 0, 1, 1), "coronal": (0, 1, 1, 1), "sagittal": (1, 0, 1, 1), "3d": (1, 1, 1, 1)},
    "row": {"axial": (0, 0, 1, 1), "coronal": (0, 1, 1, 1), "sagittal": (0, 2, 1, 1)},
    "main": {"axial": (0, 0, 3, 2), "coronal": (0, 2, 1, 1), "sagittal": (1, 2, 1, 1), "3d": (2, 2, 1, 1)},
    "axial": {"axial": (0, 0, 1, 1)},
    "coronal": {"coronal": (0, 0, 1, 1)},
    "sagittal": {"sagittal": (0, 0, 1, 1)},
    "3d": {"3d": (0, 0, 1, 1)},
}
_LINES = 3


class ViewGrid(QWidget):
    """Shows the views that the scene's layout names.

    `cells` are what stands in the grid: the views themselves, or what holds them.

    Signals
    -------
    focused : str
        The view that got the keyboard.
    """

    focused = Signal(str)

    def __init__(
        self, scene: Scene, views: Mapping[ViewName, QWidget], cells: Mapping[ViewName, QWidget]
    ) -> None:
        super().__init__()
        self.scene = scene
        self.views, self.cells = dict(views), dict(cells)
        self.last_focused: ViewName = "axial"
        self._before: Layout = "quad"
        self.setAccessibleName("Views")
        # Pictures stand on black in every theme; so do the gaps between them.
        colors = self.palette()
        colors.setColor(QPalette.ColorRole.Window, QColor(38, 40, 43))
        self.setPalette(colors)
        self.setAutoFillBackground(True)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(_GAP)
        for view, cell in self.cells.items():
            cell.setParent(self)
            self.views[view].installEventFilter(self)
        self._arrange(self.layout_shown)

    def on_changed(self, _change: SceneChange) -> None:
        """Follow the scene's layout."""
        if self.layout_shown != self._arranged:
            self._arrange(self.layout_shown)

    @property
    def layout_shown(self) -> Layout:
        """The scene's layout; of a 2D image, which other views see from its edge, the image alone."""
        wanted, base = self.scene.view.layout, self.scene.base_volume
        flat = base is not None and base.flat
        return "axial" if flat and "axial" in PLACES[wanted] else wanted

    def maximise(self, view: ViewName) -> None:
        """Show a view alone, or all views again where it is alone already."""
        layout = self.scene.view.layout
        if layout == view:
            set_view(self.scene, "All views", layout=self._before)
        else:
            self._before = layout if len(PLACES[layout]) > 1 else self._before
            set_view(self.scene, f"{view.capitalize()} alone", layout=view)

    @property
    def shown(self) -> tuple[ViewName, ...]:
        """The views of the layout."""
        return tuple(PLACES[self.layout_shown])

    @property
    def current(self) -> ViewName:
        """The view that commands for 'this view' mean: used last, and shown."""
        return self.last_focused if self.last_focused in self.shown else self.shown[0]

    def places(self) -> list[Placed]:
        """Return where the views stand, as shares of the grid."""
        width, height = max(self.width(), 1), max(self.height(), 1)
        found = []
        for view in self.shown:
            box = self.cells[view].geometry()
            left, top = box.x() / width, box.y() / height
            found.append(Placed(view, left, top, box.width() / width, box.height() / height))
        return found

    def _arrange(self, layout: Layout) -> None:
        self._arranged = layout
        places = PLACES[layout]
        for view, cell in self.cells.items():
            self._grid.removeWidget(cell)
            cell.setVisible(view in places)
        used_rows = {row for r, _, rows, _ in places.values() for row in range(r, r + rows)}
        used_columns = {column for _, c, _, columns in places.values() for column in range(c, c + columns)}
        for line in range(_LINES):
            self._grid.setRowStretch(line, int(line in used_rows))
            self._grid.setColumnStretch(line, int(line in used_columns))
        for view, place in places.items():
            self._grid.addWidget(self.cells[view], *place)

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        """Remember which view was used last."""
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.MouseButtonPress):
            for view, widget in self.views.items():
                if watched is widget:
                    self.last_focused = view
                    if view != "3d":
                        ViewGroup.of(self.scene).last_plane = view
                    self.focused.emit(view)
        return super().eventFilter(watched, event)  # type: ignore[arg-type]
