"""What undo steps are called: 'Opacity of z-map'."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from heatviewer.model.scene_state import SceneState

#: What steps call fields whose names say too little.
_WORDS = {
    "rgb_points": "colour points",
    "steps": "colour steps",
    "edge": "threshold edge",
    "below": "colour below the range",
    "above": "colour above the range",
    "nan": "colour of missing values",
    "zero_is_missing": "zeros as missing",
    "blur": "display blur",
    "link": "link group",
    "blend": "blending",
    "outline": "threshold outline",
    "contours": "contour levels",
    "threshold_abs": "two-sided threshold",
    "visible": "visibility",
    "visible_3d": "visibility in 3D",
    "opacity_3d": "opacity in 3D",
    "opacity_points_3d": "opacity points in 3D",
    "align": "place",
    "labels": "names of values",
}
#: Fields that only go with others.
_SILENT = frozenset({"data_range_auto", "window_auto"})
#: More than these say less than their number.
_MOST = 2


def title_of_edit(state: SceneState, layer_id: str, fields: Iterable[str]) -> str:
    """Return what a change of a layer's settings is called, such as "Opacity of z-map"."""
    fields = list(fields)
    told = [field for field in fields if field not in _SILENT] or fields
    words = [field_words(field) for field in told]
    what = " and ".join(words) if len(words) <= _MOST else f"{len(words)} settings"
    return f"{what[:1].upper()}{what[1:]} of {layer_words(state, layer_id)}"


def field_words(field: str) -> str:
    """Return a setting's name for people."""
    return _WORDS.get(field, field.replace("_", " ").replace("3d", "3D"))


def layer_words(state: SceneState, layer_id: str) -> str:
    """Return what steps call a layer: 'the base', or a heatmap's name."""
    return next((layer.name for layer in state.heatmaps if layer.id == layer_id), "the base") or "a heatmap"
