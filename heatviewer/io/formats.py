"""Formats in which one file (or a header with its data) holds its volumes; DICOM is apart.

Each format has a module with two functions::

    list_volumes(path, identifier) -> tuple[SeriesInfo, ...]      from the header alone
    open_volume(path, progress, part="") -> Volume                part: what follows '#' in an id

and, where a slice can be had for less than the whole::

    open_middle(path) -> Volume                                   one slice, for a thumbnail

A module is imported with the first file of its format.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Final

from heatviewer.io.progress import Progress

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

    from heatviewer.core.volume import Volume
    from heatviewer.io.listing import Early, SeriesInfo

#: Format as `sniff.format_of` tells it, and the module that reads it.
MODULES: Final = {
    "nifti": "nifti",
    "analyze": "nifti",
    "nrrd": "nrrd",
    "metaimage": "metaimage",
    "mgh": "mgh",
    "array": "arrays",
    "image": "images",
}


@dataclass(frozen=True, eq=False)
class FileFound:
    """A volume in a file of its own; see `Found`."""

    path: Path
    format: str
    listed: SeriesInfo
    part: str = ""

    @property
    def id(self) -> str:
        """As in `SeriesInfo`."""
        return self.listed.id

    def info(self) -> SeriesInfo:
        """Return it as one line of a listing."""
        return self.listed

    def open(self, progress: Progress, early: Early | None = None, like: Volume | None = None) -> Volume:  # noqa: ARG002 (as every Found)
        """Read it; see `Found.open`."""
        opened: Volume = _module(self.format).open_volume(self.path, progress, self.part)
        return opened

    def thumbnail(self) -> Volume:
        """Return the middle slice of the first frame."""
        module = _module(self.format)
        if hasattr(module, "open_middle"):
            middle: Volume = module.open_middle(self.path)
            return middle
        return self.open(Progress()).middle


def found_in_file(path: Path, kind: str, identifier: str) -> tuple[FileFound, ...]:
    """Return the volumes of a file of some format, whose id begins with `identifier`.

    Raises
    ------
    ReadError
        It cannot be read.
    """
    listed: tuple[SeriesInfo, ...] = _module(kind).list_volumes(path, identifier)
    return tuple(
        FileFound(path, kind, info, info.id.removeprefix(identifier).removeprefix("#")) for info in listed
    )


def _module(kind: str) -> ModuleType:
    return import_module(f"heatviewer.io.{MODULES[kind]}")
