"""The next case is read before it is wanted: by a thread of its own that all others go before."""

from __future__ import annotations

import os
import sys
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from heatviewer.core.errors import Cancelled

if TYPE_CHECKING:
    from collections.abc import Callable

    from heatviewer.app.studies.reading import ReadStudy

    #: Reads a study; gets where to tell its progress, 0…1, and who tells whether to stop.
    Reader = Callable[[Callable[[float], None], Callable[[], bool]], ReadStudy]

#: How far the thread steps back behind others, as `nice` counts.
_STEP_BACK = 10
#: How often somebody who waits looks whether that is still wanted, s.
_LOOK = 0.05


@dataclass
class Reading:
    """A study that is being read, or was.

    Attributes
    ----------
    number : int
        Which case it is of.
    result : Future
    stopped : threading.Event
    progress : float
        0…1; written by the reader.
    """

    number: int
    result: Future[ReadStudy] = field(default_factory=Future)
    stopped: threading.Event = field(default_factory=threading.Event)
    progress: float = 0.0

    @property
    def done(self) -> bool:
        """Whether it is there."""
        return self.result.done() and not self.stopped.is_set() and self.result.exception() is None

    def wait(self, progress: Callable[[float], None], cancelled: Callable[[], bool]) -> ReadStudy | None:
        """Return what was read, once it is; None where it could not be.

        Raises
        ------
        Cancelled
            The one who waits no longer wants it; the reading is stopped too.
        """
        while True:
            if cancelled():
                self.stopped.set()
                raise Cancelled("case")
            try:
                return self.result.result(timeout=_LOOK)
            except FutureTimeout:
                progress(self.progress)
            except Exception:  # read again by the one who wants it, it fails as any study does
                return None


class Ahead:
    """Reads one study at a time, and keeps one at most."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ahead", initializer=_step_back)
        self._reading: Reading | None = None

    @property
    def reading(self) -> Reading | None:
        """What is being read, or lies ready."""
        return self._reading

    def want(self, number: int, read: Reader) -> None:
        """Read a case unless that is done or under way; another one is given up."""
        if self._reading is not None and self._reading.number == number:
            return
        self.cancel()
        self._reading = reading = Reading(number)
        self._pool.submit(_read, reading, read)

    def take(self, number: int) -> Reading | None:
        """Hand a case over that is being read or is ready; of another one, stop the reading."""
        reading, self._reading = self._reading, None
        if reading is not None and reading.number != number:
            reading.stopped.set()
            return None
        return reading

    def cancel(self) -> None:
        """Stop reading, and let go of what is ready."""
        if self._reading is not None:
            self._reading.stopped.set()
            self._reading = None

    def close(self) -> None:
        """Stop for good, and wait for the thread."""
        self.cancel()
        self._pool.shutdown(wait=True, cancel_futures=True)


def _read(reading: Reading, read: Reader) -> None:
    def progress(done: float) -> None:
        reading.progress = done

    try:
        if reading.stopped.is_set():
            raise Cancelled("case")
        found = read(progress, reading.stopped.is_set)
    except BaseException as error:
        reading.result.set_exception(error)
    else:
        reading.result.set_result(found)


def _step_back() -> None:
    """Let the system run other threads first, where it can: on Linux a thread has a niceness of its own."""
    if sys.platform.startswith("linux"):
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _STEP_BACK)
