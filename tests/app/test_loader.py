"""Loading in the background: order, progress, cancel, failure and retry."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from pydicom.data import get_testdata_file

from heatviewer.app.loader import Loader
from heatviewer.app.scene import Scene
from heatviewer.core.volume import Volume
from heatviewer.io.formats import FileFound
from tests.app.owner import Owner
from tests.dicom_files import write_series
from tests.found import Made, listing, made


@pytest.fixture
def owner() -> Owner:
    return Owner()


@pytest.fixture
def loader(owner: Owner) -> Iterator[Loader]:
    made = Loader(Scene(), owner.calls.put)
    yield made
    made.close()


def _write(path: Path, value: float = 1.0, shape: tuple[int, ...] = (6, 5, 4)) -> str:
    nib.save(nib.Nifti1Image(np.full(shape, value, np.float32), np.eye(4)), path)
    return str(path)


def test_base_and_heatmaps_arrive_in_their_order(loader: Loader, owner: Owner, tmp_path: Path) -> None:
    """A base and two heatmaps come into the scene in the order they were asked for."""
    loader.load(_write(tmp_path / "base.nii.gz"), "base")
    loader.load(_write(tmp_path / "a.nii", 2), "heatmap", {"preset": "jet"})
    loader.load(_write(tmp_path / "b.nii", 3), "heatmap")
    owner.until(lambda: not loader.jobs)
    scene = loader._scene
    assert scene.base is not None
    assert [float(layer.volume.array[0, 0, 0]) for layer in scene.heatmaps] == [2, 3]
    assert scene.heatmaps[0].preset == "jet"


def test_a_failure_stays_in_the_list_and_can_be_tried_again(
    loader: Loader, owner: Owner, tmp_path: Path
) -> None:
    """A file that cannot be read keeps its place with its error; once mended, a retry loads it."""
    path = tmp_path / "late.nii"
    path.write_bytes(b"not yet")
    job = loader.load(path, "base")
    owner.until(lambda: job.state == "failed")
    assert job.error is not None
    assert "late.nii" in str(job.error)
    assert not loader.busy
    _write(path)
    loader.retry(job)
    owner.until(lambda: not loader.jobs)
    assert loader._scene.base is not None


def test_a_bad_file_leaves_what_was_open(loader: Loader, owner: Owner, tmp_path: Path) -> None:
    """A heatmap that cannot be read changes nothing in the scene."""
    loader.load(_write(tmp_path / "base.nii"), "base")
    owner.until(lambda: not loader.jobs)
    before = loader._scene.state
    job = loader.load(tmp_path / "missing.nii", "heatmap")
    owner.until(lambda: job.state == "failed")
    assert loader._scene.state is before


def test_a_bad_setting_is_an_error_of_its_job(loader: Loader, owner: Owner, tmp_path: Path) -> None:
    """A setting that is not allowed fails the job with a line that names it."""
    loader.load(_write(tmp_path / "base.nii"), "base")
    job = loader.load(_write(tmp_path / "heat.nii"), "heatmap", {"opacity": 7})
    owner.until(lambda: job.state == "failed")
    assert "opacity" in str(job.error)
    assert not loader._scene.heatmaps


def test_dismissing_stops_a_job(loader: Loader, owner: Owner, tmp_path: Path) -> None:
    """A cancelled job leaves the list, and its volume never comes into the scene."""
    first = loader.load(_write(tmp_path / "big.nii.gz", shape=(200, 200, 100)), "base")
    second = loader.load(_write(tmp_path / "small.nii"), "base")
    loader.dismiss(first)
    owner.until(lambda: not loader.jobs)
    assert second.error is None
    assert loader._scene.base_volume is not None
    assert loader._scene.base_volume.grid == (6, 5, 4)


def test_progress_ends_at_one(loader: Loader, owner: Owner, tmp_path: Path) -> None:
    """Progress of an empty list is complete, and that of a job lies within 0…1."""
    assert loader.progress == 1
    job = loader.load(_write(tmp_path / "base.nii.gz", shape=(60, 60, 60)), "base")
    owner.until(lambda: not loader.jobs)
    assert 0 <= job.progress <= 1


def test_the_file_of_an_opacity_is_read_with_its_heatmap(
    loader: Loader, owner: Owner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the reader's thread, never on the owner's; the layer follows it when it arrives."""
    readers: list[str] = []
    opened = FileFound.open

    def watched(*arguments: Any) -> Volume:
        readers.append(threading.current_thread().name)
        return opened(*arguments)

    monkeypatch.setattr(FileFound, "open", watched)
    cover = Path(_write(tmp_path / "cover.nii", 0.5))
    loader.load(_write(tmp_path / "base.nii"), "base")
    loader.load(_write(tmp_path / "map.nii"), "heatmap", {"opacity_by": (cover, 0.0, 1.0)})
    owner.until(lambda: not loader.jobs)
    assert len(readers) == 3
    assert all(name.startswith("reader") for name in readers)
    wish = loader._scene.heatmaps[0].opacity_by
    assert (wish.source, wish.name, wish.high) == (str(cover), "cover", 1.0)
    assert float(loader._scene.volumes[wish.volume].array.max()) == 0.5


