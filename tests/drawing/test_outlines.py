"""Structures on slices: their own contours in the contours' planes, the mask's outline in others."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace

import numpy as np
import pytest

from heatviewer.app.scene import Scene
from heatviewer.core.contour_planes import contour_stacks
from heatviewer.core.geometry import Plane, Vec3, view_axes
from heatviewer.core.volume import Volume
from heatviewer.drawing.outlines import split
from heatviewer.drawing.slice_renderer import SliceRenderer
from heatviewer.model.resolve import resolve_slice
from heatviewer.sampling.polygons import enclosed
from tests.volumes import affine, noise, rotation

SIZE = (90, 70)
MM = 0.31
STAR = np.array([[0, 9], [2, 3], [8, 4], [3, 0], [7, -6], [0.5, -2], [-6, -7], [-2, 0.4], [-8, 5], [-1, 3]])
SHAPE = (24, 24, 9)


def _structure(frame: np.ndarray | None = None, kind: str = "identity") -> Volume:
    """Return a star on three planes 3 mm apart about (12, 12, 4), turned; its hole is a square."""
    frame = np.eye(3) if frame is None else frame
    hole = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], float) * 0.4
    rings = [
        np.column_stack([ring, np.full(len(ring), z)]) @ frame.T + [12.0, 12.0, 4.0]
        for z in (-3.0, 0.0, 3.0)
        for ring in (STAR * (1 + z / 30), hole)
    ]
    matrix = affine(kind)
    mask = enclosed(contour_stacks(rings, matrix), SHAPE, matrix)
    return Volume(mask, matrix, kind="mask", outlines=tuple(rings))


def _scene(structure: Volume, **settings: object) -> Scene:
    scene = Scene()
    scene.set_base(noise((24, 24, 9)))
    fields = {"opacity": 0.0, "threshold": (0.5, None), "outline": True, "outline_color": "#ff0000"}
    scene.add_heatmap(structure, **(fields | settings))
    return scene


def _drawn(scene: Scene, plane: Plane) -> np.ndarray:
    return SliceRenderer().render_overlay(resolve_slice(scene.state, scene.volumes, plane))


def _plane(at: Vec3 = (12.0, 12.0, 4.0), view: str = "axial", mm: float = MM) -> Plane:
    return Plane.centred(at, *view_axes(view), SIZE, mm)  # type: ignore[arg-type]


def _shares(plane: Plane, rings: list[np.ndarray], width: float = 1.5) -> np.ndarray:
    """Return clip(width / 2 + 1/2 − distance to the rings, 0, 1) at every pixel, edge by edge."""
    columns, rows = np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1]))
    pixels = np.stack([columns, rows], axis=-1).astype(float)
    distance = np.full(columns.shape, np.inf)
    for ring in rings:
        flat = np.array([plane.pixel_of(tuple(point)) for point in ring])
        for start, end in zip(flat, np.roll(flat, -1, axis=0), strict=True):
            step = end - start
            along = np.clip(((pixels - start) @ step) / (step @ step), 0, 1)
            distance = np.minimum(distance, np.linalg.norm(pixels - start - along[..., None] * step, axis=-1))
    return np.clip(width / 2 + 0.5 - distance, 0, 1)


@pytest.mark.parametrize("mm", [MM, 0.02, 2.0])
@pytest.mark.parametrize("z", [4.0, 5.4, 1.0])
def test_a_slice_of_their_planes_shows_the_contours_themselves(z: float, mm: float) -> None:
    """The lines run where the contours of the nearest plane do, at any zoom, holes too."""
    structure = _structure()
    plane = _plane((12.0, 12.0, z), mm=mm)
    nearest = int(np.floor((z - 4.0) / 3 + 0.5)) + 1
    drawn = _drawn(_scene(structure), plane)
    expected = _shares(plane, list(structure.outlines[2 * nearest : 2 * nearest + 2]))
    assert np.abs(drawn[..., 3] - 255 * expected).max() <= 1
    assert (drawn[drawn[..., 3] > 0][:, :3] == (255, 0, 0)).all()


def test_an_oblique_slice_in_the_contours_planes_shows_them_too() -> None:
    """Contours in any direction are drawn as they are where the slice lies with them."""
    frame = rotation(0.4, -0.3, 0.8)
    structure = _structure(frame)
    plane = Plane.centred((12.0, 12.0, 4.0), tuple(frame[:, 0]), tuple(frame[:, 1]), SIZE, MM)
    drawn = _drawn(_scene(structure), plane)
    assert np.abs(drawn[..., 3] - 255 * _shares(plane, list(structure.outlines[2:4]))).max() <= 1


def test_beyond_half_a_spacing_nothing_is_drawn() -> None:
    """The contours end where the mask ends: 1.5 mm beyond the last plane."""
    scene = _scene(_structure())
    assert _drawn(scene, _plane((12.0, 12.0, 8.4)))[..., 3].any()
    assert not _drawn(scene, _plane((12.0, 12.0, 8.6)))[..., 3].any()


@pytest.mark.parametrize("view", ["coronal", "sagittal"])
def test_a_slice_across_them_shows_the_outline_of_the_mask(view: str) -> None:
    """In other planes the structure looks like its mask alone, outlined."""
    structure = _structure()
    mask = Volume(structure.stored, structure.affine, kind="mask")
    drawn = [_drawn(_scene(volume), _plane(view=view)) for volume in (structure, mask)]
    assert drawn[0][..., 3].any()
    assert np.array_equal(*drawn)


def test_a_slice_that_leans_shows_the_outline_of_the_mask() -> None:
    """Two degrees off the contours' planes it passes from one plane's contours to the next one's."""
    structure = _structure()
    mask = Volume(structure.stored, structure.affine, kind="mask")
    turned = rotation(np.radians(2.0), 0.0, 0.0)
    plane = Plane.centred((12.0, 12.0, 4.0), tuple(turned[:, 0]), tuple(turned[:, 1]), SIZE, MM)
    drawn = [_drawn(_scene(volume), plane) for volume in (structure, mask)]
    assert drawn[0][..., 3].any()
    assert np.array_equal(*drawn)


