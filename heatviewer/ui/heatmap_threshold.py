"""Which values of a heatmap are shown: threshold, edge, outline, what lies beside the range, zeros."""

from __future__ import annotations

from typing import TYPE_CHECKING

from heatviewer.analysis.zeros import zeros_look_missing
from heatviewer.model.layer import HeatmapLayer
from heatviewer.ui.color_button import ColorButton
from heatviewer.ui.controls import Choice, NumberBox, Toggle, number_step
from heatviewer.ui.forms import LayerEdits, Section, at_ends, raise_again
from heatviewer.ui.offer import Offer
from heatviewer.ui.rule_field import RuleField

if TYPE_CHECKING:
    from heatviewer.core.volume import Volume
    from heatviewer.ui.background import Background

_EDGES = (("Hard", "hard"), ("Linear", "linear"), ("Quadratic", "quadratic"))
_FINDING = (
    "Most voxels are exactly 0. If that means 'no data', interpolating with them makes a rim of false values."
)


class ThresholdSection(Section):
    """Which values are shown, and how the others look."""

    def __init__(self, edits: LayerEdits, background: Background) -> None:
        super().__init__(edits, "Threshold", "Which values are shown, and how the others look")
        self._background = background
        #: Whether a layer's zeros look missing; None while that is being found out.
        self._zeros: dict[str, bool | None] = {}
        self._dismissed: set[str] = set()
        self._shown: object = None
        self._build_offer()
        self._build_threshold()
        self._build_outside()

    def _build_offer(self) -> None:
        self.offer = Offer(
            _FINDING,
            "Treat zeros as missing",
            "Voxels that are exactly 0 hold no data; this can be undone",
        )
        self._offer_row = self.row("", self.offer)
        self._offer_row.set_shown(False)
        self.offer.take.clicked.connect(lambda: self.edits.set("zero_is_missing", True))
        self.offer.dismiss.clicked.connect(self._dismiss)

    def _build_threshold(self) -> None:
        self.threshold_low = NumberBox(
            "Lowest value shown", "Values below are transparent; empty leaves the end open", optional=True
        )
        self.threshold_high = NumberBox(
            "Highest value shown", "Values above are transparent; empty leaves the end open", optional=True
        )
        self.row("Show from, to", self.threshold_low, self.threshold_high)
        self.threshold_abs = NumberBox(
            "Smallest magnitude shown",
            "Show values whose magnitude is at least this, on both sides of 0; empty is no limit",
            low=0,
            optional=True,
        )
        self.row("|value| ≥", self.threshold_abs)
        for end, box in enumerate((self.threshold_low, self.threshold_high)):
            box.edited.connect(lambda value, end=end: self._set_end(end, value))
            box.finished.connect(self.edits.end)
        self.bind("threshold_abs", self.threshold_abs, held=True)
        self.edge = Choice(_EDGES, "Edge of the threshold", "How the opacity falls off beyond the threshold")
        self.row("Edge", self.edge)
        self.bind("edge", self.edge)
        self.outline = Toggle(
            "Line", "Outline of the threshold", "Draw a crisp line where the values reach the threshold"
        )
        self.outline_color = ColorButton("Colour of the outline", "Choose the colour of the outline")
        self.row("Outline", at_ends(self.outline, self.outline_color))
        self.bind("outline", self.outline)
        self.bind("outline_color", self.outline_color)

    def _build_outside(self) -> None:
        low, high = "Colour of low end", "Colour of high end"
        self.rules = {
            "below": RuleField("Values below the range", _rule_tip("below the range"), low, "#2f6bff"),
            "above": RuleField("Values above the range", _rule_tip("above the range"), high, "#ff3fa0"),
            "nan": RuleField("Missing values", _rule_tip("that are missing"), low, "#808080"),
        }
        for title, (field, rule) in zip(("Below", "Above", "Missing"), self.rules.items(), strict=True):
            self.row(title, rule)
            self.bind(field, rule)
        self.zero_is_missing = Toggle(
            "Zero is missing",
            "Zero is missing",
            "Voxels that are exactly 0 hold no data: they are transparent, and left out between voxels",
        )
        self.row(" ", self.zero_is_missing)
        self.bind("zero_is_missing", self.zero_is_missing)

    def _set_end(self, end: int, value: float | None) -> None:
        """Set one end of the threshold; where it passes the other, that one opens."""
        layer = self.edits.layer
        if not isinstance(layer, HeatmapLayer):
            return
        ends = list(layer.threshold or (None, None))
        ends[end] = value
        low, high = ends
        if low is not None and high is not None and low > high:
            ends[1 - end] = None
        self._shown = None
        self.edits.set("threshold", None if ends == [None, None] else tuple(ends), held=True)

    def refresh(self, layer: HeatmapLayer, volume: Volume) -> None:
        """Show a heatmap's threshold; nothing is told back."""
        self.show_bound(layer)
        self._look_at_zeros(layer, volume)
        self._show_offer(layer)
        if (layer.id, layer.threshold, layer.data_range) == self._shown:
            return
        self._shown = (layer.id, layer.threshold, layer.data_range)
        low, high = layer.data_range
        limits = volume.range or (low, high)
        step = number_step(max(limits[1] - limits[0], high - low))
        ends = layer.threshold or (None, None)
        self.threshold_low.show_value(ends[0], step)
        self.threshold_high.show_value(ends[1], step)
        self.threshold_abs.step = step

    # --- zeros ---------------------------------------------------------------------------

    def _look_at_zeros(self, layer: HeatmapLayer, volume: Volume) -> None:
        """Find out in the background, once for each volume, whether its zeros look missing."""
        if layer.id in self._zeros:
            return
        self._zeros[layer.id] = None

        def found(missing: bool) -> None:
            self._zeros[layer.id] = missing
            shown = self.edits.layer
            if isinstance(shown, HeatmapLayer):
                self._show_offer(shown)

        self._background.run(lambda: zeros_look_missing(volume, layer.frame), found, raise_again)

    def _show_offer(self, layer: HeatmapLayer) -> None:
        offered = bool(self._zeros.get(layer.id)) and layer.id not in self._dismissed
        # The nearest voxel's value is never a mixture, so zeros do no harm there.
        mixed = layer.interpolation != "nearest"
        self._offer_row.set_shown(offered and mixed and not layer.zero_is_missing)

    def _dismiss(self) -> None:
        self._dismissed.add(self.edits.layer_id)
        self._offer_row.set_shown(False)


def _rule_tip(which: str) -> str:
    return f"How values {which} look: in that end's colour, not at all, or in a colour of their own"
