"""Free texts in the headers of other formats than DICOM, and beside the pixels of pictures."""

from __future__ import annotations

import re
import struct
import warnings
import zlib
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from heatviewer.io.sniff import format_of, head_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

Named = tuple[str, str]
#: Field, first byte, bytes: of NIfTI-1, NIfTI-2 and Analyze 7.5.
_NIFTI_1: Final = (
    ("data_type", 4, 10), ("db_name", 14, 18), ("descrip", 148, 80), ("aux_file", 228, 24),
    ("intent_name", 328, 16),
)  # fmt: skip
_NIFTI_2: Final = (("descrip", 240, 80), ("aux_file", 320, 24), ("intent_name", 508, 16))
_ANALYZE: Final = (
    ("data_type", 4, 10), ("db_name", 14, 18), ("descrip", 148, 80), ("aux_file", 228, 24),
    ("originator", 253, 10), ("generated", 263, 10), ("scannum", 273, 10), ("patient_id", 283, 10),
    ("exp_date", 293, 10),
)  # fmt: skip
#: Longer no free text of a header is.
_FIRST_BYTES: Final = 1 << 16
_MOST_TEXTS: Final = 500
_MOST_PAGES: Final = 50
_MOST_LETTERS: Final = 10_000
#: Texts of a picture's file that say how it is packed and nothing else.
_PLAIN: Final = {"progressive", "progression", "jfif", "jfif_version", "jfif_unit", "jfif_density", "adobe",
                 "adobe_transform", "interlace", "gamma", "srgb", "dpi", "compression", "version",
                 "background", "duration", "loop", "extension", "transparency", "icc_profile", "aspect",
                 "chromaticity", "timestamp", "default_image"}  # fmt: skip
_GPS: Final = 0x8825
_INNER: Final = (0x8769, 0xA005)


def header_texts(path: Path) -> tuple[Named, ...]:
    """Return the free texts of a NIfTI, Analyze, NRRD or MetaImage header by field; empty for others.

    Raises
    ------
    MissingFileError, ReadError
        The file is not there, or cannot be opened.
    """
    kind = format_of(head_of(path))
    head = _first_bytes(path)
    if kind == "nifti":
        second = head[4:8] in (b"n+2\0", b"ni2\0")
        extra = _extension(head, 540 if second else 348)
        return (*_fixed(head, _NIFTI_2 if second else _NIFTI_1), *extra)
    if kind == "analyze":
        return _fixed(head, _ANALYZE)
    if kind in ("nrrd", "metaimage"):
        return tuple(islice(_lines(head), _MOST_TEXTS))
    return ()


def _first_bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        head = file.read(_FIRST_BYTES)
    if head[:2] != b"\x1f\x8b":
        return head
    try:
        return zlib.decompressobj(wbits=31).decompress(head, _FIRST_BYTES)
    except zlib.error:
        return b""


def _fixed(head: bytes, fields: tuple[tuple[str, int, int], ...]) -> tuple[Named, ...]:
    found = ((name, _words(head[start : start + size].split(b"\0")[0])) for name, start, size in fields)
    return tuple((name, text) for name, text in found if text)


def _extension(head: bytes, start: int) -> tuple[Named, ...]:
    """Return a NIfTI header's extension, which may hold a whole DICOM header."""
    if len(head) < start + 12 or not head[start]:
        return ()
    sizes = (struct.unpack(f"{order}2i", head[start + 4 : start + 12]) for order in "<>")
    size, code = next((pair for pair in sizes if 8 < pair[0] < 1 << 30), (0, 0))
    text = _words(head[start + 12 : start + 4 + size])
    return (("extension", text or f"code {code}, {size} bytes"),) if size else ()


