"""The scene: volumes, how they are shown, and the history of changes. Free of Qt."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from psygnal import Signal

from heatviewer.app import links
from heatviewer.app.changes import (
    as_volume,
    base_changes,
    base_fields,
    heatmap_changes,
    heatmap_fields,
    with_solo,
)
from heatviewer.app.history import History
from heatviewer.app.layers import Base, Heatmap
from heatviewer.app.opacity_source import opacity_source
from heatviewer.app.user_presets import use_user_presets
from heatviewer.core.errors import SettingError
from heatviewer.core.geometry import Vec3, vec3
from heatviewer.core.volume import Volume
from heatviewer.model.draws import soloed
from heatviewer.model.layer import BaseLayer, HeatmapLayer
from heatviewer.model.scene_state import SceneState
from heatviewer.model.view import ViewState

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import ArrayLike


@dataclass(frozen=True)
class SceneChange:
    """What an event tells: the display state before and after.

    ``held`` is a change under a merge key, as a dragged handle makes many of; the last is followed
    by ``Scene.settled``.
    """

    before: SceneState
    after: SceneState
    held: bool = False

    @property
    def layers(self) -> bool:
        """Whether the base or any heatmap changed, came or went."""
        return self.before.base != self.after.base or self.before.heatmaps != self.after.heatmaps

    @property
    def layer_list(self) -> bool:
        """Whether layers came, went or changed their order."""
        return self._ids(self.before) != self._ids(self.after)

    @property
    def view(self) -> bool:
        """Whether cursor, planes, camera or layout changed."""
        return self.before.view != self.after.view

    @property
    def cursor(self) -> bool:
        """Whether the cursor moved."""
        return self.before.view.cursor != self.after.view.cursor

    @property
    def selection(self) -> bool:
        """Whether another heatmap is selected."""
        return self.before.selected != self.after.selected

    @staticmethod
    def _ids(state: SceneState) -> tuple[str, ...]:
        return tuple(layer.id for layer in state.layers)


class Scene:
    """A base series, heatmaps over it, a cursor and view settings, with events and undo.

    Attributes
    ----------
    changed : psygnal.Signal
        Emits a `SceneChange` after every change, whoever made it.
    settled : psygnal.Signal
        Emits when a drag has ended.
    state : SceneState
        The display state; replaced as a whole by every change.
    volumes : dict
        The data by layer id.
    history : History
        What can be undone and redone.
    """

    changed = Signal(SceneChange)
    settled = Signal()
    _ids: ClassVar[Iterator[int]] = count(1)
    #: What may be set; a misspelt name is an error, as on layers.
    _ASSIGNABLE: ClassVar = frozenset({"state", "volumes", "history", "cursor", "solo", "_inner_steps"})

    def __init__(self) -> None:
        use_user_presets()
        self.state = SceneState()
        self.volumes: dict[str, Volume] = {}
        self.history = History()
        #: How many `one_step` are open: what they leave is looked at when the outermost ends.
        self._inner_steps = 0

    @classmethod
    def from_arrays(cls, base: ArrayLike, affine: ArrayLike | None = None, **settings: Any) -> Scene:
        """Return a scene on an array of shape (x, y, z[, t]); affine: voxel → world RAS+ mm.

        Without an affine voxels are 1 mm and the grid is centred on 0.
        """
        scene = cls()
        scene.set_base(as_volume(base, affine, str(settings.get("name", "array"))), **settings)
        return scene

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self._ASSIGNABLE:
            raise AttributeError(f"a scene has no setting '{name}'")
        super().__setattr__(name, value)

    # --- what is there ---------------------------------------------------------------------

    @property
    def base(self) -> Base | None:
        """The base series, or None in an empty scene."""
        return Base(self, self.state.base.id) if self.state.base else None

    @property
    def heatmaps(self) -> tuple[Heatmap, ...]:
        """The heatmaps, bottom first."""
        return tuple(Heatmap(self, layer.id) for layer in self.state.heatmaps)

    @property
    def selected(self) -> Heatmap | None:
        """The heatmap that keys and the editor act on."""
        ids = {layer.id for layer in self.state.heatmaps}
        return Heatmap(self, self.state.selected) if self.state.selected in ids else None

    @property
    def solo(self) -> Heatmap | None:
        """The heatmap that is shown alone; assignable, by handle or id, None shows all again."""
        found = soloed(self.state)
        return Heatmap(self, found) if found is not None else None

    @solo.setter
    def solo(self, layer: Heatmap | str | None) -> None:
        if layer is None:
            self._record("Show all heatmaps", with_solo(self.state, None))
            return
        shown = self.state.heatmap(self._known(_id_of(layer)))
        # Alone, it is seen: a hidden one is switched on with it.
        after = self.state.with_heatmap(shown.replaced(visible=True))
        self._record(f"Show {shown.name} alone", with_solo(after, shown.id))

    @property
    def base_volume(self) -> Volume | None:
        """The base's data, or None."""
        return self.volumes.get(self.state.base.id) if self.state.base else None

    @property
    def view(self) -> ViewState:
        """Cursor, planes, camera and layout."""
        return self.state.view

    @property
    def cursor(self) -> Vec3:
        """The crosshair's world point, mm; assignable."""
        return self.state.view.cursor

    @cursor.setter
    def cursor(self, world: ArrayLike) -> None:
        point = np.asarray(world, dtype=np.float64)
        if point.shape != (3,) or not np.isfinite(point).all():
            raise SettingError("cursor", f"{world!r} is not a world point", "Give x, y and z in mm")
        self.edit_view(cursor=vec3(point))

    # --- layers come and go ----------------------------------------------------------------

    def set_base(self, volume: Volume, source: str = "", series: str | None = None, **settings: Any) -> Base:
        """Make a volume the base of an emptied scene; history starts anew."""
        fields = base_fields(volume)
        fields |= {"window_auto": False} if settings.get("window") is not None else {}
        fields |= {name: value for name, value in settings.items() if value is not None}
        layer = BaseLayer(id=self._new_id("base"), source=source, series=series, **fields)
        kept = self.state.view.model_dump(include={"convention", "sagittal", "layout"})
        view = ViewState(cursor=volume.cursor_world, **kept)
        self.volumes = {layer.id: volume}
        self.history = History()
        self._replace(SceneState(base=layer, view=view))
        return Base(self, layer.id)

    def take_over(self, other: Scene) -> None:
        """Show another scene's study (an empty one's nothing) in this one; history starts anew.

        Convention and layout stay as they are, as with a new base.
        """
        kept = self.state.view.model_dump(include={"convention", "sagittal", "layout"})
        self.volumes = dict(other.volumes)
        self.history = History()
        self._replace(other.state.replaced(view=other.state.view.replaced(**kept)))

    def add_heatmap(
        self,
        source: str | Path | Volume | ArrayLike,
        *,
        affine: ArrayLike | None = None,
        series: str | None = None,
        **settings: Any,
    ) -> Heatmap:
        """Add a heatmap on top and select it.

        Parameters
        ----------
        source : path, Volume or array of shape (x, y, z[, t])
            An array lies on the base's grid unless `affine` (voxel → world RAS+ mm) is given.
        series : str
            Which series of a DICOM folder.
        settings
            Any setting of ``HeatmapLayer``: ``name``, ``preset``, ``data_range``, … None is the
            default.

        Raises
        ------
        SettingError
            Naming a field and the value it does not take; nothing is added.
        HeatViewerError
            Where the file cannot be read.
        """
        volume, path = self._volume_from(source, affine, series)
        return self.add_volume(volume, path, series, **settings)

    def add_volume(
        self, volume: Volume, source: str = "", series: str | None = None, **settings: Any
    ) -> Heatmap:
        """Add a heatmap whose data has been read; `source` is where from. See `add_heatmap`."""
        layer, given, more = self._heatmap_settings(volume, source, series, settings)
        added = self.state.replaced(heatmaps=(*self.state.heatmaps, layer), selected=layer.id)
        volumes = {**self.volumes, layer.id: volume, **more}
        # What was just added is to be seen, so nothing else is alone any more.
        after = with_solo(links.spread(added, layer, given, volumes), None)
        self.volumes.update(volumes)
        self._record(f"Add {layer.name}", after)
        return Heatmap(self, layer.id)

    def duplicate(self, layer: Heatmap | str) -> Heatmap:
        """Put a second heatmap of the same data right above a heatmap, select it, and return it."""
        original = self.state.heatmap(self._known(_id_of(layer)))
        names = {other.name for other in self.state.heatmaps}
        copies = (f"{original.name} copy{f' {n}' if n > 1 else ''}" for n in count(1))
        made = original.replaced(
            id=self._new_id("heatmap"), name=next(name for name in copies if name not in names), visible=True
        )
        heatmaps = list(self.state.heatmaps)
        heatmaps.insert(heatmaps.index(original) + 1, made)
        self.volumes[made.id] = self.volumes[original.id]
        after = self.state.replaced(heatmaps=tuple(heatmaps), selected=made.id)
        self._record(f"Duplicate {original.name}", with_solo(after, None))
        return Heatmap(self, made.id)

    def _volume_from(self, source: Any, affine: ArrayLike | None, series: str | None) -> tuple[Volume, str]:
        """Return a source's volume and its path (empty for arrays)."""
        if isinstance(source, Volume):
            return source, ""
        if isinstance(source, str) or hasattr(source, "__fspath__"):
            from heatviewer.io import open_volume

            return open_volume(source, series=series), str(source)
        if affine is None and self.base_volume is not None:
            affine = self.base_volume.affine
        return as_volume(source, affine, "heatmap"), ""

    def _heatmap_settings(
        self, volume: Volume, source: str, series: str | None, settings: dict[str, Any]
    ) -> tuple[HeatmapLayer, set[str], dict[str, Volume]]:
        """Return a new heatmap, which settings were given, and volumes that it needs beside its own."""
        given = {name: value for name, value in settings.items() if value is not None}
        unknown = set(given) - set(HeatmapLayer.model_fields) | ({"id"} & set(given))
        if unknown:
            raise SettingError(min(unknown), "is not a setting of a heatmap")
        layer_id = self._new_id("heatmap")
        given = heatmap_changes(given, volume)
        given, more = self._with_opacity_by(given, layer_id, volume)
        plain = HeatmapLayer(id=layer_id, source=source, series=series, **(heatmap_fields(volume) | given))
        look = links.joining(self.state, self.volumes, plain, volume)
        return plain.replaced(**(look | given)), set(given), more

    def remove(self, layer: Heatmap | str) -> None:
        """Take a heatmap out; undo brings it back with its settings."""
        layer_id = _id_of(layer)
        order = [h.id for h in self.state.heatmaps]
        at = order.index(self._known(layer_id))
        rest = tuple(h for h in self.state.heatmaps if h.id != layer_id)
        selected = self.state.selected
        if selected == layer_id:
            selected = rest[min(at, len(rest) - 1)].id if rest else None
        title = f"Remove {self.state.heatmap(layer_id).name}"
        after = self.state.replaced(heatmaps=rest, selected=selected)
        self._record(title, with_solo(after, soloed(after)))

    def move(self, layer: Heatmap | str, index: int) -> None:
        """Put a heatmap at a place in the order, 0 at the bottom; the index is clamped."""
        layer_id = _id_of(layer)
        moved = self.state.heatmap(self._known(layer_id))
        rest = [h for h in self.state.heatmaps if h.id != layer_id]
        rest.insert(min(max(index, 0), len(rest)), moved)
        self._record(f"Move {moved.name}", self.state.replaced(heatmaps=tuple(rest)))

    def select(self, layer: Heatmap | str | None) -> None:
        """Make a heatmap the one that keys and the editor act on (no undo step)."""
        layer_id = None if layer is None else self._known(_id_of(layer))
        if layer_id != self.state.selected:
            self._replace(self.state.replaced(selected=layer_id))

    # --- settings --------------------------------------------------------------------------

    def edit_layer(
        self, layer_id: str, title: str | None = None, merge: object = None, **changes: Any
    ) -> None:
        """Change settings of the base or a heatmap as one step; see `Heatmap.edit`."""
        volume = self.volumes.get(layer_id)
        base = self.state.base
        title = title or "Change " + ", ".join(name.replace("_", " ") for name in changes)
        for name in ("id", "source", "series"):
            if name in changes:
                raise SettingError(name, "cannot be changed: it says which data a layer shows")
        if base is not None and layer_id == base.id:
            changed = base.replaced(**base_changes(changes, volume))
            self._record(title, self.state.replaced(base=changed), merge)
            return
        self._edit_heatmap(self.state.heatmap(self._known(layer_id)), title, merge, changes)

    def _edit_heatmap(self, layer: HeatmapLayer, title: str, merge: object, changes: dict[str, Any]) -> None:
        """Change a heatmap, with all that are linked with it; what is hidden is no longer alone."""
        volume = self.volumes[layer.id]
        changes, more = self._with_opacity_by(heatmap_changes(changes, volume), layer.id, volume)
        changed = layer.replaced(**changes)
        if changed.link != layer.link:
            look = links.joining(self.state, self.volumes, changed, volume)
            changed = layer.replaced(**(look | changes))
        title = links.title_of(title, self.state, changed, set(changes))
        after = links.spread(self.state, changed, set(changes), self.volumes)
        if not changed.visible and soloed(after) == changed.id:
            after = with_solo(after, None)
        self.volumes.update(more)
        self._record(title, after, merge)

    def _with_opacity_by(
        self, changes: dict[str, Any], layer_id: str, own: Volume
    ) -> tuple[dict[str, Any], dict[str, Volume]]:
        """Return changes in which a wished 'opacity by' names its volume, and that volume if it is new."""
        if changes.get("opacity_by") is None:
            return changes, {}
        found, volume = opacity_source(self, changes["opacity_by"], layer_id, own)
        return changes | {"opacity_by": found}, {} if volume is None else {found.volume: volume}

    def edit_view(self, title: str = "Move the view", merge: object = None, **changes: Any) -> None:
        """Change cursor, planes, camera, layout or what is written, undone apart from layers."""
        self._record(title, self.state.replaced(view=self.state.view.replaced(**changes)), merge)

    # --- history ---------------------------------------------------------------------------

    def undo(self) -> None:
        """Take the last change back; nothing happens where there is none."""
        self._replace(self.history.undo(self.state))

    def redo(self) -> None:
        """Make the last undone change again; nothing happens where there is none."""
        self._replace(self.history.redo(self.state))

    def end_drag(self) -> None:
        """Close the step of a drag, so that the next one is a step of its own."""
        self.history.close_step()
        self.settled.emit()

    @contextmanager
    def one_step(self, title: str) -> Iterator[None]:
        """Make all changes inside one undo step."""
        before, outer = self.state, self.history
        self.history = History()
        self._inner_steps += 1
        try:
            yield
        finally:
            self._inner_steps -= 1
            self.history = outer
            self.history.record(title, before, self.state)
            self._forget_unreachable()

    # --- inside ----------------------------------------------------------------------------

    def _record(self, title: str, after: SceneState, merge: object = None) -> None:
        self.history.record(title, self.state, after, merge)
        self._replace(after, held=merge is not None)
        self._forget_unreachable()

    def _replace(self, after: SceneState, held: bool = False) -> None:
        before, self.state = self.state, after
        if before != after:
            self.changed.emit(SceneChange(before, after, held))

    def _forget_unreachable(self) -> None:
        """Let go of volumes that neither the state nor any undo step names."""
        if self._inner_steps:
            return  # the steps of before are out of sight
        states = [self.state]
        states += [
            s for step in (*self.history.done, *self.history.undone) for s in (step.before, step.after)
        ]
        named = {layer.id for state in states for layer in state.layers}
        named |= {h.opacity_by.volume for state in states for h in state.heatmaps if h.opacity_by}
        for layer_id in set(self.volumes) - named:
            del self.volumes[layer_id]

    def _known(self, layer_id: str) -> str:
        if all(layer.id != layer_id for layer in self.state.heatmaps):
            raise SettingError("heatmap", "this layer is not in the scene")
        return layer_id

    def _new_id(self, role: str) -> str:
        return f"{role}-{next(self._ids)}"


def _id_of(layer: Heatmap | str) -> str:
    return layer if isinstance(layer, str) else layer.id
