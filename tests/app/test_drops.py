"""Paths that are dragged: told apart by their first bytes, and in words what a drop would do."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from heatviewer.app.changes import as_volume
from heatviewer.app.drops import Dropped, is_worklist, kind_of, look_at, recent_kind, sort_out, zones
from heatviewer.app.masks import labels_in, mask_fields


def items(*pairs: tuple[str, Any]) -> tuple[Dropped, ...]:
    return tuple(Dropped(f"/data/{name}", kind) for name, kind in pairs)


def told(*pairs: tuple[str, Any], has_base: bool = True) -> list[tuple[str, str]]:
    """Return title and detail of the zones for some paths of known kinds."""
    return [(zone.title, zone.detail) for zone in zones(items(*pairs), has_base, "z-map")]


# --- what a path is ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "document", "expected"),
    [
        ("a.hvs", {}, "session"),
        ("a.json", {"format": "heatviewer-session"}, "session"),
        ("a.json", {"format": "heatviewer-style"}, "style"),
        ("a.json", {"version": 1, "format": "heatviewer-styles"}, "styles"),
        ("a.json", [{"name": "t", "series": []}], "task"),
        ("a.json", {"EchoTime": 0.03}, "text"),
    ],
)
def test_documents_are_known_by_their_words(tmp_path: Path, name: str, document: Any, expected: str) -> None:
    """By the name of a session, else by what JSON says in its first 4 KiB."""
    (tmp_path / name).write_text(json.dumps(document))
    assert kind_of(str(tmp_path / name)) == expected


@pytest.mark.parametrize(
    ("name", "header", "expected"),
    [
        ("cases.csv", "name,base,heatmaps\n", "worklist"),
        ("cases.tsv", "Base\tmask\n", "worklist"),
        ("excel.csv", "\ufeffsep=;\r\nname; BASE ;style\r\n", "worklist"),
        ("cases.txt", "base,mask\n", "file"),
        ("sub.csv", "participant,session,database\n", "file"),
        ("empty.csv", "", "file"),
    ],
)
def test_a_worklist_is_known_by_its_column(tmp_path: Path, name: str, header: str, expected: str) -> None:
    """A CSV or TSV file whose first row names a base; other programs' tables are none."""
    (tmp_path / name).write_text(header, encoding="utf-8")
    assert kind_of(str(tmp_path / name)) == expected
    assert is_worklist(tmp_path / name) == (expected == "worklist")


def test_real_files_are_known_by_their_first_bytes(data_dir: Path, mni_path: Path) -> None:
    """A compressed NIfTI file, a DICOM file, a folder."""
    dicom = next(data_dir.rglob("*.dcm"))
    assert [kind_of(str(path)) for path in (mni_path, dicom, data_dir)] == ["volume", "dicom", "folder"]
    assert [recent_kind(str(path)) for path in (mni_path, dicom, data_dir)] == ["volume", "volume", "folder"]


def test_dragging_reads_no_more_than_the_first_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """4096 bytes of at most fifty files, counted where they are read."""
    paths = [str(tmp_path / f"{n}.nii") for n in range(70)]
    for path in paths:
        Path(path).write_bytes(os.urandom(20_000))
    counts: list[int] = []

    class Counting(io.FileIO):
        def read(self, size: int | None = -1) -> bytes:
            found = super().read(size)
            counts.append(len(found))
            return found

    monkeypatch.setattr("builtins.open", lambda path, *_, **__: Counting(path))
    found = look_at(paths)
    assert counts == [4096] * 50
    assert len(found) == 70


def test_a_pipe_is_not_opened(tmp_path: Path) -> None:
    """It would make the window wait for ever."""
    os.mkfifo(tmp_path / "pipe.nii")
    assert kind_of(str(tmp_path / "pipe.nii")) == "file"


# --- what the zones say ------------------------------------------------------------------------


def test_an_empty_window_has_one_zone() -> None:
    """It names the base, which is DICOM where there is any, and counts the heatmaps."""
    a, b, ct = ("a.nii", "volume"), ("b.nii", "volume"), ("ct", "folder")
    assert told(a, has_base=False) == [("Open a.nii", "As the base of a new study")]
    assert told(a, ct, b, has_base=False) == [("Open ct", "With 2 heatmaps on it")]
    assert told(("gone.nii", "missing"), has_base=False)[0][0] == "Open gone.nii"


def test_over_a_study_there_are_three_zones() -> None:
    """Each says what a drop does with these files, and what else changes."""
    assert told(*((f"{n}.nii", "volume") for n in "abcd")) == [
        ("Add 4 heatmaps", "a.nii, b.nii, c.nii and 1 more"),
        ("Add 4 masks", "a.nii, b.nii, c.nii and 1 more: each label in one colour"),
        ("Open as new base", "a.nii with 3 heatmaps on it, in place of what is open"),
    ]
    titles = [title for title, _ in told(("a.nii", "volume"))]
    assert titles == ["Add as heatmap", "Add as mask", "Open as new base"]


def test_documents_open_as_themselves() -> None:
    """One zone, whatever comes with them; of several the first is opened."""
    study, task, z = ("study.hvs", "session"), ("t.json", "task"), ("z.nii", "volume")
    assert told(study) == [("Open session study.hvs", "In place of what is open")]
    assert told(task, has_base=False) == [("Open task t.json", "")]
    assert told(z, study) == [("Open session study.hvs", "With 1 heatmap on it, in place of what is open")]
    assert told(study, task, has_base=False) == [("Open session study.hvs", "1 more not opened")]
    table = ("cases.csv", "worklist")
    assert told(table, z, has_base=False) == [("Open worklist cases.csv", "1 more not opened")]


def test_a_style_names_the_heatmap_that_gets_it() -> None:
    """A sheet of styles is for those that it names; without a heatmap there is nothing to do."""
    assert told(("hot.json", "style")) == [("Apply the style to z-map", "hot.json")]
    assert told(("lab.json", "styles"))[0][0] == "Apply the styles to all heatmaps they name"
    [zone] = zones(items(("hot.json", "style")), True, None)
    assert zone.role == "refused"


def test_a_converters_json_is_left_out_beside_a_volume() -> None:
    """Alone it is opened, so that a message says what is wrong with it."""
    side, t1 = ("t1.json", "text"), ("t1.nii", "volume")
    assert sort_out(items(side, t1)).left_out == items(side)
    assert sort_out(items(side)).documents == items(side)


# --- masks -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "labels", "threshold"),
    [
        ([0, 1], (1,), 0.5),
        ([0, 255], (255,), 127.5),
        ([0.0, 2.0, 5.0], (2, 5), None),
        ([0.0, 0.3, 0.9], None, 0.5),
        ([-4.0, 0.0, 8.5], None, 8.5e-6),
    ],
)
def test_a_mask_is_told_from_labels_and_maps(values: list[float], labels: Any, threshold: Any) -> None:
    """Whole numbers from 0 up are labels; a probability counts from one half, other maps above 0."""
    volume = as_volume(np.resize(np.array(values, np.float32), (4, 4, 4)), None, "m")
    assert labels_in(volume) == labels
    fields = mask_fields(volume, (1.0, 0.0, 0.0))
    low = fields.get("threshold", (None,))[0]
    assert low == (None if threshold is None else pytest.approx(threshold))
    assert fields["interpolation"] == "nearest"
