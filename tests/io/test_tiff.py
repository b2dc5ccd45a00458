"""TIFF pictures and stacks: what tifffile was given to write must come out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageOps

from heatviewer.core.errors import Cancelled, ReadError
from heatviewer.io import open_volume, scan
from tests.io.test_images import rows_of

if TYPE_CHECKING:
    from pathlib import Path

RNG = np.random.default_rng(11)
STACK = RNG.integers(0, 60_000, (5, 4, 6), dtype="u2")
COLOR = RNG.integers(0, 256, (4, 6, 3), dtype="u1")


@pytest.mark.parametrize(
    "options",
    [
        {}, {"compression": "lzw"}, {"compression": "deflate"}, {"compression": "zstd"},
        {"compression": "packbits"}, {"tile": (16, 16)}, {"tile": (16, 16), "compression": "deflate"},
        {"bigtiff": True}, {"byteorder": ">"}, {"byteorder": ">", "compression": "lzw", "predictor": True},
        {"rowsperstrip": 1}, {"photometric": "miniswhite"},
    ],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("dtype", ["u1", "i2", "u2", "f4"])
def test_pages_are_slices(tmp_path: Path, options: dict[str, Any], dtype: str) -> None:
    """Pages of a stack lie one behind the other along z, whatever packs them, values unchanged."""
    data = STACK.astype(dtype)
    if options.get("predictor") and dtype == "f4":
        options = options | {"predictor": 3}
    tifffile.imwrite(tmp_path / "a.tif", data, **options)
    volume = open_volume(tmp_path / "a.tif")
    np.testing.assert_array_equal(volume.array, data.T)
    assert volume.stored.dtype == np.dtype(dtype)
    assert (volume.flat, volume.inverted) == (False, "photometric" in options)
    assert any("distance between its slices" in text for text in volume.warnings)
    assert scan(tmp_path / "a.tif").series[0].shape == (6, 4, 5)


def test_stack_lies_centred(tmp_path: Path) -> None:
    """A stack's affine is diag(−1, −1, 1) centred on 0."""
    tifffile.imwrite(tmp_path / "a.tif", STACK)
    volume = open_volume(tmp_path / "a.tif")
    np.testing.assert_array_equal(np.diag(volume.affine), [-1, -1, 1, 1])
    np.testing.assert_allclose(volume.centre_world, (0, 0, 0))


def test_plain_stack_of_great_size_is_mapped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages that lie in one piece and are too many for memory take none of their own."""
    monkeypatch.setattr("heatviewer.io.tiff.MAPPED_FROM", 1)
    tifffile.imwrite(tmp_path / "a.tif", STACK)
    base = open_volume(tmp_path / "a.tif").stored
    while isinstance(base, np.ndarray) and not isinstance(base, np.memmap):
        base = base.base  # type: ignore[assignment]
    assert isinstance(base, np.memmap)


@pytest.mark.parametrize("options", [{}, {"planarconfig": "separate"}, {"compression": "deflate"}], ids=str)
@pytest.mark.parametrize("samples", [3, 4])
def test_colors_are_channels(tmp_path: Path, options: dict[str, Any], samples: int) -> None:
    """RGB and RGBA become channels, stored pixel by pixel or plane by plane; 16 bits are scaled to 8."""
    data = RNG.integers(0, 256, (4, 6, samples), dtype="u1")
    planar = np.moveaxis(data, 2, 0) if "planarconfig" in options else data
    extra = {"extrasamples": ["unassalpha"]} if samples == 4 else {}
    tifffile.imwrite(tmp_path / "a.tif", planar, photometric="rgb", **options, **extra)
    volume = open_volume(tmp_path / "a.tif")
    assert (volume.flat, volume.warnings) == (True, ())
    np.testing.assert_array_equal(rows_of(volume), data)
    tifffile.imwrite(tmp_path / "b.tif", planar.astype("u2") * 257, photometric="rgb", **options, **extra)
    np.testing.assert_array_equal(rows_of(open_volume(tmp_path / "b.tif")), data)


def test_color_stack(tmp_path: Path) -> None:
    """Pages of colours are slices of a colour volume."""
    data = RNG.integers(0, 256, (5, 4, 6, 3), dtype="u1")
    tifffile.imwrite(tmp_path / "a.tif", data, photometric="rgb")
    volume = open_volume(tmp_path / "a.tif")
    for n, channel in enumerate(volume.channels):
        np.testing.assert_array_equal(channel.stored, data[..., n].T)


@pytest.mark.parametrize("mode", ["CMYK", "P", "YCbCr", "1", "LA"])
def test_modes_of_pillow(tmp_path: Path, mode: str) -> None:
    """Inks, palettes, JPEG inside TIFF, single bits and grey with alpha are as Pillow has them."""
    picture = Image.fromarray(COLOR).convert("RGB" if mode == "YCbCr" else mode)
    picture.save(tmp_path / "a.tif", compression="jpeg" if mode == "YCbCr" else None)
    shown = rows_of(open_volume(tmp_path / "a.tif"))
    with Image.open(tmp_path / "a.tif") as image:
        expected = np.asarray(image.convert({"1": "L", "LA": "RGBA"}.get(mode, "RGB")))
    if mode == "1":
        expected = expected > 0
    # Pillow's own way from inks to colours rounds otherwise.
    assert np.abs(shown.astype(int) - expected).max() <= (1 if mode == "CMYK" else 0)


@pytest.mark.parametrize("turn", range(1, 9))
def test_orientation_is_followed(tmp_path: Path, turn: int) -> None:
    """A picture is turned as its orientation says."""
    tifffile.imwrite(tmp_path / "a.tif", COLOR, photometric="rgb", extratags=[(274, "H", 1, turn, True)])
    picture = Image.fromarray(COLOR)
    picture.getexif()[0x0112] = turn
    expected = np.asarray(ImageOps.exif_transpose(picture))
    np.testing.assert_array_equal(rows_of(open_volume(tmp_path / "a.tif")), expected)


@pytest.mark.parametrize(("unit", "mm"), [("mm", 1.0), ("micron", 1e-3), ("\\u00B5m", 1e-3), ("cm", 10.0)])
def test_pixel_size_of_imagej(tmp_path: Path, unit: str, mm: float) -> None:
    """ImageJ's unit, resolution and spacing give the size of the voxels."""
    tifffile.imwrite(
        tmp_path / "a.tif", STACK, imagej=True, resolution=(2.0, 4.0),
        metadata={"axes": "ZYX", "unit": unit, "spacing": 3.0},
    )  # fmt: skip
    volume = open_volume(tmp_path / "a.tif")
    np.testing.assert_allclose(volume.spacing, (0.5 * mm, 0.25 * mm, 3 * mm), rtol=1e-6)
    assert not any("distance" in text for text in volume.warnings)
    np.testing.assert_array_equal(volume.array, STACK.T)


