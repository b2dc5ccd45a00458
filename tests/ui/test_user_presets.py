"""Presets of the user's in the popup: saved, named, deleted, put back, imported and exported."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QLineEdit
from pytestqt.qtbot import QtBot

from heatviewer.app.user_presets import presets_path, save_preset
from heatviewer.model.presets import preset, user_presets
from heatviewer.ui.preset_picker import PresetPicker
from heatviewer.ui.preset_popup import PresetPopup
from tests.ui.events import LEFT
from tests.ui.presets import layer, names, opened, press, shown, steps

KEY = Qt.Key


@pytest.fixture
def picker(qtbot: QtBot) -> PresetPicker:
    return shown(qtbot)


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
