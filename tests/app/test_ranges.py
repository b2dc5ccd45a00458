"""Data ranges from the data: the same numbers as numpy finds on the values that are shown."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heatviewer.app import ranges
from heatviewer.app.scene import Scene
from heatviewer.core.errors import SettingError
from heatviewer.core.geometry import apply_affine
from heatviewer.core.volume import Volume
from heatviewer.model.resolve import slice_plane
from heatviewer.sampling.rule import sample_points
from tests import volumes
from tests.strategies import ranges as two_ends
from tests.strategies import scalars

RNG = np.random.default_rng(8)


def scene_with(array: Any, kind: str = "oblique", **settings: Any) -> tuple[Scene, str]:
    """Return a scene on a noise base with one heatmap, and its id."""
    scene = Scene()
    scene.set_base(volumes.noise(kind="identity"))
    facts = {name: settings.pop(name) for name in ("slope", "intercept", "padding") if name in settings}
    affine = volumes.affine(kind)
    # Its middle lies on the cursor, which lies on a voxel's centre of the base.
    affine[:3, 3] = scene.cursor - affine[:3, :3] @ [4.2, 3.7, 3.1]
    return scene, scene.add_volume(Volume(np.asarray(array), affine, name="heat", **facts), **settings).id


SIGNED = RNG.normal(1, 3, (9, 8, 7)).astype("f4")
STUDIES: dict[str, tuple[Any, dict[str, Any]]] = {
    "float": (SIGNED, {}),
    "NaN": (np.where(SIGNED > 4, np.nan, SIGNED), {}),
    "integer": ((SIGNED * 10).astype("i2"), {}),
    "falling slope": ((SIGNED * 10).astype("i2"), {"slope": -0.5, "intercept": 3.0}),
    "padded": ((SIGNED * 10).astype("i2"), {"padding": (-200.0, -30.0)}),
    "frames": (np.stack([SIGNED, SIGNED * 4], axis=-1), {}),
    "zeros": (np.where(np.abs(SIGNED) < 3, 0, SIGNED), {"zero_is_missing": True}),
    "small": (SIGNED * 1e-30, {}),
    "great": (SIGNED.astype("f8") * 1e30, {}),
}


def values_of(scene: Scene, layer_id: str) -> np.ndarray:
    """Return all values of a layer that hold data."""
    volume, layer = scene.volumes[layer_id], scene.state.heatmap(layer_id)
    values = volume.stored.astype(float) * volume.slope + volume.intercept
    missing = volume.missing_in(volume.stored)
    values = values.ravel() if missing is None else values[~missing]
    return values[values != 0] if layer.zero_is_missing else values


@pytest.mark.parametrize("name", STUDIES)
def test_the_full_range_is_min_and_max(name: str) -> None:
    """Over all frames, of the values that hold data."""
    array, settings = STUDIES[name]
    scene, layer_id = scene_with(array, **settings)
    values = values_of(scene, layer_id)
    assert ranges.full(scene, layer_id) == pytest.approx((values.min(), values.max()), rel=1e-6)
    magnitude = np.abs(values).max()
    assert ranges.symmetric(scene, layer_id) == pytest.approx((-magnitude, magnitude), rel=1e-6)


@pytest.mark.parametrize("name", STUDIES)
@pytest.mark.parametrize("ranks", ranges.PERCENTILES)
def test_percentiles_are_numpys(name: str, ranks: tuple[float, float]) -> None:
    """Linear percentiles of the values that hold data."""
    array, settings = STUDIES[name]
    scene, layer_id = scene_with(array, **settings)
    expected = np.percentile(values_of(scene, layer_id), ranks)
    assert ranges.percentiles(scene, layer_id, *ranks) == pytest.approx(tuple(expected), rel=1e-5)


@pytest.mark.parametrize("plane", ["axial", "coronal", "sagittal"])
@pytest.mark.parametrize("name", ["float", "NaN", "falling slope", "zeros"])
def test_a_slice_gives_the_values_it_shows(plane: Any, name: str) -> None:
    """Smallest and largest sample on the plane through the cursor, found point by point."""
    array, settings = STUDIES[name]
    scene, layer_id = scene_with(array, **settings)
    volume, layer = scene.volumes[layer_id], scene.state.heatmap(layer_id)
    place = slice_plane(scene.state, scene.base_volume, plane, (512, 512))
    rows, columns = np.mgrid[:512, :512].reshape(2, -1, 1)
    world = np.array(place.origin) + columns * place.right + rows * place.down
    index = apply_affine(volume.world_to_voxel, world)
    samples = sample_points(volume, index, layer.interpolation, 0, layer.zero_is_missing)
    values = samples.values[samples.present]
    found = ranges.from_slice(scene, layer_id, plane)
    assert found == pytest.approx((values.min(), values.max()), abs=1e-3 * float(np.ptp(values)))


def test_a_slice_is_taken_whole_however_the_view_is_zoomed() -> None:
    """Zoom and pan of the view change nothing, and are not changed."""
    scene, layer_id = scene_with(SIGNED)
    before = ranges.from_slice(scene, layer_id, "sagittal")
    camera = scene.view.sagittal_camera.replaced(zoom=8.0, pan=(4.0, -3.0))
    scene.edit_view(sagittal_camera=camera)
    assert ranges.from_slice(scene, layer_id, "sagittal") == before
    assert scene.view.sagittal_camera == camera


def test_a_slice_without_values_is_told() -> None:
    """A slice that the layer does not reach has no range, and says where to go."""
    scene, layer_id = scene_with(SIGNED)
    scene.cursor = (0.0, 0.0, 5000.0)
    with pytest.raises(SettingError, match=r"no values in the axial slice.*Go to another slice"):
        ranges.from_slice(scene, layer_id, "axial")


def test_another_layers_range() -> None:
    """The range of another heatmap is taken as it is; all others are offered, the top one first."""
    scene, layer_id = scene_with(SIGNED)
    other = scene.add_heatmap(SIGNED * 2, name="other", data_range=(0, 60))
    third = scene.add_heatmap(SIGNED, name="third")
    assert ranges.same_as(scene, layer_id, other.id) == (0.0, 60.0)
    assert [layer.id for layer in ranges.others(scene, layer_id)] == [third.id, other.id]


@pytest.mark.parametrize("value", [np.nan, 3.0, 0.0])
def test_without_a_span_there_is_no_range(value: float) -> None:
    """Constant or missing data raise, naming the layer and what to do; nothing is changed."""
    scene, layer_id = scene_with(np.full((4, 4, 4), value))
    before = scene.state
    for find in (
        ranges.full,
        lambda *of: ranges.percentiles(*of, 2.0, 98.0),
        lambda *of: ranges.from_slice(*of, "axial"),
    ):
        with pytest.raises(SettingError, match=r"data_range: .*heat.*(Type|Go to)"):
            find(scene, layer_id)
    assert scene.state is before


def test_symmetric_about_0_for_constant_data() -> None:
    """One value other than 0 is enough for a symmetric range; 0 alone is not, nor is nothing."""
    scene, layer_id = scene_with(np.full((4, 4, 4), -3.0))
    assert ranges.symmetric(scene, layer_id) == (-3.0, 3.0)
    for value in (0.0, np.nan):
        with pytest.raises(SettingError, match="data_range"):
            ranges.symmetric(*scene_with(np.full((4, 4, 4), value)))


def test_a_layer_that_is_gone_has_no_range() -> None:
    """A range asked for on another thread may come after its layer was removed."""
    scene, layer_id = scene_with(SIGNED)
    scene.remove(layer_id)
    scene.history.clear()
    with pytest.raises(SettingError, match="not in the scene"):
        ranges.full(scene, layer_id)


@given(two_ends(), scalars)
def test_a_typed_end_takes_the_other_along(ends: tuple[float, float], typed: float) -> None:
    """The typed end is exact, the range always rises, and an end that is not passed stays."""
    low = ranges.with_end(ends, low=typed)
    high = ranges.with_end(ends, high=typed)
    assert low[0] < low[1]
    assert high[0] < high[1]
    assert low[0] == typed
    assert high[1] == pytest.approx(typed)
    assert low[1] == ends[1] or typed >= ends[1]
    assert high[0] == ends[0] or typed <= ends[0]


@given(two_ends(), st.lists(scalars, min_size=1, max_size=5), st.none() | scalars.map(abs))
def test_the_axis_holds_everything(
    ends: tuple[float, float], places: list[float], limit: float | None
) -> None:
    """Values, range, points and thresholds lie on it, with some room beside them."""
    scene, layer_id = scene_with(SIGNED)
    flat = [number for place in sorted(places) for number in (place, 0.5)]
    scene.edit_layer(layer_id, data_range=ends, opacity_points=flat, threshold_abs=limit)
    low, high = ranges.axis_span(scene.state.heatmap(layer_id), scene.volumes[layer_id])
    held = [*ends, *places, SIGNED.min(), SIGNED.max(), *((limit, -limit) if limit is not None else ())]
    assert low < min(held)
    assert max(held) < high


@pytest.mark.parametrize("value", [0.0, 3.7, -1e30, 1e-30])
def test_the_axis_of_constant_data_has_them_in_its_middle(value: float) -> None:
    """Half of the value to either side; of nothing 1."""
    scene, layer_id = scene_with(np.full((3, 3, 3), value))
    layer = scene.state.heatmap(layer_id)
    layer = layer.replaced(data_range=(value, value), data_range_auto=True)
    low, high = ranges.axis_span(layer, scene.volumes[layer_id])
    room = abs(value) / 2 or 1.0
    assert (low, high) == pytest.approx((value - room, value + room))


def test_whole_numbers_have_room_for_their_bars() -> None:
    """The axis of a mask reaches half a number beyond 0 and 1."""
    scene, layer_id = scene_with((SIGNED > 0).astype("u1"))
    low, high = ranges.axis_span(scene.state.heatmap(layer_id), scene.volumes[layer_id])
    assert low < -0.5
    assert high > 1.5


def test_finding_a_range_changes_nothing() -> None:
    """The functions only read: any thread may run them."""
    scene, layer_id = scene_with(SIGNED)
    state, done = scene.state, scene.history.done
    ranges.full(scene, layer_id)
    ranges.from_slice(scene, layer_id, "coronal")
    assert scene.state is state
    assert scene.history.done == done
