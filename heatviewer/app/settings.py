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
    recent : tuple of str
        Paths opened as a study, the latest first.
    curve : bool
        Whether the curve at the crosshair is shown while a layer has frames.
    geometry, window_state : str
        The window's place and its panels, as base64 of what the toolkit gives.
    """

    theme: Theme = "system"
    last_folder: str = ""
    recent: tuple[str, ...] = ()
    curve: bool = True
    geometry: str = ""
    window_state: str = ""

    def with_opened(self, path: str | Path) -> Preferences:
        """Return a copy in which a path is the latest, and its folder where dialogs start."""
        opened = Path(path).absolute()
        rest = [other for other in self.recent if other != str(opened)]
        return self.replaced(recent=(str(opened), *rest)[:MAX_RECENT], last_folder=str(opened.parent))

    def without(self, path: str) -> Preferences:
        """Return a copy that no longer lists a path."""
        return self.replaced(recent=tuple(other for other in self.recent if other != path))


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
