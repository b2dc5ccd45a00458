"""RT structure sets: names, colours, masks and outlines; what cannot be drawn is told."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file

from heatviewer.core.errors import Cancelled, ReadError
from heatviewer.core.volume import Volume
from heatviewer.io import open_layers, open_volume, scan
from heatviewer.io.dicom import findings
from tests.dicom_files import write_series
from tests.io.structure_files import Contour, Roi, StructureSet, square
from tests.volumes import affine


def _written(tmp_path: Path, *contours: Contour | np.ndarray, **fields: Any) -> Path:
    made = [c if isinstance(c, Contour) else Contour(c) for c in contours]
    return StructureSet([Roi("target", made, **fields)]).write(tmp_path / "rs.dcm")


def _on_grid(volume: Volume, shape: tuple[int, ...], grid: np.ndarray) -> np.ndarray:
    """Return a mask, which is a part of a grid, on the whole of it."""
    first = np.rint(np.linalg.inv(grid) @ volume.affine[:, 3])[:3].astype(int)
    assert np.allclose(grid[:3, :3], volume.affine[:3, :3])
    whole = np.zeros(np.array(shape) + 2, bool)
    whole[tuple(slice(f + 1, f + 1 + n) for f, n in zip(first, volume.shape, strict=True))] = volume.stored
    assert whole.sum() == volume.stored.sum()
    return whole[1:-1, 1:-1, 1:-1]


def _like(kind: str = "identity", shape: tuple[int, int, int] = (40, 40, 20)) -> Volume:
    return Volume(np.zeros(shape, np.uint8), affine(kind))


def test_a_tumour_is_the_published_mask(data_dir: Path) -> None:
    """The contours of a real tumour enclose exactly the voxels of the mask published with them."""
    published = nibabel.load(data_dir / "pet-ct" / "tumour_mask_on_ct.nii.gz")
    expected = np.asarray(published.dataobj) > 0
    like = Volume(np.zeros(published.shape, np.uint8), published.affine)
    (opened,) = open_layers(data_dir / "pet-ct" / "rtstruct_on_ct.dcm", like=like)
    assert np.array_equal(_on_grid(opened.volume, published.shape, published.affine), expected)
    header = pydicom.dcmread(data_dir / "pet-ct" / "rtstruct_on_ct.dcm")
    assert opened.volume.name == header.StructureSetROISequence[0].ROIName
    assert len(opened.volume.outlines) == len(header.ROIContourSequence[0].ContourSequence)
    assert opened.volume.color == (1.0, 0.0, 0.0)
    assert opened.volume.warnings == ()


def test_a_structure_is_not_named_after_the_patient(tmp_path: Path) -> None:
    """Words of the patient's name and number in a name are left out; the rest of it stays."""
    rois = [Roi("GTV Zyzzywack QX-9988", [Contour(square(0, 9, 1))]), Roi("Quentin, ZYZZYWACK")]
    path = StructureSet(rois).write(tmp_path / "rs.dcm")
    ds = pydicom.dcmread(path)
    ds.PatientName, ds.PatientID, ds.StructureSetLabel = "Zyzzywack^Quentin", "QX-9988", "plan ZYZZYWACK"
    ds.save_as(path)
    first, second = scan(path).series
    assert (first.description, second.description) == ("GTV", "structure 2")
    assert open_volume(path).info["structure_set"] == "plan"


def test_a_real_plan_lists_what_has_no_contour() -> None:
    """Points of interest are listed with the reason, and what has contours opens."""
    path = Path(get_testdata_file("rtstruct.dcm"))
    body, *points = scan(path).series
    assert [series.description for series in (body, *points)] == ["patient", "Isocenter 1", "Isocenter 2"]
    assert (body.readable, body.role, body.modality) == (True, "heatmap", "RTSTRUCT")
    assert not any(series.readable for series in points)
    assert "has no closed contour" in points[0].warnings
    assert "has 1 point contour, left out: such contours enclose nothing" in points[0].warnings
    (opened,) = open_layers(path)
    assert np.array_equal(opened.volume.outlines[0][0], [200.0, -150.0, -200.0])
    with pytest.raises(ReadError, match="has no closed contour"):
        open_volume(path, series=points[0].id)


