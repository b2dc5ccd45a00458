"""Unsaved work kept aside, so that a crash loses little of it: one session file for each window.

They lie in the user's state folder. A lock beside each says that its window still runs; the window's
side of that is in ``ui/recovery.py``.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from heatviewer import __version__
from heatviewer.app.studies.opening import open_studies
from heatviewer.app.studies.presets import presets_used
from heatviewer.core.errors import HeatViewerError, ReadError, WriteError
from heatviewer.core.output import whole_file
from heatviewer.documents.json_text import compact
from heatviewer.documents.places import SUFFIX
from heatviewer.documents.session import session_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from heatviewer.app.studies.study import Study
    from heatviewer.model.scene_state import SceneState

#: The key under which such a session says what it was made of.
_KEY = "recovery"


@dataclass(frozen=True)
class Recovered:
    """Unsaved work that was found.

    Attributes
    ----------
    path : Path
        The file that it lies in.
    study : Study
        As it is opened: named after its own session, whose folder its relative paths start from.
    file : str
        Absolute path of the session it was made in; empty for a study that had none.
    name : str
        As people know it.
    saved : datetime
        When it was kept aside, local time.
    """

    path: Path
    study: Study
    file: str
    name: str
    saved: datetime


def recovery_folder() -> Path:
    """Return where unsaved work is kept aside on this system."""
    import platformdirs

    return Path(platformdirs.user_state_dir("heatviewer", appauthor=False)) / "recovery"


def recovery_files() -> list[Path]:
    """Return all unsaved work that is kept aside, of running windows too, the latest first."""
    try:
        found = [(place.stat().st_mtime, place) for place in recovery_folder().glob(f"*{SUFFIX}")]
    except OSError:
        return []
    return [place for _, place in sorted(found, reverse=True)]


def keep_aside(state: SceneState, place: Path, file: str, name: str) -> None:
    """Write unsaved work, whole or not at all; on any thread.

    Parameters
    ----------
    place : Path
        Where; its folder is made for its owner alone.
    file : str
        Absolute path of the session it was made in; empty for none.
    name : str
        As people know the study.

    Raises
    ------
    WriteError
    """
    kept = json.loads(state.kept) if state.kept else {}
    marked = state.replaced(kept=compact({**kept, _KEY: {"file": file, "name": name}}))
    data = session_bytes(marked, None, presets_used(state), f"HeatViewer {__version__}")
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise WriteError(str(place.parent), "could not be made", "Check the rights of its folder") from error
    with whole_file(place, durable=True) as written:
        written.write(data)


def find_recovered(places: Sequence[Path]) -> list[Recovered]:
    """Return the unsaved work in some files; what cannot be read is left where it is."""
    found = []
    for place in places:
        with suppress(HeatViewerError, OSError):
            found.append(read_recovered(place))
    return found


def read_recovered(place: Path) -> Recovered:
    """Return the unsaved work in a file.

    Raises
    ------
    ReadError
    """
    [study] = open_studies(place)
    about = study.kept.get(_KEY)
    if not isinstance(about, dict):
        raise ReadError(place.name, "is no unsaved work", "Open it as a session")
    file, name = about.get("file"), about.get("name")
    file, name = (str(text) if isinstance(text, str) else "" for text in (file, name))
    opened = replace(
        study,
        name=Path(file).stem if file else name or "Untitled",
        file=file,
        folder=str(Path(file).parent) if file else study.folder,
        kept={key: value for key, value in study.kept.items() if key != _KEY},
    )
    saved = datetime.fromtimestamp(place.stat().st_mtime)
    return Recovered(place, opened, file, Path(file).name if file else name or "Untitled", saved)


def remove_recovered(place: Path) -> None:
    """Forget unsaved work that was saved, discarded or closed; nothing happens where there is none."""
    for leftover in (place, *place.parent.glob(f".{place.name}.*.part")):
        with suppress(OSError):
            leftover.unlink()
