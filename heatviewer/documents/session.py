"""Sessions (.hvs): everything a reader set up, and no pixels.

``{"format": "heatviewer-session", "version": 1, "base": {…}, "heatmaps": [{…}], "view": {…}, …}``. A heatmap
entry is a RedBrick ``HeatMap`` with more keys. Keys that are not known are kept and written again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from heatviewer.core.errors import ReadError, SettingError
from heatviewer.documents.entry import (
    LayerEntry,
    OpacityEntry,
    Role,
    checked,
    checked_settings,
    setting_keys,
    text_of,
    texts_of,
)
from heatviewer.documents.json_text import json_bytes
from heatviewer.documents.migrations import VERSION, migrated
from heatviewer.documents.names import (
    fields_by_key,
    keyed,
    known_keys,
    merged,
    unknown_keys,
)
from heatviewer.documents.places import climbs, file_name, is_absolute, relative_to
from heatviewer.model.layer import SOURCE_FIELDS, BaseLayer, HeatmapLayer, OpacityBy
from heatviewer.model.rules import told
from heatviewer.model.scene_state import MAX_NOTES
from heatviewer.model.source import FileIdentity
from heatviewer.model.view import ViewState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from heatviewer.model.scene_state import MissingLayer, SceneState

FORMAT = "heatviewer-session"
#: More heatmaps no study has; each costs time to look for.
MAX_HEATMAPS = 1000
TOP_KEYS = (
    "format", "version", "program", "base", "heatmaps", "selected", "view", "notes", "metaData", "presets",
)  # fmt: skip
#: What an entry says of its files, beside its settings. `relative_path` is the base's, `item` a heatmap's.
SOURCE_KEYS = ("id", "path", "relative_path", "item", "series", "items", "identity")
OPACITY_KEYS = ("layer", "item", "path", "name", "low", "high", "identity")


@dataclass(frozen=True)
class Session:
    """What a session file says, checked.

    Attributes
    ----------
    base : LayerEntry or None
    heatmaps : tuple of LayerEntry
        Bottom first.
    view : mapping
        Checked fields of ``ViewState``; ids are those of the document.
    selected : str or None
        The selected heatmap's id in the document; empty for the one on top, None for none.
    notes : str
    metadata : tuple of (str, str)
    kept : mapping
        Keys that are not known here.
    problems : tuple of str
        What was left out, a sentence each that begins with the field.
    """

    base: LayerEntry | None = None
    heatmaps: tuple[LayerEntry, ...] = ()
    view: Mapping[str, Any] = field(default_factory=dict)
    selected: str | None = ""
    notes: str = ""
    metadata: tuple[tuple[str, str], ...] = ()
    kept: Mapping[str, Any] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


#: Points that a heatmap may be without: RedBrick has lists here and no null.
_LISTS = {
    "opacityPoints": "opacity_points",
    "rgbPoints": "rgb_points",
    "opacityPoints3d": "opacity_points_3d",
}

# --- writing ---------------------------------------------------------------------------------------


def session_bytes(
    state: SceneState,
    folder: str | None,
    presets: Mapping[str, Any] | None = None,
    program: str = "",
    absolute: bool = True,
) -> bytes:
    """Return a scene's display state as the text of a session file.

    Parameters
    ----------
    folder : str or None
        Absolute path of the folder that the session will lie in: paths relative to it are written.
        None: absolute paths only.
    presets : mapping, optional
        The user's presets that the layers use, as preset files hold them.
    absolute : bool
        Whether absolute paths are written too.
    """
    listed = state.listed
    base = state.base or next((one for one in state.missing if one.role == "base"), None)
    ids = _ids_of(base, listed)
    view = state.view.model_dump(mode="json")
    document = {
        "format": FORMAT,
        "version": VERSION,
        "program": program,
        "base": _entry_text(base, folder, absolute, ids) if base is not None else None,
        "heatmaps": [_entry_text(layer, folder, absolute, ids) for layer in listed],
        "selected": ids.get(state.selected or ""),
        "view": keyed(view | {"solo": ids.get(state.view.solo or "")}),
        "notes": state.notes,
        "metaData": _metadata_text(state.metadata),
        "presets": dict(presets or {}),
    }
    return json_bytes(merged(document, json.loads(state.kept) if state.kept else {}))


def _ids_of(
    base: BaseLayer | MissingLayer | None, heatmaps: Sequence[HeatmapLayer | MissingLayer]
) -> dict[str, str]:
    """Return layers' names within the document by their ids: the same whenever the same is saved."""
    ids = {_id_of(layer): f"heatmap-{n}" for n, layer in enumerate(heatmaps, 1)}
    if base is not None:
        ids[_id_of(base)] = "base"
    ids.pop("", None)
    return ids


