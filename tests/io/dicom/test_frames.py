"""Files of several frames: every frame where it says, with its own scale, in the order of its meaning."""

from __future__ import annotations

import gzip
import time
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
import pytest

from heatviewer.core.errors import ReadError
from heatviewer.io import open_volume, scan
from tests.dicom_files import OBLIQUE, as_volume, stored
from tests.io.dicom.enhanced_files import Frame, write_enhanced, write_mosaic, write_one
from tests.io.dicom.test_file_header import package_folder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from heatviewer.core.volume import Volume


def planes(count: int) -> list[tuple[float, float, float]]:
    """Return the places of axial slices 2.5 mm apart, LPS+."""
    return [(-31.0, 12.5, 40.0 + 2.5 * k) for k in range(count)]


def check_places(volume: Volume, frames: Sequence[Frame]) -> None:
    """Check that each frame's pixels are found where its own position puts them."""
    for frame in frames:
        x, y, z = frame.position
        index = volume.world_to_voxel @ (-x, -y, z, 1)
        i, j, k = np.rint(index[:3]).astype(int)
        np.testing.assert_allclose(index[:3], (i, j, k), atol=1e-4)
        assert (i, j) == (0, 0)
        planes_there = volume.array[:, :, k].reshape(*volume.grid[:2], -1)
        assert any(np.array_equal(planes_there[..., t].T, frame.pixels) for t in range(volume.frames))


def test_frames_lie_where_they_say_in_any_order(tmp_path: Path) -> None:
    """Frames are placed by their own positions, whatever their order in the file."""
    order = [3, 0, 4, 1, 2]
    frames = [Frame(stored()[k], planes(5)[k]) for k in order]
    volume = open_volume(write_enhanced(tmp_path / "a", frames))
    assert volume.shape == (6, 4, 5)
    assert volume.warnings == ()
    np.testing.assert_array_equal(volume.array, as_volume(stored()))
    np.testing.assert_allclose(volume.spacing, (0.5, 0.75, 2.5))
    check_places(volume, frames)


def test_oblique_frames_lie_where_they_say(tmp_path: Path) -> None:
    """The shared orientation turns all frames."""
    normal = np.cross(*np.reshape(OBLIQUE, (2, 3)))
    frames = [Frame(stored()[k], tuple(np.array([5.0, 6, 7]) - 3 * k * normal)) for k in range(5)]
    volume = open_volume(write_enhanced(tmp_path / "a", frames, orientation=OBLIQUE))
    check_places(volume, frames)


def test_what_a_frame_says_goes_before_what_all_share(tmp_path: Path) -> None:
    """A slope of one frame alone counts there, and the shared one elsewhere."""
    scale = "PixelValueTransformationSequence"
    frames = [Frame(stored()[k], place) for k, place in enumerate(planes(3))]
    frames[1].groups[scale] = {"RescaleSlope": 4.0, "RescaleIntercept": -1.0, "RescaleType": "US"}
    shared = {scale: {"RescaleSlope": 0.5, "RescaleIntercept": 0.0, "RescaleType": "US"}}
    volume = open_volume(write_enhanced(tmp_path / "a", frames, shared=shared))
    expected = as_volume(stored(3)) * np.array([0.5, 4.0, 0.5]) + np.array([0, -1, 0])
    np.testing.assert_allclose(volume.array, expected)


