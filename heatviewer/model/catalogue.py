"""The maps of the cmap catalogue: names and kinds at once, colours one by one.

The first question costs some 100 ms, for the library is imported then; nothing is asked before a
person looks for a map that is not among the program's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np

from heatviewer.core.colormap import ColorMap, bands

Kind = Literal["sequential", "diverging", "cyclic", "qualitative", "miscellaneous"]
KINDS: tuple[Kind, ...] = ("sequential", "diverging", "cyclic", "qualitative", "miscellaneous")
#: Families whose maps of one direction are made so that equal steps look equal.
UNIFORM_FAMILIES = frozenset({"bids", "cividis", "cmasher", "cmocean", "colorcet", "crameri"})

_LEFT_OUT = str.maketrans("", "", " -_")
#: Short names that mean presets of the program's own; the catalogue's maps go by their full names.
_TAKEN = frozenset({"red", "blue", "green", "yellow", "magenta"})


@dataclass(frozen=True, slots=True)
class CatalogueMap:
    """One map of the catalogue.

    Attributes
    ----------
    name : str
        As shown and stored: ``viridis``, or with its family where another one has the same name.
    family : str
        Whose map it is, such as ``crameri``.
    kind : str
        What it is made for.
    stepped : bool
        Whether it has flat levels.
    qualified : str
        The library's own full name.
    aliases : tuple of str
        Its other names.
    """

    name: str
    family: str
    kind: Kind
    stepped: bool
    qualified: str
    aliases: tuple[str, ...] = ()


def key(name: str) -> str:
    """Return a name without case, spaces, hyphens and underscores, by which presets are matched."""
    return name.casefold().translate(_LEFT_OUT)


@cache
def catalogue() -> tuple[CatalogueMap, ...]:
    """Return all maps, by kind and name."""
    import cmap

    library = cmap.Catalog()
    stepped = {key(library.resolve(name)) for name in library.unique_keys(interpolation="nearest")}
    also = _other_names(library)
    found = []
    for kind in KINDS:
        for name in library.unique_keys(categories={kind}):
            qualified = library.resolve(name)
            full = key(qualified)
            family, _, short = name.rpartition(":")
            others = also.get(full, [])
            if family and any(key(other) == key(short) for other in others):
                # Of the maps of one name the library takes this one for the short name.
                name = short
            family = qualified.partition(":")[0]
            name = qualified if name in _TAKEN else name
            found.append(CatalogueMap(name, family, kind, full in stepped, qualified, tuple(others)))
    found.sort(key=lambda entry: (KINDS.index(entry.kind), entry.name.casefold()))
    return tuple(found)


def _other_names(library: object) -> dict[str, list[str]]:
    """Return the short names by the full name that each stands for."""
    found: dict[str, list[str]] = {}
    for name in sorted(library.short_keys()):  # type: ignore[attr-defined]
        found.setdefault(key(library.resolve(name)), []).append(name)  # type: ignore[attr-defined]
    return found


@cache
def _by_key() -> dict[str, CatalogueMap]:
    by_key = {}
    for entry in catalogue():
        for name in (*entry.aliases, entry.qualified, *(f"{entry.family}:{a}" for a in entry.aliases)):
            by_key[key(name)] = entry
    return by_key | {key(entry.name): entry for entry in catalogue()}


def catalogue_entry(name: str) -> CatalogueMap | None:
    """Return the map of a name (short, full or alias; case, spaces and hyphens do not matter), or None."""
    return _by_key().get(key(name))


def catalogue_map(name: str) -> ColorMap | None:
    """Return a map's colours by name, or None; ``_r`` after a name turns the map round."""
    entry = catalogue_entry(name)
    if entry is not None:
        return _color_map(entry)
    if name.casefold().endswith("_r") and (entry := catalogue_entry(name[:-2])) is not None:
        made = _color_map(entry).baked(reverse=True)
        return ColorMap(f"{entry.name}_r", made.space, made.points, made.diverging)
    return None


def _color_map(entry: CatalogueMap) -> ColorMap:
    import cmap

    # By the full name: the library warns of a short one that several families have.
    stops = np.asarray(cmap.Colormap(entry.qualified).color_stops, dtype=np.float64)
    colors = np.clip(stops[:, 1:4], 0, 1)
    if entry.stepped or len(stops) == 1:
        points = bands(colors)
    else:
        points = tuple(float(n) for n in np.column_stack([stops[:, 0], colors]).ravel())
    return ColorMap(entry.name, "rgb", points, entry.kind == "diverging")
