"""The demo study: a torso made in memory, with two heatmaps on grids of their own.

Anatomically suggestive and of nobody: the liver is on the right, the heart, the stomach and the
spleen on the left, so that sides can be checked; a lesion lies in the liver. All shapes are placed
in world mm, RAS+, and painted one over the other with soft edges.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np

from heatviewer.core.geometry import Vec3, apply_affine
from heatviewer.core.volume import Volume

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

#: Centre of the lesion, world mm.
LESION: Final[Vec3] = (78.0, 22.0, 16.0)
_SEED = 20
#: Width of a painted edge, mm: about a voxel, as partial volumes make it.
_EDGE_MM = 1.8

_AIR, _FAT, _MUSCLE, _BONE, _MARROW = -1000.0, -105.0, 52.0, 620.0, 150.0


@dataclass(frozen=True)
class DemoStudy:
    """A base, heatmaps with the settings that show them well (bottom first), and where to look."""

    base: Volume
    heatmaps: tuple[tuple[Volume, Mapping[str, Any]], ...]
    cursor: Vec3


def demo_study() -> DemoStudy:
    """Return the demo study; always the same numbers."""
    rng = np.random.default_rng(_SEED)
    response = _response(rng), {"preset": "Cold and hot", "threshold_abs": 2.3}
    probability = (
        _probability(),
        {"preset": "Rainbow desaturated", "threshold": (0.15, None), "opacity": 0.9},
    )
    return DemoStudy(_torso(rng), (response, probability), LESION)


# --- the torso, in HU --------------------------------------------------------------------------

#: Centre, radii (mm), HU. Painted in this order; x is to the patient's right.
_Ellipsoid = tuple[Vec3, Vec3, float]
_CHEST: Final[tuple[_Ellipsoid, ...]] = (
    ((66, -6, 98), (53, 80, 104), -860.0),  # lungs
    ((-68, -8, 98), (50, 80, 102), -860.0),
    ((0, 12, 120), (24, 58, 100), 38.0),  # mediastinum
    ((-28, 30, 78), (50, 44, 50), 48.0),  # heart: muscle, then its chambers
    ((-36, 28, 72), (29, 24, 30), 155.0),
    ((-4, 38, 84), (24, 22, 28), 130.0),
    ((0, -2, 104), (26, 16, 22), 120.0),
)
_ABDOMEN: Final[tuple[_Ellipsoid, ...]] = (
    ((62, 6, 18), (72, 78, 62), 62.0),  # liver: two lobes
    ((4, 46, 22), (64, 38, 34), 62.0),
    ((40, 62, -26), (12, 13, 22), 8.0),  # gall bladder
    ((-58, 26, 12), (44, 44, 40), 42.0),  # stomach: wall, content, gas that lies in front
    ((-58, 26, 12), (40, 40, 36), 18.0),
    ((-58, 46, 16), (27, 17, 24), -920.0),
    ((-104, -32, 18), (27, 46, 40), 56.0),  # spleen
    ((-22, 4, -22), (46, 13, 12), 46.0),  # pancreas
    ((62, -48, -50), (27, 26, 54), 150.0),  # kidneys: cortex, then the pelvis
    ((54, -44, -50), (13, 14, 30), 70.0),
    ((-62, -48, -40), (27, 26, 54), 150.0),
    ((-54, -44, -40), (13, 14, 30), 70.0),
    ((0, 30, -182), (46, 38, 34), 6.0),  # bladder
)
_LESION: Final[tuple[_Ellipsoid, ...]] = (
    (LESION, (18, 16, 17), 118.0),
    (LESION, (13.5, 12, 12.5), 24.0),
)
#: From, to (mm), radius, HU: vessels, muscles of the back, collar bones.
_Tube = tuple[Vec3, Vec3, float, float]
_TUBES: Final[tuple[_Tube, ...]] = (
    ((-12, -36, -112), (-16, -40, 112), 11.5, 185.0),  # aorta, its arch and its fork
    ((-16, -40, 112), (-6, -8, 134), 12.0, 185.0),
    ((-6, -8, 134), (6, 26, 116), 13.0, 185.0),
    ((6, 26, 116), (-4, 28, 96), 13.0, 185.0),
    ((-12, -36, -112), (-46, -18, -190), 7.5, 180.0),
    ((-12, -36, -112), (24, -20, -190), 7.5, 180.0),
    ((20, -30, -118), (20, -18, 66), 12.0, 135.0),  # lower vena cava
    ((20, -30, -118), (50, -20, -190), 8.0, 130.0),
    ((20, 4, 92), (22, 4, 190), 9.0, 150.0),  # upper vena cava
    ((0, -2, 104), (56, -12, 112), 9.5, 150.0),  # to the lungs
    ((0, -2, 104), (-56, -12, 108), 9.5, 150.0),
    ((56, -12, 112), (84, -30, 84), 4.5, 90.0),
    ((56, -12, 112), (80, 6, 148), 4.0, 90.0),
    ((-56, -12, 108), (-88, -34, 82), 4.5, 90.0),
    ((-56, -12, 108), (-82, 4, 146), 4.0, 90.0),
    ((0, 2, 196), (0, -4, 128), 8.5, -980.0),  # windpipe and its branches
    ((0, -4, 128), (34, -10, 110), 5.5, -980.0),
    ((0, -4, 128), (-36, -10, 106), 5.0, -980.0),
    ((34, 6, 2), (88, 10, 30), 6.0, 142.0),  # vessels of the liver
    ((34, 6, 2), (30, 40, 28), 4.5, 142.0),
    ((34, 6, 2), (10, 2, -24), 6.5, 145.0),
    ((22, -20, 52), (84, -8, 44), 4.5, 138.0),
    ((-12, -38, -44), (-50, -46, -40), 4.0, 175.0),  # to the kidneys
    ((-12, -38, -48), (50, -46, -50), 4.0, 175.0),
)


def _torso(rng: np.random.Generator) -> Volume:
    """Return the CT: 192×160×160 voxels of 1.9×1.7×2.4 mm, turned some degrees against the patient."""
    affine = _turned((5.0, -2.5, 4.0), (1.9, 1.7, 2.4), (192, 160, 160), (0.0, 0.0, 0.0))
    canvas = _Canvas((192, 160, 160), affine, _AIR)
    _paint_body(canvas)
    _paint_all(canvas, _CHEST[:2])
    _roughen_lungs(canvas, rng)
    _paint_all(canvas, _CHEST[2:])
    _paint_pelvis(canvas)
    _paint_bowel(canvas, rng)
    _paint_all(canvas, _ABDOMEN)
    _paint_all(canvas, _LESION)
    for start, end, radius, value in _TUBES:
        canvas.tube(start, end, radius, value)
    _paint_spine(canvas)
    _paint_ribs(canvas)
    _add_grain(canvas.values, rng)
    stored = np.clip(np.rint(canvas.values), -1024, 3071).astype(np.int16)
    return Volume(stored.T, affine, unit="HU", modality="CT", name="Demo torso")


def _paint_all(canvas: _Canvas, shapes: Sequence[_Ellipsoid]) -> None:
    for centre, radii, value in shapes:
        canvas.ellipsoid(centre, radii, value)


def _paint_body(canvas: _Canvas) -> None:
    """Paint the couch, then skin and fat, muscle, and the fat around the organs."""
    canvas.ellipsoid((0, -124, 0), (190, 7, 4000), -120.0)
    canvas.trunk([(0.0, 20.0), (2.5, _FAT), (13.0, _MUSCLE), (27.0, _FAT + 10)])
    for side in (-1, 1):
        canvas.tube((side * 25, -80, -220), (side * 23, -80, 220), 16.0, _MUSCLE)
        canvas.tube((side * 30, -46, 0), (side * 52, -12, -200), 15.0, _MUSCLE + 6)


def _roughen_lungs(canvas: _Canvas, rng: np.random.Generator) -> None:
    """Sprinkle the lungs with small vessels: where a rough noise is high."""
    values = canvas.values
    rough = _smooth_noise(values.shape, 40, rng)
    lung = (values > -900) & (values < -700)
    np.add(values, 260 * np.clip(rough - 0.9, 0, 1.2) + 25 * rough, out=values, where=lung)


def _paint_bowel(canvas: _Canvas, rng: np.random.Generator) -> None:
    """Paint loops of bowel: wall, content, and gas in some."""
    angles = np.linspace(0, 2 * np.pi, 11, endpoint=False)
    for turn, angle in enumerate(np.tile(angles, 3)):
        ring = 1.0 - 0.32 * (turn // 11)
        height = (-48.0, -92.0, -132.0)[turn // 11] + rng.uniform(-14, 14)
        centre = (88 * ring * np.cos(angle), 26 + 42 * ring * np.sin(angle), height)
        size = rng.uniform(14, 21, 3)
        canvas.ellipsoid(centre, tuple(size), 48.0)
        gas = rng.random() < 0.25
        canvas.ellipsoid(centre, tuple(size - 3.0), -820.0 if gas else rng.uniform(5, 30))


def _spine_y(z: float) -> float:
    """Return where the spine's bodies lie, front to back: bent back in the chest, forward in the loins."""
    return -58.0 + 9.0 * float(np.sin((z + 20.0) / -62.0))


