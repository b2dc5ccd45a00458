"""Styles that a command names: read before the data, told where something in them was left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from heatviewer.cli.output import warn

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from heatviewer.app.scene import Scene
    from heatviewer.cli.parse import Source


def with_style_read(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return a heatmap's settings with the style that they name read.

    Raises
    ------
    MissingFileError, ReadError
        Naming the file, and the field that is to blame.
    """
    if "style" not in settings:
        return dict(settings)
    from heatviewer.app.styles import read_style_file
    from heatviewer.documents.style import Style

    found = read_style_file(settings["style"])
    for line in found.left_out:
        # A sheet tells where; of a style it is the key alone.
        what = f"'{line}' is not known and left out" if isinstance(found, Style) else line
        warn(str(settings["style"]), what)
    return {**settings, "style": found}


def warn_unmatched(scene: Scene, sources: Iterable[Source]) -> None:
    """Say of which heatmaps no pattern of the sheet that was named for them matches the name."""
    from heatviewer.app.additions import absolute
    from heatviewer.app.styles import file_name, read_style_file
    from heatviewer.documents.style import StyleSheet

    for source in sources:
        wished = source.settings.get("style")
        sheet = None if wished is None else read_style_file(wished)
        if not isinstance(sheet, StyleSheet):
            continue
        for layer in scene.state.heatmaps:
            name = file_name(layer.source)
            if layer.source == absolute(source.path) and sheet.matching(name, layer.name) is None:
                warn(layer.name, f"no pattern in '{wished}' matches its name, so it has no style")
