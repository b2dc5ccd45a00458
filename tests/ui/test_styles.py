"""Styles in the window: saved, applied, dropped, and given to names by rules."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from heatviewer.app.style_rules import keep_rule, user_rules
from heatviewer.documents.style import Style, parse_style
from heatviewer.ui.main_window import MainWindow
from heatviewer.ui.style_dialogs import PatternDialog, RulesDialog
from tests.ui.windows import drop_files, nifti, opened, small_scene

TWO_SIDED = {"preset": "Cold and hot", "dataRange": [-8, 8], "thresholdAbs": 2.3}


def style(**settings: object) -> Style:
    return parse_style({"format": "heatviewer-style", "version": 1, **(settings or TWO_SIDED)})


def written(path: Path, **document: object) -> Path:
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


@pytest.fixture
def window(qtbot: QtBot) -> MainWindow:
    return opened(qtbot, small_scene())


@pytest.fixture
def look(tmp_path: Path) -> Path:
    return written(tmp_path / "look.style.json", format="heatviewer-style", version=1, **TWO_SIDED)


def opened_dialog(kind: type) -> object:
    """Return the one dialog of a kind that can be seen."""
    [found] = [w for w in QApplication.topLevelWidgets() if isinstance(w, kind) and w.isVisible()]
    return found


def test_a_style_is_saved_by_the_menu(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    """Under the heatmap's name, without data; nothing waits for the dialog."""
    window.actions_set.by_id["layer.save_style"].trigger()
    dialog = opened_dialog(QFileDialog)
    assert isinstance(dialog, QFileDialog)
    assert dialog.selectedFiles()[0].endswith("high.style.json")
    dialog.close()
    window.styles.save_to(window.scene.state.heatmaps[1], str(tmp_path / "x.style.json"))
    assert window.wait_idle(10)
    document = json.loads((tmp_path / "x.style.json").read_text(encoding="utf-8"))
    assert (document["format"], document["dataRangeAuto"]) == ("heatviewer-style", True)
    assert str(tmp_path / "x.style.json") in window.messages.texts[-1]


def test_a_dropped_style_is_taken_by_the_selected_heatmap(window: MainWindow, look: Path) -> None:
    """As one step; nothing is loaded."""
    before = window.scene.state
    drop_files(window, [look])
    assert window.wait_idle(10)
    high = window.scene.heatmaps[1]
    assert (high.preset, high.data_range, high.threshold_abs) == ("Cold and hot", (-8, 8), 2.3)
    assert [step.title for step in window.scene.history.done] == ["Style of high"]
    window.scene.undo()
    assert window.scene.state == before


def test_a_style_goes_to_the_row_that_is_meant(window: MainWindow, look: Path) -> None:
    """Whichever is selected."""
    low = window.scene.heatmaps[0]
    window.commands.apply_style_file(look, low.id)
    assert (low.threshold_abs, window.scene.heatmaps[1].threshold_abs) == (2.3, None)


def test_a_sheet_is_applied_to_all_by_their_names(window: MainWindow, tmp_path: Path) -> None:
    """One step; what was left out and what had no match are told."""
    rules = [{"pattern": "lo*", "style": TWO_SIDED | {"glow": 1}}]
    path = written(tmp_path / "lab.styles.json", format="heatviewer-styles", version=1, rules=rules)
    window.commands.apply_style_file(path)
    assert [layer.threshold_abs for layer in window.scene.heatmaps] == [2.3, None]
    assert len(window.scene.history.done) == 1
    assert "rules[0].style.glow" in " ".join(window.messages.texts)
    rules[0]["pattern"] = "nothing*"
    window.commands.apply_style_file(written(path, format="heatviewer-styles", version=1, rules=rules))
    assert len(window.scene.history.done) == 1


def test_a_bad_style_is_one_message_and_no_change(window: MainWindow, tmp_path: Path) -> None:
    """It names file and field."""
    before = window.scene.state
    path = written(tmp_path / "bad.style.json", format="heatviewer-style", version=1, opacity=7)
    window.commands.apply_style_file(path)
    assert window.scene.state is before
    [text] = window.messages.texts
    assert text.startswith("bad.style.json: opacity: ")


def test_a_rule_is_made_from_the_selected_heatmap(qtbot: QtBot, window: MainWindow) -> None:
    """Its pattern is proposed and says what it matches; a bad one cannot be kept."""
    window.scene.heatmaps[1].opacity = 0.25
    window.actions_set.by_id["layer.add_style_rule"].trigger()
    dialog = opened_dialog(PatternDialog)
    assert isinstance(dialog, PatternDialog)
    assert dialog.pattern.text() == "*high*"
    assert "Matches here: high." in dialog.told.text()
    dialog.pattern.clear()
    assert not dialog.keep.isEnabled()
    qtbot.keyClicks(dialog.pattern, "*zstat*")
    assert "none" in dialog.told.text()
    qtbot.mouseClick(dialog.keep, Qt.MouseButton.LeftButton)
    assert not dialog.isVisible()
    [rule] = user_rules().rules
    assert (rule.pattern, rule.style.settings["opacity"]) == ("*zstat*", 0.25)


