"""Files held over the window and dropped on it: what each zone says, and what it does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QFrame, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from heatviewer.ui.file_drops import local_paths, remote_urls
from heatviewer.ui.main_window import MainWindow
from tests.dicom_files import write_series
from tests.ui.asking import answer
from tests.ui.events import pixels
from tests.ui.windows import GRID, drop_files, files_of, nifti, opened, small_scene
from tests.ui.worklists import write_cases

ROLES = ("heatmap", "mask", "study")


def send(widget: QWidget, data: QMimeData, at: QPoint, drop: bool = True) -> bool:
    """Drag something onto a widget; return whether it was taken there."""
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(widget, QDragEnterEvent(at, copy, data, left, none))
    last: QDropEvent = QDragMoveEvent(at, copy, data, left, none)
    QApplication.sendEvent(widget, last)
    if drop:
        last = QDropEvent(QPointF(at), copy, data, left, none)
        QApplication.sendEvent(widget, last)
    return last.isAccepted()


def place_of(window: MainWindow, role: str) -> QPoint:
    """Return the middle of a zone, in the window; three zones are shown."""
    drop_files(window, [Path("/a.nii.gz")], drop=False)
    box = window.overlay.boxes()[ROLES.index(role)]
    QApplication.sendEvent(window, QDragLeaveEvent())
    return window.overlay.mapTo(window, box.center())


def written(path: Path, document: Any) -> Path:
    path.write_text(json.dumps(document))
    return path


def session(path: Path, base: Path) -> Path:
    """Write the short form of a session."""
    return written(path, {"format": "heatviewer-session", "version": 1, "base": {"path": str(base)},
                          "heatmaps": [], "view": {}})  # fmt: skip


# --- what the zones say ------------------------------------------------------------------------


def test_each_zone_says_what_it_does_and_the_one_under_the_pointer_is_lit(
    qtbot: QtBot, tmp_path: Path
) -> None:
    """Heatmap, mask, new base, in this order; in the picture the accent colour stands in one alone."""
    window = opened(qtbot, small_scene())
    window.set_theme("dark")
    paths = [nifti(tmp_path / f"{n}.nii.gz") for n in "abc"]
    titles = ["Add 3 heatmaps", "Add 3 masks", "Open as new base"]
    for number, role in enumerate(ROLES):
        drop_files(window, paths, place_of(window, role), drop=False)
        overlay = window.overlay
        assert overlay.role == role
        assert [zone.title for zone in overlay.zones] == titles
        assert titles[number] in overlay.accessibleDescription()
        shown = pixels(overlay).astype(int)
        blue = shown[..., 2] - shown[..., 0] > 40
        lit = [blue[b.top() : b.bottom(), b.left() : b.right()].mean() > 0.5 for b in overlay.boxes()]
        assert lit == [role == other for other in ROLES]


# --- what a drop does --------------------------------------------------------------------------


def test_a_drop_anywhere_on_the_window_counts(qtbot: QtBot, tmp_path: Path) -> None:
    """On a slice, in 3D, on panels, on a number's field, which does not take it for text."""
    window = opened(qtbot, small_scene())
    window.slice_views["axial"].setFocus()
    field = window.settings.findChildren(QLineEdit)[0]
    pictures = (window.slice_views["axial"], window.volume_view)
    panels = (window.layers.list.viewport(), window.panels["toolbar"], window.probe, field)
    data, before = files_of([nifti(tmp_path / "z.nii.gz")]), field.text()
    for count, widget in enumerate((*pictures, *panels), 3):
        zone = place_of(window, "heatmap")
        assert send(widget, data, widget.mapFrom(window, zone) if widget in pictures else QPoint(3, 3))
        assert field.text() == before or "file" not in field.text()
        assert window.wait_idle(20)
        assert len(window.scene.heatmaps) == count


