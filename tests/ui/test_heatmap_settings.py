"""The settings of a heatmap: its head, colours, threshold, what lies beside it, data, 3D, the rule."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtWidgets import QApplication, QColorDialog, QInputDialog, QWidget
from pytestqt.qtbot import QtBot

from heatviewer.core.volume import Volume
from heatviewer.ui.main_window import MainWindow
from tests.ui.events import LEFT, drag, wheel
from tests.ui.forms import change, chosen, form, opened_section, setting, steps, typed, undone
from tests.ui.windows import GRID, opened, small_scene


@pytest.fixture
def window(qtbot: QtBot) -> MainWindow:
    made = opened(qtbot, small_scene())
    page = form(made)
    for section in (page.colors, page.threshold, page.data, page.space, page.rule):
        opened_section(qtbot, section)
    return made


def add_series(window: MainWindow) -> None:
    series = np.random.default_rng(0).random((6, 6, 6, 5)).astype("f4")
    window.scene.add_heatmap(Volume(series, np.eye(4), name="series"))
    window.scene.history.clear()


# --- sections --------------------------------------------------------------------------------


def test_sections_stay_as_they_were_left(qtbot: QtBot) -> None:
    """What is used most is open; a fold holds for every heatmap."""
    window = opened(qtbot, small_scene())
    page = form(window)
    folded = [section for section in (page.contours, page.data, page.space) if not section.opened]
    assert len(folded) == 3
    qtbot.mouseClick(page.threshold.heading, LEFT)
    qtbot.keyClick(page.data.heading, Qt.Key.Key_Space)
    window.scene.select(window.scene.heatmaps[0])
    window.settings.show_page("base")
    window.settings.show_page("heatmap")
    assert not page.threshold.edge.isVisible()
    assert page.data.interpolation.isVisible()


def test_everything_on_the_page_fits_its_width(window: MainWindow) -> None:
    """Nothing is cut at the width that the panel begins with."""
    page = form(window)
    for section in (page.opacity, page.contours):
        section.heading.setChecked(True)
    change(window, contours=tuple(range(1, 15)), below="#102030", opacity_by=(window.scene.base, 0, 1))
    QApplication.processEvents()
    assert page.minimumSizeHint().width() <= page.width()
    for child in page.findChildren(QWidget):
        if child.isVisible():
            assert child.mapTo(page, child.rect().topRight()).x() < page.width(), child


def test_settings_that_are_shown_change_nothing(window: MainWindow) -> None:
    """Showing the scene is no act: no event, no step."""
    seen: list[object] = []
    window.scene.changed.connect(seen.append)
    window.settings.show_page("base")
    window.settings.show_page("heatmap")
    form(window).refresh(window.scene.state.heatmaps[0], window.scene.heatmaps[0].volume)
    assert not seen
    assert steps(window) == 0


def test_the_wheel_over_the_panel_changes_no_setting(window: MainWindow) -> None:
    """Only a control that has the focus is turned."""
    window.slice_views["axial"].setFocus()
    before = window.scene.state
    page = form(window)
    for control in (page.opacity.by, page.threshold.threshold_low, page.data.blur.slider, page.data.link):
        wheel(control, -120, at=(8, 8))
    assert window.scene.state == before


# --- head ------------------------------------------------------------------------------------


def test_the_unit_is_typed(qtbot: QtBot, window: MainWindow) -> None:
    """Return takes it; Escape brings the last one back; undo too."""
    unit = form(window).head.unit
    typed(qtbot, unit, "Gy")
    assert setting(window, "unit") == "Gy"
    typed(qtbot, unit, "x", done=False)
    qtbot.keyClick(unit, Qt.Key.Key_Escape)
    assert unit.text() == "Gy"
    assert undone(window, "unit") == ""
    assert unit.text() == ""


def test_the_head_names_the_selected_heatmap(window: MainWindow) -> None:
    """Also after it was renamed elsewhere."""
    assert form(window).head.title.text() == "high"
    change(window, name="dose", unit="Gy")
    assert form(window).head.title.text() == "dose"
    assert form(window).head.unit.text() == "Gy"


# --- threshold -------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "threshold"), [("1.5", (1.5, None)), ("-2", (-2.0, None)), ("x", None)])
def test_a_threshold_is_typed(qtbot: QtBot, window: MainWindow, text: str, threshold: object) -> None:
    """A number limits, an empty field leaves the end open, a word changes nothing."""
    box = form(window).threshold.threshold_low
    typed(qtbot, box, text)
    assert setting(window, "threshold") == threshold
    typed(qtbot, box, "")
    assert setting(window, "threshold") is None


def test_an_end_beyond_the_other_opens_that_one(qtbot: QtBot, window: MainWindow) -> None:
    """No typed value is refused."""
    change(window, threshold=(1, 2))
    page = form(window).threshold
    typed(qtbot, page.threshold_low, "3")
    assert setting(window, "threshold") == (3, None)
    assert page.threshold_high.value is None


def test_both_sides_have_one_number(qtbot: QtBot, window: MainWindow) -> None:
    """|value| ≥ t; a sign means nothing."""
    box = form(window).threshold.threshold_abs
    typed(qtbot, box, "2.3")
    assert setting(window, "threshold_abs") == 2.3
    assert undone(window, "threshold_abs") is None
    typed(qtbot, box, "-1")
    assert setting(window, "threshold_abs") is None


def test_edge_and_outline(qtbot: QtBot, window: MainWindow) -> None:
    """One step each, and back."""
    page = form(window).threshold
    chosen(qtbot, page.edge, "Linear")
    assert setting(window, "edge") == "linear"
    assert undone(window, "edge") == "hard"
    assert page.edge.value == "hard"
    qtbot.keyClick(page.outline, Qt.Key.Key_Space)
    assert setting(window, "outline") is True
    assert undone(window, "outline") is False
    assert not page.outline.isChecked()


@pytest.mark.parametrize("accepted", [True, False])
def test_a_colour_is_chosen_in_a_dialog(qtbot: QtBot, window: MainWindow, accepted: bool) -> None:
    """What is accepted there is one step; Escape changes nothing."""
    button = form(window).threshold.outline_color
    qtbot.keyClick(button, Qt.Key.Key_Space)
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, QColorDialog)
    assert dialog.currentColor().name() == button.color == "#ffffff"
    dialog.setCurrentColor(QColor("#aabbcc"))
    if not accepted:
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)
        assert setting(window, "outline_color") == "#ffffff"
        return
    dialog.accept()
    assert button.color == "#aabbcc"
    assert undone(window, "outline_color") == "#ffffff"
    assert button.color == "#ffffff"


@pytest.mark.parametrize(("field", "before"), [("below", "clamp"), ("above", "clamp"), ("nan", "hide")])
def test_values_beside_the_range_are_hidden_or_coloured(
    qtbot: QtBot, window: MainWindow, field: str, before: str
) -> None:
    """The last choice is a colour of one's own, which has a button."""
    rule = form(window).threshold.rules[field]
    assert not rule.button.isVisible()
    qtbot.keyClick(rule.choice, Qt.Key.Key_End)
    assert setting(window, field).startswith("#")
    assert rule.button.isVisible()
    assert undone(window, field) == before
    assert not rule.button.isVisible()


