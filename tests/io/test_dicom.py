"""DICOM series: each voxel where DICOM's own equation puts it, each value as stored and rescaled."""

from __future__ import annotations

import warnings
import zipfile
from typing import TYPE_CHECKING, Any

import nibabel as nib
import numpy as np
import pydicom
import pytest
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    RLELossless,
)

from heatviewer.core.errors import Cancelled, ReadError
from heatviewer.io import open_volume, scan
from heatviewer.model.defaults import default_range
from tests.dicom_files import AXIAL, CORONAL, OBLIQUE, SAGITTAL, as_volume, stored, write_series

if TYPE_CHECKING:
    from pathlib import Path


SYNTAXES = (
    ImplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    DeflatedExplicitVRLittleEndian,
    RLELossless,
)
TWINS = {
    "non_isotropic": "non_isotropic",
    "hitachi_implicit": "hitachi_implicit",
    "ge_fmri_4d": "ge_fmri_4d",
    "ge_dti": "ge_dti",
    "compressed_rle": "compressed_all_four",
    "compressed_j2k": "compressed_all_four",
    "philips_fmri_4d": "philips_fmri_4d",
    "philips_enhanced_fmri_4d": "philips_enhanced_fmri_4d",
    "hyperfine_enhanced": "hyperfine_enhanced",
    "siemens_mosaic_4d": "siemens_mosaic_4d",
    "compressed_jpeg": "compressed_all_four",
    "compressed_jpegls": "compressed_all_four",
}


@pytest.mark.parametrize("orientation", [AXIAL, SAGITTAL, CORONAL, OBLIQUE])
@pytest.mark.parametrize("step", [2.5, (0.3, -0.9, 3.0)])
def test_every_voxel_lies_where_dicom_puts_it(
    tmp_path: Path, orientation: tuple[float, ...], step: float | tuple[float, float, float]
) -> None:
    """For any orientation, a tilted gantry too, a voxel's world point and value are the file's own."""
    pixels = stored()
    made = write_series(tmp_path, pixels, orientation=orientation, step=step)
    volume = open_volume(tmp_path)
    normal = np.cross(*np.reshape(orientation, (2, 3)))
    order = np.argsort(made.positions @ normal)
    for i, j, k in np.ndindex(volume.grid):
        world = volume.affine @ (i, j, k, 1)
        np.testing.assert_allclose(world[:3], made.world_ras(i, j, order[k]), atol=1e-6)
    np.testing.assert_array_equal(volume.array, as_volume(pixels[order]))


@pytest.mark.parametrize("name", TWINS)
def test_real_series_equals_its_nifti_twin(name: str, data_dir: Path) -> None:
    """A real series and the NIfTI file made of it have the same value at the same world point."""
    pairs = data_dir / "dicom-nifti-pairs"
    (path,) = pairs.glob(f"{TWINS[name]}.nii*")
    volume, twin = open_volume(pairs / name), nib.load(path)
    assert volume.shape == twin.shape
    index = np.random.default_rng(0).integers(0, volume.grid, (300, 3))
    world = np.c_[index, np.ones(300)] @ volume.affine.T
    found = (world @ np.linalg.inv(twin.affine).T)[:, :3]
    near = np.rint(found).astype(int)
    np.testing.assert_allclose(found, near, atol=1e-3)
    mine, other = volume.array[tuple(index.T)], twin.get_fdata()[tuple(near.T)]
    np.testing.assert_allclose(mine, other, atol=1e-5)


def test_slope_that_differs_by_slice_equals_its_nifti_twin(data_dir: Path) -> None:
    """A PET whose slope differs from slice to slice has the values of its NIfTI twin."""
    volume, twin = open_volume(data_dir / "pet-ct" / "pet"), open_volume(data_dir / "pet-ct" / "pet.nii.gz")
    corner = twin.world_to_voxel @ volume.affine
    flipped = twin.array[tuple(slice(None, None, int(np.sign(corner[n, n]))) for n in range(3))]
    np.testing.assert_allclose(volume.array, flipped, atol=1e-5)
    assert (volume.modality, volume.unit, volume.kind) == ("PT", "SUV", "suv")
    assert default_range(volume) == (0.0, 7.0)


