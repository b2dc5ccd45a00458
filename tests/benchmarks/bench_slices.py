"""How often three slice views are redrawn: MNI152 1 mm with a z-map, in a window of 1400×900.

Prints updates per second of all three views together, painted on the screen, for moves of the
cursor and for changes of a layer; as ratios to 60 a second, and to a floor measured in the same run:
vtkImageReslice of both layers and a numpy table look-up for the same pixels.

Run: QT_QPA_PLATFORM=offscreen python -m tests.benchmarks.bench_slices
"""

from __future__ import annotations

import importlib.util
import itertools
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nibabel as nib
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from heatviewer.app.scene import Scene
    from heatviewer.core.volume import Volume
    from heatviewer.ui.slice_view import SliceView

#: One view of four in a window of 1400×900 with its panels: at 1×1.
SIZE = (560, 400)
WANTED = 60
SECONDS = 2.0


def study() -> Scene:
    """Return nilearn's MNI152 template at 1 mm with its motor z-map."""
    from heatviewer.app.scene import Scene

    spec = importlib.util.find_spec("nilearn")
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent / "datasets" / "data"
    base = nib.load(folder / "mni_icbm152_t1_tal_nlin_sym_09a_converted.nii.gz")
    heat = nib.load(folder / "image_10426.nii.gz")
    scene = Scene.from_arrays(np.asarray(base.dataobj), base.affine)
    scene.add_heatmap(np.asarray(heat.dataobj), affine=heat.affine, preset="Cold and hot", name="z")
    return scene


def rate(step: Callable[[int], None]) -> float:
    """Return how many steps are done in a second."""
    step(0)
    start, done = time.perf_counter(), 0
    while time.perf_counter() - start < SECONDS:
        done += 1
        step(done)
    return done / (time.perf_counter() - start)


def floor(scene: Scene, views: list[SliceView]) -> float:
    """Return updates a second of the bare work: reslice base and heatmap, look their colours up."""
    from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
    from vtkmodules.vtkCommonDataModel import vtkImageData
    from vtkmodules.vtkCommonMath import vtkMatrix4x4
    from vtkmodules.vtkImagingCore import vtkImageReslice

    def image(volume: Volume) -> Any:
        made = vtkImageData()
        made.SetDimensions(*volume.grid)
        made.GetPointData().SetScalars(numpy_to_vtk(volume.stored.ravel(order="F")))
        return made

    volumes = [(volume, image(volume)) for volume in scene.volumes.values()]
    table = np.arange(256, dtype=np.uint32)

    def step(_: int) -> None:
        for view, (volume, stored) in itertools.product(views, volumes):
            reslice = vtkImageReslice()
            reslice.SetInputData(stored)
            reslice.SetInterpolationModeToLinear()
            axes = vtkMatrix4x4()
            axes.DeepCopy(view.slice_plane().to_voxel(volume.affine).ravel().tolist())
            reslice.SetResliceAxes(axes)
            reslice.SetOutputOrigin(0, 0, 0)
            reslice.SetOutputSpacing(1, 1, 1)
            reslice.SetOutputExtent(0, SIZE[0] - 1, 0, SIZE[1] - 1, 0, 0)
            reslice.Update()
            values = vtk_to_numpy(reslice.GetOutput().GetPointData().GetScalars())
            table.take(values.astype(np.uint8))

    return rate(step)


def main() -> None:
    """Measure and print."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication

    from heatviewer.core.geometry import PLANES
    from heatviewer.ui.slice_view import SliceView

    application = QApplication([])
    scene = study()
    views = [SliceView(scene, plane) for plane in PLANES]
    for view in views:
        view.resize(*SIZE)
        view.show()
    layer = scene.heatmaps[0]
    rng = np.random.default_rng(0)
    cursors = rng.uniform((-60, -90, -50), (60, 60, 60), (997, 3))
    bare = floor(scene, views)
    print(f"floor (reslice and look-up of the same pixels): {bare:.0f} updates a second")

    def measure(name: str, change: Callable[[int], None]) -> None:
        def step(n: int) -> None:
            change(n)
            while not all(view.is_idle() for view in views):
                application.processEvents()
            application.processEvents()

        found = rate(step)
        print(
            f"{name:20} {found:6.0f} a second"
            f"  {found / WANTED:5.2f}× of {WANTED}  {found / bare:5.2f}× the floor"
        )

    def cursor(n: int) -> None:
        scene.cursor = cursors[n % len(cursors)]

    def threshold(value: float | None) -> None:
        layer.edit("t", "t", threshold_abs=value)

    measure("cursor", cursor)
    measure("range", lambda n: layer.edit("r", "r", data_range=(-8 - n % 50 / 10, 8)))
    measure("opacity", lambda n: layer.edit("o", "o", opacity=n % 100 / 100))
    measure("preset", lambda n: layer.edit("p", "p", preset=("Cool to warm", "Red", "Blue")[n % 3]))
    measure("window", lambda n: scene.base.edit("w", "w", window=(100 + n % 50, 120)))  # type: ignore[union-attr]
    threshold(2.3)
    measure("cursor, |z| >= 2.3", cursor)
    for view in views:
        view.close()


if __name__ == "__main__":
    main()
