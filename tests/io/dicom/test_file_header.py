"""The quick header reader says what pydicom says, for every element that images are described with."""

from __future__ import annotations

import importlib.util
import io
import logging
import struct
import warnings
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pydicom
import pytest
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filewriter import write_dataset
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from heatviewer.io.dicom.elements import numbers, private_numbers, texts
from heatviewer.io.dicom.file_header import FIRST_BYTES, read_by_pydicom, read_header
from heatviewer.io.dicom.raw_set import RawSet
from heatviewer.io.dicom.tags import TAGS
from heatviewer.io.sniff import HEAD_BYTES, format_of
from tests.dicom_files import stored, write_series

if TYPE_CHECKING:
    from collections.abc import Iterator

    from heatviewer.io.dicom.elements import Elements

GROUP_2 = 0x00020000


def package_folder(name: str) -> Path:
    """Return the folder of an installed package."""
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


def dicom_files(folder: Path) -> Iterator[Path]:
    """Return the DICOM files in and below a folder."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                if format_of(file.read(HEAD_BYTES)) == "dicom":
                    yield path


def differences(one: Elements, other: Elements, where: str, depth: int = 0) -> list[str]:
    """Return the keywords whose values differ, within sequences too."""
    found = []
    for keyword, (tag, vr) in TAGS.items():
        if tag < GROUP_2 + 0x10000 or vr == "PN":
            continue
        if vr == "SQ":
            pair = one.get(keyword) or [], other.get(keyword) or []
            if len(pair[0]) != len(pair[1]):
                found.append(f"{where}{keyword}: {len(pair[0])} and {len(pair[1])} items")
            for n, (a, b) in enumerate(zip(*pair, strict=False)):
                if n < 3:
                    found.extend(differences(a, b, f"{where}{keyword}[{n}].", depth + 1))
            continue
        mine, its = numbers(one, keyword), numbers(other, keyword)
        if mine != its or (mine is None and vr != "IS" and texts(one, keyword) != texts(other, keyword)):
            found.append(f"{where}{keyword}: {one.get(keyword)!r} and {other.get(keyword)!r}"[:200])
    return found


def check_folder(folder: Path) -> int:
    """Compare the readers on every DICOM file of a folder, and return how many were read quickly."""
    quick = 0
    for path in dicom_files(folder):
        with path.open("rb") as file, path.open("rb") as again:
            mine, its = read_header(file), read_by_pydicom(again)
        if not isinstance(mine.elements, RawSet):
            continue
        quick += 1
        assert differences(mine.elements, its.elements, f"{path.name}: ") == []
        assert mine.syntax == its.syntax
        if not mine.deflated and mine.encoding == its.encoding:
            assert mine.pixels == its.pixels
    return quick


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Pydicom warns of its own damaged files, on purpose."""
    logger = logging.getLogger("pydicom")
    logger.disabled = True
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
    logger.disabled = False


def test_the_dictionary_is_dicoms() -> None:
    """Every keyword has the tag and VR of the standard's dictionary."""
    for keyword, (tag, vr) in TAGS.items():
        assert tag == tag_for_keyword(keyword)
        assert vr.replace("_", " ") == dictionary_VR(tag)


@pytest.mark.parametrize(("package", "least"), [("pydicom", 130), ("data_store", 60), ("nibabel", 5)])
def test_all_files_of_packages_are_read_as_pydicom_does(package: str, least: int) -> None:
    """Every element of every DICOM file that the packages ship is what pydicom finds."""
    assert check_folder(package_folder(package)) >= least


def test_all_real_studies_are_read_as_pydicom_does(data_dir: Path) -> None:
    """Every element of every real study is what pydicom finds."""
    assert check_folder(data_dir) > 100


