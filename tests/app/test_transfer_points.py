"""Control points: every change gives points that the settings take, and presets stand written out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from heatviewer.app import transfer_handles as handles
from heatviewer.app import transfer_points as points
from heatviewer.app.transfer_handles import Handle
from heatviewer.core.transfer import default_opacity
from heatviewer.model import rules
from heatviewer.model.draws import transfer_of
from heatviewer.model.layer import HeatmapLayer
from heatviewer.model.presets import OFTEN_USED, preset, preset_names
from tests.oracle import interpolated
from tests.strategies import opacity_points, ranges, rgb_points, scalars, units


def layer(**settings: object) -> HeatmapLayer:
    return HeatmapLayer(id="h", name="heat", data_range_auto=False, **{"data_range": (-2.0, 6.0), **settings})


def valid(flat: points.Points, width: int) -> bool:
    """Return whether the settings take points as they are."""
    return rules.points(flat, "points", width) == flat


# --- points ----------------------------------------------------------------------------------


@given(opacity_points(), scalars, st.floats(-2, 3), st.data())
def test_points_stay_valid(flat: list[float], scalar: float, height: float, data: st.DataObject) -> None:
    """Placing, moving and taking away gives sorted points in 0…1, whatever is asked for."""
    more, index = points.placed(flat, 2, (scalar, height))
    assert valid(more, 2)
    assert more[2 * index] == scalar
    moved = points.moved(more, 2, data.draw(st.integers(0, len(more) // 2 - 1)), (scalar, height))
    assert valid(moved, 2)
    less = points.without(moved, 2, index)
    assert valid(less, 2)
    assert len(less) == len(moved) - 2


@given(rgb_points(), scalars, st.data())
def test_a_moved_point_stops_at_its_neighbours(flat: list[float], scalar: float, data: st.DataObject) -> None:
    """Points never pass each other; the others stay as they were."""
    index = data.draw(st.integers(0, len(flat) // 4 - 1))
    before = points.rows_of(flat, 4)
    after = points.rows_of(points.moved(flat, 4, index, (scalar, *before[index][1:])), 4)
    low = before[index - 1][0] if index else -np.inf
    high = before[index + 1][0] if index + 1 < len(before) else np.inf
    assert after[index][0] == np.clip(scalar, low, high)
    assert after[:index] + after[index + 1 :] == before[:index] + before[index + 1 :]


def test_two_points_may_share_a_value() -> None:
    """A point moved onto its neighbour makes a step, and the order stays."""
    assert points.moved((0, 0, 1, 0.5, 2, 1), 2, 1, (7, 0.5)) == (0, 0, 2, 0.5, 2, 1)


def test_the_last_point_stays() -> None:
    """There is always one point."""
    assert points.without((3.0, 0.4), 2, 0) == (3.0, 0.4)


@given(opacity_points(), scalars)
def test_a_point_on_the_curve_changes_nothing(flat: list[float], scalar: float) -> None:
    """A point added at the height of the curve leaves every value's opacity as it was."""
    more, _ = points.placed(flat, 2, (scalar, *points.at(flat, 2, scalar)))
    values = np.array([*flat[::2], scalar, scalar + 1.0, scalar - 1.0])
    assert np.allclose(interpolated(more, 2, values), interpolated(flat, 2, values), atol=1e-6)


@given(rgb_points())
def test_colours_turned_round_twice_are_themselves(flat: list[float]) -> None:
    """Mirroring keeps the ends, reverses the colours, and undoes itself."""
    once = points.mirrored(flat)
    assert valid(once, 4) or once[0] == pytest.approx(flat[0])
    assert once[1:4] == tuple(flat[-3:])
    assert np.allclose(points.mirrored(once), flat, atol=1e-9 * max(abs(flat[0]), abs(flat[-4]), 1))


# --- presets as points -----------------------------------------------------------------------


@pytest.mark.parametrize("name", preset_names())
def test_a_preset_is_stood_for_by_few_colours(name: str) -> None:
    """At most 11 colours, exact for maps of few points, else within 8 of 255 (most: 3)."""
    stops = points.stops_of(name)
    places = np.linspace(0, 1, 997)
    error = 255 * np.abs(interpolated(stops, 4, places) - preset(name).colors(places)).max()
    few = preset(name).space == "rgb" and len(preset(name).points) <= 4 * points.MOST_STOPS
    limit = 1e-9 if few else 8.0 if name == "turbo" else 5.0 if name in ("jet", "inferno") else 3.1
    assert error < limit
    assert len(stops) <= 4 * points.MOST_STOPS
    assert (stops[0], stops[-4]) == (0.0, 1.0)


