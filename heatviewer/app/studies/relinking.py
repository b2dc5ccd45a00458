"""Layers of a session that were missing, found where a person says, and shown again. Free of Qt.

One place is told, a file or a folder; all that can be found from there is found with it: what lies as
it lay to the file that was told, and what lies there with the same content or the same series.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from heatviewer.app.studies.locating import Locator
from heatviewer.app.studies.reading import read_study
from heatviewer.app.studies.study import Study
from heatviewer.documents.json_text import compact
from heatviewer.documents.places import file_name
from heatviewer.documents.session import entry_of
from heatviewer.model.layer import HeatmapLayer, OpacityBy

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from heatviewer.app.studies.reading import ReadStudy
    from heatviewer.core.volume import Volume
    from heatviewer.documents.entry import LayerEntry
    from heatviewer.model.layer import BaseLayer
    from heatviewer.model.scene_state import MissingLayer, SceneState


class Found(NamedTuple):
    """A layer that was missing, and what was read for it: of a file of segments several heatmaps."""

    missing: MissingLayer
    entry: LayerEntry
    base: BaseLayer | None
    heatmaps: tuple[HeatmapLayer, ...]


class Relinked(NamedTuple):
    """What was found and read.

    Attributes
    ----------
    found : tuple of Found
    volumes : dict
        By layer id.
    problems : tuple of str
        What is odd about what was found, or cannot be read of it, a sentence each that begins with
        the layer's name.
    """

    found: tuple[Found, ...] = ()
    volumes: dict[str, Volume] = {}  # noqa: RUF012 (never written to)
    problems: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """What was found, as lists show it."""
        return tuple(one.missing.name for one in self.found)


# --- finding and reading ------------------------------------------------------------------------


def find_missing(
    missing: Sequence[MissingLayer],
    place: str | Path,
    asked: MissingLayer | None = None,
    like: Volume | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Relinked:
    """Look for missing layers from a place that a person has told, and read them; on any thread.

    Parameters
    ----------
    missing : sequence of MissingLayer
    place : path
        A file or folder.
    asked : MissingLayer, optional
        The one that the place was told for; a file then is that layer's, whatever its name.
    like : Volume, optional
        The base, where there is one.

    Raises
    ------
    Cancelled
    """
    return _Search(missing, os.path.abspath(place), asked, like, cancelled).found()


class _Search:
    """One search for missing layers."""

    def __init__(
        self,
        missing: Sequence[MissingLayer],
        place: str,
        asked: MissingLayer | None,
        like: Volume | None,
        cancelled: Callable[[], bool] | None,
    ) -> None:
        # The base first: heatmaps may need its grid.
        order = sorted(missing, key=lambda one: (one.role != "base", one.index))
        self._left = [(one, entry_of_missing(one)) for one in order]
        self._like, self._cancelled = like, cancelled
        searched = place if os.path.isdir(place) else os.path.dirname(place)
        self._study = Study("session", file_name(place), place, searched)
        self._locator = Locator(self._study)
        self._problems: dict[str, tuple[str, ...]] = {}
        self._odd: list[str] = []
        told = self._told(place, asked)
        if told is not None:
            self._learn(*told, place)

    def _told(self, place: str, asked: MissingLayer | None) -> tuple[MissingLayer, LayerEntry] | None:
        """Return the layer whose file the place itself is, if that can be told."""
        is_file = os.path.isfile(place)
        fitting = [pair for pair in self._left if is_file or _is_folder(pair[1])]
        named = [pair for pair in fitting if file_name(pair[0].path) == file_name(place)]
        alone = [pair for pair in fitting if asked in (None, pair[0])]
        if is_file and asked is not None and alone:
            return alone[0]
        return named[0] if named else alone[0] if len(alone) == 1 else None

    def _learn(self, missing: MissingLayer, entry: LayerEntry, path: str) -> None:
        """Take note of where a file is: its siblings may have moved with it."""
        for old in dict.fromkeys((missing.path, entry.path)):
            if old:
                self._locator = self._locator.with_found(old, path)

    def found(self) -> Relinked:
        """Look for all, and again for those that are left, as long as that finds any."""
        found: list[Found] = []
        volumes: dict[str, Volume] = {}
        before = -1
        while self._left and len(found) > before:
            before = len(found)
            for one, entry in tuple(self._left):
                read = self._read(entry)
                if read.state.missing:
                    # The last one says why; those before it, what was tried.
                    self._problems[one.name] = read.problems[-1:]
                    continue
                self._left.remove((one, entry))
                self._odd += read.problems
                self._problems.pop(one.name, None)
                found.append(Found(one, entry, read.state.base, read.state.heatmaps))
                volumes |= read.volumes
                if read.state.base is not None:
                    self._like = read.volumes[read.state.base.id]
                for layer in read.state.layers[:1]:
                    self._learn(one, entry, layer.source)
        still = [line for lines in self._problems.values() for line in lines]
        # People look for a layer's name, not for its place in the session.
        told = (line.partition(": ")[2] for line in (*self._odd, *still) if _is_news(line))
        return Relinked(tuple(found), volumes, tuple(dict.fromkeys(told)))

    def _read(self, entry: LayerEntry) -> ReadStudy:
        alone = replace(self._study, base=None, heatmaps=())
        alone = replace(alone, base=entry) if entry.role == "base" else replace(alone, heatmaps=(entry,))
        return read_study(alone, None, self._cancelled, self._locator, self._like)


def entry_of_missing(missing: MissingLayer) -> LayerEntry:
    """Return what the session says of a missing layer."""
    where = "base" if missing.role == "base" else f"heatmaps[{missing.index}]"
    return entry_of(missing.role, json.loads(missing.entry), where, missing.index, [])


def is_folder(missing: MissingLayer) -> bool:
    """Return whether a missing layer's files were in a folder that was opened as a whole."""
    return _is_folder(entry_of_missing(missing))


