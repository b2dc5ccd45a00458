"""The contours of a heatmap in the settings panel: levels as text, units, colours."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QColorDialog
from pytestqt.qtbot import QtBot

from heatviewer.model.layer import Contours
from heatviewer.ui.heatmap_contours import ContoursSection
from heatviewer.ui.main_window import MainWindow
from tests.ui.events import LEFT
from tests.ui.forms import change, chosen, form, opened_section, setting, steps, typed, undone
from tests.ui.windows import opened, small_scene


@pytest.fixture
def window(qtbot: QtBot) -> MainWindow:
    made = opened(qtbot, small_scene())
    opened_section(qtbot, form(made).contours)
    return made


def section(window: MainWindow) -> ContoursSection:
    return form(window).contours


def test_the_section_is_folded_at_first(qtbot: QtBot) -> None:
    """Most maps have no contours; Space on the heading shows them."""
    page = form(opened(qtbot, small_scene())).contours
    assert not page.levels.isVisible()
    qtbot.keyClick(page.heading, Qt.Key.Key_Space)
    assert page.levels.isVisible()


@pytest.mark.parametrize(
    ("text", "levels"), [("2, 1", (1, 2)), ("1 3;2", (1, 2, 3)), ("−1.5,1e0", (-1.5, 1)), ("4", (4,))]
)
def test_levels_are_typed(qtbot: QtBot, window: MainWindow, text: str, levels: tuple[float, ...]) -> None:
    """Numbers in any order, parted by commas, semicolons or spaces; one step."""
    typed(qtbot, section(window).levels, text)
    assert setting(window, "contours") == Contours(levels=levels)
    assert undone(window, "contours") is None
    assert section(window).levels.text() == ""


def test_an_empty_field_takes_the_lines_away(qtbot: QtBot, window: MainWindow) -> None:
    """No levels are no contours."""
    change(window, contours=(1, 2))
    typed(qtbot, section(window).levels, "")
    assert setting(window, "contours") is None
    assert not section(window).chips.isVisible()


@pytest.mark.parametrize("text", ["20, x", "1,,nan", "inf", "--3"])
def test_a_bad_text_says_so_while_typed_and_applies_nothing(
    qtbot: QtBot, window: MainWindow, text: str
) -> None:
    """A red edge, the reason below and in the tip; Escape brings the last levels back."""
    change(window, contours=(1, 2))
    window.scene.history.clear()
    page = section(window)
    typed(qtbot, page.levels, text, done=False)
    assert page.levels.property("invalid") is True
    assert "number" in page.levels.toolTip()
    assert page.complaint.isVisible()
    qtbot.keyClick(page.levels, Qt.Key.Key_Return)
    assert setting(window, "contours").levels == (1, 2)
    assert steps(window) == 0
    qtbot.keyClick(page.levels, Qt.Key.Key_Escape)
    assert page.levels.text() == "1, 2"
    assert page.levels.property("invalid") is False
    assert not page.complaint.isVisible()


def test_a_bad_text_does_not_follow_to_another_heatmap(qtbot: QtBot, window: MainWindow) -> None:
    """Each heatmap shows its own levels."""
    typed(qtbot, section(window).levels, "oh", done=False)
    window.scene.select(window.scene.heatmaps[0])
    assert section(window).levels.text() == ""
    assert not section(window).complaint.isVisible()


def test_per_cent_of_the_maximum_or_of_a_reference(qtbot: QtBot, window: MainWindow) -> None:
    """The numbers stay, what they mean changes; a reference begins as the maximum."""
    page = section(window)
    typed(qtbot, page.levels, "50, 95")
    chosen(qtbot, page.unit, "% of max")
    assert setting(window, "contours") == Contours(levels=(50, 95), percent=True)
    assert not page.reference.isVisible()
    chosen(qtbot, page.unit, "% of ref")
    assert window.scene.selected is not None
    top = window.scene.selected.volume.range[1]
    assert setting(window, "contour_reference") == pytest.approx(top, rel=1e-5)
    typed(qtbot, page.reference, "60")
    assert setting(window, "contour_reference") == 60
    chosen(qtbot, page.unit, "Values")
    assert not setting(window, "contours").percent


def test_a_unit_chosen_before_the_levels_is_theirs(qtbot: QtBot, window: MainWindow) -> None:
    """A dose plan is thought of in per cent first."""
    page = section(window)
    chosen(qtbot, page.unit, "% of ref")
    assert page.reference.isVisible()
    assert steps(window) == 0
    typed(qtbot, page.levels, "90")
    assert setting(window, "contours") == Contours(levels=(90,), percent=True)
    assert setting(window, "contour_reference") is not None


def test_a_level_with_a_per_cent_sign_is_in_per_cent(qtbot: QtBot, window: MainWindow) -> None:
    """What is written counts."""
    typed(qtbot, section(window).levels, "50, 95 %")
    assert setting(window, "contours") == Contours(levels=(50, 95), percent=True)
    assert section(window).unit.value == "maximum"


def test_a_level_gets_a_colour_and_the_map_back(qtbot: QtBot, window: MainWindow) -> None:
    """A chip a level, each with its dialog; the others keep the colours they had."""
    change(window, contours=(1, 2, 3), preset="Red", data_range=(0, 4))
    window.scene.history.clear()
    page = section(window)
    assert colors(window) == ["#400000", "#800000", "#bf0000"]
    qtbot.mouseClick(page.chips.chips[1], LEFT)
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, QColorDialog)
    dialog.setCurrentColor(QColor("#00ff00"))
    dialog.accept()
    assert setting(window, "contour_colors") == ("#400000", "#00ff00", "#bf0000")
    assert steps(window) == 1
    qtbot.waitUntil(page.as_map.isVisible)
    assert colors(window)[1] == "#00ff00"
    qtbot.mouseClick(page.as_map, LEFT)
    assert setting(window, "contour_colors") is None
    qtbot.waitUntil(lambda: not page.as_map.isVisible())


def colors(window: MainWindow) -> list[str]:
    return [chip.color for chip in section(window).chips.chips]


def test_chips_follow_the_map(qtbot: QtBot, window: MainWindow) -> None:
    """What a chip shows is the colour of the line, also after the map or the levels changed elsewhere."""
    change(window, contours=(1, 3), preset="Red", data_range=(0, 4))
    change(window, preset="Blue")
    qtbot.waitUntil(lambda: colors(window) == ["#000040", "#0000bf"])
    change(window, contours=(1,))
    assert len(section(window).chips.chips) == 1
    assert section(window).chips.chips[0].accessibleName() == "Colour of level 1"


def test_a_level_keeps_its_colour_when_another_comes(qtbot: QtBot, window: MainWindow) -> None:
    """Colours belong to levels, not to places in the list."""
    change(window, contours=(1, 3), contour_colors=("#111111", "#333333"), preset="Red", data_range=(0, 4))
    typed(qtbot, section(window).levels, "1, 2, 3")
    assert setting(window, "contour_colors") == ("#111111", "#800000", "#333333")


def test_labels_style_and_width(qtbot: QtBot, window: MainWindow) -> None:
    """Each is one step."""
    page = section(window)
    qtbot.keyClick(page.labels, Qt.Key.Key_Space)
    assert setting(window, "contour_labels") is False
    assert undone(window, "contour_labels") is True
    chosen(qtbot, page.style_choice, "Dashed")
    assert setting(window, "contour_style") == "dashed"
    assert undone(window, "contour_style") == "solid"
    typed(qtbot, page.width_box, "3")
    assert setting(window, "contour_width") == 3
    assert undone(window, "contour_width") == 1.5
    typed(qtbot, page.width_box, "11")
    assert setting(window, "contour_width") == 1.5
