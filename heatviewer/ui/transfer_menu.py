"""The menu of the transfer function's editor: what can be done at a place, also without a mouse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu

from heatviewer.app import transfer_handles as handles
from heatviewer.drawing.ticks import number
from heatviewer.ui.controls import named

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QPointF

    from heatviewer.app.transfer_handles import Changes, Handle
    from heatviewer.model.layer import HeatmapLayer
    from heatviewer.ui.transfer_picture import TransferPicture


@dataclass(frozen=True)
class Entry:
    """A line of the menu."""

    title: str
    tip: str
    run: Callable[[], object]
    enabled: bool = True


def context_menu(canvas: TransferPicture, position: QPointF, handle: Handle | None) -> QMenu:
    """Return the menu for a position and the handle there; it is gone once closed."""
    menu = named(QMenu(canvas), "Transfer function", "What can be done here")
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    menu.setToolTipsVisible(True)
    layer = canvas.edits.layer
    if layer is None:
        return menu
    single = handle is not None and handle != handles.BOTH_ENDS
    groups = (
        _of_handle(canvas, layer, handle) if handle and single else _of_place(canvas, position),
        _of_threshold(canvas, layer, position),
        _of_whole(canvas, layer),
    )
    for group in groups:
        for entry in group:
            action = menu.addAction(entry.title)
            action.setToolTip(entry.tip)
            action.setEnabled(entry.enabled)
            action.triggered.connect(lambda _=False, entry=entry: entry.run())
        menu.addSeparator()
    return menu


def _of_handle(canvas: TransferPicture, layer: HeatmapLayer, handle: Handle) -> list[Entry]:
    entries = []
    if handle.kind == "color":
        entries.append(
            Entry(
                "Choose its &colour…",
                "Another colour at this value",
                lambda: canvas.color_wanted.emit(handle.index),
            )
        )
    entries.append(Entry("&Type its value…", "Exact numbers", canvas.value_wanted.emit))
    if handle.kind != "range":
        can = bool(handles.removed(layer, handle, canvas.edits.volumetric))
        entries.append(Entry("&Delete it", "Take it away (Delete)", lambda: canvas.delete(handle), can))
    return entries


def _of_place(canvas: TransferPicture, position: QPointF) -> list[Entry]:
    zone = canvas.layout_now.zone_at(position.y())
    if zone == "plot":
        return [
            Entry("&Add a point here", "A point of the curve", lambda: canvas.add_at("opacity", position))
        ]
    if zone in ("bar", "stops"):
        return [Entry("&Add a colour here", "A colour stop", lambda: canvas.add_at("color", position))]
    return []


def _of_threshold(canvas: TransferPicture, layer: HeatmapLayer, position: QPointF) -> list[Entry]:
    """Return thresholds at a position; only in the plot, where their lines are."""
    if canvas.layout_now.zone_at(position.y()) != "plot":
        return []
    axis = canvas.axis
    value = axis.rounded(axis.value_at(position.x()))
    text = number(value, axis.high - axis.low)
    low, high = layer.threshold or (None, None)
    return [
        _change(
            canvas,
            f"Show values ≥ {text} &only",
            "Values below are transparent",
            f"Threshold {layer.name} at {text}",
            {"threshold": (value, high if high is not None and high >= value else None)},
        ),
        _change(
            canvas,
            f"Show values ≤ {text} o&nly",
            "Values above are transparent",
            f"Threshold {layer.name} at {text}",
            {"threshold": (low if low is not None and low <= value else None, value)},
        ),
        _change(
            canvas,
            f"Show |&value| ≥ {text.lstrip('−')} only",
            "Values nearer to 0 are transparent",
            f"Threshold {layer.name} at |{text.lstrip('−')}|",
            {"threshold_abs": abs(value)},
        ),
        _change(
            canvas,
            "&Remove the threshold",
            "Show all values",
            f"Clear the threshold of {layer.name}",
            {"threshold": None, "threshold_abs": None},
            enabled=layer.threshold is not None or layer.threshold_abs is not None,
        ),
    ]


def _of_whole(canvas: TransferPicture, layer: HeatmapLayer) -> list[Entry]:
    return [
        _change(
            canvas,
            "De&fault curve",
            "0 at the low end, 50 % from a fifth of the range on; it follows the data range",
            f"Default opacity curve of {layer.name}",
            {"opacity_points": None},
            enabled=layer.opacity_points is not None,
        ),
        _change(
            canvas,
            "Back to &preset",
            f"The colours of {layer.preset}",
            f"Colours of the preset for {layer.name}",
            {"rgb_points": None},
            enabled=layer.rgb_points is not None,
        ),
        Entry("&Whole axis", "Show all values and points (0)", canvas.fit, canvas.is_zoomed),
    ]


def _change(
    canvas: TransferPicture, title: str, tip: str, step: str, changes: Changes, enabled: bool = True
) -> Entry:
    return Entry(title, tip, lambda: canvas.edits.once(step, changes), enabled)
