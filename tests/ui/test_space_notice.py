"""Heatmaps that do not fit, and data that are odd, in the window: marks, offers, information."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from heatviewer.app.scene import Scene
from heatviewer.core.volume import Volume
from heatviewer.ui.main_window import MainWindow
from tests.ui.events import LEFT
from tests.ui.forms import chosen, form, opened_section, setting
from tests.ui.windows import opened

GRID = (10, 11, 12)


def _scene(lost: bool = True, warnings: tuple[str, ...] = ()) -> Scene:
    """Return a base far from the origin, and a heatmap of its shape that has lost its header, or not."""
    place = np.diag([2.0, 2, 2, 1])
    place[:3, 3] = (100, 50, -20)
    rng = np.random.default_rng(1)
    scene = Scene()
    scene.set_base(Volume(rng.normal(100, 9, GRID).astype("f4"), place, name="head"))
    volume = Volume(
        rng.random(GRID).astype("f4"), np.eye(4) if lost else place, name="map", warnings=warnings
    )
    scene.add_volume(volume)
    scene.history.clear()
    return scene


def _mark(window: MainWindow) -> object:
    return window.layers.rows[window.scene.heatmaps[0].id].mark


def test_what_fits_has_no_mark_and_no_notice(qtbot: QtBot) -> None:
    """Nothing is said where nothing is odd."""
    window = opened(qtbot, _scene(lost=False))
    assert _mark(window).isHidden()
    assert window.settings.notice.isHidden()
    assert window.messages.texts == []


def test_what_does_not_fit_is_marked_and_the_way_out_offered(qtbot: QtBot) -> None:
    """A message, a mark with the reasons in the row, and a strip with what can be done."""
    window = opened(qtbot, _scene())
    assert window.messages.texts == ["map: lies outside the base: the two do not overlap (and 1 more)"]
    assert _mark(window).isVisible()
    assert "a header seems lost" in _mark(window).toolTip()
    assert window.settings.notice.isVisible()
    assert "do not overlap" in window.settings.notice.text.text()


@pytest.mark.parametrize(("how", "words"), [("centre", "centres aligned"), ("grid", "on the base's grid")])
def test_an_offer_is_taken_and_undone(qtbot: QtBot, how: str, words: str) -> None:
    """One click moves the heatmap as one step; its mark says so; the strip goes, and undo brings it back."""
    window = opened(qtbot, _scene())
    qtbot.mouseClick(window.settings.notice.buttons[how], LEFT)
    assert setting(window, "align") == how
    np.testing.assert_allclose(
        window.scene.heatmaps[0].placed.centre_world, window.scene.base.volume.centre_world
    )
    assert window.settings.notice.isHidden()
    assert f"moved: {words}" in _mark(window).toolTip()
    assert "(moved)" in window.probe.lines
    assert len(window.scene.history.done) == 1
    window.scene.undo()
    assert setting(window, "align") is None
    assert window.settings.notice.isVisible()


def test_what_is_kept_is_not_asked_again(qtbot: QtBot) -> None:
    """The strip goes for good; the mark stays."""
    window = opened(qtbot, _scene())
    qtbot.mouseClick(window.settings.notice.buttons["world"], LEFT)
    assert window.settings.notice.isHidden()
    assert "outside the base" in _mark(window).toolTip()


def test_the_message_leads_to_the_offers(qtbot: QtBot) -> None:
    """Where the panel is hidden or another page is shown, its button brings the strip."""
    window = opened(qtbot, _scene())
    window.settings.show_page("base")
    window.panels["settings"].hide()
    button = window.messages.shown[0].findChild(QPushButton)
    assert button.text() == "Align…"
    qtbot.mouseClick(button, LEFT)
    assert window.settings.notice.isVisible()


def test_the_place_is_chosen_in_the_settings(qtbot: QtBot) -> None:
    """The list has the base's voxels only for a heatmap with as many."""
    window = opened(qtbot, _scene())
    data = form(window).data
    opened_section(qtbot, data)
    chosen(qtbot, data.place, "Centred")
    assert setting(window, "align") == "centre"
    assert data.place.count() == 3
    window.scene.add_heatmap(np.zeros((3, 3, 3)), affine=np.eye(4))
    assert data.place.count() == 2
    assert data.place.value == "world"


def test_the_menu_has_the_places_too(qtbot: QtBot) -> None:
    """The entry of the place that holds is checked."""
    window = opened(qtbot, _scene())
    actions = window.actions_set.by_id
    actions["layer.align.grid"].trigger()
    assert setting(window, "align") == "grid"
    assert [how for how in ("world", "centre", "grid") if actions[f"layer.align.{how}"].isChecked()] == [
        "grid"
    ]


def test_the_mark_opens_the_information(qtbot: QtBot) -> None:
    """It shows the layer of the row, with what is odd on top; the copied text is whole."""
    window = opened(qtbot, _scene(lost=False, warnings=("has uneven slices", "lacks a unit")))
    assert window.messages.texts == ["map: has uneven slices (and 1 more)"]
    qtbot.mouseClick(_mark(window), LEFT)
    dialog = window.companions.information
    text = dialog.text.toPlainText()
    assert text.index("has uneven slices") < text.index("10 × 11 × 12")
    qtbot.mouseClick(dialog.copy, LEFT)
    assert QApplication.clipboard().text().startswith("map\n\nTo be noted\n")
    dialog.close()
    assert window.companions.information is None


def test_ctrl_i_shows_what_is_selected_and_follows(qtbot: QtBot) -> None:
    """The window stays open beside the views, and shows what is selected next, or what is chosen in it."""
    window = opened(qtbot, _scene())
    qtbot.keyClick(window.slice_views["axial"], Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier)
    dialog = window.companions.information
    assert dialog.layer.currentText() == "map"
    chosen(qtbot, dialog.layer, "head")
    assert "base" in dialog.text.toPlainText()
    window.scene.add_heatmap(np.zeros(GRID), name="second")
    assert dialog.layer.currentText() == "second"
    window.scene.undo()
    assert dialog.layer.currentText() in ("map", "head")


def test_the_message_says_first_what_its_button_is_for(qtbot: QtBot) -> None:
    """Of several notes the one about the place comes before what the reader found."""
    window = opened(qtbot, _scene(warnings=("has uneven slices",)))
    [text] = window.messages.texts
    assert text.startswith("map: lies outside the base")
    assert text.endswith("(and 2 more)")
