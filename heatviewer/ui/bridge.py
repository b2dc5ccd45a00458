"""What the views of one scene share: its events, the frame clock, and the held Space key."""

from __future__ import annotations

import weakref
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import shiboken6
from PySide6.QtCore import QObject, Qt, QTimer, Signal

from heatviewer.app.blurring import Blurring, blurs_of
from heatviewer.model.requests import SliceRequest, VolumeRequest
from heatviewer.ui.background import Background, Poster
from heatviewer.ui.slice_mouse import Tool, tool_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from PySide6.QtGui import QKeyEvent

    from heatviewer.app.scene import Scene
    from heatviewer.app.scene_change import SceneChange
    from heatviewer.core.geometry import PlaneName
    from heatviewer.model.scene_state import SceneState

Request = TypeVar("Request", SliceRequest, VolumeRequest)
#: Smoothing that takes longer, in ms, is told to people.
_PATIENCE = 300


class FrameClient(Protocol):
    """A view that draws itself when the clock says so."""

    def wants_frame(self) -> bool:
        """Return whether something has changed and the view can be seen."""

    def prepare_frame(self) -> Callable[[], NDArray[Any]] | None:
        """Return how the picture is made (on any thread), or None where nothing is to be drawn."""

    def finish_frame(self, picture: NDArray[Any]) -> None:
        """Show the picture that was made."""


class FrameScheduler(QObject):
    """Draws the views that have changed, together and once for all changes of one event-loop turn.

    A mouse that moves faster than pictures are made leaves its moves in the queue; the timer of 0 ms
    fires when the queue is empty, so only the last one is drawn.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._clients: weakref.WeakSet[Any] = weakref.WeakSet()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self.draw)

    def add(self, client: FrameClient) -> None:
        """Draw a view from now on, as long as it lives."""
        self._clients.add(client)

    def clients(self) -> list[Any]:
        """Return the views that are alive on Qt's side too."""
        return [client for client in self._clients if shiboken6.isValid(client)]

    def schedule(self) -> None:
        """Look at the views at the end of this turn of the event loop."""
        if not self._timer.isActive():
            self._timer.start()

    def draw(self) -> None:
        """Draw every view that wants it now; a view that fails does not keep the others from drawing."""
        wanting = [client for client in self.clients() if client.wants_frame()]
        failures: list[Exception] = []
        # One after the other: numpy's calls are too short for two threads to share the interpreter,
        # and a pool of two took 1.4 × the time (tests/benchmarks/bench_slices.py).
        for client in wanting:
            try:
                draw_now(client)
            except Exception as error:
                failures.append(error)
        if failures:
            raise failures[0]


def draw_now(client: FrameClient) -> None:
    """Draw one view if it wants it."""
    if client.wants_frame():
        work = client.prepare_frame()
        if work is not None:
            client.finish_frame(work())


