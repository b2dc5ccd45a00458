"""Pixels of every kind, in one frame or many: the numbers as stored, the values as rescaled."""

from __future__ import annotations

import tracemalloc
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
import pytest
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from heatviewer.core.errors import Cancelled, ReadError
from heatviewer.io import open_volume
from heatviewer.io.dicom.decoders import CODECS
from heatviewer.model.defaults import default_range
from tests.dicom_files import as_volume, stored, write_series
from tests.io.dicom.pixel_files import (
    FIRST_ORDER,
    JPEG_2000,
    JPEG_LS,
    LOSSLESS_ENCODERS,
    planes,
    smooth,
    write_image,
)

if TYPE_CHECKING:
    from tests.io.dicom.conftest import Lone

NATIVE = (ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian)
MULTI = "1.2.840.10008.5.1.4.1.1.7.2"


def _frames(count: int = 4, rows: int = 5, columns: int = 7, dtype: str = "u2") -> np.ndarray:
    """Return (count, rows, columns) in which every pixel differs, as far as the type can."""
    return np.arange(count * rows * columns).reshape(count, rows, columns).astype(dtype)


@pytest.mark.parametrize("syntax", NATIVE)
@pytest.mark.parametrize("dtype", ["u1", "i2", "u4", "f4", "f8"])
def test_frames_of_one_file_are_exact(syntax: str, dtype: str, tmp_path: Path) -> None:
    """Each frame of a raw or deflated file comes out as it was written, of every type."""
    frames = _frames(dtype=dtype) / (3 if dtype[0] == "f" else 1)
    path = write_image(tmp_path / "a.dcm", frames.astype(dtype), syntax=syntax)
    volume = open_volume(path)
    assert volume.stored.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(planes(volume), frames.astype(dtype))


@pytest.mark.parametrize("order", [True, False])
def test_bytes_in_words_cross_the_borders_of_frames(order: bool, tmp_path: Path) -> None:
    """Frames of an odd number of bytes in the words of a big-endian file are in pydicom's order."""
    frames = _frames(3, 5, 7, "u1")
    path = write_image(tmp_path / "a.dcm", frames, syntax=ExplicitVRBigEndian)
    if order:
        path.write_bytes(path.read_bytes().replace(b"\x7f\xe0\x00\x10OB", b"\x7f\xe0\x00\x10OW"))
    expected = pydicom.dcmread(path).pixel_array
    np.testing.assert_array_equal(planes(open_volume(path)), expected)
    assert np.array_equal(expected, frames) is not order


@pytest.mark.parametrize("name", ["liver", "liver_expb", "liver_1frame", "seg"])
def test_single_bits_of_real_segmentations(name: str, lone: Lone, data_dir: Path) -> None:
    """Bits of real files, little endian and big, are those that pydicom unpacks."""
    from heatviewer.io.dicom.pixel_file import opened
    from heatviewer.io.dicom.planes import read_headers

    path = lone(name) if name != "seg" else data_dir / "seg-and-maps" / "seg_image_ct_binary.dcm"
    file = read_headers(path)[0].file
    with opened(file) as source:
        found = np.stack([source.frame(n)[0] for n in range(file.frames)])
    np.testing.assert_array_equal(found, pydicom.dcmread(path).pixel_array.reshape(found.shape))


def test_single_bits_need_no_byte_of_their_own(tmp_path: Path) -> None:
    """Frames of 35 bits follow each other without a gap (PS3.5 8.1.1), and each is found."""
    bits = np.random.default_rng(0).integers(0, 2, (5, 5, 7)).astype("u1")
    packed = np.packbits(bits.ravel(), bitorder="little").tobytes()
    path = write_image(tmp_path / "a.dcm", bits, tags={"BitsAllocated": 1, "BitsStored": 1, "HighBit": 0})
    ds = pydicom.dcmread(path)
    ds.PixelData = packed + b"\0" * (len(packed) % 2)
    ds.save_as(path)
    np.testing.assert_array_equal(planes(open_volume(path)), bits)


def test_doubles_stay_doubles(tmp_path: Path) -> None:
    """Numbers that only float64 can tell apart are told apart."""
    frames = 1.0 + np.arange(12.0).reshape(1, 3, 4) * 1e-12
    volume = open_volume(write_image(tmp_path / "a.dcm", frames))
    assert volume.stored.dtype == np.float64
    np.testing.assert_array_equal(planes(volume), frames)


