"""One thing that was made, and what for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

T = TypeVar("T")


class Kept(Generic[T]):
    """Keeps what was made last, until something else is asked for."""

    def __init__(self) -> None:
        self._made: tuple[Hashable, T] | None = None

    def has(self, key: Hashable) -> bool:
        """Return whether what is kept was made for `key`."""
        return self._made is not None and self._made[0] == key

    def of(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what was made for `key`, making it if need be."""
        if self._made is None or not self.has(key):
            # The old one goes before the new one comes: the peak is one of them, not two.
            self._made = None
            self._made = key, make()
        return self._made[1]

    def forget(self) -> None:
        """Let go of it."""
        self._made = None
