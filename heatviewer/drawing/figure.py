"""Whole pictures for files: one plane, the three planes together, or 3D."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from heatviewer.core.errors import SettingError
from heatviewer.core.geometry import PLANES, Plane, PlaneName, Vec3, fit_mm_per_pixel, vec3
from heatviewer.core.output import whole_file
from heatviewer.drawing.annotate import annotate
from heatviewer.drawing.canvas import Rect
from heatviewer.drawing.legend import GAP, LegendBar, legend_layout
from heatviewer.drawing.slice_renderer import SliceRenderer
from heatviewer.model.draws import visible_layers, with_bars
from heatviewer.model.resolve import (
    box_corners,
    display_axes,
    resolve_annotation,
    resolve_slice,
    resolve_volume,
    volume_plane,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from heatviewer.core.volume import Volume
    from heatviewer.model.requests import HeatmapDraw
    from heatviewer.model.scene_state import SceneState
    from heatviewer.model.view import VolumeMode

PictureView = Literal["axial", "coronal", "sagittal", "ortho", "3d"]
PICTURE_VIEWS: tuple[PictureView, ...] = get_args(PictureView)

#: Longest side of a picture, in pixels.
MAX_SIDE = 8192
#: Slices are drawn in bands of this many pixels: a picture of 8192² then needs 0.4 GB, not 3.
_BAND_PIXELS = 2_000_000
#: The legend of the three planes takes at most this part of the width, and each bar of the height.
_LEGEND_SHARE, _LEGEND_HEIGHT = 0.25, 0.45


@dataclass(frozen=True)
class PictureOptions:
    """What a picture shows; checked when made.

    Attributes
    ----------
    view : PictureView
        One plane, 'ortho' for three, or '3d'.
    at : Vec3 or None
        World point, mm: the middle of a single plane or of 3D, the crosshair of 'ortho'.
        None: the centre of the base's voxel n // 2, in 3D the centre of its box.
    size : (int, int)
        Width and height in pixels, 1 … 8192.
    mm_per_pixel : float or None
        None: the whole base fits.
    bare : bool
        Pixels only: no labels, crosshair, legend.
    overlay_only : bool
        Heatmaps alone on transparency, without labels; colour 0 where alpha is 0.
    camera : (float, float) or None
        Azimuth and elevation in degrees; None: as the scene's 3D view stands.
    mode : {'composite', 'mip'} or None
        How 3D is cast; None: as the scene's 3D view is.
    ratio : float
        Factor on the size of text and lines.

    Raises
    ------
    SettingError
        Naming the option and the value that it does not take.
    """

    view: PictureView = "ortho"
    at: Vec3 | None = None
    size: tuple[int, int] = (512, 512)
    mm_per_pixel: float | None = None
    bare: bool = False
    overlay_only: bool = False
    camera: tuple[float, float] | None = None
    mode: VolumeMode | None = None
    ratio: float = 1.0

    def __post_init__(self) -> None:
        if self.view not in PICTURE_VIEWS:
            raise SettingError("view", f"{self.view!r} is not known", f"Choose {', '.join(PICTURE_VIEWS)}")
        if self.mode not in (None, "composite", "mip"):
            raise SettingError("mode", f"{self.mode!r} is not known", "Choose composite or mip")
        for flag in ("bare", "overlay_only"):
            if not isinstance(getattr(self, flag), bool | np.bool_):
                raise SettingError(flag, f"{getattr(self, flag)!r} is neither True nor False")
        object.__setattr__(self, "size", _checked_size(self.size))
        if self.at is not None:
            object.__setattr__(self, "at", vec3(_numbers("at", self.at, 3, "Give x, y and z in mm")))
        if self.camera is not None:
            camera = _numbers("camera", self.camera, 2, "Give azimuth and elevation in degrees")
            if abs(camera[1]) > 90:
                raise SettingError(
                    "camera", f"an elevation of {camera[1]:g}° was found", "It runs from -90 to 90"
                )
            object.__setattr__(self, "camera", tuple(camera))
        if self.mm_per_pixel is not None:
            _check_range("mm_per_pixel", self.mm_per_pixel, 1e-6, 1e6)
        _check_range("ratio", self.ratio, 0.25, 16)


@dataclass(frozen=True)
class Panel:
    """One view in a picture: its corner in pixels, and its plane, whose size it has."""

    view: PlaneName
    left: int
    top: int
    plane: Plane


def render_picture(
    state: SceneState, volumes: Mapping[str, Volume], options: PictureOptions
) -> NDArray[np.uint8]:
    """Return a picture of a scene, uint8 RGBA (height, width, 4), straight alpha.

    `volumes` holds the data by layer id; layers without data are left out.

    Raises
    ------
    EngineError
        Where 3D was asked for and cannot be drawn.
    """
    base = volumes.get(state.base.id) if state.base else None
    if options.view == "3d":
        return _volume_picture(state, volumes, base, options)
    at = options.at or (base.cursor_world if base is not None else state.view.cursor)
    # The position that is written is the picture's, not the window's.
    state = state.replaced(view=state.view.replaced(cursor=at))
    if options.view == "ortho":
        return _ortho_picture(state, volumes, options)
    right, up = display_axes(options.view, state.view.convention, state.view.sagittal, base)
    mm = options.mm_per_pixel or fit_mm_per_pixel(box_corners(base), at, right, up, options.size)
    plane = Plane.centred(at, right, up, options.size, mm)
    picture = _slice_pixels(state, volumes, plane, options)
    if not (options.bare or options.overlay_only):
        annotate(picture, resolve_annotation(state, volumes, plane, options.view, at, options.ratio))
    return picture


def write_png(path: str | Path, rgba: NDArray[np.uint8]) -> None:
    """Write RGBA, uint8 (height, width, 4), as a PNG file: whole or not at all; folders are created.

    Raises
    ------
    WriteError
        Naming the folder that does not take it; the target is then as it was.
    """
    from PIL import Image

    with whole_file(path) as file:
        Image.fromarray(rgba).save(file, format="PNG", compress_level=4)


# --- one plane and 3D --------------------------------------------------------------------------


def _slice_pixels(
    state: SceneState, volumes: Mapping[str, Volume], plane: Plane, options: PictureOptions
) -> NDArray[np.uint8]:
    """Return the pixels of one plane, drawn in bands of rows; lines then on the whole of it."""
    width, height = plane.size
    labels = not (options.bare or options.overlay_only)
    request = resolve_slice(state, volumes, plane, ratio=options.ratio, labels=labels)
    plain = request.without_lines()
    rows = max(1, _BAND_PIXELS // width)
    picture = np.empty((height, width, 4), dtype=np.uint8)
    for top in range(0, height, rows):
        count = min(rows, height - top)
        band = plain if count == height else replace(plain, plane=plane.cut(0, top, width, count))
        # A renderer of its own: the samples of a picture for a file are not asked for again.
        renderer = SliceRenderer()
        draw = renderer.render_overlay if options.overlay_only else renderer.render
        picture[top : top + count] = draw(band)
    if plain != request:
        SliceRenderer().lay_lines(picture, request, options.overlay_only)
    return picture


def _volume_picture(
    state: SceneState, volumes: Mapping[str, Volume], base: Volume | None, options: PictureOptions
) -> NDArray[np.uint8]:
    """Return the 3D picture, seen as the options' camera or the scene's own."""
    from heatviewer.drawing.engine import create_engine

    view = state.view.camera
    camera = options.camera or (view.azimuth, view.elevation)
    plane = volume_plane(base, camera, options.size, options.at, options.mm_per_pixel)
    request = resolve_volume(
        state, volumes, plane, options.mode or view.mode, overlay_only=options.overlay_only
    )
    engine = create_engine("auto")
    try:
        picture = engine.render(request, transparent=options.overlay_only)
    finally:
        engine.close()
    if options.bare or options.overlay_only:
        return picture
    picture = np.array(picture)
    annotate(picture, resolve_annotation(state, volumes, plane, "3d", None, options.ratio))
    return picture


# --- three planes ------------------------------------------------------------------------------


def _ortho_picture(
    state: SceneState, volumes: Mapping[str, Volume], options: PictureOptions
) -> NDArray[np.uint8]:
    """Return the three planes side by side, or as the size suits, with one legend for all."""
    plain = options.bare or options.overlay_only
    width, height = options.size
    picture = np.zeros((height, width, 4), dtype=np.uint8)
    if not options.overlay_only:
        picture[..., 3] = 255
    panels, free = ortho_panels(state, volumes, options)
    legend = () if plain else _ortho_legend(_legends(state, volumes), free, options)
    # Without room of its own the legend goes into the panel at the upper right.
    corner = None if plain or legend else max(panels, key=lambda p: (p.left, -p.top), default=None)
    for number, panel in enumerate(panels):
        pixels = _slice_pixels(state, volumes, panel.plane, options)
        if not plain:
            at, own_legend = state.view.cursor, panel is corner
            request = resolve_annotation(
                state, volumes, panel.plane, panel.view, at, options.ratio, own_legend
            )
            # All panels have one scale: one bar tells it.
            annotate(pixels, replace(request, scale_bar=request.scale_bar and number == 0))
        columns, rows = panel.plane.size
        picture[panel.top : panel.top + rows, panel.left : panel.left + columns] = pixels
    for bar in legend:
        bar.sprite.lay_on(picture, *bar.box[:2])
    return picture


def ortho_panels(
    state: SceneState, volumes: Mapping[str, Volume], options: PictureOptions
) -> tuple[tuple[Panel, ...], Rect]:
    """Return where the planes through the state's cursor lie in a picture, and the legend's part of it.

    Axial, coronal and sagittal in a row, in a column, or two over one: whichever shows them
    largest. All have the same mm per pixel and show the whole base. A 2D image has only its own
    plane.
    """
    base = volumes.get(state.base.id) if state.base else None
    views = PLANES[:1] if base is not None and base.flat else PLANES
    extents = {view: _extent(state, base, view) for view in views}
    plain = options.bare or options.overlay_only
    strip = 0 if plain else _strip_width(_legends(state, volumes), options)
    best: tuple[float, dict[PlaneName, Rect], Rect] | None = None
    for cells, free in _arrangements(extents, options.size, strip):
        if any(cell.width < 1 or cell.height < 1 for cell in cells.values()):
            continue
        mm = max(max(extents[v][0] / cells[v].width, extents[v][1] / cells[v].height) for v in views)
        if best is None or mm < best[0] * (1 - 1e-9):
            best = mm, cells, free
    if best is None:  # fewer pixels than panels
        return (), Rect(0, 0, 0, 0)
    mm, cells, free = best
    mm = options.mm_per_pixel or max(mm, 1e-6)
    panels = [
        Panel(view, cell.left, cell.top, _panel_plane(state, base, view, (cell.width, cell.height), mm))
        for view, cell in cells.items()
    ]
    return tuple(panels), free


def _arrangements(
    extents: dict[PlaneName, tuple[float, float]], size: tuple[int, int], strip: int
) -> list[tuple[dict[PlaneName, Rect], Rect]]:
    """Return the ways to share out a picture: a cell for each view, and the legend's box."""
    width, height = size
    inner = width - strip
    side = Rect(inner, 0, strip, height)
    widths = [extent[0] for extent in extents.values()]
    heights = [extent[1] for extent in extents.values()]
    row = [Rect(a, 0, b - a, height) for a, b in pairwise(_shares(widths, height, max(heights), inner))]
    column = [Rect(0, a, inner, b - a) for a, b in pairwise(_shares(heights, inner, max(widths), height))]
    found = [(dict(zip(extents, cells, strict=True)), side) for cells in (row, column)]
    if len(extents) < 3:
        return found[:1]
    # Two over one; the legend takes the fourth cell, and costs no room.
    tall, wide = [max(heights[0], heights[1]), heights[2]], [max(widths[0], widths[2]), widths[1]]
    _, right, _ = _shares(wide, height, sum(tall), width)
    _, lower, _ = _shares(tall, width, sum(wide), height)
    quad = [
        Rect(0, 0, right, lower),
        Rect(right, 0, width - right, lower),
        Rect(0, lower, right, height - lower),
    ]
    rest = Rect(right, lower, width - right, height - lower)
    return [*found, (dict(zip(extents, quad, strict=True)), rest)]


