"""What keys mean in the transfer function's editor: pure functions from keys to acts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import Qt

Verb = Literal["nudge", "step", "delete", "add", "open", "zoom", "fit", "escape"]


@dataclass(frozen=True)
class Act:
    """What a key does.

    Attributes
    ----------
    verb : str
    across, up : int
        How far a nudge goes in steps, to greater values and to greater opacities; for ``step``
        and ``zoom`` `across` is the direction.
    """

    verb: Verb
    across: int = 0
    up: int = 0


_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Down: (0, -1),
    Qt.Key.Key_Up: (0, 1),
}
_PLAIN = {
    Qt.Key.Key_Delete: Act("delete"),
    Qt.Key.Key_Backspace: Act("delete"),
    Qt.Key.Key_Insert: Act("add"),
    Qt.Key.Key_Return: Act("open"),
    Qt.Key.Key_Enter: Act("open"),
    Qt.Key.Key_F2: Act("open"),
    Qt.Key.Key_Plus: Act("zoom", 1),
    Qt.Key.Key_Equal: Act("zoom", 1),
    Qt.Key.Key_Minus: Act("zoom", -1),
    Qt.Key.Key_0: Act("fit"),
    Qt.Key.Key_Home: Act("fit"),
    Qt.Key.Key_Escape: Act("escape"),
}
#: Steps that Shift takes at once.
_LEAP = 10


def act_of(key: int, modifiers: Qt.KeyboardModifier) -> Act | None:
    """Return what a key does; None for one that means something elsewhere."""
    held = modifiers & ~Qt.KeyboardModifier.KeypadModifier
    shift, ctrl = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
    arrow = _ARROWS.get(Qt.Key(key))
    if arrow is None:
        return _PLAIN.get(Qt.Key(key)) if held in (Qt.KeyboardModifier.NoModifier, shift) else None
    if held == ctrl:
        return Act("step", arrow[0] + arrow[1])
    if held not in (Qt.KeyboardModifier.NoModifier, shift):
        return None
    far = _LEAP if held == shift else 1
    return Act("nudge", arrow[0] * far, arrow[1] * far)
