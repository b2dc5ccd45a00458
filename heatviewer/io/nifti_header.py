"""The headers of NIfTI-1 and NIfTI-2, read with nothing but numpy.

nibabel gives the same numbers (the tests compare them), but importing it takes 300 ms, a good
part of a short command, and it imports pydicom with it.

Sources: nifti1.h and nifti2.h of the NIfTI Data Format Working Group.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from heatviewer.core.errors import ReadError
from heatviewer.io.nifti_space import orientation
from heatviewer.io.nifti_words import KINDS, MATRIX_INTENTS, frame_axis, intent_words, unit_words
from heatviewer.io.wording import size_words, type_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from heatviewer.core.volume import FrameAxis

#: Byte, element type and count of the fields that matter; a count of 0 is a single number.
_FIELDS_1: Final = {
    "dim": (40, "i2", 8), "intent": (68, "i2", 0), "type": (70, "i2", 0), "pixdim": (76, "f4", 8),
    "offset": (108, "f4", 0), "slope": (112, "f4", 0), "intercept": (116, "f4", 0),
    "parameters": (56, "f4", 3), "units": (123, "u1", 0), "first_frame": (136, "f4", 0),
    "intent_name": (328, "u1", 16), "cal_max": (124, "f4", 0), "cal_min": (128, "f4", 0),
    "qform": (252, "i2", 0), "sform": (254, "i2", 0), "quaternion": (256, "f4", 6),
    "rows": (280, "f4", 12),
}  # fmt: skip
_FIELDS_2: Final = {
    "type": (12, "i2", 0), "dim": (16, "i8", 8), "pixdim": (104, "f8", 8), "offset": (168, "i8", 0),
    "slope": (176, "f8", 0), "intercept": (184, "f8", 0), "cal_max": (192, "f8", 0),
    "cal_min": (200, "f8", 0), "qform": (344, "i4", 0), "sform": (348, "i4", 0),
    "quaternion": (352, "f8", 6), "rows": (400, "f8", 12), "units": (500, "i4", 0),
    "intent": (504, "i4", 0), "parameters": (80, "f8", 3), "first_frame": (216, "f8", 0),
    "intent_name": (508, "u1", 16),
}  # fmt: skip
_TYPES: Final = {
    2: "u1", 4: "i2", 8: "i4", 16: "f4", 32: "c8", 64: "f8", 256: "i1", 512: "u2", 768: "u4",
    1024: "i8", 1280: "u8", 1792: "c16",
}  # fmt: skip
#: Interleaved 8-bit colours: how many a voxel has.
_COLORS: Final = {128: 3, 2304: 4}
_REFUSED_TYPES: Final = {
    1: "holds single bits, whose order NIfTI does not lay down",
    1536: "holds 128-bit numbers, whose layout differs from machine to machine",
    2048: "holds 256-bit complex numbers, whose layout differs from machine to machine",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class ImageHeader:
    """What a NIfTI or Analyze header says, in HeatViewer's terms.

    Attributes
    ----------
    shape : tuple of int
        (x, y, z) or (x, y, z, t): single axes dropped, a further axis folded into frames.
    dtype : dtype
        Element type in the file, with its byte order.
    offset : int
        Bytes before the first voxel, in the file of the voxels.
    affine : ndarray
        (4, 4) float64, voxel index to world RAS+ mm.
    slope, intercept : float
        Value = stored * slope + intercept.
    window : tuple of float or None
        (centre, width) from cal_min … cal_max.
    kind : str
        ``"z"``, ``"t"``, ``"p"``, ``"label"`` or empty, from the intent code.
    in_pair : bool
        Whether the voxels lie in another file (.img).
    warnings : tuple of str
        What is odd.
    colors : int
        Numbers a voxel: 3 or 4 of a colour image, one after the other; else 1.
    frame_axis : FrameAxis or None
        What the frames differ in.
    info : mapping
        What else it says, for the information view.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    offset: int
    affine: NDArray[np.float64]
    slope: float = 1.0
    intercept: float = 0.0
    window: tuple[float, float] | None = None
    kind: str = ""
    in_pair: bool = False
    warnings: tuple[str, ...] = ()
    colors: int = 1
    frame_axis: FrameAxis | None = None
    info: Mapping[str, Any] = field(default_factory=dict)

    @property
    def data_bytes(self) -> int:
        """Bytes that the voxels take in the file."""
        return self.dtype.itemsize * self.colors * math.prod(self.shape)


