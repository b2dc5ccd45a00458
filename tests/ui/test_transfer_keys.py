"""The transfer function's editor by keys and by typed numbers; both are steps as a drag is."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QColorDialog, QMenu
from pytestqt.qtbot import QtBot

from heatviewer.app.transfer_handles import Handle
from heatviewer.ui.controls import NumberBox
from heatviewer.ui.transfer_keys import Act, act_of
from tests.ui.events import CTRL, LEFT, NONE, SHIFT, mouse, wheel
from tests.ui.transfer import CURVE, Edited, entry, key, small_scene


@pytest.fixture
def edited(qtbot: QtBot) -> Edited:
    """An editor on a heatmap with a curve of its own, its middle point selected."""
    made = Edited(qtbot, small_scene(opacity_points=CURVE, data_range=(-8, 8), preset="Red"))
    made.canvas.select(Handle("opacity", 1))
    return made


def type_into(qtbot: QtBot, box: NumberBox, text: str) -> None:
    """Type a number and Return."""
    box.setFocus()
    box.selectAll()
    qtbot.keyClicks(box.lineEdit(), text)
    qtbot.keyClick(box, key("Return"))


def test_arrows_nudge_the_selected_point(qtbot: QtBot, edited: Edited) -> None:
    """By a round step across, by 1 % up and down, ten times as far with Shift; all are one step."""
    qtbot.keyClick(edited.canvas, key("Right"))
    qtbot.keyClick(edited.canvas, key("Up"))
    assert (edited.layer.opacity_points or ())[2:4] == (0.1, 0.41)
    qtbot.keyClick(edited.canvas, key("Left"), SHIFT)
    qtbot.keyClick(edited.canvas, key("Down"), SHIFT)
    assert (edited.layer.opacity_points or ())[2:4] == (-0.9, pytest.approx(0.31))
    assert edited.steps == ["Move opacity point of heat"]
    edited.scene.undo()
    assert edited.layer.opacity_points == CURVE


def test_a_run_of_nudges_ends_with_the_focus(qtbot: QtBot, edited: Edited) -> None:
    """Back again it is another step; so is another handle."""
    qtbot.keyClick(edited.canvas, key("Up"))
    edited.editor.low.setFocus()
    edited.canvas.setFocus()
    qtbot.keyClick(edited.canvas, key("Up"))
    assert len(edited.steps) == 2
    edited.canvas.select(Handle("opacity", 2))
    qtbot.keyClick(edited.canvas, key("Up"))
    assert len(edited.steps) == 3


def test_an_opacity_stays_within_its_bounds(qtbot: QtBot, edited: Edited) -> None:
    """Nudged below 0 or above 1 it stays there."""
    for _ in range(8):
        qtbot.keyClick(edited.canvas, key("Down"), SHIFT)
    assert (edited.layer.opacity_points or ())[3] == 0.0
    for _ in range(12):
        qtbot.keyClick(edited.canvas, key("Up"), SHIFT)
    assert (edited.layer.opacity_points or ())[3] == 1.0


def test_the_range_and_colours_are_nudged_too(qtbot: QtBot, edited: Edited) -> None:
    """Any handle goes along the axis; up and down mean nothing for those without a height."""
    edited.canvas.select(Handle("range", 1))
    qtbot.keyClick(edited.canvas, key("Left"), SHIFT)
    assert edited.layer.data_range == (-8.0, 7.0)
    edited.canvas.select(Handle("color", 0))
    qtbot.keyClick(edited.canvas, key("Right"))
    assert (edited.layer.rgb_points or ())[0] == -7.9
    before = edited.layer
    qtbot.keyClick(edited.canvas, key("Up"))
    assert edited.layer == before


def test_tab_goes_through_all_handles_and_on(qtbot: QtBot, edited: Edited) -> None:
    """Forwards to the next control, backwards to the one before; none is left out."""
    edited.editor.range.auto.setFocus()
    edited.canvas.setFocus(Qt.FocusReason.TabFocusReason)
    seen = []
    while edited.canvas.hasFocus():
        seen.append(edited.canvas.selected)
        qtbot.keyClick(edited.canvas, key("Tab"))
    assert tuple(seen) == edited.canvas.all_handles()
    edited.canvas.setFocus(Qt.FocusReason.BacktabFocusReason)
    assert edited.canvas.selected == edited.canvas.all_handles()[-1]
    for _ in seen:
        qtbot.keyClick(edited.canvas, key("Backtab"), SHIFT)
    assert not edited.canvas.hasFocus()


def test_tab_leaves_a_crowd_at_once(qtbot: QtBot) -> None:
    """A map of 256 points is no trap for the keyboard; Ctrl with arrows goes through it."""
    many = [n for k in range(256) for n in (k / 100, k / 255, 0.5, 1 - k / 255)]
    edited = Edited(qtbot, small_scene(rgb_points=many, data_range=(0, 2)))
    edited.canvas.select(Handle("color", 5))
    qtbot.keyClick(edited.canvas, key("Right"), CTRL)
    assert edited.canvas.selected == Handle("color", 6)
    qtbot.keyClick(edited.canvas, key("Tab"))
    assert edited.canvas.selected == Handle("range", 0)
    edited.canvas.select(Handle("color", 5))
    qtbot.keyClick(edited.canvas, key("Backtab"), SHIFT)
    assert edited.canvas.selected is not None
    assert edited.canvas.selected.kind == "opacity"


def test_ctrl_and_arrows_select_the_next(qtbot: QtBot, edited: Edited) -> None:
    """And stop at the last; nothing is changed."""
    qtbot.keyClick(edited.canvas, key("Left"), CTRL)
    assert edited.canvas.selected == Handle("opacity", 0)
    qtbot.keyClick(edited.canvas, key("Left"), CTRL)
    assert edited.canvas.selected == Handle("opacity", 0)
    qtbot.keyClick(edited.canvas, key("Right"), CTRL)
    assert edited.canvas.selected == Handle("opacity", 1)
    assert edited.steps == []


@pytest.mark.parametrize("name", ["Delete", "Backspace"])
def test_delete_takes_the_selected_point_away(qtbot: QtBot, edited: Edited, name: str) -> None:
    """Then the next one is selected, until one is left, which stays; each is a step."""
    qtbot.keyClick(edited.canvas, key(name))
    assert edited.layer.opacity_points == (-6.0, 0.0, 6.0, 0.8)
    assert edited.canvas.selected == Handle("opacity", 1)
    for _ in range(3):
        qtbot.keyClick(edited.canvas, key(name))
    assert edited.layer.opacity_points == (-6.0, 0.0)
    assert edited.steps == ["Delete opacity point of heat"] * 2


def test_insert_adds_halfway_to_the_next(qtbot: QtBot, edited: Edited) -> None:
    """On the curve, selected; of a colour a colour. The button does the same."""
    qtbot.keyClick(edited.canvas, key("Insert"))
    assert (edited.layer.opacity_points or ())[4:6] == (3.0, pytest.approx(0.6))
    assert edited.canvas.selected == Handle("opacity", 2)
    edited.canvas.select(Handle("color", 0))
    edited.editor.point.add.click()
    assert (edited.layer.rgb_points or ())[4:8] == (0.0, 0.5, 0.0, 0.0)
    assert edited.steps == ["Add opacity point of heat", "Add colour of heat"]


def test_return_opens_what_is_selected(qtbot: QtBot, edited: Edited) -> None:
    """A point's number is typed, a stop's colour chosen."""
    qtbot.keyClick(edited.canvas, key("Return"))
    assert edited.editor.point.value.hasFocus()
    edited.canvas.setFocus()
    edited.canvas.select(Handle("color", 1))
    qtbot.keyClick(edited.canvas, key("Return"))
    dialog = edited.editor.findChild(QColorDialog)
    assert dialog is not None
    dialog.reject()
    assert edited.steps == []


def test_keys_stretch_the_axis_about_the_selected_handle(qtbot: QtBot, edited: Edited) -> None:
    """Plus and minus; 0 shows all. A handle out of sight comes into it when it is selected."""
    whole, place = edited.canvas.axis, edited.at("opacity", 1)
    for _ in range(8):
        qtbot.keyClick(edited.canvas, key("Plus"))
    assert edited.canvas.axis.high < 3
    assert edited.at("opacity", 1)[0] == pytest.approx(place[0], abs=0.5)
    qtbot.keyClick(edited.canvas, key("Right"), CTRL)
    assert edited.canvas.axis.holds(6.0)
    qtbot.keyClick(edited.canvas, key("0"))
    assert edited.canvas.axis == whole


def test_keys_that_mean_something_here_do_not_reach_menus(edited: Edited) -> None:
    """Delete takes a point away and not the layer; Ctrl+Z stays the window's."""
    for name, keys, taken in (("Delete", NONE, True), ("Left", CTRL, True), ("Z", CTRL, False)):
        event = QKeyEvent(QEvent.Type.ShortcutOverride, key(name), keys)
        event.ignore()
        QApplication.sendEvent(edited.canvas, event)
        assert event.isAccepted() is taken, name


