"""Colour presets as JSON: the program's own shape, and the lists that ParaView and vtk.js keep.

Own shape: ``{name: {"space": "RGB" | "Diverging", "rgbPoints": [s, r, g, b, …]}}``; a key ``diverging``
says whether the map's middle stands for a value where its colours do not tell. Lists:
``[{"Name", "ColorSpace", "RGBPoints"}, …]``, and what ``heatviewer presets --json`` prints.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from heatviewer.core.colormap import ColorMap, ColorSpace, from_lab, held, looks_diverging, stretched
from heatviewer.core.errors import ReadError
from heatviewer.model import rules
from heatviewer.model.catalogue import key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: No list of presets is longer; ParaView's own has 1.5 MB.
MAX_BYTES = 16_000_000
MAX_POINTS = 4096
MAX_NAME = 60
_SPACES = {"rgb": "rgb", "diverging": "diverging", "lab": "lab", "cielab": "lab", "step": "step"}


@dataclass(frozen=True)
class PresetFile:
    """What a file holds: the maps, and what was left out, one line each."""

    maps: tuple[ColorMap, ...]
    left_out: tuple[str, ...] = ()


class _Refused(Exception):
    """Why one entry cannot be taken."""


def parse_presets(data: bytes, where: str, keep_going: bool = False) -> PresetFile:
    """Return the presets of a JSON document.

    Parameters
    ----------
    data : bytes
        UTF-8 text; at most `MAX_BYTES`.
    where : str
        The file's name, as errors tell it.
    keep_going : bool
        Leave out what is wrong and tell it in ``left_out``; otherwise it is an error.

    Raises
    ------
    ReadError
        Naming the preset, the field and the value that is not allowed.
    """
    maps, left_out = [], []
    for name, entry in _entries(_document(data, where), where):
        try:
            color_map = _color_map(name, entry)
        except _Refused as reason:
            if not keep_going:
                raise ReadError(where, str(reason)) from None
            left_out.append(str(reason))
            continue
        if color_map is None:
            left_out.append(f"'{name}' is a list of labels' colours without points")
        else:
            maps.append(color_map)
    return PresetFile(tuple(maps), tuple(left_out))


def presets_text(maps: Iterable[ColorMap]) -> str:
    """Return presets as a JSON document of the program's own shape."""
    return json.dumps({m.name: _entry(m) for m in maps}, indent=1, ensure_ascii=False) + "\n"


def _entry(color_map: ColorMap) -> dict[str, Any]:
    entry: dict[str, Any] = {"space": "Diverging" if color_map.space == "diverging" else "RGB"}
    entry["rgbPoints"] = [int(n) if n in (0, 1) else n for n in color_map.points]
    if looks_diverging(color_map) != color_map.diverging:
        entry["diverging"] = color_map.diverging
    return entry


def _document(data: bytes, where: str) -> Any:
    if len(data) > MAX_BYTES:
        raise ReadError(
            where, f"{len(data) / 1e6:.0f} MB is more than a list of presets has", "Name another file"
        )
    try:
        return json.loads(data.decode("utf-8-sig"))
    except (UnicodeDecodeError, RecursionError, ValueError) as error:
        place = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise ReadError(
            where, f"is not a JSON file{place}", "Export presets as JSON and name that file"
        ) from None


def _entries(document: Any, where: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each preset's name and fields; the fields' names without case and underscores."""
    if isinstance(document, dict) and all(isinstance(entry, dict) for entry in document.values()):
        pairs = [(name, _plain(entry)) for name, entry in document.items()]
    elif isinstance(document, dict | list):
        items = document if isinstance(document, list) else [document]
        if not all(isinstance(item, dict) for item in items):
            raise ReadError(where, "holds a list of something else than presets", _SHAPE)
        fields = [_plain(item) for item in items]
        pairs = [(str(entry.get("name", "")), entry) for entry in fields]
    else:
        raise ReadError(where, f"holds {_short(document)} and no presets", _SHAPE)
    if not pairs:
        raise ReadError(where, "holds no preset", _SHAPE)
    yield from pairs


_SHAPE = "A preset is written {name: {space, rgbPoints}}"


def _plain(entry: dict[str, Any]) -> dict[str, Any]:
    return {str(field).casefold().replace("_", ""): value for field, value in entry.items()}


def _color_map(name: str, entry: dict[str, Any]) -> ColorMap | None:
    """Return an entry's map; None for one that has colours for labels only."""
    try:
        name = checked_name(name)
    except ValueError as error:
        raise _Refused(f"name: {error}") from None
    if "rgbpoints" not in entry and "indexedcolors" in entry:
        return None
    space, points = _space(name, entry), _points(name, entry)
    if space == "lab":
        points = from_lab(points)
    elif space == "step":
        points = held(points)
    own: ColorSpace = "diverging" if space == "diverging" else "rgb"
    color_map = ColorMap(name, own, points)
    diverging = entry.get("diverging")
    if diverging is not None and not isinstance(diverging, bool):
        raise _Refused(f"'{name}': diverging: {_short(diverging)} is neither true nor false")
    found = looks_diverging(color_map) if diverging is None else diverging
    return ColorMap(name, own, points, found)


def checked_name(name: str) -> str:
    """Return a preset's name without spaces around it; ValueError where it is none."""
    name = " ".join(name.split())
    if not key(name) or not name.isprintable():
        raise ValueError(f"{_short(name)} is not a name")
    if len(name) > MAX_NAME:
        raise ValueError(f"{_short(name)} is longer than {MAX_NAME} letters")
    return name


def _space(name: str, entry: dict[str, Any]) -> str:
    written = entry.get("space", entry.get("colorspace", "RGB"))
    space = _SPACES.get(str(written).casefold())
    if space is None:
        raise _Refused(f"'{name}': space: {_short(written)} is none of RGB, Diverging, Lab, Step")
    return space


def _points(name: str, entry: dict[str, Any]) -> tuple[float, ...]:
    """Return checked points with scalars from 0 to 1."""
    if not isinstance(entry.get("rgbpoints"), list):
        raise _Refused(f"'{name}': rgbPoints: {_short(entry.get('rgbpoints'))} is not a list of numbers")
    try:
        points = rules.points(entry["rgbpoints"], "rgbPoints", 4)
    except (ValueError, RecursionError, OverflowError) as error:
        raise _Refused(f"'{name}': {error}") from None
    assert points is not None
    if len(points) > 4 * MAX_POINTS:
        raise _Refused(f"'{name}': rgbPoints: {len(points) // 4} points are more than {MAX_POINTS}")
    if (points[0], points[-4]) == (0, 1):
        return points
    try:
        return stretched(points)
    except ValueError as error:
        raise _Refused(f"'{name}': rgbPoints: {error}") from None


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:38] + "…"