@pytest.mark.parametrize("name", ["Cool to warm", "Rainbow desaturated", *OFTEN_USED[:4]])
@pytest.mark.parametrize("reverse", [False, True])
def test_written_out_a_layer_looks_the_same(name: str, reverse: bool) -> None:
    """Making a preset's colours explicit changes no colour by more than the stops' error."""
    before = layer(preset=name, reverse=reverse)
    after = before.replaced(**handles.color_changes(before, points.color_points(before)))
    values = np.linspace(-3, 7, 501)
    assert not after.reverse
    difference = np.abs(transfer_of(before).colors(values) - transfer_of(after).colors(values))
    assert 255 * difference.max() < 8


@given(rgb_points())
def test_reversed_colours_are_edited_as_they_are_seen(flat: list[float]) -> None:
    """The points of a reversed layer are those that lie under their colours on the bar."""
    assume(len(set(flat[::4])) == len(flat) // 4)  # on a step itself the other side's colour holds
    before = layer(rgb_points=flat, reverse=True)
    after = before.replaced(**handles.color_changes(before, points.color_points(before)))
    assert not after.reverse
    values = np.linspace(flat[0], flat[-4], 41)[1:-1] + 1e-7
    assert np.allclose(transfer_of(before).colors(values), transfer_of(after).colors(values), atol=1e-3)


def test_the_default_curve_is_the_contracts() -> None:
    """Without points of its own a layer has the default's, also in 3D; with them those."""
    assert points.opacity_points(layer()) == default_opacity(-2.0, 6.0)
    assert points.opacity_points(layer(opacity_points=(0, 1)), volumetric=True) == (0.0, 1.0)
    own = layer(opacity_points=(0, 1), opacity_points_3d=(2, 0.5))
    assert points.opacity_points(own, volumetric=True) == (2.0, 0.5)
    assert points.opacity_points(own) == (0.0, 1.0)


# --- handles ---------------------------------------------------------------------------------


@given(ranges(), scalars, units, st.data())
@settings(deadline=None)
def test_any_run_of_moves_leaves_a_valid_layer(
    ends: tuple[float, float], value: float, height: float, data: st.DataObject
) -> None:
    """Whatever is dragged wherever, the settings take it, and what was not dragged stays."""
    now = layer(data_range=ends, threshold=(ends[0], ends[1]), threshold_abs=abs(value))
    for _ in range(6):
        handle = data.draw(st.sampled_from([*handles.handles_of(now), handles.BOTH_ENDS]))
        volumetric, to = data.draw(st.booleans()), data.draw(scalars)
        changes = handles.moved(now, handle, to, data.draw(units), volumetric)
        assert len(changes) == 1
        now = now.replaced(**changes)
    assert now.data_range[0] < now.data_range[1]


def test_a_changed_range_moves_no_explicit_points() -> None:
    """Points of one's own stay where they are; the preset's follow the range."""
    own = layer(opacity_points=(0, 0.2, 1, 0.9), rgb_points=(0, 0, 0, 0, 1, 1, 1, 1))
    changed = own.replaced(**handles.moved(own, Handle("range", 1), 60.0))
    assert changed.data_range == (-2.0, 60.0)
    assert (changed.opacity_points, changed.rgb_points) == (own.opacity_points, own.rgb_points)
    assert points.color_points(layer(data_range=(0.0, 9.0)))[-4] == 9.0


def test_thresholds_stop_at_each_other() -> None:
    """Low and high end may meet; the two lines of |value| ≥ t are one number."""
    both = layer(threshold=(0.0, 2.0), threshold_abs=1.0)
    assert handles.moved(both, Handle("threshold", 0), 5.0) == {"threshold": (2.0, 2.0)}
    assert handles.moved(both, Handle("threshold", 1), -5.0) == {"threshold": (0.0, 0.0)}
    assert handles.moved(both, Handle("magnitude", 0), -1.5) == {"threshold_abs": 1.5}
    assert handles.value_of(both, Handle("magnitude", 0)) == -1.0


def test_taking_handles_away() -> None:
    """Thresholds open an end, or go; the ends of the range stay."""
    both = layer(threshold=(0.0, 2.0), threshold_abs=1.0)
    assert handles.removed(both, Handle("threshold", 0)) == {"threshold": (None, 2.0)}
    assert handles.removed(layer(threshold=(0.0, None)), Handle("threshold", 0)) == {"threshold": None}
    assert handles.removed(both, Handle("magnitude", 1)) == {"threshold_abs": None}
    assert handles.removed(both, Handle("range", 0)) == {}
    assert handles.removed(layer(opacity_points=(1, 1)), Handle("opacity", 0)) == {}


def test_a_linked_curve_is_the_slices() -> None:
    """In 3D a layer without a curve of its own edits the slices'; once separated its own."""
    linked = layer(opacity_points=(0, 0.5))
    assert set(handles.moved(linked, Handle("opacity", 0), 1.0, 0.1, volumetric=True)) == {"opacity_points"}
    apart = linked.replaced(**handles.separated(linked))
    assert apart.opacity_points_3d == linked.opacity_points
    moved = handles.moved(apart, Handle("opacity", 0), 1.0, 0.1, volumetric=True)
    assert moved == {"opacity_points_3d": (1.0, 0.1)}
