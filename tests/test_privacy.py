"""A patient is named in nothing that the program writes, prints or logs, and in no title unless wished."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import nibabel
import numpy as np
import pytest
from pydicom import dcmread

from heatviewer.api import render
from heatviewer.app.opening import open_scene
from heatviewer.app.saving import save_nifti
from heatviewer.app.settings import Preferences, load_preferences, save_preferences
from heatviewer.app.studies.recovery import recovery_folder
from heatviewer.app.styles import copy_style
from heatviewer.cli.main import main
from heatviewer.drawing.figure import write_png
from heatviewer.ui import failures
from tests.dicom_files import stored, write_series

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from heatviewer.app.scene import Scene

#: Of the patient below; a series description holds his name too, as some scanners' do.
SECRETS = (
    "zyzzywack", "quentin", "qx-998877", "qx998877", "19610417", "1961-04-17", "elsewhere", "acc-55443",
    "grobnik",
)  # fmt: skip
TAGS = {
    "PatientName": "Zyzzywack^Quentin", "PatientID": "QX-998877", "PatientBirthDate": "19610417",
    "InstitutionName": "Saint Elsewhere", "AccessionNumber": "ACC-55443", "StudyInstanceUID": "1.2.3",
    "ReferringPhysicianName": "Grobnik^Ute", "SeriesDescription": "T1 ZYZZYWACK QUENTIN axial",
    "StudyDescription": "Quentin's first",
}  # fmt: skip


def told(text: str | bytes) -> list[str]:
    """Return the patient's words in a text or in a file's bytes, packed ones too."""
    if isinstance(text, bytes):
        text = (gzip.decompress(text) if text[:2] == b"\x1f\x8b" else text).decode("latin-1")
    return [word for word in SECRETS if word in text.lower()]


def own_folders() -> Path:
    """Return the folder above all that the program keeps of a user: preferences, recents, autosaves, logs."""
    return Path(os.environ["XDG_CONFIG_HOME"]).parent


def files_tell(folder: Path) -> dict[str, list[str]]:
    """Return the files below a folder that hold the patient's words, in their names too."""
    found = {
        str(path): told(path.read_bytes()) + told(path.name) for path in folder.rglob("*") if path.is_file()
    }
    assert found, "nothing was written"
    return {path: words for path, words in found.items() if words}


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A folder with the patient's series and a map for it, whose own paths tell nothing."""
    write_series(tmp_path / "ct", stored(6, 8, 10), tags=TAGS)
    base = open_scene(str(tmp_path / "ct")).base
    assert base is not None
    values = np.random.default_rng(0).random(base.volume.grid).astype("f4")
    nibabel.save(nibabel.Nifti1Image(values, base.volume.affine), tmp_path / "map.nii.gz")  # type: ignore[attr-defined]
    return tmp_path


def opened(study: Path) -> Scene:
    """Return a scene of the study, changed a little."""
    scene = open_scene(str(study / "ct"))
    layer = scene.add_heatmap(str(study / "map.nii.gz"))
    layer.opacity = 0.5
    scene.edit_notes("a note")
    return scene


def test_a_description_loses_the_patients_words(study: Path) -> None:
    """A layer that is named after its series is not named after the patient; the rest of the words stay."""
    state = open_scene(str(study / "ct")).state
    assert state.base is not None
    assert state.base.name == "T1 axial"


def test_nothing_that_is_written_names_the_patient(study: Path) -> None:
    """Sessions, styles, pictures, NIfTI files and preferences are without him; and so is the history."""
    scene, out = opened(study), study / "out"
    scene.save(out / "a.hvs")
    (out / "style.json").write_text(copy_style(scene.state.heatmaps[0]))
    for view in ("ortho", "axial"):
        write_png(out / f"{view}.png", render(scene, view=view, size=(200, 200)))  # type: ignore[arg-type]
    assert scene.base is not None
    save_nifti(out / "base.nii.gz", scene.base.volume, None)
    save_preferences(Preferences().with_opened(study / "ct"), out / "preferences.json")
    assert files_tell(out) == {}
    assert told(repr(scene.history.done)) == []


