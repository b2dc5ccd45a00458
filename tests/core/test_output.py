"""Files that appear whole or not at all, and what is said where they cannot."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from heatviewer.core.errors import WriteError
from heatviewer.core.output import part_of, whole_file


def test_a_file_takes_its_name_when_it_is_whole(tmp_path: Path) -> None:
    """Until then the old file is there; folders are made; nothing else is left."""
    path = tmp_path / "a" / "b" / "x.bin"
    for text in (b"old", b"new"):
        with whole_file(path) as file:
            file.write(text)
            assert not path.exists() or path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    assert list(path.parent.iterdir()) == [path]


def test_what_fails_half_way_leaves_the_old_file(tmp_path: Path) -> None:
    """Any exception stops it, and no part is left."""
    path = tmp_path / "x.bin"
    path.write_bytes(b"old")
    with pytest.raises(TypeError), whole_file(path) as file:
        file.writelines([b"half", None])  # type: ignore[list-item]
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("number", "what"),
    [(errno.EACCES, "may not be written to"), (errno.ENOSPC, "has no space left"), (errno.EIO, "cannot be")],
)
def test_the_folder_and_the_reason_are_named(tmp_path: Path, number: int, what: str) -> None:
    """In plain words, whatever the system calls it."""
    with pytest.raises(WriteError) as caught, whole_file(tmp_path / "x.bin"):
        raise OSError(number, "system's words")
    assert str(caught.value).startswith(f"{tmp_path}: {what}")
    assert "system" not in str(caught.value)


def test_a_folder_that_cannot_be_made_names_the_one_above() -> None:
    """Where the system takes no folder, that place is named."""
    with pytest.raises(WriteError, match=r"^/proc: takes no new folder\. "), whole_file("/proc/x/o.bin"):
        pass


def test_a_name_may_be_as_long_as_the_disk_takes(tmp_path: Path) -> None:
    """What it is called while it is written is no longer."""
    path = tmp_path / ("ä" * 127)
    with whole_file(path, durable=True) as file:
        file.write(b"x")
    assert path.read_bytes() == b"x"


def test_a_link_leads_to_the_file_that_is_written(tmp_path: Path) -> None:
    """It stays a link, and the file keeps its rights."""
    real, link = tmp_path / "real", tmp_path / "link"
    real.touch(0o640)
    link.symlink_to(real)
    with whole_file(link) as file:
        file.write(b"x")
    assert link.is_symlink()
    assert (real.read_bytes(), real.stat().st_mode & 0o777) == (b"x", 0o640)


def test_parts_of_another_machine_stay(tmp_path: Path) -> None:
    """On a shared folder a process of another machine may be writing, whose number is nobody's here."""
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        child.wait(60)
    own = part_of(tmp_path / "x")
    ours = own.with_name(own.name.replace(str(os.getpid()), str(child.pid)))
    theirs = tmp_path / f".x.{child.pid}.1.0badcafe.part"
    for part in (theirs, ours):
        part.write_bytes(b"half")
    with whole_file(tmp_path / "x") as file:
        file.write(b"x")
    assert sorted(tmp_path.iterdir()) == sorted([theirs, tmp_path / "x"])


def test_two_writers_of_one_file_do_not_mix(tmp_path: Path) -> None:
    """Each writes a part of its own; the last one that ends is there, whole."""
    path = tmp_path / "x"
    with whole_file(path) as one, whole_file(path) as other:
        one.write(b"one" * 10)
        other.write(b"two")
    assert path.read_bytes() == b"one" * 10
    assert list(tmp_path.iterdir()) == [path]
