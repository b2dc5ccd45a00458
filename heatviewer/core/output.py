"""Files that appear whole or not at all."""

from __future__ import annotations

import errno
import os
import re
import zlib
from contextlib import contextmanager, suppress
from itertools import count
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
    errno.EFBIG: _FULL,
    errno.ENAMETOOLONG: ("is too long a name", "Name a shorter path"),
}


#: Of a long name only this much is in the name of its part, so that that is not too long.
_NAME = 40
_numbers = count(1)
#: Processes of two machines that share a folder may have one number.
_MACHINE = f"{zlib.crc32((os.uname().nodename if hasattr(os, 'uname') else '').encode()):08x}"


@contextmanager
def whole_file(path: str | Path, durable: bool = False) -> Iterator[BinaryIO]:
    """Give a file to write to that takes its name once it is whole; its folders are made.

    Where the path is a link, the file that it leads to is replaced and the link stays. A file that is
    replaced hands on its rights. Parts that a process left which has died are taken away.

    Parameters
    ----------
    durable : bool
        Return only when the file is on the disk, so that it survives a power cut.

    Raises
    ------
    WriteError
        Naming the folder, or the file, that could not be written; the target is then as it was.
    """
    path = Path(os.path.realpath(path)) if os.path.islink(path) else Path(path)
    _make_folder(path.parent)
    remove_stale_parts(path)
    part = part_of(path)
    try:
        with part.open("wb") as file:
            yield file
            if durable:
                file.flush()
                os.fsync(file.fileno())
        if path.is_dir():
            raise WriteError(path.name, "is a folder", "Name a file in it")
        with suppress(OSError):
            part.chmod(path.stat().st_mode & 0o777)
        part.replace(path)
        if durable:
            _keep_names(path.parent)
    except OSError as error:
        if isinstance(error, WriteError):
            raise
        raise _write_error(path.parent, error) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def part_of(path: Path) -> Path:
    """Return what a file is called while this process writes it; another name at every call."""
    return path.with_name(f"{_part_start(path)}{os.getpid()}.{next(_numbers)}.{_MACHINE}.part")


def _part_start(path: Path) -> str:
    return f".{path.name[:_NAME]}."


def remove_stale_parts(path: Path) -> None:
    """Take away the parts of a file whose processes have died before they were whole.

    Those of other machines stay: from here nobody can tell whether they are being written.
    """
    name = re.compile(re.escape(_part_start(path)) + rf"(\d+)(\.\d+)?(\.{_MACHINE})?\.part")
    with suppress(OSError), os.scandir(path.parent) as entries:
        for entry in entries:
            found = name.fullmatch(entry.name)
            if found is not None and not _lives(int(found[1])):
                with suppress(OSError):
                    os.unlink(entry.path)


def _lives(process: int) -> bool:
    """Return whether a process may still write."""
    if os.name == "nt":
        return False  # there a file that is being written cannot be taken away
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def _keep_names(folder: Path) -> None:
    """Write a folder's names to the disk, where the system can."""
    with suppress(OSError):
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


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
