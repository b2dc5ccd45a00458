"""Where a heatmap lies when a person moves it onto its base."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace

import numpy as np

from heatviewer.core.volume import Volume
from heatviewer.model.placing import moved_along, placed
from tests.volumes import affine, noise


def _pair() -> tuple[Volume, Volume]:
    """Return an oblique base, and a heatmap of its shape that lies elsewhere."""
    base, heat = noise((9, 8, 7), "oblique"), noise((9, 8, 7), "flipped", seed=2)
    return base, heat


def test_by_default_it_lies_where_its_header_says() -> None:
    """No wish, and the wish for its own place, leave the volume itself."""
    base, heat = _pair()
    assert placed(heat, base, None) is heat
    assert placed(heat, base, "world") is heat
    assert placed(heat, None, "centre") is heat


def test_centres_meet_and_the_axes_stay() -> None:
    """Aligned by centre, the boxes' centres are one point; direction and spacing are the header's."""
    base, heat = _pair()
    moved = placed(heat, base, "centre")
    np.testing.assert_allclose(moved.centre_world, base.centre_world, atol=1e-9)
    np.testing.assert_array_equal(moved.affine[:3, :3], heat.affine[:3, :3])


def test_on_the_bases_grid_voxel_lies_on_voxel() -> None:
    """The base's affine takes the place of the heatmap's; with other voxels nothing moves."""
    base, heat = _pair()
    np.testing.assert_array_equal(placed(heat, base, "grid").affine, base.affine)
    other = noise((4, 4, 4), "flipped")
    assert placed(other, base, "grid") is other


def test_it_is_one_object_that_shares_the_array() -> None:
    """The same question has the same answer, in the memory of the volume that was read."""
    base, heat = _pair()
    assert heat.range is not None
    first = placed(heat, base, "centre")
    assert placed(heat, base, "centre") is first
    assert np.shares_memory(first.stored, heat.stored)
    assert first.__dict__["range"] == heat.range


def test_another_base_is_another_place() -> None:
    """A volume aligned with one base is not where another one is."""
    base, heat = _pair()
    placed(heat, base, "centre")
    far = base.moved(np.diag([1, 1, 1, 1.0]) @ base.affine + np.eye(4, k=3) * 50)
    np.testing.assert_allclose(placed(heat, far, "centre").centre_world, far.centre_world, atol=1e-9)


def test_what_fades_it_goes_along() -> None:
    """A volume on the same grid is still on the same grid after both moved, on a finer one in its place."""
    base, heat = _pair()
    follower = noise((5, 5, 5), "sheared")
    moved = placed(heat, base, "grid")
    along = moved_along(follower, heat, moved)
    shift = moved.affine @ np.linalg.inv(heat.affine)
    np.testing.assert_allclose(along.affine, shift @ follower.affine, atol=1e-9)
    assert moved_along(follower, heat, moved) is along
    assert moved_along(follower, heat, heat) is follower


def test_colours_and_outlines_move_with_it() -> None:
    """A colour image's channels and a structure's polygons lie where the moved voxels lie."""
    base, heat = _pair()
    points = heat.affine[:3, 3] + np.array([[0, 0, 0], [5, 0, 0], [0, 5, 0]])
    channel = Volume(np.zeros(heat.shape, "u1"), heat.affine)
    made = placed(replace(heat, channels=(channel,) * 3, outlines=(points,)), base, "centre")
    shift = np.subtract(base.centre_world, heat.centre_world)
    np.testing.assert_allclose(made.outlines[0], points + shift, atol=1e-9)
    assert all(np.allclose(part.affine, made.affine, atol=1e-9) for part in made.channels)


def test_nothing_is_kept_alive() -> None:
    """A moved volume goes with the one it was made of, and keeps no base."""
    base = noise((4, 4, 4))
    heat = Volume(np.zeros((4, 4, 4)), affine("flipped"))
    gone = [weakref.ref(heat), weakref.ref(placed(heat, base, "centre")), weakref.ref(base)]
    del base, heat
    gc.collect()
    assert [ref() for ref in gone] == [None, None, None]


def test_one_volume_may_go_along_with_two_copies() -> None:
    """A volume that fades two copies of a layer at different places is one object at each."""
    base, heat = _pair()
    follower = noise((5, 5, 5), "sheared")
    targets = placed(heat, base, "grid"), placed(heat, base, "centre")
    first = [moved_along(follower, heat, target) for target in targets]
    assert [moved_along(follower, heat, target) for target in targets] == first
