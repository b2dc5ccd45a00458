"""What tests of slice views compare with."""

from __future__ import annotations

import numpy as np

from heatviewer.app.scene import Scene
from heatviewer.core.geometry import PlaneName, apply_affine
from heatviewer.drawing.annotate import annotate
from heatviewer.drawing.slice_renderer import SliceRenderer
from heatviewer.model.resolve import resolve_annotation, resolve_slice, slice_plane

SIZE = (230, 190)


def drawn(scene: Scene, plane: PlaneName, size: tuple[int, int], ratio: float = 1.0) -> np.ndarray:
    """Return what drawing makes of a window's slice, without any widget."""
    place = slice_plane(scene.state, scene.base_volume, plane, size)
    picture = SliceRenderer().render(resolve_slice(scene.state, scene.volumes, place))
    cursor = scene.cursor
    annotate(
        picture, resolve_annotation(scene.state, scene.volumes, place, plane, cursor, ratio, legend=False)
    )
    return picture


def voxel(scene: Scene) -> np.ndarray:
    """Return the base's continuous voxel index of the cursor."""
    base = scene.base_volume
    assert base is not None
    return apply_affine(np.linalg.inv(base.affine), scene.cursor)
