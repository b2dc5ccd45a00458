"""The user's style rules: which name gets which style, kept in a sheet in the configuration folder.

Only heatmaps that a person opens in the window get their style by these rules. The command line and
Python use a sheet when one is named: what a script makes must not depend on a user's folder.

The file is read whenever it is asked for, so two windows see each other's rules; a rule is known by its
pattern, and every change reads the file again first and writes it whole.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from heatviewer.app.step_titles import field_words
from heatviewer.app.styles import file_name, read_style_file, sheet_bytes
from heatviewer.core.errors import MissingFileError, ReadError, SettingError
from heatviewer.core.output import whole_file
from heatviewer.documents.style import Style, StyleRule, StyleSheet, checked_pattern
from heatviewer.model.layer import STYLE_FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: Settings beside which a rule is not asked: somebody has said how the layer is to look.
_EXPLICIT = frozenset((*STYLE_FIELDS, "data_range_auto", "style", "link"))
#: Ends of names that say how a file is stored and not what it shows.
_ENDINGS = re.compile(r"(\.(nii|gz|mgz|mgh|nrrd|nhdr|mha|mhd|img|hdr|npy|npz|dcm|zip|png|tiff?|jpe?g|bmp))+$")


def rules_path() -> Path:
    """Return where the user's style rules lie on this system."""
    import platformdirs

    return Path(platformdirs.user_config_dir("heatviewer", appauthor=False)) / "styles.json"


def user_rules() -> StyleSheet:
    """Return the user's rules; what is wrong with the file is in ``left_out``, and never an error."""
    path = rules_path()
    try:
        return _read(path, keep_going=True)
    except MissingFileError:
        return StyleSheet()
    except (ReadError, SettingError) as error:
        return StyleSheet((), (str(error).rstrip("."),))


