"""The fast kernel: one frame of a volume on a plane's pixels.

Planes along the grid's axes go through ``separable``, oblique ones through vtkImageReslice, whose
border of half a voxel is our rule for the grid's edges. Neither knows missing voxels. Those are
found on a validity mask that is resampled alike; the few pixels that touch a missing voxel are then
sampled again by the numpy rule.
"""

from __future__ import annotations

import threading
import weakref
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonCore import VTK_DOUBLE, VTK_FLOAT
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkCommonMath import vtkMatrix4x4
from vtkmodules.vtkImagingCore import vtkImageReslice

from heatviewer.sampling.rule import Interpolation, Samples, clamp_to_data, missing_stored, sample_points
from heatviewer.sampling.separable import axis_roles, sample_separable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from heatviewer.core.geometry import Plane
    from heatviewer.core.volume import Volume

_INPUTS: weakref.WeakKeyDictionary[Volume, dict[Any, Any]] = weakref.WeakKeyDictionary()
_LOCK = threading.Lock()


def sample_plane(
    volume: Volume,
    plane: Plane,
    interpolation: Interpolation = "linear",
    frame: int = 0,
    zero_is_missing: bool = False,
) -> Samples:
    """Return samples of shape (height, width) at the centres of a plane's pixels."""
    matrix = plane.to_voxel_by(volume.world_to_voxel)
    roles = axis_roles(matrix)
    inside = _inside(volume, matrix, plane.size)
    if roles is not None:
        stored = volume.frame(frame)
        with np.errstate(invalid="ignore", over="ignore"):  # NaN and infinity are sorted out below
            values = sample_separable(stored, matrix, roles, plane.size, interpolation, volume.float_type)
    else:
        values = _reslice(_image(volume, frame), matrix, plane.size, interpolation, volume.float_type)
        if interpolation == "cubic":
            _clamp_edges(volume, matrix, frame, values)
    if interpolation == "cubic":
        values = clamp_to_data(volume, values)
    values = volume.values_of(values)
    if not (zero_is_missing or volume.has_missing):
        return Samples(values, inside, None)
    return _without_missing(volume, plane, matrix, interpolation, frame, zero_is_missing, values, inside)


def _without_missing(
    volume: Volume,
    plane: Plane,
    matrix: NDArray[np.float64],
    interpolation: Interpolation,
    frame: int,
    zero_is_missing: bool,
    values: NDArray[Any],
    inside: NDArray[np.bool_] | None,
) -> Samples:
    """Return the samples with every pixel that touches a missing voxel taken by the numpy rule."""
    mask = _validity(volume, frame, zero_is_missing)
    if mask is None:
        return Samples(values, inside, None)
    valid = _reslice(mask, matrix, plane.size, interpolation, np.dtype(np.float32))
    touched = (valid < 1 - 1e-5) if interpolation != "cubic" else (np.abs(valid - 1) > 1e-5)
    touched |= ~np.isfinite(values)  # a NaN neighbour of weight 0 poisons a sum all the same
    if inside is not None:
        touched &= inside
    rows, columns = np.nonzero(touched)
    present = np.ones(values.shape, dtype=bool) if inside is None else inside.copy()
    missing = np.zeros(values.shape, dtype=bool)
    if rows.size:
        index = _voxels(matrix, columns, rows)
        again = sample_points(volume, index, interpolation, frame, zero_is_missing)
        values[rows, columns] = again.values
        present[rows, columns] = again.present
        missing[rows, columns] = again.missing
    return Samples(values, present, missing)


def _voxels(matrix: NDArray[np.float64], columns: NDArray[Any], rows: NDArray[Any]) -> NDArray[np.float64]:
    """Return the continuous voxel indices (n, 3) of pixels."""
    return np.stack([columns, rows], axis=1) @ matrix[:3, :2].T + matrix[:3, 3]


def _clamp_edges(volume: Volume, matrix: NDArray[np.float64], frame: int, values: NDArray[Any]) -> None:
    """Sample a cubic's pixels in the grid's outer half voxel again, in place: the edge's value holds there.

    VTK repeats the edge voxel instead, and overshoots it.
    """
    rows, columns = (grid.ravel() for grid in np.indices(values.shape))
    index = _voxels(matrix, columns, rows)
    n = np.asarray(volume.grid)
    outer = ((index < 0) | (index > n - 1)).any(axis=1) & ((index > -0.6) & (index < n - 0.4)).all(axis=1)
    if outer.any():
        found = sample_points(volume, index[outer], "cubic", frame)
        # Stored numbers, as the kernel gives: slope and intercept come later.
        values[rows[outer], columns[outer]] = (found.values - volume.intercept) / volume.slope


