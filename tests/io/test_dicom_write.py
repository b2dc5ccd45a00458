"""DICOM results: valid, of the base's patient and study, with equal values at equal places."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import highdicom
import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from pydicom.uid import generate_uid

from heatviewer.app.saving import Base, save_dicom
from heatviewer.core.errors import Cancelled, WriteError
from heatviewer.core.volume import Volume
from heatviewer.io import open_layers, open_volume, scan
from tests.dicom_files import AXIAL, OBLIQUE, stored, write_series

STANDARD = Path(highdicom.__file__).parent / "_standard"
STUDY = generate_uid()
#: What a scanner writes besides the image.
PATIENT = {
    "PatientName": "Test^Person", "PatientID": "ID-7", "PatientBirthDate": "19700102", "PatientSex": "F",
    "StudyInstanceUID": STUDY, "StudyID": "12", "StudyDate": "20240102", "StudyTime": "101112",
    "AccessionNumber": "A-9", "ReferringPhysicianName": "Doctor^Some", "SeriesNumber": 4,
    "SpecificCharacterSet": "ISO_IR 100", "PositionReferenceIndicator": "", "Laterality": None,
}  # fmt: skip
GRID = (12, 10, 8)


def base_in(folder: Path, **options: Any) -> Base:
    """Write a CT of GRID and open it as a base."""
    options = {"orientation": OBLIQUE, "tags": PATIENT} | options
    write_series(folder, stored(GRID[2], GRID[1], GRID[0]), **options)
    return Base(open_volume(folder), str(folder))


def heatmap(base: Base, **fields: Any) -> Volume:
    """Return noise with missing voxels on the base's grid."""
    values = np.random.default_rng(3).normal(20, 5, GRID).astype("f4")
    values[2:4, 3:6, 1] = np.nan
    return Volume(values, base.volume.affine, name="Dose of plan", unit="Gy", **fields)


def masks(base: Base) -> list[Volume]:
    """Return two masks that overlap, with names and colours."""
    one, two = np.zeros((2, *GRID), np.uint8)
    one[2:6, 2:7, 2:5] = 1
    two[4:9, 5:9, 3:6] = 1
    fields = {"kind": "mask", "affine": base.volume.affine}
    return [
        Volume(one, name="Liver", color=(1.0, 0.5, 0.25), **fields),
        Volume(two, name="Tumour", color=(0.0, 0.0, 1.0), **fields),
    ]


# --- an oracle: frames placed by their own positions -------------------------------------------


def frames_of(path: Path) -> tuple[pydicom.Dataset, NDArray[Any], NDArray[np.float64]]:
    """Return a file's data set, its frames (n, rows, columns), and each frame's position, LPS mm."""
    ds = pydicom.dcmread(path)
    groups = ds.PerFrameFunctionalGroupsSequence
    positions = np.array([group.PlanePositionSequence[0].ImagePositionPatient for group in groups], float)
    if "FloatPixelData" in ds:
        return ds, np.frombuffer(ds.FloatPixelData, "<f4").reshape(-1, ds.Rows, ds.Columns), positions
    return ds, ds.pixel_array.reshape(-1, ds.Rows, ds.Columns), positions


def placed(volume: Volume, positions: NDArray[np.float64]) -> NDArray[Any]:
    """Return a volume's planes at LPS positions as frames (n, rows, columns)."""
    origins = volume.affine[:3, 3] + np.arange(volume.grid[2])[:, None] * volume.affine[:3, 2]
    gaps = np.linalg.norm(origins[None] - (positions * (-1, -1, 1))[:, None], axis=-1)
    assert gaps.min(axis=1).max() < 1e-3
    return np.asarray(volume.array).transpose(2, 1, 0)[gaps.argmin(axis=1)]


def complaints(path: Path) -> list[str]:
    """Return what is wrong with a file: by the standard's modules, and by dciodvfy where it is installed."""
    ds = pydicom.dcmread(path)
    iod = {"1.2.840.10008.5.1.4.1.1.30": "parametric-map"}.get(ds.SOPClassUID, "segmentation")
    modules = json.loads((STANDARD / "iod_module_map.json").read_text())[iod]
    attributes = json.loads((STANDARD / "module_attribute_map.json").read_text())
    found = []
    for module in modules:
        for attribute in attributes[module["key"]] if module["usage"] == "M" else ():
            keyword, kind = attribute["keyword"], attribute["type"]
            if attribute["path"] or kind not in ("1", "2"):
                continue
            if keyword not in ds or (kind == "1" and ds[keyword].is_empty):
                found.append(f"{module['key']}: {keyword} (type {kind})")
    if shutil.which("dciodvfy"):
        told = subprocess.run(["dciodvfy", "-new", path], capture_output=True, text=True, check=False).stderr
        found += [line for line in told.splitlines() if line.startswith("Error")]
    return found