def test_no_command_names_the_patient(
    study: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What commands print is without him, whatever they do with his files, errors among them."""
    first = min((study / "ct").iterdir())
    (study / "cut.dcm").write_bytes(first.read_bytes()[:-60])
    (study / "cut2.dcm").write_bytes(first.read_bytes()[:700])
    at = ("--at", "0", "0", "0", "--json")
    commands: tuple[tuple[str, ...], ...] = (
        ("info", "ct", "--json"), ("info", "ct"), ("info", "cut.dcm"), ("info", "cut2.dcm"),
        ("probe", "ct", "map.nii.gz", *at), ("render", "ct", "map.nii.gz", "-o", "out/r.png"),
        ("render", "cut2.dcm", "-o", "out/r2.png"), ("convert", "ct", "-o", "out/ct.nii.gz"),
        ("render", "ct", "--series", "1.2.9", "-o", "out/r3.png"),
        ("task", "export", "ct", "map.nii.gz", "-o", "out/task.json"), ("task", "check", "out/task.json"),
        ("probe", "out/task.json", *at), ("doctor",), ("render", "ct", "cut2.dcm", "-o", "out/r4.png"),
    )  # fmt: skip
    monkeypatch.chdir(study)
    for words in commands:
        main(words)
        said = capfd.readouterr()
        assert told(said.out + said.err) == [], (words, said)
    assert files_tell(study / "out") == {}


def test_odd_headers_are_not_quoted(study: Path) -> None:
    """Values that DICOM does not allow are warned of by libraries, with the value: it stays with them."""
    for path in (study / "ct").iterdir():
        raw = path.read_bytes()
        path.write_bytes(raw.replace(b"19610417", b"19614199").replace(b"QX-998877", b"QX-9988\xff7"))
    done = run(study, "info", "ct")
    assert done.returncode == 0, done.stderr
    assert told(done.stdout + done.stderr) == []
    assert "19614199" not in done.stdout + done.stderr


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the program in a folder."""
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    command = [sys.executable, "-m", "heatviewer", *words]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def read_badly(path: Path) -> None:
    """Fail as a library does: the message and its cause quote what the file says, and its name."""
    try:
        dcmread(path)
    except OSError as error:
        raise ValueError("bad value 'Zyzzywack^Quentin'") from error


def test_the_log_holds_no_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unexpected error is logged by types and lines; what its message and its causes quote is not."""
    monkeypatch.setattr(failures, "log_path", lambda: tmp_path / "log" / "heatviewer.log")
    with pytest.raises(ValueError, match="Zyzzywack") as caught:
        read_badly(tmp_path / "Zyzzywack_Quentin.dcm")
    failures.record(caught.value)
    assert told(failures.message_of(caught.value)) == []
    assert files_tell(tmp_path / "log") == {}


def test_the_window_keeps_the_patient_to_itself(qtbot: QtBot, study: Path) -> None:
    """No title, panel or tool tip names him, and no file of the user's folders once the window is closed."""
    from tests.ui.texts import texts_of
    from tests.ui.windows import opened as window_on

    window = window_on(qtbot)
    window.open_paths([study / "ct", study / "map.nii.gz"])
    assert window.wait_idle(20)
    assert window.windowTitle().startswith("T1 axial")
    window.commands.show_information()
    assert window.wait_idle(20)
    assert [text for text in texts_of(window) if told(text)] == []
    window.scene.edit_notes("unsaved")
    window.documents.recovery.keep()
    assert window.wait_idle(20)
    assert list(recovery_folder().iterdir())
    assert files_tell(own_folders()) == {}
    window.scene.save(study / "out" / "a.hvs")
    window.close()
    assert files_tell(study / "out") == {}
    assert files_tell(own_folders()) == {}


def test_the_title_names_him_when_wished(qtbot: QtBot, study: Path) -> None:
    """With 'Show patient names' the title does, read from the file; nothing that is saved does."""
    from tests.ui.windows import opened as window_on

    window = window_on(qtbot, opened(study))
    action = window.actions_set.by_id["view.patient_names"]
    assert not action.isChecked()
    action.trigger()
    qtbot.waitUntil(lambda: window.windowTitle().startswith("Zyzzywack, Quentin — "))
    assert load_preferences().patient_names
    window.scene.save(study / "out" / "a.hvs")
    action.trigger()
    assert told(window.windowTitle()) == []
    window.scene.history.clear()
    assert files_tell(study / "out") == {}
    assert files_tell(own_folders()) == {}
