"""Slices of a series: each at its own place, gaps left empty, and what is no volume told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heatviewer.io import open_volume, scan
from heatviewer.io.dicom.lattice import runs_of
from tests.dicom_files import AXIAL, OBLIQUE, SAGITTAL, as_volume, stored, write_series

if TYPE_CHECKING:
    from pathlib import Path

    from heatviewer.core.volume import Volume


def write_at(folder: Path, heights: list[float], dtype: str = "i2", **options: Any) -> None:
    """Write slices at heights along z, mm; slice n holds the numbers of `stored()[n]`."""
    pixels = stored(len(heights), dtype=dtype)
    write_series(folder, pixels, step=1.0, **options)
    for path in folder.iterdir():
        ds = pydicom.dcmread(path)
        n = round(float(ds.ImagePositionPatient[2]) - 40.0)
        ds.ImagePositionPatient[2] = f"{heights[n]:.6f}"
        ds.save_as(path)


def slice_at(volume: Volume, height: float) -> np.ndarray:
    """Return the values, (column, row), of the slice whose centre lies at a height."""
    index = (volume.world_to_voxel @ (*volume.centre_world[:2], height, 1.0))[2]
    assert index == pytest.approx(round(index), abs=1e-3)
    return volume.array[:, :, round(index)]


def missing_slices(volume: Volume) -> list[int]:
    """Return the slices that hold no data at all."""
    found = []
    for k in range(volume.grid[2]):
        missing = volume.missing_in(volume.stored[:, :, k])
        if missing is not None and missing.all():
            found.append(k)
    return found


@pytest.mark.parametrize(
    "tags", [{}, {"PixelPaddingValue": -2000}, {"RescaleSlope": "0.5"}, {"RescaleIntercept": "-1024"}]
)
def test_missing_slice_leaves_its_place_empty(tmp_path: Path, tags: dict[str, Any]) -> None:
    """A gap moves no slice: each is at its own height, and the place between holds no data."""
    heights = [18.1, 23.1, 28.1, 38.1, 43.1]
    write_at(tmp_path, heights, tags=tags)
    volume = open_volume(tmp_path)
    scale = float(tags.get("RescaleSlope", 1)), float(tags.get("RescaleIntercept", 0))
    assert volume.grid == (6, 4, 6)
    for n, height in enumerate(heights):
        np.testing.assert_allclose(slice_at(volume, height).T, stored()[n] * scale[0] + scale[1])
    assert missing_slices(volume) == [3]
    (warning,) = volume.warnings
    assert "after slice 3 (z 28.1 → 38.1 mm" in warning
    assert "left empty" in warning


def test_empty_place_is_no_data_for_any_numbers(tmp_path: Path) -> None:
    """Where all numbers of the type are in use the place is empty all the same."""
    heights = [0.0, 2.0, 4.0, 8.0]
    write_at(tmp_path, heights, "u1")
    for path in tmp_path.iterdir():
        ds = pydicom.dcmread(path)
        ds.Rows, ds.Columns = 16, 16
        ds.PixelData = bytes(range(256))
        ds.save_as(path)
    volume = open_volume(tmp_path)
    assert missing_slices(volume) == [3]
    missing = volume.missing_in(volume.stored)
    assert missing is not None
    assert np.count_nonzero(missing) == 256
    for height in heights:
        np.testing.assert_array_equal(slice_at(volume, height).T.ravel(), np.arange(256))


def test_first_slices_of_a_gapped_series_lie_where_they_do(tmp_path: Path) -> None:
    """The thumbnail of a series with a gap is at its own place."""
    heights = [0.0, 4.0, 6.0, 8.0]
    write_at(tmp_path, heights)
    (found,) = scan(tmp_path).found
    np.testing.assert_array_equal(slice_at(found.thumbnail(), heights[2]).T, stored()[2])
    assert found.info().shape == (6, 4, 5)


def test_real_gap_is_left_empty(data_dir: Path, tmp_path: Path) -> None:
    """A real CT at z = 18.1, 23.1, 28.1, 38.1 mm has every slice at its z."""
    import zipfile

    zipfile.ZipFile(data_dir / "odd-geometry" / "missing_slice.zip").extractall(tmp_path)
    volume = open_volume(tmp_path)
    for path in (p for p in tmp_path.rglob("*") if p.is_file()):
        ds = pydicom.dcmread(path)
        expected = ds.pixel_array * float(ds.RescaleSlope) + float(ds.RescaleIntercept)
        np.testing.assert_allclose(slice_at(volume, float(ds.ImagePositionPatient[2])).T, expected)
    assert missing_slices(volume) == [3]


def test_change_of_spacing_makes_two_volumes(tmp_path: Path) -> None:
    """Where the spacing changes for good no slice is moved: each part is a volume of its own."""
    heights = [0.0, 5, 10, 15, 20, 25, 32.5, 40, 47.5, 55]
    write_at(tmp_path, heights)
    found = scan(tmp_path).found
    assert [one.info().shape[2] for one in found] == [6, 4]
    volumes = [one.open(progress_of_nobody()) for one in found]
    for n, height in enumerate(heights):
        np.testing.assert_array_equal(slice_at(volumes[n > 5], height).T, stored(10)[n])
    assert all("uneven spacing" in " ".join(volume.warnings) for volume in volumes)


def progress_of_nobody() -> Any:
    """Return a progress that nobody watches."""
    from heatviewer.io import Progress

    return Progress()


def test_jitter_is_told_with_the_largest_error(tmp_path: Path) -> None:
    """Slices that are almost even are one volume; the warning says how far the worst lies from its place."""
    write_at(tmp_path, [0.0, 5.0, 10.3, 15.0, 20.0])
    (warning,) = open_volume(tmp_path).warnings
    assert "uneven" in warning
    assert "5.3 mm after slice 2, 5 mm expected" in warning
    assert "up to 0.3 mm" in warning


@given(
    st.lists(st.sampled_from([1, 1, 1, 1, 1, 1, 2, 3]), min_size=2, max_size=40),
    st.floats(0.2, 10.0),
    st.floats(-500.0, 500.0),
)
def test_every_slice_is_placed_once_and_where_it_is(steps: list[int], step: float, start: float) -> None:
    """For any gaps the runs hold every slice once, in order, and each lies at its height on its grid."""
    heights = (start + step * np.cumsum([0, *steps])).tolist()
    runs = runs_of(heights)
    assert [n for run in runs for n in range(run.first, run.last + 1)] == list(range(len(heights)))
    for run in runs:
        own = heights[run.first : run.last + 1]
        places = run.places or tuple(range(len(own)))
        if len(own) > 1:
            unit = (own[-1] - own[0]) / places[-1]
            np.testing.assert_allclose(own, own[0] + unit * np.asarray(places), atol=1e-6)


@pytest.mark.parametrize("orientation", [AXIAL, OBLIQUE])
def test_tilted_gantry_is_told_by_its_angle(tmp_path: Path, orientation: tuple[float, ...]) -> None:
    """A slant of the stack is kept as a shear and told, from the positions alone."""
    row, column = np.reshape(orientation, (2, 3))
    along = 5.0 * np.cross(row, column) + 5.0 * np.tan(np.radians(14)) * column
    write_series(tmp_path, stored(), orientation=orientation, step=tuple(along))
    (warning,) = open_volume(tmp_path).warnings
    assert "slant of 14.0°" in warning


def test_upright_stack_is_told_nothing(tmp_path: Path) -> None:
    """An oblique stack whose slices lie straight over each other has no warning."""
    write_series(tmp_path, stored(), orientation=OBLIQUE, tags={"GantryDetectorTilt": "12"})
    assert open_volume(tmp_path).warnings == ()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"FrameOfReferenceUID": "1.2.9.1"}, {"FrameOfReferenceUID": "1.2.9.2"}),
        ({"ImageType": ["ORIGINAL", "PRIMARY", "M"]}, {"ImageType": ["ORIGINAL", "PRIMARY", "P"]}),
        ({"ImageType": ["ORIGINAL", "PRIMARY"]}, {"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]}),
    ],
)  # fmt: skip
def test_what_is_no_frame_is_a_volume_of_its_own(
    tmp_path: Path, one: dict[str, Any], other: dict[str, Any]
) -> None:
    """Other spaces, other kinds of image and scouts at the same places are volumes of their own."""
    series = {"SeriesInstanceUID": "1.2.3"}
    write_series(tmp_path / "a", stored(), tags={**series, **one})
    write_series(tmp_path / "b", stored(), tags={**series, **other})
    found = scan(tmp_path).series
    assert [s.shape for s in found] == [(6, 4, 5)] * 2
    assert all("not one volume" in " ".join(s.warnings) for s in found)


def test_stacks_side_by_side_are_no_frames(tmp_path: Path) -> None:
    """Two stacks at the same heights but beside each other are two volumes, each at its place."""
    series = {"SeriesInstanceUID": "1.2.3"}
    write_series(tmp_path / "a", stored(), tags=series, origin=(-100.0, 0.0, 0.0))
    write_series(tmp_path / "b", stored(), tags=series, origin=(100.0, 0.0, 0.0))
    found = scan(tmp_path).series
    assert [s.shape for s in found] == [(6, 4, 5)] * 2
    assert sorted(s.affine[0, 3] for s in found) == [-100.0, 100.0]


@pytest.mark.parametrize("element", [None, "GE", "GE bare", "SIEMENS", "PHILIPS"])
def test_b_values_of_all_makers_order_the_frames(tmp_path: Path, element: str | None) -> None:
    """Diffusion images follow their b-value, wherever the maker wrote it."""
    for name, b in (("a", 1000), ("b", 0)):
        tags = {"SeriesInstanceUID": "1.2.3", "Modality": "MR"}
        write_series(tmp_path / name, stored() + b, tags=tags)
        for path in (tmp_path / name).iterdir():
            ds = pydicom.dcmread(path)
            _write_b_value(ds, element, b)
            ds.save_as(path)
    volume = open_volume(tmp_path)
    assert volume.frame_axis is not None
    assert (volume.frame_axis.name, volume.frame_axis.values) == ("b-value", (0.0, 1000.0))
    assert [int(volume.frame(t).min()) for t in range(2)] == [0, 1000]


def _write_b_value(ds: pydicom.Dataset, element: str | None, b: int) -> None:
    if element is None:
        ds.DiffusionBValue = float(b)
    elif element == "SIEMENS":
        ds.private_block(0x0019, "SIEMENS MR HEADER", create=True).add_new(0x0C, "IS", str(b))
    elif element == "PHILIPS":
        ds.private_block(0x2001, "Philips Imaging DD 001", create=True).add_new(0x03, "FL", float(b))
    else:
        block = ds.private_block(0x0043, "GEMS_PARM_01", create=True)
        block.add_new(0x39, "IS", [str(1_000_000_000 + b), "8", "0", "0"])
        if element == "GE bare":
            del ds[0x0043, 0x0010]
            ds.Manufacturer = "GE MEDICAL SYSTEMS"


@pytest.mark.parametrize(
    ("keyword", "values", "axis"),
    [("DiffusionBValue", (0.0, 500.0), "b-value"), ("AcquisitionNumber", (1, 2), "acquisition")],
)
def test_a_frame_is_of_one_kind_whatever_its_times_and_numbers(
    tmp_path: Path, keyword: str, values: tuple[float, ...], axis: str
) -> None:
    """Slices of one b-value or acquisition are one frame, in whatever turns they were taken and numbered."""
    for n, value in enumerate(values):
        tags = {"SeriesInstanceUID": "1.2.3", "Modality": "MR", keyword: value}
        late = [n == k % 2 for k in range(5)]
        each = [{"InstanceNumber": 9 * is_late + 1} for is_late in late]
        if axis == "b-value":
            each = [{"AcquisitionTime": "1001" if is_late else "1000"} for is_late in late]
        write_series(tmp_path / str(n), stored() + 1000 * n, tags=tags, slice_tags=each)
    volume = open_volume(tmp_path)
    assert volume.frame_axis is not None
    assert (volume.frame_axis.name, volume.frame_axis.values) == (axis, values)
    for t in range(2):
        np.testing.assert_array_equal(volume.frame(t), as_volume(stored() + 1000 * t))


def test_views_of_a_mammography_are_nothing_odd(tmp_path: Path) -> None:
    """Projections in one series are an image each, and nobody is warned that they are no volume."""
    tags = {"Modality": "MG", "ImagePositionPatient": None, "ImageOrientationPatient": None}
    write_series(tmp_path, stored(2), tags=tags)
    assert [(s.shape, s.warnings) for s in scan(tmp_path).series] == [((6, 4, 1), ())] * 2


def test_one_uid_for_all_images_costs_none(tmp_path: Path) -> None:
    """Slices that share a UID, as careless anonymisers leave them, are all there: copies lie at one place."""
    write_series(tmp_path, stored(), tags={"SOPInstanceUID": "1.2.3"})
    volume = open_volume(tmp_path)
    np.testing.assert_array_equal(volume.array, as_volume(stored()))
    assert not volume.warnings


def test_images_that_nothing_tells_apart_are_told(tmp_path: Path) -> None:
    """Images at the same positions without time, b-value or echo are frames by number, with a warning."""
    for n in range(2):
        write_series(tmp_path / str(n), stored() + 1000 * n, tags={"SeriesInstanceUID": "1.2.3"})
        for path in (tmp_path / str(n)).iterdir():
            ds = pydicom.dcmread(path)
            ds.InstanceNumber += 100 * n
            ds.save_as(path)
    volume = open_volume(tmp_path)
    assert [int(volume.frame(t).min()) for t in range(2)] == [0, 1000]
    assert "only their numbers" in volume.warnings[0]


def test_two_patients_are_never_one_volume(tmp_path: Path) -> None:
    """Images of two people under one series number are two volumes."""
    for name in ("Roe^Jane", "Doe^John"):
        tags = {"SeriesInstanceUID": "1.2.3", "PatientName": name}
        write_series(tmp_path / name, stored(), tags=tags)
    assert [series.shape for series in scan(tmp_path).series] == [(6, 4, 5)] * 2


def test_frame_that_lacks_a_slice_is_left_out(tmp_path: Path) -> None:
    """Of three time points one of which is cut short, the two whole ones are shown, with a warning."""
    for t in range(3):
        tags = {"SeriesInstanceUID": "1.2.3", "TemporalPositionIdentifier": t + 1}
        write_series(tmp_path / str(t), stored()[: 5 if t != 1 else 3] + 1000 * t, tags=tags)
    volume = open_volume(tmp_path)
    assert volume.shape == (6, 4, 5, 2)
    assert [int(volume.frame(t).min()) for t in range(2)] == [0, 2000]
    assert "left out" in volume.warnings[0]


def test_window_is_that_of_the_middle_slice(tmp_path: Path) -> None:
    """Where slices have windows of their own, the middle one's serves the volume."""
    each = [{"WindowCenter": str(c), "WindowWidth": "11"} for c in (10, 20, 30, 40, 50)]
    write_series(tmp_path, stored(), slice_tags=each)
    assert open_volume(tmp_path).window == (29.5, 10.0)


