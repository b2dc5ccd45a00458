"""A list of files as one series: DICOM in any order, pictures as frames in theirs."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import pydicom
import pytest
from PIL import Image

from heatviewer import io
from heatviewer.core.errors import MissingFileError, ReadError
from tests.dicom_files import stored, write_series

pytestmark = pytest.mark.filterwarnings("error")


def pictures(folder: Path, colors: bool = False, count: int = 3) -> list[str]:
    """Write pictures of 5 × 4 pixels whose level rises by 10, named against their order."""
    names = []
    for n in range(count):
        pixels = np.full((4, 5, 3) if colors else (4, 5), 10 * n, dtype=np.uint8)
        pixels[0, 0] = 200
        names.append(f"frame {count - n}.png")
        Image.fromarray(pixels).save(folder / names[-1])
    return names


@pytest.mark.parametrize("colors", [False, True])
def test_pictures_are_frames_in_the_list_s_order(tmp_path: Path, colors: bool) -> None:
    """Three pictures are [W, H, 1, 3], frame by frame as listed, in colour where they are."""
    names = pictures(tmp_path, colors)
    volume = io.open_volume(tmp_path, items=names)
    assert volume.shape == (5, 4, 1, 3)
    assert volume.frame_axis is not None
    assert (volume.frame_axis.name, volume.frame_axis.values) == ("frame", (0.0, 1.0, 2.0))
    for part in (volume, *volume.channels):
        assert part.array[4, 3, 0].tolist() == [0, 10, 20]
    assert len(volume.channels) == (3 if colors else 0)
    listing = io.scan(tmp_path, items=names)
    assert listing.series[0].shape == volume.shape
    assert [path.name for path in listing.series[0].files] == names


def instances(folder: Path, count: int) -> list[str]:
    """Write a DICOM series; return the files' names from the lowest slice up, as pydicom has them."""
    write_series(folder, stored(count))
    heights = {path.name: float(pydicom.dcmread(path).ImagePositionPatient[2]) for path in folder.iterdir()}
    return sorted(heights, key=lambda name: heights[name])


def test_dicom_instances_come_in_any_order(tmp_path: Path) -> None:
    """Some of a folder's instances, shuffled, are the volume of these alone, slice by slice in space."""
    names = instances(tmp_path, 6)
    volume = io.open_volume(tmp_path, items=[names[3], names[1], names[2]])
    whole = io.open_volume(tmp_path)
    assert np.array_equal(volume.array, whole.array[:, :, 1:4])
    assert np.allclose(volume.affine @ [0, 0, 0, 1], whole.affine @ [0, 0, 1, 1])


def test_one_file_of_a_list_is_that_file_alone(tmp_path: Path) -> None:
    """A DICOM instance alone is one slice, though others of its series lie beside it."""
    name = instances(tmp_path, 4)[2]
    assert io.open_volume(tmp_path, items=[name]).grid[2] == 1
    nib.save(nib.Nifti1Image(np.ones((3, 4, 5), np.float32), np.eye(4)), tmp_path / "a.nii")
    assert io.open_volume(tmp_path, items=["a.nii"]).grid == (3, 4, 5)


def test_pictures_of_different_sizes_are_no_series(tmp_path: Path) -> None:
    """The file that does not fit is named, with both sizes."""
    names = pictures(tmp_path)
    Image.fromarray(np.zeros((9, 9), np.uint8)).save(tmp_path / "big.png")
    with pytest.raises(ReadError, match=r"big\.png: has 9 × 9 × 1 voxels, and the first file 5 × 4 × 1"):
        io.open_volume(tmp_path, items=[*names, "big.png"])


def test_a_grey_frame_among_coloured_ones_makes_all_grey(tmp_path: Path) -> None:
    """Nothing is refused, and the volume says so."""
    names = pictures(tmp_path, colors=True)
    Image.fromarray(np.full((4, 5), 90, np.uint8)).save(tmp_path / "grey.png")
    volume = io.open_volume(tmp_path, items=[*names, "grey.png"])
    assert not volume.is_color
    assert volume.array[4, 3, 0].tolist() == [0, 10, 20, 90]
    assert any("grey" in text for text in volume.warnings)


@pytest.mark.parametrize("name", ["gone.png", "sub/gone.png"])
def test_a_file_that_is_not_there_is_named(tmp_path: Path, name: str) -> None:
    """The list is one series: it is not read without one of its files."""
    with pytest.raises(MissingFileError, match=r"gone\.png"):
        io.open_volume(tmp_path, items=[*pictures(tmp_path), name])


@pytest.mark.parametrize("name", ["../outside.png", "/etc/hostname"])
def test_no_file_outside_of_the_folder_is_read(tmp_path: Path, name: str) -> None:
    """A way out of the folder, or an absolute path, is refused before anything is opened."""
    folder = tmp_path / "in"
    folder.mkdir()
    Image.fromarray(np.zeros((4, 5), np.uint8)).save(tmp_path / "outside.png")
    with pytest.raises(ReadError, match="outside of the folder"):
        io.open_volume(folder, items=[*pictures(folder), name])
