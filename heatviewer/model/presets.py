"""Colour presets by name: the ten of the contract, the often used, the user's own, the catalogue's."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache, lru_cache
from itertools import count
from typing import TYPE_CHECKING

from heatviewer.core.colormap import ColorMap, ColorSpace, lightness_turns
from heatviewer.core.errors import SettingError
from heatviewer.core.resources import resource
from heatviewer.model.catalogue import (
    UNIFORM_FAMILIES,
    CatalogueMap,
    catalogue,
    catalogue_entry,
    catalogue_map,
    key,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

DEFAULT_PRESET = "Cool to warm"

#: Presets of one colour: from black to the pure colour.
_RAMPS = {
    "Red": (1.0, 0.0, 0.0),
    "Blue": (0.0, 0.0, 1.0),
    "Green": (0.0, 1.0, 0.0),
    "Yellow": (1.0, 1.0, 0.0),
    "Magenta": (1.0, 0.0, 1.0),
}
#: The contract's spelling of the presets in resources/presets.json.
_SHIPPED = {
    "Cool to warm": "Cool to Warm",
    "Warm to cool": "Warm to Cool",
    "Rainbow desaturated": "Rainbow Desaturated",
    "Cold and hot": "Cold and Hot",
    "X-Ray": "X Ray",
}
_DIVERGING = ("Cool to warm", "Warm to cool", "Cold and hot")
#: Maps of the catalogue that people ask for most; any other is found by its name.
OFTEN_USED = (
    "jet", "hot", "viridis", "turbo", "inferno", "magma", "plasma", "cividis", "gray", "bone",
    "copper", "cool", "coolwarm", "RdBu", "seismic", "Spectral", "rainbow", "hsv",
)  # fmt: skip
OWN_GROUP, USER_GROUP, OFTEN_GROUP = "HeatViewer", "Yours", "Often used"


@dataclass(frozen=True, slots=True)
class Listed:
    """A preset as lists show it: under which heading, whose it is, and what it is made for."""

    name: str
    group: str
    family: str = ""
    kind: str = ""
    aliases: tuple[str, ...] = ()


class _Registry:
    """The user's presets of this process, by key."""

    def __init__(self) -> None:
        self.maps: dict[str, ColorMap] = {}
        #: Presets that were deleted or renamed: what uses them, undo steps too, keeps its colours.
        self.gone: dict[str, ColorMap] = {}
        #: Presets that documents brought along.
        self.lent: dict[str, ColorMap] = {}
        self.source: Callable[[], object] = lambda: None
        self.listeners: list[Callable[[], object]] = []


_registry = _Registry()


def set_user_presets(maps: Iterable[ColorMap], forget: bool = False) -> None:
    """Make these the user's presets. Those that are no longer among them can still be drawn.

    Parameters
    ----------
    maps : iterable of ColorMap
        Those with a name that the program has itself are left out: they could not be reached.
    forget : bool
        Also forget the presets that were deleted before.
    """
    before = {} if forget else _registry.gone | _registry.maps
    named = {key(color_map.name): color_map for color_map in maps}
    _registry.maps = {name: found for name, found in named.items() if name not in _names_by_key()}
    _registry.gone = {name: old for name, old in before.items() if name not in _registry.maps}
    for listener in _registry.listeners:
        listener()


def set_user_source(load: Callable[[], object]) -> None:
    """Say what is called before the user's presets are first looked at; it may set them."""
    _registry.source = load


def when_redefined(listener: Callable[[], object]) -> None:
    """Have a function called whenever a name may mean other colours than before."""
    _registry.listeners.append(listener)


def user_presets() -> tuple[ColorMap, ...]:
    """Return the user's presets, by name."""
    _registry.source()
    return tuple(sorted(_registry.maps.values(), key=lambda found: found.name.casefold()))


def user_preset(name: str) -> ColorMap | None:
    """Return one of the user's presets, a deleted one too, or None."""
    _registry.source()
    return (_registry.lent | _registry.gone | _registry.maps).get(key(name))


def lend_preset(color_map: ColorMap) -> str:
    """Let a preset that a document brings along be drawn until the program ends; return its name here.

    Where its name means other colours already, it gets a number.
    """
    for number in count(1):
        name = color_map.name if number == 1 else f"{color_map.name} {number}"
        found = None if own_name(name) else user_preset(name)
        if found is not None and (found.space, found.points) == (color_map.space, color_map.points):
            return found.name
        if found is None and own_name(name) is None:
            _registry.lent[key(name)] = replace(color_map, name=name)
            for listener in _registry.listeners:
                listener()
            return name
    raise AssertionError("numbers do not end")


def preset_names() -> tuple[str, ...]:
    """Return names as shown: the ten in the contract's order, the often used, the user's."""
    return (*_SHIPPED, *_RAMPS, *OFTEN_USED, *(color_map.name for color_map in user_presets()))


def own_name(name: str) -> str | None:
    """Return the name of the program's or the catalogue's map that a name means, or None."""
    known = _names_by_key().get(key(name))
    entry = None if known else catalogue_entry(name)
    return known or (entry.name if entry else None)


