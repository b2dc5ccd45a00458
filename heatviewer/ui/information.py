"""The window with what is known of the layers' data."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QLabel, QTextBrowser, QVBoxLayout

from heatviewer.app.information import Part, as_text, information
from heatviewer.ui.controls import Choice, named

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from heatviewer.app.scene import Scene
    from heatviewer.app.scene_change import SceneChange
    from heatviewer.model.layer import BaseLayer, HeatmapLayer
    from heatviewer.ui.theme import Tokens

_SIZE = (560, 560)


class InformationDialog(QDialog):
    """Facts of one layer, chosen from all; it stays beside the window and follows the scene."""

    def __init__(self, scene: Scene, tokens: Tokens, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Information")
        self.resize(*_SIZE)
        self.scene, self._tokens = scene, tokens
        self.layer = Choice([], "Layer", "Whose data are shown")
        self.text = named(QTextBrowser(), "Information", "What is known of the layer's data")
        self.text.setOpenLinks(False)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.copy = buttons.addButton("Copy", QDialogButtonBox.ButtonRole.ActionRole)
        named(self.copy, "Copy", "Put the information on the clipboard as text")
        self.copy.setAutoDefault(False)
        self.copy.clicked.connect(self._copy)
        buttons.rejected.connect(self.reject)
        self._lay_out(buttons)
        self.layer.chosen.connect(lambda _: self._show())
        wanted = scene.state.selected or (scene.state.base.id if scene.state.base else "")
        self._fill(wanted)
        scene.changed.connect(self._on_changed)
        self.finished.connect(lambda _: scene.changed.disconnect(self._on_changed))

    def _lay_out(self, buttons: QDialogButtonBox) -> None:
        row = QHBoxLayout()
        label = QLabel("Layer")
        label.setBuddy(self.layer)
        row.addWidget(label)
        row.addWidget(self.layer, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(8)
        column.addLayout(row)
        column.addWidget(self.text, 1)
        column.addWidget(buttons)

    def set_tokens(self, tokens: Tokens) -> None:
        """Draw in a theme's colours."""
        self._tokens = tokens
        self._show()

    def show_layer(self, layer_id: str) -> None:
        """Show a layer's data."""
        self._fill(layer_id)

    def _fill(self, wanted: str) -> None:
        layers = self.scene.state.layers[::-1]
        self.layer.set_items([(layer.name or "layer", layer.id) for layer in layers])
        ids = [layer.id for layer in layers]
        self.layer.setCurrentIndex(ids.index(wanted) if wanted in ids else len(ids) - 1)
        self._show()

    def _on_changed(self, change: SceneChange) -> None:
        """Follow layers that come, go and are changed; of a layer that went the base's is shown."""
        if change.selection and change.after.selected is not None:
            self._fill(change.after.selected)
        elif change.layers:
            self._fill(str(self.layer.value))

    @property
    def _chosen(self) -> HeatmapLayer | BaseLayer | None:
        return next((layer for layer in self.scene.state.layers if layer.id == self.layer.value), None)

    def _show(self) -> None:
        layer = self._chosen
        known = layer is not None and layer.id in self.scene.volumes
        self.copy.setEnabled(known)
        if layer is None or not known:
            self.text.setPlainText("Nothing is open.")
            return
        at = self.text.verticalScrollBar().value()
        self.text.setHtml(as_html(information(self.scene, layer), self._tokens))
        self.text.verticalScrollBar().setValue(at)

    def _copy(self) -> None:
        if (layer := self._chosen) is not None:
            QGuiApplication.clipboard().setText(as_text(layer.name, information(self.scene, layer)))


def as_html(parts: tuple[Part, ...], tokens: Tokens) -> str:
    """Return the information as rich text in a theme's colours."""
    rows = []
    for part in parts:
        amber = part.title == "To be noted"
        color = tokens.warning if amber else tokens.muted
        rows.append(
            f"<tr><td colspan=2 style='padding-top:10px; color:{color}'><b>{part.title}</b></td></tr>"
        )
        for fact in part.facts:
            text = html.escape(fact.text).replace("\n", "<br>")
            if fact.fixed:
                text = f"<pre style='font-family:monospace'>{html.escape(fact.text)}</pre>"
            if not fact.name and not fact.fixed:
                rows.append(f"<tr><td colspan=2>{text}</td></tr>")
                continue
            name = f"<td style='color:{tokens.muted}; padding-right:16px'>{html.escape(fact.name)}</td>"
            rows.append(f"<tr>{name}<td>{text}</td></tr>")
    return f"<table cellspacing=2>{''.join(rows)}</table>"
