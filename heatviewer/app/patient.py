"""Whose data layers show: read from the headers of their files when it is asked for, and kept nowhere."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from heatviewer.core.errors import HeatViewerError
from heatviewer.documents.places import is_address
from heatviewer.io.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from heatviewer.io.dicom.patient import PatientHeader
    from heatviewer.model.scene_state import SceneState

#: Headers that are read of one folder, spread evenly over it: 0.2 ms each.
_MOST_HEADERS = 2000


def paths_of(state: SceneState) -> tuple[str, ...]:
    """Return the paths that a scene's layers were read from, each once."""
    paths = [layer.source for layer in state.layers]
    paths += [layer.opacity_by.source for layer in state.heatmaps if layer.opacity_by is not None]
    return tuple(dict.fromkeys(path for path in paths if path))


def patients_of(
    paths: Iterable[str | Path], cancelled: Callable[[], bool] | None = None
) -> tuple[PatientHeader, ...]:
    """Return what the headers at some paths say of persons; slow, for another thread.

    Files that are not there or cannot be read, and places on other machines, say nothing.
    """
    from heatviewer.io.dicom.patient import PatientHeader, read_patients
    from heatviewer.io.header_texts import header_texts

    found: dict[PatientHeader, None] = {}
    for path in paths:
        try:
            files = _spread(_files_at(path, cancelled))
        except (HeatViewerError, OSError):
            continue
        found |= dict.fromkeys(read_patients((file for file in files if _may_be_dicom(file)), cancelled))
        if len(files) == 1:
            try:
                texts = header_texts(files[0])
            except (HeatViewerError, OSError):
                continue
            if texts:
                found[PatientHeader(descriptions=texts)] = None
    return tuple(found)


def patient_name(path: str) -> str:
    """Return the name of the one patient at a path, as people read it; empty where it is not known."""
    names = {patient.shown_name for patient in patients_of([path])} - {""}
    return names.pop() if len(names) == 1 else ""


def _files_at(path: str | Path, cancelled: Callable[[], bool] | None) -> list[Path]:
    """Return the regular files that a path stands for."""
    from heatviewer.io.containers import is_zip, unpacked
    from heatviewer.io.folders import find_files

    text = str(path)
    if is_address(text):
        return []
    steps = Progress(None, cancelled)
    place = Path(text)
    if place.is_dir():
        return find_files(place, steps)
    if not stat.S_ISREG(os.stat(place).st_mode):
        return []
    if place.name.upper() == "DICOMDIR":
        return find_files(place.parent, steps)
    with place.open("rb") as file:
        head = file.read(540)
    return find_files(unpacked(place, steps).folder, steps) if is_zip(head) else [place]


def _spread(files: Sequence[Path]) -> Sequence[Path]:
    step = -(-len(files) // _MOST_HEADERS) or 1
    return files[::step]


def _may_be_dicom(path: Path) -> bool:
    """Return whether a file begins as DICOM does; others are not parsed as such."""
    from heatviewer.io.sniff import format_of, head_of

    try:
        return format_of(head_of(path)) == "dicom"
    except (HeatViewerError, OSError):
        return False
