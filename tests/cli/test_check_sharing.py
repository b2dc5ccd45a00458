"""`check-sharing`: the list on standard output, for people and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from heatviewer.cli.main import main
from heatviewer.cli.sharing import check_sharing  # noqa: F401 (the command is there)
from tests.cli.conftest import Run, document
from tests.dicom_files import stored, write_series


@pytest.fixture
def session(tmp_path: Path) -> Path:
    """A session beside a patient's series, named after him and with an absolute path."""
    tags = {"PatientName": "Zyzzywack^Quentin", "PatientID": "QX-998877", "StudyInstanceUID": "1.2.3"}
    write_series(tmp_path / "ct", stored(), tags=tags)
    base = {"path": str(tmp_path / "ct"), "relative_path": "ct"}
    text = json.dumps(
        {"format": "heatviewer-session", "version": 1, "base": base, "heatmaps": [], "notes": "Quentin"}
    )
    (tmp_path / "q_zyzzywack.hvs").write_text(text)
    return tmp_path / "q_zyzzywack.hvs"


def test_findings_as_json(run: Run, session: Path) -> None:
    """One document: the path as given, and each finding with its place, reason and whether it can go."""
    told = document(run("check-sharing", session, "--json"))
    assert set(told) == {"path", "kind", "findings"}
    assert told["path"] == str(session)
    found = {(one["kind"], one["where"]): one["can_be_removed"] for one in told["findings"]}
    assert found[("name", "file name")] is False
    assert found[("path", "base.path")] is True
    assert found[("name", "notes")] is True


def test_findings_as_text(session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A line a finding; the status is 0 with findings too, as the help says."""
    assert main(["check-sharing", str(session)]) == 0
    said = capsys.readouterr().out
    assert "WHAT" in said
    assert "holds the patient's name" in said
    main(["check-sharing", "--help"])
    assert "exit 0" in capsys.readouterr().out


def test_a_file_is_needed(run: Run) -> None:
    """Without one it is wrong usage, in one line."""
    done = run("check-sharing")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("heatviewer: error: FILE: no file is named. Write heatviewer check-sharing")


def test_nothing_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A session without anything personal is said to be so; of a picture one is to look at it still."""
    (tmp_path / "a.hvs").write_text(
        json.dumps({"format": "heatviewer-session", "version": 1, "base": {"path": "ct"}})
    )
    assert main(["check-sharing", str(tmp_path / "a.hvs")]) == 0
    assert "Nothing was found in this session" in capsys.readouterr().out
    Image.new("L", (4, 4)).save(tmp_path / "a.png")
    assert main(["check-sharing", str(tmp_path / "a.png")]) == 0
    assert "look at the picture yourself" in capsys.readouterr().out


def test_scans_and_pictures(session: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A DICOM folder's header identity and a picture's chunks are listed."""
    assert main(["check-sharing", str(session.parent / "ct"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert ("name", "Zyzzywack^Quentin") in [(one["kind"], one["text"]) for one in told["findings"]]
    chunks = PngImagePlugin.PngInfo()
    chunks.add_text("Author", "x")
    Image.new("L", (4, 4)).save(tmp_path / "p.png", pnginfo=chunks)
    main(["check-sharing", str(tmp_path / "p.png"), "--json"])
    told = json.loads(capsys.readouterr().out)
    assert [(one["kind"], one["where"]) for one in told["findings"]] == [("file text", "Author")]


@pytest.mark.parametrize("name", ["missing.hvs", "cut.hvs", "text.txt", "broken.png"])
def test_what_cannot_be_checked_is_named(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that is not there, damaged or none that is shared is one line and status 1."""
    contents = {"cut.hvs": b'{"format": "heat', "text.txt": b"hello", "broken.png": b"\x89PNG\r\n\x1a\nxxxx"}
    if name in contents:
        (tmp_path / name).write_bytes(contents[name])
    assert main(["check-sharing", str(tmp_path / name)]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert name in said.err
