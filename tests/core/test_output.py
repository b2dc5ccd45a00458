"""Files that appear whole or not at all, and what is said where they cannot."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from heatviewer.core.errors import WriteError
from heatviewer.core.output import whole_file


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