def test_large_numbers_with_slopes_of_their_own_keep_their_digits(tmp_path: Path) -> None:
    """Numbers of 32 bits become float64 values where the slope differs from slice to slice."""
    pixels = (stored(dtype="u4") + 2**31).astype("u4")
    slopes = [1.0, 2.0, 1.0, 3.0, 1.0]
    write_series(tmp_path, pixels, slice_tags=[{"RescaleSlope": s, "RescaleIntercept": 0} for s in slopes])
    expected = as_volume(pixels).astype("f8") * np.array(slopes)
    np.testing.assert_array_equal(open_volume(tmp_path).array, expected)


def test_an_intercept_that_does_not_fit_widens_the_type(tmp_path: Path) -> None:
    """Numbers of all 16 bits moved by −1024 become 32 bits wide, and are exact."""
    pixels = stored(dtype="u2")
    pixels[0, 0, 0] = 65535
    write_series(tmp_path, pixels, tags={"RescaleSlope": 1, "RescaleIntercept": -1024})
    volume = open_volume(tmp_path)
    assert (volume.stored.dtype, volume.is_scaled) == (np.dtype("i4"), False)
    np.testing.assert_array_equal(volume.array, as_volume(pixels).astype(int) - 1024)


def test_an_image_of_padding_alone_has_no_range(tmp_path: Path) -> None:
    """A constant image equal to its padding, written with the wrong sign, has no values at all."""
    pixels = np.full((5, 4, 6), -2000, "i2")
    write_series(tmp_path, pixels, tags={"PixelPaddingValue": 63536 - 65536, "RescaleIntercept": -1024,
                                         "RescaleSlope": 1})  # fmt: skip
    volume = open_volume(tmp_path)
    assert volume.range is None
    low, high = default_range(volume)
    assert low <= high


@pytest.mark.parametrize("signed", [False, True])
def test_a_range_of_padding_is_missing_whatever_its_order(signed: bool, tmp_path: Path) -> None:
    """All numbers between value and limit are no data, and the limit may be the smaller one."""
    pixels = stored(dtype="i2" if signed else "u2") - (60 if signed else 0)
    low, high = (-60, -41) if signed else (0, 19)
    write_series(tmp_path, pixels, tags={"PixelPaddingValue": high, "PixelPaddingRangeLimit": low})
    volume = open_volume(tmp_path)
    missing = volume.missing_in(volume.stored)
    np.testing.assert_array_equal(missing, as_volume((pixels >= low) & (pixels <= high)))


# --- modality LUT ----------------------------------------------------------------------------


def _lut(first: int, entries: list[int], bits: int = 16) -> Any:
    item = pydicom.Dataset()
    item.LUTDescriptor = [len(entries), first, bits]
    item["LUTDescriptor"].VR = "SS" if first < 0 else "US"
    item.ModalityLUTType = "US"
    item.add_new("LUTData", "US", entries)
    return item


def test_a_real_modality_lut_equals_pydicoms(lone: Lone) -> None:
    """Values of a real file with a modality LUT are its entries, as pydicom looks them up."""
    path = lone("mlut_18")
    ds = pydicom.dcmread(path)
    volume = open_volume(path)
    np.testing.assert_array_equal(planes(volume)[0], pydicom.pixels.apply_modality_lut(ds.pixel_array, ds))
    assert volume.stored.dtype == np.uint16
    assert not [text for text in volume.warnings if "LUT" in text]


def test_each_slice_has_its_own_modality_lut(tmp_path: Path) -> None:
    """Each file's table gives its own values; numbers beyond its ends take the end's value."""
    pixels = np.tile(np.arange(-3, 9, dtype="i2").reshape(1, 3, 4), (3, 1, 1))
    tables = [[100, 200, 300, 400, 5], [7, 8, 9, 10, 11], [0, 65535, 1, 2, 3]]
    each = [{"ModalityLUTSequence": [_lut(-1, table)]} for table in tables]
    write_series(tmp_path, pixels, slice_tags=each)
    expected = np.stack([np.array(table)[np.clip(pixels[0] + 1, 0, 4)] for table in tables])
    np.testing.assert_array_equal(open_volume(tmp_path).array, as_volume(expected))


def test_padding_goes_before_the_modality_lut(tmp_path: Path) -> None:
    """Padding is a stored number: what a table makes of it is still no data."""
    pixels = np.arange(12, dtype="u2").reshape(1, 3, 4)
    tags = {"ModalityLUTSequence": [_lut(0, [50] * 12)], "PixelPaddingValue": 5}
    write_series(tmp_path, pixels, tags=tags)
    found = open_volume(tmp_path).array[:, :, 0].T
    np.testing.assert_array_equal(np.isnan(found), pixels[0] == 5)
    assert np.nanmin(found) == np.nanmax(found) == 50


