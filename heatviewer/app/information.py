"""What is known of a layer's data, for people: where it is from, how it lies, what its numbers mean.

Nothing here names the patient.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from heatviewer.app import space
from heatviewer.app.frames import frame_value
from heatviewer.model.layer import HeatmapLayer
from heatviewer.model.placing import placed_volume

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from heatviewer.app.scene import Scene
    from heatviewer.core.volume import Volume
    from heatviewer.model.layer import BaseLayer

#: Longer lists are cut.
_MOST_ITEMS = 12
_MOST_LABELS = 200


class Fact(NamedTuple):
    """A line of the information: its name and what is so; `fixed`: in rows of figures."""

    name: str
    text: str
    fixed: bool = False


class Part(NamedTuple):
    """Facts under a heading."""

    title: str
    facts: tuple[Fact, ...]


def notes(scene: Scene, layer: HeatmapLayer | BaseLayer) -> tuple[str, ...]:
    """Return what is odd about a layer, as predicates: what its reader found, and how it fits its base."""
    volume = scene.volumes.get(layer.id)
    if volume is None:
        return ()
    return (*volume.warnings, *(space.oddities(scene, layer) if isinstance(layer, HeatmapLayer) else ()))


def moved(scene: Scene, layer: HeatmapLayer | BaseLayer) -> str:
    """Return how a layer was moved from where its header says; empty where it was not."""
    return space.moved(scene, layer) if isinstance(layer, HeatmapLayer) else ""


def information(scene: Scene, layer: HeatmapLayer | BaseLayer) -> tuple[Part, ...]:
    """Return everything that is known of a layer's data, in parts that are not empty."""
    volume = scene.volumes[layer.id]
    odd = tuple(Fact("", text) for text in notes(scene, layer))
    parts = (
        Part("To be noted", odd),
        Part("Source", _source(layer, volume)),
        Part("Space", _space(scene, layer, volume)),
        Part("Values", _values(layer, volume)),
        Part("Labels", _labels(layer)),
        Part("Frames", _frames(volume)),
        Part("From the file", _info({k: v for k, v in volume.info.items() if v != layer.series})),
    )
    return tuple(part for part in parts if part.facts)


def as_text(name: str, parts: tuple[Part, ...]) -> str:
    """Return the information as plain text, for the clipboard."""
    width = max((len(fact.name) for part in parts for fact in part.facts), default=0) + 2
    lines = [name]
    for part in parts:
        lines += ["", part.title]
        for fact in part.facts:
            first, *rest = fact.text.split("\n")
            lines.append(f"  {f'{fact.name}:' if fact.name else '•':{width}}{first}")
            lines += [f"  {'':{width}}{line}" for line in rest]
    return "\n".join(lines) + "\n"


def _source(layer: HeatmapLayer | BaseLayer, volume: Volume) -> tuple[Fact, ...]:
    found = [
        Fact("Name", layer.name),
        Fact("Role", "heatmap" if isinstance(layer, HeatmapLayer) else "base"),
        Fact("File", Path(layer.source).name),
        Fact("Path", layer.source),
        Fact("Series", layer.series or ""),
        Fact("Modality", volume.modality),
    ]
    return tuple(fact for fact in found if fact.text)


def _space(scene: Scene, layer: HeatmapLayer | BaseLayer, volume: Volume) -> tuple[Fact, ...]:
    found = [
        Fact("Shape", " × ".join(str(n) for n in volume.shape)),
        Fact("Spacing", " × ".join(_number(step) for step in volume.spacing) + " mm"),
        Fact("Affine", _matrix(volume.affine), fixed=True),
    ]
    if words := moved(scene, layer):
        place = placed_volume(layer, scene.volumes, scene.state)
        found.append(Fact("Moved", f"{words}; as it lies now:"))
        found.append(Fact("", _matrix(place.affine), fixed=True))
    if volume.frame_of_reference:
        found.append(Fact("Frame of reference", volume.frame_of_reference))
    if volume.outlines:
        found.append(Fact("Outlines", str(len(volume.outlines))))
    return tuple(found)


def _values(layer: HeatmapLayer | BaseLayer, volume: Volume) -> tuple[Fact, ...]:
    found = [Fact("Data type", f"{volume.stored.dtype.name}{', colour' if volume.is_color else ''}")]
    if volume.is_scaled:
        found.append(Fact("Rescaled", f"stored × {_number(volume.slope)} + {_number(volume.intercept)}"))
    ends = volume.range
    unit = f" {volume.unit}" if volume.unit else ""
    found.append(Fact("Unit", volume.unit or "none given"))
    found.append(Fact("Range", f"{_number(ends[0])} … {_number(ends[1])}{unit}" if ends else "no values"))
    if volume.padding is not None:
        found.append(Fact("No data", "stored " + " … ".join(_number(end) for end in volume.padding)))
    if volume.kind:
        found.append(Fact("Kind", volume.kind))
    for name, centre, width in volume.windows:
        found.append(Fact("Window", f"{_number(centre)} ± {_number(width / 2)}  {name}".rstrip()))
    if not isinstance(layer, HeatmapLayer) and volume.inverted:
        found.append(Fact("Shown", "small values bright (MONOCHROME1)"))
    return tuple(found)


def _labels(layer: HeatmapLayer | BaseLayer) -> tuple[Fact, ...]:
    """Return the names of values; of many the first."""
    named = (layer.labels if isinstance(layer, HeatmapLayer) else None) or ()
    found = [Fact(str(value), name) for value, name in named[:_MOST_LABELS]]
    rest = len(named) - len(found)
    return (*found, Fact("", f"and {rest} more")) if rest else tuple(found)


def _frames(volume: Volume) -> tuple[Fact, ...]:
    if volume.frames == 1:
        return ()
    ends = [frame_value(volume, frame) for frame in (0, volume.frames - 1)]
    found = [Fact("Count", str(volume.frames))]
    if all(ends):
        found.append(Fact("From, to", " … ".join(ends)))
    return tuple(found)


def _info(info: Mapping[str, Any]) -> tuple[Fact, ...]:
    """Return a reader's further facts, as it names them."""
    found = ((str(key).replace("_", " "), _said(value)) for key, value in info.items())
    return tuple(Fact(name[:1].upper() + name[1:], text) for name, text in found if text)


def _said(value: Any) -> str:
    """Return a fact's value in words; empty where it says nothing."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, list | tuple):
        shown = [_said(item) for item in value[:_MOST_ITEMS]]
        return ", ".join(shown) + (f" … ({len(value)})" if len(value) > _MOST_ITEMS else "")
    return str(value)


def _number(value: float) -> str:
    """Return six digits with a true minus sign."""
    return f"{value + 0.0:.6g}".replace("-", "−")


def _matrix(affine: NDArray[np.float64]) -> str:
    """Return the upper three rows of an affine in aligned columns."""
    rows = [[_number(round(value, 9)) for value in row] for row in affine[:3]]
    widths = [max(len(row[n]) for row in rows) for n in range(4)]
    return "\n".join(
        "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows
    )
