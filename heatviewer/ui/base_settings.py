"""The settings of the base series: its grey window, interpolation, frame and 3D."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLabel, QPushButton

from heatviewer.app.windows import window_presets
from heatviewer.model.layer import BaseLayer
from heatviewer.ui.controls import Choice, NumberBox, Toggle, named, number_step
from heatviewer.ui.forms import LayerEdits, Page, Section
from heatviewer.ui.heatmap_data import FrameRow, SpaceSection, add_interpolation
from heatviewer.ui.layer_head import LayerHead

if TYPE_CHECKING:
    from heatviewer.app.scene import Scene
    from heatviewer.core.volume import Volume

#: What the list shows for a window that is none of those offered.
_OWN = ("Own", None)


class WindowSection(Section):
    """Which values are black, and which are white."""

    def __init__(self, edits: LayerEdits) -> None:
        super().__init__(edits, "Grey window", "Which values are black, and which are white")
        self.note = QLabel("Colours are shown as they are; a grey window does not change them.")
        self.note.setObjectName("muted")
        self.note.setWordWrap(True)
        self._note_row = self.row("", self.note)
        self.preset = Choice([_OWN], "Window preset", "Windows of the header, and of a CT the usual ones")
        self._preset_row = self.row("Preset", self.preset)
        self.preset.chosen.connect(self._choose)
        self.centre = NumberBox("Centre of the window", "Value that is shown as middle grey")
        centre_row = self.row("Centre", self.centre)
        self.width_box = NumberBox("Width of the window", "Range of values from black to white", low=0)
        self.auto = named(
            QPushButton("auto"), "Automatic window", "Take the window from the header or the data again"
        )
        self.auto.setObjectName("small")
        self.auto.setFixedWidth(48)
        self._number_rows = (centre_row, self.row("Width", self.width_box, self.auto))
        self.centre.edited.connect(lambda value: self._set_window(centre=value))
        self.width_box.edited.connect(lambda value: self._set_window(width=value))
        self.auto.clicked.connect(lambda: self.edits.edit("Automatic window", window=None))
        for box in (self.centre, self.width_box):
            box.finished.connect(self.edits.end)
        self.invert = Toggle("Inverted", "Invert the base", "Small values bright, great ones dark")
        self.row(" ", self.invert)
        self.bind("invert", self.invert)

    def _choose(self, window: tuple[float, float] | None) -> None:
        if window is not None:
            self.edits.set("window", window)

    def _set_window(self, centre: float | None = None, width: float | None = None) -> None:
        base = self.edits.layer
        if isinstance(base, BaseLayer):
            old_centre, old_width = base.window
            window = (old_centre if centre is None else centre, old_width if width is None else width)
            self.edits.set("window", window, held=True)

    def refresh(self, layer: BaseLayer, volume: Volume) -> None:
        """Show the base's window; nothing is told back."""
        self.show_bound(layer)
        self._note_row.set_shown(volume.is_color)
        for row in self._number_rows:
            row.set_shown(not volume.is_color)
        presets = window_presets(volume)
        self._preset_row.set_shown(bool(presets) and not volume.is_color)
        self.preset.set_items((_OWN, *presets))
        index = next((n for n, (_, window) in enumerate(presets, 1) if window == layer.window), 0)
        self.preset.setCurrentIndex(index)
        centre, width = layer.window
        step = number_step(max(width, 1e-300))
        self.centre.show_value(centre, step)
        self.width_box.show_value(width, step)


class BaseDataSection(Section):
    """How the base's voxels are read."""

    def __init__(self, edits: LayerEdits) -> None:
        super().__init__(edits, "Data", "Whether the base is shown, between voxels, and which frame")
        self.visible = Toggle("Visible", "Show the base", "Show or hide the base")
        self.row(" ", self.visible)
        self.bind("visible", self.visible)
        self.interpolation = add_interpolation(self, "Interpolation of the base")
        self.frame = FrameRow(self, "Frame of the base")

    def refresh(self, layer: BaseLayer, volume: Volume) -> None:
        """Show the base's data settings; nothing is told back."""
        self.frame.show_frames(volume.frames)
        self.show_bound(layer)


class BaseSettings(Page):
    """What the base looks like."""

    def __init__(self, scene: Scene) -> None:
        super().__init__()
        self.edits = LayerEdits(scene)
        self.head = LayerHead(self.edits, "the base")
        self.window_section = WindowSection(self.edits)
        self.data = BaseDataSection(self.edits)
        self.space = SpaceSection(self.edits, "the base")
        self.add(self.head, self.window_section, self.data, self.space)

    def refresh(self, layer: BaseLayer, volume: Volume) -> None:
        """Show the base's settings; nothing is told back."""
        self.edits.layer_id = layer.id
        self.head.refresh(layer)
        self.window_section.refresh(layer, volume)
        self.data.refresh(layer, volume)
        self.space.refresh(layer)
