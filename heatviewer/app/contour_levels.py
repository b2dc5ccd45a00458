"""Contour levels as a person writes them, and their colours: what the fields of a panel mean."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from heatviewer.model import rules
from heatviewer.model.draws import contour_lines, transfer_of
from heatviewer.model.layer import Contours

if TYPE_CHECKING:
    from collections.abc import Sequence

    from heatviewer.core.volume import Volume
    from heatviewer.model.layer import HeatmapLayer

#: What a level is a number of.
LevelUnit = Literal["values", "maximum", "reference"]
#: Of a line that has no colour of its own because it has no place.
_NO_COLOR = "#808080"


def levels_of(text: str) -> tuple[tuple[float, ...], bool]:
    """Return the levels that a text lists, each once and rising, and whether it says per cent.

    Commas, semicolons and spaces part them; no text is no levels.

    Raises
    ------
    SettingError
        Naming what is no number.
    """
    plain = text.replace("−", "-").strip()
    percent = "%" in plain
    parts = [part for part in re.split(r"[,;\s]+", plain.replace("%", " ")) if part]
    if not parts:
        return (), percent
    try:
        levels, _ = rules.contour_levels(parts, "contours")
    except ValueError as error:
        raise rules.refused("contours", str(error).partition(": ")[2]) from None
    return levels, percent


def levels_text(levels: Sequence[float]) -> str:
    """Return levels as a text that `levels_of` reads back."""
    return ", ".join(f"{level + 0.0:.12g}" for level in levels).replace("-", "−")


def unit_of(layer: HeatmapLayer) -> LevelUnit:
    """Return what a layer's levels are numbers of."""
    if layer.contours is None or not layer.contours.percent:
        return "values"
    return "maximum" if layer.contour_reference is None else "reference"


def level_colors(layer: HeatmapLayer, volume: Volume) -> tuple[str, ...]:
    """Return the colour in which each level of a layer is drawn, '#rrggbb', the lowest first."""
    if layer.contours is None:
        return ()
    count = len(layer.contours.levels)
    if layer.contour_colors:
        return tuple(layer.contour_colors[n % len(layer.contour_colors)] for n in range(count))
    lines = contour_lines(layer, volume, transfer_of(layer))
    return tuple(_hex(line.color) for line in lines) or (_NO_COLOR,) * count


def with_levels(layer: HeatmapLayer, volume: Volume, text: str, unit: LevelUnit) -> dict[str, Any]:
    """Return the changes of a layer that other levels mean.

    A level that was there keeps its colour where colours were chosen; a new one gets the map's.
    A text with % is in per cent, whatever `unit` says.

    Raises
    ------
    SettingError
        Where the text is no list of numbers.
    """
    levels, percent = levels_of(text)
    if percent and unit == "values":
        unit = "maximum"
    changes: dict[str, Any] = {"contours": None}
    if not levels:
        return changes
    changes["contours"] = Contours(levels=levels, percent=unit != "values")
    if unit == "reference":
        changes["contour_reference"] = layer.contour_reference or reference_of(volume)
    elif unit == "maximum":
        changes["contour_reference"] = None
    if layer.contours is not None and layer.contour_colors:
        kept = dict(zip(layer.contours.levels, level_colors(layer, volume), strict=True))
        mapped = level_colors(layer.replaced(**changes, contour_colors=None), volume)
        changes["contour_colors"] = tuple(
            kept.get(level, color) for level, color in zip(levels, mapped, strict=True)
        )
    return changes


def reference_of(volume: Volume) -> float:
    """Return what 100 % is until a person says otherwise: the data's maximum, where it is above 0.

    In six digits, as fields show it: a reference is a number that can be read out.
    """
    top = volume.range[1] if volume.range is not None else 0.0
    return float(f"{top:.6g}") if np.isfinite(top) and top > 0 else 1.0


def with_color(layer: HeatmapLayer, volume: Volume, index: int, color: str) -> tuple[str, ...]:
    """Return the colours of all levels of a layer in which one has another; the others keep theirs."""
    colors = list(level_colors(layer, volume))
    colors[index] = color
    return tuple(colors)


def _hex(rgb: tuple[float, float, float]) -> str:
    return "#" + "".join(f"{min(max(round(part * 255), 0), 255):02x}" for part in rgb)
