"""The doctor finds out and never fails."""

from __future__ import annotations

from pathlib import Path

from heatviewer.cli.doctor import ASK
from tests.cli.conftest import Run, document


def test_the_doctor_tells_versions_qt_opengl_engine_and_decoders(run: Run) -> None:
    """One JSON document with an answer to every question."""
    found = document(run("doctor", "--json"))
    assert found["qt"]["platform"] == "offscreen"
    assert found["packages"]["numpy"]
    assert found["engine"] == {"name": "cpu"}
    assert all(found["decoders"].values())
    assert set(found["opengl"]) & {"renderer", "error"}


def test_a_crash_of_qt_is_a_finding(run: Run) -> None:
    """A platform that does not exist aborts Qt; the doctor tells so and ends with 0."""
    done = run("doctor", QT_QPA_PLATFORM="nonsense")
    assert (done.returncode, done.stderr) == (0, "")
    assert "ended by SIGABRT" in done.stdout


def test_a_3d_engine_that_is_off_is_a_finding(run: Run) -> None:
    """Why there is no 3D is told in the engine's own words."""
    found = document(run("doctor", "--json", HEATVIEWER_3D="off"))
    assert found["engine"]["error"].startswith("3D: switched off")


def test_a_child_answers_its_one_question(run: Run) -> None:
    """What the doctor asks a child comes back as one line of JSON."""
    assert document(run("doctor", **{ASK: "engine"})) == {"name": "cpu"}


def test_the_doctor_names_the_folders_that_are_used(run: Run, tmp_path: Path) -> None:
    """Where preferences and the log lie follows the system's own rules."""
    folders = document(run("doctor", "--json", XDG_CONFIG_HOME=str(tmp_path)))["folders"]
    assert folders["config"] == str(tmp_path / "heatviewer")
    assert set(folders) == {"config", "log"}
