"""Recent studies: kept over versions, pictured for their user alone, forgotten without a trace."""

from __future__ import annotations

import json
import stat
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from heatviewer.app.forgetting import forget
from heatviewer.app.recent import (
    PICTURE_SIDE,
    Recent,
    forget_pictures,
    picture_path,
    pictures_folder,
    save_picture,
    study_picture,
    when_told,
)
from heatviewer.app.scene import Scene
from heatviewer.app.settings import Preferences, load_preferences, preferences_path, save_changes
from heatviewer.app.studies.recovery import recovery_folder
from heatviewer.core.errors import WriteError

PICTURE = np.full((8, 8, 4), 255, np.uint8)


# --- the list ----------------------------------------------------------------------------------


def test_a_list_of_plain_paths_still_loads(tmp_path: Path) -> None:
    """Preferences of earlier versions keep their recent studies, in their order."""
    path = tmp_path / "preferences.json"
    path.write_text(json.dumps({"recent": ["/data/ct", "/data/mr.nii"], "theme": "light"}))
    kept = load_preferences(path)
    assert kept.recent == (Recent(path="/data/ct"), Recent(path="/data/mr.nii"))
    assert kept.theme == "light"


def test_what_another_version_says_of_a_study_costs_only_that(tmp_path: Path) -> None:
    """An unknown kind or key leaves the path in the list."""
    path = tmp_path / "preferences.json"
    odd = {"path": "/data/ct", "kind": "hologram", "when": 5.0, "stars": 3}
    path.write_text(json.dumps({"recent": [odd, {"path": "/b", "when": 7.5, "kind": "task", "new": 1}]}))
    assert load_preferences(path).recent == (
        Recent(path="/data/ct"),
        Recent(path="/b", when=7.5, kind="task"),
    )


def test_time_and_kind_survive_a_round_trip() -> None:
    """What is saved of a study is what is loaded."""
    kept = Preferences().with_opened("/data/ü b.hvs", "session", 1e9)
    save_changes(Preferences(), kept)
    assert load_preferences().recent == (Recent(path="/data/ü b.hvs", when=1e9, kind="session"),)


def test_what_was_removed_meanwhile_stays_removed() -> None:
    """A window that writes its shape brings back nothing that 'forget' took away."""
    kept = Preferences(geometry="AA==").with_opened("/data/ct")
    save_changes(Preferences(), kept)
    forget()
    save_changes(kept, kept.replaced(geometry="AAAB"))
    assert load_preferences() == Preferences(geometry="AAAB")


def test_without_keeping_no_folder_is_written() -> None:
    """A folder that a dialog was in is not written; that it is forgotten is."""
    save_changes(Preferences(), Preferences(last_folder="/a"))
    save_changes(Preferences(last_folder="/a"), Preferences(last_folder="/b"), with_folder=False)
    assert load_preferences().last_folder == "/a"
    save_changes(Preferences(last_folder="/b"), Preferences(), with_folder=False)
    assert load_preferences().last_folder == ""


@pytest.mark.parametrize(
    ("ago", "told"),
    [
        (5, "just now"),
        (60, "1 minute ago"),
        (59 * 60, "59 minutes ago"),
        (3 * 3600, "today at 12:00"),
        (18 * 3600, "yesterday at 21:00"),
        (3 * 86400, "3 days ago"),
        (30 * 86400, "2024-05-16"),
    ],
)
def test_times_are_told_in_words(ago: float, told: str) -> None:
    """Nearer times are told finer."""
    now = datetime(2024, 6, 15, 15, 0).timestamp()
    assert when_told(now - ago, now) == told


def test_a_time_that_is_not_known_is_not_told() -> None:
    """Entries of earlier versions have none."""
    assert when_told(0.0, 1e9) == ""


# --- pictures ----------------------------------------------------------------------------------


def test_a_picture_is_the_axial_slice_with_its_heatmaps() -> None:
    """Red where the heatmap lies, black beside the image, and square."""
    scene = Scene.from_arrays(np.full((20, 10, 4), 100.0, np.float32))
    scene.add_heatmap(np.ones((20, 10, 4), np.uint8), rgb_points=[0, 1, 0, 0, 1, 1, 0, 0], opacity=1)
    picture = study_picture(scene.state, scene.volumes)
    assert picture.shape == (PICTURE_SIDE, PICTURE_SIDE, 4)
    middle, top = picture[PICTURE_SIDE // 2, PICTURE_SIDE // 2], picture[2, PICTURE_SIDE // 2]
    assert middle[0] > middle[1] + 50
    assert tuple(top) == (0, 0, 0, 255)


def test_a_picture_is_for_its_user_alone() -> None:
    """Folder 0700, file 0600, and no path in the file's name."""
    save_picture("/data/Doe^John/ct", PICTURE)
    [file] = pictures_folder().iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(pictures_folder().stat().st_mode) == 0o700
    assert "Doe" not in str(file)
    assert b"Doe" not in file.read_bytes()
    assert np.array_equal(np.asarray(Image.open(file)), PICTURE)


def test_a_cache_that_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file stands where the folder would be."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(WriteError, match="recent: cannot be written"):
        save_picture("/data/ct", PICTURE)


def test_pictures_of_listed_studies_stay() -> None:
    """The others go, and the folder with the last."""
    for path in ("/a", "/b", "/c"):
        save_picture(path, PICTURE)
    gone = forget_pictures(keep=("/b",))
    assert set(gone) == {picture_path("/a"), picture_path("/c")}
    assert list(pictures_folder().iterdir()) == [picture_path("/b")]
    forget_pictures()
    assert not pictures_folder().exists()


# --- forgetting --------------------------------------------------------------------------------


def test_damaged_preferences_are_forgotten_whole() -> None:
    """Nobody can tell which paths they hold."""
    preferences_path().parent.mkdir(parents=True)
    preferences_path().write_text('{"recent": ["/data/secret')
    forget()
    assert not preferences_path().exists()


def test_unsaved_work_of_a_running_window_stays() -> None:
    """A lock with this process's number is held; one with a number that nobody has is not."""
    import os

    recovery_folder().mkdir(parents=True)
    for name, process in (("mine", os.getpid()), ("dead", 2**22 + 5)):
        (recovery_folder() / f"{name}.hvs").write_text("{}")
        (recovery_folder() / f"{name}.lock").write_text(f"{process}\nheatviewer\nhost\n")
    gone = forget(everything=True)
    assert (gone.recovery, gone.running) == (1, 1)
    assert {file.name for file in recovery_folder().iterdir()} == {"mine.hvs", "mine.lock"}
