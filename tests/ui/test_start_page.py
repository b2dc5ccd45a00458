"""Recent studies in the window: listed with pictures, opened, removed, forgotten, or never kept."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QMenu, QPushButton
from pytestqt.qtbot import QtBot

from heatviewer.app.recent import Recent, dialogs_folder, picture_path, pictures_folder, save_picture
from heatviewer.app.settings import Preferences, load_preferences, preferences_path, save_preferences
from heatviewer.ui.main_window import MainWindow
from heatviewer.ui.recent_row import PICTURE, RecentRow
from tests.ui.events import LEFT, pixels
from tests.ui.windows import nifti, opened, small_scene

RED = np.full((144, 144, 4), (255, 0, 0, 255), np.uint8)


@pytest.fixture
def studies(tmp_path: Path) -> list[Path]:
    """Two studies that are there and one that is gone, in the list; the first has a picture, red."""
    paths = [nifti(tmp_path / "a" / "first.nii") if not (tmp_path / "a").mkdir() else tmp_path,
             nifti(tmp_path / "second.nii"), tmp_path / "gone.hvs"]  # fmt: skip
    recent = tuple(Recent(path=str(path), when=1e9, kind="volume") for path in paths)
    save_preferences(Preferences(recent=recent, last_folder=str(tmp_path)))
    save_picture(str(paths[0]), RED)
    return paths


def settled(qtbot: QtBot, window: MainWindow) -> MainWindow:
    """Wait until recent studies are looked at, and pictured."""
    qtbot.waitUntil(lambda: window.recents.is_idle, timeout=20_000)
    return window


def row(window: MainWindow, name: str) -> RecentRow:
    [found] = [row for row in window.start_page.rows if row.shown.recent.name == name]
    return found


def message(window: MainWindow, button: str) -> QPushButton:
    [found] = [b for b in window.messages.findChildren(QPushButton) if b.text() == button]
    return found


# --- the list ----------------------------------------------------------------------------------


def test_recent_studies_are_listed_with_their_pictures(qtbot: QtBot, studies: list[Path]) -> None:
    """The latest first; the picture where there is one; what is not there is grey and says so."""
    window = settled(qtbot, opened(qtbot))
    rows = window.start_page.rows
    assert [row.shown.recent.name for row in rows] == ["first.nii", "second.nii", "gone.hvs"]
    assert [row.toolTip().splitlines()[0] for row in rows] == [str(path) for path in studies]
    middle = pixels(rows[0])[rows[0].height() // 2, PICTURE // 2]
    assert tuple(middle[:3]) == (255, 0, 0)
    assert rows[1].shown.picture is None
    assert ["not there" in row.accessibleName() for row in rows] == [False, False, True]
    assert "Not there now" in rows[2].toolTip()
    menu = next(m for m in window.menuBar().findChildren(QMenu) if m.accessibleName() == "Open recent")
    menu.aboutToShow.emit()
    assert [action.isEnabled() for action in menu.actions()] == [True, True, False]
    assert not any(action.icon().isNull() for action in menu.actions())


def test_a_click_or_return_opens_a_study(qtbot: QtBot, studies: list[Path]) -> None:
    """It becomes the base."""
    window = settled(qtbot, opened(qtbot))
    qtbot.mouseClick(row(window, "second.nii"), LEFT)
    assert window.wait_idle(20)
    assert window.scene.state.base is not None
    assert window.scene.state.base.source == str(studies[1])
    assert load_preferences().recent_paths[0] == str(studies[1])


def test_a_study_is_removed_from_the_list_by_its_menu(qtbot: QtBot, studies: list[Path]) -> None:
    """The entry and its picture go; the file stays."""
    window = settled(qtbot, opened(qtbot))
    first = row(window, "first.nii")
    centre = first.rect().center()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, centre, first.mapToGlobal(centre))
    QApplication.sendEvent(first, event)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    next(action for action in menu.actions() if "Remove" in action.text()).trigger()
    menu.close()
    QCoreApplication.processEvents()
    settled(qtbot, window)
    assert load_preferences().recent_paths == tuple(str(path) for path in studies[1:])
    assert not picture_path(str(studies[0])).exists()
    assert studies[0].exists()


def test_the_delete_key_removes_one_after_the_other(qtbot: QtBot, studies: list[Path]) -> None:
    """The focus stays in the list."""
    window = settled(qtbot, opened(qtbot))
    window.start_page.rows[0].setFocus()
    for left in (2, 1, 0):
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Delete)
        settled(qtbot, window)
        assert len(window.start_page.rows) == left
    assert load_preferences().recent == ()


def test_the_list_fits_the_page_at_any_size(qtbot: QtBot, studies: list[Path]) -> None:
    """Two columns, one, or none where there is no room; nothing overlaps or leaves the page."""
    window = settled(qtbot, opened(qtbot))
    page = window.start_page
    for size, columns in (((1500, 900), 2), ((1000, 760), 1), ((900, 460), 0)):
        window.resize(*size)
        window.wait_idle(5)
        boxes = [row.geometry().translated(row.parentWidget().mapTo(page, QPoint())) for row in page.rows]
        assert len({box.left() for box in boxes}) == columns
        assert all(page.rect().contains(box) for box in boxes)
        assert not any(a.intersects(b) for n, a in enumerate(boxes) for b in boxes[:n])


# --- pictures ----------------------------------------------------------------------------------


def test_a_study_is_pictured_a_while_after_it_is_opened(qtbot: QtBot, tmp_path: Path) -> None:
    """The picture shows the base with the heatmap that came after it."""
    path, heat = nifti(tmp_path / "t1.nii"), nifti(tmp_path / "z.nii")
    window = opened(qtbot)
    window.open_paths([path, heat])
    assert window.wait_idle(20)
    window.scene.heatmaps[0].edit(rgb_points=[0, 0, 1, 0, 1, 0, 1, 0], opacity_points=[0, 1, 1, 1])
    settled(qtbot, window)
    window.commands.close_study()
    [shown] = window.start_page.rows
    assert shown.shown.picture is not None
    color = shown.shown.picture.toImage().pixelColor(72, 72)
    assert color.green() > 2 * max(color.red(), color.blue())
    assert shown.shown.when == "just now"


def test_what_is_no_file_is_not_pictured(qtbot: QtBot) -> None:
    """A scene from a script, and the demo."""
    window = opened(qtbot, small_scene())
    window.scene.heatmaps[0].opacity = 0.3
    settled(qtbot, window)
    assert not pictures_folder().exists()
    assert load_preferences().recent == ()


# --- leaving no trace --------------------------------------------------------------------------


def test_forgetting_asks_without_waiting(qtbot: QtBot, studies: list[Path]) -> None:
    """A message asks; its button removes list, pictures and folder, and the menu has nothing more."""
    window = settled(qtbot, opened(qtbot))
    window.actions_set.by_id["file.forget_recent"].trigger()
    assert len(window.start_page.rows) == 3
    qtbot.mouseClick(message(window, "Forget"), LEFT)
    settled(qtbot, window)
    assert (load_preferences().recent, load_preferences().last_folder) == ((), "")
    assert not pictures_folder().exists()
    assert not window.start_page.rows
    window.actions_set.refresh()
    assert not window.actions_set.by_id["file.forget_recent"].isEnabled()


def test_with_keeping_off_nothing_comes_into_the_list(qtbot: QtBot, tmp_path: Path) -> None:
    """The choice holds for the next start too."""
    window = opened(qtbot)
    window.actions_set.by_id["file.keep_recent"].trigger()
    window.open_paths([nifti(tmp_path / "t1.nii")])
    assert window.wait_idle(20)
    settled(qtbot, window)
    stored = load_preferences()
    assert (stored.recent, stored.last_folder, stored.keep_recent) == ((), "", False)
    assert not pictures_folder().exists()


def test_no_recent_leaves_no_trace_of_a_path(
    qtbot: QtBot, tmp_path: Path, own_files: Callable[[], list[Path]]
) -> None:
    """After a run with it no file of the program holds the study's name, and what was listed stays."""
    save_preferences(Preferences(recent=(Recent(path="/data/old"),)))
    window = MainWindow(recent=False)
    qtbot.addWidget(window)
    window.show()
    window.open_paths([nifti(tmp_path / "Doe^John.nii")])
    assert window.wait_idle(20)
    settled(qtbot, window)
    window.close()
    assert load_preferences().recent_paths == ("/data/old",)
    assert not [file for file in own_files() if b"Doe" in file.read_bytes()]
    assert not pictures_folder().exists()


