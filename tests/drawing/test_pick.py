"""A click in 3D finds the point that one sees there."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
import pytest

from heatviewer.core.geometry import Plane, apply_affine, vec3
from heatviewer.core.transfer import TransferFunction
from heatviewer.core.volume import Volume
from heatviewer.drawing.pick import pick
from heatviewer.model.presets import preset
from heatviewer.model.requests import BaseDraw, HeatmapDraw, OpacityByDraw, VolumeRequest
from heatviewer.model.resolve import camera_axes
from heatviewer.sampling.blur import blurred
from tests.volumes import AFFINES, box, noise


def heat(volume: Volume, opacity: float) -> HeatmapDraw:
    transfer = TransferFunction(preset("Red"), (0, 1), opacity_points=(0, 0, 0.5, 0, 0.5, opacity))
    return HeatmapDraw(volume, transfer)


def front(at: tuple[float, float, float]) -> Plane:
    right, up, _ = camera_axes(0, 0)
    return Plane.centred(at, right, up, (65, 65), 0.5)


@pytest.mark.parametrize("kind", AFFINES)
def test_a_picked_point_lies_in_the_layer_and_under_the_pixel(kind: str) -> None:
    """Whatever the affine, the point is on the ray and in an opaque voxel."""
    volume = box(kind=kind)
    plane = front(vec3(apply_affine(volume.affine, (10, 10, 10))))
    found = pick(VolumeRequest(plane, None, (heat(volume, 0.6),)), 33, 31)
    assert found is not None
    assert plane.pixel_of(found) == pytest.approx((33, 31))
    index = apply_affine(volume.world_to_voxel, found)
    assert np.abs(index - 10).max() <= 3


def test_the_near_surface_is_picked() -> None:
    """From the front the front face of an opaque box is found, not its middle."""
    found = pick(VolumeRequest(front((10, 10, 10)), None, (heat(box(), 0.9),)), 32, 32)
    assert found is not None
    assert found == pytest.approx((10, 12.5, 10), abs=0.6)


def test_a_thin_veil_is_picked_in_its_middle() -> None:
    """Where the ray never gathers 0.3 the half of what it gathers counts."""
    found = pick(VolumeRequest(front((10, 10, 10)), None, (heat(box(half=4), 0.02),)), 32, 32)
    assert found is not None
    assert found == pytest.approx((10, 10, 10), abs=1)


def test_nothing_is_picked_where_nothing_is_seen() -> None:
    """Beside the layers, through a hint of one, and in an empty scene there is no point."""
    request = VolumeRequest(front((10, 10, 10)), None, (heat(box(), 0.9),))
    assert pick(request, 0, 0) is None
    assert pick(replace(request, heatmaps=(heat(box(), 0.001),)), 32, 32) is None
    assert pick(replace(request, heatmaps=()), 32, 32) is None


def test_a_base_is_picked_at_its_surface() -> None:
    """The base's surface is where its value rises, as it is drawn."""
    base = BaseDraw(box((40, 40, 40), at=(20, 20, 20), half=15, value=100.0), (50.0, 100.0))
    found = pick(VolumeRequest(front((20, 20, 20)), base), 32, 32)
    assert found is not None
    assert found[1] > 20
    assert pick(VolumeRequest(front((60, 20, 20)), base), 32, 32) is None


def test_a_maximum_projection_is_picked_at_the_maximum() -> None:
    """The point is where the value lies that the projection shows; the topmost layer that shows wins."""
    array = np.zeros((20, 20, 20), np.float32)
    array[10, 6, 10], array[10, 14, 10] = 3.0, 2.0
    base = BaseDraw(Volume(array, np.eye(4)), (1.0, 2.0))
    request = VolumeRequest(front((10, 10, 10)), base, mode="mip")
    assert pick(request, 32, 32) == pytest.approx((10, 6, 10), abs=0.5)
    shown = pick(replace(request, heatmaps=(heat(box(half=1), 0.5),)), 32, 32)
    assert shown == pytest.approx((10, 10, 10), abs=1.5)
    assert pick(replace(request, base=None), 32, 32) is None


@pytest.mark.parametrize("mode", ["composite", "mip"])
def test_what_another_volume_hides_is_not_picked(mode: Literal["composite", "mip"]) -> None:
    """Of a layer whose opacity follows another volume that part is picked which is seen."""
    half = np.zeros((20, 20, 20), np.float32)
    half[:, :10] = 1
    draw = replace(heat(box(half=4), 0.6), opacity_by=OpacityByDraw(Volume(half, np.eye(4)), 0.4, 0.6))
    request = VolumeRequest(front((10, 10, 10)), None, (draw,), mode)
    found, whole = pick(request, 32, 32), pick(replace(request, heatmaps=(heat(box(half=4), 0.6),)), 32, 32)
    assert found is not None
    assert whole is not None
    assert found[1] < 10 < whole[1]
    nothing = replace(draw, opacity_by=OpacityByDraw(Volume(half, np.eye(4)), 1, 2))
    assert pick(replace(request, heatmaps=(nothing,)), 32, 32) is None


def test_a_blurred_layer_is_picked_as_it_is_seen() -> None:
    """Colours and curve are those of the blurred values, once these are made; the threshold's are not."""
    volume = noise((20, 20, 20))
    transfer = TransferFunction(preset("Red"), (0, 255), opacity_points=(130, 0, 131, 0.9))
    request = VolumeRequest(front((10, 10, 10)), None, (HeatmapDraw(volume, transfer, blur=5.0),))
    assert pick(request, 32, 32) is not None
    blurred(volume, 0, 5.0)
    assert pick(request, 32, 32) is None
