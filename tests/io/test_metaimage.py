"""MetaImage: SimpleITK, an independent reader, says what must come out."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import SimpleITK

from heatviewer.core.errors import ReadError
from heatviewer.io import open_volume, scan
from tests.io.itk_oracle import assert_as_itk

if TYPE_CHECKING:
    from pathlib import Path

SHORTS = np.arange(24, dtype="<i2").reshape((2, 3, 4), order="F")
BODY = SHORTS.tobytes(order="F")
SHEARED = "1 0 0 0 1 0 0 0.5 1"


def meta(path: Path, body: bytes = BODY, **settings: Any) -> Path:
    """Write a header of our own, then bytes; a setting of None is left out."""
    lines = {
        "ObjectType": "Image", "NDims": 3, "BinaryData": True, "BinaryDataByteOrderMSB": False,
        "DimSize": "2 3 4", "ElementType": "MET_SHORT",
    }  # fmt: skip
    lines |= settings
    lines["ElementDataFile"] = lines.pop("ElementDataFile", "LOCAL")
    text = "".join(f"{key} = {value}\n" for key, value in lines.items() if value is not None)
    path.write_bytes(text.encode() + body)
    return path


@pytest.mark.parametrize(
    "matrix", ["1 0 0 0 1 0 0 0 1", "0 1 0 -1 0 0 0 0 -1", "0.6 0.8 0 -0.8 0.6 0 0 0 1", SHEARED]
)
def test_place_is_that_of_itk(tmp_path: Path, matrix: str) -> None:
    """Each row of the matrix is the direction of an axis, in LPS; a sheared grid keeps its shear."""
    path = meta(tmp_path / "a.mha", TransformMatrix=matrix, Offset="1.5 -2 3", ElementSpacing="0.5 2 3")
    assert_as_itk(path)
    assert open_volume(path).warnings == ()


def test_shear_is_kept_exactly(tmp_path: Path) -> None:
    """A direction that is not at right angles to the others stays as it is written."""
    path = meta(tmp_path / "a.mha", TransformMatrix=SHEARED, Offset="0 0 0", ElementSpacing="1 1 2")
    np.testing.assert_allclose(open_volume(path).affine[:3, 2], [0, -1, 2])


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("name", ["a.mha", "a.mhd"])
@pytest.mark.parametrize("dtype", ["u1", "i2", "u4", "i8", "f4", "f8"])
def test_file_of_simpleitk_reads_as_it_reads_it(
    tmp_path: Path, compressed: bool, name: str, dtype: str
) -> None:
    """What SimpleITK writes, packed or not, in one file or two, comes back."""
    data = (np.random.default_rng(0).normal(size=(5, 6, 7)) * 20 + 99).astype(dtype)
    image = SimpleITK.GetImageFromArray(data)
    image.SetDirection((0, -1, 0, 0.6, 0, 0.8, -0.8, 0, 0.6))
    image.SetOrigin((-10, 20, 30.5))
    SimpleITK.WriteImage(image, tmp_path / name, compressed)
    assert_as_itk(tmp_path / name)
    assert scan(tmp_path / name).format == "metaimage"


def test_long_has_four_bytes(tmp_path: Path) -> None:
    """MET_LONG has 4 bytes in every file, MET_LONG_LONG 8."""
    for element, dtype in (("MET_LONG", "<i4"), ("MET_ULONG", "<u4"), ("MET_LONG_LONG", "<i8")):
        path = meta(tmp_path / "a.mha", SHORTS.astype(dtype).tobytes(order="F"), ElementType=element)
        assert_as_itk(path)


def test_big_endian_is_turned(tmp_path: Path) -> None:
    """A big-endian file gives native numbers."""
    path = meta(tmp_path / "a.mha", SHORTS.astype(">i2").tobytes(order="F"), BinaryDataByteOrderMSB=True)
    assert_as_itk(path)


@pytest.mark.parametrize("channels", [3, 4])
def test_bytes_in_threes_and_fours_are_colors(tmp_path: Path, channels: int) -> None:
    """Vector pixels of 3 or 4 bytes are colours, of other types frames."""
    data = np.random.default_rng(0).integers(0, 256, (4, 3, 2, channels), dtype="u1")
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(data, isVector=True), tmp_path / "a.mha")
    for n, channel in enumerate(open_volume(tmp_path / "a.mha").channels):
        np.testing.assert_array_equal(channel.stored, data[..., n].T)
    floats = data.astype("f4")
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(floats, isVector=True), tmp_path / "b.mha")
    volume = open_volume(tmp_path / "b.mha")
    assert not volume.is_color
    np.testing.assert_array_equal(volume.array, np.moveaxis(floats, 3, 0).T)


def test_fourth_axis_is_frames(tmp_path: Path) -> None:
    """A 4D image is a series; its first three axes place it."""
    data = np.arange(120, dtype="i2").reshape(5, 4, 3, 2)
    image = SimpleITK.GetImageFromArray(data, isVector=False)
    image.SetSpacing((1, 2, 3, 4))
    image.SetOrigin((5, 6, 7, 8))
    SimpleITK.WriteImage(image, tmp_path / "a.mha")
    assert_as_itk(tmp_path / "a.mha")
    assert open_volume(tmp_path / "a.mha").frames == 5


def test_flat_image_is_one_slice(tmp_path: Path) -> None:
    """A 2D image is one slice that no convention mirrors."""
    SimpleITK.WriteImage(
        SimpleITK.GetImageFromArray(np.arange(12, dtype="i2").reshape(3, 4)), tmp_path / "a.mha"
    )
    volume = open_volume(tmp_path / "a.mha")
    assert (volume.shape, volume.flat) == ((4, 3, 1), True)
    assert_as_itk(tmp_path / "a.mha")


def test_text_and_skipped_bytes(tmp_path: Path) -> None:
    """Numbers in text are read, and the bytes that HeaderSize skips are none; −1: the last bytes count."""
    text = " ".join(map(str, SHORTS.ravel(order="F"))).encode()
    np.testing.assert_array_equal(open_volume(meta(tmp_path / "a.mha", text, BinaryData=False)).array, SHORTS)
    (tmp_path / "b.raw").write_bytes(b"12345" + BODY)
    for skip in (5, -1):
        path = meta(tmp_path / "b.mhd", b"", HeaderSize=skip, ElementDataFile="b.raw")
        np.testing.assert_array_equal(open_volume(path).array, SHORTS)


@pytest.mark.parametrize("files", ["LIST", "s%03d.raw 1 4 1"])
def test_slices_in_files_of_their_own(tmp_path: Path, files: str) -> None:
    """A list or a pattern of data files gives the slices in that order."""
    names = [f"s{k:03d}.raw" for k in range(1, 5)]
    for k, name in enumerate(names):
        (tmp_path / name).write_bytes(SHORTS[:, :, k].tobytes(order="F"))
    body = "".join(f"{name}\n" for name in names).encode() if files == "LIST" else b""
    assert_as_itk(meta(tmp_path / "a.mhd", body, ElementDataFile=files))


@pytest.mark.parametrize("cut", [-4, 20])
def test_damaged_packed_data_are_an_error(tmp_path: Path, cut: int) -> None:
    """Packed voxels that cannot be unpacked are never shown (ITK shows what was in its memory)."""
    packed = bytearray(zlib.compress(np.random.default_rng(0).bytes(48)))
    body = packed[:cut] if cut < 0 else packed[:cut] + b"\xff\xff" + packed[cut + 2 :]
    with pytest.raises(ReadError, match=r"a\.mha: .*(cut short|damaged)"):
        open_volume(meta(tmp_path / "a.mha", bytes(body), CompressedData=True))


@pytest.mark.parametrize(
    "settings",
    [
        {"DimSize": "0 3 4"}, {"DimSize": "2 3"}, {"DimSize": "99999 99999 99999"}, {"NDims": "x"},
        {"ElementType": "MET_OTHER"}, {"ElementNumberOfChannels": 0}, {"ElementNumberOfChannels": 10**9},
        {"ElementDataFile": "../x.raw"}, {"ElementDataFile": "/etc/passwd"},
        {"ElementDataFile": "x%n.raw 1 4 1"},
        {"ElementDataFile": "missing.raw"}, {"HeaderSize": "9" * 30}, {"HeaderSize": 10**9},
        {"CompressedData": True, "DimSize": "9999 9999 99"},
    ],
)  # fmt: skip
def test_impossible_header_is_one_clear_error(tmp_path: Path, settings: dict[str, Any]) -> None:
    """What a header cannot mean is named, with the file."""
    with pytest.raises(ReadError, match=r"odd\.mha") as caught:
        open_volume(meta(tmp_path / "odd.mha", **settings))
    assert "\n" not in str(caught.value)


def test_file_without_orientation_is_told(tmp_path: Path) -> None:
    """Without matrix and offset ITK's axes are taken, with a warning."""
    path = meta(tmp_path / "a.mha", ElementSpacing="1 2 3", Modality="MET_MOD_CT")
    assert "no orientation" in open_volume(path).warnings[0]
    assert open_volume(path).modality == "CT"
    assert_as_itk(path)
