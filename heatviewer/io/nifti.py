"""NIfTI-1, NIfTI-2 and Analyze 7.5: one file or a pair, plain or gzipped."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from heatviewer.core.errors import ReadError
from heatviewer.core.volume import Volume
from heatviewer.io.colors import color_volume, fortran_copy
from heatviewer.io.listing import SeriesInfo, series_of_file
from heatviewer.io.nifti_header import (
    ImageHeader,
    parse_header,
    scaling,
    scaling_words,
    volume_shape,
)
from heatviewer.io.progress import Progress
from heatviewer.io.scaling import moved, moved_type, value_range
from heatviewer.io.sniff import format_of, head_of
from heatviewer.io.unpacking import cut_short, most_bytes, packing_of
from heatviewer.io.voxel_stream import Part, mapped_or_read
from heatviewer.io.wording import short_name, size_words, type_words

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

_ANALYZE_TYPES = {2: "u1", 4: "i2", 8: "i4", 16: "f4", 32: "c8", 64: "f8"}


def open_volume(path: Path, progress: Progress, part: str = "") -> Volume:  # noqa: ARG001 (one volume a file)
    """Read a NIfTI or Analyze image.

    A very large plain file of native byte order is mapped, not read: its voxels come from the disk as
    they are asked for. Everything else goes into one new array.

    Raises
    ------
    ReadError
        The file, or the other half of its pair, is missing, cut short, damaged or not supported.
    Cancelled
        The user stopped it.
    """
    header, data_path = _checked(path)
    return _volume(header, data_path, short_name(path), progress)


def open_middle(path: Path) -> Volume:
    """Read the middle slice of the first frame alone, as a volume of one slice at its true place.

    A gzipped file is unpacked up to there, into no memory. Raises as open_volume does.
    """
    header, data_path = _checked(path)
    x, y, z = header.shape[:3]
    k = z // 2
    affine = header.affine.copy()
    affine[:3, 3] += k * affine[:3, 2]
    offset = header.offset + k * x * y * header.colors * header.dtype.itemsize
    slice_alone = replace(header, shape=(x, y, 1), affine=affine, offset=offset, frame_axis=None)
    return _volume(slice_alone, data_path, short_name(path), Progress())


def _checked(path: Path) -> tuple[ImageHeader, Path]:
    """Return an image's header, and the file of its voxels, which can hold them."""
    header_path, data_path = _pair(path)
    header = _header(header_path)
    data_path = data_path if header.in_pair else header_path
    _check_size(header, data_path)
    return header, data_path


def _volume(header: ImageHeader, data_path: Path, name: str, progress: Progress) -> Volume:
    """Read the voxels that a header tells of."""
    fields: dict[str, Any] = {
        "kind": header.kind,
        "name": name,
        "window": header.window,
        "windows": (("cal_min … cal_max", *header.window),) if header.window else (),
        "frame_axis": header.frame_axis,
        "warnings": header.warnings,
        "info": header.info,
    }
    parts = (Part(data_path, packing_of(data_path), 0, header.offset),)
    reading, rest = progress.part(0.0, 0.9), progress.part(0.9, 1.0)
    if header.colors > 1:
        samples = mapped_or_read(parts, header.dtype, (header.colors, *header.shape), reading)
        return color_volume(list(samples), header.affine, data_path, rest, **fields)
    stored = mapped_or_read(parts, header.dtype, header.shape, reading)
    if stored.dtype.kind == "c":
        stored = fortran_copy(stored, stored.real.dtype, data_path, rest)
    slope, intercept = header.slope, header.intercept
    if intercept and slope == 1.0 and intercept.is_integer() and stored.dtype.kind in "iu":
        stored, intercept = _moved(stored, int(intercept), rest)
    progress.at(1.0)
    return Volume(stored, header.affine, slope=slope, intercept=intercept, **fields)


def list_volumes(path: Path, identifier: str) -> tuple[SeriesInfo, ...]:
    """Return what a NIfTI or Analyze image holds, from its header alone; raises as open_volume does."""
    header, data_path = _checked(path)
    files = (_pair(path)[0], data_path) if header.in_pair else (data_path,)
    info = series_of_file(
        files,
        identifier,
        short_name(path),
        header.shape,
        header.affine,
        header.dtype.newbyteorder("=").name,
        warnings=header.warnings,
        role="heatmap" if header.kind else "base",
    )
    return (info,)


