"""The controls of the panels: they show values, and tell what a person makes of them.

Setting a value from the program tells nothing; only a person's act does. What goes on for a while (a
dragged handle, a turned wheel, a held key) tells its values as they come and then that it has ended,
so that it is one step to undo.
"""

from __future__ import annotations

import html
import math
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QValidator
from PySide6.QtWidgets import QAbstractSpinBox, QCheckBox, QComboBox, QHBoxLayout, QLabel, QSlider, QWidget

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QResizeEvent, QWheelEvent

W = TypeVar("W", bound=QWidget)
#: A pause after which turning a wheel or pressing a key has ended.
_SETTLE_MS = 400
#: What margins and padding take of a number field's width.
_BESIDE_TEXT = 14


def named(widget: W, name: str, tip: str) -> W:
    """Give a widget its accessible name and its tool tip."""
    widget.setAccessibleName(name)
    widget.setToolTip(plain_tip(tip))
    return widget


def plain_tip(text: str) -> str:
    """Return a text that comes from a file as a tool tip that shows it as it stands.

    Qt takes what looks like HTML for that, and an image in it would be fetched from where it says.
    """
    if "<" not in text:
        return text
    lines = html.escape(text).replace("\n", "<br>")
    return f"<span>{lines}</span>"


def plain(label: QLabel) -> QLabel:
    """Return a label that shows a text from a file as it stands; by itself it guesses, as tool tips do."""
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label


def came_by_keyboard(event: QFocusEvent) -> bool:
    """Return whether the focus came by Tab: a ring then shows where it is; the mouse needs none."""
    return event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)


def left_to_window(event: QEvent) -> bool:
    """Return whether an event asks a field for undo or redo: the window has them, so it goes on to it."""
    if event.type() != QEvent.Type.ShortcutOverride:
        return False
    key: QKeyEvent = event  # type: ignore[assignment]
    found = key.matches(QKeySequence.StandardKey.Undo) or key.matches(QKeySequence.StandardKey.Redo)
    if found:
        event.ignore()
    return found


class Choice(QComboBox):
    """One of several values. The wheel turns it only while it has the focus."""

    chosen = Signal(object)

    def __init__(self, items: Iterable[tuple[str, Any]], name: str, tip: str) -> None:
        super().__init__()
        self._items: tuple[tuple[str, Any], ...] = ()
        self.set_items(tuple(items))
        named(self, name, tip)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        # Long names must not widen the panel.
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(6)
        self.activated.connect(lambda index: self.chosen.emit(self.itemData(index)))

    @property
    def value(self) -> Any:
        """The value that is shown."""
        return self.currentData()

    def set_items(self, items: Sequence[tuple[str, Any]]) -> None:
        """Offer other values, if they are others; `show_value` says which one is shown."""
        if tuple(items) != self._items:
            self._items = tuple(items)
            self.clear()
            for text, value in items:
                self.addItem(text, value)

    def show_value(self, value: Any) -> None:
        """Show a value; one that is not in the list is added to it."""
        index = self.findData(value)
        if index < 0:
            self.addItem(str(value), value)
            index = self.count() - 1
        self.setCurrentIndex(index)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the panel unless the choice has the focus."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class Toggle(QCheckBox):
    """On or off."""

    edited = Signal(bool)

    def __init__(self, title: str, name: str, tip: str) -> None:
        super().__init__(title)
        named(self, name, tip)
        self.clicked.connect(lambda: self.edited.emit(self.isChecked()))

    def show_value(self, on: bool) -> None:
        """Show a state."""
        self.setChecked(on)


def number_text(value: float | None, digits: int = 6) -> str:
    """Return a number as fields show it: six digits, no group signs; empty for none."""
    return "" if value is None else f"{value + 0.0:.{digits}g}"


def number_step(span: float) -> float:
    """Return a round step for a range of values: about a hundredth of it."""
    if not (math.isfinite(span) and span > 0):
        return 1.0
    return float(10.0 ** math.floor(math.log10(span / 50)))


