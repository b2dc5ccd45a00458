"""What the README says works as it stands: its commands and its Python."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

import heatviewer as hv

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
#: Placeholders in the README, and what stands for them here.
STUDY = {"BASE": "scan.nii.gz", "HEATMAP…": "zmap.nii.gz", "PATH": "scan.nii.gz", "OUT.png": "out.png"}
WINDOWLESS = {"render", "info", "probe", "presets", "doctor", "convert", "--help", "--version"}
WINDOWLESS |= {"task", "check-sharing", "forget"}
STUDY |= {"X": "1", "Y": "2", "Z": "3", "SESSION": "study.hvs", "TASK.json": "task.json"}


@pytest.fixture
def study(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    for name, step in (("scan", 2.0), ("zmap", 3.0), ("dose", 4.0)):
        values = rng.normal(0, 3, (20, 18, 16)).astype(np.float32)
        nib.save(nib.Nifti1Image(values, np.diag([step, step, step, 1])), tmp_path / f"{name}.nii.gz")
    hv.open(tmp_path / "scan.nii.gz", [tmp_path / "zmap.nii.gz"]).save(tmp_path / "study.hvs")
    task = {"name": "task", "series": [{"items": "scan.nii.gz", "heatMaps": [{"item": "zmap.nii.gz"}]}]}
    (tmp_path / "task.json").write_text(json.dumps(task), encoding="utf-8")
    return tmp_path


def _commands() -> list[str]:
    """Return each `heatviewer …` that the README shows, in a block or in a line."""
    blocks = re.findall(r"```bash\n(.*?)```", README, re.S)
    lines = [line for block in blocks for line in block.splitlines()]
    inline = re.findall(r"`(heatviewer [^`]+)`", README)
    return [line.partition(" #")[0].strip() for line in (*lines, *inline) if line.startswith("heatviewer ")]


def _run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"}
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.parametrize("line", _commands())
def test_command_of_the_readme_works(line: str, study: Path) -> None:
    """Each command that the README shows exits with 0; those that open a window draw it into a file."""
    words = [STUDY.get(word, word) for word in shlex.split(line)]
    windowless = words[1] in WINDOWLESS
    done = _run(words if windowless else [*words, "--screenshot", "window.png"], study)
    assert done.returncode == 0, done.stderr
    assert "error" not in done.stderr


def test_readme_names_the_two_commands_and_they_exist() -> None:
    """The two scripts that the README tells to run are there and can be run."""
    for name in ("packaging/run.sh", "packaging/test.sh"):
        assert f"\n{name}\n" in README
        assert os.access(ROOT / name, os.X_OK)


def test_python_of_the_readme_works(study: Path) -> None:
    """The README's Python runs as it stands; the window it opens is closed at once."""
    (snippet,) = re.findall(r"```python\n(.*?)```", README, re.S)
    assert snippet.rstrip().endswith("hv.show(scene)")
    quick = snippet.replace("hv.show(scene)", "hv.show(scene, block=False).close()")
    (study / "snippet.py").write_text(f"{quick}\nassert picture.shape == (512, 512, 4)\n", encoding="utf-8")
    done = _run(["snippet"], study)
    assert done.returncode == 0, done.stderr


def test_readme_says_what_it_is_not() -> None:
    """README and About say that this is no medical device."""
    assert "not a medical device and not for diagnosis" in README


@pytest.mark.parametrize("path", re.findall(r"\]\(([^)#:]+)\)", README))
def test_links_of_the_readme_lead_somewhere(path: str) -> None:
    """Pictures and pages that the README names are there."""
    assert (ROOT / path).exists()
