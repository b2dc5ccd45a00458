"""Opacity by another volume: every way to name one, none of it half applied, nothing kept too long."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from heatviewer.app.scene import Scene
from heatviewer.core.errors import MissingFileError, SettingError
from heatviewer.core.volume import Volume
from heatviewer.model.draws import heatmap_draw
from tests.volumes import noise


@pytest.fixture
def scene() -> Scene:
    made = Scene.from_arrays(np.zeros((8, 8, 8)), name="base")
    made.add_heatmap(noise((6, 5, 4), kind="oblique", name="map"))
    made.add_heatmap(noise((7, 7, 7), name="coverage"))
    made.history.clear()
    return made


@pytest.fixture
def path(tmp_path: Path) -> Path:
    array = np.random.default_rng(0).random((5, 5, 5)).astype("f4")
    nib.save(nib.Nifti1Image(array, np.eye(4)), tmp_path / "cover.nii")
    return tmp_path / "cover.nii"


def followed(scene: Scene) -> Volume:
    """Return the volume that the first heatmap's opacity is drawn by."""
    layer = scene.state.heatmaps[0]
    draw = heatmap_draw(layer, scene.volumes[layer.id], scene.volumes, scene.state)
    assert draw.opacity_by is not None
    return draw.opacity_by.volume


@pytest.mark.parametrize("how", ["handle", "name", "id", "base"])
def test_a_layer_is_named_by_handle_name_or_id(scene: Scene, how: str) -> None:
    """Its own data are followed, and nothing is read."""
    target = scene.base if how == "base" else scene.heatmaps[1]
    assert target is not None
    source = {"name": target.name, "id": target.id}.get(how, target)
    scene.heatmaps[0].opacity_by = (source, 5, 12)
    assert followed(scene) is target.volume
    wish = scene.heatmaps[0].opacity_by
    assert (wish.low, wish.high, wish.name) == (5, 12, target.name)


def test_a_path_is_read(scene: Scene, path: Path) -> None:
    """As text or as a path; where it came from is kept."""
    for source in (path, str(path)):
        scene.heatmaps[0].opacity_by = (source, 0, 1)
        np.testing.assert_array_equal(followed(scene).array, nib.load(path).get_fdata().astype("f4"))
        assert scene.heatmaps[0].opacity_by.source == str(path)


def test_an_array_lies_on_the_heatmaps_grid_where_it_fits(scene: Scene) -> None:
    """Of the same shape it has the heatmap's affine, else the base's; the scene keeps its own copy."""
    layer, array = scene.heatmaps[0], np.ones((6, 5, 4))
    layer.opacity_by = (array, 0, 1)
    array[:] = 9
    assert np.array_equal(followed(scene).affine, layer.volume.affine)
    assert followed(scene).array.max() == 1
    layer.opacity_by = (np.ones((8, 8, 8, 2)), 0, 1)
    assert scene.base is not None
    assert np.array_equal(followed(scene).affine, scene.base.volume.affine)


def test_a_volume_of_ones_own_is_taken_as_it_is(scene: Scene) -> None:
    """The very object, on its own grid; None clears the wish."""
    volume = noise((3, 3, 3), kind="sheared")
    scene.heatmaps[0].opacity_by = (volume, 0, 1)
    assert followed(scene) is volume
    scene.heatmaps[0].opacity_by = None
    assert scene.heatmaps[0].opacity_by is None


def test_a_wish_of_another_layer_can_be_given_on(scene: Scene, path: Path) -> None:
    """What one layer follows another one can follow too, without reading again."""
    scene.heatmaps[0].opacity_by = (path, 0, 1)
    scene.heatmaps[1].opacity_by = scene.heatmaps[0].opacity_by
    assert scene.heatmaps[1].opacity_by.volume == scene.heatmaps[0].opacity_by.volume


BAD: list[tuple[Any, str]] = [
    (5, "5"),
    ("cover.nii", "Give source, low and high"),
    (("map", 1, 1), "1"),
    (("map", 2, 1), "2"),
    (("map", float("nan"), 1), "nan"),
    (("map", 0, float("inf")), "inf"),
    (("map", 0), "low and high"),
    (("map", "x", 1), "x"),
    (("map", True, 2), "True"),
    ((object(), 0, 1), "object"),
    ((np.zeros((3, 3)), 0, 1), "no source"),
    ((np.zeros((0, 3, 3)), 0, 1), "no source"),
    ((np.array(["a"]), 0, 1), "no source"),
    ({"low": 0, "high": 1}, "not in the scene"),
    ({"low": 0, "high": 1, "volume": "heatmap-0"}, "not in the scene"),
    ({"low": 1, "high": 0}, "not below"),
]


@pytest.mark.parametrize(("wish", "told"), BAD, ids=[str(number) for number in range(len(BAD))])
def test_a_bad_wish_changes_nothing(scene: Scene, wish: Any, told: str) -> None:
    """It is refused by the field's name; no step and no volume is left."""
    before, volumes = scene.state, dict(scene.volumes)
    with pytest.raises(SettingError) as caught:
        scene.heatmaps[0].opacity_by = wish
    assert caught.value.where == "opacity_by"
    assert told in str(caught.value)
    assert scene.state is before
    assert scene.volumes == volumes
    assert not scene.history.done


def test_what_fails_later_leaves_no_volume(scene: Scene, path: Path) -> None:
    """A good file beside a bad setting is let go; a missing file is told as such."""
    volumes = dict(scene.volumes)
    with pytest.raises(SettingError, match="opacity"):
        scene.heatmaps[0].edit(opacity_by=(path, 0, 1), opacity=3)
    with pytest.raises(SettingError, match="edge"):
        scene.add_heatmap(np.zeros((3, 3, 3)), opacity_by=(path, 0, 1), edge="soft")
    with pytest.raises(MissingFileError):
        scene.heatmaps[0].opacity_by = (path.with_name("gone.nii"), 0, 1)
    assert scene.volumes == volumes


def test_a_layer_of_another_scene_is_refused(scene: Scene) -> None:
    """Its data are not here."""
    other = Scene.from_arrays(np.zeros((3, 3, 3)))
    with pytest.raises(SettingError, match="not in the scene"):
        scene.heatmaps[0].opacity_by = (other.base, 0, 1)


def test_a_followed_volume_lives_as_long_as_a_step_names_it(scene: Scene) -> None:
    """Undo and redo find it; forgotten by the history, it is collected."""
    scene.heatmaps[0].opacity_by = (noise((3, 3, 3)), 0, 1)
    watched = weakref.ref(followed(scene))
    scene.undo()
    scene.redo()
    assert followed(scene) is watched()
    scene.heatmaps[0].opacity_by = None
    scene.history.clear()
    scene.cursor = (0, 0, 0)
    gc.collect()
    assert watched() is None


def test_a_followed_layer_that_is_removed_is_still_followed(scene: Scene) -> None:
    """The layer goes from the list; the opacity stays as it was."""
    coverage = scene.heatmaps[1]
    scene.heatmaps[0].opacity_by = (coverage, 5, 12)
    volume = coverage.volume
    scene.remove(coverage)
    scene.history.clear()
    scene.cursor = (0, 0, 0)
    assert followed(scene) is volume
