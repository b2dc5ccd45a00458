"""Folders of all sorts: everything readable is found, and nothing makes the search hang."""

from __future__ import annotations

import os
import shutil
import sys
import time
from typing import TYPE_CHECKING, Any

import pydicom
import pytest

from heatviewer.core.errors import Cancelled
from heatviewer.io import Progress, scan
from heatviewer.io.dicom import findings as looking
from heatviewer.io.dicom.findings import scan_files
from heatviewer.io.dicom.grouping import groups_of
from heatviewer.io.dicom.planes import headers_in
from heatviewer.io.folders import find_files
from tests.dicom_files import stored, write_series

if TYPE_CHECKING:
    from pathlib import Path


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    """Links to folders above, and links to themselves, are passed over."""
    write_series(tmp_path / "a", stored())
    (tmp_path / "a" / "up").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "self").symlink_to(tmp_path / "self")
    (tmp_path / "nowhere").symlink_to(tmp_path / "gone")
    assert [series.shape for series in scan(tmp_path).series] == [(6, 4, 5)]


def test_link_to_a_file_is_that_file(tmp_path: Path) -> None:
    """A folder of links to files is read as the files."""
    write_series(tmp_path / "a", stored())
    (tmp_path / "b").mkdir()
    for path in (tmp_path / "a").iterdir():
        (tmp_path / "b" / path.name).symlink_to(path)
    assert scan(tmp_path / "b").series[0].shape == (6, 4, 5)


def test_archives_among_files_are_named(tmp_path: Path) -> None:
    """A ZIP archive in a folder is left closed, and nobody is told that its format is not known."""
    write_series(tmp_path / "a", stored())
    shutil.make_archive(str(tmp_path / "more"), "zip", tmp_path / "a")
    found = scan(tmp_path)
    assert len(found.series) == 1
    assert found.warnings == ("archives left out, which can be opened by themselves: more.zip",)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no named pipes in folders")
def test_pipes_are_not_opened(tmp_path: Path) -> None:
    """A pipe in a folder, which would be waited on for ever, is no file."""
    write_series(tmp_path, stored())
    os.mkfifo(tmp_path / "pipe")
    assert len(scan(tmp_path).series) == 1


def test_folder_that_may_not_be_read_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without permission does not cost the others."""
    write_series(tmp_path / "a", stored())
    (tmp_path / "closed").mkdir()
    plain = os.scandir

    def guarded(path: str) -> object:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", path)
        return plain(path)

    monkeypatch.setattr(os, "scandir", guarded)
    assert len(find_files(tmp_path, Progress())) == 5


def test_structures_are_kept_apart() -> None:
    """A structure set is found as such, not among what was left out."""
    path = pydicom.data.get_testdata_file("rtstruct.dcm", download=False)
    from pathlib import Path as FilePath

    findings = scan_files([FilePath(str(path))], Progress())
    assert [found.name for found in findings.structures] == ["rtstruct.dcm"]
    assert not findings.others


def test_cancel_stops_among_many_files(tmp_path: Path) -> None:
    """A search that is no longer wanted stops within some files."""
    write_series(tmp_path, stored(3))
    files = find_files(tmp_path, Progress()) * 1000
    seen: list[float] = []
    with pytest.raises(Cancelled):
        scan_files(files, Progress(seen.append, lambda: len(seen) > 2))
    assert seen[-1] < 0.1


@pytest.mark.parametrize("wait", [0.0, 0.005])
def test_slow_files_are_waited_for_side_by_side(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wait: float
) -> None:
    """A slow share is asked for several files at once, a quick disk for one; their order stays."""
    write_series(tmp_path, stored(3))
    files = find_files(tmp_path, Progress()) * 40
    asking: list[int] = []
    most = [0]

    def answered(path: Path, *further: Any) -> Any:
        asking.append(1)
        most[0] = max(most[0], len(asking))
        time.sleep(wait)
        asking.pop()
        return headers_in(path, *further)

    monkeypatch.setattr(looking, "headers_in", answered)
    # A crowded machine keeps a thread waiting too.
    monkeypatch.setattr(looking, "_SLOW", 0.004 if wait else 1.0)
    (headers,) = scan_files(files, Progress()).images.values()
    assert [header.path for header in headers] == files
    assert (most[0] > 1) == (wait > 0)


def test_five_thousand_headers_are_grouped_in_their_stride(tmp_path: Path) -> None:
    """Grouping thousands of planes costs less than reading their headers with pydicom."""
    write_series(tmp_path, stored(50))
    start = time.perf_counter()
    for path in tmp_path.iterdir():
        pydicom.dcmread(path, stop_before_pixels=True)
    each = (time.perf_counter() - start) / 50
    (headers,) = scan_files(find_files(tmp_path, Progress()), Progress()).images.values()
    start = time.perf_counter()
    assert len(groups_of(headers * 100)) == 1
    assert time.perf_counter() - start < each * 5000


def test_two_thirds_of_a_folder_may_be_strange(tmp_path: Path) -> None:
    """Texts, empty files and cut files are counted and named; the series opens."""
    write_series(tmp_path, stored())
    (tmp_path / "empty").touch()
    (tmp_path / "text").write_text("no image" * 100)
    shutil.copy(tmp_path / "000", tmp_path / "cut")
    (tmp_path / "cut").write_bytes((tmp_path / "000").read_bytes()[:200])
    found = scan(tmp_path)
    assert [series.shape for series in found.series] == [(6, 4, 5)]
    assert "2 files of no known format" in " ".join(found.warnings)
