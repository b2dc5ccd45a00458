"""Planes, axes and letters by the contract's tables."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heatviewer.core import geometry
from heatviewer.core.geometry import Plane, direction_letters, view_axes
from tests.volumes import AFFINES, affine, noise

coordinates = st.floats(-500, 500)
points = st.tuples(coordinates, coordinates, coordinates)


@pytest.mark.parametrize(
    ("plane", "convention", "sagittal", "right", "up"),
    [
        ("axial", "radiological", "nose-left", "L", "A"),
        ("axial", "neurological", "nose-left", "R", "A"),
        ("coronal", "radiological", "nose-left", "L", "S"),
        ("coronal", "neurological", "nose-left", "R", "S"),
        ("sagittal", "radiological", "nose-left", "P", "S"),
        ("sagittal", "neurological", "nose-left", "P", "S"),
        ("sagittal", "radiological", "nose-right", "A", "S"),
    ],
)
def test_screen_directions(plane: str, convention: str, sagittal: str, right: str, up: str) -> None:
    """What lies right and up on the screen is what the contract's table says."""
    across, upward = view_axes(plane, convention, sagittal)  # type: ignore[arg-type]
    assert (direction_letters(across), direction_letters(upward)) == (right, up)


@given(points, st.integers(1, 300), st.integers(1, 300), st.floats(0.05, 20))
def test_middle_of_the_picture_is_at(
    at: tuple[float, float, float], width: int, height: int, mm: float
) -> None:
    """The picture's middle shows `at`, for odd and even sizes."""
    plane = Plane.centred(at, (-1, 0, 0), (0, 1, 0), (width, height), mm)
    middle = plane.world_at((width - 1) / 2, (height - 1) / 2)
    assert np.allclose(middle, at, atol=1e-6)


@given(points, coordinates, coordinates)
def test_pixel_and_world_are_inverse(at: tuple[float, float, float], column: float, row: float) -> None:
    """World of a pixel, and pixel of that world, give the pixel."""
    plane = Plane.centred(at, (0, -1, 0), (0, 0, 1), (64, 48), 0.7)
    assert np.allclose(plane.pixel_of(plane.world_at(column, row)), (column, row), atol=1e-6)


@pytest.mark.parametrize("kind", AFFINES)
def test_to_voxel_is_the_inverse_affine_of_the_world_point(kind: str) -> None:
    """A pixel's voxel index is the inverse affine of its world point."""
    plane = Plane.centred((3, -2, 5), (-1, 0, 0), (0, 0, 1), (40, 30), 0.8)
    index = plane.to_voxel(affine(kind)) @ [11, 7, 0, 1]
    expected = np.linalg.solve(affine(kind), [*plane.world_at(11, 7), 1])
    assert np.allclose(index, expected, atol=1e-8)


def test_letters_of_a_leaning_direction() -> None:
    """An oblique direction names all it leans to, the strongest first."""
    assert direction_letters((-0.8, 0.6, 0.0)) == "LA"
    assert direction_letters((0.0, 0.1, -1.0)) == "I"


@pytest.mark.parametrize("kind", AFFINES)
def test_box_reaches_half_a_voxel_beyond_the_outer_centres(kind: str) -> None:
    """The grid's corners are voxel indices −0.5 and n − 0.5."""
    volume = noise(kind=kind)
    index = geometry.apply_affine(volume.world_to_voxel, volume.corners_world)
    assert np.allclose(index.min(axis=0), -0.5)
    assert np.allclose(index.max(axis=0), np.array(volume.grid) - 0.5)


def test_cut_keeps_every_pixel_where_it_was() -> None:
    """A cut-out's pixel shows the same world point as in the whole."""
    plane = Plane.centred((1, 2, 3), (-1, 0, 0), (0, 1, 0), (50, 40), 0.9)
    assert np.allclose(plane.cut(7, 5, 20, 10).world_at(3, 2), plane.world_at(10, 7))


@given(points)
def test_fit_shows_the_whole_box(at: tuple[float, float, float]) -> None:
    """At the fitting scale every corner of the box is inside the picture."""
    corners = noise(kind="oblique").corners_world
    mm = geometry.fit_mm_per_pixel(corners, at, (-1, 0, 0), (0, 1, 0), (80, 50))
    plane = Plane.centred(at, (-1, 0, 0), (0, 1, 0), (80, 50), mm)
    pixels = np.array([plane.pixel_of(tuple(corner)) for corner in corners])
    assert (pixels >= -0.5 - 1e-6).all()
    assert (pixels <= np.array([79.5, 49.5]) + 1e-6).all()
