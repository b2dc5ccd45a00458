"""Saving while a save runs, while another study comes, while the window goes, and from backups."""

from __future__ import annotations

import gc
import json
import threading
import weakref
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

import heatviewer as hv
from heatviewer.app.opening import layer_source, open_scene
from heatviewer.app.scene import Scene
from heatviewer.app.studies.recovery import read_recovered, recovery_files
from heatviewer.ui.main_window import MainWindow
from tests.ui.asking import answer, asks, press, question
from tests.ui.windows import nifti, opened
from tests.ui.worklists import go_on, opened_cases, write_cases


@pytest.fixture
def study(tmp_path: Path) -> Scene:
    """A base and a heatmap of files."""
    return open_scene(layer_source(nifti(tmp_path / "head.nii.gz")), [nifti(tmp_path / "map.nii.gz")])


@pytest.fixture
def session(study: Scene, tmp_path: Path) -> Path:
    """The study, saved."""
    study.save(tmp_path / "study.hvs")
    return tmp_path / "study.hvs"


def saved_opacity(path: Path) -> float:
    """Return the opacity of a session's heatmap."""
    return float(json.loads(path.read_text())["heatmaps"][0]["opacity"])


def held_up(window: MainWindow) -> threading.Event:
    """Let the background wait, as a slow disk does, until the event is set."""
    event = threading.Event()
    window.background.run(lambda: event.wait(20), lambda _: None, lambda _: None)
    return event


# --- saves that meet ---------------------------------------------------------------------------


def test_saving_again_while_it_saves_is_no_conflict(qtbot: QtBot, study: Scene, session: Path) -> None:
    """The window's own version is nobody else's: nothing is asked, and the last change is there."""
    window = opened(qtbot, study)
    disk = held_up(window)
    for opacity in (0.5, 0.25):
        study.heatmaps[0].opacity = opacity
        press(window, "Ctrl+S")
    disk.set()
    assert window.wait_idle(20)
    assert not asks(window)
    assert saved_opacity(session) == 0.25
    assert not window.isWindowModified()


def test_closing_goes_on_after_the_second_save(qtbot: QtBot, study: Scene, session: Path) -> None:
    """Ctrl+S, a change, Ctrl+Q and 'Save' while the first save still runs: both are in the file."""
    window = opened(qtbot, study)
    disk = held_up(window)
    study.heatmaps[0].opacity = 0.5
    press(window, "Ctrl+S")
    study.heatmaps[0].opacity = 0.25
    press(window, "Ctrl+Q")
    answer(qtbot, window, "Save")
    assert window.isVisible()
    disk.set()
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=20_000)
    assert saved_opacity(session) == 0.25
    assert recovery_files() == []


def test_undo_while_it_saves_is_unsaved(qtbot: QtBot, study: Scene, session: Path) -> None:
    """The file has the change, the window has not; redoing it agrees again."""
    window = opened(qtbot, study)
    disk = held_up(window)
    study.heatmaps[0].opacity = 0.5
    press(window, "Ctrl+S")
    press(window, "Ctrl+Z")
    disk.set()
    assert window.wait_idle(20)
    assert saved_opacity(session) == 0.5
    assert window.isWindowModified()
    press(window, "Ctrl+Shift+Z")
    assert not window.isWindowModified()


def test_a_question_about_one_study_never_saves_another(
    qtbot: QtBot, study: Scene, session: Path, tmp_path: Path
) -> None:
    """While it is asked, the next study comes: 'Overwrite' was not said of that."""
    window = opened(qtbot, study)
    session.write_text("theirs")
    press(window, "Ctrl+S")
    qtbot.waitUntil(lambda: asks(window))
    window.loader.load(nifti(tmp_path / "second.nii.gz"), "base")
    assert window.wait_idle(20)
    answer(qtbot, window, "Overwrite")
    assert window.wait_idle(20)
    assert session.read_text() == "theirs"
    assert "nothing was saved" in window.messages.texts[0]


# --- the end -----------------------------------------------------------------------------------


