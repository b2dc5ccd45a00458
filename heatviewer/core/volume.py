"""A volume: an array, where it lies, and what its numbers mean. It never changes."""

from __future__ import annotations

import weakref
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np

from heatviewer.core.errors import SettingError
from heatviewer.core.geometry import (
    Vec3,
    apply_affine,
    centre_of_box,
    centre_voxel_world,
    grid_corners_world,
    spacing,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

#: Element types that the drawing library shares without a copy; others are converted once.
_SHARED_TYPES = frozenset(np.dtype(t) for t in ("i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8"))


#: How the header's own window turns values into grey (PS3.3 C.11.2.1).
Voi = Literal["linear", "sigmoid"]


@dataclass(frozen=True, eq=False)
class VoiLut:
    """The header's own table from values to grey (PS3.3 C.11.2.1.1).

    Attributes
    ----------
    first : float
        Value that the first entry is for, in the unit of the data; the next are 1 apart, and
        the ends serve for all values beyond them.
    grey : ndarray
        Grey in 0…1, float32, one entry or more, read-only.
    """

    first: float
    grey: NDArray[np.float32]


@dataclass(frozen=True)
class FrameAxis:
    """What the frames of a series differ in.

    Attributes
    ----------
    name : str
        ``"time"``, ``"b-value"``, ``"echo time"``, ``"dose"`` …; ``"frame"`` where the file does not say.
    values : tuple of float
        One a frame, in the frames' order.
    unit : str
        Unit of these values, such as ``"s"``; empty for plain numbers.
    """

    name: str
    values: tuple[float, ...]
    unit: str = ""


@dataclass(frozen=True, eq=False)
class Volume:
    """A volume in the world, scalar or in colour; compared and hashed by identity.

    Attributes
    ----------
    stored : ndarray
        Stored values, shape (x, y, z) or (x, y, z, t), Fortran-ordered, read-only.
        Values in the unit of the data are ``stored * slope + intercept``.
    affine : ndarray
        (4, 4) float64, voxel index to world RAS+ mm.
    slope, intercept : float
        Applied after sampling, so that integers stay integers in memory.
    unit : str
        Unit of the values, such as ``"HU"``, ``"Gy"``, ``"SUV"``; empty where unknown.
    modality : str
        DICOM's word (``"CT"``, ``"MR"``, ``"PT"``, ``"RTDOSE"`` …); empty where unknown.
    kind : str
        What the numbers are, where the file says so: ``"z"``, ``"t"``, ``"p"``, ``"label"``,
        ``"mask"``, ``"probability"``, ``"dose"``, ``"suv"``, or empty.
    name : str
        A short name without patient data.
    padding : tuple of float or None
        Inclusive range of stored values that mean 'no data' (DICOM pixel padding).
    window : tuple of float or None
        The header's own window, (centre, width), in the unit of the data.
    windows : tuple of (str, float, float)
        All windows that the header offers: name (may be empty), centre, width; the first is `window`.
    voi : str
        Function that this window is meant with: ``"linear"`` or ``"sigmoid"``.
    voi_lut : VoiLut or None
        Table that is shown in place of this window.
    inverted : bool
        Whether small values are shown bright (DICOM's MONOCHROME1). Values are as stored.
    flat : bool
        Whether it is a 2D image: the display convention does not mirror it.
    channels : tuple of Volume
        Of a colour image: red, green, blue and perhaps alpha, uint8 0…255, on the same grid. The
        volume's own numbers are then its brightness (Rec. 601), uint8.
    frame_axis : FrameAxis or None
        What the frames differ in.
    color : (float, float, float) or None
        The colour that the file recommends for it, RGB in 0…1 (segments, structures).
    frame_of_reference : str
        DICOM's UID of the space that it lies in; empty where the file has none.
    outlines : tuple of ndarray
        Of a structure: its closed planar polygons as drawn by a person, each (n, 3), world mm. The
        voxels are then the mask that they enclose.
    warnings : tuple of str
        What the reader found odd.
    info : mapping
        Further facts of the source for the information view (no patient identity).
    """

    stored: NDArray[Any]
    affine: NDArray[np.float64]
    slope: float = 1.0
    intercept: float = 0.0
    unit: str = ""
    modality: str = ""
    kind: str = ""
    name: str = ""
    padding: tuple[float, float] | None = None
    window: tuple[float, float] | None = None
    windows: tuple[tuple[str, float, float], ...] = ()
    voi: Voi = "linear"
    voi_lut: VoiLut | None = None
    inverted: bool = False
    flat: bool = False
    channels: tuple[Volume, ...] = ()
    frame_axis: FrameAxis | None = None
    color: tuple[float, float, float] | None = None
    frame_of_reference: str = ""
    outlines: tuple[NDArray[np.float64], ...] = ()
    warnings: tuple[str, ...] = ()
    info: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "stored", _shareable(self.stored))
        object.__setattr__(self, "affine", _checked_affine(self.affine))

    @property
    def shape(self) -> tuple[int, ...]:
        """Voxels along i, j, k and, in a series, frames."""
        return self.stored.shape

    @property
    def grid(self) -> tuple[int, int, int]:
        """Voxels along i, j and k."""
        x, y, z = self.stored.shape[:3]
        return x, y, z

    @property
    def frames(self) -> int:
        """Number of frames: 1 for a 3D volume."""
        return self.stored.shape[3] if self.stored.ndim == 4 else 1

    @property
    def is_scaled(self) -> bool:
        """Whether values differ from the stored ones."""
        return self.slope != 1.0 or self.intercept != 0.0

    @property
    def float_type(self) -> np.dtype[Any]:
        """Floating type of a sample: float64 where float32 would lose digits, else float32."""
        wide = self.stored.dtype.itemsize > 2 and self.stored.dtype != np.float32
        return np.dtype(np.float64 if wide else np.float32)

    @property
    def array(self) -> NDArray[Any]:
        """Values in the unit of the data, shape (x, y, z[, t]), read-only.

        Shares memory where no slope applies; otherwise computed, and kept as long as
        somebody holds it.
        """
        if not self.is_scaled:
            return self.stored
        kept = self.__dict__.get("_values")
        values = kept() if kept is not None else None
        if values is None:
            values = self.values_of(self.stored)
            values.flags.writeable = False
            self.__dict__["_values"] = weakref.ref(values)
        return cast("NDArray[Any]", values)

    def frame(self, index: int) -> NDArray[Any]:
        """Return the stored values of one frame, shape (x, y, z); the index is clamped."""
        if self.stored.ndim == 3:
            return self.stored
        return self.stored[..., min(max(index, 0), self.frames - 1)]

    def values_of(self, stored: ArrayLike) -> NDArray[Any]:
        """Return stored numbers in the unit of the data, as the floating type."""
        values = np.asarray(stored)
        if not self.is_scaled:
            return values
        kind = self.float_type.type
        return cast("NDArray[Any]", values.astype(kind) * kind(self.slope) + kind(self.intercept))

    @cached_property
    def spacing(self) -> tuple[float, float, float]:
        """Millimetres between voxel centres along i, j and k."""
        i, j, k = (float(s) for s in spacing(self.affine))
        return i, j, k

    @cached_property
    def world_to_voxel(self) -> NDArray[np.float64]:
        """(4, 4), world mm to continuous voxel index."""
        return cast("NDArray[np.float64]", np.linalg.inv(self.affine))

    @cached_property
    def corners_world(self) -> NDArray[np.float64]:
        """The grid's 8 outer corners, world mm, shape (8, 3)."""
        return grid_corners_world(self.grid, self.affine)

    @property
    def centre_world(self) -> Vec3:
        """Centre of the grid's box, world mm."""
        return centre_of_box(self.grid, self.affine)

    @property
    def cursor_world(self) -> Vec3:
        """Centre of voxel n // 2 on each axis, world mm: where a cursor starts."""
        return centre_voxel_world(self.grid, self.affine)

    @property
    def is_color(self) -> bool:
        """Whether it is a colour image: then `channels` hold its colours."""
        return bool(self.channels)

    @property
    def middle(self) -> Volume:
        """The slice k = n // 2 of the first frame, as a volume of one slice at its true place."""
        k = self.grid[2] // 2
        affine = self.affine.copy()
        affine[:3, 3] += k * affine[:3, 2]
        channels = tuple(channel.middle for channel in self.channels)
        stored = self.frame(0)[:, :, k : k + 1]
        return replace(self, stored=stored, affine=affine, channels=channels, frame_axis=None)

    def moved(self, affine: ArrayLike) -> Volume:
        """Return the same data at another place; the array and what is known of its values are shared."""
        place = _checked_affine(affine)
        shift = place @ self.world_to_voxel
        made = replace(
            self,
            affine=place,
            channels=tuple(channel.moved(shift @ channel.affine) for channel in self.channels),
            outlines=tuple(apply_affine(shift, points) for points in self.outlines),
        )
        known = ("range", "has_missing", "is_constant", "_percentiles")
        made.__dict__.update({name: self.__dict__[name] for name in known if name in self.__dict__})
        return made

    def missing_in(self, stored: NDArray[Any]) -> NDArray[np.bool_] | None:
        """Return where stored numbers mean 'no data' (NaN, infinity, padding), or None if nowhere."""
        masks = []
        if stored.dtype.kind == "f":
            finite = np.isfinite(stored)
            if not finite.all():
                masks.append(~finite)
        if self.padding is not None:
            low, high = self.padding
            padded = (stored >= low) & (stored <= high)
            if padded.any():
                masks.append(padded)
        return np.logical_or.reduce(masks) if masks else None

    @cached_property
    def has_missing(self) -> bool:
        """Whether any voxel of any frame is missing."""
        if self.padding is None and self.stored.dtype.kind != "f":
            return False
        if self.padding is None:
            # One pass without a mask: a sum is finite only where every term is (or it overflowed).
            with np.errstate(over="ignore", invalid="ignore"):
                if np.isfinite(np.sum(self.stored, dtype=self.stored.dtype)):
                    return False
        return any(self.missing_in(self.frame(t)) is not None for t in range(self.frames))

    @cached_property
    def range(self) -> tuple[float, float] | None:
        """Smallest and largest finite value over all frames, in the unit of the data; None if none."""
        if self.stored.size == 0:
            return None
        lows, highs = [], []
        for t in range(self.frames):
            stored = self.frame(t)
            missing = self.missing_in(stored) if self.has_missing else None
            present = stored if missing is None else stored[~missing]
            if present.size:
                lows.append(present.min())
                highs.append(present.max())
        if not lows:
            return None
        ends = [float(v) for v in self.values_of(np.array([min(lows), max(highs)]))]
        return min(ends), max(ends)

    @cached_property
    def is_constant(self) -> bool:
        """Whether all voxels that hold data are equal; stops at the first that is not."""
        if self.stored.size == 0:
            return True
        if self.has_missing:
            return self.range is None or self.range[0] == self.range[1]
        first = self.stored.flat[0]
        slabs = (self.frame(t)[:, :, k] for t in range(self.frames) for k in range(self.grid[2]))
        return all(bool((slab == first).all()) for slab in slabs)

    def percentiles(self, ranks: tuple[float, ...]) -> tuple[float, ...] | None:
        """Return percentiles (linear) of the finite values of all frames; None if there are none.

        Kept by ranks, as a volume never changes.
        """
        kept = self.__dict__.setdefault("_percentiles", {})
        if ranks not in kept:
            kept[ranks] = self._percentiles_of(ranks)
        return cast("tuple[float, ...] | None", kept[ranks])

    def _percentiles_of(self, ranks: tuple[float, ...]) -> tuple[float, ...] | None:
        stored = self.stored
        missing = self.missing_in(stored) if self.has_missing else None
        present = stored.ravel(order="K") if missing is None else stored[~missing]
        if present.size == 0:
            return None
        if self.slope < 0:
            ranks = tuple(100.0 - rank for rank in ranks)
        if present.dtype.kind in "iu" and present.dtype.itemsize <= 2:
            found = _integer_percentiles(present, ranks)
        else:
            found = np.percentile(present, ranks)
        return tuple(float(v) for v in np.asarray(found, float) * self.slope + self.intercept)


