"""The rules of the command line, on its parser."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heatviewer.cli.commands import COMMANDS, RUNNERS, WINDOW
from heatviewer.cli.help import help_text
from heatviewer.cli.options import Option, layer_options
from heatviewer.cli.parse import Parsed, parse
from heatviewer.core.errors import UsageError
from heatviewer.model.layer import BaseLayer, HeatmapLayer

RENDER = COMMANDS["render"]
finite = st.floats(-1e30, 1e30, allow_nan=False)


def settings(text: str) -> list[tuple[str, str, dict[str, object]]]:
    parsed = parse(RENDER, text.split())
    return [(s.path, s.role, s.settings) for s in parsed.sources]


def refusal(*words: str) -> UsageError:
    with pytest.raises(UsageError) as caught:
        parse(RENDER, words)
    return caught.value


def test_the_first_path_is_the_base_and_the_others_are_heatmaps() -> None:
    """BASE, then HEATMAP… in their order; --heatmap FILE is a further heatmap wherever it stands."""
    parsed = parse(WINDOW, ["--heatmap", "h1", "b", "h2", "--heatmap=h3"])
    assert parsed.base is not None
    assert parsed.base.path == "b"
    assert [source.path for source in parsed.heatmaps] == ["h1", "h2", "h3"]


def test_an_option_belongs_to_the_last_path_before_it() -> None:
    """Options of both kinds of layer go to whichever path came last."""
    found = settings("b --frame 1 --window 40 400 h --frame 2 --preset hot k --interpolation nearest --hide")
    assert found == [
        ("b", "base", {"frame": 1, "window": (40.0, 400.0)}),
        ("h", "heatmap", {"frame": 2, "preset": "hot"}),
        ("k", "heatmap", {"interpolation": "nearest", "visible": False}),
    ]


@pytest.mark.parametrize(
    ("words", "where"),
    [
        ("b --preset hot", "--preset"),
        ("b --name base", "--name"),
        ("b --hide h", "--hide"),
        ("b h --window 1 2", "--window"),
        ("b h --invert", "--invert"),
        ("--frame 1 b", "--frame"),
        ("--threshold 1 2 b h", "--threshold"),
    ],
)
def test_an_option_of_another_layer_is_wrong_usage(words: str, where: str) -> None:
    """A heatmap's option after a base, a base's after a heatmap, any before all paths: refused by name."""
    assert refusal(*words.split()).where == where


@pytest.mark.parametrize("text", ["-1", "-2.5", "-3.", "-.5", ".5", "-1e-3", "+4", "\N{MINUS SIGN}12.5"])
def test_numbers_may_be_negative_however_they_are_written(text: str) -> None:
    """Every way to write a number is a value, and never an option."""
    wanted = float(text.replace("\N{MINUS SIGN}", "-"))
    assert parse(RENDER, ["b", "--at", text, text, text]).values["at"] == (wanted,) * 3


@given(st.lists(finite, min_size=3, max_size=3))
def test_any_point_comes_back_as_typed(point: list[float]) -> None:
    """Words, a comma list, and --at=… give the same three numbers."""
    words = [repr(x) for x in point]
    for given_words in (["--at", *words], ["--at", ",".join(words)], [f"--at={','.join(words)}"]):
        assert parse(RENDER, ["b", *given_words]).values["at"] == tuple(point)


@given(st.lists(st.tuples(finite, st.floats(0, 1)), min_size=1, max_size=6))
def test_any_comma_list_may_begin_with_a_minus(points: list[tuple[float, float]]) -> None:
    """A list of sorted points comes back as typed, attached with '=' or not."""
    flat = tuple(number for point in sorted(points) for number in point)
    text = ",".join(repr(number) for number in flat)
    for words in (["--opacity-points", text], [f"--opacity-points={text}"]):
        assert parse(RENDER, ["b", "h", *words]).sources[1].settings["opacity_points"] == flat


def test_an_open_threshold_is_written_with_inf() -> None:
    """-inf and inf leave an end open; they are no number anywhere else."""
    assert settings("b h --threshold -inf -2")[1][2] == {"threshold": (-math.inf, -2.0)}
    assert refusal("b", "h", "--range", "-inf", "2").where == "--range"
    assert refusal("b", "--at", "inf", "0", "0").where == "--at"


def test_an_opacity_is_a_file_and_two_numbers() -> None:
    """A path, never the name of a layer; attached with '=' or not."""
    wanted = {"opacity_by": (Path("c.nii"), -1.0, 2.5)}
    for text in ("--opacity-by c.nii -1 2.5", "--opacity-by=c.nii -1 2.5"):
        assert settings(f"b h {text}")[1][2] == wanted
    hint = refusal("b", "h", "--opacity-by", "c.nii", "x", "1").hint
    assert hint == "Write --opacity-by FILE LO HI"


@pytest.mark.parametrize("text", ["10,20,50", "-5,5", "50,95%", "7"])
def test_contours_are_a_list_with_or_without_a_percent_sign(text: str) -> None:
    """The setting's own rule reads it."""
    [given_text] = settings(f"b h --contours {text}")[1][2].values()
    found = HeatmapLayer(id="x", contours=given_text).contours
    assert found is not None
    assert found.percent is text.endswith("%")
    assert found.levels == tuple(float(part) for part in text.rstrip("%").split(","))


