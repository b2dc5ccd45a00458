"""Default window and range by kind of data, as the contract says."""

from __future__ import annotations

import numpy as np
import pytest

from heatviewer.core.volume import Volume
from heatviewer.model.defaults import default_interpolation, default_range, default_window


def _volume(values: list[float], dtype: str = "f4", **fields: object) -> Volume:
    return Volume(np.array(values, dtype).reshape(-1, 1, 1), np.eye(4), **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("values", "fields", "expected"),
    [
        ([0, 30], {"kind": "suv"}, (0, 7)),
        ([2, 61], {"kind": "dose"}, (0, 61)),
        ([0.2, 0.8], {}, (0, 1)),
        ([-2, 8], {}, (-8, 8)),
        ([-0.5, 8], {}, (-0.5, 8)),
        ([-0.5, 8], {"kind": "z"}, (-8, 8)),
        ([1, 9], {"kind": "t"}, (-9, 9)),
        ([0, 0.9], {"kind": "z"}, (0, 1)),
        ([3, 9], {}, (3, 9)),
        ([5, 5], {}, (5, 5)),
        ([np.nan, 2, np.inf, 4], {}, (2, 4)),
        ([np.nan], {}, (0, 1)),
    ],
)
def test_default_range(values: list[float], fields: dict[str, str], expected: tuple[float, float]) -> None:
    """The range follows from what the values are and where they lie."""
    assert default_range(_volume(values, **fields)) == pytest.approx(expected)


def test_whole_numbers_within_0_and_1_are_a_mask() -> None:
    """An integer 0/1 volume keeps min…max and is drawn by nearest; floats within 0…1 are linear."""
    mask = _volume([0, 1, 1], "u1")
    assert default_range(mask) == (0, 1)
    assert default_interpolation(mask) == "nearest"
    assert default_interpolation(_volume([0, 1])) == "linear"
    assert default_interpolation(_volume([0, 7], "i2", kind="label")) == "nearest"


def test_range_is_over_all_frames() -> None:
    """A series has one range for all its frames."""
    array = np.stack([np.full((2, 2, 2), v, "f4") for v in (3, 50)], axis=-1)
    assert default_range(Volume(array, np.eye(4))) == (3, 50)


def test_default_window() -> None:
    """The header's window wins, then soft tissue for CT, then percentiles."""
    values = list(range(1001))
    assert default_window(_volume(values, window=(7, 8), modality="CT")) == (7, 8)
    assert default_window(_volume(values, modality="CT")) == (40, 400)
    assert default_window(_volume(values)) == pytest.approx((500, 990))