def test_all_windows_come_with_their_names(tmp_path: Path) -> None:
    """Every window of the header is offered by its name; one of no width is none."""
    tags = {
        "WindowCenter": ["40", "-600", "0"],
        "WindowWidth": ["400", "1600", "0"],
        "VOILUTFunction": "LINEAR_EXACT",
        "WindowCenterWidthExplanation": ["SOFT", "LUNG", "EMPTY"],
    }
    write_series(tmp_path, stored(), tags=tags)
    volume = open_volume(tmp_path)
    assert volume.windows == (("SOFT", 40.0, 400.0), ("LUNG", -600.0, 1600.0))
    assert volume.window == (40.0, 400.0)


@pytest.mark.parametrize(
    ("photometric", "shape", "inverted"),
    [("MONOCHROME2", None, False), ("MONOCHROME1", None, True), ("MONOCHROME2", "INVERSE", True),
     ("MONOCHROME1", "INVERSE", True), ("MONOCHROME2", "IDENTITY", False)],
)  # fmt: skip
def test_presentation_shape_inverts_once(
    tmp_path: Path, photometric: str, shape: str | None, inverted: bool
) -> None:
    """MONOCHROME1 and the shape INVERSE say the same, together or alone."""
    write_series(
        tmp_path,
        stored(1),
        tags={"PhotometricInterpretation": photometric, "PresentationLUTShape": shape},
    )
    assert open_volume(tmp_path).inverted == inverted


