"""The numbers of the selected handle of a transfer function, typed: value, opacity, colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QColor
from PySide6.QtWidgets import QColorDialog, QHBoxLayout, QLabel, QToolButton, QWidget

from heatviewer.app import transfer_handles as handles
from heatviewer.app.transfer_handles import BOTH_ENDS, Handle
from heatviewer.core.errors import SettingError
from heatviewer.model import rules
from heatviewer.ui import icons
from heatviewer.ui.color_button import ColorButton
from heatviewer.ui.controls import NumberBox, named, number_step
from heatviewer.ui.text_field import TextField

if TYPE_CHECKING:
    from heatviewer.model.layer import HeatmapLayer
    from heatviewer.ui.transfer_canvas import TransferCanvas
    from heatviewer.ui.transfer_edits import TransferEdits

#: Width of the words before the fields, so that those of both rows stand in line.
LABEL_WIDTH = 42
_TITLES = {
    "opacity": "Point",
    "color": "Colour",
    "threshold": "Threshold",
    "magnitude": "|value| ≥",
}


_NO_ARROWS = """
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { width: 1px; border: 0; background: none; }
QAbstractSpinBox::up-arrow, QAbstractSpinBox::down-arrow { image: none; width: 0; height: 0; }
"""


def _checked(text: str) -> str:
    """Return a typed colour as '#rrggbb'; the sign may be left out."""
    text = text.strip()
    try:
        return rules.color(text if text.startswith("#") else f"#{text}", "colour")
    except ValueError as error:
        raise SettingError("colour", str(error).partition(": ")[2]) from None


class PointRow(QWidget):
    """Fields for what is selected in the picture; they follow a drag, and typing is a step."""

    def __init__(self, edits: TransferEdits, canvas: TransferCanvas) -> None:
        super().__init__()
        self.edits, self._canvas = edits, canvas
        self.label = QLabel("Point")
        self.label.setMinimumWidth(LABEL_WIDTH)
        self.value = narrow(NumberBox("Value of the selected point", "Value of the selected point"))
        self.value.lineEdit().setPlaceholderText("value")
        self.opacity = narrow(
            NumberBox("Opacity of the point, per cent", "Opacity in per cent, 0 to 100", 0, 100)
        )
        self.opacity.lineEdit().setPlaceholderText("opacity")
        self.percent = QLabel("%")
        self.color = TextField("Colour, red green blue", "Colour as #RRGGBB", "#rrggbb", _checked)
        self.swatch = ColorButton("Colour of the selected stop", "Choose the colour", with_text=False)
        self.add = _button("Add a point", "Add a point or colour halfway to the next (Insert)", "add")
        self.delete = _button("Delete the point", "Take the selected point away (Delete)", "remove")
        self._lay_out()
        self.value.edited.connect(self._set_value)
        self.opacity.edited.connect(self._set_opacity)
        for box in (self.value, self.opacity):
            box.finished.connect(edits.end)
        for chosen in (self.color.edited, self.swatch.edited):
            chosen.connect(self._set_color)
        self.add.clicked.connect(canvas.add_beside)
        self.delete.clicked.connect(self._delete)
        canvas.chosen.connect(lambda _: self.refresh())
        canvas.value_wanted.connect(self.type_value)
        canvas.color_wanted.connect(self.ask_color)

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.label)
        row.addWidget(self.value, 3)
        for box in (self.opacity, self.color):
            box.setMinimumWidth(64)
            row.addWidget(box, 3)
        row.insertWidget(3, self.percent)
        for widget in (self.swatch, self.add, self.delete):
            row.addWidget(widget)

    @property
    def _chosen(self) -> tuple[HeatmapLayer, Handle] | None:
        layer, handle = self.edits.layer, self._canvas.selected
        return None if layer is None or handle is None else (layer, handle)

    def refresh(self) -> None:
        """Show what is selected."""
        chosen = self._chosen
        kind = chosen[1].kind if chosen else "opacity"
        ends = ("Low end", "High end", "Range")
        self.label.setText(ends[chosen[1].index] if chosen and kind == "range" else _TITLES[kind])
        self.opacity.setVisible(kind == "opacity")
        self.percent.setVisible(kind == "opacity")
        self.color.setVisible(kind == "color")
        self.swatch.setVisible(kind == "color")
        for widget in (self.value, self.opacity):
            widget.setEnabled(chosen is not None)
        removable = chosen is not None and bool(handles.removed(*chosen, self.edits.volumetric))
        self.delete.setEnabled(removable)
        if chosen is None:
            for box in (self.value, self.opacity):
                box.lineEdit().clear()
            return
        layer, handle = chosen
        axis = self._canvas.axis
        step = number_step(axis.high - axis.low)
        self.value.show_value(handles.value_of(layer, handle, self.edits.volumetric), step)
        if kind == "opacity":
            height = handles.opacity_of(layer, handle.index, self.edits.volumetric)
            self.opacity.show_value(round(100 * height, 4), 1.0)
        if kind == "color":
            color = QColor.fromRgbF(*handles.color_of(layer, handle.index)).name()
            self.swatch.show_value(color)
            if not self.color.hasFocus() or color != self.color.text():
                self.color.show_value(color)

    def type_value(self) -> None:
        """Put the keyboard into the value's field."""
        if self._chosen is not None:
            self.value.setFocus()
            self.value.selectAll()

    def _set_value(self, value: float) -> None:
        if self._chosen is None:
            return
        layer, handle = self._chosen
        changes = handles.moved(layer, handle, value, None, self.edits.volumetric)
        self.edits.hold(("typed", handle), handles.title_of(layer, handle, "Move"), changes)
        self.refresh()

    def _set_opacity(self, percent: float) -> None:
        if self._chosen is None or self._chosen[1].kind != "opacity":
            return
        layer, handle = self._chosen
        value = handles.value_of(layer, handle, self.edits.volumetric)
        changes = handles.moved(layer, handle, value, percent / 100, self.edits.volumetric)
        self.edits.hold(("typed opacity", handle), handles.title_of(layer, handle, "Move"), changes)

    def _set_color(self, text: str) -> None:
        if self._chosen is not None and self._chosen[1].kind == "color":
            self._recolor(self._chosen[1].index, _checked(text))

    def _recolor(self, index: int, color: str) -> None:
        layer = self.edits.layer
        if layer is not None:
            title = handles.title_of(layer, Handle("color", index), "Change")
            self.edits.once(title, handles.recolored(layer, index, rules.as_rgb(color)))

    def ask_color(self, index: int) -> None:
        """Let a stop's colour be chosen; it is taken over when the dialog is accepted, as one step."""
        layer = self.edits.layer
        if layer is None:
            return
        dialog = QColorDialog(QColor.fromRgbF(*handles.color_of(layer, index)), self)
        dialog.setWindowTitle(f"Colour {index + 1} of {layer.name}")
        dialog.colorSelected.connect(lambda color: self._recolor(index, color.name()))
        # Not when it is closed by a key or a click alone: its own signals come first.
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _delete(self) -> None:
        chosen = self._chosen
        if chosen is not None and chosen[1] != BOTH_ENDS:
            self._canvas.delete(chosen[1])


def narrow(box: NumberBox) -> NumberBox:
    """Return a number field without arrows: what they take is needed for the digits. Keys still step."""
    # WORKAROUND Qt 6.11: with a style sheet NoButtons leaves the text no room at all.
    box.setStyleSheet(_NO_ARROWS)
    line = box.lineEdit()
    # A number that is too long shows its sign and first digits.
    line.textChanged.connect(lambda: None if line.hasFocus() else line.setCursorPosition(0))
    return box


def _button(name: str, tip: str, icon: str) -> QToolButton:
    button = named(QToolButton(), name, tip)
    icons.set_icon(button, icon)
    button.setFixedWidth(24)
    return button
