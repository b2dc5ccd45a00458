"""Files of several frames without functional groups: cine loops, and slices without a place."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from heatviewer.io.dicom.elements import item, number, numbers

if TYPE_CHECKING:
    from heatviewer.io.dicom.elements import Elements
    from heatviewer.io.dicom.header import SliceHeader

#: Frames of these are slices, though the file does not say where.
_SLICED: Final = frozenset({"CT", "MR", "PT"})


def cine_planes(ds: Elements, plane: SliceHeader) -> tuple[SliceHeader, ...]:
    """Return one header a frame, in the file's order.

    Frames are moments in time, unless a slice vector says which slice each is (PS3.3 C.8.4.8.1),
    or they are of a modality that makes slices and have neither place nor time.
    """
    slices = numbers(ds, "SliceVector", plane.file.frames)
    if slices is not None and len(set(slices)) > 1:
        return _slices(ds, plane, slices)
    if plane.file.modality in _SLICED and plane.position is None and not _times(ds, 2)[1]:
        return _slices(ds, plane, tuple(n + 1.0 for n in range(plane.file.frames)))
    times = _times(ds, plane.file.frames)
    return tuple(
        replace(
            plane,
            frame=n,
            location=None,
            frame_key=plane.frame_key._replace(temporal=n + 1.0, time=times[n], number=n + 1.0),
        )
        for n in range(plane.file.frames)
    )


def _times(ds: Elements, count: int) -> tuple[float, ...]:
    """Return when each frame was taken, s after the first (PS3.3 C.7.6.5.1.1); zeros where unknown."""
    steps = numbers(ds, "FrameTimeVector", count)
    if steps is not None:
        times = np.cumsum(steps) - steps[0]
        return tuple(float(t) for t in times / 1000.0)
    step = (number(ds, "FrameTime") or 0.0) / 1000.0
    if not step:
        rate = number(ds, "CineRate") or number(ds, "RecommendedDisplayFrameRate") or 0.0
        step = 1.0 / rate if rate > 0 else 0.0
    return tuple(n * step for n in range(count))


def _slices(ds: Elements, plane: SliceHeader, slices: tuple[float, ...]) -> tuple[SliceHeader, ...]:
    """Return frames that are slices, numbered from 1 along the stack (PS3.3 C.8.4.15, C.8.4.11)."""
    detector = item(ds, "DetectorInformationSequence")
    position = orientation = None
    if detector is not None:
        position = numbers(detector, "ImagePositionPatient", 3)
        orientation = numbers(detector, "ImageOrientationPatient", 6)
    position, orientation = position or plane.position, orientation or plane.orientation
    # The sign of the spacing says on which side of the first slice the others are.
    step = number(ds, "SpacingBetweenSlices") or number(ds, "SliceThickness") or 1.0
    found = []
    for n, index in enumerate(slices):
        place = None
        if position is not None and orientation is not None:
            normal = np.cross(orientation[:3], orientation[3:])
            place = tuple(float(v) for v in np.add(position, normal * (step * (index - 1.0))))
        found.append(
            replace(
                plane,
                frame=n,
                position=place,
                orientation=orientation,
                location=index * step,
                frame_key=plane.frame_key._replace(number=n + 1.0),
            )
        )
    return tuple(found)
