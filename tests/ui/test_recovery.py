"""Unsaved work survives the end of its window: kept aside while it is made, offered by the next one."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from heatviewer.app.opening import layer_source, open_scene
from heatviewer.app.scene import Scene
from heatviewer.app.studies.recovery import keep_aside, recovery_files, recovery_folder
from heatviewer.ui import recovery
from heatviewer.ui.main_window import MainWindow
from tests.ui.asking import answer, press
from tests.ui.events import LEFT
from tests.ui.windows import nifti, opened

#: A window that makes ten changes, keeps them aside, tells so, and goes on until it is killed.
_WORKER = """
import sys
from heatviewer.app.studies.recovery import recovery_files
from heatviewer.ui.app import application
application(screenshot=True)
from heatviewer.ui.main_window import MainWindow
window = MainWindow()
window.show()
window.open_paths(sys.argv[1:])
assert window.wait_idle(60)
for step in range(10):
    window.scene.heatmaps[0].opacity = 0.9 - step / 20
assert window.wait_idle(60)
print(len(recovery_files()), flush=True)
while True:
    window.wait_idle(1)
"""


@pytest.fixture
def study(tmp_path: Path) -> Scene:
    """A base and a heatmap of files."""
    return open_scene(layer_source(nifti(tmp_path / "head.nii.gz")), [nifti(tmp_path / "map.nii.gz")])


def crashed(scene: Scene, file: str = "") -> Path:
    """Leave a scene's work as a window that crashed does."""
    scene.heatmaps[0].opacity = 0.35
    place = recovery_folder() / "abc.hvs"
    keep_aside(scene.state, place, file, "head")
    return place


def offered(qtbot: QtBot) -> MainWindow:
    """Return a new window that offers unsaved work."""
    window = opened(qtbot)
    assert window.documents.recovery.bar.isVisible()
    return window


# --- keeping aside -----------------------------------------------------------------------------


def test_every_tenth_change_is_kept_and_a_drag_is_one(qtbot: QtBot, study: Scene) -> None:
    """Nine are not; looking around counts nothing."""
    window = opened(qtbot, study)
    scene = window.scene
    for n in range(8):
        scene.heatmaps[0].opacity = 0.9 - n / 20
        scene.cursor = (n, 0, 0)
    for n in range(20):
        scene.edit_layer(scene.heatmaps[0].id, merge="drag", opacity=0.1 + n / 100)
    scene.end_drag()
    assert window.wait_idle(20)
    assert recovery_files() == []
    scene.heatmaps[0].visible = False
    assert window.wait_idle(20)
    assert recovery_files() == [window.documents.recovery.place]


