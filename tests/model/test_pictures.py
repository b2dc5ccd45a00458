"""2D images and colour images: what is written on them, and what is not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from heatviewer.app.scene import Scene
from heatviewer.core.geometry import Plane
from heatviewer.model.requests import AnnotationRequest
from heatviewer.model.resolve import display_axes, resolve_annotation
from tests.volumes import color_noise, noise

PLANE = Plane((0.0, 0.0, 0.0), (-1.0, 0.0, 0.0), (0.0, -1.0, 0.0), (20, 20))


def _annotated(
    info: dict[str, Any], view: str = "axial", convention: str = "radiological"
) -> AnnotationRequest:
    scene = Scene()
    scene.set_base(replace(color_noise((20, 20, 1)), flat=True, info=info))
    scene.edit_view(convention=convention)
    return resolve_annotation(scene.state, scene.volumes, PLANE, view, None)  # type: ignore[arg-type]


@pytest.mark.parametrize("convention", ["radiological", "neurological"])
def test_a_picture_is_never_mirrored(convention: str) -> None:
    """Columns run to the right and rows down in both conventions, and no badge says otherwise."""
    volume = replace(color_noise((20, 20, 1)), flat=True)
    assert display_axes("axial", convention, "nose-left", volume) == ((-1, 0, 0), (0, 1, 0))  # type: ignore[arg-type]
    assert _annotated({}, convention=convention).badges == ()


def test_a_picture_has_no_directions_of_its_own() -> None:
    """Without PatientOrientation nothing claims a left and right, nor a position in mm."""
    request = _annotated({})
    assert (request.letters, request.position) == (None, "")


@pytest.mark.parametrize(
    ("stated", "letters"),
    [
        (("L", "F"), ("R", "L", "S", "I")),
        (("R", "F"), ("L", "R", "S", "I")),
        (("A", "FR"), ("P", "A", "SL", "IR")),
        (("PR", "HL"), ("AL", "PR", "IR", "SL")),
    ],
)
def test_stated_directions_are_shown(stated: tuple[str, str], letters: tuple[str, ...]) -> None:
    """PatientOrientation names where rows and columns run to: right and bottom (PS3.3 C.7.6.1.1.1)."""
    assert _annotated({"patient_orientation": stated}).letters == letters
    assert _annotated({"patient_orientation": stated}, "coronal").letters is None


@pytest.mark.parametrize("stated", [(), ("L",), ("", ""), ("LEFT", "F"), ("L", "F", "A")])
def test_directions_that_make_no_sense_are_not_shown(stated: tuple[str, ...]) -> None:
    """What is no pair of directions is no direction."""
    assert _annotated({"patient_orientation": stated}).letters is None


def test_a_colour_layer_has_no_colour_bar() -> None:
    """Only layers of numbers have a legend."""
    scene = Scene()
    scene.set_base(noise())
    scene.add_heatmap(color_noise())
    scene.add_heatmap(noise(seed=3), name="numbers")
    scene.edit_view(legend="views")
    request = resolve_annotation(scene.state, scene.volumes, PLANE, "axial", None)
    assert [draw.name for draw in request.legend] == ["numbers"]