# --- frames of compressed files ---------------------------------------------------------------


@pytest.mark.parametrize("syntax", [FIRST_ORDER, JPEG_LS, JPEG_2000])
@pytest.mark.parametrize("fragments", [1, 3])
@pytest.mark.parametrize("table", [True, False])
def test_compressed_frames_are_found(syntax: str, fragments: int, table: bool, tmp_path: Path) -> None:
    """Frames are found in one fragment each or several, with an offset table or without."""
    frames = np.stack([smooth(16, 20, seed=n, high=200 + n) for n in range(5)]).astype("u1")
    packed = [LOSSLESS_ENCODERS[syntax](frame, 8) for frame in frames]
    path = write_image(
        tmp_path / "a.dcm",
        packed,
        like=frames[0],
        syntax=syntax,
        fragments_per_frame=fragments,
        has_bot=table,
    )
    np.testing.assert_array_equal(planes(open_volume(path)), frames)


def test_tiles_of_a_compressed_mosaic(tmp_path: Path) -> None:
    """A tile of a compressed frame is the part of it that its header names."""
    from dataclasses import replace

    from heatviewer.io.dicom.pixels import read_stack
    from heatviewer.io.dicom.planes import read_headers
    from heatviewer.io.dicom.series import Stack
    from heatviewer.io.progress import Progress

    plane = smooth(20, 30).astype("u1")
    frame = LOSSLESS_ENCODERS[JPEG_LS](plane, 8)
    (header,) = read_headers(write_image(tmp_path / "a.dcm", [frame], like=plane, syntax=JPEG_LS))
    tiles = tuple(replace(header, tile=(x, y, 10, 10)) for y in (0, 10) for x in (0, 10, 20))
    found = read_stack(Stack("1", (tiles,), np.eye(4)), Progress()).stored
    expected = plane.reshape(2, 10, 3, 10).transpose(3, 1, 0, 2).reshape(10, 10, 6)
    np.testing.assert_array_equal(found, expected)


def test_frames_that_are_not_there_are_left_out_and_named(tmp_path: Path) -> None:
    """Of a compressed file that was cut the frames that are there open, and a warning counts the rest."""
    frames = np.stack([smooth(16, 20, seed=n) for n in range(5)]).astype("u1")
    packed = [LOSSLESS_ENCODERS[JPEG_LS](frame, 8) for frame in frames]
    path = write_image(tmp_path / "a.dcm", packed, like=frames[0], syntax=JPEG_LS)
    raw = path.read_bytes()
    path.write_bytes(raw[: raw.rindex(b"\xfe\xff\x00\xe0") + 20])
    volume = open_volume(path)
    np.testing.assert_array_equal(planes(volume), frames[:4])
    assert any("4 of 5 frames" in text and "frame 5" in text for text in volume.warnings)


def test_raw_frames_that_are_cut_off_are_left_out(tmp_path: Path) -> None:
    """Of an uncompressed file that was cut the frames that are there whole open, with a warning."""
    frames = _frames(10)
    path = write_image(tmp_path / "a.dcm", frames)
    path.write_bytes(path.read_bytes()[: -3 * frames[0].nbytes + 5])
    volume = open_volume(path)
    np.testing.assert_array_equal(planes(volume), frames[:7])
    (text,) = [text for text in volume.warnings if "cut short" in text]
    assert text.count("a.dcm") <= 2


def test_damaged_frames_are_left_out_and_named(tmp_path: Path) -> None:
    """Frames of one file that cannot be decoded are named by their numbers; the others open."""
    frames = np.stack([smooth(16, 20, seed=n) for n in range(6)]).astype("u1")
    packed = [LOSSLESS_ENCODERS[JPEG_LS](frame, 8) for frame in frames]
    for n in (1, 4):
        packed[n] = packed[n][:-40] + bytes(40)
    volume = open_volume(write_image(tmp_path / "a.dcm", packed, like=frames[0], syntax=JPEG_LS))
    np.testing.assert_array_equal(planes(volume), frames[[0, 2, 3, 5]])
    assert any("frames 2, 5 of a.dcm" in text for text in volume.warnings)


