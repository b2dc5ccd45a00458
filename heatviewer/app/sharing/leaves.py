"""The texts of a session, a task or a style, with their JSON paths and what they are meant as."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from heatviewer.app.sharing.finding import Leaf
from heatviewer.documents.entry import setting_keys
from heatviewer.documents.names import fields_by_key, key
from heatviewer.model.layer import STYLE_FIELDS, Contours
from heatviewer.model.source import FileIdentity
from heatviewer.model.view import SliceCamera, ViewState, VolumeCamera

if TYPE_CHECKING:
    from collections.abc import Iterator

    from heatviewer.app.sharing.finding import Role

#: What a key's texts are meant as, wherever it stands.
_ROLES: dict[str, Role] = {
    "path": "path", "relative_path": "path", "item": "path", "items": "path", "segmentations": "path",
    "name": "name", "labels": "name", "link": "name", "title": "name", "segmentMap": "name",
    "series": "uid", "series_uid": "uid", "seriesUid": "uid",
    "notes": "notes", "metaData": "metadata",
}  # fmt: skip
#: Keys of documents that hold no free text of their own.
_OTHERS = {
    "format", "version", "program", "base", "heatmaps", "heatMaps", "selected", "view", "presets", "id",
    "identity", "opacityBy", "layer", "low", "high", "styles", "style", "pattern",
}  # fmt: skip


def leaves(document: Any) -> Iterator[Leaf]:
    """Yield every text of a document, in its order; a number that could be a person's too."""
    yield from _walked(document, "", "setting")


def _walked(value: Any, where: str, role: Role) -> Iterator[Leaf]:
    if isinstance(value, dict):
        if where == "presets":
            # A preset's name is its key; beside it there are colours.
            yield from (Leaf(f"presets.{name}", str(name), "setting") for name in value)
            return
        for name, item in value.items():
            place = f"{where}.{name}" if where else str(name)
            inner = _role_of(str(name), role, item)
            if inner in ("metadata", "kept") and not isinstance(item, dict):
                yield Leaf(place, _said(str(name), item), inner)
            else:
                yield from _walked(item, place, inner)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _walked(item, f"{where}[{index}]", role)
    elif isinstance(value, str) and value:
        yield Leaf(where, value, role)


def _said(name: str, item: Any) -> str:
    text = item if isinstance(item, str) else json.dumps(item, ensure_ascii=False)
    return f"{name}: {text}"


def _role_of(name: str, role: Role, item: Any) -> Role:
    if role in ("metadata", "kept", "name"):
        return role
    if name == "series" and not isinstance(item, str):
        return "setting"
    if name in _ROLES:
        return _ROLES[name]
    return "setting" if name in known_keys() else "kept"


@cache
def known_keys() -> frozenset[str]:
    """Return every key that documents of this program have."""
    keys = {*setting_keys("base"), *setting_keys("heatmap"), *map(key, STYLE_FIELDS)}
    for model in (ViewState, SliceCamera, VolumeCamera, Contours, FileIdentity):
        keys |= set(fields_by_key(model))
    return frozenset(keys | _OTHERS | set(_ROLES))
