"""How the settings panels are made: foldable sections of labelled rows, and one way to edit a layer."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from heatviewer.app.step_titles import title_of_edit
from heatviewer.core.errors import SettingError
from heatviewer.ui.controls import named

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QObject

    from heatviewer.app.scene import Scene
    from heatviewer.model.layer import BaseLayer, HeatmapLayer, LayerSettings

#: Room for the longest label, so that the controls of all sections stand in one line.
_LABEL_WIDTH = 84
_SOON_MS = 100
#: What a control is taken to show before it was told anything: equal to no value.
_NOTHING_SHOWN = object()


class LayerEdits:
    """The one way from the controls of a panel to a layer of the scene.

    Every change is a step that says in words what it does; those of one field that come while a
    control is held are one step, which `end` closes.
    """

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.layer_id = ""

    @property
    def layer(self) -> HeatmapLayer | BaseLayer | None:
        """The settings of the layer that the panel shows; None where it is gone."""
        base = self.scene.state.base
        if base is not None and base.id == self.layer_id:
            return base
        with suppress(KeyError):
            return self.scene.state.heatmap(self.layer_id)
        return None

    def set(self, field: str, value: Any, held: bool = False) -> bool:
        """Set a field under a title of its own; return whether the value was taken."""
        title = title_of_edit(self.scene.state, self.layer_id, {field: value})
        return self.edit(title, held, **{field: value})

    @property
    def name(self) -> str:
        """What undo titles call the layer."""
        layer, base = self.layer, self.scene.state.base
        return "the base" if layer is None or layer is base else layer.name

    def edit(self, title: str, held: bool = False, **changes: Any) -> bool:
        """Change settings as one step, `held` ones until `end`; return whether they were taken."""
        if self.layer is None:
            return False
        merge = (self.layer_id, *changes) if held else None
        try:
            self.scene.edit_layer(self.layer_id, title=title, merge=merge, **changes)
        except SettingError:
            return False  # the control goes back to what holds
        return True

    def end(self) -> None:
        """Close the step of a control that was held."""
        self.scene.end_drag()


class Soon(QTimer):
    """Does something a little later, once for all that happened in between.

    For what costs more than a dragged handle can wait for: pictures are made in 16 ms.
    """

    def __init__(self, parent: QObject, work: Callable[[], object]) -> None:
        super().__init__(parent)
        self.setSingleShot(True)
        self.setInterval(_SOON_MS)
        self.timeout.connect(work)

    def ask(self) -> None:
        """Do it soon; a drag does not put it off."""
        if not self.isActive():
            self.start()


@dataclass
class Binding:
    """A field and the control that shows it; `shown` spares the control what it shows already."""

    field: str
    control: Any
    shown: object = _NOTHING_SHOWN

    def show(self, layer: LayerSettings) -> None:
        """Show a layer's value."""
        value = getattr(layer, self.field)
        if value is not self.shown and value != self.shown:
            self.control.show_value(value)
            self.shown = value


@dataclass(frozen=True)
class Row:
    """A label and the widget beside it."""

    label: QLabel | None
    holder: QWidget

    def set_shown(self, shown: bool) -> None:
        """Show or hide both."""
        for part in (self.holder, self.label):
            if part is not None and part.isHidden() == shown:
                part.setVisible(shown)


