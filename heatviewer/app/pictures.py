"""Pictures of what the window shows, at any size: one view, or all views as they are laid out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from heatviewer.drawing.annotate import annotate
from heatviewer.drawing.figure import PictureOptions, render_picture
from heatviewer.drawing.legend import lay_strip, picture_strip
from heatviewer.model.draws import visible_layers, with_bars
from heatviewer.model.resolve import resolve_annotation, slice_plane, window_volume_plane

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from heatviewer.core.volume import Volume
    from heatviewer.model.requests import HeatmapDraw
    from heatviewer.model.scene_state import SceneState
    from heatviewer.model.view import ViewName

Content = Literal["annotated", "bare", "heatmaps"]


@dataclass(frozen=True)
class Placed:
    """A view's place in the window: shares of its width and height, 0…1."""

    view: ViewName
    left: float
    top: float
    width: float
    height: float


def view_picture(
    state: SceneState,
    volumes: Mapping[str, Volume],
    view: ViewName,
    size: tuple[int, int],
    content: Content = "annotated",
    ratio: float = 1.0,
    legend: bool = True,
) -> NDArray[np.uint8]:
    """Return a view as the window shows it, with its zoom and pan, uint8 RGBA (height, width, 4).

    `content`: with labels, the data alone, or the heatmaps alone on transparency. `ratio`: pixels
    per unit of text size. `legend`: whether the colour bars may stand in it.

    Raises
    ------
    EngineError
        Where 3D cannot be drawn.
    """
    base = volumes.get(state.base.id) if state.base else None
    slices = None if view == "3d" else slice_plane(state, base, view, size)
    plane = slices or window_volume_plane(state, base, size)
    camera = (state.view.camera.azimuth, state.view.camera.elevation)
    options = PictureOptions(
        view=view,
        at=plane.world_at((size[0] - 1) / 2, (size[1] - 1) / 2),
        size=size,
        mm_per_pixel=plane.mm_per_pixel,
        bare=True,
        overlay_only=content == "heatmaps",
        camera=camera if view == "3d" else None,
    )
    picture = render_picture(state, volumes, options)
    if content == "annotated":
        picture = np.array(picture)
        cursor = state.view.cursor
        annotate(picture, resolve_annotation(state, volumes, plane, view, cursor, ratio, legend))
    return picture


def layout_picture(
    state: SceneState,
    volumes: Mapping[str, Volume],
    places: Sequence[Placed],
    size: tuple[int, int],
    content: Content = "annotated",
    ratio: float = 1.0,
) -> NDArray[np.uint8]:
    """Return all views at their places in one picture, uint8 RGBA (height, width, 4).

    A legend that the views share stands at their right, as in the window.
    """
    width, height = size
    picture = np.zeros((height, width, 4), np.uint8)
    if content != "heatmaps":
        picture[..., 3] = 255
    shared = _shared_heatmaps(state, volumes, places) if content == "annotated" else ()
    strip = picture_strip(shared, size, ratio, _is_volumetric(places))
    inner = width - strip.width if strip.width < width else width
    for place in places:
        left, right = round(place.left * inner), round((place.left + place.width) * inner)
        top, bottom = round(place.top * height), round((place.top + place.height) * height)
        if right > left and bottom > top:
            part, own = (right - left, bottom - top), state.view.legend == "views"
            picture[top:bottom, left:right] = view_picture(
                state, volumes, place.view, part, content, ratio, own
            )
    if inner < width:
        lay_strip(picture, strip, inner, len(shared), ratio)
    return picture


def _is_volumetric(places: Sequence[Placed]) -> bool:
    return all(place.view == "3d" for place in places)


def _shared_heatmaps(
    state: SceneState, volumes: Mapping[str, Volume], places: Sequence[Placed]
) -> tuple[HeatmapDraw, ...]:
    """Return the heatmaps, topmost first, whose legends stand beside all views and not in them."""
    _, heatmaps = visible_layers(state, volumes, _is_volumetric(places))
    return with_bars(heatmaps) if state.view.legend == "shared" else ()
