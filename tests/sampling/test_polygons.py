"""Contours filled: against shapes whose voxels can be counted, and matplotlib's point-in-polygon."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.path import Path

from heatviewer.core.contour_planes import contour_stacks
from heatviewer.core.geometry import apply_affine
from heatviewer.sampling.polygons import box_of, enclosed
from tests.volumes import AFFINES, affine, rotation

SHAPE = (40, 36, 12)


def _at(points: np.ndarray, z: float) -> np.ndarray:
    return np.column_stack([points, np.full(len(points), z)])


def _square(low: float, high: float) -> np.ndarray:
    return np.array([[low, low], [high, low], [high, high], [low, high]], float)


def _circle(centre: tuple[float, float], radius: float, count: int = 400) -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return np.stack([centre[0] + radius * np.cos(angle), centre[1] + radius * np.sin(angle)], axis=1)


def _filled(*contours: np.ndarray, matrix: np.ndarray | None = None, shape: tuple = SHAPE) -> np.ndarray:
    matrix = np.eye(4) if matrix is None else matrix
    return enclosed(contour_stacks(contours, matrix), shape, matrix)


def test_a_square_between_voxel_centres_holds_exactly_its_voxels() -> None:
    """A square from the edge of voxel 5 to the edge of voxel 14 holds voxels 5 … 14, and no other."""
    mask = _filled(_at(_square(4.5, 14.5), 6.0))
    expected = np.zeros(SHAPE, np.uint8)
    expected[5:15, 5:15, 6] = 1
    assert np.array_equal(mask, expected)


def test_a_square_with_its_corners_on_voxel_centres_holds_its_area() -> None:
    """Of centres exactly on its edges a square holds those of two sides: 10 mm × 10 mm are 100 voxels."""
    mask = _filled(_at(_square(5, 15), 6.0))
    assert mask.sum() == 100
    assert mask[5:15, 5:15, 6].all()


def test_neighbours_share_no_voxel_and_leave_none_out() -> None:
    """Of two structures with a common edge through voxel centres each voxel is in exactly one."""
    left = np.array([[2, 3], [10, 3], [16, 20], [2, 20]], float)
    right = np.array([[10, 3], [30, 3], [30, 20], [16, 20]], float)
    both = _filled(_at(left, 6)).astype(int) + _filled(_at(right, 6))
    assert both.max() == 1
    assert np.array_equal(both, _filled(_at(np.array([[2, 3], [30, 3], [30, 20], [2, 20]], float), 6)))


def test_a_circle_holds_the_centres_within_its_radius() -> None:
    """A fine polygon of radius 9.3 holds the voxels whose centres are nearer than that: no half pixel."""
    mask = _filled(_at(_circle((17.2, 15.9), 9.3, 4000), 6.0))
    i, j = np.indices(SHAPE[:2])
    assert np.array_equal(mask[:, :, 6], np.hypot(i - 17.2, j - 15.9) < 9.3)
    assert not np.delete(mask, 6, axis=2).any()


@pytest.mark.parametrize("shift", [0.0, 0.3])
def test_holes_stay_open_as_contours_and_through_keyholes(shift: float) -> None:
    """A hole drawn as a second contour and one reached by a keyhole give the same ring."""
    outer, inner = _square(3 + shift, 23 + shift), _square(9 + shift, 15 + shift)
    keyhole = np.concatenate([outer, outer[:1], inner, inner[:1]])
    two = _filled(_at(outer, 6), _at(inner, 6))
    assert np.array_equal(_filled(_at(keyhole, 6)), two)
    assert two.sum() == 400 - 36
    assert not two[12, 12, 6]


def test_a_contour_stands_for_half_the_spacing_on_both_sides() -> None:
    """Contours 3 mm apart fill 1 mm slices without a seam, and 1.5 mm beyond the first and last."""
    mask = _filled(*(_at(_square(4.5, 14.5), z) for z in (3.0, 6.0)))
    assert mask[10, 10].tolist() == [0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0]


def test_planes_left_out_stay_empty() -> None:
    """A distance of more than 1.5 times the usual one is a gap: half a spacing is filled on its sides."""
    stacks = contour_stacks([_at(_square(4.5, 14.5), z) for z in (1, 2, 3, 8, 9)])
    assert stacks[0].gaps == 1
    mask = enclosed(stacks, SHAPE, np.eye(4))
    assert np.flatnonzero(mask[10, 10]).tolist() == [1, 2, 3, 8, 9]


def _body(seed: int, count: int = 5, step: float = 2.0) -> list[np.ndarray]:
    """Return the planes (n, 2) of an irregular body."""
    rng = np.random.default_rng(seed)
    angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    radii = 8 + rng.normal(0, 0.5, (count, 60)) + 2 * np.cos(3 * angle)
    return [np.stack([r * np.cos(angle), r * np.sin(angle)], axis=1) for r in radii]


@pytest.mark.parametrize("turn", [(0, 0, 0), (np.pi / 2, 0, 0), (0, np.pi / 2, 0), (0.4, -0.3, 0.8)])
@pytest.mark.parametrize("kind", AFFINES)
def test_any_grid_holds_the_centres_inside_the_nearest_plane(
    kind: str, turn: tuple[float, float, float]
) -> None:
    """However contours and grid lie: each voxel's centre decides, dropped on the nearest plane."""
    matrix, shape, step = affine(kind), (17, 15, 13), 2.0
    frame, centre = rotation(*turn), apply_affine(affine(kind), [8.1, 7.2, 6.3])
    planes = _body(3)
    contours = [
        np.column_stack([plane, np.full(len(plane), (n - 2) * step)]) @ frame.T + centre
        for n, plane in enumerate(planes)
    ]
    mask = _filled(*contours, matrix=matrix, shape=shape)
    worlds = apply_affine(matrix, np.stack(np.indices(shape), axis=-1).reshape(-1, 3))
    local = (worlds - centre) @ frame
    nearest = np.floor(local[:, 2] / step + 0.5).astype(int) + 2
    expected = np.zeros(len(local), bool)
    for n, plane in enumerate(planes):
        chosen = nearest == n
        expected[chosen] = Path(plane).contains_points(local[chosen][:, :2])
    assert mask.any()
    assert np.array_equal(mask.ravel().astype(bool), expected)


