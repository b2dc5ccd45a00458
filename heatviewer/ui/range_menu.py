"""Where a data range can be taken from: the menu beside its two ends."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QToolButton

from heatviewer.app import ranges
from heatviewer.core.errors import SettingError
from heatviewer.ui import icons
from heatviewer.ui.bridge import ViewGroup
from heatviewer.ui.controls import named

if TYPE_CHECKING:
    from collections.abc import Callable

    from heatviewer.ui.background import Background
    from heatviewer.ui.transfer_edits import TransferEdits


class _Way(NamedTuple):
    """A way to find a range: its entry, and what the step is called."""

    title: str
    tip: str
    step: str
    find: Callable[..., ranges.Range]


class RangeMenuButton(QToolButton):
    """Takes the range from all values, some of them, or another layer; what takes time goes on behind.

    Signals
    -------
    box_wanted
        The range is to be taken from a box that is drawn in a slice view.
    """

    box_wanted = Signal()

    def __init__(self, edits: TransferEdits, background: Background) -> None:
        super().__init__()
        self._edits, self._background = edits, background
        self._group = ViewGroup.of(edits.scene)
        named(self, "Data range from", "Take the data range from the data, a slice, a box or another heatmap")
        icons.set_icon(self, "auto")
        self.setObjectName("menu_button")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.choices = named(QMenu("Data range from", self), "Data range from", "")
        self.choices.setToolTipsVisible(True)
        self.choices.aboutToShow.connect(self.fill)
        self.setMenu(self.choices)

    def _ways(self) -> dict[str, _Way]:
        """Return the ways to find a range, in the menu's order; the slice is that of the view in use."""
        plane = self._group.last_plane
        return {
            "full": _Way(
                "&Full", "The smallest and the largest value of all frames", "Full range", ranges.full
            ),
            **{
                f"percentiles {low:g}": _Way(
                    f"&Percentiles {low:g} – {high:g}",
                    "Leaves the rarest values at both ends out",
                    f"Percentiles {low:g} – {high:g}",
                    partial(ranges.percentiles, low=low, high=high),
                )
                for low, high in ranges.PERCENTILES
            },
            "symmetric": _Way(
                "S&ymmetric about 0",
                "As far below 0 as above: a diverging map has its middle on 0",
                "Symmetric range",
                ranges.symmetric,
            ),
            "slice": _Way(
                f"The {plane} &slice",
                f"The smallest and the largest value in the {plane} slice through the crosshair",
                f"Range from the {plane} slice",
                partial(ranges.from_slice, plane=plane),
            ),
        }

    def take(self, kind: str) -> None:
        """Take the range as the entry for 'full', 'percentiles 2', 'symmetric', 'slice', … does."""
        if kind == "box":
            self._box()
        elif kind == "automatic":
            self.take_default()
        else:
            way = self._ways()[kind]
            self._take(way.step, way.find)

    def fill(self) -> None:
        """Offer what there is now."""
        self.choices.clear()
        scene = self._edits.scene
        for kind, way in self._ways().items():
            if kind == "slice":
                self.choices.addSeparator()
            self._add(way.title, way.tip, partial(self._take, way.step, way.find))
        self._add("A &box…", "Drag a box in a slice view (there also Ctrl+Shift and drag)", self._box)
        others = ranges.others(scene, self._edits.layer_id)
        same = self.choices.addMenu("The same &as")
        same.setEnabled(bool(others))
        for layer in others:
            action = same.addAction(layer.name.replace("&", "&&"))
            find = partial(ranges.same_as, other_id=layer.id)
            action.triggered.connect(partial(self._take, f"The range of {layer.name}", find))
        self.choices.addSeparator()
        self._add("&Automatic", "What this kind of data starts with", self.take_default)

    def _add(self, title: str, tip: str, run: Callable[[], object]) -> None:
        action = self.choices.addAction(title)
        action.setToolTip(tip)
        action.triggered.connect(lambda: run())

    def _take(self, what: str, find: Callable[..., ranges.Range], *_: object) -> None:
        """Find a range on another thread, then set it as one step."""
        edits, layer_id = self._edits, self._edits.layer_id
        scene = edits.scene

        def done(ends: ranges.Range) -> None:
            if edits.layer_id == layer_id and edits.layer is not None:
                edits.once(f"{what} for {edits.layer.name}", {"data_range": ends})

        def failed(error: Exception) -> None:
            if not isinstance(error, SettingError):
                raise error
            edits.failed.emit(str(error))

        self._background.run(lambda: find(scene, layer_id), done, failed)

    def take_default(self) -> None:
        """Go back to the range that this kind of data starts with."""
        layer = self._edits.layer
        if layer is not None and not layer.data_range_auto:
            self._edits.once(f"Automatic range of {layer.name}", {"data_range": None})

    def _box(self) -> None:
        self._group.next_tool = "range box"
        self.box_wanted.emit()
