"""Pictures: Pillow's own arrays say what must come out; the contract, where the pixels lie."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image, ImageOps

from heatviewer.core.errors import Cancelled, ReadError
from heatviewer.io import open_volume, scan

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from heatviewer.core.volume import Volume

RNG = np.random.default_rng(7)
GREY = RNG.integers(0, 256, (4, 6), dtype="u1")
COLOR = RNG.integers(0, 256, (4, 6, 3), dtype="u1")
RGBA = RNG.integers(0, 256, (4, 6, 4), dtype="u1")


def rows_of(volume: Volume) -> NDArray[Any]:
    """Return the first slice as rows by columns (by samples)."""
    if volume.is_color:
        return np.stack([channel.stored[:, :, 0].T for channel in volume.channels], axis=-1)
    return volume.stored[:, :, 0].T


def decoded(path: Path, mode: str) -> NDArray[Any]:
    """Return what Pillow makes of a file, the right way up."""
    with Image.open(path) as image:
        return np.asarray(ImageOps.exif_transpose(image).convert(mode))


@pytest.mark.parametrize("suffix", ["png", "bmp", "gif", "webp", "jpg"])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_pixels_are_those_of_pillow(tmp_path: Path, suffix: str, mode: str) -> None:
    """Every format gives Pillow's pixels, grey as numbers, colours as channels."""
    path = tmp_path / f"a.{suffix}"
    picture = Image.fromarray(GREY if mode == "L" else COLOR)
    picture.save(path, **({"lossless": True} if suffix == "webp" else {}))
    volume = open_volume(path)
    if mode == "L" and suffix == "webp":  # WebP has no greys
        mode = "RGB"
    assert volume.is_color == (mode == "RGB")
    np.testing.assert_array_equal(rows_of(volume), decoded(path, mode))
    assert scan(path).format == "image"


def test_picture_is_one_slice_as_stored(tmp_path: Path) -> None:
    """W × H pixels are [W, H, 1]: columns to the left, rows to the back, 1 mm, centred on 0, not mirrored."""
    Image.fromarray(COLOR).save(tmp_path / "a.png")
    volume = open_volume(tmp_path / "a.png")
    assert (volume.shape, volume.flat) == ((6, 4, 1), True)
    np.testing.assert_array_equal(
        volume.affine, [[-1, 0, 0, 2.5], [0, -1, 0, 1.5], [0, 0, 1, 0], [0, 0, 0, 1]]
    )
    assert volume.warnings == ()


def test_brightness_is_that_of_rec_601(tmp_path: Path) -> None:
    """The numbers of a colour picture are its brightness, as Pillow's own greys."""
    Image.fromarray(COLOR).save(tmp_path / "a.png")
    assert (
        np.abs(
            open_volume(tmp_path / "a.png").stored[:, :, 0].T - decoded(tmp_path / "a.png", "L").astype(int)
        ).max()
        <= 1
    )


@pytest.mark.parametrize("size", [(1, 1), (3, 1), (1, 5)])
def test_smallest_pictures(tmp_path: Path, size: tuple[int, int]) -> None:
    """One pixel, and one row or column, are pictures."""
    Image.new("RGB", size, (255, 0, 7)).save(tmp_path / "a.png")
    assert open_volume(tmp_path / "a.png").shape == (*size, 1)


@pytest.mark.parametrize("turn", range(1, 9))
def test_exif_orientation_is_followed(tmp_path: Path, turn: int) -> None:
    """A photograph is turned as its EXIF orientation says, and listed with its turned size."""
    picture = Image.fromarray(COLOR)
    exif = picture.getexif()
    exif[0x0112] = turn
    picture.save(tmp_path / "a.png", exif=exif)
    volume = open_volume(tmp_path / "a.png")
    np.testing.assert_array_equal(rows_of(volume), decoded(tmp_path / "a.png", "RGB"))
    assert scan(tmp_path / "a.png").series[0].shape == volume.shape
    np.testing.assert_allclose(volume.centre_world, (0, 0, 0))


def test_greys_of_16_bits_keep_them(tmp_path: Path) -> None:
    """A 16-bit grey PNG keeps its values."""
    data = RNG.integers(0, 65536, (4, 6), dtype="u2")
    Image.fromarray(data).save(tmp_path / "a.png")
    volume = open_volume(tmp_path / "a.png")
    assert volume.stored.dtype == np.uint16
    np.testing.assert_array_equal(rows_of(volume), data)


def test_single_bits_are_a_mask(tmp_path: Path) -> None:
    """A picture of single bits is a mask of 0 and 1."""
    Image.fromarray(GREY > 99).save(tmp_path / "a.png")
    volume = open_volume(tmp_path / "a.png")
    assert volume.kind == "mask"
    np.testing.assert_array_equal(rows_of(volume), GREY > 99)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_alpha_is_a_fourth_channel(tmp_path: Path, mode: str) -> None:
    """Alpha is kept as it is; greys with alpha are colours that are grey."""
    Image.fromarray(RGBA).convert(mode).save(tmp_path / "a.png")
    np.testing.assert_array_equal(
        rows_of(open_volume(tmp_path / "a.png")), decoded(tmp_path / "a.png", "RGBA")
    )