def test_masks_are_labels_and_differ_in_colour(qtbot: QtBot, tmp_path: Path) -> None:
    """Two masks have outlines of two colours; a label map has a colour for each label. All are nearest."""
    window = opened(qtbot, small_scene())
    mask, labels = np.zeros(GRID, np.uint8), np.zeros(GRID, np.uint8)
    mask[5:9], labels[3:6], labels[9:12] = 1, 4, 9
    paths = [nifti(tmp_path / "a.nii", mask), nifti(tmp_path / "b.nii", mask * 255),
             nifti(tmp_path / "c.nii", labels)]  # fmt: skip
    drop_files(window, paths, place_of(window, "mask"))
    assert window.wait_idle(20)
    a, b, c = window.scene.state.heatmaps[2:]
    assert {layer.interpolation for layer in (a, b, c)} == {"nearest"}
    assert a.outline
    assert b.outline
    assert a.outline_color != b.outline_color
    assert (a.threshold, b.threshold) == ((0.5, None), (127.5, None))
    assert (a.labels, b.labels) == (((1, "mask"),), ((255, "mask"),))
    assert c.labels == ((4, "label 4"), (9, "label 9"))
    colors = np.reshape(c.rgb_points, (-1, 4))
    assert colors[:, 0].tolist() == [4, 6.5, 6.5, 9]
    assert np.array_equal(colors[0, 1:], colors[1, 1:])
    assert not np.array_equal(colors[1, 1:], colors[2, 1:])


def test_a_session_opens_as_itself_wherever_it_is_dropped(qtbot: QtBot, tmp_path: Path) -> None:
    """Even with the pointer in the middle, where a volume would be a heatmap."""
    window = opened(qtbot, small_scene())
    study = session(tmp_path / "study.hvs", nifti(tmp_path / "head.nii.gz"))
    window.documents.work.saved(window.scene.state, "")
    drop_files(window, [study], window.slice_views["axial"].mapTo(window, QPoint(50, 50)))
    assert window.wait_idle(20)
    assert window.documents.file == str(study)
    assert not window.scene.heatmaps


def test_a_folder_and_heatmaps_dropped_together(qtbot: QtBot, tmp_path: Path) -> None:
    """The DICOM series is the base, whatever the order, and the maps lie on it."""
    window = opened(qtbot)
    folder = tmp_path / "ct"
    write_series(folder, np.arange(24, dtype=np.int16).reshape(2, 3, 4))
    drop_files(window, [nifti(tmp_path / "a.nii.gz"), folder, nifti(tmp_path / "b.nii.gz")])
    assert window.wait_idle(20)
    assert window.scene.base is not None
    assert window.scene.base.volume.shape == (4, 3, 2)
    assert [layer.name for layer in window.scene.heatmaps] == ["a", "b"]


def test_a_converters_json_beside_a_volume_is_left_out(qtbot: QtBot, tmp_path: Path) -> None:
    """The volume opens as it does alone, and the message names what was not opened."""
    window = opened(qtbot)
    side = written(tmp_path / "t1.json", {"EchoTime": 0.03})
    drop_files(window, [side, nifti(tmp_path / "t1.nii.gz")])
    assert window.wait_idle(20)
    assert window.scene.base is not None
    assert window.messages.texts == ["Not opened: t1.json."]


def test_a_style_is_applied_to_the_selected_heatmap(qtbot: QtBot, tmp_path: Path) -> None:
    """It comes from a file that was saved from another layer, and can be undone."""
    from heatviewer.app.styles import save_style

    window = opened(qtbot, small_scene())
    scene = window.scene
    scene.heatmaps[0].preset = "Green"
    file = save_style(scene.state.heatmaps[0], tmp_path / "green.json")
    drop_files(window, [Path(file)])
    assert window.wait_idle(20)
    assert scene.heatmaps[1].preset == "Green"


