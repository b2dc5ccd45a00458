"""The files of a folder, in the order in which people count them."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from heatviewer.io.progress import Progress


def find_files(folder: Path, progress: Progress, *, recursive: bool = True) -> list[Path]:
    """Return a folder's files in natural order.

    Links to folders are not followed, so that they make no circle. Only regular files are taken:
    opening a pipe or a device could wait for ever. Folders within it that may not be read are
    passed over.

    Raises
    ------
    OSError
        The folder itself may not be read.
    Cancelled
        The user stopped it.
    """
    found: list[Path] = []
    waiting = [str(folder)]
    while waiting:
        progress.check()
        here = waiting.pop()
        try:
            with os.scandir(here) as entries:
                inside = sorted(entries, key=lambda entry: natural_key(entry.name))
        except OSError:
            if here == str(folder):
                raise
            continue
        found.extend(Path(entry.path) for entry in inside if _is_file(entry))
        if recursive:
            folders = [entry.path for entry in inside if entry.is_dir(follow_symlinks=False)]
            waiting.extend(reversed(folders))
    return found


def _is_file(entry: os.DirEntry[str]) -> bool:
    """Return whether it is a regular file, or a link to one."""
    try:
        return entry.is_file()
    except OSError:
        return False


def natural_key(name: str) -> tuple[tuple[int, int | str], ...]:
    """Return a sorting key that puts ``im2`` before ``im10``."""
    parts = re.split(r"(\d+)", name.lower())
    return tuple((0, int(part)) if part.isdigit() else (1, part) for part in parts)
