"""Files to volumes. The reader is chosen by what a file holds, never by its name.

Importing this package imports neither nibabel nor pydicom; each comes with the first file that
needs it.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from heatviewer.core.errors import MissingFileError, ReadError
from heatviewer.io.listing import Scan, SeriesInfo
from heatviewer.io.progress import Progress
from heatviewer.io.sniff import format_of, head_of, stranger

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from heatviewer.core.volume import Volume
    from heatviewer.io.dicom import Findings
    from heatviewer.io.dicom.series import Stack

__all__ = ["Progress", "Scan", "SeriesInfo", "open_listed", "open_volume", "scan"]

#: Share of the time that headers take when a folder of DICOM is opened.
_HEADERS = 0.4


def open_volume(
    path: str | Path,
    *,
    series: str | None = None,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Volume:
    """Read one volume.

    Parameters
    ----------
    path : str or Path
        A NIfTI or Analyze file, a DICOM file (its whole series in that folder is read), or a
        folder.
    series : str, optional
        Which volume of a folder: a SeriesInstanceUID or a ``SeriesInfo.id``; by default the
        largest one, DICOM before NIfTI, with a warning where there are others.
    progress : callable, optional
        Gets the fraction done, 0 … 1, never falling; on the caller's thread.
    cancelled : callable, optional
        Asked every few milliseconds; when it is true the work stops.

    Raises
    ------
    MissingFileError
        The path does not exist.
    ReadError
        It cannot be read; the message names the file and a way out.
    Cancelled
        The user stopped it.
    """
    path = Path(path)
    steps = Progress(progress, cancelled, path.name)
    steps.at(0.0)
    try:
        if path.is_dir():
            return _open_folder(path, series, steps)
        if _kind(path) == "dicom":
            return _open_dicom_file(path, series, steps)
        from heatviewer.io.nifti import open_nifti

        _refuse_series(path, series)
        return open_nifti(path, steps)
    except PermissionError as error:
        raise ReadError(
            Path(error.filename or path).name, "may not be read", "Check its permissions"
        ) from None


def scan(
    path: str | Path,
    *,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Scan:
    """Tell what a file or folder holds, from headers alone; parameters and errors as `open_volume`.

    A folder lists every DICOM series in it and below, and every NIfTI file.
    """
    path = Path(path)
    steps = Progress(progress, cancelled, path.name)
    steps.at(0.0)
    if path.is_dir():
        return _scan_folder(path, steps)
    kind = _kind(path)
    if kind == "dicom":
        stacks = _stacks_around(path, steps)
        return Scan(path, "dicom", tuple(stack.info() for stack in stacks))
    from heatviewer.io.nifti import list_nifti

    return Scan(path, kind, (list_nifti(path, path.name),))


def open_listed(
    info: SeriesInfo,
    *,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Volume:
    """Read one volume of a `Scan` from its own files, without looking through the folder again.

    Parameters and errors as `open_volume`.
    """
    steps = Progress(progress, cancelled, info.files[0].name)
    if _kind(info.files[0]) != "dicom":
        from heatviewer.io.nifti import open_nifti

        return open_nifti(info.files[0], steps)
    from heatviewer.io.dicom import open_stack, scan_files, stacks_in

    stacks = stacks_in(scan_files(info.files, steps.part(0.0, _HEADERS)))
    # Alone, the second volume of a series is its first.
    return open_stack(_with_id(stacks, info.id) or stacks[0], steps.part(_HEADERS, 1.0))


def _kind(path: Path) -> str:
    """Return a file's format; raises MissingFileError or ReadError where it has none."""
    if not path.exists():
        raise MissingFileError(str(path), "there is no such file or folder", "Check the path")
    head = head_of(path)
    kind = format_of(head)
    if kind:
        return kind
    from heatviewer.io.nifti import partner

    # The .img half of a pair has no header of its own.
    other = partner(path)
    kind = format_of(head_of(other)) if other is not None else ""
    if kind in ("nifti", "analyze"):
        return kind
    raise ReadError(path.name, stranger(head), "NIfTI files and DICOM series can be opened")


def _refuse_series(path: Path, series: str | None) -> None:
    if series is not None and series != path.name:
        raise ReadError(path.name, f"holds no series {series}", "Leave out the series")


def _open_dicom_file(path: Path, series: str | None, steps: Progress) -> Volume:
    from heatviewer.io.dicom import open_stack, stack_with

    stacks = _stacks_around(path, steps.part(0.0, _HEADERS))
    chosen = stack_with(stacks, path) if series is None else _with_id(stacks, series)
    if chosen is None and series is None:
        # A copy of an image that is beside it, or a damaged file of a series whose others are read.
        chosen = stacks[0]
    if chosen is None:
        raise ReadError(path.name, f"holds no series {series}", "See heatviewer info for the series")
    return open_stack(chosen, steps.part(_HEADERS, 1.0))


