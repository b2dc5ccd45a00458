"""From files to series: every image's header, gathered by SeriesInstanceUID."""

from __future__ import annotations

import os
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from heatviewer.io.dicom.header import NotAnImage, SliceHeader, pydicom_quiet, read_header
from heatviewer.io.sniff import format_of, head_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from heatviewer.io.progress import Progress

#: Threads that read headers. Python's own work is serial, so on a local disk four are as fast as
#: one; on a network share they wait for the server side by side.
_THREADS: Final = 4
#: Files handed to the threads between two looks at the stop button.
_BATCH: Final = 32


@dataclass
class Findings:
    """What the files of a folder are.

    Attributes
    ----------
    images : dict
        SeriesInstanceUID to headers, in the order found.
    volumes : list of Path
        NIfTI and Analyze files.
    others : Counter
        DICOM objects without pixels, by kind (a modality such as ``"SR"``).
    bad : list of Path
        Files that begin as DICOM but cannot be read.
    ignored : int
        Files that are none of these.
    """

    images: dict[str, list[SliceHeader]] = field(default_factory=dict)
    volumes: list[Path] = field(default_factory=list)
    others: Counter[str] = field(default_factory=Counter)
    bad: list[Path] = field(default_factory=list)
    ignored: int = 0

    def notes(self) -> tuple[str, ...]:
        """Return what was left out, a sentence each."""
        notes = []
        if self.bad:
            notes.append(f"{_count(len(self.bad), 'damaged DICOM file')} left out: {names(self.bad)}")
        if self.others:
            kinds = ", ".join(f"{n} × {kind}" for kind, n in sorted(self.others.items()))
            notes.append(f"DICOM objects without an image left out: {kinds}")
        if self.ignored:
            notes.append(f"{_count(self.ignored, 'file')} of no known format left out")
        return tuple(notes)


def find_files(folder: Path, progress: Progress, *, recursive: bool = True) -> list[Path]:
    """Return a folder's files in natural order; links to folders are not followed."""
    found: list[Path] = []
    for root, folders, files in os.walk(folder):
        progress.check()
        folders.sort(key=natural_key)
        found.extend(Path(root, name) for name in sorted(files, key=natural_key))
        if not recursive:
            break
    return found


def natural_key(name: str) -> tuple[tuple[int, int | str], ...]:
    """Return a sorting key that puts ``im2`` before ``im10``."""
    parts = re.split(r"(\d+)", name.lower())
    return tuple((0, int(part)) if part.isdigit() else (1, part) for part in parts)


def scan_files(files: Sequence[Path], progress: Progress) -> Findings:
    """Read the headers of files of any kind.

    Raises
    ------
    Cancelled
        The user stopped it.
    """
    findings = Findings()
    with pydicom_quiet(), ThreadPoolExecutor(_THREADS) as pool:
        for start in range(0, len(files), _BATCH):
            progress.at(start / len(files))
            batch = files[start : start + _BATCH]
            for path, found in zip(batch, pool.map(_look_at, batch), strict=True):
                _note(findings, path, found)
    progress.at(1.0)
    return findings


def names(paths: Sequence[Path], most: int = 5) -> str:
    """Return some files' names for a message."""
    shown = ", ".join(path.name for path in paths[:most])
    return f"{shown} and {len(paths) - most} more" if len(paths) > most else shown


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}{'' if n == 1 else 's'}"


def _look_at(path: Path) -> SliceHeader | NotAnImage | str:
    """Return a file's header, or why there is none: ``"nifti"``, ``"bad"`` or empty."""
    try:
        kind = format_of(head_of(path))
    except OSError:
        return "bad"
    if kind != "dicom":
        return kind
    try:
        return read_header(path)
    except NotAnImage as other:
        return other
    except Exception:  # pydicom raises whatever a damaged file provokes; the file is named as bad
        return "bad"


def _note(findings: Findings, path: Path, found: SliceHeader | NotAnImage | str) -> None:
    if isinstance(found, SliceHeader):
        findings.images.setdefault(found.series_uid, []).append(found)
    elif isinstance(found, NotAnImage):
        findings.others[str(found)] += 1
    elif found == "bad":
        findings.bad.append(path)
    elif found:
        findings.volumes.append(path)
    else:
        findings.ignored += 1
