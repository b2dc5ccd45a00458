"""The field that shows a heatmap's colours and opens the list of all colour maps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, QSize, Qt, QTimer
from PySide6.QtGui import QPainter, QPalette, QPen, QPolygonF
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QPushButton,
    QStyle,
    QStyleOptionButton,
    QWidget,
)

from heatviewer.app.preset_choice import PresetChoice
from heatviewer.app.user_presets import export_presets, import_presets
from heatviewer.core.errors import HeatViewerError
from heatviewer.model.draws import transfer_of
from heatviewer.ui.controls import named
from heatviewer.ui.preset_popup import PresetPopup
from heatviewer.ui.swatches import draw_bar, transfer_bar

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QImage, QKeyEvent, QPaintEvent

    from heatviewer.app.scene import Scene
    from heatviewer.core.colormap import ColorMap
    from heatviewer.core.transfer import TransferFunction
    from heatviewer.model.layer import HeatmapLayer

_BAR = QSize(56, 12)
_FILTERS = ("Colour presets (*.json)", "All files (*)")


class PresetField(QPushButton):
    """A button that shows a bar of colours and a name."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("preset_field")
        self.setAutoDefault(False)
        self._transfer: TransferFunction | None = None
        self._look: tuple[object, ...] = ()

    def show_layer(self, layer: HeatmapLayer) -> None:
        """Show a heatmap's colours as it shows them, and what they are called."""
        self.setText(layer.preset if layer.rgb_points is None else "Own points")
        transfer = transfer_of(layer)
        own = None if layer.rgb_points is None else (layer.rgb_points, layer.data_range)
        # Whose colours are a preset's look the same over every range: most drags change nothing here.
        look = (transfer.color_map, layer.reverse, layer.steps, own)
        if look != self._look:
            self._look, self._transfer = look, transfer
            self.update()

    def bar(self, ratio: float) -> QImage | None:
        """Return the colours from the low to the high end, in device pixels."""
        if self._transfer is None:
            return None
        return transfer_bar(self._transfer, round(_BAR.width() * ratio), round(_BAR.height() * ratio))

    def sizeHint(self) -> QSize:
        """Return a size that does not depend on the name."""
        return QSize(_BAR.width() + 96, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Return the least size at which bar and mark are seen."""
        return QSize(_BAR.width() + 48, super().minimumSizeHint().height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open with Return and the down key as well as with Space."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the frame, the bar, the name and a mark that a list opens."""
        option = QStyleOptionButton()
        self.initStyleOption(option)
        option.text = ""
        painter = QPainter(self)
        self.style().drawControl(QStyle.ControlElement.CE_PushButton, option, painter, self)
        room = self.rect().adjusted(7, 0, -8, 0)
        bar = QRect(room.left(), room.center().y() - _BAR.height() // 2 + 1, _BAR.width(), _BAR.height())
        image = self.bar(self.devicePixelRatioF())
        text = room.adjusted(_BAR.width() + 8, 0, -16, 0)
        group = QPalette.ColorGroup.Active if self.isEnabled() else QPalette.ColorGroup.Disabled
        color = self.palette().color(group, QPalette.ColorRole.ButtonText)
        if image is not None:
            draw_bar(painter, bar, image, color)
        painter.setPen(color)
        name = painter.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, text.width())
        painter.drawText(text, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(color, 1.4, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        tip = QPointF(room.right() - 4.5, room.center().y() + 2.5)
        painter.drawPolyline(QPolygonF([tip + QPointF(-3.5, -3.5), tip, tip + QPointF(3.5, -3.5)]))


class PresetPicker(QWidget):
    """The colour preset of a heatmap: its bar and name, and a popup with all colour maps.

    `refresh` shows a layer and tells nothing; the popup edits the scene itself, and what a person
    tries there is one step to undo.
    """

    def __init__(self, scene: Scene) -> None:
        super().__init__()
        self.scene = scene
        self.layer_id = ""
        self.popup: PresetPopup | None = None
        self.dialog: QFileDialog | None = None
        self._folder = Path.home()
        self._chosen = ""
        self._act: Callable[[str], object] = self.import_file
        self.field = named(PresetField(), "Colour preset", "Choose the colours of this heatmap (M)")
        self.field.clicked.connect(lambda: self.open_popup())
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.field)
        self.setFocusProxy(self.field)

    def refresh(self, layer: HeatmapLayer) -> None:
        """Show a heatmap's colours."""
        if self.popup is not None and layer.id != self.layer_id:
            self.popup.close()
        self.layer_id = layer.id
        self.field.show_layer(layer)
        self.field.setAccessibleName(f"Colour preset: {self.field.text()}")

    def open_popup(self) -> None:
        """Let the colours be chosen."""
        if self.popup is not None or all(h.id != self.layer_id for h in self.scene.state.heatmaps):
            return
        self.popup = PresetPopup(PresetChoice(self.scene, self.layer_id), self.field)
        self.popup.closed.connect(self._on_closed)
        self.popup.import_wanted.connect(self._ask_import)
        self.popup.export_wanted.connect(self._ask_export)
        self.popup.open_at(self.field)

    def _on_closed(self) -> None:
        self.popup = None
        self.field.setFocus()

    def _tell(self, text: str, level: str = "muted") -> None:
        """Say in the popup, opened again, how it went with a file."""
        self.open_popup()
        if self.popup is not None:
            self.popup.tell(text, level)

    def _ask_import(self) -> None:
        dialog = self._new_dialog("Import colour presets")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        self._open_dialog(dialog, self.import_file)

    def _ask_export(self, maps: tuple[ColorMap, ...]) -> None:
        dialog = self._new_dialog("Export colour presets")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("json")
        dialog.selectFile(f"{maps[0].name}.json" if len(maps) == 1 else "presets.json")
        self._open_dialog(dialog, lambda path: self.export_file(path, maps))

    def _new_dialog(self, title: str) -> QFileDialog:
        dialog = QFileDialog(self.window(), title, str(self._folder))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAccessibleName(title)
        dialog.setNameFilters(_FILTERS)
        return dialog

    def _open_dialog(self, dialog: QFileDialog, act: Callable[[str], object]) -> None:
        """Ask for a file; it is acted on once the dialog is gone, whose end would close the popup."""
        self.dialog, self._chosen, self._act = dialog, "", act
        dialog.filesSelected.connect(self._on_chosen)
        dialog.destroyed.connect(self._on_dialog_gone)
        dialog.open()

    def _on_chosen(self, paths: list[str]) -> None:
        self._chosen = paths[0]

    def _on_dialog_gone(self) -> None:
        self.dialog = None
        if self._chosen:
            QTimer.singleShot(0, self, lambda: self._act(self._chosen))

    def import_file(self, path: str) -> None:
        """Keep the presets of a file as the user's, and say so."""
        self._folder = Path(path).parent
        try:
            done = import_presets(path)
        except HeatViewerError as error:
            self._tell(str(error), "error")
            return
        count = len(done.names)
        what = f"Imported '{done.names[0]}'" if count == 1 else f"Imported {count} presets"
        self._tell(". ".join((what, *done.notes[:2])) + (" …" if len(done.notes) > 2 else ""))

    def export_file(self, path: str, maps: tuple[ColorMap, ...]) -> None:
        """Write presets to a file, and say so."""
        self._folder = Path(path).parent
        try:
            export_presets(maps, path)
        except HeatViewerError as error:
            self._tell(str(error), "error")
        else:
            self._tell(f"Exported to {Path(path).name}")