def test_keys_with_other_modifiers_mean_nothing_here() -> None:
    """Alt and Meta, and Ctrl on other keys than arrows, are somebody else's."""
    assert act_of(key("Delete"), CTRL) is None
    assert act_of(key("Left"), Qt.KeyboardModifier.AltModifier) is None
    assert act_of(key("Up"), CTRL | SHIFT) is None
    assert act_of(key("Left"), SHIFT) == Act("nudge", -10, 0)
    assert act_of(key("Plus"), Qt.KeyboardModifier.KeypadModifier) == Act("zoom", 1)


def test_the_menu_key_opens_the_menu_at_the_selected_handle(qtbot: QtBot, edited: Edited) -> None:
    """What the mouse reaches the keyboard reaches too."""
    edited.menu(edited.at("opacity", 1)).close()
    menu = edited.menu(edited.at("opacity", 1))
    entry(menu, "Type its value").trigger()
    menu.close()
    assert edited.editor.point.value.hasFocus()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert edited.canvas.findChildren(QMenu) == []


# --- typed numbers ---------------------------------------------------------------------------


def test_a_typed_value_is_exact(qtbot: QtBot, edited: Edited) -> None:
    """All its digits are taken, in value and opacity; each is a step."""
    type_into(qtbot, edited.editor.point.value, "1.23456789")
    type_into(qtbot, edited.editor.point.opacity, "33.25")
    assert (edited.layer.opacity_points or ())[2:4] == (1.23456789, 0.3325)
    assert edited.steps == ["Move opacity point of heat"] * 2
    edited.scene.undo()
    edited.scene.undo()
    assert edited.layer.opacity_points == CURVE
    assert edited.editor.point.value.value == 0.0


