"""Compressed frames to numbers: RLE, the JPEG families, JPEG 2000 and HTJ2K.

The decoders are those of imagecodecs: libjpeg-turbo, CharLS and OpenJPEG. They take only frames
whose own header claims what the file does (`codestream`), and whose end is there: a cut JPEG is
filled with grey without a word by libjpeg.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from heatviewer.io.dicom.codestream import (
    BadFrame,
    jpeg_2000_codestream,
    jpeg_2000_header,
    jpeg_header,
    jpeg_ls_header,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from heatviewer.io.dicom.codestream import Codestream
    from heatviewer.io.dicom.header import ImageFile

_END: Final = b"\xff\xd9"
#: The header of an RLE frame: the number of its segments, and where up to 15 of them start.
_RLE_HEADER: Final = 64


@dataclass(frozen=True, eq=False)
class Decoded:
    """A frame's numbers as its decoder gives them.

    Attributes
    ----------
    pixels : ndarray
        (rows, columns), or (rows, columns, samples).
    bits : int
        Precision of the codestream; 0 where the numbers lie in their cells as HighBit says.
    photometric : str
        What the samples are now: decoders undo the colour transforms of their own format.
    """

    pixels: NDArray[Any]
    bits: int
    photometric: str


class Codec(NamedTuple):
    """One transfer syntax (PS3.6 A) and who decodes it.

    Attributes
    ----------
    name : str
        As people call it.
    module : str
        The decoder's name in imagecodecs, a class that says if it is there.
    decode : callable
        Takes a frame's bytes, its file, and how many threads it may use; raises whatever a
        damaged frame provokes.
    expansion : int
        Most bytes of pixels that one byte makes.
    """

    name: str
    module: str
    decode: Callable[[bytes, ImageFile, int], Decoded]
    expansion: int


def _decode_jpeg(data: bytes, file: ImageFile, threads: int) -> Decoded:  # noqa: ARG001 (as every Codec.decode)
    import imagecodecs

    head = jpeg_header(data)
    _check(head, file, data)
    if head.samples == 1:
        return Decoded(imagecodecs.jpeg8_decode(data), head.bits, file.photometric)
    ybr = head.rgb is False or (head.rgb is None and file.photometric.startswith("YBR"))
    # libjpeg-turbo converts no colours of lossless pictures.
    here = ybr and not head.lossless
    pixels = imagecodecs.jpeg8_decode(data, colorspace="YCBCR" if here else "RGB", outcolorspace="RGB")
    return Decoded(pixels, head.bits, "YBR_FULL" if ybr and head.lossless else "RGB")


def _decode_jpeg_ls(data: bytes, file: ImageFile, threads: int) -> Decoded:  # noqa: ARG001 (as every Codec.decode)
    import imagecodecs

    head = jpeg_ls_header(data)
    _check(head, file, data)
    # WORKAROUND CharLS 2.4: in data that are cut inside it looks for the next marker past their end.
    return Decoded(imagecodecs.jpegls_decode(data + _END), head.bits, file.photometric)


def _decode_jpeg_2000(data: bytes, file: ImageFile, threads: int) -> Decoded:
    # OpenJPEG reads HTJ2K too. WORKAROUND OpenJPH 0.26: damaged frames crash the process.
    import imagecodecs

    data = jpeg_2000_codestream(data)
    head = jpeg_2000_header(data)
    _check(head, file, data)
    transformed = file.photometric in ("YBR_RCT", "YBR_ICT")
    pixels = imagecodecs.jpeg2k_decode(data, numthreads=threads)
    return Decoded(pixels, head.bits, "RGB" if transformed else file.photometric)


def _decode_rle(data: bytes, file: ImageFile, threads: int) -> Decoded:  # noqa: ARG001 (as every Codec.decode)
    """Decode PackBits segments, one for each byte of each sample, high bytes first (PS3.5 G)."""
    import imagecodecs

    size = max(file.bits_allocated // 8, 1)
    starts = np.frombuffer(data[:_RLE_HEADER], "<u4")
    count = file.samples * size
    if starts.size < 16 or starts[0] != count or count > 15:
        raise BadFrame("has an RLE frame of the wrong number of segments")
    ends = [*starts[2 : count + 1].tolist(), len(data)]
    planes = np.zeros((file.samples, size, file.rows * file.columns), np.uint8)
    flat = planes.reshape(count, -1)
    for n, (start, end) in enumerate(zip(starts[1 : count + 1].tolist(), ends, strict=True)):
        found = imagecodecs.packbits_decode(data[start:end], out=flat[n])
        if len(found) < flat.shape[1]:
            raise BadFrame("has an RLE frame that is cut short")
    cells = np.ascontiguousarray(planes[:, ::-1].transpose(2, 0, 1))  # pixel, sample, low byte first
    pixels = cells.view(f"<u{size}").reshape(file.rows, file.columns, file.samples)
    return Decoded(pixels[..., 0] if file.samples == 1 else pixels, 0, file.photometric)


def _check(head: Codestream, file: ImageFile, data: bytes) -> None:
    """Raise BadFrame where a frame claims what its file does not, or has no end."""
    if (head.rows, head.columns, head.samples) != (file.rows, file.columns, file.samples):
        raise BadFrame(
            f"has a frame of {head.columns} × {head.rows} × {head.samples} numbers, "
            f"not of {file.columns} × {file.rows} × {file.samples} as it claims"
        )
    if head.bits > max(file.bits_allocated, 8):
        raise BadFrame(f"has a frame of {head.bits} bits, not of {file.bits_allocated} as it claims")
    if _END not in data:
        raise BadFrame("has a frame that is cut short")


_1_2_4: Final = "1.2.840.10008.1.2.4."
#: Blank pictures take next to nothing, but a whole series of pictures is never packed so far.
_MOST: Final = 1000
CODECS: Final[dict[str, Codec]] = {
    # PackBits makes at most 128 bytes of two.
    "1.2.840.10008.1.2.5": Codec("RLE", "PACKBITS", _decode_rle, 64),
    _1_2_4 + "50": Codec("JPEG baseline", "JPEG8", _decode_jpeg, _MOST),
    _1_2_4 + "51": Codec("JPEG extended", "JPEG8", _decode_jpeg, _MOST),
    _1_2_4 + "57": Codec("JPEG lossless", "JPEG8", _decode_jpeg, _MOST),
    _1_2_4 + "70": Codec("JPEG lossless, first order", "JPEG8", _decode_jpeg, _MOST),
    _1_2_4 + "80": Codec("JPEG-LS lossless", "JPEGLS", _decode_jpeg_ls, _MOST),
    _1_2_4 + "81": Codec("JPEG-LS", "JPEGLS", _decode_jpeg_ls, _MOST),
    _1_2_4 + "90": Codec("JPEG 2000 lossless", "JPEG2K", _decode_jpeg_2000, _MOST),
    _1_2_4 + "91": Codec("JPEG 2000", "JPEG2K", _decode_jpeg_2000, _MOST),
    _1_2_4 + "201": Codec("HTJ2K lossless", "JPEG2K", _decode_jpeg_2000, _MOST),
    _1_2_4 + "202": Codec("HTJ2K lossless, by resolution", "JPEG2K", _decode_jpeg_2000, _MOST),
    _1_2_4 + "203": Codec("HTJ2K", "JPEG2K", _decode_jpeg_2000, _MOST),
}


def image_decoders() -> dict[str, tuple[str, ...]]:
    """Return, for each compression, the decoder that is installed; none: it cannot be read."""
    try:
        import imagecodecs
    except ImportError:
        return {codec.name: () for codec in CODECS.values()}
    found: dict[str, tuple[str, ...]] = {}
    for codec in CODECS.values():
        module = codec.module
        there = getattr(imagecodecs, module).available
        if codec.name != "JPEG baseline" and module == "JPEG8":
            there = there and imagecodecs.JPEG8.all_precisions
        version = getattr(imagecodecs, f"{module.lower()}_version")() if there else ""
        found[codec.name] = (version,) if there else ()
    return found
