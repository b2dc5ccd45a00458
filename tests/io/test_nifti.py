"""NIfTI and Analyze: nibabel, an independent reader, says what must come out."""

from __future__ import annotations

import gzip
import importlib.util
import struct
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nibabel as nib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heatviewer.core.errors import Cancelled, ReadError
from heatviewer.io import open_volume, scan
from heatviewer.io.nifti_header import parse_header

if TYPE_CHECKING:
    from numpy.typing import NDArray

NIBABEL_DATA = Path(importlib.util.find_spec("nibabel").origin).parent / "tests" / "data"  # type: ignore[union-attr,arg-type]
NIBABEL_FILES = (
    "anatomical.nii", "example4d.nii.gz", "example_nifti2.nii.gz", "functional.nii",
    "reoriented_anat_moved.nii", "resampled_anat_moved.nii", "standard.nii.gz",
)  # fmt: skip
OBLIQUE = np.array([[-1.9, 0.3, 0.2, 90], [0.2, 2.1, -0.4, -70], [0.3, 0.5, 2.4, -60], [0, 0, 0, 1.0]])


def counted(shape: tuple[int, ...] = (5, 4, 3), dtype: str = "i2") -> NDArray[Any]:
    """Return an array in which every voxel differs."""
    return np.arange(np.prod(shape)).reshape(shape).astype(dtype)


def saved(path: Path, data: NDArray[Any], affine: NDArray[Any] | None = OBLIQUE, **header: Any) -> Path:
    """Write an image with header fields as told, whatever nibabel thinks of them."""
    image = nib.Nifti1Image(data, affine)
    image.header.set_xyzt_units("mm")
    scale = {key: header.pop(key) for key in ("scl_slope", "scl_inter") if key in header}
    for key, value in header.items():
        image.header[key] = value
    nib.save(image, path)
    if scale:  # nibabel sets these itself on saving
        raw = bytearray(gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes())
        raw[112:120] = np.array([scale.get("scl_slope", 1), scale.get("scl_inter", 0)], "<f4").tobytes()
        path.write_bytes(gzip.compress(raw) if path.suffix == ".gz" else raw)
    return path


def assert_as_nibabel(path: Path) -> None:
    volume = open_volume(path)
    image = nib.load(path)
    values = image.get_fdata().reshape(volume.shape, order="F")
    np.testing.assert_allclose(volume.affine, image.affine, atol=1e-5)
    np.testing.assert_allclose(volume.array, values, rtol=1e-6)


@pytest.mark.parametrize("name", NIBABEL_FILES)
def test_example_reads_as_nibabel_reads_it(name: str) -> None:
    """Values and affine are nibabel's for its own test files."""
    assert_as_nibabel(NIBABEL_DATA / name)


@pytest.mark.parametrize(
    "name", ["5D_small.nii", "big.nii.gz", "air.hdr.gz", "air.img.gz", "with_extension.nii.gz"]
)
def test_odd_files_read_as_nibabel_reads_them(name: str, data_dir: Path) -> None:
    """Byte order, pairs, extensions and single axes do not change a value."""
    assert_as_nibabel(data_dir / "nifti" / name)


def test_mni_and_z_map_read_as_nibabel_reads_them(mni_path: Path, zmap_path: Path) -> None:
    """The standard study is read exactly."""
    assert_as_nibabel(mni_path)
    assert_as_nibabel(zmap_path)


