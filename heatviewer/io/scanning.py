"""From a path to everything that it holds: a file, a folder, a ZIP archive or a DICOMDIR."""

from __future__ import annotations

from typing import TYPE_CHECKING

from heatviewer.core.errors import HeatViewerError, MissingFileError, ReadError
from heatviewer.io.containers import is_zip, unpacked
from heatviewer.io.folders import find_files, natural_key
from heatviewer.io.formats import found_in_file
from heatviewer.io.listing import Found, Scan, chosen_of
from heatviewer.io.sniff import READ_HINT, format_of, head_of, stranger

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from heatviewer.io.dicom import Findings
    from heatviewer.io.formats import FileFound
    from heatviewer.io.progress import Progress

_ZIP = "zip"
#: Share of the time that unpacking takes before what was unpacked is looked at.
_UNPACKING = 0.7
#: As DICOM's class of object is told where there is no image: the list of a disc.
_DIRECTORY = "DICOMDIR"


def scan_path(path: Path, steps: Progress, items: Sequence[str] = ()) -> Scan:
    """Tell what a path holds, from headers alone; of a folder perhaps some files, `items`, alone.

    Raises
    ------
    MissingFileError
        The path does not exist.
    ReadError
        There is nothing in it that can be opened; the message says why.
    Cancelled
        The user stopped it.
    """
    steps.at(0.0)
    try:
        if items:
            from heatviewer.io.file_list import scan_list

            return scan_list(path, items, _kind, steps)
        if path.is_dir():
            return _scan_folder(path, steps)
        kind = _kind(path)
        if kind == _ZIP:
            return _scan_archive(path, steps)
        if kind == "dicom":
            return _scan_dicom_file(path, steps)
        found = found_in_file(path, kind, path.name)
        return Scan(path, kind, found, chosen=chosen_of(found))
    except OSError as error:
        raise readable_error(error, path) from None


def readable_error(error: OSError, path: Path) -> HeatViewerError | OSError:
    """Return what the system raised as an error that names the file and a way out."""
    if isinstance(error, HeatViewerError):
        return error
    where = str(error.filename or path.name or path).rsplit("/", 1)[-1][:120]
    if isinstance(error, PermissionError):
        return ReadError(where, "may not be read", "Check its permissions")
    if isinstance(error, FileNotFoundError):
        return MissingFileError(where, "is no longer there", "Open it again where it is now")
    return ReadError(where, f"cannot be read ({error.strerror})", "Check the path and the disk")


def _kind(path: Path) -> str:
    """Return a file's format; raises MissingFileError or ReadError where it has none."""
    if not path.exists():
        raise MissingFileError(str(path), "there is no such file or folder", "Check the path")
    if not path.is_file():
        raise ReadError(path.name, "is neither a file nor a folder", READ_HINT)
    head = head_of(path)
    if is_zip(head):
        return _ZIP
    kind = format_of(head)
    if kind:
        return kind
    from heatviewer.io.nifti import partner

    # The .img half of a pair has no header of its own.
    other = partner(path)
    kind = format_of(head_of(other)) if other is not None else ""
    if kind in ("nifti", "analyze"):
        return kind
    raise ReadError(path.name, stranger(head), READ_HINT)


def _scan_dicom_file(path: Path, steps: Progress) -> Scan:
    """Return the volumes of the series that a DICOM file belongs to, from the files beside it."""
    from heatviewer.io.dicom import scan_files, volumes_in

    own = scan_files([path], steps.part(0.0, 0.05))
    if own.others.get(_DIRECTORY):
        return _scan_directory(path, steps.part(0.05, 1.0))
    for uid, headers in own.images.items():
        others = [file for file in find_files(path.parent, steps, recursive=False) if file.name != path.name]
        headers.extend(scan_files(others, steps.part(0.05, 1.0)).images.get(uid, ()))
        headers.sort(key=lambda header: natural_key(header.path.name))
    found = tuple(volumes_in(own, steps))
    if not found:
        raise ReadError(path.name, _no_image(own), "Open the folder of the images")
    # What the file holds alone comes before what it is a part of: one beam's dose before the sum.
    of_file = tuple(one for one in found if one.info().files == (path,))
    of_file = of_file or tuple(one for one in found if path in one.info().files)
    # A copy of an image that is beside it, or a damaged file of a series whose others are read,
    # is in none of them.
    return Scan(path, "dicom", found, chosen=_chosen_of_file(of_file or found))


def _chosen_of_file(found: tuple[Found, ...]) -> str:
    """Return the first of a file's segments or structures, which come together; else the largest."""
    first = found[0]
    return first.id if first.info().group else chosen_of(found)


def _no_image(findings: Findings) -> str:
    kind = next(iter(findings.others), "")
    return f"is a DICOM file without an image ({kind})" if kind else "is a damaged DICOM file"


def _scan_folder(folder: Path, steps: Progress) -> Scan:
    return _scan_files(Scan(folder, "", (), container="folder"), folder, find_files(folder, steps), steps)


def _scan_archive(path: Path, steps: Progress) -> Scan:
    inside = unpacked(path, steps.part(0.0, _UNPACKING))
    rest = steps.part(_UNPACKING, 1.0)
    empty = Scan(path, "", (), inside.notes, container="archive", root=inside.folder)
    return _scan_files(empty, inside.folder, find_files(inside.folder, rest), rest)


def _scan_directory(path: Path, steps: Progress) -> Scan:
    """Return what a DICOMDIR lists; of one without a usable file, what the folder holds."""
    from heatviewer.io.dicom.dicomdir import listed_files

    listed = listed_files(path, steps)
    if listed.files:
        try:
            empty = Scan(path, "", (), listed.notes, container=_DIRECTORY)
            return _scan_files(empty, path.parent, listed.files, steps)
        except ReadError:
            pass
    note = "the DICOMDIR lists no image that can be opened; all files in its folder were looked at instead"
    files = [file for file in find_files(path.parent, steps) if file != path]
    empty = Scan(path, "", (), (*listed.notes, note), container=_DIRECTORY)
    return _scan_files(empty, path.parent, files, steps)


def _scan_files(empty: Scan, root: Path, files: Sequence[Path], steps: Progress) -> Scan:
    """Return a scan filled with the volumes that files make, which lie below `root`."""
    from heatviewer.io.dicom import scan_files, volumes_in

    findings = scan_files(files, steps)
    images = tuple(volumes_in(findings, steps))
    others, problems = _in_files(root, findings.volumes)
    found = (*images, *others)
    notes = (*empty.warnings, *findings.notes(), *problems)
    if not found:
        listed = "; ".join(notes) if files or notes else "it is empty"
        where = empty.path.name or str(empty.path)
        raise ReadError(where, f"the {empty.container} holds no image ({listed})", READ_HINT)
    readable = any(one.info().readable for one in images)
    kind = "dicom" if images else others[0].format
    chosen = chosen_of(images if readable or not others else others)
    return Scan(empty.path, kind, found, notes, chosen, empty.container, empty.root)


def _in_files(root: Path, paths: Sequence[Path]) -> tuple[tuple[FileFound, ...], list[str]]:
    """Return the volumes of a folder's other files, and a sentence for each that cannot be read."""
    found: list[FileFound] = []
    problems = []
    for path in paths:
        try:
            found.extend(found_in_file(path, _kind(path), path.relative_to(root).as_posix()))
        except ReadError as error:
            problems.append(f"{error.where} {error.what}")
    return tuple(found), problems
