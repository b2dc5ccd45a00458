"""What menus and keys ask of the window."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtGui import QGuiApplication

from heatviewer.app.layer_commands import set_view
from heatviewer.app.scene import Scene
from heatviewer.app.styles import copy_style, paste_style, paste_to_all
from heatviewer.core.errors import SettingError
from heatviewer.model.rule_words import rule_in_words
from heatviewer.ui.swatches import image_of
from heatviewer.ui.worklist_commands import CaseCommands

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtCore import QPoint

    from heatviewer.app.settings import Theme
    from heatviewer.documents.style import Part
    from heatviewer.model.layer import HeatmapLayer
    from heatviewer.model.view import Layout, ViewName
    from heatviewer.ui.main_window import MainWindow
    from heatviewer.ui.opener import OpenAs
    from heatviewer.ui.share_dialog import SharedAs


class Commands(CaseCommands):
    """Carries out what only a window can do; every method is an entry of the menus."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window

    # --- files -----------------------------------------------------------------------------

    def open_files(self) -> None:
        """Ask for files and open them by the contract's roles."""
        self._ask_files("Open", "auto")

    def open_study(self) -> None:
        """Ask for files and open the first as a new base."""
        self._ask_files("Open as new study", "study")

    def add_heatmaps(self) -> None:
        """Ask for files and lay them on the base."""
        self._ask_files("Add heatmap", "heatmap")

    def _ask_files(self, title: str, opened_as: OpenAs) -> None:
        from heatviewer.ui.dialogs import ask_files

        window = self._window
        folder = window.preferences.last_folder
        ask_files(window, title, folder, lambda paths: window.open_paths(paths, opened_as))

    def fade_by_file(self, layer_id: str) -> None:
        """Ask for a file and let a heatmap's opacity follow it."""
        from heatviewer.ui.dialogs import ask_files

        window = self._window

        def read(paths: list[str]) -> None:
            window.loader.load(paths[0], "opacity", {"layer": layer_id})

        ask_files(window, "Opacity by a file", window.preferences.last_folder, read, several=False)

    def open_folder(self) -> None:
        """Ask for a folder and open the series in it."""
        from heatviewer.ui.dialogs import ask_folder

        window = self._window
        ask_folder(
            window, "Open folder", window.preferences.last_folder, lambda path: window.open_paths([path])
        )

    def browse_folder(self) -> None:
        """Ask for a folder and list the series in it, to choose from."""
        from heatviewer.ui.dialogs import ask_folder

        window = self._window
        ask_folder(window, "Browse series", window.preferences.last_folder, window.opener.list_series)

    def open_demo(self) -> None:
        """Make the demo study in the background and show it in place of what is open, saved before."""
        self._window.documents.leave(self._make_demo)

    def _make_demo(self) -> None:
        from heatviewer.app.demo import demo_scene

        window = self._window
        window.show_status("Making the demo study…")

        def show(scene: Scene) -> None:
            window.show_status("")
            window.scene.take_over(scene)

        def failed(error: Exception) -> None:
            window.show_status("")
            raise error

        window.background.run(demo_scene, show, failed)

    def reload_files(self) -> None:
        """Read all files that are shown again."""
        self._window.files.reload()

    def toggle_reload_changed(self) -> None:
        """Read changed files again by themselves, or do not."""
        self._window.files.toggle()

    def locate_missing(self) -> None:
        """Ask where the files are that a session did not find."""
        self._window.missing.locate()

    def toggle_keep_recent(self) -> None:
        """Keep what is opened in the list of recent studies, or no longer."""
        self._window.recents.toggle_keeping()

    def forget_recent(self) -> None:
        """Ask, and remove the list of recent studies."""
        self._window.recents.ask_forget()

    def save_session(self) -> None:
        """Save the study in its session, or ask where it has none."""
        self._window.documents.saver.save()

    def save_session_as(self) -> None:
        """Ask where, and save the study as a session."""
        self._window.documents.saver.save_as()

    def export_task(self) -> None:
        """Ask where, and write the study as a RedBrick task."""
        from heatviewer.ui.task_export import ask_task

        ask_task(self._window)

    def close_study(self) -> None:
        """Close the base and all heatmaps, which may be saved before."""

        def close() -> None:
            self._window.opener.cancel()
            self._window.scene.take_over(Scene())

        self._window.documents.leave(close)

    def close(self) -> None:
        """Close the window."""
        self._window.close()

    def save_layer(self) -> None:
        """Ask how, and save a layer's data."""
        from heatviewer.ui.save_dialog import Saved, SaveDialog

        window = self._window
        saved = Saved(window.scene.state, dict(window.scene.volumes))
        if saved.layers:
            folder, report = window.preferences.last_folder, window.report
            dialog = SaveDialog(window, saved, window.background, folder, report, self._remember_folder)
            window.show_dialog(dialog)

    def _remember_folder(self, folder: str) -> None:
        self._window.remember(self._window.preferences.replaced(last_folder=folder))

    # --- pictures --------------------------------------------------------------------------

    def export_picture(self) -> None:
        """Ask how, and save a picture."""
        from heatviewer.ui.export_dialog import ExportDialog

        window = self._window
        dialog = ExportDialog(
            window, window.exported(), window.background, window.preferences.last_folder, window.report
        )
        dialog.check_wanted.connect(lambda: self.check_sharing("picture"))
        window.show_dialog(dialog)

    def check_sharing(self, shown: SharedAs = "session") -> None:
        """Show what identifies a patient in the session, a picture or a style."""
        from heatviewer.ui.share_dialog import Shared, ShareDialog

        window = self._window
        shared = Shared(window.scene.state, window.documents.file, window.preferences.last_folder)
        dialog = ShareDialog(window, shared, window.background, window.report, self._remember_folder, shown)
        window.show_dialog(dialog)

    def toggle_patient_names(self) -> None:
        """Show the patient's name in the window's title, or not any more."""
        self._window.patient_names.toggle()

    def copy_picture(self) -> None:
        """Put the picture of the view used last on the clipboard, as it is on the screen."""
        window = self._window
        exported = window.exported()
        view = exported.current
        width, height = exported.sizes[view]
        ratio = window.devicePixelRatioF()
        size = (max(1, round(width * ratio)), max(1, round(height * ratio)))

        def show(picture: object) -> None:
            QGuiApplication.clipboard().setImage(image_of(picture))  # type: ignore[arg-type]
            name = "3D" if view == "3d" else view
            window.report(f"The {name} view is on the clipboard.", "info")

        window.background.run(
            lambda: exported.picture(view, size, "annotated"),
            show,
            lambda error: window.report(str(error), "error"),
        )

    def copy_probe(self) -> None:
        """Put the read-out at the crosshair on the clipboard."""
        QGuiApplication.clipboard().setText(self._window.probe.lines)
        self._window.report("Position and values are on the clipboard.", "info")

    def go_to_peak(self, step: int) -> None:
        """Move the crosshair to the selected heatmap's next or previous peak."""
        # Loaded late: it needs scipy.
        from heatviewer.app.peaks import go_to_peak

        self._window.show_status(go_to_peak(self._window.scene, step))

    # --- the window ------------------------------------------------------------------------

    def set_theme(self, theme: str) -> None:
        """Change and remember the theme."""
        self._window.set_theme(cast("Theme", theme))

    def set_layout(self, layout: str) -> None:
        """Arrange the views."""
        set_view(self._window.scene, f"Layout {layout}", layout=cast("Layout", layout))

    def toggle_full_screen(self) -> None:
        """Fill the screen, or not any more."""
        window = self._window
        if window.isFullScreen():
            window.showNormal()
        else:
            window.showFullScreen()

    def toggle_panel(self, panel: str) -> None:
        """Show or hide a panel."""
        widget = self._window.panels[panel]
        if panel == "curve":
            self._window.companions.toggle_curve()
        else:
            widget.setVisible(widget.isHidden())

    def toggle_pictures_only(self) -> None:
        """Hide all panels, or bring those back that were there."""
        self._window.set_pictures_only(not self._window.pictures_only)

    def is_on(self, what: str) -> bool:
        """Return whether 'theme:dark', 'panel:layers', 'full_screen' … or 'playing' is on."""
        kind, _, name = what.partition(":")
        window = self._window
        if kind == "theme":
            return window.preferences.theme == name
        if kind == "panel":
            return name in window.panels and not window.panels[name].isHidden()
        if kind == "keep_recent":
            return window.preferences.keep_recent
        if kind == "recent":
            return bool(window.preferences.recent)
        if kind == "playing":
            return window.player.playing
        if kind == "worklist":
            return "worklist" in window.panels and window.worklist.can(name)
        if kind == "rating":
            return "worklist" in window.panels and window.worklist.is_rated(int(name))
        if kind == "reload_changed":
            return window.preferences.reload_changed
        if kind == "patient_names":
            return window.preferences.patient_names
        return window.isFullScreen() if kind == "full_screen" else window.pictures_only

    def toggle_playing(self) -> None:
        """Play the frames of a series, or stop."""
        self._window.player.toggle()

    def copy_curve(self) -> None:
        """Put the values over all frames at the crosshair on the clipboard."""
        self._window.companions.copy_curve()

    def show_information(self) -> None:
        """Show what is known of the layers' data."""
        self._window.companions.show_information()

    def rename_selected(self) -> None:
        """Let the selected heatmap's name be typed."""
        self._window.panels["layers"].show()
        self._window.layers.rename_selected()

    # --- the selected heatmap --------------------------------------------------------------

    def choose_preset(self) -> None:
        """Let the selected heatmap's colours be chosen, in the settings."""
        from heatviewer.ui.preset_picker import PresetPicker

        window = self._window
        window.panels["settings"].show()
        window.settings.show_page("heatmap")
        window.settings.heatmap.colors.heading.setChecked(True)
        picker = window.settings.heatmap.findChild(PresetPicker)
        if picker is not None:
            picker.open_popup()

    def take_range(self, kind: str) -> None:
        """Take the selected heatmap's range from somewhere; what is to be told stands in the settings."""
        window = self._window
        window.panels["settings"].show()
        window.settings.show_range()
        window.settings.heatmap.colors.editor.range.menu.take(kind)

    def copy_style(self) -> None:
        """Put the selected heatmap's look on the clipboard."""
        if (layer := self._selected()) is not None:
            QGuiApplication.clipboard().setText(copy_style(layer))
            self._window.report(f"The style of {layer.name} is on the clipboard.", "info")

    def paste_style(self, part: Part, to_all: bool = False) -> None:
        """Give the selected heatmap, or all of them, the look on the clipboard, or its range alone."""
        scene, text = self._window.scene, QGuiApplication.clipboard().text()
        layer = self._selected()
        try:
            if to_all:
                count = paste_to_all(scene, text, part)
                self._window.report(f"{count} heatmaps have the copied style.", "info")
            elif layer is not None:
                paste_style(scene, layer.id, text, part)
        except SettingError as error:
            self._window.report(str(error), "error")

    def save_style(self) -> None:
        """Ask for a place and keep the selected heatmap's look in a file."""
        self._window.styles.save()

    def apply_style(self) -> None:
        """Ask for a style and give it to the selected heatmap, or a sheet of them to all."""
        self._window.styles.ask()

    def apply_style_file(self, path: str | Path, layer_id: str = "") -> None:
        """Give a file's style to a heatmap (the selected one if none is named), or a sheet's to all."""
        self._window.styles.apply_file(path, layer_id)

    def add_style_rule(self) -> None:
        """Ask for a pattern of names that get the selected heatmap's look from now on."""
        self._window.styles.add_rule()

    def show_style_rules(self) -> None:
        """Show which names get which style."""
        self._window.styles.show_rules()

    def show_status(self, text: str) -> None:
        """Say in the status line how it went."""
        self._window.show_status(text)

    def copy_rule(self) -> None:
        """Put what the selected heatmap shows on the clipboard, in words."""
        if (layer := self._selected()) is not None:
            QGuiApplication.clipboard().setText(rule_in_words(layer))
            self._window.report(f"The rule of {layer.name} is on the clipboard.", "info")

    def _selected(self) -> HeatmapLayer | None:
        handle = self._window.scene.selected
        return None if handle is None else self._window.scene.state.heatmap(handle.id)

    def show_context_menu(self, view: ViewName, position: QPoint) -> None:
        """Show the menu of a view."""
        self._window.grid.last_focused = view
        self._window.actions_set.refresh()
        self._window.actions_set.context_menu(self._window).popup(position)

    # --- help ------------------------------------------------------------------------------

    def show_shortcuts(self) -> None:
        """Show every key and what the mouse does."""
        from heatviewer.ui.shortcuts import ShortcutsDialog

        self._window.show_dialog(ShortcutsDialog(self._window))

    def show_about(self) -> None:
        """Show version and licence."""
        from heatviewer.ui.dialogs import AboutDialog

        self._window.show_dialog(AboutDialog(self._window))

    def run_doctor(self) -> None:
        """Show versions and what this machine can draw."""
        from heatviewer.ui.dialogs import DoctorDialog

        self._window.show_dialog(DoctorDialog(self._window))
