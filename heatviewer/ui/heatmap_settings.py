"""The settings of the selected heatmap."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QLabel, QPushButton

from heatviewer.core.errors import SettingError
from heatviewer.model.presets import preset_names
from heatviewer.model.resolve import transfer_of
from heatviewer.ui.controls import Choice, FractionSlider, NumberBox, Toggle, named, number_step
from heatviewer.ui.forms import LayerForm
from heatviewer.ui.range_bar import RangeBar
from heatviewer.ui.rule_field import RuleField
from heatviewer.ui.swatches import PRESET_ICON_SIZE, preset_icon, transfer_bar

if TYPE_CHECKING:
    from heatviewer.app.scene import Scene
    from heatviewer.core.volume import Volume
    from heatviewer.model.layer import HeatmapLayer

INTERPOLATIONS = (("Nearest", "nearest"), ("Linear", "linear"), ("Cubic", "cubic"))
#: Presets whose icons are drawn at once; those of the catalogue are drawn when the list opens.
_SHIPPED = 10
#: What the undo menu calls fields whose names say too little.
_WORDS = {
    "steps": "colour steps",
    "edge": "threshold edge",
    "below": "colour below the range",
    "above": "colour above the range",
    "nan": "colour of missing values",
}


def _rule_tip(which: str) -> str:
    return f"How values {which} look: in that end's colour, not at all, or in a colour of their own"


class PresetChoice(Choice):
    """The colour presets with their colours."""

    def __init__(self) -> None:
        super().__init__(
            [(name, name) for name in preset_names()], "Colour preset", "Colours of this heatmap"
        )
        self.setIconSize(QSize(*PRESET_ICON_SIZE))
        self.insertSeparator(_SHIPPED)
        for index in range(_SHIPPED):
            self.setItemIcon(index, preset_icon(self.itemText(index)))

    def showPopup(self) -> None:
        """Draw the remaining icons before the list opens."""
        for index in range(self.count()):
            if self.itemIcon(index).isNull() and self.itemData(index):
                self.setItemIcon(index, preset_icon(self.itemData(index)))
        super().showPopup()


class HeatmapSettings(LayerForm):
    """What a heatmap looks like: colours, opacity, threshold, data, 3D."""

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self.title = QLabel()
        self.title.setWordWrap(True)
        self.title.setObjectName("layer_name")
        self.column.addWidget(self.title)
        self._build_colors()
        self._build_opacity()
        self._build_data()
        self._build_more()
        self.column.addStretch(1)
        self._connect()

    def _build_colors(self) -> None:
        self.section("Colours")
        self.preset = PresetChoice()
        self.row("Preset", self.preset)
        self.reverse = Toggle("Reversed", "Reverse the colours", "Turn the colours round")
        self.row(" ", self.reverse)
        self.bar = RangeBar("Data range", "Drag the ends of the colours, or both together")
        self.row("", self.bar)
        self.low = NumberBox("Low end of the data range", "Value of the first colour")
        self.high = NumberBox("High end of the data range", "Value of the last colour")
        self.auto = named(QPushButton("auto"), "Automatic data range", "Take the range from the data again")
        self.auto.setCheckable(True)
        self.auto.setObjectName("small")
        self.auto.setFixedWidth(48)
        self.row("", self.low, self.high, self.auto)

    def _build_opacity(self) -> None:
        self.section("Opacity and threshold")
        self.visible = Toggle("Visible", "Show this heatmap", "Show or hide this heatmap (H)")
        self.row("", self.visible)
        self.opacity = FractionSlider("Opacity", "Opacity of this heatmap")
        self.row("Opacity", self.opacity)
        self.threshold_low = NumberBox(
            "Lowest value shown", "Values below are transparent; empty leaves the end open", optional=True
        )
        self.threshold_high = NumberBox(
            "Highest value shown", "Values above are transparent; empty leaves the end open", optional=True
        )
        self.row("Show from, to", self.threshold_low, self.threshold_high)
        self.threshold_abs = NumberBox(
            "Smallest magnitude shown",
            "Show values whose magnitude is at least this, on both sides of 0",
            low=0,
            optional=True,
        )
        self.row("|value| ≥", self.threshold_abs)
        self.blend = Choice(
            (("Over the layers below", "over"), ("Added as light", "add")),
            "Blending",
            "How this heatmap is laid on those below",
        )
        self.row("Blending", self.blend)

    def _build_data(self) -> None:
        self.section("Data")
        self.interpolation = Choice(INTERPOLATIONS, "Interpolation", "Between voxels")
        self.row("Interpolation", self.interpolation)
        self.frame = NumberBox("Frame", "Frame of the series, from 0", 0)
        self.frame_label = self.row("Frame", self.frame)
        self.zero_is_missing = Toggle(
            "Zero is missing", "Zero is missing", "Voxels that are exactly 0 hold no data"
        )
        self.row("", self.zero_is_missing)
        self.section("3D")
        self.visible_3d = Toggle("Show in 3D", "Show this heatmap in 3D", "Draw this heatmap in the 3D view")
        self.row("", self.visible_3d)
        self.opacity_3d = FractionSlider("Opacity in 3D", "Factor on this heatmap's opacity in 3D")
        self.row("Opacity", self.opacity_3d)

    def _build_more(self) -> None:
        self.more = self.folded_section(
            "More", "Show colour steps, the threshold's edge and values out of range"
        )
        self.steps = NumberBox(
            "Colour steps", "Number of flat colour levels, 2 to 256; empty for smooth colours", 2, 256, True
        )
        self.steps.lineEdit().setPlaceholderText("smooth")
        self.row("Steps", self.steps)
        edges = (("Hard", "hard"), ("Linear", "linear"), ("Quadratic", "quadratic"))
        self.edge = Choice(edges, "Edge of the threshold", "How the opacity falls off beyond the threshold")
        self.row("Edge", self.edge)
        self.rules = {
            "below": RuleField("Values below the range", _rule_tip("below the range"), "Low end", "#2f6bff"),
            "above": RuleField("Values above the range", _rule_tip("above the range"), "High end", "#ff3fa0"),
            "nan": RuleField(
                "Missing values",
                "How missing voxels look: as the low end, not at all, or in a colour of their own",
                "Low end",
                "#808080",
            ),
        }
        for title, field in zip(("Below", "Above", "Missing"), self.rules.values(), strict=True):
            self.row(title, field)

    def _connect(self) -> None:
        for field, choice in (
            ("preset", self.preset),
            ("blend", self.blend),
            ("interpolation", self.interpolation),
            ("edge", self.edge),
        ):
            choice.chosen.connect(lambda value, field=field: self._set(field, value))
        for field, toggle in (
            ("reverse", self.reverse),
            ("visible", self.visible),
            ("zero_is_missing", self.zero_is_missing),
            ("visible_3d", self.visible_3d),
        ):
            toggle.edited.connect(lambda on, field=field: self._set(field, on))
        for field, slider in (("opacity", self.opacity), ("opacity_3d", self.opacity_3d)):
            slider.edited.connect(lambda value, field=field: self._set(field, value, held=True))
            slider.finished.connect(self.end)
        for name, rule in self.rules.items():
            rule.edited.connect(lambda value, name=name: self._set(name, value))
        self.steps.edited.connect(
            lambda value: self._set("steps", None if value is None else round(value), held=True)
        )
        self.bar.edited.connect(lambda low, high: self._set("data_range", (low, high), held=True))
        self.bar.finished.connect(self.end)
        self.low.edited.connect(lambda value: self._set_range(low=value))
        self.high.edited.connect(lambda value: self._set_range(high=value))
        self.auto.clicked.connect(self._set_automatic)
        for end, box in enumerate((self.threshold_low, self.threshold_high)):
            box.edited.connect(lambda value, end=end: self._set_threshold(end, value))
        self.threshold_abs.edited.connect(lambda value: self._set("threshold_abs", value, held=True))
        self.frame.edited.connect(lambda value: self._set("frame", int(value or 0), held=True))
        for box in (
            self.low,
            self.high,
            self.threshold_low,
            self.threshold_high,
            self.threshold_abs,
            self.frame,
            self.steps,
        ):
            box.finished.connect(self.end)

    @property
    def layer(self) -> HeatmapLayer | None:
        """The settings that are shown."""
        with suppress(KeyError):
            return self.scene.state.heatmap(self.layer_id)
        return None

    def _set(self, field: str, value: Any, held: bool = False) -> None:
        layer = self.layer
        if layer is not None:
            what = _WORDS.get(field, field.replace("_", " ").replace("3d", "3D"))
            self.edit(f"Change {what} of {layer.name}", held, **{field: value})

    def _set_range(self, low: float | None = None, high: float | None = None) -> None:
        """Set one end; where it passes the other, that one goes along at the same distance."""
        layer = self.layer
        if layer is None:
            return
        old_low, old_high = layer.data_range
        width = max(old_high - old_low, number_step(abs(old_low)))
        if low is not None:
            ends = (low, old_high if low < old_high else low + width)
        else:
            end = old_high if high is None else high
            ends = (old_low if end > old_low else end - width, end)
        self._set("data_range", ends, held=True)

    def _set_automatic(self) -> None:
        layer = self.layer
        if layer is not None and not layer.data_range_auto:
            self.edit(f"Automatic range of {layer.name}", data_range=None)
        self.auto.setChecked(True)

    def _set_threshold(self, end: int, value: float | None) -> None:
        """Set one end of the threshold; where it passes the other, that one opens."""
        layer = self.layer
        if layer is None:
            return
        ends = list(layer.threshold or (None, None))
        ends[end] = value
        low, high = ends
        if low is not None and high is not None and low > high:
            ends[1 - end] = None
        with suppress(SettingError):
            self._set("threshold", None if ends == [None, None] else tuple(ends), held=True)

    def refresh(self, layer: HeatmapLayer, volume: Volume) -> None:
        """Show a heatmap's settings; nothing is told back."""
        self.layer_id = layer.id
        self.title.setText(layer.name + (f"  ({layer.unit})" if layer.unit else ""))
        self.preset.show_value(layer.preset, preset_icon(layer.preset))
        self.preset.setEnabled(layer.rgb_points is None)
        self.reverse.show_value(layer.reverse)
        low, high = layer.data_range
        limits = volume.range or (low, high)
        step = number_step(max(limits[1] - limits[0], high - low))
        self.bar.show_range(limits, (low, high), transfer_bar(transfer_of(layer), 256, 1))
        self.low.show_value(low, step)
        self.high.show_value(high, step)
        self.auto.setChecked(layer.data_range_auto)
        self.visible.show_value(layer.visible)
        self.opacity.show_value(layer.opacity)
        ends = layer.threshold or (None, None)
        self.threshold_low.show_value(ends[0], step)
        self.threshold_high.show_value(ends[1], step)
        self.threshold_abs.show_value(layer.threshold_abs, step)
        self.blend.show_value(layer.blend)
        self.interpolation.show_value(layer.interpolation)
        self._show_frame(layer.frame, volume.frames)
        self.zero_is_missing.show_value(layer.zero_is_missing)
        self.steps.show_value(layer.steps, 1)
        self.edge.show_value(layer.edge)
        for name, rule in self.rules.items():
            rule.show_value(getattr(layer, name))
        self.visible_3d.show_value(layer.visible_3d)
        self.opacity_3d.show_value(layer.opacity_3d)

    def _show_frame(self, frame: int, frames: int) -> None:
        self.show_row(self.frame, self.frame_label, frames > 1)
        self.frame.set_limits(0, frames - 1)
        self.frame.show_value(frame, 1)
