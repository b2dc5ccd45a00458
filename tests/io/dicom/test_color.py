"""Colour images: 8 bits of red, green and blue, as pydicom and Pillow convert them."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import imagecodecs
import numpy as np
import pydicom
import pytest
import SimpleITK
from pydicom.pixels import apply_color_lut, convert_color_space
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian

from heatviewer.core.errors import ReadError
from heatviewer.io import open_volume
from tests.io.dicom.pixel_files import (
    FIRST_ORDER,
    HT,
    JPEG_2000,
    JPEG_LS,
    LOSSLESS_ENCODERS,
    smooth,
    write_image,
)

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from heatviewer.core.volume import Volume
    from tests.io.dicom.conftest import Lone

JPEGS = (
    "SC_rgb_dcmtk_+eb+cr", "SC_rgb_dcmtk_+eb+cy+n1", "SC_rgb_dcmtk_+eb+cy+n2", "SC_rgb_dcmtk_+eb+cy+np",
    "SC_rgb_dcmtk_+eb+cy+s2", "SC_rgb_dcmtk_+eb+cy+s4", "SC_jpeg_no_color_transform",
    "SC_jpeg_no_color_transform_2", "SC_rgb_jpeg", "SC_rgb_jpeg_app14_dcmd", "SC_rgb_jpeg_dcmtk",
    "SC_rgb_jpeg_lossy_gdcm", "SC_rgb_small_odd_jpeg", "examples_ybr_color",
)  # fmt: skip
OTHERS = (
    "SC_rgb", "SC_rgb_expb", "SC_rgb_2frame", "SC_rgb_expb_2frame", "SC_rgb_rle", "SC_rgb_rle_2frame",
    "SC_rgb_small_odd", "SC_rgb_small_odd_big_endian", "SC_ybr_full_uncompressed", "examples_rgb_color",
    "SC_ybr_full_422_uncompressed", "color-px", "color-pl", "ExplVR_BigEnd", "US1_UNCI", "US1_J2KR",
    "US1_J2KI", "SC_rgb_gdcm_KY", "examples_jpeg2k",
)  # fmt: skip
WIDE = (
    "SC_rgb_16bit", "SC_rgb_16bit_2frame", "SC_rgb_expb_16bit", "SC_rgb_expb_16bit_2frame", "SC_rgb_32bit",
    "SC_rgb_expb_32bit_2frame", "SC_rgb_rle_16bit_2frame", "SC_rgb_rle_32bit",
)  # fmt: skip
PALETTES = (
    "OBXXXX1A", "OBXXXX1A_2frame", "OBXXXX1A_rle", "OBXXXX1A_rle_2frame", "examples_palette",
    "gdcm-US-ALOKA-16",
)  # fmt: skip


def colors(volume: Volume) -> NDArray[Any]:
    """Return (frames, rows, columns, 3)."""
    flat = [c.stored.reshape(*volume.shape[:2], -1, order="F").transpose(2, 1, 0) for c in volume.channels]
    return np.stack(flat, axis=-1)


def picture() -> NDArray[np.uint8]:
    """Return (24, 30, 3) of many colours."""
    return np.stack([smooth(seed=n)[:: (-1) ** n] for n in range(3)], axis=-1).astype("u1")


@pytest.mark.parametrize("name", [*JPEGS, *OTHERS])
def test_real_colours_equal_pydicoms(name: str, lone: Lone) -> None:
    """Colours of real files, RGB or YBR, by plane or by pixel, raw or compressed, are pydicom's."""
    path = lone(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a header is not as it claims
        expected = pydicom.dcmread(path).pixel_array
    found = colors(open_volume(path))
    np.testing.assert_array_equal(found, expected.reshape(found.shape))


@pytest.mark.parametrize("name", ["GDCMJ2K_TextGBR", "SC_rgb_jls_lossy_line", "SC_rgb_jls_lossy_sample",
                                  "SC_rgb_jpeg_gdcm"])  # fmt: skip
def test_real_colours_equal_gdcms(name: str, lone: Lone) -> None:
    """Colours that pydicom has no decoder for are those of GDCM."""
    path = lone(name)
    expected = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(path)))
    np.testing.assert_array_equal(colors(open_volume(path)), expected)


@pytest.mark.parametrize("name", WIDE)
def test_wide_colours_keep_their_high_byte(name: str, lone: Lone) -> None:
    """Colours of 16 or 32 bits are shown by their highest 8."""
    path = lone(name)
    ds = pydicom.dcmread(path)
    found = colors(open_volume(path))
    np.testing.assert_array_equal(found, (ds.pixel_array >> (ds.BitsStored - 8)).reshape(found.shape))


@pytest.mark.parametrize("name", PALETTES)
def test_palettes_equal_pydicoms(name: str, lone: Lone) -> None:
    """Numbers of real palette images become the colours that pydicom looks up."""
    path = lone(name)
    ds = pydicom.dcmread(path)
    found = colors(open_volume(path))
    looked_up = apply_color_lut(ds.pixel_array, ds)
    eight = looked_up >> 8 if looked_up.dtype == np.uint16 else looked_up
    np.testing.assert_array_equal(found, eight.reshape(found.shape))


