"""What follows the scene beside the views: at once, or a little behind a dragged handle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from heatviewer.app.scene_change import SceneChange

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from heatviewer.app.scene import Scene

#: A drag changes the scene up to 60 times a second, and legend, lists and numbers cost a third of
#: such a change (tests/benchmarks/bench_handles.py): they follow 25 times a second.
_INTERVAL_MS = 40


class Followers(QObject):
    """Tells of a scene's changes: single ones at once, those of a drag gathered, the last when it ends."""

    def __init__(
        self, scene: Scene, tell: Sequence[Callable[[SceneChange], object]], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._scene = scene
        self._tell = tuple(tell)
        self._gathered: SceneChange | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_INTERVAL_MS)
        self._timer.timeout.connect(self.catch_up)
        scene.settled.connect(self.catch_up)

    @property
    def is_idle(self) -> bool:
        """Whether all has been told."""
        return self._gathered is None

    def on_changed(self, change: SceneChange) -> None:
        """Take up a change."""
        before = change.before if self._gathered is None else self._gathered.before
        data = change.data if self._gathered is None else change.data | self._gathered.data
        self._gathered = SceneChange(before, change.after, data=data)
        if not change.held or change.layer_list:
            self.catch_up()
        elif not self._timer.isActive():
            self._timer.start()

    def catch_up(self) -> None:
        """Tell what was gathered."""
        self._timer.stop()
        change, self._gathered = self._gathered, None
        if change is not None:
            for tell in self._tell:
                tell(change)

    def stop(self) -> None:
        """Hear no more of the scene."""
        self._timer.stop()
        self._scene.settled.disconnect(self.catch_up)
