"""The field and popup for colour maps, driven by mouse and keyboard."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from heatviewer.app.scene import Scene
from heatviewer.app.user_presets import save_preset
from heatviewer.core.errors import SettingError
from heatviewer.model import presets
from heatviewer.model.draws import transfer_of
from heatviewer.model.presets import preset
from heatviewer.ui import theme
from heatviewer.ui.preset_picker import PresetPicker
from heatviewer.ui.preset_popup import PresetPopup
from tests.ui.events import LEFT, mouse, pixels
from tests.ui.presets import layer, names, opened, press, row_of, shown, steps
from tests.ui.windows import small_scene

KEY = Qt.Key


@pytest.fixture
def picker(qtbot: QtBot) -> PresetPicker:
    return shown(qtbot)


# --- the field -------------------------------------------------------------------------------------


def test_the_field_shows_the_colours_as_the_layer_does(picker: PresetPicker) -> None:
    """Reversed, in levels, or from explicit points; to 1/255."""
    looks: tuple[dict[str, Any], ...] = (
        {"preset": "viridis"},
        {"reverse": True},
        {"steps": 5},
        {"rgb_points": [-1, 0, 0, 1, 1, 1, 0, 0]},
    )
    for look in looks:
        picker.scene.edit_layer(layer(picker).id, **look)
        image = picker.field.bar(2.0)
        assert image is not None
        shown = image.convertToFormat(QImage.Format.Format_RGB888)
        colors = (shown.pixelColor(x, 3) for x in range(shown.width()))
        row = np.array([(color.red(), color.green(), color.blue()) for color in colors])
        transfer = transfer_of(layer(picker))
        wanted = transfer.colors(np.linspace(*transfer.color_range, shown.width()))
        assert np.abs(row - wanted * 255).max() <= 0.51


def test_the_field_is_painted_anew_only_for_other_colours(qtbot: QtBot, picker: PresetPicker) -> None:
    painted: list[object] = []
    before = picker.field.paintEvent

    def paint(_event: Any) -> None:
        painted.append(_event.rect())
        before(_event)

    picker.field.paintEvent = paint  # type: ignore[method-assign]
    scene, layer_id = picker.scene, layer(picker).id
    QApplication.processEvents()
    painted.clear()
    same: tuple[dict[str, Any], ...] = (
        {"data_range": (1, 4)},
        {"opacity_points": [1, 0, 4, 1]},
        {"threshold": (2, None)},
    )
    for change in same:
        scene.edit_layer(layer_id, **change)
        picker.refresh(layer(picker))
        QApplication.processEvents()
    assert not painted
    other: tuple[dict[str, Any], ...] = (
        {"preset": "hot"},
        {"reverse": True},
        {"rgb_points": [1, 0, 0, 0, 4, 1, 1, 1]},
    )
    for change in other:
        scene.edit_layer(layer_id, **change)
        picker.refresh(layer(picker))
        qtbot.waitUntil(lambda: bool(painted))
        painted.clear()


def test_the_field_names_the_preset(picker: PresetPicker) -> None:
    """Also to assistive tools; explicit points have no name."""
    assert picker.field.text() == "Cool to warm"
    assert picker.field.accessibleName() == "Colour preset: Cool to warm"
    picker.scene.edit_layer(layer(picker).id, rgb_points=[0, 0, 0, 0, 1, 1, 1, 1])
    assert picker.field.text() == "Own points"


@pytest.mark.parametrize("tokens", [theme.LIGHT, theme.DARK], ids=lambda tokens: tokens.name)
def test_the_bar_is_seen_in_both_themes(picker: PresetPicker, tokens: theme.Tokens) -> None:
    """The colours of the low and the high end are among the field's pixels."""
    theme.apply(tokens.name)  # type: ignore[arg-type]
    found = pixels(picker.field)[..., :3].reshape(-1, 3).astype(int)
    for end in preset("Cool to warm").colors([0.05, 0.95]) * 255:
        assert (np.abs(found - end).max(axis=1) < 12).any()


@pytest.mark.parametrize("key", [KEY.Key_Return, KEY.Key_Space, KEY.Key_Down, KEY.Key_Enter])
def test_the_popup_opens_by_key(qtbot: QtBot, picker: PresetPicker, key: Qt.Key) -> None:
    """The search has the keyboard, the layer's preset is highlighted, nothing is changed."""
    picker.field.setFocus()
    qtbot.keyClick(picker.field, key)
    popup = picker.popup
    assert popup is not None
    assert popup.list.current is not None
    assert popup.list.current.name == "Cool to warm"
    assert popup.focusWidget() is popup.search
    popup.close()
    assert steps(picker) == []


def test_without_a_layer_nothing_opens(picker: PresetPicker) -> None:
    """A picker whose layer went is no error."""
    for heatmap in picker.scene.heatmaps:
        picker.scene.remove(heatmap)
    picker.open_popup()
    assert picker.popup is None


def test_another_layer_closes_the_popup(qtbot: QtBot, picker: PresetPicker) -> None:
    """And the first is as it was."""
    popup = opened(qtbot, picker)
    press(qtbot, popup, KEY.Key_Down)
    picker.refresh(picker.scene.state.heatmaps[0])
    assert picker.popup is None
    assert picker.scene.state.heatmaps[-1].preset == "Cool to warm"


