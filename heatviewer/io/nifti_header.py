"""The headers of NIfTI-1 and NIfTI-2, read with nothing but numpy.

nibabel gives the same numbers (the tests compare them), but importing it takes 300 ms, a good
part of a short command, and it imports pydicom with it.

Sources: nifti1.h and nifti2.h of the NIfTI Data Format Working Group.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from heatviewer.core.errors import ReadError
from heatviewer.core.geometry import grid_corners_world

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Byte, element type and count of the fields that matter; a count of 0 is a single number.
_FIELDS_1: Final = {
    "dim": (40, "i2", 8), "intent": (68, "i2", 0), "type": (70, "i2", 0), "pixdim": (76, "f4", 8),
    "offset": (108, "f4", 0), "slope": (112, "f4", 0), "intercept": (116, "f4", 0),
    "units": (123, "u1", 0), "cal_max": (124, "f4", 0), "cal_min": (128, "f4", 0),
    "qform": (252, "i2", 0), "sform": (254, "i2", 0), "quaternion": (256, "f4", 6),
    "rows": (280, "f4", 12),
}  # fmt: skip
_FIELDS_2: Final = {
    "type": (12, "i2", 0), "dim": (16, "i8", 8), "pixdim": (104, "f8", 8), "offset": (168, "i8", 0),
    "slope": (176, "f8", 0), "intercept": (184, "f8", 0), "cal_max": (192, "f8", 0),
    "cal_min": (200, "f8", 0), "qform": (344, "i4", 0), "sform": (348, "i4", 0),
    "quaternion": (352, "f8", 6), "rows": (400, "f8", 12), "units": (500, "i4", 0),
    "intent": (504, "i4", 0),
}  # fmt: skip
_TYPES: Final = {
    2: "u1", 4: "i2", 8: "i4", 16: "f4", 32: "c8", 64: "f8", 256: "i1", 512: "u2", 768: "u4",
    1024: "i8", 1280: "u8", 1792: "c16",
}  # fmt: skip
_REFUSED_TYPES: Final = {
    1: "holds single bits", 128: "holds RGB colours: colour NIfTI is not read yet",
    1536: "holds 128-bit numbers", 2048: "holds 256-bit complex numbers",
    2304: "holds RGBA colours: colour NIfTI is not read yet",
}  # fmt: skip
#: CIFTI: matrices of connectivity between places, in a NIfTI-2 file.
_MATRIX_INTENTS: Final = range(3000, 3100)
_MM_PER_UNIT: Final = {0: 1.0, 1: 1000.0, 2: 1.0, 3: 0.001}
_KINDS: Final = {3: "t", 5: "z", 1002: "label"}
#: Two orientations that agree to this many mm at every corner are one.
_SAME_MM: Final = 0.01


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
        ``"z"``, ``"t"``, ``"label"`` or empty, from the intent code.
    in_pair : bool
        Whether the voxels lie in another file (.img).
    warnings : tuple of str
        What is odd.
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

    @property
    def data_bytes(self) -> int:
        """Bytes that the voxels take in the file."""
        product = self.dtype.itemsize
        for n in self.shape:
            product *= n
        return product


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
    shape = volume_shape(dims, warnings)
    in_pair = raw[344:346] == b"ni" or raw[4:6] == b"ni"
    slope, intercept = scaling(float(fields["slope"]), float(fields["intercept"]))
    return ImageHeader(
        shape,
        _data_type(fields, where),
        _offset(float(fields["offset"]), len(fields["dim"].tobytes()) == 64, in_pair, where),
        _affine(fields, dims, warnings),
        slope,
        intercept,
        _window(float(fields["cal_min"]), float(fields["cal_max"])),
        _KINDS.get(int(fields["intent"]), ""),
        in_pair,
        tuple(warnings),
    )


def volume_shape(dims: tuple[int, ...], warnings: list[str]) -> tuple[int, ...]:
    """Return a header's dimensions as (x, y, z) or (x, y, z, t)."""
    grid = (*dims, 1, 1)[:3]
    further = [n for n in dims[3:] if n > 1]
    if len(further) > 1:
        folded = " × ".join(str(n) for n in further)
        warnings.append(f"has {3 + len(further)} axes; the last ones ({folded}) are shown as frames")
    frames = 1
    for n in further:
        frames *= n
    return (*grid, frames) if frames > 1 else grid


def scaling(slope: float, intercept: float) -> tuple[float, float]:
    """Return a usable slope and intercept: a slope of 0, NaN or infinity means 'none'."""
    if slope == 0 or not np.isfinite(slope):
        return 1.0, 0.0
    return slope, intercept if np.isfinite(intercept) else 0.0


