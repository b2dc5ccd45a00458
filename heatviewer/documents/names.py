"""A setting's name in files: data_range is dataRange, opacity_points_3d opacityPoints3d."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, get_args

from heatviewer.model.base import Settings

if TYPE_CHECKING:
    from collections.abc import Collection


def key(name: str) -> str:
    """Return a field's name in files."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def keyed(value: Any) -> Any:
    """Return plain values with the keys of all objects in them as files name them."""
    if isinstance(value, dict):
        return {key(name): keyed(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [keyed(item) for item in value]
    return value


@cache
def fields_by_key(model: type[Settings]) -> dict[str, str]:
    """Return a model's fields by their names in files."""
    return {key(name): name for name in model.model_fields}


@cache
def nested_model(model: type[Settings], field: str) -> type[Settings] | None:
    """Return the settings of several parts that a field holds; None for a plain value."""
    return _settings_in(model.model_fields[field].annotation)


def _settings_in(annotation: Any) -> type[Settings] | None:
    if isinstance(annotation, type) and issubclass(annotation, Settings):
        return annotation
    return next((found for part in get_args(annotation) if (found := _settings_in(part))), None)


#: The keys that are known of an object, each with those of the object in it, if it is one.
Known = dict[str, Any]


@cache
def known_keys(model: type[Settings]) -> Known:
    """Return what files may say of a model."""
    nested = {name: nested_model(model, field) for name, field in fields_by_key(model).items()}
    return {name: known_keys(found) if found is not None else None for name, found in nested.items()}


def unknown_keys(entry: Mapping[str, Any], known: Collection[str]) -> dict[str, Any]:
    """Return what of an object this program does not know.

    Parameters
    ----------
    known : set or mapping
        The keys that it knows; a mapping gives for some of them what it knows of the object there.
    """
    inside = known if isinstance(known, Mapping) else {}
    unknown: dict[str, Any] = {}
    for name, item in entry.items():
        if name not in known:
            unknown[name] = item
        elif isinstance(item, dict) and inside.get(name) and (rest := unknown_keys(item, inside[name])):
            unknown[name] = rest
    return unknown


def merged(written: Mapping[str, Any], kept: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object with what is kept of other programs after its own keys, which go before."""
    made = dict(written)
    for name, item in kept.items():
        own = made.get(name)
        if name not in made:
            made[name] = item
        elif isinstance(own, dict) and isinstance(item, dict):
            made[name] = merged(own, item)
    return made
