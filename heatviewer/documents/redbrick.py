"""RedBrick tasks: series with heatmaps and segmentations, as the RedBrick SDK's types describe them.

``{"name", "series": [{"name", "items": path or [paths], "heatMaps": [HeatMap], "segmentations": …}]}``, one
task or a list. Every series is a study of its own. What is not known here is kept under the key
``redbrick``, of the study and of each heatmap, so that a session and an export give it again.
"""

from __future__ import annotations

import os
import posixpath
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, Literal

from heatviewer.core.errors import ReadError
from heatviewer.documents.entry import LayerEntry, checked_settings, text_of
from heatviewer.documents.names import unknown_keys
from heatviewer.documents.places import climbs, is_absolute, is_address
from heatviewer.documents.session import metadata_of
from heatviewer.model.rules import told

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Where fields of a task that are not known here are kept, in studies and in layers.
KEPT: Final = "redbrick"
#: Under it, how many series a document has from which one was opened.
SERIES_COUNT: Final = "seriesCount"
#: The fields of the SDK's HeatMap.
HEATMAP_KEYS: Final = (
    "name", "item", "preset", "dataRange", "opacityPoints", "opacityPoints3d", "rgbPoints",
)  # fmt: skip
#: The presets that RedBrick knows.
PRESETS: Final = (
    "Cool to warm", "Warm to cool", "Rainbow desaturated", "Cold and hot", "X-Ray", "Red", "Blue",
    "Green", "Yellow", "Magenta",
)  # fmt: skip
#: Fields of a series that are made anew from the layers.
_LAYER_KEYS = {"items", "heatMaps", "segmentations"}


@dataclass(frozen=True)
class TaskSeries:
    """A series of a task, checked.

    Attributes
    ----------
    name : str
        ``"task / series"``.
    base : LayerEntry or None
    heatmaps : tuple of LayerEntry
        Bottom first: heatmaps, then segmentations.
    metadata : tuple of (str, str)
    kept : mapping
        What an export needs to give the task again.
    problems : tuple of str
        What was left out, a sentence each that begins with its place in the document.
    """

    name: str
    base: LayerEntry | None
    heatmaps: tuple[LayerEntry, ...]
    metadata: tuple[tuple[str, str], ...] = ()
    kept: Mapping[str, Any] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


def parse_tasks(document: Any, where: str) -> tuple[TaskSeries, ...]:
    """Return the series of a task, or of a list of them; what is not allowed is left out and told.

    Raises
    ------
    ReadError
        Not one series of it can be used; the message tells why.
    """
    tasks = document if isinstance(document, list) else [document]
    general: list[str] = []
    found: list[TaskSeries] = []
    for n, task in enumerate(tasks):
        place = f"[{n}]" if isinstance(document, list) else ""
        if isinstance(task, dict):
            found += _series_of(task, place, n, general)
        else:
            general.append(f"{place or 'task'}: {told(task)} is no object. It is left out.")
    if not found:
        what = "; ".join(line.rstrip(".") for line in general) or "holds no series"
        raise ReadError(where, what, "See 'heatviewer task check' for all that is wrong with it")
    # One of them that is exported says that it was not alone.
    more = {SERIES_COUNT: len(found)} if len(found) > 1 else {}
    return tuple(
        replace(one, problems=(*general, *one.problems), kept={KEPT: {**one.kept[KEPT], **more}})
        for one in found
    )


def _series_of(task: dict[str, Any], place: str, number: int, general: list[str]) -> list[TaskSeries]:
    """Return a task's series that name any layer; what is wrong with the others is told."""
    path = f"{place}.series" if place else "series"
    entries = task.get("series")
    if not isinstance(entries, list) or not entries:
        what = "is missing" if entries is None else f"{told(entries)} is no list of series"
        general.append(f"{path}: {what}. Give the series in brackets.")
        return []
    problems: list[str] = []
    name = text_of(task, "name", place or "task", problems) or f"task {number + 1}"
    metadata = metadata_of(task.get("metaData"), f"{place}.metaData".lstrip("."), problems)
    kept = unknown_keys(task, {"series"})
    found = []
    for n, entry in enumerate(entries):
        where = f"{path}[{n}]"
        if not isinstance(entry, dict):
            general.append(f"{where}: {told(entry)} is no object. It is left out.")
            continue
        own: list[str] = []
        base = _base_of(entry, where, own)
        heatmaps = _heatmaps_of(entry, where, own)
        if base is None and not heatmaps:
            general += own or [f"{where}: names no file. It is left out."]
            continue
        title = text_of(entry, "name", where, own) or ("" if len(entries) == 1 else f"series {n + 1}")
        both = _together(metadata, metadata_of(entry.get("metaData"), f"{where}.metaData", own))
        rest = {"task": kept, "series": unknown_keys(entry, _LAYER_KEYS)}
        full = f"{name} / {title}" if title else name
        found.append(TaskSeries(full, base, heatmaps, both, {KEPT: rest}, (*problems, *own)))
    return found


