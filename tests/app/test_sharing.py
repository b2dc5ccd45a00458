"""What identifies a patient is found wherever it stands, and a copy to share is without it."""

from __future__ import annotations

import getpass
import json
import struct
import zlib
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from heatviewer.app.opening import open_scene
from heatviewer.app.patient import paths_of, patient_name, patients_of
from heatviewer.app.scene import Scene
from heatviewer.app.sharing.checking import (
    check_file,
    document_findings,
    drawn_findings,
    session_document,
    style_findings,
)
from heatviewer.app.sharing.copying import cleaned, save_copy
from heatviewer.app.sharing.spellings import names_in, plain
from heatviewer.io.dicom.patient import PatientHeader
from heatviewer.model.scene_state import MissingLayer, SceneState
from tests.dicom_files import stored, write_series

DOE = PatientHeader(
    ("Doe^John^Q",), ("PX-1234567",), ("19701231",), (("institution", "Saint Elsewhere"),),
    (("series description", "T1 post gado"),), ("1.2.840.99.1.2.3.4",),
)  # fmt: skip
EVERYTHING = ("paths", "uids", "names", "notes", "metadata", "kept")


def patient_series(folder: Path, **tags: Any) -> Path:
    """Write a series of a patient whose name is met nowhere else, and return its folder."""
    given_tags = {
        "PatientName": "Zyzzywack^Quentin",
        "PatientID": "QX-998877",
        "PatientBirthDate": "19610417",
    }
    write_series(folder, stored(), tags=given_tags | {"InstitutionName": "Saint Elsewhere"} | tags)
    return folder


def kinds(document: Any, *patients: PatientHeader) -> dict[str, set[str]]:
    """Return the kinds of what is found, by place."""
    found: dict[str, set[str]] = {}
    for one in document_findings(document, patients or (DOE,)):
        found.setdefault(one.where, set()).add(one.kind)
    return found


@pytest.mark.parametrize(
    "text",
    ["DOE^JOHN", "doe, john", "John Doe", "DOE_JOHN_ct.nii", "ct-johndoe", "jdoe_map", "doe2020.nii", "Döe"],
)
def test_a_name_is_found_in_its_spellings(text: str) -> None:
    """However a name is written in files' names and texts, it is the patient's."""
    assert names_in(plain(text), DOE)


@pytest.mark.parametrize("text", ["head", "doeskin", "johnson", "T1_axial", "", "does it"])
def test_other_words_are_no_name(text: str) -> None:
    """A word that holds a name's letters is another word."""
    assert not names_in(plain(text), DOE)


@given(
    st.lists(st.text("abcdefghijklmnopqrstuvwxyzäöüßéñ", min_size=3, max_size=9), min_size=2, max_size=3),
    st.sampled_from(["_", " ", "-", ", ", "^", ""]),
    st.booleans(),
)
def test_any_name_is_found_in_any_order(words: list[str], sign: str, upper: bool) -> None:
    """Family and given name joined by any sign, in either order and case, are found in a file's name."""
    patient = PatientHeader(("^".join(words),))
    for pair in (words[:2], words[1::-1]):
        text = f"study_{sign.join(pair)}_01.nii.gz"
        assert names_in(plain(text.upper() if upper else text), patient)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("map PX1234567", "ID"), ("px_123_4567.nii", "ID"), ("born 31.12.1970", "birth date"),
        ("1970-12-31", "birth date"), ("12/31/1970", "birth date"), ("19701231", "birth date"),
        ("saint elsewhere MR", "header"), ("T1 post gado (map)", "description"),
        ("Miller, Anne", "name"), ("MILLER^ANNE", "name"), ("scan of 2019-03-04", "date"),
        ("10442315", "ID"), ("1.2.840.113619.2.55.3.1", "UID"), ("see /home/jane/ct", "path"),
    ],
)  # fmt: skip
def test_a_layers_name_tells(text: str, kind: str) -> None:
    """Numbers, days, descriptions, UIDs and paths in a layer's name are found, and names that look so."""
    found = kinds({"heatmaps": [{"name": text}]})
    assert kind in found["heatmaps[0].name"], found


@pytest.mark.parametrize("text", ["zstat1", "Dose", "T1", "mni_icbm152", "Cool to warm", "Made by code"])
def test_plain_names_tell_nothing(text: str) -> None:
    """Usual names of maps raise no alarm: a list of false ones is not read."""
    assert not kinds({"heatmaps": [{"name": text}]})


@pytest.mark.parametrize("part", ["a", "A", "Ab", "1", "-", "/", "/a", "1.2.", "_", "a^", " ", "Aa "])
def test_long_texts_are_looked_through_once(part: str) -> None:
    """The time for a text goes with its length: notes of any kind hold nothing up."""
    document_findings({"notes": part * 100_000, "heatmaps": [{"name": part * 100_000}]}, (DOE,))