@pytest.mark.parametrize("name", ["OBXXXX1A", "OBXXXX1A_2frame", "gdcm-US-ALOKA-16"])
def test_palettes_are_the_same_in_big_endian(name: str, lone: Lone) -> None:
    """The same palette image written in the other byte order has the same colours."""
    other = {"OBXXXX1A": "OBXXXX1A_expb", "OBXXXX1A_2frame": "OBXXXX1A_expb_2frame"}.get(name, f"{name}_big")
    np.testing.assert_array_equal(colors(open_volume(lone(name))), colors(open_volume(lone(other))))


def test_a_real_colour_series_equals_its_nifti_twin(data_dir: Path) -> None:
    """Colour slices in JPEG 2000 have, at the same world points, the colours of their NIfTI twin."""
    import nibabel as nib

    volume = open_volume(data_dir / "dicom-nifti-pairs" / "rgb")
    twin = nib.load(data_dir / "dicom-nifti-pairs" / "rgb.nii.gz")
    theirs = np.asarray(twin.dataobj)
    index = np.random.default_rng(0).integers(0, volume.grid, (500, 3))
    world = np.c_[index, np.ones(500)] @ volume.affine.T
    near = np.rint((world @ np.linalg.inv(twin.affine).T)[:, :3]).astype(int)
    for channel, name in zip(volume.channels, theirs.dtype.names, strict=False):
        np.testing.assert_array_equal(channel.stored[tuple(index.T)], theirs[name][tuple(near.T)])


def test_high_throughput_colours_equal_another_decoders(data_dir: Path) -> None:
    """A real colour image in HTJ2K, decoded by OpenJPEG, is within 1 of what OpenJPH makes of it.

    Near black and white OpenJPH's bytes run over.
    """
    path = data_dir / "seg-and-maps" / "HTJ2K_08_RGB.dcm"
    frame = pydicom.encaps.get_frame(pydicom.dcmread(path).PixelData, 0, number_of_frames=1)
    expected = imagecodecs.htj2k_decode(frame).astype(int)
    inner = (expected > 8) & (expected < 248)
    np.testing.assert_allclose(colors(open_volume(path))[0][inner], expected[inner], atol=1)
    assert inner.mean() > 0.2


# A lossless JPEG says itself that it is RGB.
@pytest.mark.parametrize(
    ("syntax", "photometric"),
    [(FIRST_ORDER, "RGB"), *((s, p) for s in (JPEG_LS, JPEG_2000, HT) for p in ("RGB", "YBR_FULL"))],
)
def test_compressed_colours_are_exact(syntax: str, photometric: str, tmp_path: Path) -> None:
    """Lossless colours come out as they were, after pydicom's own conversion where they are YBR."""
    plane = picture()
    frame = LOSSLESS_ENCODERS[syntax](plane, 8)
    path = write_image(tmp_path / "a.dcm", [frame], like=plane, photometric=photometric, syntax=syntax)
    expected = plane if photometric == "RGB" else convert_color_space(plane, "YBR_FULL", "RGB")
    np.testing.assert_array_equal(colors(open_volume(path))[0], expected)


def test_brightness_is_rec_601(lone: Lone) -> None:
    """The numbers of a colour image are 0.299 R + 0.587 G + 0.114 B, rounded, on the same grid."""
    volume = open_volume(lone("US1_UNCI"))
    rgb = colors(volume).astype(float)
    np.testing.assert_allclose(volume.stored.T, rgb @ (0.299, 0.587, 0.114), atol=0.5 + 1e-9)
    assert volume.stored.dtype == np.uint8
    assert all(channel.affine is not None and channel.grid == volume.grid for channel in volume.channels)


def test_a_cine_is_frames(lone: Lone) -> None:
    """A cine of 120 colour pictures is 120 frames of one plane, and each channel is one array."""
    path = lone("color3d_jpeg_baseline")
    volume = open_volume(path)
    for n in (0, 60, 119):
        expected = pydicom.pixels.pixel_array(path, index=n)
        np.testing.assert_array_equal(colors(volume)[n], expected)
    assert volume.shape == (640, 480, 1, 120)
    assert all(channel.shape == volume.shape for channel in volume.channels)
    assert all(channel.stored.flags.f_contiguous for channel in volume.channels)


@pytest.mark.parametrize("bits", [1, 4, 7])
def test_few_bits_are_spread(bits: int, tmp_path: Path) -> None:
    """Colours of fewer than 8 bits reach from black to white."""
    plane = picture() >> (8 - bits)
    path = write_image(tmp_path / "a.dcm", plane[None], bits=bits, photometric="RGB")
    expected = np.rint(plane * (255 / (2**bits - 1)))
    np.testing.assert_array_equal(colors(open_volume(path))[0], expected)


# --- palettes made by code -------------------------------------------------------------------


