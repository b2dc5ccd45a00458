"""A slice view with its slider: the plane's colour at the edge, and a handle to drag through slices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QHBoxLayout, QSlider, QWidget

from heatviewer.drawing.annotate import plane_color
from heatviewer.ui.slice_mouse import LEAP, slice_number, stepped_cursor

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from heatviewer.app.scene_change import SceneChange
    from heatviewer.ui.slice_view import SliceView

_STYLE = """
QSlider {{ background: #000; }}
QSlider::groove:vertical {{ background: #26282c; width: 2px; margin: 4px 0; }}
QSlider::handle:vertical {{ background: {color}; height: 18px; margin: 0 -2px; border-radius: 3px; }}
QSlider::handle:vertical:disabled {{ background: #26282c; }}
QSlider:focus {{ border: 1px solid {color}; }}
"""


class SlicePanel(QWidget):
    """A slice view and, at its right edge, a slim slider through the slices of the base.

    Attributes
    ----------
    view : SliceView
    slider : QSlider
        0 is the slice farthest left, back or down; counted as the wheel counts.
    """

    def __init__(self, view: SliceView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view = view
        self.slider = QSlider(Qt.Orientation.Vertical, self)
        self._merge: object = None
        self._describe()
        layout = QHBoxLayout(self)
        # A line of the plane's colour, beside the picture and not on it, while the view has the keys.
        layout.setContentsMargins(1, 1, 1, 1)
        layout.setSpacing(0)
        layout.addWidget(view, 1)
        layout.addWidget(self.slider)
        self.slider.valueChanged.connect(self._go_to)
        self.slider.sliderPressed.connect(self._begin)
        self.slider.sliderReleased.connect(self._end)
        view.scene.changed.connect(self._follow)
        view.installEventFilter(self)
        self._show_place()

    def _describe(self) -> None:
        name = self.view.plane_name
        self.setObjectName(f"{name}_panel")
        color = "#{:02x}{:02x}{:02x}".format(*plane_color(name))
        self.slider.setStyleSheet(_STYLE.format(color=color))
        self.slider.setFixedWidth(10)
        self.slider.setPageStep(LEAP)
        self.slider.setAccessibleName(f"{name.capitalize()} slice")
        self.slider.setToolTip(f"{name.capitalize()} slice: drag to go through the slices of the base")

    def _follow(self, change: SceneChange) -> None:
        if change.cursor or change.before.base is not change.after.base:
            self._show_place()

    def _show_place(self) -> None:
        """Put the handle where the cursor's slice is."""
        base = self.view.scene.base_volume
        index, count = (
            (0, 1) if base is None else slice_number(self.view.scene.cursor, base, self.view.plane_name)
        )
        self.slider.setEnabled(count > 1)
        with QSignalBlocker(self.slider):
            self.slider.setRange(0, count - 1)
            self.slider.setValue(index)

    def _begin(self) -> None:
        self._merge = object()

    def _end(self) -> None:
        self._merge = None
        self.view.scene.end_drag()

    def _go_to(self, index: int) -> None:
        """Move the cursor to a slice that a person has chosen."""
        scene = self.view.scene
        base = scene.base_volume
        if base is None:
            return
        now, _ = slice_number(scene.cursor, base, self.view.plane_name)
        cursor = stepped_cursor(scene.cursor, base, self.view.plane_name, index - now)
        merge = self._merge or ("slices", self.view.plane_name)
        scene.edit_view("Go through slices", merge, cursor=cursor)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Show which view has the keyboard."""
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.update()
        return super().eventFilter(watched, event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the line of a view that has the keyboard."""
        painter = QPainter(self)
        focused = self.view.hasFocus()
        painter.setPen(QColor(*plane_color(self.view.plane_name)) if focused else QColor(0, 0, 0))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()