def test_a_typed_value_stops_at_the_neighbour(qtbot: QtBot, edited: Edited) -> None:
    """And the field shows where the point is."""
    type_into(qtbot, edited.editor.point.value, "70")
    assert (edited.layer.opacity_points or ())[2] == 6.0
    assert edited.editor.point.value.value == 6.0


def test_a_turned_wheel_in_a_field_is_one_step(qtbot: QtBot, edited: Edited) -> None:
    """Until it has settled."""
    box = edited.editor.point.opacity
    box.setFocus()
    for _ in range(3):
        wheel(box, 120, at=(10.0, 10.0))
    qtbot.waitSignal(box.finished)
    assert (edited.layer.opacity_points or ())[3] == pytest.approx(0.43)
    assert edited.steps == ["Move opacity point of heat"]


def test_the_fields_follow_what_is_selected(edited: Edited) -> None:
    """Opacity for a point, colour for a stop, one number for the rest; nothing for nothing."""
    row = edited.editor.point
    assert (row.opacity.isVisible(), row.color.isVisible()) == (True, False)
    edited.canvas.select(Handle("color", 1))
    assert (row.opacity.isVisible(), row.color.isVisible()) == (False, True)
    assert row.color.text() == "#ff0000"
    edited.canvas.select(Handle("range", 0))
    assert (row.opacity.isVisible(), row.color.isVisible()) == (False, False)
    assert not row.delete.isEnabled()
    edited.canvas.select(None)
    assert not row.value.isEnabled()
    assert row.value.lineEdit().text() == ""


def test_the_delete_button_deletes(edited: Edited) -> None:
    """As the key does."""
    edited.editor.point.delete.click()
    assert edited.layer.opacity_points == (-6.0, 0.0, 6.0, 0.8)


def test_the_selection_ends_with_its_handle(edited: Edited) -> None:
    """Undo can take away what is selected."""
    mouse(edited.canvas, "DblClick", edited.place(7.0, 0.1), LEFT)
    mouse(edited.canvas, "Release", edited.place(7.0, 0.1), LEFT)
    assert edited.canvas.selected == Handle("opacity", 3)
    edited.scene.undo()
    assert edited.canvas.selected is None
