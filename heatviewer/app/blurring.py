"""Display blurs for a window: made in the background, one at a time, and only while they are wanted."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from psygnal import Signal

from heatviewer.core.errors import Cancelled
from heatviewer.model.draws import is_shown
from heatviewer.model.placing import placed_volume
from heatviewer.sampling.blur import blurred, ready

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from heatviewer.core.volume import Volume
    from heatviewer.model.requests import HeatmapDraw
    from heatviewer.model.scene_state import SceneState

    Run = Callable[[Callable[[], Any], Callable[[Any], object], Callable[[Exception], object]], None]


class Wish(NamedTuple):
    """One frame of a volume, smoothed; as `blurred` takes it."""

    volume: Volume
    frame: int
    sigma_mm: float
    zero_is_missing: bool


def blurs_of(state: SceneState, volumes: Mapping[str, Volume]) -> tuple[Wish, ...]:
    """Return the display blurs that a scene's pictures need, those of hidden layers left out."""
    return tuple(
        Wish(
            placed_volume(h, volumes, state),
            min(h.frame, volumes[h.id].frames - 1),
            h.blur,
            h.zero_is_missing,
        )
        for h in state.heatmaps
        if h.blur > 0 and h.id in volumes and is_shown(state, h)
    )


class Blurring:
    """Makes the blurs that are wanted. All methods are for the owner's thread.

    Attributes
    ----------
    changed : psygnal.Signal
        A blur has been made, or none is being made any more.
    """

    changed = Signal()

    def __init__(self, run: Run) -> None:
        self._run = run
        self._wanted: tuple[Wish, ...] = ()
        # Held here, so that a picture finds each blur that was made for it, however many there are.
        self._made: dict[Wish, Volume] = {}
        self._failed: set[Wish] = set()
        self._running: Wish | None = None
        self._stop = threading.Event()

    @property
    def busy(self) -> bool:
        """Whether a blur is being made."""
        return self._running is not None

    def want(self, wishes: Sequence[Wish]) -> None:
        """Make these and no others; what is being made for nobody is stopped."""
        self._wanted = tuple(dict.fromkeys(wishes))
        self._failed &= set(self._wanted)
        for wish in self._wanted:
            made = ready(*wish)
            if made is not None:
                self._keep(wish, made)
        places = {_place(wish) for wish in self._wanted}
        self._made = {wish: made for wish, made in self._made.items() if _place(wish) in places}
        if self._running is not None and self._running not in self._wanted:
            self._stop.set()
        self._start_next()

    def at_once(self, draw: HeatmapDraw) -> HeatmapDraw:
        """Return a heatmap as it can be drawn without waiting: with the blur it had before, or none."""
        if draw.blur <= 0:
            return draw
        wish = Wish(draw.volume, draw.frame, draw.blur, draw.zero_is_missing)
        if ready(*wish) is not None:
            return draw
        before = [made.sigma_mm for made in self._made if _place(made) == _place(wish)]
        return replace(draw, blur=before[-1] if before else 0.0)

    def close(self) -> None:
        """Stop what is being made, and make no more until it is wanted again."""
        self._wanted = ()
        self._made.clear()
        self._stop.set()

    def _keep(self, wish: Wish, made: Volume) -> None:
        """Hold a blur in place of the one that its layer had before, unless that is wanted too."""
        for other in [old for old in self._made if _place(old) == _place(wish) and old not in self._wanted]:
            del self._made[other]
        self._made.pop(wish, None)
        self._made[wish] = made

    def _start_next(self) -> None:
        waiting = (w for w in self._wanted if w not in self._made and w not in self._failed)
        wish = None if self.busy else next(waiting, None)
        if wish is None:
            return
        stop = self._stop = threading.Event()
        self._running = wish
        self._run(
            lambda: blurred(*wish, cancelled=stop.is_set),
            lambda made: self._done(wish, made),
            lambda error: self._not_done(wish, error),
        )

    def _done(self, wish: Wish, made: Volume) -> None:
        self._running = None
        if wish in self._wanted:
            self._keep(wish, made)
        self._start_next()
        self.changed.emit()

    def _not_done(self, wish: Wish, error: Exception) -> None:
        self._running = None
        stopped = isinstance(error, Cancelled)
        if not stopped and wish in self._wanted:
            # Not tried again until something else is wanted: it would fail again.
            self._failed.add(wish)
        self._start_next()
        self.changed.emit()
        if not stopped:
            raise error


def _place(wish: Wish) -> tuple[object, ...]:
    """Return what is smoothed, apart from how much."""
    return wish.volume, wish.frame, wish.zero_is_missing
