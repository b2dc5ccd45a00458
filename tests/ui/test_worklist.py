"""A worklist in the window: from case to case by keys, what stays, what is rated."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import nibabel
import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QLineEdit
from pytestqt.qtbot import QtBot

from heatviewer.app.probing import probe_scene
from heatviewer.ui.main_window import MainWindow
from tests.ui.windows import opened, small_scene
from tests.ui.worklists import ALT, CONTROL, go_on, opened_cases, unread, wait_ahead, write_cases


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return write_cases(tmp_path)


def heat(window: MainWindow) -> object:
    """Return the settings of the case's heatmap, which lies on its mask."""
    return window.scene.state.heatmaps[-1]


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_ctrl_and_an_arrow_go_from_case_to_case(qtbot: QtBot, table: Path) -> None:
    """The list says where one is; at the ends nothing happens; a plain arrow still moves the slice."""
    window = opened_cases(qtbot, table)
    panel = window.worklist.panel
    assert panel.isVisible()
    assert panel.progress.text() == "1 of 3 · 0 rated"
    assert window.scene.state.base is not None
    assert window.scene.state.base.source == str(table.parent / "s0" / "b.nii.gz")
    before = window.scene.cursor
    qtbot.keyClick(window.slice_views["axial"], Qt.Key.Key_Right)
    assert window.scene.cursor[2] == before[2] + 2.5
    assert window.worklist.number == 0
    for shown in (1, 2, 2):
        go_on(qtbot, window)
        assert window.scene.state.base.source == str(table.parent / f"s{shown}" / "b.nii.gz")
    go_on(qtbot, window, Qt.Key.Key_Left)
    assert panel.progress.text() == "2 of 3 · 0 rated"
    assert panel.list.currentIndex().row() == 1


def test_values_after_switching_are_those_of_the_files(qtbot: QtBot, table: Path) -> None:
    """At the cursor, of all layers, against nibabel; the mask is nearest and below the map."""
    window = opened_cases(qtbot, table)
    for number in (1, 2):
        go_on(qtbot, window)
        found = [value.value for value in probe_scene(window.scene, window.scene.cursor)]
        images = [nibabel.load(table.parent / f"s{number}" / f"{name}.nii.gz") for name in "bmh"]  # type: ignore[attr-defined]
        at = np.linalg.inv(images[0].affine) @ (*window.scene.cursor, 1)
        i, j, k = np.rint(at[:3]).astype(int)
        base, mask, high = (float(image.get_fdata()[i, j, k]) for image in images)
        assert found == [pytest.approx(base), mask or None, pytest.approx(high)]
        mask = window.scene.state.heatmaps[0]
        assert (mask.interpolation, mask.zero_is_missing) == ("nearest", True)


def test_the_next_case_is_there_without_reading(qtbot: QtBot, table: Path) -> None:
    """It was read while the first was looked at: it is shown even if its files are gone by then."""
    window = opened_cases(qtbot, table)
    wait_ahead(qtbot, window, 1)
    with unread(table.parent / "s1"):
        go_on(qtbot, window)
        assert len(window.scene.volumes) == 3
        assert not window.scene.state.missing
    # Its row among the files on their way came and went at once, and took nothing with it.
    assert window.isActiveWindow()
    wait_ahead(qtbot, window, 2)
    go_on(qtbot, window)
    wait_ahead(qtbot, window, 1)
    go_on(qtbot, window, Qt.Key.Key_Left)
    wait_ahead(qtbot, window, 0)


def test_of_quick_presses_the_last_case_is_shown(qtbot: QtBot, tmp_path: Path) -> None:
    """What lies between does not come; those cases stay unseen."""
    window = opened_cases(qtbot, write_cases(tmp_path, 7))
    shown: list[str] = []
    window.scene.changed.connect(lambda change: shown.append(change.after.base.source))
    for _ in range(5):
        qtbot.keyClick(window.slice_views["axial"], Qt.Key.Key_Right, CONTROL)
    assert window.wait_idle(20)
    assert {Path(source).parent.name for source in shown} == {"s5"}
    states = [window.worklist.worklist.ratings[n].state for n in range(7)]  # type: ignore[union-attr]
    assert states == ["seen", *["unseen"] * 4, "seen", "unseen"]