# --- the list --------------------------------------------------------------------------------------


def test_everything_is_listed_under_headings(qtbot: QtBot, picker: PresetPicker) -> None:
    """The ten, the user's, the often used, then the catalogue by kind."""
    save_preset("Mine", preset("hot"))
    popup = opened(qtbot, picker)
    headings = [row for row in popup.list.entries.rows if isinstance(row, str)]
    assert headings[:4] == ["HeatViewer", "Yours", "Often used", "Even steps"]
    assert {"Sequential", "Diverging", "Cyclic", "Qualitative", "Miscellaneous"} < set(headings)
    assert names(popup)[:11] == [*presets.preset_names()[:10], "Mine"]
    assert len(names(popup)) == len(set(names(popup))) > 650


def test_bars_are_drawn_when_they_come_into_sight(qtbot: QtBot, picker: PresetPicker) -> None:
    """Opening the list of hundreds of maps makes those that are seen."""
    presets._of_catalogue.cache_clear()
    popup = opened(qtbot, picker)
    popup.grab()
    assert presets._of_catalogue.cache_info().currsize <= 20


def test_arrow_keys_show_maps_on_the_layer_and_return_takes_one(qtbot: QtBot, picker: PresetPicker) -> None:
    """Every row at once; all of it is one step."""
    popup = opened(qtbot, picker)
    seen = []
    for _ in range(3):
        press(qtbot, popup, KEY.Key_Down)
        seen.append(layer(picker).preset)
    press(qtbot, popup, KEY.Key_Up)
    assert seen == ["Warm to cool", "Rainbow desaturated", "Cold and hot"]
    press(qtbot, popup, KEY.Key_Return)
    assert picker.popup is None
    assert (layer(picker).preset, steps(picker)) == ("Rainbow desaturated", ["Preset of high"])
    picker.scene.undo()
    assert layer(picker).preset == picker.field.text() == "Cool to warm"


def test_arrow_keys_pass_headings(qtbot: QtBot, picker: PresetPicker) -> None:
    """From the last of the ten to the first of the next group, and a page at a time."""
    picker.scene.edit_layer(layer(picker).id, preset="Magenta")
    popup = opened(qtbot, picker)
    press(qtbot, popup, KEY.Key_Down)
    assert layer(picker).preset == "jet"
    press(qtbot, popup, KEY.Key_PageDown)
    assert names(popup).index(layer(picker).preset) > 18
    press(qtbot, popup, KEY.Key_PageUp, KEY.Key_PageUp, KEY.Key_Escape)
    assert layer(picker).preset == "Magenta"


def test_escape_shows_the_layer_as_it_was(qtbot: QtBot, picker: PresetPicker) -> None:
    """Explicit points too; no step is left."""
    picker.scene.edit_layer(layer(picker).id, rgb_points=[0, 0, 0, 0, 1, 1, 1, 1])
    picker.scene.history.clear()
    before = picker.scene.state
    popup = opened(qtbot, picker)
    press(qtbot, popup, KEY.Key_Down, KEY.Key_Down)
    assert layer(picker).rgb_points is None
    press(qtbot, popup, KEY.Key_Escape)
    assert picker.popup is None
    assert picker.scene.state == before
    assert steps(picker) == []


def test_the_pointer_shows_maps_and_a_click_takes_one(qtbot: QtBot, picker: PresetPicker) -> None:
    """Pointing is looking; headings are not to be had."""
    popup = opened(qtbot, picker)
    view = popup.list.viewport()
    for name in ("Red", "Cold and hot"):
        at = row_of(popup, name)
        mouse(view, "Move", (at.x(), at.y()), LEFT)
        assert layer(picker).preset == name
    at = row_of(popup, "HeatViewer")
    qtbot.mouseClick(view, LEFT, pos=at.toPoint())
    assert picker.popup is popup
    at = row_of(popup, "hot")
    qtbot.mouseClick(view, LEFT, pos=at.toPoint())
    assert picker.popup is None
    assert (layer(picker).preset, len(steps(picker))) == ("hot", 1)


def test_a_click_beside_the_popup_changes_nothing(qtbot: QtBot, picker: PresetPicker) -> None:
    """The popup goes as with Escape."""
    popup = opened(qtbot, picker)
    press(qtbot, popup, KEY.Key_Down)
    mouse(popup, "Press", (-20, -30), LEFT)
    assert picker.popup is None
    assert (layer(picker).preset, steps(picker)) == ("Cool to warm", [])


def test_typing_filters_at_once_and_return_takes_the_best(qtbot: QtBot, picker: PresetPicker) -> None:
    """By words in any order, over the whole catalogue."""
    popup = opened(qtbot, picker)
    qtbot.keyClicks(popup.search, "lajo")
    assert names(popup) == ["lajolla"]
    assert layer(picker).preset == "lajolla"
    popup.search.clear()
    assert layer(picker).preset == "Cool to warm"
    qtbot.keyClicks(popup.search, "hot cold")
    press(qtbot, popup, KEY.Key_Return)
    assert (layer(picker).preset, len(steps(picker))) == ("Cold and hot", 1)


