"""MetaImage: a text header, then the voxels, in the same file (.mha) or in others (.mhd).

Source: the MetaIO documentation of the Insight Toolkit (itk.org/Wiki/MetaIO/Documentation).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from heatviewer.core.errors import ReadError
from heatviewer.core.geometry import LPS_TO_RAS
from heatviewer.io.grid_file import GridFile, check_claims, listed, read_grid
from heatviewer.io.nifti_space import is_invertible
from heatviewer.io.text_header import (
    MOST_HEADER,
    data_files,
    header_bytes,
    is_list,
    numbers,
    step_or_one,
    whole_number,
    whole_numbers,
)
from heatviewer.io.voxel_stream import Part
from heatviewer.io.wording import MM_PER_UNIT, NO_ORIENTATION, short_name, size_words, type_words

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from heatviewer.core.volume import Volume
    from heatviewer.io.listing import SeriesInfo
    from heatviewer.io.progress import Progress
    from heatviewer.io.unpacking import Packing

#: A long has 4 bytes in every MetaImage file, whatever it has in the program that wrote it.
_TYPES: Final = {
    "CHAR": "i1", "UCHAR": "u1", "SHORT": "i2", "USHORT": "u2", "INT": "i4", "UINT": "u4", "LONG": "i4",
    "ULONG": "u4", "LONG_LONG": "i8", "ULONG_LONG": "u8", "FLOAT": "f4", "DOUBLE": "f8",
}  # fmt: skip
_MODALITIES: Final = {"MET_MOD_CT": "CT", "MET_MOD_MR": "MR", "MET_MOD_NM": "NM", "MET_MOD_US": "US"}


def list_volumes(path: Path, identifier: str) -> tuple[SeriesInfo, ...]:
    """Return what a MetaImage holds, from its header alone; raises as open_volume does."""
    return listed(_header(path), identifier, short_name(path))


def open_volume(path: Path, progress: Progress, part: str = "") -> Volume:  # noqa: ARG001 (one volume a file)
    """Read a MetaImage; plain voxels of native byte order are mapped.

    Raises
    ------
    ReadError
        It is cut short or damaged, claims more than it can hold, names files elsewhere, or is of a
        kind that is not read.
    Cancelled
        The user stopped it.
    """
    return read_grid(_header(path), short_name(path), progress)


def _settings(raw: bytes, where: str) -> tuple[dict[str, str], list[str], int]:
    """Return the header's settings, the lines behind the last one, and where its voxels would begin."""
    settings: dict[str, str] = {}
    position = 0
    while 0 <= position < len(raw) and "ElementDataFile" not in settings:
        stop = raw.find(b"\n", position)
        stop = len(raw) if stop < 0 else stop
        line = raw[position:stop].decode("utf-8", "replace")
        position = stop + 1
        key, equals, value = line.partition("=")
        if not equals:
            key, equals, value = line.partition(":")
        if line.strip() and not equals:
            raise ReadError(where, "has a line without a setting in its header", "Write the file again")
        settings[key.strip()] = value.strip()
    if "ElementDataFile" not in settings:
        raise ReadError(where, "has a header that does not say where its voxels are", "Write the file again")
    names = raw[position:].decode("utf-8", "replace").split() if is_list(settings["ElementDataFile"]) else []
    if names and len(raw) >= MOST_HEADER:
        raise ReadError(where, "has a list of data files without an end", "Write the file again")
    return settings, names, position