def test_the_colour_of_a_rule_survives_another_choice(qtbot: QtBot, window: MainWindow) -> None:
    """It is there again when an own colour is wanted once more."""
    change(window, above="#102030")
    rule = form(window).threshold.rules["above"]
    chosen(qtbot, rule.choice, "Hidden")
    assert setting(window, "above") == "hide"
    chosen(qtbot, rule.choice, "Own")
    assert setting(window, "above") == "#102030"


# --- zeros -----------------------------------------------------------------------------------


def masked(window: MainWindow) -> None:
    """Add a map that was cut at 2: most of its voxels are exactly 0."""
    values = np.random.default_rng(4).uniform(2, 5, GRID).astype("f4")
    values[:, :, 5:] = 0
    window.scene.add_heatmap(values, name="cut")
    window.scene.history.clear()
    assert window.wait_idle(20)


def test_zeros_that_look_missing_are_offered(qtbot: QtBot, window: MainWindow) -> None:
    """One button treats them so; undo offers it again."""
    page = form(window).threshold
    assert not page.offer.isVisible()
    masked(window)
    assert page.offer.isVisible()
    qtbot.mouseClick(page.offer.take, LEFT)
    assert setting(window, "zero_is_missing") is True
    assert page.zero_is_missing.isChecked()
    assert not page.offer.isVisible()
    assert undone(window, "zero_is_missing") is False
    assert page.offer.isVisible()


def test_an_offer_that_was_sent_away_stays_away(qtbot: QtBot, window: MainWindow) -> None:
    """For that heatmap."""
    masked(window)
    page = form(window).threshold
    qtbot.mouseClick(page.offer.dismiss, LEFT)
    assert not page.offer.isVisible()
    change(window, opacity=0.5)
    assert not page.offer.isVisible()
    masked(window)
    assert page.offer.isVisible()
    window.scene.select(window.scene.heatmaps[0])
    assert not page.offer.isVisible()


# --- data and 3D -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "control", "field"),
    [
        ("colors", "reverse", "reverse"),
        ("threshold", "zero_is_missing", "zero_is_missing"),
        ("space", "visible_3d", "visible_3d"),
    ],
)
def test_a_toggle_is_one_step(qtbot: QtBot, window: MainWindow, part: str, control: str, field: str) -> None:
    """Space turns the setting, undo turns it back and the box with it."""
    box = getattr(getattr(form(window), part), control)
    before = setting(window, field)
    qtbot.keyClick(box, Qt.Key.Key_Space)
    assert setting(window, field) != before
    assert undone(window, field) == before
    assert box.isChecked() == before


