"""The field and popup for colour maps, for tests: shown, opened, and pressed as a person does."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from pytestqt.qtbot import QtBot

from heatviewer.model.layer import HeatmapLayer
from heatviewer.model.presets import Listed
from heatviewer.ui.preset_picker import PresetPicker
from heatviewer.ui.preset_popup import PresetPopup
from tests.ui.events import LEFT
from tests.ui.windows import small_scene


def shown(qtbot: QtBot) -> PresetPicker:
    """Return a picker of the heatmap 'high', which follows its scene, in a window of its own."""
    scene = small_scene()
    made = PresetPicker(scene)
    made.resize(220, 28)
    qtbot.addWidget(made)
    scene.changed.connect(lambda _change: show(made))
    show(made)
    made.show()
    return made


def show(picker: PresetPicker) -> None:
    if picker.scene.state.heatmaps:
        picker.refresh(picker.scene.state.heatmaps[-1])


def layer(picker: PresetPicker) -> HeatmapLayer:
    return picker.scene.state.heatmaps[-1]


def opened(qtbot: QtBot, picker: PresetPicker) -> PresetPopup:
    """Return the popup, opened by a click and filled with the whole catalogue."""
    qtbot.mouseClick(picker.field, LEFT)
    popup = picker.popup
    assert popup is not None
    qtbot.waitUntil(lambda: popup.whole)
    return popup


def names(popup: PresetPopup) -> list[str]:
    return [row.name for row in popup.list.entries.rows if isinstance(row, Listed)]


def row_of(popup: PresetPopup, name: str) -> QPointF:
    """Return the middle of a preset's row, scrolled into sight."""
    rows = popup.list.entries.rows
    at = next(n for n, row in enumerate(rows) if (row.name if isinstance(row, Listed) else row) == name)
    popup.list.scrollTo(popup.list.entries.index(at))
    return QPointF(popup.list.visualRect(popup.list.entries.index(at)).center())


def press(qtbot: QtBot, popup: PresetPopup, *keys: Qt.Key) -> None:
    for key in keys:
        qtbot.keyClick(popup.search, key)


def steps(picker: PresetPicker) -> list[str]:
    return [step.title for step in picker.scene.history.done]