def test_what_a_reader_has_set_goes_with_him(qtbot: QtBot, table: Path) -> None:
    """Layout, marks, the 3D view's angle and changed settings of a layer, but no range of the data."""
    window = opened_cases(qtbot, table)
    scene = window.scene
    scene.edit_view(layout="row", convention="neurological", show_labels=False)
    scene.edit_view(camera=scene.view.camera.replaced(azimuth=77.0, zoom=3.0))
    scene.heatmaps[-1].edit(threshold_abs=1.5, preset="Red")
    scene.base.edit(window=(90.0, 50.0))  # type: ignore[union-attr]
    automatic = scene.state.heatmaps[-1].data_range
    go_on(qtbot, window)
    view, layer = scene.view, scene.state.heatmaps[-1]
    assert (view.layout, view.convention, view.show_labels) == ("row", "neurological", False)
    assert (view.camera.azimuth, view.camera.zoom) == (77.0, 1.0)
    assert (layer.threshold_abs, layer.preset, layer.data_range_auto) == (1.5, "Red", True)
    assert layer.data_range != automatic
    assert scene.state.base is not None
    assert scene.state.base.window == (90.0, 50.0)
    assert scene.state.heatmaps[0].threshold_abs is None
    assert not scene.history.done


def test_a_range_that_was_typed_goes_along_and_comes_back(qtbot: QtBot, table: Path) -> None:
    """To the layer of the same column; the last change of all holds for every case."""
    window = opened_cases(qtbot, table)
    window.scene.heatmaps[-1].edit(data_range=(-4, 4))
    go_on(qtbot, window)
    assert window.scene.state.heatmaps[-1].data_range == (-4, 4)
    window.scene.heatmaps[-1].edit(data_range=(-5, 5))
    go_on(qtbot, window, Qt.Key.Key_Left)
    assert window.scene.state.heatmaps[-1].data_range == (-5, 5)
    window.scene.heatmaps[-1].edit(data_range=None)
    go_on(qtbot, window)
    go_on(qtbot, window)
    assert window.scene.state.heatmaps[-1].data_range_auto


def test_a_case_comes_back_as_it_was_left(qtbot: QtBot, table: Path) -> None:
    """Cursor, zoom, a hidden layer, another name and an added heatmap; nobody is asked anything."""
    window = opened_cases(qtbot, table)
    scene = window.scene
    scene.add_heatmap(table.parent / "s1" / "h.nii.gz", name="added")
    scene.heatmaps[0].edit(visible=False)
    scene.heatmaps[1].edit(name="mine")
    scene.cursor = (5.0, -2.0, 13.0)
    scene.edit_view(axial=scene.view.axial.replaced(zoom=2.5))
    go_on(qtbot, window)
    assert scene.cursor != (5.0, -2.0, 13.0)
    assert scene.view.axial.zoom == 1.0
    go_on(qtbot, window, Qt.Key.Key_Left)
    assert scene.cursor == (5.0, -2.0, 13.0)
    assert scene.view.axial.zoom == 2.5
    found = [(layer.name, layer.visible) for layer in scene.state.heatmaps]
    assert found == [("m", False), ("mine", True), ("added", True)]
    assert window.isVisible()


def test_a_case_with_missing_files_shows_what_there_is(qtbot: QtBot, table: Path) -> None:
    """And says so, by row and column; the way goes on, also over a case of which nothing is there."""
    (table.parent / "s1" / "h.nii.gz").unlink()
    for file in (table.parent / "s2").iterdir():
        file.unlink()
    window = opened_cases(qtbot, table)
    go_on(qtbot, window)
    assert [layer.name for layer in window.scene.state.layers] == ["b", "m"]
    assert window.layers.notice.text.text() == "h.nii.gz is not where it was."
    assert window.layers.notice.isVisible()
    go_on(qtbot, window)
    assert len(window.scene.state.missing) == 3
    go_on(qtbot, window, Qt.Key.Key_Left)
    go_on(qtbot, window, Qt.Key.Key_Left)
    assert len(window.scene.state.layers) == 3
    assert window.worklist.number == 0


def test_ratings_and_notes_are_kept_beside_the_table(qtbot: QtBot, table: Path) -> None:
    """By Alt and a number, a star, and what is typed; all is there if the window closes at once."""
    window = opened_cases(qtbot, table)
    panel = window.worklist.panel
    qtbot.keyClick(window.slice_views["axial"], Qt.Key.Key_4, ALT)
    qtbot.keyClicks(panel.note, '=odd, "really"')
    go_on(qtbot, window)
    qtbot.mouseClick(panel.stars[1], Qt.MouseButton.LeftButton)
    assert panel.progress.text() == "2 of 3 · 2 rated"
    assert panel.note.toPlainText() == ""
    window.close()
    found = rows(table.with_name("cases.ratings.csv"))
    assert [(row["case"], row["base"], row["rating"]) for row in found] == [
        ("case 0", "s0/b.nii.gz", "4"), ("case 1", "s1/b.nii.gz", "2"),
    ]  # fmt: skip
    assert found[0]["note"] == '\'=odd, "really"'


