"""NIfTI files as nibabel reads them: equal values, equal places, whole or not at all."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from heatviewer.core.errors import Cancelled, WriteError
from heatviewer.core.volume import FrameAxis, Volume
from heatviewer.io import open_volume
from heatviewer.io.nifti_write import write_nifti
from heatviewer.io.progress import Progress
from tests.volumes import AFFINES, affine, noise

TYPES = ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8"]


def written(path: Path, volume: Volume) -> Any:
    """Write a volume and return it as nibabel reads it."""
    write_nifti(path, volume)
    return nib.load(path)


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
@pytest.mark.parametrize("dtype", TYPES)
def test_values_and_type_are_kept(tmp_path: Path, dtype: str, suffix: str) -> None:
    """Stored numbers, slope and intercept are in the file as they are in memory."""
    stored = np.random.default_rng(0).integers(0, 120, (5, 4, 3)).astype(dtype)
    volume = Volume(stored, affine("oblique"), slope=0.5, intercept=-7.0)
    image = written(tmp_path / f"x{suffix}", volume)
    assert image.get_data_dtype() == np.dtype(dtype)
    assert (image.dataobj.slope, image.dataobj.inter) == (0.5, -7.0)
    np.testing.assert_array_equal(np.asanyarray(image.dataobj.get_unscaled()), stored)
    np.testing.assert_allclose(image.get_fdata(), stored * 0.5 - 7)


@pytest.mark.parametrize("kind", AFFINES)
def test_the_affine_is_kept(tmp_path: Path, kind: str) -> None:
    """The sform holds any affine; the qform agrees with it, or is not set where it cannot."""
    image = written(tmp_path / "x.nii", noise(kind=kind))
    np.testing.assert_allclose(image.affine, affine(kind), atol=1e-5)
    assert image.header["sform_code"] == 2
    assert (image.header["qform_code"] == 0) == (kind == "sheared")
    if kind != "sheared":
        np.testing.assert_allclose(image.get_qform(), affine(kind), atol=1e-4)
    np.testing.assert_allclose(image.header.get_zooms(), np.linalg.norm(affine(kind)[:3, :3], axis=0))
    assert open_volume(tmp_path / "x.nii").warnings == ()


def test_what_a_scanner_placed_says_so(tmp_path: Path) -> None:
    """A volume in a DICOM frame of reference has the code of scanner coordinates, in mm."""
    image = written(tmp_path / "x.nii", noise(frame_of_reference="1.2.3"))
    assert (image.header["sform_code"], image.header["qform_code"]) == (1, 1)
    assert image.header.get_xyzt_units() == ("mm", "unknown")


@pytest.mark.parametrize("code", [1, 2, 3, 4, 5])
def test_a_template_stays_a_template(tmp_path: Path, code: int) -> None:
    """What a NIfTI file says of its space is in what is written of it."""
    image = nib.Nifti1Image(np.zeros((3, 3, 3)), affine("flipped"))
    image.set_sform(affine("flipped"), code)
    nib.save(image, tmp_path / "x.nii")
    again = written(tmp_path / "y.nii", open_volume(tmp_path / "x.nii"))
    assert again.header["sform_code"] == code


def test_no_data_among_integers_is_nan(tmp_path: Path) -> None:
    """Padding is written as NaN, and the values beside it with slope and intercept applied."""
    stored = np.arange(8, dtype="i2").reshape(2, 2, 2)
    volume = Volume(stored, np.eye(4), slope=3.0, intercept=1.0, padding=(2, 4))
    values = written(tmp_path / "x.nii.gz", volume).get_fdata()
    lost = (stored >= 2) & (stored <= 4)
    np.testing.assert_array_equal(np.isnan(values), lost)
    np.testing.assert_array_equal(values[~lost], stored[~lost] * 3.0 + 1)


@pytest.mark.parametrize("count", [3, 4])
def test_colours_are_kept(tmp_path: Path, count: int) -> None:
    """RGB and RGBA voxels are those of the channels."""
    colours = np.random.default_rng(0).integers(0, 256, (4, 5, 3, count)).astype("u1")
    channels = tuple(Volume(colours[..., n], np.eye(4)) for n in range(count))
    image = written(tmp_path / "x.nii.gz", Volume(colours[..., 0], np.eye(4), channels=channels))
    assert int(image.header["datatype"]) == {3: 128, 4: 2304}[count]
    voxels = np.asanyarray(image.dataobj)
    for n, name in enumerate("RGBA"[:count]):
        np.testing.assert_array_equal(voxels[name], colours[..., n])


@pytest.mark.parametrize(
    ("values", "unit", "step", "named"),
    [((0, 2, 4), "s", 2.0, "sec"), ((0, 500, 1000), "ms", 0.5, "sec"), ((0, 1, 5), "s", 1.0, "unknown")],
)
def test_frames_are_the_fourth_axis(
    tmp_path: Path, values: tuple[float, ...], unit: str, step: float, named: str
) -> None:
    """Even times give the time step in seconds; uneven ones none."""
    volume = noise((4, 3, 2, 3), frame_axis=FrameAxis("time", values, unit))
    image = written(tmp_path / "x.nii", volume)
    np.testing.assert_array_equal(np.asanyarray(image.dataobj), volume.stored)
    assert image.header.get_zooms()[3] == step
    assert image.header.get_xyzt_units() == ("mm", named)


@pytest.mark.parametrize(("kind", "code"), [("z", 5), ("t", 3), ("p", 22), ("label", 1002), ("", 0)])
def test_what_the_numbers_are_is_kept(tmp_path: Path, kind: str, code: int) -> None:
    """z, t and p maps and labels have their intent; no window is made up."""
    header = written(tmp_path / "x.nii", noise(kind="flipped", dtype="u1")).header
    assert (header["cal_min"], header["cal_max"]) == (0, 0)
    volume = Volume(np.zeros((2, 2, 2)), np.eye(4), kind=kind)
    assert written(tmp_path / "y.nii", volume).header["intent_code"] == code


def test_a_long_axis_makes_nifti_2(tmp_path: Path) -> None:
    """NIfTI-1 counts to 32767."""
    volume = Volume(np.arange(40_000, dtype="i4").reshape(40_000, 1, 1), affine("flipped"))
    image = written(tmp_path / "x.nii.gz", volume)
    assert isinstance(image, nib.Nifti2Image)
    np.testing.assert_array_equal(np.asanyarray(image.dataobj), volume.stored)
    np.testing.assert_array_equal(image.affine, volume.affine)
    np.testing.assert_array_equal(open_volume(tmp_path / "x.nii.gz").array, volume.stored)


def test_equal_volumes_are_equal_files(tmp_path: Path) -> None:
    """Neither a time nor a name is in a compressed file."""
    for name in ("a.nii.gz", "b.nii.gz"):
        write_nifti(tmp_path / name, noise())
    assert (tmp_path / "a.nii.gz").read_bytes() == (tmp_path / "b.nii.gz").read_bytes()
    assert len(gzip.decompress((tmp_path / "a.nii.gz").read_bytes())) == 352 + noise().stored.nbytes


def test_a_stopped_file_is_not_there(tmp_path: Path) -> None:
    """What was there before stays, and no part is left."""
    (tmp_path / "x.nii.gz").write_bytes(b"old")
    with pytest.raises(Cancelled):
        write_nifti(tmp_path / "x.nii.gz", noise(), Progress(cancelled=lambda: True))
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]


def test_another_suffix_is_refused(tmp_path: Path) -> None:
    """A name that says something else would be a lie."""
    with pytest.raises(WriteError, match=r"x\.img: is not the name of a NIfTI file"):
        write_nifti(tmp_path / "x.img", noise())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "name", ["ge_fmri_4d", "hitachi_implicit", "siemens_mosaic_4d", "rgb", "compressed_jpegls"]
)
def test_real_series_read_back(tmp_path: Path, data_dir: Path, name: str) -> None:
    """What was read from DICOM is what is read from the file that was written of it."""
    volume = open_volume(data_dir / "dicom-nifti-pairs" / name)
    image = written(tmp_path / "x.nii.gz", volume)
    values = np.asanyarray(image.dataobj)
    if volume.is_color:
        np.testing.assert_array_equal(values["B"], volume.channels[2].stored)
    else:
        np.testing.assert_allclose(values, volume.array, rtol=1e-6)
    np.testing.assert_allclose(image.affine, volume.affine, atol=1e-4)
    assert open_volume(tmp_path / "x.nii.gz").shape == volume.shape