def test_two_hyphens_end_the_options() -> None:
    """After -- every word is a path, whatever it looks like."""
    assert [s[0] for s in settings("b -- --preset -o -5")] == ["b", "--preset", "-o", "-5"]


@pytest.mark.parametrize(
    "words",
    [
        ["b", "h", "--opacity", "1.5"],
        ["b", "--opacity-3d", "-0.1"],
        ["b", "--hide-3d=1"],
        ["b", "h", "--preset", "no such"],
        ["b", "h", "--range", "3", "3"],
        ["b", "h", "--opacity-points", "5,0,-5,1"],
        ["b", "h", "--opacity-points", "1,,2"],
        ["b", "h", "--below", "red"],
        ["b", "h", "--steps", "2.5"],
        ["b", "h", "--edge", "soft"],
        ["b", "h", "--opacity-by", "c.nii", "2", "1"],
        ["b", "h", "--opacity-by", "c.nii", "1"],
        ["b", "h", "--opacity-by", "c.nii", "low", "1"],
        ["b", "h", "--opacity-by", "c.nii", "0", "inf"],
        ["b", "h", "--opacity-by", "", "0", "1"],
        ["b", "h", "--opacity-by"],
        ["b", "h", "--opacity-by-frame", "-1"],
        ["b", "h", "--contours", "10,,20"],
        ["b", "h", "--contours", "50%,95"],
        ["b", "h", "--contours", "ten"],
        ["b", "h", "--contours="],
        ["b", "h", "--contour-reference", "0"],
        ["b", "h", "--contour-colors", "red"],
        ["b", "h", "--contour-width", "50"],
        ["b", "h", "--contour-style", "dotted"],
        ["b", "h", "--outline-color", "white"],
        ["b", "h", "--blur", "-1"],
        ["b", "h", "--no-contour-labels=1"],
        ["b", "--frame", "-1"],
        ["b", "--frame", "1_0"],
        ["b", "--window", "nan", "1"],
        ["b", "--at", "1", "2"],
        ["b", "--at", "1", "2", "--bare"],
        ["b", "--at=1,2"],
        ["b", "--bare=1"],
        ["b", "-o"],
    ],
)
def test_a_bad_value_is_wrong_usage_and_names_its_option(words: list[str]) -> None:
    """The refusal names the option as it was typed, before any file is opened."""
    name = next(word for word in words if word.startswith("-")).partition("=")[0]
    assert refusal(*words).where == {"-o": "--output"}.get(name, name)


