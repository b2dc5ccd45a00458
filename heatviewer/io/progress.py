"""How far a reader has got, and whether it is still wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from heatviewer.core.errors import Cancelled

if TYPE_CHECKING:
    from collections.abc import Callable

    ReportCall = Callable[[float], None]
    CancelCall = Callable[[], bool]


class Progress:
    """A fraction that only grows, and the question whether to go on.

    Readers call :meth:`at` at least every few milliseconds of work; that is all they know
    about bars, threads and stop buttons.

    Parameters
    ----------
    report : callable, optional
        Gets the fraction done, 0 … 1, never smaller than before.
    cancelled : callable, optional
        Says whether the work is no longer wanted.
    where : str
        What is being read; named in :class:`Cancelled`.
    """

    __slots__ = ("_cancelled", "_done", "_report", "where")

    def __init__(
        self,
        report: ReportCall | None = None,
        cancelled: CancelCall | None = None,
        where: str = "loading",
    ) -> None:
        self._report = report
        self._cancelled = cancelled
        self._done = 0.0
        self.where = where

    @property
    def cancelled(self) -> CancelCall | None:
        """What says whether the work is no longer wanted; None where nobody can stop it."""
        return self._cancelled

    def check(self) -> None:
        """Raise Cancelled if the work is no longer wanted."""
        if self._cancelled is not None and self._cancelled():
            raise Cancelled(self.where)

    def at(self, fraction: float) -> None:
        """Report the fraction done, 0 … 1; raise Cancelled if the work is no longer wanted."""
        self.check()
        fraction = min(fraction, 1.0)
        if self._report is not None and fraction > self._done:
            self._done = fraction
            self._report(fraction)

    def part(self, low: float, high: float) -> Progress:
        """Return a progress whose 0 … 1 is `low` … `high` of this one."""
        return Progress(lambda fraction: self.at(low + (high - low) * fraction), self._cancelled, self.where)
