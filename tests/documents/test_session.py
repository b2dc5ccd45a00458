"""Sessions as texts: every byte of a bad one is told or refused, none of a good one is lost."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

import heatviewer as hv
from heatviewer.app.studies.opening import open_studies
from heatviewer.app.studies.reading import ReadStudy, read_study
from heatviewer.core.errors import HeatViewerError, MissingFileError, ReadError
from heatviewer.documents.json_text import MAX_BYTES, json_bytes, parse_json
from heatviewer.documents.migrations import MIGRATIONS, VERSION
from heatviewer.documents.schema import schema_bytes, session_schema
from heatviewer.model.layer import Contours
from tests.documents.schema_check import findings

SESSIONS = Path(__file__).parent / "sessions"
SCHEMA = Path(__file__).parents[2] / "resources" / "schemas" / "session.schema.json"


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder with the files that the sessions here name."""
    for n, name in enumerate(("t1", "z", "p")):
        nib.save(nib.Nifti1Image(np.full((4, 3, 2), n, "f4"), np.eye(4)), tmp_path / f"{name}.nii")
    return tmp_path


def session_of(desk: Path) -> dict[str, Any]:
    """Return a session with something in every place, as it is written."""
    scene = hv.open(desk / "t1.nii", [desk / "z.nii", desk / "p.nii"])
    scene.heatmaps[0].edit(contours=Contours(levels=(1, 2)), labels={1: "one"}, steps=5)
    scene.heatmaps[1].edit(opacity_by=(desk / "t1.nii", 0, 1), opacity_points=(0, 0, 1, 1))
    scene.edit_notes("two\nlines")
    return json.loads(scene.save(desk / "good.hvs").read_bytes())


def opened(desk: Path, document: object) -> ReadStudy:
    """Return what a document, or bytes, gives in a folder."""
    data = document if isinstance(document, bytes) else json_bytes(document)
    (desk / "x.hvs").write_bytes(data)
    [study] = open_studies(desk / "x.hvs")
    return read_study(study)


# --- what is written ------------------------------------------------------------------------------


def test_every_field_is_written(desk: Path) -> None:
    """None as null, and nothing is left to be guessed; points that there are none of are left out.

    RedBrick has lists of points and no null, and a heatmap's entry is one of its heat maps.
    """
    session, known = session_of(desk), session_schema()
    points = {"opacityPoints", "rgbPoints", "opacityPoints3d"}
    assert list(session) == list(known["properties"])
    for name, layers in (("base", [session["base"]]), ("heatmap", session["heatmaps"])):
        for layer in layers:
            fields = set(known["$defs"][name]["properties"])
            assert fields - points <= set(layer) <= fields
            assert all(layer[point] is not None for point in points & set(layer))
    assert set(session["view"]) == set(known["$defs"]["view"]["properties"])


def test_a_list_of_numbers_is_one_line(desk: Path) -> None:
    """So that a changed window is one changed line; the same scene gives the same text each time."""
    session_of(desk)
    text = (desk / "good.hvs").read_text(encoding="utf-8")
    assert '   "opacityPoints": [0.0, 0.0, 1.0, 1.0],\n' in text
    hv.open(desk / "good.hvs").save(desk / "again.hvs")
    assert (desk / "again.hvs").read_text(encoding="utf-8") == text


def test_the_schema_is_the_models(desk: Path) -> None:
    """The published file is generated; run ``schema_bytes`` into it after a change of a model."""
    assert SCHEMA.read_bytes() == schema_bytes()


def test_what_is_written_fits_the_schema(desk: Path) -> None:
    """And the check that says so finds what does not fit."""
    session, schema = session_of(desk), json.loads(schema_bytes())
    assert findings(session, schema) == []
    session["heatmaps"][0]["opacity"] = 2
    session["view"]["camera"]["mode"] = "none"
    del session["version"]
    assert [found.partition(":")[0] for found in findings(session, schema)] == [
        "version", "heatmaps[0].opacity", "view.camera.mode",
    ]  # fmt: skip


# --- versions -------------------------------------------------------------------------------------


def test_each_version_has_a_file_here() -> None:
    """A new version comes with the step from the one before and with a session of it."""
    assert sorted(MIGRATIONS) == list(range(VERSION))
    found = {int(path.stem.rpartition("-")[2]) for path in SESSIONS.glob("version-*.hvs")}
    assert found == set(range(VERSION + 1))