def _reslice(
    image: Any,
    matrix: NDArray[np.float64],
    size: tuple[int, int],
    interpolation: Interpolation,
    kind: np.dtype[Any],
) -> NDArray[Any]:
    """Return samples (height, width) of image data in voxel space, of floating type `kind`."""
    reslice = vtkImageReslice()
    reslice.SetInputData(image)
    reslice.SetOutputScalarType(VTK_DOUBLE if kind == np.float64 else VTK_FLOAT)
    getattr(reslice, f"SetInterpolationModeTo{_MODES[interpolation]}")()
    # Voxel space on both sides (origin 0, spacing 1): any affine, sheared ones too, is in the axes.
    axes = vtkMatrix4x4()
    axes.DeepCopy(matrix.ravel().tolist())
    reslice.SetResliceAxes(axes)
    width, height = size
    reslice.SetOutputOrigin(0, 0, 0)
    reslice.SetOutputSpacing(1, 1, 1)
    reslice.SetOutputExtent(0, width - 1, 0, height - 1, 0, 0)
    reslice.SetBackgroundLevel(0)
    reslice.Update()
    scalars = vtk_to_numpy(reslice.GetOutput().GetPointData().GetScalars())
    return cast("NDArray[Any]", scalars.reshape(height, width))


_MODES = {"nearest": "NearestNeighbor", "linear": "Linear", "cubic": "Cubic"}


def _inside(volume: Volume, matrix: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.bool_] | None:
    """Return which pixel centres lie inside the grid, shape (height, width); None where all do.

    Each axis is a sum of a term of the column and one of the row, so an axis-aligned plane costs
    one outer product of two short vectors.
    """
    width, height = size
    columns, rows = np.arange(width), np.arange(height)[:, None]
    by_column = np.ones((1, width), dtype=bool)
    by_row = np.ones((height, 1), dtype=bool)
    by_both: NDArray[np.bool_] | None = None
    for axis, n in enumerate(volume.grid):
        per_column, per_row, start = matrix[axis, 0], matrix[axis, 1], matrix[axis, 3]
        position = start
        if per_column:
            position = position + per_column * columns
        if per_row:
            position = position + per_row * rows
        within = (position >= -0.5 - 1e-9) & (position <= n - 0.5 + 1e-9)
        if per_column and per_row:
            by_both = within if by_both is None else by_both & within
        elif per_row:
            by_row = by_row & within
        else:
            by_column = by_column & within
    if by_both is None and by_row.all() and by_column.all():
        return None
    inside: NDArray[np.bool_] = by_row & by_column
    return inside if by_both is None else inside & by_both


def _image(volume: Volume, frame: int) -> Any:
    """Return one frame as image data that shares the volume's memory."""
    return _kept(volume, ("frame", frame), lambda: _as_image(volume.frame(frame)))


def _validity(volume: Volume, frame: int, zero_is_missing: bool) -> Any | None:
    """Return 1 where a frame has data and 0 where it is missing, as image data; None if all is there."""

    def make() -> Any | None:
        missing = missing_stored(volume, volume.frame(frame), zero_is_missing)
        if not missing.any():
            return None
        return _as_image(np.asfortranarray(~missing).view(np.uint8))

    return _kept(volume, ("valid", frame, zero_is_missing), make)


def _kept(volume: Volume, key: Any, make: Any) -> Any:
    """Return what `make` gives, kept as long as the volume lives (for the frame last asked for)."""
    with _LOCK:
        kept = _INPUTS.setdefault(volume, {})
        if key not in kept:
            for old in [other for other in kept if other[0] == key[0]]:
                del kept[old]
            kept[key] = make()
        return kept[key]


def _as_image(array: NDArray[Any]) -> Any:
    """Return image data on an array's own memory, with voxel indices as its coordinates."""
    if not array.flags.f_contiguous:
        array = np.asfortranarray(array)
    scalars = numpy_to_vtk(array.ravel(order="F"))
    image = vtkImageData()
    image.SetDimensions(*array.shape)
    image.GetPointData().SetScalars(scalars)
    return image
