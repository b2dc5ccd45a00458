"""RT dose: every plane where PS3.3 C.8.8.3.2 puts it, in gray, and never a part taken for the whole."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file

from heatviewer.core.errors import ReadError
from heatviewer.io import open_volume, scan
from heatviewer.model.defaults import default_range
from heatviewer.sampling.rule import sample_points
from tests.dicom_files import AXIAL, CORONAL, OBLIQUE, SAGITTAL
from tests.io.dose_files import POSITION, SPACING, stored, write_dose

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from heatviewer.core.volume import Volume

PRONE = (-1.0, 0.0, 0.0, 0.0, -1.0, 0.0)
FEET_FIRST = (-1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


def _check(volume: Volume, pixels: NDArray[Any], places: NDArray[np.float64], orientation: Any) -> None:
    """Look up every voxel of the file by its world point (PS3.3 C.7.6.2.1.1) in the volume."""
    row, column = np.reshape(orientation, (2, 3))
    for n, r, c in np.ndindex(pixels.shape):
        lps = places[n] + row * SPACING[1] * c + column * SPACING[0] * r
        voxel = volume.world_to_voxel @ (-lps[0], -lps[1], lps[2], 1.0)
        near = np.rint(voxel[:3]).astype(int)
        np.testing.assert_allclose(voxel[:3], near, atol=1e-6)
        assert volume.array[tuple(near)] == pytest.approx(pixels[n, r, c] * 0.001, rel=1e-6)


@pytest.mark.parametrize("orientation", [AXIAL, SAGITTAL, CORONAL, OBLIQUE, PRONE, FEET_FIRST])
@pytest.mark.parametrize("offsets", [[0.0, 3.0, 6.0, 9.0], [0.0, -3.0, -6.0, -9.0], [0.0, 6.0, 3.0, 9.0]])
def test_relative_offsets_run_along_the_normal(
    tmp_path: Path, orientation: tuple[float, ...], offsets: list[float]
) -> None:
    """Offsets that begin with 0 go along row × column direction, up, down or in any order."""
    pixels = stored()
    path = write_dose(tmp_path / "d.dcm", pixels, offsets=offsets, orientation=orientation)
    normal = np.cross(*np.reshape(orientation, (2, 3)))
    places = np.asarray(POSITION) + np.outer(offsets, normal)
    _check(open_volume(path), pixels, places, orientation)


@pytest.mark.parametrize("orientation", [AXIAL, PRONE, FEET_FIRST])
@pytest.mark.parametrize("step", [2.5, -2.5])
def test_absolute_offsets_are_places_along_z(
    tmp_path: Path, orientation: tuple[float, ...], step: float
) -> None:
    """Offsets that begin with the position's z are the planes' z in the patient, whichever way they run."""
    pixels = stored()
    offsets = [POSITION[2] + step * n for n in range(4)]
    path = write_dose(tmp_path / "d.dcm", pixels, offsets=offsets, orientation=orientation)
    places = np.array([(*POSITION[:2], z) for z in offsets])
    volume = open_volume(path)
    _check(volume, pixels, places, orientation)
    assert not volume.warnings


@pytest.mark.parametrize("dtype", ["u2", "u4"])
def test_values_are_gray(tmp_path: Path, dtype: str) -> None:
    """Stored numbers times DoseGridScaling are gray; they stay integers in memory."""
    pixels = stored(dtype=dtype)
    path = write_dose(tmp_path / "d.dcm", pixels, offsets=[0, 3, 6, 9], scaling=3.0517578e-5)
    volume = open_volume(path)
    assert volume.stored.dtype == np.dtype(dtype)
    np.testing.assert_allclose(volume.array, pixels.transpose(2, 1, 0) * 3.0517578e-5, rtol=1e-6)
    assert (volume.unit, volume.kind, volume.modality) == ("Gy", "dose", "RTDOSE")
    assert default_range(volume) == (0.0, pytest.approx(pixels.max() * 3.0517578e-5))
    assert (volume.name, volume.frame_of_reference) == ("Dose (PLAN)", "1.2.3.5")


def test_a_relative_dose_is_not_in_gray(tmp_path: Path) -> None:
    """DoseUnits RELATIVE is shown as such."""
    path = write_dose(tmp_path / "d.dcm", stored(1), offsets=[0.0], tags={"DoseUnits": "RELATIVE"})
    assert open_volume(path).unit == "relative"


def test_outside_its_grid_a_dose_is_no_data(tmp_path: Path) -> None:
    """Beyond the grid's outer half voxel there is no dose, not 0."""
    volume = open_volume(write_dose(tmp_path / "d.dcm", stored(), offsets=[0, 3, 6, 9]))
    samples = sample_points(volume, np.array([[0, 0, -0.49], [0, 0, -0.51]]))
    assert samples.values[0] == pytest.approx(volume.array[0, 0, 0])
    assert list(samples.present) == [True, False]


