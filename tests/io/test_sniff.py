"""What a file is, from its first bytes alone."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import nibabel as nib
import numpy as np
import pytest
import SimpleITK
import tifffile
from PIL import Image

from heatviewer.core.errors import ReadError
from heatviewer.io import open_volume, scan
from heatviewer.io.sniff import format_of, head_of, stranger
from tests.dicom_files import write_series

if TYPE_CHECKING:
    from pathlib import Path

DATA = np.arange(60, dtype="i2").reshape(5, 4, 3)
WRITERS = {
    "nifti": ("a.nii.gz", lambda path: nib.save(nib.Nifti1Image(DATA, np.eye(4)), path)),
    "mgh": ("a.mgz", lambda path: nib.save(nib.MGHImage(DATA, np.eye(4)), path)),
    "nrrd": ("a.nrrd", lambda path: SimpleITK.WriteImage(SimpleITK.GetImageFromArray(DATA.T), path)),
    "metaimage": ("a.mha", lambda path: SimpleITK.WriteImage(SimpleITK.GetImageFromArray(DATA.T), path)),
    "array": ("a.npy", lambda path: np.save(path, DATA)),
}


@pytest.mark.parametrize("kind", WRITERS)
def test_format_is_told_by_content(tmp_path: Path, kind: str) -> None:
    """A file opens under a wrong name, and without a suffix, as what it is."""
    name, write = WRITERS[kind]
    write(tmp_path / name)
    for wrong in ("noname", "a.dcm", "a.png"):
        path = (tmp_path / name).rename(tmp_path / wrong)
        assert scan(path).format == kind
        np.testing.assert_array_equal(open_volume(path).array, DATA)
        path.rename(tmp_path / name)


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.gif", "a.bmp", "a.webp", "a.tif", "big.tif"])
def test_pictures_are_told_by_content(tmp_path: Path, name: str) -> None:
    """Every format of pictures opens under any name."""
    pixels = np.arange(48, dtype="u1").reshape(4, 4, 3)
    if name == "big.tif":
        tifffile.imwrite(tmp_path / name, pixels, bigtiff=True, photometric="rgb")
    else:
        Image.fromarray(pixels).save(tmp_path / name)
    path = (tmp_path / name).rename(tmp_path / "noname")
    assert scan(path).format == "image"
    assert open_volume(path).shape == (4, 4, 1)


def test_zip_of_arrays_is_told_from_other_archives(tmp_path: Path) -> None:
    """A ZIP file whose entries are arrays is an .npz file under any name; others are not."""
    np.savez_compressed(tmp_path / "a.npz", DATA)
    assert format_of(head_of((tmp_path / "a.npz").rename(tmp_path / "a.zip"))) == "array"
    with zipfile.ZipFile(tmp_path / "b.npz", "w") as archive:
        archive.writestr("readme.txt", "no array")
    assert format_of(head_of(tmp_path / "b.npz")) == ""


def test_dicom_with_the_signature_of_tiff_is_dicom(tmp_path: Path) -> None:
    """DICOM's preamble may hold another format's signature (PS3.10, 7.1)."""
    write_series(tmp_path, DATA)
    path = next(tmp_path.iterdir())
    raw = path.read_bytes()
    path.write_bytes(b"II*\x00" + raw[4:])
    assert format_of(head_of(path)) == "dicom"


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "is empty"), (b"%PDF-1.7", "PDF document"), (b"\x89HDF\r\n", "HDF5"), (b"CDF\x01", "netCDF"),
        (b'{"a": 1}', "JSON text"), (b"<?xml", "XML"), (b"ObjectType of a letter", "no format that is known"),
        (b"BMX is no picture at all", "no format that is known"), (b"\x1f\x8b broken", "gzip"),
    ],
)  # fmt: skip
def test_what_is_not_read_is_named(tmp_path: Path, raw: bytes, words: str) -> None:
    """A file of another kind is named for what it is."""
    (tmp_path / "a.nii").write_bytes(raw)
    assert words in stranger(head_of(tmp_path / "a.nii"))
    with pytest.raises(ReadError, match=words):
        open_volume(tmp_path / "a.nii")
