"""Missing layers, found from one place: where they are looked for, what comes back, what stays."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from numpy.typing import NDArray

from heatviewer.app.opening import open_scene
from heatviewer.app.scene import Scene
from heatviewer.app.studies.opening import open_studies
from heatviewer.app.studies.reading import read_study
from heatviewer.app.studies.relinking import find_missing
from heatviewer.core.volume import Volume
from tests.dicom_files import write_series

GRID = (6, 5, 4)
NAMES = ("a", "b", "c")


def saved(path: Path, array: NDArray[Any] | None = None) -> Path:
    """Write a NIfTI file, and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    values = np.random.default_rng(1).normal(0, 2, GRID) if array is None else array
    nib.save(nib.Nifti1Image(values.astype("f4"), np.diag([2.0, 2, 2, 1])), path)
    return path


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A session in one folder on a base and three heatmaps in others, all with settings of their own."""
    data = tmp_path / "data"
    maps = [saved(data / "maps" / f"{name}.nii", np.full(GRID, n + 1.0)) for n, name in enumerate(NAMES)]
    scene = open_scene(saved(data / "base" / "t1.nii"), maps)
    for layer, name in zip(scene.heatmaps, NAMES, strict=True):
        layer.edit(name=name, opacity=0.4, preset="X-Ray")
    scene.heatmaps[2].opacity_by = (scene.heatmaps[0], 0, 1)
    scene.base.window = (3, 7)
    scene.cursor = (2, 4, 2)
    scene.save(tmp_path / "sessions" / "study.hvs")
    return data


def opened(folder: Path) -> Scene:
    """Open the session, whatever is missing."""
    scene = Scene()
    scene.show_study(read_study(open_studies(folder / "sessions" / "study.hvs")[0]))
    return scene


def relink(scene: Scene, place: Path) -> tuple[str, ...]:
    """Show what is found from a place, and return its names."""
    found = find_missing(scene.state.missing, place, None, scene.base_volume)
    scene.bring_back(found)
    return found.names


def looks(scene: Scene) -> list[tuple[Any, ...]]:
    """Return what of a scene must come back, in its order."""
    layers = scene.state.layers
    return [(h.name, h.visible, getattr(h, "opacity", None), getattr(h, "preset", None)) for h in layers]


def test_everything_that_moved_together_is_found_from_one_file(study: Path, tmp_path: Path) -> None:
    """One file told, also by another name of its folder: base and siblings come back as they were."""
    before = opened(tmp_path)
    study.rename(tmp_path / "elsewhere")
    scene = opened(tmp_path)
    assert scene.base is None
    assert len(scene.state.missing) == 4
    assert set(relink(scene, tmp_path / "elsewhere" / "maps" / "b.nii")) == {"t1", *NAMES}
    assert looks(scene) == looks(before)
    assert scene.base.window == (3, 7)
    assert scene.cursor == (2, 4, 2)
    assert scene.heatmaps[2].opacity_by.volume == scene.heatmaps[0].id
    assert scene.state.missing == ()


def test_all_are_found_below_a_folder(study: Path, tmp_path: Path) -> None:
    """A folder told is searched, also where its folders have other names than before."""
    shutil.move(study / "maps", tmp_path / "new" / "deep" / "results")
    shutil.move(study / "base", tmp_path / "new" / "anat")
    scene = opened(tmp_path)
    assert len(relink(scene, tmp_path / "new")) == 4


def test_a_relink_is_one_step(study: Path, tmp_path: Path) -> None:
    """Undo makes all missing again, redo brings all back."""
    shutil.move(study / "maps", tmp_path / "maps")
    scene = opened(tmp_path)
    scene.history.clear()
    relink(scene, tmp_path / "maps")
    assert [step.title for step in scene.history.done] == ["Relink 3 layers"]
    scene.undo()
    assert len(scene.state.missing) == 3
    assert scene.heatmaps == ()
    scene.redo()
    assert [layer.name for layer in scene.heatmaps] == list(NAMES)


def test_what_is_still_missing_keeps_its_place_and_its_entry(study: Path, tmp_path: Path) -> None:
    """The one between two that are found stays listed between them, and is saved as it was."""
    entries = json.loads((tmp_path / "sessions" / "study.hvs").read_text())["heatmaps"]
    shutil.move(study / "maps", tmp_path / "maps")
    (tmp_path / "maps" / "b.nii").unlink()
    scene = opened(tmp_path)
    assert relink(scene, tmp_path / "maps" / "c.nii") == ("a", "c")
    assert [one.name for one in scene.state.listed] == ["a", "b", "c"]
    scene.save(tmp_path / "sessions" / "again.hvs")
    written = json.loads((tmp_path / "sessions" / "again.hvs").read_text())["heatmaps"]
    assert written[1] == entries[1]
    assert [one["name"] for one in written] == list(NAMES)


def test_what_follows_a_missing_layer_follows_it_again(study: Path, tmp_path: Path) -> None:
    """The layer that is there waits for the one that comes back."""
    shutil.move(study / "maps" / "a.nii", tmp_path / "a.nii")
    scene = opened(tmp_path)
    assert scene.heatmaps[-1].opacity_by is None
    relink(scene, tmp_path / "a.nii")
    assert scene.heatmaps[-1].opacity_by.volume == scene.heatmaps[0].id
    assert "opacityBy" not in scene.state.heatmaps[-1].kept


def test_what_comes_back_follows_a_layer_that_is_there(study: Path, tmp_path: Path) -> None:
    """The other way round."""
    shutil.move(study / "maps" / "c.nii", tmp_path / "c.nii")
    scene = opened(tmp_path)
    assert relink(scene, tmp_path) == ("c",)
    assert scene.heatmaps[-1].opacity_by.volume == scene.heatmaps[0].id


def test_what_is_selected_stays(study: Path, tmp_path: Path) -> None:
    """What comes back above it does not take the selection."""
    shutil.move(study / "maps" / "c.nii", tmp_path / "c.nii")
    scene = opened(tmp_path)
    scene.select(scene.heatmaps[0])
    assert relink(scene, tmp_path) == ("c",)
    assert scene.selected.name == "a"


def test_what_is_found_leads_to_what_was_looked_for_before_it(study: Path, tmp_path: Path) -> None:
    """Where the maps in the folder that was told lie now tells where the base went that lay beside it."""
    study.rename(tmp_path / "elsewhere")
    scene = opened(tmp_path)
    assert set(relink(scene, tmp_path / "elsewhere" / "maps")) == {"t1", *NAMES}


def test_another_file_is_taken_and_told(study: Path, tmp_path: Path) -> None:
    """A person may mean another file than the one that was: it is shown, and said."""
    (study / "maps" / "b.nii").unlink()
    other = saved(tmp_path / "recomputed.nii", np.full(GRID, 9.0))
    scene = opened(tmp_path)
    [missing] = scene.state.missing
    found = find_missing(scene.state.missing, other, missing, scene.base_volume)
    scene.bring_back(found)
    assert scene.heatmaps[1].name == "b"
    assert scene.heatmaps[1].volume.array[0, 0, 0] == 9.0
    assert [line for line in found.problems if "is not the file it was" in line]


def test_a_file_is_that_of_the_layer_that_was_asked_for(study: Path, tmp_path: Path) -> None:
    """Whatever its name, and though others of its kind are missing."""
    shutil.rmtree(study / "maps")
    other = saved(tmp_path / "new.nii", np.full(GRID, 9.0))
    scene = opened(tmp_path)
    asked = next(one for one in scene.state.missing if one.name == "b")
    assert find_missing(scene.state.missing, other, asked, scene.base_volume).names == ("b",)


def test_a_file_that_cannot_be_read_stays_missing_and_says_why(study: Path, tmp_path: Path) -> None:
    """Found is not read."""
    (study / "maps" / "b.nii").unlink()
    (tmp_path / "b.nii").write_bytes(b"no image at all")
    scene = opened(tmp_path)
    found = find_missing(scene.state.missing, tmp_path / "b.nii", scene.state.missing[0], scene.base_volume)
    assert found.names == ()
    [line] = found.problems
    assert line.startswith("b ")
    assert "is in no format" in line


def test_a_dicom_series_is_known_by_its_uid(tmp_path: Path) -> None:
    """A folder of slices with other names in another folder is the series that it was."""
    pixels = np.random.default_rng(3).integers(0, 900, (5, 7, 6)).astype("u2")
    write_series(tmp_path / "ct", pixels)
    scene = open_scene(tmp_path / "ct")
    array = scene.base.volume.array.copy()
    scene.save(tmp_path / "sessions" / "study.hvs")
    target = tmp_path / "archive" / "IM000"
    target.mkdir(parents=True)
    for number, file in enumerate(sorted((tmp_path / "ct").iterdir())):
        shutil.move(file, target / f"IM{number:03d}")
    scene = opened(tmp_path)
    assert relink(scene, tmp_path / "archive") == (scene.base.name,)
    np.testing.assert_array_equal(scene.base.volume.array, array)


def test_nothing_found_is_no_step(study: Path, tmp_path: Path) -> None:
    """A wrong folder changes nothing."""
    shutil.rmtree(study / "maps")
    scene = opened(tmp_path)
    scene.history.clear()
    assert relink(scene, tmp_path / "sessions") == ()
    assert scene.history.done == ()
    assert len(scene.state.missing) == 3


def test_a_removed_missing_layer_is_undone(study: Path, tmp_path: Path) -> None:
    """Forgetting a missing layer is a step like any other."""
    shutil.rmtree(study / "maps")
    scene = opened(tmp_path)
    before = scene.state.missing
    scene.forget_missing(before[1])
    assert [one.name for one in scene.state.missing] == ["a", "c"]
    scene.undo()
    assert scene.state.missing == before


def test_a_base_of_now_stays(study: Path, tmp_path: Path) -> None:
    """A base that was opened meanwhile is not replaced by the one that is found."""
    shutil.move(study / "base", tmp_path / "base")
    scene = opened(tmp_path)
    relinked = find_missing(scene.state.missing, tmp_path / "base" / "t1.nii")
    scene.set_base(Volume(np.zeros(GRID), np.eye(4), name="other"))
    scene.bring_back(relinked)
    assert scene.base.name == "other"
