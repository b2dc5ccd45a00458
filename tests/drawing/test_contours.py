"""Contour lines: where they run, which pixels they cover, and what is kept of them."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from heatviewer.drawing.contour_cells import Field, crossings
from heatviewer.drawing.contours import lay_lines, margin, paths_of
from heatviewer.model.requests import LineDraw
from heatviewer.sampling.rule import Samples

RED = (1.0, 0.0, 0.0)
Picture = NDArray[np.uint32]


def _samples(values: NDArray[Any], missing: NDArray[np.bool_] | None = None) -> Samples:
    return Samples(values, None if missing is None else ~missing, missing)


def _shares(
    samples: Samples, *levels: float, width: float = 1.5, dashed: bool = False, upper: bool = False
) -> NDArray[np.float64]:
    """Return how much of each pixel red lines cover, by the alpha that they leave on a clear picture."""
    picture = np.zeros(samples.values.shape, dtype=np.uint32)
    lay_lines(picture, [LineDraw(v, RED, upper=upper) for v in levels], samples, width, dashed, True)
    return (picture >> 24) / 255


def _distances(shape: tuple[int, int], at: tuple[float, float], dtype: str = "f8") -> NDArray[Any]:
    rows, columns = np.indices(shape)
    return np.asarray(np.hypot(columns - at[0], rows - at[1]), dtype=dtype)


@pytest.mark.parametrize("width", [0.5, 1.0, 1.5, 3.0, 8.5])
@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_a_pixel_is_covered_by_its_distance(width: float, dtype: str) -> None:
    """A line through a ramp covers clip(width / 2 + 1/2 − distance, 0, 1) of each pixel."""
    ramp = np.broadcast_to(np.arange(40, dtype=dtype), (30, 40))
    wanted = np.clip(width / 2 + 0.5 - np.abs(np.arange(40) - 17.3), 0, 1)
    found = _shares(_samples(ramp), 17.3, width=width)
    assert np.allclose(found, wanted, atol=1 / 250)


@pytest.mark.parametrize("scale", [1.0, 1e-30, 1e30, 1e-300, 1e300])
@pytest.mark.parametrize("turn", [0, 1])
def test_a_circle_is_round_at_any_scale(scale: float, turn: int) -> None:
    """The lines of a cone are circles: covered by distance all the way round, whatever the numbers."""
    cone = _distances((90, 110), (51.3, 44.8)) * scale * (-1) ** turn
    found = _shares(_samples(cone), 30.4 * scale * (-1) ** turn, width=2.0)
    wanted = np.clip(1.5 - np.abs(_distances((90, 110), (51.3, 44.8)) - 30.4), 0, 1)
    assert np.abs(found - wanted).max() < 0.03


@pytest.mark.parametrize(
    "values",
    [
        np.full((20, 20), 5.0), np.full((20, 20), np.nan), np.full((20, 20), -np.inf), np.zeros((1, 1)),
        np.arange(9.0)[None], np.arange(9.0)[:, None], np.empty((0, 7)),
    ],
)  # fmt: skip
def test_what_has_no_lines(values: NDArray[np.float64]) -> None:
    """Constant, missing and single rows of values have no lines, at no level."""
    assert not _shares(_samples(values), 5.0, 0.0, -1e300, 4.5).any()


def test_a_plateau_at_the_level_is_surrounded() -> None:
    """A level belongs to what is above it, or, of an upper end, to what is below: the line goes round."""
    mask = np.zeros((21, 31), dtype=np.float32)
    mask[6:12, 8:20] = 1
    outside = _shares(_samples(mask), 0.0, upper=True, width=1.0)
    inside = _shares(_samples(mask), 1.0, width=1.0)
    assert not _shares(_samples(mask), 0.0, width=1.0).any()
    assert not _shares(_samples(mask), 1.0, width=1.0, upper=True).any()
    edge = (mask == 1) & ~np.pad(mask == 1, 1)[2:, 1:-1]
    edge |= (mask == 1) & ~np.pad(mask == 1, 1)[:-2, 1:-1]
    assert (inside[edge] > 0.9).all()
    assert not inside[8:10, 10:18].any()
    assert (outside[5, 9:19] > 0.9).all()


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_levels_are_rounded_as_the_data_are(dtype: str) -> None:
    """A level of 0.7 goes round voxels stored as 0.7 in 32 bits, as the threshold does."""
    values = np.zeros((20, 20), dtype=dtype)
    values[5:15, 5:15] = 0.7
    assert (_shares(_samples(values), 0.7)[5, 6:14] > 0.9).all()


def test_a_single_highest_pixel_gets_no_dot() -> None:
    """A level that one pixel touches has no line: 100 % of a maximum is a point."""
    cone = 50 - _distances((41, 41), (20.0, 20.0))
    assert not _shares(_samples(cone), 50.0).any()
    assert _shares(_samples(cone), 49.0).any()


@given(arrays(np.float32, (9, 12), elements=st.floats(width=32)), st.floats(width=32), st.booleans())
def test_any_samples_are_safe(values: NDArray[np.float32], level: float, dashed: bool) -> None:
    """No numbers raise or warn, and a line covers only pixels beside values on both sides of it."""
    covered = _shares(_samples(values), level, width=1.0, dashed=dashed)
    assert ((covered >= 0) & (covered <= 1)).all()
    valid = np.isfinite(values)
    with np.errstate(invalid="ignore"):
        mixed = (valid & (values >= level)).any() and (valid & (values < level)).any()
    assert mixed or not covered.any()


def test_a_line_ends_where_data_are_missing() -> None:
    """Missing and absent pixels end a line; their values, whatever they are, make none."""
    ramp = np.tile(np.arange(30.0), (40, 1))
    missing = np.zeros(ramp.shape, dtype=bool)
    missing[10:20] = True
    ramp[missing] = 1e9
    found = _shares(_samples(ramp, missing), 12.5, width=1.0)
    assert (found[:10, 12:14] > 0).all()
    assert not found[11:19].any()
    assert not found[:, :11].any()
    assert not found[:, 16:].any()


def test_dashes_lie_on_the_solid_line_and_leave_gaps() -> None:
    """A dashed line is the solid one, some 60 % of it, in as many dashes as gaps."""
    samples = _samples(_distances((120, 120), (60.2, 59.7)))
    solid, dashed = _shares(samples, 48.0), _shares(samples, 48.0, dashed=True)
    assert (dashed <= solid + 1 / 255).all()
    assert 0.5 < dashed.sum() / solid.sum() < 0.75
    angles = np.linspace(0, 2 * np.pi, 3000, endpoint=False)
    columns, rows = (np.rint(60.2 + 48 * np.cos(angles)), np.rint(59.7 + 48 * np.sin(angles)))
    on = dashed[rows.astype(int), columns.astype(int)] > 0.3
    starts = np.count_nonzero(on & ~np.roll(on, 1))
    assert starts == round(2 * np.pi * 48 / 10)


@pytest.mark.parametrize("below", [0xFF000000, 0xFF804020, 0xFFFFFFFF])
def test_lines_lie_over_an_opaque_picture(below: int) -> None:
    """Colour = colour × share + what is below × (1 − share), to half of 1/255; alpha stays 255."""
    samples = _samples(_distances((50, 50), (24.6, 25.1)))
    color = (0.2, 1.0, 0.6)
    shares = _shares(samples, 15.0)
    picture = np.full((50, 50), below, dtype=np.uint32)
    lay_lines(picture, [LineDraw(15.0, color)], samples, 1.5, False, False)
    bytes_below = [below >> shift & 255 for shift in (0, 8, 16)]
    wanted = shares[..., None] * np.array(color) * 255 + (1 - shares[..., None]) * np.array(bytes_below)
    rgba = picture.view(np.uint8).reshape(50, 50, 4)
    assert np.abs(rgba[..., :3] - wanted).max() <= 1.1
    assert (rgba[..., 3] == 255).all()


def test_lines_on_a_clear_picture_have_straight_alpha() -> None:
    """Alone, a line has its own colour at every alpha; over a colour, the two mix; clear stays 0."""
    samples = _samples(_distances((50, 50), (24.6, 25.1)))
    picture = np.zeros((50, 50), dtype=np.uint32)
    picture[:, 25:] = 0x80FF0000
    lay_lines(picture, [LineDraw(15.0, RED)], samples, 2.0, False, True)
    rgba = picture.view(np.uint8).reshape(50, 50, 4).astype(float)
    line = rgba[:, :24][rgba[:, :24, 3] > 0]
    assert (line[:, :3] == (255, 0, 0)).all()
    assert (picture[:, :24] >> 24 != 0)[25].sum() <= 4
    assert not picture[:, :24][picture[:, :24] >> 24 == 0].any()
    share = _shares(samples, 15.0, width=2.0)[:, 26:]
    alpha = share + (1 - share) * 128 / 255
    assert np.abs(rgba[:, 26:, 3] / 255 - alpha).max() < 2 / 255
    assert np.abs(rgba[:, 26:, 0] / 255 - share / alpha).max() < 3 / 255


def test_the_last_line_is_on_top_and_parts_of_a_picture_take_lines_too() -> None:
    """Lines are laid in order, also on a part of a larger picture."""
    samples = _samples(_distances((30, 30), (15.2, 14.9)))
    lines = [LineDraw(9.0, RED), LineDraw(9.0, (0.0, 0.0, 1.0))]
    whole = np.full((50, 60), 0xFF000000, dtype=np.uint32)
    lay_lines(whole[10:40, 20:50], lines, samples, 3.0, False, False)
    assert (whole[10:40, 20:50] == 0xFFFF0000).any()
    assert not (whole == 0xFF0000FF).any()
    whole[10:40, 20:50] = 0xFF000000
    assert (whole == 0xFF000000).all()


@pytest.mark.parametrize("width", [0.5, 1.5, 4.0])
def test_a_part_with_its_margin_agrees_with_the_whole(width: float) -> None:
    """Samples `margin` pixels beyond a part are enough for its lines to be those of the whole."""
    values = np.random.default_rng(3).normal(size=(80, 60))
    whole = _shares(_samples(values), 0.4, width=width)
    extra = margin(width)
    part = _shares(_samples(values[30 - extra : 50 + extra]), 0.4, width=width)
    assert np.array_equal(part[extra:-extra], whole[30:50])


def test_lines_are_traced_once_and_forgotten_with_their_samples() -> None:
    """What was traced is kept by the samples' values, told apart by their masks, and dies with them."""
    values = _distances((40, 40), (20.0, 20.0))
    missing = np.zeros(values.shape, dtype=bool)
    missing[:20] = True
    line = LineDraw(10.0, RED)
    paths = paths_of(line, _samples(values))
    assert paths_of(LineDraw(10.0, (0, 1, 0), "10"), _samples(values)) is paths
    half = paths_of(line, _samples(values, missing))
    assert half.points[:, 1].min() >= 20
    points = weakref.ref(half.points)
    del half, values
    gc.collect()
    assert points() is None


