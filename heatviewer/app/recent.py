"""Studies that were open lately: where they are, when, of what kind, and a small picture of each.

Only paths and pictures are kept, nothing that a header says. The pictures are PNG files in the
user's cache, which nobody else may read; their names are digests of the paths.
"""

from __future__ import annotations

import os
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field

from heatviewer.core.errors import SettingError, WriteError
from heatviewer.model.base import Settings

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from heatviewer.core.geometry import PlaneName
    from heatviewer.core.volume import Volume
    from heatviewer.model.scene_state import SceneState

#: What a path is, for its icon where there is no picture; empty: not known.
RecentKind = Literal["", "folder", "archive", "volume", "session", "task", "worklist"]
#: Side of a picture in pixels: shown on half as many units, so that it is sharp on a doubled screen.
PICTURE_SIDE: Final = 144
_SUFFIX: Final = ".png"
#: A slice whose sides differ more is a strip.
_STRIP: Final = 0.34


class Recent(Settings):
    """One study of the list.

    Attributes
    ----------
    path : str
        Absolute, as it was opened.
    when : float
        When it was opened last, in seconds since 1970 (UTC); 0 where that is not known.
    kind : str
        What the path is.
    """

    path: str
    when: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    kind: RecentKind = ""

    @property
    def name(self) -> str:
        """What lists show: the last part of the path."""
        return Path(self.path).name or self.path

    @property
    def folder(self) -> str:
        """Where it lies; the home folder is written ``~``."""
        place, home = Path(self.path).parent, Path.home()
        return f"~{os.sep}{place.relative_to(home)}" if home in place.parents else str(place)


def _recents(value: Any) -> Any:
    """Return a list in which plain paths, as earlier versions kept them, are entries."""
    if not isinstance(value, list | tuple):
        return value
    return tuple(_recent(item) for item in value)


def _recent(item: Any) -> Any:
    if isinstance(item, str):
        return Recent(path=item)
    if isinstance(item, dict):
        known = {str(name): value for name, value in item.items() if name in Recent.model_fields}
        try:
            return Recent(**known)
        except SettingError:
            # What another version says of it is worth less than that it is there.
            return Recent(path=str(known.get("path", "")))
    return item


Recents = Annotated[tuple[Recent, ...], BeforeValidator(_recents)]


def when_told(when: float, now: float) -> str:
    """Return when something was, in words: 'just now', '5 minutes ago', 'yesterday', or the day.

    Parameters
    ----------
    when, now : float
        Seconds since 1970 (UTC); 0 is not known, and gives an empty text.
    """
    from datetime import datetime

    if when <= 0:
        return ""
    minutes = int((now - when) // 60)
    then, today = datetime.fromtimestamp(when).astimezone(), datetime.fromtimestamp(now).astimezone()
    days = (today.date() - then.date()).days
    if days == 0 and minutes < 60:
        return "just now" if minutes < 1 else f"{minutes} minute{'s' * (minutes > 1)} ago"
    if days == 0:
        return f"today at {then:%H:%M}"
    if days == 1:
        return f"yesterday at {then:%H:%M}"
    return f"{days} days ago" if 1 < days < 7 else f"{then:%Y-%m-%d}"


# --- pictures ----------------------------------------------------------------------------------


def pictures_folder() -> Path:
    """Return where the pictures of recent studies lie on this system."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("heatviewer", appauthor=False)) / "recent"


def dialogs_folder() -> Path:
    """Return where file dialogs keep the folders that they were in."""
    return pictures_folder().parent / "dialogs"


def picture_path(path: str) -> Path:
    """Return where the picture of a study is kept, whether there is one or not."""
    digest = sha256(os.fsencode(os.path.abspath(path))).hexdigest()
    return pictures_folder() / f"{digest[:32]}{_SUFFIX}"


def study_picture(state: SceneState, volumes: Mapping[str, Volume]) -> NDArray[np.uint8]:
    """Return a slice with its heatmaps as the window shows it, uint8 RGBA, square, without text.

    It is the axial one, or where that is a mere strip, the plane in which most is to be seen.
    """
    from heatviewer.app.pictures import view_picture

    base = None if state.base is None else volumes.get(state.base.id)
    plane = "axial" if base is None else _picture_plane(base)
    return view_picture(state, volumes, plane, (PICTURE_SIDE, PICTURE_SIDE), "bare")


def _picture_plane(base: Volume) -> PlaneName:
    corners = base.corners_world
    x, y, z = (float(size) for size in corners.max(axis=0) - corners.min(axis=0))
    sides: dict[PlaneName, tuple[float, float]] = {"axial": (x, y), "coronal": (x, z), "sagittal": (y, z)}
    if min(x, y) >= max(x, y) * _STRIP or base.flat:
        return "axial"
    return max(sides, key=lambda plane: sides[plane][0] * sides[plane][1])


def save_picture(path: str, rgba: NDArray[np.uint8]) -> None:
    """Keep the picture of a study, whole, for its user alone.

    Raises
    ------
    WriteError
        The cache cannot be written.
    """
    from heatviewer.drawing.figure import write_png

    target = picture_path(path)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # Before anything lies in it: a file is never open to others, not even while it is written.
        target.parent.chmod(0o700)
        write_png(target, rgba)
        target.chmod(0o600)
    except OSError as error:
        if isinstance(error, WriteError):
            raise
        reason = error.strerror or type(error).__name__
        raise WriteError(target.parent.name, f"cannot be written ({reason})", "Check the cache") from error


def forget_pictures(keep: Collection[str] = ()) -> tuple[Path, ...]:
    """Remove the pictures of all studies but those whose paths are to be kept; return what is gone."""
    kept = {picture_path(path) for path in keep}
    gone = []
    with suppress(OSError):
        for file in sorted(pictures_folder().iterdir()):
            if file not in kept:
                with suppress(OSError):
                    file.unlink()
                    gone.append(file)
    if not kept:
        with suppress(OSError):
            pictures_folder().rmdir()
    return tuple(gone)
