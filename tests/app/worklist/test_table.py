"""Tables of cases: what a row means, and what is told of one that means nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heatviewer.app.worklist.table import Case, CaseTable, read_table
from heatviewer.core.errors import HeatViewerError, MissingFileError, ReadError


def table(folder: Path, text: str | bytes) -> CaseTable:
    path = folder / "cases.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_table(path)


def paths(case: Case) -> list[str]:
    return [Path(file.path).name for file in (*case.masks, *case.heatmaps)]


def test_a_row_names_base_heatmaps_mask_and_style(tmp_path: Path) -> None:
    """Paths start from the table's folder; several heatmaps stand in one cell or in several columns."""
    text = "Case,BASE,Heatmaps,heatmap 2,Mask,style\nA,s/b.nii,h1.nii;h2.nii,h3.nii,m.nii,z.style.json\n"
    [case] = table(tmp_path, text).cases
    assert case.name == "A"
    assert case.base == str(tmp_path / "s" / "b.nii")
    assert paths(case) == ["m.nii", "h1.nii", "h2.nii", "h3.nii"]
    assert case.styles == (str(tmp_path / "z.style.json"),)
    assert [file.role for file in case.heatmaps] == ["heatmaps/0", "heatmaps/1", "heatmap 2/0"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_whatever_program_wrote_it(tmp_path: Path, delimiter: str, coding: str) -> None:
    """Comma, semicolon or tab; UTF-8 with and without a mark, UTF-16, or else Windows-1252, which is told."""
    rows = [["base", "heatmap"], ["Größe.nii", "a.nii"], ["", ""], ["zwei.nii", "b.nii"]]
    found = table(tmp_path, "\r\n".join(delimiter.join(row) for row in rows).encode(coding))
    assert [case.name for case in found.cases] == ["Größe", "zwei"]
    assert [case.row for case in found.cases] == [2, 4]
    assert ("Windows-1252" in " ".join(found.problems)) == (coding == "cp1252")


def test_bad_rows_are_told_and_the_others_go_on(tmp_path: Path) -> None:
    """By row, column and what to do."""
    found = table(tmp_path, "base,heatmap,colour\na.nii,x\n,y\nb.nii,1,2,3\n")
    assert [case.name for case in found.cases] == ["a", "b"]
    told = "\n".join(found.problems)
    assert "row 1: 'colour' is not used. The columns are base, heatmaps" in told
    assert "row 3, base: is empty. Name the file of the base." in told
    assert "row 4: has 4 cells where the header has 3. Put cells that hold" in told


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "cases.csv: is empty. Write a first row such as: base,heatmaps,style,mask."),
        ("image,map\na,b\n", "cases.csv: has no column 'base'. Write a first row such as"),
        ("base,heatmap\n", "cases.csv: has no row that names a base. Give each case a row"),
        ("base,heatmap\n,b\n", "cases.csv: has no row that names a base (row 2, base: is empty."),
        (b"PK\x03\x04\x00\x00", "cases.csv: is no text. Save the table as CSV."),
        (b"\xff" * 50, "has no column 'base'"),
    ],
)
def test_what_is_no_table_is_refused_in_one_line(tmp_path: Path, text: str | bytes, what: str) -> None:
    """Naming the file, what is wrong and what to do."""
    with pytest.raises(ReadError) as caught:
        table(tmp_path, text)
    assert what in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_table_that_is_not_there(tmp_path: Path) -> None:
    """Is told by its path; so is a folder."""
    with pytest.raises(MissingFileError, match=r"none\.csv: there is no such file"):
        read_table(tmp_path / "none.csv")
    with pytest.raises(ReadError, match="is no file"):
        read_table(tmp_path)


def test_cases_without_a_name_are_told_apart(tmp_path: Path) -> None:
    """By the base's name, and by its folder where several are called so."""
    found = table(tmp_path, "base\ns1/T1.nii.gz\ns2/T1.nii.gz\nother.nii\n")
    assert [case.name for case in found.cases] == ["s1/T1", "s2/T1", "other"]


def test_a_session_stands_in_place_of_a_base(tmp_path: Path) -> None:
    """In a column of its own, or under 'base'."""
    found = table(tmp_path, "session,base\none.hvs,\n,two.hvs\n")
    assert [Path(case.document).name for case in found.cases] == ["one.hvs", "two.hvs"]
    assert not any(case.base for case in found.cases)


def test_a_path_written_on_windows_is_understood(tmp_path: Path) -> None:
    """Its backslashes lead from folder to folder on any system."""
    [case] = table(tmp_path, "base,heatmap\ns\\b.nii,s\\maps\\h.nii\n").cases
    assert case.base == str(tmp_path / "s" / "b.nii")
    assert case.heatmaps[0].path == str(tmp_path / "s" / "maps" / "h.nii")


def test_a_second_base_is_told(tmp_path: Path) -> None:
    """A case has one: the first column of its kind holds."""
    found = table(tmp_path, "base,Base 2\na.nii,b.nii\n")
    assert [case.name for case in found.cases] == ["a"]
    assert found.problems[0].startswith("row 1: 'Base 2' is not used.")


def test_ten_thousand_rows_touch_no_file(tmp_path: Path) -> None:
    """None of the named files is there, and all cases are."""
    rows = "".join(f"case {n},s{n}/b.nii,s{n}/h.nii\n" for n in range(10_000))
    found = table(tmp_path, "name,base,heatmaps\n" + rows)
    assert len(found.cases) == 10_000
    assert found.cases[-1].heatmaps[0].path == str(tmp_path / "s9999" / "h.nii")
    assert not found.problems


@given(data=st.binary(max_size=300) | st.text(max_size=300).map(lambda text: ("base\n" + text).encode()))
def test_any_bytes_are_a_table_or_are_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    """With an error of the program's own that is one line, and no other."""
    folder = tmp_path_factory.mktemp("any")
    line = ""
    try:
        assert table(folder, data).cases
    except HeatViewerError as error:
        line = str(error)
    assert len(line.splitlines()) <= 1