def test_a_style_is_for_the_heatmap_whose_row_is_under_the_pointer(qtbot: QtBot, tmp_path: Path) -> None:
    """Zone and frame tell which it is; elsewhere it is the selected one again."""
    window = opened(qtbot, small_scene())
    low, high = window.scene.heatmaps
    look = {"format": "heatviewer-style", "version": 1, "preset": "Green"}
    file, row = written(tmp_path / "green.json", look), window.layers.rows[low.id]
    on_row = row.mapTo(window, row.rect().center())
    titles = []
    for at in (QPoint(600, 300), on_row, QPoint(600, 300), on_row):
        drop_files(window, [file], at, drop=False)
        titles.append(window.overlay.zones[0].title)
    assert titles == ["Apply the style to high", "Apply the style to low"] * 2
    [frame] = window.findChildren(QFrame, "target")
    assert frame.isVisible()
    assert frame.geometry().contains(on_row)
    drop_files(window, [file], on_row)
    assert (low.preset, high.preset == "Green") == ("Green", False)
    assert not frame.isVisible()


def test_a_worklist_opens_as_itself(qtbot: QtBot, tmp_path: Path) -> None:
    """Its first case comes; what is dropped with it is named. Another table is no worklist."""
    window = opened(qtbot)
    table = write_cases(tmp_path, 2)
    other = nifti(tmp_path / "z.nii.gz")
    drop_files(window, [other, table], drop=False)
    assert [zone.title for zone in window.overlay.zones] == ["Open worklist cases.csv"]
    drop_files(window, [other, table])
    assert window.wait_idle(20)
    assert window.worklist.worklist is not None
    assert [case.name for case in window.worklist.worklist.cases] == ["case 0", "case 1"]
    assert window.scene.state.base is not None
    assert window.messages.texts == ["Not opened: z.nii.gz."]
    window.worklist.close()


def test_a_worklist_asks_before_it_takes_the_place_of_unsaved_work(qtbot: QtBot, tmp_path: Path) -> None:
    """Nothing is lost until that is answered; afterwards the table is among the recent studies."""
    window = opened(qtbot, small_scene())
    table = write_cases(tmp_path, 2)
    window.scene.heatmaps[0].opacity = 0.3
    drop_files(window, [table])
    assert window.worklist.worklist is None
    answer(qtbot, window, "Discard")
    assert window.wait_idle(20)
    assert window.worklist.worklist is not None
    [recent] = window.preferences.recent
    assert (recent.name, recent.kind) == ("cases.csv", "worklist")
    window.worklist.close()


# --- what else can be in a drag ----------------------------------------------------------------


def test_what_cannot_be_opened_is_refused_in_words(qtbot: QtBot, tmp_path: Path) -> None:
    """A style without a heatmap, and what lies on the web: zone and message say why. Text is let be."""
    window = opened(qtbot)
    drop_files(window, [written(tmp_path / "hot.json", {"format": "heatviewer-style", "version": 1})])
    web, words = QMimeData(), QMimeData()
    web.setUrls([QUrl("https://example.org/z.nii.gz")])
    words.setText("some words")
    send(window, web, QPoint(300, 300), drop=False)
    assert window.overlay.role == "refused"
    send(window, web, QPoint(300, 300))
    assert window.messages.texts == [
        "This lies on the web. Nothing is downloaded: save it, then drop the file.",
        "A style is for a heatmap. Open one first, then drop the style on it.",
    ]
    assert not window.loader.jobs
    assert not send(window, words, QPoint(300, 300))
    assert not window.overlay.isVisible()


@pytest.mark.parametrize("form", ["path", "uri", "uri-list"])
def test_plain_text_of_paths_is_taken(form: str) -> None:
    """As terminals and editors drag them; addresses on the web are no paths."""
    path, data = "/data/ä b.nii.gz", QMimeData()
    address = QUrl.fromLocalFile(path).toString(QUrl.ComponentFormattingOption.FullyEncoded)
    if form == "uri-list":
        data.setData("text/uri-list", f"{address}\r\nhttps://example.org/c.nii\r\n".encode())
    else:
        data.setText(path if form == "path" else f"{address}\n")
    assert local_paths(data) == [path]
    assert bool(remote_urls(data)) == (form == "uri-list")