def preset(name: str) -> ColorMap:
    """Return a preset by name, ignoring case, spaces and hyphens.

    Raises
    ------
    SettingError
        With the nearest names, where there is none of that name.
    """
    shown = _names_by_key().get(key(name))
    if shown is None:
        found = user_preset(name) or _of_catalogue(name)
        if found is None:
            raise _unknown(name)
        return found
    return _own(shown)


@cache
def _own(name: str) -> ColorMap:
    """Return a preset that the program has itself, by the name that is shown."""
    if name in _RAMPS:
        return ColorMap(name, "rgb", (0.0, 0.0, 0.0, 0.0, 1.0, *_RAMPS[name]))
    if name in _SHIPPED:
        entry = json.loads(resource("presets.json").read_text(encoding="utf-8"))[_SHIPPED[name]]
        space: ColorSpace = "diverging" if entry["space"] == "Diverging" else "rgb"
        points = tuple(float(p) for p in entry["rgbPoints"])
        return ColorMap(name, space, points, name in _DIVERGING)
    found = _of_catalogue(name)
    assert found is not None, name  # a test asks for every one
    return found


@lru_cache(maxsize=1024)
def _of_catalogue(name: str) -> ColorMap | None:
    return catalogue_map(name)


@cache
def _names_by_key() -> dict[str, str]:
    return {key(name): name for name in (*_SHIPPED, *_RAMPS, *OFTEN_USED)}


def _unknown(name: str) -> SettingError:
    """Return what is told of a name that there is not: the nearest ones."""
    names = {key(other): other for other in (*preset_names(), *(entry.name for entry in catalogue()))}
    near = get_close_matches(key(name), names, n=3, cutoff=0.5)
    others = ", ".join(f"'{names[n]}'" for n in near) or "'heatviewer presets' lists all"
    short = name if len(name) <= 60 else f"{name[:57]}…"
    return SettingError("preset", f"'{short}' is not known", f"Near it: {others}" if near else others)


def is_diverging(name: str) -> bool:
    """Return whether a preset has a middle that should lie on 0."""
    return preset(name).diverging


# --- lists and search ------------------------------------------------------------------------------


def listed_presets() -> tuple[Listed, ...]:
    """Return the ten, the user's and the often used, as lists show them; asks nothing of the catalogue."""
    shown = [Listed(name, OWN_GROUP, kind=_own_kind(name)) for name in (*_SHIPPED, *_RAMPS)]
    shown += [
        Listed(color_map.name, USER_GROUP, kind="diverging" if color_map.diverging else "")
        for color_map in user_presets()
    ]
    return (*shown, *(Listed(name, OFTEN_GROUP) for name in OFTEN_USED))


def _own_kind(name: str) -> str:
    if name == "Rainbow desaturated":
        return "miscellaneous"
    return "diverging" if name in _DIVERGING else "sequential"


@cache
def listed_catalogue() -> tuple[Listed, ...]:
    """Return the rest of the catalogue by kind; what has flat levels comes last."""
    known = {key(name) for name in OFTEN_USED}
    rest = [
        Listed(entry.name, _heading(entry), entry.family, entry.kind, entry.aliases)
        for entry in catalogue()
        if key(entry.name) not in known
    ]
    order = {heading: n for n, heading in enumerate(_HEADINGS)}
    return tuple(sorted(rest, key=lambda entry: order[entry.group]))


_HEADINGS = (
    "Even steps", "Sequential", "Diverging", "Cyclic", "Miscellaneous", "Qualitative", "Flat levels",
)  # fmt: skip


def _heading(entry: CatalogueMap) -> str:
    if entry.stepped and entry.kind != "qualitative":
        return "Flat levels"
    if entry.kind == "sequential" and entry.family in UNIFORM_FAMILIES:
        return "Even steps"
    return entry.kind.capitalize()


def matching(text: str, entries: Iterable[Listed]) -> tuple[Listed, ...]:
    """Return the presets in which every word of a text occurs, those whose name fits best first.

    Words are looked for in names, aliases, families and kinds, ignoring case and hyphens.
    """
    words = [word for word in (key(part) for part in text.split()) if word]
    whole = key(text)
    found = []
    for entry in entries:
        names = [key(name) for name in (entry.name, *entry.aliases)]
        about = " ".join((*names, key(entry.family), key(entry.kind), key(entry.group)))
        if whole in about or all(word in about for word in words):
            found.append((_fit(whole, words, names), entry))
    found.sort(key=lambda item: item[0])
    return tuple(entry for _, entry in found)


def _fit(whole: str, words: list[str], names: list[str]) -> int:
    """Return how well names fit a text, 0 best: the name, its start, a part of it, something else."""
    if whole in names:
        return 0
    if any(name.startswith(whole) for name in names):
        return 1
    return 2 if any(all(word in name for word in words) for name in names) else 3


def remark(color_map: ColorMap, kind: str) -> str:
    """Return what a person should know before reading values off a map; empty for nothing."""
    if kind == "cyclic":
        return "Cyclic: for angles and phases"
    if kind == "qualitative":
        return "Qualitative: for labels, without an order"
    if len(lightness_turns(color_map)) > (1 if color_map.diverging else 0):
        return "Uneven: shows edges that are not there"
    return "Diverging: its middle belongs on 0" if color_map.diverging else ""
