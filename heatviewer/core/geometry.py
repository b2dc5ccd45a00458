"""Affines, view planes and directions.

World is millimetres, RAS+: x to the patient's right, y to the front, z to the head.
Voxel indices are integers at voxel centres; a grid covers −0.5 … n−0.5 on each axis.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Final, Literal, cast

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

Vec3 = tuple[float, float, float]
PlaneName = Literal["axial", "coronal", "sagittal"]
Convention = Literal["radiological", "neurological"]
SagittalSide = Literal["nose-left", "nose-right"]

PLANES: Final[tuple[PlaneName, ...]] = ("axial", "coronal", "sagittal")

#: DICOM's LPS+ millimetres to our RAS+ millimetres, and back.
LPS_TO_RAS: Final = np.diag([-1.0, -1.0, 1.0, 1.0])


def apply_affine(affine: ArrayLike, points: ArrayLike) -> NDArray[np.float64]:
    """Return `affine` applied to points of shape (…, 3)."""
    matrix = np.asarray(affine, dtype=np.float64)
    points = np.asarray(points, dtype=np.float64)
    return points @ matrix[:3, :3].T + matrix[:3, 3]


def spacing(affine: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the distance between voxel centres along i, j and k, in mm."""
    return cast("NDArray[np.float64]", np.linalg.norm(affine[:3, :3], axis=0))


