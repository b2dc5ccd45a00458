"""The sampling rule: the fast kernel, the numpy rule and an independent computation agree."""

from __future__ import annotations

import numpy as np
import pytest

from heatviewer.core.geometry import Plane, apply_affine, vec3, view_axes
from heatviewer.core.volume import Volume
from heatviewer.sampling.reslice import sample_plane
from heatviewer.sampling.rule import Samples, sample_points
from tests.oracle import pixel_worlds, sampled
from tests.volumes import AFFINES, affine, noise, with_missing

SIZE = (61, 47)
MM = 0.63


def _plane(volume: Volume, view: str) -> Plane:
    right, up = view_axes(view)  # type: ignore[arg-type]
    return Plane.centred(volume.cursor_world, right, up, SIZE, MM)


def _present(samples: Samples) -> np.ndarray:
    return np.ones(samples.values.shape, bool) if samples.present is None else samples.present


@pytest.mark.parametrize("dtype", ["u1", "i2", "f4", "f8"])
@pytest.mark.parametrize("kind", AFFINES)
@pytest.mark.parametrize("view", ["axial", "coronal", "sagittal"])
def test_linear_plane_is_scipys(kind: str, view: str, dtype: str) -> None:
    """Linear samples equal scipy's on any affine; beyond the grid there is no data."""
    volume = noise(kind=kind, dtype=dtype)
    samples = sample_plane(volume, _plane(volume, view))
    expected = sampled(volume, pixel_worlds(volume.cursor_world, view, SIZE, MM))
    assert np.array_equal(_present(samples), np.isfinite(expected))
    assert np.nanmax(np.abs(samples.values - expected)) < 0.01


@pytest.mark.parametrize("interpolation", ["nearest", "linear", "cubic"])
@pytest.mark.parametrize("kind", ["flipped", "oblique"])
@pytest.mark.parametrize("zero", [False, True])
def test_kernel_and_rule_agree_with_missing_voxels(kind: str, interpolation: str, zero: bool) -> None:
    """The fast kernel and the point-wise rule give the same presence and values around NaN and 0."""
    volume = with_missing(noise(kind=kind, seed=3))
    plane = _plane(volume, "coronal")
    fast = sample_plane(volume, plane, interpolation, 0, zero)  # type: ignore[arg-type]
    matrix = plane.to_voxel(volume.affine)
    c, r = np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1]))
    index = np.stack([c.ravel(), r.ravel()], axis=1) @ matrix[:3, :2].T + matrix[:3, 3]
    slow = sample_points(volume, index, interpolation, 0, zero)  # type: ignore[arg-type]
    present = slow.present.reshape(fast.values.shape)
    assert np.array_equal(_present(fast), present)
    assert np.abs(fast.values - slow.values.reshape(present.shape))[present].max() < 0.02


def test_missing_neighbours_are_left_out() -> None:
    """A sample between 10 and a missing voxel is 10 where 10 is nearest, and missing beyond."""
    volume = Volume(np.array([10, np.nan], dtype=np.float32).reshape(2, 1, 1), np.eye(4))
    samples = sample_points(volume, np.array([[0.4, 0, 0], [0.6, 0, 0]]))
    assert samples.values[0] == 10
    assert samples.present.tolist() == [True, False]
    assert samples.missing.tolist() == [False, True]


def test_zero_is_missing_before_interpolation() -> None:
    """With 'zero is missing' no sample lies between 0 and the data: no false rim."""
    volume = Volume(np.array([0, 4, 4], dtype=np.float32).reshape(3, 1, 1), np.eye(4))
    index = np.stack([np.linspace(0, 2, 41), np.zeros(41), np.zeros(41)], axis=1)
    samples = sample_points(volume, index, zero_is_missing=True)
    assert set(samples.values[samples.present]) == {4.0}


def test_padding_is_missing() -> None:
    """Padding, told in stored numbers, is missing also where a slope applies."""
    stored = np.array([5, -2000], dtype=np.int16).reshape(2, 1, 1)
    volume = Volume(stored, np.eye(4), slope=2.0, intercept=1.0, padding=(-2000, -2000))
    samples = sample_points(volume, np.array([[0.3, 0, 0], [1.0, 0, 0]]))
    assert samples.values[0] == 11
    assert samples.missing.tolist() == [False, True]


