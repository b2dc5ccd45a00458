"""Missing layers in the window: their rows, the one question, locating, removing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QLineEdit
from pytestqt.qtbot import QtBot

from heatviewer.app.opening import open_scene
from heatviewer.model.scene_state import MissingLayer
from heatviewer.ui.main_window import MainWindow
from heatviewer.ui.missing_notice import question
from heatviewer.ui.missing_row import MissingRow
from heatviewer.ui.panel_head import PanelHead
from tests.ui.events import LEFT
from tests.ui.windows import nifti, opened

NAMES = ("low", "middle", "high")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A session on a base and three heatmaps, two of which have moved to 'archive' since."""
    maps = [nifti(tmp_path / f"{name}.nii", np.full((4, 5, 6), n + 1.0)) for n, name in enumerate(NAMES)]
    scene = open_scene(nifti(tmp_path / "t1.nii"), maps)
    scene.heatmaps[1].opacity = 0.5
    scene.save(tmp_path / "sessions" / "study.hvs")
    (tmp_path / "archive").mkdir()
    for path in maps[1:]:
        shutil.move(path, tmp_path / "archive")
    return tmp_path


def open_study(qtbot: QtBot, folder: Path) -> MainWindow:
    """Open the session as a person does."""
    window = opened(qtbot)
    window.open_paths([folder / "sessions" / "study.hvs"])
    assert window.wait_idle(20)
    return window


