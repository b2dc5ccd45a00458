"""Preset names: found however they are written, listed at no cost, searched."""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import Iterator

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heatviewer.core.colormap import ColorMap
from heatviewer.core.errors import SettingError
from heatviewer.model.catalogue import KINDS, catalogue, key
from heatviewer.model.draws import transfer_of
from heatviewer.model.layer import HeatmapLayer
from heatviewer.model.presets import (
    OFTEN_USED,
    is_diverging,
    listed_catalogue,
    listed_presets,
    matching,
    own_name,
    preset,
    preset_names,
    remark,
    set_user_presets,
    user_presets,
)

TEN = (
    "Cool to warm", "Warm to cool", "Rainbow desaturated", "Cold and hot", "X-Ray",
    "Red", "Blue", "Green", "Yellow", "Magenta",
)  # fmt: skip
MINE = ColorMap("My map", "rgb", (0, 0, 0, 0, 1, 0.5, 1, 0.5))


@pytest.fixture(autouse=True)
def no_user_presets() -> Iterator[None]:
    """A test begins and ends without presets of a user's."""
    user_presets()  # an earlier test's scene has them read from a file: not while this test runs
    set_user_presets((), forget=True)
    yield
    set_user_presets((), forget=True)


def test_the_ten_come_first_then_the_often_used_then_the_users() -> None:
    """In the contract's order and spelling."""
    set_user_presets([MINE])
    assert preset_names() == (*TEN, *OFTEN_USED, "My map")


@given(st.sampled_from((*TEN, "viridis", "RdYlGn", "CET_L18", "My map")), st.randoms(use_true_random=False))
def test_names_match_ignoring_case_spaces_and_hyphens(name: str, random: object) -> None:
    """However a name is written it is the same map, and its name as shown comes back."""
    set_user_presets([MINE])
    pick = random.choice  # type: ignore[attr-defined]
    written = "".join(
        pick((c.upper(), c.lower())) + pick(("", "", " ", "-"))
        for c in name.replace(" ", pick(("", "-", "  ")))
    )
    assert preset(written) == preset(name)
    assert preset(written).name == name
    assert HeatmapLayer(id="a", preset=written).preset == name


@pytest.mark.parametrize("name", ["", "no such map", "file:///etc/passwd", "red,blue", "#ff0000", "r" * 9000])
def test_what_is_no_name_is_refused(name: str) -> None:
    """A name is looked up and never run, opened or parsed as colours."""
    with pytest.raises(SettingError, match=r"^preset: .* is not known\."):
        preset(name)


def test_a_misspelt_name_is_told_the_nearest() -> None:
    """From the whole catalogue."""
    with pytest.raises(SettingError, match=r"Near it: .*'lajolla'"):
        preset("lajola")


@pytest.mark.parametrize(
    "name",
    ["jet", "hot", "viridis", "turbo", "inferno", "rainbow", "hsv", "cool", "copper", "bone", "gray",
     "coolwarm", "RdBu", "seismic", "Spectral", "PiYG", "cubehelix", "viridis_r", "tab10", "Set1"],
)  # fmt: skip
def test_maps_people_ask_for_show_the_colours_they_know(name: str) -> None:
    """The same colours as matplotlib's map of the name; labels' colours in equally wide bands."""
    known = mpl.colormaps[name]
    entries = known(np.arange(known.N))[:, :3]
    positions = np.arange(known.N) / (known.N - 1) if known.N == 256 else (np.arange(known.N) + 0.5) / known.N
    assert np.abs(preset(name).colors(positions) - entries).max() < 1 / 255


def test_every_map_of_the_catalogue_is_found_by_the_name_it_is_listed_under() -> None:
    """Each has a name of its own, whole points and colours in 0…1."""
    names = [entry.name for entry in catalogue()]
    assert len(names) > 600
    assert len({key(name) for name in names}) == len(names)
    for entry in catalogue():
        found = preset(entry.name)
        table = np.reshape(found.points, (-1, 4))
        assert found.name == entry.name
        assert (table[0, 0], table[-1, 0]) == (0, 1)
        assert (np.diff(table[:, 0]) >= 0).all()
        assert table.min() >= 0
        assert table.max() <= 1


def test_names_of_families_and_other_names_lead_to_the_same_map() -> None:
    """The library's full names and aliases too; the program's own colours win their short names."""
    assert preset("bids:viridis") == preset("viridis")
    assert preset("okabe-ito") == preset("okabeito")
    assert preset("gist_heat").name == preset("yorick:heat").name
    assert preset("red").points == (0, 0, 0, 0, 1, 1, 0, 0)
    assert preset("cmap:red").name == "cmap:red"


