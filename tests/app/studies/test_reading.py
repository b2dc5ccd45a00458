"""Sessions of real files: what was saved is what is opened, whatever it was."""

from __future__ import annotations

import json
import shutil
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import heatviewer as hv
from heatviewer.app.demo import demo_scene
from heatviewer.app.scene import Scene
from heatviewer.app.studies.opening import open_studies
from heatviewer.app.studies.reading import ReadStudy, read_study
from heatviewer.app.studies.saving import save_session
from heatviewer.core.volume import Volume
from heatviewer.documents.session import session_bytes
from heatviewer.model.layer import OpacityBy
from heatviewer.model.scene_state import SceneState
from tests.dicom_files import stored, write_series
from tests.documents.scenes import DRAWN, WITH_THE_SCENE, scenes, without_ids

SHAPE = (6, 5, 4)


def reopened(path: Path) -> ReadStudy:
    """Return a session as it is read."""
    [study] = open_studies(path)
    return read_study(study)


def same_volume(one: Volume, other: Volume) -> bool:
    """Return whether two volumes hold and say the same."""
    same = all(
        getattr(one, part.name) == getattr(other, part.name)
        for part in fields(Volume)
        if part.name not in ("stored", "affine", "channels", "outlines", "windows", "info", "frame_axis")
    )
    return same and np.array_equal(one.stored, other.stored) and np.array_equal(one.affine, other.affine)


@dataclass
class Desk:
    """A folder of small files, and a plain scene of them."""

    folder: Path
    scene: Scene
    follows: OpacityBy

    @property
    def frames(self) -> dict[str, int]:
        return {layer.id: self.scene.volumes[layer.id].frames for layer in self.scene.state.layers}

    @property
    def session(self) -> Path:
        return self.folder / "desk.hvs"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A base, a map, a series of three frames, labels, and a file for opacities."""
    folder = tmp_path_factory.mktemp("desk")
    rng = np.random.default_rng(5)
    for name, shape in {"t1": SHAPE, "z": SHAPE, "bold": (*SHAPE, 3), "p": SHAPE, "own": SHAPE}.items():
        nib.save(nib.Nifti1Image(rng.normal(size=shape).astype("f4"), np.eye(4)), folder / f"{name}.nii.gz")
    scene = hv.open(folder / "t1.nii.gz", [folder / f"{name}.nii.gz" for name in ("z", "bold", "p")])
    scene.heatmaps[0].opacity_by = (folder / "own.nii.gz", 0, 1)
    follows = scene.heatmaps[0].opacity_by
    scene.heatmaps[0].opacity_by = None
    return Desk(folder, scene, follows)


@st.composite
def drawn(draw: st.DrawFn, desk: Desk) -> SceneState:
    return draw(scenes(desk.scene.state, desk.frames, desk.follows))


@pytest.mark.parametrize("model", DRAWN, ids=lambda model: model.__name__)
def test_every_field_is_drawn(model: Any) -> None:
    """A new field of a layer or the view needs its values in ``tests/documents/scenes.py``."""
    assert set(model.model_fields) == DRAWN[model] | WITH_THE_SCENE[model]
    assert set(SceneState.model_fields) == {
        "base", "heatmaps", "selected", "view", "missing", "notes", "metadata", "kept",
    }  # fmt: skip


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_any_scene_comes_back(desk: Desk, data: st.DataObject) -> None:
    """Every property of every layer and view is as it was saved, and so are the voxels."""
    state = data.draw(drawn(desk))
    read = reopened(save_session(state, desk.session))
    assert read.problems == ()
    assert without_ids(read.state) == without_ids(state)
    for before, after in zip(state.layers, read.state.layers, strict=True):
        assert same_volume(desk.scene.volumes[before.id], read.volumes[after.id])
    folder = str(desk.folder)
    again = [json.loads(session_bytes(one, folder)) for one in (read.state, state)]
    assert again[0] == again[1]


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data(), gone=st.sampled_from(["t1", "z", "bold", "p", "own"]))
def test_what_is_missing_comes_back_as_it_was(
    desk: Desk, data: st.DataObject, gone: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A session opened and saved while a file is away is, with the file, the one it was; elsewhere too."""
    state = data.draw(drawn(desk))
    saved = save_session(state, desk.session)
    away = desk.folder.parent / f"{gone}.away"
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "again.hvs"
    shutil.move(desk.folder / f"{gone}.nii.gz", away)
    try:
        without = reopened(saved)
        save_session(without.state, saved)
        save_session(without.state, elsewhere)
    finally:
        shutil.move(away, desk.folder / f"{gone}.nii.gz")
    for path in (saved, elsewhere):
        back = without_ids(reopened(path).state)
        wanted = without_ids(state)
        # What was selected cannot be while it is away.
        assert back | {"selected": None} == wanted | {"selected": None}