def _paint_spine(canvas: _Canvas) -> None:
    """Paint vertebrae (shell, marrow, arch, processes), discs between them, and the canal."""
    for z in np.arange(-192.0, 205.0, 27.0):
        y = _spine_y(z)
        canvas.cylinder((0, y, z + 13.5), (19, 15), 3.5, 95.0)
        canvas.cylinder((0, y, z), (22, 17), 10.5, _BONE)
        canvas.cylinder((0, y, z), (19.5, 14.5), 8.6, _MARROW)
        canvas.tube((0, y - 27, z), (0, y - 42, z - 9), 4.5, 480.0)
        for side in (-1, 1):
            canvas.tube((side * 11, y - 16, z), (side * 10, y - 28, z - 2), 4.5, 480.0)
            canvas.tube((side * 10, y - 28, z - 2), (0, y - 30, z - 4), 4.0, 480.0)
            canvas.tube((side * 12, y - 22, z), (side * 34, y - 28, z), 4.5, 420.0)
    ends = [(0.0, _spine_y(z) - 21.5, float(z)) for z in np.arange(-210.0, 231.0, 20.0)]
    for start, end in pairwise(ends):
        canvas.tube(start, end, 7.5, 18.0)


def _paint_ribs(canvas: _Canvas) -> None:
    """Paint ten pairs of ribs with their cartilage, the breast bone and the collar bones."""
    for n, top in enumerate(np.arange(190.0, -2.0, -19.5)):
        wide = 118.0 - 0.0016 * max(top - 70.0, 0.0) ** 2
        deep = 86.0 - 0.0014 * max(top - 70.0, 0.0) ** 2
        # The lower a rib, the earlier it ends.
        reach = 2.75 if n < 7 else 2.75 - 0.32 * (n - 6)
        angles = np.linspace(0.2, reach, 13)
        drop = 26.0 + 3.0 * min(n, 7)
        for side in (-1, 1):
            places = [
                (side * wide * np.sin(a), -deep * np.cos(a), top - drop * (1 - np.cos(a)) / 2) for a in angles
            ]
            for part, (start, end) in enumerate(pairwise(places)):
                cartilage = part > 9 and n < 9
                canvas.tube(start, end, 4.4, 130.0 if cartilage else _BONE)
                if not cartilage:
                    canvas.tube(start, end, 2.0, _MARROW)
    for start, end, radius in (((0, 92, 70), (0, 88, 150), 8.0), ((0, 88, 150), (0, 80, 176), 12.0)):
        canvas.tube(start, end, radius, 450.0)
        canvas.tube(start, end, radius - 3.5, _MARROW)
    for side in (-1, 1):
        canvas.tube((side * 14, 78, 182), (side * 110, 34, 204), 6.0, _BONE)


