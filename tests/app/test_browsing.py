"""What an opened path holds, as a tree to choose from."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from heatviewer.app.browsing import Node, count_text, date_text, detail_text, open_as, tree_of
from heatviewer.app.scene import Scene
from tests.found import PATH, listing, made, series_info, volume

ANNA = {"patient": "Doe, Anna", "study": "Head", "date": "2020-01-31"}
LATER = {"patient": "Doe, Anna", "study": "Head", "date": "2021-05-01"}
BEN = {"patient": "Roe, Ben", "study": "Knee", "date": "2019-01-01"}


def _outline(nodes: tuple[Node, ...]) -> Any:
    return [(node.title, _outline(node.children)) if node.children else node.title for node in nodes]


def test_patients_studies_and_series_are_in_order() -> None:
    """Patients by name, studies the latest first, series by number; other files stand at the end."""
    series = [
        series_info("pet.nii", modality=""),
        series_info("b2", number=2, **BEN),
        series_info("late", **LATER),
        series_info("a10", number=10, **ANNA),
        series_info("a9", number=9, **ANNA),
    ]
    assert _outline(tree_of(series)) == [
        ("Doe, Anna", [("Head", ["late"]), ("Head", ["a9", "a10"])]),
        ("Roe, Ben", [("Knee", ["b2"])]),
        "pet.nii",
    ]


def test_the_segments_of_a_file_are_below_one_row() -> None:
    """It stands for all of them that can be read; a lone one needs none."""
    parts = [series_info(name, group="g", modality="SEG") for name in ("liver", "spleen")]
    bad = series_info("gall", group="g", modality="SEG", readable=False)
    lone = series_info("heart", group="h", modality="SEG")
    group, leaf = tree_of([*parts, bad, lone])
    assert (group.kind, group.title, group.detail) == ("group", "Segmentation", "3 segments")
    assert set(group.series) == {"liver", "spleen"}
    assert (leaf.kind, leaf.title) == ("series", "heart")


def test_what_cannot_be_read_stands_for_nothing() -> None:
    """It is listed, and not to be chosen."""
    [node] = tree_of([series_info("odd", readable=False, warnings=("is compressed privately",))])
    assert not node.readable
    assert node.warnings == ("is compressed privately",)


@given(st.lists(st.text(alphabet="ab ", max_size=4), max_size=6), st.text(alphabet="ab ", max_size=4))
def test_a_search_finds_what_holds_all_words(names: list[str], search: str) -> None:
    """In any order, and nothing else."""
    series = [series_info(str(n), description=name, modality="") for n, name in enumerate(names)]
    found = [node.series[0] for node in tree_of(series, search)]
    expected = [
        str(n) for n, name in enumerate(names) if all(word in f"{name} {n}" for word in search.split())
    ]
    assert sorted(found) == sorted(expected)


def test_a_search_looks_at_patient_date_and_number_too() -> None:
    """As people remember a series."""
    series = [series_info("t1", number=7, **ANNA), series_info("t2", number=8, **BEN)]
    for search in ("anna", "2020-01", "HEAD 7"):
        assert _outline(tree_of(series, search)) == [("Doe, Anna", [("Head", ["t1"])])]


def test_pictures_are_counted() -> None:
    """Slices are images; further frames are told beside them."""
    counts = {(5, 5, 1): "1 image", (5, 5, 40): "40 images", (5, 5, 1, 120): "120 frames"}
    counts[(5, 5, 40, 3)] = "40 images × 3 frames"
    for shape, expected in counts.items():
        assert count_text(series_info("s", shape)) == expected
    assert detail_text(series_info("s", (512, 256, 2))) == "2 images · CT · 512 × 256"


def test_what_was_drawn_on_pictures_has_slices() -> None:
    """A structure, a segment or a dose is no image."""
    for modality in ("SEG", "RTSTRUCT", "RTDOSE"):
        assert count_text(series_info("s", (5, 5, 23), modality=modality)) == "23 slices"


def test_dates_are_written_with_dashes() -> None:
    """Whether the header's own form came or not; what is no date stays."""
    assert [date_text(one) for one in ("20200131", "2020-01-31", "", "unknown")] == [
        "2020-01-31", "2020-01-31", "", "unknown",
    ]  # fmt: skip


def test_choices_count_what_comes_together_once() -> None:
    """A segmentation alone leaves no choice."""
    parts = [made(name, group="g") for name in ("liver", "spleen")]
    assert listing(parts).choices == 1
    assert listing([*parts, made("ct")]).choices == 2


def test_what_is_open_is_known_by_source_and_series() -> None:
    """A base that nobody chose is the one that is taken unasked."""
    shown = listing([made("ct"), made("pet"), made("t1")])
    scene = Scene()
    scene.set_base(volume("ct"), PATH)
    scene.add_volume(volume("pet"), PATH, "pet")
    scene.add_volume(volume("t1"), "/elsewhere", "t1")
    assert open_as(shown, scene.state) == {"ct": "Base", "pet": "Heatmap"}