def parse_header(raw: bytes, where: str) -> ImageHeader:
    """Return what a NIfTI-1 or NIfTI-2 header says.

    Parameters
    ----------
    raw : bytes
        The file's first 540 bytes (348 are enough for NIfTI-1).
    where : str
        Name for messages.

    Raises
    ------
    ReadError
        The header is cut short, or tells of something impossible or not supported.
    """
    fields = _fields(raw, where)
    warnings: list[str] = []
    dims = _dims(fields["dim"], where)
    second = len(fields["dim"].tobytes()) == 64
    in_pair = raw[344:346] == b"ni" or raw[4:6] == b"ni"
    dtype, colors = _data_type(fields, where)
    shape = volume_shape(dims, warnings)
    affine, came_from = orientation(fields, dims, warnings)
    slope, intercept = scaling(float(fields["slope"]), float(fields["intercept"]))
    if colors > 1:
        slope, intercept = 1.0, 0.0
    return ImageHeader(
        shape,
        dtype,
        _offset(float(fields["offset"]), second, in_pair, where),
        affine,
        slope,
        intercept,
        _window(float(fields["cal_min"]), float(fields["cal_max"])),
        KINDS.get(int(fields["intent"]), ""),
        in_pair,
        tuple(warnings),
        colors,
        frame_axis(fields, dims),
        {
            "format": f"NIfTI-{2 if second else 1}{' pair' if in_pair else ''}",
            "dimensions": size_words(dims),
            "data type": type_words(dtype, colors),
            "orientation": came_from,
            "unit of length": unit_words(int(fields["units"])),
        }
        | _said("intent", intent_words(fields))
        | _said("scaling", scaling_words(slope, intercept)),
    )


def scaling_words(slope: float, intercept: float) -> str:
    """Return the way from stored numbers to values; empty where they are the same."""
    if slope == 1.0 and intercept == 0.0:
        return ""
    return f"value = stored × {slope:.7g} {'−' if intercept < 0 else '+'} {abs(intercept):.7g}"


def volume_shape(dims: tuple[int, ...], warnings: list[str]) -> tuple[int, ...]:
    """Return a header's dimensions as (x, y, z) or (x, y, z, t)."""
    grid = (*dims, 1, 1)[:3]
    further = [n for n in dims[3:] if n > 1]
    if len(further) > 1:
        folded = size_words(tuple(further))
        warnings.append(f"has {3 + len(further)} axes; the last ones ({folded}) are shown as frames")
    frames = math.prod(further)
    return (*grid, frames) if frames > 1 else grid


def scaling(slope: float, intercept: float) -> tuple[float, float]:
    """Return a usable slope and intercept: a slope of 0, NaN or infinity means 'none'."""
    if slope == 0 or not np.isfinite(slope):
        return 1.0, 0.0
    return slope, intercept if np.isfinite(intercept) else 0.0


def _said(key: str, words: str) -> dict[str, str]:
    return {key: words} if words else {}


def _fields(raw: bytes, where: str) -> dict[str, Any]:
    """Return the header's fields as numpy values in the file's byte order."""
    second = raw[4:8] in (b"n+2\0", b"ni2\0")
    length = 540 if second else 348
    if len(raw) < length:
        raise ReadError(where, f"ends after {len(raw)} bytes, within its header", "Copy it again")
    order = _byte_order(raw, length, 16 if second else 40, "i8" if second else "i2", where)
    fields: dict[str, Any] = {}
    for name, (start, kind, count) in (_FIELDS_2 if second else _FIELDS_1).items():
        values = np.frombuffer(raw, np.dtype(order + kind), count or 1, start)
        fields[name] = values if count else values[0]
    fields["order"] = order
    return fields


def _byte_order(raw: bytes, length: int, dim_start: int, dim_kind: str, where: str) -> str:
    """Return ``"<"`` or ``">"``: from the header's size, else from the number of dimensions."""
    for order in "<>":
        if np.frombuffer(raw, f"{order}i4", 1)[0] == length:
            return order
    for order in "<>":
        if 1 <= np.frombuffer(raw, order + dim_kind, 1, dim_start)[0] <= 7:
            return order
    raise ReadError(where, "has a header without a size or dimensions", "Write the file again")


def _dims(dim: NDArray[Any], where: str) -> tuple[int, ...]:
    count = int(dim[0])
    dims = tuple(int(n) for n in dim[1 : 1 + count]) if 1 <= count <= 7 else ()
    if not dims or min(dims) < 1:
        found = " × ".join(str(n) for n in dims) or f"{count} axes"
        raise ReadError(where, f"has impossible dimensions ({found})", "Write the file again")
    return dims


def _data_type(fields: dict[str, Any], where: str) -> tuple[np.dtype[Any], int]:
    """Return the element type, and how many of them a voxel has."""
    code = int(fields["type"])
    if int(fields["intent"]) in MATRIX_INTENTS:
        raise ReadError(where, "is a CIFTI matrix, not a volume", "Write a map of it as NIfTI")
    if code in _COLORS:
        return np.dtype(np.uint8), _COLORS[code]
    if code in _TYPES:
        return np.dtype(_TYPES[code]).newbyteorder(fields["order"]), 1
    found = _REFUSED_TYPES.get(code, f"has the unknown data type {code}")
    raise ReadError(where, found, "Convert it to float32 or an integer type")


def _offset(found: float, second: bool, in_pair: bool, where: str) -> int:
    least = 0 if in_pair else 544 if second else 352
    if found == 0:
        return least
    if not np.isfinite(found) or found < least:
        raise ReadError(
            where, f"says that its voxels begin at byte {found:g}, within the header", "Write it again"
        )
    return int(found)


def _window(low: float, high: float) -> tuple[float, float] | None:
    if np.isfinite(low) and np.isfinite(high) and high > low:
        return (low + high) / 2, high - low
    return None
