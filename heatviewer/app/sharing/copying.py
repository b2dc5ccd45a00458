"""A copy of a session without what identifies a patient."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from heatviewer.app.sharing.checking import document_findings, session_document
from heatviewer.app.sharing.judging import leads_out
from heatviewer.app.sharing.leaves import known_keys
from heatviewer.core.output import whole_file
from heatviewer.documents.json_text import json_bytes
from heatviewer.documents.places import SUFFIX

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from heatviewer.app.sharing.finding import Finding, Part
    from heatviewer.io.dicom.patient import PatientHeader
    from heatviewer.model.scene_state import SceneState

_PLACES = ("path", "relative_path", "item")


def cleaned(document: dict[str, Any], parts: Collection[Part]) -> dict[str, Any]:
    """Return a session without some of its parts.

    Parameters
    ----------
    document : dict
        Of the present version.
    parts : collection of str
        ``"paths"``: absolute ones, and those that lead out of the folder: of these the last name stays,
        by which the file is found beside the session. ``"uids"``, ``"names"`` (of layers, groups and
        labels), ``"notes"``, ``"metadata"``, ``"kept"`` (keys of other programs).
    """
    changed = _known(document) if "kept" in parts else dict(document)
    if isinstance(changed.get("base"), dict):
        changed["base"] = _layer(changed["base"], "Base", parts)
    if isinstance(changed.get("heatmaps"), list):
        changed["heatmaps"] = [
            _layer(entry, f"Heatmap {number}", parts) if isinstance(entry, dict) else entry
            for number, entry in enumerate(changed["heatmaps"], 1)
        ]
    if "kept" in parts and isinstance(changed.get("view"), dict):
        changed["view"] = _known(changed["view"])
    if "notes" in parts:
        changed["notes"] = ""
    if "metadata" in parts:
        changed["metaData"] = {}
    return changed


def left_over(
    document: dict[str, Any], parts: Collection[Part], patients: Sequence[PatientHeader]
) -> tuple[Finding, ...]:
    """Return what a copy without some parts would still tell."""
    return document_findings(cleaned(document, parts), patients)


def save_copy(state: SceneState, path: str | Path, parts: Collection[Part]) -> Path:
    """Write a session without some of its parts and return its absolute path; on any thread.

    Raises
    ------
    WriteError
        Naming what could not be written; a file that was there is as it was.
    """
    place = Path(os.path.abspath(path))
    if not place.suffix:
        place = place.with_suffix(SUFFIX)
    document = cleaned(session_document(state, str(place.parent), "paths" not in parts), parts)
    with whole_file(place) as file:
        file.write(json_bytes(document))
    return place


def _layer(entry: dict[str, Any], name: str, parts: Collection[Part]) -> dict[str, Any]:
    changed = _known(entry) if "kept" in parts else dict(entry)
    if "paths" in parts:
        changed = _without_paths(changed)
    if "uids" in parts:
        changed = _without_uids(changed)
    if "names" in parts:
        changed = _without_names(changed, name)
    follows = changed.get("opacityBy")
    if isinstance(follows, dict):
        changed["opacityBy"] = _layer(follows, "Opacity", parts)
    return changed


def _without_paths(entry: dict[str, Any]) -> dict[str, Any]:
    changed = {key: _beside(item) if key in _PLACES else item for key, item in entry.items()}
    if "path" in changed and (changed.get("relative_path") or changed.get("item")):
        changed["path"] = ""
    if isinstance(changed.get("items"), list):
        changed["items"] = [_beside(item) for item in changed["items"]]
    return changed


def _beside(path: Any) -> Any:
    """Return a path that leads out of the folder as its last name alone."""
    if not isinstance(path, str) or not leads_out(path):
        return path
    last = path.replace("\\", "/").rstrip("/").rpartition("/")[2]
    return "" if last in ("..", ".", "~") or last.endswith(":") else last


def _without_uids(entry: dict[str, Any]) -> dict[str, Any]:
    changed = dict(entry)
    if "series" in changed:
        changed["series"] = None
    if isinstance(changed.get("identity"), dict):
        changed["identity"] = without(changed["identity"], ("seriesUid", "series_uid"))
    return changed


def _without_names(entry: dict[str, Any], name: str) -> dict[str, Any]:
    changed = dict(entry)
    if "name" in changed:
        changed["name"] = name
    if isinstance(changed.get("labels"), list):
        pairs = [pair for pair in changed["labels"] if isinstance(pair, list) and pair]
        changed["labels"] = [[pair[0], f"Label {pair[0]}"] for pair in pairs]
    if isinstance(changed.get("link"), str):
        changed["link"] = None
    return changed


def without(entry: dict[str, Any], left_out: Collection[str]) -> dict[str, Any]:
    """Return an object without some of its keys."""
    return {name: item for name, item in entry.items() if name not in left_out}


def _known(entry: dict[str, Any]) -> dict[str, Any]:
    return without(entry, set(entry) - known_keys())
