"""Layers become one RGBA volume: its grid, its mixture, its edges."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from heatviewer.core.errors import Cancelled
from heatviewer.core.geometry import apply_affine
from heatviewer.core.transfer import TransferFunction
from heatviewer.core.volume import VoiLut, Volume
from heatviewer.drawing.composite import grey
from heatviewer.drawing.draft import Draft
from heatviewer.drawing.fuse import Fused, Ground, fuse, spread_colours
from heatviewer.drawing.grid import Grid, grid_for
from heatviewer.drawing.kept import Kept
from heatviewer.drawing.optics import base_table
from heatviewer.model.presets import preset
from heatviewer.model.requests import BaseDraw, HeatmapDraw, OpacityByDraw
from heatviewer.sampling.rule import Samples
from tests.volumes import AFFINES, affine, box, noise, with_missing


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


@pytest.mark.parametrize("fill", [np.nan, np.inf, 500.0])
def test_missing_voxels_of_a_base_are_clear(fill: float) -> None:
    """In air, which is clear, NaN, infinity and padding are clear too: not soft tissue, as 0 HU would be."""
    array = np.full((12, 12, 12), -1000, np.float32)
    array[4:8, 4:8, 4:8] = fill
    ct = Volume(array, np.eye(4), modality="CT", unit="HU", padding=(500.0, 500.0))
    bone = replace(ct, stored=np.where(array == -1000, array, np.float32(500)), padding=None)
    for volume, seen in ((ct, False), (bone, True)):
        fused = fuse(BaseDraw(volume, (40.0, 400.0)), [], 60_000)
        assert fused is not None
        assert (at_world(fused, np.full(3, 5.5))[3] > 0.005) == seen
        assert (fused.rgba[..., 3] > 2).any() == seen


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


def ramp_in_world(kind: str, at: NDArray[np.float64]) -> Volume:
    """Return a volume on an affine of its own whose value at a world point x is 0.5 + (x − at)[0] / 20."""
    matrix = affine(kind)
    matrix[:3, 3] = at - matrix[:3, :3] @ np.full(3, 9.5)
    x = apply_affine(matrix, np.moveaxis(np.indices((20, 20, 20)), 0, -1))[..., 0] - at[0]
    return Volume(np.float32(0.5 + x / 20), matrix)


@pytest.mark.parametrize("other", ["identity", "oblique", "flipped"])
@pytest.mark.parametrize("kind", ["identity", "oblique", "left-handed", "flipped"])
def test_alpha_is_the_product_of_all_factors(kind: str, other: str) -> None:
    """Opacity per mm = layer opacity × 3D opacity × 3D curve × threshold edge × opacity-by."""
    volume = noise((8, 9, 10), kind)
    voxel = np.argwhere((volume.array[2:6, 2:6, 2:6] > 60) & (volume.array[2:6, 2:6, 2:6] < 100))[0] + 2
    middle = apply_affine(volume.affine, voxel)
    transfer = TransferFunction(
        preset("Jet"), (0, 255), (0, 0, 0, 1, 255, 1, 0, 0), (0, 1), (0, 0.1, 255, 0.9), (100.0, np.inf),
        edge="quadratic",
    )  # fmt: skip
    follows = OpacityByDraw(ramp_in_world(other, middle), 0.25, 0.95)
    draw = HeatmapDraw(volume, transfer, 0.8, 0.5, interpolation="nearest", opacity_by=follows)
    fused = fuse(None, [draw], 400_000)
    assert fused is not None
    value = float(volume.array[tuple(voxel)])
    curve = 0.1 + 0.8 * value / 255
    expected = 0.8 * 0.5 * curve * (value / 100) ** 2 * (0.5 - 0.25) / 0.7
    red, _, blue, alpha = at_world(fused, middle)
    # The voxel's centre may lie half a voxel of the grid from the point.
    assert alpha == pytest.approx(expected, rel=0.04, abs=2e-3)
    assert (red, blue) == pytest.approx((value / 255, 1 - value / 255), abs=0.01)


def test_what_follows_nothing_is_not_seen() -> None:
    """Where the other volume is at its low end, missing or absent, a layer is clear."""
    volume, other = Volume(np.ones((12, 12, 12), np.float32), np.eye(4)), np.ones((8, 12, 12), np.float32)
    other[:2], other[2:4] = -1, np.nan  # 0, which is in the middle, does not stand for NaN
    draw = constant(0.5, (1, 0, 0), volume, opacity_by=OpacityByDraw(Volume(other, np.eye(4)), -1, 1))
    fused = fuse(None, [draw], 60_000)
    assert fused is not None
    seen = [at_world(fused, np.array([x, 5.0, 5.0]))[3] for x in (5.0, 6.0)]
    assert seen == pytest.approx([0.5, 0.5], rel=0.02)
    ends = fused.grid.corners_world()[:, 0]
    assert ends.min() > 3
    assert ends.max() < 9
    nothing = replace(draw, opacity_by=OpacityByDraw(Volume(other * 0, np.eye(4)), 0, 1))
    assert fuse(None, [nothing], 60_000) is None


@pytest.mark.parametrize("kind", ["identity", "flipped", "oblique"])
def test_colour_is_of_the_blurred_value_and_the_threshold_of_the_raw_one(kind: str) -> None:
    """Display blur smooths the picture by a Gaussian in mm; what is shown at all it does not change."""
    volume = noise((16, 15, 14), kind)
    spacing = np.asarray(volume.spacing)
    smooth = gaussian_filter(volume.array.astype(float), 3.0 / spacing, mode="constant", truncate=4)
    weight = gaussian_filter(np.ones(volume.grid), 3.0 / spacing, mode="constant", truncate=4)
    transfer = TransferFunction(
        preset("Red"), (0, 255), (0, 0, 0, 0, 255, 1, 1, 1), (0, 0, 255, 0.5), threshold=(100.0, np.inf)
    )
    fused = fuse(None, [HeatmapDraw(volume, transfer, interpolation="nearest", blur=3.0)], 2_000_000)
    assert fused is not None
    for voxel in np.argwhere(np.ones((3, 3, 3))) + 6:
        colour, _, _, alpha = at_world(fused, apply_affine(volume.affine, voxel))
        value = smooth[tuple(voxel)] / weight[tuple(voxel)] / 255
        shown = volume.array[tuple(voxel)] >= 100
        assert alpha == pytest.approx(value / 2 * shown, abs=0.006)
        assert not shown or colour == pytest.approx(value, abs=0.01)


RULES: dict[str, Any] = {
    "below": {"below": (0.0, 1.0, 0.0)},
    "below hidden": {"below": "hide"},
    "above": {"above": (0.0, 0.0, 1.0)},
    "above hidden": {"above": "hide"},
    "reverse": {"reverse": True},
    "steps": {"steps": 3},
    "both": {"steps": 4, "reverse": True, "below": "hide", "above": (1.0, 1.0, 0.0)},
}


@pytest.mark.parametrize("rule", RULES)
def test_rules_hold_in_3d_as_in_slices(rule: str) -> None:
    """Steps, reverse, and what lies below and above show in 3D what the exact evaluation says."""
    volume = noise((6, 7, 8), "oblique")
    transfer = TransferFunction(preset("Cold and hot"), (80, 120), opacity_points=(0, 0.3), **RULES[rule])
    fused = fuse(None, [HeatmapDraw(volume, transfer, interpolation="nearest")], 400_000)
    assert fused is not None
    voxels = np.argwhere(np.ones((4, 4, 4))) + 1
    for voxel, expected in zip(voxels, transfer.rgba(volume.array[tuple(voxels.T)]), strict=True):
        found = at_world(fused, apply_affine(volume.affine, voxel))
        assert found[3] == pytest.approx(expected[3], abs=0.005)
        assert expected[3] == 0 or found[:3] == pytest.approx(expected[:3], abs=0.005)


def layers() -> tuple[BaseDraw, tuple[HeatmapDraw, ...]]:
    """Return a base and three heatmaps on grids of their own."""
    first, second, third = noise((20, 18, 16), "oblique"), with_missing(noise(seed=2)), noise(kind="sheared")
    transfer = TransferFunction(preset("Viridis"), (0, 255), opacity_points=(0, 0, 255, 0.4))
    follows = OpacityByDraw(noise(seed=5), 50, 150)
    heats = (
        HeatmapDraw(first, transfer),
        HeatmapDraw(second, replace(transfer, threshold=(90.0, np.inf)), blend="add"),
        HeatmapDraw(third, transfer, 0.5, opacity_by=follows),
    )
    return BaseDraw(noise((24, 22, 20), "flipped"), (100.0, 150.0)), heats


def edited(draw: HeatmapDraw, step: int) -> HeatmapDraw:
    """Return a layer with another setting, one of each kind."""
    changes: list[dict[str, Any]] = [
        {"opacity": 0.3},
        {"transfer": replace(draw.transfer, data_range=(20.0, 200.0))},
        {"transfer": replace(draw.transfer, threshold_abs=80.0)},
        {"transfer": replace(draw.transfer, opacity_points_3d=(0, 0.01, 255, 0.2))},
        {"blend": "add"},
        {"interpolation": "nearest"},
        {"opacity_by": OpacityByDraw(draw.volume, 60, 140)},
        {"zero_is_missing": True},
    ]
    return replace(draw, **changes[step])


@settings(max_examples=12, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 7)), max_size=5), st.booleans())
def test_a_draft_is_the_fused_volume_however_it_came_about(
    steps: list[tuple[int, int]], window: bool
) -> None:
    """After any edits in any order a draft holds what fusing afresh gives, to one step of a byte."""
    base, heats = layers()
    draft = Draft([base.volume, *(draw.volume for draw in heats)], 30_000)
    draft.fused(base, heats)
    for layer, step in steps:
        heats = tuple(edited(draw, step) if n == layer else draw for n, draw in enumerate(heats))
        base = replace(base, window=(100.0, 120.0 + step)) if window else base
        found, expected = draft.fused(base, heats), fuse(base, heats, 30_000)
        assert found is not None
        assert expected is not None
        assert found.peak == expected.peak
        assert np.abs(found.rgba.astype(int) - expected.rgba).max() <= 1


def test_a_draft_mixes_equal_layers_as_often_as_they_are_there() -> None:
    """Two layers that are the same are twice as thick as one, and thin again when one goes."""
    volume = Volume(np.ones((9, 9, 9), np.float32), np.eye(4))
    twin = constant(0.3, (1, 0, 0), volume)
    draft = Draft([volume], 20_000)
    thickness = []
    for layers_now in ((twin, twin), (twin, twin, constant(0.1, (0, 0, 1), volume)), (twin,)):
        fused = draft.fused(None, layers_now)
        assert fused is not None
        thickness.append(at_world(fused, np.full(3, 4.0))[3])
    assert thickness == pytest.approx([1 - 0.7**2, 1 - 0.7**2 * 0.9, 0.3], rel=0.02)


def test_a_draft_keeps_no_volume_alive() -> None:
    """What is sampled of a layer, and of the volume that its opacity follows, does not hold it."""
    base, heats = layers()
    gone = [weakref.ref(draw.volume) for draw in (base, *heats)]
    assert heats[2].opacity_by is not None
    gone.append(weakref.ref(heats[2].opacity_by.volume))
    draft = Draft([base.volume, *(draw.volume for draw in heats)], 30_000)
    draft.fused(base, heats)
    del base, heats
    gc.collect()
    assert [ref() for ref in gone] == [None] * 5


def test_a_ground_that_is_kept_changes_nothing() -> None:
    """What is kept of the base between two fusings gives the bytes that sampling afresh gives."""
    base, heats = layers()
    ground: Ground = Kept()
    for now in (heats, heats[:1], (edited(heats[0], 0), *heats[1:])):
        kept, fresh = fuse(base, now, 60_000, ground=ground), fuse(base, now, 60_000)
        assert kept is not None
        assert fresh is not None
        assert np.array_equal(kept.rgba, fresh.rgba)


def test_fusing_stops_when_it_is_cancelled() -> None:
    """What nobody waits for any more is given up on the way."""
    base, heats = layers()
    with pytest.raises(Cancelled):
        fuse(base, heats, 30_000, cancelled=lambda: True)


@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize("window", [(100.0, 60.0), (110.0, 0.0)])
@pytest.mark.parametrize("header", ["linear", "sigmoid", "table", "constant"])
def test_the_bases_grey_is_that_of_the_slices(
    header: str, window: tuple[float, float], inverted: bool
) -> None:
    """The header's own window shows its function or table in 3D as in slices, to 1/255 beyond the ends."""
    table = VoiLut(60.0, np.sqrt(np.linspace(0, 1, 90)).astype(np.float32)) if header == "table" else None
    array = np.full((4, 4, 4), 100, np.int16) if header == "constant" else noise(dtype="i2").stored
    voi = "sigmoid" if header == "sigmoid" else "linear"
    volume = Volume(array, np.eye(4), window=window, voi=voi, voi_lut=table)  # type: ignore[arg-type]
    draw = BaseDraw(volume, window, inverted)
    # Not on a step of the table, where either side is right.
    values = np.arange(0, 255, 0.25, dtype=np.float32) + np.float32(0.1)
    shown = base_table(draw)
    expected = grey(draw, Samples(values, None, None)) * 255
    assert np.abs(shown.grey[shown.indices(values)] - expected).max() <= 1.5
