"""The published schema of a session, made from the models: what other programs may rely on.

It lies in ``resources/schemas/session.schema.json``, and a test says that it is this one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from heatviewer.documents.entry import setting_keys
from heatviewer.documents.json_text import json_bytes
from heatviewer.documents.migrations import VERSION
from heatviewer.documents.names import key
from heatviewer.documents.session import FORMAT, MAX_HEATMAPS
from heatviewer.model.layer import BaseLayer, HeatmapLayer, OpacityBy
from heatviewer.model.scene_state import MAX_NOTES
from heatviewer.model.source import FileIdentity
from heatviewer.model.view import ViewState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from heatviewer.documents.entry import Role
    from heatviewer.model.base import Settings

_TEXT = {"type": "string"}
_TEXT_OR_NULL = {"anyOf": [_TEXT, {"type": "null"}]}


def schema_bytes() -> bytes:
    """Return the schema as the text of its file."""
    return json_bytes(session_schema())


def session_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a session of this version.

    Keys that it does not name are allowed, and kept when the session is saved again.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:heatviewer:session:{VERSION}",
        "title": "HeatViewer session (.hvs)",
        "description": "What a reader set up: layers, views and notes. It names files and holds no pixels.",
        "type": "object",
        "required": ["format", "version"],
        "properties": {
            "format": {"const": FORMAT},
            "version": {"const": VERSION},
            "program": _told(_TEXT, "what wrote it"),
            "base": {"anyOf": [{"$ref": "#/$defs/base"}, {"type": "null"}]},
            "heatmaps": {
                "description": "bottom first; an entry is a RedBrick HeatMap with more keys",
                "type": "array",
                "maxItems": MAX_HEATMAPS,
                "items": {"$ref": "#/$defs/heatmap"},
            },
            "selected": _told(_TEXT_OR_NULL, "id of the selected heatmap"),
            "view": {"$ref": "#/$defs/view"},
            "notes": {"type": "string", "maxLength": MAX_NOTES},
            "metaData": {
                "description": "facts of the study, to be shown",
                "anyOf": [
                    {"type": "object"},
                    {"type": "array", "items": {"type": "array", "minItems": 2, "maxItems": 2}},
                ],
            },
            "presets": _told({"type": "object"}, "colour presets that the layers use, by name"),
        },
        "$defs": {
            "base": _layer("base"),
            "heatmap": _layer("heatmap"),
            "view": _object(ViewState),
            "identity": _told(_object(FileIdentity), "what the files were when they were read"),
            "opacityBy": _opacity_by(),
        },
    }


def _layer(role: Role) -> dict[str, Any]:
    """Return the schema of a layer: where its files are, and its settings."""
    model = BaseLayer if role == "base" else HeatmapLayer
    schema = _object(model, setting_keys(role))
    properties = {"id": _told(_TEXT, "by which other parts of the session name it")} | _place(role)
    properties["series"] = _told(_TEXT_OR_NULL, "DICOM's SeriesInstanceUID, or another id within the path")
    properties["items"] = {"description": "files within the path", "type": "array", "items": _TEXT}
    properties["identity"] = {"anyOf": [{"$ref": "#/$defs/identity"}, {"type": "null"}]}
    if role == "heatmap":
        properties["opacityBy"] = {"anyOf": [{"$ref": "#/$defs/opacityBy"}, {"type": "null"}]}
    return schema | {"properties": properties | schema["properties"]}


def _place(role: Role) -> dict[str, Any]:
    relative = "relative_path" if role == "base" else "item"
    return {
        relative: _told(_TEXT, "path from the session's folder; it wins"),
        "path": _told(_TEXT, "absolute path; the fallback"),
    }


def _opacity_by() -> dict[str, Any]:
    parts = _object(OpacityBy, {"low": "low", "high": "high", "name": "name"})["properties"]
    layer = {"layer": _told(_TEXT_OR_NULL, "id of a layer; null where it is a file")}
    identity = {"identity": {"anyOf": [{"$ref": "#/$defs/identity"}, {"type": "null"}]}}
    properties = layer | _place("heatmap") | parts | identity
    return {"type": "object", "required": ["low", "high"], "properties": properties}


def _object(model: type[Settings], fields: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return a model's schema with its keys as in files; of some fields alone where they are given."""
    schema = model.model_json_schema(mode="serialization")
    chosen = fields or {key(name): name for name in model.model_fields}
    defined = schema.get("$defs", {})
    properties = {name: _plain(schema["properties"][field], defined) for name, field in chosen.items()}
    return {"type": "object", "properties": properties}


def _plain(part: Any, defined: Mapping[str, Any]) -> Any:
    """Return a part of a schema without titles and command line words, models in it in full."""
    if isinstance(part, list):
        return [_plain(item, defined) for item in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        found = defined[part["$ref"].rpartition("/")[2]]
        rest = {name: item for name, item in part.items() if name != "$ref"}
        return _plain({**found, **rest}, defined)
    left_out = {"title", "option", "values", "additionalProperties", "required"}
    if str(part.get("option")).startswith(("--hide", "--no-")):
        left_out.add("description")  # tells what the option does: the contrary
    made = {name: _plain(item, defined) for name, item in part.items() if name not in left_out}
    if isinstance(made.get("properties"), dict):
        made["properties"] = {key(name): item for name, item in made["properties"].items()}
    return made


def _told(schema: Mapping[str, Any], description: str) -> dict[str, Any]:
    return {"description": description, **schema}
