"""The panel with the settings of the selected heatmap or of the base."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QLabel,
    QScrollArea,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from heatviewer.ui.base_settings import BaseSettings
from heatviewer.ui.controls import named
from heatviewer.ui.heatmap_settings import HeatmapSettings
from heatviewer.ui.panel_head import PanelHead
from heatviewer.ui.space_notice import SpaceNotice

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtGui import QAction

    from heatviewer.app.scene import Scene
    from heatviewer.app.scene_change import SceneChange
    from heatviewer.ui.background import Background

#: At this width no number is cut.
_WIDTH = 308
Page = Literal["heatmap", "base"]


class SettingsPanel(QWidget):
    """Two pages, one for the selected heatmap and one for the base."""

    def __init__(self, scene: Scene, background: Background, actions: Mapping[str, QAction]) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.scene = scene
        self.heatmap = HeatmapSettings(scene, background, actions)
        self.base = BaseSettings(scene)
        self.nothing = QLabel("No heatmap is selected.")
        self.nothing.setObjectName("muted")
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self.nothing.setContentsMargins(12, 24, 12, 12)
        self.pages = QStackedWidget()
        self._scrolls = {"heatmap": _scrolled(self.heatmap), "base": _scrolled(self.base)}
        for widget in (*self._scrolls.values(), self.nothing):
            self.pages.addWidget(widget)
        alone = scene.state.base is not None and not scene.state.heatmaps
        self.page: Page = "base" if alone else "heatmap"
        self.tabs = {
            "heatmap": _tab("Heatmap", "Settings of the selected heatmap"),
            "base": _tab("Base", "Settings of the base"),
        }
        group = QButtonGroup(self)
        head = PanelHead()
        head.row.setContentsMargins(8, 4, 8, 4)
        head.row.setSpacing(4)
        for page, tab in self.tabs.items():
            group.addButton(tab)
            tab.clicked.connect(lambda _=False, page=page: self.show_page(page))
            head.row.addWidget(tab)
        head.row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(head)
        self.notice = SpaceNotice(scene)
        column.addWidget(self.notice)
        column.addWidget(self.pages, 1)
        self.setMinimumWidth(_WIDTH)
        self.refresh()

    def sizeHint(self) -> QSize:
        """Return the width at which no row is cut."""
        return QSize(_WIDTH, 600)

    def show_page(self, page: Page) -> None:
        """Show the settings of the heatmap or of the base."""
        self.page = page
        self.refresh()

    def show_range(self) -> None:
        """Bring the selected heatmap's data range into sight, and what is told below it."""
        self.show_page("heatmap")
        colors = self.heatmap.colors
        colors.heading.setChecked(True)
        self._scrolls["heatmap"].ensureWidgetVisible(colors.editor.range)

    def edit_range(self, layer_id: str) -> None:
        """Show a heatmap's settings with the keyboard in its data range."""
        self.scene.select(layer_id)
        self.show_range()
        low = self.heatmap.colors.editor.range.low
        low.setFocus()
        low.selectAll()

    def on_changed(self, change: SceneChange) -> None:
        """Follow the scene; a heatmap that is newly selected is shown, and without any the base."""
        if change.selection and change.after.selected is not None:
            self.page = "heatmap"
        elif change.layer_list and change.after.base is not None and not change.after.heatmaps:
            self.page = "base"
        if change.layers or change.selection:
            self.refresh()

    def refresh(self) -> None:
        """Show what is chosen."""
        state, volumes = self.scene.state, self.scene.volumes
        self.tabs[self.page].setChecked(True)
        selected = self.scene.selected
        shown = self.page == "heatmap" and selected is not None
        self.notice.refresh(state.heatmap(selected.id) if selected is not None and shown else None)
        if self.page == "base" and state.base is not None:
            self.base.refresh(state.base, volumes[state.base.id])
            self.pages.setCurrentWidget(self._scrolls["base"])
        elif self.page == "heatmap" and selected is not None:
            self.heatmap.refresh(state.heatmap(selected.id), selected.volume)
            self.pages.setCurrentWidget(self._scrolls["heatmap"])
        else:
            self.nothing.setText("No base is open." if self.page == "base" else "No heatmap is selected.")
            self.pages.setCurrentWidget(self.nothing)


def _scrolled(body: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setObjectName("panel")
    area.setWidget(body)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return area


def _tab(title: str, tip: str) -> QToolButton:
    tab = named(QToolButton(), f"{title} settings", tip)
    tab.setText(title)
    tab.setCheckable(True)
    return tab
