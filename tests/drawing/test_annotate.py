"""Crosshair, letters, position, scale bar: what is written on pictures."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from heatviewer.app.scene import Scene
from heatviewer.core.geometry import PLANES, Plane, PlaneName, view_axes
from heatviewer.drawing.annotate import annotate, page_of, plane_color, scale_bar
from heatviewer.drawing.text import Sprite, elided, text_sprite, text_width
from heatviewer.model.requests import AnnotationRequest
from heatviewer.model.resolve import resolve_annotation, volume_plane
from tests.volumes import affine, noise

SIZE = (560, 400)


def request(
    size: tuple[int, int] = SIZE, view: PlaneName | Literal["3d"] = "axial", **fields: Any
) -> AnnotationRequest:
    right, up = view_axes("axial" if view == "3d" else view)
    plane = Plane.centred((0, 0, 0), right, up, size, 0.5)
    return AnnotationRequest(plane, view, **({"scale_bar": False} | fields))


def black(size: tuple[int, int] = SIZE) -> NDArray[np.uint8]:
    picture = np.zeros((size[1], size[0], 4), np.uint8)
    picture[..., 3] = 255
    return picture


def drawn(asked: AnnotationRequest) -> NDArray[np.uint8]:
    picture = black(asked.plane.size)
    annotate(picture, asked)
    return picture


def lit(picture: NDArray[np.uint8]) -> tuple[slice, slice]:
    """Return the rows and columns that hold anything bright."""
    rows, columns = np.nonzero(picture[..., :3].max(axis=-1) > 60)
    return slice(rows.min(), rows.max() + 1), slice(columns.min(), columns.max() + 1)


def ink(text: str, ratio: float = 1.0) -> NDArray[np.uint8]:
    return text_sprite(text, 13 * ratio, (244, 245, 247), bold=True).rgba


@pytest.mark.parametrize(
    "field",
    [
        {"letters": ("R", "L", "A", "P")},
        {"position": "z 1.0 mm"},
        {"badges": ("L on left",)},
        {"scale_bar": True},
    ],
)
def test_all_that_is_asked_for_changes_the_picture(field: dict[str, Any]) -> None:
    """Each thing that a request names is seen, and alpha stays 255."""
    plain, more = drawn(request()), drawn(request(**field))
    assert (plain != more).any()
    assert (more[..., 3] == 255).all()


@pytest.mark.parametrize("edge", range(4))
@pytest.mark.parametrize("letter", ["R", "L", "A", "P", "S", "I", "LAS"])
def test_a_letter_stands_in_the_middle_of_its_edge(edge: int, letter: str) -> None:
    """Letters come left, right, top, bottom, each in the middle of its edge and nowhere else."""
    letters = tuple(letter if n == edge else "" for n in range(4))
    difference = np.abs(drawn(request(letters=letters)).astype(int) - drawn(request())).astype(np.uint8)
    rows, columns = lit(difference)
    middle = ((columns.start + columns.stop) / 2, (rows.start + rows.stop) / 2)
    expected = [(None, 200), (None, 200), (280, None), (280, None)][edge]
    assert all(e is None or abs(m - e) <= 2 for m, e in zip(middle, expected, strict=True))
    assert (columns.start < 12, columns.stop > 548, rows.start < 12, rows.stop > 388) == tuple(
        n == edge for n in range(4)
    )


LETTERS = {
    ("axial", "radiological"): ("R", "L", "A", "P"),
    ("axial", "neurological"): ("L", "R", "A", "P"),
    ("coronal", "radiological"): ("R", "L", "S", "I"),
    ("coronal", "neurological"): ("L", "R", "S", "I"),
    ("sagittal", "radiological"): ("A", "P", "S", "I"),
    ("sagittal", "neurological"): ("A", "P", "S", "I"),
}


@pytest.mark.parametrize(("view", "convention"), LETTERS)
@pytest.mark.parametrize("kind", ["flipped", "oblique"])
def test_the_letters_say_where_the_patient_lies(view: PlaneName, convention: Any, kind: str) -> None:
    """In both conventions the letters at the edges are those of the contract's table, whatever the affine."""
    scene = Scene.from_arrays(noise().array, affine(kind))
    scene.edit_view(convention=convention)
    plane = Plane.centred((0, 0, 0), *view_axes(view, convention), SIZE, 0.5)
    asked = resolve_annotation(scene.state, scene.volumes, plane, view, None)
    assert asked.letters == LETTERS[view, convention]
    assert asked.badges == (("L on left",) if convention == "neurological" and view != "sagittal" else ())
    picture, left = drawn(asked), ink(asked.letters[0])
    page = black()
    text_sprite(asked.letters[0], 13, (244, 245, 247), bold=True).lay_on(page, 8, (400 - 9) // 2)
    rows, columns = slice(190, 210), slice(0, left.shape[1])
    np.testing.assert_array_equal(picture[rows, columns], page[rows, columns])


def test_an_oblique_view_says_all_directions_it_leans_to() -> None:
    """A camera half way to the side shows two letters at its edges."""
    scene = Scene.from_arrays(noise().array, affine("oblique"))
    plane = volume_plane(scene.base_volume, (45, 0), SIZE)
    letters = resolve_annotation(scene.state, scene.volumes, plane, "3d", None).letters
    assert letters is not None
    assert [set(text) for text in letters] == [{"R", "A"}, {"L", "P"}, {"S"}, {"I"}]


def test_the_nose_is_where_it_is_asked_for() -> None:
    """With nose-right the sagittal view's right edge says A."""
    scene = Scene.from_arrays(noise().array)
    plane = Plane.centred((0, 0, 0), *view_axes("sagittal", sagittal="nose-right"), SIZE, 0.5)
    assert resolve_annotation(scene.state, scene.volumes, plane, "sagittal", None).letters == (
        "P",
        "A",
        "S",
        "I",
    )


@given(mm=st.floats(1e-4, 50), width=st.integers(150, 8192))
def test_the_scale_bar_is_as_long_as_it_says(mm: float, width: int) -> None:
    """Pixels × mm per pixel is the label's length within half a pixel; it is round and near a fifth."""
    pixels, label = scale_bar(mm, width)
    value, unit = label.split()
    length = float(value) * {"µm": 1e-3, "mm": 1, "cm": 10, "m": 1000}[unit]
    assert abs(pixels * mm - length) <= mm / 2 * (1 + 1e-6)
    assert f"{length:.0e}"[0] in "125"
    assert 0.12 <= length / mm / width <= 0.32


@pytest.mark.parametrize("ratio", [1, 1.5, 2])
def test_the_scale_bar_drawn_is_the_one_computed(ratio: float) -> None:
    """The bar's lit pixels from end to end are its length."""
    picture = drawn(request(scale_bar=True, ratio=ratio))
    pixels, _ = scale_bar(0.5, SIZE[0])
    bottom = picture[-round(8 * ratio) - 1, :, 0]
    lit_columns = np.flatnonzero(bottom > 200)
    assert lit_columns[-1] - lit_columns[0] + 1 == pixels == lit_columns.size


@pytest.mark.parametrize(
    ("view", "vertical", "horizontal"),
    [("axial", "sagittal", "coronal"), ("coronal", "sagittal", "axial"), ("sagittal", "coronal", "axial")],
)
def test_crosshair_lines_have_the_colour_of_the_plane_they_stand_for(
    view: PlaneName, vertical: str, horizontal: str
) -> None:
    """One pixel wide through the cursor's pixel, in the other planes' colours, slightly transparent."""
    asked = request(view=view)
    world = asked.plane.world_at(170, 122)
    picture = drawn(request(view=view, cursor=world))
    for pixel, name in ((picture[300, 170], vertical), (picture[122, 400], horizontal)):
        np.testing.assert_allclose(pixel[:3], np.array(plane_color(name)) * 178 / 255, atol=0.51)
    assert not picture[300, [169, 171], :3].any()
    assert not picture[[121, 123], 400, :3].any()


def test_the_voxel_under_the_cursor_stays_visible() -> None:
    """Round the cursor the lines leave a gap, twice as wide on a doubled screen."""
    for ratio, gap in ((1, 7), (2, 14)):
        asked = request(ratio=ratio)
        picture = drawn(request(ratio=ratio, cursor=asked.plane.world_at(170, 122)))
        around = picture[122 - gap : 122 + gap + 1, 170 - gap : 170 + gap + 1, :3]
        assert not around.any()
        assert picture[122, 170 + gap + 2, :3].any()
        assert picture[122 + gap + 2, 170, :3].any()


@pytest.mark.parametrize("pixel", [(-40.0, -40.0), (700.0, 900.0), (1e9, -1e9)])
def test_a_cursor_outside_draws_nothing(pixel: tuple[float, float]) -> None:
    """A cursor beyond the corner of the picture has no lines in it."""
    plain = request()
    np.testing.assert_array_equal(drawn(plain), drawn(request(cursor=plain.plane.world_at(*pixel))))


def test_the_centre_stays_free() -> None:
    """Without a cursor everything written keeps out of the middle of the picture, byte for byte."""
    scene = Scene.from_arrays(noise().array)
    scene.add_heatmap(noise(seed=3))
    plane = Plane.centred((0, 0, 0), *view_axes("axial"), SIZE, 0.5)
    picture = np.random.default_rng(0).integers(0, 255, (400, 560, 4), dtype=np.uint8)
    before = picture.copy()
    annotate(picture, resolve_annotation(scene.state, scene.volumes, plane, "axial", None))
    assert (picture != before).any()
    np.testing.assert_array_equal(picture[200:350, 60:400], before[200:350, 60:400])


@settings(max_examples=60, deadline=None)
@given(
    size=st.tuples(st.integers(1, 700), st.integers(1, 500)),
    ratio=st.sampled_from([1.0, 1.25, 2.0, 3.0]),
    legends=st.integers(0, 5),
    letters=st.sampled_from([("R", "L", "A", "P"), ("RAS", "LPI", "SAR", "IPL"), None]),
)
def test_nothing_covers_anything(
    size: tuple[int, int], ratio: float, legends: int, letters: tuple[str, str, str, str] | None
) -> None:
    """At any size all that is written lies inside and apart; what has no room is left out."""
    scene = Scene.from_arrays(noise().array)
    for seed in range(legends):
        scene.add_heatmap(
            noise(seed=seed), name=f"A long name {seed}", unit="mmol/L", below="hide", nan="clamp"
        )
    plane = Plane.centred((0, 0, 0), *view_axes("axial"), size, 0.5)
    asked = resolve_annotation(scene.state, scene.volumes, plane, "axial", (0, 0, 0), ratio)
    asked = replace(asked, letters=letters, badges=("L on left",))
    page = page_of(asked)
    for a in page.taken:
        assert a.left >= 0 <= a.top
        assert a.left + a.width <= size[0]
        assert a.top + a.height <= size[1]
    for a, b in combinations(page.taken, 2):
        apart_across = a.left + a.width <= b.left or b.left + b.width <= a.left
        assert apart_across or a.top + a.height <= b.top or b.top + b.height <= a.top
    annotate(black(size), asked)


def test_at_150_by_120_the_letters_position_and_scale_bar_are_still_there() -> None:
    """The smallest view that is promised says where it is and how large."""
    page = page_of(
        request(
            (150, 120),
            letters=("R", "L", "A", "P"),
            position="z 12.0 mm · 85/189",
            badges=("L on left",),
            scale_bar=True,
        )
    )
    assert len(page.sprites) == 4 + 3 + 1


@pytest.mark.parametrize("alpha", [0, 1, 100, 178, 254, 255])
def test_blending_rounds_to_the_nearest(alpha: int) -> None:
    """A sprite over any grey is round((c·a + g·(255 − a)) / 255), halves never occur."""
    picture = black((256, 1))
    picture[0, :, :3] = np.arange(256)[:, None]
    rgba = np.zeros((1, 256, 4), np.uint8)
    rgba[..., :] = (200, 13, 255, alpha)
    below = picture[..., :3].astype(int)
    Sprite.of(rgba).lay_on(picture, 0, 0)
    expected = np.rint((rgba[..., :3].astype(int) * alpha + below * (255 - alpha)) / 255)
    np.testing.assert_array_equal(picture[..., :3], expected)
    assert (picture[..., 3] == 255).all()


def test_the_same_request_gives_the_same_bytes() -> None:
    """Window and file draw alike: two pictures from equal requests are equal."""
    asked = {
        "letters": ("R", "L", "A", "P"),
        "position": "z −1.0 mm",
        "scale_bar": True,
        "cursor": (3.0, 4.0, 0.0),
    }
    np.testing.assert_array_equal(drawn(request(**asked)), drawn(request(**asked)))


def test_long_names_end_in_an_ellipsis() -> None:
    """A text is cut to the width that it is given; line breaks become blanks; nothing fits no room."""
    assert elided("Motor\n z-map", 11, False, 500) == "Motor z-map"
    short = elided("Motor z-map of the right hand", 11, False, 80)
    assert short.endswith("…")
    assert text_width(short, 11) <= 80 < text_width("Motor z-map of the right hand", 11)
    assert elided("Motor", 11, False, 3) == ""


def test_every_plane_has_a_colour_of_its_own() -> None:
    """Red, green and yellow as in 3D Slicer; 3D differs from all."""
    colors = [plane_color(view) for view in (*PLANES, "3d")]
    assert len(set(colors)) == 4
    red, green, yellow = (np.array(c, int) for c in colors[:3])
    assert red[0] > 2 * red[1]
    assert green[1] > green[0] > green[2]
    assert min(yellow[:2]) > 2 * yellow[2]


@given(
    st.tuples(st.integers(40, 400), st.integers(40, 400)),
    st.sampled_from((1.0, 1.25, 2.0, 3.0)),
    st.tuples(st.floats(-120, 120), st.floats(-120, 120)),
    st.sampled_from(("axial", "coronal", "sagittal")),
)
@settings(max_examples=30, deadline=None)
def test_written_pixel_by_pixel_is_as_one_thing_after_the_other(
    size: tuple[int, int], ratio: float, at: tuple[float, float], view: PlaneName
) -> None:
    """Texts are laid as the pixels that they change: the same bytes as whole boxes, laid in turn."""
    asked = request(
        size,
        view,
        cursor=None,
        letters=("R", "L", "A", "P"),
        position="z 12.0 mm · 85/189",
        badges=("L on left",),
        scale_bar=True,
        ratio=ratio,
    )
    ground = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 4), dtype=np.uint8)
    ground[..., 3] = 255
    found, wanted = ground.copy(), ground.copy()
    annotate(found, asked)
    for sprite, left, top in page_of(asked).sprites:
        sprite.lay_on(wanted, left, top)
    assert np.array_equal(found, wanted)
    # The crosshair on it changes only whole rows and columns, and nothing where texts are.
    crossed = ground.copy()
    plane = asked.plane
    cursor = plane.world_at(size[0] / 2 + at[0], size[1] / 2 + at[1])
    annotate(crossed, replace(asked, cursor=cursor))
    rows, columns = np.nonzero((crossed != found).any(axis=-1))
    thick = max(1, round(ratio))
    in_line = np.minimum(np.abs(rows - size[1] / 2 - at[1]), np.abs(columns - size[0] / 2 - at[0]))
    assert not rows.size or in_line.max() <= thick
    # In any memory the same.
    turned = np.asfortranarray(ground)
    annotate(turned, replace(asked, cursor=cursor))
    assert np.array_equal(turned, crossed)
