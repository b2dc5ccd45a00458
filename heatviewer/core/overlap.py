"""How two voxel grids lie to each other in the world: how much of one lies in the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from heatviewer.core.geometry import apply_affine

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from heatviewer.core.volume import Volume

#: Points a grid is sampled at along each axis: a share is then exact to about a twentieth.
_POINTS = 20
#: Grids whose corners differ by less, mm, are the same.
SAME_MM = 0.01


def same_grid(first: Volume, second: Volume) -> bool:
    """Return whether two volumes have as many voxels at the same places (corners within 0.01 mm)."""
    return first.grid == second.grid and bool(
        np.abs(first.corners_world - second.corners_world).max() <= SAME_MM
    )


def share_inside(inner: Volume, outer: Volume) -> float:
    """Return which share of a grid's box, 0…1, lies in another grid; both may be oblique or sheared.

    The box is sampled at up to 20 points along each axis, evenly over −0.5 … n−0.5.
    """
    axes = []
    for count in inner.grid:
        points = min(count, _POINTS)
        axes.append((np.arange(points) + 0.5) * count / points - 0.5)
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    index = apply_affine(outer.world_to_voxel @ inner.affine, grid)
    # As in Plane.to_voxel: what lies on the edge by the header must not be outside by rounding.
    index = np.round(index, 9)
    inside = ((index >= -0.5) & (index <= np.asarray(outer.grid) - 0.5)).all(axis=1)
    return float(inside.mean())


def overlap(first: Volume, second: Volume) -> float:
    """Return which share of the smaller of two boxes, 0…1, lies in the other.

    So a small lesion in a head, and a body around one, are both a whole overlap.
    """
    return max(share_inside(first, second), share_inside(second, first))


def is_unplaced(volume: Volume) -> bool:
    """Return whether an affine says nothing of where a volume lies.

    Straight axes, with the centre of the grid or voxel 0 at the origin: so files without
    orientation are read, and so programs write what lost its header.
    """
    matrix = volume.affine
    straight = not np.any(matrix[:3, :3] - np.diag(np.diag(matrix[:3, :3])))
    origin: NDArray[np.float64] = matrix[:3, 3]
    centred = np.abs(volume.centre_world).max() <= SAME_MM
    return bool(straight and (centred or not origin.any()))
