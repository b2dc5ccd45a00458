"""The settings of the selected heatmap: what is used most on top, the rest folded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from heatviewer.ui.forms import LayerEdits, Page
from heatviewer.ui.heatmap_colors import ColorsSection
from heatviewer.ui.heatmap_contours import ContoursSection
from heatviewer.ui.heatmap_data import DataSection, SpaceSection
from heatviewer.ui.heatmap_opacity import OpacitySection
from heatviewer.ui.heatmap_threshold import ThresholdSection
from heatviewer.ui.layer_head import LayerHead
from heatviewer.ui.rule_text import RuleSection

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtGui import QAction

    from heatviewer.app.scene import Scene
    from heatviewer.core.volume import Volume
    from heatviewer.model.layer import HeatmapLayer
    from heatviewer.ui.background import Background


_PASTES = ("style", "range", "to_all")


class HeatmapSettings(Page):
    """What a heatmap looks like: colours, opacity, threshold, contours, data, 3D, its rule in words.

    Sections stay folded or open as a person left them, whichever heatmap is shown.
    """

    def __init__(self, scene: Scene, background: Background, actions: Mapping[str, QAction]) -> None:
        super().__init__()
        self.edits = LayerEdits(scene)
        self.head = LayerHead(self.edits, "the heatmap")
        copy, paste = actions["layer.copy_style"], [actions[f"layer.paste_{what}"] for what in _PASTES]
        self.head.add_button("style-copy", copy)
        self.head.add_menu("style-paste", "Paste style", "Give this heatmap the look on the clipboard", paste)
        self.colors = ColorsSection(self.edits, background)
        self.opacity = OpacitySection(self.edits, background)
        self.threshold = ThresholdSection(self.edits, background)
        self.contours = ContoursSection(self.edits)
        self.data = DataSection(self.edits)
        self.space = SpaceSection(self.edits, "this heatmap")
        self.rule = RuleSection(self.edits)
        self.add(
            self.head,
            self.colors,
            self.opacity,
            self.threshold,
            self.contours,
            self.data,
            self.space,
            self.rule,
        )

    def refresh(self, layer: HeatmapLayer, volume: Volume) -> None:
        """Show a heatmap's settings; nothing is told back."""
        self.edits.layer_id = layer.id
        self.head.refresh(layer)
        for section in (self.colors, self.opacity, self.threshold, self.contours, self.data):
            section.refresh(layer, volume)
        self.space.refresh(layer)
        self.rule.refresh(layer)
        # It tells of colours by value, and a colour image has its own.
        self.rule.setVisible(not volume.is_color)