def test_listing_the_presets_does_not_load_the_catalogue() -> None:
    """The library comes with the first question that needs it."""
    code = (
        "import sys; from heatviewer.model.presets import *; listed_presets(); preset_names()\n"
        "preset('cool to warm'); is_diverging('Red'); sys.exit('cmap' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0


def test_the_whole_catalogue_is_listed_once() -> None:
    """By kind, and what is among the often used not again."""
    names = [entry.name for entry in (*listed_presets(), *listed_catalogue())]
    assert len(names) == len(set(names)) == len(catalogue()) + len(TEN)
    assert {entry.kind for entry in listed_catalogue()} == set(KINDS)
    groups = [entry.group for entry in listed_catalogue()]
    assert len({*groups}) == 1 + sum(a != b for a, b in itertools.pairwise(groups))


@pytest.mark.parametrize(
    ("text", "first"),
    [("cold hot", "Cold and hot"), ("HOT", "hot"), ("x ray", "X-Ray"), ("virid", "viridis"),
     ("crameri diverging", "bam"), ("gist_rainbow", "yorick:rainbow"), ("desaturated", "Rainbow desaturated"),
     ("my", "My map"), ("yours", "My map")],
)  # fmt: skip
def test_a_search_finds_words_in_names_families_and_kinds(text: str, first: str) -> None:
    """The best fit comes first: the name, its start, a part of it, then what is about it."""
    set_user_presets([MINE])
    assert matching(text, (*listed_presets(), *listed_catalogue()))[0].name == first


@given(st.text(max_size=12))
def test_a_search_never_fails_and_only_leaves_out(text: str) -> None:
    """Any text finds a part of what is there; no text finds all."""
    entries = listed_presets()
    assert set(matching(text, entries)) <= set(entries)
    assert matching("", entries) == entries


def test_diverging_maps_are_known() -> None:
    """Of the ten, of the catalogue, and of the user's."""
    set_user_presets([MINE, ColorMap("Own two", "rgb", MINE.points, diverging=True)])
    for name in ("Cool to warm", "Warm to cool", "cold and hot", "RdBu", "seismic", "vik", "Own two"):
        assert is_diverging(name)
    for name in ("X-Ray", "Red", "jet", "viridis", "hsv", "My map"):
        assert not is_diverging(name)


def test_what_should_be_known_of_a_map_is_said() -> None:
    """Rainbows are uneven; diverging, cyclic and qualitative maps have a purpose of their own."""
    kinds = {entry.name: entry.kind for entry in catalogue()}

    def said(name: str) -> str:
        return remark(preset(name), kinds.get(name, "")).partition(":")[0]

    assert {said(name) for name in ("jet", "rainbow", "turbo", "Rainbow desaturated", "prism")} == {"Uneven"}
    assert {said(name) for name in ("Cool to warm", "Cold and hot", "RdBu")} == {"Diverging"}
    assert (said("twilight"), said("tab10")) == ("Cyclic", "Qualitative")
    assert {said(name) for name in ("Red", "X-Ray", "viridis", "hot", "gray", "cividis")} == {""}


def test_a_name_of_the_programs_own_is_not_taken_by_a_user() -> None:
    """Such a map could not be reached: it is left out."""
    assert own_name("VIRIDIS") == "viridis"
    assert own_name("cool-to-warm") == "Cool to warm"
    assert own_name("okabe ito") == "okabeito"
    assert own_name("My map") is None
    set_user_presets([ColorMap("red", "rgb", MINE.points)])
    assert preset("red").points[-3:] == (1, 0, 0)
    assert user_presets() == ()


def test_a_preset_that_is_deleted_can_still_be_drawn() -> None:
    """What uses it keeps its colours, but it is listed no more."""
    set_user_presets([MINE])
    set_user_presets([])
    assert preset("my map") == MINE
    assert "My map" not in preset_names()
    assert HeatmapLayer(id="a", preset="My map").replaced(opacity=0.5).preset == "My map"


def test_a_name_that_is_given_to_other_colours_shows_them() -> None:
    """Nothing is kept of the old map under that name."""
    set_user_presets([MINE])
    layer = HeatmapLayer(id="a", preset="My map", data_range=(0, 1), data_range_auto=False)
    before = transfer_of(layer).colors([1.0])
    set_user_presets([ColorMap("My map", "rgb", (0, 0, 0, 0, 1, 1, 0, 1))])
    assert before.tolist() == [[0.5, 1, 0.5]]
    assert transfer_of(layer).colors([1.0]).tolist() == [[1, 0, 1]]
