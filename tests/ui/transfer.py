"""A transfer function's editor for tests: on a small scene, shown, counted, and followed as a panel does."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from heatviewer.app.scene import Scene
from heatviewer.app.transfer_handles import Handle
from heatviewer.core.volume import Volume
from heatviewer.model.layer import HeatmapLayer
from heatviewer.ui.transfer_editor import TransferEditor
from tests.ui.events import LEFT, NONE, Position, drag, mouse

GRID = (12, 11, 10)
#: Opacity points that are not the default ones.
CURVE = (-6.0, 0.0, 0.0, 0.4, 6.0, 0.8)


def small_scene(values: Any = None, **settings: Any) -> Scene:
    """Return a noise base and one heatmap, of both signs unless `values` are given, with no steps to undo."""
    rng = np.random.default_rng(4)
    array = rng.normal(0, 3, GRID).astype("f4") if values is None else np.asarray(values)
    scene = Scene.from_arrays(rng.normal(100, 30, GRID).astype("f4"), name="head")
    facts = {"name": "heat", "unit": settings.pop("unit", "z")}
    base = scene.base_volume
    assert base is not None
    scene.add_volume(Volume(array, base.affine, **facts), **settings)
    scene.history.clear()
    return scene


class Edited:
    """An editor on the selected heatmap of a scene, with short words for what tests do to it."""

    def __init__(self, qtbot: QtBot, scene: Scene) -> None:
        self.scene = scene
        self.editor = TransferEditor(scene)
        qtbot.addWidget(self.editor)
        self.editor.resize(284, 300)
        scene.changed.connect(self.follow)
        self.follow()
        self.editor.show()
        self.editor.activateWindow()
        qtbot.waitUntil(lambda: self.editor.is_idle)
        self.canvas = self.editor.canvas
        self.canvas.setFocus()

    def follow(self, _change: object = None) -> None:
        """Show the selected heatmap, as the panel does."""
        selected = self.scene.selected
        if selected is not None:
            self.editor.refresh(self.scene.state.heatmap(selected.id), selected.volume)

    @property
    def layer(self) -> HeatmapLayer:
        """The settings of now."""
        assert self.scene.selected is not None
        return self.scene.state.heatmap(self.scene.selected.id)

    @property
    def steps(self) -> list[str]:
        """What can be undone, the oldest first."""
        return [step.title for step in self.scene.history.done]

    def at(self, kind: Any, index: int = 0) -> Position:
        """Return the middle of a handle."""
        place = self.canvas.place_of(Handle(kind, index))
        return place.x(), place.y()

    def place(self, value: float, opacity: float = 0.0) -> Position:
        """Return where a value and an opacity lie in the plot."""
        return self.canvas.axis.x_of(value), self.canvas.layout_now.y_of(opacity)

    def drag(self, start: Position, end: Position, keys: Any = NONE) -> None:
        """Drag with the left button, through the middle."""
        middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
        drag(self.canvas, [start, middle, end], LEFT, keys)

    def double_click(self, at: Position) -> None:
        """Click twice, as a mouse sends it."""
        for what in ("Press", "Release", "DblClick", "Release"):
            mouse(self.canvas, what, at, LEFT)

    def menu(self, at: Position) -> QMenu:
        """Right click and return the menu that opened."""
        position = QPoint(round(at[0]), round(at[1]))
        event = QContextMenuEvent(
            QContextMenuEvent.Reason.Mouse, position, self.canvas.mapToGlobal(position), NONE
        )
        QApplication.sendEvent(self.canvas, event)
        return self.canvas.findChildren(QMenu)[-1]

    def choose(self, at: Position, start: str) -> None:
        """Right click and take the entry that begins with a text."""
        menu = self.menu(at)
        entry(menu, start).trigger()
        menu.close()


def entry(menu: QMenu, start: str) -> Any:
    """Return the action of a menu whose title begins with a text."""
    return next(a for a in menu.actions() if a.text().replace("&", "").startswith(start))


def key(name: str) -> Qt.Key:
    """Return a key by its name."""
    return Qt.Key[f"Key_{name}"]
