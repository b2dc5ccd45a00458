"""A worklist on the command line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.cli.conftest import Run
from tests.ui.worklists import write_cases


def test_the_first_case_is_drawn(run: Run, tmp_path: Path) -> None:
    """--cases with --screenshot: the window with the list; nothing is written beside the table."""
    table = write_cases(tmp_path)
    before = sorted(path.name for path in tmp_path.iterdir())
    done = run("--cases", table, "--screenshot", tmp_path / "shot.png", "--layout", "axial")
    assert done.returncode == 0, done.stderr
    assert np.asarray(Image.open(tmp_path / "shot.png")).std() > 10
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*before, "shot.png"])


@pytest.mark.parametrize(
    ("words", "status", "line"),
    [
        (["--cases", "t.csv", "base.nii.gz"], 2, "--cases: names its own studies, and "),
        (["base.nii.gz", "--cases", "t.csv"], 2, "--cases: names its own studies, and "),
        (["--cases", "t.csv", "--demo"], 2, "--cases: names its own studies, and --demo"),
        (["--ratings", "r.csv"], 2, "--ratings: belongs to a table of cases. Add --cases TABLE.csv."),
        (["--cases", "t.csv", "--ratings", "t.csv"], 2, "--ratings: is the table of cases itself."),
        (["--cases", "none.csv"], 1, "there is no such file. Check the path of the table."),
        (["--cases", "t.csv"], 1, "t.csv: has no column 'base'. Write a first row such as"),
        (["--cases", "u.csv"], 1, "u.csv: has no row that names a base."),
    ],
)
def test_what_cannot_be_done_is_one_line(
    run: Run, tmp_path: Path, words: list[str], status: int, line: str
) -> None:
    """Wrong usage is 2; a table without a base column or rows is 1."""
    (tmp_path / "t.csv").write_text("image\na\n")
    (tmp_path / "u.csv").write_text("base,heatmap\n")
    done = run(*words, "--screenshot", "x.png")
    assert done.returncode == status, done.stderr
    assert line in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "x.png").exists()
