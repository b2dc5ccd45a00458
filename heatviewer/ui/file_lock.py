"""A lock beside a file, which says that a window has it open; one that a dead process left is taken over."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QLockFile

#: A lock that says nothing about its owner for so long, in s, never will.
_WRITTEN_S = 10.0


def lock_beside(path: str | Path) -> Path:
    """Return where the lock of a session lies: hidden, in the same folder."""
    place = Path(path)
    return place.with_name(f".{place.name}.lock")


class FileLock:
    """Holds one lock at a time.

    Attributes
    ----------
    path : Path or None
        The lock that is held; None while there is none.
    """

    def __init__(self) -> None:
        self._lock: QLockFile | None = None
        self.path: Path | None = None

    def hold(self, path: Path) -> str:
        """Let go of what is held and take a lock; return who else has it, empty for nobody.

        Where no lock can be made (a folder that is read only) nothing is held, and that is no error.
        """
        if self.path == path:
            return ""
        self.release()
        lock, held = _try_lock(path)
        if held:
            self._lock, self.path = lock, path
            return ""
        return _holder_of(lock)

    def holder_of(self, path: Path) -> str:
        """Return who has a lock, empty for nobody or for this one; nothing changes."""
        if self.path == path or not os.path.exists(path):
            return ""
        lock, held = _try_lock(path)
        if held:
            lock.unlock()
            return ""
        return _holder_of(lock)

    def release(self) -> None:
        """Let go of what is held."""
        if self._lock is not None:
            self._lock.unlock()
        self._lock = self.path = None


def _try_lock(path: Path) -> tuple[QLockFile, bool]:
    """Return a lock and whether it could be taken."""
    lock = QLockFile(str(path))
    # Sessions stay open for days: only the end of its process makes a lock stale.
    lock.setStaleLockTime(0)
    held = lock.tryLock(0)
    if not held and not lock.getLockInfo()[0] and _is_left_empty(path):
        with suppress(OSError):
            path.unlink()
        held = lock.tryLock(0)
    return lock, held


def _is_left_empty(path: Path) -> bool:
    """Return whether a lock tells of nobody, for longer than it takes to write it: its disk was full."""
    try:
        return time.time() - path.stat().st_mtime > _WRITTEN_S
    except OSError:
        return False


def _holder_of(lock: QLockFile) -> str:
    """Return in words who holds a lock that could not be had; empty where none can be made."""
    if lock.error() != QLockFile.LockError.LockFailedError:
        return ""
    process, host, _program = lock.getLockInfo()
    if not process:
        return "another program"
    if process == os.getpid():
        return "of this program"
    return f"process {process} on {host}" if host else f"process {process}"