@pytest.mark.parametrize("transparent", [None, 3])
def test_palette_becomes_its_colors(tmp_path: Path, transparent: int | None) -> None:
    """Indices become the colours that they stand for, with alpha where one of them is transparent."""
    options = {} if transparent is None else {"transparency": transparent}
    Image.fromarray(COLOR).convert("P").save(tmp_path / "a.png", **options)
    expected = decoded(tmp_path / "a.png", "RGB" if transparent is None else "RGBA")
    np.testing.assert_array_equal(rows_of(open_volume(tmp_path / "a.png")), expected)


def test_inks_become_colors(tmp_path: Path) -> None:
    """A JPEG file of four inks has the colours that Pillow makes of them."""
    Image.fromarray(COLOR).convert("CMYK").save(tmp_path / "a.jpg")
    np.testing.assert_array_equal(
        rows_of(open_volume(tmp_path / "a.jpg")), decoded(tmp_path / "a.jpg", "RGB")
    )


def test_palette_of_greys_gives_greys(tmp_path: Path) -> None:
    """A palette that is a ramp of greys is no colour picture."""
    Image.fromarray(GREY).save(tmp_path / "a.gif")
    volume = open_volume(tmp_path / "a.gif")
    assert not volume.is_color
    np.testing.assert_array_equal(rows_of(volume), GREY)


@pytest.mark.parametrize("suffix", ["gif", "png", "webp"])
def test_animation_becomes_frames(tmp_path: Path, suffix: str) -> None:
    """Each picture of an animation is a frame, at the time at which it begins."""
    pictures = [Image.fromarray(RNG.integers(0, 256, (4, 6, 3), dtype="u1")) for _ in range(3)]
    path = tmp_path / f"a.{suffix}"
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=[100, 250, 50], lossless=True)
    volume = open_volume(path)
    assert volume.shape == (6, 4, 1, 3)
    assert volume.frame_axis is not None
    assert volume.frame_axis.values == (0.0, 0.1, 0.35)
    with Image.open(path) as image:
        for t in range(3):
            image.seek(t)
            shown = np.stack([channel.frame(t)[:, :, 0].T for channel in volume.channels[:3]], axis=-1)
            np.testing.assert_array_equal(shown, np.asarray(image.convert("RGB")))


def test_resolution_for_print_is_no_pixel_size(tmp_path: Path) -> None:
    """Dots an inch say how large to print it, not how large what it shows is."""
    Image.fromarray(COLOR).save(tmp_path / "a.jpg", dpi=(72, 72))
    assert open_volume(tmp_path / "a.jpg").spacing == (1, 1, 1)


@pytest.mark.parametrize("suffix", ["png", "jpg", "gif", "bmp", "webp"])
@pytest.mark.parametrize("part", [0.3, 0.8])
def test_truncated_picture_is_an_error(tmp_path: Path, suffix: str, part: float) -> None:
    """A picture that ends too early is not shown half."""
    noise = RNG.integers(0, 256, (60, 60, 3), dtype="u1")
    Image.fromarray(noise).save(tmp_path / f"a.{suffix}")
    raw = (tmp_path / f"a.{suffix}").read_bytes()
    path = tmp_path / f"cut.{suffix}"
    path.write_bytes(raw[: int(len(raw) * part)])
    with pytest.raises(ReadError, match=rf"cut\.{suffix}: .*(cut short|damaged)") as caught:
        open_volume(path)
    assert "\n" not in str(caught.value)
    assert str(tmp_path) not in str(caught.value)


def png_claiming(width: int, height: int) -> bytes:
    """Return a small PNG file whose header claims a size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(999)))


def gif_with_huge_frame() -> bytes:
    """Return a GIF file of two frames, the second far larger than the first."""
    out = io.BytesIO()
    pictures = [Image.fromarray(GREY), Image.fromarray(255 - GREY)]
    pictures[0].save(out, "GIF", save_all=True, append_images=pictures[1:])
    raw = bytearray(out.getvalue())
    at = raw.rindex(b"\x2c\x00\x00\x00\x00")
    raw[at + 5 : at + 9] = b"\xff\xff\xff\xff"
    return bytes(raw)


@pytest.mark.parametrize(
    "raw", [png_claiming(100_000, 100_000), png_claiming(2**31 - 1, 2**31 - 1), gif_with_huge_frame()]
)
def test_claimed_pixels_take_no_memory(tmp_path: Path, raw: bytes) -> None:
    """A small file that claims a huge picture is refused before memory is taken for it."""
    (tmp_path / "odd.png").write_bytes(raw)
    tracemalloc.start()
    with pytest.raises(ReadError, match=r"odd\.png"):
        open_volume(tmp_path / "odd.png")
    assert tracemalloc.get_traced_memory()[1] < 20e6
    tracemalloc.stop()


def test_large_picture_of_one_color_is_read(tmp_path: Path) -> None:
    """A picture that packs well is no bomb, and Pillow's own limit is as it was afterwards."""
    limit = Image.MAX_IMAGE_PIXELS
    Image.new("L", (12_000, 9000)).save(tmp_path / "a.png")
    assert open_volume(tmp_path / "a.png").shape == (12_000, 9000, 1)
    assert limit == Image.MAX_IMAGE_PIXELS


def test_reading_can_be_stopped(tmp_path: Path) -> None:
    """An animation is given up as soon as it is no longer wanted."""
    pictures = [Image.fromarray(RNG.integers(0, 256, (40, 60, 3), dtype="u1")) for _ in range(9)]
    pictures[0].save(tmp_path / "a.gif", save_all=True, append_images=pictures[1:])
    asked = iter([False] * 6)
    with pytest.raises(Cancelled):
        open_volume(tmp_path / "a.gif", cancelled=lambda: next(asked, True))
