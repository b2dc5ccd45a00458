"""The settings of the base series: its grey window, interpolation, frame and 3D."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QPushButton

from heatviewer.model.layer import BaseLayer
from heatviewer.ui.controls import Choice, NumberBox, Toggle, named, number_step
from heatviewer.ui.forms import LayerEdits, Page, Section
from heatviewer.ui.heatmap_data import FrameRow, SpaceSection, add_interpolation
from heatviewer.ui.layer_head import LayerHead

if TYPE_CHECKING:
    from heatviewer.app.scene import Scene
    from heatviewer.core.volume import Volume

#: Usual windows of a CT: centre and width in HU.
CT_WINDOWS = {
    "Brain": (40.0, 80.0),
    "Stroke": (35.0, 40.0),
    "Subdural": (75.0, 215.0),
    "Soft tissue": (40.0, 400.0),
    "Liver": (60.0, 160.0),
    "Mediastinum": (50.0, 350.0),
    "Lung": (-600.0, 1500.0),
    "Bone": (400.0, 1800.0),
}


class WindowSection(Section):
    """Which values are black, and which are white."""

    def __init__(self, edits: LayerEdits) -> None:
        super().__init__(edits, "Grey window", "Which values are black, and which are white")
        windows = [("Own", None), *((name, window) for name, window in CT_WINDOWS.items())]
        self.preset = Choice(windows, "Window preset", "Usual windows of a CT")
        self._preset_row = self.row("Preset", self.preset)
        self.preset.chosen.connect(self._choose)
        self.centre = NumberBox("Centre of the window", "Value that is shown as middle grey")
        self.row("Centre", self.centre)
        self.width_box = NumberBox("Width of the window", "Range of values from black to white", low=0)
        self.auto = named(
            QPushButton("auto"), "Automatic window", "Take the window from the header or the data again"
        )
        self.auto.setObjectName("small")
        self.auto.setFixedWidth(48)
        self.row("Width", self.width_box, self.auto)
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
        self._preset_row.set_shown(volume.modality == "CT")
        index = next((n for n, w in enumerate(CT_WINDOWS.values(), 1) if w == layer.window), 0)
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