@pytest.mark.parametrize("kind", ["identity", "flipped", "oblique", "sheared"])
def test_contours_are_in_the_patients_space(tmp_path: Path, kind: str) -> None:
    """LPS points become RAS; on any grid the mask is where the contour is."""
    path = _written(tmp_path, *(square(-6, 6, z) for z in (-2.0, 0.0, 2.0)))
    like = _like(kind)
    (opened,) = open_layers(path, like=like)
    index = np.stack(np.indices(opened.volume.shape), axis=-1) @ opened.volume.affine[:3, :3].T
    x, y, z = np.moveaxis(index + opened.volume.affine[:3, 3], -1, 0)
    inside = (np.abs(x) < 6) & (np.abs(y) < 6) & (z >= -3) & (z < 3)
    edge = (np.abs(np.abs(x) - 6) < 1e-6) | (np.abs(np.abs(y) - 6) < 1e-6)
    assert np.array_equal((opened.volume.stored > 0)[~edge], inside[~edge])
    assert np.allclose(opened.volume.outlines[0][0], [6.0, 6.0, -2.0])


def test_each_structure_is_a_layer_with_its_name_and_colour(tmp_path: Path) -> None:
    """A file's structures are opened together, in its order."""
    rois = [
        Roi("first", [Contour(square(0, 9, 0))], (255, 0, 51)),
        Roi("empty"),
        Roi("last", [Contour(square(0, 5, 0))], None),
    ]
    path = StructureSet(rois).write(tmp_path / "rs.dcm")
    found = scan(path)
    assert [(s.description, s.readable) for s in found.series] == [
        ("first", True),
        ("empty", False),
        ("last", True),
    ]
    volumes = [opened.volume for opened in open_layers(path)]
    assert [volume.name for volume in volumes] == ["first", "last"]
    assert [volume.color for volume in volumes] == [(1.0, 0.0, 0.2), None]
    assert {volume.kind for volume in volumes} == {"mask"}


def test_without_an_image_a_mask_has_a_grid_of_its_own(tmp_path: Path) -> None:
    """Its layers lie on the contours' planes, its voxels hold the contour's area, and it says so."""
    path = _written(tmp_path, *(square(-40, 40, z) for z in (-5.0, 0.0, 5.0)))
    volume = open_volume(path)
    assert volume.spacing == (1.0, 1.0, 5.0)
    depths = volume.affine[2, 3] + 5 * np.arange(volume.shape[2])
    assert {-5.0, 0.0, 5.0} <= set(depths)
    assert volume.stored.sum() == 80 * 80 * 3
    assert volume.info["voxel_grid"].startswith("its own")
    assert scan(path).series[0].shape == volume.shape


def test_the_images_beside_it_give_the_grid(tmp_path: Path) -> None:
    """A structure set opened alone takes the grid of the series that it refers to, if that is there."""
    series = write_series(tmp_path, np.ones((5, 30, 30), "i2"), tags={"FrameOfReferenceUID": "1.2.3.4"})
    header = pydicom.dcmread(next(tmp_path.iterdir()))
    centre = np.mean(series.positions, axis=0) + np.array([5, 8, 0])
    contour = np.array([[-3, -3, 0], [3, -3, 0], [3, 3, 0], [-3, 3, 0]], float) + centre
    rois = [Roi("target", [Contour(contour)])]
    path = StructureSet(rois, header.SeriesInstanceUID, "1.2.3.4").write(tmp_path / "rs.dcm")
    image, volume = open_volume(tmp_path, series=header.SeriesInstanceUID), open_volume(path)
    assert np.allclose(volume.affine[:3, :3], image.affine[:3, :3])
    whole = np.linalg.inv(image.affine) @ volume.affine[:, 3]
    assert np.allclose(whole, np.rint(whole))
    assert volume.info["voxel_grid"] == "of the images that it was drawn on"


def test_far_from_the_image_a_mask_keeps_its_place(tmp_path: Path) -> None:
    """Contours that miss the base's grid altogether are masked on a grid of their own, not lost."""
    path = _written(tmp_path, square(1000, 1080, 0))
    volume = open_layers(path, like=_like())[0].volume
    assert volume.stored.sum() == 80 * 80
    assert volume.info["voxel_grid"].startswith("its own")


ODD = {
    "has 1 contour without usable coordinates, left out": Contour("1\\2\\x"),
    "has 1 contour of fewer than 3 points, left out": Contour(square(0, 9, 0)[:2]),
    "has 1 contour whose number of points is wrong: the points that are there were taken": Contour(
        square(1, 4, 0), count=99
    ),
    "has 1 contour more than once: each was taken once": Contour(square(0, 9, 0)),
    "has 1 open planar contour, left out: such contours enclose nothing": Contour(
        square(0, 9, 0), "OPEN_PLANAR"
    ),
}