def quick_set(ds: Dataset, syntax: str = ExplicitVRLittleEndian, *, pixels: bytes = b"") -> Any:
    """Return a data set as the quick reader reads it from its bytes."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = syntax
    meta.MediaStorageSOPClassUID = meta.MediaStorageSOPInstanceUID = "1.2.3"
    if pixels:
        ds.add_new("PixelData", "OW", pixels)
    file = io.BytesIO()
    ds.file_meta = meta
    pydicom.dcmwrite(file, ds, enforce_file_format=True)
    file.seek(0)
    return read_header(file)


def test_header_longer_than_the_first_read(tmp_path: Path) -> None:
    """Elements behind long values, short ones and a megabyte, are found; so is the place of the pixels."""
    ds = Dataset()
    ds.add_new(0x00091001, "OB", bytes(3 * FIRST_BYTES))
    ds.add_new(0x00091002, "OB", bytes(3 << 20))
    ds.Rows, ds.PatientName = 7, "A^B"
    item = Dataset()
    item.ReferencedSegmentNumber = 3
    ds.SegmentIdentificationSequence = [item] * 9000
    header = quick_set(ds, pixels=b"abcd")
    assert isinstance(header.elements, RawSet)
    assert numbers(header.elements, "Rows") == (7.0,)
    assert len(header.elements.get("SegmentIdentificationSequence")) == 9000
    assert header.pixels is not None
    assert header.pixels.length == 4


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian])
@pytest.mark.parametrize("undefined", [False, True])
def test_sequences_within_sequences(syntax: str, undefined: bool) -> None:
    """Nested sequences are read to their end, with lengths and with delimiters."""
    inner, outer, ds = Dataset(), Dataset(), Dataset()
    inner.SliceThickness = "2.5"
    outer.PixelMeasuresSequence = [inner, inner]
    ds.PerFrameFunctionalGroupsSequence = [outer, outer, outer]
    ds.SpacingBetweenSlices = "1.5"
    for one in (outer["PixelMeasuresSequence"], ds["PerFrameFunctionalGroupsSequence"]):
        one.is_undefined_length = undefined
        for item in one.value:
            item.is_undefined_length_sequence_item = undefined
    elements = quick_set(ds, syntax).elements
    frames = elements.get("PerFrameFunctionalGroupsSequence")
    assert [numbers(m, "SliceThickness") for m in frames[2].get("PixelMeasuresSequence")] == [(2.5,)] * 2
    assert numbers(elements, "SpacingBetweenSlices") == (1.5,)


def test_makers_own_element_is_found_by_its_creator() -> None:
    """A private element is found in whatever block its maker reserved, as text, number or bare bytes."""
    ds = Dataset()
    block = ds.private_block(0x0043, "OTHER", create=True)
    block.add_new(0x39, "IS", "7")
    block = ds.private_block(0x0043, "GEMS_PARM_01", create=True)
    block.add_new(0x39, "IS", ["1000", "8"])
    block.add_new(0x40, "FD", 2.5)
    block.add_new(0x41, "UN", struct.pack("<d", 1.25))
    elements = quick_set(ds).elements
    found = [private_numbers(elements, 0x0043, "GEMS_PARM", n) for n in (0x39, 0x40, 0x41, 0x42)]
    assert found == [(1000.0, 8.0), (2.5,), (1.25,), ()]


def test_texts_of_any_script() -> None:
    """A text in another character set is read as it was written."""
    for charset, word in (("ISO_IR 192", "Schädel Ω"), ("ISO_IR 144", "голова"), ("GB18030", "头部")):
        ds = Dataset()
        ds.SpecificCharacterSet, ds.SeriesDescription = charset, word
        assert texts(quick_set(ds).elements, "SeriesDescription") == (word,)


def deflated(data: bytes) -> io.BytesIO:
    """Return a file whose data set is these bytes, deflated."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    file = io.BytesIO()
    file.write(bytes(128) + b"DICM")
    pydicom.filewriter.write_file_meta_info(file, meta, enforce_standard=False)
    packer = zlib.compressobj(wbits=-15)
    file.write(packer.compress(data) + packer.flush())
    file.seek(0)
    return file


def test_deflated_header_is_inflated_no_further_than_needed() -> None:
    """Of a deflated file only the header is inflated, whatever follows it."""
    ds = Dataset()
    ds.Rows = 5
    raw = pydicom.filebase.DicomBytesIO()
    raw.is_implicit_VR, raw.is_little_endian = False, True
    write_dataset(raw, ds)
    header = raw.getvalue() + b"\xe0\x7f\x10\x00OW\0\0" + struct.pack("<I", 1 << 30)
    found = read_header(deflated(header + bytes(50 << 20)))
    assert numbers(found.elements, "Rows") == (5.0,)
    assert found.deflated
    assert found.pixels is not None
    assert found.pixels.length == 1 << 30


def test_damaged_deflated_file_is_refused() -> None:
    """A deflated file that is unusual is no reason to inflate it whole."""
    with pytest.raises(ValueError, match="deflated"):
        read_header(deflated(b"\x28\x00\x10\x00ZZ\0\0" + bytes(1 << 20)))


def test_endless_nesting_is_refused() -> None:
    """Sequences nested a million deep are an error, no crash."""
    opened = b"\x18\x00\x14\x91SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff"
    file = io.BytesIO(bytes(128) + b"DICM" + opened * 50000)
    with pytest.raises(ValueError, match="nested"):
        read_header(file)


def test_plain_headers_need_no_pydicom(tmp_path: Path) -> None:
    """A plain file is read by the quick reader, not left to pydicom."""
    write_series(tmp_path, stored(1))
    with next(tmp_path.iterdir()).open("rb") as file:
        header = read_header(file)
    assert isinstance(header.elements, RawSet)
    assert header.pixels is not None
    assert header.pixels.length == 48
