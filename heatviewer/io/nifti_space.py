"""Where a NIfTI image lies: sform, qform, or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from heatviewer.core.geometry import grid_corners_world
from heatviewer.io.nifti_words import space_words
from heatviewer.io.wording import NO_ORIENTATION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

_MM_PER_UNIT: Final = {0: 1.0, 1: 1000.0, 2: 1.0, 3: 0.001}
#: Two orientations that agree to this many mm at every corner are one.
_SAME_MM: Final = 0.01
_FARTHEST_MM: Final = 1e9
#: Smaller voxels are none, whatever the unit: an atom's nucleus is as large in metres.
_LEAST_STEP: Final = 1e-15


# What overflows is found unusable at the end.
@np.errstate(over="ignore", invalid="ignore")
def orientation(
    fields: Mapping[str, Any], dims: tuple[int, ...], warnings: list[str]
) -> tuple[NDArray[np.float64], str]:
    """Return voxel → world mm, and in words where that comes from: sform, else qform, else centred.

    Notes what is odd about it in `warnings`.
    """
    steps = np.asarray(fields["pixdim"][1:4], dtype=np.float64)
    possible = (np.abs(steps) > _LEAST_STEP) & (np.abs(steps) < _FARTHEST_MM)
    if not (possible & (steps > 0)).all():
        steps = np.where(possible, np.abs(steps), 1.0)
        if any(n > 1 for n in (*dims, 1, 1)[:3]):
            warnings.append("has impossible voxel sizes; their amounts, or 1 mm, are used")
    mm = _MM_PER_UNIT.get(int(fields["units"]) & 7, 1.0)
    found = {}
    if fields["sform"] > 0:
        found["sform"] = _in_mm(_sform(fields["rows"]), mm)
    if fields["qform"] > 0:
        found["qform"] = _in_mm(_qform(fields, steps), mm)
    usable = {name: affine for name, affine in found.items() if is_invertible(affine)}
    warnings.extend(f"has an unusable {name}, which is not followed" for name in found.keys() - usable.keys())
    if not usable:
        warnings.append(NO_ORIENTATION)
        return _in_mm(centred_affine(dims, steps), mm), "none in the file; centred, i toward the left"
    if len(usable) == 2:
        _compare(usable["sform"], usable["qform"], (*dims, 1, 1)[:3], warnings)
    name = next(iter(usable))
    return usable[name], f"{name} ({space_words(int(fields[name]))})"


def _in_mm(affine: NDArray[np.float64], mm: float) -> NDArray[np.float64]:
    return np.diag([mm, mm, mm, 1.0]) @ affine if mm != 1.0 else affine


def _sform(rows: NDArray[Any]) -> NDArray[np.float64]:
    affine = np.eye(4)
    affine[:3] = np.asarray(rows, dtype=np.float64).reshape(3, 4)
    return affine


def _qform(fields: Mapping[str, Any], steps: NDArray[np.float64]) -> NDArray[np.float64]:
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


def is_invertible(affine: NDArray[np.float64]) -> bool:
    """Return whether an affine is finite, within 1000 km, and its axes do not lie in one plane."""
    if not (np.abs(affine) < _FARTHEST_MM).all():
        return False
    lengths = np.linalg.norm(affine[:3, :3], axis=0)
    if not (lengths > 0).all():
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


def centred_affine(dims: tuple[int, ...], steps: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the affine of a file without orientation: centred, i toward the left, as nibabel has it."""
    scale = np.array([-1.0, 1.0, 1.0]) * steps
    affine = np.diag([*scale, 1.0])
    affine[:3, 3] = -(np.array((*dims, 1, 1)[:3]) - 1) / 2 * scale
    return affine
