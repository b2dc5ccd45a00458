"""Any path: the right reader by content, one clear line where there is none."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import nibabel as nib
import numpy as np
import pytest

from heatviewer.core.errors import MissingFileError, ReadError
from heatviewer.io import open_volume, scan
from tests.dicom_files import write_series

if TYPE_CHECKING:
    from pathlib import Path

DATA = np.arange(60, dtype="i2").reshape(5, 4, 3)


def nifti(path: Path, data: np.ndarray = DATA) -> Path:
    """Write a NIfTI file whose name may be wrong."""
    good = path.with_name("good.nii.gz" if path.name.endswith("gz") else "good.nii")
    nib.save(nib.Nifti1Image(data, np.diag([2.0, 2, 2, 1])), good)
    return good.rename(path)


@pytest.mark.parametrize("name", ["a.dcm", "noname", "a.nii.gz.backup", "a.png", "b.nii"])
@pytest.mark.parametrize("packed", [False, True])
def test_reader_is_chosen_by_content(tmp_path: Path, name: str, packed: bool) -> None:
    """A NIfTI file opens under any name, gzipped or not."""
    path = nifti(tmp_path / ("x.gz" if packed else "x")).rename(tmp_path / name)
    np.testing.assert_array_equal(open_volume(path).array, DATA)


def test_dicom_opens_under_a_wrong_suffix(tmp_path: Path) -> None:
    """A DICOM file called .nii.gz is read as DICOM."""
    write_series(tmp_path, DATA)
    for path in list(tmp_path.iterdir()):
        path.rename(path.with_name(f"{path.name}.nii.gz"))
    assert open_volume(tmp_path / "000.nii.gz").shape == (3, 4, 5)


def test_dicom_file_opens_its_series_from_its_folder(tmp_path: Path) -> None:
    """A single DICOM file stands for its series, not for others beside it."""
    write_series(tmp_path, DATA)
    write_series(tmp_path / "more", DATA[:2])
    other = next((tmp_path / "more").iterdir())
    other.rename(tmp_path / "other")
    assert open_volume(tmp_path / "002").shape == (3, 4, 5)
    assert open_volume(tmp_path / "other").shape == (3, 4, 1)


def test_folder_opens_its_largest_series(tmp_path: Path) -> None:
    """Of a folder the largest series is opened, or the one that is asked for."""
    write_series(tmp_path / "small", DATA[:2], tags={"SeriesInstanceUID": "1.2.3"})
    write_series(tmp_path / "large", DATA, tags={"SeriesInstanceUID": "1.2.4"})
    (tmp_path / "notes.txt").write_text("no image")
    assert open_volume(tmp_path).shape == (3, 4, 5)
    assert open_volume(tmp_path, series="1.2.3").shape == (3, 4, 2)


def test_folder_of_several_says_what_was_taken(tmp_path: Path) -> None:
    """A folder of several series warns which one was taken, how many others there are, and a way out."""
    write_series(tmp_path / "small", DATA[:2], tags={"SeriesInstanceUID": "1.2.3"})
    write_series(tmp_path / "large", DATA, tags={"SeriesInstanceUID": "1.2.4"})
    (warning,) = open_volume(tmp_path).warnings
    assert "another volume, and series 1.2.4 was taken" in warning
    assert "--series" in warning
    nifti(tmp_path / "map.nii")
    (warning,) = open_volume(tmp_path).warnings
    assert "2 other volumes" in warning


def test_folder_of_several_nifti_files_says_what_was_taken(tmp_path: Path) -> None:
    """A folder of NIfTI files warns which file was taken and how many others there are."""
    for name, size in (("a.nii", 2), ("b.nii.gz", 5), ("c.nii", 3)):
        nifti(tmp_path / name, DATA[:size])
    volume = open_volume(tmp_path)
    np.testing.assert_array_equal(volume.array, DATA)
    (warning,) = volume.warnings
    assert "2 other volumes, and the file b.nii.gz was taken" in warning


def test_a_choice_or_a_single_volume_is_not_warned_of(tmp_path: Path) -> None:
    """Nothing is said where a series was asked for, a file was named, or the folder holds one."""
    write_series(tmp_path / "ct", DATA, tags={"SeriesInstanceUID": "1.2.3"})
    assert open_volume(tmp_path).warnings == ()
    path = nifti(tmp_path / "map.nii")
    for volume in (open_volume(tmp_path, series="1.2.3"), open_volume(tmp_path, series="map.nii"),
                   open_volume(path), open_volume(tmp_path / "ct" / "000")):  # fmt: skip
        assert not any("several" in text for text in volume.warnings)


def test_folder_lists_dicom_and_nifti(tmp_path: Path) -> None:
    """A scan of a folder names every series and volume below it, and counts the rest."""
    write_series(tmp_path / "ct", DATA, tags={"SeriesInstanceUID": "1.2.3"})
    nifti(tmp_path / "map.nii.gz")
    (tmp_path / "notes.txt").write_text("no image")
    found = scan(tmp_path)
    assert [s.id for s in found.series] == ["1.2.3", "map.nii.gz"]
    assert found.format == "dicom"
    assert found.warnings == ("1 file of no known format left out",)
    np.testing.assert_array_equal(open_volume(tmp_path, series="map.nii.gz").array, DATA)


def test_listing_of_dicom_is_the_opened_volume(tmp_path: Path) -> None:
    """What a scan tells of a series is what opening it gives."""
    write_series(tmp_path, DATA, tags={"SeriesInstanceUID": "1.2.3"})
    (series,) = scan(tmp_path).series
    volume = open_volume(tmp_path)
    assert (series.shape, series.unit, series.modality) == (volume.shape, "HU", "CT")
    np.testing.assert_array_equal(series.affine, volume.affine)
    assert (series.dtype, series.description, len(series.files)) == ("int16", "Made by code", 5)


def test_volume_in_two_files_is_listed_once(tmp_path: Path) -> None:
    """A folder lists the pair of .hdr and .img once."""
    nib.save(nib.Nifti1Pair(DATA, np.eye(4)), tmp_path / "a.img")
    assert [s.id for s in scan(tmp_path).series] == ["a.hdr"]


def test_missing_path_is_told(tmp_path: Path) -> None:
    """A path that is not there is a FileNotFoundError with one line."""
    with pytest.raises(MissingFileError, match="no such file"):
        open_volume(tmp_path / "nothing.nii")


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "empty"),
        (b"hello, this is a text", "no format that is known"),
        (b"\x89PNG\r\n\x1a\n", "damaged picture"),
        (b"PK\x03\x04", "ZIP archive"),
        (b"\x1f\x8b\x08\x00garbage", "gzip file"),
        (bytes(128) + b"DICM" + b"garbage", "DICOM"),
        (bytes(1000), "no format"),
    ],
)
def test_unreadable_file_is_one_clear_error(tmp_path: Path, content: bytes, found: str) -> None:
    """Whatever a file holds, the error is one line with its name, the finding and a way out."""
    path = tmp_path / "thing.nii.gz"
    path.write_bytes(content)
    with pytest.raises(ReadError, match=found) as caught:
        open_volume(path)
    assert str(caught.value).startswith("thing.nii.gz: ")
    assert caught.value.hint
    assert "\n" not in str(caught.value)


def test_folder_without_images_says_what_it_found(tmp_path: Path) -> None:
    """A folder of junk is an error that counts what was there."""
    with pytest.raises(ReadError, match="empty"):
        open_volume(tmp_path)
    (tmp_path / "a.txt").write_text("a")
    (tmp_path / "b.csv").write_text("b")
    with pytest.raises(ReadError, match="2 files of no known format"):
        scan(tmp_path)


def test_unknown_series_is_told(tmp_path: Path) -> None:
    """A series that is not there is an error."""
    write_series(tmp_path / "ct", DATA)
    path = nifti(tmp_path / "a.nii")
    for place in (tmp_path, tmp_path / "ct", tmp_path / "ct" / "000", path):
        with pytest.raises(ReadError, match=r"no series 9\.9"):
            open_volume(place, series="9.9")


@pytest.mark.parametrize("kind", ["nifti", "dicom"])
def test_reader_imports_only_its_own_library(tmp_path: Path, kind: str) -> None:
    """Importing the package loads no reader; NIfTI needs neither library, DICOM no nibabel."""
    path = nifti(tmp_path / "a.nii.gz") if kind == "nifti" else tmp_path / "000"
    if kind == "dicom":
        write_series(tmp_path, DATA)
    code = (
        "import sys, heatviewer.io as io\n"
        "assert not {'nibabel', 'pydicom'} & set(sys.modules)\n"
        f"io.open_volume({str(path)!r}); io.scan({str(path)!r})\n"
        "print(*sorted({'nibabel', 'pydicom'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.split() in ([], ["pydicom"])[: 1 if kind == "nifti" else 2]