def test_a_box_of_voxels_has_room_for_the_outline() -> None:
    """The voxels round a structure reach one beyond it, on the grid's own centres."""
    stacks = contour_stacks([_at(_square(4.5, 14.5), 6.0)])
    box = box_of(stacks, np.eye(4), SHAPE)
    mask = enclosed(stacks, box.shape, box.affine(np.eye(4)))
    found = np.argwhere(mask) + box.first
    assert (found.min(axis=0).tolist(), found.max(axis=0).tolist()) == ([5, 5, 6], [14, 14, 6])
    assert mask[1:-1, 1:-1, 1:-1].sum() == mask.sum()


def test_a_structure_outside_the_grid_takes_no_room() -> None:
    """Contours a metre away make a small empty box, whatever their size."""
    stacks = contour_stacks([_at(_square(1000, 90000), 6.0)])
    box = box_of(stacks, np.eye(4), SHAPE)
    assert np.prod(box.shape) <= np.prod(np.array(SHAPE) + 2) / 30


def test_a_zigzag_of_a_million_points_is_filled() -> None:
    """A contour whose every edge crosses every row is filled in bounded memory."""
    count = 20_001
    points = np.stack([np.linspace(-0.4, 39.4, count), np.where(np.arange(count) % 2, 40.0, -5.0)], axis=1)
    mask = _filled(_at(points, 6))
    assert np.array_equal(
        mask[3:37, 2:30, 6],
        Path(points)
        .contains_points(
            np.stack(np.meshgrid(np.arange(3, 37), np.arange(2, 30), indexing="ij"), -1).reshape(-1, 2)
        )
        .reshape(34, 28),
    )