def _paint_pelvis(canvas: _Canvas) -> None:
    """Paint the wings of the pelvis as two bowls, and the sacrum."""
    for side in (-1, 1):
        canvas.ellipsoid((side * 80, -22, -172), (50, 60, 70), _MUSCLE)
        canvas.ellipsoid((side * 78, -20, -170), (42, 54, 64), _BONE)
        canvas.ellipsoid((side * 77, -19, -169), (39, 51, 61), _MARROW)
        canvas.ellipsoid((side * 71, -12, -165), (40, 50, 62), _BONE)
        canvas.ellipsoid((side * 68, -9, -163), (40, 50, 62), _MUSCLE)
        canvas.ellipsoid((side * 58, 2, -158), (38, 48, 60), _FAT + 10)
    canvas.ellipsoid((0, -66, -176), (44, 17, 34), _BONE)
    canvas.ellipsoid((0, -66, -176), (40, 13.5, 30), _MARROW)


def _add_grain(values: NDArray[np.float32], rng: np.random.Generator) -> None:
    """Add what scanner and tissue make of an even value: slow changes and fine grain, not in air."""
    grain = _smooth_noise(values.shape, 26, rng)
    grain *= 5.0
    # One sheet of grain, shifted from slice to slice: fresh numbers for each voxel take 60 ms.
    sheet = rng.standard_normal((2 * values.shape[1], 2 * values.shape[2]), dtype=np.float32) * 6
    for k, slab in enumerate(grain):
        down, across = (k * 37) % values.shape[1], (k * 59) % values.shape[2]
        slab += sheet[down : down + values.shape[1], across : across + values.shape[2]]
    grain *= values > -990
    values += grain


