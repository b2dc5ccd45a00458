"""Slices by their heights alone: which make one grid, and where on it each lies."""

from __future__ import annotations

import numpy as np
import pytest

from heatviewer.io.dicom.lattice import runs_of


@pytest.mark.parametrize(
    ("gaps", "parts"),
    [
        ([1.0] * 10 + [2.0] * 5, [(0, 10), (11, 15)]),  # not one grid with every other slice missing
        ([2.5, 1.0, 1.0, 1.0, 1.0], [(0, 0), (1, 5)]),  # the lone slice takes no other along
    ],
)
def test_a_slice_stays_with_those_of_its_spacing(gaps: list[float], parts: list[tuple[int, int]]) -> None:
    """Where the spacing changes a new grid begins, of the slices that share the new spacing."""
    heights = np.concatenate([[0.0], np.cumsum(gaps)])
    assert [(run.first, run.last) for run in runs_of(heights.tolist())] == parts


@pytest.mark.parametrize(
    ("gaps", "runs"),
    [
        # 2.2 steps are no missing slice: each side keeps its own places
        ([1.0] * 6 + [2.2] + [1.0] * 6, [(0, 6, ()), (7, 13, ())]),
        # turns of 2 and 3 mm lie on a grid of 1 mm
        ([2.0, 3.0] * 6, [(0, 12, (0, *(int(n) for n in np.cumsum([2, 3] * 6))))]),
    ],
)
def test_a_gap_is_a_whole_number_of_steps(
    gaps: list[float], runs: list[tuple[int, int, tuple[int, ...]]]
) -> None:
    """Slices are put on one grid only where each is on it to a tenth of a step."""
    heights = np.concatenate([[0.0], np.cumsum(gaps)])
    assert [(run.first, run.last, run.places) for run in runs_of(heights.tolist())] == runs
