"""Siemens mosaics: the slices of a volume laid side by side in one picture, cut into tiles.

What DICOM's own elements say is of the whole picture; how many slices it has, and on which side
the next one lies, stands in Siemens' own header (CSA).
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from heatviewer.io.dicom.csa import csa_numbers, csa_tags
from heatviewer.io.dicom.elements import private_bytes, private_numbers

if TYPE_CHECKING:
    from heatviewer.io.dicom.elements import Elements
    from heatviewer.io.dicom.header import SliceHeader


def mosaic_planes(ds: Elements, plane: SliceHeader) -> tuple[SliceHeader, ...]:
    """Return one header a tile; one with a problem where the mosaic does not tell how it is laid out.

    The position that the file gives is that of the mosaic as if it were one slice: its centre is
    the slice's (Siemens; see nibabel's "Siemens mosaic format"), so the first pixel of a tile lies
    half of what the mosaic is larger further along rows and columns.
    """
    count, normal = _layout(ds)
    across = math.ceil(math.sqrt(count))
    file = plane.file
    problem = ""
    if count < 1:
        problem = "is a Siemens mosaic that does not tell its number of slices"
    elif file.rows % across or file.columns % across:
        problem = (
            f"is a Siemens mosaic of {count} slices, which {file.columns} × {file.rows} pixels cannot hold"
        )
    if problem:
        return (plane.with_problem(problem),)
    width, height = file.columns // across, file.rows // across
    places: list[tuple[float, ...] | None] = [None] * count
    if plane.position is not None and plane.orientation is not None and plane.spacing is not None:
        row, column = np.reshape(plane.orientation, (2, 3))
        shift = row * plane.spacing[1] * (file.columns - width) / 2
        shift = shift + column * plane.spacing[0] * (file.rows - height) / 2
        step = (np.cross(row, column) if normal is None else np.asarray(normal)) * plane.step
        places = [tuple(float(v) for v in plane.position + shift + k * step) for k in range(count)]
    return tuple(
        replace(
            plane,
            tile=(k % across * width, k // across * height, width, height),
            position=places[k],
            location=k * plane.step,
        )
        for k in range(count)
    )


def _layout(ds: Elements) -> tuple[int, tuple[float, ...] | None]:
    """Return how many slices the mosaic has, and the direction to the next one, LPS+."""
    tags = csa_tags(private_bytes(ds, 0x0029, "SIEMENS CSA HEADER", 0x10))
    images = csa_numbers(tags, "NumberOfImagesInMosaic")
    images = images or private_numbers(ds, 0x0019, "SIEMENS MR HEADER", 0x0A)
    normal = csa_numbers(tags, "SliceNormalVector")
    return int(images[0]) if images else 0, normal if len(normal) == 3 and any(normal) else None
