"""The part of JSON Schema that the published schemas use."""

from __future__ import annotations

from typing import Any

_TYPES = {
    "object": dict, "array": list, "string": str, "boolean": bool, "null": type(None),
    "integer": int, "number": (int, float),
}  # fmt: skip


def findings(
    value: Any, schema: dict[str, Any], root: dict[str, Any] | None = None, at: str = ""
) -> list[str]:
    """Return what of a value does not fit a schema, by place."""
    root = schema if root is None else root
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/$defs/")
        return findings(value, root["$defs"][name], root, at)
    if "anyOf" in schema:
        found = [findings(value, one, root, at) for one in schema["anyOf"]]
        return [] if [] in found else min(found, key=len)
    if (wrong := _wrong_itself(value, schema)) is not None:
        return [f"{at}: {wrong}"]
    told = []
    if isinstance(value, dict):
        told += [
            f"{at}.{name}: is missing".lstrip(".") for name in schema.get("required", ()) if name not in value
        ]
        for name, one in schema.get("properties", {}).items():
            if name in value:
                told += findings(value[name], one, root, f"{at}.{name}".lstrip("."))
    elif isinstance(value, list):
        first = schema.get("prefixItems", [])
        for n, item in enumerate(value):
            one = first[n] if n < len(first) else schema.get("items", {})
            told += findings(item, one, root, f"{at}[{n}]")
    return told


def _wrong_itself(value: Any, schema: dict[str, Any]) -> str | None:
    """Return what is wrong with a value, what is in it aside."""
    unknown = set(schema) - _KNOWN
    assert not unknown, unknown
    kind = schema.get("type")
    if kind and (not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "boolean")):
        return f"is no {kind}"
    if "const" in schema and value != schema["const"]:
        return "is another value"
    if "enum" in schema and value not in schema["enum"]:
        return "is none of those"
    size = len(value) if isinstance(value, str | list) else value
    low = schema.get("minimum", schema.get("minItems", schema.get("minLength")))
    high = schema.get("maximum", schema.get("maxItems", schema.get("maxLength")))
    outside = (low is not None and size < low) or (high is not None and size > high)
    outside = outside or ("exclusiveMinimum" in schema and size <= schema["exclusiveMinimum"])
    return "is out of bounds" if outside else None


_KNOWN = {
    "$schema", "$id", "$defs", "title", "description", "default", "type", "const", "enum", "required",
    "properties", "items", "prefixItems", "minimum", "maximum", "exclusiveMinimum", "minItems", "maxItems",
    "minLength", "maxLength",
}  # fmt: skip