def test_many_large_pictures_keep_a_bounded_amount() -> None:
    """A threshold that is dragged through hundreds of levels does not fill the memory."""
    samples = _samples(np.random.default_rng(0).normal(size=(200, 200)))
    first = weakref.ref(paths_of(LineDraw(-1.0, RED), samples).points)
    for level in np.linspace(-1, 1, 60):
        _shares(samples, float(level))
    gc.collect()
    assert first() is None


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("upper", [False, True])
def test_pieces_of_cells_are_those_of_contourpys_lines(seed: int, upper: bool) -> None:
    """Cell by cell and along whole lines, saddles and cells with a missing corner included, lines agree."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(40, 50))
    missing = rng.random(values.shape) < (0.15 if seed % 2 else 0.0)
    line, samples = LineDraw(0.2, RED, upper=upper), _samples(values, missing)
    paths = paths_of(line, samples)
    pieces = np.concatenate([paths.points[:-1], paths.points[1:]], axis=1)
    along = pieces[np.setdiff1d(np.arange(len(pieces)), paths.starts[1:-1] - 1)]
    found = crossings(line, Field(values, ~missing if missing.any() else None)).T
    middles = []
    for ends in (along, found):
        # Lines that are hardly more than a point are left out of paths.
        ends = ends[np.hypot(*(ends[:, 2:] - ends[:, :2]).T) > 0.01]
        points = (ends[:, :2] + ends[:, 2:]) / 2
        middles.append(points[np.lexsort(np.round(points, 6).T)])
    assert np.allclose(middles[0], middles[1], atol=1e-9)