def test_every_part_of_a_session_is_listed() -> None:
    """Paths, UIDs, notes, facts and unknown keys stand in the list under their JSON paths."""
    document = {
        "base": {"path": "/home/jane/x/ct", "relative_path": "../x/ct", "series": "1.2.840.1.2.3.4.5"},
        "heatmaps": [
            {"item": "https://host/a.nii", "identity": {"seriesUid": "1.2.840.1.2.3.4.6"}, "vendor": 1}
        ],
        "notes": "Seen by Jane", "metaData": {"age": 61}, "other": {"deep": ["x"]},
    }  # fmt: skip
    found = kinds(document)
    assert found["base.path"] == found["base.relative_path"] == found["heatmaps[0].item"] == {"path"}
    assert found["base.series"] == found["heatmaps[0].identity.seriesUid"] == {"UID"}
    assert found["notes"] == {"notes"}
    assert found["metaData.age"] == {"fact"}
    assert found["heatmaps[0].vendor"] == found["other.deep"] == {"unknown key"}


def test_a_home_folder_tells_whose() -> None:
    """A path in a home folder is told with the user's name, on every system."""
    for path in ("/home/jane/ct", "/Users/jane/ct", "C:\\Users\\jane\\ct"):
        (one,) = document_findings({"base": {"path": path}})
        assert "'jane'" in one.why


def test_headers_are_read_when_asked(tmp_path: Path) -> None:
    """A DICOM folder's patient is found in the headers; what holds him has no text of its own."""
    (patient,) = patients_of([patient_series(tmp_path / "ct")])
    assert patient.names == ("Zyzzywack^Quentin",)
    assert patient.birth_dates == ("19610417",)
    assert "zyzzywack" not in f"{patient!r}{patient!s}".lower()
    assert patient_name(str(tmp_path / "ct")) == "Zyzzywack, Quentin"


def test_nifti_header_texts_are_descriptions(tmp_path: Path) -> None:
    """A layer that is named as its NIfTI header describes it is found."""
    image = nibabel.Nifti1Image(np.zeros((3, 4, 5), "f4"), np.eye(4))  # type: ignore[attr-defined]
    image.header["descrip"], image.header["aux_file"] = b"Quentin Z visit", b"none"
    nibabel.save(image, tmp_path / "a.nii.gz")  # type: ignore[attr-defined]
    patients = patients_of([tmp_path / "a.nii.gz"])
    found = kinds({"heatmaps": [{"name": "Quentin Z visit 2"}]}, *patients)
    assert found["heatmaps[0].name"] == {"description"}
    assert {one.text for one in check_file(tmp_path / "a.nii.gz").findings} >= {"Quentin Z visit"}


def identifying_scene(folder: Path) -> Scene:
    """Return a scene in which a patient is told in every way."""
    scene = open_scene(str(patient_series(folder / "data" / "zyzzywack_q")))
    scene.add_heatmap(np.ones((6, 4, 5), "f4"), name="Quentin's map")
    scene.edit_notes("Mr Zyzzywack, seen on 2020-02-03")
    return scene


def test_a_copy_to_share_is_without_the_patient(tmp_path: Path) -> None:
    """With every part left out nothing is found in the copy, but for what files are called; it opens."""
    scene = identifying_scene(tmp_path)
    saved = save_copy(scene.state, tmp_path / "elsewhere" / "a.hvs", EVERYTHING)
    assert str(tmp_path) not in saved.read_text()
    found = check_file(saved).findings
    assert not [one for one in found if one.part]
    assert not any(one.kind not in ("name", "ID") for one in found), found
    assert "quentin" not in saved.read_text().lower()


def test_files_beside_a_copy_stay_found(tmp_path: Path) -> None:
    """A copy beside its data opens with them: relative paths stay where absolute ones go."""
    scene = open_scene(str(patient_series(tmp_path / "ct")))
    saved = save_copy(scene.state, tmp_path / "a.hvs", EVERYTHING)
    again = open_scene(str(saved))
    assert again.state.base is not None
    assert Path(again.state.base.source) == tmp_path / "ct"


def test_nothing_is_left_out_unasked(tmp_path: Path) -> None:
    """A copy from which nothing is left out is the session."""
    state = identifying_scene(tmp_path).state
    document = session_document(state, str(tmp_path))
    assert cleaned(document, ()) == document


def test_a_path_with_the_users_own_name_is_told() -> None:
    """Outside the home folder too."""
    path = f"/scratch/{getpass.getuser()}/a.nii"
    [finding] = document_findings({"base": {"path": path}})
    assert finding.why == "is an absolute path with your user name"


