"""Sessions and tasks on the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import heatviewer as hv
from heatviewer.app.opening import open_scene
from heatviewer.cli.main import main
from heatviewer.model.view import VolumeCamera
from tests.cli.conftest import document
from tests.sdk_types import assert_input_task


@pytest.fixture
def task(study: Path) -> Path:
    """A task of two series beside the study's files: base with heat, and the heatmap alone."""
    heatmap = {"name": "z", "item": "heat.nii.gz", "preset": "Red", "opacityPoints": [0, 0, 5, 1]}
    missing = {"item": "gone.nii"}
    document = {
        "name": "t",
        "series": [
            {"name": "T1", "items": "base.nii.gz", "heatMaps": [heatmap, missing]},
            {"name": "map", "items": ["heat.nii.gz"]},
        ],
    }
    path = study / "task.json"
    path.write_text(json.dumps(document))
    return path


@pytest.fixture
def session(study: Path, tmp_path: Path) -> Path:
    """A session of the study, in another folder, with the cursor off the middle."""
    scene = open_scene(study / "base.nii.gz", [study / "heat.nii.gz"])
    scene.cursor = (3.0, 2.0, 1.0)
    scene.heatmaps[0].edit(threshold_abs=1.0, preset="Green")
    return scene.save(tmp_path / "s.hvs")


InProcess = Callable[..., "Done"]


@dataclass
class Done:
    """What a command did."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def run(
    tmp_path: Path, study: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Any:
    """The program within this process: what it prints, and its status."""
    monkeypatch.chdir(tmp_path)

    def started(*words: object) -> Done:
        given = [str(study / w) if str(w).endswith(".nii.gz") else str(w) for w in words]
        capsys.readouterr()
        status = main(given)
        return Done(status, *capsys.readouterr())

    return started


def picture(path: Path) -> Any:
    """Return a picture's pixels."""
    return np.asarray(Image.open(path))


def test_a_task_is_a_base_like_any_other(run: InProcess, task: Path, tmp_path: Path) -> None:
    """probe, info and render take it; what is missing is a warning of one line each."""
    done = run("probe", task, "--at", 0, 0, 0, "--json")
    assert [layer["name"] for layer in document(done)["layers"]] == ["T1", "z"]
    [line] = [line for line in done.stderr.splitlines() if "series[0]" in line]
    assert line.startswith("heatviewer: warning: series[0].heatMaps[1]: gone.nii ")
    info = document(run("info", task, "--json", "--headers-only"))
    assert info["format"] == "task"
    assert [Path(one["files"][0]).name for one in info["series"]] == ["base.nii.gz", *["heat.nii.gz"] * 2]
    assert any("gone.nii" in text for text in info["warnings"])
    assert run("render", task, "--series", "map", "-o", "map.png", "--bare").returncode == 0
    assert run("render", "heat.nii.gz", "-o", "same.png", "--bare").returncode == 0
    assert np.array_equal(picture(tmp_path / "map.png"), picture(tmp_path / "same.png"))


def test_further_paths_and_options_lie_on_a_session(run: InProcess, session: Path, tmp_path: Path) -> None:
    """The picture is at the session's cursor unless --at says more; --window is the session's base's."""
    for name, words in (
        ("a", ()),
        ("b", ("--at", 3, 2, 1)),
        ("c", ("--at", 0, 0, 0)),
        ("d", ("--window", 9, 5)),
    ):
        assert run("render", session, *words, "--view", "axial", "-o", f"{name}.png").returncode == 0
    a, b, c, d = (picture(tmp_path / f"{name}.png") for name in "abcd")
    assert np.array_equal(a, b)
    assert not np.array_equal(a, c)
    assert not np.array_equal(a, d)
    layers = document(run("probe", session, "heat.nii.gz", "--name", "top", "--at", 0, 0, 0, "--json"))[
        "layers"
    ]
    assert [layer["name"] for layer in layers][-1] == "top"
    assert document(run("info", session, "--json"))["format"] == "session"


def test_3d_of_a_session_is_seen_as_it_was_left(run: InProcess, study: Path, tmp_path: Path) -> None:
    """Without --camera from where the session's 3D view looks, as in Python."""
    scene = open_scene(study / "base.nii.gz", [study / "heat.nii.gz"])
    scene.edit_view(camera=VolumeCamera(azimuth=65.0, elevation=20.0))
    words = ("render", str(scene.save(tmp_path / "s.hvs")), "--view", "3d", "--size", "60", "60", "-o")
    assert run(*words, str(tmp_path / "a.png")).returncode == 0
    drawn = np.asarray(Image.open(tmp_path / "a.png"))
    assert np.array_equal(drawn, hv.render(scene, "3d", size=(60, 60)))
    assert not np.array_equal(drawn, hv.render(scene, "3d", size=(60, 60), camera=(0, 0)))


def test_the_window_opens_a_task(task: Path, study: Path, tmp_path: Path) -> None:
    """With --root it may lie elsewhere; the screenshot shows it, its warnings do not stop it."""
    place = tmp_path / "elsewhere.json"
    place.write_bytes(task.read_bytes())
    assert window_told(tmp_path, str(place), "--root", str(study), "--series", "2") == ""
    assert picture(tmp_path / "w.png").std() > 5


