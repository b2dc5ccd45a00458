"""Styles as text: a look that comes back as it was, and nothing else that is on a clipboard."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from heatviewer.app.scene import Scene
from heatviewer.app.styles import copy_style, paste_style, paste_to_all, style_from_text
from heatviewer.core.errors import SettingError
from heatviewer.documents.style import Style
from heatviewer.model.layer import STYLE_FIELDS, HeatmapLayer
from tests.strategies import opacity_points, ranges, rgb_points, units
from tests.volumes import noise

LOOK: dict[str, Any] = {
    "preset": "hot",
    "reverse": True,
    "steps": 7,
    "data_range": (-1.5, 1e30),
    "rgb_points": (0.0, 0.0, 0.25, 1.0),
    "opacity_points": (0.0, 0.0, 0.0, 1.0),
    "opacity_points_3d": (1e-30, 0.5),
    "opacity": 0.1,
    "opacity_3d": 0.2,
    "threshold": (None, 3.5),
    "threshold_abs": 0.7,
    "edge": "quadratic",
    "below": "#102030",
    "above": "hide",
    "nan": "clamp",
    "zero_is_missing": True,
    "outline": True,
    "outline_color": "#00ff00",
    "blur": 2.5,
    "contours": "50,95%",
    "contour_reference": 60.0,
    "contour_colors": ("#ff0000", "#0000ff"),
    "contour_labels": False,
    "contour_style": "dashed",
    "contour_width": 3.0,
    "blend": "add",
    "interpolation": "cubic",
}


@pytest.fixture
def scene() -> Scene:
    made = Scene.from_arrays(np.zeros((5, 5, 5)))
    for n, name in enumerate("abc"):
        made.add_heatmap(noise((5, 5, 5), seed=n, name=name))
    made.heatmaps[0].edit(**LOOK)
    made.history.clear()
    return made


def test_every_field_of_a_look_is_carried_over(scene: Scene) -> None:
    """Pasted, the other layer's look is equal in every field; who it is stays its own; one step."""
    assert set(LOOK) == set(STYLE_FIELDS)
    source, target = scene.heatmaps[0], scene.heatmaps[1]
    paste_style(scene, target.id, copy_style(scene.state.heatmaps[0]))
    assert {f: getattr(target, f) for f in STYLE_FIELDS} == {f: getattr(source, f) for f in STYLE_FIELDS}
    assert (target.name, target.data_range_auto) == ("b", False)
    assert [step.title for step in scene.history.done] == ["Paste the style on b"]


def test_the_range_alone_can_be_pasted(scene: Scene) -> None:
    """Nothing else changes."""
    before = scene.state.heatmaps[1]
    paste_style(scene, before.id, copy_style(scene.state.heatmaps[0]), "range")
    expected = before.replaced(data_range=LOOK["data_range"], data_range_auto=False)
    assert scene.state.heatmaps[1] == expected


def test_pasting_on_all_is_one_step(scene: Scene) -> None:
    """Undo takes it back from every layer."""
    before = scene.state
    assert paste_to_all(scene, copy_style(scene.state.heatmaps[0])) == 3
    assert {layer.preset for layer in scene.heatmaps} == {"hot"}
    scene.undo()
    assert scene.state == before


@settings(max_examples=60, deadline=None)
@given(ranges(), opacity_points(), rgb_points(), units)
def test_any_look_comes_back_to_the_last_digit(
    span: tuple[float, float], opacity: list[float], colors: list[float], factor: float
) -> None:
    """Text and back is the same look, whatever its numbers."""
    layer = HeatmapLayer(id="x", data_range=span, opacity_points=opacity, rgb_points=colors, opacity=factor)
    assert style_from_text(copy_style(layer)) == Style.of(layer)


def test_the_text_is_plain_json_under_the_names_of_files(scene: Scene) -> None:
    """So it can be read, kept in a file, and written by other programs."""
    document = json.loads(copy_style(scene.state.heatmaps[0]))
    assert (document["format"], document["version"]) == ("heatviewer-style", 1)
    assert document["dataRange"] == [-1.5, 1e30]
    assert {"rgbPoints", "opacityPoints3d", "zeroIsMissing"} <= set(document)


def test_the_range_of_constant_data_is_no_part_of_a_look() -> None:
    """One value is no range for other data, so it is left out, and said to be missing."""
    text = copy_style(HeatmapLayer(id="x", data_range=(5, 5)))
    assert "dataRange" not in json.loads(text)
    with pytest.raises(SettingError, match="no data range"):
        style_from_text(text).changes("range")


HEAD = '{"format": "heatviewer-style", "version": 1'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no style"),
        ("some words\nof a letter", "no style"),
        ("[1, 2]", "no style"),
        ('{"format": "other", "version": 1}', "no style"),
        ("[" * 5000, "no style"),
        ('{"format": "heatviewer-style"}', "version"),
        ('{"format": "heatviewer-style", "version": true, "opacity": 1}', "version"),
        ('{"format": "heatviewer-style", "version": 2, "opacity": 1}', "newer"),
        (HEAD + "}", "no settings"),
        (HEAD + ', "opacty": 1}', "opacty"),
        (HEAD + ', "opacity": 2}', "opacity"),
        (HEAD + ', "opacity": NaN}', "opacity"),
        (HEAD + ', "dataRange": [1, 1]}', "data_range"),
        (HEAD + ', "dataRange": null}', "data_range"),
        (HEAD + ', "rgbPoints": [0, 255, 0, 0]}', "rgb_points"),
        (HEAD + ', "contours": {"levels": [], "percent": true}}', "contours"),
        (HEAD + ', "preset": "no such map"}', "preset"),
    ],
    ids=lambda value: str(value)[-24:],
)
def test_anything_else_is_refused_in_one_line(scene: Scene, text: str, told: str) -> None:
    """The line names what is wrong, and nothing changes."""
    before = scene.state
    for paste in (lambda: paste_style(scene, scene.heatmaps[1].id, text), lambda: paste_to_all(scene, text)):
        with pytest.raises(SettingError, match=told) as caught:
            paste()
        assert "\n" not in str(caught.value)
    assert scene.state is before
    assert not scene.history.done
