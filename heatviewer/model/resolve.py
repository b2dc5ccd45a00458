"""From what is wished (display state) and what is there (volumes) to what is drawn (requests).

Pure: equal arguments give equal requests. Hidden layers are dropped, frames clamped, planes put
into the world, points and presets turned into transfer functions.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import numpy as np

from heatviewer.core.geometry import (
    Convention,
    Plane,
    PlaneName,
    SagittalSide,
    Vec3,
    apply_affine,
    direction_letters,
    fit_mm_per_pixel,
    nearest_voxel,
    slice_axis,
    vec3,
    view_axes,
)
from heatviewer.model.draws import visible_layers, with_bars
from heatviewer.model.requests import (
    AnnotationRequest,
    Quality,
    SliceRequest,
    VolumeRequest,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from heatviewer.core.volume import Volume
    from heatviewer.model.scene_state import SceneState
    from heatviewer.model.view import VolumeMode

#: A picture without a base is drawn as if it lay on a box of this half width, in mm.
_EMPTY_HALF_WIDTH = 100.0


def display_axes(
    plane: PlaneName, convention: Convention, sagittal: SagittalSide, base: Volume | None
) -> tuple[Vec3, Vec3]:
    """Return the screen's right and up in the world; a 2D image is never mirrored."""
    if base is not None and base.flat:
        convention = "radiological"
    return view_axes(plane, convention, sagittal)


def box_corners(base: Volume | None) -> np.ndarray:
    """Return the corners of the base's box, world mm, shape (8, 3)."""
    if base is not None:
        return base.corners_world
    half = _EMPTY_HALF_WIDTH
    return np.array([[x, y, z] for x in (-half, half) for y in (-half, half) for z in (-half, half)])


def slice_plane(state: SceneState, base: Volume | None, plane: PlaneName, size: tuple[int, int]) -> Plane:
    """Return where a window's slice view lies: through the cursor, zoomed and panned.

    The middle of the view is the middle of the base's box, moved by the view's pan.
    """
    view = state.view
    right, up = display_axes(plane, view.convention, view.sagittal, base)
    camera = view.slice_camera(plane)
    middle, fit, normal = _fitted(tuple(map(vec3, box_corners(base))), right, up, size)
    depth = sum((c - m) * n for c, m, n in zip(view.cursor, middle, normal, strict=True))
    x, y = camera.pan
    at = tuple(m + depth * n + x * r + y * u for m, n, r, u in zip(middle, normal, right, up, strict=True))
    return Plane.centred(vec3(at), right, up, size, fit / camera.zoom)


@lru_cache(maxsize=64)
def _fitted(box: tuple[Vec3, ...], right: Vec3, up: Vec3, size: tuple[int, int]) -> tuple[Vec3, float, Vec3]:
    """Return the middle of a box's corners, the mm per pixel at which it fits, and the view's normal."""
    corners = np.asarray(box)
    middle = vec3((corners.min(axis=0) + corners.max(axis=0)) / 2)
    return middle, fit_mm_per_pixel(corners, middle, right, up, size), vec3(np.cross(right, up))


def camera_axes(azimuth: float, elevation: float) -> tuple[Vec3, Vec3, Vec3]:
    """Return the screen's right and up and the direction of sight, world unit vectors.

    0, 0 looks from the patient's front, the patient's right on the left; azimuth 90 from the
    patient's left; elevation 90 from above the head with the front at the bottom.
    """
    a, e = math.radians(azimuth), math.radians(elevation)
    # Towards the eye: front at 0, the patient's left (−x) at azimuth 90, above at elevation 90.
    eye = np.array([-math.sin(a) * math.cos(e), math.cos(a) * math.cos(e), math.sin(e)])
    right = np.array([-math.cos(a), -math.sin(a), 0.0])
    up = np.cross(eye, right)
    return vec3(right), vec3(up), vec3(-eye)


def volume_plane(
    base: Volume | None,
    camera: tuple[float, float],
    size: tuple[int, int],
    at: Vec3 | None = None,
    mm_per_pixel: float | None = None,
) -> Plane:
    """Return the picture plane of a 3D view: through `at` (None: the box's centre), facing the camera."""
    right, up, _ = camera_axes(*camera)
    corners = box_corners(base)
    centre = vec3((corners.min(axis=0) + corners.max(axis=0)) / 2) if at is None else at
    if base is not None and at is None:
        centre = base.centre_world
    if mm_per_pixel is None:
        mm_per_pixel = fit_mm_per_pixel(corners, centre, right, up, size)
    return Plane.centred(centre, right, up, size, mm_per_pixel)