def _stacks_around(path: Path, steps: Progress) -> list[Stack]:
    """Return the volumes of the series that a DICOM file belongs to, from the files beside it."""
    from heatviewer.io.dicom import scan_files, stacks_in
    from heatviewer.io.dicom.scan import find_files

    own = scan_files([path], steps.part(0.0, 0.05))
    if not own.images:
        raise ReadError(path.name, _no_image(own), "Open the folder of the images")
    uid = next(iter(own.images))
    beside = (
        scan_files(find_files(path.parent, steps, recursive=False), steps.part(0.05, 1.0)) if uid else own
    )
    beside.images = {uid: beside.images.get(uid) or own.images[uid]}
    return stacks_in(beside)


def _no_image(findings: Findings) -> str:
    kind = next(iter(findings.others), "")
    return f"is a DICOM file without an image ({kind})" if kind else "is a damaged DICOM file"


def _open_folder(folder: Path, series: str | None, steps: Progress) -> Volume:
    from heatviewer.io.dicom import open_stack, stacks_in

    findings = _findings(folder, steps.part(0.0, _HEADERS))
    stacks = stacks_in(findings)
    rest = steps.part(_HEADERS, 1.0)
    if series is not None:
        chosen = _with_id(stacks, series)
        if chosen is not None:
            return open_stack(chosen, rest)
    elif any(not stack.problem for stack in stacks) or (stacks and not findings.volumes):
        # The readable ones first; max keeps the first of equals, so names decide only between them.
        chosen = max(stacks, key=lambda s: (not s.problem, s.info().voxels))
        others = len(stacks) - 1 + len(_list_volumes(folder, findings)[0])
        return _of_several(open_stack(chosen, rest), f"series {chosen.id}", others)
    return _open_volume_file(folder, findings, series, rest)


def _open_volume_file(folder: Path, findings: Findings, series: str | None, steps: Progress) -> Volume:
    """Open a folder's NIfTI file: the wanted one, else the largest."""
    from heatviewer.io.nifti import open_nifti

    listed, problems = _list_volumes(folder, findings)
    wanted = [info for info in listed if series is None or info.id == series]
    if wanted:
        largest = max(wanted, key=lambda info: info.voxels)
        return _of_several(open_nifti(largest.files[0], steps), f"the file {largest.id}", len(wanted) - 1)
    if series is not None:
        raise ReadError(folder.name, f"holds no series {series}", "See heatviewer info for the series")
    raise ReadError(folder.name, problems[0] if problems else "holds no image", "Choose another folder")


def _of_several(volume: Volume, taken: str, others: int) -> Volume:
    """Return a folder's volume, with a warning where the folder holds others that nobody chose among."""
    if not others:
        return volume
    count = "another volume" if others == 1 else f"{others} other volumes"
    text = (
        f"is one of several: the folder holds {count}, and {taken} was taken; choose with "
        "--series ID ('heatviewer info' lists them), or open the file itself"
    )
    return replace(volume, warnings=(text, *volume.warnings))


def _findings(folder: Path, steps: Progress) -> Findings:
    """Return what a folder's files are; raises ReadError where none is a volume."""
    from heatviewer.io.dicom import scan_files
    from heatviewer.io.dicom.scan import find_files

    files = find_files(folder, steps)
    findings = scan_files(files, steps)
    if not findings.images and not findings.volumes:
        found = "; ".join(findings.notes()) if files else "it is empty"
        where = folder.name or str(folder)
        raise ReadError(
            where, f"the folder holds no image ({found})", "NIfTI files and DICOM series can be opened"
        )
    return findings


def _scan_folder(folder: Path, steps: Progress) -> Scan:
    from heatviewer.io.dicom import stacks_in

    findings = _findings(folder, steps)
    stacks = stacks_in(findings)
    volumes, problems = _list_volumes(folder, findings)
    found = (*(stack.info() for stack in stacks), *volumes)
    first = "dicom" if stacks else _kind(volumes[0].files[0]) if volumes else "nifti"
    return Scan(folder, first, found, (*findings.notes(), *problems))


def _list_volumes(folder: Path, findings: Findings) -> tuple[list[SeriesInfo], list[str]]:
    """Return the NIfTI files of a folder, and a sentence for each that cannot be read."""
    from heatviewer.io.nifti import list_nifti

    listed, problems = [], []
    for path in findings.volumes:
        try:
            listed.append(list_nifti(path, path.relative_to(folder).as_posix()))
        except ReadError as error:
            problems.append(f"{error.where} {error.what}")
    return listed, problems


def _with_id(stacks: Sequence[Stack], series: str) -> Stack | None:
    return next((stack for stack in stacks if stack.id == series), None)
