"""A look at files every half second: which of them changed, and are whole again. Free of Qt.

Polled, and not asked of the system: that works the same on network folders, on which such questions
stay without answer, and after a file was replaced by a rename.
"""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from heatviewer.app.studies.identity import identity_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from heatviewer.model.source import FileIdentity

#: How often files are looked at, in s.
INTERVAL = 0.5
#: Looking takes at most one part in so many of the time, however slow the disk.
_REST = 20
#: Files and folders that are looked at in a folder; a change of others goes unnoticed.
_MOST_ENTRIES = 5000
#: How long a file that could not be read rests before it is read once more, in s.
_PATIENCE = 1.5
#: What a format keeps beside the file that was opened: the other half of a pair, or its voxels.
_PARTNERS = (".hdr", ".img", ".img.gz", ".raw", ".raw.gz", ".zraw")

#: Time, size and number of every file at a path.
Signature = tuple[tuple[str, int, int, int], ...]


class Watched(NamedTuple):
    """A path to be watched.

    Attributes
    ----------
    path : str
        A file or a folder.
    items : tuple of str
        The files in the folder that count; empty: all.
    identity : FileIdentity or None
        What the file was when it was read: by this a change before the first look is found too.
    """

    path: str
    items: tuple[str, ...] = ()
    identity: FileIdentity | None = None


class Finding(NamedTuple):
    """A path that is another one than it was, or is gone."""

    path: str
    gone: bool = False


_GONE: Signature = ()
_UNREAD: Signature = (("", -1, -1, -1),)


@dataclass
class _Entry:
    """What is known of a path.

    Attributes
    ----------
    known : tuple or None
        What it was when it was told last; None before the first look.
    seen : tuple
        What it was at the last look: a file that is being written differs from look to look.
    due : float or None
        When it is to be told once more, whatever it is then.
    """

    watched: Watched
    known: Signature | None = None
    seen: Signature = field(default=_UNREAD)
    due: float | None = None


class Watcher:
    """Watches paths on a thread of its own, from the first path on until it is closed.

    Attributes
    ----------
    looks : int
        How often all paths have been looked at.

    Parameters
    ----------
    tell : callable
        Gets what was found, a list of `Finding`; called through `post`.
    post : callable
        Calls a function on the owner's thread; is called on the watcher's.
    interval : float
        Seconds between two looks.
    """

    def __init__(
        self,
        tell: Callable[[list[Finding]], object],
        post: Callable[[Callable[[], None]], None],
        interval: float = INTERVAL,
    ) -> None:
        self._tell, self._post, self._interval = tell, post, interval
        self._entries: dict[Watched, _Entry] = {}
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self.looks = 0

    def watch(self, watched: Iterable[Watched]) -> None:
        """Watch these and no others; what was watched already keeps what is known of it."""
        with self._lock:
            kept = {_place(one): entry for one, entry in self._entries.items()}
            self._entries = {one: kept.get(_place(one)) or _Entry(one) for one in watched}
            wanted = bool(self._entries)
        if wanted and self._thread is None and not self._ended.is_set():
            # A look at a network folder that is gone can hang: that must not hold up the program's end.
            self._thread = threading.Thread(target=self._run, name="file-watch", daemon=True)
            self._thread.start()
        self._wake.set()

    def look_again(self, path: str) -> None:
        """Tell a path once more in a while, changed or not: it may have been read while it was written."""
        with self._lock:
            for entry in self._entries.values():
                if entry.watched.path == path:
                    entry.due = time.monotonic() + _PATIENCE

    def close(self) -> None:
        """Watch nothing more, and end the thread."""
        self._ended.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout=2)

    # --- on the watcher's thread -------------------------------------------------------------

    def _run(self) -> None:
        rest: float | None = 0.0
        while not self._ended.is_set():
            self._wake.wait(rest)
            self._wake.clear()
            begun = time.monotonic()
            with self._lock:
                entries = list(self._entries.values())
            findings = [found for entry in entries if (found := self._look(entry)) is not None]
            if findings and not self._ended.is_set():
                self._post(partial(self._give, findings))
            self.looks += 1
            taken = time.monotonic() - begun
            # Nothing to watch: sleep until there is.
            rest = max(self._interval, _REST * taken) if entries else None

    def _give(self, findings: list[Finding]) -> None:
        self._tell(findings)

    def _look(self, entry: _Entry) -> Finding | None:
        """Look at one path; return what is to be told of it."""
        if self._ended.is_set():
            return None
        now = signature(entry.watched.path, entry.watched.items)
        if entry.known is None:
            entry.known = now if now != _GONE and _is_as_read(entry.watched) else _UNREAD
        steady = now == entry.seen
        entry.seen = now
        due = entry.due is not None and time.monotonic() >= entry.due
        if not steady or (now == entry.known and not due):
            return None
        entry.known, entry.due = now, None
        return Finding(entry.watched.path, gone=now == _GONE)


def signature(path: str, items: tuple[str, ...] = ()) -> Signature:
    """Return time, size and number of every file at a path; empty where there is nothing."""
    return tuple(sorted(_stats(path, items)))


def _stats(path: str, items: tuple[str, ...]) -> Iterator[tuple[str, int, int, int]]:
    place = Path(path)
    if items:
        chosen = [place / name for name in items]
    elif place.is_dir():
        chosen = list(_tree(place))
    else:
        stem = Path(place.name.removesuffix(".gz")).stem
        chosen = [place, *(place.with_name(stem + suffix) for suffix in _PARTNERS)]
        if not place.exists():
            return
    for file in chosen:
        try:
            found = file.stat()
        except OSError:
            continue
        yield str(file), found.st_mtime_ns, found.st_size, found.st_ino


def _tree(folder: Path) -> Iterator[Path]:
    """Yield a folder and what is in it and below, up to a number."""
    count = 0
    for parent, folders, files in os.walk(folder):
        folders.sort()
        yield Path(parent)
        for name in sorted(files):
            count += 1
            if count > _MOST_ENTRIES:
                return
            yield Path(parent, name)


def _is_as_read(watched: Watched) -> bool:
    """Return whether a file still is what was read; of folders that is not told by a look."""
    read = watched.identity
    if read is None or watched.items or os.path.isdir(watched.path):
        return True
    now = identity_of(watched.path)
    return now is not None and (now.size, now.digest) == (read.size, read.digest)


def _place(watched: Watched) -> tuple[str, tuple[str, ...]]:
    return watched.path, watched.items