def window_volume_plane(state: SceneState, base: Volume | None, size: tuple[int, int]) -> Plane:
    """Return the picture plane of the window's 3D view, zoomed and panned.

    Its scale does not change while it turns. At zoom 1 seven tenths of the box's diagonal fit, so
    that the body fills the view and only the box's empty corners leave it.
    """
    camera = state.view.camera
    right, up, _ = camera_axes(camera.azimuth, camera.elevation)
    corners = box_corners(base)
    centre = (corners.min(axis=0) + corners.max(axis=0)) / 2
    radius = float(np.linalg.norm(corners - centre, axis=1).max())
    at = centre + camera.pan[0] * np.asarray(right) + camera.pan[1] * np.asarray(up)
    return Plane.centred(vec3(at), right, up, size, 1.4 * radius / min(size) / camera.zoom)


def resolve_slice(
    state: SceneState,
    volumes: Mapping[str, Volume],
    plane: Plane,
    overlay_only: bool = False,
    ratio: float = 1.0,
    labels: bool = False,
) -> SliceRequest:
    """Return the request for one plane of a scene; `labels`: contour lines carry their values."""
    base, heatmaps = visible_layers(state, volumes)
    return SliceRequest(plane, None if overlay_only else base, heatmaps, ratio, labels)


def resolve_volume(
    state: SceneState,
    volumes: Mapping[str, Volume],
    plane: Plane,
    mode: VolumeMode = "composite",
    quality: Quality = "full",
    overlay_only: bool = False,
) -> VolumeRequest:
    """Return the request for one 3D picture of a scene."""
    base, heatmaps = visible_layers(state, volumes, volumetric=True)
    return VolumeRequest(plane, None if overlay_only else base, heatmaps, mode, quality)


def resolve_annotation(
    state: SceneState,
    volumes: Mapping[str, Volume],
    plane: Plane,
    view: PlaneName | Literal["3d"],
    cursor: Vec3 | None,
    ratio: float = 1.0,
    legend: bool = True,
) -> AnnotationRequest:
    """Return what is written on a picture, as the view settings say.

    `legend` is whether colour bars may stand in this picture: a window that shows them beside
    its views asks for none.
    """
    settings = state.view
    base = volumes.get(state.base.id) if state.base else None
    flat = base is not None and base.flat
    letters = None
    if settings.show_labels and base is not None:
        letters = _stated_letters(base, view) if flat else _edge_letters(plane.right, plane.down)
    mirrored = settings.convention == "neurological" and view in ("axial", "coronal") and not flat
    _, heatmaps = visible_layers(state, volumes, volumetric=view == "3d")
    badges: tuple[str, ...] = ("L on left",) if mirrored and base is not None else ()
    if any(heatmap.moved for heatmap in heatmaps):
        badges += ("heatmap moved",)
    return AnnotationRequest(
        plane=plane,
        view=view,
        cursor=cursor if settings.show_crosshair and view != "3d" else None,
        letters=letters,
        position=position_text(base, plane, state.view.cursor) if view != "3d" and base and not flat else "",
        badges=badges,
        scale_bar=settings.show_scale_bar and base is not None,
        legend=with_bars(heatmaps) if legend and settings.legend != "off" else (),
        ratio=ratio,
        named=not flat,
    )


@lru_cache(maxsize=64)
def _edge_letters(right: Vec3, down: Vec3) -> tuple[str, str, str, str]:
    """Return the patient directions at a picture's left, right, top and bottom."""
    left, up = vec3([-x for x in right]), vec3([-x for x in down])
    return direction_letters(left), direction_letters(right), direction_letters(up), direction_letters(down)


def _stated_letters(base: Volume, view: str) -> tuple[str, str, str, str] | None:
    """Return what a 2D image's header says of its left, right, top and bottom (PS3.3 C.7.6.1.1.1).

    PatientOrientation is where its rows and its columns run to; H (head) and F (feet) are S and I.
    """
    stated = [str(letters) for letters in base.info.get("patient_orientation", ())]
    if view != "axial" or len(stated) != 2 or not all(set(s) <= set("LRAPHF") and s for s in stated):
        return None
    right, bottom = (letters.translate(str.maketrans("HF", "SI")) for letters in stated)
    left, top = (letters.translate(str.maketrans("LRAPSI", "RLPAIS")) for letters in (right, bottom))
    return left, right, top, bottom


def position_text(base: Volume, plane: Plane, cursor: Vec3) -> str:
    """Return a slice's position in words: world mm along its axis, and the base's slice number."""
    normal = plane.normal
    axis = max(range(3), key=lambda a: abs(normal[a]))
    depth = sum((c - o) * n for c, o, n in zip(cursor, plane.origin, normal, strict=True))
    at = plane.origin[axis] + depth * normal[axis]
    index = nearest_voxel(apply_affine(base.world_to_voxel, cursor))
    voxel_axis, _ = slice_axis(base.affine, normal)
    number, count = int(index[voxel_axis]), base.grid[voxel_axis]
    place = f"{'xyz'[axis]} {_signed(at)} mm"
    return f"{place} · {number + 1}/{count}" if 0 <= number < count else place


def _signed(value: float) -> str:
    """Return a number with one digit after the point and a true minus sign."""
    text = f"{value:.1f}"
    return "0.0" if text == "-0.0" else text.replace("-", "−")