def test_no_name_is_cut_by_its_family(qtbot: QtBot, picker: PresetPicker) -> None:
    """In a search both are shown; where they do not fit, the name is whole and the family gives way."""
    popup = opened(qtbot, picker)
    qtbot.keyClicks(popup.search, "rainbow desat")
    assert names(popup)[0] == "Rainbow desaturated"
    place = popup.list.visualRect(popup.list.entries.index(0))
    left = place.left() + 104
    right = left + popup.list.fontMetrics().horizontalAdvance("Rainbow desaturated")
    assert popup.list.delegate.show_whose
    both = pixels(popup.list.viewport())
    popup.list.delegate.show_whose = False
    alone = pixels(popup.list.viewport())
    part = np.s_[place.top() : place.bottom(), left:right]
    assert np.array_equal(both[part], alone[part])
    assert not np.array_equal(both, alone)


def test_typing_before_the_catalogue_is_there_finds_it_all_the_same(
    qtbot: QtBot, picker: PresetPicker
) -> None:
    """A quick typist does not get fewer maps."""
    qtbot.mouseClick(picker.field, LEFT)
    popup = picker.popup
    assert popup is not None
    qtbot.keyClicks(popup.search, "batlow")
    assert {"batlow", "batlowK", "batlowW"} <= set(names(popup))
    press(qtbot, popup, KEY.Key_Escape)


def test_a_search_without_a_find_is_told(qtbot: QtBot, picker: PresetPicker) -> None:
    """The layer is as it was, and Return closes without a change."""
    popup = opened(qtbot, picker)
    qtbot.keyClicks(popup.search, "virqq")
    assert names(popup) == []
    assert popup.note.text() == "No map has to do with 'virqq'"
    press(qtbot, popup, KEY.Key_Return)
    assert picker.popup is None
    assert (layer(picker).preset, steps(picker)) == ("Cool to warm", [])


def test_letters_typed_in_the_list_go_to_the_search(qtbot: QtBot, picker: PresetPicker) -> None:
    """Wherever the keyboard is in the popup."""
    popup = opened(qtbot, picker)
    popup.list.setFocus()
    qtbot.keyClick(popup.list, KEY.Key_Down)
    qtbot.keyClick(popup.list, "t")
    assert popup.search.text() == "t"
    qtbot.keyClick(popup.list, KEY.Key_Return)
    assert picker.popup is None


@pytest.mark.parametrize(
    ("name", "text", "level"),
    [("jet", "Uneven: shows edges", "warning"), ("RdBu", "Diverging: its middle", "muted"),
     ("twilight", "Cyclic: for angles", "muted"), ("viridis", "", "muted")],
)  # fmt: skip
def test_what_should_be_known_of_a_map_is_said(
    qtbot: QtBot, picker: PresetPicker, name: str, text: str, level: str
) -> None:
    """A rainbow is marked as such."""
    popup = opened(qtbot, picker)
    qtbot.keyClicks(popup.search, name)
    assert popup.note.text().startswith(text)
    assert popup.note.objectName() == level
    press(qtbot, popup, KEY.Key_Escape)


def test_changing_the_map_never_changes_the_range(qtbot: QtBot, picker: PresetPicker) -> None:
    """However many are looked at, by keys and pointer."""
    before = (layer(picker).data_range, layer(picker).data_range_auto, layer(picker).opacity_points)
    popup = opened(qtbot, picker)
    press(qtbot, popup, *[KEY.Key_Down] * 20, KEY.Key_Return)
    assert (layer(picker).data_range, layer(picker).data_range_auto, layer(picker).opacity_points) == before


# --- laws -----------------------------------------------------------------------------------------


def test_everything_is_named(qtbot: QtBot, picker: PresetPicker) -> None:
    """Names for assistive tools, and a tip on every control and row."""
    popup = opened(qtbot, picker)
    for control in (picker.field, popup.search, popup.list, *popup.findChildren(QPushButton)):
        assert control.accessibleName()
        assert control.toolTip()
    for row in range(3):
        index = popup.list.entries.index(row)
        tip = popup.list.entries.data(index, Qt.ItemDataRole.ToolTipRole)
        assert tip or isinstance(popup.list.entries.rows[row], str)
    popup.close()


def test_a_closed_popup_is_gone(qtbot: QtBot, picker: PresetPicker) -> None:
    """Opening and closing leaves nothing behind, and the field has the keyboard again."""
    for _ in range(3):
        popup = opened(qtbot, picker)
        with qtbot.waitSignal(popup.destroyed):
            popup.close()
    assert not [w for w in QApplication.topLevelWidgets() if isinstance(w, PresetPopup)]


def test_a_preset_that_is_not_there_is_an_error_of_the_scene() -> None:
    """Nothing is changed."""
    scene: Scene = small_scene()
    with pytest.raises(SettingError, match="preset: 'no such' is not known"):
        scene.edit_layer(scene.heatmaps[0].id, preset="no such")