class Section(QWidget):
    """Rows of one topic under a heading, which folds and unfolds them."""

    def __init__(self, edits: LayerEdits, title: str, tip: str, opened: bool = True) -> None:
        super().__init__()
        self.edits = edits
        self._bound: list[Binding] = []
        self._shown_layer = ""
        self.heading = named(QToolButton(), f"{title}, section", tip)
        self.heading.setObjectName("fold")
        self.heading.setText(title)
        self.heading.setCheckable(True)
        self.heading.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.heading.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.body = QWidget()
        self._grid = QGridLayout(self.body)
        self._grid.setContentsMargins(0, 0, 0, 4)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnMinimumWidth(0, _LABEL_WIDTH)
        self._grid.setColumnStretch(1, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        self._head = QHBoxLayout()
        self._head.setSpacing(4)
        self._head.addWidget(self.heading, 1)
        column.addLayout(self._head)
        column.addWidget(self.body)
        self.heading.toggled.connect(self._fold)
        self.heading.setChecked(opened)
        self._fold(opened)

    @property
    def opened(self) -> bool:
        """Whether the rows are shown."""
        return self.heading.isChecked()

    def _fold(self, opened: bool) -> None:
        self.body.setVisible(opened)
        self.heading.setArrowType(Qt.ArrowType.DownArrow if opened else Qt.ArrowType.RightArrow)

    def add_to_heading(self, button: QWidget) -> None:
        """Put a button at the end of the heading."""
        self._head.addWidget(button)

    def row(self, title: str, *widgets: QWidget, gap: int = 4) -> Row:
        """Add a row; without a title it takes the whole width, with a blank one the controls' column."""
        line = self._grid.rowCount()
        holder = widgets[0] if len(widgets) == 1 else side_by_side(*widgets, gap=gap)
        if not title:
            self._grid.addWidget(holder, line, 0, 1, 2)
            return Row(None, holder)
        label = QLabel(title)
        label.setBuddy(widgets[0])
        label.setToolTip(widgets[0].toolTip())
        self._grid.addWidget(label, line, 0)
        self._grid.addWidget(holder, line, 1)
        return Row(label, holder)

    def bind(
        self, field: str, control: Any, held: bool = False, parsed: Callable[[Any], Any] | None = None
    ) -> None:
        """Let a control show a field and set it.

        Parameters
        ----------
        control
            Has ``show_value``, and ``edited`` or ``chosen``; ``finished`` ends what is `held`.
        parsed
            Makes the field's value of the control's.
        """
        binding = Binding(field, control)
        self._bound.append(binding)

        def take(value: Any) -> None:
            # The control shows what the person did; the scene may think better of it.
            binding.shown = _NOTHING_SHOWN
            self.edits.set(field, value if parsed is None else parsed(value), held)
            layer = self.edits.layer
            if layer is not None:
                binding.show(layer)

        (control.chosen if hasattr(control, "chosen") else control.edited).connect(take)
        if hasattr(control, "finished"):
            control.finished.connect(self.edits.end)

    def show_bound(self, layer: LayerSettings) -> None:
        """Show a layer's values in the controls whose value is another now; of another layer, in all."""
        if layer.id != self._shown_layer:
            self._shown_layer = layer.id
            for binding in self._bound:
                binding.shown = _NOTHING_SHOWN
        for binding in self._bound:
            binding.show(layer)


class Page(QWidget):
    """A column of sections, with a line between them."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("panel_body")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(12, 8, 12, 12)
        self._column.setSpacing(6)

    def add(self, *parts: QWidget) -> None:
        """Add parts, each under a line but for the first, and end the column."""
        for part in parts:
            if self._column.count():
                line = QFrame()
                line.setObjectName("line")
                line.setFixedHeight(1)
                self._column.addWidget(line)
            self._column.addWidget(part)
        self._column.addStretch(1)


def side_by_side(*widgets: QWidget, gap: int = 4) -> QWidget:
    """Return widgets in one row; number fields share the room."""
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(gap)
    for widget in widgets:
        grows = widget.sizePolicy().horizontalPolicy() not in (
            QSizePolicy.Policy.Fixed,
            QSizePolicy.Policy.Maximum,
        )
        row.addWidget(widget, 1 if grows else 0, Qt.AlignmentFlag.AlignVCenter)
    return holder


def at_ends(left: QWidget, right: QWidget | None = None) -> QWidget:
    """Return widgets at the ends of a row, no wider than they need; keys and tool tip are the left one's."""
    holder = QWidget()
    holder.setToolTip(left.toolTip())
    holder.setFocusProxy(left)
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(left)
    row.addStretch(1)
    if right is not None:
        row.addWidget(right)
    return holder


def whole(value: float | None) -> int | None:
    """Return a number box's value as a whole number, or none."""
    return None if value is None else round(value)


def raise_again(error: Exception) -> None:
    """Let an error of background work reach the window's report."""
    raise error
