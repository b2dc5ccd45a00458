"""Layers become one RGBA volume: its grid, its mixture, its edges."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from heatviewer.core.geometry import apply_affine
from heatviewer.core.transfer import TransferFunction
from heatviewer.core.volume import Volume
from heatviewer.drawing.fuse import Fused, Grid, fuse, grid_for, spread_colours
from heatviewer.drawing.optics import base_table
from heatviewer.model.presets import preset
from heatviewer.model.requests import BaseDraw, HeatmapDraw
from tests.volumes import AFFINES, affine, box, noise


def constant(per_mm: float, rgb: tuple[float, float, float], volume: Volume, **fields: Any) -> HeatmapDraw:
    """Return a heatmap of one colour and one opacity per mm wherever it has data."""
    return HeatmapDraw(
        volume, TransferFunction(preset("Red"), (0, 1), (0, *rgb, 1, *rgb), (0, per_mm)), **fields
    )


def at_world(fused: Fused, world: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return colour and opacity per mm of the voxel nearest a world point, 0…1."""
    i, j, k = np.rint((world - fused.grid.origin) @ fused.grid.directions / fused.grid.spacing).astype(int)
    pixel = fused.rgba[k, j, i] / 255
    return np.array([*pixel[:3], fused.peak * pixel[3] ** 2])


def index_of(grid: Grid, world: NDArray[np.float64]) -> NDArray[np.float64]:
    return (world - grid.origin) @ grid.directions / grid.spacing


@pytest.mark.parametrize("kind", AFFINES)
def test_the_grid_covers_every_layer_with_a_voxel_to_spare(kind: str) -> None:
    """All corners of all boxes lie inside the grid, at least half a voxel from its outer centres."""
    volumes = [noise(kind=kind), noise((5, 9, 30), "oblique")]
    grid = grid_for(volumes, 300_000)
    index = index_of(grid, np.concatenate([volume.corners_world for volume in volumes]))
    assert index.min() >= 0.5 - 1e-6
    assert (np.asarray(grid.shape) - 1 - index).min() >= 0.5 - 1e-6
    assert np.linalg.det(grid.directions) == pytest.approx(1)
    assert np.prod(grid.shape) < 400_000


@pytest.mark.parametrize("kind", ["identity", "flipped", "swapped", "oblique", "left-handed"])
def test_the_bases_outer_faces_are_cell_edges(kind: str) -> None:
    """Where the base is a rectangular grid the fused grid lies along it, so nothing is blurred."""
    volume = noise(kind=kind)
    index = index_of(grid_for([volume, noise(kind="sheared")], 300_000), volume.corners_world)
    assert np.abs(index - 0.5 - np.rint(index - 0.5)).max() < 1e-4


def test_a_large_base_keeps_its_own_voxels() -> None:
    """A grid that has room and is not small has the base's own voxel centres."""
    volume = Volume(np.zeros((100, 90, 80), np.uint8), affine("flipped") @ np.diag([1, 0.75, 0.5, 1]))
    grid = grid_for([volume], 12_000_000)
    assert grid.shape == (102, 92, 82)
    assert index_of(grid, apply_affine(volume.affine, [0, 0, 0])) == pytest.approx([100, 1, 1], abs=1e-6) or (
        np.abs(index_of(grid, apply_affine(volume.affine, [[0, 0, 0], [99, 89, 79]])) % 1).max() < 1e-6
    )


def test_opacities_combine_and_colours_are_weighed_by_them() -> None:
    """A mixture has the opacity 1 − Π(1 − o_i) and the colour Σ o_i·c_i / Σ o_i."""
    volume = Volume(np.ones((20, 20, 20), np.float32), np.eye(4))
    fused = fuse(None, [constant(0.3, (1, 0, 0), volume), constant(0.1, (0, 0, 1), volume)], 1_000_000)
    assert fused is not None
    found = at_world(fused, np.array([10.0, 10.0, 10.0]))
    assert found == pytest.approx([0.75, 0, 0.25, 1 - 0.7 * 0.9], abs=0.005)


def test_layer_opacities_multiply_in_3d() -> None:
    """Opacity per mm = the 3D curve × the layer's opacity × its 3D opacity."""
    volume = Volume(np.ones((9, 9, 9), np.float32), np.eye(4))
    fused = fuse(None, [constant(0.8, (1, 1, 1), volume, opacity=0.5, opacity_3d=0.4)], 1_000_000)
    assert fused is not None
    assert at_world(fused, np.array([4.0, 4.0, 4.0]))[3] == pytest.approx(0.16, rel=0.01)


