"""The editor of a heatmap's transfer function: picture, curves for slices and 3D, typed numbers, range."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from heatviewer.analysis.histogram import histogram, kept_histogram
from heatviewer.app import ranges
from heatviewer.app.transfer_handles import separated
from heatviewer.ui import icons
from heatviewer.ui.background import Background, Poster
from heatviewer.ui.bridge import ViewGroup
from heatviewer.ui.controls import Toggle, named
from heatviewer.ui.point_row import PointRow
from heatviewer.ui.range_row import RangeRow
from heatviewer.ui.transfer_canvas import TransferCanvas
from heatviewer.ui.transfer_edits import TransferEdits

if TYPE_CHECKING:
    from heatviewer.app.scene import Scene
    from heatviewer.core.volume import Volume
    from heatviewer.model.layer import HeatmapLayer
    from heatviewer.ui.controls import NumberBox

_BOX_PROMPT = "Drag a box in a slice view. Escape leaves it."


class TransferEditor(QWidget):
    """Shapes opacity, colours, thresholds and data range of one heatmap over its histogram.

    Parameters
    ----------
    background : Background or None
        Where histograms and ranges are computed; None: on a thread of its own.

    Attributes
    ----------
    canvas : TransferCanvas
    point, range : QWidget
        The rows of typed numbers.
    """

    def __init__(self, scene: Scene, background: Background | None = None) -> None:
        super().__init__()
        self.scene = scene
        self.edits = TransferEdits(scene, self)
        self._group = ViewGroup.of(scene)
        self._background = self._own_background() if background is None else background
        self._wanted: tuple[str, int, bool] | None = None
        self.canvas = TransferCanvas(self.edits)
        self.point = PointRow(self.edits, self.canvas)
        self.range = RangeRow(self.edits, self._background)
        self.hint = QLabel()
        self.hint.setObjectName("muted")
        self.hint.setWordWrap(True)
        self.hint.hide()
        self._make_head()
        self._lay_out()
        self._connect()

    def _own_background(self) -> Background:
        background = Background(Poster(self).post)
        self.destroyed.connect(background.close)
        return background

    def _make_head(self) -> None:
        self.slices = _tab("2D", "Opacity in slices", "Show and edit the curve for the slices")
        self.volume = _tab("3D", "Opacity in 3D", "Show and edit the curve for 3D, per mm of path")
        self._curves = QButtonGroup(self)
        for button in (self.slices, self.volume):
            self._curves.addButton(button)
        self.slices.setChecked(True)
        self.same = Toggle(
            "Same as 2D",
            "The 3D curve is the slices' curve",
            "On: one curve for slices and 3D. Off: 3D has a curve of its own, at first a copy",
        )
        self.preset = named(
            QPushButton("Back to preset"),
            "Back to the preset's colours",
            "Drop this layer's own colours and show the preset again",
        )
        self.preset.setObjectName("small")
        self.fit = named(QToolButton(), "Show the whole axis", "Show all values and points again (0)")
        icons.set_icon(self.fit, "reset")

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(2)
        head.addWidget(self.slices)
        head.addWidget(self.volume)
        head.addSpacing(6)
        head.addWidget(self.same)
        head.addStretch(1)
        head.addWidget(self.preset)
        head.addWidget(self.fit)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.canvas, 1)
        for widget in (self.point, self.range, self.hint):
            column.addWidget(widget)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.MinimumExpanding)

    def _connect(self) -> None:
        self.slices.clicked.connect(lambda: self.show_curve(False))
        self.volume.clicked.connect(lambda: self.show_curve(True))
        self.same.edited.connect(self._link)
        self.preset.clicked.connect(self._back_to_preset)
        self.fit.clicked.connect(self.canvas.fit)
        self.canvas.zoomed.connect(lambda: self.fit.setEnabled(self.canvas.is_zoomed))
        self.edits.edited.connect(self._follow)
        self.edits.failed.connect(self._say)
        self.range.menu.box_wanted.connect(self._prompt)
        self._group.next_tool_changed.connect(self._prompt)
        self._leave_box = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        self._leave_box.setContext(Qt.ShortcutContext.WindowShortcut)
        self._leave_box.setEnabled(False)
        self._leave_box.activated.connect(self._cancel_box)
        self.fit.setEnabled(False)

    def sizeHint(self) -> QSize:
        """Return a size in which nothing is cut."""
        return QSize(284, 290)

    # --- showing -----------------------------------------------------------------------------

    @property
    def low(self) -> NumberBox:
        """The field of the range's low end."""
        return self.range.low

    @property
    def high(self) -> NumberBox:
        """The field of the range's high end."""
        return self.range.high

    @property
    def is_idle(self) -> bool:
        """Whether no histogram and no range is being computed."""
        return not self._background.busy

    def refresh(self, layer: HeatmapLayer, volume: Volume) -> None:
        """Show a heatmap; nothing is told back."""
        if layer.id != self.edits.layer_id:
            self.edits.end()
            self.edits.layer_id = layer.id
            self._say("")
        counts = kept_histogram(volume, layer.frame, layer.zero_is_missing)
        if counts is None:
            self._count(layer, volume)
        span = ranges.axis_span(layer, volume)
        self.canvas.show_layer(layer, counts, span)
        self.point.refresh()
        self.range.refresh(layer, self.canvas.axis.high - self.canvas.axis.low)
        self.same.show_value(layer.opacity_points_3d is None)
        self.same.setVisible(self.edits.volumetric)
        self.preset.setVisible(layer.rgb_points is not None)

    def _follow(self) -> None:
        """Show the layer of now, after a change of one's own."""
        layer, volume = self.edits.layer, self.edits.volume
        if layer is not None and volume is not None:
            self.refresh(layer, volume)

    def _count(self, layer: HeatmapLayer, volume: Volume) -> None:
        """Count the values on another thread, once."""
        wanted = (layer.id, layer.frame, layer.zero_is_missing)
        if wanted == self._wanted:
            return
        self._wanted = wanted
        self._background.run(
            lambda: histogram(volume, layer.frame, layer.zero_is_missing),
            lambda _: self._counted(wanted),
            self._not_counted,
        )

    def _counted(self, wanted: tuple[str, int, bool]) -> None:
        if self._wanted == wanted:
            self._wanted = None
        self._follow()

    def _not_counted(self, error: Exception) -> None:
        self._wanted = None
        raise error

    def _say(self, text: str) -> None:
        self.hint.setText(text)
        self.hint.setVisible(bool(text))

    # --- acts --------------------------------------------------------------------------------

    def show_curve(self, volumetric: bool) -> None:
        """Show and edit the curve for 3D, or the one for slices."""
        self.edits.end()
        self.edits.volumetric = volumetric
        (self.volume if volumetric else self.slices).setChecked(True)
        self._follow()

    def _link(self, same: bool) -> None:
        layer = self.edits.layer
        if layer is None:
            return
        if same:
            self.edits.once(f"3D curve of {layer.name} as in 2D", {"opacity_points_3d": None})
        else:
            self.edits.once(f"3D curve of its own for {layer.name}", separated(layer))

    def _back_to_preset(self) -> None:
        layer = self.edits.layer
        if layer is not None:
            self.edits.once(f"Colours of the preset for {layer.name}", {"rgb_points": None})

    def _prompt(self) -> None:
        """Ask for the box while one is waited for."""
        waiting = self._group.next_tool == "range box"
        self._leave_box.setEnabled(waiting)
        if waiting or self.hint.text() == _BOX_PROMPT:
            self._say(_BOX_PROMPT if waiting else "")

    def _cancel_box(self) -> None:
        self._group.next_tool = None


def _tab(text: str, name: str, tip: str) -> QToolButton:
    button = named(QToolButton(), name, tip)
    button.setText(text)
    button.setCheckable(True)
    return button