# --- maps --------------------------------------------------------------------------------------


@pytest.mark.parametrize("orientation", [AXIAL, OBLIQUE])
def test_a_map_is_what_pydicom_reads(tmp_path: Path, orientation: tuple[float, ...]) -> None:
    """Values as 32-bit floats, NaN where there is no data, at the planes' own positions, with the unit."""
    base = base_in(tmp_path / "ct", orientation=orientation)
    volume = heatmap(base)
    [path] = save_dicom(tmp_path / "out", [volume], base)
    assert path == tmp_path / "out" / "Dose_of_plan.dcm"
    ds, frames, positions = frames_of(path)
    np.testing.assert_array_equal(frames, placed(volume, positions))
    shared = ds.SharedFunctionalGroupsSequence[0]
    np.testing.assert_allclose(
        shared.PlaneOrientationSequence[0].ImageOrientationPatient, orientation, atol=1e-9
    )
    np.testing.assert_allclose(shared.PixelMeasuresSequence[0].PixelSpacing, (0.75, 0.5))
    [mapping] = shared.RealWorldValueMappingSequence
    assert (mapping.RealWorldValueSlope, mapping.RealWorldValueIntercept) == (1, 0)
    assert mapping.MeasurementUnitsCodeSequence[0].CodeValue == "Gy"
    assert complaints(path) == []


def test_a_map_reads_back(tmp_path: Path) -> None:
    """As a volume of the same values, place, unit and space."""
    base = base_in(tmp_path / "ct")
    volume = heatmap(base)
    [path] = save_dicom(tmp_path / "out", [volume], base)
    found = open_volume(path)
    np.testing.assert_array_equal(found.array, volume.array)
    np.testing.assert_allclose(found.affine, base.volume.affine, atol=1e-6)
    assert found.unit == "Gy"
    assert found.frame_of_reference == base.volume.frame_of_reference


def test_highdicom_reads_what_it_wrote(tmp_path: Path) -> None:
    """Its own volume has the same values at the same places."""
    base = base_in(tmp_path / "ct")
    volume = heatmap(base)
    [path] = save_dicom(tmp_path / "out", [volume], base)
    found = highdicom.imread(path).get_volume().to_patient_orientation("LPS")
    rows, columns, planes = np.array([[1, 2, 3], [9, 4, 0], [5, 5, 7]]).T
    for index in zip(rows, columns, planes, strict=True):
        world = found.affine @ (*index, 1)
        i, j, k = np.rint(volume.world_to_voxel @ (world * (-1, -1, 1, 1)))[:3].astype(int)
        np.testing.assert_equal(found.array[index], volume.array[i, j, k])


def test_results_belong_to_the_base(tmp_path: Path) -> None:
    """Patient, study and frame of reference are the base's; the series and the object are new."""
    base = base_in(tmp_path / "ct")
    source = pydicom.dcmread(next((tmp_path / "ct").iterdir()))
    paths = [*save_dicom(tmp_path, [heatmap(base)], base), *save_dicom(tmp_path, masks(base), base)]
    results = [pydicom.dcmread(path) for path in paths]
    for ds in results:
        for keyword in (*PATIENT, "FrameOfReferenceUID"):
            if keyword not in ("SeriesNumber", "Laterality"):
                assert ds.get(keyword) == source.get(keyword), keyword
        assert ds.SeriesInstanceUID != source.SeriesInstanceUID
    assert len({ds.SeriesInstanceUID for ds in results}) == len({ds.SOPInstanceUID for ds in results}) == 2
    assert [ds.SeriesNumber for ds in results] == [1004, 1004]
    assert scan(tmp_path / "Segments.dcm").series[0].study == scan(tmp_path / "ct").series[0].study


def test_another_grid_is_resampled(tmp_path: Path) -> None:
    """The map lies on the base's grid; beyond its own there is no data."""
    base = base_in(tmp_path / "ct", orientation=AXIAL)
    affine = base.volume.affine.copy()
    affine[:3, 3] += 2 * affine[:3, 0]
    volume = replace(heatmap(base), affine=affine)
    [path] = save_dicom(tmp_path / "out", [volume], base)
    _, frames, positions = frames_of(path)
    moved = np.full(GRID, np.nan, "f4")
    moved[2:] = volume.stored[:-2]
    np.testing.assert_array_equal(frames, placed(Volume(moved, base.volume.affine), positions))


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """A name that is taken gets a number."""
    base = base_in(tmp_path / "ct")
    for _ in range(2):
        save_dicom(tmp_path / "out", [heatmap(base)], base)
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["Dose_of_plan-2.dcm", "Dose_of_plan.dcm"]


