"""One volume and VTK's software ray caster, without a window and without OpenGL.

vtkFixedPointVolumeRayCastMapper is driven through its own steps (those that VTK's mapper for
nested grids calls one by one), and the picture is read where it was cast; the last step, which
would draw it as a texture, is left out. The renderer and the window are VTK's plain base classes:
they hold camera and size, and no OpenGL library is ever opened (tests/drawing/test_engine_cpu.py
looks). A child process to try OpenGL in is therefore not needed.

Weighed against slices resampled by vtkImageReslice and laid over each other in numpy: 350² × 120
samples of 4 channels cost 0.8 s there, unshaded; this caster leaps over empty space, stops where a
ray is opaque, and takes 0.06 to 0.1 s.
"""

from __future__ import annotations

import ctypes
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import vtkMultiThreader, vtkObjectFactory
from vtkmodules.vtkCommonDataModel import vtkImageData, vtkPiecewiseFunction
from vtkmodules.vtkCommonMath import vtkMatrix4x4
from vtkmodules.vtkRenderingCore import (
    vtkColorTransferFunction,
    vtkLight,
    vtkRenderer,
    vtkRenderWindow,
    vtkVolume,
    vtkVolumeProperty,
)

from heatviewer.core.errors import Cancelled
from heatviewer.drawing import unlocked
from heatviewer.drawing.engine import never

# The mapper asks VTK's factories for a display helper when it is made, and crashes without one;
# importing this module registers it. It is never called, and nothing in it is linked to OpenGL.
import vtkmodules.vtkRenderingVolumeOpenGL2  # noqa: F401  isort: skip
from vtkmodules.vtkRenderingVolume import vtkFixedPointVolumeRayCastMapper

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from heatviewer.core.geometry import Plane
    from heatviewer.drawing.grid import Grid

#: The caster's 1.0: 15 bits.
FULL = 32767
#: Phong's parts. Half of the light needs no surface: inside homogeneous tissue there is no gradient,
#: and what has none gets the ambient part alone.
_AMBIENT, _DIFFUSE, _SPECULAR, _SPECULAR_POWER = 0.5, 0.6, 0.18, 24.0

#: Voxels along an axis that the mapper's gradients need.
_LEAST = 6

_BASE_CLASSES = ("vtkRenderWindow", "vtkRenderer", "vtkCamera")
_LOCK = threading.Lock()


