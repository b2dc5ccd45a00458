"""What ``import heatviewer as hv`` offers: open a study, draw it, show it.

As everywhere, points are world RAS+ mm and pictures uint8 RGBA of shape (height, width, 4).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from heatviewer.app.opening import LayerSource
    from heatviewer.app.scene import Scene
    from heatviewer.core.geometry import Convention, SagittalSide, Vec3
    from heatviewer.drawing.figure import PictureView
    from heatviewer.model.view import VolumeMode
    from heatviewer.ui.main_window import MainWindow


def open(  # noqa: A001 (hv.open is the public name)
    path: str | Path, heatmaps: Sequence[str | Path | LayerSource] = (), *, series: str | None = None
) -> Scene:
    """Read a study and return it as a scene.

    Parameters
    ----------
    path : str or Path
        The base: a file of any kind that is read, a folder, a ZIP archive or a DICOMDIR.
    heatmaps : sequence of paths
        Laid on it in this order, bottom first, with default settings; of segments and structures
        all, each a layer. See `Scene.add_heatmap`.
    series : str, optional
        Which volume of several (an id that ``heatviewer info`` lists); by default the largest image.

    Raises
    ------
    SettingError
        What was given is no path.
    HeatViewerError
        Naming the file that is missing or cannot be read.
    """
    from heatviewer.app.opening import layer_source, open_scene

    return open_scene(layer_source(path, series=series), heatmaps)


def render(
    scene: Scene,
    view: PictureView = "ortho",
    at: Vec3 | Sequence[float] | None = None,
    size: tuple[int, int] = (512, 512),
    mm_per_pixel: float | None = None,
    bare: bool = False,
    overlay_only: bool = False,
    camera: tuple[float, float] | None = None,
    mode: VolumeMode | None = None,
    convention: Convention | None = None,
    sagittal: SagittalSide | None = None,
) -> NDArray[np.uint8]:
    """Return a picture of a scene, uint8 (height, width, 4), straight alpha; the scene stays as it is.

    Parameters
    ----------
    view : {'ortho', 'axial', 'coronal', 'sagittal', '3d'}
    at : (x, y, z), optional
        World point, mm: the middle of a single plane and of 3D, the crosshair of 'ortho'. By
        default the base's voxel n // 2, in 3D the centre of its box.
    size, mm_per_pixel : (int, int), float
        Width and height; by default the base just fits.
    bare, overlay_only : bool
        Data only, without labels; the heatmaps alone on transparency, colour 0 where alpha is 0.
    camera : (azimuth, elevation), optional
        Degrees, for 3D: 0, 0 is from the front, 90, 0 from the patient's left, 0, 90 from above.
        By default as the scene's 3D view stands.
    mode, convention, sagittal : str, optional
        'composite' or 'mip' for 3D; 'radiological' or 'neurological'; 'nose-left' or
        'nose-right'. By default as in the scene.

    Raises
    ------
    SettingError
        Naming the option and the value that it does not take.
    EngineError
        3D cannot be drawn here.
    """
    from heatviewer.drawing.figure import PictureOptions, render_picture

    options = PictureOptions(
        view=view,
        at=at,  # type: ignore[arg-type]  # any three numbers; checked there
        size=size,
        mm_per_pixel=mm_per_pixel,
        bare=bare,
        overlay_only=overlay_only,
        camera=camera,
        mode=mode,
    )
    wished = {"convention": convention, "sagittal": sagittal}
    changes = {name: value for name, value in wished.items() if value is not None}
    state = scene.state.replaced(view=scene.view.replaced(**changes))
    return render_picture(state, scene.volumes, options)


def show(scene: Scene | None = None, block: bool = True) -> MainWindow:
    """Open the window on a scene (None: an empty window) and return it.

    Returns when the window is closed, or at once without `block`; then the caller keeps the
    window and runs Qt's event loop.
    """
    from heatviewer.ui.app import application, guard

    app = application()
    from heatviewer.ui.main_window import MainWindow

    window = MainWindow(scene)
    restore = guard(window)
    window.show()
    if not block:
        window.destroyed.connect(lambda: restore())
        return window
    try:
        app.exec()
    finally:
        restore()
    return window