@pytest.mark.parametrize(
    ("name", "unit", "group", "values", "shown"),
    [
        ("b-value", "s/mm²", ("MRDiffusionSequence", "DiffusionBValue"), (0.0, 700.0, 1400.0), None),
        ("echo time", "ms", ("MREchoSequence", "EffectiveEchoTime"), (4.0, 9.0, 14.0), None),
        ("time", "s", ("TemporalPositionSequence", "TemporalPositionTimeOffset"), (0.0, 2.5, 5.0), None),
        ("frame", "", ("FrameContentSequence", "TemporalPositionIndex"), (1, 2, 3), None),
        ("trigger time", "ms", ("CardiacSynchronizationSequence", "NominalCardiacTriggerDelayTime"),
         (10.0, 60.0, 110.0), None),
        ("time", "s", ("FrameContentSequence", "FrameAcquisitionDateTime"),
         ("20200101235958.5", "20200101235959.5", "20200102000001.0"), (0.0, 1.0, 2.5)),
    ],
)  # fmt: skip
def test_frames_at_one_place_are_in_the_order_of_what_they_differ_in(
    tmp_path: Path, name: str, unit: str, group: tuple[str, str], values: tuple[Any, ...], shown: Any
) -> None:
    """Frames of one position follow time (past midnight too), b-value or echo, and the axis says which."""
    sequence, keyword = group
    made = [
        Frame(stored(2)[k] + 1000 * t, place, {sequence: {keyword: value}})
        for t, value in reversed(list(enumerate(values)))
        for k, place in enumerate(planes(2))
    ]
    volume = open_volume(write_enhanced(tmp_path / "a", made))
    assert volume.shape == (6, 4, 2, 3)
    assert [int(volume.frame(t).min()) for t in range(3)] == [0, 1000, 2000]
    assert volume.frame_axis is not None
    assert (volume.frame_axis.name, volume.frame_axis.unit) == (name, unit)
    assert volume.frame_axis.values == pytest.approx(shown or values)


def test_magnitude_and_phase_are_volumes_of_their_own(tmp_path: Path) -> None:
    """Kinds of image at the same places are no frames of each other."""
    made = [
        Frame(stored(3)[k] + shift, place, {"MRImageFrameTypeSequence": {"ComplexImageComponent": kind}})
        for kind, shift in (("MAGNITUDE", 0), ("PHASE", 1000))
        for k, place in enumerate(planes(3))
    ]
    found = scan(write_enhanced(tmp_path / "a", made)).series
    assert [series.shape for series in found] == [(6, 4, 3)] * 2


def test_window_is_that_of_the_middle_frame(tmp_path: Path) -> None:
    """Where frames have windows of their own, the middle slice's serves the volume."""
    windows = [
        {"FrameVOILUTSequence": {"WindowCenter": c, "WindowWidth": 10, "VOILUTFunction": "LINEAR_EXACT"}}
        for c in (1.0, 50.0, 90.0)
    ]
    frames = [Frame(stored()[k], planes(3)[k], windows[k]) for k in range(3)]
    assert open_volume(write_enhanced(tmp_path / "a", frames)).window == (50.0, 10.0)


def test_real_enhanced_ct_lies_where_its_frames_say() -> None:
    """The frames of a real enhanced CT have their own positions and rescaled values (plain pydicom)."""
    path = package_folder("data_store") / "data" / "eCT_Supplemental.dcm"
    ds = pydicom.dcmread(path)
    volume = open_volume(path)
    assert volume.unit == "HU"
    for number, frame in enumerate(ds.PerFrameFunctionalGroupsSequence):
        x, y, z = frame.PlanePositionSequence[0].ImagePositionPatient
        index = np.rint(volume.world_to_voxel @ (-x, -y, z, 1)).astype(int)
        groups = (
            frame if "PixelValueTransformationSequence" in frame else ds.SharedFunctionalGroupsSequence[0]
        )
        scale = groups.PixelValueTransformationSequence[0]
        expected = ds.pixel_array[number] * float(scale.RescaleSlope) + float(scale.RescaleIntercept)
        np.testing.assert_allclose(volume.array[:, :, index[2]].T, expected)