@pytest.mark.parametrize("warning", ODD)
def test_odd_contours_are_told_and_the_rest_is_read(tmp_path: Path, warning: str) -> None:
    """One bad contour costs no other, and is named."""
    path = _written(tmp_path, square(0, 9, 0), ODD[warning])
    assert scan(path).series[0].warnings == (warning,)
    volume = open_volume(path)
    assert volume.warnings == (warning,)
    assert volume.stored.any()


@pytest.mark.parametrize("text", ["nan\\1\\2", "inf\\1\\2", "1e30\\1\\2", "1\\2", "", "1,5\\2\\3"])
def test_bad_numbers_are_no_coordinates(tmp_path: Path, text: str) -> None:
    """NaN, infinity, the absurd and the incomplete are left out, whatever is beside them."""
    path = _written(tmp_path, square(0, 9, 0), Contour(text))
    volume = open_volume(path)
    assert len(volume.outlines) == 1
    assert len(volume.warnings) == 1


def test_contours_that_are_not_flat_are_told(tmp_path: Path) -> None:
    """A bent contour counts by its middle depth, with a warning."""
    bent = square(0, 30, 2.0) + np.array([[0, 0, 0.3], [0, 0, -0.3], [0, 0, 0.3], [0, 0, -0.3]])
    path = _written(tmp_path, square(0, 30, 0), bent, square(0, 30, 4.0))
    volume = open_layers(path, like=_like("identity"))[0].volume
    assert volume.warnings == ("has contours that are not flat (1 of 3): they were laid in one plane each",)


def test_a_gap_is_told_and_stays_empty(tmp_path: Path) -> None:
    """Slices that nobody drew on stay empty, with a warning."""
    path = _written(tmp_path, *(square(-9, 0, z) for z in (0, 2, 4, 12, 14)))
    volume = open_layers(path, like=_like())[0].volume
    text = "has a place without contours, more than 1.5 times their spacing: it stays empty there"
    assert volume.warnings == (text,)
    depths = volume.affine[2, 3] + np.flatnonzero(volume.stored.any(axis=(0, 1)))
    assert depths.tolist() == [-1, 0, 1, 2, 3, 4, 11, 12, 13, 14]


def test_a_hole_is_no_part_of_it(tmp_path: Path) -> None:
    """A contour within another one is a hole, of either kind that DICOM has."""
    for kind in ("CLOSED_PLANAR", "CLOSEDPLANAR_XOR"):
        path = _written(tmp_path, square(0, 20, 0), Contour(square(5, 15, 0), kind))
        assert open_layers(path, like=_like("flipped"))[0].volume.stored.any()
        volume = open_volume(path)
        assert volume.stored.sum() * np.prod(volume.spacing) == pytest.approx(300, rel=0.05)


def test_a_file_without_structures_is_named(tmp_path: Path) -> None:
    """An empty structure set is an error that says what it is."""
    path = StructureSet([]).write(tmp_path / "rs.dcm")
    with pytest.raises(ReadError, match="RTSTRUCT"):
        open_volume(path)


def test_a_damaged_file_is_named_and_costs_nothing_else(tmp_path: Path) -> None:
    """A structure set that is cut off in its sequences is left out by name, and the others open."""
    whole = _written(tmp_path, square(0, 9, 0))
    raw = bytearray(whole.read_bytes())
    damaged = tmp_path / "cut.dcm"
    damaged.write_bytes(raw[: len(raw) - 60])
    found = scan(tmp_path)
    assert any("target" in series.description for series in found.series)
    assert open_volume(whole).stored.any()


def test_masks_of_many_structures_take_no_more_room_than_these(tmp_path: Path) -> None:
    """On a large scan a structure's mask holds the voxels round the structure, not the whole scan."""
    angle = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    ring = np.stack([30 * np.cos(angle), 30 * np.sin(angle), 0 * angle], axis=1)
    rois = [
        Roi(f"roi {n}", [Contour(ring + np.array([30.0 * n - 100, 0, 2.0 * z - 20])) for z in range(20)])
        for n in range(5)
    ]
    path = StructureSet(rois).write(tmp_path / "rs.dcm")
    grid = np.diag([0.9, 0.9, 2.0, 1.0])
    grid[:3, 3] = [-230, -230, -200]
    opened = open_layers(path, like=Volume(np.zeros((512, 512, 200), np.uint8, order="F"), grid))
    assert len(opened) == 5
    for one in opened:
        assert one.volume.stored.sum() == pytest.approx(20 * np.pi * 30**2 / 0.81, rel=0.01)
        assert one.volume.stored.size < (60 / 0.9 + 5) ** 2 * 24


