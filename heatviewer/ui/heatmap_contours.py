"""Contour lines of a heatmap: levels, colours, labels, how they are drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton

from heatviewer.app.contour_levels import (
    LevelUnit,
    level_colors,
    levels_of,
    levels_text,
    reference_of,
    unit_of,
    with_color,
    with_levels,
)
from heatviewer.model.draws import transfer_of
from heatviewer.model.layer import HeatmapLayer
from heatviewer.ui.color_chips import ColorChips
from heatviewer.ui.controls import Choice, NumberBox, Toggle, named, number_step
from heatviewer.ui.forms import LayerEdits, Section, Soon, at_ends
from heatviewer.ui.text_field import TextField

if TYPE_CHECKING:
    from heatviewer.core.volume import Volume

_UNITS = (("Values", "values"), ("% of maximum", "maximum"), ("% of reference", "reference"))
_STYLES = (("Solid", "solid"), ("Dashed", "dashed"))


class ContoursSection(Section):
    """A list of levels, and how their lines look."""

    def __init__(self, edits: LayerEdits) -> None:
        super().__init__(edits, "Contours", "Lines at any list of levels", opened=False)
        #: What the next levels will be numbers of, while there are none.
        self._unit: LevelUnit = "values"
        self._shown: object = None
        self._chips_of: tuple[object, object] | None = None
        # Colours of levels take 0.3 ms each.
        self._soon = Soon(self, self._show_chips)
        self._build_levels()
        self._build_look()

    def _build_levels(self) -> None:
        self.levels = TextField(
            "Contour levels",
            "Numbers with commas between them; empty for no lines",
            "e.g. 20, 40, 60",
            levels_of,
        )
        self.row("Levels", self.levels)
        self.levels.edited.connect(self._set_levels)
        self.complaint = QLabel()
        self.complaint.setObjectName("error")
        self.complaint.setWordWrap(True)
        self._complaint_row = self.row(" ", self.complaint)
        self._complaint_row.set_shown(False)
        self.levels.complained.connect(self._show_complaint)
        self.unit = Choice(_UNITS, "Unit of the levels", "What the levels are numbers of")
        self.row("Levels in", self.unit)
        self.unit.chosen.connect(self._set_unit)
        self.reference = NumberBox(
            "Reference of 100 %", "Value that is 100 %, such as the dose prescribed", 0
        )
        self._reference_row = self.row("100 % is", self.reference)
        self.reference.edited.connect(self._set_reference)
        self.reference.finished.connect(self.edits.end)

    def _build_look(self) -> None:
        self.chips = ColorChips()
        self.chips.edited.connect(self._set_color)
        self._chips_row = self.row("Colours", self.chips)
        if self._chips_row.label is not None:  # beside the first of several rows
            self._chips_row.label.setAlignment(Qt.AlignmentFlag.AlignTop)
            self._chips_row.label.setContentsMargins(0, 5, 0, 0)
        self.as_map = named(
            QPushButton("As map"),
            "Contour colours as the map",
            "Draw every line in the map's colour at its level",
        )
        self.as_map.setObjectName("small")
        self.as_map.clicked.connect(lambda: self.edits.set("contour_colors", None))
        self._as_map_row = self.row(" ", at_ends(self.as_map))
        self.labels = Toggle("Values on the lines", "Contour labels", "Write its value on every line")
        self.row(" ", self.labels)
        self.bind("contour_labels", self.labels)
        self.style_choice = Choice(_STYLES, "Contour style", "How contour lines are drawn")
        self.width_box = NumberBox(
            "Contour width", "Width of contour lines and of the outline, pixels", 0.5, 10
        )
        self.width_box.step = 0.5
        self.row("Line, px", self.style_choice, self.width_box)
        self.bind("contour_style", self.style_choice)
        self.bind("contour_width", self.width_box, held=True)

    # --- what a person does --------------------------------------------------------------

    @property
    def _layer(self) -> HeatmapLayer | None:
        layer = self.edits.layer
        return layer if isinstance(layer, HeatmapLayer) else None

    def _set_levels(self, text: str) -> None:
        layer = self._layer
        if layer is not None:
            unit = self._unit if layer.contours is None else unit_of(layer)
            self._apply(layer, text, unit)

    def _set_unit(self, unit: LevelUnit) -> None:
        self._unit = unit
        layer = self._layer
        if layer is not None and layer.contours is not None:
            self._apply(layer, levels_text(layer.contours.levels), unit)
        elif layer is not None:
            self._shown = None
            self.refresh(layer, self.edits.scene.volumes[layer.id])

    def _apply(self, layer: HeatmapLayer, text: str, unit: LevelUnit) -> None:
        self._shown = None
        changes = with_levels(layer, self.edits.scene.volumes[layer.id], text, unit)
        self.edits.edit(f"Contour levels of {layer.name}", **changes)

    def _set_reference(self, value: float) -> None:
        self._shown = None
        if value > 0:
            self.edits.set("contour_reference", value, held=True)
        elif (layer := self._layer) is not None:
            self.refresh(layer, self.edits.scene.volumes[layer.id])

    def _set_color(self, index: int, color: str) -> None:
        layer = self._layer
        if layer is not None:
            colors = with_color(layer, self.edits.scene.volumes[layer.id], index, color)
            self.edits.set("contour_colors", colors)

    def _show_complaint(self, complaint: str) -> None:
        self.complaint.setText(complaint)
        self._complaint_row.set_shown(bool(complaint))

    # --- what is shown -------------------------------------------------------------------

    def refresh(self, layer: HeatmapLayer, volume: Volume) -> None:
        """Show a heatmap's contours; nothing is told back."""
        self.show_bound(layer)
        shown = (layer.id, layer.contours, layer.contour_reference)
        chips = (layer.contour_colors, transfer_of(layer))
        if shown != self._shown:
            self._shown = shown
            self._show_levels(layer, volume)
            self._show_chips()
        elif self._chips_of is None or chips[0] != self._chips_of[0] or chips[1] is not self._chips_of[1]:
            self._soon.ask()
        self._chips_of = chips

    def _show_levels(self, layer: HeatmapLayer, volume: Volume) -> None:
        levels = layer.contours.levels if layer.contours is not None else ()
        unit = unit_of(layer) if layer.contours is not None else self._unit
        self.levels.show_value(levels_text(levels))
        self.unit.show_value(unit)
        self._reference_row.set_shown(unit == "reference")
        reference = layer.contour_reference or reference_of(volume)
        self.reference.show_value(reference, number_step(reference))

    def _show_chips(self) -> None:
        """Show each level in the colour of its line, which follows the map."""
        layer = self._layer
        if layer is None:
            return
        levels = layer.contours.levels if layer.contours is not None else ()
        sign = " %" if layer.contours is not None and layer.contours.percent else ""
        titles = [f"Colour of level {level:g}{sign}".replace("-", "−") for level in levels]
        self.chips.show_values(titles, level_colors(layer, self.edits.scene.volumes[layer.id]))
        self._chips_row.set_shown(bool(levels))
        self._as_map_row.set_shown(bool(levels) and layer.contour_colors is not None)
