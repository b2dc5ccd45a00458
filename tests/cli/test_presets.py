"""The command that lists colour presets: its order, its search, and the user's presets."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from heatviewer.app.preset_files import parse_presets
from heatviewer.core.colormap import ColorMap
from heatviewer.model.catalogue import catalogue
from heatviewer.model.presets import preset, preset_names
from tests.cli.conftest import Run, document


def keep(maps: dict[str, Any]) -> Path:
    """Write presets where the program looks for the user's."""
    path = Path(os.environ["XDG_CONFIG_HOME"]) / "heatviewer" / "presets.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(maps), encoding="utf-8")
    return path


MINE = {"My map": {"space": "RGB", "rgbPoints": [0, 0, 0, 0.5, 1, 0.5, 1, 0]}}


def test_the_users_presets_come_last(run: Run) -> None:
    """After the ten and those that people ask for; their colours are told as all are."""
    keep(MINE)
    found = document(run("presets", "--json", "--samples", 3))
    assert [entry["name"] for entry in found[:-1]] == [n for n in preset_names() if n != "My map"]
    assert found[-1] == {
        "name": "My map",
        "space": "rgb",
        "rgb_points": [0, 0, 0, 0.5, 1, 0.5, 1, 0],
        "colors": [[0, 0, 0.5], [0.25, 0.5, 0.25], [0.5, 1, 0]],
    }
    assert run("presets").stdout.splitlines()[-1].split() == ["My", "map", "rgb", "Yours"]


def test_a_search_goes_through_the_whole_catalogue(run: Run) -> None:
    """The best fit first, in the shape that the list has."""
    found = document(run("presets", "--search", "lajolla", "--json", "--samples", "11"))
    assert [entry["name"] for entry in found] == ["lajolla"]
    assert list(found[0]) == ["name", "space", "rgb_points", "colors"]
    assert np.allclose(found[0]["colors"], preset("lajolla").colors(np.linspace(0, 1, 11)))
    lines = run("presets", "--search", "crameri cyclic").stdout.splitlines()
    wanted = [e.name for e in catalogue() if (e.family, e.kind) == ("crameri", "cyclic")]
    assert sorted(line.split()[0] for line in lines) == sorted(wanted)


def test_a_search_without_a_find_is_told(run: Run) -> None:
    """An empty list is no failure."""
    done = run("presets", "--search", "qqq", "--json")
    assert (done.returncode, json.loads(done.stdout)) == (0, [])
    assert done.stderr == "heatviewer: warning: --search: no preset has to do with 'qqq'.\n"
    assert run("presets", "--search", "qqq").stdout == ""


def test_a_damaged_file_of_presets_is_told(run: Run) -> None:
    """The list is complete without it."""
    keep(MINE).write_text("{", encoding="utf-8")
    done = run("presets")
    assert done.returncode == 0
    assert done.stderr.startswith("heatviewer: warning: presets.json: is not a JSON file")
    assert done.stdout.splitlines()[9].startswith("Magenta")


def test_a_picture_is_drawn_in_a_preset_of_the_users(run: Run) -> None:
    """By its name, however it is written; a name that is not known tells the nearest."""
    keep(MINE)
    words = ["render", "base.nii.gz", "heat.nii.gz", "--size", "9", "9", "-o", "x.png", "--preset"]
    assert run(*words, "my-map").returncode == 0
    done = run(*words, "mymapp")
    assert done.returncode == 2
    assert "Near it: 'My map'" in done.stderr


def test_what_is_printed_can_be_imported(run: Run) -> None:
    """The JSON of the command is one of the shapes that import takes."""
    printed = run("presets", "--search", "cool to warm", "--json").stdout.encode()
    (found, *_) = parse_presets(printed, "printed").maps
    assert found == ColorMap("Cool to warm", "diverging", preset("Cool to warm").points, diverging=True)
