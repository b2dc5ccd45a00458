"""A heatmap's look on its way: copied from layer to layer and from window to window, kept in files.

What styles and sheets of them are is in `heatviewer.documents.style`. The user's presets that a style
uses travel with it.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from heatviewer.app.studies.opening import document_kind, read_document
from heatviewer.app.studies.presets import lend_presets_of, presets_named
from heatviewer.core.errors import ReadError, SettingError
from heatviewer.core.output import whole_file
from heatviewer.documents.json_text import json_bytes
from heatviewer.documents.names import key
from heatviewer.documents.style import Part, Style, StyleSheet, parse_sheet, parse_style

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from heatviewer.app.scene import Scene
    from heatviewer.core.volume import Volume
    from heatviewer.model.layer import HeatmapLayer

SUFFIX: Final = ".style.json"
#: What may be given where a style is wished for: one, a sheet of them, or the file of either.
StyleWish = Style | StyleSheet | str | Path
#: What says in a file that it is a style or a sheet, and how far into it that is looked for: a session
#: of many MB is not read for it.
_FORM: Final = re.compile(rb'"format"\s*:\s*"heatviewer-styles?"')
_HEAD: Final = 65536
#: Settings of a style that give way to another one: who says the one does not mean the other.
_GIVE_WAY: Final = {
    "preset": ("rgb_points", "reverse"),
    "threshold": ("threshold_abs",),
    "threshold_abs": ("threshold",),
    "data_range": ("data_range_auto",),
    "data_range_auto": ("data_range",),
}


# --- the clipboard -----------------------------------------------------------------------------------


def copy_style(layer: HeatmapLayer) -> str:
    """Return a heatmap's look as text for the clipboard, its range in numbers."""
    return json.dumps(_with_presets(Style.of(layer).document(), [layer.preset]), ensure_ascii=False, indent=1)


def style_from_text(text: str) -> Style:
    """Return the style that a text holds.

    Raises
    ------
    SettingError
        The text is no style, a newer one, or holds a value that is not allowed.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise SettingError("style", "this text is no style", "Copy the style of a heatmap first") from None
    return parse_style(_lent(document, "style"))


def paste_style(scene: Scene, layer_id: str, text: str, part: Part = "all") -> None:
    """Give a heatmap a copied look, or its range alone, as one step.

    Raises
    ------
    SettingError
        The text is no style; nothing is changed.
    """
    changes = style_from_text(text).changes(part)
    name = scene.state.heatmap(layer_id).name
    scene.edit_layer(layer_id, title=f"Paste {_words(part)} on {name}", **changes)


def paste_to_all(scene: Scene, text: str, part: Part = "all") -> int:
    """Give all heatmaps a copied look, or its range alone, as one step; return how many.

    Raises
    ------
    SettingError
        The text is no style; nothing is changed.
    """
    changes = style_from_text(text).changes(part)
    chosen = [layer.id for layer in scene.state.heatmaps]
    with scene.one_step(f"Paste {_words(part)} on {len(chosen)} heatmaps"):
        for layer_id in chosen:
            scene.edit_layer(layer_id, **changes)
    return len(chosen)


def _words(part: Part) -> str:
    return "the style" if part == "all" else "the range"


# --- files -------------------------------------------------------------------------------------------


def save_style(layer: HeatmapLayer, path: str | Path) -> Path:
    """Keep a heatmap's look in a file and return its absolute path; an automatic range stays automatic.

    Raises
    ------
    WriteError
        The file cannot be written; what was there is as it was.
    """
    place = Path(os.path.abspath(path))
    document = _with_presets(Style.of(layer, automatic=True).document(), [layer.preset])
    with whole_file(place) as file:
        file.write(json_bytes(document))
    return place


def sheet_bytes(sheet: StyleSheet) -> bytes:
    """Return a sheet as the text of a file, with the user's presets that its styles use."""
    used = [str(rule.style.settings["preset"]) for rule in sheet.rules if "preset" in rule.style.settings]
    return json_bytes(_with_presets(sheet.document(), used))