@pytest.mark.parametrize("packed", [True, False])
def test_claimed_frames_take_no_memory(packed: bool, tmp_path: Path) -> None:
    """A file that claims 100,000 frames and holds one is refused, or gives the one."""
    plane = smooth(64, 64).astype("u1")
    frames: Any = [LOSSLESS_ENCODERS[JPEG_LS](plane, 8)] if packed else plane[None]
    syntax = JPEG_LS if packed else ExplicitVRLittleEndian
    path = write_image(
        tmp_path / "a.dcm", frames, like=plane, syntax=syntax, tags={"NumberOfFrames": 100_000}
    )
    with pytest.raises(ReadError, match=r"100000 frames|cut short"):
        open_volume(path)


def test_a_compressed_series_cannot_claim_without_end(tmp_path: Path) -> None:
    """Files of a kilobyte that claim a gigabyte each are refused before memory is taken."""
    plane = np.zeros((64, 64), "u2")
    frame = LOSSLESS_ENCODERS[JPEG_2000](plane, 16)
    path = write_image(tmp_path / "a.dcm", [frame], like=plane, syntax=JPEG_2000,
                       tags={"Rows": 30000, "Columns": 30000})  # fmt: skip
    with pytest.raises(ReadError, match="cannot hold the 30000 × 30000 pixels"):
        open_volume(path)


def test_cancel_does_not_wait_for_a_decoder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A frame that takes long to decode holds nobody up: what was asked for ends before it does."""
    plane = smooth().astype("u1")
    path = write_image(tmp_path / "a.dcm", [LOSSLESS_ENCODERS[JPEG_LS](plane, 8)], like=plane, syntax=JPEG_LS)
    begun, go_on, ended = Event(), Event(), Event()
    codec = CODECS[JPEG_LS]

    def slow(*arguments: Any) -> Any:
        begun.set()
        go_on.wait(30)
        ended.set()
        return codec.decode(*arguments)

    monkeypatch.setitem(CODECS, JPEG_LS, codec._replace(decode=slow))
    with pytest.raises(Cancelled):
        open_volume(path, cancelled=begun.is_set)
    assert not ended.is_set()
    go_on.set()
    assert ended.wait(30)


# --- the first picture ------------------------------------------------------------------------


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, JPEG_LS])
def test_a_coarse_volume_comes_first(syntax: str, tmp_path: Path) -> None:
    """Every nth slice, the middle one among them, comes before the rest and lies where it lies there."""
    pixels = stored(100, 8, 10, "u2")
    write_series(tmp_path, pixels)
    if syntax == JPEG_LS:
        for path in tmp_path.iterdir():
            ds = pydicom.dcmread(path)
            ds.PixelData = pydicom.encaps.encapsulate([LOSSLESS_ENCODERS[JPEG_LS](ds.pixel_array, 16)])
            ds.file_meta.TransferSyntaxUID = syntax
            ds["PixelData"].VR = "OB"
            ds.save_as(path)
    seen: list[Any] = []
    whole = open_volume(tmp_path, early=seen.append)
    (coarse,) = seen
    places = (
        np.linalg.inv(whole.affine)
        @ coarse.affine
        @ np.array([[0, 0, k, 1] for k in range(coarse.grid[2])]).T
    )[2]
    slices = np.rint(places).astype(int)
    np.testing.assert_allclose(places, slices, atol=1e-6)
    assert 50 in slices
    assert 5 <= len(slices) <= 20
    np.testing.assert_array_equal(coarse.array, whole.array[:, :, slices])


def test_few_slices_come_at_once(tmp_path: Path) -> None:
    """A small series needs no coarse volume before it."""
    write_series(tmp_path, stored(10))
    seen: list[Any] = []
    open_volume(tmp_path, early=seen.append)
    assert seen == []


def test_deflated_pixels_are_inflated_no_further_than_the_header_claims(tmp_path: Path) -> None:
    """A small picture in front of 100 MiB of deflated zeros costs the memory of the picture."""
    write_image(tmp_path / "a.dcm", stored(1, dtype="u2"), syntax=DeflatedExplicitVRLittleEndian)
    ds = pydicom.dcmread(tmp_path / "a.dcm")
    ds.PixelData = ds.PixelData + bytes(100 << 20)
    ds.save_as(tmp_path / "a.dcm")
    open_volume(tmp_path / "a.dcm")  # what the first file loads is not counted
    tracemalloc.start()
    try:
        np.testing.assert_array_equal(open_volume(tmp_path / "a.dcm").array, as_volume(stored(1)))
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()
