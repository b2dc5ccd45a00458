"""The two ends of a data range, typed; back to automatic; or taken from somewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from heatviewer.app import ranges
from heatviewer.ui.controls import NumberBox, named, number_step
from heatviewer.ui.point_row import LABEL_WIDTH, narrow
from heatviewer.ui.range_menu import RangeMenuButton

if TYPE_CHECKING:
    from heatviewer.model.layer import HeatmapLayer
    from heatviewer.ui.background import Background
    from heatviewer.ui.transfer_edits import TransferEdits


class RangeRow(QWidget):
    """Low end, high end, whether they come from the data, and where else they may come from."""

    def __init__(self, edits: TransferEdits, background: Background) -> None:
        super().__init__()
        self.edits = edits
        self.low = narrow(NumberBox("Low end of the data range", "Value of the first colour"))
        self.high = narrow(NumberBox("High end of the data range", "Value of the last colour"))
        self.auto = named(QPushButton("auto"), "Automatic data range", "Take the range from the data again")
        self.auto.setCheckable(True)
        self.auto.setObjectName("small")
        self.auto.setFixedWidth(42)
        self.menu = RangeMenuButton(edits, background)
        label = QLabel("Range")
        label.setMinimumWidth(LABEL_WIDTH)
        label.setBuddy(self.low)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(label)
        row.addWidget(self.low, 1)
        row.addWidget(self.high, 1)
        row.addWidget(self.auto)
        row.addWidget(self.menu)
        self.low.edited.connect(lambda value: self._set(low=value))
        self.high.edited.connect(lambda value: self._set(high=value))
        for box in (self.low, self.high):
            box.finished.connect(edits.end)
        self.auto.clicked.connect(self._set_automatic)

    def _set(self, low: float | None = None, high: float | None = None) -> None:
        layer = self.edits.layer
        if layer is not None:
            ends = ranges.with_end(layer.data_range, low, high)
            self.edits.hold("typed range", f"Data range of {layer.name}", {"data_range": ends})

    def _set_automatic(self) -> None:
        self.menu.take_default()
        # Pressed again it stays: what is not automatic is typed, dragged or chosen.
        layer = self.edits.layer
        self.auto.setChecked(layer is not None and layer.data_range_auto)

    def refresh(self, layer: HeatmapLayer, span: float) -> None:
        """Show a heatmap's range; `span` is what the axis shows, of which a step is a hundredth."""
        step = number_step(span)
        self.low.show_value(layer.data_range[0], step)
        self.high.show_value(layer.data_range[1], step)
        self.auto.setChecked(layer.data_range_auto)