def _together(
    task: tuple[tuple[str, str], ...], series: tuple[tuple[str, str], ...]
) -> tuple[tuple[str, str], ...]:
    """Return the facts of a task and a series; of one name that differs both are shown."""
    facts = dict(task)
    for name, text in series:
        facts[f"{name} (series)" if facts.get(name, text) != text else name] = text
    return tuple(facts.items())


# --- layers --------------------------------------------------------------------------------------


def _base_of(entry: dict[str, Any], where: str, problems: list[str]) -> LayerEntry | None:
    wish = entry.get("items")
    place = f"{where}.items"
    names: tuple[str, ...] = ()
    if isinstance(wish, str) and wish:
        folder = wish
    elif isinstance(wish, list) and wish and all(isinstance(item, str) and item for item in wish):
        try:
            folder, names = together(wish)
        except ValueError as error:
            problems.append(f"{place}: {error}. Give all of them alike.")
            return None
    else:
        if wish is None:
            what = "is missing"
        else:
            what = "is an empty list" if wish == [] else f"{told(wish)} is neither a path nor a list of paths"
        problems.append(f"{place}: {what}. Give the path of the image, or of its files.")
        return None
    title = entry.get("name")
    settings = {"name": title} if isinstance(title, str) and title else {}
    relative, absolute = _placed(folder)
    raw = _raw(relative, absolute) | settings | ({"items": list(names)} if names else {})
    return LayerEntry("base", place, 0, relative, absolute, items=names, settings=settings, raw=raw)


def together(paths: list[str]) -> tuple[str, tuple[str, ...]]:
    """Return the folder that files have in common, and their names within it, in their order.

    One that is not to be read (an address, a way out of the folder) stands for the whole list.

    Raises
    ------
    ValueError
        Some paths stand by themselves, and others start from the task's folder.
    """
    for path in paths:
        if is_address(path) or climbs_out(path):
            return path, ()
    plain = [posixpath.normpath(path.replace("\\", "/")) for path in paths]
    if len({is_absolute(path) for path in plain}) > 1:
        raise ValueError("mixes absolute paths with others")
    folder = posixpath.commonpath([posixpath.dirname(path) or "." for path in plain]) or "."
    return folder, tuple(posixpath.relpath(path, folder) for path in plain)


def _heatmaps_of(entry: dict[str, Any], where: str, problems: list[str]) -> tuple[LayerEntry, ...]:
    wish = entry.get("heatMaps")
    found: list[LayerEntry] = []
    if wish is not None and not isinstance(wish, list):
        problems.append(f"{where}.heatMaps: {told(wish)} is no list. Give the heatmaps in brackets.")
        wish = []
    for n, heatmap in enumerate(wish or []):
        place = f"{where}.heatMaps[{n}]"
        if not isinstance(heatmap, dict):
            problems.append(f"{place}: {told(heatmap)} is no object. It is left out.")
        elif (made := _heatmap_of(heatmap, place, len(found), problems)) is not None:
            found.append(made)
    return (*found, *_segmentations_of(entry, where, len(found), problems))


def _heatmap_of(raw: dict[str, Any], where: str, index: int, problems: list[str]) -> LayerEntry | None:
    item = raw.get("item")
    if not isinstance(item, str) or not item:
        what = "is missing" if item is None else f"{told(item)} is no path"
        problems.append(f"{where}.item: {what}. The heatmap is left out.")
        return None
    known = {name: value for name, value in raw.items() if name in HEATMAP_KEYS}
    settings = checked_settings("heatmap", known, where, problems, null_is_default=True)
    relative, absolute = _placed(item)
    rest = unknown_keys(raw, set(HEATMAP_KEYS))
    kept = {KEPT: rest} if rest else {}
    return LayerEntry(
        "heatmap",
        where,
        index,
        relative,
        absolute,
        settings=settings,
        kept=kept,
        raw=_raw(relative, absolute) | known | kept,
        plain_range=True,
    )


