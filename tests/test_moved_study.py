"""As a new user does it: a study set up in a window, saved, its folder moved, opened again in another one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from heatviewer.cli.main import main

ROOT = Path(__file__).parents[1]
#: A window of its own process: 'set up' opens files, changes what mouse and keys change, and saves by
#: Ctrl+S; 'look' opens a session as it is. Both tell what is shown.
_PERSON = """
import hashlib, json, sys
from pathlib import Path
from PySide6.QtTest import QTest
from heatviewer.ui.app import application
from heatviewer.ui.main_window import MainWindow
from tests.documents.scenes import without_ids
from tests.ui.asking import name_file, press
from tests.ui.events import CTRL, LEFT, NONE, RIGHT, drag, pixels, wheel

what, session, *files = sys.argv[1:]
app = application()
window = MainWindow()
window.resize(1100, 760)
window.show()
window.open_paths(files if what == "set up" else [session])
assert window.wait_idle(60)
if what == "set up":
    axial, path = window.slice_views["axial"], [(90.0, 90.0), (120.0, 100.0), (140.0, 130.0)]
    drag(axial, path, LEFT, NONE)
    drag(axial, path[:2], RIGHT, NONE)
    wheel(axial, 240, CTRL)
    drag(window.volume_view, path, LEFT, NONE)
    for keys in ("[", "[", "[", "T", "PgUp", "Shift+N"):
        press(window, keys)
    window.commands.toggle_panel("notes")
    QTest.keyClicks(window.side_docks.notes.editor, "seen twice")
    assert window.wait_idle(60)
    press(window, "Ctrl+S")
    name_file(QTest, window, Path(session))
    assert window.wait_idle(60)
    assert not window.isWindowModified()
state = without_ids(window.scene.state)
for layer in (state["base"], *state["heatmaps"]):
    layer["source"] = Path(layer["source"]).name
views = window.slice_views.items()
shown = {name: hashlib.sha256(pixels(view).tobytes()).hexdigest() for name, view in views}
told = window.messages.texts
window.close()
print(json.dumps({"state": state, "shown": shown, "told": told, "title": window.windowTitle()}))
"""


def person(what: str, session: Path, *files: Path) -> dict[str, Any]:
    """Let a window of its own process do something, and return what it shows in the end."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-c", _PERSON, what, str(session), *map(str, files)],
        capture_output=True, text=True, timeout=180, check=False, env=environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.fixture(params=["template and z-map", "DICOM folder"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> list[Path]:
    """A base and a heatmap in a folder of their own: copies of real ones."""
    desk = tmp_path / "desk"
    desk.mkdir()
    if request.param == "DICOM folder":
        data = request.getfixturevalue("data_dir") / "pet-ct"
        shutil.copytree(data / "pet", desk / "pet")
        found = [desk / "pet", data / "tumour_mask_on_pet.nii.gz"]
    else:
        found = [request.getfixturevalue(name) for name in ("mni_path", "zmap_path")]
    return [path if path.parent == desk else Path(shutil.copy(path, desk)) for path in found]


def test_a_study_that_was_set_up_saved_and_moved_opens_as_it_was(files: list[Path], tmp_path: Path) -> None:
    """To the last setting and the last pixel, without a word; a command draws the same picture too."""
    session = tmp_path / "desk" / "study.hvs"
    left = person("set up", session, *files)
    assert left["state"]["notes"] == "seen twice"
    assert left["state"]["heatmaps"][0]["opacity"] == pytest.approx(0.85)
    assert main(["render", str(session), "-o", str(tmp_path / "before.png")]) == 0
    (tmp_path / "elsewhere").mkdir()
    moved = Path(shutil.move(session.parent, tmp_path / "elsewhere" / "study of May")) / session.name
    found = person("look", moved)
    assert found["told"] == []
    assert (found["state"], found["shown"]) == (left["state"], left["shown"])
    assert found["title"] == left["title"]
    assert main(["render", str(moved), "-o", str(tmp_path / "after.png")]) == 0
    assert (tmp_path / "before.png").read_bytes() == (tmp_path / "after.png").read_bytes()
