"""The legend of named values: a swatch and a name each, in place of a bar."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from heatviewer.app.label_colors import label_color, label_fields
from heatviewer.core.volume import Volume
from heatviewer.drawing.canvas import Rect
from heatviewer.drawing.legend import legend_column, legend_layout, legend_sprite
from heatviewer.drawing.legend_form import form_of
from heatviewer.drawing.legend_look import Look
from heatviewer.model.draws import heatmap_draw
from heatviewer.model.layer import HeatmapLayer
from heatviewer.model.requests import HeatmapDraw


def draw(count: int, **settings: object) -> HeatmapDraw:
    """Return labels 1 … count, named, as they are drawn."""
    values = np.arange(count + 1, dtype=np.uint16).reshape(-1, 1, 1)
    volume = Volume(values, np.eye(4))
    names = tuple((n, f"region {n}") for n in range(count + 1))
    fields = label_fields(volume, {"labels": names}) | {"name": "labels"} | settings
    return heatmap_draw(HeatmapLayer(id="a", **fields), volume)


def has_color(sprite: np.ndarray, value: int) -> bool:
    """Return whether a label's colour is anywhere in a picture."""
    wanted = np.round(np.array(label_color(value)) * 255)
    return bool((np.abs(sprite[..., :3].astype(float) - wanted).max(axis=-1) <= 1).any())


@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_every_named_value_has_its_swatch(ratio: float) -> None:
    """The colours of all labels are there, opaque; that of 0, which is transparent, has no name."""
    sprite = legend_sprite(draw(5), 400, ratio, width=400)
    assert all(has_color(sprite, value) for value in range(1, 6))
    assert [swatch.label for swatch in Look.of(draw(5), False).named] == [f"region {n}" for n in range(1, 6)]


def test_of_many_labels_the_rest_is_counted() -> None:
    """The list ends within its height, and its last line says how many more there are."""
    form = form_of(Look.of(draw(200), False), 200, 1.0, 120)
    assert form is not None
    assert form.size[1] <= 200
    assert f"+{200 - len(form.swatches)} more" in [word.text for word in form.words]


def test_where_there_is_no_room_there_is_no_list() -> None:
    """Too little height or width for three lines: nothing, and no error."""
    look = Look.of(draw(9), False)
    assert form_of(look, 30, 1.0, 120) is None
    assert form_of(look, 400, 1.0, 30) is None
    assert legend_layout([draw(9)], Rect(0, 0, 20, 20), 1.0, 20) == ()


def test_lists_and_bars_stand_together() -> None:
    """In the window's strip neither lies on the other, and only the bar has values to be pulled."""
    bars = legend_column([draw(6), draw(6, labels=None), draw(300)], 900, 1.0)
    assert [bar.has_bar for bar in bars] == [False, True, False]
    assert all(above.box.bottom <= below.box.top for above, below in pairwise(bars))
    assert bars[-1].box.bottom <= 900
