"""A process that is killed while it saves never leaves a session that does not open."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from heatviewer.app.studies.opening import open_studies

#: Imports once, and then for every line it gets starts a process that saves 200 versions there. They
#: tell their number after each save, and are killed by whoever reads that.
_SAVERS = """
import os, sys
from heatviewer.app.scene import Scene
from heatviewer.app.studies.saving import save_session
scene = Scene.from_arrays([[[1.0, 2.0], [3.0, 4.0]]] * 3, name="head")
for n in range(6):
    scene.add_heatmap([[[1.0, 2.0], [3.0, 5.0]]] * 3, name=f"map {n}")
states = [scene.state.replaced(notes=f"version {n} " * (n % 7 * 300 + 1)) for n in range(200)]
print("ready", flush=True)
for line in sys.stdin:
    saver = os.fork()
    if not saver:
        print(f"pid {os.getpid()}", flush=True)
        for n, state in enumerate(states):
            save_session(state, line.strip())
            os.write(1, f"{n}\\n".encode())
        os._exit(0)
    os.waitpid(saver, 0)
    print("ended", flush=True)
"""


@pytest.fixture(scope="module")
def savers() -> Iterator[subprocess.Popen[str]]:
    """A process that starts savers."""
    if not hasattr(os, "fork"):
        pytest.fail("needs a system that can fork a process")
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", _SAVERS], stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == "ready\n"
        yield process
        process.stdin.close()


def killed(savers: subprocess.Popen[str], path: Path, saves: int, wait_s: float) -> int:
    """Start a saver and kill it some time after so many saves; return the last version it told of."""
    assert savers.stdin is not None
    assert savers.stdout is not None
    savers.stdin.write(f"{path}\n")
    savers.stdin.flush()
    process = int(savers.stdout.readline().split()[1])
    told = -1
    while told < saves:
        told = int(savers.stdout.readline())
    time.sleep(wait_s)  # the moment is what is tried out, nothing is waited for
    os.kill(process, signal.SIGKILL)
    while (line := savers.stdout.readline()) != "ended\n":
        told = int(line)
    return told


@pytest.mark.parametrize("seed", range(15))
def test_a_killed_save_leaves_a_whole_session(
    savers: subprocess.Popen[str], tmp_path: Path, seed: int
) -> None:
    """The file opens and is the last version that was told of, or the one after it; so is the backup."""
    chance = random.Random(seed)
    path = tmp_path / "study.hvs"
    told = killed(savers, path, int(190 * chance.random() ** 2), chance.uniform(0, 0.004))
    found = _version(path)
    assert found in (told, told + 1)
    if told > 0:
        assert _version(path.with_name("study.hvs.bak")) in (found - 1, found)


def _version(path: Path) -> int:
    """Return which version a file holds, having checked that it is all of it."""
    copy = path.with_name("look.hvs")
    copy.write_bytes(path.read_bytes())
    [study] = open_studies(copy)
    number = int(study.notes.split()[1])
    assert study.notes == f"version {number} " * (number % 7 * 300 + 1)
    assert [layer.name for layer in study.heatmaps] == [f"map {n}" for n in range(6)]
    assert study.problems == ()
    assert json.loads(path.read_text())["base"]["name"] == "head"
    return number