@pytest.mark.parametrize("syntax", ["", "_RLE", "_big_endian", "_jpeg_2k_lossless", "_jpeg_ls_lossless"])
def test_real_enhanced_mr_without_places_is_in_its_own_order(tmp_path: Path, syntax: str) -> None:
    """Frames of a tomographic file that says no place are slices in the file's order, with a warning."""
    shipped = package_folder("data_store") / "data" / f"emri_small{syntax}.dcm"
    path = tmp_path / "a"  # beside it lie its copies in other syntaxes
    path.write_bytes(shipped.read_bytes())
    volume = open_volume(path)
    np.testing.assert_array_equal(volume.array, as_volume(pydicom.dcmread(path).pixel_array))
    assert "no positions" in volume.warnings[0]


def test_claimed_frames_beyond_the_file_cost_nothing(tmp_path: Path) -> None:
    """100,000 frames claimed by a small file are one error, within milliseconds."""
    frames = [Frame(stored()[k], place) for k, place in enumerate(planes(3))]
    path = write_enhanced(tmp_path / "a", frames)
    for syntax, change in (("1.2.840.10008.1.2.1", {}), ("1.2.840.10008.1.2.4.90", {"undefined": True})):
        ds = pydicom.dcmread(path if path.exists() else tmp_path / "b")
        ds.NumberOfFrames = 100_000
        ds.file_meta.TransferSyntaxUID = syntax
        if change:
            ds.PixelData = pydicom.encaps.encapsulate([bytes(8)])
            ds["PixelData"].is_undefined_length = True
            ds["PixelData"].VR = "OB"
        path.unlink(missing_ok=True)
        ds.save_as(tmp_path / "b")
        start = time.perf_counter()
        with pytest.raises(ReadError, match=r"claims 100000 frames|cut short"):
            open_volume(tmp_path / "b")
        assert time.perf_counter() - start < 2.0


def test_frames_that_were_cut_off_are_left_out(tmp_path: Path) -> None:
    """Of a file whose last frame is cut off the others open, with a warning."""
    frames = [Frame(stored()[k], place) for k, place in enumerate(planes(5))]
    path = write_enhanced(tmp_path / "a", frames)
    path.write_bytes(path.read_bytes()[:-20])
    volume = open_volume(path)
    np.testing.assert_array_equal(volume.array, as_volume(stored()[:4]))
    assert "cut short" in " ".join(volume.warnings)


def test_more_frames_than_are_described_is_an_error(tmp_path: Path) -> None:
    """Frames without a description are not guessed."""
    path = write_enhanced(tmp_path / "a", [Frame(stored()[k], p) for k, p in enumerate(planes(3))])
    ds = pydicom.dcmread(path)
    ds.PerFrameFunctionalGroupsSequence = ds.PerFrameFunctionalGroupsSequence[:2]
    ds.save_as(path)
    with pytest.raises(ReadError, match="describes 2"):
        open_volume(path)


@pytest.mark.parametrize(
    ("tags", "times"),
    [
        ({"FrameTime": "40"}, (0.0, 0.04, 0.08)),
        ({"FrameTimeVector": ["0", "10", "30"]}, (0.0, 0.01, 0.04)),
        ({"CineRate": "4"}, (0.0, 0.25, 0.5)),
        ({"RecommendedDisplayFrameRate": "10"}, (0.0, 0.1, 0.2)),
    ],
)
def test_cine_frames_are_moments_in_time(
    tmp_path: Path, tags: dict[str, Any], times: tuple[float, ...]
) -> None:
    """Frames of a cine loop are one 2D image over time, as long apart as the file says."""
    nowhere = {"ImagePositionPatient": None, "ImageOrientationPatient": None}
    path = write_one(tmp_path / "a", stored(3), {"Modality": "XA", **nowhere, **tags})
    volume = open_volume(path)
    assert (volume.shape, volume.flat) == ((6, 4, 1, 3), True)
    np.testing.assert_array_equal(volume.array[:, :, 0], as_volume(stored(3)))
    assert volume.frame_axis is not None
    assert (volume.frame_axis.name, volume.frame_axis.unit) == ("time", "s")
    assert volume.frame_axis.values == pytest.approx(times)


