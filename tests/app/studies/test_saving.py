"""Sessions onto the disk: whole or not at all, with the version before kept."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

import heatviewer as hv
from heatviewer.app.scene import Scene
from heatviewer.app.studies.kinds import may_be_document
from heatviewer.app.studies.opening import open_studies
from heatviewer.app.studies.overwriting import save_over, stamp_of
from heatviewer.app.studies.saving import keep_backup, save_session, session_path, unsaved_layers
from heatviewer.core.errors import ReadError, WriteError


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """A scene of one file."""
    nib.save(nib.Nifti1Image(np.ones((4, 3, 2), "f4"), np.eye(4)), tmp_path / "t1.nii")
    return hv.open(tmp_path / "t1.nii")


def notes_in(path: Path) -> str:
    return json.loads(path.read_bytes())["notes"]


def others_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {"t1.nii"}


def test_a_session_has_its_suffix(scene: Scene, tmp_path: Path) -> None:
    """So that it opens by its name, whatever was typed; folders are made."""
    assert scene.save(tmp_path / "a" / "study 2.5") == tmp_path / "a" / "study 2.5.hvs"
    assert scene.save(str(tmp_path / "B.HVS")) == tmp_path / "B.HVS"
    assert session_path("x.json").name == "x.json.hvs"


@pytest.mark.parametrize("path", ["", ".", "folder/.."])
def test_a_session_needs_a_name(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """Without one nothing is written, least of all beside the folder that the program runs in."""
    monkeypatch.chdir(tmp_path)
    before = others_in(tmp_path), others_in(tmp_path.parent)
    with pytest.raises(WriteError, match="names no file"):
        scene.save(path)
    assert (others_in(tmp_path), others_in(tmp_path.parent)) == before


def test_the_version_before_is_kept(scene: Scene, tmp_path: Path) -> None:
    """One of them; it opens by its own name."""
    for n in range(3):
        scene.edit_notes(f"version {n}")
        scene.save(tmp_path / "x")
    assert (notes_in(tmp_path / "x.hvs"), notes_in(tmp_path / "x.hvs.bak")) == ("version 2", "version 1")
    assert others_in(tmp_path) == {"x.hvs", "x.hvs.bak"}
    assert may_be_document(tmp_path / "x.hvs.bak")
    [study] = open_studies(tmp_path / "x.hvs.bak")
    assert (study.name, study.notes) == ("x", "version 1")
    assert hv.open(tmp_path / "x.hvs.bak").state.notes == "version 1"


def test_a_disk_without_links_gets_a_copy(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The backup is there all the same."""

    def no_links(*_: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr(os, "link", no_links)
    for text in ("one", "two"):
        scene.edit_notes(text)
        scene.save(tmp_path / "x")
    assert (notes_in(tmp_path / "x.hvs"), notes_in(tmp_path / "x.hvs.bak")) == ("two", "one")
    assert others_in(tmp_path) == {"x.hvs", "x.hvs.bak"}


def test_a_damaged_session_tells_of_its_backup(scene: Scene, tmp_path: Path) -> None:
    """Where there is one; a newer version is no damage."""
    path = scene.save(tmp_path / "x")
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(ReadError, match=r"x\.hvs: ends in the middle at .* Save it again"):
        open_studies(path)
    scene.save(path)
    path.write_bytes(b"\xff")
    with pytest.raises(ReadError, match=r"Open 'x\.hvs\.bak' beside it, the version before\.$"):
        open_studies(path)
    path.write_text('{"format": "heatviewer-session", "version": 99}')
    with pytest.raises(ReadError, match="Open it with a newer HeatViewer"):
        open_studies(path)


def test_a_link_stays_a_link(scene: Scene, tmp_path: Path) -> None:
    """What it leads to is written; its relative paths start there, and it opens through the link."""
    (tmp_path / "real").mkdir()
    real = scene.save(tmp_path / "real" / "x")
    link = tmp_path / "link.hvs"
    link.symlink_to(real)
    scene.edit_notes("through the link")
    assert scene.save(link) == link
    assert link.is_symlink()
    assert notes_in(real) == "through the link"
    assert json.loads(real.read_bytes())["base"]["relative_path"] == "../t1.nii"
    assert hv.open(link).state.notes == "through the link"


def test_who_may_read_it_stays(scene: Scene, tmp_path: Path) -> None:
    """A session that is its owner's alone is not opened to others by saving it."""
    path = scene.save(tmp_path / "x")
    path.chmod(0o600)
    scene.save(path)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_session_that_is_marked_as_read_only_stays(scene: Scene, tmp_path: Path) -> None:
    """A rename over it would need no right to write it; the mark counts nevertheless."""
    path = scene.save(tmp_path / "x")
    path.chmod(0o444)
    before = path.read_bytes()
    scene.edit_notes("more")
    with pytest.raises(WriteError, match=r"x\.hvs: is marked as read only\. Save under another name"):
        scene.save(path)
    assert path.read_bytes() == before
    assert others_in(tmp_path) == {"x.hvs"}


def test_a_folder_that_vanished_is_not_made_anew(scene: Scene, tmp_path: Path) -> None:
    """A session that lay there is not saved into an empty place of the same name."""
    path = scene.save(tmp_path / "drive" / "x")
    known = stamp_of(path)
    shutil.rmtree(path.parent)
    with pytest.raises(WriteError, match="drive: is no longer there"):
        save_over(scene.state, path, known)
    assert not path.parent.exists()


def test_parts_of_dead_processes_are_taken_away(scene: Scene, tmp_path: Path) -> None:
    """Those of this file; of the living, and of other files, nothing."""
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait(60)
    dead = child.pid
    for name in (f".x.hvs.{dead}.part", f".x.hvs.{dead}.7.part", f".x.hvs.bak.{dead}.1.part"):
        (tmp_path / name).write_bytes(b"half")
    kept = {f".x.hvs.{os.getppid()}.1.part", f".y.hvs.{dead}.1.part", ".x.hvs.mine.part"}
    for name in kept:
        (tmp_path / name).write_bytes(b"half")
    scene.save(tmp_path / "x")
    scene.save(tmp_path / "x")
    assert others_in(tmp_path) == {"x.hvs", "x.hvs.bak", *kept}


_FULL = """
import resource, signal, sys
import heatviewer as hv
from heatviewer.core.errors import WriteError
scene = hv.open(sys.argv[1])
scene.edit_notes("n" * 100_000)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    scene.save(sys.argv[1])
except WriteError as error:
    print(error, len(scene.state.notes))
"""


def test_a_full_disk_leaves_what_was_there(scene: Scene, tmp_path: Path) -> None:
    """The session, and no part; the work is still in memory, and the reason is told."""
    scene.edit_notes("as it was")
    path = scene.save(tmp_path / "x")
    before = path.read_bytes()
    found = subprocess.run(
        [sys.executable, "-c", _FULL, str(path)], capture_output=True, text=True, timeout=120, check=True
    )
    assert found.stdout.startswith(f"{tmp_path}: has no space left. ")
    assert found.stdout.endswith("100000\n")
    assert path.read_bytes() == before
    assert others_in(tmp_path) == {"x.hvs"}


def test_a_place_that_takes_no_file_is_told(scene: Scene, tmp_path: Path) -> None:
    """A folder of that name, a file where a folder is needed, and a file system that cannot be written."""
    (tmp_path / "d.hvs").mkdir()
    with pytest.raises(WriteError, match=r"d\.hvs: is a folder"):
        scene.save(tmp_path / "d")
    with pytest.raises(WriteError, match=r"t1\.nii: is a file where a folder is needed"):
        scene.save(tmp_path / "t1.nii" / "x")
    for name in ("/proc/x", "/sys/x", tmp_path / ("x" * 300)):
        with pytest.raises(WriteError):
            scene.save(name)
    assert others_in(tmp_path) == {"d.hvs"}


def test_nothing_to_back_up_is_no_error(tmp_path: Path) -> None:
    """Neither a session that is not there nor a folder has a version before."""
    keep_backup(tmp_path / "x.hvs")
    keep_backup(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_empty_scene_can_be_saved(tmp_path: Path) -> None:
    """It opens as what it is: a session that names no layer."""
    path = save_session(Scene().state, tmp_path / "x")
    [study] = open_studies(path)
    assert study.entries == ()
    with pytest.raises(ReadError, match="it names no layer"):
        hv.open(path)


def test_what_no_session_brings_back(scene: Scene) -> None:
    """Layers of arrays, and those whose opacity follows an array or a layer that was taken out."""
    assert unsaved_layers(scene.state) == ()
    source = scene.base.source
    one, two = scene.add_heatmap(source, name="one"), scene.add_heatmap(source, name="two")
    two.opacity_by = (one, 0, 2)
    assert unsaved_layers(scene.state) == ()
    scene.remove(one)
    scene.add_heatmap(np.ones((4, 3, 2)), name="")
    assert unsaved_layers(scene.state) == ("two", "a layer without a name")