class Caster:
    """Casts pictures of one volume; used on one thread.

    Parameters
    ----------
    array : ndarray
        Shape (nk, nj, ni, 4) uint8 RGBA to be composited, or (nk, nj, ni) uint16 codes 0…32767
        of which each ray's largest is taken. It is shared, not copied.
    grid : Grid
    step : float
        Sample distance along the rays, mm. Codes are sampled a little closer where rays run along
        an axis, so that every voxel centre on a ray is met.
    peak : float
        The opacity per mm of an RGBA volume's code 255 (see ``fuse``).
    blur : int
        How often an RGBA volume's opacity is smoothed before its surfaces' directions are taken.
    """

    def __init__(
        self, array: NDArray[np.uint8 | np.uint16], grid: Grid, step: float, peak: float = 1, blur: int = 0
    ) -> None:
        if array.ndim == 4:
            array, grid = _thick_enough(array, grid)
        self._grid, self._step, self._blur = grid, step, blur
        self._array = array
        self._image = _image(array, grid)
        self._mapper = vtkFixedPointVolumeRayCastMapper()
        self._mapper.SetInputData(self._image)
        self._mapper.AutoAdjustSampleDistancesOff()
        self._mapper.LockSampleDistanceToInputSpacingOff()
        self._mapper.IntermixIntersectingGeometryOff()
        self._mapper.SetImageSampleDistance(1.0)
        self._volume = vtkVolume()
        self._volume.SetMapper(self._mapper)
        self._volume.SetUserMatrix(_placement(grid))
        if array.ndim == 4:
            self._volume.SetProperty(_composited(peak))
        else:
            self._mapper.SetBlendModeToMaximumIntensity()
            self._volume.SetProperty(_largest())
        self._window, self._renderer = _plain_window()
        self._window.AddRenderer(self._renderer)
        self._light = vtkLight()
        # A light's ambient part is black unless said.
        self._light.SetAmbientColor(1.0, 1.0, 1.0)
        self._renderer.AddLight(self._light)
        self._built = False

    def cast(
        self, plane: Plane, step: float | None = None, cancelled: Callable[[], bool] = never
    ) -> NDArray[np.uint16]:
        """Return premultiplied RGBA, uint16 (height, width, 4), 0…32767, by the plane's pixel rule.

        `step` is another sample distance for this picture. Raises `Cancelled` within some 0.2 s
        of its being `cancelled`.
        """
        width, height = plane.size
        picture = np.zeros((height, width, 4), dtype=np.uint16)
        corners = self._grid.corners_world()
        if 0 in plane.bounds_of(corners)[2:]:
            return picture
        step = self._step_along(np.asarray(plane.normal), step or self._step)
        self._mapper.SetSampleDistance(step)
        self._look(plane, corners, step)
        self._prepare()
        self._mapper.PerSubVolumeInitialization(self._renderer, self._volume, 0)
        with self._asking(cancelled):
            unlocked.call(self._mapper, "RenderSubVolume")
        part, left, bottom = _cast_image(self._mapper.GetRayCastImage())
        rows, columns = part.shape[:2]
        # VTK's rows run upwards.
        top = height - bottom - rows
        picture[top : top + rows, left : left + columns] = part[::-1]
        return picture

    def step_for(self, samples: int) -> float:
        """Return a sample distance at which a ray has about so many, of 1¼ voxels or more."""
        longest = float(np.cbrt(np.prod(self._grid.shape))) / samples
        return float(self._grid.spacing.min()) * max(1.25, longest)

    @contextmanager
    def _asking(self, cancelled: Callable[[], bool]) -> Iterator[None]:
        """Let the mapper ask now and then (VTK: 5 times a second) whether to go on."""
        window = self._window
        window.SetAbortRender(0)
        # Taken away again: an observer is seen by no collector of cycles.
        tag = window.AddObserver("AbortCheckEvent", lambda *_: window.SetAbortRender(cancelled()))
        try:
            yield
        finally:
            window.RemoveObserver(tag)
        if window.GetAbortRender():
            raise Cancelled("3D")

    def _step_along(self, normal: NDArray[np.float64], step: float) -> float:
        """Return the sample distance for rays along a direction, mm."""
        share = np.abs(self._grid.directions.T @ normal)
        axis = int(share.argmax())
        # A composite's tables hang on its step, and need no other: what it adds up is smooth.
        if self._array.ndim == 4 or share[axis] < 1 - 1e-6:
            return step
        spacing = float(self._grid.spacing[axis])
        return spacing / max(1, int(np.ceil(spacing / step - 1e-6)))

    def _look(self, plane: Plane, corners: NDArray[np.float64], step: float) -> None:
        """Set camera and light: parallel rays along the plane's normal."""
        width, height = plane.size
        self._window.SetSize(width, height)
        centre = np.asarray(plane.world_at((width - 1) / 2, (height - 1) / 2))
        normal = np.asarray(plane.normal)
        up = -np.asarray(plane.down) / np.linalg.norm(plane.down)
        depth = (corners - centre) @ normal
        thickness = float(np.ptp(depth))
        margin = thickness * 0.02 + 1.0
        # Samples are counted from the near plane: whole steps before the foremost voxel centres.
        near = float(depth.max()) + step * np.ceil(margin / step)
        eye = centre + normal * (near + margin)
        camera = self._renderer.GetActiveCamera()
        camera.ParallelProjectionOn()
        # Looked at is a point beyond the eye. The picture's own centre may lie behind it, where all
        # that is seen does: the camera would then look the other way, past everything.
        camera.SetFocalPoint(*(eye - normal * (thickness + 4 * margin)))
        camera.SetPosition(*eye)
        camera.SetViewUp(*up)
        camera.SetParallelScale(height / 2 * float(np.linalg.norm(plane.down)))
        # The far plane all but touches the volume: the mapper then casts every pixel, instead of
        # those inside the projected box less a pixel and a half.
        camera.SetClippingRange(margin, float(near + margin - depth.min()) * (1 + 1e-5))
        # From the upper left, as people light things; the eye itself gives flat pictures.
        right = np.asarray(plane.right) / plane.mm_per_pixel
        self._light.SetFocalPoint(*centre)
        self._light.SetPosition(*(centre + normal + 0.35 * up - 0.25 * right))

    def _prepare(self) -> None:
        """Run the mapper's set-up; the first time it makes gradients and the space-leaping structure."""
        self._mapper.PerImageInitialization(self._renderer, self._volume, 0, [0.0] * 3, [0.0] * 3, [0] * 6)
        if self._built:
            unlocked.call(self._mapper, "PerVolumeInitialization", self._renderer, self._volume)
            return
        with _LOCK, self._smooth(), self._one_thread_for_leaping():
            unlocked.call(self._mapper, "PerVolumeInitialization", self._renderer, self._volume)
        self._built = True

    @contextmanager
    def _one_thread_for_leaping(self) -> Iterator[None]:
        """Allow the mapper one thread for its space-leaping structure, which it makes after the gradients.

        WORKAROUND VTK 9.7.2: that structure of 4 components has holes in slabs when several threads
        build it. The limit is the process's, hence the lock.
        """
        limit = vtkMultiThreader.GetGlobalMaximumNumberOfThreads()
        tag = None
        if self._array.ndim == 4:
            event = "VolumeMapperComputeGradientsEndEvent"
            tag = self._mapper.AddObserver(
                event, lambda *_: vtkMultiThreader.SetGlobalMaximumNumberOfThreads(1)
            )
        else:
            vtkMultiThreader.SetGlobalMaximumNumberOfThreads(1)
        try:
            yield
        finally:
            vtkMultiThreader.SetGlobalMaximumNumberOfThreads(limit)
            if tag is not None:
                self._mapper.RemoveObserver(tag)

    @contextmanager
    def _smooth(self) -> Iterator[None]:
        """Show the mapper a smoothed opacity while it makes gradients, and the true one afterwards.

        The voxels of a layer coarser than the grid would else be carved into every surface as a
        hatching of steps.
        """
        if not self._blur:
            yield
            return
        scalars = self._image.GetPointData().GetScalars()
        for channel in range(4):
            # Kept from here on by the array: tables are as long as the true opacities need.
            scalars.GetRange(channel)
        alpha = self._array[..., 3]
        true = alpha.copy()
        # What is seen stays above 0, lest it be leapt over.
        alpha[...] = np.maximum(smoothed(true, self._blur), true > 0)
        try:
            yield
        finally:
            alpha[...] = true


