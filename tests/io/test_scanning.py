"""From a path to its volumes: what one file stands for, and paths that are no files."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from heatviewer.app.saving import Base, save_dicom
from heatviewer.core.errors import MissingFileError, ReadError
from heatviewer.core.volume import Volume
from heatviewer.io import Progress, open_layers, open_volume, scan
from heatviewer.io.dicom import findings
from tests.dicom_files import stored, write_series


def nifti(path: Path) -> Path:
    nib.save(nib.Nifti1Image(np.ones((3, 4, 5)), np.eye(4)), path)
    return path


def test_a_segmentation_among_images_gives_its_own_segments(tmp_path: Path) -> None:
    """All of them together, and no image beside it."""
    write_series(tmp_path, stored(), tags={"StudyInstanceUID": "1.2.3"})
    base = open_volume(tmp_path)
    masks = [Volume(np.full(base.grid, 1, "u1"), base.affine, kind="mask", name=name) for name in "ab"]
    [path] = save_dicom(tmp_path, masks, Base(base, str(tmp_path)))
    assert [series.description for series in scan(path).series] == ["a", "b"]
    assert [opened.volume.name for opened in open_layers(path)] == ["a", "b"]
    assert scan(tmp_path / "000").series[0].shape == (6, 4, 5)


def test_structures_give_their_own(tmp_path: Path, data_dir: Path) -> None:
    """A file of structures lists those, and each becomes a layer."""
    path = data_dir / "pet-ct" / "rtstruct_on_ct.dcm"
    listed = scan(path)
    assert all(series.files == (path,) for series in listed.series)
    like = open_volume(data_dir / "pet-ct" / "ct.zip")
    assert len(open_layers(path, like=like)) == len(listed.series)


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    """A pipe would never end: named, it is refused; in a folder, it is left out."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ReadError, match=r"pipe: is neither a file nor a folder"):
        scan(tmp_path / "pipe")
    nifti(tmp_path / "a.nii")
    assert [series.id for series in scan(tmp_path).series] == ["a.nii"]


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    """A folder in itself is looked at once, and a link to itself is no file."""
    nifti(tmp_path / "a.nii")
    (tmp_path / "self").symlink_to(tmp_path)
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert [series.id for series in scan(tmp_path).series] == ["a.nii"]
    with pytest.raises(MissingFileError):
        scan(tmp_path / "loop")


def test_a_file_that_went_away_is_named(tmp_path: Path) -> None:
    """Between listing and reading much can happen."""
    path = nifti(tmp_path / "a.nii.gz")
    found = scan(path)
    path.unlink()
    with pytest.raises(OSError, match=r"a\.nii\.gz"):
        found.found[0].open(Progress())


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (PermissionError(13, "no", "/x/a.nii"), "a.nii: may not be read"),
        (FileNotFoundError(2, "gone", "/x/a.nii"), "a.nii: is no longer there"),
        (OSError(5, "Input/output error", "/x/a.nii"), "a.nii: cannot be read (Input/output error)"),
    ],
)
def test_what_the_system_refuses_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError, told: str
) -> None:
    """With the file's name and a way out, also while reading."""
    path = nifti(tmp_path / "a.nii")

    def refuse(*_: object) -> None:
        raise error

    monkeypatch.setattr("heatviewer.io.nifti.open_volume", refuse)
    with pytest.raises(ReadError if "no longer" not in told else MissingFileError) as caught:
        open_volume(path)
    assert str(caught.value).startswith(told)
    assert caught.value.hint


def test_a_name_that_is_too_long_is_told(tmp_path: Path) -> None:
    """In one line, as any other path that cannot be."""
    with pytest.raises(OSError, match=r"n{20}") as caught:
        scan(tmp_path / ("n" * 5000))
    assert isinstance(caught.value, ReadError | MissingFileError)


def test_a_listing_of_a_scan_is_its_files(tmp_path: Path) -> None:
    """Outside archives a file is told by its own path."""
    path = nifti(tmp_path / "a.nii")
    found = scan(path)
    assert found.shown(path) == str(path)
    inside = replace(found, path=Path("x.zip"), root=tmp_path)
    assert inside.shown(path) == str(Path("x.zip") / "a.nii")


def test_each_file_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is opened alone stands for its series, and its own header is not read again for it."""
    write_series(tmp_path, stored())
    read: list[str] = []
    headers_in = findings.headers_in

    def counting(path: Path, *rest: Any) -> Any:
        read.append(path.name)
        return headers_in(path, *rest)

    monkeypatch.setattr(findings, "headers_in", counting)
    assert scan(tmp_path / "002").series[0].shape == (6, 4, 5)
    assert sorted(read) == ["000", "001", "002", "003", "004"]
