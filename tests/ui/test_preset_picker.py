"""The field and popup for colour maps, driven by mouse and keyboard."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from heatviewer.app.scene import Scene
from heatviewer.app.user_presets import presets_path, save_preset
from heatviewer.core.errors import SettingError
from heatviewer.model import presets
from heatviewer.model.draws import transfer_of
from heatviewer.model.layer import HeatmapLayer
from heatviewer.model.presets import Listed, preset, user_presets
from heatviewer.ui import theme
from heatviewer.ui.preset_picker import PresetPicker
from heatviewer.ui.preset_popup import PresetPopup
from tests.ui.events import LEFT, mouse, pixels
from tests.ui.windows import small_scene

KEY = Qt.Key


@pytest.fixture
def picker(qtbot: QtBot) -> PresetPicker:
    """A picker of the heatmap 'high', which follows its scene, in a window of its own."""
    scene = small_scene()
    made = PresetPicker(scene)
    made.resize(220, 28)
    qtbot.addWidget(made)
    scene.changed.connect(lambda _change: show(made))
    show(made)
    made.show()
    return made


def show(picker: PresetPicker) -> None:
    if picker.scene.state.heatmaps:
        picker.refresh(picker.scene.state.heatmaps[-1])


def layer(picker: PresetPicker) -> HeatmapLayer:
    return picker.scene.state.heatmaps[-1]


def opened(qtbot: QtBot, picker: PresetPicker) -> PresetPopup:
    """Return the popup, opened by a click and filled with the whole catalogue."""
    qtbot.mouseClick(picker.field, LEFT)
    popup = picker.popup
    assert popup is not None
    qtbot.waitUntil(lambda: popup.whole)
    return popup


def names(popup: PresetPopup) -> list[str]:
    return [row.name for row in popup.list.entries.rows if isinstance(row, Listed)]


def row_of(popup: PresetPopup, name: str) -> QPointF:
    """Return the middle of a preset's row, scrolled into sight."""
    rows = popup.list.entries.rows
    at = next(n for n, row in enumerate(rows) if (row.name if isinstance(row, Listed) else row) == name)
    popup.list.scrollTo(popup.list.entries.index(at))
    return QPointF(popup.list.visualRect(popup.list.entries.index(at)).center())


def press(qtbot: QtBot, popup: PresetPopup, *keys: Qt.Key) -> None:
    for key in keys:
        qtbot.keyClick(popup.search, key)


def steps(picker: PresetPicker) -> list[str]:
    return [step.title for step in picker.scene.history.done]


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
    assert (layer(picker).preset, steps(picker)) == ("Rainbow desaturated", ["Change preset of high"])
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


# --- presets of the user's -------------------------------------------------------------------------


def write_name(qtbot: QtBot, popup: PresetPopup, name: str) -> None:
    popup.name_line.field.selectAll()
    qtbot.keyClicks(popup.name_line.field, name)


def test_colours_are_saved_as_a_preset(qtbot: QtBot, picker: PresetPicker) -> None:
    """Named, kept in the user's folder, used by the layer and listed as the user's."""
    picker.scene.edit_layer(layer(picker).id, reverse=True, steps=6)
    popup = opened(qtbot, picker)
    qtbot.mouseClick(popup.save, LEFT)
    assert popup.name_line.field.text() == "high"
    write_name(qtbot, popup, "For PET")
    qtbot.keyClick(popup.name_line.field, KEY.Key_Return)
    assert list(json.loads(presets_path().read_text(encoding="utf-8"))) == ["For PET"]
    assert (layer(picker).preset, layer(picker).steps) == ("For PET", None)
    assert popup.note.text() == "Saved 'For PET'"
    press(qtbot, popup, KEY.Key_Escape)
    assert layer(picker).preset == "For PET"
    picker.scene.undo()
    assert (layer(picker).preset, layer(picker).steps) == ("Cool to warm", 6)