def _shares(lengths: list[float], across: int, widest: float, total: int) -> list[int]:
    """Return the edges (from 0 to `total` pixels) of parts that hold lengths in mm side by side.

    All have the scale that fits both ways, `widest` mm into `across` pixels too; pixels to spare
    are shared out evenly.
    """
    mm = max(sum(lengths) / max(total, 1), widest / max(across, 1), 1e-9)
    spare = (total - sum(lengths) / mm) / len(lengths)
    ends = np.cumsum([length / mm + spare for length in lengths])
    return [0, *(round(end) for end in ends[:-1]), max(total, 0)]


def _extent(state: SceneState, base: Volume | None, view: PlaneName) -> tuple[float, float]:
    """Return the base's width and height on the screen, mm."""
    right, up = display_axes(view, state.view.convention, state.view.sagittal, base)
    corners = box_corners(base)
    return float(np.ptp(corners @ np.asarray(right))), float(np.ptp(corners @ np.asarray(up)))


def _panel_plane(
    state: SceneState, base: Volume | None, view: PlaneName, size: tuple[int, int], mm: float
) -> Plane:
    """Return the plane through the cursor whose picture has the base's box in its middle."""
    right, up = display_axes(view, state.view.convention, state.view.sagittal, base)
    corners = box_corners(base)
    middle = (corners.min(axis=0) + corners.max(axis=0)) / 2
    normal = np.cross(right, up)
    middle = middle + normal * ((np.asarray(state.view.cursor) - middle) @ normal)
    return Plane.centred(vec3(middle), right, up, size, mm)