class NumberBox(QAbstractSpinBox):
    """A number, or (where `optional`) none; typed, stepped by keys, wheel or the arrows.

    A point is the decimal sign whatever the locale. ``edited`` tells the new number when it is
    final: Return, leaving the field, or a step. ``finished`` follows once stepping has ended.
    """

    edited = Signal(object)
    finished = Signal()

    def __init__(
        self,
        name: str,
        tip: str,
        low: float = -math.inf,
        high: float = math.inf,
        optional: bool = False,
    ) -> None:
        super().__init__()
        self._value: float | None = None if optional else 0.0
        self._low, self._high, self._optional = low, high, optional
        self.step = 1.0
        self._typed = False
        self.lineEdit().textEdited.connect(self._on_typed)
        named(self, name, tip)
        named(self.lineEdit(), name, tip)
        self.lineEdit().setPlaceholderText("open" if optional else "")
        # The style sheet's padding moves the field's frame, not its text.
        self.lineEdit().setTextMargins(4, 0, 0, 0)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumWidth(64)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(_SETTLE_MS)
        self._settle.timeout.connect(self.finished)
        self.editingFinished.connect(self._commit)

    @property
    def value(self) -> float | None:
        """The number that is shown."""
        return self._value

    def show_value(self, value: float | None, step: float | None = None) -> None:
        """Show a number, and how far a step goes from now on."""
        self.step = step or self.step
        same = value == self._value and self.lineEdit().text() != ""
        self._value = value
        if not (same and self._typed and self.hasFocus()):
            self._show_text(value)

    def set_limits(self, low: float, high: float) -> None:
        """Set the smallest and greatest number that can be given."""
        self._low, self._high = low, high

    def _parsed(self) -> tuple[bool, float | None]:
        """Return whether the text is a number that is allowed, and the number."""
        text = self.lineEdit().text().strip().replace("−", "-").replace(",", ".")
        if not text:
            return self._optional, None
        try:
            number = float(text)
        except ValueError:
            return False, None
        return math.isfinite(number) and self._low <= number <= self._high, number

    def _on_typed(self) -> None:
        # The line edit's own mark is lost with Return, before the text has been taken over.
        self._typed = True

    def _show_text(self, value: float | None) -> None:
        self._typed = False
        text = number_text(value) if self.hasFocus() else self._fitting_text(value)
        if text != self.lineEdit().text():
            self.lineEdit().setText(text)

    def _fitting_text(self, value: float | None) -> str:
        """Return a number with as many digits as there is room for: a cut exponent would lie."""
        line = self.lineEdit()
        texts = [number_text(value, digits) for digits in (6, 5, 4, 3)]
        widths = [line.fontMetrics().horizontalAdvance(text) for text in texts]
        room = line.width() - _BESIDE_TEXT
        return next((t for t, width in zip(texts, widths, strict=True) if width <= room), min(texts, key=len))

    def _show_again(self) -> None:
        """Show the number with the digits that suit now; a text that was emptied or typed stays."""
        if not self._typed and self.lineEdit().text():
            selected = self.lineEdit().hasSelectedText()
            self._show_text(self._value)
            if selected:
                self.selectAll()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as many digits as there is room for now."""
        super().resizeEvent(event)
        self._show_again()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show all digits, so that they can be edited."""
        super().focusInEvent(event)
        self._show_again()

    def _commit(self) -> None:
        """Take over what was typed; a text that is no number goes back to the last one."""
        if not self._typed:
            return
        valid, number = self._parsed()
        if not valid or number_text(number) == number_text(self._value):
            self._show_text(self._value)
            return
        self._tell(number)
        self.finished.emit()

    def _tell(self, number: float | None) -> None:
        self._value = number
        self._show_text(number)
        self.edited.emit(number)

    def stepBy(self, steps: int) -> None:
        """Go up or down by steps; a typed text counts first."""
        self._commit()
        start = self._value if self._value is not None else 0.0
        # Rounded to the step, so that 0.1 + 0.2 does not show as 0.30000000000000004.
        digits = max(0, 2 - math.floor(math.log10(self.step)))
        number = min(max(round(start + steps * self.step, digits), self._low), self._high)
        if number != self._value:
            self._tell(number)
            self._settle.start()

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        """Return which of the arrows can be used."""
        flags = QAbstractSpinBox.StepEnabledFlag.StepNone
        if not self.isEnabled():
            return flags
        if self._value is None or self._value < self._high:
            flags |= QAbstractSpinBox.StepEnabledFlag.StepUpEnabled
        if self._value is None or self._value > self._low:
            flags |= QAbstractSpinBox.StepEnabledFlag.StepDownEnabled
        return flags

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        """Let everything be typed that can still become a number."""
        allowed = set("0123456789+-−.,eE ")
        state = QValidator.State.Intermediate if set(text) <= allowed else QValidator.State.Invalid
        return state, text, position

    def fixup(self, text: str) -> str:
        """Leave the text: `_commit` decides."""
        return text

    def clear(self) -> None:
        """Take the number away, as a person's act."""
        if self._optional and self._value is not None:
            self._tell(None)
            self.finished.emit()

    def event(self, event: QEvent) -> bool:
        """Leave undo and redo to the window: a number that was changed is a step there."""
        return left_to_window(event) or super().event(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the panel unless the field has the focus."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a run of steps with the button."""
        super().mouseReleaseEvent(event)
        self._end_steps()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """End a run of steps with the focus."""
        super().focusOutEvent(event)
        self._show_again()
        self._end_steps()

    def _end_steps(self) -> None:
        if self._settle.isActive():
            self._settle.stop()
            self.finished.emit()


class WheelSafeSlider(QSlider):
    """A slider that the wheel turns only while it has the focus, and that jumps to where it is clicked."""

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the panel unless the slider has the focus."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class ValueSlider(QWidget):
    """A number as a slider from 0 and, where `with_number`, in a box that may go further.

    ``edited`` tells the number as it changes, ``finished`` that the slider was let go, or that keys,
    wheel or arrows have come to rest.
    """

    edited = Signal(float)
    finished = Signal()
    #: What the box shows for 1.
    _factor = 1.0

    def __init__(
        self,
        name: str,
        tip: str,
        high: float,
        step: float,
        *,
        box_name: str = "",
        box_high: float | None = None,
        with_number: bool = True,
    ) -> None:
        super().__init__()
        self._step = step
        self.slider = named(WheelSafeSlider(), name, tip)
        self.slider.setRange(0, round(high / step))
        self.slider.setPageStep(max(self.slider.maximum() // 10, 1))
        top = (high if box_high is None else box_high) * self._factor
        self.number = NumberBox(box_name or f"{name}, number", tip, 0, top) if with_number else None
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.slider, 1)
        self.setFocusProxy(self.slider)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(_SETTLE_MS)
        self._settle.timeout.connect(self.finished)
        self.slider.valueChanged.connect(self._slid)
        self.slider.sliderReleased.connect(self.finished)
        if self.number is not None:
            self.number.step = max(step * self._factor, 1e-9)
            self.number.setFixedWidth(64)
            self.number.edited.connect(lambda shown: self.edited.emit(shown / self._factor))
            self.number.finished.connect(self.finished)
            row.addWidget(self.number)

    def set_high(self, high: float) -> None:
        """Set how far slider and box go."""
        self.slider.blockSignals(True)
        self.slider.setMaximum(round(high / self._step))
        self.slider.blockSignals(False)
        if self.number is not None:
            self.number.set_limits(0, high * self._factor)

    def show_value(self, value: float) -> None:
        """Show a number."""
        self.slider.blockSignals(True)
        self.slider.setValue(round(min(value / self._step, self.slider.maximum())))
        self.slider.blockSignals(False)
        if self.number is not None:
            self.number.show_value(round(value * self._factor, 4))

    def _slid(self, position: int) -> None:
        # Rounded, so that 3 steps of 0.1 are not 0.30000000000000004.
        self.edited.emit(round(position * self._step, 9))
        if not self.slider.isSliderDown():
            self._settle.start()


class FractionSlider(ValueSlider):
    """A share of 0…1 as a slider and, where `with_number`, per cent beside it."""

    _factor = 100.0

    def __init__(self, name: str, tip: str, with_number: bool = True) -> None:
        super().__init__(name, tip, 1.0, 0.01, box_name=f"{name}, per cent", with_number=with_number)