def choose(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    """Go to a path's folder in the dialog that is open, type its name, and take it."""
    [dialog] = window.findChildren(QFileDialog)
    dialog.setDirectory(str(path.parent))
    name = dialog.findChild(QLineEdit, "fileNameEdit")
    name.clear()
    qtbot.keyClicks(name, path.name)
    qtbot.keyClick(name, Qt.Key.Key_Return)
    assert window.wait_idle(20)


def shown(window: MainWindow) -> list[str]:
    """Return the rows of the list from the top, the missing ones in parentheses."""
    found = []
    for row in range(window.layers.list.count()):
        widget = window.layers.list.itemWidget(window.layers.list.item(row))
        name = widget.name.text()
        found.append(f"({name})" if isinstance(widget, MissingRow) else name)
    return found


def test_missing_layers_are_listed_at_their_place_with_the_reason(qtbot: QtBot, folder: Path) -> None:
    """The rows say that they are missing, and why; what is there is shown; no message repeats it."""
    window = open_study(qtbot, folder)
    assert shown(window) == ["(high)", "(middle)", "low"]
    row = window.layers.missing_rows[0]
    assert "is not where it was" in row.toolTip()
    assert str(folder / "high.nii") in row.toolTip()
    assert row.accessibleName() == "high, a heatmap, missing"
    assert window.messages.texts == []


def test_it_is_asked_once(qtbot: QtBot, folder: Path) -> None:
    """'Not now' is taken for an answer; the next opening asks again."""
    window = open_study(qtbot, folder)
    assert window.layers.notice.isVisible()
    assert window.layers.notice.text.text() == "2 files are not where they were: middle, high."
    qtbot.mouseClick(window.layers.notice.later, LEFT)
    window.scene.heatmaps[0].opacity = 0.2
    window.scene.undo()
    assert window.layers.notice.isHidden()
    window.open_paths([folder / "sessions" / "study.hvs"])
    assert window.wait_idle(20)
    assert window.layers.notice.isVisible()


def test_one_file_told_brings_all_back(qtbot: QtBot, folder: Path) -> None:
    """Locate, choose one file: both layers are back with their settings, as one step, and all is told."""
    window = open_study(qtbot, folder)
    qtbot.mouseClick(window.layers.notice.file, LEFT)
    choose(qtbot, window, folder / "archive" / "high.nii")
    assert shown(window) == ["high", "middle", "low"]
    assert window.scene.heatmaps[1].opacity == 0.5
    assert window.layers.notice.isHidden()
    assert [step.title for step in window.scene.history.done] == ["Relink 2 layers"]
    assert "2 layers found: middle, high." in window.messages.texts


def test_the_row_asks_for_its_own_file(qtbot: QtBot, folder: Path) -> None:
    """A file of another name is that layer's all the same, and that it is another one is told."""
    other = nifti(folder / "recomputed.nii", np.full((4, 5, 6), 9.0))
    shutil.rmtree(folder / "archive")
    window = open_study(qtbot, folder)
    row = next(row for row in window.layers.missing_rows if row.missing.name == "middle")
    qtbot.mouseClick(row.locate, LEFT)
    choose(qtbot, window, other)
    assert shown(window) == ["(high)", "middle", "low"]
    assert window.scene.heatmaps[1].volume.array[0, 0, 0] == 9.0
    assert any("is not the file it was" in text for text in window.messages.texts)


def test_a_folder_is_searched_also_for_a_missing_base(qtbot: QtBot, folder: Path) -> None:
    """The base has its row at the bottom, and is the base again; the view stays."""
    shutil.move(folder / "t1.nii", folder / "archive")
    window = open_study(qtbot, folder)
    assert [row.missing.role for row in window.layers.missing_rows].count("base") == 1
    cursor = window.scene.cursor
    qtbot.mouseClick(window.layers.notice.folder, LEFT)
    choose(qtbot, window, folder / "archive")
    assert shown(window) == ["high", "middle", "low"]
    assert window.layers.base_row is not None
    assert window.scene.base.name == "t1"
    assert window.scene.cursor == cursor


def test_nothing_found_is_told_and_changes_nothing(qtbot: QtBot, folder: Path) -> None:
    """The rows and the question stay."""
    window = open_study(qtbot, folder)
    window.missing.look(str(folder / "sessions"))
    assert window.wait_idle(20)
    assert shown(window) == ["(high)", "(middle)", "low"]
    assert window.layers.notice.isVisible()
    assert window.messages.texts == ["None of the missing files was found there."]


def test_remove_takes_a_missing_layer_off_and_undo_brings_it_back(qtbot: QtBot, folder: Path) -> None:
    """The row goes; what is left is still asked for."""
    window = open_study(qtbot, folder)
    qtbot.mouseClick(window.layers.missing_rows[0].remove, LEFT)
    assert shown(window) == ["(middle)", "low"]
    assert window.layers.notice.text.text() == "middle is not where it was."
    window.scene.undo()
    assert shown(window) == ["(high)", "(middle)", "low"]


def test_layers_are_dragged_past_missing_ones(qtbot: QtBot, folder: Path) -> None:
    """The order of those that are there is what the drop says."""
    window = open_study(qtbot, folder)
    window.scene.add_heatmap(np.ones((4, 5, 6)), name="new")
    assert shown(window) == ["new", "(high)", "(middle)", "low"]
    low = window.scene.heatmaps[0].id
    window.layers.list.dropped.emit(low, 0)
    assert [layer.name for layer in window.scene.heatmaps] == ["new", "low"]


def test_the_menu_locates_too(qtbot: QtBot, folder: Path) -> None:
    """The entry is there while something is missing."""
    window = open_study(qtbot, folder)
    entry = window.actions_set.by_id["file.locate"]
    assert entry.isEnabled()
    entry.trigger()
    choose(qtbot, window, folder / "archive" / "middle.nii")
    assert not window.actions_set.by_id["file.locate"].isEnabled()


def test_a_window_closes_while_a_dialog_asks(qtbot: QtBot, folder: Path) -> None:
    """Nothing blocks, and no thread is left."""
    window = open_study(qtbot, folder)
    qtbot.mouseClick(window.layers.notice.file, LEFT)
    window.missing.look(str(folder / "archive"))
    window.close()
    assert not window.isVisible()


def test_long_names_do_not_widen_the_panel() -> None:
    """The question cuts them in the middle, and counts what it does not name."""
    one = MissingLayer(role="heatmap", name="a", reason="is not where it was")
    long = one.replaced(name="sub-01_ses-02_task-language_contrast-words_zstat1")
    assert question([long]) == "sub-01_ses-…ords_zstat1 is not where it was."
    assert question([one] * 5) == "5 files are not where they were: a, a, a and 2 more."
    assert question([one, one.replaced(reason="is damaged")]) == "2 layers are missing: a, a."


def test_the_question_is_whole_between_crowded_panels(qtbot: QtBot, tmp_path: Path) -> None:
    """Every line of it, in a low window with history and notes below; so is each panel's head."""
    task = tmp_path / "task.json"
    lost = {"name": "a map with a long name", "item": "https://example.org/maps/of/somebody/a.nii.gz"}
    series = {"items": str(nifti(tmp_path / "t1.nii")), "heatMaps": [lost]}
    task.write_text(json.dumps({"name": "t", "series": [series], "metaData": {"site": "A"}}))
    window = opened(qtbot)
    window.resize(1100, 700)
    window.open_paths([task])
    assert window.wait_idle(20)
    window.panels["history"].show()
    text = window.layers.notice.text
    qtbot.waitUntil(lambda: text.height() >= text.heightForWidth(text.width()))
    heads = [head for head in window.findChildren(PanelHead) if head.isVisible()]
    assert len(heads) >= 3
    assert min(head.height() for head in heads) == max(head.height() for head in heads)
