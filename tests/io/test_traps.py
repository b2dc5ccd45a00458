"""Where readers go wrong: headers that mislead, and numbers that look like data and are none."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING, Any

import nibabel as nib
import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset

import heatviewer as hv
from heatviewer.analysis.histogram import histogram
from heatviewer.app.probing import probe_scene
from heatviewer.cli.main import main
from heatviewer.io import open_volume, scan
from heatviewer.model.defaults import default_range, default_window
from tests.dicom_files import AXIAL, OBLIQUE, Series, as_volume, stored, write_series
from tests.io import dose_files
from tests.io.dicom.enhanced_files import Frame, write_enhanced
from tests.io.dicom.pixel_files import planes, write_image

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from heatviewer.core.volume import Volume


def check_places(volume: Volume, made: Series) -> None:
    """Check that every voxel lies where DICOM's own equation puts its pixel."""
    normal = np.cross(*np.reshape(made.orientation, (2, 3)))
    order = np.argsort(made.positions @ normal)
    for i, j, k in np.ndindex(volume.grid):
        world = volume.affine @ (i, j, k, 1)
        np.testing.assert_allclose(world[:3], made.world_ras(i, j, order[k]), atol=1e-5)


# --- geometry --------------------------------------------------------------------------------


@pytest.mark.parametrize("told", [None, "0", "14", "-30"])
@pytest.mark.parametrize("slant", [0.0, 1.2466])
def test_the_tag_of_the_gantrys_tilt_moves_nothing(tmp_path: Path, slant: float, told: str | None) -> None:
    """Positions alone say whether the stack leans and which way; GantryDetectorTilt is often wrong."""
    made = write_series(tmp_path, stored(), step=(0, slant, 5), tags={"GantryDetectorTilt": told})
    volume = open_volume(tmp_path)
    check_places(volume, made)
    assert [("slant of 14.0°" in text) for text in volume.warnings] == [True] * bool(slant)


@pytest.mark.parametrize("orientation", [AXIAL, OBLIQUE])
@pytest.mark.parametrize(("thickness", "between"), [("9", None), (None, "-7"), ("0", "0"), ("1.25", "40")])
def test_slices_are_as_far_apart_as_their_positions(
    tmp_path: Path, thickness: str | None, between: str | None, orientation: tuple[float, ...]
) -> None:
    """SliceThickness and SpacingBetweenSlices, of whatever sign, say nothing where positions do."""
    tags = {"SliceThickness": thickness, "SpacingBetweenSlices": between}
    made = write_series(tmp_path, stored(), tags=tags, orientation=orientation)
    volume = open_volume(tmp_path)
    check_places(volume, made)
    assert volume.spacing == pytest.approx((0.5, 0.75, 2.5))
    assert volume.warnings == ()


def test_falling_numbers_and_names_turn_nothing_round(tmp_path: Path) -> None:
    """Files numbered from the head down give the volume that the same files numbered upwards give."""
    write_series(tmp_path, stored())
    for path in sorted(tmp_path.iterdir()):
        ds = pydicom.dcmread(path)
        number = 9 - round((float(ds.ImagePositionPatient[2]) - 40) / 2.5)
        ds.InstanceNumber, ds.SliceLocation = number, -number
        path.unlink()
        ds.save_as(tmp_path / f"{number}.dcm")
    np.testing.assert_array_equal(open_volume(tmp_path).array, as_volume(stored()))


def test_images_of_two_sizes_are_two_volumes(tmp_path: Path) -> None:
    """Slices of another matrix or another pixel size in one series are no slices of its volume."""
    series = {"SeriesInstanceUID": "1.2.3"}
    small = write_series(tmp_path / "a", stored(), tags=series)
    large = write_series(tmp_path / "b", stored(3, 8, 12), tags=series)
    wide = write_series(tmp_path / "c", stored(2), tags=series, pixel_spacing=(1.5, 1.0))
    found = scan(tmp_path)
    assert [one.shape for one in found.series] == [(6, 4, 5), (12, 8, 3), (6, 4, 2)]
    for one, made, pixels in zip(
        found.series, (small, large, wide), (stored(), stored(3, 8, 12), stored(2)), strict=True
    ):
        volume = open_volume(tmp_path, series=one.id)
        check_places(volume, made)
        np.testing.assert_array_equal(volume.array, as_volume(pixels))
        assert "its 10 images make 3 (5 + 3 + 2)" in " ".join(volume.warnings)


