"""A heatmap's look as text: copied from one layer to others, from window to window, kept in a file.

The text is JSON: ``{"format": "heatviewer-style", "version": 1, "preset": …, "dataRange": …}``, the
settings under the names that sessions give them. A style may leave settings out; they stay as they are.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from heatviewer.app.links import style_of
from heatviewer.core.errors import SettingError
from heatviewer.model.layer import STYLE_FIELDS, HeatmapLayer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from heatviewer.app.scene import Scene

FORMAT, VERSION = "heatviewer-style", 1
Part = Literal["all", "range"]
_RANGE_FIELDS = ("data_range",)


def _key(name: str) -> str:
    """Return a setting's name in files: data_range is dataRange, opacity_points_3d opacityPoints3d."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


_FIELDS = {_key(name): name for name in STYLE_FIELDS}


@dataclass(frozen=True)
class Style:
    """Checked settings of a heatmap's look, by field; at least one."""

    settings: Mapping[str, Any]

    @classmethod
    def of(cls, layer: HeatmapLayer) -> Style:
        """Return a heatmap's look; without a range where it is one value, of constant data."""
        return cls(style_of(layer))

    @classmethod
    def from_text(cls, text: str) -> Style:
        """Return the style that a text holds.

        Raises
        ------
        SettingError
            The text is no style, a newer one, or holds a value that is not allowed.
        """
        document = _document(text)
        given = {key: value for key, value in document.items() if key not in ("format", "version")}
        unknown = set(given) - set(_FIELDS)
        if unknown:
            raise SettingError("style", f"'{min(unknown)}' is not a setting of a style", "Copy one anew")
        if not given:
            raise SettingError("style", "it holds no settings", "Copy one anew")
        named = {_FIELDS[key]: value for key, value in given.items()}
        checked = HeatmapLayer(id="style", data_range_auto="data_range" not in named, **named)
        return cls({name: getattr(checked, name) for name in named})

    def to_text(self) -> str:
        """Return the style as text that `from_text` reads back."""
        layer = HeatmapLayer(id="style", data_range_auto="data_range" not in self.settings, **self.settings)
        plain = layer.model_dump(mode="json", include=set(self.settings))
        ordered = {_key(name): plain[name] for name in STYLE_FIELDS if name in plain}
        return json.dumps({"format": FORMAT, "version": VERSION} | ordered, ensure_ascii=False, indent=1)

    def changes(self, part: Part = "all") -> dict[str, Any]:
        """Return the changes of a layer that take the style over, or its range alone.

        Raises
        ------
        SettingError
            The style has no range.
        """
        if part == "all":
            return dict(self.settings)
        found = {name: self.settings[name] for name in _RANGE_FIELDS if name in self.settings}
        if not found:
            raise SettingError("style", "it has no data range", "Copy the style of a layer with one")
        return found


def copy_style(layer: HeatmapLayer) -> str:
    """Return a heatmap's look as text for the clipboard or a file."""
    return Style.of(layer).to_text()


def paste_style(scene: Scene, layer_id: str, text: str, part: Part = "all") -> None:
    """Give a heatmap a copied look, or its range alone, as one step.

    Raises
    ------
    SettingError
        The text is no style; nothing is changed.
    """
    changes = Style.from_text(text).changes(part)
    name = scene.state.heatmap(layer_id).name
    scene.edit_layer(layer_id, title=f"Paste {_words(part)} on {name}", **changes)


def paste_to_all(scene: Scene, text: str, part: Part = "all", except_ids: Sequence[str] = ()) -> int:
    """Give all heatmaps a copied look, or its range alone, as one step; return how many.

    Raises
    ------
    SettingError
        The text is no style; nothing is changed.
    """
    changes = Style.from_text(text).changes(part)
    chosen = [layer.id for layer in scene.state.heatmaps if layer.id not in except_ids]
    with scene.one_step(f"Paste {_words(part)} on {len(chosen)} heatmaps"):
        for layer_id in chosen:
            scene.edit_layer(layer_id, **changes)
    return len(chosen)


def _words(part: Part) -> str:
    return "the style" if part == "all" else "the range"


def _document(text: str) -> dict[str, Any]:
    """Return the JSON object of a style, its format and version checked."""
    hint = "Copy the style of a heatmap first"
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise SettingError("style", "this text is no style", hint) from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise SettingError("style", "this text is no style", hint)
    version = document.get("version")
    if type(version) is not int or version < 1:
        raise SettingError("style", "its version is not known", hint)
    if version > VERSION:
        raise SettingError("style", f"its version {version} is of a newer HeatViewer", "Update this one")
    return document