def _id_of(layer: BaseLayer | HeatmapLayer | MissingLayer) -> str:
    if isinstance(layer, BaseLayer | HeatmapLayer):
        return layer.id
    found = json.loads(layer.entry).get("id")
    return found if isinstance(found, str) else ""


def _entry_text(
    layer: BaseLayer | HeatmapLayer | MissingLayer, folder: str | None, absolute: bool, ids: dict[str, str]
) -> dict[str, Any]:
    """Return a layer as a session holds it."""
    if not isinstance(layer, BaseLayer | HeatmapLayer):
        return _missing_text(layer, folder, absolute, ids)
    entry: dict[str, Any] = {"id": ids[layer.id], "name": layer.name}
    entry |= _place_text(layer.source, folder, absolute, "item" if _is_heatmap(layer) else "relative_path")
    entry |= {"series": layer.series, "items": list(layer.items), "identity": _identity_text(layer.identity)}
    settings = keyed(layer.model_dump(mode="json", exclude={*SOURCE_FIELDS, "opacity_by"}))
    entry |= {k: item for k, item in settings.items() if item is not None or k not in _LISTS}
    kept = json.loads(layer.kept) if layer.kept else {}
    if isinstance(layer, HeatmapLayer):
        entry["opacityBy"] = _opacity_text(layer.opacity_by, kept, folder, absolute, ids)
    return merged(entry, kept)


def _is_heatmap(layer: BaseLayer | HeatmapLayer) -> bool:
    return isinstance(layer, HeatmapLayer)


def _place_text(path: str, folder: str | None, absolute: bool, relative_key: str) -> dict[str, Any]:
    """Return where a file is; where nothing else may be told, its name, by which it is found beside."""
    relative = relative_to(path, folder)
    if not absolute:
        return {relative_key: relative or file_name(path), "path": ""}
    return {relative_key: relative or (path if relative_key == "item" else ""), "path": path}


def _identity_text(identity: FileIdentity | None) -> dict[str, Any] | None:
    return None if identity is None else keyed(identity.model_dump(mode="json"))


def _opacity_text(
    follows: OpacityBy | None, kept: dict[str, Any], folder: str | None, absolute: bool, ids: dict[str, str]
) -> dict[str, Any] | None:
    """Return what an opacity follows; what could not be read when the session was opened as it was."""
    if follows is None:
        waiting = kept.pop("opacityBy", None)
        if not isinstance(waiting, dict) or "low" not in waiting:
            return None
        place = _place_text(str(waiting.get("path") or ""), folder, absolute, "item")
        layer = waiting.get("layer")
        return waiting | place | {"layer": ids.get(layer) if isinstance(layer, str) else None}
    return {
        "layer": ids.get(follows.volume),
        **_place_text(follows.source, folder, absolute, "item"),
        "name": follows.name,
        "low": follows.low,
        "high": follows.high,
        "identity": _identity_text(follows.identity),
    }