def read_style_file(path: str | Path, keep_going: bool = False) -> Style | StyleSheet:
    """Return the style, or the sheet of styles, in a file.

    Parameters
    ----------
    keep_going : bool
        Leave out a sheet's rules that are not allowed, and tell them in ``left_out``.

    Raises
    ------
    MissingFileError, ReadError
        Naming the file, and the field that is to blame.
    """
    place = Path(path)
    document = read_document(place)
    kind = document_kind(document, place.name)
    if kind not in ("style", "styles"):
        hint = "Save a style with 'Save style…' and name that file"
        raise ReadError(place.name, f"is a {kind} and no style", hint)
    try:
        lent = _lent(document, place.name)
        return parse_style(lent) if kind == "style" else parse_sheet(lent, keep_going)
    except SettingError as error:
        where = "" if error.where == "style" else f"{key(error.where)}: "
        hint = error.hint if where or "newer" in error.what else "Save the style again"
        raise ReadError(place.name, f"{where}{error.what}", hint) from None


def is_style(path: str | Path) -> bool:
    """Return whether a file is a style or a sheet of styles, from what it holds."""
    if not str(path).lower().endswith(".json") or not os.path.isfile(path):
        return False
    try:
        with open(path, "rb") as file:
            return _FORM.search(file.read(_HEAD)) is not None
    except OSError:
        return False


def _with_presets(document: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Return a document with those of the user's presets that it names."""
    presets = presets_named(names)
    return document | ({"presets": presets} if presets else {})


def _lent(document: Any, where: str) -> Any:
    """Return a document whose own presets can be drawn, under the names that they have here."""
    if not isinstance(document, dict) or not isinstance(document.get("presets"), dict):
        return document
    rules = document.get("rules")
    if not isinstance(rules, list):
        return lend_presets_of(document | {"heatmaps": [document]}, where)["heatmaps"][0]
    styles = [rule.get("style") if isinstance(rule, dict) else None for rule in rules]
    lent = lend_presets_of(document | {"heatmaps": styles}, where)["heatmaps"]
    named = [
        rule | {"style": style} if isinstance(rule, dict) else rule
        for rule, style in zip(rules, lent, strict=True)
    ]
    return document | {"rules": named}


# --- on layers ---------------------------------------------------------------------------------------


def style_wished(wish: StyleWish) -> Style | StyleSheet:
    """Return the style or sheet that somebody gave, read where it is a path."""
    if isinstance(wish, Style | StyleSheet):
        return wish
    if isinstance(wish, str | Path) and str(wish):
        return read_style_file(wish)
    raise SettingError("style", f"{wish!r:.60} is no style", "Give the path of a style file")


def found_for(wish: StyleWish, *names: str) -> Style | None:
    """Return the style for a layer of some names: of a sheet that of the first rule that matches."""
    found = style_wished(wish)
    if isinstance(found, Style):
        return found
    rule = found.matching(*names)
    return rule.style if rule is not None else None


def with_style(given: Mapping[str, Any], volume: Volume, source: str) -> dict[str, Any]:
    """Return a new heatmap's settings with a wished ``style`` taken apart; what is said beside it wins.

    Raises
    ------
    ReadError, SettingError
        The style cannot be read, or is none.
    """
    rest = {name: value for name, value in given.items() if name != "style"}
    name = str(rest.get("name") or volume.name)
    style = found_for(given["style"], file_name(source), name)
    if style is None:
        return rest
    weaker = {other for name in rest for other in _GIVE_WAY.get(name, ())}
    settings = {name: value for name, value in style.changes().items() if name not in weaker}
    return settings | rest


def file_name(source: str) -> str:
    """Return the name of a path's last part; empty for none."""
    return Path(source).name if source else ""


def apply_style(scene: Scene, layer_id: str, wish: StyleWish) -> bool:
    """Give a heatmap a style as one step; return whether there was one for it, which of a sheet may not be.

    Raises
    ------
    MissingFileError, ReadError, SettingError
        Nothing is changed.
    """
    layer = scene.state.heatmap(layer_id)
    style = found_for(wish, file_name(layer.source), layer.name)
    if style is None:
        return False
    scene.edit_layer(layer_id, title=f"Style of {layer.name}", **style.changes())
    return True


def apply_sheet(scene: Scene, sheet: StyleSheet) -> tuple[str, ...]:
    """Give every heatmap the style of the first rule that it matches, as one step; return their names."""
    matched = [
        (layer, rule)
        for layer in scene.state.heatmaps
        if (rule := sheet.matching(file_name(layer.source), layer.name)) is not None
    ]
    with scene.one_step(f"Styles by name on {len(matched)} heatmap{'s' if len(matched) != 1 else ''}"):
        for layer, rule in matched:
            scene.edit_layer(layer.id, **rule.style.changes())
    return tuple(layer.name for layer, _ in matched)
