"""Listings made by code: volumes that come when a test lets them, without a file."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from heatviewer.app.browsing import Listing
from heatviewer.core.volume import Volume
from heatviewer.io import Scan, SeriesInfo

if TYPE_CHECKING:
    from collections.abc import Sequence

    from heatviewer.io import Progress
    from heatviewer.io.listing import Early

PATH = "/studies/one"


def series_info(name: str, shape: tuple[int, ...] = (6, 5, 4), **fields: Any) -> SeriesInfo:
    """Return a line of a listing; its id is its name."""
    plain: dict[str, Any] = {
        "id": name, "description": name, "modality": "CT", "affine": np.eye(4),
        "dtype": "int16", "unit": "HU", "files": (Path(PATH, name),),
    }  # fmt: skip
    return SeriesInfo(shape=shape, **(plain | fields))


def volume(name: str, shape: tuple[int, ...] = (6, 5, 4), affine: Any = None, **fields: Any) -> Volume:
    """Return a volume in which every voxel differs."""
    values = np.arange(np.prod(shape), dtype=np.int32).reshape(shape, order="F")
    return Volume(values, np.eye(4) if affine is None else affine, name=name, **fields)


@dataclass(eq=False)
class Made:
    """A volume that can be opened, as a reader finds it.

    ``coarse`` comes early; what comes then waits for ``go``; ``error`` comes in its place.
    """

    listed: SeriesInfo
    whole: Volume
    coarse: Volume | None = None
    error: Exception | None = None
    go: threading.Event = field(default_factory=threading.Event)
    like: list[Volume | None] = field(default_factory=list)
    pictures: int = 0

    @property
    def id(self) -> str:
        return self.listed.id

    def info(self) -> SeriesInfo:
        return self.listed

    def open(self, progress: Progress, early: Early | None = None, like: Volume | None = None) -> Volume:
        self.like.append(like)
        if early is not None and self.coarse is not None:
            early(self.coarse)
        while not self.go.wait(0.005):
            progress.check()
        if self.error is not None:
            raise self.error
        return self.whole

    def thumbnail(self) -> Volume:
        self.pictures += 1
        if self.error is not None:
            raise self.error
        return self.whole.middle


def made(name: str, shape: tuple[int, ...] = (6, 5, 4), ready: bool = True, **fields: Any) -> Made:
    """Return a volume that can be opened; its read-out is ready, or waits."""
    found = Made(series_info(name, shape, **fields), volume(name, shape))
    if ready:
        found.go.set()
    return found


def listing(
    found: Sequence[Made], path: str = PATH, chosen: str = "", notes: tuple[str, ...] = ()
) -> Listing:
    """Return what a path holds."""
    scan = Scan(Path(path), "dicom", tuple(found), notes, chosen or found[0].id)
    return Listing(path, scan, scan.series)
