"""How much of one grid lies in another."""

from __future__ import annotations

import numpy as np
import pytest

from heatviewer.core.overlap import is_unplaced, overlap, same_grid, share_inside
from heatviewer.core.volume import Volume
from tests.volumes import AFFINES, affine, noise


def _box(shape: tuple[int, int, int], at: tuple[float, float, float], mm: float = 1.0) -> Volume:
    """Return a volume of cubic voxels whose voxel 0 lies at a world point."""
    matrix = np.diag([mm, mm, mm, 1.0])
    matrix[:3, 3] = at
    return Volume(np.zeros(shape, "u1"), matrix)


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 0.75, 1.0])
def test_a_shifted_grid_overlaps_by_what_is_left(share: float) -> None:
    """A grid of 20 voxels shifted by n overlaps by 1 − n / 20."""
    base, moved = _box((20, 20, 20), (0, 0, 0)), _box((20, 20, 20), (20 * (1 - share), 0, 0))
    assert overlap(base, moved) == pytest.approx(share)


def test_a_small_one_in_a_large_one_overlaps_wholly() -> None:
    """It is the smaller box that counts, whichever it is."""
    small, large = _box((3, 3, 3), (40, 40, 40)), _box((50, 50, 50), (0, 0, 0), mm=2)
    assert overlap(small, large) == overlap(large, small) == 1.0
    assert share_inside(large, small) < 0.01


def test_one_slice_in_a_scan_overlaps_wholly() -> None:
    """A grid of one slice is found between the points that a scan is sampled at."""
    assert overlap(_box((90, 90, 200), (0, 0, 0)), _box((90, 90, 1), (0, 0, 77))) == 1.0


def test_oblique_boxes_are_compared_as_they_lie() -> None:
    """A cube turned by 45° about z shares 2(√2 − 1) = 0.828 of itself with the straight one."""
    c = np.sqrt(0.5)
    turned = np.eye(4)
    turned[:2, :2] = [[c, -c], [c, c]]
    centre = np.array([9.5, 9.5, 9.5])
    turned[:3, 3] = centre - turned[:3, :3] @ centre
    cube = _box((20, 20, 20), (0, 0, 0))
    assert share_inside(Volume(cube.stored, turned), cube) == pytest.approx(2 * (np.sqrt(2) - 1), abs=0.03)


@pytest.mark.parametrize("kind", AFFINES)
def test_the_edge_of_a_grid_is_inside_wherever_it_lies(kind: str) -> None:
    """Shifted by half a voxel, the outermost points lie on the edge: the same share in any affine."""
    base = noise((9, 8, 7), kind)
    for axis in range(3):
        matrix = base.affine.copy()
        matrix[:3, 3] += 0.5 * base.affine[:3, axis]
        assert share_inside(base.moved(matrix), base) == 1.0


def test_the_same_sheared_grid_is_the_same() -> None:
    """A grid overlaps itself wholly and equals itself, however it is tilted."""
    first, second = noise((9, 8, 7), "sheared"), noise((9, 8, 7), "sheared", seed=2)
    assert same_grid(first, second)
    assert overlap(first, second) == 1.0


def test_a_hundredth_of_a_millimetre_is_the_same_place() -> None:
    """Corners within 0.01 mm are the same grid; farther apart, or another shape, are not."""
    base = _box((5, 5, 5), (0, 0, 0))
    assert same_grid(base, _box((5, 5, 5), (0.009, 0, 0)))
    assert not same_grid(base, _box((5, 5, 5), (0.02, 0, 0)))
    assert not same_grid(base, _box((5, 5, 6), (0, 0, 0)))


def test_a_place_that_says_nothing_is_told() -> None:
    """Straight axes about the origin, or from it, say nothing; an oblique or shifted grid does."""
    assert is_unplaced(_box((6, 6, 6), (-2.5, -2.5, -2.5)))
    assert is_unplaced(_box((6, 6, 6), (0, 0, 0)))
    assert not is_unplaced(_box((6, 6, 6), (-40, 12, 3)))
    assert not is_unplaced(Volume(np.zeros((6, 6, 6)), affine("oblique")))
