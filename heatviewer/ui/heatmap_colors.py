"""The colours of a heatmap: preset, direction, steps, and the editor of range, colours and curve."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLabel

from heatviewer.ui.controls import NumberBox, Toggle
from heatviewer.ui.forms import LayerEdits, Section, whole
from heatviewer.ui.preset_picker import PresetPicker
from heatviewer.ui.transfer_editor import TransferEditor

if TYPE_CHECKING:
    from heatviewer.core.volume import Volume
    from heatviewer.model.layer import HeatmapLayer
    from heatviewer.ui.background import Background


class ColorsSection(Section):
    """Preset, reversed, steps, and the transfer function."""

    def __init__(self, edits: LayerEdits, background: Background) -> None:
        super().__init__(edits, "Colours", "Which value has which colour, and how opaque it is")
        self.note = QLabel(
            "This image has colours of its own, which no preset changes. Thresholds are of its brightness."
        )
        self.note.setObjectName("muted")
        self.note.setWordWrap(True)
        self._note_row = self.row("", self.note)
        self.picker = PresetPicker(edits.scene)
        picker_row = self.row("", self.picker)
        self.steps = NumberBox(
            "Colour steps", "Number of flat colour levels, 2 to 256; empty for smooth colours", 2, 256, True
        )
        self.steps.step = 1
        self.steps.lineEdit().setPlaceholderText("smooth")
        self.reverse = Toggle("Reversed", "Reverse the colours", "Turn the colours round")
        steps_row = self.row("Steps", self.steps, self.reverse, gap=12)
        self.bind("steps", self.steps, held=True, parsed=whole)
        self.bind("reverse", self.reverse)
        self.editor = TransferEditor(edits.scene, background)
        self._color_rows = (picker_row, steps_row, self.row("", self.editor))

    def refresh(self, layer: HeatmapLayer, volume: Volume) -> None:
        """Show a heatmap's colours; nothing is told back."""
        self._note_row.set_shown(volume.is_color)
        for row in self._color_rows:
            row.set_shown(not volume.is_color)
        self.show_bound(layer)
        self.picker.refresh(layer)
        self.editor.refresh(layer, volume)