def test_a_missing_layer_that_was_written_by_hand_comes_back(desk: Desk, tmp_path: Path) -> None:
    """With relative paths alone, saved into another folder while its file is away."""
    here = tmp_path / "here"
    shutil.copytree(desk.folder, here)
    short = {
        "format": "heatviewer-session",
        "base": "t1.nii.gz",
        "heatmaps": ["z.nii.gz", {"item": "p.nii.gz"}],
    }
    (here / "x.hvs").write_text(json.dumps(short))
    wanted = reopened(here / "x.hvs").state
    shutil.move(here / "z.nii.gz", tmp_path / "z")
    shutil.move(here / "t1.nii.gz", tmp_path / "t1")
    saved = save_session(reopened(here / "x.hvs").state, tmp_path / "there" / "y.hvs")
    shutil.move(tmp_path / "z", here / "z.nii.gz")
    shutil.move(tmp_path / "t1", here / "t1.nii.gz")
    read = reopened(saved)
    assert read.problems == ()
    assert [layer.source for layer in read.state.layers] == [layer.source for layer in wanted.layers]


# --- real studies --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["maps", "zip", "folder"])
def test_a_real_study_comes_back(
    data_dir: Path, mni_path: Path, zmap_path: Path, tmp_path: Path, kind: str
) -> None:
    """Volumes, series, structures and masks, each with its look."""
    pet = data_dir / "pet-ct"
    paths = {
        "maps": (mni_path, zmap_path),
        "zip": (pet / "ct.zip", pet / "rtstruct_on_ct.dcm", pet / "tumour_mask_on_ct.nii.gz"),
        "folder": (pet / "pet", pet / "pet"),
    }[kind]
    scene = hv.open(paths[0], paths[1:])
    scene.heatmaps[0].edit(opacity=0.3, threshold=(0.5, None), name="mine")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        back = hv.open(scene.save(tmp_path / "study"))
    assert without_ids(back.state) == without_ids(scene.state)
    for before, after in zip(scene.state.layers, back.state.layers, strict=True):
        assert same_volume(scene.volumes[before.id], back.volumes[after.id])


def test_a_study_that_moves_opens_as_it_was(
    data_dir: Path, mni_path: Path, zmap_path: Path, tmp_path: Path
) -> None:
    """The folder with data and session moves; then the session alone goes into a folder beside them."""
    old, new = tmp_path / "old", tmp_path / "archive" / "new"
    (old / "maps").mkdir(parents=True)
    base, heatmap = shutil.copy(mni_path, old), shutil.copy(zmap_path, old / "maps")
    scene = hv.open(base, [heatmap])
    scene.heatmaps[0].edit(threshold_abs=2.3, preset="Cold and hot")
    scene.save(old / "study")
    shutil.move(old, new)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        moved = hv.open(new / "study.hvs")
        moved.save(new / "sessions" / "deeper")
        shutil.move(new, tmp_path / "last")
        last = hv.open(tmp_path / "last" / "sessions" / "deeper.hvs")
    assert last.base.source == str(tmp_path / "last" / mni_path.name)
    assert last.heatmaps[0].threshold_abs == 2.3
    shutil.move(tmp_path / "last" / "maps", tmp_path / "last" / "sessions" / "results")
    with pytest.warns(UserWarning, match="was found beside the session, as 'results/"):
        assert hv.open(tmp_path / "last" / "sessions" / "deeper.hvs").heatmaps[0].preset == "Cold and hot"


def test_files_that_are_listed_come_back(data_dir: Path, tmp_path: Path) -> None:
    """A layer of some files of a folder is made of these again."""
    names = sorted(path.name for path in (data_dir / "pet-ct" / "pet").iterdir())[10:20]
    session = {
        "format": "heatviewer-session",
        "version": 1,
        "base": {"path": str(data_dir / "pet-ct" / "pet"), "items": names},
    }
    (tmp_path / "x.hvs").write_text(json.dumps(session))
    scene = hv.open(tmp_path / "x.hvs")
    assert scene.base.items == tuple(names)
    assert scene.base.volume.grid[2] == len(names)
    back = hv.open(scene.save(tmp_path / "y"))
    assert without_ids(back.state) == without_ids(scene.state)