def test_listing_says_who_and_what(tmp_path: Path) -> None:
    """The browser gets name, study, date and number as a person writes them."""
    tags = {
        "StudyDescription": "Head",
        "StudyDate": "20040119",
        "SeriesNumber": 7,
        "PatientName": "Roe^Jane^A",
    }
    write_series(tmp_path, stored(), tags=tags)
    (series,) = scan(tmp_path).series
    assert (series.patient, series.study, series.date, series.number) == (
        "Roe, Jane",
        "Head",
        "2004-01-19",
        7,
    )


def test_facts_name_nobody(tmp_path: Path) -> None:
    """The information of a volume has the facts of the scan, and no word of the patient."""
    write_series(tmp_path, stored(), tags={"KVP": "120", "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"]})
    info = open_volume(tmp_path).info
    assert info["kvp"] == 120.0
    assert info["slice_thickness_mm"] == 2.5
    assert info["image_type"] == "ORIGINAL PRIMARY AXIAL"
    assert "secret" not in str(info).lower()


def test_many_orientations_are_told_apart_quickly(tmp_path: Path) -> None:
    """A radial scan of 300 directions is grouped in no time."""
    import time
    from dataclasses import replace

    from heatviewer.io.dicom.planes import read_headers
    from heatviewer.io.dicom.series import stacks_of

    write_series(tmp_path, stored(1), orientation=SAGITTAL)
    (header,) = read_headers(next(tmp_path.iterdir()))
    turned = []
    for n in range(300):
        angle = np.pi * n / 300
        way = (float(np.cos(angle)), float(np.sin(angle)), 0.0, 0.0, 0.0, -1.0)
        file = replace(header.file, instance_uid=f"1.2.{n}")
        turned.append(replace(header, file=file, orientation=way))
    start = time.perf_counter()
    assert len(stacks_of(turned)) == 300
    assert time.perf_counter() - start < 5.0


