"""The main window: views in the middle, panels around them, files dropped anywhere."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray, QCoreApplication, QEvent, QEventLoop, QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDockWidget,
    QHBoxLayout,
    QMainWindow,
    QSizePolicy,
    QStackedWidget,
    QToolBar,
    QVBoxLayout,
    QWidget,
)

from heatviewer.app.actions import Context
from heatviewer.app.loader import Loader
from heatviewer.app.scene import Scene
from heatviewer.app.settings import Preferences, load_preferences, save_changes
from heatviewer.core.errors import WriteError
from heatviewer.core.geometry import PLANES
from heatviewer.ui import icons, theme
from heatviewer.ui.background import Background, Poster
from heatviewer.ui.commands import Commands
from heatviewer.ui.companions import Companions, below_pictures
from heatviewer.ui.controls import named
from heatviewer.ui.documents import Documents
from heatviewer.ui.drop_overlay import DropOverlay
from heatviewer.ui.file_drops import FileDrops
from heatviewer.ui.file_watch import FileWatch
from heatviewer.ui.followers import Followers
from heatviewer.ui.layer_panel import LayerPanel
from heatviewer.ui.legend_strip import LegendStrip
from heatviewer.ui.menus import ActionSet
from heatviewer.ui.messages import MessageBar
from heatviewer.ui.missing_layers import MissingLayers
from heatviewer.ui.opener import Opener
from heatviewer.ui.patient_names import PatientNames
from heatviewer.ui.player import Player
from heatviewer.ui.probe_panel import ProbePanel, named_values, probe_text
from heatviewer.ui.recents import Recents
from heatviewer.ui.series_dock import SeriesDock
from heatviewer.ui.settings_panel import SettingsPanel
from heatviewer.ui.side_docks import SideDocks
from heatviewer.ui.slice_panel import SlicePanel
from heatviewer.ui.slice_view import SliceView
from heatviewer.ui.start_page import StartPage
from heatviewer.ui.status_line import StatusLine
from heatviewer.ui.style_files import StyleFiles
from heatviewer.ui.view_grid import ViewGrid
from heatviewer.ui.volume_view import VolumeView
from heatviewer.ui.worklist_dock import WorklistDock

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from PySide6.QtGui import QCloseEvent

    from heatviewer.app.scene_change import SceneChange
    from heatviewer.app.settings import Theme
    from heatviewer.core.geometry import PlaneName, Vec3
    from heatviewer.model.view import ViewName
    from heatviewer.ui.export_dialog import Exported
    from heatviewer.ui.messages import Level
    from heatviewer.ui.opener import OpenAs
    from heatviewer.ui.theme import Tokens

_SIZE = QSize(1400, 900)
#: Drawing a new study takes 20 to 30 ms; a window that is not seen does not hold the reader up.
_DRAWING_S = 0.1
#: Raised when the panels change so that a kept arrangement no longer fits.
_STATE_VERSION = 2


class MainWindow(QMainWindow):
    """A window on a scene; without one it is empty and invites to open a study.

    It looks as it did when it was last closed, unless `remember` is false; with `recent` false
    nothing is kept of what it opens.

    Attributes
    ----------
    scene : Scene
    slice_views : dict
        ``SliceView`` by ``"axial"``, ``"coronal"``, ``"sagittal"``.
    volume_view : VolumeView
    panels : dict
        The widgets that the View menu shows and hides, by name.
    """

    def __init__(self, scene: Scene | None = None, remember: bool = True, recent: bool = True) -> None:
        super().__init__()
        self.scene = scene if scene is not None else Scene()
        self._remembers = remember
        self.preferences = load_preferences() if remember else Preferences(theme="dark")
        self.pictures_only = False
        self._kept_panels: list[str] = []
        self._closed = False
        self.poster = Poster(self)
        self.background = Background(self.poster.post)
        self.loader = Loader(self.scene, self.poster.post, patience=_DRAWING_S)
        self.opener = Opener(self.scene, self.loader, self)
        self.documents = Documents(self, remember)
        self.files = FileWatch(self)
        self.patient_names = PatientNames(self)
        self.commands = Commands(self)
        self.styles = StyleFiles(self, use_rules=remember)
        self._make_views()
        self._make_centre()
        self.recents = Recents(self, keeps=remember and recent)
        self.panels: dict[str, QWidget] = {}
        self.player = Player(self.scene, self)
        self.actions_set = ActionSet(self, Context(self.scene, self.commands))
        self._make_panels()
        self._make_status_bar()
        self.actions_set.build_menus(self.menuBar(), self.recents, self.recents.open)
        self.menuBar().setAccessibleName("Menus")
        self._connect()
        self._restore()
        self._follow_scene()

    # --- building --------------------------------------------------------------------------

    def _make_views(self) -> None:
        self.slice_views: dict[PlaneName, SliceView] = {
            plane: SliceView(self.scene, plane) for plane in PLANES
        }
        self.volume_view = VolumeView(self.scene)
        views: dict[ViewName, QWidget] = {"3d": self.volume_view}
        cells: dict[ViewName, QWidget] = {"3d": self.volume_view}
        for plane, view in self.slice_views.items():
            views[plane], cells[plane] = view, SlicePanel(view)
        self.grid = ViewGrid(self.scene, views, cells)
        self.legend = LegendStrip(self.scene)
        self.pictures = QWidget()
        row = QHBoxLayout(self.pictures)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.grid, 1)
        row.addWidget(self.legend)

    def _make_centre(self) -> None:
        self.setWindowTitle("HeatViewer")
        self.resize(_SIZE)
        self.start_page = StartPage()
        self.pages = QStackedWidget()
        self.pages.addWidget(self.start_page)
        self.pages.addWidget(self.pictures)
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.documents.recovery.bar)
        column.addWidget(self.pages, 1)
        # The pictures take what the panels leave; what they would like must not squeeze those.
        centre.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.setCentralWidget(centre)
        self.messages = MessageBar(centre)
        self.overlay = DropOverlay(centre)
        self.drops = FileDrops(self, self.overlay)

    def _make_panels(self) -> None:
        bar = named(QToolBar("Toolbar", self), "Toolbar", "")
        bar.setObjectName("toolbar")
        bar.setMovable(False)
        self.addToolBar(bar)
        self.actions_set.build_toolbar(bar)
        self.layers = LayerPanel(self.scene, self.loader, self.actions_set.by_id)
        self.missing = MissingLayers(self)
        self.settings = SettingsPanel(self.scene, self.background, self.actions_set.by_id)
        self.probe = ProbePanel(self.scene)
        # The side panels reach the bottom; the read-out belongs to the pictures above it.
        self.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea)
        self.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
        areas = Qt.DockWidgetArea
        self.panels = {
            "toolbar": bar,
            "layers": self.dock("layers", "Layers", self.layers, areas.LeftDockWidgetArea),
            "settings": self.dock("settings", "Settings", self.settings, areas.RightDockWidgetArea),
            "probe": self.dock("probe", "Probe", self.probe, areas.BottomDockWidgetArea),
        }
        self.companions = Companions(self)
        self.panels["curve"] = self.companions.dock
        self.series = SeriesDock(self)
        self.panels["series"] = self.series.dock
        self.worklist = WorklistDock(self)
        self.panels["worklist"] = self.worklist.dock
        self.side_docks = SideDocks(self)
        self.panels |= self.side_docks.docks
        self.splitDockWidget(self.companions.dock, self.panels["probe"], Qt.Orientation.Vertical)  # type: ignore[arg-type]
        below_pictures(self, self.companions.frame_bar)

    def dock(self, name: str, title: str, body: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        """Return a panel of its own around a widget, added at a side."""
        dock = QDockWidget(title, self)
        dock.setObjectName(f"dock_{name}")
        dock.setAccessibleName(f"{title} panel")
        dock.setFeatures(QDockWidget.DockWidgetFeature.NoDockWidgetFeatures)
        # Each panel has a head of its own.
        dock.setTitleBarWidget(QWidget())
        dock.setWidget(body)
        self.addDockWidget(area, dock)
        return dock

    def _make_status_bar(self) -> None:
        self.status_line = StatusLine(self.statusBar())
        self.hover, self.progress = self.status_line.hover, self.status_line.progress
        self.status, self.stop = self.status_line.status, self.status_line.stop
        self.stop.clicked.connect(self.opener.cancel)

    def _connect(self) -> None:
        parts = (self.legend, self.layers, self.probe, self.companions, self.series, self.side_docks)
        followers = (*(part.on_changed for part in parts), lambda _: self.actions_set.refresh())
        self.followers = Followers(self.scene, followers, self)
        self.scene.changed.connect(self._on_changed)
        self.patient_names.changed.connect(self._follow_scene)
        self.volume_view.group.smoothing_changed.connect(self._on_smoothed)
        self.opener.progressed.connect(self._show_progress)
        self.opener.failed.connect(lambda text: self.report(text, "error"))
        self.layers.base_chosen.connect(lambda: self.settings.show_page("base"))
        self.layers.heatmap_chosen.connect(lambda: self.settings.show_page("heatmap"))
        self.layers.information_wanted.connect(self.companions.show_information)
        self.legend.range_wanted.connect(self.settings.edit_range)
        self.settings.heatmap.opacity.file_wanted.connect(self.commands.fade_by_file)
        self.probe.copy.clicked.connect(self.commands.copy_probe)
        self.start_page.opened.connect(self.commands.open_files)
        self.start_page.folder_opened.connect(self.commands.open_folder)
        self.start_page.demo_opened.connect(self.commands.open_demo)
        self.start_page.recent_chosen.connect(self.recents.open)
        for name, view in self.grid.views.items():
            view.maximizeRequested.connect(lambda name=name: self.grid.maximise(name))  # type: ignore[attr-defined]
            view.legends.range_wanted.connect(self.settings.edit_range)  # type: ignore[attr-defined]
        for plane, view in self.slice_views.items():
            view.hovered.connect(self._show_hover)
            view.contextMenuRequested.connect(
                lambda position, _world, plane=plane: self.commands.show_context_menu(plane, position)
            )
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._on_system_theme)

    def _restore(self) -> None:
        self.set_theme(self.preferences.theme)
        self.recents.refresh()
        if self.preferences.geometry:
            self.restoreGeometry(_bytes(self.preferences.geometry))
        if self.preferences.window_state:
            self.restoreState(_bytes(self.preferences.window_state), _STATE_VERSION)
        self.series.dock.hide()  # what it listed is gone
        self.worklist.dock.hide()

    # --- following the scene ---------------------------------------------------------------

    def _on_changed(self, change: SceneChange) -> None:
        self.grid.on_changed(change)
        self.settings.on_changed(change)
        self.followers.on_changed(change)
        self.files.on_changed(change)
        self.missing.on_changed(change)
        if change.layer_list or change.data:
            self._follow_scene()

    def _follow_scene(self) -> None:
        """Show the views or the invitation, the study's name, and what its reader found odd."""
        state = self.scene.state
        empty = state.base is None and not state.heatmaps and not state.missing
        arrived = self.pages.currentWidget() is self.start_page and not empty
        self.pages.setCurrentWidget(self.start_page if empty else self.pictures)
        self.documents.show_title()
        self.companions.follow_layers()
        # The keys go to the pictures, not to whatever followed the button that opened them.
        if arrived or (not empty and self.focusWidget() is None):
            self.slice_views["axial"].setFocus()

    def _show_hover(self, world: Vec3 | None) -> None:
        from heatviewer.app.probing import probe_scene

        values = [] if world is None else probe_scene(self.scene, world, wait=False)
        self.hover.setText("" if world is None else probe_text(world, named_values(values)))
        loaded = [layer.id for layer in self.scene.state.heatmaps if layer.id in self.scene.volumes]
        found = [value.interpolated for value in values if value.role == "heatmap"]
        marks = dict(zip(loaded, found, strict=False))
        self.legend.show_values(marks)
        for view in self.slice_views.values():
            view.show_values(marks)

    # --- opening ---------------------------------------------------------------------------

    def open_paths(self, paths: Sequence[str | Path], opened_as: OpenAs = "auto") -> None:
        """Load paths in the background.

        The first volume becomes the base, or with a base open a heatmap on top; ``"study"`` opens
        a new base in place of what is open once it has been read, ``"heatmap"`` none at all.
        """
        self.documents.open_paths(paths, opened_as)

    def _show_progress(self) -> None:
        self.layers.show_jobs()
        busy = self.loader.busy
        self.progress.setVisible(busy)
        self.stop.setVisible(busy)
        self.progress.show_fraction(self.loader.progress)
        names = [job.name for job in self.loader.jobs if job.state != "failed"]
        self.show_status(f"Reading {names[0]}…" if busy and names else "")

    def _on_smoothed(self) -> None:
        self.probe.refresh()
        if not self.loader.busy:
            self.show_status("Smoothing…" if self.volume_view.group.smoothing else "")

    def wait_idle(self, timeout_s: float = 30.0) -> bool:
        """Process events until loading and drawing are done; return whether they are."""
        end = time.monotonic() + timeout_s
        while True:
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
            if self._is_idle():
                return True
            if time.monotonic() >= end:
                return False
            time.sleep(0.001)

    def _is_idle(self) -> bool:
        if self.loader.busy or self.background.busy or not self.followers.is_idle:
            return False
        parts = (
            self.files, self.missing, self.probe, self.legend, self.companions, self.series, self.side_docks
        )  # fmt: skip
        if not all(part.is_idle for part in parts):
            return False
        return self.volume_view.is_idle() and all(view.is_idle() for view in self.slice_views.values())

    # --- the window itself -----------------------------------------------------------------

    def report(self, text: str, level: str = "info") -> None:
        """Show a message over the pictures."""
        shown: Level = "error" if level == "error" else "warning" if level == "warning" else "info"
        self.messages.show_message(text, shown)

    def show_status(self, text: str) -> None:
        """Show what is going on at the right end of the status bar."""
        self.status.setText(text)

    def show_dialog(self, dialog: QDialog) -> None:
        """Show a dialog beside the window; it is gone once closed."""
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        icons.refresh(dialog, self.tokens)
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()

    def exported(self) -> Exported:
        """Return what an export of this window would show."""
        from heatviewer.ui.export_dialog import Exported

        sizes = {name: (view.width(), view.height()) for name, view in self.grid.views.items()}
        sizes["all"] = (self.pictures.width(), self.pictures.height())  # type: ignore[index]
        places = tuple(self.grid.places())
        volumes = dict(self.scene.volumes)
        return Exported(self.scene.state, volumes, places, sizes, self.grid.current)  # type: ignore[arg-type]

    def set_theme(self, name: Theme) -> None:
        """Change the theme and remember it."""
        if name != self.preferences.theme:
            self.remember(self.preferences.replaced(theme=name))
        self.tokens: Tokens = theme.apply(name)
        icons.refresh(self, self.tokens)
        lists = (self.layers, self.probe, self.companions, self.series, self.worklist, self.side_docks)
        for part in (self.messages, self.start_page, self.overlay, *lists):
            part.set_tokens(self.tokens)

    def _on_system_theme(self, _scheme: Any) -> None:
        if self.preferences.theme == "system":
            self.set_theme("system")

    def set_pictures_only(self, alone: bool) -> None:
        """Hide all panels, or show those again that were there."""
        if alone == self.pictures_only:
            return
        if alone:
            self._kept_panels = [name for name, panel in self.panels.items() if not panel.isHidden()]
        for name in self._kept_panels:
            self.panels[name].setVisible(not alone)
        self.pictures_only = alone

    def remember(self, preferences: Preferences) -> None:
        """Keep the person's choices, here and for the next start."""
        before, self.preferences = self.preferences, preferences
        if not self._remembers:
            return
        try:
            save_changes(before, preferences, with_folder=self.recents.keeping)
        except WriteError as error:
            self.show_status(str(error))

    def closeEvent(self, event: QCloseEvent) -> None:
        """Close once nothing unsaved is lost by it: until a person has said so, the window stays."""
        if not self._closed and not self.documents.may_close():
            event.ignore()
            return
        self.end()
        super().closeEvent(event)

    def event(self, event: QEvent) -> bool:
        """End all work also where the window is deleted and nobody waits for an answer."""
        if event.type() == QEvent.Type.DeferredDelete:
            self.end()
        return super().event(event)

    def end(self, decided: bool = True) -> None:
        """Remember the window's shape and stop all work, without asking.

        Unsaved work that nobody has decided about is kept for the next start.
        """
        if not self._closed:
            self._closed = True
            self.set_pictures_only(False)
            self.remember(
                self.preferences.replaced(
                    geometry=_text(self.saveGeometry()), window_state=_text(self.saveState(_STATE_VERSION))
                )
            )
            self.scene.changed.disconnect(self._on_changed)
            self.companions.stop()
            self.series.stop()
            self.side_docks.stop()
            self.recents.stop()
            self.followers.stop()
            self.volume_view.group.stop()
            self.files.stop()
            self.missing.stop()
            self.worklist.stop()
            self.loader.close()
            self.background.close()
            self.documents.stop(decided)


def _bytes(text: str) -> QByteArray:
    return QByteArray.fromBase64(text.encode("ascii", "ignore"))


def _text(data: QByteArray) -> str:
    return bytes(data.toBase64().data()).decode("ascii")
