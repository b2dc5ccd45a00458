"""A strip above a heatmap's settings that says that it does not fit its base, and what can be done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from heatviewer.app import space
from heatviewer.ui.controls import named, plain

if TYPE_CHECKING:
    from heatviewer.app.scene import Scene
    from heatviewer.model.layer import Align, HeatmapLayer

_TIPS: dict[Align, str] = {
    "centre": "Move the heatmap so that its centre is the base's (can be undone)",
    "grid": "Lay the heatmap voxel by voxel on the base (can be undone)",
    "world": "Leave it where its header says, and do not ask again",
}


class SpaceNotice(QWidget):
    """What is odd about where the heatmap lies, and a button for each thing to do."""

    def __init__(self, scene: Scene) -> None:
        super().__init__()
        self.scene = scene
        self._layer: HeatmapLayer | None = None
        frame = named(QFrame(), "Does not fit the base", "How the heatmap lies to the base")
        frame.setObjectName("notice")
        self.text = plain(QLabel())
        self.text.setWordWrap(True)
        self.buttons: dict[Align, QPushButton] = {}
        column = QVBoxLayout(frame)
        column.setContentsMargins(8, 6, 8, 8)
        column.setSpacing(4)
        column.addWidget(self.text)
        for how, title in space.OFFERS.items():
            button = named(QPushButton(title), title, _TIPS[how])
            button.setObjectName("small")
            button.clicked.connect(lambda _=False, how=how: self._take(how))
            self.buttons[how] = button
        for line in (("centre", "grid"), ("world",)):
            row = QHBoxLayout()
            row.setSpacing(4)
            for how in line:
                row.addWidget(self.buttons[how])
            row.addStretch(1)
            column.addLayout(row)
        room = QVBoxLayout(self)
        room.setContentsMargins(12, 8, 12, 0)
        room.addWidget(frame)

    def refresh(self, layer: HeatmapLayer | None) -> None:
        """Show what is offered about a heatmap; nothing where it fits, or where a person has chosen."""
        self._layer = layer
        offered = () if layer is None else space.offers(self.scene, layer)
        self.setVisible(bool(offered))
        if layer is None or not offered:
            return
        lines = [text[:1].upper() + text[1:] + "." for text in space.oddities(self.scene, layer)]
        self.text.setText("\n".join(lines))
        for how, button in self.buttons.items():
            button.setVisible(how in offered)

    def _take(self, how: Align) -> None:
        if self._layer is not None:
            space.align(self.scene, self._layer, how)
