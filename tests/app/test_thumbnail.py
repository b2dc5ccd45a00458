"""Small pictures of volumes."""

from __future__ import annotations

import numpy as np
import pytest

from heatviewer.app.thumbnail import thumbnail
from heatviewer.core.volume import Volume

SIDE = 48


def _marked(mark: tuple[int, int, int], turn: np.ndarray) -> Volume:
    """Return 20 × 20 × 3 voxels of 1 mm that are bright near one of the middle slice."""
    values = np.zeros((20, 20, 3), np.int16)
    i, j, _ = mark
    values[i - 2 : i + 3, j - 2 : j + 3] = 100
    affine = np.eye(4)
    affine[:3, :3] = turn
    return Volume(values, affine, window=(50.0, 100.0))


def _bright_at(picture: np.ndarray) -> tuple[float, float]:
    """Return where the picture is bright, as parts of its width and height from the top left."""
    rows, columns = np.nonzero(picture[..., 0] > 200)
    return float(columns.mean() / SIDE), float(rows.mean() / SIDE)


@pytest.mark.parametrize(
    "turn",
    [np.eye(3), np.diag([-1.0, -1, 1]), np.eye(3)[[1, 2, 0]], np.eye(3)[[0, 2, 1]]],
    ids=["axial", "as DICOM stores it", "sagittal", "coronal"],
)
def test_it_is_turned_as_the_views_are(turn: np.ndarray) -> None:
    """Left and back are on the right, head and front above, whatever the order of the voxels."""
    mark, centre = (17, 2, 1), np.array([9.5, 9.5, 1.0])
    picture = thumbnail(_marked(mark, turn), SIDE)
    world = turn @ (mark - centre)
    across, up = (axis for axis in range(3) if axis != int(np.abs(turn[:, 2]).argmax()))
    assert picture.shape == (SIDE, SIDE, 4)
    assert np.allclose(_bright_at(picture), (0.5 - world[across] / 20, 0.5 - world[up] / 20), atol=0.03)


def test_it_fits_and_leaves_the_rest_black() -> None:
    """A slice twice as wide as high is drawn over half the height."""
    volume = Volume(np.full((40, 20, 1), 100, np.int16), np.diag([-1.0, -1, 1, 1]), window=(50.0, 100.0))
    bright = thumbnail(volume, SIDE)[..., 0] > 200
    assert np.array_equal(np.nonzero(bright.any(axis=0))[0], np.arange(SIDE))
    assert np.array_equal(np.nonzero(bright.any(axis=1))[0], np.arange(SIDE // 4, 3 * SIDE // 4))


def test_an_oblique_slice_fills_its_picture() -> None:
    """It is drawn in its own plane, not cut by an axis's."""
    turn, _ = np.linalg.qr(np.array([[3.0, -1, 1], [1, 2, -1], [1, 1, 4]]))
    volume = Volume(
        np.full((20, 20, 1), 100, np.int16),
        np.block([[turn, np.zeros((3, 1))], [0, 0, 0, 1]]),
        window=(50.0, 100.0),
    )
    assert (thumbnail(volume, SIDE)[..., 0] > 200).mean() > 0.95


def test_the_default_window_is_applied() -> None:
    """Without one in the header, that of its own percentiles."""
    ramp = np.linspace(1000, 2000, 20 * 20).reshape(20, 20, 1, order="F").astype(np.float32)
    grey = thumbnail(Volume(ramp, np.diag([-1.0, -1, 1, 1])), SIDE)[..., 0]
    assert grey.min() < 5
    assert grey.max() > 250
