"""A row of swatches, one for each level, each with a dialog of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from heatviewer.ui.color_button import ColorButton

if TYPE_CHECKING:
    from collections.abc import Sequence

#: That many swatches fill the narrowest panel.
_IN_A_ROW = 6


class ColorChips(QWidget):
    """Swatches in rows.

    Signals
    -------
    edited : int, str
        Which one got which colour.
    """

    edited = Signal(int, str)

    def __init__(self) -> None:
        super().__init__()
        self.chips: list[ColorButton] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(2)
        self._grid.setColumnStretch(_IN_A_ROW, 1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_values(self, titles: Sequence[str], colors: Sequence[str]) -> None:
        """Show a swatch for each title in its colour."""
        while len(self.chips) > len(titles):
            gone = self.chips.pop()
            self._grid.removeWidget(gone)
            gone.setParent(None)
            gone.deleteLater()
        while len(self.chips) < len(titles):
            self._add()
        for chip, title, color in zip(self.chips, titles, colors, strict=True):
            chip.show_value(color)
            if chip.accessibleName() != title:
                chip.setAccessibleName(title)
                chip.setToolTip(f"{title}; click to choose another")

    def _add(self) -> None:
        index = len(self.chips)
        chip = ColorButton("", "", with_text=False)
        chip.edited.connect(lambda color: self.edited.emit(index, color))
        self.chips.append(chip)
        self._grid.addWidget(chip, index // _IN_A_ROW, index % _IN_A_ROW)
