"""The user's presets: kept between starts, taken from files that are checked, and never in the way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from vtkmodules.vtkRenderingCore import vtkColorTransferFunction

from heatviewer.app.preset_files import MAX_BYTES, MAX_POINTS, parse_presets, presets_text
from heatviewer.app.scene import Scene
from heatviewer.app.user_presets import (
    delete_preset,
    export_presets,
    import_presets,
    load_user_presets,
    presets_path,
    rename_preset,
    save_preset,
    use_user_presets,
    why_not,
)
from heatviewer.core.colormap import ColorMap
from heatviewer.core.errors import MissingFileError, ReadError, SettingError, WriteError
from heatviewer.core.resources import resource
from heatviewer.model.presets import preset, user_presets

MINE = ColorMap("My map", "rgb", (0, 0, 0, 0, 0.25, 1, 0, 0.5, 1, 1, 1, 1))
GOOD = {"space": "RGB", "rgbPoints": [0, 0, 0, 0, 1, 1, 1, 1]}


@pytest.fixture(autouse=True)
def registry() -> None:
    """Names of the user's presets are found, as in any scene; the folder is the test's own."""
    use_user_presets()
    load_user_presets()


def next_start() -> tuple[str, ...]:
    """Know what a new process knows; return what it tells."""
    return load_user_presets(again=True)


def written(path: Path, document: Any) -> Path:
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def test_a_preset_is_kept_between_starts() -> None:
    """In the shape of the shipped presets, beside the preferences."""
    save_preset("Mañana ①", MINE)
    document = json.loads(presets_path().read_text(encoding="utf-8"))
    assert list(document) == ["Mañana ①"]
    assert document["Mañana ①"]["space"] == "RGB"
    assert tuple(document["Mañana ①"]["rgbPoints"]) == MINE.points
    next_start()
    assert preset("MAÑANA ①").points == MINE.points


def test_a_scene_finds_the_users_presets() -> None:
    """Nothing has to be loaded by hand: the first use of the name reads the file."""
    presets_path().parent.mkdir(parents=True, exist_ok=True)
    written(presets_path(), {"From yesterday": GOOD})
    next_start()
    scene = Scene.from_arrays(np.zeros((3, 3, 3)))
    assert scene.add_heatmap(np.ones((3, 3, 3)), preset="from yesterday").preset == "From yesterday"


def test_diverging_maps_stay_diverging() -> None:
    """Also one whose middle is no grey, and one that only looks like it."""
    for name, kept in (("a", preset("Cold and hot")), ("b", preset("Cool to warm")), ("c", preset("bamO"))):
        save_preset(name, kept)
        next_start()
        assert (preset(name).diverging, preset(name).space) == (kept.diverging, kept.space)


@pytest.mark.parametrize("name", ["Red", "cool-to-warm", "VIRIDIS", "okabe ito", "lajolla"])
def test_a_name_of_the_programs_own_is_refused(name: str) -> None:
    """Nobody can be misled by a 'viridis' that is none."""
    assert "is a map of the program's own" in why_not(name)
    with pytest.raises(SettingError, match=r"^preset: '.*' is a map of the program's own\. Type another"):
        save_preset(name, MINE)
    assert not presets_path().exists()


@pytest.mark.parametrize("name", ["", "  ", "-_-", "a\x00b", "x" * 61, "\u202eabc"])
def test_what_is_no_name_is_refused(name: str) -> None:
    """Empty, invisible or endless names could not be found again."""
    with pytest.raises(SettingError, match=r"^preset: "):
        save_preset(name, MINE)


def test_a_name_is_not_given_twice_unless_it_is_wished() -> None:
    """Names that only differ in case, spaces or hyphens are one name."""
    save_preset("My map", MINE)
    other = ColorMap("x", "rgb", (0, 1, 0, 0, 1, 0, 0, 1))
    with pytest.raises(SettingError, match=r"there is a preset 'My map'"):
        save_preset("my-map", other)
    assert preset("My map") == MINE
    save_preset("my-map", other, replace_old=True)
    assert [found.name for found in user_presets()] == ["my-map"]
    assert preset("My map").points == other.points


def test_a_preset_is_renamed_and_deleted() -> None:
    """The file follows; what used the old name or the deleted map still finds it until the end."""
    save_preset("one", MINE)
    assert rename_preset("one", "two").name == "two"
    assert list(json.loads(presets_path().read_text(encoding="utf-8"))) == ["two"]
    assert preset("one").points == MINE.points
    assert delete_preset("TWO").name == "two"
    assert user_presets() == ()
    assert preset("two").points == MINE.points
    assert json.loads(presets_path().read_text(encoding="utf-8")) == {}


def test_only_the_users_presets_are_renamed_and_deleted() -> None:
    """The program's own stay."""
    save_preset("one", MINE)
    save_preset("two", MINE)
    with pytest.raises(SettingError, match="'Red' is not one of your presets"):
        delete_preset("Red")
    with pytest.raises(SettingError, match="'jet' is not one of your presets"):
        rename_preset("jet", "x")
    with pytest.raises(SettingError, match="there is a preset 'two'"):
        rename_preset("one", "two")
    assert [found.name for found in user_presets()] == ["one", "two"]


