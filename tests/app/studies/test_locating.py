"""Where the files of a moved study are found, and what is never opened."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path

import numpy as np
import pytest

from heatviewer.app.studies.identity import identity_of
from heatviewer.app.studies.locating import Located, Locator
from heatviewer.app.studies.searching import MOST_LEVELS, Neighbourhood
from heatviewer.app.studies.study import Study
from heatviewer.documents.entry import LayerEntry
from heatviewer.model.source import FileIdentity


def file(path: Path, text: str = "data") -> Path:
    """Write a file; its folders are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def located(
    folder: Path, relative: str = "", path: str | Path = "", identity: FileIdentity | None = None
) -> Located:
    """Return what a document in a folder finds."""
    return Locator(Study("session", "x", str(folder / "x.hvs"), str(folder))).locate(
        relative, str(path), identity
    )


def test_the_relative_path_wins(tmp_path: Path) -> None:
    """A copied study is the copy; the absolute path is the fallback."""
    here, there = file(tmp_path / "here" / "a.nii"), file(tmp_path / "there" / "a.nii")
    assert located(here.parent, "a.nii", there) == Located(str(here))
    here.unlink()
    assert located(here.parent, "a.nii", there) == Located(str(there))
    there.unlink()
    assert located(here.parent, "a.nii", there) == Located(reason="is not where it was")


def test_a_changed_file_is_told(tmp_path: Path) -> None:
    """It is taken, with a warning."""
    path = file(tmp_path / "a.nii")
    was = identity_of(path)
    assert located(tmp_path, "a.nii", "", was).reason == ""
    file(path, "datA")
    found = located(tmp_path, "a.nii", "", was)
    assert (found.path, found.changed) == (str(path), True)
    assert found.reason == "is not the file it was when the session was saved"


# --- found beside ---------------------------------------------------------------------------------


def test_a_file_is_found_beside_the_session(tmp_path: Path) -> None:
    """By its name and content first, then by its content alone, however it is called now."""
    was = identity_of(file(tmp_path / "old" / "a.nii"))
    file(tmp_path / "new" / "other" / "a.nii", "another patient's")
    right = file(tmp_path / "new" / "maps" / "a.nii")
    found = located(tmp_path / "new", "", "/gone/a.nii", was)
    assert found.path == str(right)
    assert found.reason == "was found beside the session, as 'maps/a.nii'"
    renamed = right.rename(right.with_name("renamed.nii"))
    assert located(tmp_path / "new", "", "/gone/a.nii", was).path == str(renamed)
    renamed.unlink()
    assert located(tmp_path / "new", "", "/gone/a.nii", was).path == ""


def test_without_an_identity_nothing_is_searched(tmp_path: Path) -> None:
    """Every patient has a dose.nii: a name alone is no reason to take another one's."""
    file(tmp_path / "p1" / "dose.nii")
    assert located(tmp_path, "", "/gone/dose.nii").path == ""


def test_a_series_is_found_by_its_content_or_its_uid(data_dir: Path, tmp_path: Path) -> None:
    """A folder of DICOM under another name; with a file more, still by its UID, as a changed one."""
    from heatviewer.io import scan

    [series] = scan(data_dir / "pet-ct" / "pet").series
    was = identity_of(data_dir / "pet-ct" / "pet")
    shutil.copytree(data_dir / "pet-ct" / "pet", tmp_path / "study" / "IM0")
    found = located(tmp_path, "", "/gone/pet", was)
    assert (found.path, found.changed) == (str(tmp_path / "study" / "IM0"), False)
    (tmp_path / "study" / "IM0" / "000000.dcm").unlink()
    found = located(tmp_path, "", "/gone/pet", was)
    assert (found.path, found.changed) == (str(tmp_path / "study" / "IM0"), True)
    assert was.series_uid == series.id


