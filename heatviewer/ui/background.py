"""Work on another thread, answered on the window's own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, Signal

if TYPE_CHECKING:
    from collections.abc import Callable


class Poster(QObject):
    """Calls functions on the thread that it was made on; `post` may be called on any."""

    _posted = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._posted.connect(self._call, Qt.ConnectionType.QueuedConnection)

    def post(self, function: Callable[[], None]) -> None:
        """Call a function when the thread's event loop comes to it."""
        self._posted.emit(function)

    def _call(self, function: Callable[[], None]) -> None:
        function()


class Background:
    """Runs one piece of work after another; what they return or raise comes back on the window's thread."""

    def __init__(self, post: Callable[[Callable[[], None]], None]) -> None:
        self._post = post
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="background")
        self._running = 0
        self._closed = False

    @property
    def busy(self) -> bool:
        """Whether any answer is still to come."""
        return self._running > 0

    def run(
        self,
        work: Callable[[], Any],
        done: Callable[[Any], object],
        failed: Callable[[Exception], object],
    ) -> None:
        """Do work; then `done` gets its result, or `failed` its error. Once closed, nothing is done."""
        if self._closed:
            return
        self._running += 1
        self._pool.submit(self._do, work, done, failed)

    def _do(
        self,
        work: Callable[[], Any],
        done: Callable[[Any], object],
        failed: Callable[[Exception], object],
    ) -> None:
        try:
            result = work()
        except Exception as error:  # it goes to `failed`, whatever it is
            failure = error
            self._post(lambda: self._answer(failed, failure))
        else:
            self._post(lambda: self._answer(done, result))

    def _answer(self, answer: Callable[[Any], object], result: Any) -> None:
        if self._closed:
            return  # who asked is gone
        self._running -= 1
        answer(result)

    def close(self) -> None:
        """Wait for what runs, and drop what does not yet, and all answers that are still to come."""
        self._closed, self._running = True, 0
        self._pool.shutdown(wait=True, cancel_futures=True)