def test_interpolation_is_chosen(qtbot: QtBot, window: MainWindow) -> None:
    """One key, one step."""
    chosen(qtbot, form(window).data.interpolation, "Cubic")
    assert setting(window, "interpolation") == "cubic"
    assert undone(window, "interpolation") == "linear"


def test_the_blur_is_dragged_or_typed(qtbot: QtBot, window: MainWindow) -> None:
    """The slider goes to 20 mm, the box further; a drag is one step."""
    blur = form(window).data.blur
    slider = blur.slider
    drag(slider, [(6, 9), (30, 9), (slider.width() - 2, 9)], LEFT)
    assert setting(window, "blur") == 20
    assert undone(window, "blur") == 0
    assert blur.number is not None
    typed(qtbot, blur.number, "32.5")
    assert setting(window, "blur") == 32.5
    assert slider.value() == slider.maximum()
    assert undone(window, "blur") == 0
    typed(qtbot, blur.number, "101")
    assert setting(window, "blur") == 0


def test_the_frame_shows_only_for_a_series(qtbot: QtBot, window: MainWindow) -> None:
    """Slider and box stay within its frames; a drag is one step."""
    frame = form(window).data.frame.field
    assert frame.isHidden()
    add_series(window)
    assert frame.isVisible()
    drag(frame.slider, [(6, 9), (30, 9), (frame.slider.width() - 2, 9)], LEFT)
    assert setting(window, "frame") == 4
    assert undone(window, "frame") == 0
    assert frame.number is not None
    frame.number.setFocus()
    for _ in range(7):
        qtbot.keyClick(frame.number, Qt.Key.Key_Up)
    assert setting(window, "frame") == 4
    window.scene.select(window.scene.heatmaps[0])
    assert frame.isHidden()


def test_a_layer_joins_and_leaves_a_group(qtbot: QtBot, window: MainWindow) -> None:
    """A new group gets a name; others find it in their list."""
    link = form(window).data.link
    chosen(qtbot, link, "New group")
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, QInputDialog)
    assert dialog.textValue() == "A"
    dialog.setTextValue(" doses ")
    dialog.accept()
    assert setting(window, "link") == "doses"
    window.scene.select(window.scene.heatmaps[0])
    assert link.value is None
    chosen(qtbot, link, "Group doses")
    assert setting(window, "link") == "doses"
    chosen(qtbot, link, "With none")
    assert setting(window, "link") is None


def test_opacity_in_3d_is_a_drag(window: MainWindow) -> None:
    """One step."""
    slider = form(window).space.opacity_3d.slider
    drag(slider, [(slider.width() - 7, 9), (60, 9), (20, 9)], LEFT)
    assert setting(window, "opacity_3d") < 0.5
    assert undone(window, "opacity_3d") == 1


# --- rule ------------------------------------------------------------------------------------


def test_the_rule_follows_the_settings_and_is_copied(qtbot: QtBot, window: MainWindow) -> None:
    """Copied as it is now, not as it was a moment ago."""
    rule = form(window).rule
    change(window, threshold_abs=2.25)
    qtbot.mouseClick(rule.copy, LEFT)
    assert "2.25" in QGuiApplication.clipboard().text()
    change(window, threshold_abs=3.75)
    qtbot.waitUntil(lambda: "3.75" in rule.text.text())


# --- all of it -------------------------------------------------------------------------------


def test_steps_are_typed(qtbot: QtBot, window: MainWindow) -> None:
    """A whole number gives flat colours, an empty field smooth ones, others are not taken."""
    box = form(window).colors.steps
    for text in ("1", "257", "-3"):
        typed(qtbot, box, text)
        assert setting(window, "steps") is None
    typed(qtbot, box, "7")
    assert setting(window, "steps") == 7
    assert undone(window, "steps") is None
    assert box.value is None


def test_every_step_says_what_it_does(window: MainWindow) -> None:
    """In words, with the heatmap's name."""
    page = form(window)
    page.threshold.rules["nan"].edited.emit("clamp")
    page.data.blur.edited.emit(3.0)
    page.contours.levels.edited.emit("1, 2")
    assert [step.title for step in window.scene.history.done] == [
        "Colour of missing values of high",
        "Display blur of high",
        "Contour levels of high",
    ]


# --- style -----------------------------------------------------------------------------------


def test_the_look_is_copied_to_another_heatmap(qtbot: QtBot, window: MainWindow) -> None:
    """All of it, or the range alone, from the menu of the paste button."""
    change(window, preset="Magenta", data_range=(1, 5))
    head = form(window).head
    qtbot.mouseClick(head.buttons[0], LEFT)
    window.scene.select(window.scene.heatmaps[0])
    menu = head.buttons[1].menu()
    assert menu is not None
    assert [action.text().replace("&", "") for action in menu.actions()][:2] == [
        "Paste style",
        "Paste range only",
    ]
    window.scene.history.clear()
    menu.actions()[1].trigger()
    assert setting(window, "data_range") == (1, 5)
    assert setting(window, "preset") == "Cool to warm"
    menu.actions()[0].trigger()
    assert setting(window, "preset") == "Magenta"
    assert steps(window) == 2