def _shareable(array: NDArray[Any]) -> NDArray[Any]:
    """Return an array of 3 or 4 axes as native, Fortran-ordered, read-only memory."""
    array = np.asanyarray(array)
    if array.ndim not in (3, 4):
        found = "×".join(str(n) for n in array.shape) or "a single number"
        raise SettingError("array", f"has the shape {found}", "A volume has 3 axes, a series 4")
    if array.size == 0:
        raise SettingError("array", f"has no voxels: its shape is {array.shape}", "Each axis needs one")
    if array.dtype.kind == "c":
        array = np.abs(array)
    if array.dtype == np.bool_:
        array = array.view(np.uint8) if array.flags.f_contiguous else array.astype(np.uint8)
    native = array.dtype.newbyteorder("=")
    if native not in _SHARED_TYPES:
        if array.dtype.kind not in "iuf":
            raise SettingError("array", f"has elements of type {array.dtype}", "Numbers are expected")
        native = np.dtype(np.float32 if array.dtype.itemsize < 4 else np.float64)
    array = np.asfortranarray(array, dtype=native)
    if array.flags.writeable:
        array = array.view()
        array.flags.writeable = False
    return array


def _checked_affine(affine: ArrayLike) -> NDArray[np.float64]:
    """Return a read-only (4, 4) float64 copy that can be inverted."""
    matrix = np.array(affine, dtype=np.float64)
    if matrix.shape != (4, 4) or not np.isfinite(matrix).all():
        raise SettingError("affine", "is not a 4×4 matrix of finite numbers", "Pass voxel → world mm")
    lengths = spacing(matrix)
    if np.any(lengths <= 0) or abs(np.linalg.det(matrix[:3, :3] / lengths)) < 1e-6:
        raise SettingError("affine", "has no inverse: its axes lie in one plane", "Check the header")
    matrix.flags.writeable = False
    return matrix


def _integer_percentiles(stored: NDArray[Any], ranks: tuple[float, ...]) -> NDArray[np.float64]:
    """Return numpy's linear percentiles from counts: 20 × faster than sorting for 8 and 16 bits.

    Counted in parts that fit the cache: bincount keeps the interpreter to itself, a millisecond a part.
    """
    low = int(stored.min())
    counts = np.zeros(int(stored.max()) - low + 1, dtype=np.int64)
    for part in np.array_split(stored, max(1, stored.size >> 18)):
        counts += np.bincount(np.subtract(part, low, dtype=np.intp), minlength=counts.size)
    below = np.cumsum(counts)
    position = np.asarray(ranks) / 100 * (stored.size - 1)
    lower = np.searchsorted(below, np.floor(position), side="right")
    upper = np.searchsorted(below, np.ceil(position), side="right")
    return low + lower + (upper - lower) * (position - np.floor(position))
