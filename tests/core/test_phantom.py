"""The demo study is what it says: sides, places, grids of their own."""

from __future__ import annotations

import numpy as np
import pytest

from heatviewer.core.geometry import apply_affine, nearest_voxel
from heatviewer.core.phantom import LESION, DemoStudy, demo_study
from heatviewer.core.volume import Volume
from heatviewer.model.defaults import default_range, default_window
from heatviewer.model.layer import HeatmapLayer


@pytest.fixture(scope="module")
def study() -> DemoStudy:
    return demo_study()


def around(volume: Volume, world: tuple[float, float, float], half: int = 1) -> np.ndarray:
    """Return the values of a small cube of voxels about a world point."""
    at = nearest_voxel(apply_affine(volume.world_to_voxel, world))
    return volume.array[tuple(slice(a - half, a + half + 1) for a in at)]


def test_it_is_the_same_every_time(study: DemoStudy) -> None:
    """Seeded: two studies are equal to the last voxel."""
    again = demo_study()
    assert np.array_equal(study.base.stored, again.base.stored)
    for (first, _), (second, _) in zip(study.heatmaps, again.heatmaps, strict=True):
        assert np.array_equal(first.stored, second.stored)


def test_the_base_is_a_ct_on_an_oblique_anisotropic_grid(study: DemoStudy) -> None:
    """Hounsfield units in 16 bits; no voxel axis lies along an axis of the world."""
    base = study.base
    assert (base.modality, base.unit, base.stored.dtype) == ("CT", "HU", np.int16)
    assert default_window(base) == (40.0, 400.0)
    assert len(set(base.spacing)) == 3
    assert (np.abs(base.affine[:3, :3] / base.spacing) < 0.9999).all()


@pytest.mark.parametrize(
    ("place", "world", "low", "high"),
    [
        ("air", (0, 117, 0), -1000, -990),
        ("right lung", (66, 20, 120), -900, -650),
        ("left lung", (-68, 50, 120), -900, -650),
        ("liver, on the right", (60, 30, 40), 45, 80),
        ("gas in the stomach, on the left", (-58, 46, 16), -960, -850),
        ("blood in the heart, on the left", (-36, 28, 72), 135, 175),
        ("spleen, on the left", (-104, -32, 10), 40, 75),
        ("right kidney", (78, -52, -50), 130, 170),
        ("aorta, left of the middle", (-14, -38, -20), 165, 205),
    ],
)
def test_organs_lie_where_they_belong(
    study: DemoStudy, place: str, world: tuple[float, float, float], low: float, high: float
) -> None:
    """World x is to the patient's right: left and right can be told by the organs."""
    assert low <= around(study.base, world).mean() <= high, place


def test_there_is_bone(study: DemoStudy) -> None:
    """Spine, ribs and pelvis stand out for 3D, and are little of the whole."""
    assert 0.004 < (study.base.array > 350).mean() < 0.05


def test_the_lesion_is_dark_with_a_bright_rim(study: DemoStudy) -> None:
    """Its middle is darker than the liver, its rim brighter."""
    x, y, z = LESION
    assert around(study.base, LESION).mean() < 35
    assert around(study.base, (x, y + 14.5, z), 0).mean() > 85


def test_the_probability_is_highest_exactly_at_the_lesion(study: DemoStudy) -> None:
    """The highest voxel's centre is the lesion's, and the cursor starts there."""
    probability = study.heatmaps[1][0]
    peak = np.unravel_index(np.argmax(probability.array), probability.shape)
    np.testing.assert_allclose(apply_affine(probability.affine, peak), LESION, atol=1e-9)
    assert study.cursor == LESION
    assert default_range(probability) == (0.0, 1.0)
    assert 0.9 < probability.array.max() <= 1.0


def test_the_response_is_signed_and_has_both_tails(study: DemoStudy) -> None:
    """Strong in the heart, negative in the spleen; its range lies evenly about 0."""
    response = study.heatmaps[0][0]
    low, high = default_range(response)
    assert (response.unit, response.kind) == ("z", "z")
    assert low == -high
    assert around(response, (-34, 28, 70)).max() > 5
    assert around(response, (-104, -32, 20)).min() < -4


def test_the_three_grids_differ(study: DemoStudy) -> None:
    """Each layer has its own voxel size and its own direction."""
    volumes = [study.base, *(volume for volume, _ in study.heatmaps)]
    directions = [np.round(v.affine[:3, :3] / v.spacing, 3).tobytes() for v in volumes]
    assert len(set(directions)) == len({v.spacing for v in volumes}) == 3


def test_the_settings_are_a_heatmaps(study: DemoStudy) -> None:
    """Every setting is one that a layer takes."""
    for _, settings in study.heatmaps:
        layer = HeatmapLayer(id="x", **settings)
        assert all(getattr(layer, name) == value for name, value in settings.items())