@pytest.mark.parametrize("offsets", [[0.0, 2.0, 4.0, 10.0], [0.0, -2.0, -6.0, -12.0, -14.0, -16.0]])
@pytest.mark.parametrize("orientation", [AXIAL, OBLIQUE])
def test_uneven_planes_are_interpolated_onto_even_ones(
    tmp_path: Path, offsets: list[float], orientation: tuple[float, ...]
) -> None:
    """Where gaps differ, the planes keep their places and values between are linear."""
    pixels = stored(len(offsets))
    path = write_dose(tmp_path / "d.dcm", pixels, offsets=offsets, orientation=orientation)
    volume = open_volume(path)
    planes = round(abs(offsets[-1]) / 2) + 1
    assert volume.shape == scan(path).series[0].shape == (5, 3, planes)
    normal = np.cross(*np.reshape(orientation, (2, 3)))
    _check(volume, pixels, np.asarray(POSITION) + np.outer(offsets, normal), orientation)
    heights, order = np.sort(offsets), np.argsort(offsets)
    expected = np.interp(heights[0] + 2.0 * np.arange(planes), heights, pixels[order, 1, 2] * 0.001)
    np.testing.assert_allclose(volume.array[2, 1], expected)
    assert any("uneven planes" in text for text in volume.warnings)


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ({"GridFrameOffsetVector": None}, "where its planes lie"),
        ({"GridFrameOffsetVector": [0.0, 3.0]}, "where its planes lie"),
        ({"GridFrameOffsetVector": [0.0, 3.0, 3.0, 6.0]}, "two planes at one place"),
        ({"ImagePositionPatient": None}, "without a place"),
    ],
)
def test_planes_without_a_place_are_refused(tmp_path: Path, tags: dict[str, Any], words: str) -> None:
    """A dose whose planes cannot be placed is named with the reason, and not shown somewhere."""
    path = write_dose(tmp_path / "d.dcm", stored(), offsets=[0, 3, 6, 9], tags=tags)
    assert not scan(path).series[0].readable
    with pytest.raises(ReadError, match=words):
        open_volume(path)


def test_missing_offsets_fall_back_on_the_thickness_with_a_warning(tmp_path: Path) -> None:
    """Without offsets the slice thickness is taken for the planes' distance, and this is said."""
    path = write_dose(tmp_path / "d.dcm", stored(), offsets=None, tags={"SliceThickness": 4.0})
    volume = open_volume(path)
    assert volume.spacing[2] == pytest.approx(4.0)
    assert any("GridFrameOffsetVector (3004,000C) is missing" in text for text in volume.warnings)


def test_offsets_that_begin_anywhere_else_are_told(tmp_path: Path) -> None:
    """Offsets that begin neither with 0 nor with the position's z are taken as relative, with a warning."""
    volume = open_volume(write_dose(tmp_path / "d.dcm", stored(), offsets=[7.0, 10.0, 13.0, 16.0]))
    assert volume.affine[2, 3] == pytest.approx(POSITION[2])
    assert any("neither 0 nor the z" in text for text in volume.warnings)