@pytest.mark.parametrize("step", [3.0, -3.0])
def test_slices_of_nuclear_medicine_lie_along_the_normal(tmp_path: Path, step: float) -> None:
    """A slice vector makes slices; the sign of their spacing says on which side of the first they lie."""
    detector = pydicom.Dataset()
    detector.ImagePositionPatient, detector.ImageOrientationPatient = [1, 2, 30], [1, 0, 0, 0, 1, 0]
    tags = {
        "Modality": "NM", "SliceVector": [1, 2, 3], "SpacingBetweenSlices": str(step),
        "DetectorInformationSequence": [detector], "ImagePositionPatient": None,
        "ImageOrientationPatient": None,
    }  # fmt: skip
    volume = open_volume(write_one(tmp_path / "a", stored(3), tags))
    frames = [Frame(stored(3)[k], (1, 2, 30 + step * k)) for k in range(3)]
    assert volume.shape == (6, 4, 3)
    check_places(volume, frames)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_mosaic_is_cut_into_slices_at_their_places(tmp_path: Path, sign: float) -> None:
    """Tiles lie half the rest of the mosaic further than the file's position, along Siemens' own normal."""
    slices = stored(5)
    normal = (0.0, 0.0, sign)
    tags = {"ImagePositionPatient": [-100.0, -90.0, 20.0], "PixelSpacing": [2.0, 3.0],
            "SpacingBetweenSlices": "4"}  # fmt: skip
    volume = open_volume(write_mosaic(tmp_path / "a", slices, normal, tags))
    # 5 slices of 4 × 6 in a mosaic of 3 × 3 tiles: 12 × 18 pixels.
    corner = np.array([-100 + 3.0 * (18 - 6) / 2, -90 + 2.0 * (12 - 4) / 2, 20.0])
    frames = [Frame(slices[k], tuple(corner + np.array([0, 0, sign * 4.0 * k]))) for k in range(5)]
    assert volume.shape == (6, 4, 5)
    check_places(volume, frames)


def test_mosaics_of_a_series_are_frames(tmp_path: Path) -> None:
    """Mosaics of one series are volumes over time."""
    for t, moment in enumerate(("100000", "100002.5")):
        tags = {"SeriesInstanceUID": "1.2.3", "FrameOfReferenceUID": "1.2.4", "AcquisitionTime": moment}
        write_mosaic(tmp_path / str(t), stored(5) + 1000 * t, (0.0, 0.0, 1.0), tags)
    volume = open_volume(tmp_path)
    assert volume.shape == (6, 4, 5, 2)
    assert volume.frame_axis is not None
    assert (volume.frame_axis.name, volume.frame_axis.values) == ("time", (0.0, 2.5))


@pytest.mark.parametrize("name", ["siemens_dwi_0", "siemens_dwi_1000"])
def test_real_mosaic_lies_where_nibabel_puts_it(tmp_path: Path, name: str) -> None:
    """A real mosaic has nibabel's affine and data."""
    packed = package_folder("nibabel") / "nicom" / "tests" / "data" / f"{name}.dcm.gz"
    path = tmp_path / "a.dcm"
    path.write_bytes(gzip.decompress(packed.read_bytes()))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nibabel calls its reader experimental
        from nibabel.nicom.dicomwrappers import wrapper_from_file

        twin = wrapper_from_file(path)
    volume = open_volume(path)
    assert volume.shape == twin.image_shape
    data = np.asarray(twin.get_data())
    # nibabel's (row, column, slice) and LPS+ are turned to (column, row, slice) and RAS+.
    swapped = twin.affine[:, [1, 0, 2, 3]]
    affine = np.diag([-1.0, -1, 1, 1]) @ swapped
    np.testing.assert_allclose(volume.affine, affine, atol=1e-4)
    np.testing.assert_allclose(volume.array, data.transpose(1, 0, 2))