def test_a_search_has_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It goes some levels down and through some thousand entries, and then no further."""
    was = identity_of(file(tmp_path.joinpath(*"abcdef"[:MOST_LEVELS], "deep.nii")))
    assert located(tmp_path, "", "/gone/deep.nii", was).path == ""
    file(tmp_path / "a" / "deep.nii")
    assert located(tmp_path, "", "/gone/deep.nii", was).path
    monkeypatch.setattr("heatviewer.app.studies.searching.MOST_ENTRIES", 3)
    for n in range(9):
        file(tmp_path / f"{n}.txt", "no map")
    assert located(tmp_path, "", "/gone/deep.nii", was).path == ""


def test_a_search_follows_no_link_and_opens_nothing_special(tmp_path: Path) -> None:
    """What a link leads to is not beside the session; a pipe would never end."""
    was = identity_of(file(tmp_path / "secret" / "a.nii"))
    desk = tmp_path / "desk"
    desk.mkdir()
    (desk / "folder").symlink_to(tmp_path / "secret")
    (desk / "a.nii").symlink_to(tmp_path / "secret" / "a.nii")
    os.mkfifo(desk / "pipe")
    with socket.socket(socket.AF_UNIX) as opened:
        opened.bind(str(desk / "s"))
        assert Neighbourhood(str(desk)).find("a.nii", was) == ""
        assert Neighbourhood(str(desk)).find("pipe", None) == ""


# --- never opened ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    ["https://example.org/a.nii", "s3://b/a.nii", "file://host/a", "\\\\host\\share\\a", "//host/share/a"],
)
def test_an_address_is_named_and_never_opened(tmp_path: Path, address: str) -> None:
    """Wherever it stands."""
    for found in (located(tmp_path, address), located(tmp_path, "", address)):
        assert found.path == ""
        assert found.reason == f"lies on another machine ({address}) and is not downloaded"


def test_a_path_that_climbs_out_needs_a_reason(tmp_path: Path) -> None:
    """It is followed to the very file that was saved, or to the one that the whole path names."""
    secret = file(tmp_path / "data" / "a.nii")
    desk = tmp_path / "desk"
    for climbing in ("../data/a.nii", "x/../../data/a.nii", "..\\data\\a.nii"):
        found = located(desk, climbing)
        assert found.path == ""
        assert f"leads out of the document's folder ('{climbing}')" in found.reason
    assert located(desk, "../data/a.nii", "", identity_of(secret)).path == str(secret)
    assert located(desk, "../data/a.nii", secret).path == str(secret)
    other = identity_of(secret).replaced(digest="0" * 32)
    assert located(desk, "../data/a.nii", "/gone/a.nii", other).path == ""


@pytest.mark.parametrize("kind", ["pipe", "device", "loop", "folder", "long", "null", "home", "dos"])
def test_what_is_no_file_is_missing_with_its_reason(tmp_path: Path, kind: str) -> None:
    """Never an exception, never a wait."""
    path = file(tmp_path / "a.nii")
    was = identity_of(path)
    path.unlink()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    for n in range(3):
        file(tmp_path / "folder" / f"{n}", "other")
    relative, path, identity = {
        "pipe": ("pipe", "", None),
        "device": ("", "/dev/zero", None),
        "loop": ("loop", "", None),
        "folder": ("folder", "", was),
        "long": ("x" * 5000, "", None),
        "null": ("a\0b", "a\0b", None),
        "home": ("", "~/a.nii", None),
        "dos": ("", "C:\\data\\a.nii", None),
    }[kind]
    found = located(tmp_path, relative, path, identity)
    assert found.path == ""
    assert found.reason


def test_names_that_look_like_something_else_are_files(tmp_path: Path) -> None:
    """A file may be called like a drive, a home folder or an address, and comes back."""
    from heatviewer.documents.places import is_absolute, relative_to

    for name in ("~a.nii", "C:a.nii", "scan:2.nii", "a\\b.nii", "heatviewer:demo"):
        path = file(tmp_path / name)
        relative = relative_to(str(path), str(tmp_path))
        assert not is_absolute(relative)
        assert located(tmp_path, relative) == Located(str(path))


# --- moved ----------------------------------------------------------------------------------------


def test_where_one_file_was_found_all_others_are(tmp_path: Path) -> None:
    """The folders above what ends alike are taken for one that moved."""
    for name in ("ct/a.nii", "maps/b.nii", "maps/deep/c.nii"):
        file(tmp_path / "new" / "study" / name)
    desk = tmp_path / "elsewhere"
    entries = [
        LayerEntry("heatmap", f"heatmaps[{n}]", n, path=f"/old/study/{name}", relative=f"../study/{name}")
        for n, name in enumerate(("ct/a.nii", "maps/b.nii", "maps/deep/c.nii"))
    ]
    study = Study("session", "x", str(desk / "x.hvs"), str(desk), heatmaps=tuple(entries))
    locator = Locator(study).with_found("/old/study/ct/a.nii", str(tmp_path / "new/study/ct/a.nii"))
    for entry in entries:
        found = locator.locate(entry.relative, entry.path, None)
        assert found.path == str(tmp_path / "new" / "study" / entry.path.removeprefix("/old/study/"))


def test_a_renamed_file_is_told_apart_from_its_folder(tmp_path: Path) -> None:
    """The file that a person names is taken whatever its name; its siblings are those of its folder."""
    renamed, sibling = file(tmp_path / "n" / "x.nii"), file(tmp_path / "n" / "b.nii")
    study = Study("session", "x", str(tmp_path / "d" / "x.hvs"), str(tmp_path / "d"))
    locator = Locator(study).with_found("/old/a.nii", str(renamed))
    assert locator.locate("", "/old/a.nii", None).path == str(renamed)
    assert locator.locate("", "/old/b.nii", None).path == str(sibling)


# --- identity -------------------------------------------------------------------------------------


def test_an_identity_is_of_the_content(tmp_path: Path) -> None:
    """Of ends and size; not of the name, the time or the place."""
    big = np.random.default_rng(1).bytes(300_000)
    one, other = tmp_path / "a", tmp_path / "sub" / "b"
    other.parent.mkdir()
    one.write_bytes(big)
    other.write_bytes(big)
    assert identity_of(one) == identity_of(other)
    for at in (0, 65_535, 299_999):
        other.write_bytes(big[:at] + b"?" + big[at + 1 :])
        assert identity_of(one) != identity_of(other)
    other.write_bytes(big + b"?")
    assert identity_of(one) != identity_of(other)


def test_what_has_no_identity(tmp_path: Path) -> None:
    """Nothing, an empty folder, a pipe: none of them is waited for."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "empty").mkdir()
    for name in ("none", "empty", "pipe", "a\0b"):
        assert identity_of(tmp_path / name) is None


