"""A session saved over a file that may have been written by somebody else meanwhile."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from heatviewer.app.studies.saving import save_session
from heatviewer.core.errors import WriteError

if TYPE_CHECKING:
    from heatviewer.model.scene_state import SceneState


@dataclass(frozen=True)
class Stamp:
    """Which version of a file it is: a file that is replaced gets another number."""

    changed_ns: int
    size: int
    number: int


class ChangedOnDiskError(WriteError):
    """A session that somebody else has saved since it was opened or saved here; it is as it was."""


@dataclass(frozen=True)
class Saved:
    """A session that was written.

    Attributes
    ----------
    path : str
        Absolute.
    stamp : Stamp or None
        None where it could not be looked at.
    """

    path: str
    stamp: Stamp | None


def stamp_of(path: str | Path) -> Stamp | None:
    """Return which version of a file is there now; None for none."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return Stamp(found.st_mtime_ns, found.st_size, found.st_ino)


def _check_folder(folder: str) -> None:
    """Refuse a folder that vanished: made anew it would be another, as where a drive is unplugged."""
    try:
        os.stat(folder)
    except FileNotFoundError:
        raise WriteError(folder, "is no longer there", "Bring it back, or save elsewhere") from None
    except OSError:
        return  # writing tells why not


def save_over(state: SceneState, path: str | Path, known: Stamp | None) -> Saved:
    """Save a state as a session, unless the file is another one than is known; on any thread.

    Parameters
    ----------
    known : Stamp or None
        The version that may be overwritten; None: any.

    Raises
    ------
    ChangedOnDiskError
        Another version is there.
    WriteError
        Naming what could not be written.
    """
    if known is not None:
        _check_folder(os.path.dirname(os.path.abspath(path)))
    there = stamp_of(path) if known is not None else None
    if there is not None and there != known:
        raise ChangedOnDiskError(
            Path(path).name,
            "was saved by somebody else since it was opened or saved here",
            "Save under another name, or overwrite it",
        )
    written = save_session(state, path)
    return Saved(str(written), stamp_of(written))