def test_a_name_is_checked_while_it_is_typed(qtbot: QtBot, picker: PresetPicker) -> None:
    """The program's own names are refused; an own one is replaced, and the button says so."""
    save_preset("Mine", preset("hot"))
    popup = opened(qtbot, picker)
    qtbot.mouseClick(popup.save, LEFT)
    write_name(qtbot, popup, "Viridis")
    assert not popup.name_line.ok.isEnabled()
    assert "'viridis' is a map of the program's own" in popup.note.text()
    qtbot.keyClick(popup.name_line.field, KEY.Key_Return)
    assert popup.name_line.isVisible()
    write_name(qtbot, popup, "mine")
    assert (popup.name_line.ok.text(), popup.note.text()) == ("Replace", "Replaces your preset 'Mine'")
    qtbot.mouseClick(popup.name_line.ok, LEFT)
    assert [found.name for found in user_presets()] == ["mine"]
    press(qtbot, popup, KEY.Key_Escape)


def test_naming_can_be_left(qtbot: QtBot, picker: PresetPicker) -> None:
    """Escape there leaves the popup open, and nothing is kept."""
    popup = opened(qtbot, picker)
    for by_key in (True, False):
        qtbot.mouseClick(popup.save, LEFT)
        if by_key:
            qtbot.keyClick(popup.name_line.field, KEY.Key_Escape)
        else:
            qtbot.mouseClick(popup.name_line.cancel, LEFT)
        assert picker.popup is popup
        assert not popup.name_line.isVisible()
    assert user_presets() == ()
    press(qtbot, popup, KEY.Key_Escape)


def highlighted(qtbot: QtBot, picker: PresetPicker, name: str) -> PresetPopup:
    """Return the popup with a preset of the user's highlighted."""
    popup = opened(qtbot, picker)
    qtbot.keyClicks(popup.search, name)
    assert popup.list.current is not None
    assert popup.list.current.name == name
    return popup


def test_a_preset_is_renamed(qtbot: QtBot, picker: PresetPicker) -> None:
    """What uses it follows; only the user's presets offer it."""
    save_preset("Mine", preset("hot"))
    picker.scene.edit_layer(picker.scene.heatmaps[0].id, preset="Mine")
    popup = opened(qtbot, picker)
    assert not popup.rename.isVisible()
    popup.close()
    popup = highlighted(qtbot, picker, "Mine")
    qtbot.mouseClick(popup.rename, LEFT)
    write_name(qtbot, popup, "Ours")
    qtbot.keyClick(popup.name_line.field, KEY.Key_Return)
    assert picker.scene.heatmaps[0].preset == "Ours"
    assert [found.name for found in user_presets()] == ["Ours"]
    press(qtbot, popup, KEY.Key_Escape)
    assert layer(picker).preset == "Cool to warm"


def test_a_preset_is_deleted_and_put_back(qtbot: QtBot, picker: PresetPicker) -> None:
    """The layer that uses it keeps its colours; one press brings the preset back."""
    save_preset("Mine", preset("hot"))
    picker.scene.edit_layer(layer(picker).id, preset="Mine")
    popup = highlighted(qtbot, picker, "Mine")
    qtbot.mouseClick(popup.delete, LEFT)
    assert user_presets() == ()
    assert "Mine" not in names(popup)
    assert layer(picker).preset == "Mine"
    qtbot.keyClick(popup.put_back, KEY.Key_Space)
    assert [found.name for found in user_presets()] == ["Mine"]
    press(qtbot, popup, KEY.Key_Escape)


def test_deleting_what_is_only_looked_at_shows_the_layers_own(qtbot: QtBot, picker: PresetPicker) -> None:
    """No layer is left in a preset that nobody chose."""
    save_preset("Mine", preset("hot"))
    popup = highlighted(qtbot, picker, "Mine")
    qtbot.mouseClick(popup.delete, LEFT)
    assert layer(picker).preset == "Cool to warm"
    press(qtbot, popup, KEY.Key_Escape)
    assert steps(picker) == []


