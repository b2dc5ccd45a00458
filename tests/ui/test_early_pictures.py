"""What the window shows of a long series before it is read, and of many files on their way."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from heatviewer.core.geometry import PLANES
from heatviewer.model.requests import VolumeRequest
from heatviewer.ui.main_window import MainWindow
from heatviewer.ui.progress_line import ProgressLine
from heatviewer.ui.slice_view import SliceView
from heatviewer.ui.volume_view import VolumeView
from tests.found import Made, listing, made, volume
from tests.ui.events import LEFT, pixels
from tests.ui.windows import nifti, opened, small_scene


def _coming(window: MainWindow, qtbot: QtBot) -> Made:
    """Open a volume of 60 slices of which every sixth comes early; wait until these are drawn."""
    found = made("ct", (40, 40, 60), ready=False)
    affine = np.diag([1.0, 1, 6, 1])
    found.coarse = volume("ct", (40, 40, 10), affine)
    window.loader.load("/studies/one", "base", listing=listing([found]))
    qtbot.waitUntil(lambda: window.scene.standing_in and _drawn(window))
    return found


def _drawn(window: MainWindow) -> bool:
    return all(view.is_idle() and view.picture is not None for view in window.slice_views.values())


def _picture(window: MainWindow) -> np.ndarray:
    picture = window.slice_views["axial"].picture
    assert picture is not None
    return np.array(picture)


def test_slices_are_seen_while_the_rest_is_read(qtbot: QtBot) -> None:
    """The row with progress and cancel stays; 3D waits for the whole."""
    window = opened(qtbot)
    found = _coming(window, qtbot)
    assert [row.job.name for row in window.layers.job_rows] == ["one"]
    assert window.stop.isVisible()
    assert len(np.unique(_picture(window)[..., 0])) > 10
    assert not pixels(window.volume_view)[100:140, 100:140, :3].any()
    found.go.set()
    assert window.wait_idle(60)
    assert window.scene.base_volume is found.whole
    assert window.volume_view._shown is not None
    assert not window.scene.standing_in


def test_slices_of_a_new_study_come_before_its_3d(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    """3D begins once the slices are drawn: its thread would take turns with theirs at the interpreter."""
    scene = small_scene()
    slices = [SliceView(scene, plane) for plane in PLANES]
    solid = VolumeView(scene)
    views: list[SliceView | VolumeView] = [solid, *slices]
    for view in views:
        qtbot.addWidget(view)
        view.resize(120, 100)
        view.show()
    qtbot.waitUntil(lambda: all(view.is_idle() for view in views), timeout=30_000)
    drawn: list[bool] = []
    submit = solid._worker.submit

    def watched(request: VolumeRequest) -> None:
        drawn.append(all(view.is_idle() for view in slices))
        submit(request)

    monkeypatch.setattr(solid._worker, "submit", watched)
    scene.set_base(volume("next", (20, 20, 20)))
    qtbot.waitUntil(lambda: bool(drawn) and solid.is_idle(), timeout=30_000)
    assert all(drawn)


def test_cancel_brings_the_pictures_back(qtbot: QtBot) -> None:
    """The button in the status line stops it, and what was open is drawn as before."""
    window = opened(qtbot, small_scene())
    before, state = _picture(window), window.scene.state
    _coming(window, qtbot)
    assert not np.array_equal(_picture(window), before)
    qtbot.mouseClick(window.stop, LEFT)
    assert window.wait_idle(60)
    assert window.scene.state is state
    assert np.array_equal(_picture(window), before)
    assert not window.layers.job_rows


def test_thousands_of_files_have_a_few_rows(qtbot: QtBot, tmp_path: Path) -> None:
    """The others are counted, and all of them come."""
    window = opened(qtbot, small_scene())
    window.open_paths([nifti(tmp_path / f"{n}.nii", np.full((2, 2, 2), n, "f4")) for n in range(11)])
    assert len(window.layers.job_rows) == 8
    assert window.layers._more_jobs.text() == "and 3 more"
    assert window.wait_idle(60)
    assert len(window.scene.heatmaps) == 13
    assert window.layers._more_jobs.isHidden()


def test_a_progress_line_is_as_long_as_its_fraction(qtbot: QtBot) -> None:
    """A quarter of it is in the accent colour, and whoever cannot see it is told."""
    line = ProgressLine()
    qtbot.addWidget(line)
    line.resize(200, 4)
    line.show_fraction(0.25)
    accent = QColor(line.palette().highlight().color())
    row = pixels(line)[2, :, :3]
    done = (row == (accent.red(), accent.green(), accent.blue())).all(axis=1)
    assert abs(int(done.sum()) - 50) <= 2
    assert line.accessibleDescription() == "25%"
