"""The one thread that owns the 3D engine: it draws the latest request and drops those in between."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from heatviewer.app.memory import give_back
from heatviewer.core.errors import Cancelled, EngineError

if TYPE_CHECKING:
    from collections.abc import Callable

    from heatviewer.drawing.engine import VolumeEngine
    from heatviewer.model.requests import VolumeRequest

#: How long the end of the program waits for a picture that is being made, in s.
_PATIENCE = 10.0


@dataclass
class _Queue:
    """What is to be done. Knows no Qt, so the thread outlives no widget's memory.

    Attributes
    ----------
    latest : (int, VolumeRequest) or None
        The picture wanted last, with its generation; a newer one takes its place.
    revoked : int
        Pictures up to this generation are not wanted any more.
    picks : deque
        Questions for a surface, each with its pixel; all are answered.
    """

    changed: threading.Condition = field(default_factory=threading.Condition)
    latest: tuple[int, VolumeRequest] | None = None
    revoked: int = 0
    picks: deque[tuple[VolumeRequest, float, float]] = field(default_factory=deque)
    stopped: bool = False
    ready: threading.Event = field(default_factory=threading.Event)
    engine_name: str = "off"
    thread: threading.Thread | None = None

    def stop(self) -> None:
        """End the thread after what it is doing now; may be called often."""
        with self.changed:
            self.stopped = True
            self.changed.notify()
        if self.thread is not None and self.thread is not threading.current_thread():
            self.thread.join(_PATIENCE)

    def is_overtaken(self, generation: int) -> bool:
        """Return whether a full picture that is being made is not wanted, or holds something up."""
        return self.stopped or self.latest is not None or bool(self.picks) or generation <= self.revoked

    def put_back(self, generation: int, request: VolumeRequest) -> None:
        """Let a picture wait again that was given up for a pick; a newer one has taken its place."""
        with self.changed:
            if self.latest is None and generation > self.revoked and not self.stopped:
                self.latest = (generation, request)

    def next_task(self) -> tuple[VolumeRequest, Any] | None:
        """Wait for work: (request, (column, row)) for a pick, (request, generation) for a picture."""
        with self.changed:
            self.changed.wait_for(lambda: self.stopped or self.picks or self.latest is not None)
            if self.stopped:
                return None
            if self.picks:
                request, column, row = self.picks.popleft()
                return request, (column, row)
            assert self.latest is not None
            (generation, request), self.latest = self.latest, None
            return request, generation


class VolumeWorker(QObject):
    """Draws 3D pictures on a thread of its own.

    Signals
    -------
    ready : str
        The engine works; its name.
    failed : str
        There is no engine, or a picture could not be drawn: the reason, for people.
    drawn : int, VolumeRequest, ndarray
        A picture, with its generation and request.
    picked : Vec3 or None
        The answer to a pick, in the order asked.
    crashed : Exception
        A fault of the program, to be raised where it is reported.
    """

    ready = Signal(str)
    failed = Signal(str)
    drawn = Signal(int, object, object)
    picked = Signal(object)
    crashed = Signal(object)

    def __init__(self, make_engine: Callable[[], VolumeEngine]) -> None:
        super().__init__()
        self._queue = _Queue()
        self._make_engine = make_engine
        self._generation = 0

    @property
    def stop(self) -> Callable[[], None]:
        """What ends the thread; it holds nothing of this object."""
        return self._queue.stop

    @property
    def generation(self) -> int:
        """The generation of the picture asked for last; 0 before the first."""
        return self._generation

    def start(self) -> None:
        """Start the thread, which makes the engine; a second call does nothing."""
        if self._queue.thread is None and not self._queue.stopped:
            post = _Post(self)
            # A daemon: a program that is killed in a hurry does not hang on a picture.
            self._queue.thread = threading.Thread(
                target=_run, args=(self._queue, self._make_engine, post), name="heatviewer-3d", daemon=True
            )
            self._queue.thread.start()

    def engine_name(self) -> str:
        """Return the engine's name, waiting until it is made; ``'off'`` where there is none."""
        self.start()
        self._queue.ready.wait(_PATIENCE)
        return self._queue.engine_name

    def submit(self, request: VolumeRequest) -> int:
        """Ask for a picture in place of any that waits; returns its generation, which rises."""
        self.start()
        self._generation += 1
        with self._queue.changed:
            # Nobody would take it up once the thread has ended.
            if not self._queue.stopped:
                self._queue.latest = (self._generation, request)
                self._queue.changed.notify()
        return self._generation

    def forget(self) -> None:
        """Take back the picture that waits, and a full one that is being made."""
        with self._queue.changed:
            self._queue.latest, self._queue.revoked = None, self._generation

    def pick(self, request: VolumeRequest, column: float, row: float) -> None:
        """Ask which world point is seen at a pixel; ``picked`` answers."""
        self.start()
        with self._queue.changed:
            self._queue.picks.append((request, column, row))
            self._queue.changed.notify()


class _Post:
    """Carries answers to the main thread; after the window has gone, nowhere."""

    def __init__(self, worker: VolumeWorker) -> None:
        self._signals = {
            name: getattr(worker, name) for name in ("ready", "failed", "drawn", "picked", "crashed")
        }

    def __call__(self, name: str, *values: Any) -> None:
        try:
            self._signals[name].emit(*values)
        except RuntimeError:
            # The signal's object is deleted: nobody waits for the answer.
            return


def _run(queue: _Queue, make_engine: Callable[[], VolumeEngine], post: _Post) -> None:
    """Make the engine, then do tasks until stopped."""
    engine: VolumeEngine | None = None
    try:
        engine = make_engine()
        queue.engine_name = engine.name
        queue.ready.set()
        post("ready", engine.name)
        while (task := queue.next_task()) is not None:
            _do(engine, *task, queue, post)
            # Held no longer than it takes: a task names volumes.
            del task
    except EngineError as error:
        post("failed", str(error))
    except Exception as error:
        post("failed", f"3D: it stopped with an unexpected {type(error).__name__}. 2D goes on.")
        post("crashed", error)
    finally:
        with queue.changed:
            queue.stopped, queue.latest = True, None
        queue.ready.set()
        if engine is not None:
            engine.close()


def _do(engine: VolumeEngine, request: VolumeRequest, what: Any, queue: _Queue, post: _Post) -> None:
    """Answer one task; a picture that cannot be drawn is told, and the next one is tried again.

    A full picture is given up for what was asked for since. A preview is not: a hand that never rests
    sees pictures all the time.
    """
    if isinstance(what, tuple):
        # Loaded late, with the engine.
        from heatviewer.drawing.pick import pick

        post("picked", pick(request, *what))
        return
    try:
        picture = engine.render(request, cancelled=lambda: queue.is_overtaken(what))
    except Cancelled:
        queue.put_back(what, request)
        return
    except EngineError as error:
        post("failed", str(error))
        return
    post("drawn", what, request, picture)
    if request.quality == "full":
        give_back()