def test_a_heatmap_that_is_opened_starts_with_its_rule(window: MainWindow, tmp_path: Path) -> None:
    """It is told, and part of the one step that adds it; others and explicit looks are left alone."""
    keep_rule("*zstat*", style())
    window.open_paths([nifti(tmp_path / "a_zstat1.nii.gz")])
    assert window.wait_idle(20)
    assert window.scene.heatmaps[-1].threshold_abs == 2.3
    assert "*zstat*" in window.status.text()
    assert len(window.scene.history.done) == 1
    window.open_paths([nifti(tmp_path / "mean.nii.gz")])
    window.loader.load(tmp_path / "a_zstat1.nii.gz", "heatmap", {"opacity": 0.5})
    assert window.wait_idle(20)
    assert [layer.threshold_abs for layer in window.scene.heatmaps[-2:]] == [None, None]


def test_a_window_for_a_picture_does_not_ask_the_rules(qtbot: QtBot, tmp_path: Path) -> None:
    """What a script makes is the same for everybody."""
    keep_rule("*", style())
    window = MainWindow(small_scene(), remember=False)
    qtbot.addWidget(window)
    window.open_paths([nifti(tmp_path / "a.nii.gz")])
    assert window.wait_idle(20)
    assert window.scene.heatmaps[-1].threshold_abs is None


def test_the_rules_are_changed_in_their_list(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    """Ordered, renamed, deleted, exported, imported; at once in the file."""
    keep_rule("b*", style(opacity=0.5))
    keep_rule("a*", style())
    window.actions_set.by_id["layer.style_rules"].trigger()
    dialog = opened_dialog(RulesDialog)
    assert isinstance(dialog, RulesDialog)
    assert dialog.table.item(0, 1).text() == "Cold and hot · −8 … 8 · |value| ≥ 2.3"
    dialog.table.selectRow(1)
    qtbot.mouseClick(dialog.tools["Up"], Qt.MouseButton.LeftButton)
    assert ([rule.pattern for rule in user_rules().rules], dialog.selected) == (["b*", "a*"], "b*")
    dialog.table.item(0, 0).setText("A*")
    assert "there is a rule" in dialog.told.text()
    dialog.table.item(0, 0).setText("c*")
    dialog.export_to(str(tmp_path / "all.styles.json"))
    dialog.table.selectRow(0)
    qtbot.mouseClick(dialog.tools["Delete"], Qt.MouseButton.LeftButton)
    assert [rule.pattern for rule in user_rules().rules] == ["a*"]
    dialog.import_from([str(tmp_path / "all.styles.json")])
    assert [rule.pattern for rule in user_rules().rules] == ["c*", "a*"]
    dialog.import_from([str(tmp_path / "none.json")])
    assert "no such file" in dialog.told.text()
    dialog.close()


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "heatviewer", *words], capture_output=True, text=True, timeout=120, check=False
    )


def test_the_command_line_takes_a_style(tmp_path: Path, look: Path) -> None:
    """Options beside it win, before it or after it; a sheet goes by the name and says where it does not."""
    base, heat = str(nifti(tmp_path / "base.nii.gz")), str(nifti(tmp_path / "zstat.nii.gz"))
    rules = [{"pattern": "*zstat*", "style": {"opacityPoints": [0, 1], "preset": "Red"}}]
    sheet = written(tmp_path / "lab.styles.json", format="heatviewer-styles", version=1, rules=rules)
    at = ("--at", "0", "0", "0", "--json")

    def rgba(*words: str) -> tuple[list[float], str]:
        done = run("probe", base, heat, *words, *at)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)["layers"][1]["rgba"], done.stderr

    hidden, _ = rgba("--style", str(look))
    assert hidden[3] == 0
    said, _ = rgba("--opacity-points", "0,1", "--style", str(sheet), "--preset", "Blue")
    assert (said[0], said[3]) == (0, 1)
    _, told = rgba(
        "--name", "other", "--style", str(written(sheet, format="heatviewer-styles", version=1, rules=[]))
    )
    assert "no pattern" in told


def test_a_bad_style_ends_a_command_in_one_line(tmp_path: Path) -> None:
    """Before anything is read, naming the field."""
    heat = str(nifti(tmp_path / "h.nii.gz"))
    bad = written(tmp_path / "bad.json", format="heatviewer-style", version=1, dataRange=[3, 1])
    done = run("render", heat, heat, "--style", str(bad), "-o", str(tmp_path / "o.png"))
    assert done.returncode == 1
    assert done.stderr.startswith("heatviewer: error: bad.json: dataRange: ")
    assert done.stderr.count("\n") == 1
