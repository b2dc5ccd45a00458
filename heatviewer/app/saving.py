"""Layers into files: NIfTI on any grid, DICOM results of a base."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from heatviewer.core.errors import ReadError, WriteError
from heatviewer.documents.places import is_made
from heatviewer.io.progress import Progress
from heatviewer.model.defaults import default_interpolation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any, Literal

    from heatviewer.core.volume import Volume

    Form = Literal["map", "segmentation"]

#: Shares of the time that resampling takes before writing.
_RESAMPLING = 0.6
#: More values than this are no labels, each a segment.
_MOST_LABELS = 1000


@dataclass(frozen=True)
class Base:
    """What results are written for: a volume, and the path and series that it was read from."""

    volume: Volume
    source: str
    series: str | None = None


def save_nifti(
    path: str | Path,
    volume: Volume,
    like: Volume | None = None,
    *,
    sources: Iterable[str | Path] = (),
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> None:
    """Write a volume as NIfTI, on its own grid or on that of another volume.

    Parameters
    ----------
    path : str or Path
        Ends in .nii or .nii.gz.
    like : Volume, optional
        Gives the grid; masks and labels are taken from the nearest voxel, all else is interpolated
        linearly. Beyond the volume's own grid there is no data (NaN), or no label (0).
    sources : iterable of paths
        What is read: none of it is overwritten.

    Raises
    ------
    WriteError
        The file cannot be written, or is a source.
    Cancelled
        The user stopped it.
    """
    steps = Progress(progress, cancelled, Path(path).name)
    refuse_sources(path, sources)
    if like is not None:
        volume = on_grid_of(volume, like, steps.part(0.0, _RESAMPLING))
        steps = steps.part(_RESAMPLING, 1.0)
    from heatviewer.io.nifti_write import write_nifti

    write_nifti(path, volume, steps)


def save_dicom(
    folder: str | Path,
    volumes: Sequence[Volume],
    base: Base,
    form: Form | None = None,
    *,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> tuple[Path, ...]:
    """Write a heatmap as a DICOM Parametric Map, or masks and labels as a Segmentation; return the files.

    They lie on the base's grid and belong to its patient, study and frame of reference. Nothing
    that is in the folder is overwritten.

    Parameters
    ----------
    volumes : sequence of Volume
        One heatmap, or masks and label volumes.
    form : str, optional
        What to write; by default a Segmentation of what holds only labels or one value beside 0.

    Raises
    ------
    WriteError
        The base is no DICOM image, nothing lies on it, or the files cannot be written.
    Cancelled
        The user stopped it.
    """
    steps = Progress(progress, cancelled, Path(folder).name)
    target = _target(base, steps.part(0.0, 0.05))
    steps = steps.part(0.05, 1.0)
    if any(volume.frames > 1 for volume in volumes):
        raise WriteError(volumes[0].name, "has frames, and DICOM results hold one", "Take one with --frame N")
    if any(volume.is_color for volume in volumes):
        raise WriteError(volumes[0].name, "is a colour image, which is no map", "Write it as NIfTI")
    from heatviewer.io.dicom.write import write_parametric_map, write_segmentations

    if (form or form_of(volumes)) == "map":
        if len(volumes) > 1:
            raise WriteError(
                volumes[0].name, "is one of several volumes", "Write them one by one: see --series"
            )
        placed = on_grid_of(volumes[0], base.volume, steps.part(0.0, _RESAMPLING))
        return (write_parametric_map(Path(folder), placed, target, steps.part(_RESAMPLING, 1.0)),)
    segments: list[Any] = []
    for n, volume in enumerate(volumes):
        part = steps.part(n / len(volumes) * _RESAMPLING, (n + 1) / len(volumes) * _RESAMPLING)
        segments.extend(_segments(on_grid_of(volume, base.volume, part, nearest=True)))
    return write_segmentations(Path(folder), segments, target, steps.part(_RESAMPLING, 1.0))


def form_of(volumes: Sequence[Volume]) -> Form:
    """Return whether volumes are masks or labels, which become segments, or a map."""
    return "segmentation" if all(_is_mask(v) or v.kind == "label" for v in volumes) else "map"


def on_grid_of(volume: Volume, like: Volume, progress: Progress, nearest: bool = False) -> Volume:
    """Return a volume on another one's grid; masks and labels from the nearest voxel, 0 outside."""
    from heatviewer.sampling.resample import resampled

    whole = nearest or volume.kind in ("mask", "label") or default_interpolation(volume) == "nearest"
    return resampled(
        volume,
        like.grid,
        like.affine,
        "nearest" if whole else "linear",
        background=0.0 if whole else None,
        progress=progress.at,
    )