def test_a_scout_beside_the_slices_is_none_of_them(tmp_path: Path) -> None:
    """A localizer of the same size and direction, at places of its own, is a volume of its own."""
    series = {"SeriesInstanceUID": "1.2.3"}
    scout = {**series, "ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]}
    made = write_series(
        tmp_path / "a", stored(), tags={**series, "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"]}
    )
    write_series(tmp_path / "b", stored(2), tags=scout, origin=(-31, 12.5, 41))
    assert [one.shape for one in scan(tmp_path).series] == [(6, 4, 5), (6, 4, 2)]
    check_places(open_volume(tmp_path), made)


@pytest.mark.parametrize(
    ("tags", "spacing", "warned"),
    [
        ({"PixelSpacing": [0.5, 0.25]}, (0.25, 0.5), False),
        ({"PixelSpacing": None, "ImagerPixelSpacing": [0.14, 0.07]}, (0.07, 0.14), False),
        ({"PixelSpacing": [0, 0], "ImagerPixelSpacing": [0.14, 0.07]}, (0.07, 0.14), False),
        ({"PixelSpacing": None}, (1.0, 1.0), True),
        ({"PixelSpacing": [0, 0]}, (1.0, 1.0), True),
    ],
)
def test_rows_come_first_in_a_pixels_size(
    tmp_path: Path, tags: dict[str, Any], spacing: tuple[float, float], warned: bool
) -> None:
    """PixelSpacing is the distance of rows, then of columns; without one 1 mm is taken, and this is told."""
    write_series(tmp_path, stored(1), tags={"Modality": "DX", "ImagePositionPatient": None, **tags})
    volume = open_volume(tmp_path)
    assert volume.spacing[:2] == pytest.approx(spacing)
    assert any("no pixel spacing" in text for text in volume.warnings) == warned


ODD: dict[str, tuple[list[dict[str, Any]], str]] = {
    "gap": ([{}, {"origin": (-31, 12.5, 55)}], "left empty"),
    "tilt": ([{"step": (0, 1.0, 5.0)}], "slant"),
    "double": ([{}, {"tags": {"AcquisitionTime": "101010"}, "slices": 2}], "1 to 2 images"),
    "sizes": ([{}, {"columns": 9}], "not one volume"),
    "orientations": ([{}, {"orientation": OBLIQUE}], "not one volume"),
}