# --- heatmaps ----------------------------------------------------------------------------------

#: Centre, spread (mm), height.
_Blob = tuple[Vec3, float, float]
_RESPONSE: Final[tuple[_Blob, ...]] = (
    ((-34, 28, 70), 19.0, 7.2),  # the heart
    ((-62, -46, -36), 17.0, 4.8),  # the left kidney
    ((62, -46, -48), 15.0, 3.4),  # the right one, weaker
    ((-104, -32, 20), 18.0, -5.6),  # the spleen
    ((34, 34, -98), 20.0, -4.0),  # bowel
    ((74, -30, 118), 14.0, 3.8),  # a spot in the right lung
)


def _response(rng: np.random.Generator) -> Volume:
    """Return a signed z-like map: 3.4 mm voxels, turned against the torso's grid."""
    shape = (104, 72, 112)
    affine = _turned((-9.0, 6.0, 14.0), (3.4, 3.4, 3.4), shape, (0.0, 0.0, 0.0))
    canvas = _Canvas(shape, affine, 0.0)
    canvas.values += _smooth_noise(canvas.values.shape, 18, rng) * np.float32(0.55)
    for centre, spread, height in _RESPONSE:
        canvas.blob(centre, spread, height)
    canvas.values *= canvas.deeper_than(6.0)
    return Volume(canvas.values.T, affine, unit="z", kind="z", name="Response z")


def _probability() -> Volume:
    """Return a probability 0…1 around the liver, highest at the lesion: 2.2×2.2×3.2 mm voxels.

    The lesion's centre is the centre of a voxel.
    """
    shape = (72, 66, 42)
    affine = _turned((18.0, -11.0, -8.0), (2.2, 2.2, 3.2), shape, LESION)
    canvas = _Canvas(shape, affine, 0.0)
    canvas.blob(LESION, 10.5, 0.97)
    canvas.blob((52.0, -18.0, 30.0), 8.0, 0.38)
    return Volume(canvas.values.T, affine, name="P(lesion)")


