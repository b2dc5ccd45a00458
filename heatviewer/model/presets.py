"""Colour presets by name: the ten of the contract, then the catalogue's."""

from __future__ import annotations

import json
from difflib import get_close_matches
from functools import cache

from heatviewer.core.colormap import ColorMap, ColorSpace
from heatviewer.core.errors import SettingError
from heatviewer.core.resources import resource

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
#: Maps of the catalogue that the menus list by their own names; any other is found by its name.
CATALOGUE = (
    "jet", "hot", "viridis", "turbo", "inferno", "magma", "plasma", "cividis", "gray", "bone",
    "copper", "cool", "coolwarm", "RdBu", "seismic", "Spectral", "rainbow", "hsv",
)  # fmt: skip
_CATALOGUE_SAMPLES = 256


def preset_names() -> tuple[str, ...]:
    """Return the presets' names as shown: the ten in the contract's order, then the others."""
    return (*_SHIPPED, *_RAMPS, *CATALOGUE)


def key(name: str) -> str:
    """Return a name without case, spaces and hyphens, by which presets are matched."""
    return "".join(c for c in name.casefold() if c not in " -_")


@cache
def preset(name: str) -> ColorMap:
    """Return a preset by name, ignoring case, spaces and hyphens.

    Raises
    ------
    SettingError
        With the nearest names, where there is none of that name.
    """
    names = _names_by_key()
    wanted = key(name)
    shown = names.get(wanted)
    if shown in _SHIPPED:
        entry = json.loads(resource("presets.json").read_text(encoding="utf-8"))[_SHIPPED[shown]]
        space: ColorSpace = "diverging" if entry["space"] == "Diverging" else "rgb"
        return ColorMap(shown, space, tuple(float(p) for p in entry["rgbPoints"]))
    if shown in _RAMPS:
        return ColorMap(shown, "rgb", (0.0, 0.0, 0.0, 0.0, 1.0, *_RAMPS[shown]))
    found = _from_catalogue(shown or name)
    if found is None:
        near = get_close_matches(wanted, names, n=3, cutoff=0.5)
        others = ", ".join(f"'{names[n]}'" for n in near) or "'heatviewer presets' lists all"
        raise SettingError("preset", f"'{name}' is not known", f"Near it: {others}" if near else others)
    return found


@cache
def _names_by_key() -> dict[str, str]:
    return {key(name): name for name in preset_names()}


def _from_catalogue(name: str) -> ColorMap | None:
    """Return a map of the cmap catalogue as 256 points, or None."""
    import cmap  # 60 ms: only when asked for by name

    try:
        colors = cmap.Colormap(name).lut(N=_CATALOGUE_SAMPLES)
    except (ValueError, TypeError, KeyError):
        return None
    last = _CATALOGUE_SAMPLES - 1
    points = [p for k, rgba in enumerate(colors) for p in (k / last, *(float(c) for c in rgba[:3]))]
    return ColorMap(name, "rgb", tuple(points))


def is_diverging(name: str) -> bool:
    """Return whether a preset has a middle that should lie on 0."""
    diverging = {"coldandhot", "cooltowarm", "warmtocool", "coolwarm", "rdbu", "seismic", "spectral"}
    return key(name) in diverging
