"""From files to series: every image's header, gathered by SeriesInstanceUID."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from heatviewer.io.containers import is_zip
from heatviewer.io.dicom.file_header import FIRST_BYTES
from heatviewer.io.dicom.header import NotAnImage, SliceHeader, pydicom_quiet
from heatviewer.io.dicom.planes import headers_in
from heatviewer.io.sniff import HEAD_BYTES, format_of, head_of
from heatviewer.io.wording import counted, file_names, listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from heatviewer.io.progress import Progress

    #: The headers of a file's planes, or why there is none.
    _Look = tuple[SliceHeader, ...] | NotAnImage | str

#: Threads that wait for a slow disk or share side by side. Python's own work is serial, and where
#: nothing has to be waited for they take 1.8 times as long as one, and hold up the window's
#: (tests/benchmarks/bench_loading.py).
_THREADS: Final = 4
#: Files between two looks at how long was waited, and how many such batches threads then read.
_BATCH: Final = 32
_ASIDE: Final = 8
#: Waiting for a file's first bytes, in s, from which on threads are worth it.
_SLOW: Final = 0.002
_ARCHIVE: Final = "zip"


@dataclass
class Findings:
    """What the files of a folder are.

    Attributes
    ----------
    images : dict
        SeriesInstanceUID to the headers of its planes, in the order found.
    volumes : list of Path
        Files of other formats that hold volumes.
    structures : list of Path
        RT structure sets.
    others : Counter
        DICOM objects without pixels, by kind (a modality such as ``"SR"``).
    bad : list of Path
        Files that begin as DICOM but cannot be read.
    archives : list of Path
        ZIP archives, which are opened by themselves.
    ignored : int
        Files that are none of these.
    """

    images: dict[str, list[SliceHeader]] = field(default_factory=dict)
    volumes: list[Path] = field(default_factory=list)
    structures: list[Path] = field(default_factory=list)
    others: Counter[str] = field(default_factory=Counter)
    bad: list[Path] = field(default_factory=list)
    archives: list[Path] = field(default_factory=list)
    ignored: int = 0

    def notes(self) -> tuple[str, ...]:
        """Return what was left out, a sentence each."""
        notes = []
        if self.bad:
            notes.append(f"{counted(len(self.bad), 'damaged DICOM file')} left out: {file_names(self.bad)}")
        if self.others:
            kinds = ", ".join(f"{n} × {kind}" for kind, n in sorted(self.others.items()))
            notes.append(f"DICOM objects without an image left out: {kinds}")
        if self.archives:
            notes.append(f"archives left out, which can be opened by themselves: {file_names(self.archives)}")
        if self.ignored:
            notes.append(f"{counted(self.ignored, 'file')} of no known format left out")
        return tuple(notes)


def scan_files(files: Sequence[Path], progress: Progress) -> Findings:
    """Read the headers of files of any kind.

    Raises
    ------
    Cancelled
        The user stopped it.
    """
    findings = Findings()
    with pydicom_quiet():
        for path, found in _looked_at(files, progress):
            _note(findings, path, found)
    progress.at(1.0)
    return findings


def plane_names(planes: Sequence[SliceHeader]) -> str:
    """Return some planes' names for a message: their files, and which frames of these, counted from 1."""
    files = file_names(list(dict.fromkeys(plane.path for plane in planes)))
    if all(plane.file.frames == 1 for plane in planes):
        return files
    frames = sorted({plane.frame + 1 for plane in planes})
    return f"{'frame' if len(frames) == 1 else 'frames'} {listed(list(map(str, frames)), 10)} of {files}"


def _looked_at(files: Sequence[Path], progress: Progress) -> Iterator[tuple[Path, _Look]]:
    """Yield what each file is, in order; by threads where files are slow to come."""
    aside = 0
    with ThreadPoolExecutor(_THREADS, "headers") as pool:
        for start in range(0, len(files), _BATCH):
            progress.at(start / len(files))
            batch = files[start : start + _BATCH]
            if aside:
                aside -= 1
                yield from zip(batch, pool.map(_look_at, batch), strict=True)
                continue
            idle = _idle_time()
            for path in batch:
                progress.check()
                yield path, _look_at(path)
            aside = _ASIDE if _idle_time() - idle > _SLOW * len(batch) else 0


def _idle_time() -> float:
    """Return a clock, in s, that runs while this thread waits."""
    return time.perf_counter() - time.thread_time()


def _look_at(path: Path) -> _Look:
    """Return the headers of a file, or what it is else: ``"nifti"``, ``"zip"``, ``"bad"`` or empty."""
    try:
        with path.open("rb") as file:
            first = file.read(FIRST_BYTES)
            if first[128:132] == b"DICM" or format_of(first[:HEAD_BYTES]) == "dicom":
                return headers_in(path, file, first)
        return _ARCHIVE if is_zip(first[:HEAD_BYTES]) else format_of(head_of(path))
    except NotAnImage as other:
        return other
    except Exception:  # pydicom raises whatever a damaged file provokes; the file is named as bad
        return "bad"


def _note(findings: Findings, path: Path, found: _Look) -> None:
    if isinstance(found, tuple):
        findings.images.setdefault(found[0].file.series_uid, []).extend(found)
    elif isinstance(found, NotAnImage) and str(found) == "RTSTRUCT":
        findings.structures.append(path)
    elif isinstance(found, NotAnImage):
        findings.others[str(found)] += 1
    elif found == "bad":
        findings.bad.append(path)
    elif found == _ARCHIVE:
        findings.archives.append(path)
    elif found:
        findings.volumes.append(path)
    else:
        findings.ignored += 1
