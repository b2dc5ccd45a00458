"""The headers of compressed frames: what they claim is known before memory is taken for it."""

from __future__ import annotations

import imagecodecs
import numpy as np
import pytest

from heatviewer.io.dicom.codestream import BadFrame, jpeg_2000_header, jpeg_header, jpeg_ls_header
from tests.io.dicom.pixel_files import smooth

PLANE = smooth(40, 50, 0, 4000).astype("u2")
COLORS = np.stack([smooth(40, 50, seed=n) for n in range(3)], axis=-1).astype("u1")


def _j2k(plane: np.ndarray) -> bytearray:
    return bytearray(imagecodecs.jpeg2k_encode(plane, codecformat="j2k", level=0, reversible=True))


@pytest.mark.parametrize(
    ("head", "frame", "expected"),
    [
        (jpeg_header, imagecodecs.jpeg8_encode(COLORS, 90), (40, 50, 3, 8)),
        (jpeg_header, imagecodecs.jpeg8_encode(PLANE, 90, bitspersample=12), (40, 50, 1, 12)),
        (jpeg_header, imagecodecs.jpeg8_encode(PLANE, lossless=True, bitspersample=16), (40, 50, 1, 16)),
        (jpeg_ls_header, imagecodecs.jpegls_encode(COLORS), (40, 50, 3, 8)),
        (jpeg_2000_header, bytes(_j2k(COLORS)), (40, 50, 3, 8)),
        (jpeg_2000_header, bytes(_j2k(PLANE.view("i2"))), (40, 50, 1, 16)),
        (jpeg_2000_header, imagecodecs.htj2k_encode(PLANE, reversible=True), (40, 50, 1, 16)),
    ],
)  # fmt: skip
def test_size_and_depth_are_those_of_the_picture(head, frame, expected) -> None:
    """Rows, columns, samples and bits are read from every family's header."""
    found = head(bytes(frame))
    assert (found.rows, found.columns, found.samples, found.bits) == expected


@pytest.mark.parametrize(("space", "rgb"), [("YCBCR", False), ("RGB", True)])
def test_a_jpeg_says_itself_which_colours_it_holds(space: str, rgb: bool) -> None:
    """A JFIF or Adobe marker, or components named R, G and B, tell YCbCr from RGB."""
    frame = bytes(imagecodecs.jpeg8_encode(COLORS, 90, colorspace="RGB", outcolorspace=space))
    assert jpeg_header(frame).rgb is rgb


def test_tiles_without_number_are_refused() -> None:
    """A picture of tiles of one pixel, each of which costs a decoder kilobytes, is refused."""
    frame = _j2k(smooth(200, 200).astype("u1"))
    frame[24:32] = (1).to_bytes(4, "big") * 2
    with pytest.raises(BadFrame, match="more tiles"):
        jpeg_2000_header(bytes(frame))


@pytest.mark.parametrize("marker", [b"\xff\x52", b"\xff\x53"])
def test_packets_without_number_are_refused(marker: bytes) -> None:
    """Layers times precincts, in the coding style of all components or of one, are bounded."""
    frame = _j2k(PLANE)
    at = frame.index(b"\xff\x52")
    frame[at + 6 : at + 8] = b"\xff\xff"  # layers
    if marker == b"\xff\x53":  # precincts of one pixel for the first component
        frame[at:at] = marker + bytes([0, 15, 0, 1, 5, 4, 4, 0, 1, 0, 0, 0, 0, 0, 0])
    with pytest.raises(BadFrame, match="more packets"):
        jpeg_2000_header(bytes(frame))


def test_scans_without_number_are_refused() -> None:
    """A progressive JPEG of a thousand scans, each a pass over the picture, is refused."""
    frame = bytes(imagecodecs.jpeg8_encode(COLORS, 90))
    with pytest.raises(BadFrame, match="more scans"):
        jpeg_header(frame[:-2] + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" * 1000 + frame[-2:])


@pytest.mark.parametrize("head", [jpeg_header, jpeg_ls_header, jpeg_2000_header])
@pytest.mark.parametrize(
    "data", [b"", b"\xff", b"\xff\xd8", b"\xff\xd8\xff\xff\xff\xff", b"\xffO\xffQ" + bytes(50)]
)
def test_what_is_no_codestream_is_refused(head, data: bytes) -> None:
    """Bytes that are nothing of the kind are refused, however short they are."""
    with pytest.raises(BadFrame, match="JPEG"):
        head(data)
