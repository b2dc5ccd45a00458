"""Export as task: where to, and what a task cannot say; written in the background."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from heatviewer.app.studies.exporting import export_task
from heatviewer.core.errors import HeatViewerError
from heatviewer.ui.dialogs import ask_save_path
from heatviewer.ui.leave_dialog import ask_overwriting

if TYPE_CHECKING:
    from heatviewer.ui.main_window import MainWindow

FILTERS = ("RedBrick task (*.json)",)


def ask_task(window: MainWindow) -> None:
    """Ask where the study is to be written as a task, and write it there."""
    documents = window.documents
    folder = str(Path(documents.file).parent) if documents.file else window.preferences.last_folder
    stem = Path(documents.name).stem or "task"
    dialog = ask_save_path(
        window,
        "Export as task",
        folder,
        f"{stem}.task.json",
        FILTERS,
        "json",
        lambda path: _chosen(window, Path(path)),
    )
    # Qt's own question would stop the program.
    dialog.setOption(dialog.Option.DontConfirmOverwrite, True)


def _chosen(window: MainWindow, place: Path) -> None:
    if not place.exists():
        _write(window, place)
        return
    text = f"{place.name} is there already. Overwrite it?"
    more = "The version there now is kept beside it, as its backup."
    ask_overwriting(
        window, text, more, lambda: _write(window, place), lambda: ask_task(window), "Export as task"
    )


def _write(window: MainWindow, place: Path) -> None:
    """Write the state of now; the window goes on meanwhile."""
    state, volumes, file = window.scene.state, dict(window.scene.volumes), window.documents.file
    name = Path(window.documents.name).stem
    window.show_status("Exporting…")
    window.background.run(
        lambda: export_task(state, volumes, place, name, [file] if file else [], backup=True),
        lambda done: _written(window, *done),
        lambda error: _failed(window, error),
    )


def _written(window: MainWindow, place: Path, notes: tuple[str, ...]) -> None:
    window.show_status(f"Exported {place.name}")
    if notes:
        lines = "\n".join(f"• {note}." for note in notes)
        window.report(
            f"{place.name} is written. A task cannot say all that is set up here:\n{lines}", "warning"
        )


def _failed(window: MainWindow, error: Exception) -> None:
    window.show_status("")
    if not isinstance(error, HeatViewerError):
        raise error
    window.report(str(error), "error")
