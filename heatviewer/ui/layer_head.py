"""The head of a page of settings: whose they are, the unit, and what is done with all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from heatviewer.ui import icons
from heatviewer.ui.controls import named, plain_tip
from heatviewer.ui.layer_row import ElidedLabel
from heatviewer.ui.text_field import TextField

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QAction

    from heatviewer.model.layer import BaseLayer, HeatmapLayer
    from heatviewer.ui.forms import LayerEdits

_UNIT_WIDTH = 68


class LayerHead(QWidget):
    """Name, unit, and buttons."""

    def __init__(self, edits: LayerEdits, whose: str) -> None:
        super().__init__()
        self._edits = edits
        self.title = named(ElidedLabel(), f"Name of {whose}", "")
        self.title.setObjectName("layer_name")
        self.unit = TextField(f"Unit of {whose}", "Unit of the values, as legends show it", "unit")
        self.unit.setFixedWidth(_UNIT_WIDTH)
        self.unit.edited.connect(lambda text: edits.set("unit", text.strip()))
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(4)
        self._row.addWidget(self.title, 1)
        self._row.addWidget(self.unit)
        self.buttons: list[QToolButton] = []
        self._shown: tuple[str, str, str] | None = None

    def add_button(self, icon: str, action: QAction) -> QToolButton:
        """Add a button for one of the window's actions."""
        button = QToolButton()
        button.setDefaultAction(action)
        button.setAccessibleName(action.text().replace("&", ""))
        return self._add(button, icon)

    def add_menu(self, icon: str, name: str, tip: str, actions: Sequence[QAction]) -> QToolButton:
        """Add a button with a menu of the window's actions."""
        button = named(QToolButton(), name, tip)
        button.setObjectName("menu_button")
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = named(QMenu(button), name, tip)
        menu.setToolTipsVisible(True)
        menu.addActions(list(actions))
        button.setMenu(menu)
        return self._add(button, icon)

    def _add(self, button: QToolButton, icon: str) -> QToolButton:
        button.setIconSize(QSize(16, 16))
        icons.set_icon(button, icon)
        self._row.addWidget(button)
        self.buttons.append(button)
        return button

    def refresh(self, layer: HeatmapLayer | BaseLayer) -> None:
        """Show whose settings they are."""
        shown = (layer.id, layer.name, layer.unit)
        if shown == self._shown:
            return
        self._shown = shown
        self.title.show_text(layer.name)
        self.title.setToolTip(plain_tip(layer.name))
        self.unit.show_value(layer.unit)
