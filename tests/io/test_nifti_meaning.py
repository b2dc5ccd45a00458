"""What a NIfTI header says beside the voxels: colours, frames, intents, where the affine is from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import nibabel as nib
import numpy as np
import pytest

from heatviewer.io import open_volume, scan
from tests.io.test_nifti import OBLIQUE, counted, saved

if TYPE_CHECKING:
    from pathlib import Path

RNG = np.random.default_rng(3)
RGB = np.dtype([("R", "u1"), ("G", "u1"), ("B", "u1")])
RGBA = np.dtype([("R", "u1"), ("G", "u1"), ("B", "u1"), ("A", "u1")])


def colors(dtype: np.dtype[Any], shape: tuple[int, ...] = (6, 5, 4)) -> np.ndarray:
    """Return random colours as the structured array that nibabel writes."""
    values = np.zeros(shape, dtype)
    for name in dtype.names or ():
        values[name] = RNG.integers(0, 256, shape)
    return values


@pytest.mark.parametrize("dtype", [RGB, RGBA])
@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
@pytest.mark.parametrize("shape", [(6, 5, 4), (6, 5, 4, 3), (1, 1, 1)])
def test_colors_are_channels_and_brightness(
    tmp_path: Path, dtype: np.dtype[Any], suffix: str, shape: tuple[int, ...]
) -> None:
    """RGB24 and RGBA32 give a channel a colour, and as numbers the brightness of ITU-R BT.601."""
    data = colors(dtype, shape)
    nib.save(nib.Nifti1Image(data, OBLIQUE), tmp_path / f"a{suffix}")
    volume = open_volume(tmp_path / f"a{suffix}")
    assert len(volume.channels) == len(dtype.names or ())
    for channel, name in zip(volume.channels, dtype.names or (), strict=True):
        np.testing.assert_array_equal(channel.stored, data[name])
        np.testing.assert_allclose(channel.affine, OBLIQUE, atol=1e-5)
    brightness = 0.299 * data["R"] + 0.587 * data["G"] + 0.114 * data["B"]
    assert np.abs(volume.stored - brightness).max() <= 0.5 + 1e-9
    assert volume.stored.dtype == np.uint8


def test_real_rgba_file_reads_as_nibabel_reads_it(data_dir: Path) -> None:
    """Colours of a file from elsewhere are those that nibabel finds in it."""
    path = data_dir / "nifti" / "rgba.nii.gz"
    volume = open_volume(path)
    data = np.asarray(nib.load(path).dataobj)
    for channel, name in zip(volume.channels, "RGBA", strict=True):
        np.testing.assert_array_equal(channel.stored, data[name].reshape(channel.shape))
    np.testing.assert_allclose(volume.affine, nib.load(path).affine, atol=1e-5)


@pytest.mark.parametrize(
    ("code", "name", "unit", "scale"),
    [
        (8, "time", "s", 1.0), (16, "time", "s", 1e-3), (24, "time", "s", 1e-6), (32, "frequency", "Hz", 1.0),
        (40, "chemical shift", "ppm", 1.0), (48, "angular frequency", "rad/s", 1.0),
    ],
)  # fmt: skip
def test_frames_have_their_times(tmp_path: Path, code: int, name: str, unit: str, scale: float) -> None:
    """The fourth axis counts from toffset in steps of pixdim[4], times in seconds whatever their unit."""
    image = nib.Nifti1Image(counted((3, 3, 3, 4)), OBLIQUE)
    image.header["pixdim"][4], image.header["toffset"] = 2.2, 0.5
    image.header["xyzt_units"] = 2 + code
    nib.save(image, tmp_path / "a.nii")
    axis = open_volume(tmp_path / "a.nii").frame_axis
    assert axis is not None
    assert (axis.name, axis.unit) == (name, unit)
    assert axis.values == pytest.approx([scale * (0.5 + 2.2 * t) for t in range(4)], rel=1e-7)


def test_frames_without_a_unit_have_no_times(tmp_path: Path) -> None:
    """Where the header does not say what the frames are, no times are made up."""
    image = nib.Nifti1Image(counted((3, 3, 3, 4)), OBLIQUE)
    image.header["xyzt_units"] = 2
    nib.save(image, tmp_path / "a.nii")
    assert open_volume(tmp_path / "a.nii").frame_axis is None


def test_real_series_has_its_repetition_time(data_dir: Path) -> None:
    """The frames of an fMRI series are as far apart as its header says."""
    path = data_dir / "dicom-nifti-pairs" / "siemens_mosaic_4d.nii"
    header = nib.load(path).header
    assert header.get_xyzt_units()[1] == "sec"
    axis = open_volume(path).frame_axis
    assert axis is not None
    assert axis.values[1] - axis.values[0] == pytest.approx(float(header.get_zooms()[3]), rel=1e-6)


def test_vector_components_are_frames(tmp_path: Path) -> None:
    """The fifth axis of a vector image is shown as frames, one a component."""
    data = counted((3, 4, 2, 1, 3)).astype("f4")
    volume = open_volume(saved(tmp_path / "a.nii", data, intent_code=1007))
    assert volume.shape == (3, 4, 2, 3)
    np.testing.assert_array_equal(volume.array, data[:, :, :, 0])
    assert volume.frame_axis is not None
    assert (volume.frame_axis.name, volume.frame_axis.values) == ("component", (1.0, 2.0, 3.0))


def test_intent_is_told_in_words(tmp_path: Path) -> None:
    """Intent, its parameters and its name are facts of the volume; a map is meant to lie on another."""
    path = saved(tmp_path / "a.nii", counted(), intent_code=3, intent_p1=24, intent_name=b"faces - houses")
    assert open_volume(path).info["intent"] == "t statistic (24 degrees of freedom): faces - houses"
    assert scan(path).series[0].role == "heatmap"
    assert "log10" in open_volume(saved(tmp_path / "b.nii", counted(), intent_code=24)).info["intent"]
    assert "intent" not in open_volume(saved(tmp_path / "c.nii", counted())).info


@pytest.mark.parametrize(
    ("sform", "qform", "expected"),
    [
        (4, 1, "sform (MNI 152)"), (2, 0, "sform (aligned with another image)"), (0, 1, "qform (scanner)"),
        (0, 3, "qform (Talairach)"), (0, 0, "none in the file"),
    ],
)  # fmt: skip
def test_orientation_says_where_it_is_from(tmp_path: Path, sform: int, qform: int, expected: str) -> None:
    """Which of sform and qform places the image is told, with the space that it leads to."""
    image = nib.Nifti1Image(counted(), None)
    image.set_sform(np.diag([2.0, 2, 2, 1]), sform)
    image.set_qform(np.diag([2.0, 2, 2, 1]), qform)
    nib.save(image, tmp_path / "a.nii")
    assert open_volume(tmp_path / "a.nii").info["orientation"].startswith(expected)


def test_header_facts_are_told(tmp_path: Path) -> None:
    """Format, sizes, type, scaling and unit are among the facts, in plain words."""
    path = saved(tmp_path / "a.nii", counted(), scl_slope=0.5, scl_inter=-3, xyzt_units=3)
    info = open_volume(path).info
    assert info["format"] == "NIfTI-1"
    assert (info["dimensions"], info["data type"]) == ("5 × 4 × 3", "int16")
    assert info["scaling"] == "value = stored × 0.5 − 3"
    assert info["unit of length"] == "µm"


def test_cal_range_is_among_the_windows(tmp_path: Path) -> None:
    """The window of the header is offered by its name."""
    volume = open_volume(saved(tmp_path / "a.nii", counted(), cal_min=10, cal_max=50))
    assert volume.windows == (("cal_min … cal_max", 30.0, 40.0),)


def test_hostile_orientation_is_no_crash(tmp_path: Path) -> None:
    """Numbers that overflow make an orientation unusable, never a wrong place."""
    path = saved(tmp_path / "a.nii", counted())
    raw = bytearray(path.read_bytes())
    raw[280:328] = np.full(12, 3e38, "<f4").tobytes()
    path.write_bytes(raw)
    assert any("unusable sform" in text for text in open_volume(path).warnings)


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
@pytest.mark.parametrize("shape", [(5, 4, 6), (5, 4, 7, 3), (1, 1, 1)])
def test_thumbnail_is_the_middle_slice(tmp_path: Path, suffix: str, shape: tuple[int, ...]) -> None:
    """A thumbnail is slice n // 2 of the first frame, at its true place, with its values."""
    path = saved(tmp_path / f"a{suffix}", counted(shape), scl_slope=0.5, scl_inter=7)
    middle = scan(path).found[0].thumbnail()
    k = shape[2] // 2
    first = counted(shape) if len(shape) == 3 else counted(shape)[..., 0]
    np.testing.assert_allclose(middle.array[:, :, 0], first[:, :, k] * 0.5 + 7)
    np.testing.assert_allclose(middle.affine[:3, 3], (OBLIQUE @ [0, 0, k, 1])[:3], atol=1e-4)


def test_thumbnail_of_colors(tmp_path: Path) -> None:
    """A thumbnail of a colour image has its colours."""
    data = colors(RGB)
    nib.save(nib.Nifti1Image(data, OBLIQUE), tmp_path / "a.nii.gz")
    middle = scan(tmp_path / "a.nii.gz").found[0].thumbnail()
    np.testing.assert_array_equal(middle.channels[1].stored[:, :, 0], data["G"][:, :, 2])
