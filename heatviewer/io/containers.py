"""ZIP archives: unpacked once into a private folder, whatever they claim or try.

An archive is unpacked whole, because readers map and seek in their files. What it says of itself is
not believed: names that lead out of the folder, links and devices are left out, and neither its
entries nor its size can exhaust memory or the disk.
"""

from __future__ import annotations

import atexit
import errno
import os
import re
import shutil
import stat
import struct
import tempfile
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from heatviewer.core.errors import ReadError
from heatviewer.io.sniff import HEAD_BYTES, format_of
from heatviewer.io.wording import listed

if TYPE_CHECKING:
    from zipfile import ZipFile, ZipInfo

    from heatviewer.io.progress import Progress

#: How a ZIP archive begins; the second is one without entries.
_MAGIC: Final = (b"PK\x03\x04", b"PK\x05\x06")
_MOST_ENTRIES: Final = 100_000
#: Bytes of the table of entries that are looked at: 100,000 entries with long names take some 20 MB.
_MOST_TABLE: Final = 32 << 20
#: An archive may always unpack to this much; to more only if that is no more than so many times its
#: size. Images pack to a half or a tenth; deflate's limit, which a bomb comes near, is 1032 times.
_ALLOWED_BYTES: Final = 2 << 30
_ALLOWED_RATIO: Final = 200
#: Bytes copied between two looks at the stop button.
_CHUNK: Final = 1 << 20
#: Bytes of the end record that large archives have in front of the plain one, and of what leads to it.
_WIDE: Final = 56 + 20
_ENTRY, _END, _END_64 = b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06"
_ENCRYPTED: Final = 1
_NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT)
_UNIX: Final = 3


@dataclass
class Unpacked:
    """An archive's files.

    Attributes
    ----------
    folder : Path
        Where they are; it lasts as long as the process.
    notes : tuple of str
        What was left out, a sentence each.
    """

    folder: Path
    notes: tuple[str, ...] = ()


@dataclass
class _Left:
    """Entries that are not unpacked, by reason."""

    unsafe: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    nested: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def notes(self) -> tuple[str, ...]:
        reasons = (
            (self.unsafe, "with a name or kind that is not safe to unpack"),
            (self.twice, "whose names others have"),
            (self.nested, "that are archives themselves; unpack and open them by themselves"),
            (self.failed, "that are damaged or packed in a way that is not read"),
        )
        return tuple(f"entries left out {why}: {_listed(names)}" for names, why in reasons if names)


_KEPT: dict[tuple[str, int, int], Unpacked] = {}
_LOCK = threading.Lock()


def is_zip(head: bytes) -> bool:
    """Return whether first bytes are those of a ZIP archive that is no array of NumPy's (.npz)."""
    return head.startswith(_MAGIC) and format_of(head) != "array"


def unpacked(path: Path, progress: Progress) -> Unpacked:
    """Unpack an archive, or return the folder it is unpacked in already.

    Raises
    ------
    ReadError
        It is damaged, encrypted, or too large for the disk, or claims absurd sizes.
    Cancelled
        The user stopped it; nothing is left then.
    """
    found = path.stat()
    key = str(path.resolve()), found.st_mtime_ns, found.st_size
    while not _LOCK.acquire(timeout=0.05):
        progress.check()
    try:
        if key not in _KEPT:
            _KEPT[key] = _unpack(path, progress)
        return _KEPT[key]
    finally:
        _LOCK.release()


def _unpack(path: Path, progress: Progress) -> Unpacked:
    from zipfile import BadZipFile, ZipFile

    with path.open("rb") as file:
        _check_table(file, path)
        try:
            with ZipFile(file) as archive:
                return _into_folder(archive, path, progress)
        except (BadZipFile, NotImplementedError, UnicodeDecodeError, struct.error) as error:
            detail = "" if isinstance(error, UnicodeDecodeError | struct.error) else f" ({error})"
            raise _damaged(path, f"is a damaged ZIP archive{detail}") from None


