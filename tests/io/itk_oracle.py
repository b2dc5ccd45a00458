"""SimpleITK's reading of a file, in HeatViewer's terms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import SimpleITK

from heatviewer.io import open_volume

if TYPE_CHECKING:
    from pathlib import Path


def assert_as_itk(path: Path) -> None:
    """Compare values and place (LPS to RAS) with SimpleITK's."""
    image = SimpleITK.ReadImage(path)
    volume = open_volume(path)
    n = image.GetDimension()
    steps = np.reshape(image.GetDirection(), (n, n)) * image.GetSpacing()
    affine = np.eye(4)
    affine[: min(n, 3), : min(n, 3)] = steps[:3, :3]
    affine[: min(n, 3), 3] = image.GetOrigin()[:3]
    np.testing.assert_allclose(volume.affine, np.diag([-1, -1, 1, 1]) @ affine, atol=1e-6)
    values = SimpleITK.GetArrayFromImage(image).T
    np.testing.assert_array_equal(volume.array, values.reshape(volume.shape, order="F"))
