"""The base class of all display state."""

from __future__ import annotations

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from heatviewer.core.errors import SettingError
from heatviewer.model.rules import refused, told

#: What to give instead, by the first words of pydantic's name for a finding.
_HINTS = {
    "float": "Give a number",
    "int": "Give a whole number",
    "finite_number": "Give a finite number",
    "bool": "Give True or False",
    "string": "Give text",
    "missing": "There are too few values",
    "too_short": "There are too few values",
    "too_long": "There are too many values",
    "tuple": "Give a list of values",
}


class Settings(BaseModel):
    """A frozen, checked set of fields; a bad value raises SettingError and changes nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=False)

    def __init__(self, **fields: Any) -> None:
        _refuse_flags(type(self), fields)
        try:
            super().__init__(**fields)
        except ValidationError as error:
            raise setting_error(error, type(self)) from None

    def replaced(self, **changes: Any) -> Self:
        """Return a copy with some fields changed; all rules are checked again.

        Raises
        ------
        SettingError
            Naming the field and the value that it does not take.
        """
        unknown = set(changes) - set(type(self).model_fields)
        if unknown:
            raise SettingError(min(unknown), f"is not a setting of {type(self).__name__}")
        # Values already checked (nested settings too) go in as they are, so they stay shared.
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        return type(self)(**(fields | changes))


def _refuse_flags(model: type[BaseModel], fields: dict[str, Any]) -> None:
    """Raise SettingError for True or False in a field that is no flag: Python takes them for 1 and 0."""
    # Not a validator of pydantic's: those cost 70 µs a change of a layer, and a drag makes many.
    for name, value in fields.items():
        values = value if type(value) in (tuple, list) else (value,)
        if not any(type(item).__name__ in ("bool", "bool_") for item in values):
            continue
        field = model.model_fields.get(name)
        if field is not None and field.annotation is not bool:
            hint = _bounds(model, name) or "Give something else than True or False"
            raise SettingError(name, f"{told(value)} is not allowed", hint)


def setting_error(error: ValidationError, model: type[BaseModel]) -> SettingError:
    """Return the first finding of a failed validation as one line: field, value, what to give."""
    first = error.errors(include_url=False)[0]
    cause = first.get("ctx", {}).get("error")
    if isinstance(cause, SettingError):
        return cause
    where = ".".join(str(part) for part in first["loc"] if not str(part).startswith(("function-", "tuple[")))
    message = first["msg"].removeprefix("Value error, ").removeprefix(f"{where}: ").rstrip(".")
    if first["type"] == "value_error":
        if not where:  # a rule over several fields names the one in its own words
            where, _, message = message.partition(": ")
        return refused(where, message)
    field = str(first["loc"][0]) if first["loc"] else ""
    hint = _hint(first["type"], first.get("ctx", {}), _bounds(model, field)) or message
    return SettingError(where or "settings", f"{told(first['input'])} is not allowed", hint)


def _hint(finding: str, context: dict[str, Any], bounds: str) -> str:
    """Return what to give instead, in the program's words; empty for findings that need none."""
    if finding == "literal_error":
        return f"Choose {str(context['expected']).replace(chr(39), '')}"
    if finding.startswith(("less_than", "greater_than", "float", "int")) and bounds:
        return bounds
    return next((hint for start, hint in _HINTS.items() if finding.startswith(start)), "")


def _bounds(model: type[BaseModel], field: str) -> str:
    """Return which numbers a field takes, such as "Give a number from 0 to 1"; empty for no number."""
    schema = model.model_json_schema()["properties"].get(field, {})
    for part in (schema, *schema.get("anyOf", ())):
        if part.get("type") not in ("number", "integer"):
            continue
        number = "Give a whole number" if part["type"] == "integer" else "Give a number"
        low, high = part.get("minimum"), part.get("maximum")
        if "exclusiveMinimum" in part:
            return f"{number} above {part['exclusiveMinimum']:g}"
        if low is not None:
            return f"{number} from {low:g} " + ("up" if high is None else f"to {high:g}")
        return number if high is None else f"{number} up to {high:g}"
    return ""
