"""The rows of the layer list: a layer, and a file that is on its way or could not be read."""

from __future__ import annotations

from dataclasses import dataclass
from operator import is_
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPalette
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from heatviewer.model.draws import transfer_of
from heatviewer.model.layer import HeatmapLayer
from heatviewer.ui import icons
from heatviewer.ui.controls import FractionSlider, named, plain
from heatviewer.ui.progress_line import ProgressLine
from heatviewer.ui.swatches import transfer_bar

if TYPE_CHECKING:
    from PySide6.QtGui import QEnterEvent, QImage, QKeyEvent, QMouseEvent, QPaintEvent

    from heatviewer.app.loader import LoadJob
    from heatviewer.model.layer import BaseLayer
    from heatviewer.ui.theme import Tokens

ROW_HEIGHT = 52
#: The base has no second line.
_BASE_HEIGHT = 40
#: How much of its colours a heatmap shows that is not drawn.
_FAINT = 0.35
#: Longer names of groups are cut in a row; the tool tip has all of it.
_GROUP_LETTERS = 4


class Swatch(QWidget):
    """A thin bar in a heatmap's colours."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._image: QImage | None = None
        self.setFixedHeight(6)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_image(self, image: QImage | None) -> None:
        """Show colours; None shows nothing."""
        self._image = image
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the bar, faint where its heatmap is not drawn."""
        if self._image is not None:
            painter = QPainter(self)
            painter.setOpacity(1.0 if self.isEnabled() else _FAINT)
            painter.drawImage(QRectF(self.rect()), self._image)


class NameEdit(QLineEdit):
    """The field in which a layer gets another name; Escape leaves the old one."""

    ended = Signal(bool)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take the name over, or not."""
        if event.key() == Qt.Key.Key_Escape:
            self.ended.emit(False)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.ended.emit(True)
        else:
            super().keyPressEvent(event)


class ElidedLabel(QLabel):
    """A label that cuts a long name in the middle; the tool tip has all of it."""

    def __init__(self) -> None:
        super().__init__()
        plain(self)
        self._full = ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def show_text(self, text: str) -> None:
        """Show a text."""
        self._full = text
        self.setText(text)
        self.update()

    def minimumSizeHint(self) -> QSize:
        """Return a size that gives way to everything else in the row."""
        return QSize(24, super().minimumSizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw as much of the text as there is room for."""
        painter = QPainter(self)
        shown = self.fontMetrics().elidedText(self._full, Qt.TextElideMode.ElideMiddle, self.width())
        group = QPalette.ColorGroup.Active if self.isEnabled() else QPalette.ColorGroup.Disabled
        painter.setPen(self.palette().color(group, QPalette.ColorRole.WindowText))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)


@dataclass(frozen=True)
class Among:
    """How a layer stands among the others.

    ``shown``: whether it is drawn; ``alone``: the name of the heatmap that is shown alone, if one is;
    ``linked``: how many heatmaps share its look; ``notes``: what is odd about its data; ``moved``:
    how it was moved from where its header says; ``colored``: whether its data are colours.
    """

    shown: bool = True
    alone: str | None = None
    linked: int = 0
    notes: tuple[str, ...] = ()
    moved: str = ""
    colored: bool = False