@pytest.mark.parametrize("turn", [1.0, -1.0])
def test_places_along_z_of_a_tilted_plane_are_told(tmp_path: Path, turn: float) -> None:
    """Offsets along z have no meaning off the transverse plane: their distances are taken, and z's way."""
    orientation = (turn, 0.0, 0.0, 0.0, 0.8, 0.6)
    pixels, normal = stored(), np.array([0.0, -0.6, 0.8])
    offsets = [POSITION[2] - 2.0 * n for n in range(4)]
    volume = open_volume(write_dose(tmp_path / "d.dcm", pixels, offsets=offsets, orientation=orientation))
    _check(volume, pixels, np.asarray(POSITION) - np.outer(2.0 * np.arange(4), normal), orientation)
    assert any("places along z" in text for text in volume.warnings)


def test_planes_far_more_uneven_than_a_grid_can_be_are_told(tmp_path: Path) -> None:
    """Planes of which an even grid cannot hold each are laid on one as fine as allowed, with a warning."""
    pixels = stored(3)
    volume = open_volume(write_dose(tmp_path / "d.dcm", pixels, offsets=[0.0, 0.1, 30.0]))
    expected = np.interp(np.linspace(0.0, 30.0, volume.grid[2]), [0.0, 0.1, 30.0], pixels[:, 1, 2] * 0.001)
    np.testing.assert_allclose(volume.array[2, 1], expected)
    assert any("uneven planes" in text for text in volume.warnings)


def test_a_dose_without_scaling_is_no_dose(tmp_path: Path) -> None:
    """Without DoseGridScaling stored numbers are shown, without a unit and with a warning."""
    volume = open_volume(write_dose(tmp_path / "d.dcm", stored(), offsets=[0, 3, 6, 9], scaling=None))
    assert (volume.unit, volume.kind) == ("", "")
    assert any("DoseGridScaling (3004,000E) is missing" in text for text in volume.warnings)


def _write_beams(folder: Path, **settings: Any) -> list[NDArray[Any]]:
    """Write three beams of one plan, each in a series of its own."""
    beams = [stored() + 100 * n for n in range(3)]
    for n, pixels in enumerate(beams, start=1):
        write_dose(
            folder / f"beam{n}.dcm", pixels, offsets=[0, 3, 6, 9], summation="BEAM", beam=n,
            series=f"1.2.9.{n}", scaling=0.001 * n, **settings,
        )  # fmt: skip
    return beams


def test_beams_are_offered_as_their_sum(tmp_path: Path) -> None:
    """Beams alone: the chosen volume is their sum, by name; each beam says that it is only a part."""
    beams = _write_beams(tmp_path)
    found = scan(tmp_path)
    assert [one.description for one in found.series if "Sum" in one.description] == ["Sum of 3 BEAM doses"]
    assert found.with_id(found.chosen).info().description == "Sum of 3 BEAM doses"
    total = sum(pixels * 0.001 * n for n, pixels in enumerate(beams, start=1))
    volume = open_volume(tmp_path)
    np.testing.assert_allclose(volume.array, np.transpose(total, (2, 1, 0)), rtol=1e-12)
    assert (volume.unit, volume.kind, volume.name) == ("Gy", "dose", "Sum of 3 BEAM doses")
    singles = [one for one in found.series if one.description.startswith("Dose (BEAM")]
    assert [one.description for one in singles] == ["Dose (BEAM 1)", "Dose (BEAM 2)", "Dose (BEAM 3)"]
    assert "is the dose of one beam (2 of 3), not of the plan" in singles[1].warnings