def _header(path: Path) -> GridFile:
    where = path.name
    settings, names, end = _settings(header_bytes(path), where)
    sizes = whole_numbers(settings.get("DimSize", ""), "DimSize", where)
    if whole_number(settings.get("NDims", ""), "NDims", where) != len(sizes):
        raise ReadError(where, f"has {len(sizes)} sizes, not as many as its NDims", "Write it again")
    channels = whole_number(settings.get("ElementNumberOfChannels", "1"), "number of channels", where)
    if not 0 < channels < 100_000:
        raise ReadError(where, f"has {channels} channels", "Write it again")
    dtype = _data_type(settings, where)
    first = int(channels > 1)
    spatial = tuple(range(first, first + min(len(sizes), 3)))
    further = tuple(range(first + len(spatial), first + len(sizes)))
    in_color = channels in (3, 4) and dtype.kind == "u" and dtype.itemsize == 1
    components = (0,) if first and not in_color else ()
    warnings: list[str] = []
    affine, came_from = _affine(settings, len(sizes), warnings)
    text = settings.get("BinaryData", "True").lower() in ("false", "0")
    all_sizes = (channels, *sizes) if first else sizes
    header = GridFile(
        path,
        all_sizes,
        (*spatial, *components, *further),
        len(spatial),
        0 if in_color else None,
        dtype,
        _parts(path, settings, names, end, dtype, all_sizes),
        text,
        affine,
        modality=_MODALITIES.get(settings.get("Modality", ""), ""),
        warnings=tuple(warnings),
        info={
            "format": "MetaImage",
            "dimensions": size_words(sizes),
            "data type": type_words(dtype) + (f", {channels} channels" if first else ""),
            "orientation": came_from,
        },
    )
    check_claims(header)
    return header


def _data_type(settings: dict[str, str], where: str) -> np.dtype[Any]:
    name = settings.get("ElementType", "").removeprefix("MET_").removesuffix("_ARRAY")
    if name not in _TYPES:
        raise ReadError(where, f"has the element type '{name[:40]}'", "Convert it to MET_FLOAT or MET_SHORT")
    order = settings.get("BinaryDataByteOrderMSB", settings.get("ElementByteOrderMSB", "False"))
    return np.dtype(_TYPES[name]).newbyteorder(">" if order.lower() in ("true", "1") else "<")


def _parts(
    path: Path,
    settings: dict[str, str],
    names: list[str],
    end: int,
    dtype: np.dtype[Any],
    sizes: tuple[int, ...],
) -> tuple[Part, ...]:
    """Return where the voxels lie."""
    packed = settings.get("CompressedData", "False").lower() in ("true", "1")
    packing: Packing = "zlib" if packed else "plain"
    named = settings["ElementDataFile"]
    local = named.upper() == "LOCAL"
    start = end if local else 0
    files = (path,) if local else data_files(path, named, names, math.prod(sizes))
    skip = whole_number(settings.get("HeaderSize", "0"), "HeaderSize", path.name)
    share = dtype.itemsize * math.prod(sizes) // len(files)
    parts = []
    for file in files:
        begin = start + max(skip, 0)
        if skip < 0 and not packed:
            # The voxels are the file's last bytes.
            begin = max(file.stat().st_size - share, start)
        parts.append(Part(file, packing, begin))
    return tuple(parts)


# What overflows is found unusable at the end.
@np.errstate(over="ignore", invalid="ignore")
def _affine(settings: dict[str, str], count: int, warnings: list[str]) -> tuple[NDArray[np.float64], str]:
    """Return voxel → world mm, and in words where it comes from; the file's space is LPS, shear is kept."""
    mm = MM_PER_UNIT.get(settings.get("DistanceUnits", "mm").lower(), 1.0)
    axes = min(count, 3)
    spacings = _first_of(settings, ("ElementSpacing", "ElementSize"), count) or [1.0] * count
    origin = _first_of(settings, ("Offset", "Position", "Origin"), count)
    turn = _first_of(settings, ("TransformMatrix", "Rotation", "Orientation"), count * count)
    affine = np.eye(4)
    # Each row of the matrix is the direction of an axis.
    directions = np.eye(count) if turn is None else np.reshape(turn, (count, count)).T
    steps = [step_or_one(step) for step in spacings]
    affine[:axes, :axes] = (directions * steps)[:axes, :axes] * mm
    affine[:axes, 3] = np.asarray(origin or [0.0] * count)[:axes] * mm
    affine = LPS_TO_RAS @ affine
    if turn is None and origin is None:
        warnings.append(NO_ORIENTATION)
    if not is_invertible(affine):
        warnings.append("has an unusable TransformMatrix, which is not followed; voxels of 1 mm are shown")
        return LPS_TO_RAS.copy(), "unusable; voxels of 1 mm"
    return affine, "none in the file" if turn is None else "TransformMatrix (LPS)"


def _first_of(settings: dict[str, str], keys: tuple[str, ...], count: int) -> list[float] | None:
    """Return the numbers of the first setting that is there with as many as wanted."""
    for key in keys:
        found = numbers(settings.get(key, ""))
        if len(found) == count:
            return found
    return None