@pytest.mark.parametrize("beyond", [0.2, 0.6, 1.0])
def test_a_line_just_beyond_the_picture_reaches_into_it(beyond: float) -> None:
    """A line is as wide as it is drawn: its half shows where its middle lies off the picture's edge."""
    plane = _plane()
    corners = [(-beyond, -beyond), (60.0, -beyond), (60.0, 50.0), (-beyond, 50.0)]
    ring = np.array([plane.world_at(*corner) for corner in corners])
    rings = [ring + np.array([0, 0, z]) for z in (-1.0, 0.0, 1.0)]
    mask = enclosed(contour_stacks(rings), SHAPE, np.eye(4))
    drawn = _drawn(_scene(Volume(mask, np.eye(4), outlines=tuple(rings))), plane)
    assert np.abs(drawn[..., 3] - 255 * _shares(plane, rings[1:2])).max() <= 1
    assert drawn[0, :, 3].any()


def test_the_outline_is_a_setting() -> None:
    """Without 'outline' only the mask's colour is shown; the outline's colour is the layer's own."""
    structure = _structure()
    assert not _drawn(_scene(structure, outline=False), _plane())[..., 3].any()
    drawn = _drawn(_scene(structure, outline_color="#00ff80"), _plane())
    assert (drawn[drawn[..., 3] > 0][:, :3] == (0, 255, 128)).all()


def test_contours_beyond_the_grid_are_drawn_whole() -> None:
    """A contour that leaves the images, as a couch does, is no line cut off at their edge."""
    rings = [np.array([[-3, 5, z], [30, 5, z], [30, 9, z], [-3, 9, z]], float) for z in (3.0, 4.0, 5.0)]
    mask = enclosed(contour_stacks(rings), (24, 24, 9), np.eye(4))
    scene = _scene(Volume(mask, np.eye(4), outlines=tuple(rings)))
    plane = _plane(mm=0.6)
    expected = _shares(plane, rings[1:2])
    assert np.abs(_drawn(scene, plane)[..., 3] - 255 * expected).max() <= 1


def test_contours_are_shown_on_the_slices_that_the_mask_has() -> None:
    """The plane that is drawn and the plane that fills a slice follow one rule: none has only one."""
    structure = _structure()
    scene = _scene(structure)
    for k in range(SHAPE[2]):
        drawn = _drawn(scene, _plane((12.0, 12.0, float(k)), mm=1.0))
        assert drawn[..., 3].any() == structure.stored[:, :, k].any()


def test_pieces_lie_in_one_cell_and_make_up_the_line() -> None:
    """Cut at pixel centres, a line's pieces join into the line, and none crosses a pixel's row or column."""
    rng = np.random.default_rng(5)
    segments = np.concatenate(
        [rng.uniform(0, 40, (4, 50)), [[3], [4], [3], [17]], [[2.5], [6], [9], [6]]], axis=1
    )
    pieces = split(segments, (41, 41), 1.5)
    middle = np.floor((pieces[:2] + pieces[2:]) / 2)
    for ends in (pieces[:2], pieces[2:]):
        assert (ends >= middle - 1e-9).all()
        assert (ends <= middle + 1 + 1e-9).all()
    lengths = [np.hypot(*(s[2:] - s[:2])).sum() for s in (segments, pieces)]
    assert lengths[0] == pytest.approx(lengths[1])


def test_a_removed_structure_takes_what_was_kept_with_it() -> None:
    """Nothing that was drawn holds a structure's mask."""
    structure = _structure()
    _drawn(_scene(structure), _plane())
    watch = weakref.ref(structure)
    del structure
    gc.collect()
    assert watch() is None


def test_a_structure_starts_as_an_outline_with_a_faint_filling() -> None:
    """As it is added a structure shows its contours in its colour, and a quarter of it inside them."""
    scene = Scene()
    scene.set_base(noise((24, 24, 9)))
    scene.add_heatmap(replace(_structure(), color=(0.0, 1.0, 0.0)))
    drawn, plane = _drawn(scene, _plane()), _plane()
    column, row = (round(c) for c in plane.pixel_of((12.0, 14.0, 4.0)))
    assert np.abs(drawn[row, column].astype(int) - (0, 255, 0, 64)).max() <= 1
    line = _shares(plane, list(scene.heatmaps[0].volume.outlines[2:4])) >= 1
    assert (drawn[line] == (0, 255, 0, 255)).all()