def test_a_beam_that_is_opened_by_name_is_that_beam(tmp_path: Path) -> None:
    """A beam's own file gives the beam, with its warning, never the sum."""
    beams = [stored() + 100 * n for n in range(2)]
    for n, pixels in enumerate(beams, start=1):
        write_dose(tmp_path / f"{n}.dcm", pixels, offsets=[0, 3, 6, 9], summation="BEAM", beam=n)
    volume = open_volume(tmp_path / "2.dcm")
    np.testing.assert_allclose(volume.array, beams[1].transpose(2, 1, 0) * 0.001, rtol=1e-6)
    assert "is the dose of one beam (2 of 2), not of the plan" in volume.warnings


def test_a_plan_is_chosen_before_its_beams(tmp_path: Path) -> None:
    """With the plan's own dose there, it is taken, however large the beams' grids are."""
    _write_beams(tmp_path)
    small = stored(2)
    write_dose(tmp_path / "a.dcm", small, offsets=[0, 3], summation="PLAN", series="1.2.9.9")
    volume = open_volume(tmp_path)
    assert volume.name == "Dose (PLAN)"
    np.testing.assert_allclose(volume.array, small.transpose(2, 1, 0) * 0.001, rtol=1e-6)


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ({"PixelSpacing": [3.0, 3.0]}, "their grids differ"),
        ({"ImagePositionPatient": [0, 0, 1]}, "grids differ"),
    ],
)
def test_beams_on_other_grids_are_not_added(tmp_path: Path, tags: dict[str, Any], words: str) -> None:
    """A sum is never resampled: beams on different grids are listed alone, with the reason."""
    _write_beams(tmp_path)
    write_dose(tmp_path / "beam4.dcm", stored(), offsets=[0, 3, 6, 9], summation="BEAM", beam=4, tags=tags)
    series = scan(tmp_path).series
    assert not [one for one in series if "Sum" in one.description]
    assert all(any(words in text for text in one.warnings) for one in series)


@pytest.mark.parametrize("setting", [{"plan": "1.2.3.99"}, {"frame": "1.2.3.99"}])
def test_beams_of_other_plans_or_spaces_are_not_added(tmp_path: Path, setting: dict[str, Any]) -> None:
    """Only what has one plan and one frame of reference is added up."""
    _write_beams(tmp_path)
    write_dose(tmp_path / "other.dcm", stored(), offsets=[0, 3, 6, 9], summation="BEAM", beam=1, **setting)
    sums = [one for one in scan(tmp_path).series if "Sum" in one.description]
    assert [one.description for one in sums] == ["Sum of 3 BEAM doses"]
    assert len(sums[0].files) == 3


def test_a_beam_that_is_there_twice_is_told(tmp_path: Path) -> None:
    """A sum says when a beam went into it more than once; a copy of a file does not count."""
    _write_beams(tmp_path)
    (tmp_path / "copy.dcm").write_bytes((tmp_path / "beam1.dcm").read_bytes())
    assert not any("more than once" in text for one in scan(tmp_path).series for text in one.warnings)
    write_dose(tmp_path / "again.dcm", stored(), offsets=[0, 3, 6, 9], summation="BEAM", beam=1)
    sums = [one for one in scan(tmp_path).series if "Sum" in one.description]
    assert [one.description for one in sums] == ["Sum of 4 BEAM doses"]
    assert "holds the dose of beam 1 more than once" in sums[0].warnings


@pytest.mark.parametrize(
    ("summation", "words"),
    [
        ("FRACTION", "one fraction group"),
        ("BRACHY", "one brachytherapy setup"),
        ("CONTROL_POINT", "control points of a beam"),
        ("MULTI_PLAN", "several plans"),
        ("PLAN_OVERVIEW", "several plans"),
        ("RECORD", "treatment record"),
        (None, "DoseSummationType (3004,000A) is missing"),
    ],
)
def test_what_is_not_the_plans_dose_says_so(tmp_path: Path, summation: str | None, words: str) -> None:
    """Every kind of dose but the plan's carries a warning that says what it is."""
    volume = open_volume(write_dose(tmp_path / "d.dcm", stored(1), offsets=[0.0], summation=summation))
    assert any(words in text for text in volume.warnings)
    assert (summation or "unknown") in volume.name