@pytest.mark.parametrize("kind", ODD)
def test_odd_slices_are_told_by_info(tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What the window warns of stands in the listing of `info` too, for people and for programs."""
    parts, words = ODD[kind]
    for n, options in enumerate(parts):
        part = dict(options)
        pixels = stored(part.pop("slices", 5), columns=part.pop("columns", 6))
        tags = {"SeriesInstanceUID": "1.2.3", **part.pop("tags", {})}
        write_series(tmp_path / str(n), pixels, tags=tags, **part)
    assert words in " ".join(open_volume(tmp_path).warnings)
    for more in ([], ["--headers-only"]):
        assert main(["info", str(tmp_path), "--json", *more]) == 0
        series = json.loads(capsys.readouterr().out)["series"]
        assert words in " ".join(series[0]["warnings"])
    assert main(["info", str(tmp_path)]) == 0
    assert words in " ".join(capsys.readouterr().out.split())


# --- numbers ---------------------------------------------------------------------------------


def extremes(dtype: str, frames: int = 3) -> NDArray[Any]:
    """Return (frames, 4, 6) that holds the ends of an integer type, 0, and others between."""
    limits = np.iinfo(dtype)
    flat = np.linspace(limits.min, limits.max, frames * 24 - 2).round().clip(limits.min, limits.max)
    return np.array([0, 1, *flat.tolist()]).reshape(frames, 4, 6).astype(dtype)


@pytest.mark.parametrize("scale", [(1.0, 0.0), (1.0, -1024.0), (0.0004, -0.75), (-2.5, 3.0)])
@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2", "u4", "i4"])
@pytest.mark.parametrize("form", ["slices", "frames", "enhanced"])
def test_rescale_counts_for_every_type_and_form(
    tmp_path: Path, form: str, dtype: str, scale: tuple[float, float]
) -> None:
    """Slope and intercept apply to signed and unsigned numbers of 8 to 32 bits, a file a slice or in one."""
    pixels = extremes(dtype)
    rescale = {"RescaleSlope": scale[0], "RescaleIntercept": scale[1], "RescaleType": "US"}
    if form == "slices":
        write_series(tmp_path, pixels, tags=rescale)
    elif form == "frames":
        write_image(tmp_path / "a", pixels, tags=rescale)
    else:
        frames = [Frame(plane, (0.0, 0.0, 2.0 * k)) for k, plane in enumerate(pixels)]
        write_enhanced(tmp_path / "a", frames, shared={"PixelValueTransformationSequence": rescale})
    expected = pixels.astype(np.float64) * scale[0] + scale[1]
    found = planes(open_volume(tmp_path))
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6 * np.abs(expected).max())
    if scale == (1.0, 0.0):
        assert found.dtype == np.dtype(dtype)


def padded_series(folder: Path) -> NDArray[np.bool_]:
    """Write −2000 round 0 … 100, told as 63536, turned by the slope to the brightest; return where it is."""
    pixels = np.random.default_rng(4).integers(0, 101, (5, 16, 18)).astype("i2")
    padding = np.ones(pixels.shape, bool)
    padding[:, 5:11, 5:13] = False
    pixels[padding] = -2000
    rescale = {"RescaleSlope": "-1", "RescaleIntercept": "100", "Modality": "MR"}
    write_series(folder, pixels, tags=rescale, pixel_spacing=(1.0, 1.0), step=1.0)
    for path in folder.iterdir():
        ds = pydicom.dcmread(path)
        ds.add_new("PixelPaddingValue", "US", 63536)
        ds.save_as(path)
    return padding.transpose(2, 1, 0)


def test_padding_is_in_no_window_range_or_histogram(tmp_path: Path) -> None:
    """Padding is known among stored numbers, whatever sign it is told with, and never counts as a value."""
    padding = padded_series(tmp_path)
    volume = open_volume(tmp_path)
    values = volume.array[~padding].astype(float)
    assert volume.range == (values.min(), values.max()) == (0, 100)
    low, high = np.percentile(values, (0.5, 99.5))
    assert default_window(volume) == pytest.approx(((low + high) / 2, high - low))
    assert default_range(volume) == (0, 100)
    assert histogram(volume).total == values.size


def test_padding_is_not_the_brightest_of_a_projection(tmp_path: Path) -> None:
    """A maximum projection shows the largest value on the ray, whatever padding is before and behind it."""
    padded_series(tmp_path)
    scene = hv.open(tmp_path)
    scene.base.window = (100, 200)
    picture = hv.render(scene, view="3d", mode="mip", size=(40, 40), mm_per_pixel=0.5, bare=True)
    assert 110 <= picture[..., :3].max() <= 130  # 100 of 0 … 200


def test_a_window_of_no_width_is_no_window(tmp_path: Path) -> None:
    """cal_min and cal_max of 0, or the wrong way round, leave the window to the data."""
    data = np.arange(60, dtype="i2").reshape(5, 4, 3)
    for n, ends in enumerate([(0, 0), (7, 7), (9, 2), (np.nan, 5)]):
        image = nib.Nifti1Image(data, np.eye(4))
        image.header["cal_min"], image.header["cal_max"] = ends
        nib.save(image, tmp_path / f"{n}.nii")
        volume = open_volume(tmp_path / f"{n}.nii")
        low, high = np.percentile(data, (0.5, 99.5))
        assert (volume.window, volume.windows) == (None, ())
        assert default_window(volume) == pytest.approx(((low + high) / 2, high - low))


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_no_number_is_spoilt_by_nan_and_infinity(tmp_path: Path, dtype: str) -> None:
    """Minimum, maximum, percentiles, window and histogram are those of the finite values."""
    data = np.random.default_rng(0).normal(5, 2, (7, 6, 5)).astype(dtype)
    data[0], data[1, 0], data[2, 0] = np.nan, np.inf, -np.inf
    nib.save(nib.Nifti1Image(data, np.eye(4)), tmp_path / "a.nii.gz")
    volume = open_volume(tmp_path / "a.nii.gz")
    finite = data[np.isfinite(data)].astype(float)
    assert volume.range == pytest.approx((finite.min(), finite.max()))
    low, high = np.percentile(finite, (0.5, 99.5))
    assert default_window(volume) == pytest.approx(((low + high) / 2, high - low), rel=1e-5)
    assert np.isfinite(default_range(volume)).all()
    assert histogram(volume).total == finite.size


# --- display ---------------------------------------------------------------------------------


def _table() -> Dataset:
    item = Dataset()
    item.LUTDescriptor = [60, 20, 12]
    item["LUTDescriptor"].VR = "US"
    item.add_new("LUTData", "US", (np.arange(60) ** 2).tolist())
    return item


VOI: dict[str, dict[str, Any]] = {
    "window": {"WindowCenter": "50", "WindowWidth": "40"},
    "sigmoid": {"WindowCenter": "50", "WindowWidth": "40", "VOILUTFunction": "SIGMOID"},
    "table": {"VOILUTSequence": [_table()]},
}


@pytest.mark.parametrize("voi", VOI)
@pytest.mark.parametrize(
    ("photometric", "shape"),
    [("MONOCHROME2", None), ("MONOCHROME2", "INVERSE"), ("MONOCHROME1", None), ("MONOCHROME1", "INVERSE")],
)
def test_an_inverted_image_is_inverted_once_and_last(
    tmp_path: Path, photometric: str, shape: str | None, voi: str
) -> None:
    """The first picture is what pydicom makes of the window or table, turned round where the file asks."""
    tags = {**VOI[voi], "PhotometricInterpretation": photometric, "PresentationLUTShape": shape}
    write_series(tmp_path, stored(1, 8, 12, "u2"), tags=tags, pixel_spacing=(1.0, 1.0))
    ds = pydicom.dcmread(next(tmp_path.iterdir()))
    grey = pydicom.pixels.apply_voi_lut(ds.pixel_array, ds) / (4095 if voi == "table" else 65535)
    scene = hv.open(tmp_path)
    middle = scene.base.volume.affine @ (5.5, 3.5, 0, 1)
    picture = hv.render(scene, view="axial", at=middle[:3], size=(12, 8), mm_per_pixel=1, bare=True)
    expected = grey if (photometric, shape) == ("MONOCHROME2", None) else 1 - grey
    np.testing.assert_allclose(picture[..., 0], expected * 255, atol=1)


def test_dose_planes_lie_between_slices(tmp_path: Path) -> None:
    """A dose of other planes than the images is read out where it lies, and beyond it there is none."""
    frame = "1.2.3.5"
    write_series(tmp_path / "ct", stored(9), origin=(-31, 12.5, 40), tags={"FrameOfReferenceUID": frame})
    pixels = dose_files.stored()
    heights = [60.0, 56.0, 52.0, 48.0]
    path = dose_files.write_dose(
        tmp_path / "dose.dcm", pixels, offsets=[0.0, -4.0, -8.0, -12.0], frame=frame,
        tags={"ImagePositionPatient": [-31.0, 12.5, 60.0], "PixelSpacing": [0.7, 0.6]},
    )  # fmt: skip
    scene = hv.open(tmp_path / "ct")
    scene.add_heatmap(path)
    for n, height in enumerate(heights):
        for row, column in np.ndindex(pixels.shape[1:]):
            world = (31 - 0.6 * column, -12.5 - 0.7 * row, height)
            assert probe_scene(scene, world)[1].value == pytest.approx(pixels[n, row, column] * 0.001)
    assert probe_scene(scene, (31, -12.5, 45.9))[1].value is None
    assert probe_scene(scene, (31, -12.5, 45.9))[0].value is not None


def test_a_real_tilted_ct_lies_where_its_files_say(data_dir: Path, tmp_path: Path) -> None:
    """Every pixel of a CT with a tilted gantry is found at its own file's place, with its rescaled value."""
    zipfile.ZipFile(data_dir / "odd-geometry" / "gantry_tilt.zip").extractall(tmp_path)
    volume = open_volume(tmp_path)
    for path in (path for path in tmp_path.rglob("*") if path.is_file()):
        ds = pydicom.dcmread(path)
        made = Series(tuple(ds.ImageOrientationPatient), tuple(ds.PixelSpacing),
                      np.array([ds.ImagePositionPatient], float))  # fmt: skip
        expected = ds.pixel_array * float(ds.RescaleSlope) + float(ds.RescaleIntercept)
        for row, column in ((0, 0), (17, 400), (511, 511)):
            index = volume.world_to_voxel @ (*made.world_ras(column, row, 0), 1)
            near = np.rint(index[:3]).astype(int)
            np.testing.assert_allclose(index[:3], near, atol=1e-3)
            assert volume.array[tuple(near)] == expected[row, column]
