"""Saving a session from the window, and what is asked before work is lost."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from heatviewer.app.opening import layer_source, open_scene
from heatviewer.app.scene import Scene
from heatviewer.ui.main_window import MainWindow
from tests.ui.asking import answer, asks, name_file, press, question
from tests.ui.windows import nifti, opened

#: A window with a changed session saves it where nothing can be written, and tells what became of it.
_NO_ROOM = """
import json, os, resource, signal, sys
from heatviewer.ui.app import application
application(screenshot=True)
from heatviewer.app.opening import layer_source, open_scene
from heatviewer.ui.main_window import MainWindow
way, base, heatmap, session = sys.argv[1:]
scene = open_scene(layer_source(base), [heatmap])
window = MainWindow(scene)
window.show()
assert window.wait_idle(60)
scene.save(session)
scene.heatmaps[0].opacity = 0.5
if way == "full":
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
else:
    os.chmod(os.path.dirname(session), 0o555)
    os.geteuid() or os.seteuid(65534)
window.actions_set.by_id["file.save"].trigger()
assert window.wait_idle(60)
told = window.messages.texts[0], window.isWindowModified(), scene.heatmaps[0].opacity
print(json.dumps(told), flush=True)
os._exit(0)
"""


@pytest.fixture
def study(tmp_path: Path) -> Scene:
    """A base and a heatmap of files."""
    return open_scene(layer_source(nifti(tmp_path / "head.nii.gz")), [nifti(tmp_path / "map.nii.gz")])


def titled_window(qtbot: QtBot, study: Scene) -> MainWindow:
    """Return a window on a study that was saved as 'study.hvs' and not changed since."""
    window = opened(qtbot, study)
    study.save(Path(study.state.layers[0].source).with_name("study.hvs"))
    return window


def change(window: MainWindow) -> None:
    """Hide the selected heatmap by its key."""
    press(window, "H")
    assert window.isWindowModified()


def saved_visible(path: Path) -> bool:
    """Return whether a session's heatmap is shown."""
    return bool(json.loads(path.read_text())["heatmaps"][0]["visible"])


# --- saving ------------------------------------------------------------------------------------


def test_the_first_save_asks_where_and_the_next_does_not(qtbot: QtBot, study: Scene, tmp_path: Path) -> None:
    """Ctrl+S asks once, gives the name its suffix, and then saves there."""
    window = opened(qtbot, study)
    press(window, "Ctrl+S")
    name_file(qtbot, window, tmp_path / "trial")
    assert window.wait_idle(20)
    path = tmp_path / "trial.hvs"
    assert saved_visible(path)
    assert window.status.text() == "Saved"
    change(window)
    assert window.status.text() == ""
    press(window, "Ctrl+S")
    assert window.wait_idle(20)
    assert not saved_visible(path)
    assert not window.isWindowModified()


def test_what_was_saved_is_what_is_opened(qtbot: QtBot, study: Scene, tmp_path: Path) -> None:
    """Another window shows the same settings, under the session's name."""
    titled = titled_window(qtbot, study)
    change(titled)
    press(titled, "Ctrl+S")
    assert titled.wait_idle(20)
    titled.close()
    other = opened(qtbot)
    other.open_paths([tmp_path / "study.hvs"])
    assert other.wait_idle(20)
    assert not other.scene.state.heatmaps[0].visible
    assert other.windowTitle() == "study.hvs — HeatViewer"
    assert not other.isWindowModified()


def test_save_as_goes_on_with_the_new_file(qtbot: QtBot, study: Scene, tmp_path: Path) -> None:
    """Ctrl+Shift+S always asks; what was there stays, and the title changes."""
    titled = titled_window(qtbot, study)
    change(titled)
    press(titled, "Ctrl+Shift+S")
    name_file(qtbot, titled, tmp_path / "copy.hvs")
    assert titled.wait_idle(20)
    assert saved_visible(tmp_path / "study.hvs")
    assert not saved_visible(tmp_path / "copy.hvs")
    assert titled.documents.file == str(tmp_path / "copy.hvs")
    assert titled.windowTitle() == "copy.hvs — HeatViewer"


