"""What goes with the views in a window: frames and their curve, facts of the data, and what is odd."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt

from heatviewer.app import space
from heatviewer.app.frames import framed_layers
from heatviewer.app.information import notes
from heatviewer.model.layer import HeatmapLayer
from heatviewer.ui.curve_panel import CurvePanel
from heatviewer.ui.frame_bar import FrameBar
from heatviewer.ui.information import InformationDialog

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from heatviewer.app.scene_change import SceneChange
    from heatviewer.model.layer import BaseLayer
    from heatviewer.ui.main_window import MainWindow
    from heatviewer.ui.theme import Tokens


class Companions(QObject):
    """Makes these parts of a window and keeps them up to date.

    Attributes
    ----------
    frame_bar : FrameBar
    curve : CurvePanel
    dock : QDockWidget
        Around the curve; it is there while a layer has frames, unless a person has sent it away.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._told: set[str] = set()
        actions = window.actions_set.by_id
        window.player.changed.connect(window.actions_set.refresh)
        self.frame_bar = FrameBar(window.scene, actions, window.player)
        self.curve = CurvePanel(window.scene, actions)
        self.dock = window.dock("curve", "Curve", self.curve, Qt.DockWidgetArea.BottomDockWidgetArea)
        self.information: InformationDialog | None = None

    @property
    def is_idle(self) -> bool:
        """Whether the curve of now is shown."""
        return self.curve.is_idle

    def set_tokens(self, tokens: Tokens) -> None:
        """Draw in a theme's colours."""
        self.frame_bar.set_tokens(tokens)
        self.curve.set_tokens(tokens)
        if self.information is not None:
            self.information.set_tokens(tokens)

    def on_changed(self, change: SceneChange) -> None:
        """Follow the scene."""
        self._window.player.on_changed(change)
        self.frame_bar.on_changed(change)
        self.curve.on_changed(change)

    def follow_layers(self) -> None:
        """Show what is there for the layers of now, and tell what is odd about those that are new."""
        self.show_curve()
        self.frame_bar.refresh()
        scene = self._window.scene
        for layer in scene.state.layers:
            if layer.id in scene.volumes and layer.id not in self._told:
                self._tell(layer)
        followed = sorted(set(scene.volumes) - {layer.id for layer in scene.state.layers} - self._told)
        for volume in (scene.volumes[volume_id] for volume_id in followed):
            self._report(volume.name or "A volume", volume.warnings)
        self._told = set(scene.volumes)

    def _tell(self, layer: HeatmapLayer | BaseLayer) -> None:
        """Tell in one line what is odd about a layer, with the way to all of it, or to what can be done."""
        scene, found = self._window.scene, notes(self._window.scene, layer)
        action: tuple[str, Callable[[], object]] = ("Information…", lambda: self.show_information(layer.id))
        if isinstance(layer, HeatmapLayer) and space.offers(scene, layer):
            action = ("Align…", lambda: self.show_offers(layer.id))
            # What the button is for comes first.
            found = tuple(dict.fromkeys((*space.oddities(scene, layer), *found)))
        self._report(layer.name or "A layer", found, action)

    def show_offers(self, layer_id: str) -> None:
        """Show what can be done about a heatmap that does not fit its base."""
        self._window.panels["settings"].show()
        self._window.scene.select(layer_id)
        self._window.settings.show_page("heatmap")

    def _report(
        self, name: str, found: tuple[str, ...], action: tuple[str, Callable[[], object]] | None = None
    ) -> None:
        if found:
            more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
            self._window.messages.show_message(f"{name}: {found[0]}{more}", "warning", action)

    # --- the curve -------------------------------------------------------------------------

    @property
    def curve_wanted(self) -> bool:
        """Whether the curve is shown while there are frames."""
        return self._window.preferences.curve

    def toggle_curve(self) -> None:
        """Send the curve away, or bring it back, from now on."""
        self._window.remember(self._window.preferences.replaced(curve=not self.curve_wanted))
        self.show_curve()

    def show_curve(self) -> None:
        """Show the curve where there is one and it is wanted."""
        shown = self.curve_wanted and bool(framed_layers(self._window.scene))
        shown = shown and not self._window.pictures_only
        if self.dock.isHidden() == shown:
            self.dock.setVisible(shown)
        if shown:
            self.curve.refresh()

    def copy_curve(self) -> None:
        """Put the curves at the crosshair on the clipboard."""
        self.curve.copy()
        self._window.report("The values over all frames are on the clipboard, as CSV.", "info")

    # --- what is known ---------------------------------------------------------------------

    def show_information(self, layer_id: str = "") -> None:
        """Show what is known of a layer's data: of the one whose settings are shown, if none is named."""
        base = self._window.scene.state.base
        if not layer_id and self._window.settings.page == "base" and base is not None:
            layer_id = base.id
        if self.information is None:
            self.information = InformationDialog(self._window.scene, self._window.tokens, self._window)
            self.information.finished.connect(self._forget_information)
        if layer_id:
            self.information.show_layer(layer_id)
        self._window.show_dialog(self.information)

    def _forget_information(self) -> None:
        self.information = None

    def stop(self) -> None:
        """Play no more."""
        self._window.player.stop()
        if self.information is not None:
            self.information.close()


def below_pictures(window: MainWindow, bar: QWidget) -> None:
    """Put a bar below the views of a window."""
    centre = window.centralWidget()
    layout = centre.layout() if centre is not None else None
    if layout is not None:
        layout.addWidget(bar)
