"""What the menu 'Cases' asks of the window."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from heatviewer.ui.main_window import MainWindow

_TABLES = ("Tables (*.csv *.tsv *.txt)", "All files (*)")


class CaseCommands:
    """The part of a window's commands that is about its worklist."""

    _window: MainWindow

    def open_cases(self) -> None:
        """Ask for a table of cases and open it."""
        from heatviewer.ui.dialogs import ask_files

        window = self._window
        folder, title = window.preferences.last_folder, "Open table of cases"

        def chosen(paths: list[str]) -> None:
            window.documents.open_worklist(paths[0])

        ask_files(window, title, folder, chosen, several=False, filters=_TABLES)

    def step_case(self, by: int) -> None:
        """Show the next or previous case of the worklist."""
        self._window.worklist.step(by)

    def next_unrated(self) -> None:
        """Show the next case without a rating."""
        self._window.worklist.next_unrated()

    def rate_case(self, rating: int) -> None:
        """Rate the case that is shown, from 1 to 5; 0 takes its rating back."""
        self._window.worklist.rate(rating or None)

    def write_note(self) -> None:
        """Let a note on the case be written."""
        self._window.worklist.write_note()

    def export_ratings(self) -> None:
        """Ask for a file and save the ratings of all cases in it."""
        from heatviewer.ui.dialogs import ask_save_path

        window, worklist = self._window, self._window.worklist.worklist
        if worklist is not None:
            name = f"{Path(worklist.name).stem}.ratings.csv"
            folder = window.preferences.last_folder
            filters = ("Table (*.csv)",)
            ask_save_path(window, "Export ratings", folder, name, filters, "csv", window.worklist.export)

    def close_cases(self) -> None:
        """Put the worklist away."""
        self._window.worklist.close()
