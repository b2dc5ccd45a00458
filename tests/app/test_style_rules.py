"""Style files and the user's rules: shared, kept, and asked only where somebody opens a heatmap."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from heatviewer.app.loader import Loader
from heatviewer.app.scene import Scene
from heatviewer.app.style_rules import (
    change_pattern,
    delete_rule,
    export_rules,
    import_rules,
    keep_rule,
    move_rule,
    proposed_pattern,
    rules_path,
    starting_style,
    style_words,
    user_rules,
)
from heatviewer.app.styles import is_style, read_style_file, save_style
from heatviewer.app.user_presets import load_user_presets, presets_path, save_preset
from heatviewer.core.colormap import ColorMap
from heatviewer.core.errors import HeatViewerError, MissingFileError, ReadError, SettingError
from heatviewer.documents.style import Style, parse_style
from heatviewer.model.presets import preset
from tests.app.owner import Owner
from tests.ui.windows import nifti

MINE = ColorMap("My map", "rgb", (0, 0, 0, 0, 0.25, 1, 0, 0.5, 1, 1, 1, 1))


def style(**settings: Any) -> Style:
    return parse_style({"format": "heatviewer-style", "version": 1, **settings})


TWO_SIDED = style(preset="Cold and hot", dataRange=[-8, 8], thresholdAbs=2.3)


@pytest.fixture
def scene() -> Scene:
    made = Scene.from_arrays(np.zeros((5, 5, 5)))
    made.add_heatmap(np.linspace(-4, 9, 125).reshape(5, 5, 5), name="one")
    made.history.clear()
    return made


def patterns() -> list[str]:
    return [rule.pattern for rule in user_rules().rules]


# --- files -----------------------------------------------------------------------------------


def test_a_style_goes_from_heatmap_to_heatmap_by_a_file(scene: Scene, tmp_path: Path) -> None:
    """One step; an automatic range is taken from the data of each."""
    one = scene.heatmaps[0]
    one.edit(preset="hot", opacity=0.5)
    path = one.save_style(tmp_path / "look.style.json")
    other = scene.add_heatmap(np.full((5, 5, 5), 3.0) + np.arange(5), name="other")
    assert other.apply_style(path)
    assert (other.preset, other.opacity, other.data_range, other.data_range_auto) == (
        "hot",
        0.5,
        (3, 7),
        True,
    )
    assert scene.history.done[-1].title == "Style of other"
    one.style = other.style
    assert one.data_range == (-9, 9)


def test_a_style_is_a_keyword_and_what_is_said_beside_it_wins(scene: Scene, tmp_path: Path) -> None:
    """One kind of threshold takes the place of the other, a preset that of the style's colours."""
    path = tmp_path / "look.style.json"
    scene.heatmaps[0].edit(rgb_points=[0, 0, 0, 0, 1, 1, 1, 1], threshold_abs=2.0, opacity=0.5)
    save_style(scene.state.heatmaps[0], path)
    plain = scene.add_heatmap(np.ones((5, 5, 5)), style=path)
    assert (plain.threshold_abs, plain.opacity) == (2.0, 0.5)
    said = scene.add_heatmap(
        np.ones((5, 5, 5)), style=path, preset="hot", threshold=(1, 2), data_range=(0, 2)
    )
    assert (said.rgb_points, said.threshold_abs, said.threshold) == (None, None, (1, 2))
    assert (said.opacity, said.data_range, said.data_range_auto) == (0.5, (0, 2), False)


def test_a_sheet_is_asked_for_the_name(scene: Scene, tmp_path: Path) -> None:
    """By Python too, where it is named; without a match the heatmap starts as ever."""
    keep_rule("*zstat*", TWO_SIDED)
    export_rules(tmp_path / "lab.styles.json")
    wish = tmp_path / "lab.styles.json"
    matched = scene.add_heatmap(np.ones((5, 5, 5)), name="sub-1 ZSTAT", style=wish)
    assert (matched.threshold_abs, matched.data_range) == (2.3, (-8, 8))
    other = scene.add_heatmap(np.ones((5, 5, 5)), name="mean", style=wish)
    assert other.threshold_abs is None
    assert not other.apply_style(wish)


def test_a_preset_of_the_users_travels_with_the_style(scene: Scene, tmp_path: Path) -> None:
    """On a machine that does not know it, the colours are those that were saved."""
    save_preset(MINE.name, MINE)
    scene.heatmaps[0].preset = MINE.name
    path = scene.heatmaps[0].save_style(tmp_path / "mine.style.json")
    keep_rule("*", scene.heatmaps[0].style)
    export_rules(tmp_path / "all.styles.json")
    presets_path().unlink()
    load_user_presets(again=True)
    for wish in (path, tmp_path / "all.styles.json"):
        layer = scene.add_heatmap(np.ones((5, 5, 5)), style=wish)
        assert preset(layer.preset).points == MINE.points


