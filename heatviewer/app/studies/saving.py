"""A scene as a session file: written whole or not at all, the version before it kept."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from heatviewer import __version__
from heatviewer.app.studies.presets import presets_used
from heatviewer.core.errors import WriteError
from heatviewer.core.output import part_of, remove_stale_parts, whole_file
from heatviewer.documents.places import BACKUP, SUFFIX
from heatviewer.documents.session import session_bytes

if TYPE_CHECKING:
    from heatviewer.model.scene_state import SceneState


def save_session(state: SceneState, path: str | Path) -> Path:
    """Write a scene's display state as a session and return the file's absolute path; on any thread.

    Parameters
    ----------
    path : path
        Without the suffix ``.hvs`` it gets it. Missing folders are made.

    Raises
    ------
    WriteError
        Naming what could not be written; the session that was there is as it was.
    """
    named = session_path(path)
    place = Path(os.path.realpath(named))
    _check_open(place)
    data = session_bytes(state, str(place.parent), presets_used(state), f"HeatViewer {__version__}")
    with whole_file(place, durable=True) as file:
        file.write(data)
        file.flush()
        keep_backup(place)
    return named


def _check_open(place: Path) -> None:
    """Refuse to replace a session that is marked as read only: renaming over it would not ask."""
    try:
        mode = os.stat(place).st_mode
    except (OSError, ValueError):
        return  # it is not there, or writing tells why not
    if not mode & 0o222:
        what = "is marked as read only"
        raise WriteError(place.name, what, "Save under another name, or take the mark away")


def session_path(path: str | Path) -> Path:
    """Return an absolute path that ends as sessions do; WriteError where no file is named."""
    if not os.path.basename(os.fspath(path)).strip("."):
        raise WriteError("session", f"'{path}' names no file", "Give the path of a file")
    place = Path(os.path.abspath(path))
    return place if place.suffix.lower() == SUFFIX else place.with_name(place.name + SUFFIX)


def keep_backup(place: Path) -> None:
    """Give the file that is about to be replaced a second name; there is never a moment without either."""
    if not place.is_file():
        return
    backup = place.with_name(place.name + BACKUP)
    remove_stale_parts(backup)
    part = part_of(backup)
    with suppress(OSError):
        try:
            # A link and no copy: the file is whole, and no second one is written.
            os.link(place, part)
        except OSError:
            # Not every disk has links.
            shutil.copy2(place, part)
        os.replace(part, backup)
    with suppress(OSError):
        part.unlink(missing_ok=True)


def unsaved_layers(state: SceneState) -> tuple[str, ...]:
    """Return the names of layers that a session cannot bring back whole: their data are in no file.

    A layer whose opacity follows such data is among them.
    """
    ids = {layer.id for layer in state.layers}
    follows = {layer.id: layer.opacity_by for layer in state.heatmaps}
    return tuple(
        layer.name or "a layer without a name"
        for layer in state.layers
        if not layer.source
        or ((by := follows.get(layer.id)) is not None and not by.source and by.volume not in ids)
    )


def warn_of_unsaved(state: SceneState) -> None:
    """Warn, as Python does, of layers that a session names but cannot bring back."""
    import warnings

    if lost := unsaved_layers(state):
        what = f"{', '.join(lost)}: made in memory, so no session brings it back"
        warnings.warn(f"{what}. Save it to a file and add that.", UserWarning, stacklevel=4)
