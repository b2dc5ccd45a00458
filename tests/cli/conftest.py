"""A small study on disk, and the program as a process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from tests.volumes import affine

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with base.nii.gz (oblique, with a NaN), heat.nii.gz (flipped grid, both signs), series.nii."""
    folder = tmp_path_factory.mktemp("study")
    rng = np.random.default_rng(3)
    base = rng.normal(100, 30, (19, 17, 15)).astype(np.float32)
    base[9, 8, 7] = np.nan
    heat = rng.normal(0, 2, (14, 16, 12)).astype(np.float32)
    series = rng.integers(0, 500, (8, 9, 7, 3)).astype(np.int16)
    for name, array, kind in (
        ("base.nii.gz", base, "oblique"),
        ("heat.nii.gz", heat, "flipped"),
        ("series.nii", series, "identity"),
    ):
        nib.save(nib.Nifti1Image(array, affine(kind)), folder / name)
    return folder


@pytest.fixture
def run(study: Path, tmp_path: Path) -> Run:
    """The program as its users start it, in a folder of its own, without a display."""
    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    environment |= {"PYTHONPATH": str(Path(__file__).parents[2]), "QT_QPA_PLATFORM": "offscreen"}

    def started(*words: object, program: tuple[str, ...] = ("-m", "heatviewer"), **variables: str) -> Any:
        given = [str(study / w) if str(w).endswith((".nii", ".nii.gz")) else str(w) for w in words]
        return subprocess.run(
            [sys.executable, *program, *given],
            cwd=tmp_path,
            env=environment | variables,
            text=True,
            capture_output=True,
            timeout=120,
            check=False,
        )

    return started


def document(done: subprocess.CompletedProcess[str]) -> Any:
    """Return the one JSON document on standard output, in which NaN and Infinity are refused."""
    assert done.returncode == 0, done.stderr

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} in JSON")

    return json.loads(done.stdout, parse_constant=refuse)
