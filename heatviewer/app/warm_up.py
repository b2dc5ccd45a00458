"""What the first study needs, loaded while a person looks for it."""

from __future__ import annotations


def warm_up() -> None:
    """Load readers, fonts and the 3D engine; on any thread.

    Together they take a second and a half, of which a tenth is the first picture's own: without
    this the first series dropped into a window is seen a second later than the next.
    """
    import numpy as np

    from heatviewer.app.scene import Scene
    from heatviewer.drawing.figure import PictureOptions, render_picture
    from heatviewer.io.ready import get_ready

    get_ready()
    scene = Scene.from_arrays(np.zeros((2, 2, 2), np.int16))
    render_picture(scene.state, scene.volumes, PictureOptions(view="ortho", size=(64, 64)))
    import heatviewer.drawing.engine_cpu  # noqa: F401 (the slowest, and needed last)
