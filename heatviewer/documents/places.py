"""Paths as documents write them. Nothing here looks at the disk."""

from __future__ import annotations

import os
import re

#: What a session's name ends with, and what the version before it has after that.
SUFFIX, BACKUP = ".hvs", ".bak"
#: What a layer's source begins with that the program makes itself, with no file.
MADE = "heatviewer:"


def is_made(path: str) -> bool:
    """Return whether a path names no file, but something that the program makes itself."""
    return path.startswith(MADE)


def is_address(path: str) -> bool:
    """Return whether a path names something on another machine: a URL, or a network share."""
    return bool(re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", path)) or path.startswith(("\\\\", "//"))


def is_absolute(path: str) -> bool:
    """Return whether a path needs no folder to start from: also another system's, or an address."""
    starts = path.startswith(("/", "\\", "~")) or bool(re.match(r"[A-Za-z]:", path))
    return starts or is_address(path) or is_made(path)


def relative_to(path: str, folder: str | None) -> str:
    """Return a path from a folder, with slashes; empty where there is no way, or it is no local path."""
    if not path or folder is None or is_address(path) or is_made(path):
        return ""
    try:
        found = os.path.relpath(path, folder).replace(os.sep, "/")
    except ValueError:  # on another drive
        return ""
    # A file's own name may look like a drive or a home folder.
    return f"./{found}" if is_absolute(found) else found


def climbs(relative: str) -> bool:
    """Return whether a relative path leads out of the folder that it starts from."""
    return os.path.normpath(relative.replace("\\", "/")).split(os.sep)[0] == ".."


def file_name(path: str) -> str:
    """Return a path's last part, on whatever system it was written."""
    return path.replace("\\", "/").rstrip("/").rpartition("/")[2]
