"""How a heatmap's data are read: between voxels, which frame, smoothed for looking; its group; 3D."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QInputDialog, QLineEdit

from heatviewer.app.links import new_group
from heatviewer.app.space import align
from heatviewer.model.layer import HeatmapLayer
from heatviewer.ui.controls import Choice, FractionSlider, Toggle, ValueSlider, named
from heatviewer.ui.forms import LayerEdits, Section

if TYPE_CHECKING:
    from heatviewer.core.volume import Volume
    from heatviewer.model.layer import Align, BaseLayer

_PLACES = (("As its header says", "world"), ("Centred on the base", "centre"), ("Base's voxels", "grid"))
INTERPOLATIONS = (("Nearest", "nearest"), ("Linear", "linear"), ("Cubic", "cubic"))
_BLUR_MM, _BLUR_STEP = 20.0, 0.1
#: The entry that asks for a name; no group is called so, as names have no spaces around them.
_NEW = " new"


class DataSection(Section):
    """Interpolation, frame, blur, link group."""

    def __init__(self, edits: LayerEdits) -> None:
        super().__init__(edits, "Data", "Interpolation, frame, display blur and linked layers", opened=False)
        self.interpolation = add_interpolation(self, "Interpolation")
        self.frame = FrameRow(self, "Frame")
        tip = "Smooths the picture, values stay raw: standard deviation of a Gaussian, mm"
        self.blur = ValueSlider(
            "Display blur", tip, _BLUR_MM, _BLUR_STEP, box_name="Display blur, mm", box_high=100
        )
        self.row("Blur, mm", self.blur)
        self.bind("blur", self.blur, held=True)
        self.place = Choice([], "Place", "Where the heatmap lies: where its header says, or moved")
        self.row("Place", self.place)
        self.place.chosen.connect(self._choose_place)
        self.link = Choice(
            [], "Link group", "Layers of one group share their look: a change of one changes all"
        )
        self.row("Linked", self.link)
        self.link.chosen.connect(self._choose_group)

    def refresh(self, layer: HeatmapLayer, volume: Volume) -> None:
        """Show a heatmap's data settings; nothing is told back."""
        self.frame.show_frames(volume.frames)
        self.show_bound(layer)
        groups = dict.fromkeys(other.link for other in self.edits.scene.state.heatmaps if other.link)
        items = (("With none", None), *((f"Group {name}", name) for name in groups), ("New group…", _NEW))
        self.link.set_items(items)
        if self.link.value != layer.link:
            self.link.show_value(layer.link)
        self._show_place(layer, volume)

    def _show_place(self, layer: HeatmapLayer, volume: Volume) -> None:
        """Show where the heatmap lies; the base's voxels are offered to one that has as many."""
        base = self.edits.scene.base_volume
        fits = base is not None and base.grid == volume.grid
        self.place.set_items(_PLACES if fits else _PLACES[:2])
        self.place.show_value(layer.align or "world")

    def _choose_place(self, how: Align) -> None:
        layer = self.edits.layer
        if isinstance(layer, HeatmapLayer):
            align(self.edits.scene, layer, how)

    def _choose_group(self, name: str | None) -> None:
        if name != _NEW:
            self.edits.set("link", name)
            return
        layer = self.edits.layer
        self.link.show_value(getattr(layer, "link", None))
        dialog = QInputDialog(self)
        dialog.setWindowTitle("New link group")
        dialog.setLabelText("Name of the group; other layers join it by this name:")
        dialog.setTextValue(new_group(self.edits.scene.state))
        for field in dialog.findChildren(QLineEdit):
            named(field, "Name of the group", "Name by which other layers join")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.textValueSelected.connect(lambda text: self.edits.set("link", text.strip() or None))
        dialog.open()


class FrameRow:
    """The frame of a series: slider and box, shown only where there are several."""

    def __init__(self, section: Section, name: str) -> None:
        self.field = ValueSlider(
            name, "Frame of the series, from 0 (Shift and wheel in a view)", 1, 1, box_name=f"{name}, number"
        )
        self._row = section.row("Frame", self.field)
        self._frames = 0
        section.bind("frame", self.field, held=True, parsed=round)

    def show_frames(self, frames: int) -> None:
        """Show how many frames there are."""
        if frames != self._frames:
            self._frames = frames
            self._row.set_shown(frames > 1)
            self.field.set_high(max(frames - 1, 1))


class SpaceSection(Section):
    """Whether and how strongly a layer is drawn in 3D."""

    def __init__(self, edits: LayerEdits, whose: str) -> None:
        super().__init__(edits, "3D", f"How {whose} looks in the 3D view", opened=False)
        self.visible_3d = Toggle("Show in 3D", f"Show {whose} in 3D", f"Draw {whose} in the 3D view")
        self.row(" ", self.visible_3d)
        self.bind("visible_3d", self.visible_3d)
        self.opacity_3d = FractionSlider(
            f"Opacity of {whose} in 3D", f"Factor on the opacity of {whose} in 3D"
        )
        self.row("Opacity, %", self.opacity_3d)
        self.bind("opacity_3d", self.opacity_3d, held=True)

    def refresh(self, layer: HeatmapLayer | BaseLayer) -> None:
        """Show a layer's settings for 3D; nothing is told back."""
        self.show_bound(layer)


def add_interpolation(section: Section, name: str) -> Choice:
    """Add the row with the choice of how values between voxels are found."""
    choice = Choice(INTERPOLATIONS, name, "How values between voxels are found; cubic stays within the data")
    section.row("Interpolation", choice)
    section.bind("interpolation", choice)
    return choice