def test_order_of_files_does_not_matter(tmp_path: Path) -> None:
    """Numbers and names tell nothing: only positions order the slices."""
    write_series(tmp_path, stored(), orientation=OBLIQUE, shuffle=9)
    np.testing.assert_array_equal(open_volume(tmp_path).array, as_volume(stored()))


@pytest.mark.parametrize("orientation", [AXIAL, OBLIQUE, SAGITTAL])
def test_one_slice_reaches_along_the_normal(tmp_path: Path, orientation: tuple[float, ...]) -> None:
    """The k axis of a single slice is row × column direction, as long as the slice is thick."""
    write_series(tmp_path, stored(1), orientation=orientation, tags={"SliceThickness": 3.0})
    normal = np.cross(*np.reshape(orientation, (2, 3))) * (-1, -1, 1)
    np.testing.assert_allclose(open_volume(tmp_path).affine[:3, 2], 3.0 * normal, atol=1e-9)


def test_the_volume_of_most_slices_bears_the_series_id(tmp_path: Path) -> None:
    """Of a series that is several volumes the largest comes first, whichever file was found first."""
    for name, count in (("a", 2), ("b", 5), ("c", 3)):
        tags = {"SeriesInstanceUID": "1.2.3", "FrameOfReferenceUID": f"1.2.9.{count}"}
        write_series(tmp_path / name, stored(count), tags=tags)
    found = [(one.id, one.shape[2]) for one in scan(tmp_path).series]
    assert found == [("1.2.3", 5), ("1.2.3#2", 3), ("1.2.3#3", 2)]