def test_two_windows_do_not_lose_each_others_presets() -> None:
    """A change reads the file first."""
    save_preset("one", MINE)
    document = json.loads(presets_path().read_text(encoding="utf-8")) | {"from elsewhere": GOOD}
    written(presets_path(), document)
    save_preset("two", MINE)
    assert [found.name for found in user_presets()] == ["from elsewhere", "one", "two"]


@pytest.mark.parametrize("text", ["{", "\x00\xff", "[1]", "null", '{"a": 1}', "[" * 100_000])
def test_a_damaged_file_is_told_and_not_written_over(text: str) -> None:
    """The program goes on without it; a change says which file is to be looked at."""
    save_preset("one", MINE)
    presets_path().write_bytes(text.encode("latin-1"))
    (problem,) = next_start()
    assert problem.startswith("presets.json: ")
    assert preset("Red").name == "Red"
    with pytest.raises(ReadError, match=r"presets\.json: .*Repair this file or take it away"):
        save_preset("two", MINE)
    assert presets_path().read_bytes() == text.encode("latin-1")


def test_one_bad_preset_costs_only_itself() -> None:
    """The others are there, and what is wrong is told with field and value."""
    presets_path().parent.mkdir(parents=True, exist_ok=True)
    bad = {"space": "RGB", "rgbPoints": [0, 0, 0, 0, 1, 255, 0, 0]}
    written(presets_path(), {"good": GOOD, "bad": bad})
    (problem,) = next_start()
    assert problem.startswith("presets.json: 'bad': rgbPoints: 255 in point 1 is outside 0…1")
    assert [found.name for found in user_presets()] == ["good"]


def test_a_folder_that_cannot_be_written_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The error names it, and the preset is not there as if it were kept."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "file"))
    with pytest.raises((WriteError, ReadError)):
        save_preset("one", MINE)
    assert user_presets() == ()


# --- import and export ---------------------------------------------------------------------------


def test_what_is_exported_is_what_is_imported(tmp_path: Path) -> None:
    """Any map comes back, point by point."""
    maps = [
        ColorMap("a", "rgb", MINE.points),
        ColorMap("b", "diverging", preset("Cool to warm").points, diverging=True),
        ColorMap("c", "rgb", preset("viridis").baked(True, 5).points),
    ]
    export_presets(maps, tmp_path / "deep" / "maps.json")
    assert import_presets(tmp_path / "deep" / "maps.json").names == ("a", "b", "c")
    assert list(user_presets()) == maps


@given(
    st.lists(st.tuples(*[st.floats(0, 1)] * 4), min_size=0, max_size=6),
    st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=60),
    st.booleans(),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_map_survives_writing_and_reading(middle: list[Any], name: str, diverging: bool) -> None:
    """Points, name and what the middle means, to the last digit."""
    table = [(0.0, 0.1, 0.2, 0.3), *sorted(middle), (1.0, 0.9, 0.0, 1.0)]
    kept = ColorMap(name, "rgb", tuple(float(n) for point in table for n in point), diverging)
    assert parse_presets(presets_text([kept]).encode(), "x").maps == (kept,)


def test_the_shipped_file_can_be_imported() -> None:
    """Its shape is the program's own; its names are taken, so they get a number, and that is told."""
    done = import_presets(resource("presets.json"))
    assert done.names[0] == "Cool to Warm 2"
    assert len(done.notes) == 5
    assert preset("X Ray 2").points == preset("X-Ray").points


def test_importing_twice_changes_nothing(tmp_path: Path) -> None:
    """The same map under the same name is there already; another map gets a number."""
    path = written(tmp_path / "a.json", {"Mine": GOOD})
    assert import_presets(path).names == import_presets(path).names == ("Mine",)
    assert len(user_presets()) == 1
    other = written(tmp_path / "b.json", {"mine": {**GOOD, "rgbPoints": [0, 1, 0, 0, 1, 0, 0, 1]}})
    assert import_presets(other).notes == ("'mine' is taken; kept as 'mine 2'",)


def paraview(space: str, points: list[float]) -> dict[str, Any]:
    return {
        "Name": f"PV {space}",
        "ColorSpace": space,
        "RGBPoints": points,
        "NanColor": [1, 1, 0],
        "Creator": "",
    }


