"""NIfTI-1, NIfTI-2 and Analyze 7.5: one file or a pair, plain or gzipped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from heatviewer.core.errors import ReadError
from heatviewer.core.geometry import spacing
from heatviewer.core.volume import Volume
from heatviewer.io.gzip_stream import cut_short, most_bytes, read_array
from heatviewer.io.listing import SeriesInfo
from heatviewer.io.nifti_header import ImageHeader, parse_header, scaling, volume_shape
from heatviewer.io.scaling import moved, moved_type, slabs, value_range
from heatviewer.io.sniff import format_of, head_of, is_gzip

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from heatviewer.io.progress import Progress

_ANALYZE_TYPES = {2: "u1", 4: "i2", 8: "i4", 16: "f4", 32: "c8", 64: "f8"}


def open_nifti(path: Path, progress: Progress) -> Volume:
    """Read a NIfTI or Analyze image.

    A plain file of native byte order is mapped, not read: its voxels come from the disk as they
    are asked for. Everything else goes into one new array.

    Raises
    ------
    ReadError
        The file, or the other half of its pair, is missing, cut short, damaged or not supported.
    Cancelled
        The user stopped it.
    """
    header_path, data_path = _pair(path)
    header = _header(header_path)
    data_path = data_path if header.in_pair else header_path
    _check_size(header, data_path)
    stored = _stored(data_path, header, progress.part(0.0, 0.9))
    slope, intercept = header.slope, header.intercept
    if intercept and slope == 1.0 and intercept.is_integer() and stored.dtype.kind in "iu":
        stored, intercept = _moved(stored, int(intercept), progress)
    progress.at(1.0)
    return Volume(
        stored,
        header.affine,
        slope=slope,
        intercept=intercept,
        kind=header.kind,
        name=short_name(path),
        window=header.window,
        warnings=header.warnings,
    )


def list_nifti(path: Path, identifier: str) -> SeriesInfo:
    """Return what a NIfTI or Analyze image holds, from its header alone; raises as open_nifti does."""
    header_path, data_path = _pair(path)
    header = _header(header_path)
    files = (header_path, data_path) if header.in_pair else (header_path,)
    _check_size(header, files[-1])
    i, j, k = (float(s) for s in spacing(header.affine))
    return SeriesInfo(
        id=identifier,
        description=short_name(path),
        modality="",
        shape=header.shape,
        spacing=(i, j, k),
        affine=header.affine,
        dtype=header.dtype.newbyteorder("=").name,
        unit="",
        files=files,
        warnings=header.warnings,
    )


def short_name(path: Path) -> str:
    """Return a file's name without the suffixes of its format."""
    name = path.name
    for suffix in (".gz", ".nii", ".hdr", ".img"):
        if name.lower().endswith(suffix) and len(name) > len(suffix):
            name = name[: -len(suffix)]
    return name


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
    )


def _check_size(header: ImageHeader, data_path: Path) -> None:
    """Refuse a header that claims more than its file can hold, before any memory is taken."""
    if header.in_pair and partner(data_path) is None:
        raise ReadError(
            data_path.name, "is the header of a pair whose .img file is missing", "Put both side by side"
        )
    if most_bytes(data_path) < header.offset + header.data_bytes:
        size = " × ".join(str(n) for n in header.shape)
        raise cut_short(data_path, f"it cannot hold the {size} voxels that its header tells of")


def _stored(path: Path, header: ImageHeader, progress: Progress) -> NDArray[Any]:
    """Return the stored voxels, mapped where that needs no change to them."""
    dtype = header.dtype
    aligned = header.offset % dtype.itemsize == 0
    if dtype.isnative and dtype.kind != "c" and aligned and not is_gzip(path):
        return np.memmap(path, dtype, "r", header.offset, header.shape, order="F")
    stored = read_array(path, dtype, header.shape, header.offset, progress)
    return _magnitude(stored, progress) if dtype.kind == "c" else stored


def _magnitude(stored: NDArray[Any], progress: Progress) -> NDArray[Any]:
    out = np.empty(stored.shape, stored.real.dtype, order="F")
    for source, result in zip(slabs(stored), slabs(out), strict=True):
        progress.check()
        np.abs(source, out=result)
    return out


def _moved(stored: NDArray[Any], intercept: int, progress: Progress) -> tuple[NDArray[Any], float]:
    """Return the voxels with the intercept added, and 0; or both as they were where no type fits."""
    low, high = value_range(stored, progress)
    target = moved_type(stored.dtype, low + intercept, high + intercept)
    if target is None:
        return stored, float(intercept)
    return moved(stored, intercept, target, progress), 0.0