def _missing_text(
    missing: MissingLayer, folder: str | None, absolute: bool, ids: dict[str, str]
) -> dict[str, Any]:
    """Return a missing layer's entry as it was, its relative path from the folder of now."""
    entry: dict[str, Any] = json.loads(missing.entry)
    relative_key = "item" if missing.role == "heatmap" else "relative_path"
    if entry.get(relative_key) and not is_absolute(str(entry[relative_key])):
        entry |= _place_text(missing.path, folder, True, relative_key) | {"path": entry.get("path") or ""}
    if not absolute:
        entry["path"] = ""
        if is_absolute(str(entry.get(relative_key) or "")):
            entry[relative_key] = file_name(entry[relative_key])
    if "id" in entry:
        entry["id"] = ids.get(_id_of(missing), "")
    follows = entry.get("opacityBy")
    if isinstance(follows, dict) and isinstance(follows.get("layer"), str):
        entry["opacityBy"] = follows | {"layer": ids.get(follows["layer"])}
    return entry


def _metadata_text(metadata: tuple[tuple[str, str], ...]) -> Any:
    """Return facts as an object; as pairs where a name comes twice."""
    made = dict(metadata)
    return made if len(made) == len(metadata) else [list(fact) for fact in metadata]


# --- reading ---------------------------------------------------------------------------------------


def is_session(document: object) -> bool:
    """Return whether a JSON value is meant as a session, of whatever version."""
    return isinstance(document, dict) and document.get("format") == FORMAT


def parse_session(document: dict[str, Any], where: str) -> Session:
    """Return what a session says; what is not allowed is left out and told.

    Parameters
    ----------
    document : dict
        As `parse_json` gives it.
    where : str
        The file's name, as errors tell it.

    Raises
    ------
    ReadError
        It is of a newer version, or holds no layer that can be told.
    """
    document = migrated(document, where)
    problems: list[str] = []
    base = _base_of(document.get("base"), problems)
    heatmaps = _heatmaps_of(document.get("heatmaps"), where, problems)
    view_raw = document.get("view")
    if view_raw is not None and not isinstance(view_raw, dict):
        problems.append("view: is no object. The views start as they do for a new study.")
    view_raw = view_raw if isinstance(view_raw, dict) else {}
    kept = unknown_keys(document, {**dict.fromkeys(TOP_KEYS), "view": known_keys(ViewState)})
    session = Session(
        base,
        heatmaps,
        _view_of(view_raw, problems),
        None if document.get("selected", "") is None else text_of(document, "selected", "", problems),
        _notes_of(document, problems),
        metadata_of(document.get("metaData"), "metaData", problems),
        kept,
    )
    if base is None and not heatmaps and (document.get("base") or document.get("heatmaps")):
        raise ReadError(where, "; ".join(problems).rstrip("."), "Save the session again, or open its backup")
    return replace(session, problems=tuple(line.lstrip(".") for line in problems))


def _notes_of(document: dict[str, Any], problems: list[str]) -> str:
    notes = text_of(document, "notes", "", problems)
    if len(notes) > MAX_NOTES:
        problems.append(f"notes: have more than {MAX_NOTES:,} characters. The rest is left out.")
    return notes[:MAX_NOTES]


def _base_of(raw: Any, problems: list[str]) -> LayerEntry | None:
    if raw is None:
        return None
    if not isinstance(raw, dict):
        problems.append("base: is no object. Give path and settings in braces.")
        return None
    return entry_of("base", raw, "base", 0, problems)


def _heatmaps_of(raw: Any, where: str, problems: list[str]) -> tuple[LayerEntry, ...]:
    if raw is None:
        return ()
    if not isinstance(raw, list):
        problems.append("heatmaps: is no list. Give the heatmaps in brackets, bottom first.")
        return ()
    if len(raw) > MAX_HEATMAPS:
        what = f"heatmaps: has {len(raw):,} entries, and no study has more than {MAX_HEATMAPS:,}"
        raise ReadError(where, what, "Take out those that are not meant")
    found = []
    for index, entry in enumerate(raw):
        place = f"heatmaps[{index}]"
        if isinstance(entry, dict):
            found.append(entry_of("heatmap", entry, place, index, problems))
        else:
            problems.append(f"{place}: is no object. It is left out.")
    return tuple(found)