def test_a_screenshot_tells_what_is_missing(task: Path, tmp_path: Path) -> None:
    """Nobody reads it in the window then: a warning of one line on standard error, as of 'render'."""
    [line] = window_told(tmp_path, str(task)).splitlines()
    assert line.startswith("heatviewer: warning: series[0].heatMaps[1]: gone.nii ")


def window_told(folder: Path, *words: str) -> str:
    """Take a screenshot into w.png in a process of its own; return what it says on standard error."""
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-m", "heatviewer", *words, "--screenshot", "w.png"]
    done = subprocess.run(
        command, env=environment, cwd=folder, check=True, timeout=120, stderr=subprocess.PIPE, text=True
    )
    return done.stderr


def test_a_task_without_any_of_its_files_tells_of_the_root(
    run: InProcess, task: Path, tmp_path: Path
) -> None:
    """The one line names the task's file, and what to do where its paths start elsewhere."""
    place = tmp_path / "elsewhere.json"
    place.write_bytes(task.read_bytes())
    for command in (("info",), ("probe", "--at", 0, 0, 0)):
        done = run(*command, place)
        assert done.returncode == 1
        assert done.stderr.startswith("heatviewer: error: elsewhere.json: ")
        assert done.stderr.rstrip().endswith("or name the folder that they start from as root.")


@pytest.mark.parametrize("command", [("task", "check"), ("info",), ("probe", "--at", 0, 0, 0)])
def test_a_root_that_is_not_there_is_the_error(
    run: InProcess, task: Path, command: tuple[object, ...]
) -> None:
    """One line names the root, and not every file that is not found from it."""
    done = run(*command, task, "--root", "nodir")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "heatviewer: error: nodir: there is no such folder. Check the path of the root.\n"


def test_a_session_is_exported_as_a_task(run: InProcess, session: Path, tmp_path: Path) -> None:
    """It fits the SDK's types, and shows the same; what is lost is a warning; no input is overwritten."""
    done = run("task", "export", session, "-o", "out/task.json")
    assert done.returncode == 0, done.stderr
    path = Path(done.stdout.strip())
    exported = json.loads(path.read_text())
    assert_input_task(exported)
    assert exported["name"] == "s"
    for name, source in (("a", session), ("b", path)):
        words = ("--at", 0, 0, 0, "--view", "axial", "--bare", "-o", f"{name}.png")
        assert run("render", source, *words).returncode == 0
    a, b = (picture(tmp_path / f"{name}.png").astype(int) for name in "ab")
    assert np.abs(a - b).max() <= 2
    (tmp_path / "in.json").write_bytes(path.read_bytes())
    done = run("task", "export", "in.json", "-o", "in.json")
    assert done.returncode == 1
    assert (tmp_path / "in.json").read_bytes() == path.read_bytes()


def test_task_check_tells_all_problems(run: InProcess, task: Path, tmp_path: Path) -> None:
    """1 and a line, or an entry, a problem, each with its path; 0 and a word where nothing is wrong."""
    done = run("task", "check", task)
    assert done.returncode == 1
    assert done.stdout == "series[0].heatMaps[1].item: there is no file 'gone.nii'\n"
    found = json.loads(run("task", "check", task, "--root", tmp_path, "--json").stdout)
    assert found["path"] == str(task)
    assert [one["path"] for one in found["problems"]] == [
        "series[0].items", "series[0].heatMaps[0].item", "series[0].heatMaps[1].item", "series[1].items[0]",
    ]  # fmt: skip
    good = task.with_name("good.json")
    good.write_text(task.read_text().replace("gone.nii", "heat.nii.gz"))
    done = run("task", "check", good)
    assert (done.returncode, done.stdout) == (0, "good.json: nothing is wrong with it\n")


@pytest.mark.parametrize("name", ["study.hvs", "task.json"])
def test_a_document_that_says_nothing_fails_in_one_line(run: InProcess, tmp_path: Path, name: str) -> None:
    """An empty object is neither session nor task; a document is no heatmap, and no volume to convert."""
    (tmp_path / name).write_text("{}")
    convert = ("convert", name, "-o", "x.nii.gz")
    for words in (
        ("info", name),
        convert,
        ("render", name, "-o", "x.png"),
        ("render", "base.nii.gz", name, "-o", "x.png"),
    ):
        done = run(*words)
        assert done.returncode == 1
        [line] = done.stderr.splitlines()
        assert line.startswith(f"heatviewer: error: {name}: is ")


def test_nothing_readable_is_one_line(run: InProcess, task: Path, tmp_path: Path) -> None:
    """A task away from its files fails as a whole, and names what it looked for."""
    (tmp_path / "lost.json").write_bytes(task.read_bytes())
    for words in (("probe", "lost.json", "--at", 0, 0, 0), ("info", "lost.json")):
        done = run(*words)
        assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
        assert "base.nii.gz" in done.stderr


def test_half_a_command_names_both(run: InProcess) -> None:
    """'task' alone is wrong usage, and the two commands are named."""
    done = run("task")
    assert done.returncode == 2
    assert "'heatviewer task check'" in done.stderr