def starting_style(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a heatmap that a person opens starts with beside its settings: the user's rules.

    Nothing where its look was given, or there are no rules.
    """
    if _EXPLICIT & {name for name, value in settings.items() if value is not None}:
        return {}
    sheet = user_rules()
    return {"style": sheet} if sheet.rules else {}


def keep_rule(pattern: str, style: Style) -> StyleSheet:
    """Put a rule before all others, or in the place of the one of its pattern; return the rules.

    Raises
    ------
    SettingError
        The pattern is none.
    ReadError, WriteError
        The user's file is damaged or cannot be written; nothing is changed.
    """
    made = StyleRule(checked_pattern(pattern), Style(style.settings))
    rules = _stored()
    at = _index(rules, pattern)
    return _store((made, *rules) if at is None else (*rules[:at], made, *rules[at + 1 :]))


def change_pattern(old: str, new: str) -> StyleSheet:
    """Give a rule another pattern; raises as `keep_rule` does, and where another rule has it."""
    new = checked_pattern(new)
    rules, at = _found(old)
    other = _index(rules, new)
    if other not in (None, at):
        raise SettingError(
            "pattern", f"there is a rule '{rules[other or 0].pattern}'", "Type another pattern"
        )
    return _store((*rules[:at], replace(rules[at], pattern=new), *rules[at + 1 :]))


def delete_rule(pattern: str) -> StyleRule:
    """Forget a rule and return it, so that it can be kept again."""
    rules, at = _found(pattern)
    _store((*rules[:at], *rules[at + 1 :]))
    return rules[at]


def move_rule(pattern: str, by: int) -> StyleSheet:
    """Move a rule down (positive) or up the order; the ends hold."""
    rules, at = _found(pattern)
    rest = [*rules[:at], *rules[at + 1 :]]
    rest.insert(min(max(at + by, 0), len(rest)), rules[at])
    return _store(rest)


def import_rules(path: str | Path) -> tuple[str, ...]:
    """Put the rules of a sheet before the user's own, all or none, and return their patterns.

    A rule whose pattern the user has already takes that one's place.

    Raises
    ------
    MissingFileError, ReadError
        Naming the rule, the field and the value that is not allowed; nothing is kept.
    WriteError
        Where the user's file cannot be written.
    """
    found = read_style_file(path)
    if isinstance(found, Style):
        hint = "Drop it on a heatmap, and use 'Use this style for names like…'"
        raise ReadError(Path(path).name, "is one style and no sheet of rules", hint)
    patterns = {rule.pattern.casefold() for rule in found.rules}
    rest = [rule for rule in _stored() if rule.pattern.casefold() not in patterns]
    _store((*found.rules, *rest))
    return tuple(rule.pattern for rule in found.rules)


def export_rules(path: str | Path) -> int:
    """Write the user's rules into a file for others, and return how many; the file is whole or not there.

    Raises
    ------
    SettingError
        There are no rules.
    ReadError, WriteError
        The user's file is damaged, or the other cannot be written.
    """
    rules = _stored()
    if not rules:
        raise SettingError("style rules", "there are none", "Make one with 'Use this style for names like…'")
    with whole_file(path) as file:
        file.write(sheet_bytes(StyleSheet(rules)))
    return len(rules)


def proposed_pattern(source: str, name: str = "") -> str:
    """Return a pattern that a file's name suggests: its last word without numbers between stars.

    ``sub-01_zstat1.nii.gz`` gives ``*zstat*``; without a file the layer's name is taken.
    """
    stem = _ENDINGS.sub("", (file_name(source) or name).casefold())
    words = [word for word in re.split(r"[\W\d_]+", stem) if len(word) > 1]
    return f"*{words[-1]}*" if words else "*"


def _found(pattern: str) -> tuple[tuple[StyleRule, ...], int]:
    rules = _stored()
    at = _index(rules, pattern)
    if at is None:
        raise SettingError("pattern", f"there is no rule '{pattern:.60}'", "Look at the rules again")
    return rules, at


def _index(rules: Iterable[StyleRule], pattern: str) -> int | None:
    wanted = pattern.strip().casefold()
    return next((n for n, rule in enumerate(rules) if rule.pattern.casefold() == wanted), None)


def _stored() -> tuple[StyleRule, ...]:
    """Return the rules in the user's file, for a change of it; a damaged file is not written over."""
    path = rules_path()
    try:
        return _read(path, keep_going=False).rules
    except MissingFileError:
        return ()
    except ReadError as error:
        raise ReadError(str(path), error.what, "Repair this file or take it away") from None


def _read(path: Path, keep_going: bool) -> StyleSheet:
    found = read_style_file(path, keep_going)
    if isinstance(found, Style):
        raise ReadError(path.name, "is one style and no sheet of rules", "Take this file away")
    return found


def _store(rules: Iterable[StyleRule]) -> StyleSheet:
    sheet = StyleSheet(tuple(rules))
    with whole_file(rules_path()) as file:
        file.write(sheet_bytes(sheet))
    return sheet


def style_words(style: Style) -> str:
    """Return the main things of a style in a few words: 'Cold and hot · −8 … 8 · |value| ≥ 2.3'."""
    own, words = style.settings, []
    if own.get("rgb_points") is not None:
        words.append("own colours")
    elif "preset" in own:
        words.append(f"{own['preset']}{' reversed' if own.get('reverse') else ''}")
    if own.get("data_range_auto"):
        words.append("range of the data")
    elif "data_range" in own:
        words.append(" … ".join(_number(end) for end in own["data_range"]))
    if own.get("threshold_abs") is not None:
        words.append(f"|value| ≥ {_number(own['threshold_abs'])}")
    if own.get("threshold") is not None:
        low, high = own["threshold"]
        ends = [
            f"≥ {_number(low)}" if low is not None else "",
            f"≤ {_number(high)}" if high is not None else "",
        ]
        words.append(" and ".join(filter(None, ends)) or "all values")
    if own.get("opacity", 1.0) < 1.0:
        words.append(f"{own['opacity'] * 100:.0f}\N{NO-BREAK SPACE}%")
    return " · ".join(words) or " · ".join(field_words(name) for name in own)


def _number(value: float) -> str:
    return f"{value:.6g}".replace("-", "\N{MINUS SIGN}")
