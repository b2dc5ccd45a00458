"""A window for tests: shown, on small scenes, with waiting and events as a person makes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nibabel
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from heatviewer.app.scene import Scene
from heatviewer.ui.main_window import MainWindow

GRID = (20, 22, 18)


def small_scene() -> Scene:
    """Return a base and two heatmaps, 'low' under 'high'; 'high' is selected and signed."""
    rng = np.random.default_rng(1)
    scene = Scene.from_arrays(rng.normal(100, 30, GRID).astype("f4"), name="head")
    scene.add_heatmap(rng.random(GRID).astype("f4"), name="low")
    scene.add_heatmap(rng.normal(0, 3, GRID).astype("f4"), name="high")
    scene.history.clear()
    return scene


def opened(qtbot: QtBot, scene: Scene | None = None) -> MainWindow:
    """Return a window that is shown, drawn and closed at the end of the test."""
    window = MainWindow(scene)
    qtbot.addWidget(window)
    window.resize(1200, 800)
    window.show()
    assert window.wait_idle(20)
    return window


def nifti(path: Path, array: NDArray[Any] | None = None) -> Path:
    """Write a small NIfTI file and return its path."""
    values = np.random.default_rng(2).random(GRID).astype("f4") if array is None else array
    nibabel.save(nibabel.Nifti1Image(values, np.diag([2.0, 2.0, 2.0, 1.0])), path)  # type: ignore[attr-defined]
    return path


def files_of(paths: list[Path]) -> QMimeData:
    """Return what a file manager puts into a drag."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def drop_files(window: QWidget, paths: list[Path], at: QPoint | None = None, drop: bool = True) -> None:
    """Drag files into a window and let them go there, or hold them."""
    data = files_of(paths)
    point = at or QPoint(window.width() // 2, window.height() // 3)
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(window, QDragEnterEvent(point, copy, data, left, none))
    QApplication.sendEvent(window, QDragMoveEvent(point, copy, data, left, none))
    if drop:
        QApplication.sendEvent(window, QDropEvent(QPointF(point), copy, data, left, none))
