"""The settings of the base series: its grey window, interpolation, frame and 3D."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QLabel, QPushButton

from heatviewer.ui.controls import Choice, FractionSlider, NumberBox, Toggle, named, number_step
from heatviewer.ui.forms import LayerForm
from heatviewer.ui.heatmap_settings import INTERPOLATIONS

if TYPE_CHECKING:
    from heatviewer.app.scene import Scene
    from heatviewer.core.volume import Volume
    from heatviewer.model.layer import BaseLayer

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


class BaseSettings(LayerForm):
    """What the base looks like."""

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self.title = QLabel()
        self.title.setWordWrap(True)
        self.title.setObjectName("layer_name")
        self.column.addWidget(self.title)
        self._build_window()
        self._build_data()
        self.column.addStretch(1)
        self._connect()

    def _build_window(self) -> None:
        self.section("Grey window")
        self.preset = Choice(
            [("Own", None), *((name, window) for name, window in CT_WINDOWS.items())],
            "Window preset",
            "Usual windows of a CT",
        )
        self.preset_label = self.row("Preset", self.preset)
        self.centre = NumberBox("Centre of the window", "Value that is shown as middle grey")
        self.row("Centre", self.centre)
        self.width_box = NumberBox("Width of the window", "Range of values from black to white", low=0)
        self.auto = named(
            QPushButton("auto"), "Automatic window", "Take the window from the header or the data again"
        )
        self.auto.setObjectName("small")
        self.auto.setFixedWidth(48)
        self.row("Width", self.width_box, self.auto)
        self.invert = Toggle("Inverted", "Invert the base", "Small values bright, great ones dark")
        self.row("", self.invert)

    def _build_data(self) -> None:
        self.section("Data")
        self.visible = Toggle("Visible", "Show the base", "Show or hide the base")
        self.row("", self.visible)
        self.interpolation = Choice(INTERPOLATIONS, "Interpolation of the base", "Between voxels")
        self.row("Interpolation", self.interpolation)
        self.frame = NumberBox("Frame of the base", "Frame of the series, from 0", 0)
        self.frame_label = self.row("Frame", self.frame)
        self.section("3D")
        self.visible_3d = Toggle("Show in 3D", "Show the base in 3D", "Draw the base in the 3D view")
        self.row("", self.visible_3d)
        self.opacity_3d = FractionSlider("Opacity of the base in 3D", "Factor on the base's opacity in 3D")
        self.row("Opacity", self.opacity_3d)

    def _connect(self) -> None:
        self.preset.chosen.connect(lambda window: self._set("window", window) if window is not None else None)
        self.centre.edited.connect(lambda value: self._set_window(centre=value))
        self.width_box.edited.connect(lambda value: self._set_window(width=value))
        self.auto.clicked.connect(lambda: self.edit("Automatic window", window=None))
        self.interpolation.chosen.connect(lambda value: self._set("interpolation", value))
        self.frame.edited.connect(lambda value: self._set("frame", int(value or 0), held=True))
        for field, toggle in (
            ("invert", self.invert),
            ("visible", self.visible),
            ("visible_3d", self.visible_3d),
        ):
            toggle.edited.connect(lambda on, field=field: self._set(field, on))
        self.opacity_3d.edited.connect(lambda value: self._set("opacity_3d", value, held=True))
        for control in (self.centre, self.width_box, self.frame, self.opacity_3d):
            control.finished.connect(self.end)

    def _set(self, field: str, value: Any, held: bool = False) -> None:
        what = field.replace("_", " ").replace("3d", "3D")
        self.edit(f"Change {what} of the base", held, **{field: value})

    def _set_window(self, centre: float | None = None, width: float | None = None) -> None:
        base = self.scene.state.base
        if base is not None:
            old_centre, old_width = base.window
            window = (
                old_centre if centre is None else centre,
                old_width if width is None else width,
            )
            self._set("window", window, held=True)

    def refresh(self, layer: BaseLayer, volume: Volume) -> None:
        """Show the base's settings; nothing is told back."""
        self.layer_id = layer.id
        self.title.setText(layer.name + (f"  ({layer.unit})" if layer.unit else ""))
        is_ct = volume.modality == "CT"
        self.show_row(self.preset, self.preset_label, is_ct)
        index = next((n for n, w in enumerate(CT_WINDOWS.values(), 1) if w == layer.window), 0)
        self.preset.setCurrentIndex(index)
        centre, width = layer.window
        step = number_step(max(width, 1e-300))
        self.centre.show_value(centre, step)
        self.width_box.show_value(width, step)
        self.invert.show_value(layer.invert)
        self.visible.show_value(layer.visible)
        self.interpolation.show_value(layer.interpolation)
        self.show_row(self.frame, self.frame_label, volume.frames > 1)
        self.frame.set_limits(0, volume.frames - 1)
        self.frame.show_value(layer.frame, 1)
        self.visible_3d.show_value(layer.visible_3d)
        self.opacity_3d.show_value(layer.opacity_3d)