@pytest.mark.parametrize(
    ("syntax", "dtype"),
    # RLE has no profile for 32 bits.
    [(s, d) for s in SYNTAXES for d in ("u1", "i2", "u2", "i4", "u4") if s != RLELossless or d[1] != "4"],
)
def test_each_transfer_syntax_and_type_is_exact(tmp_path: Path, syntax: str, dtype: str) -> None:
    """Pixels come out as written, whatever the byte order, VR or lossless packing."""
    pixels = stored(3, 3, 5, dtype)
    write_series(tmp_path, pixels, transfer_syntax=syntax)
    volume = open_volume(tmp_path)
    assert volume.stored.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(volume.array, as_volume(pixels))


@pytest.mark.parametrize("name", ["MR_small", "MR_small_bigendian", "MR_small_implicit", "MR_small_RLE",
                                  "MR_small_jp2klossless", "MR_small_padded", "CT_small", "image_dfl",
                                  "examples_overlay", "693_J2KI", "J2K_pixelrep_mismatch"])  # fmt: skip
def test_pydicoms_own_files_are_exact(name: str) -> None:
    """Pixels are pydicom's, rescaled, for its own test files."""
    path = str(pydicom.data.get_testdata_file(f"{name}.dcm", download=False))
    ds = pydicom.dcmread(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a file has more bytes than pixels
        stored = ds.pixel_array
    expected = stored * float(ds.get("RescaleSlope", 1)) + float(ds.get("RescaleIntercept", 0))
    np.testing.assert_array_equal(open_volume(path).array[:, :, 0].T, expected)


def test_unused_bits_are_left_out(tmp_path: Path) -> None:
    """Of 12 bits stored in 16 only the 12 count, wherever HighBit puts them, and the sign is theirs."""
    pixels = stored() - 30
    packed = (pixels.astype("i2") << 2).view("u2") & 0x3FFC | 0xC001
    write_series(tmp_path, packed.view("i2"), tags={"BitsStored": 12, "HighBit": 13})
    np.testing.assert_array_equal(open_volume(tmp_path).array, as_volume(pixels))


def test_whole_intercept_gives_integers_and_moves_the_padding(tmp_path: Path) -> None:
    """Slope 1 and intercept −1024 give int16 HU, and padding is known by its moved number."""
    pixels = stored(dtype="u2")
    tags = {"RescaleSlope": "1", "RescaleIntercept": "-1024", "PixelPaddingValue": 7}
    write_series(tmp_path, pixels, tags=tags)
    volume = open_volume(tmp_path)
    assert (volume.stored.dtype, volume.is_scaled, volume.unit) == (np.dtype("i2"), False, "HU")
    np.testing.assert_array_equal(volume.array, as_volume(pixels).astype(int) - 1024)
    assert volume.padding == (-1017.0, -1017.0)


def test_fractional_slope_stays_beside_the_integers(tmp_path: Path) -> None:
    """One slope for all slices is kept beside the stored integers."""
    write_series(tmp_path, stored(), tags={"RescaleSlope": "0.5", "RescaleIntercept": "-3"})
    volume = open_volume(tmp_path)
    assert (volume.stored.dtype, volume.slope, volume.intercept) == (np.dtype("i2"), 0.5, -3.0)
    np.testing.assert_allclose(volume.array, as_volume(stored()) * 0.5 - 3)


def test_slope_that_differs_by_slice_is_applied(tmp_path: Path) -> None:
    """Slices with slopes of their own become values, and their padding NaN."""
    slopes = [1.5, 2.25, 0.5, 3.0, 1.0]
    each = [{"RescaleSlope": str(s), "RescaleIntercept": "1", "PixelPaddingValue": 40} for s in slopes]
    write_series(tmp_path, stored(), slice_tags=each)
    expected = as_volume(stored()) * np.array(slopes) + 1
    expected[as_volume(stored()) == 40] = np.nan
    volume = open_volume(tmp_path)
    assert volume.stored.dtype == np.float32
    np.testing.assert_allclose(volume.array, expected, rtol=1e-6)


def test_padding_range_minds_the_sign(tmp_path: Path) -> None:
    """A padding range written as unsigned for signed pixels means the negative numbers."""
    write_series(tmp_path, stored() - 50)
    for path in tmp_path.iterdir():
        ds = pydicom.dcmread(path)
        ds.add_new("PixelPaddingValue", "US", 65486)
        ds.add_new("PixelPaddingRangeLimit", "US", 65496)
        ds.save_as(path)
    assert open_volume(tmp_path).padding == (-50.0, -40.0)


@pytest.mark.parametrize(
    ("units", "suv_type", "unit", "kind"),
    [("GML", None, "SUV", "suv"), ("GML", "BW", "SUV", "suv"), ("GML", "LBM", "SUVlbm", "suv"),
     ("BQML", None, "Bq/ml", ""), ("CNTS", None, "counts", "")],
)  # fmt: skip
def test_pet_is_an_suv_only_where_it_says_so(
    tmp_path: Path, units: str, suv_type: str | None, unit: str, kind: str
) -> None:
    """A PET in g/ml is an SUV with the range 0…7; one in Bq/ml or counts is raw and says so."""
    write_series(tmp_path, stored(), tags={"Modality": "PT", "Units": units, "SUVType": suv_type})
    volume = open_volume(tmp_path)
    assert (volume.unit, volume.kind) == (unit, kind)
    assert scan(tmp_path).series[0].unit == unit
    assert (default_range(volume) == (0.0, 7.0)) == bool(kind)
    assert bool(volume.warnings) == (not kind)


def test_images_at_one_position_are_frames_in_time_order(tmp_path: Path) -> None:
    """Files at the same positions become frames, ordered by acquisition time, not by name."""
    first, second = stored(), stored() + 1000
    late, early = {"AcquisitionTime": "101500.5"}, {"AcquisitionTime": "101459.0"}
    write_series(tmp_path / "a", first, tags={**late, "SeriesInstanceUID": "1.2.3"})
    write_series(tmp_path / "b", second, tags={**early, "SeriesInstanceUID": "1.2.3"}, shuffle=5)
    volume = open_volume(tmp_path)
    assert volume.shape == (6, 4, 5, 2)
    np.testing.assert_array_equal(volume.frame(0), as_volume(second))
    np.testing.assert_array_equal(volume.frame(1), as_volume(first))


@pytest.mark.parametrize(("slices", "shapes"), [(5, [(6, 4, 5, 2)]), (3, [(6, 4, 5), (6, 4, 3)])])
def test_echoes_are_frames_where_they_cover_the_same_slices(
    tmp_path: Path, slices: int, shapes: list[tuple[int, ...]]
) -> None:
    """Echoes of one series are frames in their order, or series of their own where slices differ."""
    long, short = {"EchoTime": "90"}, {"EchoTime": "30"}
    write_series(tmp_path / "a", stored(), tags={**long, "SeriesInstanceUID": "1.2.3"})
    write_series(tmp_path / "b", stored(slices) + 1000, tags={**short, "SeriesInstanceUID": "1.2.3"})
    assert [series.shape for series in scan(tmp_path).series] == shapes
    assert int(open_volume(tmp_path).frame(0).max()) == (1119 if slices == 5 else 119)


def test_bytes_in_swapped_words_are_put_right(tmp_path: Path) -> None:
    """8-bit pixels in the 16-bit words of a big-endian file are in pydicom's order."""
    write_series(tmp_path, stored(1, 4, 6, "u1"), transfer_syntax=ExplicitVRBigEndian)
    path = next(tmp_path.iterdir())
    raw = path.read_bytes().replace(b"\x7f\xe0\x00\x10OB", b"\x7f\xe0\x00\x10OW")
    path.write_bytes(raw)
    np.testing.assert_array_equal(open_volume(path).array[:, :, 0].T, pydicom.dcmread(path).pixel_array)
    assert not np.array_equal(open_volume(path).array[:, :, 0].T, stored(1, 4, 6, "u1")[0])


def test_unequal_counts_keep_the_first_and_say_so(tmp_path: Path) -> None:
    """Where positions have different numbers of images, one of each is shown with a warning."""
    write_series(tmp_path / "a", stored(), tags={"SeriesInstanceUID": "1.2.3", "AcquisitionTime": "10"})
    write_series(
        tmp_path / "b", stored()[:2] + 1, tags={"SeriesInstanceUID": "1.2.3", "AcquisitionTime": "11"}
    )
    volume = open_volume(tmp_path)
    np.testing.assert_array_equal(volume.array, as_volume(stored()))
    assert "1 to 2 images at a position" in volume.warnings[0]


def test_copies_are_taken_once(tmp_path: Path) -> None:
    """The same image under two names is one slice, not two frames."""
    write_series(tmp_path, stored())
    path = next(tmp_path.iterdir())
    (tmp_path / "copy.dcm").write_bytes(path.read_bytes())
    volume = open_volume(tmp_path)
    assert volume.shape == (6, 4, 5)
    assert "copies" in volume.warnings[0]


def test_mixed_orientations_are_volumes_of_their_own(tmp_path: Path) -> None:
    """A scout in another orientation is split off as UID#2, and both can be opened."""
    uid = {"SeriesInstanceUID": "1.2.3"}
    write_series(tmp_path / "a", stored(), tags=uid)
    write_series(tmp_path / "b", stored(2), tags=uid, orientation=SAGITTAL)
    series = scan(tmp_path).series
    assert [(s.id, s.shape) for s in series] == [("1.2.3", (6, 4, 5)), ("1.2.3#2", (6, 4, 2))]
    assert all("not one volume" in s.warnings[0] for s in series)
    assert open_volume(tmp_path).shape == (6, 4, 5)
    assert open_volume(tmp_path, series="1.2.3#2").shape == (6, 4, 2)


def test_damaged_files_are_left_out_and_named(tmp_path: Path) -> None:
    """A cut file of a series is named in a warning; the rest opens."""
    write_series(tmp_path, stored(), step=2.5)
    last = max(tmp_path.iterdir(), key=lambda p: float(pydicom.dcmread(p).ImagePositionPatient[2]))
    last.write_bytes(last.read_bytes()[:-10])
    volume = open_volume(tmp_path)
    np.testing.assert_array_equal(volume.array, as_volume(stored()[:4]))
    assert last.name in volume.warnings[0]
    assert "cut short" in volume.warnings[0]


def test_undecodable_slice_is_left_out_and_named(tmp_path: Path) -> None:
    """A slice whose compressed pixels are broken is named in a warning; the rest opens."""
    write_series(tmp_path, stored(), step=2.5, transfer_syntax=RLELossless)
    last = max(tmp_path.iterdir(), key=lambda p: float(pydicom.dcmread(p).ImagePositionPatient[2]))
    raw = last.read_bytes()
    at = raw.rindex(b"\xfe\xff\x00\xe0")
    last.write_bytes(raw[: at + 8] + b"\xff" * (len(raw) - at - 8))
    volume = open_volume(tmp_path)
    np.testing.assert_array_equal(volume.array, as_volume(stored()[:4]))
    assert last.name in volume.warnings[-1]


def test_claimed_size_beyond_the_file_takes_no_memory(tmp_path: Path) -> None:
    """A file that claims 65535 × 65535 pixels is refused for what it holds."""
    write_series(tmp_path, stored(1), tags={"Rows": 65535, "Columns": 65535})
    with pytest.raises(ReadError, match="cut short"):
        open_volume(tmp_path)


@pytest.mark.parametrize(
    ("tags", "found"),
    [
        ({"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB"}, "48 of 144 bytes"),
        ({"SamplesPerPixel": 2}, "2 numbers a pixel"),
        ({"NumberOfFrames": 2}, "48 of 96 bytes"),
        ({"BitsAllocated": 64, "BitsStored": 64}, "64 bits"),
        ({"Rows": 0}, "impossible dimensions"),
        ({"ImageType": ["ORIGINAL", "PRIMARY", "M", "MOSAIC"]}, "number of slices"),
    ],
)
def test_what_cannot_be_read_is_one_clear_error(tmp_path: Path, tags: dict[str, Any], found: str) -> None:
    """A kind of image that is not read gives one line with a way out, and is listed as such."""
    write_series(tmp_path, stored(1), tags=tags)
    with pytest.raises(ReadError, match=found) as caught:
        open_volume(tmp_path)
    assert caught.value.hint
    (series,) = scan(tmp_path).series
    assert not series.readable


def test_picture_without_a_place_follows_the_2d_rule(data_dir: Path) -> None:
    """An X-ray has columns to the left and rows downward around 0, and its own warning-free place."""
    volume = open_volume(data_dir / "seg-and-maps" / "dx_image.dcm")
    width, height, _ = volume.grid
    across, down = volume.affine[0, 0], volume.affine[1, 1]
    assert volume.flat
    assert volume.inverted
    assert across < 0
    assert down < 0
    np.testing.assert_allclose(
        volume.affine @ ((width - 1) / 2, (height - 1) / 2, 0, 1), (0, 0, 0, 1), atol=1e-9
    )


@pytest.mark.parametrize(
    ("name", "shape", "warned"),
    [("gantry_tilt", (512, 512, 4), "slant of 14.0°"), ("missing_slice", (512, 512, 5), "has a gap"),
     ("mixed_orientations", None, "not one volume"), ("two_slices", (256, 256, 2), "")],
)  # fmt: skip
def test_odd_geometry_is_kept_or_told(
    name: str, shape: tuple[int, ...] | None, warned: str, data_dir: Path, tmp_path: Path
) -> None:
    """A tilt is kept as a shear, gaps and mixed orientations are told."""
    source = data_dir / "odd-geometry" / name
    if not source.exists():
        zipfile.ZipFile(source.with_suffix(".zip")).extractall(tmp_path)
        source = tmp_path
    volume = open_volume(source)
    assert shape is None or volume.shape == shape
    assert warned in " ".join(volume.warnings)
    assert bool(volume.warnings) == bool(warned)


def test_nothing_told_names_the_patient(tmp_path: Path) -> None:
    """Name and number of the patient appear neither in the volume nor in a listing."""
    write_series(tmp_path, stored())
    told = f"{open_volume(tmp_path)!r}{open_volume(tmp_path).info}{scan(tmp_path).info()}"
    assert "secret" not in told.lower()


def test_progress_only_grows_and_ends_at_one(tmp_path: Path) -> None:
    """Progress is 0 … 1, never falls, and has a step for each slice."""
    seen: list[float] = []
    write_series(tmp_path, stored(20))
    open_volume(tmp_path, progress=seen.append)
    assert seen == sorted(set(seen))
    assert seen[-1] == 1.0
    assert len(seen) > 20


def test_cancel_stops_between_two_slices(tmp_path: Path) -> None:
    """When the work is no longer wanted it stops at the next slice."""
    seen: list[float] = []
    write_series(tmp_path, stored(20))
    with pytest.raises(Cancelled):
        open_volume(tmp_path, progress=seen.append, cancelled=lambda: bool(seen) and seen[-1] > 0.6)
    assert seen[-1] < 0.7
