"""Run on a screen of another device pixel ratio (QT_SCALE_FACTOR): prints 'exact' and the ratio."""

from __future__ import annotations

import math
import sys

import numpy as np
from PySide6.QtWidgets import QApplication

from heatviewer.app.scene import Scene
from heatviewer.drawing.annotate import annotate
from heatviewer.drawing.slice_renderer import SliceRenderer
from heatviewer.model.resolve import resolve_annotation, resolve_slice, slice_plane
from heatviewer.ui.slice_view import SliceView
from tests import volumes
from tests.ui.events import LEFT, mouse, pixels


def main() -> None:
    """Compare a view's device pixels with drawing's, and a click's world point with its position's."""
    application = QApplication([])
    base = volumes.noise(kind="oblique")
    scene = Scene.from_arrays(base.array, base.affine)
    view = SliceView(scene, "coronal")
    view.resize(231, 187)
    view.show()
    ratio = view.devicePixelRatioF()
    mouse(view, "Press", (101.25, 93.0), LEFT)
    mouse(view, "Release", (101.25, 93.0), LEFT)
    size = (math.floor(231 * ratio + 0.5), math.floor(187 * ratio + 0.5))
    plane = slice_plane(scene.state, scene.base_volume, "coronal", size)
    expected = SliceRenderer().render(resolve_slice(scene.state, scene.volumes, plane))
    written = resolve_annotation(
        scene.state, scene.volumes, plane, "coronal", scene.cursor, ratio, legend=False
    )
    annotate(expected, written)
    assert np.array_equal(pixels(view), expected)
    assert np.allclose(view.pixel_of(scene.cursor), (101.25, 93.0))
    assert np.allclose(view.world_at(0.5 / ratio, 0.5 / ratio), plane.origin)
    sys.stdout.write(f"exact {ratio:g}")
    view.close()
    application.processEvents()


if __name__ == "__main__":
    main()
