"""What goes with a reader from case to case, and what a case keeps while others are shown."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from heatviewer.core.errors import SettingError
from heatviewer.documents.session import session_bytes
from heatviewer.model.layer import STYLE_FIELDS
from heatviewer.model.scene_state import MissingLayer
from heatviewer.model.view import ViewState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from heatviewer.app.studies.reading import ReadStudy
    from heatviewer.app.studies.study import Study
    from heatviewer.model.layer import BaseLayer, HeatmapLayer
    from heatviewer.model.scene_state import SceneState

BASE_ROLE: Final = "base"
_BASE_FIELDS: Final = ("window", "invert", "interpolation", "opacity_3d")
#: What is looked at is each case's own; how it is looked at goes with the reader.
_OWN_VIEW: Final = ("cursor", "axial", "coronal", "sagittal_camera", "camera", "solo")
_OWN_CAMERA: Final = ("zoom", "pan")
#: Whether a setting was taken from the data: what was, is no wish of a reader.
_AUTOMATIC: Final = {"window": "window_auto", "data_range": "data_range_auto"}

#: A layer's role by its id.
Roles = dict[str, str]


@dataclass(frozen=True)
class Kept:
    """A case as it was left.

    Attributes
    ----------
    document : dict
        As a session describes it.
    roles : tuple of str
        Of its heatmaps, missing ones too, bottom first; empty for one that was added.
    """

    document: dict[str, Any]
    roles: tuple[str, ...]


class Carrying:
    """The settings that a reader has changed, by the layer's role; the last change of each."""

    def __init__(self) -> None:
        self._looks: dict[str, dict[str, Any]] = {}

    def learn(self, before: SceneState, after: SceneState, roles: Mapping[str, str]) -> None:
        """Take note of what was changed while a case was shown."""
        if before.base is not None and after.base is not None and before.base.id == after.base.id:
            self._learn(BASE_ROLE, before.base, after.base, _BASE_FIELDS)
        was = {layer.id: layer for layer in before.heatmaps}
        for layer in after.heatmaps:
            if layer.id in was and roles.get(layer.id):
                self._learn(roles[layer.id], was[layer.id], layer, STYLE_FIELDS)

    def _learn(
        self,
        role: str,
        before: BaseLayer | HeatmapLayer,
        after: BaseLayer | HeatmapLayer,
        fields: tuple[str, ...],
    ) -> None:
        look = self._looks.setdefault(role, {})
        for name in fields:
            flag = _AUTOMATIC.get(name)
            same = getattr(before, name) == getattr(after, name)
            if flag is not None and getattr(after, flag):
                if not getattr(before, flag):
                    look.pop(name, None)
                    look.pop(flag, None)
            elif not same or (flag is not None and getattr(before, flag)):
                look[name] = getattr(after, name)
                look |= {flag: False} if flag is not None else {}

    def applied(self, state: SceneState, roles: Mapping[str, str]) -> SceneState:
        """Return a case's state with what the reader has changed in others."""
        base, look = state.base, self._looks.get(BASE_ROLE)
        if base is not None and look:
            state = state.replaced(base=_changed(base, look))
        for layer in state.heatmaps:
            if look := self._looks.get(roles.get(layer.id, "")):
                state = state.with_heatmap(_changed(layer, look))
        return state


def _changed(layer: Any, look: Mapping[str, Any]) -> Any:
    """Return a layer in another look; a setting that does not fit its own others stays as it is."""
    try:
        return layer.replaced(**look)
    except SettingError:
        pass
    for name, value in look.items():
        try:
            layer = layer.replaced(**{name: value})
        except SettingError:
            continue
    return layer


def view_of(now: ViewState, own: ViewState, fixed: frozenset[str] = frozenset()) -> ViewState:
    """Return a case's view: cursor, zoom and pan its own, all else as it is now.

    `fixed` are further fields that are its own, as a session says.
    """
    names = [name for name in ViewState.model_fields if name not in {*_OWN_VIEW, *fixed}]
    camera = own.camera
    if "camera" not in fixed:
        camera = now.camera.replaced(**{name: getattr(own.camera, name) for name in _OWN_CAMERA})
    return own.replaced(camera=camera, **{name: getattr(now, name) for name in names})


def kept_of(state: SceneState, roles: Mapping[str, str]) -> Kept:
    """Return what is kept of a case that is left: how it is shown, and no data."""
    document = json.loads(session_bytes(state, None))
    found = [f"missing {one.index}" if isinstance(one, MissingLayer) else one.id for one in state.listed]
    return Kept(document, tuple(roles.get(name, "") for name in found))


def roles_of(read: ReadStudy, entry_roles: tuple[str, ...]) -> Roles:
    """Return the roles of a study's layers by their ids; of missing ones by ``"missing N"``.

    Parameters
    ----------
    entry_roles : tuple of str
        Of the study's heatmap entries, in their order.
    """
    missing = {one.index for one in read.state.missing if one.role == "heatmap"}
    entries = list(zip(read.study.heatmaps, entry_roles, strict=False))
    found = {f"missing {entry.index}": role for entry, role in entries if entry.index in missing}
    there = [role for entry, role in entries if entry.index not in missing]
    for role, layers in zip(there, _by_entry(read.state.heatmaps, len(there)), strict=False):
        for number, layer in enumerate(layers):
            found[layer.id] = f"{role}/{number}" if role and number else role
    return found


def _by_entry(layers: tuple[HeatmapLayer, ...], entries: int) -> list[list[HeatmapLayer]]:
    """Return layers by the entry that they came of: a file of segments gives several."""
    if len(layers) == entries:
        return [[layer] for layer in layers]
    return [list(group) for _, group in groupby(layers, key=lambda layer: layer.source)]


def study_again(kept: Kept, study: Study) -> Study:
    """Return a case's study as it was left."""
    from heatviewer.documents.session import parse_session

    return study.holding(parse_session(kept.document, study.name))
