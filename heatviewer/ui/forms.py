"""How the settings panels are laid out: headings, labelled rows, and one way to edit a layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from heatviewer.ui.controls import named

if TYPE_CHECKING:
    from heatviewer.app.scene import Scene

#: Room for the longest label, so that the controls of all sections stand in one line.
_LABEL_WIDTH = 84


class LayerForm(QWidget):
    """The settings of one layer of a scene, in sections of labelled rows.

    Subclasses build rows and show values; `edit` is the only way to the scene. Changes of one
    field that come while a control is held are one step, which `end` closes.
    """

    def __init__(self, scene: Scene) -> None:
        super().__init__()
        self.scene = scene
        self.layer_id = ""
        self.setObjectName("panel_body")
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(12, 8, 12, 12)
        self.column.setSpacing(8)
        self._grid: QGridLayout | None = None

    def section(self, title: str) -> None:
        """Begin a section under a heading."""
        if self._grid is not None:
            line = QFrame()
            line.setObjectName("line")
            line.setFixedHeight(1)
            self.column.addWidget(line)
        heading = QLabel(title)
        heading.setObjectName("heading")
        self.column.addWidget(heading)
        self.column.addLayout(self._new_grid())

    def folded_section(self, title: str, tip: str) -> QToolButton:
        """Begin a section whose rows show while its heading, which is returned, is pressed."""
        line = QFrame()
        line.setObjectName("line")
        line.setFixedHeight(1)
        self.column.addWidget(line)
        heading = named(QToolButton(), title, tip)
        heading.setObjectName("fold")
        heading.setText(title)
        heading.setCheckable(True)
        heading.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        heading.setArrowType(Qt.ArrowType.RightArrow)
        body = QWidget()
        body.setLayout(self._new_grid())
        body.hide()
        self.column.addWidget(heading)
        self.column.addWidget(body)

        def fold(opened: bool) -> None:
            body.setVisible(opened)
            heading.setArrowType(Qt.ArrowType.DownArrow if opened else Qt.ArrowType.RightArrow)

        heading.toggled.connect(fold)
        return heading

    def _new_grid(self) -> QGridLayout:
        """Return the rows of a section; those that come next go into it."""
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnMinimumWidth(0, _LABEL_WIDTH)
        self._grid.setColumnStretch(1, 1)
        return self._grid

    def row(self, title: str, *widgets: QWidget) -> QLabel | None:
        """Add a row; without a title it takes the whole width. Return its label."""
        assert self._grid is not None
        line = self._grid.rowCount()
        holder = widgets[0] if len(widgets) == 1 else side_by_side(*widgets)
        if not title:
            self._grid.addWidget(holder, line, 0, 1, 2)
            return None
        label = QLabel(title)
        label.setBuddy(widgets[0])
        self._grid.addWidget(label, line, 0)
        self._grid.addWidget(holder, line, 1)
        return label

    @staticmethod
    def show_row(widget: QWidget, label: QLabel | None, shown: bool) -> None:
        """Show or hide a row."""
        widget.setVisible(shown)
        if label is not None:
            label.setVisible(shown)

    def edit(self, title: str, held: bool = False, **changes: Any) -> None:
        """Change settings of the layer as one step; `held` ones go on until `end`."""
        if self.layer_id:
            merge = (self.layer_id, *changes) if held else None
            self.scene.edit_layer(self.layer_id, title=title, merge=merge, **changes)

    def end(self) -> None:
        """Close the step of a control that was held."""
        self.scene.end_drag()


def side_by_side(*widgets: QWidget) -> QWidget:
    """Return widgets in one row; number fields share the room."""
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(4)
    for widget in widgets:
        grows = widget.sizePolicy().horizontalPolicy() not in (
            QSizePolicy.Policy.Fixed,
            QSizePolicy.Policy.Maximum,
        )
        row.addWidget(widget, 1 if grows else 0, Qt.AlignmentFlag.AlignVCenter)
    return holder
