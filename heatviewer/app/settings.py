"""What the program remembers between two starts: theme, folders, recent files, the window's shape.

One JSON file in the user's configuration folder. It holds paths as they were opened and nothing that
was read from a file, so no patient's name comes into it.
"""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Literal

from heatviewer.app.recent import Recent, RecentKind, Recents
from heatviewer.core.errors import SettingError, WriteError
from heatviewer.model.base import Settings

Theme = Literal["system", "light", "dark"]
#: How many recently opened paths are kept.
MAX_RECENT = 12


class Preferences(Settings):
    """The person's choices and the window's last state.

    Attributes
    ----------
    theme : {'system', 'light', 'dark'}
    last_folder : str
        Where the next open dialog starts; empty for the home folder.
    recent : tuple of Recent
        What was opened as a study, the latest first; plain paths are taken too.
    keep_recent : bool
        Whether what is opened comes into this list, and its folder into `last_folder`.
    curve : bool
        Whether the curve at the crosshair is shown while a layer has frames.
    reload_changed : bool
        Whether files are read again when they change on disk.
    patient_names : bool
        Whether the window's title tells the patient's name; it comes from the file each time anew.
    geometry, window_state : str
        The window's place and its panels, as base64 of what the toolkit gives.
    """

    theme: Theme = "system"
    last_folder: str = ""
    recent: Recents = ()
    keep_recent: bool = True
    curve: bool = True
    reload_changed: bool = True
    patient_names: bool = False
    geometry: str = ""
    window_state: str = ""

    @property
    def recent_paths(self) -> tuple[str, ...]:
        """The paths of recent studies, the latest first."""
        return tuple(recent.path for recent in self.recent)

    def with_opened(self, path: str | Path, kind: RecentKind = "", when: float = 0.0) -> Preferences:
        """Return a copy in which a path is the latest, and its folder where dialogs start."""
        opened = Path(path).absolute()
        latest = Recent(path=str(opened), kind=kind, when=when)
        rest = [other for other in self.recent if other.path != latest.path]
        return self.replaced(recent=(latest, *rest)[:MAX_RECENT], last_folder=str(opened.parent))

    def without(self, path: str) -> Preferences:
        """Return a copy that no longer lists a path."""
        return self.replaced(recent=tuple(other for other in self.recent if other.path != path))

    def without_recent(self) -> Preferences:
        """Return a copy that tells nothing of what was opened."""
        return self.replaced(recent=(), last_folder="")


def preferences_path() -> Path:
    """Return where the preferences lie on this system."""
    import platformdirs

    return Path(platformdirs.user_config_dir("heatviewer", appauthor=False)) / "preferences.json"


def load_preferences(path: Path | None = None) -> Preferences:
    """Return the stored preferences; the defaults where there are none or they cannot be used.

    Keys of other versions are left out, and so is every value that is not allowed: preferences
    never stop the program.
    """
    try:
        stored = json.loads((path or preferences_path()).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Preferences()
    preferences = Preferences()
    for name in Preferences.model_fields:
        if isinstance(stored, dict) and name in stored:
            with suppress(SettingError):
                preferences = preferences.replaced(**{name: stored[name]})
    return preferences


def save_changes(before: Preferences, after: Preferences, with_folder: bool = True) -> None:
    """Write what changed between two states over what other windows and commands have written.

    Parameters
    ----------
    with_folder : bool
        Whether it may be kept where dialogs were last; that it is forgotten always is.

    Raises
    ------
    WriteError
        Where the configuration folder cannot be written; the old file is as it was.
    """
    pairs = ((name, getattr(before, name), getattr(after, name)) for name in Preferences.model_fields)
    changed = {name: now for name, then, now in pairs if now != then}
    if not with_folder and after.last_folder:
        changed.pop("last_folder", None)
    save_preferences(load_preferences().replaced(**changed))


def save_preferences(preferences: Preferences, path: Path | None = None) -> None:
    """Write the preferences whole or not at all.

    Raises
    ------
    WriteError
        Where the configuration folder cannot be written; the old file is as it was.
    """
    target = path or preferences_path()
    text = json.dumps(preferences.model_dump(), indent=2, ensure_ascii=False) + "\n"
    written = ""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, written = tempfile.mkstemp(dir=target.parent, prefix=".preferences-")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(written, target)
    except OSError as error:
        if written:
            with suppress(OSError):
                os.unlink(written)
        reason = error.strerror or type(error).__name__
        raise WriteError(
            target.name, f"could not be written ({reason})", "Check the folder's rights"
        ) from error
