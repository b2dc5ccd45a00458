"""Files that appear whole or not at all."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from heatviewer.core.errors import WriteError

if TYPE_CHECKING:
    from collections.abc import Iterator

_NO_RIGHT = ("may not be written to", "Name another folder, or get the right to write there")
_FULL = ("has no space left", "Free some, or name a folder on another disk")
_REASONS = {
    errno.EACCES: _NO_RIGHT,
    errno.EPERM: _NO_RIGHT,
    errno.EROFS: ("can only be read", "Name another folder"),
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.ENAMETOOLONG: ("is too long a name", "Name a shorter path"),
}


@contextmanager
def whole_file(path: str | Path) -> Iterator[BinaryIO]:
    """Give a file to write to that takes its name once it is whole; its folders are made.

    Raises
    ------
    WriteError
        Naming the folder, or the file, that could not be written; the target is then as it was.
    """
    path = Path(path)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    _make_folder(path.parent)
    try:
        with part.open("wb") as file:
            yield file
        if path.is_dir():
            raise WriteError(path.name, "is a folder", "Name a file in it")
        part.replace(path)
    except OSError as error:
        if isinstance(error, WriteError):
            raise
        raise _write_error(path.parent, error) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _make_folder(folder: Path) -> None:
    """Make a folder and those above it; WriteError names the one that stands in the way."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        above = next((p for p in (folder, *folder.parents) if os.path.lexists(p)), folder)
        if not above.is_dir():
            raise WriteError(
                str(above), "is a file where a folder is needed", "Name another folder"
            ) from error
        raise _write_error(above, error, "takes no new folder") from error


def _write_error(folder: Path, error: OSError, otherwise: str = "cannot be written to") -> WriteError:
    """Return why a folder does not take a file, in plain words."""
    what, hint = _REASONS.get(error.errno or 0, (otherwise, "Name another folder"))
    return WriteError(str(folder), what, hint)