def test_another_file_is_overwritten_only_when_a_person_says_so(
    qtbot: QtBot, study: Scene, tmp_path: Path
) -> None:
    """Cancel leaves it; 'Overwrite' keeps it as the backup."""
    titled = titled_window(qtbot, study)
    other = tmp_path / "other.hvs"
    other.write_text("mine")
    for title in ("Cancel", "Overwrite"):
        assert other.read_text() == "mine"
        press(titled, "Ctrl+Shift+S")
        name_file(qtbot, titled, other)
        answer(qtbot, titled, title)
        assert titled.wait_idle(20)
    assert saved_visible(other)
    assert other.with_name("other.hvs.bak").read_text() == "mine"


def test_saving_does_not_hold_the_window_up(qtbot: QtBot, study: Scene, tmp_path: Path) -> None:
    """It waits in the background, and writes the state of when it was asked for."""
    titled = titled_window(qtbot, study)
    busy = threading.Event()
    titled.background.run(lambda: busy.wait(20), lambda _: None, lambda _: None)
    change(titled)
    press(titled, "Ctrl+S")
    press(titled, "H")
    assert titled.scene.state.heatmaps[0].visible
    assert saved_visible(tmp_path / "study.hvs")
    busy.set()
    assert titled.wait_idle(20)
    assert not saved_visible(tmp_path / "study.hvs")
    assert titled.isWindowModified()


def test_a_layer_without_a_file_is_told(qtbot: QtBot, study: Scene, tmp_path: Path) -> None:
    """Its settings are saved, and a person knows that its data are not."""
    study.add_heatmap(study.heatmaps[0].volume.array, name="made here")
    window = opened(qtbot, study)
    press(window, "Ctrl+S")
    name_file(qtbot, window, tmp_path / "study.hvs")
    assert window.wait_idle(20)
    assert "made here lies in no file" in window.messages.texts[0]


def test_a_script_saves_as_the_menu_does(qtbot: QtBot, study: Scene, tmp_path: Path) -> None:
    """What is in a file is not unsaved, whoever wrote it."""
    titled = titled_window(qtbot, study)
    change(titled)
    titled.scene.save(tmp_path / "scripted.hvs")
    assert not titled.isWindowModified()
    assert titled.windowTitle() == "scripted.hvs — HeatViewer"


# --- the title ---------------------------------------------------------------------------------


def test_the_title_shows_unsaved_changes(qtbot: QtBot, study: Scene) -> None:
    """A star comes with a change and goes with its undo; moving the cursor makes none."""
    titled = titled_window(qtbot, study)
    assert "*" not in titled.windowTitle()
    titled.scene.cursor = (3, 3, 3)
    assert not titled.isWindowModified()
    change(titled)
    assert titled.windowTitle() == "study.hvs[*] — HeatViewer"
    press(titled, "Ctrl+Z")
    assert not titled.isWindowModified()
    assert titled.windowTitle() == "study.hvs — HeatViewer"


def test_opening_files_is_no_unsaved_work(qtbot: QtBot, tmp_path: Path) -> None:
    """A study without a session is clean until somebody changes something; into one it is a change."""
    window = opened(qtbot)
    window.open_paths([nifti(tmp_path / "head.nii.gz"), nifti(tmp_path / "map.nii.gz")])
    assert window.wait_idle(20)
    window.open_paths([nifti(tmp_path / "more.nii.gz")])
    assert window.wait_idle(20)
    assert not window.isWindowModified()
    assert window.windowTitle() == "head — HeatViewer"
    window.scene.save(tmp_path / "study.hvs")
    window.open_paths([tmp_path / "map.nii.gz"])
    assert window.wait_idle(20)
    assert window.isWindowModified()


def test_another_study_has_no_session(qtbot: QtBot, study: Scene, tmp_path: Path) -> None:
    """A new base and a closed study are untitled: saving would ask."""
    titled = titled_window(qtbot, study)
    titled.open_paths([nifti(tmp_path / "second.nii.gz")], "study")
    assert titled.wait_idle(20)
    assert titled.documents.file == ""
    titled.actions_set.by_id["file.close"].trigger()
    assert titled.windowTitle() == "HeatViewer"
    assert not titled.actions_set.by_id["file.save"].isEnabled()


# --- leaving -----------------------------------------------------------------------------------


