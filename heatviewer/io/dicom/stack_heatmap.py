"""What is meant to lie on another image: a stack of planes with a meaning of its own."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from heatviewer.core.volume import Volume
    from heatviewer.io.dicom.series import Stack
    from heatviewer.io.listing import Early, SeriesInfo
    from heatviewer.io.progress import Progress


@dataclass(frozen=True, eq=False)
class StackHeatmap:
    """A stack of planes that is a heatmap: a dose, a PET, a map.

    Attributes
    ----------
    stack : Stack
        Its planes; their headers say slope, unit and kind.
    name : str
        As the listing and the layer show it.
    facts : mapping
        Joined to ``Volume.info``.
    warnings : tuple of str
        Joined to those of the stack, before them.
    group : str
        As in ``SeriesInfo``.
    secondary : bool
        As in ``SeriesInfo``.
    """

    stack: Stack
    name: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    group: str = ""
    secondary: bool = False

    @property
    def id(self) -> str:
        """As in ``SeriesInfo``."""
        return self.stack.id

    def info(self) -> SeriesInfo:
        """Return it as one line of a listing."""
        info = self.stack.info()
        return replace(
            info,
            description=self.name,
            warnings=(*self.warnings, *info.warnings),
            role="heatmap",
            group=self.group,
            secondary=self.secondary,
        )

    def open(self, progress: Progress, early: Early | None = None, like: Volume | None = None) -> Volume:
        """Read it; see ``Found.open``."""
        if early is None:
            return self._named(self.stack.open(progress, like=like))
        show = early
        return self._named(self.stack.open(progress, lambda volume: show(self._named(volume)), like))

    def thumbnail(self) -> Volume:
        """Read one plane through the middle; see ``Found.thumbnail``."""
        return self._named(self.stack.thumbnail())

    def _named(self, volume: Volume) -> Volume:
        return replace(
            volume,
            name=self.name,
            warnings=(*self.warnings, *volume.warnings),
            info={**volume.info, **self.facts},
        )