@pytest.mark.parametrize(
    ("unit", "code"), [("", "1"), ("SUV", "{SUVbw}g/ml"), ("HU", "[hnsf'U]"), ("mm2/s", "mm2/s")]
)
def test_units_are_codes(tmp_path: Path, unit: str, code: str) -> None:
    """Those of UCUM; a value without a unit says so."""
    base = base_in(tmp_path / "ct")
    [path] = save_dicom(tmp_path / "out", [replace(heatmap(base), unit=unit)], base)
    mapping = pydicom.dcmread(path).SharedFunctionalGroupsSequence[0].RealWorldValueMappingSequence[0]
    found = mapping.MeasurementUnitsCodeSequence[0]
    assert (found.CodeValue, found.CodingSchemeDesignator) == (code, "UCUM")
    assert complaints(path) == []


# --- segments ----------------------------------------------------------------------------------


def test_masks_are_segments(tmp_path: Path) -> None:
    """Each has its name, its recommended colour and its voxels, also where they overlap."""
    base = base_in(tmp_path / "ct")
    [path] = save_dicom(tmp_path / "out", masks(base), base)
    ds, frames, positions = frames_of(path)
    assert (ds.SegmentationType, ds.BitsAllocated) == ("BINARY", 1)
    assert [segment.SegmentLabel for segment in ds.SegmentSequence] == ["Liver", "Tumour"]
    owners = [
        group.SegmentIdentificationSequence[0].ReferencedSegmentNumber
        for group in ds.PerFrameFunctionalGroupsSequence
    ]
    for number, mask in enumerate(masks(base), 1):
        own = np.array(owners) == number
        np.testing.assert_array_equal(frames[own], placed(mask, positions[own]))
        assert frames[own].sum() == mask.stored.sum()
    assert complaints(path) == []


def test_segments_read_back(tmp_path: Path) -> None:
    """As a layer each, with equal voxels, names and colours."""
    base = base_in(tmp_path / "ct")
    [path] = save_dicom(tmp_path / "out", masks(base), base)
    found = [opened.volume for opened in open_layers(path)]
    assert [volume.name for volume in found] == ["Liver", "Tumour"]
    for volume, mask in zip(found, masks(base), strict=True):
        index = volume.world_to_voxel @ mask.affine @ (*np.argwhere(mask.stored)[0], 1)
        assert volume.stored[tuple(np.rint(index[:3]).astype(int))] == 1
        assert volume.stored.sum() == mask.stored.sum()
        assert volume.color == pytest.approx(mask.color, abs=0.02)


def test_labels_become_segments(tmp_path: Path) -> None:
    """One for each number but 0; values between two are none."""
    base = base_in(tmp_path / "ct")
    labels = np.zeros(GRID, np.int16)
    labels[:4], labels[8:] = 3, 900
    [path] = save_dicom(
        tmp_path / "out", [Volume(labels, base.volume.affine, kind="label", name="atlas")], base
    )
    found = {opened.volume.name: opened.volume for opened in open_layers(path)}
    assert sorted(found) == ["Label 3", "Label 900"]
    assert found["Label 3"].stored.sum() == 4 * 10 * 8


def test_numbers_of_one_value_are_a_mask(tmp_path: Path) -> None:
    """Whatever their type; with the form named it is a map all the same."""
    base = base_in(tmp_path / "ct")
    values = np.zeros(GRID, "f4")
    values[3:5, 3:5, 3:5] = 255.0
    volume = Volume(values, base.volume.affine, name="x")
    classes = [
        pydicom.dcmread(save_dicom(tmp_path / "out", [volume], base, form)[0]).SOPClassUID.name  # type: ignore[arg-type]
        for form in (None, "segmentation", "map")
    ]
    assert classes == ["Segmentation Storage", "Segmentation Storage", "Parametric Map Storage"]


# --- what cannot be written --------------------------------------------------------------------


def test_bases_without_a_patient_are_refused(tmp_path: Path) -> None:
    """Results belong to a study and lie in the patient's space."""
    base = base_in(tmp_path / "ct", tags={"StudyInstanceUID": None})
    with pytest.raises(WriteError, match="does not say which study it is"):
        save_dicom(tmp_path / "out", [heatmap(base)], base)
    nowhere = base_in(tmp_path / "b", tags=PATIENT | {"ImagePositionPatient": None})
    with pytest.raises(WriteError, match="has no place in the patient's space"):
        save_dicom(tmp_path / "out", [heatmap(nowhere)], nowhere)
    with pytest.raises(WriteError, match="was not read from a DICOM file"):
        save_dicom(tmp_path / "out", [heatmap(base)], Base(base.volume, ""))
    assert not (tmp_path / "out").exists()


