"""Files damaged at random, with a fixed seed: every one opens or is refused in plain words."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.io.fuzz_seeds import SEEDS

#: Cases of each kind; all kinds together must be at least 2,000.
CASES = 120


def test_there_are_enough_cases() -> None:
    """At least 2,000 damaged files are opened in every run of the tests."""
    assert CASES * len(SEEDS) >= 2000


@pytest.mark.parametrize("kind", SEEDS)
def test_a_damaged_file_opens_or_is_refused(kind: str) -> None:
    """No damage crashes the program, takes memory that a header only claims, or holds it up."""
    ended = subprocess.run(
        [sys.executable, "-m", "tests.io.fuzzing", kind, str(CASES)],
        capture_output=True, text=True, timeout=300, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert ended.returncode == 0, f"the process ended with {ended.returncode}: {ended.stderr[-2000:]}"
    found = json.loads(ended.stdout.splitlines()[-1])
    assert not found["failures"]
    assert found["grown_mib"] < 256
    assert found["slowest_s"] < 10