def test_closing_asks_and_a_cancel_stays(qtbot: QtBot, study: Scene) -> None:
    """The window stays open, and a second close while it asks is the same question."""
    titled = titled_window(qtbot, study)
    change(titled)
    assert not titled.close()
    assert not titled.close()
    box = question(titled)
    assert "study.hvs" in box.text()
    qtbot.keyClick(box, Qt.Key.Key_Escape)
    assert titled.isVisible()
    assert not asks(titled)
    assert titled.isWindowModified()


def test_discarding_closes_and_writes_nothing(qtbot: QtBot, study: Scene, tmp_path: Path) -> None:
    """The session is as it was saved."""
    titled = titled_window(qtbot, study)
    change(titled)
    press(titled, "Ctrl+Q")
    answer(qtbot, titled, "Discard")
    assert not titled.isVisible()
    assert saved_visible(tmp_path / "study.hvs")


def test_saving_closes_once_it_is_written(qtbot: QtBot, study: Scene, tmp_path: Path) -> None:
    """The file has the change before the window is gone."""
    titled = titled_window(qtbot, study)
    change(titled)
    titled.close()
    answer(qtbot, titled, "Save")
    qtbot.waitUntil(lambda: not titled.isVisible())
    assert not saved_visible(tmp_path / "study.hvs")


def test_saving_an_untitled_study_asks_where_before_it_closes(
    qtbot: QtBot, study: Scene, tmp_path: Path
) -> None:
    """Two questions, and the window goes when both are answered."""
    window = opened(qtbot, study)
    change(window)
    window.close()
    answer(qtbot, window, "Save")
    name_file(qtbot, window, tmp_path / "late.hvs")
    qtbot.waitUntil(lambda: not window.isVisible())
    assert not saved_visible(tmp_path / "late.hvs")


def test_no_file_no_closing(qtbot: QtBot, study: Scene) -> None:
    """Who cancels the file dialog keeps window and work."""
    window = opened(qtbot, study)
    change(window)
    window.close()
    answer(qtbot, window, "Save")
    [dialog] = window.findChildren(QFileDialog)
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert window.isVisible()
    assert window.isWindowModified()


def test_a_save_that_is_under_way_is_waited_for(qtbot: QtBot, study: Scene, tmp_path: Path) -> None:
    """Ctrl+S and Ctrl+Q at once: nothing is asked, and nothing is lost."""
    titled = titled_window(qtbot, study)
    change(titled)
    press(titled, "Ctrl+S")
    assert not titled.close()
    assert not asks(titled)
    qtbot.waitUntil(lambda: not titled.isVisible())
    assert not saved_visible(tmp_path / "study.hvs")


@pytest.mark.parametrize("way", ["session", "study", "demo", "close"])
def test_whatever_takes_its_place_asks_first(qtbot: QtBot, study: Scene, tmp_path: Path, way: str) -> None:
    """The changed study stays until a person has said what becomes of it."""
    titled = titled_window(qtbot, study)
    nifti(tmp_path / "other.nii.gz")
    change(titled)
    ways = {
        "session": lambda: titled.open_paths([tmp_path / "study.hvs"]),
        "study": lambda: titled.open_paths([tmp_path / "other.nii.gz"], "study"),
        "demo": titled.actions_set.by_id["file.demo"].trigger,
        "close": titled.actions_set.by_id["file.close"].trigger,
    }
    before = titled.scene.state.base
    ways[way]()
    assert titled.wait_idle(20)
    assert titled.scene.state.base is before
    answer(qtbot, titled, "Discard")
    assert titled.wait_idle(60)
    assert titled.scene.state.base is not before
    assert not titled.isWindowModified()


def test_a_clean_window_closes_without_a_word(qtbot: QtBot, study: Scene) -> None:
    """Nothing is unsaved, nothing is asked."""
    titled = titled_window(qtbot, study)
    assert titled.close()
    assert titled.findChildren(QMessageBox) == []


def test_a_window_that_remembers_nothing_never_asks(qtbot: QtBot, study: Scene) -> None:
    """A screenshot's window closes, whatever was set in it."""
    window = MainWindow(study, remember=False)
    qtbot.addWidget(window)
    study.heatmaps[0].opacity = 0.5
    assert window.close()


