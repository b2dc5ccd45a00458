"""Removing what the program remembers of the studies that were opened."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from heatviewer.app.recent import dialogs_folder, forget_pictures
from heatviewer.app.settings import load_preferences, preferences_path, save_preferences
from heatviewer.app.studies.recovery import recovery_files, remove_recovered
from heatviewer.core.errors import WriteError

if TYPE_CHECKING:
    from pathlib import Path


class Forgotten(NamedTuple):
    """What was removed.

    Attributes
    ----------
    recent : int
        Studies of the list.
    last_folder : bool
        Whether it was known where dialogs were last.
    pictures : int
        Small pictures of studies.
    dialogs : bool
        Whether there was a list of folders that file dialogs had been in.
    recovery : int
        Files of unsaved work.
    preferences : bool
        Whether there were any.
    running : int
        Files of unsaved work that a running window holds; they stay.
    """

    recent: int = 0
    last_folder: bool = False
    pictures: int = 0
    dialogs: bool = False
    recovery: int = 0
    preferences: bool = False
    running: int = 0


def forget(everything: bool = False) -> Forgotten:
    """Remove the list of recent studies, their pictures, and the folders that dialogs were in.

    Parameters
    ----------
    everything : bool
        Unsaved work that was kept aside and the preferences too. A person's presets, styles and
        sessions stay in any case.

    Raises
    ------
    WriteError
        Naming what could not be removed.
    """
    recent, last_folder = _forget_paths()
    preferences, recovery, running = False, 0, 0
    if everything:
        preferences = _removed(preferences_path())
        recovery, running = _forget_unsaved()
    pictures, dialogs = len(forget_pictures()), _removed(dialogs_folder())
    return Forgotten(recent, last_folder, pictures, dialogs, recovery, preferences, running)


def _forget_paths() -> tuple[int, bool]:
    """Take the paths out of the preferences; return how many studies there were, and a last folder."""
    place = preferences_path()
    if not place.exists():
        return 0, False
    try:
        stored = json.loads(place.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        stored = None
    if not isinstance(stored, dict):
        # Nobody can tell what is in it.
        _removed(place)
        return 0, False
    recent, folder = stored.get("recent"), bool(stored.get("last_folder"))
    count = len(recent) if isinstance(recent, list | tuple) else int(bool(recent))
    if count or folder:
        save_preferences(load_preferences().without_recent())
    return count, folder


def _forget_unsaved() -> tuple[int, int]:
    """Remove unsaved work; return how many files are gone, and how many belong to running windows."""
    gone = running = 0
    for place in recovery_files():
        lock = place.with_suffix(".lock")
        if _is_held(lock):
            running += 1
            continue
        remove_recovered(place)
        _removed(lock)
        if place.exists():
            raise WriteError(str(place), "could not be removed", "Check the folder's rights")
        gone += 1
    return gone, running


def _is_held(lock: Path) -> bool:
    """Return whether the process that a lock names still runs; its first line is that process's number."""
    try:
        process = int(lock.read_text(encoding="utf-8", errors="replace").splitlines()[0])
        os.kill(process, 0)
    except PermissionError:
        return True
    except (OSError, ValueError, IndexError, OverflowError):
        return False
    return True


def _removed(place: Path) -> bool:
    """Remove a file or a folder; return whether there was one."""
    if not os.path.lexists(place):
        return False
    if place.is_dir() and not place.is_symlink():
        shutil.rmtree(place, ignore_errors=True)
    else:
        with suppress(OSError):
            place.unlink()
    if os.path.lexists(place):
        raise WriteError(str(place), "could not be removed", "Check the rights of its folder")
    return True
