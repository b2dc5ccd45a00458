"""DICOM files made by code with pixels of any kind, raw or compressed, in any number of frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import imagecodecs
import numpy as np
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian, generate_uid

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from heatviewer.core.volume import Volume

_1_2_4 = "1.2.840.10008.1.2.4."
BASELINE, EXTENDED, LOSSLESS, FIRST_ORDER = (_1_2_4 + tail for tail in ("50", "51", "57", "70"))
JPEG_LS, NEAR_LOSSLESS = _1_2_4 + "80", _1_2_4 + "81"
JPEG_2000, JPEG_2000_LOSSY = _1_2_4 + "90", _1_2_4 + "91"
HT, HT_BY_RESOLUTION, HT_LOSSY = (_1_2_4 + tail for tail in ("201", "202", "203"))


def _cells(plane: NDArray[Any], bits: int) -> NDArray[Any]:
    """Return signed numbers as unsigned ones of `bits` bits, as the JPEG families take them."""
    return (plane.astype(np.int64) % (1 << bits)).astype("u1" if bits <= 8 else "u2")


def _j2k(plane: NDArray[Any], bits: int) -> bytes:
    return bytes(imagecodecs.jpeg2k_encode(plane, codecformat="j2k", level=0, reversible=True))


def _ht(plane: NDArray[Any], bits: int) -> bytes:
    return bytes(imagecodecs.htj2k_encode(plane, reversible=True))


#: Lossless encoders: of a plane with so many bits stored.
LOSSLESS_ENCODERS: dict[str, Callable[[NDArray[Any], int], bytes]] = {
    LOSSLESS: lambda plane, bits: imagecodecs.jpeg8_encode(
        _cells(plane, bits), lossless=True, predictor=4, bitspersample=bits
    ),
    FIRST_ORDER: lambda plane, bits: imagecodecs.jpeg8_encode(
        _cells(plane, bits), lossless=True, predictor=1, bitspersample=bits
    ),
    JPEG_LS: lambda plane, bits: imagecodecs.jpegls_encode(_cells(plane, bits)),
    JPEG_2000: _j2k,
    HT: _ht,
    HT_BY_RESOLUTION: _ht,
}
#: Lossy encoders, and how far a number may be off.
LOSSY_ENCODERS: dict[str, tuple[Callable[[NDArray[Any]], bytes], int, int]] = {
    BASELINE: (lambda plane: imagecodecs.jpeg8_encode(plane.astype("u1"), 100), 8, 3),
    EXTENDED: (lambda plane: imagecodecs.jpeg8_encode(plane, 100, bitspersample=12), 12, 3),
    NEAR_LOSSLESS: (lambda plane: imagecodecs.jpegls_encode(plane, 2), 16, 2),
    JPEG_2000_LOSSY: (
        lambda plane: imagecodecs.jpeg2k_encode(plane, 90, codecformat="j2k", reversible=False), 16, 8,
    ),
    HT_LOSSY: (lambda plane: imagecodecs.htj2k_encode(plane, 0.00001, reversible=False), 16, 2),
}  # fmt: skip


def smooth(rows: int = 24, columns: int = 30, low: int = 0, high: int = 255, seed: int = 0) -> NDArray[Any]:
    """Return (rows, columns) int64 from `low` to `high`, as smooth and as noisy as a scan."""
    y, x = np.mgrid[:rows, :columns]
    noise = np.random.default_rng(seed).normal(0, 0.02, (rows, columns))
    picture = np.sin(x / 7) + np.cos(y / 5) + noise
    picture = (picture - picture.min()) / np.ptp(picture)
    return np.rint(low + picture * (high - low)).astype(np.int64)


def planes(volume: Volume) -> NDArray[Any]:
    """Return a volume's values as (planes, rows, columns), frame by frame."""
    return volume.array.reshape(*volume.shape[:2], -1, order="F").transpose(2, 1, 0)


def write_image(
    path: Path,
    frames: NDArray[Any] | Sequence[bytes],
    *,
    like: NDArray[Any] | None = None,
    bits: int = 0,
    photometric: str = "MONOCHROME2",
    syntax: str = ExplicitVRLittleEndian,
    tags: dict[str, Any] | None = None,
    **items: Any,
) -> Path:
    """Write a secondary capture and return its path.

    Parameters
    ----------
    frames : ndarray or sequence of bytes
        (frames, rows, columns[, 3]), or the compressed frames.
    like : ndarray
        One frame, where they are compressed.
    bits : int
        BitsStored; all by default.
    tags
        DICOM keywords.
    items
        Options of pydicom's ``encapsulate``.
    """
    one = frames[0] if like is None else like
    assert isinstance(one, np.ndarray)
    ds = _dataset(one, bits, syntax)
    ds.PhotometricInterpretation = photometric
    if len(frames) > 1:
        ds.NumberOfFrames = len(frames)
    if isinstance(frames, np.ndarray):
        order = ">" if syntax == ExplicitVRBigEndian else "<"
        data = frames.astype(frames.dtype.newbyteorder(order)).tobytes()
        put_pixels(ds, data, one.dtype)
    else:
        ds.PixelData = encapsulate(list(frames), **items)
        ds["PixelData"].VR = "OB"
    for keyword, value in (tags or {}).items():
        setattr(ds, keyword, value)
    ds.save_as(path, enforce_file_format=True)
    return path


def put_pixels(ds: FileDataset, data: bytes, dtype: np.dtype[Any]) -> None:
    """Set raw pixels of a type, floating ones in their own element."""
    keyword = {("f", 4): "FloatPixelData", ("f", 8): "DoubleFloatPixelData"}.get(
        (dtype.kind, dtype.itemsize), "PixelData"
    )
    setattr(ds, keyword, data + b"\0" * (len(data) % 2))
    if keyword == "PixelData":
        implicit = ds.file_meta.TransferSyntaxUID == ImplicitVRLittleEndian
        ds["PixelData"].VR = "OB" if dtype.itemsize == 1 and not implicit else "OW"


def _dataset(plane: NDArray[Any], bits: int, syntax: str) -> FileDataset:
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = syntax
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    meta.MediaStorageSOPInstanceUID = generate_uid()
    ds = FileDataset(
        "", {}, preamble=b"\0" * 128, file_meta=meta,
        is_implicit_VR=syntax == ImplicitVRLittleEndian, is_little_endian=syntax != ExplicitVRBigEndian,
    )  # fmt: skip
    ds.SOPClassUID, ds.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    ds.SeriesInstanceUID, ds.Modality, ds.PixelSpacing = generate_uid(), "OT", [1, 1]
    ds.Rows, ds.Columns = plane.shape[:2]
    ds.SamplesPerPixel = 1 if plane.ndim == 2 else plane.shape[2]
    if plane.ndim == 3:
        ds.PlanarConfiguration = 0
    ds.BitsAllocated = plane.dtype.itemsize * 8
    if plane.dtype.kind != "f":
        ds.BitsStored = bits or ds.BitsAllocated
        ds.HighBit = ds.BitsStored - 1
        ds.PixelRepresentation = int(plane.dtype.kind == "i")
    return ds
