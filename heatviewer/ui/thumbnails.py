"""Small pictures of volumes, made in the background for those that are in sight."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage, QPixmap

from heatviewer.core.errors import HeatViewerError
from heatviewer.ui.background import Background, Poster

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from heatviewer.io import Found

#: Side in pixels: drawn on half as many units, so that it is sharp on a doubled screen.
PIXELS = 96
#: As many are kept; 36 kB each.
_MOST = 600
#: What was asked for longer ago is out of sight by now, and is asked for again once it is back.
_WAITING = 24

#: Voxels of a file that is read for its picture.
_HEAVY = 64_000_000

Key = tuple[str, str]


class Thumbnails(QObject):
    """Pictures by (path, series), each made when it is first asked for, the latest wish first.

    Signals
    -------
    made : str, str
        A picture that can be asked for now.
    """

    made = Signal(str, str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._background = Background(Poster(self).post)
        # A picture that is done later would be told to somebody who is gone.
        self.destroyed.connect(self._background.close)
        self._kept: dict[Key, QPixmap] = {}
        self._waiting: dict[Key, Found] = {}
        self._making: Key | None = None
        self._paused = False

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being made, or will be before somebody asks for more."""
        return self._making is None and (self._paused or not self._waiting)

    def picture(self, path: str, found: Found) -> QPixmap | None:
        """Return a picture, empty where none can be made; None where it is still to come."""
        key = (path, found.id)
        kept = self._kept.get(key)
        if kept is None and _is_heavy(found):
            kept = self._kept[key] = QPixmap()
        if kept is None and key != self._making:
            self._waiting.pop(key, None)
            self._waiting[key] = found
            while len(self._waiting) > _WAITING:
                del self._waiting[next(iter(self._waiting))]
            self._go_on()
        return kept

    def pause(self, paused: bool) -> None:
        """Make none while something more urgent is read."""
        self._paused = paused
        self._go_on()

    def forget_waiting(self) -> None:
        """Make none of those that were asked for so far."""
        self._waiting.clear()

    def close(self) -> None:
        """Make none any more, and wait for the one that is being made."""
        self._waiting.clear()
        self._background.close()

    def _go_on(self) -> None:
        if self._paused or self._making is not None or not self._waiting:
            return
        key, found = self._waiting.popitem()
        self._making = key
        self._background.run(
            lambda: _made(found), lambda array: self._take(key, array), lambda error: self._fail(key, error)
        )

    def _take(self, key: Key, array: NDArray[np.uint8]) -> None:
        height, width = array.shape[:2]
        image = QImage(array.data, width, height, 4 * width, QImage.Format.Format_RGBX8888)
        pixmap = QPixmap.fromImage(image.copy())
        pixmap.setDevicePixelRatio(2.0)
        self._keep(key, pixmap)

    def _fail(self, key: Key, error: Exception) -> None:
        """Keep an empty picture of what cannot be read: opening it will say why."""
        self._keep(key, QPixmap())
        if not isinstance(error, HeatViewerError | OSError):
            raise error

    def _keep(self, key: Key, pixmap: QPixmap) -> None:
        self._making = None
        self._kept[key] = pixmap
        while len(self._kept) > _MOST:
            del self._kept[next(iter(self._kept))]
        self.made.emit(*key)
        self._go_on()


def _is_heavy(found: Found) -> bool:
    """Return whether a volume is so large that reading it for a small picture is out of proportion.

    Of DICOM one slice is read; of other files, which may be compressed, all up to it.
    """
    info = found.info()
    return not info.modality and info.voxels > _HEAVY


def _made(found: Found) -> NDArray[np.uint8]:
    """Return the picture of a volume; on the background's thread."""
    from heatviewer.app.thumbnail import thumbnail

    return thumbnail(found.thumbnail(), PIXELS)