def _thick_enough(array: NDArray[Any], grid: Grid) -> tuple[NDArray[Any], Grid]:
    """Return an RGBA volume and its grid with empty voxels after the last, where an axis has too few.

    WORKAROUND VTK 9.7.2: where a gradient is 0 the mapper looks up to 3 voxels further, mirrored at
    the border, and on an axis of fewer than 6 voxels reads beyond the array.
    """
    lacking = [max(0, _LEAST - n) for n in grid.shape]
    if not any(lacking):
        return array, grid
    padded = np.pad(array, [(0, n) for n in reversed(lacking)] + [(0, 0)])
    return padded, grid.cut((0, 0, 0), [n + more for n, more in zip(grid.shape, lacking, strict=True)])


def smoothed(codes: NDArray[Any], passes: int) -> NDArray[Any]:
    """Return a volume of bytes weighted ¼, ½, ¼ along each axis, so many times.

    Its outermost voxels must be 0: one row's end is the neighbour of the next one's beginning. Means
    of bytes are taken without widening them: (a & b) + (a ^ b)/2 is rounded down, (a | b) − (a ^ b)/2 up.
    """
    made = codes.copy()
    flat = made.reshape(-1)
    half = np.empty_like(flat)
    for stride in (1, codes.shape[2], codes.shape[1] * codes.shape[2]) * passes:
        before, behind, between = flat[:-stride], flat[stride:], half[:-stride]
        np.bitwise_xor(before, behind, out=between)
        between >>= 1
        between += before & behind
        before, behind = half[: -2 * stride], half[stride:-stride]
        flat[stride:-stride] = (before | behind) - ((before ^ behind) >> 1)
    return made


