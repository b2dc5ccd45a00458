"""The base class of all display state."""

from __future__ import annotations

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from heatviewer.core.errors import SettingError


class Settings(BaseModel):
    """A frozen, checked set of fields; a bad value raises SettingError and changes nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=False)

    def __init__(self, **fields: Any) -> None:
        try:
            super().__init__(**fields)
        except ValidationError as error:
            raise setting_error(error) from None

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


def setting_error(error: ValidationError) -> SettingError:
    """Return the first finding of a failed validation as one line: field, value, rule."""
    first = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"] if not str(part).startswith(("function-", "tuple[")))
    message = first["msg"].removeprefix("Value error, ").removeprefix(f"{where}: ").rstrip(".")
    if first["type"] == "value_error":
        if not where:  # a rule over several fields names the one in its own words
            where, _, message = message.partition(": ")
        return SettingError(where, message)
    return SettingError(where or "settings", f"{_short(first['input'])} is not allowed", message)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"
