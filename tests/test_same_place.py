"""2D, 3D and numbers agree on where an activation is, on a real study."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from scipy.ndimage import binary_dilation

import heatviewer as hv

SIZE, MM, LEVEL = (240, 240), 1.0, 5.0
#: Screen right and up in the world, written out again: front, patient's left, above.
CAMERAS = {
    (0, 0): ((-1, 0, 0), (0, 0, 1)),
    (90, 0): ((0, -1, 0), (0, 0, 1)),
    (0, 90): ((-1, 0, 0), (0, -1, 0)),
}


@pytest.fixture(scope="module")
def peak_voxels(zmap_path: Path) -> np.ndarray:
    """World points of the voxels above the level, by nibabel."""
    image = nib.load(zmap_path)
    index = np.argwhere(image.get_fdata() >= LEVEL)
    return nib.affines.apply_affine(image.affine, index)


def _scene(mni_path: Path, zmap_path: Path) -> hv.Scene:
    scene = hv.open(mni_path)
    scene.add_heatmap(
        zmap_path, threshold=(LEVEL, None), opacity_points=[0, 1], preset="Red", interpolation="nearest"
    )
    return scene


def _centroid(picture: np.ndarray) -> tuple[float, float]:
    """Return the mean offset of the coloured pixels from the middle, mm right and up."""
    rows, columns = np.nonzero(picture[..., 3] > 20)
    assert rows.size
    right = (columns - (picture.shape[1] - 1) / 2).mean() * MM
    return right, ((picture.shape[0] - 1) / 2 - rows).mean() * MM


@pytest.mark.parametrize("camera", CAMERAS)
def test_3d_shows_the_activation_where_it_is(
    camera: tuple[float, float], mni_path: Path, zmap_path: Path, peak_voxels: np.ndarray
) -> None:
    """From three sides the silhouette of the activation lies on its voxels' projection."""
    at = (0.0, -20.0, 20.0)
    scene = _scene(mni_path, zmap_path)
    picture = hv.render(
        scene, view="3d", camera=camera, at=at, size=SIZE, mm_per_pixel=MM, overlay_only=True, bare=True
    )
    right, up = (np.array(v, float) for v in CAMERAS[camera])
    shown = picture[..., 3] > 20
    voxels = np.zeros_like(shown)
    for point in peak_voxels - at:
        column, row = point @ right + (SIZE[0] - 1) / 2, (SIZE[1] - 1) / 2 - point @ up
        first_row, first_column = round(row - 1.5), round(column - 1.5)
        voxels[first_row : first_row + 3, first_column : first_column + 3] = True
    near = binary_dilation(voxels, np.ones((3, 3)), iterations=2)
    assert (shown & voxels).sum() > 0.99 * voxels.sum()
    assert not (shown & ~near).any()


@pytest.mark.parametrize(
    ("view", "axis", "right", "up"),
    [
        ("axial", 2, (-1, 0, 0), (0, 1, 0)),
        ("coronal", 1, (-1, 0, 0), (0, 0, 1)),
        ("sagittal", 0, (0, -1, 0), (0, 0, 1)),
    ],
)
def test_slices_show_the_activation_where_it_is(
    view: str, axis: int, right: object, up: object, mni_path: Path, zmap_path: Path, peak_voxels: np.ndarray
) -> None:
    """In the slice through most of it, the activation's pixels lie on its voxels."""
    levels, counts = np.unique(peak_voxels[:, axis], return_counts=True)
    level = levels[counts.argmax()]
    here = peak_voxels[peak_voxels[:, axis] == level]
    at = np.array([0.0, -20.0, 20.0])
    at[axis] = level
    scene = _scene(mni_path, zmap_path)
    picture = hv.render(
        scene, view=view, at=tuple(at), size=SIZE, mm_per_pixel=MM, overlay_only=True, bare=True
    )
    expected = ((here - at) @ np.array(right, float)).mean(), ((here - at) @ np.array(up, float)).mean()
    assert np.abs(np.subtract(_centroid(picture), expected)).max() < 0.6
