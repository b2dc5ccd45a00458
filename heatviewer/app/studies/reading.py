"""A study's files to a scene's state and volumes; on any thread."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from heatviewer.app.additions import new_base, new_id
from heatviewer.app.changes import heatmap_changes, heatmap_fields
from heatviewer.app.label_colors import in_grey, label_fields
from heatviewer.app.opacity_source import new_volume_id, read_source
from heatviewer.app.space import check_alignment
from heatviewer.app.studies.identity import identity_of, same_files
from heatviewer.app.studies.locating import Located, Locator
from heatviewer.core.errors import Cancelled, HeatViewerError, ReadError
from heatviewer.documents.json_text import compact
from heatviewer.documents.places import file_name, is_absolute, is_made
from heatviewer.model.layer import HeatmapLayer, OpacityBy
from heatviewer.model.scene_state import MissingLayer, SceneState
from heatviewer.model.view import ViewState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from heatviewer.app.opacity_source import ReadSource
    from heatviewer.app.studies.study import Study
    from heatviewer.core.volume import Volume
    from heatviewer.documents.entry import LayerEntry, OpacityEntry
    from heatviewer.io import Opened, Progress
    from heatviewer.model.layer import BaseLayer


@dataclass(frozen=True)
class ReadStudy:
    """A study that has been read.

    Attributes
    ----------
    study : Study
    state : SceneState
        With new ids; layers that could not be read are in ``missing``.
    volumes : dict
        By layer id.
    problems : tuple of str
        What was left out or is odd, a sentence each that begins with the field.
    """

    study: Study
    state: SceneState
    volumes: dict[str, Volume]
    problems: tuple[str, ...]


class _Read(NamedTuple):
    """The volumes of an entry, and where they came from."""

    opened: tuple[Opened, ...]
    place: Located


class _Missed(NamedTuple):
    """An entry whose file is not to be had: why, and where it was looked for."""

    entry: LayerEntry
    reason: str
    path: str


def read_study(
    study: Study,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    locator: Locator | None = None,
    like: Volume | None = None,
) -> ReadStudy:
    """Read a study's files. What cannot be read is listed as missing, and is no failure.

    Parameters
    ----------
    locator : Locator, optional
        Knows where files are that are not where the document says.
    like : Volume, optional
        The base that is there already, for a study of heatmaps alone.

    Raises
    ------
    Cancelled
        The user stopped it.
    """
    from heatviewer.io import Progress

    steps = Progress(progress, cancelled, study.name)
    return _Reading(study, locator or Locator(study), steps, like).read()


class _Reading:
    """One reading of one study."""

    def __init__(self, study: Study, locator: Locator, steps: Progress, like: Volume | None) -> None:
        self._study, self._locator, self._steps, self._like = study, locator, steps, like
        self._volumes: dict[str, Volume] = {}
        self._problems = list(study.problems)
        self._missed: list[_Missed] = []
        #: New ids by those of the document: of layers that are there, and of those that are missing.
        self._ids: dict[str, str] = {}
        self._missing_ids: dict[str, str] = {}
        self._layers: list[tuple[LayerEntry, HeatmapLayer]] = []
        self._made: dict[str, Volume] = {}
        #: What one path gave is not read again for a further layer.
        self._read_before: dict[object, tuple[Opened, ...]] = {}

    def read(self) -> ReadStudy:
        study, base = self._study, None
        entries = study.entries
        for n, entry in enumerate(entries):
            part = self._steps.part(n / len(entries), (n + 1) / len(entries))
            if entry.role == "base":
                base = self._base(entry, part)
            else:
                self._heatmaps(entry, base, part)
        heatmaps = tuple(self._following(entry, layer) for entry, layer in self._layers)
        state = SceneState(
            base=base,
            heatmaps=heatmaps,
            selected=self._selected(heatmaps),
            view=self._view(base),
            missing=tuple(self._missing_layer(missed) for missed in self._missed),
            notes=study.notes,
            metadata=study.metadata,
            kept=compact(dict(study.kept)),
        )
        problems = tuple(" ".join(sentence.split()) for sentence in self._problems)
        return ReadStudy(study, state, self._volumes, problems)

    def _selected(self, heatmaps: tuple[HeatmapLayer, ...]) -> str | None:
        if self._study.selected is None or not heatmaps:
            return None
        return self._ids.get(self._study.selected, heatmaps[-1].id)

    def _base(self, entry: LayerEntry, steps: Progress) -> BaseLayer | None:
        found = self._opened(entry, None, steps)
        if found is None:
            return None
        volume, series, _ = found.opened[0]
        try:
            layer = new_base(volume, found.place.path, series or None, self._settings(entry, found, volume))
        except HeatViewerError as error:
            self._miss(entry, _reason(error), found.place.path)
            return None
        if entry.settings.get("window_auto") and "window" in entry.settings and not found.place.changed:
            layer = layer.replaced(window_auto=True)
        self._keep(entry, layer.id, volume)
        return layer

    def _heatmaps(self, entry: LayerEntry, base: BaseLayer | None, steps: Progress) -> None:
        """Add the layers of an entry: one, or of a file of segments all."""
        like = self._volumes[base.id] if base is not None else self._like
        found = self._opened(entry, like, steps)
        for read, series, _ in found.opened if found is not None else ():
            assert found is not None
            labelled = bool(entry.segments or entry.settings.get("labels"))
            volume = in_grey(read) if labelled else read
            given = self._settings(entry, found, volume, like)
            if len(found.opened) > 1 and "name" in given:
                given["name"] = f"{given['name']}: {volume.name}"
            try:
                layer = self._layer(entry, volume, series or None, given, found.place)
            except HeatViewerError as error:
                self._miss(entry, _reason(error), found.place.path)
                return
            self._keep(entry, layer.id, volume)
            self._layers.append((entry, layer))

    def _layer(
        self,
        entry: LayerEntry,
        volume: Volume,
        series: str | None,
        given: dict[str, Any],
        place: Located,
    ) -> HeatmapLayer:
        automatic = entry.settings.get("data_range_auto") is True
        if "data_range" in given:
            # As it was saved, automatic or not; of another file's values it says nothing.
            if automatic and place.changed:
                del given["data_range"]
                given = heatmap_changes(given, volume)
            else:
                given["data_range_auto"] = automatic
        elif entry.segments:
            given = label_fields(volume, given, entry.segments == "mask")
        elif entry.plain_range and volume.range is not None:
            given |= {"data_range": volume.range, "data_range_auto": True}
        else:
            given = heatmap_changes(given, volume)
        fields = heatmap_fields(volume, given, len(self._layers))
        return HeatmapLayer(id=new_id("heatmap"), source=place.path, series=series, **fields)

    def _settings(
        self, entry: LayerEntry, found: _Read, volume: Volume, base: Volume | None = None
    ) -> dict[str, Any]:
        """Return what a layer is made with: its settings, and what belongs to its file."""
        given, place = dict(entry.settings), found.place
        given.pop("window_auto", None)
        if place.changed and entry.settings.get("window_auto"):
            given.pop("window", None)
        if given.get("frame", 0) >= volume.frames:
            last = volume.frames - 1
            self._problems.append(f"{entry.where}.frame: the file's last frame is {last}. It is shown.")
            given["frame"] = last
        try:
            check_alignment(given, volume, base)
        except HeatViewerError as error:
            self._problems.append(f"{entry.where}.align: {_reason(error)}. It lies as its header says.")
            del given["align"]
        if entry.items:
            given["items"] = entry.items
        if not is_made(place.path):
            series = entry.series or found.opened[0].series or None
            files = _files_of(found.opened)
            given["identity"] = place.identity or identity_of(place.path, series, entry.items, files)
        return given | {"kept": compact(dict(entry.kept))}

    def _opened(self, entry: LayerEntry, like: Volume | None, steps: Progress) -> _Read | None:
        """Return an entry's volumes; None, and listed as missing, where they cannot be read."""
        place = self._locator.locate(entry.relative, entry.path, entry.identity, entry.items)
        if not place.path:
            self._miss(entry, place.reason, self._first_place(entry.relative, entry.path))
            return None
        asked = place.path, entry.series, entry.items, entry.role, like is None
        try:
            if asked not in self._read_before:
                self._read_before[asked] = self._volumes_of(entry, place.path, like, steps)
        except Cancelled:
            raise
        except (HeatViewerError, OSError, MemoryError) as error:
            self._tell_place(entry, place)
            self._miss(entry, _reason(error), place.path)
            return None
        opened = self._read_before[asked]
        place = _as_shown(place, entry, opened)
        self._tell_place(entry, place)
        # A file with one volume needs no id to find it again.
        named = len(opened) > 1 or entry.series is not None
        return _Read(tuple(one if named else one._replace(series="") for one in opened), place)

    def _tell_place(self, entry: LayerEntry, place: Located) -> None:
        if place.reason:
            self._problems.append(f"{entry.where}: {entry.told} {place.reason}.")

    def _volumes_of(
        self, entry: LayerEntry, path: str, like: Volume | None, steps: Progress
    ) -> tuple[Opened, ...]:
        from heatviewer.io import Opened, open_layers, open_one

        if is_made(path):
            return (Opened(self._made_volume(path, entry.series), entry.series or ""),)
        hooks: Any = {"progress": steps.at, "cancelled": steps.cancelled}
        if entry.role == "base":
            one = open_one(path, series=entry.series, items=entry.items, **hooks)
            return (one._replace(series=entry.series or ""),)
        return open_layers(path, series=entry.series, items=entry.items, like=like, **hooks)

    def _made_volume(self, path: str, part: str | None) -> Volume:
        """Return a volume that the program makes itself; ReadError for one that it does not know."""
        from heatviewer.app.demo import DEMO, demo_volumes

        if path == DEMO and not self._made:
            self._made = demo_volumes()
        found = self._made.get(part or "") if path == DEMO else None
        if found is None:
            raise ReadError(path, "is nothing that this program makes", "Take the layer out of the session")
        return found

    def _first_place(self, relative: str, path: str) -> str:
        """Return where a file should be, as an absolute path or an address."""
        if not relative or is_absolute(relative):
            return path or relative
        return os.path.normpath(os.path.join(self._study.folder, relative))

    def _keep(self, entry: LayerEntry, layer_id: str, volume: Volume) -> None:
        self._volumes[layer_id] = volume
        if entry.id:
            self._ids.setdefault(entry.id, layer_id)

    def _miss(self, entry: LayerEntry, reason: str, path: str) -> None:
        self._missed.append(_Missed(entry, reason, path))
        if entry.id:
            self._missing_ids.setdefault(entry.id, new_id(entry.role))
        self._problems.append(f"{entry.where}: {entry.told} {reason}.")

    def _missing_layer(self, missed: _Missed) -> MissingLayer:
        """Return a missing layer; what its entry says of layers of this document names them as now."""
        entry = missed.entry
        raw = dict(entry.raw) | self._written_places(entry)
        if entry.id:
            raw["id"] = self._missing_ids[entry.id]
        if isinstance(raw.get("opacityBy"), dict):
            raw["opacityBy"] = self._waiting_opacity(raw["opacityBy"], entry)
        return MissingLayer(
            role=entry.role,
            index=entry.index,
            name=entry.name,
            path=missed.path,
            reason=missed.reason,
            entry=compact(raw) or "{}",
        )

    def _written_places(self, entry: LayerEntry) -> dict[str, str]:
        """Return where an entry's file should be under a session's own keys, however it was written."""
        path = entry.path or self._first_place(entry.relative, "")
        if entry.role == "base":
            return {"relative_path": entry.relative, "path": path}
        return {"item": entry.relative or path, "path": path}

    def _waiting_opacity(self, raw: dict[str, Any], entry: LayerEntry) -> dict[str, Any]:
        """Return what an opacity is to follow once that is there, as it is written again."""
        wish = entry.opacity_by
        if wish is None:
            return raw
        place = self._first_place(wish.relative, wish.path)
        layer = self._ids.get(wish.layer) or self._missing_ids.get(wish.layer)
        return raw | {"layer": layer, "item": place, "path": place}

    def _following(self, entry: LayerEntry, layer: HeatmapLayer) -> HeatmapLayer:
        """Return a heatmap whose opacity follows what its entry says, once all layers are there."""
        wish = entry.opacity_by
        if wish is None:
            return layer
        found = OpacityBy(name=wish.name, low=wish.low, high=wish.high)
        if wish.layer in self._ids:
            return layer.replaced(opacity_by=found.replaced(volume=self._ids[wish.layer]))
        what = "the layer that its opacity follows is missing"
        if wish.relative or wish.path:
            read, what = self._read_opacity(entry, wish)
            if read is not None:
                volume_id = new_volume_id()
                self._volumes[volume_id] = read.volume
                source = {"volume": volume_id, "source": read.path, "identity": read.identity}
                return layer.replaced(opacity_by=found.replaced(**source))
        self._problems.append(
            f"{entry.where}.opacityBy: {what}. The opacity of {entry.told} follows nothing until another is "
            "chosen under 'Opacity by'."
        )
        # Written again as it was, so that it comes back with what is missing.
        waiting = self._waiting_opacity(dict(entry.raw.get("opacityBy") or {}), entry)
        return layer.replaced(kept=compact(dict(entry.kept) | {"opacityBy": waiting}))

    def _read_opacity(self, entry: LayerEntry, wish: OpacityEntry) -> tuple[ReadSource | None, str]:
        """Return the file that an opacity follows; else None, and why."""
        place = self._locator.locate(wish.relative, wish.path, wish.identity)
        name = file_name(wish.relative or wish.path)
        if not place.path:
            return None, f"the file that its opacity follows ({name}) {place.reason}"
        if place.reason:
            self._problems.append(f"{entry.where}.opacityBy: {wish.name or place.path} {place.reason}.")
        try:
            return read_source(place.path, cancelled=self._steps.cancelled), ""
        except Cancelled:
            raise
        except (HeatViewerError, OSError, MemoryError) as error:
            return None, f"the file that its opacity follows ({name}) {_reason(error)}"

    def _view(self, base: BaseLayer | None) -> ViewState:
        fields = dict(self._study.view)
        if "cursor" not in fields and base is not None:
            fields["cursor"] = self._volumes[base.id].cursor_world
        if solo := fields.get("solo"):
            # Of a missing layer too: it is alone again when it is found.
            fields["solo"] = self._ids.get(solo) or self._missing_ids.get(solo)
        return ViewState(**fields)


def _files_of(opened: Sequence[Opened]) -> tuple[Path, ...]:
    return tuple(file for one in opened for file in one.files)


def _as_shown(place: Located, entry: LayerEntry, opened: Sequence[Opened]) -> Located:
    """Return a folder with what is shown of it: other series that came or went are no change of this one."""
    if not place.changed or not os.path.isdir(place.path):
        return place
    now = identity_of(place.path, opened[0].series, entry.items, _files_of(opened))
    return place.as_it_was(now) if same_files(entry.identity, now) else replace(place, identity=now)


def _reason(error: Exception) -> str:
    """Return why a file or a setting was not taken, as a predicate without a full stop."""
    if isinstance(error, HeatViewerError):
        return f"{error.what}. {error.hint}".rstrip(". ")
    if isinstance(error, MemoryError):
        return "does not fit into memory"
    return f"cannot be read ({getattr(error, 'strerror', None) or type(error).__name__})"