@pytest.mark.parametrize("dtype", ["u1", "i1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8"])
@pytest.mark.parametrize("suffix", [".nii", ".nii.gz", ".img"])
def test_every_element_type_is_kept(tmp_path: Path, dtype: str, suffix: str) -> None:
    """A value read is the value written, in the same type, for each kind of file."""
    data = counted(dtype=dtype)
    path = tmp_path / f"a{suffix}"
    image_type = nib.Nifti1Pair if suffix == ".img" else nib.Nifti1Image
    nib.save(image_type(data, OBLIQUE, dtype=data.dtype), path)
    volume = open_volume(path)
    assert volume.stored.dtype == data.dtype
    np.testing.assert_array_equal(volume.array, data)


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
def test_big_endian_is_turned(tmp_path: Path, suffix: str) -> None:
    """A big-endian file gives native numbers."""
    data = counted(dtype="f4")
    header = nib.Nifti1Header(endianness=">")
    header.set_data_dtype("f4")
    nib.save(nib.Nifti1Image(data, OBLIQUE, header), tmp_path / f"a{suffix}")
    volume = open_volume(tmp_path / f"a{suffix}")
    assert volume.stored.dtype.isnative
    np.testing.assert_array_equal(volume.array, data)
    np.testing.assert_allclose(volume.affine, OBLIQUE, atol=1e-6)


def test_complex_numbers_become_magnitudes(tmp_path: Path) -> None:
    """A complex image shows its magnitude."""
    data = (counted(dtype="f4") * (3 + 4j)).astype("c8")
    volume = open_volume(saved(tmp_path / "a.nii.gz", data))
    np.testing.assert_allclose(volume.array, np.abs(data), rtol=1e-6)


def test_what_was_read_survives_its_file(tmp_path: Path) -> None:
    """A file that another program cuts and writes anew takes nothing from what is shown of it."""
    path = saved(tmp_path / "a.nii", counted())
    volume = open_volume(path)
    path.write_bytes(b"x")
    np.testing.assert_array_equal(volume.array, counted())