class LayerRow(QWidget):
    """One layer: eye, 'alone', name, link, colours, opacity.

    'Alone' is there while the pointer is on the row, or it is on.

    Signals
    -------
    visible_edited : bool
    solo_edited : bool
    opacity_edited : float
        While the slider moves; ``opacity_finished`` when it is let go.
    renamed : str
    marked
        A person wants to know what is odd about the data.
    pressed
        The row was clicked beside its controls.
    """

    pressed = Signal()
    visible_edited = Signal(bool)
    solo_edited = Signal(bool)
    opacity_edited = Signal(float)
    opacity_finished = Signal()
    renamed = Signal(str)
    marked = Signal()

    def __init__(self, layer: HeatmapLayer | BaseLayer) -> None:
        super().__init__()
        self.layer_id = layer.id
        self.is_heatmap = isinstance(layer, HeatmapLayer)
        self._renaming = False
        self._hovered = False
        self._shown: tuple[object, object, object, Among] | None = None
        self.setFixedHeight(ROW_HEIGHT if self.is_heatmap else _BASE_HEIGHT)
        self.eye = QToolButton()
        self.eye.setObjectName("eye")
        self.eye.setCheckable(True)
        self.eye.setIconSize(QSize(20, 20))
        self.eye.setFixedSize(28, 26)
        self.eye.clicked.connect(lambda: self.visible_edited.emit(self.eye.isChecked()))
        self.solo = named(QToolButton(self), "Show alone", "Show this heatmap alone (Shift+H)")
        self.solo.setObjectName("solo")
        self.solo.setCheckable(True)
        self.solo.setIconSize(QSize(16, 16))
        self.solo.setFixedSize(28, 22)
        self.solo.clicked.connect(lambda: self.solo_edited.emit(self.solo.isChecked()))
        self.link = named(QToolButton(self), "Link", "Which heatmaps share this look")
        self.link.setObjectName("link")
        self.link.setIconSize(QSize(14, 14))
        self.link.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.link.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.link.hide()
        self.mark = named(QToolButton(self), "To be noted", "What is odd about these data")
        self.mark.setObjectName("mark")
        self.mark.setIconSize(QSize(14, 14))
        self.mark.clicked.connect(self.marked)
        self.mark.hide()
        self.name = ElidedLabel()
        self.editor = NameEdit()
        self.editor.ended.connect(self._end_rename)
        self.editor.installEventFilter(self)
        self.title = QStackedWidget()
        self.title.addWidget(self.name)
        self.title.addWidget(self.editor)
        self.title.setFixedHeight(26)
        self.value = plain(QLabel())
        self.value.setObjectName("muted")
        self.swatch = Swatch(self)
        self.opacity = FractionSlider("Opacity", "Opacity of this layer", with_number=False)
        self.opacity.setParent(self)
        self.opacity.edited.connect(self.opacity_edited)
        self.opacity.finished.connect(self.opacity_finished)
        # The base is as opaque as its window makes it.
        self.swatch.setVisible(self.is_heatmap)
        self.opacity.setVisible(self.is_heatmap)
        self._lay_out()
        self.show_layer(layer, None)

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 2, 10, 2)
        row.setSpacing(6)
        row.addLayout(self._switches())
        column = QVBoxLayout()
        column.setSpacing(0)
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self.title, 1)
        top.addWidget(self.mark)
        top.addWidget(self.link)
        top.addWidget(self.value)
        column.addLayout(top)
        if self.is_heatmap:
            bottom = QHBoxLayout()
            bottom.setSpacing(8)
            bottom.addWidget(self.swatch, 1)
            bottom.addWidget(self.opacity, 1)
            column.addLayout(bottom)
        row.addLayout(column, 1)

    def _switches(self) -> QVBoxLayout:
        """Return the column of the eye, and below it in a heatmap's row 'alone'."""
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(self.eye, 0, Qt.AlignmentFlag.AlignHCenter)
        if self.is_heatmap:
            # Its room stays, so that nothing moves when it comes.
            policy = self.solo.sizePolicy()
            policy.setRetainSizeWhenHidden(True)
            self.solo.setSizePolicy(policy)
            column.addWidget(self.solo, 0, Qt.AlignmentFlag.AlignHCenter)
        self.solo.setVisible(False)
        return column

    def show_layer(
        self, layer: HeatmapLayer | BaseLayer, tokens: Tokens | None, among: Among = Among()
    ) -> None:
        """Show a layer's settings."""
        colors = transfer_of(layer) if isinstance(layer, HeatmapLayer) else None
        shown = (layer, colors, tokens, among)
        if self._shown is not None and all(map(is_, shown[:3], self._shown)) and among == self._shown[3]:
            return
        self._shown = shown
        role = "heatmap" if self.is_heatmap else "base"
        self.name.show_text(layer.name or role)
        for part in (self.name, self.value, self.swatch):
            part.setEnabled(among.shown and layer.visible)
        named(self, f"{layer.name}, {role}", _tip(layer, among))
        named(self.name, layer.name, f"{layer.name}: double click or F2 to rename")
        named(self.editor, f"New name of {layer.name}", "Return takes the name, Escape keeps the old one")
        verb = "Hide" if layer.visible else "Show"
        named(self.eye, f"{verb} {layer.name}", f"{verb} this layer")
        self.eye.setChecked(layer.visible)
        icons.set_icon(self.eye, "eye" if layer.visible else "eye-off", tokens)
        self._show_mark(layer, tokens, among)
        if isinstance(layer, HeatmapLayer):
            self._show_among(layer, tokens, among)
            self.value.setText(f"{layer.opacity * 100:.0f} %")
            self.swatch.show_image(None if among.colored else transfer_bar(transfer_of(layer), 128, 1))
            self.opacity.show_value(layer.opacity)
            named(self.opacity.slider, f"Opacity of {layer.name}", "Opacity of this heatmap ([ and ])")
        else:
            self.value.setText("Base")

    def _show_mark(self, layer: HeatmapLayer | BaseLayer, tokens: Tokens | None, among: Among) -> None:
        """Show that something is odd about the data, or that they were moved."""
        moved = (f"moved: {among.moved}",) if among.moved else ()
        texts = (*moved, *among.notes)
        self.mark.setVisible(bool(texts))
        if texts:
            lines = "\n".join(f"• {text}" for text in texts)
            named(self.mark, f"{layer.name}: {'; '.join(texts)}", f"{layer.name}\n{lines}")
            icons.set_icon(self.mark, "warning" if among.notes else "moved", tokens, "warning")

    def _show_among(self, layer: HeatmapLayer, tokens: Tokens | None, among: Among) -> None:
        """Show whether a heatmap is alone, and which group it is linked in."""
        alone = among.shown and among.alone is not None
        verb = "Show all heatmaps again" if alone else f"Show {layer.name} alone"
        named(self.solo, verb, "Show all heatmaps again (Shift+H)" if alone else "Show this alone (Shift+H)")
        self.solo.setChecked(alone)
        icons.set_icon(self.solo, "solo", tokens)
        self._show_solo()
        self.link.setVisible(layer.link is not None)
        if layer.link is not None:
            short = (
                layer.link if len(layer.link) <= _GROUP_LETTERS else f"{layer.link[: _GROUP_LETTERS - 1]}…"
            )
            self.link.setText(short.replace("&", "&&"))
            shared = f"{among.linked} heatmaps share this look" if among.linked > 1 else "No other is linked"
            named(self.link, f"{layer.name} is linked in {layer.link}", f"Linked in {layer.link}: {shared}")
            icons.set_icon(self.link, "link", tokens)

    def _show_solo(self) -> None:
        self.solo.setVisible(self.is_heatmap and (self._hovered or self.solo.isChecked()))

    def enterEvent(self, event: QEnterEvent) -> None:
        """Offer to show this heatmap alone."""
        self._hovered = True
        self._show_solo()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Take the offer back."""
        self._hovered = False
        self._show_solo()
        super().leaveEvent(event)

    def start_rename(self) -> None:
        """Let the name be typed."""
        self._renaming = True
        self.editor.setText(self.name.text())
        self.editor.selectAll()
        self.title.setCurrentWidget(self.editor)
        self.editor.setFocus()

    def _end_rename(self, take: bool) -> None:
        if not self._renaming:
            return
        # First, as hiding the field takes its focus, which ends the renaming once more.
        self._renaming = False
        self.title.setCurrentWidget(self.name)
        text = self.editor.text().strip()
        if take and text and text != self.name.text():
            self.renamed.emit(text)

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        """Take the name over when the field is left."""
        if watched is self.editor and event.type() == QEvent.Type.FocusOut:
            self._end_rename(True)
        return super().eventFilter(watched, event)  # type: ignore[arg-type]

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Tell of a click, and leave it to the list, which selects and drags."""
        self.pressed.emit()
        super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Rename by a double click on the name."""
        if self.title.geometry().contains(event.position().toPoint()):
            self.start_rename()
        else:
            super().mouseDoubleClickEvent(event)


def _tip(layer: HeatmapLayer | BaseLayer, among: Among) -> str:
    if among.shown or among.alone is None:
        return layer.name
    return f"{layer.name}: not drawn while {among.alone} is shown alone"


class JobRow(QWidget):
    """A file on its way, with its progress, or one that could not be read, with the reason."""

    retried = Signal()
    dismissed = Signal()

    def __init__(self, job: LoadJob) -> None:
        super().__init__()
        self.job = job
        named(self, f"{job.name}, loading", job.path)
        self.name = ElidedLabel()
        self.name.show_text(job.name)
        self.stop = QToolButton()
        self.stop.setIconSize(QSize(16, 16))
        icons.set_icon(self.stop, "close")
        self.stop.clicked.connect(self.dismissed)
        self.retry = named(QToolButton(), f"Try {job.name} again", "Read the file again")
        self.retry.setIconSize(QSize(16, 16))
        icons.set_icon(self.retry, "retry")
        self.retry.clicked.connect(self.retried)
        self.progress = named(ProgressLine(), f"Progress of {job.name}", "How much has been read")
        self.error = plain(QLabel())
        self.error.setObjectName("error")
        self.error.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 4, 8, 6)
        column.setSpacing(4)
        top = QHBoxLayout()
        top.addWidget(self.name, 1)
        top.addWidget(self.retry)
        top.addWidget(self.stop)
        column.addLayout(top)
        column.addWidget(self.progress)
        column.addWidget(self.error)
        self.refresh()

    def refresh(self) -> None:
        """Show how far the job is."""
        failed = self.job.state == "failed"
        self.retry.setVisible(failed)
        self.error.setVisible(failed)
        self.progress.setVisible(not failed)
        verb = "Dismiss" if failed else "Cancel"
        named(self.stop, f"{verb} {self.job.name}", f"{verb} this file")
        self.progress.show_fraction(self.job.progress)
        if failed and self.job.error is not None:
            # The name stands above.
            text = str(self.job.error).removeprefix(f"{self.job.name}: ")
            self.error.setText(f"{text[:1].upper()}{text[1:]}")