def test_a_folder_without_what_people_keep_beside(tmp_path: Path) -> None:
    """A session, a table or a picture of the study in its folder do not make it another one."""
    file(tmp_path / "s" / "1.dcm")
    file(tmp_path / "s" / "sub" / "2.dcm")
    was = identity_of(tmp_path / "s")
    for name in ("x.hvs", "x.hvs.bak", ".x.part", "notes.txt", "sub/.hidden"):
        file(tmp_path / "s" / name)
    assert identity_of(tmp_path / "s") == was
    assert was.files == 2
    file(tmp_path / "s" / "3.dcm")
    assert identity_of(tmp_path / "s") != was


def test_pictures_in_a_folder_of_dicom_are_no_part_of_it(data_dir: Path, tmp_path: Path) -> None:
    """A screenshot kept beside the slices changes nothing; the first slice tells the series."""
    shutil.copytree(data_dir / "pet-ct" / "pet", tmp_path / "pet")
    was = identity_of(tmp_path / "pet")
    assert was.series_uid.startswith("1.")
    assert was.files == len(list((tmp_path / "pet").iterdir()))
    file(tmp_path / "pet" / "0.png")
    file(tmp_path / "pet" / "mean.nii.gz")
    assert identity_of(tmp_path / "pet") == was
    assert identity_of(file(tmp_path / "stack" / "0.png").parent).files == 1
