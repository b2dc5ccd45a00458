"""Opening sessions, tasks, styles, worklists runs no code, reads what they name alone, asks no network."""

from __future__ import annotations

import ast
import csv
import json
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest

ROOT = Path(__file__).parents[1] / "heatviewer"
SOURCES = sorted(ROOT.rglob("*.py"))
#: Libraries that run what a file says, or talk to other machines; none is imported anywhere.
FORBIDDEN = {
    "pickle", "marshal", "shelve", "dill", "joblib", "yaml", "socket", "socketserver", "ssl", "urllib",
    "http", "requests", "httpx", "aiohttp", "ftplib", "smtplib", "webbrowser", "runpy", "code", "codeop",
    "QtNetwork", "QtWebEngineWidgets", "QtQml",
}  # fmt: skip
CALLS = {"eval", "exec", "compile", "__import__", "execfile"}
#: Where processes are started, and why.
PROCESSES = {
    "cli/doctor.py": "asks Qt and OpenGL in a child, which a broken driver may end",
    "ui/dialogs.py": "shows what the doctor finds",
    "drawing/engine_gpu.py": "probes 3D in a child",
}
CHILD = """
import json, os, sys
seen = []
def hook(event, arguments):
    if event.startswith(("socket.", "urllib.", "ftplib.", "http.")) or event in (
        "exec", "compile", "os.system", "os.exec", "os.posix_spawn", "subprocess.Popen", "pickle.find_class",
        "open", "os.fork", "webbrowser.open", "marshal.loads",
    ):
        seen.append((event, [str(a) for a in arguments[:1]]))
sys.path.insert(0, {root!r})
import heatviewer.app.studies.reading, heatviewer.io, nibabel, numpy, scipy.ndimage
from heatviewer.app.opening import LayerSource, open_scene
from heatviewer.app.scene import Scene
from heatviewer.app.worklist.cases import Worklist
from heatviewer.app.worklist.table import read_table
open_scene({warm!r})
sys.addaudithook(hook)
for path in sys.argv[1:]:
    try:
        if path.endswith(".csv"):
            worklist = Worklist.of_table(read_table(path))
            for number in range(len(worklist.cases)):
                worklist.reader(number)(lambda done: None, lambda: False)
        elif path.endswith(".style.json"):
            open_scene({warm!r}, [LayerSource({warm!r}, {{"style": path}})])
        else:
            open_scene(path, tell=lambda text: None)
    except Exception as error:
        print(type(error).__name__, error, file=sys.stderr)
print(json.dumps(seen))
"""


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_no_source_runs_what_a_file_says(path: Path) -> None:
    """No module evaluates text, unpickles, or imports what talks to other machines."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
        if isinstance(node, ast.ImportFrom) and not node.level:
            names.append(node.module or "")
        assert not {part for name in names for part in name.split(".")[:2]} & FORBIDDEN, (path, names)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in CALLS, (path, node.lineno)
        if isinstance(node, ast.keyword) and node.arg in ("allow_pickle", "shell"):
            assert isinstance(node.value, ast.Constant), (path, node.value.lineno)
            assert node.value.value is False, (path, node.value.lineno)


def test_processes_are_started_in_named_places() -> None:
    """A process is started by the doctor and by what probes 3D, and by nothing else."""
    words = ("subprocess", "QProcess", "os.system", "os.popen", "os.spawn", "os.exec", "multiprocessing")
    found = {
        path.relative_to(ROOT).as_posix()
        for path in SOURCES
        if any(word in path.read_text(encoding="utf-8") for word in words)
    }
    assert found <= set(PROCESSES), found - set(PROCESSES)


def hostile_paths(folder: Path) -> list[str]:
    """Return what a session may name to do harm: addresses, devices, pipes, links, climbing paths."""
    os.mkfifo(folder / "pipe.nii")
    (folder / "loop.nii").symlink_to(folder / "loop.nii")
    with (folder / "evil.npy").open("wb") as file:
        pickle.dump({"a": os.getcwd}, file)
    np.save(folder / "objects.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    return [
        "https://127.0.0.1:9/a.nii", "http://[::1]/a.nii", "ftp://127.0.0.1/a", "file:///etc/passwd",
        "\\\\\\\\127.0.0.1\\\\share\\\\a.nii", "//127.0.0.1/share/a.nii", "smb://127.0.0.1/a", "~root/a.nii",
        "/dev/zero", "/proc/self/environ", "/proc/self/mem", "../" * 30 + "etc/passwd", "pipe.nii",
        "loop.nii", "evil.npy", "objects.npy", "a\0b.nii", "x" * 5000, "$HOME/a.nii", "`id`", "",
    ]  # fmt: skip


@pytest.fixture
def documents(tmp_path: Path) -> list[Path]:
    """Two sessions, one as written by hand, a task and a worklist that name every hostile path; styles."""
    nibabel.save(nibabel.Nifti1Image(np.ones((4, 5, 6), "f4"), np.eye(4)), tmp_path / "base.nii")  # type: ignore[attr-defined]
    paths = hostile_paths(tmp_path)
    code = "__import__('os').system('touch ran')"
    layers = [{"item": path, "name": code, "preset": code, "opacityBy": _by(path)} for path in paths]
    whole = {"format": "heatviewer-session", "version": 1, "base": {"path": "base.nii"}, "heatmaps": layers}
    maps = [{"name": f"map {n}", "item": path} for n, path in enumerate(paths)]
    task = {"name": "t", "series": [{"name": "s", "items": "base.nii", "heatMaps": maps}]}
    short = {"format": "heatviewer-session", "base": "base.nii", "heatmaps": paths}
    written = []
    for name, value in (("a.hvs", whole), ("b.hvs", short), ("c.json", task)):
        (tmp_path / name).write_text(json.dumps(value | {"presets": {code: {"rgbPoints": code}}}))
        written.append(tmp_path / name)
    return [*written, _written_table(tmp_path, paths), *_written_styles(tmp_path, code)]


def _written_table(folder: Path, paths: list[str]) -> Path:
    """Write a worklist in which each path stands in every column."""
    with (folder / "cases.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["base", "heatmap", "style", "mask"])
        # With a NUL in it the table would be refused as a whole.
        for path in (path for path in paths if "\0" not in path):
            rows.writerows([["base.nii", path, path, path], [path, "base.nii", "base.nii", ""]])
    return folder / "cases.csv"


def _written_styles(folder: Path, code: str) -> list[Path]:
    look = {
        "format": "heatviewer-style",
        "version": 1,
        "preset": code,
        "presets": {code: {"rgbPoints": code}},
    }
    rule = {"pattern": "*", "style": {"preset": code, "include": "/etc/passwd", "path": "pipe.nii"}}
    sheet = {"format": "heatviewer-styles", "version": 1, "rules": [rule]}
    for name, value in (("one.style.json", look), ("sheet.style.json", sheet)):
        (folder / name).write_text(json.dumps(value))
    return [folder / "one.style.json", folder / "sheet.style.json"]


def _by(path: str) -> dict[str, Any]:
    return {"item": path, "low": 0, "high": 1}


def test_hostile_documents_do_no_harm(documents: list[Path], tmp_path: Path) -> None:
    """No process starts, no connection is tried, and no file is opened but those that are named."""
    events = audited(documents, tmp_path)
    opened = {path for event, (path,) in events if event == "open" and not path.isdigit()}
    ours = (str(tmp_path), sys.prefix, sys.base_prefix, str(ROOT), str(ROOT.parent / "resources"))
    others = [path for path in opened if not path.startswith(ours)]
    assert set(others) <= named_elsewhere(), others
    assert not [event for event in events if event[0] not in ("open", "exec", "compile", "marshal.loads")]
    assert not (tmp_path / "ran").exists()


def test_no_text_becomes_code(documents: list[Path], tmp_path: Path) -> None:
    """What is compiled while documents open is modules and generated classes, never a document's text."""
    events = audited(documents, tmp_path)
    assert not [event for event in events if "os').system" in str(event)]
    assert not [event for event in events if event[0] == "pickle.find_class"]


def named_elsewhere() -> set[str]:
    """Return the regular files outside the folder that the documents name, and the user's own presets."""
    own = Path(os.environ["XDG_CONFIG_HOME"]) / "heatviewer" / "presets.json"
    return {"/proc/self/environ", "/etc/passwd", "/proc/self/mem", str(own)}


def audited(documents: list[Path], folder: Path) -> list[tuple[str, list[str]]]:
    """Open documents in a process that writes down what it does, and return that."""
    code = CHILD.format(root=str(ROOT.parent), warm=str(folder / "base.nii"))
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, documents)],
        capture_output=True, text=True, timeout=60, check=False, cwd=folder,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [(event, arguments or [""]) for event, arguments in json.loads(done.stdout.splitlines()[-1])]
