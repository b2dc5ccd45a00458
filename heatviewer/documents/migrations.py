"""Sessions of earlier versions, made into what this version writes, one version after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from heatviewer.core.errors import ReadError
from heatviewer.model.rules import told

if TYPE_CHECKING:
    from collections.abc import Callable


def _from_0(document: dict[str, Any]) -> dict[str, Any]:
    """Version 0 is the short form that people write by hand: a path may stand for a whole layer."""
    base, heatmaps = document.get("base"), document.get("heatmaps")
    changed = dict(document)
    if isinstance(base, str):
        changed["base"] = {"path": base}
    if isinstance(heatmaps, list):
        changed["heatmaps"] = [{"item": entry} if isinstance(entry, str) else entry for entry in heatmaps]
    return changed


#: By the version that a step starts from.
MIGRATIONS: Final[dict[int, Callable[[dict[str, Any]], dict[str, Any]]]] = {0: _from_0}
VERSION: Final = max(MIGRATIONS) + 1


def migrated(document: dict[str, Any], where: str) -> dict[str, Any]:
    """Return a session as this version writes it; one without a version is of the oldest.

    Raises
    ------
    ReadError
        Its version is a newer one, or none at all.
    """
    version = document.get("version", 0)
    if type(version) is not int or version < 0:
        what = f"version: {told(version)} is no version of a session"
        raise ReadError(where, what, f"Write a whole number from 0 to {VERSION}, or save the session again")
    if version > VERSION:
        what = f"version: it is of version {version}, and this program knows up to {VERSION}"
        raise ReadError(where, what, "Open it with a newer HeatViewer")
    for step in range(version, VERSION):
        document = MIGRATIONS[step](document)
    return document