def test_the_next_start_goes_on(qtbot: QtBot, table: Path) -> None:
    """At the first case without a rating, with the ratings and notes of before."""
    kept = table.parent / "mine" / "r.csv"
    window = opened_cases(qtbot, table, kept)
    qtbot.keyClick(window.slice_views["axial"], Qt.Key.Key_4, ALT)
    qtbot.keyClicks(window.worklist.panel.note, "a note")
    window.close()
    assert not table.with_name("cases.ratings.csv").exists()
    window = opened_cases(qtbot, table, kept)
    assert window.worklist.number == 1
    go_on(qtbot, window, Qt.Key.Key_Left)
    assert window.worklist.panel.note.toPlainText() == "a note"
    assert window.actions_set.by_id["cases.rate.4"].isChecked()
    qtbot.keyClick(window.slice_views["axial"], Qt.Key.Key_0, ALT)
    assert window.worklist.panel.progress.text() == "1 of 3 · 0 rated"


def test_ratings_that_cannot_be_kept_are_told_once_and_exported(qtbot: QtBot, table: Path) -> None:
    """They stay in memory until they are saved somewhere else."""
    blocked = table.parent / "a file"
    blocked.write_text("")
    window = opened_cases(qtbot, table, blocked / "r.csv")
    qtbot.waitUntil(lambda: "save them with Cases → Export ratings" in " ".join(window.messages.texts))
    window.messages.clear()
    for key in (Qt.Key.Key_2, Qt.Key.Key_3):
        qtbot.keyClick(window.slice_views["axial"], key, ALT)
    assert window.wait_idle(10)
    window.preferences = window.preferences.replaced(last_folder=str(table.parent))
    window.actions_set.by_id["cases.export"].trigger()
    [dialog] = window.findChildren(QFileDialog)
    name = dialog.findChild(QLineEdit, "fileNameEdit")
    name.selectAll()
    qtbot.keyClicks(name, "saved.csv")
    qtbot.keyClick(name, Qt.Key.Key_Return)
    assert rows(table.with_name("saved.csv"))[0]["rating"] == "3"


def test_a_click_on_a_row_goes_there(qtbot: QtBot, table: Path) -> None:
    """And 'next without a rating' jumps over rated ones, from the end to the start."""
    window = opened_cases(qtbot, table)
    view = window.worklist.panel.list
    index = view.model().index(2, 0)
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.visualRect(index).center())
    assert window.wait_idle(20)
    assert window.worklist.number == 2
    window.worklist.worklist.ratings.rate(0, 3)  # type: ignore[union-attr]
    window.actions_set.by_id["cases.next_unrated"].trigger()
    assert window.wait_idle(20)
    assert window.worklist.number == 1


def test_another_study_puts_the_list_away(qtbot: QtBot, table: Path) -> None:
    """Its ratings are written; a heatmap that is added does not; without a list its entries are grey."""
    window = opened_cases(qtbot, table)
    window.open_paths([table.parent / "s1" / "h.nii.gz"])
    assert window.wait_idle(20)
    assert window.worklist.dock.isVisible()
    qtbot.keyClick(window.slice_views["axial"], Qt.Key.Key_5, ALT)
    window.scene.take_over(small_scene())
    qtbot.waitUntil(lambda: window.worklist.worklist is None)
    assert window.worklist.dock.isHidden()
    assert not window.actions_set.by_id["cases.next"].isEnabled()
    assert rows(table.with_name("cases.ratings.csv"))[0]["rating"] == "5"


def test_a_session_in_a_row_opens_as_it_was_saved(qtbot: QtBot, tmp_path: Path) -> None:
    """With its cursor and settings; heatmaps of the row lie on top."""
    table = write_cases(tmp_path)
    window = opened_cases(qtbot, table)
    window.scene.cursor = (3.0, 4.0, 5.0)
    window.scene.heatmaps[-1].edit(threshold_abs=2.5)
    window.scene.save(tmp_path / "saved.hvs")
    more = tmp_path / "more.csv"
    more.write_text("base,heatmap\ns1/b.nii.gz,s1/h.nii.gz\nsaved.hvs,s1/h.nii.gz\n")
    window.worklist.open_table(more)
    assert window.wait_idle(20)
    go_on(qtbot, window)
    assert window.scene.cursor == (3.0, 4.0, 5.0)
    assert [layer.threshold_abs for layer in window.scene.state.heatmaps] == [None, 2.5, None]


