"""What a path is by its name alone; imported by commands that read no document."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from heatviewer.documents.places import BACKUP, SUFFIX

if TYPE_CHECKING:
    from pathlib import Path

_SUFFIXES = (SUFFIX, ".json", SUFFIX + BACKUP)


def may_be_document(path: str | Path) -> bool:
    """Return whether a path has the name of a session, its backup, a task or a style; nothing is read."""
    return str(path).lower().endswith(_SUFFIXES) and not os.path.isdir(path)
