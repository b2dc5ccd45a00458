"""The bar below the views that goes through the frames of a series."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from heatviewer.app.frames import (
    companions,
    frame_count,
    frame_of,
    frame_text,
    framed_layer,
    go_to_frame,
)
from heatviewer.ui import icons
from heatviewer.ui.controls import NumberBox, WheelSafeSlider, named, plain_tip
from heatviewer.ui.layer_row import ElidedLabel
from heatviewer.ui.player import FASTEST, SLOWEST, Player

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtGui import QAction

    from heatviewer.app.scene import Scene
    from heatviewer.app.scene_change import SceneChange
    from heatviewer.ui.theme import Tokens

#: A pause after which turning the wheel over the slider has ended.
_SETTLE_MS = 400
#: Longer names are cut.
_NAME_WIDTH = 150
_BUTTONS = ("frames.previous", "frames.play", "frames.next")


class FrameBar(QWidget):
    """Whose frames, step back, play, step forward, slider, which frame, speed, and all together.

    It is there only where a layer has several frames.
    """

    def __init__(self, scene: Scene, actions: Mapping[str, QAction], player: Player) -> None:
        super().__init__()
        self.setObjectName("frame_bar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        named(self, "Frames", "Frames of the series")
        self.scene, self.player = scene, player
        self._tokens: Tokens | None = None
        self._merge: object = None
        self._shown: tuple[object, ...] = ()
        self.whose = named(ElidedLabel(), "Series", "Whose frames are shown")
        self.whose.setObjectName("muted")
        self.whose.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self.buttons = {name: self._button(actions[name]) for name in _BUTTONS}
        self.slider = named(WheelSafeSlider(), "Frame", "Frame of the series (Shift and wheel in a view)")
        self.label = named(QLabel(), "Frame", "Frame that is shown")
        self.speed = NumberBox("Frames a second", "How many frames a second are played", SLOWEST, FASTEST)
        self.speed.setFixedWidth(48)
        self.speed.show_value(player.per_second, 1)
        self.together = self._button(actions["frames.together"])
        self.curve = self._button(actions["view.panel.curve"])
        self._lay_out()
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(_SETTLE_MS)
        self._settle.timeout.connect(self._end)
        self.slider.sliderPressed.connect(self._begin)
        self.slider.sliderReleased.connect(self._end)
        self.slider.valueChanged.connect(self._slid)
        self.speed.edited.connect(player.set_speed)
        player.changed.connect(self._show_playing)
        self.refresh()

    def _button(self, action: QAction) -> QToolButton:
        button = QToolButton()
        button.setDefaultAction(action)
        button.setIconSize(QSize(16, 16))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        button.setAccessibleName(action.text().replace("&", ""))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 2, 10, 2)
        row.setSpacing(4)
        row.addWidget(self.whose)
        for button in self.buttons.values():
            row.addWidget(button)
        row.addSpacing(4)
        row.addWidget(self.slider, 4)
        row.addSpacing(4)
        row.addWidget(self.label)
        row.addSpacing(8)
        row.addWidget(self.speed)
        unit = QLabel("fps")
        unit.setObjectName("muted")
        unit.setBuddy(self.speed)
        row.addWidget(unit)
        row.addSpacing(4)
        row.addWidget(self.together)
        row.addWidget(self.curve)

    def on_changed(self, _change: SceneChange) -> None:
        """Follow the scene."""
        # Whatever changed: a drag and its undo, gathered, are no change, but the slider went along.
        self.refresh()

    def refresh(self) -> None:
        """Show which frame there is, or nothing where there are none."""
        layer = framed_layer(self.scene)
        self.setVisible(layer is not None)
        if layer is None:
            self._shown = ()
            return
        volume, frame = self.scene.volumes[layer.id], frame_of(self.scene, layer)
        shown = (layer.id, layer.name, volume, frame)
        if shown == self._shown:
            return
        if self._shown[:3] != shown[:3]:
            self.whose.show_text(layer.name)
            width = self.whose.fontMetrics().horizontalAdvance(layer.name) + 2
            self.whose.setFixedWidth(min(width, _NAME_WIDTH))
            self.whose.setToolTip(plain_tip(f"Frames of {layer.name}"))
            self.label.setMinimumWidth(self._widest(layer.id))
        self._shown = shown
        self.together.setVisible(bool(companions(self.scene, layer)))
        self.slider.blockSignals(True)
        self.slider.setRange(0, frame_count(self.scene, layer) - 1)
        self.slider.setPageStep(max(self.slider.maximum() // 10, 1))
        self.slider.setValue(frame)
        self.slider.blockSignals(False)
        self.label.setText(frame_text(volume, frame))

    def _widest(self, layer_id: str) -> int:
        """Return the room for every frame's text, so that the slider keeps its length; at most so many."""
        volume = self.scene.volumes[layer_id]
        step = max(volume.frames // 200, 1)
        metrics = self.label.fontMetrics()
        texts = [frame_text(volume, frame) for frame in range(0, volume.frames, step)]
        texts.append(frame_text(volume, volume.frames - 1))
        return min(max(metrics.horizontalAdvance(text) for text in texts) + 4, 260)

    def _begin(self) -> None:
        self._merge = object()

    def _end(self) -> None:
        self._settle.stop()
        self._merge = None
        self.scene.end_drag()

    def _slid(self, frame: int) -> None:
        """Show the frame that a person has chosen; what played is held."""
        self.player.stop()
        self._merge = self._merge or object()
        go_to_frame(self.scene, frame, self._merge)
        # At once: what else follows a held handle comes a little later.
        self.refresh()
        if not self.slider.isSliderDown():
            self._settle.start()

    def set_tokens(self, tokens: Tokens) -> None:
        """Draw the icons in a theme's colours."""
        self._tokens = tokens
        self._show_playing()

    def _show_playing(self) -> None:
        action = self.buttons["frames.play"].defaultAction()
        action.setChecked(self.player.playing)
        self.speed.show_value(self.player.per_second, 1)
        icons.set_icon(action, "pause" if self.player.playing else "play", self._tokens)
