"""Every key and what the mouse does, as rows made from the tables, and the window that shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLineEdit,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
)

from heatviewer.app.actions import all_actions
from heatviewer.ui.controls import named

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

#: What mouse and keys do in a slice view, as in the contract.
SLICE_INPUT = (
    ("Left click or drag", "Move the crosshair; the other views follow"),
    ("Wheel, Page Up, Page Down, arrow keys", "Next or previous slice"),
    ("Shift + wheel", "Next or previous frame of a 4D layer, else five slices"),
    ("Ctrl + wheel, pinch", "Zoom about the pointer"),
    ("Middle drag, Space + left drag", "Pan"),
    ("Right drag", "Window of the base: left and right its width, up and down its centre"),
    ("Shift + right drag", "Data range of the selected heatmap"),
    ("Right click", "Menu"),
    ("Ctrl + left drag", "Window from the values in a box"),
    ("Ctrl + Shift + left drag", "Data range of the selected heatmap from the values in a box"),
    ("Double click", "This view alone, and back"),
    ("Space held", "Hide all heatmaps until it is released"),
    ("Hover", "Values of every layer in the status line"),
)
VOLUME_INPUT = (
    ("Left drag", "Turn"),
    ("Wheel", "Zoom"),
    ("Middle drag", "Pan"),
    ("Right click on a surface", "Move the crosshair there"),
    ("Double click", "This view alone, and back"),
)
LAYER_INPUT = (
    ("Drag a row", "Change the order of the layers"),
    ("Double click a name", "Rename"),
)
EDITOR_INPUT = (
    ("Drag a handle", "Move a point, colour, threshold or end of the range; with Shift along one axis"),
    ("Click on the curve, double click beside it", "Add a point; on the bar a double click adds a colour"),
    ("Double click a handle", "Type its exact value, or choose its colour"),
    ("Right click, Menu key", "What can be done at this place: thresholds, default curve, back to preset"),
    ("Ctrl + wheel, Shift + wheel", "Stretch and scroll the axis"),
    ("Tab, Ctrl + arrow keys", "Select the next or previous handle"),
    ("Arrow keys, with Shift ten steps", "Move the selected handle"),
    ("Insert", "Add a point or a colour beside the selected one"),
    ("Delete", "Take the selected point, colour or threshold away"),
    ("Return, F2", "Type the selected handle's value, or choose its colour"),
    ("+, -, 0", "Stretch the axis about the selected handle; show the whole axis"),
    ("Escape while dragging", "All as it was"),
)
PRESET_INPUT = (
    ("Letters", "Search by name, family or kind"),
    ("Pointer, Up, Down, Page Up, Page Down", "Try a map on the heatmap"),
    ("Return, click", "Take the map"),
    ("Escape", "The colours as they were"),
)
LEGEND_INPUT = (
    ("Drag near an end of a bar", "That end of the data range"),
    ("Drag the middle of a bar", "Both ends of the data range"),
    ("Escape while dragging", "The range as it was"),
    ("Click on 'off-centre'", "0 into the middle of the range"),
    ("Double click", "The fields of the range"),
    ("Up, Down", "Shift the range; with Shift its low end"),
    ("Page Up, Page Down", "The high end of the range"),
    ("Left, Right", "Another heatmap"),
    ("C", "0 into the middle of the range"),
    ("Return", "The fields of the range"),
)


def native(key: str) -> str:
    """Return a key's name as this system writes it."""
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)


def shortcut_rows() -> list[tuple[str, str, str]]:
    """Return section, keys and what they do: every key of the menus, then the mouse."""
    rows = [
        (action.menu.split("/")[0], " or ".join(native(key) for key in action.shortcuts), action.tip)
        for action in all_actions()
        if action.shortcuts
    ]
    for section, table in (
        ("Mouse and keys in a slice view", SLICE_INPUT),
        ("Mouse in the 3D view", VOLUME_INPUT),
        ("Layer list", LAYER_INPUT),
        ("Opacity curve and colours: mouse, and keys while they have the focus", EDITOR_INPUT),
        ("List of colour maps", PRESET_INPUT),
        ("Legend: mouse, and keys while it has the focus", LEGEND_INPUT),
    ):
        rows += [(section, keys, text) for keys, text in table]
    return rows


class ShortcutsDialog(QDialog):
    """All keys and the mouse, with a field to search them."""

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyboard and mouse")
        self.resize(760, 620)
        self.filter = named(QLineEdit(), "Search keys", "Show only rows that hold this text")
        self.filter.setPlaceholderText("Search…")
        self.filter.setClearButtonEnabled(True)
        self.filter.textChanged.connect(self._show)
        self.table = named(QTableWidget(0, 2), "Keys and mouse", "Keys, and what they do")
        self.table.setHorizontalHeaderLabels(["Keys or mouse", "What it does"])
        self.table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        self.table.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.table.setColumnWidth(0, 260)
        self.table.verticalHeader().hide()
        self.table.setShowGrid(False)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        for button in buttons.buttons():
            named(button, "Close", "Close this window")
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(8)
        column.addWidget(self.filter)
        column.addWidget(self.table, 1)
        column.addWidget(buttons)
        self._show("")

    def _show(self, wanted: str) -> None:
        """Fill the table with the rows that hold a text, under their sections."""
        found = [row for row in shortcut_rows() if wanted.casefold() in " ".join(row).casefold()]
        self.table.clearSpans()
        self.table.setRowCount(0)
        section = ""
        for row_section, keys, text in found:
            if row_section != section:
                section = row_section
                self._add_section(section)
            at = self.table.rowCount()
            self.table.insertRow(at)
            self.table.setItem(at, 0, QTableWidgetItem(f"   {keys}"))
            self.table.setItem(at, 1, QTableWidgetItem(text))

    def _add_section(self, title: str) -> None:
        at = self.table.rowCount()
        self.table.insertRow(at)
        item = QTableWidgetItem(title)
        font = QFont(self.font())
        font.setBold(True)
        item.setFont(font)
        self.table.setItem(at, 0, item)
        self.table.setSpan(at, 0, 1, 2)