def test_a_style_of_other_colours_under_a_known_name_keeps_its_own(scene: Scene, tmp_path: Path) -> None:
    """What was saved is what is shown."""
    save_preset(MINE.name, MINE)
    scene.heatmaps[0].preset = MINE.name
    path = scene.heatmaps[0].save_style(tmp_path / "mine.style.json")
    text = path.read_text(encoding="utf-8").replace("0.25", "0.75")
    path.write_text(text, encoding="utf-8")
    layer = scene.add_heatmap(np.ones((5, 5, 5)), style=path)
    assert layer.preset == "My map 2"
    assert preset("My map").points == MINE.points


HEAD = '{"format": "heatviewer-style", "version": 1'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is empty"),
        ("{", "ends in the middle"),
        ("[" * 500 + "]" * 500, "nested"),
        ('{"format": "heatviewer-session", "version": 1}', "is a session"),
        ('{"format": "else"}', "neither"),
        (HEAD.replace("1", "7") + ', "opacity": 1}', "newer"),
        (HEAD + "}", "no settings"),
        (HEAD + ', "opacity": NaN}', "opacity: "),
        (HEAD + ', "dataRange": [8, -8]}', "dataRange: "),
        (HEAD + ', "rgbPoints": [0, 255, 0, 0]}', "rgbPoints: "),
        (HEAD + ', "preset": "no such map"}', "preset: "),
        ('{"format": "heatviewer-styles", "version": 1, "rules": [{}]}', "rules[0].pattern: "),
    ],
    ids=lambda value: str(value)[-24:],
)
def test_a_bad_file_is_refused_in_a_line_that_names_it(
    scene: Scene, tmp_path: Path, text: str, told: str
) -> None:
    """And the field; nothing is changed."""
    path = tmp_path / "bad.style.json"
    path.write_text(text, encoding="utf-8")
    before = scene.state
    for work in (scene.heatmaps[0].apply_style, lambda p: scene.add_heatmap(np.ones((5, 5, 5)), style=p)):
        with pytest.raises(ReadError) as caught:
            work(path)
        assert str(caught.value).startswith("bad.style.json: ")
        assert told in str(caught.value)
        assert caught.value.hint
        assert "\n" not in str(caught.value)
    assert scene.state is before


@pytest.mark.parametrize("wish", [3, "", [1], {"preset": "hot"}])
def test_what_is_no_style_is_refused(scene: Scene, wish: Any) -> None:
    """As any other value of a setting."""
    with pytest.raises(ValueError, match="style"):
        scene.add_heatmap(np.ones((5, 5, 5)), style=wish)
    with pytest.raises(ValueError, match="style"):
        scene.heatmaps[0].style = wish


def test_a_style_is_told_by_what_it_holds(scene: Scene, tmp_path: Path) -> None:
    """Not by its name; a session or a missing file is none."""
    path = scene.heatmaps[0].save_style(tmp_path / "look.json")
    other = tmp_path / "other.json"
    other.write_text('{"series": []}', encoding="utf-8")
    assert is_style(path)
    assert not is_style(other)
    assert not is_style(tmp_path / "none.json")
    assert not is_style(tmp_path)
    with pytest.raises(MissingFileError):
        read_style_file(tmp_path / "none.json")


# --- the user's rules ------------------------------------------------------------------------


def test_rules_are_kept_in_order_and_changed_one_by_one() -> None:
    """The newest first; a rule of the same pattern takes the old one's place."""
    for pattern in ("a*", "b*", "c*"):
        keep_rule(pattern, TWO_SIDED)
    assert patterns() == ["c*", "b*", "a*"]
    keep_rule("B*", style(opacity=0.5))
    assert patterns() == ["c*", "B*", "a*"]
    assert user_rules().rules[1].style == style(opacity=0.5)
    move_rule("a*", -1)
    change_pattern("c*", "d*")
    assert delete_rule("B*").style == style(opacity=0.5)
    assert patterns() == ["d*", "a*"]
    with pytest.raises(SettingError, match="there is a rule"):
        change_pattern("a*", "D*")
    for work in (lambda: delete_rule("x"), lambda: keep_rule(" ", TWO_SIDED)):
        with pytest.raises(SettingError):
            work()


