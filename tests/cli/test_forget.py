"""The command 'forget', as a process: what it removes, what it leaves, what it says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from heatviewer.app.recent import dialogs_folder, pictures_folder, save_picture
from heatviewer.app.settings import Preferences, load_preferences, preferences_path, save_preferences
from heatviewer.app.studies.recovery import recovery_folder
from heatviewer.app.user_presets import presets_path
from tests.cli.conftest import Run, document

KEPT = Preferences(theme="dark", geometry="AAAB").with_opened("/data/a.nii").with_opened("/data/b")


@pytest.fixture
def remembered() -> list[Path]:
    """Traces of two studies, unsaved work, and a person's own presets."""
    save_preferences(KEPT)
    for path in KEPT.recent_paths:
        save_picture(path, np.zeros((4, 4, 4), np.uint8))
    files = [dialogs_folder() / "QtProject.conf", recovery_folder() / "1.hvs", presets_path()]
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("{}")
    return files


def test_forget_removes_the_traces_and_says_so(run: Run, remembered: list[Path]) -> None:
    """List, pictures and folders go; choices, unsaved work and presets stay."""
    done = run("forget")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "removed: 2 recent studies",
        "removed: 2 pictures",
        "removed: the last folder",
        "removed: the folders that file dialogs had been in",
    ]
    assert load_preferences() == Preferences(theme="dark", geometry="AAAB")
    assert not pictures_folder().exists()
    assert [file.exists() for file in remembered] == [False, True, True]


def test_forget_all_removes_unsaved_work_and_preferences(run: Run, remembered: list[Path]) -> None:
    """Only what a person made stays: presets, styles, sessions."""
    gone = document(run("forget", "--all", "--json"))
    assert gone == {
        "recent": 2, "last_folder": True, "pictures": 2, "dialogs": True,
        "recovery": 1, "preferences": True, "running": 0,
    }  # fmt: skip
    assert not preferences_path().exists()
    assert [file.exists() for file in remembered] == [False, False, True]


def test_forgetting_nothing_is_done_too(run: Run) -> None:
    """Exit status 0, and nothing is made on the way."""
    done = run("forget", "--all")
    assert (done.returncode, done.stdout) == (0, "Nothing was remembered.\n")
    assert not preferences_path().parent.exists()


def test_forget_needs_no_window(run: Run) -> None:
    """Qt is not imported."""
    code = "import sys, heatviewer.cli.main as m; m.main(['forget']); print('PySide6' in sys.modules)"
    assert run(program=("-c", code)).stdout.splitlines()[-1] == "False"


#: The program with a window that closes once its base is there and has been looked at for a while.
CLOSES = """
import sys
from PySide6.QtCore import QTimer
from heatviewer.cli.main import main
from heatviewer.ui.app import application
from heatviewer.ui.main_window import MainWindow
app = application()
def look():
    for window in app.topLevelWidgets():
        if isinstance(window, MainWindow) and window.scene.base is not None and window.recents.is_idle:
            window.close()
timer = QTimer()
timer.timeout.connect(look)
timer.start(100)
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize("option", [[], ["--no-recent"]])
def test_a_window_keeps_what_it_opened_unless_told_not_to(run: Run, study: Path, option: list[str]) -> None:
    """Path, folder and picture are there after a run, and with --no-recent none of them."""
    done = run("base.nii.gz", *option, program=("-c", CLOSES))
    assert done.returncode == 0, done.stderr
    kept = load_preferences()
    listed = [] if option else [str(study / "base.nii.gz")]
    assert list(kept.recent_paths) == listed
    assert kept.last_folder == ("" if option else str(study))
    assert pictures_folder().exists() == (not option)