# --- painting ----------------------------------------------------------------------------------


def _turned(degrees: Vec3, spacing: Vec3, shape: tuple[int, int, int], centre: Vec3) -> NDArray[np.float64]:
    """Return a grid's affine: turned about x, y, z in this order, voxel n // 2 at `centre`."""
    (cx, cy, cz), (sx, sy, sz) = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    about_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    affine = np.eye(4)
    affine[:3, :3] = about_z @ about_y @ about_x @ np.diag(spacing)
    affine[:3, 3] = np.subtract(centre, affine[:3, :3] @ [n // 2 for n in shape])
    return affine


def _smooth_noise(shape: tuple[int, ...], nodes: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return noise of mean 0 and deviation 1 that varies over about 1/`nodes` of each axis."""
    field: NDArray[np.float32] = rng.standard_normal((nodes,) * 3, dtype=np.float32)
    for n in shape:
        at = np.linspace(0, nodes - 1, n, dtype=np.float32)[:, None]
        weights = np.exp(-((at - np.arange(nodes, dtype=np.float32)) ** 2))
        # Each pass smooths the first axis and sends it to the back.
        field = np.tensordot(field, weights, axes=(0, 1))
    field -= field.mean()
    field /= field.std()
    return field


class _Canvas:
    """A voxel grid that shapes in world mm are painted on.

    Attributes
    ----------
    values : ndarray
        float32, indexed [k, j, i], so that its transpose is Fortran-ordered.
    """

    def __init__(self, shape: tuple[int, int, int], affine: NDArray[np.float64], value: float) -> None:
        self.values = np.full(shape[::-1], value, dtype=np.float32)
        self._inverse = np.linalg.inv(affine)
        # A world coordinate is a sum of a number of the slice and one of the pixel in it.
        i, j, k = (np.arange(n) for n in shape)
        self._of_slice = [(c * k + d).astype(np.float32) for _, _, c, d in affine[:3]]
        self._of_pixel = [(a * i + b * j[:, None]).astype(np.float32) for a, b, _, _ in affine[:3]]

    def ellipsoid(self, centre: Sequence[float], radii: Sequence[float], value: float) -> None:
        """Paint an ellipsoid whose axes are those of the world."""
        reach = np.asarray(radii) + _EDGE_MM
        box = self._box(np.subtract(centre, reach), np.add(centre, reach))
        square = self._square(box, centre, radii)
        # Near the surface 1 − r² is twice the depth over the radius.
        self._lay(box, (1 - square) * (0.5 * min(radii) / _EDGE_MM) + 0.5, value)

    def cylinder(
        self, centre: Sequence[float], radii: tuple[float, float], half: float, value: float
    ) -> None:
        """Paint an upright elliptic cylinder."""
        reach = np.add((*radii, half), _EDGE_MM)
        box = self._box(np.subtract(centre, reach), np.add(centre, reach))
        square = self._square(box, centre, (*radii, np.inf))
        weight = np.clip((1 - square) * (0.5 * min(radii) / _EDGE_MM) + 0.5, 0, 1)
        height = np.abs(self._world(box, 2) - np.float32(centre[2]))
        self._lay(box, weight * np.clip((half - height) / _EDGE_MM + 0.5, 0, 1), value)

    def tube(self, start: Sequence[float], end: Sequence[float], radius: float, value: float) -> None:
        """Paint a straight tube with round ends."""
        reach = radius + _EDGE_MM
        box = self._box(np.minimum(start, end) - reach, np.maximum(start, end) + reach)
        offset = [self._world(box, axis) - np.float32(start[axis]) for axis in range(3)]
        along = np.subtract(end, start).astype(np.float32)
        length = float(along @ along)
        t = np.clip(sum(o * a for o, a in zip(offset, along, strict=True)) / length, 0, 1)
        square = sum((o - t * a) ** 2 for o, a in zip(offset, along, strict=True))
        self._lay(box, (radius - np.sqrt(square)) / _EDGE_MM + 0.5, value)

    def trunk(self, layers: Sequence[tuple[float, float]]) -> None:
        """Paint the trunk of the body: (depth below the skin, value) of its layers, the outermost first."""
        for k, slab in enumerate(self.values):
            depth = self._depth(k)
            for start, value in layers:
                slab += (np.float32(value) - slab) * np.clip((depth - start) / _EDGE_MM + 0.5, 0, 1)

    def deeper_than(self, depth: float) -> NDArray[np.bool_]:
        """Return which voxels lie in the trunk, so many mm below the skin."""
        return np.stack([self._depth(k) > depth for k in range(len(self.values))])

    def blob(self, centre: Sequence[float], spread: float, height: float) -> None:
        """Add a Gaussian."""
        box = self._box(np.subtract(centre, 4 * spread), np.add(centre, 4 * spread))
        square = self._square(box, centre, (spread,) * 3)
        self.values[box] += np.float32(height) * np.exp(-0.5 * square)

    def _depth(self, k: int) -> NDArray[np.float32]:
        """Return about how many mm below the trunk's skin the voxels of one slice lie."""
        x, y, z = (self._of_pixel[axis] + self._of_slice[axis][k] for axis in range(3))
        bend = ((z + 50) / np.float32(80)) ** 2 + 1
        waist = 1 - np.float32(0.12) / (bend * bend)  # narrower at the waist
        across, ahead = (x / (158 * waist)) ** 2, (y / (108 * waist)) ** 2
        # Rounder than a box and squarer than an ellipse.
        fourth = across * across + ahead * ahead + np.float32(1.1) * across * ahead
        return cast("NDArray[np.float32]", np.float32(120) * (1 - np.sqrt(np.sqrt(fourth))))

    def _box(self, low: NDArray[Any], high: NDArray[Any]) -> tuple[slice, ...]:
        """Return the part of the grid, indexed [k, j, i], that may hold a box of the world."""
        ends = np.stack([low, high])
        corners = [[ends[a, 0], ends[b, 1], ends[c, 2]] for a in (0, 1) for b in (0, 1) for c in (0, 1)]
        index = apply_affine(self._inverse, corners)
        sizes = self.values.shape[::-1]
        first = np.clip(np.floor(index.min(axis=0)).astype(int), 0, sizes)
        last = np.clip(np.ceil(index.max(axis=0)).astype(int) + 1, 0, sizes)
        return tuple(slice(int(a), int(b)) for a, b in zip(first[::-1], last[::-1], strict=True))

    def _world(self, box: tuple[slice, ...], axis: int) -> NDArray[np.float32]:
        """Return one world coordinate of a box's voxels."""
        of_slice, of_pixel = self._of_slice[axis][box[0], None, None], self._of_pixel[axis][box[1:]]
        return cast("NDArray[np.float32]", of_slice + of_pixel)

    def _square(
        self, box: tuple[slice, ...], centre: Sequence[float], radii: Sequence[float]
    ) -> NDArray[np.float32]:
        """Return the squared distance from a centre, each axis in units of its radius."""
        total = np.zeros((), dtype=np.float32)
        for axis in range(3):
            if np.isfinite(radii[axis]):
                scaled = (self._world(box, axis) - np.float32(centre[axis])) * np.float32(1 / radii[axis])
                total = total + scaled * scaled
        return total

    def _lay(self, box: tuple[slice, ...], weight: NDArray[np.float32], value: float) -> None:
        part = self.values[box]
        part += (np.float32(value) - part) * np.clip(weight, 0, 1)