@pytest.mark.parametrize("version", range(VERSION + 1))
def test_each_version_opens(desk: Path, version: int) -> None:
    """With all that it says; keys that are not known here are kept."""
    read = opened(desk, (SESSIONS / f"version-{version}.hvs").read_bytes())
    assert read.problems == ()
    assert read.state.base.source == str(desk / "t1.nii")
    z, p = read.state.heatmaps
    assert (z.name, p.name, p.preset, p.opacity) == ("z", "P(lesion)", "Rainbow desaturated", 0.5)
    assert (p.data_range, p.data_range_auto, p.threshold) == ((0, 1), False, (0.1, None))
    assert read.state.notes == "written by hand"
    assert json.loads(read.state.kept) == {"somebody": {"else": [1, 2]}}


@pytest.mark.parametrize("version", [VERSION + 1, 10**40, True, "1", -1, 1.5, None, [1]])
def test_a_version_that_is_not_known_is_refused(desk: Path, version: object) -> None:
    """A newer one says so; none of them is half understood."""
    newer = type(version) is int and version > 0
    with pytest.raises(ReadError, match=r"^x\.hvs: version: ") as caught:
        opened(desk, session_of(desk) | {"version": version})
    assert ("Open it with a newer HeatViewer" in str(caught.value)) == newer
    assert len(str(caught.value)) < 200


def test_unknown_keys_are_kept(desk: Path) -> None:
    """At the top, in the view, in its parts, in base, heatmap, contours and opacity."""
    session = session_of(desk)
    places = [
        session, session["view"], session["view"]["camera"], session["base"], session["base"]["identity"],
        session["heatmaps"][0], session["heatmaps"][0]["contours"], session["heatmaps"][1]["opacityBy"],
    ]  # fmt: skip
    for n, place in enumerate(places):
        place["ofAnotherProgram"] = {"n": [n, None, 1e300, "ü"]}
    read = opened(desk, session)
    assert read.problems == ()
    hv.open(desk / "x.hvs").save(desk / "y.hvs")
    assert json.loads((desk / "y.hvs").read_bytes()) == session


# --- bad input ------------------------------------------------------------------------------------


def test_a_session_cut_anywhere_is_refused(desk: Path) -> None:
    """At every byte, in one line that names it; only without its last line end it is whole."""
    session_of(desk)
    data = (desk / "good.hvs").read_bytes().rstrip()
    for end in range(len(data)):
        with pytest.raises(ReadError, match=r"^x\.hvs: (is empty|ends in the middle|is no )"):
            parse_json(data[:end], "x.hvs")
    with pytest.raises(ReadError, match=r"^x\.hvs: ends in the middle"):
        opened(desk, data[:1000])
    assert opened(desk, data).problems == ()


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        ("{}".encode("utf-16"), "is no UTF-8 text"),
        ('{"notes": "Größe"}'.encode("latin-1"), "is no UTF-8 text"),
        (b"[" * 100_000, "nested deeper"),
        (b'{"a":' * 100_000, "nested deeper"),
        (b"[" * 70 + b"]" * 70, "nested deeper"),
        (b"\x1f\x8b\x08\x00", "is no UTF-8 text"),
        (b"null", "is neither a session nor a task"),
        (b'{"format": "heatviewer-session", "version": 1, "heatmaps": 5, "base": "x"}', "base: is no object"),
        (b'{"format": "heatviewer-session", "heatmaps": [' + b"{}," * 1000 + b"{}]}", "1,001 entries"),
    ],
)
def test_what_is_no_session_is_refused_with_its_reason(desk: Path, data: bytes, what: str) -> None:
    """Whatever it is: one line that begins with the file's name."""
    with pytest.raises(ReadError, match=r"^x\.hvs: ") as caught:
        opened(desk, data)
    assert what in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_too_large_is_refused_before_it_is_read(desk: Path) -> None:
    """100 MB take neither time nor memory."""
    with (desk / "x.hvs").open("wb") as file:
        file.truncate(100_000_000)
    with pytest.raises(ReadError, match=f"is larger than any session or task .{MAX_BYTES >> 20} MiB"):
        open_studies(desk / "x.hvs")


