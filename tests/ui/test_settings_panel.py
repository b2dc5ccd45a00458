"""The two pages of the settings: what they have in common, the base's, and the way to a range."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from heatviewer.app.scene import Scene
from heatviewer.app.step_titles import title_of_edit
from heatviewer.app.windows import CT_WINDOWS
from heatviewer.core.volume import Volume
from heatviewer.model.layer import BaseLayer
from heatviewer.ui.base_settings import BaseSettings
from heatviewer.ui.controls import NumberBox
from heatviewer.ui.forms import side_by_side
from heatviewer.ui.main_window import MainWindow
from tests.ui.events import LEFT
from tests.ui.forms import chosen, form, setting, steps, typed
from tests.ui.windows import opened, small_scene


@pytest.fixture
def window(qtbot: QtBot) -> MainWindow:
    return opened(qtbot, small_scene())


@pytest.fixture
def base_page(qtbot: QtBot, window: MainWindow) -> BaseSettings:
    qtbot.mouseClick(window.settings.tabs["base"], LEFT)
    return window.settings.base


def base(window: MainWindow) -> BaseLayer:
    assert window.scene.state.base is not None
    return window.scene.state.base


# --- the range -------------------------------------------------------------------------------


def test_the_way_to_a_range_opens_what_is_folded(qtbot: QtBot, window: MainWindow) -> None:
    """A double click on the legend ends in the field, wherever the panel was."""
    qtbot.mouseClick(form(window).colors.heading, LEFT)
    window.settings.show_page("base")
    window.settings.edit_range(window.scene.heatmaps[0].id)
    assert QApplication.focusWidget() is form(window).colors.editor.low
    assert form(window).head.title.text() == "low"


def test_the_range_is_set_by_hand_and_goes_back_to_automatic(qtbot: QtBot, window: MainWindow) -> None:
    """The tag shows which of the two it is."""
    row = form(window).colors.editor.range
    automatic = setting(window, "data_range")
    typed(qtbot, row.high, "4")
    assert setting(window, "data_range") == (automatic[0], 4.0)
    assert not row.auto.isChecked()
    qtbot.mouseClick(row.auto, LEFT)
    assert window.wait_idle(20)
    assert setting(window, "data_range") == automatic
    assert row.auto.isChecked()


def test_a_low_end_above_the_high_one_takes_it_along(qtbot: QtBot, window: MainWindow) -> None:
    """The width of the range stays; no value is refused."""
    low, high = setting(window, "data_range")
    typed(qtbot, form(window).colors.editor.range.low, "100")
    assert setting(window, "data_range") == pytest.approx((100, 100 + high - low))


def test_arrow_steps_of_a_number_are_one_step(qtbot: QtBot, window: MainWindow) -> None:
    """A held arrow key can be undone at once, after it has come to rest."""
    box = form(window).colors.editor.range.high
    before = setting(window, "data_range")
    box.setFocus()
    with qtbot.waitSignal(box.finished):
        for _ in range(4):
            qtbot.keyClick(box, Qt.Key.Key_Up)
    assert setting(window, "data_range")[1] > before[1]
    assert steps(window) == 1


# --- the base --------------------------------------------------------------------------------


def test_the_window_is_typed(qtbot: QtBot, window: MainWindow, base_page: BaseSettings) -> None:
    """Centre and width each, and back to automatic, and back again."""
    section = base_page.window_section
    automatic = base(window).window
    typed(qtbot, section.centre, "40")
    typed(qtbot, section.width_box, "80")
    assert base(window).window == (40, 80)
    assert not base(window).window_auto
    assert steps(window) == 2
    qtbot.mouseClick(section.auto, LEFT)
    assert base(window).window == automatic
    window.scene.undo()
    assert section.width_box.value == 80


def test_ct_windows_are_offered_for_a_ct_alone(
    qtbot: QtBot, window: MainWindow, base_page: BaseSettings
) -> None:
    """The usual windows mean Hounsfield units."""
    section = base_page.window_section
    assert section.preset.isHidden()
    ct = Volume(np.arange(512, dtype="i2").reshape(8, 8, 8), np.eye(4), modality="CT", name="ct")
    window.scene.set_base(ct)
    assert section.preset.isVisible()
    assert section.preset.currentText() == "Soft tissue"
    chosen(qtbot, section.preset, "Lung")
    assert base(window).window == CT_WINDOWS["Lung"]
    assert section.centre.value == -600
    typed(qtbot, section.centre, "-500")
    assert section.preset.currentText() == "Own"


@pytest.mark.parametrize(
    ("part", "control", "field"),
    [
        ("window_section", "invert", "invert"),
        ("data", "visible", "visible"),
        ("space", "visible_3d", "visible_3d"),
    ],
)
def test_a_toggle_of_the_base_is_one_step(
    qtbot: QtBot, window: MainWindow, base_page: BaseSettings, part: str, control: str, field: str
) -> None:
    """Space turns it, undo turns it back."""
    section = getattr(base_page, part)
    section.heading.setChecked(True)
    box = getattr(section, control)
    before = getattr(base(window), field)
    qtbot.keyClick(box, Qt.Key.Key_Space)
    assert getattr(base(window), field) != before
    [step] = window.scene.history.done
    assert step.title == title_of_edit(window.scene.state, base(window).id, [field])
    window.scene.undo()
    assert box.isChecked() == before


def test_unit_and_interpolation_of_the_base(
    qtbot: QtBot, window: MainWindow, base_page: BaseSettings
) -> None:
    """The same controls as of a heatmap, acting on the base alone."""
    typed(qtbot, base_page.head.unit, "HU")
    chosen(qtbot, base_page.data.interpolation, "Nearest")
    assert (base(window).unit, base(window).interpolation) == ("HU", "nearest")
    assert setting(window, "interpolation") == "linear"
    window.scene.undo()
    assert base_page.data.interpolation.value == "linear"


# --- numbers that do not fit -----------------------------------------------------------------


@pytest.mark.parametrize("value", [2.345678e-09, -1.234567e30, 123456.7])
def test_a_number_is_never_cut(qtbot: QtBot, value: float) -> None:
    """Where there is no room it has fewer digits; with the keyboard in it all six, none lost by looking."""
    box, other = NumberBox("n", "tip"), NumberBox("o", "tip")
    holder = side_by_side(box, other)
    qtbot.addWidget(holder)
    holder.resize(176, 40)
    holder.show()
    box.show_value(value)
    line = box.lineEdit()
    assert float(line.text()) == pytest.approx(value, rel=0.05)
    assert line.fontMetrics().horizontalAdvance(line.text()) < line.width()
    told: list[object] = []
    box.edited.connect(told.append)
    holder.activateWindow()
    box.setFocus()
    qtbot.waitUntil(lambda: line.text() == f"{value:.6g}")
    other.setFocus()
    qtbot.waitUntil(other.hasFocus)
    assert not told
    assert box.value == value


def test_without_a_heatmap_the_base_is_shown(qtbot: QtBot) -> None:
    """A page that says that nothing is selected helps nobody; a heatmap that comes is shown."""
    scene = Scene.from_arrays(np.zeros((4, 4, 4)), name="ct")
    window = opened(qtbot, scene)
    assert window.settings.base.isVisible()
    layer = scene.add_heatmap(np.ones((4, 4, 4)), name="map")
    assert window.settings.heatmap.isVisible()
    scene.remove(layer)
    assert window.settings.base.isVisible()
    scene.undo()
    assert window.settings.heatmap.isVisible()