@pytest.mark.parametrize(
    ("word", "near"), [("--treshold", "--threshold"), ("--interpolate", "--interpolation")]
)
def test_an_unknown_option_is_told_its_nearest(word: str, near: str) -> None:
    """A slip of the fingers gets the option that was meant."""
    assert near in refusal("b", "h", word, "1").hint


def test_a_number_without_an_option_is_no_path() -> None:
    """-3 where a path may stand is wrong usage, not a file of that name."""
    assert refusal("b", "-3").where == "-3"


def test_every_field_with_an_option_has_it_once_and_every_option_has_a_field() -> None:
    """The table and the settings name the same things; only name, series, hide and style are by hand."""
    fields = {
        (str(f.json_schema_extra["option"]), key)
        for model in (BaseLayer, HeatmapLayer)
        for key, f in model.model_fields.items()
        if isinstance(f.json_schema_extra, dict)
    }
    by_hand = {("--name", "name"), ("--series", "series"), ("--hide", "visible"), ("--style", "style")}
    options = [(option.name, option.key) for option in layer_options()]
    assert len(options) == len(set(options))
    assert set(options) == fields | by_hand


#: A value other than the default for each kind of option.
EXAMPLES = {
    "--preset": "hot",
    "--below": "hide",
    "--above": "#ff0000",
    "--nan": "clamp",
    "--rgb-points": "-1,0,0,0",
    "--opacity": "0.5",
    "--opacity-3d": "0.5",
    "--steps": "5",
    "--outline-color": "#102030",
    "--contours": "−5,50,95%",
    "--contour-colors": "#ff0000,#00ff00",
}


def example(option: Option) -> list[str]:
    text = EXAMPLES.get(option.name)
    if option.kind == "file":
        return ["cover.nii", "-1", "2.5"]
    if option.kind == "choice":
        text = option.choices[-1]
    elif option.kind == "list":
        text = text or "-1,0,2,0.5"
    elif option.kind == "text":
        text = text or "some words"
    return [text] if text else [str(n + 1) for n in range(option.count)]


#: A style is many fields.
OF_A_FIELD = [option for option in layer_options() if option.key != "style"]


@pytest.mark.parametrize("option", OF_A_FIELD, ids=lambda option: option.name)
def test_every_layer_option_sets_its_field(option: Option) -> None:
    """What is typed arrives as a value that the layer's rules take, and other than the default."""
    words = ["b"] if option.scope == "base" else ["b", "h"]
    source = parse(RENDER, [*words, option.name, *example(option)]).sources[-1]
    model = BaseLayer if source.role == "base" else HeatmapLayer
    plain = {"id": "x"} | ({"window": (0, 1)} if model is BaseLayer else {})
    assert list(source.settings) == [option.key]
    assert getattr(model(**plain | source.settings), option.key) != getattr(model(**plain), option.key)


@pytest.mark.parametrize("command", [WINDOW, *COMMANDS.values()], ids=lambda c: c.name or "window")
def test_help_names_every_option_of_a_command(command: object) -> None:
    """Help comes from the same table, so nothing is left out."""
    text = help_text(command)  # type: ignore[arg-type]
    own = [name for option in command.options() for name in option.names]  # type: ignore[attr-defined]
    layers = [option.name for option in layer_options()] if command.layers else []  # type: ignore[attr-defined]
    assert all(name in text for name in (*own, *layers))


def test_help_and_version_end_the_parsing() -> None:
    """What follows them is not looked at."""
    assert parse(WINDOW, ["--help", "--nonsense"]) == Parsed(values={"help": True})
    assert parse(WINDOW, ["b", "--version", "-3"]).values == {"version": True}


def test_every_command_has_a_runner() -> None:
    """What is offered can be run."""
    assert set(RUNNERS) == {"", *COMMANDS}
    package = Path(__file__).parents[2] / "heatviewer" / "cli"
    assert all((package / f"{module}.py").is_file() for module, _ in RUNNERS.values())
