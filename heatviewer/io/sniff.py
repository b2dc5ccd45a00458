"""What a file is, told from its first bytes; a suffix proves nothing."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Final

from heatviewer.core.errors import MissingFileError, ReadError

if TYPE_CHECKING:
    from pathlib import Path

#: As many first bytes as tell all formats apart (the header of NIfTI-2 is the longest).
HEAD_BYTES: Final = 540

#: Formats that are known by sight and not read; the words stand in a message.
_STRANGERS: Final = (
    (b"PK\x03\x04", "is a ZIP archive"),
    (b"\x89PNG", "is a PNG picture"),
    (b"\xff\xd8\xff", "is a JPEG picture"),
    (b"GIF8", "is a GIF picture"),
    (b"II*\x00", "is a TIFF picture"),
    (b"MM\x00*", "is a TIFF picture"),
    (b"BM", "is a BMP picture"),
    (b"\x93NUMPY", "is a NumPy array"),
    (b"\x89HDF", "is an HDF5 file (MINC 2?)"),
    (b"CDF", "is a netCDF file (MINC 1?)"),
    (b"NRRD", "is an NRRD file"),
    (b"ObjectType", "is a MetaImage file"),
    (b"%PDF", "is a PDF document"),
    (b"{", "is a JSON text"),
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
    if head[:2] == b"\x1f\x8b":
        try:
            inside = zlib.decompressobj(wbits=31).decompress(head, HEAD_BYTES)
        except zlib.error:
            return head[:HEAD_BYTES]
        # Only images of the NIfTI family are read from gzip files.
        return inside if format_of(inside) in ("nifti", "analyze") else head[:HEAD_BYTES]
    return head[:HEAD_BYTES]


def is_gzip(path: Path) -> bool:
    """Return whether a file starts as a gzip file does."""
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


def format_of(head: bytes) -> str:
    """Return ``"nifti"``, ``"analyze"``, ``"dicom"`` or empty, from a file's first bytes."""
    if head[344:348] in (b"n+1\0", b"ni1\0") or head[4:8] in (b"n+2\0", b"ni2\0"):
        return "nifti"
    if head[128:132] == b"DICM" or _starts_as_bare_dicom(head):
        return "dicom"
    if len(head) >= 348 and 348 in (*struct.unpack("<i", head[:4]), *struct.unpack(">i", head[:4])):
        return "analyze"
    return ""


def stranger(head: bytes) -> str:
    """Return what a file of no known volume format is, as the predicate of a message."""
    if not head:
        return "is empty"
    if head.startswith(b"\x1f\x8b"):
        return "is a gzip file without a NIfTI image, or a damaged one"
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