@pytest.mark.parametrize("kind", AFFINES)
def test_the_mixture_is_the_transfer_functions_at_each_voxel(kind: str) -> None:
    """A fused voxel has the colour and opacity that the transfer function gives the layer's value."""
    volume = noise((6, 7, 8), kind, "f4")
    transfer = TransferFunction(preset("Cold and hot"), (0, 255), opacity_points=(0, 0.02, 255, 0.4))
    fused = fuse(None, [HeatmapDraw(volume, transfer, interpolation="nearest")], 400_000)
    assert fused is not None
    voxel = np.array([3, 4, 5])
    expected = transfer.rgba(volume.array[tuple(voxel)][None], volumetric=True)[0]
    assert at_world(fused, apply_affine(volume.affine, voxel)) == pytest.approx(expected, abs=0.012)


def test_missing_voxels_are_clear_whatever_their_colour() -> None:
    """NaN, and zeros that hold no data, are clear in 3D even where slices colour them."""
    array = np.ones((9, 9, 9), np.float32)
    array[4, 4, 4], array[2, 2, 2] = np.nan, 0
    transfer = TransferFunction(preset("Red"), (0, 1), opacity_points=(0, 0.5), nan=(0.0, 1.0, 0.0))
    draw = HeatmapDraw(Volume(array, np.eye(4)), transfer, zero_is_missing=True)
    fused = fuse(BaseDraw(draw.volume, (0.5, 1.0), opacity_3d=0.0), [draw], 1_000_000)
    assert fused is not None
    assert at_world(fused, np.full(3, 4.0))[3] == at_world(fused, np.full(3, 2.0))[3] == 0
    assert at_world(fused, np.full(3, 6.0))[3] == pytest.approx(0.5, rel=0.01)


def test_nothing_to_see_is_no_volume() -> None:
    """A scene without layers, or with clear ones only, has no fused volume."""
    volume = box()
    assert fuse(None, [], 1000) is None
    assert fuse(None, [constant(0.5, (1, 0, 0), volume, opacity=0.0)], 1000) is None
    empty = Volume(np.full((4, 4, 4), np.nan, np.float32), np.eye(4))
    assert fuse(BaseDraw(empty, (0.5, 1)), [constant(0.5, (1, 0, 0), empty)], 1000) is None


def test_clear_borders_are_cut_off() -> None:
    """Only what is seen is kept, with one clear voxel around it, at its place."""
    draw = HeatmapDraw(box(half=2), TransferFunction(preset("Red"), (0, 1), opacity_points=(0, 0, 1, 0.5)))
    cut = fuse(None, [draw], 64_000)
    assert cut is not None
    assert max(np.asarray(cut.grid.shape) * cut.grid.spacing) < 10
    assert cut.rgba.shape[:3] == cut.grid.shape[::-1]
    assert not cut.rgba[[0, -1], ..., 3].any()
    assert at_world(cut, np.full(3, 10.0))[3] == pytest.approx(0.5, rel=0.01)


def test_clear_voxels_beside_coloured_ones_take_their_colour() -> None:
    """Interpolated straight colours are not darkened at edges; opacity is not touched."""
    rgba = np.zeros((5, 5, 5, 4), np.uint8)
    rgba[2, 2, 2] = (200, 100, 50, 9)
    spread_colours(rgba)
    assert (rgba[1:4, 1:4, 1:4, :3] == (200, 100, 50)).all()
    assert rgba[..., 3].sum() == 9
    assert not rgba[0].any()


def test_the_base_is_clear_in_air_and_firm_in_bone() -> None:
    """CT follows Hounsfield units, whatever the window; other images follow their window."""
    ct = Volume(
        np.zeros((4, 4, 4), np.int16) + np.arange(4, dtype=np.int16), np.eye(4), modality="CT", unit="HU"
    )
    table = base_table(BaseDraw(ct, (40.0, 80.0)))
    air, muscle, bone = table.surface[table.indices(np.array([-900.0, 50.0, 800.0]))]
    assert air == 0 < muscle < bone
    other = base_table(BaseDraw(noise(), (100.0, 200.0)))
    low, high = other.surface[other.indices(np.array([20.0, 180.0]))]
    assert low == 0 < high
    assert other.opacity()[0].max() < other.opacity()[-1].max()
