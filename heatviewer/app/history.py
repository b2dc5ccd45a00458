"""Undo and redo over display states.

A step holds the state before and after. It belongs to the layers (base, heatmaps, missing ones, which
one is shown alone), to the view (cursor, zoom, camera, …) or to the notes; undoing one leaves the
others as they are. Consecutive steps of one drag, and consecutive moves of the view, are one step.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from heatviewer.model.scene_state import SceneState

Part = Literal["layers", "view", "notes"]
#: Older steps are dropped; a state of 20 layers is some 20 kB, and steps share what is equal.
MAX_STEPS = 200


@dataclass(frozen=True)
class Step:
    """One undoable change: its name as shown to people, and the states around it."""

    title: str
    part: Part
    before: SceneState
    after: SceneState
    merge: object = None


def part_changed(before: SceneState, after: SceneState) -> Part | None:
    """Return which part a change belongs to: layers win over the view; None where nothing changed."""
    if before.base != after.base or before.heatmaps != after.heatmaps or before.missing != after.missing:
        return "layers"
    if before.notes != after.notes:
        return "notes"
    if before.view.solo != after.view.solo:
        return "layers"
    return "view" if before.view != after.view else None


def with_part(state: SceneState, source: SceneState, part: Part) -> SceneState:
    """Return `state` with one part taken from `source`."""
    if part == "view":
        return state.replaced(view=source.view.replaced(solo=state.view.solo))
    if part == "notes":
        return state.replaced(notes=source.notes)
    view = state.view.replaced(solo=source.view.solo)
    return state.replaced(
        base=source.base,
        heatmaps=source.heatmaps,
        selected=source.selected,
        missing=source.missing,
        view=view,
    )


class History:
    """The steps that can be undone and redone."""

    def __init__(self) -> None:
        self._done: list[Step] = []
        self._undone: list[Step] = []
        #: Whether the oldest steps were dropped, so that undoing does not lead back to the start.
        self.shortened = False

    @property
    def done(self) -> tuple[Step, ...]:
        """Steps that can be undone, the oldest first."""
        return tuple(self._done)

    @property
    def undone(self) -> tuple[Step, ...]:
        """Steps that can be redone, the next one last."""
        return tuple(self._undone)

    def record(self, title: str, before: SceneState, after: SceneState, merge: object = None) -> None:
        """Add a change; equal states add nothing; the same `merge` as the last step extends it.

        A step that was extended back to where it began is none.
        """
        part = part_changed(before, after)
        if part is None:
            return
        if part == "view" and merge is None:
            merge = "view"
        last = self._done[-1] if self._done else None
        self._undone.clear()
        if last is not None and merge is not None and last.merge == merge and last.part == part:
            self._done[-1] = replace(last, after=after)
            if part_changed(last.before, after) is None:
                self._done.pop()
            return
        self._done.append(Step(title, part, before, after, merge))
        self.shortened = self.shortened or len(self._done) > MAX_STEPS
        del self._done[:-MAX_STEPS]

    def clear(self) -> None:
        """Forget all steps: what is shown now is where undoing ends."""
        self._done.clear()
        self._undone.clear()

    def rewrite(self, change: Callable[[SceneState], SceneState]) -> None:
        """Put other states in the place of those in all steps."""
        for steps in (self._done, self._undone):
            steps[:] = [replace(s, before=change(s.before), after=change(s.after)) for s in steps]

    def close_step(self) -> None:
        """End a drag: the next change is a step of its own even under the same `merge`."""
        if self._done:
            self._done[-1] = replace(self._done[-1], merge=None)

    def undo(self, state: SceneState, part: Part | None = None) -> SceneState:
        """Return the state without its last step; the same state where there is none.

        `part` takes back the last step of that part: what was done to the others since stays.
        """
        step = _taken(self._done, part)
        if step is None:
            return state
        self._undone.append(step)
        return with_part(state, step.before, step.part)

    def redo(self, state: SceneState, part: Part | None = None) -> SceneState:
        """Return the state with the last undone step again, or with the last one of a part."""
        step = _taken(self._undone, part)
        if step is None:
            return state
        self._done.append(step)
        return with_part(state, step.after, step.part)


def _taken(steps: list[Step], part: Part | None) -> Step | None:
    """Take the last step, or the last of a part, out of a list."""
    at = next((n for n in reversed(range(len(steps))) if part in (None, steps[n].part)), None)
    return None if at is None else steps.pop(at)
