"""Styles: a heatmap's look without data, and sheets of rules that say which name gets which style.

``{"format": "heatviewer-style", "version": 1, "preset": …, "dataRange": …}``, the settings under the names
that sessions give them; ``"dataRangeAuto": true`` in place of a range takes it from the data. A style may
leave settings out; they stay as they are. A sheet is ``{"format": "heatviewer-styles", "version": 1,
"rules": [{"pattern": "*zstat*", "style": {…}}]}``: the first pattern that matches holds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Literal

from heatviewer.core.errors import SettingError
from heatviewer.documents.names import key
from heatviewer.model.layer import STYLE_FIELDS, HeatmapLayer
from heatviewer.model.rules import told

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

STYLE_FORMAT, SHEET_FORMAT = "heatviewer-style", "heatviewer-styles"
VERSION = 1
Part = Literal["all", "range"]
#: More rules are no list that a person keeps.
MAX_RULES = 1000
MAX_PATTERN = 200
_AUTO = "data_range_auto"
_FIELDS = {key(name): name for name in (*STYLE_FIELDS, _AUTO)}
_HEAD = ("format", "version", "presets")
_REPLACES: dict[str, dict[str, Any]] = {
    "preset": {"rgb_points": None, "reverse": False},
    "threshold": {"threshold_abs": None},
    "threshold_abs": {"threshold": None},
}
_HINT = "Copy the style of a heatmap first"


def style_of(layer: HeatmapLayer) -> dict[str, Any]:
    """Return a heatmap's look as settings for another one.

    The one value that constant data may have for a range is no range for another layer.
    """
    style = {name: getattr(layer, name) for name in STYLE_FIELDS}
    if layer.data_range[0] == layer.data_range[1]:
        del style["data_range"]
    return style


@dataclass(frozen=True)
class Style:
    """Checked settings of a heatmap's look, by field; at least one.

    Attributes
    ----------
    settings : mapping
        Fields of `STYLE_FIELDS`; or in place of a range ``data_range_auto``, which is then true.
    left_out : tuple of str
        Keys that this program does not know.
    """

    settings: Mapping[str, Any]
    left_out: tuple[str, ...] = field(default=(), compare=False)

    @classmethod
    def of(cls, layer: HeatmapLayer, automatic: bool = False) -> Style:
        """Return a heatmap's look; without a range where it is one value, of constant data.

        `automatic` keeps an automatic range as that, and not as the numbers of these data.
        """
        settings = style_of(layer)
        if automatic and layer.data_range_auto:
            settings.pop("data_range", None)
            settings[_AUTO] = True
        return cls(settings)

    def document(self) -> dict[str, Any]:
        """Return the style as `parse_style` reads it."""
        return {"format": STYLE_FORMAT, "version": VERSION} | self.keyed()

    def keyed(self) -> dict[str, Any]:
        """Return the settings as plain values under their names in files, in the order of the fields."""
        layer = _layer({name: value for name, value in self.settings.items() if name != _AUTO})
        plain = layer.model_dump(mode="json", include=set(self.settings) - {_AUTO})
        if self.settings.get(_AUTO):
            plain[_AUTO] = True
        return {name: plain[field] for name, field in _FIELDS.items() if field in plain}

    def changes(self, part: Part = "all") -> dict[str, Any]:
        """Return the changes of a layer that take the style over, or its range alone.

        Raises
        ------
        SettingError
            The style has no range.
        """
        if part == "all":
            # What stands for the same thing gives way: a map by its name replaces colours by points.
            cleared = {
                other: value
                for name, others in _REPLACES.items()
                if self.settings.get(name) is not None
                for other, value in others.items()
            }
            return cleared | dict(self.settings)
        found = {name: self.settings[name] for name in ("data_range", _AUTO) if name in self.settings}
        if not found:
            raise SettingError("style", "it has no data range", "Copy the style of a layer with one")
        return found


@dataclass(frozen=True)
class StyleRule:
    """A pattern of names, such as ``"*zstat*"``, and the style of what matches it."""

    pattern: str
    style: Style

    def matches(self, names: Iterable[str]) -> bool:
        """Return whether one of some names matches, in capitals or not."""
        pattern = self.pattern.casefold()
        return any(fnmatchcase(name.casefold(), pattern) for name in names)


@dataclass(frozen=True)
class StyleSheet:
    """Rules in their order, the first that matches holds; what of the sheet was left out, a line each."""

    rules: tuple[StyleRule, ...] = ()
    left_out: tuple[str, ...] = field(default=(), compare=False)

    def matching(self, *names: str) -> StyleRule | None:
        """Return the first rule that one of a layer's names matches: its file's name, its own."""
        return next((rule for rule in self.rules if rule.matches(name for name in names if name)), None)

    def document(self) -> dict[str, Any]:
        """Return the sheet as `parse_sheet` reads it."""
        rules = [{"pattern": rule.pattern, "style": rule.style.keyed()} for rule in self.rules]
        return {"format": SHEET_FORMAT, "version": VERSION, "rules": rules}


def parse_style(document: Any) -> Style:
    """Return the style that a JSON value holds.

    Raises
    ------
    SettingError
        It is no style, a newer one, or holds a value that is not allowed: the field is named.
    """
    _check_head(document, STYLE_FORMAT, "style")
    return _style(document)


def _style(document: dict[str, Any]) -> Style:
    named = {_FIELDS[name]: value for name, value in document.items() if name in _FIELDS}
    unknown = tuple(f"{name:.60}" for name in document if name not in _FIELDS and name not in _HEAD)
    if not named:
        what = f"'{unknown[0]}' is not a setting of a style" if unknown else "it holds no settings"
        raise SettingError("style", what, "Copy one anew")
    automatic = named.pop(_AUTO, False)
    if type(automatic) is not bool:
        raise SettingError(_AUTO, f"{told(automatic)} is not allowed", "Give true or false")
    if automatic:
        named.pop("data_range", None)  # of other data
    checked = _layer(named)
    settings = {name: getattr(checked, name) for name in named}
    return Style(settings | ({_AUTO: True} if automatic else {}), unknown)


def parse_sheet(document: Any, keep_going: bool = False) -> StyleSheet:
    """Return the rules that a JSON value holds.

    Parameters
    ----------
    keep_going : bool
        Leave out rules that are not allowed, and tell them in ``left_out``.

    Raises
    ------
    SettingError
        It is no sheet, a newer one, or holds a rule that is not allowed: its place is named.
    """
    _check_head(document, SHEET_FORMAT, "style sheet")
    raw = document.get("rules")
    if not isinstance(raw, list) or len(raw) > MAX_RULES:
        hint = f"Give at most {MAX_RULES} rules in brackets, each with 'pattern' and 'style'"
        raise SettingError("rules", f"{told(raw)} is no list of rules", hint)
    rules, left_out = [], []
    for number, entry in enumerate(raw):
        where = f"rules[{number}]"
        try:
            rule = _rule(entry, where)
        except SettingError as error:
            if not keep_going:
                raise
            left_out.append(str(error).rstrip("."))
            continue
        rules.append(rule)
        left_out += [f"{where}.style.{name}: this setting is not known" for name in rule.style.left_out]
    return StyleSheet(tuple(rules), tuple(left_out))


def _rule(entry: Any, where: str) -> StyleRule:
    if not isinstance(entry, dict):
        raise SettingError(where, f"{told(entry)} is no rule", "Give 'pattern' and 'style' in braces")
    try:
        pattern = checked_pattern(entry.get("pattern"))
    except SettingError as error:
        raise SettingError(f"{where}.pattern", error.what, error.hint) from None
    style = entry.get("style")
    if not isinstance(style, dict):
        raise SettingError(f"{where}.style", f"{told(style)} is no style", "Give settings in braces")
    try:
        if "format" in style:
            _check_head(style, STYLE_FORMAT, "style")
        return StyleRule(pattern, _style(style))
    except SettingError as error:
        what = f"style.{key(error.where)}" if error.where != "style" else "style"
        raise SettingError(f"{where}.{what}", error.what, error.hint) from None


def checked_pattern(pattern: Any) -> str:
    """Return a pattern of names without spaces around it.

    Raises
    ------
    SettingError
        It is none: no text, empty, or too long.
    """
    if not isinstance(pattern, str) or not pattern.strip() or not pattern.strip().isprintable():
        hint = "Write a name, in which * stands for any letters, such as *zstat*"
        raise SettingError("pattern", f"{told(pattern)} is no pattern", hint)
    if len(pattern.strip()) > MAX_PATTERN:
        raise SettingError("pattern", f"it has more than {MAX_PATTERN} letters", "Write a shorter one")
    return pattern.strip()


def _layer(settings: Mapping[str, Any]) -> HeatmapLayer:
    return HeatmapLayer(id="style", data_range_auto="data_range" not in settings, **settings)


def _check_head(document: Any, form: str, what: str) -> None:
    """Raise SettingError for a JSON value that is not of a form, or of a version that is not known."""
    if not isinstance(document, dict) or document.get("format") != form:
        raise SettingError("style", f"this text is no {what}", _HINT)
    version = document.get("version")
    if type(version) is not int or version < 1:
        raise SettingError("style", "its version is not known", _HINT)
    if version > VERSION:
        raise SettingError("style", f"its version {version} is of a newer HeatViewer", "Update this one")