def grid_corners_world(shape: Sequence[int], affine: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the 8 outer corners of a voxel grid, world mm, shape (8, 3)."""
    ends = [(-0.5, n - 0.5) for n in shape[:3]]
    return apply_affine(affine, list(product(*ends)))


def centre_of_box(shape: Sequence[int], affine: NDArray[np.float64]) -> Vec3:
    """Return the centre of a voxel grid, world mm."""
    return vec3(apply_affine(affine, [(n - 1) / 2 for n in shape[:3]]))


def centre_voxel_world(shape: Sequence[int], affine: NDArray[np.float64]) -> Vec3:
    """Return the world point of the voxel n // 2 on each axis: where a cursor starts."""
    return vec3(apply_affine(affine, [n // 2 for n in shape[:3]]))


def nearest_voxel(index: ArrayLike) -> NDArray[np.int64]:
    """Return the nearest voxel of a continuous index: floor(x + 0.5)."""
    # Rounded to a micro-voxel first: a world point made from a voxel edge and taken back through
    # the inverse affine comes out a few 1e-14 to either side of it.
    return cast("NDArray[np.int64]", np.floor(np.round(np.asarray(index, float) + 0.5, 6)).astype(np.int64))


def vec3(values: ArrayLike) -> Vec3:
    """Return three numbers as a tuple of floats."""
    x, y, z = (float(v) for v in (values if isinstance(values, tuple | list) else np.ravel(values)))
    return (x, y, z)


def view_axes(
    plane: PlaneName,
    convention: Convention = "radiological",
    sagittal: SagittalSide = "nose-left",
) -> tuple[Vec3, Vec3]:
    """Return the world unit vectors that point right and up on the screen for a view."""
    if plane == "sagittal":
        return ((0.0, -1.0, 0.0) if sagittal == "nose-left" else (0.0, 1.0, 0.0)), (0.0, 0.0, 1.0)
    right = (-1.0, 0.0, 0.0) if convention == "radiological" else (1.0, 0.0, 0.0)
    return right, ((0.0, 1.0, 0.0) if plane == "axial" else (0.0, 0.0, 1.0))


def direction_letters(direction: ArrayLike) -> str:
    """Return the patient directions of a world vector, the strongest first, such as ``"L"`` or ``"LA"``.

    A second and third letter appear where the vector leans there by more than 10 degrees or so
    (a component above 0.2), so an oblique view is never labelled as a straight one.
    """
    vector = vec3(direction)
    length = math.hypot(*vector)
    if length == 0:
        return ""
    letters = (("R", "L"), ("A", "P"), ("S", "I"))
    order = sorted(range(3), key=lambda axis: -abs(vector[axis]))
    return "".join(letters[axis][vector[axis] < 0] for axis in order if abs(vector[axis]) > 0.2 * length)


@dataclass(frozen=True, slots=True)
class Plane:
    """A picture's place in the world.

    The pixel in column c, row r (from the top left, integers at pixel centres) shows the world
    point ``origin + c·right + r·down``.

    Attributes
    ----------
    origin : Vec3
        World point of the top left pixel's centre, mm.
    right, down : Vec3
        World step of one pixel to the right and down, mm.
    size : (int, int)
        Width and height in pixels.
    """

    origin: Vec3
    right: Vec3
    down: Vec3
    size: tuple[int, int]

    @classmethod
    def centred(cls, at: Vec3, right: Vec3, up: Vec3, size: tuple[int, int], mm_per_pixel: float) -> Plane:
        """Return the plane whose picture of W×H pixels at S mm a pixel is centred on `at`.

        Column c, row r shows ``at + S·((c − (W−1)/2)·right + ((H−1)/2 − r)·up)``.
        """
        # Plain numbers here and below: on three of them numpy takes ten times as long.
        width, height = int(size[0]), int(size[1])
        step_right = vec3([r * mm_per_pixel for r in right])
        step_down = vec3([-u * mm_per_pixel for u in up])
        across, along = (width - 1) / 2, (height - 1) / 2
        steps = zip(at, step_right, step_down, strict=True)
        origin = vec3([a - r * across - d * along for a, r, d in steps])
        return cls(origin, step_right, step_down, (width, height))

    @property
    def mm_per_pixel(self) -> float:
        """Millimetres in one pixel step to the right."""
        return float(np.linalg.norm(self.right))

    @property
    def normal(self) -> Vec3:
        """Unit vector out of the picture plane: right × up."""
        # Written out: numpy's cross product takes 0.1 ms, and this is asked for in every picture.
        (ax, ay, az), (bx, by, bz) = self.right, self.down
        x, y, z = az * by - ay * bz, ax * bz - az * bx, ay * bx - ax * by
        length = math.sqrt(x * x + y * y + z * z)
        return x / length, y / length, z / length

    def world_at(self, column: float, row: float) -> Vec3:
        """Return the world point under a continuous pixel position."""
        steps = zip(self.origin, self.right, self.down, strict=True)
        return vec3([o + column * r + row * d for o, r, d in steps])

    def pixel_of(self, world: Vec3) -> tuple[float, float]:
        """Return the continuous (column, row) of a world point, dropped along the normal."""
        offset = np.subtract(world, self.origin)
        right, down = np.asarray(self.right), np.asarray(self.down)
        return float(offset @ right / (right @ right)), float(offset @ down / (down @ down))

    def cut(self, left: int, top: int, width: int, height: int) -> Plane:
        """Return the part of the picture that begins at a pixel and has a size, in pixels."""
        return Plane(self.world_at(left, top), self.right, self.down, (width, height))

    def bounds_of(self, points_world: NDArray[np.float64]) -> tuple[int, int, int, int]:
        """Return left, top, width and height of the pixels whose centres points (n, 3) span.

        Points are dropped along the normal; only pixels of the picture count.
        """
        offsets = points_world - np.asarray(self.origin)
        edges = []
        for step, count in ((self.right, self.size[0]), (self.down, self.size[1])):
            along = offsets @ np.asarray(step) / np.dot(step, step)
            first = min(max(math.ceil(along.min() - 1e-6), 0), count)
            last = max(min(math.floor(along.max() + 1e-6) + 1, count), first)
            edges.append((first, last - first))
        (left, width), (top, height) = edges
        return left, top, width, height

    def to_voxel(self, affine: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the 4×4 matrix from (column, row, 0) to continuous voxel indices."""
        return self.to_voxel_by(cast("NDArray[np.float64]", np.linalg.inv(affine)))

    def to_voxel_by(self, world_to_voxel: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the same matrix as `to_voxel` from an affine's inverse, which a volume keeps."""
        columns = zip(self.right, self.down, self.normal, self.origin, strict=True)
        matrix = world_to_voxel @ np.array([*columns, (0.0, 0.0, 0.0, 1.0)])
        # An exact 0 where rounding left 1e-17: an axis-aligned plane stays axis-aligned, and a
        # pixel on a voxel centre samples that voxel alone.
        return cast("NDArray[np.float64]", np.round(matrix, 11))


def fit_mm_per_pixel(
    corners_world: NDArray[np.float64], at: Vec3, right: Vec3, up: Vec3, size: tuple[int, int]
) -> float:
    """Return the smallest mm per pixel at which a box centred on `at` is wholly in the picture."""
    offsets = corners_world - np.asarray(at)
    half_width = float(np.abs(offsets @ np.asarray(right)).max())
    half_height = float(np.abs(offsets @ np.asarray(up)).max())
    return max(2 * half_width / size[0], 2 * half_height / size[1], 1e-6)


def slice_axis(affine: NDArray[np.float64], normal: ArrayLike) -> tuple[int, float]:
    """Return the voxel axis nearest a view's normal and the sign that steps along the normal."""
    directions = affine[:3, :3] / spacing(affine)
    along = directions.T @ np.asarray(normal, dtype=np.float64)
    axis = int(np.argmax(np.abs(along)))
    return axis, 1.0 if along[axis] >= 0 else -1.0