def _legends(state: SceneState, volumes: Mapping[str, Volume]) -> tuple[HeatmapDraw, ...]:
    """Return the heatmaps that have a legend, the topmost first."""
    _, heatmaps = visible_layers(state, volumes)
    return with_bars(heatmaps) if state.view.legend != "off" else ()


def _strip_width(legends: tuple[HeatmapDraw, ...], options: PictureOptions) -> int:
    """Return the pixels at the right that the legends need; 0 where they would take too much."""
    width, height = options.size
    bars = _ortho_legend(legends, Rect(0, 0, int(width * _LEGEND_SHARE), height), options)
    if not bars:
        return 0
    columns = len({bar.box.left for bar in bars})
    # Columns of one width: the layout shares the room out evenly.
    return columns * (max(bar.box.width for bar in bars) + _gap(options)) + _gap(options)


def _ortho_legend(
    legends: tuple[HeatmapDraw, ...], free: Rect, options: PictureOptions
) -> tuple[LegendBar, ...]:
    """Return the legends laid out at the right of a free part of the picture, half way up."""
    gap = _gap(options)
    inner = Rect(free.left + gap, free.top + gap, free.width - 2 * gap, free.height - 2 * gap)
    most = max(int(options.size[1] * _LEGEND_HEIGHT), 1)
    bars = legend_layout(legends, inner, options.ratio, most)
    used = max((bar.box.top + bar.box.height for bar in bars), default=0) - inner.top
    return tuple(bar.moved(0, (inner.height - used) // 2) for bar in bars)


def _gap(options: PictureOptions) -> int:
    return round(GAP * options.ratio)


# --- checks ------------------------------------------------------------------------------------


def _checked_size(size: Any) -> tuple[int, int]:
    """Return a size as two whole numbers that a picture can have."""
    width, height = _numbers("size", size, 2, "Give width and height in pixels")
    for side in (width, height):
        if side != int(side) or not 1 <= side <= MAX_SIDE:
            raise SettingError(
                "size", f"{side:g} pixels were asked for", f"Whole numbers from 1 to {MAX_SIDE} do"
            )
    return int(width), int(height)


def _numbers(where: str, values: Any, count: int, hint: str) -> list[float]:
    """Return a fixed count of finite numbers."""
    try:
        flags = any(isinstance(v, bool | np.bool_) for v in values)
        numbers = [] if flags else [float(v) for v in values]
    except (TypeError, ValueError):
        numbers = []
    if len(numbers) != count or not all(math.isfinite(v) for v in numbers):
        raise SettingError(where, f"{values!r} is not {count} finite numbers", hint)
    return numbers


def _check_range(where: str, value: Any, low: float, high: float) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or not low <= value <= high:
        raise SettingError(where, f"{value!r} is not allowed", f"Numbers from {low:g} to {high:g} do")
