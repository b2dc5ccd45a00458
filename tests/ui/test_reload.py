"""Files that another process rewrites while the window shows them: read again, in place."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from heatviewer.app.opening import LayerSource, open_scene
from heatviewer.ui.main_window import MainWindow
from tests.ui.events import pixels
from tests.ui.windows import nifti, opened

GRID = (12, 11, 10)
_WAIT = 15_000
#: What a person's script does: compute a map and save it over the old one.
_SCRIPT = """
import sys, nibabel, numpy
path, value, shape = sys.argv[1], float(sys.argv[2]), tuple(map(int, sys.argv[3].split(',')))
values = (numpy.indices(shape).sum(0) * value).astype('f4')
nibabel.save(nibabel.Nifti1Image(values, numpy.diag([2.0, 2.0, 2.0, 1.0])), path)
"""


def rewrite(path: Path, value: float, shape: tuple[int, ...] = GRID) -> None:
    """Let another process write a ramp of some steepness."""
    arguments = [str(path), str(value), ",".join(map(str, shape))]
    subprocess.run([sys.executable, "-c", _SCRIPT, *arguments], check=True, timeout=60)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    ramp = np.indices(GRID).sum(0).astype("f4")
    nifti(tmp_path / "t1.nii.gz", ramp)
    nifti(tmp_path / "map.nii", ramp)
    return tmp_path


@pytest.fixture
def window(qtbot: QtBot, folder: Path) -> MainWindow:
    """A window on a base and a heatmap with settings of its own."""
    scene = open_scene(folder / "t1.nii.gz", [LayerSource(str(folder / "map.nii"), {"opacity": 0.6})])
    return opened(qtbot, scene)


def until_read(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    """Wait until the heatmap's voxels are those that nibabel reads from its file."""
    expected = np.asarray(nib.load(path).dataobj)  # type: ignore[attr-defined]

    def is_read() -> bool:
        array = window.scene.heatmaps[0].volume.array
        return array.shape == expected.shape and bool((array == expected).all())

    qtbot.waitUntil(is_read, timeout=_WAIT)
    assert window.wait_idle(20)


def picture(window: MainWindow) -> np.ndarray:
    """Return what the axial view shows."""
    return pixels(window.slice_views["axial"])


def test_a_rewritten_heatmap_is_shown_in_place(qtbot: QtBot, window: MainWindow, folder: Path) -> None:
    """Values, range, probe, histogram and pictures follow; settings, selection and undo steps stay."""
    before, steps = window.scene.state, window.scene.history.done
    drawn, drawn_3d = picture(window), pixels(window.volume_view)
    rewrite(folder / "map.nii", -3.0)
    until_read(qtbot, window, folder / "map.nii")
    after = window.scene.state.heatmaps[0]
    assert (after.opacity, after.id, after.data_range) == (0.6, before.heatmaps[0].id, (-90.0, 0.0))
    assert window.scene.state.selected == before.selected
    assert len(window.scene.history.done) == len(steps)
    voxel = np.argmin(np.abs(np.indices(GRID).reshape(3, -1).T * 2 - window.scene.cursor).sum(1))
    value = np.asarray(nib.load(folder / "map.nii").dataobj).reshape(-1)[voxel]  # type: ignore[attr-defined]
    assert f"map\t{value:g}".replace("-", "−") in window.probe.lines
    assert window.settings.heatmap.colors.editor.canvas.axis.low <= -90
    assert not np.array_equal(drawn, picture(window))
    assert not np.array_equal(drawn_3d, pixels(window.volume_view))


def test_a_base_follows_with_another_grid(qtbot: QtBot, window: MainWindow, folder: Path) -> None:
    """Another shape is shown as it is; the crosshair stays where it was in the world."""
    cursor = window.scene.cursor
    rewrite(folder / "t1.nii.gz", 7.0, (20, 21, 22))
    qtbot.waitUntil(lambda: window.scene.base.volume.grid == (20, 21, 22), timeout=_WAIT)
    assert window.wait_idle(20)
    assert window.scene.cursor == cursor


