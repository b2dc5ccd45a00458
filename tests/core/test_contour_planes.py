"""Contours in order: planes, directions, spacing, and the depths that each plane stands for."""

from __future__ import annotations

import numpy as np
import pytest

from heatviewer.core.contour_planes import contour_stacks
from tests.volumes import rotation

TRIANGLE = np.array([[0, 0], [20, 0], [5, 12]], float)


def _at(z: float, shape: np.ndarray = TRIANGLE) -> np.ndarray:
    return np.column_stack([shape, np.full(len(shape), z)])


def _shown(stack: object, *depths: float) -> list[int]:
    return stack.plane_at(np.array(depths)).tolist()  # type: ignore[attr-defined]


def test_planes_are_in_order_and_hold_all_their_contours() -> None:
    """Contours of one depth are one plane, whatever their order in the file."""
    (stack,) = contour_stacks([_at(6), _at(0), _at(3), _at(3.004, TRIANGLE + 40)])
    assert stack.depths == pytest.approx([0, 3.002, 6])
    assert [len(plane) for plane in stack.polygons] == [1, 2, 1]
    assert stack.spacing == pytest.approx(3, abs=0.01)


def test_contours_that_a_program_jittered_are_one_plane() -> None:
    """Depths that differ by a small part of the spacing are one slice."""
    (stack,) = contour_stacks([_at(z + shift, TRIANGLE + 9 * shift) for z in (0, 3, 6) for shift in (0, 0.1)])
    assert len(stack.depths) == 3


def test_a_depth_belongs_to_the_nearest_plane_up_to_half_the_spacing_beyond_the_ends() -> None:
    """Halfway between two planes the upper one begins; the ends reach half a spacing farther."""
    (stack,) = contour_stacks([_at(z) for z in (0, 3, 6)])
    assert _shown(stack, -1.51, -1.5, 1.49, 1.5, 4.49, 4.5, 7.49, 7.5) == [-1, 0, 0, 1, 1, 2, 2, -1]


def test_a_gap_belongs_to_nobody() -> None:
    """Between planes farther apart than 1.5 spacings only half a spacing on either side is filled."""
    (stack,) = contour_stacks([_at(z) for z in (0, 3, 6, 12, 15)])
    assert stack.gaps == 1
    assert _shown(stack, 7.4, 7.6, 9, 10.4, 10.6) == [2, -1, -1, -1, 3]


def test_one_plane_alone_stands_for_one_layer_of_the_grid() -> None:
    """A single contour has no spacing of its own: it is as thick as the slices below it."""
    (stack,) = contour_stacks([_at(10)], np.diag([1.0, 1.0, 5.0, 1.0]))
    assert _shown(stack, 7.4, 7.5, 12.4, 12.5) == [-1, 0, 0, -1]


@pytest.mark.parametrize("turn", [(0.4, -0.3, 0.8), (0.02, 0, 0), (np.pi / 2, 0, 0.5)])
def test_oblique_planes_keep_their_spacing_although_points_are_rounded(turn: tuple[float, ...]) -> None:
    """Coordinates written with two decimals still make flat, evenly spaced planes."""
    frame = rotation(*turn)  # type: ignore[arg-type]
    rings = [np.round(_at(z) @ frame.T, 2) for z in np.arange(0, 12, 3.0)]
    (stack,) = contour_stacks(rings)
    assert abs(stack.normal @ frame[:, 2]) == pytest.approx(1, abs=1e-5)
    assert np.diff(stack.depths) == pytest.approx([3, 3, 3], abs=0.02)
    assert stack.bent == 0


def test_contours_in_two_directions_are_two_stacks() -> None:
    """A structure drawn on axial and on sagittal slices has both, the larger number first."""
    sagittal = [ring[:, [2, 0, 1]] for ring in (_at(0), _at(3))]
    first, second = contour_stacks([*sagittal, _at(0), _at(3), _at(6)])
    assert first.normal.tolist() == [0, 0, 1]
    assert second.normal.tolist() == [1, 0, 0]


def test_bent_contours_count_by_their_middle() -> None:
    """A contour that leaves its plane is laid in it, and counted."""
    bent = _at(3, np.array([[0, 0], [20, 0], [20, 20], [0, 20]], float))
    bent[:, 2] += [0.25, -0.25, 0.25, -0.25]
    (stack,) = contour_stacks([_at(0), bent, _at(6)])
    assert (stack.bent, stack.depths.tolist()) == (1, [0, 3, 6])


def test_what_encloses_nothing_is_no_contour() -> None:
    """Points, lines and nothing make no planes."""
    line = _at(0, np.array([[0, 0], [5, 5], [9, 9]], float))
    assert contour_stacks([]) == ()
    assert contour_stacks([_at(0)[:2], line]) == ()


def test_the_box_reaches_half_a_spacing_beyond_the_ends() -> None:
    """What the contours enclose lies in their box."""
    (stack,) = contour_stacks([_at(0), _at(4)])
    assert stack.box.min(axis=0).tolist() == [0, 0, -2]
    assert stack.box.max(axis=0).tolist() == [20, 12, 6]