def _lines(head: bytes) -> Iterator[Named]:
    """Yield what a header of lines says in free text: NRRD's pairs, contents and comments."""
    for line in head.split(b"\n\n")[0].split(b"\n")[1:]:
        text = _words(line)
        if match := re.match(r"([^:=]+):=(.*)|(content|Comment|PatientName|\w*ID)\s*[:=]\s*(.*)", text):
            name, value = match.group(1) or match.group(3), match.group(2) or match.group(4) or ""
            yield name.strip(), value.strip()
        elif text.startswith("#"):
            yield "comment", text.lstrip("# ")


def _words(raw: bytes) -> str:
    """Return bytes as text on one line, without what cannot be shown."""
    text = raw.decode("utf-8", errors="replace")
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:_MOST_LETTERS]


# --- pictures --------------------------------------------------------------------------------------


def picture_texts(path: Path) -> tuple[Named, ...]:
    """Return the texts that a picture's file carries beside its pixels: PNG's chunks, EXIF, comments.

    Raises
    ------
    OSError, ValueError
        It is no picture, or damaged.
    """
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(path) as picture:
                found = [*_told(picture.info), *_exif(picture)]
                for page in range(min(getattr(picture, "n_frames", 1), _MOST_PAGES)):
                    if page and picture.format != "TIFF":
                        break
                    picture.seek(page)
                    found += _tags(getattr(picture, "tag_v2", {}))
                if picture.format == "PNG":
                    found += _png_texts(path)
        except Image.DecompressionBombError:
            raise ValueError("it claims an absurd size") from None
    return tuple(dict.fromkeys(found))[:_MOST_TEXTS]


def _png_texts(path: Path) -> Iterator[Named]:
    """Yield the texts of a PNG file's chunks, those after the pixels too; the pixels are passed over."""
    with path.open("rb") as file:
        file.seek(8)
        while len(head := file.read(8)) == 8:
            length, kind = struct.unpack(">I4s", head)
            if kind in (b"tEXt", b"zTXt", b"iTXt", b"eXIf"):
                name, _, rest = file.read(min(length, _FIRST_BYTES)).partition(b"\0")
                yield from _chunk(kind, _words(name), rest)
                length -= min(length, _FIRST_BYTES)
            file.seek(length + 4, 1)


def _chunk(kind: bytes, name: str, rest: bytes) -> Iterator[Named]:
    """Yield the text of a chunk, which is told as it is where it cannot be unpacked."""
    if kind == b"eXIf":
        yield "EXIF", "facts of a camera or a program"
        return
    packed = kind == b"zTXt" or (kind == b"iTXt" and rest[:1] == b"\1")
    text = (
        rest.split(b"\0", 2)[-1] if kind == b"iTXt" and not packed else rest[1:] if kind == b"zTXt" else rest
    )
    if packed:
        start = text.find(b"\x78")  # where a zlib stream begins
        with suppress(zlib.error):
            text = zlib.decompressobj().decompress(text[max(start, 0) :], _FIRST_BYTES)
    yield from _said(name, text)


def _told(info: Mapping[Any, Any]) -> Iterator[Named]:
    for name, value in info.items():
        if str(name).lower() not in _PLAIN and str(name) not in ("exif", "photoshop"):
            yield from _said(str(name), value)


def _tags(tags: Any) -> Iterator[Named]:
    from PIL.TiffTags import lookup

    for number, value in dict(tags).items():
        if isinstance(value, str):
            yield from _said(lookup(number).name, value)


def _exif(picture: Any) -> Iterator[Named]:
    from PIL.ExifTags import TAGS

    exif = picture.getexif()
    for part in (exif, *(exif.get_ifd(inner) for inner in _INNER)):
        for number, value in part.items():
            if isinstance(value, str | bytes):
                yield from _said(str(TAGS.get(number, number)), value)
    if exif.get_ifd(_GPS):
        yield "GPS", "position of the camera"


def _said(name: str, value: Any) -> Iterator[Named]:
    if isinstance(value, str | bytes):
        raw = value if isinstance(value, bytes) else value.encode("utf-8", errors="replace")
        if text := _words(raw):
            yield name, text