def test_very_large_plain_file_is_mapped_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An uncompressed file of native order takes no memory of its own and cannot be written to."""
    monkeypatch.setattr("heatviewer.io.voxel_stream.MAPPED_FROM", 0)
    volume = open_volume(saved(tmp_path / "a.nii", counted()))
    base = volume.stored
    while isinstance(base, np.ndarray) and not isinstance(base, np.memmap):
        base = base.base  # type: ignore[assignment]
    assert isinstance(base, np.memmap)
    assert not volume.stored.flags.writeable


@pytest.mark.parametrize("slope", [0.0, np.nan, np.inf])
def test_impossible_slope_means_none(tmp_path: Path, slope: float) -> None:
    """A slope of 0, NaN or infinity leaves the stored values as they are."""
    volume = open_volume(saved(tmp_path / "a.nii", counted(), scl_slope=slope, scl_inter=7))
    assert not volume.is_scaled
    np.testing.assert_array_equal(volume.array, counted())


def test_slope_and_intercept_stay_beside_the_integers(tmp_path: Path) -> None:
    """Scaled integers stay integers in memory; values have the scale applied."""
    path = saved(tmp_path / "a.nii.gz", counted(), scl_slope=0.25, scl_inter=-3)
    volume = open_volume(path)
    assert volume.stored.dtype == np.int16
    np.testing.assert_allclose(volume.array, counted() * 0.25 - 3)


def test_nan_intercept_means_none(tmp_path: Path) -> None:
    """An intercept that is not a number is not added."""
    volume = open_volume(saved(tmp_path / "a.nii", counted(), scl_slope=2, scl_inter=np.nan))
    assert (volume.slope, volume.intercept) == (2.0, 0.0)


@pytest.mark.parametrize(
    ("dtype", "intercept", "expected"),
    [("u2", -1024, "i2"), ("u1", -1024, "i2"), ("i2", 5, "i2"), ("i2", 32760, "i4"), ("u1", 1, "u1")],
)
@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
def test_whole_intercept_is_added_to_integers(
    tmp_path: Path, dtype: str, intercept: int, expected: str, suffix: str
) -> None:
    """Slope 1 and a whole intercept give integers, in the narrowest type that holds them."""
    data = counted(dtype=dtype)
    volume = open_volume(saved(tmp_path / f"a{suffix}", data, scl_slope=1, scl_inter=intercept))
    assert not volume.is_scaled
    assert volume.stored.dtype == np.dtype(expected)
    np.testing.assert_array_equal(volume.array, data.astype(int) + intercept)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((4, 3), (4, 3, 1)), ((4,), (4, 1, 1)), ((4, 3, 2, 1), (4, 3, 2)), ((4, 3, 2, 5), (4, 3, 2, 5)),
        ((4, 3, 2, 1, 5), (4, 3, 2, 5)), ((4, 3, 2, 2, 3), (4, 3, 2, 6)),
    ],
)  # fmt: skip
def test_axes_become_three_or_four(tmp_path: Path, shape: tuple[int, ...], expected: tuple[int, ...]) -> None:
    """Single axes are dropped, missing ones added, a fifth one folded into frames and told."""
    data = counted(shape)
    volume = open_volume(saved(tmp_path / "a.nii", data))
    assert volume.shape == expected
    np.testing.assert_array_equal(volume.array, data.reshape(expected, order="F"))
    assert any("shown as frames" in text for text in volume.warnings) == (expected[-1] == 6)


def test_units_of_space_are_brought_to_mm(tmp_path: Path) -> None:
    """A file in metres or microns lies where it lies in millimetres."""
    for code, mm in ((1, 1000.0), (3, 0.001), (2, 1.0), (0, 1.0)):
        volume = open_volume(saved(tmp_path / "a.nii", counted(), xyzt_units=code))
        np.testing.assert_allclose(volume.affine[:3], OBLIQUE[:3] * mm, rtol=1e-6)


def test_qform_counts_where_there_is_no_sform(tmp_path: Path) -> None:
    """Without an sform the quaternion gives the affine."""
    image = nib.Nifti1Image(counted(), None)
    image.set_qform(OBLIQUE, 1, strip_shears=True)
    image.set_sform(None, 0)
    nib.save(image, tmp_path / "a.nii")
    np.testing.assert_allclose(open_volume(tmp_path / "a.nii").affine, image.get_qform(), atol=1e-5)


def test_differing_forms_are_told(tmp_path: Path) -> None:
    """Where sform and qform disagree the sform counts and a warning gives the gap."""
    image = nib.Nifti1Image(counted(), OBLIQUE)
    image.set_sform(OBLIQUE, 1)
    image.set_qform(np.diag([2.0, 2, 2, 1]), 1)
    nib.save(image, tmp_path / "a.nii")
    volume = open_volume(tmp_path / "a.nii")
    np.testing.assert_allclose(volume.affine, OBLIQUE, atol=1e-5)
    assert "sform and qform differ" in volume.warnings[0]


def test_file_without_orientation_is_told(tmp_path: Path) -> None:
    """Without sform and qform the affine is nibabel's own fallback, with a warning."""
    image = nib.Nifti1Image(counted(), None)
    image.header.set_zooms((2, 3, 4))
    nib.save(image, tmp_path / "a.nii")
    volume = open_volume(tmp_path / "a.nii")
    np.testing.assert_allclose(volume.affine, nib.load(tmp_path / "a.nii").affine)
    assert "no orientation" in volume.warnings[0]


@pytest.mark.parametrize("step", [3.5e-310, 1e300, 0.0, -3.0])
def test_impossible_voxel_sizes_are_told(tmp_path: Path, step: float) -> None:
    """A voxel of no size, of a negative one, or of one beyond all bounds, is shown, with a warning."""
    image = nib.Nifti2Image(counted(), None)
    nib.save(image, tmp_path / "a.nii")
    raw = bytearray((tmp_path / "a.nii").read_bytes())
    struct.pack_into("<d", raw, 104 + 8 * 3, step)
    (tmp_path / "a.nii").write_bytes(raw)
    volume = open_volume(tmp_path / "a.nii")
    assert "impossible voxel sizes" in volume.warnings[0]
    np.testing.assert_allclose(volume.spacing, (1, 1, 3 if step == -3 else 1))