def test_contours_and_blur_follow(qtbot: QtBot, window: MainWindow, folder: Path) -> None:
    """What is drawn from the data beside their colours is made anew."""
    window.scene.heatmaps[0].edit(contours="50%", blur=3.0)
    assert window.wait_idle(20)
    drawn = picture(window)
    rewrite(folder / "map.nii", -1.0)
    until_read(qtbot, window, folder / "map.nii")
    assert not np.array_equal(drawn, picture(window))
    fresh = opened(qtbot, window.scene)
    fresh.resize(window.size())
    assert fresh.wait_idle(20)
    np.testing.assert_array_equal(picture(window), picture(fresh))


def test_half_a_file_changes_nothing_until_it_is_whole(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    """It is told once that it cannot be read; the picture stays; the whole file is then shown."""
    rewrite(folder / "new.nii", 5.0)
    whole, before = (folder / "new.nii").read_bytes(), window.scene.state
    (folder / "map.nii").write_bytes(whole[:800])
    qtbot.waitUntil(lambda: bool(window.messages.texts), timeout=_WAIT)
    told = "map: changed on disk and cannot be read. It is shown as it was."
    assert window.messages.texts[0].startswith(told)
    assert window.scene.state is before
    (folder / "map.nii").write_bytes(whole)
    until_read(qtbot, window, folder / "map.nii")


def test_a_deleted_file_is_shown_on(qtbot: QtBot, window: MainWindow, folder: Path) -> None:
    """It is told; a file that comes again is read."""
    (folder / "map.nii").unlink()
    qtbot.waitUntil(lambda: bool(window.messages.texts), timeout=_WAIT)
    assert window.messages.texts == ["map: map.nii is no longer there. It is shown as it was."]
    rewrite(folder / "map.nii", 4.0)
    until_read(qtbot, window, folder / "map.nii")


def test_a_drag_goes_on_through_a_reload(qtbot: QtBot, window: MainWindow, folder: Path) -> None:
    """A held slider keeps its layer and its step, whatever comes meanwhile."""
    window.scene.edit_layer(window.scene.heatmaps[0].id, merge="drag", opacity=0.5)
    steps = len(window.scene.history.done)
    rewrite(folder / "map.nii", 6.0)
    until_read(qtbot, window, folder / "map.nii")
    window.scene.edit_layer(window.scene.heatmaps[0].id, merge="drag", opacity=0.4)
    window.scene.end_drag()
    assert len(window.scene.history.done) == steps
    window.scene.undo()
    assert window.scene.heatmaps[0].opacity == 0.6


def test_f5_reads_now_and_the_menu_switches_it_off(qtbot: QtBot, window: MainWindow, folder: Path) -> None:
    """Without the watch nothing changes by itself, and F5 still reads; the choice is remembered."""
    window.actions_set.by_id["file.reload_changed"].trigger()
    assert not window.actions_set.by_id["file.reload_changed"].isChecked()
    assert not window.preferences.reload_changed
    rewrite(folder / "map.nii", 8.0)
    qtbot.keyClick(window.slice_views["axial"], Qt.Key.Key_F5)
    assert window.wait_idle(20)
    assert window.scene.heatmaps[0].volume.range == (0.0, 240.0)


def test_a_closed_window_watches_nothing(qtbot: QtBot, folder: Path) -> None:
    """Its thread has ended with it, also with a file on its way."""
    window = opened(qtbot, open_scene(folder / "t1.nii.gz"))
    assert "file-watch" in [thread.name for thread in threading.enumerate()]
    window.files.reload()
    window.close()
    assert "file-watch" not in [thread.name for thread in threading.enumerate()]


def test_an_empty_window_watches_nothing(qtbot: QtBot) -> None:
    """No files, no thread."""
    opened(qtbot)
    assert "file-watch" not in [thread.name for thread in threading.enumerate()]
