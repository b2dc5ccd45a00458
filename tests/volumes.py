"""Small odd volumes, made by code: oblique, flipped, anisotropic, sheared, tiny."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from heatviewer.core.volume import Volume


def affine(kind: str) -> NDArray[np.float64]:
    """Return a named voxel → world matrix."""
    matrix = np.eye(4)
    if kind == "flipped":
        matrix = np.diag([-1.5, 2.0, 3.0, 1.0])
        matrix[:3, 3] = [21.0, -18.5, 7.25]
    elif kind == "swapped":
        matrix[:3, :3] = [[0, 0, 2.0], [-1.25, 0, 0], [0, 0.75, 0]]
        matrix[:3, 3] = [-9.0, 14.0, -3.0]
    elif kind == "oblique":
        matrix[:3, :3] = rotation(0.3, -0.5, 0.9) @ np.diag([1.1, 0.9, 2.3])
        matrix[:3, 3] = [-12.0, 4.0, -15.0]
    elif kind == "left-handed":
        matrix[:3, :3] = rotation(-0.2, 0.4, 0.1) @ np.diag([-1.0, 1.4, 1.4])
        matrix[:3, 3] = [8.0, -10.0, -9.0]
    elif kind == "sheared":
        matrix[:3, :3] = [[1.0, 0.0, 0.0], [0.0, 1.2, 0.6], [0.0, 0.0, 2.5]]
        matrix[:3, 3] = [-8.0, -9.0, -11.0]
    elif kind != "identity":
        raise KeyError(kind)
    return matrix


AFFINES = ("identity", "flipped", "swapped", "oblique", "left-handed", "sheared")


def rotation(x: float, y: float, z: float) -> NDArray[np.float64]:
    """Return a rotation about x, then y, then z, in radians."""
    (cx, cy, cz), (sx, sy, sz) = np.cos([x, y, z]), np.sin([x, y, z])
    about_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    return about_z @ about_y @ about_x


def noise(
    shape: tuple[int, ...] = (17, 14, 11),
    kind: str = "identity",
    dtype: str = "f4",
    seed: int = 0,
    **fields: Any,
) -> Volume:
    """Return seeded noise, mean 100 and deviation 40, on a named affine."""
    rng = np.random.default_rng(seed)
    array = np.clip(rng.normal(100, 40, size=shape), 0, 255).astype(dtype)
    return Volume(array, affine(kind), **fields)


def with_missing(volume: Volume, share: float = 0.2, seed: int = 1) -> Volume:
    """Return a float copy in which a share of the voxels is NaN."""
    array = np.array(volume.array, dtype=np.float32)
    array[np.random.default_rng(seed).random(array.shape) < share] = np.nan
    return Volume(array, volume.affine)


def box(
    shape: tuple[int, int, int] = (20, 20, 20),
    kind: str = "identity",
    at: tuple[int, int, int] = (10, 10, 10),
    half: int = 2,
    value: float = 1.0,
) -> Volume:
    """Return zeros with one bright cube of voxels around `at`."""
    array = np.zeros(shape, dtype=np.float32)
    array[tuple(slice(a - half, a + half + 1) for a in at)] = value
    return Volume(array, affine(kind))


def color_noise(
    shape: tuple[int, int, int] = (17, 14, 11),
    kind: str = "identity",
    alpha: bool = False,
    seed: int = 0,
    **fields: Any,
) -> Volume:
    """Return seeded noise in colours, with or without alpha; its numbers are the brightness."""
    rng = np.random.default_rng(seed)
    planes = rng.integers(0, 256, size=(4 if alpha else 3, *shape), dtype=np.uint8)
    matrix = affine(kind)
    bright = np.rint(np.tensordot([0.299, 0.587, 0.114], planes[:3], axes=1)).astype(np.uint8)
    return Volume(bright, matrix, channels=tuple(Volume(plane, matrix) for plane in planes), **fields)
