"""Compressed pixels: each transfer syntax gives what was compressed, and damage gives an error."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pydicom
import pytest
import SimpleITK
from pydicom.uid import RLELossless

from heatviewer.core.errors import ReadError
from heatviewer.io import open_volume
from heatviewer.io.dicom.decoders import CODECS, image_decoders
from tests.io.dicom.pixel_files import (
    BASELINE,
    FIRST_ORDER,
    HT,
    JPEG_2000,
    JPEG_LS,
    LOSSLESS_ENCODERS,
    LOSSY_ENCODERS,
    planes,
    smooth,
    write_image,
)

if TYPE_CHECKING:
    from tests.io.dicom.conftest import Lone

KINDS = {
    "8": (8, "u1", 0, 255),
    "8 signed": (8, "i1", -128, 127),
    "12": (12, "u2", 0, 4095),
    "12 signed": (12, "i2", -2048, 2047),
    "16": (16, "u2", 0, 65535),
    "16 signed": (16, "i2", -32768, 32767),
}
#: Frames that shrink to nothing when cut: the decoders would fill the rest with grey or with zeros.
FAMILIES = {s: e for s, e in LOSSLESS_ENCODERS.items() if s in (FIRST_ORDER, JPEG_LS, JPEG_2000, HT)}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("syntax", LOSSLESS_ENCODERS)
def test_lossless_compression_is_exact(syntax: str, kind: str, tmp_path: Path) -> None:
    """What was compressed without loss comes out as it was, of any depth and sign."""
    bits, dtype, low, high = KINDS[kind]
    plane = smooth(low=low, high=high).astype(dtype)
    frame = LOSSLESS_ENCODERS[syntax](plane, bits)
    path = write_image(tmp_path / "a.dcm", [frame], like=plane, bits=bits, syntax=syntax)
    volume = open_volume(path)
    assert volume.stored.dtype == plane.dtype
    np.testing.assert_array_equal(planes(volume)[0], plane)


@pytest.mark.parametrize("syntax", LOSSY_ENCODERS)
def test_lossy_compression_is_near(syntax: str, tmp_path: Path) -> None:
    """What was compressed with a small loss comes out nearly as it was."""
    encode, bits, off = LOSSY_ENCODERS[syntax]
    plane = smooth(high=min(2**bits - 1, 4000)).astype("u1" if bits == 8 else "u2")
    path = write_image(tmp_path / "a.dcm", [encode(plane)], like=plane, bits=bits, syntax=syntax)
    np.testing.assert_allclose(planes(open_volume(path))[0], plane, atol=off)


@pytest.mark.parametrize("name", ["rle", "j2k", "jpeg", "jpegls"])
def test_real_series_of_four_compressions_equal_one_twin(name: str, data_dir: Path) -> None:
    """The same slices in four compressions have the values of the NIfTI file made of them."""
    pairs = data_dir / "dicom-nifti-pairs"
    volume = open_volume(pairs / f"compressed_{name}")
    twin = open_volume(pairs / "compressed_all_four.nii.gz")
    index = np.random.default_rng(0).integers(0, volume.grid, (300, 3))
    near = np.rint((np.c_[index, np.ones(300)] @ volume.affine.T @ twin.world_to_voxel.T)[:, :3]).astype(int)
    np.testing.assert_allclose(volume.array[tuple(index.T)], twin.array[tuple(near.T)], atol=1e-5)


@pytest.mark.parametrize(
    "name",
    ["693_J2KI", "JPEG2000", "J2K_pixelrep_mismatch", "MR_small_jp2klossless", "MR_small_RLE",
     "MR_small_jpeg_ls_lossless", "JPEGLSNearLossless_08", "JPEGLSNearLossless_16", "JPEG-LL",
     "JPGLosslessP14SV1_1s_1f_8b", "bad_sequence"],
)  # fmt: skip
def test_compressed_files_equal_another_reader(name: str, lone: Lone) -> None:
    """Real compressed files have the numbers that pydicom or, where it has no decoder, GDCM gives."""
    path = lone(name)
    ds = pydicom.dcmread(path)
    slope, intercept = float(ds.get("RescaleSlope", 1)), float(ds.get("RescaleIntercept", 0))
    try:
        expected = ds.pixel_array * slope + intercept
    except RuntimeError:
        expected = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(path)))[0]
    np.testing.assert_array_equal(planes(open_volume(path))[0], expected)


@pytest.mark.parametrize(
    ("name", "plain"),
    [("RG3_J2KR", "RG3_UNCR"), ("MR2_J2KR", "MR2_UNCR"), ("693_J2KR", "693_UNCR"),
     ("emri_small_RLE", "emri_small"),
     ("emri_small_jpeg_ls_lossless", "emri_small"), ("emri_small_jpeg_2k_lossless", "emri_small")],
)  # fmt: skip
def test_compressed_files_equal_their_originals(name: str, plain: str, lone: Lone) -> None:
    """Real files compressed without loss have the numbers of the files that they were made of."""
    ds = pydicom.dcmread(lone(plain))
    found = planes(open_volume(lone(name)))
    expected = ds.pixel_array * float(ds.get("RescaleSlope", 1)) + float(ds.get("RescaleIntercept", 0))
    np.testing.assert_allclose(found, expected.reshape(found.shape), rtol=1e-6)


def test_twelve_bit_jpeg_is_read(lone: Lone) -> None:
    """JPEG extended of 12 bits, of which libraries of 8 bits make nothing, has the numbers of GDCM."""
    path = lone("JPGExtended")
    expected = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(path)))
    assert expected.max() > 255
    np.testing.assert_array_equal(planes(open_volume(path)), expected)


def test_every_compression_has_its_decoder() -> None:
    """All compressions of DICOM images can be decoded here: a missing decoder is a fault, no choice."""
    found = image_decoders()
    assert len(found) >= 12
    assert {"RLE", "JPEG lossless", "JPEG-LS", "HTJ2K lossless, by resolution"} <= set(found)
    assert [name for name, decoders in found.items() if not decoders] == []


def test_every_compression_is_decoded_in_these_tests() -> None:
    """No transfer syntax is offered that is not read here from what another program compressed."""
    assert {RLELossless, *LOSSLESS_ENCODERS, *LOSSY_ENCODERS} == set(CODECS)


def test_a_missing_decoder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the library each compression is listed with nobody to decode it, and an image says so."""
    plane = smooth().astype("u1")
    frame = LOSSLESS_ENCODERS[JPEG_2000](plane, 8)
    path = write_image(tmp_path / "a.dcm", [frame], like=plane, syntax=JPEG_2000)
    monkeypatch.setitem(sys.modules, "imagecodecs", None)
    assert set(image_decoders().values()) == {()}
    with pytest.raises(ReadError, match="JPEG 2000 lossless, which no decoder here can read"):
        open_volume(path)