def test_what_was_saved_is_not_offered_after_the_window_is_gone(
    qtbot: QtBot, study: Scene, session: Path
) -> None:
    """The copy kept aside goes with the window, even where the background had no time for it."""
    window = opened(qtbot, study)
    study.heatmaps[0].opacity = 0.5
    window.documents.recovery.keep()
    assert window.wait_idle(20)
    assert len(recovery_files()) == 1
    disk = held_up(window)
    study.save(session)
    threading.Timer(0.2, disk.set).start()
    assert window.close()
    assert recovery_files() == []
    assert list(window.documents.recovery.place.parent.iterdir()) == []


def test_work_for_a_closed_window_is_left(qtbot: QtBot) -> None:
    """An answer that comes late asks for more, and nobody is there: nothing is done, nothing raised."""
    window = opened(qtbot)
    done: list[str] = []
    window.background.run(lambda: None, lambda _: done.append("answered"), lambda _: None)
    assert window.close()
    window.background.run(lambda: done.append("ran"), lambda _: None, lambda _: None)
    window.recents.refresh()
    window.documents.recovery.keep()
    QApplication.processEvents()
    assert done == []
    assert not window.background.busy


# --- where it is saved -------------------------------------------------------------------------


def test_a_script_s_session_is_saved_where_it_lies(qtbot: QtBot, session: Path) -> None:
    """``hv.show(hv.open("study.hvs"))`` knows its file, and what the script changed since is unsaved."""
    scene = hv.open(session)
    scene.heatmaps[0].opacity = 0.5
    window = hv.show(scene, block=False)
    qtbot.addWidget(window)
    assert window.wait_idle(20)
    assert window.windowTitle() == "study.hvs[*] — HeatViewer"
    assert session.with_name(".study.hvs.lock").exists()
    press(window, "Ctrl+S")
    assert window.wait_idle(20)
    assert not asks(window)
    assert saved_opacity(session) == 0.5
    assert not window.isWindowModified()


def test_a_script_s_session_that_is_open_elsewhere_is_told(qtbot: QtBot, study: Scene, session: Path) -> None:
    """As for one that is opened from the menu; and what somebody saved meanwhile is asked about."""
    first, scene = opened(qtbot, study), hv.open(session)
    other = opened(qtbot, scene)
    assert "is open in another window" in other.messages.texts[0]
    first.close()
    session.write_text("theirs")
    press(other, "Ctrl+S")
    qtbot.waitUntil(lambda: asks(other))
    assert "was saved by somebody else" in question(other).text()
    answer(qtbot, other, "Cancel")


@pytest.mark.parametrize("name", ["study.hvs.bak", "study.json"])
def test_a_backup_is_not_saved_over(qtbot: QtBot, study: Scene, session: Path, name: str) -> None:
    """Opened, it proposes the session's own name; nothing is written beside it unasked."""
    other = session.rename(session.with_name(name))
    window = opened(qtbot)
    window.open_paths([other])
    assert window.wait_idle(20)
    assert window.windowTitle() == f"{name} — HeatViewer"
    window.scene.heatmaps[0].opacity = 0.5
    press(window, "Ctrl+S")
    [dialog] = window.findChildren(QFileDialog)
    assert dialog.selectedFiles() == [str(session)]
    dialog.accept()
    assert window.wait_idle(20)
    assert (saved_opacity(session), saved_opacity(other)) == (0.5, 1.0)
    assert window.documents.file == str(session)


# --- from case to case -------------------------------------------------------------------------


def test_a_changed_case_is_unsaved_when_it_comes_back(qtbot: QtBot, tmp_path: Path) -> None:
    """Going from case to case asks nothing; what was changed has its star again, and its session."""
    window = opened_cases(qtbot, write_cases(tmp_path))
    window.scene.edit_notes("seen")
    for way, changed in ((Qt.Key.Key_Right, False), (Qt.Key.Key_Left, True)):
        go_on(qtbot, window, way)
        assert not asks(window)
        assert window.isWindowModified() == changed
    window.scene.save(tmp_path / "case.hvs")
    go_on(qtbot, window)
    go_on(qtbot, window, Qt.Key.Key_Left)
    assert window.windowTitle() == "case.hvs — HeatViewer"


def test_closing_asks_about_cases_that_were_changed_before(qtbot: QtBot, tmp_path: Path) -> None:
    """'Show' leads to the first of them, and keeps the window; 'Discard' closes it."""
    window = opened_cases(qtbot, write_cases(tmp_path))
    window.scene.edit_notes("seen")
    go_on(qtbot, window)
    assert not window.close()
    assert "case 0" in question(window).text()
    answer(qtbot, window, "Show case 0")
    assert window.wait_idle(20)
    assert window.scene.state.notes == "seen"
    go_on(qtbot, window)
    assert not window.close()
    answer(qtbot, window, "Discard")
    assert not window.isVisible()