def test_a_minute_is_enough(qtbot: QtBot, study: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """One change is kept when the time is up, without a person's doing."""
    monkeypatch.setattr(recovery, "_EVERY_MS", 60)
    window = opened(qtbot, study)
    [timer] = window.documents.recovery.findChildren(QTimer)
    with qtbot.waitSignal(timer.timeout):
        assert recovery_files() == []
    assert window.wait_idle(20)
    assert recovery_files() == []
    window.scene.edit_notes("seen")
    qtbot.waitUntil(lambda: len(recovery_files()) == 1)
    assert window.wait_idle(20)


@pytest.mark.parametrize("way", ["save", "discard", "undo", "delete"])
def test_nothing_stays_once_it_is_decided(qtbot: QtBot, study: Scene, tmp_path: Path, way: str) -> None:
    """What was saved, discarded or undone is not kept any longer; nor by a window that is deleted."""
    window = opened(qtbot, study)
    study.heatmaps[0].visible = False
    window.documents.recovery.keep()
    assert window.wait_idle(20)
    assert len(recovery_files()) == 1
    if way == "save":
        study.save(tmp_path / "study.hvs")
    elif way == "discard":
        window.close()
        answer(qtbot, window, "Discard")
    elif way == "undo":
        study.undo()
        window.documents.recovery.keep()
    else:
        window.end()
    qtbot.waitUntil(lambda: recovery_files() == [])
    assert way in ("discard", "delete") or window.wait_idle(20)


def test_work_that_nobody_decided_about_is_kept(qtbot: QtBot, study: Scene) -> None:
    """The program ended by an error: the next window offers even a single change."""
    window = opened(qtbot, study)
    study.heatmaps[0].visible = False
    window.end(decided=False)
    offered(qtbot)


def test_a_disk_that_takes_nothing_is_told_once(
    qtbot: QtBot, study: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Work goes on, and a person knows to save."""
    (tmp_path / "state").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    window = opened(qtbot, study)
    for n in range(2):
        study.heatmaps[0].opacity = 0.5 + n / 10
        window.documents.recovery.keep()
        assert window.wait_idle(20)
    [text] = window.messages.texts
    assert "a crash loses" in text


def test_a_window_that_remembers_nothing_keeps_nothing(qtbot: QtBot, study: Scene) -> None:
    """Nor does it offer anything."""
    place = crashed(study)
    window = MainWindow(study, remember=False)
    qtbot.addWidget(window)
    window.show()
    for n in range(12):
        study.heatmaps[0].opacity = 0.9 - n / 20
    assert window.wait_idle(20)
    assert not window.documents.recovery.bar.isVisible()
    assert recovery_files() == [place]


# --- offering ----------------------------------------------------------------------------------


def test_work_of_a_killed_window_is_offered_and_opened(qtbot: QtBot, tmp_path: Path) -> None:
    """A real process ends by SIGKILL; the next window has its last kept change, marked unsaved."""
    paths = [str(nifti(tmp_path / "head.nii.gz")), str(nifti(tmp_path / "map.nii.gz"))]
    command = [sys.executable, "-c", _WORKER, *paths]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ.copy()) as worker:
        try:
            assert worker.stdout is not None
            assert worker.stdout.readline().strip() == "1"
            alive = opened(qtbot)
            assert not alive.documents.recovery.bar.isVisible()
        finally:
            worker.kill()
    window = offered(qtbot)
    qtbot.mouseClick(window.documents.recovery.bar.open, LEFT)
    assert window.wait_idle(30)
    assert window.scene.state.heatmaps[0].opacity == pytest.approx(0.45)
    assert window.isWindowModified()
    assert not window.documents.recovery.bar.isVisible()


def test_what_came_back_belongs_to_its_session(qtbot: QtBot, study: Scene, tmp_path: Path) -> None:
    """Ctrl+S saves there without a question; until then the work stays kept."""
    path = study.save(tmp_path / "trial.hvs")
    place = crashed(study, str(path))
    window = offered(qtbot)
    assert "trial.hvs" in window.documents.recovery.bar.text.text()
    qtbot.mouseClick(window.documents.recovery.bar.open, LEFT)
    assert window.wait_idle(20)
    assert recovery_files() == [place]
    assert window.windowTitle() == "trial.hvs[*] — HeatViewer"
    press(window, "Ctrl+S")
    assert window.wait_idle(20)
    assert '"opacity": 0.35' in path.read_text()
    assert recovery_files() == []
    assert not window.isWindowModified()


def test_a_study_without_a_session_comes_back_untitled(qtbot: QtBot, study: Scene) -> None:
    """It is no recent study, and saving asks where."""
    crashed(study)
    window = offered(qtbot)
    qtbot.mouseClick(window.documents.recovery.bar.open, LEFT)
    assert window.wait_idle(20)
    assert window.documents.file == ""
    assert window.isWindowModified()
    assert all("abc.hvs" not in path for path in window.preferences.recent_paths)


def test_discarded_work_is_gone(qtbot: QtBot, study: Scene) -> None:
    """The file goes, and the strip with it."""
    crashed(study)
    window = offered(qtbot)
    qtbot.mouseClick(window.documents.recovery.bar.discard, LEFT)
    assert not window.documents.recovery.bar.isVisible()
    assert recovery_files() == []


def test_put_off_is_offered_again(qtbot: QtBot, study: Scene) -> None:
    """By the next window, and not by one beside this while it still offers it."""
    crashed(study)
    first = offered(qtbot)
    second = opened(qtbot)
    assert not second.documents.recovery.bar.isVisible()
    qtbot.mouseClick(first.documents.recovery.bar.later, LEFT)
    assert not first.documents.recovery.bar.isVisible()
    offered(qtbot)


def test_opening_it_asks_about_what_is_open(qtbot: QtBot, study: Scene, tmp_path: Path) -> None:
    """Changes made before the offer was taken are not lost by taking it."""
    crashed(study)
    window = offered(qtbot)
    window.open_paths([tmp_path / "head.nii.gz", tmp_path / "map.nii.gz"])
    assert window.wait_idle(20)
    window.scene.heatmaps[0].visible = False
    qtbot.mouseClick(window.documents.recovery.bar.open, LEFT)
    answer(qtbot, window, "Cancel")
    assert window.wait_idle(20)
    assert not window.scene.state.heatmaps[0].visible
    assert window.documents.recovery.bar.isVisible()


def test_watching_for_changes_does_not_slow_a_drag(qtbot: QtBot) -> None:
    """With 20 layers a change is looked at in far less than a frame's time."""
    import numpy as np

    scene = Scene.from_arrays(np.ones((4, 4, 4)))
    for n in range(20):
        scene.add_heatmap(np.ones((4, 4, 4)), name=str(n))
    window = MainWindow(scene)
    qtbot.addWidget(window)
    scene.heatmaps[-1].opacity = 0.5
    took = []
    for _ in range(50):
        start = time.perf_counter()
        window.documents.show_title()
        took.append(time.perf_counter() - start)
    assert min(took) < 0.002