def test_unusable_sform_is_not_followed(tmp_path: Path) -> None:
    """An sform of zeros gives way to the qform."""
    path = saved(tmp_path / "a.nii", counted(), np.diag([2.0, 3, 4, 1]))
    raw = bytearray(path.read_bytes())
    raw[280:328] = bytes(48)
    raw[252:254] = np.int16(1).tobytes()
    path.write_bytes(raw)
    volume = open_volume(path)
    np.testing.assert_allclose(volume.affine[:3, :3], np.diag([2.0, 3, 4]), atol=1e-6)
    assert "unusable sform" in volume.warnings[0]


@given(
    quaternion=st.tuples(*[st.floats(-1, 1, width=32)] * 3),
    steps=st.tuples(*[st.floats(0.125, 8, width=32)] * 3),
    handedness=st.sampled_from([-1.0, 1.0]),
)
def test_any_quaternion_gives_nibabels_affine(
    quaternion: tuple[float, ...], steps: tuple[float, ...], handedness: float
) -> None:
    """For every quaternion that nibabel takes, rotation, handedness and voxel size are the same."""
    length = float(np.linalg.norm(quaternion))
    scale = 1.0 if length <= 1 else 1 / length
    header = nib.Nifti1Header()
    header.set_data_shape((5, 4, 3))
    header["pixdim"][:4] = (handedness, *steps)
    header["quatern_b"], header["quatern_c"], header["quatern_d"] = np.float32(quaternion) * np.float32(scale)
    header["qform_code"], header["qoffset_x"] = 1, 12.5
    found = parse_header(header.binaryblock + bytes(192), "a.nii").affine
    np.testing.assert_allclose(found, header.get_qform(), atol=2e-5)


@pytest.mark.parametrize(
    ("code", "kind"), [(5, "z"), (3, "t"), (22, "p"), (1002, "label"), (0, ""), (4, ""), (23, "")]
)
def test_intent_tells_the_kind(tmp_path: Path, code: int, kind: str) -> None:
    """The intent code says whether values are z, t, p or labels."""
    assert open_volume(saved(tmp_path / "a.nii", counted(), intent_code=code)).kind == kind


def test_cal_range_is_the_window(tmp_path: Path) -> None:
    """cal_min … cal_max is the window where it is a range."""
    volume = open_volume(saved(tmp_path / "a.nii", counted(), cal_min=10, cal_max=50))
    assert volume.window == (30.0, 40.0)
    assert open_volume(saved(tmp_path / "b.nii", counted(), cal_min=5, cal_max=5)).window is None


def test_analyze_pair_reads_as_nibabel_reads_it(tmp_path: Path) -> None:
    """Analyze 7.5 pairs open from either half; that they have no orientation is told."""
    image = nib.Spm99AnalyzeImage(counted(), np.diag([-2.0, 2, 3, 1]))
    nib.save(image, tmp_path / "a.img")
    (tmp_path / "a.mat").unlink()
    for name in ("a.img", "a.hdr"):
        volume = open_volume(tmp_path / name)
        np.testing.assert_array_equal(volume.array, counted())
        np.testing.assert_allclose(volume.affine, nib.load(tmp_path / name).affine)
        assert "no orientation" in volume.warnings[0]
    assert scan(tmp_path / "a.hdr").format == "analyze"