@pytest.fixture
def own_files() -> Callable[[], list[Path]]:
    """All files in the folders where programs keep things of their user."""
    folders = [Path(os.environ[f"XDG_{name}_HOME"]) for name in ("CONFIG", "DATA", "STATE", "CACHE")]
    return lambda: [file for folder in folders for file in folder.rglob("*") if file.is_file()]


#: Opens a window of the program's own, chooses a file in its dialog, and closes it.
CHOOSES = """
import sys
from pathlib import Path
from PySide6.QtWidgets import QFileDialog, QLineEdit
from heatviewer.ui.app import application
from heatviewer.ui.main_window import MainWindow
app = application()
window = MainWindow(recent=sys.argv[2] == "True")
window.show()
window.preferences = window.preferences.replaced(last_folder=str(Path(sys.argv[1]).parent))
window.commands.open_files()
[dialog] = window.findChildren(QFileDialog)
dialog.findChild(QLineEdit, "fileNameEdit").setText(Path(sys.argv[1]).name)
dialog.accept()
assert window.wait_idle(60) and window.scene.base is not None
window.close()
del dialog
app.processEvents()
"""


@pytest.mark.parametrize("keeps", [True, False])
def test_file_dialogs_tell_other_programs_nothing(
    tmp_path: Path, own_files: Callable[[], list[Path]], keeps: bool
) -> None:
    """Folders that they were in lie in this program's cache, where 'forget' finds them, or nowhere."""
    folder = tmp_path / "Doe^John"
    folder.mkdir()
    script = [sys.executable, "-c", CHOOSES, str(nifti(folder / "t1.nii")), str(keeps)]
    done = subprocess.run(script, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    told = {file for file in own_files() if b"Doe" in file.read_bytes()}
    assert told == ({dialogs_folder() / "QtProject.conf", preferences_path()} if keeps else set())
    assert json.loads(preferences_path().read_text())["recent"] if keeps else True
