"""MGH and MGZ: nibabel, an independent reader, says what must come out."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

import nibabel as nib
import numpy as np
import pytest

from heatviewer.core.errors import ReadError
from heatviewer.io import open_volume, scan
from tests.io.test_nifti import NIBABEL_DATA
from tests.volumes import affine

if TYPE_CHECKING:
    from pathlib import Path


def mgh(path: Path, shape: tuple[int, ...] = (5, 4, 3), dtype: str = "i2", kind: str = "oblique") -> Path:
    """Write an image by nibabel."""
    data = np.arange(np.prod(shape)).reshape(shape).astype(dtype)
    nib.save(nib.MGHImage(data, affine(kind)), path)
    return path


def oracle(path: Path) -> nib.MGHImage:
    """Return nibabel's image of a file (its own way to open a plain one leaves the file open)."""
    raw = path.read_bytes()
    return nib.MGHImage.from_bytes(gzip.decompress(raw) if path.suffix == ".mgz" else raw)


@pytest.mark.parametrize("name", ["a.mgh", "a.mgz"])
@pytest.mark.parametrize("dtype", ["u1", "i2", "i4", "f4"])
@pytest.mark.parametrize("kind", ["oblique", "flipped", "left-handed"])
def test_file_reads_as_nibabel_reads_it(tmp_path: Path, name: str, dtype: str, kind: str) -> None:
    """Values and affine are nibabel's, plain and gzipped, in every element type."""
    path = mgh(tmp_path / name, dtype=dtype, kind=kind)
    volume, image = open_volume(path), oracle(path)
    assert scan(path).format == "mgh"
    assert volume.stored.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(volume.array, np.asarray(image.dataobj))
    np.testing.assert_allclose(volume.affine, image.affine, atol=1e-5)
    assert volume.warnings == ()


def test_real_series_reads_as_nibabel_reads_it() -> None:
    """A file of FreeSurfer's has its values, its place, and the times of its frames."""
    path = NIBABEL_DATA / "test.mgz"
    volume, image = open_volume(path), oracle(path)
    np.testing.assert_allclose(volume.array, np.asarray(image.dataobj))
    np.testing.assert_allclose(volume.affine, image.affine, atol=1e-5)
    assert volume.frame_axis is not None
    step = volume.frame_axis.values[1] - volume.frame_axis.values[0]
    assert step == pytest.approx(image.header.get_zooms()[3] / 1000)


@pytest.mark.parametrize("name", ["a.mgh", "a.mgz"])
def test_frames_follow_the_repetition_time(tmp_path: Path, name: str) -> None:
    """The repetition time behind the voxels, in ms, gives the times of the frames in seconds."""
    image = nib.MGHImage(np.zeros((3, 4, 5, 2), "f4"), np.eye(4))
    image.header.set_zooms((1, 1, 1, 2500))
    nib.save(image, tmp_path / name)
    axis = open_volume(tmp_path / name).frame_axis
    assert axis is not None
    assert (axis.name, axis.values, axis.unit) == ("time", (0.0, 2.5), "s")


def test_smallest_volume(tmp_path: Path) -> None:
    """One voxel is a volume."""
    assert open_volume(mgh(tmp_path / "a.mgh", (1, 1, 1))).shape == (1, 1, 1)


def test_file_without_orientation_is_told(tmp_path: Path) -> None:
    """Without FreeSurfer's flag of a good orientation its own fallback counts, with a warning."""
    path = mgh(tmp_path / "a.mgh")
    raw = bytearray(path.read_bytes())
    raw[28:30] = b"\0\0"
    path.write_bytes(raw)
    volume = open_volume(path)
    assert "no orientation" in volume.warnings[0]
    np.testing.assert_allclose(volume.affine, oracle(path).affine)


@pytest.mark.parametrize("name", ["odd.mgh", "odd.mgz"])
@pytest.mark.parametrize("change", [{4: 2**30}, {4: 30000, 8: 30000, 12: 30000}, {}])
def test_absurd_or_truncated_file_is_one_clear_error(
    tmp_path: Path, name: str, change: dict[int, Any]
) -> None:
    """Claims that the file cannot hold, and missing voxels, are one line that names the file."""
    raw = bytearray(mgh(tmp_path / "a.mgh").read_bytes())
    for at, value in change.items():
        raw[at : at + 4] = int(value).to_bytes(4, "big")
    raw = raw if change else raw[:350]
    (tmp_path / name).write_bytes(gzip.compress(raw) if name.endswith("z") else raw)
    with pytest.raises(ReadError, match=rf"{name}: is cut short") as caught:
        open_volume(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_axes_in_one_plane_are_an_error(tmp_path: Path) -> None:
    """An orientation that has no inverse is refused."""
    raw = bytearray(mgh(tmp_path / "a.mgh").read_bytes())
    raw[42:54] = raw[54:66]
    (tmp_path / "odd.mgh").write_bytes(raw)
    with pytest.raises(ReadError, match=r"odd\.mgh.*one plane"):
        open_volume(tmp_path / "odd.mgh")
