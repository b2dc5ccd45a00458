"""The browser of series: what it lists, when it shows itself, and opening from it by mouse and keys."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
import shiboken6
from PySide6.QtCore import QMimeData, QModelIndex, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QPixmap
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit
from pytestqt.qtbot import QtBot

from heatviewer.app.scene import Scene
from heatviewer.core.errors import ReadError
from heatviewer.core.volume import Volume
from heatviewer.ui.main_window import MainWindow
from heatviewer.ui.series_browser import SeriesBrowser
from heatviewer.ui.series_model import OPEN_ROLE
from tests.dicom_files import write_series
from tests.found import Made, listing, made, series_info
from tests.io.dicom.study_files import write_mixed_study
from tests.ui.events import CTRL, LEFT
from tests.ui.windows import nifti, opened, small_scene

ENTER = Qt.Key.Key_Return


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """Three series of one patient; the second is the largest."""
    folder = tmp_path / "study"
    for n, (name, slices) in enumerate((("scout", 1), ("thorax", 6), ("lung", 4)), 1):
        pixels = np.arange(slices * 20, dtype=np.int16).reshape(slices, 4, 5) + 100 * n
        tags = {"SeriesDescription": name, "SeriesNumber": n, "StudyDescription": "CT chest"}
        write_series(folder / name, pixels, tags=tags)
    return folder


@pytest.fixture
def window(qtbot: QtBot, study: Path) -> MainWindow:
    """A window in which the study was opened."""
    made = opened(qtbot)
    made.open_paths([study])
    assert made.wait_idle(30)
    return made


def browser_with(qtbot: QtBot, found: list[Made], **fields: object) -> SeriesBrowser:
    browser = SeriesBrowser(Scene())
    qtbot.addWidget(browser)
    browser.resize(260, 500)
    browser.show()
    browser.add(listing(found, **fields))  # type: ignore[arg-type]
    return browser


def titles(browser: SeriesBrowser) -> list[str]:
    return [str(index.data()) for index in browser.model.indexes()]


def place_of(browser: SeriesBrowser, title: str) -> QModelIndex:
    return next(index for index in browser.model.indexes() if index.data() == title)


def click(
    qtbot: QtBot,
    browser: SeriesBrowser,
    title: str,
    keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> QPoint:
    index = place_of(browser, title)
    browser.tree.scrollTo(index)
    at = browser.tree.visualRect(index).center()
    qtbot.mouseClick(browser.tree.viewport(), LEFT, keys, at)
    return at


def base_name(window: MainWindow) -> str:
    assert window.scene.state.base is not None
    return window.scene.state.base.name


# --- showing itself --------------------------------------------------------------------------


def test_a_folder_with_several_series_is_listed(window: MainWindow) -> None:
    """The panel comes by itself; the largest image is open, chosen and marked."""
    browser = window.series.browser
    assert window.series.dock.isVisible()
    assert titles(browser) == ["Secret, Name", "CT chest", "scout", "thorax", "lung"]
    assert base_name(window) == "thorax"
    [series] = browser.chosen_series()
    assert browser.model.index_of(series).data(OPEN_ROLE) == "Base"


def test_the_patient_is_named_nowhere_else(window: MainWindow) -> None:
    """Neither in the title nor in a message, a status or a recent study's name."""
    shown = [window.windowTitle(), window.status.text(), window.hover.text(), *window.messages.texts]
    shown += window.preferences.recent_paths
    assert not any("Secret" in text for text in shown)


