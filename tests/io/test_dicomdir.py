"""DICOMDIR: the files that it lists, found in its folder and nowhere else."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.config import IGNORE
from pydicom.data import get_testdata_file
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MediaStorageDirectoryStorage

from heatviewer.core.errors import ReadError
from heatviewer.io import open_volume, scan
from tests.dicom_files import as_volume, stored, write_series

DATA = stored()


def directory(path: Path, file_ids: list[list[str]]) -> Path:
    """Write a DICOMDIR that lists files, without an order or offsets."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = MediaStorageDirectoryStorage
    meta.MediaStorageSOPInstanceUID = "1.2.3"
    ds = FileDataset("", {}, preamble=b"\0" * 128, file_meta=meta)
    ds.FileSetID = "DISC"
    ds.DirectoryRecordSequence = []
    for file_id in file_ids:
        record = Dataset()
        record.RecordInUseFlag, record.DirectoryRecordType = 0xFFFF, "IMAGE"
        record.add(DataElement("ReferencedFileID", "CS", file_id, validation_mode=IGNORE))
        ds.DirectoryRecordSequence.append(record)
    ds.save_as(path, enforce_file_format=True)
    return path


def disc(folder: Path, file_ids: list[list[str]] | None = None) -> Path:
    """Write a series in a folder 'IMAGES' and another beside it, and a DICOMDIR that lists the first."""
    write_series(folder / "IMAGES", DATA)
    write_series(folder / "OTHER", stored(9))
    listed = [["IMAGES", f"{n:03d}"] for n in range(5)]
    return directory(folder / "DICOMDIR", listed if file_ids is None else file_ids)


def test_what_is_listed_opens(tmp_path: Path) -> None:
    """And nothing else of its folder; whatever the directory itself is called."""
    path = disc(tmp_path).rename(tmp_path / "index")
    np.testing.assert_array_equal(open_volume(path).array, as_volume(DATA))
    found = scan(path)
    assert [series.shape for series in found.series] == [(6, 4, 5)]
    assert (found.format, found.warnings) == ("dicom", ())


def test_a_folder_with_a_directory_is_a_folder(tmp_path: Path) -> None:
    """All that is in it is listed, also what the DICOMDIR leaves out."""
    disc(tmp_path)
    assert sorted(series.shape[2] for series in scan(tmp_path).series) == [5, 9]


def test_names_may_be_in_small_letters(tmp_path: Path) -> None:
    """As discs are after copying."""
    path = disc(tmp_path)
    (tmp_path / "IMAGES").rename(tmp_path / "images")
    assert scan(path).series[0].shape == (6, 4, 5)


def test_missing_files_are_told(tmp_path: Path) -> None:
    """The others open."""
    path = disc(tmp_path)
    (tmp_path / "IMAGES" / "003").unlink()
    found = scan(path)
    assert len(found.series[0].files) == 4
    assert found.warnings == ("1 file that the DICOMDIR lists is missing: 003",)


@pytest.mark.parametrize(
    "file_id", [["..", "secret"], ["IMAGES", "..", "..", "secret"], ["/", "secret"], ["link"], ["../secret"]]
)
def test_names_that_lead_out_are_not_followed(tmp_path: Path, file_id: list[str]) -> None:
    """Nothing outside its folder is read, neither by name nor by a link."""
    folder = tmp_path / "disc"
    path = disc(folder, [["IMAGES", "000"], file_id])
    write_series(tmp_path / "out", DATA, tags={"SeriesInstanceUID": "1.2.3"})
    (tmp_path / "out" / "000").rename(tmp_path / "secret")
    os.symlink(tmp_path / "secret", folder / "link")
    found = scan(path)
    assert "1.2.3" not in [series.id for series in found.series]
    assert found.warnings == ("1 name in the DICOMDIR leads out of its folder and was not followed",)


@pytest.mark.parametrize("file_ids", [[], [["GONE", "001"]]])
def test_a_useless_list_is_not_the_end(tmp_path: Path, file_ids: list[list[str]]) -> None:
    """Then the folder is searched, with a note."""
    found = scan(disc(tmp_path, file_ids))
    assert sorted(series.shape[2] for series in found.series) == [5, 9]
    assert any("all files in its folder were looked at instead" in note for note in found.warnings)


def test_a_damaged_list_is_not_the_end(tmp_path: Path) -> None:
    """It may end anywhere."""
    path = disc(tmp_path)
    path.write_bytes(path.read_bytes()[:250])
    assert sorted(series.shape[2] for series in scan(path).series) == [5, 9]


def test_a_disc_without_images_says_so(tmp_path: Path) -> None:
    """In one line."""
    with pytest.raises(ReadError, match=r"DICOMDIR: the DICOMDIR holds no image"):
        scan(directory(tmp_path / "DICOMDIR", []))


@pytest.mark.parametrize("name", ["", "-bigEnd", "-implicit", "-nooffset", "-nopatient", "-reordered"])
def test_real_directories_list_what_pydicom_reads(tmp_path: Path, name: str) -> None:
    """Whatever the byte order, the offsets and the order of the records: the same files."""
    path = Path(str(get_testdata_file("DICOMDIR"))).with_name(f"DICOMDIR{name}")
    records = pydicom.dcmread(path).DirectoryRecordSequence
    listed = {
        path.parent.joinpath(*record.ReferencedFileID) for record in records if "ReferencedFileID" in record
    }
    found = scan(path)
    assert {file for series in found.series for file in series.files} == listed
    assert len(listed) == 31
    assert not found.warnings


def test_a_real_empty_directory_searches_its_folder(tmp_path: Path) -> None:
    """It lists nothing, and the images are beside it."""
    source = Path(str(get_testdata_file("DICOMDIR-empty.dcm")))
    shutil.copy(source, tmp_path / "DICOMDIR")
    write_series(tmp_path / "IMAGES", DATA)
    assert scan(tmp_path / "DICOMDIR").series[0].shape == (6, 4, 5)