def test_a_script_that_deletes_the_window_does_not_wait(study: Scene) -> None:
    """Work ends and the question goes with it; the next test would find what is left."""
    window = MainWindow(study)
    window.show()
    study.heatmaps[0].opacity = 0.5
    window.close()
    assert asks(window)
    window.deleteLater()
    QCoreApplication.sendPostedEvents(window, QEvent.Type.DeferredDelete)
    assert not [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, QMessageBox)]


# --- others ------------------------------------------------------------------------------------


def test_a_second_window_on_a_session_is_warned(qtbot: QtBot, study: Scene, tmp_path: Path) -> None:
    """It opens nevertheless, and saving asks; once the first is closed it is free."""
    titled = titled_window(qtbot, study)
    other = opened(qtbot)
    other.open_paths([tmp_path / "study.hvs"])
    assert other.wait_idle(20)
    assert "is open in another window" in other.messages.texts[0]
    change(other)
    press(other, "Ctrl+S")
    assert "open in another window" in question(other).text()
    answer(qtbot, other, "Cancel")
    assert saved_visible(tmp_path / "study.hvs")
    titled.close()
    press(other, "Ctrl+S")
    assert other.wait_idle(20)
    assert not saved_visible(tmp_path / "study.hvs")


def test_the_lock_lasts_as_long_as_the_session_is_open(qtbot: QtBot, study: Scene, tmp_path: Path) -> None:
    """It goes with the next study and with the window."""
    titled = titled_window(qtbot, study)
    lock = tmp_path / ".study.hvs.lock"
    assert lock.exists()
    titled.open_paths([nifti(tmp_path / "second.nii.gz")], "study")
    assert titled.wait_idle(20)
    assert not lock.exists()
    titled.open_paths([tmp_path / "study.hvs"])
    assert titled.wait_idle(20)
    assert lock.exists()
    titled.close()
    assert not lock.exists()


def test_what_another_program_saved_is_not_overwritten_unasked(
    qtbot: QtBot, study: Scene, tmp_path: Path
) -> None:
    """'Overwrite' keeps the other version as the backup; after that it is this window's again."""
    titled = titled_window(qtbot, study)
    path = tmp_path / "study.hvs"
    path.write_text("theirs")
    change(titled)
    press(titled, "Ctrl+S")
    qtbot.waitUntil(lambda: asks(titled))
    assert path.read_text() == "theirs"
    answer(qtbot, titled, "Overwrite")
    assert titled.wait_idle(20)
    assert not saved_visible(path)
    assert path.with_name("study.hvs.bak").read_text() == "theirs"
    press(titled, "Ctrl+S")
    assert titled.wait_idle(20)
    assert not asks(titled)


def test_a_save_that_fails_loses_nothing(qtbot: QtBot, study: Scene, tmp_path: Path) -> None:
    """One line says why, offers another file, and the work is still there and still unsaved."""
    titled = titled_window(qtbot, study)
    change(titled)
    titled.documents.work.file = str(tmp_path / "head.nii.gz" / "study.hvs")
    press(titled, "Ctrl+S")
    assert titled.wait_idle(20)
    [message] = titled.messages.shown
    assert "is a file where a folder is needed" in message.text
    assert titled.isWindowModified()
    [button] = message.findChildren(QPushButton)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    name_file(qtbot, titled, tmp_path / "elsewhere.hvs")
    assert titled.wait_idle(20)
    assert not saved_visible(tmp_path / "elsewhere.hvs")
    assert not titled.isWindowModified()


@pytest.mark.parametrize(
    ("way", "why"), [("full", "has no space left"), ("read-only", "may not be written to")]
)
def test_no_room_and_no_right_lose_nothing(tmp_path: Path, way: str, why: str) -> None:
    """A real process with a full disk, and one that may not write: told, still unsaved, still there."""
    folder = tmp_path / "studies"
    folder.mkdir()
    session = folder / "study.hvs"
    paths = [nifti(folder / "head.nii.gz"), nifti(folder / "map.nii.gz"), session]
    command = [sys.executable, "-c", _NO_ROOM, way, *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    folder.chmod(0o755)
    message, unsaved, opacity = json.loads(done.stdout.splitlines()[-1])
    assert why in message
    assert "Nothing is lost" in message
    assert unsaved
    assert opacity == 0.5
    assert json.loads(session.read_text())["heatmaps"][0]["opacity"] == 1.0