def test_a_folder_of_everything_is_listed(qtbot: QtBot, tmp_path: Path) -> None:
    """Images, PET, dose, segments and structures, each with its picture; the largest image is open."""
    window = opened(qtbot)
    window.open_paths([write_mixed_study(tmp_path / "all")])
    assert window.wait_idle(30)
    browser = window.series.browser
    assert base_name(window) == "planning"
    assert not window.scene.heatmaps
    shown = {index.data(): index for index in browser.model.indexes()}
    listed = {"scout", "lung", "planning", "pet", "Dose (PLAN)", "Segmentation", "Liver", "Spleen", "target"}
    assert listed <= set(shown)
    assert "1 × RTPLAN" in browser.notes.text()
    decoration = Qt.ItemDataRole.DecorationRole
    qtbot.waitUntil(lambda: shown["pet"].data(decoration) is not None and browser.thumbnails.is_idle)


def test_a_single_volume_leaves_no_choice(qtbot: QtBot, tmp_path: Path) -> None:
    """The panel stays away, and there is nothing in it."""
    window = opened(qtbot)
    window.open_paths([nifti(tmp_path / "t1.nii.gz")])
    assert window.wait_idle(30)
    assert window.series.dock.isHidden()
    assert window.series.browser.listing is None


def test_a_folder_can_be_browsed_without_opening_it(qtbot: QtBot, study: Path) -> None:
    """File → Browse series lists it, and what is open stays."""
    window = opened(qtbot, small_scene())
    state = window.scene.state
    window.preferences = window.preferences.replaced(last_folder=str(study.parent))
    window.actions_set.by_id["file.browse"].trigger()
    [dialog] = window.findChildren(QFileDialog)
    name = dialog.findChild(QLineEdit, "fileNameEdit")
    qtbot.keyClicks(name, study.name)
    qtbot.keyClick(name, ENTER)
    assert window.wait_idle(30)
    assert "lung" in titles(window.series.browser)
    assert window.series.dock.isVisible()
    assert window.scene.state == state


def test_the_panel_goes_and_comes_by_the_menu(qtbot: QtBot, window: MainWindow) -> None:
    """Its own button closes it; View → Panels → Series shows it with its list."""
    action = window.actions_set.by_id["view.panel.series"]
    assert action.isChecked()
    window.series.browser.closed.emit()
    assert window.series.dock.isHidden()
    assert not action.isChecked()
    action.trigger()
    assert window.series.dock.isVisible()
    assert "lung" in titles(window.series.browser)