def test_what_is_no_file_is_refused(desk: Path) -> None:
    """A folder, a device, nothing, and a path that is none."""
    (desk / "folder.hvs").mkdir()
    for path in (desk / "folder.hvs", Path("/dev/zero"), "a\0b.hvs"):
        with pytest.raises(ReadError):
            open_studies(path)
    with pytest.raises(MissingFileError):
        open_studies(desk / "none.hvs")


def test_a_byte_order_mark_is_no_matter(desk: Path) -> None:
    """Some editors write one."""
    assert opened(desk, b"\xef\xbb\xbf" + json_bytes(session_of(desk))).problems == ()


def test_numbers_that_are_none_are_left_out(desk: Path) -> None:
    """NaN, infinities and numbers of too many digits name their field; the rest opens and can be saved."""
    session = session_of(desk)
    heatmap = session["heatmaps"][0] | {"opacity": 7171, "blur": 7272, "threshold": [7373, 1], "x": 7474}
    text = json.dumps(session | {"heatmaps": [heatmap]})
    for number, odd in (("7171", "NaN"), ("7272", "1e999"), ("7373", "-Infinity"), ("7474", "9" * 5000)):
        text = text.replace(number, odd)
    read = opened(desk, text.encode())
    assert [line.partition(":")[0] for line in read.problems] == [
        "heatmaps[0].opacity", "heatmaps[0].blur", "heatmaps[0].x",
    ]  # fmt: skip
    [layer] = read.state.heatmaps
    assert (layer.opacity, layer.blur, layer.threshold) == (1, 0, (None, 1))


def test_a_key_that_comes_twice_is_told(desk: Path) -> None:
    """The last one counts, as in most readers."""
    text = json_bytes(session_of(desk)).replace(b'"invert": false', b'"invert": false, "invert": true')
    read = opened(desk, text)
    assert read.problems == ("invert: is there twice. The last one counts.",)
    assert read.state.base.invert


WRONG: tuple[Any, ...] = (None, True, -1, 10**200, 1e300, "x", "", [], [[]], [None], {}, {"a": {}}, "\ud800")


def test_every_value_may_be_of_a_wrong_type(desk: Path) -> None:
    """One after the other: what is wrong is told with its field, and the rest opens."""
    session = session_of(desk)
    rng = random.Random(7)
    for n, (place, key, name) in enumerate(list(_places(session, ""))):
        before, place[key] = place[key], rng.choice(WRONG)
        try:
            (desk / "x.hvs").write_bytes(json.dumps(session).encode())
            [study] = open_studies(desk / "x.hvs")
            assert study.base is not None or "base" in name
            if n % 6 == 0:
                assert read_study(study).state.layers
        except ReadError as error:
            assert str(error).startswith("x.hvs: ")  # noqa: PT017 (most of them open)
            assert name.partition(".")[0] in ("format", "version", "base", "heatmaps"), name
        place[key] = before


