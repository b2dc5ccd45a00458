"""A list of files as one series: DICOM instances in any order, or pictures as frames in theirs."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from heatviewer.core.errors import MissingFileError, ReadError
from heatviewer.core.volume import FrameAxis, Volume
from heatviewer.io.formats import found_in_file
from heatviewer.io.listing import Found, Scan, SeriesInfo, chosen_of
from heatviewer.io.voxel_stream import new_array
from heatviewer.io.wording import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from heatviewer.io.formats import FileFound
    from heatviewer.io.listing import Early
    from heatviewer.io.progress import Progress

_CONTAINER = "list of files"
#: A grid's numbers may differ by so much, in mm, and be the same grid.
_NEAR_MM = 0.01


def scan_list(folder: Path, names: Sequence[str], kind_of: Callable[[Path], str], steps: Progress) -> Scan:
    """Tell what a list of files in a folder holds together, from headers alone.

    Parameters
    ----------
    names : sequence of str
        Paths from the folder. Of DICOM their order says nothing; otherwise it is that of the frames.
    kind_of : callable
        Returns a file's format, or raises ReadError.

    Raises
    ------
    MissingFileError, ReadError, Cancelled
    """
    paths = [folder / name for name in names]
    for path in paths:
        if not path.is_relative_to(folder) or os.pardir in path.relative_to(folder).parts:
            raise ReadError(path.name, "lies outside of the folder", "Name the folder that holds all files")
        if not path.is_file():
            raise MissingFileError(path.name, "there is no such file", "Check the list of files")
    kinds = {path: kind_of(path) for path in dict.fromkeys(paths)}
    if "dicom" in kinds.values():
        return _scan_instances(
            folder, [path for path, kind in kinds.items() if kind == "dicom"], kinds, steps
        )
    found: list[FileFound] = []
    for path in paths:
        found.extend(found_in_file(path, kinds[path], path.relative_to(folder).as_posix()))
    if len(paths) == 1:
        return Scan(folder, kinds[paths[0]], tuple(found), chosen=chosen_of(tuple(found)))
    if len(found) > len(paths):
        name = next(one.path.name for one in found if one.part)
        raise ReadError(name, "holds several volumes and is no frame", "List pictures, or DICOM files")
    frames = FramesFound(tuple(found))
    return Scan(folder, kinds[paths[0]], (frames,), chosen=frames.id)


def _scan_instances(folder: Path, paths: list[Path], kinds: dict[Path, str], steps: Progress) -> Scan:
    from heatviewer.io.dicom import scan_files, volumes_in

    findings = scan_files(paths, steps)
    found = tuple(volumes_in(findings, steps))
    notes = findings.notes()
    if len(kinds) > len(paths):
        notes = (*notes, f"{counted(len(kinds) - len(paths), 'file')} of another format left out")
    if not found:
        what = "; ".join(notes) or "none of the files holds an image"
        raise ReadError(paths[0].name, what, "List the files of an image series")
    container = _CONTAINER if len(found) > 1 else ""
    return Scan(folder, "dicom", found, notes, chosen_of(found), container)


@dataclass(frozen=True, eq=False)
class FramesFound:
    """Files of one grid each as the frames of one volume; see `Found`."""

    parts: tuple[Found, ...]

    @property
    def id(self) -> str:
        """That of the first file."""
        return self.parts[0].id

    def info(self) -> SeriesInfo:
        """Return it as one line of a listing."""
        first = self.parts[0].info()
        files = tuple(path for part in self.parts for path in part.info().files)
        return replace(first, shape=(*first.shape[:3], len(self.parts)), files=files)

    def open(self, progress: Progress, early: Early | None = None, like: Volume | None = None) -> Volume:  # noqa: ARG002 (as every Found)
        """Read it; see `Found.open`."""
        count = len(self.parts)
        volumes: list[Volume] = []
        for n, part in enumerate(self.parts):
            volume = part.open(progress.part(n / count, (n + 1) / count))
            _check_frame(volume, volumes[0] if volumes else volume, part.info().files[0].name)
            volumes.append(volume)
        return _as_frames(volumes, self.parts[0].info().files[0])

    def thumbnail(self) -> Volume:
        """Return the middle slice of the first frame."""
        return self.parts[0].thumbnail()


def _check_frame(volume: Volume, first: Volume, name: str) -> None:
    """Raise ReadError for a file that is no frame of the same series."""
    if volume.frames > 1:
        raise ReadError(name, "holds several frames itself", "Open it alone")
    if volume.grid != first.grid:
        sizes = [" × ".join(map(str, one.grid)) for one in (volume, first)]
        raise ReadError(
            name, f"has {sizes[0]} voxels, and the first file {sizes[1]}", "List files of one size"
        )
    if not np.allclose(volume.affine, first.affine, atol=_NEAR_MM):
        raise ReadError(name, "lies elsewhere than the first file", "List frames of one series")


def _as_frames(volumes: Sequence[Volume], path: Path) -> Volume:
    """Return volumes of one grid as one with a frame each; some in grey make all of them grey."""
    first = volumes[0]
    axis = FrameAxis("frame", tuple(float(n) for n in range(len(volumes))))
    channels: tuple[Volume, ...] = ()
    count = min(len(volume.channels) for volume in volumes)
    if count:
        stacks = (_stacked([volume.channels[n].stored for volume in volumes], path) for n in range(count))
        channels = tuple(replace(first.channels[0], stored=stack) for stack in stacks)
    odd = not count and any(volume.is_color for volume in volumes)
    notes = ("is shown in grey, as some of its frames are",) if odd else ()
    scaled = len({(volume.slope, volume.intercept) for volume in volumes}) > 1
    parts = [volume.array if scaled else volume.stored for volume in volumes]
    warnings = dict.fromkeys([*notes, *(text for volume in volumes for text in volume.warnings)])
    return replace(
        first,
        stored=_stacked(parts, path),
        slope=1.0 if scaled else first.slope,
        intercept=0.0 if scaled else first.intercept,
        channels=channels,
        frame_axis=axis,
        warnings=tuple(warnings),
    )


def _stacked(parts: Sequence[NDArray[np.generic]], path: Path) -> NDArray[np.generic]:
    """Return arrays (x, y, z) as one (x, y, z, t) of a type that holds all of them."""
    out = new_array((*parts[0].shape, len(parts)), np.result_type(*parts), path)
    for n, part in enumerate(parts):
        out[..., n] = part
    return out