def _is_folder(entry: LayerEntry) -> bool:
    several = entry.identity is not None and entry.identity.files > 1
    name = file_name(entry.path or entry.relative)
    return several or bool(entry.items) or not Path(name).suffix


def _is_news(line: str) -> bool:
    """Return whether a sentence tells more than what rows tell, or than what comes back with the layers."""
    said = ("is not where it was", "was found beside", "the layer that its opacity follows is missing")
    return "is not the file it was" in line or not any(words in line for words in said)


def besides_missing(read: ReadStudy) -> tuple[str, ...]:
    """Return what is to be told of a study that was read, without what the rows of missing layers tell."""
    said = [(one.name, f" {one.reason}.") for one in read.state.missing]
    return tuple(
        line
        for line in read.problems
        if not any(name in line and line.endswith(reason) for name, reason in said)
    )


# --- showing ------------------------------------------------------------------------------------


def with_found(state: SceneState, relinked: Relinked) -> SceneState:
    """Return a state in which layers are no longer missing, each at its place."""
    found = {id(one): made for made in relinked.found for one in state.missing if one == made.missing}
    base, selected = state.base, state.selected
    listed: list[HeatmapLayer | MissingLayer] = []
    for item in state.listed:
        made = found.get(id(item))
        listed.extend(made.heatmaps if made is not None else (item,))
    missing = []
    for one in state.missing:
        made = found.get(id(one))
        if made is None:
            missing.append(one)
        elif base is None:
            base = made.base
    heatmaps = tuple(item for item in listed if isinstance(item, HeatmapLayer))
    places = {id(item): n for n, item in enumerate(listed)}
    return state.replaced(
        base=base,
        heatmaps=_followed(heatmaps, base, relinked),
        selected=selected or (heatmaps[-1].id if heatmaps else None),
        # A file of segments may have come as several layers.
        missing=tuple(one.replaced(index=places.get(id(one), one.index)) for one in missing),
    )


def _followed(
    heatmaps: tuple[HeatmapLayer, ...], base: BaseLayer | None, relinked: Relinked
) -> tuple[HeatmapLayer, ...]:
    """Return heatmaps of which those follow a layer's opacity again that waited for it to come back."""
    known = {layer.id: layer.id for layer in (*heatmaps, *((base,) if base is not None else ()))}
    waiting: dict[str, str] = {}
    for one in relinked.found:
        first = one.base or (one.heatmaps[0] if one.heatmaps else None)
        if one.entry.id and first is not None:
            known[one.entry.id] = first.id
        if one.entry.opacity_by is not None:
            waiting |= {layer.id: one.entry.opacity_by.layer for layer in one.heatmaps}
    return tuple(_following(layer, waiting.get(layer.id), known) for layer in heatmaps)


def _following(layer: HeatmapLayer, follows: str | None, known: dict[str, str]) -> HeatmapLayer:
    """Return a heatmap whose opacity follows the layer that it waited for, if that is there now."""
    kept = json.loads(layer.kept) if layer.kept else {}
    wish = kept.get("opacityBy")
    if layer.opacity_by is not None or not isinstance(wish, dict):
        return layer
    target = known.get(follows or str(wish.get("layer") or ""))
    if target is None:
        return layer
    del kept["opacityBy"]
    name = str(wish.get("name") or "")
    found = OpacityBy(volume=target, name=name, low=wish["low"], high=wish["high"])
    return layer.replaced(opacity_by=found, kept=compact(kept))
