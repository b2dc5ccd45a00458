"""What a file is, told from its first bytes; a suffix proves nothing."""

from __future__ import annotations

import re
import struct
import zlib
from typing import TYPE_CHECKING, Final

from heatviewer.core.errors import MissingFileError, ReadError

if TYPE_CHECKING:
    from pathlib import Path

#: As many first bytes as tell all formats apart (the header of NIfTI-2 is the longest).
HEAD_BYTES: Final = 540

#: What a message says to whoever brings a file that is not read.
READ_HINT: Final = "The README has the table of the formats that are read"

#: First bytes of the formats that have a signature.
_SIGNATURES: Final = (
    (b"NRRD00", "nrrd"),
    (b"\x93NUMPY", "array"),
    (b"\x89PNG\r\n\x1a\n", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF87a", "image"),
    (b"GIF89a", "image"),
    (b"II*\x00", "image"),
    (b"MM\x00*", "image"),
    (b"II+\x00", "image"),
    (b"MM\x00+", "image"),
)
#: MetaImage has no signature: it is a text whose first line is one of these settings.
_META_IMAGE: Final = re.compile(
    rb"\s*(ObjectType|ObjectSubType|Comment|NDims|TransformType|Name|ID|AcquisitionDate)\s*[=:]"
)
#: Element types of MGH: uint8, int32, float32, int16, uint16.
_MGH_TYPES: Final = (0, 1, 3, 4, 10)
#: Formats that are read from gzip files too.
_GZIPPED: Final = ("nifti", "analyze", "mgh")
#: Sizes that the second header of a BMP file can have.
_BMP_HEADERS: Final = (12, 16, 40, 52, 56, 64, 108, 124)

#: Formats that are known by sight and not read; the words stand in a message.
_STRANGERS: Final = (
    (b"PK\x03\x04", "is a ZIP archive"),
    (b"\x89HDF", "is an HDF5 file (MINC 2?)"),
    (b"CDF", "is a netCDF file (MINC 1?)"),
    (b"%PDF", "is a PDF document"),
    (b"{", "is a JSON text"),
    (b"<", "is an XML or HTML text"),
)


def head_of(path: Path) -> bytes:
    """Return the first bytes of a file, gunzipped if it is a gzip file.

    Raises
    ------
    MissingFileError
        There is no such file.
    ReadError
        It cannot be opened.
    """
    try:
        with path.open("rb") as file:
            head = file.read(8192)
    except FileNotFoundError:
        raise MissingFileError(str(path), "there is no such file or folder", "Check the path") from None
    except OSError as error:
        raise ReadError(path.name, f"cannot be opened ({error.strerror})", "Check its permissions") from None
    return unpacked_head(head)


def unpacked_head(head: bytes) -> bytes:
    """Return the first bytes that tell a format, of a gzip file those inside it."""
    if head[:2] == b"\x1f\x8b":
        try:
            inside = zlib.decompressobj(wbits=31).decompress(head, HEAD_BYTES)
        except zlib.error:
            return head[:HEAD_BYTES]
        return inside if format_of(inside) in _GZIPPED else head[:HEAD_BYTES]
    return head[:HEAD_BYTES]


def begins_with(path: Path, *signatures: bytes) -> bool:
    """Return whether a file's first bytes are one of some signatures."""
    with path.open("rb") as file:
        return file.read(max(map(len, signatures))).startswith(signatures)


def format_of(head: bytes) -> str:
    """Return a file's format from its first bytes; empty where it is none that is read.

    ``"nifti"``, ``"analyze"``, ``"dicom"``, ``"nrrd"``, ``"metaimage"``, ``"mgh"``, ``"array"``
    (.npy and .npz) or ``"image"`` (PNG, JPEG, TIFF, BMP, GIF, WebP).
    """
    if head[344:348] in (b"n+1\0", b"ni1\0") or head[4:8] in (b"n+2\0", b"ni2\0"):
        return "nifti"
    # Before the pictures: a DICOM file may carry the signature of a TIFF file in its preamble.
    if head[128:132] == b"DICM":
        return "dicom"
    signed = next((kind for signature, kind in _SIGNATURES if head.startswith(signature)), "")
    if signed:
        return signed
    if _is_bmp(head) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP"):
        return "image"
    if _META_IMAGE.match(head) and (b"NDims" in head or b"DimSize" in head):
        return "metaimage"
    if _is_zip_of_arrays(head):
        return "array"
    if _is_mgh(head):
        return "mgh"
    if _starts_as_bare_dicom(head):
        return "dicom"
    if len(head) >= 348 and 348 in (*struct.unpack("<i", head[:4]), *struct.unpack(">i", head[:4])):
        return "analyze"
    return ""


def stranger(head: bytes) -> str:
    """Return what a file of no known volume format is, as the predicate of a message."""
    if not head:
        return "is empty"
    if head.startswith(b"\x1f\x8b"):
        return "is a gzip file without a NIfTI or MGH image, or a damaged one"
    found = next((words for magic, words in _STRANGERS if head.startswith(magic)), "")
    return f"{found}, which is not read yet" if found else "is in no format that is known"


def _starts_as_bare_dicom(head: bytes) -> bool:
    """Return whether these are the first elements of a data set without DICOM's preamble.

    Such files begin with group 2 or 8 and a short first element; the second tag must follow it.
    """
    if len(head) < 16:
        return False
    for order in "<>":
        group, element, vr, short = struct.unpack(f"{order}HH2sH", head[:8])
        if group not in (2, 8) or element > 0x0060:
            continue
        explicit = vr.isalpha() and vr.isupper()
        length = short if explicit else struct.unpack(f"{order}I", head[4:8])[0]
        after = head[8 + length : 12 + length]
        if length <= 256 and len(after) == 4 and struct.unpack(f"{order}H", after[:2])[0] in (2, 8):
            return True
    return False


def _is_bmp(head: bytes) -> bool:
    if len(head) < 18 or head[:2] != b"BM":
        return False
    return struct.unpack("<I", head[14:18])[0] in _BMP_HEADERS


def _is_zip_of_arrays(head: bytes) -> bool:
    """Return whether a ZIP archive begins with an entry that ends in ``.npy``, as .npz files do."""
    if len(head) < 30 or head[:4] != b"PK\x03\x04":
        return False
    name = head[30 : 30 + struct.unpack("<H", head[26:28])[0]]
    return name.endswith(b".npy")


def _is_mgh(head: bytes) -> bool:
    """Return whether this is version 1 of MGH with sizes and an element type that can be."""
    if len(head) < 284:
        return False
    version, *dims, kind = struct.unpack(">6i", head[:24])
    return version == 1 and min(dims) > 0 and kind in _MGH_TYPES
