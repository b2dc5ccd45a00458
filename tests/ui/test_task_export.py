"""Tasks in the window: labels that are named, and an export that says what it leaves out."""

from __future__ import annotations

import json
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from PySide6.QtGui import QAction
from pytestqt.qtbot import QtBot

from heatviewer.app.opening import open_scene
from heatviewer.ui.main_window import MainWindow
from tests.sdk_types import assert_input_task
from tests.ui.asking import answer, name_file
from tests.ui.windows import opened


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> MainWindow:
    """A window on a task with a heatmap and a segmentation, liver everywhere."""
    for name, level in (("base", 100), ("heat", 2), ("seg", 1)):
        image = nib.Nifti1Image(np.full((8, 9, 7), level, np.float32), np.eye(4))
        nib.save(image, tmp_path / f"{name}.nii")
    series = {"name": "T1", "items": "base.nii", "heatMaps": [{"name": "map", "item": "heat.nii"}]}
    series |= {"segmentations": "seg.nii", "segmentMap": {"1": "liver"}}
    (tmp_path / "task.json").write_text(json.dumps({"name": "t", "series": [series]}))
    return opened(qtbot, open_scene(tmp_path / "task.json"))


def export(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    """Choose File → Export as task… and give a name."""
    [action] = [one for one in window.findChildren(QAction) if one.text() == "Export as &task…"]
    action.trigger()
    name_file(qtbot, window, path)


def test_a_study_is_exported_from_the_menu(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    """The file is a task; what a task cannot say is listed; the window never waits."""
    window.scene.heatmaps[0].blur = 2.0
    export(qtbot, window, tmp_path / "out.json")
    assert window.wait_idle(20)
    assert_input_task(json.loads((tmp_path / "out.json").read_text()))
    assert window.status.text() == "Exported out.json"
    assert any("map: the blur is left out" in message.text for message in window.messages.shown)


def test_a_file_that_is_there_is_asked_about(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    """Cancel leaves it; 'Overwrite' keeps the version that was there beside it."""
    (tmp_path / "out.json").write_text("mine")
    for title in ("Cancel", "Overwrite"):
        assert (tmp_path / "out.json").read_text() == "mine"
        export(qtbot, window, tmp_path / "out.json")
        answer(qtbot, window, title)
        assert window.wait_idle(20)
    assert_input_task(json.loads((tmp_path / "out.json").read_text()))
    assert (tmp_path / "out.json.bak").read_text() == "mine"


def test_an_input_is_not_overwritten_by_an_export(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    """The refusal is a message, and the file stays."""
    before = (tmp_path / "heat.nii").read_bytes()
    target = tmp_path / "heat.json"
    target.symlink_to(tmp_path / "heat.nii")
    export(qtbot, window, target)
    answer(qtbot, window, "Overwrite")
    assert window.wait_idle(20)
    assert (tmp_path / "heat.nii").read_bytes() == before
    assert any("is an input" in message.text for message in window.messages.shown)


def test_the_probe_names_labels(window: MainWindow) -> None:
    """The read-out says the value with its name."""
    assert "seg\t1 liver" in window.probe.lines
