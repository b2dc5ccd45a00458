"""Preferences: kept whole, read whatever state they are in, and free of what files hold."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from heatviewer.app.settings import (
    MAX_RECENT,
    Preferences,
    load_preferences,
    preferences_path,
    save_preferences,
)
from heatviewer.core.errors import SettingError, WriteError


def test_what_is_saved_is_what_is_loaded() -> None:
    """Preferences survive a round trip through the user's configuration folder."""
    kept = Preferences(theme="dark", geometry="AAAB", window_state="/+8=").with_opened("/data/a b/ü.nii.gz")
    save_preferences(kept)
    assert load_preferences() == kept


def test_without_a_file_there_are_defaults() -> None:
    """The first start finds no file and follows the system's theme."""
    assert not preferences_path().exists()
    assert load_preferences() == Preferences()


@pytest.mark.parametrize("text", ["", "{", "[1, 2]", "null", '"text"', "\x00\xff"])
def test_a_damaged_file_gives_defaults(tmp_path: Path, text: str) -> None:
    """Preferences never keep the program from starting."""
    path = tmp_path / "preferences.json"
    path.write_text(text, encoding="latin-1")
    assert load_preferences(path) == Preferences()


def test_a_bad_or_unknown_key_costs_only_itself(tmp_path: Path) -> None:
    """What another version wrote is left out, the rest is kept."""
    path = tmp_path / "preferences.json"
    path.write_text(json.dumps({"theme": "purple", "future": 1, "last_folder": "/data", "recent": ["/a"]}))
    assert load_preferences(path) == Preferences(last_folder="/data", recent=("/a",))  # type: ignore[arg-type]


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    """A file is written whole or not at all; here the target is a folder."""
    target = tmp_path / "preferences.json"
    target.mkdir()
    with pytest.raises(WriteError, match=r"preferences.json: could not be written"):
        save_preferences(Preferences(), target)
    assert list(tmp_path.iterdir()) == [target]


def test_recent_paths_are_unique_and_the_latest_comes_first() -> None:
    """Opening a path again moves it to the front; the oldest go."""
    kept = Preferences()
    for number in range(MAX_RECENT + 3):
        kept = kept.with_opened(f"/data/{number}.nii")
    kept = kept.with_opened("/data/9.nii")
    assert len(kept.recent) == MAX_RECENT
    assert kept.recent_paths[:2] == ("/data/9.nii", f"/data/{MAX_RECENT + 2}.nii")
    assert len(set(kept.recent_paths)) == MAX_RECENT


def test_opening_a_path_remembers_its_folder() -> None:
    """The next dialog starts where the last file was."""
    assert Preferences().with_opened("/data/study/ct.nii").last_folder == "/data/study"


def test_a_path_can_be_forgotten() -> None:
    """A file that is gone need not stay in the list."""
    kept = Preferences().with_opened("/a/x.nii").with_opened("/a/y.nii")
    assert kept.without("/a/x.nii").recent_paths == ("/a/y.nii",)


def test_a_theme_that_does_not_exist_is_refused() -> None:
    """A bad value raises and names its field."""
    with pytest.raises(SettingError, match="theme"):
        Preferences(theme="purple")
