"""Many structures at once: legend, read-out and list stay readable."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from heatviewer.app.scene import Scene
from heatviewer.core.volume import Volume
from heatviewer.ui.main_window import MainWindow
from tests.ui.events import LEFT, drag, mouse
from tests.ui.windows import opened

ORGANS = 12
GRID = (12, 12, 12)


def _study() -> Scene:
    """Return a base and organs, each a slab of its own along x; the last one is selected."""
    scene = Scene.from_arrays(np.random.default_rng(0).normal(0, 9, GRID).astype("f4"), np.eye(4), name="ct")
    for n in range(ORGANS):
        inside = np.zeros(GRID, np.uint8)
        inside[n] = 1
        scene.add_volume(
            Volume(inside, np.eye(4), kind="mask", name=f"organ {n}", color=(n / ORGANS, 1.0, 0.0))
        )
    scene.history.clear()
    return scene


@pytest.fixture
def window(qtbot: QtBot) -> MainWindow:
    return opened(qtbot, _study())


def test_the_legend_lists_all_of_them(window: MainWindow) -> None:
    """Each has its colour in the strip, and none is scrolled away."""
    strip = window.legend
    assert strip.layer_ids == tuple(layer.id for layer in window.scene.state.heatmaps[::-1])
    boxes = [strip.legend_of(layer_id).box for layer_id in strip.layer_ids]
    assert all(strip.rect().contains(box.toAlignedRect()) for box in boxes)


def test_a_swatch_selects_and_moves_no_range(qtbot: QtBot, window: MainWindow) -> None:
    """There is no bar to drag, by hand or by keys; the tip is the name."""
    strip, first = window.legend, window.scene.heatmaps[0]
    at = strip.legend_of(first.id).field.center()
    drag(strip, [(at.x(), at.y()), (at.x(), at.y() + 20), (at.x(), at.y() + 60)], LEFT)
    qtbot.keyClick(strip, Qt.Key.Key_Up)
    assert window.scene.state.selected == first.id
    assert first.data_range == (0, 1)
    assert window.scene.history.done == ()
    asked = QHelpEvent(QEvent.Type.ToolTip, at.toPoint(), strip.mapToGlobal(at.toPoint()))
    QApplication.sendEvent(strip, asked)
    assert QToolTip.text().splitlines()[0] == "organ 0"


def test_a_value_is_no_mark_on_a_swatch(window: MainWindow) -> None:
    """A mask is there or not; the strip looks the same while the pointer is on it."""
    before = window.legend.grab().toImage()
    view = window.slice_views["axial"]
    position = view.pixel_of((3.0, 6.0, 6.0))
    mouse(view, "Move", position, Qt.MouseButton.NoButton)
    assert window.wait_idle(20)
    assert window.legend.grab().toImage() == before


def test_the_read_out_names_what_is_seen(window: MainWindow) -> None:
    """The others are counted; the tool tip and the clipboard have them all."""
    window.scene.cursor = (3.0, 6.0, 6.0)
    assert window.wait_idle(20)
    text = window.probe.text.text().replace("&nbsp;", " ")
    assert "organ 3" in text
    assert "organ 4" not in text
    assert f"{ORGANS - 1} more show nothing here" in text
    for lines in (window.probe.lines, window.probe.text.toolTip()):
        assert all(f"organ {n}" in lines for n in range(ORGANS))


def test_the_status_line_names_what_is_seen(window: MainWindow) -> None:
    """There is room for a few, and those under the pointer are asked for."""
    view = window.slice_views["axial"]
    mouse(view, "Move", view.pixel_of((7.0, 6.0, 6.0)), Qt.MouseButton.NoButton)
    assert "organ 7" in window.hover.text()
    assert "organ 8" not in window.hover.text()


def test_a_lone_base_stands_right_below_the_hint(qtbot: QtBot) -> None:
    """A list without rows takes no room."""
    window = opened(qtbot, Scene.from_arrays(np.zeros(GRID), name="ct"))
    row = window.layers.base_row
    assert row is not None
    top = row.mapTo(window.layers, QPointF(0, 0)).y()
    assert top < 140


def test_the_reason_does_not_repeat_the_files_name(qtbot: QtBot, tmp_path: object) -> None:
    """The name stands above it."""
    window = opened(qtbot)
    window.open_paths([f"{tmp_path}/gone.nii"])
    assert window.wait_idle(20)
    [row] = window.layers.job_rows
    assert row.name.text() == "gone.nii"
    assert "gone.nii" not in row.error.text().replace(f"{tmp_path}/gone.nii", "")
