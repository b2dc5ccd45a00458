"""'Opacity by' in the settings panel: layers, frames, files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from heatviewer.core.volume import Volume
from heatviewer.ui.heatmap_opacity import OpacitySection
from heatviewer.ui.main_window import MainWindow
from tests.ui.events import LEFT, drag
from tests.ui.forms import change, chosen, form, setting, steps, typed, undone
from tests.ui.windows import opened, small_scene


@pytest.fixture
def window(qtbot: QtBot) -> MainWindow:
    return opened(qtbot, small_scene())


def section(window: MainWindow) -> OpacitySection:
    return form(window).opacity


def choose(qtbot: QtBot, window: MainWindow, text: str) -> None:
    chosen(qtbot, section(window).by, text)
    assert window.wait_idle(20)


def ask_for(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    """Choose 'From a file…' and give a path to the dialog."""
    choose(qtbot, window, "From a file")
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, QFileDialog)
    dialog.filesSelected.emit([str(path)])
    dialog.reject()


def test_the_formula_is_told(window: MainWindow) -> None:
    """What the final alpha is made of, at the heading and at the slider."""
    formula = "Final alpha = layer opacity × curve(value) × threshold edge × opacity-by"
    page = section(window)
    for widget in (page.heading, page.opacity.slider, page.by):
        assert formula in widget.toolTip()


def test_a_dragged_opacity_is_one_step(window: MainWindow) -> None:
    """The slider tells every value on the way, the box shows it."""
    slider = section(window).opacity.slider
    drag(slider, [(slider.width() - 7, 9), (60, 9), (20, 9)], LEFT)
    assert setting(window, "opacity") < 0.5
    box = section(window).opacity.number
    assert box is not None
    assert box.value == pytest.approx(setting(window, "opacity") * 100)
    assert undone(window, "opacity") == 1


def test_blending_is_chosen(qtbot: QtBot, window: MainWindow) -> None:
    """One key, one step; undo shows in the list."""
    chosen(qtbot, section(window).blend, "Added")
    assert setting(window, "blend") == "add"
    assert undone(window, "blend") == "over"
    assert section(window).blend.value == "over"


def test_another_layer_is_followed_over_its_range(qtbot: QtBot, window: MainWindow) -> None:
    """The boxes appear with that layer's default range; undo takes them away again."""
    page = section(window)
    assert not page.low.isVisible()
    choose(qtbot, window, "low")
    found = setting(window, "opacity_by")
    assert (found.volume, found.low, found.high) == (window.scene.heatmaps[0].id, 0, 1)
    assert page.low.isVisible()
    assert page.high.value == 1
    assert undone(window, "opacity_by") is None
    assert page.by.value is None
    assert not page.low.isVisible()


def test_the_range_is_typed(qtbot: QtBot, window: MainWindow) -> None:
    """An end that passes the other takes it along."""
    choose(qtbot, window, "head")
    window.scene.history.clear()
    typed(qtbot, section(window).low, "20")
    assert setting(window, "opacity_by").low == 20
    assert steps(window) == 1
    typed(qtbot, section(window).high, "5")
    found = setting(window, "opacity_by")
    assert found.high == 5
    assert found.low < 5
    assert section(window).low.value == found.low


def test_nothing_is_followed_again(qtbot: QtBot, window: MainWindow) -> None:
    """The range goes with it."""
    change(window, opacity_by=(window.scene.heatmaps[0], 0.2, 0.6))
    assert section(window).by.currentText() == "low"
    assert section(window).low.value == 0.2
    window.scene.history.clear()
    choose(qtbot, window, "Nothing")
    assert setting(window, "opacity_by") is None
    assert steps(window) == 1


def test_a_frame_of_its_own_is_followed(qtbot: QtBot, window: MainWindow) -> None:
    """A series fades one frame by another; the frame box goes over its frames, or is empty: in view."""
    series = np.random.default_rng(0).random((6, 6, 6, 3)).astype("f4")
    window.scene.add_heatmap(Volume(series, np.eye(4), name="series"))
    page = section(window)
    choose(qtbot, window, "A frame of its own")
    assert setting(window, "opacity_by").volume == window.scene.state.selected
    assert setting(window, "opacity_by_frame") == 1
    assert page.frame.isVisible()
    typed(qtbot, page.frame, "2")
    assert setting(window, "opacity_by_frame") == 2
    typed(qtbot, page.frame, "3")
    assert setting(window, "opacity_by_frame") == 2
    typed(qtbot, page.frame, "")
    assert setting(window, "opacity_by_frame") is None


def test_a_file_is_read_in_the_background(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    """It is listed while it is read, and followed as one step; it becomes no layer."""
    from tests.ui.windows import nifti

    ask_for(qtbot, window, nifti(tmp_path / "weights.nii.gz"))
    assert [job.name for job in window.loader.jobs] == ["weights.nii.gz"]
    assert window.wait_idle(20)
    assert section(window).by.currentText() == "weights"
    assert setting(window, "opacity_by").source.endswith("weights.nii.gz")
    assert len(window.scene.heatmaps) == 2
    assert undone(window, "opacity_by") is None
    assert section(window).by.currentText() == "Nothing"


def test_a_file_that_cannot_be_read_is_told(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    """The choice stays as it was, the file with its error in the list."""
    path = tmp_path / "broken.nii"
    path.write_bytes(b"nothing")
    ask_for(qtbot, window, path)
    assert window.wait_idle(20)
    assert setting(window, "opacity_by") is None
    assert [job.state for job in window.loader.jobs] == ["failed"]
    assert "broken.nii" in window.messages.texts[0]
    assert section(window).by.currentText() == "Nothing"


def test_reading_can_be_stopped(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    """Nothing is followed then."""
    from tests.ui.windows import nifti

    ask_for(qtbot, window, nifti(tmp_path / "w.nii.gz", np.zeros((90, 90, 90))))
    qtbot.mouseClick(window.stop, LEFT)
    assert window.wait_idle(20)
    assert setting(window, "opacity_by") is None


def test_other_layers_come_and_go_in_the_list(qtbot: QtBot, window: MainWindow) -> None:
    """And bear the names that they have now."""
    by = section(window).by
    assert [by.itemText(n) for n in range(by.count())] == ["Nothing", "low", "head", "From a file…"]
    window.scene.edit_layer(window.scene.heatmaps[0].id, name="dose")
    assert by.itemText(1) == "dose"
    window.scene.remove(window.scene.heatmaps[0])
    assert by.itemText(1) == "head"
    qtbot.keyClick(by, Qt.Key.Key_Down)
    assert window.wait_idle(20)
    assert window.scene.state.base is not None
    assert setting(window, "opacity_by").volume == window.scene.state.base.id
