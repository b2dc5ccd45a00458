"""Whole folders: everything of a patient, thousands of files, pictures without a place in the patient."""

from __future__ import annotations

import shutil
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
import pytest

import heatviewer as hv
from heatviewer.io import Progress, open_volume, scan
from tests.dicom_files import as_volume, stored, write_series
from tests.io.dicom.study_files import CT, LUNG, PET, SCOUT, write_many, write_mixed_study

if TYPE_CHECKING:
    from pathlib import Path

    from tests.io.dicom.conftest import Lone


def test_of_everything_the_largest_image_is_chosen(tmp_path: Path) -> None:
    """PET, dose and segments lie on an image, however large they are; reports and plans are counted."""
    found = scan(write_mixed_study(tmp_path))
    assert {one.id for one in found.series if one.role == "base"} == {CT, LUNG, SCOUT}
    modalities = sorted(one.modality for one in found.series)
    assert modalities == ["CT", "CT", "CT", "PT", "RTDOSE", "RTSTRUCT", "SEG", "SEG"]
    assert all(one.readable for one in found.series)
    sizes = {one.modality: one.voxels for one in found.series}
    assert min(sizes["PT"], sizes["RTDOSE"], sizes["SEG"]) > found.with_id(CT).info().voxels
    assert found.chosen == CT
    assert found.warnings == (
        "DICOM objects without an image left out: 1 × KO, 1 × PR, 1 × RTPLAN, 1 × SR",
        "1 file of no known format left out",
    )
    np.testing.assert_array_equal(open_volume(tmp_path).array, as_volume(stored(8)))


def test_each_object_of_a_folder_opens_over_its_image(tmp_path: Path) -> None:
    """By its id each becomes a base or a heatmap with its own values and unit."""
    listed = scan(write_mixed_study(tmp_path))
    scene = hv.open(tmp_path)
    units = {"PT": "SUV", "RTDOSE": "Gy", "SEG": "", "RTSTRUCT": "", "CT": "HU"}
    for one in listed.series:
        volume = open_volume(tmp_path, series=one.id)
        assert (volume.unit, volume.modality) == (units[one.modality], one.modality)
        assert volume.shape == one.shape
        assert volume.frame_of_reference == scene.base.volume.frame_of_reference


def test_without_an_image_a_heatmap_is_chosen(tmp_path: Path) -> None:
    """Where only PET, dose, segments and structures are there, a whole volume comes before its parts."""
    write_mixed_study(tmp_path)
    for name in ("scout", "lung", "planning"):
        shutil.rmtree(tmp_path / name)
    found = scan(tmp_path)
    assert found.with_id(found.chosen).info().modality == "RTDOSE"
    (tmp_path / "dose").unlink()
    assert scan(tmp_path).chosen == PET


def test_of_a_real_pet_and_ct_the_ct_is_chosen(data_dir: Path, tmp_path: Path) -> None:
    """Their files and the tumour's contours in one folder: each of the 51 + 51 images in its series."""
    zipfile.ZipFile(data_dir / "pet-ct" / "ct.zip").extractall(tmp_path)
    shutil.copytree(data_dir / "pet-ct" / "pet", tmp_path / "more" / "pet")
    shutil.copy(data_dir / "pet-ct" / "rtstruct_on_ct.dcm", tmp_path)
    found = scan(tmp_path)
    counts = {one.modality: (len(one.files), one.role) for one in found.series}
    assert counts == {"CT": (51, "base"), "PT": (51, "heatmap"), "RTSTRUCT": (1, "heatmap")}
    assert found.with_id(found.chosen).info().modality == "CT"


def test_thousands_of_files_are_sorted_into_their_series(tmp_path: Path) -> None:
    """Of 3,000 files without suffix each is in its series and at its height, and the largest opens."""
    counts = write_many(tmp_path, [400, 900, 700, 600, 300, 100])
    found = scan(tmp_path)
    assert {one.id: len(one.files) for one in found.series} == counts
    assert {one.id: one.shape for one in found.series} == {uid: (2, 1, n) for uid, n in counts.items()}
    assert (found.warnings, found.chosen) == ((), "1.2.3.1001")
    volume = found.with_id(found.chosen).open(Progress())
    np.testing.assert_array_equal(volume.array[0, 0], np.arange(900))
    assert (volume.array[1] == 1).all()
    np.testing.assert_allclose(volume.affine @ (0, 0, 899, 1), (31, -12.5, 40 + 2.5 * 899, 1))


@pytest.mark.parametrize(("modality", "sop_class"), [
    ("MG", "1.2.840.10008.5.1.4.1.1.1.2"), ("CR", "1.2.840.10008.5.1.4.1.1.1"),
    ("DX", "1.2.840.10008.5.1.4.1.1.1.1"),
])  # fmt: skip
def test_each_projection_is_one_slice(tmp_path: Path, modality: str, sop_class: str) -> None:
    """Views of a series are images of their own, as stored, centred on 0, in the detector's pixel size."""
    tags: dict[str, Any] = {
        "Modality": modality, "SOPClassUID": sop_class, "PixelSpacing": None,
        "ImagerPixelSpacing": [0.14, 0.07], "ImagePositionPatient": None, "ImageOrientationPatient": None,
        "PatientOrientation": ["A", "F"], "PhotometricInterpretation": "MONOCHROME1",
        "SeriesInstanceUID": "1.2.3",
    }  # fmt: skip
    write_series(tmp_path, stored(4), tags=tags)
    found = scan(tmp_path).series
    assert [one.shape for one in found] == [(6, 4, 1)] * 4
    assert len({one.id for one in found}) == 4
    for one in found:
        volume = open_volume(tmp_path, series=one.id)
        ds = pydicom.dcmread(one.files[0])
        np.testing.assert_array_equal(volume.array[:, :, 0].T, ds.pixel_array)
        assert (volume.flat, volume.inverted) == (True, True)
        np.testing.assert_allclose(volume.affine, [[-0.07, 0, 0, 0.175], [0, -0.14, 0, 0.21],
                                                   [0, 0, 1, 0], [0, 0, 0, 1]])  # fmt: skip


@pytest.mark.parametrize(("name", "told"), [("RG1_UNCR", (0, 0)), ("RG3_UNCR", None)])
def test_real_radiographs_are_one_slice(name: str, told: tuple[float, float] | None, lone: Lone) -> None:
    """A real CR has pydicom's pixels; a pixel size of 0, or none, is told and is no size."""
    path = lone(name)
    ds = pydicom.dcmread(path)
    volume = open_volume(path)
    assert (volume.modality, volume.shape) == ("CR", (ds.Columns, ds.Rows, 1))
    assert volume.inverted == (ds.PhotometricInterpretation == "MONOCHROME1")
    np.testing.assert_array_equal(volume.array[:, :, 0].T, ds.pixel_array)
    assert ds.get("PixelSpacing") == (list(told) if told else None)
    assert volume.spacing == (1, 1, 1)
    assert any("no pixel spacing" in text for text in volume.warnings)
