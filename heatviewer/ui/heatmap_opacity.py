"""How opaque a heatmap is: its factor, how it is laid on those below, and a volume that fades it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal

from heatviewer.app.opacity_choices import following, opacity_sources
from heatviewer.app.ranges import with_end
from heatviewer.model.layer import HeatmapLayer
from heatviewer.ui.controls import Choice, FractionSlider, NumberBox, number_step
from heatviewer.ui.forms import LayerEdits, Section, raise_again, whole

if TYPE_CHECKING:
    from typing import Any

    from heatviewer.core.volume import Volume
    from heatviewer.ui.background import Background

FORMULA = "Final alpha = layer opacity × curve(value) × threshold edge × opacity-by"
_BLENDS = (("Over the layers below", "over"), ("Added as light", "add"))
#: The entry that asks for a file; no volume has such an id.
_FILE = "\0file"


class OpacitySection(Section):
    """Opacity, blending, and 'opacity by'.

    Signals
    -------
    file_wanted : str
        The id of the heatmap whose opacity is to follow a file.
    """

    file_wanted = Signal(str)

    def __init__(self, edits: LayerEdits, background: Background) -> None:
        super().__init__(edits, "Opacity", FORMULA)
        self._background = background
        self.opacity = FractionSlider("Opacity", f"Opacity of this heatmap ([ and ]).\n{FORMULA}")
        self.row("Opacity, %", self.opacity)
        self.bind("opacity", self.opacity, held=True)
        self.blend = Choice(_BLENDS, "Blending", "How this heatmap is laid on those below")
        self.row("Blending", self.blend)
        self.bind("blend", self.blend)
        self._build_by()
        self._shown: object = None

    def _build_by(self) -> None:
        tip = (
            "Let the opacity follow another volume: transparent where that one is low, for example where "
            f"a z-map says that the colours mean little.\n{FORMULA}"
        )
        self.by = Choice([], "Opacity by", tip)
        self.row("Opacity by", self.by)
        self.by.chosen.connect(self._choose)
        self.low = NumberBox("Opacity by, low end", "Value from which down nothing is seen")
        self.high = NumberBox("Opacity by, high end", "Value from which up nothing is faded")
        self._range_row = self.row("From, to", self.low, self.high)
        self.low.edited.connect(lambda value: self._set_end(low=value))
        self.high.edited.connect(lambda value: self._set_end(high=value))
        self.frame = NumberBox(
            "Opacity by, frame", "Frame that the opacity follows, from 0; empty: the one in view", 0, 0, True
        )
        self.frame.step = 1
        self.frame.lineEdit().setPlaceholderText("in view")
        self._frame_row = self.row("Frame", self.frame)
        self.bind("opacity_by_frame", self.frame, held=True, parsed=whole)
        for box in (self.low, self.high):
            box.finished.connect(self.edits.end)

    def _choose(self, wanted: str | None) -> None:
        """Follow another volume. Its range may take a while, so it is asked for in the background."""
        layer = self.edits.layer
        scene = self.edits.scene
        if not isinstance(layer, HeatmapLayer):
            return
        if wanted == _FILE:
            self._show_choice(layer)
            self.file_wanted.emit(layer.id)
        elif wanted is None:
            self.edits.edit(f"Fade {layer.name} by nothing", opacity_by=None, opacity_by_frame=None)
        elif layer.opacity_by is None or layer.opacity_by.volume != wanted:
            volume = scene.volumes[wanted]

            def follow(changes: dict[str, Any]) -> None:
                if self.edits.layer_id == layer.id and wanted in scene.volumes:
                    name = changes["opacity_by"].name
                    own = "a frame of its own" if wanted == layer.id else name
                    self.edits.edit(f"Fade {layer.name} by {own}", **changes)

            self._background.run(lambda: following(scene.state, layer, wanted, volume), follow, raise_again)

    def _set_end(self, low: float | None = None, high: float | None = None) -> None:
        layer = self.edits.layer
        if isinstance(layer, HeatmapLayer) and layer.opacity_by is not None:
            title = f"Opacity-by range of {layer.name}"
            self._shown = None
            wish = layer.opacity_by
            low, high = with_end((wish.low, wish.high), low, high)
            self.edits.edit(title, held=True, opacity_by=wish.replaced(low=low, high=high))

    def refresh(self, layer: HeatmapLayer, volume: Volume) -> None:
        """Show a heatmap's opacity; nothing is told back."""
        self.show_bound(layer)
        state, volumes = self.edits.scene.state, self.edits.scene.volumes
        sources = opacity_sources(state, layer, volume)
        if (layer.id, layer.opacity_by, sources) == self._shown:
            return
        self._shown = (layer.id, layer.opacity_by, sources)
        self.by.set_items((*sources, ("From a file…", _FILE)))
        self._show_choice(layer)
        wish = layer.opacity_by
        followed = volumes.get(wish.volume) if wish is not None else None
        self._range_row.set_shown(wish is not None)
        frames = 1 if followed is None else followed.frames
        self._frame_row.set_shown(frames > 1)
        self.frame.set_limits(0, frames - 1)
        if wish is not None:
            step = number_step(wish.high - wish.low)
            self.low.show_value(wish.low, step)
            self.high.show_value(wish.high, step)

    def _show_choice(self, layer: HeatmapLayer) -> None:
        self.by.show_value(layer.opacity_by.volume if layer.opacity_by is not None else None)
