"""Check before sharing: a list that follows what is left out, and a copy without it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from heatviewer.app.opening import open_scene
from heatviewer.app.scene import Scene
from heatviewer.ui.background import Background, Poster
from heatviewer.ui.export_dialog import ExportDialog
from heatviewer.ui.share_dialog import Shared, ShareDialog
from tests.dicom_files import stored, write_series
from tests.ui.events import LEFT
from tests.ui.windows import opened

Said = list[tuple[str, str]]


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """A patient's series with a map that bears his name, and notes."""
    tags = {"PatientName": "Zyzzywack^Quentin", "PatientID": "QX-998877", "StudyInstanceUID": "1.2.3"}
    write_series(tmp_path / "ct", stored(6, 8, 10), tags=tags)
    scene = open_scene(str(tmp_path / "ct"))
    scene.add_heatmap(np.random.default_rng(0).random((10, 8, 6)).astype("f4"), name="Quentin's map")
    scene.edit_notes("seen by me")
    scene.history.clear()
    return scene


@pytest.fixture
def ask(qtbot: QtBot, scene: Scene, tmp_path: Path) -> Iterator[Callable[..., tuple[ShareDialog, Said]]]:
    """Open the dialog, for a session that is open or none; wait until the headers are read."""
    host = QWidget()
    qtbot.addWidget(host)
    background = Background(Poster(host).post)

    def shown(file: str = "", wait: bool = True) -> tuple[ShareDialog, Said]:
        said: Said = []
        shared = Shared(scene.state, file, str(tmp_path))
        report = lambda text, level: said.append((text, level))  # noqa: E731
        dialog = ShareDialog(host, shared, background, report, lambda _folder: None)
        dialog.show()
        if wait:
            qtbot.waitUntil(lambda: not dialog.reading)
        return dialog, said

    yield shown
    background.close()


def rows(dialog: ShareDialog) -> dict[tuple[str, str], str]:
    """Return what becomes of each finding in a copy, by kind and place, as the table shows it."""
    cells = [[dialog.table.item(row, n).text() for n in (0, 1, 4)] for row in range(dialog.table.rowCount())]
    return {(kind, where): becomes for kind, where, becomes in cells}


def choose(dialog: ShareDialog, kind: str) -> None:
    """Choose what is shared as a person does."""
    dialog.kind.show_value(kind)
    dialog.kind.activated.emit(dialog.kind.currentIndex())


def test_the_list_knows_the_headers(ask: Callable[..., tuple[ShareDialog, Said]]) -> None:
    """The patient's name is known from the headers once they are read; the window waits for nothing."""
    dialog, _ = ask(wait=False)
    assert not dialog.isModal()
    assert ("path", "base.path") in rows(dialog)
    dialog.reject()
    dialog, _ = ask()
    assert rows(dialog)[("name", "heatmaps[0].name")] == "stays"
    assert rows(dialog)[("path", "base.path")] == "left out"
    assert str(len(dialog.findings)) in dialog.summary.text()


def test_a_check_box_leaves_a_part_out(ask: Callable[..., tuple[ShareDialog, Said]], qtbot: QtBot) -> None:
    """What a check box leaves out is shown as such at once."""
    dialog, _ = ask()
    assert rows(dialog)[("notes", "notes")] == "stays"
    for part in ("names", "notes"):
        qtbot.mouseClick(dialog.toggles[part], LEFT, pos=QPoint(8, dialog.toggles[part].height() // 2))  # type: ignore[index]
    assert rows(dialog)[("notes", "notes")] == "left out"
    assert rows(dialog)[("name", "heatmaps[0].name")] == "left out"


def test_the_copy_is_without_what_is_left_out(
    ask: Callable[..., tuple[ShareDialog, Said]], qtbot: QtBot, tmp_path: Path
) -> None:
    """The copy that is saved holds no absolute path; what stays by choice is in it."""
    dialog, said = ask()
    qtbot.mouseClick(dialog.save, LEFT)
    [chooser] = dialog.findChildren(QFileDialog)
    target = tmp_path / "shared" / "for you.hvs"
    chooser.filesSelected.emit([str(target)])
    chooser.close()
    qtbot.waitUntil(lambda: bool(said))
    assert said == [("Saved for you.hvs, a copy to share.", "info")]
    assert str(tmp_path) not in target.read_text()
    assert "Quentin's map" in target.read_text()


def test_the_open_session_is_not_replaced(
    ask: Callable[..., tuple[ShareDialog, Said]], tmp_path: Path
) -> None:
    """A copy under the name of the open session is refused: it would lose what is left out."""
    (tmp_path / "a.hvs").write_text("the open one")
    dialog, said = ask(str(tmp_path / "a.hvs"))
    dialog.save_to(str(tmp_path / "a.hvs"))
    assert said[0][1] == "error"
    assert (tmp_path / "a.hvs").read_text() == "the open one"


def test_what_cannot_be_written_is_told(
    ask: Callable[..., tuple[ShareDialog, Said]], tmp_path: Path, qtbot: QtBot
) -> None:
    """A place that takes no file is named, and the dialog stays for another one."""
    (tmp_path / "file").write_text("x")
    dialog, said = ask()
    dialog.save_to(str(tmp_path / "file" / "a.hvs"))
    qtbot.waitUntil(lambda: bool(said))
    assert said[0][1] == "error"
    assert dialog.isVisible()
    assert dialog.save.isEnabled()


def test_a_picture_and_a_style_are_checked(ask: Callable[..., tuple[ShareDialog, Said]]) -> None:
    """For a picture the list has what is drawn on it; for a style nothing; both have no copy."""
    dialog, _ = ask()
    choose(dialog, "picture")
    assert [one.where for one in dialog.findings] == ["legend of heatmap 1"]
    assert "look at the picture yourself" in dialog.summary.text()
    assert dialog.save.isHidden()
    choose(dialog, "style")
    assert dialog.summary.text().startswith("Nothing found")


def test_the_list_goes_to_the_clipboard(ask: Callable[..., tuple[ShareDialog, Said]], qtbot: QtBot) -> None:
    """'Copy list' copies lines of kind, place, text and reason."""
    dialog, _ = ask()
    qtbot.mouseClick(dialog.copy, LEFT)
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0].split("\t") == ["What", "Where", "Text", "Why"]
    assert len(lines) == 1 + len(dialog.findings)


def test_menu_and_export_dialog_lead_here(qtbot: QtBot, scene: Scene) -> None:
    """The File menu opens the list for the session, 'Check…' of the export dialog that for a picture."""
    window = opened(qtbot, scene)
    window.actions_set.by_id["file.check_sharing"].trigger()
    [dialog] = window.findChildren(ShareDialog)
    assert dialog.kind.value == "session"
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not window.findChildren(ShareDialog))
    window.actions_set.by_id["file.export"].trigger()
    [export] = window.findChildren(ExportDialog)
    buttons = export.findChildren(QPushButton)
    qtbot.mouseClick(next(b for b in buttons if b.accessibleName() == "Check before sharing"), LEFT)
    assert window.wait_idle(20)
    [dialog] = window.findChildren(ShareDialog)
    assert dialog.kind.value == "picture"
