"""Real studies come into the window by drop, by dialog and by command line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QLineEdit
from pytestqt.qtbot import QtBot

from heatviewer.app.opening import LayerSource, WindowRequest
from heatviewer.ui.app import start
from heatviewer.ui.main_window import MainWindow
from tests.dicom_files import write_series
from tests.ui.windows import drop_files, opened


@pytest.fixture
def dicom_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "series"
    write_series(folder, np.arange(4 * 6 * 5, dtype=np.int16).reshape(4, 6, 5))
    return folder


def _choose(qtbot: QtBot, window: MainWindow, action: str, path: Path) -> None:
    """Type a name into the dialog that an entry opens, as a person does."""
    window.preferences = window.preferences.replaced(last_folder=str(path.parent))
    window.actions_set.by_id[action].trigger()
    [dialog] = window.findChildren(QFileDialog)
    name = dialog.findChild(QLineEdit, "fileNameEdit")
    qtbot.keyClicks(name, path.name)
    qtbot.keyClick(name, Qt.Key.Key_Return)
    assert window.wait_idle(60)


@pytest.mark.parametrize("way", ["drop", "dialog", "command line"])
def test_a_dicom_series_opens(qtbot: QtBot, dicom_folder: Path, way: str) -> None:
    """A folder with a series becomes the base, its slices in their order."""
    window = opened(qtbot)
    if way == "drop":
        drop_files(window, [dicom_folder])
    elif way == "dialog":
        _choose(qtbot, window, "file.open_folder", dicom_folder)
    else:
        start(window, WindowRequest(base=LayerSource(str(dicom_folder))))
    assert window.wait_idle(60)
    assert window.scene.base is not None
    expected = np.arange(4 * 6 * 5).reshape(4, 6, 5).transpose(2, 1, 0)
    assert np.array_equal(window.scene.base.volume.array, expected)
    assert window.slice_views["axial"].picture is not None


@pytest.mark.parametrize("way", ["drop", "dialog", "command line"])
def test_the_z_map_opens_on_its_template(qtbot: QtBot, mni_path: Path, zmap_path: Path, way: str) -> None:
    """The template is the base, the map a heatmap with its symmetric range, and both are drawn."""
    window = opened(qtbot)
    if way == "drop":
        drop_files(window, [mni_path, zmap_path])
    elif way == "dialog":
        _choose(qtbot, window, "file.open", mni_path)
        _choose(qtbot, window, "file.add_heatmap", zmap_path)
    else:
        start(window, WindowRequest(base=LayerSource(str(mni_path)), heatmaps=(LayerSource(str(zmap_path)),)))
    assert window.wait_idle(60)
    (layer,) = window.scene.heatmaps
    assert layer.data_range == pytest.approx((-7.941, 7.941), abs=1e-3)
    picture = window.slice_views["coronal"].picture
    assert picture is not None
    assert (picture[..., 0].astype(int) - picture[..., 2] > 40).any()
    assert (picture[..., 2].astype(int) - picture[..., 0] > 40).any()
