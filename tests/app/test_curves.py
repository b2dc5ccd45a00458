"""Curves at a scene's cursor, over a real time series."""

from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np

from heatviewer.app.curves import curves_at_cursor
from heatviewer.app.opening import open_scene

FUNCTIONAL = Path(nibabel.__file__).parent / "tests" / "data" / "functional.nii"


def test_a_time_series_is_what_nibabel_reads() -> None:
    """At the cursor's voxel of an fMRI run, for every frame, the scaled values; moved layers too."""
    scene = open_scene(FUNCTIONAL, [FUNCTIONAL])
    image = nibabel.load(FUNCTIONAL)
    data = image.get_fdata()
    assert data.shape[3] > 1
    for voxel in ((8, 10, 1), (3, 15, 2)):
        scene.cursor = tuple(image.affine[:3] @ (*voxel, 1))
        scene.heatmaps[0].align = "grid"
        for curve in curves_at_cursor(scene):
            np.testing.assert_allclose(curve.values, data[voxel], rtol=1e-5)


def test_only_series_have_curves() -> None:
    """A volume of one frame has none, nor has a point outside."""
    scene = open_scene(FUNCTIONAL)
    scene.add_heatmap(np.zeros(scene.base.volume.grid))
    assert [curve.name for curve in curves_at_cursor(scene)] == [scene.base.name]
    scene.cursor = (9999, 0, 0)
    assert curves_at_cursor(scene) == ()