class ViewGroup(QObject):
    """The views on one scene. They know it, not each other.

    Signals
    -------
    hidden_changed
        The heatmaps were hidden or came back, for as long as a key is held.
    smoothing_changed
        A layer has been smoothed, or it takes a while; see ``smoothing``.
    next_tool_changed
        The next left drag means something else than before; see ``next_tool``.

    Attributes
    ----------
    last_plane : str
        The slice view that had the keyboard or the mouse last.
    """

    hidden_changed = Signal()
    smoothing_changed = Signal()
    next_tool_changed = Signal()

    def __init__(self, scene: Scene) -> None:
        super().__init__()
        self.scene = scene
        self.last_plane: PlaneName = "axial"
        self._next_tool: Tool | None = None
        self.frames = FrameScheduler(self)
        self._hidden = False
        self._bare: tuple[SceneState, SceneState] | None = None
        #: Whether a layer is being smoothed for so long that people are told.
        self.smoothing = False
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(_PATIENCE)
        self._patience.timeout.connect(self._tell_smoothing)
        self._background = Background(Poster(self).post)
        self._blurring = Blurring(self._background.run)
        self._blurring.changed.connect(self._on_blurred)
        # The last view takes the group with it, and what is being made for it ends.
        weakref.finalize(self, self._blurring.close)
        scene.changed.connect(self._on_changed)
        self._want_blurs()

    @classmethod
    def of(cls, scene: Scene) -> ViewGroup:
        """Return the group that all views of a scene are in; the views keep it alive."""
        kept = _GROUPS.get(scene)
        group = kept() if kept is not None else None
        if group is None:
            group = cls(scene)
            _GROUPS[scene] = weakref.ref(group)
        return group

    @property
    def heatmaps_hidden(self) -> bool:
        """Whether the heatmaps are out of the pictures while a key is held; no part of the state."""
        return self._hidden

    @heatmaps_hidden.setter
    def heatmaps_hidden(self, hidden: bool) -> None:
        if hidden != self._hidden:
            self._hidden = hidden
            self._mark_all()
            self.hidden_changed.emit()

    @property
    def state(self) -> SceneState:
        """The scene's display state as it is to be drawn now."""
        state = self.scene.state
        if not self._hidden:
            return state
        if self._bare is None or self._bare[0] is not state:
            self._bare = (state, state.replaced(heatmaps=(), selected=None))
        return self._bare[1]

    @property
    def busy(self) -> bool:
        """Whether pictures are still to change without a change of the scene."""
        return self._blurring.busy

    def at_once(self, request: Request) -> Request:
        """Return a request for what can be drawn now: a layer that is still being smoothed as it was.

        The views are marked once the smoothing is done.
        """
        if not any(draw.blur for draw in request.heatmaps):
            return request
        return replace(request, heatmaps=tuple(map(self._blurring.at_once, request.heatmaps)))

    def stop(self) -> None:
        """Stop what is made in the background, until the scene changes."""
        self._blurring.close()

    @property
    def next_tool(self) -> Tool | None:
        """What the next left drag in any slice view does once, in place of moving the crosshair."""
        return self._next_tool

    @next_tool.setter
    def next_tool(self, tool: Tool | None) -> None:
        if tool != self._next_tool:
            self._next_tool = tool
            self.next_tool_changed.emit()

    def take_tool(self, button: Qt.MouseButton, modifiers: Qt.KeyboardModifier) -> Tool | None:
        """Return what a pressed button does; a tool that was asked for once is then used up."""
        tool = tool_for(button, modifiers, self._hidden)
        if tool == "cursor" and self._next_tool is not None:
            tool, self.next_tool = self._next_tool, None
        return tool

    def take_key(self, event: QKeyEvent, pressed: bool) -> bool:
        """Hide the heatmaps while Space is held; return whether the key was that."""
        if event.key() != Qt.Key.Key_Space or (pressed and event.modifiers()):
            return False
        # A held key repeats itself; only its first press and its last release count.
        if not event.isAutoRepeat():
            self.heatmaps_hidden = pressed
        return True

    def _on_changed(self, _change: SceneChange) -> None:
        self._want_blurs()
        self._mark_all()

    def _want_blurs(self) -> None:
        self._blurring.want(blurs_of(self.scene.state, self.scene.volumes))
        if self._blurring.busy and not self._patience.isActive():
            self._patience.start()

    def _on_blurred(self) -> None:
        if not self._blurring.busy:
            self._patience.stop()
        self._mark_all()
        self._tell_smoothing()

    def _tell_smoothing(self) -> None:
        self.smoothing = self._blurring.busy and not self._patience.isActive()
        self.smoothing_changed.emit()

    def _mark_all(self) -> None:
        for client in self.frames.clients():
            client.mark_dirty()
        self.frames.schedule()


#: By scene. The views hold the group and the group holds the scene, so neither outlives the views.
_GROUPS: weakref.WeakKeyDictionary[Scene, weakref.ref[ViewGroup]] = weakref.WeakKeyDictionary()