def test_hyperstack_of_imagej(tmp_path: Path) -> None:
    """Times and channels are frames, slices are z; times alone have their seconds."""
    data = RNG.integers(0, 256, (2, 3, 4, 5, 6), dtype="u1")
    tifffile.imwrite(tmp_path / "a.tif", data, imagej=True, metadata={"axes": "TZCYX", "finterval": 1.5})
    volume = open_volume(tmp_path / "a.tif")
    assert volume.shape == (6, 5, 3, 8)
    for t in range(2):
        for c in range(4):
            np.testing.assert_array_equal(volume.array[..., c + 4 * t], data[t, :, c].T)
    assert volume.frame_axis is None
    tifffile.imwrite(
        tmp_path / "b.tif", data[:, :, 0], imagej=True, metadata={"axes": "TZYX", "finterval": 1.5}
    )
    axis = open_volume(tmp_path / "b.tif").frame_axis
    assert axis is not None
    assert axis.values == (0.0, 1.5)


def test_pixel_size_of_ome(tmp_path: Path) -> None:
    """OME's physical sizes, in micrometres unless it says otherwise, give the size of the voxels."""
    sizes = {"PhysicalSizeX": 0.5, "PhysicalSizeY": 0.25, "PhysicalSizeZ": 2.0, "PhysicalSizeZUnit": "mm"}
    tifffile.imwrite(tmp_path / "a.ome.tif", STACK, metadata={"axes": "ZYX", **sizes})
    np.testing.assert_allclose(open_volume(tmp_path / "a.ome.tif").spacing, (5e-4, 2.5e-4, 2.0))


@pytest.mark.parametrize(("per_cm", "unit", "mm"), [(100, 3, 0.1), (28.346, 3, 1), (300, 2, 1), (100, 1, 1)])
def test_resolution_for_print_is_no_pixel_size(tmp_path: Path, per_cm: float, unit: int, mm: float) -> None:
    """Pixels a centimetre are a size unless printers use that resolution; dots an inch are none."""
    tifffile.imwrite(tmp_path / "a.tif", STACK[0], resolution=(per_cm, per_cm), resolutionunit=unit)
    np.testing.assert_allclose(open_volume(tmp_path / "a.tif").spacing[:2], (mm, mm), rtol=1e-4)


def test_several_series_are_several_volumes(tmp_path: Path) -> None:
    """Stacks and pictures of different sizes in one file can each be opened."""
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        file.write(STACK)
        file.write(COLOR, photometric="rgb")
    assert [series.id for series in scan(tmp_path / "a.tif").series] == ["a.tif#1", "a.tif#2"]
    np.testing.assert_array_equal(rows_of(open_volume(tmp_path / "a.tif", series="a.tif#2")), COLOR)
    assert open_volume(tmp_path / "a.tif").shape == (6, 4, 5)


@pytest.mark.parametrize("options", [{}, {"compression": "lzw"}, {"tile": (16, 16)}], ids=str)
@pytest.mark.parametrize("part", [0.4, 0.95])
def test_truncated_stack_is_an_error(tmp_path: Path, options: dict[str, Any], part: float) -> None:
    """A stack that ends too early is not shown with empty slices."""
    tifffile.imwrite(tmp_path / "a.tif", RNG.integers(0, 60_000, (5, 64, 64), dtype="u2"), **options)
    raw = (tmp_path / "a.tif").read_bytes()
    (tmp_path / "cut.tif").write_bytes(raw[: int(len(raw) * part)])
    with pytest.raises(ReadError, match=r"cut\.tif: is (cut short|a damaged)") as caught:
        open_volume(tmp_path / "cut.tif")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("tag", [256, 257])
def test_claimed_size_takes_no_memory(tmp_path: Path, tag: int) -> None:
    """A small file that claims millions of rows or columns is refused at once."""
    tifffile.imwrite(tmp_path / "a.tif", COLOR[..., 0], compression="deflate")
    with tifffile.TiffFile(tmp_path / "a.tif", mode="r+") as file:
        file.pages[0].tags[tag].overwrite(0x7FFFFF, dtype="I")  # type: ignore[union-attr]
    with pytest.raises(ReadError, match=r"a\.tif: is (cut short|a damaged)"):
        open_volume(tmp_path / "a.tif")


def test_reading_can_be_stopped(tmp_path: Path) -> None:
    """A packed stack is given up as soon as it is no longer wanted."""
    tifffile.imwrite(tmp_path / "a.tif", np.repeat(STACK, 9, axis=0), compression="lzw")
    asked = iter([False] * 6)
    with pytest.raises(Cancelled):
        open_volume(tmp_path / "a.tif", cancelled=lambda: next(asked, True))