@pytest.mark.parametrize("space", ["RGB", "Lab", "Diverging"])
def test_a_paraview_list_shows_the_colours_that_vtk_shows(tmp_path: Path, space: str) -> None:
    """Scalars of any span, in the list's own colour space, within 1/255."""
    points = [-3.0, 0.1, 0.2, 0.9, 1.0, 0.8, 0.8, 0.7, 7.0, 0.9, 0.2, 0.1]
    (name,) = import_presets(written(tmp_path / "pv.json", [paraview(space, points)])).names
    function = vtkColorTransferFunction()
    getattr(function, f"SetColorSpaceTo{space}")()
    for point in np.reshape(points, (-1, 4)):
        function.AddRGBPoint(*point)
    wanted = [function.GetColor(x) for x in np.linspace(-3, 7, 256)]
    assert np.abs(preset(name).colors(np.linspace(0, 1, 256)) - wanted).max() < 1 / 255


def test_lists_of_labels_are_left_out_and_told(tmp_path: Path) -> None:
    """They have no points; the others come in."""
    labels = {"Name": "tab", "IndexedColors": [1, 0, 0, 0, 1, 0], "Annotations": []}
    done = import_presets(written(tmp_path / "pv.json", [labels, paraview("Step", GOOD["rgbPoints"])]))  # type: ignore[arg-type]
    assert done.names == ("PV Step",)
    assert done.notes == ("'tab' is a list of labels' colours without points",)


def test_what_the_command_prints_can_be_imported(tmp_path: Path) -> None:
    """'heatviewer presets --json' has the same facts under its own keys."""
    entry = {"name": "printed", "space": "diverging", "rgb_points": list(preset("Warm to cool").points)}
    import_presets(written(tmp_path / "p.json", [entry | {"colors": []}]))
    assert preset("printed").points == preset("Warm to cool").points


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"space": "HSV"}, "'bad': space: 'HSV' is none of RGB, Diverging, Lab, Step"),
        ({"space": 3}, "'bad': space: 3 is none of RGB, Diverging, Lab, Step"),
        ({"rgbPoints": [0, 0, 0, 0, 1]}, "'bad': rgbPoints: 5 numbers are not whole points"),
        ({"rgbPoints": []}, "'bad': rgbPoints: the list is empty"),
        ({"rgbPoints": "0 0 0 0"}, "'bad': rgbPoints: '0 0 0 0' is not a list of numbers"),
        ({"rgbPoints": None}, "'bad': rgbPoints: None is not a list of numbers"),
        ({"rgbPoints": [0, 0, 0, 0, 1, 1, "x", 1]}, "'bad': rgbPoints: 'x' is not a number"),
        ({"rgbPoints": [0, 0, 0, 0, 1, 1, True, 1]}, "'bad': rgbPoints: True is not a number"),
        ({"rgbPoints": [0, 0, 0, 0, 1, 1, 256, 1]}, "'bad': rgbPoints: 256 in point 1 is outside 0…1"),
        ({"rgbPoints": [1, 0, 0, 0, 0, 1, 1, 1]}, "'bad': rgbPoints: scalar 0 of point 1 comes after 1"),
        ({"rgbPoints": [2, 0, 0, 0, 2, 1, 1, 1]}, "'bad': rgbPoints: all points lie at 2"),
        ({"rgbPoints": [0, 0, 0, 0] * (MAX_POINTS + 1)}, "points are more than"),
        ({"diverging": "yes"}, "'bad': diverging: 'yes' is neither true nor false"),
    ],
)
def test_a_bad_preset_is_told_with_field_and_value(
    tmp_path: Path, entry: dict[str, Any], message: str
) -> None:
    """In one line; nothing of the file is kept, not even the good ones before."""
    path = written(tmp_path / "maps.json", {"fine": GOOD, "bad": GOOD | entry})
    with pytest.raises(ReadError) as found:
        import_presets(path)
    assert str(found.value).startswith("maps.json: ")
    assert message in str(found.value)
    assert "\n" not in str(found.value)
    assert user_presets() == ()


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", "3", "[3]", '{"a": 3}', "NaN", "<xml/>", "[" * 50_000,
     '{"a": {"rgbPoints": [NaN, 0, 0, 0, 1, 1, 1, 1]}}', '{"a": {"rgbPoints": [0, 0, 0, 0, 1e999, 1, 1, 1]}}',
     '[{"RGBPoints": [0, 0, 0, 0, 1, 1, 1, 1]}]'],
)  # fmt: skip
def test_a_file_that_holds_no_presets_is_refused(tmp_path: Path, text: str) -> None:
    """Whatever else it holds."""
    path = tmp_path / "maps.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ReadError, match=r"^maps\.json: "):
        import_presets(path)
    assert user_presets() == ()


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    """Nor one that is not there, nor a folder."""
    path = tmp_path / "big.json"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(ReadError, match="16 MB is more than a list of presets has"):
        import_presets(path)
    with pytest.raises(MissingFileError, match="there is no such file"):
        import_presets(tmp_path / "none.json")
    with pytest.raises(ReadError, match="cannot be read"):
        import_presets(tmp_path)
