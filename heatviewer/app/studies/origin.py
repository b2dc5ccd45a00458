"""Which session a scene was opened from or saved in, so that a window that shows it saves there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from heatviewer.app.studies.overwriting import stamp_of
from heatviewer.app.studies.saving import save_session, warn_of_unsaved

if TYPE_CHECKING:
    from pathlib import Path

    from heatviewer.app.history import History
    from heatviewer.app.scene import Scene
    from heatviewer.app.studies.overwriting import Stamp
    from heatviewer.model.scene_state import SceneState


@dataclass(frozen=True)
class Origin:
    """A session, and what of it was shown.

    Attributes
    ----------
    file : str
        Absolute path.
    stamp : Stamp or None
        Which version of the file it is.
    state : SceneState
        What the file holds.
    """

    file: str
    stamp: Stamp | None
    state: SceneState


#: By a study's own history, and gone with it.
_ORIGINS: WeakKeyDictionary[History, Origin] = WeakKeyDictionary()


def came_from(scene: Scene, file: str, stamp: Stamp | None) -> None:
    """Take note that a scene shows, as it is now, what a session holds."""
    _ORIGINS[scene.history] = Origin(file, stamp, scene.state)


def origin_of(scene: Scene) -> Origin | None:
    """Return the session of the study that a scene shows; None for none that is known."""
    return _ORIGINS.get(scene.history)


def save_scene(scene: Scene, path: str | Path) -> Path:
    """Save a scene as a session and take note of it; warn of what no session can hold.

    Raises
    ------
    WriteError
    """
    warn_of_unsaved(scene.state)
    written = save_session(scene.state, path)
    came_from(scene, str(written), stamp_of(written))
    return written
