"""What tests of widgets share: a scene on odd grids, and the law that nothing is left behind.

An exception in a slot or an event handler fails the test in which it happens: pytest-qt sees to it.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from heatviewer.app.scene import Scene
from heatviewer.ui.slice_view import SliceView
from tests import volumes
from tests.ui.slices import SIZE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytestqt.qtbot import QtBot

    from heatviewer.core.geometry import PlaneName


@pytest.fixture(autouse=True)
def nothing_left_behind(qapp: QApplication) -> Iterator[None]:
    """A test ends with the top-level widgets that it began with, and with no thread that draws or watches."""
    before = set(QApplication.topLevelWidgets())
    yield
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QApplication.processEvents()
    left = [widget for widget in QApplication.topLevelWidgets() if widget not in before]
    assert not left, f"widgets left behind: {left}"
    names = ("heatviewer-3d", "file-watch")
    assert not [thread for thread in threading.enumerate() if thread.name in names]


@pytest.fixture
def odd_scene() -> Scene:
    """An oblique base of 17×14×11 voxels and, on a flipped grid, a heatmap of both signs."""
    base = volumes.noise(kind="oblique")
    scene = Scene.from_arrays(base.array, base.affine)
    rng = np.random.default_rng(5)
    heat = rng.normal(0, 2, size=(12, 13, 9)).astype("f4")
    over = volumes.affine("flipped")
    over[:3, 3] = np.add(scene.cursor, (8.3, -12.7, -13.1))
    scene.add_heatmap(heat, affine=over, name="heat", preset="Cold and hot")
    return scene


@pytest.fixture
def show_slice(qtbot: QtBot) -> Callable[..., SliceView]:
    """Open a slice view of a scene in a window of its own and wait until it is drawn."""

    def shown(scene: Scene, plane: PlaneName = "axial", size: tuple[int, int] = SIZE) -> SliceView:
        view = SliceView(scene, plane)
        qtbot.addWidget(view)
        view.resize(*size)
        view.show()
        qtbot.waitUntil(view.is_idle)
        return view

    return shown