def test_an_opacity_that_cannot_be_read_fails_its_heatmap(
    loader: Loader, owner: Owner, tmp_path: Path
) -> None:
    """The file is named, and nothing comes into the scene."""
    loader.load(_write(tmp_path / "base.nii"), "base")
    wish = {"opacity_by": (tmp_path / "gone.nii", 0.0, 1.0)}
    job = loader.load(_write(tmp_path / "map.nii"), "heatmap", wish)
    owner.until(lambda: job.state == "failed")
    assert "gone.nii" in str(job.error)
    assert len(loader._scene.volumes) == 1


# --- several at once -------------------------------------------------------------------------


def _ct(folder: Path) -> Path:
    write_series(folder, np.arange(3 * 5 * 6, dtype=np.int16).reshape(3, 5, 6))
    return folder


def _roles(loader: Loader, owner: Owner, paths: list[str | Path]) -> tuple[str, list[str]]:
    """Open paths together; return the file names of base and heatmaps."""
    loader.load_together(paths, with_base=True)
    owner.until(lambda: not loader.busy)
    state = loader._scene.state
    assert state.base is not None
    return Path(state.base.source).name, [Path(layer.source).name for layer in state.heatmaps]


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("image", ["ct", "t1.nii"])
def test_a_dose_lies_on_the_image_that_comes_with_it(
    loader: Loader, owner: Owner, tmp_path: Path, image: str, reverse: bool
) -> None:
    """Whatever the order, and whichever of them is DICOM."""
    base = _ct(tmp_path / "ct") if image == "ct" else _write(tmp_path / "t1.nii")
    dose = str(get_testdata_file("rtdose.dcm"))
    paths: list[str | Path] = [dose, base]
    assert _roles(loader, owner, paths[::-1] if reverse else paths) == (image, ["rtdose.dcm"])


def test_the_dicom_series_is_the_base(loader: Loader, owner: Owner, tmp_path: Path) -> None:
    """Before other files, wherever it stands among them."""
    paths: list[str | Path] = [_write(tmp_path / "a.nii"), _write(tmp_path / "b.nii"), _ct(tmp_path / "ct")]
    assert _roles(loader, owner, paths) == ("ct", ["a.nii", "b.nii"])


def test_a_folder_of_other_files_stands_where_it_was_named(
    loader: Loader, owner: Owner, tmp_path: Path
) -> None:
    """Only DICOM goes before the first path."""
    (tmp_path / "more").mkdir()
    _write(tmp_path / "more" / "b.nii")
    assert _roles(loader, owner, [_write(tmp_path / "a.nii"), tmp_path / "more"]) == ("a.nii", ["more"])


def test_structures_alone_open_on_a_grid_of_their_own(loader: Loader, owner: Owner) -> None:
    """What is meant to lie on an image is shown all the same."""
    assert _roles(loader, owner, [str(get_testdata_file("rtstruct.dcm"))]) == ("rtstruct.dcm", [])


