"""Files of several frames made by code: enhanced objects, cine loops, Siemens mosaics."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
from pydicom.dataset import Dataset

from tests.dicom_files import AXIAL, write_series

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

ENHANCED_MR = "1.2.840.10008.5.1.4.1.1.4.1"
#: Elements that an enhanced object says in its functional groups.
_CLASSIC = ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SliceThickness")


@dataclass
class Frame:
    """One frame of an enhanced object, and what is said of it alone.

    Attributes
    ----------
    pixels : ndarray
        (rows, columns).
    position : sequence of float
        LPS+ mm.
    groups : dict
        Functional group to the keywords of its item.
    """

    pixels: NDArray[Any]
    position: tuple[float, ...]
    groups: dict[str, dict[str, Any]] = field(default_factory=dict)


def item(values: dict[str, Any]) -> Dataset:
    """Return a data set of some keywords."""
    ds = Dataset()
    for keyword, value in values.items():
        setattr(ds, keyword, value)
    return ds


def groups_item(groups: dict[str, dict[str, Any]]) -> Dataset:
    """Return an item of functional groups."""
    return item({name: [item(values)] for name, values in groups.items()})


def write_enhanced(
    path: Path,
    frames: list[Frame],
    *,
    orientation: tuple[float, ...] = AXIAL,
    shared: dict[str, dict[str, Any]] | None = None,
    tags: dict[str, Any] | None = None,
    **options: Any,
) -> Path:
    """Write frames as one enhanced MR object; `shared` are more groups of all frames."""
    write_one(path, np.stack([frame.pixels for frame in frames]), tags, **options)
    ds = pydicom.dcmread(path)
    for keyword in _CLASSIC:
        del ds[keyword]
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = ENHANCED_MR
    ds.SharedFunctionalGroupsSequence = [
        groups_item(
            {
                "PlaneOrientationSequence": {"ImageOrientationPatient": list(orientation)},
                "PixelMeasuresSequence": {"PixelSpacing": [0.75, 0.5], "SliceThickness": 9.0},
                **(shared or {}),
            }
        )
    ]
    ds.PerFrameFunctionalGroupsSequence = [
        groups_item({"PlanePositionSequence": {"ImagePositionPatient": list(frame.position)}, **frame.groups})
        for frame in frames
    ]
    ds.save_as(path)
    return path


def write_one(path: Path, pixels: NDArray[Any], tags: dict[str, Any] | None = None, **options: Any) -> Path:
    """Write one file of several frames, (frames, rows, columns), without a word on what they are."""
    folder = path.parent / f"{path.name} made"
    several = {"Modality": "MR", "NumberOfFrames": len(pixels), **(tags or {})}
    rows, columns = pixels.shape[1:]
    flat = pixels.reshape(1, len(pixels) * rows, columns)
    write_series(folder, flat, tags={**several, "Rows": rows, "Columns": columns}, **options)
    (made,) = folder.iterdir()
    made.rename(path)
    folder.rmdir()
    return path


def csa_header(tags: dict[str, tuple[str, list[str]]]) -> bytes:
    """Return Siemens' own header (CSA2) of some tags: name to VR and texts."""
    out = [b"SV10\4\3\2\1", struct.pack("<II", len(tags), 77)]
    for name, (vr, texts) in tags.items():
        out.append(struct.pack("<64si4siii", name.encode(), len(texts), vr.encode(), 0, 6, 77))
        for n in range(6):
            text = texts[n].encode() + b"\0" if n < len(texts) else b""
            out.append(struct.pack("<4i", len(text), len(text), 77, len(text)))
            out.append(text + bytes(-len(text) % 4))
    return b"".join(out)


def write_mosaic(
    path: Path, volume: NDArray[Any], normal: tuple[float, float, float], tags: dict[str, Any]
) -> Path:
    """Write slices (n, rows, columns) as a Siemens mosaic whose slices follow each other along `normal`."""
    count, rows, columns = volume.shape
    across = int(np.ceil(np.sqrt(count)))
    mosaic = np.zeros((across * rows, across * columns), volume.dtype)
    for k, plane in enumerate(volume):
        top, left = k // across * rows, k % across * columns
        mosaic[top : top + rows, left : left + columns] = plane
    image_type = ["ORIGINAL", "PRIMARY", "M", "ND", "MOSAIC"]
    write_one(path, mosaic[None], {"ImageType": image_type, "NumberOfFrames": None, **tags})
    ds = pydicom.dcmread(path)
    block = ds.private_block(0x0029, "SIEMENS CSA HEADER", create=True)
    texts = {
        "NumberOfImagesInMosaic": ("US", [str(count)]),
        "SliceNormalVector": ("FD", [f"{v:.8f}" for v in normal]),
    }
    block.add_new(0x10, "OB", csa_header(texts))
    ds.save_as(path)
    return path
