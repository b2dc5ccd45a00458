"""The scene: volumes, how they are shown, and the history of changes. Free of Qt."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from psygnal import Signal

from heatviewer.app import links
from heatviewer.app.additions import (
    Addition,
    additions_from,
    new_base,
    new_id,
    with_additions,
    with_opacity_by,
)
from heatviewer.app.changes import as_volume, base_changes, heatmap_changes, with_solo
from heatviewer.app.frames import with_frames
from heatviewer.app.history import History, Part
from heatviewer.app.layers import Base, Heatmap
from heatviewer.app.scene_change import SceneChange
from heatviewer.app.space import check_alignment
from heatviewer.app.step_titles import title_of_edit
from heatviewer.app.user_presets import use_user_presets
from heatviewer.core.errors import SettingError
from heatviewer.core.geometry import Vec3, vec3
from heatviewer.model.draws import soloed
from heatviewer.model.layer import SOURCE_FIELDS
from heatviewer.model.scene_state import SceneState
from heatviewer.model.view import ViewState

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import ArrayLike

    from heatviewer.app.studies.reading import ReadStudy
    from heatviewer.app.studies.relinking import Relinked
    from heatviewer.core.volume import Volume
    from heatviewer.model.layer import HeatmapLayer
    from heatviewer.model.scene_state import MissingLayer


class Scene:
    """A base series, heatmaps over it, a cursor and view settings, with events and undo.

    Attributes
    ----------
    changed : psygnal.Signal
        Emits a `SceneChange` after every change, whoever made it.
    settled : psygnal.Signal
        Emits when a drag has ended.
    saved : psygnal.Signal
        Emits a session's path after `save`.
    state : SceneState
        The display state; replaced as a whole by every change.
    volumes : dict
        The data by layer id.
    history : History
        What can be undone and redone.
    standing_in : bool
        Whether the base is but some slices of one that is being read: good for slices, not for 3D.
    """

    changed = Signal(SceneChange)
    settled = Signal()
    saved = Signal(object)
    #: What may be set; a misspelt name is an error, as on layers.
    _ASSIGNABLE: ClassVar = frozenset(
        {"state", "volumes", "history", "cursor", "solo", "standing_in", "_inner_steps"}
    )

    def __init__(self) -> None:
        use_user_presets()
        self.state = SceneState()
        self.volumes: dict[str, Volume] = {}
        self.history = History()
        self.standing_in = False
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

    def set_base(
        self,
        volume: Volume,
        source: str = "",
        series: str | None = None,
        cursor: Vec3 | None = None,
        **settings: Any,
    ) -> Base:
        """Make a volume the base of an emptied scene; history starts anew.

        The cursor (world mm) starts in the centre of voxel n // 2 where nothing else is said.
        """
        layer = new_base(volume, source, series, settings)
        kept = self.state.view.model_dump(include={"convention", "sagittal", "layout"})
        view = ViewState(cursor=cursor or volume.cursor_world, **kept)
        self.put(SceneState(base=layer, view=view), {layer.id: volume}, History())
        return Base(self, layer.id)

    def take_over(self, other: Scene) -> None:
        """Show another scene's study (an empty one's nothing) in this one; history starts anew.

        Convention and layout stay as they are, as with a new base.
        """
        kept = self.state.view.model_dump(include={"convention", "sagittal", "layout"})
        state = other.state.replaced(view=other.state.view.replaced(**kept))
        self.put(state, other.volumes, History())

    def put(self, state: SceneState, volumes: Mapping[str, Volume], history: History) -> None:
        """Show a whole display state with its data and its undo steps, in place of all that is here."""
        self.volumes, self.history, self.standing_in = dict(volumes), history, False
        self._replace(state)

    def show_study(self, read: ReadStudy) -> None:
        """Show a study that was read, in place of all that is here; history starts anew."""
        self.put(read.state, read.volumes, History())

    def save(self, path: str | Path) -> Path:
        """Save what is set up here as a session (``.hvs``) and return the file's absolute path.

        A session names the files of its layers and holds no pixels: a layer made of an array comes
        back only if it was saved to a file before. The version before it is kept as ``….hvs.bak``.

        Raises
        ------
        WriteError
            Naming what could not be written; the session that was there is as it was.
        """
        from heatviewer.app.studies.origin import save_scene

        written = save_scene(self, path)
        self.saved.emit(written)
        return written

    def edit_notes(self, text: str) -> None:
        """Change the notes; typing on is one step."""
        self._record("Edit the notes", self.state.replaced(notes=text), merge="notes")

    def forget_missing(self, missing: MissingLayer) -> None:
        """Take a layer that could not be read off the study; undo brings it back."""
        rest = tuple(one for one in self.state.missing if one is not missing and one != missing)
        self._record(f"Remove {missing.name}", self.state.replaced(missing=rest))

    def bring_back(self, found: Relinked) -> None:
        """Show layers that were missing and were found, each at its place, as one step."""
        from heatviewer.app.studies.relinking import with_found

        if names := found.names:
            self.volumes.update(found.volumes)
            title = f"Relink {names[0]}" if len(names) == 1 else f"Relink {len(names)} layers"
            self._record(title, with_found(self.state, found))

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
            Which volume of a folder or file that holds several; by default the largest, and of
            segments or structures all, each a layer in one step: the top one is returned.
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
        additions, path = additions_from(self, source, affine, series, settings)
        return self.add_volumes(additions, path)[-1]

    def add_volume(
        self, volume: Volume, source: str = "", series: str | None = None, **settings: Any
    ) -> Heatmap:
        """Add a heatmap whose data has been read; `source` is where from. See `add_heatmap`."""
        return self.add_volumes((Addition(volume, series, settings),), source)[0]

    def add_volumes(self, additions: Sequence[Addition], source: str = "") -> tuple[Heatmap, ...]:
        """Add heatmaps of one source as one step, in their order, and select the top one."""
        before = len(self.state.heatmaps)
        after, volumes = with_additions(self, additions, source)
        self.volumes.update(volumes)
        added = after.heatmaps[before:]
        title = f"Add {added[0].name}" if len(added) == 1 else f"Add {len(added)} heatmaps"
        # What was just added is to be seen, so nothing else is alone any more.
        self._record(title, with_solo(after, None))
        return tuple(Heatmap(self, layer.id) for layer in added)

    def duplicate(self, layer: Heatmap | str) -> Heatmap:
        """Put a second heatmap of the same data right above a heatmap, select it, and return it."""
        original = self.state.heatmap(self._known(_id_of(layer)))
        names = {other.name for other in self.state.heatmaps}
        copies = (f"{original.name} copy{f' {n}' if n > 1 else ''}" for n in count(1))
        made = original.replaced(
            id=new_id("heatmap"), name=next(name for name in copies if name not in names), visible=True
        )
        heatmaps = list(self.state.heatmaps)
        heatmaps.insert(heatmaps.index(original) + 1, made)
        self.volumes[made.id] = self.volumes[original.id]
        after = self.state.replaced(heatmaps=tuple(heatmaps), selected=made.id)
        self._record(f"Duplicate {original.name}", with_solo(after, None))
        return Heatmap(self, made.id)

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
        title = title or title_of_edit(self.state, layer_id, changes)
        for name in SOURCE_FIELDS:
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
        check_alignment(changes, volume, self.base_volume)
        changes, more = with_opacity_by(self, heatmap_changes(changes, volume), layer.id, volume)
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

    def show_frames(self, frames: Mapping[str, int], title: str, merge: object, undoable: bool) -> None:
        """Show frames of layers by id; what plays makes no steps to undo."""
        after = with_frames(self.state, frames, self.volumes)
        if undoable:
            self._record(title, after, merge)
        else:
            self._replace(after, held=True)

    def edit_view(self, title: str = "Move the view", merge: object = None, **changes: Any) -> None:
        """Change cursor, planes, camera, layout or what is written, undone apart from layers."""
        self._record(title, self.state.replaced(view=self.state.view.replaced(**changes)), merge)

    # --- history ---------------------------------------------------------------------------

    def undo(self, part: Part | None = None) -> None:
        """Take the last change back, or the last one of a part; nothing happens where there is none."""
        self._replace(self.history.undo(self.state, part))

    def redo(self, part: Part | None = None) -> None:
        """Make the last undone change again, or the last one of a part, where there is one."""
        self._replace(self.history.redo(self.state, part))

    def go_to_step(self, number: int) -> None:
        """Undo or redo until so many steps are done, as one change."""
        state, number = self.state, max(number, 0)
        while len(self.history.done) > number:
            state = self.history.undo(state)
        while len(self.history.done) < number and self.history.undone:
            state = self.history.redo(state)
        self._replace(state)

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


def _id_of(layer: Heatmap | str) -> str:
    return layer if isinstance(layer, str) else layer.id
