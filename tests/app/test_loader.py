"""Loading in the background: order, progress, cancel, failure and retry."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from heatviewer.app.loader import Loader
from heatviewer.app.scene import Scene
from heatviewer.core.volume import Volume


class Owner:
    """The owner's thread in tests: a queue that is worked off while waiting for a condition."""

    def __init__(self) -> None:
        self.calls: queue.Queue[Callable[[], None]] = queue.Queue()

    def until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            self.calls.get(timeout=30)()


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
    import heatviewer.io

    readers: list[str] = []
    opened = heatviewer.io.open_volume

    def watched(*arguments: Any, **options: Any) -> Volume:
        readers.append(threading.current_thread().name)
        return opened(*arguments, **options)

    monkeypatch.setattr(heatviewer.io, "open_volume", watched)
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