def _palette_image(
    path: Path, tables: list[Any], count: int, bits: int, segmented: bool, syntax: str, first: int = 0
) -> Path:
    numbers = np.arange(24 * 30, dtype="u2").reshape(1, 24, 30)
    write_image(path, numbers, photometric="PALETTE COLOR", syntax=syntax)
    ds = pydicom.dcmread(path)
    order = ">" if syntax == ExplicitVRBigEndian else "<"
    for color, table in zip(("Red", "Green", "Blue"), tables, strict=True):
        name = f"{color}PaletteColorLookupTable"
        setattr(ds, f"{name}Descriptor", [count % 65536, first, bits])
        ds[f"{name}Descriptor"].VR = "US"
        raw = np.array(table, f"{order}u2").tobytes()
        if bits == 8:
            raw = np.array([*table, *[0] * (len(table) % 2)], "u1").view("<u2").astype(f"{order}u2").tobytes()
        setattr(ds, f"Segmented{name}Data" if segmented else f"{name}Data", raw)
    ds.save_as(path)
    return path


SEGMENTS = {
    # discrete, a line up, a line of one step, and again the first two
    16: [0, 2, 0, 4096, 1, 100, 61440, 1, 1, 256, 2, 2, 0, 0],
    8: [0, 2, 0, 16, 1, 100, 240, 1, 1, 1, 2, 2, 0, 0, 0, 0],
}


@pytest.mark.parametrize("bits", [8, 16])
def test_segmented_palettes_equal_pydicoms(bits: int, tmp_path: Path) -> None:
    """Discrete, linear and indirect segments give the entries that pydicom expands (PS3.3 C.7.9.2)."""
    tables = [SEGMENTS[bits], SEGMENTS[bits], SEGMENTS[bits]]
    path = _palette_image(tmp_path / "a.dcm", tables, 205, bits, True, ExplicitVRLittleEndian)
    ds = pydicom.dcmread(path)
    expected = apply_color_lut(ds.pixel_array, ds)
    expected = expected >> 8 if expected.dtype == np.uint16 else expected
    mapped = ds.pixel_array < 205  # beyond the table pydicom's 8-bit numbers run over
    np.testing.assert_array_equal(colors(open_volume(path))[0][mapped], expected[mapped])


@pytest.mark.parametrize("first", [100, 40000])
@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ExplicitVRBigEndian])
@pytest.mark.parametrize("bits", [8, 16])
def test_numbers_beyond_a_palette_take_its_ends(bits: int, syntax: str, first: int, tmp_path: Path) -> None:
    """A palette begins at the number that it names, and its ends serve for what lies beyond."""
    table = np.random.default_rng(0).integers(0, 2**bits, 201)
    tables = [table, table[::-1], np.roll(table, 5)]
    path = _palette_image(tmp_path / "a.dcm", tables, 201, bits, False, syntax, first=first)
    index = np.clip(np.arange(24 * 30).reshape(24, 30) - first, 0, 200)
    expected = np.stack([t[index] for t in tables], axis=-1) >> (bits - 8)
    np.testing.assert_array_equal(colors(open_volume(path))[0], expected)


@pytest.mark.parametrize(
    "segments", [[2, 65535, 0, 0], [1, 5, 9], [0, 0] * 500, [9, 1, 1], [0, 200], [2, 1, 4, 0, 2, 1, 0, 0], []]
)
def test_a_damaged_palette_is_an_error(segments: list[int], tmp_path: Path) -> None:
    """Segments that begin with a line, point at themselves, add nothing or end early are refused."""
    path = _palette_image(tmp_path / "a.dcm", [segments] * 3, 300, 16, True, ExplicitVRLittleEndian)
    with pytest.raises(ReadError, match="palette"):
        open_volume(path)


@pytest.mark.parametrize(("photometric", "samples"), [("CMYK", 4), ("HSV", 3), ("YBR_PARTIAL_420", 3)])
def test_other_colour_spaces_are_named(photometric: str, samples: int, tmp_path: Path) -> None:
    """Colours in a space that is not read are refused by its name."""
    plane = np.zeros((1, 8, 8, samples), "u1")
    with pytest.raises(ReadError, match=f"{samples} numbers a pixel"):
        open_volume(write_image(tmp_path / "a.dcm", plane, photometric=photometric))


def test_an_indirect_segment_may_point_anywhere(tmp_path: Path) -> None:
    """Where a palette of bytes repeats a segment, four bytes say where that begins (PS3.3 C.7.9.2.3)."""
    head = np.random.default_rng(0).integers(0, 256, 255).tolist()
    segments = [0, 255, *head, 0, 3, 7, 8, 9, 2, 1, 257 % 256, 257 // 256, 0, 0]
    path = _palette_image(tmp_path / "a.dcm", [segments] * 3, 261, 8, True, ExplicitVRLittleEndian)
    entries = np.array([*head, 7, 8, 9, 7, 8, 9])
    expected = entries[np.clip(np.arange(24 * 30), 0, 260)].reshape(24, 30)
    np.testing.assert_array_equal(colors(open_volume(path))[0][..., 0], expected)
