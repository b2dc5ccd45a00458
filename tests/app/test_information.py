"""What is known of a layer's data, in words."""

from __future__ import annotations

import numpy as np

from heatviewer.app.information import as_text, information, notes
from heatviewer.app.scene import Scene
from heatviewer.core.volume import FrameAxis, Volume


def _scene() -> Scene:
    scene = Scene()
    place = np.array([[0, 2.0, 0, -7.25], [-2, 0, 0, 11], [0, 0, 3, 0], [0, 0, 0, 1]])
    base = Volume(
        np.arange(120, dtype="i2").reshape(5, 4, 3, 2), place, slope=0.5, intercept=-10.0, unit="BQML",
        modality="PT", name="AC PET", padding=(-5, -5), windows=(("soft", 40.0, 400.0),),
        frame_axis=FrameAxis("time", (0.0, 30.0), "s"), frame_of_reference="1.2.3",
        warnings=("lacks the patient's weight",),
        info={"half_life": 6586.2, "decay_correction": "START", "times": [1.0, 2.0], "note": ""},
    )  # fmt: skip
    scene.set_base(base, source="/data/study/pet")
    scene.add_volume(Volume(np.zeros((5, 4, 2)), np.eye(4) * 9 + np.eye(4, k=3) * 900, name="far"))
    return scene


def _facts(scene: Scene, layer: object) -> dict[str, str]:
    return {fact.name: fact.text for part in information(scene, layer) for fact in part.facts}


def test_all_that_the_header_says_is_there() -> None:
    """Shape, spacing, affine, type, rescale, unit, range, frames and the reader's own facts."""
    scene = _scene()
    facts = _facts(scene, scene.state.base)
    assert facts["Shape"] == "5 × 4 × 3 × 2"
    assert facts["Spacing"] == "2 × 2 × 3 mm"
    assert facts["Affine"].split() == ["0", "2", "0", "−7.25", "−2", "0", "0", "11", "0", "0", "3", "0"]
    assert (facts["Data type"], facts["Rescaled"]) == ("int16", "stored × 0.5 + −10")
    assert (facts["Unit"], facts["Range"]) == ("BQML", "−10 … 49.5 BQML")
    assert facts["From, to"] == "time 0 s … time 30 s"
    assert (facts["File"], facts["Frame of reference"]) == ("pet", "1.2.3")
    assert (facts["Half life"], facts["Times"]) == ("6586.2", "1, 2")
    assert "Note" not in facts


def test_oddities_stand_first() -> None:
    """What the reader found, and how a heatmap lies to its base."""
    scene = _scene()
    assert notes(scene, scene.state.base) == ("lacks the patient's weight",)
    [note] = notes(scene, scene.state.heatmaps[0])
    assert "outside the base" in note
    assert information(scene, scene.state.heatmaps[0])[0].facts[0].text == note


def test_a_moved_heatmap_says_so() -> None:
    """With both affines: the file's and the one that it is drawn with."""
    scene = _scene()
    scene.heatmaps[0].align = "centre"
    facts = _facts(scene, scene.state.heatmaps[0])
    assert facts["Moved"].startswith("centres aligned")
    assert facts["Affine"] != facts[""]


def test_as_text_it_is_whole() -> None:
    """The clipboard has every fact, a line each, the affine's rows below each other."""
    scene = _scene()
    text = as_text("AC PET", information(scene, scene.state.base))
    assert text.startswith("AC PET\n\nTo be noted\n")
    lines = text.splitlines()
    first = next(n for n, line in enumerate(lines) if "Affine" in line)
    assert [line[20:].split() for line in lines[first + 1 : first + 3]] == [
        ["−2", "0", "0", "11"],
        ["0", "0", "3", "0"],
    ]
    assert len({len(line) for line in lines[first : first + 3]}) == 1


def test_nothing_is_said_twice() -> None:
    """The series that a layer was opened as is not told again as the file's."""
    scene = Scene()
    scene.set_base(
        Volume(np.zeros((2, 2, 2)), np.eye(4), info={"series": "1.2.3", "files": 2}), series="1.2.3"
    )
    assert scene.state.base is not None
    said = [fact.text for part in information(scene, scene.state.base) for fact in part.facts]
    assert said.count("1.2.3") == 1
    assert "2" in said
