"""The doses of a plan's parts, added up."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from heatviewer.core.volume import Volume
    from heatviewer.io.dicom.stack_heatmap import StackHeatmap
    from heatviewer.io.listing import Early, SeriesInfo
    from heatviewer.io.progress import Progress

#: Corners of grids that lie nearer than this are one, mm.
_SAME_MM: Final = 0.01


@dataclass(frozen=True, eq=False)
class DoseSum:
    """The sum of doses on one grid: float64, voxel by voxel, never resampled.

    Attributes
    ----------
    parts : tuple of StackHeatmap
        Two or more on one grid, see `reason_against`.
    name, facts, warnings, secondary
        As in ``StackHeatmap``.
    """

    parts: tuple[StackHeatmap, ...]
    name: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    secondary: bool = False

    @property
    def id(self) -> str:
        """The first part's series, and that it is a sum."""
        series, _, number = self.parts[0].id.partition("#")
        return f"{series}#sum{number}"

    def info(self) -> SeriesInfo:
        """Return it as one line of a listing."""
        first = self.parts[0].info()
        files = tuple(dict.fromkeys(path for part in self.parts for path in part.info().files))
        return replace(
            first,
            id=self.id,
            description=self.name,
            dtype="float64",
            files=files,
            warnings=self.warnings,
            secondary=self.secondary,
        )

    def open(self, progress: Progress, early: Early | None = None, like: Volume | None = None) -> Volume:  # noqa: ARG002 (as every Found)
        """Read it; see ``Found.open``."""
        share = 1.0 / len(self.parts)
        first = self.parts[0].open(progress.part(0.0, share))
        total = first.array.astype(np.float64, order="F")
        lost = [text for text in first.warnings if "left out" in text]
        for n, part in enumerate(self.parts[1:], 1):
            volume = part.open(progress.part(n * share, (n + 1) * share))
            lost.extend(text for text in volume.warnings if "left out" in text)
            _add(total, volume, progress)
        return self._named(first, total, tuple(lost))

    def thumbnail(self) -> Volume:
        """Read one plane through the middle; see ``Found.thumbnail``."""
        volumes = [part.thumbnail() for part in self.parts]
        total = np.sum([volume.array for volume in volumes], axis=0, dtype=np.float64)
        return self._named(volumes[0], total)

    def _named(self, first: Volume, total: Any, lost: tuple[str, ...] = ()) -> Volume:
        parts = [part.name for part in self.parts]
        return replace(
            first,
            stored=total,
            slope=1.0,
            intercept=0.0,
            padding=None,
            window=None,
            windows=(),
            name=self.name,
            warnings=(*self.warnings, *lost),
            info={"series": self.id, "files": len(self.info().files), **self.facts, "parts": parts},
        )


def reason_against(parts: Sequence[StackHeatmap]) -> str:
    """Return why doses cannot be added voxel by voxel, or empty."""
    infos = [part.info() for part in parts]
    if not all(info.readable for info in infos):
        return "one of them cannot be read"
    if any(info.unit != infos[0].unit for info in infos):
        return "their units differ"
    corners = np.array([[0, 0, 0, 1], [1, 0, 0, 1], [0, 1, 0, 1], [0, 0, 1, 1]], dtype=np.float64)
    corners[1:, :3] *= np.array(infos[0].shape[:3])
    for info in infos[1:]:
        off = np.abs(corners @ (info.affine - infos[0].affine).T).max()
        if info.shape != infos[0].shape or off > _SAME_MM:
            return "their grids differ"
    return ""


def _add(total: Any, volume: Volume, progress: Progress) -> None:
    """Add a volume's values to a float64 array of its shape, slice by slice."""
    values = volume.array
    for k in range(total.shape[2]):
        progress.check()
        total[:, :, k] += values[:, :, k]
