"""The user's presets that a session carries with it, so that it looks the same elsewhere."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from heatviewer.app.preset_files import parse_presets, presets_text
from heatviewer.core.errors import ReadError, SettingError
from heatviewer.model.catalogue import key
from heatviewer.model.presets import lend_preset, user_preset

if TYPE_CHECKING:
    from collections.abc import Iterable

    from heatviewer.model.scene_state import SceneState


#: More presets than any session carries; reading more would take minutes.
MAX_PRESETS = 1_000


def presets_named(names: Iterable[str]) -> dict[str, Any]:
    """Return those of some presets that are the user's, as documents hold them."""
    maps = [found for name in sorted(set(names)) if (found := user_preset(name)) is not None]
    return json.loads(presets_text(maps)) if maps else {}


def presets_used(state: SceneState) -> dict[str, Any]:
    """Return the user's presets that heatmaps, missing ones too, are shown in, as a session holds them."""
    names = {layer.preset for layer in state.heatmaps}
    names |= {str(json.loads(missing.entry).get("preset") or "") for missing in state.missing}
    return presets_named(names)


def lend_presets_of(
    document: dict[str, Any], where: str, problems: list[str] | None = None
) -> dict[str, Any]:
    """Let a session's own presets be drawn until the program ends; return it with their names here.

    A name that means other colours here gets another one: what was saved is what is shown. What is no
    preset is told; a layer that uses it tells its name too.
    """
    problems = [] if problems is None else problems
    presets = document.get("presets")
    if not isinstance(presets, dict) or not presets:
        return document
    if len(presets) > MAX_PRESETS:
        what = f"has {len(presets):,} entries, and no session needs more than {MAX_PRESETS:,}"
        problems.append(f"presets: {what}. They are left out.")
        return document
    try:
        found = parse_presets(json.dumps(presets).encode(), where, keep_going=True)
    except (ReadError, SettingError) as error:
        problems.append(f"presets: {error.what}. They are left out.")
        return document
    problems += [f"presets: {reason}. It is left out." for reason in found.left_out]
    names = {key(one.name): lend_preset(one) for one in found.maps}
    changed = dict(document)
    if isinstance(document.get("heatmaps"), list):
        changed["heatmaps"] = [_renamed(entry, names) for entry in document["heatmaps"]]
    return changed


def _renamed(entry: Any, names: dict[str, str]) -> Any:
    if not isinstance(entry, dict) or not isinstance(entry.get("preset"), str):
        return entry
    return entry | {"preset": names.get(key(entry["preset"]), entry["preset"])}
