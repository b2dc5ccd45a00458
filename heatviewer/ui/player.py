"""Plays the frames of a series: by the clock, so that frames which come too late are left out."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from heatviewer.app.frames import (
    frame_count,
    frame_of,
    framed_layer,
    go_to_frame,
    played_frame,
    recorded_speed,
)

if TYPE_CHECKING:
    from heatviewer.app.scene import Scene
    from heatviewer.app.scene_change import SceneChange

#: Frames a second.
SLOWEST, FASTEST, USUAL = 0.5, 60.0, 8.0


class Player(QObject):
    """Goes through the frames of the layer that has them, over and over, without steps to undo.

    Signals
    -------
    changed
        It began, ended, or goes at another speed.
    """

    changed = Signal()

    def __init__(self, scene: Scene, parent: QObject) -> None:
        super().__init__(parent)
        self._scene = scene
        self.per_second = USUAL
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._tick)
        self._began = 0.0
        self._first = 0
        self._layer = ""

    @property
    def playing(self) -> bool:
        """Whether frames change by themselves."""
        return self._timer.isActive()

    def on_changed(self, change: SceneChange) -> None:
        """Follow the scene: another study does not play by itself, and a cine has its own speed."""
        base = change.after.base
        if (base and base.id) == (change.before.base and change.before.base.id):
            return
        self.stop()
        layer = framed_layer(self._scene)
        speed = None if layer is None else recorded_speed(self._scene.volumes[layer.id])
        self.per_second = speed or USUAL
        self.changed.emit()

    def toggle(self) -> None:
        """Begin, or end."""
        if self.playing:
            self.stop()
        else:
            self.start()

    def start(self) -> None:
        """Begin at the frame that is shown."""
        if framed_layer(self._scene) is None:
            return
        self._rewind()
        # Half a frame: a tick that comes a little early is no frame lost.
        self._timer.start(max(round(500 / self.per_second), 8))
        self.changed.emit()

    def stop(self) -> None:
        """Leave the frame that is shown."""
        if self.playing:
            self._timer.stop()
            self._scene.end_drag()
            self.changed.emit()

    def set_speed(self, per_second: float) -> None:
        """Play so many frames a second from now on."""
        self.per_second = min(max(per_second, SLOWEST), FASTEST)
        if self.playing:
            self.start()

    def _rewind(self) -> None:
        """Count from the frame that is shown now."""
        layer = framed_layer(self._scene)
        if layer is not None:
            self._layer, self._first = layer.id, frame_of(self._scene, layer)
        self._began = time.monotonic()

    def _tick(self) -> None:
        layer = framed_layer(self._scene)
        if layer is None:
            self.stop()
            return
        if layer.id != self._layer:
            self._rewind()
        count = frame_count(self._scene, layer)
        frame = played_frame(self._first, time.monotonic() - self._began, self.per_second, count)
        if frame != frame_of(self._scene, layer):
            go_to_frame(self._scene, frame, undoable=False)