@pytest.mark.parametrize(("x", "inside"), [(-0.5, True), (-0.51, False), (3.5, True), (3.51, False)])
def test_grid_ends_half_a_voxel_out(x: float, inside: bool) -> None:
    """The grid covers −0.5 … n − 0.5; in the outer half voxel the edge value holds."""
    volume = Volume(np.arange(1, 5, dtype=np.float32).reshape(4, 1, 1), np.eye(4))
    samples = sample_points(volume, np.array([[x, 0.0, 0.0]]))
    assert bool(samples.present[0]) is inside
    if inside:
        assert samples.values[0] == (1 if x < 0 else 4)


def test_cubic_stays_within_the_data() -> None:
    """Catmull-Rom overshoots at an edge; samples are clamped to the data's range."""
    volume = Volume(np.repeat([0.0, 1.0], 4).astype("f4").reshape(8, 1, 1), np.eye(4))
    index = np.stack([np.linspace(0, 7, 200), np.zeros(200), np.zeros(200)], axis=1)
    values = sample_points(volume, index, "cubic").values
    assert values.min() == 0
    assert values.max() == 1


@pytest.mark.parametrize("kind", ["identity", "oblique"])
@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_a_constant_volume_meets_a_threshold_on_its_value(kind: str, dtype: str) -> None:
    """Interpolating equal values does not fall below them in the threshold's comparison."""
    from heatviewer.core.transfer import TransferFunction
    from heatviewer.model.presets import preset

    volume = Volume(np.full((9, 9, 9), 0.7, dtype), affine(kind))
    samples = sample_plane(volume, _plane(volume, "axial"))
    factor = TransferFunction(preset("Red"), (0, 1), threshold=(0.7, np.inf)).threshold_factor(samples.values)
    assert factor[_present(samples)].all()


def test_one_voxel_volume_can_be_sampled() -> None:
    """A single voxel fills its own cube and nothing else."""
    volume = Volume(np.full((1, 1, 1), 3.0, "f4"), np.diag([10.0, 10, 10, 1]))
    samples = sample_plane(volume, Plane.centred((0, 0, 0), (-1, 0, 0), (0, 1, 0), (40, 40), 1.0))
    assert _present(samples).sum() == 100
    assert (samples.values[_present(samples)] == 3).all()


def test_frames_are_sampled_one_by_one() -> None:
    """Each frame of a series gives its own values; a frame beyond the end is the last."""
    array = np.stack([np.full((4, 4, 4), t, "f4") for t in range(3)], axis=-1)
    volume = Volume(array, np.eye(4))
    plane = _plane(volume, "axial")
    assert [float(sample_plane(volume, plane, "linear", t).values.max()) for t in (0, 1, 2, 9)] == [
        0,
        1,
        2,
        2,
    ]


@pytest.mark.parametrize("kind", ["identity", "oblique"])
@pytest.mark.parametrize("interpolation", ["linear", "cubic"])
def test_the_edge_value_holds_in_the_outer_half_voxel(kind: str, interpolation: str) -> None:
    """Beyond the last voxel centre the picture shows what is at that centre, without overshoot."""
    array = np.broadcast_to(np.array([0, 100, 20, 60, 10, 90], "f4")[:, None, None], (6, 6, 6))
    volume = Volume(array, affine(kind))
    at = apply_affine(volume.affine, [5, 2, 3])
    across = volume.affine[:3, 0] / np.linalg.norm(volume.affine[:3, 0])
    up = volume.affine[:3, 1] / np.linalg.norm(volume.affine[:3, 1])
    plane = Plane.centred(vec3(at), vec3(across), vec3(up), (9, 1), 0.1 * volume.spacing[0])
    samples = sample_plane(volume, plane, interpolation)  # type: ignore[arg-type]
    assert samples.values[0, 4:] == pytest.approx(90, abs=0.02)
