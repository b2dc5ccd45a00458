"""Hypothesis strategies for whole scenes: every field of every model of the display state."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from heatviewer.model.layer import BaseLayer, Contours, HeatmapLayer, OpacityBy
from heatviewer.model.presets import preset_names
from heatviewer.model.scene_state import SceneState
from heatviewer.model.view import LAYOUTS, MAX_ZOOM, SliceCamera, ViewState, VolumeCamera
from tests.strategies import opacity_points, ranges, rgb_points, scalars, units

numbers = st.floats(allow_nan=False, allow_infinity=False)
pairs = st.tuples(numbers, numbers)
names = st.text(max_size=12)
colors = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")
outside = st.sampled_from(["clamp", "hide"]) | colors
interpolation = st.sampled_from(["nearest", "linear", "cubic"])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | numbers | names,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=5,
)
#: Keys of other programs, which no setting has.
unknown = st.dictionaries(names.map(lambda name: f"x-{name}"), values, max_size=2)
some_unknown = st.dictionaries(names.map(lambda name: f"x-{name}"), values, min_size=1, max_size=2)
kept = unknown.map(lambda found: json.dumps(found, separators=(",", ":")) if found else "")

_COMMON = {
    "name": names,
    "unit": names,
    "visible": st.booleans(),
    "visible_3d": st.booleans(),
    "opacity_3d": units,
    "interpolation": interpolation,
    "kept": kept,
}
BASE = _COMMON | {"window": pairs, "window_auto": st.booleans(), "invert": st.booleans()}
HEATMAP = _COMMON | {
    "preset": st.sampled_from(preset_names()),
    "reverse": st.booleans(),
    "steps": st.none() | st.integers(2, 256),
    "rgb_points": st.none() | rgb_points(),
    "opacity_points": st.none() | opacity_points(),
    "opacity_points_3d": st.none() | opacity_points(),
    "opacity": units,
    "threshold": st.none() | ranges() | st.tuples(scalars, st.none()) | st.tuples(st.none(), scalars),
    "threshold_abs": st.none() | st.floats(0, 1e9),
    "edge": st.sampled_from(["hard", "linear", "quadratic"]),
    "below": outside,
    "above": outside,
    "nan": outside,
    "zero_is_missing": st.booleans(),
    "opacity_by_frame": st.none() | st.integers(0, 9),
    "outline": st.booleans(),
    "outline_color": colors,
    "blur": st.floats(0, 100),
    "contours": st.none()
    | st.builds(Contours, levels=st.lists(numbers, min_size=1, max_size=4), percent=st.booleans()),
    "contour_reference": st.none() | st.floats(0, 1e9, exclude_min=True),
    "contour_colors": st.none() | st.lists(colors, min_size=1, max_size=3),
    "contour_labels": st.booleans(),
    "contour_style": st.sampled_from(["solid", "dashed"]),
    "contour_width": st.floats(0.5, 10),
    "link": st.none() | st.sampled_from(["A", "group two"]),
    "blend": st.sampled_from(["over", "add"]),
    "labels": st.none() | st.dictionaries(st.integers(-9, 9), names, max_size=3),
    "align": st.none() | st.sampled_from(["world", "centre", "grid"]),
}
VIEW = {
    "cursor": st.tuples(numbers, numbers, numbers),
    "convention": st.sampled_from(["radiological", "neurological"]),
    "sagittal": st.sampled_from(["nose-left", "nose-right"]),
    "layout": st.sampled_from(LAYOUTS),
    **dict.fromkeys(
        ("axial", "coronal", "sagittal_camera"),
        st.builds(SliceCamera, zoom=st.floats(1, MAX_ZOOM), pan=pairs),
    ),
    "camera": st.builds(
        VolumeCamera,
        azimuth=numbers,
        elevation=st.floats(-90, 90),
        zoom=st.floats(0.2, MAX_ZOOM),
        pan=pairs,
        mode=st.sampled_from(["composite", "mip"]),
    ),
    "show_crosshair": st.booleans(),
    "show_labels": st.booleans(),
    "show_scale_bar": st.booleans(),
    "legend": st.sampled_from(["shared", "views", "off"]),
    "frames_together": st.booleans(),
}
#: Drawn with the scene, for they depend on its layers and on their files.
WITH_THE_SCENE = {
    BaseLayer: {"id", "source", "series", "items", "identity", "frame"},
    HeatmapLayer: {
        "id", "source", "series", "items", "identity", "frame", "opacity_by", "data_range", "data_range_auto",
    },
    ViewState: {"solo"},
}  # fmt: skip
DRAWN: dict[Any, set[str]] = {BaseLayer: set(BASE), HeatmapLayer: set(HEATMAP), ViewState: set(VIEW)}


@st.composite
def scenes(draw: st.DrawFn, plain: SceneState, frames: dict[str, int], extra: OpacityBy) -> SceneState:
    """A scene of the same layers as a plain one, with everything else as it may come.

    Parameters
    ----------
    plain : SceneState
        Of real files.
    frames : dict
        How many frames a layer has, by id.
    extra : OpacityBy
        An opacity that follows a file of its own.
    """
    base = plain.base
    assert base is not None
    heatmaps = draw(st.permutations(plain.heatmaps))
    heatmaps = heatmaps[: draw(st.integers(0, len(heatmaps)))]
    ids = [layer.id for layer in heatmaps]
    changed = tuple(
        layer.replaced(
            **draw(st.fixed_dictionaries(HEATMAP)),
            **draw(_range),
            frame=draw(st.integers(0, frames[layer.id] - 1)),
            opacity_by=draw(_opacity_by([base.id, *ids], extra)),
        )
        for layer in heatmaps
    )
    frame = draw(st.integers(0, frames[base.id] - 1))
    top = draw(unknown) | draw(st.just({}) | some_unknown.map(lambda found: {"view": found}))
    return SceneState(
        base=base.replaced(**draw(st.fixed_dictionaries(BASE)), frame=frame),
        heatmaps=changed,
        selected=draw(st.sampled_from([None, *ids])),
        view=ViewState(**draw(st.fixed_dictionaries(VIEW)), solo=draw(st.sampled_from([None, *ids]))),
        notes=draw(st.text(max_size=60)),
        metadata=tuple(draw(st.dictionaries(names, names, max_size=3)).items()),
        kept=json.dumps(top, separators=(",", ":")) if top else "",
    )


_range = ranges().flatmap(
    lambda found: st.sampled_from(
        [
            {"data_range": found, "data_range_auto": False},
            {"data_range": found, "data_range_auto": True},
            # As of constant data.
            {"data_range": (found[0], found[0]), "data_range_auto": True},
        ]
    )
)


def _opacity_by(ids: list[str], extra: OpacityBy) -> st.SearchStrategy[OpacityBy | None]:
    layers = st.sampled_from(ids).map(lambda one: {"volume": one, "source": "", "identity": None})
    found = st.just({}) | layers
    return st.none() | st.tuples(found, ranges(), names).map(
        lambda drawn: extra.replaced(**drawn[0], low=drawn[1][0], high=drawn[1][1], name=drawn[2])
    )


def without_ids(state: SceneState) -> dict[str, Any]:
    """Return a scene as plain values in which ids are places, as they differ after each opening."""
    places = {layer.id: n for n, layer in enumerate(state.layers)}
    plain = state.model_dump()
    for layer in (plain["base"], *plain["heatmaps"]):
        if layer is None:
            continue
        layer["id"] = places[layer["id"]]
        layer["kept"] = json.loads(layer["kept"] or "{}")
        if layer.get("opacity_by"):
            layer["opacity_by"]["volume"] = places.get(layer["opacity_by"]["volume"], "a file's")
    plain["kept"] = json.loads(state.kept or "{}")
    plain["selected"], plain["view"]["solo"] = places.get(state.selected), places.get(state.view.solo)
    return plain
