"""What a file is: enough of it to know it again, and little enough to be asked for whenever one is read."""

from __future__ import annotations

import hashlib
import os
import stat
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from heatviewer.model.source import FileIdentity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_ENDS = 64 * 1024
#: Files of a folder that are looked at; more is no series.
_MOST_FILES = 20_000
#: What people keep beside a study's files, a session above all: no part of the study. Pictures and maps
#: neither where the study is DICOM.
_BESIDE = frozenset(
    (".hvs", ".bak", ".part", ".json", ".csv", ".tsv", ".txt", ".md", ".log", ".pdf", ".svg", ".mp4")
)

_PICTURES = frozenset((".png", ".jpg", ".jpeg", ".gif", ".tif", ".tiff", ".nii", ".gz"))


def identity_of(
    path: str | Path, series: str | None = None, items: Sequence[str] = (), files: Sequence[Path] = ()
) -> FileIdentity | None:
    """Return what a layer's files are now; None where they cannot be looked at.

    Parameters
    ----------
    path : path
        A file or a folder.
    series : str, optional
        DICOM's UID or another id of a volume within the path; without it the first file tells its UID.
    items : sequence of str
        Names within the folder, where the layer is made of some of its files alone.
    files : sequence of Path
        The layer's files, where they are known; otherwise all in the folder and below.
    """
    place = Path(path)
    try:
        if place.is_dir():
            chosen = [place / name for name in items] or list(files) or _of_one_kind(_files_in(place))
        else:
            chosen = [place]
        chosen.sort()
        found = [os.stat(file) for file in chosen]
        if not chosen or not all(stat.S_ISREG(one.st_mode) for one in found):
            return None
        sizes = [one.st_size for one in found]
        digest = _digest(chosen, sizes)
    except (OSError, ValueError):
        return None
    uid = _uid(series) or series_uid_of(chosen[0])
    return FileIdentity(files=len(chosen), size=sum(sizes), digest=digest, series_uid=uid)


def same_files(one: FileIdentity | None, other: FileIdentity | None) -> bool:
    """Return whether two identities are known and of the same files."""
    if one is None or other is None or not one.digest:
        return False
    return (one.files, one.size, one.digest) == (other.files, other.size, other.digest)


def _files_in(folder: Path) -> list[Path]:
    """Return a folder's files and those below, without what people keep beside them."""
    return list(islice(_walked(folder), _MOST_FILES))


def _walked(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = os.path.join(place, name)
            beside = name.startswith(".") or os.path.splitext(name)[1].lower() in _BESIDE
            if not beside and os.path.isfile(path):
                yield Path(path)


def _of_one_kind(files: list[Path]) -> list[Path]:
    """Return files without the pictures and maps among them, where the others are DICOM."""
    others = [file for file in files if file.suffix.lower() not in _PICTURES]
    dicom = len(others) < len(files) and others and series_uid_of(others[0])
    return others if dicom else files


def series_uid_of(path: str | Path) -> str:
    """Return the SeriesInstanceUID that a file states; empty for what is no DICOM."""
    from heatviewer.io.dicom.elements import text
    from heatviewer.io.dicom.file_elements import DAMAGE, read_with

    with suppress(*DAMAGE):
        with open(path, "rb") as file:
            if file.read(132)[128:] != b"DICM":
                return ""
        return _uid(read_with(Path(path), lambda elements: text(elements, "SeriesInstanceUID")))
    return ""


def _digest(files: Sequence[Path], sizes: Sequence[int]) -> str:
    summed = hashlib.blake2b(repr(list(sizes)).encode(), digest_size=16)
    for n in sorted({0, len(files) // 2, len(files) - 1}):
        with files[n].open("rb") as opened:
            summed.update(opened.read(_ENDS))
            opened.seek(max(_ENDS, sizes[n] - _ENDS))
            summed.update(opened.read(_ENDS))
    return summed.hexdigest()


def _uid(series: str | None) -> str:
    """Return DICOM's UID of a series id, which may have a number after it; empty for other ids."""
    uid = (series or "").partition("#")[0]
    return uid if uid.replace(".", "").isdigit() and "." in uid and len(uid) <= 64 else ""