def test_a_failure_is_told_in_the_popup(qtbot: QtBot, picker: PresetPicker) -> None:
    """In one line; the layer is as it was."""
    presets_path().parent.mkdir(parents=True, exist_ok=True)
    presets_path().write_text("{ damaged", encoding="utf-8")
    popup = opened(qtbot, picker)
    assert "presets.json: is not a JSON file (line 1)" in popup.note.text()
    qtbot.mouseClick(popup.save, LEFT)
    write_name(qtbot, popup, "Mine")
    qtbot.keyClick(popup.name_line.field, KEY.Key_Return)
    assert "Repair this file" in popup.note.text()
    assert popup.note.objectName() == "error"
    # All of it can be read, and it covers nothing.
    assert popup.note.height() >= popup.note.heightForWidth(popup.note.width())
    assert popup.note.y() >= popup.list.geometry().bottom()
    popup.close()
    assert steps(picker) == []


# --- files -----------------------------------------------------------------------------------------


def choose(qtbot: QtBot, picker: PresetPicker, path: Path) -> None:
    """Write a path into the dialog that is open, and accept it."""
    qtbot.waitUntil(lambda: picker.dialog is not None and picker.dialog.isVisible())
    dialog = picker.dialog
    assert isinstance(dialog, QFileDialog)
    field = dialog.findChild(QLineEdit)
    assert field is not None
    field.setText(str(path))
    dialog.accept()
    qtbot.waitUntil(lambda: picker.popup is not None)


def test_presets_are_imported(qtbot: QtBot, picker: PresetPicker, tmp_path: Path) -> None:
    """ParaView's too; how it went is told where they are listed."""
    entry = {"Name": "From ParaView", "ColorSpace": "RGB", "RGBPoints": [0, 0, 0, 0, 5, 1, 1, 0]}
    (tmp_path / "pv.json").write_text(json.dumps([entry]))
    popup = opened(qtbot, picker)
    qtbot.mouseClick(popup.import_, LEFT)
    choose(qtbot, picker, tmp_path / "pv.json")
    assert picker.popup is not None
    assert picker.popup.note.text() == "Imported 'From ParaView'"
    assert "From ParaView" in names(picker.popup)
    picker.popup.close()


def test_a_bad_file_is_told_and_nothing_is_kept(qtbot: QtBot, picker: PresetPicker, tmp_path: Path) -> None:
    """With the field and the value."""
    (tmp_path / "bad.json").write_text('{"a": {"space": "HSV", "rgbPoints": [0, 0, 0, 0, 1, 1, 1, 1]}}')
    popup = opened(qtbot, picker)
    qtbot.mouseClick(popup.import_, LEFT)
    choose(qtbot, picker, tmp_path / "bad.json")
    assert picker.popup is not None
    assert "'a': space: 'HSV' is none of" in picker.popup.note.text()
    assert picker.popup.note.objectName() == "error"
    picker.popup.close()
    assert user_presets() == ()


def test_presets_are_exported(qtbot: QtBot, picker: PresetPicker, tmp_path: Path) -> None:
    """The highlighted map, or all of the user's, as files that can be imported."""
    save_preset("Mine", preset("hot"))
    save_preset("Other", preset("vik"))
    for action, wanted in (("export_one", ["Other"]), ("export_all", ["Mine", "Other"])):
        popup = highlighted(qtbot, picker, "Other")
        getattr(popup, action).trigger()
        choose(qtbot, picker, tmp_path / action)
        assert picker.popup is not None
        assert picker.popup.note.text() == f"Exported to {action}.json"
        picker.popup.close()
        assert list(json.loads((tmp_path / f"{action}.json").read_text(encoding="utf-8"))) == wanted
    assert layer(picker).preset == "Cool to warm"


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