def test_cancelling_stops_the_masks(tmp_path: Path) -> None:
    """Once it is not wanted any more, no further mask is made."""
    path = _written(tmp_path, *(square(-90, 90, float(z)) for z in range(50)))
    calls = 0

    def cancelled() -> bool:
        nonlocal calls
        calls += 1
        return calls > 30

    with pytest.raises(Cancelled):
        open_layers(path, like=_like(shape=(200, 200, 80)), cancelled=cancelled)
    assert calls == 31


def test_damage_anywhere_is_an_error_or_a_warning(tmp_path: Path) -> None:
    """Flipped and missing bytes end in volumes or in one clear error, never in anything else."""
    rois = [
        Roi("one", [Contour(square(0, 9, z)) for z in (0.0, 3.0)]),
        Roi("two", [Contour(square(2, 4, 0))]),
    ]
    whole = StructureSet(rois).write(tmp_path / "rs.dcm").read_bytes()
    rng = np.random.default_rng(7)
    for number in range(150):
        raw = bytearray(whole)
        for _ in range(int(rng.integers(1, 6))):
            raw[int(rng.integers(132, len(raw)))] = int(rng.integers(256))
        if number % 3 == 0:
            del raw[int(rng.integers(200, len(raw))) :]
        path = tmp_path / "mutated.dcm"
        path.write_bytes(raw)
        with contextlib.suppress(ReadError):
            assert all(opened.volume.stored.size < 1e8 for opened in open_layers(path))


def test_at_the_very_edge_of_a_grid_a_mask_lies_on_it(tmp_path: Path) -> None:
    """Contours that reach no farther than a grid's first voxels are masked in these."""
    like = Volume(np.zeros((40, 40, 20), np.uint8), np.eye(4))
    (opened,) = open_layers(_written(tmp_path, square(-0.3, 9.5, 0)), like=like)
    assert opened.volume.info["voxel_grid"] == "of the volume below it"
    assert np.argwhere(_on_grid(opened.volume, like.shape, like.affine)).tolist() == [[0, 0, 0]]


def test_a_mask_has_room_on_every_side(tmp_path: Path) -> None:
    """Empty voxels close the outline of a mask, those on the grid's edge too."""
    like = Volume(np.zeros((12, 40, 20), np.uint8), np.eye(4))
    (opened,) = open_layers(_written(tmp_path, *(square(3, 11, z) for z in (5.0, 6.0, 7.0))), like=like)
    mask = opened.volume.stored
    assert mask.any()
    assert not any(np.take(mask, end, axis).any() for axis in range(3) for end in (0, -1))


def test_structures_stand_with_their_images(tmp_path: Path) -> None:
    """In a list a structure set is of the same patient and the same study as the images beside it."""
    path = _written(tmp_path, square(0, 9, 0))
    whose = {
        "PatientName": "Doe^Jane=Other", "StudyDescription": "Planning", "StudyDate": "20200310",
    }  # fmt: skip
    header = pydicom.dcmread(path)
    for keyword, value in (whose | {"StructureSetDate": "20200311"}).items():
        setattr(header, keyword, value)
    header.save_as(path)
    write_series(tmp_path / "images", np.ones((3, 4, 5), "i2"), tags=whose)
    listed = {(one.patient, one.study, one.date) for one in scan(tmp_path).series}
    assert listed == {("Doe, Jane", "Planning", "2020-03-10")}


def test_the_images_are_looked_for_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All structures of a file that is opened alone share the grid of the images beside it."""
    write_series(tmp_path, np.ones((5, 30, 30), "i2"), tags={"FrameOfReferenceUID": "1.2.3.4"})
    header = pydicom.dcmread(next(tmp_path.iterdir()))
    contour = np.array([[-3, -3, 0], [3, -3, 0], [3, 3, 0]], float) + header.ImagePositionPatient + [5, 8, 0]
    rois = [Roi(name, [Contour(contour)]) for name in "abc"]
    path = StructureSet(rois, header.SeriesInstanceUID, "1.2.3.4").write(tmp_path / "rs.dcm")
    looked: list[int] = []
    scan_files = findings.scan_files

    def counting(files: Any, progress: Any) -> Any:
        looked.append(len(files))
        return scan_files(files, progress)

    monkeypatch.setattr(findings, "scan_files", counting)
    opened = open_layers(path)
    assert [one.volume.info["voxel_grid"] for one in opened] == ["of the images that it was drawn on"] * 3
    assert looked == [6]
