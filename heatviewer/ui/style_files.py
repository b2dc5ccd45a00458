"""Styles in the window: kept in files, applied from them, and given to names by rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from heatviewer.app.style_rules import keep_rule, proposed_pattern, starting_style, user_rules
from heatviewer.app.styles import (
    SUFFIX,
    apply_sheet,
    apply_style,
    file_name,
    read_style_file,
    save_style,
)
from heatviewer.core.errors import HeatViewerError
from heatviewer.documents.style import Style, StyleSheet
from heatviewer.ui.dialogs import ask_files, ask_save_path

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any

    from heatviewer.app.loader import LoadJob
    from heatviewer.model.layer import HeatmapLayer
    from heatviewer.ui.main_window import MainWindow
    from heatviewer.ui.style_dialogs import RulesDialog

STYLE_FILTERS = (f"Styles (*{SUFFIX} *.styles.json *.json)", "All files (*)")


class StyleFiles(QObject):
    """What a window does with style files.

    Parameters
    ----------
    window : MainWindow
    use_rules : bool
        Whether heatmaps that are opened start with the look that the user's rules give their names.
    """

    def __init__(self, window: MainWindow, use_rules: bool) -> None:
        super().__init__(window)
        self._window = window
        self.rules_dialog: RulesDialog | None = None
        self._told_of_file = False
        if use_rules:
            window.loader.starting = self._starting
            window.loader.loaded.connect(self._on_loaded)
        self._dressed: dict[int, StyleSheet] = {}

    # --- files -----------------------------------------------------------------------------

    def save(self) -> None:
        """Ask for a place and keep the selected heatmap's look there."""
        layer, window = self._selected(), self._window
        if layer is None:
            return
        folder = window.preferences.last_folder
        stem = "".join(c if c.isalnum() or c in " ._-" else "_" for c in layer.name).strip() or "heatmap"
        ask_save_path(
            window,
            "Save style",
            folder,
            f"{stem}{SUFFIX}",
            (f"Styles (*{SUFFIX})",),
            SUFFIX[1:],
            lambda path: self.save_to(layer, path),
        )

    def save_to(self, layer: HeatmapLayer, path: str) -> None:
        """Keep a heatmap's look in a file, written on another thread."""
        report = self._window.report
        self._window.background.run(
            lambda: save_style(layer, path),
            lambda place: report(f"Saved the style of {layer.name} as {place}.", "info"),
            lambda error: report(str(error), "error"),
        )

    def ask(self) -> None:
        """Ask for a style file and apply it."""
        ask_files(
            self._window,
            "Apply style",
            self._window.preferences.last_folder,
            lambda paths: self.apply_file(paths[0]),
            several=False,
            filters=STYLE_FILTERS,
        )

    def apply_file(self, path: str | Path, layer_id: str = "") -> None:
        """Give a file's style to a heatmap, the selected one if none is named, or a sheet's to all."""
        window, scene = self._window, self._window.scene
        name = file_name(str(path))
        try:
            found = read_style_file(path)
            if isinstance(found, StyleSheet):
                given = apply_sheet(scene, found)
                count = "1 heatmap has its" if len(given) == 1 else f"{len(given)} heatmaps have their"
                text = f"{count} style from {name}" if given else f"{name}: no pattern matches a heatmap here"
                window.report(f"{text}.", "info" if given else "warning")
            elif layer_id or scene.selected is not None:
                apply_style(scene, layer_id or scene.state.selected or "", found)
            else:
                window.report(f"{name}: there is no heatmap to take the style. Add one first.", "warning")
        except HeatViewerError as error:
            window.report(str(error), "error")
            return
        if found.left_out:
            what = ", ".join(found.left_out)
            window.report(f"{name}: left out, as this program does not know it: {what}.", "warning")

    # --- rules -----------------------------------------------------------------------------

    def add_rule(self) -> None:
        """Ask for a pattern of names that get the selected heatmap's look."""
        from heatviewer.ui.style_dialogs import PatternDialog

        layer, window = self._selected(), self._window
        if layer is None:
            return
        layers = [(file_name(other.source), other.name) for other in window.scene.state.heatmaps]
        style = Style.of(layer, automatic=True)
        pattern = proposed_pattern(layer.source, layer.name)
        dialog = PatternDialog(window, layer.name, style, pattern, layers, self._keep)
        window.show_dialog(dialog)

    def _keep(self, pattern: str, style: Style) -> None:
        keep_rule(pattern, style)
        self._window.report(f"Heatmaps named {pattern} get this style when they are opened.", "info")
        if self.rules_dialog is not None:
            self.rules_dialog.refresh()

    def show_rules(self) -> None:
        """Show which names get which style."""
        from heatviewer.ui.style_dialogs import RulesDialog

        if self.rules_dialog is None:
            self.rules_dialog = RulesDialog(self._window)
            self.rules_dialog.finished.connect(self._forget_dialog)
        self._window.show_dialog(self.rules_dialog)

    def _forget_dialog(self) -> None:
        self.rules_dialog = None

    def _starting(self, job: LoadJob) -> Mapping[str, Any]:
        """Return what the user's rules give a heatmap that is being opened."""
        if job.role != "heatmap":
            return {}
        found = starting_style(job.settings)
        if "style" in found:
            self._dressed[job.id] = found["style"]
        if not self._told_of_file:
            wrong = found.get("style", user_rules()).left_out
            self._told_of_file = bool(wrong)
            if wrong:
                self._window.report(f"Your style rules: {wrong[0]}.", "warning")
        return found

    def _on_loaded(self, job: LoadJob) -> None:
        sheet, layer = self._dressed.pop(job.id, None), self._selected()
        rule = sheet.matching(file_name(job.path), layer.name) if sheet is not None and layer else None
        if rule is not None and layer is not None:
            text = f"{layer.name} has the style of your rule {rule.pattern}"
            # After what the end of loading has to say.
            QTimer.singleShot(0, self, lambda: self._window.show_status(text))

    def _selected(self) -> HeatmapLayer | None:
        handle = self._window.scene.selected
        return None if handle is None else self._window.scene.state.heatmap(handle.id)