def _maps_of(data_dir: Path) -> Iterator[Path]:
    found = sorted((data_dir / "seg-and-maps").rglob("*"))
    yield from (path for path in found if path.is_file() and path.suffix == ".dcm")


def test_segments_and_maps_come_back(data_dir: Path, tmp_path: Path) -> None:
    """Each segment of a file is a layer of its own, and comes back as that."""
    tried = 0
    for path in _maps_of(data_dir):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                scene = hv.open(path, [path])
            except hv.HeatViewerError:
                continue
            back = hv.open(scene.save(tmp_path / f"{path.stem}.hvs"))
        assert without_ids(back.state) == without_ids(scene.state)
        tried += 1
    assert tried > 2


def test_the_demo_study_comes_back(tmp_path: Path) -> None:
    """It is in no file and made again, by code alone; no network, no path."""
    scene = demo_scene()
    scene.heatmaps[0].opacity = 0.25
    back = hv.open(scene.save(tmp_path / "demo"))
    assert without_ids(back.state) == without_ids(scene.state)
    for before, after in zip(scene.state.layers, back.state.layers, strict=True):
        assert same_volume(scene.volumes[before.id], back.volumes[after.id])


def test_a_layer_of_an_array_is_warned_of(desk: Desk, tmp_path: Path) -> None:
    """A session holds no voxels, and says so when it is saved, not when it is opened."""
    scene = hv.open(desk.folder / "t1.nii.gz")
    scene.add_heatmap(np.ones(SHAPE), name="typed in")
    with pytest.warns(UserWarning, match="typed in: made in memory"):
        saved = scene.save(tmp_path / "x")
    with pytest.warns(UserWarning, match=r"heatmaps\[0\]: typed in.* is in no file"):
        assert hv.open(saved).state.missing[0].name == "typed in"
    scene.remove(scene.heatmaps[0])
    layer = scene.add_heatmap(desk.folder / "z.nii.gz", opacity_by=(np.ones(SHAPE), 0, 1))
    with pytest.warns(UserWarning, match=f"{layer.name}: made in memory"):
        scene.save(tmp_path / "x")


def test_the_same_file_is_read_once(desk: Desk, tmp_path: Path) -> None:
    """A duplicated layer shares its data with the first, after opening as before."""
    scene = hv.open(desk.folder / "t1.nii.gz", [desk.folder / "z.nii.gz"])
    scene.duplicate(scene.heatmaps[0])
    back = hv.open(scene.save(tmp_path / "x"))
    assert back.heatmaps[0].volume is back.heatmaps[1].volume


def test_a_session_beside_its_series_does_not_change_it(data_dir: Path, tmp_path: Path) -> None:
    """A folder of DICOM in which a session is saved is still the folder that it was."""
    shutil.copytree(data_dir / "pet-ct" / "pet", tmp_path / "pet")
    scene = hv.open(tmp_path / "pet")
    for _ in range(2):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            scene = hv.open(scene.save(tmp_path / "pet" / "study.hvs"))


def test_another_series_in_the_folder_does_not_change_one(tmp_path: Path) -> None:
    """One that came later lies beside it; a changed image of its own is told."""
    ours, other = ({"SeriesInstanceUID": f"1.2.3.{n}"} for n in (4, 5))
    write_series(tmp_path / "ct", stored(6), tags=ours)
    own = sorted((tmp_path / "ct").iterdir())
    scene = hv.open(tmp_path / "ct", series="1.2.3.4")
    session = scene.save(tmp_path / "a.hvs")
    write_series(tmp_path / "more", stored(9), tags=other)
    for path in (tmp_path / "more").iterdir():
        path.rename(tmp_path / "ct" / f"0{path.name}")
    [study] = open_studies(session)
    read = read_study(study)
    assert (without_ids(read.state), read.problems) == (without_ids(scene.state), ())
    own[0].write_bytes(own[0].read_bytes() + b"\0\0")
    assert "is not the file it was" in " ".join(read_study(study).problems)