@pytest.mark.parametrize("syntax", ["1.2.840.113619.5.2", "1.2.3.4.5", "1.2.840.10008.1.2.4.100"])
def test_an_unknown_transfer_syntax_is_named(syntax: str, tmp_path: Path) -> None:
    """Pixels in a private syntax or a film are refused by their UID, whatever their bytes look like."""
    path = write_image(tmp_path / "a.dcm", smooth()[None].astype("u2"))
    plain = b"1.2.840.10008.1.2.1\0"
    raw = path.read_bytes()
    at = raw.index(plain) - 2
    padded = syntax.encode() + b"\0" * (len(syntax) % 2)
    path.write_bytes(raw[:at] + len(padded).to_bytes(2, "little") + padded + raw[at + 2 + len(plain) :])
    with pytest.raises(ReadError, match=syntax.replace(".", r"\.")):
        open_volume(path)


@pytest.mark.parametrize("part", [0.3, 0.7, 0.98])
@pytest.mark.parametrize("syntax", [*FAMILIES, BASELINE])
def test_a_cut_frame_is_an_error_and_never_a_grey_picture(syntax: str, part: float, tmp_path: Path) -> None:
    """A compressed frame whose end is missing is refused: what decoders put in its place is no data."""
    plane = smooth(64, 64).astype("u1")
    frame = LOSSY_ENCODERS[BASELINE][0](plane) if syntax == BASELINE else FAMILIES[syntax](plane, 8)
    frame = frame[: int(len(frame) * part) // 2 * 2]
    path = write_image(tmp_path / "a.dcm", [frame], like=plane, syntax=syntax)
    with pytest.raises(ReadError):
        open_volume(path)


@pytest.mark.parametrize("syntax", FAMILIES)
def test_a_frame_that_claims_another_size_is_refused_by_both_sizes(syntax: str, tmp_path: Path) -> None:
    """A codestream's own size is compared with Rows and Columns before it is decoded."""
    plane = smooth(64, 80).astype("u1")
    frame = FAMILIES[syntax](plane, 8)
    path = write_image(tmp_path / "a.dcm", [frame], like=plane[:32, :20], syntax=syntax)
    with pytest.raises(ReadError, match="80 × 64 × 1 numbers, not of 20 × 32 × 1"):
        open_volume(path)


def test_a_jpeg_2000_in_a_jp2_file_is_read(tmp_path: Path) -> None:
    """A frame that is wrapped in a JP2 file, as some writers do, is decoded."""
    import imagecodecs

    plane = smooth().astype("u2")
    frame = imagecodecs.jpeg2k_encode(plane, codecformat="jp2", level=0, reversible=True)
    path = write_image(tmp_path / "a.dcm", [bytes(frame)], like=plane, syntax=JPEG_2000)
    np.testing.assert_array_equal(planes(open_volume(path))[0], plane)


@pytest.mark.parametrize("family", ["jpeg", "lossless", "jpeg-ls", "jpeg 2000", "htj2k", "rle"])
def test_damaged_frames_harm_nothing(family: str) -> None:
    """Frames damaged at random decode or are refused, without a crash, a growth of memory or a halt."""
    ended = subprocess.run(
        [sys.executable, "-m", "tests.io.dicom.damaged_frames", family, "1500"],
        capture_output=True, text=True, timeout=300, cwd=Path(__file__).parents[3],
    )  # fmt: skip
    assert ended.returncode == 0, f"the process ended with {ended.returncode}: {ended.stderr[-2000:]}"
    found = json.loads(ended.stdout.splitlines()[-1])
    assert found["others"] == []
    assert found["grown_mib"] < 128
    assert found["slowest_s"] < 5
    assert found["refused"] > 100