def partner(path: Path) -> Path | None:
    """Return the other half of an .hdr/.img pair, or None where there is none."""
    plain = path.name[:-3] if path.name.lower().endswith(".gz") else path.name
    stem, dot, suffix = plain.rpartition(".")
    wanted = {"hdr": "img", "img": "hdr"}.get(suffix.lower())
    if not dot or wanted is None:
        return None
    spelled = wanted.upper() if suffix.isupper() else wanted
    candidates = [f"{stem}.{spelled}", f"{stem}.{spelled}.gz"]
    if path.name != plain:
        candidates.reverse()
    return next((found for name in candidates if (found := path.with_name(name)).is_file()), None)


def _pair(path: Path) -> tuple[Path, Path]:
    """Return the file of the header and the file of the voxels (the same unless it is a pair)."""
    other = partner(path)
    if other is None:
        return path, path
    return (path, other) if format_of(head_of(path)) else (other, path)


def _header(path: Path) -> ImageHeader:
    raw = head_of(path)
    return parse_header(raw, path.name) if format_of(raw) == "nifti" else _analyze_header(path)


def _analyze_header(path: Path) -> ImageHeader:
    """Return what an Analyze header says, as nibabel understands it (SPM's origin and scale too)."""
    # Imported here: nibabel takes 300 ms, and no NIfTI file needs it.
    from nibabel.spatialimages import HeaderDataError
    from nibabel.spm2analyze import Spm2AnalyzeHeader

    warnings = ["is an Analyze image, which has no orientation in the file; left and right are not certain"]
    try:
        header = Spm2AnalyzeHeader(head_of(path)[:348], check=False)
        dims = tuple(int(n) for n in header.get_data_shape())
        steps = header["pixdim"][1:4]
        header["pixdim"][1:4] = np.where(np.isfinite(steps) & (steps != 0), np.abs(steps), 1.0)
        affine = np.asarray(header.get_best_affine(), dtype=np.float64)
        slope, intercept = (float("nan") if v is None else float(v) for v in header.get_slope_inter())
        dtype = np.dtype(_ANALYZE_TYPES[int(header["datatype"])]).newbyteorder(header.endianness)
    except (HeaderDataError, ValueError, KeyError) as error:
        found = f"has a damaged Analyze header, or a data type that is not read ({error})"
        raise ReadError(path.name, found, "Convert it to NIfTI") from None
    if not dims or min(dims) < 1:
        raise ReadError(path.name, "has impossible dimensions", "Convert it to NIfTI")
    if path.with_name(f"{short_name(path)}.mat").exists():
        warnings.append("has a .mat file beside it, whose orientation is not followed")
    slope, intercept = scaling(slope, intercept)
    return ImageHeader(
        volume_shape(dims, warnings),
        dtype,
        max(int(header.get_data_offset()), 0),
        affine,
        slope,
        intercept,
        in_pair=True,
        warnings=tuple(warnings),
        info={
            "format": "Analyze 7.5 pair",
            "dimensions": size_words(dims),
            "data type": type_words(dtype),
            "orientation": "none in the file",
        }
        | ({"scaling": words} if (words := scaling_words(slope, intercept)) else {}),
    )


def _check_size(header: ImageHeader, data_path: Path) -> None:
    """Refuse a header that claims more than its file can hold, before any memory is taken."""
    if header.in_pair and partner(data_path) is None:
        raise ReadError(
            data_path.name, "is the header of a pair whose .img file is missing", "Put both side by side"
        )
    if most_bytes(data_path) < header.offset + header.data_bytes:
        size = size_words(header.shape)
        raise cut_short(data_path, f"it cannot hold the {size} voxels that its header tells of")


def _moved(stored: NDArray[Any], intercept: int, progress: Progress) -> tuple[NDArray[Any], float]:
    """Return the voxels with the intercept added, and 0; or both as they were where no type fits."""
    low, high = value_range(stored, progress)
    target = moved_type(stored.dtype, low + intercept, high + intercept)
    if target is None:
        return stored, float(intercept)
    return moved(stored, intercept, target, progress), 0.0