def test_a_missing_file_that_an_opacity_follows_is_named(desk: Desk, tmp_path: Path) -> None:
    """And what to do; the layer itself is there, and follows the file again once that is back."""
    folder = Path(shutil.copytree(desk.folder, tmp_path / "a"))
    scene = hv.open(folder / "t1.nii.gz")
    scene.add_heatmap(folder / "z.nii.gz", opacity_by=(folder / "own.nii.gz", 0, 1))
    saved = scene.save(folder / "a.hvs")
    away = (folder / "own.nii.gz").rename(tmp_path / "away")
    without = reopened(saved)
    [told] = without.problems
    assert "(own.nii.gz) is not where it was" in told
    assert "chosen under 'Opacity by'" in told
    save_session(without.state, saved)
    away.rename(folder / "own.nii.gz")
    assert reopened(saved).problems == ()
    assert without_ids(reopened(saved).state) == without_ids(scene.state)


def test_missing_files_are_warned_of_and_the_rest_opens(desk: Desk, tmp_path: Path) -> None:
    """Without its base too, and nothing at all is an error that says what to do."""
    shutil.copytree(desk.folder, tmp_path / "desk")
    path = hv.open(tmp_path / "desk" / "t1.nii.gz", [tmp_path / "desk" / "z.nii.gz"]).save(tmp_path / "x")
    (tmp_path / "desk" / "t1.nii.gz").unlink()
    with pytest.warns(UserWarning, match=r"^base: t1.* is not where it was\.$"):
        scene = hv.open(path)
    assert scene.base is None
    assert [layer.name for layer in scene.heatmaps] == ["z"]
    (tmp_path / "desk" / "z.nii.gz").unlink()
    with pytest.raises(hv.HeatViewerError, match=r"heatmaps\[0\]: z.* is not where it was.*beside it"):
        hv.open(path)


def test_a_setting_that_does_not_fit_its_file_is_told(desk: Desk, tmp_path: Path) -> None:
    """A frame that is not there, and a place on other voxels, after the file was replaced."""
    shutil.copytree(desk.folder, tmp_path / "desk")
    here = tmp_path / "desk"
    scene = hv.open(here / "t1.nii.gz", [here / "bold.nii.gz"])
    scene.heatmaps[0].edit(frame=2, align="grid")
    path = scene.save(here / "x")
    nib.save(nib.Nifti1Image(np.ones((3, 3, 3), "f4"), np.eye(4)), here / "bold.nii.gz")
    read = reopened(path)
    assert [line.partition(":")[0] for line in read.problems] == [
        "heatmaps[0]", "heatmaps[0].frame", "heatmaps[0].align",
    ]  # fmt: skip
    assert "is not the file it was when the session was saved" in read.problems[0]
    assert (read.state.heatmaps[0].frame, read.state.heatmaps[0].align) == (0, None)


def test_what_was_taken_from_the_data_is_taken_anew_from_others(desk: Desk, tmp_path: Path) -> None:
    """Of a file that changed an automatic window or range is its new data's; one that was typed stays."""
    here = tmp_path / "desk"
    shutil.copytree(desk.folder, here)
    scene = hv.open(here / "t1.nii.gz", [here / "z.nii.gz", here / "p.nii.gz"])
    scene.heatmaps[1].data_range = (-1, 7)
    path = scene.save(here / "x")
    values = np.linspace(0, 50, 120, dtype="f4").reshape(SHAPE)
    for name in ("t1", "z", "p"):
        nib.save(nib.Nifti1Image(values, np.eye(4)), here / f"{name}.nii.gz")
    read, fresh = reopened(path).state, hv.open(here / "t1.nii.gz", [here / "z.nii.gz"])
    assert read.base is not None
    assert (read.base.window, read.base.window_auto) == (fresh.base.window, True)
    assert [h.data_range for h in read.heatmaps] == [fresh.heatmaps[0].data_range, (-1, 7)]
    assert [h.data_range_auto for h in read.heatmaps] == [True, False]


def test_a_study_that_the_program_does_not_make_is_missing(tmp_path: Path) -> None:
    """Whatever a session says after the program's own word, nothing is opened for it."""
    base = {"path": "heatviewer:../../etc/passwd", "series": "torso"}
    (tmp_path / "x.hvs").write_text(json.dumps({"format": "heatviewer-session", "version": 1, "base": base}))
    [missing] = reopened(tmp_path / "x.hvs").state.missing
    assert missing.reason.startswith("is nothing that this program makes")
