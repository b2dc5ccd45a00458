"""DICOMDIR: the list of files of a disc (PS3.10 8, PS3.3 F).

Its records are taken as a flat list of file names. Their tree and its byte offsets, which many
writers get wrong, are not needed: the files' own headers say what belongs together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from heatviewer.io.dicom.header import pydicom_quiet
from heatviewer.io.wording import file_names

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from heatviewer.io.progress import Progress


@dataclass(frozen=True)
class Listed:
    """What a DICOMDIR lists.

    Attributes
    ----------
    files : tuple of Path
        Files that are there, each once, in the order listed.
    notes : tuple of str
        What is wrong with the list, a sentence each.
    """

    files: tuple[Path, ...]
    notes: tuple[str, ...] = ()


def listed_files(path: Path, progress: Progress) -> Listed:
    """Return the files that a DICOMDIR lists, relative to its folder and nowhere else.

    A damaged one lists none. Names are found whatever their case, as discs are often copied to
    small letters.
    """
    progress.check()
    folder = path.parent
    inside = folder.resolve()
    files: dict[Path, None] = {}
    missing: list[Path] = []
    outside = 0
    cases: dict[Path, dict[str, Path]] = {}
    for parts in _file_ids(path):
        progress.check()
        if any(part in ("", ".", "..") or set(part) & set("/\\:\0") for part in parts):
            outside += 1
            continue
        found = _find(folder, parts, cases)
        if found is None:
            missing.append(folder.joinpath(*parts))
        elif inside not in found.resolve().parents:
            outside += 1
        else:
            files[found] = None
    notes = []
    if missing:
        are = "file that the DICOMDIR lists is" if len(missing) == 1 else "files that the DICOMDIR lists are"
        notes.append(f"{len(missing)} {are} missing: {file_names(missing)}")
    if outside:
        lead = "name in the DICOMDIR leads" if outside == 1 else "names in the DICOMDIR lead"
        was = "was" if outside == 1 else "were"
        notes.append(f"{outside} {lead} out of its folder and {was} not followed")
    return Listed(tuple(files), tuple(notes))


def _file_ids(path: Path) -> Iterator[tuple[str, ...]]:
    """Yield the Referenced File ID of each record that is in use, as far as the file can be read."""
    from pydicom import dcmread

    with pydicom_quiet():
        try:
            for record in dcmread(path).get("DirectoryRecordSequence") or ():
                value: Any = record.get("ReferencedFileID")
                if value and record.get("RecordInUseFlag") != 0:
                    parts = (value,) if isinstance(value, str) else value
                    yield tuple(str(part).strip() for part in parts)
        except Exception:  # pydicom raises whatever a damaged file provokes; what came before it counts
            return


def _find(folder: Path, parts: tuple[str, ...], cases: dict[Path, dict[str, Path]]) -> Path | None:
    """Return a file by its name, else by its name in other letters; None where there is none."""
    exact = folder.joinpath(*parts)
    if exact.is_file():
        return exact
    here = folder
    for part in parts:
        if here not in cases:
            cases[here] = {one.name.lower(): one for one in here.iterdir()} if here.is_dir() else {}
        found = cases[here].get(part.lower())
        if found is None:
            return None
        here = found
    return here if here.is_file() else None