def test_single_planes_make_one_dose(tmp_path: Path) -> None:
    """Files of one plane each that are otherwise one dose are put in order by position."""
    pixels = stored(3)
    for n, plane in enumerate(pixels):
        place = [*POSITION[:2], POSITION[2] - 4.0 * n]
        write_dose(tmp_path / f"{n}.dcm", plane[None], offsets=None, tags={"ImagePositionPatient": place})
    volume = open_volume(tmp_path)
    np.testing.assert_allclose(volume.array, pixels[::-1].transpose(2, 1, 0) * 0.001, rtol=1e-6)
    assert volume.spacing[2] == pytest.approx(4.0)


@pytest.mark.parametrize("name", ["rtdose.dcm", "rtdose_1frame.dcm", "rtdose_rle.dcm", "rtdose_expb.dcm"])
def test_pydicoms_doses_are_exact(tmp_path: Path, name: str) -> None:
    """Real test doses come out as pydicom scales them, at the header's own places."""
    path = Path(shutil.copy(str(get_testdata_file(name, download=False)), tmp_path))
    ds = pydicom.dcmread(path)
    expected = np.atleast_3d(ds.pixel_array) if ds.get("NumberOfFrames", 1) > 1 else ds.pixel_array[None]
    volume = open_volume(path)
    np.testing.assert_allclose(
        volume.array, expected.transpose(2, 1, 0) * float(ds.DoseGridScaling), rtol=1e-12
    )
    x, y, z = (float(v) for v in ds.ImagePositionPatient)
    np.testing.assert_allclose(volume.affine[:3, 3], (-x, -y, z))
    assert volume.unit == "relative"
    assert "is the dose of one beam, not of the plan" in volume.warnings


def test_a_doses_listing_and_layer_hold_no_patient_data(tmp_path: Path) -> None:
    """Neither info, warnings nor name quote the patient."""
    volume = open_volume(write_dose(tmp_path / "d.dcm", stored(), offsets=[0, 3, 6, 9]))
    assert "secret" not in f"{volume.info} {volume.warnings} {volume.name}".lower()
    assert volume.info["dose summation"] == "PLAN"


def test_a_thumbnail_of_uneven_planes_lies_where_its_plane_does(tmp_path: Path) -> None:
    """The plane that a preview shows is at its own height, not at that of an even one."""
    pixels, offsets = stored(4), [0.0, 6.0, 8.0, 10.0]
    (found,) = scan(write_dose(tmp_path / "d.dcm", pixels, offsets=offsets)).found
    thumbnail = found.thumbnail()
    n = int(np.flatnonzero([np.allclose(thumbnail.array[:, :, 0], p.T * 0.001) for p in pixels])[0])
    assert thumbnail.affine[2, 3] == pytest.approx(POSITION[2] + offsets[n])


def test_beams_whose_grids_part_towards_their_end_are_not_added(tmp_path: Path) -> None:
    """Grids are compared at all their corners: a spacing that is a little larger adds up."""
    for beam, spacing in ((1, 2.0), (2, 2.009)):
        tags = {"PixelSpacing": [2.5, spacing]}
        write_dose(
            tmp_path / f"{beam}.dcm", stored(), offsets=[0, 3, 6, 9], summation="BEAM", beam=beam, tags=tags
        )
    found = scan(tmp_path).series
    assert len(found) == 2
    assert all("their grids differ" in " ".join(one.warnings) for one in found)


def test_single_planes_at_one_place_are_doses_of_their_own(tmp_path: Path) -> None:
    """Two doses of one plane in the same place are not joined to one."""
    for n in range(2):
        write_dose(tmp_path / f"{n}.dcm", stored(1) + n, offsets=None)
    assert [one.shape for one in scan(tmp_path).series] == [(5, 3, 1)] * 2
