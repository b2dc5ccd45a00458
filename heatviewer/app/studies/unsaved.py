"""What of a study is a person's work, and whether all of it lies in a file.

Work is what was made of layers, of the study and of how it is laid out. Where one looks (cursor, zoom,
pan, camera, the selected layer, the frame that is shown) is saved too, but nobody is asked about it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from heatviewer.documents.places import SUFFIX

if TYPE_CHECKING:
    from heatviewer.app.history import History
    from heatviewer.app.studies.overwriting import Stamp
    from heatviewer.model.layer import BaseLayer, HeatmapLayer
    from heatviewer.model.scene_state import SceneState
    from heatviewer.model.view import ViewState

#: Where one looks, and what is known of a file: no work of a person.
_LOOKING = {"cursor", "axial", "coronal", "sagittal_camera", "camera"}
_NO_WORK = {"frame", "identity"}
#: A setting that was taken from the data is none either, by the field that says so.
_AUTOMATIC = {"window_auto": "window", "data_range_auto": "data_range"}
#: States that are remembered as saved or just loaded; more are never gone back to.
_MAX_CLEAN = 20


def same_work(one: SceneState, other: SceneState) -> bool:
    """Return whether two states hold the same work; 15 µs for 20 layers, so after every change."""
    if one is other:
        return True
    return (
        len(one.heatmaps) == len(other.heatmaps)
        and _same_layer(one.base, other.base)
        and all(map(_same_layer, one.heatmaps, other.heatmaps))
        and _same_view(one.view, other.view)
        and one.notes == other.notes
        and one.missing == other.missing
        and one.metadata == other.metadata
        and one.kept == other.kept
    )


def _same_layer(one: BaseLayer | HeatmapLayer | None, other: BaseLayer | HeatmapLayer | None) -> bool:
    if one is other:
        return True
    if one is None or other is None or one.id != other.id:
        return False
    left, right = _settings(one), _settings(other)
    for flag, name in _AUTOMATIC.items():
        if left.get(flag) and right.get(flag):
            del left[name], right[name]
    return left == right


def _settings(layer: BaseLayer | HeatmapLayer) -> dict[str, Any]:
    found = {name: value for name, value in vars(layer).items() if name not in _NO_WORK}
    if (follows := found.get("opacity_by")) is not None:
        found["opacity_by"] = {name: value for name, value in vars(follows).items() if name not in _NO_WORK}
    return found


def _same_view(one: ViewState, other: ViewState) -> bool:
    if one is other:
        return True
    left, right = vars(one), vars(other)
    return all(left[name] == right[name] for name in left if name not in _LOOKING)


def is_empty(state: SceneState) -> bool:
    """Return whether there is nothing that could be saved."""
    return not (state.layers or state.missing or state.notes)


class Left(NamedTuple):
    """What is known of a study that was left and may be shown again: see `Work`."""

    file: str
    stamp: Stamp | None
    unsaved: bool


@dataclass
class Work:
    """One study that is or was open: its file, and the states in which nothing of it is unsaved.

    Attributes
    ----------
    history : History
        The study's own; by it the study is known again when it comes back.
    clean : tuple of SceneState
        As it was saved, or as it came before anybody changed it; the latest last.
    file : str
        Absolute path of its session; empty while it has none.
    origin : str
        Absolute path of the session it came from, where that is not to be saved over: a backup.
    recovered : bool
        Whether it came back after a crash: it is unsaved until it is saved.
    stamp : Stamp or None
        Which version of its session was opened or saved here last.
    """

    history: History
    clean: tuple[SceneState, ...] = field(default=())
    file: str = ""
    recovered: bool = False
    stamp: Stamp | None = None
    origin: str = ""

    def belongs_to(self, session: str) -> Work:
        """Take a session for this study's file, unless it is a backup, or by its name none; return itself."""
        is_own = session.lower().endswith(SUFFIX)
        self.file, self.origin = (session, "") if is_own else ("", session)
        return self

    def is_unsaved(self, state: SceneState) -> bool:
        """Return whether a state holds work that is in no file."""
        if self.recovered:
            return True
        if not self.file and is_empty(state):
            return False
        return not any(same_work(state, clean) for clean in reversed(self.clean))

    def loaded(self, before: SceneState, after: SceneState) -> None:
        """Take note that files were loaded: as long as there is no session, that alone is no work.

        Parameters
        ----------
        before, after : SceneState
            Around the loading.
        """
        if not self.file and not self.is_unsaved(before):
            self.clean = (*self.clean, after)[-_MAX_CLEAN:]

    def saved(self, state: SceneState, file: str) -> None:
        """Take note that a state was written to a session."""
        self.clean, self.file, self.recovered, self.origin = (state,), file, False, ""
