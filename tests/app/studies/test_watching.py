"""The watcher: what of a folder of changing files is told, and when."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from heatviewer.app.studies.identity import identity_of
from heatviewer.app.studies.watching import Finding, Watched, Watcher
from tests.app.owner import Owner

_TICK = 0.02
#: Writes a file in pieces, as a slow program does, and tells when it has begun.
_SLOW = """
import sys, time
with open(sys.argv[1], 'wb') as file:
    for n in range(40):
        file.write(b'x' * 1000)
        file.flush()
        time.sleep(0.005)
"""


class Watching:
    """A watcher whose findings are gathered."""

    def __init__(self) -> None:
        self.owner = Owner()
        self.found: list[Finding] = []
        self.watcher = Watcher(self.found.extend, self.owner.calls.put, _TICK)

    def until_found(self, *expected: Finding) -> None:
        self.owner.until(lambda: len(self.found) >= len(expected))
        assert tuple(self.found) == expected
        self.found.clear()

    def until_looked(self) -> None:
        """Wait until what is watched now has been looked at from the first path to the last."""
        before = self.watcher.looks
        deadline = time.monotonic() + 30
        while self.watcher.looks < before + 2:
            assert time.monotonic() < deadline
            time.sleep(_TICK)


@pytest.fixture
def watching() -> Iterator[Watching]:
    made = Watching()
    yield made
    made.watcher.close()


def _read(path: Path) -> Watched:
    """Return a file to be watched, as it was when it was read."""
    return Watched(str(path), (), identity_of(path))


def test_a_changed_file_is_told_once(watching: Watching, tmp_path: Path) -> None:
    """A rewrite is one finding; the next rewrite is another."""
    path = tmp_path / "a.bin"
    path.write_bytes(b"one")
    watching.watcher.watch([_read(path)])
    for content in (b"two", b"three"):
        path.write_bytes(content)
        watching.until_found(Finding(str(path)))


def test_a_change_before_the_first_look_is_found(watching: Watching, tmp_path: Path) -> None:
    """What counts is the file that was read, not the one that is there when watching begins."""
    path = tmp_path / "a.bin"
    path.write_bytes(b"as it was read")
    read = _read(path)
    path.write_bytes(b"as it is")
    watching.watcher.watch([read])
    watching.until_found(Finding(str(path)))


def test_a_file_replaced_by_a_rename_is_told(watching: Watching, tmp_path: Path) -> None:
    """Same name, same size, same time: the file is another one all the same."""
    path, other = tmp_path / "a.bin", tmp_path / "b.bin"
    path.write_bytes(b"one")
    other.write_bytes(b"two")
    shutil.copystat(path, other)
    watching.watcher.watch([Watched(str(path))])
    watching.until_looked()
    os.replace(other, path)
    watching.until_found(Finding(str(path)))


def test_a_growing_file_is_told_when_it_is_whole(watching: Watching, tmp_path: Path) -> None:
    """While another process writes, nothing is told; then once, at its full size."""
    path = tmp_path / "a.bin"
    path.write_bytes(b"before")
    watching.watcher = Watcher(watching.found.extend, watching.owner.calls.put, 0.05)
    watching.watcher.watch([_read(path)])
    writer = subprocess.Popen([sys.executable, "-c", _SLOW, str(path)])
    watching.owner.until(lambda: bool(watching.found))
    assert path.stat().st_size == 40_000
    assert writer.wait(timeout=20) == 0
    assert watching.found == [Finding(str(path))]


def test_a_file_that_goes_and_comes_is_told_both_times(watching: Watching, tmp_path: Path) -> None:
    """Deleted: gone, once. There again: changed."""
    path = tmp_path / "a.bin"
    path.write_bytes(b"one")
    watching.watcher.watch([_read(path)])
    path.unlink()
    watching.until_found(Finding(str(path), gone=True))
    path.write_bytes(b"two")
    watching.until_found(Finding(str(path)))


def test_a_file_within_a_folder_is_told_as_the_folder(watching: Watching, tmp_path: Path) -> None:
    """A slice deep in a folder that is rewritten changes the folder."""
    inner = tmp_path / "series" / "inner"
    inner.mkdir(parents=True)
    (inner / "slice").write_bytes(b"one")
    watching.watcher.watch([Watched(str(tmp_path / "series"))])
    watching.until_looked()
    (inner / "slice").write_bytes(b"other")
    watching.until_found(Finding(str(tmp_path / "series")))


def test_of_listed_files_only_those_count(watching: Watching, tmp_path: Path) -> None:
    """What else is written into the folder is no change."""
    (tmp_path / "mine").write_bytes(b"one")
    watching.watcher.watch([Watched(str(tmp_path), ("mine",))])
    watching.until_looked()
    (tmp_path / "other").write_bytes(b"other")
    watching.until_looked()
    watching.until_looked()
    assert watching.owner.calls.empty()
    (tmp_path / "mine").write_bytes(b"two!")
    watching.until_found(Finding(str(tmp_path)))


def test_the_other_half_of_a_pair_counts(watching: Watching, tmp_path: Path) -> None:
    """Voxels beside their header are part of the file that was opened."""
    header, voxels = tmp_path / "a.mhd", tmp_path / "a.raw"
    header.write_bytes(b"header")
    watching.watcher.watch([_read(header)])
    watching.until_looked()
    voxels.write_bytes(b"voxels")
    watching.until_found(Finding(str(header)))


def test_what_could_not_be_read_is_told_again(
    watching: Watching, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once more after a while, though nothing has changed."""
    monkeypatch.setattr("heatviewer.app.studies.watching._PATIENCE", 0.05)
    path = tmp_path / "a.bin"
    path.write_bytes(b"one")
    watching.watcher.watch([_read(path)])
    watching.watcher.look_again(str(path))
    watching.until_found(Finding(str(path)))


def test_no_thread_before_there_is_something_to_watch_and_none_after(tmp_path: Path) -> None:
    """Nothing watched: no thread. Closed: it has ended, and does not start again."""
    watcher = Watcher(lambda _: None, lambda _: None, _TICK)
    watcher.watch([])
    assert "file-watch" not in [thread.name for thread in threading.enumerate()]
    watcher.watch([Watched(str(tmp_path))])
    assert "file-watch" in [thread.name for thread in threading.enumerate()]
    watcher.close()
    watcher.watch([Watched(str(tmp_path))])
    assert "file-watch" not in [thread.name for thread in threading.enumerate()]
