"""Files that changed on disk, read again and shown in place of what they were. Free of Qt.

Settings, order, selection and undo steps stay; what was taken from the data (automatic ranges and
windows) is taken anew.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from psygnal import Signal

from heatviewer.app import links
from heatviewer.app.label_colors import in_grey
from heatviewer.app.scene_change import SceneChange
from heatviewer.app.studies.identity import identity_of
from heatviewer.core.errors import Cancelled, HeatViewerError
from heatviewer.documents.places import is_address, is_made
from heatviewer.model.defaults import default_range, default_window
from heatviewer.model.layer import HeatmapLayer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from heatviewer.app.loader import Role
    from heatviewer.app.scene import Scene
    from heatviewer.core.volume import Volume
    from heatviewer.io import Scan
    from heatviewer.model.layer import BaseLayer
    from heatviewer.model.scene_state import SceneState
    from heatviewer.model.source import FileIdentity

    Run = Callable[[Callable[[], Any], Callable[[Any], object], Callable[[Exception], object]], None]


class Source(NamedTuple):
    """Where the data of a layer, or of what an opacity follows, came from.

    Attributes
    ----------
    volume_id : str
        Its key in ``Scene.volumes``.
    role : {'base', 'heatmap', 'opacity'}
    path : str
    series : str or None
        Which volume of the path; None: the one that is taken unasked.
    items : tuple of str
        The files within the path, where the layer is made of some alone.
    identity : FileIdentity or None
        What the file was when it was read.
    labelled : bool
        Whether its values are labels: those of a mask that is drawn as a picture are its brightness.
    """

    volume_id: str
    role: Role
    path: str
    series: str | None = None
    items: tuple[str, ...] = ()
    identity: FileIdentity | None = None
    labelled: bool = False


class Fresh(NamedTuple):
    """Data that were read anew, and what their file is now.

    ``series`` is what brings them back from their path.
    """

    volume: Volume
    identity: FileIdentity | None = None
    series: str | None = None


# --- which files --------------------------------------------------------------------------------


def sources_of(scene: Scene) -> tuple[Source, ...]:
    """Return the files behind all data of a scene, those that undo can bring back too."""
    steps = (*scene.history.done, *scene.history.undone)
    states = (scene.state, *(state for step in steps for state in (step.before, step.after)))
    found: dict[str, Source] = {}
    seen: set[int] = set()
    for state in states:
        # Steps share the layers that they did not change.
        for layer in state.layers:
            if id(layer) not in seen:
                seen.add(id(layer))
                for source in _sources_of_layer(layer):
                    found.setdefault(source.volume_id, source)
    return tuple(source for source in found.values() if source.volume_id in scene.volumes)


def _sources_of_layer(layer: BaseLayer | HeatmapLayer) -> Iterator[Source]:
    role: Role = "heatmap" if isinstance(layer, HeatmapLayer) else "base"
    if _is_file(layer.source):
        labelled = isinstance(layer, HeatmapLayer) and layer.labels is not None
        yield Source(layer.id, role, layer.source, layer.series, layer.items, layer.identity, labelled)
    follows = layer.opacity_by if isinstance(layer, HeatmapLayer) else None
    if follows is not None and _is_file(follows.source):
        yield Source(follows.volume, "opacity", follows.source, identity=follows.identity)


def _is_file(source: str) -> bool:
    return bool(source) and not is_address(source) and not is_made(source)


# --- reading ------------------------------------------------------------------------------------


def read_again(
    sources: Sequence[Source],
    like: Volume | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> dict[str, Fresh]:
    """Return what one path holds now, by volume id; on any thread.

    Parameters
    ----------
    sources : sequence of Source
        All of one path; it is looked through once.
    like : Volume, optional
        The base, on whose grid structures become masks.

    Raises
    ------
    HeatViewerError
        It cannot be read, or does not hold what it held.
    """
    from heatviewer.app.reading import prepare
    from heatviewer.io import Progress, scan
    from heatviewer.io.scanning import readable_error

    path = sources[0].path
    steps = Progress(None, cancelled, Path(path).name)
    found: dict[str, Fresh] = {}
    made: dict[tuple[object, ...], Fresh] = {}
    scans: dict[tuple[str, ...], Scan] = {}
    try:
        for source in sources:
            if source.items not in scans:
                scans[source.items] = scan(path, cancelled=cancelled, items=source.items)
            key = source.series, source.items, source.role == "heatmap", source.labelled
            if key not in made:
                held = scans[source.items]
                series = _series_now(held, source.series)
                one = held.with_id(series or held.chosen)
                read = one.open(steps, None, like if source.role == "heatmap" else None)
                volume = in_grey(read) if source.labelled else read
                prepare(volume, source.role, steps.check)
                files = one.info().files if Path(path).is_dir() else ()
                identity = identity_of(path, series, source.items, files)
                made[key] = Fresh(volume, identity, series)
            found[source.volume_id] = made[key]
    except OSError as error:
        if isinstance(error, HeatViewerError):
            raise
        raise readable_error(error, Path(path)) from None
    return found


def _series_now(held: Scan, series: str | None) -> str | None:
    """Return the id that a volume has now: of a file that holds but one, a new one is no other volume."""
    if series is not None and len(held.found) == 1 and not held.container:
        return held.found[0].id
    return series


# --- showing ------------------------------------------------------------------------------------


def swap(scene: Scene, fresh: Mapping[str, Fresh]) -> None:
    """Show other data in place of those of layers, in all undo steps too; this is no step itself.

    Parameters
    ----------
    fresh : mapping
        By volume id; what the scene no longer has is left out.
    """
    new = {key: item for key, item in fresh.items() if key in scene.volumes}
    if not new:
        return
    old = {key: scene.volumes[key] for key in new}
    scene.volumes.update({key: item.volume for key, item in new.items()})

    def change(state: SceneState) -> SceneState:
        return _with_fresh(state, new, old, scene.volumes)

    scene.history.rewrite(change)
    before, scene.state = scene.state, change(scene.state)
    # Told even where no setting changed: a file may look the same from outside.
    scene.changed.emit(SceneChange(before, scene.state, data=frozenset(new)))


def _with_fresh(
    state: SceneState, new: Mapping[str, Fresh], old: Mapping[str, Volume], volumes: Mapping[str, Volume]
) -> SceneState:
    base = state.base
    if base is not None and base.id in new:
        state = state.replaced(base=base.replaced(**_base_fields(base, new[base.id])))
    for layer in state.heatmaps:
        fields: dict[str, Any] = {}
        if layer.id in new:
            fields = _heatmap_fields(layer, new[layer.id], old[layer.id])
        follows = layer.opacity_by
        if follows is not None and follows.volume in new:
            fresh = new[follows.volume]
            if follows.source:
                fields["opacity_by"] = follows.replaced(identity=fresh.identity)
            if layer.opacity_by_frame is not None:
                fields["opacity_by_frame"] = min(layer.opacity_by_frame, fresh.volume.frames - 1)
        if fields:
            # One before it in the list may have changed this one with its group.
            changed = state.heatmap(layer.id).replaced(**fields)
            # Linked heatmaps share a range, whosever data it was taken from.
            state = links.spread(state, changed, set(fields) & {"data_range"}, volumes)
    return state


def _source_fields(layer: BaseLayer | HeatmapLayer, fresh: Fresh) -> dict[str, Any]:
    frame = min(layer.frame, fresh.volume.frames - 1)
    series = fresh.series if layer.series is not None and fresh.series else layer.series
    return {"identity": fresh.identity, "series": series, "frame": frame}


def _base_fields(base: BaseLayer, fresh: Fresh) -> dict[str, Any]:
    fields = _source_fields(base, fresh)
    return fields | ({"window": default_window(fresh.volume)} if base.window_auto else {})


def _heatmap_fields(layer: HeatmapLayer, fresh: Fresh, old: Volume) -> dict[str, Any]:
    """Return the settings that go with other data: a range taken from them is taken as it was before."""
    fields = _source_fields(layer, fresh)
    if layer.data_range_auto:
        plain = layer.data_range == old.range and layer.data_range != default_range(old)
        now = fresh.volume.range if plain else None
        fields["data_range"] = now or default_range(fresh.volume)
    return fields


# --- one after the other --------------------------------------------------------------------------


class Reloading:
    """Reads files again in the background, one after the other. All methods are for the owner's thread.

    Attributes
    ----------
    changed : psygnal.Signal
        Something has begun to be read, or all is read.
    told : psygnal.Signal
        Emits a sentence for people, and 'info' or 'warning'.

    Parameters
    ----------
    run : callable
        Does work on another thread and answers on the owner's, as ``ui.background.Background.run``.
    again : callable
        Gets a path that could not be read, to be looked at once more in a while.
    """

    changed = Signal()
    told = Signal(str, str)

    def __init__(self, scene: Scene, run: Run, again: Callable[[str], object]) -> None:
        self._scene, self._run, self._again = scene, run, again
        # In order; what changes many times while it waits is read once.
        self._waiting: dict[str, None] = {}
        self._running: str | None = None
        self._failed: dict[str, int] = {}
        self._stop = threading.Event()

    @property
    def busy(self) -> bool:
        """Whether anything is being read or waits."""
        return self._running is not None or bool(self._waiting)

    @property
    def reading(self) -> str:
        """The path that is being read; empty for none."""
        return self._running or ""

    def reload(self, paths: Iterable[str]) -> None:
        """Read paths again; what was shown stays until then."""
        for path in paths:
            self._waiting.setdefault(path)
        self._next()

    def reload_all(self) -> None:
        """Read all files of the scene again, whether they changed or not."""
        paths = dict.fromkeys(source.path for source in sources_of(self._scene))
        # Somebody asked: what cannot be read is told at once, and told again.
        self._failed = dict.fromkeys(paths, 1)
        self.reload(paths)

    def gone(self, path: str) -> None:
        """Tell that a file is no longer there; what it showed stays."""
        if names := self._names(path):
            self.told.emit(
                f"{names}: {Path(path).name} is no longer there. It is shown as it was.", "warning"
            )

    def close(self) -> None:
        """Stop what is being read, and read no more."""
        self._waiting.clear()
        self._stop.set()

    def _names(self, path: str) -> str:
        """Return the layers that a path is shown as, in words; empty where only undo knows of it."""
        shown = [s for s in sources_of(self._scene) if s.path == path]
        layers = {layer.id: layer.name for layer in self._scene.state.layers}
        followed = {h.opacity_by.volume for h in self._scene.state.heatmaps if h.opacity_by is not None}
        names = [layers[s.volume_id] or s.role for s in shown if s.volume_id in layers]
        names += [Path(path).name for s in shown if s.role == "opacity" and s.volume_id in followed]
        more = f" and {len(names) - 2} more" if len(names) > 2 else ""
        return ", ".join(names[:2]) + more

    def _next(self) -> None:
        while self._running is None and self._waiting and not self._stop.is_set():
            path = next(iter(self._waiting))
            del self._waiting[path]
            sources = tuple(s for s in sources_of(self._scene) if s.path == path)
            if sources:
                self._begin(path, sources)
        self.changed.emit()

    def _begin(self, path: str, sources: tuple[Source, ...]) -> None:
        self._running = path
        like, stop = self._scene.base_volume, self._stop.is_set
        self._run(
            lambda: read_again(sources, like, stop),
            lambda fresh: self._read(path, fresh),
            lambda error: self._not_read(path, error),
        )

    def _read(self, path: str, fresh: dict[str, Fresh]) -> None:
        self._running = None
        if not self._stop.is_set():
            self._failed.pop(path, None)
            swap(self._scene, fresh)
            if names := self._names(path):
                self.told.emit(f"{names}: read again, as {Path(path).name} changed on disk.", "info")
        self._next()

    def _not_read(self, path: str, error: Exception) -> None:
        """Keep what is shown. A file that is being written gets a second look before anything is told."""
        self._running = None
        if not isinstance(error, Cancelled) and not self._stop.is_set():
            count = self._failed[path] = self._failed.get(path, 0) + 1
            if count == 1:
                self._again(path)
            elif count == 2 and (names := self._names(path)):
                why = error if isinstance(error, HeatViewerError) else f"{Path(path).name}: {error}"
                text = f"{names}: changed on disk and cannot be read. It is shown as it was.\n{why}"
                self.told.emit(text, "warning")
        self._next()