def centred_affine(dims: tuple[int, ...], steps: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the affine of a file without orientation: centred, i toward the left, as nibabel has it."""
    scale = np.array([-1.0, 1.0, 1.0]) * steps
    affine = np.diag([*scale, 1.0])
    affine[:3, 3] = -(np.array((*dims, 1, 1)[:3]) - 1) / 2 * scale
    return affine


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


def _data_type(fields: dict[str, Any], where: str) -> np.dtype[Any]:
    code = int(fields["type"])
    if int(fields["intent"]) in _MATRIX_INTENTS:
        raise ReadError(where, "is a CIFTI matrix, not a volume", "Write a map of it as NIfTI")
    if code in _TYPES:
        return np.dtype(_TYPES[code]).newbyteorder(fields["order"])
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


def _affine(fields: dict[str, Any], dims: tuple[int, ...], warnings: list[str]) -> NDArray[np.float64]:
    """Return voxel → world mm: sform, else qform, else centred; notes what is odd about it."""
    steps = np.asarray(fields["pixdim"][1:4], dtype=np.float64)
    if not (np.isfinite(steps).all() and (steps > 0).all()):
        steps = np.where(np.isfinite(steps) & (steps != 0), np.abs(steps), 1.0)
        if any(n > 1 for n in (*dims, 1, 1)[:3]):
            warnings.append("has voxel sizes that are not positive; their amounts, or 1 mm, are used")
    mm = _MM_PER_UNIT.get(int(fields["units"]) & 7, 1.0)
    found = {}
    if fields["sform"] > 0:
        found["sform"] = _in_mm(_sform(fields["rows"]), mm)
    if fields["qform"] > 0:
        found["qform"] = _in_mm(_qform(fields, steps), mm)
    usable = {name: affine for name, affine in found.items() if _invertible(affine)}
    warnings.extend(f"has an unusable {name}, which is not followed" for name in found.keys() - usable.keys())
    if not usable:
        warnings.append("has no orientation in the file; left and right are not certain")
        return _in_mm(centred_affine(dims, steps), mm)
    if len(usable) == 2:
        _compare(usable["sform"], usable["qform"], (*dims, 1, 1)[:3], warnings)
    return next(iter(usable.values()))


def _in_mm(affine: NDArray[np.float64], mm: float) -> NDArray[np.float64]:
    return np.diag([mm, mm, mm, 1.0]) @ affine if mm != 1.0 else affine


def _sform(rows: NDArray[Any]) -> NDArray[np.float64]:
    affine = np.eye(4)
    affine[:3] = np.asarray(rows, dtype=np.float64).reshape(3, 4)
    return affine


def _qform(fields: dict[str, Any], steps: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the affine of a quaternion, offsets and voxel sizes (nifti1.h, method 2)."""
    b, c, d, x, y, z = (float(v) for v in fields["quaternion"])
    rest = 1.0 - (b * b + c * c + d * d)
    if rest < 3 * float(np.finfo(fields["quaternion"].dtype).eps):
        # Half a turn: rounding leaves a tiny or negative rest, which means 0.
        norm = float(np.sqrt(b * b + c * c + d * d))
        a, b, c, d = 0.0, b / norm, c / norm, d / norm
    else:
        a = float(np.sqrt(rest))
    rotation = np.array(
        [
            [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
            [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
            [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c],
        ]
    )
    handedness = -1.0 if fields["pixdim"][0] < 0 else 1.0
    affine = np.eye(4)
    affine[:3, :3] = rotation * (steps * (1.0, 1.0, handedness))
    affine[:3, 3] = x, y, z
    return affine


def _invertible(affine: NDArray[np.float64]) -> bool:
    lengths = np.linalg.norm(affine[:3, :3], axis=0)
    if not np.isfinite(affine).all() or not (lengths > 0).all():
        return False
    return bool(abs(np.linalg.det(affine[:3, :3] / lengths)) >= 1e-6)


def _compare(
    sform: NDArray[np.float64], qform: NDArray[np.float64], grid: tuple[int, ...], warnings: list[str]
) -> None:
    """Note it where the two orientations put a corner at different places."""
    gaps = grid_corners_world(grid, sform) - grid_corners_world(grid, qform)
    gap = float(np.linalg.norm(gaps, axis=1).max())
    if gap > _SAME_MM:
        warnings.append(f"sform and qform differ by up to {gap:.3g} mm; the sform is used")
