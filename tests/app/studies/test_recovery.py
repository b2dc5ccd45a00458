"""Unsaved work kept aside: whole, for its owner alone, and known again."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from heatviewer.app.opening import layer_source, open_scene
from heatviewer.app.scene import Scene
from heatviewer.app.studies.reading import read_study
from heatviewer.app.studies.recovery import (
    find_recovered,
    keep_aside,
    read_recovered,
    recovery_files,
    recovery_folder,
    remove_recovered,
)
from heatviewer.app.studies.unsaved import same_work
from heatviewer.core.errors import WriteError
from tests.ui.windows import nifti


def worked_on(folder: Path) -> Scene:
    """Return a study of two files, changed."""
    scene = open_scene(layer_source(nifti(folder / "head.nii.gz")), [nifti(folder / "map.nii.gz")])
    scene.heatmaps[0].edit(opacity=0.3, name="mine", preset="X-Ray")
    scene.edit_notes("look again")
    return scene


def kept(scene: Scene, file: str = "", name: str = "head.nii.gz") -> Path:
    """Keep a scene's work aside and return the file."""
    place = recovery_folder() / "0123.hvs"
    keep_aside(scene.state, place, file, name)
    return place


def test_work_that_was_kept_comes_back_whole(tmp_path: Path) -> None:
    """Settings and notes are those of the state that was kept, and nothing is added."""
    scene = worked_on(tmp_path)
    [found] = find_recovered([kept(scene)])
    state = read_study(found.study).state
    ids = dict(zip([one.id for one in state.layers], scene.state.layers, strict=True))
    same = state.replaced(
        base=state.base and state.base.replaced(id=ids[state.base.id].id),
        heatmaps=tuple(layer.replaced(id=ids[layer.id].id) for layer in state.heatmaps),
    )
    assert same_work(same, scene.state)
    assert state.kept == ""


def test_it_knows_the_session_it_belongs_to(tmp_path: Path) -> None:
    """Saving goes there; a study without a session keeps its name and has no file."""
    scene = worked_on(tmp_path)
    session = tmp_path / "trial 7.hvs"
    found = read_recovered(kept(scene, str(session)))
    assert (found.name, found.file) == ("trial 7.hvs", str(session))
    assert (found.study.file, found.study.folder) == (str(session), str(tmp_path))
    found = read_recovered(kept(scene))
    assert (found.name, found.file, found.study.file) == ("head.nii.gz", "", "")


def test_the_latest_is_offered_first(tmp_path: Path) -> None:
    """By when they were kept."""
    first, scene = recovery_folder() / "b.hvs", worked_on(tmp_path)
    for n, place in enumerate([first, first.with_name("c.hvs"), first.with_name("a.hvs")]):
        keep_aside(scene.state, place, "", place.stem)
        os.utime(place, (1000 + n, 1000 + n))
    assert [one.name for one in find_recovered(recovery_files())] == ["a", "c", "b"]


def test_what_cannot_be_read_is_left_alone(tmp_path: Path) -> None:
    """A file that somebody put there, or of a newer version, is neither offered nor deleted."""
    place = kept(worked_on(tmp_path))
    strange = place.with_name("strange.hvs")
    strange.write_text('{"format": "heatviewer-session", "version": 999}')
    assert [one.path for one in find_recovered(recovery_files())] == [place]
    assert strange.exists()


def test_nothing_is_left_once_it_is_forgotten(tmp_path: Path) -> None:
    """Neither the file nor what a killed process had begun to write."""
    place = kept(worked_on(tmp_path))
    place.with_name(f".{place.name}.77.part").write_text("{")
    remove_recovered(place)
    assert list(recovery_folder().iterdir()) == []
    remove_recovered(place)


def test_only_its_owner_can_look_at_it(tmp_path: Path) -> None:
    """It names paths, and other users have no business there; Windows keeps them out by itself."""
    kept(worked_on(tmp_path))
    assert os.name == "nt" or stat.S_IMODE(recovery_folder().stat().st_mode) == 0o700


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file stands where the folder should be."""
    (tmp_path / "state").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    with pytest.raises(WriteError, match="recovery"):
        kept(worked_on(tmp_path))
