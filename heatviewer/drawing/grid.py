"""The rectangular grids in the world that 3D is made on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from heatviewer.core.geometry import Plane, vec3

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from heatviewer.core.volume import Volume

#: A grid of so many voxels is fused in 0.05 s, so a coarse volume may have one finer than itself.
_SMALL = 400_000


@dataclass(frozen=True, eq=False)
class Grid:
    """A right-handed rectangular grid in the world.

    Attributes
    ----------
    origin : ndarray
        (3,) world point of the centre of voxel 0, 0, 0, mm.
    directions : ndarray
        (3, 3) orthonormal, determinant 1; columns are the world directions of the axes.
    spacing : ndarray
        (3,) mm between voxel centres.
    shape : (int, int, int)
        Voxels along the axes.
    """

    origin: NDArray[np.float64]
    directions: NDArray[np.float64]
    spacing: NDArray[np.float64]
    shape: tuple[int, int, int]

    def plane(self, k: int) -> Plane:
        """Return the k-th plane of voxel centres: columns are axis 0, rows are axis 1."""
        steps = self.directions * self.spacing
        return Plane(
            vec3(self.origin + k * steps[:, 2]), vec3(steps[:, 0]), vec3(steps[:, 1]), self.shape[:2]
        )

    def cut(self, first: Sequence[int], shape: Sequence[int]) -> Grid:
        """Return the part of the grid that begins at a voxel and has a shape."""
        origin = self.origin + self.directions @ (self.spacing * np.asarray(first))
        i, j, k = (int(n) for n in shape)
        return Grid(origin, self.directions, self.spacing, (i, j, k))

    def corners_world(self) -> NDArray[np.float64]:
        """Return the 8 outermost voxel centres, world mm, shape (8, 3)."""
        ends = np.array(np.meshgrid(*((0, n - 1) for n in self.shape))).reshape(3, -1).T
        return self.origin + (ends * self.spacing) @ self.directions.T


def grid_for(volumes: Sequence[Volume], max_voxels: int) -> Grid:
    """Return the grid that covers all volumes' boxes, the first one's axes its own.

    Cell edges lie on the first volume's outer faces, and its voxels are the grid's where it has the
    finest spacing and there is room. Where the first volume is sheared the axes are the world's.
    Around all lies one voxel that nothing covers: interpolation then fades to clear over half a
    voxel beyond the outer voxel centres, where the box ends (VTK's own ends at the centres).
    """
    first = volumes[0]
    directions = _directions(first)
    boxes = [volume.corners_world @ directions for volume in volumes]
    low, high = boxes[0].min(axis=0), boxes[0].max(axis=0)
    union_low, union_high = np.min(boxes, axis=(0, 1)), np.max(boxes, axis=(0, 1))
    size = _finest(min(min(volume.spacing) for volume in volumes), float(np.prod(union_high - union_low)))
    # A tenth for cells that stick out, and for a count that is rounded up.
    size = max(size, float(np.prod(union_high - union_low) / (max_voxels * 0.9)) ** (1 / 3))
    # Rounded to a millionth, so that 197.0000001 cells are 197.
    count = np.maximum(np.ceil(np.round((high - low) / size, 6)), 1)
    spacing = (high - low) / count
    before = np.ceil(np.round((low - union_low) / spacing, 6)) + 1
    after = np.ceil(np.round((union_high - high) / spacing, 6)) + 1
    i, j, k = (int(n) for n in before + count + after)
    origin = directions @ (low + (0.5 - before) * spacing)
    return Grid(origin, directions, spacing, (i, j, k))


def voxel_grid(volume: Volume, max_voxels: int) -> Grid:
    """Return a grid of which one voxel lies on every voxel centre of a volume, if there is room.

    The volume's voxels are divided by odd numbers as ``grid_for`` would divide them by any. Where
    they do not fit or are sheared the grid is that of ``grid_for``.
    """
    directions = _directions(volume)
    box = volume.corners_world @ directions
    low, high = box.min(axis=0), box.max(axis=0)
    spacing = np.asarray(volume.spacing)
    size = _finest(float(spacing.min()), float(np.prod(high - low)))
    odd = 2 * (np.round(spacing / size, 6) // 2) + 1
    for parts in (odd, np.ones(3)):
        count = np.asarray(volume.grid) * parts
        if np.prod(count) <= max_voxels and np.allclose(count * spacing / parts, high - low):
            i, j, k = (int(n) + 2 for n in count)
            return Grid(directions @ (low - 0.5 * spacing / parts), directions, spacing / parts, (i, j, k))
    return grid_for([volume], max_voxels)


def _finest(size: float, extent: float) -> float:
    """Return the voxel size wished for: the data's, or a part of it where that is still a small grid.

    Colours come after interpolation only up to the grid: a coarse map gets its smooth outline here.
    """
    parts = [part for part in (4, 3, 2) if extent / (size / part) ** 3 <= _SMALL]
    return size / parts[0] if parts else size


def _directions(volume: Volume) -> NDArray[np.float64]:
    """Return a volume's axes as right-handed orthonormal columns; the world's where it is sheared."""
    directions = volume.affine[:3, :3] / np.asarray(volume.spacing)
    if np.abs(directions.T @ directions - np.eye(3)).max() > 1e-4:
        return np.eye(3)
    if np.linalg.det(directions) < 0:
        directions = directions * np.array([1.0, 1.0, -1.0])
    return cast("NDArray[np.float64]", directions)