def test_all_files_of_a_series_are_one_volume(loader: Loader, owner: Owner, tmp_path: Path) -> None:
    """Dropped as files rather than as a folder they come once."""
    files: list[str | Path] = sorted(_ct(tmp_path / "ct").iterdir())
    _roles(loader, owner, files)
    base = loader._scene.base_volume
    assert base is not None
    assert base.grid == (6, 5, 3)
    assert not loader._scene.heatmaps
    assert not loader.jobs


def test_a_lone_base_that_failed_is_a_base_when_tried_again(
    loader: Loader, owner: Owner, tmp_path: Path
) -> None:
    """Nothing else has taken its place."""
    path = tmp_path / "late.nii"
    path.write_bytes(b"not yet")
    [job] = loader.load_together([path], with_base=True)
    owner.until(lambda: job.state == "failed")
    _write(path)
    loader.retry(job)
    owner.until(lambda: not loader.jobs)
    assert loader._scene.base is not None


# --- several in one file ---------------------------------------------------------------------


def _segments() -> list[Made]:
    return [made(name, group="one file", role="heatmap", modality="SEG") for name in ("liver", "spleen")]


@pytest.mark.parametrize("name", [None, "Mine"])
def test_the_segments_of_a_file_come_as_one_step(loader: Loader, owner: Owner, name: str | None) -> None:
    """Each is a layer with its own name and id; one undo takes them all."""
    scene = loader._scene
    loader.load("/b", "base", listing=listing([made("ct")], "/b"))
    loader.load("/s", "heatmap", {"name": name, "opacity": 0.5}, listing=listing(_segments(), "/s"))
    owner.until(lambda: not loader.jobs)
    expected = ["liver", "spleen"] if name is None else ["Mine: liver", "Mine: spleen"]
    assert [layer.name for layer in scene.heatmaps] == expected
    assert [(layer.source, layer.series) for layer in scene.heatmaps] == [("/s", "liver"), ("/s", "spleen")]
    assert {layer.opacity for layer in scene.heatmaps} == {0.5}
    assert scene.selected == scene.heatmaps[-1]
    scene.undo()
    assert not scene.heatmaps


def test_the_volumes_asked_for_come_alone(loader: Loader, owner: Owner) -> None:
    """One of many segments, or several series of a folder, in the order asked for."""
    found = [*_segments(), made("t1"), made("t2")]
    loader.load("/f", "base", {"series": "t1"}, listing=listing(found, "/f"))
    loader.load("/f", "heatmap", series=["spleen", "t2"], listing=listing(found, "/f"))
    owner.until(lambda: not loader.jobs)
    scene = loader._scene
    assert scene.base is not None
    assert (scene.base.name, scene.base.series) == ("t1", "t1")
    assert [layer.name for layer in scene.heatmaps] == ["spleen", "t2"]


def test_a_path_can_be_looked_at_only(loader: Loader, owner: Owner, tmp_path: Path) -> None:
    """Its contents are told, and nothing of it is read."""
    told: list[int] = []
    loader.scanned.connect(lambda job: told.append(job.listing.choices))
    loader.load(_ct(tmp_path / "ct"), "list")
    owner.until(lambda: not loader.jobs)
    assert told == [1]
    assert loader._scene.base is None


def test_cancel_does_not_wait_for_figures(
    loader: Loader, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader that computes a volume's percentiles lets go at once."""
    entered, may_end = threading.Event(), threading.Event()

    def slow(_volume: Volume) -> dict[str, Any]:
        entered.set()
        may_end.wait(30)
        return {}

    monkeypatch.setattr("heatviewer.app.reading.base_fields", slow)
    job = loader.load("/b", "base", listing=listing([made("ct")], "/b"))
    assert entered.wait(30)
    loader.dismiss(job)
    after = loader.load("/h", "heatmap", listing=listing([made("next")], "/h"))
    owner.until(lambda: after not in loader.jobs)
    may_end.set()
    assert loader._scene.base is None
