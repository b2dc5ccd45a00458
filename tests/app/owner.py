"""The owner's thread in tests: a queue that is worked off while waiting for a condition."""

from __future__ import annotations

import queue
from collections.abc import Callable


class Owner:
    """Calls what readers post, one after the other."""

    def __init__(self) -> None:
        self.calls: queue.Queue[Callable[[], None]] = queue.Queue()

    def until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            self.calls.get(timeout=30)()
