"""What the transfer function's editor says: tips for what lies under the pointer, words for handles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from heatviewer.app.transfer_handles import BOTH_ENDS, Handle
from heatviewer.ui.transfer_paint import Shown, handle_text

if TYPE_CHECKING:
    from heatviewer.ui.transfer_axis import Zone

TIP = (
    "Opacity curve over the histogram, colours below, data range at the bottom. Drag handles; "
    "double click adds a point or a colour. Tab and Ctrl with arrows go through the handles, arrows "
    "move the selected one, Insert adds one beside it, Delete takes it away, Return opens it. Plus, "
    "minus and 0 stretch the axis."
)
_HANDLES = {
    "opacity": "Opacity {text}. Drag it, with Shift along one axis. Delete takes it away",
    "color": "Colour at {text}. Drag it; double click chooses its colour. Delete takes it away",
    "range": "{end} end of the data range: {text}. Drag it",
    "threshold": "Threshold {text}: {side} is transparent. Drag it. Delete takes it away",
    "magnitude": "Shown where {text}. Drag either line. Delete takes them away",
}
_ZONES = {
    "plot": "Double click adds a point here, a click on the curve adds one there. "
    "Wheel with Ctrl stretches the axis, right click for more",
    "bar": "The colours, above them as they lie on the pictures. Double click adds a colour",
    "stops": "Double click adds a colour here",
    "lane": "Drag the handles to set the data range",
    "axis": "Double click shows the whole axis",
}
_GHOST = (
    ". The preset's colours: changing one makes them this layer's own, at most 11 with straight "
    "lines between, which may be off by 3 of 255"
)


def tip_for(shown: Shown, handle: Handle | None, zone: Zone, on_curve: bool) -> str:
    """Return what to do with what lies under the pointer."""
    if handle == BOTH_ENDS:
        return f"Data range {handle_text(shown, handle)}. Drag moves both ends"
    if handle is None:
        return "Click adds a point to the curve, drag moves it" if on_curve else _ZONES[zone]
    text = _HANDLES[handle.kind].format(
        text=handle_text(shown, handle),
        end=("Low", "High")[handle.index % 2],
        side=("below", "above")[handle.index % 2],
    )
    return text + (_GHOST if handle.kind == "color" and shown.layer.rgb_points is None else "")


def describe(shown: Shown) -> str:
    """Return the selected handle in words, for those who hear it."""
    handle = shown.selected
    if handle is None:
        return "Nothing is selected"
    text = handle_text(shown, handle)
    if handle.kind in ("opacity", "color"):
        count = sum(other.kind == handle.kind for other in shown.handles)
        what = "Opacity point" if handle.kind == "opacity" else "Colour"
        return f"{what} {handle.index + 1} of {count}: {text}"
    if handle == BOTH_ENDS:
        return f"Data range: {text}"
    if handle.kind == "range":
        return f"{('Low', 'High')[handle.index]} end of the data range: {text}"
    return f"Threshold: {text}"
