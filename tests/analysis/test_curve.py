"""Values over the frames of a series at one point."""

from __future__ import annotations

import csv
import io

import numpy as np

from heatviewer.analysis.curve import Curve, as_csv, axis_title, common_axis, curve_at, on_one_scale, places
from heatviewer.core.volume import FrameAxis, Volume
from tests.volumes import affine

SECONDS = FrameAxis("time", (0.0, 2.5, 5.0), "s")


def test_it_is_the_nearest_voxel_of_every_frame() -> None:
    """At any point of an oblique grid the curve is that voxel's row of the array, rescaled."""
    stored = np.random.default_rng(4).integers(-99, 99, (6, 5, 4, 7)).astype("i2")
    volume = Volume(stored, affine("oblique"), slope=0.5, intercept=3.0)
    world = volume.affine[:3] @ (2.3, 3.6, 1.4, 1)
    np.testing.assert_allclose(curve_at(volume, tuple(world)), stored[2, 4, 1] * 0.5 + 3)


def test_missing_frames_are_nan() -> None:
    """Padding and NaN are no values; zeros only where the layer says so."""
    stored = np.zeros((1, 1, 1, 4), "i2")
    stored[0, 0, 0] = (0, 7, -2000, 9)
    volume = Volume(stored, np.eye(4), padding=(-2000, -2000))
    np.testing.assert_array_equal(curve_at(volume, (0, 0, 0)), [0, 7, np.nan, 9])
    np.testing.assert_array_equal(curve_at(volume, (0, 0, 0), True), [np.nan, 7, np.nan, 9])


def test_outside_there_is_no_curve() -> None:
    """The grid ends half a voxel beyond its outer centres."""
    volume = Volume(np.zeros((3, 3, 3, 2)), np.eye(4))
    assert curve_at(volume, (2.5, 0, 0)) is not None
    assert curve_at(volume, (2.6, 0, 0)) is None


def test_curves_stand_over_a_common_axis() -> None:
    """Times where all have rising times of one unit; else frames are counted from 1."""
    one = Curve("a", "", np.arange(3.0), SECONDS)
    assert common_axis([one, one]) is SECONDS
    assert axis_title(SECONDS) == "time [s]"
    assert places(one, SECONDS).tolist() == [0, 2.5, 5]
    for other in (None, FrameAxis("time", (0, 1, 2), "ms"), FrameAxis("b-value", (0, 1000, 1000), "s/mm²")):
        pair = [one, Curve("b", "", np.arange(3.0), other)]
        assert common_axis(pair) is None
    repeated = Curve("b", "", np.arange(3.0), FrameAxis("b-value", (0, 1000, 1000), "s/mm²"))
    assert common_axis([repeated]) is None
    assert places(repeated, None).tolist() == [1, 2, 3]


def test_csv_is_read_back() -> None:
    """A row a frame: its number from 0, its time, a column a layer; what is missing is empty."""
    curves = [
        Curve("head, rest", "", np.array([1.0, np.nan, 3]), SECONDS),
        Curve("PET", "SUV", np.array([1 / 3, 2, 3]), SECONDS),
    ]
    rows = list(csv.reader(io.StringIO(as_csv(curves))))
    assert rows[0] == ["frame", "time [s]", "head, rest", "PET [SUV]"]
    assert rows[2] == ["1", "2.5", "", "2"]
    assert float(rows[1][3]) == 0.333333333


def test_another_unit_has_a_scale_of_its_own() -> None:
    """The axis is one unit's; a curve of another one spans the same height."""
    shown = on_one_scale(
        [Curve("a", "HU", np.array([-100.0, 300])), Curve("b", "SUV", np.array([2.0, 4]))], "HU"
    )
    assert shown[0].tolist() == [-100, 300]
    assert shown[1].tolist() == [-100, 300]
