"""One DICOM file to the headers of its planes, without its pixels."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, BinaryIO, Final

from heatviewer.io.dicom.cine import cine_planes
from heatviewer.io.dicom.elements import text, texts
from heatviewer.io.dicom.file_header import FileHeader, read_by_pydicom, read_header
from heatviewer.io.dicom.frames import functional_planes, has_functional_groups
from heatviewer.io.dicom.header import NotAnImage, SliceHeader
from heatviewer.io.dicom.image_file import whole_plane
from heatviewer.io.dicom.mosaic import mosaic_planes
from heatviewer.io.dicom.raw_set import Unusual

if TYPE_CHECKING:
    from pathlib import Path

_DIRECTORY: Final = "1.2.840.10008.1.3.10"
#: Storage SOP Class of an RT dose, which says in a way of its own where its planes lie: `dose` places them.
RT_DOSE: Final = "1.2.840.10008.5.1.4.1.1.481.2"


def read_headers(path: Path) -> tuple[SliceHeader, ...]:
    """Read one DICOM file's header without its pixels; one entry for each of its planes.

    An RT dose has one entry only.

    Raises
    ------
    NotAnImage
        The file holds no image.
    OSError, ValueError, …
        The file is no DICOM file or damaged: pydicom raises many types here.
    """
    with path.open("rb") as file:
        return headers_in(path, file)


def headers_in(path: Path, file: BinaryIO, first: bytes = b"") -> tuple[SliceHeader, ...]:
    """Read an open file's header, of which the bytes `first` were read already; as `read_headers`."""
    header = read_header(file, first)
    size = os.fstat(file.fileno()).st_size
    try:
        return _planes(path, header, size)
    except Unusual:
        if header.deflated:
            raise ValueError("damaged deflated data") from None
        return _planes(path, read_by_pydicom(file), size)


def _planes(path: Path, header: FileHeader, size: int) -> tuple[SliceHeader, ...]:
    ds = header.elements
    if text(header.meta, "MediaStorageSOPClassUID") == _DIRECTORY:
        raise NotAnImage("DICOMDIR")
    if "Rows" not in ds or "Columns" not in ds:
        raise NotAnImage(text(ds, "Modality") or "DICOM object")
    plane = whole_plane(ds, path, header, size)
    if plane.file.problem or plane.file.sop_class == RT_DOSE:
        return (plane,)
    if has_functional_groups(ds):
        return functional_planes(ds, plane)
    if "MOSAIC" in texts(ds, "ImageType"):
        return mosaic_planes(ds, plane)
    return cine_planes(ds, plane) if plane.file.frames > 1 else (plane,)
