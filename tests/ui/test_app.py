"""The program with a window, from its request to its exit status."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from heatviewer.app.opening import LayerSource, WindowRequest
from heatviewer.core.errors import HeatViewerError, MissingFileError
from heatviewer.ui.app import application, run
from tests.ui.windows import nifti


def test_a_screenshot_shows_what_was_asked_for(qtbot: QtBot, tmp_path: Path) -> None:
    """The whole window is saved once everything is drawn, and the program ends with 0."""
    request = WindowRequest(
        base=LayerSource(str(nifti(tmp_path / "t1.nii.gz")), {"window": (0.5, 1.0)}),
        heatmaps=(LayerSource(str(nifti(tmp_path / "z.nii.gz")), {"preset": "Red", "opacity": 0.5}),),
        at=(4.0, 6.0, 8.0),
        layout="row",
        screenshot=tmp_path / "new" / "shot.png",
    )
    assert run(request) == 0
    picture = np.asarray(Image.open(tmp_path / "new" / "shot.png"))
    assert picture.shape[0] > 500
    assert picture.shape[2] == 4
    assert (picture[..., 3] == 255).all()


def test_what_cannot_be_loaded_ends_a_screenshot(qtbot: QtBot, tmp_path: Path) -> None:
    """The error names the file, and no picture is left."""
    shot = tmp_path / "shot.png"
    with pytest.raises(MissingFileError, match=r"gone\.nii"):
        run(WindowRequest(base=LayerSource(str(tmp_path / "gone.nii")), screenshot=shot))
    assert not shot.exists()


def test_the_hooks_of_before_are_back_after_the_window(qtbot: QtBot, tmp_path: Path) -> None:
    """A program that starts the window keeps its own handling of errors."""
    before = sys.excepthook
    run(WindowRequest(screenshot=tmp_path / "empty.png"))
    assert sys.excepthook is before


def test_without_a_display_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A window needs a display; a picture does not."""
    for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(HeatViewerError, match="heatviewer render"):
        application()


def test_there_is_one_application(qapp: QApplication) -> None:
    """Where a program has one already, it is used."""
    assert application() is qapp


def test_the_command_line_takes_a_screenshot_of_the_demo_without_a_display(tmp_path: Path) -> None:
    """``heatviewer --demo --screenshot`` is drawn off screen; standard output stays empty."""
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "PYTHONPATH": str(Path.cwd())}
    shot = tmp_path / "demo.png"
    command = [sys.executable, "-m", "heatviewer", "--demo", "--screenshot", str(shot)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    with Image.open(shot) as picture:
        assert picture.size == (1400, 900)
    assert done.stderr == ""