def test_each_opened_path_has_its_list(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    """A second folder is shown at once, the first can be gone back to, and neither stands twice."""
    browser = window.series.browser
    other = tmp_path / "other"
    for name in ("a", "b"):
        write_series(other / name, np.zeros((2, 4, 5), "i2"), tags={"SeriesDescription": name})
    for _ in range(2):
        window.opener.list_series(other)
        assert window.wait_idle(30)
    assert [one.name for one in browser.listings] == ["study", "other"]
    assert titles(browser)[-2:] == ["a", "b"]
    qtbot.keyClick(browser.place, Qt.Key.Key_Up)
    assert "thorax" in titles(browser)


# --- opening ---------------------------------------------------------------------------------


def test_a_double_click_opens_as_base(qtbot: QtBot, window: MainWindow) -> None:
    """In place of what is open; the mark goes with it."""
    browser = window.series.browser
    at = click(qtbot, browser, "lung")
    qtbot.mouseDClick(browser.tree.viewport(), LEFT, pos=at)
    assert window.wait_idle(30)
    assert base_name(window) == "lung"
    assert place_of(browser, "lung").data(OPEN_ROLE) == "Base"
    assert place_of(browser, "thorax").data(OPEN_ROLE) == ""


def test_the_keyboard_does_all(qtbot: QtBot, window: MainWindow) -> None:
    """Arrows choose, Ctrl+Return adds as heatmap, Return opens as base."""
    tree = window.series.browser.tree
    tree.setFocus()
    qtbot.keyClick(tree, Qt.Key.Key_Down)
    qtbot.keyClick(tree, ENTER, CTRL)
    assert window.wait_idle(30)
    assert [layer.name for layer in window.scene.heatmaps] == ["lung"]
    qtbot.keyClick(tree, Qt.Key.Key_Up)
    qtbot.keyClick(tree, Qt.Key.Key_Up)
    qtbot.keyClick(tree, ENTER)
    assert window.wait_idle(30)
    assert base_name(window) == "scout"


def test_several_are_added_as_one_step(qtbot: QtBot, window: MainWindow) -> None:
    """They keep what brings them back from the folder; several cannot all be the base."""
    browser = window.series.browser
    click(qtbot, browser, "lung")
    click(qtbot, browser, "scout", CTRL)
    assert not browser.as_base.isEnabled()
    qtbot.mouseClick(browser.as_heatmap, LEFT)
    assert window.wait_idle(30)
    assert [layer.name for layer in window.scene.heatmaps] == ["scout", "lung"]
    assert all(layer.series for layer in window.scene.heatmaps)
    window.scene.undo()
    assert not window.scene.heatmaps


def test_without_a_base_nothing_is_laid_on_it(qtbot: QtBot, window: MainWindow) -> None:
    """The button can be used once there is one."""
    browser = window.series.browser
    assert browser.as_heatmap.isEnabled()
    window.commands.close_study()
    assert not browser.as_heatmap.isEnabled()
    assert browser.as_base.isEnabled()


def _drop(window: MainWindow, data: QMimeData, at: QPoint) -> None:
    copy, none = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(window, QDragEnterEvent(at, copy, data, LEFT, none))
    QApplication.sendEvent(window, QDropEvent(QPointF(at), copy, data, LEFT, none))


@pytest.mark.parametrize(("part", "expected"), [(0.3, ("thorax", ["lung"])), (0.93, ("lung", []))])
def test_a_series_is_dragged_onto_the_pictures(
    window: MainWindow, part: float, expected: tuple[str, list[str]]
) -> None:
    """The upper field adds it as a heatmap, the lower one opens it as a new study."""
    browser = window.series.browser
    data = browser.model.mimeData([place_of(browser, "lung")])
    centre = window.centralWidget()
    _drop(window, data, centre.mapTo(window, QPoint(centre.width() // 2, int(centre.height() * part))))
    assert window.wait_idle(30)
    assert (base_name(window), [layer.name for layer in window.scene.heatmaps]) == expected


# --- the list itself -------------------------------------------------------------------------


def test_what_cannot_be_read_is_not_to_be_chosen(qtbot: QtBot) -> None:
    """It is greyed, and its tip says why."""
    odd = made("odd", readable=False, warnings=("is compressed privately",))
    browser = browser_with(qtbot, [made("good"), odd])
    index = place_of(browser, "odd")
    assert index.flags() == Qt.ItemFlag.NoItemFlags
    assert "is compressed privately" in index.data(Qt.ItemDataRole.ToolTipRole)
    click(qtbot, browser, "odd")
    assert browser.chosen_series() == ["good"]


def test_what_was_left_out_is_told(qtbot: QtBot) -> None:
    """Below the list, where it stays."""
    browser = browser_with(qtbot, [made("a")], notes=("2 damaged DICOM files left out: a, b",))
    assert browser.notes.isVisible()
    assert browser.notes.text() == "2 damaged DICOM files left out: a, b."


def test_segments_are_folded_and_chosen_together(qtbot: QtBot) -> None:
    """The row of the file stands for all of them; unfolded, each can be chosen."""
    parts = [made(name, group="g", modality="SEG", role="heatmap") for name in ("liver", "spleen")]
    browser = browser_with(qtbot, [made("ct"), *parts])
    group = place_of(browser, "Segmentation")
    assert not browser.tree.isExpanded(group)
    click(qtbot, browser, "Segmentation")
    assert browser.chosen_series() == ["liver", "spleen"]
    qtbot.keyClick(browser.tree, Qt.Key.Key_Right)
    qtbot.keyClick(browser.tree, Qt.Key.Key_Down)
    assert browser.chosen_series() == ["liver"]


def test_many_are_searched(qtbot: QtBot) -> None:
    """A field comes with many; typing leaves what fits, and the arrow goes on into the list."""
    browser = browser_with(qtbot, [made(f"series {n}") for n in range(30)])
    assert browser.search.isVisible()
    qtbot.keyClicks(browser.search, "series 17")
    qtbot.waitUntil(lambda: titles(browser) == ["series 17"])
    qtbot.keyClick(browser.search, Qt.Key.Key_Down)
    assert browser.chosen_series() == ["series 17"]
    browser.search.setText("nothing such")
    qtbot.waitUntil(lambda: browser.hint.isVisible())
    assert browser.tree.isHidden()


def test_few_need_no_search(qtbot: QtBot) -> None:
    """Nor a choice of paths."""
    browser = browser_with(qtbot, [made("a"), made("b")])
    assert browser.search.isHidden()
    assert browser.place.isHidden()


# --- pictures --------------------------------------------------------------------------------


def test_pictures_are_made_for_what_is_in_sight(qtbot: QtBot) -> None:
    """Of 400 series those in the list's window get one, and others when they are scrolled to."""
    found = [made(f"series {n:03d}") for n in range(400)]
    browser = browser_with(qtbot, found, chosen="series 000")
    qtbot.waitUntil(lambda: found[0].pictures == 1 and browser.thumbnails.is_idle)
    assert sum(one.pictures for one in found) < 30
    browser.tree.scrollToBottom()
    qtbot.waitUntil(lambda: found[-1].pictures == 1 and browser.thumbnails.is_idle)
    assert max(one.pictures for one in found) == 1
    picture = place_of(browser, "series 399").data(Qt.ItemDataRole.DecorationRole)
    assert isinstance(picture, QPixmap)
    assert not picture.isNull()
    browser.thumbnails.close()


def test_nothing_is_read_for_a_picture_beside_a_study(qtbot: QtBot) -> None:
    """While something is opened none is made; afterwards they are."""
    browser = SeriesBrowser(Scene())
    qtbot.addWidget(browser)
    browser.thumbnails.pause(True)
    found = made("a")
    browser.resize(260, 400)
    browser.show()
    browser.add(listing([found]))
    browser.grab()
    assert browser.thumbnails.is_idle
    assert not found.pictures
    browser.thumbnails.pause(False)
    qtbot.waitUntil(lambda: found.pictures == 1)
    browser.thumbnails.close()


def test_a_picture_that_cannot_be_made_is_left_out(qtbot: QtBot) -> None:
    """It is tried once, and the others come."""
    bad, good = made("bad"), made("good")
    bad.error = ReadError("bad", "is cut short")
    browser = browser_with(qtbot, [bad, good])
    qtbot.waitUntil(lambda: good.pictures == 1 and browser.thumbnails.is_idle)
    browser.grab()
    assert bad.pictures == 1
    browser.thumbnails.close()


def test_a_huge_file_is_not_read_for_a_picture(qtbot: QtBot) -> None:
    """Other files than DICOM would be read whole."""
    huge = made("huge")
    huge.listed = series_info("huge", (1000, 1000, 1000), modality="")
    browser = browser_with(qtbot, [huge])
    browser.grab()
    assert browser.thumbnails.is_idle
    assert not huge.pictures
    browser.thumbnails.close()


def test_a_browser_that_goes_waits_for_its_picture(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is told to what is gone, whoever takes the panel apart."""
    begun, ended = threading.Event(), threading.Event()
    found = made("a")

    def thumbnail() -> Volume:
        begun.set()
        ended.wait(10)
        return found.whole.middle

    monkeypatch.setattr(found, "thumbnail", thumbnail)
    browser = SeriesBrowser(Scene())
    browser.resize(260, 400)
    browser.show()
    browser.add(listing([found]))
    browser.grab()
    qtbot.waitUntil(begun.is_set)
    threading.Timer(0.1, ended.set).start()
    shiboken6.delete(browser)
    assert ended.is_set()
