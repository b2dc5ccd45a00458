"""Compressed frames damaged at random, with a fixed seed, given to the decoders of this process.

Run: ``python -m tests.io.dicom.damaged_frames FAMILY COUNT``; prints what happened as JSON.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from heatviewer.core.errors import ReadError
from heatviewer.io.dicom.pixel_file import opened
from heatviewer.io.dicom.planes import read_headers
from tests.io.dicom.pixel_files import (
    BASELINE,
    EXTENDED,
    FIRST_ORDER,
    HT,
    HT_LOSSY,
    JPEG_2000,
    JPEG_2000_LOSSY,
    JPEG_LS,
    LOSSLESS,
    LOSSLESS_ENCODERS,
    LOSSY_ENCODERS,
    NEAR_LOSSLESS,
    smooth,
    write_image,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from heatviewer.io.dicom.header import ImageFile

RLE = "1.2.840.10008.1.2.5"
#: Transfer syntaxes and bits stored.
FAMILIES = {
    "jpeg": ((BASELINE, 8), (EXTENDED, 12)),
    "lossless": ((LOSSLESS, 8), (FIRST_ORDER, 16)),
    "jpeg-ls": ((JPEG_LS, 8), (JPEG_LS, 16), (NEAR_LOSSLESS, 16)),
    "jpeg 2000": ((JPEG_2000, 8), (JPEG_2000, 16), (JPEG_2000_LOSSY, 16)),
    "htj2k": ((HT, 8), (HT, 16), (HT_LOSSY, 16)),
    "rle": ((RLE, 8), (RLE, 16)),
}
_ITEM = b"\xfe\xff\x00\xe0"
_END = b"\xfe\xff\xdd\xe0" + bytes(4)


def damaged(frame: bytes, random: Random) -> bytes:
    """Return a frame that is cut, or has bytes changed, dropped or put in; half of it in its header."""
    data = bytearray(frame)
    at = random.randrange(len(data) if random.random() < 0.5 else min(len(data), 120))
    kind = random.randrange(4)
    if kind == 0:
        del data[max(at, 1) :]
    elif kind == 1:
        for _ in range(random.randint(1, 6)):
            near = min(len(data) - 1, at + random.randrange(20))
            data[near] = random.choice((0, 1, 127, 128, 255, random.randrange(256)))
    elif kind == 2:
        del data[at : at + random.randint(1, 40)]
    else:
        data[at:at] = random.randbytes(random.randint(1, 40))
    return bytes(data)


def _encoded(syntax: str, plane: NDArray[Any], bits: int) -> bytes:
    if syntax in LOSSY_ENCODERS:
        return bytes(LOSSY_ENCODERS[syntax][0](plane))
    if syntax in LOSSLESS_ENCODERS:
        return bytes(LOSSLESS_ENCODERS[syntax](plane, bits))
    return _rle(plane)


def _rle(plane: NDArray[Any]) -> bytes:
    """Return an RLE frame by pydicom."""
    from pydicom.dataset import Dataset
    from pydicom.encaps import get_frame

    ds = Dataset()
    ds.Rows, ds.Columns = plane.shape
    ds.SamplesPerPixel, ds.PhotometricInterpretation, ds.PixelRepresentation = 1, "MONOCHROME2", 0
    ds.BitsAllocated = ds.BitsStored = 8 * plane.itemsize
    ds.SOPInstanceUID, ds.SOPClassUID = "1.2.3", "1.2.840.10008.5.1.4.1.1.7"
    ds.compress(RLE, plane, generate_instance_uid=False)
    return bytes(get_frame(ds.PixelData, 0, number_of_frames=1))


def _seed(path: Path, syntax: str, bits: int) -> tuple[ImageFile, bytes, bytes]:
    """Write an image, and return its header, the bytes before its pixels, and its frame."""
    plane = smooth(40, 50, 0, 2**bits - 1, seed=1).astype("u1" if bits == 8 else "u2")
    frame = _encoded(syntax, plane, bits)
    write_image(path, [frame], like=plane, bits=bits, syntax=syntax)
    (header,) = read_headers(path)
    assert header.file.pixels is not None
    with opened(header.file) as source:
        assert source.frame(0)[0].shape == plane.shape
    return header.file, path.read_bytes()[: header.file.pixels.offset], frame


def _with_frame(file: ImageFile, before: bytes, frame: bytes) -> ImageFile:
    """Write a file anew with another frame."""
    frame += b"\0" * (len(frame) % 2)
    items = _ITEM + bytes(4) + _ITEM + len(frame).to_bytes(4, "little") + frame + _END
    file.path.write_bytes(before + items)
    return replace(file, size=len(before) + len(items))


def main(family: str, count: int) -> dict[str, object]:
    """Decode damaged frames and return what happened."""
    tally: dict[str, int] = {"decoded": 0, "refused": 0}
    others: list[str] = []
    slowest = 0.0
    with tempfile.TemporaryDirectory() as folder:
        seeds = [_seed(Path(folder, f"{n}.dcm"), *seed) for n, seed in enumerate(FAMILIES[family])]
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for number in range(count):
            random = Random(f"{family} {number}")
            file, head, frame = seeds[number % len(seeds)]
            file = _with_frame(file, head, damaged(frame, random))
            start = time.perf_counter()
            try:
                with opened(file) as source:
                    assert source.frame(0)[0].shape == (40, 50)
                tally["decoded"] += 1
            except ReadError:
                tally["refused"] += 1
            except Exception as error:  # what must not happen is told, whatever it is
                others.append(f"{number}: {error!r}")
            slowest = max(slowest, time.perf_counter() - start)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    return {**tally, "others": others[:5], "slowest_s": slowest, "grown_mib": grown}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], int(sys.argv[2]))))  # noqa: T201 (its answer)