def test_of_images_in_excess_the_first_is_shown(tmp_path: Path) -> None:
    """Where some positions have two images and nothing tells what they are, the lower number is shown."""
    for n, count in enumerate((5, 3)):
        each = [{"InstanceNumber": 10 * n + k + 1} for k in range(count)]
        tags = {"SeriesInstanceUID": "1.2.3"}
        write_series(tmp_path / str(n), stored()[:count] + 1000 * n, tags=tags, slice_tags=each)
    volume = open_volume(tmp_path)
    np.testing.assert_array_equal(volume.array, as_volume(stored()))
    assert "the first of each position is shown" in volume.warnings[0]


def test_slices_without_a_place_follow_their_numbers(tmp_path: Path) -> None:
    """Without positions it is the instance number that orders slices, and not the file's name."""
    each = [{"InstanceNumber": 5 - k} for k in range(5)]
    write_series(tmp_path, stored(), tags={"ImagePositionPatient": None}, slice_tags=each)
    volume = open_volume(tmp_path)
    np.testing.assert_array_equal(volume.array, as_volume(stored()[::-1]))
    assert "order of their numbers" in volume.warnings[0]


def test_an_impossible_orientation_is_no_place(tmp_path: Path) -> None:
    """Rows and columns along one line give no grid in the patient; the slices are shown without a place."""
    write_series(tmp_path, stored(), orientation=(1.0, 0.0, 0.0, 1.0, 0.0, 0.0), step=(0.0, 0.0, 2.5))
    volume = open_volume(tmp_path)
    assert volume.grid == (6, 4, 5)
    assert "no positions in the patient" in " ".join(volume.warnings)