def test_what_is_no_result_is_refused(tmp_path: Path) -> None:
    """Frames, colours, and masks that lie beside the base."""
    base = base_in(tmp_path / "ct")
    frames = Volume(np.zeros((*GRID, 2)), base.volume.affine, name="x")
    with pytest.raises(WriteError, match=r"has frames.*--frame"):
        save_dicom(tmp_path / "out", [frames], base)
    far = base.volume.affine.copy()
    far[0, 3] += 1e4
    with pytest.raises(WriteError, match="is empty on the base's grid"):
        save_dicom(tmp_path / "out", [replace(masks(base)[0], affine=far)], base)


def test_a_bare_header_is_enough(tmp_path: Path) -> None:
    """What an anonymised file lacks stays empty; words that the standard does not know are left out."""
    tags = {"StudyInstanceUID": STUDY, "PatientSex": "UNKNOWN", "PatientName": None, "PatientID": None}
    base = base_in(tmp_path / "ct", tags=tags)
    [path] = save_dicom(tmp_path / "out", [heatmap(base)], base)
    assert not pydicom.dcmread(path).PatientSex
    assert complaints(path) == []


def test_malformed_words_of_the_base_are_not_passed_on(tmp_path: Path) -> None:
    """Too long a study id is cut, an age that is none left out: the result is valid all the same."""
    with pydicom.config.disable_value_validation():
        base = base_in(tmp_path / "ct", tags=PATIENT | {"PatientAge": "0Y", "StudyID": "S" * 20})
    [path] = save_dicom(tmp_path, [heatmap(base)], base)
    ds = pydicom.dcmread(path)
    assert ds.StudyID == "S" * 16
    assert not ds.get("PatientAge")
    assert complaints(path) == []


def test_a_lost_frame_of_reference_is_replaced(tmp_path: Path) -> None:
    """By one of the series: all results of a base share it."""
    base = base_in(tmp_path / "ct", tags=PATIENT | {"FrameOfReferenceUID": None})
    paths = [*save_dicom(tmp_path, [heatmap(base)], base), *save_dicom(tmp_path, masks(base), base)]
    assert len({pydicom.dcmread(path).FrameOfReferenceUID for path in paths}) == 1
    assert complaints(paths[0]) == []


def test_a_multi_frame_base(tmp_path: Path) -> None:
    """An enhanced file, here a Parametric Map of before, can be a base."""
    first = base_in(tmp_path / "ct")
    [made] = save_dicom(tmp_path / "map", [heatmap(first)], first)
    base = Base(open_volume(made), str(made))
    [path] = save_dicom(tmp_path / "out", [heatmap(first)], base)
    _, frames, positions = frames_of(path)
    np.testing.assert_array_equal(frames, placed(heatmap(first), positions))
    assert complaints(path) == []


def test_cancel_leaves_nothing(tmp_path: Path) -> None:
    """No file is there, and no part of one."""
    base = base_in(tmp_path / "ct")
    with pytest.raises(Cancelled):
        save_dicom(tmp_path / "out", [heatmap(base)], base, cancelled=lambda: True)
    assert not (tmp_path / "out").exists()


def test_real_studies(tmp_path: Path, data_dir: Path) -> None:
    """A PET on the CT of the same patient, and the tumour's mask, keep values and place."""
    folder = data_dir / "pet-ct"
    base = Base(open_volume(folder / "ct.zip"), str(folder / "ct.zip"))
    mask = open_volume(folder / "tumour_mask_on_ct.nii.gz")
    [path] = save_dicom(tmp_path, [mask], base)
    [found] = [opened.volume for opened in open_layers(path)]
    assert found.stored.sum() == np.count_nonzero(mask.stored)
    inside = np.argwhere(mask.stored)[::97]
    worlds = inside @ mask.affine[:3, :3].T + mask.affine[:3, 3]
    index = np.rint(worlds @ found.world_to_voxel[:3, :3].T + found.world_to_voxel[:3, 3]).astype(int)
    assert found.stored[tuple(index.T)].all()


def test_planes_are_as_far_apart_as_along_their_normal(tmp_path: Path) -> None:
    """On a tilted grid the slices' spacing is the distance of their planes, not of their first pixels."""
    base = base_in(tmp_path / "ct", orientation=AXIAL, step=(0.0, 1.5, 2.0))
    [path] = save_dicom(tmp_path / "out", [heatmap(base)], base)
    ds, frames, positions = frames_of(path)
    np.testing.assert_array_equal(frames, placed(heatmap(base), positions))
    measures = ds.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]
    assert float(measures.SpacingBetweenSlices) == pytest.approx(2.0)
