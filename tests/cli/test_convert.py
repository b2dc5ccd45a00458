"""convert: any volume as NIfTI or as DICOM of a base; its files against nibabel, scipy and pydicom."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pydicom
import pytest

from heatviewer.core.geometry import apply_affine
from heatviewer.core.volume import Volume
from tests.cli.conftest import Run
from tests.dicom_files import as_volume, stored, write_series
from tests.oracle import sampled
from tests.volumes import affine


def loaded(path: Path) -> Any:
    return nib.load(path)


def test_a_series_becomes_nifti(run: Run, tmp_path: Path) -> None:
    """Values and affine are those of the DICOM files; the path is told, and its folder made."""
    series = write_series(tmp_path / "ct", stored())
    done = run("convert", "ct", "-o", tmp_path / "new" / "ct.nii.gz")
    assert (done.returncode, done.stdout) == (0, f"{tmp_path / 'new' / 'ct.nii.gz'}\n"), done.stderr
    image = loaded(tmp_path / "new" / "ct.nii.gz")
    np.testing.assert_array_equal(np.asanyarray(image.dataobj), as_volume(stored()))
    for voxel in ((0, 0, 0), (5, 2, 4)):
        np.testing.assert_allclose(apply_affine(image.affine, voxel), series.world_ras(*voxel), atol=1e-4)


def test_a_heatmap_comes_to_the_grid_of_its_base(run: Run, study: Path, tmp_path: Path) -> None:
    """Linear samples at the base's voxels, NaN beyond the heatmap's grid."""
    done = run("convert", "heat.nii.gz", "--reference", "base.nii.gz", "-o", tmp_path / "x.nii")
    assert done.returncode == 0, done.stderr
    image, base, heat = (
        loaded(p) for p in (tmp_path / "x.nii", study / "base.nii.gz", study / "heat.nii.gz")
    )
    assert image.shape == base.shape
    np.testing.assert_allclose(image.affine, base.affine, atol=1e-5)
    worlds = apply_affine(base.affine, np.moveaxis(np.indices(base.shape), 0, -1))
    expected = sampled(Volume(heat.get_fdata(), heat.affine), worlds)
    assert np.isnan(expected).any()
    np.testing.assert_allclose(image.get_fdata(), expected, atol=1e-4)


def test_frames_stay_or_one_is_taken(run: Run, study: Path, tmp_path: Path) -> None:
    """All of them are the fourth axis."""
    assert run("convert", "series.nii", "-o", tmp_path / "all.nii").returncode == 0
    assert run("convert", "series.nii", "--frame", 2, "-o", tmp_path / "one.nii").returncode == 0
    values = np.asanyarray(loaded(study / "series.nii").dataobj)
    np.testing.assert_array_equal(np.asanyarray(loaded(tmp_path / "all.nii").dataobj), values)
    np.testing.assert_array_equal(np.asanyarray(loaded(tmp_path / "one.nii").dataobj), values[..., 2])
    done = run("convert", "series.nii", "--frame", 3, "-o", tmp_path / "no.nii")
    assert (done.returncode, done.stderr) == (
        1, "heatviewer: error: series: has no frame 3. Choose another: its frames are 0 … 2.\n",
    )  # fmt: skip


def test_a_series_is_chosen(run: Run, tmp_path: Path) -> None:
    """Of a folder of several, by its id."""
    write_series(tmp_path / "ct" / "a", stored(3), tags={"SeriesInstanceUID": "1.2.3"})
    write_series(tmp_path / "ct" / "b", stored(5), tags={"SeriesInstanceUID": "1.2.4"})
    assert run("convert", "ct", "--series", "1.2.3", "-o", tmp_path / "x.nii").returncode == 0
    assert loaded(tmp_path / "x.nii").shape == (6, 4, 3)


def test_dicom_of_a_base(run: Run, tmp_path: Path) -> None:
    """A map and a mask become objects of the base's study; of them a label volume can be made again."""
    write_series(tmp_path / "ct", stored(), tags={"StudyInstanceUID": "1.2.3", "StudyID": "1"})
    assert run("convert", "ct", "-o", tmp_path / "ct.nii").returncode == 0
    grid = loaded(tmp_path / "ct.nii")
    mask = np.zeros(grid.shape, np.uint8)
    mask[1:3] = 1
    nib.save(nib.Nifti1Image(mask, grid.affine), tmp_path / "mask.nii")
    paths = []
    for name in (tmp_path / "ct.nii", tmp_path / "mask.nii"):
        done = run("convert", name, "--dicom", "--reference", "ct", "-o", "out")
        assert done.returncode == 0, done.stderr
        paths.append(tmp_path / done.stdout.strip())
    results = [pydicom.dcmread(path) for path in paths]
    assert [ds.SOPClassUID.name for ds in results] == ["Parametric Map Storage", "Segmentation Storage"]
    assert {ds.StudyInstanceUID for ds in results} == {"1.2.3"}
    assert run("convert", paths[1], "--reference", "ct", "-o", tmp_path / "again.nii").returncode == 0
    np.testing.assert_array_equal(np.asanyarray(loaded(tmp_path / "again.nii").dataobj), mask)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "INPUT: no file or folder is named"),
        (("base.nii.gz",), "--output: no file is named"),
        (("base.nii.gz", "-o", "x.img"), "--output: 'x.img' is not the name of a NIfTI file"),
        (("base.nii.gz", "-o", "x", "--dicom"), "--dicom: the base is missing that the result belongs to"),
        (("base.nii.gz", "-o", "x.nii", "--as", "map"), "--as: is for DICOM"),
        (("base.nii.gz", "heat.nii.gz", "-o", "x.nii"), "'heatviewer convert' takes one path"),
    ],
)
def test_wrong_usage_is_told(run: Run, words: tuple[str, ...], told: str) -> None:
    """In one line, with status 2."""
    done = run("convert", *(str(Path.cwd() / w) if w == "x.nii" else w for w in words))
    assert done.returncode == 2
    assert told in done.stderr
    assert done.stderr.count("\n") == 1


def test_an_input_is_not_overwritten(run: Run, tmp_path: Path) -> None:
    """Neither what is converted, nor the reference, nor a file of their folders."""
    for name in ("a.nii", "b.nii"):
        nib.save(nib.Nifti1Image(np.ones((3, 3, 3)), affine("flipped")), tmp_path / name)
    before = (tmp_path / "a.nii").read_bytes()
    a, b = tmp_path / "a.nii", tmp_path / "b.nii"
    for words in ((a, "-o", a), (b, "--reference", a, "-o", a), (tmp_path, "-o", a)):
        done = run("convert", *words)
        assert done.returncode == 1
        assert "is an input" in done.stderr
    assert (tmp_path / "a.nii").read_bytes() == before


def test_a_base_that_is_no_dicom_is_refused(run: Run, tmp_path: Path) -> None:
    """There is no patient that a result could belong to."""
    done = run("convert", "heat.nii.gz", "--dicom", "--reference", "base.nii.gz", "-o", "out")
    assert done.returncode == 1
    assert "base.nii.gz: is no DICOM series" in done.stderr
    assert list(tmp_path.iterdir()) == []