def test_cases_that_were_only_looked_at_ask_nothing(qtbot: QtBot, tmp_path: Path) -> None:
    """Nor do those whose look came along from another case."""
    window = opened_cases(qtbot, write_cases(tmp_path))
    for _ in range(2):
        window.scene.cursor = (3, -2, 5)
        go_on(qtbot, window)
    window.scene.heatmaps[0].opacity = 0.25
    go_on(qtbot, window, Qt.Key.Key_Left)
    assert not window.isWindowModified()
    assert list(window.worklist.unsaved.values()) == ["case 2"]


# --- what is left ------------------------------------------------------------------------------


def test_a_study_that_was_replaced_leaves_no_data(qtbot: QtBot, study: Scene, session: Path) -> None:
    """Neither history, nor watchers, nor pictures keep its volumes; nor those of cases that were left."""
    window = opened(qtbot, study)
    study.heatmaps[0].opacity = 0.5
    press(window, "Ctrl+S")
    assert window.wait_idle(20)
    kept = [weakref.ref(volume) for volume in window.scene.volumes.values()]
    assert len(kept) == 2
    window.open_paths([nifti(session.with_name("second.nii.gz"))], "study")
    assert window.wait_idle(20)

    def gone() -> bool:
        gc.collect()
        return all(volume() is None for volume in kept)

    qtbot.waitUntil(gone, timeout=10_000)


def test_cases_that_were_left_keep_no_data(qtbot: QtBot, tmp_path: Path) -> None:
    """Settings of them are kept, volumes are not."""
    window = opened_cases(qtbot, write_cases(tmp_path))
    window.scene.edit_notes("seen")
    kept = [weakref.ref(volume) for volume in window.scene.volumes.values()]
    for _ in range(2):
        go_on(qtbot, window)

    def gone() -> bool:
        gc.collect()
        return all(volume() is None for volume in kept)

    qtbot.waitUntil(gone, timeout=10_000)
    window.worklist.close()


def test_a_run_that_keeps_nothing_is_safe_and_leaves_nothing(
    qtbot: QtBot, study: Scene, tmp_path: Path
) -> None:
    """With ``--no-recent`` unsaved work is kept aside until the window is closed, and no longer."""
    window = MainWindow(study, recent=False)
    qtbot.addWidget(window)
    window.show()
    study.edit_notes("secret notes")
    window.documents.recovery.keep()
    assert window.wait_idle(20)
    [place] = recovery_files()
    assert "secret notes" in place.read_text()
    window.close()
    answer(qtbot, window, "Discard")
    state = place.parents[2]
    left = [path for path in state.rglob("*") if path.is_file()]
    assert recovery_files() == []
    assert not [path for path in left if b"head" in path.read_bytes()]
    assert list(place.parent.iterdir()) == []


def test_both_are_asked_about_the_case_that_is_shown_first(qtbot: QtBot, tmp_path: Path) -> None:
    """Two questions, one after the other, and the window goes when both are answered."""
    window = opened_cases(qtbot, write_cases(tmp_path))
    window.scene.edit_notes("seen")
    go_on(qtbot, window)
    window.scene.edit_notes("seen too")
    assert not window.close()
    answer(qtbot, window, "Discard")
    assert "case 0" in question(window).text()
    answer(qtbot, window, "Discard")
    assert not window.isVisible()


def test_changes_made_while_the_next_study_is_read_are_kept(
    qtbot: QtBot, study: Scene, session: Path, tmp_path: Path
) -> None:
    """Nobody was asked about them: the next window offers them, in their session."""
    window = opened(qtbot, study)
    second = nifti(tmp_path / "second.nii.gz")
    window.loader.changed.connect(lambda: window.loader.busy and study.edit_notes("late"))
    window.open_paths([second], "study")
    assert window.wait_idle(20)
    assert study.state.base is not None
    assert Path(study.state.base.source) == second
    assert "while the next study was being read" in window.messages.texts[0]
    [place] = recovery_files()
    found = read_recovered(place)
    assert (found.file, found.study.notes) == (str(session), "late")
