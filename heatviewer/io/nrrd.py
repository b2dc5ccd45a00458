"""NRRD: a text header, then the voxels, in the same file (.nrrd) or in others (.nhdr).

Source: Teem's "Definition of NRRD File Format" (teem.sourceforge.net/nrrd/format.html).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from heatviewer.core.errors import ReadError
from heatviewer.core.geometry import LPS_TO_RAS
from heatviewer.core.volume import FrameAxis
from heatviewer.io.grid_file import GridFile, check_claims, listed, read_grid
from heatviewer.io.nifti_space import is_invertible
from heatviewer.io.text_header import (
    MOST_HEADER,
    data_files,
    header_bytes,
    is_list,
    step_or_one,
    whole_numbers,
)
from heatviewer.io.unpacking import most_bytes
from heatviewer.io.voxel_stream import Part
from heatviewer.io.wording import MM_PER_UNIT, NO_ORIENTATION, detail_of, short_name, size_words, type_words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from heatviewer.core.volume import Volume
    from heatviewer.io.listing import SeriesInfo
    from heatviewer.io.progress import Progress
    from heatviewer.io.unpacking import Packing

_TYPES: Final = {
    "i1": "signed char|int8|int8_t", "u1": "uchar|unsigned char|uint8|uint8_t",
    "i2": "short|short int|signed short|signed short int|int16|int16_t",
    "u2": "ushort|unsigned short|unsigned short int|uint16|uint16_t",
    "i4": "int|signed int|int32|int32_t", "u4": "uint|unsigned int|uint32|uint32_t",
    "i8": "longlong|long long|long long int|signed long long|signed long long int|int64|int64_t",
    "u8": "ulonglong|unsigned long long|unsigned long long int|uint64|uint64_t",
    "f4": "float", "f8": "double",
}  # fmt: skip
_TYPE_OF: Final = {name: code for code, names in _TYPES.items() for name in names.split("|")}
_PACKINGS: Final[dict[str, Packing]] = {
    "raw": "plain", "gzip": "gzip", "gz": "gzip", "bzip2": "bzip2", "bz2": "bzip2", "hex": "hex",
}  # fmt: skip
_TEXTS: Final = ("txt", "text", "ascii")
#: Axes of these kinds are no space: what they are is told by their names.
_FRAME_KINDS: Final = ("time", "list")
_COLOR_KINDS: Final = ("rgb-color", "rgba-color", "3-color", "4-color", "vector", "3-vector", "4-vector")
_PLAIN_KINDS: Final = ("", "domain", "space", "none", "???", "stub")
#: The file's directions of space to RAS, by the names of the space.
_SPACES: Final = {
    "right-anterior-superior": (1.0, 1.0, 1.0), "ras": (1.0, 1.0, 1.0),
    "left-anterior-superior": (-1.0, 1.0, 1.0), "las": (-1.0, 1.0, 1.0),
    "left-posterior-superior": (-1.0, -1.0, 1.0), "lps": (-1.0, -1.0, 1.0),
}  # fmt: skip
_SECONDS: Final = {"s": 1.0, "sec": 1.0, "seconds": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6}
#: Fields that are read, the first four of them in every file; what is wrong with others does not matter.
_NEEDED: Final = ("dimension", "sizes", "type", "encoding")
_READ: Final = (
    *_NEEDED, "endian", "data file", "line skip", "byte skip", "sample units", "kinds", "units", "spacings",
    "axis mins", "centerings", "space", "space directions", "space origin", "space units",
)  # fmt: skip
_SYNONYMS: Final = {
    "datafile": "data file", "lineskip": "line skip", "byteskip": "byte skip", "axismins": "axis mins",
    "centers": "centerings",
}  # fmt: skip
_BLANKS_IN_VECTOR: Final = re.compile(r"(?<=[(,])\s+|(?<!\s)\s+(?=[,)])")


def list_volumes(path: Path, identifier: str) -> tuple[SeriesInfo, ...]:
    """Return what an NRRD file holds, from its header alone; raises as open_volume does."""
    return listed(_header(path), identifier, short_name(path))


def open_volume(path: Path, progress: Progress, part: str = "") -> Volume:  # noqa: ARG001 (one volume a file)
    """Read an NRRD file; plain voxels of native byte order are mapped.

    Raises
    ------
    ReadError
        It is cut short or damaged, claims more than it can hold, names files elsewhere, or is of a
        kind that is not read.
    Cancelled
        The user stopped it.
    """
    return read_grid(_header(path), short_name(path), progress)


@dataclass(frozen=True)
class _Text:
    """A header: its fields as pynrrd understands them, and what it passes over.

    Attributes
    ----------
    fields : dict
        Numbers, lists and arrays; an axis without a direction in space has NaN for it.
    names : list of str
        Data files that are listed behind the last field.
    end : int
        Byte behind the empty line that ends the header.
    is_label : bool
        Whether it has 3D Slicer's keys of a segmentation.
    """

    fields: dict[str, Any]
    names: list[str]
    end: int
    is_label: bool


def _text(path: Path) -> _Text:
    content = header_bytes(path)
    head, *behind = re.split(rb"\n\r?\n", content, maxsplit=1)
    if not behind and len(content) >= MOST_HEADER:
        raise ReadError(path.name, "has a header without an end", "Write the file again")
    lines = iter(head.decode("utf-8", "replace").split("\n"))
    magic = next(lines)
    fields: dict[str, str] = {}
    is_label = False
    for line in lines:
        key, _, value = line.partition(":")
        is_label = is_label or (value.startswith("=") and key.startswith("Segment0_"))
        key = _SYNONYMS.get(key.strip().lower(), key.strip().lower())
        if key in _READ and not value.startswith("="):
            fields[key] = _BLANKS_IN_VECTOR.sub("", value.strip())
            if key == "data file" and is_list(value):
                break
    names = [line.strip() for line in lines if line.strip()]
    return _Text(_typed(magic, fields, path), names, len(content) - sum(map(len, behind)), is_label)


def _typed(magic: str, texts: dict[str, str], path: Path) -> dict[str, Any]:
    """Return the fields as pynrrd types them, which takes text (of bytes it drops the µ of µm)."""
    import nrrd

    for key in _NEEDED:
        if key not in texts:
            raise ReadError(path.name, f"has no '{key}' in its header", "Write the file again")
    try:
        with np.errstate(invalid="ignore"):
            fields = nrrd.read_header([magic.rstrip(), *(f"{key}: {text}" for key, text in texts.items())])
    except Exception as error:  # pynrrd lets through what Python's own parsing raises
        what = f"has a damaged header ({detail_of(error, path)})"
        raise ReadError(path.name, what, "Write the file again") from None
    # It takes 2.5 for 2, and what is no number for one.
    return dict(fields) | {"sizes": whole_numbers(texts["sizes"], "sizes", path.name)}


def _header(path: Path) -> GridFile:
    text = _text(path)
    fields = text.fields
    sizes = fields["sizes"]
    count = len(sizes)
    if fields["dimension"] != count:
        raise ReadError(path.name, f"has {count} sizes, not as many as its dimension", "Write it again")
    dtype = _data_type(fields, path.name)
    kinds = [kind.lower() for kind in _per_axis(fields, "kinds", count, "")]
    vectors = fields.get("space directions")
    if vectors is not None and len(vectors) != count:
        what = f"has {len(vectors)} space directions for {count} axes"
        raise ReadError(path.name, what, "Write it again")
    spatial = _spatial_axes(kinds, vectors)
    others = [axis for axis in range(count) if axis not in spatial]
    color = next((axis for axis in others if _is_color(kinds[axis], sizes[axis], dtype, axis)), None)
    warnings: list[str] = []
    affine, came_from = _affine(fields, spatial, count, warnings)
    frames = [axis for axis in others if axis != color and sizes[axis] > 1]
    if len(frames) > 1:
        warnings.append(f"has {count} axes; the last ones are shown as frames")
    times = _times(fields, frames[0], sizes) if [kinds[axis] for axis in frames] == ["time"] else None
    encoding = fields["encoding"].lower()
    header = GridFile(
        path,
        sizes,
        (*spatial, *(axis for axis in others if axis != color)),
        len(spatial),
        color,
        dtype,
        _parts(path, text, encoding, dtype, sizes),
        encoding in _TEXTS,
        affine,
        unit=fields.get("sample units", "").strip('"'),
        kind="label" if text.is_label else "",
        frame_axis=times,
        warnings=tuple(warnings),
        info={
            "format": "NRRD",
            "dimensions": size_words(sizes),
            "data type": type_words(dtype),
            "encoding": encoding,
            "orientation": came_from,
        },
    )
    check_claims(header)
    return header


def _data_type(fields: dict[str, Any], where: str) -> np.dtype[Any]:
    name = " ".join(fields["type"].lower().split())
    if name not in _TYPE_OF:
        raise ReadError(where, f"has the data type '{name[:40]}'", "Convert it to float or short")
    dtype = np.dtype(_TYPE_OF[name])
    return dtype.newbyteorder(">") if fields.get("endian", "").lower() == "big" else dtype


def _per_axis(fields: dict[str, Any], key: str, count: int, default: Any) -> Sequence[Any]:
    """Return a field that has a value for each axis; defaults where it has not as many."""
    found: Sequence[Any] = fields.get(key, ())
    return found if len(found) == count else [default] * count


def _spatial_axes(kinds: list[str], vectors: NDArray[np.float64] | None) -> tuple[int, ...]:
    """Return the axes that are i, j and k: those with a direction, else those of no other kind."""
    if vectors is not None:
        axes = [axis for axis, vector in enumerate(vectors) if not np.isnan(vector).all()]
    else:
        axes = [axis for axis, kind in enumerate(kinds) if kind in _PLAIN_KINDS]
    return tuple(axes[:3])


def _is_color(kind: str, size: int, dtype: np.dtype[Any], axis: int) -> bool:
    if size not in (3, 4) or dtype.kind != "u" or dtype.itemsize > 2 or kind in _FRAME_KINDS:
        return False
    return "color" in kind or (dtype.itemsize == 1 and (kind in _COLOR_KINDS or axis == 0))


def _parts(
    path: Path, text: _Text, encoding: str, dtype: np.dtype[Any], sizes: tuple[int, ...]
) -> tuple[Part, ...]:
    """Return where the voxels lie."""
    if encoding not in _PACKINGS and encoding not in _TEXTS:
        raise ReadError(path.name, f"has the encoding '{encoding[:40]}'", "Write it as raw or gzip")
    packing = _PACKINGS.get(encoding, "plain")
    named = text.fields.get("data file")
    start = text.end if named is None else 0
    files = (path,) if named is None else data_files(path, named, text.names, math.prod(sizes[1:]))
    lines, skip = (text.fields.get(key, 0) for key in ("line skip", "byte skip"))
    share = dtype.itemsize * math.prod(sizes) // len(files)
    parts = []
    for file in files:
        begin = _after_lines(file, start, lines) if lines > 0 else start
        if skip < 0 and packing == "plain":
            # The voxels are the file's last bytes.
            begin = max(file.stat().st_size - share, begin)
        parts.append(Part(file, packing, begin, max(skip, 0)))
    return tuple(parts)


def _after_lines(path: Path, start: int, lines: int) -> int:
    """Return the byte behind some lines; ReadError where there are not so many."""
    with path.open("rb") as file:
        file.seek(start)
        # A line has one byte at least.
        if lines <= most_bytes(path, "plain", start):
            for _ in range(lines):
                if not file.readline(MOST_HEADER):
                    break
            else:
                return file.tell()
    raise ReadError(path.name, f"has not the {lines} lines that are to be skipped", "Write it again")


# What overflows is found unusable at the end.
@np.errstate(over="ignore", invalid="ignore")
def _affine(
    fields: dict[str, Any], spatial: tuple[int, ...], count: int, warnings: list[str]
) -> tuple[NDArray[np.float64], str]:
    """Return voxel → world mm, and in words where it comes from; shear is kept as it is."""
    space = fields.get("space", "").lower()
    known = _SPACES.get(space.removesuffix("-time").removesuffix("t") if len(space) != 3 else space)
    mm = MM_PER_UNIT.get(next(iter(fields.get("space units", ())), "").strip().lower(), 1.0)
    placed = np.eye(4)
    if "space directions" in fields:
        for column, axis in enumerate(spatial):
            vector = fields["space directions"][axis][:3]
            placed[:3, column] = [*vector, 0.0, 0.0, 0.0][:3]
    else:
        _place_by_axes(placed, fields, spatial, count)
    origin = fields.get("space origin", placed[:3, 3])[:3]
    placed[: len(origin), 3] = origin
    affine = np.diag([*(known or (-1.0, -1.0, 1.0)), 1.0]) @ np.diag([mm, mm, mm, 1.0]) @ placed
    if "space directions" not in fields or known is None:
        warnings.append(NO_ORIENTATION)
    if not is_invertible(affine):
        warnings.append("has unusable space directions, which are not followed; voxels of 1 mm are shown")
        return LPS_TO_RAS.copy(), "unusable; voxels of 1 mm"
    return affine, space or "none in the file"


def _place_by_axes(
    placed: NDArray[np.float64], fields: dict[str, Any], spatial: tuple[int, ...], count: int
) -> None:
    """Write into an affine what the axes say one by one: the distance of voxels, the place of the first."""
    spacings = _per_axis(fields, "spacings", count, 1.0)
    mins = _per_axis(fields, "axis mins", count, math.nan)
    centerings = _per_axis(fields, "centerings", count, "")
    for column, axis in enumerate(spatial):
        placed[column, column] = step = step_or_one(spacings[axis])
        if math.isfinite(mins[axis]):
            # The least position is the first voxel's edge, unless it is said to be its centre.
            placed[column, 3] = mins[axis] + (0.0 if centerings[axis].lower() == "node" else step / 2)


def _times(fields: dict[str, Any], axis: int, sizes: tuple[int, ...]) -> FrameAxis | None:
    """Return the times of the frames, in seconds, where the header has them."""
    unit = _per_axis(fields, "units", len(sizes), "")[axis].strip().lower()
    step = float(_per_axis(fields, "spacings", len(sizes), math.nan)[axis])
    if unit not in _SECONDS or not math.isfinite(step):
        return None
    return FrameAxis("time", tuple(round(step * _SECONDS[unit] * t, 9) for t in range(sizes[axis])), "s")