@pytest.mark.parametrize(
    "fields",
    [
        {"dim": [3, 0, 4, 3, 1, 1, 1, 1]},
        {"dim": [3, -5, 4, 3, 1, 1, 1, 1]},
        {"dim": [9, 5, 4, 3, 1, 1, 1, 1]},
        {"dim": [3, 32000, 32000, 32000, 1, 1, 1, 1]},
        {"datatype": 1},
        {"datatype": 1536},
        {"datatype": 2048},
        {"datatype": 77},
        {"intent_code": 3001},
        {"vox_offset": np.nan},
        {"vox_offset": 12},
    ],
)
@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
def test_absurd_header_is_one_clear_error(tmp_path: Path, fields: dict[str, Any], suffix: str) -> None:
    """A header that cannot be true, or bits and 128-bit numbers, give one line that names the file."""
    header = nib.Nifti1Image(counted(), OBLIQUE).header
    for key, value in fields.items():
        header[key] = value
    raw = header.binaryblock + bytes(4) + counted().tobytes()
    path = tmp_path / f"odd{suffix}"
    path.write_bytes(gzip.compress(raw) if suffix == ".nii.gz" else raw)
    with pytest.raises(ReadError, match=r"odd\.nii") as caught:
        open_volume(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("part", [0.2, 0.7, 0.97])
@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
def test_truncated_file_is_one_clear_error(tmp_path: Path, part: float, suffix: str) -> None:
    """A file that ends too early is said to, wherever the cut is."""
    data = np.random.default_rng(0).integers(0, 9999, (40, 40, 40)).astype("i2")
    raw = saved(tmp_path / f"a{suffix}", data).read_bytes()
    path = tmp_path / f"cut{suffix}"
    path.write_bytes(raw[: int(len(raw) * part)])
    with pytest.raises(ReadError, match=rf"cut{suffix}.*cut short.*again"):
        open_volume(path)


def test_wrong_checksum_is_an_error(tmp_path: Path) -> None:
    """Data that do not match their checksum are not shown."""
    path = saved(tmp_path / "a.nii.gz", counted((20, 20, 20)))
    raw = bytearray(path.read_bytes())
    raw[-8] ^= 0xFF
    path.write_bytes(raw)
    with pytest.raises(ReadError, match="damaged gzip"):
        open_volume(path)


def test_bytes_behind_the_voxels_do_no_harm(tmp_path: Path) -> None:
    """A second gzip member, padding or garbage after the voxels is passed over."""
    whole = saved(tmp_path / "a.nii.gz", counted()).read_bytes()
    for tail in (gzip.compress(b"more"), bytes(512), b"garbage" * 10):
        (tmp_path / "b.nii.gz").write_bytes(whole + tail)
        np.testing.assert_array_equal(open_volume(tmp_path / "b.nii.gz").array, counted())


def test_progress_only_grows_and_ends_at_one(tmp_path: Path) -> None:
    """Progress is 0 … 1, never falls, and has steps in between for a large file."""
    data = np.random.default_rng(0).integers(0, 9999, (100, 100, 100)).astype("i2")
    seen: list[float] = []
    open_volume(saved(tmp_path / "a.nii.gz", data), progress=seen.append)
    assert seen == sorted(set(seen))
    assert seen[-1] == 1.0
    assert len(seen) > 3


def test_cancel_stops_between_two_chunks(tmp_path: Path) -> None:
    """When the work is no longer wanted it stops at the next chunk."""
    data = np.random.default_rng(0).integers(0, 9999, (100, 100, 100)).astype("i2")
    path = saved(tmp_path / "a.nii.gz", data)
    seen: list[float] = []
    with pytest.raises(Cancelled):
        open_volume(path, progress=seen.append, cancelled=lambda: bool(seen))
    assert len(seen) == 1


def test_listing_is_the_opened_volume(tmp_path: Path) -> None:
    """What a scan tells of a file is what opening it gives."""
    path = saved(tmp_path / "brain.nii.gz", counted((4, 3, 2, 5)))
    (series,) = scan(path).series
    volume = open_volume(path, series=series.id)
    assert series.shape == volume.shape
    assert series.spacing == pytest.approx(volume.spacing)
    np.testing.assert_array_equal(series.affine, volume.affine)
    assert (series.description, series.dtype, series.files) == ("brain", "int16", (path,))


def test_reader_is_as_frugal_as_its_data(tmp_path: Path) -> None:
    """Reading a compressed file takes at most 1.3 times the memory of its voxels."""
    import tracemalloc

    data = np.zeros((200, 200, 100), dtype="f4")
    path = saved(tmp_path / "a.nii.gz", data)
    open_volume(path)
    with warnings.catch_warnings():
        tracemalloc.start()
        volume = open_volume(path)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 1.3 * volume.stored.nbytes