def test_no_name_stays_where_names_are_left_out() -> None:
    """Of layers, of what their opacity follows, of labels and of groups of linked layers."""
    layer = {"name": "Doe", "link": "Doe", "labels": [[1, "Doe"]], "opacityBy": {"name": "Doe"}}
    document = {"base": {"name": "Doe"}, "heatmaps": [layer]}
    assert "Doe" not in json.dumps(cleaned(document, ["names"]))


def test_a_session_of_the_short_form_is_checked_too(tmp_path: Path) -> None:
    """A path that stands for a whole layer is one."""
    path = tmp_path / "x.hvs"
    path.write_text(json.dumps({"format": "heatviewer-session", "base": "/data/a.nii"}))
    assert [(one.where, one.kind) for one in check_file(path).findings] == [("base.path", "path")]


def test_missing_layers_are_cleaned_too(tmp_path: Path) -> None:
    """What a session keeps of a layer that is not to be had loses its paths and unknown keys as others do."""
    entry = {"item": "/home/jane/a.nii", "path": "/home/jane/a.nii", "name": "a", "who": "Doe"}
    missing = MissingLayer(role="heatmap", name="a", entry=json.dumps(entry))
    state = SceneState(missing=(missing,))
    text = save_copy(state, tmp_path / "b.hvs", EVERYTHING).read_text()
    assert "a.nii" in text
    assert "jane" not in text
    assert "Doe" not in text


def test_a_picture_tells_what_is_drawn() -> None:
    """Names of visible layers are drawn as legends; those of hidden ones are not."""
    scene = Scene.from_arrays(np.zeros((4, 5, 6), "f4"))
    scene.add_heatmap(np.ones((4, 5, 6), "f4"), name="Doe, John")
    hidden = scene.add_heatmap(np.ones((4, 5, 6), "f4"), name="John again")
    hidden.visible = False
    found = drawn_findings(scene.state, (DOE,))
    assert [(one.kind, one.where) for one in found] == [("name", "legend of heatmap 1")]


def test_a_style_tells_nothing() -> None:
    """A heatmap's look has no text of its own."""
    scene = Scene.from_arrays(np.zeros((4, 5, 6), "f4"))
    scene.add_heatmap(np.ones((4, 5, 6), "f4"), name="Doe, John")
    assert style_findings(scene.state.heatmaps[0], (DOE,)) == ()


def test_texts_beside_a_pictures_pixels_are_found(tmp_path: Path) -> None:
    """PNG chunks, EXIF, comments of JPEG and GIF, and tags of TIFF are listed."""
    picture = Image.new("RGB", (8, 8))
    chunks = PngImagePlugin.PngInfo()
    chunks.add_text("Title", "Doe, John")
    picture.save(tmp_path / "a.png", pnginfo=chunks)
    exif = Image.Exif()
    exif[0x013B] = "Doe, John"
    picture.save(tmp_path / "a.jpg", exif=exif, comment="Doe, John")
    picture.save(tmp_path / "a.gif", comment="Doe, John")
    picture.save(tmp_path / "a.tif", description="Doe, John")
    for name in ("a.png", "a.jpg", "a.gif", "a.tif"):
        found = check_file(tmp_path / name)
        assert ("name", "Doe, John") in [(one.kind, one.text) for one in found.findings], name


def test_chunks_behind_the_pixels_are_found(tmp_path: Path) -> None:
    """Packed and international chunks, and those after a PNG's pixels, are read without the pixels."""
    chunks = PngImagePlugin.PngInfo()
    chunks.add_text("Packed", "Doe, John", zip=True)
    chunks.add_itxt("World", "Doe, John", zip=True)
    chunks.add_itxt("Plain", "Doe, John")
    Image.new("L", (8, 8)).save(tmp_path / "a.png", pnginfo=chunks)
    raw = (tmp_path / "a.png").read_bytes()
    late = b"Late\0Doe, John"
    chunk = struct.pack(">I", len(late)) + b"tEXt" + late + struct.pack(">I", zlib.crc32(b"tEXt" + late))
    (tmp_path / "a.png").write_bytes(raw[:-12] + chunk + raw[-12:])
    found = check_file(tmp_path / "a.png").findings
    assert {one.where for one in found if one.kind == "name"} == {"Packed", "World", "Plain", "Late"}


def test_an_exported_picture_is_clean(tmp_path: Path) -> None:
    """A picture that the program itself writes carries nothing beside its pixels."""
    from heatviewer.drawing.figure import write_png

    write_png(tmp_path / "a.png", np.zeros((4, 4, 4), np.uint8))
    assert check_file(tmp_path / "a.png").findings == ()


def test_paths_of_a_scene(tmp_path: Path) -> None:
    """A scene's paths are those of its layers, each once."""
    assert paths_of(identifying_scene(tmp_path).state) == (str(tmp_path / "data" / "zyzzywack_q"),)
