"""Real DICOM files that packages bring along."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from pydicom.data import get_testdata_file

Lone = Callable[[str], Path]


@pytest.fixture
def lone(tmp_path: Path) -> Lone:
    """Return a copy of a file of pydicom or pydicom-data, alone in a folder: others are of one series."""
    spec = importlib.util.find_spec("data_store")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    more = Path(spec.submodule_search_locations[0], "data")

    def copy(name: str) -> Path:
        there = more / f"{name}.dcm"
        source = there if there.exists() else str(get_testdata_file(f"{name}.dcm", download=False))
        folder = tmp_path / name
        folder.mkdir()
        return Path(shutil.copy(source, folder))

    return copy