def _places(value: Any, name: str) -> Any:
    """Yield every place of a JSON value: its container, its key, and its name."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        inner = f"{name}[{key}]" if isinstance(value, list) else f"{name}.{key}".lstrip(".")
        yield value, key, inner
        yield from _places(item, inner)


@pytest.mark.parametrize("seed", range(4))
def test_any_mutation_opens_or_is_refused(desk: Path, seed: int) -> None:
    """Of its bytes, and of its tree: never anything else than a scene or one line."""
    session, rng = session_of(desk), random.Random(seed)
    data = json_bytes(session)
    for n in range(40):
        mutant = _mutated_bytes(data, rng) if n % 2 else _mutated_tree(session, rng)
        try:
            read = opened(desk, mutant)
        except HeatViewerError as error:
            assert re.fullmatch(r"x\.hvs: [^\n]+", str(error))  # noqa: PT017 (most of them open)
            continue
        assert all("\n" not in line and ": " in line for line in read.problems)
        json.loads(json_bytes(read.state.model_dump(mode="json")))


def _mutated_bytes(data: bytes, rng: random.Random) -> bytes:
    at, more = rng.randrange(len(data)), rng.randrange(1, 20)
    kind = rng.randrange(4)
    noise = bytes(rng.randrange(256) for _ in range(more))
    return (
        data[:at] + noise + data[at + more :],
        data[:at] + data[at + more :],
        data[:at] + data[rng.randrange(len(data)) :],
        data[:at] + bytes([rng.choice(b'[]{}",:0-')]) + data[at + 1 :],
    )[kind]


def _mutated_tree(session: dict[str, Any], rng: random.Random) -> bytes:
    mutant = json.loads(json.dumps(session))
    for _ in range(rng.randrange(1, 6)):
        place, key, _ = rng.choice(list(_places(mutant, "")))
        other, its, _ = rng.choice(list(_places(mutant, "")))
        place[key] = rng.choice([json.loads(json.dumps(other[its])), rng.choice(WRONG)])
    return json.dumps(mutant).encode()


def test_layers_that_follow_each_other_open(desk: Path) -> None:
    """In a ring, or each itself; a layer that is not there is told."""
    session = session_of(desk)
    first, second = session["heatmaps"]
    follow = {"low": 0, "high": 1}
    first["opacityBy"], second["opacityBy"] = (
        follow | {"layer": second["id"]},
        follow | {"layer": first["id"]},
    )
    first["link"] = second["link"] = "ring"
    read = opened(desk, session)
    ids = [layer.id for layer in read.state.heatmaps]
    assert [layer.opacity_by.volume for layer in read.state.heatmaps] == ids[::-1]
    first["opacityBy"]["layer"] = first["id"]
    assert opened(desk, session).problems == ()
    first["opacityBy"]["layer"] = "nobody"
    assert opened(desk, session).problems[0].startswith("heatmaps[0].opacityBy: the layer that")


def test_an_unknown_preset_is_told(desk: Path) -> None:
    """By the layer that wants it, which is shown in its default; a bad one of the session's own too."""
    session = session_of(desk)
    session["heatmaps"][0]["preset"] = "Mine"
    session["presets"] = {"Mine": {"space": "RGB", "rgbPoints": [0, 0, 0]}}
    problems = opened(desk, session).problems
    assert problems[0].startswith("presets: 'Mine': ")
    assert problems[1].startswith("heatmaps[0].preset: ")
    session["presets"] = {"Mine": {"space": "RGB", "rgbPoints": [0, 0, 0, 0, 1, 1, 1, 1]}}
    assert opened(desk, session).state.heatmaps[0].preset == "Mine"


def test_items_may_not_lead_out(desk: Path) -> None:
    """A layer's own files lie in its folder."""
    session = session_of(desk)
    session["base"]["items"] = ["../../etc/passwd"]
    read = opened(desk, session)
    assert read.problems[0].startswith("base.items: lead out")
    assert read.state.base.items == ()


def test_a_range_in_place_of_one_that_is_refused_is_automatic(desk: Path) -> None:
    """It is taken from the data, and marked so."""
    session = session_of(desk)
    session["heatmaps"][0] |= {"dataRange": [5, 1], "dataRangeAuto": False}
    read = opened(desk, session)
    assert read.problems[0].startswith("heatmaps[0].dataRange: ")
    assert read.state.heatmaps[0].data_range_auto


@pytest.mark.parametrize("contours", [[*range(1_001)], {"levels": [*range(1_001)]}])
def test_endless_lists_are_left_out(desk: Path, contours: object) -> None:
    """A list that would hold the program up for minutes is told; the layer is shown without it."""
    heatmap = {"item": "z.nii", "contours": contours, "rgbPoints": [*range(100_004)]}
    document = {"format": "heatviewer-session", "version": 1, "base": {"path": "t1.nii"}}
    read = opened(desk, document | {"heatmaps": [heatmap]})
    [layer] = read.state.heatmaps
    assert (layer.contours, layer.rgb_points) == (None, None)
    assert sorted(problem.partition(":")[0] for problem in read.problems) == [
        "heatmaps[0].contours",
        "heatmaps[0].rgbPoints",
    ]


def test_endless_presets_are_left_out(desk: Path) -> None:
    """A session that carries more presets than any needs opens without them, and soon."""
    session = session_of(desk)
    session["presets"] = {f"p{n}": {"rgbPoints": [0, 0, 0, 0, 1, 1, 1, 1]} for n in range(1_001)}
    read = opened(desk, session)
    assert len(read.state.heatmaps) == 2
    [told] = [problem for problem in read.problems if "1,001 entries" in problem]
    assert told.startswith("presets: ")