def one_frame(volume: Volume, frame: int) -> Volume:
    """Return one frame of a series as a volume.

    Raises
    ------
    ReadError
        It has no such frame.
    """
    if not 0 <= frame < volume.frames:
        ends = f"its frames are 0 … {volume.frames - 1}" if volume.frames > 1 else "it has one frame, 0"
        raise ReadError(volume.name, f"has no frame {frame}", f"Choose another: {ends}")
    if volume.stored.ndim == 3:
        return volume
    channels = tuple(one_frame(channel, frame) for channel in volume.channels)
    return replace(volume, stored=volume.frame(frame), channels=channels, frame_axis=None)


def as_labels(masks: Sequence[Volume]) -> Volume:
    """Return masks on one grid as one label volume: 1 for the first, 2 for the second, and so on.

    Raises
    ------
    WriteError
        They overlap, are on different grids or are no masks, so that one volume cannot hold them.
    """
    first = masks[0]
    hint = "Write them one by one: --series ID takes one ('heatviewer info' lists them)"
    labels = np.zeros(first.grid, np.uint8 if len(masks) < 256 else np.uint16, order="F")
    for number, mask in enumerate(masks, 1):
        if mask.kind != "mask" or mask.shape != first.shape or not np.allclose(mask.affine, first.affine):
            raise WriteError(mask.name, "is one of several volumes that are no masks of one grid", hint)
        inside = mask.stored != 0
        if (labels[inside] != 0).any():
            raise WriteError(mask.name, "overlaps another mask of the same file", hint)
        labels[inside] = number
    return replace(first, stored=labels, kind="label", name="labels", color=None, outlines=())


def refuse_sources(path: str | Path, sources: Iterable[str | Path]) -> None:
    """Raise WriteError where a path is, or lies among, files that are read."""
    target = Path(path)
    for source in map(Path, sources):
        if source.exists() and (source.resolve() == target.resolve() or _is_in(target, source)):
            raise WriteError(
                str(path), f"is an input ('{source}') and is not overwritten", "Name another file"
            )


def _is_in(target: Path, source: Path) -> bool:
    """Return whether a file may be one of a source's: an image in its folder, or DICOM beside it."""
    folder = source if source.is_dir() else source.parent
    if not target.is_file() or folder.resolve() not in target.resolve().parents:
        return False
    from heatviewer.io.sniff import format_of, head_of

    kind = format_of(head_of(target))
    return bool(kind) if source.is_dir() else kind == "dicom"


def _is_mask(volume: Volume) -> bool:
    """Return whether all voxels are 0 or one other value above it."""
    if volume.kind in ("mask", "label"):
        return volume.kind == "mask"
    if volume.is_color or volume.has_missing or volume.range is None:
        return False
    low, high = volume.range
    if low != 0 or high <= 0 or (volume.is_scaled and volume.intercept):
        return False
    slices = (volume.frame(t)[:, :, k] for t in range(volume.frames) for k in range(volume.grid[2]))
    stored_high = high / volume.slope
    return all(bool(((s == 0) | np.isclose(s, stored_high)).all()) for s in slices)


def _segments(volume: Volume) -> list[Any]:
    """Return a mask as one segment, a label volume as one for each label in it."""
    from heatviewer.io.dicom.write import Segment

    if _is_mask(volume):
        return [Segment(volume, volume.name or "Mask")]
    labels = np.unique(volume.values_of(volume.frame(0)))
    labels = labels[np.isfinite(labels) & (labels != 0)]
    if len(labels) > _MOST_LABELS or (labels != np.round(labels)).any():
        raise WriteError(volume.name, "holds other values than labels", "Write it as a map: --as map")
    stored = volume.values_of(volume.frame(0))
    return [
        Segment(
            replace(volume, stored=stored == label, slope=1.0, intercept=0.0, kind="mask"), f"Label {label:g}"
        )
        for label in labels
    ]


def _target(base: Base, progress: Progress) -> Any:
    """Return the base as the writer of DICOM takes it; WriteError where it is no DICOM image."""
    from heatviewer.io import scan
    from heatviewer.io.dicom.write import Target

    where = Path(base.source).name or base.source or "the base"
    hint = "Take a DICOM series as the base (--reference), or write NIfTI"
    if not base.source or is_made(base.source):
        raise WriteError(where, "was not read from a DICOM file, so no result can belong to it", hint)
    found = scan(base.source, progress=progress.at)
    info = found.with_id(base.series or found.chosen).info()
    if not info.modality:
        raise WriteError(where, "is no DICOM series, so no result can belong to its patient and study", hint)
    return Target(base.volume, info.files)