def entry_of(role: Role, raw: dict[str, Any], where: str, index: int, problems: list[str]) -> LayerEntry:
    """Return a layer of a session from its object; what is not allowed is left out and told."""
    relative, absolute = _places_of(raw, where, problems)
    items = texts_of(raw, "items", where, problems)
    if any(is_absolute(item) or climbs(item) for item in items):
        problems.append(f"{where}.items: lead out of the layer's own folder. They are left out.")
        items = ()
    settings = checked_settings(role, raw, where, problems)
    if role == "heatmap" and raw.get("id"):
        # Only the program names ids, and it leaves out no points but those that there are none of.
        settings = dict.fromkeys(_LISTS.values()) | settings
    opacity_by = _opacity_of(raw.get("opacityBy"), f"{where}.opacityBy", problems)
    model = BaseLayer if role == "base" else HeatmapLayer
    inside = known_keys(model)
    known = dict.fromkeys(SOURCE_KEYS) | {name: inside[name] for name in (*setting_keys(role), "identity")}
    if role == "heatmap":
        known["opacityBy"] = dict.fromkeys(OPACITY_KEYS)
    return LayerEntry(
        role,
        where,
        index,
        relative,
        absolute,
        text_of(raw, "series", where, problems) or None,
        items,
        text_of(raw, "id", where, problems),
        _identity_of(raw.get("identity"), f"{where}.identity", problems),
        settings,
        opacity_by,
        unknown_keys(raw, known),
        raw,
    )


def _places_of(raw: dict[str, Any], where: str, problems: list[str]) -> tuple[str, str]:
    """Return the relative and the absolute path of an object; either may be empty."""
    item = text_of(raw, "item", where, problems)
    absolute = text_of(raw, "path", where, problems)
    relative = text_of(raw, "relative_path", where, problems)
    if item and not relative and not is_absolute(item):
        relative = item
    elif item and not absolute:
        absolute = item
    if relative and is_absolute(relative):
        relative, absolute = "", absolute or relative
    if absolute and not relative and not is_absolute(absolute):
        relative, absolute = absolute, ""
    return relative, absolute


def _identity_of(raw: Any, where: str, problems: list[str]) -> FileIdentity | None:
    """Return what the file was; None where that is not told well: it then counts as not known."""
    if raw is None:
        return None
    try:
        return FileIdentity(**{name: raw[k] for k, name in fields_by_key(FileIdentity).items() if k in raw})
    except (SettingError, TypeError, IndexError):
        problems.append(f"{where}: {told(raw)} does not tell what the file was. It is left out.")
        return None


def _opacity_of(raw: Any, where: str, problems: list[str]) -> OpacityEntry | None:
    if raw is None:
        return None
    try:
        wish = OpacityBy(low=raw["low"], high=raw["high"])
    except (TypeError, LookupError, SettingError):
        problems.append(f"{where}: has no rising low and high. The layer's opacity follows nothing.")
        return None
    relative, path = _places_of(raw, where, problems)
    layer = text_of(raw, "layer", where, problems)
    if not (layer or relative or path):
        problems.append(f"{where}: names neither a layer nor a file. The layer's opacity follows nothing.")
        return None
    identity = _identity_of(raw.get("identity"), f"{where}.identity", problems)
    name = text_of(raw, "name", where, problems)
    return OpacityEntry(layer, relative, path, name, wish.low, wish.high, identity)


def _view_of(raw: dict[str, Any], problems: list[str]) -> dict[str, Any]:
    given = {name: raw[k] for k, name in fields_by_key(ViewState).items() if raw.get(k) is not None}
    return checked(ViewState, {}, given, "view", problems)


def metadata_of(raw: Any, where: str, problems: list[str]) -> tuple[tuple[str, str], ...]:
    """Return facts to be shown, as texts."""
    if raw is None:
        return ()
    facts = list(raw.items()) if isinstance(raw, dict) else raw
    if not (isinstance(facts, list) and all(isinstance(f, list | tuple) and len(f) == 2 for f in facts)):
        problems.append(f"{where}: is no object. It is left out.")
        return ()
    return tuple(
        (str(name), item if isinstance(item, str) else json.dumps(item, ensure_ascii=False))
        for name, item in facts
    )