def test_styles_of_a_row_hold_for_its_heatmaps(qtbot: QtBot, tmp_path: Path) -> None:
    """A style, or a sheet of them; one that cannot be read is told, and the case is there."""
    table = write_cases(tmp_path)
    (tmp_path / "z.json").write_text('{"format": "heatviewer-style", "version": 1, "thresholdAbs": 1.25}')
    rules = '[{"pattern": "h*", "style": {"preset": "Red", "dataRange": [0, 9]}}]'
    (tmp_path / "s.json").write_text(f'{{"format": "heatviewer-styles", "version": 1, "rules": {rules}}}')
    names = ("z.json", "s.json", "none.json")
    lines = [f"s{n}/b.nii.gz,s{n}/h.nii.gz,{name}" for n, name in enumerate(names)]
    table.write_text("base,heatmap,style\n" + "\n".join(lines))
    window = opened_cases(qtbot, table)
    assert window.scene.state.heatmaps[0].threshold_abs == 1.25
    assert window.scene.state.heatmaps[0].data_range_auto
    go_on(qtbot, window)
    assert window.scene.state.heatmaps[0].preset == "Red"
    assert window.scene.state.heatmaps[0].data_range == (0, 9)
    go_on(qtbot, window)
    assert "row 4, style: " in " ".join(window.messages.texts)
    assert len(window.scene.heatmaps) == 1


def test_the_studies_of_a_task_are_switched_alike(qtbot: QtBot, tmp_path: Path) -> None:
    """Each is as it was left; looking at them alone makes no file beside the task."""
    window = opened(qtbot)
    window.open_paths([written_tasks(tmp_path)])
    assert window.wait_idle(20)
    panel, worklist = window.worklist.panel, window.worklist.worklist
    assert panel.progress.text() == "1 of 3 · 0 rated"
    window.scene.heatmaps[0].edit(opacity=0.25, visible=False)
    go_on(qtbot, window)
    assert window.worklist.worklist is worklist
    assert window.scene.base is not None
    assert Path(window.scene.base.source).parent.name == "s1"
    go_on(qtbot, window, Qt.Key.Key_Left)
    assert not window.scene.heatmaps[0].visible
    assert panel.progress.text() == "1 of 3 · 0 rated"
    window.worklist.close()
    assert not list(tmp_path.glob("*.ratings.csv"))


def written_tasks(folder: Path) -> Path:
    """Write two tasks of three series in all as one file."""
    write_cases(folder)
    series = [
        {
            "name": f"study {n}",
            "items": f"s{n}/b.nii.gz",
            "heatMaps": [{"name": "map", "item": f"s{n}/h.nii.gz"}],
        }
        for n in range(3)
    ]
    tasks = [{"name": "one", "series": series[:2]}, {"name": "two", "series": series[2:]}]
    (folder / "task.json").write_text(json.dumps(tasks))
    return folder / "task.json"


def test_ratings_of_a_tasks_studies_are_there_again(qtbot: QtBot, tmp_path: Path) -> None:
    """They are kept beside the task, whatever is opened in its place, and in the next window too."""
    task = written_tasks(tmp_path)
    window = opened(qtbot)
    window.open_paths([task])
    assert window.wait_idle(20)
    qtbot.keyClick(window.slice_views["axial"], Qt.Key.Key_5, ALT)
    window.open_paths([tmp_path / "s2" / "b.nii.gz"])
    assert window.wait_idle(20)
    window.commands.close_study()
    kept = tmp_path / "task.ratings.csv"
    qtbot.waitUntil(kept.exists)
    assert [row["rating"] for row in rows(kept)] == ["5"]
    window.open_paths([task])
    assert window.wait_idle(20)
    assert window.worklist.panel.progress.text() == "1 of 3 · 1 rated"
    assert window.worklist.panel.kept.text() == "Kept in task.ratings.csv"


def test_nothing_is_left_when_a_window_closes_while_it_reads(qtbot: QtBot, table: Path) -> None:
    """Neither a thread nor a half-written file."""
    import threading

    window = opened_cases(qtbot, table)
    qtbot.keyClick(window.slice_views["axial"], Qt.Key.Key_Right, CONTROL)
    window.close()
    names = {thread.name.split("_")[0] for thread in threading.enumerate()}
    assert not names & {"ahead", "ratings", "reader"}
    assert not list(table.parent.glob(".*part"))


def test_without_a_list_the_keys_are_nobodys(qtbot: QtBot) -> None:
    """The panel is hidden and its menu grey, but for opening a table."""
    window = opened(qtbot, small_scene())
    assert window.worklist.dock.isHidden()
    usable = [name for name, action in window.actions_set.by_id.items() if name.startswith("cases.")]
    assert [name for name in usable if window.actions_set.by_id[name].isEnabled()] == ["cases.open"]