def test_what_another_window_kept_stays() -> None:
    """Every change reads the file again before it writes it whole."""
    keep_rule("a*", TWO_SIDED)
    document = json.loads(rules_path().read_text(encoding="utf-8"))
    document["rules"].append({"pattern": "other*", "style": {"opacity": 0.5}})
    rules_path().write_text(json.dumps(document), encoding="utf-8")
    keep_rule("b*", TWO_SIDED)
    assert patterns() == ["b*", "a*", "other*"]


def test_a_damaged_file_is_told_and_never_written_over() -> None:
    """A heatmap opens without it."""
    rules_path().parent.mkdir(parents=True, exist_ok=True)
    rules_path().write_text('{"format": "heatviewer-styles", "version": 1, "rules": [', encoding="utf-8")
    assert user_rules().rules == ()
    assert "ends in the middle" in user_rules().left_out[0]
    assert starting_style({}) == {}
    with pytest.raises(ReadError, match="Repair this file"):
        keep_rule("a*", TWO_SIDED)
    assert rules_path().read_text(encoding="utf-8").endswith("[")


def test_rules_are_shared_by_a_file(tmp_path: Path) -> None:
    """A colleague's come before one's own; the same pattern is replaced; all or none."""
    with pytest.raises(SettingError, match="none"):
        export_rules(tmp_path / "lab.styles.json")
    keep_rule("*zstat*", TWO_SIDED)
    assert export_rules(tmp_path / "lab.styles.json") == 1
    keep_rule("*zstat*", style(opacity=0.5))
    keep_rule("dose*", style(opacity=0.7))
    assert import_rules(tmp_path / "lab.styles.json") == ("*zstat*",)
    assert patterns() == ["*zstat*", "dose*"]
    assert user_rules().rules[0].style == TWO_SIDED
    (tmp_path / "bad.json").write_text('{"format": "heatviewer-styles", "version": 1, "rules": [1]}')
    with pytest.raises(ReadError, match=r"rules\[0\]"):
        import_rules(tmp_path / "bad.json")
    assert patterns() == ["*zstat*", "dose*"]


@pytest.mark.parametrize(
    ("source", "pattern"),
    [
        ("/d/sub-01_task-motor_zstat1.nii.gz", "*zstat*"),
        ("dose.nrrd", "*dose*"),
        ("Sub-02_SUVbw.NII", "*suvbw*"),
        ("2024.nii.gz", "*"),
        ("a_b_1.nii", "*"),
    ],
)
def test_a_pattern_is_proposed_from_the_files_name(source: str, pattern: str) -> None:
    """Its last word; it matches the file it came from."""
    assert proposed_pattern(source) == pattern
    assert keep_rule(pattern, TWO_SIDED).matching(Path(source).name) is not None


def test_a_layer_that_was_given_a_look_is_left_alone() -> None:
    """A name is no look."""
    keep_rule("*", TWO_SIDED)
    assert "style" in starting_style({})
    assert "style" in starting_style({"name": "x", "opacity": None})
    for given in ({"opacity": 0.3}, {"style": TWO_SIDED}, {"data_range": (0, 1)}):
        assert starting_style(given) == {}


def test_python_and_commands_do_not_ask_the_users_rules(scene: Scene, tmp_path: Path) -> None:
    """What a script makes is the same for everybody; only a loader that is told to asks them."""
    keep_rule("*", TWO_SIDED)
    path = nifti(tmp_path / "a_zstat1.nii.gz")
    assert scene.add_heatmap(path).threshold_abs is None
    for starts in (False, True):
        owner = Owner()
        loader = Loader(scene, owner.calls.put)
        if starts:
            loader.starting = lambda job: starting_style(job.settings)
        loader.load(path, "heatmap")
        owner.until(lambda loader=loader: not loader.jobs)  # type: ignore[misc]
        loader.close()
        assert (scene.heatmaps[-1].threshold_abs == 2.3) == starts


def test_a_style_is_told_in_a_few_words() -> None:
    """What lists show of it."""
    assert style_words(TWO_SIDED) == "Cold and hot · −8 … 8 · |value| ≥ 2.3"
    assert style_words(style(blur=2, dataRangeAuto=True)) == "range of the data"
    assert style_words(style(blur=2)) == "display blur"
    assert style_words(style(threshold=[1, None], opacity=0.5)) == "≥ 1 · 50\N{NO-BREAK SPACE}%"


def test_no_error_is_of_another_kind(tmp_path: Path) -> None:
    """A folder or a pipe in place of the file is told as well."""
    rules_path().mkdir(parents=True)
    assert user_rules().left_out
    with pytest.raises(HeatViewerError):
        keep_rule("a", TWO_SIDED)