def _plain_window() -> tuple[vtkRenderWindow, vtkRenderer]:
    """Return VTK's base classes, which know nothing of OpenGL, whatever is registered to replace them."""
    with _LOCK:
        for name in _BASE_CLASSES:
            vtkObjectFactory.SetAllEnableFlags(False, name)
        try:
            window, renderer = vtkRenderWindow(), vtkRenderer()
            renderer.GetActiveCamera()
            return window, renderer
        finally:
            for name in _BASE_CLASSES:
                vtkObjectFactory.SetAllEnableFlags(True, name)


def _image(array: NDArray[np.uint8 | np.uint16], grid: Grid) -> vtkImageData:
    """Return image data on the array's own memory."""
    image = vtkImageData()
    image.SetDimensions(*grid.shape)
    image.SetSpacing(*grid.spacing)
    image.GetPointData().SetScalars(numpy_to_vtk(array.reshape(-1, *array.shape[3:])))
    return image


def _placement(grid: Grid) -> vtkMatrix4x4:
    """Return the matrix from the grid's own millimetres to the world."""
    matrix = np.eye(4)
    matrix[:3, :3] = grid.directions
    matrix[:3, 3] = grid.origin
    placement = vtkMatrix4x4()
    placement.DeepCopy(matrix.ravel().tolist())
    return placement


def _composited(peak: float) -> vtkVolumeProperty:
    """Return how an RGBA volume is drawn: shaded, its alpha code made opacity per mm again."""
    opacity = vtkPiecewiseFunction()
    opacity.BuildFunctionFromTable(0, 255, 256, (peak * np.linspace(0, 1, 256) ** 2).tolist())
    made = vtkVolumeProperty()
    made.IndependentComponentsOff()
    made.SetInterpolationTypeToLinear()
    made.SetScalarOpacity(opacity)
    made.SetScalarOpacityUnitDistance(1.0)
    made.ShadeOn()
    made.SetAmbient(_AMBIENT)
    made.SetDiffuse(_DIFFUSE)
    made.SetSpecular(_SPECULAR)
    made.SetSpecularPower(_SPECULAR_POWER)
    return made


def _largest() -> vtkVolumeProperty:
    """Return how codes are projected: the picture's colour is the code."""
    ramp = vtkColorTransferFunction()
    ramp.AddRGBPoint(0, 0, 0, 0)
    ramp.AddRGBPoint(FULL, 1, 1, 1)
    opacity = vtkPiecewiseFunction()
    opacity.AddPoint(0, 1)
    opacity.AddPoint(FULL, 1)
    made = vtkVolumeProperty()
    made.SetInterpolationTypeToLinear()
    made.SetColor(ramp)
    made.SetScalarOpacity(opacity)
    return made


def _cast_image(image: object) -> tuple[NDArray[np.uint16], int, int]:
    """Return the cast pixels (rows upwards, columns, 4), and their left and bottom pixel."""
    columns, rows = image.GetImageMemorySize()  # type: ignore[attr-defined]
    width, height = image.GetImageInUseSize()  # type: ignore[attr-defined]
    left, bottom = image.GetImageOrigin()  # type: ignore[attr-defined]
    # VTK hands out the address as text: '_<hex>_p_void'.
    address = int(image.GetImage().split("_")[1], 16)  # type: ignore[attr-defined]
    memory = (ctypes.c_uint16 * (columns * rows * 4)).from_address(address)
    pixels = np.frombuffer(memory, dtype=np.uint16).reshape(rows, columns, 4)
    return pixels[:height, :width], left, bottom
