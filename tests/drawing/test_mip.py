"""Maximum projections: each ray's largest value, wherever one looks from."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from heatviewer.core.geometry import Plane, vec3
from heatviewer.core.transfer import TransferFunction
from heatviewer.core.volume import Volume
from heatviewer.drawing.engine_cpu import CpuEngine
from heatviewer.model.presets import preset
from heatviewer.model.requests import BaseDraw, HeatmapDraw, OpacityByDraw, VolumeRequest
from tests.drawing.test_engine_cpu import FRONT, LEFT, TOP, alpha_of, look
from tests.volumes import noise


def test_mip_shows_each_rays_largest_value() -> None:
    """A maximum projection of the base is its largest value along the ray, through the window."""
    volume = Volume(gaussian_filter(noise((24, 20, 22)).array, 1.5) * 3, np.eye(4))
    plane = Plane((0.0, 0.0, 21.0), (1.0, 0.0, 0.0), (0.0, 0.0, -1.0), (24, 22))
    picture = CpuEngine().render(VolumeRequest(plane, BaseDraw(volume, (300.0, 150.0)), mode="mip"))
    largest = volume.array.max(axis=1).T[::-1]
    grey = np.clip((largest - (300 - 75)) / 150, 0, 1) * 255
    assert np.abs(picture[1:-1, 1:-1, 0] - grey[1:-1, 1:-1]).max() <= 3


@pytest.mark.parametrize("depth", [1.0, 1.5, 2.0, 4.0])
@pytest.mark.parametrize(("camera", "axis"), [(FRONT, 1), (LEFT, 0), (TOP, 2)])
def test_mip_misses_no_voxel_on_a_ray_along_an_axis(camera: Any, axis: int, depth: float) -> None:
    """Of noise, where neighbours have nothing in common, the largest voxel on a ray is what is shown."""
    spacing = np.where(np.arange(3) == axis, depth, 1.0)
    volume = Volume(noise((20, 22, 26)).array, np.diag([*spacing, 1.0]))
    largest = volume.array.max(axis=axis, keepdims=True)
    base = BaseDraw(volume, (float(largest.mean()), float(np.ptp(largest))))
    plane = look(camera, (10.0, 11.0, 13.0), 61, 1.0)
    picture = CpuEngine().render(VolumeRequest(plane, base, mode="mip"))[..., 0]
    pixels = np.array([plane.pixel_of(vec3(at * spacing)) for at in np.ndindex(largest.shape)])
    columns, rows = pixels.round().astype(int).T
    grey = np.clip((largest.ravel() - base.window[0]) / base.window[1] + 0.5, 0, 1) * 255
    assert np.abs(picture[rows, columns] - grey).max() <= 2


@pytest.mark.parametrize("fill", [np.nan, np.inf, -2000.0])
def test_mip_looks_past_missing_voxels(fill: float) -> None:
    """Of values below 0 the largest is shown: NaN, infinity and padding are neither 0 nor greatest."""
    array = noise((20, 22, 26)).array - 300
    lost = np.random.default_rng(6).random(array.shape) < 0.4
    volume = Volume(np.where(lost, np.float32(fill), array), np.eye(4), padding=(-2000.0, -2000.0))
    largest = np.where(lost, -np.inf, array).max(axis=1)
    plane = Plane((0.0, 0.0, 25.0), (1.0, 0.0, 0.0), (0.0, 0.0, -1.0), (20, 26))
    window = (float(largest.mean()), float(np.ptp(largest)) * 1.5)
    picture = CpuEngine().render(VolumeRequest(plane, BaseDraw(volume, window), mode="mip"))[..., 0]
    grey = np.clip((largest - window[0]) / window[1] + 0.5, 0, 1).T[::-1] * 255
    assert np.abs(picture - grey).max() <= 2


def test_mip_of_a_two_sided_map_takes_the_larger_magnitude() -> None:
    """A strong negative value in front of or behind a weak positive one is what is shown."""
    array = np.zeros((9, 9, 9), np.float32)
    array[4, 2, 4], array[4, 6, 4] = 2.0, -5.0
    transfer = TransferFunction(
        preset("Cool to warm"), (-5, 5), opacity_points=(-5, 1, -1, 1, -1, 0, 1, 0, 1, 1)
    )
    draw = HeatmapDraw(Volume(array, np.eye(4)), transfer)
    plane = Plane((0.0, 0.0, 8.0), (1.0, 0.0, 0.0), (0.0, 0.0, -1.0), (9, 9))
    pixel = CpuEngine().render(VolumeRequest(plane, None, (draw,), mode="mip"), transparent=True)[4, 4]
    assert pixel[2] > pixel[0] + 50


def test_mip_ends_where_the_box_ends() -> None:
    """A grazing ray is no value between data and nothing: the projection is as wide as the box."""
    volume = Volume(np.full((8, 8, 8), 3.0, np.float32), np.eye(4))
    draw = HeatmapDraw(volume, TransferFunction(preset("Red"), (-5, 5), opacity_points=(0, 1)))
    seen = alpha_of(look(FRONT, volume.centre_world, 64, 0.25), draw, mode="mip") > 0
    assert abs(int(seen.any(axis=0).sum()) - 32) <= 2


def test_mip_does_not_see_what_follows_nothing() -> None:
    """Where the volume that an opacity follows has no data a layer is clear, also where 0 would show it."""
    other = np.ones((16, 16, 16), np.float32)
    other[:8] = np.nan
    follows = OpacityByDraw(Volume(other, np.eye(4)), -2, 1)
    transfer = TransferFunction(preset("Red"), (0, 1), opacity_points=(0, 1))
    draw = HeatmapDraw(Volume(np.ones((16, 16, 16), np.float32), np.eye(4)), transfer, opacity_by=follows)
    seen = alpha_of(look(FRONT, (7.5, 7.5, 7.5), 64, 0.5), draw, mode="mip") > 0
    # +x is on the left: voxels 8 … 15, which have data, lie left of column 31.5.
    assert seen[32, 17:30].all()
    assert not seen[:, 34:].any()