def _raw(relative: str, absolute: str) -> dict[str, Any]:
    """Return what a session says of a layer whose file is missing."""
    return {"path": absolute, "relative_path": relative}


def _placed(path: str) -> tuple[str, str]:
    """Return a path as one from the task's folder, or as one that stands by itself."""
    return ("", path) if is_absolute(path) else (path.replace("\\", "/"), "")


# --- segmentations -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Segment:
    """An entry of a segmentMap: its value, its name, and the file it is in; empty: all files."""

    value: int
    name: str
    mask: tuple[str, ...]


def _segmentations_of(
    entry: dict[str, Any], where: str, index: int, problems: list[str]
) -> tuple[LayerEntry, ...]:
    wish = entry.get("segmentations")
    paths = [wish] if isinstance(wish, str) else wish if isinstance(wish, list) else []
    if wish is not None and not isinstance(wish, str | list):
        problems.append(f"{where}.segmentations: {told(wish)} is neither a path nor a list of paths.")
    segments = segments_of(entry.get("segmentMap"), f"{where}.segmentMap", problems)
    places: dict[str, str] = {}
    for n, path in enumerate(paths):
        place = f"{where}.segmentations" + (f"[{n}]" if isinstance(wish, list) else "")
        if isinstance(path, str) and path:
            places.setdefault(path, place)
        else:
            problems.append(f"{place}: {told(path)} is no path. It is left out.")
    for segment in segments:
        for path in segment.mask:
            places.setdefault(path, f"{where}.segmentMap.{segment.value}.mask")
    form: Literal["labels", "mask"] = "mask" if entry.get("binaryMask") is True else "labels"
    found = []
    for n, (path, place) in enumerate(places.items()):
        named = {one.value: one.name for one in segments if not one.mask or path in one.mask}
        settings: dict[str, Any] = {"interpolation": "nearest"}
        if named:
            settings["labels"] = tuple(sorted(named.items()))
        relative, absolute = _placed(path)
        kept = {KEPT: {"segmentation": True}}
        raw = _raw(relative, absolute) | {"interpolation": "nearest", "labels": sorted(named.items())} | kept
        found.append(
            LayerEntry(
                "heatmap",
                place,
                index + n,
                relative,
                absolute,
                settings=settings,
                kept=kept,
                raw=raw,
                plain_range=True,
                segments=form,
            )
        )
    return tuple(found)


def segments_of(wish: Any, where: str, problems: list[str]) -> tuple[Segment, ...]:
    """Return the entries of a segmentMap, in its short or its full form; those that are none are told."""
    if wish is None:
        return ()
    if not isinstance(wish, dict):
        problems.append(f"{where}: {told(wish)} is no object. It is left out.")
        return ()
    found = []
    for key, value in wish.items():
        try:
            number = int(key)
        except ValueError:
            problems.append(f"{where}.{key}: is no whole number. It is left out.")
            continue
        full = value if isinstance(value, dict) else {"category": value}
        name = category_name(full.get("category"))
        if not name:
            problems.append(f"{where}.{key}: names no category. Its value is shown without a name.")
        mask = full.get("mask")
        masks = [mask] if isinstance(mask, str) else mask if isinstance(mask, list) else []
        found.append(
            Segment(number, name or f"label {number}", tuple(m for m in masks if isinstance(m, str) and m))
        )
    return tuple(found)


def category_name(category: Any) -> str:
    """Return a category as text; of a list its parts, from the general to the special."""
    if isinstance(category, list):
        return " / ".join(str(part) for part in category)
    return str(category) if isinstance(category, str | int) and not isinstance(category, bool) else ""


def normal(path: str) -> str:
    """Return a path from a task's folder without '.' and '..' where they can be done without."""
    return os.path.normpath(path.replace("\\", "/")).replace(os.sep, "/")


def climbs_out(path: str) -> bool:
    """Return whether a relative path leads out of the folder that it starts from."""
    return not is_absolute(path) and climbs(path)
