"""What several volumes of one file become in a scene."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from heatviewer.app.additions import Addition
from heatviewer.app.opening import LayerSource, open_scene
from heatviewer.app.scene import Scene
from heatviewer.core.errors import SettingError
from tests.dicom_files import write_series
from tests.found import volume
from tests.io.structure_files import Contour, Roi, StructureSet, square


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """A series of 5 slices at z = −5 … 15 mm."""
    write_series(tmp_path / "ct", np.ones((5, 40, 40), "i2"), origin=(-20.0, -20.0, -5.0), step=5.0,
                 pixel_spacing=(1.0, 1.0))  # fmt: skip
    return tmp_path / "ct"


@pytest.fixture
def structures(tmp_path: Path) -> Path:
    """Two squares of 10 and 20 mm, on one slice each."""
    rois = [Roi("small", [Contour(square(-5, 5, 0.0))]), Roi("large", [Contour(square(-10, 10, 5.0))])]
    return StructureSet(rois).write(tmp_path / "rs.dcm")


def _opened(way: str, image: Path, structures: Path, **settings: Any) -> Scene:
    if way == "at once":
        return open_scene(str(image), [LayerSource(str(structures), settings)])
    scene = open_scene(str(image))
    top = scene.add_heatmap(structures, **settings)
    assert top == scene.heatmaps[-1] == scene.selected
    return scene


@pytest.mark.parametrize("way", ["at once", "one after the other"])
def test_structures_become_masks_on_the_base(image: Path, structures: Path, way: str) -> None:
    """Each is a layer of its own, in the file's order, and lies on the base's voxels."""
    scene = _opened(way, image, structures)
    assert [layer.name for layer in scene.heatmaps] == ["small", "large"]
    assert len({layer.series for layer in scene.heatmaps}) == 2
    assert all(layer.source == str(structures) for layer in scene.heatmaps)
    base = scene.base_volume
    assert base is not None
    assert np.allclose(scene.heatmaps[0].volume.affine[:3, :3], base.affine[:3, :3])
    assert [int(layer.volume.stored.sum()) for layer in scene.heatmaps] == [100, 400]


@pytest.mark.parametrize("way", ["at once", "one after the other"])
def test_a_name_is_put_before_theirs(image: Path, structures: Path, way: str) -> None:
    """So that they can still be told apart."""
    scene = _opened(way, image, structures, name="Plan")
    assert [layer.name for layer in scene.heatmaps] == ["Plan: small", "Plan: large"]


def test_they_are_one_step(image: Path, structures: Path) -> None:
    """One undo takes them all, one redo brings them back."""
    scene = _opened("one after the other", image, structures)
    scene.undo()
    assert not scene.heatmaps
    scene.redo()
    assert len(scene.heatmaps) == 2


def test_an_id_brings_one_of_them_back(image: Path, structures: Path) -> None:
    """With its source and series a layer is read again, and nothing else."""
    kept = _opened("at once", image, structures).heatmaps[1]
    source = LayerSource(kept.source, {"series": kept.series})
    again = open_scene(str(image), [source])
    [layer] = again.heatmaps
    assert (layer.name, layer.series) == ("large", kept.series)
    assert np.array_equal(layer.volume.stored, kept.volume.stored)


def test_a_bad_setting_adds_none_of_them() -> None:
    """Not even those before it."""
    scene = Scene()
    scene.set_base(volume("base"))
    before = scene.state
    additions = [Addition(volume("a"), None, {}), Addition(volume("b"), None, {"opacity": 7})]
    with pytest.raises(SettingError, match="opacity"):
        scene.add_volumes(additions)
    assert scene.state is before
    assert len(scene.volumes) == 1