def _check_table(file: BinaryIO, path: Path) -> None:
    """Refuse an archive without its table of entries, or with an absurd one, before it is read."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(size - (1 << 16) - 22 - _WIDE, 0))
    tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < 22:
        raise _damaged(path, "is cut short: a ZIP archive's table of entries, at its end, is missing")
    length = struct.unpack("<I", tail[at + 12 : at + 16])[0]
    end = size - (len(tail) - at)
    wide = tail[at - _WIDE : at] if at >= _WIDE else b""
    if wide.startswith(_END_64):
        length, end = struct.unpack("<Q", wide[40:48])[0], end - _WIDE
    file.seek(max(end - length, 0))
    table = file.read(min(length, _MOST_TABLE))
    if length > _MOST_TABLE or table.count(_ENTRY) > _MOST_ENTRIES:
        what = f"is a ZIP archive of more than {_MOST_ENTRIES:,} files"
        raise ReadError(path.name, what, "Unpack it, and open the folder of the images")


def _into_folder(archive: ZipFile, path: Path, progress: Progress) -> Unpacked:
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if any(entry.flag_bits & _ENCRYPTED for entry in entries):
        raise ReadError(
            path.name, "is an encrypted ZIP archive", "Unpack it with its password, and open the folder"
        )
    total = sum(entry.file_size for entry in entries)
    _check_size(total, path)
    folder = Path(tempfile.mkdtemp(prefix="heatviewer-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    left, done = _Left(), 0
    try:
        for entry in entries:
            part = progress.part(done / max(total, 1), (done + entry.file_size) / max(total, 1))
            _extract(archive, entry, folder, left, part)
            done += entry.file_size
    except BaseException as error:
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            raise _no_room(path, str(folder.parent)) from None
        raise
    progress.at(1.0)
    return Unpacked(folder, left.notes())


def _check_size(total: int, path: Path) -> None:
    """Refuse what would fill the disk, and what nothing but a bomb packs so small."""
    if total > max(_ALLOWED_BYTES, _ALLOWED_RATIO * path.stat().st_size):
        what = f"is a ZIP archive that would unpack to {_size(total)} from {_size(path.stat().st_size)}"
        raise ReadError(path.name, what, "Unpack it yourself if you trust it, and open the folder")
    place = tempfile.gettempdir()
    if total > shutil.disk_usage(place).free // 2:
        raise _no_room(path, place)


def _extract(archive: ZipFile, entry: ZipInfo, folder: Path, left: _Left, progress: Progress) -> None:
    """Unpack one entry, or note why not."""
    target = _target(entry, folder)
    if target is None:
        left.unsafe.append(entry.filename)
        return
    if os.path.lexists(target):
        left.twice.append(entry.filename)
        return
    try:
        with archive.open(entry) as source:
            piece = source.read(_CHUNK)
            if is_zip(piece[:HEAD_BYTES]):
                left.nested.append(entry.filename)
                return
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("xb") as out:
                while piece:
                    progress.at(out.tell() / max(entry.file_size, 1))
                    out.write(piece)
                    piece = source.read(_CHUNK)
    except _broken_streams() as error:
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            raise
        with suppress(OSError):
            target.unlink(missing_ok=True)
        left.failed.append(entry.filename)


def _broken_streams() -> tuple[type[Exception], ...]:
    """Return what an entry provokes that is damaged, or packed in a way that is not known."""
    from lzma import LZMAError
    from zipfile import BadZipFile
    from zlib import error

    return OSError, NotImplementedError, BadZipFile, EOFError, error, LZMAError, ValueError, struct.error


def _target(entry: ZipInfo, folder: Path) -> Path | None:
    """Return where an entry belongs; None for a name or kind that is not safe."""
    mode = entry.external_attr >> 16 if entry.create_system == _UNIX else 0
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return None
    name = entry.filename.replace("\\", "/")
    parts = name.split("/")
    if not name or re.match("[A-Za-z]:", name) or any(part in ("", ".", "..") for part in parts):
        return None
    if any(ord(letter) < 32 for letter in name) or any(len(os.fsencode(part)) > 255 for part in parts):
        return None
    return folder.joinpath(*parts)


def _listed(names: list[str]) -> str:
    return listed(["".join(c if c.isprintable() else "?" for c in name[-80:]) for name in names])


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{max(count / 1e6, 0.1):.1f} MB"


def _damaged(path: Path, what: str) -> ReadError:
    return ReadError(path.name, what, "Copy or download it again")


def _no_room(path: Path, place: str) -> ReadError:
    what = f"is a ZIP archive for which {place} has not enough space"
    return ReadError(
        path.name, what, "Free some, set TMPDIR to a larger disk, or unpack it and open the folder"
    )
